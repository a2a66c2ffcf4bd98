// Package cluster is what replicas share: the events of running turns, the leases on conversations, and what limits count. Memory is
// the twin for a single process.
package cluster

import (
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"shopkeeper/gateway/chat"
)

const (
	keep      = 60 * time.Second // how long the events of an ended turn can be followed
	maxEvents = 20_000           // of one conversation; the oldest go first
	maxBytes  = 4 << 20          // likewise
)

// Cluster holds the events and leases of one process. Its zero value is not ready; use Memory.
type Cluster struct {
	Now func() time.Time // set before use

	mu     sync.Mutex
	logs   map[string]*log
	leases map[string]*lease
	swept  time.Time

	counts counter
}

// Memory shares nothing: the only replica there is.
func Memory() *Cluster {
	return &Cluster{Now: time.Now, logs: map[string]*log{}, leases: map[string]*lease{}}
}

// log is what one conversation's followers read. news is closed, and replaced, with every change.
type log struct {
	events  []chat.Event
	bytes   int
	running bool
	ended   time.Time
	news    chan struct{}
}

type lease struct {
	turn   string
	cancel context.CancelCauseFunc
}

func size(e chat.Event) int {
	n := 200 + len(e.Text)
	if e.Call != nil {
		n += len(e.Call.Args)
	}
	if e.Card != nil {
		n += len(e.Card.Data)
	}
	return n
}

// Append adds an event; ids only go up, an id that is not newer than the last is dropped.
func (c *Cluster) Append(_ context.Context, conversation string, e chat.Event) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.Now()
	c.sweep(now)
	l := c.logs[conversation]
	if l == nil {
		l = &log{news: make(chan struct{})}
		c.logs[conversation] = l
	}
	if n := len(l.events); n > 0 && e.ID <= l.events[n-1].ID {
		return nil
	}
	l.events, l.bytes = append(l.events, e), l.bytes+size(e)
	l.running = e.Kind != chat.EvEnded
	l.ended = now
	drop := 0
	for l.bytes > maxBytes && drop < len(l.events)-1 || len(l.events)-drop > maxEvents {
		l.bytes -= size(l.events[drop])
		drop++
	}
	clear(l.events[:drop]) // what was dropped is free at once; the array itself with the next time that it grows
	l.events = l.events[drop:]
	close(l.news)
	l.news = make(chan struct{})
	return nil
}

// sweep forgets what ended long ago, at most once a second.
func (c *Cluster) sweep(now time.Time) {
	if now.Sub(c.swept) < time.Second {
		return
	}
	c.swept = now
	for id, l := range c.logs {
		// A turn whose ending never came (its process is this one, so: a defect) must not stay either.
		if now.Sub(l.ended) > keep && !l.running || now.Sub(l.ended) > time.Hour {
			close(l.news)
			delete(c.logs, id)
		}
	}
}

// Follow yields the events after an id and ends with the turn that ran when it began, with ctx, or at once when nothing runs
// and nothing is kept.
func (c *Cluster) Follow(ctx context.Context, conversation string, after int64) iter.Seq2[chat.Event, error] {
	return func(yield func(chat.Event, error) bool) {
		var turn string
		for started := false; ; started = true {
			c.mu.Lock()
			l := c.logs[conversation]
			if l == nil || !l.running && c.Now().Sub(l.ended) > keep {
				c.mu.Unlock()
				return
			}
			i, _ := slices.BinarySearchFunc(l.events, after+1, func(e chat.Event, id int64) int { return int(min(1, max(-1, e.ID-id))) })
			es := slices.Clone(l.events[i:])
			running, news := l.running, l.news
			if !started && running {
				turn = l.events[len(l.events)-1].Turn
			}
			c.mu.Unlock()
			for _, e := range es {
				if ctx.Err() != nil {
					yield(chat.Event{}, ctx.Err())
					return
				}
				if !yield(e, nil) {
					return
				}
				after = e.ID
				if e.Kind == chat.EvEnded && (turn == "" || e.Turn == turn) && (turn != "" || e.ID == es[len(es)-1].ID) {
					return
				}
			}
			if !running {
				return
			}
			select {
			case <-news:
			case <-ctx.Done():
				yield(chat.Event{}, ctx.Err())
				return
			}
		}
	}
}

// last is the id of the last event here, 0 when there is none.
func (c *Cluster) last(conversation string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.logs[conversation]; l != nil && len(l.events) > 0 {
		return l.events[len(l.events)-1].ID
	}
	return 0
}

// writing says whether a turn of the conversation runs here.
func (c *Cluster) writing(conversation string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.logs[conversation]
	return l != nil && l.running
}

// Lease gives a conversation to a turn. The context ends with ctx, with Stop (its cause is then chat.ErrStopped), or when the
// lease is given back; giving back twice does nothing.
func (c *Cluster) Lease(ctx context.Context, conversation, turn string) (context.Context, func(), error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leases[conversation] != nil {
		return nil, nil, errBusy
	}
	ctx, cancel := context.WithCancelCause(ctx)
	l := &lease{turn, cancel}
	c.leases[conversation] = l
	return ctx, func() {
		c.mu.Lock()
		if c.leases[conversation] == l {
			delete(c.leases, conversation)
		}
		c.mu.Unlock()
		cancel(nil)
	}, nil
}

// Stop ends the conversation's turn, if one runs.
func (c *Cluster) Stop(_ context.Context, conversation string) error {
	c.mu.Lock()
	l := c.leases[conversation]
	c.mu.Unlock()
	if l != nil {
		l.cancel(chat.ErrStopped)
	}
	return nil
}
