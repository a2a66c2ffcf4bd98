package tools

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"shopkeeper/retrieval"
	"shopkeeper/shop"
)

//go:embed search_products.md
var searchText string

const (
	defaultShown = 6
	maxShown     = 20
	maxFacet     = 10       // values of one facet
	maxListBytes = 40 << 10 // what a model reads of a list
)

var sorts = []any{"price", "-price", "-rating", "-reviews", "-released", "-discount"}

// searchOut is ProductsCard with the note that goes with other people's texts.
type searchOut struct {
	shop.ProductsCard
	Note string `json:"note,omitempty"`
}

func searchProducts(d Deps) Tool {
	return New(Spec{
		Name: "search_products", Description: searchText, Public: []string{"query", "alternatives", "filters", "sort", "limit"},
	}, d.search, View[SearchInput, shop.ProductsCard]{
		Hidden: []string{"peek"},
		Schema: searchSchema,
		Check: func(in SearchInput) error {
			if strings.TrimSpace(in.Query) == "" {
				return invalid("query", "The query of search_products is empty; put the shopper's words in it.")
			}
			for _, f := range in.Filters {
				if _, err := f.condition("USD"); err != nil {
					return err
				}
			}
			return nil
		},
		Cards: func(sc Scope, in SearchInput, out shop.ProductsCard) []shop.Card {
			if in.Peek {
				return nil
			}
			return cards("products", sc, out)
		},
		Model: func(_ Scope, _ SearchInput, out shop.ProductsCard) (any, error) { return listForModel(out) },
		Line:  searchLine,
	})
}

func searchSchema(s *jsonschema.Schema) {
	p := s.Properties
	text(p["query"], 1, 500)
	p["alternatives"] = &jsonschema.Schema{Type: "array", MaxItems: jsonschema.Ptr(8), Items: text(&jsonschema.Schema{Type: "string"}, 1, 200)}
	f := p["filters"].Items
	p["filters"] = &jsonschema.Schema{Type: "array", MaxItems: jsonschema.Ptr(16), Items: f}
	text(f.Properties["field"], 1, maxName)
	f.Properties["op"].Enum = []any{"eq", "ne", "in", "not_in", "lt", "lte", "gt", "gte"}
	text(f.Properties["unit"], 0, 20)
	f.Properties["value"] = &jsonschema.Schema{Description: "a string, a number, or for in and not_in a list of strings", AnyOf: []*jsonschema.Schema{
		text(&jsonschema.Schema{Type: "string"}, 1, 100),
		{Type: "number", Minimum: jsonschema.Ptr(-1e12), Maximum: jsonschema.Ptr(1e12)},
		{Type: "array", MinItems: jsonschema.Ptr(1), MaxItems: jsonschema.Ptr(20), Items: text(&jsonschema.Schema{Type: "string"}, 1, 100)},
	}}
	p["sort"].Enum = append([]any{""}, sorts...)
	p["limit"].Minimum, p["limit"].Maximum = jsonschema.Ptr(0.0), jsonschema.Ptr(float64(maxShown))
}

// text bounds a string's length in characters.
func text(s *jsonschema.Schema, least, most int) *jsonschema.Schema {
	if least > 0 {
		s.MinLength = &least
	}
	s.MaxLength = &most
	return s
}

func (d Deps) search(ctx context.Context, sc Scope, in SearchInput) (shop.ProductsCard, error) {
	currency := d.currency(sc.Who.Tenant)
	q := retrieval.Query{
		Tenant: sc.Who.Tenant, Kind: retrieval.KindProduct, Text: clean(in.Query, 500), Lang: sc.Lang, Sort: in.Sort,
		Facets: facets, Limit: cmp.Or(in.Limit, defaultShown),
	}
	for _, a := range in.Alternatives {
		q.Alternatives = append(q.Alternatives, clean(a, 200))
	}
	for _, f := range in.Filters {
		c, err := f.condition(currency)
		if err != nil {
			return shop.ProductsCard{}, err
		}
		q.Filters = append(q.Filters, c)
	}
	facts := inList
	if in.Peek { // for a reader that compares measures: no card shows it
		facts = alone
	}
	return d.list(ctx, q, sc.For, sc.Now, currency, facts)
}

