import { AuthenticationError, hide, invalidArgument, UnavailableError } from '../errors/index.js';
import type { Clock } from '../internal/clock.js';
import { AskedFunction } from './channel/asked-function.js';
import { isHeaderText } from './channel/metadata.js';
import type { TlsOptions } from './channel/tls-options.js';

/** The user's function of TLS options, as each new connection asks it. */
export function askedTls(
  tls: () => TlsOptions | Promise<TlsOptions>,
  clock: Clock,
): () => Promise<TlsOptions> {
  const asked = new AskedFunction({
    clock,
    name: 'tls function',
    call: tls,
    failed: (message, details) => new UnavailableError(message, { ...details, retryable: true }),
  });
  return () => asked.ask();
}

/** The user's function of tokens. */
export function askedToken(
  token: () => string | Promise<string>,
  clock: Clock,
): AskedFunction<string> {
  return new AskedFunction({
    clock,
    name: 'token function',
    call: async () => checkToken(await token()),
    // Another time it may work: no reason to give up what lives longer than a call.
    failed: (message, details) =>
      new AuthenticationError(message, { ...details, code: 'TOKEN_UNAVAILABLE' }),
  });
}

/** Checks a token that a user's function returned. */
function checkToken(token: unknown): string {
  if (typeof token === 'string' && token !== '' && isHeaderText(token)) return token;
  throw invalidArgument(
    'auth.token',
    hide(token),
    'the function must return a token of printable ASCII',
  );
}
