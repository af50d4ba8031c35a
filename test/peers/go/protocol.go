package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

type request struct {
	ID   int64  `json:"id"`
	Op   string `json:"op"`
	Args args   `json:"args"`
}

// args are those of all operations; each reads its own.
type args struct {
	ID        int64  `json:"id"`
	Session   string `json:"session"`
	Name      string `json:"name"`
	Value     string `json:"value"`
	TTL       int    `json:"ttl"`
	Lease     int64  `json:"lease,string"`
	Revision  int64  `json:"revision,string"`
	Key       string `json:"key"`
	Count     int    `json:"count"`
	Priority  uint16 `json:"priority"`
	Addr      string `json:"addr"`
	Metadata  any    `json:"metadata"`
	Isolation string `json:"isolation"`
	Steps     []step `json:"steps"`
}

type answer struct {
	ID     int64  `json:"id"`
	Result any    `json:"result,omitempty"`
	Event  any    `json:"event,omitempty"`
	Error  string `json:"error,omitempty"`
}

// call is one request that runs.
type call struct {
	args
	ctx  context.Context
	peer *peer
	// emit tells of something before the end.
	emit func(event any)
}

type operation func(*call) (any, error)

// done is the result of what has none.
var done = struct{}{}

func serve(p *peer, in io.Reader, out io.Writer) {
	var writing sync.Mutex
	encoder := json.NewEncoder(out)
	write := func(a answer) {
		writing.Lock()
		defer writing.Unlock()
		encoder.Encode(a)
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			write(answer{ID: r.ID, Error: fmt.Sprintf("not a request: %v", err)})
			continue
		}
		// In the order of the requests, so that a cancellation finds what it cancels.
		ctx := p.begin(r.ID)
		go func() {
			defer p.end(r.ID)
			write(perform(&call{
				args: r.Args, ctx: ctx, peer: p,
				emit: func(event any) { write(answer{ID: r.ID, Event: event}) },
			}, r))
		}()
	}
}

func perform(c *call, r request) answer {
	operation, known := operations[r.Op]
	if !known {
		return answer{ID: r.ID, Error: fmt.Sprintf("unknown operation %q", r.Op)}
	}
	result, err := operation(c)
	if err != nil {
		return answer{ID: r.ID, Error: err.Error()}
	}
	return answer{ID: r.ID, Result: result}
}
