// Package route is everything that chooses or repeats: targets with their keys, aliases, rungs, rests, hedges. For an assistant an
// alias is a Model; raw requests are passed on as they came. It meters each call that it makes.
package route

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"shopkeeper/gateway/llm"
)

// Price of a token in 1e-9 of the currency's unit: a price of a million tokens in that unit, times a thousand.
type Price struct{ Input, Cached, Output int64 }

// Target is one model of one endpoint.
type Target struct {
	Name     string
	Rung     string // what clients read as the rung that answers; "" = Name
	Provider string // "" = this process: it costs nothing, and answers when the money is spent
	Price    Price
	Window   int                        // context in tokens; 0 = unbounded or unknown
	Keys     []string                   // of the provider, used in turn; none: requests go without
	Open     func(key string) llm.Model // the model with a key
	Model    llm.Model                  // instead of Open: one that needs no key
	Raw      Forwarder                  // nil: Model, when that is a Forwarder; with Raw alone the target serves no assistant
	Upstream string                     // raw: the model as the endpoint calls it; "" = as the client wrote it
	Extra    map[string]json.RawMessage // raw: fields for the body, where the client has none of that name

	Concurrency int // most requests at once; 0 = no limit
	Queue       int // most requests that wait for a place

	// Raw only, models have their own; 0 = 90 s, 30 s, 60 s, 10 min. Kept within a quarter of a second. FirstDelta and Progress are a
	// stream's.
	Head, FirstDelta, Progress, Whole time.Duration

	quoted string // Upstream as JSON
	extras []extra
}

// Alias is what callers name. Its rungs are tried in order; within a rung the targets are alike. The last rung of an assistant is the
// built-in model.
type Alias struct {
	Name    string
	Rungs   [][]string // names of targets
	Weights [][]int    // of the targets; nil, or nil for a rung: all alike
	Hedge   float64    // share of extra requests that a slow first word may cost; 0 = none
}

// Config of a Router. The zero durations mean what their comments say.
type Config struct {
	Targets []Target
	Aliases []Alias

	RetryWait   time.Duration // longest wait before the one retry on the same target, Retry-After included; 0 = 2 s
	RetryWithin time.Duration // a failure that took longer than this is not repeated on the same target; 0 = 2 s
	Failures    int           // failures in a row after which a target cools down; 0 = 3
	Cooldown    time.Duration // first cool-down; it doubles up to eight times this with each further failure; 0 = 15 s

	Meter  Meter            // nil: nothing is accounted
	Now    func() time.Time // nil = time.Now
	Jitter func() float64   // in [0,1); nil = random
	NewID  func() string    // of a call; nil = UUIDv7
}

// Router gives models by alias. It may be used by many goroutines.
type Router struct {
	log     *slog.Logger
	now     atomic.Pointer[table]
	flights flights
	cache   *Cache
}

// Remember keeps answers of raw requests in a cache. It is called before the first request.
func (r *Router) Remember(c *Cache) { r.cache = c }

// table is one configuration in force. Requests that began with one end with it.
type table struct {
	c       Config
	targets map[string]*target
	aliases map[string]*alias
}

// alias is an Alias with what was seen of it.
type alias struct {
	Alias
	rungs [][]member
	slow  slowness
	extra budget // for hedges

	mu     sync.Mutex
	served [2]map[uint64]*target // who served an affinity: the newer half, the older half
}

type member struct {
	*target
	weight float64
}

// New checks that every alias names targets that exist. A nil log is silent.
func New(c Config, log *slog.Logger) (*Router, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	r := &Router{log: log}
	return r, r.Reload(c)
}

