// A peer for the tests: etcd's Go client, which does what it is told on its standard input.
//
//	peer <endpoint>...
//
// Each line in is a request, {"id":1,"op":"mutex.lock","args":{...}}. Each line out belongs to a request:
// one {"id":1,"result":{...}} or {"id":1,"error":"..."}, and any number of {"id":1,"event":{...}} before it.
// Requests run side by side; {"op":"cancel","args":{"id":1}} cancels the context of one. The process ends
// with its input, without giving anything back; "close" gives back first.
package main

import (
	"fmt"
	"os"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

const dialTimeout = 10 * time.Second

func main() {
	client, err := clientv3.New(clientv3.Config{Endpoints: os.Args[1:], DialTimeout: dialTimeout})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	serve(newPeer(client), os.Stdin, os.Stdout)
}
