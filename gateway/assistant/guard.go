package assistant

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// guard lets an answer through as it is written and strikes out every number that is not bound to evidence. It holds back only
// what may still become a number: from the first word that could begin one to a few words behind the last. Where it cuts depends
// on the text alone, so the same answer comes out the same whatever pieces it arrives in.
type guard struct {
	e      *evidence
	tail   string // bytes of a character that is not whole yet
	raw    string // not decided yet
	left   string // plain text before raw, since the last line break at most
	struck int
}

// placeholder stands for what was struck out, in both languages.
const placeholder = "[…]"

const (
	reach      = 8   // how far a number is looked at behind it: four words, or eight characters of a script without spaces
	maxSegment = 600 // bytes after which a segment ends, whatever it holds
	maxLeft    = 160 // bytes of text that are remembered before a segment
)

func newGuard(e *evidence) *guard { return &guard{e: e} }

// Write takes a piece of the answer and returns what may be shown by now.
func (g *guard) Write(s string) string {
	s, g.tail = whole(g.tail + s)
	g.raw += visible(s)
	return g.pass(false)
}

// Flush ends the text: what was held back is decided.
func (g *guard) Flush() string {
	if g.tail != "" {
		g.raw, g.tail = g.raw+string([]rune(g.tail)), "" // a replacement character for every byte
	}
	return g.pass(true)
}

// Struck counts the numbers that were struck out.
func (g *guard) Struck() int { return g.struck }

func (g *guard) pass(final bool) string {
	var b strings.Builder
	for g.raw != "" {
		n, active := segment(g.left, g.raw, final)
		if n == 0 {
			break
		}
		piece := g.raw[:n]
		p, at := plain(piece)
		if active {
			piece = g.settle(piece, p, at)
		}
		b.WriteString(piece)
		g.left = remember(g.left + p)
		g.raw = g.raw[n:]
	}
	return b.String()
}

// settle strikes until nothing is left to strike: what a struck word hid ("the1.a$19.99" is no amount, "$19.99" is one) is
// judged as it would be read.
func (g *guard) settle(piece, p string, at []int) string {
	for range 4 {
		before := g.struck
		piece = g.strike(piece, p, at)
		if g.struck == before {
			break
		}
		p, at = plain(piece)
	}
	return piece
}

// strike puts the placeholder in the place of every number that nothing proves.
func (g *guard) strike(piece, p string, at []int) string {
	var b strings.Builder
	from := 0
	for _, s := range g.e.unbound(g.left, p) {
		start, end := at[s.start], len(piece)
		if s.end < len(p) {
			_, size := utf8.DecodeRuneInString(piece[at[s.end-1]:])
			end = at[s.end-1] + size
		}
		if start < from {
			continue
		}
		b.WriteString(piece[from:start])
		b.WriteString(placeholder)
		from = end
		g.struck++
	}
	b.WriteString(piece[from:])
	return b.String()
}

// whole cuts off the bytes of a last character that is not all there.
func whole(s string) (out, tail string) {
	for n := 1; n <= utf8.UTFMax-1 && n <= len(s); n++ {
		if c := s[len(s)-n]; utf8.RuneStart(c) {
			if !utf8.FullRuneInString(s[len(s)-n:]) {
				return string([]rune(s[:len(s)-n])), s[len(s)-n:]
			}
			break
		}
	}
	return string([]rune(s)), ""
}

func remember(s string) string {
	if i := strings.LastIndexByte(s[:max(0, len(s)-1)], '\n'); i >= 0 {
		s = s[i:]
	}
	if len(s) > maxLeft {
		s = s[len(s)-maxLeft:]
		for len(s) > 0 && !utf8.RuneStart(s[0]) {
			s = s[1:]
		}
	}
	return s
}

