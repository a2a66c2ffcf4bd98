package assistant

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/llm/llmtest"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

// slow says a word a second.
func slow(text string) llm.Model {
	return llmtest.Func(func(ctx context.Context, _ *llm.Request) iter.Seq2[llm.Delta, error] {
		return func(yield func(llm.Delta, error) bool) {
			for _, w := range strings.SplitAfter(text, " ") {
				if err := sleep(ctx, time.Second); err != nil {
					yield(llm.Delta{}, &llm.Error{Kind: llm.Down, Err: err})
					return
				}
				if !yield(llm.Delta{Text: w}, nil) {
					return
				}
			}
			yield(llmtest.Stop(), nil)
		}
	})
}

const tale = "once upon some time there lived two kettles in a shop "

func TestResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, slow(tale))
		st, err := b.Start(t.Context(), ask("c", "m1", "tell me"))
		if err != nil {
			t.Fatal(err)
		}
		var es []chat.Event
		for e, err := range b.Follow(t.Context(), mira, "c", st.After) {
			if err != nil {
				t.Fatal(err)
			}
			es = append(es, e)
			if len(es) == 5 {
				break
			}
		}
		time.Sleep(3 * time.Second)
		es = append(es, collect(t, b.Follow(t.Context(), mira, "c", es[4].ID))...)
		if end := sound(t, es); end.Ending != chat.Completed || words(es) != tale {
			t.Errorf("%s %q", end.Ending, words(es))
		}
		// A turn that ended is replayed for a minute, then it is gone.
		if again := collect(t, b.Follow(t.Context(), mira, "c", st.After)); len(again) != len(es) {
			t.Errorf("%d of %d events", len(again), len(es))
		}
		time.Sleep(61 * time.Second)
		if again := collect(t, b.Follow(t.Context(), mira, "c", st.After)); len(again) != 0 {
			t.Errorf("%d events after a minute", len(again))
		}
		for _, err := range b.Follow(t.Context(), omar, "c", 0) {
			if kindOf(t, err) != shop.NotFound {
				t.Errorf("another shopper: %v", err)
			}
		}
		if err := b.Stop(t.Context(), omar, "c"); kindOf(t, err) != shop.NotFound {
			t.Errorf("another shopper stops: %v", err)
		}
	})
}

// A started turn outlives its request and its readers, but not for long.
func TestGrace(t *testing.T) {
	for _, c := range []struct {
		name            string
		leave, comeback time.Duration // a follower's, 0 = none
		ends            time.Duration
	}{
		{"nobody comes", 0, 0, 15 * time.Second},
		{"one leaves", 5 * time.Second, 0, 20 * time.Second},
		{"one comes back", 5 * time.Second, 15 * time.Second, 61 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, slow(strings.Repeat("word ", 60)))
				ctx, hangUp := context.WithCancel(t.Context())
				start := time.Now()
				var ended time.Duration
				b.h.fail = func(chat.Commit) error { ended = time.Since(start); return nil }
				if _, err := b.Start(ctx, ask("c", "m1", "tell me")); err != nil {
					t.Fatal(err)
				}
				hangUp()
				if c.leave > 0 {
					ctx, cancel := context.WithTimeout(t.Context(), c.leave)
					defer cancel()
					for range b.Follow(ctx, mira, "c", 0) {
					}
				}
				if c.comeback > 0 {
					time.Sleep(c.comeback - c.leave)
					for range b.Follow(t.Context(), mira, "c", 0) {
					}
				}
				time.Sleep(2 * time.Minute)
				com := b.h.last(t)
				if ended != c.ends || (com.Ending == chat.Completed) != (c.comeback > 0) {
					t.Errorf("%s after %v", com.Ending, ended)
				}
				stored(t, com)
			})
		})
	}
}

