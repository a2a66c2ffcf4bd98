package prompts

import "time"

// Shopper is the data of "shopper" and "draft". All of it is the tenant's, so the text is the same in every turn of a shop.
type Shopper struct {
	Shop     string // display name
	Lang     string // of the catalogue: en, zh
	Currency string // ISO 4217
}

// Say is the data of every block of "rules". Amounts are texts in the form in which answers carry them (shop.Money.String);
// what is unknown is empty and the block leaves it out.
type Say struct {
	Kind      string // a variant, which the block lists
	Query     string
	Corrected string
	Total     int
	More      bool // there are more than are shown
	Many      bool // at least two are shown
	Wishes    []string
	Field     string
	Op        string
	Value     string
	Values    []string
	Unit      string
	From, To  string
	Amount    string // an amount as it was taken
	Currency  string
	Reason    string
	Summary   string // a proposal in one sentence
	First     Item
	Other     Item
	Items     []Item
	Names     []string
	Quotes    []Quote
	Coupon    Coupon
	Order     Order
	Fresh     bool // nothing was shown yet in this conversation
}

// Item is a product as a sentence names it. N counts from 1 in the list that was shown, 0 = not in it.
type Item struct {
	Name, Price, Was, Rating, Coupon string
	N, Reviews                       int
	Stock                            string // units, "" = unknown
	Out                              bool   // known to be sold out
}

// Quote is other people's text, quoted as such.
type Quote struct{ Document, Section, Text, Rating string }

// Coupon is an offer in a sentence.
type Coupon struct {
	Title, Code, Saves string
	Starts, Ends       *time.Time
	Conditions         []string
	Applies            bool
	Reason             string // code of why it does not apply
}

// Order is an order in a sentence. Where and Last are of the newest event of its newest shipment.
type Order struct {
	ID, Status, Total, Carrier, Tracking, State, Last, Where string
	Placed                                                   time.Time
	Expected, At                                             *time.Time
	Items                                                    []string
}

func samples(name string) []any {
	switch name {
	case "shopper", "draft":
		return []any{Shopper{}, Shopper{Shop: "Levi's & Sons", Lang: "zh", Currency: "USD"}}
	case "rules":
		at := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
		item := Item{Name: "Kettle 17", Price: "$39.90", Was: "$49.90", Rating: "4.5", Coupon: "10 % off kettles", N: 2, Reviews: 12, Stock: "3"}
		full := Say{
			Query: "kettle", Corrected: "kettle", Total: 12, More: true, Many: true, Wishes: []string{"under $50.00", "not red"},
			Field: "memory", Op: "gte", Value: "16", Values: []string{"16", "8"}, Unit: "GB", From: "under $20.00", To: "under $50.00",
			Amount: "$200.00", Currency: "USD", Reason: "threshold_not_met", Summary: "Cancel order #W1.", First: item, Other: item, Items: []Item{item, item},
			Names: []string{"a", "b", "c"}, Quotes: []Quote{{"Returns", "Window", "You may return it.", "5"}, {"Returns", "", "Unused.", ""}},
			Coupon: Coupon{"10 % off", "TEN", "$3.99", &at, &at, []string{"from $20.00"}, true, "expired"},
			Order:  Order{"#W1", "shipped", "$39.90", "DHL", "T1", "in_transit", "Left the depot", "Leipzig", at, &at, &at, []string{"Kettle 17"}},
		}
		return []any{Say{}, full, Say{Total: 1, Kind: "robot", Fresh: true}}
	}
	return []any{nil}
}
