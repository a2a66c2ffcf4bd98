package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"shopkeeper/gateway/store"
)

// priced is an endpoint whose every answer uses 100 and 50 tokens: at a price of 1 and 2 a million, 0.0002 of the currency's unit.
func priced(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		const used = `"usage":{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150}`
		var q struct{ Stream bool }
		_ = json.NewDecoder(r.Body).Decode(&q)
		if !q.Stream {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hello."},"finish_reason":"stop"}],`+used+`}`)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, `data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hello."}}]}`+"\n\n"+
			`data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\n"+
			`data: {"id":"x","object":"chat.completion.chunk","choices":[],`+used+`}`+"\n\ndata: [DONE]\n\n")
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func gatewayOf(t *testing.T, url, limits string) string {
	t.Helper()
	return gatewayFor(t, "bench", url, limits)
}

// gatewayFor has a tenant of its own: who shares a Redis with others shares no counts with them.
func gatewayFor(t *testing.T, tenant, url, limits string) string {
	t.Helper()
	return write(t, "gateway.toml", limits+`
[[providers]]
name = "up"
url = "`+url+`/v1"

[[targets]]
provider = "up"
model = "m"
input = 1.0
output = 2.0

[[aliases]]
name = "m"
rungs = [{ targets = ["m"] }]

[[aliases]]
name = "shopper"
rungs = [{ targets = ["m"] }]

[[keys]]
secret = "sk-app"
id = "app"
role = "app"
tenant = "`+tenant+`"

[[keys]]
secret = "sk-ann"
id = "ann"
role = "shopper"
person = "ann"
tenant = "`+tenant+`"
`)
}

func rawAsk(t *testing.T, url string) (int, string) {
	t.Helper()
	code, raw := request(t, http.MethodPost, url+"/v1/chat/completions", "sk-app", map[string]any{
		"model": "m", "max_tokens": 50, "messages": []any{map[string]any{"role": "user", "content": "hello"}},
	})
	return code, string(raw)
}

// After kill -9 at most the last quarter of a second of accounts is missing, and no row is doubled.
func TestAccountsSurviveAKill(t *testing.T) {
	data, config := t.TempDir(), gatewayOf(t, priced(t), "[limits]\nkey_rate = -1\n")
	told := 0
	for range 3 {
		p := serve(t, "--config", config, "--data", data)
		var at []time.Time
		for began := time.Now(); time.Since(began) < time.Second; {
			if code, raw := rawAsk(t, p.url); code != 200 {
				t.Fatal(code, raw)
			}
			at = append(at, time.Now())
		}
		killed := time.Now()
		_ = p.end(t, syscall.SIGKILL)
		for _, when := range at {
			if killed.Sub(when) > 250*time.Millisecond {
				told++
			}
		}
	}
	p := serve(t, "--config", config, "--data", data) // writes what the killed ones left in files
	if code, _ := rawAsk(t, p.url); code != 200 {
		t.Fatal(code)
	}
	if err := p.end(t, syscall.SIGTERM); err != nil {
		t.Fatal(err, p.log)
	}
	st, err := store.Open(t.Context(), filepath.Join(data, "shopkeeper.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	all, err := st.Spend(t.Context(), "bench", "key", time.Now().Add(-time.Hour), time.Time{})
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	v := all[0]
	if v.Name != "app" || v.Requests < int64(told)+1 || v.Input != 100*v.Requests || v.Output != 50*v.Requests || v.Nano != 200_000*v.Requests || v.Endings["completed"] != v.Requests {
		t.Errorf("%d calls were older than a moment: %+v", told, v)
	}
	if left, err := filepath.Glob(filepath.Join(data, "spool", "*")); err != nil || len(left) > 0 {
		t.Errorf("files are left: %v, %v", left, err)
	}
}

// When a tenant's money is spent its raw aliases refuse, and its assistants go on with the built-in model; a restart forgets nothing.
func TestMoneyIsSpent(t *testing.T) {
	data, config := t.TempDir(), gatewayOf(t, priced(t), "[limits.tenant]\nmoney_day = 0.01\n") // fifty answers
	p := serve(t, "--config", config, "--data", data)
	if c := ask(t, p.url, "sk-ann", "hello"); c.Shop.Rung != "m" {
		t.Errorf("rung %s while there is money", c.Shop.Rung)
	}
	good := 0
	for range 100 {
		code, raw := rawAsk(t, p.url)
		switch {
		case code == 200:
			good++
		case code != 429 || !strings.Contains(raw, "budget_spent"):
			t.Fatal(code, raw)
		}
	}
	if good < 40 || good > 49 {
		t.Errorf("%d answers for the money of 49", good)
	}
	if c := ask(t, p.url, "sk-ann", "hello"); c.Shop.Rung != "rules" || c.Shop.Ending != "completed" {
		t.Errorf("when the money is spent: %+v", c.Shop)
	}
	if err := p.end(t, syscall.SIGTERM); err != nil {
		t.Fatal(err, p.log)
	}
	p = serve(t, "--config", config, "--data", data)
	if code, raw := rawAsk(t, p.url); code != 429 {
		t.Errorf("after a restart: %d %s", code, raw)
	}
}
