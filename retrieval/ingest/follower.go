package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"shopkeeper/retrieval"
)

// Follower keeps an index the same as the store's catalogues, of every tenant, those added later included. What the store changes
// is searchable Poll and one batch later, by its words at once and by its vector as soon as the embedder allows: an embedder that
// is slow or down delays nothing else. Nothing but the end of its context ends it.
//
// The fields are set before Follow and not changed after.
type Follower struct {
	Changes  Changes                    // the store
	Index    retrieval.Index            // built beside and switched when it is a Rebuilder; remembers where it is when it is a Marker
	Words    retrieval.Index            // beside an index that keeps no words: the one that the Lexicon is; nil: none
	Embedder retrieval.Embedder         // nil: no vectors. It caches for itself
	Model    string                     // the embedder's: vectors of another one in a Marker are a clear error
	Currency func(tenant string) string // nil: USD
	Log      *slog.Logger               // nil: silent
	Poll     time.Duration              // 0: 250 ms

	once     sync.Once
	ready    chan struct{}
	turn     chan struct{} // held by whoever asks the embedder: its speed is everybody's
	building chan struct{} // bounds how many tenants are built at once

	naming    sync.Mutex
	storeName string

	mu       sync.Mutex
	tenants  map[string]*tenant
	listed   bool
	storeErr error
	embedErr error
	awayErr  error // what a Checker last said
}

// Marker is an index that outlives the process and keeps a note for its follower, a tenant. "" is no note; Rebuild loses it.
type Marker interface {
	Mark(ctx context.Context, tenant string) (string, error)
	SetMark(ctx context.Context, tenant, mark string) error
}

// Checker is an index elsewhere, which can say whether it answers: without changes to write and searches nobody would know.
type Checker interface {
	Ready(ctx context.Context) error
}

const checkEvery = 2 * time.Second

// Most of the waits between tries of what fails.
const (
	longestWait = 5 * time.Second
	embedWait   = 30 * time.Second
)

func (f *Follower) init() {
	f.once.Do(func() {
		f.ready, f.turn, f.tenants = make(chan struct{}), make(chan struct{}, 1), map[string]*tenant{}
		f.building = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))
		if f.Log == nil {
			f.Log = slog.New(slog.DiscardHandler)
		}
		if f.Poll <= 0 {
			f.Poll = 250 * time.Millisecond
		}
		if f.Currency == nil {
			f.Currency = func(string) string { return "USD" }
		}
	})
}

// Ready is closed once every tenant that there was at the start is searchable.
func (f *Follower) Ready() <-chan struct{} {
	f.init()
	return f.ready
}

// Follow runs until ctx ends, whose error it returns. Every tenant is followed in goroutines of its own; all have ended when
// Follow returns. It is called once.
func (f *Follower) Follow(ctx context.Context) error {
	f.init()
	var wg sync.WaitGroup
	defer wg.Wait()
	if c, ok := f.Index.(Checker); ok {
		wg.Go(func() { f.check(ctx, c) })
	}
	for fails := 0; ; {
		ids, err := f.Changes.TenantIDs(ctx)
		f.listedTenants(ids, err)
		if err != nil {
			fails++
			if ctx.Err() == nil && fails&(fails-1) == 0 { // 1st, 2nd, 4th … time
				f.Log.ErrorContext(ctx, "cannot list tenants", "error", err, "tries", fails)
			}
		} else {
			fails = 0
			for _, id := range ids {
				if t := f.add(id); t != nil {
					wg.Go(func() { t.follow(ctx) })
					if f.Embedder != nil {
						wg.Go(func() { t.embed(ctx) })
					}
				}
			}
			f.checkReady()
		}
		if !sleep(ctx, wait(f.Poll, fails, longestWait)) {
			return ctx.Err()
		}
	}
}

// check asks an index elsewhere again and again whether it answers.
func (f *Follower) check(ctx context.Context, c Checker) {
	for {
		err := c.Ready(ctx)
		if ctx.Err() != nil {
			return
		}
		f.mu.Lock()
		was := f.awayErr
		f.awayErr = err
		f.mu.Unlock()
		switch {
		case err != nil && was == nil:
			f.Log.WarnContext(ctx, "the index does not answer", "error", err)
		case err == nil && was != nil:
			f.Log.InfoContext(ctx, "the index answers again")
		}
		if !sleep(ctx, checkEvery) {
			return
		}
	}
}

