package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

func testPresence(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	handedOff(t, s, "c1")
	look := func() string {
		vs, err := s.Viewers(ctx, agent)
		must(t, err)
		var out []string
		for _, v := range vs["c1"] {
			out = append(out, v.Agent+" "+v.Doing)
		}
		return strings.Join(out, ", ")
	}
	same(t, "nobody", look(), "")
	must(t, s.SetPresence(ctx, agent, "c1", desk.Viewing))
	must(t, s.SetPresence(ctx, amy, "c1", desk.Typing))
	same(t, "two agents see each other", look(), "amy typing, gus viewing")
	db.clock.pass(10 * time.Second)
	same(t, "who stopped typing looks on", look(), "amy viewing, gus viewing")
	must(t, s.SetPresence(ctx, amy, "c1", desk.Gone))
	same(t, "gone", look(), "gus viewing")
	db.clock.pass(time.Minute)
	same(t, "not heard of", look(), "")
	refused(t, s.SetPresence(ctx, agent, "none", desk.Viewing), shop.NotFound)
	refused(t, s.SetPresence(ctx, in("b", agent), "c1", desk.Viewing), shop.NotFound)
	refused(t, s.SetPresence(ctx, ann, "c1", desk.Viewing), shop.NotFound)
	refused(t, s.SetPresence(ctx, agent, "c1", "sleeping"), shop.Invalid)
	_, err := s.Viewers(ctx, ann)
	refused(t, err, shop.NotFound)
}

func testDeskAgents(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	s.PlanDesk(func(tenant string) desk.Plan {
		if tenant != "a" {
			return desk.Plan{}
		}
		return desk.Plan{Agents: []desk.Agent{{ID: "amy", Name: "Amy", Skills: []string{"complaint"}}, {ID: "mei", Name: "Mei", Langs: []string{"zh"}}}}
	})
	for i, k := range []shop.Key{
		{ID: "k2", Tenant: "a", Role: shop.Agent, Person: "gus"},
		{ID: "k5", Tenant: "a", Role: shop.Agent},
		{ID: "k6", Tenant: "a", Role: shop.Shopper, Person: "ann"},
		{ID: "k7", Tenant: "b", Role: shop.Agent, Person: "eve"},
	} {
		k.Hash = sha256.Sum256([]byte{byte(i)})
		must(t, s.AddKey(ctx, k))
	}
	people := func() string {
		all, err := s.DeskAgents(ctx, agent)
		must(t, err)
		var out []string
		for _, a := range all {
			out = append(out, fmt.Sprintf("%s %s %v %d", a.ID, a.Name, a.Online, a.Open))
		}
		return strings.Join(out, ", ")
	}
	same(t, "people", people(), "amy Amy false 0, gus gus false 0, key-k5 key-k5 false 0, mei Mei false 0")
	same(t, "nobody is there", handedOff(t, s, "c1").Assigned, "")
	must(t, s.Present(ctx, agent))
	same(t, "whoever is there", handedOff(t, s, "c2").Assigned, "gus")
	must(t, s.Present(ctx, amy))
	w := handedOff(t, s, "c3")
	same(t, "who knows the matter", w.Assigned, "amy")
	same(t, "the matter", w.Skill, "complaint")
	// What is suggested is no act: anybody may take it, and then it is nobody's suggestion any more.
	same(t, "owner", w.Owner.Kind, chat.Queue)
	w, err := s.Take(ctx, agent, "c3", expect(w))
	must(t, err)
	same(t, "assigned", w.Assigned, "")
	same(t, "people", people(), "amy Amy true 0, gus gus true 1, key-k5 key-k5 false 0, mei Mei false 0")
	w, err = s.Assign(ctx, agent, "c3", expect(w), "mei")
	must(t, err)
	same(t, "owner", w.Owner, chat.Owner{Kind: chat.Agent, Agent: "mei"})
	_, err = s.Assign(ctx, agent, "c3", expect(w), "gus")
	refused(t, err, shop.Conflict) // it is not theirs any more
	w, err = s.Assign(ctx, admin, "c3", expect(w), "gus")
	must(t, err)
	_, err = s.Assign(ctx, agent, "c3", expect(w), "eve") // another shop's
	refused(t, err, shop.Invalid)
	commit(t, s, handOver(begin(t, s, ann, "c4", say("u1", "灯坏了"), chat.New)))
	same(t, "who speaks the language is away", row(t, s, "c4").Assigned, "amy")
	must(t, s.Present(ctx, shop.Principal{Tenant: "a", ID: "mei", Role: shop.Agent}))
	db.clock.pass(time.Minute)
	same(t, "all are away", handedOff(t, s, "c5").Assigned, "")
	_, err = s.DeskAgents(ctx, ann)
	refused(t, err, shop.NotFound)
	refused(t, s.Present(ctx, ann), shop.NotFound)
}

