package retrieval

import (
	"context"

	"shopkeeper/shop"
)

// Searcher is the one search of the product: understand → retrieve → fuse → post-check → relax. It implements tools.Search.
type Searcher struct {
	Index        Index
	Lexicon      Lexicon  // nil: no spelling repair, no brands or colours of the catalogue's own
	Embedder     Embedder // nil: lexical only
	Products     Products
	PassageStore Passages                   // nil: Passages finds nothing
	Currency     func(tenant string) string // nil: USD
}

// Search answers q.Text for products. q.Filters and q.Sort, when set, win over what the words say about the same field.
func (s *Searcher) Search(ctx context.Context, q Query) (Answer, error) { return Answer{}, nil }

// Passages answers q.Text with passages of documents, best first.
func (s *Searcher) Passages(ctx context.Context, q Query) ([]shop.Passage, error) { return nil, nil }

// Cached embeds nothing twice: vectors are kept by model and content hash.
func Cached(e Embedder, v Vectors, model string) Embedder { return e }
