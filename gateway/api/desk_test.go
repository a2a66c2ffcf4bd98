package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

type deskView struct {
	Row struct {
		ID, State, Reason, Summary, Said string
		Owner                            struct{ Kind, Agent string }
		Revision                         int64
		LastUser                         string `json:"last_user"`
		Clocks                           []struct{ Name, State string }
	}
	Messages []struct{ Role, Author, Text string }
	Customer struct {
		ID, Name string
		Orders   []struct{ ID string }
	}
}

func (h *house) desk(conversation string) (v deskView) {
	h.t.Helper()
	h.do("GET", "/api/desk/conversations/"+conversation, "demo-agent", nil).want(200).json(&v)
	return v
}

// From the shopper's wish for a person to the assistant's next answer, over the real routes.
func TestDesk(t *testing.T) {
	h := demoHouse(t)
	const who, c = "demo-shopper", "desk1"
	ps := h.chat(who, c, "m1", "I want to talk to a person")
	if got := types(ps); !strings.HasSuffix(got, "data-notice data-owner finish-step finish") {
		t.Fatalf("the handoff is told as %s", got)
	}
	if got := types(h.chat(who, c, "m2", "hello?")); got != "start data-owner finish" {
		t.Errorf("a message to the queue is answered by %s", got)
	}
	var list struct {
		Conversations []struct{ ID string }
		Counts        map[string]int
	}
	h.do("GET", "/api/desk/conversations?view=queue", "demo-agent", nil).want(200).json(&list)
	queued := func() bool { // the other tests' conversations are there, too
		return slices.ContainsFunc(list.Conversations, func(x struct{ ID string }) bool { return x.ID == c })
	}
	if !queued() || list.Counts["queue"] < 1 {
		t.Errorf("queue %+v", list)
	}
	v := h.desk(c)
	if v.Row.Reason != "asked_for_person" || v.Row.Summary == "" || v.Row.Clocks[0].Name != "handoff_wait" || v.Customer.Name == "" || len(v.Customer.Orders) == 0 {
		t.Errorf("conversation %+v", v)
	}
	at := func(act string) string { return "/api/desk/conversations/" + c + "/" + act }
	body := func(more string) json.RawMessage {
		return json.RawMessage(fmt.Sprintf(`{"revision":%d,"last_user":%q%s}`, v.Row.Revision, v.Row.LastUser, more))
	}
	for _, key := range []string{who, "demo-merchant", "demo-app"} {
		h.do("POST", at("take"), key, body("")).want(403)
		h.do("GET", "/api/desk/conversations", key, nil).want(403)
		h.do("GET", "/api/desk/events", key, nil).want(403)
	}
	h.do("GET", "/api/desk/conversations/unknown", "demo-agent", nil).want(404)
	h.do("POST", at("take"), "demo-agent", json.RawMessage(`{}`)).want(400)
	h.do("POST", at("reply"), "demo-agent", body(`,"id":"r1","text":" "`)).want(400)
	h.do("POST", at("reply"), "demo-agent", json.RawMessage(`{"id":"r1","text":"Hi","revision":1}`)).want(409)
	h.do("POST", at("reply"), "demo-agent", body(`,"id":"r1","text":"Sorry about that."`)).want(200)
	h.do("POST", at("reply"), "demo-agent", body(`,"id":"r1","text":"Sorry about that."`)).want(200) // again
	h.do("POST", at("notes"), "demo-agent", json.RawMessage(`{"text":"VIP"}`)).want(200)
	v = h.desk(c)
	h.do("POST", at("take"), "demo-agent-2", body("")).want(409)
	h.do("POST", at("labels"), "demo-agent", json.RawMessage(`{"tags":["lamp"],"priority":9}`)).want(400)
	h.do("POST", at("labels"), "demo-agent", json.RawMessage(`{"tags":["lamp"],"priority":1}`)).want(200)
	said := ""
	for _, m := range v.Messages {
		if m.Text != "" {
			said += m.Role + " "
		}
	}
	if said != "user notice user agent note " {
		t.Errorf("the desk reads %q", said)
	}
	var own struct {
		Messages []struct{ Role, Author, Text string }
	}
	h.do("GET", "/api/conversations/"+c, who, nil).want(200).json(&own)
	for _, m := range own.Messages {
		if m.Role == "note" {
			t.Error("the customer reads a note")
		}
	}
	h.do("POST", at("handback"), "demo-agent", body(`,"summary":"Sorted out."`)).want(200)
	if got := textOf(h.chat(who, c, "m3", "headphones under $80")); !strings.Contains(got, "headphones") {
		t.Errorf("the assistant says %q", got)
	}
	v = h.desk(c)
	h.do("POST", at("close"), "demo-agent", body("")).want(200)
	h.do("GET", "/api/desk/conversations?view=closed", "demo-agent", nil).want(200).json(&list)
	if !queued() {
		t.Errorf("closed %+v", list)
	}
	for _, q := range []string{"view=none", "limit=0", "limit=1001", "after=-1", "q=" + strings.Repeat("x", 201)} {
		h.do("GET", "/api/desk/conversations?"+q, "demo-agent", nil).want(400)
	}
}
