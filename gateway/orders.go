package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"shopkeeper/gateway/connector"
	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

// ConnectorSettings put a shop's own order system in the place of the orders and accounts that the store keeps.
type ConnectorSettings struct {
	Tenant  string        `toml:"tenant" help:"Tenant whose orders and accounts are there."`
	URL     string        `toml:"url" help:"Address of the connector, before /shopkeeper/v1; http:// reaches private addresses alone."`
	Key     string        `toml:"key" help:"Id of the secret, which the shop looks it up by; empty: the tenant."`
	Secret  string        `toml:"secret" help:"Shared secret of 32 characters or more; $NAME takes it from the environment." secret:"1"`
	Timeout time.Duration `toml:"timeout" help:"Longest wait for an answer; 10s."`
}

// checkConnectors refuses what no client can be made of.
func checkConnectors(list []ConnectorSettings) error {
	tenants := map[string]bool{}
	for i, c := range list {
		bad := func(field, format string, args ...any) error {
			return &misfit{"connectors", i, field, fmt.Sprintf(format, args...)}
		}
		switch {
		case c.Tenant == "":
			return bad("tenant", "it has no tenant")
		case tenants[c.Tenant]:
			return bad("tenant", "the tenant %q has two", c.Tenant)
		case c.Timeout < 0 || c.Timeout > time.Minute:
			return bad("timeout", "timeout is %s; it must be from 0 (10s) to 1m", c.Timeout)
		}
		secret, err := secretOf(c.Secret)
		if err != nil {
			return bad("secret", "%s", err)
		}
		if _, err := connector.New(c.options(secret, nil)); err != nil {
			field := "url"
			for _, f := range []string{"secret", "key"} {
				if strings.Contains(err.Error(), f) {
					field = f
					break
				}
			}
			return bad(field, "%s", err)
		}
		tenants[c.Tenant] = true
	}
	return nil
}

func (c ConnectorSettings) options(secret string, log *slog.Logger) connector.Options {
	return connector.Options{Tenant: c.Tenant, URL: c.URL, Key: c.Key, Secret: secret, Timeout: c.Timeout, Log: log}
}

// orders chooses by tenant between the store and the shop's own system, for look-ups and for actions.
type orders struct {
	local  *store.Store
	remote atomic.Pointer[map[string]*connector.Client] // by tenant
}

// set puts the connectors of a configuration in force. Calls that run end on the ones before.
func (o *orders) set(list []ConnectorSettings, log *slog.Logger) error {
	next := map[string]*connector.Client{}
	for _, s := range list {
		secret, err := secretOf(s.Secret)
		if err != nil {
			return fmt.Errorf("connector of %s: %w", s.Tenant, err)
		}
		c, err := connector.New(s.options(secret, log))
		if err != nil {
			return fmt.Errorf("connector of %s: %w", s.Tenant, err)
		}
		next[s.Tenant] = c
	}
	if before := o.remote.Swap(&next); before != nil {
		for _, c := range *before {
			c.Close()
		}
	}
	return nil
}

// of is the tenant's connector; nil: the store keeps its orders.
func (o *orders) of(tenant string) *connector.Client {
	if m := o.remote.Load(); m != nil {
		return (*m)[tenant]
	}
	return nil
}

func (o *orders) Order(ctx context.Context, who shop.Principal, id string) (shop.Order, error) {
	if c := o.of(who.Tenant); c != nil {
		return c.Order(ctx, who, id)
	}
	return o.local.Order(ctx, who, id)
}

func (o *orders) Orders(ctx context.Context, who shop.Principal, limit int) ([]shop.Order, error) {
	if c := o.of(who.Tenant); c != nil {
		return c.Orders(ctx, who, limit)
	}
	return o.local.Orders(ctx, who, limit)
}

func (o *orders) Person(ctx context.Context, who shop.Principal) (shop.Person, error) {
	if c := o.of(who.Tenant); c != nil {
		return c.Person(ctx, who)
	}
	return o.local.Person(ctx, who)
}

func (o *orders) Act(ctx context.Context, key string, a shop.Action) (shop.Outcome, error) {
	if c := o.of(a.Tenant); c != nil {
		return c.Act(ctx, key, a)
	}
	return o.local.Act(ctx, key, a)
}

// connectors asks each for the outcome of a key that nobody used, which changes nothing.
func (c *DoctorCmd) connectors(ctx context.Context) (out []finding) {
	for _, s := range c.Connectors {
		f := finding{Name: "connector", Note: s.Tenant + " at " + shownURL(s.URL)}
		secret, err := secretOf(s.Secret)
		var cl *connector.Client
		if err == nil {
			cl, err = connector.New(s.options(secret, nil))
		}
		if err == nil {
			_, err = cl.Outcome(ctx, "doctor-"+strings.ToLower(rand.Text()), shop.Action{Tenant: s.Tenant})
			cl.Close()
		}
		var e *shop.Error
		if f.OK = errors.As(err, &e) && e.Kind == shop.NotFound; !f.OK {
			f.Note += fmt.Sprintf(": %v", err)
			f.Mend = "check url, secret and key of [[connectors]], then run shopkeeper connector test " + shownURL(s.URL)
		} else {
			f.Note += ": it answers, signed"
		}
		out = append(out, f)
	}
	return out
}
