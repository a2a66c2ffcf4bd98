package connector

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"shopkeeper/shop"
)

// Accounts are the shop's people.
type Accounts interface {
	Person(ctx context.Context, who shop.Principal) (shop.Person, error)
	Find(ctx context.Context, tenant string, f Find) ([]shop.Person, error)
}

// Records are what a Server serves. Actions keeps its promise by itself: an effect once a key.
type Records interface {
	shop.Orders
	shop.Actions
	Accounts
}

// ServerOptions are all required, but for Now.
type ServerOptions struct {
	Tenant  string
	Secrets map[string]string // by key id; two while a secret is changed
	Records Records
	Now     func() time.Time // nil: time.Now
}

// Server is the reference connector: the shop's end of the wire. It remembers keys and nonces in memory; a shop's own system keeps the
// keys beside its orders, where they outlive it.
type Server struct {
	o   ServerOptions
	v   *verifier
	mux *http.ServeMux

	mu   sync.Mutex
	acts map[string]*act
}

// act is one key. Its lock is held while the action is done.
type act struct {
	sync.Mutex
	hash   [32]byte
	answer Answer
}

// NewServer makes a connector over records.
func NewServer(o ServerOptions) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{o: o, v: &verifier{secrets: o.Secrets, now: o.Now}, mux: http.NewServeMux(), acts: map[string]*act{}}
	for pattern, fn := range map[string]func(r *http.Request, body []byte) (int, any){
		"GET " + Root + "/shoppers/{shopper}":                s.account,
		"GET " + Root + "/shoppers/{shopper}/orders":         s.orders,
		"GET " + Root + "/shoppers/{shopper}/orders/{order}": s.order,
		"POST " + Root + "/find":                             s.find,
		"POST " + Root + "/actions":                          s.act,
		"GET " + Root + "/actions/{key}":                     s.outcome,
		"/": func(*http.Request, []byte) (int, any) {
			return fail(http.StatusNotFound, "no_such_route", "There is no such route.")
		},
	} {
		s.mux.HandleFunc(pattern, s.signed(fn))
	}
	return s
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func fail(status int, code, msg string) (int, any) { return status, failure{Problem{code, msg}} }

// signed checks a request before anything else is done, and signs what is answered.
func (s *Server) signed(fn func(r *http.Request, body []byte) (int, any)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			status, v := fail(http.StatusRequestEntityTooLarge, "too_large", "The body is larger than 64 KB, or was cut short.")
			write(w, status, v, nil)
			return
		}
		secret, no := s.v.verify(r, body)
		if no != nil {
			write(w, http.StatusUnauthorized, failure{*no}, nil)
			return
		}
		status, v := fn(r, body)
		write(w, status, v, func(b []byte) string { return answerSignature(secret, r.Header.Get(headerSignature), status, b) })
	}
}

func write(w http.ResponseWriter, status int, v any, sign func([]byte) string) {
	b, err := encode(v)
	if err != nil {
		panic(http.ErrAbortHandler) // nothing was said: the client knows that it knows nothing
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	if sign != nil {
		h.Set(headerSignature, sign(b))
	}
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

func (s *Server) shopper(r *http.Request) shop.Principal {
	return shop.Principal{Tenant: s.o.Tenant, ID: r.PathValue("shopper"), Role: shop.Shopper}
}

// failed answers for records that could not be read.
func failed(err error, code, msg string) (int, any) {
	var e *shop.Error
	if errors.As(err, &e) && e.Kind == shop.NotFound {
		return fail(http.StatusNotFound, code, msg)
	}
	return fail(http.StatusInternalServerError, "internal", "The records could not be read.")
}

func (s *Server) account(r *http.Request, _ []byte) (int, any) {
	p, err := s.o.Records.Person(r.Context(), s.shopper(r))
	if err != nil {
		return failed(err, "shopper_not_found", "There is no such shopper.")
	}
	return http.StatusOK, accountOf(p)
}

func (s *Server) order(r *http.Request, _ []byte) (int, any) {
	o, err := s.o.Records.Order(r.Context(), s.shopper(r), r.PathValue("order"))
	if err != nil { // of somebody else or of nobody: the same answer
		return failed(err, "order_not_found", "There is no such order.")
	}
	return http.StatusOK, o
}

func (s *Server) orders(r *http.Request, _ []byte) (int, any) {
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || limit < 1 || limit > maxOrders {
		return fail(http.StatusBadRequest, "bad_request", "limit must be from 1 to 200.")
	}
	l := orderList{Orders: []shop.Order{}}
	os, err := s.o.Records.Orders(r.Context(), s.shopper(r), limit)
	if err != nil {
		return failed(err, "shopper_not_found", "There is no such shopper.")
	}
	l.Orders = append(l.Orders, os...)
	return http.StatusOK, l
}

func (s *Server) find(r *http.Request, body []byte) (int, any) {
	f, err := decode[Find](body)
	if err != nil || !f.valid() {
		return fail(http.StatusBadRequest, "bad_request", "The body must have an email, or a name and a postal.")
	}
	l := accountList{Accounts: []Account{}}
	ps, err := s.o.Records.Find(r.Context(), s.o.Tenant, f)
	if err != nil {
		return failed(err, "shopper_not_found", "There is no such shopper.")
	}
	for _, p := range ps {
		l.Accounts = append(l.Accounts, accountOf(p))
	}
	return http.StatusOK, l
}

func (s *Server) act(r *http.Request, body []byte) (int, any) {
	key := r.Header.Get(headerOnce)
	a, err := decode[shop.Action](body)
	switch {
	case !keys.MatchString(key):
		return fail(http.StatusBadRequest, "bad_key", "Idempotency-Key must be 1 to 128 letters, digits and ._:- .")
	case err != nil || a.Kind == "" || !plain(a.Shopper) || !plain(a.Record) || a.Revision < 1 || len(a.Args) == 0 || a.Args[0] != '{' || !money.MatchString(a.Delta.Currency):
		return fail(http.StatusBadRequest, "bad_request", "The body is not an action.")
	case a.Tenant != s.o.Tenant:
		return fail(http.StatusBadRequest, "bad_request", "The action is of another tenant.")
	}
	hash := sha256.Sum256(body)
	s.mu.Lock()
	e := s.acts[key]
	if e == nil {
		e = &act{hash: hash, answer: Answer{Key: key, Record: a.Record, On: a.Revision, Outcome: shop.Outcome{State: shop.OutcomeUnclear}}}
		s.acts[key] = e
	}
	s.mu.Unlock()
	reused := func() (int, any) {
		return fail(http.StatusConflict, "key_reused", "This key was used for another action.")
	}
	if e.hash != hash {
		return reused()
	}
	e.Lock()
	defer e.Unlock()
	if e.answer.State != shop.OutcomeUnclear {
		return http.StatusOK, e.answer
	}
	// What was begun is ended, though the caller be gone.
	o, err := s.o.Records.Act(context.WithoutCancel(r.Context()), key, a)
	var known *shop.Error
	switch {
	case errors.As(err, &known) && known.Kind == shop.Conflict: // the records know the key from before this process
		return reused()
	case err == nil:
		e.answer.Outcome = o
	}
	return http.StatusOK, e.answer
}

func (s *Server) outcome(r *http.Request, _ []byte) (int, any) {
	s.mu.Lock()
	e := s.acts[r.PathValue("key")]
	s.mu.Unlock()
	if e == nil {
		return fail(http.StatusNotFound, "key_not_found", "Nothing was asked for under this key.")
	}
	e.Lock() // until it is known
	defer e.Unlock()
	return http.StatusOK, e.answer
}
