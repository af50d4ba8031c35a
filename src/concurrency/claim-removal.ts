import { unlessAborted } from '../internal/unless-aborted.js';
import type { Entry } from './claim-state.js';
import type { Removal, SessionKey } from './session-key.js';

/**
 * Removes what an entry into the queue has left on the server, once that is known. It is `unknown` after the
 * end of the session: with the session goes its lease, and with the lease the key.
 *
 * @throws EtcdError when the servers refuse to delete the key
 */
export async function removeEntry(
  entry: Entry,
  sessionKey: SessionKey,
  session: AbortSignal,
): Promise<Removal> {
  try {
    const position = await entry.catch(() => undefined);
    session.throwIfAborted();
    if (position !== undefined) {
      return await unlessAborted(sessionKey.remove(position.revision), session);
    }
    await unlessAborted(sessionKey.sweep(), session);
  } catch (error) {
    if (!session.aborted) throw error;
  }
  return 'unknown';
}
