package tools

import (
	"context"
	"strings"

	"shopkeeper/retrieval"
	"shopkeeper/shop"
)

// BrowseQuery is one page of the catalogue. Page counts from 1; Sort as in SearchInput.
type BrowseQuery struct {
	Tenant, Query, Category, Sort, Lang string
	Filters                             []Filter // what was picked from the facets
	Page, Size                          int
}

const maxBrowsed = 2000 // products that can be paged through

// Browse is the storefront's look at the catalogue: the same search as the tool's, by pages.
func (d Deps) Browse(ctx context.Context, b BrowseQuery) (shop.ProductsCard, error) {
	size := min(max(b.Size, 1), 100)
	if b.Size == 0 {
		size = 24
	}
	from := min(max(b.Page-1, 0), maxBrowsed) * size
	if from+size > maxBrowsed {
		return shop.ProductsCard{}, &shop.Error{Kind: shop.Invalid, Field: "page", Msg: "There are no more pages to look at; search for something more exact."}
	}
	q := retrieval.Query{
		Tenant: b.Tenant, Kind: retrieval.KindProduct, Text: clean(b.Query, 500), Lang: b.Lang, Sort: b.Sort, Facets: facets, Limit: from + size,
	}
	if !sortable(q.Sort) {
		return shop.ProductsCard{}, &shop.Error{Kind: shop.Invalid, Field: "sort", Msg: "sort must be price, -price, -rating, -reviews, -released or -discount."}
	}
	if q.Text == "" && q.Sort == "" {
		q.Sort = "-reviews" // what most people bought
	}
	if c := strings.TrimSpace(b.Category); c != "" {
		q.Filters = []retrieval.Filter{{Field: retrieval.TagCategory, Op: retrieval.Eq, Values: []string{clean(c, 100)}}}
	}
	for _, f := range b.Filters {
		c, err := f.condition(d.currency(b.Tenant))
		if err != nil {
			return shop.ProductsCard{}, err
		}
		q.Filters = append(q.Filters, c)
	}
	who := shop.Principal{Tenant: b.Tenant, Role: shop.Shopper, Anon: true}
	out, err := d.list(ctx, q, who, d.now(), d.currency(b.Tenant), inList)
	if err != nil {
		return shop.ProductsCard{}, err
	}
	out.Shown = out.Shown[min(from, len(out.Shown)):]
	return out, nil
}

func sortable(s string) bool {
	if s == "" {
		return true
	}
	for _, x := range sorts {
		if x == s {
			return true
		}
	}
	return false
}
