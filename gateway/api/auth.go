package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"shopkeeper/gateway/assistant"
	"shopkeeper/shop"
)

// caller is who sent a request, as the credential says. Nothing else of the request can change tenant, role or person;
// only an app key may name a shopper (asUser).
type caller struct {
	who    shop.Principal
	tenant shop.Tenant
	key    shop.Key // zero for a session that a shop token opened
	origin string   // of another site's page that may use this credential; "" = none
	kind   credential
	since  int64 // when the session began, unix seconds
}

type credential int

const (
	noCredential credential = iota
	secretKey
	browserToken
	shopToken
	staffSession
)

const callerKey = "caller"

func callerOf(c echo.Context) caller {
	v, _ := c.Get(callerKey).(caller)
	return v
}

var errNoCredential = &shop.Error{Kind: shop.Unauthorized, Code: "missing_credential", Msg: "Send a key or a browser token as Authorization: Bearer …."}

func bearer(c echo.Context) (string, bool) {
	scheme, secret, _ := strings.Cut(c.Request().Header.Get("Authorization"), " ")
	secret = strings.TrimSpace(secret)
	return secret, strings.EqualFold(scheme, "Bearer") && secret != ""
}

// identify reads the credential. An expired token of ours is an error too, but the caller is known enough to let its page
// read that error: the widget renews on it.
func (s *Server) identify(c echo.Context) (caller, error) {
	secret, ok := bearer(c)
	if !ok {
		cl, claims, err := s.staffCaller(c)
		if err == nil {
			err = forged(c, claims)
		}
		return cl, err
	}
	ctx := c.Request().Context()
	if len(secret) > 8<<10 {
		return caller{}, badCredential(nil)
	}
	if strings.Count(secret, ".") == 2 {
		return s.tokenCaller(ctx, secret)
	}
	hash := sha256.Sum256([]byte(secret))
	k, err := s.keyOf(ctx, hash)
	if err != nil {
		return caller{}, err
	}
	return s.keyCaller(ctx, k)
}

func (s *Server) keyOf(ctx context.Context, hash [32]byte) (shop.Key, error) {
	k, err := s.o.Keys.Key(ctx, hash)
	if isKind(err, shop.NotFound) {
		return shop.Key{}, badCredential(err)
	}
	if err != nil {
		return shop.Key{}, unavailable("look up key", err)
	}
	// The look-up may be an index's; what it found is compared again, in constant time.
	if subtle.ConstantTimeCompare(k.Hash[:], hash[:]) != 1 || k.Revoked {
		return shop.Key{}, badCredential(nil)
	}
	return k, nil
}

func (s *Server) keyCaller(ctx context.Context, k shop.Key) (caller, error) {
	t, err := s.tenant(ctx, k.Tenant)
	if err != nil {
		return caller{}, err
	}
	who := shop.Principal{Tenant: k.Tenant, Key: k.ID, Role: k.Role}
	switch k.Role {
	case shop.Shopper, shop.Agent, shop.Admin:
		who.ID = k.Person
		if who.ID == "" {
			who.ID = "key-" + k.ID
		}
	case shop.Merchant:
		who.ID, who.Merchant = k.Person, k.Merchant
		if who.ID == "" {
			who.ID = k.Merchant
		}
	}
	cl := caller{who: who, tenant: t, key: k, kind: secretKey}
	if k.Role == shop.Widget {
		cl.origin = k.Origin
	}
	return cl, nil
}

func (s *Server) tenant(ctx context.Context, id string) (shop.Tenant, error) {
	t, err := s.o.Keys.Tenant(ctx, id)
	if isKind(err, shop.NotFound) {
		return shop.Tenant{}, badCredential(err)
	}
	if err != nil {
		return shop.Tenant{}, unavailable("read tenant", err)
	}
	return t, nil
}

func badCredential(err error) error {
	return &shop.Error{Kind: shop.Unauthorized, Code: "invalid_credential", Msg: "This key or token is not known here, or it was revoked.", Err: err}
}

func unavailable(what string, err error) error {
	var e *shop.Error
	if errors.As(err, &e) || errors.Is(err, context.Canceled) {
		return err
	}
	return &shop.Error{Kind: shop.Unavailable, Msg: "The shop cannot be reached right now. Please try again.", Err: errors.Join(errors.New(what), err)}
}

