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
  /** Field `name` of the message, bytes. */
  readonly name: Uint8Array;
  /** Field `password` of the message, bytes. */
  readonly password: Uint8Array;
  /** Field `roles` of the message, repeated string. */
  readonly roles: string[];
  /** Field `options` of the message, UserAddOptions. */
  readonly options: UserAddOptions | undefined;
}

/** `authpb.User`, as it is written; a field left out has its default. */
export interface UserInput {
  /** Field `name` of the message, bytes. */
  readonly name?: Uint8Array | undefined;
  /** Field `password` of the message, bytes. */
  readonly password?: Uint8Array | undefined;
  /** Field `roles` of the message, repeated string. */
  readonly roles?: readonly string[] | undefined;
  /** Field `options` of the message, UserAddOptions. */
  readonly options?: UserAddOptionsInput | undefined;
}

/** `authpb.Permission`, as it is read. What may be done with one key or one range of keys. */
export interface Permission {
  /** Field `permType` of the message, Type. */
  readonly permType: PermissionType | Unrecognized;
  /** Field `key` of the message, bytes. */
  readonly key: Uint8Array;
  /** Where the range stops, itself left out; empty for the key alone, one zero byte for no end. */
  readonly rangeEnd: Uint8Array;
}

/** `authpb.Permission`, as it is written; a field left out has its default. What may be done with one key or one range of keys. */
export interface PermissionInput {
  /** Field `permType` of the message, Type. */
  readonly permType?: PermissionType | undefined;
  /** Field `key` of the message, bytes. */
  readonly key?: Uint8Array | undefined;
  /** Where the range stops, itself left out; empty for the key alone, one zero byte for no end. */
  readonly rangeEnd?: Uint8Array | undefined;
}

/** `authpb.Role`, as it is read. */
export interface Role {
  /** Field `name` of the message, bytes. */
  readonly name: Uint8Array;
  /** Field `keyPermission` of the message, repeated Permission. */
  readonly keyPermission: Permission[];
}

/** `authpb.Role`, as it is written; a field left out has its default. */
export interface RoleInput {
  /** Field `name` of the message, bytes. */
  readonly name?: Uint8Array | undefined;
  /** Field `keyPermission` of the message, repeated Permission. */
  readonly keyPermission?: readonly PermissionInput[] | undefined;
}

/** `mvccpb.KeyValue`, as it is read. One key as it was at one revision. */
export interface KeyValue {
  /** Field `key` of the message, bytes. */
  readonly key: Uint8Array;
  /** Revision of the write that brought the key into being; a delete and a new put start it afresh. */
  readonly createRevision: bigint;
  /** Revision of the latest write to the key. */
  readonly modRevision: bigint;
  /** Number of writes since the key came into being, the first being 1. */
  readonly version: bigint;
  /** Field `value` of the message, bytes. */
  readonly value: Uint8Array;
  /** Lease the key hangs on; 0 when it hangs on none. */
  readonly lease: bigint;
}

/** `mvccpb.KeyValue`, as it is written; a field left out has its default. One key as it was at one revision. */
export interface KeyValueInput {
  /** Field `key` of the message, bytes. */
  readonly key?: Uint8Array | undefined;
  /** Revision of the write that brought the key into being; a delete and a new put start it afresh. */
  readonly createRevision?: bigint | undefined;
  /** Revision of the latest write to the key. */
  readonly modRevision?: bigint | undefined;
  /** Number of writes since the key came into being, the first being 1. */
  readonly version?: bigint | undefined;
  /** Field `value` of the message, bytes. */
  readonly value?: Uint8Array | undefined;
  /** Lease the key hangs on; 0 when it hangs on none. */
  readonly lease?: bigint | undefined;
}

/** `mvccpb.Event`, as it is read. One change of one key. */
export interface Event {
  /** Field `type` of the message, EventType. */
  readonly type: EventType | Unrecognized;
  /** The record after the change. For a delete only the key and the revision of the delete are filled. */
  readonly kv: KeyValue | undefined;
  /** The record before the change, when the watch asked for it and the store still has it. */
  readonly prevKv: KeyValue | undefined;
}

/** `mvccpb.Event`, as it is written; a field left out has its default. One change of one key. */
export interface EventInput {
  /** Field `type` of the message, EventType. */
  readonly type?: EventType | undefined;
  /** The record after the change. For a delete only the key and the revision of the delete are filled. */
  readonly kv?: KeyValueInput | undefined;
  /** The record before the change, when the watch asked for it and the store still has it. */
  readonly prevKv?: KeyValueInput | undefined;
}

/** `etcdserverpb.ResponseHeader`, as it is read. Who answered, and how far the store was then. */
export interface ResponseHeader {
  /** Field `cluster_id` of the message, uint64. */
  readonly clusterId: bigint;
  /** Field `member_id` of the message, uint64. */
  readonly memberId: bigint;
  /** Revision of the store when the request was carried out. */
  readonly revision: bigint;
  /** Field `raft_term` of the message, uint64. */
  readonly raftTerm: bigint;
}

/** `etcdserverpb.ResponseHeader`, as it is written; a field left out has its default. Who answered, and how far the store was then. */
export interface ResponseHeaderInput {
  /** Field `cluster_id` of the message, uint64. */
  readonly clusterId?: bigint | undefined;
  /** Field `member_id` of the message, uint64. */
  readonly memberId?: bigint | undefined;
  /** Revision of the store when the request was carried out. */
  readonly revision?: bigint | undefined;
  /** Field `raft_term` of the message, uint64. */
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
  /** Field `sort_order` of the message, SortOrder. */
  readonly sortOrder: SortOrder | Unrecognized;
  /** Field `sort_target` of the message, SortTarget. */
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
  /** Field `sort_order` of the message, SortOrder. */
  readonly sortOrder?: SortOrder | undefined;
  /** Field `sort_target` of the message, SortTarget. */
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
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** Field `kvs` of the message, repeated mvccpb.KeyValue. */
  readonly kvs: KeyValue[];
  /** The limit cut records off. */
  readonly more: boolean;
  /** Number of keys in the range, whatever the limit. */
  readonly count: bigint;
}

/** `etcdserverpb.RangeResponse`, as it is written; a field left out has its default. */
export interface RangeResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** Field `kvs` of the message, repeated mvccpb.KeyValue. */
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
  /** Field `key` of the message, bytes. */
  readonly key: Uint8Array;
  /** Field `value` of the message, bytes. */
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
  /** Field `key` of the message, bytes. */
  readonly key?: Uint8Array | undefined;
  /** Field `value` of the message, bytes. */
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
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** The replaced record, when it was asked for and there was one. Since 3.1. */
  readonly prevKv: KeyValue | undefined;
}

/** `etcdserverpb.PutResponse`, as it is written; a field left out has its default. */
export interface PutResponseInput {
  /** Field `header` of the message, ResponseHeader. */
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
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** Number of deleted keys. */
  readonly deleted: bigint;
  /** The deleted records, when they were asked for. Since 3.1. */
  readonly prevKvs: KeyValue[];
}

/** `etcdserverpb.DeleteRangeResponse`, as it is written; a field left out has its default. */
export interface DeleteRangeResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** Number of deleted keys. */
  readonly deleted?: bigint | undefined;
  /** The deleted records, when they were asked for. Since 3.1. */
  readonly prevKvs?: readonly KeyValueInput[] | undefined;
}

/** `etcdserverpb.RequestOp`, as it is read. One operation of a transaction. */
export type RequestOp =
  | {
      /** Field `request_range` of the message, RangeRequest. */
      readonly requestRange: RangeRequest;
      /** Left out: another one is set. */
      readonly requestPut?: undefined;
      /** Left out: another one is set. */
      readonly requestDeleteRange?: undefined;
      /** Left out: another one is set. */
      readonly requestTxn?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly requestRange?: undefined;
      /** Field `request_put` of the message, PutRequest. */
      readonly requestPut: PutRequest;
      /** Left out: another one is set. */
      readonly requestDeleteRange?: undefined;
      /** Left out: another one is set. */
      readonly requestTxn?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly requestRange?: undefined;
      /** Left out: another one is set. */
      readonly requestPut?: undefined;
      /** Field `request_delete_range` of the message, DeleteRangeRequest. */
      readonly requestDeleteRange: DeleteRangeRequest;
      /** Left out: another one is set. */
      readonly requestTxn?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly requestRange?: undefined;
      /** Left out: another one is set. */
      readonly requestPut?: undefined;
      /** Left out: another one is set. */
      readonly requestDeleteRange?: undefined;
      /** Since 3.3. */
      readonly requestTxn: TxnRequest;
    }
  | {
      /** Left out: another one is set. */
      readonly requestRange?: undefined;
      /** Left out: another one is set. */
      readonly requestPut?: undefined;
      /** Left out: another one is set. */
      readonly requestDeleteRange?: undefined;
      /** Left out: another one is set. */
      readonly requestTxn?: undefined;
    };

