package route

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/shop"
)

// upstream is a Forwarder that is one function.
type upstream func(ctx context.Context, path string, body []byte) (*http.Response, error)

func (u upstream) Refused(status int, h http.Header, body []byte) *llm.Error {
	switch {
	case status == 429:
		s, _ := strconv.Atoi(h.Get("Retry-After"))
		return &llm.Error{Kind: llm.RateLimited, Status: status, Retry: time.Duration(s) * time.Second, Err: errors.New(string(body))}
	case status == 401:
		return &llm.Error{Kind: llm.BadKey, Status: status, Err: errors.New(string(body))}
	case status >= 500:
		return &llm.Error{Kind: llm.Down, Status: status, Err: errors.New(string(body))}
	}
	return nil
}

func (u upstream) Forward(ctx context.Context, _, path string, body []byte) (*http.Response, error) {
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
	c, a := Config{}, Alias{Name: "gpt"}
	for i, u := range us {
		name := "u" + string(rune('0'+i))
		c.Targets = append(c.Targets, Target{Name: name, Raw: u})
		a.Rungs = append(a.Rungs, []string{name})
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
		q, err := ReadRequest(body)
		if err != nil {
			t.Error(err)
			return
		}
		q.Model = "gpt"
		if err := r.Raw(w, req, q, shop.Principal{}); err != nil {
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
		{"a stream whose last event lacks its blank line", "text/event-stream", strings.TrimSuffix(whole, "\n\n"), 200},
		{"an error in a stream", "text/event-stream", "data: {\"error\": {\"message\":\"no\"}}\n\n", 200},
		{"a whole body", "application/json", `{"choices":[{"message":{"content":"a"}}],"unknown":1.50}`, 200},
		{"the client's mistake", "application/json", `{"error":{"message":"bad tool"}}`, 422},
	} {
		t.Run(c.name, func(t *testing.T) {
			var sent, path string
			u := upstream(func(ctx context.Context, p string, body []byte) (*http.Response, error) {
				path, sent = p, string(body)
				resp, err := answers(c.status, c.kind, c.body)(ctx, p, body)
				resp.Body = io.NopCloser(iotest.DataErrReader(resp.Body)) // the end comes with the last bytes, as it may
				return resp, err
			})
			var failed error
			s := front(t, rawRouter(t, u), &failed)
			status, header, got, err := post(t, s.URL+"/v1/chat/completions", `{"model":"gpt","x":1}`)
			if want := c.body + map[bool]string{true: "\n\n"}[strings.HasSuffix(c.body, "[DONE]")]; err != nil || failed != nil || status != c.status || got != want {
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
		err := r.Raw(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/v1/chat/completions", nil), &Request{Model: alias}, shop.Principal{})
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
			return r.Raw(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/v1/chat/completions", nil), &Request{Model: "gpt", Body: []byte("{}"), end: 1}, shop.Principal{})
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
		if h := r.Health()[0]; h.State != "ready" || h.Failures != 10 || h.Why == "" {
			t.Errorf("the only target is %+v", h)
		}
		time.Sleep(2 * time.Second) // the look at what is under way ends
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
	for name, u := range map[string]upstream{"it ends": cutAt("text/event-stream", half, "", false), "it breaks": cutAt("text/event-stream", half, "", true)} {
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
			status, _, got, err := post(t, front(t, rawRouter(t, cutAt("application/json", `{"choices":[`, length, true)), &failed).URL+"/v1/chat/completions", "{}")
			if err != nil || status != http.StatusTeapot || failed == nil {
				t.Errorf("it looks whole: %d %q", status, got)
			}
		})
	}
}

// What broke before its first delta is answered by the next rung, whatever broke.
func TestRawFallsOverBeforeTheFirstDelta(t *testing.T) {
	role := "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n"
	for name, u := range map[string]upstream{
		"nothing":         answers(200, "text/event-stream", ""),
		"a role alone":    answers(200, "text/event-stream", role),
		"a comment alone": answers(200, "text/event-stream", ": ping\n\n"),
		"an error":        answers(200, "text/event-stream", role+"data: {\"error\":{\"message\":\"no\"}}\n\n"),
		"garbage":         answers(200, "text/event-stream", role+"data: \xff\n\n"),
		"no resources":    answers(200, "text/event-stream", role+"data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"insufficient_system_resource\"}]}\n\ndata: [DONE]\n\n"),
		"HTML":            answers(200, "text/html", "<h1>502</h1>"),
		"half a body":     answers(200, "application/json", `{"choices":[`),
		"an empty body":   answers(200, "application/json", ""),
		"a list":          answers(200, "application/json", "[]"),
		"a whole without": answers(200, "application/json", `{"choices":[{"finish_reason":"insufficient_system_resource"}]}`),
		"429":             answers(429, "application/json", `{"error":{"message":"slow down"}}`),
		"500 in HTML":     answers(500, "text/html", "<h1>500</h1>"),
		"a refused key":   answers(401, "application/json", `{"error":{"message":"bad key sk-ours"}}`),
		"a dead endpoint": refuses(down),
		"a broken answer": func(context.Context, string, []byte) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: io.NopCloser(broken{strings.NewReader(role)})}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			var failed error
			s := front(t, rawRouter(t, u, answers(200, "text/event-stream", whole)), &failed)
			if status, _, got, err := post(t, s.URL+"/v1/chat/completions", `{"stream":true}`); status != 200 || got != whole || err != nil || failed != nil {
				t.Errorf("%d %q %v %v", status, got, err, failed)
			}
			// Alone, it is an error that says so, and nothing of our key.
			s = front(t, rawRouter(t, u), &failed)
			status, _, got, err := post(t, s.URL+"/v1/chat/completions", `{"stream":true}`)
			if err != nil || strings.Contains(got, "sk-ours") || strings.Contains(got, "<h1>") {
				t.Errorf("%d %q %v", status, got, err)
			}
			if status == 200 && !strings.Contains(got, "error") && !strings.Contains(got, "insufficient") {
				t.Errorf("it looks well: %q", got)
			}
		})
	}
}

// A sole target's refusal passes through as the endpoint wrote it.
func TestRawRefusalPassesThrough(t *testing.T) {
	u := upstream(func(context.Context, string, []byte) (*http.Response, error) {
		return &http.Response{StatusCode: 429, Header: http.Header{"Content-Type": {"application/json"}, "Retry-After": {"7"}}, Body: io.NopCloser(strings.NewReader(`{"error":{"message":"slow down"}}`))}, nil
	})
	var failed error
	s := front(t, rawRouter(t, u), &failed)
	for range 10 { // it is asked again and again, whatever it said
		status, h, got, err := post(t, s.URL+"/v1/chat/completions", `{}`)
		if status != 429 || h.Get("Retry-After") != "7" || got != `{"error":{"message":"slow down"}}` || err != nil || failed != nil {
			t.Fatalf("%d %v %q %v %v", status, h, got, err, failed)
		}
	}
}

// Deadlines of a stream: to the first delta, between deltas, of all of it.
// An endpoint that gives up before its first word says so in events, which may come one by one: a client of the only target gets them
// with their end, however they are cut into reads.
func TestRawGivesUpInPieces(t *testing.T) {
	const gaveUp = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"insufficient_system_resource\"}]}\n\ndata: [DONE]\n\n"
	for _, whole := range []bool{true, false} {
		r := rawRouter(t, upstream(func(context.Context, string, []byte) (*http.Response, error) {
			var body io.Reader = strings.NewReader(gaveUp)
			if !whole {
				body = iotest.OneByteReader(body)
			}
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: io.NopCloser(body)}, nil
		}))
		var raw error
		status, _, got, err := post(t, front(t, r, &raw).URL, `{"model":"gpt","stream":true}`)
		if status != 200 || got != gaveUp || err != nil || raw != nil {
			t.Errorf("in one piece %v: %d %q %v %v", whole, status, got, err, raw)
		}
	}
}

func TestRawDeadlines(t *testing.T) {
	delta := "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"
	for name, c := range map[string]struct {
		steps []time.Duration // pauses before deltas
		want  time.Duration
		begun bool
	}{
		"no first word": {[]time.Duration{time.Hour}, 30 * time.Second, false},
		"a pause":       {[]time.Duration{20 * time.Second, 50 * time.Second, time.Hour}, 130 * time.Second, true},
		"no end":        {slices.Repeat([]time.Duration{25 * time.Second}, 1000), 10 * time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := upstream(func(ctx context.Context, _ string, _ []byte) (*http.Response, error) {
					in, out := io.Pipe()
					go func() {
						for _, d := range c.steps {
							if !sleep(ctx, d) {
								out.CloseWithError(ctx.Err())
								return
							}
							if _, err := io.WriteString(out, delta); err != nil {
								return
							}
						}
					}()
					return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: in}, nil
				})
				began, w := time.Now(), httptest.NewRecorder()
				q, _ := ReadRequest([]byte(`{"model":"gpt","stream":true}`))
				err := rawRouter(t, u).Raw(w, httptest.NewRequest(http.MethodPost, "/v1/chat/completions", nil), q, shop.Principal{})
				if took := time.Since(began); took < c.want || took > c.want+2*lookEvery {
					t.Errorf("ended after %v", took)
				}
				if (err == nil) != c.begun || c.begun && !strings.HasSuffix(w.Body.String(), cutEvent) {
					t.Errorf("%v, %q", err, w.Body)
				}
				time.Sleep(2 * time.Second)
			})
		})
	}
}

