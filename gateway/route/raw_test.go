package route

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/gateway/llm"
	"shopkeeper/shop"
)

// upstream is a Forwarder that is one function.
type upstream func(ctx context.Context, path string, body []byte) (*http.Response, error)

func (u upstream) Forward(ctx context.Context, path string, body []byte) (*http.Response, error) {
	return u(ctx, path, body)
}

func answers(status int, kind, body string) upstream {
	return func(context.Context, string, []byte) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {kind}, "Set-Cookie": {"no"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func refuses(err error) upstream {
	return func(context.Context, string, []byte) (*http.Response, error) { return nil, err }
}

func rawRouter(t *testing.T, us ...Forwarder) *Router {
	t.Helper()
	c, a := Config{}, Alias{Name: "gpt", Rungs: [][]string{{}}}
	for i, u := range us {
		name := "u" + string(rune('0'+i))
		c.Targets = append(c.Targets, Target{Name: name, Raw: u})
		a.Rungs[0] = append(a.Rungs[0], name)
	}
	c.Targets = append(c.Targets, Target{Name: "model", Model: says("x")})
	c.Aliases = []Alias{a, {Name: "assistant", Rungs: [][]string{{"model"}}}}
	r, err := New(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// front is a server before the router; the error that Raw returned goes to errs.
func front(t *testing.T, r *Router, errs *error) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		if err := r.Raw(w, req, body, "gpt", shop.Principal{}); err != nil {
			*errs = err
			w.WriteHeader(http.StatusTeapot)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func post(t *testing.T, url, body string) (int, http.Header, string, error) {
	t.Helper()
	resp, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return 0, nil, "", err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, string(got), err
}

const whole = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\": \"stop\"}]}\n\ndata: [DONE]\n\n"

func TestRawPassesThrough(t *testing.T) {
	for _, c := range []struct {
		name, kind, body string
		status           int
	}{
		{"a stream", "text/event-stream; charset=utf-8", whole, 200},
		{"a stream without [DONE]", "text/event-stream", strings.TrimSuffix(whole, "data: [DONE]\n\n"), 200},
		{"an error in a stream", "text/event-stream", "data: {\"error\": {\"message\":\"no\"}}\n\n", 200},
		{"a whole body", "application/json", `{"choices":[{"message":{"content":"a"}}],"unknown":1.50}`, 200},
		{"the client's mistake", "application/json", `{"error":{"message":"bad tool"}}`, 422},
	} {
		t.Run(c.name, func(t *testing.T) {
			var sent, path string
			u := upstream(func(ctx context.Context, p string, body []byte) (*http.Response, error) {
				path, sent = p, string(body)
				return answers(c.status, c.kind, c.body)(ctx, p, body)
			})
			var failed error
			s := front(t, rawRouter(t, u), &failed)
			status, header, got, err := post(t, s.URL+"/v1/chat/completions", `{"model":"gpt","x":1}`)
			if err != nil || failed != nil || status != c.status || got != c.body {
				t.Errorf("%d %q, %v, %v", status, got, err, failed)
			}
			if header.Get("Content-Type") != c.kind || header.Get("Set-Cookie") != "" {
				t.Errorf("headers %v", header)
			}
			if path != "/chat/completions" || sent != `{"model":"gpt","x":1}` {
				t.Errorf("sent %s to %s", sent, path)
			}
		})
	}
}

func TestRawFallsOver(t *testing.T) {
	for _, err := range []error{down, badKey, limited(time.Hour), bad} {
		var failed error
		s := front(t, rawRouter(t, refuses(err), answers(200, "application/json", "{}")), &failed)
		if status, _, got, err := post(t, s.URL+"/v1/embeddings", "{}"); status != 200 || got != "{}" || err != nil {
			t.Errorf("%d %q %v", status, got, err)
		}
	}
	for kind, want := range map[error]shop.Kind{down: shop.Unavailable, badKey: shop.Unavailable, limited(7 * time.Second): shop.Limited, bad: shop.Invalid} {
		var failed error
		s := front(t, rawRouter(t, refuses(kind)), &failed)
		status, _, _, err := post(t, s.URL+"/v1/chat/completions", "{}")
		var e *shop.Error
		if status != http.StatusTeapot || err != nil || !errors.As(failed, &e) || e.Kind != want || strings.Contains(e.Msg, kind.Error()) {
			t.Errorf("%v: %d, %v", kind, status, failed)
		}
		if want == shop.Limited && e.Retry != 7*time.Second {
			t.Errorf("retry %v", e.Retry)
		}
	}
	r := rawRouter(t, answers(200, "", ""))
	for _, alias := range []string{"none", "assistant"} {
		err := r.Raw(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/v1/chat/completions", nil), nil, alias, shop.Principal{})
		var e *shop.Error
		if !errors.As(err, &e) || e.Kind != shop.NotFound {
			t.Errorf("%s: %v", alias, err)
		}
	}
	if _, err := r.Model("gpt"); err == nil {
		t.Error("an alias without models is a model")
	}
}

// A dead target rests, and is tried all the same when it is the only one.
func TestRawCoolsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		dead := upstream(func(context.Context, string, []byte) (*http.Response, error) { n++; return nil, down })
		r := rawRouter(t, dead, answers(200, "application/json", "{}"))
		ask := func(r *Router) error {
			return r.Raw(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/v1/chat/completions", nil), nil, "gpt", shop.Principal{})
		}
		for range 10 {
			if err := ask(r); err != nil {
				t.Fatal(err)
			}
		}
		if n != 3 {
			t.Errorf("%d calls of a dead target", n)
		}
		time.Sleep(15 * time.Second)
		if err := ask(r); err != nil || n != 4 {
			t.Errorf("%d calls, %v", n, err)
		}
		n = 0
		r = rawRouter(t, dead)
		for range 10 {
			if err := ask(r); err == nil {
				t.Fatal("no error")
			}
		}
		if n != 10 {
			t.Errorf("%d calls of the only target", n)
		}
	})
}

// broken is a body that breaks.
type broken struct{ io.Reader }

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = llm.ErrTruncated
	}
	return n, err
}

func TestRawCut(t *testing.T) {
	cutAt := func(kind, body string, length string, breaks bool) upstream {
		return func(context.Context, string, []byte) (*http.Response, error) {
			var r io.Reader = strings.NewReader(body)
			if breaks {
				r = broken{r}
			}
			h := http.Header{"Content-Type": {kind}}
			if length != "" {
				h.Set("Content-Length", length)
			}
			return &http.Response{StatusCode: 200, Header: h, Body: io.NopCloser(r)}, nil
		}
	}
	half := "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n"
	for name, u := range map[string]upstream{"it ends": cutAt("text/event-stream", half, "", false), "it breaks": cutAt("text/event-stream", half, "", true), "empty": cutAt("text/event-stream", "", "", false)} {
		t.Run(name, func(t *testing.T) {
			var failed error
			_, _, got, err := post(t, front(t, rawRouter(t, u), &failed).URL+"/v1/chat/completions", "{}")
			if err != nil || failed != nil || !strings.Contains(got, `"code":"upstream_cut"`) || strings.Contains(got, "[DONE]") {
				t.Errorf("%q, %v, %v", got, err, failed)
			}
		})
	}
	t.Run("after its ending a break is nothing", func(t *testing.T) {
		var failed error
		_, _, got, err := post(t, front(t, rawRouter(t, cutAt("text/event-stream", whole, "", true)), &failed).URL+"/v1/chat/completions", "{}")
		if err != nil || got != whole {
			t.Errorf("%q, %v", got, err)
		}
	})
	for _, length := range []string{"", "1000"} {
		t.Run("a whole body "+length, func(t *testing.T) {
			var failed error
			if _, _, got, err := post(t, front(t, rawRouter(t, cutAt("application/json", `{"choices":[`, length, true)), &failed).URL+"/v1/chat/completions", "{}"); err == nil {
				t.Errorf("it looks whole: %q", got)
			}
		})
	}
}

// What a target sends arrives at once, and a client that leaves stops the target.
func TestRawStreams(t *testing.T) {
	in, out := io.Pipe()
	gone := make(chan struct{})
	u := upstream(func(ctx context.Context, _ string, _ []byte) (*http.Response, error) {
		go func() {
			<-ctx.Done()
			close(gone)
			out.CloseWithError(ctx.Err())
		}()
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: in}, nil
	})
	var failed error
	var once sync.Once
	s := front(t, rawRouter(t, u), &failed)
	ctx, cancel := context.WithCancel(t.Context())
	defer once.Do(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/v1/chat/completions", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	buf := make([]byte, 100)
	for _, piece := range []string{"data: one\n\n", "data: two\n\n"} {
		if _, err := io.WriteString(out, piece); err != nil {
			t.Fatal(err)
		}
		n, err := resp.Body.Read(buf)
		if err != nil || string(buf[:n]) != piece {
			t.Fatalf("%q, %v", buf[:n], err)
		}
	}
	once.Do(cancel)
	<-gone
}

func TestEndingIsFoundInPieces(t *testing.T) {
	for text, want := range map[string]bool{
		whole: true, "data:[DONE]\n\n": true, `data: {"choices":[{"finish_reason":"length"}]}`: true, `data: {"error":"x"}`: true,
		`data: {"choices":[{"finish_reason":null}]}`: false, `data: {"content":"data: [DON","x":"\"finish_reason\":\"stop\""}`: false, `data: {"error":null}`: false, "": false,
	} {
		for _, n := range []int{1, 3, 1000} {
			var e ending
			for b := []byte(text); len(b) > 0; b = b[min(n, len(b)):] {
				e.read(b[:min(n, len(b))])
			}
			if e.seen != want {
				t.Errorf("%q in pieces of %d: %v", text, n, e.seen)
			}
		}
	}
}
