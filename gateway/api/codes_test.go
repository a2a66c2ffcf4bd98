package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"shopkeeper/gateway/llm/llmtest"
	"shopkeeper/shop"
)

// mailed is a house that signs people in by e-mail; post is what its mails would hold.
func mailed(t *testing.T) *house {
	t.Helper()
	h := plan{options: func(o *Options) { o.Codes = o.Conversations.(Codes) }}.open(t)
	if err := h.store.PutPeople(t.Context(), "acme", []shop.Person{{ID: "ann", Email: "Ann@Example.com"}, {ID: "bob", Email: "bob@example.com"}}); err != nil {
		t.Fatal(err)
	}
	return h
}

// post is the code of the last mail, "" when nobody gets one.
func (h *house) post() (code string) {
	h.t.Helper()
	ms, err := h.store.LeaseOutbox(h.t.Context(), 2000, time.Minute)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, m := range ms {
		var ask shop.CodeMail
		if err := json.Unmarshal(m.Payload, &ask); err != nil {
			h.t.Fatal(err)
		}
		people, err := h.store.PeopleByEmail(h.t.Context(), m.Tenant, ask.Email)
		if err == nil && len(people) == 1 {
			code, err = h.store.MakeCode(h.t.Context(), m.Tenant, ask, people[0].ID)
		}
		if err != nil && !isKind(err, shop.NotFound) {
			h.t.Fatal(err)
		}
	}
	return code
}

func (h *house) ask(token, email string, headers ...string) answered {
	h.t.Helper()
	return h.do("POST", "/api/session/code", token, map[string]any{"email": email, "lang": "zh-CN"}, headers...)
}

func (h *house) verify(token, email, code string, headers ...string) answered {
	h.t.Helper()
	return h.do("POST", "/api/session/verify", token, map[string]any{"email": email, "code": code}, headers...)
}

