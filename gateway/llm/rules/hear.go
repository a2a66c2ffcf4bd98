package rules

import (
	"slices"
	"strings"
	"unicode"

	"shopkeeper/retrieval/text"
)

// kind is what a part of a message asks for, before the conversation is looked at.
type kind int

const (
	empty kind = iota
	greet
	thanks
	bye
	okay
	nope
	help
	identity
	abuse
	restart
	scope
	injection
	human
	complaint
	search // with constraints or without; also a change of the last search: only the conversation can tell
	cheaper
	dearer
	comparative // bigger, lighter
	more
	sorted
	dropped // "any price"
	compare
	details
	reviews
	stock
	fact
	priceOf
	coupons
	haggle
	orders
	orderChange
	policy
	gift
	vague
	ask // a general question
)

// act is one thing that a message asks for.
type act struct {
	kind  kind
	raw   string // the words as written
	low   string // folded, command words mended
	text  string // what is left for a search once the words of command are gone
	wants bool   // it says in so many words that something is looked for
	refs  refs
	code  string   // coupon code
	order string   // order number
	sort  string   // as SearchInput.Sort
	drop  []string // fields whose limits go; "*" = all
	than  degree   // comparative
}

// heard is a message, understood without its conversation.
type heard struct {
	text string
	acts []act
}

// At most so much of a message is understood: nobody asks for more in one go, and work stays linear in what is read.
const (
	maxRunes = 1500
	maxParts = 24
	maxActs  = 3
)

// hear understands one message. It never fails: what it cannot make out is a search, and words of no letters are empty.
func hear(message string) heard {
	s := spoken(message)
	h := heard{text: s}
	var acts []act
	for _, part := range parts(s) {
		a := listen(part)
		if n := len(acts); n > 0 && joins(acts[n-1], a) {
			if both := acts[n-1].raw + ", " + part; a.wants { // the goods came behind their limit
				acts[n-1] = listenAs(a.kind, a.text+", "+acts[n-1].text)
			} else {
				acts[n-1] = listenAs(acts[n-1].kind, both)
			}
			continue
		}
		acts = append(acts, a)
	}
	h.acts = settle(acts)
	return h
}

