// A user's file: our resolver takes the user's own gRPC by its shape.
import * as grpc from '@grpc/grpc-js';
import type { EtcdClient } from 'etcd-kit';
import { type GrpcResolverClass, registerEtcdResolver } from 'etcd-kit/discovery';

export function useServices(etcd: EtcdClient): void {
  registerEtcdResolver(etcd, { grpc, scheme: 'etcd' });
  // @ts-expect-error this is not the module
  registerEtcdResolver(etcd, { grpc: grpc.experimental });
}

/** The shape we give resolvers is the one that gRPC asks for, in what it calls and what it is called with. */
export type Resolver = InstanceType<Parameters<typeof grpc.experimental.registerResolver>[1]>;
export const ours = (resolver: InstanceType<GrpcResolverClass>): Resolver => resolver;
