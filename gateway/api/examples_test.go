package api

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program finds what an example runs with; where the machine has none the example is left out, but never in CI.
func program(t *testing.T, name string) string {
	t.Helper()
	p, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("CI needs %s", name)
		}
		t.Skipf("%s is not on this machine", name)
	}
	return p
}

// The examples of docs/ that mint a browser token: by app key, and by a token that the shop signs itself.
func TestMintTokenExamples(t *testing.T) {
	pub, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	keyFile := filepath.Join(t.TempDir(), "private.pem")
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	now := &clock{t: time.Now()} // the examples sign by the machine's clock
	h := plan{options: func(o *Options) { o.Now = now.Now }}.open(t)
	signed := acme
	signed.Issuers = map[string]string{"k1": publicPEM(t, pub)}
	if err := h.store.PutTenant(t.Context(), signed); err != nil {
		t.Fatal(err)
	}
	for file, runs := range map[string][]string{"mint-token.sh": {"sh", "curl", "openssl"}, "mint-token.mjs": {"node"}, "mint-token.py": {"python3", "openssl"}} {
		t.Run(file, func(t *testing.T) {
			for _, name := range runs {
				program(t, name)
			}
			at, err := filepath.Abs(filepath.Join("..", "..", "docs", "examples", file))
			if err != nil {
				t.Fatal(err)
			}
			run := func(shopper string, env ...string) (string, error) {
				cmd := exec.CommandContext(t.Context(), program(t, runs[0]), at, shopper)
				cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "SHOP_URL=" + h.url}, env...)
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				out, err := cmd.Output()
				return strings.TrimSpace(string(out) + stderr.String()), err
			}
			for way, env := range map[string][]string{
				"app key": {"SHOP_KEY=app"}, "signed": {"SHOP_TENANT=acme", "SHOP_SIGNING_KEY=" + keyFile, "SHOP_KEY_ID=k1"},
			} {
				for _, shopper := range []string{"ann", `o'Brien "x" \`} {
					token, err := run(shopper, env...)
					if err != nil {
						t.Fatalf("%s: %v: %s", way, err, token)
					}
					var l conversationList
					h.do("GET", "/api/conversations", token, nil).want(200).json(&l)
					c := "c-" + strings.ReplaceAll(way, " ", "-") + strings.ReplaceAll(file, ".", "-") + shopper[:1]
					h.chat(token, c, "m1", "hello")
					var conv conversationView
					h.do("GET", "/api/conversations/"+c, token, nil).want(200).json(&conv)
					if conv.Shopper.ID != shopper || conv.Shopper.Anonymous {
						t.Errorf("%s: the token is for %+v, want %q", way, conv.Shopper, shopper)
					}
				}
			}
			if out, err := run("ann", "SHOP_KEY=wrong"); err == nil || !strings.Contains(out, "not known here") {
				t.Errorf("a wrong key: %v: %s", err, out)
			}
		})
	}
}
