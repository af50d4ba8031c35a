import type protobuf from 'protobufjs';
import { fieldName } from '../../src/rpc/field-name.js';
import { allTypes, fullName } from './proto.js';

/** Makes the TypeScript module of the stubs' types: one interface a service, one method an RPC. */
export function renderStubs(root: protobuf.Root, header: string): string {
  const { services } = allTypes(root);
  const named = new Set<string>();
  const interfaces = services.map((service) => renderService(service, named));
  const groups = services.map(
    (service) => `  /** The RPCs of \`${fullName(service)}\`. */
  readonly ${fieldName(service.name)}: ${interfaceName(service)};`,
  );
  return [
    header,
    `import type { RpcCallOptions, RpcDuplex, RpcStream } from '../rpc-caller.js';
import type {
${[...named]
  .sort()
  .map((name) => `  ${name},`)
  .join('\n')}
} from './types.js';`,
    ...interfaces,
    `/** Typed stubs of every RPC, by service. */
export interface Rpc {
${groups.join('\n')}
}
`,
  ].join('\n\n');
}

function interfaceName(service: protobuf.Service): string {
  const name = fieldName(service.name);
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}Rpc`;
}

function renderService(service: protobuf.Service, named: Set<string>): string {
  const methods = service.methodsArray.map((method) => renderMethod(method, named));
  return `/** The stubs of \`${fullName(service)}\`. */
export interface ${interfaceName(service)} {
${methods.join('\n')}
}`;
}

function renderMethod(method: protobuf.Method, named: Set<string>): string {
  const { resolvedRequestType: request, resolvedResponseType: response } = method;
  if (request === null || response === null) throw new Error(`${method.fullName} is not resolved`);
  const input = `${request.name}Input`;
  named.add(input).add(response.name);
  const about = `\`${method.parent?.name}.${method.name}\`.`;
  const comment = method.comment === null ? about : `${about} ${method.comment}`;
  // A request without fields need not be given.
  const argument = `request${request.fieldsArray.length === 0 ? '?' : ''}: ${input}`;
  const options = 'options?: RpcCallOptions';
  const signature = method.requestStream
    ? `(${options}): RpcDuplex<${input}, ${response.name}>`
    : `(${argument}, ${options}): ${method.responseStream ? 'RpcStream' : 'Promise'}<${response.name}>`;
  return `  /** ${comment.replaceAll('\n', ' ')} */
  ${fieldName(method.name)}${signature};`;
}
