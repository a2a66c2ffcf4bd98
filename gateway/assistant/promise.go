package assistant

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"shopkeeper/gateway/chat"
	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
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
func held(shown, raw string) int {
	p, at := plain(shown + raw)
	low := lower(p)
	from, expired := unfinished(low), false
	for _, m := range opener.FindAllStringIndex(low, -1) {
		if m[0] >= from {
			break
		}
		if at[m[0]] < len(shown) {
			continue
		}
		may, long := undecided(low[m[0]:m[1]], low[m[1]:])
		expired = expired || long
		if may {
			from = m[0]
		}
	}
	if expired { // what began long ago may be a claim, and its sentence goes on
		for _, cut := range cuts(low) {
			if at[cut] >= len(shown) {
				from = min(from, cut)
			}
		}
	}
	if from >= len(p) {
		return 0
	}
	return min(len(raw), len(shown)+len(raw)-at[from])
}

// cuts are where the claims of a text begin, whether or not they are kept.
func cuts(low string) (out []int) {
	has := wordsIn(low)
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

func wordsIn(low string) map[string]bool {
	has := map[string]bool{}
	for _, w := range strings.FieldsFunc(low, func(r rune) bool { return !inWord(r) }) {
		has[w] = true
	}
	return has
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

// deeds are what is known to be done, to be planned, and to be ruled.
type deeds struct {
	did, planned map[deed]bool
	offers       bool // there are offers, or a product has one

	person bool // a person of the shop writes: what they will do is theirs to say, what tools do is not

	words map[string]bool // runs of the shop's own texts
	read  int             // bytes of them
}

func (d *deeds) done(all []deed) {
	if d.did == nil {
		d.did = map[deed]bool{}
	}
	for _, x := range all {
		d.did[x] = true
	}
}

func (d *deeds) plan(all []deed) {
	if d.planned == nil {
		d.planned = map[deed]bool{}
	}
	for _, x := range all {
		d.planned[x] = true
	}
}

// proposed takes how a change stands.
func (e *evidence) proposed(tool string, state shop.ProposalState) {
	switch state {
	case shop.ProposalDone:
		e.deeds.done(deedsOf[tool])
	case shop.ProposalOpen, shop.ProposalSecond, shop.ProposalConfirmed, shop.ProposalUnclear, "planned", "":
		e.deeds.plan(deedsOf[tool])
	}
}

// heard takes a message of the conversation.
func (e *evidence) heard(m chat.Message) {
	switch m.Role {
	case chat.User:
		e.user(m.Text)
	case chat.Bot, chat.Person:
		e.told(m.Text)
	}
	for _, c := range m.Cards {
		var p shop.ProposalCard
		if c.Kind == "proposal" && json.Unmarshal(c.Data, &p) == nil {
			e.proposed(p.Tool, p.State)
		}
	}
}

// told takes what the shop has said before: what people and receipts claimed is so.
func (e *evidence) told(said string) {
	p, _ := plain(said)
	for _, s := range sentencesOf(p) {
		low := lower(s)
		for _, c := range claims {
			if m := c.re.FindStringIndex(low); m != nil && c.tense != offered {
				e.deeds.done([]deed{deedIn(c, low)})
			}
		}
	}
}

// unkept is where a claim begins in a sentence that nothing proves.
func (e *evidence) unkept(p string) (start int, found bool) {
	low := lower(p)
	start = len(p)
	has := wordsIn(low)
	for _, c := range claims {
		if !c.hinted(low, has) {
			continue
		}
		for _, m := range c.re.FindAllStringSubmatchIndex(low, -1) {
			if c.harmless(low, m) || c.cutAt(m) >= start || distance(low[m[0]:m[1]]) >= reachOfClaim || c.first && !bare(low[:m[0]]) {
				continue
			}
			if denied(low[:m[0]], low[m[0]:m[1]]) || asked(low, m[0]) || c.passive && hearsay.MatchString(low) {
				continue
			}
			e.read()
			if !e.kept(c, low, low[m[0]:m[1]]) {
				start, found = c.cutAt(m), true
			}
		}
	}
	return start, found
}

// hinted says, quicker than the expression, whether a sentence may have the claim.
func (c claim) hinted(low string, has map[string]bool) bool {
	if c.zh != "" {
		return strings.ContainsAny(low, c.zh)
	}
	for w := range has {
		if c.hint[w] {
			return true
		}
	}
	return false
}

// harmless says whether the deed of a claim is none of the shop's.
func (c claim) harmless(low string, m []int) bool {
	match := low[m[0]:m[1]]
	if factsZH.MatchString(match) {
		return true
	}
	i := c.re.SubexpIndex("deed")
	if i < 0 || m[2*i] < 0 {
		return false
	}
	deed := low[m[2*i]:m[2*i+1]]
	if c.safe != nil {
		return c.safe[deed]
	}
	return safeZH.MatchString(deed)
}

// cutAt is where a claim that was found is struck out from.
func (c claim) cutAt(m []int) int {
	if i := c.re.SubexpIndex("cut"); i >= 0 && m[2*i] >= 0 {
		return m[2*i]
	}
	return m[0]
}

// kept says whether what is known bears a claim out.
func (e *evidence) kept(c claim, low, match string) bool {
	d := deedIn(c, low[strings.Index(low, match):])
	k := &e.deeds
	if k.person && (c.tense != past || !byTools[d]) {
		return true
	}
	if c.tense == past && (d == contacts || d == handoffs) && k.did[handoffs] {
		return true
	}
	if d == anything && len(k.did) > 0 || k.did[d] {
		return true
	}
	if d != anything && d != guarantees && d != contacts && e.quotes(low) { // the shop's own words
		return true
	}
	switch c.tense {
	case offered:
		return e.offersSuch(match)
	case future:
		switch {
		case upToThem.MatchString(low) && d != contacts && d != guarantees && d != gifts:
			return true // "once you confirm it, I cancel it"
		case c.passive && k.planned[d]:
			return true
		case d == contacts && k.planned[handoffs]:
			return true
		}
	}
	return false
}

// offersSuch says whether the shop offers what a sentence does.
func (e *evidence) offersSuch(match string) (all bool) {
	said := e.texts.String()
	for _, g := range freebies {
		if !g.re.MatchString(match) {
			continue
		}
		switch {
		case g.byOffer && e.deeds.offers && theirs.MatchString(match), !g.byOffer && g.re.MatchString(said), e.deeds.planned[g.deed], e.deeds.did[g.deed]:
			all = true
		default:
			return false
		}
	}
	return all
}

// repeated is how many terms a sentence shares in a row with a text of the shop that it repeats.
const repeated = 4

// quotes says whether a sentence repeats a text of the shop: a policy, the conditions of an offer.
func (e *evidence) quotes(low string) bool {
	said := e.texts.String()
	if said == "" {
		return false
	}
	if e.deeds.words == nil || e.deeds.read != len(said) {
		e.deeds.words, e.deeds.read = runsOf(said, repeated), len(said)
	}
	for run := range runsOf(low, repeated) {
		if e.deeds.words[run] {
			return true
		}
	}
	return false
}

func runsOf(s string, n int) map[string]bool {
	var words []string
	for _, t := range text.Tokens(s) {
		words = append(words, t.Term)
	}
	out := map[string]bool{}
	for i := 0; i+n <= len(words); i++ {
		out[strings.Join(words[i:i+n], " ")] = true
	}
	return out
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
