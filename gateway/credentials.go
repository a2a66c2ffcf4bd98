package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"shopkeeper/gateway/api"
	"shopkeeper/shop"
)

// credentials remembers keys and tenants for as long as a change may take to be seen, so that a request needs no look-up. While the
// database does not answer, what was known a minute ago goes on: a key that was good does not turn bad with it.
type credentials struct {
	api.Keys
	now func() time.Time

	keys    remembered[[32]byte, shop.Key]
	tenants remembered[string, shop.Tenant]

	mu  sync.RWMutex
	own map[string]shop.Limits // of the keys seen, by id
}

const (
	freshFor = time.Second
	staleFor = time.Minute
)

// remembered is a bounded map of what was read and when.
type remembered[K comparable, V any] struct {
	mu sync.RWMutex
	m  map[K]reading[V]
}

type reading[V any] struct {
	value V
	at    time.Time
}

const mostRemembered = 50_000

func (r *remembered[K, V]) get(k K, now time.Time, read func() (V, error)) (V, error) {
	r.mu.RLock()
	was, ok := r.m[k]
	r.mu.RUnlock()
	if age := now.Sub(was.at); ok && age < freshFor {
		return was.value, nil
	}
	v, err := read()
	if err != nil {
		var e *shop.Error
		gone := errors.As(err, &e) && e.Kind == shop.NotFound
		if ok && !gone && now.Sub(was.at) < staleFor {
			return was.value, nil
		}
		if ok && gone {
			r.forget(k)
		}
		return v, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.m == nil || len(r.m) >= mostRemembered {
		r.m = map[K]reading[V]{}
	}
	r.m[k] = reading[V]{v, now}
	return v, nil
}

func (r *remembered[K, V]) forget(k K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.m, k)
}

func (r *remembered[K, V]) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.m = nil
}

func (c *credentials) Key(ctx context.Context, hash [32]byte) (shop.Key, error) {
	k, err := c.keys.get(hash, c.now(), func() (shop.Key, error) {
		k, err := c.Keys.Key(ctx, hash)
		if err == nil && k.Limits != (shop.Limits{}) {
			c.limit(k.ID, k.Limits)
		}
		return k, err
	})
	if err == nil && !k.Expires.IsZero() && !c.now().Before(k.Expires) {
		return shop.Key{}, &shop.Error{Kind: shop.NotFound, Msg: "This key is unknown or was revoked."}
	}
	return k, err
}

func (c *credentials) limit(id string, l shop.Limits) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.own == nil {
		c.own = map[string]shop.Limits{}
	}
	c.own[id] = l
}

func (c *credentials) Tenant(ctx context.Context, id string) (shop.Tenant, error) {
	return c.tenants.get(id, c.now(), func() (shop.Tenant, error) { return c.Keys.Tenant(ctx, id) })
}

// forget lets the next request look everything up again.
func (c *credentials) forget() {
	c.keys.clear()
	c.tenants.clear()
}

// limits are those that a key and a tenant have of their own; both were looked up when the request came in.
func (c *credentials) limits(who shop.Principal) (key, tenant shop.Limits) {
	c.mu.RLock()
	key = c.own[who.Key]
	c.mu.RUnlock()
	c.tenants.mu.RLock()
	defer c.tenants.mu.RUnlock()
	return key, c.tenants.m[who.Tenant].value.Limits
}