// spoken is the message without what nobody reads: control and direction characters, runs of space.
func spoken(s string) string {
	s = address.ReplaceAllString(s, " ")
	var b strings.Builder
	n, space := 0, false
	for _, r := range s {
		if n >= maxRunes {
			break
		}
		switch {
		case r == '\n' || r == '\u2028' || r == '\u2029':
			b.WriteByte('\n')
			space = false
			n++
			continue
		case unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar:
			space = true
			continue
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r):
			continue
		case r == '’' || r == '‘' || r == '＇':
			r = '\''
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// address is a page's: nobody searches a shop for one, and its pieces would be searched for and mended as words.
var address = re(`(?i)\b(?:https?://|www\.)[^\s，。！？]+`)

var (
	joint = re(`(?i)[,;]? +(?:and|but|then|also|plus)(?: +(?:also|then|please))* +((?:what|how|is|are|do|does|can|could|where|when|tell|compare|any|which|cancel|track|i want to|i need to|show me|find|thanks|thank you)\b)`)
	zhAnd = re(`[，,]?(?:然后|另外|顺便(?:问一下|问下)?|以及|还想问(?:一下)?|再问(?:一下)?)`)
)

// parts cuts a message where one wish may end and another begin. Parts that belong together are joined again by their kinds.
func parts(s string) []string {
	s = joint.ReplaceAllString(s, "\n$1")
	s = zhAnd.ReplaceAllString(s, "\n")
	r := []rune(s)
	var out []string
	start := 0
	cut := func(end, next int) {
		if p := strings.TrimSpace(string(r[start:end])); p != "" {
			if len(out) >= maxParts {
				out[len(out)-1] += " " + p
			} else {
				out = append(out, p)
			}
		}
		start = next
	}
	for i, c := range r {
		last := i+1 == len(r)
		switch c {
		case '\n', '。', '！', '？', '；', '，':
			cut(i, i+1)
		case '!', '?', ';':
			cut(i, i+1)
		case '.', ',':
			if last || unicode.IsSpace(r[i+1]) || unicode.Is(unicode.Han, r[i+1]) {
				cut(i, i+1)
			}
		}
	}
	cut(len(r), len(r))
	return out
}

// joins tells whether part b only goes on with a: limits and kinds of product stand in several pieces.
func joins(a, b act) bool {
	switch a.kind {
	case search, cheaper, dearer, comparative, gift, dropped, sorted, vague:
		return (!b.wants || a.kind == search && a.bare()) && (b.kind == search || b.kind == sorted && a.kind == search || b.kind == vague)
	case compare:
		return b.kind == search && !b.wants
	case coupons:
		return b.kind == search && !b.wants && b.code != ""
	}
	return false
}

// bare tells whether a part says limits and nothing that is looked for: "I have 100 dollars".
func (a act) bare() bool {
	return hasDigit(a.text) && len(content(limitWords.ReplaceAllString(strings.ToLower(a.text), " "))) == 0
}

// settle orders the acts and leaves out what is only politeness beside a wish.
func settle(acts []act) []act {
	injected := slices.ContainsFunc(acts, func(a act) bool { return a.kind == injection })
	var out, small []act
	for _, a := range acts {
		switch a.kind {
		case empty, greet, thanks, bye, okay, nope, help:
			small = append(small, a)
			continue
		case injection:
			a.kind = scope
		case search, vague, ask:
			if injected && (!a.wants || a.kind != search) {
				continue // whatever stands beside an order to the assistant is part of it, unless it plainly asks for goods
			}
		}
		if i := slices.IndexFunc(out, func(b act) bool { return b.kind == a.kind && (a.kind != search && a.kind != policy || a.raw == b.raw) }); i >= 0 {
			if a.kind == scope || a.kind == complaint || a.kind == abuse || a.kind == identity {
				continue
			}
			if out[i].raw == a.raw {
				continue
			}
		}
		out = append(out, a)
	}
	// Feelings first, and a shop that was hurt with a swear word still hears the wish.
	slices.SortStableFunc(out, func(a, b act) int { return rank(a.kind) - rank(b.kind) })
	if len(out) > 1 {
		out = slices.DeleteFunc(out, func(a act) bool { return a.kind == abuse || a.kind == vague })
	}
	if len(out) == 0 {
		for _, k := range []kind{help, nope, okay, bye, thanks, greet, empty} {
			if i := slices.IndexFunc(small, func(a act) bool { return a.kind == k }); i >= 0 {
				out = append(out, small[i])
				break
			}
		}
	}
	if len(out) == 0 {
		out = []act{{kind: empty}}
	}
	return out[:min(len(out), maxActs)]
}

func rank(k kind) int {
	switch k {
	case complaint, abuse:
		return 0
	case scope:
		return 2
	}
	return 1
}

// listen understands one part.
func listen(part string) act {
	worded := strings.ContainsFunc(part, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	if worded {
		part = strings.Join(strings.Fields(strings.Map(pictureless, part)), " ")
	}
	a := act{raw: part, low: mend(text.Fold(part))}
	if !worded {
		a.kind = emoji(part)
		return a
	}
	a.refs = point(a.low)
	a.text, a.wants = strip(part)
	a.order = orderNumber(part)
	if m := orderAny.FindString(part); a.order == "" && ordersRE.MatchString(a.low) {
		a.order = m
	}
	a.code = couponCode(part, a.low)
	a.sort = sortWish(a.low)
	a.drop = dropWish(a.low)
	a.than = degreeOf(a.low)
	a.kind = classify(&a)
	a.finish()
	return a
}

// listenAs understands a part whose kind is known already.
func listenAs(k kind, part string) act {
	a := listen(part)
	if a.kind != k {
		a.kind = k
		a.text, a.wants = strip(part)
		a.finish()
	}
	return a
}

// finish takes the words of the act's own kind out of what is left to search for.
func (a *act) finish() {
	cut := map[kind]*pattern{
		cheaper: cheaperRE, dearer: dearerRE, comparative: degreeRE, sorted: sortRE, dropped: dropRE, more: moreRE, gift: giftWords,
		coupons: couponWords, details: detailWords, reviews: reviewWords, stock: stockWords, priceOf: priceWords, compare: compareWords,
	}[a.kind]
	if cut == nil {
		return
	}
	rest := cut.ReplaceAllString(mend(text.Fold(a.raw)), " ")
	if a.kind == dropped {
		rest = dropTail.ReplaceAllString(rest, " ")
	}
	a.text, _ = strip(rest)
	a.text = loose.ReplaceAllString(a.text, " ")
	a.text = strings.Trim(strings.ReplaceAll(strings.Join(strings.Fields(a.text), " "), " ,", ","), " ,，.?？!！")
}

// pictureless drops what is no word beside words: emoji, their colours and joints. Degrees and trade marks stay.
func pictureless(r rune) rune {
	if r > 0x2190 && (unicode.Is(unicode.So, r) || unicode.Is(unicode.Sk, r) || unicode.Is(unicode.Variation_Selector, r)) {
		return ' '
	}
	return r
}

func emoji(s string) kind {
	switch {
	case strings.ContainsAny(s, "👍👌🙂😊😀✅"):
		return okay
	case strings.ContainsAny(s, "🙏❤😍"):
		return thanks
	case strings.ContainsAny(s, "👋"):
		return greet
	}
	return empty
}
