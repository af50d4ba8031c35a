import { checkFunction, checkKnownOptions, invalidArgument, showWord } from '../errors/index.js';
import type { EtcdClient } from '../index.js';
import type { InvalidEntry } from './endpoint-map.js';
import type { GrpcModule, GrpcResolver, GrpcResolverListener, GrpcTarget } from './grpc-module.js';
import { TargetResolver } from './target-resolver.js';

/** The options of `registerEtcdResolver`. */
export interface EtcdResolverOptions {
  /** The caller's own `@grpc/grpc-js`, 1.14 or later: `import * as grpc from '@grpc/grpc-js'`. */
  readonly grpc: GrpcModule;
  /** The scheme of the targets. Default: `etcd`. */
  readonly scheme?: string | undefined;
  /** Called for each entry that is left out, because it cannot be read or gRPC cannot connect to it. */
  readonly onInvalid?: ((entry: InvalidEntry) => void) | undefined;
}

const DEFAULT_SCHEME = 'etcd';
/** The form of a scheme. gRPC ignores case. */
const SCHEME = /^[a-z][a-z0-9+.-]*$/;
/** Names services that have no letters. */
const ANY_AUTHORITY = 'localhost';
/** Schemes that gRPC resolves by itself. */
const TAKEN_SCHEMES: ReadonlySet<string> = new Set(['dns', 'unix', 'ipv4', 'ipv6', 'xds']);

/**
 * Teaches gRPC to find services in etcd: from now on a client of `etcd:///services/api` connects to the
 * instances that are registered under `services/api`, as they come and go.
 *
 * A channel watches while it is in use, and stops when it is idle or closed. While no instance is
 * registered its calls fail with `UNAVAILABLE`. While etcd cannot be reached it keeps the instances it
 * knows. gRPC's default is to use one instance; with a service config of `round_robin` it uses all.
 *
 * The watch is one of this client: close the channels, or the client, to let the process exit.
 *
 * @throws InvalidArgumentError for a module that is not `@grpc/grpc-js` 1.14 or later, and for a scheme
 *   that is none or that gRPC has taken
 *
 * @example
 * import * as grpc from '@grpc/grpc-js';
 * registerEtcdResolver(etcd, { grpc });
 * const client = new Greeter('etcd:///services/api', grpc.credentials.createInsecure(), {
 *   'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
 * });
 */
export function registerEtcdResolver(etcd: EtcdClient, options: EtcdResolverOptions): void {
  if (options === undefined) throw invalidArgument('options', options, 'an object with grpc');
  checkKnownOptions('options', options, { grpc: true, scheme: true, onInvalid: true });
  const { grpc, scheme = DEFAULT_SCHEME, onInvalid } = options;
  checkGrpc(grpc);
  if (typeof scheme !== 'string' || !SCHEME.test(scheme) || TAKEN_SCHEMES.has(scheme)) {
    throw invalidArgument(
      'scheme',
      showWord(scheme),
      `a scheme in lower case, such as 'etcd', that gRPC has not taken: ${[...TAKEN_SCHEMES].join(', ')}`,
    );
  }
  checkFunction('onInvalid', onInvalid);

  class EtcdResolver extends TargetResolver implements GrpcResolver {
    constructor(target: GrpcTarget, listener: GrpcResolverListener) {
      super({ etcd, grpc, onInvalid }, serviceOf(target), listener);
    }

    static getDefaultAuthority(target: GrpcTarget): string {
      return authorityOf(serviceOf(target));
    }
  }
  grpc.experimental.registerResolver(scheme, EtcdResolver);
}

/** `etcd:///services/api`, `etcd:/services/api` and `etcd:services/api` are the same service; one slash goes. */
function serviceOf({ authority, path }: GrpcTarget): string {
  return authority === undefined && path.startsWith('/') ? path.slice(1) : path;
}

/**
 * The authority of a service in calls and certificates: `services.api` for `services/api`. gRPC makes a URL of
 * it, so that it has to be the name of a host.
 */
function authorityOf(service: string): string {
  const name = service.replaceAll(/[^\w.-]+/g, '.').replaceAll(/^\.+|\.+$/g, '');
  return URL.canParse(`http://${name}`) ? name : ANY_AUTHORITY;
}

function checkGrpc(grpc: GrpcModule): void {
  const { registerResolver, statusOrFromValue, statusOrFromError } = grpc?.experimental ?? {};
  const known = [registerResolver, statusOrFromValue, statusOrFromError];
  if (known.every((member) => typeof member === 'function')) return;
  throw invalidArgument('grpc', grpc, 'the module @grpc/grpc-js, 1.14 or later');
}
