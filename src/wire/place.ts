// A file of its own: addresses are in the declarations of the package, which must not lead to Node's `Buffer`.

/** The place of a peer: a host, all of whose addresses are tried as Node does it, or a Unix socket. */
export type Place =
  | {
      /** The name or the address of the host. */
      readonly host: string;
      readonly port: number;
    }
  | {
      /** The path of the socket. */
      readonly path: string;
    };
