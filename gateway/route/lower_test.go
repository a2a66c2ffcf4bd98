package route

import (
	"context"
	"net/http"
	"testing"

	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/llm/llmtest"
)

type rawOnly struct{}

func (rawOnly) Refused(int, http.Header, []byte) *llm.Error { return nil }
func (rawOnly) Forward(context.Context, string, string, []byte) (*http.Response, error) {
	return nil, &llm.Error{Kind: llm.Down}
}

// Lower is the last rung alone, and only what is a model on it.
func TestLower(t *testing.T) {
	say := func(s string) *llmtest.Script { return &llmtest.Script{Steps: []llmtest.Step{llmtest.Say(s)}} }
	r, err := New(Config{
		Targets: []Target{{Name: "big", Model: say("big")}, {Name: "small", Model: say("small")}, {Name: "raw", Raw: rawOnly{}}},
		Aliases: []Alias{
			{Name: "two", Rungs: [][]string{{"big"}, {"raw", "small"}}},
			{Name: "one", Rungs: [][]string{{"big"}}},
			{Name: "none", Rungs: [][]string{{"big"}, {"raw"}}},
		},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for alias, want := range map[string]bool{"two": true, "one": false, "none": false, "unknown": false} {
		m, ok := r.Lower(alias)
		if ok != want {
			t.Errorf("%s: %v", alias, ok)
		}
		if !ok {
			continue
		}
		var text string
		for d, err := range m.Stream(t.Context(), &llm.Request{}) {
			if err != nil {
				t.Fatal(err)
			}
			text += d.Text
		}
		if text != "small" {
			t.Errorf("%s says %q", alias, text)
		}
	}
}
