package route

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"shopkeeper/gateway/llm"
)

// target is a Target with what is known of its health: a circuit breaker that counts failures in a row, so that a dead endpoint is
// left alone for a while and one request at a time finds out whether it is back; keys that rest one by one; the recent time to its
// first word; and a queue before its places, when those are limited.
type target struct {
	Target
	c     *Config
	keys  []*key
	place *places // nil: as many requests as there are
	first ewma    // time to the first real delta
	again budget  // for repeats on this target
	sole  bool    // in every alias that lists it, it stands alone

	mu       sync.Mutex
	failures int
	until    time.Time // resting until then; zero = not resting
	probing  bool      // the one request that tries it after a rest
	next     int       // key to begin with
	why      string    // the last failure, for the operator

	running atomic.Int64
}

// key is one credential of a target's provider. One that was refused (401, 402, 403) rests, the others go on.
type key struct {
	secret string
	model  llm.Model
	until  time.Time // guarded by target.mu
	why    string
}

func newTarget(t Target, c *Config) *target {
	out := &target{Target: t, c: c}
	secrets := t.Keys
	if len(secrets) == 0 {
		secrets = []string{""}
	}
	for _, s := range secrets {
		k := &key{secret: s, model: t.Model}
		if t.Open != nil {
			k.model = t.Open(s)
		}
		out.keys = append(out.keys, k)
	}
	if t.Concurrency > 0 {
		out.place = &places{most: t.Concurrency, room: t.Queue}
	}
	return out
}

func (t *target) model() bool { return t.keys[0].model != nil }

// admit says whether a request may try the target now. What it admits must report by succeed, fail or release.
func (t *target) admit() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.until.IsZero() {
		return true
	}
	if t.probing || t.c.Now().Before(t.until) {
		return false
	}
	t.probing = true
	return true
}

// pick is the key for the next request: in turn, of those that do not rest; when all rest, the one whose rest ends first.
func (t *target) pick() *key {
	if len(t.keys) == 1 {
		return t.keys[0]
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.c.Now()
	t.next++
	best := t.keys[t.next%len(t.keys)]
	for i := range t.keys {
		k := t.keys[(t.next+i)%len(t.keys)]
		if !now.Before(k.until) {
			return k
		}
		if k.until.Before(best.until) {
			best = k
		}
	}
	return best
}

func (t *target) succeed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failures, t.until, t.probing, t.why = 0, time.Time{}, false, ""
}

// release gives back an admission that showed nothing about the target: the caller left, or the request was at fault.
func (t *target) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.probing = false
}

// fail counts one more failure in a row and says whether the target is of no use to this request any more: it rests now. A key that
// was refused rests alone, as long as there is another.
func (t *target) fail(k *key, e *llm.Error) (rests bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.probing = false
	t.why = e.Error()
	now := t.c.Now()
	if e.Kind == llm.BadKey && len(t.keys) > 1 {
		k.until, k.why = now.Add(4*t.c.Cooldown), e.Error()
		for _, other := range t.keys {
			if !now.Before(other.until) {
				return false
			}
		}
	}
	t.failures++
	rest := time.Duration(0)
	switch {
	case e.Kind == llm.BadKey: // a key or a balance does not mend itself in seconds
		rest = 4 * t.c.Cooldown
	case t.failures >= t.c.Failures:
		rest = t.c.Cooldown << min(t.failures-t.c.Failures, 3)
	}
	if e.Kind == llm.RateLimited && e.Retry > t.c.RetryWait {
		rest = max(rest, min(e.Retry, 8*t.c.Cooldown))
	}
	if t.sole && e.Kind != llm.BadKey {
		rest = 0 // nobody else could answer: what it says passes through
	}
	if rest > 0 {
		t.until = now.Add(rest)
	}
	return rest > 0
}

// Parked is a key that rests.
type Parked struct {
	Place int // in the configuration, from 1
	Why   string
	Until time.Time
}

// Health of a target, for the operator.
type Health struct {
	Target, Provider string
	State            string // ready, cooling, probing
	Failures         int    // in a row
	Why              string // the last failure; "" when the last request went well
	Keys             int
	Parked           []Parked // keys that rest
	Running          int64
	Waiting          int
	First            time.Duration // recent time to the first word; 0 = unknown
}

func (t *target) health() Health {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := Health{Target: t.Name, Provider: t.Provider, State: "ready", Failures: t.failures, Why: t.why, Keys: len(t.keys), Running: t.running.Load(), First: t.first.get()}
	now := t.c.Now()
	switch {
	case t.probing:
		h.State = "probing"
	case !t.until.IsZero() && now.Before(t.until):
		h.State = "cooling"
	}
	for i, k := range t.keys {
		if now.Before(k.until) {
			h.Parked = append(h.Parked, Parked{i + 1, k.why, k.until})
		}
	}
	if t.place != nil {
		h.Waiting = t.place.waiting()
	}
	return h
}

// errFull is what a target says whose places and whose queue are taken.
var errFull = &llm.Error{Kind: llm.Full, Retry: time.Second, Err: errors.New("all places are taken, and the queue before them too")}

// places limits the requests under way. Who waits is served tenant by tenant in turn, so that one tenant's burst is not all that
// moves; within a tenant first come, first served.
type places struct {
	most, room int

	mu     sync.Mutex
	taken  int
	queued int
	order  []string // tenants that wait, the next one first
	lines  map[string][]chan struct{}
}

// take waits for a place. The error is errFull, or the caller's leaving.
func (p *places) take(ctx context.Context, tenant string) error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	if p.taken < p.most && p.queued == 0 {
		p.taken++
		p.mu.Unlock()
		return nil
	}
	if p.queued >= p.room {
		p.mu.Unlock()
		return errFull
	}
	turn := make(chan struct{})
	if p.lines == nil {
		p.lines = map[string][]chan struct{}{}
	}
	if len(p.lines[tenant]) == 0 {
		p.order = append(p.order, tenant)
	}
	p.lines[tenant] = append(p.lines[tenant], turn)
	p.queued++
	p.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	line := p.lines[tenant]
	for i, c := range line {
		if c == turn {
			p.lines[tenant] = append(line[:i:i], line[i+1:]...)
			p.queued--
			return ctx.Err()
		}
	}
	p.pass() // it was our turn in the very moment: the next one's now
	return ctx.Err()
}

// give frees a place.
func (p *places) give() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pass()
}

// pass hands a place to who is next, or frees it.
func (p *places) pass() {
	for len(p.order) > 0 {
		tenant := p.order[0]
		p.order = p.order[1:]
		line := p.lines[tenant]
		if len(line) == 0 { // all of them left
			delete(p.lines, tenant)
			continue
		}
		if p.lines[tenant] = line[1:]; len(line) > 1 {
			p.order = append(p.order, tenant)
		} else {
			delete(p.lines, tenant)
		}
		p.queued--
		close(line[0])
		return
	}
	p.taken--
}

func (p *places) waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.queued
}

// ewma is a moving mean of durations; the newest counts a fifth.
type ewma struct{ v atomic.Int64 }

func (e *ewma) add(d time.Duration) {
	old := e.v.Load()
	if old == 0 {
		e.v.Store(int64(d))
		return
	}
	e.v.Store(old + (int64(d)-old)/5) // a lost update among many is no loss
}

func (e *ewma) get() time.Duration { return time.Duration(e.v.Load()) }
