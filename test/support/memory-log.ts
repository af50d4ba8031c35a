import type { LogFields, Logger } from '../../src/index.js';

/** A logger that keeps its lines, as `level message`, and their fields. */
export function memoryLog() {
  const lines: string[] = [];
  const fields: LogFields[] = [];
  const write = (level: string) => (message: string, more: LogFields) => {
    lines.push(`${level} ${message}`);
    fields.push(more);
  };
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
  return { lines, fields, logger };
}
