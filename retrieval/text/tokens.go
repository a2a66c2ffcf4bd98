package text

import (
	"strings"
	"sync/atomic"
	"unicode"

	"github.com/kljensen/snowball/english"
)

// Token is one term and the bytes of the source that it stands for. Tokens may overlap: a pair of CJK characters
// covers two single ones, a model number in one piece covers its parts.
type Token struct {
	Term       string
	Start, End int
}

// atom is a run of letters and digits (decimals kept whole).
type atom struct {
	from, to       int // runes
	digits, letter bool
	number         bool // digits and a decimal point only
}

// Tokens cuts a text into terms.
func Tokens(s string) []Token { return tokens(s, nil) }

// tokens also tells word of every Latin word, as Words does but for units behind their number.
func tokens(s string, word func(string)) []Token {
	f := foldRunes(s)
	out := make([]Token, 0, len(f.r)/4+2)
	emit := func(term string, from, to int) {
		out = append(out, Token{term, int(f.start[from]), int(f.end[to-1])})
	}
	for i := 0; i < len(f.r); {
		r := f.r[i]
		if inCJK(r) {
			emit(string(r), i, i+1)
			if i+1 < len(f.r) && inCJK(f.r[i+1]) {
				emit(string(f.r[i:i+2]), i, i+2)
			}
			i++
			continue
		}
		if !isWord(r) {
			i++
			continue
		}
		a := f.atom(i)
		if to, term, ok := f.quantity(a); ok {
			emit(term, a.from, to)
			i = to
			if inCJK(f.r[to-1]) { // 英寸 stays searchable as characters too
				i = a.to
			}
			continue
		}
		emit(f.term(a), a.from, a.to)
		f.groups(a, emit)
		f.tell(a, word)
		last, n, digits := a, 1, a.digits
		for last.to+1 < len(f.r) && n < 6 && isJoiner(f.r[last.to]) && isWord(f.r[last.to+1]) && !inCJK(f.r[last.to+1]) {
			b := f.atom(last.to + 1)
			if f.r[last.to] != '-' && f.r[last.to] != '_' && !digits && !b.digits {
				break
			}
			if to, term, ok := f.quantity(b); ok && b.letter { // TV-128GB
				emit(term, b.from, to)
			} else {
				emit(f.term(b), b.from, b.to)
				f.groups(b, emit)
				f.tell(b, word)
			}
			last, digits = b, digits || b.digits
			n++
		}
		if n > 1 && last.to-a.from <= 40 {
			emit(f.joined(a.from, last.to), a.from, last.to)
		}
		i = last.to
		if i < len(f.r) && (f.r[i] == '\'' || f.r[i] == '’') && i+1 < len(f.r) && f.r[i+1] == 's' && (i+2 == len(f.r) || !isWord(f.r[i+2])) {
			i += 2 // the possessive is no word
		}
	}
	return out
}

func (f *folded) tell(a atom, word func(string)) {
	if word != nil && a.letter && !a.digits {
		word(string(f.r[a.from:a.to]))
	}
}

// groups emits the model numbers that are written as one word with others: z62 and z72 of Z62Z72. Each is letters and the
// digits behind them.
func (f *folded) groups(a atom, emit func(string, int, int)) {
	if !a.letter || !a.digits || a.to-a.from > 32 {
		return
	}
	var at [16]int
	n := 0
	for i := a.from; i < a.to && n < len(at); i++ {
		if i == a.from || isDigit(f.r[i-1]) && !isDigit(f.r[i]) {
			at[n] = i
			n++
		}
	}
	if n < 2 {
		return
	}
	for k := range n {
		to := a.to
		if k+1 < n {
			to = at[k+1]
		}
		if to-at[k] > 1 && isDigit(f.r[to-1]) && !isDigit(f.r[at[k]]) {
			emit(string(f.r[at[k]:to]), at[k], to)
		}
	}
}

// Words are a text's Latin words and model numbers, folded but not stemmed: what a spelling is repaired to.
func Words(s string) []Token {
	f := foldRunes(s)
	var out []Token
	for i := 0; i < len(f.r); {
		if inCJK(f.r[i]) || !isWord(f.r[i]) {
			i++
			continue
		}
		a := f.atom(i)
		out = append(out, Token{string(f.r[a.from:a.to]), int(f.start[a.from]), int(f.end[a.to-1])})
		i = a.to
	}
	return out
}

