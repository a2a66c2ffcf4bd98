package api

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"shopkeeper/gateway/desk"
	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

func TestLookup(t *testing.T) {
	var asked []desk.Lookup
	h := plan{options: func(o *Options) {
		o.Desk = o.Conversations.(*store.Store)
		o.Lookup = func(_ context.Context, who shop.Principal, q desk.Lookup, lang string) ([]Found, error) {
			asked = append(asked, q)
			switch {
			case who.Tenant != "acme" || who.ID != "agent-1":
				t.Errorf("asked by %+v", who)
			case q.Email == "ann@example.com":
				return []Found{{ID: "ann", Customer: Customer{Name: "Ann", Email: q.Email}}, {ID: "ann2", Customer: Customer{Name: "Ann"}}}, nil
			case q.Email == "down@example.com":
				return nil, &shop.Error{Kind: shop.Unavailable, Msg: "The shop's system does not answer."}
			}
			return nil, nil
		}
	}}.open(t)
	const at = "/api/desk/lookup"
	nobody := func(a answered) {
		t.Helper()
		if got := strings.TrimSpace(string(a.body)); got != `{"matches":[]}` {
			t.Errorf("nobody is %s", got)
		}
	}
	look := func(status int, body string) answered {
		return h.do("POST", at, "agent", json.RawMessage(body)).want(status)
	}
	for _, key := range []string{"ann", "merchant", "app", "widget"} {
		if got := h.do("POST", at, key, json.RawMessage(`{"order":"W1","reason":"curious"}`)); got.status != 403 && got.status != 401 {
			t.Errorf("%s: %d", key, got.status)
		}
	}
	for _, bad := range []string{
		`{"order":"W1"}`, `{"order":"W1","reason":"why "}`, `{"reason":"wrote by e-mail"}`, `{"order":"W1","email":"a@b.example","reason":"wrote by e-mail"}`,
		`{"email":"ann","reason":"wrote by e-mail"}`, `{"name":"Ann","reason":"wrote by e-mail"}`, `{"postcode":"123","reason":"wrote by e-mail"}`, `{"name":"Ann","postcode":"-","reason":"wrote by e-mail"}`,
		`{"order":"W1","reason":"wrote by e-mail","conversation":"a b"}`, `{"order":"W1","reason":"wrote by e-mail","lang":"fr"}`, `{"order":"` + strings.Repeat("1", 201) + `","reason":"wrote by e-mail"}`,
	} {
		look(400, bad)
	}
	if len(asked) > 0 {
		t.Fatalf("asked %+v", asked)
	}
	nobody(look(200, `{"order":" #W1 ","reason":"wrote  by e-mail","conversation":"c1"}`))
	var out struct {
		Matches []struct {
			ID, Name, Email string
			Orders          []any
		}
	}
	look(200, `{"email":"Ann@Example.com","reason":"called us"}`).json(&out)
	if len(out.Matches) != 2 || out.Matches[0].ID != "ann" || out.Matches[0].Email == "" || out.Matches[0].Orders == nil {
		t.Errorf("found %+v", out)
	}
	nobody(look(200, `{"name":"Ann Lee","postcode":"SW1A 1AA","reason":"called us"}`))
	look(503, `{"email":"down@example.com","reason":"called us"}`)
	log, err := h.store.Audit(t.Context(), "acme", time.Time{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, e := range log {
		got = e.Actor + " " + e.Act + ": " + e.Object + ": " + e.Detail + "\n" + got
	}
	if want := `agent-1 customer_looked_up: order W1: nobody found; in c1; reason: wrote by e-mail
agent-1 customer_looked_up: e-mail a***@example.com: found ann, ann2; reason: called us
agent-1 customer_looked_up: name A. L. postcode SW***: nobody found; reason: called us
agent-1 customer_looked_up: e-mail d***@example.com: not answered; reason: called us
`; got != want {
		t.Errorf("audit\n%swant\n%s", got, want)
	}
	for range lookupsHour - 4 {
		look(200, `{"order":"W2","reason":"guessing"}`)
	}
	look(429, `{"order":"W2","reason":"guessing"}`)
	log, err = h.store.Audit(t.Context(), "acme", time.Time{}, 1)
	if err != nil || !strings.HasPrefix(log[0].Detail, "refused: too many") || len(asked) != lookupsHour {
		t.Errorf("audit %+v (%v), asked %d times", log, err, len(asked))
	}
	h.now.Add(time.Hour)
	look(200, `{"order":"W2","reason":"guessing"}`)
}
