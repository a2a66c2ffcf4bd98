package main

import (
	"context"
	"sync"
	"time"

	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

// tenants remembers the tenants' settings for a moment: they are asked for several times a turn and change by hand.
type tenants struct {
	store *store.Store
	mu    sync.Mutex
	known map[string]knownTenant
}

type knownTenant struct {
	shop.Tenant
	at time.Time
}

func newTenants(st *store.Store) *tenants {
	return &tenants{store: st, known: map[string]knownTenant{}}
}

func (t *tenants) tenant(id string) shop.Tenant {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k, ok := t.known[id]; ok && time.Since(k.at) < time.Second {
		return k.Tenant
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	found, err := t.store.Tenant(ctx, id)
	if err != nil {
		if k, ok := t.known[id]; ok {
			return k.Tenant // what was true a second ago is better than a guess
		}
		return shop.Tenant{ID: id, Currency: "USD", Zone: "UTC", Lang: "en"}
	}
	t.known[id] = knownTenant{found, time.Now()}
	return found
}

func (t *tenants) currency(id string) string { return t.tenant(id).Currency }
