package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/cluster"
	"shopkeeper/gateway/llm/llmtest"
	"shopkeeper/gateway/usage"
	"shopkeeper/shop"
)

func limited2(l Limits) plan {
	return plan{options: func(o *Options) { o.Limits = l }}
}

// wants a refusal with a Retry-After that holds.
func (a answered) waits(t *testing.T, code string) time.Duration {
	t.Helper()
	a.refused(429, code).clear()
	n, err := strconv.Atoi(a.header.Get("Retry-After"))
	if err != nil || n < 1 {
		t.Fatalf("Retry-After %q", a.header.Get("Retry-After"))
	}
	return time.Duration(n) * time.Second
}

func TestRequestsPerKey(t *testing.T) {
	h := limited2(Limits{Requests: 2, Burst: 3, Open: -1, Sessions: -1, Turns: -1, Tokens: -1}).open(t)
	for i := range 3 {
		a := h.do("GET", "/v1/models", "ann", nil).want(200)
		if got := a.header.Get("X-Ratelimit-Remaining-Requests"); got != strconv.Itoa(2-i) {
			t.Errorf("request %d: remaining %q", i, got)
		}
	}
	wait := h.do("GET", "/v1/models", "ann", nil).waits(t, "rate_limit_exceeded")
	h.do("GET", "/api/conversations", "ann", nil).waits(t, "rate_limit_exceeded") // the key's, on every route
	h.do("GET", "/v1/models", "bob", nil).want(200)                               // and on no other key
	h.now.Add(wait)
	h.do("GET", "/v1/models", "ann", nil).want(200)
	// Sessions count for the shopper, not for the key that opened them.
	one, two := h.session("app", map[string]any{"user": "x"}), h.session("app", map[string]any{"user": "y"})
	for range 3 {
		h.do("GET", "/v1/models", one.Token, nil).want(200)
	}
	h.do("GET", "/v1/models", one.Token, nil).waits(t, "rate_limit_exceeded")
	h.do("GET", "/v1/models", two.Token, nil).want(200)
}

func TestRequestsWithoutCredentialPerAddress(t *testing.T) {
	h := limited2(Limits{Requests: -1, Open: 1, Sessions: -1, Turns: -1, Tokens: -1}).open(t)
	for range 2 {
		h.do("GET", "/v1/models", "wrong", nil).refused(401, "invalid_credential")
	}
	h.do("GET", "/v1/models", "wrong", nil).waits(t, "rate_limit_exceeded")
	h.do("GET", "/v1/models", "", nil, "X-Forwarded-For: 1.2.3.4").waits(t, "rate_limit_exceeded") // no proxy is trusted
	h.do("GET", "/v1/models", "ann", nil).want(200)                                                // a good key is not asked for its address
	h.now.Add(2 * time.Second)
	h.do("GET", "/v1/models", "wrong", nil).refused(401, "invalid_credential")
}

func TestAnonymousSessionsPerAddress(t *testing.T) {
	h := limited2(Limits{Requests: -1, Open: -1, Sessions: 3, Turns: -1, Tokens: -1}).open(t)
	const site = "Origin: https://shop.example"
	var last sessionReply
	for range 3 {
		last = h.session("widget", map[string]any{}, site)
	}
	a := h.do("POST", "/api/session", "widget", nil, site)
	wait := a.waits(t, "rate_limit_exceeded")
	if a.header.Get("Access-Control-Allow-Origin") == "" {
		t.Error("the page cannot read that it has to wait")
	}
	h.session("widget", map[string]any{"previous": last.Token}, site) // the same shopper: nothing new
	h.session("app", map[string]any{"user": "ann"})                   // a shop's own server is no crowd
	h.now.Add(wait)
	h.session("widget", map[string]any{}, site)
}

func TestTurnsADay(t *testing.T) {
	h := limited2(Limits{Requests: -1, Open: -1, Sessions: -1, Turns: 2, Tokens: -1}).open(t)
	h.chat("ann", "c1", "m1", "one")
	h.chat("ann", "c1", "m1", "one") // the same message again is the same turn
	h.do("POST", "/api/chat", "ann", say("c1", "m1", "other words")).refused(409, "conflict")
	h.do("POST", "/v1/chat/completions", "ann", ask("two")).want(200)
	wait := h.do("POST", "/api/chat", "ann", say("c1", "m3", "three")).waits(t, "daily_turns")
	h.do("POST", "/v1/chat/completions", "ann", ask("three")).waits(t, "daily_turns")
	h.do("POST", "/v1/chat/completions", "app", with(ask("three"), "user", "ann")).waits(t, "daily_turns") // whoever speaks for her
	h.do("GET", "/api/conversations", "ann", nil).want(200)
	h.do("POST", "/v1/chat/completions", "bob", ask("one")).want(200)
	for range 4 { // an app that names nobody speaks for many
		h.do("POST", "/v1/chat/completions", "app", ask("one")).want(200)
	}
	if h.now.Now().Add(wait).Format("15:04") != "00:00" {
		t.Errorf("it says to wait %v from %v", wait, h.now.Now())
	}
	h.now.Add(wait)
	h.do("POST", "/api/chat", "ann", say("c1", "m4", "a new day")).want(200)
}

