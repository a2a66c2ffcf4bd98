package assistant

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
)

// span is a piece of a plain text.
type span struct{ start, end int }

// unbound finds, in a plain text that stands behind left, what asserts a number, a code or a date that no evidence holds.
func (e *evidence) unbound(left, p string) []span {
	e.read()
	var out []span
	strike := func(start, end int) { out = append(out, span{start, end}) }
	numbers := text.Numbers(p)
	whole := make([]bool, len(p)) // bytes that a number covers
	for _, n := range numbers {
		for i := n.Start; i < n.End; i++ {
			whole[i] = true
		}
	}
	words := tokens(p)
	judged := make([]bool, len(p)) // bytes that are settled with the word they stand in
	settle := func(w token) {
		for i := w.start; i < w.end; i++ {
			judged[i] = true
		}
	}
	for i, w := range words {
		if !hasLetter(w.text) {
			continue // digits alone are numbers
		}
		before, after := left+p[:w.start], p[w.end:]
		covered := !slices.Contains(whole[w.start:w.end], false)
		switch {
		case covered && hasDigit(w.text): // a number with its unit: 16GB
		case e.saidAsCode(w.text, before, after):
			settle(w)
			if !e.code(w.text, before, after) {
				strike(w.start, w.end)
			}
		case hasDigit(w.text):
			settle(w)
			if !e.word(w.text, before, after) {
				strike(w.start, w.end)
			}
		case e.unboundWord(strings.ToLower(w.text), left, p, w, whole):
			strike(w.start, w.end)
		case i > 0 && (strings.EqualFold(words[i-1].text, "one") || strings.EqualFold(words[i-1].text, "a")) && singleUnit[strings.ToLower(w.text)] && !whole[w.start]:
			strike(words[i-1].start, w.end) // one dollar, a percent
		}
	}
	for _, d := range dealsIn(p) { // buy 2, get 1
		if !e.deals[d.pair] {
			strike(d.start, d.end)
		}
		settle(token{"", d.start, d.end})
	}
	for _, m := range slashed.FindAllStringSubmatchIndex(p, -1) { // half a price, a day of a month
		if judged[m[2]] || byteAt(p, m[1]) == '/' || byteAt(p, m[2]-1) == '/' {
			continue
		}
		a, _ := wholeNumber(p[m[2]:m[3]])
		b, _ := wholeNumber(p[m[4]:m[5]])
		switch {
		case fractionRight.MatchString(strings.ToLower(p[m[1]:])):
			strike(m[0], m[1])
		case dayLeft.MatchString(strings.ToLower(clause(left + p[:m[0]]))):
			if !e.date(fmt.Sprintf("--%02.0f-%02.0f", a, b)) && !e.date(fmt.Sprintf("--%02.0f-%02.0f", b, a)) {
				strike(m[0], m[1])
			}
		default:
			continue
		}
		settle(token{"", m[0], m[1]})
	}
	for _, m := range vulgar.FindAllStringIndex(p, -1) {
		if fractionRight.MatchString(strings.ToLower(p[m[1]:])) {
			strike(m[0], m[1])
			settle(token{"", m[0], m[1]})
		}
	}
	if m := oneLeft.FindStringSubmatchIndex(strings.ToLower(p)); m != nil && !e.stock[1] {
		strike(m[2], m[3])
	}
	for _, m := range spaced.FindAllStringIndex(p, -1) { // 1 9 9: digits set apart
		if c := byteAt(p, m[1]); (c == '.' || c == ',') && isDigit(byteAt(p, m[1]+1)) {
			m[1] -= 2 // the last one begins a number of its own
		}
		if c := byteAt(p, m[0]-1); (c == '.' || c == ',') && isDigit(byteAt(p, m[0]-2)) {
			m[0] += 2
		}
		if m[1]-m[0] < 3 {
			continue
		}
		if v, ok := wholeNumber(strings.ReplaceAll(p[m[0]:m[1]], " ", "")); !ok || !e.facts[fact{v, ""}] {
			strike(m[0], m[1])
		}
		settle(token{"", m[0], m[1]})
	}
	for i, n := range numbers {
		if judged[n.Start] {
			continue
		}
		n = unquoted(n, left, p)
		numbers[i] = n
		if n.Unit == "" && n.Currency == "" && !n.Percent && n.Date == "" && !n.Clock {
			n.Unit = unitOf(numbers, i, p)
		}
		if !e.number(n, left+p[:n.Start], p[n.Start:n.End], p[n.End:], partner(numbers, i, p)) {
			strike(n.Start, n.End)
		}
	}
	for _, m := range digitRuns.FindAllStringIndex(p, -1) { // what no number and no word covers
		if !judged[m[0]] && slices.Contains(whole[m[0]:m[1]], false) {
			strike(m[0], m[1])
		}
	}
	for _, m := range chineseDays.FindAllStringSubmatchIndex(p, -1) {
		if !e.day(p[m[0]:m[1]]) {
			strike(m[0], m[1])
		}
	}
	slices.SortFunc(out, func(a, b span) int { return a.start - b.start })
	return merged(out, p)
}

