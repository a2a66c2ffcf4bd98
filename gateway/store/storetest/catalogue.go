package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"shopkeeper/gateway/store"
	"shopkeeper/shop"
	"shopkeeper/shop/feed"
)

func product(id string, minor int64) shop.Product {
	stock, rating := 3, 4.5
	return shop.Product{
		ID: id, Title: "Kettle " + id + " <1.7 l> & more", Brand: "Bosch", Categories: []string{"Kitchen", "Kettles"}, Merchant: "m1",
		Price: &shop.Money{Minor: minor, Currency: "USD"}, Stock: &stock, Rating: &rating,
		Attributes: []shop.Attribute{{Name: "color", Value: shop.Text("红色")}, {Name: "volume", Value: shop.Num(1.7), Unit: "l"}},
		Variants:   []shop.Variant{{ID: id + "-r", Attributes: []shop.Attribute{{Name: "color", Value: shop.Text("red")}}}},
		Words:      map[string]shop.Words{"zh": {Title: "水壶 " + id}},
	}
}

func products(n int, minor int64) (out []shop.Product) {
	for i := range n {
		out = append(out, product(fmt.Sprintf("p%04d", i), minor))
	}
	return out
}

// catalogue is all products by id and the revision.
func catalogue(t *testing.T, s *store.Store, tenant string) (ps []shop.Product, revision int64) {
	t.Helper()
	for p, err := range s.AllProducts(t.Context(), tenant) {
		must(t, err)
		ps = append(ps, p)
	}
	revision, _, _, err := s.Revision(t.Context(), tenant)
	must(t, err)
	return ps, revision
}

func testProducts(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	must(t, s.PutProducts(ctx, "a", products(612, 100), nil))
	must(t, s.PutProducts(ctx, "b", products(1, 1), nil))
	ps, revision := catalogue(t, s, "a")
	same(t, "products", len(ps), 612)
	same(t, "revision", revision, 612)
	want := product("p0007", 100)
	want.Tenant, want.Revision = "a", ps[7].Revision
	if d := cmp.Diff(want, ps[7]); d != "" {
		t.Errorf("read back: %s", d)
	}
	t.Run("by id", func(t *testing.T) {
		got, err := s.Products(ctx, "a", []string{"p0009", "none", "p0001", "p0009"})
		must(t, err)
		var ids []string
		for _, p := range got {
			ids = append(ids, p.ID)
		}
		same(t, "ids", strings.Join(ids, " "), "p0009 p0001 p0009")
		var all []string
		for i := range 612 {
			all = append(all, fmt.Sprintf("p%04d", 611-i))
		}
		got, err = s.Products(ctx, "a", all)
		must(t, err)
		if len(got) != 612 || got[0].ID != "p0611" {
			t.Errorf("%d products, first %s", len(got), got[0].ID)
		}
		got, err = s.Products(ctx, "b", []string{"p0000", "p0001"})
		must(t, err)
		if len(got) != 1 || got[0].Tenant != "b" || got[0].Price.Minor != 1 {
			t.Errorf("tenant b has %+v", got)
		}
		got, err = s.Products(ctx, "a", nil)
		must(t, err)
		same(t, "products of no ids", len(got), 0)
	})
	t.Run("by id, as it is now", func(t *testing.T) {
		price := func(want int64) {
			t.Helper()
			got, err := s.Products(ctx, "c", []string{"x"})
			must(t, err)
			if want == 0 && len(got) != 0 || want != 0 && (len(got) != 1 || got[0].Price.Minor != want) {
				t.Fatalf("want %d, got %+v", want, got)
			}
		}
		must(t, s.AddTenant(ctx, shop.Tenant{ID: "c", Currency: "USD", Zone: "UTC", Lang: "en"}))
		for _, minor := range []int64{100, 200, 0, 300} {
			if minor == 0 {
				must(t, s.PutProducts(ctx, "c", nil, []string{"x"}))
			} else {
				must(t, s.PutProducts(ctx, "c", []shop.Product{product("x", minor)}, nil))
			}
			price(minor)
			price(minor)
		}
	})
	t.Run("the same again changes nothing", func(t *testing.T) {
		must(t, s.PutProducts(ctx, "a", products(612, 100), nil))
		_, again := catalogue(t, s, "a")
		same(t, "revision", again, revision)
	})
	t.Run("all or nothing", func(t *testing.T) {
		refused(t, s.PutProducts(ctx, "a", []shop.Product{product("p0001", 7), {Title: "no id"}}, nil), shop.Invalid)
		refused(t, s.PutProducts(ctx, "a", []shop.Product{product("p0001", 7)}, []string{"p0001"}), shop.Invalid)
		refused(t, s.PutProducts(ctx, "unknown", products(1, 1), nil), shop.NotFound)
		_, again := catalogue(t, s, "a")
		same(t, "revision", again, revision)
	})
	t.Run("the last of two with an id counts", func(t *testing.T) {
		must(t, s.PutProducts(ctx, "a", []shop.Product{product("p0001", 7), product("p0002", 7), product("p0001", 8)}, []string{"none", "p0003", "p0003"}))
		ps, again := catalogue(t, s, "a")
		same(t, "revision", again, revision+3)
		same(t, "products", len(ps), 611)
		same(t, "price", ps[1].Price.Minor, 8)
	})
}

