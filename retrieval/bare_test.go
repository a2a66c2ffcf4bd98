package retrieval_test

import (
	"strings"
	"testing"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/local"
	"shopkeeper/shop"
)

// A feed without categories: the titles tell what a thing is, and what only goes with it comes after.
func TestKindsWithoutCategories(t *testing.T) {
	s, x := stand{}, local.New(local.Options{})
	var docs []retrieval.Doc
	for id, title := range map[string]string{
		"l1": "Dell Inspiron Laptop 15.6 inch, keyboard with light", "l2": "HP ProBook Notebook Silver 14 inch", "l3": "Acer Swift laptop 13 inch for travel",
		"a1": "Laptop sleeve 15.6 inch", "a2": "Laptop lock", "a3": "Keyed Laptop Lock Laptop", "a4": "Laptop stand for any laptop", "a5": "Notebook case 14 inch",
		"k1": "Compact USB keyboard QWERTY", "k2": "Keyboard cover", "k3": "Laptop keyboard spare part",
	} {
		p := shop.Product{Tenant: "t", ID: id, Lang: "en", Title: title}
		s[id] = p
		docs = append(docs, retrieval.ProductDoc(p, "USD"))
	}
	if err := x.Upsert(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	searcher := &retrieval.Searcher{Index: x, Lexicon: x, Products: s}
	for q, want := range map[string]string{"laptop": "l l l", "laptops": "l l l", "notebook": "l", "笔记本电脑": "l", "keyboard": "k1", "laptop sleeve": "a1", "laptop lock": "a"} {
		a, err := searcher.Search(t.Context(), retrieval.Query{Tenant: "t", Kind: retrieval.KindProduct, Text: q, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range strings.Fields(want) {
			if i >= len(a.Products) || !strings.HasPrefix(a.Products[i].ID, w) {
				var got []string
				for _, p := range a.Products {
					got = append(got, p.ID+" "+p.Title)
				}
				t.Errorf("%s: place %d is no %s: %q", q, i+1, w, got)
				break
			}
		}
	}
}
