// Made from proto/ by "npm run codegen". Do not edit.

/** Read in place of an enum value that is newer than this library. It cannot be written. */
export type Unrecognized = 'UNRECOGNIZED';

/** The values of `authpb.Permission.Type`. */
export type PermissionType = 'READ' | 'WRITE' | 'READWRITE';

/** The values of `mvccpb.Event.EventType`. */
export type EventType = 'PUT' | 'DELETE';

/** The values of `etcdserverpb.RangeRequest.SortOrder`. */
export type SortOrder = 'NONE' | 'ASCEND' | 'DESCEND';

/** The values of `etcdserverpb.RangeRequest.SortTarget`. */
export type SortTarget = 'KEY' | 'VERSION' | 'CREATE' | 'MOD' | 'VALUE';

/** The values of `etcdserverpb.Compare.CompareResult`. */
export type CompareResult = 'EQUAL' | 'GREATER' | 'LESS' | 'NOT_EQUAL';

/** The values of `etcdserverpb.Compare.CompareTarget`. */
export type CompareTarget = 'VERSION' | 'CREATE' | 'MOD' | 'VALUE' | 'LEASE';

/** A kind of event to leave out. */
export type FilterType = 'NOPUT' | 'NODELETE';

/** A standing complaint of a member. */
export type AlarmType = 'NONE' | 'NOSPACE' | 'CORRUPT';

/** The values of `etcdserverpb.AlarmRequest.AlarmAction`. */
export type AlarmAction = 'GET' | 'ACTIVATE' | 'DEACTIVATE';

/** The values of `etcdserverpb.DowngradeRequest.DowngradeAction`. */
export type DowngradeAction = 'VALIDATE' | 'ENABLE' | 'CANCEL';

/** `authpb.UserAddOptions`, as it is read. */
export interface UserAddOptions {
  /** The user has no password and signs in by certificate name. */
  readonly noPassword: boolean;
}

/** `authpb.UserAddOptions`, as it is written; a field left out has its default. */
export interface UserAddOptionsInput {
  /** The user has no password and signs in by certificate name. */
  readonly noPassword?: boolean | undefined;
}

/** `authpb.User`, as it is read. */
export interface User {
  readonly name: Uint8Array;
  readonly password: Uint8Array;
  readonly roles: string[];
  readonly options: UserAddOptions | undefined;
}

/** `authpb.User`, as it is written; a field left out has its default. */
export interface UserInput {
  readonly name?: Uint8Array | undefined;
  readonly password?: Uint8Array | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly options?: UserAddOptionsInput | undefined;
}

/** `authpb.Permission`, as it is read. What may be done with one key or one range of keys. */
export interface Permission {
  readonly permType: PermissionType | Unrecognized;
  readonly key: Uint8Array;
  /** Where the range stops, itself left out; empty for the key alone, one zero byte for no end. */
  readonly rangeEnd: Uint8Array;
}

/** `authpb.Permission`, as it is written; a field left out has its default. What may be done with one key or one range of keys. */
export interface PermissionInput {
  readonly permType?: PermissionType | undefined;
  readonly key?: Uint8Array | undefined;
  /** Where the range stops, itself left out; empty for the key alone, one zero byte for no end. */
  readonly rangeEnd?: Uint8Array | undefined;
}

/** `authpb.Role`, as it is read. */
export interface Role {
  readonly name: Uint8Array;
  readonly keyPermission: Permission[];
}

/** `authpb.Role`, as it is written; a field left out has its default. */
export interface RoleInput {
  readonly name?: Uint8Array | undefined;
  readonly keyPermission?: readonly PermissionInput[] | undefined;
}

/** `mvccpb.KeyValue`, as it is read. One key as it was at one revision. */
export interface KeyValue {
  readonly key: Uint8Array;
  /** Revision of the write that brought the key into being; a delete and a new put start it afresh. */
  readonly createRevision: bigint;
  /** Revision of the latest write to the key. */
  readonly modRevision: bigint;
  /** Number of writes since the key came into being, the first being 1. */
  readonly version: bigint;
  readonly value: Uint8Array;
  /** Lease the key hangs on; 0 when it hangs on none. */
  readonly lease: bigint;
}

/** `mvccpb.KeyValue`, as it is written; a field left out has its default. One key as it was at one revision. */
export interface KeyValueInput {
  readonly key?: Uint8Array | undefined;
  /** Revision of the write that brought the key into being; a delete and a new put start it afresh. */
  readonly createRevision?: bigint | undefined;
  /** Revision of the latest write to the key. */
  readonly modRevision?: bigint | undefined;
  /** Number of writes since the key came into being, the first being 1. */
  readonly version?: bigint | undefined;
  readonly value?: Uint8Array | undefined;
  /** Lease the key hangs on; 0 when it hangs on none. */
  readonly lease?: bigint | undefined;
}

/** `mvccpb.Event`, as it is read. One change of one key. */
export interface Event {
  readonly type: EventType | Unrecognized;
  /** The record after the change. For a delete only the key and the revision of the delete are filled. */
  readonly kv: KeyValue | undefined;
  /** The record before the change, when the watch asked for it and the store still has it. */
  readonly prevKv: KeyValue | undefined;
}

/** `mvccpb.Event`, as it is written; a field left out has its default. One change of one key. */
export interface EventInput {
  readonly type?: EventType | undefined;
  /** The record after the change. For a delete only the key and the revision of the delete are filled. */
  readonly kv?: KeyValueInput | undefined;
  /** The record before the change, when the watch asked for it and the store still has it. */
  readonly prevKv?: KeyValueInput | undefined;
}

/** `etcdserverpb.ResponseHeader`, as it is read. Who answered, and how far the store was then. */
export interface ResponseHeader {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  /** Revision of the store when the request was carried out. */
  readonly revision: bigint;
  readonly raftTerm: bigint;
}

/** `etcdserverpb.ResponseHeader`, as it is written; a field left out has its default. Who answered, and how far the store was then. */
export interface ResponseHeaderInput {
  readonly clusterId?: bigint | undefined;
  readonly memberId?: bigint | undefined;
  /** Revision of the store when the request was carried out. */
  readonly revision?: bigint | undefined;
  readonly raftTerm?: bigint | undefined;
}

/** `etcdserverpb.RangeRequest`, as it is read. Reads one key or a range of keys. */
export interface RangeRequest {
  /** The key, or where the range starts. */
  readonly key: Uint8Array;
  /** Where the range stops, itself left out; empty for the key alone, one zero byte for no end. */
  readonly rangeEnd: Uint8Array;
  /** At most so many records; 0 for all. */
  readonly limit: bigint;
  /** The revision to read at; 0 or less for the latest. */
  readonly revision: bigint;
  readonly sortOrder: SortOrder | Unrecognized;
  readonly sortTarget: SortTarget | Unrecognized;
  /** Answered by the member itself without asking the others: quicker, and perhaps stale. */
  readonly serializable: boolean;
  /** Leaves the values out. */
  readonly keysOnly: boolean;
  /** Counts and returns no records. */
  readonly countOnly: boolean;
  /** Leaves out records last written before this revision. Since 3.1. */
  readonly minModRevision: bigint;
  /** Leaves out records last written after this revision. Since 3.1. */
  readonly maxModRevision: bigint;
  /** Leaves out keys made before this revision. Since 3.1. */
  readonly minCreateRevision: bigint;
  /** Leaves out keys made after this revision. Since 3.1. */
  readonly maxCreateRevision: bigint;
}

/** `etcdserverpb.RangeRequest`, as it is written; a field left out has its default. Reads one key or a range of keys. */
export interface RangeRequestInput {
  /** The key, or where the range starts. */
  readonly key?: Uint8Array | undefined;
  /** Where the range stops, itself left out; empty for the key alone, one zero byte for no end. */
  readonly rangeEnd?: Uint8Array | undefined;
  /** At most so many records; 0 for all. */
  readonly limit?: bigint | undefined;
  /** The revision to read at; 0 or less for the latest. */
  readonly revision?: bigint | undefined;
  readonly sortOrder?: SortOrder | undefined;
  readonly sortTarget?: SortTarget | undefined;
  /** Answered by the member itself without asking the others: quicker, and perhaps stale. */
  readonly serializable?: boolean | undefined;
  /** Leaves the values out. */
  readonly keysOnly?: boolean | undefined;
  /** Counts and returns no records. */
  readonly countOnly?: boolean | undefined;
  /** Leaves out records last written before this revision. Since 3.1. */
  readonly minModRevision?: bigint | undefined;
  /** Leaves out records last written after this revision. Since 3.1. */
  readonly maxModRevision?: bigint | undefined;
  /** Leaves out keys made before this revision. Since 3.1. */
  readonly minCreateRevision?: bigint | undefined;
  /** Leaves out keys made after this revision. Since 3.1. */
  readonly maxCreateRevision?: bigint | undefined;
}

/** `etcdserverpb.RangeResponse`, as it is read. */
export interface RangeResponse {
  readonly header: ResponseHeader | undefined;
  readonly kvs: KeyValue[];
  /** The limit cut records off. */
  readonly more: boolean;
  /** Number of keys in the range, whatever the limit. */
  readonly count: bigint;
}

/** `etcdserverpb.RangeResponse`, as it is written; a field left out has its default. */
export interface RangeResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  readonly kvs?: readonly KeyValueInput[] | undefined;
  /** The limit cut records off. */
  readonly more?: boolean | undefined;
  /** Number of keys in the range, whatever the limit. */
  readonly count?: bigint | undefined;
}

/** `etcdserverpb.RangeStreamResponse`, as it is read. Since 3.7. */
export interface RangeStreamResponse {
  /** One chunk; header, more and count come with the last one. */
  readonly rangeResponse: RangeResponse | undefined;
}

/** `etcdserverpb.RangeStreamResponse`, as it is written; a field left out has its default. Since 3.7. */
export interface RangeStreamResponseInput {
  /** One chunk; header, more and count come with the last one. */
  readonly rangeResponse?: RangeResponseInput | undefined;
}

/** `etcdserverpb.PutRequest`, as it is read. */
export interface PutRequest {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** Lease to hang the key on; 0 for none. */
  readonly lease: bigint;
  /** Answers with the record that was replaced. Since 3.1. */
  readonly prevKv: boolean;
  /** Keeps the value and changes the rest. Since 3.2. */
  readonly ignoreValue: boolean;
  /** Keeps the lease and changes the rest. Since 3.2. */
  readonly ignoreLease: boolean;
}

