import { codecs, DecodeError } from 'etcd-kit';
import { z } from 'zod';
import type { Section } from './stage.js';

const User = z.object({ id: z.number(), email: z.string() });

export const typedViews: Section = {
  title: 'Typed views',
  async run({ etcd, say, show }) {
    say('A view is a namespace and a codec: here, JSON that a schema vouches for.');
    const people = etcd.namespace('people/').as(codecs.schema(User));
    await people.put('42', { id: 42, email: 'ada@example.org' });
    const email = (await people.get('42'))?.value.email;
    show("people.get('42')  ->  value.email", email);

    await people.put('43', { id: 'forty-three' } as never).catch((error: TypeError) => {
      show("people.put('43', { id: 'forty-three' })", `${error.name}; nothing was sent`);
    });

    await etcd.put('people/44', 'not JSON at all');
    const { kvs } = await people.all().all();
    say('A record that does not fit fails where it is read, and spoils no other:');
    for (const kv of kvs) {
      try {
        show(`${kv.key}.value`, JSON.stringify(kv.value));
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        show(`${kv.key}.value`, `${error.name} for the key '${error.key}'`);
      }
    }
  },
};
