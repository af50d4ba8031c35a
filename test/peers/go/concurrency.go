package main

import (
	"context"
	"strconv"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/concurrency"
)

type key struct {
	Key      string `json:"key"`
	Value    string `json:"value,omitempty"`
	Revision string `json:"revision"`
}

func decimal(number int64) string { return strconv.FormatInt(number, 10) }

func openSession(c *call) (any, error) {
	options := []concurrency.SessionOption{}
	if c.TTL > 0 {
		options = append(options, concurrency.WithTTL(c.TTL))
	}
	if c.Lease != 0 {
		options = append(options, concurrency.WithLease(clientv3.LeaseID(c.Lease)))
	}
	session, err := concurrency.NewSession(c.peer.client, options...)
	if err != nil {
		return nil, err
	}
	c.peer.mu.Lock()
	defer c.peer.mu.Unlock()
	c.peer.sessions[c.Session] = session
	return map[string]string{"lease": decimal(int64(session.Lease()))}, nil
}

func closeSession(c *call) (any, error) {
	session, err := c.peer.session(c.Session)
	if err != nil {
		return nil, err
	}
	return done, session.Close()
}

func orphanSession(c *call) (any, error) {
	session, err := c.peer.session(c.Session)
	if err != nil {
		return nil, err
	}
	session.Orphan()
	return done, nil
}

// sessionDone ends when the session has lost its lease, or is closed.
func sessionDone(c *call) (any, error) {
	session, err := c.peer.session(c.Session)
	if err != nil {
		return nil, err
	}
	select {
	case <-session.Done():
		return done, nil
	case <-c.ctx.Done():
		return nil, c.ctx.Err()
	}
}

func mutexOf(c *call) (*concurrency.Mutex, error) {
	return handleOf(c, "mutex", func(s *concurrency.Session) *concurrency.Mutex {
		return concurrency.NewMutex(s, c.Name)
	})
}

func lockMutex(c *call) (any, error) { return acquire(c, (*concurrency.Mutex).Lock) }

func tryLockMutex(c *call) (any, error) { return acquire(c, (*concurrency.Mutex).TryLock) }

func acquire(c *call, lock func(*concurrency.Mutex, context.Context) error) (any, error) {
	mutex, err := mutexOf(c)
	if err != nil {
		return nil, err
	}
	if err := lock(mutex, c.ctx); err != nil {
		return nil, err
	}
	return key{Key: mutex.Key(), Revision: decimal(mutex.Header().Revision)}, nil
}

func unlockMutex(c *call) (any, error) {
	mutex, err := mutexOf(c)
	if err != nil {
		return nil, err
	}
	return done, mutex.Unlock(c.ctx)
}

func electionOf(c *call) (*concurrency.Election, error) {
	return handleOf(c, "election", func(s *concurrency.Session) *concurrency.Election {
		return concurrency.NewElection(s, c.Name)
	})
}

func campaign(c *call) (any, error) {
	election, err := electionOf(c)
	if err != nil {
		return nil, err
	}
	if err := election.Campaign(c.ctx, c.Value); err != nil {
		return nil, err
	}
	return key{Key: election.Key(), Value: c.Value, Revision: decimal(election.Rev())}, nil
}

// resumeElection takes over a leadership that began elsewhere on the same lease.
func resumeElection(c *call) (any, error) {
	_, err := handleOf(c, "election", func(s *concurrency.Session) *concurrency.Election {
		return concurrency.ResumeElection(s, c.Name+"/", c.Key, c.Revision)
	})
	return done, err
}

func proclaim(c *call) (any, error) {
	election, err := electionOf(c)
	if err != nil {
		return nil, err
	}
	return done, election.Proclaim(c.ctx, c.Value)
}

func resign(c *call) (any, error) {
	election, err := electionOf(c)
	if err != nil {
		return nil, err
	}
	return done, election.Resign(c.ctx)
}

func leader(c *call) (any, error) {
	election, err := electionOf(c)
	if err != nil {
		return nil, err
	}
	response, err := election.Leader(c.ctx)
	if err != nil {
		return nil, err
	}
	return leaderIn(response), nil
}

// observe tells of each leader and each proclamation, until it is cancelled.
func observe(c *call) (any, error) {
	election, err := electionOf(c)
	if err != nil {
		return nil, err
	}
	for response := range election.Observe(c.ctx) {
		c.emit(leaderIn(response))
	}
	return done, nil
}

func leaderIn(response *clientv3.GetResponse) key {
	kv := response.Kvs[0]
	return key{Key: string(kv.Key), Value: string(kv.Value), Revision: decimal(kv.CreateRevision)}
}
