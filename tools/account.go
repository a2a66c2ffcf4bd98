package tools

import (
	"context"
	_ "embed"

	"shopkeeper/shop"
)

//go:embed my_account.md
var accountText string

type accountOut struct {
	Name    string               `json:"name"`
	Email   string               `json:"email,omitempty"`
	Level   int                  `json:"level"`
	Address shop.Address         `json:"address"`
	Methods []shop.PaymentMethod `json:"methods"`
	Orders  []otherOrder         `json:"orders"`
}

func myAccount(d Deps) Tool {
	return New(Spec{Name: "my_account", Description: accountText, Roles: []shop.Role{shop.Shopper, shop.Agent}}, d.account, View[struct{}, accountOut]{
		Line: func(sc Scope, _ struct{}, _ accountOut) string {
			return either(sc.Lang, "Looked at your account", "查看了您的账户")
		},
	})
}

func (d Deps) account(ctx context.Context, sc Scope, _ struct{}) (accountOut, error) {
	p, err := d.People.Person(ctx, sc.For)
	if notFound(err) {
		return accountOut{}, &shop.Error{Kind: shop.NotFound, Code: "user_not_found", Msg: "Nobody is signed in whom the shop knows, so there is no account to see. Ask the shopper to sign in first."}
	}
	if err != nil {
		return accountOut{}, err
	}
	out := accountOut{Name: clean(p.Name, maxName), Email: p.Email, Level: p.Level, Address: p.Address, Methods: p.Methods, Orders: []otherOrder{}}
	os, err := d.Orders.Orders(ctx, sc.For, otherOrders)
	for _, o := range os {
		out.Orders = append(out.Orders, otherOrder{o.ID, o.Status, inZone(&o.Placed, sc.Zone).Format("2006-01-02")})
	}
	return out, err
}
