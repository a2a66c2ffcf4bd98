package route

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"regexp"
	"strings"

	"shopkeeper/gateway/llm"
	"shopkeeper/shop"
)

// Forwarder sends a request as it came, with its own key and its own name of the model. Its error, an *llm.Error, means that
// another target may do better; the response's body is the caller's to close.
type Forwarder interface {
	Forward(ctx context.Context, path string, body []byte) (*http.Response, error)
}

// Raw routes a request as it came to the alias's targets, in order, until one answers; from then on its answer passes through
// byte by byte. An error is a *shop.Error and means that nothing was written yet. A stream that the target cuts ends with an
// error event and without [DONE], never like a clean one; a whole body that is cut aborts the connection.
func (r *Router) Raw(w http.ResponseWriter, req *http.Request, body []byte, alias string, _ shop.Principal) error {
	a, ok := r.aliases[alias]
	if !ok {
		return &shop.Error{Kind: shop.NotFound, Msg: fmt.Sprintf("There is no model named %q.", alias), Code: "model_not_found", Field: "model"}
	}
	_, path, ok := strings.Cut(req.URL.Path, "/v1")
	if !ok {
		path = req.URL.Path
	}
	var last error
	var cooling []*target
	for _, rung := range a.Rungs {
		for _, name := range rung {
			t := r.targets[name]
			if t.Raw == nil {
				continue
			}
			if !t.admit() {
				cooling = append(cooling, t)
				continue
			}
			if done, err := r.forward(w, req, t, path, body); done {
				return nil
			} else {
				last = err
			}
		}
	}
	for _, t := range cooling {
		done, err := r.forward(w, req, t, path, body)
		if done {
			return nil
		}
		last = err
	}
	return public(alias, last)
}

// forward gives one target its turn; done: something was written, or the caller left.
func (r *Router) forward(w http.ResponseWriter, req *http.Request, t *target, path string, body []byte) (done bool, err error) {
	resp, err := t.Raw.Forward(req.Context(), path, body)
	if err != nil {
		switch e := classed(err); {
		case req.Context().Err() != nil:
			t.release()
			return true, nil
		case e.Kind == llm.BadRequest, e.Kind == llm.TooLong:
			t.release()
		default:
			t.fail(e)
		}
		r.log.LogAttrs(req.Context(), slog.LevelWarn, "raw request fell over", slog.String("target", t.Name), slog.String("error", err.Error()))
		return false, err
	}
	defer resp.Body.Close()
	t.succeed()
	for _, h := range []string{"Content-Type", "Openai-Processing-Ms", "X-Ratelimit-Remaining-Requests", "X-Ratelimit-Remaining-Tokens"} {
		if v := resp.Header.Get(h); v != "" {
			w.Header().Set(h, v)
		}
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	stream := kind == "text/event-stream"
	if stream {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Accel-Buffering", "no")
	} else if n := resp.Header.Get("Content-Length"); n != "" {
		w.Header().Set("Content-Length", n) // a client sees that less came than was announced
	}
	w.WriteHeader(resp.StatusCode)
	if stream {
		_ = http.NewResponseController(w).Flush() // the client sees that it began; a writer that cannot flush sends it later
	}
	if err := pass(w, resp.Body, stream); err != nil && req.Context().Err() == nil {
		r.log.LogAttrs(req.Context(), slog.LevelWarn, "raw answer was cut", slog.String("target", t.Name), slog.String("error", err.Error()))
		if !stream {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, "\n\ndata: "+`{"error":{"message":"The model's answer was cut off.","type":"server_error","code":"upstream_cut","param":null}}`+"\n\n")
		_ = http.NewResponseController(w).Flush()
	}
	return true, nil
}

var errReader = errors.New("the reader left")

// pass copies what comes as it comes. A stream must have its ending: a finish_reason, an error or [DONE].
func pass(w http.ResponseWriter, body io.Reader, stream bool) error {
	flush := http.NewResponseController(w)
	buf := make([]byte, 32<<10)
	var end ending
	for {
		n, err := body.Read(buf)
		if n > 0 {
			if _, werr := w.Write(buf[:n]); werr != nil {
				return errors.Join(errReader, werr)
			}
			if stream {
				end.read(buf[:n])
				_ = flush.Flush() // a writer that cannot flush sends what it holds at its end
			}
		}
		switch {
		case errors.Is(err, io.EOF) && stream && !end.seen:
			return llm.ErrTruncated
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && end.seen:
			return nil
		case err != nil:
			return err
		}
	}
}

// ending finds in a stream, in whatever pieces it comes, that it came to its end.
type ending struct {
	seen bool
	tail []byte
}

const longestMark = 128

var failure = regexp.MustCompile(`"error"\s*:\s*["{]`)

func (e *ending) read(p []byte) {
	if e.seen {
		return
	}
	b := append(e.tail, p...)
	e.seen = bytes.Contains(b, []byte("data: [DONE]")) || bytes.Contains(b, []byte("data:[DONE]")) || failure.Match(b) || finishes(b)
	e.tail = append([]byte(nil), b[max(0, len(b)-longestMark):]...)
}

// finishes: some chunk has a finish_reason that is no null.
func finishes(b []byte) bool {
	for {
		_, rest, ok := bytes.Cut(b, []byte(`"finish_reason"`))
		if !ok {
			return false
		}
		v := bytes.TrimLeft(rest, ": \t")
		if len(v) > 1 && v[0] == '"' {
			return true
		}
		b = rest
	}
}

// public is a failure as a client may read it.
func public(alias string, err error) *shop.Error {
	if err == nil {
		return &shop.Error{Kind: shop.NotFound, Msg: fmt.Sprintf("The model %q serves no raw requests.", alias), Code: "model_not_found", Field: "model"}
	}
	out := &shop.Error{Kind: shop.Unavailable, Msg: fmt.Sprintf("The model %q does not answer at the moment; try again later.", alias), Err: err}
	switch e := classed(err); e.Kind {
	case llm.RateLimited:
		out.Kind, out.Msg, out.Retry = shop.Limited, fmt.Sprintf("The model %q is busy; try again later.", alias), e.Retry
	case llm.BadRequest:
		out.Kind, out.Msg = shop.Invalid, "The request is not a JSON object that the model understands."
	}
	return out
}
