package eval

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
)

// Limit is a wish that a card can be checked against: FIELD OP VALUE [UNIT], such as `price <= 100`, `memory >= 16 GB`,
// `color != red|pink`, `brand = Homera`, `title !~ leather`.
//
// Fields are price, rating, reviews, stock, discount (percent), brand, category, color, title, or an attribute's name in any
// language. Numbers take < <= > >= =; a card that does not know the number breaks the limit. Words take = and != (one of the
// values; of colours the base colour) and ~ and !~ (contains, any case). An excluded value breaks the limit wherever the title
// or the product's own attributes show it; variants may have it.
type Limit struct {
	Field, Op string
	Values    []string
	Number    float64
	Unit      string
	numeric   bool
}

var limitForm = regexp.MustCompile(`^([\pL][\pL ]*?) *(<=|>=|!=|!~|<|>|=|~) *(.+)$`)

// ParseLimit reads one limit.
func ParseLimit(s string) (Limit, error) {
	m := limitForm.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return Limit{}, fmt.Errorf("%q is no limit: FIELD OP VALUE [UNIT]", s)
	}
	l := Limit{Field: m[1], Op: m[2]}
	number, unit, _ := strings.Cut(strings.TrimSpace(m[3]), " ")
	if f, err := strconv.ParseFloat(number, 64); err == nil && !strings.Contains(l.Op, "~") {
		l.Number, l.Unit, l.numeric = f, strings.TrimSpace(unit), true
		return l, nil
	}
	if strings.ContainsAny(l.Op, "<>") {
		return l, fmt.Errorf("limit %q needs a number", s)
	}
	for v := range strings.SplitSeq(m[3], "|") {
		l.Values = append(l.Values, strings.TrimSpace(v))
	}
	return l, nil
}

func (l Limit) String() string {
	if l.numeric {
		return strings.TrimSpace(fmt.Sprintf("%s %s %s %s", l.Field, l.Op, strconv.FormatFloat(l.Number, 'f', -1, 64), l.Unit))
	}
	return fmt.Sprintf("%s %s %s", l.Field, l.Op, strings.Join(l.Values, "|"))
}

// Breaks tells how a card breaks the limit; "" = it keeps it.
func (l Limit) Breaks(p shop.ProductCard) string {
	if l.numeric {
		return l.breaksNumber(p)
	}
	switch l.Op {
	case "!=", "!~":
		return l.shows(p)
	}
	for _, v := range l.Values {
		if l.has(p, v) {
			return ""
		}
	}
	return fmt.Sprintf("its %s is not %s", l.Field, strings.Join(l.Values, " or "))
}

func (l Limit) breaksNumber(p shop.ProductCard) string {
	v, ok := l.number(p)
	if !ok {
		return "it does not say its " + l.Field
	}
	_, factor := retrieval.NumberField(l.Field, l.Unit)
	if known(l.Field) {
		factor = 1
	}
	want := l.Number * factor
	const tiny = 1e-9
	good := map[string]bool{"<": v < want, "<=": v <= want+tiny, ">": v > want, ">=": v >= want-tiny, "=": v >= want-tiny && v <= want+tiny, "!=": v != want}[l.Op]
	if !good {
		return fmt.Sprintf("its %s is %v", l.Field, v)
	}
	return ""
}

func known(field string) bool {
	switch field {
	case "price", "rating", "reviews", "stock", "discount":
		return true
	}
	return false
}

// number is the card's value, of attributes in the unit in which retrieval keeps the measure.
func (l Limit) number(p shop.ProductCard) (float64, bool) {
	switch l.Field {
	case "price":
		if p.Price == nil {
			return 0, false
		}
		f, err := strconv.ParseFloat(p.Price.Decimal(), 64)
		return f, err == nil
	case "rating":
		if p.Rating == nil {
			return 0, false
		}
		return *p.Rating, true
	case "reviews":
		return count(p.Reviews)
	case "stock":
		return count(p.Stock)
	case "discount":
		if p.Price == nil || p.Was == nil || p.Was.Minor <= p.Price.Minor {
			return 0, false
		}
		return float64(p.Was.Minor-p.Price.Minor) * 100 / float64(p.Was.Minor), true
	}
	field, _ := retrieval.NumberField(l.Field, l.Unit)
	for _, a := range p.Attributes {
		v, unit := 0.0, a.Unit
		if a.Value.Number != nil {
			v = *a.Value.Number
		} else if ns := text.Numbers(a.Value.Text); len(ns) == 1 {
			v, unit = ns[0].Value, ns[0].Unit
		} else {
			continue
		}
		if own, factor := retrieval.NumberField(a.Name, unit); own == field {
			return v * factor, true
		}
	}
	return 0, false
}

