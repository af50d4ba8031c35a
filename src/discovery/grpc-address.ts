/** An address as a gRPC channel connects to it. */
export type GrpcAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

const HOST_AND_PORT = /^(?:\[([0-9a-f.:]+(?:%[^\]]+)?)\]|([^\s:/[\]]+)):(\d{1,5})$/i;
/** `unix:relative/path`, `unix:/path` or `unix:///path`: after two slashes only a full path can follow. */
const UNIX_SOCKET = /^unix:(?:\/\/(?=\/))?([^/].*|\/(?!\/).*)$/;
const LAST_PORT = 65_535;

/** Reads `host:port`, `[v6]:port` and `unix:path`; `undefined` for what is none of them. */
export function readGrpcAddress(address: string): GrpcAddress | undefined {
  const path = UNIX_SOCKET.exec(address)?.[1];
  if (path !== undefined) return { path };
  const [, v6, name, digits] = HOST_AND_PORT.exec(address) ?? [];
  const host = v6 ?? name;
  const port = Number(digits);
  if (host === undefined || port < 1 || port > LAST_PORT) return undefined;
  return { host, port };
}
