package rules

import (
	"cmp"
	"fmt"
	"slices"

	"shopkeeper/prompts"
	"shopkeeper/retrieval"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

// step is how a bound on price or measure was found.
type step struct {
	kind   string // "" = beyond all that was shown; typical = beyond the middle; this = beyond the one meant
	amount string
	edge   picked // the product at the edge of what was shown
	field  string
	unit   string
}

// price shows what is cheaper (or dearer) than what was shown.
func (t *turn) price(a act, b view) {
	if text := words(a); text != "" {
		card, ok := t.weigh(text)
		if !ok {
			return
		}
		if v, fresh := merge(b, a.raw, card); fresh || !b.known {
			how := told{said: a.raw, sorted: true}
			in := tools.SearchInput{Query: text, Sort: map[kind]string{cheaper: "price", dearer: "-price"}[a.kind]}
			t.present(in, how)
			return
		} else if len(v.filters) != len(b.filters) || v.query != b.query {
			v, ok = t.filled(v)
			if !ok {
				return
			}
			b = v
		}
	}
	if !b.known || len(b.list) == 0 {
		t.say("ask_type", prompts.Say{})
		return
	}
	v, card, s, ok := t.priced(b, a)
	if !ok {
		return
	}
	how := told{block: "cheaper", kind: s.kind, from: s.edge.item().Price, amount: s.amount, said: "", before: t.wishesOf(view{filters: withoutField(b.filters, retrieval.NumPrice)})}
	already := "cheapest_already"
	if a.kind == dearer {
		how.block, already = "dearer", "dearest_already"
	}
	if len(card.Shown) == 0 {
		t.say(already, prompts.Say{First: s.edge.item(), Wishes: how.before})
		t.offerLess(len(how.before))
		return
	}
	t.show(v, how)
}

func withoutField(fs []tools.Filter, field string) []tools.Filter {
	return slices.DeleteFunc(slices.Clone(fs), func(f tools.Filter) bool {
		return f.Field == field || f.Field == retrieval.TagCategory && positive(f.Op)
	})
}

// priced finds the view that is cheaper or dearer than b, and what it shows: first beyond all that was shown, then beyond
// the middle of it. An empty card: there is nothing.
func (t *turn) priced(b view, a act) (view, shop.ProductsCard, step, bool) {
	var ps []picked
	kind := kindOf(b.query, b.list)
	for i, p := range b.list {
		if !slices.ContainsFunc(kind, func(q shop.ProductCard) bool { return q.Category == p.Category }) {
			continue
		}
		if p.Price != nil && (len(ps) == 0 || p.Price.Currency == ps[0].Price.Currency) {
			ps = append(ps, picked{p, i + 1})
		}
	}
	if len(ps) == 0 {
		return b, shop.ProductsCard{}, step{}, true
	}
	op, other := "lt", "gt"
	slices.SortStableFunc(ps, func(x, y picked) int { return cmp.Compare(x.Price.Minor, y.Price.Minor) })
	if a.kind == dearer {
		op, other = "gt", "lt"
		slices.Reverse(ps)
	}
	s := step{edge: ps[0]}
	bounds := []picked{ps[0]}
	kinds := []string{""}
	if one := t.meant(a, b); one.Price != nil {
		bounds, kinds, s.edge = []picked{one}, []string{"this"}, one
	} else if mid := ps[len(ps)/2]; len(ps) > 2 && mid.Price.Minor != ps[0].Price.Minor {
		bounds, kinds = append(bounds, mid), append(kinds, "typical")
	}
	fs := pin(b, kind)
	if s.edge.Category != "" && len(kinds) == 1 && kinds[0] == "this" {
		fs = pin(b, []shop.ProductCard{s.edge.ProductCard})
	}
	// Every try is looked at in one round, and the first that holds is taken.
	var tries []view
	var of []int
	for i, at := range bounds {
		v := b
		v.limit, v.focus = 0, refs{}
		v.filters = with(fs, priceBound(op, *at.Price))
		tries, of = append(tries, v), append(of, i)
		wide := v // without a bound on the other side, which may now leave too little room
		wide.filters = slices.DeleteFunc(slices.Clone(v.filters), func(f tools.Filter) bool {
			return f.Field == retrieval.NumPrice && (f.Op == other || f.Op == other+"e")
		})
		if len(wide.filters) < len(v.filters) {
			tries, of = append(tries, wide), append(of, i)
		}
	}
	cards, ready := make([]shop.ProductsCard, len(tries)), true
	for i, v := range tries {
		var ok bool
		cards[i], ok = t.look(v.input(a.raw))
		ready = ready && ok
	}
	if !ready {
		return b, shop.ProductsCard{}, s, false
	}
	for i, card := range cards {
		if at := bounds[of[i]]; holds(card, op, *at.Price) {
			s.kind, s.amount = kinds[of[i]], at.Price.String()
			return tries[i], card, s, true
		}
	}
	return b, shop.ProductsCard{}, s, true
}

// holds tells whether a list is what was asked for: not empty, nothing let go, every price beyond the bound.
func holds(card shop.ProductsCard, op string, m shop.Money) bool {
	if len(card.Shown) == 0 || len(card.Understood.Relaxed) > 0 {
		return false
	}
	for _, p := range card.Shown {
		if p.Price == nil || p.Price.Currency != m.Currency || op == "lt" && p.Price.Minor >= m.Minor || op == "gt" && p.Price.Minor <= m.Minor {
			return false
		}
	}
	return true
}

// meant is the one product that a comparative is about: pointed at, or looked at last.
func (t *turn) meant(a act, b view) picked {
	if len(a.refs.list) == 1 || len(a.refs.super) == 1 {
		if ps, ok := choose(a.refs, b.list); ok && len(ps) == 1 {
			return ps[0]
		}
	}
	if len(t.mem.focus) == 1 && t.mem.focus[0].Price != nil && len(t.mem.untold) == 0 {
		return picked{t.mem.focus[0], t.mem.place(t.mem.focus[0].ID)}
	}
	return picked{}
}

// measure shows what is bigger, lighter … than what was shown.
func (t *turn) measure(a act, b view) {
	if text := words(a); len(content(text)) > 0 {
		card, ok := t.weigh(text)
		if !ok {
			return
		}
		v, fresh := merge(b, a.raw, card)
		if fresh {
			t.first(a.raw, a.raw)
			return
		}
		if v, ok = t.filled(v); !ok {
			return
		}
		b = v
	}
	if !b.known || len(b.list) == 0 {
		t.say("ask_type", prompts.Say{})
		return
	}
	v, card, s, ok := t.measured(b, a)
	switch {
	case !ok:
	case s.field == "":
		t.say("unmeasured", prompts.Say{})
	case len(card.Shown) == 0:
		t.say("extreme", prompts.Say{First: s.edge.item(), Field: t.field(s.field), Value: s.amount, Unit: s.unit})
		t.offerLess(len(t.wishesOf(b)))
	default:
		t.show(v, told{})
	}
}

// measured finds the view beyond b in the measure that a comparative names; without such a measure in the list the step's
// field is empty.
func (t *turn) measured(b view, a act) (view, shop.ProductsCard, step, bool) {
	name, vals := measuresOf(b.list, a.than.names)
	if name == "" || 2*len(vals) < len(b.list) { // the list keeps the first few facts of each only: a look has them all
		full := b
		full.limit = max(len(b.list), 1)
		card, ok := t.look(full.input(a.raw))
		if !ok {
			return b, card, step{}, false
		}
		if len(card.Shown) > 0 {
			b.list = card.Shown
			name, vals = measuresOf(b.list, a.than.names)
		}
	}
	if name == "" {
		return b, shop.ProductsCard{}, step{}, true
	}
	slices.SortStableFunc(vals, func(x, y measured) int { return a.than.sign * cmp.Compare(y.v, x.v) })
	op := map[int]string{1: "gt", -1: "lt"}[a.than.sign]
	edge := vals[0]
	s := step{field: name, unit: edge.unit, edge: edge.picked, amount: shop.Num(edge.v).String()}
	bounds := []measured{edge}
	if one := t.meant(a, b); one.ID != "" {
		if i := slices.IndexFunc(vals, func(m measured) bool { return m.ID == one.ID }); i >= 0 {
			bounds = []measured{vals[i]}
		}
	} else if mid := vals[len(vals)/2]; mid.v != edge.v {
		bounds = append(bounds, mid)
	}
	for _, at := range bounds {
		v := b
		v.limit, v.focus = 0, refs{}
		v.filters = with(pin(b, kindOf(b.query, b.list)), tools.Filter{Field: name, Op: op, Value: at.v, Unit: at.unit})
		card, ok := t.look(v.input(a.raw))
		if !ok {
			return v, card, s, false
		}
		if len(card.Shown) > 0 && len(card.Understood.Relaxed) == 0 {
			return v, card, s, true
		}
	}
	return b, shop.ProductsCard{}, s, true
}

type measured struct {
	picked
	v    float64
	unit string
}

// measuresOf is the first of the measures that most of a list has, with its values in one unit.
func measuresOf(list []shop.ProductCard, wanted []string) (string, []measured) {
	best, bestName := []measured(nil), ""
	for _, w := range wanted {
		byKey := map[string][]measured{}
		for i, p := range list {
			for _, at := range p.Attributes {
				field, _ := retrieval.NumberField(w, at.Unit)
				own, _ := retrieval.NumberField(at.Name, at.Unit)
				if at.Value.Number != nil && own == field {
					key := fmt.Sprint(at.Name, "\x00", at.Unit)
					byKey[key] = append(byKey[key], measured{picked{p, i + 1}, *at.Value.Number, at.Unit})
				}
			}
		}
		for _, p := range list { // in the list's order, so that equals are decided alike every time
			for _, at := range p.Attributes {
				if ms := byKey[fmt.Sprint(at.Name, "\x00", at.Unit)]; len(ms) > len(best) {
					best, bestName = ms, at.Name
				}
			}
		}
		if len(best)*2 >= len(list) && len(best) > 0 {
			return bestName, best
		}
	}
	return bestName, best
}
