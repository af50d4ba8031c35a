import type protobuf from 'protobufjs';

/** The module that carries the parsed protocol as text: nothing is parsed until it is needed. */
export function renderDescriptor(root: protobuf.Root, header: string): string {
  const json = JSON.stringify(root.toJSON({ keepComments: false }));
  if (/['\\]/.test(json))
    throw new Error('The descriptor needs escaping, which nothing so far did');
  return `${header}

/** The parsed protocol in the JSON form that proto-loader reads. */
export const descriptorJson =
  '${json}';
`;
}
