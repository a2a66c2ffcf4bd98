package connector_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/gateway/connector"
	"shopkeeper/gateway/connector/connectortest"
	"shopkeeper/shop"
)

// check runs the suite on a shop with a defect.
func check(t *testing.T, spoil func(*system), change between) (checks []connector.Check) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		checks = checkNow(t, spoil, change)
		time.Sleep(time.Minute) // the server's connections end
	})
	return checks
}

func checkNow(t *testing.T, spoil func(*system), change between) []connector.Check {
	t.Helper()
	world := &system{Shop: connectortest.NewShop()}
	for i := range 3 {
		world.Put("ann", "A-"+strconv.Itoa(i), day.Add(time.Duration(i)*time.Hour))
	}
	world.Put("bob", "B-1", day)
	if spoil != nil {
		spoil(world)
	}
	var h http.Handler = connector.NewServer(connector.ServerOptions{
		Tenant: connectortest.Tenant, Secrets: map[string]string{connectortest.Tenant: connectortest.Secret}, Records: world,
	})
	if spoil == nil && change == nil {
		h = described(t, h)
	}
	h = http.StripPrefix("/api", h)
	if change != nil {
		h = spoiled(h, change)
	}
	wire := connectortest.NewNetwork()
	defer wire.Serve(h)()
	checks, err := connector.Test(t.Context(), connector.TestOptions{
		Options: connector.Options{Tenant: connectortest.Tenant, URL: "http://shop.internal/api", Secret: connectortest.Secret, Dial: wire.Dial, Timeout: 5 * time.Second},
		Shopper: "ann", Order: "A-1", Foreign: "B-1",
	})
	if err != nil {
		t.Fatal(err)
	}
	return checks
}

func TestSuiteFindsNothingInTheReference(t *testing.T) {
	checks := check(t, nil, nil)
	for _, c := range checks {
		if c.State != connector.OK || c.Note == "" || c.Mend != "" {
			t.Errorf("%+v", c)
		}
	}
	if len(checks) < 45 {
		t.Errorf("only %d checks", len(checks))
	}
}

// Without an order to act on nothing is changed, and the suite says what it left out.
func TestSuiteThatMayNotAct(t *testing.T) {
	world := connectortest.NewShop()
	world.Put("ann", "A-1", day)
	wire := connectortest.NewNetwork()
	defer wire.Serve(connector.NewServer(connector.ServerOptions{Tenant: "acme", Secrets: map[string]string{"k2": connectortest.Secret}, Records: world}))()
	checks, err := connector.Test(t.Context(), connector.TestOptions{
		Options: connector.Options{Tenant: "acme", Key: "k2", URL: "http://shop.internal", Secret: connectortest.Secret, Dial: wire.Dial}, Shopper: "ann",
	})
	if err != nil {
		t.Fatal(err)
	}
	skipped := 0
	for _, c := range checks {
		if c.State == connector.Wrong {
			t.Errorf("%+v", c)
		}
		if c.State == connector.Skipped {
			skipped++
		}
	}
	if skipped != 10 || world.Total() != 0 {
		t.Errorf("%d left out, %d effects", skipped, world.Total())
	}
}

func field(a *answer, name string, v any) {
	var m map[string]any
	if json.Unmarshal(a.body, &m) != nil {
		return
	}
	m[name] = v
	b, _ := json.Marshal(m)
	a.say(a.status, string(b))
}

