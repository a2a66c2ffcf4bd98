package openai

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/telemetry"
)

// Forward sends a raw request with one of the provider's keys ("" = the client's own) and returns whatever answer comes, of any
// status; its body is the caller's to close, and the caller's context is its only deadline. The error is an *llm.Error.
func (c *Client) Forward(ctx context.Context, key, path string, body []byte) (*http.Response, error) {
	if key == "" {
		key = c.o.Key
	}
	return c.wire.forward(ctx, c.base, path, key, body)
}

// Forward is Client.Forward for an embeddings endpoint.
func (e *Embedder) Forward(ctx context.Context, key, path string, body []byte) (*http.Response, error) {
	if key == "" {
		key = e.o.Key
	}
	return e.wire.forward(ctx, e.base, path, key, body)
}

// Refused says what a status means that is none of success: nil when it is the client's own matter.
func (c *Client) Refused(status int, header http.Header, body []byte) *llm.Error {
	return refused(status, header, body)
}

// Refused is Client.Refused.
func (e *Embedder) Refused(status int, header http.Header, body []byte) *llm.Error {
	return refused(status, header, body)
}

func refused(status int, header http.Header, body []byte) *llm.Error {
	switch {
	case status >= 300 && status < 400, status == 401, status == 402, status == 403, status == 408, status == 429, status >= 500:
		return failed(status, retryAfter(header), readError(body))
	}
	return nil
}

// addresses remembers parsed addresses: there are a handful, asked for with every request.
var addresses sync.Map

func address(base, path string) (*url.URL, error) {
	full := base + path
	if u, ok := addresses.Load(full); ok {
		return u.(*url.URL), nil
	}
	u, err := url.Parse(full)
	if err != nil {
		return nil, err
	}
	if path == "/chat/completions" || path == "/embeddings" { // only ours: a path of a client's could be any
		addresses.Store(full, u)
	}
	return u, nil
}

var (
	jsonType  = []string{"application/json"}
	userAgent = []string{"shopkeeper"}
)

func (w *wire) forward(ctx context.Context, base, path, key string, body []byte) (*http.Response, error) {
	u, err := address(base, path)
	if err != nil {
		return nil, &llm.Error{Kind: llm.BadRequest, Err: fmt.Errorf("make request: %w", err)}
	}
	r := (&http.Request{
		Method: http.MethodPost, URL: u, Host: u.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header, 4+len(w.header)), Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
	}).WithContext(ctx)
	r.Header["Content-Type"], r.Header["User-Agent"] = jsonType, userAgent
	if key != "" {
		r.Header["Authorization"] = []string{"Bearer " + key}
	}
	for k, vs := range w.header {
		r.Header[http.CanonicalHeaderKey(k)] = vs
	}
	telemetry.Inject(ctx, r.Header)
	resp, err := w.next.RoundTrip(r)
	if err != nil {
		return nil, broken(ctx, err, false)
	}
	return resp, nil
}
