package rules

import (
	"cmp"
	"slices"
	"strings"

	"shopkeeper/prompts"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

// compare puts products side by side.
func (t *turn) compare(a act) {
	b, ok := t.listed()
	if !ok {
		return
	}
	ps, first, ok := t.comparands(a, b)
	if !ok {
		return
	}
	b = t.now // what was found for it, when it had to be looked for
	var in tools.CompareInput
	for _, p := range ps {
		if !slices.Contains(in.IDs, p.ID) && len(in.IDs) < 5 {
			in.IDs = append(in.IDs, p.ID)
		}
	}
	if len(in.IDs) < 2 {
		if len(content(a.text)) > 0 && !a.refs.any() && len(b.list) <= 1 {
			t.search(a, view{})
			return
		}
		t.say("compare_need", prompts.Say{})
		return
	}
	r := t.call("compare_products", in)
	if r.pending {
		return
	}
	if !r.ok {
		t.trouble(r)
		return
	}
	if first {
		t.say("compare_first", prompts.Say{})
	}
	t.sideBySide(decode[shop.CompareCard](r), b)
}

// comparands are the products to compare: those pointed at, those named, those looked at, else the first two of the list.
func (t *turn) comparands(a act, b view) (ps []picked, first, ok bool) {
	if s := shelfOf(a); s.searches(a, b) {
		ps, ok = t.shelf(a, b, s)
		return ps, false, ok
	}
	list := b.list
	if len(a.refs.list)+len(a.refs.super) > 0 && a.refs.some() {
		if len(list) == 0 {
			list = t.mem.focus
		}
		ps, fits := choose(a.refs, list)
		if !fits {
			if len(list) == 0 {
				t.say("lost", prompts.Say{})
			} else {
				t.say("no_such", prompts.Say{Total: len(list)})
			}
			return nil, false, false
		}
		if len(ps) == 1 {
			for _, f := range append([]shop.ProductCard{t.aim.ProductCard}, t.mem.focus...) {
				if f.ID != "" && f.ID != ps[0].ID {
					return append(ps, picked{f, place1(list, f.ID)}), false, true
				}
			}
			if ps[0].place != 1 && len(list) > 1 {
				ps = append([]picked{{list[0], 1}}, ps...)
			} else if len(list) > 1 {
				ps = append(ps, picked{list[1], 2})
			}
		}
		return ps, false, true
	}
	if parts := comparedNames(a.text); len(parts) > 1 {
		for _, part := range parts {
			words := content(part)
			if p, ok := named(list, words); ok {
				ps = append(ps, p)
				continue
			}
			card, ok := t.look(tools.SearchInput{Query: clipRunes(part, 120)})
			if !ok {
				return nil, false, false
			}
			if len(card.Shown) > 0 && covers(card.Shown[0], words) {
				ps = append(ps, picked{card.Shown[0], place1(list, card.Shown[0].ID)})
			}
		}
		if len(ps) > 1 {
			return ps, false, true
		}
	}
	switch {
	case len(t.mem.focus) > 1 && t.mem.lately() && !a.refs.all:
		for _, p := range t.mem.focus {
			ps = append(ps, picked{p, place1(list, p.ID)})
		}
		return ps, false, true
	case allThree.MatchString(a.low) && len(list) > 2:
		for i, p := range list[:min(len(list), 5)] {
			ps = append(ps, picked{p, i + 1})
		}
		return ps, false, true
	}
	for i, p := range list[:min(len(list), 2)] {
		ps = append(ps, picked{p, i + 1})
	}
	return ps, len(list) > 2, true
}

var (
	allThree = re(`\ball\b|\bthe three\b`, `全部|所有|都|这三|这几|这些`)
	between  = re(`\s+(?:and|or|with|to|vs\.?|versus|against|&)\s+`, `,\s+`, `和|跟|与|还是|、|，`)
)

func comparedNames(s string) []string {
	var out []string
	for _, p := range between.Split(s, 6) {
		if len(content(p)) > 0 {
			out = append(out, strings.TrimSpace(p))
		}
	}
	return out
}

func (t *turn) sideBySide(card shop.CompareCard, b view) {
	items := make([]prompts.Item, 0, len(card.Products))
	var names []string
	for _, p := range card.Products {
		it := item(p, place1(b.list, p.ID))
		if len(card.Products) > 2 {
			names = append(names, model(p))
		} else {
			names = append(names, it.Name)
		}
		it.Name = t.block("short", prompts.Say{First: it})
		items = append(items, it)
	}
	t.say("compare", prompts.Say{Names: names})
	// The table says the rest.
	const most = 2
	said, unknown := 0, false
	var differs *shop.CompareRow
	for i, r := range card.Rows {
		for _, v := range r.Values {
			unknown = unknown || v == nil
		}
		if r.Better == nil || *r.Better < 0 || *r.Better >= len(items) || *r.Better >= len(r.Values) || r.Values[*r.Better] == nil {
			if differs == nil && r.Name != "stock" && r.Name != "brand" && distinctValues(r) {
				differs = &card.Rows[i]
			}
			continue
		}
		if said >= most {
			continue
		}
		say := prompts.Say{Kind: "better", Many: len(items) > 2, First: items[*r.Better], Field: t.field(r.Name), Value: clean(r.Values[*r.Better].String()), Unit: clean(r.Unit)}
		if r.Name == "price" || r.Name == "rating" {
			say.Kind = r.Name
		}
		for j, v := range r.Values {
			if j != *r.Better && v != nil {
				say.Values = append(say.Values, clip(clean(v.String()), 40))
			}
		}
		t.say("difference", say)
		said++
	}
	if differs != nil && said < most {
		say := prompts.Say{Field: t.field(differs.Name)}
		for _, v := range differs.Values {
			say.Values = append(say.Values, strings.TrimSpace(clip(clean(v.String()), 40)+" "+clean(differs.Unit)))
		}
		t.say("difference", say)
		said++
	}
	if said == 0 {
		t.say("same", prompts.Say{})
	}
	if unknown && said < most {
		t.say("unknowns", prompts.Say{})
	}
	t.say("next_compare", prompts.Say{})
}

func distinctValues(r shop.CompareRow) bool {
	for _, v := range r.Values {
		if v == nil || len([]rune(v.String())) > 40 {
			return false
		}
	}
	return slices.ContainsFunc(r.Values, func(v *shop.Value) bool { return cmp.Compare(v.String(), r.Values[0].String()) != 0 })
}
