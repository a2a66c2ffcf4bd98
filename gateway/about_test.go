package main

import (
	"path/filepath"
	"testing"

	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

// The index folds names; the pages show them as the shop writes them, each in the reader's language, and no aisle that only
// leads to others.
func TestFacetNames(t *testing.T) {
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "shop.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	tenant := shop.Tenant{ID: "t", Currency: "USD", Zone: "UTC", Lang: "en"}
	if err := st.PutTenant(t.Context(), tenant); err != nil {
		t.Fatal(err)
	}
	price := shop.Money{Minor: 7250, Currency: "USD"}
	kettle := func(id, brand string) shop.Product {
		return shop.Product{
			Tenant: "t", ID: id, Title: "Kettle " + id, Brand: brand, Categories: []string{"Kitchen", "Kettles"}, Price: &price,
			Words: map[string]shop.Words{"zh": {Category: "电热水壶"}},
		}
	}
	err = st.PutProducts(t.Context(), "t", []shop.Product{
		kettle("1", "LG"), kettle("2", "LG"), kettle("3", "lg"), {Tenant: "t", ID: "4", Title: "Apron", Categories: []string{"Aprons"}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	a := &abouts{store: st, rung: func() string { return "rules" }}
	got, err := a.About(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Categories) != 2 || got.Categories[0].Name != "Kettles" || got.Categories[0].NameZH != "电热水壶" || got.Categories[0].Count != 3 {
		t.Errorf("aisles: %+v", got.Categories)
	}
	if s := got.Starters["en"][0]; s != "Kettles under $80" {
		t.Errorf("the first starter is %q", s)
	}
	for _, c := range []struct {
		field, value, lang, shown string
		ok                        bool
	}{
		{"brand", "lg", "en", "LG", true},
		{"brand", "new brand", "en", "new brand", true},
		{"category", "kettles", "en", "Kettles", true},
		{"category", "Kettles", "zh", "电热水壶", false}, // what it is called, though the facet has it already
		{"category", "电热水壶", "zh", "电热水壶", true},
		{"category", "电热水壶", "en", "Kettles", false},
		{"category", "aprons", "zh", "Aprons", true}, // it has no other name
		{"category", "kitchen", "en", "kitchen", false},
		{"category", "just pushed", "en", "just pushed", true},
	} {
		if shown, ok := a.Names("t", c.field, c.value, c.lang); ok != c.ok || shown != c.shown {
			t.Errorf("%s %s in %s: %q, %v", c.field, c.value, c.lang, shown, ok)
		}
	}
}
