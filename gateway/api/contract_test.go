package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// contract is openapi.yaml, read and checked once.
var contract = sync.OnceValues(func() (c struct {
	doc    *openapi3.T
	router routers.Router
}, err error,
) {
	for _, kind := range []string{"text/event-stream", "text/html", "text/javascript", "text/css", "image/svg+xml", "image/png", "image/jpeg", "image/webp"} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.PlainBodyDecoder)
	}
	openapi3filter.RegisterBodyDecoder("application/yaml", openapi3filter.PlainBodyDecoder)
	l := openapi3.NewLoader()
	if c.doc, err = l.LoadFromData(openapi); err != nil {
		return c, err
	}
	if err = c.doc.Validate(l.Context); err != nil {
		return c, err
	}
	c.router, err = legacy.NewRouter(c.doc)
	return c, err
})

func TestDescriptionIsValid(t *testing.T) {
	c, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	// Every route of the server is described, and nothing else is.
	described := map[string]bool{}
	for path, item := range c.doc.Paths.Map() {
		for method := range item.Operations() {
			described[method+" "+strings.NewReplacer("{", ":", "}", "").Replace(path)] = true
		}
	}
	for _, r := range New(Options{}).echo.Routes() {
		at := r.Method + " " + r.Path
		switch {
		case r.Method == http.MethodHead, r.Method == http.MethodOptions, strings.HasSuffix(r.Path, "/*"), strings.Contains(r.Method, "echo"):
			continue
		case !described[at]:
			t.Errorf("%s is not in openapi.yaml", at)
		}
		delete(described, at)
	}
	delete(described, "GET /")
	delete(described, "GET /widget.js")
	for at := range described {
		t.Errorf("openapi.yaml describes %s, which the server does not have", at)
	}
}

// checking fails the test for a response that openapi.yaml does not describe; of a stream, part by part as it is read.
type checking struct {
	t    *testing.T
	next *http.Transport
}

func (c *checking) CloseIdleConnections() { c.next.CloseIdleConnections() }

func (c *checking) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := c.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if res.Header.Get("X-Request-Id") == "" {
		c.t.Errorf("%s %s: no X-Request-Id", req.Method, req.URL.Path)
	}
	k, err := contract()
	if err != nil {
		c.t.Fatal(err)
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		c.check(k.router, req, res, []byte("stream"))
		schema := ""
		switch {
		case strings.HasPrefix(req.URL.Path, "/api/chat"):
			schema = "UIPart"
		case strings.HasPrefix(req.URL.Path, "/v1/"):
			schema = "CompletionChunk"
		}
		res.Body = &checkedStream{ReadCloser: res.Body, t: c.t, doc: k.doc, schema: schema}
		for name, want := range map[string]string{"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"} {
			if got := res.Header.Get(name); got != want {
				c.t.Errorf("%s %s: %s is %q, want %q", req.Method, req.URL.Path, name, got, want)
			}
		}
		return res, nil
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if err := res.Body.Close(); err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(b))
	c.check(k.router, req, res, b)
	return res, nil
}

func (c *checking) check(router routers.Router, req *http.Request, res *http.Response, body []byte) {
	bare := req.Clone(req.Context())
	u := *req.URL
	u.Scheme, u.Host = "", ""
	bare.URL = &u
	route, params, err := router.FindRoute(bare)
	if err != nil { // no such route: still an error that says so
		if res.StatusCode < 400 && req.Method != http.MethodOptions && req.Method != http.MethodHead && c.t.Name() != "TestPages" {
			c.t.Errorf("%s %s: status %d of a route that openapi.yaml does not have", req.Method, req.URL.Path, res.StatusCode)
		}
		if res.StatusCode >= 400 {
			name := "Problem"
			if openaiPath(req.URL.Path) {
				name = "OpenAIError"
			}
			k, _ := contract()
			visit(c.t, k.doc, name, body)
		}
		return
	}
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: bare, PathParams: params, Route: route},
		Status:                 res.StatusCode, Header: res.Header, Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	in.SetBodyBytes(body)
	if err := openapi3filter.ValidateResponse(req.Context(), in); err != nil {
		c.t.Errorf("%s %s: status %d is not as openapi.yaml says: %v\n%s", req.Method, req.URL.Path, res.StatusCode, err, body)
	}
}

func visit(t *testing.T, doc *openapi3.T, schema string, body []byte) {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Errorf("%s: %v: %s", schema, err, body)
		return
	}
	if err := doc.Components.Schemas[schema].Value.VisitJSON(v, openapi3.VisitAsResponse()); err != nil {
		t.Errorf("not a %s: %v\n%s", schema, err, body)
	}
}

// checkedStream checks each data line as it passes.
type checkedStream struct {
	io.ReadCloser
	t      *testing.T
	doc    *openapi3.T
	schema string
	rest   []byte
	name   string // of the event under way
}

func (s *checkedStream) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	s.rest = append(s.rest, p[:n]...)
	for {
		line, rest, ok := bytes.Cut(s.rest, []byte("\n"))
		if !ok {
			return n, err
		}
		s.rest = rest
		if name, ok := bytes.CutPrefix(line, []byte("event: ")); ok {
			s.name = string(name)
		}
		if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok && string(data) != uiDone {
			schema := s.schema
			switch {
			case s.name == "message":
				schema = "Message"
			case s.name == "owner":
				schema = "Owner"
			case s.name == "conversation":
				schema = "DeskRow"
			case schema == "CompletionChunk" && bytes.HasPrefix(data, []byte(`{"error"`)):
				schema = "FailedCompletion"
			}
			if schema == "" {
				s.t.Errorf("an event of a stream that has no schema: %s", data)
				continue
			}
			visit(s.t, s.doc, schema, data)
		}
	}
}
