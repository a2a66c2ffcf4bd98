package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/gateway/store"
)

// clocks of a desk that is always open: all four are short, and spam does not count.
func clocks(t testing.TB, unit string) []desk.Definition {
	t.Helper()
	ds, err := desk.ReadClocks(fmt.Appendf(nil, `[
		{"id": "first", "name": "first_automatic_reply", "seconds": 30, "unit": "round"},
		{"id": "handoff", "name": "handoff_wait", "seconds": 60, "warn_at": 0.5, "unit": "round", "exclude": ["spam"]},
		{"id": "next", "name": "next_reply", "seconds": 180, "warn_at": 0.5, "unit": %q, "threshold": 0.8, "exclude": ["spam"]},
		{"id": "resolved", "name": "resolution", "seconds": 3600, "unit": "conversation"}]`, unit), "UTC")
	must(t, err)
	return ds
}

// states of a conversation's clocks, as they are at this moment of the desk.
func (d *database) states(t testing.TB, s *store.Store, id string) string {
	t.Helper()
	w, err := s.DeskRow(t.Context(), agent, id)
	must(t, err)
	var out []string
	for _, c := range w.Clocks {
		out = append(out, c.Definition+" "+c.State(d.clock.Now()))
	}
	return strings.Join(out, ", ")
}

func row(t testing.TB, s *store.Store, id string) desk.Row {
	t.Helper()
	w, err := s.DeskRow(t.Context(), agent, id)
	must(t, err)
	return w
}

func handedOff(t testing.TB, s *store.Store, id string) desk.Row {
	t.Helper()
	commit(t, s, handOver(begin(t, s, ann, id, say("u1", "My lamp broke."), chat.New)))
	return row(t, s, id)
}

func testDeskClocks(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	plan := desk.Plan{Clocks: clocks(t, "customer_day")}
	s.PlanDesk(func(string) desk.Plan { return plan })
	began := db.clock.Now()
	ring := func() int {
		n, err := s.RingClocks(ctx)
		must(t, err)
		return n
	}

	w := handedOff(t, s, "c1")
	same(t, "at the handoff", db.states(t, s, "c1"), "handoff running, resolved running")
	same(t, "nothing rings", ring(), 0)
	db.clock.pass(31 * time.Second)
	before := row(t, s, "c1").Updated
	same(t, "a warning rings", ring(), 1)
	same(t, "and only once", ring(), 0)
	if !row(t, s, "c1").Updated.After(before) {
		t.Error("a warning is no change")
	}
	same(t, "warned", db.states(t, s, "c1"), "handoff warned, resolved running")
	w, err := s.Take(ctx, agent, "c1", expect(w))
	must(t, err)
	// The wait for somebody is over, that for an answer goes on since the customer wrote.
	same(t, "taken", db.states(t, s, "c1"), "handoff stopped, next running, resolved running")
	if started := row(t, s, "c1").Clocks[1].Started; !started.Equal(w.Waiting) || started.After(began.Add(time.Second)) {
		t.Errorf("the next reply is waited for since %s, the customer since %s", started, w.Waiting)
	}
	db.clock.pass(150 * time.Second)
	same(t, "the breach of one and no more of the other", ring(), 1)
	same(t, "late", db.states(t, s, "c1"), "handoff stopped, next breached, resolved running")
	w, _, err = s.Reply(ctx, agent, "c1", expect(w), chat.Message{ID: "r1", Text: "Sorry."})
	must(t, err)
	same(t, "answered late", db.states(t, s, "c1"), "handoff stopped, next breached, resolved running")
	begin(t, s, ann, "c1", say("u2", "And when?"), chat.New)
	first := row(t, s, "c1").Clocks[1]
	begin(t, s, ann, "c1", say("u3", "Hello?"), chat.New) // of a burst the first message waits
	same(t, "a burst is one round", row(t, s, "c1").Clocks[1].Started, first.Started)
	same(t, "a new round", db.states(t, s, "c1"), "handoff stopped, next running, resolved running")
	w, _, err = s.Reply(ctx, agent, "c1", expect(row(t, s, "c1")), chat.Message{ID: "r2", Text: "Tomorrow."})
	must(t, err)
	w, err = s.CloseConversation(ctx, agent, "c1", expect(w))
	must(t, err)
	same(t, "closed", db.states(t, s, "c1"), "handoff stopped, next stopped, resolved stopped")
	resolution := w.Clocks[2]
	w, err = s.Reopen(ctx, agent, "c1", expect(w))
	must(t, err)
	same(t, "a clock by conversation goes on", w.Clocks[2].Due, resolution.Due)
	same(t, "and runs", w.Clocks[2].Ended.IsZero(), true)

	// Two rounds of one customer on one day are one unit, which was not met; another customer's was.
	bobs := begin(t, s, bob, "c2", say("u1", "hi"), chat.New)
	commit(t, s, handOver(bobs))
	w, err = s.Take(ctx, agent, "c2", expect(row(t, s, "c2")))
	must(t, err)
	_, _, err = s.Reply(ctx, agent, "c2", expect(w), chat.Message{ID: "r1", Text: "Hello."})
	must(t, err)
	reports, err := s.ClockReports(ctx, agent, began.Add(-time.Hour), began.Add(time.Hour))
	must(t, err)
	got := ""
	for _, r := range reports {
		got += fmt.Sprintf("%s %d of %d (%g), ", r.Definition, r.Met, r.Units, r.Threshold)
	}
	same(t, "reports", got, "handoff 2 of 2 (0), next 1 of 2 (0.8), resolved 1 of 1 (0), ")

	t.Run("what does not count", func(t *testing.T) {
		handedOff(t, s, "c3")
		_, err := s.SetLabels(ctx, agent, "c3", desk.Labels{Tags: []string{"spam"}})
		must(t, err)
		same(t, "clocks", db.states(t, s, "c3"), "resolved running")
		begin(t, s, ann, "c3", say("u2", "Buy now"), chat.New)
		_, err = s.Take(ctx, agent, "c3", expect(row(t, s, "c3")))
		must(t, err)
		same(t, "clocks", db.states(t, s, "c3"), "resolved running")
	})
	t.Run("the assistant's answer", func(t *testing.T) {
		b := begin(t, s, ann, "c4", say("u1", "kettles"), chat.New)
		same(t, "clocks", db.states(t, s, "c4"), "")
		same(t, "rings", ring(), 0)
		db.clock.pass(29 * time.Second) // 80 % of 30
		ring()
		same(t, "clocks", db.states(t, s, "c4"), "first warned")
		db.clock.pass(2 * time.Second)
		same(t, "rings", ring(), 1)
		same(t, "rings again", ring(), 0)
		same(t, "clocks", db.states(t, s, "c4"), "first breached")
		commit(t, s, answer(b, "Two."))
		same(t, "it stopped", row(t, s, "c4").Clocks[0].Ended.IsZero(), false)
	})
	t.Run("no clocks at all", func(t *testing.T) {
		s.PlanDesk(func(string) desk.Plan { return desk.Plan{} })
		handedOff(t, s, "c5")
		same(t, "clocks", db.states(t, s, "c5"), "")
	})
}