/** `etcdserverpb.PutRequest`, as it is written; a field left out has its default. */
export interface PutRequestInput {
  readonly key?: Uint8Array | undefined;
  readonly value?: Uint8Array | undefined;
  /** Lease to hang the key on; 0 for none. */
  readonly lease?: bigint | undefined;
  /** Answers with the record that was replaced. Since 3.1. */
  readonly prevKv?: boolean | undefined;
  /** Keeps the value and changes the rest. Since 3.2. */
  readonly ignoreValue?: boolean | undefined;
  /** Keeps the lease and changes the rest. Since 3.2. */
  readonly ignoreLease?: boolean | undefined;
}

/** `etcdserverpb.PutResponse`, as it is read. */
export interface PutResponse {
  readonly header: ResponseHeader | undefined;
  /** The replaced record, when it was asked for and there was one. Since 3.1. */
  readonly prevKv: KeyValue | undefined;
}

/** `etcdserverpb.PutResponse`, as it is written; a field left out has its default. */
export interface PutResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  /** The replaced record, when it was asked for and there was one. Since 3.1. */
  readonly prevKv?: KeyValueInput | undefined;
}

/** `etcdserverpb.DeleteRangeRequest`, as it is read. */
export interface DeleteRangeRequest {
  /** The key, or where the range starts. */
  readonly key: Uint8Array;
  /** Where the range stops, itself left out; empty for the key alone, one zero byte for no end. */
  readonly rangeEnd: Uint8Array;
  /** Answers with the deleted records. Since 3.1. */
  readonly prevKv: boolean;
}

/** `etcdserverpb.DeleteRangeRequest`, as it is written; a field left out has its default. */
export interface DeleteRangeRequestInput {
  /** The key, or where the range starts. */
  readonly key?: Uint8Array | undefined;
  /** Where the range stops, itself left out; empty for the key alone, one zero byte for no end. */
  readonly rangeEnd?: Uint8Array | undefined;
  /** Answers with the deleted records. Since 3.1. */
  readonly prevKv?: boolean | undefined;
}

/** `etcdserverpb.DeleteRangeResponse`, as it is read. */
export interface DeleteRangeResponse {
  readonly header: ResponseHeader | undefined;
  /** Number of deleted keys. */
  readonly deleted: bigint;
  /** The deleted records, when they were asked for. Since 3.1. */
  readonly prevKvs: KeyValue[];
}

/** `etcdserverpb.DeleteRangeResponse`, as it is written; a field left out has its default. */
export interface DeleteRangeResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  /** Number of deleted keys. */
  readonly deleted?: bigint | undefined;
  /** The deleted records, when they were asked for. Since 3.1. */
  readonly prevKvs?: readonly KeyValueInput[] | undefined;
}

/** `etcdserverpb.RequestOp`, as it is read. One operation of a transaction. */
export type RequestOp =
  | {
      readonly requestRange: RangeRequest;
      readonly requestPut?: undefined;
      readonly requestDeleteRange?: undefined;
      readonly requestTxn?: undefined;
    }
  | {
      readonly requestRange?: undefined;
      readonly requestPut: PutRequest;
      readonly requestDeleteRange?: undefined;
      readonly requestTxn?: undefined;
    }
  | {
      readonly requestRange?: undefined;
      readonly requestPut?: undefined;
      readonly requestDeleteRange: DeleteRangeRequest;
      readonly requestTxn?: undefined;
    }
  | {
      readonly requestRange?: undefined;
      readonly requestPut?: undefined;
      readonly requestDeleteRange?: undefined;
      /** Since 3.3. */
      readonly requestTxn: TxnRequest;
    }
  | {
      readonly requestRange?: undefined;
      readonly requestPut?: undefined;
      readonly requestDeleteRange?: undefined;
      readonly requestTxn?: undefined;
    };

/** `etcdserverpb.RequestOp`, as it is written; a field left out has its default. One operation of a transaction. */
export type RequestOpInput =
  | {
      readonly requestRange: RangeRequestInput;
      readonly requestPut?: undefined;
      readonly requestDeleteRange?: undefined;
      readonly requestTxn?: undefined;
    }
  | {
      readonly requestRange?: undefined;
      readonly requestPut: PutRequestInput;
      readonly requestDeleteRange?: undefined;
      readonly requestTxn?: undefined;
    }
  | {
      readonly requestRange?: undefined;
      readonly requestPut?: undefined;
      readonly requestDeleteRange: DeleteRangeRequestInput;
      readonly requestTxn?: undefined;
    }
  | {
      readonly requestRange?: undefined;
      readonly requestPut?: undefined;
      readonly requestDeleteRange?: undefined;
      /** Since 3.3. */
      readonly requestTxn: TxnRequestInput;
    }
  | {
      readonly requestRange?: undefined;
      readonly requestPut?: undefined;
      readonly requestDeleteRange?: undefined;
      readonly requestTxn?: undefined;
    };

/** `etcdserverpb.ResponseOp`, as it is read. The result of one operation of a transaction. */
export type ResponseOp =
  | {
      readonly responseRange: RangeResponse;
      readonly responsePut?: undefined;
      readonly responseDeleteRange?: undefined;
      readonly responseTxn?: undefined;
    }
  | {
      readonly responseRange?: undefined;
      readonly responsePut: PutResponse;
      readonly responseDeleteRange?: undefined;
      readonly responseTxn?: undefined;
    }
  | {
      readonly responseRange?: undefined;
      readonly responsePut?: undefined;
      readonly responseDeleteRange: DeleteRangeResponse;
      readonly responseTxn?: undefined;
    }
  | {
      readonly responseRange?: undefined;
      readonly responsePut?: undefined;
      readonly responseDeleteRange?: undefined;
      /** Since 3.3. */
      readonly responseTxn: TxnResponse;
    }
  | {
      readonly responseRange?: undefined;
      readonly responsePut?: undefined;
      readonly responseDeleteRange?: undefined;
      readonly responseTxn?: undefined;
    };

/** `etcdserverpb.ResponseOp`, as it is written; a field left out has its default. The result of one operation of a transaction. */
export type ResponseOpInput =
  | {
      readonly responseRange: RangeResponseInput;
      readonly responsePut?: undefined;
      readonly responseDeleteRange?: undefined;
      readonly responseTxn?: undefined;
    }
  | {
      readonly responseRange?: undefined;
      readonly responsePut: PutResponseInput;
      readonly responseDeleteRange?: undefined;
      readonly responseTxn?: undefined;
    }
  | {
      readonly responseRange?: undefined;
      readonly responsePut?: undefined;
      readonly responseDeleteRange: DeleteRangeResponseInput;
      readonly responseTxn?: undefined;
    }
  | {
      readonly responseRange?: undefined;
      readonly responsePut?: undefined;
      readonly responseDeleteRange?: undefined;
      /** Since 3.3. */
      readonly responseTxn: TxnResponseInput;
    }
  | {
      readonly responseRange?: undefined;
      readonly responsePut?: undefined;
      readonly responseDeleteRange?: undefined;
      readonly responseTxn?: undefined;
    };

/** `etcdserverpb.Compare`, as it is read. A condition on one key, or on every key of a range. */
export type Compare = {
  /** How the stored side must stand to the given one. */
  readonly result: CompareResult | Unrecognized;
  /** What of the record is looked at. */
  readonly target: CompareTarget | Unrecognized;
  /** The key, or where the range starts. */
  readonly key: Uint8Array;
  /** Where the range stops, itself left out; empty for the key alone. Since 3.3. */
  readonly rangeEnd: Uint8Array;
} & (
  | {
      readonly version: bigint;
      readonly createRevision?: undefined;
      readonly modRevision?: undefined;
      readonly value?: undefined;
      readonly lease?: undefined;
    }
  | {
      readonly version?: undefined;
      readonly createRevision: bigint;
      readonly modRevision?: undefined;
      readonly value?: undefined;
      readonly lease?: undefined;
    }
  | {
      readonly version?: undefined;
      readonly createRevision?: undefined;
      readonly modRevision: bigint;
      readonly value?: undefined;
      readonly lease?: undefined;
    }
  | {
      readonly version?: undefined;
      readonly createRevision?: undefined;
      readonly modRevision?: undefined;
      readonly value: Uint8Array;
      readonly lease?: undefined;
    }
  | {
      readonly version?: undefined;
      readonly createRevision?: undefined;
      readonly modRevision?: undefined;
      readonly value?: undefined;
      /** Since 3.3. */
      readonly lease: bigint;
    }
  | {
      readonly version?: undefined;
      readonly createRevision?: undefined;
      readonly modRevision?: undefined;
      readonly value?: undefined;
      readonly lease?: undefined;
    });

/** `etcdserverpb.Compare`, as it is written; a field left out has its default. A condition on one key, or on every key of a range. */
export type CompareInput = {
  /** How the stored side must stand to the given one. */
  readonly result?: CompareResult | undefined;
  /** What of the record is looked at. */
  readonly target?: CompareTarget | undefined;
  /** The key, or where the range starts. */
  readonly key?: Uint8Array | undefined;
  /** Where the range stops, itself left out; empty for the key alone. Since 3.3. */
  readonly rangeEnd?: Uint8Array | undefined;
} & (
  | {
      readonly version: bigint;
      readonly createRevision?: undefined;
      readonly modRevision?: undefined;
      readonly value?: undefined;
      readonly lease?: undefined;
    }
  | {
      readonly version?: undefined;
      readonly createRevision: bigint;
      readonly modRevision?: undefined;
      readonly value?: undefined;
      readonly lease?: undefined;
    }
  | {
      readonly version?: undefined;
      readonly createRevision?: undefined;
      readonly modRevision: bigint;
      readonly value?: undefined;
      readonly lease?: undefined;
    }
  | {
      readonly version?: undefined;
      readonly createRevision?: undefined;
      readonly modRevision?: undefined;
      readonly value: Uint8Array;
      readonly lease?: undefined;
    }
  | {
      readonly version?: undefined;
      readonly createRevision?: undefined;
      readonly modRevision?: undefined;
      readonly value?: undefined;
      /** Since 3.3. */
      readonly lease: bigint;
    }
  | {
      readonly version?: undefined;
      readonly createRevision?: undefined;
      readonly modRevision?: undefined;
      readonly value?: undefined;
      readonly lease?: undefined;
    });