func TestTokensADay(t *testing.T) { // a scripted answer counts 120
	h := plan{
		model:   &llmtest.Script{Loop: true, Steps: []llmtest.Step{llmtest.Say("Hello.")}},
		options: func(o *Options) { o.Limits = Limits{Requests: -1, Open: -1, Sessions: -1, Turns: -1, Tokens: 300} },
	}.open(t)
	for i := range 3 {
		h.chat("ann", "c1", fmt.Sprint("m", i), "hello")
	}
	h.do("POST", "/api/chat", "ann", say("c1", "m9", "more")).waits(t, "daily_tokens")
	for i := range 3 {
		if i%2 == 0 {
			h.do("POST", "/v1/chat/completions", "bob", ask("hello")).want(200)
		} else {
			h.do("POST", "/v1/chat/completions", "bob", with(ask("hello"), "stream", true)).want(200)
		}
	}
	h.do("POST", "/v1/chat/completions", "bob", ask("more")).waits(t, "daily_tokens")
}

// What the built-in model answers costs nothing: its tokens, which are an estimate, use up nobody's day. Its turns count.
func TestTokensThatCostNothing(t *testing.T) {
	script := &llmtest.Script{Loop: true, Steps: []llmtest.Step{llmtest.Say("Hello.")}}
	h := plan{
		model:   oneModel{script, builtIn},
		options: func(o *Options) { o.Limits = Limits{Requests: -1, Open: -1, Sessions: -1, Turns: 9, Tokens: 100} },
	}.open(t)
	for i := range 3 {
		h.chat("ann", "c1", fmt.Sprint("m", i), "hello")
		h.do("POST", "/v1/chat/completions", "ann", ask("hello")).want(200)
		h.do("POST", "/v1/chat/completions", "ann", with(ask("hello"), "stream", true)).want(200)
	}
	h.do("POST", "/v1/chat/completions", "ann", ask("hello")).waits(t, "daily_turns")
}

// Nor does leaving such an answer before its end.
func TestLeavingWhatCostsNothing(t *testing.T) {
	for path, body := range map[string]map[string]any{"/api/chat": say("c1", "m1", "hello"), "/v1/chat/completions": with(ask("hello"), "stream", true)} {
		for _, rung := range []string{builtIn, "m"} {
			wait := hold("Slow ")
			defer close(wait.release)
			h := plan{model: oneModel{turns(wait), rung}, options: func(o *Options) {
				o.Limits = Limits{Requests: -1, Open: -1, Sessions: -1, Turns: -1}
			}}.open(t)
			s := h.stream("POST", path, "ann", body)
			s.until(func(e event) bool { return strings.Contains(e.data, "Slow") })
			s.leave()
			h.eventually(func() bool { return strings.Contains(h.log.String(), "msg=served") })
			// A turn takes one token to find out whether any is left.
			m := h.server.limits
			left, refused, err := m.counter.Take(t.Context(), []shop.Take{m.budget(shop.Principal{Tenant: "acme", ID: "ann"}, "tokens", 0, m.l.Tokens)})
			if got := m.l.Tokens - left[0].Left; err != nil || refused >= 0 || (got <= 1) != (rung == builtIn) {
				t.Errorf("%s, answered by %s: %d tokens count, %v", path, rung, got, err)
			}
		}
	}
}

func newLimiter(l Limits) *limiter {
	return &limiter{l: l.filled(), now: time.Now, counter: cluster.Memory(), log: slog.New(slog.DiscardHandler)}
}

// Leaving before the end is no way around the day's tokens, and a turn that several streams show counts once.
func TestTokensOfATurnThatNobodyRead(t *testing.T) {
	m, ctx := newLimiter(Limits{Tokens: 5000}), t.Context()
	who := shop.Principal{Tenant: "acme", ID: "ann", Role: shop.Shopper}
	m.used(ctx, who, "t1", "m", chat.Usage{Output: leftTokens})
	m.used(ctx, who, "t1", "m", chat.Usage{Input: 100, Output: 100})
	if what := m.open(ctx, who); what != "" {
		t.Fatalf("%s after one turn", what)
	}
	m.used(ctx, who, "t2", "m", chat.Usage{Output: leftTokens})
	if what := m.open(ctx, who); what != "tokens" {
		t.Fatalf("%q after two turns", what)
	}
}

