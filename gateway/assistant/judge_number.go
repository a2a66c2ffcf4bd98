package assistant

import (
	"math"
	"regexp"
	"strings"

	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
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

// number says whether a number is bound. before and after are the text around it, lit is how it is written.
func (e *evidence) number(n text.Number, before, lit, after string, other *text.Number) bool {
	before = clause(before)
	low, rest := strings.ToLower(before), strings.ToLower(after)
	if other != nil && n.Unit == "" && n.Currency == "" && !n.Percent {
		n.Unit, n.Currency, n.Percent = other.Unit, other.Currency, other.Percent
	}
	n.Value = math.Round(n.Value*1e6) / 1e6 // of 1.1折 88.99999999999999 is taken off
	limit := limitLeft.MatchString(low) || limitRight.MatchString(rest)
	cents := n.Currency == "" && centsRight.MatchString(rest)
	switch {
	case n.Date != "":
		return e.date(n.Date)
	case n.Clock:
		late := strings.HasSuffix(before, "下午") || strings.HasSuffix(before, "晚上") // left outside: they begin no number
		return e.clocks[n.Value] || late && n.Value < 12 && e.clocks[n.Value+12]
	case n.Currency == "" && !n.Percent && e.literal[lit]:
		return true
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
	if strings.HasSuffix(strings.TrimRight(low, " "), "第") && !measured(n) { // the second one, the second unit
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
		return e.dayFromNow(days)
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
