package tools

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"shopkeeper/shop"
	"shopkeeper/shop/action"
)

// Inputs of the writes. Whose order it is, is not an argument.
type (
	CancelInput struct {
		Order  string `json:"order"`
		Reason string `json:"reason"`
	}
	AddressInput struct {
		Name    string `json:"name,omitempty"`
		Line1   string `json:"line1"`
		Line2   string `json:"line2,omitempty"`
		City    string `json:"city"`
		Region  string `json:"region,omitempty"`
		Postal  string `json:"postal"`
		Country string `json:"country"`
	}
	OrderAddressInput struct {
		Order string `json:"order"`
		AddressInput
	}
	PaymentInput struct {
		Order  string `json:"order"`
		Method string `json:"method"`
	}
	ItemsInput struct {
		Order  string   `json:"order"`
		Items  []string `json:"items"`
		New    []string `json:"new"`
		Method string   `json:"method,omitempty"`
	}
	ReturnInput struct {
		Order  string   `json:"order"`
		Items  []string `json:"items"`
		Reason string   `json:"reason,omitempty"`
		Method string   `json:"method,omitempty"`
	}
	OneOrderInput struct {
		Order string `json:"order"`
	}
	InvoiceInput struct {
		Order string `json:"order"`
		Name  string `json:"name"`
		TaxID string `json:"tax_id,omitempty"`
	}
)

var (
	//go:embed cancel_order.md
	cancelText string
	//go:embed change_address.md
	changeAddressText string
	//go:embed change_payment.md
	changePaymentText string
	//go:embed change_items.md
	changeItemsText string
	//go:embed return_items.md
	returnItemsText string
	//go:embed exchange_items.md
	exchangeItemsText string
	//go:embed change_default_address.md
	defaultAddressText string
	//go:embed reorder.md
	reorderText string
	//go:embed request_invoice.md
	invoiceText string
	//go:embed compensate_late.md
	compensateText string
)

// writes are the shop's actions: each a proposal until it is confirmed.
func writes(d Deps) []Tool {
	return []Tool{
		write(d, action.Cancel, cancelText, func(in CancelInput) (string, any) { return in.Order, action.CancelArgs{Reason: in.Reason} }),
		write(d, action.ChangeAddress, changeAddressText, func(in OrderAddressInput) (string, any) { return in.Order, in.address() }),
		write(d, action.ChangePayment, changePaymentText, func(in PaymentInput) (string, any) { return in.Order, action.PaymentArgs{Method: in.Method} }),
		write(d, action.ChangeItems, changeItemsText, func(in ItemsInput) (string, any) { return in.Order, in.args() }),
		write(d, action.ReturnItems, returnItemsText, func(in ReturnInput) (string, any) {
			return in.Order, action.ReturnArgs{Items: in.Items, Reason: in.Reason, Method: in.Method}
		}),
		write(d, action.ExchangeItems, exchangeItemsText, func(in ItemsInput) (string, any) { return in.Order, in.args() }),
		write(d, action.DefaultAddress, defaultAddressText, func(in AddressInput) (string, any) { return "", in.address() }),
		write(d, action.Reorder, reorderText, func(in OneOrderInput) (string, any) { return in.Order, struct{}{} }),
		write(d, action.Invoice, invoiceText, func(in InvoiceInput) (string, any) {
			return in.Order, shop.Invoice{Name: in.Name, TaxID: in.TaxID}
		}),
		write(d, action.CompensateLate, compensateText, func(in OneOrderInput) (string, any) { return in.Order, struct{}{} }),
	}
}

func (a AddressInput) address() action.AddressArgs {
	return action.AddressArgs{Address: shop.Address(a)}
}

func (in ItemsInput) args() action.ItemsArgs {
	return action.ItemsArgs{Items: in.Items, New: in.New, Method: in.Method}
}

func write[In any](d Deps, kind, description string, read func(In) (order string, args any)) Tool {
	spec := Spec{Name: kind, Description: description, Roles: []shop.Role{shop.Shopper, shop.Agent}}
	if !action.OfAccount(kind) {
		spec.Public = []string{"order"}
	}
	return NewWrite(spec, func(ctx context.Context, sc Scope, in In) (shop.Proposal, error) {
		order, args := read(in)
		return d.plan(ctx, sc, kind, order, args)
	}, func(ctx context.Context, key string, p shop.Proposal) (shop.Outcome, error) {
		return d.Actions.Act(ctx, key, p.Action)
	}, bounds)
}

