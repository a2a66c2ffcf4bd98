package shop

import "time"

// Order states: pending, paid, processed, shipped, delivered, cancelled, return_requested, returned, exchanged.
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
	Expected *time.Time      `json:"expected,omitempty"`
	Events   []ShipmentEvent `json:"events"` // oldest first
}

type ShipmentEvent struct {
	At     time.Time `json:"at"`
	Text   string    `json:"text"`
	TextZH string    `json:"text_zh,omitempty"`
	Place  string    `json:"place,omitempty"`
}