// everything a follower hears from a revision on, in pages.
func since(t *testing.T, s *store.Store, tenant string, after int64, page int) (changed, deleted []string, next int64) {
	t.Helper()
	for next = after; ; {
		ps, gone, n, err := s.ProductsSince(t.Context(), tenant, next, page)
		must(t, err)
		if len(ps)+len(gone) > page {
			t.Fatalf("%d changes in a page of %d", len(ps)+len(gone), page)
		}
		for _, p := range ps {
			changed = append(changed, p.ID)
		}
		deleted = append(deleted, gone...)
		if n == next {
			return changed, deleted, next
		}
		next = n
	}
}

func testChanges(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	must(t, s.PutProducts(ctx, "a", products(5, 100), nil))
	must(t, s.PutProducts(ctx, "b", products(3, 100), nil))
	for _, page := range []int{1, 2, 100} {
		changed, deleted, next := since(t, s, "a", 0, page)
		same(t, "changed", strings.Join(changed, " "), "p0000 p0001 p0002 p0003 p0004")
		same(t, "deleted", len(deleted), 0)
		same(t, "next", next, 5)
	}
	must(t, s.PutProducts(ctx, "a", []shop.Product{product("p0001", 7)}, []string{"p0003"}))
	must(t, s.PutProducts(ctx, "a", []shop.Product{product("p0001", 8), product("p0003", 8)}, []string{"p0004"}))
	must(t, s.PutProducts(ctx, "a", nil, []string{"p0003"}))
	for _, page := range []int{1, 100} {
		changed, deleted, _ := since(t, s, "a", 5, page)
		same(t, "changed", strings.Join(changed, " "), "p0001")
		same(t, "deleted", strings.Join(deleted, " "), "p0004 p0003")
	}
	ps, revision := catalogue(t, s, "a")
	same(t, "products", len(ps), 3)
	if _, _, next := since(t, s, "a", 0, 100); next != revision {
		t.Errorf("the last change is %d, the revision %d", next, revision)
	}
	changed, deleted, next := since(t, s, "a", revision, 100)
	if len(changed)+len(deleted) > 0 || next != revision {
		t.Errorf("after the end: %v, %v, %d", changed, deleted, next)
	}
	_, _, before, err := s.Revision(ctx, "a")
	must(t, err)
	must(t, s.Reindex(ctx, "a"))
	_, _, after, err := s.Revision(ctx, "a")
	must(t, err)
	same(t, "generation", after, before+1)
	refused(t, s.Reindex(ctx, "unknown"), shop.NotFound)
	_, _, _, err = s.Revision(ctx, "unknown")
	refused(t, err, shop.NotFound)
}

