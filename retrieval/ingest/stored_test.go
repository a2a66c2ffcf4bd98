package ingest_test

import (
	"context"
	"testing"
	"testing/fstest"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/ingest"
	"shopkeeper/retrieval/local"
	"shopkeeper/shop"
)

// From the store to the search: what a shop imports or pushes is found, what it takes away is not.
func TestFollowerOverTheStore(t *testing.T) {
	ctx := context.Background()
	st, x := openStore(t, t.TempDir()), local.New(local.Options{})
	f := &ingest.Follower{Changes: st, Index: x}
	follow(t, f)
	settle := func() {
		t.Helper()
		if err := f.Settle(ctx); err != nil {
			t.Fatal(err)
		}
	}
	lamp := shop.Product{ID: "1", Title: "Red lamp", Price: &shop.Money{Minor: 500, Currency: "USD"}}
	if err := st.PutProducts(ctx, "t", []shop.Product{lamp, {ID: "2", Title: "Blue chair"}}, nil); err != nil {
		t.Fatal(err)
	}
	docs := fstest.MapFS{
		"returns.md": {Data: []byte("---\ntitle: Returns\n---\n# Returns\n\nThirty days.\n\n## Fees\n\nNo fee.\n")}, "faq.txt": {Data: []byte("We ship abroad.")},
	}
	load := func() int64 {
		t.Helper()
		if _, _, _, err := ingest.LoadDocuments(ctx, st, "t", docs); err != nil {
			t.Fatal(err)
		}
		_, revision, _, err := st.Revision(ctx, "t")
		if err != nil {
			t.Fatal(err)
		}
		return revision
	}
	first := load()
	settle()
	same(t, "products", found(t, x, "t", retrieval.KindProduct, "lamp"), "1")
	cheap := 600.0
	same(t, "by price", ids(t, x, retrieval.Query{Tenant: "t", Kind: retrieval.KindProduct, Filters: []retrieval.Filter{{Field: retrieval.NumPrice, Op: retrieval.Lt, Number: &cheap}}}), "1")
	same(t, "passages", found(t, x, "t", retrieval.KindPassage, "thirty"), "policy/returns@1#1")
	ps, err := st.Passages(ctx, "t", []string{"policy/returns@1#2"})
	if err != nil || len(ps) != 1 || ps[0].Document != "Returns" || ps[0].Section != "Fees" || ps[0].Quote != "No fee." {
		t.Errorf("cited as %+v, %v", ps, err)
	}
	if again := load(); again != first {
		t.Errorf("the same documents again: revision %d, then %d", first, again)
	}

	docs["returns.md"].Data = []byte("---\ntitle: Returns and refunds\nversion: 2\n---\n# Returns\n\nSixty days.\n")
	load()
	if err := st.PutProducts(ctx, "t", []shop.Product{{ID: "3", Title: "Green lamp"}}, []string{"1"}); err != nil {
		t.Fatal(err)
	}
	settle()
	same(t, "products", found(t, x, "t", retrieval.KindProduct, "lamp"), "3")
	same(t, "passages", found(t, x, "t", retrieval.KindPassage, ""), "policy/faq@1#1", "policy/returns@2#1")
	if ps, err = st.Passages(ctx, "t", []string{"policy/returns@2#1", "policy/returns@1#1"}); err != nil || len(ps) != 1 || ps[0].Document != "Returns and refunds" || ps[0].Version != "2" {
		t.Errorf("cited as %+v, %v", ps, err)
	}
	if err := st.Reindex(ctx, "t"); err != nil {
		t.Fatal(err)
	}
	settle()
	same(t, "reindexed", found(t, x, "t", retrieval.KindProduct, "lamp"), "3")
}