/** `etcdserverpb.TxnRequest`, as it is read. */
export interface TxnRequest {
  /** All of them must hold; none at all holds. */
  readonly compare: Compare[];
  /** Done when they hold. */
  readonly success: RequestOp[];
  /** Done when they do not. */
  readonly failure: RequestOp[];
}

/** `etcdserverpb.TxnRequest`, as it is written; a field left out has its default. */
export interface TxnRequestInput {
  /** All of them must hold; none at all holds. */
  readonly compare?: readonly CompareInput[] | undefined;
  /** Done when they hold. */
  readonly success?: readonly RequestOpInput[] | undefined;
  /** Done when they do not. */
  readonly failure?: readonly RequestOpInput[] | undefined;
}

/** `etcdserverpb.TxnResponse`, as it is read. */
export interface TxnResponse {
  readonly header: ResponseHeader | undefined;
  /** The comparisons held. */
  readonly succeeded: boolean;
  /** One result for each operation of the branch that was done, in its order. */
  readonly responses: ResponseOp[];
}

/** `etcdserverpb.TxnResponse`, as it is written; a field left out has its default. */
export interface TxnResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  /** The comparisons held. */
  readonly succeeded?: boolean | undefined;
  /** One result for each operation of the branch that was done, in its order. */
  readonly responses?: readonly ResponseOpInput[] | undefined;
}

/** `etcdserverpb.CompactionRequest`, as it is read. */
export interface CompactionRequest {
  /** The oldest revision that stays readable. */
  readonly revision: bigint;
  /** Answers only when the space is free in the database too. */
  readonly physical: boolean;
}

/** `etcdserverpb.CompactionRequest`, as it is written; a field left out has its default. */
export interface CompactionRequestInput {
  /** The oldest revision that stays readable. */
  readonly revision?: bigint | undefined;
  /** Answers only when the space is free in the database too. */
  readonly physical?: boolean | undefined;
}

/** `etcdserverpb.CompactionResponse`, as it is read. */
export interface CompactionResponse {
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.CompactionResponse`, as it is written; a field left out has its default. */
export interface CompactionResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.HashRequest`, as it is read. */
export type HashRequest = Readonly<Record<never, never>>;

/** `etcdserverpb.HashRequest`, as it is written; a field left out has its default. */
export type HashRequestInput = Readonly<Record<never, never>>;

/** `etcdserverpb.HashKVRequest`, as it is read. Since 3.3. */
export interface HashKVRequest {
  /** Hashes the keys up to this revision; 0 for the latest. */
  readonly revision: bigint;
}

/** `etcdserverpb.HashKVRequest`, as it is written; a field left out has its default. Since 3.3. */
export interface HashKVRequestInput {
  /** Hashes the keys up to this revision; 0 for the latest. */
  readonly revision?: bigint | undefined;
}

/** `etcdserverpb.HashKVResponse`, as it is read. Since 3.3. */
export interface HashKVResponse {
  readonly header: ResponseHeader | undefined;
  readonly hash: number;
  /** The member's compaction point: hashes compare only where it is the same. */
  readonly compactRevision: bigint;
  /** The revision the hash was made at. Since 3.6. */
  readonly hashRevision: bigint;
}

/** `etcdserverpb.HashKVResponse`, as it is written; a field left out has its default. Since 3.3. */
export interface HashKVResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  readonly hash?: number | undefined;
  /** The member's compaction point: hashes compare only where it is the same. */
  readonly compactRevision?: bigint | undefined;
  /** The revision the hash was made at. Since 3.6. */
  readonly hashRevision?: bigint | undefined;
}

/** `etcdserverpb.HashResponse`, as it is read. */
export interface HashResponse {
  readonly header: ResponseHeader | undefined;
  readonly hash: number;
}

/** `etcdserverpb.HashResponse`, as it is written; a field left out has its default. */
export interface HashResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  readonly hash?: number | undefined;
}

/** `etcdserverpb.SnapshotRequest`, as it is read. Since 3.3. */
export type SnapshotRequest = Readonly<Record<never, never>>;

/** `etcdserverpb.SnapshotRequest`, as it is written; a field left out has its default. Since 3.3. */
export type SnapshotRequestInput = Readonly<Record<never, never>>;

/** `etcdserverpb.SnapshotResponse`, as it is read. Since 3.3. */
export interface SnapshotResponse {
  readonly header: ResponseHeader | undefined;
  /** Bytes of the database file that are still to come. */
  readonly remainingBytes: bigint;
  /** The next bytes of the file, the hash of it all at the very end. */
  readonly blob: Uint8Array;
  /** Version of the server's storage. Since 3.6. */
  readonly version: string;
}

/** `etcdserverpb.SnapshotResponse`, as it is written; a field left out has its default. Since 3.3. */
export interface SnapshotResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  /** Bytes of the database file that are still to come. */
  readonly remainingBytes?: bigint | undefined;
  /** The next bytes of the file, the hash of it all at the very end. */
  readonly blob?: Uint8Array | undefined;
  /** Version of the server's storage. Since 3.6. */
  readonly version?: string | undefined;
}

/** `etcdserverpb.WatchRequest`, as it is read. */
export type WatchRequest =
  | {
      readonly createRequest: WatchCreateRequest;
      readonly cancelRequest?: undefined;
      readonly progressRequest?: undefined;
    }
  | {
      readonly createRequest?: undefined;
      readonly cancelRequest: WatchCancelRequest;
      readonly progressRequest?: undefined;
    }
  | {
      readonly createRequest?: undefined;
      readonly cancelRequest?: undefined;
      /** Since 3.4. */
      readonly progressRequest: WatchProgressRequest;
    }
  | {
      readonly createRequest?: undefined;
      readonly cancelRequest?: undefined;
      readonly progressRequest?: undefined;
    };

/** `etcdserverpb.WatchRequest`, as it is written; a field left out has its default. */
export type WatchRequestInput =
  | {
      readonly createRequest: WatchCreateRequestInput;
      readonly cancelRequest?: undefined;
      readonly progressRequest?: undefined;
    }
  | {
      readonly createRequest?: undefined;
      readonly cancelRequest: WatchCancelRequestInput;
      readonly progressRequest?: undefined;
    }
  | {
      readonly createRequest?: undefined;
      readonly cancelRequest?: undefined;
      /** Since 3.4. */
      readonly progressRequest: WatchProgressRequestInput;
    }
  | {
      readonly createRequest?: undefined;
      readonly cancelRequest?: undefined;
      readonly progressRequest?: undefined;
    };

/** `etcdserverpb.WatchCreateRequest`, as it is read. */
export interface WatchCreateRequest {
  /** The key, or where the range starts. */
  readonly key: Uint8Array;
  /** Where the range stops, itself left out; empty for the key alone, one zero byte for no end. */
  readonly rangeEnd: Uint8Array;
  /** The first revision to tell of; 0 for what comes after now. */
  readonly startRevision: bigint;
  /** Sends responses without events now and then, to tell how far the watcher is. */
  readonly progressNotify: boolean;
  /** Since 3.1. */
  readonly filters: (FilterType | Unrecognized)[];
  /** Tells the record before each change as well. Since 3.1. */
  readonly prevKv: boolean;
  /** An id of the caller's choice; 0 lets the server choose. Since 3.4. */
  readonly watchId: bigint;
  /** Lets the server cut large responses into several. Since 3.4. */
  readonly fragment: boolean;
}

/** `etcdserverpb.WatchCreateRequest`, as it is written; a field left out has its default. */
export interface WatchCreateRequestInput {
  /** The key, or where the range starts. */
  readonly key?: Uint8Array | undefined;
  /** Where the range stops, itself left out; empty for the key alone, one zero byte for no end. */
  readonly rangeEnd?: Uint8Array | undefined;
  /** The first revision to tell of; 0 for what comes after now. */
  readonly startRevision?: bigint | undefined;
  /** Sends responses without events now and then, to tell how far the watcher is. */
  readonly progressNotify?: boolean | undefined;
  /** Since 3.1. */
  readonly filters?: readonly FilterType[] | undefined;
  /** Tells the record before each change as well. Since 3.1. */
  readonly prevKv?: boolean | undefined;
  /** An id of the caller's choice; 0 lets the server choose. Since 3.4. */
  readonly watchId?: bigint | undefined;
  /** Lets the server cut large responses into several. Since 3.4. */
  readonly fragment?: boolean | undefined;
}

/** `etcdserverpb.WatchCancelRequest`, as it is read. Since 3.1. */
export interface WatchCancelRequest {
  /** Since 3.1. */
  readonly watchId: bigint;
}

/** `etcdserverpb.WatchCancelRequest`, as it is written; a field left out has its default. Since 3.1. */
export interface WatchCancelRequestInput {
  /** Since 3.1. */
  readonly watchId?: bigint | undefined;
}

/** `etcdserverpb.WatchProgressRequest`, as it is read. Asks how far the stream as a whole is. Since 3.4. */
export type WatchProgressRequest = Readonly<Record<never, never>>;

/** `etcdserverpb.WatchProgressRequest`, as it is written; a field left out has its default. Asks how far the stream as a whole is. Since 3.4. */
export type WatchProgressRequestInput = Readonly<Record<never, never>>;

/** `etcdserverpb.WatchResponse`, as it is read. */
export interface WatchResponse {
  readonly header: ResponseHeader | undefined;
  /** The watcher this is about; -1 for the stream as a whole. */
  readonly watchId: bigint;
  /** The answer to a create request. */
  readonly created: boolean;
  /** The watcher is over: refused, cancelled or compacted. */
  readonly canceled: boolean;
  /** Set when the watcher fell below the compaction point: the oldest revision one can watch from. */
  readonly compactRevision: bigint;
  /** Why the server ended the watcher. Since 3.4. */
  readonly cancelReason: string;
  /** More of the same revision follows in the next response. Since 3.4. */
  readonly fragment: boolean;
  readonly events: Event[];
}

/** `etcdserverpb.WatchResponse`, as it is written; a field left out has its default. */
export interface WatchResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  /** The watcher this is about; -1 for the stream as a whole. */
  readonly watchId?: bigint | undefined;
  /** The answer to a create request. */
  readonly created?: boolean | undefined;
  /** The watcher is over: refused, cancelled or compacted. */
  readonly canceled?: boolean | undefined;
  /** Set when the watcher fell below the compaction point: the oldest revision one can watch from. */
  readonly compactRevision?: bigint | undefined;
  /** Why the server ended the watcher. Since 3.4. */
  readonly cancelReason?: string | undefined;
  /** More of the same revision follows in the next response. Since 3.4. */
  readonly fragment?: boolean | undefined;
  readonly events?: readonly EventInput[] | undefined;
}

