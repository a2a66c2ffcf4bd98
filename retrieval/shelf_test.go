package retrieval_test

import (
	"context"
	"fmt"
	"testing"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/local"
	"shopkeeper/shop"
)

// stand is a small bilingual catalogue behind a Searcher.
type stand map[string]shop.Product

func (s stand) Products(_ context.Context, _ string, ids []string) ([]shop.Product, error) {
	var out []shop.Product
	for _, id := range ids {
		if p, ok := s[id]; ok {
			out = append(out, p)
		}
	}
	return out, nil
}

type kind struct {
	en, zh, enCategory, zhCategory string
	brands                         []string
	from, step                     int64 // prices
	attributes                     func(i int) []shop.Attribute
}

var palette = []string{"Black", "Red", "White", "Blue", "Silver"}

var inChinese = map[string]string{"Black": "黑色", "Red": "红色", "White": "白色", "Blue": "蓝色", "Silver": "银色"}

func pick[T any](i int, of ...T) T { return of[i%len(of)] }

func gb(name string, v float64) shop.Attribute {
	return shop.Attribute{Name: name, Value: shop.Num(v), Unit: "GB"}
}

var kinds = []kind{
	{"Laptop", "笔记本电脑", "laptops", "笔记本电脑", []string{"HP", "Lenovo", "Dell", "ASUS"}, 39900, 18000, func(i int) []shop.Attribute {
		return []shop.Attribute{gb("memory", pick(i, 8., 16, 32)), gb("storage", pick(i, 256., 512, 1024)), {Name: "screen", Value: shop.Num(pick(i, 13.3, 14, 15.6)), Unit: "inch"}, {Name: "weight", Value: shop.Num(pick(i, 1.2, 1.5, 2.2)), Unit: "kg"}}
	}},
	{"Laptop Bag", "笔记本电脑包", "laptop bags", "电脑包", []string{"Targus", "HP", "Kensington"}, 1990, 1500, func(i int) []shop.Attribute {
		return []shop.Attribute{{Name: "weight", Value: shop.Num(pick(i, 500., 800)), Unit: "g"}}
	}},
	{"Headphones", "耳机", "headphones", "耳机", []string{"Sony", "JBL", "Bose"}, 2990, 3500, func(i int) []shop.Attribute {
		return []shop.Attribute{{Name: "battery life", Value: shop.Num(pick(i, 20., 30, 50)), Unit: "h"}, {Name: "connection", Value: shop.Text(pick(i, "wireless", "wired"))}}
	}},
	{"Phone", "手机", "phones", "手机", []string{"Apple", "Samsung", "Xiaomi"}, 19900, 12000, func(i int) []shop.Attribute {
		return []shop.Attribute{gb("storage", pick(i, 64., 128, 256)), gb("memory", pick(i, 6., 8)), {Name: "battery", Value: shop.Num(pick(i, 3500., 5000)), Unit: "mAh"}}
	}},
	{"T-Shirt", "T恤", "t-shirts", "T恤", []string{"Nike", "Adidas", "Puma"}, 990, 500, func(int) []shop.Attribute {
		return []shop.Attribute{{Name: "material", Value: shop.Text("cotton")}}
	}},
	{"TV", "电视", "tvs", "电视", []string{"Samsung", "LG", "Sony"}, 29900, 20000, func(i int) []shop.Attribute {
		return []shop.Attribute{{Name: "screen", Value: shop.Num(pick(i, 43., 55, 65)), Unit: "inch"}, {Name: "resolution", Value: shop.Text("4K")}}
	}},
	{"Kettle", "电水壶", "kettles", "电水壶", []string{"Philips", "Bosch"}, 2490, 900, func(i int) []shop.Attribute {
		return []shop.Attribute{{Name: "capacity", Value: shop.Num(pick(i, 1., 1.7)), Unit: "L"}, {Name: "power", Value: shop.Num(pick(i, 1500., 2200)), Unit: "W"}}
	}},
}

func newStand() stand {
	s := stand{}
	for k, kd := range kinds {
		for i := range 12 {
			color, brand := palette[(i+k)%len(palette)], kd.brands[i%len(kd.brands)]
			price := shop.Money{Minor: kd.from + int64(i)*kd.step, Currency: "USD"}
			stock, rating, reviews := (i*7)%5, 3.4+float64(i%8)*0.2, 3+i*11
			p := shop.Product{
				Tenant: "t", ID: fmt.Sprintf("%s-%d", kd.enCategory, i), Lang: "en", Brand: brand, Price: &price, Stock: &stock, Rating: &rating, Reviews: &reviews,
				Title: fmt.Sprintf("%s %s %c%d %s", brand, kd.en, 'A'+k, 100+i, color), Categories: []string{kd.enCategory},
				Released:   fmt.Sprintf("20%d-03-01", 18+i%8),
				Attributes: append(kd.attributes(i), shop.Attribute{Name: "color", Value: shop.Text(color)}),
				Words:      map[string]shop.Words{"zh": {Title: fmt.Sprintf("%s %s %c%d %s", brand, kd.zh, 'A'+k, 100+i, inChinese[color]), Category: kd.zhCategory}},
			}
			if i%4 == 0 { // some come in another colour too
				p.Variants = []shop.Variant{{ID: "v", Attributes: []shop.Attribute{{Name: "color", Value: shop.Text("Green")}}}}
			}
			if i%3 == 0 {
				was := shop.Money{Minor: price.Minor * 5 / 4, Currency: "USD"}
				p.Was = &was
			}
			s[p.ID] = p
		}
	}
	return s
}

func newSearcher(t testing.TB) (*retrieval.Searcher, stand) {
	t.Helper()
	s, x := newStand(), local.New(local.Options{})
	var docs []retrieval.Doc
	for _, p := range s {
		docs = append(docs, retrieval.ProductDoc(p, "USD"))
	}
	if err := x.Upsert(context.Background(), docs); err != nil {
		t.Fatal(err)
	}
	return &retrieval.Searcher{Index: x, Lexicon: x, Products: s}, s
}
