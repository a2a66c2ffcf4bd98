package assistant

import (
	"math"
	"regexp"
	"strings"

	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
)

// understood is the shopper's own wish, as a search took it.
func (e *evidence) understood(u shop.UnderstoodCard) {
	wish := func(c shop.Condition) {
		switch v := c.Value.(type) {
		case float64:
			if c.Unit == "%" {
				e.limits.percents[v] = true
			}
			e.limits.facts[fact{v, unitName(c.Unit)}] = true
		case map[string]any:
			if minor, ok := v["minor"].(float64); ok {
				e.limits.money[minor/math.Pow10(shop.Exponent(e.currency))] = true
			}
		case string:
			e.ask(v)
		case []any:
			for _, x := range v {
				if s, ok := x.(string); ok {
					e.ask(s)
				}
			}
		}
	}
	for _, c := range u.Filters {
		wish(c)
	}
	for _, r := range u.Relaxed {
		wish(r.Condition)
		if r.To != nil {
			wish(*r.To)
		}
	}
	e.ask(u.Query)
	e.ask(u.Corrected)
}

// user takes the shopper's own words: limits and quantities, never a price, a discount, a code, a stock figure or a date.
func (e *evidence) user(s string) { e.ask(s) }

func (e *evidence) ask(s string) {
	s = plainText(s)
	for _, n := range text.Numbers(s) {
		switch {
		case n.Date != "" || n.Clock || n.Percent:
		case n.Currency != "":
			e.limits.money[n.Value] = true
		case n.Unit == "":
			e.limits.money[n.Value] = true
			e.limits.facts[fact{n.Value, ""}] = true
		default:
			e.limits.facts[fact{n.Value, n.Unit}] = true
		}
	}
	for _, w := range tokens(s) {
		if hasDigit(w.text) {
			e.limits.words[foldWord(w.text)] = true
		}
	}
}

// own takes a text that the shop itself wrote (an offer's title and conditions, a policy): every number in it counts as what it is.
func (e *evidence) own(s string) {
	s = plainText(s)
	for _, n := range text.Numbers(s) {
		switch {
		case n.Percent:
			e.percents[n.Value] = true
		case n.Currency != "":
			e.money[shop.MoneyOf(n.Value, e.currency)] = true
		}
	}
	e.text(s)
	e.texts.WriteString(strings.ToLower(s) + "\n")
}

// text takes a title, an attribute, a line about a parcel: sizes, model names, dates, and percentages of what a thing is made of.
func (e *evidence) text(s string) {
	if e.seen[s] {
		return // the same product comes in many results
	}
	e.seen[s] = true
	s = plainText(s)
	ns := text.Numbers(s)
	for i, n := range ns {
		switch {
		case n.Date != "":
			e.dates[n.Date] = true
		case n.Clock:
			e.clocks[n.Value] = true
		case n.Percent:
			e.textures[n.Value] = true
		case n.Currency == "":
			e.facts[fact{n.Value, unitOf(ns, i, s)}] = true
		}
	}
	e.name(s)
}

// name takes words with letters as they are: models, ids. The digits of a longer one count alone, too: 2110 for TN-2110.
func (e *evidence) name(s string) {
	s = plainText(s)
	if v, ok := wholeNumber(strings.Trim(s, " #")); ok {
		e.facts[fact{v, ""}] = true // an id of digits alone
	}
	for _, w := range tokens(s) {
		if !hasLetter(w.text) {
			continue
		}
		e.words[foldWord(w.text)] = true
		for _, part := range parts(w.text) {
			if hasLetter(part) {
				e.words[foldWord(part)] = true
			} else if v, ok := wholeNumber(part); ok && len(part) >= 3 {
				e.facts[fact{v, ""}] = true
			}
		}
	}
}

// others takes what anybody may have written: facts with plain numbers, and words with digits.
func (e *evidence) others(s string) {
	s = plainText(s)
	ns := text.Numbers(s)
	for i, n := range ns {
		if n.Date == "" && !n.Clock && !n.Percent && n.Currency == "" {
			e.facts[fact{n.Value, unitOf(ns, i, s)}] = true
		}
	}
	for _, w := range tokens(s) {
		for _, part := range append(parts(w.text), w.text) {
			switch {
			case !hasDigit(part) || !hasLetter(part):
			case codeShaped(part):
				e.loose[foldWord(part)] = true
			default:
				e.words[foldWord(part)] = true
			}
		}
	}
}

func (e *evidence) attribute(a shop.Attribute) {
	if a.Value.Number != nil {
		if u := unitName(a.Unit); u == "%" {
			e.textures[*a.Value.Number] = true
		} else {
			e.facts[fact{*a.Value.Number, u}] = true
			if u == "" {
				e.facts[fact{*a.Value.Number, anyUnit}] = true
			}
		}
		e.text(a.Value.String() + " " + a.Unit) // as answers write it: not every unit is read as one
	} else {
		e.text(a.Value.Text)
	}
	e.text(a.Name)
}

// anyUnit marks a number whose attribute does not say a unit: an answer may.
const anyUnit = "*"

// unitName is a unit as Numbers reads it.
func unitName(u string) string {
	if u == "" || u == "%" {
		return u
	}
	if ns := text.Numbers("1 " + u); len(ns) == 1 && ns[0].Unit != "" {
		return ns[0].Unit
	}
	return text.Unit(u)
}

// Units that people spell out and catalogues do not.
var (
	spelled      = regexp.MustCompile(`^[\s-]?((?:milli|centi|kilo)?met(?:er|re)|hertz|kilowatt)s?\b`)
	spelledUnits = map[string]string{
		"meter": "m", "metre": "m", "millimeter": "mm", "millimetre": "mm", "centimeter": "cm", "centimetre": "cm", "kilometer": "km", "kilometre": "km",
		"hertz": "hz", "kilowatt": "kw",
	}
)

// unitOf is a number's unit; "2-4 business days" and "16, 32 and 64 GB" have it behind the last number.
func unitOf(ns []text.Number, i int, s string) string {
	n := ns[i]
	if n.Unit != "" {
		return n.Unit
	}
	rest := strings.ToLower(s[n.End:])
	if businessDays.MatchString(rest) {
		return "day"
	}
	if m := spelled.FindStringSubmatch(rest); m != nil {
		return spelledUnits[m[1]]
	}
	if i+1 < len(ns) && unitJoint.MatchString(s[n.End:ns[i+1].Start]) && ns[i+1].Currency == "" && !ns[i+1].Percent {
		return unitOf(ns, i+1, s)
	}
	return ""
}
