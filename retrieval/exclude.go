package retrieval

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"shopkeeper/retrieval/text"
)

// FieldWords is the field of an exclusion that is neither a colour nor a brand nor a category: no product shown has the
// words in its title or attributes. No index knows it; the Searcher looks after it.
const FieldWords = "words"

// catalogue is the values that a tenant's products have, with how many have each.
type catalogue struct{ brands, colors, categories, sizes map[string]int }

// exclusions reads "not red", "without HP", "除了索尼", "不要红色和蓝色".
func (w *wishes) exclusions(c catalogue) {
	for from := 0; from < len(w.said); {
		n, at := nextNegation(w.said, from)
		if at < 0 {
			return
		}
		end := at + len(n.words)
		from = end
		to, ok := w.excluded(n, end, c)
		if !ok {
			continue
		}
		for _, p := range []string{"以外的", "之外的", "以外", "之外", "外", "都可以", "都行"} {
			if strings.HasPrefix(w.said[to:], p) {
				to += len(p)
			}
		}
		w.cut(at, to)
		from = to
	}
}

func nextNegation(s string, from int) (n negation, at int) {
	at = -1
	for _, c := range negations {
		i := find(s, c.words, from)
		if i >= 0 && (at < 0 || i < at || i == at && len(c.words) > len(n.words)) {
			n, at = c, i
		}
	}
	return n, at
}

// excluded takes the list of things behind a negation.
func (w *wishes) excluded(n negation, at int, c catalogue) (end int, ok bool) {
	end = at
	for {
		at = skipFillers(w.said, at)
		field, value, to := w.thing(at, c)
		if field == "" && !ok {
			switch {
			case n.open:
				value, to = openThing(w.said, at)
			case n.words == "not" || n.words == "but not" || n.words == "non":
				value, to = openWord(w.said, at)
			}
			field = FieldWords
		}
		if value == "" {
			return end, ok
		}
		w.exclude(field, value)
		end, ok = to, true
		if field == FieldWords {
			return end, ok
		}
		at = joined(w.said, end)
		if at < 0 {
			return end, ok
		}
	}
}

// exclude adds a value to the exclusion of its field.
func (w *wishes) exclude(field, value string) {
	for i, f := range w.filters {
		if f.Field == field && f.Op == NotIn {
			if !slices.Contains(f.Values, value) {
				w.filters[i].Values = append(slices.Clone(f.Values), value)
			}
			return
		}
	}
	w.add(Filter{Field: field, Op: NotIn, Values: []string{value}})
}

func joined(s string, at int) int {
	for _, j := range joiners {
		if strings.HasPrefix(s[at:], j) {
			return at + len(j)
		}
	}
	return -1
}

func skipFillers(s string, at int) int {
	for {
		for at < len(s) && s[at] == ' ' {
			at++
		}
		moved := false
		if word, n := nextWord(s[at:]); word != "" && fillers[word] && at+n < len(s) {
			at, moved = at+n, true
		} else if word == "" {
			for f := range fillers {
				if f[0] >= utf8.RuneSelf && strings.HasPrefix(s[at:], f) {
					at, moved = at+len(f), true
					break
				}
			}
		}
		if !moved {
			return at
		}
	}
}

// thing is the colour, brand or category that stands at `at`, the longest first.
func (w *wishes) thing(at int, c catalogue) (field, value string, end int) {
	s := w.said[at:]
	if r, _ := utf8.DecodeRuneInString(s); r >= 0x2e80 {
		return thingZh(s, at, c)
	}
	ends := wordEnds(s, 4)
	for i := len(ends) - 1; i >= 0; i-- {
		v := s[:ends[i]]
		if b := knownBrand(v, c); b != "" {
			return TagBrand, b, at + ends[i]
		}
		if col, ok := colorOf(v); ok {
			return TagColor, col, at + ends[i]
		}
		if k := categoryOf(v, c); k != "" {
			return TagCategory, k, at + ends[i]
		}
	}
	return "", "", at
}

func thingZh(s string, at int, c catalogue) (field, value string, end int) {
	ends := []int{}
	for i, r := range s {
		if len(ends) >= 8 || !unicode.IsLetter(r) {
			break
		}
		ends = append(ends, i+utf8.RuneLen(r))
	}
	for i := len(ends) - 1; i >= 0; i-- {
		v := s[:ends[i]]
		if b := knownBrand(v, c); b != "" {
			return TagBrand, b, at + ends[i]
		}
		if col, ok := colorOf(v); ok && (i > 0 || len(ends) == 1 || strings.HasPrefix(s[ends[i]:], "的")) {
			return TagColor, col, at + ends[i]
		}
		if k := categoryOf(v, c); k != "" {
			return TagCategory, k, at + ends[i]
		}
	}
	return "", "", at
}

