package main

import (
	"go.etcd.io/etcd/client/v3/concurrency"
	recipe "go.etcd.io/etcd/client/v3/experimental/recipes"
)

// The recipes take no context: what waits in one cannot be cancelled, only killed with this process.

func rwmutex(c *call, act func(*recipe.RWMutex) error) (any, error) {
	mutex, err := handleOf(c, "rwmutex", func(s *concurrency.Session) *recipe.RWMutex {
		return recipe.NewRWMutex(s, c.Name)
	})
	if err != nil {
		return nil, err
	}
	return done, act(mutex)
}

func rlock(c *call) (any, error)   { return rwmutex(c, (*recipe.RWMutex).RLock) }
func runlock(c *call) (any, error) { return rwmutex(c, (*recipe.RWMutex).RUnlock) }
func wlock(c *call) (any, error)   { return rwmutex(c, (*recipe.RWMutex).Lock) }
func wunlock(c *call) (any, error) { return rwmutex(c, (*recipe.RWMutex).Unlock) }

func holdBarrier(c *call) (any, error) {
	return done, recipe.NewBarrier(c.peer.client, c.Name).Hold()
}

func releaseBarrier(c *call) (any, error) {
	return done, recipe.NewBarrier(c.peer.client, c.Name).Release()
}

func waitBarrier(c *call) (any, error) {
	return done, recipe.NewBarrier(c.peer.client, c.Name).Wait()
}

func doubleBarrier(c *call, act func(*recipe.DoubleBarrier) error) (any, error) {
	barrier, err := handleOf(c, "doubleBarrier", func(s *concurrency.Session) *recipe.DoubleBarrier {
		return recipe.NewDoubleBarrier(s, c.Name, c.Count)
	})
	if err != nil {
		return nil, err
	}
	return done, act(barrier)
}

func enterDoubleBarrier(c *call) (any, error) {
	return doubleBarrier(c, (*recipe.DoubleBarrier).Enter)
}

func leaveDoubleBarrier(c *call) (any, error) {
	return doubleBarrier(c, (*recipe.DoubleBarrier).Leave)
}

type taken struct {
	Value string `json:"value"`
}

func enqueue(c *call) (any, error) {
	return done, recipe.NewQueue(c.peer.client, c.Name).Enqueue(c.Value)
}

func dequeue(c *call) (any, error) {
	value, err := recipe.NewQueue(c.peer.client, c.Name).Dequeue()
	return taken{value}, err
}

func enqueuePriority(c *call) (any, error) {
	return done, recipe.NewPriorityQueue(c.peer.client, c.Name).Enqueue(c.Value, c.Priority)
}

func dequeuePriority(c *call) (any, error) {
	value, err := recipe.NewPriorityQueue(c.peer.client, c.Name).Dequeue()
	return taken{value}, err
}
