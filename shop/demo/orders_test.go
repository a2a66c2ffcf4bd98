package demo

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"shopkeeper/shop"
)

func TestPeople(t *testing.T) {
	worlds(t, func(t *testing.T, w *World, now time.Time) {
		if len(w.People) != 300 {
			t.Fatalf("%d people", len(w.People))
		}
		ids, mails, levels, langs := map[string]bool{}, map[string]bool{}, map[int]int{}, map[string]int{}
		for _, p := range w.People {
			if ids[p.ID] || mails[p.Email] || p.Name == "" || !strings.HasSuffix(p.Email, "@example.com") || !p.Joined.Before(now) {
				t.Errorf("%+v", p)
			}
			ids[p.ID], mails[p.Email] = true, true
			levels[p.Level]++
			langs[p.Lang]++
		}
		for level := range 4 {
			if levels[level] < 5 {
				t.Errorf("levels %v", levels)
			}
		}
		if langs["en"] < 100 || langs["zh"] < 50 || len(langs) != 2 {
			t.Errorf("languages %v", langs)
		}
	})
}

func TestOrdersAddUp(t *testing.T) {
	worlds(t, func(t *testing.T, w *World, now time.Time) {
		if len(w.Orders) != 3000 {
			t.Fatalf("%d orders", len(w.Orders))
		}
		products := map[string]shop.Product{}
		for _, p := range w.Products {
			products[p.ID] = p
		}
		joined := map[string]time.Time{}
		for _, p := range w.People {
			joined[p.ID] = p.Joined
		}
		shape := regexp.MustCompile(`^SK-\d{6}$`)
		seen, count, sales := map[string]bool{}, map[string]int{}, map[string]int{}
		var last time.Time
		for _, o := range w.Orders {
			if seen[o.ID] || !shape.MatchString(o.ID) || !slices.Contains(states, o.Status) {
				t.Errorf("order %q %s", o.ID, o.Status)
			}
			seen[o.ID] = true
			count[o.Status]++
			var sum, paid, refunded int64
			for _, it := range o.Items {
				p, ok := products[it.Product]
				if !ok || it.Title != p.Title || it.TitleZH != p.Words["zh"].Title || it.Qty < 1 {
					t.Errorf("%s: item %+v", o.ID, it)
				}
				if it.Variant != "" && !slices.ContainsFunc(p.Variants, func(v shop.Variant) bool { return v.ID == it.Variant && *v.Price == it.Price }) {
					t.Errorf("%s: variant %s", o.ID, it.Variant)
				}
				sales[p.Merchant]++
				sum += it.Price.Minor * int64(it.Qty)
			}
			if len(o.Items) == 0 || sum+o.Shipping.Minor-o.Discount.Minor != o.Total.Minor || o.Total.Minor <= 0 || o.Discount.Minor < 0 {
				t.Errorf("%s: items %d + shipping %v − discount %v = %v", o.ID, sum, o.Shipping, o.Discount, o.Total)
			}
			for _, p := range o.Payments {
				if p.Amount.Minor > 0 {
					paid += p.Amount.Minor
				} else {
					refunded -= p.Amount.Minor
				}
				if p.Method == "" || p.Amount.Currency != "USD" {
					t.Errorf("%s: payment %+v", o.ID, p)
				}
			}
			switch o.Status {
			case "pending":
				if paid != 0 {
					t.Errorf("%s is pending and paid", o.ID)
				}
			case "cancelled":
				if paid != refunded || paid != 0 && paid != o.Total.Minor {
					t.Errorf("%s: cancelled, paid %d, refunded %d", o.ID, paid, refunded)
				}
			case "returned":
				if paid != o.Total.Minor || refunded != paid {
					t.Errorf("%s: returned, paid %d, refunded %d", o.ID, paid, refunded)
				}
			default:
				if paid != o.Total.Minor || refunded != 0 {
					t.Errorf("%s: paid %d of %d", o.ID, paid, o.Total.Minor)
				}
			}
			if o.Placed.Before(last) || !o.Placed.Before(now) || o.Placed.Before(joined[o.Shopper]) || joined[o.Shopper].IsZero() {
				t.Errorf("%s placed %v by %s", o.ID, o.Placed, o.Shopper)
			}
			last = o.Placed
			checkShipments(t, o, now)
		}
		for _, s := range states {
			if count[s] < 20 {
				t.Errorf("states %v", count)
			}
		}
		for _, m := range w.Merchants {
			if sales[m.ID] < 100 {
				t.Errorf("sales %v", sales)
			}
		}
	})
}

