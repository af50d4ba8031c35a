import {
  checkKnownOptions,
  checkNonNegativeInteger,
  checkPositiveInteger,
  invalidArgument,
  showAddress,
  showWord,
} from '../../errors/index.js';
import { freePorts } from '../server/free-ports.js';
import { ProxyEngine, type ProxyTarget } from './proxy-engine.js';
import type { Direction } from './traffic.js';

/** The place at which a connection is cut: bytes or responses that still go to the client. */
export type CutPoint =
  | {
      /** Bytes that still go to the client. */
      readonly bytes: number;
      /** Not beside `bytes`. */
      readonly responses?: undefined;
    }
  | {
      /** Responses that still go to the client. */
      readonly responses: number;
      /** Not beside `responses`. */
      readonly bytes?: undefined;
    };

/** A cut that was ordered by `cutAfter`. */
export interface PlannedCut {
  /** Resolves with `true` when the connection is cut; with `false` when `heal()` or `stop()` takes the order back. */
  readonly done: Promise<boolean>;
}

const DIRECTIONS: readonly unknown[] = ['toServer', 'toClient', 'both'];

/**
 * A TCP proxy in front of a server that does on command what networks do at the worst moment. Each command counts
 * from its call on, for open connections and for new ones, until `heal()`. Requests and responses are seen in
 * plain HTTP/2; through TLS there are bytes alone.
 *
 * @example
 * await using proxy = await startFaultProxy(server);
 * const etcd = server.client({ endpoints: proxy.endpoint });
 * await etcd.put('k', '1');
 * proxy.loseReplies(1); // the next write is applied, and its caller is not told
 */
export class FaultProxy implements AsyncDisposable {
  /** The address for clients, with the scheme of the server. */
  readonly endpoint: string;
  readonly #engine: ProxyEngine;

  /** @internal */
  constructor(engine: ProxyEngine) {
    this.endpoint = engine.endpoint;
    this.#engine = engine;
  }

  /** The number of connections that are open now. */
  get connections(): number {
    return this.#engine.connections;
  }

  /** The number of gRPC messages that have come from clients so far, passed on or not. */
  get requests(): number {
    return this.#engine.requests;
  }

  /** The number of gRPC messages that have come from the server so far, passed on or not. An error alone has none. */
  get responses(): number {
    return this.#engine.responses;
  }

  /** Resolves when `requests` has reached this number. It has no limit of its own. */
  async waitForRequests(total: number): Promise<void> {
    checkNonNegativeInteger('total', total);
    await this.#engine.waitForRequests(total);
  }

  /**
   * Resolves when `responses` has reached this number. It has no limit of its own.
   *
   * @example
   * proxy.freeze('toClient');
   * const put = etcd.put('k', 'v');
   * await proxy.waitForResponses(proxy.responses + 1); // it is applied now
   */
  async waitForResponses(total: number): Promise<void> {
    checkNonNegativeInteger('total', total);
    await this.#engine.waitForResponses(total);
  }

  /** Has everything take so many milliseconds, each way; 0 ends it. */
  delay(milliseconds: number): void {
    if (!Number.isFinite(milliseconds) || milliseconds < 0) {
      throw invalidArgument('milliseconds', milliseconds, 'milliseconds, 0 or more');
    }
    this.#engine.latency(milliseconds);
  }

  /** Lets so many bytes a second pass on each connection, each way; `Infinity` ends it. */
  limit(bytesPerSecond: number): void {
    if (typeof bytesPerSecond !== 'number' || !(bytesPerSecond > 0)) {
      const allowed = 'bytes a second, above 0; freeze() lets nothing pass';
      throw invalidArgument('bytesPerSecond', bytesPerSecond, allowed);
    }
    this.#engine.rate(bytesPerSecond);
  }

  /** Lets nothing pass: connections stay open, new ones open too. What is held up arrives in its order at `heal()`. */
  freeze(direction: Direction | 'both' = 'both'): void {
    if (!DIRECTIONS.includes(direction)) {
      throw invalidArgument('direction', showWord(direction), "'toServer', 'toClient' or 'both'");
    }
    this.#engine.freeze(direction);
  }