/** `etcdserverpb.RequestOp`, as it is written; a field left out has its default. One operation of a transaction. */
export type RequestOpInput =
  | {
      /** Field `request_range` of the message, RangeRequest. */
      readonly requestRange: RangeRequestInput;
      /** Left out: another one is set. */
      readonly requestPut?: undefined;
      /** Left out: another one is set. */
      readonly requestDeleteRange?: undefined;
      /** Left out: another one is set. */
      readonly requestTxn?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly requestRange?: undefined;
      /** Field `request_put` of the message, PutRequest. */
      readonly requestPut: PutRequestInput;
      /** Left out: another one is set. */
      readonly requestDeleteRange?: undefined;
      /** Left out: another one is set. */
      readonly requestTxn?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly requestRange?: undefined;
      /** Left out: another one is set. */
      readonly requestPut?: undefined;
      /** Field `request_delete_range` of the message, DeleteRangeRequest. */
      readonly requestDeleteRange: DeleteRangeRequestInput;
      /** Left out: another one is set. */
      readonly requestTxn?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly requestRange?: undefined;
      /** Left out: another one is set. */
      readonly requestPut?: undefined;
      /** Left out: another one is set. */
      readonly requestDeleteRange?: undefined;
      /** Since 3.3. */
      readonly requestTxn: TxnRequestInput;
    }
  | {
      /** Left out: another one is set. */
      readonly requestRange?: undefined;
      /** Left out: another one is set. */
      readonly requestPut?: undefined;
      /** Left out: another one is set. */
      readonly requestDeleteRange?: undefined;
      /** Left out: another one is set. */
      readonly requestTxn?: undefined;
    };

/** `etcdserverpb.ResponseOp`, as it is read. The result of one operation of a transaction. */
export type ResponseOp =
  | {
      /** Field `response_range` of the message, RangeResponse. */
      readonly responseRange: RangeResponse;
      /** Left out: another one is set. */
      readonly responsePut?: undefined;
      /** Left out: another one is set. */
      readonly responseDeleteRange?: undefined;
      /** Left out: another one is set. */
      readonly responseTxn?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly responseRange?: undefined;
      /** Field `response_put` of the message, PutResponse. */
      readonly responsePut: PutResponse;
      /** Left out: another one is set. */
      readonly responseDeleteRange?: undefined;
      /** Left out: another one is set. */
      readonly responseTxn?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly responseRange?: undefined;
      /** Left out: another one is set. */
      readonly responsePut?: undefined;
      /** Field `response_delete_range` of the message, DeleteRangeResponse. */
      readonly responseDeleteRange: DeleteRangeResponse;
      /** Left out: another one is set. */
      readonly responseTxn?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly responseRange?: undefined;
      /** Left out: another one is set. */
      readonly responsePut?: undefined;
      /** Left out: another one is set. */
      readonly responseDeleteRange?: undefined;
      /** Since 3.3. */
      readonly responseTxn: TxnResponse;
    }
  | {
      /** Left out: another one is set. */
      readonly responseRange?: undefined;
      /** Left out: another one is set. */
      readonly responsePut?: undefined;
      /** Left out: another one is set. */
      readonly responseDeleteRange?: undefined;
      /** Left out: another one is set. */
      readonly responseTxn?: undefined;
    };

/** `etcdserverpb.ResponseOp`, as it is written; a field left out has its default. The result of one operation of a transaction. */
export type ResponseOpInput =
  | {
      /** Field `response_range` of the message, RangeResponse. */
      readonly responseRange: RangeResponseInput;
      /** Left out: another one is set. */
      readonly responsePut?: undefined;
      /** Left out: another one is set. */
      readonly responseDeleteRange?: undefined;
      /** Left out: another one is set. */
      readonly responseTxn?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly responseRange?: undefined;
      /** Field `response_put` of the message, PutResponse. */
      readonly responsePut: PutResponseInput;
      /** Left out: another one is set. */
      readonly responseDeleteRange?: undefined;
      /** Left out: another one is set. */
      readonly responseTxn?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly responseRange?: undefined;
      /** Left out: another one is set. */
      readonly responsePut?: undefined;
      /** Field `response_delete_range` of the message, DeleteRangeResponse. */
      readonly responseDeleteRange: DeleteRangeResponseInput;
      /** Left out: another one is set. */
      readonly responseTxn?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly responseRange?: undefined;
      /** Left out: another one is set. */
      readonly responsePut?: undefined;
      /** Left out: another one is set. */
      readonly responseDeleteRange?: undefined;
      /** Since 3.3. */
      readonly responseTxn: TxnResponseInput;
    }
  | {
      /** Left out: another one is set. */
      readonly responseRange?: undefined;
      /** Left out: another one is set. */
      readonly responsePut?: undefined;
      /** Left out: another one is set. */
      readonly responseDeleteRange?: undefined;
      /** Left out: another one is set. */
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
      /** Field `version` of the message, int64. */
      readonly version: bigint;
      /** Left out: another one is set. */
      readonly createRevision?: undefined;
      /** Left out: another one is set. */
      readonly modRevision?: undefined;
      /** Left out: another one is set. */
      readonly value?: undefined;
      /** Left out: another one is set. */
      readonly lease?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly version?: undefined;
      /** Field `create_revision` of the message, int64. */
      readonly createRevision: bigint;
      /** Left out: another one is set. */
      readonly modRevision?: undefined;
      /** Left out: another one is set. */
      readonly value?: undefined;
      /** Left out: another one is set. */
      readonly lease?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly version?: undefined;
      /** Left out: another one is set. */
      readonly createRevision?: undefined;
      /** Field `mod_revision` of the message, int64. */
      readonly modRevision: bigint;
      /** Left out: another one is set. */
      readonly value?: undefined;
      /** Left out: another one is set. */
      readonly lease?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly version?: undefined;
      /** Left out: another one is set. */
      readonly createRevision?: undefined;
      /** Left out: another one is set. */
      readonly modRevision?: undefined;
      /** Field `value` of the message, bytes. */
      readonly value: Uint8Array;
      /** Left out: another one is set. */
      readonly lease?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly version?: undefined;
      /** Left out: another one is set. */
      readonly createRevision?: undefined;
      /** Left out: another one is set. */
      readonly modRevision?: undefined;
      /** Left out: another one is set. */
      readonly value?: undefined;
      /** Since 3.3. */
      readonly lease: bigint;
    }
  | {
      /** Left out: another one is set. */
      readonly version?: undefined;
      /** Left out: another one is set. */
      readonly createRevision?: undefined;
      /** Left out: another one is set. */
      readonly modRevision?: undefined;
      /** Left out: another one is set. */
      readonly value?: undefined;
      /** Left out: another one is set. */
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
      /** Field `version` of the message, int64. */
      readonly version: bigint;
      /** Left out: another one is set. */
      readonly createRevision?: undefined;
      /** Left out: another one is set. */
      readonly modRevision?: undefined;
      /** Left out: another one is set. */
      readonly value?: undefined;
      /** Left out: another one is set. */
      readonly lease?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly version?: undefined;
      /** Field `create_revision` of the message, int64. */
      readonly createRevision: bigint;
      /** Left out: another one is set. */
      readonly modRevision?: undefined;
      /** Left out: another one is set. */
      readonly value?: undefined;
      /** Left out: another one is set. */
      readonly lease?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly version?: undefined;
      /** Left out: another one is set. */
      readonly createRevision?: undefined;
      /** Field `mod_revision` of the message, int64. */
      readonly modRevision: bigint;
      /** Left out: another one is set. */
      readonly value?: undefined;
      /** Left out: another one is set. */
      readonly lease?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly version?: undefined;
      /** Left out: another one is set. */
      readonly createRevision?: undefined;
      /** Left out: another one is set. */
      readonly modRevision?: undefined;
      /** Field `value` of the message, bytes. */
      readonly value: Uint8Array;
      /** Left out: another one is set. */
      readonly lease?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly version?: undefined;
      /** Left out: another one is set. */
      readonly createRevision?: undefined;
      /** Left out: another one is set. */
      readonly modRevision?: undefined;
      /** Left out: another one is set. */
      readonly value?: undefined;
      /** Since 3.3. */
      readonly lease: bigint;
    }
  | {
      /** Left out: another one is set. */
      readonly version?: undefined;
      /** Left out: another one is set. */
      readonly createRevision?: undefined;
      /** Left out: another one is set. */
      readonly modRevision?: undefined;
      /** Left out: another one is set. */
      readonly value?: undefined;
      /** Left out: another one is set. */
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
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** The comparisons held. */
  readonly succeeded: boolean;
  /** One result for each operation of the branch that was done, in its order. */
  readonly responses: ResponseOp[];
}

