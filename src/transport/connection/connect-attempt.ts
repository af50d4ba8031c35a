import type { EtcdError } from '../../errors/index.js';
import type { StatusResponse } from '../../rpc/generated/types.js';
import type { Address } from '../channel/address.js';
import type { Channel } from '../channel/channel.js';
import { notOpened } from './connection-errors.js';
import type { Probe } from './probe.js';

/** The parts of an endpoint that an attempt to reach its server needs. */
export interface ConnectAttemptContext {
  readonly address: Address;
  openChannel(address: Address): Promise<Channel>;
  /** Makes the first call. */
  probe(channel: Channel): Probe;
  /** Finds out more about a failure; answers the error that tells it. */
  readonly explain: ((address: Address, error: EtcdError) => Promise<EtcdError>) | undefined;
}

/** A channel over which a server has answered; the answer is `undefined` where it refused to tell its status. */
export interface Reached {
  readonly channel: Channel;
  readonly answer: StatusResponse | undefined;
}

/** One attempt to reach a server: opens a channel, and makes a first call over it. */
export class ConnectAttempt {
  readonly #context: ConnectAttemptContext;
  #channel: Channel | undefined;
  #probe: Probe | undefined;
  #abandoned = false;

  constructor(context: ConnectAttemptContext) {
    this.#context = context;
  }

  /** True from when there is a channel. */
  get hasChannel(): boolean {
    return this.#channel !== undefined;
  }

  /** Makes the attempt, once. A channel over which nobody answers is closed. */
  async run(): Promise<Reached | EtcdError> {
    const { address, openChannel, explain } = this.#context;
    let channel: Channel;
    try {
      channel = await openChannel(address);
    } catch (error) {
      return notOpened(address.endpoint, error);
    }
    this.#channel = channel;
    if (this.#abandoned) {
      channel.close();
      return notOpened(address.endpoint, 'the attempt was given up');
    }
    this.#probe = this.#context.probe(channel);
    const { alive, answer, error } = await this.#probe.result;
    this.#probe = undefined;
    if (alive) return { channel, answer };
    channel.close();
    return this.#abandoned ? error : ((await explain?.(address, error)) ?? error);
  }

  /** Gives it up: nobody needs the connection any more. */
  abandon(): void {
    this.#abandoned = true;
    this.#probe?.cancel();
    this.#channel?.close();
  }
}