/** `etcdserverpb.LeaseGrantRequest`, as it is read. */
export interface LeaseGrantRequest {
  /** Seconds the lease lasts without a renewal; the server may give more. */
  readonly ttl: bigint;
  /** An id of the caller's choice; 0 lets the server choose. */
  readonly id: bigint;
}

/** `etcdserverpb.LeaseGrantRequest`, as it is written; a field left out has its default. */
export interface LeaseGrantRequestInput {
  /** Seconds the lease lasts without a renewal; the server may give more. */
  readonly ttl?: bigint | undefined;
  /** An id of the caller's choice; 0 lets the server choose. */
  readonly id?: bigint | undefined;
}

/** `etcdserverpb.LeaseGrantResponse`, as it is read. */
export interface LeaseGrantResponse {
  readonly header: ResponseHeader | undefined;
  readonly id: bigint;
  /** Seconds that the server grants. */
  readonly ttl: bigint;
  readonly error: string;
}

/** `etcdserverpb.LeaseGrantResponse`, as it is written; a field left out has its default. */
export interface LeaseGrantResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  readonly id?: bigint | undefined;
  /** Seconds that the server grants. */
  readonly ttl?: bigint | undefined;
  readonly error?: string | undefined;
}

/** `etcdserverpb.LeaseRevokeRequest`, as it is read. */
export interface LeaseRevokeRequest {
  readonly id: bigint;
}

/** `etcdserverpb.LeaseRevokeRequest`, as it is written; a field left out has its default. */
export interface LeaseRevokeRequestInput {
  readonly id?: bigint | undefined;
}

/** `etcdserverpb.LeaseRevokeResponse`, as it is read. */
export interface LeaseRevokeResponse {
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.LeaseRevokeResponse`, as it is written; a field left out has its default. */
export interface LeaseRevokeResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.LeaseCheckpoint`, as it is read. Spoken between members only. Since 3.4. */
export interface LeaseCheckpoint {
  readonly id: bigint;
  /** Seconds left until the lease ends. */
  readonly remainingTtl: bigint;
}

/** `etcdserverpb.LeaseCheckpoint`, as it is written; a field left out has its default. Spoken between members only. Since 3.4. */
export interface LeaseCheckpointInput {
  readonly id?: bigint | undefined;
  /** Seconds left until the lease ends. */
  readonly remainingTtl?: bigint | undefined;
}

/** `etcdserverpb.LeaseCheckpointRequest`, as it is read. Spoken between members only. Since 3.4. */
export interface LeaseCheckpointRequest {
  readonly checkpoints: LeaseCheckpoint[];
}

/** `etcdserverpb.LeaseCheckpointRequest`, as it is written; a field left out has its default. Spoken between members only. Since 3.4. */
export interface LeaseCheckpointRequestInput {
  readonly checkpoints?: readonly LeaseCheckpointInput[] | undefined;
}

/** `etcdserverpb.LeaseCheckpointResponse`, as it is read. Spoken between members only. Since 3.4. */
export interface LeaseCheckpointResponse {
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.LeaseCheckpointResponse`, as it is written; a field left out has its default. Spoken between members only. Since 3.4. */
export interface LeaseCheckpointResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.LeaseKeepAliveRequest`, as it is read. */
export interface LeaseKeepAliveRequest {
  readonly id: bigint;
}

/** `etcdserverpb.LeaseKeepAliveRequest`, as it is written; a field left out has its default. */
export interface LeaseKeepAliveRequestInput {
  readonly id?: bigint | undefined;
}

/** `etcdserverpb.LeaseKeepAliveResponse`, as it is read. */
export interface LeaseKeepAliveResponse {
  readonly header: ResponseHeader | undefined;
  readonly id: bigint;
  /** Seconds the lease lasts from now on; 0 when there is no such lease any more. */
  readonly ttl: bigint;
}

/** `etcdserverpb.LeaseKeepAliveResponse`, as it is written; a field left out has its default. */
export interface LeaseKeepAliveResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  readonly id?: bigint | undefined;
  /** Seconds the lease lasts from now on; 0 when there is no such lease any more. */
  readonly ttl?: bigint | undefined;
}

/** `etcdserverpb.LeaseTimeToLiveRequest`, as it is read. Since 3.1. */
export interface LeaseTimeToLiveRequest {
  readonly id: bigint;
  /** Lists the keys that hang on the lease. */
  readonly keys: boolean;
}

/** `etcdserverpb.LeaseTimeToLiveRequest`, as it is written; a field left out has its default. Since 3.1. */
export interface LeaseTimeToLiveRequestInput {
  readonly id?: bigint | undefined;
  /** Lists the keys that hang on the lease. */
  readonly keys?: boolean | undefined;
}

/** `etcdserverpb.LeaseTimeToLiveResponse`, as it is read. Since 3.1. */
export interface LeaseTimeToLiveResponse {
  readonly header: ResponseHeader | undefined;
  readonly id: bigint;
  /** Seconds left; -1 when there is no such lease. */
  readonly ttl: bigint;
  /** Seconds the lease was granted for. */
  readonly grantedTtl: bigint;
  readonly keys: Uint8Array[];
}

/** `etcdserverpb.LeaseTimeToLiveResponse`, as it is written; a field left out has its default. Since 3.1. */
export interface LeaseTimeToLiveResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  readonly id?: bigint | undefined;
  /** Seconds left; -1 when there is no such lease. */
  readonly ttl?: bigint | undefined;
  /** Seconds the lease was granted for. */
  readonly grantedTtl?: bigint | undefined;
  readonly keys?: readonly Uint8Array[] | undefined;
}

/** `etcdserverpb.LeaseLeasesRequest`, as it is read. Since 3.3. */
export type LeaseLeasesRequest = Readonly<Record<never, never>>;

/** `etcdserverpb.LeaseLeasesRequest`, as it is written; a field left out has its default. Since 3.3. */
export type LeaseLeasesRequestInput = Readonly<Record<never, never>>;

/** `etcdserverpb.LeaseStatus`, as it is read. Since 3.3. */
export interface LeaseStatus {
  readonly id: bigint;
}

/** `etcdserverpb.LeaseStatus`, as it is written; a field left out has its default. Since 3.3. */
export interface LeaseStatusInput {
  readonly id?: bigint | undefined;
}

/** `etcdserverpb.LeaseLeasesResponse`, as it is read. Since 3.3. */
export interface LeaseLeasesResponse {
  readonly header: ResponseHeader | undefined;
  readonly leases: LeaseStatus[];
}

/** `etcdserverpb.LeaseLeasesResponse`, as it is written; a field left out has its default. Since 3.3. */
export interface LeaseLeasesResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  readonly leases?: readonly LeaseStatusInput[] | undefined;
}

/** `etcdserverpb.Member`, as it is read. */
export interface Member {
  readonly id: bigint;
  /** Empty until the member has started for the first time. */
  readonly name: string;
  /** Where the other members reach it. */
  readonly peerUrls: string[];
  /** Where clients reach it; empty until it has started. */
  readonly clientUrls: string[];
  /** It follows along and has no vote. Since 3.4. */
  readonly isLearner: boolean;
}

/** `etcdserverpb.Member`, as it is written; a field left out has its default. */
export interface MemberInput {
  readonly id?: bigint | undefined;
  /** Empty until the member has started for the first time. */
  readonly name?: string | undefined;
  /** Where the other members reach it. */
  readonly peerUrls?: readonly string[] | undefined;
  /** Where clients reach it; empty until it has started. */
  readonly clientUrls?: readonly string[] | undefined;
  /** It follows along and has no vote. Since 3.4. */
  readonly isLearner?: boolean | undefined;
}

/** `etcdserverpb.MemberAddRequest`, as it is read. */
export interface MemberAddRequest {
  readonly peerUrls: string[];
  /** Since 3.4. */
  readonly isLearner: boolean;
}

/** `etcdserverpb.MemberAddRequest`, as it is written; a field left out has its default. */
export interface MemberAddRequestInput {
  readonly peerUrls?: readonly string[] | undefined;
  /** Since 3.4. */
  readonly isLearner?: boolean | undefined;
}

/** `etcdserverpb.MemberAddResponse`, as it is read. */
export interface MemberAddResponse {
  readonly header: ResponseHeader | undefined;
  /** The new member. */
  readonly member: Member | undefined;
  /** All members, with the new one. */
  readonly members: Member[];
}

/** `etcdserverpb.MemberAddResponse`, as it is written; a field left out has its default. */
export interface MemberAddResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  /** The new member. */
  readonly member?: MemberInput | undefined;
  /** All members, with the new one. */
  readonly members?: readonly MemberInput[] | undefined;
}

/** `etcdserverpb.MemberRemoveRequest`, as it is read. */
export interface MemberRemoveRequest {
  readonly id: bigint;
}

/** `etcdserverpb.MemberRemoveRequest`, as it is written; a field left out has its default. */
export interface MemberRemoveRequestInput {
  readonly id?: bigint | undefined;
}

/** `etcdserverpb.MemberRemoveResponse`, as it is read. */
export interface MemberRemoveResponse {
  readonly header: ResponseHeader | undefined;
  /** The members that are left. */
  readonly members: Member[];
}

/** `etcdserverpb.MemberRemoveResponse`, as it is written; a field left out has its default. */
export interface MemberRemoveResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  /** The members that are left. */
  readonly members?: readonly MemberInput[] | undefined;
}

/** `etcdserverpb.MemberUpdateRequest`, as it is read. */
export interface MemberUpdateRequest {
  readonly id: bigint;
  readonly peerUrls: string[];
}

/** `etcdserverpb.MemberUpdateRequest`, as it is written; a field left out has its default. */
export interface MemberUpdateRequestInput {
  readonly id?: bigint | undefined;
  readonly peerUrls?: readonly string[] | undefined;
}

/** `etcdserverpb.MemberUpdateResponse`, as it is read. */
export interface MemberUpdateResponse {
  readonly header: ResponseHeader | undefined;
  /** All members after the change. Since 3.1. */
  readonly members: Member[];
}

