package tools

import (
	"context"
	_ "embed"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"shopkeeper/shop"
)

//go:embed get_product.md
var productText string

const shownReviews = 5

type productOut struct {
	Product struct {
		shop.ProductCard
		Description string `json:"description"`
	} `json:"product"`
	Reviews []reviewOut `json:"reviews"`
	Note    string      `json:"note,omitempty"`
}

type reviewOut struct {
	Rating int    `json:"rating"`
	Text   string `json:"text"`
}

func getProduct(d Deps) Tool {
	return New(Spec{Name: "get_product", Description: productText, Public: []string{"id"}}, d.product, View[ProductInput, productOut]{
		Schema: func(s *jsonschema.Schema) { text(s.Properties["id"], 1, 200) },
		Cards: func(sc Scope, _ ProductInput, out productOut) []shop.Card {
			return cards("product", sc, out.Product.ProductCard)
		},
		Line: func(sc Scope, _ ProductInput, out productOut) string {
			return either(sc.Lang, "Looked up ", "查看了 ") + clean(out.Product.Title, 100)
		},
		Model: func(_ Scope, _ ProductInput, out productOut) (any, error) {
			out.Product.Image, out.Product.URL, out.Note = "", "", quotedNote
			return out, nil
		},
	})
}

func (d Deps) product(ctx context.Context, sc Scope, in ProductInput) (productOut, error) {
	var out productOut
	ps, err := d.read(ctx, sc.Who.Tenant, in.ID)
	if err != nil {
		return out, err
	}
	p := ps[0]
	out.Product.ProductCard = productCard(p, sc.Lang, alone, nil, d.deals(ctx, sc.For, sc.Lang, sc.Now).chip(p, d.currency(sc.Who.Tenant)))
	out.Product.Description = clean(p.In(sc.Lang).Description, maxDescription)
	out.Reviews = []reviewOut{}
	if d.Reviews == nil {
		return out, nil
	}
	rs, err := d.Reviews.Reviews(ctx, sc.Who.Tenant, p.ID, 4*shownReviews)
	if err != nil {
		return out, err
	}
	for _, own := range []bool{true, false} { // those in the shopper's language first
		for _, r := range rs {
			if t := clean(r.Text, maxReview); t != "" && (r.Lang == "" || r.Lang == sc.Lang) == own && len(out.Reviews) < shownReviews {
				out.Reviews = append(out.Reviews, reviewOut{r.Rating, t})
			}
		}
	}
	return out, nil
}

// read finds products by id, in order; a missing one is an error that names it.
func (d Deps) read(ctx context.Context, tenant string, ids ...string) ([]shop.Product, error) {
	for i := range ids {
		ids[i] = strings.TrimSpace(ids[i])
	}
	ps, err := d.Products.Products(ctx, tenant, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]shop.Product, len(ps))
	for _, p := range ps {
		byID[p.ID] = p
	}
	out := make([]shop.Product, 0, len(ids))
	for _, id := range ids {
		p, ok := byID[id]
		if !ok {
			return nil, &shop.Error{Kind: shop.NotFound, Code: "unknown_product", Msg: "There is no product with the id “" + clean(id, 60) + "”; search for it and use the id that the search returns."}
		}
		out = append(out, p)
	}
	return out, nil
}

// Product is one product for the storefront, as the tool shows it to somebody nobody knows.
func (d Deps) Product(ctx context.Context, tenant, id, lang string) (shop.ProductCard, error) {
	ps, err := d.read(ctx, tenant, id)
	if err != nil {
		return shop.ProductCard{}, err
	}
	who := shop.Principal{Tenant: tenant, Role: shop.Shopper, Anon: true}
	return productCard(ps[0], lang, alone, nil, d.deals(ctx, who, lang, d.now()).chip(ps[0], d.currency(tenant))), nil
}
