package retrieval_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"unicode"

	"shopkeeper/retrieval"
	"shopkeeper/shop"
)

// A rule looks at the record itself, with none of the search's own code.
type rule func(p shop.Product) bool

func under(dollars int64) rule {
	return func(p shop.Product) bool { return p.Price != nil && p.Price.Minor <= dollars*100 }
}

func over(dollars int64) rule {
	return func(p shop.Product) bool { return p.Price != nil && p.Price.Minor >= dollars*100 }
}

func rated(least float64) rule { return func(p shop.Product) bool { return *p.Rating >= least } }

func inStock(p shop.Product) bool { return *p.Stock > 0 }

func brand(names ...string) rule {
	return func(p shop.Product) bool { return slices.Contains(names, p.Brand) }
}

func attribute(p shop.Product, name string) float64 {
	for _, a := range p.Attributes {
		if a.Name == name && a.Value.Number != nil {
			return *a.Value.Number
		}
	}
	return -1
}

func least(name string, v float64) rule {
	return func(p shop.Product) bool { return attribute(p, name) >= v }
}

func most(name string, v float64) rule {
	return func(p shop.Product) bool { a := attribute(p, name); return a >= 0 && a <= v }
}

func of(category string) rule {
	return func(p shop.Product) bool { return slices.Contains(p.Categories, category) }
}

// free of words: neither title in any language, brand nor own attributes have them. Variants may.
func free(words ...string) rule {
	return func(p shop.Product) bool {
		shown := p.Title + " " + p.Brand
		for _, w := range p.Words {
			shown += " " + w.Title
		}
		for _, a := range p.Attributes {
			shown += " " + a.Value.Text
		}
		said := strings.FieldsFunc(strings.ToLower(shown), func(r rune) bool { return !unicode.IsLetter(r) || unicode.Is(unicode.Han, r) })
		for _, w := range words {
			if slices.Contains(said, strings.ToLower(w)) || w[0] > 0x7f && strings.Contains(shown, w) {
				return false
			}
		}
		return true
	}
}

func colored(c string) rule {
	return func(p shop.Product) bool {
		as := slices.Clone(p.Attributes)
		for _, v := range p.Variants {
			as = append(as, v.Attributes...)
		}
		return slices.ContainsFunc(as, func(a shop.Attribute) bool { return a.Name == "color" && a.Value.Text == c })
	}
}

