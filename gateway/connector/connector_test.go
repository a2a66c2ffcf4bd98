package connector_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"shopkeeper/gateway/connector"
	"shopkeeper/gateway/connector/connectortest"
	"shopkeeper/shop"
)

var day = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func as(id string) shop.Principal {
	return shop.Principal{Tenant: connectortest.Tenant, ID: id, Role: shop.Shopper}
}

func client(t *testing.T, wire *connectortest.Network) *connector.Client {
	t.Helper()
	c, err := connector.New(connector.Options{Tenant: connectortest.Tenant, URL: "http://shop.internal/api", Secret: connectortest.Secret, Dial: wire.Dial})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// serve is a client of the reference connector, over what stands between.
func serve(t *testing.T, world connector.Records, between func(http.Handler) http.Handler) *connector.Client {
	t.Helper()
	var h http.Handler = connector.NewServer(connector.ServerOptions{
		Tenant: connectortest.Tenant, Secrets: map[string]string{connectortest.Tenant: connectortest.Secret}, Records: world,
	})
	h = described(t, h)
	if between != nil {
		h = between(h)
	}
	wire := connectortest.NewNetwork()
	stop := wire.Serve(http.StripPrefix("/api", h))
	c := client(t, wire)
	t.Cleanup(func() {
		c.Close()
		stop()
	})
	return c
}

func kind(err error) shop.Kind {
	var e *shop.Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return -1
}

func TestLookUps(t *testing.T) {
	world := connectortest.NewShop()
	for i := range 5 {
		world.Put("ann", fmt.Sprintf("A/%d", i), day.Add(time.Duration(i)*time.Hour))
	}
	world.Put("bob", "B-1", day)
	c := serve(t, world, nil)
	ctx := t.Context()

	want, _ := world.Order(ctx, as("ann"), "A/2")
	want.Tenant = connectortest.Tenant
	got, err := c.Order(ctx, as("ann"), "A/2")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	list, err := c.Orders(ctx, as("ann"), 2)
	if err != nil || len(list) != 2 || list[0].ID != "A/4" || list[1].ID != "A/3" || list[0].Tenant != connectortest.Tenant {
		t.Errorf("orders: %v, %v", list, err)
	}
	p, err := c.Person(ctx, as("ann"))
	if err != nil {
		t.Fatal(err)
	}
	known, _ := world.Person(ctx, as("ann"))
	if d := cmp.Diff(known, p); d != "" {
		t.Error(d)
	}
	for f, n := range map[connector.Find]int{
		{Email: "ANN@shop.example"}: 1, {Name: "ann", Postal: "97201"}: 1, {Name: "ann", Postal: "1"}: 0, {Email: "nobody@shop.example"}: 0,
	} {
		if ps, err := c.Find(ctx, connectortest.Tenant, f); err != nil || len(ps) != n {
			t.Errorf("%+v: %v, %v", f, ps, err)
		}
	}
	if _, err := c.Find(ctx, connectortest.Tenant, connector.Find{Name: "ann"}); kind(err) != shop.Invalid {
		t.Errorf("a name alone: %v", err)
	}

	anon, agent, elsewhere := as("ann"), as("ann"), as("ann")
	anon.Anon, agent.Role, elsewhere.Tenant = true, shop.Agent, "other"
	for name, c2 := range map[string]struct {
		who shop.Principal
		id  string
	}{
		"unknown":        {as("ann"), "A/9"},
		"foreign":        {as("ann"), "B-1"},
		"no such person": {as("eve"), "B-1"},
		"anonymous":      {anon, "A/2"},
		"staff":          {agent, "A/2"},
		"other tenant":   {elsewhere, "A/2"},
		"empty":          {as("ann"), ""},
		"dots":           {as("ann"), ".."},
		"control":        {as("ann"), "A\n"},
		"nobody":         {as(""), "A/2"},
		"path":           {as("ann/orders"), "A/2"},
	} {
		if _, err := c.Order(ctx, c2.who, c2.id); kind(err) != shop.NotFound {
			t.Errorf("%s: %v", name, err)
		}
		if name == "unknown" || name == "foreign" || name == "empty" || name == "dots" || name == "control" {
			continue
		}
		if os, err := c.Orders(ctx, c2.who, 5); err != nil || len(os) != 0 {
			t.Errorf("%s: orders %v, %v", name, os, err)
		}
		if _, err := c.Person(ctx, c2.who); kind(err) != shop.NotFound {
			t.Errorf("%s: person %v", name, err)
		}
	}
}

// careless is a shop that does not look whose an order is.
type careless struct {
	*connectortest.Shop
	order shop.Order
}

func (c careless) Order(context.Context, shop.Principal, string) (shop.Order, error) {
	return c.order, nil
}

func (c careless) Orders(_ context.Context, who shop.Principal, _ int) ([]shop.Order, error) {
	own := c.order
	own.ID, own.Shopper = "own", who.ID
	return []shop.Order{c.order, own, c.order}, nil
}

func (c careless) Person(context.Context, shop.Principal) (shop.Person, error) {
	return c.Shop.Person(context.Background(), as("bob"))
}

func TestForeignRecordsAreNotGivenOut(t *testing.T) {
	world := connectortest.NewShop()
	foreign := world.Put("bob", "B-1", day)
	c := serve(t, careless{world, foreign}, nil)
	if o, err := c.Order(t.Context(), as("ann"), "B-1"); kind(err) != shop.NotFound || o.ID != "" {
		t.Errorf("order: %+v, %v", o, err)
	}
	if os, err := c.Orders(t.Context(), as("ann"), 5); err != nil || len(os) != 1 || os[0].ID != "own" {
		t.Errorf("orders: %+v, %v", os, err)
	}
	if p, err := c.Person(t.Context(), as("ann")); kind(err) != shop.NotFound || p.ID != "" {
		t.Errorf("person: %+v, %v", p, err)
	}
	own := serve(t, careless{world, world.Put("ann", "A-1", day)}, nil)
	if _, err := own.Order(t.Context(), as("ann"), "A-2"); kind(err) != shop.Unavailable {
		t.Errorf("another order of the shopper's: %v", err)
	}
}

// What is answered to a look-up and is not as described is no fact.
func TestAnswersThatAreRefused(t *testing.T) {
	for name, body := range map[string]string{
		"no order":          `{}`,
		"null":              `null`,
		"list":              `[]`,
		"text":              `done`,
		"two values":        `{"id":"o1"}{}`,
		"unknown field":     `{"id":"o1","shopper":"ann","status":"paid","placed":"2026-03-01T00:00:00Z","items":[{"product":"p","title":"t","price":{"minor":1,"currency":"USD"},"qty":1}],"shipping":{"minor":0,"currency":"USD"},"discount":{"minor":0,"currency":"USD"},"total":{"minor":1,"currency":"USD"},"address":{},"revision":1,"colour":"red"}`,
		"status":            `{"id":"o1","shopper":"ann","status":"PAID","placed":"2026-03-01T00:00:00Z","items":[{"product":"p","title":"t","price":{"minor":1,"currency":"USD"},"qty":1}],"shipping":{"minor":0,"currency":"USD"},"discount":{"minor":0,"currency":"USD"},"total":{"minor":1,"currency":"USD"},"address":{},"revision":1}`,
		"decimals":          `{"id":"o1","shopper":"ann","status":"paid","placed":"2026-03-01T00:00:00Z","items":[],"total":{"minor":39.9,"currency":"USD"},"revision":1}`,
		"another currency":  `{"id":"o1","shopper":"ann","status":"paid","placed":"2026-03-01T00:00:00Z","items":[{"product":"p","title":"t","price":{"minor":1,"currency":"EUR"},"qty":1}],"shipping":{"minor":0,"currency":"USD"},"discount":{"minor":0,"currency":"USD"},"total":{"minor":1,"currency":"USD"},"address":{},"revision":1}`,
		"revision 0":        `{"id":"o1","shopper":"ann","status":"paid","placed":"2026-03-01T00:00:00Z","items":[{"product":"p","title":"t","price":{"minor":1,"currency":"USD"},"qty":1}],"total":{"minor":1,"currency":"USD"}}`,
		"larger than 4 MB":  `"` + string(make([]byte, 5<<20)) + `"`,
		"no UTF-8":          "\"\xff\"",
		"unsigned (header)": "",
	} {
		c := serve(t, connectortest.NewShop(), func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if name != "unsigned (header)" {
					connectortest.Sign(r, w.Header(), http.StatusOK, []byte(body))
				}
				_, _ = w.Write([]byte(body))
			})
		})
		if o, err := c.Order(t.Context(), as("ann"), "o1"); kind(err) != shop.Unavailable {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
	}
	// A page of the web server in between says nothing of whether there is such an order.
	c := serve(t, connectortest.NewShop(), func(http.Handler) http.Handler { return http.NotFoundHandler() })
	if _, err := c.Order(t.Context(), as("ann"), "o1"); kind(err) != shop.Unavailable {
		t.Errorf("an unsigned 404: %v", err)
	}
}

