package openai

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"shopkeeper/gateway/llm"
)

func TestForwardSendsTheBodyAsItCame(t *testing.T) {
	e := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Path", r.URL.Path)
		w.WriteHeader(404)
		_, _ = io.WriteString(w, `{"error":{"message":"the client's own mistake"}}`)
	})
	c := client(t, e.URL, func(o *Options) { o.Model, o.Key, o.Header = "real-name", "sk-ours", http.Header{"X-Team": {"shop"}} })
	body := "{ \"messages\": [{\"role\":\"user\",\"content\":\"\\u003cb\\u003e model\"}],\n \"model\":\"alias\", \"x\": {\"model\": \"inner\"}, \"tools\":[1.50] }"
	resp, err := c.Forward(t.Context(), "", "/chat/completions", []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 404 || string(got) != `{"error":{"message":"the client's own mistake"}}` {
		t.Errorf("%d %s %v", resp.StatusCode, got, err)
	}
	if p := resp.Header.Get("X-Path"); p != "/v1/chat/completions" {
		t.Errorf("path %q", p)
	}
	if got := e.requests()[0]; got != body {
		t.Errorf("sent\n%s\nwant\n%s", got, body)
	}
	if h := e.heads[0]; h.Get("Authorization") != "Bearer sk-ours" || h.Get("X-Team") != "shop" {
		t.Errorf("headers %v", h)
	}
}

func TestForwardRefusals(t *testing.T) {
	for status, kind := range map[int]llm.Kind{401: llm.BadKey, 402: llm.BadKey, 429: llm.RateLimited, 500: llm.Down, 503: llm.Down, 307: llm.Down} {
		e := serve(t, refuse(status, `{"error":{"message":"no"}}`, "Retry-After", "3", "Location", "http://127.0.0.1:1/"))
		c := client(t, e.URL)
		resp, err := c.Forward(t.Context(), "sk-second", "/chat/completions", []byte(`{"model":"m"}`))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if f := c.Refused(resp.StatusCode, resp.Header, body); f == nil || f.Kind != kind || f.Retry != 3*time.Second || !strings.Contains(f.Error(), "no") && status != 307 {
			t.Errorf("%d: %v", status, f)
		}
		if h := e.heads[0].Get("Authorization"); h != "Bearer sk-second" {
			t.Errorf("the key is not that of the call: %q", h)
		}
	}
	for _, status := range []int{400, 404, 422} {
		if f := client(t, "http://127.0.0.1:1").Refused(status, nil, nil); f != nil {
			t.Errorf("%d: %v", status, f)
		}
	}
	_, err := client(t, "http://127.0.0.1:1").Forward(t.Context(), "", "/chat/completions", []byte(`{}`))
	var f *llm.Error
	if !errors.As(err, &f) || f.Kind != llm.Down {
		t.Errorf("a dead endpoint: %v", err)
	}
}
