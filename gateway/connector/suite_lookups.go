package connector

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"shopkeeper/shop"
)

func escape(s string) string { return url.PathEscape(s) }

const schemaMend = "answer with the schema of docs/connector.yaml, and nothing else in it"

// lookUps: as described, the shopper's own alone, and no word about anybody else's.
func (s *suite) lookUps(ctx context.Context) {
	own := "/shoppers/" + escape(s.o.Shopper)
	nobody := "nobody-" + s.run
	s.check(ctx, "account: unknown", "an unknown shopper is 404", func(ctx context.Context) error {
		return s.notThere(ctx, "/shoppers/"+nobody)
	})
	var list []shop.Order
	s.check(ctx, "orders", "orders are as described, the shopper's own, newest first", func(ctx context.Context) (err error) {
		list, err = s.orders(ctx, own+"/orders?limit=200")
		return err
	})
	s.check(ctx, "orders: limit", "no more orders come than asked for", func(ctx context.Context) error {
		few, err := s.orders(ctx, own+"/orders?limit=1")
		if err == nil && len(few) > 1 {
			return wrong("give at most limit orders", "asked for 1 order it gives %d", len(few))
		}
		if err == nil && len(list) > 0 && (len(few) == 0 || few[0].ID != list[0].ID) {
			return wrong("sort before the list is cut", "the one order of a list of 1 is not the newest")
		}
		return err
	})
	s.check(ctx, "orders: bad limit", "a limit that is none is 400", func(ctx context.Context) error {
		for _, limit := range []string{"0", "-1", "many", "100000"} {
			r, err := s.signed(ctx, http.MethodGet, own+"/orders?limit="+limit, "", nil)
			if err != nil {
				return err
			}
			if r.status != http.StatusBadRequest {
				return wrong("answer 400 to a limit that is not from 1 to 200", "it answers %d to limit=%s", r.status, limit)
			}
		}
		return nil
	})
	s.check(ctx, "orders: unknown shopper", "nobody has no orders", func(ctx context.Context) error {
		r, err := s.signed(ctx, http.MethodGet, "/shoppers/"+nobody+"/orders?limit=5", "", nil)
		if err != nil || r.status == http.StatusNotFound {
			return err
		}
		l, err := decode[orderList](r.body)
		if err != nil || r.status != http.StatusOK || len(l.Orders) > 0 {
			return wrong("answer an empty list, or 404", "it answers %d with %d orders to a shopper that does not exist", r.status, len(l.Orders))
		}
		return nil
	})
	id := s.o.Order
	if id == "" && len(list) > 0 {
		id = list[0].ID
	}
	if id == "" {
		s.skip("order", "the shopper has no orders; name a shopper with some (--shopper)")
	} else {
		s.check(ctx, "order", "an order is as described", func(ctx context.Context) (err error) {
			s.order, err = s.lookUp(ctx, id)
			return err
		})
	}
	var none reply
	s.check(ctx, "order: unknown", "an order that does not exist is 404", func(ctx context.Context) (err error) {
		if err := s.notThere(ctx, own+"/orders/"+nobody); err != nil {
			return err
		}
		none, err = s.signed(ctx, http.MethodGet, own+"/orders/"+nobody, "", nil)
		return err
	})
	if s.o.Foreign == "" {
		s.skip("order: foreign", "no order of somebody else is named (--foreign)")
	} else {
		s.check(ctx, "order: foreign", "an order of somebody else looks like one that does not exist", func(ctx context.Context) error {
			if err := s.notThere(ctx, own+"/orders/"+escape(s.o.Foreign)); err != nil {
				return err
			}
			r, err := s.signed(ctx, http.MethodGet, own+"/orders/"+escape(s.o.Foreign), "", nil)
			if err != nil {
				return err
			}
			bare := func(b []byte, id string) []byte { return bytes.ReplaceAll(b, []byte(id), nil) }
			if !bytes.Equal(bare(r.body, s.o.Foreign), bare(none.body, nobody)) {
				return wrong("answer the very same 404 to an order of somebody else and to one that does not exist", "its answers to the two differ: somebody else's order numbers can be told from others")
			}
			return nil
		})
	}
	s.find(ctx)
}