func isKind(err error, k shop.Kind) bool {
	var e *shop.Error
	return errors.As(err, &e) && e.Kind == k
}

// admit lets a page of another site use a credential only when the credential was made for that site.
func (s *Server) admit(c echo.Context, cl caller) error {
	o := c.Request().Header.Get("Origin")
	switch {
	case o == "" || s.own(c, o):
		return nil
	case cl.origin != "" && sameOrigin(cl.origin, o), s.o.Demo != nil && cl.origin == anyLoopback && loopbackOrigin(o):
		readable(c, o)
		return nil
	}
	if cl.kind == secretKey && cl.who.Role != shop.Widget {
		return nil // a server may send an Origin; without our header no browser lets a page read the answer
	}
	return &shop.Error{Kind: shop.Forbidden, Code: "wrong_origin", Msg: "This key or token does not work from this site. It is bound to the origin it was made for."}
}

// own says whether an origin is this very server.
func (s *Server) own(c echo.Context, origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, c.Request().Host)
}

func sameOrigin(a, b string) bool { return strings.EqualFold(strings.TrimSuffix(a, "/"), b) }

func loopbackOrigin(o string) bool {
	u, err := url.Parse(o)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && loopback(u.Host)
}

// asCaller is the gate of every route that needs a credential: who, from which site, within which rate.
func (s *Server) asCaller(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.enter(c); err != nil {
			return err
		}
		switch cl := callerOf(c); {
		case cl.kind == shopToken:
			return &shop.Error{Kind: shop.Unauthorized, Code: "exchange_token", Msg: "A shop token opens a session: send it to POST /api/session and use the browser token from there."}
		case cl.who.Role == shop.Widget:
			return &shop.Error{Kind: shop.Forbidden, Code: "widget_key", Msg: "A widget key only opens sessions: send it to POST /api/session and use the browser token from there."}
		}
		return next(c)
	}
}

// enter identifies, admits and rates a request.
func (s *Server) enter(c echo.Context) error {
	cl, err := s.identify(c)
	if cl.kind != noCredential {
		if refused := s.admit(c, cl); refused != nil {
			return refused
		}
	}
	if err != nil {
		if refused := s.quiet(c); refused != nil {
			return refused
		}
		return err
	}
	c.Set(callerKey, cl)
	s.trace(c, cl)
	return s.rate(c, cl)
}

// asUser is the principal of a shopper's route. An app key that names a shopper is that shopper; anybody else who names one is
// refused. `user` is a fixed name: OpenAI's field, and ?user= where there is no body.
func asUser(cl caller, user string) (shop.Principal, error) {
	if cl.who.Role != shop.App {
		if user != "" {
			return shop.Principal{}, invalid("user", "Only an app key may name the shopper; this credential already says who asks. Leave out “user”.")
		}
		return cl.who, nil
	}
	if user == "" {
		return cl.who, nil
	}
	if err := checkID("user", user, 128); err != nil {
		return shop.Principal{}, err
	}
	return shop.Principal{Tenant: cl.who.Tenant, ID: user, Key: cl.who.Key, Role: shop.Shopper}, nil
}

// named is asUser where somebody must be meant: an app key alone is nobody. User is the body's; "" is the address's.
func named(c echo.Context, user string) (shop.Principal, error) {
	if user == "" {
		user = c.QueryParam("user")
	}
	who, err := asUser(callerOf(c), user)
	if err == nil && who.Role == shop.App {
		err = invalid("user", "An app key speaks for many shoppers: name one in “user”.")
	}
	return who, err
}

// task is the assistant that a role talks to.
func task(r shop.Role) string {
	switch r {
	case shop.Shopper:
		return "shopper"
	case shop.Agent:
		return "support"
	case shop.Merchant:
		return "merchant"
	}
	return ""
}

// assistants are the tasks that a caller may use. An app key stands for its shoppers.
func (s *Server) assistants(r shop.Role) []assistant.Task {
	var out []assistant.Task
	for _, t := range s.o.Tasks {
		if slices.Contains(t.Roles, r) || r == shop.App && slices.Contains(t.Roles, shop.Shopper) {
			out = append(out, t)
		}
	}
	return out
}

func (s *Server) hasTask(name string, r shop.Role) bool {
	return slices.ContainsFunc(s.assistants(r), func(t assistant.Task) bool { return t.Name == name })
}
