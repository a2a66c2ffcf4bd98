package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/labstack/echo/v4"

	"shopkeeper/shop"
)

// Staff sign in with a key, or at their own provider (OIDC), and get a cookie that scripts cannot read and other sites cannot make a
// browser send. What changes something needs the session's token in a header besides.
const (
	staffCookie = "shopkeeper_staff"
	csrfHeader  = "X-Csrf-Token"
	staffLasts  = 12 * time.Hour
	audStaff    = "staff"
)

var staffRoles = []shop.Role{shop.Agent, shop.Merchant, shop.Admin}

// staffClaims are signed into the cookie: a key's session names the key's hash, so that it ends with the key on every replica; one of
// a provider names the person.
type staffClaims struct {
	jwt.RegisteredClaims
	Hash     string    `json:"kh,omitempty"`
	Tenant   string    `json:"tid,omitempty"`
	Role     shop.Role `json:"role,omitempty"`
	Merchant string    `json:"mid,omitempty"`
	CSRF     string    `json:"csrf"`
}

type loginRequest struct {
	Key string `json:"key"`
}

type loginReply struct {
	SignedIn bool      `json:"signed_in"`
	Methods  []string  `json:"methods"`
	Tenant   string    `json:"tenant,omitempty"`
	Role     shop.Role `json:"role,omitempty"`
	ID       string    `json:"id,omitempty"`
	Merchant string    `json:"merchant,omitempty"`
	CSRF     string    `json:"csrf,omitempty"`
	Expires  time.Time `json:"expires,omitzero"`
}

func (s *Server) loginMethods() []string {
	if s.o.SignIn != nil {
		return []string{"key", "oidc"}
	}
	return []string{"key"}
}

func (s *Server) signedIn(who shop.Principal, c staffClaims) loginReply {
	return loginReply{true, s.loginMethods(), who.Tenant, who.Role, who.ID, who.Merchant, c.CSRF, c.ExpiresAt.UTC()}
}

// login exchanges a key for the cookie.
func (s *Server) login(c echo.Context) error {
	req, err := decode[loginRequest](c)
	if err != nil {
		return err
	}
	if req.Key == "" || len(req.Key) > 1024 {
		return invalid("key", "Send the key to sign in with as “key”.")
	}
	if o := c.Request().Header.Get("Origin"); o != "" && !s.own(c, o) {
		return &shop.Error{Kind: shop.Forbidden, Code: "wrong_origin", Msg: "Staff sign in on this server's own pages."}
	}
	ctx, attempt := c.Request().Context(), s.limits.attempt(c.RealIP())
	if _, refused := s.limits.take(ctx, attempt); refused >= 0 {
		s.o.Metrics.Limited(ctx, "logins")
		return limited("Too many attempts to sign in from this address", attempt.Until.Sub(s.o.Now()))
	}
	hash := sha256.Sum256([]byte(req.Key))
	k, err := s.keyOf(ctx, hash)
	if err != nil {
		return err
	}
	if !slices.Contains(staffRoles, k.Role) {
		s.audit(ctx, shop.AuditEntry{Tenant: k.Tenant, Actor: k.ID, Act: "sign_in_refused", Object: string(k.Role), Detail: "from " + c.RealIP()})
		return &shop.Error{Kind: shop.Unauthorized, Code: "not_staff", Msg: "This key is not a member of staff's: sign in with an agent, merchant or admin key."}
	}
	cl, err := s.keyCaller(ctx, k)
	if err != nil {
		return err
	}
	s.limits.give(ctx, attempt)
	return s.openStaff(c, cl.who, staffClaims{Hash: base64.RawURLEncoding.EncodeToString(k.Hash[:])})
}

// openStaff sets the cookie and answers who signed in.
func (s *Server) openStaff(c echo.Context, who shop.Principal, claims staffClaims) error {
	claims, err := s.setStaff(c, who, claims)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, s.signedIn(who, claims))
}

func (s *Server) setStaff(c echo.Context, who shop.Principal, claims staffClaims) (staffClaims, error) {
	now := s.o.Now()
	claims.Issuer, claims.Audience = issuer, jwt.ClaimStrings{audStaff}
	claims.IssuedAt, claims.ExpiresAt = jwt.NewNumericDate(now), jwt.NewNumericDate(now.Add(staffLasts))
	claims.CSRF = rand.Text()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(s.o.Secret)
	if err != nil {
		return claims, fmt.Errorf("sign staff cookie: %w", err)
	}
	c.SetCookie(s.cookie(c, token, int(staffLasts.Seconds())))
	s.audit(c.Request().Context(), shop.AuditEntry{Tenant: who.Tenant, Actor: actor(who), Act: "sign_in", Object: string(who.Role), Detail: "from " + c.RealIP()})
	return claims, nil
}

