package connector

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"shopkeeper/shop"
)

const secret = "0123456789abcdef0123456789abcdef"

// The example of the description is what the code computes.
func TestSignatures(t *testing.T) {
	d := draft{
		method: "GET", target: "/shopkeeper/v1/shoppers/ann/orders?limit=5", key: "acme", secret: secret, at: time.Unix(1772366400, 0), nonce: "nonce-0123456789",
	}
	request := d.signature()
	answer := answerSignature(secret, request, 200, []byte(`{"orders":[]}`))
	raw, err := os.ReadFile("../../docs/connector.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{request, answer} {
		if !bytes.Contains(raw, []byte("`"+s+"`")) {
			t.Errorf("docs/connector.yaml does not name %s", s)
		}
	}
	all := map[string]bool{request: true, answer: true}
	for name, change := range map[string]func(*draft){
		"method": func(d *draft) { d.method = "POST" },
		"path":   func(d *draft) { d.target = strings.Replace(d.target, "ann", "bob", 1) },
		"query":  func(d *draft) { d.target += "0" },
		"once":   func(d *draft) { d.once = "p_1" },
		"body":   func(d *draft) { d.body = []byte("{}") },
		"key":    func(d *draft) { d.key = "other" },
		"secret": func(d *draft) { d.secret += "x" },
		"time":   func(d *draft) { d.at = d.at.Add(time.Second) },
		"nonce":  func(d *draft) { d.nonce += "x" },
	} {
		other := d
		change(&other)
		if all[other.signature()] {
			t.Errorf("%s is not signed", name)
		}
		all[other.signature()] = true
	}
	for name, s := range map[string]string{
		"request": answerSignature(secret, answer, 200, []byte(`{"orders":[]}`)), "status": answerSignature(secret, request, 404, []byte(`{"orders":[]}`)),
		"body": answerSignature(secret, request, 200, []byte(`{"orders":[1]}`)), "secret": answerSignature(secret+"x", request, 200, []byte(`{"orders":[]}`)),
	} {
		if all[s] {
			t.Errorf("%s of an answer is not signed", name)
		}
	}
}

// A nonce works once, for as long as its request could come again.
func TestReplays(t *testing.T) {
	now := time.Unix(1772366400, 0)
	v := &verifier{secrets: map[string]string{"acme": secret, "next": secret + "2"}, now: func() time.Time { return now }}
	ask := func(change func(*draft)) string {
		d := draft{method: "GET", target: Root + "/shoppers/ann", key: "acme", secret: secret, at: now, nonce: "nonce-0123456789"}
		change(&d)
		r := httptest.NewRequestWithContext(context.Background(), d.method, "/api"+d.target, nil)
		for k, s := range map[string]string{headerKey: d.key, headerTime: d.stamp(), headerNonce: d.nonce, headerSignature: d.signature()} {
			r.Header.Set(k, s)
		}
		if _, no := v.verify(r, nil); no != nil {
			return no.Code
		}
		return ""
	}
	began := now
	for i, c := range []struct {
		after  time.Duration
		change func(*draft)
		want   string
	}{
		{0, func(d *draft) { d.secret += "x" }, "bad_signature"},
		{0, func(d *draft) { d.key = "none" }, "bad_signature"},
		{0, func(d *draft) { d.nonce = "short" }, "bad_nonce"},
		{0, func(d *draft) { d.at = now.Add(5 * time.Minute) }, ""},
		{0, func(d *draft) {}, "replayed"},
		{0, func(d *draft) { d.key, d.secret = "next", secret+"2" }, ""},
		{0, func(d *draft) { d.at, d.nonce = now.Add(-5*time.Minute-time.Second), "another-nonce-00" }, "stale"},
		{0, func(d *draft) { d.at, d.nonce = now.Add(5*time.Minute+time.Second), "another-nonce-01" }, "stale"},
		{9 * time.Minute, func(d *draft) { d.nonce = "another-nonce-02" }, ""},
		{10 * time.Minute, func(d *draft) { d.at = began.Add(5 * time.Minute) }, "replayed"}, // the last moment at which it is not stale
		{11 * time.Minute, func(d *draft) { d.nonce = "another-nonce-03" }, ""},
		{11 * time.Minute, func(d *draft) { d.nonce = "another-nonce-02" }, "replayed"},
		{11 * time.Minute, func(d *draft) { d.at = began.Add(5 * time.Minute) }, "stale"},
	} {
		now = began.Add(c.after)
		if got := ask(c.change); got != c.want {
			t.Errorf("%d: %q, want %q", i, got, c.want)
		}
	}
}

