import { checkKnownOptions, describeKind, invalidArgument } from '../errors/index.js';
import type { Codec } from '../index.js';
import { decodeUtf8, encodeUtf8 } from '../internal/bytes.js';

/** One instance of a service, as it is registered. */
export interface ServiceEndpoint {
  /** The address of the instance, most often `host:port`. */
  readonly address: string;
  /** Data of the instance: any JSON value; `null` for none. */
  readonly metadata: unknown;
}

/** The data that an instance registers. */
export interface ServiceEndpointInput {
  /** The address of the instance: `host:port`, `[v6]:port` or `unix:/path` for gRPC, else any text. */
  readonly address: string;
  /** Anything that JSON has a form for. Default: `null`. */
  readonly metadata?: unknown;
}

/** The field `Op` of Go's format, which its readers do not look at: 0 is "add". */
const ADD = 0;

/**
 * Go's `naming/endpoints` format: `{"Op":0,"Addr":"host:port","Metadata":...}`. Other fields are
 * ignored on reading, since later versions may add some.
 */
export const endpointCodec: Codec<ServiceEndpoint, ServiceEndpointInput> = {
  name: 'endpoint',
  encode({ address, metadata = null }) {
    if (JSON.stringify(metadata) === undefined) {
      throw new TypeError(`JSON has no form for ${describeKind(metadata)}`);
    }
    return encodeUtf8(JSON.stringify({ Op: ADD, Addr: address, Metadata: metadata }));
  },
  decode(stored) {
    const entry: unknown = JSON.parse(decodeUtf8(stored));
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      throw new TypeError(`an endpoint is a JSON object, not ${describeKind(entry)}`);
    }
    const { Addr: address, Metadata: metadata = null } = entry as Readonly<Record<string, unknown>>;
    if (typeof address !== 'string' || address === '') {
      throw new TypeError(`the field Addr is an address, not ${describeKind(address)}`);
    }
    return { address, metadata };
  },
};

/**
 * Checks what an instance wants to register; answers it as others will read it, so that a later change
 * of the caller's object changes nothing here.
 *
 * @throws InvalidArgumentError for an address that is no text, and for metadata that JSON cannot hold
 */
export function checkEndpoint(input: ServiceEndpointInput): ServiceEndpoint {
  if (input === undefined) throw invalidArgument('endpoint', input, 'an object with an address');
  checkKnownOptions('endpoint', input, { address: true, metadata: true });
  const { address, metadata } = input;
  if (typeof address !== 'string' || address === '' || address !== address.trim()) {
    throw invalidArgument('address', address, "an address such as '192.168.1.100:8080'");
  }
  try {
    return endpointCodec.decode(endpointCodec.encode(input));
  } catch (cause) {
    throw invalidArgument('metadata', metadata, 'a value that JSON has a form for', { cause });
  }
}
