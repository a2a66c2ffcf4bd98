// Package oidc signs people in at an OpenID Connect provider: authorization code flow with PKCE, state and nonce
// (openid.net/specs/openid-connect-core-1_0, RFC 7636).
package oidc

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Options of a Provider. All are required but Claim.
type Options struct {
	Issuer, ClientID, ClientSecret string
	Redirect                       string   // the callback's address as browsers see it
	Claim                          string   // of the ID token, with the person's groups: a text or a list; "" = groups
	Scopes                         []string // beside openid, email and profile
}

// Provider may be used by many goroutines. It asks for the provider's description when somebody first signs in, so that a shop starts
// while its provider is away.
type Provider struct {
	o      Options
	client *http.Client

	mu    sync.Mutex
	known *oidc.Provider
}

// New does not connect.
func New(o Options) *Provider {
	if o.Claim == "" {
		o.Claim = "groups"
	}
	// A redirect would lead to an address that nobody configured.
	return &Provider{o: o, client: &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Flow is a sign-in that was begun. It belongs to one browser, which is to bring it back.
type Flow struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
}

// Person is who signed in.
type Person struct {
	ID     string // verified e-mail address, else the provider's subject
	Groups []string
}

func (p *Provider) provider(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		// The provider keeps this context for its keys' sake: it must outlive the request.
		known, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.o.Issuer)
		if err != nil {
			return nil, nil, fmt.Errorf("read sign-in provider: %w", err)
		}
		p.known = known
	}
	return p.known, &oauth2.Config{
		ClientID: p.o.ClientID, ClientSecret: p.o.ClientSecret, Endpoint: p.known.Endpoint(), RedirectURL: p.o.Redirect,
		Scopes: append([]string{oidc.ScopeOpenID, "email", "profile"}, p.o.Scopes...),
	}, nil
}

// Begin returns the address to send the browser to.
func (p *Provider) Begin(ctx context.Context) (string, Flow, error) {
	_, conf, err := p.provider(ctx)
	if err != nil {
		return "", Flow{}, err
	}
	f := Flow{rand.Text(), rand.Text(), oauth2.GenerateVerifier()}
	return conf.AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), f, nil
}

// Finish exchanges the code for the person, when state and nonce are those of the flow.
func (p *Provider) Finish(ctx context.Context, f Flow, state, code string) (Person, error) {
	if subtle.ConstantTimeCompare([]byte(f.State), []byte(state)) != 1 || f.State == "" {
		return Person{}, errors.New("finish sign-in: the state is another one")
	}
	known, conf, err := p.provider(ctx)
	if err != nil {
		return Person{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := conf.Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return Person{}, fmt.Errorf("exchange code: %w", err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return Person{}, errors.New("finish sign-in: the provider sent no ID token")
	}
	id, err := known.Verifier(&oidc.Config{ClientID: p.o.ClientID}).Verify(ctx, raw)
	if err != nil {
		return Person{}, fmt.Errorf("verify ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(f.Nonce), []byte(id.Nonce)) != 1 {
		return Person{}, errors.New("finish sign-in: the nonce is another one")
	}
	var all map[string]any
	if err := id.Claims(&all); err != nil {
		return Person{}, fmt.Errorf("read ID token: %w", err)
	}
	who := Person{ID: id.Subject}
	if mail, ok := all["email"].(string); ok && mail != "" && all["email_verified"] == true {
		who.ID = mail
	}
	switch v := all[p.o.Claim].(type) {
	case string:
		who.Groups = []string{v}
	case []any:
		for _, g := range v {
			if name, ok := g.(string); ok {
				who.Groups = append(who.Groups, name)
			}
		}
	}
	return who, nil
}
