package main

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"shopkeeper/gateway/connector"
	"shopkeeper/gateway/connector/connectortest"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

// Customers are looked up where the tenant's records are.
func TestLookup(t *testing.T) {
	st, err := (&Files{Data: t.TempDir()}).openStore(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	w, err := world(1, "2026-03-01")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(st.PutTenant(t.Context(), w.Tenant), st.PutPeople(t.Context(), w.Tenant.ID, w.People), st.PutOrders(t.Context(), w.Tenant.ID, w.Orders)); err != nil {
		t.Fatal(err)
	}
	far := connectortest.NewShop()
	far.Put("ann", "A-1", time.Now())
	server := httptest.NewServer(connector.NewServer(connector.ServerOptions{
		Tenant: connectortest.Tenant, Secrets: map[string]string{connectortest.Tenant: connectortest.Secret}, Records: far,
	}))
	defer server.Close()
	o := &orders{local: st}
	if err := o.set([]ConnectorSettings{{Tenant: connectortest.Tenant, URL: server.URL, Secret: connectortest.Secret}}, nil); err != nil {
		t.Fatal(err)
	}
	look := o.lookup(tools.Deps{Orders: o, People: o, Offers: st, Products: st, Currency: func(string) string { return "USD" }}, time.Now)
	alex := w.People[0]
	var oldest shop.Order
	n := 0
	for _, x := range w.Orders {
		if x.Shopper == alex.ID {
			n++
			if oldest.ID == "" || x.Placed.Before(oldest.Placed) {
				oldest = x
			}
		}
	}
	for _, c := range []struct {
		what, tenant string
		q            desk.Lookup
		id           string
	}{
		{"order", w.Tenant.ID, desk.Lookup{Order: oldest.ID}, alex.ID},
		{"e-mail", w.Tenant.ID, desk.Lookup{Email: strings.ToUpper(alex.Email)}, alex.ID},
		{"name", w.Tenant.ID, desk.Lookup{Name: "alex morgan", Postal: alex.Address.Postal}, alex.ID},
		{"no order", w.Tenant.ID, desk.Lookup{Order: "A-1"}, ""},
		{"no e-mail", w.Tenant.ID, desk.Lookup{Email: "ann@shop.example"}, ""},
		{"another postcode", w.Tenant.ID, desk.Lookup{Name: "Alex Morgan", Postal: "1"}, ""},
		{"e-mail there", connectortest.Tenant, desk.Lookup{Email: "ann@shop.example"}, "ann"},
		{"name there", connectortest.Tenant, desk.Lookup{Name: "ANN", Postal: "97201"}, "ann"},
		{"no e-mail there", connectortest.Tenant, desk.Lookup{Email: alex.Email}, ""},
	} {
		found, err := look(t.Context(), shop.Principal{Tenant: c.tenant, Role: shop.Agent, ID: "gus"}, c.q, "en")
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		if len(found) == 0 {
			if c.id != "" {
				t.Errorf("%s: nobody", c.what)
			}
			continue
		}
		if f := found[0]; len(found) != 1 || f.ID != c.id || f.Name == "" || len(f.Orders) == 0 || c.q.Order != "" && f.Orders[0].ID != oldest.ID {
			t.Errorf("%s: %+v", c.what, found)
		}
		seen := map[string]bool{}
		for _, x := range found[0].Orders {
			if seen[x.ID] {
				t.Errorf("%s: order %s is there twice", c.what, x.ID)
			}
			seen[x.ID] = true
		}
	}
	_, err = look(t.Context(), shop.Principal{Tenant: connectortest.Tenant, Role: shop.Agent, ID: "gus"}, desk.Lookup{Order: "A-1"}, "en")
	var e *shop.Error
	if !errors.As(err, &e) || e.Code != "no_order_search" {
		t.Errorf("an order there: %v", err)
	}
}
