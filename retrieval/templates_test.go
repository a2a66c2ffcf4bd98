package retrieval_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"shopkeeper/retrieval"
	"shopkeeper/shop"
)

// wish is one part of a request: how it is said, and the field and rule that it stands for.
type wish struct {
	said  string
	field string
	holds rule
}

func priceWish(rng *rand.Rand, zh bool) wish {
	n := int64(rng.IntN(30)+1) * 50
	if zh {
		return wish{fmt.Sprintf(pick(rng.IntN(6), "%d元以下", "不超过%d块", "预算%d以内", "最多%d元", "%d以内", "低于%d元"), n), "price", under(n)}
	}
	if rng.IntN(4) == 0 {
		return wish{fmt.Sprintf(pick(rng.IntN(4), "between %d and %d", "from $%d to $%d", "$%d-%d", "%d to %d dollars"), n, n*2), "price", func(p shop.Product) bool { return under(n*2)(p) && over(n)(p) }}
	}
	return wish{fmt.Sprintf(pick(rng.IntN(9), "under %d", "under $%d", "below %d dollars", "for less than %d bucks", "up to €%d", "no more than %d", "max $%d", "%d or less", "cheaper than %d"), n), "price", under(n)}
}

func notColor(rng *rand.Rand, zh bool) wish {
	c := palette[rng.IntN(len(palette))]
	said := fmt.Sprintf(pick(rng.IntN(4), "not %s", "but not %s", "not in %s", "anything but %s"), strings.ToLower(c))
	if zh {
		said = fmt.Sprintf(pick(rng.IntN(3), "不要%s", "不要%s的", "除了%s"), inChinese[c])
	}
	return wish{said, "color", free(c, inChinese[c])}
}

func notBrand(rng *rand.Rand, zh bool, brand string) wish {
	said := fmt.Sprintf(pick(rng.IntN(5), "not %s", "without %s", "except %s", "no %s", "other than %s"), brand)
	if zh {
		said = fmt.Sprintf(pick(rng.IntN(3), "不要%s", "除了%s", "非%s"), brand)
	}
	return wish{said, "brand", free(brand)}
}

func starWish(rng *rand.Rand, zh bool) wish {
	v := 3.5 + float64(rng.IntN(3))*0.5
	if zh {
		return wish{fmt.Sprintf(pick(rng.IntN(2), "评分%g以上", "%g星以上"), v), "rating", rated(v)}
	}
	return wish{fmt.Sprintf(pick(rng.IntN(4), "at least %g stars", "rated %g or higher", "rating above %g", "%g+ stars"), v), "rating", rated(v)}
}

// Requests put together at random, in both languages: what is shown breaks no wish that was not relaxed, and no exclusion at all.
func TestLimitsAtRandom(t *testing.T) {
	s, _ := newSearcher(t)
	rng := rand.New(rand.NewPCG(1, 2))
	shown, relaxed := 0, 0
	for range 3000 {
		k := kinds[rng.IntN(len(kinds))]
		zh := rng.IntN(2) == 0
		var wishes []wish
		for _, make := range []func() wish{
			func() wish { return priceWish(rng, zh) },
			func() wish { return notColor(rng, zh) },
			func() wish { return notBrand(rng, zh, k.brands[rng.IntN(len(k.brands))]) },
			func() wish { return starWish(rng, zh) },
		} {
			if rng.IntN(2) == 0 {
				wishes = append(wishes, make())
			}
		}
		rng.Shuffle(len(wishes), func(i, j int) { wishes[i], wishes[j] = wishes[j], wishes[i] })
		var parts []string
		for _, w := range wishes {
			parts = append(parts, w.said)
		}
		name := strings.ToLower(k.en)
		if zh {
			name = k.zh
		}
		query := name + " " + strings.Join(parts, pick(rng.IntN(3), " ", ", ", "，"))
		a := ask(t, s, retrieval.Query{Text: query, Limit: 20})
		shown += len(a.Products)
		relaxed += len(a.Understood.Relaxed)
		for _, w := range wishes {
			if w.field != "color" && w.field != "brand" && slices.ContainsFunc(a.Understood.Relaxed, func(r retrieval.Relaxed) bool { return r.From.Field == w.field }) {
				continue
			}
			for _, p := range a.Products {
				if !w.holds(p) {
					t.Fatalf("%q shows %q %s rated %v against %q; understood %s", query, p.Title, p.Price, *p.Rating, w.said, filters(a.Understood.Filters))
				}
			}
		}
		for _, p := range a.Products {
			if !of(k.enCategory)(p) {
				t.Fatalf("%q shows %q; understood %q %s", query, p.Title, a.Understood.Query, filters(a.Understood.Filters))
			}
		}
	}
	if shown < 3000 || relaxed == 0 {
		t.Errorf("%d shown, %d relaxed: the requests ask too much or too little", shown, relaxed)
	}
}
