// Package coupon holds the pure rules of offers: who may use one, what it covers, and what it saves on one product bought
// alone. Reasons are the codes of the coupon cases that the shop is tested with.
package coupon

import (
	"math/bits"
	"slices"
	"time"

	"shopkeeper/shop"
)

// Reasons why an offer is not applied, in the order in which they are looked for. "" = it is.
const (
	NotStarted      = "not_started"
	Expired         = "expired"
	UserIneligible  = "user_ineligible"
	Exhausted       = "exhausted"
	NotInScope      = "not_in_scope"
	ThresholdNotMet = "threshold_not_met"
	NoEffect        = "no_effect"
)

// User is what offers ask of a shopper.
type User struct {
	Level      int
	FirstOrder bool // the next order is the first one
}

// Item is one product as offers see it. UnitMinor is in the tenant's currency; 0 = no known price.
type Item struct {
	Product, Shop, Brand string
	Categories           []string
	UnitMinor            int64
}

// Ineligible says why the user may not use an offer at a moment: starts ≤ at < ends, level, first order, what remains.
func Ineligible(o shop.Offer, u User, at time.Time) string {
	switch {
	case o.Starts != nil && at.Before(*o.Starts):
		return NotStarted
	case o.Ends != nil && !at.Before(*o.Ends):
		return Expired
	case u.Level < o.MinLevel, o.FirstOrderOnly && !u.FirstOrder:
		return UserIneligible
	case o.Remaining != nil && *o.Remaining <= 0:
		return Exhausted
	}
	return ""
}

// InScope tells whether an offer sees a product. Alternatives within a list, all lists must hold; absent = everything. An offer
// of a shop sees that shop's products only; a bundle sees its own products.
func InScope(o shop.Offer, it Item) bool {
	if o.Level != "platform" && o.Shop != it.Shop {
		return false
	}
	if o.Kind == "bundle" {
		return slices.Contains(o.Products, it.Product)
	}
	s := o.Scope
	if s == nil {
		return true
	}
	return (len(s.Products) == 0 || slices.Contains(s.Products, it.Product)) &&
		(len(s.Categories) == 0 || slices.ContainsFunc(it.Categories, func(c string) bool { return slices.Contains(s.Categories, c) })) &&
		(len(s.Brands) == 0 || slices.Contains(s.Brands, it.Brand)) &&
		!slices.Contains(s.Exclude, it.Product)
}

// PerUnit tells whether an offer's effect on one unit bought alone is exact. The other kinds depend on how many units or which
// other products are bought, or on a shipping fee that is known only at the checkout.
func PerUnit(kind string) bool {
	switch kind {
	case "fixed", "percent", "every", "tiers":
		return true
	}
	return false
}

// Alone is what an offer saves on one unit of a product bought alone, in minor units, and why it saves nothing. Who may use it
// is Ineligible's question. For kinds that are not PerUnit scope and threshold are judged, and saved is 0 without a reason.
func Alone(o shop.Offer, it Item) (saved int64, reason string) {
	base := it.UnitMinor
	threshold := o.ThresholdMinor
	if o.Kind == "tiers" && len(o.Tiers) > 0 {
		threshold = o.Tiers[0].ThresholdMinor
	}
	switch {
	case !InScope(o, it):
		return 0, NotInScope
	case base <= 0: // no known price: nothing about money can be said
		return 0, ""
	case base < threshold:
		return 0, ThresholdNotMet
	case !PerUnit(o.Kind):
		return 0, ""
	}
	switch o.Kind {
	case "fixed":
		saved = o.AmountMinor
	case "percent":
		saved = share(base, o.BPS)
	case "every":
		times := base / max(1, o.ThresholdMinor)
		if o.MaxTimes > 0 {
			times = min(times, int64(o.MaxTimes))
		}
		if hi, lo := bits.Mul64(uint64(times), uint64(max(0, o.AmountMinor))); hi != 0 || lo > uint64(base) {
			saved = base
		} else {
			saved = int64(lo)
		}
	case "tiers":
		for _, t := range o.Tiers {
			if base >= t.ThresholdMinor {
				saved = t.AmountMinor
			}
		}
	}
	if o.CapMinor > 0 {
		saved = min(saved, o.CapMinor)
	}
	if saved = min(saved, base); saved <= 0 {
		return 0, NoEffect
	}
	return saved, ""
}

// share is base × bps / 10,000, rounded down, without overflow.
func share(base, bps int64) int64 {
	if base <= 0 || bps <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(base), uint64(min(bps, 10_000)))
	q, _ := bits.Div64(hi, lo, 10_000)
	return int64(q)
}
