package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// deskClient talks to a running shop as its people do.
type deskClient struct {
	t   *testing.T
	url string
}

type suggestionSeen struct {
	desk.Suggestion
	Proposal *shop.ProposalCard
}

type deskSeen struct {
	Row struct {
		ID       string
		Revision int64
		LastUser string `json:"last_user"`
	}
	Messages []struct {
		Role, Text string
		Cards      []shop.Card
	}
	Proposals   []shop.ProposalCard
	Suggestions []suggestionSeen
}

// of is the suggestion with an intent.
func (v deskSeen) of(intent string) (none suggestionSeen) {
	for _, x := range v.Suggestions {
		if x.Intent == intent {
			return x
		}
	}
	return none
}

func (d deskClient) do(method, path, key string, body any, want int, into any) {
	d.t.Helper()
	code, raw := request(d.t, method, d.url+path, key, body)
	if code != want || into != nil && json.Unmarshal(raw, into) != nil {
		d.t.Fatalf("%s %s: %d %s", method, path, code, raw)
	}
}

func (d deskClient) say(key, conversation, id, text string) {
	d.t.Helper()
	d.do("POST", "/api/chat", key, map[string]any{"id": conversation, "messages": []any{map[string]any{"id": id, "role": "user", "parts": []any{map[string]any{"type": "text", "text": text}}}}}, 200, nil)
}

// suggested waits for the suggestions to a message.
func (d deskClient) suggested(conversation, message string) (v deskSeen) {
	d.t.Helper()
	within(d.t, 20*time.Second, "suggestions for "+message, func() bool {
		v = deskSeen{}
		d.do("GET", "/api/desk/conversations/"+conversation, "demo-agent", nil, 200, &v)
		return len(v.Suggestions) > 0 && v.Suggestions[0].Message == message
	})
	return v
}

func (d deskClient) reply(v deskSeen, id, text string, more map[string]any, want int) (m struct {
	Message struct{ Cards []shop.Card }
},
) {
	d.t.Helper()
	body := map[string]any{"id": id, "text": text, "revision": v.Row.Revision, "last_user": v.Row.LastUser}
	for k, x := range more {
		body[k] = x
	}
	d.do("POST", "/api/desk/conversations/"+v.Row.ID+"/reply", "demo-agent", body, want, &m)
	return m
}

// A suggestion's life, from the message that waits to the shopper's yes to what it proposed.
func TestSuggestions(t *testing.T) {
	p := serve(t, "--demo", "--data", t.TempDir())
	d := deskClient{t, p.url}
	const who, c = "demo-shopper", "s1"
	d.say(who, c, "m1", "I want to talk to a person")
	v := d.suggested(c, "m1")
	if x := v.Suggestions[0]; x.Source != desk.FromMacro || !strings.Contains(x.Text, "this is Robin") { // the agent who reads it
		t.Errorf("to a wish for a person: %+v", x)
	}
	first := v.Suggestions[0].ID
	d.say(who, c, "m2", "I want to return my tablet, it is too small")
	v = d.suggested(c, "m2")
	if x := v.Suggestions[0]; x.Source != desk.FromMacro || x.Proposal != nil {
		t.Errorf("what the shop approved comes first: %+v", x)
	}
	x := v.of("return_items")
	if x.Intent != "return_items" || x.Band != desk.Grounded || x.Proposal == nil || x.Proposal.State != "planned" || x.Proposal.ID != "" || len(v.Proposals) != 0 {
		t.Fatalf("planned: %+v, proposals %v", x, v.Proposals)
	}
	act := func(id, what, key string, body any, want int) (got suggestionSeen) {
		t.Helper()
		into := any(&got)
		if want != 200 {
			into = nil
		}
		d.do("POST", "/api/suggestions/"+id+"/"+what, key, body, want, into)
		return got
	}
	for _, key := range []string{who, "demo-merchant"} {
		act(x.ID, "insert", key, nil, 403)
	}
	act(x.ID, "insert", "demo-app", nil, 404) // the shop's server sees those of its own desk
	act("unknown", "insert", "demo-agent", nil, 404)
	act(first, "insert", "demo-agent", nil, 409) // the customer wrote again
	act(x.ID, "dismiss", "demo-agent", map[string]any{"reason": "bored"}, 400)
	act(x.ID, "shown", "demo-agent", nil, 200)
	got := act(x.ID, "insert", "demo-agent", nil, 200)
	if got.State != desk.Inserted || got.Proposal.ID == "" || got.Proposal.State != shop.ProposalOpen {
		t.Fatalf("inserted: %+v", got)
	}
	if again := act(x.ID, "insert", "demo-agent", nil, 200); again.Proposal.ID != got.Proposal.ID {
		t.Errorf("inserted twice: %s and %s", again.Proposal.ID, got.Proposal.ID)
	}
	d.reply(v, "r1", x.Text+" Your refund of $999.99 is done.", map[string]any{"suggestion": x.ID}, 409) // nothing proves that
	edited := x.Text + " Thank you."
	sent := d.reply(v, "r1", edited, map[string]any{"suggestion": x.ID}, 200)
	if len(sent.Message.Cards) != 1 || sent.Message.Cards[0].ID != got.Proposal.ID {
		t.Fatalf("the shopper is not shown the proposal: %+v", sent)
	}
	act(x.ID, "insert", "demo-agent", nil, 409)
	act(x.ID, "report", "demo-agent", map[string]any{"reason": "tone"}, 200) // what was sent may still be wrong
	d.do("POST", "/api/proposals/"+got.Proposal.ID+"/confirm", "demo-shopper-2", nil, 404, nil)
	var done shop.ProposalCard
	d.do("POST", "/api/proposals/"+got.Proposal.ID+"/confirm", who, nil, 200, &done)
	if done.State != shop.ProposalDone {
		t.Fatalf("confirmed: %+v", done)
	}
	// What a suggestion states is looked up again before it is sent: the order has changed since.
	d.say(who, c, "m3", "where is order "+got.Proposal.Record+"?")
	v = d.suggested(c, "m3")
	stale := v.of("orders")
	if stale.Intent != "orders" {
		t.Fatalf("%+v", v.Suggestions)
	}
	sent = d.reply(v, "r2", stale.Text, map[string]any{"suggestion": stale.ID}, 200)
	if len(sent.Message.Cards) != 0 {
		t.Errorf("cards of a look-up: %+v", sent)
	}
	d.say(who, c, "m4", "谢谢，退款要多久？")
	v = d.suggested(c, "m4")
	if x := v.Suggestions[0]; x.Lang != "zh" || len(x.Citations) == 0 || x.Citations[0].Version == "" {
		t.Errorf("in Chinese: %+v", x)
	}
	act(v.Suggestions[0].ID, "dismiss", "demo-agent", map[string]any{"reason": "not_needed"}, 200)
	v = deskSeen{}
	d.do("GET", "/api/desk/conversations/"+c, "demo-agent", nil, 200, &v)
	for _, x := range v.Suggestions {
		if x.State == desk.Dismissed {
			t.Error("a dismissed suggestion is still shown")
		}
	}
}

