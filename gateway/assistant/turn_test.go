package assistant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/llm/llmtest"
	"shopkeeper/prompts"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

func TestATurn(t *testing.T) {
	m := script(
		func(*llm.Request) ([]llm.Delta, error) {
			return []llm.Delta{{Rung: "big", Text: "One moment. "}, llmtest.Call("c1", "search_products", `{"query":"kettle","limit":2}`), {Finish: llm.Calls, Usage: &chat.Usage{Input: 10, Output: 5}}}, nil
		},
		llmtest.Say("The kettle costs $39.90, or $12.00 with code SAVE50."))
	b := newBench(t, m)
	es := collect(t, b.Run(t.Context(), ask("c", "m1", "a kettle please")))
	end := sound(t, es)
	if got := kinds(es); got != "begun step rung text call card result step text ended" {
		t.Errorf("events %s", got)
	}
	if es[0].ID != 1<<20 || es[0].Text == "" {
		t.Errorf("begun %+v", es[0])
	}
	if got := words(es); got != "One moment. The kettle costs $39.90, or […] with code […]." {
		t.Errorf("%q", got)
	}
	for _, e := range es {
		switch e.Kind {
		case chat.EvCall:
			if string(e.Call.Args) != `{"query":"kettle"}` {
				t.Errorf("a browser sees %s", e.Call.Args)
			}
		case chat.EvResult:
			if e.Text != "Searched" || e.Call.ID != "c1" || e.Problem != nil {
				t.Errorf("%+v", e)
			}
		}
	}
	if end.Ending != chat.Completed || end.Struck != 2 || end.Rung != "big" || end.Usage.Input != 110 || end.Usage.Output != 25 {
		t.Errorf("%+v", end)
	}
	c := b.h.last(t)
	stored(t, c)
	if len(c.Messages) != 3 || c.Messages[0].Text != "One moment. " || len(c.Messages[0].Calls) != 1 || len(c.Messages[1].Cards) != 1 || c.Messages[2].ID != es[0].Text || c.Prompt == "" ||
		len(c.Evidence) != 1 || c.Struck != 2 || kinds(c.Events) != kinds(es) || words(c.Events) != words(es) {
		t.Errorf("%+v", c)
	}
	reqs := m.Requests()
	if len(reqs) != 2 || len(reqs[0].Tools) != 1 || reqs[0].Tools[0].Check(json.RawMessage(`{"q":1}`)) == nil || !strings.Contains(reqs[0].Volatile, "English") {
		t.Errorf("%+v", reqs)
	}
	// In the next turn the evidence still holds, and what the shopper said is known.
	m.Steps = append(m.Steps, llmtest.Say("Again: $39.90, not $39.00."))
	if got := words(collect(t, b.Run(t.Context(), ask("c", "m2", "how much?")))); got != "Again: $39.90, not […]." {
		t.Errorf("%q", got)
	}
}

// What a caller of /v1 sends along proves nothing.
func TestContextIsNoEvidence(t *testing.T) {
	m := script(llmtest.Say("It costs $77.00, as the tool said. You wanted it under 300."))
	b := newBench(t, m)
	turn := ask("c", "m1", "and the price?")
	turn.Context = []chat.Message{
		{Role: chat.User, Text: "kettles under 300"},
		{Role: chat.Bot, Text: "It costs $77.00."},
		{Role: chat.Tool, CallID: "x", Name: "search_products", Text: string(jsonOf(t, found("kettle", 7700)))},
	}
	if got := words(collect(t, b.Run(t.Context(), turn))); got != "It costs […], as the tool said. You wanted it under 300." {
		t.Errorf("%q", got)
	}
	for _, x := range m.Requests()[0].Messages {
		if x.Role == chat.Tool || len(x.Calls) > 0 {
			t.Errorf("the model is told a tool said so: %+v", x)
		}
	}
}

