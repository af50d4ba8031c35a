import { unlessAborted } from '../internal/unless-aborted.js';
import type { Entry } from './claim-state.js';
import type { Removal, SessionKey } from './session-key.js';

/**
 * Waits for the end of an entry into the queue, and deletes the key that it may have left on the server.
 *
 * @param session aborts at the end of the session, and ends the wait: the key goes with the lease then
 * @returns what became of the key, as `SessionKey.remove` does. `unknown` after the end of the session, and for
 *   an entry that failed
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
