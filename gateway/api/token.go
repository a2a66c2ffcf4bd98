package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"shopkeeper/shop"
)

const (
	issuer       = "shopkeeper"
	namedRenews  = 12 * time.Hour
	anonRenews   = 30 * 24 * time.Hour
	shopLife     = 10 * time.Minute // the most a shop's own token may live ahead
	aud          = "shopkeeper"     // of a shop's own token
	audBrowser   = "browser"
	clockSkew    = 30 * time.Second
	maxShopperID = 128
)

// claims of the tokens that we sign ourselves. Hash is of the key that opened the session: a revoked key ends its sessions at
// once, on every replica. It is a SHA-256 of a random secret and gives nothing away.
type claims struct {
	jwt.RegisteredClaims
	Tenant string `json:"tid"`
	Anon   bool   `json:"anon,omitempty"`
	Hash   string `json:"kh,omitempty"`
	Origin string `json:"org,omitempty"`
	Since  int64  `json:"since"`
}

// mint signs a browser token for a shopper.
func (s *Server) mint(cl caller) (token string, expires time.Time, err error) {
	now := s.o.Now()
	if cl.since == 0 {
		cl.since = now.Unix()
	}
	expires = now.Add(s.o.TokenLife)
	c := claims{Tenant: cl.who.Tenant, Anon: cl.who.Anon, Origin: cl.origin, Since: cl.since}
	c.Issuer, c.Subject, c.Audience = issuer, cl.who.ID, jwt.ClaimStrings{audBrowser}
	c.IssuedAt, c.ExpiresAt = jwt.NewNumericDate(now), jwt.NewNumericDate(expires)
	if cl.key.ID != "" {
		c.Hash = base64.RawURLEncoding.EncodeToString(cl.key.Hash[:])
	}
	token, err = jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(s.o.Secret)
	if err != nil {
		return "", expires, fmt.Errorf("sign token: %w", err)
	}
	return token, expires, nil
}

// renewable says whether a session may still be carried on.
func (s *Server) renewable(cl caller) bool {
	lasts := namedRenews
	if cl.who.Anon {
		lasts = anonRenews
	}
	return s.o.Now().Before(time.Unix(cl.since, 0).Add(lasts))
}

// tokenCaller reads a token of ours or of a shop. Which one it is, its header and issuer say; what it may do, its signature.
func (s *Server) tokenCaller(ctx context.Context, raw string) (caller, error) {
	var peek jwt.RegisteredClaims
	t, _, err := jwt.NewParser().ParseUnverified(raw, &peek)
	if err != nil {
		return caller{}, badCredential(err)
	}
	if t.Method.Alg() == jwt.SigningMethodHS256.Alg() {
		return s.ownToken(ctx, raw)
	}
	return s.shopTokenCaller(ctx, raw, peek.Issuer)
}

func (s *Server) ownToken(ctx context.Context, raw string) (caller, error) {
	var c claims
	p := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer(issuer), jwt.WithAudience(audBrowser),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.o.Now))
	_, err := p.ParseWithClaims(raw, &c, func(*jwt.Token) (any, error) { return s.o.Secret, nil })
	expired := errors.Is(err, jwt.ErrTokenExpired)
	if err != nil && !expired || errors.Is(err, jwt.ErrTokenSignatureInvalid) || errors.Is(err, jwt.ErrTokenInvalidAudience) {
		return caller{}, badCredential(err)
	}
	cl := caller{who: shop.Principal{Tenant: c.Tenant, ID: c.Subject, Role: shop.Shopper, Anon: c.Anon}, origin: c.Origin, since: c.Since, kind: browserToken}
	if expired {
		return cl, &shop.Error{Kind: shop.Unauthorized, Code: "token_expired", Msg: "The browser token has expired. Get a new one from POST /api/session."}
	}
	if cl.tenant, err = s.tenant(ctx, c.Tenant); err != nil {
		return cl, err
	}
	if c.Hash != "" {
		b, err := base64.RawURLEncoding.DecodeString(c.Hash)
		if err != nil || len(b) != sha256.Size {
			return cl, badCredential(err)
		}
		if cl.key, err = s.keyOf(ctx, [32]byte(b)); err != nil {
			return cl, err
		}
		cl.who.Key = cl.key.ID
	}
	return cl, nil
}

// shopTokenCaller checks a token that a shop signed for its own shopper: EdDSA or RS256 by a key of the tenant's configuration.
func (s *Server) shopTokenCaller(ctx context.Context, raw, tenant string) (caller, error) {
	if tenant == "" {
		return caller{}, badCredential(errors.New("token has no issuer"))
	}
	t, err := s.tenant(ctx, tenant)
	if err != nil {
		return caller{}, err
	}
	var c jwt.RegisteredClaims
	p := jwt.NewParser(jwt.WithValidMethods([]string{"EdDSA", "RS256"}), jwt.WithIssuer(tenant), jwt.WithAudience(aud),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(clockSkew), jwt.WithTimeFunc(s.o.Now))
	_, err = p.ParseWithClaims(raw, &c, func(tok *jwt.Token) (any, error) {
		id, _ := tok.Header["kid"].(string)
		pem, ok := t.Issuers[id]
		if !ok && id == "" && len(t.Issuers) == 1 {
			for _, only := range t.Issuers {
				pem, ok = only, true
			}
		}
		if !ok {
			return nil, fmt.Errorf("tenant %s has no key %q", tenant, id)
		}
		if tok.Method.Alg() == "EdDSA" {
			return jwt.ParseEdPublicKeyFromPEM([]byte(pem))
		}
		return jwt.ParseRSAPublicKeyFromPEM([]byte(pem))
	})
	switch {
	case errors.Is(err, jwt.ErrTokenSignatureInvalid), errors.Is(err, jwt.ErrTokenUnverifiable), errors.Is(err, jwt.ErrTokenMalformed):
		return caller{}, badCredential(err)
	case errors.Is(err, jwt.ErrTokenExpired):
		return caller{}, &shop.Error{Kind: shop.Unauthorized, Code: "token_expired", Msg: "The shop token has expired: mint a new one for every session.", Err: err}
	case err != nil:
		return caller{}, &shop.Error{Kind: shop.Unauthorized, Code: "invalid_token", Msg: "The shop token's claims do not fit: iss must be the tenant, aud “shopkeeper”, exp at most 10 minutes ahead.", Err: err}
	case c.ExpiresAt.Sub(s.o.Now()) > shopLife+clockSkew:
		return caller{}, &shop.Error{Kind: shop.Unauthorized, Code: "invalid_token", Msg: "The shop token lives too long: exp may be at most 10 minutes ahead."}
	}
	if err := checkID("sub", c.Subject, maxShopperID); err != nil {
		return caller{}, &shop.Error{Kind: shop.Unauthorized, Code: "invalid_token", Field: "sub", Msg: "The shop token names no usable shopper in sub.", Err: err}
	}
	return caller{who: shop.Principal{Tenant: tenant, ID: c.Subject, Role: shop.Shopper}, tenant: t, kind: shopToken}, nil
}
