/** Service registration and discovery in the wire format of the Go client. */
export {};