func TestAct(t *testing.T) {
	world := connectortest.NewShop()
	o := world.Put("ann", "o1", day)
	c := serve(t, world, nil)
	ctx := t.Context()
	a := connectortest.Cancel(o)
	if _, err := c.Outcome(ctx, "p_1", a); kind(err) != shop.NotFound {
		t.Errorf("nothing was asked for yet: %v", err)
	}
	first, err := c.Act(ctx, "p_1", a)
	if d := cmp.Diff(shop.Outcome{State: shop.OutcomeDone, Revision: 2}, first); d != "" || err != nil {
		t.Fatal(d, err)
	}
	again, err := c.Act(ctx, "p_1", a)
	if again != first || err != nil || world.Effects("p_1") != 1 {
		t.Errorf("again: %+v, %v, %d effects", again, err, world.Effects("p_1"))
	}
	if got, err := c.Outcome(ctx, "p_1", a); got != first || err != nil {
		t.Errorf("asked: %+v, %v", got, err)
	}
	// Arguments that were kept in a database with its keys in another order are the same arguments.
	two := a
	two.Args, two.Record = []byte(`{"b":1, "a":{"y":1.50,"x":2}}`), "none"
	if o, err := c.Act(ctx, "p_2", two); err != nil || o.Code != "order_not_found" {
		t.Errorf("%+v, %v", o, err)
	}
	two.Args, two.At = []byte(`{"a":{"x":2,"y":1.50},"b":1}`), two.At.Local()
	if o, err := c.Act(ctx, "p_2", two); err != nil || o.Code != "order_not_found" {
		t.Errorf("%+v, %v", o, err)
	}
	other := a
	other.Delta.Minor++
	if o, err := c.Act(ctx, "p_1", other); o.State != shop.OutcomeUnclear || kind(err) != shop.Unclear {
		t.Errorf("another action under the key: %+v, %v", o, err)
	}
	if o, err := c.Act(ctx, "p_3", a); err != nil || o.State != shop.OutcomeRefused || o.Code != "record_changed" {
		t.Errorf("an old revision: %+v, %v", o, err)
	}
	foreign := a
	foreign.Tenant = "other"
	for name, try := range map[string]struct {
		key string
		a   shop.Action
	}{"no key": {"", a}, "key with a slash": {"a/b", a}, "another tenant": {"p_4", foreign}} {
		if o, err := c.Act(ctx, try.key, try.a); o.State != shop.OutcomeUnclear || err == nil {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
	}
	if world.Total() != 1 {
		t.Errorf("%d effects", world.Total())
	}
}

// Time-outs and retries by a clock of the test's own.
func TestHanging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := connectortest.NewShop()
		a := connectortest.Cancel(world.Put("ann", "o1", day))
		var hang atomic.Bool
		var cut atomic.Int32
		hang.Store(true)
		c := serve(t, world, func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if cut.Add(-1) >= 0 {
					panic(http.ErrAbortHandler)
				}
				if hang.Load() {
					time.Sleep(11 * time.Second)
				}
				h.ServeHTTP(w, r)
			})
		})
		began := time.Now()
		o, err := c.Act(t.Context(), "p_1", a)
		if o.State != shop.OutcomeUnclear || kind(err) != shop.Unclear || time.Since(began) != 10*time.Second {
			t.Errorf("%+v, %v after %s", o, err, time.Since(began))
		}
		if _, err := c.Order(t.Context(), as("ann"), "o1"); kind(err) != shop.Unavailable {
			t.Errorf("look-up: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began = time.Now()
		if o, err := c.Act(ctx, "p_2", a); o.State != shop.OutcomeUnclear || err == nil || time.Since(began) != time.Second {
			t.Errorf("the caller left: %+v, %v", o, err)
		}
		hang.Store(false)
		cut.Store(1) // one lost connection does not matter, two do
		if o, err := c.Act(t.Context(), "p_1", a); err != nil || o.State == shop.OutcomeUnclear {
			t.Errorf("%+v, %v", o, err)
		}
		cut.Store(2)
		if o, err := c.Act(t.Context(), "p_1", a); o.State != shop.OutcomeUnclear || err == nil {
			t.Errorf("%+v, %v", o, err)
		}
		time.Sleep(time.Minute) // what hangs ends
	})
}