func testMerge(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	turn(t, s, ann, "old", say("u1", "My lamp broke."), "Sorry to hear that.")
	w := handedOff(t, s, "new") // with a message of the same id
	begin(t, s, ann, "new", say("u2", "Hello?"), chat.New)
	turn(t, s, bob, "bobs", say("u1", "hi"), "Hello.")
	for into, kind := range map[string]shop.Kind{"new": shop.Invalid, "bobs": shop.Invalid, "none": shop.NotFound} {
		_, err := s.Merge(ctx, agent, "new", expect(row(t, s, "new")), into)
		refused(t, err, kind)
	}
	_, err := s.Merge(ctx, agent, "new", expect(w), "old")
	refused(t, err, shop.Conflict) // it has moved on
	_, err = s.Merge(ctx, in("b", agent), "new", expect(row(t, s, "new")), "old")
	refused(t, err, shop.NotFound)
	b := begin(t, s, ann, "old", say("u5", "And kettles?"), chat.New)
	waiting := row(t, s, "new").Waiting
	w, err = s.Merge(ctx, agent, "new", expect(row(t, s, "new")), "old")
	must(t, err)
	if w.ID != "old" || w.Owner != (chat.Owner{Kind: chat.Agent, Agent: "gus"}) || !w.Waiting.Equal(waiting) || w.Closed || len(w.Clocks) == 0 {
		t.Errorf("merged into %+v", w)
	}
	late := answer(b, "Three.")
	refused(t, s.Commit(ctx, late), shop.Conflict) // its turn was taken over; what it wrote is kept
	_, ms, err := s.Conversation(ctx, ann, "old")
	must(t, err)
	same(t, "history", texts(ms), "My lamp broke. | Sorry to hear that. | And kettles? | Three. | My lamp broke. | One moment. | A person takes over. | Hello?")
	from := row(t, s, "new")
	if !from.Closed || from.Merged != "old" || from.Owner.Kind != chat.Assistant || !from.Waiting.IsZero() {
		t.Errorf("merged %+v", from)
	}
	_, err = s.Take(ctx, amy, "old", expect(w))
	refused(t, err, shop.Conflict)
	w, _, err = s.Reply(ctx, agent, "old", expect(w), chat.Message{ID: "r1", Text: "Both are seen to."})
	must(t, err)
	// The customer goes on in the one that was merged: it opens again, and what is new can be merged, too.
	commit(t, s, handOver(begin(t, s, ann, "new", say("u3", "Are you there?"), chat.New)))
	same(t, "opened", row(t, s, "new").Merged, "")
	w2, err := s.Merge(ctx, agent, "new", expect(row(t, s, "new")), "old")
	must(t, err)
	_, ms, err = s.Conversation(ctx, ann, "old")
	must(t, err)
	if got := texts(ms); strings.Count(got, "Hello?") != 1 || !strings.HasSuffix(got, "Both are seen to. | Are you there? | One moment. | A person takes over.") {
		t.Errorf("merged twice: %s", got)
	}
	if w2.LastUser == w.LastUser {
		t.Error("the customer's last message is still the old one")
	}
	_, _, err = s.Reply(ctx, agent, "old", desk.Expect{Revision: w2.Revision, LastUser: w.LastUser}, chat.Message{ID: "r2", Text: "Late."})
	refused(t, err, shop.Conflict)
}

