package tools

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"shopkeeper/retrieval"
	"shopkeeper/shop"
)

// wish says a condition in a few words: "under $80.00", "not red", 内存至少 16 GB.
func wish(c shop.Condition, lang string) string {
	value := valueText(c.Value)
	if c.Unit != "" {
		if c.Unit == "%" {
			value += "%"
		} else {
			value += " " + c.Unit
		}
	}
	zh := lang == "zh"
	switch c.Op {
	case "ne", "not_in":
		return either(lang, "not "+value, "不要"+value)
	case "eq", "in":
		if c.Field == "color" || c.Field == "brand" || c.Field == "category" {
			return value
		}
		return fieldWord(c.Field, lang) + " " + value
	}
	if c.Field == "price" {
		words := map[string][2]string{"lt": {"under", "低于"}, "lte": {"up to", "不超过"}, "gt": {"over", "高于"}, "gte": {"from", "不低于"}}[c.Op]
		return either(lang, words[0], words[1]) + " " + value
	}
	if c.Field == "stock" {
		if (c.Op == "gt" || c.Op == "gte") && (value == "0" || value == "1") {
			return either(lang, "in stock", "有货")
		}
	}
	words := map[string][2]string{"lt": {"below", "小于"}, "lte": {"at most", "不超过"}, "gt": {"above", "大于"}, "gte": {"at least", "至少"}}[c.Op]
	if zh {
		return fieldWord(c.Field, lang) + words[1] + " " + value
	}
	return fieldWord(c.Field, lang) + " " + words[0] + " " + value
}

func fieldWord(field, lang string) string {
	if lang == "zh" {
		if w := map[string]string{
			"rating": "评分", "reviews": "评价数", "stock": "库存", "discount": "折扣", "memory": "内存", "storage": "存储", "screen": "屏幕", "weight": "重量",
			"battery": "电池", "battery life": "续航", "power": "功率", "capacity": "容量", "price": "价格", "merchant": "商家", "released": "上市时间",
		}[field]; w != "" {
			return w
		}
	}
	return field
}

func valueText(v any) string {
	switch v := v.(type) {
	case shop.Money:
		return v.String()
	case float64:
		return shop.Num(v).String()
	case []string:
		return strings.Join(v, ", ")
	}
	return fmt.Sprint(v)
}

// shows tells whether a card says, in its title or own attributes, what a condition rules out. Search has checked the product
// already; this is about the words of the language in which it is shown.
func shows(c shop.ProductCard, fs []retrieval.Filter) bool {
	for _, f := range fs {
		if f.Op != retrieval.Ne && f.Op != retrieval.NotIn || f.Number != nil {
			continue
		}
		for _, v := range f.Values {
			if f.Field == retrieval.TagColor && showsColor(c, v) || f.Field == retrieval.TagBrand && strings.EqualFold(c.Brand, v) || hasWord(c.Title, v) {
				return true
			}
			if slices.ContainsFunc(c.Attributes, func(a shop.Attribute) bool {
				return a.Value.Number == nil && hasWord(a.Value.Text, v) && about(a.Name, f.Field)
			}) {
				return true
			}
		}
	}
	return false
}

// about: an attribute can only break a wish about itself, or one about a fact that any attribute may tell.
func about(name, field string) bool {
	name = strings.ToLower(name)
	return name == field || field == retrieval.TagColor || field == retrieval.TagBrand || field == retrieval.TagCategory
}

func showsColor(c shop.ProductCard, color string) bool {
	for _, a := range c.Attributes {
		if colorName(a.Name) && slices.Contains(retrieval.Colors(a.Value.Text), color) {
			return true
		}
	}
	// Chinese titles name colours in words that end in 色: one or two characters before it.
	rs := []rune(c.Title)
	for i, r := range rs {
		if r != '色' {
			continue
		}
		for n := 1; n <= 2 && i-n >= 0; n++ {
			if slices.Contains(retrieval.Colors(string(rs[i-n:i+1])), color) {
				return true
			}
		}
	}
	return false
}

// hasWord finds a whole word, or for scripts without spaces a piece, in a text, whatever its case.
func hasWord(text, word string) bool {
	text, word = strings.ToLower(text), strings.ToLower(word)
	if word == "" {
		return false
	}
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(word)
		if edge(text[:start], word, true) && edge(text[end:], word, false) {
			return true
		}
		from = start + 1
	}
}

// edge: a word ends where letters of its own kind end.
func edge(side, word string, before bool) bool {
	s, w := []rune(side), []rune(word)
	if len(s) == 0 {
		return true
	}
	r, o := s[0], w[len(w)-1]
	if before {
		r, o = s[len(s)-1], w[0]
	}
	return !letter(r) || !letter(o)
}

func letter(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsDigit(r)) && !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}