func TestNew(t *testing.T) {
	good := connector.Options{Tenant: "acme", URL: "https://shop.example/api", Secret: connectortest.Secret}
	for name, change := range map[string]func(*connector.Options){
		"no tenant":     func(o *connector.Options) { o.Tenant = "" },
		"short secret":  func(o *connector.Options) { o.Secret = "secret" },
		"no url":        func(o *connector.Options) { o.URL = "" },
		"ftp":           func(o *connector.Options) { o.URL = "ftp://shop.example" },
		"user":          func(o *connector.Options) { o.URL = "https://me:secret@shop.example" },
		"query":         func(o *connector.Options) { o.URL = "https://shop.example?x=1" },
		"public, plain": func(o *connector.Options) { o.URL = "http://198.51.100.7" },
		"key":           func(o *connector.Options) { o.Key = "a b" },
		"timeout":       func(o *connector.Options) { o.Timeout = -1 },
	} {
		o := good
		change(&o)
		if _, err := connector.New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for _, u := range []string{good.URL, "http://127.0.0.1:80", "http://[::1]:80", "http://10.0.0.7", "http://orders:8080", "https://shop.example/shopkeeper/v1/"} {
		o := good
		o.URL = u
		if _, err := connector.New(o); err != nil {
			t.Errorf("%s: %v", u, err)
		}
	}
}
