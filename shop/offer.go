package shop

import "time"

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
