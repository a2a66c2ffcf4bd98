package retrieval

import (
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
)

// wishes are what the words of a query say. said holds the folded query; what has been understood is blanked out in it,
// byte by byte, so that offsets keep their meaning and no phrase reaches across.
type wishes struct {
	said     string
	currency string
	filters  []Filter
	measures []measure
	sort     string
	soft     []Filter // colours and brands that only lift
	brands   []string // positive, as the catalogue has them
	colored  []string // the words that named a colour
	ranged   bool     // both ends of a range are being placed: a bare one is a price
}

// measure is a bound whose field only the catalogue can tell: at least 16 GB of what?
type measure struct {
	name  string // as said beside it: "ram", "cores"; "" = not said
	op    Op
	value float64
	unit  string
	loose bool // without unit or name: a price, unless the catalogue has such a number
}

const blank = '\x00'

func (w *wishes) cut(from, to int) {
	w.said = w.said[:from] + strings.Repeat(string(blank), to-from) + w.said[to:]
}

func (w *wishes) add(f Filter) { w.filters = append(w.filters, f) }

func number(field string, op Op, v float64, unit string) Filter {
	return Filter{Field: field, Op: op, Number: &v, Unit: unit}
}

// bounds reads the limits that are said with numbers.
func (w *wishes) bounds() {
	ns := text.Numbers(w.said)
	for i := 0; i < len(ns); i++ {
		n := ns[i]
		if n.Date != "" || n.Clock {
			continue
		}
		if i+1 < len(ns) && w.between(n, ns[i+1]) {
			i++
			continue
		}
		w.bound(n)
	}
}

// between takes "between 50 and 80", "50-80 dollars", "100到200元".
func (w *wishes) between(a, b text.Number) bool {
	gap := strings.TrimSpace(w.said[a.End:b.Start])
	left := strings.TrimRight(w.said[:a.Start], " ")
	right := w.said[b.End:]
	opened, from := false, a.Start
	for _, p := range []string{"anywhere between", "between", "from", "price range of", "in the range of", "在", "介于"} {
		if strings.HasSuffix(left, p) && boundary(left, len(left)-len(p)) {
			opened, from = true, len(left)-len(p)
			break
		}
	}
	to := b.End
	closed := false
	for _, p := range []string{"之间", "range", "区间"} {
		if t := strings.TrimLeft(right, " "); strings.HasPrefix(t, p) {
			closed, to = true, b.End+len(right)-len(t)+len(p)
		}
	}
	if a.Unit == "" {
		a.Unit = b.Unit
	}
	money := a.Currency != "" || b.Currency != ""
	switch gap {
	case "and", "和", "&", "与":
		if !opened && !closed {
			return false
		}
	case "-", "–", "—", "~", "to", "到", "至":
		// 50-80 alone may be part of a name; with a unit, a currency or "from" it is a range
		if !opened && !closed && !money && b.Unit == "" && !(a.Value >= 10 && b.Value > a.Value && w.priced(a.Start, b.End)) {
			return false
		}
	default:
		return false
	}
	if a.Percent || b.Percent || b.Value < a.Value || b.Date != "" || b.Clock {
		return false
	}
	lo, hi := a, b
	if lo.Value < 20 && strings.Contains("千万", lastRune(w.said[b.Start:b.End])) && money && hi.Value >= 1000 {
		lo.Value *= 1000 // 1到2千元
	}
	lo.Unit, lo.Currency = b.Unit, b.Currency
	if lo.Unit == "" {
		lo.Unit, hi.Unit = a.Unit, a.Unit
	}
	if money {
		lo.Currency, hi.Currency = "any", "any"
	}
	w.ranged = true
	from, to = w.placed(lo, Gte, from, to)
	w.placed(hi, Lte, from, to)
	w.ranged = false
	w.cut(from, to)
	return true
}

// priced says whether the words around a range speak of money.
func (w *wishes) priced(from, to int) bool {
	left, right := strings.TrimRight(w.said[:from], " "), strings.TrimLeft(w.said[to:], " ")
	for _, p := range []string{"price", "priced", "costs", "costing", "budget", "for", "价格", "预算", "价位"} {
		if strings.HasSuffix(left, p) {
			return true
		}
	}
	return right == "" || strings.HasPrefix(right, "price")
}

func lastRune(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return "\x00"
	}
	return string(r[len(r)-1])
}