// An answer in one piece has no first word that could be late: its head is waited for, and its end.
func TestRawWholeDeadlines(t *testing.T) {
	for _, c := range []struct {
		head, body, want time.Duration
		good             bool
	}{
		{80 * time.Second, 0, 80 * time.Second, true},
		{time.Second, 9 * time.Minute, 541 * time.Second, true}, // as an endpoint that sends empty lines while a request is queued
		{time.Hour, 0, 90 * time.Second, false},
		{time.Second, time.Hour, 10 * time.Minute, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			u := upstream(func(ctx context.Context, _ string, _ []byte) (*http.Response, error) {
				if !sleep(ctx, c.head) {
					return nil, ctx.Err()
				}
				in, out := io.Pipe()
				go func() {
					if !sleep(ctx, c.body) {
						out.CloseWithError(ctx.Err())
						return
					}
					_, _ = io.WriteString(out, `{"choices":[]}`)
					out.Close()
				}()
				return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: in}, nil
			})
			began, w := time.Now(), httptest.NewRecorder()
			q, _ := ReadRequest([]byte(`{"model":"gpt"}`))
			err := rawRouter(t, u).Raw(w, httptest.NewRequest(http.MethodPost, "/v1/chat/completions", nil), q, shop.Principal{})
			if took := time.Since(began); c.good != (err == nil && w.Body.Len() > 0) || took < c.want || took > c.want+2*lookEvery {
				t.Errorf("%+v: %v after %v", c, err, took)
			}
			time.Sleep(2 * time.Second)
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
	pieces := []string{"data: {\"choices\":[{\"delta\":{\"content\":\"one\"}}]}\n\n", "data: {\"choices\":[{\"delta\":{\"content\":\"two\"}}]}\n\n"}
	next := make(chan struct{}, 1)
	next <- struct{}{} // the head comes with the first delta
	go func() {
		for _, piece := range pieces {
			<-next
			_, _ = io.WriteString(out, piece)
		}
	}()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	buf := make([]byte, 100)
	for _, piece := range pieces {
		n, err := resp.Body.Read(buf)
		if err != nil || string(buf[:n]) != piece {
			t.Fatalf("%q, %v", buf[:n], err)
		}
		next <- struct{}{}
	}
	once.Do(cancel)
	<-gone
}

// through reads a stream in pieces of n bytes and returns what would be passed on.
func through(text string, hide bool, n int) (passed string, a *answer, err error) {
	a = &answer{hideUsage: hide, buf: make([]byte, 0, 16)}
	for b := []byte(text); len(b) > 0; b = b[min(n, len(b)):] {
		a.rest()
		a.buf = append(a.buf, b[:min(n, len(b))]...)
		p, err := a.read()
		passed += string(p)
		if err != nil {
			return passed, a, err
		}
	}
	return passed, a, nil
}

func TestAnswerInPieces(t *testing.T) {
	for text, want := range map[string]bool{
		whole: true, "data:[DONE]\n\n": true, "data: {\"choices\":[{\"finish_reason\":\"length\"}]}\r\n\r\n": true, "data: {\"error\":\"x\"}\n\n": true,
		"data: {\"choices\":[{\"finish_reason\":null}]}\n\n": false, "data: {\"content\":\"data: [DON\",\"x\":\"\\\"finish_reason\\\":\\\"stop\\\"\"}\n\n": false,
		"data: {\"error\":null}\n\n": false, "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"x\":{\"error\":\"y\"}}]}}]}\n\n": false, "": false, ": ping\n\n": false,
	} {
		for _, n := range []int{1, 3, 1000} {
			passed, a, err := through(text, true, n)
			if err != nil || a.ended() != want || passed != text {
				t.Errorf("%q in pieces of %d: %v, %q, %v", text, n, a.ended(), passed, err)
			}
		}
	}
}

func TestAnswerUsage(t *testing.T) {
	const delta, counted = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":null}],\"usage\":null}\n\n",
		"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":7,\"prompt_cache_hit_tokens\":64,\"completion_tokens_details\":{\"reasoning_tokens\":2}}}\n\n"
	const both = "data: {\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":7}}\n\n"
	for _, n := range []int{1, 7, 10_000} {
		passed, a, err := through(delta+counted+"data: [DONE]\n\n", true, n)
		if err != nil || passed != delta+"data: [DONE]\n\n" || a.usage == nil || *a.usage != (chat.Usage{Input: 100, Cached: 64, Output: 7, Reasoning: 2}) || a.deltas != 1 {
			t.Errorf("pieces of %d: %q, %+v, %v", n, passed, a.usage, err)
		}
		if passed, a, _ := through(delta+counted, false, n); passed != delta+counted || a.usage == nil {
			t.Errorf("who asks gets it: %q", passed)
		}
		passed, a, err = through(both, true, n)
		if err != nil || strings.Contains(passed, "prompt_tokens") || !strings.Contains(passed, `"usage":null`) || a.usage == nil || a.finish != "stop" || len(passed) != len(both) {
			t.Errorf("pieces of %d: %q, %+v, %v", n, passed, a, err)
		}
	}
	for _, bad := range []string{"data: oops\n\n", "data: {\"choices\":[{\"delta\":{\"content\":\"\xff\n\n"} {
		if passed, _, err := through(delta+bad+delta, true, 1000); err == nil || passed != delta {
			t.Errorf("%q, %v", passed, err)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(whole, 3)
	f.Add("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\n", 2)
	f.Fuzz(func(t *testing.T, text string, n int) {
		if n < 1 {
			return
		}
		whole, a, err := through(text, true, len(text)+1)
		pieces, b, err2 := through(text, true, n)
		if whole != pieces || (err == nil) != (err2 == nil) || a.finish != b.finish || a.done != b.done || a.failed != b.failed || a.deltas != b.deltas {
			t.Errorf("%q in pieces of %d: %q and %q, %v and %v", text, n, whole, pieces, err, err2)
		}
	})
}

func TestReadRequest(t *testing.T) {
	for body, want := range map[string]Request{
		`{"model":"a","stream":true,"max_tokens":5,"max_completion_tokens":9,"user":"ann","messages":[]}`: {Model: "a", Stream: true, MaxTokens: 9, User: "ann"},
		"{ \"mod\\u0065l\" : \"b\\u0041\", \"stream\":false, \"x\":{\"model\":\"inner\"} } ":              {Model: "bA"},
		`{"model":"a","model":"b"}`: {Model: "b"},
		`{"stream":true,"stream_options":{"x":[1,"}"],"include_usage":true}}`: {Stream: true, wantsUsage: true},
		`{"max_tokens":1e99,"model":7}`:                                       {},
		`{}`:                                                                  {},
	} {
		q, err := ReadRequest([]byte(body))
		if err != nil || q.Model != want.Model || q.Stream != want.Stream || q.MaxTokens != want.MaxTokens || q.User != want.User || q.wantsUsage != want.wantsUsage {
			t.Errorf("%s: %+v, %v", body, q, err)
		}
	}
	for _, body := range []string{"", "[]", `"x"`, "{", `{"model":"a"}x`, "{\"a\":\"\xff\"}", "null", "7"} {
		if q, err := ReadRequest([]byte(body)); err == nil {
			t.Errorf("%q: %+v", body, q)
		}
	}
}

func TestSent(t *testing.T) {
	target := &Target{Upstream: `re"al`, quoted: `"re\"al"`, extras: []extra{{"think", `,"think":{"a":1}`}}}
	for body, want := range map[string]string{
		`{"model":"a","x":1.50}`:                                              `{"model":"re\"al","x":1.50,"think":{"a":1}}`,
		`{"model":"a","think":0}`:                                             `{"model":"re\"al","think":0}`,
		`{"model":"a","model":"b","think":0}`:                                 `{"model":"re\"al","model":"re\"al","think":0}`,
		`{"stream":true,"model":"a","think":0}`:                               `{"stream":true,"model":"re\"al","think":0,"stream_options":{"include_usage":true}}`,
		`{"stream":true,"stream_options":{},"think":0}`:                       `{"stream":true,"stream_options":{"include_usage":true},"think":0}`,
		`{"stream":true,"stream_options": {"y":1} ,"think":0}`:                `{"stream":true,"stream_options": {"include_usage":true,"y":1} ,"think":0}`,
		`{"stream":true,"stream_options":null,"think":0}`:                     `{"stream":true,"stream_options":{"include_usage":true},"think":0}`,
		`{"stream_options":{"include_usage":false},"stream":true, "think":0}`: `{"stream_options":{"include_usage":true},"stream":true, "think":0}`,
		`{"stream":true,"stream_options":{"include_usage":true},"think":0}`:   `{"stream":true,"stream_options":{"include_usage":true},"think":0}`,
		`{}`: `{"think":{"a":1}}`,
	} {
		q, err := ReadRequest([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(q.sent(target)); got != want {
			t.Errorf("%s\nis sent as %s\nwant       %s", body, got, want)
		}
	}
	q, _ := ReadRequest([]byte(`{"x":1}`))
	if got := q.sent(&Target{}); &got[0] != &q.Body[0] {
		t.Error("a body that needs no change is copied")
	}
}

// What is sent is JSON of the same fields, whatever the body.
func FuzzRequest(f *testing.F) {
	for _, s := range []string{`{"model":"a","stream":true}`, `{"stream_options":{"include_usage":false},"stream":true}`, `{"a":[{"b":"\\\""}],"model":1}`, ` { } `} {
		f.Add(s)
	}
	target := &Target{Upstream: "m", quoted: `"m"`, extras: []extra{{"think", `,"think":1`}}}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := ReadRequest([]byte(s))
		var want map[string]json.RawMessage
		if err != nil {
			if utf8.ValidString(s) && json.Unmarshal([]byte(s), &want) == nil && want != nil {
				t.Errorf("%q is refused: %v", s, err)
			}
			return
		}
		var got map[string]json.RawMessage
		if err := json.Unmarshal(q.sent(target), &got); err != nil {
			t.Fatalf("%q is sent as %q: %v", s, q.sent(target), err)
		}
		if err := json.Unmarshal([]byte(s), &want); err != nil {
			t.Fatal(err)
		}
		for k, v := range want {
			if k != "model" && k != "stream_options" && string(got[k]) != string(v) {
				t.Errorf("%q: field %q became %s", s, k, got[k])
			}
		}
		if _, ok := want["model"]; ok && string(got["model"]) != `"m"` {
			t.Errorf("%q: model %s", s, got["model"])
		}
		if q.Stream && !strings.Contains(string(got["stream_options"]), "true") {
			t.Errorf("%q: usage is not asked for: %s", s, got["stream_options"])
		}
	})
}
