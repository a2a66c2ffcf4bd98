package main

import (
	"context"
	"sync"
	"time"

	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

// kept remembers, for a second, what is asked for several times a turn and changes by hand. What cannot be read again is
// answered as it was: what was true a second ago is better than a guess.
type kept[T any] struct {
	mu    sync.Mutex
	known map[string]keptValue[T]
}

type keptValue[T any] struct {
	value T
	at    time.Time
}

func (k *kept[T]) get(key string, read func() (T, error)) (T, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	was, ok := k.known[key]
	if ok && time.Since(was.at) < time.Second {
		return was.value, nil
	}
	v, err := read()
	if err != nil {
		if ok {
			return was.value, nil
		}
		return v, err
	}
	if k.known == nil {
		k.known = map[string]keptValue[T]{}
	}
	k.known[key] = keptValue[T]{v, time.Now()}
	return v, nil
}

// tenants are the tenants' settings.
type tenants struct {
	store *store.Store
	kept[shop.Tenant]
}

func (t *tenants) tenant(id string) shop.Tenant {
	found, err := t.get(id, func() (shop.Tenant, error) {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		return t.store.Tenant(ctx, id)
	})
	if err != nil {
		return shop.Tenant{ID: id, Currency: "USD", Zone: "UTC", Lang: "en"}
	}
	return found
}

func (t *tenants) currency(id string) string { return t.tenant(id).Currency }

// offers are the tenants' offers. Nobody changes what they are given.
type offers struct {
	store *store.Store
	kept[[]shop.Offer]
}

func (o *offers) Offers(ctx context.Context, tenant string) ([]shop.Offer, error) {
	return o.get(tenant, func() ([]shop.Offer, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second) // the answer is everybody's
		defer cancel()
		return o.store.Offers(ctx, tenant)
	})
}
