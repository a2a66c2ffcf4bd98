package rules

import (
	"strings"

	"shopkeeper/retrieval/text"
	"shopkeeper/tools"
)

// shelf is what a wish to compare says of products that were not shown: "the two cheapest coffee makers".
type shelf struct {
	goods string // the kind, "" = that of the list shown
	n     int    // how many, 0 = not said
	sort  string
	plain bool // it asks to compare in so many words
}

// So many are compared when nobody says how many: more do not fit side by side on a phone.
const sideways = 3

var (
	plainCompare = re(`\bcompar(e|es|ing|ison)\b`, `\bside by side\b`, `\bdifferences?\b`, `对比|比较|比一比|比一下|区别|差别`)
	bestRE       = re(`\bbest\b`, `\btop\b`, `最好的?`)
	countRE      = re(`\b(two|three|four|five|[2-5])\b(?: of)?|([两二三四五2-5])(?:个|款|种|双|台|件|只|条|部|本)`)
	shelfWords   = re(`\b(please|compare|comparing|comparison|differences?|side by side|between|of|me|for me|a|an|the|with each other)\b`, `(请|帮我|帮忙|给我|把|来|做|将)*(一?个)?(对比|比较|比一比|比一下)(一下|下)?|区别|差别|有什么|(一下|怎么样)$`)
)

// shelfOf reads a wish to compare without its conversation.
func shelfOf(a act) shelf {
	s := shelf{sort: a.sort, plain: plainCompare.MatchString(a.low)}
	if m := firstNRE.FindString(a.low); s.sort == "" && strings.HasPrefix(m, "top") {
		s.sort = "-rating"
	}
	rest := zhTopRE.ReplaceAllString(firstNRE.ReplaceAllString(a.low, " "), " ")
	if m := countRE.FindStringSubmatch(rest); m != nil {
		s.n = place(m[1] + m[2])
		rest = countRE.ReplaceAllString(rest, " ")
	}
	rest = shelfWords.ReplaceAllString(sortRE.ReplaceAllString(rest, " "), " ")
	if s.sort == "" && bestRE.MatchString(rest) {
		s.sort, rest = "-rating", bestRE.ReplaceAllString(rest, " ")
	}
	rest, _ = strip(strings.Join(strings.Fields(refRE.ReplaceAllString(rest, " ")), " "))
	if rest = strings.Trim(rest, " ,，的"); len(content(rest)) > 0 {
		s.goods = rest
	}
	return s
}

// searches tells whether the products have to be looked for: an order or a number is said of a kind, or the kind is another
// than the one shown. Several names are products to be found one by one.
func (s shelf) searches(a act, b view) bool {
	if !s.plain || len(comparedNames(s.goods)) > 1 || len(a.refs.super) > 1 {
		return false
	}
	if len(b.list) > 0 && s.sort == "" && a.refs.any() {
		return false
	}
	switch {
	case s.goods == "":
		return b.known && s.sort != "" && (s.n > 0 || len(a.refs.super) == 0)
	case len(b.list) == 0:
		return true
	}
	return s.sort != "" || !shares(s.goods, b.query) && text.Lang(s.goods) == text.Lang(b.query)
}

// shelf finds the products. Nothing is shown but the comparison: the memory takes the list from its look.
func (t *turn) shelf(a act, b view, s shelf) ([]picked, bool) {
	v := b
	v.focus = refs{}
	if s.goods != "" {
		card, ok := t.weigh(s.goods)
		if !ok {
			return nil, false
		}
		if v, _ = merge(b, s.goods, card); !v.known {
			return nil, true
		}
		if len(card.Shown) > 0 && len(categoriesOf(card.Shown[:1])) > 0 && b.query != v.query {
			v.filters = pin(v, kindOf(v.query, card.Shown[:1])) // the best rated of a kind, not of all that shares a word
		}
	}
	n := s.n
	if n == 0 {
		n = min(max(len(a.refs.list), sideways), 5)
		if len(a.refs.list) > 1 {
			n = min(len(a.refs.list), 5)
		}
	}
	if s.sort != "" {
		v.sort = s.sort
	}
	v.limit = n
	card, ok := t.look(v.input(a.raw))
	if !ok {
		return nil, false
	}
	v.list, v.total, v.stale = card.Shown, card.Total, false
	t.now, t.based = v, true
	var ps []picked
	for i, p := range card.Shown {
		ps = append(ps, picked{p, i + 1})
	}
	return ps, true
}

// shelved is the search that a wish to compare stands for, for the words of earlier messages.
func shelved(a act) (tools.SearchInput, bool) {
	s := shelfOf(a)
	if !s.plain || s.goods == "" || len(comparedNames(s.goods)) > 1 {
		return tools.SearchInput{}, false
	}
	return tools.SearchInput{Query: s.goods, Sort: s.sort}, true
}