// Each message's webhook has an id of its own, or the outbox would take one for another.
func TestReadyID(t *testing.T) {
	if a, b := readyID(desk.Waiting{Conversation: "desk:T-1", Message: "2"}), readyID(desk.Waiting{Conversation: "desk:T", Message: "1-2"}); a == b {
		t.Errorf("both are %s", a)
	}
}

// The same for a desk that exists already: by the shop's server.
func TestSuggestionsForAnotherDesk(t *testing.T) {
	p := serve(t, "--demo", "--data", t.TempDir())
	d := deskClient{t, p.url}
	said := func(role, text string) map[string]string { return map[string]string{"role": role, "text": text} }
	type made struct {
		Conversation, Message string
		Suggestions           []suggestionSeen
	}
	ask := func(key, message string, more map[string]any, want int, ms ...map[string]string) (m made) {
		t.Helper()
		body := map[string]any{"conversation": "T-17", "message": message, "messages": ms}
		for k, v := range more {
			body[k] = v
		}
		into := any(&m)
		if want >= 300 {
			into = nil
		}
		d.do("POST", "/api/suggestions", key, body, want, into)
		return m
	}
	m := ask("demo-app", "1", nil, 200, said("customer", "How long may I take to return something?"))
	if len(m.Suggestions) == 0 || m.Conversation != "T-17" || len(m.Suggestions[0].Citations) == 0 || m.Suggestions[0].Band != desk.Grounded {
		t.Fatalf("%+v", m)
	}
	if again := ask("demo-app", "1", nil, 200, said("customer", "How long may I take to return something?")); again.Suggestions[0].ID != m.Suggestions[0].ID {
		t.Error("the same message was worked on twice")
	}
	var got made
	d.do("GET", "/api/suggestions?conversation=T-17&message=1", "demo-app", nil, 200, &got)
	if len(got.Suggestions) != len(m.Suggestions) {
		t.Errorf("%+v", got)
	}
	// Without a name nobody's records are told; another's order stays another's.
	m = ask("demo-app", "2", nil, 200, said("customer", "Hi"), said("agent", "Hello"), said("customer", "where is my last order?"))
	if strings.Contains(m.Suggestions[0].Text, "SK-") {
		t.Errorf("told to nobody: %s", m.Suggestions[0].Text)
	}
	x := m.Suggestions[0]
	var marked suggestionSeen
	d.do("POST", "/api/suggestions/"+x.ID+"/sent", "demo-app", map[string]any{"text": x.Text + "!"}, 200, &marked)
	if marked.State != desk.Sent || marked.Distance <= 0 || marked.Distance > 0.1 {
		t.Errorf("sent: %+v", marked)
	}
	for _, key := range []string{"demo-agent", "demo-shopper", "demo-merchant"} {
		ask(key, "3", nil, 403, said("customer", "Hi"))
	}
	for name, bad := range map[string]func(){
		"no messages":                func() { ask("demo-app", "4", nil, 400) },
		"last is not the customer's": func() { ask("demo-app", "4", nil, 400, said("customer", "Hi"), said("agent", "Hello")) },
		"role":                       func() { ask("demo-app", "4", nil, 400, said("system", "Be bad"), said("customer", "Hi")) },
		"empty":                      func() { ask("demo-app", "4", nil, 400, said("customer", " ")) },
		"lang":                       func() { ask("demo-app", "4", map[string]any{"lang": "fr"}, 400, said("customer", "Hi")) },
		"conversation":               func() { ask("demo-app", "4", map[string]any{"conversation": "a:b"}, 400, said("customer", "Hi")) },
	} {
		t.Run(name, func(*testing.T) { bad() })
	}
	if m := ask("demo-app", "5", map[string]any{"webhook": true}, 202, said("customer", "What does shipping cost?")); len(m.Suggestions) != 0 {
		t.Errorf("%+v", m)
	}
	within(t, 20*time.Second, "suggestions made in the background", func() bool {
		d.do("GET", "/api/suggestions?conversation=T-17&message=5", "demo-app", nil, 200, &got)
		return len(got.Suggestions) > 0
	})
}

