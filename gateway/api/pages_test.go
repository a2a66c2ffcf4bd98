package api

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"shopkeeper/gateway/telemetry"
	"shopkeeper/web"
)

func built() fstest.MapFS {
	return fstest.MapFS{
		"dist/index.html":     {Data: []byte("<!doctype html><title>Shop</title>")},
		"dist/widget-more.js": {Data: []byte("export const photos = 0;")},
		"dist/widget.js":      {Data: []byte("customElements.define('shop-chat', class {});" + strings.Repeat(" // padding", 100))},
		"dist/storefront.js":  {Data: []byte("1")},
		"dist/storefront.css": {Data: []byte("a{}")},
		"dist/x.woff2":        {Data: []byte("font")},
	}
}

func TestPages(t *testing.T) {
	h := plan{options: func(o *Options) {
		o.Web = built()
		o.Picture = func(string, string, string, uint64) []byte { return []byte("<svg/>") }
	}}.open(t)
	page := h.do("GET", "/", "", nil).want(200)
	if !strings.Contains(string(page.body), "<title>Shop") || page.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatal(page)
	}
	for name, part := range map[string]string{
		"Content-Security-Policy": "script-src 'self';", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "strict-origin",
		"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-cache", "Permissions-Policy": "microphone=()",
	} {
		if got := page.header.Get(name); !strings.Contains(got, part) {
			t.Errorf("%s is %q", name, got)
		}
	}
	if p := page.header.Get("Content-Security-Policy"); strings.Contains(p, "script-src 'self' 'unsafe") || !strings.Contains(p, "frame-ancestors 'none'") {
		t.Errorf("policy %q", p)
	}
	if page.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("the page is readable elsewhere")
	}
	h.do("GET", "/index.html", "", nil).want(200)
	for _, at := range []string{"/", "/widget.js", "/healthz", "/readyz", "/openapi.yaml", "/img/x.svg"} { // what watches a service asks with HEAD
		if got := h.do("HEAD", at, "", nil).want(200); len(got.body) > 0 {
			t.Errorf("HEAD %s has a body", at)
		}
	}
	if got := h.do("POST", "/widget.js", "", nil).want(405).header.Get("Allow"); !strings.Contains(got, "GET") {
		t.Errorf("Allow: %q", got)
	}
	widget := h.do("GET", "/widget.js", "", nil, "Origin: https://shop.example").want(200)
	if widget.header.Get("Access-Control-Allow-Origin") != "*" || widget.header.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
		t.Errorf("a shop cannot embed it: %v", widget.header)
	}
	more := h.do("GET", "/widget-more.js", "", nil, "Origin: https://shop.example").want(200) // its second script
	for _, name := range []string{"Access-Control-Allow-Origin", "Cross-Origin-Resource-Policy", "Cache-Control", "Content-Type"} {
		if more.header.Get(name) != widget.header.Get(name) {
			t.Errorf("%s of the second script: %q", name, more.header.Get(name))
		}
	}
	h.do("GET", "/widget.js", "", nil, "If-None-Match: "+widget.header.Get("ETag")).want(304)
	h.do("GET", "/widget.js", "", nil, `If-None-Match: W/"other", *`).want(304)
	squeezed := h.do("GET", "/widget.js", "", nil, "Accept-Encoding: gzip").want(200)
	z, err := gzip.NewReader(strings.NewReader(string(squeezed.body)))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(z); err != nil || string(b) != string(widget.body) {
		t.Fatalf("%v, %d bytes", err, len(b))
	}
	h.do("GET", "/storefront.js", "", nil).want(200)
	h.do("GET", "/storefront.css", "", nil).want(200)
	if got := h.do("GET", "/x.woff2", "", nil).want(200).header.Get("Content-Type"); got != "font/woff2" {
		t.Error(got)
	}
	if a := h.do("HEAD", "/", "", nil).want(200); len(a.body) != 0 {
		t.Error("HEAD has a body")
	}
	for _, none := range []string{"/dist/index.html", "/.git/config", "/console", "/widget.js/x", "/Index.html"} {
		h.do("GET", none, "", nil).refused(404, "not_found").clear()
	}
}