type noCounter struct{ usage.Counter }

func (noCounter) Take(context.Context, []shop.Take) ([]shop.Left, int, error) {
	return nil, -1, errors.New("gone")
}
func (noCounter) Give(context.Context, []shop.Take) error { return errors.New("gone") }

// Counters that do not answer close no shop, and the log says so.
func TestCounterDown(t *testing.T) {
	h := plan{options: func(o *Options) {
		o.Counter, o.Limits = noCounter{}, Limits{Requests: 1, Burst: 1, Open: 1, Sessions: 1, Turns: 1, Tokens: 1}
	}}.open(t)
	for i := range 5 {
		h.do("GET", "/v1/models", "wrong", nil).refused(401, "invalid_credential")
		h.chat("ann", "c1", fmt.Sprint("m", i), "hello")
	}
	if !strings.Contains(h.log.String(), "limits are not counted") {
		t.Error("the log does not say that limits are not counted")
	}
}

// The limits of key, shopper and tenant hold on every route that costs something, for the shopper that an app speaks for too.
func TestLimitsOfTheMinute(t *testing.T) {
	shared := cluster.Memory()
	h := plan{options: func(o *Options) {
		shared.Now = o.Now
		o.Ledger = usage.Open(usage.Options{Sink: nowhere{}, Counter: shared, Now: o.Now, Default: usage.Default{Shopper: shop.Limits{Requests: 2}, Key: shop.Limits{Requests: 4}}})
		t.Cleanup(func() { _ = o.Ledger.Close() })
	}}.open(t)
	a := h.do("POST", "/v1/chat/completions", "ann", ask("one")).want(200)
	if a.header.Get("X-Ratelimit-Limit-Requests") != "2" || a.header.Get("X-Ratelimit-Remaining-Requests") != "1" {
		t.Errorf("headers %v", a.header)
	}
	h.chat("ann", "c1", "m1", "two")
	h.do("POST", "/api/chat", "ann", say("c1", "m2", "three")).waits(t, "rate_limit_exceeded")
	h.do("GET", "/v1/models", "ann", nil).want(200)
	for i := range 2 {
		h.do("POST", "/v1/chat/completions", "app", with(ask("hello"), "user", fmt.Sprint("u", i))).want(200)
		h.do("POST", "/v1/chat/completions", "app", with(ask("hello"), "user", fmt.Sprint("u", i))).want(200)
	}
	wait := h.do("POST", "/v1/chat/completions", "app", with(ask("hello"), "user", "u9")).waits(t, "rate_limit_exceeded") // the key's
	h.now.Add(wait)
	h.do("POST", "/v1/chat/completions", "app", with(ask("hello"), "user", "u9")).want(200)
}

type nowhere struct{}

func (nowhere) SaveCalls(context.Context, []chat.Call) error { return nil }

func TestDemoLimitsAllowScripts(t *testing.T) {
	h := plan{options: func(o *Options) {
		o.Demo = &DemoOptions{Tenant: acme, Shoppers: [2]string{"ann", "bob"}}
		o.Limits = Limits{Turns: 1, Tokens: 1, Requests: 1}
	}}.open(t)
	for i := range 150 {
		h.do("GET", "/v1/models", "demo-shopper", nil).want(200)
		if i%50 == 0 {
			h.chat("demo-shopper", "c1", fmt.Sprint("m", i), "hello")
		}
	}
	h.now.Add(time.Second)
	for range 100 {
		h.do("GET", "/v1/models", "demo-shopper", nil).want(200)
	}
	for set, want := range map[float64]float64{0: 100, 1: 100, 300: 300, -1: math.Inf(1)} {
		if got := (Limits{Requests: set}).demo().filled().Requests; got != want {
			t.Errorf("with key_rate = %v a demo allows %v requests a second, want %v", set, got, want)
		}
	}
}

func TestDraining(t *testing.T) {
	h := plan{}.open(t)
	h.do("GET", "/readyz", "", nil).want(200)
	h.server.Drain()
	h.do("POST", "/api/chat", "ann", say("c1", "m1", "hello")).refused(503, "draining").clear()
	h.do("POST", "/v1/chat/completions", "ann", ask("hello")).refused(503, "draining").clear()
	h.do("GET", "/readyz", "", nil).want(503)
	h.do("GET", "/healthz", "", nil).want(200)
	h.do("GET", "/api/conversations", "ann", nil).want(200)
}
