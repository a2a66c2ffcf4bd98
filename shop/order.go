package shop

import "time"

// Order states: pending, paid, processed, shipped, delivered, cancelled, return_requested, returned, exchange_requested, exchanged.
type Order struct {
	Tenant    string     `json:"-"`
	ID        string     `json:"id"` // the number that people quote
	Shopper   string     `json:"shopper"`
	Status    string     `json:"status"`
	Placed    time.Time  `json:"placed"`
	Items     []Item     `json:"items"`
	Shipping  Money      `json:"shipping"`
	Discount  Money      `json:"discount"`
	Total     Money      `json:"total"`
	Address   Address    `json:"address"`
	Payments  []Payment  `json:"payments,omitempty"`
	Shipments []Shipment `json:"shipments,omitempty"`
	Revision  int64      `json:"revision"`

	ItemsChanged bool      `json:"items_changed,omitempty"` // once; nothing else is changed afterwards
	Cancel       *Cancel   `json:"cancel,omitempty"`
	Return       *Return   `json:"return,omitempty"`
	Exchange     *Exchange `json:"exchange,omitempty"`
	Invoice      *Invoice  `json:"invoice,omitempty"`
	Late         *Money    `json:"late,omitempty"`    // what was given for a late delivery
	Reorder      string    `json:"reorder,omitempty"` // number of the order that this one repeats
}

// Delivered is when the last parcel arrived; false when one is still under way or nobody knows.
func (o Order) Delivered() (at time.Time, ok bool) {
	for _, s := range o.Shipments {
		if s.State != "delivered" || len(s.Events) == 0 {
			return time.Time{}, false
		}
		if e := s.Events[len(s.Events)-1].At; e.After(at) {
			at = e
		}
	}
	return at, !at.IsZero()
}

type Cancel struct {
	Reason string `json:"reason"`
}

// Return of items by their ids (Item.Ref), one entry a piece.
type Return struct {
	Items  []string `json:"items"`
	Reason string   `json:"reason,omitempty"`
	Method string   `json:"method"` // payment method that gets the refund
	Refund Money    `json:"refund"` // once the parcel has arrived, the fee taken off
	Fee    Money    `json:"fee,omitzero"`
}

// Exchange: New[i] replaces Items[i]; the difference is settled over Method when the first ones have arrived.
type Exchange struct {
	Items      []string `json:"items"`
	New        []string `json:"new"`
	Method     string   `json:"method"`
	Difference Money    `json:"difference"` // positive: the shopper pays
}

type Invoice struct {
	Name  string `json:"name"`
	TaxID string `json:"tax_id,omitempty"`
}

type Item struct {
	Product string      `json:"product"`
	Variant string      `json:"variant,omitempty"`
	Title   string      `json:"title"`
	TitleZH string      `json:"title_zh,omitempty"`
	Price   Money       `json:"price"` // of one
	Qty     int         `json:"qty"`
	Options []Attribute `json:"options,omitempty"`
}

// Ref is how actions name an item: the variant's id, or the product's where it has no variants.
func (i Item) Ref() string {
	if i.Variant != "" {
		return i.Variant
	}
	return i.Product
}

type Address struct {
	Name    string `json:"name"`
	Line1   string `json:"line1"`
	Line2   string `json:"line2,omitempty"`
	City    string `json:"city"`
	Region  string `json:"region,omitempty"`
	Postal  string `json:"postal"`
	Country string `json:"country"`
}

type Payment struct {
	Method string `json:"method"` // id of the payment method
	Kind   string `json:"kind"`   // card, paypal, gift_card
	Amount Money  `json:"amount"` // negative: refund
}

// Shipment states: label_created, in_transit, out_for_delivery, delivered, delayed, returned.
type Shipment struct {
	Carrier  string          `json:"carrier"`
	Tracking string          `json:"tracking"`
	State    string          `json:"state"`
	Items    []string        `json:"items,omitempty"` // by Item.Ref; empty: not told
	Expected *time.Time      `json:"expected,omitempty"`
	Events   []ShipmentEvent `json:"events"` // oldest first
}

type ShipmentEvent struct {
	At     time.Time `json:"at"`
	Text   string    `json:"text"`
	TextZH string    `json:"text_zh,omitempty"`
	Place  string    `json:"place,omitempty"`
}
