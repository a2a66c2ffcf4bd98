package api

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"

	"github.com/labstack/echo/v4"

	"shopkeeper/shop"
)

type alive struct {
	Status string `json:"status"`
}

type health struct {
	Status       string                `json:"status"` // ready, degraded, not_ready
	Dependencies map[string]dependency `json:"dependencies"`
}

// dependency: the detail may name hosts and is for the operator alone.
type dependency struct {
	State  string `json:"state"` // ok, degraded, down
	Detail string `json:"detail,omitempty"`
}

type detail bool

const (
	statesOnly detail = false
	withDetail detail = true
)

func (s *Server) healthz(c echo.Context) error {
	return reply(c, http.StatusOK, alive{"ok"})
}

func (s *Server) readyz(c echo.Context) error { return s.readiness(c, statesOnly) }

func (s *Server) readiness(c echo.Context, d detail) error {
	states, ready := s.o.Ready(c.Request().Context())
	h, status := health{"ready", map[string]dependency{}}, http.StatusOK
	for name, v := range states {
		state, why, _ := strings.Cut(v, ":")
		dep := dependency{State: strings.TrimSpace(state)}
		if d == withDetail {
			dep.Detail = strings.TrimSpace(why)
		}
		if dep.State != "ok" {
			h.Status = "degraded"
		}
		h.Dependencies[name] = dep
	}
	if !ready || s.draining.Load() {
		h.Status, status = "not_ready", http.StatusServiceUnavailable
	}
	return reply(c, status, h)
}

// operate are the routes of the operator's listener.
func (s *Server) operate(e *echo.Echo) {
	e.GET("/healthz", s.healthz)
	e.GET("/readyz", func(c echo.Context) error { return s.readiness(c, withDetail) })
	e.GET("/metrics", echo.WrapHandler(s.o.Metrics.Handler()))
	// Profiles hold pieces of memory, so secrets too: they are for who sits at this machine (or comes by kubectl port-forward).
	profiles := map[string]http.HandlerFunc{"/profile": pprof.Profile, "/trace": pprof.Trace, "/symbol": pprof.Symbol, "/cmdline": pprof.Cmdline, "": pprof.Index, "/:name": pprof.Index}
	for at, serve := range profiles {
		e.GET("/debug/pprof"+at, func(c echo.Context) error {
			host, _, _ := net.SplitHostPort(c.Request().RemoteAddr)
			if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
				return &shop.Error{Kind: shop.NotFound, Msg: "Profiles are for whoever sits at this machine: ask from 127.0.0.1."}
			}
			serve(c.Response(), c.Request())
			return nil
		})
	}
}

// description serves openapi.yaml: to pages of every site, so that a viewer elsewhere can show it.
func (s *Server) description(c echo.Context) error {
	public(c)
	return unchanged(c, openapi, "application/yaml")
}

func etag(b []byte) string {
	sum := sha256.Sum256(b)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// unchanged sends bytes that a client may keep, as long as it asks each time whether they are still the same.
func unchanged(c echo.Context, b []byte, contentType string) error {
	tag := etag(b)
	h := c.Response().Header()
	h.Set("ETag", tag)
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache")
	}
	if matches(c.Request().Header.Get("If-None-Match"), tag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, contentType, b)
}

func matches(header, tag string) bool {
	for t := range strings.SplitSeq(header, ",") {
		if t = strings.TrimPrefix(strings.TrimSpace(t), "W/"); t == tag || t == "*" {
			return true
		}
	}
	return false
}
