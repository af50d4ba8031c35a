import { codeName } from './protocol.js';

/** The peer broke a rule in a way that ends the connection, with this code of HTTP/2. */
export class ConnectionFault extends Error {
  readonly code: number;

  /** @param rule is the rule that was broken, in words */
  constructor(code: number, rule: string) {
    super(`${rule} (${codeName(code)})`);
    this.code = code;
  }
}

/** A message of gRPC that cannot be taken: the call ends with this status. */
export class MessageFault extends Error {
  /** The code of gRPC. */
  readonly status: number;

  constructor(status: number, details: string) {
    super(details);
    this.status = status;
  }
}
