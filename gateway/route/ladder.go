package route

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"log/slog"
	"slices"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/telemetry"
	"shopkeeper/shop"
)

// ladder is an alias as a model.
type ladder struct {
	r     *Router
	alias string
	last  bool // only the last rung
}

// climb is one request on its way over the rungs.
type climb struct {
	*table
	r        *Router
	a        *alias
	who      shop.Principal
	affinity uint64
	window   int          // tokens that the caller fitted the request into; 0 = unknown
	input    func() int64 // tokens of the prompt, estimated
	about    func(*chat.Call)
	kept     chat.Reserved

	operation string // for its spans; "" = chat

	open   func(ctx context.Context, t *target) *opening // up to the first real delta
	tell   func(ctx context.Context, o *opening)         // the rest
	giveUp func(err error)                               // nothing was told
	repeat bool                                          // a failure may be repeated once on the same target

	left  []*target // candidates that were not tried yet, the next one first
	cool  []*target // that rest: tried when nothing else answered
	force bool      // rests do not count any more

	lost        *opening // the last one that failed
	last, refit error    // its error; refit: the caller can make its request fit
	tooLong     int      // the largest window that was too small
}

// Stream tries the targets in order until one sends its first real delta: text, a call, or an ending. Reasoning does not
// commit, it is held back until then. From there on that target's deltas and its error pass through untouched.
// A retryable failure before that is repeated once on the same target, within a budget, unless it took long or Retry-After asks for
// more than Config.RetryWait. When the first word is slower than the alias's own 95th percentile, a second target is asked beside the
// first, and the first of both to speak wins. A target whose context was too small rules out all that are no larger; when it named a
// window into which the caller has not fitted the request yet, only targets known to be larger are tried, then the caller hears of it:
// a shorter request to the right model is better than a lower rung. When the tenant's money is spent, only what costs nothing answers.
func (l *ladder) Stream(ctx context.Context, req *llm.Request) iter.Seq2[llm.Delta, error] {
	return func(yield func(llm.Delta, error) bool) {
		tb := l.r.now.Load()
		a := tb.aliases[l.alias]
		if a == nil {
			yield(llm.Delta{}, &llm.Error{Kind: llm.Down, Err: fmt.Errorf("find alias %q: no longer configured", l.alias)})
			return
		}
		rungs := a.rungs
		if l.last {
			rungs = rungs[len(rungs)-1:]
		}
		fits := (*target).model
		kept, err := tb.reserve(ctx, a, req.Who, llm.EstimateRequest(req), or(int64(req.MaxTokens), defaultAnswer))
		if err != nil {
			fits = func(t *target) bool { return t.model() && t.Provider == "" }
			kept = free{}
		}
		defer kept.Settle()
		m := &modelCall{req: req, yield: yield}
		m.climb = &climb{
			table: tb, r: l.r, a: a, who: req.Who, affinity: affinityOf(req), window: req.Window, kept: kept, repeat: true,
			input: func() int64 { return llm.EstimateRequest(req) },
			about: func(c *chat.Call) { c.Conversation, c.Turn, c.Assistant = req.Conversation, req.Turn, req.Task },
			open:  m.open, tell: m.tell, giveUp: func(err error) { yield(llm.Delta{}, err) },
		}
		m.left = a.candidates(nil, rungs, m.affinity, fits)
		if len(m.left) == 0 && err != nil {
			yield(llm.Delta{}, &llm.Error{Kind: llm.RateLimited, Status: 429, Err: err})
			return
		}
		m.run(ctx)
	}
}

// modelCall is a climb for an assistant.
type modelCall struct {
	*climb
	req   *llm.Request
	yield func(llm.Delta, error) bool
}

// affinityOf is one conversation's, in every process the same within its own life.
func affinityOf(req *llm.Request) uint64 {
	if req.Conversation == "" {
		return 0
	}
	return maphash.String(seed, req.Who.Tenant+" "+req.Conversation)
}

func (c *climb) run(ctx context.Context) {
	if c.tryAll(ctx) {
		return
	}
	// Nothing else answered: a target that cools down may, and a late answer is better than none.
	c.left, c.cool, c.force = c.cool, nil, true
	if c.tryAll(ctx) {
		return
	}
	switch {
	case c.refit != nil:
		c.last = c.refit
	case c.last == nil:
		c.last = &llm.Error{Kind: llm.Down, Err: errors.New("no target was tried")}
	}
	c.giveUp(c.last)
}

// next is the next target that may be tried now, nil when there is none. What it returns was admitted.
func (c *climb) next(fits func(*target) bool) *target {
	for i := 0; i < len(c.left); i++ {
		t := c.left[i]
		if fits != nil && !fits(t) {
			continue
		}
		c.left = slices.Delete(c.left, i, i+1)
		i--
		if (t.Window > 0 || c.refit != nil) && t.Window <= c.tooLong {
			continue
		}
		if !t.admit() && !c.force {
			c.cool = append(c.cool, t)
			continue
		}
		return t
	}
	return nil
}

func (c *climb) tryAll(ctx context.Context) (done bool) {
	for {
		t := c.next(nil)
		if t == nil {
			return false
		}
		if c.try(ctx, t) {
			return true
		}
	}
}

