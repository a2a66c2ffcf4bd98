package api

import (
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"shopkeeper/gateway/telemetry"
	"shopkeeper/shop"
)

// observe gives every request its id, its log line, its count, and an answer even when a handler panics.
// The id is ours alone: one taken from a header could be anybody's.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began, id := s.o.Now(), s.o.NewID()
		c.Response().Header().Set("X-Request-Id", id)
		c.Set(sentKey, c.Request().Body)
		c.SetRequest(c.Request().WithContext(telemetry.WithRequest(c.Request().Context(), id)))
		if err := s.recovered(c, next); err != nil {
			c.Error(err)
		}
		r, status := c.Request(), c.Response().Status
		if r.Context().Err() != nil {
			status = statusClosed
		}
		if end, ok := c.Get(traceKey).(func(int)); ok {
			end(status)
		}
		took := s.o.Now().Sub(began)
		route := c.Path()
		if route == "" {
			route = "unmatched"
		}
		s.o.Metrics.Served(r.Context(), r.Method, route, status, took)
		s.o.Log.InfoContext(r.Context(), "served", "method", r.Method, "route", route, "status", status, "took", took,
			"bytes", c.Response().Size, "key", callerOf(c).who.Key)
		return nil
	}
}

const traceKey = "trace"

// trace begins the span of a request whose caller is known; strangers cannot make us trace.
func (s *Server) trace(c echo.Context, cl caller) {
	if s.o.Traces == nil {
		return
	}
	trusted := cl.kind == secretKey && (cl.who.Role == shop.App || cl.who.Role == shop.Admin)
	ctx, end := s.o.Traces.Request(c.Request().Context(), c.Request(), c.Path(), trusted, telemetry.TenantID(cl.who.Tenant), telemetry.KeyID(cl.who.Key))
	c.SetRequest(c.Request().WithContext(ctx))
	c.Set(traceKey, end)
}

func (s *Server) recovered(c echo.Context, next echo.HandlerFunc) (err error) {
	defer func() {
		if v := recover(); v != nil {
			if v == http.ErrAbortHandler {
				panic(v)
			}
			err = &shop.Error{Kind: shop.Internal, Err: fmt.Errorf("panic: %v\n%s", v, debug.Stack())}
		}
	}()
	return next(c)
}

// policy of pages: no inline script, nothing from elsewhere but pictures, in nobody's frame. The widget is a script in the
// shop's own page, so frames stay shut for it too.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' http: https: data: blob:; " +
	"font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// guard sets the security headers, and in the demo refuses a Host that is not this machine: another name that was
// pointed here by its DNS would otherwise read the demo's open keys' data from a stranger's page.
func (s *Server) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Frame-Options", "DENY")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Add("Vary", "Origin")
		if c.Scheme() == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if s.o.Demo != nil && !loopback(c.Request().Host) {
			return &shop.Error{Kind: shop.Forbidden, Code: "host_not_loopback", Msg: "The demo answers only to localhost, 127.0.0.1 and [::1]."}
		}
		if at := c.Request().URL.Path; c.Request().Method == http.MethodOptions && strings.HasPrefix(at, "/api/") && !staffOnly(at) {
			return s.preflight(c)
		}
		return next(c)
	}
}

// staffOnly are addresses that only this server's own pages ask.
func staffOnly(path string) bool {
	return strings.HasPrefix(path, "/api/admin/") || strings.HasPrefix(path, "/api/login") || path == "/api/logout"
}

// loopback says whether a host, with or without port, is this machine by its literal name.
func loopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

func extractor(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	o := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range trusted {
		o = append(o, echo.TrustIPRange(&net.IPNet{IP: p.Masked().Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}))
	}
	return echo.ExtractIPFromXFFHeader(o...)
}

// preflight answers a browser's question before a cross-origin request. It carries no credential, so it cannot know whose
// origin is right; the request itself is refused from any other, and its answer is readable from that one only (see admit).
func (s *Server) preflight(c echo.Context) error {
	o := c.Request().Header.Get("Origin")
	if o == "" {
		return c.NoContent(http.StatusNoContent)
	}
	h := c.Response().Header()
	h.Set("Access-Control-Allow-Origin", o)
	h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, Last-Event-ID")
	h.Set("Access-Control-Max-Age", "600")
	return c.NoContent(http.StatusNoContent)
}

// readable lets a page of another origin read this answer.
func readable(c echo.Context, origin string) {
	h := c.Response().Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "X-Request-Id, Retry-After, X-Ratelimit-Limit-Requests, X-Ratelimit-Remaining-Requests, X-Ratelimit-Reset-Requests")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// body limits how much of a request is read.
func (s *Server) body(limit int64) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			if r.ContentLength > limit {
				return tooLarge(limit)
			}
			r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
			switch encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); encoding {
			case "", "identity":
			case "gzip":
				r.Body = http.MaxBytesReader(c.Response(), &unzipped{zipped: r.Body}, limit)
			default:
				return &echo.HTTPError{Code: http.StatusUnsupportedMediaType, Message: fmt.Sprintf("The body is encoded as %.20q. Send it as it is, or as gzip.", encoding)}
			}
			return next(c)
		}
	}
}

// unzipped is a gzip body as it was before. It begins to read when it is read: a request that is refused costs nothing.
type unzipped struct {
	zipped io.ReadCloser
	zip    *gzip.Reader
}

func (u *unzipped) Read(p []byte) (n int, err error) {
	if u.zip == nil {
		if u.zip, err = gzip.NewReader(u.zipped); err != nil {
			return 0, err
		}
	}
	return u.zip.Read(p)
}

func (u *unzipped) Close() error { return u.zipped.Close() }

const (
	sentKey       = "sent"
	maxSwallowed  = 32 << 20
	swallowWithin = 10 * time.Second
)

// swallow reads what is left of a refused request's body, within bounds: most clients read no answer before they have sent it
// all, and one that is hung up on loses the sentence that says why.
func swallow(c echo.Context) {
	body, ok := c.Get(sentKey).(io.Reader)
	if !ok || c.Request().Header.Get("Expect") != "" { // it asks before it sends
		return
	}
	rc := http.NewResponseController(c.Response())
	_ = rc.SetReadDeadline(time.Now().Add(swallowWithin)) // a recorder in a test has none
	_, _ = io.CopyN(io.Discard, body, maxSwallowed)
	_ = rc.SetReadDeadline(time.Time{})
}

func tooLarge(limit int64) error {
	return &shop.Error{Kind: shop.TooLarge, Msg: fmt.Sprintf("The request is larger than %d KB, which is the most that this address takes.", limit>>10)}
}