// orders reads a list and looks at every one.
func (s *suite) orders(ctx context.Context, path string) ([]shop.Order, error) {
	r, err := s.signed(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return nil, err
	}
	l, err := decode[orderList](r.body)
	if err != nil || r.status != http.StatusOK || l.Orders == nil {
		return nil, wrong(schemaMend, "the orders are not as described (status %d): %v", r.status, orNothing(err))
	}
	for i, o := range l.Orders {
		if err := checkOrder(o); err != nil {
			return nil, wrong(schemaMend, "%v", err)
		}
		if o.Shopper != s.o.Shopper {
			return nil, wrong("select by the shopper of the path", "order %q is of the shopper %q", o.ID, o.Shopper)
		}
		if i > 0 && o.Placed.After(l.Orders[i-1].Placed) {
			return nil, wrong("sort by the time placed, newest first", "order %q is newer than the one before it", o.ID)
		}
	}
	return l.Orders, nil
}

func orNothing(err error) string {
	if err == nil {
		return "a field is missing"
	}
	return err.Error()
}

// lookUp reads one order of the shopper.
func (s *suite) lookUp(ctx context.Context, id string) (o shop.Order, err error) {
	r, err := s.signed(ctx, http.MethodGet, "/shoppers/"+escape(s.o.Shopper)+"/orders/"+escape(id), "", nil)
	if err != nil {
		return o, err
	}
	if r.status != http.StatusOK {
		return o, wrong("name an order of this shopper (--order), and serve GET "+Root+"/shoppers/{shopper}/orders/{order}", "it answers %d to order %q", r.status, id)
	}
	if o, err = decode[shop.Order](r.body); err == nil {
		err = checkOrder(o)
	}
	if err != nil {
		return o, wrong(schemaMend, "the order is not as described: %v", err)
	}
	if o.ID != id || o.Shopper != s.o.Shopper {
		return o, wrong("answer with the order that was asked for", "asked for order %q of %q it answers with %q of %q", id, s.o.Shopper, o.ID, o.Shopper)
	}
	return o, nil
}

// notThere wants a signed 404 that is a Problem.
func (s *suite) notThere(ctx context.Context, path string) error {
	r, err := s.signed(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return err
	}
	if r.status != http.StatusNotFound {
		return wrong("answer 404, of somebody else's as well as of nobody's", "it answers %d", r.status)
	}
	if f, err := decode[failure](r.body); err != nil || !codes.MatchString(f.Error.Code) {
		return wrong("answer with the schema Problem, such as "+`{"error":{"code":"order_not_found","msg":"There is no such order."}}`, "the 404 is not as described")
	}
	return nil
}

// find: a mail address or a name with a postal code, and no less.
func (s *suite) find(ctx context.Context) {
	ask := func(ctx context.Context, body string) (reply, []Account, error) {
		r, err := s.signed(ctx, http.MethodPost, "/find", "", []byte(body))
		if err != nil {
			return r, nil, err
		}
		l, err := decode[accountList](r.body)
		if r.status == http.StatusOK && (err != nil || l.Accounts == nil) {
			return r, nil, wrong(schemaMend, "what it found is not as described: %v", orNothing(err))
		}
		for _, a := range l.Accounts {
			if err := checkAccount(a); err != nil {
				return r, nil, wrong(schemaMend, "%v", err)
			}
		}
		return r, l.Accounts, nil
	}
	finds := func(f Find) func(context.Context) error {
		return func(ctx context.Context) error {
			body, err := encode(f)
			if err != nil {
				return err
			}
			r, found, err := ask(ctx, string(body))
			if err != nil {
				return err
			}
			for _, a := range found {
				if a.ID == s.o.Shopper {
					return nil
				}
			}
			return wrong("find accounts by email, and by name with postal, whatever their case", "it answers %d and does not find the shopper", r.status)
		}
	}
	if s.account.Email == "" {
		s.skip("find: e-mail", "the shopper's account has no e-mail address")
	} else {
		s.check(ctx, "find: e-mail", "a shopper is found by the e-mail address", finds(Find{Email: strings.ToUpper(s.account.Email)}))
	}
	if a := s.account; a.Name == "" || a.Address.Postal == "" {
		s.skip("find: name", "the shopper's account has no name with a postal code")
	} else {
		s.check(ctx, "find: name", "a shopper is found by name and postal code", finds(Find{Name: a.Name, Postal: a.Address.Postal}))
	}
	s.check(ctx, "find: nobody", "where nobody fits the list is empty", func(ctx context.Context) error {
		r, found, err := ask(ctx, fmt.Sprintf(`{"email":"nobody-%s@shop.invalid"}`, s.run))
		if err == nil && (r.status != http.StatusOK || len(found) > 0) {
			return wrong("answer 200 with an empty list", "it answers %d with %d accounts", r.status, len(found))
		}
		return err
	})
	s.check(ctx, "find: too little", "a name alone, or nothing, finds nobody", func(ctx context.Context) error {
		for _, body := range []string{`{}`, `{"name":"a"}`, `{"postal":"97201"}`, `{"email":""}`, `{"name":"","postal":""}`} {
			r, _, err := ask(ctx, body)
			if err != nil {
				return err
			}
			if r.status != http.StatusBadRequest {
				return wrong("answer 400 without an email, or without a name and a postal", "it answers %d to %s", r.status, body)
			}
		}
		return nil
	})
}

