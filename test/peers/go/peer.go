package main

import (
	"context"
	"fmt"
	"sync"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/concurrency"
)

var operations = map[string]operation{
	"cancel": cancel,
	"close":  closeAll,

	"session.open":   openSession,
	"session.close":  closeSession,
	"session.orphan": orphanSession,
	"session.done":   sessionDone,

	"mutex.lock":    lockMutex,
	"mutex.tryLock": tryLockMutex,
	"mutex.unlock":  unlockMutex,

	"election.campaign": campaign,
	"election.resume":   resumeElection,
	"election.proclaim": proclaim,
	"election.resign":   resign,
	"election.leader":   leader,
	"election.observe":  observe,

	"stm":        runSTM,
	"stm.resume": resumeSTM,

	"endpoints.add":    addEndpoint,
	"endpoints.delete": deleteEndpoint,
	"endpoints.list":   listEndpoints,
	"endpoints.watch":  watchEndpoints,

	"rwmutex.rlock":   rlock,
	"rwmutex.runlock": runlock,
	"rwmutex.lock":    wlock,
	"rwmutex.unlock":  wunlock,

	"barrier.hold":    holdBarrier,
	"barrier.release": releaseBarrier,
	"barrier.wait":    waitBarrier,

	"doubleBarrier.enter": enterDoubleBarrier,
	"doubleBarrier.leave": leaveDoubleBarrier,

	"queue.enqueue":         enqueue,
	"queue.dequeue":         dequeue,
	"priorityQueue.enqueue": enqueuePriority,
	"priorityQueue.dequeue": dequeuePriority,
}

// peer is what lasts from one request to the next.
type peer struct {
	client *clientv3.Client

	mu       sync.Mutex
	running  map[int64]context.CancelFunc
	sessions map[string]*concurrency.Session
	// Mutexes, elections and the like, by kind, session and name.
	handles map[string]any
	// STMs that wait to be resumed, by the name of the pause.
	paused map[string]chan struct{}
}

func newPeer(client *clientv3.Client) *peer {
	return &peer{
		client:   client,
		running:  map[int64]context.CancelFunc{},
		sessions: map[string]*concurrency.Session{},
		handles:  map[string]any{},
		paused:   map[string]chan struct{}{},
	}
}

func (p *peer) begin(id int64) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running[id] = cancel
	return ctx
}

func (p *peer) end(id int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running[id]()
	delete(p.running, id)
}

func (p *peer) session(name string) (*concurrency.Session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	session, open := p.sessions[name]
	if !open {
		return nil, fmt.Errorf("no session is called %q", name)
	}
	return session, nil
}

// handleOf is the one handle of this kind, session and name; the first use makes it.
func handleOf[T any](c *call, kind string, make func(*concurrency.Session) T) (T, error) {
	session, err := c.peer.session(c.Session)
	if err != nil {
		var none T
		return none, err
	}
	c.peer.mu.Lock()
	defer c.peer.mu.Unlock()
	key := fmt.Sprintf("%s %s %s", kind, c.Session, c.Name)
	if _, known := c.peer.handles[key]; !known {
		c.peer.handles[key] = make(session)
	}
	return c.peer.handles[key].(T), nil
}

func cancel(c *call) (any, error) {
	c.peer.mu.Lock()
	defer c.peer.mu.Unlock()
	if cancel, found := c.peer.running[c.ID]; found {
		cancel()
	}
	return done, nil
}

func closeAll(c *call) (any, error) {
	c.peer.mu.Lock()
	defer c.peer.mu.Unlock()
	for _, session := range c.peer.sessions {
		session.Close()
	}
	return done, c.peer.client.Close()
}
