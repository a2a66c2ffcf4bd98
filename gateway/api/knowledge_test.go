package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

type versionsView struct {
	Versions []struct {
		Version    int64
		State      string
		Text       string
		Cited      string
		Author     string
		InForce    bool `json:"in_force"`
		Effective  time.Time
		Tags, Gaps []string
	}
	MayEdit    bool `json:"may_edit"`
	MayPublish bool `json:"may_publish"`
}

// A question's life over the routes, until a shopper is answered with it.
func TestKnowledge(t *testing.T) {
	h := demoHouse(t)
	const at, editor = "/api/knowledge/faq/en-umbrellas", "demo-agent-2"
	put := func(key string, base int64, text string) answered {
		t.Helper()
		return h.do("PUT", at, key, json.RawMessage(fmt.Sprintf(`{"base":%d,"lang":"en","title":"Umbrella rental","tags":["umbrella","umbrella"," "],"text":%q}`, base, text)))
	}
	h.do("GET", at, editor, nil).want(404)
	put("demo-agent", 0, "## Can I rent an umbrella?\n\nYes.").want(403)
	for _, key := range []string{"demo-shopper", "demo-merchant", "demo-app"} {
		h.do("GET", "/api/knowledge", key, nil).want(403)
		h.do("GET", "/api/desk/macros", key, nil).want(403)
		put(key, 0, "x").want(403)
	}
	var v versionsView
	put(editor, 0, "## Can I rent an umbrella?\n\nUmbrella rental is free for a day.").want(200).json(&v)
	if len(v.Versions) != 1 || v.Versions[0].State != "draft" || v.Versions[0].Author != "key-demo-agent-2" || len(v.Versions[0].Tags) != 1 || !v.MayEdit || !v.MayPublish {
		t.Errorf("draft %+v", v)
	}
	if p := put(editor, 0, "Mine").want(409); !strings.Contains(string(p.body), "moved_on") {
		t.Errorf("%s", p.body)
	}
	h.do("POST", at+"/publish", "demo-agent", json.RawMessage(`{"version":1}`)).want(403)
	h.do("POST", at+"/publish", editor, json.RawMessage(`{}`)).want(400)
	h.do("POST", at+"/publish", editor, json.RawMessage(`{"version":7}`)).want(404)
	h.do("POST", at+"/publish", editor, json.RawMessage(`{"version":1,"ends":"2001-01-01T00:00:00Z"}`)).want(400)
	h.do("POST", at+"/publish", editor, json.RawMessage(`{"version":1}`)).want(200).json(&v)
	if !v.Versions[0].InForce || v.Versions[0].Cited != "1" || v.Versions[0].Effective.IsZero() {
		t.Errorf("published %+v", v)
	}
	h.do("POST", at+"/publish", editor, json.RawMessage(`{"version":1}`)).want(409)

	n := 0
	cites := func() string {
		t.Helper()
		n++
		out := ""
		for _, p := range h.chat("demo-shopper", fmt.Sprintf("umbrella%d", n), "m1", "what is your policy on umbrella rental?") {
			if p.Type == "data-policy" {
				out += string(p.Data)
			}
		}
		return out
	}
	until := func(what string, ok func(cited string) bool) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); ; {
			got := cites()
			if ok(got) {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%s: cited %s", what, got)
			}
		}
	}
	until("published", func(c string) bool {
		return strings.Contains(c, `"document":"Umbrella rental"`) && strings.Contains(c, `"section":"Can I rent an umbrella?"`) && strings.Contains(c, `"version":"1"`)
	})
	put(editor, 1, "## Can I rent an umbrella?\n\nUmbrella rental costs a smile.").want(200)
	h.do("POST", at+"/publish", editor, json.RawMessage(`{"version":2}`)).want(200)
	until("a new version", func(c string) bool { return strings.Contains(c, `a smile`) && !strings.Contains(c, "for a day") })
	h.do("POST", at+"/withdraw", "demo-agent", nil).want(403)
	h.do("POST", at+"/withdraw", "demo-admin", nil).want(200)
	until("withdrawn", func(c string) bool { return !strings.Contains(c, "mbrella rental") })

	var list struct {
		Documents []struct {
			ID, State string
			InForce   int `json:"in_force"`
		}
	}
	for query, want := range map[string]int{"kind=faq&q=umbrel": 1, "kind=policy&q=umbrella": 0, "state=withdrawn&q=umbrella": 1, "state=published&q=umbrella": 0, "state=candidate": 0, "lang=zh&q=umbrella": 0} {
		h.do("GET", "/api/knowledge?"+query, "demo-agent", nil).want(200).json(&list)
		if len(list.Documents) != want {
			t.Errorf("%s: %+v", query, list)
		}
	}
	h.do("GET", "/api/knowledge?kind=policy&lang=en&q=return", "demo-agent", nil).want(200).json(&list)
	if len(list.Documents) == 0 || list.Documents[0].ID != "en-returns" || list.Documents[0].InForce != 1 {
		t.Errorf("policies %+v", list)
	}
	for _, q := range []string{"kind=poem", "state=lost", "lang=fr", "q=" + strings.Repeat("x", 201)} {
		h.do("GET", "/api/knowledge?"+q, "demo-agent", nil).want(400)
	}
	for body, want := range map[string]int{
		`{"title":"T","text":"x"}`: 400, `{"base":0,"text":"x"}`: 400, `{"base":0,"title":"T","text":" \u0007"}`: 400, `{"base":0,"title":"T","text":"x","lang":"fr"}`: 400,
		`{"base":0,"title":"T","text":"x","effective":"2027-01-01T00:00:00Z","ends":"2026-01-01T00:00:00Z"}`: 400, `{"base":-1,"title":"T","text":"x"}`: 409,
		`{"base":0,"title":"` + strings.Repeat("x", 201) + `","text":"x"}`: 400, `{"base":0,"title":"T","text":"` + strings.Repeat("x", 100_001) + `"}`: 413,
		`{"base":0,"title":"T","text":"x","tags":["` + strings.Repeat("x", 41) + `"]}`: 400, `{"base":0,"title":"T","text":"x","phrases":[` + strings.Repeat(`"a",`, 50) + `"a"]}`: 400,
	} {
		if got := h.do("PUT", "/api/knowledge/macro/x", "demo-agent", json.RawMessage(body)); got.status != want {
			t.Errorf("%.80s: %d, want %d: %s", body, got.status, want, got.body)
		}
	}
	h.do("PUT", "/api/knowledge/macro/Not%20An%20Id", "demo-agent", json.RawMessage(`{"base":0,"title":"T","text":"x"}`)).want(400)
	h.do("PUT", "/api/knowledge/poem/x", editor, json.RawMessage(`{"base":0,"title":"T","text":"x"}`)).want(404)
}

