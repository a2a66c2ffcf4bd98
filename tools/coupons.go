package tools

import (
	"cmp"
	"context"
	_ "embed"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/jsonschema-go/jsonschema"

	"shopkeeper/retrieval"
	"shopkeeper/shop"
	"shopkeeper/shop/coupon"
)

//go:embed find_coupons.md
var couponsText string

const shownCoupons = 12

type couponsOut struct {
	Coupons []shop.CouponCard `json:"coupons"`
	// UnknownCode: a code was asked for that no offer has. The code itself is not repeated.
	UnknownCode bool `json:"unknown_code,omitempty"`
	More        int  `json:"more,omitempty"` // offers that are not listed
}

func findCoupons(d Deps) Tool {
	return New(Spec{Name: "find_coupons", Description: couponsText, Public: []string{"product", "code"}}, d.coupons, View[CouponsInput, couponsOut]{
		Schema: func(s *jsonschema.Schema) {
			text(s.Properties["product"], 0, 200)
			text(s.Properties["code"], 0, 64)
		},
		Cards: func(sc Scope, _ CouponsInput, out couponsOut) (all []shop.Card) {
			for _, c := range out.Coupons {
				all = append(all, cards("coupon", sc, c, c.ID)...)
			}
			return all
		},
		Line: func(sc Scope, _ CouponsInput, out couponsOut) string {
			n := 0
			for _, c := range out.Coupons {
				if c.Applies {
					n++
				}
			}
			switch {
			case out.UnknownCode:
				return either(sc.Lang, "Looked for the code and found no such offer", "没有找到使用该优惠码的活动")
			case n == 1:
				return either(sc.Lang, "Checked the coupons: 1 applies", "查询了优惠券：1 张可用")
			}
			return either(sc.Lang, "Checked the coupons: "+grouped(n)+" apply", "查询了优惠券："+grouped(n)+" 张可用")
		},
	})
}

func (d Deps) coupons(ctx context.Context, sc Scope, in CouponsInput) (couponsOut, error) {
	out := couponsOut{Coupons: []shop.CouponCard{}}
	if d.Offers == nil {
		return out, nil
	}
	all, err := d.Offers.Offers(ctx, sc.Who.Tenant)
	if err != nil {
		return out, err
	}
	code := fold(in.Code)
	if code != "" {
		all = slices.DeleteFunc(slices.Clone(all), func(o shop.Offer) bool { return fold(o.Code) != code })
		if len(all) == 0 {
			out.UnknownCode = true
			return out, nil
		}
	}
	u, err := d.user(ctx, sc.For, all)
	if err != nil {
		return out, err
	}
	currency := d.currency(sc.Who.Tenant)
	var about *coupon.Item
	if strings.TrimSpace(in.Product) != "" {
		ps, err := d.read(ctx, sc.Who.Tenant, in.Product)
		if err != nil {
			return out, err
		}
		it := item(ps[0], currency)
		about = &it
	}
	names, err := d.names(ctx, sc, all)
	if err != nil {
		return out, err
	}
	for _, o := range all {
		c := shop.CouponCard{
			ID: o.ID, Code: clean(o.Code, maxName), Title: offerTitle(o, sc.Lang), Kind: o.Kind, Funding: o.Funding, Starts: inZone(o.Starts, sc.Zone), Ends: inZone(o.Ends, sc.Zone),
			Conditions: conditions(o, currency, sc.Lang, names),
		}
		c.Reason = coupon.Ineligible(o, u, sc.Now)
		if about != nil {
			saved, reason := coupon.Alone(o, *about)
			if reason == coupon.NotInScope && code == "" {
				continue
			}
			if c.Reason == "" {
				c.Reason = reason
			}
			if c.Reason == "" && saved > 0 {
				c.Saves = &shop.Money{Minor: saved, Currency: currency}
			}
		}
		if code == "" && (c.Reason == coupon.Expired || c.Reason == coupon.Exhausted) {
			continue // nobody asks what can be had no more, unless by its code
		}
		c.Applies = c.Reason == ""
		out.Coupons = append(out.Coupons, c)
	}
	slices.SortStableFunc(out.Coupons, func(a, b shop.CouponCard) int {
		return cmp.Or(-boolOrder(a.Applies, b.Applies), -cmp.Compare(saves(a), saves(b)), endsFirst(a.Ends, b.Ends), cmp.Compare(a.ID, b.ID))
	})
	if n := len(out.Coupons); n > shownCoupons {
		out.Coupons, out.More = out.Coupons[:shownCoupons], n-shownCoupons
	}
	return out, nil
}

// fold makes codes equal that people write alike: "save-10 " is SAVE10.
func fold(code string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_#\"' ", narrow(r)) {
			return -1
		}
		return unicode.ToUpper(narrow(r))
	}, clean(code, 64))
}

func saves(c shop.CouponCard) int64 {
	if c.Saves == nil {
		return 0
	}
	return c.Saves.Minor
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func endsFirst(a, b *time.Time) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return a.Compare(*b)
}

// inZone says a moment in the zone of the one who reads it.
func inZone(t *time.Time, zone string) *time.Time {
	if t == nil {
		return nil
	}
	x := t.UTC()
	if loc, err := time.LoadLocation(zone); err == nil {
		x = t.In(loc)
	}
	return &x
}

// names are those of the merchants of offers, and the titles of the products that a condition spells out.
func (d Deps) names(ctx context.Context, sc Scope, offers []shop.Offer) (map[string]string, error) {
	out := map[string]string{}
	if d.Merchants != nil {
		ms, err := d.Merchants.Merchants(ctx, sc.Who.Tenant)
		if err != nil {
			return nil, err
		}
		for _, m := range ms {
			out[seller+m.ID] = clean(m.Name, maxName)
		}
	}
	var ids []string
	for _, o := range offers {
		if d.Names != nil && o.Scope != nil {
			for _, c := range o.Scope.Categories {
				name, _ := d.Names(sc.Who.Tenant, retrieval.TagCategory, c, sc.Lang)
				out[aisle+c] = clean(name, maxName)
			}
		}
		for _, list := range productLists(o) {
			if len(list) <= maxNamed {
				ids = append(ids, list...)
			}
		}
	}
	if len(ids) == 0 {
		return out, nil
	}
	slices.Sort(ids)
	ps, err := d.Products.Products(ctx, sc.Who.Tenant, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	for _, p := range ps {
		out[p.ID] = clean(p.In(sc.Lang).Title, 80)
	}
	return out, nil
}

// These keep the ids of merchants, and categories, apart from the ids of products.
const (
	seller = "seller "
	aisle  = "aisle "
)

func productLists(o shop.Offer) [][]string {
	lists := [][]string{o.Products}
	if o.Scope != nil {
		lists = append(lists, o.Scope.Products, o.Scope.Exclude)
	}
	return lists
}
