import { describe, expect, it } from 'vitest';
import {
  abortedError,
  clientClosed,
  EtcdError,
  fromGrpcStatus,
  GrpcCode,
  grpcStatusName,
  TimeoutError,
  UnavailableError,
  withDetails,
} from '../../../src/errors/index.js';

const CALL = { method: 'KV.Range', sent: true, write: false };

describe('the gRPC status of a failed call', () => {
  it('is the one that was received, whatever the error makes of it', () => {
    for (const [name, code] of Object.entries(GrpcCode).filter(([, number]) => number !== 0)) {
      const error = fromGrpcStatus({ code, details: 'etcdserver: leader changed' }, CALL);
      expect(error.code).toBe('LEADER_CHANGED');
      expect(grpcStatusName(error)).toBe(name);
      expect(grpcStatusName(withDetails(error, { outcome: 'unknown' }))).toBe(name);
    }
  });

  it('is the one that gRPC gives a call that the client ended', () => {
    expect(grpcStatusName(new TimeoutError('late', {}))).toBe('DEADLINE_EXCEEDED');
    // The reasons of a signal have a number for a code, which is no status.
    const gone = new DOMException('gone', 'NotFoundError');
    expect(gone.code).toBe(GrpcCode.RESOURCE_EXHAUSTED);
    for (const reason of [AbortSignal.abort().reason, gone, 'enough']) {
      expect(grpcStatusName(abortedError(reason, {}))).toBe('CANCELLED');
    }
    expect(grpcStatusName(clientClosed({}))).toBe('CANCELLED');
    const down = new UnavailableError('down', { cause: new Error('refused') });
    expect(grpcStatusName(down)).toBe('UNAVAILABLE');
  });

  it('is unknown for an error that says nothing of a call', () => {
    for (const error of [new Error('own'), 'text', undefined, { code: GrpcCode.ABORTED }]) {
      expect(grpcStatusName(error)).toBe('UNKNOWN');
    }
    const cause = { code: 99, details: 'beyond the table' };
    expect(grpcStatusName(new EtcdError('odd', { code: 'UNKNOWN', cause }))).toBe('UNKNOWN');
  });
});
