import { hostname } from 'node:os';

/** Returns the name of this machine. */
export function hostName(): string {
  return hostname();
}