/** `etcdserverpb.TxnResponse`, as it is written; a field left out has its default. */
export interface TxnResponseInput {
  /** Field `header` of the message, ResponseHeader. */
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
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.CompactionResponse`, as it is written; a field left out has its default. */
export interface CompactionResponseInput {
  /** Field `header` of the message, ResponseHeader. */
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
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** Field `hash` of the message, uint32. */
  readonly hash: number;
  /** The member's compaction point: hashes compare only where it is the same. */
  readonly compactRevision: bigint;
  /** The revision the hash was made at. Since 3.6. */
  readonly hashRevision: bigint;
}

/** `etcdserverpb.HashKVResponse`, as it is written; a field left out has its default. Since 3.3. */
export interface HashKVResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** Field `hash` of the message, uint32. */
  readonly hash?: number | undefined;
  /** The member's compaction point: hashes compare only where it is the same. */
  readonly compactRevision?: bigint | undefined;
  /** The revision the hash was made at. Since 3.6. */
  readonly hashRevision?: bigint | undefined;
}

/** `etcdserverpb.HashResponse`, as it is read. */
export interface HashResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** Field `hash` of the message, uint32. */
  readonly hash: number;
}

/** `etcdserverpb.HashResponse`, as it is written; a field left out has its default. */
export interface HashResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** Field `hash` of the message, uint32. */
  readonly hash?: number | undefined;
}

/** `etcdserverpb.SnapshotRequest`, as it is read. Since 3.3. */
export type SnapshotRequest = Readonly<Record<never, never>>;

/** `etcdserverpb.SnapshotRequest`, as it is written; a field left out has its default. Since 3.3. */
export type SnapshotRequestInput = Readonly<Record<never, never>>;

/** `etcdserverpb.SnapshotResponse`, as it is read. Since 3.3. */
export interface SnapshotResponse {
  /** Field `header` of the message, ResponseHeader. */
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
  /** Field `header` of the message, ResponseHeader. */
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
      /** Field `create_request` of the message, WatchCreateRequest. */
      readonly createRequest: WatchCreateRequest;
      /** Left out: another one is set. */
      readonly cancelRequest?: undefined;
      /** Left out: another one is set. */
      readonly progressRequest?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly createRequest?: undefined;
      /** Field `cancel_request` of the message, WatchCancelRequest. */
      readonly cancelRequest: WatchCancelRequest;
      /** Left out: another one is set. */
      readonly progressRequest?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly createRequest?: undefined;
      /** Left out: another one is set. */
      readonly cancelRequest?: undefined;
      /** Since 3.4. */
      readonly progressRequest: WatchProgressRequest;
    }
  | {
      /** Left out: another one is set. */
      readonly createRequest?: undefined;
      /** Left out: another one is set. */
      readonly cancelRequest?: undefined;
      /** Left out: another one is set. */
      readonly progressRequest?: undefined;
    };

/** `etcdserverpb.WatchRequest`, as it is written; a field left out has its default. */
export type WatchRequestInput =
  | {
      /** Field `create_request` of the message, WatchCreateRequest. */
      readonly createRequest: WatchCreateRequestInput;
      /** Left out: another one is set. */
      readonly cancelRequest?: undefined;
      /** Left out: another one is set. */
      readonly progressRequest?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly createRequest?: undefined;
      /** Field `cancel_request` of the message, WatchCancelRequest. */
      readonly cancelRequest: WatchCancelRequestInput;
      /** Left out: another one is set. */
      readonly progressRequest?: undefined;
    }
  | {
      /** Left out: another one is set. */
      readonly createRequest?: undefined;
      /** Left out: another one is set. */
      readonly cancelRequest?: undefined;
      /** Since 3.4. */
      readonly progressRequest: WatchProgressRequestInput;
    }
  | {
      /** Left out: another one is set. */
      readonly createRequest?: undefined;
      /** Left out: another one is set. */
      readonly cancelRequest?: undefined;
      /** Left out: another one is set. */
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
  /** Field `header` of the message, ResponseHeader. */
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
  /** Field `events` of the message, repeated mvccpb.Event. */
  readonly events: Event[];
}

/** `etcdserverpb.WatchResponse`, as it is written; a field left out has its default. */
export interface WatchResponseInput {
  /** Field `header` of the message, ResponseHeader. */
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
  /** Field `events` of the message, repeated mvccpb.Event. */
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
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** Field `ID` of the message, int64. */
  readonly id: bigint;
  /** Seconds that the server grants. */
  readonly ttl: bigint;
  /** Field `error` of the message, string. */
  readonly error: string;
}

/** `etcdserverpb.LeaseGrantResponse`, as it is written; a field left out has its default. */
export interface LeaseGrantResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** Field `ID` of the message, int64. */
  readonly id?: bigint | undefined;
  /** Seconds that the server grants. */
  readonly ttl?: bigint | undefined;
  /** Field `error` of the message, string. */
  readonly error?: string | undefined;
}

/** `etcdserverpb.LeaseRevokeRequest`, as it is read. */
export interface LeaseRevokeRequest {
  /** Field `ID` of the message, int64. */
  readonly id: bigint;
}

/** `etcdserverpb.LeaseRevokeRequest`, as it is written; a field left out has its default. */
export interface LeaseRevokeRequestInput {
  /** Field `ID` of the message, int64. */
  readonly id?: bigint | undefined;
}

/** `etcdserverpb.LeaseRevokeResponse`, as it is read. */
export interface LeaseRevokeResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.LeaseRevokeResponse`, as it is written; a field left out has its default. */
export interface LeaseRevokeResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.LeaseCheckpoint`, as it is read. Spoken between members only. Since 3.4. */
export interface LeaseCheckpoint {
  /** Field `ID` of the message, int64. */
  readonly id: bigint;
  /** Seconds left until the lease ends. */
  readonly remainingTtl: bigint;
}

/** `etcdserverpb.LeaseCheckpoint`, as it is written; a field left out has its default. Spoken between members only. Since 3.4. */
export interface LeaseCheckpointInput {
  /** Field `ID` of the message, int64. */
  readonly id?: bigint | undefined;
  /** Seconds left until the lease ends. */
  readonly remainingTtl?: bigint | undefined;
}

/** `etcdserverpb.LeaseCheckpointRequest`, as it is read. Spoken between members only. Since 3.4. */
export interface LeaseCheckpointRequest {
  /** Field `checkpoints` of the message, repeated LeaseCheckpoint. */
  readonly checkpoints: LeaseCheckpoint[];
}

/** `etcdserverpb.LeaseCheckpointRequest`, as it is written; a field left out has its default. Spoken between members only. Since 3.4. */
export interface LeaseCheckpointRequestInput {
  /** Field `checkpoints` of the message, repeated LeaseCheckpoint. */
  readonly checkpoints?: readonly LeaseCheckpointInput[] | undefined;
}

/** `etcdserverpb.LeaseCheckpointResponse`, as it is read. Spoken between members only. Since 3.4. */
export interface LeaseCheckpointResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.LeaseCheckpointResponse`, as it is written; a field left out has its default. Spoken between members only. Since 3.4. */
export interface LeaseCheckpointResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.LeaseKeepAliveRequest`, as it is read. */
export interface LeaseKeepAliveRequest {
  /** Field `ID` of the message, int64. */
  readonly id: bigint;
}

/** `etcdserverpb.LeaseKeepAliveRequest`, as it is written; a field left out has its default. */
export interface LeaseKeepAliveRequestInput {
  /** Field `ID` of the message, int64. */
  readonly id?: bigint | undefined;
}

/** `etcdserverpb.LeaseKeepAliveResponse`, as it is read. */
export interface LeaseKeepAliveResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** Field `ID` of the message, int64. */
  readonly id: bigint;
  /** Seconds the lease lasts from now on; 0 when there is no such lease any more. */
  readonly ttl: bigint;
}

/** `etcdserverpb.LeaseKeepAliveResponse`, as it is written; a field left out has its default. */
export interface LeaseKeepAliveResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** Field `ID` of the message, int64. */
  readonly id?: bigint | undefined;
  /** Seconds the lease lasts from now on; 0 when there is no such lease any more. */
  readonly ttl?: bigint | undefined;
}

/** `etcdserverpb.LeaseTimeToLiveRequest`, as it is read. Since 3.1. */
export interface LeaseTimeToLiveRequest {
  /** Field `ID` of the message, int64. */
  readonly id: bigint;
  /** Lists the keys that hang on the lease. */
  readonly keys: boolean;
}

/** `etcdserverpb.LeaseTimeToLiveRequest`, as it is written; a field left out has its default. Since 3.1. */
export interface LeaseTimeToLiveRequestInput {
  /** Field `ID` of the message, int64. */
  readonly id?: bigint | undefined;
  /** Lists the keys that hang on the lease. */
  readonly keys?: boolean | undefined;
}

/** `etcdserverpb.LeaseTimeToLiveResponse`, as it is read. Since 3.1. */
export interface LeaseTimeToLiveResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** Field `ID` of the message, int64. */
  readonly id: bigint;
  /** Seconds left; -1 when there is no such lease. */
  readonly ttl: bigint;
  /** Seconds the lease was granted for. */
  readonly grantedTtl: bigint;
  /** Field `keys` of the message, repeated bytes. */
  readonly keys: Uint8Array[];
}

/** `etcdserverpb.LeaseTimeToLiveResponse`, as it is written; a field left out has its default. Since 3.1. */
export interface LeaseTimeToLiveResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** Field `ID` of the message, int64. */
  readonly id?: bigint | undefined;
  /** Seconds left; -1 when there is no such lease. */
  readonly ttl?: bigint | undefined;
  /** Seconds the lease was granted for. */
  readonly grantedTtl?: bigint | undefined;
  /** Field `keys` of the message, repeated bytes. */
  readonly keys?: readonly Uint8Array[] | undefined;
}

/** `etcdserverpb.LeaseLeasesRequest`, as it is read. Since 3.3. */
export type LeaseLeasesRequest = Readonly<Record<never, never>>;

/** `etcdserverpb.LeaseLeasesRequest`, as it is written; a field left out has its default. Since 3.3. */
export type LeaseLeasesRequestInput = Readonly<Record<never, never>>;

/** `etcdserverpb.LeaseStatus`, as it is read. Since 3.3. */
export interface LeaseStatus {
  /** Field `ID` of the message, int64. */
  readonly id: bigint;
}

/** `etcdserverpb.LeaseStatus`, as it is written; a field left out has its default. Since 3.3. */
export interface LeaseStatusInput {
  /** Field `ID` of the message, int64. */
  readonly id?: bigint | undefined;
}

/** `etcdserverpb.LeaseLeasesResponse`, as it is read. Since 3.3. */
export interface LeaseLeasesResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** Field `leases` of the message, repeated LeaseStatus. */
  readonly leases: LeaseStatus[];
}

/** `etcdserverpb.LeaseLeasesResponse`, as it is written; a field left out has its default. Since 3.3. */
export interface LeaseLeasesResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** Field `leases` of the message, repeated LeaseStatus. */
  readonly leases?: readonly LeaseStatusInput[] | undefined;
}

/** `etcdserverpb.Member`, as it is read. */
export interface Member {
  /** Field `ID` of the message, uint64. */
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
  /** Field `ID` of the message, uint64. */
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
  /** Field `peerURLs` of the message, repeated string. */
  readonly peerUrls: string[];
  /** Since 3.4. */
  readonly isLearner: boolean;
}

/** `etcdserverpb.MemberAddRequest`, as it is written; a field left out has its default. */
export interface MemberAddRequestInput {
  /** Field `peerURLs` of the message, repeated string. */
  readonly peerUrls?: readonly string[] | undefined;
  /** Since 3.4. */
  readonly isLearner?: boolean | undefined;
}

/** `etcdserverpb.MemberAddResponse`, as it is read. */
export interface MemberAddResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** The new member. */
  readonly member: Member | undefined;
  /** All members, with the new one. */
  readonly members: Member[];
}

/** `etcdserverpb.MemberAddResponse`, as it is written; a field left out has its default. */
export interface MemberAddResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** The new member. */
  readonly member?: MemberInput | undefined;
  /** All members, with the new one. */
  readonly members?: readonly MemberInput[] | undefined;
}

/** `etcdserverpb.MemberRemoveRequest`, as it is read. */
export interface MemberRemoveRequest {
  /** Field `ID` of the message, uint64. */
  readonly id: bigint;
}

/** `etcdserverpb.MemberRemoveRequest`, as it is written; a field left out has its default. */
export interface MemberRemoveRequestInput {
  /** Field `ID` of the message, uint64. */
  readonly id?: bigint | undefined;
}

/** `etcdserverpb.MemberRemoveResponse`, as it is read. */
export interface MemberRemoveResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** The members that are left. */
  readonly members: Member[];
}

/** `etcdserverpb.MemberRemoveResponse`, as it is written; a field left out has its default. */
export interface MemberRemoveResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** The members that are left. */
  readonly members?: readonly MemberInput[] | undefined;
}

/** `etcdserverpb.MemberUpdateRequest`, as it is read. */
export interface MemberUpdateRequest {
  /** Field `ID` of the message, uint64. */
  readonly id: bigint;
  /** Field `peerURLs` of the message, repeated string. */
  readonly peerUrls: string[];
}

/** `etcdserverpb.MemberUpdateRequest`, as it is written; a field left out has its default. */
export interface MemberUpdateRequestInput {
  /** Field `ID` of the message, uint64. */
  readonly id?: bigint | undefined;
  /** Field `peerURLs` of the message, repeated string. */
  readonly peerUrls?: readonly string[] | undefined;
}

/** `etcdserverpb.MemberUpdateResponse`, as it is read. */
export interface MemberUpdateResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** All members after the change. Since 3.1. */
  readonly members: Member[];
}

/** `etcdserverpb.MemberUpdateResponse`, as it is written; a field left out has its default. */
export interface MemberUpdateResponseInput {
  /** Field `header` of the message, ResponseHeader. */
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
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** Field `members` of the message, repeated Member. */
  readonly members: Member[];
}

/** `etcdserverpb.MemberListResponse`, as it is written; a field left out has its default. */
export interface MemberListResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** Field `members` of the message, repeated Member. */
  readonly members?: readonly MemberInput[] | undefined;
}

/** `etcdserverpb.MemberPromoteRequest`, as it is read. Since 3.4. */
export interface MemberPromoteRequest {
  /** Field `ID` of the message, uint64. */
  readonly id: bigint;
}

/** `etcdserverpb.MemberPromoteRequest`, as it is written; a field left out has its default. Since 3.4. */
export interface MemberPromoteRequestInput {
  /** Field `ID` of the message, uint64. */
  readonly id?: bigint | undefined;
}

/** `etcdserverpb.MemberPromoteResponse`, as it is read. Since 3.4. */
export interface MemberPromoteResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** All members after the change. */
  readonly members: Member[];
}

/** `etcdserverpb.MemberPromoteResponse`, as it is written; a field left out has its default. Since 3.4. */
export interface MemberPromoteResponseInput {
  /** Field `header` of the message, ResponseHeader. */
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
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.DefragmentResponse`, as it is written; a field left out has its default. */
export interface DefragmentResponseInput {
  /** Field `header` of the message, ResponseHeader. */
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
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.MoveLeaderResponse`, as it is written; a field left out has its default. Since 3.3. */
export interface MoveLeaderResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AlarmRequest`, as it is read. */
export interface AlarmRequest {
  /** Field `action` of the message, AlarmAction. */
  readonly action: AlarmAction | Unrecognized;
  /** The member it is about. For GET, 0 means all of them. */
  readonly memberId: bigint;
  /** Field `alarm` of the message, AlarmType. */
  readonly alarm: AlarmType | Unrecognized;
}

/** `etcdserverpb.AlarmRequest`, as it is written; a field left out has its default. */
export interface AlarmRequestInput {
  /** Field `action` of the message, AlarmAction. */
  readonly action?: AlarmAction | undefined;
  /** The member it is about. For GET, 0 means all of them. */
  readonly memberId?: bigint | undefined;
  /** Field `alarm` of the message, AlarmType. */
  readonly alarm?: AlarmType | undefined;
}

/** `etcdserverpb.AlarmMember`, as it is read. */
export interface AlarmMember {
  /** Field `memberID` of the message, uint64. */
  readonly memberId: bigint;
  /** Field `alarm` of the message, AlarmType. */
  readonly alarm: AlarmType | Unrecognized;
}

/** `etcdserverpb.AlarmMember`, as it is written; a field left out has its default. */
export interface AlarmMemberInput {
  /** Field `memberID` of the message, uint64. */
  readonly memberId?: bigint | undefined;
  /** Field `alarm` of the message, AlarmType. */
  readonly alarm?: AlarmType | undefined;
}

/** `etcdserverpb.AlarmResponse`, as it is read. */
export interface AlarmResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** Field `alarms` of the message, repeated AlarmMember. */
  readonly alarms: AlarmMember[];
}

/** `etcdserverpb.AlarmResponse`, as it is written; a field left out has its default. */
export interface AlarmResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** Field `alarms` of the message, repeated AlarmMember. */
  readonly alarms?: readonly AlarmMemberInput[] | undefined;
}

