import { expect, test } from 'vitest';
import { fieldName } from '../../../src/rpc/field-name.js';

test.each([
  ['key', 'key'],
  ['prev_kv', 'prevKv'],
  ['request_delete_range', 'requestDeleteRange'],
  ['ID', 'id'],
  ['TTL', 'ttl'],
  ['memberID', 'memberId'],
  ['targetID', 'targetId'],
  ['peerURLs', 'peerUrls'],
  ['clientURLs', 'clientUrls'],
  ['grantedTTL', 'grantedTtl'],
  ['remaining_TTL', 'remainingTtl'],
  ['isLearner', 'isLearner'],
  ['dbSizeInUse', 'dbSizeInUse'],
  ['HashKV', 'hashKv'],
  ['KV', 'kv'],
])('%s is called %s', (wireName, name) => {
  expect(fieldName(wireName)).toBe(name);
});
