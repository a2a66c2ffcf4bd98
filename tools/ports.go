package tools

import (
	"context"
	"time"

	"shopkeeper/retrieval"
	"shopkeeper/shop"
)

// Offers of a tenant, all of them; the tool decides which apply. Coupons bound to a shopper come later.
type Offers interface {
	Offers(ctx context.Context, tenant string) ([]shop.Offer, error)
}

// People are shoppers as the shop knows them (member level, first order).
type People interface {
	Person(ctx context.Context, who shop.Principal) (shop.Person, error) // NotFound for anonymous
}

// Reviews of a product, most recent first.
type Reviews interface {
	Reviews(ctx context.Context, tenant, product string, limit int) ([]shop.Review, error)
}

// Merchants of a tenant, whose names stand in the conditions of offers.
type Merchants interface {
	Merchants(ctx context.Context, tenant string) ([]shop.MerchantInfo, error)
}

// Search is *retrieval.Searcher.
type Search interface {
	Search(ctx context.Context, q retrieval.Query) (retrieval.Answer, error)
	Passages(ctx context.Context, q retrieval.Query) ([]shop.Passage, error)
}

// Rules of a tenant: the one of a kind of action that is in force at a time.
type Rules interface {
	Rule(ctx context.Context, tenant, kind string, at time.Time) (shop.Rule, error)
}

// Deps are what the tools need; main wires them.
type Deps struct {
	Search    Search
	Products  retrieval.Products
	Orders    shop.Orders
	Actions   shop.Actions
	Rules     Rules
	Offers    Offers
	People    People
	Reviews   Reviews
	Merchants Merchants // nil: their ids
	Desk      bool      // there are people to hand a conversation to
	Currency  func(tenant string) string
	// Names is how a brand or category is written in a language; false: a facet leaves it out (it is the other language's name of
	// the same thing, or an aisle above the one that tells). nil: as the index has it, folded.
	Names func(tenant, field, value, lang string) (string, bool)
	Now   func() time.Time // for the storefront, whose calls have no Scope; nil: time.Now
}
