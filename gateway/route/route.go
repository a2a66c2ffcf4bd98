// Package route is everything that chooses or repeats: targets, aliases, rungs, cool-downs. For an assistant an alias is a Model.
package route

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"shopkeeper/gateway/llm"
)

// Target is one model of one endpoint.
type Target struct {
	Name   string
	Rung   string // what clients read as the rung that answers; "" = Name
	Model  llm.Model
	Raw    Forwarder // nil: Model, when that is a Forwarder; with Raw alone the target serves no assistant
	Window int       // context in tokens; 0 = unbounded or unknown
}

// Alias is what callers name. Its rungs are tried in order, the targets of a rung too; the last rung of an assistant is the built-in model.
type Alias struct {
	Name  string
	Rungs [][]string // names of targets
}

// Config of a Router. The zero durations mean what their comments say.
type Config struct {
	Targets []Target
	Aliases []Alias

	RetryWait   time.Duration // longest wait before the one retry on the same target, Retry-After included; 0 = 2 s
	RetryWithin time.Duration // a failure that took longer than this is not repeated on the same target; 0 = 2 s
	Failures    int           // failures in a row after which a target cools down; 0 = 3
	Cooldown    time.Duration // first cool-down; it doubles up to eight times this with each further failure; 0 = 15 s

	Now    func() time.Time // nil = time.Now
	Jitter func() float64   // in [0,1); nil = random
}

// Router gives models by alias. It may be used by many goroutines.
type Router struct {
	c       Config
	log     *slog.Logger
	targets map[string]*target
	aliases map[string]Alias
}

// New checks that every alias names targets that exist. A nil log is silent.
func New(c Config, log *slog.Logger) (*Router, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
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
	r := &Router{c: c, log: log, targets: map[string]*target{}, aliases: map[string]Alias{}}
	for _, t := range c.Targets {
		switch {
		case t.Name == "":
			return nil, errors.New("read targets: a target has no name")
		case t.Model == nil && t.Raw == nil:
			return nil, fmt.Errorf("read target %q: it has no model", t.Name)
		case r.targets[t.Name] != nil:
			return nil, fmt.Errorf("read target %q: the name is taken twice", t.Name)
		}
		if t.Rung == "" {
			t.Rung = t.Name
		}
		if f, ok := t.Model.(Forwarder); ok && t.Raw == nil {
			t.Raw = f
		}
		r.targets[t.Name] = &target{Target: t, c: &r.c}
	}
	for _, a := range c.Aliases {
		if err := r.add(a); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *Router) add(a Alias) error {
	if a.Name == "" {
		return errors.New("read aliases: an alias has no name")
	}
	if _, taken := r.aliases[a.Name]; taken {
		return fmt.Errorf("read alias %q: the name is taken twice", a.Name)
	}
	n := 0
	for _, rung := range a.Rungs {
		for _, name := range rung {
			if r.targets[name] == nil {
				return fmt.Errorf("read alias %q: no target is called %q", a.Name, name)
			}
			n++
		}
	}
	if n == 0 {
		return fmt.Errorf("read alias %q: it has no target", a.Name)
	}
	r.aliases[a.Name] = a
	return nil
}

// Model is the alias as a model: see ladder.Stream for what it does.
func (r *Router) Model(alias string) (llm.Model, error) {
	a, ok := r.aliases[alias]
	if !ok {
		return nil, fmt.Errorf("find alias %q: not configured", alias)
	}
	l := r.over(alias, a.Rungs)
	if len(l.targets) == 0 {
		return nil, fmt.Errorf("find alias %q: none of its targets is a model", alias)
	}
	return l, nil
}

// Rungs are the names under which the alias's targets answer, in order: the first is nothing to mention.
func (r *Router) Rungs(alias string) []string {
	var out []string
	for _, rung := range r.aliases[alias].Rungs {
		for _, name := range rung {
			out = append(out, r.targets[name].Rung)
		}
	}
	return out
}

// Lower is the alias's last rung alone, false when it has no other. It implements assistant.Lower.
func (r *Router) Lower(alias string) (llm.Model, bool) {
	a := r.aliases[alias]
	if len(a.Rungs) < 2 {
		return nil, false
	}
	l := r.over(alias, a.Rungs[len(a.Rungs)-1:])
	return l, len(l.targets) > 0
}

// over is the ladder of some of an alias's rungs: those of their targets that are models.
func (r *Router) over(alias string, rungs [][]string) *ladder {
	l := &ladder{r: r, alias: alias}
	for _, rung := range rungs {
		for _, name := range rung {
			if t := r.targets[name]; t.Model != nil {
				l.targets = append(l.targets, t)
			}
		}
	}
	return l
}

// Window is the largest context of the alias's first rung in tokens; 0 when one of its targets is unbounded or the alias unknown.
func (r *Router) Window(alias string) int {
	largest := 0
	for _, rung := range r.aliases[alias].Rungs {
		for _, name := range rung {
			w := r.targets[name].Window
			if w == 0 {
				return 0
			}
			largest = max(largest, w)
		}
		if len(rung) > 0 {
			break
		}
	}
	return largest
}

// Names are the aliases in the order of the configuration.
func (r *Router) Names() []string {
	out := make([]string, 0, len(r.c.Aliases))
	for _, a := range r.c.Aliases {
		out = append(out, a.Name)
	}
	return out
}

// Health of a target: ready, cooling or probing.
type Health struct {
	Target, State string
	Failures      int // in a row
}

// Health of every target in the order of the configuration.
func (r *Router) Health() []Health {
	out := make([]Health, 0, len(r.c.Targets))
	for _, t := range r.c.Targets {
		out = append(out, r.targets[t.Name].health())
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
