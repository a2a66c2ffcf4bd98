package rules

import (
	"encoding/json"
	"slices"

	"shopkeeper/shop"
	"shopkeeper/tools"
)

// filterOf is a condition as a card carries it, as a tool takes it.
func filterOf(c shop.Condition) (tools.Filter, bool) {
	f := tools.Filter{Field: c.Field, Op: c.Op, Value: c.Value, Unit: c.Unit}
	switch v := c.Value.(type) {
	case nil:
		return f, false
	case shop.Money:
		f.Value = json.Number(v.Decimal())
	case map[string]any:
		m, ok := moneyOf(v)
		if !ok {
			return f, false
		}
		f.Value = json.Number(m.Decimal())
	case []any:
		if len(v) == 0 {
			return f, false
		}
	}
	if f.Unit == "%" {
		f.Unit = ""
	}
	return f, true
}

// moneyOf reads money out of decoded JSON.
func moneyOf(v any) (shop.Money, bool) {
	switch v := v.(type) {
	case shop.Money:
		return v, true
	case map[string]any:
		minor, ok := v["minor"].(float64)
		currency, ok2 := v["currency"].(string)
		return shop.Money{Minor: int64(minor), Currency: currency}, ok && ok2
	}
	return shop.Money{}, false
}

// valuesOf are the words of a filter's value.
func valuesOf(f tools.Filter) []string {
	switch v := f.Value.(type) {
	case string:
		return []string{v}
	case []string:
		return v
	case []any:
		var out []string
		for _, w := range v {
			if s, ok := w.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

func numberOf(f tools.Filter) (float64, bool) {
	switch v := f.Value.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	case json.Number:
		n, err := v.Float64()
		return n, err == nil
	}
	return 0, false
}

func positive(op string) bool { return op == "eq" || op == "in" }
func negative(op string) bool { return op == "ne" || op == "not_in" }
func upper(op string) bool    { return op == "lt" || op == "lte" }
func lower(op string) bool    { return op == "gt" || op == "gte" }

// with adds a filter: what it contradicts or repeats among the earlier ones goes, the rest stays.
func with(fs []tools.Filter, n tools.Filter) []tools.Filter {
	var out []tools.Filter
	for _, f := range fs {
		if f.Field != n.Field {
			out = append(out, f)
			continue
		}
		switch {
		case negative(f.Op) && negative(n.Op):
			n.Op, n.Value = "not_in", union(valuesOf(f), valuesOf(n))
			continue
		case negative(f.Op) && positive(n.Op):
			if left := minus(valuesOf(f), valuesOf(n)); len(left) > 0 {
				out = append(out, tools.Filter{Field: f.Field, Op: "not_in", Value: left})
			}
			continue
		case positive(f.Op) && negative(n.Op):
			if left := minus(valuesOf(f), valuesOf(n)); len(left) > 0 {
				out = append(out, tools.Filter{Field: f.Field, Op: "in", Value: left})
			}
			continue
		case upper(f.Op) && lower(n.Op) || lower(f.Op) && upper(n.Op):
			a, ok := numberOf(f)
			b, ok2 := numberOf(n)
			if ok && ok2 && f.Unit == n.Unit && (lower(f.Op) && a < b || upper(f.Op) && a > b) {
				out = append(out, f)
			}
			continue
		}
	}
	return append(out, n)
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func minus(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}
