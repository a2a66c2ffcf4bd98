package qdrant

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"shopkeeper/retrieval/qdrant/qdranttest"

	"shopkeeper/gateway/store"
	"shopkeeper/retrieval/ingest"
	"shopkeeper/retrieval/local"
	"shopkeeper/shop"
)

// A server that starts over a collection which is up to date writes only what has changed since, and a shop with another
// database does not take it for its own.
func TestFollowedFromWhereItWas(t *testing.T) {
	ctx := context.Background()
	d, url := qdranttest.Serve(t)
	x := open(t, url)
	records := func() *store.Store {
		st, err := store.Open(ctx, filepath.Join(t.TempDir(), "shop.db"), store.Options{Split: ingest.Split})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = st.Close() })
		if err := st.PutTenant(ctx, shop.Tenant{ID: "a", Currency: "USD"}); err != nil {
			t.Fatal(err)
		}
		return st
	}
	serve := func(st *store.Store) (calls string) {
		d.Mu.Lock()
		d.Calls = nil
		d.Mu.Unlock()
		ctx, cancel := context.WithCancel(ctx)
		f := &ingest.Follower{Changes: st, Index: x, Words: local.New(local.Options{WordsOnly: true})}
		done := make(chan error)
		go func() { done <- f.Follow(ctx) }()
		if err := f.Settle(ctx); err != nil {
			t.Error(err)
		}
		cancel()
		<-done
		d.Mu.Lock()
		defer d.Mu.Unlock()
		return strings.Join(d.Calls, "\n")
	}
	finds := func(want int) {
		t.Helper()
		if found, err := x.Search(ctx, query("a", "lamp")); err != nil || found.Total != want {
			t.Errorf("%d lamps, want %d: %v", found.Total, want, err)
		}
	}
	put := func(st *store.Store, ids ...string) {
		t.Helper()
		var ps []shop.Product
		for _, id := range ids {
			ps = append(ps, shop.Product{ID: id, Title: "Lamp"})
		}
		if err := st.PutProducts(ctx, "a", ps, nil); err != nil {
			t.Fatal(err)
		}
	}
	st := records()
	put(st, "1", "2", "3")
	if calls := serve(st); !strings.Contains(calls, "UpdateAliases") {
		t.Errorf("the first start did not build:\n%s", calls)
	}
	finds(3)
	if calls := serve(st); strings.Contains(calls, "Upsert") || strings.Contains(calls, "UpdateAliases") {
		t.Errorf("a start with nothing new wrote:\n%s", calls)
	}
	put(st, "4")
	if err := st.PutProducts(ctx, "a", nil, []string{"1"}); err != nil {
		t.Fatal(err)
	}
	if calls := serve(st); strings.Contains(calls, "UpdateAliases") {
		t.Errorf("a start with little new built all anew:\n%s", calls)
	}
	finds(3)
	other := records()
	put(other, "9", "10", "11", "12", "13", "14")
	serve(other)
	finds(6)
}
