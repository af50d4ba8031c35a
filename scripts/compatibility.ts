// `npm run compatibility`: asks each etcd server on this machine what works there, and writes the table of
// docs/compatibility.md. A cell is what the run has seen, and nothing that a version number promises.

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Mutex, Session } from '../src/concurrency/index.js';
import { EtcdClient, EtcdError, type Interceptor } from '../src/index.js';
import { enableAuth, simpleTokenFlags } from '../test/support/auth.js';
import { type EtcdServer, startEtcd } from '../test/support/etcd.js';
import { type EtcdSeries, everySeries, hasEtcd, toolsOf } from '../test/support/versions.js';
import { until } from '../test/support/wait.js';

const PAGE = fileURLToPath(new URL('../docs/compatibility.md', import.meta.url));
const TABLE = /(<!-- npm run compatibility -->\n)[\s\S]*?(<!-- end -->)/;
/** Enough for a second page, so that a server's stream is used if there is one. */
const RECORDS = 200;
/** Read in one turn of the event loop. */
const READS = 20;
const USER = { username: 'app', password: 'secret' };

/** Finds out one thing; the answer is the cell. An error is one too. */
type Question = (server: EtcdServer, client: EtcdClient) => Promise<string>;

const QUESTIONS: Readonly<Record<string, Question>> = {
  'keys, transactions, leases, watches': async (_, client) => {
    const lease = await client.lease.grant(10);
    await using watcher = client.watch('basic');
    await watcher.ready;
    await client
      .txn()
      .then(client.op.put('basic', 'v', { lease }))
      .commit();
    for await (const event of watcher) {
      if (event.type === 'put') return (await client.get('basic'))?.value === 'v' ? 'yes' : 'no';
    }
    return 'no';
  },
  'iteration after the first page': async (server, client) => {
    for (let i = 0; i < RECORDS; i += 1) await client.put(`iterated/${i}`, 'v');
    let streams = 0;
    const counting: Interceptor = (next) => ({
      serverStream(method, request, options) {
        streams += 1;
        return next.serverStream(method, request, options);
      },
    });
    await using counted = new EtcdClient({ endpoints: server.endpoint, interceptors: [counting] });
    let records = 0;
    for await (const _ of counted.prefix('iterated/')) records += 1;
    if (records !== RECORDS) return `no: ${records} of ${RECORDS}`;
    return streams > 0 ? '`RangeStream`' : 'pages';
  },
  'reads that are made at once': async (server, client) => {
    const txns = () => server.metric('grpc_server_handled_total', { grpc_method: 'Txn' });
    const before = await txns();
    await Promise.all(Array.from({ length: READS }, (_, i) => client.get(`read/${i}`)));
    return (await txns()) > before ? 'gathered' : 'one by one';
  },
  '`watcher.requestProgress()`': async (_, client) => {
    await using watcher = client.watch('progress');
    await watcher.ready;
    return (await watcher.requestProgress({ timeoutMs: 5_000 })) > 0n ? 'yes' : 'no';
  },
  'locks shared with the server’s `Lock` service (jetcd, Rust)': async (_, client) => {
    await using session = await Session.create(client);
    const lock = await new Mutex(session, 'shared').acquire();
    const { id } = await client.lease.grant(60);
    let held = false;
    const theirs = client.rpc.lock.lock({ name: new TextEncoder().encode('shared'), lease: id });
    const got = theirs.then(() => (held = true));
    await until(async () => (await client.prefix('shared/').count()) === 2);
    if (held) return 'no: both held it';
    await lock.release();
    return (await got) ? 'yes' : 'no';
  },
  '`maintenance.downgrade()`': async (_, client) => {
    const { version } = await client.maintenance.status();
    const [major, minor] = version.split('.').map(Number);
    await client.maintenance.downgrade('validate', `${major}.${Number(minor) - 1}.0`);
    return 'yes';
  },
  'status tells the quota': async (_, client) =>
    (await client.maintenance.status()).dbSizeQuota === undefined ? 'no' : 'yes',
  '`auth.status()`': async (_, client) => ((await client.auth.status()).enabled ? 'no' : 'yes'),
};

/** Asked with authentication on, by a user who may write `app/`. */
const WITH_AUTHENTICATION: Readonly<Record<string, Question>> = {
  'status for an ordinary user': async (_, client) =>
    (await client.maintenance.status()).version === '' ? 'no' : 'yes',
  'members for an ordinary user': async (_, client) =>
    (await client.cluster.members()).length === 1 ? 'yes' : 'no',
  'a user may renew a lease with a key that is not theirs': async (server, client) => {
    await using root = new EtcdClient({
      endpoints: server.endpoint,
      auth: { username: 'root', password: 'root' },
    });
    const { id } = await root.lease.grant(60);
    await root.put('other', 'v', { lease: id });
    await client.lease.attach(id).keepAliveOnce();
    return 'yes';
  },
};

async function answersOf(series: EtcdSeries): Promise<Readonly<Record<string, string>>> {
  const answers: Record<string, string> = {};
  {
    await using server = await startEtcd({ version: series });
    await using client = new EtcdClient({ endpoints: server.endpoint });
    for (const [name, ask] of Object.entries(QUESTIONS)) {
      answers[name] = await answerOf(() => ask(server, client));
    }
  }
  await using server = await startEtcd({ version: series, flags: simpleTokenFlags() });
  const admin = await enableAuth(server);
  const permissions = [['--prefix=true', 'readwrite', 'app/']];
  await admin.addUser(USER.username, { password: USER.password, permissions });
  await using client = new EtcdClient({ endpoints: server.endpoint, auth: USER });
  for (const [name, ask] of Object.entries(WITH_AUTHENTICATION)) {
    answers[name] = await answerOf(() => ask(server, client));
  }
  return answers;
}

async function answerOf(ask: () => Promise<string>): Promise<string> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof EtcdError) return `no: \`${error.code}\``;
    throw error;
  }
}

const servers = everySeries.filter(hasEtcd);
const columns: Readonly<Record<string, string>>[] = [];
for (const series of servers) columns.push(await answersOf(series));
const cells = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
const names = Object.keys({ ...QUESTIONS, ...WITH_AUTHENTICATION });
const table = [
  cells(['', ...servers.map((series) => toolsOf(series).version)]),
  cells(['---', ...servers.map(() => '---')]),
  ...names.map((name) => cells([name, ...columns.map((answers) => answers[name] ?? '')])),
].join('\n');
console.log(table);
const page = await readFile(PAGE, 'utf8');
await writeFile(
  PAGE,
  page.replace(TABLE, (_, begin: string, end: string) => `${begin}${table}\n${end}`),
);
