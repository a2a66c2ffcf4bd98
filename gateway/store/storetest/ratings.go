package storetest

import (
	"fmt"
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// A conversation is rated by its own shopper alone, once it was answered; the last word counts, for a week.
func testRatings(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	start := db.clock.Now()
	queued(t, s, ann, "c1", "m1")
	list := func() (out string) {
		t.Helper()
		all, err := s.Ratings(ctx, agent, start, db.clock.Now().Add(time.Second))
		must(t, err)
		for _, r := range all {
			out += fmt.Sprint(r.Conversation, " ", r.Stars, " ", r.Agent, ";")
		}
		return out
	}
	row, err := s.DeskRow(ctx, agent, "c1")
	must(t, err)
	_, _, err = s.Reply(ctx, agent, "c1", expect(row), chat.Message{ID: "r1", Text: "A new one comes."})
	must(t, err)
	for _, stars := range []int{0, 6, -1} {
		refused(t, s.Rate(ctx, ann, "c1", stars, ""), shop.Invalid)
	}
	refused(t, s.Rate(ctx, bob, "c1", 5, ""), shop.NotFound)
	refused(t, s.Rate(ctx, agent, "c1", 5, ""), shop.NotFound)
	refused(t, s.Rate(ctx, ann, "none", 5, ""), shop.NotFound)
	same(t, "before", list(), "")
	must(t, s.Rate(ctx, ann, "c1", 2, "Slow."))
	must(t, s.Rate(ctx, ann, "c1", 4, "In the end good."))
	same(t, "rated", list(), "c1 4 "+agent.ID+";")
	g, err := s.RatingOf(ctx, agent, "c1")
	must(t, err)
	same(t, "comment", g.Comment, "In the end good.")
	_, err = s.Ratings(ctx, ann, start, db.clock.Now())
	refused(t, err, shop.NotFound)
	db.clock.pass(8 * 24 * time.Hour)
	refused(t, s.Rate(ctx, ann, "c1", 1, ""), shop.Conflict)
	// One that nobody answered has nothing to be rated.
	begin(t, s, ann, "c2", say("m2", "Hello?"), chat.New)
	refused(t, s.Rate(ctx, ann, "c2", 5, ""), shop.Conflict)
	must(t, s.DeleteConversation(ctx, ann, "c1"))
	same(t, "deleted", list(), "")
}
