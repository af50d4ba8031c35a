import type { Field } from './hpack/field.js';

/** Bytes of one list of fields, as tables count them: what the peer is told to keep to. */
export const MOST_FIELD_BYTES = 65_536;

const STATUS = /^[1-9]\d\d$/;

/** Fields of HTTP/1 that HTTP/2 has no place for. */
const OF_HTTP_1 = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** Reads a block of fields for what a call needs of it, and whether it is as HTTP/2 wants it. */
export class ResponseFields {
  /** The status of HTTP; 0 if there is none. */
  httpStatus = 0;
  contentType: string | undefined;
  grpcStatus: string | undefined;
  grpcMessage = '';
  /** The rule that the block breaks, in words. */
  malformed: string | undefined;
  #bytes = 0;
  #regular = false;

  /** True if the list is larger than was asked for. */
  get tooLarge(): boolean {
    return this.#bytes > MOST_FIELD_BYTES;
  }

  /** Forgets all: the object is used for one block after the other. */
  clear(): void {
    this.httpStatus = 0;
    this.contentType = undefined;
    this.grpcStatus = undefined;
    this.grpcMessage = '';
    this.malformed = undefined;
    this.#bytes = 0;
    this.#regular = false;
  }

  readonly add = (field: Field): void => {
    this.#bytes += field.size;
    if (this.tooLarge) return;
    const { name, value } = field;
    if (!field.wellFormed) this.malformed = 'a header field with forbidden characters';
    if (name.startsWith(':')) {
      this.#addPseudo(name, value);
      return;
    }
    this.#regular = true;
    switch (name) {
      case 'content-type':
        this.contentType = value;
        return;
      case 'grpc-status':
        this.grpcStatus = value;
        return;
      case 'grpc-message':
        this.grpcMessage = value;
        return;
    }
    if (OF_HTTP_1.has(name))
      this.malformed = `the header field ${name}, which HTTP/2 does not allow`;
  };

  #addPseudo(name: string, value: string): void {
    if (name !== ':status') this.malformed = `the pseudo-header field ${name} in a response`;
    else if (this.#regular) this.malformed = ':status after other header fields';
    else if (this.httpStatus !== 0) this.malformed = 'two :status fields';
    else if (!STATUS.test(value)) this.malformed = 'a :status that is not a number';
    else this.httpStatus = Number(value);
  }
}
