// Package action decides what may be done to an order or an account, and what it comes to: pure rules over records and versioned
// data. Whoever keeps the records asks it twice, when an action is proposed and again when it is done.
package action

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"shopkeeper/shop"
)

// Kinds of actions, which are the tools' names.
const (
	Cancel         = "cancel_order"
	ChangeAddress  = "change_address"
	ChangePayment  = "change_payment"
	ChangeItems    = "change_items"
	ReturnItems    = "return_items"
	ExchangeItems  = "exchange_items"
	DefaultAddress = "change_default_address"
	Reorder        = "reorder"
	Invoice        = "request_invoice"
	CompensateLate = "compensate_late"
)

// World is what a decision looks at.
type World struct {
	Order    shop.Order  // of the shopper; zero for the account's actions
	Person   shop.Person // the shopper
	Products []shop.Product
	Currency string
	Now      time.Time
}

// Effect is what an action makes of the records. Order, Person: as they are afterwards, nil when they stay; their Revision is not
// counted up. New is an order that comes into being, without a number.
type Effect struct {
	Order         *shop.Order
	Person        *shop.Person
	New           *shop.Order
	Delta         shop.Money // what the shopper pays; negative: gets back
	Before, After View
}

// View is the parts of a record that change, as a proposal shows them.
type View struct {
	Status   string         `json:"status,omitempty"`
	Address  *shop.Address  `json:"address,omitempty"`
	Items    []shop.Item    `json:"items,omitempty"`
	Payment  string         `json:"payment,omitempty"` // label of the method that pays
	Refund   []shop.Payment `json:"refund,omitempty"`  // amounts are positive here
	Total    *shop.Money    `json:"total,omitempty"`
	Fee      *shop.Money    `json:"fee,omitempty"`
	Invoice  *shop.Invoice  `json:"invoice,omitempty"`
	Delivery *time.Time     `json:"expected,omitempty"`
}

type decision struct {
	account bool // of the shopper's account, not of an order
	decide  func(w World, r shop.Rule, args json.RawMessage) (Effect, error)
}

var decisions = map[string]decision{
	Cancel:         {decide: read(cancel)},
	ChangeAddress:  {decide: read(changeAddress)},
	ChangePayment:  {decide: read(changePayment)},
	ChangeItems:    {decide: read(changeItems)},
	ReturnItems:    {decide: read(returnItems)},
	ExchangeItems:  {decide: read(exchangeItems)},
	DefaultAddress: {decide: read(defaultAddress), account: true},
	Reorder:        {decide: read(reorder)},
	Invoice:        {decide: read(invoice)},
	CompensateLate: {decide: read(compensate)},
}

// OfAccount says whether a kind of action is about the shopper's account and not about an order.
func OfAccount(kind string) bool { return decisions[kind].account }

// Decide says what an action would do. A *shop.Error of kind Refused or Invalid says why it may not be done, names the rule and
// carries a stable code.
func Decide(kind string, w World, r shop.Rule, args json.RawMessage) (Effect, error) {
	d, ok := decisions[kind]
	if !ok {
		return Effect{}, &shop.Error{Kind: shop.Invalid, Code: "unknown_action", Msg: fmt.Sprintf("There is no action %q.", kind)}
	}
	if r.Off {
		return Effect{}, refuse("not_offered", "A person has to decide about this (rule %s).", r.Name())
	}
	e, err := d.decide(w, r, args)
	if e.Delta.Currency == "" {
		e.Delta.Currency = w.currency()
	}
	return e, err
}

func read[A any](decide func(World, shop.Rule, A) (Effect, error)) func(World, shop.Rule, json.RawMessage) (Effect, error) {
	return func(w World, r shop.Rule, raw json.RawMessage) (Effect, error) {
		var a A
		if err := json.Unmarshal(raw, &a); err != nil {
			return Effect{}, invalid("", "The arguments of this action are not valid: %s.", err)
		}
		return decide(w, r, a)
	}
}

func refuse(code, format string, args ...any) *shop.Error {
	return &shop.Error{Kind: shop.Refused, Code: code, Msg: fmt.Sprintf(format, args...)}
}

func invalid(field, format string, args ...any) *shop.Error {
	return &shop.Error{Kind: shop.Invalid, Code: "invalid_arguments", Field: field, Msg: fmt.Sprintf(format, args...)}
}

func (w World) currency() string {
	if c := w.Order.Total.Currency; c != "" {
		return c
	}
	return w.Currency
}

func (w World) money(minor int64) shop.Money { return shop.Money{Minor: minor, Currency: w.currency()} }

// in checks that the rule allows the order's status. code names what it is not.
func (w World) in(r shop.Rule, code string) error {
	o := w.Order
	if !slices.Contains(r.Statuses, o.Status) {
		return refuse(code, "Order %s is %s; rule %s allows this for %s orders only.", o.ID, spaced(o.Status), r.Name(), spaced(strings.Join(r.Statuses, ", ")))
	}
	return nil
}

// pending checks an order that is not on its way yet: once its items were changed nothing else is.
func (w World) pending(r shop.Rule) error {
	if err := w.in(r, "order_not_pending"); err != nil {
		return err
	}
	if w.Order.ItemsChanged {
		return refuse("order_not_pending", "The items of order %s were changed before; rule %s allows nothing more after that.", w.Order.ID, r.Name())
	}
	return nil
}

func spaced(s string) string { return strings.ReplaceAll(s, "_", " ") }

// within checks the days since delivery.
func (w World) within(r shop.Rule) error {
	if len(r.Windows) == 0 {
		return nil
	}
	days := 0
	for _, x := range r.Windows {
		if w.Person.Level >= x.Level {
			days = max(days, x.Days)
		}
	}
	at, ok := w.Order.Delivered()
	if !ok {
		return refuse("delivery_unknown", "Nobody knows yet when order %s was delivered; rule %s counts from then.", w.Order.ID, r.Name())
	}
	until := at.AddDate(0, 0, days)
	day := at.UTC().Format(time.DateOnly)
	for _, x := range r.Extensions {
		if to, err := time.Parse(time.DateOnly, x.To); err == nil && x.From <= day && day <= x.Until && to.AddDate(0, 0, 1).After(until) {
			until = to.AddDate(0, 0, 1)
		}
	}
	if w.Now.After(until) {
		return refuse("window_over", "Order %s was delivered on %s; rule %s allowed this until %s.", w.Order.ID, day, r.Name(), until.UTC().Format(time.DateOnly))
	}
	return nil
}

// Offered are the kinds of actions that an order's state and age allow, in the order of Kinds.
func Offered(w World, rule func(kind string) (shop.Rule, bool)) []string {
	out := []string{}
	for _, kind := range Kinds {
		r, ok := rule(kind)
		if !ok || r.Off || OfAccount(kind) {
			continue
		}
		if w.in(r, "") == nil && w.within(r) == nil && timely(kind, w, r) {
			out = append(out, kind)
		}
	}
	return out
}

// Kinds are all actions, the most asked for first.
var Kinds = []string{Cancel, ChangeAddress, ChangeItems, ChangePayment, ReturnItems, ExchangeItems, CompensateLate, Reorder, Invoice, DefaultAddress}

func timely(kind string, w World, r shop.Rule) bool {
	switch kind {
	case Cancel, ChangeAddress, ChangeItems:
		return w.pending(r) == nil
	case ChangePayment:
		return w.pending(r) == nil && onePayment(w.Order)
	case CompensateLate:
		_, err := compensate(w, r, struct{}{})
		return err == nil
	case Invoice:
		return w.Order.Invoice == nil
	}
	return true
}
