package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"shopkeeper/gateway/connector"
	"shopkeeper/gateway/connector/connectortest"
	"shopkeeper/shop"
)

// heard is output that may be read while it is written.
type heard struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.String()
}

// The line that `connector demo` prints is a test that it passes, once: then its order is cancelled.
func TestConnectorCommands(t *testing.T) {
	t.Setenv("SHOPKEEPER_CONNECTOR_SECRET", connectortest.Secret)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var out, errs heard
	ended := make(chan int)
	go func() { ended <- run(ctx, []string{"connector", "demo", "--addr", "127.0.0.1:0"}, &out, &errs) }()
	line := regexp.MustCompile(`(?m)^  shopkeeper (connector test .*)$`)
	for line.FindString(out.String()) == "" {
		select {
		case code := <-ended:
			t.Fatalf("%d %s", code, errs.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
	args := strings.Fields(line.FindStringSubmatch(out.String())[1])
	if strings.Contains(out.String(), connectortest.Secret) {
		t.Error("the secret is printed")
	}
	code, text, wrong := cli(t, args...)
	if code != 0 || strings.Contains(text, "WRONG") || strings.Contains(text, "skipped") || strings.Count(text, "\n") < 45 {
		t.Fatalf("%d %s%s", code, text, wrong)
	}
	code, text, wrong = cli(t, append(args, "--json")...)
	var checks []connector.Check
	if err := json.Unmarshal([]byte(text), &checks); err != nil || code != 1 || !strings.Contains(wrong, "checks found something") {
		t.Fatalf("the order is cancelled by now: %d %v %s", code, err, wrong)
	}
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("connector demo ended with %d: %s", code, errs.String())
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"connector", "test", "http://127.0.0.1:1", "--tenant", "t", "--shopper", "s", "--secret", "short"}, 2, "openssl rand"},
		{[]string{"connector", "test", "shop.example", "--tenant", "t", "--shopper", "s"}, 2, "https://HOST"},
		{[]string{"connector", "test", "http://127.0.0.1:1", "--tenant", "t"}, 2, "--shopper"},
		{[]string{"connector", "test", "http://127.0.0.1:1", "--tenant", "t", "--shopper", "s", "--args", "{"}, 2, "JSON object"},
		{[]string{"connector", "test", "http://127.0.0.1:1", "--tenant", "t", "--shopper", "s"}, 1, "1 of 1"},
		{[]string{"connector", "demo", "--addr", "0.0.0.0:0"}, 2, "loopback only"},
	} {
		code, _, errs := cli(t, c.args...)
		if code != c.code || !strings.Contains(errs, c.want) {
			t.Errorf("shopkeeper %s: code %d, %q; want %d and %q", strings.Join(c.args, " "), code, errs, c.code, c.want)
		}
	}
}

const oneConnector = `[[connectors]]
tenant = "acme"
url = "https://orders.shop.example"
secret = "$ORDERS_SECRET"
timeout = "5s"
`

func TestConnectorSettings(t *testing.T) {
	t.Setenv("ORDERS_SECRET", connectortest.Secret)
	t.Setenv("SHORT_SECRET", "short")
	f := write(t, "c.toml", oneConnector)
	if code, _, errs := cli(t, "config", "check", f); code != 0 {
		t.Fatal(errs)
	}
	if _, out, _ := cli(t, "config", "print", "--config", write(t, "c.toml", strings.Replace(oneConnector, "$ORDERS_SECRET", connectortest.Secret, 1))); strings.Contains(out, connectortest.Secret) || !strings.Contains(out, `timeout = "5s"`) {
		t.Errorf("config print:\n%s", out)
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"no tenant", `tenant = "acme"`, `tenant = ""`, ":2: connectors 1: it has no tenant"},
		{"no address", "https://orders.shop.example", "orders.shop.example", ":3: connectors 1: url must be https://HOST"},
		{"public without TLS", "https://orders.shop.example", "http://198.51.100.7", ":3: connectors 1: url names the public address 198.51.100.7: use https"},
		{"no such variable", "$ORDERS_SECRET", "$NO_ORDERS_SECRET", ":4: connectors 1: the environment has no NO_ORDERS_SECRET"},
		{"short", "$ORDERS_SECRET", "$SHORT_SECRET", ":4: connectors 1: the secret has 5 characters"},
		{"timeout", `"5s"`, `"2h"`, ":5: connectors 1: timeout is 2h0m0s"},
		{"twice", `timeout = "5s"`, strings.Replace(oneConnector, `timeout = "5s"`, "", 1), ":6: connectors 2: the tenant"},
	} {
		text := strings.Replace(oneConnector, c.old, c.new, 1)
		code, _, errs := cli(t, "config", "check", write(t, "c.toml", text))
		if code != 1 || !strings.Contains(errs, c.want) || strings.Contains(errs, connectortest.Secret) {
			t.Errorf("%s: %d %q; want %q", c.name, code, errs, c.want)
		}
	}
}

// A tenant's orders, accounts and actions are where the configuration says, and elsewhere when it says so.
func TestOrdersByTenant(t *testing.T) {
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
	order := far.Put("ann", "A-1", time.Now())
	server := httptest.NewServer(connector.NewServer(connector.ServerOptions{
		Tenant: connectortest.Tenant, Secrets: map[string]string{connectortest.Tenant: connectortest.Secret}, Records: far,
	}))
	defer server.Close()
	o := &orders{local: st}
	ann := shop.Principal{Tenant: connectortest.Tenant, ID: "ann", Role: shop.Shopper}
	near := shop.Principal{Tenant: w.Tenant.ID, ID: w.Orders[0].Shopper, Role: shop.Shopper}
	look := func(who shop.Principal, id string) string {
		found := ""
		if got, err := o.Order(t.Context(), who, id); err == nil {
			found += "order " + got.Tenant + " "
		}
		if got, err := o.Orders(t.Context(), who, 1); err == nil && len(got) == 1 {
			found += "orders "
		}
		if _, err := o.Person(t.Context(), who); err == nil {
			found += "person"
		}
		return found
	}
	if got := look(ann, "A-1"); got != "" {
		t.Errorf("without a connector: %q", got)
	}
	set := []ConnectorSettings{{Tenant: connectortest.Tenant, URL: server.URL, Secret: connectortest.Secret}}
	if err := o.set(set, nil); err != nil {
		t.Fatal(err)
	}
	if got := look(ann, "A-1"); got != "order acme orders person" {
		t.Errorf("with a connector: %q", got)
	}
	if got := look(near, w.Orders[0].ID); got != "order demo orders person" {
		t.Errorf("the other tenant: %q", got)
	}
	if got, err := o.Act(t.Context(), "p_1", connectortest.Cancel(order)); err != nil || got.State != shop.OutcomeDone || far.Effects("p_1") != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	cmd := &DoctorCmd{}
	cmd.Connectors = append(set, ConnectorSettings{Tenant: "gone", URL: "http://127.0.0.1:1", Secret: connectortest.Secret})
	if f := cmd.connectors(t.Context()); len(f) != 2 || !f[0].OK || f[1].OK || f[1].Mend == "" {
		t.Errorf("doctor: %+v", f)
	}
	if err := o.set(nil, nil); err != nil {
		t.Fatal(err)
	}
	if got := look(ann, "A-1"); got != "" {
		t.Errorf("taken away again: %q", got)
	}
}