// bound takes one number with what says which way it limits.
func (w *wishes) bound(n text.Number) {
	left, right := w.said[:n.Start], w.said[n.End:]
	from, to := n.Start, n.End
	sure := n.Currency != "" || n.Unit != "" || n.Percent
	op := Op("")
	if p, at, ok := endsWith(left, leads); ok && (!p.strict || sure && !afterPro(left[:at]) || p.op == Lte && begins(left[:at])) {
		op, from = p.op, at
	}
	if p, end, ok := startsWith(right, tails); ok && (!p.strict || sure || stars(right[end:]) > 0) {
		switch {
		case leadsOn(p, right[end:]):
		case op == "" || op == Eq || p.op == op:
			op, to = p.op, n.End+end
		case p.op == Eq && op == Lte: // 预算500左右: the limit stands, the word goes with it
			to = n.End + end
		}
	}
	if n.Percent {
		w.discount(n, from, to)
		return
	}
	if y := n.Value; n.Unit == "" && n.Currency == "" || n.Unit == "年" {
		if y >= 1990 && y <= 2100 && y == math.Trunc(y) && w.year(n, left, right) {
			return
		}
	}
	switch {
	case op == "" && n.Currency != "":
		op = Eq // "$100 headphones": about that much
	case op == "" && n.Unit == "star":
		if w.said[n.Start:n.End] == "三星" { // Samsung
			return
		}
		op = Gte
	case op == "":
		return // a size or a model number: it is searched for as it stands
	}
	from, to = w.placed(n, op, from, to)
	if to > from {
		w.cut(from, to)
	}
}

// begins: a wish starts behind nothing or a comma.
func begins(left string) bool {
	left = strings.TrimRight(left, " ")
	return left == "" || strings.HasSuffix(left, ",") || strings.HasSuffix(left, ";")
}

// leadsOn: the "max" of "4 stars max $650" belongs to what follows.
func leadsOn(tail phrase, rest string) bool {
	rest = strings.TrimLeft(rest, " ")
	r, _ := utf8.DecodeRuneInString(rest)
	return strings.ContainsRune("0123456789$€£¥", r) && slices.ContainsFunc(leads, func(l phrase) bool { return l.words == tail.words })
}

// afterPro: "iPhone 15 Pro Max 256GB" names a product.
func afterPro(left string) bool {
	left = strings.TrimRight(left, " ")
	return strings.HasSuffix(left, "pro") || strings.HasSuffix(left, "airpods") || strings.HasSuffix(left, "xs")
}

func (w *wishes) discount(n text.Number, from, to int) {
	right := strings.TrimLeft(w.said[to:], " ")
	for _, p := range []string{"off", "discount", "reduction", "折扣", "优惠"} {
		if strings.HasPrefix(right, p) {
			to = len(w.said) - len(right) + len(p)
			w.add(number(NumDiscount, Gte, n.Value*100, "%"))
			if p, end, ok := startsWith(w.said[to:], tails); ok && p.op == Gte {
				to += end
			}
			w.cut(from, to)
			return
		}
	}
	if n.Unit == "折" {
		w.add(number(NumDiscount, Gte, n.Value*100, "%"))
		w.cut(from, to)
	}
}

// year takes "after 2020", "2020 or newer", "2020年以后".
func (w *wishes) year(n text.Number, left, right string) bool {
	january := func(year int) float64 { return float64(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Unix() / 86400) }
	day := january(int(n.Value))
	left = strings.TrimRight(left, " ")
	for _, p := range []string{"released after", "released since", "released in", "newer than", "after", "since"} {
		if strings.HasSuffix(left, p) && boundary(left, len(left)-len(p)) {
			if p == "after" || p == "released after" || p == "newer than" {
				day = january(int(n.Value) + 1)
			}
			w.add(number(NumReleased, Gte, day, ""))
			w.cut(len(left)-len(p), n.End)
			return true
		}
	}
	t := strings.TrimLeft(right, " ")
	for _, p := range []string{"or newer", "or later", "and newer", "年以后", "年之后", "以后", "之后"} {
		if strings.HasPrefix(t, p) {
			w.add(number(NumReleased, Gte, day, ""))
			w.cut(n.Start, n.End+len(right)-len(t)+len(p))
			return true
		}
	}
	return false
}