func count(n *int) (float64, bool) {
	if n == nil {
		return 0, false
	}
	return float64(*n), true
}

// has tells whether a card is of a value: for colours a variant's counts.
func (l Limit) has(p shop.ProductCard, v string) bool {
	part := l.Op == "~"
	match := func(s string) bool {
		if part {
			return strings.Contains(strings.ToLower(s), strings.ToLower(v))
		}
		return text.Fold(s) == text.Fold(v)
	}
	switch l.Field {
	case "brand":
		return match(p.Brand)
	case "category":
		return match(p.Category)
	case "title":
		return match(p.Title)
	case "color":
		for _, s := range variantTexts(p, isColor) {
			if slices.Contains(retrieval.Colors(s), v) {
				return true
			}
		}
		return slices.Contains(colorsOf(p), v)
	}
	own := func(name string) bool { return text.Fold(name) == text.Fold(l.Field) }
	for _, a := range p.Attributes {
		if own(a.Name) && match(a.Value.String()) {
			return true
		}
	}
	return slices.ContainsFunc(variantTexts(p, own), match)
}

// shows tells where a card shows an excluded value.
func (l Limit) shows(p shop.ProductCard) string {
	for _, v := range l.Values {
		if l.Field == "brand" && text.Fold(p.Brand) == text.Fold(v) || l.Field == "category" && text.Fold(p.Category) == text.Fold(v) {
			return "its " + l.Field + " is " + v
		}
		if l.Field == "color" && slices.Contains(colorsOf(p), v) {
			return "its own colour is " + v
		}
		if wordIn(p.Title, v) {
			return "its title says " + v
		}
		for _, a := range p.Attributes {
			if a.Value.Number == nil && wordIn(a.Value.Text, v) && (l.Field != "color" || isColor(a.Name)) {
				return fmt.Sprintf("its %s is %s", a.Name, a.Value.Text)
			}
		}
	}
	return ""
}

func isColor(name string) bool {
	switch text.Fold(name) {
	case "color", "colour", "颜色":
		return true
	}
	return false
}

// colorsOf are the base colours of a product's own attributes and, in Chinese, of the words in its title that end in 色.
func colorsOf(p shop.ProductCard) []string {
	var out []string
	for _, a := range p.Attributes {
		if isColor(a.Name) {
			out = append(out, retrieval.Colors(a.Value.Text)...)
		}
	}
	for _, m := range zhColors.FindAllString(p.Title, -1) {
		out = append(out, retrieval.Colors(m)...)
	}
	return out
}

var zhColors = regexp.MustCompile(`\p{Han}{1,2}色`)

func variantTexts(p shop.ProductCard, named func(string) bool) []string {
	var out []string
	for _, v := range p.Variants {
		for _, a := range v.Attributes {
			if named(a.Name) {
				out = append(out, a.Value.String())
			}
		}
	}
	return out
}

// wordIn finds a whole word; in Chinese, which has no spaces, a piece.
func wordIn(s, word string) bool {
	s, word = " "+text.Fold(s)+" ", text.Fold(word)
	if word == "" {
		return false
	}
	if text.Lang(word) == "zh" {
		return strings.Contains(s, word)
	}
	for i := strings.Index(s, word); i >= 0; {
		before, after := s[i-1], s[i+len(word)]
		if !letterByte(before) && !letterByte(after) {
			return true
		}
		next := strings.Index(s[i+1:], word)
		if next < 0 {
			return false
		}
		i += 1 + next
	}
	return false
}

func letterByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
}

// Request is a message with limits that every card of the answer must keep.
type Request struct {
	Say    string
	Limits []Limit
	Line   int
}

//go:embed testdata/limits.txt
var limitRequests string

// LimitRequests are the built-in ones, over the demo shop.
func LimitRequests() ([]Request, error) { return ParseRequests(strings.NewReader(limitRequests)) }

