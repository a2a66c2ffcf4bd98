package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"shopkeeper/shop"
)

const secret = "a-secret-of-thirty-two-characters"

// receiver is a shop's own server: it checks signatures as docs/api.md says, and answers as a test wants.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []string // id and body of each request that came with a good signature
	bad    int
	answer func(w http.ResponseWriter, n int)
}

func receive(t *testing.T, answer func(w http.ResponseWriter, n int)) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		id, at := req.Header.Get("Webhook-Id"), req.Header.Get("Webhook-Timestamp")
		h := hmac.New(sha256.New, []byte(secret))
		_, _ = fmt.Fprintf(h, "%s.%s.%s", id, at, body)
		r.mu.Lock()
		if req.Header.Get("Webhook-Signature") == "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)) && req.Header.Get("Content-Type") == "application/json" {
			r.got = append(r.got, id+" "+string(body))
		} else {
			r.bad++
		}
		n := len(r.got) + r.bad
		r.mu.Unlock()
		if r.answer != nil {
			r.answer(w, n)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) seen() (got []string, bad int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.got...), r.bad
}

// hooked is a house with one webhook, and one event in its outbox.
func hooked(t *testing.T, url string) *house {
	t.Helper()
	h := open(t, nil)
	h.sender.Set(Setup{Webhooks: []Webhook{{Tenant: "acme", URL: url, Secret: secret}}})
	must(t, h.sender.Event(t.Context(), "acme", "e1", "suggestions.ready", "", map[string]int{"n": 1}))
	if h.pump() != 1 { // it becomes one for each webhook
		t.Fatal("nothing was in the outbox")
	}
	return h
}

// state is of the message for the webhook.
func (h *house) state() shop.OutboxMessage {
	h.t.Helper()
	ms, err := h.store.Outbox(h.t.Context(), "acme", 9)
	must(h.t, err)
	for _, m := range ms {
		if m.Target != "" {
			return m
		}
	}
	h.t.Fatal("there is no message for a webhook")
	return shop.OutboxMessage{}
}

func TestWebhook(t *testing.T) {
	r := receive(t, nil)
	h := hooked(t, r.URL)
	if h.pump() != 1 {
		t.Fatal("nothing is due")
	}
	got, bad := r.seen()
	if len(got) != 1 || bad != 0 {
		t.Fatalf("%q, %d with a bad signature", got, bad)
	}
	id, body, _ := strings.Cut(got[0], " ")
	var n struct {
		Type      string
		Timestamp time.Time
		Data      struct{ N int }
	}
	if err := json.Unmarshal([]byte(body), &n); err != nil || n.Type != "suggestions.ready" || !n.Timestamp.Equal(h.Now()) || n.Data.N != 1 || !strings.HasPrefix(id, "e1.") {
		t.Errorf("%s %s %v", id, body, err)
	}
	if m := h.state(); m.State != shop.OutboxSent || h.pump() != 0 {
		t.Errorf("%+v", m)
	}
}