var limits = []struct {
	query string
	rules []rule
}{
	{"laptop under 900", []rule{of("laptops"), under(900)}},
	{"laptops under $1,200", []rule{of("laptops"), under(1200)}},
	{"16GB laptop under 1,200", []rule{of("laptops"), under(1200)}},
	{"I'm looking for headphones below 150 dollars", []rule{of("headphones"), under(150)}},
	{"show me phones for less than 500 bucks please", []rule{of("phones"), under(500)}},
	{"headphones between 50 and 120", []rule{of("headphones"), over(50), under(120)}},
	{"headphones from $50 to $120", []rule{of("headphones"), over(50), under(120)}},
	{"$50-$120 headphones", []rule{of("headphones"), over(50), under(120)}},
	{"kettle at most 60", []rule{of("kettles"), under(60)}},
	{"kettle up to €60", []rule{of("kettles"), under(60)}},
	{"a tv no more than 1000", []rule{of("tvs"), under(1000)}},
	{"my budget is 800, need a laptop", []rule{of("laptops"), under(800)}},
	{"t-shirt 25 dollars or less", []rule{of("t-shirts"), under(25)}},
	{"tv over 1000", []rule{of("tvs"), over(1000)}},
	{"phones at least $600", []rule{of("phones"), over(600)}},
	{"laptop with at least 16GB", []rule{of("laptops"), least("memory", 16)}},
	{"laptop with at least 16 GB of RAM under 1500", []rule{of("laptops"), least("memory", 16), under(1500)}},
	{"laptop with more than 256GB storage", []rule{of("laptops"), least("storage", 257)}},
	{"phone with at least 128GB", []rule{of("phones"), least("storage", 128)}},
	{"phone, 4000mAh or more", []rule{of("phones"), least("battery", 4000)}},
	{"tv at least 55 inches", []rule{of("tvs"), least("screen", 55)}},
	{"55 inch or larger tv under 2000", []rule{of("tvs"), least("screen", 55), under(2000)}},
	{"laptop lighter than 1.6 kg", []rule{of("laptops"), most("weight", 1.6)}},
	{"laptop under 1600 g", []rule{of("laptops"), most("weight", 1.6)}},
	{"kettle of at least 1500ml", []rule{of("kettles"), least("capacity", 1.5)}},
	{"kettle with at least 2kW", []rule{of("kettles"), least("power", 2000)}},
	{"headphones with battery life over 25 hours", []rule{of("headphones"), least("battery life", 25)}},
	{"headphones not red", []rule{of("headphones"), free("red", "红")}},
	{"phones, not black and not white", []rule{of("phones"), free("black", "黑", "white", "白")}},
	{"laptop not HP", []rule{of("laptops"), free("HP", "惠普")}},
	{"laptop without HP or Dell", []rule{of("laptops"), free("HP", "Dell")}},
	{"any laptop except Lenovo under 1500", []rule{of("laptops"), free("Lenovo"), under(1500)}},
	{"tv other than Samsung", []rule{of("tvs"), free("Samsung")}},
	{"headphones excluding JBL, in stock", []rule{of("headphones"), free("JBL"), inStock}},
	{"headphones without wireless", []rule{of("headphones"), free("wireless")}},
	{"red headphones", []rule{of("headphones"), colored("Red")}},
	{"phones in blue under 1500", []rule{of("phones"), colored("Blue"), under(1500)}},
	{"black or white t-shirts", []rule{of("t-shirts"), func(p shop.Product) bool { return colored("Black")(p) || colored("White")(p) }}},
	{"Sony headphones", []rule{of("headphones"), brand("Sony")}},
	{"samsung tv under 1000", []rule{of("tvs"), brand("Samsung"), under(1000)}},
	{"headphones with at least 4 stars", []rule{of("headphones"), rated(4)}},
	{"kettle rated above 4.2", []rule{of("kettles"), rated(4.2)}},
	{"4.5 stars and up phones", []rule{of("phones"), rated(4.5)}},
	{"phones in stock", []rule{of("phones"), inStock}},
	{"laptop bag under 60 not black", []rule{of("laptop bags"), under(60), free("black", "黑")}},
	{"cheapest laptop not ASUS with 16gb or more", []rule{of("laptops"), free("ASUS"), least("memory", 16)}},
	{"headphones around $100", []rule{of("headphones"), over(80), under(120)}},
	{"500元以下的手机", []rule{of("phones"), under(500)}},
	{"200到500元的手机", []rule{of("phones"), over(200), under(500)}},
	{"预算1000以内的笔记本电脑", []rule{of("laptops"), under(1000)}},
	{"不超过80块的电水壶", []rule{of("kettles"), under(80)}},
	{"至少16GB内存的笔记本", []rule{of("laptops"), least("memory", 16)}},
	{"笔记本电脑 至少16GB", []rule{of("laptops"), least("memory", 16)}},
	{"256G以上的手机", []rule{of("phones"), least("storage", 256)}},
	{"不要红色的耳机", []rule{of("headphones"), free("red", "红")}},
	{"手机 不要黑色和白色", []rule{of("phones"), free("black", "黑", "white", "白")}},
	{"笔记本电脑 不要惠普", []rule{of("laptops"), free("HP", "惠普")}},
	{"除了索尼以外的耳机 300元以内", []rule{of("headphones"), free("Sony", "索尼"), under(300)}},
	{"电视 不要三星 3000元以内", []rule{of("tvs"), free("Samsung", "三星"), under(3000)}},
	{"非苹果手机", []rule{of("phones"), free("Apple", "苹果")}},
	{"红色T恤 30元以下", []rule{of("t-shirts"), colored("Red"), under(30)}},
	{"评分4分以上的电水壶", []rule{of("kettles"), rated(4)}},
	{"有货的银色手机", []rule{of("phones"), inStock, colored("Silver")}},
	{"55寸以上的电视", []rule{of("tvs"), least("screen", 55)}},
	{"最便宜的索尼耳机", []rule{of("headphones"), brand("Sony")}},
	{"电池5000毫安以上的手机", []rule{of("phones"), least("battery", 5000)}},
}

// No product that is shown breaks a limit, and nothing had to be relaxed: the catalogue has what each line asks for.
func TestLimits(t *testing.T) {
	s, _ := newSearcher(t)
	for _, c := range limits {
		a, err := s.Search(context.Background(), retrieval.Query{Tenant: "t", Text: c.query, Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Products) == 0 {
			t.Errorf("%q found nothing: %s", c.query, filters(a.Understood.Filters))
		}
		if len(a.Understood.Relaxed) > 0 {
			t.Errorf("%q was relaxed: %s", c.query, filters(a.Understood.Filters))
		}
		for _, p := range a.Products {
			for i, r := range c.rules {
				if !r(p) {
					t.Errorf("%q shows %q %s, which breaks rule %d; understood %s", c.query, p.Title, p.Price, i, filters(a.Understood.Filters))
				}
			}
		}
	}
}
