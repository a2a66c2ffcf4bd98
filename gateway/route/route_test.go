package route

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/llm/llmtest"
)

var (
	down   = &llm.Error{Kind: llm.Down, Err: errors.New("dead")}
	badKey = &llm.Error{Kind: llm.BadKey, Status: 401, Err: errors.New("key")}
	bad    = &llm.Error{Kind: llm.BadRequest, Status: 422, Err: errors.New("parameters")}
	blank  = &llm.Error{Kind: llm.Blank, Err: errors.New("blank")}
	cut    = &llm.Error{Kind: llm.Cut, Err: llm.ErrTruncated}
)

func limited(after time.Duration) error {
	return &llm.Error{Kind: llm.RateLimited, Status: 429, Retry: after, Err: errors.New("slow down")}
}

func long(window int) error {
	return &llm.Error{Kind: llm.TooLong, Status: 400, Window: window, Err: errors.New("too long")}
}

// counted is a script that counts its calls.
type counted struct{ *llmtest.Script }

func (c counted) calls() int { return len(c.Requests()) }

// plays answers with steps in order, the last one again and again.
func plays(steps ...llmtest.Step) counted {
	last := steps[len(steps)-1]
	for range 100 {
		steps = append(steps, last)
	}
	return counted{&llmtest.Script{Steps: steps}}
}

func says(text string) counted { return plays(llmtest.Say(text)) }
func fails(err error) counted  { return plays(llmtest.Fail(err)) }

// ladderOf is a router of one alias whose targets t0, t1 … are rungs of their own.
func ladderOf(t *testing.T, change func(*Config), models ...llm.Model) (llm.Model, *Router) {
	t.Helper()
	c := Config{Jitter: func() float64 { return 0.5 }}
	a := Alias{Name: "shopper"}
	for i, m := range models {
		name := fmt.Sprintf("t%d", i)
		c.Targets = append(c.Targets, Target{Name: name, Rung: "rung" + name, Model: m})
		a.Rungs = append(a.Rungs, []string{name})
	}
	c.Aliases = []Alias{a}
	if change != nil {
		change(&c)
	}
	r, err := New(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.Model("shopper")
	if err != nil {
		t.Fatal(err)
	}
	return m, r
}

type heard struct {
	text, reasoning, rungs, targets string
	finish                          llm.Finish
	err                             error
}

func listen(ctx context.Context, m llm.Model, req *llm.Request) (h heard) {
	for d, err := range m.Stream(ctx, req) {
		if err != nil {
			h.err = err
			continue
		}
		h.text += d.Text
		h.reasoning += d.Reasoning
		h.rungs += d.Rung
		h.targets += d.Target
		if d.Finish != "" {
			h.finish = d.Finish
		}
	}
	return h
}

func (h heard) want(t *testing.T, text, target string) {
	t.Helper()
	if h.err != nil || h.text != text || h.targets != target || h.rungs != "rung"+target || h.finish == "" {
		t.Errorf("%+v, want %q of %s", h, text, target)
	}
}

func (h heard) fails(t *testing.T, kind llm.Kind) {
	t.Helper()
	var e *llm.Error
	if !errors.As(h.err, &e) || e.Kind != kind {
		t.Errorf("%+v, want an error of kind %v", h, kind)
	}
}

func calls(t *testing.T, m counted, want int) {
	t.Helper()
	if n := m.calls(); n != want {
		t.Errorf("%d calls, want %d", n, want)
	}
}

// in runs fn with a clock of its own and says how long it took there.
func in(t *testing.T, fn func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, fn)
}

func took(t *testing.T, since time.Time, want time.Duration) {
	t.Helper()
	if d := time.Since(since); d != want {
		t.Errorf("it took %v, want %v", d, want)
	}
}

func TestFirstRungAnswers(t *testing.T) {
	a, b := says("one two three"), says("no")
	m, _ := ladderOf(t, nil, a, b)
	listen(t.Context(), m, &llm.Request{}).want(t, "one two three", "t0")
	calls(t, b, 0)
}

func TestLadderGoesDown(t *testing.T) {
	for name, err := range map[string]error{"down": down, "bad key": badKey, "bad request": bad, "blank": blank, "cut": cut, "limited": limited(time.Hour), "unclassed": errors.New("odd")} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				m, _ := ladderOf(t, nil, fails(err), fails(err), says("rules"))
				listen(t.Context(), m, &llm.Request{}).want(t, "rules", "t2")
			})
		})
	}
	in(t, func(t *testing.T) {
		m, _ := ladderOf(t, nil, fails(down), fails(bad))
		listen(t.Context(), m, &llm.Request{}).fails(t, llm.BadRequest)
	})
}