func testStage(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	must(t, s.PutProducts(ctx, "a", append(products(10, 100), product("old", 1)), nil))
	must(t, s.PutProducts(ctx, "b", products(5, 1), nil)) // the same ids, another's
	_, before := catalogue(t, s, "a")
	all := products(1100, 100)
	for i, batch := range slices.Collect(slices.Chunk(all, 400)) {
		must(t, s.StageProducts(ctx, "a", "i1", int64(i+1)*1000, batch))
	}
	must(t, s.StageProducts(ctx, "a", "i1", 5000, []shop.Product{product("p0003", 9), product("p0004", 9), product("p0004", 10)}))
	if ps, revision := catalogue(t, s, "a"); len(ps) != 11 || revision != before {
		t.Errorf("staging changed the catalogue: %d products", len(ps))
	}
	offset, n, err := s.StagedTo(ctx, "a", "i1")
	must(t, err)
	same(t, "offset", offset, 5000)
	same(t, "staged", n, 1100)
	changed, removed, err := s.ApplyStaged(ctx, "a", "i1", true)
	must(t, err)
	same(t, "changed", changed, 1092) // of the ten that were there, eight are what they were
	same(t, "removed", removed, 1)
	ps, revision := catalogue(t, s, "a")
	same(t, "products", len(ps), 1100)
	same(t, "price", ps[4].Price.Minor, 10)
	same(t, "revision", revision, before+1093)
	gone, deleted, _ := since(t, s, "a", before, 1000)
	same(t, "followed", len(gone), 1092)
	same(t, "deleted", strings.Join(deleted, " "), "old")

	t.Run("it is forgotten", func(t *testing.T) {
		offset, n, err := s.StagedTo(ctx, "a", "i1")
		if err != nil || offset != 0 || n != 0 {
			t.Errorf("staged to %d, %d (%v)", offset, n, err)
		}
		_, _, err = s.ApplyStaged(ctx, "a", "i1", true)
		refused(t, err, shop.NotFound)
		if ps, _ := catalogue(t, s, "a"); len(ps) != 1100 {
			t.Errorf("%d products", len(ps))
		}
	})
	t.Run("the same again changes nothing", func(t *testing.T) {
		must(t, s.StageProducts(ctx, "a", "i2", 1, ps))
		changed, removed, err := s.ApplyStaged(ctx, "a", "i2", true)
		if err != nil || changed != 0 || removed != 0 {
			t.Errorf("%d changed, %d removed, %v", changed, removed, err)
		}
		if _, again := catalogue(t, s, "a"); again != revision {
			t.Errorf("revision %d, want %d", again, revision)
		}
	})
	t.Run("without removing", func(t *testing.T) {
		must(t, s.StageProducts(ctx, "a", "i3", 1, []shop.Product{product("new", 1), product("old", 1)}))
		changed, removed, err := s.ApplyStaged(ctx, "a", "i3", false)
		if err != nil || changed != 2 || removed != 0 {
			t.Errorf("%d changed, %d removed, %v", changed, removed, err)
		}
		if ps, _ := catalogue(t, s, "a"); len(ps) != 1102 {
			t.Errorf("%d products", len(ps))
		}
	})
	t.Run("tenants and imports are apart", func(t *testing.T) {
		must(t, s.StageProducts(ctx, "a", "i4", 1, []shop.Product{product("x", 1)}))
		must(t, s.StageProducts(ctx, "b", "i4", 1, []shop.Product{product("y", 1)}))
		must(t, s.StageProducts(ctx, "b", "i5", 1, []shop.Product{product("z", 1)}))
		_, _, err := s.ApplyStaged(ctx, "b", "i4", true)
		must(t, err)
		ps, _ := catalogue(t, s, "b")
		if len(ps) != 1 || ps[0].ID != "y" {
			t.Errorf("tenant b has %d products", len(ps))
		}
		if _, n, _ := s.StagedTo(ctx, "b", "i5"); n != 1 {
			t.Errorf("another import lost its stage: %d", n)
		}
		refused(t, s.StageProducts(ctx, "unknown", "i1", 1, nil), shop.NotFound)
		refused(t, s.StageProducts(ctx, "a", "i1", 1, []shop.Product{{}}), shop.Invalid)
	})
}

