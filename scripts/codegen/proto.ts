import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

/** The folder of the .proto files, which are the source of everything generated. */
export const PROTO_FOLDER = fileURLToPath(new URL('../../proto/', import.meta.url));

/** Parses every .proto file, with field names as written and with comments. */
export function loadProto(): protobuf.Root {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) =>
    target.startsWith(PROTO_FOLDER) ? target : PROTO_FOLDER + target;
  const files = readdirSync(PROTO_FOLDER).filter((name) => name.endsWith('.proto'));
  root.loadSync(files.sort(), { keepCase: true, alternateCommentMode: true });
  root.resolveAll();
  return root;
}

/** The name without the leading dot that protobufjs puts before it. */
export function fullName(object: protobuf.ReflectionObject): string {
  return object.fullName.slice(1);
}

/** Every message, enum and service, depth first in the order of the files. */
export function allTypes(root: protobuf.Root): {
  readonly messages: readonly protobuf.Type[];
  readonly enums: readonly protobuf.Enum[];
  readonly services: readonly protobuf.Service[];
} {
  const messages: protobuf.Type[] = [];
  const enums: protobuf.Enum[] = [];
  const services: protobuf.Service[] = [];
  const visit = (namespace: protobuf.NamespaceBase): void => {
    for (const object of namespace.nestedArray) {
      if (object instanceof protobuf.Type) messages.push(object);
      if (object instanceof protobuf.Enum) enums.push(object);
      if (object instanceof protobuf.Service) services.push(object);
      if (object instanceof protobuf.Namespace) visit(object);
    }
  };
  visit(root);
  return { messages, enums, services };
}
