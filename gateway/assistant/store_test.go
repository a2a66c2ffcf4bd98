package assistant

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm/llmtest"
	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

// The same turns over the real store: what the loop relies on is what the records keep, over a restart, too.
func TestOverTheStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	open := func(m *llmtest.Script) (*bench, *store.Store) {
		s, err := store.Open(t.Context(), path, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b := newBench(t, m)
		b.History, b.NewID = s, nil
		return b, s
	}
	b, s := open(script(use("kettle"), llmtest.Say("It costs $39.90, not $20.00."), llmtest.Say("Once more: $39.90.")))
	if err := s.AddTenant(t.Context(), shop.Tenant{ID: "shop", Currency: "USD", Zone: "UTC", Lang: "en"}); err != nil {
		t.Fatal(err)
	}
	first := collect(t, b.Run(t.Context(), ask("c", "m1", "a kettle")))
	if end := sound(t, first); end.Ending != chat.Completed || words(first) != "It costs $39.90, not […]." {
		t.Fatalf("%+v %q", end, words(first))
	}
	again := collect(t, b.Run(t.Context(), ask("c", "m1", "a kettle")))
	if kinds(again) != kinds(first) || words(again) != words(first) || again[0].ID != first[0].ID {
		t.Errorf("the same message again: %s %q", kinds(again), words(again))
	}
	es := collect(t, b.Run(t.Context(), Turn{Who: mira, Task: "shopper", Conversation: "c", Mode: chat.Regenerate}))
	if end := sound(t, es); end.Ending != chat.Completed || words(es) != "Once more: $39.90." { // the look-up stays a fact of this conversation
		t.Errorf("%q", words(es))
	}
	for _, err := range b.Run(t.Context(), Turn{Who: omar, Task: "shopper", Conversation: "c", Message: chat.Message{ID: "m9", Text: "hi"}}) {
		if kindOf(t, err) != shop.NotFound {
			t.Errorf("another shopper: %v", err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	m := script(use("lamp"), llmtest.Say("The lamp costs $39.90."), llmtest.Say("Still $39.90, and nothing for $1.00."))
	b, s = open(m)
	defer s.Close()
	for i, want := range []string{"The lamp costs $39.90.", "Still $39.90, and nothing for […]."} {
		es := collect(t, b.Run(t.Context(), ask("c", fmt.Sprint("n", i), "and a lamp?")))
		if end := sound(t, es); end.Ending != chat.Completed || words(es) != want {
			t.Errorf("%q", words(es))
		}
	}
	if got := said(m.Requests()[0].Messages); !strings.HasPrefix(got, "a kettle|") || !strings.HasSuffix(got, "|and a lamp?") {
		t.Errorf("the model reads %q", got)
	}
}
