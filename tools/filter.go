package tools

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"shopkeeper/retrieval"
	"shopkeeper/shop"
)

// condition is a wish as retrieval takes it: money in minor units, measures in the unit in which they are kept, colours by
// their base names. Errors are sentences for the model.
func (f Filter) condition(currency string) (retrieval.Filter, error) {
	field := strings.ToLower(clean(f.Field, maxName))
	if field == "" {
		return retrieval.Filter{}, invalid("filters.field", "A filter has no field; name one, such as price, brand or color.")
	}
	if alias, ok := aliases[field]; ok {
		field = alias
	}
	out := retrieval.Filter{Field: field, Op: retrieval.Op(f.Op)}
	ordered := out.Op == retrieval.Lt || out.Op == retrieval.Lte || out.Op == retrieval.Gt || out.Op == retrieval.Gte
	list := out.Op == retrieval.In || out.Op == retrieval.NotIn
	switch v := f.Value.(type) {
	case float64:
		if list {
			return out, invalid("filters.value", "Op %s of filter %q takes a list of strings.", f.Op, field)
		}
		return measure(out, v, f.Unit, currency)
	case string:
		if n, unit, ok := quantity(v); ok && (ordered || numeric(field)) {
			if f.Unit != "" {
				unit = f.Unit
			}
			return measure(out, n, unit, currency)
		}
		if ordered || numeric(field) {
			return out, invalid("filters.value", "Filter %q with op %s needs a number, not %q.", field, f.Op, clean(v, 40))
		}
		return tags(out, []string{v})
	case []any:
		if !list {
			return out, invalid("filters.value", "Op %s of filter %q takes one value; use in or not_in for a list.", f.Op, field)
		}
		if numeric(field) {
			return out, invalid("filters.value", "Filter %q takes numbers with lt, lte, gt, gte or eq, not a list.", field)
		}
		var words []string
		for _, w := range v {
			if s, ok := w.(string); ok {
				words = append(words, s)
			}
		}
		return tags(out, words)
	case []string: // from Go callers, not from JSON
		return tags(out, v)
	}
	return out, invalid("filters.value", "Filter %q has no value; give a string, a number, or a list of strings.", field)
}

// aliases are other words for the fields that have a meaning of their own.
var aliases = map[string]string{
	"colour": retrieval.TagColor, "颜色": retrieval.TagColor, "brand name": retrieval.TagBrand, "品牌": retrieval.TagBrand, "type": retrieval.TagCategory,
	"product type": retrieval.TagCategory, "种类": retrieval.TagCategory, "类别": retrieval.TagCategory, "价格": retrieval.NumPrice,
	"评分": retrieval.NumRating, "库存": retrieval.NumStock, "seller": retrieval.TagMerchant,
}

// numeric fields are facts that are always numbers.
func numeric(field string) bool {
	switch field {
	case retrieval.NumPrice, retrieval.NumRating, retrieval.NumReviews, retrieval.NumStock, retrieval.NumDiscount:
		return true
	}
	return false
}

func measure(out retrieval.Filter, v float64, unit, currency string) (retrieval.Filter, error) {
	if out.Op == retrieval.In || out.Op == retrieval.NotIn {
		return out, invalid("filters.value", "Op %s of filter %q takes a list of strings.", out.Op, out.Field)
	}
	out.Unit = clean(unit, 20)
	switch out.Field {
	case retrieval.NumPrice:
		if v < 0 || v > 1e12 {
			return out, invalid("filters.value", "A price must be between 0 and 1000000000000.")
		}
		v, out.Unit = float64(shop.MoneyOf(v, currency).Minor), ""
	case retrieval.NumRating:
		if v < 0 || v > 5 {
			return out, invalid("filters.value", "A rating must be between 0 and 5.")
		}
		out.Unit = ""
	case retrieval.NumReviews, retrieval.NumStock:
		out.Unit = ""
	case retrieval.NumDiscount:
		v, out.Unit = v*100, "" // percent to basis points
	case retrieval.TagBrand, retrieval.TagCategory, retrieval.TagColor, retrieval.TagMerchant:
		return tags(out, []string{strconv.FormatFloat(v, 'f', -1, 64)})
	default:
		field, factor := retrieval.NumberField(out.Field, out.Unit)
		out.Field, v = field, v*factor
	}
	out.Number = &v
	return out, nil
}

