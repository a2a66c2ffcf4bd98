package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/local"
	"shopkeeper/shop"
	"shopkeeper/shop/demo"
)

// market is the demo shop behind the real search.
type market struct {
	*fake
	*demo.World
	search *retrieval.Searcher
}

func (m market) Products(_ context.Context, _ string, ids []string) (out []shop.Product, err error) {
	for _, id := range ids {
		for _, p := range m.World.Products {
			if p.ID == id {
				out = append(out, p)
			}
		}
	}
	return out, nil
}

func (m market) Offers(context.Context, string) ([]shop.Offer, error) { return m.World.Offers, nil }

var open = sync.OnceValue(func() market {
	m := market{fake: &fake{}, World: demo.New(1, noon)}
	index := local.New(local.Options{})
	var docs []retrieval.Doc
	for i, p := range m.World.Products {
		m.World.Products[i].Tenant, p.Tenant = m.Tenant.ID, m.Tenant.ID
		docs = append(docs, retrieval.ProductDoc(p, "USD"))
	}
	if err := index.Upsert(context.Background(), docs); err != nil {
		panic(err)
	}
	m.search = &retrieval.Searcher{Index: index, Lexicon: index, Products: m}
	return m
})

func (m market) deps() Deps { return Deps{Search: m.search, Products: m, Offers: m, People: m.fake} }

func (m market) product(id string) shop.Product {
	i := slices.IndexFunc(m.World.Products, func(p shop.Product) bool { return p.ID == id })
	return m.World.Products[i]
}

// Typed filters hold on every card, in both languages, whatever stands in the words; only a wish that the result calls relaxed may not.
func TestTypedFiltersHold(t *testing.T) {
	m := open()
	registry := NewRegistry(All(m.deps())...)
	var kinds, brands []string
	for _, p := range m.World.Products {
		kinds, brands = append(kinds, p.Category()), append(brands, p.Brand)
	}
	slices.Sort(kinds)
	slices.Sort(brands)
	kinds, brands = slices.Compact(kinds), slices.Compact(brands)
	colors := []string{"black", "white", "red", "blue", "green", "silver"}
	cards, relaxed := 0, 0
	defer func() {
		if cards < 50 || relaxed == 0 { // else the check is about nothing
			t.Errorf("%d cards, %d relaxed", cards, relaxed)
		}
	}()
	rapid.Check(t, func(t *rapid.T) {
		in := SearchInput{Query: rapid.SampledFrom(append(kinds, "耳机", "笔记本电脑", "电热水壶", "gift", "something nice")).Draw(t, "query")}
		holds := map[string]func(c shop.ProductCard) bool{}
		add := func(field, op string, value any, unit string, ok func(shop.ProductCard) bool) {
			if holds[field] == nil {
				in.Filters = append(in.Filters, Filter{field, op, value, unit})
				holds[field] = ok
			}
		}
		for range rapid.IntRange(1, 3).Draw(t, "n") {
			switch rapid.IntRange(0, 6).Draw(t, "kind") {
			case 0:
				v := float64(rapid.IntRange(5, 900).Draw(t, "price")) + 0.5
				add("price", "lt", v, "", func(c shop.ProductCard) bool { return c.Price != nil && float64(c.Price.Minor) < v*100 })
			case 1:
				v := float64(rapid.IntRange(5, 900).Draw(t, "price"))
				add("price", "gte", fmt.Sprintf("$%.2f", v), "", func(c shop.ProductCard) bool { return c.Price != nil && float64(c.Price.Minor) >= v*100 })
			case 2:
				b := rapid.SampledFrom(brands).Draw(t, "brand")
				add("brand", "ne", strings.ToUpper(b), "", func(c shop.ProductCard) bool { return c.Brand != b && !hasWord(c.Title, b) })
			case 3:
				no := []string{rapid.SampledFrom(colors).Draw(t, "color"), rapid.SampledFrom(colors).Draw(t, "color")}
				add("color", "not_in", no, "", func(c shop.ProductCard) bool {
					return !slices.ContainsFunc(no, func(x string) bool { return showsColor(c, x) || hasWord(c.Title, x) })
				})
			case 4:
				v := float64(rapid.IntRange(2, 4).Draw(t, "rating")) + 0.5
				add("rating", "gte", v, "", func(c shop.ProductCard) bool { return c.Rating != nil && *c.Rating >= v })
			case 5:
				add("stock", "gt", 0, "", func(c shop.ProductCard) bool { return c.Stock != nil && *c.Stock > 0 })
			case 6:
				add("discount", "gte", 10, "", func(c shop.ProductCard) bool {
					return c.Was != nil && c.Price != nil && (c.Was.Minor-c.Price.Minor)*100 >= 10*c.Was.Minor
				})
			}
		}
		in.Limit = rapid.IntRange(0, 20).Draw(t, "limit")
		args, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		sc := scope(rapid.SampledFrom([]string{"en", "zh"}).Draw(t, "lang"))
		sc.Who.Tenant, sc.For.Tenant = m.Tenant.ID, m.Tenant.ID
		res, err := registry.Call(context.Background(), sc, "search_products", args)
		if err != nil {
			t.Fatalf("%s: %v", args, err)
		}
		var out shop.ProductsCard
		if err := json.Unmarshal(res.Cards[0].Data, &out); err != nil {
			t.Fatal(err)
		}
		cards += len(out.Shown)
		for _, r := range out.Understood.Relaxed {
			relaxed++
			if r.Reason == "" {
				t.Errorf("%s: relaxed without a reason: %+v", args, r)
			}
			delete(holds, r.Condition.Field)
		}
		if len(out.Shown) > max(in.Limit, defaultShown) && len(out.Shown) > in.Limit || len(out.Shown) > out.Total {
			t.Errorf("%s: %d shown of %d", args, len(out.Shown), out.Total)
		}
		for _, c := range out.Shown {
			for field, ok := range holds {
				if !ok(c) {
					t.Errorf("%s (%s): %q breaks %s: %+v", args, sc.Lang, c.Title, field, c)
				}
			}
			if c.Title == "" || c.Image == "" || c.URL == "" || c.Why == nil || c.Attributes == nil {
				t.Errorf("%s: card %+v", args, c)
			}
		}
	})
}

