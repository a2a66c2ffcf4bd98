package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Secrets of the configuration are in no log line, answer, metric or report, whatever fails.
func TestSecretsStaySecret(t *testing.T) {
	secret := func(n int) string { return fmt.Sprintf("canary%02dsecret", n) }
	file := write(t, "shopkeeper.toml", fmt.Sprintf(`
redis = "redis://user:%s@127.0.0.1:1"
log_level = "debug"

[model]
url = "http://u:%s@127.0.0.1:1/v1"
name = "m"
key = "%s"
headers = ["X-Secret: %s"]

[embed]
url = "http://127.0.0.1:1/v1"
model = "e"
key = "%s"

[traces]
otlp = "http://127.0.0.1:1"
headers = ["Authorization: %s"]

[[providers]]
name = "up"
url = "http://127.0.0.1:1/v1"
keys = ["%s"]
headers = ["X-Secret: %s"]

[[targets]]
provider = "up"
model = "raw"

[[aliases]]
name = "raw"
rungs = [{ targets = ["raw"] }]

[[keys]]
secret = "%s"
role = "app"
tenant = "bench"

[mail]
url = "smtp://shop:%s@127.0.0.1:1"
from = "shop@example.com"

[[webhooks]]
tenant = "bench"
url = "https://hook.example/"
secret = "%s-and-more-of-it-yet"
`, secret(1), secret(2), secret(3), secret(4), secret(5), secret(6), secret(7), secret(8), secret(9), secret(10), secret(11)))
	data := t.TempDir()
	var shown strings.Builder
	note := func(where string, texts ...any) {
		fmt.Fprintln(&shown, append([]any{where + ":"}, texts...)...)
	}
	for _, args := range [][]string{
		{"config", "print", "--config", file},
		{"config", "check", file},
		{"doctor", "--config", file, "--data", data},
		{"keys", "list", "--data", data},
		{"audit", "--data", data},
	} {
		code, out, errs := cli(t, args...)
		note(strings.Join(args[:2], " "), code, out, errs)
	}
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, bin, "serve", "--addr", "127.0.0.1:0", "--metrics-addr", "127.0.0.1:0", "--config", file, "--data", data)
	for _, path := range []string{"/readyz", "/healthz", "/v1/models", "/api/login"} {
		code, raw := request(t, http.MethodGet, p.url+path, secret(9), nil)
		note(path, code, string(raw))
	}
	for _, model := range []string{"raw", "m", "none"} {
		code, raw := request(t, http.MethodPost, p.url+"/v1/chat/completions", secret(9), map[string]any{"model": model, "messages": []any{map[string]any{"role": "user", "content": "hi"}}})
		note("chat "+model, code, string(raw))
	}
	code, raw := request(t, http.MethodPost, p.url+"/v1/chat/completions", secret(9), map[string]any{"model": "shopper", "user": "ann", "messages": []any{map[string]any{"role": "user", "content": "hi"}}})
	note("shopper", code, string(raw))
	code, raw = request(t, http.MethodPost, p.url+"/api/session/code", secret(9), map[string]any{"email": "ann@example.com"})
	note("code", code, string(raw))
	code, raw = request(t, http.MethodPost, p.url+"/v1/embeddings", secret(9), map[string]any{"model": "e", "input": "hi"})
	note("embeddings", code, string(raw))
	time.Sleep(2500 * time.Millisecond) // spans are tried, and fail
	if err := p.end(t, 15); err != nil {
		t.Error(err)
	}
	note("log", p.log.String())
	all := shown.String()
	for n := 1; n <= 11; n++ {
		if i := strings.Index(all, secret(n)); i >= 0 {
			t.Errorf("secret %d is told: …%s…", n, all[max(0, i-200):min(len(all), i+40)])
		}
	}
	if !strings.Contains(all, "chat raw") || !strings.Contains(all, "***") {
		t.Error("nothing was looked at")
	}
}
