package api

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// page is one built file, ready to send.
type page struct {
	body, small []byte // small: gzip, nil when that saves nothing
	kind, tag   string
	elsewhere   bool // pages of other sites may load it: the widget is embedded there
}

// loadPages reads the built pages once. They may lie under dist/, as the embedded ones do.
func loadPages(web fs.FS) map[string]page {
	out := map[string]page{}
	if web == nil {
		return out
	}
	if _, err := fs.Stat(web, "dist/index.html"); err == nil {
		if sub, err := fs.Sub(web, "dist"); err == nil {
			web = sub
		}
	}
	_ = fs.WalkDir(web, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // a page that cannot be read is a page that is not there
		}
		b, err := fs.ReadFile(web, name)
		if err != nil {
			return nil
		}
		p := page{body: b, kind: kindOf(name), tag: etag(b)}
		p.elsewhere = strings.HasPrefix(name, "widget")
		if strings.HasPrefix(p.kind, "text/") || strings.Contains(p.kind, "javascript") || strings.Contains(p.kind, "json") || strings.Contains(p.kind, "svg") {
			p.small = squeeze(b)
		}
		out["/"+name] = p
		if at, html := strings.CutSuffix("/"+name, ".html"); html {
			out[strings.TrimSuffix(at, "index")] = p
		}
		return nil
	})
	return out
}

// kindOf does not ask the machine's own table of types: it differs from one to the next.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".woff2":
		return "font/woff2"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

func squeeze(b []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(b); err != nil || w.Close() != nil || out.Len() >= len(b) {
		return nil
	}
	return out.Bytes()
}

// static serves the built pages. The storefront keeps what it shows in its address's query, so each page is one file.
func (s *Server) static(c echo.Context) error {
	p, ok := s.page(c)
	if !ok {
		if other := s.methods(c.Request().URL.Path); len(other) > 0 {
			c.Response().Header().Set("Allow", strings.Join(other, ", "))
			return echo.ErrMethodNotAllowed
		}
		return echo.ErrNotFound
	}
	if p.elsewhere {
		public(c)
	}
	h := c.Response().Header()
	h.Add("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", p.tag)
	if matches(c.Request().Header.Get("If-None-Match"), p.tag) {
		return c.NoContent(http.StatusNotModified)
	}
	body := p.body
	if p.small != nil && strings.Contains(c.Request().Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = p.small
	}
	return c.Blob(http.StatusOK, p.kind, body)
}

func (s *Server) page(c echo.Context) (page, bool) {
	p, ok := s.pages[path.Clean("/"+c.Request().URL.Path)]
	return p, ok
}

// methods are those that an address of the API takes: a GET that it does not take ends up here.
func (s *Server) methods(at string) (out []string) {
	parts := strings.Split(at, "/")
	for _, r := range s.echo.Routes() {
		pattern := strings.Split(r.Path, "/")
		fits := len(pattern) == len(parts)
		for i := range pattern {
			fits = fits && (pattern[i] == parts[i] || strings.HasPrefix(pattern[i], ":") && parts[i] != "")
		}
		if fits {
			out = append(out, r.Method)
		}
	}
	slices.Sort(out)
	return out
}

// public lets pages of every site read an answer that holds nothing of anybody.
func public(c echo.Context) {
	h := c.Response().Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
}
