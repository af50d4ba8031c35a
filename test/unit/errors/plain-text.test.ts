import { describe, expect, it } from 'vitest';
import { plainText } from '../../../src/errors/plain-text.js';

const wrapped = (reason: string): string =>
  `No connection established. Last error: ${reason}. Resolution note: `;

describe('what the channel says of a failure becomes', () => {
  it.each([
    ['', ''],
    ['etcdserver: request timed out', 'etcdserver: request timed out'],
    [wrapped('Error: connect ECONNREFUSED 127.0.0.1:1'), 'connect ECONNREFUSED 127.0.0.1:1'],
    [
      wrapped('Failed to connect (2026-01-02T03:04:05.678Z)'),
      'Failed to connect (the server ended the connection at once: does it ask for TLS?)',
    ],
    [
      wrapped('Error: self-signed certificate in certificate chain'),
      'self-signed certificate in certificate chain (tls.ca does not contain the authority of the server)',
    ],
    [
      wrapped(
        '802C0DA3DA7F0000:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../deps/openssl/rec_layer_s3.c:1601:SSL alert number 116\n (2026-01-02T03:04:05.678Z)',
      ),
      'the server refused the TLS handshake: certificate required (the server asks for a client certificate: see tls.cert)',
    ],
    [
      wrapped(
        'Error: 802C0DA3DA7F0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/openssl/ssl3_record.c:354:',
      ),
      'wrong version number (the server does not speak TLS on this port)',
    ],
    [
      "Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: a.",
      "Hostname/IP does not match certificate's altnames: Host: a. (see tls.serverName)",
    ],
    [
      'Name resolution failed for target dns:no.invalid:2379',
      'the name no.invalid:2379 cannot be resolved',
    ],
    [
      'Deadline exceeded after 0.301s,LB pick: 0.001s,remote_addr=127.0.0.1:1',
      'no answer within 301 ms',
    ],
  ])('%s', (details, text) => {
    expect(plainText(details)).toBe(text);
  });
});
