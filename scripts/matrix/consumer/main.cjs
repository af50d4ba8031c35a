const { EtcdClient, codecs } = require('etcd-kit');
const { Mutex } = require('etcd-kit/concurrency');

const etcd = new EtcdClient({ endpoints: process.env.ETCD });
const work = async () => {
  await etcd.put('required', 'yes');
  const kv = await etcd.as(codecs.utf8).get('required');
  const members = (await etcd.cluster.members()).length;
  await etcd.close();
  return `required ${kv.value} ${members} ${typeof Mutex}`;
};
void work().then(console.log);
