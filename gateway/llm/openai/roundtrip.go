package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"shopkeeper/gateway/telemetry"
)

// maxErrorBody bounds what is read of an error's body.
const maxErrorBody = 64 << 10

// exchange is one request and what the client library would lose of its response. It travels in the context.
type exchange struct {
	extra map[string]json.RawMessage // as in EmbedOptions, put over the library's body
	most  int64                      // bytes of the answer; 0 = unbounded

	status int
	retry  time.Duration // Retry-After
	failed []byte        // body of an error status
}

type exchangeKey struct{}

func withExchange(ctx context.Context, x *exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}

// RoundTrip sends the library's request with the operator's fields and headers, and keeps status, Retry-After and the error's body.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	x, _ := r.Context().Value(exchangeKey{}).(*exchange)
	if x == nil {
		x = &exchange{}
	}
	r, err := x.request(r, w.header)
	if err != nil {
		return nil, err
	}
	resp, err := w.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	x.status, x.retry = resp.StatusCode, retryAfter(resp.Header)
	if resp.StatusCode >= 300 {
		x.failed, _ = io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
		resp.Body.Close()
		resp.Body = io.NopCloser(bytes.NewReader(x.failed))
		if resp.StatusCode < 400 {
			return nil, fmt.Errorf("the endpoint redirects to %q: set that address", resp.Header.Get("Location"))
		}
		return resp, nil
	}
	if x.most > 0 {
		resp.Body = http.MaxBytesReader(nil, resp.Body, x.most)
	}
	return resp, nil
}

// retryAfter reads seconds or a date; DeepSeek, vLLM and proxies send either. The millisecond form is OpenAI's.
func retryAfter(h http.Header) time.Duration {
	if h["Retry-After"] == nil && h["Retry-After-Ms"] == nil {
		return 0
	}
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 && ms < 1e9 {
		return time.Duration(ms * float64(time.Millisecond))
	}
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseFloat(v, 64); err == nil {
		if s > 0 && s < 1e6 {
			return time.Duration(s * float64(time.Second))
		}
		return 0
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

// request is r with the operator's headers and the body that is really sent.
func (x *exchange) request(r *http.Request, header http.Header) (*http.Request, error) {
	r = r.Clone(r.Context())
	for k, vs := range header {
		r.Header[http.CanonicalHeaderKey(k)] = vs
	}
	telemetry.Inject(r.Context(), r.Header)
	if r.Body == nil || len(x.extra) == 0 {
		return r, nil
	}
	raw, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("read request body: %w", err)
	}
	body, err := merge(raw, x.extra)
	if err != nil {
		return nil, fmt.Errorf("add to request body: %w", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	r.ContentLength = int64(len(body))
	return r, nil
}

// merge puts the operator's fields over those of a body; a null removes one.
func merge(raw []byte, extra map[string]json.RawMessage) ([]byte, error) {
	var b map[string]json.RawMessage
	if err := json.Unmarshal(raw, &b); err != nil {
		return nil, err
	}
	for k, v := range extra {
		if string(v) == "null" {
			delete(b, k)
		} else {
			b[k] = v
		}
	}
	return json.Marshal(b)
}
