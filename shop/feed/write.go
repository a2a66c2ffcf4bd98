package feed

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"shopkeeper/shop"
)

// record is the jsonl product record in the order it is written.
type record struct {
	ID          string            `json:"id"`
	Title       string            `json:"title"`
	Brand       string            `json:"brand,omitempty"`
	Model       string            `json:"model,omitempty"`
	Category    []string          `json:"category,omitempty"`
	Description string            `json:"description,omitempty"`
	Price       *int64            `json:"price_cents,omitempty"`
	Was         *int64            `json:"was_cents,omitempty"`
	Currency    string            `json:"currency,omitempty"`
	EAN         []string          `json:"ean,omitempty"`
	Released    string            `json:"released,omitempty"`
	Image       string            `json:"image,omitempty"`
	URL         string            `json:"url,omitempty"`
	Stock       *int              `json:"stock,omitempty"`
	Rating      *float64          `json:"rating,omitempty"`
	Reviews     *int              `json:"reviews,omitempty"`
	Attrs       bag               `json:"attrs,omitempty"`
	Group       string            `json:"group,omitempty"`
	Merchant    string            `json:"merchant,omitempty"`
	Lang        string            `json:"lang,omitempty"`
	Variants    []variantOut      `json:"variants,omitempty"`
	Words       map[string]inLang `json:"words,omitempty"`
}

type variantOut struct {
	ID    string `json:"id"`
	Attrs bag    `json:"attrs,omitempty"`
	Price *int64 `json:"price_cents,omitempty"`
	Stock *int   `json:"stock,omitempty"`
}

type inLang struct {
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	Category    string `json:"category,omitempty"`
	Attrs       bag    `json:"attrs,omitempty"`

	Values map[string]string `json:"values,omitempty"`
}

// bag is attributes as one object: several values of a name as a list, values that reading would take for something else
// in the exact form {"value", "unit"}.
type bag map[string]any

type exact struct {
	Value shop.Value `json:"value"`
	Unit  string     `json:"unit,omitempty"`
}

func bagOf(as []shop.Attribute) bag {
	if len(as) == 0 {
		return nil
	}
	b := make(bag, len(as))
	for _, a := range as {
		var v any = exact{a.Value, a.Unit}
		if text := a.Value.Text; a.Value.Number != nil && a.Unit == "" {
			v = *a.Value.Number
		} else if a.Value.Number != nil {
			if joined := a.Value.String() + " " + a.Unit; attribute(a.Name, joined).Unit == a.Unit {
				v = joined
			}
		} else if _, _, measure := typed(text); a.Unit == "" && !measure && text != "" {
			v = text
		}
		switch old := b[a.Name].(type) {
		case nil:
			b[a.Name] = v
		case []any:
			b[a.Name] = append(old, v)
		default:
			b[a.Name] = []any{old, v}
		}
	}
	return b
}

// Write writes products in the jsonl format, one a line; Read gives them back as they were. A product whose prices are in
// several currencies is an error: the format has one currency a row.
func Write(w io.Writer, products []shop.Product) error {
	bw := bufio.NewWriterSize(w, 64<<10)
	enc := json.NewEncoder(bw)
	enc.SetEscapeHTML(false)
	for i := range products {
		r, err := recordOf(&products[i])
		if err != nil {
			return err
		}
		if err := enc.Encode(r); err != nil {
			return fmt.Errorf("write product %q: %w", r.ID, err)
		}
	}
	return bw.Flush()
}

func recordOf(p *shop.Product) (record, error) {
	r := record{
		ID: p.ID, Title: p.Title, Brand: p.Brand, Model: p.Model, Category: p.Categories, Description: p.Description, EAN: p.EAN,
		Released: p.Released, Image: p.Image, URL: p.URL, Stock: p.Stock, Rating: p.Rating, Reviews: p.Reviews,
		Attrs: bagOf(p.Attributes), Group: p.Group, Merchant: p.Merchant, Lang: p.Lang,
	}
	mixed := false
	price := func(m *shop.Money) *int64 {
		if m == nil {
			return nil
		}
		mixed = mixed || r.Currency != "" && r.Currency != m.Currency
		r.Currency = m.Currency
		return &m.Minor
	}
	r.Price, r.Was = price(p.Price), price(p.Was)
	for _, v := range p.Variants {
		r.Variants = append(r.Variants, variantOut{v.ID, bagOf(v.Attributes), price(v.Price), v.Stock})
	}
	for lang, x := range p.Words {
		if r.Words == nil {
			r.Words = make(map[string]inLang, len(p.Words))
		}
		r.Words[lang] = inLang{x.Title, x.Description, x.Category, bagOf(x.Attributes), x.Values}
	}
	if mixed {
		return r, fmt.Errorf("write product %q: its prices are in several currencies", p.ID)
	}
	return r, nil
}