  /** Breaks every open connection ("connection reset" on both sides). New ones are taken. */
  cut(): void {
    this.#engine.resetAll();
  }

  /**
   * Cuts one connection once: the first on which so much has gone to the client, counted on each from now on. With
   * `responses: 0` the connection is closed in place of the next response. Returns at once, as all commands do: the
   * cut itself is awaited by `done`.
   *
   * @example
   * const cut = proxy.cutAfter({ responses: 2 });
   * // ... whatever brings three responses
   * await cut.done;
   */
  cutAfter(point: CutPoint): PlannedCut {
    checkKnownOptions('point', point ?? {}, { bytes: true, responses: true });
    const { bytes, responses } = point ?? {};
    if ((bytes === undefined) === (responses === undefined)) {
      throw invalidArgument('point', point, 'either { bytes } or { responses }');
    }
    if (bytes !== undefined) {
      checkPositiveInteger('point.bytes', bytes);
      return { done: this.#engine.cutAfterBytes(bytes, 'toClient') };
    }
    checkNonNegativeInteger('point.responses', responses);
    this.#needMessages('responses are not seen through TLS: use { bytes }');
    return { done: this.#engine.cutAfterResponses(responses ?? 0) };
  }

  /**
   * Breaks a connection in place of each of the next answers, so many times. The server has done what was asked,
   * and the client cannot know. An event of a watch and the renewal of a lease are answers, too.
   */
  loseReplies(count = 1): void {
    checkPositiveInteger('count', count);
    this.#needMessages('answers are not seen through TLS: use cutAfter({ bytes })');
    this.#engine.loseReplies(count);
  }

  /** Refuses new connections and breaks those that are open, as a server that is gone. */
  refuse(): void {
    this.#engine.refuse();
    this.#engine.resetAll();
  }

  /** Ends every fault that was ordered. Resolves when new connections are taken. */
  async heal(): Promise<void> {
    await this.#engine.restore();
  }

  /** Breaks all connections and lets go of the port. Twice is harmless. */
  async stop(): Promise<void> {
    await this.#engine.stop();
  }

  /** Does what `stop()` does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #needMessages(wayOut: string): void {
    if (this.endpoint.startsWith('https:')) {
      throw invalidArgument('target', showAddress(this.endpoint), wayOut);
    }
  }
}

/**
 * Starts a proxy on a free loopback port in front of a server. At first it passes everything on.
 *
 * @param target a server, an endpoint such as `http://127.0.0.1:2379`, or its `host:port`
 * @throws InvalidArgumentError for what is none of them
 *
 * @example
 * await using proxy = await startFaultProxy(server);
 * proxy.freeze('toClient');
 */
export async function startFaultProxy(
  target: string | { readonly endpoint: string },
): Promise<FaultProxy> {
  const parsed = parseTarget(target);
  const [port = 0] = await freePorts(1);
  const engine = new ProxyEngine(parsed, port);
  await engine.accept();
  return new FaultProxy(engine);
}

/** Reads an endpoint or `host:port`. */
export function parseTarget(target: string | { readonly endpoint: string }): ProxyTarget {
  const endpoint: unknown =
    typeof target === 'object' && target !== null ? target.endpoint : target;
  const text = typeof endpoint === 'string' ? endpoint : '';
  const url = text.includes('://') ? text : `http://${text}`;
  const { hostname, protocol } = URL.canParse(url) ? new URL(url) : NO_URL;
  // The port of a URL is empty where it is the scheme's own.
  const port = /:(\d+)\/?$/.exec(text)?.[1];
  if (port === undefined || !/^https?:$/.test(protocol)) {
    throw invalidArgument('target', showAddress(endpoint), "a server, 'host:port' or an endpoint");
  }
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), scheme: protocol };
}

const NO_URL = { hostname: '', protocol: '' };
