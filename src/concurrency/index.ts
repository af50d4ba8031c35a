/** Session, Mutex and Election: keys and waits as the Go client and etcdctl have them. */
export {};
