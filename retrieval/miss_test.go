package retrieval_test

import (
	"context"
	"fmt"
	"testing"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/indextest"
	"shopkeeper/retrieval/local"
	"shopkeeper/retrieval/text"
)

func TestMiss(t *testing.T) {
	d := indextest.Load(t, "multicpr-zh-mini")
	x := local.New(local.Options{})
	_ = x.Upsert(context.Background(), d.Docs())
	title := map[string]string{}
	for _, p := range d.Products {
		title[p.ID] = p.Title
	}
	for _, q := range d.Queries {
		terms := map[string]float64{}
		for _, tok := range text.Tokens(q.Text) {
			terms[tok.Term] = 1
		}
		f, _ := x.Search(context.Background(), retrieval.Query{Tenant: "judged", Kind: "product", Terms: terms, Limit: 300})
		rank := -1
		var s float64
		for i, h := range f.Hits {
			if q.Grades[h.ID] > 0 {
				rank, s = i, h.Lexical
			}
		}
		if rank != 0 {
			var want string
			for id := range q.Grades {
				want = title[id]
			}
			fmt.Printf("%s %s  rank %d (%.2f)\n    want %s\n", q.ID, q.Text, rank, s, want)
			for _, h := range f.Hits[:min(len(f.Hits), max(1, min(3, rank)))] {
				fmt.Printf("    %.2f %s\n", h.Lexical, title[h.ID])
			}
		}
	}
}
