package action

import (
	"slices"
	"time"

	"shopkeeper/shop"
)

// ReturnArgs: Items are Item.Refs, one entry a piece. Method gets the refund; "": the one that paid.
type ReturnArgs struct {
	Items  []string `json:"items"`
	Reason string   `json:"reason,omitempty"`
	Method string   `json:"method,omitempty"`
}

func returnItems(w World, r shop.Rule, a ReturnArgs) (Effect, error) {
	if err := w.in(r, "order_not_delivered"); err != nil {
		return Effect{}, err
	}
	if err := w.within(r); err != nil {
		return Effect{}, err
	}
	if len(a.Items) == 0 {
		return Effect{}, invalid("items", "No items are named; name the ones that come back.")
	}
	if err := reason(r, a.Reason); err != nil {
		return Effect{}, err
	}
	items, err := w.pieces(a.Items)
	if err != nil {
		return Effect{}, err
	}
	method, err := w.refundTo(r, a.Method)
	if err != nil {
		return Effect{}, err
	}
	refund, fee := w.refund(r, items, a.Reason)
	o := w.Order
	o.Status = "return_requested"
	o.Return = &shop.Return{Items: a.Items, Reason: a.Reason, Method: method, Refund: w.money(refund)}
	e := Effect{
		Order: &o, Delta: w.money(-refund), Before: View{Status: w.Order.Status, Items: items},
		After: View{Status: o.Status, Refund: []shop.Payment{{Method: w.label(method), Amount: w.money(refund)}}},
	}
	if fee > 0 {
		m := w.money(fee)
		o.Return.Fee, e.After.Fee = m, &m
	}
	return e, nil
}

// refundTo checks where a refund may go.
func (w World) refundTo(r shop.Rule, id string) (string, error) {
	from := paid(w.Order)
	original := func(id string) bool {
		return slices.ContainsFunc(from, func(p shop.Payment) bool { return p.Method == id })
	}
	if id == "" && len(from) > 0 {
		id = slices.MaxFunc(from, func(a, b shop.Payment) int { return int(min(1, max(-1, a.Amount.Minor-b.Amount.Minor))) }).Method
	}
	if slices.Contains(r.RefundTo, "original") && original(id) {
		return id, nil
	}
	m, err := w.method(id, 0)
	if err != nil {
		return "", err
	}
	if !slices.Contains(r.RefundTo, m.Kind) {
		return "", refuse("refund_target_not_allowed", "Rule %s sends refunds to %s; %s is neither.", r.Name(), spaced(list(r.RefundTo, "the payment method that paid")), m.ID)
	}
	return m.ID, nil
}

func list(targets []string, original string) string {
	out := ""
	for i, t := range targets {
		if t == "original" {
			t = original
		}
		if i > 0 {
			out += " or "
		}
		out += t
	}
	return out
}

// refund is what comes back for pieces of the order: their price less their share of the discount, the shipping where all of
// them come back and the rule gives it, and the fee off. It is never more than what was paid.
func (w World) refund(r shop.Rule, items []shop.Item, reason string) (refund, fee int64) {
	all, some, pieces := int64(0), int64(0), 0
	for _, it := range w.Order.Items {
		all += it.Price.Minor * int64(it.Qty)
		pieces += it.Qty
	}
	for _, it := range items {
		some += it.Price.Minor
	}
	refund = some
	if d := w.Order.Discount.Minor; d > 0 && all > 0 {
		refund -= share(d, some, all)
	}
	if len(items) == pieces && w.Order.Shipping.Minor <= r.ShippingBack {
		refund += w.Order.Shipping.Minor
	}
	free := slices.Contains(r.FreeFor, reason) || r.FreeLevel > 0 && w.Person.Level >= r.FreeLevel
	if !free {
		fee = min(r.Fee, refund)
	}
	return max(0, min(refund-fee, Net(w.Order))), fee
}

// share is part/whole of an amount, rounded up: what is kept back is never a cent too little.
func share(amount, part, whole int64) int64 { return (amount*part + whole - 1) / whole }

