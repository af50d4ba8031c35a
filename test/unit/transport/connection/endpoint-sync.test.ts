import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../../../src/errors/index.js';
import { parseAddress } from '../../../../src/transport/channel/address.js';
import {
  DnsEndpoints,
  type LookUp,
  srvDomain,
} from '../../../../src/transport/connection/dns-endpoints.js';
import {
  EndpointSync,
  memberEndpoints,
  usableUrls,
} from '../../../../src/transport/connection/endpoint-sync.js';
import { thrownBy } from '../../../support/client.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { RecordingTransport } from '../../../support/recording-transport.js';

describe('an endpoint is read', () => {
  it.each([
    ['a:1', 'a:1', 'dns:a:1', 'a', false],
    ['a', 'a:2379', 'dns:a:2379', 'a', false],
    ['http://a', 'http://a:2379', 'dns:a:2379', 'a', false],
    [' https://a:80/ ', 'https://a:80', 'dns:a:80', 'a', true],
    ['HTTPS://10.0.0.1:443', 'https://10.0.0.1:443', 'ipv4:10.0.0.1:443', '10.0.0.1', true],
    ['http://[::1]:2379', 'http://[::1]:2379', 'ipv6:[::1]:2379', '::1', false],
    ['unix:///run/etcd', 'unix:///run/etcd', 'unix:/run/etcd', '', false],
  ])('%s', (given, endpoint, target, host, secure) => {
    expect(parseAddress(given, false)).toMatchObject({ endpoint, target, host, secure });
  });

  it.each([
    ['http://a:1', 'a:1', false],
    ['http://A:2379/', 'a', false],
    ['https://a:1', 'a:1', true],
  ])('as one and the same: %s and %s', (one, other, tls) => {
    expect(parseAddress(one, tls).key).toBe(parseAddress(other, tls).key);
    expect(parseAddress('http://a:1', tls).key).not.toBe(parseAddress('https://a:1', tls).key);
  });

  it('with TLS where it has no scheme and the client has TLS options', () => {
    expect(parseAddress('a:1', true).secure).toBe(true);
    expect(parseAddress('http://a:1', true).secure).toBe(false);
  });

  it.each([
    'ftp://a',
    'http://',
    'a:',
    'a:0',
    'a:99999',
    'http://a/path',
    'http://u@a',
    'unix://',
    'a b',
  ])('and refused: %s', (given) => {
    expect(() => parseAddress(given, false)).toThrow(InvalidArgumentError);
  });
});

describe('endpoints of the member list', () => {
  it('are those of started voters, as far as they can be read', async () => {
    const transport = new RecordingTransport(() => ({
      members: [
        { name: 'a', isLearner: false, clientUrls: ['http://a:1', 'http://a:2'] },
        { name: 'b', isLearner: true, clientUrls: ['http://b:1'] },
        { name: '', isLearner: false, clientUrls: [] },
        { name: 'c', isLearner: false, clientUrls: ['ftp://c', 'https://c:1'] },
      ],
    }));
    expect(await memberEndpoints(transport, {})).toEqual([
      'http://a:1',
      'http://a:2',
      'https://c:1',
    ]);
    expect(transport.calls).toMatchObject([{ method: 'Cluster.MemberList' }]);
  });

  it('are encrypted ones alone for a client that uses TLS', () => {
    const urls = ['http://a:1', 'https://b:1'];
    expect(usableUrls(urls, false)).toEqual(urls);
    expect(usableUrls(urls, true)).toEqual(['https://b:1']);
    expect(usableUrls([], true)).toEqual([]);
    const plain = thrownBy(() => usableUrls(['http://a:1', 'unix:///x'], true));
    expect(plain).toMatchObject({ code: 'INVALID_MEMBER_URLS', outcome: 'not-applied' });
  });

  it('are looked at again and again, one look at a time, also after a failure', async () => {
    const clock = new ManualClock();
    let looks = 0;
    const sync = new EndpointSync({
      clock,
      intervalSeconds: 10,
      sync: async () => {
        looks++;
        if (looks === 2) throw new Error('no endpoint');
      },
    });
    await clock.advance(9_999);
    expect(looks).toBe(0);
    await clock.advance(30_001);
    expect(looks).toBe(4);
    sync.close();
    await clock.advance(60_000);
    expect(looks).toBe(4);
    expect(clock.timers).toBe(0);
  });
});