/** `etcdserverpb.MemberUpdateResponse`, as it is written; a field left out has its default. */
export interface MemberUpdateResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  /** All members after the change. Since 3.1. */
  readonly members?: readonly MemberInput[] | undefined;
}

/** `etcdserverpb.MemberListRequest`, as it is read. */
export interface MemberListRequest {
  /** Asks the majority, rather than the one member that answers. Since 3.5. */
  readonly linearizable: boolean;
}

/** `etcdserverpb.MemberListRequest`, as it is written; a field left out has its default. */
export interface MemberListRequestInput {
  /** Asks the majority, rather than the one member that answers. Since 3.5. */
  readonly linearizable?: boolean | undefined;
}

/** `etcdserverpb.MemberListResponse`, as it is read. */
export interface MemberListResponse {
  readonly header: ResponseHeader | undefined;
  readonly members: Member[];
}

/** `etcdserverpb.MemberListResponse`, as it is written; a field left out has its default. */
export interface MemberListResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  readonly members?: readonly MemberInput[] | undefined;
}

/** `etcdserverpb.MemberPromoteRequest`, as it is read. Since 3.4. */
export interface MemberPromoteRequest {
  readonly id: bigint;
}

/** `etcdserverpb.MemberPromoteRequest`, as it is written; a field left out has its default. Since 3.4. */
export interface MemberPromoteRequestInput {
  readonly id?: bigint | undefined;
}

/** `etcdserverpb.MemberPromoteResponse`, as it is read. Since 3.4. */
export interface MemberPromoteResponse {
  readonly header: ResponseHeader | undefined;
  /** All members after the change. */
  readonly members: Member[];
}

/** `etcdserverpb.MemberPromoteResponse`, as it is written; a field left out has its default. Since 3.4. */
export interface MemberPromoteResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  /** All members after the change. */
  readonly members?: readonly MemberInput[] | undefined;
}

/** `etcdserverpb.DefragmentRequest`, as it is read. */
export type DefragmentRequest = Readonly<Record<never, never>>;

/** `etcdserverpb.DefragmentRequest`, as it is written; a field left out has its default. */
export type DefragmentRequestInput = Readonly<Record<never, never>>;

/** `etcdserverpb.DefragmentResponse`, as it is read. */
export interface DefragmentResponse {
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.DefragmentResponse`, as it is written; a field left out has its default. */
export interface DefragmentResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.MoveLeaderRequest`, as it is read. Since 3.3. */
export interface MoveLeaderRequest {
  /** The member that is to lead. */
  readonly targetId: bigint;
}

/** `etcdserverpb.MoveLeaderRequest`, as it is written; a field left out has its default. Since 3.3. */
export interface MoveLeaderRequestInput {
  /** The member that is to lead. */
  readonly targetId?: bigint | undefined;
}

/** `etcdserverpb.MoveLeaderResponse`, as it is read. Since 3.3. */
export interface MoveLeaderResponse {
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.MoveLeaderResponse`, as it is written; a field left out has its default. Since 3.3. */
export interface MoveLeaderResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AlarmRequest`, as it is read. */
export interface AlarmRequest {
  readonly action: AlarmAction | Unrecognized;
  /** The member it is about. For GET, 0 means all of them. */
  readonly memberId: bigint;
  readonly alarm: AlarmType | Unrecognized;
}

/** `etcdserverpb.AlarmRequest`, as it is written; a field left out has its default. */
export interface AlarmRequestInput {
  readonly action?: AlarmAction | undefined;
  /** The member it is about. For GET, 0 means all of them. */
  readonly memberId?: bigint | undefined;
  readonly alarm?: AlarmType | undefined;
}

/** `etcdserverpb.AlarmMember`, as it is read. */
export interface AlarmMember {
  readonly memberId: bigint;
  readonly alarm: AlarmType | Unrecognized;
}

/** `etcdserverpb.AlarmMember`, as it is written; a field left out has its default. */
export interface AlarmMemberInput {
  readonly memberId?: bigint | undefined;
  readonly alarm?: AlarmType | undefined;
}

/** `etcdserverpb.AlarmResponse`, as it is read. */
export interface AlarmResponse {
  readonly header: ResponseHeader | undefined;
  readonly alarms: AlarmMember[];
}

/** `etcdserverpb.AlarmResponse`, as it is written; a field left out has its default. */
export interface AlarmResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  readonly alarms?: readonly AlarmMemberInput[] | undefined;
}

/** `etcdserverpb.DowngradeRequest`, as it is read. Since 3.5. */
export interface DowngradeRequest {
  readonly action: DowngradeAction | Unrecognized;
  /** The version to go down to. */
  readonly version: string;
}

/** `etcdserverpb.DowngradeRequest`, as it is written; a field left out has its default. Since 3.5. */
export interface DowngradeRequestInput {
  readonly action?: DowngradeAction | undefined;
  /** The version to go down to. */
  readonly version?: string | undefined;
}

/** `etcdserverpb.DowngradeResponse`, as it is read. Since 3.5. */
export interface DowngradeResponse {
  readonly header: ResponseHeader | undefined;
  /** The version the cluster runs now. */
  readonly version: string;
}

/** `etcdserverpb.DowngradeResponse`, as it is written; a field left out has its default. Since 3.5. */
export interface DowngradeResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  /** The version the cluster runs now. */
  readonly version?: string | undefined;
}

/** `etcdserverpb.DowngradeVersionTestRequest`, as it is read. Spoken between members only. Since 3.6. */
export interface DowngradeVersionTestRequest {
  readonly ver: string;
}

/** `etcdserverpb.DowngradeVersionTestRequest`, as it is written; a field left out has its default. Spoken between members only. Since 3.6. */
export interface DowngradeVersionTestRequestInput {
  readonly ver?: string | undefined;
}

/** `etcdserverpb.StatusRequest`, as it is read. */
export type StatusRequest = Readonly<Record<never, never>>;

/** `etcdserverpb.StatusRequest`, as it is written; a field left out has its default. */
export type StatusRequestInput = Readonly<Record<never, never>>;

/** `etcdserverpb.StatusResponse`, as it is read. */
export interface StatusResponse {
  readonly header: ResponseHeader | undefined;
  /** Version of the member's program. */
  readonly version: string;
  /** Bytes of the database file, free space inside it included. */
  readonly dbSize: bigint;
  /** Id of the leader as this member sees it; 0 when it sees none. */
  readonly leader: bigint;
  readonly raftIndex: bigint;
  readonly raftTerm: bigint;
  /** Since 3.4. */
  readonly raftAppliedIndex: bigint;
  /** What is wrong with the member, in words: alarms, or no leader. Since 3.4. */
  readonly errors: string[];
  /** Bytes of the database file that hold data. Since 3.4. */
  readonly dbSizeInUse: bigint;
  /** Since 3.4. */
  readonly isLearner: boolean;
  /** Since 3.6. */
  readonly storageVersion: string;
  /** Bytes at which the member refuses writes. Since 3.6. */
  readonly dbSizeQuota: bigint;
  /** Since 3.6. */
  readonly downgradeInfo: DowngradeInfo | undefined;
}

/** `etcdserverpb.StatusResponse`, as it is written; a field left out has its default. */
export interface StatusResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  /** Version of the member's program. */
  readonly version?: string | undefined;
  /** Bytes of the database file, free space inside it included. */
  readonly dbSize?: bigint | undefined;
  /** Id of the leader as this member sees it; 0 when it sees none. */
  readonly leader?: bigint | undefined;
  readonly raftIndex?: bigint | undefined;
  readonly raftTerm?: bigint | undefined;
  /** Since 3.4. */
  readonly raftAppliedIndex?: bigint | undefined;
  /** What is wrong with the member, in words: alarms, or no leader. Since 3.4. */
  readonly errors?: readonly string[] | undefined;
  /** Bytes of the database file that hold data. Since 3.4. */
  readonly dbSizeInUse?: bigint | undefined;
  /** Since 3.4. */
  readonly isLearner?: boolean | undefined;
  /** Since 3.6. */
  readonly storageVersion?: string | undefined;
  /** Bytes at which the member refuses writes. Since 3.6. */
  readonly dbSizeQuota?: bigint | undefined;
  /** Since 3.6. */
  readonly downgradeInfo?: DowngradeInfoInput | undefined;
}

/** `etcdserverpb.DowngradeInfo`, as it is read. */
export interface DowngradeInfo {
  /** A downgrade is under way. */
  readonly enabled: boolean;
  readonly targetVersion: string;
}

/** `etcdserverpb.DowngradeInfo`, as it is written; a field left out has its default. */
export interface DowngradeInfoInput {
  /** A downgrade is under way. */
  readonly enabled?: boolean | undefined;
  readonly targetVersion?: string | undefined;
}

/** `etcdserverpb.AuthEnableRequest`, as it is read. */
export type AuthEnableRequest = Readonly<Record<never, never>>;

/** `etcdserverpb.AuthEnableRequest`, as it is written; a field left out has its default. */
export type AuthEnableRequestInput = Readonly<Record<never, never>>;

/** `etcdserverpb.AuthDisableRequest`, as it is read. */
export type AuthDisableRequest = Readonly<Record<never, never>>;

/** `etcdserverpb.AuthDisableRequest`, as it is written; a field left out has its default. */
export type AuthDisableRequestInput = Readonly<Record<never, never>>;

/** `etcdserverpb.AuthStatusRequest`, as it is read. Since 3.5. */
export type AuthStatusRequest = Readonly<Record<never, never>>;

/** `etcdserverpb.AuthStatusRequest`, as it is written; a field left out has its default. Since 3.5. */
export type AuthStatusRequestInput = Readonly<Record<never, never>>;

/** `etcdserverpb.AuthenticateRequest`, as it is read. */
export interface AuthenticateRequest {
  readonly name: string;
  readonly password: string;
}

/** `etcdserverpb.AuthenticateRequest`, as it is written; a field left out has its default. */
export interface AuthenticateRequestInput {
  readonly name?: string | undefined;
  readonly password?: string | undefined;
}

/** `etcdserverpb.AuthUserAddRequest`, as it is read. */
export interface AuthUserAddRequest {
  readonly name: string;
  readonly password: string;
  /** Since 3.4. */
  readonly options: UserAddOptions | undefined;
  /** A ready bcrypt hash in base64, in place of the password. Since 3.5. */
  readonly hashedPassword: string;
}

