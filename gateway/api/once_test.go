package api

import (
	"fmt"
	"strings"
	"testing"

	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/llm/llmtest"
)

func counted() (*llmtest.Script, func() int) {
	s := &llmtest.Script{Loop: true, Steps: []llmtest.Step{llmtest.Say("First."), llmtest.Say("Second."), llmtest.Say("Third.")}}
	return s, func() int { return len(s.Requests()) }
}

func TestIdempotencyKey(t *testing.T) {
	model, asked := counted()
	h := plan{model: model}.open(t)
	answer := h.chat("ann", "c0", "m0", "hello")[0].MessageID
	stream := with(ask("hello"), "stream", true)
	noID := map[string]any{"id": "c2", "messages": []any{map[string]any{"role": "user", "parts": []any{map[string]any{"type": "text", "text": "hello"}}}}}
	for i, r := range []struct {
		method, path, secret string
		body                 any
	}{
		{"POST", "/api/chat", "ann", say("c1", "m1", "hello")},
		{"POST", "/api/chat", "ann", noID},
		{"POST", "/v1/chat/completions", "ann", ask("hello")},
		{"POST", "/v1/chat/completions", "ann", stream},
		{"POST", "/api/conversations/c0/feedback", "ann", map[string]any{"message": answer, "value": 1}},
		{"PUT", "/api/products", "app", `{"products":[{"id":"p1","title":"Lamp"}]}`},
		{"POST", "/api/chat/c0/stop", "ann", `{}`},
	} {
		key := fmt.Sprint("Idempotency-Key: k", i)
		one := h.do(r.method, r.path, r.secret, r.body, key)
		if one.status >= 300 {
			t.Fatalf("%s: %s", r.path, one.body)
		}
		before := asked()
		two := h.do(r.method, r.path, r.secret, r.body, key).want(one.status)
		if string(two.body) != string(one.body) || two.header.Get("Content-Type") != one.header.Get("Content-Type") || two.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s: again\n%s\nfirst\n%s", r.path, two.body, one.body)
		}
		if one.header.Get("Idempotent-Replayed") != "" || one.header.Get("X-Request-Id") == two.header.Get("X-Request-Id") {
			t.Errorf("%s: %v", r.path, two.header)
		}
		if asked() != before {
			t.Errorf("%s: the model was asked again", r.path)
		}
		// The same key and another request, and the same key of somebody else.
		other := h.do(r.method, r.path, r.secret, `{"id":"zz"}`, key)
		other.refused(409, "conflict").clear()
	}
	h.do("POST", "/v1/chat/completions", "bob", ask("hello"), "Idempotency-Key: k2").want(200)
	if got := h.do("POST", "/v1/chat/completions", "bob", ask("hello"), "Idempotency-Key: k2"); got.header.Get("Idempotent-Replayed") != "true" {
		t.Error("bob's own key is not remembered")
	}
	for _, bad := range []string{strings.Repeat("x", 256), "a\tb"} {
		h.do("POST", "/v1/chat/completions", "ann", ask("hello"), "Idempotency-Key: "+bad).refused(400, "invalid_request").clear()
	}
}

// A request that did nothing may be tried again under its key.
func TestIdempotencyKeyOfAFailure(t *testing.T) {
	fails := llmtest.Fail(&llm.Error{Kind: llm.Down})
	for _, streamed := range []bool{false, true} {
		h := plan{model: &llmtest.Script{Steps: []llmtest.Step{fails, llmtest.Say("Now it works.")}}}.open(t)
		body := with(ask("hello"), "stream", streamed)
		a := h.do("POST", "/v1/chat/completions", "ann", body, "Idempotency-Key: k")
		if !strings.Contains(string(a.body), "model_down") {
			t.Fatal(string(a.body))
		}
		a = h.do("POST", "/v1/chat/completions", "ann", body, "Idempotency-Key: k").want(200)
		if !strings.Contains(string(a.body), "Now") {
			t.Fatal(string(a.body))
		}
	}
	h := plan{}.open(t)
	h.do("PUT", "/api/products", "app", `{"products":[{"id":"p1"}]}`, "Idempotency-Key: k").refused(400, "bad_product")
	h.do("PUT", "/api/products", "app", `{"products":[{"id":"p1"}]}`, "Idempotency-Key: k").refused(400, "bad_product")
}

// A stop that is sent again, because its answer was lost, does not end the turn after the one that it was for.
func TestIdempotencyKeyOfAStop(t *testing.T) {
	wait := hold("Slow ")
	h := plan{model: turns(llmtest.Say("Hello."), wait)}.open(t)
	h.chat("ann", "c1", "m1", "hello")
	h.do("POST", "/api/chat/c1/stop", "ann", nil, "Idempotency-Key: k").want(204)
	s := h.stream("POST", "/api/chat", "ann", say("c1", "m2", "more"))
	<-wait.reached
	h.do("POST", "/api/chat/c1/stop", "ann", nil, "Idempotency-Key: k").want(204)
	close(wait.release)
	s.part("finish")
}

// While the first request runs, the second is told so; a first one whose reader left does not keep the key, and the message
// is still one.
func TestIdempotencyKeyWhileRunning(t *testing.T) {
	wait := hold("Slow ")
	h := plan{model: turns(wait, llmtest.Say("Another."))}.open(t)
	noID := map[string]any{"id": "c1", "messages": []any{map[string]any{"role": "user", "parts": []any{map[string]any{"type": "text", "text": "hello"}}}}}
	s := h.stream("POST", "/api/chat", "ann", noID, "Idempotency-Key: k")
	<-wait.reached
	h.do("POST", "/api/chat", "ann", noID, "Idempotency-Key: k").refused(409, "busy").clear()
	s.leave()
	h.eventually(func() bool { return strings.Contains(h.log.String(), "status=499") }) // the server has noticed
	close(wait.release)
	h.eventually(func() bool {
		a := h.do("POST", "/api/chat", "ann", noID, "Idempotency-Key: k")
		if a.status != 200 {
			return false
		}
		if ps, done := a.parts(); !done || textOf(ps) != "Slow " {
			t.Fatalf("the half that the first reader saw is given again: %s", types(ps))
		}
		return true
	})
	var conv conversationView
	h.do("GET", "/api/conversations/c1", "ann", nil).want(200).json(&conv)
	if len(conv.Messages) != 2 {
		t.Fatalf("%d messages: the question counts twice", len(conv.Messages))
	}
}

func TestIdempotencyKeyWithoutAStore(t *testing.T) {
	h := plan{options: func(o *Options) { o.Replies = nil }}.open(t)
	h.do("POST", "/v1/chat/completions", "ann", ask("hello"), "Idempotency-Key: k").refused(400, "idempotency_unsupported").clear()
	h.do("POST", "/v1/chat/completions", "ann", ask("hello")).want(200)
}