func TestRetryBeforeTheFirstDelta(t *testing.T) {
	for _, c := range []struct {
		name  string
		err   error
		calls int // of the first target, which is well the second time
		wait  time.Duration
	}{
		{"down", down, 2, 200 * time.Millisecond},
		{"blank", blank, 2, 200 * time.Millisecond},
		{"cut before a word", cut, 2, 200 * time.Millisecond},
		{"Retry-After", limited(1500 * time.Millisecond), 2, 1500 * time.Millisecond},
		{"Retry-After that is too far", limited(3 * time.Second), 1, 0},
		{"bad key", badKey, 1, 0},
		{"bad request", bad, 1, 0},
		{"too long", long(0), 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				a, b := plays(llmtest.Fail(c.err), llmtest.Say("one")), says("two")
				m, _ := ladderOf(t, nil, a, b)
				began := time.Now()
				h := listen(t.Context(), m, &llm.Request{})
				took(t, began, c.wait)
				if calls(t, a, c.calls); c.calls == 2 {
					h.want(t, "one", "t0")
				} else {
					h.want(t, "two", "t1")
				}
			})
		})
	}
	t.Run("only once", func(t *testing.T) {
		in(t, func(t *testing.T) {
			a := fails(down)
			m, _ := ladderOf(t, nil, a, says("two"))
			listen(t.Context(), m, &llm.Request{}).want(t, "two", "t1")
			calls(t, a, 2)
		})
	})
	t.Run("not what took long", func(t *testing.T) {
		in(t, func(t *testing.T) {
			n := 0
			slow := llmtest.Func(func(ctx context.Context, _ *llm.Request) iter.Seq2[llm.Delta, error] {
				return func(yield func(llm.Delta, error) bool) {
					n++
					time.Sleep(30 * time.Second)
					yield(llm.Delta{}, down)
				}
			})
			m, _ := ladderOf(t, nil, slow, says("two"))
			listen(t.Context(), m, &llm.Request{}).want(t, "two", "t1")
			if n != 1 {
				t.Errorf("%d calls", n)
			}
		})
	})
}

// After the first real delta a target is kept, whatever comes.
func TestCommitment(t *testing.T) {
	b := says("never")
	m, _ := ladderOf(t, nil, plays(llmtest.CutOff("Half an")), b)
	h := listen(t.Context(), m, &llm.Request{})
	h.fails(t, llm.Cut)
	if h.text != "Half an" || h.targets != "t0" {
		t.Errorf("%+v", h)
	}
	calls(t, b, 0)

	deltas := func(err error, ds ...llm.Delta) counted {
		return plays(func(*llm.Request) ([]llm.Delta, error) { return ds, err })
	}
	t.Run("reasoning is none", func(t *testing.T) {
		in(t, func(t *testing.T) {
			m, _ := ladderOf(t, nil, deltas(down, llm.Delta{Reasoning: "hm"}), deltas(nil, llm.Delta{Reasoning: "ah, "}, llm.Delta{Reasoning: "tea"}, llm.Delta{Text: "Tea."}, llm.Delta{Finish: llm.Stop}))
			h := listen(t.Context(), m, &llm.Request{})
			h.want(t, "Tea.", "t1")
			if h.reasoning != "ah, tea" {
				t.Errorf("reasoning %q", h.reasoning)
			}
			for d := range m.Stream(t.Context(), &llm.Request{}) {
				if d.Rung != "rungt1" {
					t.Errorf("the first delta is %+v", d)
				}
				break
			}
		})
	})
	t.Run("a call is one", func(t *testing.T) {
		m, _ := ladderOf(t, nil, deltas(down, llmtest.Call("a", "search_products", "{}")), says("no"))
		listen(t.Context(), m, &llm.Request{}).fails(t, llm.Down)
	})
	t.Run("an ending is one", func(t *testing.T) {
		m, _ := ladderOf(t, nil, deltas(nil, llm.Delta{Finish: llm.Length}), says("no"))
		listen(t.Context(), m, &llm.Request{}).want(t, "", "t0")
	})
	t.Run("nothing at all is a failure", func(t *testing.T) {
		in(t, func(t *testing.T) {
			m, _ := ladderOf(t, nil, deltas(nil, llm.Delta{Reasoning: "hm"}), says("two"))
			listen(t.Context(), m, &llm.Request{}).want(t, "two", "t1")
			m, _ = ladderOf(t, nil, deltas(nil))
			listen(t.Context(), m, &llm.Request{}).fails(t, llm.Blank)
		})
	})
}

