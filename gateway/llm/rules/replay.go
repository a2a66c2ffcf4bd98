package rules

import (
	"strings"

	"shopkeeper/shop"
	"shopkeeper/tools"
)

// base is the search that the message builds on: the last one shown, changed by what was said since and never searched for
// (on /v1, where only words travel, that is everything). Its list may be that of an earlier step; see listed.
func (t *turn) base() (view, bool) {
	if t.based {
		return t.now, true
	}
	v := view{}
	if t.mem.found {
		v = viewOf(t.mem.card, t.mem.args.Limit)
	}
	acts := t.replays()
	cards, ok := t.alone(acts)
	if !ok {
		return v, false
	}
	// Where the talk turned to something else for the last time: what was said before counts no more.
	from := 0
	for w, i := v, 0; i < len(acts); i++ {
		switch {
		case acts[i].kind == restart:
			w, from = view{}, i
		case words(acts[i]) != "":
			next, fresh := merge(w, acts[i].raw, cards[words(acts[i])])
			if fresh {
				from = i
			}
			w = next
		}
	}
	if from > 0 {
		v = view{}
	}
	t.budget = maxSteps
	for _, a := range acts[from:] {
		if v, ok = t.replay(v, a, cards[words(a)]); !ok {
			return v, false
		}
	}
	t.now, t.based = v, true
	return v, true
}

// listed is base with the list that it showed.
func (t *turn) listed() (view, bool) {
	v, ok := t.base()
	if !ok || !v.stale {
		return v, ok
	}
	if v, ok = t.filled(v); ok {
		t.now = v
	}
	return v, ok
}

// alone looks at what the words of each act find by themselves, all in one round.
func (t *turn) alone(acts []act) (map[string]shop.ProductsCard, bool) {
	cards, ready := map[string]shop.ProductsCard{}, true
	for _, a := range acts {
		w := words(a)
		if _, have := cards[w]; have || w == "" {
			continue
		}
		c, ok := t.look(tools.SearchInput{Query: clipRunes(w, 480)})
		cards[w], ready = c, ready && ok
	}
	return cards, ready
}

// words is what an act alone would search for; "" = nothing.
func words(a act) string {
	switch a.kind {
	case search:
		return strings.TrimSpace(a.text)
	case compare:
		if in, ok := shelved(a); ok {
			return in.Query
		}
	case cheaper, dearer, comparative, dropped, gift:
		if a.kind == gift {
			return giftQuery(a).Query
		}
		if len(content(a.text)) > 0 || hasDigit(a.text) {
			return strings.TrimSpace(a.text)
		}
	}
	return ""
}

// replays are the acts of earlier messages that no result of ours follows, as far as they bear on a search.
func (t *turn) replays() []act {
	var out []act
	for _, m := range t.mem.untold {
		for _, a := range m.acts {
			switch a.kind {
			case restart:
				out = append(out[:0], a)
			case search:
				if n := len(out); n > 0 && ofOne[out[n-1].kind] && bareFactRE.MatchString(strings.Trim(a.low, " .!?,。，！？")) {
					continue // it was asked of the product in view
				}
				if a.text != "" {
					out = append(out, a)
				}
			case cheaper, dearer, comparative, sorted, dropped, gift, details, reviews, stock, fact, priceOf, compare:
				out = append(out, a)
			}
		}
	}
	if n := len(out); n > maxReplay {
		out = out[n-maxReplay:]
	}
	return out
}

// ofOne are kinds of wish that put one product in view.
var ofOne = map[kind]bool{details: true, reviews: true, stock: true, fact: true, priceOf: true}

// replay is the view after an earlier act, without showing anything. Steps of price and measure have to be looked at; when
// too many were taken, the earliest are as if they had not been said.
func (t *turn) replay(v view, a act, alone shop.ProductsCard) (view, bool) {
	switch a.kind {
	case restart:
		return view{}, true
	case details, reviews, stock, fact, priceOf:
		_, there := choose(a.refs, v.list)
		switch {
		case a.refs.some() && (v.stale || there):
			v.focus = a.refs
		case !v.focus.some():
			v.focus = refs{list: []int{1}}
		}
		return v, true
	case compare:
		in, ok := shelved(a)
		if !ok {
			return v, true
		}
		next, _ := merge(v, in.Query, alone)
		if in.Sort != "" {
			next.sort = in.Sort
		}
		next.stale = true
		return next, true
	case sorted:
		if v.known {
			v.sort, v.stale = a.sort, true
		}
		return v, true
	case cheaper, dearer, comparative:
		if words(a) != "" {
			v, _ = merge(v, a.raw, alone)
		}
		if !v.known || t.budget <= 0 {
			return v, true
		}
		var ok bool
		if v.stale {
			t.budget--
			if v, ok = t.filled(v); !ok {
				return v, false
			}
		}
		t.budget--
		step := t.priced
		if a.kind == comparative {
			step = t.measured
		}
		next, card, _, ok := step(v, a)
		if !ok {
			return v, false
		}
		if len(card.Shown) == 0 {
			return v, true
		}
		next.list, next.total, next.stale = card.Shown, card.Total, false
		return next, true
	case dropped:
		if v.known {
			v = v.without(a.drop...)
			v.stale = true
		}
		if words(a) == "" {
			return v, true
		}
	}
	next, fresh := merge(v, a.raw, alone)
	next.stale = !fresh
	return next, true
}

// filled looks up what a view shows.
func (t *turn) filled(v view) (view, bool) {
	card, ok := t.look(v.input("*"))
	if ok && len(card.Shown) > 0 {
		v.list, v.total = card.Shown, card.Total
	}
	v.stale = false
	return v, ok
}
