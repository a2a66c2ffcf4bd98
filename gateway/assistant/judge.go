package assistant

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"shopkeeper/retrieval/text"
)

// span is a piece of a plain text.
type span struct{ start, end int }

// judgement is one look at a piece of an answer: a plain text p that stands behind left.
type judgement struct {
	*evidence
	left, p string
	low     string // p in lower case
	numbers []text.Number
	covered []bool // bytes of p that a number covers
	settled []bool // bytes that are judged with the word or phrase they stand in
	out     []span
}

// unbound finds what asserts a number, a code or a date that no evidence holds.
func (e *evidence) unbound(left, p string) []span {
	e.read()
	j := &judgement{evidence: e, left: left, p: p, low: lower(p), numbers: numbersOf(p), covered: make([]bool, len(p)), settled: make([]bool, len(p))}
	for _, n := range j.numbers {
		for i := n.Start; i < n.End; i++ {
			j.covered[i] = true
		}
	}
	j.words()
	j.deals()
	j.fractions()
	j.phrases()
	j.spaced()
	j.counted()
	j.leftovers()
	slices.SortFunc(j.out, func(a, b span) int { return a.start - b.start })
	return merged(j.out, p)
}

// numbersOf reads the gaps between numbers once more: of "9.99 $twenty" the sign can belong to one only.
func numbersOf(p string) []text.Number {
	ns := text.Numbers(p)
	var out []text.Number
	from := 0
	for i := 0; i <= len(ns); i++ {
		to := len(p)
		if i < len(ns) {
			to = ns[i].Start
		}
		if i > 0 {
			for _, n := range text.Numbers(p[from:to]) {
				n.Start, n.End = n.Start+from, n.End+from
				out = append(out, n)
			}
		}
		if i < len(ns) {
			out, from = append(out, ns[i]), ns[i].End
		}
	}
	return out
}

func (j *judgement) strike(start, end int) { j.out = append(j.out, span{start, end}) }

func (j *judgement) settle(start, end int) {
	for i := start; i < end; i++ {
		j.settled[i] = true
	}
}

// lower keeps every byte where it is: characters whose lower case has another length stay as they are.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if l := unicode.ToLower(r); utf8.RuneLen(l) == utf8.RuneLen(r) {
			return l
		}
		return r
	}, s)
}

// words: codes, and words with digits in them; the others where they say a day or a large number.
func (j *judgement) words() {
	words := tokens(j.p)
	for i, w := range words {
		if !hasLetter(w.text) {
			continue // digits alone are numbers
		}
		before, after := j.left+j.p[:w.start], j.p[w.end:]
		low := j.low[w.start:w.end]
		switch {
		case hasDigit(w.text) && !slices.Contains(j.covered[w.start:w.end], false): // a number with its unit: 16GB
		case j.saidAsCode(w.text, before, after):
			j.settle(w.start, w.end)
			if !j.code(w.text, before, after) {
				j.strike(w.start, w.end)
			}
		case hasDigit(w.text):
			j.settle(w.start, w.end)
			if !j.word(w.text, before, after) {
				j.strike(w.start, w.end)
			}
		case j.covered[w.start]:
		case j.unboundWord(low, w.text, before):
			j.strike(w.start, w.end)
		case i > 0 && weakWords[strings.ToLower(words[i-1].text)] && singleUnit[low]:
			j.strike(words[i-1].start, w.end) // one dollar, a percent
		}
	}
}

// deals: buy 2, get 1.
func (j *judgement) deals() {
	for _, d := range dealsIn(j.p) {
		if !j.offers[d.pair] {
			j.strike(d.start, d.end)
		}
		j.settle(d.start, d.end)
	}
}

// fractions of a price, and days written with a slash.
func (j *judgement) fractions() {
	for _, m := range slashed.FindAllStringSubmatchIndex(j.p, -1) {
		if j.settled[m[2]] || byteAt(j.p, m[1]) == '/' || byteAt(j.p, m[2]-1) == '/' {
			continue
		}
		a, _ := wholeNumber(j.p[m[2]:m[3]])
		b, _ := wholeNumber(j.p[m[4]:m[5]])
		switch {
		case fractionRight.MatchString(j.low[m[1]:]):
			j.strike(m[0], m[1])
		case dayLeft.MatchString(strings.ToLower(clause(j.left + j.p[:m[0]]))):
			if !j.date(fmt.Sprintf("--%02.0f-%02.0f", a, b)) && !j.date(fmt.Sprintf("--%02.0f-%02.0f", b, a)) {
				j.strike(m[0], m[1])
			}
		default:
			continue
		}
		j.settle(m[0], m[1])
	}
	for _, m := range vulgar.FindAllStringIndex(j.p, -1) {
		if fractionRight.MatchString(j.low[m[1]:]) {
			j.strike(m[0], m[1])
			j.settle(m[0], m[1])
		}
	}
}