// Macros are found by what is typed, and filled with facts alone.
func TestMacros(t *testing.T) {
	h := demoHouse(t)
	type macro struct {
		ID, Title, Text, Version string
		Gaps                     []string
	}
	get := func(query string) (ms []macro) {
		t.Helper()
		h.do("GET", "/api/desk/macros?"+query, "demo-agent", nil).want(200).json(&ms)
		return ms
	}
	if ms := get("lang=en&q=refu"); len(ms) == 0 || ms[0].ID != "en-macros-refund-time" || !strings.Contains(ms[0].Text, "{customer}") || strings.Join(ms[0].Gaps, " ") != "customer order" || ms[0].Version != "2026-05" {
		t.Errorf("%+v", ms)
	}
	if ms := get("lang=zh"); len(ms) < 12 || strings.HasPrefix(ms[0].ID, "en") {
		t.Errorf("%d macros, the first %+v", len(ms), ms)
	}
	h.chat("demo-shopper", "macros1", "m1", "I want to talk to a person")
	var orders struct {
		Customer struct {
			Name   string
			Orders []struct{ ID string }
		}
	}
	h.do("GET", "/api/desk/conversations/macros1", "demo-agent", nil).want(200).json(&orders)
	name := orders.Customer.Name
	ms := get("conversation=macros1&q=refund+arrives")
	if len(ms) == 0 || !strings.Contains(ms[0].Text, name) || !strings.Contains(ms[0].Text, "{order}") || strings.Join(ms[0].Gaps, " ") != "order" {
		t.Errorf("no order was named: %+v", ms)
	}
	id := orders.Customer.Orders[1].ID
	h.chat("demo-shopper", "macros1", "m2", "It is order "+id+": where is my refund?")
	ms = get("conversation=macros1")
	if ms[0].ID != "en-macros-refund-time" || !strings.Contains(ms[0].Text, "order "+id) || len(ms[0].Gaps) != 0 {
		t.Errorf("first %+v", ms[0])
	}
	h.chat("demo-shopper-2", "macros2", "m1", "I want to talk to a person about order "+id)
	if ms := get("conversation=macros2&q=refund"); len(ms) == 0 || strings.Contains(ms[0].Text, id) {
		t.Errorf("another's order is in %+v", ms)
	}
	h.do("GET", "/api/desk/macros?conversation=unknown", "demo-agent", nil).want(404)
	h.do("GET", "/api/desk/macros?conversation=%2F", "demo-agent", nil).want(404)
	h.do("GET", "/api/desk/macros?lang=fr", "demo-agent", nil).want(400)
	h.do("GET", "/api/desk/macros?q="+strings.Repeat("x", 201), "demo-agent", nil).want(400)
}