func wrongCode(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

const site = "Origin: https://shop.example"

func TestSignInByCode(t *testing.T) {
	h := mailed(t)
	anon, other := h.session("widget", map[string]any{}, site), h.session("widget", map[string]any{}, site)
	h.chat(anon.Token, "c1", "m1", "hello")
	h.chat(other.Token, "c2", "m1", "hello")
	h.now.Add(10 * time.Minute)
	a := h.ask(anon.Token, " ann@example.COM ", site).want(202)
	if a.header.Get("Access-Control-Allow-Origin") != "https://shop.example" {
		t.Error("the page cannot read it")
	}
	var asked codeReply
	if a.json(&asked); !asked.Expires.Equal(h.now.Now().Add(10 * time.Minute)) {
		t.Errorf("%+v", asked)
	}
	code := h.post()
	if code == "" {
		t.Fatal("no code is mailed")
	}
	// Nothing is open before.
	h.do("GET", "/api/conversations/c1", "ann", nil).refused(404, "not_found")
	h.verify(other.Token, "ann@example.com", code).refused(422, "wrong_code").clear() // another session's code
	h.verify(anon.Token, "bob@example.com", code).refused(422, "wrong_code")
	h.verify(anon.Token, "ann@example.com", code, "Origin: https://evil.example").refused(403, "wrong_origin")

	var s sessionReply
	h.verify(anon.Token, "ann@example.com", code[:3]+" "+code[3:], site).want(200).json(&s)
	if s.Shopper != (sessionShopper{"ann", false}) || !s.Expires.Equal(h.now.Now().Add(15*time.Minute)) {
		t.Fatalf("%+v", s)
	}
	// What was said goes on under the new name, and is the old one's no more.
	var c conversationView
	h.do("GET", "/api/conversations/c1", s.Token, nil, site).want(200).json(&c)
	if c.Shopper != s.Shopper || len(c.Messages) != 2 {
		t.Errorf("%+v", c)
	}
	h.chat(s.Token, "c1", "m2", "and my order?")
	h.do("GET", "/api/conversations/c1", anon.Token, nil).refused(404, "not_found")
	h.do("GET", "/api/conversations/c2", s.Token, nil).refused(404, "not_found")
	h.do("GET", "/api/conversations/c2", other.Token, nil).want(200)
	h.do("GET", "/api/conversations", s.Token, nil, "Origin: https://evil.example").refused(403, "wrong_origin")

	h.verify(anon.Token, "ann@example.com", code).refused(422, "wrong_code") // once
	h.verify(s.Token, "ann@example.com", code).refused(409, "signed_in").clear()
	h.ask(s.Token, "ann@example.com").refused(409, "signed_in")
	for _, secret := range []string{code, "ann@", "bob@", s.Token} {
		if strings.Contains(strings.ToLower(h.log.String()), strings.ToLower(secret)) {
			t.Errorf("the log holds %q", secret)
		}
	}
	// The session is the widget key's: it ends with it.
	if err := h.store.RevokeKey(t.Context(), "k-widget"); err != nil {
		t.Fatal(err)
	}
	h.do("GET", "/api/conversations", s.Token, nil).refused(401, "invalid_credential")
}

// What is answered tells nobody which addresses there are: asked, tried, tried too often, each is the same to the byte.
func TestCodesAreNoOracle(t *testing.T) {
	h := mailed(t)
	talk := func(email string, mails bool) (out []string) {
		token := h.session("app", map[string]any{}).Token
		note := func(a answered) {
			head := a.header.Clone()
			for _, own := range []string{"X-Request-Id", "Date"} {
				head.Del(own)
			}
			body := strings.ReplaceAll(string(a.body), a.header.Get("X-Request-Id"), "ID")
			var lines strings.Builder
			_ = head.Write(&lines) // to memory
			out = append(out, fmt.Sprint(a.status, " ", lines.String(), body))
		}
		for range codesAddress + 1 {
			note(h.ask(token, email))
		}
		if code := h.post(); (code != "") != mails {
			t.Fatalf("%s: code %q", email, code)
		}
		for range 7 {
			note(h.verify(token, email, ""))
			note(h.verify(token, email, "not-it"))
		}
		return out
	}
	known := talk("ann@example.com", true)
	if d := cmp.Diff(known, talk("nobody@example.com", false)); d != "" {
		t.Errorf("known and unknown differ:\n%s", d)
	}
	if !strings.HasPrefix(known[0], "202 ") || !strings.HasPrefix(known[codesAddress], "429 ") || !strings.HasPrefix(known[codesAddress+1], "422 ") {
		t.Errorf("%q", known)
	}
}

func TestCodeTries(t *testing.T) {
	h := mailed(t)
	token := h.session("app", map[string]any{}).Token
	h.ask(token, "ann@example.com").want(202)
	code := h.post()
	for range 5 {
		h.verify(token, "ann@example.com", wrongCode(code)).refused(422, "wrong_code")
	}
	h.verify(token, "ann@example.com", code).refused(422, "wrong_code") // void
	h.ask(token, "ann@example.com").want(202)
	code = h.post()
	h.now.Add(10*time.Minute + time.Second)
	h.verify(token, "ann@example.com", code).refused(422, "wrong_code") // too old
	h.ask(token, "ann@example.com").want(202)
	first := h.post()
	h.ask(token, "ann@example.com").want(202)
	second := h.post()
	if first != second {
		h.verify(token, "ann@example.com", first).refused(422, "wrong_code") // another one took its place
	}
	h.verify(token, "ann@example.com", second).want(200)
}

func TestCodesAnHour(t *testing.T) {
	h := mailed(t)
	widget := func() string { return h.session("widget", map[string]any{}, site).Token }
	for range codesAddress { // of whatever session, however it is written
		h.ask(widget(), "ann@example.com").want(202)
	}
	h.ask(widget(), "ANN@example.com").waits(t, "too_many_codes")
	h.ask("app", "ann@example.com").waits(t, "too_many_codes")
	for i := range codesClient - codesAddress {
		h.ask(widget(), fmt.Sprintf("n%d@example.com", i)).want(202)
	}
	wait := h.ask(widget(), "bob@example.com").waits(t, "too_many_codes")
	h.ask("app", "bob@example.com").want(202) // a shop's own server is no crowd
	if _, refused := h.server.limits.take(t.Context(), shop.Take{
		Kind: shop.Sum, Key: "codes tenant acme", N: codesTenant - codesClient - 1, Limit: codesTenant, Until: h.now.Now().Add(wait),
	}); refused >= 0 {
		t.Fatal("the count of the tenant is not what was asked for")
	}
	h.ask("app", "last@example.com").waits(t, "too_many_codes")
	h.ask("app-other", "last@example.com").want(202)
	if h.now.Now().Add(wait).Format("04:05") != "00:00" {
		t.Errorf("it says to wait %v from %v", wait, h.now.Now())
	}
	h.now.Add(wait)
	h.ask(widget(), "ann@example.com").want(202)
}

func TestClient(t *testing.T) {
	for ip, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "::ffff:192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "": "", "x": "x",
	} {
		if got := client(ip); got != want {
			t.Errorf("%q is %q, want %q", ip, got, want)
		}
	}
}

