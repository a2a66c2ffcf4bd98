package retrieval_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"shopkeeper/retrieval"
)

func filters(fs []retrieval.Filter) string {
	var out []string
	for _, f := range fs {
		if f.Number != nil {
			out = append(out, fmt.Sprintf("%s %s %g", f.Field, f.Op, *f.Number))
		} else {
			out = append(out, fmt.Sprintf("%s %s %s", f.Field, f.Op, strings.Join(f.Values, "|")))
		}
	}
	return strings.Join(out, "; ")
}

func TestUnderstood(t *testing.T) {
	s, _ := newSearcher(t)
	for _, c := range []struct{ query, rest, filters, sort string }{
		{"laptop", "laptop", "", ""},
		{"iPhone 15 under 900", "iphone 15", "price lte 90000", ""},
		{"iPhone 15 Pro Max 256GB", "iphone 15 pro max 256gb", "", ""},
		{"HP 305", "hp 305", "", ""},
		{"2 pack t-shirts", "2 pack t-shirts", "", ""},
		{"4k tv", "4k tv", "", ""},
		{"16GB laptop under 1,200", "16gb laptop", "price lte 120000", ""},
		{"over-ear headphones", "over-ear headphones", "", ""},
		{"windows 10", "windows 10", "", ""},
		{"a laptop that costs no more than $999.50", "laptop", "price lte 99950", ""},
		{"usb hub at least 4 ports", "usb hub ports", "", ""},
		{"headphones, cheap", "headphones", "", "price"},
		{"the cheapest headphones", "headphones", "", "price"},
		{"newest phones in stock", "phones", "stock gte 1", "-released"},
		{"best rated kettle under 60 bucks", "kettle", "price lte 6000", "-rating"},
		{"most expensive tv", "tv", "", "-price"},
		{"tv on sale", "tv", "discount gte 1", ""},
		{"at least 20% off headphones", "headphones", "discount gte 2000", ""},
		{"not too expensive laptop", "laptop", "", ""},
		{"case for Samsung phone", "case for samsung phone", "", ""},
		{"Sony headphones in blue", "sony headphones in blue", "color in blue; brand in sony", ""},
		{"something not red", "", "color not_in red", ""},
		{"最便宜的手机", "手机", "", "price"},
		{"请问有没有200元以下的耳机吗？", "耳机", "price lte 20000", ""},
		{"我想买一个至少55寸的电视", "电视", "screen_inch gte 55", ""},
		{"五百块以内的手机", "手机", "price lte 50000", ""},
		{"三星电视", "三星电视", "brand in samsung", ""},
		{"phones released after 2020", "phones", "released gte 18628", ""},
		{"headphones with more than 50 reviews", "headphones", "reviews gt 50", ""},
		{"laptop for university, budget about 800", "laptop for university", "price lte 80000", ""},
		{"预算500左右的手机", "手机", "price lte 50000", ""},
		{"headphones not bluetooth", "headphones", "words not_in bluetooth", ""},
		{"laptop, not heavy", "laptop, not heavy", "", ""},
		{"手机，不要皮的", "手机", "words not_in 皮", ""},
		{"quiet kettle for two, max 90", "quiet kettle for two", "price lte 9000", ""},
		{"手机，不要大的", "手机, 不要大", "", ""},
	} {
		a, err := s.Search(context.Background(), retrieval.Query{Tenant: "t", Text: c.query})
		if err != nil {
			t.Fatal(err)
		}
		u := a.Understood
		if u.Query != c.rest || filters(u.Filters) != c.filters || u.Sort != c.sort || u.Corrected != "" {
			t.Errorf("%q\n got %q; %s; sort %q; corrected %q\nwant %q; %s; sort %q", c.query, u.Query, filters(u.Filters), u.Sort, u.Corrected, c.rest, c.filters, c.sort)
		}
	}
}

// An amount is that number in the shop's currency, whatever sign was said.
func TestCurrency(t *testing.T) {
	s, _ := newSearcher(t)
	s.Currency = func(string) string { return "JPY" }
	a, err := s.Search(context.Background(), retrieval.Query{Tenant: "t", Text: "耳机 200元以下"})
	if err != nil {
		t.Fatal(err)
	}
	if got := filters(a.Understood.Filters); got != "price lte 200" {
		t.Errorf("in a shop of yen: %s", got)
	}
}

func FuzzSearch(f *testing.F) {
	for _, c := range limits {
		f.Add(c.query)
	}
	f.Add("between and 50 to under not 不要 除了 $ \x00 \xff é\u202e")
	s, _ := newSearcher(f)
	f.Fuzz(func(t *testing.T, query string) {
		if len(query) > 512 {
			return
		}
		a, err := s.Search(context.Background(), retrieval.Query{Tenant: "t", Text: query, Limit: 5})
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Products) > 5 || a.Total < len(a.Products) {
			t.Fatalf("%d of %d products", len(a.Products), a.Total)
		}
		for _, flt := range a.Understood.Filters {
			if flt.Field == "" || flt.Number == nil && len(flt.Values) == 0 {
				t.Fatalf("%q gave an empty filter %+v", query, flt)
			}
		}
	})
}

// Words of shopping that this small catalogue lacks are spelt right: a repair would change what is asked.
func TestCommonWordsAreLeftAlone(t *testing.T) {
	s, _ := newSearcher(t)
	for _, q := range []string{"battery life", "how much would I save", "is this sold here", "my nephew likes music"} {
		a, err := s.Search(context.Background(), retrieval.Query{Tenant: "t", Text: q})
		if err != nil {
			t.Fatal(err)
		}
		if a.Understood.Corrected != "" {
			t.Errorf("%s: repaired to %q", q, a.Understood.Corrected)
		}
	}
}

func TestNamedBrands(t *testing.T) {
	for q, want := range map[string]string{
		"nike shoes": "Nike", "hp printer": "HP", "华为手机": "华为", "iphone 15 case": "iPhone", "a sharp knife for my brother": "", "pineapple": "", "laptops": "",
	} {
		if got := strings.Join(retrieval.NamedBrands(q), " "); got != want {
			t.Errorf("%s: %q, want %q", q, got, want)
		}
	}
	if !retrieval.SameBrand("Huawei", "华为") || retrieval.SameBrand("Huawei", "Sony") {
		t.Error("SameBrand")
	}
}
