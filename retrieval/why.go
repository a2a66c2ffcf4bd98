package retrieval

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"shopkeeper/shop"
)

// mostWhy is how many reasons a product gets.
const mostWhy = 4

// why says in the query's language which wishes a product meets, with its own values.
func (x *run) why(p shop.Product) []string {
	zh := x.r.lang == "zh"
	say := func(en, cn string, args ...any) string {
		if zh {
			return fmt.Sprintf(cn, args...)
		}
		return fmt.Sprintf(en, args...)
	}
	out := []string{}
	for _, f := range x.filters {
		if !meets(*x.doc(p), f) {
			continue
		}
		line := ""
		switch {
		case f.Field == NumPrice && p.Price != nil && f.Op != Gte && f.Op != Gt:
			line = say("%s, within your limit", "价格 %s，符合预算", p.Price)
		case f.Field == NumPrice && p.Price != nil && !slices.ContainsFunc(x.filters, func(o Filter) bool { return o.Field == NumPrice && o.Op != f.Op }):
			line = say("%s, as you asked", "价格 %s，符合要求", p.Price)
		case f.Field == NumRating && p.Rating != nil:
			line = say("Rated %s of 5", "评分 %s（满分 5）", shop.Num(*p.Rating))
		case f.Field == NumStock && p.Stock != nil:
			line = say("In stock", "有货")
		case f.Field == NumDiscount && p.Was != nil:
			line = say("Reduced from %s", "原价 %s", p.Was)
		case f.Field == NumReviews && p.Reviews != nil:
			line = say("%d reviews", "%d 条评价", *p.Reviews)
		case f.Field == NumReleased && p.Released != "":
			line = say("Released %s", "发布于 %s", p.Released)
		case f.Number != nil && !reserved(f.Field):
			line = measureLine(p, f)
		case f.Op == Ne || f.Op == NotIn:
			line = say("Not %s", "不含%s", x.names(f, zh))
		case f.Field == TagBrand:
			line = say("By %s", "品牌：%s", p.Brand)
		case f.Field == TagColor:
			line = say("Comes in %s", "有%s可选", x.names(f, zh))
		}
		if line != "" && !slices.Contains(out, line) && len(out) < mostWhy {
			out = append(out, line)
		}
	}
	if len(out) < mostWhy && slices.Contains(x.r.brands, strings.ToLower(p.Brand)) {
		out = append(out, say("By %s", "品牌：%s", p.Brand))
	}
	switch {
	case len(out) >= mostWhy:
	case x.sort == "-"+NumRating && p.Rating != nil:
		out = append(out, say("Rated %s of 5", "评分 %s（满分 5）", shop.Num(*p.Rating)))
	case x.sort == "-"+NumReleased && p.Released != "":
		out = append(out, say("Released %s", "发布于 %s", p.Released))
	}
	return slices.Compact(out)
}

// names are a filter's values as they are said.
func (x *run) names(f Filter, zh bool) string {
	vs := slices.Clone(f.Values)
	if zh && f.Field == TagColor {
		for i, v := range vs {
			for _, w := range colorWords[v] {
				if strings.HasSuffix(w, "色") {
					vs[i] = w
					break
				}
			}
		}
	}
	if f.Field == TagBrand {
		for i, v := range vs {
			if len(v) <= 3 {
				vs[i] = strings.ToUpper(v)
			} else if v[0] < utf8.RuneSelf {
				vs[i] = strings.ToUpper(v[:1]) + v[1:]
			}
		}
	}
	if zh {
		return strings.Join(vs, "、")
	}
	return strings.Join(vs, " or ")
}

// measureLine is the product's own attribute that a limit is about.
func measureLine(p shop.Product, f Filter) string {
	for _, a := range p.Attributes {
		field, _ := NumberField(a.Name, a.Unit)
		if a.Value.Number == nil {
			m, _, ok := measured(a.Name, a.Value.Text)
			if !ok {
				continue
			}
			field = m
		}
		if field == f.Field {
			return strings.TrimSpace(fmt.Sprintf("%s: %s %s", a.Name, a.Value, a.Unit))
		}
	}
	return ""
}
