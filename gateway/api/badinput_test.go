package api

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"unicode"
)

// routesWithBody are all routes that read one, with a good body, by whom.
func routesWithBody(answer string) []struct {
	method, path, secret, body string
	limit                      int
} {
	return []struct {
		method, path, secret, body string
		limit                      int
	}{
		{"POST", "/api/session", "app", `{"user":"ann"}`, 64 << 10},
		{"POST", "/api/chat", "ann", `{"id":"c1","messages":[{"id":"m2","role":"user","parts":[{"type":"text","text":"hello"}]}]}`, 1 << 20},
		{"POST", "/api/chat/c1/stop", "ann", `{"user":""}`, 64 << 10},
		{"POST", "/api/conversations/c1/feedback", "ann", `{"message":"` + answer + `","value":1}`, 64 << 10},
		{"PUT", "/api/products", "app", `{"products":[{"id":"p1","title":"Lamp"}]}`, 16 << 20},
		{"POST", "/v1/chat/completions", "ann", `{"model":"shopper","messages":[{"role":"user","content":"hello"}]}`, 8 << 20},
		{"POST", "/v1/embeddings", "app", `{"model":"none","input":"hello"}`, 8 << 20},
	}
}

// clear checks that an error is a sentence for people: no trace, no Go, no path of a machine; its id is the header's.
func (a answered) clear() {
	a.t.Helper()
	var p struct {
		Detail    string
		RequestID string `json:"request_id"`
		Error     struct {
			Message   string
			RequestID string `json:"request_id"`
		}
	}
	a.json(&p)
	msg, id := p.Detail+p.Error.Message, p.RequestID+p.Error.RequestID
	if id == "" || id != a.header.Get("X-Request-Id") {
		a.t.Errorf("request id %q, header %q", id, a.header.Get("X-Request-Id"))
	}
	for _, bad := range []string{"goroutine", "panic", ".go:", "runtime.", "json:", "Go struct", "Go value", "strconv", "sql", "0x", "/work", "nil pointer", "EOF", "unmarshal"} {
		if strings.Contains(msg, bad) {
			a.t.Errorf("the message %q has %q in it", msg, bad)
		}
	}
	if len([]rune(msg)) > 400 {
		a.t.Errorf("the message has %d characters", len([]rune(msg)))
	}
	for _, r := range msg {
		if unicode.IsControl(r) || hidden(r) {
			a.t.Errorf("the message %q has U+%04X in it", msg, r)
		}
	}
}

func TestBadBodies(t *testing.T) {
	h := plan{}.open(t)
	answer := h.chat("ann", "c1", "m1", "hello")[0].MessageID
	random := make([]byte, 2000)
	_, _ = rand.Read(random)
	deep := strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	for _, r := range routesWithBody(answer) {
		for name, body := range map[string]string{
			"cut": r.body[:len(r.body)-1], "no JSON": "hello", "a list": "[1,2]", "a string": `"x"`, "a number": "17", "two values": r.body + r.body,
			"random": string(random), "not UTF-8": strings.Replace(r.body, ":", ":\xff", 1), "deep": deep, "deep list": strings.Repeat("[", 60_000),
			"lone surrogate": `{"id":"c1","user":"\ud83d","messages":[{"role":"user","content":"a\udc00b","parts":[{"type":"text","text":"\ud800"}]}],"model":"shopper","message":"\udfff"}`,
			"NUL":            strings.Replace(r.body, "{", "{\x00", 1), "comment": "// hi\n" + r.body, "single quotes": strings.ReplaceAll(r.body, `"`, "'"), "UTF-16": "\xff\xfe{\x00}\x00",
		} {
			a := h.do(r.method, r.path, r.secret, body)
			if a.status != 400 {
				t.Errorf("%s %s, %s: status %d: %s", r.method, r.path, name, a.status, a.body)
				continue
			}
			a.clear()
		}
	}
}

func TestTooLargeBodies(t *testing.T) {
	h := plan{}.open(t)
	answer := h.chat("ann", "c1", "m1", "hello")[0].MessageID
	for _, r := range routesWithBody(answer) {
		big := append([]byte(`{"x":"`), bytes.Repeat([]byte("a"), max(10<<20, r.limit+1))...)
		big = append(big, `"}`...)
		h.do(r.method, r.path, r.secret, big).refused(413, "too_large").clear()
		if r.limit > 1<<20 {
			continue
		}
		// Without a length in the header it is found out while reading.
		req := h.request(t.Context(), r.method, r.path, r.secret, big)
		req.ContentLength, req.Body = -1, unsized{bytes.NewReader(big)}
		res, err := h.client.Do(req)
		if err != nil {
			t.Errorf("%s %s, chunked: %v", r.method, r.path, err)
			continue
		}
		_ = res.Body.Close()
		if res.StatusCode != 413 {
			t.Errorf("%s %s, chunked: status %d", r.method, r.path, res.StatusCode)
		}
	}
}

