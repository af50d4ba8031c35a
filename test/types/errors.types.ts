import {
  CompactedError,
  type ErrorCode,
  EtcdError,
  InvalidArgumentError,
  type Outcome,
} from '../../src/errors/index.js';

declare const thrown: unknown;

if (thrown instanceof EtcdError) {
  const code: ErrorCode = thrown.code;
  const outcome: Outcome = thrown.outcome;
  const retryable: boolean = thrown.retryable;
  const method: string | undefined = thrown.method;
  void [code, outcome, retryable, method];
  // @ts-expect-error codes are a closed set: a typing mistake must not compile
  if (thrown.code === 'COMPACT') throw thrown;
  // @ts-expect-error outcomes too
  if (thrown.outcome === 'applied') throw thrown;
  // @ts-expect-error the fields of an error do not change
  thrown.code = 'TIMEOUT';
}

if (thrown instanceof CompactedError) {
  const revision: bigint | undefined = thrown.compactRevision;
  void revision;
  // @ts-expect-error it is known for watches alone
  const certain: bigint = thrown.compactRevision;
  void certain;
}

if (thrown instanceof InvalidArgumentError) {
  const asTypeError: TypeError = thrown;
  void asTypeError;
}
