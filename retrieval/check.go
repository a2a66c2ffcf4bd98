package retrieval

import (
	"slices"
	"strings"
	"unicode/utf8"

	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
)

// obeys says whether a product as it is shown, which may be newer than the index, meets every wish. An exclusion also holds for
// its title and its own attributes.
func (x *run) obeys(p shop.Product, fs []Filter) bool {
	if len(fs) == 0 {
		return true
	}
	d := x.doc(p)
	for _, f := range fs {
		if !meets(*d, f) {
			return false
		}
		if f.Number == nil && (f.Op == Ne || f.Op == NotIn) {
			for _, v := range f.Values {
				if shows(p, f.Field, v) {
					return false
				}
			}
		}
	}
	return true
}

// meets asks a document as an index would.
func meets(d Doc, f Filter) bool {
	if f.Field == FieldWords {
		return true
	}
	if f.Number != nil {
		v, ok := d.Numbers[f.Field]
		switch f.Op {
		case Eq:
			return ok && v == *f.Number
		case Ne:
			return !ok || v != *f.Number
		case Lt:
			return ok && v < *f.Number
		case Lte:
			return ok && v <= *f.Number
		case Gt:
			return ok && v > *f.Number
		case Gte:
			return ok && v >= *f.Number
		}
		return false
	}
	field := f.Field
	out := f.Op == Ne || f.Op == NotIn
	if out && field == TagColor {
		field = own + TagColor
	}
	return slices.ContainsFunc(d.Tags[field], func(v string) bool { return slices.Contains(f.Values, v) }) != out
}

// shows says whether a value stands in what a card shows of a product: its titles, brand, model, categories and own attributes.
func shows(p shop.Product, field, value string) bool {
	seen := func(s string) bool { return s != "" && mentions(s, field, value) }
	if seen(p.Title) || seen(p.Brand) || seen(p.Model) || slices.ContainsFunc(p.Categories, seen) {
		return true
	}
	attribute := func(a shop.Attribute) bool {
		if field == TagColor && isColor(a.Name) && slices.Contains(Colors(a.Value.Text), value) {
			return true
		}
		return seen(attributeText(a)) || field == FieldWords && a.Value.Number != nil && *a.Value.Number != 0 && seen(a.Name)
	}
	if slices.ContainsFunc(p.Attributes, attribute) {
		return true
	}
	for _, w := range p.Words {
		if seen(w.Title) || seen(w.Category) || slices.ContainsFunc(w.Attributes, attribute) {
			return true
		}
	}
	return false
}

// mentions says whether a text says a value in so many words; a colour by any of its names, a brand in any of its spellings.
func mentions(s, field, value string) bool {
	switch field {
	case TagColor:
		return slices.Contains(colorsOfTitle(s, false), value)
	case TagBrand:
		return says(s, value) || slices.ContainsFunc(brandNames[value], func(v string) bool { return len(v) > 2 && says(s, v) })
	}
	return says(s, value)
}

// says finds a value in a text: Latin words by their stems, others as they stand.
func says(s, value string) bool {
	if r, _ := utf8.DecodeRuneInString(value); r >= 0x2e80 {
		return strings.Contains(text.Fold(s), value)
	}
	var want, have []string
	for _, t := range text.Tokens(value) {
		want = append(want, t.Term)
	}
	for _, t := range text.Tokens(s) {
		have = append(have, t.Term)
	}
	if len(want) == 0 {
		return false
	}
	for i := 0; i+len(want) <= len(have); i++ {
		if slices.Equal(have[i:i+len(want)], want) {
			return true
		}
	}
	return false
}