// The pages that are embedded now are served as they are.
func TestEmbeddedPages(t *testing.T) {
	h := plan{options: func(o *Options) { o.Web = web.Dist }}.open(t)
	h.do("GET", "/", "", nil).want(200)
	h.do("GET", "/widget.js", "", nil).want(200)
}

func TestDescriptionIsServed(t *testing.T) {
	h := plan{}.open(t)
	a := h.do("GET", "/openapi.yaml", "", nil).want(200)
	if string(a.body) != string(openapi) || a.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Fatal(a.header)
	}
	h.do("GET", "/openapi.yaml", "", nil, "If-None-Match: "+a.header.Get("ETag")).want(304)
}

// TestProfiles: they hold pieces of memory, so they are not for everybody who reaches the operator's listener.
func TestProfiles(t *testing.T) {
	h := plan{}.open(t)
	for from, want := range map[string]int{"127.0.0.1:5": 200, "[::1]:5": 200, "10.0.0.7:5": 404, "": 404} {
		req := httptest.NewRequest("GET", "/debug/pprof/goroutine?debug=1", nil)
		req.RemoteAddr = from
		req.Header.Set("X-Forwarded-For", "127.0.0.1")
		w := httptest.NewRecorder()
		h.server.Operator().ServeHTTP(w, req)
		if w.Code != want || strings.Contains(w.Body.String(), "goroutine profile") != (want == 200) {
			t.Errorf("from %q: %d %.80s", from, w.Code, w.Body)
		}
	}
	if a := h.do("GET", "/debug/pprof/", "", nil); a.status == 200 && strings.Contains(string(a.body), "profile") {
		t.Fatal("the shop's listener serves profiles")
	}
}

func TestHealth(t *testing.T) {
	states, ready := map[string]string{"store": "ok", "index": "ok"}, true
	metrics, err := telemetry.NewMetrics()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = metrics.Close(context.Background()) }()
	h := plan{options: func(o *Options) {
		o.Metrics = metrics
		o.Ready = func(context.Context) (map[string]string, bool) { return states, ready }
	}}.open(t)
	operator := httptest.NewServer(h.server.Operator())
	defer operator.Close()
	detail := func(path string) (int, string) {
		res, err := http.Get(operator.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(b)
	}
	h.do("GET", "/healthz", "", nil).want(200)
	if a := h.do("GET", "/readyz", "", nil).want(200); string(a.body) != `{"status":"ready","dependencies":{"index":{"state":"ok"},"store":{"state":"ok"}}}` {
		t.Fatal(string(a.body))
	}
	states = map[string]string{"store": "ok", "model": "degraded: 10.0.0.7 answers slowly"}
	if a := h.do("GET", "/readyz", "", nil).want(200); string(a.body) != `{"status":"degraded","dependencies":{"model":{"state":"degraded"},"store":{"state":"ok"}}}` {
		t.Fatal(string(a.body))
	}
	if _, body := detail("/readyz"); !strings.Contains(body, "10.0.0.7 answers slowly") {
		t.Fatalf("the operator is not told: %s", body)
	}
	states, ready = map[string]string{"store": "down: no such file"}, false
	if a := h.do("GET", "/readyz", "", nil).want(503); !strings.Contains(string(a.body), `"not_ready"`) || strings.Contains(string(a.body), "no such file") {
		t.Fatal(string(a.body))
	}
	if status, _ := detail("/healthz"); status != 200 {
		t.Fatal(status)
	}
	h.chat("ann", "c1", "m1", "hello")
	h.do("POST", "/v1/chat/completions", "ann", ask("hello")).want(200)
	status, body := detail("/metrics")
	if status != 200 {
		t.Fatal(status, body)
	}
	for _, want := range []string{
		`http_route="/api/chat"`, `shopkeeper_wire="ui"`, `shopkeeper_wire="completions"`, `shopkeeper_turn_ending="completed"`, `gen_ai_response_model="test-model"`, "shopkeeper_turns_running 0",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in the metrics", want)
		}
	}
	if strings.Contains(body, "c1") && strings.Contains(body, `/c1"`) {
		t.Error("a label grows with the ids")
	}
	h.do("GET", "/metrics", "", nil).refused(404, "not_found") // on the operator's listener alone
}
