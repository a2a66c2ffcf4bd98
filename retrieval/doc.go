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

// Tag and number names with a meaning of their own.
const (
	TagBrand    = "brand"
	TagCategory = "category"
	TagColor    = "color" // English names of base colours, whatever language the catalogue has
	TagMerchant = "merchant"
	TagGroup    = "group"
	TagKind     = "own.kind" // what the title says that it is, of the kinds that we know by name
	NumPrice    = "price"
	NumStock    = "stock"
	NumRating   = "rating"
	NumReviews  = "reviews"
	NumReleased = "released"
	NumDiscount = "discount"
)

// own marks the tag that holds only the product's own values, without its variants': what an exclusion asks.
const own = "own."

// maxTag is the length in bytes of the longest text that is kept as a tag: longer ones are prose.
const maxTag = 64

// ProductDoc is what an index holds of a product, the words of all its languages included. Vector is left nil.
//
// Every attribute with a short text is a tag under its name (folded, spaces kept); every one with a number is a number
// under NumberField(name, unit), in that field's unit. Variants add their values to the tags, never to the numbers unless all agree.
// Memory, storage and screen size are read from the title where no attribute gives them. Price is there only in the shop's currency.
func ProductDoc(p shop.Product, currency string) Doc {
	d := Doc{
		Tenant: p.Tenant, Kind: KindProduct, ID: p.ID,
		Tags: map[string][]string{}, Numbers: map[string]float64{},
		Fields: text.Fields{"title": p.Title, "brand": p.Brand, "model": p.Model, "description": p.Description},
	}
	titles := []string{p.Title}
	attributes := slices.Clone(p.Attributes)
	categories := slices.Clone(p.Categories)
	for _, lang := range sortedKeys(p.Words) {
		w := p.Words[lang]
		add(d.Fields, "title", w.Title)
		add(d.Fields, "description", w.Description)
		if w.Title != "" {
			titles = append(titles, w.Title)
		}
		if w.Category != "" {
			categories = append(categories, w.Category)
		}
		attributes = append(attributes, w.Attributes...)
	}
	for _, c := range categories {
		add(d.Fields, "category", c)
		d.tag(TagCategory, c)
	}
	add(d.Fields, "codes", strings.Join(p.EAN, " "))
	add(d.Fields, "codes", p.ID)
	d.tag(TagBrand, p.Brand)
	d.tag(TagMerchant, p.Merchant)
	d.tag(TagGroup, p.Group)
	for _, a := range attributes {
		d.attribute(a)
		add(d.Fields, "attributes", attributeText(a))
		if isColor(a.Name) {
			for _, c := range Colors(a.Value.Text) {
				d.tag(TagColor, c)
				d.tag(own+TagColor, c)
			}
		}
	}
	for _, t := range titles {
		for _, c := range colorsOfTitle(t, len(d.Tags[own+TagColor]) > 0) {
			d.tag(TagColor, c)
			d.tag(own+TagColor, c)
		}
	}
	for _, t := range titles {
		for _, k := range kindsOfTitle(t) {
			d.tag(TagKind, k)
		}
	}
	for _, v := range p.Variants {
		for _, a := range v.Attributes {
			if a.Value.Number == nil {
				d.tag(text.Fold(a.Name), a.Value.Text)
			}
			add(d.Fields, "variants", attributeText(a))
			if isColor(a.Name) {
				for _, c := range Colors(a.Value.Text) {
					d.tag(TagColor, c)
				}
			}
		}
	}
	d.agreed(p.Variants)
	for _, t := range titles {
		d.measures(t)
	}
	d.facts(p, currency)
	return d
}

func (d *Doc) facts(p shop.Product, currency string) {
	if p.Price != nil && p.Price.Currency == currency {
		d.Numbers[NumPrice] = float64(p.Price.Minor)
		if p.Was != nil && p.Was.Currency == currency && p.Was.Minor > p.Price.Minor {
			d.Numbers[NumDiscount] = math.Round(float64(p.Was.Minor-p.Price.Minor) * 10000 / float64(p.Was.Minor))
		}
	}
	if p.Stock != nil {
		d.Numbers[NumStock] = float64(*p.Stock)
	}
	if p.Rating != nil {
		d.Numbers[NumRating] = *p.Rating
	}
	if p.Reviews != nil {
		d.Numbers[NumReviews] = float64(*p.Reviews)
	}
	if t, err := time.Parse(time.DateOnly, p.Released); err == nil {
		d.Numbers[NumReleased] = float64(t.Unix() / 86400)
	}
}