// Reload checks a configuration whole, then switches to it: nothing changes when it is wrong. Running requests end with the one they
// began with; a target that stays as it was keeps its health.
func (r *Router) Reload(c Config) error {
	c.RetryWait = or(c.RetryWait, 2*time.Second)
	c.RetryWithin = or(c.RetryWithin, 2*time.Second)
	c.Failures = or(c.Failures, 3)
	c.Cooldown = or(c.Cooldown, 15*time.Second)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Jitter == nil {
		c.Jitter = rand.Float64
	}
	if c.NewID == nil {
		c.NewID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	next := &table{c: c, targets: map[string]*target{}, aliases: map[string]*alias{}}
	for _, t := range c.Targets {
		switch {
		case t.Name == "":
			return errors.New("read targets: a target has no name")
		case t.Model == nil && t.Raw == nil && t.Open == nil:
			return fmt.Errorf("read target %q: it has no model", t.Name)
		case next.targets[t.Name] != nil:
			return fmt.Errorf("read target %q: the name is taken twice", t.Name)
		}
		t.Rung = or(t.Rung, t.Name)
		t.Head, t.FirstDelta = or(t.Head, 90*time.Second), or(t.FirstDelta, 30*time.Second)
		t.Progress, t.Whole = or(t.Progress, time.Minute), or(t.Whole, 10*time.Minute)
		if f, ok := t.Model.(Forwarder); ok && t.Raw == nil {
			t.Raw = f
		}
		if t.Upstream != "" {
			q, _ := json.Marshal(t.Upstream) // a string always has a form
			t.quoted = string(q)
		}
		t.extras = extrasOf(t.Extra)
		next.targets[t.Name] = newTarget(t, &next.c)
	}
	for _, a := range c.Aliases {
		if err := next.add(a); err != nil {
			return err
		}
	}
	next.alone()
	if before := r.now.Load(); before != nil {
		for name, t := range next.targets {
			t.inherit(before.targets[name])
		}
	}
	r.now.Store(next)
	r.cache.clear() // an alias may mean another model now
	return nil
}

// alone marks the targets that have no alternative in any alias.
func (tb *table) alone() {
	listed := map[*target]bool{}
	for _, a := range tb.aliases {
		single := len(a.rungs) == 1 && len(a.rungs[0]) == 1
		for _, rung := range a.rungs {
			for _, m := range rung {
				sole, known := listed[m.target]
				listed[m.target] = single && (sole || !known)
			}
		}
	}
	for t, sole := range listed {
		t.sole = sole
	}
}

func (tb *table) add(a Alias) error {
	if a.Name == "" {
		return errors.New("read aliases: an alias has no name")
	}
	if tb.aliases[a.Name] != nil {
		return fmt.Errorf("read alias %q: the name is taken twice", a.Name)
	}
	out := &alias{Alias: a, extra: budget{began: true}} // hedges are earned, none is free
	n := 0
	for i, rung := range a.Rungs {
		var ms []member
		for j, name := range rung {
			t := tb.targets[name]
			if t == nil {
				return fmt.Errorf("read alias %q: no target is called %q", a.Name, name)
			}
			m := member{t, 1}
			if i < len(a.Weights) && j < len(a.Weights[i]) {
				if a.Weights[i][j] < 1 {
					return fmt.Errorf("read alias %q: the weight of %q is below 1", a.Name, name)
				}
				m.weight = float64(a.Weights[i][j])
			}
			ms = append(ms, m)
			n++
		}
		out.rungs = append(out.rungs, ms)
	}
	if n == 0 {
		return fmt.Errorf("read alias %q: it has no target", a.Name)
	}
	tb.aliases[a.Name] = out
	return nil
}

// Model is the alias as a model: see ladder.Stream for what it does. It goes by the configuration in force at each call.
func (r *Router) Model(alias string) (llm.Model, error) {
	a := r.now.Load().aliases[alias]
	switch {
	case a == nil:
		return nil, fmt.Errorf("find alias %q: not configured", alias)
	case !a.some(0, (*target).model):
		return nil, fmt.Errorf("find alias %q: none of its targets is a model", alias)
	}
	return &ladder{r: r, alias: alias}, nil
}

// Rungs are the names under which the alias's targets answer, in order: the first is nothing to mention.
func (r *Router) Rungs(alias string) []string {
	a := r.now.Load().aliases[alias]
	if a == nil {
		return nil
	}
	var out []string
	for _, rung := range a.rungs {
		for _, t := range rung {
			out = append(out, t.Rung)
		}
	}
	return out
}

// Lower is the alias's last rung alone, false when it has no other. It implements assistant.Lower.
func (r *Router) Lower(alias string) (llm.Model, bool) {
	a := r.now.Load().aliases[alias]
	if a == nil || len(a.rungs) < 2 {
		return nil, false
	}
	return &ladder{r: r, alias: alias, last: true}, a.some(len(a.rungs)-1, (*target).model)
}

// some says whether a target of the rungs from one on is of a kind.
func (a *alias) some(from int, is func(*target) bool) bool {
	for _, rung := range a.rungs[from:] {
		for _, t := range rung {
			if is(t.target) {
				return true
			}
		}
	}
	return false
}

// Window is the largest context of the alias's first rung in tokens; 0 when one of its targets is unbounded or the alias unknown.
func (r *Router) Window(alias string) int {
	a := r.now.Load().aliases[alias]
	if a == nil {
		return 0
	}
	largest := 0
	for _, rung := range a.rungs {
		for _, t := range rung {
			if t.Window == 0 {
				return 0
			}
			largest = max(largest, t.Window)
		}
		if len(rung) > 0 {
			break
		}
	}
	return largest
}

// Names are the aliases in the order of the configuration.
func (r *Router) Names() []string {
	tb := r.now.Load()
	out := make([]string, 0, len(tb.c.Aliases))
	for _, a := range tb.c.Aliases {
		out = append(out, a.Name)
	}
	return out
}

// Health of every target in the order of the configuration.
func (r *Router) Health() []Health {
	tb := r.now.Load()
	out := make([]Health, 0, len(tb.c.Targets))
	for _, t := range tb.c.Targets {
		out = append(out, tb.targets[t.Name].health())
	}
	return out
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