/** `etcdserverpb.AuthUserAddRequest`, as it is written; a field left out has its default. */
export interface AuthUserAddRequestInput {
  readonly name?: string | undefined;
  readonly password?: string | undefined;
  /** Since 3.4. */
  readonly options?: UserAddOptionsInput | undefined;
  /** A ready bcrypt hash in base64, in place of the password. Since 3.5. */
  readonly hashedPassword?: string | undefined;
}

/** `etcdserverpb.AuthUserGetRequest`, as it is read. */
export interface AuthUserGetRequest {
  readonly name: string;
}

/** `etcdserverpb.AuthUserGetRequest`, as it is written; a field left out has its default. */
export interface AuthUserGetRequestInput {
  readonly name?: string | undefined;
}

/** `etcdserverpb.AuthUserDeleteRequest`, as it is read. */
export interface AuthUserDeleteRequest {
  readonly name: string;
}

/** `etcdserverpb.AuthUserDeleteRequest`, as it is written; a field left out has its default. */
export interface AuthUserDeleteRequestInput {
  readonly name?: string | undefined;
}

/** `etcdserverpb.AuthUserChangePasswordRequest`, as it is read. */
export interface AuthUserChangePasswordRequest {
  readonly name: string;
  readonly password: string;
  /** A ready bcrypt hash in base64, in place of the password. Since 3.5. */
  readonly hashedPassword: string;
}

/** `etcdserverpb.AuthUserChangePasswordRequest`, as it is written; a field left out has its default. */
export interface AuthUserChangePasswordRequestInput {
  readonly name?: string | undefined;
  readonly password?: string | undefined;
  /** A ready bcrypt hash in base64, in place of the password. Since 3.5. */
  readonly hashedPassword?: string | undefined;
}

/** `etcdserverpb.AuthUserGrantRoleRequest`, as it is read. */
export interface AuthUserGrantRoleRequest {
  readonly user: string;
  readonly role: string;
}

/** `etcdserverpb.AuthUserGrantRoleRequest`, as it is written; a field left out has its default. */
export interface AuthUserGrantRoleRequestInput {
  readonly user?: string | undefined;
  readonly role?: string | undefined;
}

/** `etcdserverpb.AuthUserRevokeRoleRequest`, as it is read. */
export interface AuthUserRevokeRoleRequest {
  /** The user. */
  readonly name: string;
  readonly role: string;
}

/** `etcdserverpb.AuthUserRevokeRoleRequest`, as it is written; a field left out has its default. */
export interface AuthUserRevokeRoleRequestInput {
  /** The user. */
  readonly name?: string | undefined;
  readonly role?: string | undefined;
}

/** `etcdserverpb.AuthRoleAddRequest`, as it is read. */
export interface AuthRoleAddRequest {
  readonly name: string;
}

/** `etcdserverpb.AuthRoleAddRequest`, as it is written; a field left out has its default. */
export interface AuthRoleAddRequestInput {
  readonly name?: string | undefined;
}

/** `etcdserverpb.AuthRoleGetRequest`, as it is read. */
export interface AuthRoleGetRequest {
  readonly role: string;
}

/** `etcdserverpb.AuthRoleGetRequest`, as it is written; a field left out has its default. */
export interface AuthRoleGetRequestInput {
  readonly role?: string | undefined;
}

/** `etcdserverpb.AuthUserListRequest`, as it is read. */
export type AuthUserListRequest = Readonly<Record<never, never>>;

/** `etcdserverpb.AuthUserListRequest`, as it is written; a field left out has its default. */
export type AuthUserListRequestInput = Readonly<Record<never, never>>;

/** `etcdserverpb.AuthRoleListRequest`, as it is read. */
export type AuthRoleListRequest = Readonly<Record<never, never>>;

/** `etcdserverpb.AuthRoleListRequest`, as it is written; a field left out has its default. */
export type AuthRoleListRequestInput = Readonly<Record<never, never>>;

/** `etcdserverpb.AuthRoleDeleteRequest`, as it is read. */
export interface AuthRoleDeleteRequest {
  readonly role: string;
}

/** `etcdserverpb.AuthRoleDeleteRequest`, as it is written; a field left out has its default. */
export interface AuthRoleDeleteRequestInput {
  readonly role?: string | undefined;
}

/** `etcdserverpb.AuthRoleGrantPermissionRequest`, as it is read. */
export interface AuthRoleGrantPermissionRequest {
  /** The role. */
  readonly name: string;
  readonly perm: Permission | undefined;
}

/** `etcdserverpb.AuthRoleGrantPermissionRequest`, as it is written; a field left out has its default. */
export interface AuthRoleGrantPermissionRequestInput {
  /** The role. */
  readonly name?: string | undefined;
  readonly perm?: PermissionInput | undefined;
}

/** `etcdserverpb.AuthRoleRevokePermissionRequest`, as it is read. */
export interface AuthRoleRevokePermissionRequest {
  readonly role: string;
  readonly key: Uint8Array;
  /** As it was given with the permission. */
  readonly rangeEnd: Uint8Array;
}

/** `etcdserverpb.AuthRoleRevokePermissionRequest`, as it is written; a field left out has its default. */
export interface AuthRoleRevokePermissionRequestInput {
  readonly role?: string | undefined;
  readonly key?: Uint8Array | undefined;
  /** As it was given with the permission. */
  readonly rangeEnd?: Uint8Array | undefined;
}

/** `etcdserverpb.AuthEnableResponse`, as it is read. */
export interface AuthEnableResponse {
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthEnableResponse`, as it is written; a field left out has its default. */
export interface AuthEnableResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthDisableResponse`, as it is read. */
export interface AuthDisableResponse {
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthDisableResponse`, as it is written; a field left out has its default. */
export interface AuthDisableResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthStatusResponse`, as it is read. Since 3.5. */
export interface AuthStatusResponse {
  readonly header: ResponseHeader | undefined;
  readonly enabled: boolean;
  /** Grows with each change of users, roles and permissions. */
  readonly authRevision: bigint;
}

/** `etcdserverpb.AuthStatusResponse`, as it is written; a field left out has its default. Since 3.5. */
export interface AuthStatusResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  readonly enabled?: boolean | undefined;
  /** Grows with each change of users, roles and permissions. */
  readonly authRevision?: bigint | undefined;
}

/** `etcdserverpb.AuthenticateResponse`, as it is read. */
export interface AuthenticateResponse {
  readonly header: ResponseHeader | undefined;
  /** Goes into the "token" metadata of later calls. */
  readonly token: string;
}

/** `etcdserverpb.AuthenticateResponse`, as it is written; a field left out has its default. */
export interface AuthenticateResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  /** Goes into the "token" metadata of later calls. */
  readonly token?: string | undefined;
}

/** `etcdserverpb.AuthUserAddResponse`, as it is read. */
export interface AuthUserAddResponse {
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthUserAddResponse`, as it is written; a field left out has its default. */
export interface AuthUserAddResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthUserGetResponse`, as it is read. */
export interface AuthUserGetResponse {
  readonly header: ResponseHeader | undefined;
  readonly roles: string[];
}

/** `etcdserverpb.AuthUserGetResponse`, as it is written; a field left out has its default. */
export interface AuthUserGetResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  readonly roles?: readonly string[] | undefined;
}

