package route

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"shopkeeper/gateway/llm"
)

// maxHeld bounds the reasoning that is held back before a target is committed to.
const maxHeld = 1 << 20

// ladder is an alias as a model.
type ladder struct {
	r       *Router
	alias   string
	targets []*target
}

// Stream tries the targets in order until one sends its first real delta: text, a call, or an ending. Reasoning does not
// commit, it is held back until then. From there on that target's deltas and its error pass through untouched.
// A retryable failure before that is repeated once on the same target, unless it took long or Retry-After asks for more
// than Config.RetryWait. A target whose context was too small rules out all that are no larger; when it named a window into which
// the caller has not fitted the request yet, only targets known to be larger are tried, then the caller hears of it: a shorter
// request to the right model is better than a lower rung.
func (l *ladder) Stream(ctx context.Context, req *llm.Request) iter.Seq2[llm.Delta, error] {
	return func(yield func(llm.Delta, error) bool) {
		var last, refit error // refit: the caller can make its request fit
		tooLong := 0          // the largest window that was too small
		var cooling []*target
		tryAll := func(ts []*target, force bool) (done bool) {
			for _, t := range ts {
				if (t.Window > 0 || refit != nil) && t.Window <= tooLong {
					continue
				}
				if !t.admit() && !force {
					cooling = append(cooling, t)
					continue
				}
				done, err := l.try(ctx, t, req, yield)
				if done {
					return true
				}
				last = err
				if e := classed(err); e.Kind == llm.TooLong && e.Window > 0 && (req.Window == 0 || e.Window < req.Window) {
					refit = err
				}
				tooLong = max(tooLong, outgrown(t, err))
				l.r.log.LogAttrs(ctx, slog.LevelWarn, "model fell over", slog.String("alias", l.alias), slog.String("target", t.Name), slog.String("error", err.Error()))
			}
			return false
		}
		if tryAll(l.targets, false) {
			return
		}
		// Nothing else answered: a target that cools down may, and a late answer is better than none.
		if tryAll(cooling, true) {
			return
		}
		switch {
		case refit != nil:
			last = refit
		case last == nil:
			last = &llm.Error{Kind: llm.Down, Err: errors.New("no target was tried")}
		}
		yield(llm.Delta{}, last)
	}
}

// try gives one target its turn. done: the answer began, or the caller left; err says why the next target is needed.
func (l *ladder) try(ctx context.Context, t *target, req *llm.Request, yield func(llm.Delta, error) bool) (done bool, err error) {
	for again := false; ; again = true {
		began := l.r.c.Now()
		done, err = l.attempt(ctx, t, req, yield)
		if done {
			return true, nil
		}
		e := classed(err)
		if ctx.Err() != nil {
			t.release()
			yield(llm.Delta{}, err)
			return true, nil
		}
		switch e.Kind {
		case llm.TooLong, llm.BadRequest: // the request's fault
			t.release()
			return false, err
		}
		cooling := t.fail(e)
		wait, ok := l.wait(e, l.r.c.Now().Sub(began))
		if again || cooling || !ok {
			return false, err
		}
		if !sleep(ctx, wait) {
			yield(llm.Delta{}, &llm.Error{Kind: llm.Down, Err: ctx.Err()})
			return true, nil
		}
	}
}

// attempt streams one answer. done is true once a delta was yielded, whatever came then.
func (l *ladder) attempt(ctx context.Context, t *target, req *llm.Request, yield func(llm.Delta, error) bool) (done bool, err error) {
	var held []llm.Delta
	size := 0
	for d, err := range t.Model.Stream(ctx, req) {
		if done {
			if !yield(d, err) || err != nil {
				return true, nil
			}
			continue
		}
		if err != nil {
			return false, err
		}
		if d.Text == "" && d.Call == nil && d.Finish == "" {
			if size += len(d.Reasoning); size <= maxHeld {
				held = append(held, d)
			}
			continue
		}
		done = true
		t.succeed()
		held = append(held, d)
		held[0].Rung, held[0].Target = t.Rung, t.Name
		for _, h := range held {
			if !yield(h, nil) {
				return true, nil
			}
		}
		held = nil
	}
	if !done {
		return false, &llm.Error{Kind: llm.Blank, Err: fmt.Errorf("read answer of %s: it is empty", t.Name)}
	}
	return true, nil
}

// wait says how long to wait before the same target is tried again, and whether that is worth it at all.
func (l *ladder) wait(e *llm.Error, took time.Duration) (time.Duration, bool) {
	switch e.Kind {
	case llm.Down, llm.RateLimited, llm.Cut, llm.Blank:
	default:
		return 0, false
	}
	if took > l.r.c.RetryWithin || e.Retry > l.r.c.RetryWait {
		return 0, false
	}
	if e.Retry > 0 {
		return e.Retry, true
	}
	return min(100*time.Millisecond+time.Duration(l.r.c.Jitter()*float64(200*time.Millisecond)), l.r.c.RetryWait), true
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
