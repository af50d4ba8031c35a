/**
 * TCP ports that nothing listens on, never the same twice in one process. They lie below the range of outgoing
 * connections, so a client that retries one of them while its server is down cannot connect to itself.
 */
export function freePorts(count: number, host?: string): Promise<number[]>;
