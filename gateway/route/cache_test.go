package route

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// tally is a meter that keeps what it is told.
type tally struct {
	mu    sync.Mutex
	calls []chat.Call
}

func (m *tally) Reserve(context.Context, shop.Principal, int64, int64) (chat.Reserved, error) {
	return m, nil
}

func (m *tally) Settle() {}

func (m *tally) Record(c chat.Call) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, c)
}

func TestCache(t *testing.T) {
	const embedded = `{"data":[{"embedding":[1,2]}],"usage":{"prompt_tokens":3}}`
	asked := 0
	broken := false
	endpoint := upstream(func(_ context.Context, path string, body []byte) (*http.Response, error) {
		asked++
		kind, answer := "application/json", embedded
		switch {
		case strings.Contains(string(body), `"stream":true`):
			kind, answer = "text/event-stream", whole
			if broken {
				answer = answer[:strings.Index(answer, "\n\n")+2] // and no more
			}
		case path == "/chat/completions":
			answer = `{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}`
			if broken {
				return &http.Response{StatusCode: 422, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"error":{}}`))}, nil
			}
		}
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(answer))}, nil
	})
	m := &tally{}
	conf := Config{
		Targets: []Target{{Name: "u", Provider: "p", Raw: endpoint, Price: Price{Input: 100}}}, Aliases: []Alias{{Name: "gpt", Rungs: [][]string{{"u"}}}}, Meter: m,
	}
	r, err := New(conf, nil)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := NewCache(1<<20, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer cache.Close()
	r.Remember(cache)
	do := func(path, tenant, header, body string) (string, string) {
		t.Helper()
		q, err := ReadRequest([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		req := httptest.NewRequest("POST", "/v1"+path, nil)
		if header != "" {
			req.Header.Set(CacheHeader, header)
		}
		w := httptest.NewRecorder()
		if err := r.Raw(w, req, q, shop.Principal{Tenant: tenant}); err != nil {
			t.Fatal(err)
		}
		return w.Header().Get(CacheHeader), w.Body.String()
	}
	const question, stream = `{"model":"gpt","messages":[]}`, `{"model":"gpt","stream":true,"messages":[]}`
	for _, step := range []struct {
		what, path, tenant, header, body string
		broken                           bool
		want                             string
		asks                             int
	}{
		{"embeddings, first", "/embeddings", "a", "", `{"model":"gpt","input":"x"}`, false, "miss", 1},
		{"embeddings, again", "/embeddings", "a", "", `{"model":"gpt","input":"x"}`, false, "hit", 0},
		{"another input", "/embeddings", "a", "", `{"model":"gpt","input":"y"}`, false, "miss", 1},
		{"another tenant", "/embeddings", "b", "", `{"model":"gpt","input":"x"}`, false, "miss", 1},
		{"not wanted", "/embeddings", "a", "off", `{"model":"gpt","input":"x"}`, false, "", 1},
		{"chat, nothing said", "/chat/completions", "a", "", question, false, "", 1},
		{"chat, nothing said, again", "/chat/completions", "a", "", question, false, "", 1},
		{"chat, refused", "/chat/completions", "a", "use", question, true, "miss", 1},
		{"chat, first", "/chat/completions", "a", "use", question, false, "miss", 1},
		{"chat, again", "/chat/completions", "a", "use", question, false, "hit", 0},
		{"chat, anew", "/chat/completions", "a", "refresh", question, false, "miss", 1},
		{"stream, cut", "/chat/completions", "a", "use", stream, true, "miss", 1},
		{"stream, first", "/chat/completions", "a", "use", stream, false, "miss", 1},
		{"stream, again", "/chat/completions", "a", "use", stream, false, "hit", 0},
	} {
		broken = step.broken
		before := asked
		got, body := do(step.path, step.tenant, step.header, step.body)
		if got != step.want || asked-before != step.asks && !step.broken {
			t.Errorf("%s: header %q, want %q; the endpoint was asked %d times, want %d", step.what, got, step.want, asked-before, step.asks)
		}
		if got == "hit" {
			want := embedded
			if step.path != "/embeddings" {
				want = `{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}`
			}
			if step.body == stream {
				want = whole
			}
			if body != want {
				t.Errorf("%s: %q", step.what, body)
			}
			last := m.calls[len(m.calls)-1]
			if !last.Cached || last.Nano != 0 || last.Ending != chat.Completed || last.Who.Tenant != step.tenant || last.Target != "u" || last.ID == m.calls[len(m.calls)-2].ID {
				t.Errorf("%s: accounted as %+v", step.what, last)
			}
		}
	}
	if err := r.Reload(conf); err != nil {
		t.Fatal(err)
	}
	if got, _ := do("/embeddings", "a", "", `{"model":"gpt","input":"x"}`); got != "miss" {
		t.Error("an answer of another configuration is given")
	}
}

// An answer that is too large is passed on and not kept; one that is old is not given.
func TestCacheBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache, err := NewCache(8<<10, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		defer cache.Close()
		size := 100
		r := rawRouter(t, upstream(func(context.Context, string, []byte) (*http.Response, error) {
			body := `{"data":"` + strings.Repeat("x", size) + `"}`
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
		}))
		r.Remember(cache)
		do := func() string {
			q, err := ReadRequest([]byte(`{"model":"gpt","input":"x"}`))
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			if err := r.Raw(w, httptest.NewRequest("POST", "/v1/embeddings", nil), q, shop.Principal{}); err != nil {
				t.Fatal(err)
			}
			if w.Body.Len() != size+len(`{"data":""}`) && w.Header().Get(CacheHeader) == "miss" {
				t.Errorf("%d bytes came", w.Body.Len())
			}
			return w.Header().Get(CacheHeader)
		}
		if a, b := do(), do(); a != "miss" || b != "hit" {
			t.Errorf("%s, %s", a, b)
		}
		time.Sleep(61 * time.Second)
		if a := do(); a != "miss" {
			t.Errorf("an old answer: %s", a)
		}
		time.Sleep(61 * time.Second)
		size = 2000
		if a, b := do(), do(); a != "miss" || b != "miss" {
			t.Errorf("a large answer: %s, %s", a, b)
		}
		time.Sleep(time.Minute) // who watches over requests looks once more
	})
}
