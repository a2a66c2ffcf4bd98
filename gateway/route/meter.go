package route

import (
	"context"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/shop"
)

// Meter sets tokens and money (1e-9 of the currency's unit) aside before a request and is told of every call that was made for it.
// Its error is a *shop.Error of kind Limited: a limit would be passed. usage.Ledger implements it.
type Meter interface {
	Reserve(ctx context.Context, who shop.Principal, tokens, nano int64) (chat.Reserved, error)
}

// free is what is reserved without a Meter.
type free struct{}

func (free) Record(chat.Call) {}
func (free) Settle()          {}

// defaultAnswer is how long an answer is taken to be, in tokens, when the request does not limit it.
const defaultAnswer = 1024

// reserve sets aside what a request may use: by the dearest target of the rungs' first that costs anything.
func (tb *table) reserve(ctx context.Context, a *alias, who shop.Principal, input, output int64) (chat.Reserved, error) {
	if tb.c.Meter == nil {
		return free{}, nil
	}
	var nano int64
	for _, rung := range a.rungs {
		for _, t := range rung {
			nano = max(nano, t.Price.cost(chat.Usage{Input: input, Output: output}))
		}
		if nano > 0 {
			break
		}
	}
	return tb.c.Meter.Reserve(ctx, who, saturated(input, output), nano)
}

// absurd is more tokens than any model takes; a larger number is a mistake, and must not run over.
const absurd = 100_000_000

func saturated(in, out int64) int64 { return min(in, absurd) + min(out, absurd) }

// cost in 1e-9 of the currency's unit. Cached tokens are part of the input.
func (p Price) cost(u chat.Usage) int64 {
	cached := p.Cached
	if cached == 0 {
		cached = p.Input
	}
	return p.Input*(min(u.Input, absurd)-min(u.Cached, absurd)) + cached*min(u.Cached, absurd) + p.Output*min(u.Output, absurd)
}

// begin is the record of a call to a target.
func (tb *table) begin(a *alias, t *target, who shop.Principal) chat.Call {
	return chat.Call{ID: tb.c.NewID(), At: tb.c.Now(), Who: who, Alias: a.Name, Rung: t.Rung, Target: t.Name, Provider: t.Provider}
}

// end completes the record.
func (tb *table) end(c *chat.Call, t *target, ending chat.Ending, err *llm.Error) {
	c.Took = tb.c.Now().Sub(c.At)
	c.Ending = ending
	c.Nano = t.Price.cost(c.Usage)
	if err != nil {
		c.Problem = err.Kind.String()
		if err.Status != 0 {
			c.Status = err.Status
		}
	}
}

// spoke notes the time to the first real delta.
func (tb *table) spoke(a *alias, t *target, c *chat.Call) {
	c.First = max(tb.c.Now().Sub(c.At), time.Microsecond)
	t.first.add(c.First)
	a.slow.add(c.First)
}
