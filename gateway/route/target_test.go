package route

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/llm/llmtest"
)

func TestCoolDown(t *testing.T) {
	in(t, func(t *testing.T) {
		a := fails(down)
		m, r := ladderOf(t, nil, a, says("two"))
		ask := func() {
			t.Helper()
			listen(t.Context(), m, &llm.Request{}).want(t, "two", "t1")
		}
		state := func(want string) {
			t.Helper()
			if h := r.Health()[0]; h.State != want {
				t.Errorf("%+v, want %s", h, want)
			}
		}
		ask()
		calls(t, a, 2)
		state("ready")
		ask() // the third failure in a row
		calls(t, a, 3)
		state("cooling")
		ask()
		calls(t, a, 3)
		// One probe each time the rest is over; the rest doubles up to eight times.
		n := 3
		for _, rest := range []int{1, 2, 4, 8, 8, 8} {
			time.Sleep(time.Duration(rest)*15*time.Second - time.Millisecond)
			ask()
			calls(t, a, n)
			time.Sleep(time.Millisecond)
			ask()
			n++
			calls(t, a, n)
			state("cooling")
		}
	})
	t.Run("success ends it", func(t *testing.T) {
		in(t, func(t *testing.T) {
			a := plays(llmtest.Fail(down), llmtest.Fail(down), llmtest.Fail(down), llmtest.Say("back"))
			m, r := ladderOf(t, nil, a, says("two"))
			listen(t.Context(), m, &llm.Request{}).want(t, "two", "t1")
			listen(t.Context(), m, &llm.Request{}).want(t, "two", "t1")
			time.Sleep(15 * time.Second)
			listen(t.Context(), m, &llm.Request{}).want(t, "back", "t0")
			if h := r.Health()[0]; h.State != "ready" || h.Failures != 0 {
				t.Errorf("%+v", h)
			}
		})
	})
	t.Run("a refused key rests at once", func(t *testing.T) {
		in(t, func(t *testing.T) {
			a := fails(badKey)
			m, _ := ladderOf(t, nil, a, says("two"))
			listen(t.Context(), m, &llm.Request{})
			time.Sleep(59 * time.Second)
			listen(t.Context(), m, &llm.Request{})
			calls(t, a, 1)
			time.Sleep(time.Second)
			listen(t.Context(), m, &llm.Request{})
			calls(t, a, 2)
		})
	})
	t.Run("Retry-After is obeyed", func(t *testing.T) {
		in(t, func(t *testing.T) {
			a := fails(limited(40 * time.Second))
			m, _ := ladderOf(t, nil, a, says("two"))
			listen(t.Context(), m, &llm.Request{})
			time.Sleep(39 * time.Second)
			listen(t.Context(), m, &llm.Request{})
			calls(t, a, 1)
			time.Sleep(time.Second)
			listen(t.Context(), m, &llm.Request{})
			calls(t, a, 2)
		})
	})
	t.Run("when nothing else answers it is tried", func(t *testing.T) {
		in(t, func(t *testing.T) {
			a := plays(llmtest.Fail(badKey), llmtest.Say("late"))
			m, _ := ladderOf(t, nil, a, plays(llmtest.Fail(bad)))
			listen(t.Context(), m, &llm.Request{}).fails(t, llm.BadRequest)
			listen(t.Context(), m, &llm.Request{}).want(t, "late", "t0")
		})
	})
	t.Run("one probe at a time", func(t *testing.T) {
		in(t, func(t *testing.T) {
			var mu sync.Mutex
			n, well := 0, false
			a := llmtest.Func(func(ctx context.Context, _ *llm.Request) iter.Seq2[llm.Delta, error] {
				return func(yield func(llm.Delta, error) bool) {
					mu.Lock()
					n++
					ok := well
					mu.Unlock()
					if !ok {
						yield(llm.Delta{}, down)
						return
					}
					time.Sleep(5 * time.Second)
					yield(llm.Delta{Text: "one", Finish: llm.Stop}, nil)
				}
			})
			m, _ := ladderOf(t, nil, a, says("two"))
			listen(t.Context(), m, &llm.Request{})
			listen(t.Context(), m, &llm.Request{})
			mu.Lock()
			n, well = 0, true
			mu.Unlock()
			time.Sleep(15 * time.Second)
			var wg sync.WaitGroup
			answers := make(chan string, 10)
			for range 10 {
				wg.Go(func() { answers <- listen(t.Context(), m, &llm.Request{}).text })
			}
			wg.Wait()
			close(answers)
			all := ""
			for s := range answers {
				all += s
			}
			if n != 1 || strings.Count(all, "one") != 1 || strings.Count(all, "two") != 9 {
				t.Errorf("%d probes, answers %q", n, all)
			}
		})
	})
}

// A caller that leaves is not the target's failure, and no other target is bothered.
func TestCallerLeaves(t *testing.T) {
	waits := llmtest.Func(func(ctx context.Context, _ *llm.Request) iter.Seq2[llm.Delta, error] {
		return func(yield func(llm.Delta, error) bool) {
			<-ctx.Done()
			yield(llm.Delta{}, &llm.Error{Kind: llm.Down, Err: context.Cause(ctx)})
		}
	})
	in(t, func(t *testing.T) {
		b := says("no")
		m, r := ladderOf(t, nil, waits, b)
		for range 5 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			h := listen(ctx, m, &llm.Request{})
			cancel()
			if !errors.Is(h.err, context.DeadlineExceeded) {
				t.Errorf("error %v", h.err)
			}
		}
		calls(t, b, 0)
		if h := r.Health()[0]; h.State != "ready" || h.Failures != 0 {
			t.Errorf("%+v", h)
		}
	})
	t.Run("while it waits to repeat", func(t *testing.T) {
		in(t, func(t *testing.T) {
			a, b := fails(limited(2*time.Second)), says("no")
			m, _ := ladderOf(t, nil, a, b)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			began := time.Now()
			if h := listen(ctx, m, &llm.Request{}); !errors.Is(h.err, context.DeadlineExceeded) {
				t.Errorf("error %v", h.err)
			}
			took(t, began, time.Second)
			calls(t, a, 1)
			calls(t, b, 0)
		})
	})
	t.Run("a break stops the model", func(t *testing.T) {
		stopped := false
		endless := llmtest.Func(func(ctx context.Context, _ *llm.Request) iter.Seq2[llm.Delta, error] {
			return func(yield func(llm.Delta, error) bool) {
				defer func() { stopped = true }()
				for yield(llm.Delta{Text: "x"}, nil) {
				}
			}
		})
		m, _ := ladderOf(t, nil, endless)
		for range m.Stream(t.Context(), &llm.Request{}) {
			break
		}
		if !stopped {
			t.Error("the model runs on")
		}
	})
	t.Run("a probe that is given up makes room for the next", func(t *testing.T) {
		in(t, func(t *testing.T) {
			failing := true
			a := llmtest.Func(func(ctx context.Context, req *llm.Request) iter.Seq2[llm.Delta, error] {
				if failing {
					return fails(badKey).Stream(ctx, req)
				}
				return waits.Stream(ctx, req)
			})
			m, r := ladderOf(t, nil, a, says("two"))
			listen(t.Context(), m, &llm.Request{})
			failing = false
			time.Sleep(time.Minute)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			listen(ctx, m, &llm.Request{})
			if h := r.Health()[0]; h.State != "ready" {
				t.Errorf("%+v: nobody may probe it again", h)
			}
		})
	})
}