// unquoted takes back the mark of a quotation's end that was read as inches: “Kettle 17”.
func unquoted(n text.Number, left, p string) text.Number {
	if n.Unit != "inch" {
		return n
	}
	before, lit := left+p[:n.Start], p[n.Start:n.End]
	if s, ok := strings.CutSuffix(lit, "”"); ok && strings.LastIndex(before, "“") > strings.LastIndex(before, "”") {
		n.Unit, n.End = "", n.Start+len(s)
	}
	if s, ok := strings.CutSuffix(lit, `"`); ok && strings.Count(before, `"`)%2 == 1 {
		n.Unit, n.End = "", n.Start+len(s)
	}
	return n
}

// merged joins what overlaps, with the signs beside it: what is left of "1$39" must not be "1$".
func merged(in []span, p string) []span {
	var out []span
	for _, s := range in {
		for r, n := utf8.DecodeLastRuneInString(p[:s.start]); unicode.Is(unicode.Sc, r); r, n = utf8.DecodeLastRuneInString(p[:s.start]) {
			s.start -= n
		}
		for r, n := utf8.DecodeRuneInString(p[s.end:]); unicode.Is(unicode.Sc, r) || r == '%' || r == '％' || r == '折' || r == '元'; r, n = utf8.DecodeRuneInString(p[s.end:]) {
			s.end += n
		}
		if n := len(out); n > 0 && s.start < out[n-1].end {
			out[n-1].end = max(out[n-1].end, s.end)
			continue
		}
		out = append(out, s)
	}
	return out
}

var (
	spaced      = regexp.MustCompile(`\b\d(?: \d)+\b`)
	digitRuns   = regexp.MustCompile(`\d+`)
	singleUnit  = wordSet("dollar buck euro pound yuan cent percent")
	chineseDays = regexp.MustCompile(`大后天|明[天日]|后天|昨[天日]|前天|(?:下?(?:周|星期|礼拜))[一二三四五六日天]`)
)

// partner is the number that a range shares its meaning with: of "20-30 dollars" and "$20 to 30" the other one.
func partner(ns []text.Number, i int, p string) *text.Number {
	if i+1 < len(ns) && rangeJoint.MatchString(p[ns[i].End:ns[i+1].Start]) {
		return &ns[i+1]
	}
	if i > 0 && rangeEnd.MatchString(p[ns[i-1].End:ns[i].Start]) {
		return &ns[i-1]
	}
	return nil
}

var (
	rangeJoint = regexp.MustCompile(`^\s*(?:-|–|—|~|～|to|and|or|/|至|到|或|和)\s*$`)
	unitJoint  = regexp.MustCompile(`^\s*(?:-|–|—|~|～|to|and|or|/|至|到|或|和|,|、|, (?:and|or))\s*$`)
	rangeEnd   = regexp.MustCompile(`^\s*(?:-|–|—|~|～|to|至|到)\s*$`)
)

// number says whether a number is bound. before and after are the text around it, lit is how it is written.
func (e *evidence) number(n text.Number, before, lit, after string, other *text.Number) bool {
	before = clause(before)
	low, rest := strings.ToLower(before), strings.ToLower(after)
	if other != nil && n.Unit == "" && n.Currency == "" && !n.Percent {
		n.Unit, n.Currency, n.Percent = other.Unit, other.Currency, other.Percent
	}
	limit := limitLeft.MatchString(low) || limitRight.MatchString(rest)
	cents := n.Currency == "" && centsRight.MatchString(rest)
	switch {
	case n.Date != "":
		return e.date(n.Date)
	case n.Clock:
		return e.clocks[n.Value]
	case n.Percent:
		return e.percents[n.Value] || limit && e.limits.percents[n.Value] || n.Unit != "折" && !discount.MatchString(low+lit+rest) && e.textures[n.Value]
	case n.Currency == "" && n.Unit == "" && codeLeft.MatchString(low):
		return e.codes[foldWord(lit)] || e.facts[fact{n.Value, ""}] // "EAN code: …"
	case n.Currency != "" || cents:
		if cents {
			n.Value /= 100
		}
		return e.amount(n, low, rest) || limit && e.limits.money[n.Value]
	case idiom(lit, low, rest):
		return true
	}
	if strings.HasSuffix(low, "第") && !measured(n) { // the second one, the second unit
		return n.Value <= float64(max(e.shown, 10))
	}
	small := n.Value == math.Trunc(n.Value) && n.Value >= 0 && n.Value <= float64(max(e.shown, 2))
	switch {
	case n.Unit == "star" || n.Unit == "分" || ratingLeft.MatchString(low) && !measured(n) || ratingRight.MatchString(rest) && n.Unit == "":
		return e.ratings[n.Value] || near(n.Value, 5) && scaleLeft.MatchString(low) || limit && e.limits.facts[fact{n.Value, n.Unit}] || limit && e.limits.facts[fact{n.Value, ""}]
	case near(n.Value, 5) && scaleLeft.MatchString(low):
		return true
	case reviewsRight.MatchString(rest) && !measured(n):
		return e.reviews[n.Value] || e.counts[n.Value] && n.Value > 0 || limit && e.limits.facts[fact{n.Value, ""}]
	case byVersion.MatchString(low) && !measured(n): // sizes and their stock: 38 1 left
		return e.stock[n.Value] || e.facts[fact{n.Value, ""}]
	case stockRight.MatchString(rest) && !measured(n), stockLeft.MatchString(low) && !measured(n), piecesLeft.MatchString(low) && n.Unit == "件" && !goods.MatchString(rest):
		return e.stock[n.Value] || e.facts[fact{n.Value, n.Unit}] && n.Unit == "份" || limit && e.limits.facts[fact{n.Value, ""}]
	case measured(n):
		return e.measure(n, low, rest, limit)
	case moneyLeft.MatchString(low), n.Unit == "" && moneyTight.MatchString(low) && endRight.MatchString(rest), moneyRight.MatchString(rest):
		return e.amount(n, low, rest) || limit && e.limits.money[n.Value]
	case listLeft.MatchString(before) && listRight.MatchString(after) && n.Value <= 20:
		return true // 1. in a list
	}
	return small || e.counts[n.Value] || e.facts[fact{n.Value, ""}] || e.facts[fact{n.Value, n.Unit}] || e.figure(n.Value) ||
		strings.HasPrefix(rest, " in") && e.facts[fact{n.Value, "inch"}] || // "15.6 in and", which is read as a preposition

		(limit || echo.MatchString(low)) && (e.limits.facts[fact{n.Value, n.Unit}] || e.limits.facts[fact{n.Value, ""}] || e.limits.money[n.Value])
}

