package rules

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"shopkeeper/shop"
)

func TestMoreWordsKeepTheKind(t *testing.T) {
	both(t, func(t *testing.T, k *talk) {
		k.say(t, "cameras")
		k.say(t, "for travel")
		every(t, k.products(t).Shown, "cameras", func(p shop.ProductCard) bool { return p.Category == "Cameras" })
		k.say(t, "and a laptop bag please")
		every(t, k.products(t).Shown, "laptop bags", func(p shop.ProductCard) bool { return p.Category == "Laptop Bags" })
	})
}

func TestRuledOutByAnyWord(t *testing.T) {
	both(t, func(t *testing.T, k *talk) {
		k.say(t, "coffee machine, not plastic, under 400")
		c := k.products(t)
		every(t, c.Shown, "no plastic", func(p shop.ProductCard) bool {
			return !slices.ContainsFunc(k.byID[p.ID].Attributes, func(a shop.Attribute) bool { return strings.Contains(strings.ToLower(a.Value.Text), "plastic") })
		})
		if strings.Contains(c.Understood.Query, "plastic") {
			t.Errorf("what is ruled out is searched for: %+v", c.Understood)
		}
	})
}

func TestWhichOfThem(t *testing.T) {
	both(t, func(t *testing.T, k *talk) {
		k.say(t, "laptops")
		list := k.products(t).Shown
		weight := func(p shop.ProductCard) float64 {
			for _, a := range k.byID[p.ID].Attributes {
				if a.Name == "weight" {
					return *a.Value.Number
				}
			}
			return 0
		}
		light := slices.MinFunc(list, func(a, b shop.ProductCard) int { return int(1000 * (weight(a) - weight(b))) })
		if a := k.say(t, "which one is the lightest?"); !strings.Contains(a, shop.Num(weight(light)).String()+" kg") {
			t.Errorf("%s (want %v kg)", a, weight(light))
		}
		k.say(t, "compare the cheapest and the most expensive")
		var c shop.CompareCard
		if err := json.Unmarshal(k.cards[0].Data, &c); err != nil || len(c.Products) != 2 || c.Products[0].Price.Minor != lowest(list) {
			t.Errorf("%v %+v", err, c.Products)
		}
	})
}

// A feed without categories: what words are about is told by the titles that they find.
func TestKindsWithoutCategories(t *testing.T) {
	list := func(titles ...string) (out []shop.ProductCard) {
		for _, s := range titles {
			out = append(out, shop.ProductCard{ID: s, Title: s})
		}
		return out
	}
	base := view{known: true, query: "keyboards", list: list("Cherry Keyboard", "Acer keyboard")}
	zh := view{known: true, query: "机械键盘", list: list("樱桃机械键盘", "罗技键盘")}
	for _, c := range []struct {
		base  view
		said  string
		finds []shop.ProductCard
		fresh bool
		query string
	}{
		{base, "bluetooth", list("HP mouse Bluetooth", "HP keyboard Bluetooth"), false, "keyboards bluetooth"},
		{base, "headsets", list("HP Headset", "Philips Headset"), true, "headsets"},
		{base, "wireless ones", list("Wireless mouse"), false, "keyboards wireless"},
		{base, "wired keyboards", list("Wired keyboard"), false, "wired keyboards"},
		{base, "kettles", nil, true, "kettles"},
		{zh, "蓝牙", list("蓝牙键盘", "蓝牙耳机"), false, "机械键盘 蓝牙"},
		{zh, "耳机", list("蓝牙耳机", "有线耳机"), true, "耳机"},
	} {
		card := shop.ProductsCard{Total: len(c.finds), Shown: c.finds}
		card.Understood.Query = strings.TrimSuffix(c.said, " ones")
		v, fresh := merge(c.base, c.said, card)
		if fresh != c.fresh || v.query != c.query {
			t.Errorf("%s after %s: %q, fresh %v; want %q, %v", c.said, c.base.query, v.query, fresh, c.query, c.fresh)
		}
	}
}
