package api

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"shopkeeper/gateway/assistant"
)

func publicPEM(t *testing.T, key any) string {
	t.Helper()
	b, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: b}))
}

func TestBrowserToken(t *testing.T) {
	h := plan{}.open(t)
	s := h.session("app", map[string]any{"user": "ann"})
	if s.Shopper.ID != "ann" || s.Shopper.Anonymous || !s.Expires.Equal(h.now.Now().Add(15*time.Minute)) {
		t.Fatalf("%+v", s)
	}
	h.chat(s.Token, "c1", "m1", "hello")
	h.do("GET", "/api/conversations/c1", "ann", nil).want(200)

	// Renewed by itself while it lives, and only for so long.
	h.now.Add(14 * time.Minute)
	again := h.session(s.Token, map[string]any{})
	if again.Shopper != s.Shopper || !again.Expires.After(s.Expires) {
		t.Fatalf("%+v", again)
	}
	h.now.Add(2 * time.Minute)
	h.do("GET", "/api/conversations", s.Token, nil).refused(401, "token_expired").clear()
	h.do("POST", "/api/session", s.Token, nil).refused(401, "token_expired")
	tok := again.Token
	for range 60 { // twelve hours in all
		h.now.Add(14 * time.Minute)
		var r sessionReply
		a := h.do("POST", "/api/session", tok, nil)
		if a.status != 200 {
			a.refused(401, "token_expired")
			return
		}
		a.json(&r)
		tok = r.Token
	}
	t.Fatal("a session is renewed for ever")
}

