package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"shopkeeper/shop"
)

// Codes prove e-mail addresses of shoppers who have no name yet. Both are alike for every address, known or not: AskCode's work is done
// later, and of UseCode all that is wrong is one refusal.
type Codes interface {
	AskCode(ctx context.Context, who shop.Principal, email, lang string) error
	UseCode(ctx context.Context, who shop.Principal, email, code string) (shop.Principal, error)
}

// Codes that may be asked for in an hour. The address counts whether it is known or not.
const (
	codesAddress = 5
	codesClient  = 20
	codesTenant  = 1000
)

type codeRequest struct {
	Email string `json:"email"`
	Lang  string `json:"lang"` // of the mail; "" = the customer's
}

type verifyRequest struct {
	Email  string `json:"email"`
	Code   string `json:"code"`
	Origin string `json:"origin"` // app key: the site that the token may be used from
}

type codeReply struct {
	Expires time.Time `json:"expires"` // of the code, if one is sent
}

// nameless lets those pass who may prove an address: an anonymous session, or an app key that names nobody.
func (s *Server) nameless(c echo.Context) (caller, error) {
	cl := callerOf(c)
	switch {
	case s.o.Codes == nil:
		return cl, &shop.Error{Kind: shop.NotFound, Code: "no_mail", Msg: "Nobody set up mail here, so there is no signing in by e-mail."}
	case cl.kind == browserToken && cl.who.Anon, cl.who.Role == shop.App:
		return cl, nil
	case cl.who.Role == shop.Shopper:
		return cl, &shop.Error{Kind: shop.Conflict, Code: "signed_in", Msg: "You are signed in already."}
	}
	return cl, &shop.Error{Kind: shop.Forbidden, Msg: "Codes are for shoppers."}
}

func checkEmail(email string) (string, error) {
	email = strings.TrimSpace(email)
	if !shop.ValidEmail(email) {
		return "", &shop.Error{Kind: shop.Invalid, Code: "bad_email", Field: "email", Msg: "“email” is no e-mail address. Write it as name@example.com."}
	}
	return email, nil
}

// askCode answers every address alike, and as fast: whether a mail is sent is decided by whoever sends it.
func (s *Server) askCode(c echo.Context) error {
	cl, err := s.nameless(c)
	if err != nil {
		return err
	}
	req, err := decode[codeRequest](c)
	if err != nil {
		return err
	}
	email, err := checkEmail(req.Email)
	if err != nil {
		return err
	}
	switch req.Lang {
	case "", "en", "zh", "zh-CN":
	default:
		return invalid("lang", "“lang” is en or zh-CN.")
	}
	ctx := c.Request().Context()
	if left, refused := s.limits.take(ctx, s.codeTakes(c, cl, email)...); refused >= 0 {
		s.o.Metrics.Limited(ctx, "codes")
		return &shop.Error{Kind: shop.Limited, Code: "too_many_codes", Msg: "Too many codes were asked for. Use the last one that came, or try again later.", Retry: max(left[refused].Retry, time.Second)}
	}
	if err := s.o.Codes.AskCode(ctx, cl.who, email, req.Lang); err != nil {
		return err
	}
	return reply(c, http.StatusAccepted, codeReply{s.o.Now().Add(10 * time.Minute).UTC().Truncate(time.Second)})
}

// codeTakes count what is asked for. Addresses are hashed: a counter that others read holds none.
func (s *Server) codeTakes(c echo.Context, cl caller, email string) []shop.Take {
	until := s.o.Now().Truncate(time.Hour).Add(time.Hour)
	h := hmac.New(sha256.New, s.o.Secret)
	_, _ = h.Write([]byte("code address\x00" + cl.who.Tenant + "\x00" + shop.FoldEmail(email)))
	ts := []shop.Take{
		{Kind: shop.Sum, Key: "codes address " + hex.EncodeToString(h.Sum(nil)[:16]), N: 1, Limit: codesAddress, Until: until},
		{Kind: shop.Sum, Key: "codes tenant " + cl.who.Tenant, N: 1, Limit: codesTenant, Until: until},
	}
	if cl.who.Role != shop.App { // a shop's own server is no crowd
		ts = append(ts, shop.Take{Kind: shop.Sum, Key: "codes client " + client(c.RealIP()), N: 1, Limit: codesClient, Until: until})
	}
	return ts
}

// client is who somebody at an address is taken for: of IPv6 a whole network is one household's.
func client(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil || a.Unmap().Is4() {
		return ip
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return ip
	}
	return p.String()
}

// useCode opens a session of the shopper whose address was proved. It goes on where the anonymous one was: from the same site, under the
// same key, with its conversations.
func (s *Server) useCode(c echo.Context) error {
	cl, err := s.nameless(c)
	if err != nil {
		return err
	}
	req, err := decode[verifyRequest](c)
	if err != nil {
		return err
	}
	email, err := checkEmail(req.Email)
	if err != nil {
		return err
	}
	if req.Origin != "" && cl.who.Role != shop.App {
		return invalid("origin", "Only an app key may name the origin; from a browser it is the page's own.")
	}
	if req.Origin != "" && !validOrigin(req.Origin) {
		return invalid("origin", "“origin” must look like https://shop.example, without a path.")
	}
	who, err := s.o.Codes.UseCode(c.Request().Context(), cl.who, email, digits(req.Code))
	if err != nil {
		return err
	}
	if cl.who.Role == shop.App {
		cl.origin = req.Origin
	}
	cl.who, cl.since = who, 0
	token, expires, err := s.mint(cl)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, sessionReply{token, expires.UTC().Truncate(time.Second), sessionShopper{cl.who.ID, false}})
}

// digits is a code as people type it: with spaces or a dash, or in full width.
func digits(s string) string {
	if len(s) > 64 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == ' ', r == '-', r == '\u00a0', r == '\u3000', r == '\t':
			return -1
		}
		return r
	}, s)
}
