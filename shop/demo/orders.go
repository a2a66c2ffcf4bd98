package demo

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"shopkeeper/shop"
)

const (
	orders = 3000
	// What the policies say about the price of sending.
	freeFrom = 4900
	standard = 590
	express  = 1490
)

// States of orders and how often they occur in a thousand.
var (
	states      = []string{"pending", "paid", "processed", "shipped", "delivered", "cancelled", "return_requested", "returned", "exchanged"}
	stateShares = []int{30, 40, 40, 70, 630, 70, 35, 55, 30}
	// The first orders of the two known shoppers; the first of each is their latest and under way.
	known = [2][]string{
		{"shipped", "delivered", "return_requested", "delivered", "cancelled", "returned", "processed"},
		{"shipped", "processed", "delivered", "exchanged", "delivered"},
	}
)

func (w *maker) orders() {
	r := w.stream("orders")
	addresses := make([]shop.Address, len(w.People))
	for i, p := range w.People {
		addresses[i] = w.address(r, p)
	}
	for i := range w.People {
		w.People[i].Address = addresses[i]
	}
	popular := w.popular(r)
	for who, list := range known {
		for i, state := range list {
			days := 3 + who + i*19
			if state == "processed" {
				days = 5
			} else if state == "return_requested" {
				days = 16
			} else if state == "delivered" {
				days = min(days, 22+max(0, i-2)*25) // the first one may still be returned
			}
			age := time.Duration(days)*24*time.Hour + time.Duration(r.IntN(10*3600))*time.Second
			w.Orders = append(w.Orders, w.order(r, w.People[who], addresses[who], state, age, popular))
		}
	}
	for len(w.Orders) < orders {
		state := states[weighted(r, stateShares)]
		i := 2 + min(r.IntN(len(w.People)-2), r.IntN(len(w.People)-2)) // some come often
		w.Orders = append(w.Orders, w.order(r, w.People[i], addresses[i], state, ageOf(r, state), popular))
	}
	slices.SortStableFunc(w.Orders, func(a, b shop.Order) int {
		return cmp.Or(a.Placed.Compare(b.Placed), cmp.Compare(a.Shopper, b.Shopper))
	})
	number := 100_000 + r.IntN(300_000) // numbers count up with gaps, as in a shop that does not tell how much it sells
	for i := range w.Orders {
		number += 1 + r.IntN(17)
		w.Orders[i].ID = fmt.Sprintf("SK-%06d", number)
		for j := range w.Orders[i].Payments {
			w.Orders[i].Payments[j].Method = w.Orders[i].Payments[j].Kind + "_" + w.Orders[i].Shopper[1:]
		}
	}
}

// popular are indexes of products, those that are liked more often.
func (w *maker) popular(r *rand.Rand) []int {
	var out []int
	for i := range w.Products {
		n := 1 + min(6, *w.Products[i].Reviews/40)
		for range n {
			out = append(out, i)
		}
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// ageOf is how long ago an order in a state was placed.
func ageOf(r *rand.Rand, state string) time.Duration {
	hours := func(lo, hi int) time.Duration {
		return time.Duration(lo)*time.Hour + time.Duration(r.IntN((hi-lo)*3600))*time.Second
	}
	switch state {
	case "pending":
		return hours(1, 40)
	case "paid":
		return hours(2, 30)
	case "processed":
		return hours(20, 60)
	case "shipped":
		return hours(48, 150)
	case "return_requested":
		return hours(12*24, 40*24)
	case "delivered":
		return hours(9*24, 560*24)
	}
	return hours(30*24, 560*24)
}

func (w *maker) order(r *rand.Rand, who shop.Person, to shop.Address, state string, age time.Duration, popular []int) shop.Order {
	o := shop.Order{Tenant: w.Tenant.ID, Shopper: who.ID, Status: state, Placed: w.now.Add(-age), Address: to, Revision: 1}
	if first := who.Joined.Add(time.Hour); o.Placed.Before(first) {
		o.Placed = first
	}
	var sum int64
	merchants := map[string]bool{}
	for range 1 + weighted(r, []int{62, 24, 10, 4}) {
		it, merchant := w.item(r, popular)
		if slices.ContainsFunc(o.Items, func(x shop.Item) bool { return x.Product == it.Product }) {
			continue
		}
		merchants[merchant] = true
		o.Items = append(o.Items, it)
		sum += it.Price.Minor * int64(it.Qty)
	}
	shipping := int64(0)
	fast := r.IntN(10) == 0
	switch {
	case fast:
		shipping = express
	case sum < freeFrom:
		shipping = standard
	}
	discount := int64(0)
	switch n := r.IntN(100); {
	case n < 12:
		discount = sum / 10
	case n < 20 && sum > 5000:
		discount = 500
	case n < 25 && sum > 15000:
		discount = 2000
	}
	total := sum + shipping - discount
	o.Shipping, o.Discount, o.Total = w.usd(shipping), w.usd(discount), w.usd(total)
	w.pay(r, &o, total)
	if slices.Contains([]string{"shipped", "delivered", "return_requested", "returned", "exchanged"}, state) {
		w.send(r, &o, len(merchants), fast)
	}
	return o
}

func (w *maker) item(r *rand.Rand, popular []int) (shop.Item, string) {
	p := &w.Products[pick(r, popular)]
	it := shop.Item{Product: p.ID, Title: p.Title, TitleZH: p.Words["zh"].Title, Price: *p.Price, Qty: 1 + weighted(r, []int{86, 11, 3})}
	if len(p.Variants) > 0 {
		v := pick(r, p.Variants)
		it.Variant, it.Options, it.Price = v.ID, v.Attributes, *v.Price
	}
	if p.Price.Minor > 30000 {
		it.Qty = 1
	}
	return it, p.Merchant
}

// pay pays what is due and gives back what came back. An unpaid order has no payments.
func (w *maker) pay(r *rand.Rand, o *shop.Order, total int64) {
	if o.Status == "pending" || o.Status == "cancelled" && r.IntN(2) == 0 {
		return
	}
	kind := []string{"card", "paypal"}[weighted(r, []int{7, 3})]
	card := int64(0)
	if r.IntN(100) < 8 && total > 3000 {
		card = min(total/2, 100*int64(10+r.IntN(40)))
		o.Payments = append(o.Payments, shop.Payment{Kind: "gift_card", Amount: w.usd(card)})
	}
	o.Payments = append(o.Payments, shop.Payment{Kind: kind, Amount: w.usd(total - card)})
	if o.Status == "cancelled" || o.Status == "returned" {
		for _, p := range slices.Clone(o.Payments) {
			o.Payments = append(o.Payments, shop.Payment{Kind: p.Kind, Amount: w.usd(-p.Amount.Minor)})
		}
	}
}
