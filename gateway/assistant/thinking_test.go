package assistant

import (
	"strings"
	"testing"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/llm/llmtest"
)

// A model that thinks gets the reasoning of a round back with that round's calls, within its turn and nowhere else.
func TestReasoningGoesBackWithItsCalls(t *testing.T) {
	think := func(thought string, rest ...llm.Delta) llmtest.Step {
		return func(*llm.Request) ([]llm.Delta, error) {
			half := len(thought) / 2
			return append([]llm.Delta{{Reasoning: thought[:half]}, {Reasoning: thought[half:]}}, rest...), nil
		}
	}
	m := script(
		think("They want a kettle.", llmtest.Call("c1", "search_products", `{"query":"kettle"}`), llm.Delta{Finish: llm.Calls}),
		think("", llmtest.Call("c2", "search_products", `{"query":"kettles"}`), llm.Delta{Finish: llm.Calls}),
		think("Now I know.", llm.Delta{Text: "Here."}, llmtest.Stop()),
		llmtest.Say("Again."))
	b := newBench(t, m)
	es := collect(t, b.Run(t.Context(), ask("c", "m1", "a kettle please")))
	if end := sound(t, es); end.Ending != chat.Completed || strings.Contains(words(es), "kettle.") {
		t.Errorf("%+v, %q", end, words(es))
	}
	collect(t, b.Run(t.Context(), ask("c", "m2", "thanks")))
	back := func(r llm.Request) (out []string) {
		for _, m := range r.Messages {
			if len(m.Calls) > 0 {
				out = append(out, m.Reasoning)
			} else if m.Reasoning != "" {
				t.Errorf("reasoning with a message without calls: %+v", m)
			}
		}
		return out
	}
	rs := m.Requests()
	if got := back(rs[1]); len(got) != 1 || got[0] != "They want a kettle." {
		t.Errorf("second round: %q", got)
	}
	if got := back(rs[2]); len(got) != 2 || got[0] != "They want a kettle." || got[1] != "" {
		t.Errorf("third round: %q", got)
	}
	for _, tool := range rs[0].Tools {
		if !tool.Mend {
			t.Errorf("%s is a read, and its arguments may be mended", tool.Name)
		}
	}
}
