package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	promptTokens  = 10   // of every request, as the endpoint counts them
	unnamedTokens = 3000 // of an answer whose request names no limit
	takenTokens   = 1024 // what such an answer is taken to be
)

// meterModel is an endpoint that writes as many tokens as it may, after a while, and counts what it was asked for by key.
type meterModel struct {
	url  string
	mu   sync.Mutex
	seen map[string]*metered
}

type metered struct{ requests, tokens, active, most int64 }

// add counts an answer that begins or ends. A case is known by the message.
func (m *meterModel) add(name string, requests, tokens, active int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	x := m.seen[name]
	if x == nil {
		x = &metered{}
		m.seen[name] = x
	}
	x.requests, x.tokens, x.active = x.requests+requests, x.tokens+tokens, x.active+active
	x.most = max(x.most, x.active)
}

func meterModelOf(t *testing.T, hold time.Duration) *meterModel {
	m := &meterModel{seen: map[string]*metered{}}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			MaxTokens int64 `json:"max_tokens"`
			Messages  []struct{ Content string }
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		n := q.MaxTokens
		if n == 0 {
			n = unnamedTokens
		}
		name := q.Messages[0].Content
		m.add(name, 1, promptTokens+n, 1)
		time.Sleep(hold)
		m.add(name, 0, 0, -1)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hello."},"finish_reason":"stop"}],`+
			`"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}`, promptTokens, n, promptTokens+n)
	}))
	t.Cleanup(s.Close)
	m.url = s.URL
	return m
}

// limitCase is one limit, and a flood of requests that would pass it.
type limitCase struct {
	name    string
	limit   string // as the configuration writes it
	at      int    // requests at once
	n       int    // requests of the flood
	named   int    // max_tokens; 0: none
	allowed func(took time.Duration) float64
	slack   float64 // what may be passed above
	used    func(m metered) float64
}

// What the endpoint's answers cost: 1 a million prompt tokens, 2 a million tokens of the answer.
func costOf(answer int) float64 { return (promptTokens + 2*float64(answer)) / 1e6 }

// limitCases are sized by requests: so many more than a limit allows.
func limitCases(size int) []limitCase {
	const at, named = 16, 500
	minute := func(limit float64) func(time.Duration) float64 { // full at the start, and filled again meanwhile
		return func(took time.Duration) float64 { return limit * (1 + took.Minutes()) }
	}
	fixed := func(limit float64) func(time.Duration) float64 { return func(time.Duration) float64 { return limit } }
	requests := func(m metered) float64 { return float64(m.requests) }
	tokens := func(m metered) float64 { return float64(m.tokens) }
	money := func(answer int) func(metered) float64 {
		return func(m metered) float64 { return float64(m.requests) * costOf(answer) }
	}
	n := float64(size)
	return []limitCase{
		{"requests", fmt.Sprintf("requests = %d", size), at, 2 * size, named, minute(n), 0.02 * n, requests},
		{"streams", "streams = 20", 60, size, named, fixed(20), 0.02 * 20, func(m metered) float64 { return float64(m.most) }},
		{"tokens, named", fmt.Sprintf("tokens = %d", size*named/2), at, 2 * size, named, minute(n * named / 2), 0, tokens},
		{"tokens, unnamed", fmt.Sprintf("tokens = %d", size*unnamedTokens/2), at, 2 * size, 0, minute(n * unnamedTokens / 2), at * (unnamedTokens - takenTokens), tokens},
		{"money, named", fmt.Sprintf("money_day = %f", n*costOf(named)/2), at, 2 * size, named, fixed(n * costOf(named) / 2), 0, money(named)},
		{"money, unnamed", fmt.Sprintf("money_day = %f", n*costOf(unnamedTokens)/2), at, 2 * size, 0, fixed(n * costOf(unnamedTokens) / 2), at * (costOf(unnamedTokens) - costOf(takenTokens)), money(unnamedTokens)},
	}
}

// flooded is what a limit let through of its flood.
type flooded struct {
	limitCase
	allows, used   float64
	passed, failed int64
}

func (k flooded) over() float64 {
	if over := k.used - k.allows; over > 1e-9 { // less is rounding
		return over
	}
	return 0
}
func (k flooded) good() bool { return k.over() <= k.slack }

// floodLimits sends each case's flood to two replicas in turn.
func floodLimits(t *testing.T, size int) (out []flooded) {
	m := meterModelOf(t, 40*time.Millisecond)
	tenant, cases := nobodys(), limitCases(size)
	config := unlimited
	for i, c := range cases {
		config += fmt.Sprintf("\n[[keys]]\nsecret = \"sk-%d\"\nid = \"%d\"\nrole = \"app\"\ntenant = %q\nlimits = { %s }\n", i, i, tenant, c.limit)
	}
	rs := fleet(t, 2, "--config", gatewayFor(t, tenant, m.url, config))
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	t.Cleanup(client.CloseIdleConnections)
	for i, c := range cases {
		body := map[string]any{"model": "m", "messages": []any{map[string]any{"role": "user", "content": c.name}}}
		if c.named > 0 {
			body["max_tokens"] = c.named
		}
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		var passed, failed, next atomic.Int64
		began := time.Now()
		var wg sync.WaitGroup
		for range c.at {
			wg.Go(func() {
				for {
					j := next.Add(1)
					if j > int64(c.n) {
						return
					}
					res, err := post1(t.Context(), client, rs[j%2].at()+"/v1/chat/completions", fmt.Sprintf("sk-%d", i), raw)
					if err != nil {
						t.Error(err)
						return
					}
					said, _ := io.ReadAll(res.Body)
					res.Body.Close()
					switch res.StatusCode {
					case http.StatusOK:
						passed.Add(1)
					case http.StatusTooManyRequests:
						time.Sleep(2 * time.Millisecond)
					default:
						failed.Add(1)
						t.Errorf("%s: %d %s", c.name, res.StatusCode, said)
					}
				}
			})
		}
		wg.Wait()
		took := time.Since(began)
		m.mu.Lock()
		out = append(out, flooded{c, c.allowed(took), c.used(*m.seen[c.name]), passed.Load(), failed.Load()})
		m.mu.Unlock()
	}
	return out
}

// Two replicas keep a key's limits together: requests and streams to within 2 %, tokens and money to within what requests under way
// used that named no limit.
func TestLimitsOfTwoReplicas(t *testing.T) {
	for _, k := range floodLimits(t, 100) {
		if !k.good() {
			t.Errorf("%s: %g passed, %g are allowed, with %g above", k.name, k.used, k.allows, k.slack)
		}
		if k.used < 0.8*k.allows {
			t.Errorf("%s: only %g of %g passed: the limit was never reached, or is flooded twice", k.name, k.used, k.allows)
		}
	}
}

func benchFleetLimits(t *testing.T) {
	fmt.Print("\n| limits of a key, two replicas over one Redis | requests sent | allowed meanwhile | let through | over | may be over | |\n|---|---|---|---|---|---|---|\n")
	for _, k := range floodLimits(t, sized("SHOPKEEPER_LIMITS", 1000)) {
		fmt.Printf("| %s | %d | %s | %s | %s | %s | %s |\n", k.name, k.n, figure(k.allows), figure(k.used), figure(k.over()), figure(k.slack), holds(k.good()))
	}
}

// figure is a number without more digits than it is worth.
func figure(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}