/** `etcdserverpb.AuthUserDeleteResponse`, as it is read. */
export interface AuthUserDeleteResponse {
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthUserDeleteResponse`, as it is written; a field left out has its default. */
export interface AuthUserDeleteResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthUserChangePasswordResponse`, as it is read. */
export interface AuthUserChangePasswordResponse {
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthUserChangePasswordResponse`, as it is written; a field left out has its default. */
export interface AuthUserChangePasswordResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthUserGrantRoleResponse`, as it is read. */
export interface AuthUserGrantRoleResponse {
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthUserGrantRoleResponse`, as it is written; a field left out has its default. */
export interface AuthUserGrantRoleResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthUserRevokeRoleResponse`, as it is read. */
export interface AuthUserRevokeRoleResponse {
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthUserRevokeRoleResponse`, as it is written; a field left out has its default. */
export interface AuthUserRevokeRoleResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthRoleAddResponse`, as it is read. */
export interface AuthRoleAddResponse {
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthRoleAddResponse`, as it is written; a field left out has its default. */
export interface AuthRoleAddResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthRoleGetResponse`, as it is read. */
export interface AuthRoleGetResponse {
  readonly header: ResponseHeader | undefined;
  readonly perm: Permission[];
}

/** `etcdserverpb.AuthRoleGetResponse`, as it is written; a field left out has its default. */
export interface AuthRoleGetResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  readonly perm?: readonly PermissionInput[] | undefined;
}

/** `etcdserverpb.AuthRoleListResponse`, as it is read. */
export interface AuthRoleListResponse {
  readonly header: ResponseHeader | undefined;
  readonly roles: string[];
}

/** `etcdserverpb.AuthRoleListResponse`, as it is written; a field left out has its default. */
export interface AuthRoleListResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  readonly roles?: readonly string[] | undefined;
}

/** `etcdserverpb.AuthUserListResponse`, as it is read. */
export interface AuthUserListResponse {
  readonly header: ResponseHeader | undefined;
  readonly users: string[];
}

/** `etcdserverpb.AuthUserListResponse`, as it is written; a field left out has its default. */
export interface AuthUserListResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  readonly users?: readonly string[] | undefined;
}

/** `etcdserverpb.AuthRoleDeleteResponse`, as it is read. */
export interface AuthRoleDeleteResponse {
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthRoleDeleteResponse`, as it is written; a field left out has its default. */
export interface AuthRoleDeleteResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthRoleGrantPermissionResponse`, as it is read. */
export interface AuthRoleGrantPermissionResponse {
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthRoleGrantPermissionResponse`, as it is written; a field left out has its default. */
export interface AuthRoleGrantPermissionResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthRoleRevokePermissionResponse`, as it is read. */
export interface AuthRoleRevokePermissionResponse {
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthRoleRevokePermissionResponse`, as it is written; a field left out has its default. */
export interface AuthRoleRevokePermissionResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
}

/** `v3electionpb.CampaignRequest`, as it is read. */
export interface CampaignRequest {
  readonly name: Uint8Array;
  /** Leadership ends with this lease. */
  readonly lease: bigint;
  /** What the candidate announces when it wins. */
  readonly value: Uint8Array;
}

/** `v3electionpb.CampaignRequest`, as it is written; a field left out has its default. */
export interface CampaignRequestInput {
  readonly name?: Uint8Array | undefined;
  /** Leadership ends with this lease. */
  readonly lease?: bigint | undefined;
  /** What the candidate announces when it wins. */
  readonly value?: Uint8Array | undefined;
}

/** `v3electionpb.CampaignResponse`, as it is read. */
export interface CampaignResponse {
  readonly header: ResponseHeader | undefined;
  readonly leader: LeaderKey | undefined;
}

/** `v3electionpb.CampaignResponse`, as it is written; a field left out has its default. */
export interface CampaignResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  readonly leader?: LeaderKeyInput | undefined;
}

/** `v3electionpb.LeaderKey`, as it is read. Proof of leadership, needed to proclaim and to resign. */
export interface LeaderKey {
  /** The election. */
  readonly name: Uint8Array;
  /** The key that stands for the leadership. */
  readonly key: Uint8Array;
  /** Create revision of that key. */
  readonly rev: bigint;
  readonly lease: bigint;
}

/** `v3electionpb.LeaderKey`, as it is written; a field left out has its default. Proof of leadership, needed to proclaim and to resign. */
export interface LeaderKeyInput {
  /** The election. */
  readonly name?: Uint8Array | undefined;
  /** The key that stands for the leadership. */
  readonly key?: Uint8Array | undefined;
  /** Create revision of that key. */
  readonly rev?: bigint | undefined;
  readonly lease?: bigint | undefined;
}

/** `v3electionpb.LeaderRequest`, as it is read. */
export interface LeaderRequest {
  /** The election. */
  readonly name: Uint8Array;
}

/** `v3electionpb.LeaderRequest`, as it is written; a field left out has its default. */
export interface LeaderRequestInput {
  /** The election. */
  readonly name?: Uint8Array | undefined;
}

/** `v3electionpb.LeaderResponse`, as it is read. */
export interface LeaderResponse {
  readonly header: ResponseHeader | undefined;
  /** The leader's key, with what it announced as the value. */
  readonly kv: KeyValue | undefined;
}

/** `v3electionpb.LeaderResponse`, as it is written; a field left out has its default. */
export interface LeaderResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  /** The leader's key, with what it announced as the value. */
  readonly kv?: KeyValueInput | undefined;
}

/** `v3electionpb.ResignRequest`, as it is read. */
export interface ResignRequest {
  readonly leader: LeaderKey | undefined;
}

/** `v3electionpb.ResignRequest`, as it is written; a field left out has its default. */
export interface ResignRequestInput {
  readonly leader?: LeaderKeyInput | undefined;
}

/** `v3electionpb.ResignResponse`, as it is read. */
export interface ResignResponse {
  readonly header: ResponseHeader | undefined;
}

/** `v3electionpb.ResignResponse`, as it is written; a field left out has its default. */
export interface ResignResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
}

/** `v3electionpb.ProclaimRequest`, as it is read. */
export interface ProclaimRequest {
  readonly leader: LeaderKey | undefined;
  readonly value: Uint8Array;
}

/** `v3electionpb.ProclaimRequest`, as it is written; a field left out has its default. */
export interface ProclaimRequestInput {
  readonly leader?: LeaderKeyInput | undefined;
  readonly value?: Uint8Array | undefined;
}

/** `v3electionpb.ProclaimResponse`, as it is read. */
export interface ProclaimResponse {
  readonly header: ResponseHeader | undefined;
}

/** `v3electionpb.ProclaimResponse`, as it is written; a field left out has its default. */
export interface ProclaimResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
}

/** `v3lockpb.LockRequest`, as it is read. */
export interface LockRequest {
  readonly name: Uint8Array;
  /** The lock is given up when this lease ends. With 0 the server makes a lease of its own. */
  readonly lease: bigint;
}

/** `v3lockpb.LockRequest`, as it is written; a field left out has its default. */
export interface LockRequestInput {
  readonly name?: Uint8Array | undefined;
  /** The lock is given up when this lease ends. With 0 the server makes a lease of its own. */
  readonly lease?: bigint | undefined;
}

/** `v3lockpb.LockResponse`, as it is read. */
export interface LockResponse {
  readonly header: ResponseHeader | undefined;
  /** The key that stands for the ownership; hand it to Unlock. */
  readonly key: Uint8Array;
}

/** `v3lockpb.LockResponse`, as it is written; a field left out has its default. */
export interface LockResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
  /** The key that stands for the ownership; hand it to Unlock. */
  readonly key?: Uint8Array | undefined;
}

/** `v3lockpb.UnlockRequest`, as it is read. */
export interface UnlockRequest {
  /** The key that Lock answered with. */
  readonly key: Uint8Array;
}

/** `v3lockpb.UnlockRequest`, as it is written; a field left out has its default. */
export interface UnlockRequestInput {
  /** The key that Lock answered with. */
  readonly key?: Uint8Array | undefined;
}

/** `v3lockpb.UnlockResponse`, as it is read. */
export interface UnlockResponse {
  readonly header: ResponseHeader | undefined;
}

/** `v3lockpb.UnlockResponse`, as it is written; a field left out has its default. */
export interface UnlockResponseInput {
  readonly header?: ResponseHeaderInput | undefined;
}

/** Every message by its full name, as it is read and as it is written. */
export interface MessageTypes {
  'authpb.UserAddOptions': { readonly read: UserAddOptions; readonly written: UserAddOptionsInput };
  'authpb.User': { readonly read: User; readonly written: UserInput };
  'authpb.Permission': { readonly read: Permission; readonly written: PermissionInput };
  'authpb.Role': { readonly read: Role; readonly written: RoleInput };
  'mvccpb.KeyValue': { readonly read: KeyValue; readonly written: KeyValueInput };
  'mvccpb.Event': { readonly read: Event; readonly written: EventInput };
  'etcdserverpb.ResponseHeader': { readonly read: ResponseHeader; readonly written: ResponseHeaderInput };
  'etcdserverpb.RangeRequest': { readonly read: RangeRequest; readonly written: RangeRequestInput };
  'etcdserverpb.RangeResponse': { readonly read: RangeResponse; readonly written: RangeResponseInput };
  'etcdserverpb.RangeStreamResponse': { readonly read: RangeStreamResponse; readonly written: RangeStreamResponseInput };
  'etcdserverpb.PutRequest': { readonly read: PutRequest; readonly written: PutRequestInput };
  'etcdserverpb.PutResponse': { readonly read: PutResponse; readonly written: PutResponseInput };
  'etcdserverpb.DeleteRangeRequest': { readonly read: DeleteRangeRequest; readonly written: DeleteRangeRequestInput };
  'etcdserverpb.DeleteRangeResponse': { readonly read: DeleteRangeResponse; readonly written: DeleteRangeResponseInput };
  'etcdserverpb.RequestOp': { readonly read: RequestOp; readonly written: RequestOpInput };
  'etcdserverpb.ResponseOp': { readonly read: ResponseOp; readonly written: ResponseOpInput };
  'etcdserverpb.Compare': { readonly read: Compare; readonly written: CompareInput };
  'etcdserverpb.TxnRequest': { readonly read: TxnRequest; readonly written: TxnRequestInput };
  'etcdserverpb.TxnResponse': { readonly read: TxnResponse; readonly written: TxnResponseInput };
  'etcdserverpb.CompactionRequest': { readonly read: CompactionRequest; readonly written: CompactionRequestInput };
  'etcdserverpb.CompactionResponse': { readonly read: CompactionResponse; readonly written: CompactionResponseInput };
  'etcdserverpb.HashRequest': { readonly read: HashRequest; readonly written: HashRequestInput };
  'etcdserverpb.HashKVRequest': { readonly read: HashKVRequest; readonly written: HashKVRequestInput };
  'etcdserverpb.HashKVResponse': { readonly read: HashKVResponse; readonly written: HashKVResponseInput };
  'etcdserverpb.HashResponse': { readonly read: HashResponse; readonly written: HashResponseInput };
  'etcdserverpb.SnapshotRequest': { readonly read: SnapshotRequest; readonly written: SnapshotRequestInput };
  'etcdserverpb.SnapshotResponse': { readonly read: SnapshotResponse; readonly written: SnapshotResponseInput };
  'etcdserverpb.WatchRequest': { readonly read: WatchRequest; readonly written: WatchRequestInput };
  'etcdserverpb.WatchCreateRequest': { readonly read: WatchCreateRequest; readonly written: WatchCreateRequestInput };
  'etcdserverpb.WatchCancelRequest': { readonly read: WatchCancelRequest; readonly written: WatchCancelRequestInput };
  'etcdserverpb.WatchProgressRequest': { readonly read: WatchProgressRequest; readonly written: WatchProgressRequestInput };
  'etcdserverpb.WatchResponse': { readonly read: WatchResponse; readonly written: WatchResponseInput };
  'etcdserverpb.LeaseGrantRequest': { readonly read: LeaseGrantRequest; readonly written: LeaseGrantRequestInput };
  'etcdserverpb.LeaseGrantResponse': { readonly read: LeaseGrantResponse; readonly written: LeaseGrantResponseInput };
  'etcdserverpb.LeaseRevokeRequest': { readonly read: LeaseRevokeRequest; readonly written: LeaseRevokeRequestInput };
  'etcdserverpb.LeaseRevokeResponse': { readonly read: LeaseRevokeResponse; readonly written: LeaseRevokeResponseInput };
  'etcdserverpb.LeaseCheckpoint': { readonly read: LeaseCheckpoint; readonly written: LeaseCheckpointInput };
  'etcdserverpb.LeaseCheckpointRequest': { readonly read: LeaseCheckpointRequest; readonly written: LeaseCheckpointRequestInput };
  'etcdserverpb.LeaseCheckpointResponse': { readonly read: LeaseCheckpointResponse; readonly written: LeaseCheckpointResponseInput };
  'etcdserverpb.LeaseKeepAliveRequest': { readonly read: LeaseKeepAliveRequest; readonly written: LeaseKeepAliveRequestInput };
  'etcdserverpb.LeaseKeepAliveResponse': { readonly read: LeaseKeepAliveResponse; readonly written: LeaseKeepAliveResponseInput };
  'etcdserverpb.LeaseTimeToLiveRequest': { readonly read: LeaseTimeToLiveRequest; readonly written: LeaseTimeToLiveRequestInput };
  'etcdserverpb.LeaseTimeToLiveResponse': { readonly read: LeaseTimeToLiveResponse; readonly written: LeaseTimeToLiveResponseInput };
  'etcdserverpb.LeaseLeasesRequest': { readonly read: LeaseLeasesRequest; readonly written: LeaseLeasesRequestInput };
  'etcdserverpb.LeaseStatus': { readonly read: LeaseStatus; readonly written: LeaseStatusInput };
  'etcdserverpb.LeaseLeasesResponse': { readonly read: LeaseLeasesResponse; readonly written: LeaseLeasesResponseInput };
  'etcdserverpb.Member': { readonly read: Member; readonly written: MemberInput };
  'etcdserverpb.MemberAddRequest': { readonly read: MemberAddRequest; readonly written: MemberAddRequestInput };
  'etcdserverpb.MemberAddResponse': { readonly read: MemberAddResponse; readonly written: MemberAddResponseInput };
  'etcdserverpb.MemberRemoveRequest': { readonly read: MemberRemoveRequest; readonly written: MemberRemoveRequestInput };
  'etcdserverpb.MemberRemoveResponse': { readonly read: MemberRemoveResponse; readonly written: MemberRemoveResponseInput };
  'etcdserverpb.MemberUpdateRequest': { readonly read: MemberUpdateRequest; readonly written: MemberUpdateRequestInput };
  'etcdserverpb.MemberUpdateResponse': { readonly read: MemberUpdateResponse; readonly written: MemberUpdateResponseInput };
  'etcdserverpb.MemberListRequest': { readonly read: MemberListRequest; readonly written: MemberListRequestInput };
  'etcdserverpb.MemberListResponse': { readonly read: MemberListResponse; readonly written: MemberListResponseInput };
  'etcdserverpb.MemberPromoteRequest': { readonly read: MemberPromoteRequest; readonly written: MemberPromoteRequestInput };
  'etcdserverpb.MemberPromoteResponse': { readonly read: MemberPromoteResponse; readonly written: MemberPromoteResponseInput };
  'etcdserverpb.DefragmentRequest': { readonly read: DefragmentRequest; readonly written: DefragmentRequestInput };
  'etcdserverpb.DefragmentResponse': { readonly read: DefragmentResponse; readonly written: DefragmentResponseInput };
  'etcdserverpb.MoveLeaderRequest': { readonly read: MoveLeaderRequest; readonly written: MoveLeaderRequestInput };
  'etcdserverpb.MoveLeaderResponse': { readonly read: MoveLeaderResponse; readonly written: MoveLeaderResponseInput };
  'etcdserverpb.AlarmRequest': { readonly read: AlarmRequest; readonly written: AlarmRequestInput };
  'etcdserverpb.AlarmMember': { readonly read: AlarmMember; readonly written: AlarmMemberInput };
  'etcdserverpb.AlarmResponse': { readonly read: AlarmResponse; readonly written: AlarmResponseInput };
  'etcdserverpb.DowngradeRequest': { readonly read: DowngradeRequest; readonly written: DowngradeRequestInput };
  'etcdserverpb.DowngradeResponse': { readonly read: DowngradeResponse; readonly written: DowngradeResponseInput };
  'etcdserverpb.DowngradeVersionTestRequest': { readonly read: DowngradeVersionTestRequest; readonly written: DowngradeVersionTestRequestInput };
  'etcdserverpb.StatusRequest': { readonly read: StatusRequest; readonly written: StatusRequestInput };
  'etcdserverpb.StatusResponse': { readonly read: StatusResponse; readonly written: StatusResponseInput };
  'etcdserverpb.DowngradeInfo': { readonly read: DowngradeInfo; readonly written: DowngradeInfoInput };
  'etcdserverpb.AuthEnableRequest': { readonly read: AuthEnableRequest; readonly written: AuthEnableRequestInput };
  'etcdserverpb.AuthDisableRequest': { readonly read: AuthDisableRequest; readonly written: AuthDisableRequestInput };
  'etcdserverpb.AuthStatusRequest': { readonly read: AuthStatusRequest; readonly written: AuthStatusRequestInput };
  'etcdserverpb.AuthenticateRequest': { readonly read: AuthenticateRequest; readonly written: AuthenticateRequestInput };
  'etcdserverpb.AuthUserAddRequest': { readonly read: AuthUserAddRequest; readonly written: AuthUserAddRequestInput };
  'etcdserverpb.AuthUserGetRequest': { readonly read: AuthUserGetRequest; readonly written: AuthUserGetRequestInput };
  'etcdserverpb.AuthUserDeleteRequest': { readonly read: AuthUserDeleteRequest; readonly written: AuthUserDeleteRequestInput };
  'etcdserverpb.AuthUserChangePasswordRequest': { readonly read: AuthUserChangePasswordRequest; readonly written: AuthUserChangePasswordRequestInput };
  'etcdserverpb.AuthUserGrantRoleRequest': { readonly read: AuthUserGrantRoleRequest; readonly written: AuthUserGrantRoleRequestInput };
  'etcdserverpb.AuthUserRevokeRoleRequest': { readonly read: AuthUserRevokeRoleRequest; readonly written: AuthUserRevokeRoleRequestInput };
  'etcdserverpb.AuthRoleAddRequest': { readonly read: AuthRoleAddRequest; readonly written: AuthRoleAddRequestInput };
  'etcdserverpb.AuthRoleGetRequest': { readonly read: AuthRoleGetRequest; readonly written: AuthRoleGetRequestInput };
  'etcdserverpb.AuthUserListRequest': { readonly read: AuthUserListRequest; readonly written: AuthUserListRequestInput };
  'etcdserverpb.AuthRoleListRequest': { readonly read: AuthRoleListRequest; readonly written: AuthRoleListRequestInput };
  'etcdserverpb.AuthRoleDeleteRequest': { readonly read: AuthRoleDeleteRequest; readonly written: AuthRoleDeleteRequestInput };
  'etcdserverpb.AuthRoleGrantPermissionRequest': { readonly read: AuthRoleGrantPermissionRequest; readonly written: AuthRoleGrantPermissionRequestInput };
  'etcdserverpb.AuthRoleRevokePermissionRequest': { readonly read: AuthRoleRevokePermissionRequest; readonly written: AuthRoleRevokePermissionRequestInput };
  'etcdserverpb.AuthEnableResponse': { readonly read: AuthEnableResponse; readonly written: AuthEnableResponseInput };
  'etcdserverpb.AuthDisableResponse': { readonly read: AuthDisableResponse; readonly written: AuthDisableResponseInput };
  'etcdserverpb.AuthStatusResponse': { readonly read: AuthStatusResponse; readonly written: AuthStatusResponseInput };
  'etcdserverpb.AuthenticateResponse': { readonly read: AuthenticateResponse; readonly written: AuthenticateResponseInput };
  'etcdserverpb.AuthUserAddResponse': { readonly read: AuthUserAddResponse; readonly written: AuthUserAddResponseInput };
  'etcdserverpb.AuthUserGetResponse': { readonly read: AuthUserGetResponse; readonly written: AuthUserGetResponseInput };
  'etcdserverpb.AuthUserDeleteResponse': { readonly read: AuthUserDeleteResponse; readonly written: AuthUserDeleteResponseInput };
  'etcdserverpb.AuthUserChangePasswordResponse': { readonly read: AuthUserChangePasswordResponse; readonly written: AuthUserChangePasswordResponseInput };
  'etcdserverpb.AuthUserGrantRoleResponse': { readonly read: AuthUserGrantRoleResponse; readonly written: AuthUserGrantRoleResponseInput };
  'etcdserverpb.AuthUserRevokeRoleResponse': { readonly read: AuthUserRevokeRoleResponse; readonly written: AuthUserRevokeRoleResponseInput };
  'etcdserverpb.AuthRoleAddResponse': { readonly read: AuthRoleAddResponse; readonly written: AuthRoleAddResponseInput };
  'etcdserverpb.AuthRoleGetResponse': { readonly read: AuthRoleGetResponse; readonly written: AuthRoleGetResponseInput };
  'etcdserverpb.AuthRoleListResponse': { readonly read: AuthRoleListResponse; readonly written: AuthRoleListResponseInput };
  'etcdserverpb.AuthUserListResponse': { readonly read: AuthUserListResponse; readonly written: AuthUserListResponseInput };
  'etcdserverpb.AuthRoleDeleteResponse': { readonly read: AuthRoleDeleteResponse; readonly written: AuthRoleDeleteResponseInput };
  'etcdserverpb.AuthRoleGrantPermissionResponse': { readonly read: AuthRoleGrantPermissionResponse; readonly written: AuthRoleGrantPermissionResponseInput };
  'etcdserverpb.AuthRoleRevokePermissionResponse': { readonly read: AuthRoleRevokePermissionResponse; readonly written: AuthRoleRevokePermissionResponseInput };
  'v3electionpb.CampaignRequest': { readonly read: CampaignRequest; readonly written: CampaignRequestInput };
  'v3electionpb.CampaignResponse': { readonly read: CampaignResponse; readonly written: CampaignResponseInput };
  'v3electionpb.LeaderKey': { readonly read: LeaderKey; readonly written: LeaderKeyInput };
  'v3electionpb.LeaderRequest': { readonly read: LeaderRequest; readonly written: LeaderRequestInput };
  'v3electionpb.LeaderResponse': { readonly read: LeaderResponse; readonly written: LeaderResponseInput };
  'v3electionpb.ResignRequest': { readonly read: ResignRequest; readonly written: ResignRequestInput };
  'v3electionpb.ResignResponse': { readonly read: ResignResponse; readonly written: ResignResponseInput };
  'v3electionpb.ProclaimRequest': { readonly read: ProclaimRequest; readonly written: ProclaimRequestInput };
  'v3electionpb.ProclaimResponse': { readonly read: ProclaimResponse; readonly written: ProclaimResponseInput };
  'v3lockpb.LockRequest': { readonly read: LockRequest; readonly written: LockRequestInput };
  'v3lockpb.LockResponse': { readonly read: LockResponse; readonly written: LockResponseInput };
  'v3lockpb.UnlockRequest': { readonly read: UnlockRequest; readonly written: UnlockRequestInput };
  'v3lockpb.UnlockResponse': { readonly read: UnlockResponse; readonly written: UnlockResponseInput };
}

