package storetest

import (
	"fmt"
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/store"
	"shopkeeper/gateway/usage"
	"shopkeeper/shop"
)

func testSweep(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	all := func(kind string, before time.Time) (n int64) {
		for {
			gone, err := s.Sweep(ctx, kind, before)
			must(t, err)
			if gone == 0 {
				return n
			}
			n += gone
		}
	}
	for i := range 60 {
		turn(t, s, ann, fmt.Sprint("old", i), say("u1", "hello"), "Noted.")
	}
	_, err := s.Begin(ctx, ann, "running", "shopper", say("u1", "still at it"), chat.New)
	must(t, err)
	cut := db.clock.Now()
	turn(t, s, ann, "new", say("u1", "hello"), "Noted.")
	turn(t, s, ann, "old7", say("u2", "once more"), "Noted.") // it went on
	old, err := s.Old(ctx, store.KeptConversations, cut)
	must(t, err)
	same(t, "old conversations", old, 60)
	same(t, "swept", all(store.KeptConversations, cut), 59)
	for _, id := range []string{"new", "old7", "running"} {
		if _, err := s.Read(ctx, ann, id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	_, err = s.Read(ctx, ann, "old3")
	refused(t, err, shop.NotFound)
	records, err := s.Turns(ctx, chat.TurnQuery{Tenant: "a", Limit: 1000})
	must(t, err)
	same(t, "turns that are left", len(records), 3)

	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	var rows []chat.Call
	for i := range 1200 {
		at := day.Add(time.Duration(i) * time.Second)
		if i > 400 && i < 1000 {
			at = day.Add(400 * time.Second) // many at one moment
		}
		c := modelCall(i, at, ann)
		c.At = at
		rows = append(rows, c)
	}
	other := modelCall(5000, day, in("b", ann))
	other.At = day
	must(t, s.SaveCalls(ctx, append(rows, other)))
	want, err := s.Old(ctx, store.KeptCalls, day.Add(1100*time.Second))
	must(t, err)
	same(t, "swept calls", all(store.KeptCalls, day.Add(1100*time.Second)), want)
	left, err := s.Calls(ctx, usage.CallQuery{Tenant: "a", From: day, Limit: 5000})
	must(t, err)
	same(t, "calls that are left", len(left), 1201-int(want))
	for i := range 3 {
		must(t, s.AddAudit(ctx, shop.AuditEntry{Tenant: "a", At: day.Add(time.Duration(i) * time.Hour), Actor: "root", Act: "x"}))
	}
	same(t, "swept audit", all(store.KeptAudit, day.Add(90*time.Minute)), 2)
	if _, err := s.Sweep(ctx, "tenants", day); err == nil {
		t.Error("anything can be swept")
	}
}