// measured: a number with a unit of measure or time, not with a Chinese measure word that only counts.
func measured(n text.Number) bool {
	return n.Unit != "" && n.Unit != "star" && n.Unit != "分" && !strings.Contains("个件台只双条款部本瓶盒包袋张套支把辆位人次种顶副对枚根片组箱杯碗盘颗座架间幅份pack", n.Unit)
}

// measure: a size as a text or an attribute has it, the shopper's own wish, or a span of days to a date that is bound.
func (e *evidence) measure(n text.Number, low, rest string, limit bool) bool {
	ago := n.Unit == "day" && agoRight.MatchString(rest) // says a date
	if !ago && (e.facts[fact{n.Value, n.Unit}] || e.facts[fact{n.Value, anyUnit}]) {
		return true
	}
	if (limit || echo.MatchString(low)) && (e.limits.facts[fact{n.Value, n.Unit}] || e.limits.facts[fact{n.Value, ""}]) {
		return true
	}
	if n.Unit == "day" && n.Value < 400 {
		days := int(n.Value)
		if ago {
			days = -days
		}
		return e.dates[e.now.In(e.zone).AddDate(0, 0, days).Format(time.DateOnly)]
	}
	return false
}

// figure: a number without a word about what it is, which equals a price or a rating that is bound.
func (e *evidence) figure(v float64) bool {
	return e.ratings[v] || e.exact(text.Number{Value: v}, e.money)
}

// amount: money that is bound; where the words say so, the difference or the sum of two prices, or a price after an offer.
func (e *evidence) amount(n text.Number, low, rest string) bool {
	if e.exact(n, e.money) {
		return true
	}
	if differenceLeft.MatchString(low) || differenceRight.MatchString(rest) {
		for i, a := range e.prices {
			for _, b := range e.prices[i+1:] {
				if a.Currency == b.Currency && e.is(n, shop.Money{Minor: max(a.Minor-b.Minor, b.Minor-a.Minor), Currency: a.Currency}) {
					return true
				}
			}
		}
		for _, s := range e.savings {
			if e.is(n, s) {
				return true
			}
		}
	}
	around := low[max(0, len(low)-60):] + " " + rest[:min(len(rest), 24)]
	if sum.MatchString(around) {
		for i, a := range e.prices {
			for _, b := range e.prices[i:] {
				if a.Currency == b.Currency && e.is(n, shop.Money{Minor: a.Minor + b.Minor, Currency: a.Currency}) {
					return true
				}
			}
		}
	}
	if afterOffer.MatchString(around) {
		for _, a := range e.prices {
			for _, s := range e.savings {
				if a.Currency == s.Currency && e.is(n, shop.Money{Minor: a.Minor - s.Minor, Currency: a.Currency}) {
					return true
				}
			}
		}
	}
	return false
}

func (e *evidence) exact(n text.Number, set map[shop.Money]bool) bool {
	for m := range set {
		if e.is(n, m) {
			return true
		}
	}
	return false
}

// is: the same amount to the minor unit, in the same currency where one is said.
func (e *evidence) is(n text.Number, m shop.Money) bool {
	if !near(n.Value, float64(m.Minor)/math.Pow10(shop.Exponent(m.Currency))) {
		return false
	}
	switch n.Currency {
	case "", m.Currency:
		return true
	case "USD": // what $ is read as
		return strings.Contains("AUD CAD NZD SGD HKD TWD MXN", m.Currency)
	case "CNY": // what ¥ is read as
		return m.Currency == "JPY"
	}
	return false
}
