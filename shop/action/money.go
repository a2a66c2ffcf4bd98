package action

import (
	"fmt"
	"slices"
	"strings"

	"shopkeeper/shop"
)

// paid is what each method has paid for an order, refunds taken off, in the order of their first payment.
func paid(o shop.Order) (out []shop.Payment) {
	for _, p := range o.Payments {
		i := slices.IndexFunc(out, func(x shop.Payment) bool { return x.Method == p.Method })
		if i < 0 {
			out = append(out, p)
			continue
		}
		out[i].Amount.Minor += p.Amount.Minor
	}
	return slices.DeleteFunc(out, func(p shop.Payment) bool { return p.Amount.Minor <= 0 })
}

// Net is what a shopper has paid for an order, refunds taken off.
func Net(o shop.Order) (minor int64) {
	for _, p := range o.Payments {
		minor += p.Amount.Minor
	}
	return minor
}

func onePayment(o shop.Order) bool { return len(o.Payments) == 1 && o.Payments[0].Amount.Minor > 0 }

// purse is a shopper's account while money moves.
type purse struct {
	person  shop.Person
	changed bool
}

func (w World) purse() *purse {
	p := w.Person
	p.Methods = slices.Clone(p.Methods)
	return &purse{person: p}
}

// charge takes an amount from a gift card's balance; negative: puts it there. Other methods are the payment provider's.
func (p *purse) charge(method string, minor int64) {
	for i, m := range p.person.Methods {
		if m.ID == method && m.Balance != nil && minor != 0 {
			b := *m.Balance
			b.Minor -= minor
			p.person.Methods[i].Balance, p.changed = &b, true
		}
	}
}

func (p *purse) after() *shop.Person {
	if !p.changed {
		return nil
	}
	return &p.person
}

// method finds a kept way to pay that can bear an amount.
func (w World) method(id string, minor int64) (shop.PaymentMethod, error) {
	m, ok := w.Person.Method(id)
	if !ok {
		return m, refuse("payment_method_not_found", "The account has no payment method %q; it has %s.", shorten(id), labels(w.Person.Methods))
	}
	if m.Balance != nil && m.Balance.Minor < minor {
		return m, refuse("gift_card_insufficient", "The gift card %s has %s; %s are needed.", m.ID, m.Balance, w.money(minor))
	}
	return m, nil
}

func shorten(s string) string {
	if rs := []rune(s); len(rs) > 64 {
		return string(rs[:63]) + "…"
	}
	return s
}

func labels(ms []shop.PaymentMethod) string {
	if len(ms) == 0 {
		return "none"
	}
	var ids []string
	for _, m := range ms {
		ids = append(ids, m.ID)
	}
	return strings.Join(ids, ", ")
}

// Label is how people know a payment method: "Visa 4242", "PayPal".
func Label(m shop.PaymentMethod) string {
	switch {
	case m.Last4 != "":
		return strings.TrimSpace(m.Brand + " " + m.Last4)
	case m.Kind == "paypal":
		return "PayPal"
	case m.Kind == "gift_card":
		return "Gift card"
	}
	return strings.TrimSpace(fmt.Sprint(m.Kind, " ", m.Brand))
}

func (w World) label(id string) string {
	if m, ok := w.Person.Method(id); ok {
		return Label(m)
	}
	for _, p := range w.Order.Payments {
		if p.Method == id {
			return Label(shop.PaymentMethod{Kind: p.Kind})
		}
	}
	return id
}

// give refunds an amount over the methods that paid for an order, the largest share first, and returns what each got.
func (w World) give(o *shop.Order, p *purse, minor int64) (back []shop.Payment) {
	sources := paid(*o)
	slices.SortStableFunc(sources, func(a, b shop.Payment) int { return int(min(1, max(-1, b.Amount.Minor-a.Amount.Minor))) })
	for _, s := range sources {
		n := min(minor, s.Amount.Minor)
		if n <= 0 {
			continue
		}
		o.Payments = append(o.Payments, shop.Payment{Method: s.Method, Kind: s.Kind, Amount: w.money(-n)})
		p.charge(s.Method, -n)
		back = append(back, shop.Payment{Method: w.label(s.Method), Kind: s.Kind, Amount: w.money(n)})
		minor -= n
	}
	return back
}