// placed finds the field of a bound, adds it, and returns the bytes that it took.
func (w *wishes) placed(n text.Number, op Op, from, to int) (int, int) {
	left, right := strings.TrimRight(w.said[:from], " :"), w.said[to:]
	rated := 0
	for _, p := range []string{"with a rating of", "rating of", "rating is", "ratings", "rating", "rated", "review score", "评分在", "评分为", "评分", "评价", "打分"} {
		if strings.HasSuffix(left, p) && boundary(left, len(left)-len(p)) {
			rated = len(p)
			break
		}
	}
	if s := stars(right); s > 0 && n.Unit == "" {
		n.Unit, to = "star", to+s
	}
	if n.Unit == "star" || n.Unit == "分" || rated > 0 && n.Unit == "" && n.Currency == "" {
		if n.Value > 5 {
			return from, from
		}
		if p, end, ok := startsWith(w.said[to:], tails); ok && !p.strict && !leadsOn(p, w.said[to+end:]) {
			op, to = p.op, to+end
		}
		if op == Eq || op == Gt && n.Value >= 5 {
			op = Gte
		}
		w.add(number(NumRating, op, n.Value, ""))
		return len(left) - rated, to
	}
	if n.Currency != "" {
		w.price(n.Value, op)
		return w.aroundPrice(left, from), to
	}
	after, end := nextWord(right)
	switch {
	case after == "reviews" || after == "review":
		w.add(number(NumReviews, op, n.Value, ""))
		return from, to + end
	case n.Unit == "条" && strings.HasPrefix(right, "评价"):
		w.add(number(NumReviews, op, n.Value, ""))
		return from, to + len("评价")
	case after == "in" && strings.HasPrefix(strings.TrimLeft(right, " "), "in stock"):
		w.add(number(NumStock, op, n.Value, ""))
		return from, to + len(right) - len(strings.TrimLeft(right, " ")) + len("in stock")
	case n.Unit == "" && w.saysPrice(left):
		w.price(n.Value, op)
		return w.aroundPrice(left, from), to
	}
	m := measure{op: op, value: n.Value, unit: n.Unit}
	nameFrom, nameTo := from, to
	if name, l := nameBefore(left); name != "" {
		if m.name = name; part(name, left[:l]) {
			nameFrom = l
		}
	} else if name, r := nameAfter(right); name != "" {
		if m.name = name; part(name, left) {
			nameTo = to + r
		}
	}
	if m.unit == "" && m.name == "" {
		if after == "" || stop[after] || op == Lte || op == Lt || w.ranged || after[0] <= '9' {
			w.price(n.Value, op)
			return from, to
		}
		m.name, m.loose = after, true
		nameTo = to // the noun stays: "at least 4 port hub"
	}
	w.measures = append(w.measures, m)
	return nameFrom, nameTo
}

// price is a limit in the shop's currency, whatever sign was said.
func (w *wishes) price(v float64, op Op) {
	minor := func(v float64) float64 { return float64(shop.MoneyOf(v, w.currency).Minor) }
	if op == Eq {
		w.add(number(NumPrice, Gte, minor(v*0.8), ""))
		w.add(number(NumPrice, Lte, minor(v*1.2), ""))
		return
	}
	w.add(number(NumPrice, op, minor(v), ""))
}

var priceWords = []string{"priced at", "priced", "price is", "price of", "price", "prices", "costing", "that costs", "that cost", "costs", "cost", "价格在", "价格", "价位在", "价位", "售价", "价钱"}

func (w *wishes) saysPrice(left string) bool { return w.aroundPrice(left, -1) >= 0 }

// aroundPrice moves from to before a word that names the price; from itself when there is none.
func (w *wishes) aroundPrice(left string, from int) int {
	for _, p := range priceWords {
		if strings.HasSuffix(left, p) && boundary(left, len(left)-len(p)) {
			return len(left) - len(p)
		}
	}
	return from
}

// stars is the length of "stars" at the start of s, with spaces before it.
func stars(s string) int {
	t := strings.TrimLeft(s, " ")
	for _, p := range []string{"stars", "star", "颗星", "星"} {
		if strings.HasPrefix(t, p) && boundary(t, len(p)) {
			return len(s) - len(t) + len(p)
		}
	}
	return 0
}

// nextWord is the Latin word at the start of s, and where it ends.
func nextWord(s string) (string, int) {
	t := strings.TrimLeft(s, " ")
	end := strings.IndexFunc(t, func(r rune) bool { return !latin(r) })
	if end < 0 {
		end = len(t)
	}
	return t[:end], len(s) - len(t) + end
}

// part says whether a measure's name is said of a part of what is looked for, so that it is not looked for itself: the SSD of
// a "laptop with at least 500 GB SSD", but not of "SSD over 500 GB".
func part(name, left string) bool {
	switch measureNames[name] {
	case "storage", "screen", "battery":
	default:
		return true
	}
	left = strings.TrimRight(left, " ")
	for _, p := range []string{"with", "with a", "has", "having", "and", "带", "有", ","} {
		if strings.HasSuffix(left, p) && boundary(left, len(left)-len(p)) {
			return true
		}
	}
	return false
}

var measureWords = func() []string {
	out := sortedKeys(measureNames)
	slices.SortStableFunc(out, func(a, b string) int { return len(b) - len(a) })
	return out
}()

// nameBefore finds the name of a measure at the end of s ("weight", "内存").
func nameBefore(s string) (string, int) {
	s = strings.TrimRight(s, " ")
	for _, filler := range []string{" of", " is", " with", "为", "是", "要", "在"} {
		s = strings.TrimRight(strings.TrimSuffix(s, filler), " ")
	}
	for _, n := range measureWords {
		if strings.HasSuffix(s, n) && boundary(s, len(s)-len(n)) {
			return n, len(s) - len(n)
		}
	}
	return "", 0
}

// nameAfter finds the name of a measure at the start of s ("of RAM", "的内存").
func nameAfter(s string) (string, int) {
	t := strings.TrimLeft(s, " ")
	for _, filler := range []string{"of ", "的"} {
		t = strings.TrimLeft(strings.TrimPrefix(t, filler), " ")
	}
	for _, n := range measureWords {
		if strings.HasPrefix(t, n) && boundary(t, len(n)) {
			return n, len(s) - len(t) + len(n)
		}
	}
	return "", 0
}
