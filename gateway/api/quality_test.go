package api

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"shopkeeper/gateway/desk"
	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

func TestQuality(t *testing.T) {
	h := demoHouse(t)
	const who, c = "demo-shopper", "quality1"
	h.chat(who, c, "m1", "I want to talk to a person")
	v := h.desk(c)
	at := "/api/desk/conversations/" + c + "/"
	h.do("POST", at+"close", "demo-agent", json.RawMessage(fmt.Sprintf(`{"revision":%d}`, v.Row.Revision))).want(200)
	for _, key := range []string{who, "demo-merchant", "demo-app"} {
		h.do("GET", "/api/desk/quality", key, nil).want(403)
		h.do("POST", at+"review", key, json.RawMessage(`{"resolved":true}`)).want(403)
	}
	h.do("POST", at+"review", "demo-agent", json.RawMessage(`{"note":"well"}`)).want(400)
	h.do("POST", at+"review", "demo-agent", json.RawMessage(`{"resolved":true,"revision":1}`)).want(409)
	h.do("POST", "/api/desk/conversations/unknown/review", "demo-agent", json.RawMessage(`{"resolved":true}`)).want(404)
	h.do("POST", at+"review", "demo-admin", json.RawMessage(`{"resolved":true,"note":"Sent a new one."}`)).want(200)
	var one struct {
		Review *desk.Review
	}
	h.do("GET", at[:len(at)-1], "demo-agent", nil).want(200).json(&one)
	if one.Review == nil || !one.Review.Resolved || one.Review.Note != "Sent a new one." {
		t.Errorf("review %+v", one.Review)
	}
	var q struct {
		From, To, Zone, Lang string
		desk.Quality
	}
	h.do("GET", "/api/desk/quality?lang=en", "demo-agent", nil).want(200).json(&q)
	if q.Conversations < 1 || q.Outcome.Reviewed.N < 1 || len(q.Days) != 28 || len(q.Clocks) != 4 || q.Lang != "en" || q.Days[27].Day != q.To || q.Days[0].Day != q.From {
		t.Errorf("quality %+v", q)
	}
	if h.do("GET", "/api/desk/quality?from=2026-03-01&to=2026-03-01", "demo-admin", nil).want(200).json(&q); len(q.Days) != 1 {
		t.Errorf("one day is %d", len(q.Days))
	}
	for _, bad := range []string{"from=yesterday", "to=2026-02-30", "from=2026-03-02&to=2026-03-01", "from=2024-01-01&to=2025-01-01", "lang=fr"} {
		h.do("GET", "/api/desk/quality?"+bad, "demo-agent", nil).want(400)
	}
	h.chat(who, c, "m2", "headphones under $80")
	h.do("GET", at[:len(at)-1], "demo-agent", nil).want(200).json(&one)
	if one.Review != nil {
		t.Errorf("a review of what was before: %+v", one.Review)
	}
}

// facts is a desk's quality that is made up.
type facts struct {
	Quality
	f func(q desk.QualityQuery) desk.Facts
}

func (f facts) QualityFacts(_ context.Context, _ shop.Principal, q desk.QualityQuery) (desk.Facts, error) {
	return f.f(q), nil
}

// Ratings are asked for until now; days are those of the tenant's zone.
func TestQualityRatings(t *testing.T) {
	var asked desk.QualityQuery
	now := time.Date(2026, 3, 14, 17, 0, 0, 0, time.UTC) // the day after in Shanghai
	began := now.Add(-time.Hour)
	h := plan{options: func(o *Options) {
		st := o.Conversations.(*store.Store)
		o.Now = func() time.Time { return now }
		o.Desk, o.Quality = st, facts{st, func(q desk.QualityQuery) desk.Facts {
			asked = q
			return desk.Facts{Conversations: []desk.Handled{{ID: "x", Began: began}}}
		}}
		o.Ratings = func(_ context.Context, who shop.Principal, from, to time.Time) ([]desk.Rating, error) {
			if who.Role != shop.Agent || who.Tenant != "acme" || to.Before(now) {
				t.Errorf("asked by %+v from %s to %s", who, from, to)
			}
			return []desk.Rating{{Conversation: "x", Stars: 5, At: began.Add(time.Minute)}, {Conversation: "x", Stars: 4, At: began.Add(2 * time.Minute)}}, nil
		}
	}}.open(t)
	zoned := acme
	zoned.Zone = "Asia/Shanghai"
	if err := h.store.PutTenant(t.Context(), zoned); err != nil {
		t.Fatal(err)
	}
	var q struct {
		From, To, Zone string
		desk.Quality
	}
	h.do("GET", "/api/desk/quality", "agent", nil).want(200).json(&q)
	if q.CSAT == nil || q.CSAT.Ratings != 1 || q.CSAT.Stars[3] != 1 || q.Outcome.Confirmed.N != 1 || len(asked.Rated) != 1 || asked.Rated[0] != "x" {
		t.Errorf("ratings %+v, asked %+v", q.CSAT, asked)
	}
	if q.To != "2026-03-15" || q.From != "2026-02-16" || q.Zone != "Asia/Shanghai" || q.Days[27].Assistant != 1 || !asked.To.Equal(now.Add(23*time.Hour)) {
		t.Errorf("from %s to %s in %s, asked until %s", q.From, q.To, q.Zone, asked.To)
	}
}