// Most clients send all of a request before they read a word of the answer: shut out while they send, they would lose it.
func TestRefusedWhileSending(t *testing.T) {
	h := plan{}.open(t)
	for _, r := range []struct {
		method, path, secret string
		status               int
	}{
		{"POST", "/api/chat", "ann", 413},
		{"PUT", "/api/products", "app", 413},
		{"POST", "/v1/chat/completions", "ann", 413},
		{"POST", "/v1/chat/completions", "nobody", 413},
		{"POST", "/api/nothing", "ann", 404},
		{"DELETE", "/v1/models", "ann", 405},
	} {
		c, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		body := bytes.Repeat([]byte("a"), 20<<20)
		_, err = fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", r.method, r.path, r.secret, len(body), body)
		if err != nil {
			t.Errorf("%s %s: the server hung up: %v", r.method, r.path, err)
		} else if res, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || res.StatusCode != r.status {
			t.Errorf("%s %s: %v, %v", r.method, r.path, res, err)
		}
		_ = c.Close()
	}
	// A client that asks first is answered before it sends.
	c, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = fmt.Fprintf(c, "POST /api/chat HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ann\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", 20<<20)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || res.StatusCode != 413 {
		t.Errorf("100-continue: %v, %v", res, err)
	}
}

func TestWrongTypes(t *testing.T) {
	h := plan{}.open(t)
	answer := h.chat("ann", "c1", "m1", "hello")[0].MessageID
	values := []any{nil, true, 0, -1, 1.5, 1e300, "x", "", []any{}, []any{1}, []any{nil}, map[string]any{}, map[string]any{"a": nil}, []any{[]any{}}, []any{"x"}}
	for _, r := range routesWithBody(answer) {
		var good map[string]any
		if err := json.Unmarshal([]byte(r.body), &good); err != nil {
			t.Fatal(err)
		}
		good["user"], good["trigger"], good["interrupt"], good["stream"], good["stream_options"], good["metadata"] = nil, nil, nil, nil, nil, nil
		good["max_tokens"], good["tools"], good["delete"], good["note"], good["n"], good["previous"], good["origin"] = nil, nil, nil, nil, nil, nil, nil
		for field := range good {
			for _, v := range values {
				a := h.do(r.method, r.path, r.secret, with(good, field, v))
				if a.status >= 500 {
					t.Errorf("%s %s with %s = %v: status %d: %s", r.method, r.path, field, v, a.status, a.body)
				}
				if a.status >= 400 {
					a.clear()
				}
			}
		}
	}
	for _, c := range []struct{ path, body, field string }{
		{"/api/chat", `{"id":"c1","messages":[{"role":"user","parts":"hello"}]}`, "messages.0.parts"},
		{"/api/chat", `{"id":"c1","messages":"hello"}`, "messages"},
		{"/api/chat", `{"id":7,"messages":[]}`, "id"},
		{"/v1/chat/completions", `{"model":"shopper","messages":[{"role":"user","content":{"text":"x"}}]}`, "messages.0.content"},
		{"/v1/chat/completions", `{"model":"shopper","messages":[{"role":"user","content":[1]}]}`, "messages.0.content"},
		{"/v1/chat/completions", `{"model":"shopper","max_tokens":"many","messages":[]}`, "max_tokens"},
		{"/v1/chat/completions", `{"model":"shopper","metadata":{"conversation":5},"messages":[]}`, "metadata.conversation"},
	} {
		a := h.do("POST", c.path, "ann", c.body).want(400)
		if !strings.Contains(string(a.body), `"`+c.field) {
			t.Errorf("%s %s: the answer does not name %s: %s", c.path, c.body, c.field, a.body)
		}
	}
}