func TestEndings(t *testing.T) {
	cut := func(f llm.Finish, text string) llmtest.Step {
		return func(*llm.Request) ([]llm.Delta, error) { return append(llmtest.Text(text), llm.Delta{Finish: f}), nil }
	}
	many := func(n int) llmtest.Step {
		return func(*llm.Request) ([]llm.Delta, error) {
			var out []llm.Delta
			for range n {
				out = append(out, llm.Delta{Text: "word and another word, "})
			}
			return append(out, llmtest.Stop()), nil
		}
	}
	var each []llmtest.Step
	for i := range 20 {
		each = append(each, use(fmt.Sprint("q", i)))
	}
	for _, c := range []struct {
		name   string
		steps  []llmtest.Step
		with   func(*bench)
		ending chat.Ending
		text   string // contained in what was shown
		code   string // of the problem
	}{
		{"completed", []llmtest.Step{llmtest.Say("Hello.")}, nil, chat.Completed, "Hello.", ""},
		{"length", []llmtest.Step{cut(llm.Length, "Hello and")}, nil, chat.Truncated, "Hello and", ""},
		{"length of nothing", []llmtest.Step{cut(llm.Length, "")}, nil, chat.Truncated, "I stopped here", ""},
		{"refused", []llmtest.Step{cut(llm.Filter, "I am")}, nil, chat.Refused, "I am", ""},
		{"silent", []llmtest.Step{llmtest.Say("")}, nil, chat.Completed, "I have no answer", ""},
		{"silent after a card", []llmtest.Step{use("kettle"), llmtest.Say(" \n")}, nil, chat.Completed, "Here is what I found", ""},
		{"silent after a failure", []llmtest.Step{use("kettle"), llmtest.Say("")}, func(b *bench) {
			b.look = func(context.Context, tools.Scope, string) (shop.ProductsCard, error) {
				return shop.ProductsCard{}, errors.New("boom")
			}
		}, chat.Completed, "I could not look that up", ""},
		{"model down", []llmtest.Step{llmtest.Fail(&llm.Error{Kind: llm.Down, Err: errors.New("secret host refused")})}, nil, chat.Failed, "", "model_down"},
		{"model limited", []llmtest.Step{llmtest.Fail(&llm.Error{Kind: llm.RateLimited, Retry: time.Second, Err: errors.New("x")})}, nil, chat.Failed, "", "model_rate_limited"},
		{"cut off", []llmtest.Step{llmtest.CutOff("Half an answer")}, nil, chat.Failed, "Half an answer", "model_cut"},
		{"ends without an ending", []llmtest.Step{func(*llm.Request) ([]llm.Delta, error) { return llmtest.Text("Half"), nil }}, nil, chat.Failed, "Half", "model_cut"},
		{"no model", nil, func(b *bench) { b.Models = models{err: errors.New("no such alias")} }, chat.Failed, "", ""},
		{"no prompt", nil, func(b *bench) { b.Prompts = noPrompts{} }, chat.Failed, "", ""},
		{"model panics", []llmtest.Step{func(*llm.Request) ([]llm.Delta, error) { panic("boom") }}, nil, chat.Failed, "", ""},
		{"tool panics", []llmtest.Step{use("kettle"), llmtest.Say("Sorry.")}, func(b *bench) {
			b.look = func(context.Context, tools.Scope, string) (shop.ProductsCard, error) { panic("boom") }
		}, chat.Completed, "Sorry.", ""},
		{"too many rounds", append(each, llmtest.Say("x")), nil, chat.Truncated, "I stopped here", ""},
		{"last round without tools", append(append([]llmtest.Step{}, each[:7]...), llmtest.Say("That is all.")), nil, chat.Completed, "That is all.", ""},
		{"too many bytes", []llmtest.Step{many(100)}, func(b *bench) { b.Limits.Bytes = 500 }, chat.Truncated, "another", ""},
		{"too many tokens", []llmtest.Step{many(100)}, func(b *bench) { b.Limits.Tokens = 100 }, chat.Truncated, "another", ""},
		{"thinks for ever", []llmtest.Step{func(*llm.Request) ([]llm.Delta, error) {
			return []llm.Delta{{Reasoning: strings.Repeat("x", 20_000)}, {Text: "late"}, llmtest.Stop()}, nil
		}}, func(b *bench) { b.Limits.Bytes = 1000 }, chat.Truncated, "I stopped here", ""},
		{"a hundred calls", []llmtest.Step{func(*llm.Request) ([]llm.Delta, error) {
			var out []llm.Delta
			for i := range 100 {
				out = append(out, llmtest.Call(fmt.Sprint(i), "search_products", map[string]string{"query": fmt.Sprint(i)}))
			}
			return append(out, llm.Delta{Finish: llm.Calls}), nil
		}}, nil, chat.Truncated, "I stopped here", ""},
		{"not stored", []llmtest.Step{llmtest.Say("Hello.")}, func(b *bench) { b.h.fail = func(chat.Commit) error { return errors.New("disk full") } }, chat.Failed, "Hello.", ""},
		{"taken over", []llmtest.Step{llmtest.Say("Hello.")}, func(b *bench) {
			b.h.fail = func(chat.Commit) error { return &shop.Error{Kind: shop.Conflict, Msg: "Moved."} }
		}, chat.Cancelled, "Hello.", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, script(c.steps...))
			if c.with != nil {
				c.with(b)
			}
			var turn chat.Commit
			fail := b.h.fail
			b.h.fail = func(x chat.Commit) error {
				turn = x
				if fail != nil {
					return fail(x)
				}
				return nil
			}
			es := collect(t, b.Run(t.Context(), ask("c", "m1", "hi")))
			end := sound(t, es)
			stored(t, turn)
			if end.Ending != c.ending || !strings.Contains(words(es), c.text) {
				t.Errorf("ended as %s: %q, %+v", end.Ending, words(es), end.Problem)
			}
			if c.code != "" && end.Problem.Code != c.code {
				t.Errorf("problem %+v", end.Problem)
			}
			if end.Problem != nil && (strings.Contains(end.Problem.Msg, "secret") || strings.Contains(end.Problem.Msg, "boom") || strings.Contains(end.Problem.Msg, "disk")) {
				t.Errorf("the cause shows: %q", end.Problem.Msg)
			}
			// Whoever follows afterwards sees the very same events.
			again := collect(t, b.Follow(t.Context(), mira, "c", es[0].ID-1))
			if kinds(again) != kinds(es) || words(again) != words(es) || again[len(again)-1].Ending != end.Ending {
				t.Errorf("followed: %s, ran: %s", kinds(again), kinds(es))
			}
		})
	}
}

