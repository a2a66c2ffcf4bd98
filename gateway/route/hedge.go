package route

import (
	"context"
	"fmt"
	"iter"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
)

// maxHeld bounds the reasoning that is held back before a target is committed to.
const maxHeld = 1 << 20

// opening is a call of a model up to its first real delta: held ends with it, or err says why there is none.
type opening struct {
	ctx  context.Context // for its span
	t    *target
	k    *key
	call chat.Call
	held []llm.Delta
	err  error

	next    func() (llm.Delta, error, bool)
	stop    func()
	cancels []context.CancelFunc // of the requests beside it
	opened  bool

	raw *rawAnswer // of a raw request

	usage  *chat.Usage
	finish llm.Finish
	said   int64 // bytes
}

// see takes what passes into account.
func (o *opening) see(d llm.Delta) {
	if d.Usage != nil {
		o.usage = d.Usage
	}
	if d.Finish != "" {
		o.finish = d.Finish
	}
	o.said += int64(len(d.Text) + len(d.Reasoning))
	if d.Call != nil {
		o.said += int64(len(d.Call.Args) + len(d.Call.Name))
	}
}

func (o *opening) ending() chat.Ending { return endingOf(string(o.finish)) }

// opening takes a place at a target. Without an error it must be closed.
func (c *climb) opening(ctx context.Context, t *target) *opening {
	o := &opening{ctx: ctx, t: t, k: t.pick(), call: c.begin(c.a, t, c.who)}
	if o.err = t.place.take(ctx, c.who.Tenant); o.err == nil {
		t.running.Add(1)
		o.opened = true
	}
	return o
}

// close ends the call and frees its place. Closing twice does nothing.
func (o *opening) close() {
	if !o.opened {
		return
	}
	o.opened = false
	if o.stop != nil {
		o.stop()
	}
	o.t.running.Add(-1)
	o.t.place.give()
	for _, cancel := range o.cancels {
		cancel()
	}
}

// open asks a target and reads on to the first real delta.
func (c *modelCall) open(ctx context.Context, t *target) *opening {
	o := c.opening(ctx, t)
	if o.err != nil {
		return o
	}
	next, stop := iter.Pull2(o.k.model.Stream(ctx, c.req))
	o.next, o.stop = next, stop
	size := 0
	for {
		d, err, more := next()
		switch {
		case !more:
			o.err = &llm.Error{Kind: llm.Blank, Err: fmt.Errorf("read answer of %s: it is empty", t.Name)}
		case err != nil:
			o.err = err
		case d.Text == "" && d.Call == nil && d.Finish == "":
			if size += len(d.Reasoning); size <= maxHeld {
				o.held = append(o.held, d)
			}
			o.said += int64(len(d.Reasoning))
			continue
		default:
			o.held = append(o.held, d)
			o.said = 0 // counted again as it is told
			c.spoke(c.a, t, &o.call)
			return o
		}
		o.close()
		return o
	}
}

// first opens a target and, when that is slow to speak, a second one beside it. The loser is cancelled and accounted.
func (c *climb) first(ctx context.Context, t *target) *opening {
	c.a.extra.earn(c.a.Hedge)
	after := c.a.slow.get()
	if c.a.Hedge == 0 || after == 0 || !c.hedgeable() {
		return c.open(ctx, t)
	}
	spoke := make(chan *opening, 2)
	ask := func(t *target, hedge bool) context.CancelFunc {
		ctx, cancel := context.WithCancel(ctx)
		go func() {
			o := c.open(ctx, t)
			o.call.Hedge = hedge
			spoke <- o
		}()
		return cancel
	}
	cancels := []context.CancelFunc{ask(t, false)}
	running := 1
	timer := time.NewTimer(after)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			if !c.a.extra.spend() {
				continue
			}
			if other := c.next(func(t *target) bool { return t.Provider != "" }); other != nil {
				cancels = append(cancels, ask(other, true))
				running++
			}
		case o := <-spoke:
			running--
			if o.err != nil && running > 0 {
				c.failed(ctx, o) // the other one may still speak
				continue
			}
			loser := running > 0
			o.cancels = cancels
			if loser { // it ends before this returns, so that nothing runs on unowned
				for i, cancel := range cancels {
					if (i == 1) != o.call.Hedge {
						cancel()
					}
				}
				lost := <-spoke
				lost.close()
				lost.t.release()
				c.record(lost, chat.Cancelled, nil)
			}
			if o.err != nil {
				for _, cancel := range cancels {
					cancel()
				}
			}
			return o
		}
	}
}

// hedgeable says whether there is another endpoint to ask.
func (c *climb) hedgeable() bool {
	for _, t := range c.left {
		if t.Provider != "" {
			return true
		}
	}
	return false
}
