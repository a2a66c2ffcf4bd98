package main

import (
	"context"
	"errors"
	"time"

	"shopkeeper/gateway/api"
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
