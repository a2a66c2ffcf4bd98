package api

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"shopkeeper/shop"
)

type sessionRequest struct {
	User     string `json:"user"`     // app key: the shopper, as the shop calls them
	Origin   string `json:"origin"`   // app key: the site that the token may be used from
	Previous string `json:"previous"` // the last token of an anonymous shopper, expired or not: the same shopper goes on
}

type sessionReply struct {
	Token   string         `json:"token"`
	Expires time.Time      `json:"expires"`
	Shopper sessionShopper `json:"shopper"`
}

type sessionShopper struct {
	ID        string `json:"id"`
	Anonymous bool   `json:"anonymous"`
}

// openSession gives a browser what it needs to speak for one shopper. The token works from the site that asked, or that an app
// key named, and from no other.
func (s *Server) openSession(c echo.Context) error {
	if err := s.arrive(c); err != nil {
		return err
	}
	cl := callerOf(c)
	req, err := decodeOptional[sessionRequest](c)
	if err != nil {
		return err
	}
	if req.Origin != "" && (cl.who.Role != shop.App || cl.kind != secretKey) {
		return invalid("origin", "Only an app key may name the origin; from a browser it is the page's own.")
	}
	if req.Origin != "" && !validOrigin(req.Origin) {
		return invalid("origin", "“origin” must look like https://shop.example, without a path.")
	}
	if cl.who, err = asUser(cl, req.User); err != nil {
		return err
	}
	switch cl.kind {
	case staffSession:
		return &shop.Error{Kind: shop.Forbidden, Msg: "Sessions are for shoppers; you are signed in as staff."}
	case browserToken:
		if !s.renewable(cl) {
			return &shop.Error{Kind: shop.Unauthorized, Code: "token_expired", Msg: "The session is over. Open a new one with a key or a shop token."}
		}
	case shopToken: // nobody could guess it: the page that has it may use it, and only that page its session
		if o := c.Request().Header.Get("Origin"); o != "" && !s.own(c, o) {
			cl.origin = o
			readable(c, o)
		}
	case secretKey, noCredential:
		if cl, err = s.newSession(c, cl, req); err != nil {
			return err
		}
	}
	token, expires, err := s.mint(cl)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, sessionReply{token, expires.UTC().Truncate(time.Second), sessionShopper{cl.who.ID, cl.who.Anon}})
}

// arrive is enter, except that the server's own storefront needs no key: it opens anonymous sessions of its tenant.
func (s *Server) arrive(c echo.Context) error {
	if _, ok := bearer(c); ok || s.o.Storefront == "" {
		return s.enter(c)
	}
	if o := c.Request().Header.Get("Origin"); o != "" && !s.own(c, o) {
		return errNoCredential
	}
	if err := s.quiet(c); err != nil {
		return err
	}
	t, err := s.tenant(c.Request().Context(), s.o.Storefront)
	if err != nil {
		return err
	}
	c.Set(callerKey, caller{who: shop.Principal{Tenant: t.ID, Role: shop.Widget}, tenant: t})
	return nil
}

func (s *Server) newSession(c echo.Context, cl caller, req sessionRequest) (caller, error) {
	switch cl.who.Role {
	case shop.App:
		cl.origin = req.Origin
		cl.who = s.anonymous(c, &cl, req.Previous)
	case shop.Shopper:
		cl.origin = req.Origin
	case shop.Widget:
		o := c.Request().Header.Get("Origin")
		switch {
		case cl.kind == noCredential:
			cl.origin = ""
		case o == "":
			return cl, &shop.Error{Kind: shop.Forbidden, Code: "wrong_origin", Msg: "A widget key works only in a browser, on the site it was made for."}
		case s.own(c, o) && cl.origin != anyLoopback && !sameOrigin(cl.origin, o) && cl.who.Tenant != s.o.Storefront:
			return cl, &shop.Error{Kind: shop.Forbidden, Code: "wrong_origin", Msg: "This widget key does not work from this site."}
		default:
			cl.origin = o
		}
		cl.who = s.anonymous(c, &cl, req.Previous)
		if cl.since != 0 {
			break // the same shopper as before: nothing new is opened
		}
		if ok, retry := s.limits.session(c.Request().Context(), c.RealIP()); !ok {
			s.o.Metrics.Limited(c.Request().Context(), "sessions")
			return cl, limited("Too many new chats from this address", retry)
		}
	default:
		return cl, &shop.Error{Kind: shop.Forbidden, Msg: "Sessions are for shoppers; this key is used directly."}
	}
	return cl, nil
}

// anonymous makes up a shopper, or finds the one that an earlier token of the same key (or of the storefront) was for. An old
// token proves that much after it expired; a named shopper's proves nothing any more.
func (s *Server) anonymous(c echo.Context, cl *caller, previous string) shop.Principal {
	who := shop.Principal{Tenant: cl.who.Tenant, ID: "anon-" + s.o.NewID(), Key: cl.who.Key, Role: shop.Shopper, Anon: true}
	if strings.Count(previous, ".") != 2 {
		return who
	}
	old, err := s.ownToken(c.Request().Context(), previous)
	if err != nil && !hasCode(err, "token_expired") || !old.who.Anon || old.who.Tenant != who.Tenant || old.origin != cl.origin || !s.renewable(old) {
		return who
	}
	who.ID, cl.since = old.who.ID, old.since
	return who
}

func validOrigin(o string) bool {
	u, err := url.Parse(o)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.Scheme+"://"+u.Host == o
}
