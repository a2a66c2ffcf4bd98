package connector

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"shopkeeper/shop"
)

// TestOptions say what Test may do. Tenant, URL, Secret and Shopper are required.
type TestOptions struct {
	Options
	Shopper string          // whose account and orders are looked up
	Order   string          // one of the shopper's that may be acted on; "": nothing is changed, and what needs it is left out
	Foreign string          // an order of somebody else; "": what needs it is left out
	Kind    string          // of the action; "" = cancel_order
	Args    json.RawMessage // of the action; nil = {"reason":"no longer needed"}
	Rule    string          // of the action; "" = Kind@test
	Delta   *int64          // minor units; nil: what was paid comes back for cancel_order, 0 for others
}

// State of a Check.
type State string

// The states.
const (
	OK      State = "ok"
	Wrong   State = "wrong"
	Skipped State = "skipped"
)

// Check is one thing that a connector must do. Mend says what to change where it does not.
type Check struct {
	Name  string `json:"name"`
	State State  `json:"state"`
	Note  string `json:"note"`
	Mend  string `json:"mend,omitempty"`
}

// defect is what a check found.
type defect struct{ note, mend string }

func (d *defect) Error() string { return d.note }

func wrong(mend, note string, args ...any) error { return &defect{fmt.Sprintf(note, args...), mend} }

// suite is one run of Test.
type suite struct {
	o      TestOptions
	c      *Client
	checks []Check
	run    string // a part of every key, so that a second run is another one

	account Account
	order   shop.Order
	action  shop.Action // the one that is done
	first   Answer
}

// Test asks a shop's connector whatever it must answer rightly, and changes nothing but, once, the order that it may act on. The error is
// of o, not of the connector.
func Test(ctx context.Context, o TestOptions) ([]Check, error) {
	c, err := New(o.Options)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if !plain(o.Shopper) {
		return nil, errors.New("no shopper is named")
	}
	o.Kind = cmp.Or(o.Kind, "cancel_order")
	o.Rule = cmp.Or(o.Rule, o.Kind+"@test")
	if o.Args == nil {
		o.Args = json.RawMessage(`{"reason":"no longer needed"}`)
	}
	if !json.Valid(o.Args) || o.Args[0] != '{' {
		return nil, errors.New("the arguments are no JSON object")
	}
	s := &suite{o: o, c: c, run: strings.ToLower(rand.Text()[:10])}
	s.check(ctx, "answers", "it answers, signed, with an account as described", s.answers)
	if s.checks[0].State == OK {
		s.signatures(ctx)
		s.lookUps(ctx)
		s.malformed(ctx)
		s.actions(ctx)
	}
	return s.checks, nil
}

// check runs one and keeps what came of it.
func (s *suite) check(ctx context.Context, name, good string, fn func(ctx context.Context) error) bool {
	err := fn(ctx)
	var d *defect
	switch {
	case err == nil:
		s.checks = append(s.checks, Check{Name: name, State: OK, Note: good})
	case errors.As(err, &d):
		s.checks = append(s.checks, Check{Name: name, State: Wrong, Note: d.note, Mend: d.mend})
	default:
		s.checks = append(s.checks, Check{Name: name, State: Wrong, Note: err.Error(), Mend: "let it answer within the time-out, and look into its log"})
	}
	return err == nil
}

func (s *suite) skip(name, why string) {
	s.checks = append(s.checks, Check{Name: name, State: Skipped, Note: why})
}

// ask sends what is drafted, altered.
func (s *suite) ask(ctx context.Context, method, path, once string, body []byte, alter ...func(*draft)) (reply, error) {
	d := s.c.draft(method, Root+path, once, body)
	for _, f := range alter {
		f(&d)
	}
	return s.send(ctx, d, nil)
}

// send asks once. tamper changes the request after it was signed, as somebody on the way would.
func (s *suite) send(ctx context.Context, d draft, tamper func(*http.Request)) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, s.c.o.Timeout)
	defer cancel()
	var r reply
	for range 2 { // a connection may have been closed meanwhile
		req, err := s.c.request(ctx, d)
		if err != nil {
			return r, err
		}
		if tamper != nil {
			tamper(req)
		}
		if r, err = s.c.exchange(req, d.secret, maxRecords); err == nil || r.status != 0 {
			return r, err
		}
		if ctx.Err() != nil {
			return r, err
		}
	}
	return r, errors.New("the connection was lost without an answer, twice")
}

const signMend = "sign every answer but 401 and 413 with the secret of the request, as docs/connector.yaml says under Signatures"

// signed is ask, where an answer without its signature is a defect.
func (s *suite) signed(ctx context.Context, method, path, once string, body []byte) (reply, error) {
	r, err := s.ask(ctx, method, path, once, body)
	if err == nil && !r.signed {
		return r, wrong(signMend, "%s %s: the answer %d is not signed, or not for this request", method, short(path), r.status)
	}
	return r, err
}

func short(path string) string {
	if len(path) > 60 {
		return path[:60] + "…"
	}
	return path
}