func TestBusyAndInterrupt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, slow(tale))
		st, err := b.Start(t.Context(), ask("c", "m1", "tell me"))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2500 * time.Millisecond)
		if _, err := b.Start(t.Context(), ask("c", "m2", "something else")); kindOf(t, err) != shop.Busy {
			t.Fatalf("%v", err)
		}
		for _, err := range b.Run(t.Context(), ask("c", "m2", "something else")) {
			if kindOf(t, err) != shop.Busy {
				t.Errorf("%v", err)
			}
		}
		turn := ask("c", "m2", "something else")
		turn.Mode = chat.Interrupt
		st2, err := b.Start(t.Context(), turn)
		if err != nil {
			t.Fatal(err)
		}
		if st2.Turn == st.Turn || st2.After <= st.After {
			t.Errorf("%+v after %+v", st2, st)
		}
		first := b.h.last(t)
		stored(t, first)
		if first.Turn != st.Turn || first.Ending != chat.Cancelled || words(first.Events) != "once upon " {
			t.Errorf("%s %s %q", first.Turn, first.Ending, words(first.Events))
		}
		es := collect(t, b.Follow(t.Context(), mira, "c", st2.After))
		if end := sound(t, es); end.Ending != chat.Completed || es[0].Turn != st2.Turn || words(es) != tale {
			t.Errorf("%s %q", end.Ending, words(es))
		}
		// Another shopper's interrupt does not reach this conversation.
		turn.Who, turn.Message.ID = omar, "m9"
		if _, err := b.Start(t.Context(), turn); kindOf(t, err) != shop.NotFound {
			t.Errorf("%v", err)
		}
		// With nothing running an interrupt is a message like any other; in a new conversation, too.
		for _, id := range []string{"c", "new"} {
			turn := ask(id, "m3"+id, "more")
			turn.Mode = chat.Interrupt
			if end := sound(t, collect(t, b.Run(t.Context(), turn))); end.Ending != chat.Completed {
				t.Errorf("%+v", end)
			}
		}
	})
}

func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, script(use("kettle")))
		cancelled := false
		b.look = func(ctx context.Context, _ tools.Scope, _ string) (shop.ProductsCard, error) {
			<-ctx.Done()
			cancelled = true
			return shop.ProductsCard{}, ctx.Err()
		}
		st, err := b.Start(t.Context(), ask("c", "m1", "hi"))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if err := b.Stop(t.Context(), mira, "c"); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		es := collect(t, b.Follow(t.Context(), mira, "c", st.After))
		if end := sound(t, es); end.Ending != chat.Cancelled || !cancelled || time.Since(start) > 0 {
			t.Errorf("%+v, tool cancelled %v", end, cancelled)
		}
		stored(t, b.h.last(t))
		if err := b.Stop(t.Context(), mira, "c"); err != nil { // nothing runs
			t.Error(err)
		}
	})
}

// The same message id again is the same turn: running, or ended.
func TestTheSameMessageAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, slow(tale))
		sound(t, collect(t, b.Run(t.Context(), ask("c", "m0", "first"))))
		st, err := b.Start(t.Context(), ask("c", "m1", "tell me"))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(3500 * time.Millisecond)
		again, err := b.Start(t.Context(), ask("c", "m1", "tell me"))
		if err != nil || !again.Repeated || again.Turn != st.Turn || again.After != st.After {
			t.Errorf("running: %+v, %+v: %v", again, st, err)
		}
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if es := collect(t, b.Run(t.Context(), ask("c", "m1", "tell me"))); words(es) != tale || es[0].Turn != st.Turn || sound(t, es).Ending != chat.Completed {
					t.Errorf("%q", words(es))
				}
			})
		}
		es := collect(t, b.Follow(t.Context(), mira, "c", again.After))
		wg.Wait()
		if words(es) != tale {
			t.Errorf("%q", words(es))
		}
		// Ended, also when the log has forgotten it.
		time.Sleep(2 * time.Minute)
		again, err = b.Start(t.Context(), ask("c", "m1", "tell me"))
		if err != nil || !again.Repeated || again.Turn != st.Turn {
			t.Errorf("%+v: %v", again, err)
		}
		if es := collect(t, b.Follow(t.Context(), mira, "c", again.After)); words(es) != tale || es[len(es)-1].Ending != chat.Completed {
			t.Errorf("replayed %q", words(es))
		}
		if _, err := b.Start(t.Context(), ask("c", "m1", "other words")); kindOf(t, err) != shop.Conflict {
			t.Errorf("%v", err)
		}
		if len(b.h.commits) != 2 {
			t.Errorf("%d turns were answered", len(b.h.commits))
		}
	})
}

func TestRegenerate(t *testing.T) {
	m := script(llmtest.Say("First."), llmtest.Say("Second."), llmtest.Say("Third."))
	b := newBench(t, m)
	first := collect(t, b.Run(t.Context(), ask("c", "m1", "hi")))
	es := collect(t, b.Run(t.Context(), Turn{Who: mira, Task: "shopper", Conversation: "c", Mode: chat.Regenerate}))
	if end := sound(t, es); end.Ending != chat.Completed || words(es) != "Second." || es[0].Turn == first[0].Turn || es[0].ID <= first[len(first)-1].ID {
		t.Errorf("%+v", es)
	}
	collect(t, b.Run(t.Context(), ask("c", "m2", "and?")))
	if got := said(m.Requests()[2].Messages); got != "hi|Second.|and?" {
		t.Errorf("the model reads %q", got)
	}
}