// segment is the length of the first piece of raw that can be decided on its own, 0 when it takes more text to tell. A piece is
// one token that is no part of a number; or (active) everything from a token that may be one to where no number can reach.
func segment(left, raw string, final bool) (n int, active bool) {
	first, word := tokenAt(raw, 0, final)
	if first == 0 {
		return 0, false
	}
	kind := classify(raw[:first], word)
	if kind == inert && !(word && codePlace(left, raw[:first])) {
		return first, false
	}
	if kind == weak { // "one" is part of a number when one follows
		i := first
		for i < len(raw) && raw[i] == ' ' {
			i++
		}
		if i == len(raw) {
			return when(final, len(raw)), false
		}
		next, word := tokenAt(raw, i, final)
		if next == 0 {
			return 0, false
		}
		if classify(raw[i:i+next], word) != starts {
			return first, false
		}
	}
	room := reach
	previous := raw[:first]
	for i := first; i < len(raw); {
		n, word := tokenAt(raw, i, final)
		if n == 0 {
			return 0, true
		}
		t := raw[i : i+n]
		if ends(t, previous, raw[i+n:]) {
			return i + n, true
		}
		switch r, _ := utf8.DecodeRuneInString(t); {
		case classify(t, word) == starts:
			room = reach
		case classify(t, word) == weak && room <= 2:
			return i, true // it may begin the next number
		case word:
			room -= 2
		case !unicode.IsSpace(r):
			room--
		}
		i += n
		if room <= 0 || i > maxSegment {
			return i, true
		}
		if !unicode.IsSpace(rune(t[0])) {
			previous = t
		}
	}
	return when(final, len(raw)), true
}

// codePlace: a word that stands where a code is named is judged as one, however it looks.
func codePlace(left, word string) bool {
	left = strings.ToLower(left)
	if !speaksOfCodes(left) {
		return false
	}
	return quotedCode.MatchString(left) || usedCode.MatchString(left) && !noCode[strings.ToLower(word)]
}

// speaksOfCodes is what quotedCode and usedCode need to hold, and quicker to see.
func speaksOfCodes(low string) bool {
	for _, w := range []string{"code", "码", "coupon", "voucher", "口令"} {
		if strings.Contains(low, w) {
			return true
		}
	}
	return false
}

func when(final bool, n int) int {
	if final {
		return n
	}
	return 0
}

// ends tells whether a sentence ends with token t. A full stop needs white space behind it, and no abbreviation before it.
func ends(t, previous, rest string) bool {
	switch t {
	case "\n", "。", "！", "？", "；":
		return true
	case "!", "?", ".":
		space := rest == "" || rest[0] == ' ' || rest[0] == '\n' || rest[0] == '\t'
		return space && (t != "." || !abbreviation[strings.ToLower(previous)] && previous != ".")
	}
	return false
}

var abbreviation = wordSet("jan feb mar apr jun jul aug sep sept oct nov dec no nr approx ca vs st")

func wordSet(list string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		out[w] = true
	}
	return out
}

// What a token can be in a number: nothing, its beginning or part, or its beginning when another part follows.
const (
	inert = iota
	starts
	weak
)

var (
	numberWords = wordSet(`two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
		twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions billion dozen dozens half percent
		pct dollar dollars buck bucks cent cents euro euros pound pounds yuan yen usd eur gbp cny rmb jpy chf hkd aud cad krw inr sgd twd us hk nt
		january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec
		monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri tomorrow yesterday overnight next-day same-day quarter third fifth day week month year hour buy get left remaining piece unit`)
	weakWords = wordSet("a an one")
)

func classify(t string, word bool) int {
	if !word {
		r, _ := utf8.DecodeRuneInString(t)
		switch {
		case unicode.IsNumber(r), unicode.Is(unicode.Sc, r), strings.ContainsRune("零〇一二两三四五六七八九十百千万亿半壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬兩廿卅周週期拜明昨前后次买", r):
			return starts
		}
		return inert
	}
	if hasDigit(t) {
		return starts
	}
	p, _ := plain(t)
	low := strings.ToLower(p)
	switch {
	case numberWords[low], caps(p):
		return starts
	case weakWords[low]:
		return weak
	}
	for _, part := range parts(low) { // twenty-five, half-price
		if numberWords[part] {
			return starts
		}
	}
	return inert
}
