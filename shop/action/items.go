package action

import (
	"slices"
	"strings"

	"shopkeeper/shop"
)

// swapped is what exchanging pieces of an order for others comes to.
type swapped struct {
	items      []shop.Item // of the whole order, afterwards
	old, new   []shop.Item // the pieces, pair by pair
	difference int64
	method     shop.PaymentMethod
}

func (w World) swap(a ItemsArgs) (s swapped, err error) {
	if len(a.Items) == 0 {
		return s, invalid("items", "No items are named; name the ones that are meant.")
	}
	if len(a.Items) != len(a.New) {
		return s, refuse("item_count_mismatch", "%d items are to be replaced by %d: name one new item for each.", len(a.Items), len(a.New))
	}
	old, err := w.pieces(a.Items)
	if err != nil {
		return s, err
	}
	s.old = old
	for i, ref := range a.New {
		to, ok := w.choice(old[i].Product, ref)
		if !ok {
			return s, refuse("new_item_unavailable", "%q is not an available form of %s.", shorten(ref), old[i].Title)
		}
		if ref == old[i].Ref() {
			return s, refuse("same_variant", "%s is to be replaced by itself; choose another form of it.", old[i].Title)
		}
		s.new = append(s.new, to)
		s.difference += to.Price.Minor - old[i].Price.Minor
	}
	s.items = replaced(w.Order.Items, a.Items, s.new)
	if a.Method == "" {
		if from := paid(w.Order); len(from) == 1 {
			a.Method = from[0].Method
		}
	}
	s.method, err = w.method(a.Method, s.difference)
	return s, err
}

// pieces are single items of the order, by their refs; a ref that is named twice takes two.
func (w World) pieces(refs []string) (out []shop.Item, err error) {
	left := map[string]int{}
	for _, it := range w.Order.Items {
		left[it.Ref()] += it.Qty
	}
	for _, ref := range refs {
		if left[ref]--; left[ref] < 0 {
			return nil, refuse("item_not_in_order", "Order %s has no %q, or not so many; it has %s.", w.Order.ID, shorten(ref), contents(w.Order))
		}
		it := w.Order.Items[slices.IndexFunc(w.Order.Items, func(x shop.Item) bool { return x.Ref() == ref })]
		it.Qty = 1
		out = append(out, it)
	}
	return out, nil
}

func contents(o shop.Order) string {
	var refs []string
	for _, it := range o.Items {
		refs = append(refs, it.Ref())
	}
	return strings.Join(refs, ", ")
}

// choice is a form of a product that can be bought now, as an item of one piece.
func (w World) choice(product, ref string) (it shop.Item, ok bool) {
	i := slices.IndexFunc(w.Products, func(p shop.Product) bool { return p.ID == product })
	if i < 0 {
		return it, false
	}
	p := w.Products[i]
	it = shop.Item{Product: p.ID, Title: p.Title, TitleZH: p.Words["zh"].Title, Qty: 1}
	price, stock := p.Price, p.Stock
	if ref != p.ID || len(p.Variants) > 0 {
		j := slices.IndexFunc(p.Variants, func(v shop.Variant) bool { return v.ID == ref })
		if j < 0 {
			return it, false
		}
		v := p.Variants[j]
		it.Variant, it.Options = v.ID, v.Attributes
		if v.Price != nil {
			price = v.Price
		}
		if v.Stock != nil {
			stock = v.Stock
		}
	}
	if price == nil || price.Currency != w.currency() || stock != nil && *stock <= 0 {
		return it, false
	}
	it.Price = *price
	return it, true
}

// replaced puts one piece of each ref's line away and the new one in its place.
func replaced(items []shop.Item, refs []string, with []shop.Item) []shop.Item {
	type line struct {
		shop.Item
		fresh bool
	}
	lines := make([]line, len(items))
	for i, it := range items {
		lines[i].Item = it
	}
	for i, ref := range refs {
		j := slices.IndexFunc(lines, func(l line) bool { return !l.fresh && l.Ref() == ref })
		if lines[j].Qty == 1 {
			lines[j] = line{with[i], true}
			continue
		}
		lines[j].Qty--
		lines = slices.Insert(lines, j+1, line{with[i], true})
	}
	out := make([]shop.Item, len(lines))
	for i, l := range lines {
		out[i] = l.Item
	}
	return out
}
