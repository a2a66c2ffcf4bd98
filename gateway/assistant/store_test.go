package assistant

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
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

// A conversation's name is its client's choice: what another tenant calls the same, or what had the name before it was
// deleted, is another conversation. It shares no events, no lease and no stop.
func TestNamesakes(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "shop.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	there := shop.Principal{Tenant: "there", ID: "mira", Role: shop.Shopper}
	for _, id := range []string{"shop", "there"} {
		if err := s.AddTenant(t.Context(), shop.Tenant{ID: id, Currency: "USD", Zone: "UTC", Lang: "en"}); err != nil {
			t.Fatal(err)
		}
	}
	var b *bench
	answer := func(who shop.Principal, message, want string) {
		t.Helper()
		turn := ask("c", message, "hi "+message)
		turn.Who = who
		st, err := b.Start(t.Context(), turn)
		if err != nil {
			t.Fatal(err)
		}
		es := collect(t, b.Follow(t.Context(), who, "c", st.After))
		if end := sound(t, es); end.Ending != chat.Completed || words(es) != want || es[0].Turn != st.Turn {
			t.Errorf("%s of %s reads %q, want %q", who.ID, who.Tenant, words(es), want)
		}
	}
	b = newBench(t, script(
		func(*llm.Request) ([]llm.Delta, error) { // while this turn runs, its namesake answers and is stopped
			answer(there, "m1", "Over there.")
			if err := b.Stop(t.Context(), there, "c"); err != nil {
				t.Error(err)
			}
			return append(llmtest.Text("Over here."), llmtest.Stop()), nil
		},
		llmtest.Say("Over there."), llmtest.Say("Again."), llmtest.Say("Anew."),
	))
	b.History, b.NewID = s, nil
	answer(mira, "m1", "Over here.")
	answer(mira, "m2", "Again.")
	if err := s.DeleteConversation(t.Context(), mira, "c"); err != nil {
		t.Fatal(err)
	}
	answer(omar, "m1", "Anew.")
	if es := collect(t, b.Follow(t.Context(), omar, "c", 0)); words(es) != "Anew." {
		t.Errorf("the deleted conversation is told to its name's next owner: %q", words(es))
	}
}

// Whoever deletes a conversation whose turn runs cancels the turn: that is no failure.
func TestDeletedWhileItRuns(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "shop.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.AddTenant(t.Context(), shop.Tenant{ID: "shop", Currency: "USD", Zone: "UTC", Lang: "en"}); err != nil {
		t.Fatal(err)
	}
	var b *bench
	b = newBench(t, script(func(*llm.Request) ([]llm.Delta, error) {
		if err := errors.Join(b.Stop(t.Context(), mira, "c"), s.DeleteConversation(t.Context(), mira, "c")); err != nil {
			t.Error(err)
		}
		return append(llmtest.Text("Too late."), llmtest.Stop()), nil
	}))
	b.History, b.NewID = s, nil
	if end := sound(t, collect(t, b.Run(t.Context(), ask("c", "m1", "hi")))); end.Ending != chat.Cancelled || end.Problem != nil {
		t.Errorf("%s %v", end.Ending, end.Problem)
	}
}

// Of several messages that interrupt at once the last one stored is answered. The others are cancelled, not failed.
func TestInterruptsAtOnce(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "shop.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.AddTenant(t.Context(), shop.Tenant{ID: "shop", Currency: "USD", Zone: "UTC", Lang: "en"}); err != nil {
		t.Fatal(err)
	}
	release := make(chan struct{})
	b := newBench(t, llmtest.Func(func(ctx context.Context, _ *llm.Request) iter.Seq2[llm.Delta, error] {
		return func(yield func(llm.Delta, error) bool) {
			select {
			case <-ctx.Done():
				yield(llm.Delta{}, ctx.Err())
			case <-release:
				_ = yield(llm.Delta{Text: "Done."}, nil) && yield(llmtest.Stop(), nil)
			}
		}
	}))
	b.History, b.NewID = s, nil
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			turn := ask("c", fmt.Sprint("m", i), fmt.Sprint("message ", i))
			turn.Mode = chat.Interrupt
			if _, err := b.Start(t.Context(), turn); err != nil && kindOf(t, err) != shop.Busy {
				t.Error(err)
			}
		})
	}
	all.Wait()
	close(release)
	if err := b.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, ms, err := s.Conversation(t.Context(), mira, "c")
	if err != nil {
		t.Fatal(err)
	}
	endings := ""
	for _, m := range ms {
		if m.Role == chat.Bot {
			endings += string(m.Ending) + " "
		}
	}
	if endings = strings.ReplaceAll(endings, "cancelled ", ""); endings != "completed " {
		t.Errorf("beside the cancelled ones: %q", endings)
	}
}