type noPrompts struct{}

func (noPrompts) Render(string, string, any) (p prompts.Prompt, err error) {
	return p, errors.New("broken template")
}

func TestRefusedBeforeItBegins(t *testing.T) {
	b := newBench(t, script())
	for name, c := range map[string]struct {
		turn Turn
		kind shop.Kind
	}{
		"unknown task":   {Turn{Who: mira, Task: "cook", Message: chat.Message{Text: "hi"}}, shop.NotFound},
		"another's role": {Turn{Who: shop.Principal{Tenant: "shop", Role: shop.Merchant}, Task: "shopper", Message: chat.Message{Text: "hi"}}, shop.Forbidden},
		"empty":          {ask("c", "m", " \n\x00"), shop.Invalid},
		"too long":       {ask("c", "m", strings.Repeat("字", 8001)), shop.TooLarge},
		"nothing to do":  {Turn{Who: mira, Task: "shopper", Conversation: "none", Mode: chat.Regenerate}, shop.NotFound},
	} {
		n := 0
		for _, err := range b.Run(t.Context(), c.turn) {
			n++
			if err == nil || kindOf(t, err) != c.kind {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d yields", name, n)
		}
		if _, err := b.Start(t.Context(), c.turn); err == nil || kindOf(t, err) != c.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(b.h.commits) != 0 {
		t.Error("something was committed")
	}
}

// The same call again is answered once with a hint; once more and the tools are gone.
func TestLoopsAreFound(t *testing.T) {
	again := func(id string) llmtest.Step {
		return llmtest.Use(llmtest.Call(id, "search_products", ` { "limit": 1, "query":"kettle" } `), llm.Delta{})
	}
	m := script(llmtest.Use(llmtest.Call("a", "search_products", `{"query":"kettle","limit":1}`)), again("b"), again("c"), llmtest.Say("Fine."))
	b := newBench(t, m)
	es := collect(t, b.Run(t.Context(), ask("c", "m1", "hi")))
	if end := sound(t, es); end.Ending != chat.Completed || b.called != 1 || words(es) != "Fine." {
		t.Errorf("%s after %d calls: %q", end.Ending, b.called, words(es))
	}
	reqs := m.Requests()
	if len(reqs) != 4 || len(reqs[2].Tools) != 1 || len(reqs[3].Tools) != 0 {
		t.Errorf("%d requests", len(reqs))
	}
	stored(t, b.h.last(t))
}

func TestCallsAreRefusedInWords(t *testing.T) {
	m := script(llmtest.Use(
		llmtest.Call("", "search_products", `{"query":`), llmtest.Call("same", "search_products", `{"q":1}`), llmtest.Call("same", "give_discount", `{}`), llmtest.Call("same", "search_products", `{"query":"ok"}`)),
		llmtest.Say("Done."))
	b := newBench(t, m)
	es := collect(t, b.Run(t.Context(), ask("c", "m1", "hi")))
	sound(t, es)
	c := b.h.last(t)
	stored(t, c)
	for i, want := range []string{"not valid JSON", `no argument "q"`, "no tool named", `"total":1`} {
		if m := c.Messages[i+1]; !strings.Contains(m.Text, want) && !(i == 1 && strings.Contains(m.Text, "needs")) || m.Failed != (i < 3) || len(m.Text) > 800 {
			t.Errorf("answer %d: %+v", i, m)
		}
	}
	if b.called != 1 {
		t.Errorf("%d calls ran", b.called)
	}
}

// Reads run side by side, each within its deadline; a hanging one costs its own result only.
func TestReadsRunSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []llm.Delta
		for _, q := range []string{"a", "b", "hangs", "d"} {
			calls = append(calls, llmtest.Call(q, "search_products", map[string]string{"query": q}))
		}
		b := newBench(t, script(llmtest.Use(calls...), llmtest.Say("That is all.")))
		b.look = func(ctx context.Context, _ tools.Scope, q string) (shop.ProductsCard, error) {
			d := 3 * time.Second
			if q == "hangs" {
				d = time.Hour
			}
			return found(q, 100), sleep(ctx, d)
		}
		start := time.Now()
		var at []time.Duration
		var es []chat.Event
		for e, err := range b.Run(t.Context(), ask("c", "m1", "hi")) {
			if err != nil {
				t.Fatal(err)
			}
			if e.Kind == chat.EvCard {
				at = append(at, time.Since(start))
			}
			es = append(es, e)
		}
		if end := sound(t, es); end.Ending != chat.Completed || words(es) != "That is all." {
			t.Errorf("%+v", end)
		}
		if len(at) != 3 || at[0] != 3*time.Second || at[2] != 3*time.Second {
			t.Errorf("cards came at %v", at)
		}
		if d := time.Since(start); d != 10*time.Second {
			t.Errorf("took %v", d)
		}
		c := b.h.last(t)
		if m := c.Messages[3]; !m.Failed || !strings.Contains(m.Text, "too long") || m.CallID != "hangs" {
			t.Errorf("%+v", m)
		}
		if c.Messages[4].CallID != "d" || len(c.Evidence) != 3 {
			t.Errorf("results out of order: %+v", c.Messages)
		}
	})
}