// try gives one target its turn, with one repeat at most beside those that another of its keys is worth. done: the answer began, or
// the caller left.
func (c *climb) try(ctx context.Context, t *target) (done bool) {
	t.again.earn(retryShare)
	for again := false; ; {
		o := c.first(ctx, t)
		if o.err == nil {
			o.t.succeed()
			c.a.remember(c.affinity, o.t)
			c.tell(ctx, o)
			return true
		}
		took, e := c.c.Now().Sub(o.call.At), classed(o.err)
		rests := c.failed(ctx, o)
		if ctx.Err() != nil {
			c.giveUp(o.err)
			return true
		}
		if rests || o.t != t {
			return false
		}
		if e.Kind == llm.BadKey { // the target has a key that does not rest
			continue
		}
		wait, ok := c.wait(e, took)
		if again || !ok || !c.repeat || !t.again.spend() {
			return false
		}
		if again = true; !sleep(ctx, wait) {
			c.giveUp(&llm.Error{Kind: llm.Down, Err: ctx.Err()})
			return true
		}
	}
}

// retryShare of a target's requests may be repeats.
const retryShare = 0.2

// failed takes a failure before the first word into account and says whether the target is of no more use to this request.
func (c *climb) failed(ctx context.Context, o *opening) (rests bool) {
	e := classed(o.err)
	ending := chat.Failed
	switch {
	case ctx.Err() != nil:
		ending = chat.Cancelled
		o.t.release()
	case e.Kind == llm.TooLong, e.Kind == llm.BadRequest, e.Kind == llm.Full: // not the target's fault
		o.t.release()
		rests = true
	default:
		rests = o.t.fail(o.k, e)
	}
	if e.Kind != llm.Full {
		c.record(o, ending, e)
	}
	if ctx.Err() != nil {
		return true
	}
	c.last, c.lost = o.err, o
	if e.Kind == llm.TooLong && e.Window > 0 && (c.window == 0 || e.Window < c.window) {
		c.refit = o.err
	}
	c.tooLong = max(c.tooLong, outgrown(o.t, o.err))
	c.r.log.LogAttrs(ctx, slog.LevelWarn, "model fell over", slog.String("alias", c.a.Name), slog.String("target", o.t.Name), slog.String("error", o.err.Error()))
	return rests
}

// tell passes an answer on that began.
func (c *modelCall) tell(ctx context.Context, o *opening) {
	defer o.close()
	o.held[0].Rung, o.held[0].Target = o.t.Rung, o.t.Name
	ending, e := chat.Cancelled, (*llm.Error)(nil)
	defer func() { c.record(o, ending, e) }()
	for _, d := range o.held {
		o.see(d)
		if !c.yield(d, nil) {
			return
		}
	}
	o.held = nil
	for {
		d, err, more := o.next()
		if !more {
			ending = o.ending()
			return
		}
		if err != nil {
			e = classed(err)
			if ending = chat.Failed; ctx.Err() != nil {
				ending = chat.Cancelled
			}
			c.yield(d, err)
			return
		}
		o.see(d)
		if !c.yield(d, nil) {
			if o.finish != "" { // all was said; only usage could have followed
				ending = o.ending()
			}
			return
		}
	}
}

// record accounts a call.
func (c *climb) record(o *opening, ending chat.Ending, e *llm.Error) {
	call := &o.call
	c.about(call)
	switch {
	case o.usage != nil:
		call.Usage = *o.usage
	case call.First > 0:
		call.Usage = chat.Usage{Input: c.input(), Output: o.said / 4, Estimated: true}
	}
	c.end(call, o.t, ending, e)
	c.kept.Record(*call)
	if telemetry.Traced(o.ctx) {
		telemetry.Called(o.ctx, telemetry.Past{
			Operation: or(c.operation, "chat"), Provider: or(call.Provider, call.Target), Model: call.Target, Ending: string(call.Ending), Problem: call.Problem, Began: call.At, First: call.First,
			Took: call.Took, Input: call.Usage.Input, Cached: call.Usage.Cached, Output: call.Usage.Output, Reasoning: call.Usage.Reasoning, Status: call.Status, Hedge: call.Hedge,
		})
	}
}

// wait says how long to wait before the same target is tried again, and whether that is worth it at all.
func (c *climb) wait(e *llm.Error, took time.Duration) (time.Duration, bool) {
	switch e.Kind {
	case llm.Down, llm.RateLimited, llm.Cut, llm.Blank:
	default:
		return 0, false
	}
	if took > c.c.RetryWithin || e.Retry > c.c.RetryWait {
		return 0, false
	}
	if e.Retry > 0 {
		return e.Retry, true
	}
	return min(100*time.Millisecond+time.Duration(c.c.Jitter()*float64(200*time.Millisecond)), c.c.RetryWait), true
}

// outgrown is the window that err showed to be too small for the request; 0 = err shows nothing of the kind.
func outgrown(t *target, err error) int {
	if e := classed(err); e.Kind == llm.TooLong {
		if e.Window > 0 {
			return e.Window
		}
		return t.Window
	}
	return 0
}

func classed(err error) *llm.Error {
	var e *llm.Error
	if errors.As(err, &e) {
		return e
	}
	return &llm.Error{Kind: llm.Down, Err: err}
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
