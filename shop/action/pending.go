package action

import (
	"slices"

	"shopkeeper/shop"
)

// CancelArgs: Reason is one of the rule's.
type CancelArgs struct {
	Reason string `json:"reason"`
}

func cancel(w World, r shop.Rule, a CancelArgs) (Effect, error) {
	o := w.Order
	if err := w.pending(r); err != nil {
		return Effect{}, err
	}
	if err := reason(r, a.Reason); err != nil {
		return Effect{}, err
	}
	o.Payments = slices.Clone(o.Payments)
	p, back := w.purse(), []shop.Payment(nil)
	net := int64(0)
	for _, m := range paid(w.Order) { // each method gets back what it paid, and no more
		net += m.Amount.Minor
		o.Payments = append(o.Payments, shop.Payment{Method: m.Method, Kind: m.Kind, Amount: w.money(-m.Amount.Minor)})
		p.charge(m.Method, -m.Amount.Minor)
		back = append(back, shop.Payment{Method: w.label(m.Method), Kind: m.Kind, Amount: m.Amount})
	}
	before := o.Status
	o.Status, o.Cancel = "cancelled", &shop.Cancel{Reason: a.Reason}
	return Effect{
		Order: &o, Person: p.after(), Delta: w.money(-net), Before: View{Status: before}, After: View{Status: o.Status, Refund: back},
	}, nil
}

func reason(r shop.Rule, given string) error {
	if len(r.Reasons) > 0 && !slices.Contains(r.Reasons, given) {
		return refuse("invalid_reason", "Rule %s knows no reason %q; it takes one of %q.", r.Name(), shorten(given), r.Reasons)
	}
	return nil
}

// AddressArgs is a whole address.
type AddressArgs struct {
	Address shop.Address `json:"address"`
}

func changeAddress(w World, r shop.Rule, a AddressArgs) (Effect, error) {
	if err := w.pending(r); err != nil {
		return Effect{}, err
	}
	to, err := address(a.Address, w.Order.Address)
	if err != nil {
		return Effect{}, err
	}
	o, before := w.Order, w.Order.Address
	o.Address = to
	return Effect{Order: &o, Before: View{Address: &before}, After: View{Address: &to}}, nil
}

func defaultAddress(w World, _ shop.Rule, a AddressArgs) (Effect, error) {
	to, err := address(a.Address, w.Person.Address)
	if err != nil {
		return Effect{}, err
	}
	p, before := w.Person, w.Person.Address
	p.Address = to
	return Effect{Person: &p, Before: View{Address: &before}, After: View{Address: &to}}, nil
}

// PaymentArgs: Method is the id of a kept payment method.
type PaymentArgs struct {
	Method string `json:"method"`
}

func changePayment(w World, r shop.Rule, a PaymentArgs) (Effect, error) {
	if err := w.pending(r); err != nil {
		return Effect{}, err
	}
	o := w.Order
	if _, err := w.method(a.Method, 0); err != nil {
		return Effect{}, err
	}
	if !onePayment(o) {
		return Effect{}, refuse("payment_already_changed", "Order %s was not paid by exactly one payment; rule %s changes the payment once, where there is one.", o.ID, r.Name())
	}
	old := o.Payments[0]
	if old.Method == a.Method {
		return Effect{}, refuse("payment_method_unchanged", "Order %s is paid with %s already; choose another payment method.", o.ID, a.Method)
	}
	m, err := w.method(a.Method, old.Amount.Minor)
	if err != nil {
		return Effect{}, err
	}
	p := w.purse()
	p.charge(m.ID, old.Amount.Minor)
	p.charge(old.Method, -old.Amount.Minor)
	o.Payments = append(slices.Clone(o.Payments), shop.Payment{Method: m.ID, Kind: m.Kind, Amount: old.Amount},
		shop.Payment{Method: old.Method, Kind: old.Kind, Amount: w.money(-old.Amount.Minor)})
	return Effect{
		Order: &o, Person: p.after(), Before: View{Payment: w.label(old.Method)},
		After: View{Payment: Label(m), Refund: []shop.Payment{{Method: w.label(old.Method), Kind: old.Kind, Amount: old.Amount}}},
	}, nil
}

// ItemsArgs: New[i] takes the place of one piece of Items[i]; both are Item.Refs. Method pays or gets the difference; "": the one
// that paid.
type ItemsArgs struct {
	Items  []string `json:"items"`
	New    []string `json:"new"`
	Method string   `json:"method,omitempty"`
}

func changeItems(w World, r shop.Rule, a ItemsArgs) (Effect, error) {
	if err := w.pending(r); err != nil {
		return Effect{}, err
	}
	s, err := w.swap(a)
	if err != nil {
		return Effect{}, err
	}
	o, p := w.Order, w.purse()
	p.charge(s.method.ID, s.difference)
	o.Payments = append(slices.Clone(o.Payments), shop.Payment{Method: s.method.ID, Kind: s.method.Kind, Amount: w.money(s.difference)})
	o.Items, o.ItemsChanged = s.items, true
	o.Total.Minor += s.difference
	return Effect{
		Order: &o, Person: p.after(), Delta: w.money(s.difference),
		Before: View{Items: s.old, Total: &w.Order.Total}, After: View{Items: s.new, Total: &o.Total, Payment: Label(s.method)},
	}, nil
}