func exchangeItems(w World, r shop.Rule, a ItemsArgs) (Effect, error) {
	if err := w.in(r, "order_not_delivered"); err != nil {
		return Effect{}, err
	}
	if err := w.within(r); err != nil {
		return Effect{}, err
	}
	s, err := w.swap(a)
	if err != nil {
		return Effect{}, err
	}
	o := w.Order
	o.Status = "exchange_requested"
	o.Exchange = &shop.Exchange{Items: a.Items, New: a.New, Method: s.method.ID, Difference: w.money(s.difference)}
	return Effect{
		Order: &o, Delta: w.money(s.difference),
		Before: View{Status: w.Order.Status, Items: s.old}, After: View{Status: o.Status, Items: s.new, Payment: Label(s.method)},
	}, nil
}

// compensate gives back a share of what was paid when the order came late, or is late and not here yet: once an order.
func compensate(w World, r shop.Rule, _ struct{}) (Effect, error) {
	if err := w.in(r, "order_not_late"); err != nil {
		return Effect{}, err
	}
	o := w.Order
	if o.Late != nil {
		return Effect{}, refuse("already_compensated", "Order %s got %s for its delay already.", o.ID, o.Late)
	}
	due, late := lateness(o, w.Now)
	if due.IsZero() || late < time.Duration(r.LateDays)*24*time.Hour {
		return Effect{}, refuse("order_not_late", "Order %s is not late by %d days or more, from when rule %s gives something back.", o.ID, r.LateDays, r.Name())
	}
	amount := min(r.Cap, Net(o)*r.BPS/10_000)
	if amount <= 0 {
		return Effect{}, refuse("nothing_to_give", "Rule %s gives nothing back for order %s.", r.Name(), o.ID)
	}
	o.Payments = slices.Clone(o.Payments)
	p := w.purse()
	back := w.give(&o, p, amount)
	m := w.money(amount)
	o.Late = &m
	return Effect{Order: &o, Person: p.after(), Delta: w.money(-amount), Before: View{Delivery: &due}, After: View{Refund: back}}, nil
}

// lateness is by how much the latest parcel missed its day, and which day that was.
func lateness(o shop.Order, now time.Time) (due time.Time, late time.Duration) {
	for _, s := range o.Shipments {
		if s.Expected == nil {
			continue
		}
		came := now
		if s.State == "delivered" && len(s.Events) > 0 {
			came = s.Events[len(s.Events)-1].At
		}
		if d := came.Sub(*s.Expected); due.IsZero() || d > late {
			due, late = *s.Expected, d
		}
	}
	return due, late
}

func reorder(w World, r shop.Rule, _ struct{}) (Effect, error) {
	if err := w.in(r, "order_under_way"); err != nil {
		return Effect{}, err
	}
	o := w.Order
	n := shop.Order{
		Tenant: o.Tenant, Shopper: o.Shopper, Status: "pending", Placed: w.Now, Shipping: o.Shipping, Discount: w.money(0), Address: o.Address, Reorder: o.ID,
	}
	sum := o.Shipping.Minor
	for _, it := range o.Items {
		now, ok := w.choice(it.Product, it.Ref())
		if !ok {
			return Effect{}, refuse("new_item_unavailable", "%s cannot be bought at the moment, so order %s cannot be repeated as it was.", it.Title, o.ID)
		}
		now.Qty = it.Qty
		n.Items = append(n.Items, now)
		sum += now.Price.Minor * int64(now.Qty)
	}
	n.Total = w.money(sum)
	return Effect{New: &n, Delta: n.Total, Before: View{Items: o.Items, Total: &o.Total}, After: View{Items: n.Items, Total: &n.Total, Address: &n.Address, Status: n.Status}}, nil
}

func invoice(w World, r shop.Rule, a shop.Invoice) (Effect, error) {
	if err := w.in(r, "order_not_paid"); err != nil {
		return Effect{}, err
	}
	o := w.Order
	if o.Invoice != nil {
		return Effect{}, refuse("invoice_requested", "An invoice of order %s was asked for already.", o.ID)
	}
	var err error
	if a.Name, err = line("name", a.Name, 120); err != nil {
		return Effect{}, err
	}
	if a.Name == "" {
		return Effect{}, invalid("name", "An invoice needs the name that it is made out to.")
	}
	if a.TaxID, err = line("tax_id", a.TaxID, 40); err != nil {
		return Effect{}, err
	}
	o.Invoice = &a
	return Effect{Order: &o, After: View{Invoice: &a}}, nil
}