/** `etcdserverpb.DowngradeRequest`, as it is read. Since 3.5. */
export interface DowngradeRequest {
  /** Field `action` of the message, DowngradeAction. */
  readonly action: DowngradeAction | Unrecognized;
  /** The version to go down to. */
  readonly version: string;
}

/** `etcdserverpb.DowngradeRequest`, as it is written; a field left out has its default. Since 3.5. */
export interface DowngradeRequestInput {
  /** Field `action` of the message, DowngradeAction. */
  readonly action?: DowngradeAction | undefined;
  /** The version to go down to. */
  readonly version?: string | undefined;
}

/** `etcdserverpb.DowngradeResponse`, as it is read. Since 3.5. */
export interface DowngradeResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** The version the cluster runs now. */
  readonly version: string;
}

/** `etcdserverpb.DowngradeResponse`, as it is written; a field left out has its default. Since 3.5. */
export interface DowngradeResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** The version the cluster runs now. */
  readonly version?: string | undefined;
}

/** `etcdserverpb.DowngradeVersionTestRequest`, as it is read. Spoken between members only. Since 3.6. */
export interface DowngradeVersionTestRequest {
  /** Field `ver` of the message, string. */
  readonly ver: string;
}

/** `etcdserverpb.DowngradeVersionTestRequest`, as it is written; a field left out has its default. Spoken between members only. Since 3.6. */
export interface DowngradeVersionTestRequestInput {
  /** Field `ver` of the message, string. */
  readonly ver?: string | undefined;
}

/** `etcdserverpb.StatusRequest`, as it is read. */
export type StatusRequest = Readonly<Record<never, never>>;

/** `etcdserverpb.StatusRequest`, as it is written; a field left out has its default. */
export type StatusRequestInput = Readonly<Record<never, never>>;

/** `etcdserverpb.StatusResponse`, as it is read. */
export interface StatusResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** Version of the member's program. */
  readonly version: string;
  /** Bytes of the database file, free space inside it included. */
  readonly dbSize: bigint;
  /** Id of the leader as this member sees it; 0 when it sees none. */
  readonly leader: bigint;
  /** Field `raftIndex` of the message, uint64. */
  readonly raftIndex: bigint;
  /** Field `raftTerm` of the message, uint64. */
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
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** Version of the member's program. */
  readonly version?: string | undefined;
  /** Bytes of the database file, free space inside it included. */
  readonly dbSize?: bigint | undefined;
  /** Id of the leader as this member sees it; 0 when it sees none. */
  readonly leader?: bigint | undefined;
  /** Field `raftIndex` of the message, uint64. */
  readonly raftIndex?: bigint | undefined;
  /** Field `raftTerm` of the message, uint64. */
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
  /** Field `targetVersion` of the message, string. */
  readonly targetVersion: string;
}

/** `etcdserverpb.DowngradeInfo`, as it is written; a field left out has its default. */
export interface DowngradeInfoInput {
  /** A downgrade is under way. */
  readonly enabled?: boolean | undefined;
  /** Field `targetVersion` of the message, string. */
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
  /** Field `name` of the message, string. */
  readonly name: string;
  /** Field `password` of the message, string. */
  readonly password: string;
}

/** `etcdserverpb.AuthenticateRequest`, as it is written; a field left out has its default. */
export interface AuthenticateRequestInput {
  /** Field `name` of the message, string. */
  readonly name?: string | undefined;
  /** Field `password` of the message, string. */
  readonly password?: string | undefined;
}

/** `etcdserverpb.AuthUserAddRequest`, as it is read. */
export interface AuthUserAddRequest {
  /** Field `name` of the message, string. */
  readonly name: string;
  /** Field `password` of the message, string. */
  readonly password: string;
  /** Since 3.4. */
  readonly options: UserAddOptions | undefined;
  /** A ready bcrypt hash in base64, in place of the password. Since 3.5. */
  readonly hashedPassword: string;
}