func checkShipments(t *testing.T, o shop.Order, now time.Time) {
	t.Helper()
	sent := slices.Contains([]string{"shipped", "delivered", "return_requested", "returned", "exchanged"}, o.Status)
	if sent != (len(o.Shipments) > 0) {
		t.Errorf("%s is %s and has %d shipments", o.ID, o.Status, len(o.Shipments))
	}
	for _, s := range o.Shipments {
		if s.Carrier == "" || len(s.Tracking) != 12 || s.Expected == nil || len(s.Events) == 0 {
			t.Errorf("%s: shipment %+v", o.ID, s)
			continue
		}
		at := o.Placed
		for _, e := range s.Events {
			if e.At.Before(at) || e.At.After(now) || !chinese(e.TextZH) || e.Text == "" {
				t.Errorf("%s: event %+v after %v", o.ID, e, at)
			}
			at = e.At
		}
		last := s.Events[len(s.Events)-1].Text
		if o.Status == "shipped" && len(s.Events) > 1 && now.Sub(at) > 30*time.Hour {
			t.Errorf("%s: nothing was heard of a parcel since %v", o.ID, at)
		}
		arrived := strings.HasPrefix(last, "Delivered") || strings.HasPrefix(last, "Replacement")
		switch s.State {
		case "delivered":
			if !arrived || o.Status == "shipped" {
				t.Errorf("%s (%s): delivered, last %q", o.ID, o.Status, last)
			}
		case "returned":
			if o.Status != "returned" || last != back.en {
				t.Errorf("%s (%s): returned, last %q", o.ID, o.Status, last)
			}
		default:
			if o.Status != "shipped" || arrived || s.Expected.Before(now) {
				t.Errorf("%s (%s): %s, last %q, expected %v", o.ID, o.Status, s.State, last, s.Expected)
			}
			if (s.State == "out_for_delivery") != (last == out.en) || (s.State == "delayed") != (last == weather.en) || (s.State == "label_created") != (len(s.Events) == 1) {
				t.Errorf("%s: %s, last %q", o.ID, s.State, last)
			}
		}
	}
}

// The two known shoppers differ, have several orders each, and the latest of each is under way.
func TestKnownShoppers(t *testing.T) {
	worlds(t, func(t *testing.T, w *World, now time.Time) {
		if w.People[0].Lang != "en" || w.People[1].Lang != "zh" || w.People[0].ID == w.People[1].ID {
			t.Errorf("%+v %+v", w.People[0], w.People[1])
		}
		for _, p := range w.People[:2] {
			var mine []shop.Order
			for _, o := range w.Orders {
				if o.Shopper == p.ID {
					mine = append(mine, o)
				}
			}
			if len(mine) < 5 || mine[len(mine)-1].Status != "shipped" {
				t.Fatalf("%s has %d orders, the latest is %+v", p.Name, len(mine), mine[len(mine)-1:])
			}
			if s := mine[len(mine)-1].Shipments[0]; s.State != "in_transit" && s.State != "out_for_delivery" {
				t.Errorf("%s: %s", p.Name, s.State)
			}
			for _, o := range mine {
				if o.Status != "return_requested" {
					continue
				}
				if s := o.Shipments[0]; now.Sub(s.Events[len(s.Events)-1].At) > 30*24*time.Hour {
					t.Errorf("%s: a return was asked for after the window", o.ID)
				}
			}
		}
	})
}

