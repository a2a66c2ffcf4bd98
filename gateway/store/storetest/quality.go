package storetest

import (
	"fmt"
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

func testQuality(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	s.PlanDesk(func(string) desk.Plan { return desk.Plan{Clocks: clocks(t, "round")} })
	began := db.clock.Now().Truncate(24 * time.Hour)
	q := desk.QualityQuery{From: began, To: began.AddDate(0, 0, 1)}
	closes := func(id string) desk.Row {
		t.Helper()
		w, err := s.CloseConversation(ctx, agent, id, expect(row(t, s, id)))
		must(t, err)
		return w
	}

	turn(t, s, ann, "alone", say("u1", "kettles"), "Two.")
	voted := turn(t, s, ann, "voted", say("u1", "kettles"), "Two.")
	must(t, s.Feedback(ctx, ann, "voted", "m"+voted.Turn, 1, ""))
	early := turn(t, s, ann, "voted early", say("u1", "kettles"), "Two.")
	must(t, s.Feedback(ctx, ann, "voted early", "m"+early.Turn, 1, ""))
	turn(t, s, ann, "voted early", say("u2", "no, mugs"), "Three.")
	handedOff(t, s, "waits")
	handedOff(t, s, "closed")
	closes("closed")
	handedOff(t, s, "reviewed")
	reviewed := closes("reviewed")
	handedOff(t, s, "again")
	closes("again")
	turn(t, s, ann, "again", say("u2", "It broke once more."), "Oh.")
	begin(t, s, ann, "dies", say("u1", "hello"), chat.New)
	turn(t, s, bob, "chinese", say("u1", "水壶"), "两个。")
	turn(t, s, in("b", ann), "foreign", say("u1", "kettles"), "Two.")

	// A review is an agent's or an admin's, and audited; it holds until the customer writes.
	for _, who := range []shop.Principal{ann, in("b", agent), {Tenant: "a", ID: "m", Merchant: "m", Role: shop.Merchant}} {
		_, err := s.Review(ctx, who, "reviewed", nil, desk.Review{Resolved: true})
		refused(t, err, shop.NotFound)
		_, err = s.QualityFacts(ctx, who, q)
		if who.Role != shop.Agent {
			refused(t, err, shop.NotFound)
		}
	}
	_, err := s.Review(ctx, agent, "unknown", nil, desk.Review{})
	refused(t, err, shop.NotFound)
	_, err = s.Review(ctx, agent, "reviewed", &desk.Expect{Revision: reviewed.Revision + 1}, desk.Review{})
	refused(t, err, shop.Conflict)
	w, err := s.Review(ctx, admin, "reviewed", nil, desk.Review{Resolved: true})
	must(t, err)
	same(t, "revision", w.Revision, reviewed.Revision)
	_, err = s.Review(ctx, agent, "reviewed", nil, desk.Review{Note: "He wants a refund."})
	must(t, err)
	r, err := s.ReviewOf(ctx, agent, "reviewed")
	must(t, err)
	if r == nil || r.Resolved || r.Note != "He wants a refund." || r.By != "gus" || r.At.IsZero() {
		t.Errorf("review %+v", r)
	}
	log, err := s.Audit(ctx, "a", time.Time{}, 10)
	must(t, err)
	if len(log) != 2 || log[0].Act != "conversation_reviewed" || log[0].Actor != "gus" || log[0].Object != "reviewed" || log[0].Detail != "not resolved" {
		t.Errorf("audit %+v", log)
	}
	_, err = s.Review(ctx, agent, "again", nil, desk.Review{Resolved: true})
	must(t, err)
	turn(t, s, ann, "again", say("u3", "Still."), "Oh.")
	r, err = s.ReviewOf(ctx, agent, "again")
	must(t, err)
	same(t, "a review of what was before", r == nil, true)

	facts := func(q desk.QualityQuery) desk.Facts {
		t.Helper()
		f, err := s.QualityFacts(ctx, agent, q)
		must(t, err)
		return f
	}
	got := map[string]string{}
	f := facts(q)
	for _, h := range f.Conversations {
		got[h.ID] = fmt.Sprintf("people %v %s closed %v reopened %v waits %v vote %d verdict %d", h.People, h.Reason, h.Closed, h.Reopened, h.Waits, h.Vote, h.Verdict)
	}
	for id, want := range map[string]string{
		"alone":       "people false  closed false reopened false waits false vote 0 verdict 0",
		"voted":       "people false  closed false reopened false waits false vote 1 verdict 0",
		"voted early": "people false  closed false reopened false waits false vote 0 verdict 0",
		"waits":       "people true complaint closed false reopened false waits true vote 0 verdict 0",
		"closed":      "people true complaint closed true reopened false waits false vote 0 verdict 0",
		"reviewed":    "people true complaint closed true reopened false waits false vote 0 verdict -1",
		"again":       "people true complaint closed false reopened true waits false vote 0 verdict 0",
		"dies":        "people false  closed false reopened false waits true vote 0 verdict 0",
		"chinese":     "people false  closed false reopened false waits false vote 0 verdict 0",
	} {
		same(t, id, got[id], want)
	}
	same(t, "conversations", len(got), 9)
	same(t, "those in Chinese", len(facts(desk.QualityQuery{From: q.From, To: q.To, Lang: "zh"}).Conversations), 1)
	same(t, "those of the day after", len(facts(desk.QualityQuery{From: q.To, To: q.To.AddDate(0, 0, 1)}).Conversations), 0)
	asked := facts(desk.QualityQuery{From: q.From, To: q.To, Rated: []string{"voted", "foreign", "unknown"}}).Asked
	same(t, "asked at", len(asked), 1)
	same(t, "asked at", asked["voted"].IsZero(), false)

	db.clock.pass(25 * time.Hour)
	told := desk.QualityOf(facts(q), nil, q.From, q.To, db.clock.Now())
	parts := func(x desk.Share) string { return fmt.Sprintf("%d of %d", x.N, x.Of) }
	same(t, "by the assistant alone", parts(told.Assistant), "5 of 9")
	o := told.Outcome
	same(t, "outcome", fmt.Sprintf("reviewed %s, confirmed %s, assumed %s, reopened %d, unresolved %d, open %d", parts(o.Reviewed), parts(o.Confirmed), parts(o.Assumed), o.Reopened, o.Unresolved, o.Open),
		"reviewed 0 of 1, confirmed 1 of 1, assumed 4 of 7, reopened 1, unresolved 2, open 0")
	clock := ""
	for _, c := range told.Clocks {
		clock += fmt.Sprintf("%s %s running %d, ", c.Definition, parts(c.Met), c.Running)
	}
	same(t, "clocks", clock, "first 11 of 11 running 0, handoff 3 of 4 running 0, next 0 of 0 running 0, resolved 3 of 4 running 0, ")
	same(t, "ratings", told.CSAT == nil, true)

	t.Run("what belongs to it", func(t *testing.T) { reviewsGo(t, s) })
}

// reviewsGo with their conversation.
func reviewsGo(t *testing.T, s *store.Store) {
	ctx := t.Context()
	must(t, s.DeleteConversation(ctx, ann, "reviewed"))
	turn(t, s, ann, "reviewed", say("u1", "anew"), "Hello.")
	r, err := s.ReviewOf(ctx, agent, "reviewed")
	must(t, err)
	same(t, "a review of what was deleted", r == nil, true)
	_, err = s.Review(ctx, agent, "alone", nil, desk.Review{Note: "secret"})
	must(t, err)
	_, err = s.Erase(ctx, "a", "ann")
	must(t, err)
	turn(t, s, ann, "alone", say("u1", "kettles"), "Two.")
	r, err = s.ReviewOf(ctx, agent, "alone")
	must(t, err)
	same(t, "a review of what was erased", r == nil, true)
}