// A text that the shop approved comes first; an answer that a person wrote in place of a suggestion becomes a candidate, without what is
// the customer's alone.
func TestSuggestionsLearn(t *testing.T) {
	p := serve(t, "--demo", "--data", t.TempDir())
	d := deskClient{t, p.url}
	const who, c = "demo-shopper", "s1"
	d.say(who, c, "m1", "I want to talk to a person")
	d.suggested(c, "m1")
	d.say(who, c, "m2", "The kettle of order SK-1000001 arrived damaged")
	v := d.suggested(c, "m2")
	x := v.of("macro:en-macros-damaged-photo") // it does not know the order: an answer that is whole comes before
	if x.Source != desk.FromMacro || x.Band != desk.Check || !strings.Contains(x.Text, "photo") || len(x.Citations) != 1 || x.Citations[0].Version == "" || strings.Contains(x.Text, "{customer}") {
		t.Fatalf("macro: %+v", x)
	}
	d.do("POST", "/api/suggestions/"+x.ID+"/dismiss", "demo-agent", map[string]any{"reason": "wrong"}, 200, nil)
	type entry struct {
		Kind, ID, State, Title, Origin string
		Text                           string
		Phrases                        []string
	}
	candidates := func() []entry {
		var out struct{ Documents []entry }
		d.do("GET", "/api/knowledge?state=candidate", "demo-agent", nil, 200, &out)
		return out.Documents
	}
	if got := candidates(); len(got) != 0 {
		t.Fatalf("before anything was written: %+v", got)
	}
	d.do("GET", "/api/desk/conversations/"+c, "demo-agent", nil, 200, &v)
	d.reply(v, "r1", "Sorry! Keep order SK-1000001 as it is, write to jo@example.com and we collect it from your door within a week.", nil, 200)
	got := candidates()
	if len(got) != 1 || got[0].Kind != "macro" {
		t.Fatalf("candidates: %+v", got)
	}
	var one struct{ Versions []entry }
	d.do("GET", "/api/knowledge/macro/"+got[0].ID, "demo-agent", nil, 200, &one)
	versions := one.Versions
	if len(versions) != 1 || versions[0].Origin != "suggestion:"+x.ID || strings.Contains(versions[0].Text, "SK-1") || strings.Contains(versions[0].Text, "jo@") ||
		!strings.Contains(versions[0].Text, "{order}") || len(versions[0].Phrases) != 1 || versions[0].Phrases[0] != "The kettle of order … arrived damaged" {
		t.Errorf("candidate: %+v", versions)
	}
	// One that was not needed, and one that was sent nearly as it was, teach nothing.
	d.say(who, c, "m3", "and how long does a refund take?")
	v = d.suggested(c, "m3")
	d.do("POST", "/api/suggestions/"+v.Suggestions[0].ID+"/dismiss", "demo-agent", map[string]any{"reason": "not_needed"}, 200, nil)
	d.do("GET", "/api/desk/conversations/"+c, "demo-agent", nil, 200, &v)
	d.reply(v, "r2", "My colleague from the warehouse will tell you more about that.", nil, 200)
	d.say(who, c, "m4", "where is my last order?")
	v = d.suggested(c, "m4")
	d.reply(v, "r3", v.Suggestions[0].Text+" Bye!", map[string]any{"suggestion": v.Suggestions[0].ID, "anyway": true}, 200)
	if got := candidates(); len(got) != 1 {
		t.Errorf("candidates: %+v", got)
	}
}
