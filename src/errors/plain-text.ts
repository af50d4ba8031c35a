/** Text of a channel without a connection; the reason is in the middle, or at the end. */
const NO_CONNECTION =
  /^No connection established\. Last error: ([\s\S]*?)(?:\. Resolution note: [\s\S]*)?$/;
/** `Error: ` and `Error [ERR_...]: `, by which an error of Node begins as text. */
const ERROR_NAME = /^Error(?: \[\w+\])?: /;
/** The time that the channel writes behind some reasons. */
const TIMESTAMP = /\s*\(\d{4}-\d\d-\d\dT[\d:.]+Z\)$/;
/** Text of OpenSSL about the other side's alert, between its own file names and numbers. */
const TLS_ALERT = /^\w+:error:\w+:SSL routines:\w*:(?:sslv3|tlsv1|tlsv13) alert ([\w ]+):/;
const OPENSSL_ERROR = /^\w+:error:\w+:SSL routines:\w*:([\w ]+):/;
/** Text of a channel about a name that was not found. */
const UNKNOWN_NAME = /^Name resolution failed for target (?:\w+:)?(.+)$/;

/** Text of a channel about a deadline, with the stages it went through. */
const NO_ANSWER = /^Deadline exceeded after ([\d.]+)s/;

/** The usual ways to set up TLS wrongly, and the way out of each. */
const HINTS: readonly (readonly [text: RegExp, hint: string])[] = [
  [/^Failed to connect$/, 'the server ended the connection at once: does it ask for TLS?'],
  [/^the server ended the connection before its first word$/, 'does it ask for TLS?'],
  [/^Protocol error$/, 'what answers there does not speak gRPC'],
  [/before secure TLS connection was established/, 'does the server speak TLS on this port?'],
  [/wrong version number/, 'the server does not speak TLS on this port'],
  [
    /unable to (?:verify|get)|self[- ]signed/,
    'tls.ca does not contain the authority of the server',
  ],
  [
    /certificate required|bad certificate/,
    'the server asks for a client certificate: see tls.cert',
  ],
  [/unknown ca/, 'the server does not trust the client certificate in tls.cert'],
  [/does not match certificate's altnames/, 'see tls.serverName'],
];

/**
 * Returns the text of a failure in words that help. Removes what the channel wraps around the reason. Where
 * the reason is known to puzzle people, adds what to do.
 */
export function plainText(details: string): string {
  const reason = (NO_CONNECTION.exec(details)?.[1] ?? details)
    .trim()
    .replace(TIMESTAMP, '')
    .replace(ERROR_NAME, '')
    .trim();
  const alert = TLS_ALERT.exec(reason)?.[1];
  const name = UNKNOWN_NAME.exec(reason)?.[1];
  const seconds = NO_ANSWER.exec(reason)?.[1];
  const text =
    (alert && `the server refused the TLS handshake: ${alert}`) ??
    (name && `the name ${name} cannot be resolved`) ??
    (seconds && `no answer within ${Math.round(Number(seconds) * 1_000)} ms`) ??
    OPENSSL_ERROR.exec(reason)?.[1] ??
    reason;
  const hint = HINTS.find(([pattern]) => pattern.test(text))?.[1];
  return hint === undefined ? text : `${text} (${hint})`;
}
