import { codecs, type EtcdClient, type View } from 'etcd-kit';
import { z } from 'zod';

const MAX_LENGTH = 1_000;

/** What is stored for one setting: its text, and who wrote it last. */
const Setting = z.object({ value: z.string().max(MAX_LENGTH), by: z.string().min(1).max(80) });

/** One setting. */
export type Setting = z.infer<typeof Setting>;

/** A setting as readers of the service get it; its revision goes back with a change, as a text of digits. */
export interface ShownSetting extends Setting {
  readonly revision: string;
}

/** Names are parts of URLs and of keys. */
const NAME = /^[a-z][a-z0-9.-]{0,63}$/;

/** A wish that cannot be granted, with the HTTP status that says so. */
export class Refused extends Error {
  readonly status: number;
  readonly current: ShownSetting | undefined;

  constructor(status: number, message: string, current?: ShownSetting) {
    super(message);
    this.status = status;
    this.current = current;
  }
}

/** The settings in the store, each checked by its schema when it is written and when it is read. */
export function settingsOf(etcd: EtcdClient): View<Setting, Setting> {
  return etcd.namespace('config/').as(codecs.schema(Setting));
}

/**
 * Writes a setting if it is still the one that its writer has seen, and answers the new revision. Since it
 * is compared, the same request can be sent again after a lost answer: it is then refused, not done twice.
 *
 * @param seen the revision that the writer has seen; '0' for a setting that is new
 */
export async function change(
  settings: View<Setting, Setting>,
  name: string,
  next: unknown,
  seen: string,
): Promise<string> {
  if (!NAME.test(name)) throw new Refused(400, `a name is like ${NAME.source}`);
  if (!/^\d{1,19}$/.test(seen)) throw new Refused(400, 'seen is the revision you have seen, or 0');
  const checked = Setting.safeParse(next);
  if (!checked.success) throw new Refused(400, z.prettifyError(checked.error));
  const { op, compare } = settings;
  const result = await settings
    .txn()
    .if(compare(name).modRevision('==', BigInt(seen)))
    .then(op.put(name, checked.data))
    .else(op.get(name))
    .commit();
  if (result.succeeded) return result.header.revision.toString();
  const [current] = result.results;
  throw new Refused(
    409,
    current === undefined
      ? 'it was deleted meanwhile'
      : `it was changed meanwhile by ${current.value.by}`,
    current && { ...current.value, revision: current.modRevision.toString() },
  );
}
