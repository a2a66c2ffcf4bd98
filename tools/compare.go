package tools

import (
	"context"
	_ "embed"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"shopkeeper/retrieval"
	"shopkeeper/shop"
)

//go:embed compare_products.md
var compareText string

const maxRows = 40

type compareOut struct {
	shop.CompareCard
	Note string `json:"note,omitempty"`
}

func compareProducts(d Deps) Tool {
	return New(Spec{Name: "compare_products", Description: compareText, Public: []string{"ids"}}, d.compare, View[CompareInput, shop.CompareCard]{
		Schema: func(s *jsonschema.Schema) {
			s.Properties["ids"] = &jsonschema.Schema{
				Type: "array", MinItems: jsonschema.Ptr(2), MaxItems: jsonschema.Ptr(5), UniqueItems: true, Items: text(&jsonschema.Schema{Type: "string"}, 1, 200),
			}
		},
		Cards: func(sc Scope, _ CompareInput, out shop.CompareCard) []shop.Card { return cards("compare", sc, out) },
		Line: func(sc Scope, _ CompareInput, out shop.CompareCard) string {
			n := grouped(len(out.Products))
			return either(sc.Lang, "Compared "+n+" products", "对比了 "+n+" 件商品")
		},
		Model: func(_ Scope, _ CompareInput, out shop.CompareCard) (any, error) {
			out.Products = slices.Clone(out.Products)
			for i := range out.Products {
				p := &out.Products[i]
				p.Image, p.URL, p.Attributes = "", "", []shop.Attribute{} // the rows have them
			}
			return compareOut{out, quotedNote}, nil
		},
	})
}

func (d Deps) compare(ctx context.Context, sc Scope, in CompareInput) (shop.CompareCard, error) {
	ps, err := d.read(ctx, sc.Who.Tenant, slices.Clone(in.IDs)...)
	if err != nil {
		return shop.CompareCard{}, err
	}
	ds := d.deals(ctx, sc.For, sc.Lang, sc.Now)
	out := shop.CompareCard{}
	for i, p := range ps {
		out.Products = append(out.Products, productCard(p, sc.Lang, inList, nil, ds.chip(p, d.currency(sc.Who.Tenant))))
		ps[i] = p.In(sc.Lang)
	}
	out.Rows = rows(ps)
	return out, nil
}

// rows are the facts of products side by side: the shop's own first, then the attributes in the order in which they come.
func rows(ps []shop.Product) []shop.CompareRow {
	n := len(ps)
	prices, ratings := newRow("price", n), newRow("rating", n)
	stock, brand := newRow("stock", n), newRow("brand", n)
	currency := ""
	comparable := true
	for i, p := range ps {
		if p.Price != nil {
			prices.put(i, shop.Text(p.Price.String()), float64(p.Price.Minor))
			comparable = comparable && (currency == "" || currency == p.Price.Currency)
			currency = p.Price.Currency
		}
		if p.Rating != nil {
			ratings.put(i, shop.Num(*p.Rating), *p.Rating)
		}
		if p.Stock != nil {
			stock.put(i, shop.Num(float64(*p.Stock)), float64(*p.Stock))
		}
		if b := clean(p.Brand, maxName); b != "" {
			brand.put(i, shop.Text(b), 0)
		}
	}
	if comparable {
		prices.best(-1)
	}
	ratings.best(+1)
	var out []shop.CompareRow
	for _, r := range []*row{prices, ratings, stock, brand} {
		if r.known > 0 {
			out = append(out, r.CompareRow)
		}
	}
	for _, r := range attributeRows(ps) {
		if len(out) == maxRows {
			break
		}
		out = append(out, r.CompareRow)
	}
	return out
}

// row is a CompareRow under way: numbers stands beside Values, for what can be ordered.
type row struct {
	shop.CompareRow
	numbers []float64
	known   int
}

func newRow(name string, n int) *row {
	return &row{CompareRow: shop.CompareRow{Name: name, Values: make([]*shop.Value, n)}, numbers: make([]float64, n)}
}

func (r *row) put(i int, v shop.Value, number float64) {
	if r.Values[i] == nil {
		r.Values[i], r.numbers[i] = &v, number
		r.known++
	}
}

// best marks the one product whose number is the highest (direction +1) or lowest (-1). Where one is unknown, or two are
// alike, no product is better.
func (r *row) best(direction float64) {
	if r.known < len(r.Values) {
		return
	}
	at, tie := 0, false
	for i := 1; i < len(r.numbers); i++ {
		switch d := (r.numbers[i] - r.numbers[at]) * direction; {
		case d > 0:
			at, tie = i, false
		case d == 0:
			tie = true
		}
	}
	if !tie {
		r.Better = &at
	}
}

// directions in which a measure is better, by the names under which retrieval keeps measures. For all others it depends on what
// the shopper wants.
var directions = map[string]float64{
	"memory_gb": +1, "storage_gb": +1, "battery_mah": +1, "battery_life_h": +1, "weight_kg": -1, "warranty": +1, "warranty_year": +1,
	"warranty_years": +1, "warranty_month": +1, "refresh_rate_hz": +1, "noise_db": -1, "noise_level_db": -1, "resolution_mp": +1,
}

// attributeRows join what several products say under one name: numbers are the same measure when retrieval keeps them under one
// field, whatever their units; texts when their names are equal.
func attributeRows(ps []shop.Product) []*row {
	type measured struct {
		*row
		field     string
		direction float64
		units     map[string]bool
		scaled    []float64 // in the unit in which retrieval keeps the field
	}
	var out []*measured
	byKey := map[string]*measured{}
	for i, p := range ps {
		for _, a := range p.Attributes {
			name, unit := clean(a.Name, maxName), clean(a.Unit, 20)
			v := a.Value
			if v.Number == nil {
				v.Text = clean(v.Text, maxValue)
				if f, u, ok := quantity(v.Text); ok && u != "" && unit == "" && knownUnit(name, u) {
					v, unit = shop.Num(f), u
				}
			}
			if name == "" || v.Number == nil && v.Text == "" {
				continue
			}
			key, field, number := "text "+strings.ToLower(name), "", 0.0
			if v.Number != nil {
				var factor float64
				field, factor = retrieval.NumberField(name, unit)
				key, number = "number "+field, *v.Number*factor
			}
			m := byKey[key]
			if m == nil {
				m = &measured{row: newRow(name, len(ps)), field: field, direction: directions[field], units: map[string]bool{}, scaled: make([]float64, len(ps))}
				byKey[key], out = m, append(out, m)
			}
			if m.Values[i] != nil {
				continue
			}
			if v.Number != nil {
				m.units[unit], m.scaled[i] = true, round(number)
			}
			m.put(i, v, number)
			m.Unit = unit
		}
	}
	rows := make([]*row, 0, len(out))
	for _, m := range out {
		if len(m.units) > 1 { // one unit for all: the one in which they are kept
			for i := range m.Values {
				if m.Values[i] != nil {
					v := shop.Num(m.scaled[i])
					m.Values[i] = &v
				}
			}
			m.Unit = keptUnit(m.field)
		}
		if m.direction != 0 {
			m.best(m.direction)
		}
		rows = append(rows, m.row)
	}
	return rows
}

func keptUnit(field string) string {
	for _, k := range kept {
		if strings.HasSuffix(field, k.suffix) {
			return k.unit
		}
	}
	return ""
}

// knownUnit tells whether retrieval keeps a measure of this name and unit in a unit of its own: then a text is a number.
func knownUnit(name, unit string) bool {
	field, _ := retrieval.NumberField(name, unit)
	return keptUnit(field) != ""
}