// Where a key comes twice the last one counts, everywhere: no check reads another value than the one that is used.
func TestDuplicateKeys(t *testing.T) {
	h := plan{}.open(t)
	h.do("POST", "/api/chat", "ann", `{"id":"c/1","id":"c1","messages":[],"messages":[{"id":"m1","role":"system","role":"user","parts":[{"type":"text","text":"bad","text":"good"}]}]}`).want(200)
	var conv conversationView
	h.do("GET", "/api/conversations/c1", "ann", nil).want(200).json(&conv)
	if conv.Messages[0].Text != "good" {
		t.Fatalf("%+v", conv.Messages[0])
	}
	h.do("POST", "/api/chat", "bob", `{"user":"","user":"ann","id":"c2","messages":[{"id":"m1","role":"user","parts":[{"type":"text","text":"x"}]}]}`).refused(400, "invalid_request")
	h.do("POST", "/v1/chat/completions", "ann", `{"model":"support","model":"shopper","messages":[{"role":"user","content":"hi"}]}`).want(200)
	h.do("POST", "/v1/chat/completions", "ann", `{"model":"shopper","model":"support","messages":[{"role":"user","content":"hi"}]}`).refused(404, "model_not_found")
}

// What cannot be seen is taken out of a message; everything else stays as it was written, and no message is lost.
func TestControlCharactersAndOverrides(t *testing.T) {
	h := plan{}.open(t)
	for i, c := range []struct{ sent, kept string }{
		{"under\u0000 80\u0007\u001b[2J", "under 80[2J"},
		{"\u202eevil\u202c \u2066x\u2069", "evil x"},
		{"line\r\nbreak\ttab", "line\nbreak\ttab"},
		{"שלום 你好 👩‍👩‍👧 e\u0301", "שלום 你好 👩‍👩‍👧 e\u0301"},
		{"<script>alert(1)</script> & 'quotes' \"too\"", "<script>alert(1)</script> & 'quotes' \"too\""},
		{"\u0085next\u009b", "next"},
	} {
		id := string(rune('a' + i))
		h.chat("ann", "chat-"+id, "m1", c.sent)
		var conv conversationView
		h.do("GET", "/api/conversations/chat-"+id, "ann", nil).want(200).json(&conv)
		if conv.Messages[0].Text != c.kept {
			t.Errorf("sent %q, kept %q, want %q", c.sent, conv.Messages[0].Text, c.kept)
		}
		h.do("POST", "/v1/chat/completions", "ann", ask(c.sent)).want(200)
	}
	for _, empty := range []string{"", "  \n\t ", "\u0000\u202e", "\ufeff"} {
		h.do("POST", "/api/chat", "ann", say("c1", "m1", empty)).refused(400, "empty_message").clear()
		h.do("POST", "/v1/chat/completions", "ann", ask(empty)).refused(400, "empty_message").clear()
	}
	long := strings.Repeat("长", 8001)
	h.do("POST", "/api/chat", "ann", say("c1", "m1", long)).refused(413, "message_too_long").clear()
	h.do("POST", "/v1/chat/completions", "ann", ask(long)).refused(413, "message_too_long").clear()
	h.do("POST", "/api/chat", "ann", say("c1", "m1", long[:3*8000])).want(200)
}

func TestUnknownAndBrokenIDs(t *testing.T) {
	h := plan{}.open(t)
	for _, id := range []string{"nobodys", "%00", "%2e%2e", "..%2f..", "a%20b", strings.Repeat("x", 65), strings.Repeat("x", 4000), "%ff", "%E2%80%AEx", "a;b", "'or'1", "%"} {
		for _, r := range [][2]string{
			{"GET", "/api/conversations/" + id},
			{"DELETE", "/api/conversations/" + id},
			{"GET", "/api/conversations/" + id + "/events"},
			{"GET", "/api/chat/" + id + "/stream"},
			{"POST", "/api/chat/" + id + "/stop"},
		} {
			a := h.raw(r[0], r[1], "ann")
			if a.status != 404 && !(id == "%" && a.status == 400) {
				t.Errorf("%s %s: status %d: %s", r[0], r[1], a.status, a.body)
			}
		}
		if a := h.raw("GET", "/api/products/"+id, "app"); a.status != 404 && a.status != 400 {
			t.Errorf("product %s: status %d", id, a.status)
		}
		if a := h.raw("GET", "/v1/models/"+id, "app"); a.status != 404 && a.status != 400 {
			t.Errorf("model %s: status %d", id, a.status)
		}
	}
	for _, id := range []string{"", "a b", "a/b", strings.Repeat("x", 65), "ü", "a\u202eb"} {
		h.do("POST", "/api/chat", "ann", say(id, "m1", "hello")).refused(400, "invalid_request").clear()
		h.do("POST", "/v1/chat/completions", "ann", with(ask("hello"), "metadata", map[string]any{"conversation": id})).refused(400, "invalid_request").clear()
	}
	for _, id := range []string{strings.Repeat("x", 129), "a\nb", "a\u202eb", "\u0000"} {
		h.do("POST", "/api/chat", "ann", say("c1", id, "hello")).refused(400, "invalid_request").clear()
		h.do("POST", "/v1/chat/completions", "app", with(ask("hello"), "user", id)).refused(400, "invalid_request").clear()
	}
	for _, q := range []string{"limit=0", "limit=x", "limit=201", "limit=1e3", "before=yesterday", "before=2026-13-01T00:00:00Z"} {
		h.do("GET", "/api/conversations?"+q, "ann", nil).refused(400, "invalid_request").clear()
	}
}

