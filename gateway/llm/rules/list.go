package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"shopkeeper/prompts"
	"shopkeeper/retrieval"
	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

// tell says what a search found: what was read differently, taken as another currency or let go, then what there is. Three
// sentences are as much as people read above a row of cards: what comes first is said instead of what comes last.
func (t *turn) tell(card shop.ProductsCard, how told) {
	u, before := card.Understood, 0
	if u.Corrected != "" {
		t.say("repaired", prompts.Say{Corrected: clip(clean(u.Corrected), 120)})
		before++
	}
	if t.currency(u, how.said) {
		before++
	}
	let := t.relaxed(u)
	if len(let) > 0 {
		before++
	}
	var wishes []string
	for _, c := range u.Filters {
		if w := t.wish(c); w != "" && !let[key(c)] && !(c.Field == retrieval.TagCategory && positive(c.Op)) {
			wishes = append(wishes, w)
		}
	}
	say := prompts.Say{
		Query: asked(u), Total: card.Total, More: card.Total > len(card.Shown), Many: len(card.Shown) > 1, Wishes: wishes,
		Kind: how.kind, From: how.from, Amount: how.amount,
	}
	if len(card.Shown) == 0 {
		t.say("none", say)
		if len(wishes) > 0 {
			t.offerLess(len(wishes))
		}
		return
	}
	if b := unbranded(u.Query, card.Shown); b != "" && !t.offered("no_brand", prompts.Say{Value: b}) { // once is enough
		t.say("no_brand", prompts.Say{Value: b})
		before++
	}
	at := 0 // of the product that is told of
	switch how.block {
	case "cheaper", "dearer":
		say.Wishes = how.before
		t.say(how.block, say)
	case "more":
		if how.seen < len(card.Shown) {
			at, say.Other.N = how.seen, how.seen+1
		}
		t.say("more", say)
	case "gift":
		t.say("gift", say)
		t.say("found", prompts.Say{Total: card.Total, More: say.More, Wishes: wishes})
		before++
	default:
		t.say("found", say)
	}
	if how.sorted || u.Sort != "" && how.block == "" {
		t.say("sorted", prompts.Say{Kind: u.Sort})
		before++
	}
	if before < 2 {
		t.lead(card, at, before == 0 && at == 0)
	}
	switch {
	case len(card.Shown) == 1:
		t.say("next_one", say)
	case len(wishes) > 0 && how.block == "":
		t.say("next_limits", say)
	default:
		t.say("next_many", say)
	}
}

// unbranded is a brand that the words name and none of the products shown is of; "" = none.
func unbranded(query string, list []shop.ProductCard) string {
	for _, b := range retrieval.NamedBrands(query) {
		if !slices.ContainsFunc(list, func(p shop.ProductCard) bool {
			return retrieval.SameBrand(p.Brand, b) || strings.Contains(text.Fold(p.Title), text.Fold(b))
		}) {
			return b
		}
	}
	return ""
}

// relaxed says in one sentence what was let go, and returns which conditions are meant.
func (t *turn) relaxed(u shop.UnderstoodCard) map[string]bool {
	let := map[string]bool{}
	var all prompts.Say
	for _, r := range u.Relaxed {
		let[key(r.Condition)] = true
		from := t.wish(r.Condition)
		if r.To != nil {
			all.Values = append(all.Values, t.wish(*r.To))
		} else {
			all.Wishes = append(all.Wishes, from)
		}
		if len(u.Relaxed) == 1 {
			say := prompts.Say{From: from, Reason: clean(r.Reason)}
			if r.To != nil {
				say.To = t.wish(*r.To)
			}
			t.say("relaxed", say)
		}
	}
	if len(u.Relaxed) > 1 {
		t.say("relaxed_all", all)
	}
	return let
}

// offerLess offers to search with fewer limits.
func (t *turn) offerLess(limits int) {
	switch {
	case limits == 0:
		t.say("next_kind", prompts.Say{})
	case limits == 1:
		t.say("offer_drop", prompts.Say{})
	default:
		t.say("offer_which", prompts.Say{})
	}
}

// asked is what was searched for, as an answer repeats it: without the colours that stand among the limits.
func asked(u shop.UnderstoodCard) string {
	var fs []tools.Filter
	for _, c := range u.Filters {
		if f, ok := filterOf(c); ok {
			fs = append(fs, f)
		}
	}
	q := strings.ReplaceAll(clean(withoutColors(u.Query, fs)), " ,", ",")
	if codeLike.MatchString(q) {
		return "" // repeated, a word of letters and digits or "3 for 2" would read as a code or an offer of the shop's
	}
	return clip(strings.Trim(q, " ,，、;"), 80)
}

var codeLike = re(`(?i)[a-z][a-z-]*\d|%|[$€£¥]|\d for \d|\bbuy \w+,? (?:and )?get\b|买\pL{1,2}送|[\d一二三四五六七八九]折|半价|\bhalf (?:the )?price`)

func key(c shop.Condition) string { return fmt.Sprint(c.Field, c.Op, c.Value) }

// lead says what the product at a place costs and how it is rated, and which is the cheapest when that is another.
func (t *turn) lead(card shop.ProductsCard, at int, lowest bool) {
	say := prompts.Say{Many: len(card.Shown) > 1, First: item(card.Shown[at], at+1)}
	if say.First.Price != "" {
		t.say("lead", say)
	}
	low := 0
	for i, p := range card.Shown {
		if p.Price == nil || card.Shown[low].Price == nil || p.Price.Currency != card.Shown[low].Price.Currency {
			return
		}
		if p.Price.Minor < card.Shown[low].Price.Minor {
			low = i
		}
	}
	if lowest && low > 0 && len(card.Shown) > 2 {
		t.say("lowest", prompts.Say{Other: item(card.Shown[low], low+1)})
	}
}

