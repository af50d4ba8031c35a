import { brandError } from './brand.js';
import { DecodeError } from './classes.js';
import { describeKey, textOfKey } from './describe.js';
import { EtcdError } from './etcd-error.js';

/** The part of a record that the errors of a queue keep. */
interface Item {
  readonly keyBytes: Uint8Array;
  readonly valueBytes: Uint8Array;
}

/**
 * An item was taken from a queue, and its value cannot be decoded. It is not in the queue any more, so that
 * it holds nobody up: `valueBytes` is all that is left of it.
 */
export class ItemDecodeError extends DecodeError {
  static {
    brandError(ItemDecodeError, 'ItemDecodeError');
  }

  /** The value as it was stored. Logs do not show it. */
  declare readonly valueBytes: Uint8Array;

  constructor(message: string, details: Item & { readonly cause: unknown }) {
    super(message, { key: textOfKey(details.keyBytes), cause: details.cause });
    hideProperty(this, 'valueBytes', details.valueBytes);
  }
}

/**
 * An item is gone from the queue, and nobody can say whether this call took it or another consumer: the
 * answer to its request was lost. `valueBytes` is its value. A consumer that must not lose an item uses it, and
 * then may use it a second time; a consumer that must not use one twice does not.
 */
export class TakeUnknownError extends EtcdError {
  static {
    brandError(TakeUnknownError, 'TakeUnknownError');
  }

  /** The key of the item within the view of the queue. */
  readonly key: string | Uint8Array;
  /** The value as it was stored. Logs do not show it. */
  declare readonly valueBytes: Uint8Array;

  constructor({ keyBytes, valueBytes, cause }: Item & { readonly cause: unknown }) {
    const key = textOfKey(keyBytes);
    super(
      `the item ${describeKey(key)} may have been taken by this call: the answer was lost, and the item is gone or could not be read again`,
      { code: 'TAKE_UNKNOWN', outcome: 'unknown', method: 'KV.Txn', cause },
    );
    this.key = key;
    hideProperty(this, 'valueBytes', valueBytes);
  }
}

/** Values may be secrets, and errors are logged. */
function hideProperty(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value });
}
