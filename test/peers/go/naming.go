package main

import (
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/naming/endpoints"
)

type endpoint struct {
	Op       string `json:"op,omitempty"`
	Key      string `json:"key"`
	Addr     string `json:"addr"`
	Metadata any    `json:"metadata"`
}

func managerOf(c *call) (endpoints.Manager, error) {
	return endpoints.NewManager(c.peer.client, c.Name)
}

// addEndpoint registers under the lease of a session, where one is named. Keys are whole: <name>/<id>.
func addEndpoint(c *call) (any, error) {
	manager, err := managerOf(c)
	if err != nil {
		return nil, err
	}
	options := []clientv3.OpOption{}
	if c.Session != "" {
		session, err := c.peer.session(c.Session)
		if err != nil {
			return nil, err
		}
		options = append(options, clientv3.WithLease(session.Lease()))
	}
	entry := endpoints.Endpoint{Addr: c.Addr, Metadata: c.Metadata}
	return done, manager.AddEndpoint(c.ctx, c.Key, entry, options...)
}

func deleteEndpoint(c *call) (any, error) {
	manager, err := managerOf(c)
	if err != nil {
		return nil, err
	}
	return done, manager.DeleteEndpoint(c.ctx, c.Key)
}

func listEndpoints(c *call) (any, error) {
	manager, err := managerOf(c)
	if err != nil {
		return nil, err
	}
	found, err := manager.List(c.ctx)
	if err != nil {
		return nil, err
	}
	listed := map[string]endpoint{}
	for key, entry := range found {
		listed[key] = endpoint{Key: key, Addr: entry.Addr, Metadata: entry.Metadata}
	}
	return listed, nil
}

// watchEndpoints tells of what is there and of each change, until it is cancelled.
func watchEndpoints(c *call) (any, error) {
	manager, err := managerOf(c)
	if err != nil {
		return nil, err
	}
	changes, err := manager.NewWatchChannel(c.ctx)
	if err != nil {
		return nil, err
	}
	for updates := range changes {
		told := []endpoint{}
		for _, update := range updates {
			op := "add"
			if update.Op == endpoints.Delete {
				op = "delete"
			}
			told = append(told, endpoint{op, update.Key, update.Endpoint.Addr, update.Endpoint.Metadata})
		}
		c.emit(told)
	}
	return done, nil
}