describe('endpoints of a domain', () => {
  const records: Record<string, { name: string; port: number }[]> = {
    '_etcd-client-ssl._tcp.a.test': [{ name: 'x', port: 1 }],
    '_etcd-client._tcp.a.test': [
      { name: 'y', port: 2 },
      { name: 'z', port: 3 },
    ],
    '_etcd-client._tcp.b.test': [{ name: 'w', port: 4 }],
  };
  const lookUp: LookUp = async (name) => {
    const found = records[name];
    if (found === undefined) throw new Error(`ENOTFOUND ${name}`);
    return found;
  };

  it('are those of both services', async () => {
    const clock = new ManualClock();
    const found: (readonly string[])[] = [];
    const dns = new DnsEndpoints({
      clock,
      domains: ['a.test', 'b.test'],
      encrypted: false,
      found: (endpoints) => found.push(endpoints),
      lookUp,
    });
    await clock.advance(60_000);
    expect(found).toEqual([]);
    dns.need();
    dns.need();
    await clock.advance(0);
    expect(found).toEqual([['https://x:1', 'http://y:2', 'http://z:3', 'http://w:4']]);
    dns.need();
    await clock.advance(0);
    expect(found).toHaveLength(1);
    // Later the answer is old, and whoever needs an endpoint makes it look again.
    await clock.advance(5_001);
    dns.need();
    await clock.advance(0);
    expect(found).toHaveLength(2);
  });

  it('are encrypted ones alone for a client that uses TLS', async () => {
    const clock = new ManualClock();
    const found: (readonly string[])[] = [];
    const lookUpFor = (domain: string) =>
      new DnsEndpoints({
        clock,
        domains: [domain],
        encrypted: true,
        found: (endpoints) => found.push(endpoints),
        lookUp,
      });
    lookUpFor('a.test').need();
    const plain = lookUpFor('b.test');
    plain.need();
    await clock.advance(0);
    expect(found).toEqual([['https://x:1']]);
    expect(plain.known).toBe(false);
    expect(plain.reason).toContain('_etcd-client-ssl._tcp.b.test');
    plain.close();
  });

  it('are looked up until there are some, after growing pauses', async () => {
    const clock = new ManualClock();
    let looks = 0;
    let found: readonly string[] | undefined;
    const dns = new DnsEndpoints({
      clock,
      domains: ['a.test'],
      encrypted: false,
      found: (endpoints) => {
        found = endpoints;
      },
      lookUp: (name) => {
        looks++;
        return looks > 8 ? lookUp(name) : Promise.reject(new Error('SERVFAIL'));
      },
    });
    dns.need();
    await clock.advance(0);
    expect(dns.known).toBe(false);
    expect(dns.reason).toBe('SERVFAIL');
    expect(dns.names).toEqual(['dnssrv://a.test']);
    await clock.advance(10_000);
    expect(found).toHaveLength(3);
    expect(dns.known).toBe(true);
  });

  it('are not asked for any more when it is closed', async () => {
    const clock = new ManualClock();
    const dns = new DnsEndpoints({
      clock,
      domains: ['no.test'],
      encrypted: false,
      found: () => {
        throw new Error('it was closed');
      },
      lookUp,
    });
    dns.need();
    await clock.advance(0);
    dns.close();
    expect(clock.timers).toBe(0);
    await clock.advance(60_000);
  });

  it.each(['dnssrv://', 'dnssrv://a b', 'dnssrv://a.test:2379', 'dnssrv://-a'])(
    'need a domain: %s',
    (endpoint) => {
      expect(() => srvDomain(endpoint)).toThrow(InvalidArgumentError);
    },
  );
});