func TestTooLong(t *testing.T) {
	windows := func(ws ...int) func(*Config) {
		return func(c *Config) {
			for i, w := range ws {
				c.Targets[i].Window = w
			}
		}
	}
	t.Run("a smaller rung is skipped", func(t *testing.T) {
		small, large := says("small"), says("large")
		m, _ := ladderOf(t, windows(8000, 4000, 8000, 32_000), fails(long(0)), small, small, large)
		listen(t.Context(), m, &llm.Request{}).want(t, "large", "t3")
		calls(t, small, 0)
	})
	t.Run("the largest that was too small counts", func(t *testing.T) {
		skipped := says("no")
		m, _ := ladderOf(t, windows(8000, 16_000, 10_000, 0), fails(long(0)), fails(long(0)), skipped, says("rules"))
		listen(t.Context(), m, &llm.Request{}).want(t, "rules", "t3")
		calls(t, skipped, 0)
	})
	t.Run("a request that can be made to fit goes back", func(t *testing.T) {
		rules, larger := says("rules"), says("larger")
		m, _ := ladderOf(t, windows(32_000, 0), fails(long(4096)), rules)
		h := listen(t.Context(), m, &llm.Request{Window: 32_000})
		h.fails(t, llm.TooLong)
		var e *llm.Error
		if errors.As(h.err, &e); e.Window != 4096 {
			t.Errorf("window %d", e.Window)
		}
		calls(t, rules, 0)
		m, _ = ladderOf(t, windows(8000, 32_000, 0), fails(long(4096)), larger, rules)
		listen(t.Context(), m, &llm.Request{}).want(t, "larger", "t1")
		m, _ = ladderOf(t, windows(8000, 32_000, 0), fails(long(4096)), fails(bad), rules)
		listen(t.Context(), m, &llm.Request{}).fails(t, llm.TooLong)
		calls(t, rules, 0)
	})
	t.Run("one that was made to fit and does not goes down", func(t *testing.T) {
		m, _ := ladderOf(t, windows(32_000, 0), fails(long(4096)), says("rules"))
		listen(t.Context(), m, &llm.Request{Window: 4096}).want(t, "rules", "t1")
	})
	t.Run("the target is not blamed", func(t *testing.T) {
		m, r := ladderOf(t, nil, fails(long(0)), says("rules"))
		for range 5 {
			listen(t.Context(), m, &llm.Request{})
		}
		if h := r.Health()[0]; h.State != "ready" || h.Failures != 0 {
			t.Errorf("%+v", h)
		}
	})
}

func TestNewChecks(t *testing.T) {
	m := says("x")
	for name, c := range map[string]Config{
		"a target without a name":  {Targets: []Target{{Model: m}}},
		"a target without a model": {Targets: []Target{{Name: "a"}}},
		"a target twice":           {Targets: []Target{{Name: "a", Model: m}, {Name: "a", Model: m}}},
		"an alias without a name":  {Targets: []Target{{Name: "a", Model: m}}, Aliases: []Alias{{Rungs: [][]string{{"a"}}}}},
		"an alias twice":           {Targets: []Target{{Name: "a", Model: m}}, Aliases: []Alias{{Name: "x", Rungs: [][]string{{"a"}}}, {Name: "x", Rungs: [][]string{{"a"}}}}},
		"an unknown target":        {Targets: []Target{{Name: "a", Model: m}}, Aliases: []Alias{{Name: "x", Rungs: [][]string{{"b"}}}}},
		"an empty alias":           {Targets: []Target{{Name: "a", Model: m}}, Aliases: []Alias{{Name: "x", Rungs: [][]string{{}}}}},
	} {
		if _, err := New(c, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	r, err := New(Config{
		Targets: []Target{{Name: "a", Model: m, Window: 8000}, {Name: "b", Model: m, Window: 16_000}, {Name: "c", Model: m, Rung: "rules"}},
		Aliases: []Alias{{Name: "x", Rungs: [][]string{{"a", "b"}, {"c"}}}, {Name: "y", Rungs: [][]string{{"c"}}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if w := r.Window("x"); w != 16_000 {
		t.Errorf("window %d", w)
	}
	if w := r.Window("y") + r.Window("none"); w != 0 {
		t.Errorf("window %d", w)
	}
	if s := strings.Join(r.Names(), " ") + ": " + strings.Join(r.Rungs("x"), " "); s != "x y: a b rules" {
		t.Errorf("names %s", s)
	}
	if _, err := r.Model("none"); err == nil {
		t.Error("an unknown alias is a model")
	}
}
