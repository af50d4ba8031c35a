import {
  type Described,
  described,
  hide,
  invalidArgument,
  isRecord,
  showWord,
} from '../../errors/index.js';
import type { CallMetadata } from '../transport.js';

const TOKEN = 'token';
const REQUIRE_LEADER = 'hasleader';
const RESERVED = [TOKEN, REQUIRE_LEADER];
/** HTTP/2 has no such headers, or gRPC sets them itself. */
const FORBIDDEN = [
  'connection',
  'content-type',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'user-agent',
];
const LEGAL_KEY = /^[0-9a-z_.-]+$/;
/** A name that is only spelled wrongly; anything else in its place may be a secret. */
const HEADER_LIKE = /^[\w.-]{1,64}$/;
const PRINTABLE = /^[\x20-\x7e]*$/;

/**
 * Checks metadata where it enters.
 *
 * @throws InvalidArgumentError naming the entry
 */
export function checkMetadata(name: string, metadata: CallMetadata): void {
  if (!isRecord(metadata)) throw invalidArgument(name, metadata, 'an object of strings');
  for (const [key, value] of Object.entries(metadata)) {
    if (!LEGAL_KEY.test(key) || key.startsWith('grpc-') || key.endsWith('-bin')) {
      throw invalidArgument(
        name,
        HEADER_LIKE.test(key) ? showWord(key) : described('a key that is no header name'),
        "a key is lower-case letters, digits, '-', '_' and '.', without 'grpc-' before or '-bin' behind",
      );
    }
    if (RESERVED.includes(key)) {
      throw invalidArgument(
        name,
        showWord(key),
        "this key is the client's own: see auth and requireLeader",
      );
    }
    if (FORBIDDEN.includes(key)) {
      throw invalidArgument(name, showWord(key), 'this key belongs to the protocol');
    }
    if (typeof value !== 'string' || !isHeaderText(value)) {
      throw invalidArgument(`${name}.${key}`, textProblem(value), 'a string of printable ASCII');
    }
  }
}

/** Describes what is wrong with the value of a header, which may be a secret, without showing it. */
function textProblem(value: unknown): Described {
  if (typeof value !== 'string') return hide(value);
  if (/[\r\n]/.test(value)) {
    return described('a string with a line break (a file read as it is? use text.trim())');
  }
  return described('a string with other characters');
}

/** Returns whether a text can be the value of a header. */
export function isHeaderText(text: string): boolean {
  return PRINTABLE.test(text);
}

/**
 * The metadata of calls, prepared once for each combination in use. Calls without metadata of their own share
 * two objects for as long as the token stays the same.
 */
export class MetadataFactory {
  readonly #common: CallMetadata | undefined;
  #token: string | undefined;
  #plain: CallMetadata | undefined;
  #requireLeader: CallMetadata | undefined;

  /** @param common goes with every call */
  constructor(common: CallMetadata | undefined) {
    this.#common = common;
  }

  /** The metadata for one call. It is shared: nobody may write to it. */
  make(
    token: string | undefined,
    requireLeader: boolean,
    own: CallMetadata | undefined,
  ): CallMetadata {
    if (own !== undefined) return this.#build(token, requireLeader, own);
    if (token !== this.#token) {
      this.#token = token;
      this.#plain = undefined;
      this.#requireLeader = undefined;
    }
    if (requireLeader) {
      this.#requireLeader ??= this.#build(token, true, undefined);
      return this.#requireLeader;
    }
    this.#plain ??= this.#build(token, false, undefined);
    return this.#plain;
  }

  #build(
    token: string | undefined,
    requireLeader: boolean,
    own: CallMetadata | undefined,
  ): CallMetadata {
    return {
      ...this.#common,
      ...own,
      ...(token === undefined ? {} : { [TOKEN]: token }),
      ...(requireLeader ? { [REQUIRE_LEADER]: 'true' } : {}),
    };
  }
}
