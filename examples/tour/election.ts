import { Election, Session } from 'etcd-kit/concurrency';
import type { Section } from './stage.js';

export const elections: Section = {
  title: 'Elections',
  async run({ etcd, say, show }) {
    say('One candidate leads; an observer sees every leader and everything it announces.');
    await using s1 = await Session.create(etcd, { ttlSeconds: 10 });
    await using s2 = await Session.create(etcd, { ttlSeconds: 10 });
    const [node1, node2] = [new Election(s1, '/leader'), new Election(s2, '/leader')];
    const leaders = node2.observe();
    const seen = async (): Promise<string> => {
      const { value } = await leaders.next();
      return value === undefined ? 'nobody leads' : `${value.value} leads`;
    };

    show('observe()', await seen());
    const leadership = await node1.campaign('node-1');
    show("node-1: campaign('node-1')", await seen());
    const next = node2.campaign('node-2');
    await leadership.proclaim('node-1 v2');
    show("node-1: proclaim('node-1 v2')", await seen());
    await leadership.resign();
    await using successor = await next;
    let leader = await seen();
    // Had node-2 not entered the queue before node-1 resigned, nobody led for a moment.
    while (!leader.startsWith('node-2')) leader = await seen();
    show('node-1: resign()', leader);
    show('node-2: leader()', (await node2.leader())?.value);
    show('node-2: signal.aborted', successor.signal.aborted);
    await leaders.return();
  },
};