// bounds keeps a model's arguments at a size that a person could mean.
func bounds(s *jsonschema.Schema) {
	for name, p := range s.Properties {
		switch name {
		case "items", "new":
			p.MinItems, p.MaxItems = jsonschema.Ptr(1), jsonschema.Ptr(50)
			text(p.Items, 1, 64)
		default:
			text(p, 0, 200)
		}
	}
}

// plan decides an action on the records as they are and says what it would do.
func (d Deps) plan(ctx context.Context, sc Scope, kind, order string, args any) (shop.Proposal, error) {
	if sc.For.Role != shop.Shopper || sc.For.Anon || sc.For.ID == "" {
		return shop.Proposal{}, &shop.Error{Kind: shop.Refused, Code: "not_authenticated", Msg: "Nobody is signed in, so nothing can be changed. Ask the shopper to sign in first."}
	}
	rule, err := d.Rules.Rule(ctx, sc.For.Tenant, kind, sc.Now)
	if err != nil {
		return shop.Proposal{}, err
	}
	w, err := d.worldOf(ctx, sc, kind, order)
	if err != nil {
		return shop.Proposal{}, err
	}
	raw, err := marshal(args)
	if err != nil {
		return shop.Proposal{}, fmt.Errorf("encode arguments: %w", err)
	}
	e, err := action.Decide(kind, w, rule, raw)
	if err != nil {
		return shop.Proposal{}, err
	}
	minutes := rule.Minutes
	if minutes == 0 {
		minutes = 15
	}
	p := shop.Proposal{
		Tool: kind, Conversation: sc.Conversation, Turn: sc.Turn, By: sc.Who, For: sc.For, Lang: sc.Lang, Created: sc.Now, Expires: sc.Now.Add(time.Duration(minutes) * time.Minute),
		Second: rule.SecondOver > 0 && sc.Who.Role == shop.Agent && max(e.Delta.Minor, -e.Delta.Minor) > rule.SecondOver,
		Action: shop.Action{
			Tenant: sc.For.Tenant, Kind: kind, Shopper: sc.For.ID, Record: w.Order.ID, Args: raw, Revision: w.Order.Revision, Delta: e.Delta, Rule: rule.Name(), At: sc.Now,
		},
	}
	if action.OfAccount(kind) {
		p.Action.Record, p.Action.Revision = w.Person.ID, w.Person.Revision
	}
	p.Summary = summary(sc.Lang, kind, w, e)
	if p.Before, err = marshal(e.Before); err != nil {
		return p, fmt.Errorf("encode proposal: %w", err)
	}
	if p.After, err = marshal(e.After); err != nil {
		return p, fmt.Errorf("encode proposal: %w", err)
	}
	return p, nil
}

// worldOf reads what a decision looks at.
func (d Deps) worldOf(ctx context.Context, sc Scope, kind, order string) (w action.World, err error) {
	w = action.World{Now: sc.Now, Currency: d.Currency(sc.For.Tenant)}
	w.Person, err = d.People.Person(ctx, sc.For)
	switch {
	case notFound(err) && !action.OfAccount(kind):
		w.Person = shop.Person{ID: sc.For.ID}
	case notFound(err):
		return w, &shop.Error{Kind: shop.NotFound, Code: "user_not_found", Msg: "The shop knows no account of this shopper."}
	case err != nil:
		return w, err
	}
	if action.OfAccount(kind) {
		return w, nil
	}
	if w.Order, err = d.order(ctx, sc, order); err != nil {
		return w, err
	}
	ids := make([]string, len(w.Order.Items))
	for i, it := range w.Order.Items {
		ids[i] = it.Product
	}
	w.Products, err = d.Products.Products(ctx, sc.For.Tenant, ids)
	return w, err
}

