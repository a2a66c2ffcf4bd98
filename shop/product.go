package shop

import (
	"encoding/json"
	"strconv"
	"time"
)

// Value is an attribute's value: a text or a number. On the wire it is a JSON string or number.
type Value struct {
	Text   string
	Number *float64
}

// Text and Num make values.
func Text(s string) Value { return Value{Text: s} }
func Num(f float64) Value { return Value{Number: &f} }

// String is the value as a person reads it, without its unit.
func (v Value) String() string {
	if v.Number != nil {
		return strconv.FormatFloat(*v.Number, 'f', -1, 64)
	}
	return v.Text
}

func (v Value) MarshalJSON() ([]byte, error) {
	if v.Number != nil {
		return json.Marshal(*v.Number)
	}
	return json.Marshal(v.Text)
}

func (v *Value) UnmarshalJSON(b []byte) error {
	var f float64
	if json.Unmarshal(b, &f) == nil {
		*v = Num(f)
		return nil
	}
	v.Number = nil
	return json.Unmarshal(b, &v.Text)
}

// Attribute is one typed fact about a product, under a lower-case name ("color", "memory", "weight").
type Attribute struct {
	Name  string `json:"name"`
	Value Value  `json:"value"`
	Unit  string `json:"unit,omitempty"`
}

// Words is what a product says in one more language. Empty fields fall back to the product's own.
type Words struct {
	Title       string            `json:"title,omitempty"`
	Description string            `json:"description,omitempty"`
	Category    string            `json:"category,omitempty"`
	Attributes  []Attribute       `json:"attributes,omitempty"`
	Values      map[string]string `json:"values,omitempty"` // what the values of variants are called
}

// Variant is one buyable form of a product.
type Variant struct {
	ID         string      `json:"id"`
	Attributes []Attribute `json:"attributes"` // what sets it apart: color, size, memory
	Price      *Money      `json:"price,omitempty"`
	Stock      *int        `json:"stock,omitempty"`
}

// Product is one merchant's listing of a product. Lists keep the feed's order; Attributes are sorted by name.
// Unknown is nil, never zero.
type Product struct {
	Tenant      string           `json:"-"`
	ID          string           `json:"id"`
	Lang        string           `json:"lang,omitempty"` // of Title, Description …; "" = the tenant's
	Title       string           `json:"title"`
	Brand       string           `json:"brand,omitempty"`
	Model       string           `json:"model,omitempty"`
	Categories  []string         `json:"categories,omitempty"` // the most telling one last, as in a path
	Description string           `json:"description,omitempty"`
	Merchant    string           `json:"merchant,omitempty"`
	Group       string           `json:"group,omitempty"` // item group of the feed: variants listed apart share it
	EAN         []string         `json:"ean,omitempty"`
	Released    string           `json:"released,omitempty"` // YYYY-MM-DD
	Image       string           `json:"image,omitempty"`    // http(s), or "" = the drawn picture
	URL         string           `json:"url,omitempty"`
	Price       *Money           `json:"price,omitempty"`
	Was         *Money           `json:"was,omitempty"`
	Stock       *int             `json:"stock,omitempty"`
	Rating      *float64         `json:"rating,omitempty"` // 0–5
	Reviews     *int             `json:"reviews,omitempty"`
	Attributes  []Attribute      `json:"attributes,omitempty"`
	Variants    []Variant        `json:"variants,omitempty"`
	Words       map[string]Words `json:"words,omitempty"` // by language, beside the product's own
	Revision    int64            `json:"-"`               // counts up over the tenant's catalogue
}

// Category is the most telling one.
func (p Product) Category() string {
	if len(p.Categories) == 0 {
		return ""
	}
	return p.Categories[len(p.Categories)-1]
}

// In is the product in another language where it has words in it.
func (p Product) In(lang string) Product {
	w, ok := p.Words[lang]
	if !ok {
		return p
	}
	if w.Title != "" {
		p.Title = w.Title
	}
	if w.Description != "" {
		p.Description = w.Description
	}
	if w.Category != "" {
		p.Categories = append(append([]string(nil), p.Categories[:max(0, len(p.Categories)-1)]...), w.Category)
	}
	if len(w.Attributes) > 0 {
		p.Attributes = w.Attributes
	}
	if len(w.Values) > 0 {
		vs := append([]Variant(nil), p.Variants...)
		for i := range vs {
			as := append([]Attribute(nil), vs[i].Attributes...)
			for j := range as {
				if s := w.Values[as[j].Value.Text]; s != "" && as[j].Value.Number == nil {
					as[j].Value = Text(s)
				}
			}
			vs[i].Attributes = as
		}
		p.Variants = vs
	}
	return p
}

// Review is a shopper's text about a product: data, never instructions.
type Review struct {
	ID      string    `json:"id"`
	Product string    `json:"product"`
	Author  string    `json:"author"`
	Rating  int       `json:"rating"`
	Text    string    `json:"text"`
	Lang    string    `json:"lang,omitempty"`
	At      time.Time `json:"at"`
}

// Passage is a citable piece of a document: a policy, a FAQ entry.
type Passage struct {
	ID       string `json:"id"` // document#n
	Document string `json:"document"`
	Section  string `json:"section"`
	Version  string `json:"version"`
	Lang     string `json:"lang,omitempty"`
	Quote    string `json:"quote"`
}
