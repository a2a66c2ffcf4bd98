package assistant

import (
	"context"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/llm/llmtest"
)

// A model that gets nowhere hands the turn to the last rung: the shopper gets an answer, and none of the model's junk.
func TestLowerRung(t *testing.T) {
	bad := func(n string) llmtest.Step {
		return llmtest.Use(llmtest.Call("bad"+n, "search_products", map[string]any{"query": "kettle", "filters": []any{[]string{"field", n}}}))
	}
	for _, c := range []struct {
		name  string
		steps []llmtest.Step
		lower bool
	}{
		{"every call fails, twice", []llmtest.Step{bad("1"), bad("2")}, true},
		{"silence", []llmtest.Step{llmtest.Say("")}, true},
		{"one failing call, then an answer", []llmtest.Step{bad("1"), llmtest.Say("Which kettle?")}, false},
		{"silence after a card", []llmtest.Step{use("kettle"), llmtest.Say("")}, false},
	} {
		b := newBench(t, script(c.steps...))
		last := script(use("lamp"), llmtest.Say("Here is a lamp."))
		b.Models = models{model: script(c.steps...), lower: last}
		es := collect(t, b.Run(t.Context(), ask("c", "m1", "a lamp please")))
		sound(t, es)
		commit := b.h.last(t)
		var text strings.Builder
		for _, m := range commit.Messages {
			text.WriteString(m.Text)
		}
		if got := len(last.Requests()) > 0; got != c.lower {
			t.Errorf("%s: the last rung answered: %v", c.name, got)
		}
		if c.lower && (!strings.Contains(text.String(), "Here is a lamp.") || commit.Ending != chat.Completed) {
			t.Errorf("%s: %s, %q", c.name, commit.Ending, text.String())
		}
		for _, req := range last.Requests() {
			for _, m := range req.Messages {
				if strings.HasPrefix(m.CallID, "bad") || m.Failed {
					t.Errorf("%s: the last rung reads %+v", c.name, m)
				}
			}
			if len(req.Tools) == 0 {
				t.Errorf("%s: the last rung has no tools", c.name)
			}
		}
	}
}

// One that is too slow leaves the last rung a moment: an answer late is better than none.
func TestLowerRungWhenTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		slow := llmtest.Func(func(ctx context.Context, _ *llm.Request) iter.Seq2[llm.Delta, error] {
			return func(yield func(llm.Delta, error) bool) {
				<-ctx.Done()
				yield(llm.Delta{}, ctx.Err())
			}
		})
		b.Models = models{model: slow, lower: script(use("lamp"), llmtest.Say("Here is a lamp."))}
		b.Limits.Time = time.Minute
		sound(t, collect(t, b.Run(t.Context(), ask("c", "m1", "a lamp please"))))
		if c := b.h.last(t); c.Ending != chat.Completed || !strings.Contains(c.Messages[len(c.Messages)-1].Text, "Here is a lamp.") {
			t.Errorf("%s: %+v", c.Ending, c.Messages)
		}
	})
}
