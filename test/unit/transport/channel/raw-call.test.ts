import { type Channel, status as Code, Metadata } from '@grpc/grpc-js';
import { describe, expect, it, vi } from 'vitest';
import { EtcdError, fromGrpcStatus } from '../../../../src/errors/index.js';
import type { RawStatus, RawStream } from '../../../../src/transport/channel/channel.js';
import {
  type GrpcChannel,
  streamCall,
  unaryCall,
} from '../../../../src/transport/channel/raw-call.js';

/** The callbacks of a call, to be given whatever the test likes. */
interface Callbacks {
  onReceiveMetadata(metadata: unknown): void;
  onReceiveMessage(message: unknown): void;
  onReceiveStatus(status: unknown): void;
}

/** A channel whose one call is in the test's hand. */
class OneCall {
  callbacks: Callbacks | undefined;
  cancelled = 0;
  reads = 0;

  get channel(): GrpcChannel {
    const handle = {
      start: (_: Metadata, callbacks: Callbacks) => {
        this.callbacks = callbacks;
      },
      startRead: () => {
        this.reads += 1;
      },
      sendMessageWithContext: () => {},
      halfClose: () => {},
      cancelWithStatus: () => {
        this.cancelled += 1;
      },
    };
    const channel = { createCall: () => handle } as unknown as Channel;
    return { channel, callOpened: () => () => {} };
  }
}

/** Begins a unary call; `ends` are all the ends that were told of. */
function unary(): OneCall & { readonly ends: [RawStatus, Uint8Array | undefined][] } {
  const ends: [RawStatus, Uint8Array | undefined][] = [];
  const call = Object.assign(new OneCall(), { ends });
  unaryCall(call.channel, '/x', new Metadata(), Infinity, new Uint8Array(), (status, answer) => {
    ends.push([status, answer]);
  });
  return call;
}

/** Opens a stream; `ends` are all the ends that were told of. */
function stream(): OneCall & { readonly ends: RawStatus[]; readonly raw: RawStream } {
  const ends: RawStatus[] = [];
  const call = Object.assign(new OneCall(), { ends });
  const raw = streamCall(call.channel, '/x', new Metadata(), Infinity, {
    onMessage: () => {},
    onEnd: (status) => ends.push(status),
  });
  return Object.assign(call, { raw });
}

const MESSAGE = Buffer.from([1, 2]);
const WRONG_METADATA = [undefined, null, {}, 'text', new Metadata()];
const WRONG_MESSAGES = [undefined, null, {}, 'text', 42, [1, 2]];
const WRONG_STATUSES = [
  undefined,
  null,
  {},
  'text',
  new Error('thrown'),
  { code: '13', details: 'text' },
  { details: 'text' },
  { code: undefined, details: undefined },
];
const POOR_STATUSES = [
  { code: 13 },
  { code: 13, details: null },
  { code: 99 },
  { code: Number.NaN },
];

/** Whatever the status is, it can be made an error of. */
function expectTyped(status: RawStatus | undefined): void {
  const given = status as RawStatus;
  const context = { method: 'KV.Range', sent: true, write: true };
  const error = fromGrpcStatus(given, context);
  expect(error).toBeInstanceOf(EtcdError);
  expect(error.outcome).toBe('unknown');
  expect(error.message).not.toBe('');
}

describe('a unary call', () => {
  it.each(WRONG_METADATA.map((metadata) => [metadata]))('ignores the headers %s', (metadata) => {
    const call = unary();
    call.callbacks?.onReceiveMetadata(metadata);
    call.callbacks?.onReceiveMessage(MESSAGE);
    call.callbacks?.onReceiveStatus({ code: Code.OK, details: '' });
    expect(call.ends).toEqual([[{ code: Code.OK, details: '' }, MESSAGE]]);
  });

  it.each(WRONG_MESSAGES.map((message) => [message]))(
    'ends at once with the message %s',
    (message) => {
      const call = unary();
      call.callbacks?.onReceiveMessage(message);
      call.callbacks?.onReceiveStatus({ code: Code.OK, details: '' });
      expect(call.ends).toMatchObject([[{ code: Code.INTERNAL }, undefined]]);
      expectTyped(call.ends[0]?.[0]);
      expect(call.cancelled).toBe(1);
    },
  );

  it('ends at once with a second message, for which it has asked', () => {
    const call = unary();
    expect(call.reads).toBe(1);
    call.callbacks?.onReceiveMessage(MESSAGE);
    expect(call.reads).toBe(2);
    call.callbacks?.onReceiveMessage(MESSAGE);
    expect(call.ends).toMatchObject([[{ code: Code.INTERNAL }, undefined]]);
    expect(call.cancelled).toBe(1);
  });

  it.each([...WRONG_STATUSES, ...POOR_STATUSES].map((status) => [status]))(
    'ends once, with an error, at the status %s',
    (status) => {
      for (const messages of [[], [MESSAGE]]) {
        const call = unary();
        for (const message of messages) call.callbacks?.onReceiveMessage(message);
        call.callbacks?.onReceiveStatus(status);
        call.callbacks?.onReceiveStatus(status);
        call.callbacks?.onReceiveMessage(MESSAGE);
        expect(call.ends).toHaveLength(1);
        expect(call.ends[0]?.[1]).toBeUndefined();
        expectTyped(call.ends[0]?.[0]);
      }
    },
  );

  it('that went well without a message is one that failed', () => {
    const call = unary();
    call.callbacks?.onReceiveStatus({ code: Code.OK });
    expectTyped(call.ends[0]?.[0]);
  });
});

describe('a stream', () => {
  it.each(WRONG_METADATA.map((metadata) => [metadata]))('ignores the headers %s', (metadata) => {
    const call = stream();
    call.callbacks?.onReceiveMetadata(metadata);
    call.callbacks?.onReceiveStatus({ code: Code.OK });
    expect(call.ends).toEqual([{ code: Code.OK, details: '' }]);
  });

  it.each(WRONG_MESSAGES.map((message) => [message]))(
    'ends at once with the message %s',
    (message) => {
      const call = stream();
      call.callbacks?.onReceiveMessage(message);
      call.callbacks?.onReceiveStatus({ code: Code.OK, details: '' });
      expect(call.ends).toHaveLength(1);
      expectTyped(call.ends[0]);
      expect(call.cancelled).toBe(1);
    },
  );

  it.each([...WRONG_STATUSES, ...POOR_STATUSES].map((status) => [status]))(
    'ends once, with an error, at the status %s',
    (status) => {
      const call = stream();
      call.callbacks?.onReceiveMessage(MESSAGE);
      call.callbacks?.onReceiveStatus(status);
      call.callbacks?.onReceiveStatus(status);
      expect(call.ends).toHaveLength(1);
      expectTyped(call.ends[0]);
    },
  );

  it('gives no message after its end', () => {
    const onMessage = vi.fn();
    const call = new OneCall();
    streamCall(call.channel, '/x', new Metadata(), Infinity, { onMessage, onEnd: () => {} });
    call.callbacks?.onReceiveStatus({ code: Code.OK, details: '' });
    call.callbacks?.onReceiveMessage(MESSAGE);
    expect(onMessage).not.toHaveBeenCalled();
  });
});
