import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type Codec, codecs, type StandardSchema } from 'etcd-kit';
import { z } from 'zod';

// Our declaration of the convention is our own, so that no dependency shows in the public types. It
// must go on fitting what the convention itself declares, and what validators are.
declare const declared: StandardSchemaV1<string, number>;
export const fits: StandardSchema<string, number> = declared;
export const parsed: Codec<number, string> = codecs.schema(declared);

const user = z.object({ id: z.number(), email: z.string().optional() });
const users = codecs.schema(user);
users.encode({ id: 1 });
const decoded = users.decode(new Uint8Array());
export const id: number = decoded.id;
export const email: string | undefined = decoded.email;
// @ts-expect-error a wrong shape does not compile
users.encode({ id: '1' });
// @ts-expect-error nor does a field the validator does not know
void decoded.name;
// @ts-expect-error not a validator
codecs.schema({ parse: () => 1 });
