package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

func testAudit(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := range 5 {
		must(t, s.AddAudit(ctx, shop.AuditEntry{Tenant: "a", At: day.Add(time.Duration(i) * time.Second), Actor: "root", Act: "key_added", Object: fmt.Sprint("k", i), Detail: "app"}))
	}
	must(t, s.AddAudit(ctx, shop.AuditEntry{Tenant: "b", Actor: "root", Act: "key_added", Object: "other"}))
	first, err := s.Audit(ctx, "a", time.Time{}, 3)
	must(t, err)
	rest, err := s.Audit(ctx, "a", first[2].At, 3)
	must(t, err)
	var got []string
	for _, e := range append(first, rest...) {
		got = append(got, e.Object)
		if e.ID == "" || e.Actor != "root" || e.Act != "key_added" || e.Detail != "app" {
			t.Errorf("entry %+v", e)
		}
	}
	same(t, "entries", strings.Join(got, " "), "k4 k3 k2 k1 k0")
	if bs, err := s.Audit(ctx, "b", time.Time{}, 9); err != nil || len(bs) != 1 || bs[0].At.IsZero() {
		t.Errorf("%+v %v", bs, err)
	}
}

func testSwitches(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	off := shop.Switch{Tenant: "a", Assistant: "shopper", By: "root", Reason: "wrong prices", Since: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	must(t, s.SetSwitch(ctx, off))
	must(t, s.SetSwitch(ctx, shop.Switch{Tenant: "b", Assistant: "shopper", By: "other"}))
	got, err := s.Switches(ctx, "a")
	must(t, err)
	if len(got) != 1 || got[0] != off {
		t.Fatalf("%+v", got)
	}
	all, err := s.Switches(ctx, "")
	must(t, err)
	same(t, "of all tenants", len(all), 2)
	on := off
	on.On, on.Reason = true, ""
	must(t, s.SetSwitch(ctx, on))
	got, err = s.Switches(ctx, "a")
	must(t, err)
	if len(got) != 1 || got[0] != on {
		t.Fatalf("%+v", got)
	}
	entries, err := s.Audit(ctx, "a", time.Time{}, 9)
	must(t, err)
	var acts []string
	for _, e := range entries {
		acts = append(acts, e.Act+" "+e.Object+" "+e.Detail)
	}
	if len(acts) != 2 || !strings.Contains(strings.Join(acts, ", "), "assistant_off shopper wrong prices") {
		t.Errorf("audit %q", acts)
	}
}

func testTurnRecords(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	for i := range 3 {
		turn(t, s, ann, fmt.Sprint("c", i), say("u1", "hello"), "Noted.")
	}
	b := begin(t, s, ann, "c1", say("u2", "and?"), chat.New) // its first word came late, its next ones later
	late := answer(b, "Well.")
	late.Events[1].After = 1234
	late.Events = slices.Insert(late.Events, 2, chat.Event{ID: late.Events[2].ID, Turn: b.Turn, Kind: chat.EvText, Text: "!", After: 2000})
	commit(t, s, late)
	mute := answer(begin(t, s, ann, "c2", say("u2", "and?"), chat.New), "")
	mute.Events = slices.Delete(mute.Events, 1, 2)
	commit(t, s, mute)
	turn(t, s, in("b", ann), "c9", say("u1", "elsewhere"), "Noted.")
	_, err := s.Begin(ctx, ann, "open", "shopper", say("u1", "not done"), chat.New)
	must(t, err)
	all, err := s.Turns(ctx, chat.TurnQuery{Tenant: "a"})
	must(t, err)
	var got []string
	for _, r := range all {
		got = append(got, r.Conversation, r.First.String())
		if r.ID == "" || r.Assistant != "shopper" || r.Opened.IsZero() || r.Closed.Before(r.Opened) || r.Ending != chat.Completed || r.Events != nil {
			t.Errorf("record %+v", r)
		}
	}
	same(t, "turns that ended", strings.Join(got, " "), "c2 0s c1 1.234s c2 1µs c1 1µs c0 1µs")
	newest, err := s.Turns(ctx, chat.TurnQuery{Tenant: "a", Limit: 1})
	must(t, err)
	same(t, "limited", len(newest), 1)
	for what, q := range map[string]chat.TurnQuery{
		"failed": {Tenant: "a", Failed: true}, "slow": {Tenant: "a", Slow: time.Hour}, "later": {Tenant: "a", From: all[0].Opened.Add(time.Microsecond)},
	} {
		none, err := s.Turns(ctx, q)
		must(t, err)
		same(t, what, len(none), 0)
	}
	one, err := s.Turn(ctx, "a", all[0].ID, all[0].Opened)
	must(t, err)
	if one.Conversation != "c2" || len(one.Events) == 0 || one.First != 0 {
		t.Errorf("one turn %+v", one)
	}
	one, err = s.Turn(ctx, "a", all[1].ID, all[1].Opened)
	must(t, err)
	same(t, "its first word", one.First, 1234*time.Millisecond)
	_, err = s.Turn(ctx, "b", all[0].ID, all[0].Opened)
	refused(t, err, shop.NotFound)
	_, err = s.Turn(ctx, "a", all[0].ID, all[0].Opened.Add(time.Microsecond))
	refused(t, err, shop.NotFound)
}
