package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// identity is an OpenID Connect provider: discovery, keys, authorization with PKCE, token.
type identity struct {
	*httptest.Server
	key *rsa.PrivateKey

	mu     sync.Mutex
	asked  map[string]url.Values      // by code: what the browser brought
	change func(claims jwt.MapClaims) // what a test changes of the next ID token
	forge  bool                       // the next ID token is signed with another key
	groups []string
}

func provider(t *testing.T) *identity {
	t.Helper()
	p := &identity{asked: map[string]url.Values{}, change: func(jwt.MapClaims) {}}
	var err error
	if p.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		b64 := base64.RawURLEncoding.EncodeToString
		answer(w, map[string]any{"keys": []any{map[string]string{
			"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k1", "n": b64(p.key.N.Bytes()), "e": b64(big.NewInt(int64(p.key.E)).Bytes()),
		}}})
	})
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		code := rand.Text()
		p.mu.Lock()
		p.asked[code] = r.URL.Query()
		p.mu.Unlock()
		q := url.Values{"code": {code}, "state": {r.URL.Query().Get("state")}}
		http.Redirect(w, r, r.URL.Query().Get("redirect_uri")+"?"+q.Encode(), http.StatusFound)
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		asked, ok := p.asked[r.FormValue("code")]
		delete(p.asked, r.FormValue("code"))
		id, secret, _ := r.BasicAuth()
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if !ok || id != "shop" || secret != "s3cret" || asked.Get("code_challenge_method") != "S256" || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) {
			w.WriteHeader(http.StatusBadRequest)
			answer(w, map[string]string{"error": "invalid_grant"})
			return
		}
		claims := jwt.MapClaims{
			"iss": p.URL, "sub": "u-1", "aud": "shop", "exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix(), "nonce": asked.Get("nonce"),
			"email": "ann@shop.example", "email_verified": true, "groups": p.groups,
		}
		p.change(claims)
		key := p.key
		if p.forge {
			key, _ = rsa.GenerateKey(rand.Reader, 2048)
		}
		token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
		token.Header["kid"] = "k1"
		signed, _ := token.SignedString(key)
		answer(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": signed})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func TestSignInAtTheProvider(t *testing.T) {
	idp := provider(t)
	addr := free(t)
	file := write(t, "shopkeeper.toml", fmt.Sprintf(`
[oidc]
issuer = "%s"
client_id = "shop"
client_secret = "s3cret"
redirect_url = "http://%s/api/login/oidc/callback"

[[staff]]
group = "bosses"
tenant = "acme"
role = "admin"

[[staff]]
group = "desk"
tenant = "acme"
role = "agent"
`, idp.URL, addr))
	data := t.TempDir()
	if code, _, errs := cli(t, "tenant", "add", "acme", "--currency", "EUR", "--data", data); code != 0 {
		t.Fatal(errs)
	}
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, bin, "serve", "--addr", addr, "--metrics-addr", "off", "--config", file, "--data", data)
	browser := func() *http.Client {
		jar, _ := cookiejar.New(nil)
		return &http.Client{Jar: jar}
	}
	type session struct {
		SignedIn bool `json:"signed_in"`
		Methods  []string
		Tenant   string
		Role     string
		ID       string
	}
	state := func(c *http.Client) (s session) {
		t.Helper()
		res, err := c.Get(p.url + "/api/login")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if err := json.NewDecoder(res.Body).Decode(&s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	begin := func(c *http.Client, path string) *url.URL {
		t.Helper()
		res, err := c.Get(p.url + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.Request.URL // where the browser ended
	}

	idp.groups = []string{"others", "bosses", "desk"}
	ann := browser()
	if s := state(ann); s.SignedIn || strings.Join(s.Methods, " ") != "key oidc" {
		t.Errorf("before: %+v", s)
	}
	if at := begin(ann, "/api/login/oidc?to=/admin"); at.Path != "/admin" || at.RawQuery != "" {
		t.Errorf("it ends at %s", at)
	}
	if s := state(ann); !s.SignedIn || s.Tenant != "acme" || s.Role != "admin" || s.ID != "ann@shop.example" {
		t.Errorf("ann is %+v", s)
	}
	if res, err := ann.Get(p.url + "/api/admin/audit"); err != nil || res.StatusCode != 200 {
		t.Errorf("the audit: %v %v", res, err)
	}
	idp.groups = []string{"desk"}
	idp.change = func(c jwt.MapClaims) { c["email_verified"] = false }
	bob := browser()
	begin(bob, "/api/login/oidc")
	if s := state(bob); s.Role != "agent" || s.ID != "u-1" {
		t.Errorf("bob, whose e-mail nobody verified, is %+v", s)
	}
	idp.groups = []string{"others"}
	if at := begin(browser(), "/api/login/oidc"); at.Query().Get("refused") != "group" {
		t.Errorf("a stranger ends at %s", at)
	}
	idp.groups = []string{"bosses"}
	for what, change := range map[string]func(jwt.MapClaims){
		"another nonce":    func(c jwt.MapClaims) { c["nonce"] = "x" },
		"another audience": func(c jwt.MapClaims) { c["aud"] = "y" },
		"another issuer":   func(c jwt.MapClaims) { c["iss"] = "http://evil.example" },
		"expired":          func(c jwt.MapClaims) { c["exp"] = time.Now().Add(-time.Hour).Unix() },
		"forged":           func(jwt.MapClaims) {},
	} {
		idp.change, idp.forge = change, what == "forged"
		c := browser()
		if at := begin(c, "/api/login/oidc"); at.Query().Get("refused") != "provider" || state(c).SignedIn {
			t.Errorf("%s: ends at %s", what, at)
		}
	}
	idp.change, idp.forge = func(jwt.MapClaims) {}, false

	// A callback that another browser began, or nobody, or with another's state, signs nobody in.
	stop := func(c *http.Client) {
		c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	mallory := browser()
	stop(mallory)
	res, err := mallory.Get(p.url + "/api/login/oidc")
	if err != nil || res.StatusCode != http.StatusFound {
		t.Fatal(res, err)
	}
	res, err = mallory.Get(res.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	callback := res.Header.Get("Location")
	victim := browser()
	if res, err := victim.Get(callback); err != nil || res.StatusCode != http.StatusUnauthorized || state(victim).SignedIn {
		t.Errorf("another browser's callback: %v %v", res, err)
	}
	begun := browser()
	stop(begun)
	if _, err := begun.Get(p.url + "/api/login/oidc"); err != nil {
		t.Fatal(err)
	}
	if res, err := begun.Get(callback); err != nil || !strings.Contains(res.Header.Get("Location"), "refused=provider") || state(begun).SignedIn {
		t.Errorf("another flow's callback: %v %v", res, err)
	}
	for _, to := range []string{"https://evil.example", "//evil.example", "/\\evil.example", "evil"} {
		if res, err := begun.Get(p.url + "/api/login/oidc?to=" + url.QueryEscape(to)); err != nil || res.StatusCode != http.StatusBadRequest {
			t.Errorf("to %q: %v %v", to, res, err)
		}
	}
	idp.Close()
	if strings.Contains(p.log.String(), "s3cret") {
		t.Error("the client's secret is in the log")
	}
}