// malformed: what is no request of the wire is refused, has no effect and is no crash.
func (s *suite) malformed(ctx context.Context) {
	good := `{"tenant":"` + s.o.Tenant + `","kind":"x","shopper":"x","record":"x","args":{},"revision":1,"delta":{"minor":0,"currency":"USD"},"rule":"x@1","at":"2026-03-01T00:00:00Z","who":"x"}`
	for i, c := range []struct{ name, path, once, body string }{
		{"no JSON", "/actions", s.key("m0"), `cancel it`},
		{"cut short", "/actions", s.key("m1"), good[:len(good)-9]},
		{"a list", "/actions", s.key("m2"), `[` + good + `]`},
		{"empty", "/actions", s.key("m3"), ``},
		{"null", "/actions", s.key("m4"), `null`},
		{"no UTF-8", "/actions", s.key("m5"), strings.Replace(good, `"kind":"x"`, "\"kind\":\"\xff\"", 1)},
		{"amount is text", "/actions", s.key("m6"), strings.Replace(good, `"minor":0`, `"minor":"0"`, 1)},
		{"amount is no integer", "/actions", s.key("m7"), strings.Replace(good, `"minor":0`, `"minor":0.5`, 1)},
		{"no revision", "/actions", s.key("m8"), strings.Replace(good, `"revision":1,`, ``, 1)},
		{"another tenant", "/actions", s.key("m9"), strings.Replace(good, `"tenant":"`+s.o.Tenant, `"tenant":"`+s.o.Tenant+"-x", 1)},
		{"no key", "/actions", "", good},
		{"a key with a slash", "/actions", "a/../b", good},
		{"find: no JSON", "/find", "", `x`},
	} {
		s.check(ctx, "malformed: "+c.name, "it is refused, and has no effect", func(ctx context.Context) error {
			r, err := s.signed(ctx, http.MethodPost, c.path, c.once, []byte(c.body))
			if err != nil {
				return err
			}
			if r.status != http.StatusBadRequest {
				return wrong("check the body (and the Idempotency-Key) before anything is done, and answer 400", "it answers %d, not 400", r.status)
			}
			if c.once == "" || i > 9 {
				return nil
			}
			if r, err = s.signed(ctx, http.MethodGet, "/actions/"+c.once, "", nil); err == nil && r.status != http.StatusNotFound {
				return wrong("keep a key only with an action that was read", "afterwards it answers %d to the outcome of the key, not 404", r.status)
			}
			return err
		})
	}
	s.check(ctx, "malformed: large", "a body of a megabyte is refused", func(ctx context.Context) error {
		r, err := s.ask(ctx, http.MethodPost, "/actions", s.key("large"), bytes.Repeat([]byte(" "), 1<<20))
		if r.status == 0 && err != nil {
			return nil // it hung up, which is an answer, too
		}
		if r.status != http.StatusRequestEntityTooLarge && r.status != http.StatusBadRequest {
			return wrong("read 64 KB at most, and answer 413", "it answers %d, not 413", r.status)
		}
		return nil
	})
}