func tags(out retrieval.Filter, words []string) (retrieval.Filter, error) {
	for _, w := range words {
		w = clean(w, 100)
		if out.Field == retrieval.TagColor {
			for _, c := range retrieval.Colors(w) {
				if !slices.Contains(out.Values, c) {
					out.Values = append(out.Values, c)
				}
			}
			continue
		}
		if w != "" {
			out.Values = append(out.Values, w)
		}
	}
	if len(out.Values) == 0 {
		return out, invalid("filters.value", "Filter %q has no value; give a string, a number, or a list of strings.", out.Field)
	}
	return out, nil
}

var amount = regexp.MustCompile(`^[$€£¥￥]?\s*(\d{1,12}(?:\.\d{1,6})?)\s*([^\d\s].{0,19})?$`)

// quantity reads a text that is a number with at most a unit: "16 GB", "$79.90".
func quantity(s string) (n float64, unit string, ok bool) {
	m := amount.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return 0, "", false
	}
	n, err := strconv.ParseFloat(m[1], 64)
	return n, strings.TrimSpace(m[2]), err == nil
}

// units in which NumberField keeps measures, as field suffixes, and how they are written.
var kept = []struct{ suffix, unit string }{
	{"_gb", "GB"}, {"_inch", "inch"}, {"_cm", "cm"}, {"_kg", "kg"}, {"_l", "L"}, {"_w", "W"}, {"_v", "V"}, {"_mah", "mAh"}, {"_hz", "Hz"}, {"_h", "h"},
}

// conditionCard is a filter as people said it: the other way of condition.
func conditionCard(f retrieval.Filter, currency string) shop.Condition {
	c := shop.Condition{Field: f.Field, Op: string(f.Op), Unit: clean(f.Unit, 20)}
	if f.Number == nil {
		words := make([]string, 0, len(f.Values))
		for _, v := range f.Values {
			words = append(words, clean(v, 100))
		}
		switch {
		case f.Op == retrieval.In || f.Op == retrieval.NotIn:
			c.Value = words
		case len(words) == 1:
			c.Value = words[0]
		default: // several values under eq or ne mean any of them
			c.Op, c.Value = map[retrieval.Op]string{retrieval.Ne: "not_in"}[f.Op], words
			if c.Op == "" {
				c.Op = "in"
			}
		}
		return c
	}
	v := *f.Number
	switch f.Field {
	case retrieval.NumPrice:
		c.Value, c.Unit = shop.Money{Minor: int64(v), Currency: currency}, ""
		return c
	case retrieval.NumDiscount:
		c.Value, c.Unit = v/100, "%"
		return c
	}
	for _, k := range kept {
		name, ok := strings.CutSuffix(f.Field, k.suffix)
		if !ok || name == "" {
			continue
		}
		c.Field = strings.ReplaceAll(name, "_", " ")
		if c.Unit == "" {
			c.Unit = k.unit
		}
		if field, factor := retrieval.NumberField(c.Field, c.Unit); field == f.Field && factor != 0 {
			v = round(v / factor)
		} else {
			c.Unit = k.unit
		}
		break
	}
	c.Value = v
	return c
}

// round takes away what dividing by a factor adds to a short number.
func round(v float64) float64 {
	if r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 9, 64), 64); err == nil {
		return r
	}
	return v
}

func understood(u retrieval.Understood, currency, lang string) shop.UnderstoodCard {
	c := shop.UnderstoodCard{
		Query: clean(u.Query, 500), Filters: []shop.Condition{}, Sort: u.Sort, Corrected: clean(u.Corrected, 500), Relaxed: []shop.Relaxation{},
	}
	for _, f := range u.Filters {
		c.Filters = append(c.Filters, conditionCard(f, currency))
	}
	for _, r := range u.Relaxed {
		x := shop.Relaxation{Condition: conditionCard(r.From, currency)}
		if r.To != nil {
			to := conditionCard(*r.To, currency)
			x.To = &to
			x.Reason = either(lang, "nothing was "+wish(x.Condition, lang)+"; widened to "+wish(to, lang), "没有"+wish(x.Condition, lang)+"的商品，已放宽到"+wish(to, lang))
		} else {
			x.Reason = either(lang, "nothing was left with “"+wish(x.Condition, lang)+"”", "加上“"+wish(x.Condition, lang)+"”就没有商品了")
		}
		c.Relaxed = append(c.Relaxed, x)
	}
	return c
}