func TestWhoMayAskForCodes(t *testing.T) {
	h := mailed(t)
	named := h.session("app", map[string]any{"user": "ann"}).Token
	for token, want := range map[string]struct {
		status int
		code   string
	}{
		"ann": {409, "signed_in"}, named: {409, "signed_in"}, "agent": {403, "forbidden"}, "merchant": {403, "forbidden"}, "admin": {403, "forbidden"},
		"widget": {403, "widget_key"}, "": {401, "missing_credential"}, "wrong": {401, "invalid_credential"},
	} {
		h.ask(token, "ann@example.com").refused(want.status, want.code).clear()
		h.verify(token, "ann@example.com", "123456").refused(want.status, want.code).clear()
	}
	// A shop's server asks for a visitor, and binds the session to its site.
	h.ask("app", "ann@example.com").want(202)
	var s sessionReply
	h.do("POST", "/api/session/verify", "app", map[string]any{"email": "ann@example.com", "code": h.post(), "origin": "https://shop.example"}).want(200).json(&s)
	if s.Shopper.ID != "ann" {
		t.Fatalf("%+v", s)
	}
	h.do("GET", "/api/conversations", s.Token, nil, site).want(200)
	h.do("GET", "/api/conversations", s.Token, nil, "Origin: https://evil.example").refused(403, "wrong_origin")
	h.do("POST", "/api/session/verify", "app", map[string]any{"email": "ann@example.com", "code": "1", "origin": "evil"}).refused(400, "invalid_request")

	// Without mail there is none of it.
	bare := plan{}.open(t)
	token := bare.session("app", map[string]any{}).Token
	bare.ask(token, "ann@example.com").refused(404, "no_mail").clear()
	bare.verify(token, "ann@example.com", "123456").refused(404, "no_mail").clear()
}

func TestCodeBadInput(t *testing.T) {
	h := mailed(t)
	token := h.session("app", map[string]any{}).Token
	for _, email := range []string{"", "ann", "ann@", "@example.com", "Ann <ann@example.com>", "ann@example.com, bob@example.com", "ann@example.com\r\nBcc: x@y.z", strings.Repeat("a", 250) + "@example.com"} {
		h.ask(token, email).refused(400, "bad_email").clear()
		h.verify(token, email, "123456").refused(400, "bad_email").clear()
	}
	h.do("POST", "/api/session/code", token, map[string]any{"email": "ann@example.com", "lang": "fr"}).refused(400, "invalid_request").clear()
	h.do("POST", "/api/session/code", token, map[string]any{"email": 7}).refused(400, "wrong_type").clear()
	h.do("POST", "/api/session/code", token, "{").want(400).clear()
	h.do("POST", "/api/session/verify", token, map[string]any{"email": "ann@example.com", "code": 123456}).refused(400, "wrong_type").clear()
	h.do("POST", "/api/session/verify", token, map[string]any{"email": "ann@example.com", "code": "1", "origin": "https://shop.example"}).refused(400, "invalid_request").clear()
	h.verify(token, "ann@example.com", strings.Repeat("1", 70)).refused(422, "wrong_code")
	for in, want := range map[string]string{"123456": "123456", "123 456": "123456", "123-456": "123456", "\uff11\uff12\uff13456": "123456", " 1\u3000": "1", strings.Repeat("1", 65): "", "12a": "12a"} {
		if got := digits(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

// A client that lost the answer gets it again under its key; a mail goes out once.
func TestCodesOnce(t *testing.T) {
	h := mailed(t)
	token := h.session("app", map[string]any{}).Token
	for range 3 {
		h.ask(token, "ann@example.com", "Idempotency-Key: k1").want(202)
	}
	ms, err := h.store.Outbox(t.Context(), "acme", 9)
	if err != nil || len(ms) != 1 {
		t.Fatal(ms, err)
	}
	code := h.post()
	first := h.verify(token, "ann@example.com", code, "Idempotency-Key: k2").want(200)
	again := h.verify(token, "ann@example.com", code, "Idempotency-Key: k2").want(200)
	if string(first.body) != string(again.body) {
		t.Errorf("%s\n%s", first.body, again.body)
	}
}

// While an answer is being written the code waits; it is as good afterwards.
func TestCodeWhileAnswering(t *testing.T) {
	wait := hold("Slow ")
	h := plan{model: turns(wait, llmtest.Say("Done.")), options: func(o *Options) { o.Codes = o.Conversations.(Codes) }}.open(t)
	if err := h.store.PutPeople(t.Context(), "acme", []shop.Person{{ID: "ann", Email: "ann@example.com"}}); err != nil {
		t.Fatal(err)
	}
	token := h.session("app", map[string]any{}).Token
	s := h.stream(http.MethodPost, "/api/chat", token, say("c1", "m1", "hello"))
	<-wait.reached
	h.ask(token, "ann@example.com").want(202)
	code := h.post()
	h.verify(token, "ann@example.com", code).refused(409, "busy").clear()
	close(wait.release)
	s.rest()
	var r sessionReply
	h.verify(token, "ann@example.com", code).want(200).json(&r)
	h.do("GET", "/api/conversations/c1", r.Token, nil).want(200)
}
