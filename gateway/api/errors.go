package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"shopkeeper/gateway/telemetry"
	"shopkeeper/shop"
)

// statusClosed is nginx's word for a client that left before its answer.
const statusClosed = 499

// class is what an error kind is on the wires.
type class struct {
	status int
	code   string // machine word, unless the error brings its own
	openai string // type of OpenAI's error object
}

// classes is the one mapping of kinds to HTTP.
var classes = map[shop.Kind]class{
	shop.Internal:     {http.StatusInternalServerError, "internal", "api_error"},
	shop.Invalid:      {http.StatusBadRequest, "invalid_request", "invalid_request_error"},
	shop.Unauthorized: {http.StatusUnauthorized, "unauthorized", "authentication_error"},
	shop.Forbidden:    {http.StatusForbidden, "forbidden", "permission_error"},
	shop.NotFound:     {http.StatusNotFound, "not_found", "not_found_error"},
	shop.Conflict:     {http.StatusConflict, "conflict", "invalid_request_error"},
	shop.Busy:         {http.StatusConflict, "busy", "invalid_request_error"},
	shop.TooLarge:     {http.StatusRequestEntityTooLarge, "too_large", "invalid_request_error"},
	shop.Limited:      {http.StatusTooManyRequests, "rate_limit_exceeded", "rate_limit_error"},
	shop.Unavailable:  {http.StatusServiceUnavailable, "unavailable", "api_error"},
	shop.Refused:      {http.StatusUnprocessableEntity, "refused", "invalid_request_error"},
	shop.Unclear:      {http.StatusGatewayTimeout, "unclear", "api_error"},
}

// problem is an error as the wires show it: nothing in it comes from a private cause.
type problem struct {
	class
	msg, field, request string
	retry               int // seconds; 0 = not said
}

func (s *Server) problem(ctx context.Context, err error) problem {
	p := problem{class: classes[shop.Internal], request: telemetry.Request(ctx), msg: "Something went wrong on our side. Please try again."}
	var e *shop.Error
	var h *echo.HTTPError
	switch {
	case errors.As(err, &e):
		if c, ok := classes[e.Kind]; ok {
			p.class = c
		}
		if e.Msg != "" {
			p.msg = e.Msg
		}
		if e.Code != "" {
			p.code = e.Code
		}
		p.field = e.Field
		if e.Retry > 0 {
			p.retry = int(math.Ceil(e.Retry.Seconds()))
		} else if e.Kind == shop.Unavailable || e.Kind == shop.Busy || e.Kind == shop.Limited {
			p.retry = 1
		}
	case errors.As(err, &h):
		p.status, p.msg = h.Code, http.StatusText(h.Code)+"."
		p.code = strings.ReplaceAll(strings.ToLower(http.StatusText(h.Code)), " ", "_")
		p.openai = "invalid_request_error"
		switch h.Code {
		case http.StatusUnsupportedMediaType:
			if said, ok := h.Message.(string); ok && said != "" {
				p.msg = said
			}
		case http.StatusNotFound:
			p.class, p.msg = classes[shop.NotFound], "There is nothing at this address. GET /openapi.yaml lists the routes."
		case http.StatusMethodNotAllowed:
			p.msg = "This address does not take this method. GET /openapi.yaml lists the routes."
		}
	case errors.Is(err, context.Canceled):
		p.status, p.code, p.msg = statusClosed, "client_closed_request", "The client left before the answer."
	case errors.Is(err, context.DeadlineExceeded):
		p.class, p.msg = classes[shop.Unclear], "This took too long. Please try again."
	}
	return p
}

// fail writes an error, once: on /v1/* as OpenAI's clients expect it, elsewhere as RFC 9457 has it.
func (s *Server) fail(err error, c echo.Context) {
	ctx := c.Request().Context()
	if errors.Is(err, echo.ErrMethodNotAllowed) && c.Path() == anyPage && len(s.methods(c.Request().URL.Path)) == 0 {
		if _, page := s.page(c); !page { // the pages' route fits every address
			err = echo.ErrNotFound
			c.Response().Header().Del(echo.HeaderAllow)
		}
	}
	p := s.problem(ctx, err)
	if ctx.Err() != nil {
		p.status = statusClosed
	}
	if p.status >= 500 {
		s.o.Log.ErrorContext(ctx, "request failed", "error", err, "path", c.Request().URL.Path)
	}
	if c.Response().Committed {
		return // a stream says how it ended on its own
	}
	swallow(c)
	h := c.Response().Header()
	if p.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retry))
	}
	if p.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="shopkeeper"`)
	}
	h.Set("Cache-Control", "no-store")
	h.Del("ETag")
	if openaiPath(c.Request().URL.Path) {
		_ = reply(c, p.status, openaiError{p.object()})
		return
	}
	_ = replyAs(c, p.status, "application/problem+json", p.rfc9457())
}

func openaiPath(path string) bool { return path == "/v1" || strings.HasPrefix(path, "/v1/") }

// rfc9457 is the body of application/problem+json.
type rfc9457 struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	Field     string `json:"field,omitempty"`
	RequestID string `json:"request_id"`
}

func (p problem) rfc9457() rfc9457 {
	title := http.StatusText(p.status)
	if title == "" {
		title = "Client Closed Request"
	}
	return rfc9457{"about:blank", title, p.status, p.msg, p.code, p.field, p.request}
}

type openaiError struct {
	Error errorObject `json:"error"`
}

type errorObject struct {
	Message   string  `json:"message"`
	Type      string  `json:"type"`
	Code      string  `json:"code"`
	Param     *string `json:"param"`
	RequestID string  `json:"request_id"`
}

func (p problem) object() errorObject {
	o := errorObject{p.msg, p.openai, p.code, nil, p.request}
	if p.field != "" {
		o.Param = &p.field
	}
	return o
}

// sentence is the problem as one line for a shopper, with the id to quote.
func (p problem) sentence() string { return fmt.Sprintf("%s (request %s)", p.msg, p.request) }

// encode is JSON as browsers and people read it: < and & stay what they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func reply(c echo.Context, status int, v any) error {
	return replyAs(c, status, "application/json", v)
}

func replyAs(c echo.Context, status int, contentType string, v any) error {
	b, err := encode(v)
	if err != nil {
		return err
	}
	if c.Response().Header().Get("Cache-Control") == "" {
		c.Response().Header().Set("Cache-Control", "no-store")
	}
	return c.Blob(status, contentType, b)
}

func invalid(field, format string, args ...any) *shop.Error {
	return &shop.Error{Kind: shop.Invalid, Field: field, Msg: fmt.Sprintf(format, args...)}
}
