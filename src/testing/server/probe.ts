import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { pemText, type TlsOptions } from '../../transport/channel/tls-options.js';

/** Long enough for a server that works; one that hangs never answers. */
const ANSWER_TIMEOUT_MS = 1_000;

/** An answer of a server over plain HTTP. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Makes one HTTP GET, such as `/metrics`. Rejects if there is no answer within a second. */
export function httpGet(url: string, tls: TlsOptions | undefined): Promise<HttpAnswer> {
  const options = { agent: false, timeout: ANSWER_TIMEOUT_MS, ...tlsOf(tls) };
  return new Promise((resolve, reject) => {
    const get = url.startsWith('https:') ? getHttps : getHttp;
    const request = get(url, options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response
        .on('end', () => resolve({ status: response.statusCode ?? 0, body }))
        .on('error', reject);
    });
    request.on('timeout', () =>
      request.destroy(new Error(`no answer within ${ANSWER_TIMEOUT_MS} ms`)),
    );
    request.on('error', reject);
  });
}

function tlsOf(tls: TlsOptions | undefined) {
  const { ca, cert, key, serverName } = tls ?? {};
  return {
    ...(ca === undefined ? {} : { ca: pemText(ca) }),
    ...(cert === undefined ? {} : { cert: pemText(cert) }),
    ...(key === undefined ? {} : { key: pemText(key) }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}
