import { brandError } from '../errors/brand.js';
import { type ErrorDetails, EtcdError } from '../errors/index.js';

type Details = Pick<ErrorDetails, 'cause'>;

/** No etcd program of the wanted version is on this machine. The message lists every place that was looked at. */
export class EtcdNotFoundError extends EtcdError {
  static {
    brandError(EtcdNotFoundError, 'EtcdNotFoundError');
  }

  constructor(message: string, details: Details = {}) {
    super(message, { ...details, code: 'TEST_SERVER_NOT_FOUND', outcome: 'not-sent' });
  }
}

/** A release of etcd cannot be had: no such version, a broken transfer, or a wrong checksum. Nothing of it is kept. */
export class EtcdDownloadError extends EtcdError {
  static {
    brandError(EtcdDownloadError, 'EtcdDownloadError');
  }

  constructor(message: string, details: Details = {}) {
    super(message, { ...details, code: 'TEST_SERVER_DOWNLOAD', outcome: 'not-sent' });
  }
}

/**
 * A server did not start: a port or a data folder in use, a wrong flag, a program that is no etcd. Nothing that
 * was started is left.
 */
export class EtcdStartError extends EtcdError {
  static {
    brandError(EtcdStartError, 'EtcdStartError');
  }

  /** The text that the program printed. */
  readonly logs: string;

  constructor(message: string, details: Details & { readonly logs: string }) {
    super(message, { ...details, code: 'TEST_SERVER_START', outcome: 'not-sent' });
    this.logs = details.logs;
  }
}
