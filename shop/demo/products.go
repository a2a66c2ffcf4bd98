package demo

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"shopkeeper/shop"
)

func (w *maker) products() {
	for _, k := range kinds {
		w.make(k)
	}
	// A shop's listings come in no order of types.
	r := w.stream("order of products")
	r.Shuffle(len(w.Products), func(i, j int) {
		w.Products[i], w.Products[j] = w.Products[j], w.Products[i]
		w.made[i], w.made[j] = w.made[j], w.made[i]
	})
}

// make adds one kind's products: qualities are spread evenly, so that prices span the kind whatever the seed.
func (w *maker) make(k *kind) {
	r := w.stream(k.key)
	names := map[string]bool{}
	for i, slot := range r.Perm(k.n) {
		d := &draft{Rand: r, k: k, names: names, factor: 1, q: (float64(slot) + 0.5) / float64(k.n)}
		b := d.q*float64(len(k.brands)) + r.NormFloat64()*0.8
		d.brand = k.brands[min(len(k.brands)-1, max(0, int(b)))]
		for { // until the title is new
			d.facts, d.options, d.colors = nil, nil, nil
			k.spec(d)
			d.colored()
			if !names["title "+d.en] && !names["标题 "+d.zh] {
				break
			}
		}
		names["title "+d.en], names["标题 "+d.zh] = true, true
		w.Products = append(w.Products, w.product(d, i))
		w.made = append(w.made, made{k, d.fitting(k.pros), d.fitting(k.cons)})
	}
}

// colored makes a single colour an attribute, and mostly a part of the title.
func (d *draft) colored() {
	if slices.Contains(d.colors, white) {
		d.say("white", white.word)
	}
	if len(d.colors) != 1 {
		return
	}
	d.text("color", "颜色", d.colors[0].word)
	d.also(d.chance(0.6), ", {color}", " {color}")
}

func (w *maker) product(d *draft, i int) shop.Product {
	r, k := d.Rand, d.k
	price := d.price()
	p := shop.Product{
		Tenant: w.Tenant.ID, ID: w.id(r, "p", 8), Title: d.en, Brand: d.brand.en, Model: d.model.en,
		Categories: []string{k.top, k.en}, Merchant: w.Merchants[k.merchant].ID, EAN: []string{ean(r)},
		Released: w.now.AddDate(0, 0, -20-int(math.Abs(r.NormFloat64())*(620-250*d.q))).Format(time.DateOnly),
	}
	money := w.usd(price)
	p.Price = &money
	if r.IntN(100) < 24 {
		was := w.usd(pretty(float64(price) * (1.12 + r.Float64()*0.4)))
		if was.Minor > price {
			p.Was = &was
		}
	}
	w.popularity(&p, d)
	var zh shop.Words
	p.Attributes, zh.Attributes = d.attributes()
	zh.Title, zh.Category = d.zh, k.zh
	p.Description, zh.Description = d.description()
	if len(d.colors) > 1 {
		zh.Values = map[string]string{}
		for _, c := range d.colors {
			zh.Values[c.en] = c.zh
		}
	}
	p.Words = map[string]shop.Words{"zh": zh}
	stock := stockOf(r)
	p.Stock = &stock
	w.variants(&p, d)
	return p
}

// fitting are the pieces of reviews that may be said of the product.
func (d *draft) fitting(from []line) (out []word) {
	for _, l := range from {
		if d.fits(l) {
			out = append(out, word{l.en, l.zh})
		}
	}
	return out
}

func (d *draft) description() (string, string) {
	d.told = nil
	en, zh := d.lines(d.k.open, 1)
	bodyEN, bodyZH := d.lines(d.k.body, 1+weighted(d.Rand, []int{2, 5, 2}))
	en, zh = append(en, bodyEN...), append(zh, bodyZH...)
	if len(en) < 4 && d.chance(0.6) {
		endEN, endZH := d.lines(d.k.end, 1)
		en, zh = append(en, endEN...), append(zh, endZH...)
	}
	return strings.Join(en, " "), strings.Join(zh, "")
}