func (d *Doc) attribute(a shop.Attribute) {
	if a.Value.Number != nil {
		field, factor := NumberField(a.Name, a.Unit)
		if field == "memory_gb" && a.Unit == "" && *a.Value.Number >= 1024 { // feeds that leave the unit out mean MB
			factor = 1.0 / 1024
		}
		if _, ok := d.Numbers[field]; !ok && !reserved(field) {
			d.Numbers[field] = *a.Value.Number * factor
		}
		return
	}
	name := text.Fold(a.Name)
	for v := range strings.SplitSeq(a.Value.Text, ",") {
		d.tag(name, v)
	}
	if f, v, ok := measured(a.Name, a.Value.Text); ok {
		if _, have := d.Numbers[f]; !have {
			d.Numbers[f] = v
		}
	}
}

// agreed takes a number that all variants share and the product itself does not give.
func (d *Doc) agreed(vs []shop.Variant) {
	if len(vs) == 0 {
		return
	}
	for _, a := range vs[0].Attributes {
		if a.Value.Number == nil {
			continue
		}
		same := true
		for _, v := range vs[1:] {
			same = same && slices.ContainsFunc(v.Attributes, func(b shop.Attribute) bool {
				return b.Name == a.Name && b.Unit == a.Unit && b.Value.Number != nil && *b.Value.Number == *a.Value.Number
			})
		}
		if same {
			d.attribute(a)
		}
	}
}

// reserved names are facts of the product, never attributes.
func reserved(field string) bool {
	switch field {
	case NumPrice, NumStock, NumRating, NumReviews, NumReleased, NumDiscount:
		return true
	}
	return false
}

func (d *Doc) tag(name, v string) {
	if len(v) > maxTag {
		return
	}
	if v = text.Fold(v); v == "" || name == "" || slices.Contains(d.Tags[name], v) {
		return
	}
	d.Tags[name] = append(d.Tags[name], v)
}

func attributeText(a shop.Attribute) string {
	v := a.Value.String()
	switch {
	case a.Value.Number == nil && (v == "true" || v == "yes" || v == "Y"):
		return a.Name
	case v == "false" || v == "no" || v == "N":
		return ""
	case a.Unit != "":
		return v + " " + a.Unit
	}
	return v
}

func add(f text.Fields, name, s string) {
	switch {
	case s == "":
	case f[name] == "":
		f[name] = s
	default:
		f[name] += "\n" + s
	}
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// PassageDoc is what an index holds of a passage of a tenant.
func PassageDoc(tenant string, p shop.Passage) Doc {
	d := Doc{
		Tenant: tenant, Kind: KindPassage, ID: p.ID, Numbers: map[string]float64{}, Tags: map[string][]string{},
		Fields: text.Fields{"title": p.Document, "category": p.Section, "description": p.Quote},
	}
	d.tag("document", p.Document)
	d.tag("lang", p.Lang)
	return d
}

// maxEmbedded is how many bytes of a text are embedded: models cut long ones anyway, some refuse them.
const maxEmbedded = 1000

// ProductText is the text of a product that is embedded; nothing else is.
func ProductText(p shop.Product) string {
	s := p.Title
	for _, lang := range sortedKeys(p.Words) {
		if t := p.Words[lang].Title; t != "" && t != p.Title {
			s += "\n" + t
		}
	}
	if c := p.Category(); c != "" {
		s += "\n" + c
	}
	if p.Description != "" && p.Description != p.Title {
		s += "\n" + p.Description
	}
	return cut(s, maxEmbedded)
}

// PassageText is the text of a passage that is embedded.
func PassageText(p shop.Passage) string { return cut(p.Section+"\n"+p.Quote, 2*maxEmbedded) }

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
