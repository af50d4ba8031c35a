// The Go client in the benchmarks: takes orders and gives outcomes as lines of JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/etcd/api/v3/version"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/concurrency"
)

// As in tasks/task.ts.
const (
	smallPrefix = "bench/k"
	rangePrefix = "bench/range/"
	smallKeys   = 1000
	lockName    = "bench/lock"
	// As in tasks/delays.ts.
	holdFor     = 10 * time.Millisecond
	memoryEvery = 5 * time.Millisecond
	// As in at-once.ts.
	grantsAtOnce = 256
)

var value = strings.Repeat("v", 100)

type order struct {
	Kind       string
	Callers    int
	Contenders int
	Ms         int
	Prefix     string
	From       string
	Events     int64
	Watches    int
	Count      int
	TTLSeconds int64
}

type outcome struct {
	Count          int64   `json:"count"`
	ElapsedMs      float64 `json:"elapsedMs"`
	CPUMs          float64 `json:"cpuMs"`
	LongestBlockMs float64 `json:"longestBlockMs"`
	PeakMemoryMb   float64 `json:"peakMemoryMb"`
}

type bench struct {
	client *clientv3.Client
	queues map[int]*concurrency.Session
}

var answers = json.NewEncoder(os.Stdout)

func main() {
	if os.Args[1] == "version" {
		fmt.Print(version.Version)
		return
	}
	client, err := clientv3.New(clientv3.Config{Endpoints: os.Args[1:]})
	if err != nil {
		panic(err)
	}
	defer client.Close()
	if _, err := client.Get(context.Background(), smallPrefix); err != nil {
		panic(err)
	}
	b := &bench{client: client, queues: map[int]*concurrency.Session{}}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var o order
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			panic(err)
		}
		found, err := b.perform(o)
		if err != nil {
			answers.Encode(map[string]string{"error": err.Error()})
		} else {
			answers.Encode(map[string]outcome{"outcome": found})
		}
	}
	for _, session := range b.queues {
		session.Close()
	}
}

func (b *bench) perform(o order) (outcome, error) {
	ctx := context.Background()
	switch o.Kind {
	case "get":
		return repeat(o.Callers, o.Ms, func(i int) error {
			_, err := b.client.Get(ctx, smallPrefix+strconv.Itoa(i%smallKeys))
			return err
		})
	case "put":
		return repeat(o.Callers, o.Ms, func(i int) error {
			_, err := b.client.Put(ctx, smallPrefix+strconv.Itoa(i%smallKeys), value)
			return err
		})
	case "watch":
		return measure(func() (int64, error) { return b.watches(ctx, o) })
	case "range":
		return closely(func() (int64, error) { return b.readAll(ctx) })
	case "leases":
		return b.leases(ctx, o)
	case "lock":
		mutexes, err := b.mutexes(o.Contenders)
		if err != nil {
			return outcome{}, err
		}
		return repeat(o.Contenders, o.Ms, func(i int) error {
			mutex := mutexes[i%o.Contenders]
			if err := mutex.Lock(ctx); err != nil {
				return err
			}
			return mutex.Unlock(ctx)
		})
	case "hand-over":
		mutexes, err := b.mutexes(o.Contenders)
		if err != nil {
			return outcome{}, err
		}
		return handOver(ctx, mutexes, o.Ms)
	}
	return outcome{}, fmt.Errorf("%s is not for this client", o.Kind)
}

// mutexes has one for each contender, each in a session of its own.
func (b *bench) mutexes(count int) ([]*concurrency.Mutex, error) {
	mutexes := make([]*concurrency.Mutex, count)
	for i := range mutexes {
		if b.queues[i] == nil {
			session, err := concurrency.NewSession(b.client)
			if err != nil {
				return nil, err
			}
			b.queues[i] = session
		}
		mutexes[i] = concurrency.NewMutex(b.queues[i], lockName)
	}
	return mutexes, nil
}

