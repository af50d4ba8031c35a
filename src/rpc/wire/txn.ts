import type {
  CompareInput,
  RequestOpInput,
  ResponseHeader,
  ResponseOp,
  TxnRequestInput,
  TxnResponse,
} from '../generated/types.js';
import { checkOneof } from './check.js';
import { readDeleteRangeResponse, writeDeleteRangeRequest } from './delete-range.js';
import { readHeader } from './header.js';
import { readPutResponse, writePutRequest } from './put.js';
import { readRangeResponse, writeRangeRequest } from './range.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

const COMPARE_RESULT = { EQUAL: 0, GREATER: 1, LESS: 2, NOT_EQUAL: 3 } as const;
const COMPARE_TARGET = { VERSION: 0, CREATE: 1, MOD: 2, VALUE: 3, LEASE: 4 } as const;

/** Writes `etcdserverpb.TxnRequest`, transactions inside it included. */
export function writeTxnRequest(writer: Writer, request: TxnRequestInput): void {
  writer.messages(0o12, request.compare, writeCompare, 'TxnRequest.compare');
  writer.messages(0o22, request.success, writeRequestOp, 'TxnRequest.success');
  writer.messages(0o32, request.failure, writeRequestOp, 'TxnRequest.failure');
}

function writeCompare(writer: Writer, compare: CompareInput): void {
  const { version, createRevision, modRevision, value, lease } = compare;
  const given =
    Number(version !== undefined) +
    Number(createRevision !== undefined) +
    Number(modRevision !== undefined) +
    Number(value !== undefined) +
    Number(lease !== undefined);
  checkOneof(given, 'Compare', 'version, createRevision, modRevision, value, lease');
  writer.enum(0o10, compare.result, COMPARE_RESULT, 'Compare.result');
  writer.enum(0o20, compare.target, COMPARE_TARGET, 'Compare.target');
  writer.bytes(0o32, compare.key, 'Compare.key');
  writer.chosenInt64(0o40, version, 'Compare.version');
  writer.chosenInt64(0o50, createRevision, 'Compare.createRevision');
  writer.chosenInt64(0o60, modRevision, 'Compare.modRevision');
  writer.chosenBytes(0o72, value, 'Compare.value');
  writer.chosenInt64(0o100, lease, 'Compare.lease');
  writer.bytes(0o1002, compare.rangeEnd, 'Compare.rangeEnd');
}

function writeRequestOp(writer: Writer, op: RequestOpInput): void {
  const { requestRange, requestPut, requestDeleteRange, requestTxn } = op;
  const given =
    Number(requestRange !== undefined) +
    Number(requestPut !== undefined) +
    Number(requestDeleteRange !== undefined) +
    Number(requestTxn !== undefined);
  checkOneof(given, 'RequestOp', 'requestRange, requestPut, requestDeleteRange, requestTxn');
  writer.message(0o12, requestRange, writeRangeRequest, 'RequestOp.requestRange');
  writer.message(0o22, requestPut, writePutRequest, 'RequestOp.requestPut');
  writer.message(0o32, requestDeleteRange, writeDeleteRangeRequest, 'RequestOp.requestDeleteRange');
  writer.message(0o42, requestTxn, writeTxnRequest, 'RequestOp.requestTxn');
}

/** Reads `etcdserverpb.TxnResponse`, transactions inside it included. */
export function readTxnResponse(reader: Reader): TxnResponse {
  let header: ResponseHeader | undefined;
  let succeeded = false;
  const responses: ResponseOp[] = [];
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    switch (tag) {
      case 0o12:
        header = reader.message(readHeader);
        break;
      case 0o20:
        succeeded = reader.bool();
        break;
      case 0o32:
        responses.push(reader.message(readResponseOp));
        break;
      default:
        reader.skip(tag);
    }
  }
  return { header, succeeded, responses };
}

function readResponseOp(reader: Reader): ResponseOp {
  let op: ResponseOp = {};
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    switch (tag) {
      case 0o12:
        op = { responseRange: reader.message(readRangeResponse) };
        break;
      case 0o22:
        op = { responsePut: reader.message(readPutResponse) };
        break;
      case 0o32:
        op = { responseDeleteRange: reader.message(readDeleteRangeResponse) };
        break;
      case 0o42:
        op = { responseTxn: reader.message(readTxnResponse) };
        break;
      default:
        reader.skip(tag);
    }
  }
  return op;
}
