package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

// lost fails unless err is how one of several loses.
func lost(t testing.TB, what string, err error) bool {
	t.Helper()
	var e *shop.Error
	if err != nil && (!errors.As(err, &e) || e.Kind != shop.Conflict && e.Kind != shop.Busy) {
		t.Errorf("%s: %v", what, err)
	}
	return err != nil
}

// A customer, two agents, the assistant and two replicas that suggest act on one conversation in every order, each on what it has seen.
func testSuggestionInterleavings(t *testing.T, db *database) {
	s := db.shop(t)
	for seed := range 60 {
		if interleaveSuggestions(t, db, s, rand.New(rand.NewPCG(uint64(seed), 5)), fmt.Sprint("c", seed)); t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
}

func interleaveSuggestions(t *testing.T, db *database, s *store.Store, r *rand.Rand, id string) {
	ctx := t.Context()
	var (
		working []desk.Waiting // leased, and not saved yet
		known   []string       // ids of suggestions
		running *chat.Begun
		last    string
	)
	agents := []*racer{{who: agent}, {who: amy}}
	for step := range 40 {
		name := fmt.Sprint("s", step)
		switch r.IntN(9) {
		case 0, 1:
			b, err := s.Begin(ctx, ann, id, "shopper", say(name, name), chat.New)
			if lost(t, "message", err) {
				continue
			}
			if last = name; b.Turn != "" {
				running = &b
			}
		case 2:
			if running == nil {
				continue
			}
			c := answer(*running, name)
			if r.IntN(3) > 0 {
				c = handOver(*running)
			}
			lost(t, "commit", s.Commit(ctx, c))
			running = nil
		case 3:
			if r.IntN(4) == 0 {
				db.clock.pass(2 * time.Minute) // leases end though somebody is still at it
			}
			ws, err := s.LeaseWaiting(ctx, 9, time.Minute)
			must(t, err)
			for _, w := range ws {
				if w.Conversation == id {
					working = append(working, w)
				}
			}
		case 4, 5:
			if len(working) == 0 {
				continue
			}
			i := r.IntN(len(working))
			w := working[i]
			working = append(working[:i], working[i+1:]...)
			all := drafted(w, ann, name, 1+r.IntN(2))
			must(t, s.SaveSuggestions(ctx, w, all))
			for _, x := range all {
				if _, err := s.Suggestion(ctx, agent, x.ID); err == nil {
					if known = append(known, x.ID); w.Message != last {
						t.Errorf("suggestions for %s are kept, and %s is the last message", w.Message, last)
					}
				}
			}
		default:
			a := agents[r.IntN(2)]
			if last == "" {
				continue
			}
			if a.seen.ID == "" || r.IntN(2) == 0 {
				w, err := s.DeskRow(ctx, a.who, id)
				must(t, err)
				a.seen = w
			}
			var x string
			if len(known) > 0 && r.IntN(4) > 0 {
				x = known[len(known)-1-r.IntN(min(3, len(known)))]
			}
			switch r.IntN(7) {
			case 0:
				_, err := s.HandBack(ctx, a.who, id, expect(a.seen), "back")
				lost(t, "hand back", err)
			case 1:
				_, err := s.Assign(ctx, a.who, id, expect(a.seen), "")
				lost(t, "queue", err)
			case 2:
				_, err := s.CloseConversation(ctx, a.who, id, expect(a.seen))
				lost(t, "close", err)
			case 3, 4:
				if x == "" {
					continue
				}
				y, err := s.MarkSuggestion(ctx, a.who, x, desk.Mark{State: []desk.SuggestionState{desk.Shown, desk.Inserted, desk.Dismissed}[r.IntN(3)], Reason: "tone"})
				if !lost(t, "mark", err) && y.State == desk.Inserted && y.Message != last {
					t.Errorf("a suggestion for %s was inserted, and %s is the last message", y.Message, last)
				}
			default:
				e := expect(a.seen)
				e.Suggestion = x
				if _, _, err := s.Reply(ctx, a.who, id, e, chat.Message{ID: name, Text: name}); lost(t, "reply", err) || x == "" {
					continue
				}
				if y, err := s.Suggestion(ctx, a.who, x); err != nil || y.State != desk.Sent || y.Message != last {
					t.Errorf("sent with a reply to %s: %+v %v", last, y, err)
				}
			}
		}
		if last != "" {
			timely(t, s, id, fmt.Sprint("step ", step), known)
		}
	}
	// Whatever waits in the end gets its suggestions.
	row, err := s.DeskRow(ctx, agent, id)
	if last == "" || err != nil || row.Waiting.IsZero() {
		return
	}
	db.clock.pass(2 * time.Minute)
	ws, err := s.LeaseWaiting(ctx, 100, time.Minute)
	must(t, err)
	for _, w := range ws {
		if w.Conversation == id {
			suggest(t, s, w, drafted(w, ann, "end", 1))
		}
	}
	for _, x := range kept(t, s, "conversations") {
		if x["id"] == id && x["suggested"] != row.LastUser {
			t.Errorf("%s waits, suggested is %v", row.LastUser, x["suggested"])
		}
	}
}

// timely: what may be sent answers the last message of a customer who waits.
func timely(t *testing.T, s *store.Store, conversation, when string, ids []string) {
	t.Helper()
	row, err := s.DeskRow(t.Context(), agent, conversation)
	must(t, err)
	for _, id := range ids {
		x, err := s.Suggestion(t.Context(), agent, id)
		must(t, err)
		if x.State.Usable() && (x.Message != row.LastUser || row.Owner.Kind == chat.Assistant || row.Waiting.IsZero() || row.Closed) {
			t.Errorf("%s: %s is %s, and the last message is %s, owner %s, waiting %v", when, id, x.State, row.LastUser, row.Owner.Kind, row.Waiting)
		}
	}
}

// Customers write, agents answer, and two replicas suggest, all at once.
func testSuggestionRaces(t *testing.T, db *database) {
	stores := []*store.Store{db.shop(t), db.open(t)}
	s, ctx := stores[0], context.WithoutCancel(t.Context())
	const conversations, messages = 6, 8
	for i := range conversations {
		queued(t, s, ann, fmt.Sprint("c", i), "u0")
	}
	var writing, all sync.WaitGroup
	var done atomic.Bool
	var mu sync.Mutex
	var known []string
	var sent atomic.Int64
	for i := range conversations {
		writing.Go(func() {
			for k := 1; k <= messages; {
				if _, err := stores[i%2].Begin(ctx, ann, fmt.Sprint("c", i), "shopper", say(fmt.Sprint("u", k), "Hello?"), chat.New); !lost(t, "message", err) {
					k++
				}
				time.Sleep(time.Duration(rand.N(20)) * time.Millisecond)
			}
		})
	}
	for n := range 4 { // replicas that suggest
		all.Go(func() {
			for k := 0; !done.Load(); k++ {
				ws, err := stores[n%2].LeaseWaiting(ctx, 2, 50*time.Millisecond)
				if err != nil {
					t.Error(err)
					return
				}
				for _, w := range ws {
					made := drafted(w, ann, fmt.Sprint(n, "-", k, "-"), 2)
					if err := stores[n%2].SaveSuggestions(ctx, w, made); err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					known = append(known, made[0].ID, made[1].ID)
					mu.Unlock()
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	for n, who := range []shop.Principal{agent, amy} {
		all.Go(func() {
			s := stores[n]
			for k := 0; !done.Load(); k++ {
				c := fmt.Sprint("c", rand.N(conversations))
				row, err := s.DeskRow(ctx, who, c)
				if err != nil {
					t.Error(err)
					return
				}
				xs, err := s.SuggestionsOf(ctx, who, row)
				if err != nil {
					t.Error(err)
					return
				}
				for _, x := range xs {
					if x.Message != row.LastUser {
						t.Errorf("shown: %s for %s", x.ID, row.LastUser)
					}
				}
				if len(xs) == 0 {
					continue
				}
				x, err := s.MarkSuggestion(ctx, who, xs[0].ID, desk.Mark{State: desk.Inserted})
				if lost(t, "insert", err) || row.Owner.Kind == chat.Agent && row.Owner.Agent != who.ID || rand.N(2) == 0 {
					continue
				}
				e := expect(row)
				e.Suggestion = x.ID
				w, _, err := s.Reply(ctx, who, c, e, chat.Message{ID: fmt.Sprint("r", n, "-", k), Text: x.Text})
				if lost(t, "reply", err) {
					continue
				}
				sent.Add(1)
				if w.LastUser != row.LastUser || x.Message != row.LastUser {
					t.Errorf("%s was sent, and %s is the last message", x.ID, w.LastUser)
				}
				if _, err := s.Assign(ctx, who, c, expect(w), ""); lost(t, "queue", err) {
					continue
				}
			}
		})
	}
	writing.Wait()
	time.Sleep(100 * time.Millisecond)
	done.Store(true)
	all.Wait()
	if sent.Load() == 0 {
		t.Error("nothing was sent")
	}
	for i := range conversations {
		c := fmt.Sprint("c", i)
		row, err := s.DeskRow(ctx, agent, c)
		must(t, err)
		var of []string
		for _, id := range known {
			if x, err := s.Suggestion(ctx, agent, id); err == nil && x.Conversation == c {
				of = append(of, id)
			}
		}
		timely(t, s, c, "in the end", of)
		// One set a message, whoever made it.
		per := map[string]int{}
		for _, x := range kept(t, s, "suggestions") {
			if x["conversation"] == c {
				per[x["message"].(string)]++
			}
		}
		for m, n := range per {
			if n != 2 {
				t.Errorf("%s of %s has %d suggestions", m, c, n)
			}
		}
		same(t, "the last message of "+c, row.LastUser, fmt.Sprint("u", messages))
	}
}
