package api

import (
	"context"
	"crypto/sha256"

	"shopkeeper/shop"
)

// anyLoopback is the origin of the demo's widget key: every page on this machine.
const anyLoopback = "loopback"

// DemoOptions name the people of the demo world that its well-known keys stand for.
type DemoOptions struct {
	Tenant    shop.Tenant
	Shoppers  [2]string // demo-shopper, demo-shopper-2
	Agents    [2]string
	Merchants [2]string
	Admin     string
}

// demoKeys puts the demo's keys before the stored ones.
type demoKeys struct {
	Keys
	known map[[32]byte]shop.Key
}

func (d demoKeys) Key(ctx context.Context, hash [32]byte) (shop.Key, error) {
	if k, ok := d.known[hash]; ok {
		return k, nil
	}
	if d.Keys == nil {
		return shop.Key{}, &shop.Error{Kind: shop.NotFound, Msg: "This key is not known here."}
	}
	return d.Keys.Key(ctx, hash)
}

func (o *DemoOptions) keys() map[[32]byte]shop.Key {
	out := map[[32]byte]shop.Key{}
	add := func(secret string, k shop.Key) {
		k.ID, k.Tenant, k.Hash = secret, o.Tenant.ID, sha256.Sum256([]byte(secret))
		out[k.Hash] = k
	}
	add("demo-app", shop.Key{Role: shop.App})
	add("demo-widget", shop.Key{Role: shop.Widget, Origin: anyLoopback})
	add("demo-admin", shop.Key{Role: shop.Admin, Person: o.Admin})
	for i, suffix := range []string{"", "-2"} {
		add("demo-shopper"+suffix, shop.Key{Role: shop.Shopper, Person: o.Shoppers[i]})
		add("demo-agent"+suffix, shop.Key{Role: shop.Agent, Person: o.Agents[i]})
		add("demo-merchant"+suffix, shop.Key{Role: shop.Merchant, Merchant: o.Merchants[i]})
	}
	return out
}

func (d demoKeys) Tenant(ctx context.Context, id string) (shop.Tenant, error) {
	return d.Keys.Tenant(ctx, id)
}