func testStageResumes(t *testing.T, db *database) {
	first := db.shop(t)
	ctx := t.Context()
	must(t, first.StageProducts(ctx, "a", "i1", 100, products(150, 1)))
	must(t, first.StageProducts(ctx, "a", "i1", 200, nil)) // only rejects: the offset moves
	s := db.open(t)                                        // the process after a kill
	offset, n, err := s.StagedTo(ctx, "a", "i1")
	must(t, err)
	same(t, "offset", offset, 200)
	same(t, "staged", n, 150)
	must(t, s.StageProducts(ctx, "a", "i1", 300, products(300, 2)[100:])) // a batch that came twice in part
	changed, _, err := s.ApplyStaged(ctx, "a", "i1", false)
	must(t, err)
	same(t, "changed", changed, 300)
	ps, revision := catalogue(t, s, "a")
	same(t, "revision", revision, 300)
	if ps[99].Price.Minor != 1 || ps[100].Price.Minor != 2 {
		t.Errorf("prices %d, %d", ps[99].Price.Minor, ps[100].Price.Minor)
	}
}

func testRejects(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	must(t, s.StageProducts(ctx, "a", "i1", 10, nil))
	var want []feed.Reject
	for i := range 1100 {
		want = append(want, feed.Reject{Line: int64(i / 2), Field: []string{"id", "price"}[i%2], Reason: "it's \"bad\""})
	}
	must(t, s.StageRejects(ctx, "a", "i1", want[500:]))
	must(t, s.StageRejects(ctx, "a", "i1", want[:600]))
	must(t, s.StageRejects(ctx, "a", "i1", nil))
	must(t, s.StageRejects(ctx, "b", "i1", []feed.Reject{{Line: 1, Field: "x", Reason: "y"}}))
	rejects := func(tenant string) (out []feed.Reject) {
		for r, err := range s.StagedRejects(ctx, tenant, "i1") {
			must(t, err)
			out = append(out, r)
		}
		return out
	}
	if d := cmp.Diff(want, rejects("a")); d != "" {
		t.Errorf("rejects: %s", d)
	}
	for r, err := range s.StagedRejects(ctx, "a", "i1") {
		if err != nil || r.Line != 0 {
			t.Errorf("%+v, %v", r, err)
		}
		break
	}
	_, _, err := s.ApplyStaged(ctx, "a", "i1", false)
	must(t, err)
	same(t, "rejects once applied", len(rejects("a")), 0)
	same(t, "another tenant's", len(rejects("b")), 1)
}

func testVectors(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	var hashes []string
	var vs [][]float32
	for i := range 520 {
		hashes = append(hashes, fmt.Sprintf("h%d", i))
		vs = append(vs, []float32{float32(i), -0.5, 1e-30})
	}
	must(t, s.SaveVectors(ctx, "m1", hashes, vs))
	must(t, s.SaveVectors(ctx, "m1", hashes[:1], [][]float32{{9}})) // what is there stays
	got, err := s.Vectors(ctx, "m1", append([]string{"none"}, hashes...))
	must(t, err)
	if d := cmp.Diff(append([][]float32{nil}, vs...), got); d != "" {
		t.Errorf("vectors: %s", d)
	}
	got, err = s.Vectors(ctx, "m2", hashes[:2])
	must(t, err)
	if len(got) != 2 || got[0] != nil {
		t.Errorf("another model has %v", got)
	}
	must(t, s.SaveVectors(ctx, "m1", nil, nil))
	if err := s.SaveVectors(ctx, "m1", hashes[:2], vs[:1]); err == nil {
		t.Error("two hashes, one vector: no error")
	}
}