// Stem is a folded Latin word's term.
func Stem(word string) string { return stem(word) }

func isWord(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z' || isDigit(r)
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}
func isDigit(r rune) bool { return r >= '0' && r <= '9' }
func isJoiner(r rune) bool {
	return r == '-' || r == '/' || r == '_' || r == '.' || r == '‐' || r == '‑'
}

func (f *folded) atom(i int) atom {
	a := atom{from: i, to: i, number: true}
	for a.to < len(f.r) {
		r := f.r[a.to]
		switch {
		case isDigit(r):
			a.digits = true
		case (r == '.' || r == ',') && a.to > a.from && isDigit(f.r[a.to-1]) && a.to+1 < len(f.r) && isDigit(f.r[a.to+1]) && a.number &&
			(r == '.' || f.thousand(a.to)):
		case isWord(r) && !inCJK(r):
			a.letter, a.number = true, false
		default:
			return a
		}
		a.to++
	}
	return a
}

// thousand says whether the comma at i stands before exactly three digits.
func (f *folded) thousand(i int) bool {
	if f.end[i]-f.start[i] > 1 { // ，
		return false
	}
	n := 0
	for j := i + 1; j < len(f.r) && isDigit(f.r[j]); j++ {
		n++
	}
	return n == 3
}

func (f *folded) joined(from, to int) string {
	var b strings.Builder
	for _, r := range f.r[from:to] {
		if isWord(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (f *folded) term(a atom) string {
	if a.number {
		return plainNumber(f.r[a.from:a.to])
	}
	w := string(f.r[a.from:a.to])
	if a.digits {
		return w
	}
	return stem(w)
}

// plainNumber is digits without thousands separators and without zeros behind the point.
func plainNumber(r []rune) string {
	s := strings.ReplaceAll(string(r), ",", "")
	if strings.Count(s, ".") == 1 {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// quantity reads a number with a unit of measure, glued or apart: 128gb, 27", 15.6-inch, 5 公斤.
func (f *folded) quantity(a atom) (to int, term string, ok bool) {
	if !isDigit(f.r[a.from]) {
		return 0, "", false
	}
	n := a.from
	for n < a.to && (isDigit(f.r[n]) || f.r[n] == '.' || f.r[n] == ',') {
		n++
	}
	u := n
	if n == a.to { // apart
		for u < len(f.r) && u < n+2 && (f.r[u] == ' ' || f.r[u] == '-' || f.r[u] == 0xa0) {
			u++
		}
	}
	name, end := f.unitAt(u)
	if name == "" || !f.unitStands(n, u, end) {
		return 0, "", false
	}
	return end, plainNumber(f.r[a.from:n]) + name, true
}

// unitStands says whether the unit at u:end belongs to the number that ends at n: of the single letters only w, v, l may stand
// apart, and "in" apart is a preposition when a word follows ("3 in stock").
func (f *folded) unitStands(n, u, end int) bool {
	if u == n {
		return true
	}
	switch f.r[u] {
	case '"', 'w', 'v', 'l':
		return true
	case 'i':
		if end == u+2 && f.r[u-1] == ' ' && end+1 < len(f.r) && f.r[end] == ' ' && isWord(f.r[end+1]) {
			return false
		}
	}
	return end-u > 1 || f.r[u] >= 0x80
}

// The stems of frequent words are remembered: stemming is most of the work of indexing. Lossy and bounded.
type stemmed struct{ word, stem string }

var stems [1 << 13]atomic.Pointer[stemmed]

func stem(w string) string {
	if len(w) < 3 {
		return w
	}
	slot := &stems[Hash(w)%uint32(len(stems))]
	if e := slot.Load(); e != nil && e.word == w {
		return e.stem
	}
	s := english.Stem(w, true)
	slot.Store(&stemmed{w, s})
	return s
}

// Hash is FNV-1a, 32 bits: a term's index in a sparse vector.
func Hash(term string) uint32 {
	h := uint32(2166136261)
	for i := 0; i < len(term); i++ {
		h = (h ^ uint32(term[i])) * 16777619
	}
	return h
}
