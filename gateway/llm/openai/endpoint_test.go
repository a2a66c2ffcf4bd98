package openai

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
)

// endpoint is a model server on loopback that answers with its handlers in order, the last one again and again.
type endpoint struct {
	*httptest.Server
	mu       sync.Mutex
	handlers []http.HandlerFunc
	bodies   []string
	heads    []http.Header
}

func serve(t *testing.T, handlers ...http.HandlerFunc) *endpoint {
	t.Helper()
	e := &endpoint{handlers: handlers}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		h := e.handlers[0]
		if len(e.handlers) > 1 {
			e.handlers = e.handlers[1:]
		}
		e.bodies, e.heads = append(e.bodies, string(raw)), append(e.heads, r.Header.Clone())
		e.mu.Unlock()
		h(w, r)
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) requests() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string(nil), e.bodies...)
}

// body is the n-th request as JSON.
func (e *endpoint) body(t *testing.T, n int) map[string]json.RawMessage {
	t.Helper()
	rs := e.requests()
	if n >= len(rs) {
		t.Fatalf("%d requests came, want number %d", len(rs), n)
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(rs[n]), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// stream answers with lines as they are, each flushed.
func stream(lines ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, l := range lines {
			if _, err := io.WriteString(w, l+"\n\n"); err != nil {
				return
			}
			w.(http.Flusher).Flush()
		}
	}
}

// eventwise gives a response's body line by line, as an endpoint does that is slower than its reader.
type eventwise struct{ http.RoundTripper }

func (e eventwise) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := e.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = &lines{resp.Body, bufio.NewReader(resp.Body), nil}
	}
	return resp, err
}

type lines struct {
	io.Closer
	in   *bufio.Reader
	rest []byte
}

func (l *lines) Read(p []byte) (int, error) {
	var err error
	if len(l.rest) == 0 {
		l.rest, err = l.in.ReadBytes('\n')
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, err
}

func refuse(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// Chunks of a stream.
const done = "data: [DONE]"

func delta(fields string) string {
	return `data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{` + fields + `},"finish_reason":null}]}`
}
func says(s string) string { return delta(`"content":` + string(mustJSON(s))) }
func ends(reason string) string {
	return `data: {"choices":[{"index":0,"delta":{},"finish_reason":"` + reason + `"}]}`
}

// spoken is text in pieces of n characters, then its ending.
func spoken(text string, n int, ending ...string) []string {
	var out []string
	for rs := []rune(text); len(rs) > 0; {
		k := min(n, len(rs))
		out = append(out, says(string(rs[:k])))
		rs = rs[k:]
	}
	return append(out, ending...)
}

func client(t *testing.T, url string, change ...func(*Options)) *Client {
	t.Helper()
	n := 0
	o := Options{URL: url, Model: "m", NewID: func() string { n++; return fmt.Sprintf("id%d", n) }}
	for _, f := range change {
		f(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// heard is an answer put together.
type heard struct {
	Text, Reasoning string
	Calls           []string // name args
	IDs             []string
	Finish          llm.Finish
	Usage           *chat.Usage
	Err             *llm.Error
	Pieces          []string
}

func listen(t *testing.T, m llm.Model, req *llm.Request) heard {
	t.Helper()
	var h heard
	for d, err := range m.Stream(t.Context(), req) {
		if err != nil {
			if !errors.As(err, &h.Err) {
				t.Fatalf("the error is a %T: %v", err, err)
			}
			continue
		}
		if h.Err != nil {
			t.Fatal("a delta after the error")
		}
		if h.Finish != "" && (d.Text != "" || d.Call != nil) {
			t.Fatal("a delta after the ending")
		}
		if d.Text != "" {
			h.Pieces = append(h.Pieces, d.Text)
		}
		h.Text += d.Text
		h.Reasoning += d.Reasoning
		if d.Call != nil {
			h.Calls = append(h.Calls, d.Call.Name+" "+string(d.Call.Args))
			h.IDs = append(h.IDs, d.Call.ID)
		}
		if d.Finish != "" {
			h.Finish = d.Finish
		}
		if d.Usage != nil {
			h.Usage = d.Usage
		}
	}
	return h
}

// want fails unless the answer is whole and as said.
func (h heard) want(t *testing.T, text string, finish llm.Finish, calls ...string) {
	t.Helper()
	if h.Err != nil {
		t.Fatalf("error %v", h.Err)
	}
	if h.Text != text {
		t.Errorf("text %.200q, want %.200q", h.Text, text)
	}
	if strings.Join(h.Calls, "\n") != strings.Join(calls, "\n") {
		t.Errorf("calls %q, want %q", h.Calls, calls)
	}
	if h.Finish != finish {
		t.Errorf("finish %q, want %q", h.Finish, finish)
	}
	for _, id := range h.IDs {
		if id == "" {
			t.Error("a call without an id")
		}
	}
}

// fails fails unless the answer broke off with the kind.
func (h heard) fails(t *testing.T, kind llm.Kind) *llm.Error {
	t.Helper()
	if h.Err == nil {
		t.Fatalf("no error; text %.200q, finish %q, calls %q", h.Text, h.Finish, h.Calls)
	}
	if h.Err.Kind != kind {
		t.Errorf("kind %v (%v), want %v", h.Err.Kind, h.Err, kind)
	}
	if h.Finish != "" {
		t.Errorf("an ending %q beside the error", h.Finish)
	}
	return h.Err
}

// A read and a write, checked as the assistant's tools are.
func tools() []llm.Tool {
	check := func(must string) func(json.RawMessage) error {
		return func(args json.RawMessage) error {
			var m map[string]any
			if err := json.Unmarshal(args, &m); err != nil {
				return err
			}
			if _, ok := m[must].(string); !ok {
				return fmt.Errorf("needs %q", must)
			}
			return nil
		}
	}
	return []llm.Tool{
		{
			Name: "search_products", Description: "Searches.", Check: check("query"), Mend: true,
			Input: json.RawMessage(`{"type":"object","properties":{"query":{"type":"string"},"limit":{"type":"integer"},"brands":{"type":["null","array"]},"code":{"type":"string"}},"required":["query"]}`),
		},
		{
			Name: "cancel_order", Description: "Cancels.", Check: check("order"),
			Input: json.RawMessage(`{"type":"object","properties":{"order":{"type":"string"}},"required":["order"]}`),
		},
	}
}

func ask(text string) *llm.Request {
	return &llm.Request{System: "You sell.", Messages: []chat.Message{{Role: chat.User, Text: text}}, Tools: tools(), MaxTokens: 100}
}

func plain(text string) *llm.Request {
	r := ask(text)
	r.Tools = nil
	return r
}

// shared opens a file of the public test data beside the repository.
func shared(t *testing.T, name string) []byte {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, "..", "shared", "testdata", name))
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return raw
}

func cancelled(ctx context.Context, c *Client, req *llm.Request) (out []llm.Delta, err error) {
	for d, e := range c.Stream(ctx, req) {
		if e != nil {
			return out, e
		}
		out = append(out, d)
	}
	return out, nil
}
