package storetest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

// queued lets a message wait for a person.
func queued(t testing.TB, s *store.Store, who shop.Principal, conversation, message string) desk.Waiting {
	t.Helper()
	commit(t, s, handOver(begin(t, s, who, conversation, say(message, "My lamp broke."), chat.New)))
	return desk.Waiting{Tenant: who.Tenant, Conversation: conversation, Message: message}
}

func waiting(t testing.TB, s *store.Store, limit int) string {
	t.Helper()
	ws, err := s.LeaseWaiting(t.Context(), limit, time.Minute)
	must(t, err)
	var out []string
	for _, w := range ws {
		out = append(out, w.Tenant+" "+w.Conversation+" "+w.Message)
	}
	return strings.Join(out, ", ")
}

// drafted are n suggestions for a message. Their ids tell which they are.
func drafted(w desk.Waiting, who shop.Principal, by string, n int) (out []desk.Suggestion) {
	for i := range n {
		out = append(out, desk.Suggestion{
			ID: fmt.Sprint(w.Conversation, "/", w.Message, "/", by, i), Tenant: w.Tenant, Conversation: w.Conversation, Message: w.Message, Lang: "en", Intent: "orders",
			Text: "We send a new lamp.", Source: desk.FromFacts, Band: desk.Grounded, Citations: []desk.Citation{{N: 1, Document: "Returns", Section: "Broken", Version: "3", Quote: "a new one"}},
			Facts: []chat.Evidence{{Turn: "t", Call: chat.ToolCall{ID: "c", Name: "order_status", Args: []byte(`{}`)}, Output: []byte(`{}`)}}, For: who, Prompt: "p1", State: desk.Generated, Created: time.Date(2026, 3, 1, 11, 0, i, 0, time.UTC),
		})
	}
	return out
}

func suggest(t testing.TB, s *store.Store, w desk.Waiting, all []desk.Suggestion) {
	t.Helper()
	must(t, s.SaveSuggestions(context.WithoutCancel(t.Context()), w, all))
}

// usable are the ids of what an agent may send in a conversation.
func usable(t testing.TB, s *store.Store, conversation string) string {
	t.Helper()
	row, err := s.DeskRow(t.Context(), agent, conversation)
	must(t, err)
	all, err := s.SuggestionsOf(t.Context(), agent, row)
	must(t, err)
	var out []string
	for _, x := range all {
		out = append(out, x.ID)
	}
	return strings.Join(out, ", ")
}

func stateOf(t testing.TB, s *store.Store, who shop.Principal, id string) desk.SuggestionState {
	t.Helper()
	x, err := s.Suggestion(t.Context(), who, id)
	must(t, err)
	return x.State
}

// kept are the rows of a table, as a backup has them.
func kept(t testing.TB, s *store.Store, table string) (out []map[string]any) {
	t.Helper()
	var b bytes.Buffer
	_, err := s.Backup(t.Context(), &b)
	must(t, err)
	zip, err := gzip.NewReader(&b)
	must(t, err)
	in := bufio.NewScanner(zip)
	in.Buffer(nil, 64<<20)
	var head struct {
		Table   string
		Columns []string
	}
	for in.Scan() {
		if in.Bytes()[0] == '{' {
			head.Table = ""
			must(t, json.Unmarshal(in.Bytes(), &head))
			continue
		}
		if head.Table != table {
			continue
		}
		var values []any
		must(t, json.Unmarshal(in.Bytes(), &values))
		row := map[string]any{}
		for i, c := range head.Columns {
			row[c] = values[i]
		}
		out = append(out, row)
	}
	return out
}

