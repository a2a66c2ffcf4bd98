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
