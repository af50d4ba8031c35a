/** Registration and discovery of services, stored in the format of the Go client, and a resolver for gRPC. */
export type { ServiceEndpoint, ServiceEndpointInput } from './endpoint.js';
export type { InvalidEntry, ServiceEndpoints } from './endpoint-map.js';
export type { EndpointWatch } from './endpoint-watch.js';
export type {
  GrpcModule,
  GrpcResolver,
  GrpcResolverClass,
  GrpcResolverListener,
  GrpcTarget,
} from './grpc-module.js';
export type { Registration, RegistrationEvents } from './registration.js';
export {
  type RegisterOptions,
  ServiceRegistry,
  type ServiceRegistryEvents,
  type WatchEndpointsOptions,
} from './registry.js';
export { type EtcdResolverOptions, registerEtcdResolver } from './resolver.js';
