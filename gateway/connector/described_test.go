package connector_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

var description = sync.OnceValues(func() (routers.Router, error) {
	l := openapi3.NewLoader()
	doc, err := l.LoadFromFile("../../docs/connector.yaml")
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(l.Context); err != nil {
		return nil, err
	}
	doc.Servers = openapi3.Servers{{URL: "/shopkeeper/v1"}}
	return legacy.NewRouter(doc)
})

// described fails the test for an answer that docs/connector.yaml does not describe, and for a request that it does not describe and
// that was taken all the same.
func described(t *testing.T, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		router, err := description()
		if err != nil {
			t.Error(err)
			return
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())

		bare := r.Clone(r.Context())
		bare.Body = io.NopCloser(bytes.NewReader(body))
		bare.URL.Path = strings.TrimPrefix(bare.URL.Path, "/api")
		bare.URL.RawPath, bare.URL.Host, bare.Host = "", "", ""
		if strings.Contains(r.RequestURI, "%2F") { // the router takes it for a slash
			return
		}
		route, params, err := router.FindRoute(bare)
		if err != nil {
			if rec.Code < 400 {
				t.Errorf("%s %s is answered and is not described: %v", r.Method, r.URL.Path, err)
			}
			return
		}
		in := &openapi3filter.RequestValidationInput{Request: bare, PathParams: params, Route: route}
		if err := openapi3filter.ValidateRequest(bare.Context(), in); err != nil && rec.Code < 300 {
			t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		}
		out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: rec.Code, Header: rec.Header(), Options: &openapi3filter.Options{IncludeResponseStatus: true}}
		out.SetBodyBytes(rec.Body.Bytes())
		if err := openapi3filter.ValidateResponse(bare.Context(), out); err != nil {
			t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		}
	})
}
