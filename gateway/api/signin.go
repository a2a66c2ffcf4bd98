package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/labstack/echo/v4"

	"shopkeeper/gateway/oidc"
	"shopkeeper/shop"
)

// SignIn is *oidc.Provider: staff who sign in at their own provider.
type SignIn interface {
	Begin(ctx context.Context) (address string, f oidc.Flow, err error)
	Finish(ctx context.Context, f oidc.Flow, state, code string) (oidc.Person, error)
}

// StaffGroup is what a group of the provider may be here; the first that fits counts.
type StaffGroup struct {
	Group, Tenant, Merchant string
	Role                    shop.Role
}

const (
	flowCookie = "shopkeeper_signin"
	flowLasts  = 10 * time.Minute
	audFlow    = "signin"
)

// flowClaims are signed into the cookie that a browser brings back from the provider.
type flowClaims struct {
	jwt.RegisteredClaims
	oidc.Flow
	To string `json:"to"`
}

// beginSignIn sends the browser to the provider.
func (s *Server) beginSignIn(c echo.Context) error {
	if s.o.SignIn == nil {
		return &shop.Error{Kind: shop.NotFound, Msg: "Nobody set up a sign-in provider here; sign in with a key."}
	}
	if err := s.quiet(c); err != nil {
		return err
	}
	to := c.QueryParam("to")
	if to == "" {
		to = "/admin"
	}
	// A path of this server, which no browser reads as another one's address.
	if u, err := url.Parse(to); err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return invalid("to", "“to” must be a path of this server, such as /admin.")
	}
	ctx := c.Request().Context()
	address, f, err := s.o.SignIn.Begin(ctx)
	if err != nil {
		return &shop.Error{Kind: shop.Unavailable, Code: "provider_down", Msg: "The sign-in provider cannot be reached. Try again, or sign in with a key.", Err: err}
	}
	claims := flowClaims{Flow: f, To: to}
	claims.Issuer, claims.Audience, claims.ExpiresAt = issuer, jwt.ClaimStrings{audFlow}, jwt.NewNumericDate(s.o.Now().Add(flowLasts))
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(s.o.Secret)
	if err != nil {
		return err
	}
	// Lax: it must come along when the provider sends the browser back.
	cookie := s.cookie(c, token, int(flowLasts.Seconds()))
	cookie.Name, cookie.Path, cookie.SameSite = flowCookie, "/api/login/oidc", http.SameSiteLaxMode
	c.SetCookie(cookie)
	return c.Redirect(http.StatusFound, address)
}

// finishSignIn takes the browser back. Whoever is refused reads why on the page that they came from.
func (s *Server) finishSignIn(c echo.Context) error {
	if s.o.SignIn == nil {
		return echo.ErrNotFound
	}
	if err := s.quiet(c); err != nil {
		return err
	}
	var claims flowClaims
	cookie, err := c.Cookie(flowCookie)
	if err == nil {
		p := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer(issuer), jwt.WithAudience(audFlow), jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.o.Now))
		_, err = p.ParseWithClaims(cookie.Value, &claims, func(*jwt.Token) (any, error) { return s.o.Secret, nil })
	}
	if err != nil {
		return &shop.Error{Kind: shop.Unauthorized, Code: "no_flow", Msg: "This sign-in was not begun in this browser, or too long ago. Begin again.", Err: err}
	}
	done := s.cookie(c, "", -1)
	done.Name, done.Path, done.SameSite = flowCookie, "/api/login/oidc", http.SameSiteLaxMode
	c.SetCookie(done)
	back := func(refused string) error {
		u, _ := url.Parse(claims.To) // it was read when it was signed
		q := u.Query()
		q.Set("refused", refused)
		u.RawQuery = q.Encode()
		return c.Redirect(http.StatusFound, u.String())
	}
	ctx := c.Request().Context()
	if c.QueryParam("error") != "" {
		return back("provider")
	}
	who, err := s.o.SignIn.Finish(ctx, claims.Flow, c.QueryParam("state"), c.QueryParam("code"))
	if err != nil {
		s.o.Log.WarnContext(ctx, "a sign-in at the provider failed", "error", err)
		return back("provider")
	}
	i := slices.IndexFunc(s.o.Staff, func(g StaffGroup) bool { return slices.Contains(who.Groups, g.Group) })
	if i < 0 {
		s.o.Log.WarnContext(ctx, "somebody signed in at the provider who belongs to no group of the configuration", "groups", len(who.Groups))
		return back("group")
	}
	g := s.o.Staff[i]
	staff := staffClaims{Tenant: g.Tenant, Role: g.Role, Merchant: g.Merchant}
	staff.Subject = who.ID
	if _, err := s.setStaff(c, shop.Principal{Tenant: g.Tenant, Merchant: g.Merchant, ID: who.ID, Role: g.Role}, staff); err != nil {
		return err
	}
	return c.Redirect(http.StatusFound, claims.To)
}
