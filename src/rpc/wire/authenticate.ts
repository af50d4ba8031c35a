import type {
  AuthenticateRequestInput,
  AuthenticateResponse,
  ResponseHeader,
} from '../generated/types.js';
import { readHeader } from './header.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

// The first call of a client with a password: it must not wait until proto-loader is loaded.

/** Writes `etcdserverpb.AuthenticateRequest`. */
export function writeAuthenticateRequest(writer: Writer, request: AuthenticateRequestInput): void {
  writer.string(0o12, request.name, 'AuthenticateRequest.name');
  writer.string(0o22, request.password, 'AuthenticateRequest.password');
}

/** Reads `etcdserverpb.AuthenticateResponse`. */
export function readAuthenticateResponse(reader: Reader): AuthenticateResponse {
  let header: ResponseHeader | undefined;
  let token = '';
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    switch (tag) {
      case 0o12:
        header = reader.message(readHeader);
        break;
      case 0o22:
        token = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  return { header, token };
}
