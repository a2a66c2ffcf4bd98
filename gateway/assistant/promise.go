package assistant

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// promises lets sentences through that claim and promise nothing, as they are written, and strikes those out of which nothing proves
// that they are so: "I have refunded you" without a refund, a voucher that no offer is, a guarantee. It stands behind the guard of
// numbers. It holds back only from words that may begin a claim to where none can follow, or to the sentence's end. Where it cuts
// depends on the text alone.
type promises struct {
	e      *evidence
	shown  string // of the sentence under way, what is shown already
	raw    string // not decided yet
	struck int
}

const maxSentence = 800 // bytes after which a sentence is judged, whatever it holds

func newPromises(e *evidence) *promises { return &promises{e: e} }

func (g *promises) Write(s string) string {
	g.raw += s
	return g.pass(false)
}

func (g *promises) Flush() string { return g.pass(true) }

// Struck counts the sentences that were struck out.
func (g *promises) Struck() int { return g.struck }

func (g *promises) pass(final bool) string {
	var b strings.Builder
	for g.raw != "" {
		n := sentenceLen(g.raw, final)
		if over := len(g.shown) + len(g.raw) - maxSentence; n == 0 && over > 0 {
			for n = len(g.raw) - over; n > 0 && !utf8.RuneStart(g.raw[n]); n-- {
			}
		}
		if n == 0 { // the rest of the sentence is still to come
			free := len(g.raw) - held(g.shown, g.raw)
			b.WriteString(g.raw[:free])
			g.shown, g.raw = g.shown+g.raw[:free], g.raw[free:]
			break
		}
		b.WriteString(g.judge(g.raw[:n]))
		g.shown, g.raw = "", g.raw[n:]
	}
	return b.String()
}

// judge decides about a sentence whose end is come: shown, and then rest.
func (g *promises) judge(rest string) string {
	whole := g.shown + rest
	p, at := plain(whole)
	start, ok := g.e.unkept(p)
	if !ok {
		return rest
	}
	from := max(at[start]-len(g.shown), 0)
	end := len(rest)
	for end > from && (rest[end-1] == '\n' || rest[end-1] == ' ') {
		end--
	}
	g.struck++
	return rest[:from] + placeholder + rest[end:]
}

// sentenceLen is the length of the first sentence of raw with its end; 0 when the end is still to come.
func sentenceLen(raw string, final bool) int {
	for i, r := range raw {
		next := i + utf8.RuneLen(r)
		switch r {
		case '\n', '。', '！', '？', '；':
			return next
		case '!', '?', '.', ';':
			for next < len(raw) && strings.IndexByte("*_`\"')]", raw[next]) >= 0 {
				next++
			}
			if next == len(raw) {
				continue
			}
			after, size := utf8.DecodeRuneInString(raw[next:])
			switch {
			case after == ' ' || after == '\n' || after == '\t':
				next += size
			case !unicode.Is(unicode.Han, after):
				continue
			}
			if r == '.' && abbreviated(raw[:i]) {
				continue
			}
			return next
		}
	}
	return when(final, len(raw))
}

func abbreviated(before string) bool {
	word := before[strings.LastIndexAny(before, " \n\t(")+1:]
	return abbreviation[strings.ToLower(word)] || len(word) == 1 && word != "I"
}

// held is how much of raw's end may be part of what is cut: all from a word that may begin a claim and is not ruled out by what follows.
// raw begins with a word.
func held(shown, raw string) int {
	p, at := plain(raw)
	low := lower(p)
	from, expired := unfinished(low), false
	for i := 0; i < from; {
		n := openerAt(low, i)
		if n == 0 {
			i = nextWord(low, i)
			continue
		}
		may, long := undecided(low[i:i+n], low[i+n:])
		expired = expired || long
		if may {
			from = i
		}
		i += n
	}
	back := 0
	if from < len(p) {
		back = len(raw) - at[from]
	}
	if expired { // what began long ago may be a claim, and its sentence goes on
		p, at := plain(shown + raw)
		for _, cut := range cuts(lower(p)) {
			if at[cut] >= len(shown) {
				back = max(back, len(shown)+len(raw)-at[cut])
			}
		}
	}
	return min(len(raw), back)
}

// openerAt is the length of the opener that stands at a place; 0: there is none.
func openerAt(low string, i int) int {
	switch c := low[i]; {
	case c == '%':
		return 1
	case c >= utf8.RuneSelf:
		r, _ := utf8.DecodeRuneInString(low[i:])
		for _, w := range openersZH[r] {
			if strings.HasPrefix(low[i:], w) {
				return len(w)
			}
		}
		return 0
	case !asciiWord(c) || i > 0 && asciiWord(low[i-1]):
		return 0
	}
	end := i
	for end < len(low) && (asciiWord(low[end]) || low[end] == '\'') {
		end++
	}
	for end > i { // "i'd" of "i'd've"
		if openers[low[i:end]] {
			return end - i
		}
		end = i + max(strings.LastIndexByte(low[i:end], '\''), 0)
	}
	return 0
}

