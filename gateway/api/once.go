package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"shopkeeper/shop"
)

// maxReply is the most that is kept of an answer; a longer one is not remembered.
const maxReply = 4 << 20

// kept is an answer as it was sent, to be sent again.
type kept struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

const (
	onceKey   = "idempotency-key"
	forgetKey = "forget"
)

// forget keeps an answer from being remembered: the same key may try again.
func forget(c echo.Context) { c.Set(forgetKey, true) }

// once gives a request with an Idempotency-Key the first answer again. Only answers that did something are remembered; a refused
// or failed request may be tried again under its key.
func (s *Server) once(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		key := c.Request().Header.Get("Idempotency-Key")
		if key == "" {
			return next(c)
		}
		if err := checkID("Idempotency-Key", key, 255); err != nil {
			return err
		}
		if s.o.Replies == nil {
			return &shop.Error{Kind: shop.Invalid, Code: "idempotency_unsupported", Field: "Idempotency-Key", Msg: "This server keeps no answers, so it cannot honour Idempotency-Key."}
		}
		body, err := readBody(c)
		if err != nil {
			return err
		}
		r := c.Request()
		r.Body = io.NopCloser(bytes.NewReader(body))
		h := sha256.New()
		for _, part := range [][]byte{[]byte(r.Method), []byte(r.URL.RequestURI()), body} {
			_, _ = h.Write(part)
			_, _ = h.Write([]byte{0})
		}
		who := callerOf(c).who
		stored, found, err := s.o.Replies.Claim(r.Context(), who, key, [32]byte(h.Sum(nil)))
		if err != nil {
			return err
		}
		if found {
			return again(c, stored)
		}
		c.Set(onceKey, key)
		rec := &recorder{ResponseWriter: c.Response().Writer}
		c.Response().Writer = rec
		settled := false
		defer func() { // whatever happens, the key does not stay taken
			if !settled {
				s.settle(c, who, key, nil)
			}
		}()
		if err := next(c); err != nil {
			return err
		}
		settled = true
		s.settle(c, who, key, rec.kept(c))
		return nil
	}
}

// settle outlives the client: what was done is remembered although nobody waits for it any more.
func (s *Server) settle(c echo.Context, who shop.Principal, key string, reply []byte) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), 5*time.Second)
	defer cancel()
	if err := s.o.Replies.Settle(ctx, who, key, reply); err != nil {
		s.o.Log.ErrorContext(ctx, "remember reply", "error", err)
	}
}

// again sends a remembered answer. The request's own id is new: it is another request.
func again(c echo.Context, stored []byte) error {
	var k kept
	if err := json.Unmarshal(stored, &k); err != nil {
		return &shop.Error{Kind: shop.Internal, Err: err}
	}
	h := c.Response().Header()
	for name, v := range k.Header {
		h[name] = v
	}
	h.Set("Idempotent-Replayed", "true")
	if len(k.Body) == 0 {
		return c.NoContent(k.Status)
	}
	return c.Blob(k.Status, k.Header.Get("Content-Type"), k.Body)
}

// recorder keeps what a handler writes, up to maxReply.
type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
	over   bool
	broken bool // the client did not get it all
}

// Unwrap lets http.ResponseController flush and set deadlines.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.over = r.over || r.body.Len()+len(b) > maxReply; !r.over {
		r.body.Write(b)
	}
	n, err := r.ResponseWriter.Write(b)
	r.broken = r.broken || err != nil
	return n, err
}

// kept is nil for what is not to be remembered.
func (r *recorder) kept(c echo.Context) []byte {
	if r.status == 0 || r.status >= 400 || r.over || r.broken || c.Get(forgetKey) == true {
		return nil
	}
	k := kept{Status: r.status, Header: http.Header{}, Body: r.body.Bytes()}
	for _, name := range []string{"Content-Type", "Cache-Control", "X-Accel-Buffering", uiHeader} {
		if v := r.Header().Values(name); len(v) > 0 {
			k.Header[http.CanonicalHeaderKey(name)] = v
		}
	}
	b, err := json.Marshal(k)
	if err != nil {
		return nil
	}
	return b
}
