package retrieval_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/local"
	"shopkeeper/shop"
)

func ask(t testing.TB, s *retrieval.Searcher, q retrieval.Query) retrieval.Answer {
	t.Helper()
	q.Tenant = "t"
	a, err := s.Search(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func all(ps []shop.Product, is rule) bool {
	return len(ps) > 0 && !slices.ContainsFunc(ps, func(p shop.Product) bool { return !is(p) })
}

func num(field string, op retrieval.Op, v float64) retrieval.Filter {
	return retrieval.Filter{Field: field, Op: op, Number: &v}
}

// A kind of product is itself, not what goes with it, in either language and by other names.
func TestKinds(t *testing.T) {
	s, _ := newSearcher(t)
	for query, category := range map[string]string{
		"laptop": "laptops", "notebook computer": "laptops", "笔记本": "laptops", "HP laptop": "laptops", "laptop for travel": "laptops", "gaming laptop": "laptops",
		"laptop bag": "laptop bags", "bag for a laptop": "laptop bags", "电脑包": "laptop bags", "television": "tvs", "smartphone": "phones", "便宜的手机": "phones", "tee": "t-shirts",
	} {
		a := ask(t, s, retrieval.Query{Text: query, Limit: 30})
		if !all(a.Products, of(category)) {
			t.Errorf("%q shows other things than %s", query, category)
		}
	}
	a := ask(t, s, retrieval.Query{Text: "laptop charger", Limit: 30})
	if all(a.Products, of("laptops")) {
		t.Error("a charger was taken for a laptop")
	}
}

func TestRelax(t *testing.T) {
	s, _ := newSearcher(t)
	for _, c := range []struct {
		query, from, to string
		shown           rule
	}{
		{"laptop under 50", "price lte 5000", "price lte 39900", of("laptops")},
		{"phones over 5000", "price gt 500000", "price gte 151900", of("phones")},
		{"笔记本电脑 300元以下", "price lte 30000", "price lte 39900", of("laptops")},
		{"headphones with at least 4.9 stars", "rating gte 4.9", "rating gte 4.8", of("headphones")},
		{"laptop with at least 64GB ram", "memory_gb gte 64", "memory_gb gte 32", of("laptops")},
		{"green laptop bag under 20", "", "", of("laptop bags")}, // the cheapest comes in green too
		{"Apple headphones", "brand in apple", "", of("headphones")},
	} {
		a := ask(t, s, retrieval.Query{Text: c.query})
		var from, to string
		for _, r := range a.Understood.Relaxed {
			from = filters([]retrieval.Filter{r.From})
			if r.To != nil {
				to = filters([]retrieval.Filter{*r.To})
			}
			if r.Left != a.Total || r.Left == 0 {
				t.Errorf("%q: %d left, %d in all", c.query, r.Left, a.Total)
			}
		}
		if from != c.from || to != c.to || !all(a.Products, c.shown) {
			t.Errorf("%q: %q became %q, want %q → %q; %d shown", c.query, from, to, c.from, c.to, len(a.Products))
		}
	}
	// what was excluded stays excluded, even when nothing is left
	a := ask(t, s, retrieval.Query{Text: "headphones not Sony, not JBL, not Bose"})
	if len(a.Products) > 0 || len(a.Understood.Relaxed) > 0 {
		t.Errorf("exclusions were relaxed: %d shown", len(a.Products))
	}
	// several wishes at once
	a = ask(t, s, retrieval.Query{Text: "Apple laptop under 50 not red"})
	if len(a.Understood.Relaxed) != 2 || !all(a.Products, of("laptops")) || !all(a.Products, free("red", "红")) {
		t.Errorf("relaxed %d wishes, %d shown", len(a.Understood.Relaxed), len(a.Products))
	}
}

func TestSpelling(t *testing.T) {
	s, _ := newSearcher(t)
	for query, want := range map[string]string{
		"laptpo under 900": "laptop under 900", "headphnes": "headphones", "samsnug tv": "samsung tv", "kettel": "kettle", "red heaphones": "red headphones",
		"laptop": "", "wh1000xm5": "", "zzzzzz": "", "cheapest laptops pls": "", "iphone": "",
	} {
		if got := ask(t, s, retrieval.Query{Text: query}).Understood.Corrected; got != want {
			t.Errorf("%q was corrected to %q, want %q", query, got, want)
		}
	}
}

func TestFacets(t *testing.T) {
	s, _ := newSearcher(t)
	a := ask(t, s, retrieval.Query{Text: "headphones"})
	got := map[string]map[string]int{}
	for _, f := range a.Facets {
		got[f.Field] = f.Counts
	}
	if d := cmp.Diff(map[string]int{"sony": 4, "jbl": 4, "bose": 4}, got["brand"]); d != "" {
		t.Error(d)
	}
	if a.Total != 12 || got["category"]["headphones"] != 12 || got["color"]["green"] != 3 {
		t.Errorf("total %d, facets %v", a.Total, got)
	}
	if a := ask(t, s, retrieval.Query{Text: "headphones", Facets: []string{"connection"}}); len(a.Facets) != 1 || a.Facets[0].Counts["wired"] != 6 {
		t.Errorf("facets asked for: %v", a.Facets)
	}
}

// Filters given by the caller win over what the words say of the same field, and are read as people write them.
func TestGivenFilters(t *testing.T) {
	s, _ := newSearcher(t)
	sixteen := num("Memory", retrieval.Gte, 16)
	sixteen.Unit = "GB"
	for _, c := range []struct {
		q    retrieval.Query
		want string
	}{
		{retrieval.Query{Text: "laptop under 900", Filters: []retrieval.Filter{num("price", retrieval.Lte, 150000)}}, "price lte 150000"},
		{retrieval.Query{Text: "red laptop", Filters: []retrieval.Filter{{Field: "color", Op: retrieval.In, Values: []string{"Blue"}}}}, "color in blue"},
		{retrieval.Query{Text: "laptop with at least 8GB ram", Filters: []retrieval.Filter{sixteen}}, "memory_gb gte 16"},
		{retrieval.Query{Text: "laptop", Filters: []retrieval.Filter{{Field: "brand", Op: retrieval.Ne, Values: []string{"惠普"}}}}, "brand ne hp"},
		{retrieval.Query{Text: "laptop", Filters: []retrieval.Filter{{Field: "颜色", Op: retrieval.Eq, Values: []string{"黑色"}}}}, "color eq black"},
		{retrieval.Query{Text: "", Filters: []retrieval.Filter{{Field: "category", Op: retrieval.Eq, Values: []string{"Laptop"}}}}, "category eq laptops"},
		{retrieval.Query{Text: "tv", Filters: []retrieval.Filter{num("screen_inch", retrieval.Gte, 55)}}, "screen_inch gte 55"},
	} {
		a := ask(t, s, c.q)
		if got := filters(a.Understood.Filters); got != c.want || len(a.Products) == 0 || len(a.Understood.Relaxed) > 0 {
			t.Errorf("%q with %s: %s, %d shown", c.q.Text, filters(c.q.Filters), got, len(a.Products))
		}
	}
}

func TestSort(t *testing.T) {
	s, _ := newSearcher(t)
	for query, key := range map[string]func(shop.Product) float64{
		"cheapest headphones":     func(p shop.Product) float64 { return float64(p.Price.Minor) },
		"最便宜的手机":                  func(p shop.Product) float64 { return float64(p.Price.Minor) },
		"most expensive tv":       func(p shop.Product) float64 { return -float64(p.Price.Minor) },
		"best rated kettle":       func(p shop.Product) float64 { return -*p.Rating },
		"newest laptop under 999": func(p shop.Product) float64 { return -float64(p.Released[2]-'0')*10 - float64(p.Released[3]-'0') },
		"most popular t-shirts":   func(p shop.Product) float64 { return -float64(*p.Reviews) },
	} {
		a := ask(t, s, retrieval.Query{Text: query})
		if len(a.Products) < 2 || !slices.IsSortedFunc(a.Products, func(a, b shop.Product) int { return int(key(a)*100) - int(key(b)*100) }) {
			t.Errorf("%q is not in order: %d products", query, len(a.Products))
		}
	}
	if a := ask(t, s, retrieval.Query{Text: "cheapest laptop", Sort: "-price"}); a.Products[0].Price.Minor < a.Products[1].Price.Minor {
		t.Error("the caller's order did not win")
	}
}

func TestAlternatives(t *testing.T) {
	s, _ := newSearcher(t)
	if a := ask(t, s, retrieval.Query{Text: "auriculares"}); len(a.Products) > 0 {
		t.Fatal("a word that the catalogue lacks found something")
	}
	a := ask(t, s, retrieval.Query{Text: "auriculares", Alternatives: []string{"headphones", "耳机"}})
	if !all(a.Products, of("headphones")) {
		t.Errorf("%d found by alternatives", len(a.Products))
	}
}

func TestWhy(t *testing.T) {
	s, _ := newSearcher(t)
	for query, want := range map[string]string{
		"laptop under 500 with at least 8GB ram": "$399.00, within your limit|memory: 8 GB",
		"500元以下的笔记本":                             "价格 $399.00，符合预算",
		"Bosch kettle":                           "By Bosch",
		"手机 不要红色":                                "不含红色",
	} {
		a := ask(t, s, retrieval.Query{Text: query, Limit: 1})
		if got := strings.Join(a.Why[a.Products[0].ID], "|"); got != want {
			t.Errorf("%q: why %q, want %q", query, got, want)
		}
	}
}

// What is shown is checked against the record, which may be newer than the index.
func TestStaleIndex(t *testing.T) {
	s, products := newSearcher(t)
	dear := products["laptops-0"]
	price := shop.Money{Minor: 99900, Currency: "USD"}
	dear.Price = &price
	products["laptops-0"] = dear
	delete(products, "laptops-1")
	a := ask(t, s, retrieval.Query{Text: "laptop under 800"})
	if !all(a.Products, under(800)) || a.Total != len(a.Products) {
		t.Errorf("%d of %d shown", len(a.Products), a.Total)
	}
}

func TestPassages(t *testing.T) {
	s, _ := newSearcher(t)
	shelf := passages{}
	var docs []retrieval.Doc
	for _, p := range []shop.Passage{
		{ID: "returns#1", Document: "Returns", Section: "Window", Version: "1", Quote: "You may return goods within 30 days."},
		{ID: "returns#2", Document: "Returns", Section: "Fees", Version: "1", Quote: "We pay the way back of faulty goods."},
		{ID: "shipping#1", Document: "Shipping", Section: "Abroad", Version: "1", Quote: "Parcels abroad take two weeks."},
	} {
		shelf[p.ID] = p
		docs = append(docs, retrieval.PassageDoc("t", p))
	}
	if err := s.Index.Upsert(context.Background(), docs); err != nil {
		t.Fatal(err)
	}
	s.PassageStore = shelf
	ps, err := s.Passages(context.Background(), retrieval.Query{Tenant: "t", Text: "How long can I return something?", Limit: 2})
	if err != nil || len(ps) == 0 || ps[0].ID != "returns#1" {
		t.Errorf("%v, %v", ps, err)
	}
	if ps, _ := s.Passages(context.Background(), retrieval.Query{Tenant: "t", Text: "sdfgsdfg"}); len(ps) != 0 {
		t.Errorf("%v", ps)
	}
	if a := ask(t, s, retrieval.Query{Text: "return goods"}); len(a.Products) != 0 {
		t.Error("a passage was shown as a product")
	}
}

type passages map[string]shop.Passage

func (s passages) Passages(_ context.Context, _ string, ids []string) ([]shop.Passage, error) {
	var out []shop.Passage
	for _, id := range ids {
		out = append(out, s[id])
	}
	return out, nil
}

// Without lexicon and embedder the words alone still find.
func TestBare(t *testing.T) {
	products, x := newStand(), local.New(local.Options{})
	for _, p := range products {
		if err := x.Upsert(context.Background(), []retrieval.Doc{retrieval.ProductDoc(p, "USD")}); err != nil {
			t.Fatal(err)
		}
	}
	s := &retrieval.Searcher{Index: x, Products: products}
	if a := ask(t, s, retrieval.Query{Text: "headphones under 100"}); !all(a.Products, under(100)) {
		t.Error("a limit was broken")
	}
	if a := ask(t, s, retrieval.Query{}); len(a.Products) != 10 || a.Total != len(products) {
		t.Errorf("an empty query: %d of %d", len(a.Products), a.Total)
	}
}

// A catalogue of one language without categories still answers to the other's names of kinds and brands.
func TestOtherLanguage(t *testing.T) {
	products, x := newStand(), local.New(local.Options{})
	for id, p := range products {
		p.Words, p.Categories = nil, nil
		products[id] = p
		if err := x.Upsert(context.Background(), []retrieval.Doc{retrieval.ProductDoc(p, "USD")}); err != nil {
			t.Fatal(err)
		}
	}
	s := &retrieval.Searcher{Index: x, Lexicon: x, Products: products}
	for query, in := range map[string]string{"耳机": "Headphones", "惠普笔记本电脑": "HP Laptop", "500元以下的电视": "TV"} {
		a := ask(t, s, retrieval.Query{Text: query, Limit: 3})
		if !all(a.Products, func(p shop.Product) bool { return strings.Contains(p.Title, in) }) {
			t.Errorf("%q: %d found", query, len(a.Products))
		}
	}
}

// What a colour is asked of must be there: red alone is no answer.
func TestColorIsNoKind(t *testing.T) {
	s, _ := newSearcher(t)
	if a := ask(t, s, retrieval.Query{Text: "red xylophone"}); len(a.Products) > 0 {
		t.Errorf("%q", a.Products[0].Title)
	}
	if a := ask(t, s, retrieval.Query{Text: "something red"}); !all(a.Products, colored("Red")) {
		t.Error("nothing red")
	}
}