// ParseRequests reads lines of the form `MESSAGE | LIMIT ; LIMIT …`; # begins a comment.
func ParseRequests(r io.Reader) ([]Request, error) {
	var out []Request
	sc := bufio.NewScanner(r)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		say, rest, ok := strings.Cut(line, " | ")
		if !ok || strings.TrimSpace(say) == "" {
			return nil, fmt.Errorf("line %d: MESSAGE | LIMIT ; LIMIT …", n)
		}
		req := Request{Say: strings.TrimSpace(say), Line: n}
		for s := range strings.SplitSeq(rest, ";") {
			l, err := ParseLimit(s)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			req.Limits = append(req.Limits, l)
		}
		out = append(out, req)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("read requests: %w", err)
	}
	if len(out) == 0 {
		return nil, errors.New("no request in it")
	}
	return out, nil
}

// LimitsResult is how requests with limits were kept.
type LimitsResult struct {
	Requests int     `json:"requests"`
	Cards    int     `json:"cards"`   // products shown
	Empty    int     `json:"empty"`   // requests that showed none
	Relaxed  int     `json:"relaxed"` // requests of which a limit was let go, and said so
	Broken   []Break `json:"broken"`
}

// Break is a card that breaks a limit, or with no product a limit that was let go without a word.
type Break struct {
	Line    int    `json:"line"`
	Say     string `json:"say"`
	Limit   string `json:"limit"`
	Product string `json:"product,omitempty"`
	Why     string `json:"why"`
}

// Limits asks every request in a conversation of its own and checks every card shown. look reads the whole product, because a
// list's card leaves attributes out; nil: the cards alone are checked.
func Limits(ctx context.Context, rs []Request, ask Ask, look func(ctx context.Context, id, lang string) (shop.ProductCard, error)) (LimitsResult, error) {
	out := LimitsResult{Broken: []Break{}}
	for i, r := range rs {
		out.Requests++
		got, err := ask(ctx, fmt.Sprintf("eval-limits-%d", i+1), r.Say)
		if err != nil {
			return out, fmt.Errorf("request on line %d: %w", r.Line, err)
		}
		card, _ := productsOf(got.Cards)
		if len(card.Shown) == 0 {
			out.Empty++
		}
		let := false
		for _, l := range r.Limits {
			if rel := relaxedOn(card, l); rel != nil {
				let = true
				if !said(got.Text, rel.Condition) {
					out.Broken = append(out.Broken, Break{r.Line, r.Say, l.String(), "", "let go without a word: " + got.Text})
				}
				continue
			}
			for _, p := range card.Shown {
				if look != nil {
					if p, err = look(ctx, p.ID, text.Lang(r.Say)); err != nil {
						return out, fmt.Errorf("look at product: %w", err)
					}
				}
				if why := l.Breaks(p); why != "" {
					out.Broken = append(out.Broken, Break{r.Line, r.Say, l.String(), p.Title, why})
				}
			}
		}
		out.Cards += len(card.Shown)
		if let {
			out.Relaxed++
		}
	}
	return out, nil
}

// relaxedOn finds the limit among what the search let go.
func relaxedOn(card shop.ProductsCard, l Limit) *shop.Relaxation {
	want, _ := retrieval.NumberField(l.Field, l.Unit)
	for i, r := range card.Understood.Relaxed {
		own, _ := retrieval.NumberField(r.Condition.Field, r.Condition.Unit)
		if r.Condition.Field == l.Field || own == want {
			return &card.Understood.Relaxed[i]
		}
	}
	return nil
}

// said tells whether an answer names the value of a condition that was let go.
func said(answer string, c shop.Condition) bool {
	answer = text.Fold(answer)
	switch v := c.Value.(type) {
	case map[string]any:
		minor, _ := v["minor"].(float64)
		currency, _ := v["currency"].(string)
		return strings.Contains(answer, text.Fold(shop.Money{Minor: int64(minor), Currency: currency}.String()))
	case float64:
		return strings.Contains(answer, shop.Num(v).String())
	case []any:
		for _, w := range v {
			if s, ok := w.(string); ok && (strings.Contains(answer, text.Fold(s)) || named(answer, s)) {
				return true
			}
		}
		return false
	case string:
		return strings.Contains(answer, text.Fold(v)) || named(answer, v)
	}
	return false
}

// named tells whether an answer says a colour by another word: red is 红色.
func named(answer, color string) bool {
	for _, m := range zhColors.FindAllString(answer, -1) {
		for _, w := range []string{m, string([]rune(m)[1:])} {
			if slices.Contains(retrieval.Colors(w), color) {
				return true
			}
		}
	}
	return false
}
