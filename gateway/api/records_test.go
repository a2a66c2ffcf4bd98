package api

import (
	"encoding/json"
	"strings"
	"testing"
)

const anOrder = `{"id":"T-1","shopper":"zoe","status":"paid","placed":"2026-03-13T10:00:00Z","items":[{"product":"p","title":"Lamp","price":{"minor":4000,"currency":"USD"},"qty":1}],
	"total":{"minor":4000,"currency":"USD"},"payments":[{"method":"card-1","kind":"card","amount":{"minor":4000,"currency":"USD"}}]}`

const aCustomer = `{"id":"zoe","name":"Zoe","email":"zoe@example.com","methods":[{"id":"card-1","kind":"card","brand":"Visa","last4":"4242"}]}`

// What a shop pushes is there for its shopper, who can change it; a later push voids what was proposed on it.
func TestPutOrders(t *testing.T) {
	h := demoHouse(t)
	put := func(key, body string, want int) answered {
		t.Helper()
		return h.do("PUT", "/api/orders", key, json.RawMessage(body)).want(want)
	}
	for _, key := range []string{"demo-shopper", "demo-agent", "demo-merchant", "demo-admin"} {
		put(key, `{"orders":[`+anOrder+`]}`, 403)
	}
	for name, body := range map[string]string{
		"nothing":                 `{}`,
		"an order twice":          `{"orders":[` + anOrder + `,` + anOrder + `]}`,
		"an unknown status":       `{"orders":[` + strings.Replace(anOrder, `"paid"`, `"lost"`, 1) + `]}`,
		"another currency":        `{"orders":[` + strings.ReplaceAll(anOrder, `"USD"`, `"EUR"`) + `]}`,
		"no items":                `{"orders":[` + strings.Replace(anOrder, `"items":[{"product":"p","title":"Lamp","price":{"minor":4000,"currency":"USD"},"qty":1}]`, `"items":[]`, 1) + `]}`,
		"an e-mail that is none":  `{"customers":[{"id":"zoe","email":"zoe at example"}]}`,
		"a card with a balance":   `{"customers":[{"id":"zoe","methods":[{"id":"c","kind":"card","balance":{"minor":1,"currency":"USD"}}]}]}`,
		"a customer without id":   `{"customers":[{"name":"Zoe"}]}`,
		"the second one is wrong": `{"orders":[` + anOrder + `,{"id":"T-2"}]}`,
	} {
		var p struct{ Detail string }
		put("demo-app", body, 400).json(&p)
		if p.Detail == "" {
			t.Errorf("%s: no sentence", name)
		}
	}
	put("demo-app", `{"orders":[`+anOrder+`],"customers":[`+aCustomer+`]}`, 200)
	said := func(message, text string) []part {
		t.Helper()
		ps, _ := h.do("POST", "/api/chat", "demo-app", with(say("put-orders", message, text), "user", "zoe")).want(200).parts()
		return ps
	}
	p := proposed(t, said("m1", "cancel my order"))
	if p.Record != "T-1" || p.MoneyDelta.Minor != -4000 {
		t.Errorf("proposal %+v", p)
	}
	put("demo-app", `{"orders":[`+strings.Replace(anOrder, `"paid"`, `"shipped"`, 1)+`]}`, 200)
	var card struct{ State, Note string }
	h.do("POST", "/api/proposals/"+p.ID+"/confirm", "demo-app", map[string]any{"user": "zoe"}).want(200).json(&card)
	if card.State != "void" || card.Note == "" {
		t.Errorf("a proposal on a changed order is %+v", card)
	}
}

func TestRules(t *testing.T) {
	h := demoHouse(t)
	rule := `{"rules":[{"id":"reorder","version":"t1","from":"2030-01-01T00:00:00Z","statuses":["delivered"]}]}`
	h.do("PUT", "/api/rules", "demo-agent", json.RawMessage(rule)).want(403)
	h.do("GET", "/api/rules", "demo-shopper", nil).want(403)
	for _, bad := range []string{`{}`, `{"rules":{}}`, `{"rules":[]}`, `{"rules":[{"id":"fly","version":"1","statuses":["paid"]}]}`, `{"rules":[{"id":"reorder","statuses":["paid"]}]}`} {
		h.do("PUT", "/api/rules", "demo-app", json.RawMessage(bad)).want(400)
	}
	var got struct {
		Rules, Built_in []struct{ ID, Version string }
	}
	h.do("PUT", "/api/rules", "demo-admin", json.RawMessage(rule)).want(200).json(&got)
	if len(got.Rules) == 0 || len(got.Built_in) != 10 {
		t.Errorf("rules %+v", got)
	}
}
