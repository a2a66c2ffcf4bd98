// Package connectortest plays a shop's own order system for tests: records in memory, and faults on the way to them.
package connectortest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"shopkeeper/gateway/connector"
	"shopkeeper/shop"
)

// Tenant, Key and Secret of the shop that tests talk to.
const (
	Tenant = "acme"
	Secret = "0123456789abcdef0123456789abcdef"
)

// Shop keeps orders and accounts in memory, and counts what was done to them. It knows two actions, cancel_order (of orders that are
// paid; the sum goes back) and change_address (any number of times).
type Shop struct {
	mu       sync.Mutex
	orders   map[string]shop.Order
	people   map[string]shop.Person
	outcomes map[string]shop.Outcome
	effects  map[string]int // by key
}

// NewShop has no orders and nobody in it.
func NewShop() *Shop {
	return &Shop{orders: map[string]shop.Order{}, people: map[string]shop.Person{}, outcomes: map[string]shop.Outcome{}, effects: map[string]int{}}
}

// Put adds a paid order of a shopper, who gets an account.
func (s *Shop) Put(shopper, id string, placed time.Time) shop.Order {
	s.mu.Lock()
	defer s.mu.Unlock()
	usd := func(minor int64) shop.Money { return shop.Money{Minor: minor, Currency: "USD"} }
	to := shop.Address{Name: strings.ToUpper(shopper), Line1: "1 Main Street", City: "Portland", Region: "OR", Postal: "97201", Country: "US"}
	o := shop.Order{
		ID: id, Shopper: shopper, Status: "paid", Placed: placed.UTC(), Revision: 1, Address: to,
		Items:    []shop.Item{{Product: "k-1", Title: "Kettle", Price: usd(3990), Qty: 1, Options: []shop.Attribute{{Name: "color", Value: shop.Text("red")}}}},
		Shipping: usd(0), Discount: usd(0), Total: usd(3990), Payments: []shop.Payment{{Method: "card-1", Kind: "card", Amount: usd(3990)}},
		Shipments: []shop.Shipment{{Carrier: "DHL", Tracking: "T1", State: "label_created", Events: []shop.ShipmentEvent{{At: placed.UTC(), Text: "Label created"}}}},
	}
	s.orders[id] = o
	s.people[shopper] = shop.Person{
		ID: shopper, Name: to.Name, Email: shopper + "@shop.example", Lang: "en", Level: 1, Joined: placed.UTC(), Address: to, Revision: 1,
		Methods: []shop.PaymentMethod{{ID: "card-1", Kind: "card", Brand: "Visa", Last4: "4242"}},
	}
	return o
}

// Cancel is the action that cancels an order as it is now.
func Cancel(o shop.Order) shop.Action {
	return shop.Action{
		Tenant: Tenant, Kind: "cancel_order", Shopper: o.Shopper, Record: o.ID, Args: json.RawMessage(`{"reason":"other"}`), Revision: o.Revision,
		Delta: shop.Money{Minor: -o.Total.Minor, Currency: o.Total.Currency}, Rule: "cancel_order@1", At: o.Placed, Who: "shopper//id/" + o.Shopper,
	}
}

// Effects is how often something was done under a key.
func (s *Shop) Effects(key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.effects[key]
}

// Total is how often anything was done.
func (s *Shop) Total() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.effects {
		n += e
	}
	return n
}

// Order implements shop.Orders.
func (s *Shop) Order(_ context.Context, who shop.Principal, id string) (shop.Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.orders[id]
	if !ok || o.Shopper != who.ID {
		return shop.Order{}, &shop.Error{Kind: shop.NotFound, Msg: "There is no such order."}
	}
	return o, nil
}

// Orders implements shop.Orders.
func (s *Shop) Orders(_ context.Context, who shop.Principal, limit int) (out []shop.Order, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.orders {
		if o.Shopper == who.ID {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b shop.Order) int { return cmp.Or(b.Placed.Compare(a.Placed), cmp.Compare(b.ID, a.ID)) })
	return out[:min(limit, len(out))], nil
}

// Person implements connector.Accounts.
func (s *Shop) Person(_ context.Context, who shop.Principal) (shop.Person, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.people[who.ID]
	if !ok {
		return p, &shop.Error{Kind: shop.NotFound, Msg: "There is no such shopper."}
	}
	return p, nil
}

// Find implements connector.Accounts.
func (s *Shop) Find(_ context.Context, _ string, f connector.Find) (out []shop.Person, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.people {
		if f.Email != "" && strings.EqualFold(p.Email, f.Email) || f.Name != "" && strings.EqualFold(p.Name, f.Name) && p.Address.Postal == f.Postal {
			out = append(out, p)
		}
	}
	return out, nil
}

// Act implements shop.Actions.
func (s *Shop) Act(_ context.Context, key string, a shop.Action) (shop.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, ok := s.outcomes[key]; ok {
		return o, nil
	}
	out := s.act(a)
	if out.State == shop.OutcomeDone {
		s.effects[key]++
	}
	s.outcomes[key] = out
	return out, nil
}

func (s *Shop) act(a shop.Action) shop.Outcome {
	refuse := func(code, msg string) shop.Outcome {
		return shop.Outcome{State: shop.OutcomeRefused, Code: code, Msg: msg}
	}
	o, ok := s.orders[a.Record]
	if !ok || o.Shopper != a.Shopper {
		return refuse("order_not_found", fmt.Sprintf("There is no order %s.", a.Record))
	}
	delta := shop.Money{Currency: o.Total.Currency}
	switch a.Kind {
	case "cancel_order":
		delta.Minor = -o.Total.Minor
	case "change_address":
		var args struct{ Address shop.Address }
		if json.Unmarshal(a.Args, &args) == nil {
			o.Address = args.Address
		}
	default:
		return refuse("unknown_action", fmt.Sprintf("There is no action %q.", a.Kind))
	}
	switch {
	case o.Revision != a.Revision:
		return refuse("record_changed", "The order changed in the meantime.")
	case a.Delta != delta:
		return refuse("record_changed", "The sum is another one now.")
	case o.Status != "paid":
		return refuse("order_not_pending", fmt.Sprintf("Order %s is %s.", o.ID, o.Status))
	}
	if a.Kind == "cancel_order" {
		o.Status = "cancelled"
		o.Payments = append(slices.Clone(o.Payments), shop.Payment{Method: "card-1", Kind: "card", Amount: delta})
	}
	o.Revision++
	s.orders[o.ID] = o
	return shop.Outcome{State: shop.OutcomeDone, Revision: o.Revision}
}
