import { KeyExistsError } from 'etcd-kit';
import type { Section } from './stage.js';

export const transactions: Section = {
  title: 'Transactions',
  async run({ etcd, say, show }) {
    const { op, compare } = etcd;
    say("If my_key equals '10' then put '20' else put '30': one step, two outcomes.");
    const txn = etcd
      .txn()
      .if(compare('my_key').value('==', '10'))
      .then(op.put('my_key', '20'), op.get('foo'))
      .else(op.get('my_key'), op.put('my_key', '30'));

    await etcd.put('my_key', '10');
    for (const attempt of ['first', 'second']) {
      const result = await txn.commit();
      const call = `commit(), the ${attempt} time`;
      if (result.succeeded) {
        const [put, foo] = result.results;
        show(call, `then: put at ${put.header.revision}, and foo is '${foo?.value}'`);
      } else {
        const [found] = result.results;
        show(call, `else: my_key was '${found?.value}'`);
      }
      show("get('my_key')", `'${(await etcd.get('my_key'))?.value}'`);
    }

    say('Two helpers stand on it: create, and update, which loses no change.');
    await etcd.create('once', 'mine');
    await etcd.create('once', 'theirs').catch((error: unknown) => {
      if (!(error instanceof KeyExistsError)) throw error;
      show("create('once', ...), the second time", `${error.name} [${error.code}]`);
    });
    const increment = (current: string | undefined) => String(Number(current ?? 0) + 1);
    await Promise.all(Array.from({ length: 10 }, () => etcd.update('counter', increment)));
    show('ten times update(counter, increment) at once', (await etcd.get('counter'))?.value);
  },
};
