import { describe, expect, it } from 'vitest';
import { readGrpcAddress } from '../../../src/discovery/grpc-address.js';

describe('an address for gRPC', () => {
  it.each([
    ['192.168.1.100:8080', { host: '192.168.1.100', port: 8080 }],
    ['api-1.internal:443', { host: 'api-1.internal', port: 443 }],
    ['localhost:65535', { host: 'localhost', port: 65_535 }],
    ['[::1]:8080', { host: '::1', port: 8080 }],
    ['[2001:DB8::7]:1', { host: '2001:DB8::7', port: 1 }],
    ['[::ffff:10.0.0.1]:1', { host: '::ffff:10.0.0.1', port: 1 }],
    ['[fe80::1%eth0]:8080', { host: 'fe80::1%eth0', port: 8080 }],
    ['unix:/run/api.sock', { path: '/run/api.sock' }],
    ['unix:///run/api.sock', { path: '/run/api.sock' }],
    ['unix:api.sock', { path: 'api.sock' }],
    ['unix:/run/my api.sock', { path: '/run/my api.sock' }],
  ])('%s', (address, expected) => {
    expect(readGrpcAddress(address)).toEqual(expected);
  });

  it.each([
    'host',
    'host:',
    ':80',
    'host:0',
    'host:65536',
    'host:http',
    'host:8080/path',
    'http://host:8080',
    'a host:80',
    '::1:8080',
    '[::1]',
    '[host]:80',
    '[]:80',
    'unix:',
    'unix://run/api.sock',
    '',
  ])('is not %j', (address) => {
    expect(readGrpcAddress(address)).toBeUndefined();
  });
});
