package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"shopkeeper/shop"
)

// Registry holds the tools, in a fixed order.
type Registry struct {
	tools   []Tool
	byName  map[string]Tool
	Timeout time.Duration // of a call whose Spec names none; 0 = 10 s
	// MaxOutput bounds what the model reads of one call, in bytes; 0 = 48 KB. A larger output is refused with a sentence.
	MaxOutput int
	Proposals Proposals                                  // nil: there are no writes
	Settled   func(ctx context.Context, p shop.Proposal) // told of every proposal whose outcome is known or asked for again; nil: nobody
}

// NewRegistry panics when two tools share a name.
func NewRegistry(ts ...Tool) *Registry {
	r := &Registry{byName: map[string]Tool{}}
	for _, t := range ts {
		n := t.Spec().Name
		if r.byName[n] != nil {
			panic("two tools are named " + n)
		}
		r.tools, r.byName[n] = append(r.tools, t), t
	}
	return r
}

// Specs are those of names, in that order, that the role may call; names nil: all. Unknown names are left out.
func (r *Registry) Specs(role shop.Role, names []string) []Spec {
	var out []Spec
	if names == nil {
		for _, t := range r.tools {
			names = append(names, t.Spec().Name)
		}
	}
	for _, n := range names {
		if t := r.byName[n]; t != nil && allowed(t.Spec(), role) {
			out = append(out, t.Spec())
		}
	}
	return out
}

func allowed(s Spec, role shop.Role) bool { return len(s.Roles) == 0 || slices.Contains(s.Roles, role) }

type checker interface {
	check(args json.RawMessage) error
}

// Check says whether a call's arguments would be accepted, without calling.
func (r *Registry) Check(name string, args json.RawMessage) error {
	t, ok := r.byName[name]
	if !ok {
		return r.unknown(name)
	}
	if c, ok := t.(checker); ok {
		return c.check(args)
	}
	return nil
}

func (r *Registry) unknown(name string) error {
	var names []string
	for _, t := range r.tools {
		names = append(names, t.Spec().Name)
	}
	return &shop.Error{
		Kind: shop.NotFound, Code: "unknown_tool",
		Msg: clean(fmt.Sprintf("There is no tool named %q; there are %s.", clean(name, 60), strings.Join(names, ", ")), maxSentence),
	}
}

// Call runs one tool within its deadline; what a write plans is stored as a proposal. Every error is a *shop.Error whose Msg the
// model may read; a panic is one, too.
func (r *Registry) Call(ctx context.Context, sc Scope, name string, args json.RawMessage) (Result, error) {
	res, err := r.run(ctx, sc, name, args)
	if t := r.byName[name]; t != nil && t.Spec().Effect == Write && allowed(t.Spec(), sc.Who.Role) {
		if res, err = r.propose(ctx, sc, name, args, res, err); err != nil {
			return Result{}, public(name, err)
		}
	}
	return res, err
}

func (r *Registry) run(ctx context.Context, sc Scope, name string, args json.RawMessage) (res Result, err error) {
	t, ok := r.byName[name]
	if !ok {
		return Result{}, r.unknown(name)
	}
	spec := t.Spec()
	if !allowed(spec, sc.Who.Role) {
		return Result{}, r.unknown(name)
	}
	limit := spec.Timeout
	if limit == 0 {
		limit = r.Timeout
	}
	if limit == 0 {
		limit = 10 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			res, err = Result{}, public(name, fmt.Errorf("panic in %s: %v\n%s", name, p, debug.Stack()))
		}
	}()
	res, err = t.Call(ctx, sc, args)
	if err != nil {
		return Result{}, public(name, err)
	}
	bound := r.MaxOutput
	if bound == 0 {
		bound = 48 << 10
	}
	if len(res.Output) > bound {
		return Result{}, &shop.Error{Kind: shop.TooLarge, Msg: name + " found too much to read at once; ask for less."}
	}
	return res, nil
}
