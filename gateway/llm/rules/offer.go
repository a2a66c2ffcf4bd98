package rules

import (
	"slices"
	"strings"

	"shopkeeper/prompts"
	"shopkeeper/retrieval"
	"shopkeeper/tools"
)

// yes takes up what the last answer asked. What it only named ("you can say …") is no question: then a yes is a nod.
func (t *turn) yes(data prompts.Say) {
	b, ok := t.listed()
	if !ok {
		return
	}
	if t.mem.nothing != nil {
		b = *t.mem.nothing
	}
	soldOut := prompts.Say{First: prompts.Item{Out: true}}
	switch {
	case b.known && (t.offered("offer_drop", prompts.Say{}) || t.offered("offer_which", prompts.Say{})):
		t.less(b)
	case b.known && len(t.mem.focus) > 0 && (t.offered("next_stock", soldOut) || t.offered("not_found", prompts.Say{})):
		b.filters = append(pin(b, t.mem.focus), tools.Filter{Field: retrieval.NumStock, Op: "gte", Value: 1})
		t.show(b, told{})
	case t.offered("next_policy", prompts.Say{}):
		t.say("ask_topic", data)
	case t.offered("which", prompts.Say{}):
		t.say("which", data)
	case t.offered("scope", prompts.Say{}), t.offered("identity", prompts.Say{}), t.offered("ask_type", prompts.Say{}):
		t.say("ask_type", data)
	case t.offered("okay", prompts.Say{}) && (len(b.list) > 0 || len(t.mem.focus) > 0):
		t.about(listen("tell me more about it"))
	default:
		t.say("okay", data)
	}
}

// offered tells whether the last answer said a block, in either language.
func (t *turn) offered(block string, data prompts.Say) bool {
	for _, lang := range []string{"en", "zh"} {
		p, err := t.m.texts.Render("rules/"+block, lang, data)
		if err == nil && p.Text != "" && strings.Contains(t.mem.lastBot, p.Text) {
			return true
		}
	}
	return false
}

// less searches without one of the limits: the one without which most is found. All are looked at in one round.
func (t *turn) less(b view) {
	var fields []string
	for _, f := range b.filters {
		if !slices.Contains(fields, f.Field) && !(f.Field == retrieval.TagCategory && positive(f.Op)) {
			fields = append(fields, f.Field)
		}
	}
	if len(fields) > 1 && t.offered("offer_drop", prompts.Say{}) { // of the limits told there was one, and the price is none of them
		fields = slices.DeleteFunc(fields, func(f string) bool { return f == retrieval.NumPrice })
	}
	if len(fields) > 6 {
		fields = fields[:6]
	}
	best, most, ready := view{}, 0, true
	var gone []string
	for _, f := range fields {
		v := b.without(f)
		v.limit = 0
		card, ok := t.look(v.input("*"))
		if ready = ready && ok; !ready || len(card.Understood.Relaxed) > 0 || card.Total <= most {
			continue
		}
		best, most, gone = v, card.Total, nil
		for _, x := range b.filters {
			if x.Field == f {
				gone = append(gone, t.wish(t.conditionOf(x)))
			}
		}
	}
	if !ready {
		return
	}
	if most == 0 {
		best, gone = b.without("*"), nil
		best.limit = 0
	}
	if len(fields) > 1 && len(gone) > 0 {
		t.say("let_go", prompts.Say{From: t.block("listed", prompts.Say{Names: gone})})
	}
	t.show(best, told{})
}