// answers is the first look: is it there, and do both sides mean the same secret?
func (s *suite) answers(ctx context.Context) error {
	r, err := s.ask(ctx, http.MethodGet, "/shoppers/"+escape(s.o.Shopper), "", nil)
	if err != nil {
		return wrong("start the connector, and check the address: it is what stands before "+Root, "nothing answers: %v", err)
	}
	switch {
	case r.status == http.StatusUnauthorized:
		return wrong("check secret and key id, the lines that are signed (docs/connector.yaml has an example), and the clocks of both", "it refuses a request that is signed rightly: %v", r.problem())
	case r.status == http.StatusNotFound && r.signed:
		return wrong("name a shopper that it knows (--shopper)", "it does not know the shopper %q", s.o.Shopper)
	case r.status != http.StatusOK:
		return wrong("serve GET "+Root+"/shoppers/{shopper}; check the address", "it answers %d to a look-up of the account", r.status)
	case !r.signed:
		return wrong(signMend, "the answer is not signed, or not for this request")
	}
	if s.account, err = decode[Account](r.body); err == nil {
		err = checkAccount(s.account)
	}
	if err != nil {
		return wrong("answer with the schema Account, and nothing else in it", "the account is not as described: %v", err)
	}
	if s.account.ID != s.o.Shopper {
		return wrong("answer with the account that was asked for", "asked for the account %q it answers with %q", s.o.Shopper, s.account.ID)
	}
	return nil
}

// signatures: whoever does not know the secret, or comes a second time, learns nothing.
func (s *suite) signatures(ctx context.Context) {
	account := "/shoppers/" + escape(s.o.Shopper)
	get := func() draft { return s.c.draft(http.MethodGet, Root+account, "", nil) }
	post := func(body string) draft {
		return s.c.draft(http.MethodPost, Root+"/find", "", []byte(body))
	}
	refused := func(d draft, tamper func(*http.Request), mend string) func(context.Context) error {
		return func(ctx context.Context) error {
			r, err := s.send(ctx, d, tamper)
			if err == nil && r.status != http.StatusUnauthorized {
				err = wrong(mend, "it answers %d, not 401", r.status)
			}
			return err
		}
	}
	const before = "check the signature before anything else is done, and answer 401"
	s.check(ctx, "signature: missing", "a request without a signature is refused", refused(get(), func(r *http.Request) { r.Header.Del(headerSignature) }, before))
	s.check(ctx, "signature: other secret", "a request signed with another secret is refused", refused(func() draft {
		d := get()
		d.secret = strings.Repeat("x", 32)
		return d
	}(), nil, before))
	s.check(ctx, "signature: unknown key", "a key id that is not known is refused", refused(func() draft {
		d := get()
		d.key = "nobody-" + s.run
		return d
	}(), nil, "look the secret up by Shopkeeper-Key, and answer 401 where there is none"))
	s.check(ctx, "signature: path", "a signature is of its path", refused(get(), func(r *http.Request) { r.URL.Path += "/orders"; r.URL.RawQuery = "limit=1" }, "sign path and query as they came"))
	s.check(ctx, "signature: query", "a signature is of its query", refused(s.c.draft(http.MethodGet, Root+account+"/orders?limit=1", "", nil), func(r *http.Request) { r.URL.RawQuery = "limit=100" }, "sign path and query as they came"))
	s.check(ctx, "signature: method", "a signature is of its method", refused(get(), func(r *http.Request) { r.Method = http.MethodDelete }, "sign the method; check the signature before it is looked for a route"))
	s.check(ctx, "signature: body", "a signature is of its body", refused(post(`{"email":"a@shop.example"}`), func(r *http.Request) {
		other := post(`{"email":"b@shop.example"}`)
		again, err := s.c.request(ctx, other)
		if err == nil {
			r.Body = again.Body
		}
	}, "sign the SHA-256 of the bytes of the body as they came"))
	s.check(ctx, "signature: idempotency key", "a signature is of its Idempotency-Key", refused(
		s.c.draft(http.MethodPost, Root+"/actions", s.key("a"), []byte(`{}`)), func(r *http.Request) { r.Header.Set(headerOnce, s.key("b")) }, "sign the Idempotency-Key: else one action can be made two",
	))
	at := func(by time.Duration) draft {
		d := get()
		d.at = d.at.Add(by)
		return d
	}
	const clock = "refuse a Shopkeeper-Timestamp that is more than 5 minutes off, in either direction"
	s.check(ctx, "time: old", "a request of six minutes ago is refused", refused(at(-6*time.Minute), nil, clock))
	s.check(ctx, "time: ahead", "a request from six minutes ahead is refused", refused(at(6*time.Minute), nil, clock))
	s.check(ctx, "time: slow clock", "a request of four minutes ago is answered", func(ctx context.Context) error {
		r, err := s.send(ctx, at(-4*time.Minute), nil)
		if err == nil && r.status != http.StatusOK {
			err = wrong("allow 5 minutes: clocks differ, and networks are slow", "it answers %d, not 200", r.status)
		}
		return err
	})
	s.check(ctx, "replay", "a request that comes a second time is refused", func(ctx context.Context) error {
		d := get()
		if r, err := s.send(ctx, d, nil); err != nil || r.status != http.StatusOK {
			return cmp.Or(err, wrong(before, "it answers %d to the first one", r.status))
		}
		return refused(d, nil, "remember nonces by key id for 10 minutes, in all processes, and answer 401 to one that was seen")(ctx)
	})
}

func (s *suite) key(of string) string { return "test-" + s.run + "-" + of }
