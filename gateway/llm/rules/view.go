package rules

import (
	"slices"
	"strings"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

// view is a search as it stands: what a further message changes. Its limits are typed filters and no longer in the query.
type view struct {
	known   bool
	query   string
	filters []tools.Filter
	sort    string
	limit   int
	list    []shop.ProductCard // what it showed, or would
	total   int
	stale   bool // the list is that of an earlier step
	focus   refs // what was pointed at since
}

func viewOf(card shop.ProductsCard, limit int) view {
	u := card.Understood
	v := view{known: true, query: u.Query, sort: u.Sort, list: card.Shown, total: card.Total, limit: limit}
	for _, c := range u.Filters {
		if f, ok := filterOf(c); ok {
			v.filters = append(v.filters, f)
		}
	}
	v.query = withoutColors(v.query, v.filters)
	return v
}

// without drops the filters on the fields; "*" drops all.
func (v view) without(fields ...string) view {
	v.query = withoutColors(v.query, v.filters)
	v.filters = slices.DeleteFunc(slices.Clone(v.filters), func(f tools.Filter) bool {
		return slices.Contains(fields, f.Field) || slices.Contains(fields, "*") && f.Field != "category" ||
			slices.Contains(fields, "size") && slices.Contains([]string{"screen", "capacity", "shoe size"}, f.Field)
	})
	if slices.Contains(fields, "brand") || slices.Contains(fields, "*") {
		v.query = withoutWords(v.query, brandsOf(v.list))
	}
	return v
}

var zhColor = re(`\p{Han}{1,2}色(?:的)?`)

// withoutColors takes the colours out of a query that filters name already.
func withoutColors(query string, fs []tools.Filter) string {
	var named []string
	for _, f := range fs {
		if f.Field == retrieval.TagColor && positive(f.Op) {
			named = append(named, valuesOf(f)...)
		}
	}
	if len(named) == 0 {
		return query
	}
	hits := func(w string) bool {
		return slices.ContainsFunc(retrieval.Colors(w), func(c string) bool { return slices.Contains(named, c) })
	}
	out := zhColor.ReplaceAllStringFunc(query, func(m string) string {
		for _, w := range []string{m, string([]rune(m)[1:])} {
			if hits(strings.TrimSuffix(w, "的")) {
				return strings.TrimSuffix(m, w) + " "
			}
		}
		return m
	})
	words := slices.DeleteFunc(strings.Fields(out), func(w string) bool { return w < "\x80" && hits(w) })
	for len(words) > 0 && (words[0] == "in" || words[0] == "and" || words[0] == "or") {
		words = words[1:]
	}
	for n := len(words); n > 0 && (words[n-1] == "in" || words[n-1] == "and" || words[n-1] == "or"); n-- {
		words = words[:n-1]
	}
	return strings.Trim(strings.Join(words, " "), " ,，、")
}

// withoutKinds takes kinds of product out of a query that are ruled out: "no watches" after "watches".
func withoutKinds(query string, kinds []string) string {
	for _, k := range kinds {
		if text.Lang(k) == "zh" {
			query = strings.ReplaceAll(query, k, " ")
		} else if h := head(k); h != "" && h == head(query) {
			return ""
		}
	}
	return strings.Join(strings.Fields(query), " ")
}

// withoutWords takes whole phrases out of a query.
func withoutWords(query string, phrases []string) string {
	q := " " + text.Fold(query) + " "
	for _, p := range phrases {
		if p = text.Fold(p); p != "" {
			q = strings.ReplaceAll(q, " "+p+" ", " ")
		}
	}
	return strings.TrimSpace(q)
}

func brandsOf(list []shop.ProductCard) []string {
	var out []string
	for _, p := range list {
		if p.Brand != "" && !slices.Contains(out, p.Brand) {
			out = append(out, p.Brand)
		}
	}
	return out
}

// categoriesOf are the kinds of product that a list is about: those of the first and of at least a third of it.
func categoriesOf(list []shop.ProductCard) []string {
	n := map[string]int{}
	for _, p := range list {
		n[p.Category]++
	}
	var out []string
	for i, p := range list {
		if p.Category != "" && (i == 0 || n[p.Category]*3 >= len(list)) && !slices.Contains(out, p.Category) {
			out = append(out, p.Category)
		}
	}
	return out
}

// kindOf are the products of a list that are of the kind the query names: those of categories with its head. When none are,
// the whole list is.
func kindOf(query string, list []shop.ProductCard) []shop.ProductCard {
	if text.Lang(query) == "zh" {
		return list
	}
	h := head(query)
	var out []shop.ProductCard
	for _, p := range list {
		if h != "" && head(p.Category) == h {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return list
	}
	return out
}

// pin keeps the kind of product: the view's filters and the categories of what was shown. A bound on the price would
// otherwise leave only what shares a word with the query.
func pin(v view, list []shop.ProductCard) []tools.Filter {
	if slices.ContainsFunc(v.filters, func(f tools.Filter) bool { return f.Field == retrieval.TagCategory && positive(f.Op) }) {
		return slices.Clone(v.filters)
	}
	if cats := categoriesOf(list); len(cats) > 0 {
		return append(slices.Clone(v.filters), tools.Filter{Field: retrieval.TagCategory, Op: "in", Value: cats})
	}
	return slices.Clone(v.filters)
}

// input is the view as the search takes it; said fills in for a query of which only limits are left.
func (v view) input(said string) tools.SearchInput {
	q := strings.TrimSpace(v.query)
	if q == "" {
		q = said
	}
	if r := []rune(q); len(r) > 480 {
		q = string(r[:480])
	}
	fs := v.filters
	if len(fs) > 16 {
		fs = fs[len(fs)-16:]
	}
	return tools.SearchInput{Query: q, Filters: fs, Sort: v.sort, Limit: v.limit}
}

var (
	anaphora = re(`\b(ones?|those|them|these|it)\b`, `^(for|with|in|from|by|under|without|only|but)\b`, `这些|那些|它们?`)
	adjunct  = re(`的[吗呢吧?？。]*$`) // 索尼的, 有线的: what of it, unless it names a kind
)

// merge understands words on top of a view: as a change of it, or as a search of its own (fresh). card is what the words
// alone find.
func merge(b view, said string, card shop.ProductsCard) (v view, fresh bool) {
	alone := viewOf(card, 0)
	if !b.known {
		return alone, true
	}
	v = b
	v.focus, v.limit = refs{}, 0
	low := text.Fold(said)
	rest := loose.ReplaceAllString(alone.query, " ")
	brand, rest := brandIn(rest, card)
	words := content(rest)
	adds := ""
	switch restated := shares(rest, b.query); {
	case len(words) == 0:
	case len(content(b.query)) == 0:
		adds = rest
	case restated:
		v.query, adds = "", rest
	case anaphora.MatchString(low):
		adds = rest
	case len(card.Shown) == 0, names(rest, card):
		return alone, true
	case slices.ContainsFunc(strings.FieldsFunc(low, func(r rune) bool { return r == ',' || r == '，' }), func(part string) bool {
		return adjunct.MatchString(part) && strings.Contains(strings.ReplaceAll(part, " ", ""), words[len(words)-1]+"的")
	}):
		adds = rest
	case apart(b, card):
		return alone, true
	default:
		adds = rest
	}
	if adds != "" && v.query != "" { // more words widen what is found: the kind stays
		v.filters = pin(b, kindOf(b.query, b.list))
	}
	v.query = strings.TrimSpace(v.query + " " + strings.TrimSpace(adds))
	for _, f := range alone.filters {
		v.filters = with(v.filters, f)
		if f.Field == retrieval.TagCategory && negative(f.Op) {
			v.query = withoutKinds(v.query, valuesOf(f))
		}
		if f.Field == retrieval.TagColor {
			v.query = withoutColors(v.query, b.filters)
		}
	}
	if brand != "" {
		v.query = withoutWords(v.query, append(brandsOf(b.list), brand))
		v.filters = with(v.filters, tools.Filter{Field: retrieval.TagBrand, Op: "in", Value: []string{brand}})
	}
	if alone.sort != "" {
		v.sort = alone.sort
	}
	return v, false
}

// brandIn finds a brand that the words name, and what else they say.
func brandIn(rest string, card shop.ProductsCard) (brand, left string) {
	q := " " + text.Fold(rest) + " "
	cands := brandsOf(card.Shown)
	for _, f := range card.Facets {
		if f.Field == retrieval.TagBrand {
			for _, v := range f.Values {
				cands = append(cands, v.Value)
			}
		}
	}
	for _, b := range cands {
		if p := " " + text.Fold(b) + " "; p != "  " && strings.Contains(q, p) {
			return b, strings.TrimSpace(strings.Replace(q, p, " ", 1))
		}
	}
	// 索尼 for Sony: everything found is of the one brand, and nothing in its title says the word.
	if bs := brandsOf(card.Shown); len(bs) == 1 && len(card.Shown) > 1 && text.Lang(rest) == "zh" && !names(rest, card) && card.Total <= 60 {
		if !slices.ContainsFunc(card.Shown, func(p shop.ProductCard) bool { return strings.Contains(p.Title, strings.Trim(rest, "的 ")) }) {
			return bs[0], ""
		}
	}
	return "", rest
}

func stems(s string) []string {
	var out []string
	for _, t := range text.Tokens(s) {
		out = append(out, t.Term)
	}
	return out
}

// shares tells whether two texts are about the same kind of thing: their heads are one word. "red headphones" goes on from
// "headphones", "laptop bag" does not go on from "laptop".
func shares(a, b string) bool {
	x, y := content(a), content(b)
	if len(x) == 0 || len(y) == 0 {
		return false
	}
	if text.Lang(y[len(y)-1]) == "zh" {
		x, y := strings.Join(x, ""), strings.Join(y, "")
		return strings.HasSuffix(x, y) || lastPair(x) == lastPair(y)
	}
	h := head(a)
	return h != "" && h == head(b)
}

var beside = re(`\b(with|without|for|in|from|of|by|under|over|below|above|up to|at|between)\b`)

// head is the stem of the word that an English phrase is about: its last one before a preposition.
func head(s string) string {
	s = text.Fold(s)
	if at := beside.FindStringIndex(s); at != nil && len(content(s[:at[0]])) > 0 {
		s = s[:at[0]]
	}
	words := content(s)
	if len(words) == 0 {
		return ""
	}
	ss := stems(words[len(words)-1])
	if len(ss) == 0 {
		return ""
	}
	return ss[len(ss)-1]
}

func lastPair(s string) string {
	r := []rune(s)
	return string(r[max(0, len(r)-2):])
}

// names tells whether the words name a kind of product: the head of a category that they find.
func names(rest string, card shop.ProductsCard) bool {
	said := stems(rest)
	for _, c := range categoryNames(card) {
		for _, part := range strings.FieldsFunc(strings.ReplaceAll(text.Fold(c), " and ", "&"), func(r rune) bool { return strings.ContainsRune("&,/>|、和", r) }) {
			part = strings.TrimSpace(part)
			if text.Lang(part) == "zh" {
				if strings.Contains(text.Fold(rest), part) || strings.HasSuffix(part, strings.TrimSuffix(text.Fold(rest), "的")) && len(rest) >= 6 {
					return true
				}
				continue
			}
			if head := stems(part); len(head) > 0 && slices.Contains(said, head[len(head)-1]) {
				return true
			}
		}
	}
	return false
}

func categoryNames(card shop.ProductsCard) []string {
	var out []string
	for _, p := range card.Shown {
		out = append(out, p.Category)
	}
	for _, f := range card.Facets {
		if f.Field == retrieval.TagCategory {
			for _, v := range f.Values {
				out = append(out, v.Value)
			}
		}
	}
	return out
}

// apart tells whether the words alone find nothing of the kind that was shown: no product of its categories or, where the
// catalogue has none, none whose title says what was looked for.
func apart(b view, card shop.ProductsCard) bool {
	if len(card.Shown) == 0 || len(b.list) == 0 {
		return false
	}
	kinds := categoriesOf(b.list)
	if len(kinds) == 0 {
		return !slices.ContainsFunc(card.Shown, func(p shop.ProductCard) bool { return says(p.Title, b.query) })
	}
	found := map[string]bool{}
	for _, c := range categoryNames(card) {
		found[text.Fold(c)] = true
	}
	return !slices.ContainsFunc(kinds, func(c string) bool { return found[text.Fold(c)] })
}

// says tells whether a title has the head of a query.
func says(title, query string) bool {
	if text.Lang(query) == "zh" {
		return strings.Contains(text.Fold(title), lastPair(strings.Join(content(query), "")))
	}
	h := head(query)
	return h == "" || slices.Contains(stems(title), h)
}
