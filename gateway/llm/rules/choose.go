package rules

import (
	"slices"
	"strings"

	"shopkeeper/prompts"
	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

// choose finds what refs point at in a list; ok is false when a place lies beyond it.
func choose(r refs, list []shop.ProductCard) (out []picked, ok bool) {
	for _, n := range r.list {
		if n < 0 {
			n = len(list) + 1 + n
		}
		if n < 1 || n > len(list) {
			return nil, false
		}
		out = append(out, picked{list[n-1], n})
	}
	for _, s := range r.super {
		if i := top(list, s); i >= 0 && !slices.ContainsFunc(out, func(p picked) bool { return p.place == i+1 }) {
			out = append(out, picked{list[i], i + 1})
		}
	}
	return out, true
}

// top is the place from 0 of the product that is first in an order; -1 = none says.
func top(list []shop.ProductCard, sort string) int {
	at := -1
	for i, p := range list {
		var better bool
		switch sort {
		case "-rating":
			if p.Rating == nil {
				continue
			}
			better = at >= 0 && *p.Rating > *list[at].Rating
		default:
			if p.Price == nil || at >= 0 && list[at].Price.Currency != p.Price.Currency {
				continue
			}
			better = at >= 0 && (sort == "price" && p.Price.Minor < list[at].Price.Minor || sort == "-price" && p.Price.Minor > list[at].Price.Minor)
		}
		if at < 0 || better {
			at = i
		}
	}
	return at
}

// named finds the product of a list that words name: it has most of them, and more than any other of those that not all have.
func named(list []shop.ProductCard, words []string) (picked, bool) {
	if len(list) == 0 || len(words) == 0 {
		return picked{}, false
	}
	have := make([][]string, len(list))
	for i, p := range list {
		have[i] = stems(p.Title + " " + p.Brand)
		for _, a := range p.Attributes {
			if a.Name == "color" || a.Name == "colour" || a.Name == "颜色" {
				have[i] = append(have[i], stems(a.Value.Text)...)
			}
		}
	}
	score, hits := make([]int, len(list)), make([]int, len(list))
	said := stems(strings.Join(words, " "))
	for _, w := range said {
		n := 0
		for i := range list {
			if slices.Contains(have[i], w) {
				hits[i]++
				n++
			}
		}
		if n == 0 || n == len(list) && n > 1 {
			continue
		}
		for i := range list {
			if slices.Contains(have[i], w) {
				score[i]++
			}
		}
	}
	best, ties := 0, 0
	for i, s := range score {
		if s > score[best] {
			best, ties = i, 0
		} else if s == score[best] && i != best {
			ties++
		}
	}
	if score[best] == 0 || ties > 0 || 3*hits[best] < 2*len(said) {
		return picked{}, false
	}
	return picked{list[best], best + 1}, true
}

// what of a target stands in the way.
type miss int

const (
	found miss = iota
	pending
	answered // something was said already
	nobody   // nothing was shown and nothing named
	goods    // words name goods that were not shown: a search
)

// target finds the one product that a part of the message is about.
func (t *turn) target(a act, words []string) (picked, miss) {
	b, ok := t.listed()
	if !ok {
		return picked{}, pending
	}
	list := b.list
	if len(list) == 0 {
		list = t.mem.focus
	}
	if a.refs.some() {
		if len(list) == 0 {
			return picked{}, nobody
		}
		if len(a.refs.list) == 0 && len(t.mem.focus) > 1 && t.mem.lately() { // the cheaper of those that were compared
			if ps, _ := choose(a.refs, t.mem.focus); len(ps) > 0 {
				t.aim = picked{ps[0].ProductCard, place1(list, ps[0].ID)}
				return t.aim, found
			}
		}
		ps, ok := choose(a.refs, list)
		if !ok || len(ps) == 0 {
			t.say("no_such", prompts.Say{Total: len(list)})
			return picked{}, answered
		}
		t.aim = ps[0]
		return ps[0], found
	}
	if p, ok := named(slices.Concat(t.mem.focus, list), words); ok && len(words) > 0 {
		p.place = place1(list, p.ID)
		t.aim = p
		return p, found
	}
	if len(words) > 0 && !a.refs.it {
		card, ok := t.look(tools.SearchInput{Query: clipRunes(strings.Join(words, " "), 200)})
		if !ok {
			return picked{}, pending
		}
		if len(card.Shown) > 0 && covers(card.Shown[0], words) && distinct(words) {
			t.aim = picked{card.Shown[0], place1(list, card.Shown[0].ID)}
			return t.aim, found
		}
		return picked{}, goods
	}
	switch {
	case t.aim.ID != "":
		return t.aim, found
	case b.focus.some():
		if ps, ok := choose(b.focus, list); ok && len(ps) > 0 {
			return ps[0], found
		}
	case len(t.mem.focus) == 1 && t.mem.lately():
		p := t.mem.focus[0]
		return picked{p, t.mem.place(p.ID)}, found
	}
	if len(list) == 0 {
		return picked{}, nobody
	}
	return picked{list[0], place1(b.list, list[0].ID)}, found // the one that the last answer spoke of first
}

func place1(list []shop.ProductCard, id string) int {
	return slices.IndexFunc(list, func(p shop.ProductCard) bool { return p.ID == id }) + 1
}

// distinct words name one product and not a kind: a number in them, or at least three.
func distinct(words []string) bool {
	return len(words) >= 3 || hasDigit(strings.Join(words, " ")) || len(words) == 1 && text.Lang(words[0]) == "zh" && len([]rune(words[0])) >= 8
}

// missed says what stands in the way, or searches.
func (t *turn) missed(a act, m miss) {
	switch m {
	case nobody:
		t.say("lost", prompts.Say{})
	case goods:
		if b, ok := t.base(); ok {
			t.search(a, b)
		}
	}
}
