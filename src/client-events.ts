import { type EtcdError, listenerCheck } from './errors/index.js';
import { TypedEmitter } from './internal/typed-emitter.js';

/** The events of a client, with the arguments of their listeners. */
export type ClientEvents = {
  /** A server answered its first call: it is used from now on. */
  connected: [
    event: {
      /** The endpoint, as `etcd.endpoints` has it. */
      readonly endpoint: string;
    },
  ];
  /** A server is not used for now, and why. */
  disconnected: [
    event: {
      /** The endpoint, as `etcd.endpoints` has it. */
      readonly endpoint: string;
      /** The reason. */
      readonly error: EtcdError;
    },
  ];
  /** The client is being closed: told once, before anything of it ends. */
  closed: [];
};

const checkListener = listenerCheck<ClientEvents>({
  connected: true,
  disconnected: true,
  closed: true,
});

/** The emitter behind a client: only the client emits. */
export class ClientEmitter extends TypedEmitter<ClientEvents> {
  constructor() {
    super(checkListener);
  }

  override emit<Name extends keyof ClientEvents>(
    event: Name,
    ...args: ClientEvents[Name]
  ): boolean {
    return super.emit(event, ...args);
  }
}
