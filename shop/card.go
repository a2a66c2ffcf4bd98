package shop

import (
	"encoding/json"
	"time"
)

// The data of cards, by kind: one struct a kind, the same object on every wire. An unknown value is absent or null, never a guess.

// ProductCard is kind `product`, and an entry of ProductsCard.Shown.
type ProductCard struct {
	ID         string      `json:"id"`
	Title      string      `json:"title"`
	Brand      string      `json:"brand"`
	Category   string      `json:"category"`
	Merchant   string      `json:"merchant,omitempty"`
	Price      *Money      `json:"price,omitempty"`
	Was        *Money      `json:"was,omitempty"`
	Rating     *float64    `json:"rating,omitempty"`
	Reviews    *int        `json:"reviews,omitempty"`
	Stock      *int        `json:"stock,omitempty"`
	Attributes []Attribute `json:"attributes"`
	Variants   []Variant   `json:"variants,omitempty"`
	Coupon     string      `json:"coupon,omitempty"` // title of one offer that applies to it, for a chip
	Image      string      `json:"image"`            // always loadable: "/img/…" of this server when the feed has none
	URL        string      `json:"url"`
	Why        []string    `json:"why"` // one line each, in the shopper's language
}

// Condition is one typed filter as it was understood. Op: eq ne in not_in lt lte gt gte. Value: a string, a number,
// a list of strings, or Money for price.
type Condition struct {
	Field string `json:"field"`
	Op    string `json:"op"`
	Value any    `json:"value"`
	Unit  string `json:"unit,omitempty"`
}

// Relaxation is a wish that was let go because it left nothing.
type Relaxation struct {
	Condition Condition  `json:"condition"`
	To        *Condition `json:"to,omitempty"` // what it became; null = dropped
	Reason    string     `json:"reason"`
}

type UnderstoodCard struct {
	Query     string       `json:"query"`
	Filters   []Condition  `json:"filters"`
	Sort      string       `json:"sort"` // "" = relevance; price, -price, -rating, -reviews, -released, -discount
	Corrected string       `json:"corrected,omitempty"`
	Relaxed   []Relaxation `json:"relaxed"`
}

type FacetValue struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}
type FacetCard struct {
	Field  string       `json:"field"`
	Values []FacetValue `json:"values"`
}

// ProductsCard is kind `products`.
type ProductsCard struct {
	Total      int            `json:"total"`
	Shown      []ProductCard  `json:"shown"`
	Facets     []FacetCard    `json:"facets"`
	Understood UnderstoodCard `json:"understood"`
}

// CompareRow has one value a product, null = unknown; Better: index of the better product where that can be said.
type CompareRow struct {
	Name   string   `json:"name"`
	Unit   string   `json:"unit,omitempty"`
	Values []*Value `json:"values"`
	Better *int     `json:"better,omitempty"`
}

// CompareCard is kind `compare`. The price row's values are texts as shown.
type CompareCard struct {
	Products []ProductCard `json:"products"`
	Rows     []CompareRow  `json:"rows"`
}

// CouponCard is kind `coupon`, one an offer.
type CouponCard struct {
	ID         string     `json:"id"`
	Code       string     `json:"code,omitempty"`
	Title      string     `json:"title"`
	Kind       string     `json:"kind"`
	Funding    string     `json:"funding"`
	Starts     *time.Time `json:"starts,omitempty"`
	Ends       *time.Time `json:"ends,omitempty"`
	Conditions []string   `json:"conditions"` // plain words
	Applies    bool       `json:"applies"`    // to this shopper, now (and to the product asked about)
	Saves      *Money     `json:"saves,omitempty"`
	Reason     string     `json:"reason,omitempty"` // why it does not apply: a reason code of testdata/coupons
}

// OrderCard is kind `order`.
type OrderCard struct {
	ID        string     `json:"id"`
	Status    string     `json:"status"`
	Placed    time.Time  `json:"placed"`
	Items     []Item     `json:"items"`
	Total     Money      `json:"total"`
	Shipments []Shipment `json:"shipments"`
	Actions   []string   `json:"actions"` // what the shopper may ask for now: kinds of actions
}

// PolicyCard is kind `policy`, one a passage.
type PolicyCard struct {
	Document string `json:"document"`
	Section  string `json:"section"`
	Version  string `json:"version"`
	Quote    string `json:"quote"`
}

// AttachmentCard is kind `attachment`, one a picture that the shopper sent with the message. Width and Height are as it is shown.
type AttachmentCard struct {
	ID     string `json:"id"`
	Type   string `json:"type"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Size   int    `json:"size"` // bytes
	URL    string `json:"url"`
}

// ProposalCard is kind `proposal`. Before and After are objects with the parts of the record that change.
type ProposalCard struct {
	ID         string          `json:"id"`
	Tool       string          `json:"tool"`
	Record     string          `json:"record"` // the order's number; the shopper's id for the account
	Summary    string          `json:"summary"`
	Before     json.RawMessage `json:"before"`
	After      json.RawMessage `json:"after"`
	MoneyDelta Money           `json:"money_delta"` // what the shopper pays; negative: gets back
	Expires    time.Time       `json:"expires"`
	State      ProposalState   `json:"state"`
	Note       string          `json:"note,omitempty"` // what became of it, when that needs words
}