// order is one of the shopper's orders by its number, written as it may be.
func (d Deps) order(ctx context.Context, sc Scope, number string) (shop.Order, error) {
	o, err := d.Orders.Order(ctx, sc.For, strings.TrimSpace(number))
	if err == nil || !notFound(err) {
		return o, err
	}
	all, err := d.Orders.Orders(ctx, sc.For, searchedOrders)
	if err != nil {
		return o, err
	}
	if at := findOrder(all, orderKey(number)); at >= 0 && orderKey(number) != "" {
		return all[at], nil
	}
	return o, &shop.Error{Kind: shop.NotFound, Code: "order_not_found", Msg: fmt.Sprintf("This shopper has no order %q. Look the number up with order_status.", clean(number, 40))}
}

// summary is a proposal in one sentence.
func summary(lang, kind string, w action.World, e action.Effect) string {
	o := w.Order.ID
	say := func(en, zh string, args ...any) string {
		if lang == "zh" {
			return fmt.Sprintf(zh, args...)
		}
		return fmt.Sprintf(en, args...)
	}
	back := shop.Money{Minor: -e.Delta.Minor, Currency: e.Delta.Currency}
	switch kind {
	case action.Cancel:
		if back.Minor == 0 {
			return say("Cancel order %s; nothing was paid.", "取消订单 %s；尚未付款。", o)
		}
		return say("Cancel order %s and refund %s.", "取消订单 %s，退款 %s。", o, back)
	case action.ChangeAddress:
		return say("Send order %s to %s.", "订单 %s 改寄到：%s。", o, oneLine(*e.After.Address))
	case action.DefaultAddress:
		return say("Make %s the default address.", "默认地址改为：%s。", oneLine(*e.After.Address))
	case action.ChangePayment:
		return say("Pay order %s with %s instead of %s.", "订单 %s 改用 %s 付款（原为 %s）。", o, e.After.Payment, e.Before.Payment)
	case action.ChangeItems:
		return say("Change %s in order %s to %s%s.", "订单 %[2]s 中的 %[1]s 改为 %[3]s%[4]s。", titles(lang, e.Before.Items), o, titles(lang, e.After.Items), difference(lang, e.Delta))
	case action.ExchangeItems:
		return say("Exchange %s of order %s for %s%s.", "订单 %[2]s 的 %[1]s 换成 %[3]s%[4]s。", titles(lang, e.Before.Items), o, titles(lang, e.After.Items), difference(lang, e.Delta))
	case action.ReturnItems:
		return say("Return %s of order %s; %s come back once the parcel has arrived.", "退回订单 %[2]s 的 %[1]s；包裹送达后退款 %[3]s。", titles(lang, e.Before.Items), o, back)
	case action.Reorder:
		return say("Order the items of %s again for %s, to be paid then.", "再次订购订单 %s 的商品，共 %s，稍后付款。", o, e.Delta)
	case action.Invoice:
		return say("Ask for an invoice of order %s made out to %s.", "为订单 %s 开具发票，抬头：%s。", o, e.After.Invoice.Name)
	case action.CompensateLate:
		return say("Refund %s for the late delivery of order %s.", "订单 %[2]s 延迟送达，退还 %[1]s。", back, o)
	}
	return kind
}

func oneLine(a shop.Address) string {
	var parts []string
	for _, s := range []string{a.Name, a.Line1, a.Line2, a.City, strings.TrimSpace(a.Region + " " + a.Postal), a.Country} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return clean(strings.Join(parts, ", "), 300)
}

func titles(lang string, items []shop.Item) string {
	var out []string
	for _, it := range items {
		t := it.Title
		if lang == "zh" && it.TitleZH != "" {
			t = it.TitleZH
		}
		var values []string
		for _, a := range it.Options {
			values = append(values, a.Value.String())
		}
		if len(values) > 0 {
			t += " (" + strings.Join(values, ", ") + ")"
		}
		out = append(out, clean(t, maxTitle))
	}
	return strings.Join(out, either(lang, ", ", "、"))
}

func difference(lang string, delta shop.Money) string {
	back := shop.Money{Minor: -delta.Minor, Currency: delta.Currency}
	switch {
	case delta.Minor > 0:
		return either(lang, " for "+delta.String()+" more", "，补差价 "+delta.String())
	case delta.Minor < 0:
		return either(lang, "; "+back.String()+" come back", "，退差价 "+back.String())
	}
	return either(lang, " at the same price", "，价格相同")
}