// Who comes too late with a whole answer and a handoff is told so: what was written is kept, as cancelled, and nothing changes hands.
func testTooLate(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	b := begin(t, s, ann, "c1", say("u1", "hi"), chat.New)
	w, err := s.Take(ctx, agent, "c1", expect(row(t, s, "c1")))
	must(t, err)
	late := handOver(b)
	late.Events = append(late.Events[:2:2], chat.Event{ID: b.Number<<20 + 2, Turn: b.Turn, Kind: chat.EvNotice, Text: late.Handoff.Text},
		chat.Event{ID: b.Number<<20 + 3, Turn: b.Turn, Kind: chat.EvOwner, Owner: &chat.Owner{Kind: chat.Queue}}, chat.Event{ID: b.Number<<20 + 4, Turn: b.Turn, Kind: chat.EvEnded, Ending: chat.Completed})
	err = s.Commit(ctx, late)
	var e *shop.Error
	if !errors.As(err, &e) || e.Code != chat.TakenOver {
		t.Fatalf("committed: %v", err)
	}
	after := row(t, s, "c1")
	if after.Owner != w.Owner || after.Revision != w.Revision || after.Reason != "" || len(after.Clocks) != 1 {
		t.Errorf("it changed %+v", after)
	}
	_, ms, err := s.Conversation(ctx, ann, "c1")
	must(t, err)
	same(t, "history", texts(ms), "hi | One moment.")
	same(t, "its ending", ms[len(ms)-1].Ending, chat.Cancelled)
	again := begin(t, s, ann, "c1", say("u1", "hi"), chat.New)
	if again.Repeated == nil || again.Repeated.Ending != chat.Cancelled {
		t.Fatalf("its message again: %+v", again)
	}
	for _, e := range again.Repeated.Events {
		if e.Kind == chat.EvOwner || e.Kind == chat.EvNotice || e.Kind == chat.EvEnded && e.Ending != chat.Cancelled {
			t.Errorf("event %+v", e)
		}
	}
	t.Run("no new answer while a person has it", func(t *testing.T) {
		b := begin(t, s, ann, "c1", chat.Message{}, chat.Regenerate)
		same(t, "turn", b.Turn, "")
		same(t, "revision", row(t, s, "c1").Revision, w.Revision)
	})
	t.Run("nor to what a person answered", func(t *testing.T) {
		w, _, err := s.Reply(ctx, agent, "c1", expect(w), chat.Message{ID: "r1", Text: "Hello."})
		must(t, err)
		_, err = s.HandBack(ctx, agent, "c1", expect(w), "")
		must(t, err)
		_, err = s.Begin(ctx, ann, "c1", "shopper", chat.Message{}, chat.Regenerate)
		refused(t, err, shop.Invalid)
		same(t, "turn", begin(t, s, ann, "c1", say("u1", "hi"), chat.New).Turn, "")
	})
	t.Run("interrupted by the customer", func(t *testing.T) {
		first := begin(t, s, ann, "c2", say("u1", "a person please"), chat.New)
		next := begin(t, s, ann, "c2", say("u2", "no, wait"), chat.Interrupt)
		if err := s.Commit(ctx, handOver(first)); !errors.As(err, &e) || e.Code != chat.TakenOver {
			t.Fatalf("committed: %v", err)
		}
		commit(t, s, answer(next, "All right."))
		same(t, "owner", row(t, s, "c2").Owner.Kind, chat.Assistant)
	})
}

