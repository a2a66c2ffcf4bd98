package storetest

import (
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// What people answered stays unseen until the conversation's own shopper reads it; nobody else's reading counts.
func testSeen(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	queued(t, s, ann, "c1", "m1")
	unseen := func() (out string) {
		t.Helper()
		ms, err := s.UnseenReplies(ctx, ann.Tenant, "c1")
		must(t, err)
		for _, m := range ms {
			out += m.Text + ";"
		}
		return out
	}
	reply := func(id, text string) {
		t.Helper()
		db.clock.pass(time.Second)
		row, err := s.DeskRow(ctx, agent, "c1")
		must(t, err)
		_, _, err = s.Reply(ctx, agent, "c1", desk.Expect{Revision: row.Revision, LastUser: row.LastUser}, chat.Message{ID: id, Text: text})
		must(t, err)
		db.clock.pass(time.Second)
	}
	same(t, "before", unseen(), "")
	reply("r1", "One.")
	reply("r2", "Two.")
	must(t, s.Saw(ctx, agent, "c1"))
	must(t, s.Saw(ctx, bob, "c1"))
	same(t, "unseen", unseen(), "One.;Two.;")
	must(t, s.Saw(ctx, ann, "c1"))
	same(t, "seen", unseen(), "")
	reply("r3", "Three.")
	same(t, "again", unseen(), "Three.;")
	_, err := s.UnseenReplies(ctx, "another", "c1")
	refused(t, err, shop.NotFound)
}