func (f *Follower) listedTenants(ids []string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.storeErr, f.listed = err, f.listed || err == nil
	for id, t := range f.tenants {
		if err == nil && !slices.Contains(ids, id) {
			t.gone.Store(true)
		}
	}
}

// add returns a tenant that is not followed yet, else nil.
func (f *Follower) add(id string) *tenant {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t := f.tenants[id]; t != nil && !t.gone.Load() {
		return nil
	}
	t := &tenant{Follower: f, id: id, built: make(chan struct{}), log: f.Log.With("tenant", id)}
	f.tenants[id] = t
	return t
}

func (f *Follower) checkReady() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.listed {
		return
	}
	for _, t := range f.tenants {
		if !t.searchable() {
			return
		}
	}
	select {
	case <-f.ready:
	default:
		close(f.ready)
	}
}

// States says how the index and, where there is one, the embedder do: "ok", "degraded: why" or "down: why".
func (f *Follower) States() map[string]string {
	f.init()
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string]string{"index": "ok"}
	switch {
	case f.storeErr != nil && !f.listed:
		out["index"] = fmt.Sprintf("down: cannot read the store: %v", f.storeErr)
	case f.storeErr != nil:
		out["index"] = fmt.Sprintf("degraded: cannot follow the store: %v", f.storeErr)
	case !f.listed:
		out["index"] = "down: not built yet"
	case f.awayErr != nil:
		out["index"] = fmt.Sprintf("degraded: %v", f.awayErr)
	}
	left := int64(0)
	var vectors error
	for _, id := range slices.Sorted(maps.Keys(f.tenants)) {
		t := f.tenants[id]
		t.state.Lock()
		err, verr, behind := cmp.Or(t.err, t.rebuildErr), t.vectorErr, t.unembedded
		t.state.Unlock()
		switch {
		case err != nil && !t.searchable():
			out["index"] = fmt.Sprintf("down: tenant %s: %v", id, err)
		case err != nil && out["index"] == "ok":
			out["index"] = fmt.Sprintf("degraded: tenant %s: %v", id, err)
		case !t.searchable():
			out["index"] = fmt.Sprintf("down: tenant %s is being built", id)
		}
		left += behind
		vectors = errors.Join(vectors, verr)
	}
	switch {
	case f.Embedder == nil:
	case f.embedErr != nil:
		out["embedder"] = fmt.Sprintf("down: search is by words alone: %v", f.embedErr)
	case vectors != nil:
		out["embedder"] = fmt.Sprintf("degraded: %v", vectors)
	case left > 0:
		out["embedder"] = fmt.Sprintf("degraded: %d changes have no vector yet", left)
	default:
		out["embedder"] = "ok"
	}
	return out
}

// Settle waits until everything that the store holds now is searchable, vectors included. Follow must be running.
func (f *Follower) Settle(ctx context.Context) error {
	f.init()
	ids, err := f.Changes.TenantIDs(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		products, passages, generation, err := f.Changes.Revision(ctx, id)
		if err != nil {
			return err
		}
		for {
			f.mu.Lock()
			t := f.tenants[id]
			f.mu.Unlock()
			if t != nil && t.reached(mark{Products: products, Passages: passages, Generation: generation}) {
				break
			}
			if !sleep(ctx, min(f.Poll, 20*time.Millisecond)) {
				return ctx.Err()
			}
		}
	}
	return nil
}

// noteEmbedder keeps what the embedder last said, and tells the log when it changes.
func (f *Follower) noteEmbedder(err error) {
	f.mu.Lock()
	was := f.embedErr
	f.embedErr = err
	f.mu.Unlock()
	switch {
	case err != nil && was == nil:
		f.Log.Warn("the embedder fails: new products are found by their words alone until it answers", "error", err)
	case err == nil && was != nil:
		f.Log.Info("the embedder answers again")
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// wait doubles with every failure.
func wait(least time.Duration, fails int, most time.Duration) time.Duration {
	return min(max(least, most), least<<min(fails, 20))
}
