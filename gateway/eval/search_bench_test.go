package eval_test

import (
	"context"
	"testing"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/indextest"
	"shopkeeper/retrieval/local"
	"shopkeeper/shop"
)

// BenchmarkBuild is what starting a shop of 19,406 products costs: documents made, analysed and indexed.
func BenchmarkBuild(b *testing.B) {
	d := indextest.Load(b, "icecat-en")
	b.ReportAllocs()
	for b.Loop() {
		x := local.New(local.Options{})
		if err := x.Rebuild(context.Background(), "judged", func(yield func(retrieval.Doc, error) bool) {
			for _, p := range d.Products {
				if !yield(retrieval.ProductDoc(p, "USD"), nil) {
					return
				}
			}
		}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSearch is one search of the chat, queries of icecat-en in turn.
func BenchmarkSearch(b *testing.B) {
	d := indextest.Load(b, "icecat-en")
	x := local.New(local.Options{})
	if err := x.Upsert(context.Background(), d.Docs()); err != nil {
		b.Fatal(err)
	}
	on := shelf{}
	for _, p := range d.Products {
		on[p.ID] = p
	}
	s := &retrieval.Searcher{Index: x, Lexicon: x, Products: on}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := s.Search(context.Background(), retrieval.Query{Tenant: "judged", Text: d.Queries[i%len(d.Queries)].Text, Limit: 10}); err != nil {
			b.Fatal(err)
		}
	}
}

// shelf keeps products by id.
type shelf map[string]shop.Product

func (s shelf) Products(_ context.Context, _ string, ids []string) ([]shop.Product, error) {
	out := make([]shop.Product, 0, len(ids))
	for _, id := range ids {
		if p, ok := s[id]; ok {
			out = append(out, p)
		}
	}
	return out, nil
}
