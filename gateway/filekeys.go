package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"shopkeeper/gateway/api"
	"shopkeeper/shop"
)

// fileKeys are the credentials that stand in the configuration file, before those of the store. A reload replaces them.
type fileKeys struct {
	api.Keys
	known atomic.Pointer[map[[32]byte]shop.Key]
}

func (f *fileKeys) Key(ctx context.Context, hash [32]byte) (shop.Key, error) {
	if m := f.known.Load(); m != nil {
		if k, ok := (*m)[hash]; ok {
			return k, nil
		}
	}
	return f.Keys.Key(ctx, hash)
}

// set takes the keys of a checked configuration.
func (f *fileKeys) set(list []KeySettings) error {
	m := make(map[[32]byte]shop.Key, len(list))
	for _, s := range list {
		k, err := s.key()
		if err != nil {
			return err
		}
		m[k.Hash] = k
	}
	f.known.Store(&m)
	return nil
}

// tenantAdder is the store.
type tenantAdder interface {
	Tenant(ctx context.Context, id string) (shop.Tenant, error)
	AddTenant(ctx context.Context, t shop.Tenant) error
}

// tenantsOf adds the tenants of the file's keys that do not exist yet.
func tenantsOf(ctx context.Context, st tenantAdder, list []KeySettings) error {
	for _, k := range list {
		_, err := st.Tenant(ctx, k.Tenant)
		var e *shop.Error
		switch {
		case err == nil:
			continue
		case !errors.As(err, &e) || e.Kind != shop.NotFound:
			return err
		}
		// Another replica may be starting with the same file.
		err = st.AddTenant(ctx, shop.Tenant{ID: k.Tenant, Currency: "USD", Zone: "UTC", Lang: "en"})
		if err != nil && (!errors.As(err, &e) || e.Kind != shop.Conflict) {
			return fmt.Errorf("add tenant %q of the file's keys: %w", k.Tenant, err)
		}
	}
	return nil
}