func (s *Server) cookie(c echo.Context, value string, seconds int) *http.Cookie {
	return &http.Cookie{
		Name: staffCookie, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: c.Scheme() == "https",
	}
}

// logout ends the session in this browser.
func (s *Server) logout(c echo.Context) error {
	if cl, err := s.identify(c); err == nil && cl.kind == staffSession {
		s.audit(c.Request().Context(), shop.AuditEntry{Tenant: cl.who.Tenant, Actor: actor(cl.who), Act: "sign_out", Object: string(cl.who.Role)})
	}
	c.SetCookie(s.cookie(c, "", -1))
	return c.NoContent(http.StatusNoContent)
}

// loginState tells a page who is signed in; nobody is no error.
func (s *Server) loginState(c echo.Context) error {
	if err := s.quiet(c); err != nil {
		return err
	}
	cl, claims, err := s.staffCaller(c)
	if err != nil {
		return reply(c, http.StatusOK, loginReply{Methods: s.loginMethods()})
	}
	return reply(c, http.StatusOK, s.signedIn(cl.who, claims))
}

var errSignedOut = &shop.Error{Kind: shop.Unauthorized, Code: "signed_out", Msg: "You are signed out. Sign in again."}

// staffCaller reads the cookie.
func (s *Server) staffCaller(c echo.Context) (caller, staffClaims, error) {
	var claims staffClaims
	cookie, err := c.Cookie(staffCookie)
	if err != nil || cookie.Value == "" {
		return caller{}, claims, errNoCredential
	}
	p := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer(issuer), jwt.WithAudience(audStaff), jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.o.Now))
	if _, err := p.ParseWithClaims(cookie.Value, &claims, func(*jwt.Token) (any, error) { return s.o.Secret, nil }); err != nil {
		return caller{}, claims, errSignedOut
	}
	ctx := c.Request().Context()
	if claims.Hash == "" {
		cl := caller{who: shop.Principal{Tenant: claims.Tenant, Merchant: claims.Merchant, ID: claims.Subject, Role: claims.Role}, kind: staffSession}
		cl.tenant, err = s.tenant(ctx, claims.Tenant)
		return cl, claims, err
	}
	b, err := base64.RawURLEncoding.DecodeString(claims.Hash)
	if err != nil || len(b) != sha256.Size {
		return caller{}, claims, errSignedOut
	}
	k, err := s.keyOf(ctx, [32]byte(b))
	if isKind(err, shop.Unauthorized) {
		return caller{}, claims, errSignedOut
	}
	if err != nil {
		return caller{}, claims, err
	}
	cl, err := s.keyCaller(ctx, k)
	cl.kind = staffSession
	return cl, claims, err
}

// forged refuses a change that the session's own page did not ask for.
func forged(c echo.Context, claims staffClaims) error {
	switch c.Request().Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	if subtle.ConstantTimeCompare([]byte(c.Request().Header.Get(csrfHeader)), []byte(claims.CSRF)) == 1 {
		return nil
	}
	return &shop.Error{Kind: shop.Forbidden, Code: "csrf", Msg: "The request lacks the session's token: send “csrf” from GET /api/login as X-CSRF-Token."}
}

// actor is how the audit names a principal.
func actor(who shop.Principal) string {
	if who.Key != "" && who.ID != "" && who.ID != "key-"+who.Key {
		return who.ID + " (" + who.Key + ")"
	}
	if who.Key != "" {
		return who.Key
	}
	return who.ID
}

// audit keeps an act. One that cannot be kept is in the log at least.
func (s *Server) audit(ctx context.Context, e shop.AuditEntry) {
	if s.o.Admin == nil {
		return
	}
	e.At = s.o.Now()
	if err := s.o.Admin.AddAudit(context.WithoutCancel(ctx), e); err != nil {
		s.o.Log.ErrorContext(ctx, "an act was not kept in the audit", "tenant", e.Tenant, "actor", e.Actor, "act", e.Act, "object", e.Object, "error", err)
	}
}

// asAdmin lets an admin of the tenant pass.
func (s *Server) asAdmin(next echo.HandlerFunc) echo.HandlerFunc {
	return s.asCaller(func(c echo.Context) error {
		if s.o.Admin == nil {
			return echo.ErrNotFound
		}
		if callerOf(c).who.Role != shop.Admin {
			return &shop.Error{Kind: shop.Forbidden, Code: "not_admin", Msg: "This is for admins of the shop."}
		}
		return next(c)
	})
}
