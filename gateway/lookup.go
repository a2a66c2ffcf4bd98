package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"shopkeeper/gateway/api"
	"shopkeeper/gateway/connector"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

// mostFound bounds how many customers one look-up shows.
const mostFound = 10

// errNoOrderSearch: a connector is asked for an order with the shopper that it belongs to.
var errNoOrderSearch = &shop.Error{
	Kind: shop.Invalid, Code: "no_order_search", Field: "order",
	Msg: "The shop's own system does not find customers by an order's number. Look them up by their e-mail address, or by name and postcode.",
}

// lookup finds customers for an agent by what somebody said of themselves, in the store or in the shop's own system. The audit is the
// caller's.
func (o *orders) lookup(d tools.Deps, clock func() time.Time) api.Lookup {
	of := customer(d, clock)
	return func(ctx context.Context, who shop.Principal, q desk.Lookup, lang string) (out []api.Found, err error) {
		ids, err := o.find(ctx, who.Tenant, q)
		if err != nil {
			return nil, err
		}
		for _, id := range ids[:min(len(ids), mostFound)] {
			them := shop.Principal{Tenant: who.Tenant, Role: shop.Shopper, ID: id}
			f := api.Found{ID: id}
			if f.Customer, err = of(ctx, who, them, lang); err != nil {
				return nil, err
			}
			if q.Order != "" {
				asked, err := d.OrderOf(ctx, tools.Scope{Who: who, For: them, Lang: lang, Zone: "UTC", Now: clock()}, q.Order)
				if err != nil {
					return nil, err
				}
				f.Orders = slices.DeleteFunc(f.Orders, func(c shop.OrderCard) bool { return c.ID == asked.ID })
				f.Orders = append([]shop.OrderCard{asked}, f.Orders...)
			}
			out = append(out, f)
		}
		return out, nil
	}
}

// find are the ids of customers.
func (o *orders) find(ctx context.Context, tenant string, q desk.Lookup) (ids []string, err error) {
	c := o.of(tenant)
	var found []shop.Person
	switch {
	case q.Order != "" && c != nil:
		return nil, errNoOrderSearch
	case q.Order != "":
		id, err := o.local.OrderOwner(ctx, tenant, q.Order)
		var e *shop.Error
		if errors.As(err, &e) && e.Kind == shop.NotFound || err == nil && id == "" {
			return nil, nil
		}
		return []string{id}, err
	case c != nil:
		found, err = c.Find(ctx, tenant, connector.Find{Email: q.Email, Name: q.Name, Postal: q.Postal})
	case q.Email != "":
		found, err = o.local.PeopleByEmail(ctx, tenant, q.Email)
	default:
		found, err = o.local.PeopleByName(ctx, tenant, q.Name, q.Postal)
	}
	for _, p := range found {
		if p.ID != "" && !slices.Contains(ids, p.ID) {
			ids = append(ids, p.ID)
		}
	}
	return ids, err
}
