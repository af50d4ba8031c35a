import '../internal/globals.js';

export { EtcdDownloadError, EtcdNotFoundError, EtcdStartError } from './errors.js';
