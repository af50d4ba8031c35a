import { describe, expect, it } from 'vitest';
import { Election, Mutex, Session } from '../../src/concurrency/index.js';
import { ServiceRegistry } from '../../src/discovery/index.js';
import { codecs, type EtcdClient, type EtcdClientOptions } from '../../src/index.js';
import { enableAuth, simpleTokenFlags } from '../support/auth.js';
import { clientOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import type { EtcdServer } from '../support/etcd.js';
import { isWatchedFor, watchedLines } from '../support/log-hooks.js';
import { memoryLog } from '../support/memory-log.js';
import { recordCalls, recordMessages } from '../support/recorded-diagnostics.js';
import { SecretSearch } from '../support/secret-search.js';
import { startTelemetry } from '../support/telemetry.js';

const PASSWORD = 'MARKED-password';
const TOKEN = 'MARKED-token';
const VALUE = 'MARKED-value';
const HEADER = 'MARKED-header';

/** Uses of a client, right and wrong, each with something in it that must not be seen. */
const USES: readonly ((etcd: EtcdClient) => Promise<unknown>)[] = [
  (etcd) => etcd.put('a', VALUE),
  (etcd) => etcd.put('a', VALUE, { prevKv: true, lease: 12_345n }),
  (etcd) => etcd.put('a', VALUE.repeat(200_000)),
  (etcd) => etcd.put('forbidden', VALUE),
  (etcd) => etcd.get('a', { metadata: { 'x-key': HEADER } }),
  (etcd) => etcd.get('a', { revision: 10n ** 9n }),
  (etcd) => etcd.create('a', VALUE),
  (etcd) => etcd.update('a', (current) => `${current}${VALUE}`),
  (etcd) =>
    etcd.txn().if(etcd.compare('a').value('==', VALUE)).then(etcd.op.put('a', VALUE)).commit(),
  (etcd) => etcd.txn().then(etcd.op.put('a', VALUE), etcd.op.put('forbidden', VALUE)).commit(),
  (etcd) => {
    const { compare, op } = etcd;
    const compared = compare('a').value('==', `${VALUE}-compared`);
    const inner = etcd
      .txn()
      .if(compared)
      .else(op.put('a', `${VALUE}-nested`));
    return etcd.txn().then(op.txn(inner)).commit();
  },
  (etcd) => etcd.prefix('a').all(),
  (etcd) => etcd.prefix('a').delete({ prevKv: true }),
  async (etcd) => (await etcd.as(codecs.json<object>()).get('a'))?.value,
  (etcd) => etcd.rpc.auth.authenticate({ name: 'alice', password: `${PASSWORD}-wrong` }),
  (etcd) => etcd.auth.users.add('bob', PASSWORD),
  async (etcd) => {
    await using watcher = etcd.prefix('a').watch({ prevKv: true });
    await watcher.ready;
    await etcd.put('a', VALUE);
    for await (const _ of watcher) break;
  },
  async (etcd) => {
    await using session = await Session.create(etcd);
    await new Mutex(session, 'a/lock').withLock(() => etcd.put('a', VALUE));
    const leadership = await new Election(session, 'a/lead').campaign(VALUE);
    await leadership.proclaim(VALUE);
    await new Election(session, 'a/lead').campaign(VALUE, { timeoutMs: 100 });
  },
  async (etcd) => {
    await using registration = await new ServiceRegistry(etcd, 'a/services').register('one', {
      address: '10.0.0.1:80',
      metadata: { secret: VALUE },
    });
    return registration.id;
  },
];

describe('the search for secrets in the log', () => {
  /** Whether a line with this field is found by a watch that was told of a secret. */
  const finds = (keep: (search: SecretSearch) => void, field: unknown): boolean => {
    const search = new SecretSearch();
    search.note('request failed', { attempts: 1, error: field });
    keep(search);
    return search.found().length > 0;
  };
  const value = 'MARKED "line"\n\\end';

  it('finds a value in every form, wherever it stands in a field', () => {
    const bytes = Uint8Array.of(0xff, 0xfe, 0x01, 0x02);
    for (const field of [value, `got ${value}!`, JSON.stringify({ value }), [{ deep: value }]]) {
      expect(finds((search) => search.keepValue(value), field)).toBe(true);
      expect(finds((search) => search.keepValue(new TextEncoder().encode(value)), field)).toBe(
        true,
      );
      expect(finds((search) => search.keepValue('MARKED other'), field)).toBe(false);
    }
    expect(finds((search) => search.keepValue(bytes), 'got 0xfffe0102')).toBe(true);
  });

  it('finds a short password where it is a word of its own', () => {
    const pw = (search: SecretSearch) => search.keepSecret('pw');
    expect(['pw', 'password "pw" is wrong', "got 'pw'"].map((field) => finds(pw, field))).toEqual([
      true,
      true,
      true,
    ]);
    expect(finds(pw, 'the pwd is fine')).toBe(false);
    expect(finds((search) => search.keepValue('v'), 'v')).toBe(false);
  });
});

describeEtcd('the diagnostics of a client', (context) => {
  it('have no password, no token, no header and no value in them', async () => {
    await using server = await context.start({ flags: simpleTokenFlags() });
    const admin = await enableAuth(server);
    await admin.addUser('alice', {
      password: PASSWORD,
      permissions: [['--prefix', 'readwrite', 'a']],
    });
    await using telemetry = startTelemetry();
    const { lines, fields, logger } = memoryLog();
    using calls = recordCalls();
    using told = recordMessages();
    const states: string[] = [];
    const right = { username: 'alice', password: PASSWORD };
    const refused = [{ username: 'alice', password: `${PASSWORD}-wrong` }, { token: TOKEN }];
    states.push(await use(server, USES, { auth: right, logger, metadata: { tenant: HEADER } }));
    for (const auth of refused) states.push(await use(server, USES.slice(0, 3), { auth, logger }));
    // Each sort of line was written, so that there was something to be seen.
    expect(new Set(lines)).toEqual(
      new Set([...lines, 'debug request done', 'debug request failed']),
    );
    expect(lines).toContain('info lock held');
    expect(calls.ended.length).toBeGreaterThan(USES.length);
    const shown = calls.ended.map(({ error, ...rest }) => ({ ...rest, error: String(error) }));
    const everything = [
      ...lines,
      ...states,
      JSON.stringify(fields),
      JSON.stringify(shown),
      JSON.stringify(told.messages.map(plain)),
      JSON.stringify(
        telemetry.spans.map(({ name, attributes, status }) => [name, attributes, status]),
      ),
    ].join('\n');
    expect(everything.match(/.{0,120}MARKED.{0,40}/g)).toBeNull();
    for (const secret of [PASSWORD, TOKEN, HEADER, VALUE, `${VALUE}-compared`, `${VALUE}-nested`]) {
      expect([secret, isWatchedFor(secret)]).toEqual([secret, true]);
    }
    // Every client of the suite is watched, and those of this file are what there is to see.
    expect(watchedLines().map((line) => line.replace(/ \[.*/, ''))).toEqual(
      expect.arrayContaining(['request done', 'request failed', 'lock held']),
    );
  }, 60_000);
});

/** Uses a client in these ways; answers its state. */
async function use(
  server: EtcdServer,
  uses: typeof USES,
  options: Partial<EtcdClientOptions>,
): Promise<string> {
  await using etcd = clientOf(server, options);
  for (const act of uses) await act(etcd).catch(() => {});
  return JSON.stringify(etcd.status());
}

/** A message with its errors as texts, and bigints as strings. */
function plain(message: object): object {
  return Object.fromEntries(
    Object.entries(message).map(([name, value]) => [
      name,
      typeof value === 'object' || typeof value === 'bigint' ? String(value) : value,
    ]),
  );
}
