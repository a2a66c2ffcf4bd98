package storetest

import (
	"fmt"
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/usage"
	"shopkeeper/shop"
)

func modelCall(n int, at time.Time, who shop.Principal) chat.Call {
	return chat.Call{
		ID: fmt.Sprintf("c%04d", n), At: at, Who: who, Alias: "gpt", Rung: "r", Target: "t", Provider: "p",
		Usage: chat.Usage{Input: 10, Cached: 4, Output: 3, Reasoning: 1, Estimated: n%2 == 1}, Nano: 70,
		First: time.Duration(n+1) * time.Millisecond, Took: time.Duration(n+1) * 10 * time.Millisecond, Ending: chat.Completed, Status: 200,
	}
}

func testCalls(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	app := shop.Principal{Tenant: "a", Key: "k9", Role: shop.App}
	var rows []chat.Call
	for n := range 250 {
		who := ann
		if n%5 == 0 {
			who = app
		}
		c := modelCall(n, day.Add(time.Duration(n)*time.Minute), who)
		if n%10 == 3 {
			c.Ending, c.Problem, c.Conversation, c.Turn, c.Assistant, c.Hedge = chat.Failed, "down", "conv", "t3", "shopper", true
		}
		rows = append(rows, c)
	}
	rows = append(rows, modelCall(0, day, in("b", ann)))
	must(t, s.SaveCalls(ctx, rows))
	must(t, s.SaveCalls(ctx, rows[100:])) // again: nothing is doubled
	must(t, s.SaveCalls(ctx, nil))

	all, err := s.Spend(ctx, "a", "", day, time.Time{})
	must(t, err)
	same(t, "groups", len(all), 1)
	v := all[0]
	same(t, "requests", v.Requests, 250)
	same(t, "input, cached, output, reasoning, nano", fmt.Sprint(v.Input, v.Cached, v.Output, v.Reasoning, v.Nano), "2500 1000 750 250 17500")
	same(t, "failed", v.Failed, 25)
	same(t, "completed", v.Endings["completed"], 225)
	same(t, "p50", v.FirstP50, 125*time.Millisecond)
	same(t, "p95", v.FirstP95, 238*time.Millisecond)
	none, err := s.Spend(ctx, "a", "key", day.AddDate(0, 0, 2), time.Time{})
	must(t, err)
	same(t, "groups of an empty day", len(none), 0)
	keys, err := s.Spend(ctx, "a", "key", day, time.Time{})
	must(t, err)
	if len(keys) != 2 || keys[0].Name != "k1" || keys[0].Requests != 200 || keys[1].Name != "k9" || keys[1].Requests != 50 {
		t.Errorf("by key: %+v", keys)
	}
	hours, err := s.Spend(ctx, "a", "hour", day, day.Add(90*time.Minute))
	must(t, err)
	if len(hours) != 2 || !hours[0].From.Equal(day) || hours[0].Requests != 60 || !hours[1].From.Equal(day.Add(time.Hour)) || hours[1].Requests != 30 {
		t.Errorf("by hour: %+v", hours)
	}
	_, err = s.Spend(ctx, "a", "key; DROP TABLE calls", day, time.Time{})
	refused(t, err, shop.Invalid)

	failed, err := s.Calls(ctx, usage.CallQuery{Tenant: "a", From: day, Failed: true, Limit: 7})
	must(t, err)
	if len(failed) != 7 || failed[0].ID != "c0243" || failed[0].Problem != "down" || !failed[0].Hedge || !failed[0].Usage.Estimated || failed[0].First != 244*time.Millisecond {
		t.Errorf("failed: %+v", failed)
	}
	slow, err := s.Calls(ctx, usage.CallQuery{Tenant: "a", From: day, Slow: 2400 * time.Millisecond, Turn: ""})
	must(t, err)
	same(t, "slow", len(slow), 11)
	ofTurn, err := s.Calls(ctx, usage.CallQuery{Tenant: "a", Conversation: "conv", Turn: "t3", Limit: 1000})
	must(t, err)
	same(t, "of a turn", len(ofTurn), 25)

	spent, err := s.Spent(ctx, day)
	must(t, err)
	sums := map[string]int64{}
	for _, v := range spent {
		sums[v.Tenant+" "+v.Key+" "+v.Person] = v.Nano
	}
	same(t, "ann's spend", sums["a k1 "+ann.Subject()], 200*70)
	same(t, "the app's spend", sums["a k9 "+app.Subject()], 50*70)
	same(t, "the other tenant's spend", sums["b k1 "+ann.Subject()], 70)
}