// attributes are the facts shown, sorted by name in each language.
func (d *draft) attributes() (en, zh []shop.Attribute) {
	for _, f := range d.facts {
		switch {
		case !f.shown:
		case f.number:
			en = append(en, shop.Attribute{Name: f.name.en, Value: shop.Num(f.num), Unit: f.unit})
			zh = append(zh, shop.Attribute{Name: f.name.zh, Value: shop.Num(f.zhNum), Unit: f.zhUnit})
		default:
			en = append(en, shop.Attribute{Name: f.name.en, Value: shop.Text(f.value.en)})
			zh = append(zh, shop.Attribute{Name: f.name.zh, Value: shop.Text(f.value.zh)})
		}
	}
	byName := func(a, b shop.Attribute) int { return strings.Compare(a.Name, b.Name) }
	slices.SortStableFunc(en, byName)
	slices.SortStableFunc(zh, byName)
	return en, zh
}

func (d *draft) price() int64 {
	v := float64(d.k.lo) * math.Pow(float64(d.k.hi)/float64(d.k.lo), d.q)
	return pretty(v * d.factor * (0.94 + 0.12*d.Float64()))
}

// pretty is the nearest price that a shop would print.
func pretty(cents float64) int64 {
	step, off := 1.0, 0.0
	switch {
	case cents < 2000:
		step, off = 50, 1 // 7.49, 7.99
	case cents < 10000:
		step, off = 100, 10 // 39.90
	case cents < 50000:
		step, off = 500, 100 // 149.00, 154.00
	default:
		step, off = 1000, 100 // 1,299.00
	}
	return int64(math.Max(1, math.Round(cents/step))*step - off)
}

// popularity gives rating and count of ratings: better ones are liked better, most have some, new ones none.
func (w *maker) popularity(p *shop.Product, d *draft) {
	r := d.Rand
	n := 0
	if r.IntN(100) >= 7 {
		n = 1 + int(math.Exp(r.NormFloat64()*1.3+3.6))
	}
	n = min(n, 9000)
	p.Reviews = &n
	if n == 0 {
		return
	}
	v := 4.05 + 0.45*d.q + r.NormFloat64()*0.35
	if r.IntN(100) < 5 {
		v -= 1.2 + r.Float64()
	}
	v = math.Round(min(5, max(1, v))*10) / 10
	p.Rating = &v
}

func stockOf(r *rand.Rand) int {
	switch n := r.IntN(100); {
	case n < 6:
		return 0
	case n < 18:
		return 1 + r.IntN(5)
	}
	return 6 + r.IntN(180)
}

// variants lists what can be bought; the product's price is the lowest, its stock the sum.
func (w *maker) variants(p *shop.Product, d *draft) {
	colors, options := d.colors, d.options
	if len(colors) < 2 {
		colors = nil
	}
	if len(colors) == 0 && len(options) == 0 {
		return
	}
	r, sum, out := d.Rand, 0, *p.Stock == 0
	add := func(extra int64, as ...shop.Attribute) {
		stock := 0
		if !out {
			if stock = stockOf(r); len(options) > 2 && stock > 5 {
				stock = 1 + stock/4
			}
		}
		sum += stock
		price := w.usd(p.Price.Minor + extra)
		p.Variants = append(p.Variants, shop.Variant{ID: p.ID + "-" + strconv.Itoa(len(p.Variants)+1), Attributes: as, Price: &price, Stock: &stock})
	}
	for _, c := range colors {
		tint := shop.Attribute{Name: "color", Value: shop.Text(c.en)}
		if len(options) == 0 {
			add(0, tint)
		}
		for _, o := range options {
			add(o.extra, tint, o.attr)
		}
	}
	if colors == nil {
		for _, o := range options {
			add(o.extra, o.attr)
		}
	}
	p.Stock = &sum
}

// ean is a number of the range that shops may use within their own walls, so that it is nobody's.
func ean(r *rand.Rand) string {
	b := []byte("2")
	for range 11 {
		b = append(b, byte('0'+r.IntN(10)))
	}
	return string(append(b, checkDigit(b)))
}

// checkDigit of the 12 digits before it: GS1 General Specifications, 7.9.
func checkDigit(digits []byte) byte {
	sum := 0
	for i, c := range digits {
		n := int(c - '0')
		if i%2 == 1 {
			n *= 3
		}
		sum += n
	}
	return byte('0' + (10-sum%10)%10)
}
