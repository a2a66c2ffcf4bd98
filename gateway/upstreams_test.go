package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// canary stands in everything that the odd endpoints say: none of it may reach a client.
const canary = "canary-of-the-endpoint"

// oddities are endpoints that answer what no model does.
func oddities(elsewhere string) map[string]http.HandlerFunc {
	hijack := func(w http.ResponseWriter, text string) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(c, text)
		_ = c.(*net.TCPConn).Close()
	}
	return map[string]http.HandlerFunc{
		"HTML": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html><body>"+canary+"</body></html>")
		},
		"HTML that is called a stream": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "<html><body>"+canary+"</body></html>")
		},
		"nothing":           func(http.ResponseWriter, *http.Request) {},
		"no content":        func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"JSON of no answer": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `["`+canary+`"]`) },
		"an endless event": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, `data: {"choices":[{"delta":{"content":"`+canary)
			for r.Context().Err() == nil {
				if _, err := w.Write(bytes.Repeat([]byte("a"), 1<<20)); err != nil {
					return
				}
			}
		},
		"a length that is a lie": func(w http.ResponseWriter, _ *http.Request) {
			hijack(w, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{\"choices\":[{\"message\":{\"content\":\""+canary)
		},
		"a head without end": func(w http.ResponseWriter, _ *http.Request) {
			hijack(w, "HTTP/1.1 200 OK\r\nX-Long: "+strings.Repeat("a", 2<<20)+"\r\n\r\n{}")
		},
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere, http.StatusTemporaryRedirect)
		},
		"a gzip bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "application/json")
			z := gzip.NewWriter(w)
			for range 200 {
				if _, err := z.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
			_ = z.Close()
		},
		"a refusal in HTML": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, "<html>"+canary+"</html>")
		},
		"a key that is refused": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":{"message":"Incorrect API key provided: `+canary+`"}}`)
		},
		"garbage": func(w http.ResponseWriter, _ *http.Request) { hijack(w, "SSH-2.0-"+canary+"\r\n") },
	}
}

// Whatever an endpoint answers, a raw request gets a right status and one clear error, an assistant the built-in answer; nothing of the
// endpoint's words leaks, nobody is asked who was not configured.
func TestOddUpstreams(t *testing.T) {
	var strangers atomic.Int64
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strangers.Add(1) }))
	defer stranger.Close()
	for name, answer := range oddities(stranger.URL + "/v1/chat/completions") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			up := httptest.NewServer(answer)
			t.Cleanup(up.Close)
			p := serve(t, "--demo", "--model-url", up.URL+"/v1", "--model", "odd", "--model-key", "sk-"+canary)
			for _, stream := range []bool{false, true} {
				status, raw := request(t, http.MethodPost, p.url+"/v1/chat/completions", "demo-app", map[string]any{
					"model": "odd", "stream": stream, "messages": []any{map[string]any{"role": "user", "content": "hi"}},
				})
				if status != 502 && status != 503 && status != 504 || !strings.HasPrefix(string(raw), `{"error":{"message":"`) || strings.Contains(string(raw), canary) {
					t.Errorf("raw, stream %v: %d %.300s", stream, status, raw)
				}
			}
			got := ask(t, p.url, "demo-shopper", "kettle")
			if got.Shop.Rung != "rules" || got.Shop.Ending != "completed" || strings.Contains(fmt.Sprint(got), canary) {
				t.Errorf("assistant: %+v", got.Shop)
			}
			if _, ready := request(t, http.MethodGet, p.url+"/readyz", "", nil); strings.Contains(string(ready), canary) {
				t.Errorf("/readyz: %s", ready)
			}
			if log := p.log.String(); strings.Contains(log, "sk-"+canary) {
				t.Error("the key is in the log")
			}
			if mb := p.memory(t, "VmHWM"); mb > 400 {
				t.Errorf("the process took %.0f MB", mb)
			}
		})
	}
	t.Cleanup(func() {
		if n := strangers.Load(); n != 0 {
			t.Errorf("a stranger was asked %d times", n)
		}
	})
}
