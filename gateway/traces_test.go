package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// receiver is an OTLP/HTTP collector.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	spans []*traces.Span
	raw   []byte
}

func receive(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		raw, err := io.ReadAll(req.Body)
		var m collector.ExportTraceServiceRequest
		if err != nil || req.URL.Path != "/v1/traces" || req.Header.Get("X-Token") != "t0ken" || proto.Unmarshal(raw, &m) != nil {
			t.Errorf("export to %s: %v", req.URL.Path, err)
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.raw = append(r.raw, raw...)
		for _, res := range m.ResourceSpans {
			for _, scope := range res.ScopeSpans {
				r.spans = append(r.spans, scope.Spans...)
			}
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// tree is the received spans as "root > child" paths, sorted.
func (r *receiver) tree() (paths []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	byID := map[string]*traces.Span{}
	for _, s := range r.spans {
		byID[string(s.SpanId)] = s
	}
	for _, s := range r.spans {
		path := s.Name
		for up := byID[string(s.ParentSpanId)]; up != nil; up = byID[string(up.ParentSpanId)] {
			path = up.Name + " > " + path
		}
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

func (r *receiver) attribute(span, name string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.spans {
		for _, a := range s.Attributes {
			if s.Name == span && a.Key == name {
				return a.Value.GetStringValue()
			}
		}
	}
	return ""
}

func TestTraces(t *testing.T) {
	r := receive(t)
	p := serve(t, "--demo", "--otlp", r.URL, "--otlp-header", "X-Token: t0ken")
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for key, words := range map[string]string{"demo-app": "headphones of an app", "demo-shopper": "headphones of a shopper"} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", p.url+"/v1/chat/completions", strings.NewReader(`{"model":"shopper","messages":[{"role":"user","content":"`+words+`"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+key)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Traceparent", parent)
		res, err := http.DefaultClient.Do(req)
		if err != nil || res.StatusCode != 200 {
			t.Fatal(res, err)
		}
		res.Body.Close()
	}
	const root = "POST /v1/chat/completions"
	want := []string{root, root + " > invoke_agent shopper", root + " > invoke_agent shopper > chat rules", root + " > invoke_agent shopper > commit turn", root + " > invoke_agent shopper > execute_tool search_products"}
	within(t, 5*time.Second, "the spans arrive", func() bool {
		got := r.tree()
		return !slices.ContainsFunc(want, func(path string) bool { return !slices.Contains(got, path) }) && len(got) >= 10
	})
	r.mu.Lock()
	joined := map[bool]int{} // whether it is part of the caller's trace
	for _, s := range r.spans {
		if s.Name == root {
			joined[strings.HasPrefix(string(s.TraceId), "\x0a\xf7\x65\x19")]++
		}
	}
	r.mu.Unlock()
	if joined[true] != 1 || joined[false] != 1 {
		t.Errorf("a caller's trace is joined by %d requests, not by %d: want the app's alone", joined[true], joined[false])
	}
	for span, attrs := range map[string][]string{
		"invoke_agent shopper": {"gen_ai.operation.name", "gen_ai.agent.name", "gen_ai.conversation.id", "shopkeeper.turn.ending"},
		"chat rules":           {"gen_ai.request.model", "gen_ai.provider.name"}, "execute_tool search_products": {"gen_ai.tool.name", "gen_ai.tool.call.id"}, root: {"shopkeeper.tenant.id", "shopkeeper.request.id"},
	} {
		for _, a := range attrs {
			if r.attribute(span, a) == "" {
				t.Errorf("%s lacks %s", span, a)
			}
		}
	}
	if strings.Contains(string(r.raw), "of an app") || strings.Contains(string(r.raw), "of a shopper") {
		t.Error("what was written is in the spans")
	}
}

func TestTracesWithContent(t *testing.T) {
	r := receive(t)
	p := serve(t, "--demo", "--otlp", r.URL, "--otlp-header", "X-Token: t0ken", "--trace-content")
	ask(t, p.url, "demo-shopper", "headphones of a shopper")
	within(t, 5*time.Second, "the message is in the spans", func() bool {
		return strings.Contains(r.attribute("invoke_agent shopper", "gen_ai.input.messages"), `"role":"user"`) &&
			strings.Contains(r.attribute("invoke_agent shopper", "gen_ai.input.messages"), "of a shopper") && r.attribute("invoke_agent shopper", "gen_ai.output.messages") != ""
	})
}

// A collector that takes connections and never answers costs spans, not answers; and the process still ends in time.
func TestTracesToNowhere(t *testing.T) {
	release := make(chan struct{})
	hung := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer hung.Close()
	defer close(release)
	p := serve(t, "--demo", "--otlp", hung.URL)
	for range 40 {
		ask(t, p.url, "demo-shopper", "a red kettle")
	}
	began := time.Now()
	if err := p.end(t, syscall.SIGTERM); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("the process took %v to end", took)
	}
}