// What a result understood can be sent back as filters and means the same.
func TestUnderstoodFiltersComeBackTheSame(t *testing.T) {
	for _, f := range []retrieval.Filter{
		{Field: "price", Op: retrieval.Lt, Number: ptr(7990.0)},
		{Field: "discount", Op: retrieval.Gte, Number: ptr(1500.0)},
		{Field: "memory_gb", Op: retrieval.Gte, Number: ptr(16.0), Unit: "GB"},
		{Field: "storage_gb", Op: retrieval.Gte, Number: ptr(2048.0), Unit: "TB"},
		{Field: "screen_inch", Op: retrieval.Lte, Number: ptr(15.6), Unit: "inch"},
		{Field: "weight_kg", Op: retrieval.Lt, Number: ptr(1.5)},
		{Field: "rating", Op: retrieval.Gte, Number: ptr(4.5)},
		{Field: "stock", Op: retrieval.Gt, Number: ptr(0.0)},
		{Field: "ports", Op: retrieval.Eq, Number: ptr(3.0)},
		{Field: "color", Op: retrieval.NotIn, Values: []string{"red", "blue"}},
		{Field: "brand", Op: retrieval.Ne, Values: []string{"hp"}},
		{Field: "brand", Op: retrieval.In, Values: []string{"hp"}},
		{Field: "battery life_h", Op: retrieval.Gte, Number: ptr(8.0)},
	} {
		c := conditionCard(f, "USD")
		value := c.Value
		if m, ok := value.(shop.Money); ok {
			value = float64(m.Minor) / 100
		}
		back, err := Filter{Field: c.Field, Op: c.Op, Value: value, Unit: c.Unit}.condition("USD")
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		if back.Field != strings.ReplaceAll(f.Field, " ", "_") || back.Op != f.Op || !slices.Equal(back.Values, f.Values) || (f.Number == nil) != (back.Number == nil) || f.Number != nil && round(*f.Number) != round(*back.Number) {
			t.Errorf("%+v became %+v and came back as %+v", f, c, back)
		}
	}
}

// Every product of the demo has a card and a row in a comparison with its neighbour; every offer has its words.
func TestTheWholeDemoHasCards(t *testing.T) {
	m := open()
	d := m.deps()
	for _, lang := range []string{"en", "zh"} {
		for i, p := range m.World.Products {
			c := productCard(p, lang, alone, nil, "")
			if c.Title == "" || c.Category == "" || c.Image == "" || !strings.HasPrefix(c.URL, "/?product=") && !web(c.URL) {
				t.Fatalf("%s: %+v", lang, c)
			}
			if i > 0 && i%7 == 0 {
				rs := rows([]shop.Product{m.World.Products[i-1].In(lang), p.In(lang)})
				if rs[0].Name != "price" || len(rs) < 3 {
					t.Fatalf("%s %s: %+v", lang, p.ID, rs)
				}
			}
		}
		for _, o := range m.World.Offers {
			for _, s := range append(conditions(o, "USD", lang, nil), offerTitle(o, lang)) {
				if s == "" || strings.Contains(s, "%!") {
					t.Fatalf("%s %s: %q", lang, o.ID, s)
				}
			}
		}
	}
	first := m.product(m.World.Products[0].ID)
	if c, err := d.Product(t.Context(), m.Tenant.ID, first.ID, "en"); err != nil || c.ID != first.ID {
		t.Errorf("%+v %v", c, err)
	}
	page, err := d.Browse(t.Context(), BrowseQuery{Tenant: m.Tenant.ID, Category: first.Category(), Lang: "en", Page: 1, Size: 10})
	if err != nil || len(page.Shown) == 0 || page.Shown[0].Category != first.Category() {
		t.Errorf("%+v %v", page, err)
	}
	next, err := d.Browse(t.Context(), BrowseQuery{Tenant: m.Tenant.ID, Category: first.Category(), Lang: "en", Page: 2, Size: 10})
	if err != nil || len(next.Shown) == 0 || next.Shown[0].ID == page.Shown[0].ID || next.Total != page.Total {
		t.Errorf("%+v %v", next, err)
	}
}