// Plain HTTP does not leave the machine's own network.
func TestPrivate(t *testing.T) {
	for addr, ok := range map[string]bool{
		"127.0.0.1:80": true, "[::1]:80": true, "10.1.2.3:80": true, "192.168.0.7:8080": true, "[fd00::1]:80": true, "[::ffff:10.0.0.1]:80": true,
		"198.51.100.7:80": false, "169.254.169.254:80": false, "[2001:db8::1]:80": false, "[::ffff:198.51.100.7]:80": false, "0.0.0.0:80": false, "": false,
	} {
		if err := private("tcp", addr, nil); (err == nil) != ok {
			t.Errorf("%q: %v", addr, err)
		}
	}
}

var theAction = shop.Action{
	Tenant: "acme", Kind: "cancel_order", Shopper: "ann", Record: "o1", Args: []byte(`{"reason":"other"}`), Revision: 7, Delta: shop.Money{Minor: -3990, Currency: "USD"},
}

func TestDecodeOutcome(t *testing.T) {
	for body, want := range map[string]shop.OutcomeState{
		`{"key":"k","record":"o1","on":7,"state":"done","revision":8}`:                                                shop.OutcomeDone,
		`{"key":"k","record":"o1","on":7,"state":"done","revision":7,"msg":"o1-2"}`:                                   shop.OutcomeDone,
		`{"key":"k","record":"o1","on":7,"state":"refused","code":"record_changed","msg":"It changed.","revision":9}`: shop.OutcomeRefused,
		`{"key":"k","record":"o1","on":7,"state":"unclear"}`:                                                          shop.OutcomeUnclear,
		`{"key":"K","record":"o1","on":7,"state":"done","revision":8}`:                                                "",
		`{"record":"o1","on":7,"state":"done","revision":8}`:                                                          "",
		`{"key":"k","record":"o2","on":7,"state":"done","revision":8}`:                                                "",
		`{"key":"k","record":"o1","on":6,"state":"done","revision":8}`:                                                "",
		`{"key":"k","record":"o1","state":"done","revision":8}`:                                                       "",
		`{"key":"k","record":"o1","on":7,"state":"done"}`:                                                             "",
		`{"key":"k","record":"o1","on":7,"state":"done","revision":6}`:                                                "",
		`{"key":"k","record":"o1","on":7,"state":"done","revision":9007199254740992}`:                                 "",
		`{"key":"k","record":"o1","on":7,"state":"done","revision":8,"code":"x"}`:                                     "",
		`{"key":"k","record":"o1","on":7,"state":"DONE","revision":8}`:                                                "",
		`{"key":"k","record":"o1","on":7,"revision":8}`:                                                               "",
		`{"key":"k","record":"o1","on":7,"state":"refused"}`:                                                          "",
		`{"key":"k","record":"o1","on":7,"state":"refused","code":"No Way","msg":"No."}`:                              "",
		`{"key":"k","record":"o1","on":7,"state":"refused","code":"no","msg":" "}`:                                    "",
		`{"key":"k","record":"o1","on":7,"state":"refused","code":"no","msg":"a\nb"}`:                                 "",
		`{"key":"k","record":"o1","on":7,"state":"refused","code":"no","msg":"` + strings.Repeat("a", 501) + `"}`:     "",
		`{"key":"k","record":"o1","on":7,"state":"done","revision":8,"extra":1}`:                                      "",
		`{"key":"k","record":"o1","on":7,"state":"done","revision":8} {}`:                                             "",
		`[{"key":"k","record":"o1","on":7,"state":"done","revision":8}]`:                                              "",
		`"done"`: "", `null`: "", `true`: "", ``: "", `{`: "", "\xff": "",
	} {
		o, err := decodeOutcome(http.StatusOK, []byte(body), "k", theAction)
		if o.State != want || (err == nil) != (want != "") {
			t.Errorf("%s: %+v, %v", body, o, err)
		}
		for _, status := range []int{201, 202, 204, 302, 400, 404, 409, 422, 429, 500, 503} {
			o, err := decodeOutcome(status, []byte(body), "k", theAction)
			if ok := status == 422 && want == shop.OutcomeRefused; (err == nil) != ok {
				t.Errorf("%d %s: %+v, %v", status, body, o, err)
			}
		}
	}
}