func TestOffers(t *testing.T) {
	worlds(t, func(t *testing.T, w *World, now time.Time) {
		if len(w.Offers) != 40 {
			t.Fatalf("%d offers", len(w.Offers))
		}
		products, cat, brand, merchant := map[string]shop.Product{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
		for _, p := range w.Products {
			products[p.ID], cat[p.Category()], brand[p.Brand] = p, true, true
		}
		for _, m := range w.Merchants {
			merchant[m.ID] = true
		}
		seen := map[string]int{}
		ids := map[string]bool{}
		for _, o := range w.Offers {
			if ids[o.ID] || !chinese(o.TitleZH) || o.Title == "" || strings.ContainsAny(o.Title+o.TitleZH, "{}") {
				t.Errorf("%+v", o)
			}
			ids[o.ID] = true
			seen[o.Level+" "+o.Kind]++
			seen[o.Kind]++
			if (o.Level == "platform") != (o.Shop == "") || o.Shop != "" && !merchant[o.Shop] || (o.Level == "platform") != (o.Funding == "platform") {
				t.Errorf("%s: level %s of %q, paid by %s", o.Title, o.Level, o.Shop, o.Funding)
			}
			checkTerms(t, o, products)
			if o.Scope != nil {
				for _, c := range o.Scope.Categories {
					if !cat[c] {
						t.Errorf("%s: no category %s", o.Title, c)
					}
				}
				for _, b := range o.Scope.Brands {
					if !brand[b] {
						t.Errorf("%s: no brand %s", o.Title, b)
					}
				}
				for _, id := range o.Scope.Exclude {
					if _, ok := products[id]; !ok {
						t.Errorf("%s: no product %s", o.Title, id)
					}
				}
			}
			for name, is := range map[string]bool{
				"code": o.Code != "", "min_level": o.MinLevel > 0, "first_order": o.FirstOrderOnly, "exclusive": o.Exclusive, "group": o.Group != "", "cap": o.CapMinor > 0,
				"brand": o.Scope != nil && o.Scope.Brands != nil, "exclude": o.Scope != nil && o.Scope.Exclude != nil, "priority": o.Priority != 0,
				"exhausted": o.Remaining != nil && *o.Remaining == 0, "limited": o.Remaining != nil && *o.Remaining > 0,
				"later": o.Starts != nil && o.Starts.After(now.Add(24*time.Hour)), "over": o.Ends != nil && o.Ends.Before(now),
				"now": (o.Starts == nil || !o.Starts.After(now)) && (o.Ends == nil || o.Ends.After(now.Add(24*time.Hour))),
			} {
				if is {
					seen[name]++
				}
			}
		}
		for _, name := range []string{
			"platform fixed", "platform percent", "platform every", "platform tiers", "shop fixed", "shop percent", "shop every", "shop tiers", "shop shipping",
			"product fixed", "product percent", "product every", "product tiers", "product buy_get", "product nth", "product bundle",
			"code", "min_level", "first_order", "exclusive", "group", "cap", "brand", "exclude", "priority", "exhausted", "limited", "later", "over", "now",
		} {
			if seen[name] == 0 {
				t.Errorf("no offer with %s: %v", name, seen)
			}
		}
	})
}

// checkTerms holds an offer against testdata/coupons/README.md.
func checkTerms(t *testing.T, o shop.Offer, products map[string]shop.Product) {
	t.Helper()
	good := true
	switch o.Kind {
	case "fixed":
		good = o.AmountMinor > 0 && o.CapMinor == 0
	case "percent":
		good = o.BPS > 0 && o.BPS <= 10000
	case "every":
		good = o.AmountMinor > 0 && o.ThresholdMinor > 0
	case "tiers":
		good = len(o.Tiers) > 1 && o.ThresholdMinor == 0 && slices.IsSortedFunc(o.Tiers, func(a, b shop.Tier) int { return int(a.ThresholdMinor - b.ThresholdMinor) })
	case "buy_get":
		good = o.Buy > 0 && o.Get > 0 && o.Level == "product"
	case "nth":
		good = o.N > 1 && o.BPS > 0 && o.BPS <= 10000 && o.Level == "product"
	case "bundle":
		var sum int64
		for _, id := range o.Products {
			p, ok := products[id]
			good = good && ok && p.Merchant == o.Shop
			sum += p.Price.Minor
		}
		good = good && len(o.Products) > 1 && o.Scope == nil && o.PriceMinor > 0 && o.PriceMinor < sum && o.Level == "product"
	case "shipping":
		good = o.Level == "shop"
	default:
		good = false
	}
	if !good {
		t.Errorf("%s: terms %+v", o.Title, o)
	}
}