// The standard's own example (github.com/standard-webhooks).
func TestSignature(t *testing.T) {
	w := Webhook{Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
	key, err := w.key()
	must(t, err)
	got := Sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestWebhooksThatListen(t *testing.T) {
	all, some, none, foreign := receive(t, nil), receive(t, nil), receive(t, nil), receive(t, nil)
	h := open(t, nil)
	h.sender.Set(Setup{Webhooks: []Webhook{
		{Tenant: "acme", URL: all.URL, Secret: secret},
		{Tenant: "acme", URL: some.URL, Secret: secret, Events: []string{"a", "b"}},
		{Tenant: "acme", URL: none.URL, Secret: secret, Events: []string{"c"}},
		{Tenant: "other", URL: foreign.URL, Secret: secret},
	}})
	ctx := t.Context()
	must(t, h.sender.Event(ctx, "acme", "e1", "a", "", 1))
	must(t, h.sender.Event(ctx, "acme", "e1", "a", "", 1)) // told twice
	must(t, h.sender.Event(ctx, "nobody", "e2", "a", "", 1))
	must(t, h.store.Enqueue(ctx, shop.OutboxMessage{Tenant: "acme", ID: "e3", Kind: shop.OutboxWebhook, Topic: "b", Payload: raw(3)})) // as by a transaction of the store
	for h.pump() > 0 {
	}
	for r, want := range map[*receiver]int{all: 2, some: 2, none: 0, foreign: 0} {
		if got, bad := r.seen(); len(got) != want || bad != 0 {
			t.Errorf("%q, %d bad, want %d", got, bad, want)
		}
	}
}

// Which answers are followed by another try, and when.
func TestWebhookAnswers(t *testing.T) {
	for status, want := range map[int]shop.OutboxState{
		200: shop.OutboxSent, 204: shop.OutboxSent, 301: shop.OutboxFailed, 307: shop.OutboxFailed, 400: shop.OutboxFailed, 401: shop.OutboxFailed, 404: shop.OutboxFailed,
		410: shop.OutboxFailed, 408: shop.OutboxWaiting, 429: shop.OutboxWaiting, 500: shop.OutboxWaiting, 503: shop.OutboxWaiting,
	} {
		elsewhere := receive(t, nil)
		r := receive(t, func(w http.ResponseWriter, n int) {
			w.Header().Set("Location", elsewhere.URL)
			if n == 1 {
				w.WriteHeader(status)
			}
			_, _ = io.WriteString(w, strings.Repeat("x", 200<<10)) // nobody reads it all
		})
		h := hooked(t, r.URL)
		h.pump()
		m := h.state()
		if m.State != want || want != shop.OutboxSent && m.Problem != fmt.Sprintf("it answered with status %d", status) {
			t.Errorf("%d: %+v", status, m)
		}
		if got, bad := elsewhere.seen(); len(got)+bad > 0 {
			t.Errorf("%d: it goes where the answer says", status)
		}
		h.pass(firstWait + time.Second)
		if again := h.pump(); again != map[bool]int{true: 1}[want == shop.OutboxWaiting] {
			t.Errorf("%d: %d more tries", status, again)
		}
		if got, bad := r.seen(); bad > 0 || want == shop.OutboxWaiting && (len(got) != 2 || got[0] != got[1]) { // known by its id, to the byte
			t.Errorf("%d: %q, %d bad", status, got, bad)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for v, want := range map[string]time.Duration{
		"120": 2 * time.Minute, "99999999": maxAsked, "Sat, 14 Mar 2026 09:36:53 GMT": 10 * time.Minute, "Sat, 14 Mar 2020 09:36:53 GMT": 0, "-5": 0, "soon": 0, "": 0,
	} {
		r := receive(t, func(w http.ResponseWriter, _ int) {
			w.Header().Set("Retry-After", v)
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		h := hooked(t, r.URL)
		h.pump()
		wait := h.state().Due.Sub(h.Now())
		if wait < want || wait > max(want, firstWait) {
			t.Errorf("%q: it waits %s, want %s", v, wait, want)
		}
	}
}

// A receiver that says nothing is left, and tried again.
func TestWebhookTimeout(t *testing.T) {
	release := make(chan struct{})
	r := receive(t, func(http.ResponseWriter, int) { <-release })
	t.Cleanup(func() { close(release) }) // before the receiver waits for it
	h := hooked(t, r.URL)
	ms, err := h.store.LeaseOutbox(t.Context(), 9, leaseFor)
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	h.sender.try(ctx, ms[0])
	if m := h.state(); m.State != shop.OutboxWaiting || !strings.Contains(m.Problem, "deadline") || strings.Contains(m.Problem, r.URL) {
		t.Errorf("%+v", m)
	}
}

// Only public addresses are connected to, whatever a name resolves to; and this machine where the configuration names it.
func TestWebhookAddresses(t *testing.T) {
	r := receive(t, nil)
	port := r.URL[strings.LastIndexByte(r.URL, ':'):]
	for name, ips := range map[string][]string{
		"https://hook.example" + port: {"127.0.0.1"}, "https://two.example" + port: {"93.184.216.34", "127.0.0.1"}, "https://six.example" + port: {"::ffff:127.0.0.1"},
		"https://none.example" + port: {}, "http://localhost" + port: {"10.0.0.1"},
	} {
		h := open(t, func(o *Options) {
			o.Lookup = func(context.Context, string) (out []netip.Addr, err error) {
				for _, ip := range ips {
					out = append(out, netip.MustParseAddr(ip))
				}
				return out, nil
			}
		})
		h.sender.Set(Setup{Webhooks: []Webhook{{Tenant: "acme", URL: name, Secret: secret}}})
		must(t, h.sender.Event(t.Context(), "acme", "e1", "x", "", 1))
		h.pump()
		h.pump()
		if m := h.state(); m.State != shop.OutboxWaiting || !strings.Contains(m.Problem, "not a public address") && !strings.Contains(m.Problem, "has no address") {
			t.Errorf("%s: %+v", name, m)
		}
	}
	if got, bad := r.seen(); len(got)+bad > 0 {
		t.Errorf("%d requests came through", len(got)+bad)
	}
	for ip, want := range map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1::1": true, "8.8.8.8": true, "::ffff:8.8.8.8": true,
		"127.0.0.1": false, "::1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "0.0.0.0": false, "::": false,
		"255.255.255.255": false, "224.0.0.1": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd12::1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false,
		"64:ff9b::7f00:1": false, "2002:7f00:1::": false, "2001:db8::1": false, "2001::1": false, "198.18.0.1": false, "240.0.0.1": false, "192.0.0.1": false, "ff02::1": false,
	} {
		if got := public(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s is public: %v", ip, got)
		}
	}
}

func TestWebhookCheck(t *testing.T) {
	for url, good := range map[string]bool{
		"https://hook.example/x?y=1": true, "http://127.0.0.1:9000/x": true, "http://localhost/x": true, "https://localhost": true, "http://[::1]:9/": true, "https://8.8.8.8/": true,
		"http://hook.example/x": false, "ftp://hook.example": false, "https://": false, "https://u:p@hook.example": false, "https://10.0.0.1/": false, "https://169.254.169.254/": false,
		"https://hook.example/#f": false, "hook.example": false, "": false, "https://[::ffff:10.0.0.1]/": false,
	} {
		if err := (Webhook{URL: url, Secret: secret}).Check(); (err == nil) != good {
			t.Errorf("%q: %v", url, err)
		}
	}
	for key, good := range map[string]bool{
		secret: true, "whsec_" + base64.StdEncoding.EncodeToString([]byte(secret)): true, "": false, "short": false, "whsec_!!": false, "whsec_c2hvcnQ=": false,
	} {
		if err := (Webhook{URL: "https://hook.example", Secret: key}).Check(); (err == nil) != good {
			t.Errorf("secret %q: %v", key, err)
		}
	}
}

// A webhook that the configuration lost is told nothing more.
func TestWebhookGone(t *testing.T) {
	r := receive(t, nil)
	h := hooked(t, r.URL)
	h.sender.Set(Setup{})
	h.pump()
	if m := h.state(); m.State != shop.OutboxFailed || m.Problem != "the configuration has this webhook no more" {
		t.Errorf("%+v", m)
	}
	if got, bad := r.seen(); len(got)+bad > 0 {
		t.Error("it was told")
	}
}
