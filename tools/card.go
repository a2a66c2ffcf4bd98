package tools

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"shopkeeper/shop"
	"shopkeeper/shop/coupon"
)

// Bounds of what a card carries of one product, in characters and entries.
const (
	maxTitle       = 200
	maxName        = 60
	maxValue       = 160
	maxDescription = 2000
	maxReview      = 400
	maxQuote       = 1500
)

// size says how much of a product's lists a card holds.
type size struct{ attributes, variants int }

var (
	inList = size{10, 8}  // one of many
	alone  = size{60, 60} // the only one
)

// productCard is a product as clients and models see it, in the shopper's language.
func productCard(p shop.Product, lang string, n size, why []string, chip string) shop.ProductCard {
	image, page := imageOf(p), pageOf(p)
	p = p.In(lang)
	c := shop.ProductCard{
		ID: p.ID, Title: clean(p.Title, maxTitle), Brand: clean(p.Brand, maxName), Category: clean(p.Category(), maxName),
		Merchant: clean(p.Merchant, maxName), Price: p.Price, Rating: p.Rating, Reviews: p.Reviews, Stock: p.Stock,
		Attributes: cleanAttributes(p.Attributes, n.attributes), Coupon: clean(chip, maxName*2), Image: image, URL: page, Why: []string{},
	}
	if p.Price != nil && p.Was != nil && p.Was.Currency == p.Price.Currency && p.Was.Minor > p.Price.Minor {
		c.Was = p.Was
	}
	for _, v := range p.Variants[:min(len(p.Variants), n.variants)] {
		v.Attributes = cleanAttributes(v.Attributes, 8)
		c.Variants = append(c.Variants, v)
	}
	for _, w := range why {
		if w = clean(w, maxValue); w != "" && len(c.Why) < 3 {
			c.Why = append(c.Why, w)
		}
	}
	return c
}

func cleanAttributes(as []shop.Attribute, limit int) []shop.Attribute {
	out := make([]shop.Attribute, 0, min(len(as), limit))
	for _, a := range as {
		if len(out) == limit {
			break
		}
		a.Name, a.Unit = clean(a.Name, maxName), clean(a.Unit, 20)
		if a.Value.Number == nil {
			if a.Value.Text = clean(a.Value.Text, maxValue); a.Value.Text == "" {
				continue
			}
		}
		if a.Name != "" {
			out = append(out, a)
		}
	}
	return out
}

// deals are the offers that a shopper may use at a moment, for the chips of cards.
type deals struct {
	open []*shop.Offer // read only
	lang string
}

// deals never fails: a chip is an extra, and a list without chips is better than none.
func (d Deps) deals(ctx context.Context, who shop.Principal, lang string, now time.Time) deals {
	if d.Offers == nil {
		return deals{}
	}
	all, err := d.Offers.Offers(ctx, who.Tenant)
	if err != nil || len(all) == 0 {
		return deals{}
	}
	u, err := d.user(ctx, who, all)
	if err != nil {
		u = coupon.User{}
	}
	out := deals{lang: lang}
	for i := range all {
		if coupon.Ineligible(all[i], u, now) == "" {
			out.open = append(out.open, &all[i])
		}
	}
	return out
}

// chip is the title of the offer that saves most on one unit of a product; of those whose effect depends on the cart the first.
func (ds deals) chip(p shop.Product, currency string) string {
	var best *shop.Offer
	most := int64(-1)
	it := item(p, currency)
	for _, o := range ds.open {
		if saved, reason := coupon.Alone(*o, it); reason == "" && saved > most {
			best, most = o, saved
		}
	}
	if best == nil {
		return ""
	}
	return offerTitle(*best, ds.lang)
}

// item is a product as offers see it. A price in another currency than the tenant's is no price to them.
func item(p shop.Product, currency string) coupon.Item {
	it := coupon.Item{Product: p.ID, Shop: p.Merchant, Brand: p.Brand, Categories: p.Categories}
	if p.Price != nil && p.Price.Currency == currency {
		it.UnitMinor = p.Price.Minor
	}
	return it
}

// user is the shopper as offers see them. Of an anonymous one nothing is known, so neither level nor first order is granted.
func (d Deps) user(ctx context.Context, who shop.Principal, offers []shop.Offer) (coupon.User, error) {
	var u coupon.User
	if who.Anon || who.ID == "" || d.People == nil {
		return u, nil
	}
	p, err := d.People.Person(ctx, who)
	if notFound(err) {
		return u, nil
	}
	if err != nil {
		return u, fmt.Errorf("read shopper: %w", err)
	}
	u.Level = p.Level
	if d.Orders != nil && slices.ContainsFunc(offers, func(o shop.Offer) bool { return o.FirstOrderOnly }) {
		os, err := d.Orders.Orders(ctx, who, 50)
		if err != nil {
			return u, fmt.Errorf("read orders: %w", err)
		}
		u.FirstOrder = !slices.ContainsFunc(os, func(o shop.Order) bool { return o.Status != "cancelled" })
	}
	return u, nil
}

func offerTitle(o shop.Offer, lang string) string {
	t := o.Title
	if lang == "zh" && o.TitleZH != "" {
		t = o.TitleZH
	}
	return cmp.Or(clean(t, maxName*2), clean(o.Code, maxName), o.ID)
}

func (d Deps) now() time.Time {
	if d.Now == nil {
		return time.Now()
	}
	return d.Now()
}

func (d Deps) currency(tenant string) string {
	if d.Currency == nil {
		return "USD"
	}
	return cmp.Or(d.Currency(tenant), "USD")
}

// grouped writes a count with separators: 1,214.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