// Every defect is found, by the check that is made for it, and the check says what to do.
func TestSuiteFindsDefects(t *testing.T) {
	ctx := t.Context()
	// taken takes a request for good that was refused with one of the codes.
	taken := func(change func(r *http.Request), codes ...string) between {
		return func(a *answer, ask func(func(*http.Request))) {
			if slices.Contains(codes, a.code()) {
				ask(change)
			}
		}
	}
	on := func(method, part string, fn func(a *answer)) between {
		return func(a *answer, _ func(func(*http.Request))) {
			if a.r.Method == method && strings.Contains(a.r.URL.Path, part) {
				fn(a)
			}
		}
	}
	acting := func(fn func(s *system, key string, a shop.Action) (shop.Outcome, error)) func(*system) {
		return func(s *system) {
			s.act = func(key string, a shop.Action) (shop.Outcome, error) { return fn(s, key, a) }
		}
	}
	var flight sync.Map
	for name, c := range map[string]struct {
		spoil func(*system)
		wire  between
		want  []string
	}{
		"signatures are not checked": {nil, taken(nil, "bad_signature", "stale", "replayed"), []string{"signature: missing", "signature: other secret", "signature: unknown key", "signature: path", "signature: query", "signature: method", "signature: body", "signature: idempotency key", "time: old", "time: ahead", "replay"}},
		"replays are taken":          {nil, taken(nil, "replayed"), []string{"replay"}},
		"any time is taken":          {nil, taken(nil, "stale"), []string{"time: old", "time: ahead"}},
		"the key is not signed": {nil, func(a *answer, ask func(func(*http.Request))) {
			if a.code() == "bad_signature" && a.r.Header.Get("Idempotency-Key") != "" {
				ask(nil)
			}
		}, []string{"signature: idempotency key"}},
		"the body is not signed": {nil, func(a *answer, ask func(func(*http.Request))) {
			if a.code() == "bad_signature" && strings.HasSuffix(a.r.URL.Path, "/find") {
				ask(nil)
			}
		}, []string{"signature: body"}},
		"the query is not signed": {nil, func(a *answer, ask func(func(*http.Request))) {
			if a.code() == "bad_signature" && a.r.URL.RawQuery == "limit=100" {
				ask(nil)
			}
		}, []string{"signature: query"}},
		"routes come before signatures": {nil, on("DELETE", "", func(a *answer) { a.say(405, `{"error":{"code":"method","msg":"No."}}`) }), []string{"signature: method"}},
		"clocks must agree to the minute": {nil, func(a *answer, _ func(func(*http.Request))) {
			sec, _ := strconv.ParseInt(a.r.Header.Get("Shopkeeper-Timestamp"), 10, 64)
			if time.Since(time.Unix(sec, 0)).Abs() > time.Minute {
				a.status, a.body = 401, []byte(`{"error":{"code":"stale","msg":"Old."}}`)
			}
		}, []string{"time: slow clock"}},
		"answers are not signed": {nil, func(a *answer, _ func(func(*http.Request))) { a.header.Del("Shopkeeper-Signature") }, []string{"answers"}},
		"answers are signed for nothing": {nil, func(a *answer, _ func(func(*http.Request))) {
			a.header.Set("Shopkeeper-Signature", strings.Repeat("0", 64))
		}, []string{"answers"}},
		"a 404 is not signed": {nil, func(a *answer, _ func(func(*http.Request))) {
			if a.status == 404 {
				a.header.Del("Shopkeeper-Signature")
			}
		}, []string{"account: unknown", "order: unknown", "order: foreign", "outcome: unknown key"}},
		"a refusal is not signed": {nil, func(a *answer, _ func(func(*http.Request))) {
			if bytes.Contains(a.body, []byte(`"refused"`)) {
				a.header.Del("Shopkeeper-Signature")
			}
		}, []string{"action: unknown order"}},
		"it redirects": {nil, func(a *answer, _ func(func(*http.Request))) { a.status = 302; a.header.Set("Location", "/") }, []string{"answers"}},
		"another account": {func(s *system) {
			s.person = func(shop.Principal) (shop.Person, error) { return s.Shop.Person(ctx, as("bob")) }
		}, nil, []string{"answers"}},
		"an account with other words": {nil, on("GET", "/shoppers/ann", func(a *answer) { field(a, "vip", true) }), []string{"answers"}},
		"an account for everybody": {func(s *system) {
			s.person = func(who shop.Principal) (shop.Person, error) {
				p, _ := s.Shop.Person(ctx, as("ann"))
				p.ID = who.ID
				return p, nil
			}
		}, nil, []string{"account: unknown"}},
		"orders are oldest first": {func(s *system) {
			s.orders = func(who shop.Principal, limit int) ([]shop.Order, error) {
				os, err := s.Shop.Orders(ctx, who, 100)
				slices.Reverse(os)
				return os[:min(limit, len(os))], err
			}
		}, nil, []string{"orders"}},
		"orders of everybody": {func(s *system) {
			s.orders = func(_ shop.Principal, limit int) ([]shop.Order, error) { return s.Shop.Orders(ctx, as("bob"), limit) }
		}, nil, []string{"orders", "orders: limit", "orders: unknown shopper"}},
		"the limit is not looked at": {func(s *system) {
			s.orders = func(who shop.Principal, _ int) ([]shop.Order, error) { return s.Shop.Orders(ctx, who, 100) }
		}, nil, []string{"orders: limit"}},
		"the list is cut before it is sorted": {func(s *system) {
			s.orders = func(who shop.Principal, limit int) ([]shop.Order, error) {
				os, err := s.Shop.Orders(ctx, who, 100)
				return os[max(0, len(os)-limit):], err
			}
		}, nil, []string{"orders: limit"}},
		"any limit is taken": {nil, on("GET", "/orders", func(a *answer) {
			if a.status == 400 {
				a.say(200, `{"orders":[]}`)
			}
		}), []string{"orders: bad limit"}},
		"an order with a status of its own": {func(s *system) {
			s.order = func(who shop.Principal, id string) (shop.Order, error) {
				o, err := s.Shop.Order(ctx, who, id)
				o.Status = "OPEN"
				return o, err
			}
		}, nil, []string{"order"}},
		"somebody else's order": {func(s *system) {
			s.order = func(_ shop.Principal, id string) (shop.Order, error) {
				for _, who := range []string{"ann", "bob"} {
					if o, err := s.Shop.Order(ctx, as(who), id); err == nil {
						return o, nil
					}
				}
				return s.Shop.Order(ctx, as("ann"), id)
			}
		}, nil, []string{"order: foreign"}},
		"somebody else's order is 403": {nil, on("GET", "B-1", func(a *answer) { a.say(403, `{"error":{"code":"forbidden","msg":"Not yours."}}`) }), []string{"order: foreign"}},
		"somebody else's order sounds different": {nil, on("GET", "B-1", func(a *answer) {
			a.say(404, `{"error":{"code":"order_not_found","msg":"Order B-1 is not yours."}}`)
		}), []string{"order: foreign"}},
		"an unknown order is 500": {nil, on("GET", "orders/nobody", func(a *answer) { a.say(500, `{"error":{"code":"internal","msg":"x"}}`) }), []string{"order: unknown"}},
		"a 404 is a page":         {nil, on("GET", "orders/nobody", func(a *answer) { a.say(404, `<html>`) }), []string{"order: unknown"}},
		"find finds nobody":       {func(s *system) { s.find = func(connector.Find) ([]shop.Person, error) { return nil, nil } }, nil, []string{"find: e-mail", "find: name"}},
		"find minds the case": {func(s *system) {
			s.find = func(f connector.Find) ([]shop.Person, error) {
				if f.Email == strings.ToUpper(f.Email) && f.Email != "" {
					return nil, nil
				}
				return s.Shop.Find(ctx, "", f)
			}
		}, nil, []string{"find: e-mail"}},
		"find finds everybody": {func(s *system) {
			s.find = func(connector.Find) ([]shop.Person, error) {
				p, err := s.Shop.Person(ctx, as("ann"))
				return []shop.Person{p}, err
			}
		}, nil, []string{"find: nobody"}},
		"find takes a name alone": {nil, on("POST", "/find", func(a *answer) {
			if a.status == 400 {
				a.say(200, `{"accounts":[]}`)
			}
		}), []string{"find: too little", "malformed: find: no JSON"}},
		"malformed bodies are 500": {nil, on("POST", "/actions", func(a *answer) {
			if a.status == 400 {
				a.say(500, `{}`)
			}
		}), []string{"malformed: no JSON", "malformed: cut short", "malformed: null", "malformed: no key", "malformed: another tenant"}},
		"a key is kept before the body is read": {nil, on("GET", "/actions/", func(a *answer) {
			if a.status == 404 && !strings.HasSuffix(a.r.URL.Path, "none") {
				a.say(200, `{"key":"k","record":"o","on":1,"state":"unclear"}`)
			}
		}), []string{"malformed: no JSON", "malformed: empty"}},
		"anything is read": {nil, on("POST", "/actions", func(a *answer) {
			if a.status == 413 {
				a.say(200, `{}`)
			}
		}), []string{"malformed: large"}},
		"an unknown key is empty": {nil, on("GET", "/actions/", func(a *answer) {
			if a.status == 404 {
				a.say(200, `{}`)
			}
		}), []string{"outcome: unknown key"}},
		"it acts for anybody": {acting(func(s *system, key string, a shop.Action) (shop.Outcome, error) {
			if a.Record == "B-1" {
				a.Shopper = "bob"
			}
			return s.Shop.Act(ctx, key, a)
		}), nil, []string{"action: foreign order"}},
		"an order of somebody else is refused with another word": {acting(func(s *system, key string, a shop.Action) (shop.Outcome, error) {
			o, err := s.Shop.Act(ctx, key, a)
			if a.Record == "B-1" {
				o.Code = "not_yours"
			}
			return o, err
		}), nil, []string{"action: foreign order"}},
		"anything is done": {acting(func(s *system, key string, a shop.Action) (shop.Outcome, error) {
			if a.Kind == "fly_to_the_moon" {
				return shop.Outcome{State: shop.OutcomeDone, Revision: a.Revision + 1}, nil
			}
			return s.Shop.Act(ctx, key, a)
		}), nil, []string{"action: unknown kind"}},
		"revisions are not compared": {acting(func(s *system, key string, a shop.Action) (shop.Outcome, error) {
			if o, err := s.Shop.Order(ctx, as(a.Shopper), a.Record); err == nil {
				a.Revision = o.Revision
			}
			o, err := s.Shop.Act(ctx, key, a)
			if o.State == shop.OutcomeDone {
				o.Revision = max(o.Revision, a.Revision)
			}
			return o, err
		}), nil, []string{"action: revision"}},
		"another revision is not answered clearly": {acting(func(s *system, key string, a shop.Action) (shop.Outcome, error) {
			if strings.HasSuffix(key, "revision") {
				return shop.Outcome{State: shop.OutcomeUnclear}, nil
			}
			return s.Shop.Act(ctx, key, a)
		}), nil, []string{"action: revision"}},
		"sums are not compared": {acting(func(s *system, key string, a shop.Action) (shop.Outcome, error) {
			a.Delta.Minor = -3990
			return s.Shop.Act(ctx, key, a)
		}), nil, []string{"action: sum"}},
		"a second request meanwhile is 409": {nil, on("POST", "/actions", func(a *answer) {
			if _, there := flight.LoadOrStore(a.r.Header.Get("Idempotency-Key"), true); there && strings.HasSuffix(a.r.Header.Get("Idempotency-Key"), "done") {
				a.say(409, `{"error":{"code":"in_flight","msg":"Wait."}}`)
			}
		}), []string{"action: once"}},
		"keys are not kept": {nil, func(a *answer, ask func(func(*http.Request))) {
			key := a.r.Header.Get("Idempotency-Key")
			if _, there := flight.LoadOrStore("kept "+key, true); there && strings.HasSuffix(key, "done") {
				ask(func(r *http.Request) { r.Header.Set("Idempotency-Key", rand.Text()) })
				field(a, "key", key)
			}
		}, []string{"action: once"}},
		"the second time is another outcome": {nil, func(a *answer, _ func(func(*http.Request))) {
			key := a.r.Header.Get("Idempotency-Key")
			n, _ := flight.LoadOrStore("n "+key, new(counter))
			if n.(*counter).next() > 4 && strings.HasSuffix(key, "done") && a.status == 200 {
				field(a, "revision", 9)
			}
		}, []string{"action: again"}},
		"it is done again": {acting(func(s *system, key string, a shop.Action) (shop.Outcome, error) {
			if !strings.HasSuffix(key, "done") {
				return s.Shop.Act(ctx, key, a)
			}
			// Twice at once: what is done to the order raises its revision each time.
			to := a
			to.Kind, to.Args, to.Delta.Minor = "change_address", json.RawMessage(`{}`), 0
			o, err := s.Shop.Act(ctx, key, to)
			to.Revision++
			_, _ = s.Shop.Act(ctx, key+"2", to)
			return o, err
		}), nil, []string{"action: once"}},
		"a key is good for two actions": {nil, on("POST", "/actions", func(a *answer) {
			if a.status == 409 {
				a.say(200, `{"key":"`+a.r.Header.Get("Idempotency-Key")+`","record":"A-1","on":2,"state":"done","revision":3}`)
			}
		}), []string{"action: other body"}},
		"outcomes cannot be asked for": {nil, on("GET", "/actions/", func(a *answer) { a.say(404, `{"error":{"code":"no_such_route","msg":"No."}}`) }), []string{"action: outcome"}},
		"another outcome is told":      {nil, on("GET", "done", func(a *answer) { field(a, "revision", 5) }), []string{"action: outcome"}},
		"the answer names no key": {nil, on("POST", "/actions", func(a *answer) {
			if a.status == 200 {
				field(a, "key", "")
			}
		}), []string{"action: unknown order", "action: once"}},
		"the answer names another revision": {nil, on("POST", "/actions", func(a *answer) {
			if a.status == 200 {
				field(a, "on", 0)
			}
		}), []string{"action: unknown order", "action: once"}},
		"done does not raise the revision": {nil, on("POST", "/actions", func(a *answer) {
			if bytes.Contains(a.body, []byte(`"done"`)) {
				field(a, "revision", 1)
			}
		}), []string{"action: once"}},
		"nothing is ever clear": {acting(func(*system, string, shop.Action) (shop.Outcome, error) {
			return shop.Outcome{State: shop.OutcomeUnclear}, nil
		}), nil, []string{"action: unknown order", "action: once"}},
		"a refusal without a word": {nil, on("POST", "/actions", func(a *answer) {
			if bytes.Contains(a.body, []byte(`"refused"`)) {
				field(a, "code", "")
			}
		}), []string{"action: unknown order"}},
	} {
		flight.Clear()
		found := map[string]bool{}
		for _, k := range check(t, c.spoil, c.wire) {
			if k.State == connector.Wrong {
				found[k.Name] = true
				if k.Note == "" || k.Mend == "" {
					t.Errorf("%s: %s says nothing: %+v", name, k.Name, k)
				}
			}
		}
		for _, w := range c.want {
			if !found[w] {
				t.Errorf("%s: %q found nothing; found were %v", name, w, slices.Sorted(maps.Keys(found)))
			}
		}
	}
}

func TestSuiteIsMisused(t *testing.T) {
	good := connector.TestOptions{Options: connector.Options{Tenant: "acme", URL: "http://127.0.0.1:1", Secret: connectortest.Secret}, Shopper: "ann"}
	for name, change := range map[string]func(*connector.TestOptions){
		"no shopper": func(o *connector.TestOptions) { o.Shopper = "" }, "no secret": func(o *connector.TestOptions) { o.Secret = "" },
		"arguments": func(o *connector.TestOptions) { o.Args = json.RawMessage(`[]`) }, "no JSON": func(o *connector.TestOptions) { o.Args = json.RawMessage(`{`) },
	} {
		o := good
		change(&o)
		if _, err := connector.Test(t.Context(), o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	checks, err := connector.Test(t.Context(), good) // nobody listens there
	if err != nil || len(checks) != 1 || checks[0].State != connector.Wrong || checks[0].Mend == "" {
		t.Errorf("%+v, %v", checks, err)
	}
}