func testLeaseWaiting(t *testing.T, db *database) {
	s, other := db.shop(t), db.open(t)
	ctx := t.Context()
	same(t, "nobody waits", waiting(t, s, 9), "")
	turn(t, s, bob, "c0", say("u1", "hi"), "hello")
	same(t, "who talks to the assistant waits for nobody", waiting(t, s, 9), "")
	queued(t, s, ann, "c1", "u1")
	same(t, "waits", waiting(t, s, 9), "a c1 u1")
	same(t, "another replica, while it is leased", waiting(t, other, 9), "")
	db.clock.pass(2 * time.Minute)
	same(t, "when whoever had it died", waiting(t, other, 9), "a c1 u1")
	begin(t, s, ann, "c1", say("u2", "Hello?"), chat.New)
	begin(t, s, ann, "c1", say("u3", "Anybody?"), chat.New)
	same(t, "of a burst the last one, at once", waiting(t, s, 9), "a c1 u3")
	w := desk.Waiting{Tenant: "a", Conversation: "c1", Message: "u3"}
	k, err := s.SuggestionCase(ctx, w)
	must(t, err)
	if k.Who.Role != shop.Agent || k.Row.LastUser != "u3" || k.Row.For.ID != "ann" || len(k.Evidence) != 1 || texts(k.Messages) != "My lamp broke. | One moment. | A person takes over. | Hello? | Anybody?" {
		t.Errorf("case %+v: %s", k, texts(k.Messages))
	}
	same(t, "what it asks", k.Last(), "Hello?\nAnybody?")
	for _, old := range []desk.Waiting{{Tenant: "a", Conversation: "c1", Message: "u1"}, {Tenant: "a", Conversation: "c1", Message: "none"}} {
		_, err = s.SuggestionCase(ctx, old)
		refused(t, err, shop.Conflict)
	}
	for _, none := range []desk.Waiting{{Tenant: "b", Conversation: "c1", Message: "u3"}, {Tenant: "a", Conversation: "none", Message: "u3"}} {
		_, err = s.SuggestionCase(ctx, none)
		refused(t, err, shop.NotFound)
	}
	suggest(t, s, w, nil)
	db.clock.pass(2 * time.Minute)
	same(t, "what has its suggestions, were it none", waiting(t, s, 9), "")
	queued(t, s, in("b", ann), "c1", "u1")
	for i := range 4 {
		queued(t, s, bob, fmt.Sprint("b", i), "u1")
	}
	row, err := s.DeskRow(ctx, agent, "b3")
	must(t, err)
	_, _, err = s.Reply(ctx, agent, "b3", expect(row), chat.Message{ID: "r1", Text: "Hello."})
	must(t, err)
	got := waiting(t, s, 2)
	same(t, "so many at most", strings.Count(got, "u1"), 2)
	got += ", " + waiting(t, other, 9)
	for _, one := range []string{"b c1 u1", "a b0 u1", "a b1 u1", "a b2 u1"} {
		same(t, one, strings.Count(got, one), 1)
	}
	same(t, "all but what is answered", strings.Count(got, "u1"), 4)

	// Each message is one replica's, however many look at once.
	for i := range 20 {
		queued(t, s, bob, fmt.Sprint("r", i), "u1")
	}
	var mu sync.Mutex
	seen := map[string]int{}
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			for range 6 {
				ws, err := []*store.Store{s, other}[i%2].LeaseWaiting(context.WithoutCancel(ctx), 2, time.Hour)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				for _, w := range ws {
					seen[w.Conversation]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for range 20 {
		ws, err := s.LeaseWaiting(ctx, 9, time.Hour)
		must(t, err)
		for _, w := range ws {
			seen[w.Conversation]++
		}
	}
	same(t, "conversations", len(seen), 20)
	for c, n := range seen {
		if n != 1 {
			t.Errorf("%s is leased %d times", c, n)
		}
	}
}

// What was made for a message is dropped when it is not what waits any more.
func testSaveSuggestions(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	act := func(c string, fn func(row desk.Row) error) {
		t.Helper()
		row, err := s.DeskRow(ctx, agent, c)
		must(t, err)
		must(t, fn(row))
	}
	for name, step := range map[string]struct {
		does func(c string)
		want int
	}{
		"nothing": {func(string) {}, 2},
		"take": {func(c string) {
			act(c, func(r desk.Row) error { _, err := s.Take(ctx, agent, c, expect(r)); return err })
		}, 2},
		"note":    {func(c string) { _, err := s.AddNote(ctx, agent, c, "hm"); must(t, err) }, 2},
		"message": {func(c string) { begin(t, s, ann, c, say("u2", "Hello?"), chat.New) }, 0},
		"reply": {func(c string) {
			act(c, func(r desk.Row) error {
				_, _, err := s.Reply(ctx, agent, c, expect(r), chat.Message{ID: "r1", Text: "Hello."})
				return err
			})
		}, 0},
		"handback": {func(c string) {
			act(c, func(r desk.Row) error { _, err := s.HandBack(ctx, agent, c, expect(r), "done"); return err })
		}, 0},
		"close": {func(c string) {
			act(c, func(r desk.Row) error { _, err := s.CloseConversation(ctx, agent, c, expect(r)); return err })
		}, 0},
		"saved": {func(c string) {
			suggest(t, s, desk.Waiting{Tenant: "a", Conversation: c, Message: "u1"}, nil) // whoever had it before was only slow
		}, 0},
		"delete": {func(c string) { must(t, s.DeleteConversation(ctx, ann, c)) }, 0},
	} {
		w := queued(t, s, ann, name, "u1")
		step.does(name)
		all := drafted(w, ann, "", 2)
		suggest(t, s, w, all)
		n := 0
		for _, x := range kept(t, s, "suggestions") {
			if x["conversation"] == name {
				n++
			}
		}
		same(t, "kept after "+name, n, step.want)
		if step.want > 0 {
			same(t, "shown after "+name, usable(t, s, name), all[0].ID+", "+all[1].ID)
			x, err := s.Suggestion(ctx, agent, all[0].ID)
			must(t, err)
			if d := cmp.Diff(all[0], x); d != "" {
				t.Error(d)
			}
		}
	}
	// Whose records it tells of is somebody else since.
	waiting(t, s, 99)
	w := queued(t, s, anon, "proved", "u1")
	must(t, s.PutPeople(ctx, "a", []shop.Person{{ID: "zoe", Email: "zoe@example.com"}}))
	suggest(t, s, w, drafted(w, anon, "", 1))
	c := code(t, s, asked(t, s, anon, "zoe@example.com"), "zoe")
	zoe, err := s.UseCode(ctx, anon, "zoe@example.com", c)
	must(t, err)
	same(t, "those of who was not known", stateOf(t, s, agent, "proved/u1/0"), desk.Superseded)
	same(t, "is made again", waiting(t, s, 9), "a proved u1")
	suggest(t, s, w, drafted(w, anon, "late", 1))
	same(t, "late ones", usable(t, s, "proved"), "")
	suggest(t, s, w, drafted(w, zoe, "new", 1))
	same(t, "those of who is known", usable(t, s, "proved"), "proved/u1/new0")
}

// A suggestion is over when the customer writes again, when another answer is sent, or when none is due any more.
func testSuggestionStates(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	w := queued(t, s, ann, "c1", "u1")
	suggest(t, s, w, drafted(w, ann, "", 3))
	_, err := s.MarkSuggestion(ctx, agent, "c1/u1/0", desk.Mark{State: desk.Inserted})
	must(t, err)
	_, err = s.MarkSuggestion(ctx, agent, "c1/u1/1", desk.Mark{State: desk.Dismissed, Reason: "tone"})
	must(t, err)
	row, err := s.DeskRow(ctx, agent, "c1")
	must(t, err)
	begin(t, s, ann, "c1", say("u2", "Hello?"), chat.New)
	for i, want := range []desk.SuggestionState{desk.Superseded, desk.Dismissed, desk.Superseded} {
		same(t, "after another message", stateOf(t, s, agent, fmt.Sprint("c1/u1/", i)), want)
	}
	e := expect(row)
	e.Suggestion = "c1/u1/0"
	_, _, err = s.Reply(ctx, agent, "c1", e, chat.Message{ID: "r0", Text: "We send a new lamp."})
	refused(t, err, shop.Conflict)
	row, err = s.DeskRow(ctx, agent, "c1")
	must(t, err)
	e = expect(row)
	for id, kind := range map[string]shop.Kind{"c1/u1/0": shop.Conflict, "c1/u1/1": shop.Conflict, "none": shop.NotFound} {
		e.Suggestion = id
		_, _, err = s.Reply(ctx, agent, "c1", e, chat.Message{ID: "r0", Text: "We send a new lamp."})
		refused(t, err, kind)
	}
	w.Message = "u2"
	suggest(t, s, w, drafted(w, ann, "", 2))
	other := queued(t, s, bob, "c2", "u1")
	suggest(t, s, other, drafted(other, bob, "", 1))
	e.Suggestion = "c2/u1/0" // another customer's
	_, _, err = s.Reply(ctx, agent, "c1", e, chat.Message{ID: "r0", Text: "We send a new lamp."})
	refused(t, err, shop.NotFound)
	e.Suggestion = "c1/u2/1"
	_, m, err := s.Reply(ctx, agent, "c1", e, chat.Message{ID: "r1", Text: "We send a new lamp!"})
	must(t, err)
	same(t, "cards of what proposes nothing", len(m.Cards), 0)
	sent, err := s.Suggestion(ctx, agent, "c1/u2/1")
	must(t, err)
	if sent.State != desk.Sent || sent.Agent != "gus" || sent.Distance != desk.Distance("We send a new lamp.", "We send a new lamp!") {
		t.Errorf("sent %+v", sent)
	}
	same(t, "the other one", stateOf(t, s, agent, "c1/u2/0"), desk.Expired)
	_, _, err = s.Reply(ctx, agent, "c1", e, chat.Message{ID: "r1", Text: "We send a new lamp!"}) // the same again
	must(t, err)
	same(t, "another customer's", stateOf(t, s, agent, "c2/u1/0"), desk.Generated)

	// Handed back, closed: none is due. Handed over again, the same message waits again.
	begin(t, s, bob, "c2", say("u2", "Hello?"), chat.New)
	other.Message = "u2"
	suggest(t, s, other, drafted(other, bob, "", 1))
	row, err = s.DeskRow(ctx, agent, "c2")
	must(t, err)
	_, err = s.HandBack(ctx, agent, "c2", expect(row), "The assistant knows that.")
	must(t, err)
	same(t, "handed back", stateOf(t, s, agent, "c2/u2/0"), desk.Expired)
	_, err = s.MarkSuggestion(ctx, agent, "c2/u2/0", desk.Mark{State: desk.Inserted})
	refused(t, err, shop.Conflict)
	commit(t, s, handOver(begin(t, s, bob, "c2", say("u2", "Hello?"), chat.New)))
	same(t, "handed over again", waiting(t, s, 9), "a c2 u2")
	suggest(t, s, other, drafted(other, bob, "again", 1))
	same(t, "its suggestions", usable(t, s, "c2"), "c2/u2/again0")
	row, err = s.DeskRow(ctx, agent, "c2")
	must(t, err)
	_, err = s.CloseConversation(ctx, agent, "c2", expect(row))
	must(t, err)
	same(t, "closed", stateOf(t, s, agent, "c2/u2/again0"), desk.Expired)

	// Merged: what is behind the other conversation now is what waits there, though somebody was at work for what waited before.
	w = queued(t, s, ann, "m1", "u1")
	suggest(t, s, w, drafted(w, ann, "", 1))
	from := queued(t, s, ann, "m2", "u1")
	same(t, "waits", waiting(t, s, 9), "a m2 u1")
	suggest(t, s, from, drafted(from, ann, "", 1))
	row, err = s.DeskRow(ctx, agent, "m2")
	must(t, err)
	_, err = s.Merge(ctx, agent, "m2", expect(row), "m1")
	must(t, err)
	same(t, "merged", stateOf(t, s, agent, "m2/u1/0"), desk.Expired)
	same(t, "merged into", stateOf(t, s, agent, "m1/u1/0"), desk.Superseded)
	same(t, "waits behind it", waiting(t, s, 9), "a m1 m2:u1")
	for _, x := range kept(t, s, "suggestions") {
		if x["conversation"] == "m1" && x["state"] != "superseded" {
			t.Errorf("kept as %v", x["state"])
		}
	}
}

func testMarkSuggestion(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	w := queued(t, s, ann, "c1", "u1")
	const (
		g, sh, i, d, r, x = desk.Generated, desk.Shown, desk.Inserted, desk.Dismissed, desk.Reported, desk.SuggestionState("refused")
	)
	steps := [][]desk.SuggestionState{ // each mark with the state after it
		{sh, sh, sh, sh, i, i, i, i, sh, i},
		{i, i, d, d, d, d, sh, d, i, x, r, d},
		{r, r, r, r, d, x, i, x, sh, r},
		{d, d, r, d, r, d},
	}
	suggest(t, s, w, drafted(w, ann, "", len(steps)))
	for n, marks := range steps {
		id := fmt.Sprint("c1/u1/", n)
		before := g
		for k := 0; k < len(marks); k += 2 {
			got, err := s.MarkSuggestion(ctx, agent, id, desk.Mark{State: marks[k], Reason: "tone"})
			if marks[k+1] == x {
				refused(t, err, shop.Conflict)
				same(t, "refused leaves", stateOf(t, s, agent, id), before)
				continue
			}
			must(t, err)
			before = marks[k+1]
			if got.State != before || stateOf(t, s, agent, id) != before {
				t.Errorf("%s: step %d is %s, want %s", id, k/2, got.State, before)
			}
		}
	}
	for _, who := range []shop.Principal{ann, in("b", agent), in("b", admin), server, {Tenant: "a", ID: "m", Merchant: "m", Role: shop.Merchant}} {
		for _, id := range []string{"c1/u1/0", "none"} {
			_, err := s.MarkSuggestion(ctx, who, id, desk.Mark{State: desk.Dismissed, Reason: "tone"})
			refused(t, err, shop.NotFound)
			same(t, "how it is refused", err.Error(), "mark suggestion: There is no such suggestion.")
			_, err = s.Suggestion(ctx, who, id)
			refused(t, err, shop.NotFound)
		}
	}
	_, err := s.MarkSuggestion(ctx, agent, "c1/u1/0", desk.Mark{State: desk.Sent}) // a reply sends it
	refused(t, err, shop.NotFound)

	// What it proposes has an id since it was inserted, and goes with the reply.
	p := shop.Proposal{ID: "p1", Tool: "return_items", By: agent, For: ann, State: shop.ProposalOpen}
	got, err := s.MarkSuggestion(ctx, amy, "c1/u1/0", desk.Mark{State: desk.Inserted, Proposal: &p})
	must(t, err)
	if got.Proposal == nil || got.Proposal.ID != "p1" || got.Agent != "amy" {
		t.Errorf("inserted %+v", got)
	}
	row, err := s.DeskRow(ctx, agent, "c1")
	must(t, err)
	e := expect(row)
	e.Suggestion = "c1/u1/0"
	_, m, err := s.Reply(ctx, agent, "c1", e, chat.Message{ID: "r1", Text: "We send a new lamp."})
	must(t, err)
	if len(m.Cards) != 1 || m.Cards[0].ID != "p1" {
		t.Errorf("cards %+v", m.Cards)
	}
	same(t, "sent", stateOf(t, s, agent, "c1/u1/0"), desk.Sent)
	// Each thing that happened is told once, of what was sent unchanged not that it was edited.
	var events []string
	for _, ev := range kept(t, s, "suggestion_events") {
		if ev["suggestion"] == "c1/u1/0" {
			events = append(events, fmt.Sprint(ev["kind"], " ", ev["agent"], " ", ev["distance"]))
		}
	}
	same(t, "events", strings.Join(events, ", "), "generated  0, shown gus 0, inserted gus 0, sent gus 0")
}