// What waits when a conversation is handed back is the assistant's to answer: as one burst, of which nothing is lost.
func testHandBackWaiting(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	w := handedOff(t, s, "c1")
	w, _, err := s.Reply(ctx, agent, "c1", expect(w), chat.Message{ID: "r1", Text: "A new one is on its way."})
	must(t, err)
	begin(t, s, ann, "c1", say("u2", "Thanks!"), chat.New)
	begin(t, s, ann, "c1", say("u3", "Have you got kettles, too?"), chat.New)
	_, err = s.HandBack(ctx, agent, "c1", expect(w), "")
	refused(t, err, shop.Conflict) // there is something that the agent has not seen
	_, err = s.HandBack(ctx, agent, "c1", expect(row(t, s, "c1")), "")
	must(t, err)
	b := begin(t, s, ann, "c1", chat.Message{}, chat.Continue)
	same(t, "the assistant reads", texts(b.History), "Thanks! | Have you got kettles, too?")
	same(t, "and of what was before", b.Summary, "A person of the shop wrote: A new one is on its way.")
	_, err = s.Begin(ctx, ann, "c1", "shopper", chat.Message{}, chat.Continue)
	refused(t, err, shop.Invalid)
	same(t, "the message again", begin(t, s, ann, "c1", say("u3", "Have you got kettles, too?"), chat.New).Running, b.Turn)
	commit(t, s, answer(b, "Two kettles."))
	_, err = s.Begin(ctx, ann, "c1", "shopper", chat.Message{}, chat.Continue)
	refused(t, err, shop.Invalid)
	_, ms, err := s.Conversation(ctx, ann, "c1")
	must(t, err)
	same(t, "history", texts(ms), "My lamp broke. | One moment. | A person takes over. | A new one is on its way. | Thanks! | Have you got kettles, too? | Two kettles.")
	t.Run("the customer does not wait for what nobody asked for", func(t *testing.T) {
		handedOff(t, s, "c2")
		w, err := s.Take(ctx, agent, "c2", expect(row(t, s, "c2")))
		must(t, err)
		_, _, err = s.Reply(ctx, agent, "c2", expect(w), chat.Message{ID: "r1", Text: "Done."})
		must(t, err)
		begin(t, s, ann, "c2", say("u2", "Thanks!"), chat.New)
		_, err = s.HandBack(ctx, agent, "c2", expect(row(t, s, "c2")), "")
		must(t, err)
		b := begin(t, s, ann, "c2", chat.Message{}, chat.Continue)
		next := begin(t, s, ann, "c2", say("u3", "And kettles?"), chat.New)
		same(t, "overtook", next.Overtook, true)
		late := answer(b, "You are")
		late.Ending = chat.Cancelled
		commit(t, s, late)
		commit(t, s, answer(next, "Two kettles."))
		_, ms, err := s.Conversation(ctx, ann, "c2")
		must(t, err)
		if got := texts(ms); !strings.HasSuffix(got, "Thanks! | You are | And kettles? | Two kettles.") {
			t.Error(got)
		}
	})
	t.Run("summarised in the new segment", func(t *testing.T) {
		b := begin(t, s, ann, "c1", say("u4", "shoes"), chat.New)
		same(t, "history", texts(b.History), "Thanks! | Have you got kettles, too? | Two kettles. | shoes")
		c := answer(b, "Shoes.")
		c.Summary, c.Summarised = "Kettles.", 2
		commit(t, s, c)
		b = begin(t, s, ann, "c1", say("u5", "toys"), chat.New)
		same(t, "what it does not cover", texts(b.History[b.Summarised:]), "Two kettles. | shoes | Shoes. | toys")
	})
}

