package api

import (
	"encoding/json"
	"strings"
	"testing"

	"shopkeeper/shop"
)

// proposed is the last proposal of a turn.
func proposed(t *testing.T, ps []part) (c shop.ProposalCard) {
	t.Helper()
	for _, p := range ps {
		if p.Type == "data-proposal" {
			if err := json.Unmarshal(p.Data, &c); err != nil {
				t.Fatal(err)
			}
		}
	}
	if c.ID == "" {
		t.Fatalf("nothing was proposed: %s", textOf(ps))
	}
	return c
}

func approving(conversation, proposal string, approved any) map[string]any {
	return map[string]any{"id": conversation, "messages": []any{map[string]any{
		"id": "a", "role": "assistant",
		"parts": []any{map[string]any{"type": "tool-cancel_order", "toolCallId": "t1", "state": "approval-responded", "approval": map[string]any{"id": proposal, "approved": approved}}},
	}}}
}

// A proposal is answered by its parties alone, by its buttons, by an approval part or by a plain yes; its card in the history says
// how it stands.
func TestProposals(t *testing.T) {
	h := demoHouse(t)
	const who, other = "demo-shopper", "demo-shopper-2"
	ps := h.chat(who, "prop", "m1", "cancel my order")
	p := proposed(t, ps)
	if p.State != shop.ProposalOpen || p.MoneyDelta.Minor >= 0 || !strings.Contains(types(ps), "tool-approval-request") {
		t.Fatalf("proposal %+v in %s", p, types(ps))
	}
	for _, path := range []string{"/confirm", "/decline"} {
		unknown := h.do("POST", "/api/proposals/none"+path, who, nil).want(404)
		foreign := h.do("POST", "/api/proposals/"+p.ID+path, other, nil).want(404)
		var a, b struct{ Detail, Code string }
		unknown.json(&a)
		foreign.json(&b)
		if a != b {
			t.Errorf("unknown and foreign differ: %v, %v", a, b)
		}
		h.do("POST", "/api/proposals/"+p.ID+path, "demo-merchant", nil).want(404)
		h.do("POST", "/api/proposals/"+p.ID+path, "", nil).want(401)
	}
	h.do("POST", "/api/chat", who, approving("another", p.ID, true)).want(404) // of another conversation
	h.do("POST", "/api/chat", who, approving("prop", p.ID, "yes")).want(400)
	h.do("POST", "/api/chat", who, approving("prop", "", true)).want(400)

	var card shop.ProposalCard
	h.do("POST", "/api/proposals/"+p.ID+"/decline", who, nil).want(200).json(&card)
	if card.State != shop.ProposalDeclined {
		t.Errorf("declined: %s", card.State)
	}
	h.do("POST", "/api/proposals/"+p.ID+"/confirm", who, nil).want(409)

	p = proposed(t, h.chat(who, "prop", "m2", "cancel my order"))
	answered, _ := h.do("POST", "/api/chat", who, approving("prop", p.ID, true)).want(200).parts()
	if got := proposed(t, answered); got.State != shop.ProposalDone {
		t.Errorf("approved: %s", got.State)
	}
	h.do("POST", "/api/proposals/"+p.ID+"/confirm", who, nil).want(200).json(&card)
	if card.State != shop.ProposalDone {
		t.Errorf("a second yes: %s", card.State)
	}

	var kept struct {
		Messages []struct {
			Cards []struct {
				Kind string
				Data struct{ ID, State string }
			}
		}
	}
	h.do("GET", "/api/conversations/prop", who, nil).want(200).json(&kept)
	states := ""
	for _, m := range kept.Messages {
		for _, c := range m.Cards {
			if c.Kind == "proposal" {
				states += c.Data.State + " "
			}
		}
	}
	if states != "declined done " {
		t.Errorf("the history says %q", states)
	}
}

func TestPlainYes(t *testing.T) {
	h := demoHouse(t)
	const who = "demo-shopper-2"
	p := proposed(t, h.chat(who, "yes", "m1", "开发票，抬头：月光科技"))
	ps := h.chat(who, "yes", "m2", "好的，不过先等等")
	if strings.Contains(types(ps), "data-proposal") {
		t.Error("something else than a plain yes confirmed it")
	}
	ps = h.chat(who, "yes", "m3", "好的") // what the turn before showed counts, and that was none
	for _, q := range ps {
		if q.Type == "data-proposal" {
			t.Error("a yes to nothing that was shown just before confirmed it")
		}
	}
	again := proposed(t, h.chat(who, "yes", "m4", "开发票，抬头：月光科技"))
	if again.ID != p.ID {
		t.Errorf("the same wish is another proposal: %s, %s", again.ID, p.ID)
	}
	if got := proposed(t, h.chat(who, "yes", "m5", "好的。")); got.State != shop.ProposalDone {
		t.Errorf("a plain yes to what was shown just before: %s", got.State)
	}
}
