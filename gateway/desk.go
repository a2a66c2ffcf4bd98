package main

import (
	"context"
	"errors"
	"time"

	"shopkeeper/gateway/api"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

// deskOrders is how many orders of a customer the desk sees.
const deskOrders = 5

// customer is what an agent sees of a conversation's shopper: their account and newest orders.
func customer(d tools.Deps, clock func() time.Time) func(ctx context.Context, who, customer shop.Principal, lang string) (api.Customer, error) {
	return func(ctx context.Context, who, customer shop.Principal, lang string) (out api.Customer, err error) {
		p, err := d.People.Person(ctx, customer)
		var e *shop.Error
		if err != nil && (!errors.As(err, &e) || e.Kind != shop.NotFound) {
			return out, err
		}
		out = api.Customer{Name: p.Name, Email: p.Email, Level: p.Level}
		sc := tools.Scope{Who: who, For: customer, Lang: lang, Zone: "UTC", Now: clock()}
		if out.Orders, err = d.OrdersOf(ctx, sc, deskOrders); err != nil {
			return out, err
		}
		out.Coupons, err = d.CouponsOf(ctx, sc)
		return out, err
	}
}

// opens says when the desk is there next; "" when it is now.
func opens(_, lang string, now time.Time) string {
	for _, d := range desk.Ready[desk.Standard] {
		if d.Name != desk.HandoffWait {
			continue
		}
		open, next := d.Open(now)
		if open {
			return ""
		}
		next = next.In(d.Location())
		if lang == "zh" {
			return next.Format("1月2日15:04 MST ")
		}
		return next.Format("Monday, 2 January, 15:04 MST")
	}
	return ""
}
