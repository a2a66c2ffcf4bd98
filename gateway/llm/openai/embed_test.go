package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/gateway/llm"
)

// vectors answers with [length of the text, its place, 1], in reverse order.
func vectors(w http.ResponseWriter, texts []string) {
	type item struct {
		Object    string    `json:"object"`
		Index     int       `json:"index"`
		Embedding []float32 `json:"embedding"`
	}
	var out struct {
		Data []item `json:"data"`
	}
	for i := len(texts) - 1; i >= 0; i-- {
		out.Data = append(out.Data, item{"embedding", i, []float32{float32(len(texts[i])), float32(i), 1}})
	}
	_ = json.NewEncoder(w).Encode(out)
}

func inputs(t *testing.T, r string) []string {
	t.Helper()
	var b struct {
		Input []string `json:"input"`
	}
	if err := json.Unmarshal([]byte(r), &b); err != nil {
		t.Error(err)
	}
	return b.Input
}

// embeds serves embeddings; before may answer in its place.
func embeds(t *testing.T, before func(w http.ResponseWriter, texts []string) bool) *endpoint {
	t.Helper()
	e := serve(t, func(w http.ResponseWriter, _ *http.Request) {})
	e.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw := make([]byte, r.ContentLength)
		if _, err := io.ReadFull(r.Body, raw); err != nil {
			t.Error(err)
		}
		e.mu.Lock()
		e.bodies, e.heads = append(e.bodies, string(raw)), append(e.heads, r.Header.Clone())
		e.mu.Unlock()
		texts := inputs(t, string(raw))
		if r.URL.Path != "/v1/embeddings" {
			t.Errorf("path %s", r.URL.Path)
		}
		if before == nil || !before(w, texts) {
			vectors(w, texts)
		}
	})
	return e
}