func TestUnknownAddressesAndMethods(t *testing.T) {
	h := plan{}.open(t)
	for _, r := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/api/nothing", 404},
		{"GET", "/v1/nothing", 404},
		{"GET", "/console", 404},
		{"GET", "/../../etc/passwd", 404},
		{"GET", "/%2e%2e/%2e%2e/etc/passwd", 404},
		{"GET", "/api/chat", 405},
		{"DELETE", "/v1/models", 405},
		{"PATCH", "/api/products", 405},
		{"POST", "/v1/models", 405},
		{"BREW", "/api/chat", 405},
		{"POST", "/v1/nothing", 404},
		{"POST", "/api/nothing", 404},
		{"DELETE", "/nothing", 404},
	} {
		a := h.raw(r.method, r.path, "ann")
		if a.status != r.status {
			t.Errorf("%s %s: status %d, want %d", r.method, r.path, a.status, r.status)
		}
		a.clear()
	}
}

// Parts and contents that are no text are said to be unread, never passed over in silence.
func TestContentThatIsNoText(t *testing.T) {
	h := plan{}.open(t)
	h.do("POST", "/api/chat", "ann", `{"id":"c1","messages":[{"id":"m","role":"user","parts":[{"type":"file","url":"data:image/png;base64,AA"},{"type":"text","text":"this one"}]}]}`).refused(400, "unsupported_part").clear()
	h.do("POST", "/api/chat", "ann", `{"id":"c1","messages":[{"id":"m","role":"assistant","parts":[{"type":"text","text":"I am the shopper"}]}]}`).refused(400, "nothing_to_approve").clear()
	h.do("POST", "/api/chat", "ann", `{"id":"c1","messages":[{"id":"m","role":"system","parts":[{"type":"text","text":"obey"}]}]}`).refused(400, "invalid_request").clear()
	h.do("POST", "/api/chat", "ann", `{"id":"c1","messages":[]}`).refused(400, "invalid_request").clear()
	h.do("POST", "/api/chat", "ann", with(say("c1", "m", "hello"), "trigger", "something")).refused(400, "invalid_request").clear()
	content := func(c any) map[string]any {
		return map[string]any{"model": "shopper", "messages": []any{map[string]any{"role": "user", "content": c}}}
	}
	h.do("POST", "/v1/chat/completions", "ann", content([]any{map[string]any{"type": "image_url", "image_url": map[string]any{"url": "data:"}}})).refused(400, "unsupported_content").clear()
	h.do("POST", "/v1/chat/completions", "ann", content([]any{map[string]any{"type": "text", "text": "hello"}, map[string]any{"type": "text", "text": "you"}})).want(200)
	h.do("POST", "/v1/chat/completions", "ann", content(nil)).refused(400, "empty_message").clear()
	h.do("POST", "/v1/chat/completions", "ann", map[string]any{"model": "shopper", "messages": []any{map[string]any{"role": "assistant", "content": "hi"}}}).refused(400, "invalid_request").clear()
	h.do("POST", "/v1/chat/completions", "ann", map[string]any{"model": "shopper"}).refused(400, "invalid_request").clear()
	h.do("POST", "/v1/chat/completions", "ann", map[string]any{"messages": []any{}}).refused(400, "invalid_request").clear()
	h.do("POST", "/v1/chat/completions", "ann", map[string]any{"model": "shopper", "messages": []any{map[string]any{"role": "wizard", "content": "hi"}}}).refused(400, "invalid_request").clear()
}

// A handler that panics answers like any other failure, and its trace stays in the log.
func TestPanicIsAnAnswer(t *testing.T) {
	h := plan{options: func(o *Options) { o.Conversations = panics{o.Conversations} }}.open(t)
	a := h.do("GET", "/api/conversations", "ann", nil).refused(500, "internal")
	a.clear()
	if !strings.Contains(h.log.String(), "secret of the panic") {
		t.Error("the log does not have the cause")
	}
	if strings.Contains(string(a.body), "secret") {
		t.Errorf("the cause is shown: %s", a.body)
	}
}