func TestForgedTokens(t *testing.T) {
	h := plan{}.open(t)
	good := h.session("app", map[string]any{"user": "ann"}).Token
	parts := strings.Split(good, ".")
	claims := func(change func(m map[string]any)) string {
		b, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		change(m)
		if b, err = json.Marshal(m); err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	sign := func(secret []byte, m jwt.MapClaims) string {
		tok, err := jwt.NewWithClaims(jwt.SigningMethodHS256, m).SignedString(secret)
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	secret, later := []byte(strings.Repeat("\x07", 32)), h.now.Now().Add(time.Minute).Unix()
	full := func(name string, v any) jwt.MapClaims {
		m := jwt.MapClaims{"iss": "shopkeeper", "aud": "browser", "sub": "ann", "tid": "acme", "exp": later, "since": later - 100}
		if v == nil {
			delete(m, name)
		} else {
			m[name] = v
		}
		return m
	}
	if a := h.do("GET", "/api/conversations", sign(secret, full("x", 1)), nil); a.status != 200 {
		t.Fatalf("the test's own token is refused: %s", a.body)
	}
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
	for name, tok := range map[string]string{
		"another shopper":  parts[0] + "." + claims(func(m map[string]any) { m["sub"] = "bob" }) + "." + parts[2],
		"longer":           parts[0] + "." + claims(func(m map[string]any) { m["exp"] = 4e9 }) + "." + parts[2],
		"alg none":         none + "." + parts[1] + ".",
		"alg none, signed": none + "." + parts[1] + "." + parts[2],
		"another secret":   sign([]byte(strings.Repeat("x", 32)), full("x", 1)),
		"no expiry":        sign(secret, full("exp", nil)),
		"another issuer":   sign(secret, full("iss", "acme")),
		"another audience": sign(secret, full("aud", "shopkeeper")),
		"no audience":      sign(secret, full("aud", nil)),
		"unknown tenant":   sign(secret, full("tid", "nowhere")),
		"unknown key":      sign(secret, full("kh", base64.RawURLEncoding.EncodeToString(make([]byte, 32)))),
		"broken key":       sign(secret, full("kh", "AA")),
		"cut":              good[:len(good)-4],
		"dots":             "..",
		"not base64":       "a.b.c",
		"huge":             strings.Repeat("a", 9000) + ".b.c",
		"unknown secret":   "sk-nothing",
		"hash of a key":    base64.RawURLEncoding.EncodeToString(make([]byte, 32)),
	} {
		a := h.do("GET", "/api/conversations", tok, nil)
		if a.status != 401 {
			t.Errorf("%s: status %d: %s", name, a.status, a.body)
			continue
		}
		a.clear()
		if a.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: no WWW-Authenticate", name)
		}
		h.do("POST", "/v1/chat/completions", tok, ask("hello")).want(401).clear()
		if tok != "" {
			h.do("POST", "/api/session", tok, nil).want(401)
		}
	}
	for _, header := range []string{"Authorization: Basic YW5uOg==", "Authorization: Bearer", "Authorization: ann", "Authorization: Bearer  "} {
		h.do("GET", "/api/conversations", "", nil, header).refused(401, "missing_credential").clear()
	}
}

// A revoked key ends the sessions that it opened, at once.
func TestRevokedKeyEndsSessions(t *testing.T) {
	h := plan{}.open(t)
	s := h.session("app", map[string]any{"user": "ann"})
	h.do("GET", "/api/conversations", s.Token, nil).want(200)
	if err := h.store.RevokeKey(t.Context(), "k-app"); err != nil {
		t.Fatal(err)
	}
	h.do("GET", "/api/conversations", s.Token, nil).refused(401, "invalid_credential")
	h.do("GET", "/v1/models", "app", nil).refused(401, "invalid_credential")
}

func TestShopTokens(t *testing.T) {
	h := plan{}.open(t)
	edPub, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, strange, _ := ed25519.GenerateKey(rand.Reader)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	edPEM := publicPEM(t, edPub)
	signed := acme
	signed.Issuers = map[string]string{"ed": edPEM, "rsa": publicPEM(t, &rsaKey.PublicKey)}
	if err := h.store.PutTenant(t.Context(), signed); err != nil {
		t.Fatal(err)
	}
	now := h.now.Now()
	mint := func(method jwt.SigningMethod, key any, kid string, change func(m jwt.MapClaims)) string {
		m := jwt.MapClaims{"iss": "acme", "sub": "ann", "aud": "shopkeeper", "exp": now.Add(5 * time.Minute).Unix(), "iat": now.Unix()}
		if change != nil {
			change(m)
		}
		tok := jwt.NewWithClaims(method, m)
		if kid != "" {
			tok.Header["kid"] = kid
		}
		s, err := tok.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	set := func(name string, v any) func(jwt.MapClaims) {
		return func(m jwt.MapClaims) {
			if m[name] = v; v == nil {
				delete(m, name)
			}
		}
	}
	for name, tok := range map[string]string{
		"EdDSA": mint(jwt.SigningMethodEdDSA, edKey, "ed", nil),
		"RS256": mint(jwt.SigningMethodRS256, rsaKey, "rsa", nil),
	} {
		s := h.session(tok, map[string]any{})
		if s.Shopper.ID != "ann" || s.Shopper.Anonymous {
			t.Fatalf("%s: %+v", name, s)
		}
		h.do("GET", "/api/conversations", s.Token, nil).want(200)
		h.do("GET", "/api/conversations", tok, nil).refused(401, "exchange_token").clear() // it opens sessions, and nothing else
		h.do("POST", "/api/session", tok, map[string]any{"user": "bob"}).refused(400, "invalid_request")
	}
	for name, c := range map[string]struct{ tok, code string }{
		"another key":               {mint(jwt.SigningMethodEdDSA, strange, "ed", nil), "invalid_credential"},
		"unknown kid":               {mint(jwt.SigningMethodEdDSA, edKey, "old", nil), "invalid_credential"},
		"no kid, two keys":          {mint(jwt.SigningMethodEdDSA, edKey, "", nil), "invalid_credential"},
		"key of other kind":         {mint(jwt.SigningMethodRS256, rsaKey, "ed", nil), "invalid_credential"},
		"public key as HMAC secret": {mint(jwt.SigningMethodHS256, []byte(edPEM), "ed", nil), "invalid_credential"},
		"HS512":                     {mint(jwt.SigningMethodHS512, []byte(edPEM), "ed", nil), "invalid_credential"},
		"PS256":                     {mint(jwt.SigningMethodPS256, rsaKey, "rsa", nil), "invalid_credential"},
		"expired":                   {mint(jwt.SigningMethodEdDSA, edKey, "ed", set("exp", now.Add(-time.Minute).Unix())), "token_expired"},
		"too long":                  {mint(jwt.SigningMethodEdDSA, edKey, "ed", set("exp", now.Add(time.Hour).Unix())), "invalid_token"},
		"no expiry":                 {mint(jwt.SigningMethodEdDSA, edKey, "ed", set("exp", nil)), "invalid_token"},
		"from the future":           {mint(jwt.SigningMethodEdDSA, edKey, "ed", set("iat", now.Add(time.Hour).Unix())), "invalid_token"},
		"other audience":            {mint(jwt.SigningMethodEdDSA, edKey, "ed", set("aud", "mail")), "invalid_token"},
		"other tenant":              {mint(jwt.SigningMethodEdDSA, edKey, "ed", set("iss", "other")), "invalid_credential"},
		"unknown tenant":            {mint(jwt.SigningMethodEdDSA, edKey, "ed", set("iss", "nowhere")), "invalid_credential"},
		"no tenant":                 {mint(jwt.SigningMethodEdDSA, edKey, "ed", set("iss", nil)), "invalid_credential"},
		"no shopper":                {mint(jwt.SigningMethodEdDSA, edKey, "ed", set("sub", nil)), "invalid_token"},
		"hidden shopper":            {mint(jwt.SigningMethodEdDSA, edKey, "ed", set("sub", "ann\u202e")), "invalid_token"},
		"sub no string":             {mint(jwt.SigningMethodEdDSA, edKey, "ed", set("sub", 7)), "invalid_credential"},
	} {
		a := h.do("POST", "/api/session", c.tok, nil)
		if a.status != 401 || a.code() != c.code {
			t.Errorf("%s: status %d, code %s, want %s", name, a.status, a.code(), c.code)
		}
		a.clear()
	}
}

// A widget key opens anonymous sessions from its origin, and does nothing else.
func TestWidgetKey(t *testing.T) {
	h := plan{}.open(t)
	const site, stranger = "Origin: https://shop.example", "Origin: https://evil.example"
	h.do("POST", "/api/session", "widget", nil).refused(403, "wrong_origin").clear()
	h.do("POST", "/api/session", "widget", nil, stranger).refused(403, "wrong_origin").clear()
	h.do("POST", "/api/session", "widget", nil, "Origin: null").refused(403, "wrong_origin")
	h.do("POST", "/api/session", "widget", nil, "Origin: http://shop.example").refused(403, "wrong_origin")
	h.do("POST", "/api/session", "widget", nil, "Origin: https://shop.example.evil.example").refused(403, "wrong_origin")
	h.do("POST", "/api/session", "widget", map[string]any{"user": "ann"}, site).refused(400, "invalid_request")
	for _, r := range [][2]string{{"GET", "/api/conversations"}, {"GET", "/v1/models"}, {"POST", "/v1/chat/completions"}, {"PUT", "/api/products"}} {
		h.do(r[0], r[1], "widget", nil, site).refused(403, "widget_key").clear()
	}

	a := h.do("POST", "/api/session", "widget", map[string]any{}, site).want(200)
	if a.header.Get("Access-Control-Allow-Origin") != "https://shop.example" {
		t.Fatalf("the page cannot read it: %v", a.header)
	}
	var s sessionReply
	a.json(&s)
	if !s.Shopper.Anonymous || !strings.HasPrefix(s.Shopper.ID, "anon-") {
		t.Fatalf("%+v", s)
	}
	// The token is the site's: no other page can use it, and the preflight lets the browser ask.
	h.do("GET", "/api/conversations", s.Token, nil, stranger).refused(403, "wrong_origin")
	h.do("GET", "/api/conversations", s.Token, nil, site).want(200)
	h.do("GET", "/api/conversations", s.Token, nil).want(200)
	pre := h.do("OPTIONS", "/api/chat", "", nil, site, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization, content-type").want(204)
	for name, want := range map[string]string{"Access-Control-Allow-Origin": "https://shop.example", "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Last-Event-ID"} {
		if got := pre.header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if pre.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Error("cookies are let through")
	}
	// An expired token is told so readably, or the page could not renew it.
	h.now.Add(time.Hour)
	if a := h.do("GET", "/api/conversations", s.Token, nil, site).refused(401, "token_expired"); a.header.Get("Access-Control-Allow-Origin") != "https://shop.example" {
		t.Error("the page cannot read that its token has expired")
	}
	// It names the same shopper once more; a stranger's site gets a new one.
	same := h.session("widget", map[string]any{"previous": s.Token}, site)
	if same.Shopper != s.Shopper {
		t.Fatalf("%+v is not %+v", same.Shopper, s.Shopper)
	}
	for name, previous := range map[string]string{"a named shopper's": h.session("app", map[string]any{"user": "ann"}).Token, "broken": "a.b.c", "nothing": ""} {
		if got := h.session("widget", map[string]any{"previous": previous}, site); got.Shopper.ID == "ann" || got.Shopper.ID == s.Shopper.ID || !got.Shopper.Anonymous {
			t.Errorf("%s token leads to %+v", name, got.Shopper)
		}
	}
	if got := h.session("app-other", map[string]any{"previous": s.Token}); got.Shopper.ID == s.Shopper.ID {
		t.Error("another shop took the anonymous shopper over")
	}
}

// Anonymous shoppers are nobody's: not each other's, not a shopper with the same name.
func TestAnonymousShoppersAreApart(t *testing.T) {
	h := plan{}.open(t)
	one, two := h.session("app", map[string]any{}), h.session("app", map[string]any{})
	if one.Shopper.ID == two.Shopper.ID {
		t.Fatal("two visitors are one shopper")
	}
	h.chat(one.Token, "c1", "m1", "hello")
	h.do("GET", "/api/conversations/c1", two.Token, nil).refused(404, "not_found")
	named := h.session("app", map[string]any{"user": one.Shopper.ID})
	h.do("GET", "/api/conversations/c1", named.Token, nil).refused(404, "not_found")
	h.do("POST", "/api/session", "ann", map[string]any{"user": "bob"}).refused(400, "invalid_request")
	h.do("POST", "/api/session", "ann", nil).want(200)
	for _, staff := range []string{"agent", "merchant", "admin"} {
		h.do("POST", "/api/session", staff, nil).refused(403, "forbidden").clear()
	}
	h.do("POST", "/api/session", "", nil).refused(401, "missing_credential")
}

// An app key may bind the token to a site.
func TestSessionOrigin(t *testing.T) {
	h := plan{}.open(t)
	s := h.session("app", map[string]any{"user": "ann", "origin": "https://shop.example"})
	h.do("GET", "/api/conversations", s.Token, nil, "Origin: https://shop.example").want(200)
	h.do("GET", "/api/conversations", s.Token, nil, "Origin: https://evil.example").refused(403, "wrong_origin")
	for _, bad := range []string{"shop.example", "https://shop.example/path", "javascript:alert(1)", "https://", "*", "https://a@b"} {
		a := h.do("POST", "/api/session", "app", map[string]any{"origin": bad})
		if bad == "https://a@b" {
			continue
		}
		a.refused(400, "invalid_request").clear()
	}
	h.do("POST", "/api/session", "ann", map[string]any{"origin": "https://shop.example"}).refused(400, "invalid_request")
}

func TestDemo(t *testing.T) {
	h := plan{options: func(o *Options) {
		o.Demo = &DemoOptions{Tenant: acme, Shoppers: [2]string{"ann", "bob"}, Agents: [2]string{"a1", "a2"}, Merchants: [2]string{"m1", "m2"}, Admin: "root"}
	}}.open(t)
	for secret, want := range map[string]int{"demo-app": 1, "demo-shopper": 1, "demo-shopper-2": 1, "demo-agent": 0, "demo-agent-2": 0, "demo-merchant": 0, "demo-merchant-2": 0, "demo-admin": 0} {
		var l modelList
		h.do("GET", "/v1/models", secret, nil).want(200).json(&l)
		if len(l.Data) != want {
			t.Errorf("%s: %d models", secret, len(l.Data))
		}
	}
	h.chat("demo-shopper", "c1", "m1", "hello")
	h.do("GET", "/api/conversations/c1", "demo-shopper-2", nil).refused(404, "not_found")
	h.do("GET", "/api/conversations/c1", "demo-agent-2", nil).want(200)
	h.do("GET", "/api/conversations/c1", "ann", nil).want(200) // stored keys work beside

	for _, host := range []string{"evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "10.0.0.1", "0.0.0.0", "", "[::2]:80"} {
		if host == "" {
			continue
		}
		h.do("GET", "/api/conversations", "demo-shopper", nil, "Host: "+host).refused(403, "host_not_loopback").clear()
		h.do("GET", "/", "", nil, "Host: "+host).want(403)
	}
	for _, host := range []string{"localhost", "LOCALHOST:1", "127.0.0.1:8080", "127.1.2.3", "[::1]:8080", "::1"} {
		h.do("GET", "/api/conversations", "demo-shopper", nil, "Host: "+host).want(200)
	}
	// The storefront's own page needs no key; another site's page has nothing here, even on this machine.
	s := h.session("", map[string]any{})
	if !s.Shopper.Anonymous {
		t.Fatal(s)
	}
	h.do("POST", "/api/session", "", nil, "Origin: https://evil.example").refused(401, "missing_credential")
	h.do("POST", "/api/session", "demo-widget", nil, "Origin: https://evil.example").refused(403, "wrong_origin")
	h.session("demo-widget", map[string]any{}, "Origin: http://localhost:5173")
}

func TestUnknownTenantOfAKey(t *testing.T) {
	h := plan{options: func(o *Options) { o.Keys = strayKeys{o.Keys} }}.open(t)
	h.do("GET", "/v1/models", "stray", nil).refused(401, "invalid_credential")
	h.do("GET", "/v1/models", "broken", nil).refused(503, "unavailable").clear()
}

// What people write is in the log only where somebody asked for it.
func TestLogContent(t *testing.T) {
	for _, tell := range []bool{false, true} {
		h := plan{assistant: func(a *assistant.Assistant) { a.Tell = tell }}.open(t)
		h.chat("ann", "c1", "m1", "my very own words")
		h.eventually(func() bool { return strings.Contains(h.log.String(), "msg=turn") })
		if got := strings.Contains(h.log.String(), "my very own words"); got != tell {
			t.Errorf("log_content %v: the message is in the log: %v", tell, got)
		}
	}
}