func embedder(t *testing.T, url string, change ...func(*EmbedOptions)) *Embedder {
	t.Helper()
	o := EmbedOptions{URL: url, Model: "mini", Retries: -1}
	for _, f := range change {
		f(&o)
	}
	e, err := NewEmbedder(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func TestEmbedInBatches(t *testing.T) {
	s := embeds(t, nil)
	e := embedder(t, s.URL, func(o *EmbedOptions) {
		o.Batch, o.Key, o.Extra = 4, "sk", map[string]json.RawMessage{"dimensions": json.RawMessage("3")}
	})
	var texts []string
	for i := range 10 {
		texts = append(texts, strings.Repeat("x", i+1))
	}
	texts[3], texts[4] = " ", "bad\xff"
	got, err := e.EmbedDocuments(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range got {
		want := float32(len(texts[i]))
		if len(v) != 3 || v[0] != want || v[1] != float32(i%4) {
			t.Errorf("vector %d is %v, want one of a text of %v bytes", i, v, want)
		}
	}
	if n := len(s.requests()); n != 3 {
		t.Errorf("%d requests for 10 texts in batches of 4", n)
	}
	if e.Dimension() != 3 {
		t.Errorf("dimension %d", e.Dimension())
	}
	if b := s.body(t, 0); string(b["dimensions"]) != "3" || string(b["model"]) != `"mini"` || s.heads[0].Get("Authorization") != "Bearer sk" {
		t.Errorf("request %s", s.requests()[0])
	}
	for _, r := range s.requests() {
		for _, in := range inputs(t, r) {
			if strings.TrimSpace(in) == "" {
				t.Error("an empty text was sent")
			}
		}
	}
	if v, err := e.EmbedQuery(t.Context(), "kettle"); err != nil || v[0] != 6 {
		t.Errorf("query %v, %v", v, err)
	}
	if got, err := e.EmbedDocuments(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("no texts: %v, %v", got, err)
	}
}

// What an endpoint may not get away with.
func TestEmbedChecksItsVectors(t *testing.T) {
	item := func(i int, v string) string { return fmt.Sprintf(`{"index":%d,"embedding":%s}`, i, v) }
	for name, c := range map[string]struct{ data, want string }{
		"too few":        {item(0, "[1,2]"), "1 vectors for 2 texts"},
		"the same twice": {item(0, "[1,2]") + "," + item(0, "[1,2]"), "left out vector 1"},
		"out of range":   {item(0, "[1,2]") + "," + item(7, "[1,2]"), "numbers a vector 7"},
		"two lengths":    {item(0, "[1,2]") + "," + item(1, "[1,2,3]"), "reindex"},
		"empty":          {item(0, "[]") + "," + item(1, "[]"), "is \"mini\" an embedding model?"},
		"all zero":       {item(0, "[0,0]") + "," + item(1, "[1,2]"), "all zero"},
	} {
		t.Run(name, func(t *testing.T) {
			s := embeds(t, func(w http.ResponseWriter, _ []string) bool {
				_, _ = io.WriteString(w, `{"data":[`+c.data+`]}`)
				return true
			})
			_, err := embedder(t, s.URL).EmbedDocuments(t.Context(), []string{"a", "b"})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	t.Run("a model that changes", func(t *testing.T) {
		s := embeds(t, nil)
		_, err := embedder(t, s.URL, func(o *EmbedOptions) { o.Dimension = 384 }).EmbedQuery(t.Context(), "a")
		if err == nil || !strings.Contains(err.Error(), "3 numbers instead of 384") || !strings.Contains(err.Error(), "reindex") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("no JSON", func(t *testing.T) {
		s := embeds(t, func(w http.ResponseWriter, _ []string) bool { _, _ = io.WriteString(w, "<html>"); return true })
		if _, err := embedder(t, s.URL).EmbedQuery(t.Context(), "a"); err == nil {
			t.Error("no error")
		}
	})
	t.Run("an answer without end", func(t *testing.T) {
		s := embeds(t, func(w http.ResponseWriter, _ []string) bool {
			block := strings.Repeat(" ", 1<<20)
			for range 8 {
				if _, err := io.WriteString(w, block); err != nil {
					break
				}
			}
			return true
		})
		if _, err := embedder(t, s.URL).EmbedQuery(t.Context(), "a"); err == nil || !strings.Contains(err.Error(), "too large") {
			t.Errorf("error %v", err)
		}
	})
}

// A batch or a text that is too long is made shorter until the endpoint takes it; nothing is lost silently but a text's end.
func TestEmbedTooLong(t *testing.T) {
	s := embeds(t, func(w http.ResponseWriter, texts []string) bool {
		n := 0
		for _, x := range texts {
			n += len(x)
		}
		if n > 1000 {
			refuse(500, `{"error":{"message":"input is too large to process. increase the physical batch size","type":"server_error"}}`)(w, nil)
		}
		return n > 1000
	})
	e := embedder(t, s.URL)
	got, err := e.EmbedDocuments(t.Context(), []string{strings.Repeat("a", 300), strings.Repeat("茶", 1500), strings.Repeat("c", 900)})
	if err != nil {
		t.Fatal(err)
	}
	if got[0][0] != 300 || got[2][0] != 900 || got[1][0] == 0 || got[1][0] > 1000 {
		t.Errorf("vectors of %v, %v, %v bytes", got[0][0], got[1][0], got[2][0])
	}
	s = embeds(t, func(w http.ResponseWriter, _ []string) bool {
		refuse(400, `{"error":{"message":"maximum context length is 1 tokens"}}`)(w, nil)
		return true
	})
	var f *llm.Error
	if _, err := embedder(t, s.URL).EmbedQuery(t.Context(), strings.Repeat("a", 10_000)); !errors.As(err, &f) || f.Kind != llm.TooLong {
		t.Errorf("an endpoint that takes nothing: %v", err)
	}
	if n := len(s.requests()); n > 12 {
		t.Errorf("%d requests", n)
	}
}

// steps is a transport in memory that answers with statuses in order, then with a vector.
type steps struct {
	status []int
	retry  string
	n      atomic.Int32
}

func (s *steps) RoundTrip(r *http.Request) (*http.Response, error) {
	n := int(s.n.Add(1)) - 1
	if n < len(s.status) && s.status[n] == 0 {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	status, body := 200, `{"data":[{"index":0,"embedding":[1,2]}]}`
	if n < len(s.status) {
		status, body = s.status[n], `{"error":{"message":"no"}}`
	}
	h := http.Header{}
	if s.retry != "" {
		h.Set("Retry-After", s.retry)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func TestEmbedRepeats(t *testing.T) {
	for _, c := range []struct {
		name     string
		s        *steps
		ok       bool
		requests int32
		least    time.Duration
		most     time.Duration
	}{
		{"busy, then well", &steps{status: []int{503, 429}}, true, 3, 300 * time.Millisecond, 2 * time.Second},
		{"Retry-After", &steps{status: []int{429}, retry: "20"}, true, 2, 20 * time.Second, 20 * time.Second},
		{"Retry-After of an hour", &steps{status: []int{429}, retry: "3600"}, false, 1, 0, 0},
		{"never well", &steps{status: []int{500, 500, 500, 500, 500, 500}}, false, 4, 0, 10 * time.Second},
		{"a wrong key", &steps{status: []int{401}}, false, 1, 0, 0},
		{"a wrong request", &steps{status: []int{422}}, false, 1, 0, 0},
		{"silence", &steps{status: []int{0}}, true, 2, time.Minute, 62 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, err := NewEmbedder(EmbedOptions{URL: "http://h", Model: "m", HTTP: &http.Client{Transport: c.s}})
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				_, err = e.EmbedQuery(t.Context(), "a")
				took := time.Since(began)
				if (err == nil) != c.ok || c.s.n.Load() != c.requests || took < c.least || took > c.most {
					t.Errorf("error %v, %d requests, %v", err, c.s.n.Load(), took)
				}
			})
		})
	}
}

func TestEmbedCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := embeds(t, func(w http.ResponseWriter, _ []string) bool {
		cancel()
		refuse(503, `{}`)(w, nil)
		return true
	})
	if _, err := embedder(t, s.URL, func(o *EmbedOptions) { o.Retries = 100 }).EmbedQuery(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestNewEmbedderRefusesBadOptions(t *testing.T) {
	for name, o := range map[string]EmbedOptions{
		"no model": {URL: "http://h"}, "no url": {Model: "m"}, "batch": {URL: "http://h", Model: "m", Batch: 1 << 20},
		"extra": {URL: "http://h", Model: "m", Extra: map[string]json.RawMessage{"a": json.RawMessage("{")}},
	} {
		if _, err := NewEmbedder(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// With EMBED_URL and EMBED_MODEL a real endpoint is asked.
func TestRealEmbedder(t *testing.T) {
	url := os.Getenv("EMBED_URL")
	if url == "" {
		t.Skip("EMBED_URL is not set")
	}
	e := embedder(t, url, func(o *EmbedOptions) { o.Model = os.Getenv("EMBED_MODEL") })
	vs, err := e.EmbedDocuments(t.Context(), []string{"an electric kettle", "a water boiler", "a pair of shoes", strings.Repeat("long ", 3000)})
	if err != nil {
		t.Fatal(err)
	}
	dot := func(a, b []float32) (s float64) {
		for i := range a {
			s += float64(a[i] * b[i])
		}
		return s
	}
	if dot(vs[0], vs[1]) <= dot(vs[0], vs[2]) {
		t.Error("a kettle is nearer to shoes than to a boiler")
	}
}
