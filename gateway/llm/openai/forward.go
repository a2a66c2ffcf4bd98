package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"shopkeeper/gateway/llm"
)

// Forward sends a request of somebody else as it came, only with our key and our name of the model, and returns the response
// unread: the caller closes its body. path is the one after the version, such as /chat/completions.
// What another target may answer is an error: no connection, a refused key, 429, 5xx. Any other status is the caller's to read.
// The body ends with an error when nothing comes for Options.Liveness.
func (c *Client) Forward(ctx context.Context, path string, body []byte) (*http.Response, error) {
	return c.wire.forward(ctx, c.base+path, c.o.Key, c.o.Model, body, c.o.Headers, c.o.Liveness)
}

// Forward is Client.Forward for an embeddings endpoint.
func (e *Embedder) Forward(ctx context.Context, path string, body []byte) (*http.Response, error) {
	return e.wire.forward(ctx, e.base+path, e.o.Key, e.o.Model, body, e.o.Timeout, e.o.Timeout)
}

func (w *wire) forward(ctx context.Context, url, key, model string, body []byte, headers, silence time.Duration) (*http.Response, error) {
	body, err := renamed(body, model)
	if err != nil {
		return nil, &llm.Error{Kind: llm.BadRequest, Err: err}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		cancel(nil)
		return nil, &llm.Error{Kind: llm.BadRequest, Err: fmt.Errorf("make request: %w", err)}
	}
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	for k, vs := range w.header {
		r.Header[http.CanonicalHeaderKey(k)] = vs
	}
	late := time.AfterFunc(headers, func() { cancel(&slow{"response", headers}) })
	resp, err := w.next.RoundTrip(r)
	late.Stop()
	if err != nil {
		e := broken(ctx, err, false)
		cancel(nil)
		return nil, e
	}
	switch s := resp.StatusCode; {
	case s >= 300 && s < 400, s == 401, s == 402, s == 403, s == 408, s == 429, s >= 500:
		said, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
		resp.Body.Close()
		cancel(nil)
		return nil, failed(s, retryAfter(resp.Header), readError(said))
	}
	resp.Body = &live{body: resp.Body, ctx: ctx, cancel: cancel, silence: silence}
	return resp, nil
}

// live is a body that may not be silent for too long.
type live struct {
	body    io.ReadCloser
	ctx     context.Context
	cancel  context.CancelCauseFunc
	silence time.Duration
}

func (l *live) Read(p []byte) (int, error) {
	t := time.AfterFunc(l.silence, func() { l.cancel(&slow{"byte", l.silence}) })
	n, err := l.body.Read(p)
	t.Stop()
	if err != nil && !errors.Is(err, io.EOF) {
		err = broken(l.ctx, err, true)
	}
	return n, err
}

func (l *live) Close() error {
	err := l.body.Close()
	l.cancel(nil)
	return err
}

// renamed puts a target's name into the body's "model" and leaves every other byte as it was.
func renamed(body []byte, model string) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("read request: it is no JSON object")
	}
	out, from := []byte(nil), 0
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("read request: %w", err)
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return nil, fmt.Errorf("read request: %w", err)
		}
		if key == "model" {
			end := int(d.InputOffset())
			out = append(append(out, body[from:end-len(v)]...), quote(model)...)
			from = end
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	return append(out, body[from:]...), nil
}