// wordEnds are the ends of the first words of s.
func wordEnds(s string, most int) (ends []int) {
	for at := 0; len(ends) < most; {
		word, n := nextWord(s[at:])
		if word == "" || strings.HasPrefix(s[at:], "  ") {
			return ends
		}
		at += n
		for at < len(s) && (s[at] == '-' || s[at] == '.' || s[at] == '&') && at+1 < len(s) && boundary(s, at) && s[at+1] != ' ' { // startech.com, t-shirt
			_, n := nextWord(s[at+1:])
			if n == 0 {
				break
			}
			at += 1 + n
		}
		ends = append(ends, at)
	}
	return ends
}

// colorOf is the base colour that a word of an exclusion names.
func colorOf(v string) (string, bool) {
	if c, ok := spoken[v]; ok {
		return c, true
	}
	c, ok := written[v]
	return c, ok && len(v) > 3 // 红, tan: too short to be sure of outside a list of colours
}

func brandOf(v string, c catalogue) string {
	if c.brands[v] > 0 {
		return v
	}
	for _, b := range brandNames[v] {
		if c.brands[b] > 0 {
			return b
		}
	}
	return ""
}

// knownBrand takes a brand that the catalogue lacks too: who excludes it must not be shown what goes with it.
func knownBrand(v string, c catalogue) string {
	if b := brandOf(v, c); b != "" {
		return b
	}
	if len(brandNames[v]) > 0 && len(v) > 2 {
		return v
	}
	return ""
}

// categoryOf is the category of the catalogue that a text names.
func categoryOf(v string, c catalogue) string {
	if c.categories[v] > 0 {
		return v
	}
	if v[0] >= utf8.RuneSelf || strings.ContainsRune(v, ' ') {
		return ""
	}
	for _, form := range []string{v + "s", v + "es", strings.TrimSuffix(v, "s"), strings.TrimSuffix(v, "es")} {
		if c.categories[form] > 0 {
			return form
		}
	}
	return ""
}

// openThing is what an open negation excludes when the catalogue does not know it as a value: a word or two up to the next
// preposition or punctuation.
func openThing(s string, at int) (string, int) {
	r, _ := utf8.DecodeRuneInString(s[at:])
	if r >= 0x2e80 {
		end := at
		for i, r := range s[at:] {
			if !unicode.Is(unicode.Han, r) || strings.ContainsRune("的和或但且", r) || i >= 6*3 {
				break
			}
			end = at + i + utf8.RuneLen(r)
		}
		v := s[at:end]
		for _, p := range []string{"以外", "之外", "都可以", "都行"} {
			v, _, _ = strings.Cut(v, p)
		}
		if n := utf8.RuneCountInString(v); n < 1 || n == 1 && !strings.HasPrefix(s[end:], "的") || n == 1 && strings.Contains(degreesZh, v) || strings.ContainsAny(v, "贵") {
			return "", at
		}
		return v, at + len(v)
	}
	end, n := at, 0
	for n < 2 {
		word, k := nextWord(s[end:])
		if word == "" || stop[word] || n > 0 && s[end] != ' ' {
			break
		}
		end += k
		n++
	}
	v := strings.TrimSpace(s[at:end])
	if v == "" || stop[v] || len(text.Tokens(v)) == 0 {
		return "", at
	}
	return v, end
}

// degreesZh: 不要大的 wishes less of a measure and rules no thing out.
const degreesZh = "大小长短高低轻重厚薄宽窄新旧好差多少快慢深浅硬软远近"

// openWord is the one word that a bare "not" rules out when the catalogue does not know it as a value: "not bluetooth" must not
// search for bluetooth. Degrees and words of talk are none: "not heavy", "not sure".
func openWord(s string, at int) (string, int) {
	word, n := nextWord(s[at:])
	if n < 4 || stop[word] || plain[word] || common[word] || talk[word] || text.Unit(word) != word || strings.ContainsAny(word, "0123456789") {
		return "", at
	}
	if r, _ := utf8.DecodeRuneInString(word); r >= 0x2e80 || strings.HasSuffix(word, "er") || strings.HasSuffix(word, "ly") || strings.HasSuffix(word, "ed") {
		return "", at
	}
	return word, at + n
}

// talk is what else follows "not" without being a thing.
var talk = words("than limit limits limited matter expensive costly pricey necessarily important required needed preference preferred yet even again always often interested happy available known problem enough exactly really too so that this those these")
