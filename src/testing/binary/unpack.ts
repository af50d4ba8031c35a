import { promisify } from 'node:util';
import { gunzip, inflateRaw } from 'node:zlib';

/** Files of an archive: contents by path. */
export type Files = ReadonlyMap<string, Uint8Array>;

const TAR_BLOCK = 512;
const TAR_FILE_TYPES = ['0', ''];

const ZIP_END = 0x0605_4b50;
const ZIP_ENTRY = 0x0201_4b50;
const ZIP_END_BYTES = 22;
const ZIP_ENTRY_BYTES = 46;
const ZIP_LOCAL_BYTES = 30;
const ZIP_LONGEST_COMMENT = 0xffff;
const STORED = 0;
const DEFLATED = 8;

/**
 * Reads the plain files of a `.tar.gz` of a release whose path ends with one of these names.
 *
 * @throws Error for an archive that is damaged
 */
export async function readTarGz(archive: Uint8Array, names: readonly string[]): Promise<Files> {
  const tar: Uint8Array = await promisify(gunzip)(archive);
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at + TAR_BLOCK <= tar.length; ) {
    const header = tar.subarray(at, at + TAR_BLOCK);
    const path = text(header, 0, 100);
    // Two empty blocks end an archive.
    if (path === '') break;
    const size = Number.parseInt(text(header, 124, 12).trim() || '0', 8);
    const content = tar.subarray(at + TAR_BLOCK, at + TAR_BLOCK + size);
    if (!Number.isSafeInteger(size) || content.length < size) throw new Error('the tar is damaged');
    const isFile = TAR_FILE_TYPES.includes(text(header, 156, 1));
    if (isFile && names.includes(baseName(path))) files.set(baseName(path), content);
    at += TAR_BLOCK + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
  return files;
}

/**
 * Reads the files of a `.zip` whose path ends with one of these names.
 *
 * @throws Error for an archive that is damaged, or packed in a way that releases are not
 */
export async function readZip(archive: Uint8Array, names: readonly string[]): Promise<Files> {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = endOfZip(view);
  const files = new Map<string, Uint8Array>();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(at, true) !== ZIP_ENTRY) throw new Error('the zip is damaged');
    const nameLength = view.getUint16(at + 28, true);
    const name = baseName(text(archive, at + ZIP_ENTRY_BYTES, nameLength));
    if (names.includes(name)) files.set(name, await readZipEntry(archive, view, at));
    const extraLength = view.getUint16(at + 30, true);
    const commentLength = view.getUint16(at + 32, true);
    at += ZIP_ENTRY_BYTES + nameLength + extraLength + commentLength;
  }
  return files;
}

async function readZipEntry(
  archive: Uint8Array,
  view: DataView,
  entry: number,
): Promise<Uint8Array> {
  const method = view.getUint16(entry + 10, true);
  const size = view.getUint32(entry + 20, true);
  const local = view.getUint32(entry + 42, true);
  // The lengths of name and extra field in front of the content are its own, not those of the list.
  const start =
    local + ZIP_LOCAL_BYTES + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  const content = archive.subarray(start, start + size);
  if (content.length < size) throw new Error('the zip is damaged');
  if (method === STORED) return content;
  if (method === DEFLATED) return promisify(inflateRaw)(content);
  throw new Error(`the zip is packed by method ${method}, which is not known`);
}

/** The offset of the record at the end, which stands before a comment of unknown length. */
function endOfZip(view: DataView): number {
  const last = view.byteLength - ZIP_END_BYTES;
  for (let at = last; at >= Math.max(0, last - ZIP_LONGEST_COMMENT); at--) {
    if (view.getUint32(at, true) === ZIP_END) return at;
  }
  throw new Error('this is no zip');
}

/** A text field, up to its first zero byte. */
function text(bytes: Uint8Array, at: number, length: number): string {
  const field = bytes.subarray(at, at + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
