package shop

import (
	"fmt"
	"time"
)

// Scope limits an offer: alternatives within a list, all lists must hold; absent = everything.
type Scope struct {
	Products   []string `json:"products,omitempty"`
	Categories []string `json:"categories,omitempty"`
	Brands     []string `json:"brands,omitempty"`
	Exclude    []string `json:"exclude,omitempty"` // products
}

// Tier of a `tiers` offer, in minor units.
type Tier struct {
	ThresholdMinor int64 `json:"threshold_minor"`
	AmountMinor    int64 `json:"amount_minor"`
}

// Offer is a discount rule. Amounts are minor units of the tenant's currency. Kinds: fixed percent every tiers
// buy_get nth bundle shipping; levels: product shop platform.
type Offer struct {
	ID             string     `json:"id"`
	Title          string     `json:"title,omitempty"`
	TitleZH        string     `json:"title_zh,omitempty"`
	Code           string     `json:"code,omitempty"` // a public campaign code: a name, in clear
	Level          string     `json:"level"`
	Kind           string     `json:"kind"`
	Shop           string     `json:"shop,omitempty"` // merchant id; platform offers have none
	Funding        string     `json:"funding"`        // merchant, platform
	AmountMinor    int64      `json:"amount_minor,omitempty"`
	BPS            int64      `json:"bps,omitempty"`
	ThresholdMinor int64      `json:"threshold_minor,omitempty"`
	CapMinor       int64      `json:"cap_minor,omitempty"`
	MaxTimes       int        `json:"max_times,omitempty"`
	Tiers          []Tier     `json:"tiers,omitempty"`
	Buy            int        `json:"buy,omitempty"`
	Get            int        `json:"get,omitempty"`
	N              int        `json:"n,omitempty"`
	Products       []string   `json:"products,omitempty"` // bundle
	PriceMinor     int64      `json:"price_minor,omitempty"`
	Scope          *Scope     `json:"scope,omitempty"`
	Group          string     `json:"group,omitempty"`
	Exclusive      bool       `json:"exclusive,omitempty"`
	Priority       int        `json:"priority,omitempty"`
	Starts         *time.Time `json:"starts,omitempty"`
	Ends           *time.Time `json:"ends,omitempty"`
	MinLevel       int        `json:"min_level,omitempty"`
	FirstOrderOnly bool       `json:"first_order_only,omitempty"`
	Remaining      *int       `json:"remaining,omitempty"`
}

// Check says what is wrong with an offer's form, as one sentence; nil when it can be applied.
func (o Offer) Check() error {
	bad := func(format string, a ...any) error { return &Error{Kind: Invalid, Msg: fmt.Sprintf(format, a...)} }
	switch {
	case o.ID == "":
		return bad("it has no id")
	case o.Level != "product" && o.Level != "shop" && o.Level != "platform":
		return bad("level is %q; it must be product, shop or platform", o.Level)
	case (o.Level == "platform") != (o.Shop == ""):
		return bad("offers of level product and shop name a shop, platform offers name none")
	case o.Funding != "merchant" && o.Funding != "platform":
		return bad("funding is %q; it must be merchant or platform", o.Funding)
	case o.BPS < 0 || o.BPS > 10_000:
		return bad("bps is %d; it must be 1 to 10000", o.BPS)
	case o.ThresholdMinor < 0 || o.CapMinor < 0 || o.AmountMinor < 0 || o.PriceMinor < 0 || o.MaxTimes < 0:
		return bad("amounts must not be negative")
	case o.Starts != nil && o.Ends != nil && !o.Starts.Before(*o.Ends):
		return bad("it ends before it starts")
	}
	switch o.Kind {
	case "fixed":
		if o.AmountMinor == 0 {
			return bad("a fixed offer needs amount_minor")
		}
	case "percent":
		if o.BPS == 0 {
			return bad("a percent offer needs bps")
		}
	case "every":
		if o.AmountMinor == 0 || o.ThresholdMinor == 0 {
			return bad("an every offer needs amount_minor and threshold_minor")
		}
	case "tiers":
		if len(o.Tiers) == 0 {
			return bad("a tiers offer needs tiers")
		}
		for i, t := range o.Tiers {
			if t.ThresholdMinor <= 0 || t.AmountMinor <= 0 || i > 0 && (t.ThresholdMinor <= o.Tiers[i-1].ThresholdMinor || t.AmountMinor <= o.Tiers[i-1].AmountMinor) {
				return bad("thresholds and amounts of tiers must be positive and rise")
			}
		}
	case "buy_get":
		if o.Buy <= 0 || o.Get <= 0 {
			return bad("a buy_get offer needs buy and get")
		}
	case "nth":
		if o.N <= 0 || o.BPS == 0 {
			return bad("an nth offer needs n and bps")
		}
	case "bundle":
		if len(o.Products) == 0 || o.PriceMinor == 0 {
			return bad("a bundle offer needs products and price_minor")
		}
	case "shipping":
	default:
		return bad("kind is %q; it must be fixed, percent, every, tiers, buy_get, nth, bundle or shipping", o.Kind)
	}
	return nil
}