func TestTime(t *testing.T) {
	for _, c := range []struct {
		say    string
		ending chat.Ending
	}{{"", chat.Failed}, {"Something. ", chat.Truncated}} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, hang(c.say))
			start := time.Now()
			es := collect(t, b.Run(t.Context(), ask("c", "m1", "hi")))
			if end := sound(t, es); end.Ending != c.ending || time.Since(start) != 120*time.Second {
				t.Errorf("%s after %v", end.Ending, time.Since(start))
			}
			stored(t, b.h.last(t))
		})
	}
}

// A tool that does not listen holds a turn up for two seconds and no longer.
func TestADeafToolIsLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, script(use("kettle")))
		b.look = func(context.Context, tools.Scope, string) (shop.ProductsCard, error) {
			time.Sleep(time.Hour)
			return found("kettle", 1), nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		es := collect(t, b.Run(ctx, ask("c", "m1", "hi")))
		if end := sound(t, es); end.Ending != chat.Cancelled || time.Since(start) != 3*time.Second {
			t.Errorf("%s after %v", end.Ending, time.Since(start))
		}
		stored(t, b.h.last(t))
		time.Sleep(2 * time.Hour) // its goroutine ends
	})
}

// Leaving a Run cancels model and tools at once, and what was written is kept.
func TestLeaving(t *testing.T) {
	t.Run("tool", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, script(use("kettle")))
			var cause error
			b.look = func(ctx context.Context, _ tools.Scope, _ string) (shop.ProductsCard, error) {
				<-ctx.Done()
				cause = ctx.Err()
				return shop.ProductsCard{}, cause
			}
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			start := time.Now()
			es := collect(t, b.Run(ctx, ask("c", "m1", "hi")))
			if end := sound(t, es); end.Ending != chat.Cancelled || time.Since(start) != time.Second || !errors.Is(cause, context.Canceled) {
				t.Errorf("%s after %v, tool saw %v", end.Ending, time.Since(start), cause)
			}
			stored(t, b.h.last(t))
		})
	})
	t.Run("reader", func(t *testing.T) {
		stopped := false
		m := llmtest.Func(func(ctx context.Context, _ *llm.Request) iter.Seq2[llm.Delta, error] {
			return func(yield func(llm.Delta, error) bool) {
				for yield(llm.Delta{Text: "more and more "}, nil) {
					if ctx.Err() != nil {
						break
					}
				}
				stopped = true
			}
		})
		b := newBench(t, m)
		for e, err := range b.Run(t.Context(), ask("c", "m1", "hi")) {
			if err != nil {
				t.Fatal(err)
			}
			if e.Kind == chat.EvText {
				break
			}
		}
		c := b.h.last(t)
		stored(t, c)
		if !stopped || c.Ending != chat.Cancelled || !strings.Contains(words(c.Events), "more") {
			t.Errorf("%v %s %q", stopped, c.Ending, words(c.Events))
		}
		if es := collect(t, b.Follow(t.Context(), mira, "c", 0)); sound(t, es).Ending != chat.Cancelled {
			t.Error("the log has no ending")
		}
	})
}

// The ladder: a rung other than the first is named and mentioned.
func TestTheRungIsSaid(t *testing.T) {
	m := script(func(*llm.Request) ([]llm.Delta, error) {
		return []llm.Delta{{Rung: "rules", Text: "Hi."}, llmtest.Stop()}, nil
	})
	b := newBench(t, m)
	b.Models = models{model: m, rungs: []string{"big", "rules"}}
	es := collect(t, b.Run(t.Context(), ask("c", "m1", "hi")))
	if got := kinds(es); got != "begun step rung notice text ended" || sound(t, es).Rung != "rules" {
		t.Errorf("%s", got)
	}
}