// phrases that say a number without one.
func (j *judgement) phrases() {
	if m := oneLeft.FindStringSubmatchIndex(j.low); m != nil && !j.stock[1] {
		j.strike(m[2], m[3])
	}
	for _, m := range partOff.FindAllStringIndex(j.low, -1) { // a third off, half the price
		if !(strings.HasPrefix(j.low[m[0]:], "half") && j.percents[50]) {
			j.strike(m[0], m[1])
			j.settle(m[0], m[1])
		}
	}
	before := len(j.left)
	around := lower(j.left) + j.low
	for _, m := range inA.FindAllStringSubmatchIndex(around, -1) { // in a week
		if days := map[string]int{"day": 1, "week": 7}[around[m[4]:m[5]]]; m[2] >= before && !j.said(around[m[2]:m[5]]) && !j.dayFromNow(days) {
			j.strike(m[2]-before, m[5]-before)
		}
	}
	for _, m := range chineseDays.FindAllStringIndex(j.p, -1) {
		if !j.day(j.p[m[0]:m[1]]) {
			j.strike(m[0], m[1])
		}
	}
}

// spaced: digits set apart, 1 9 9.
func (j *judgement) spaced() {
	for _, m := range spacedDigits.FindAllStringIndex(j.p, -1) {
		if c := byteAt(j.p, m[1]); (c == '.' || c == ',') && isDigit(byteAt(j.p, m[1]+1)) {
			m[1] -= 2 // the last one begins a number of its own
		}
		if c := byteAt(j.p, m[0]-1); (c == '.' || c == ',') && isDigit(byteAt(j.p, m[0]-2)) {
			m[0] += 2
		}
		if m[1]-m[0] < 3 {
			continue
		}
		if v, ok := wholeNumber(strings.ReplaceAll(j.p[m[0]:m[1]], " ", "")); !ok || !j.facts[fact{v, ""}] {
			j.strike(m[0], m[1])
		}
		j.settle(m[0], m[1])
	}
}

// counted: the numbers themselves.
func (j *judgement) counted() {
	for i, n := range j.numbers {
		if j.settled[n.Start] {
			continue
		}
		n = unquoted(n, j.left, j.p)
		j.numbers[i] = n
		if n.Unit == "" && n.Currency == "" && !n.Percent && n.Date == "" && !n.Clock {
			n.Unit = unitOf(j.numbers, i, j.p)
		}
		if !j.number(n, j.left+j.p[:n.Start], j.p[n.Start:n.End], j.p[n.End:], partner(j.numbers, i, j.p)) {
			j.strike(n.Start, n.End)
		}
	}
}

// leftovers: digits of any kind that no number and no word covers.
func (j *judgement) leftovers() {
	for i, r := range j.p {
		if unicode.IsNumber(r) && !wide(r) && !j.covered[i] && !j.settled[i] && !(r == '²' || r == '³') {
			j.strike(i, i+utf8.RuneLen(r))
		}
	}
}

// merged joins what overlaps, with the signs beside it: what is left of "1$39" must not be "1$".
func merged(in []span, p string) []span {
	var out []span
	for _, s := range in {
		for r, n := utf8.DecodeLastRuneInString(p[:s.start]); unicode.Is(unicode.Sc, r); r, n = utf8.DecodeLastRuneInString(p[:s.start]) {
			s.start -= n
		}
		for r, n := utf8.DecodeRuneInString(p[s.end:]); unicode.Is(unicode.Sc, r) && !isDigit(byteAt(p, s.end+n)) || r == '%' || r == '％' || r == '折' || r == '元'; r, n = utf8.DecodeRuneInString(p[s.end:]) {
			s.end += n
		}
		if n := len(out); n > 0 && s.start <= out[n-1].end {
			out[n-1].end = max(out[n-1].end, s.end)
			continue
		}
		out = append(out, s)
	}
	return out
}

var (
	spacedDigits = regexp.MustCompile(`\b\d(?: \d)+\b`)
	singleUnit   = wordSet("dollar buck euro pound yuan cent percent")
	chineseDays  = regexp.MustCompile(`大后天|明[天日]|后天|昨[天日]|前天|次日|(?:下?(?:周|星期|礼拜))[一二三四五六日天]`)
)