/** `etcdserverpb.AuthUserAddRequest`, as it is written; a field left out has its default. */
export interface AuthUserAddRequestInput {
  /** Field `name` of the message, string. */
  readonly name?: string | undefined;
  /** Field `password` of the message, string. */
  readonly password?: string | undefined;
  /** Since 3.4. */
  readonly options?: UserAddOptionsInput | undefined;
  /** A ready bcrypt hash in base64, in place of the password. Since 3.5. */
  readonly hashedPassword?: string | undefined;
}

/** `etcdserverpb.AuthUserGetRequest`, as it is read. */
export interface AuthUserGetRequest {
  /** Field `name` of the message, string. */
  readonly name: string;
}

/** `etcdserverpb.AuthUserGetRequest`, as it is written; a field left out has its default. */
export interface AuthUserGetRequestInput {
  /** Field `name` of the message, string. */
  readonly name?: string | undefined;
}

/** `etcdserverpb.AuthUserDeleteRequest`, as it is read. */
export interface AuthUserDeleteRequest {
  /** Field `name` of the message, string. */
  readonly name: string;
}

/** `etcdserverpb.AuthUserDeleteRequest`, as it is written; a field left out has its default. */
export interface AuthUserDeleteRequestInput {
  /** Field `name` of the message, string. */
  readonly name?: string | undefined;
}

/** `etcdserverpb.AuthUserChangePasswordRequest`, as it is read. */
export interface AuthUserChangePasswordRequest {
  /** Field `name` of the message, string. */
  readonly name: string;
  /** Field `password` of the message, string. */
  readonly password: string;
  /** A ready bcrypt hash in base64, in place of the password. Since 3.5. */
  readonly hashedPassword: string;
}

/** `etcdserverpb.AuthUserChangePasswordRequest`, as it is written; a field left out has its default. */
export interface AuthUserChangePasswordRequestInput {
  /** Field `name` of the message, string. */
  readonly name?: string | undefined;
  /** Field `password` of the message, string. */
  readonly password?: string | undefined;
  /** A ready bcrypt hash in base64, in place of the password. Since 3.5. */
  readonly hashedPassword?: string | undefined;
}

/** `etcdserverpb.AuthUserGrantRoleRequest`, as it is read. */
export interface AuthUserGrantRoleRequest {
  /** Field `user` of the message, string. */
  readonly user: string;
  /** Field `role` of the message, string. */
  readonly role: string;
}

/** `etcdserverpb.AuthUserGrantRoleRequest`, as it is written; a field left out has its default. */
export interface AuthUserGrantRoleRequestInput {
  /** Field `user` of the message, string. */
  readonly user?: string | undefined;
  /** Field `role` of the message, string. */
  readonly role?: string | undefined;
}

/** `etcdserverpb.AuthUserRevokeRoleRequest`, as it is read. */
export interface AuthUserRevokeRoleRequest {
  /** The user. */
  readonly name: string;
  /** Field `role` of the message, string. */
  readonly role: string;
}

/** `etcdserverpb.AuthUserRevokeRoleRequest`, as it is written; a field left out has its default. */
export interface AuthUserRevokeRoleRequestInput {
  /** The user. */
  readonly name?: string | undefined;
  /** Field `role` of the message, string. */
  readonly role?: string | undefined;
}

/** `etcdserverpb.AuthRoleAddRequest`, as it is read. */
export interface AuthRoleAddRequest {
  /** Field `name` of the message, string. */
  readonly name: string;
}

/** `etcdserverpb.AuthRoleAddRequest`, as it is written; a field left out has its default. */
export interface AuthRoleAddRequestInput {
  /** Field `name` of the message, string. */
  readonly name?: string | undefined;
}

/** `etcdserverpb.AuthRoleGetRequest`, as it is read. */
export interface AuthRoleGetRequest {
  /** Field `role` of the message, string. */
  readonly role: string;
}

/** `etcdserverpb.AuthRoleGetRequest`, as it is written; a field left out has its default. */
export interface AuthRoleGetRequestInput {
  /** Field `role` of the message, string. */
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
  /** Field `role` of the message, string. */
  readonly role: string;
}

/** `etcdserverpb.AuthRoleDeleteRequest`, as it is written; a field left out has its default. */
export interface AuthRoleDeleteRequestInput {
  /** Field `role` of the message, string. */
  readonly role?: string | undefined;
}

/** `etcdserverpb.AuthRoleGrantPermissionRequest`, as it is read. */
export interface AuthRoleGrantPermissionRequest {
  /** The role. */
  readonly name: string;
  /** Field `perm` of the message, authpb.Permission. */
  readonly perm: Permission | undefined;
}

/** `etcdserverpb.AuthRoleGrantPermissionRequest`, as it is written; a field left out has its default. */
export interface AuthRoleGrantPermissionRequestInput {
  /** The role. */
  readonly name?: string | undefined;
  /** Field `perm` of the message, authpb.Permission. */
  readonly perm?: PermissionInput | undefined;
}

/** `etcdserverpb.AuthRoleRevokePermissionRequest`, as it is read. */
export interface AuthRoleRevokePermissionRequest {
  /** Field `role` of the message, string. */
  readonly role: string;
  /** Field `key` of the message, bytes. */
  readonly key: Uint8Array;
  /** As it was given with the permission. */
  readonly rangeEnd: Uint8Array;
}

/** `etcdserverpb.AuthRoleRevokePermissionRequest`, as it is written; a field left out has its default. */
export interface AuthRoleRevokePermissionRequestInput {
  /** Field `role` of the message, string. */
  readonly role?: string | undefined;
  /** Field `key` of the message, bytes. */
  readonly key?: Uint8Array | undefined;
  /** As it was given with the permission. */
  readonly rangeEnd?: Uint8Array | undefined;
}

/** `etcdserverpb.AuthEnableResponse`, as it is read. */
export interface AuthEnableResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthEnableResponse`, as it is written; a field left out has its default. */
export interface AuthEnableResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthDisableResponse`, as it is read. */
export interface AuthDisableResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthDisableResponse`, as it is written; a field left out has its default. */
export interface AuthDisableResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthStatusResponse`, as it is read. Since 3.5. */
export interface AuthStatusResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** Field `enabled` of the message, bool. */
  readonly enabled: boolean;
  /** Grows with each change of users, roles and permissions. */
  readonly authRevision: bigint;
}

/** `etcdserverpb.AuthStatusResponse`, as it is written; a field left out has its default. Since 3.5. */
export interface AuthStatusResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** Field `enabled` of the message, bool. */
  readonly enabled?: boolean | undefined;
  /** Grows with each change of users, roles and permissions. */
  readonly authRevision?: bigint | undefined;
}

/** `etcdserverpb.AuthenticateResponse`, as it is read. */
export interface AuthenticateResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** Goes into the "token" metadata of later calls. */
  readonly token: string;
}

/** `etcdserverpb.AuthenticateResponse`, as it is written; a field left out has its default. */
export interface AuthenticateResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** Goes into the "token" metadata of later calls. */
  readonly token?: string | undefined;
}

/** `etcdserverpb.AuthUserAddResponse`, as it is read. */
export interface AuthUserAddResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthUserAddResponse`, as it is written; a field left out has its default. */
export interface AuthUserAddResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthUserGetResponse`, as it is read. */
export interface AuthUserGetResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** Field `roles` of the message, repeated string. */
  readonly roles: string[];
}

/** `etcdserverpb.AuthUserGetResponse`, as it is written; a field left out has its default. */
export interface AuthUserGetResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** Field `roles` of the message, repeated string. */
  readonly roles?: readonly string[] | undefined;
}

/** `etcdserverpb.AuthUserDeleteResponse`, as it is read. */
export interface AuthUserDeleteResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthUserDeleteResponse`, as it is written; a field left out has its default. */
export interface AuthUserDeleteResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthUserChangePasswordResponse`, as it is read. */
export interface AuthUserChangePasswordResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthUserChangePasswordResponse`, as it is written; a field left out has its default. */
export interface AuthUserChangePasswordResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthUserGrantRoleResponse`, as it is read. */
export interface AuthUserGrantRoleResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthUserGrantRoleResponse`, as it is written; a field left out has its default. */
export interface AuthUserGrantRoleResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthUserRevokeRoleResponse`, as it is read. */
export interface AuthUserRevokeRoleResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthUserRevokeRoleResponse`, as it is written; a field left out has its default. */
export interface AuthUserRevokeRoleResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthRoleAddResponse`, as it is read. */
export interface AuthRoleAddResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthRoleAddResponse`, as it is written; a field left out has its default. */
export interface AuthRoleAddResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthRoleGetResponse`, as it is read. */
export interface AuthRoleGetResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** Field `perm` of the message, repeated authpb.Permission. */
  readonly perm: Permission[];
}

/** `etcdserverpb.AuthRoleGetResponse`, as it is written; a field left out has its default. */
export interface AuthRoleGetResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** Field `perm` of the message, repeated authpb.Permission. */
  readonly perm?: readonly PermissionInput[] | undefined;
}

/** `etcdserverpb.AuthRoleListResponse`, as it is read. */
export interface AuthRoleListResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** Field `roles` of the message, repeated string. */
  readonly roles: string[];
}

/** `etcdserverpb.AuthRoleListResponse`, as it is written; a field left out has its default. */
export interface AuthRoleListResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** Field `roles` of the message, repeated string. */
  readonly roles?: readonly string[] | undefined;
}

