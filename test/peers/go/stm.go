package main

import (
	"fmt"
	"strconv"

	"go.etcd.io/etcd/client/v3/concurrency"
)

// step is one line of a transaction: exactly one of its fields is set.
type step struct {
	Get string   `json:"get"`
	Put []string `json:"put"`
	Add []any    `json:"add"`
	Del string   `json:"del"`
	// Pause tells that it is reached, and waits for "stm.resume" with the same name; the first attempt only.
	Pause string `json:"pause"`
}

var isolations = map[string]concurrency.Isolation{
	"":                      concurrency.SerializableSnapshot,
	"serializable-snapshot": concurrency.SerializableSnapshot,
	"serializable":          concurrency.Serializable,
	"repeatable-reads":      concurrency.RepeatableReads,
	"read-committed":        concurrency.ReadCommitted,
}

// runSTM answers what the last attempt has read, and how many there were.
func runSTM(c *call) (any, error) {
	isolation, known := isolations[c.Isolation]
	if !known {
		return nil, fmt.Errorf("unknown isolation %q", c.Isolation)
	}
	attempts := 0
	var reads map[string]string
	_, err := concurrency.NewSTM(c.peer.client, func(stm concurrency.STM) error {
		attempts++
		reads = map[string]string{}
		for _, s := range c.Steps {
			if err := s.apply(c, stm, reads, attempts); err != nil {
				return err
			}
		}
		return nil
	}, concurrency.WithAbortContext(c.ctx), concurrency.WithIsolation(isolation))
	if err != nil {
		return nil, err
	}
	return map[string]any{"reads": reads, "attempts": attempts}, nil
}

func (s step) apply(c *call, stm concurrency.STM, reads map[string]string, attempt int) error {
	switch {
	case s.Get != "":
		reads[s.Get] = stm.Get(s.Get)
	case len(s.Put) == 2:
		stm.Put(s.Put[0], s.Put[1])
	case len(s.Add) == 2:
		return s.add(stm, reads)
	case s.Del != "":
		stm.Del(s.Del)
	case s.Pause != "":
		if attempt == 1 {
			return c.pause(s.Pause)
		}
	default:
		return fmt.Errorf("an unknown step")
	}
	return nil
}

// add reads a number, 0 where there is none, and writes the sum.
func (s step) add(stm concurrency.STM, reads map[string]string) error {
	key, isText := s.Add[0].(string)
	amount, isNumber := s.Add[1].(float64)
	if !isText || !isNumber {
		return fmt.Errorf("add takes a key and a number")
	}
	found := stm.Get(key)
	reads[key] = found
	value := 0
	if found != "" {
		var err error
		if value, err = strconv.Atoi(found); err != nil {
			return err
		}
	}
	stm.Put(key, strconv.Itoa(value+int(amount)))
	return nil
}

func (c *call) pause(name string) error {
	resumed := make(chan struct{})
	c.peer.mu.Lock()
	c.peer.paused[name] = resumed
	c.peer.mu.Unlock()
	c.emit(map[string]string{"paused": name})
	select {
	case <-resumed:
		return nil
	case <-c.ctx.Done():
		return c.ctx.Err()
	}
}

func resumeSTM(c *call) (any, error) {
	c.peer.mu.Lock()
	defer c.peer.mu.Unlock()
	resumed, found := c.peer.paused[c.Name]
	if !found {
		return nil, fmt.Errorf("nothing is paused at %q", c.Name)
	}
	delete(c.peer.paused, c.Name)
	close(resumed)
	return done, nil
}