// Two agents, the assistant and the customer act at once, each in its own goroutine and as fast as it can.
func testDeskRaces(t *testing.T, db *database) {
	s := db.shop(t)
	for round := range 12 {
		id := fmt.Sprint("race", round)
		begun := begin(t, s, ann, id, say("first", "first"), chat.New)
		seen := row(t, s, id)
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := map[string]int{}
		try := func(what string, fn func(ctx context.Context) error) {
			wg.Go(func() {
				err := fn(context.Background())
				var e *shop.Error
				if err != nil && (!errors.As(err, &e) || e.Kind != shop.Conflict && e.Kind != shop.Busy) {
					t.Errorf("%s: %v", what, err)
				}
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won[what]++
				}
			})
		}
		try("handoff", func(ctx context.Context) error { return s.Commit(ctx, handOver(begun)) })
		try("handoff", func(ctx context.Context) error { return s.Commit(ctx, handOver(begun)) }) // the same one again
		try("take", func(ctx context.Context) error { _, err := s.Take(ctx, agent, id, expect(seen)); return err })
		try("reply", func(ctx context.Context) error {
			_, _, err := s.Reply(ctx, amy, id, expect(seen), chat.Message{ID: "r", Text: "reply"})
			return err
		})
		try("message", func(ctx context.Context) error {
			_, err := s.Begin(ctx, ann, id, "shopper", say("second", "second"), chat.New)
			return err
		})
		wg.Wait()
		if won["handoff"]+won["take"]+won["reply"] > 1 {
			t.Errorf("round %d: %v", round, won)
		}
		_, ms, err := s.Conversation(t.Context(), ann, id)
		must(t, err)
		said := map[string]int{}
		for _, m := range ms {
			said[m.Text]++
		}
		w := row(t, s, id)
		if said["first"] != 1 || said["second"] != won["message"] || said["reply"] != won["reply"] || said["A person takes over."] != won["handoff"] {
			t.Errorf("round %d, won %v: %s", round, won, texts(ms))
		}
		if (w.Reason != "") != (won["handoff"] == 1) || (w.Owner.Kind == chat.Agent) != (won["take"]+won["reply"] == 1) {
			t.Errorf("round %d, won %v: %+v", round, won, w)
		}
	}
}

// All who wait are one page, those who wait longest first; and what somebody said is found.
func testDeskQueue(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	const n = 300
	for i := range n {
		handedOff(t, s, fmt.Sprint("q", i))
	}
	_, err := s.SetLabels(ctx, agent, "q200", desk.Labels{Priority: 2, Tags: []string{"vip"}})
	must(t, err)
	turn(t, s, bob, "own", say("u1", "Have you got \"Blue Moon\" 100% wool?"), "We have.")
	ids := func(q desk.Query) (out []string) {
		rows, err := s.DeskRows(ctx, agent, q)
		must(t, err)
		for _, w := range rows {
			out = append(out, w.ID)
		}
		return out
	}
	all := ids(desk.Query{View: desk.Queue, Limit: 1000})
	if len(all) != n || all[0] != "q200" || all[1] != "q0" || all[n-1] != "q299" {
		t.Errorf("%d rows: %v … %v", len(all), all[:3], all[len(all)-1])
	}
	same(t, "a page", fmt.Sprint(ids(desk.Query{View: desk.Queue, Limit: 2, After: 1})), "[q0 q1]")
	same(t, "the assistant's", fmt.Sprint(ids(desk.Query{View: desk.Assistant})), "[own]")
	for text, want := range map[string]string{
		`"blue moon" 100%`: "[own]", "WE HAVE": "[own]", "wool_": "[]", "vip": "[q200]", "q299": "[q299]", "bob": "[own]", "nothing of it": "[]",
	} {
		same(t, "found by "+text, fmt.Sprint(ids(desk.Query{View: desk.All, Text: text})), want)
	}
	counts, err := s.DeskCounts(ctx, agent)
	must(t, err)
	same(t, "counts", fmt.Sprint(counts), fmt.Sprintf("map[assistant:1 queue:%d]", n))
	db.clock.pass(48 * time.Hour)
	same(t, "what rests with the assistant is no work", fmt.Sprint(ids(desk.Query{View: desk.Assistant})), "[]")
	_, err = s.DeskCounts(ctx, ann)
	refused(t, err, shop.NotFound)
}