// currency says as what an amount was taken that was said in another currency than the shop's; false: there was none.
func (t *turn) currency(u shop.UnderstoodCard, said string) bool {
	if said == "" {
		return false
	}
	var amounts []shop.Money
	for _, c := range u.Filters {
		if m, ok := moneyOf(c.Value); ok && c.Field == retrieval.NumPrice {
			amounts = append(amounts, m)
		}
	}
	if len(amounts) == 0 {
		return false
	}
	shopIn := amounts[0].Currency
	foreign := slices.ContainsFunc(text.Numbers(said), func(n text.Number) bool {
		return n.Currency != "" && n.Currency != shopIn && !(n.Currency == "JPY" && shopIn == "CNY" || n.Currency == "CNY" && shopIn == "JPY")
	})
	if !foreign {
		return false
	}
	var names []string
	for _, m := range amounts {
		if s := m.String(); !slices.Contains(names, s) {
			names = append(names, s)
		}
	}
	and := " and "
	if t.zh {
		and = " 至 "
	}
	t.say("currency", prompts.Say{Amount: strings.Join(names, and), Currency: shopIn})
	return true
}

// field is the name of a fact in the answer's language.
func (t *turn) field(name string) string {
	if s := t.block("field", prompts.Say{Field: strings.ToLower(name)}); s != "" {
		return clip(clean(s), 40)
	}
	return clip(clean(name), 40)
}

// colorsZh are base colours as Chinese says them.
var colorsZh = map[string]string{
	"black": "黑色", "white": "白色", "gray": "灰色", "silver": "银色", "red": "红色", "blue": "蓝色", "green": "绿色", "yellow": "黄色", "orange": "橙色", "pink": "粉色",
	"purple": "紫色", "brown": "棕色", "beige": "米色", "gold": "金色", "transparent": "透明", "multicolor": "彩色",
}

// wish is a condition in a few words: under $50.00, not red, 内存至少 16 GB.
func (t *turn) wish(c shop.Condition) string {
	say := prompts.Say{Field: c.Field, Op: c.Op, Unit: t.unit(c.Unit), From: t.field(c.Field)}
	switch v := c.Value.(type) {
	case string:
		say.Values = []string{v}
	case []any:
		for _, w := range v {
			say.Values = append(say.Values, fmt.Sprint(w))
		}
	case []string:
		say.Values = v
	case float64:
		say.Value = shop.Num(v).String()
		if c.Field == retrieval.NumReleased {
			say.Value = fmt.Sprint(time.Unix(int64(v)*86400, 0).UTC().Year())
		}
	default:
		m, ok := moneyOf(v)
		if !ok {
			return ""
		}
		say.Value = m.String()
	}
	if len(say.Values) > 0 {
		names := make([]string, 0, len(say.Values))
		for _, v := range say.Values {
			if t.zh && c.Field == retrieval.TagColor && colorsZh[v] != "" {
				v = colorsZh[v]
			}
			if c.Field == retrieval.TagBrand {
				v = t.brandText(v)
			}
			names = append(names, clip(clean(v), 40))
		}
		say.Value = t.block("either", prompts.Say{Names: names})
	}
	return t.block("wish", say)
}

// unit is a unit as the answer's language writes it.
func (t *turn) unit(u string) string {
	switch u = clean(u); strings.ToLower(u) {
	case "inch", "in":
		if t.zh {
			return "英寸"
		}
	case "h": // alone it is read as a letter
		if t.zh {
			return "小时"
		}
		return "hours"
	}
	return unitText(u)
}

// unitText is a unit as people write it.
func unitText(u string) string {
	u = clean(u)
	switch strings.ToLower(u) {
	case "kb", "mb", "gb", "tb", "w", "v", "l":
		return strings.ToUpper(u)
	case "kw":
		return "kW"
	case "mah":
		return "mAh"
	case "hz":
		return "Hz"
	}
	return u
}

// brandText is a brand as the products shown write it, or with a capital.
func (t *turn) brandText(v string) string {
	for _, list := range [][]shop.ProductCard{t.now.list, t.mem.card.Shown, t.mem.focus} {
		for _, b := range brandsOf(list) {
			if text.Fold(b) == text.Fold(v) {
				return b
			}
		}
	}
	return capital(v)
}

// wishesOf are a view's limits in words.
func (t *turn) wishesOf(v view) []string {
	var out []string
	for _, f := range v.filters {
		if f.Field == retrieval.TagCategory && positive(f.Op) {
			continue
		}
		if w := t.wish(t.conditionOf(f)); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// conditionOf is a filter as a card would carry it; amounts take the currency of what was shown.
func (t *turn) conditionOf(f tools.Filter) shop.Condition {
	c := shop.Condition{Field: f.Field, Op: f.Op, Value: f.Value, Unit: f.Unit}
	n, ok := numberOf(f)
	switch {
	case ok && f.Field == retrieval.NumPrice:
		c.Value = shop.MoneyOf(n, t.shopCurrency())
	case ok:
		c.Value = n
		if f.Field == retrieval.NumDiscount {
			c.Unit = "%"
		}
	}
	return c
}

func (t *turn) shopCurrency() string {
	for _, list := range [][]shop.ProductCard{t.now.list, t.mem.card.Shown, t.mem.focus} {
		for _, p := range list {
			if p.Price != nil {
				return p.Price.Currency
			}
		}
	}
	return "USD"
}
