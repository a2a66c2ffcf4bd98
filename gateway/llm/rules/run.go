package rules

import (
	"slices"
	"strings"

	"shopkeeper/prompts"
	"shopkeeper/shop"
)

// run answers everything that the message asks for. A part that still waits for a result does not keep the others from
// asking for theirs, unless they build on it.
func (t *turn) run() {
	waiting := false
	if t.req.Task == drafts && len(t.said.acts) > 1 { // whoever they asked for is there
		t.said.acts = slices.DeleteFunc(slices.Clone(t.said.acts), func(a act) bool { return a.kind == human })
	}
	if t.pictured() {
		return
	}
	for i, a := range t.said.acts {
		if waiting && builds(a.kind) {
			return
		}
		t.part, t.made = i, 0
		t.lines = append(t.lines, nil)
		before := len(t.calls)
		t.act(a)
		waiting = waiting || len(t.calls) > before
	}
}

// builds tells whether a kind of wish is about what an earlier part of the same message finds.
func builds(k kind) bool {
	switch k {
	case policy, orders, orderChange, human, complaint, scope, identity:
		return false
	}
	return true
}

func (t *turn) act(a act) {
	fresh := prompts.Say{Fresh: t.mem.fresh && len(t.mem.untold) == 0}
	switch a.kind {
	case greet:
		t.say("greeting", fresh)
	case thanks:
		t.say("thanks", fresh)
	case bye:
		t.say("bye", fresh)
	case okay:
		t.yes(fresh)
	case nope:
		t.say("nope", fresh)
	case help:
		t.say("help", fresh)
	case identity:
		t.say("identity", fresh)
	case abuse:
		t.say("abuse", fresh)
	case restart:
		t.say("restart", fresh)
	case scope, injection:
		t.say("scope", fresh)
	case human:
		t.human(a)
	case complaint:
		t.complain(a)
	case orders:
		t.orders(a)
	case orderChange:
		t.changeOrder(a)
	case policy:
		if b, ok := t.base(); !ok {
			return
		} else if bareWarranty.MatchString(strings.Trim(a.low, " .!?,。，！？")) && t.lookedAt(b) {
			a.kind, a.refs.it = fact, true
			t.about(a)
			return
		}
		t.policy(a)
	case coupons:
		t.coupons(a)
	case haggle:
		t.haggle(a)
	case compare:
		t.compare(a)
	case details, reviews, stock, fact, priceOf:
		t.about(a)
	case search, cheaper, dearer, comparative, more, sorted, dropped, gift, vague, ask:
		t.shop(a)
	default:
		t.say("empty", fresh)
	}
}

// asks counts the questions for a kind of product that were put in a row just now.
func (t *turn) asks() int {
	return t.mem.asks
}

// picked is a product that a part of the message is about, with its place in the list shown.
type picked struct {
	shop.ProductCard
	place int
}

func (p picked) item() prompts.Item { return item(p.ProductCard, p.place) }
