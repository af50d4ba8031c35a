// The part of @grpc/grpc-js that a resolver meets, by its shape: the module is the caller's own, so
// that our resolver and the caller's channels are of one copy, and its types stay out of ours.

/** A target such as `etcd:///services/api`, taken apart by gRPC. */
export interface GrpcTarget {
  /** The part before the first colon. */
  readonly scheme?: string;
  /** The part between `//` and the next slash. */
  readonly authority?: string;
  /** The rest: the name of the service. */
  readonly path: string;
}

/** The callback by which a resolver reports a result, made by `statusOrFromValue` or `statusOrFromError`. */
export type GrpcResolverListener = (
  endpoints: unknown,
  attributes: Record<string, unknown>,
  serviceConfig: unknown,
  resolutionNote: string,
) => boolean;

/** A resolver as gRPC knows it: it starts, looks again on request, and ends. */
export interface GrpcResolver {
  /** Looks the addresses up again. */
  updateResolution(): void;
  /** Ends the look-ups. */
  destroy(): void;
}

/** A class of resolvers, of which each channel makes its own. */
export interface GrpcResolverClass {
  new (target: GrpcTarget, listener: GrpcResolverListener, channelOptions: object): GrpcResolver;
  /** Returns the `:authority` of calls to a target. */
  getDefaultAuthority(target: GrpcTarget): string;
}

/** The module `@grpc/grpc-js`, 1.14 or later, as `import * as grpc from '@grpc/grpc-js'` gives it. */
export interface GrpcModule {
  /** The part of grpc-js that takes resolvers. */
  readonly experimental: {
    /** Makes a scheme known to all clients of the module. */
    registerResolver(scheme: string, resolver: GrpcResolverClass): void;
    /** Wraps addresses for the listener. */
    statusOrFromValue(endpoints: readonly object[]): unknown;
    /** Wraps a failure for the listener. */
    statusOrFromError(status: { code: number; details: string }): unknown;
  };
}
