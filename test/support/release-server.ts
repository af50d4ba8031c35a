import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

/** A file of an archive. */
export interface ArchiveFile {
  readonly path: string;
  readonly content: Uint8Array;
}

/** The answer to a request for the archive: as it is, or cut off in its middle. */
export type ArchiveAnswer = (response: ServerResponse, archive: Uint8Array) => void;

export interface ReleaseOptions {
  readonly version: string;
  readonly files: readonly ArchiveFile[];
  /** The list of checksums, made of the right one. */
  readonly sums?: (line: string) => string;
  readonly answer?: ArchiveAnswer;
}

/** A server of one release, with the layout of the official ones. */
export interface ReleaseServer extends AsyncDisposable {
  readonly url: string;
  readonly archive: string;
  /** The paths that were asked for. */
  readonly requests: readonly string[];
}

/** The name of a release's archive for this machine, written out so that a wrong name in the sources is seen. */
export function archiveName(version: string): string {
  const processor = { x64: 'amd64', arm64: 'arm64' }[process.arch as 'x64' | 'arm64'];
  return `etcd-v${version}-linux-${processor}.tar.gz`;
}

/** Serves one release over HTTP on a free port. */
export async function serveRelease(options: ReleaseOptions): Promise<ReleaseServer> {
  const { version, files, sums = (line) => line, answer = (to, bytes) => to.end(bytes) } = options;
  const archive = archiveName(version);
  const bytes = tarGz(files);
  const sum = createHash('sha256').update(bytes).digest('hex');
  const others = `${'0'.repeat(64)}  etcd-v${version}-source.tar.gz\n`;
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    if (request.url === `/etcd/v${version}/SHA256SUMS`) {
      response.end(`${others}${sums(`${sum}  ${archive}`)}\n`);
    } else if (request.url === `/etcd/v${version}/${archive}`) {
      response.setHeader('content-length', bytes.length);
      answer(response, bytes);
    } else {
      response.writeHead(404).end('no such file');
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/etcd/`,
    archive,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Packs files as `tar` does. */
export function tarGz(files: readonly ArchiveFile[]): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (const { path, content } of files) {
    const header = Buffer.alloc(512);
    header.write(path, 0);
    header.write('0000755\0', 100);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write(path.endsWith('/') ? '5' : '0', 156);
    header.write('ustar\x0000', 257);
    blocks.push(header, content, new Uint8Array((512 - (content.length % 512)) % 512));
  }
  return gzipSync(Buffer.concat([...blocks, new Uint8Array(1024)]), { level: 1 });
}