// nextWord is the place behind i where a word may begin.
func nextWord(low string, i int) int {
	_, size := utf8.DecodeRuneInString(low[i:])
	for i += size; i < len(low) && asciiWord(low[i]) && asciiWord(low[i-1]); i++ {
	}
	return i
}

func asciiWord(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' }

// cuts are where the claims of a text begin, whether or not they are kept.
func cuts(low string) (out []int) {
	has := hintsIn(low)
	for _, c := range claims {
		if !c.hinted(low, has) {
			continue
		}
		for _, m := range c.re.FindAllStringSubmatchIndex(low, -1) {
			if !c.harmless(low, m) {
				out = append(out, c.cutAt(m))
			}
		}
	}
	return out
}

func inWord(r rune) bool {
	return r < 0x2e80 && unicode.IsLetter(r) || r >= '0' && r <= '9' || r == '\'' || r == '-' || r == '%'
}

// hintsIn are the kinds of words that a sentence has.
func hintsIn(low string) (out hints) {
	for w := range strings.FieldsFuncSeq(low, func(r rune) bool { return r >= 0x2e80 || !unicode.IsLetter(r) && r != '\'' && r != '-' }) {
		out |= hintOf[w]
	}
	return out
}

// unfinished is where a last word begins that may go on: it may become one that begins a claim.
func unfinished(low string) int {
	from := len(low)
	for n := 0; from > 0; n++ {
		r, size := utf8.DecodeLastRuneInString(low[:from])
		if r >= 0x2e80 && n == 3 || r < 0x2e80 && !inWord(r) {
			break
		}
		from -= size
	}
	return from
}

// undecided says whether what follows an opener may still be a claim, or is one. expired: it has gone on for long.
func undecided(open, after string) (may, expired bool) {
	if r, _ := utf8.DecodeRuneInString(open); r >= 0x2e80 {
		if i := strings.IndexAny(after, "，,。！？；"); i >= 0 {
			return false, true
		}
		return true, false
	}
	if standalone[open] {
		return true, false
	}
	words := strings.FieldsFunc(after, func(r rune) bool { return !inWord(r) })
	if r, _ := utf8.DecodeLastRuneInString(after); len(words) > 0 && inWord(r) {
		words = words[:len(words)-1] // it may go on
	}
	whole := len(words)
	if next, ok := follows[open]; ok {
		if len(words) == 0 || next[words[0]] {
			return true, false
		}
		if !doers[open] {
			return false, false
		}
	}
	will := futures[open]
	for i, w := range words {
		will = will || futures[w]
		switch {
		case continued[w], continued[open]:
			return 2*(whole-i) < reachOfClaim, 2*(whole-i) >= reachOfClaim
		case between[w]:
		default:
			return deedlike(w, will, persons[open]), false
		}
	}
	return true, false
}

// deedlike says whether a word may be a deed of the shop.
func deedlike(w string, will, ours bool) bool {
	switch {
	case will && ours:
		return !safeBase[w]
	case will:
		return true
	case safeIng[w], ours && safePast[w], !ours && safeFact[w] && safePast[w]:
		return false
	}
	return strings.HasSuffix(w, "ed") || strings.HasSuffix(w, "ing") || irregular.MatchString(w) || phrases[w]
}

// phrases begin what is told of a refund that is on its way.
var phrases = wordSet("back returned safe on complete ready underway under in final official a active")

// reachOfClaim is how far, in half words, the deed of a claim stands from what begins it.
const reachOfClaim = 24

// distance measures a text in half words: two a word, one a character of a script without spaces.
func distance(s string) (n int) {
	n = 2 * len(strings.Fields(s))
	for _, r := range s {
		if r >= 0x2e80 {
			n++
		}
	}
	return n
}

// judge passes an answer through both guards: that of numbers, and that of promises.
type judge struct {
	numbers  *guard
	promises *promises
}

func newJudge(e *evidence) *judge { return &judge{newGuard(e), newPromises(e)} }

// Write takes a piece of the answer and returns what may be shown by now.
func (j *judge) Write(s string) string { return j.promises.Write(j.numbers.Write(s)) }

// Flush ends the text: what was held back is decided.
func (j *judge) Flush() string {
	return j.promises.Write(j.numbers.Flush()) + j.promises.Flush()
}

// Struck counts what was struck out.
func (j *judge) Struck() int { return j.numbers.Struck() + j.promises.Struck() }