/** `etcdserverpb.AuthUserListResponse`, as it is read. */
export interface AuthUserListResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** Field `users` of the message, repeated string. */
  readonly users: string[];
}

/** `etcdserverpb.AuthUserListResponse`, as it is written; a field left out has its default. */
export interface AuthUserListResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** Field `users` of the message, repeated string. */
  readonly users?: readonly string[] | undefined;
}

/** `etcdserverpb.AuthRoleDeleteResponse`, as it is read. */
export interface AuthRoleDeleteResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthRoleDeleteResponse`, as it is written; a field left out has its default. */
export interface AuthRoleDeleteResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthRoleGrantPermissionResponse`, as it is read. */
export interface AuthRoleGrantPermissionResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthRoleGrantPermissionResponse`, as it is written; a field left out has its default. */
export interface AuthRoleGrantPermissionResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
}

/** `etcdserverpb.AuthRoleRevokePermissionResponse`, as it is read. */
export interface AuthRoleRevokePermissionResponse {
  /** Field `header` of the message, ResponseHeader. */
  readonly header: ResponseHeader | undefined;
}

/** `etcdserverpb.AuthRoleRevokePermissionResponse`, as it is written; a field left out has its default. */
export interface AuthRoleRevokePermissionResponseInput {
  /** Field `header` of the message, ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
}

/** `v3electionpb.CampaignRequest`, as it is read. */
export interface CampaignRequest {
  /** Field `name` of the message, bytes. */
  readonly name: Uint8Array;
  /** Leadership ends with this lease. */
  readonly lease: bigint;
  /** What the candidate announces when it wins. */
  readonly value: Uint8Array;
}

/** `v3electionpb.CampaignRequest`, as it is written; a field left out has its default. */
export interface CampaignRequestInput {
  /** Field `name` of the message, bytes. */
  readonly name?: Uint8Array | undefined;
  /** Leadership ends with this lease. */
  readonly lease?: bigint | undefined;
  /** What the candidate announces when it wins. */
  readonly value?: Uint8Array | undefined;
}

/** `v3electionpb.CampaignResponse`, as it is read. */
export interface CampaignResponse {
  /** Field `header` of the message, etcdserverpb.ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** Field `leader` of the message, LeaderKey. */
  readonly leader: LeaderKey | undefined;
}

/** `v3electionpb.CampaignResponse`, as it is written; a field left out has its default. */
export interface CampaignResponseInput {
  /** Field `header` of the message, etcdserverpb.ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** Field `leader` of the message, LeaderKey. */
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
  /** Field `lease` of the message, int64. */
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
  /** Field `lease` of the message, int64. */
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
  /** Field `header` of the message, etcdserverpb.ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** The leader's key, with what it announced as the value. */
  readonly kv: KeyValue | undefined;
}

/** `v3electionpb.LeaderResponse`, as it is written; a field left out has its default. */
export interface LeaderResponseInput {
  /** Field `header` of the message, etcdserverpb.ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
  /** The leader's key, with what it announced as the value. */
  readonly kv?: KeyValueInput | undefined;
}

/** `v3electionpb.ResignRequest`, as it is read. */
export interface ResignRequest {
  /** Field `leader` of the message, LeaderKey. */
  readonly leader: LeaderKey | undefined;
}

/** `v3electionpb.ResignRequest`, as it is written; a field left out has its default. */
export interface ResignRequestInput {
  /** Field `leader` of the message, LeaderKey. */
  readonly leader?: LeaderKeyInput | undefined;
}

/** `v3electionpb.ResignResponse`, as it is read. */
export interface ResignResponse {
  /** Field `header` of the message, etcdserverpb.ResponseHeader. */
  readonly header: ResponseHeader | undefined;
}

/** `v3electionpb.ResignResponse`, as it is written; a field left out has its default. */
export interface ResignResponseInput {
  /** Field `header` of the message, etcdserverpb.ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
}

/** `v3electionpb.ProclaimRequest`, as it is read. */
export interface ProclaimRequest {
  /** Field `leader` of the message, LeaderKey. */
  readonly leader: LeaderKey | undefined;
  /** Field `value` of the message, bytes. */
  readonly value: Uint8Array;
}

/** `v3electionpb.ProclaimRequest`, as it is written; a field left out has its default. */
export interface ProclaimRequestInput {
  /** Field `leader` of the message, LeaderKey. */
  readonly leader?: LeaderKeyInput | undefined;
  /** Field `value` of the message, bytes. */
  readonly value?: Uint8Array | undefined;
}

/** `v3electionpb.ProclaimResponse`, as it is read. */
export interface ProclaimResponse {
  /** Field `header` of the message, etcdserverpb.ResponseHeader. */
  readonly header: ResponseHeader | undefined;
}

/** `v3electionpb.ProclaimResponse`, as it is written; a field left out has its default. */
export interface ProclaimResponseInput {
  /** Field `header` of the message, etcdserverpb.ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
}

/** `v3lockpb.LockRequest`, as it is read. */
export interface LockRequest {
  /** Field `name` of the message, bytes. */
  readonly name: Uint8Array;
  /** The lock is given up when this lease ends. With 0 the server makes a lease of its own. */
  readonly lease: bigint;
}

/** `v3lockpb.LockRequest`, as it is written; a field left out has its default. */
export interface LockRequestInput {
  /** Field `name` of the message, bytes. */
  readonly name?: Uint8Array | undefined;
  /** The lock is given up when this lease ends. With 0 the server makes a lease of its own. */
  readonly lease?: bigint | undefined;
}

/** `v3lockpb.LockResponse`, as it is read. */
export interface LockResponse {
  /** Field `header` of the message, etcdserverpb.ResponseHeader. */
  readonly header: ResponseHeader | undefined;
  /** The key that stands for the ownership; hand it to Unlock. */
  readonly key: Uint8Array;
}

/** `v3lockpb.LockResponse`, as it is written; a field left out has its default. */
export interface LockResponseInput {
  /** Field `header` of the message, etcdserverpb.ResponseHeader. */
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
  /** Field `header` of the message, etcdserverpb.ResponseHeader. */
  readonly header: ResponseHeader | undefined;
}

/** `v3lockpb.UnlockResponse`, as it is written; a field left out has its default. */
export interface UnlockResponseInput {
  /** Field `header` of the message, etcdserverpb.ResponseHeader. */
  readonly header?: ResponseHeaderInput | undefined;
}

/** Every message by its full name, as it is read and as it is written. */
export interface MessageTypes {
  /** `authpb.UserAddOptions`. */
  'authpb.UserAddOptions': { readonly read: UserAddOptions; readonly written: UserAddOptionsInput };
  /** `authpb.User`. */
  'authpb.User': { readonly read: User; readonly written: UserInput };
  /** `authpb.Permission`. */
  'authpb.Permission': { readonly read: Permission; readonly written: PermissionInput };
  /** `authpb.Role`. */
  'authpb.Role': { readonly read: Role; readonly written: RoleInput };
  /** `mvccpb.KeyValue`. */
  'mvccpb.KeyValue': { readonly read: KeyValue; readonly written: KeyValueInput };
  /** `mvccpb.Event`. */
  'mvccpb.Event': { readonly read: Event; readonly written: EventInput };
  /** `etcdserverpb.ResponseHeader`. */
  'etcdserverpb.ResponseHeader': { readonly read: ResponseHeader; readonly written: ResponseHeaderInput };
  /** `etcdserverpb.RangeRequest`. */
  'etcdserverpb.RangeRequest': { readonly read: RangeRequest; readonly written: RangeRequestInput };
  /** `etcdserverpb.RangeResponse`. */
  'etcdserverpb.RangeResponse': { readonly read: RangeResponse; readonly written: RangeResponseInput };
  /** `etcdserverpb.RangeStreamResponse`. */
  'etcdserverpb.RangeStreamResponse': { readonly read: RangeStreamResponse; readonly written: RangeStreamResponseInput };
  /** `etcdserverpb.PutRequest`. */
  'etcdserverpb.PutRequest': { readonly read: PutRequest; readonly written: PutRequestInput };
  /** `etcdserverpb.PutResponse`. */
  'etcdserverpb.PutResponse': { readonly read: PutResponse; readonly written: PutResponseInput };
  /** `etcdserverpb.DeleteRangeRequest`. */
  'etcdserverpb.DeleteRangeRequest': { readonly read: DeleteRangeRequest; readonly written: DeleteRangeRequestInput };
  /** `etcdserverpb.DeleteRangeResponse`. */
  'etcdserverpb.DeleteRangeResponse': { readonly read: DeleteRangeResponse; readonly written: DeleteRangeResponseInput };
  /** `etcdserverpb.RequestOp`. */
  'etcdserverpb.RequestOp': { readonly read: RequestOp; readonly written: RequestOpInput };
  /** `etcdserverpb.ResponseOp`. */
  'etcdserverpb.ResponseOp': { readonly read: ResponseOp; readonly written: ResponseOpInput };
  /** `etcdserverpb.Compare`. */
  'etcdserverpb.Compare': { readonly read: Compare; readonly written: CompareInput };
  /** `etcdserverpb.TxnRequest`. */
  'etcdserverpb.TxnRequest': { readonly read: TxnRequest; readonly written: TxnRequestInput };
  /** `etcdserverpb.TxnResponse`. */
  'etcdserverpb.TxnResponse': { readonly read: TxnResponse; readonly written: TxnResponseInput };
  /** `etcdserverpb.CompactionRequest`. */
  'etcdserverpb.CompactionRequest': { readonly read: CompactionRequest; readonly written: CompactionRequestInput };
  /** `etcdserverpb.CompactionResponse`. */
  'etcdserverpb.CompactionResponse': { readonly read: CompactionResponse; readonly written: CompactionResponseInput };
  /** `etcdserverpb.HashRequest`. */
  'etcdserverpb.HashRequest': { readonly read: HashRequest; readonly written: HashRequestInput };
  /** `etcdserverpb.HashKVRequest`. */
  'etcdserverpb.HashKVRequest': { readonly read: HashKVRequest; readonly written: HashKVRequestInput };
  /** `etcdserverpb.HashKVResponse`. */
  'etcdserverpb.HashKVResponse': { readonly read: HashKVResponse; readonly written: HashKVResponseInput };
  /** `etcdserverpb.HashResponse`. */
  'etcdserverpb.HashResponse': { readonly read: HashResponse; readonly written: HashResponseInput };
  /** `etcdserverpb.SnapshotRequest`. */
  'etcdserverpb.SnapshotRequest': { readonly read: SnapshotRequest; readonly written: SnapshotRequestInput };
  /** `etcdserverpb.SnapshotResponse`. */
  'etcdserverpb.SnapshotResponse': { readonly read: SnapshotResponse; readonly written: SnapshotResponseInput };
  /** `etcdserverpb.WatchRequest`. */
  'etcdserverpb.WatchRequest': { readonly read: WatchRequest; readonly written: WatchRequestInput };
  /** `etcdserverpb.WatchCreateRequest`. */
  'etcdserverpb.WatchCreateRequest': { readonly read: WatchCreateRequest; readonly written: WatchCreateRequestInput };
  /** `etcdserverpb.WatchCancelRequest`. */
  'etcdserverpb.WatchCancelRequest': { readonly read: WatchCancelRequest; readonly written: WatchCancelRequestInput };
  /** `etcdserverpb.WatchProgressRequest`. */
  'etcdserverpb.WatchProgressRequest': { readonly read: WatchProgressRequest; readonly written: WatchProgressRequestInput };
  /** `etcdserverpb.WatchResponse`. */
  'etcdserverpb.WatchResponse': { readonly read: WatchResponse; readonly written: WatchResponseInput };
  /** `etcdserverpb.LeaseGrantRequest`. */
  'etcdserverpb.LeaseGrantRequest': { readonly read: LeaseGrantRequest; readonly written: LeaseGrantRequestInput };
  /** `etcdserverpb.LeaseGrantResponse`. */
  'etcdserverpb.LeaseGrantResponse': { readonly read: LeaseGrantResponse; readonly written: LeaseGrantResponseInput };
  /** `etcdserverpb.LeaseRevokeRequest`. */
  'etcdserverpb.LeaseRevokeRequest': { readonly read: LeaseRevokeRequest; readonly written: LeaseRevokeRequestInput };
  /** `etcdserverpb.LeaseRevokeResponse`. */
  'etcdserverpb.LeaseRevokeResponse': { readonly read: LeaseRevokeResponse; readonly written: LeaseRevokeResponseInput };
  /** `etcdserverpb.LeaseCheckpoint`. */
  'etcdserverpb.LeaseCheckpoint': { readonly read: LeaseCheckpoint; readonly written: LeaseCheckpointInput };
  /** `etcdserverpb.LeaseCheckpointRequest`. */
  'etcdserverpb.LeaseCheckpointRequest': { readonly read: LeaseCheckpointRequest; readonly written: LeaseCheckpointRequestInput };
  /** `etcdserverpb.LeaseCheckpointResponse`. */
  'etcdserverpb.LeaseCheckpointResponse': { readonly read: LeaseCheckpointResponse; readonly written: LeaseCheckpointResponseInput };
  /** `etcdserverpb.LeaseKeepAliveRequest`. */
  'etcdserverpb.LeaseKeepAliveRequest': { readonly read: LeaseKeepAliveRequest; readonly written: LeaseKeepAliveRequestInput };
  /** `etcdserverpb.LeaseKeepAliveResponse`. */
  'etcdserverpb.LeaseKeepAliveResponse': { readonly read: LeaseKeepAliveResponse; readonly written: LeaseKeepAliveResponseInput };
  /** `etcdserverpb.LeaseTimeToLiveRequest`. */
  'etcdserverpb.LeaseTimeToLiveRequest': { readonly read: LeaseTimeToLiveRequest; readonly written: LeaseTimeToLiveRequestInput };
  /** `etcdserverpb.LeaseTimeToLiveResponse`. */
  'etcdserverpb.LeaseTimeToLiveResponse': { readonly read: LeaseTimeToLiveResponse; readonly written: LeaseTimeToLiveResponseInput };
  /** `etcdserverpb.LeaseLeasesRequest`. */
  'etcdserverpb.LeaseLeasesRequest': { readonly read: LeaseLeasesRequest; readonly written: LeaseLeasesRequestInput };
  /** `etcdserverpb.LeaseStatus`. */
  'etcdserverpb.LeaseStatus': { readonly read: LeaseStatus; readonly written: LeaseStatusInput };
  /** `etcdserverpb.LeaseLeasesResponse`. */
  'etcdserverpb.LeaseLeasesResponse': { readonly read: LeaseLeasesResponse; readonly written: LeaseLeasesResponseInput };
  /** `etcdserverpb.Member`. */
  'etcdserverpb.Member': { readonly read: Member; readonly written: MemberInput };
  /** `etcdserverpb.MemberAddRequest`. */
  'etcdserverpb.MemberAddRequest': { readonly read: MemberAddRequest; readonly written: MemberAddRequestInput };
  /** `etcdserverpb.MemberAddResponse`. */
  'etcdserverpb.MemberAddResponse': { readonly read: MemberAddResponse; readonly written: MemberAddResponseInput };
  /** `etcdserverpb.MemberRemoveRequest`. */
  'etcdserverpb.MemberRemoveRequest': { readonly read: MemberRemoveRequest; readonly written: MemberRemoveRequestInput };
  /** `etcdserverpb.MemberRemoveResponse`. */
  'etcdserverpb.MemberRemoveResponse': { readonly read: MemberRemoveResponse; readonly written: MemberRemoveResponseInput };
  /** `etcdserverpb.MemberUpdateRequest`. */
  'etcdserverpb.MemberUpdateRequest': { readonly read: MemberUpdateRequest; readonly written: MemberUpdateRequestInput };
  /** `etcdserverpb.MemberUpdateResponse`. */
  'etcdserverpb.MemberUpdateResponse': { readonly read: MemberUpdateResponse; readonly written: MemberUpdateResponseInput };
  /** `etcdserverpb.MemberListRequest`. */
  'etcdserverpb.MemberListRequest': { readonly read: MemberListRequest; readonly written: MemberListRequestInput };
  /** `etcdserverpb.MemberListResponse`. */
  'etcdserverpb.MemberListResponse': { readonly read: MemberListResponse; readonly written: MemberListResponseInput };
  /** `etcdserverpb.MemberPromoteRequest`. */
  'etcdserverpb.MemberPromoteRequest': { readonly read: MemberPromoteRequest; readonly written: MemberPromoteRequestInput };
  /** `etcdserverpb.MemberPromoteResponse`. */
  'etcdserverpb.MemberPromoteResponse': { readonly read: MemberPromoteResponse; readonly written: MemberPromoteResponseInput };
  /** `etcdserverpb.DefragmentRequest`. */
  'etcdserverpb.DefragmentRequest': { readonly read: DefragmentRequest; readonly written: DefragmentRequestInput };
  /** `etcdserverpb.DefragmentResponse`. */
  'etcdserverpb.DefragmentResponse': { readonly read: DefragmentResponse; readonly written: DefragmentResponseInput };
  /** `etcdserverpb.MoveLeaderRequest`. */
  'etcdserverpb.MoveLeaderRequest': { readonly read: MoveLeaderRequest; readonly written: MoveLeaderRequestInput };
  /** `etcdserverpb.MoveLeaderResponse`. */
  'etcdserverpb.MoveLeaderResponse': { readonly read: MoveLeaderResponse; readonly written: MoveLeaderResponseInput };
  /** `etcdserverpb.AlarmRequest`. */
  'etcdserverpb.AlarmRequest': { readonly read: AlarmRequest; readonly written: AlarmRequestInput };
  /** `etcdserverpb.AlarmMember`. */
  'etcdserverpb.AlarmMember': { readonly read: AlarmMember; readonly written: AlarmMemberInput };
  /** `etcdserverpb.AlarmResponse`. */
  'etcdserverpb.AlarmResponse': { readonly read: AlarmResponse; readonly written: AlarmResponseInput };
  /** `etcdserverpb.DowngradeRequest`. */
  'etcdserverpb.DowngradeRequest': { readonly read: DowngradeRequest; readonly written: DowngradeRequestInput };
  /** `etcdserverpb.DowngradeResponse`. */
  'etcdserverpb.DowngradeResponse': { readonly read: DowngradeResponse; readonly written: DowngradeResponseInput };
  /** `etcdserverpb.DowngradeVersionTestRequest`. */
  'etcdserverpb.DowngradeVersionTestRequest': { readonly read: DowngradeVersionTestRequest; readonly written: DowngradeVersionTestRequestInput };
  /** `etcdserverpb.StatusRequest`. */
  'etcdserverpb.StatusRequest': { readonly read: StatusRequest; readonly written: StatusRequestInput };
  /** `etcdserverpb.StatusResponse`. */
  'etcdserverpb.StatusResponse': { readonly read: StatusResponse; readonly written: StatusResponseInput };
  /** `etcdserverpb.DowngradeInfo`. */
  'etcdserverpb.DowngradeInfo': { readonly read: DowngradeInfo; readonly written: DowngradeInfoInput };
  /** `etcdserverpb.AuthEnableRequest`. */
  'etcdserverpb.AuthEnableRequest': { readonly read: AuthEnableRequest; readonly written: AuthEnableRequestInput };
  /** `etcdserverpb.AuthDisableRequest`. */
  'etcdserverpb.AuthDisableRequest': { readonly read: AuthDisableRequest; readonly written: AuthDisableRequestInput };
  /** `etcdserverpb.AuthStatusRequest`. */
  'etcdserverpb.AuthStatusRequest': { readonly read: AuthStatusRequest; readonly written: AuthStatusRequestInput };
  /** `etcdserverpb.AuthenticateRequest`. */
  'etcdserverpb.AuthenticateRequest': { readonly read: AuthenticateRequest; readonly written: AuthenticateRequestInput };
  /** `etcdserverpb.AuthUserAddRequest`. */
  'etcdserverpb.AuthUserAddRequest': { readonly read: AuthUserAddRequest; readonly written: AuthUserAddRequestInput };
  /** `etcdserverpb.AuthUserGetRequest`. */
  'etcdserverpb.AuthUserGetRequest': { readonly read: AuthUserGetRequest; readonly written: AuthUserGetRequestInput };
  /** `etcdserverpb.AuthUserDeleteRequest`. */
  'etcdserverpb.AuthUserDeleteRequest': { readonly read: AuthUserDeleteRequest; readonly written: AuthUserDeleteRequestInput };
  /** `etcdserverpb.AuthUserChangePasswordRequest`. */
  'etcdserverpb.AuthUserChangePasswordRequest': { readonly read: AuthUserChangePasswordRequest; readonly written: AuthUserChangePasswordRequestInput };
  /** `etcdserverpb.AuthUserGrantRoleRequest`. */
  'etcdserverpb.AuthUserGrantRoleRequest': { readonly read: AuthUserGrantRoleRequest; readonly written: AuthUserGrantRoleRequestInput };
  /** `etcdserverpb.AuthUserRevokeRoleRequest`. */
  'etcdserverpb.AuthUserRevokeRoleRequest': { readonly read: AuthUserRevokeRoleRequest; readonly written: AuthUserRevokeRoleRequestInput };
  /** `etcdserverpb.AuthRoleAddRequest`. */
  'etcdserverpb.AuthRoleAddRequest': { readonly read: AuthRoleAddRequest; readonly written: AuthRoleAddRequestInput };
  /** `etcdserverpb.AuthRoleGetRequest`. */
  'etcdserverpb.AuthRoleGetRequest': { readonly read: AuthRoleGetRequest; readonly written: AuthRoleGetRequestInput };
  /** `etcdserverpb.AuthUserListRequest`. */
  'etcdserverpb.AuthUserListRequest': { readonly read: AuthUserListRequest; readonly written: AuthUserListRequestInput };
  /** `etcdserverpb.AuthRoleListRequest`. */
  'etcdserverpb.AuthRoleListRequest': { readonly read: AuthRoleListRequest; readonly written: AuthRoleListRequestInput };
  /** `etcdserverpb.AuthRoleDeleteRequest`. */
  'etcdserverpb.AuthRoleDeleteRequest': { readonly read: AuthRoleDeleteRequest; readonly written: AuthRoleDeleteRequestInput };
  /** `etcdserverpb.AuthRoleGrantPermissionRequest`. */
  'etcdserverpb.AuthRoleGrantPermissionRequest': { readonly read: AuthRoleGrantPermissionRequest; readonly written: AuthRoleGrantPermissionRequestInput };
  /** `etcdserverpb.AuthRoleRevokePermissionRequest`. */
  'etcdserverpb.AuthRoleRevokePermissionRequest': { readonly read: AuthRoleRevokePermissionRequest; readonly written: AuthRoleRevokePermissionRequestInput };
  /** `etcdserverpb.AuthEnableResponse`. */
  'etcdserverpb.AuthEnableResponse': { readonly read: AuthEnableResponse; readonly written: AuthEnableResponseInput };
  /** `etcdserverpb.AuthDisableResponse`. */
  'etcdserverpb.AuthDisableResponse': { readonly read: AuthDisableResponse; readonly written: AuthDisableResponseInput };
  /** `etcdserverpb.AuthStatusResponse`. */
  'etcdserverpb.AuthStatusResponse': { readonly read: AuthStatusResponse; readonly written: AuthStatusResponseInput };
  /** `etcdserverpb.AuthenticateResponse`. */
  'etcdserverpb.AuthenticateResponse': { readonly read: AuthenticateResponse; readonly written: AuthenticateResponseInput };
  /** `etcdserverpb.AuthUserAddResponse`. */
  'etcdserverpb.AuthUserAddResponse': { readonly read: AuthUserAddResponse; readonly written: AuthUserAddResponseInput };
  /** `etcdserverpb.AuthUserGetResponse`. */
  'etcdserverpb.AuthUserGetResponse': { readonly read: AuthUserGetResponse; readonly written: AuthUserGetResponseInput };
  /** `etcdserverpb.AuthUserDeleteResponse`. */
  'etcdserverpb.AuthUserDeleteResponse': { readonly read: AuthUserDeleteResponse; readonly written: AuthUserDeleteResponseInput };
  /** `etcdserverpb.AuthUserChangePasswordResponse`. */
  'etcdserverpb.AuthUserChangePasswordResponse': { readonly read: AuthUserChangePasswordResponse; readonly written: AuthUserChangePasswordResponseInput };
  /** `etcdserverpb.AuthUserGrantRoleResponse`. */
  'etcdserverpb.AuthUserGrantRoleResponse': { readonly read: AuthUserGrantRoleResponse; readonly written: AuthUserGrantRoleResponseInput };
  /** `etcdserverpb.AuthUserRevokeRoleResponse`. */
  'etcdserverpb.AuthUserRevokeRoleResponse': { readonly read: AuthUserRevokeRoleResponse; readonly written: AuthUserRevokeRoleResponseInput };
  /** `etcdserverpb.AuthRoleAddResponse`. */
  'etcdserverpb.AuthRoleAddResponse': { readonly read: AuthRoleAddResponse; readonly written: AuthRoleAddResponseInput };
  /** `etcdserverpb.AuthRoleGetResponse`. */
  'etcdserverpb.AuthRoleGetResponse': { readonly read: AuthRoleGetResponse; readonly written: AuthRoleGetResponseInput };
  /** `etcdserverpb.AuthRoleListResponse`. */
  'etcdserverpb.AuthRoleListResponse': { readonly read: AuthRoleListResponse; readonly written: AuthRoleListResponseInput };
  /** `etcdserverpb.AuthUserListResponse`. */
  'etcdserverpb.AuthUserListResponse': { readonly read: AuthUserListResponse; readonly written: AuthUserListResponseInput };
  /** `etcdserverpb.AuthRoleDeleteResponse`. */
  'etcdserverpb.AuthRoleDeleteResponse': { readonly read: AuthRoleDeleteResponse; readonly written: AuthRoleDeleteResponseInput };
  /** `etcdserverpb.AuthRoleGrantPermissionResponse`. */
  'etcdserverpb.AuthRoleGrantPermissionResponse': { readonly read: AuthRoleGrantPermissionResponse; readonly written: AuthRoleGrantPermissionResponseInput };
  /** `etcdserverpb.AuthRoleRevokePermissionResponse`. */
  'etcdserverpb.AuthRoleRevokePermissionResponse': { readonly read: AuthRoleRevokePermissionResponse; readonly written: AuthRoleRevokePermissionResponseInput };
  /** `v3electionpb.CampaignRequest`. */
  'v3electionpb.CampaignRequest': { readonly read: CampaignRequest; readonly written: CampaignRequestInput };
  /** `v3electionpb.CampaignResponse`. */
  'v3electionpb.CampaignResponse': { readonly read: CampaignResponse; readonly written: CampaignResponseInput };
  /** `v3electionpb.LeaderKey`. */
  'v3electionpb.LeaderKey': { readonly read: LeaderKey; readonly written: LeaderKeyInput };
  /** `v3electionpb.LeaderRequest`. */
  'v3electionpb.LeaderRequest': { readonly read: LeaderRequest; readonly written: LeaderRequestInput };
  /** `v3electionpb.LeaderResponse`. */
  'v3electionpb.LeaderResponse': { readonly read: LeaderResponse; readonly written: LeaderResponseInput };
  /** `v3electionpb.ResignRequest`. */
  'v3electionpb.ResignRequest': { readonly read: ResignRequest; readonly written: ResignRequestInput };
  /** `v3electionpb.ResignResponse`. */
  'v3electionpb.ResignResponse': { readonly read: ResignResponse; readonly written: ResignResponseInput };
  /** `v3electionpb.ProclaimRequest`. */
  'v3electionpb.ProclaimRequest': { readonly read: ProclaimRequest; readonly written: ProclaimRequestInput };
  /** `v3electionpb.ProclaimResponse`. */
  'v3electionpb.ProclaimResponse': { readonly read: ProclaimResponse; readonly written: ProclaimResponseInput };
  /** `v3lockpb.LockRequest`. */
  'v3lockpb.LockRequest': { readonly read: LockRequest; readonly written: LockRequestInput };
  /** `v3lockpb.LockResponse`. */
  'v3lockpb.LockResponse': { readonly read: LockResponse; readonly written: LockResponseInput };
  /** `v3lockpb.UnlockRequest`. */
  'v3lockpb.UnlockRequest': { readonly read: UnlockRequest; readonly written: UnlockRequestInput };
  /** `v3lockpb.UnlockResponse`. */
  'v3lockpb.UnlockResponse': { readonly read: UnlockResponse; readonly written: UnlockResponseInput };
}

