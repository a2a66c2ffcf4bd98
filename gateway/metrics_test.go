package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// free is an address that was free a moment ago.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Every metric that the dashboard shows is one that the server has.
func TestDashboard(t *testing.T) {
	raw, err := os.ReadFile("../docs/examples/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(raw, &board); err != nil || len(board.Panels) < 10 {
		t.Fatal(len(board.Panels), err)
	}
	operator := free(t)
	p := serve(t, "--config", gatewayOf(t, priced(t), "[limits.key]\nrequests = 3\n"), "--data", t.TempDir(), "--metrics-addr", operator)
	for range 2 {
		ask(t, p.url, "sk-ann", "hello")
		if code, raw := rawAsk(t, p.url); code != 200 {
			t.Fatal(code, raw)
		}
	}
	for range 2 { // one too many
		rawAsk(t, p.url)
	}
	tools := free(t)
	ask(t, serve(t, "--demo", "--metrics-addr", tools).url, "demo-shopper", "a kettle under 50")
	metrics := func(operator string) string {
		t.Helper()
		res, err := http.Get("http://" + operator + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		all, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(all)
	}
	var seen string
	soon(t, "the calls are counted", func() bool {
		seen = metrics(operator) + metrics(tools)
		return strings.Contains(seen, "shopkeeper_call_tokens_total{")
	})
	name := regexp.MustCompile(`\b(?:shopkeeper|gen_ai|http_server|process|go)_[a-z_]+`)
	labels := regexp.MustCompile(`\b(?:by|le)\b[^()]*\([^)]*\)|\{[^}]*\}`)
	for _, panel := range board.Panels {
		if len(panel.Targets) == 0 {
			t.Errorf("%s shows nothing", panel.Title)
		}
		for _, target := range panel.Targets {
			for _, m := range name.FindAllString(labels.ReplaceAllString(target.Expr, ""), -1) {
				if !strings.Contains(seen, "\n"+m+"{") && !strings.Contains(seen, "\n"+m+" ") {
					t.Errorf("%s: the server has no metric %s", panel.Title, m)
				}
			}
		}
	}
	for _, want := range []string{
		`shopkeeper_target_ready{shopkeeper_target="m"} 1`, `gen_ai_token_type="input",shopkeeper_alias="m"`, `shopkeeper_call_cost_total{`,
	} {
		if !strings.Contains(seen, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
}
