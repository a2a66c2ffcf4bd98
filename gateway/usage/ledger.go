package usage

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// Options of a Ledger. Sink is needed; for the rest the zero value works.
type Options struct {
	Sink    Sink
	Counter Counter // nil: nothing is limited
	Dir     string  // folder for rows that the sink does not take; "": they stay in memory
	// Limits are those of a key and of a tenant, as far as they have some of their own.
	Limits  func(who shop.Principal) (key, tenant shop.Limits)
	Default Default
	Seen    func([]chat.Call) // hears of every row, off the hot path, before it is written; without Dir twice when it has to wait. It must not keep them
	Now     func() time.Time
	Log     *slog.Logger
}

// Ledger writes every call down and holds everybody to their limits. Safe for concurrent use.
//
// Rows reach the sink, or a file, within flushEvery of their writing plus one more flushEvery: a process that is killed loses no
// more than that. A row is written again when it is not known whether the sink has it; the sink knows it by its id.
type Ledger struct {
	o     Options
	spool *spool // nil: none
	most  int    // rows in memory

	mu    sync.Mutex
	rows  []chat.Call
	spare []chat.Call // the backing of a batch that is done with

	kick chan struct{}
	work chan batch
	stop chan struct{}
	done sync.WaitGroup

	defaults atomic.Pointer[Default]
}

// batch is rows on their way to the sink. spooled: they are in a file too, should the sink fail.
type batch struct {
	rows []chat.Call
	held *holding
}

type holding struct {
	mu      sync.Mutex
	spooled bool
	done    bool
}

const (
	flushEvery = 100 * time.Millisecond
	flushRows  = 512    // as many are flushed at once
	mostRows   = 4096   // in one statement batch
	maxRows    = 65_536 // in memory; more are written to a file by whoever brings them
	saveWithin = 10 * time.Second
	drainEvery = time.Second // between looks at what is in files
)

// Open starts the writer. Rows that an earlier process left in Dir are written first.
func Open(o Options) *Ledger {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Limits == nil {
		o.Limits = func(shop.Principal) (key, tenant shop.Limits) { return key, tenant }
	}
	l := &Ledger{o: o, most: maxRows, kick: make(chan struct{}, 1), work: make(chan batch), stop: make(chan struct{})}
	l.SetDefault(o.Default)
	if o.Dir != "" {
		l.spool = &spool{dir: filepath.Clean(o.Dir), name: func() string { return uuid.Must(uuid.NewV7()).String() }}
	}
	l.done.Add(2)
	go l.flush()
	go l.save()
	return l
}

// Write takes one row. It does not wait for the sink.
func (l *Ledger) Write(c chat.Call) {
	l.mu.Lock()
	l.rows = append(l.rows, c)
	n := len(l.rows)
	var over []chat.Call
	if n >= l.most && l.spool != nil {
		over, l.rows = l.rows, nil
	}
	l.mu.Unlock()
	switch {
	case over != nil:
		if l.o.Seen != nil {
			l.o.Seen(over)
		}
		l.toFile(over)
	case n == flushRows:
		select {
		case l.kick <- struct{}{}:
		default:
		}
	}
}

// take is all rows that wait.
func (l *Ledger) take() []chat.Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	rows := l.rows
	l.rows, l.spare = l.spare, nil
	return rows
}

// flush hands what was written to the sink in batches, or to a file while the sink is busy.
func (l *Ledger) flush() {
	defer l.done.Done()
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	var busy *holding
	var under []chat.Call // what the sink works on
	for stopped := false; !stopped; {
		select {
		case <-tick.C:
		case <-l.kick:
		case <-l.stop:
			stopped = true
		}
		rows := l.take()
		if len(rows) == 0 {
			if busy != nil && l.secure(busy, under) {
				busy, under = nil, nil
			}
			continue
		}
		if l.o.Seen != nil {
			l.o.Seen(rows)
		}
		b := batch{rows: rows, held: &holding{}}
		select {
		case l.work <- b:
			busy, under = b.held, rows
			continue
		default:
		}
		if stopped {
			l.work <- b // the last ones; the sink's own deadline bounds this
			continue
		}
		if l.spool == nil { // nowhere else to go: they wait
			l.mu.Lock()
			l.rows = append(rows, l.rows...)
			l.mu.Unlock()
			continue
		}
		// The sink takes longer than a flush: a process killed now would lose both batches.
		if busy != nil {
			l.secure(busy, under)
			busy, under = nil, nil
		}
		l.toFile(rows)
	}
	close(l.work)
}

// secure writes what the sink has not confirmed to a file, once.
func (l *Ledger) secure(h *holding, rows []chat.Call) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.done && !h.spooled && l.spool != nil {
		h.spooled = l.toFile(rows)
	}
	return h.done || h.spooled
}

func (l *Ledger) toFile(rows []chat.Call) bool {
	if l.spool == nil {
		return false
	}
	err := l.spool.write(rows)
	if err != nil {
		l.o.Log.Error("accounts are lost: neither the database nor the disk takes them", "rows", len(rows), "error", err)
	}
	return err == nil
}

// save brings batches to the sink, and what is in files when there is nothing newer.
func (l *Ledger) save() {
	defer l.done.Done()
	tick := time.NewTicker(drainEvery)
	defer tick.Stop()
	l.drain()
	for {
		select {
		case b, ok := <-l.work:
			if !ok {
				l.drain()
				return
			}
			l.bring(b)
		case <-tick.C:
			l.drain()
		}
	}
}

func (l *Ledger) bring(b batch) {
	var err error
	for rows := b.rows; len(rows) > 0 && err == nil; {
		n := min(len(rows), mostRows)
		err = l.put(rows[:n])
		rows = rows[n:]
	}
	b.held.mu.Lock()
	defer b.held.mu.Unlock()
	b.held.done = true
	if err == nil {
		if !b.held.spooled {
			l.mu.Lock()
			if l.spare == nil {
				clear(b.rows)
				l.spare = b.rows[:0]
			}
			l.mu.Unlock()
		}
		return
	}
	l.o.Log.Warn("accounts could not be written, they wait", "rows", len(b.rows), "error", err)
	if !b.held.spooled && !l.toFile(b.rows) && l.spool == nil {
		l.mu.Lock()
		if len(l.rows) < l.most {
			l.rows = append(b.rows, l.rows...)
		}
		l.mu.Unlock()
	}
}

func (l *Ledger) put(rows []chat.Call) error {
	ctx, cancel := context.WithTimeout(context.Background(), saveWithin)
	defer cancel()
	return l.o.Sink.SaveCalls(ctx, rows)
}

// drain writes what earlier failures left in files.
func (l *Ledger) drain() {
	if l.spool == nil {
		return
	}
	files, err := l.spool.files()
	for _, f := range files {
		if err != nil {
			break
		}
		err = l.spool.read(f, l.put)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		l.o.Log.Warn("accounts wait in files", "dir", l.spool.dir, "error", err)
	}
}

// Close writes what is left and ends the writer. Nothing may be written afterwards.
func (l *Ledger) Close() error {
	close(l.stop)
	l.done.Wait()
	return nil
}
