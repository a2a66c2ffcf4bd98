package retrieval

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"shopkeeper/retrieval/text"
)

// reading is what a query's words come to.
type reading struct {
	wishes
	lang   string
	rest   string             // what is searched for, folded
	terms  map[string]float64 // of rest and the alternatives
	called []string           // kinds that the words name, of those that we know by name
	kinds  []string           // categories that the words name as the kind of product looked for
	fixed  string             // the query after spelling repair, "" when none was needed
}

// read understands q's words over the tenant's catalogue.
func (s *Searcher) read(ctx context.Context, q Query) (reading, error) {
	r := reading{lang: q.Lang}
	if r.lang == "" {
		r.lang = text.Lang(q.Text)
	}
	c, err := s.catalogue(ctx, q.Tenant)
	if err != nil {
		return r, err
	}
	r.currency = s.currency(q.Tenant)
	said := text.Fold(strings.ReplaceAll(q.Text, "，", ", ")) // a Chinese comma stands in no number
	if r.fixed, err = s.repair(ctx, q.Tenant, said, c); err != nil {
		return r, err
	}
	if r.fixed != "" {
		said = r.fixed
	}
	r.said = said
	r.bounds()
	r.order()
	r.flagged()
	r.exclusions(c)
	r.size(c)
	r.politeness()
	r.values(c)
	r.rest = strings.Join(strings.Fields(strings.ReplaceAll(r.said, string(blank), " ")), " ")
	r.rest = trim(r.rest)
	if idle(r.rest) {
		r.rest = ""
	}
	r.terms = termsOf(r.rest, 1)
	r.fade()
	table := s.kindTable(q.Tenant, c.categories)
	r.kinds = table.find(r.rest, r.brands)
	if len(r.kinds) == 0 {
		r.translate()
		r.called = kindsCalled(r.rest, r.brands)
		for t, w := range twinsOf(r.rest, r.brands, twin) {
			r.terms[t] = max(r.terms[t], w)
		}
	}
	for _, b := range r.brands { // 惠普 finds HP
		for t, w := range termsOf(b, 1) {
			r.terms[t] = max(r.terms[t], w)
		}
	}
	for _, kind := range r.kinds { // 笔记本 finds what is only called a laptop
		for t := range termsOf(kind, kindWeight) {
			if r.terms[t] == 0 {
				r.terms[t] = kindWeight
			}
		}
	}
	if len(r.kinds) > 0 && len(r.brands) > 0 { // "Sony headphones" wants those; "Sony" alone also what goes with them
		r.soft = slices.DeleteFunc(r.soft, func(f Filter) bool { return f.Field == TagBrand })
		r.add(Filter{Field: TagBrand, Op: In, Values: r.brands})
	}
	for _, alt := range q.Alternatives {
		for t, w := range termsOf(text.Fold(alt), alternative) {
			r.terms[t] = max(r.terms[t], w)
		}
		if len(r.kinds) == 0 {
			r.kinds = table.find(text.Fold(alt), nil)
		}
	}
	return r, nil
}

// trim takes punctuation and function words off both ends.
func trim(s string) string {
	for {
		s = strings.Trim(s, " ,.;:!?。！？、；")
		first, _, more := strings.Cut(s, " ")
		if more && function[first] {
			s = s[len(first):]
			continue
		}
		i := strings.LastIndexByte(s, ' ')
		if i > 0 && function[s[i+1:]] {
			s = s[:i]
			continue
		}
		return s
	}
}

// named says whether a query is nothing but names: brands and model numbers. Their vectors lie near other names, which is not
// what is looked for.
func (r *reading) named() bool {
	rest := r.rest
	for _, b := range r.brands {
		rest = strings.ReplaceAll(rest, b, " ")
	}
	for w := range strings.FieldsSeq(rest) {
		if !strings.ContainsAny(w, "0123456789") && !function[w] {
			return false
		}
	}
	return true
}

// alternative is the weight of a word that only an alternative has.
const alternative = 0.7

// kindWeight is the weight of a category's own name where the shopper called the kind otherwise.
const kindWeight = 0.4