// Whatever the shop's system answers: never more is known than it said of this very key.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{
		`{"key":"k","record":"o1","on":7,"state":"done","revision":8}`, `{"key":"k","record":"o1","on":7,"state":"refused","code":"no","msg":"No."}`,
		`{"key":"k","record":"o1","on":7,"state":"unclear"}`, `{"error":{"code":"internal","msg":"x"}}`, `{"Key":"k","key":"K"}`, `null`, "\xff", `{"key":"k"`,
	} {
		f.Add(200, []byte(s))
		f.Add(422, []byte(s))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		o, err := decodeOutcome(status, body, "k", theAction)
		if err != nil {
			if o != (shop.Outcome{}) || len(err.Error()) > 4000 {
				t.Fatalf("%+v beside an error of %d bytes", o, len(err.Error()))
			}
			return
		}
		var said map[string]any
		if err := json.Unmarshal(body, &said); err != nil {
			t.Fatalf("read from what is no JSON: %v", err)
		}
		switch o.State {
		case shop.OutcomeDone:
			if status != 200 || o.Revision < 7 || o.Code != "" {
				t.Fatalf("%d %s: %+v", status, body, o)
			}
		case shop.OutcomeRefused:
			if o.Code == "" || o.Msg == "" {
				t.Fatalf("%s: %+v", body, o)
			}
		case shop.OutcomeUnclear:
		default:
			t.Fatalf("%s: %+v", body, o)
		}
		if !bytes.Contains(body, []byte("done")) && !bytes.Contains(body, []byte(`\u`)) && o.State == shop.OutcomeDone {
			t.Fatalf("%s: done", body)
		}
	})
}

// What is read as an order or an account can be written and read again, and is the same.
func FuzzRecords(f *testing.F) {
	f.Add([]byte(`{"id":"o1","shopper":"ann","status":"paid","placed":"2026-03-01T00:00:00Z","items":[{"product":"p","title":"t","price":{"minor":1,"currency":"USD"},"qty":1}],"shipping":{"minor":0,"currency":"USD"},"discount":{"minor":0,"currency":"USD"},"total":{"minor":1,"currency":"USD"},"address":{},"revision":1}`))
	f.Add([]byte(`{"id":"ann","name":"Ann","methods":[{"id":"c","kind":"card","last4":"4242"}],"revision":1}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if o, err := decode[shop.Order](body); err == nil && checkOrder(o) == nil {
			again, err := encode(o)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := decode[shop.Order](again); err != nil {
				t.Fatalf("%s: %v", again, err)
			}
		}
		if a, err := decode[Account](body); err == nil && checkAccount(a) == nil {
			if got := accountOf(a.person()); got.ID != a.ID || got.Revision != a.Revision || len(got.Methods) != len(a.Methods) {
				t.Fatalf("%+v", got)
			}
		}
	})
}

// Whatever comes to the reference connector: it refuses what is not signed and does nothing.
func FuzzServer(f *testing.F) {
	f.Add("GET", "/shoppers/ann", "acme", "1772366400", "nonce-0123456789", strings.Repeat("0", 64), []byte(""))
	f.Add("POST", "/actions", "acme", "-1", "", "", []byte(`{"kind":"cancel_order"}`))
	s := NewServer(ServerOptions{Tenant: "acme", Secrets: map[string]string{"acme": secret}, Now: func() time.Time { return time.Unix(1772366400, 0) }})
	f.Fuzz(func(t *testing.T, method, path, key, at, nonce, signature string, body []byte) {
		r, err := http.NewRequestWithContext(context.Background(), method, "http://shop.internal", io.NopCloser(bytes.NewReader(body)))
		if err != nil {
			return
		}
		r.URL.Path, r.RequestURI = Root+path, Root+path
		for k, v := range map[string]string{headerKey: key, headerTime: at, headerNonce: nonce, headerSignature: signature, headerOnce: key} {
			r.Header.Set(k, v)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r) // it has no records: to reach them would be a panic
		if w.Code < 300 || w.Header().Get(headerSignature) != "" {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
}