var facets = []string{retrieval.TagCategory, retrieval.TagBrand, retrieval.TagColor}

// list runs a query and makes the card of what it found.
func (d Deps) list(ctx context.Context, q retrieval.Query, who shop.Principal, now time.Time, currency string, facts size) (shop.ProductsCard, error) {
	a, err := d.Search.Search(ctx, q)
	if err != nil {
		return shop.ProductsCard{}, err
	}
	if q.Limit > 0 && len(a.Products) > q.Limit {
		a.Products = a.Products[:q.Limit]
	}
	ds := d.deals(ctx, who, q.Lang, now)
	out := shop.ProductsCard{Total: max(a.Total, len(a.Products)), Shown: []shop.ProductCard{}, Facets: []shop.FacetCard{}}
	for _, p := range a.Products {
		c := productCard(p, q.Lang, facts, a.Why[p.ID], ds.chip(p, currency))
		if shows(c, a.Understood.Filters) {
			out.Total-- // its words in this language say what the shopper ruled out
			continue
		}
		out.Shown = append(out.Shown, c)
	}
	for _, f := range a.Facets {
		if fc := d.facetCard(f, q.Tenant, q.Lang); len(fc.Values) > 0 {
			out.Facets = append(out.Facets, fc)
		}
	}
	out.Understood = understood(a.Understood, currency, q.Lang)
	return out, nil
}

func (d Deps) facetCard(f retrieval.Facet, tenant, lang string) shop.FacetCard {
	c := shop.FacetCard{Field: clean(f.Field, maxName), Values: []shop.FacetValue{}}
	for v, n := range f.Counts {
		ok := true
		switch {
		case f.Field == retrieval.TagColor:
			v, ok = retrieval.ColorName(v, lang)
		case d.Names != nil:
			v, ok = d.Names(tenant, f.Field, v, lang)
		}
		if ok && n > 0 {
			c.Values = append(c.Values, shop.FacetValue{Value: clean(v, maxName), Count: n})
		}
	}
	slices.SortFunc(c.Values, func(a, b shop.FacetValue) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Value, b.Value)) })
	c.Values = c.Values[:min(len(c.Values), maxFacet)]
	return c
}

// listForModel is the list as a model reads it: without pictures and links, and within maxListBytes. What is dropped first is
// what a model can ask get_product for.
func listForModel(c shop.ProductsCard) (json.RawMessage, error) {
	out := searchOut{ProductsCard: c, Note: quotedNote}
	out.Shown = slices.Clone(c.Shown)
	for limit := alone; ; limit = (size{limit.attributes / 2, limit.variants / 2}) {
		for i := range out.Shown {
			p := &out.Shown[i]
			p.Image, p.URL = "", ""
			p.Attributes = p.Attributes[:min(len(p.Attributes), limit.attributes)]
			p.Variants = p.Variants[:min(len(p.Variants), limit.variants)]
		}
		b, err := marshal(out)
		if err != nil || len(b) <= maxListBytes || limit.attributes == 0 {
			return b, err
		}
	}
}

func searchLine(sc Scope, _ SearchInput, out shop.ProductsCard) string {
	var wishes []string
	for _, c := range out.Understood.Filters {
		wishes = append(wishes, wish(c, sc.Lang))
	}
	if sc.Lang == "zh" {
		s := "搜索了 " + grouped(out.Total) + " 件商品"
		if out.Total == 0 {
			s = "没有找到匹配的商品"
		}
		if len(wishes) > 0 {
			s += "：" + strings.Join(wishes, "、")
		}
		return s
	}
	s := "Searched " + grouped(out.Total) + " products"
	switch out.Total {
	case 0:
		s = "Searched and found no product"
	case 1:
		s = "Searched 1 product"
	}
	if len(wishes) > 0 {
		s += " " + strings.Join(wishes, ", ")
	}
	return s
}

// cards is one card of a kind, named after the call; rest tells several of one call apart.
func cards(kind string, sc Scope, data any, rest ...string) []shop.Card {
	b, err := marshal(data)
	if err != nil {
		return nil // our own structs marshal, or the output before them did not
	}
	return []shop.Card{{Kind: kind, ID: strings.Join(append([]string{kind, sc.Call}, rest...), "_"), Data: b}}
}