// handOver has the median time from the call that gives a lock back to the moment the next contender
// has it.
func handOver(ctx context.Context, mutexes []*concurrency.Mutex, ms int) (outcome, error) {
	var found []time.Duration
	var givenBack time.Time
	end := time.Now().Add(time.Duration(ms) * time.Millisecond)
	reading, err := measure(func() (int64, error) {
		return 1, atOnce(len(mutexes), len(mutexes), func(i int) error {
			for time.Now().Before(end) {
				if err := mutexes[i].Lock(ctx); err != nil {
					return err
				}
				if !givenBack.IsZero() {
					found = append(found, time.Since(givenBack))
				}
				time.Sleep(holdFor)
				givenBack = time.Now()
				if err := mutexes[i].Unlock(ctx); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err != nil || len(found) == 0 {
		return reading, fmt.Errorf("no lock was handed over: %v", err)
	}
	sort.Slice(found, func(i, j int) bool { return found[i] < found[j] })
	reading.ElapsedMs = milliseconds(found[len(found)/2])
	return reading, nil
}

// watches has so many at once, and answers what all of them got.
func (b *bench) watches(ctx context.Context, o order) (int64, error) {
	var created, count int64
	err := atOnce(o.Watches, o.Watches, func(int) error {
		got, err := b.watch(ctx, o, func() {
			if atomic.AddInt64(&created, 1) == int64(o.Watches) {
				answers.Encode("ready")
			}
		})
		atomic.AddInt64(&count, got)
		return err
	})
	return count, err
}

func (b *bench) watch(ctx context.Context, o order, onCreated func()) (int64, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	options := []clientv3.OpOption{clientv3.WithPrefix(), clientv3.WithCreatedNotify()}
	if o.From != "" {
		revision, err := strconv.ParseInt(o.From, 10, 64)
		if err != nil {
			return 0, err
		}
		options = append(options, clientv3.WithRev(revision))
	}
	var count int64
	for response := range b.client.Watch(ctx, o.Prefix, options...) {
		if err := response.Err(); err != nil {
			return count, err
		}
		if response.Created {
			onCreated()
		}
		for _, event := range response.Events {
			if string(event.Kv.Key) != string(event.Kv.Value) {
				count++
			}
		}
		if count >= o.Events {
			return count, nil
		}
	}
	return count, fmt.Errorf("the watch ended after %d events", count)
}

func (b *bench) readAll(ctx context.Context) (int64, error) {
	response, err := b.client.Get(ctx, rangePrefix, clientv3.WithPrefix())
	if err != nil {
		return 0, err
	}
	var count int64
	for _, kv := range response.Kvs {
		if string(kv.Key) != string(kv.Value) {
			count++
		}
	}
	return count, nil
}

func (b *bench) leases(ctx context.Context, o order) (outcome, error) {
	before := settledMemory()
	ids := make([]clientv3.LeaseID, o.Count)
	var lost int64
	err := atOnce(o.Count, grantsAtOnce, func(i int) error {
		granted, err := b.client.Grant(ctx, o.TTLSeconds)
		if err != nil {
			return err
		}
		ids[i] = granted.ID
		renewals, err := b.client.KeepAlive(ctx, granted.ID)
		if err != nil {
			return err
		}
		go func() {
			for range renewals {
			}
			atomic.AddInt64(&lost, 1)
		}()
		return nil
	})
	if err != nil {
		return outcome{}, err
	}
	answers.Encode("ready")
	holding, err := measure(func() (int64, error) {
		time.Sleep(time.Duration(o.Ms) * time.Millisecond)
		return int64(o.Count), nil
	})
	holding.PeakMemoryMb = float64(settledMemory()-before) / (1 << 20)
	if lost := atomic.LoadInt64(&lost); lost > 0 {
		return holding, fmt.Errorf("%d of %d leases are lost", lost, o.Count)
	}
	atOnce(o.Count, grantsAtOnce, func(i int) error {
		_, err := b.client.Revoke(ctx, ids[i])
		return err
	})
	return holding, err
}

// atOnce makes so many calls, no more than width at a time, and answers the first error.
func atOnce(count, width int, call func(i int) error) error {
	var failed error
	var once sync.Once
	var group sync.WaitGroup
	places := make(chan struct{}, width)
	for i := 0; i < count; i++ {
		places <- struct{}{}
		group.Add(1)
		go func(i int) {
			defer group.Done()
			if err := call(i); err != nil {
				once.Do(func() { failed = err })
			}
			<-places
		}(i)
	}
	group.Wait()
	return failed
}

// repeat calls again and again, so many at a time, for so long.
func repeat(callers, ms int, call func(i int) error) (outcome, error) {
	return measure(func() (int64, error) {
		end := time.Now().Add(time.Duration(ms) * time.Millisecond)
		var count int64
		err := atOnce(callers, callers, func(first int) error {
			for i := first; time.Now().Before(end); i += callers {
				if err := call(i); err != nil {
					return err
				}
				atomic.AddInt64(&count, 1)
			}
			return nil
		})
		return count, err
	})
}

func measure(work func() (int64, error)) (outcome, error) {
	started, cpu := time.Now(), cpuTime()
	count, err := work()
	return outcome{
		Count:     count,
		ElapsedMs: milliseconds(time.Since(started)),
		CPUMs:     milliseconds(cpuTime() - cpu),
	}, err
}

// closely watches memory, too.
func closely(work func() (int64, error)) (outcome, error) {
	before := settledMemory()
	peak := before
	done, watched := make(chan struct{}), make(chan struct{})
	look := func() {
		if now := memory(); now > peak {
			peak = now
		}
	}
	go func() {
		defer close(watched)
		for {
			select {
			case <-done:
				return
			case <-time.After(memoryEvery):
				look()
			}
		}
	}()
	found, err := measure(work)
	close(done)
	<-watched
	look()
	found.PeakMemoryMb = float64(peak-before) / (1 << 20)
	return found, err
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// memory is what of this process is in memory, in bytes.
func memory() int64 {
	text, _ := os.ReadFile("/proc/self/statm")
	var size, resident int64
	fmt.Sscan(string(text), &size, &resident)
	return resident * int64(os.Getpagesize())
}

// settledMemory is the same without what is garbage.
func settledMemory() int64 {
	debug.FreeOSMemory()
	return memory()
}