// catalogue is the values of a tenant's products that words can name.
func (s *Searcher) catalogue(ctx context.Context, tenant string) (c catalogue, err error) {
	if s.Lexicon == nil {
		return c, nil
	}
	for field, to := range map[string]*map[string]int{TagBrand: &c.brands, TagColor: &c.colors, TagCategory: &c.categories, tagSize: &c.sizes} {
		if *to, err = s.Lexicon.Values(ctx, tenant, field); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (s *Searcher) currency(tenant string) string {
	if s.Currency != nil {
		if c := s.Currency(tenant); c != "" {
			return c
		}
	}
	return "USD"
}

// order takes the wish for an order.
func (w *wishes) order() {
	for _, p := range sorts {
		if i := find(w.said, p.words, 0); i >= 0 {
			if w.sort == "" {
				w.sort = p.sort
			}
			w.cut(i, i+len(p.words))
		}
	}
}

// flagged takes wishes about facts that are said without a number.
func (w *wishes) flagged() {
	for _, p := range flags {
		if i := find(w.said, p.words, 0); i >= 0 {
			if !slices.ContainsFunc(w.filters, func(f Filter) bool { return f.Field == p.field }) {
				w.add(number(p.field, Gte, p.least, ""))
			}
			w.cut(i, i+len(p.words))
		}
	}
}

// politeness blanks out what a request says beside its object.
func (w *wishes) politeness() {
	for _, list := range [][]string{requests, noise} {
		for _, p := range list {
			for i := find(w.said, p, 0); i >= 0; i = find(w.said, p, i+len(p)) {
				w.cut(i, i+len(p))
			}
		}
	}
	for i, r := range w.said { // 的 beside a wish, 吗 at the end
		if !strings.ContainsRune("的吗呢吧了", r) {
			continue
		}
		last, _ := utf8.DecodeLastRuneInString(w.said[:i])
		next, n := utf8.DecodeRuneInString(w.said[i+utf8.RuneLen(r):])
		ends := n == 0 || next == blank || strings.ContainsRune(" ?？。!！,", next)
		if r == '的' && (i == 0 || last == blank || ends) || r != '的' && ends {
			w.cut(i, i+utf8.RuneLen(r))
		}
	}
}

// tagSize is the attribute that clothes and shoes come in.
const tagSize = "size"

// size takes "size 42", "in M size", "42码", where the catalogue has that size.
func (w *wishes) size(c catalogue) {
	if len(c.sizes) == 0 {
		return
	}
	for _, word := range []string{"in size", "size", "尺码", "码"} {
		i := find(w.said, word, 0)
		if i < 0 {
			continue
		}
		from, to := i, i+len(word)
		v, n := nextWord(w.said[to:])
		if c.sizes[v] > 0 {
			to += n
		} else if v, n = lastWord(w.said[:i]); c.sizes[v] > 0 {
			from -= n
		} else {
			continue
		}
		w.add(Filter{Field: tagSize, Op: In, Values: []string{v}})
		w.cut(from, to)
		return
	}
}

// lastWord is the Latin word at the end of s, and how many bytes it takes with the spaces behind it.
func lastWord(s string) (string, int) {
	t := strings.TrimRight(s, " ")
	start := strings.LastIndexFunc(t, func(r rune) bool { return !latin(r) })
	if start >= 0 {
		_, n := utf8.DecodeRuneInString(t[start:])
		start += n
	}
	start = max(start, 0)
	return t[start:], len(s) - start
}

// values finds the brands and colours of the catalogue that the remaining words name. They stay in the text: they are words
// of titles too.
func (w *wishes) values(c catalogue) {
	var brands, colors []string
	for at := 0; at < len(w.said); {
		field, value, end := w.value(at, c)
		switch field {
		case TagBrand:
			if !slices.Contains(brands, value) && !w.meantFor(at) {
				brands = append(brands, value)
			}
		case TagColor:
			w.colored = append(w.colored, w.said[at:end])
			if !slices.Contains(colors, value) {
				colors = append(colors, value)
			}
		default:
			at = nextBoundary(w.said, at)
			continue
		}
		at = end
	}
	colors = slices.DeleteFunc(colors, func(v string) bool { return w.has(TagColor, v) })
	brands = slices.DeleteFunc(brands, func(v string) bool { return w.has(TagBrand, v) })
	if len(colors) > 0 {
		f := Filter{Field: TagColor, Op: In, Values: colors}
		if known := sum(c.brands); known > 0 && sum(c.colors)*3 > known && slices.ContainsFunc(colors, func(v string) bool { return c.colors[v] > 0 }) {
			w.add(f)
		} else {
			w.soft = append(w.soft, f)
		}
	}
	if len(brands) > 0 {
		w.brands = brands
		w.soft = append(w.soft, Filter{Field: TagBrand, Op: In, Values: brands})
	}
}

// nextBoundary is where the next word or character begins.
func nextBoundary(s string, at int) int {
	for {
		_, n := utf8.DecodeRuneInString(s[at:])
		if at += n; at >= len(s) || boundary(s, at) {
			return at
		}
	}
}

// has says whether a value is excluded already.
func (w *wishes) has(field, value string) bool {
	return slices.ContainsFunc(w.filters, func(f Filter) bool { return f.Field == field && slices.Contains(f.Values, value) })
}

// meantFor: "case for Samsung", "适用于华为" name what a thing goes with, not who makes it.
func (w *wishes) meantFor(at int) bool {
	left := strings.TrimRight(w.said[:at], " ")
	for _, p := range []string{"for", "for my", "compatible with", "fits", "to fit", "适用于", "适用", "兼容", "适合"} {
		if strings.HasSuffix(left, p) && boundary(left, len(left)-len(p)) {
			return true
		}
	}
	return false
}

// value is the brand or spoken colour that starts at `at`.
func (w *wishes) value(at int, c catalogue) (field, value string, end int) {
	s := w.said[at:]
	r, size := utf8.DecodeRuneInString(s)
	if r == ' ' || r == blank || !boundary(w.said, at) {
		return "", "", at
	}
	if r < 0x2e80 {
		ends := wordEnds(s, 4)
		for i := len(ends) - 1; i >= 0; i-- {
			if b := brandOf(s[:ends[i]], c); b != "" {
				return TagBrand, b, at + ends[i]
			}
		}
		if len(ends) > 0 {
			if col, ok := spoken[s[:ends[0]]]; ok {
				return TagColor, col, at + ends[0]
			}
		}
		return "", "", at
	}
	n := 0
	best, field := 0, ""
	for i, r := range s {
		if n++; n > 8 || r < 0x2e80 {
			break
		}
		v := s[:i+utf8.RuneLen(r)]
		if b := brandOf(v, c); b != "" && i >= size {
			field, value, best = TagBrand, b, len(v)
		} else if col, ok := spoken[v]; ok && i >= size {
			field, value, best = TagColor, col, len(v)
		}
	}
	return field, value, at + best
}

func sum(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}

// idle says whether a text names nothing: "something", "a good one".
func idle(s string) bool {
	for _, t := range text.Tokens(s) {
		if !stop[s[t.Start:t.End]] {
			return false
		}
	}
	return true
}

// termsOf are a text's terms with weight w each; function words only when there is nothing else.
func termsOf(s string, w float64) map[string]float64 {
	out := map[string]float64{}
	tokens := text.Tokens(s)
	for _, t := range tokens {
		if !function[s[t.Start:t.End]] {
			out[t.Term] = w * weightOf(t.Term)
		}
	}
	if len(out) == 0 {
		for _, t := range tokens {
			out[t.Term] = w * weightOf(t.Term)
		}
	}
	return out
}

// faded is the weight of the words of a colour: titles often leave it to the attributes, which the filter or boost asks.
const faded = 0.5

func (r *reading) fade() {
	filtered := slices.ContainsFunc(r.filters, func(f Filter) bool { return f.Field == TagColor && f.Op == In })
	for _, c := range r.colored {
		for _, t := range text.Tokens(c) {
			switch {
			case r.terms[t.Term] == 0:
			case filtered && !idle(r.colorless()): // or else "red lego" would find what is only red
				delete(r.terms, t.Term)
			default:
				r.terms[t.Term] = faded * weightOf(t.Term)
			}
		}
	}
}

// colorless is what is searched for without the words of colours.
func (r *reading) colorless() string {
	rest := r.rest
	for _, c := range r.colored {
		rest = strings.ReplaceAll(rest, c, " ")
	}
	return rest
}

// single is the weight of a single Chinese character beside that of a pair, which is 1: pairs alone favour the titles that
// repeat a few of a query's words over those that hold most of them.
const single = 1.75

func weightOf(term string) float64 {
	if r, n := utf8.DecodeRuneInString(term); n == len(term) && r >= 0x2e80 {
		return single
	}
	return 1
}