func said(ms []chat.Message) string {
	var out []string
	for _, m := range ms {
		out = append(out, m.Text)
	}
	return strings.Join(out, "|")
}

// Of callers who race for a conversation exactly one wins.
func TestRace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, script(llmtest.Say("Hello.")))
		b.Models = models{model: llmtest.Func(func(ctx context.Context, r *llm.Request) iter.Seq2[llm.Delta, error] {
			return func(yield func(llm.Delta, error) bool) {
				_ = yield(llm.Delta{Text: "Hello."}, nil) && yield(llmtest.Stop(), nil)
			}
		})}
		var wg sync.WaitGroup
		var mu sync.Mutex
		done := map[chat.Ending]int{}
		for i := range 32 {
			wg.Go(func() {
				for e, err := range b.Run(t.Context(), ask("c", string(rune('a'+i)), "hi")) {
					mu.Lock()
					switch {
					case err != nil && kindOf(t, err) == shop.Busy:
						done["busy"]++
					case err != nil:
						t.Error(err)
					case e.Kind == chat.EvEnded:
						done[e.Ending]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if done["busy"]+done[chat.Completed] != 32 || done[chat.Completed] != len(b.h.commits) || done[chat.Completed] == 0 {
			t.Errorf("%v, %d commits", done, len(b.h.commits))
		}
	})
}

func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, llmtest.Func(func(ctx context.Context, r *llm.Request) iter.Seq2[llm.Delta, error] {
			return slow(map[string]string{"short": tale, "long": strings.Repeat("word ", 100)}[r.Conversation]).Stream(ctx, r)
		}))
		for _, id := range []string{"short", "long"} {
			if _, err := b.Start(t.Context(), ask(id, "m", "tell me")); err != nil {
				t.Fatal(err)
			}
			go func() {
				for range b.Follow(t.Context(), mira, id, 0) {
				}
			}()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		drained := make(chan error)
		start := time.Now()
		go func() { drained <- b.Drain(ctx) }()
		synctest.Wait()
		if _, err := b.Start(t.Context(), ask("new", "m", "hi")); kindOf(t, err) != shop.Unavailable {
			t.Errorf("%v", err)
		}
		if err := <-drained; err != nil || time.Since(start) != 30*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		got := map[string]chat.Ending{}
		for _, c := range b.h.commits {
			got[c.Conversation] = c.Ending
			stored(t, c)
		}
		if got["short"] != chat.Completed || got["long"] != chat.Cancelled {
			t.Errorf("%v", got)
		}
	})
}

// While a person owns the conversation a message is stored, and nothing answers.
func TestAPersonOwnsIt(t *testing.T) {
	b := newBench(t, script(llmtest.Say("Hello.")))
	collect(t, b.Run(t.Context(), ask("c", "m1", "hi")))
	b.h.all["c"].conv.Owner = chat.Owner{Kind: chat.Agent, Agent: "a1"}
	es := collect(t, b.Run(t.Context(), ask("c", "m2", "hello?")))
	if kinds(es) != "begun owner ended" || es[1].Owner.Agent != "a1" || len(b.h.commits) != 1 || b.h.all["c"].lastUser().ID != "m2" {
		t.Errorf("%s", kinds(es))
	}
}

// A lease that another replica holds, or that cannot be had, closes the turn that was opened.
func TestNoLease(t *testing.T) {
	b := newBench(t, script(llmtest.Say("Hello.")))
	good := b.Lease
	b.Lease = noLease{}
	if _, err := b.Start(t.Context(), ask("c", "m1", "hi")); err == nil {
		t.Fatal("it began")
	}
	c := b.h.last(t)
	stored(t, c)
	if c.Ending != chat.Failed {
		t.Errorf("%+v", c)
	}
	b.Lease = good
	if end := sound(t, collect(t, b.Run(t.Context(), ask("c", "m2", "hi")))); end.Ending != chat.Completed {
		t.Errorf("the conversation stays busy: %+v", end)
	}
}

type noLease struct{}

func (noLease) Lease(context.Context, string, string) (context.Context, func(), error) {
	return nil, nil, errors.New("no leases today")
}
func (noLease) Stop(context.Context, string) error { return nil }
