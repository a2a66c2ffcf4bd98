package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
)

func TestFinishReasons(t *testing.T) {
	for reason, want := range map[string]llm.Finish{
		"stop": llm.Stop, "length": llm.Length, "content_filter": llm.Filter, "tool_calls": llm.Stop, "eos": llm.Stop, "max_tokens": llm.Length,
		"model_says_so": llm.Stop, "repetition": llm.Length,
	} {
		listen(t, client(t, serve(t, stream(says("x"), ends(reason), done)).URL), ask("x")).want(t, "x", want)
	}
	for _, reason := range []string{"insufficient_system_resource", "abort", "error"} {
		for _, text := range []string{"", "Half"} {
			h := listen(t, client(t, serve(t, stream(says(text), ends(reason), done)).URL), ask("x"))
			h.fails(t, llm.Down)
		}
	}
	listen(t, client(t, serve(t, stream(delta(`"refusal":"I cannot."`), ends("stop"), done)).URL), plain("x")).want(t, "I cannot.", llm.Filter)
	listen(t, client(t, serve(t, stream(delta(`"reasoning":"long thoughts"`), ends("length"), done)).URL), plain("x")).want(t, "", llm.Length)
	listen(t, client(t, serve(t, stream(ends("tool_calls"), done)).URL), ask("x")).fails(t, llm.Blank)
}

// A server may send the whole answer where a stream was asked for, after blank lines or none.
func TestWholeBody(t *testing.T) {
	body := `{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":%s,"tool_calls":%s},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":3}}`
	send := func(s string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, s) }
	}
	fill := func(content, calls string) string {
		return strings.Replace(strings.Replace(body, "%s", content, 1), "%s", calls, 1)
	}
	for _, lead := range []string{"", "\n", "\n\n\n", "\ufeff", "\r\n"} {
		h := listen(t, client(t, serve(t, send(lead+fill(`"Tea."`, `null`))).URL), ask("x"))
		h.want(t, "Tea.", llm.Stop)
		if h.Usage == nil || h.Usage.Input != 9 {
			t.Errorf("usage %+v", h.Usage)
		}
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(fill(`null`, `[{"id":"a","function":{"name":"search_products","arguments":{"query":"tea"}}}]`)), "", "  "); err != nil {
		t.Fatal(err)
	}
	listen(t, client(t, serve(t, send(indented.String())).URL), ask("x")).want(t, "", llm.Calls, teaCall)
	listen(t, client(t, serve(t, send(`{"error":{"message":"no slots","code":503}}`)).URL), ask("x")).fails(t, llm.Down)
	listen(t, client(t, serve(t, send("<html>502 Bad Gateway</html>")).URL), ask("x")).fails(t, llm.Down)
	listen(t, client(t, serve(t, send(fill(`"Tea."`, `null`)[:60])).URL), ask("x")).fails(t, llm.Down)
}

func TestOddFrames(t *testing.T) {
	listen(t, client(t, serve(t, stream("id: 1\nretry: 5\ndata:"+says("No space")[6:], "data: {\"choices\":[{\"index\":0,\ndata: \"delta\":{\"content\":\" split\"}}]}", ends("stop"), done)).URL), plain("x")).want(t, "No space split", llm.Stop)
	listen(t, client(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.ReplaceAll(says("CRLF")+"\n\n"+ends("stop")+"\n\n"+done+"\n\n", "\n", "\r\n"))
	}).URL), plain("x")).want(t, "CRLF", llm.Stop)
	listen(t, client(t, serve(t, stream(delta(`"content":[{"type":"text","text":"Parts"},{"type":"thinking","text":"no"}]`), ends("stop"), done)).URL), plain("x")).want(t, "Parts", llm.Stop)
	listen(t, client(t, serve(t, stream(`data: {"choices":[{"index":1,"delta":{"content":"another"}},{"index":0,"delta":{"content":"first"}}]}`, ends("stop"), done)).URL), plain("x")).want(t, "first", llm.Stop)
	long := strings.Repeat("long ", 60_000)
	listen(t, client(t, serve(t, stream(says(long+"x"), ends("stop"), done)).URL), plain("x")).want(t, long+"x", llm.Stop)
	listen(t, client(t, serve(t, stream(says(strings.Repeat("x", maxLine+64<<10)), ends("stop"), done)).URL), plain("x")).fails(t, llm.Cut)
}

func TestCallsComeInPieces(t *testing.T) {
	call := func(s string) string { return delta(`"tool_calls":[` + s + `]`) }
	for name, lines := range map[string][]string{
		"interleaved": {
			call(`{"index":0,"id":"a","function":{"name":"search_products","arguments":""}}`), call(`{"index":1,"id":"b","function":{"name":"cancel_order","arguments":"{\"order\":"}}`),
			call(`{"index":0,"function":{"arguments":"{\"query\":\"tea\"}"}}`), call(`{"index":1,"function":{"arguments":"\"A1\"}"}}`),
		},
		"without index": {
			call(`{"id":"a","function":{"name":"search_products","arguments":"{\"query\":"}}`), call(`{"function":{"arguments":"\"tea\"}"}}`),
			call(`{"id":"b","function":{"name":"cancel_order","arguments":"{\"order\":\"A1\"}"}}`),
		},
		"all are number 0": {
			call(`{"index":0,"id":"a","function":{"name":"search_products","arguments":"{\"query\":\"tea\"}"}}`),
			call(`{"index":0,"id":"b","function":{"name":"cancel_order","arguments":"{\"order\":\"A1\"}"}}`),
		},
		"without ids": {
			call(`{"function":{"name":"search_products","arguments":"{\"query\":\"tea\"}"}}`), call(`{"function":{"name":"cancel_order","arguments":"{\"order\":\"A1\"}"}}`),
		},
		"id and name again": {
			call(`{"index":0,"id":"a","function":{"name":"search_products","arguments":"{\"query\":"}}`), call(`{"index":0,"id":"a","function":{"name":"search_products","arguments":"\"tea\"}"}}`),
			call(`{"index":3,"id":"b","function":{"name":"cancel_order","arguments":{"order":"A1"}}}`),
		},
		"two in one delta": {call(`{"index":0,"id":"a","function":{"name":"search_products","arguments":"{\"query\":\"tea\"}"}},{"index":1,"id":"b","function":{"name":"cancel_order","arguments":"{\"order\":\"A1\"}"}}`)},
	} {
		t.Run(name, func(t *testing.T) {
			h := listen(t, client(t, serve(t, stream(append(lines, ends("tool_calls"), done)...)).URL), ask("x"))
			if len(h.Calls) != 2 || h.IDs[0] == h.IDs[1] {
				t.Fatalf("calls %q, ids %q", h.Calls, h.IDs)
			}
			h.want(t, "", llm.Calls, teaCall, strings.ReplaceAll(`cancel_order {"order":"A1"}`, " ", " "))
		})
	}
	t.Run("cut by length", func(t *testing.T) {
		lines := []string{call(`{"index":0,"id":"a","function":{"name":"search_products","arguments":"{\"query\":\"tea\"}"}}`), call(`{"index":1,"id":"b","function":{"name":"cancel_order","arguments":"{\"order\":"}}`), ends("length"), done}
		listen(t, client(t, serve(t, stream(lines...)).URL), ask("x")).want(t, "", llm.Calls, teaCall)
	})
	t.Run("too long", func(t *testing.T) {
		var lines []string
		for range 30 {
			lines = append(lines, call(`{"index":0,"function":{"name":"search_products","arguments":"`+strings.Repeat("x", 10_000)+`"}}`))
		}
		listen(t, client(t, serve(t, stream(append(lines, ends("tool_calls"), done)...)).URL), ask("x")).fails(t, llm.Cut)
	})
	t.Run("the form before tool_calls", func(t *testing.T) {
		listen(t, client(t, serve(t, stream(delta(`"function_call":{"name":"search_products","arguments":"{\"query\":"}`), delta(`"function_call":{"arguments":"\"tea\"}"}`), ends("function_call"), done)).URL), ask("x")).want(t, "", llm.Calls, teaCall)
	})
}

// Servers without a parser for reasoning leave it in the content.
func TestReasoningInTags(t *testing.T) {
	for _, n := range []int{1, 4, 1000} {
		h := listen(t, client(t, serve(t, stream(spoken("\n<think>They want <b>tea</b>.</think>\n\nTea it is.", n, ends("stop"), done)...)).URL), ask("x"))
		h.want(t, "Tea it is.", llm.Stop)
		if h.Reasoning != "They want <b>tea</b>." {
			t.Errorf("reasoning %q", h.Reasoning)
		}
		h = listen(t, client(t, serve(t, stream(spoken("<think>no end", n, ends("length"), done)...)).URL), ask("x"))
		h.want(t, "", llm.Length)
		if h.Reasoning != "no end" {
			t.Errorf("reasoning %q", h.Reasoning)
		}
		listen(t, client(t, serve(t, stream(spoken("<thin air> is <think>", n, ends("stop"), done)...)).URL), ask("x")).want(t, "<thin air> is <think>", llm.Stop)
	}
}

// The recordings of a real server, in network pieces of several sizes.
func TestRecordings(t *testing.T) {
	for _, c := range []struct {
		file, mode, text string
		finish           llm.Finish
		calls            []string
	}{
		{"llamacpp-leaked-call.http", Native, "", llm.Calls, []string{`search_products {"query":"kettle","max_price":40}`}},
		{"llamacpp-required-zh.http", Native, "", llm.Calls, nil},
		{"llamacpp-json-schema.http", Schema, "", llm.Calls, nil},
		{"llamacpp-text-zh.http", Native, "我们提供免费退货政策，确保您的商品在使用过程中不会被损坏。", llm.Stop, nil},
	} {
		raw := shared(t, filepath.Join("streams", c.file))
		_, body, _ := bytes.Cut(raw, []byte("\n\n"))
		for _, n := range []int{1, 100, 1 << 20} {
			t.Run(c.file+" "+strconv.Itoa(n), func(t *testing.T) {
				e := serve(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "text/event-stream")
					for b := body; len(b) > 0; b = b[min(n, len(b)):] {
						_, _ = w.Write(b[:min(n, len(b))])
						w.(http.Flusher).Flush()
					}
				})
				req := ask("kettle")
				req.Tools[0].Check = nil
				h := listen(t, client(t, e.URL, func(o *Options) { o.Tools = c.mode }), req)
				if h.Err != nil || h.Finish != c.finish {
					t.Fatalf("finish %q, %v", h.Finish, h.Err)
				}
				if c.finish == llm.Stop {
					if h.Text != c.text {
						t.Errorf("text %q", h.Text)
					}
					if h.Usage == nil || h.Usage.Estimated || h.Usage.Input != 36 || h.Usage.Cached != 5 || h.Usage.Output != 17 {
						t.Errorf("usage %+v", h.Usage)
					}
					return
				}
				if h.Text != "" || len(h.Calls) != 1 || !strings.HasPrefix(h.Calls[0], "search_products {") {
					t.Errorf("text %q, calls %q", h.Text, h.Calls)
				}
			})
		}
	}
	t.Run("context overflow", func(t *testing.T) {
		_, body, _ := bytes.Cut(shared(t, "streams/llamacpp-context-overflow.http"), []byte("\n\n"))
		h := listen(t, client(t, serve(t, refuse(400, string(body))).URL), ask("x"))
		if e := h.fails(t, llm.TooLong); e.Window != 4096 {
			t.Errorf("window %d", e.Window)
		}
	})
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		kind   llm.Kind
		window int
	}{
		{401, `{"error":{"message":"Incorrect API key"}}`, llm.BadKey, 0},
		{402, `{"error":{"message":"Insufficient Balance"}}`, llm.BadKey, 0},
		{403, ``, llm.BadKey, 0},
		{429, `{"error":{"message":"You exceeded your current quota, please check your plan","type":"insufficient_quota"}}`, llm.BadKey, 0},
		{429, `{"error":{"message":"Rate limit reached"}}`, llm.RateLimited, 0},
		{422, `{"detail":[{"loc":["body","temperature"],"msg":"wrong"}]}`, llm.BadRequest, 0},
		{400, `{"object":"error","message":"This model's maximum context length is 8192 tokens. However, you requested 9000 tokens","type":"BadRequestError","code":400}`, llm.TooLong, 8192},
		{400, `{"error":{"message":"The input (9000 tokens) is longer than the model's context length (8192 tokens).","type":"BadRequest"}}`, llm.TooLong, 8192},
		{413, `too large`, llm.TooLong, 0},
		{404, `{"error":{"message":"The model does not exist"}}`, llm.BadRequest, 0},
		{500, `<html>`, llm.Down, 0},
		{503, `{"error":"Loading model"}`, llm.Down, 0},
		{302, ``, llm.Down, 0},
	} {
		h := listen(t, client(t, serve(t, refuse(c.status, c.body, "Location", "http://127.0.0.1:1/x")).URL), plain("x"))
		if e := h.fails(t, c.kind); e.Status != c.status || e.Window != c.window {
			t.Errorf("%d %s: status %d, window %d", c.status, c.body, e.Status, e.Window)
		}
	}
	listen(t, client(t, "http://127.0.0.1:1"), plain("x")).fails(t, llm.Down)
}

// A template that takes no system message in the middle, or wants roles to alternate, is met from then on.
func TestFlatTemplates(t *testing.T) {
	e := serve(t, refuse(500, `{"error":{"message":"Conversation roles must alternate user/assistant/user/assistant/..."}}`), stream(says("x"), ends("stop"), done))
	req := plain("one")
	req.Messages = append(req.Messages, chat.Message{Role: chat.User, Text: "two"})
	req.Volatile = "Now: noon."
	listen(t, client(t, e.URL), req).want(t, "x", llm.Stop)
	var ms []struct{ Role, Content string }
	if err := json.Unmarshal(e.body(t, 1)["messages"], &ms); err != nil {
		t.Fatal(err)
	}
	if len(ms) != 2 || ms[1].Role != "user" || ms[1].Content != "one\n\ntwo\n\nNow: noon." {
		t.Errorf("messages %+v", ms)
	}
}

// The front of the request is the same bytes from round to round, so that the endpoint's prefix cache hits.
func TestRequestIsByteStable(t *testing.T) {
	e := serve(t, stream(says("x"), ends("stop"), done))
	c := client(t, e.URL)
	req := ask("kettle")
	req.Volatile = "Now: 12:00."
	listen(t, c, req)
	listen(t, c, req)
	req.Volatile = "Now: 12:01."
	req.Messages = append(req.Messages, chat.Message{Role: chat.Bot, Text: "x"}, chat.Message{Role: chat.User, Text: "cheaper"})
	listen(t, c, req)
	rs := e.requests()
	if rs[0] != rs[1] {
		t.Errorf("the same request is other bytes:\n%s\n%s", rs[0], rs[1])
	}
	at := strings.Index(rs[0], `{"role":"system","content":"Now:`)
	if at < 0 || !strings.HasPrefix(rs[2], rs[0][:at]) {
		t.Errorf("the front changed:\n%s\n%s", rs[0], rs[2])
	}
	if !strings.Contains(rs[0], `"parameters":`+string(tools()[0].Input)) {
		t.Errorf("the schema is not sent byte for byte: %s", rs[0])
	}
}

func TestBaseURL(t *testing.T) {
	for in, want := range map[string]string{
		"http://h:1": "http://h:1/v1", "http://h:1/": "http://h:1/v1", "https://h/v1": "https://h/v1", "https://h/v1/": "https://h/v1",
		"https://h/api/paas/v4": "https://h/api/paas/v4", "https://h/openai": "https://h/openai", "https://h/v1/chat/completions": "https://h/v1",
		" http://h/v1beta/openai/ ": "http://h/v1beta/openai", "http://h/chat/completions": "http://h/v1",
	} {
		if got, err := baseURL(in); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "h:1", "ftp://h", "http://", "://"} {
		if got, err := baseURL(in); err == nil {
			t.Errorf("%q is taken as %q", in, got)
		}
	}
}

func TestNewRefusesBadOptions(t *testing.T) {
	for name, o := range map[string]Options{
		"no model": {URL: "http://h"}, "no url": {Model: "m"}, "tools": {URL: "http://h", Model: "m", Tools: "magic"},
		"extra": {URL: "http://h", Model: "m", Extra: map[string]json.RawMessage{"a": json.RawMessage("{")}},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A break stops the endpoint.
func TestBreakStopsTheEndpoint(t *testing.T) {
	gone := make(chan struct{})
	e := serve(t, func(w http.ResponseWriter, r *http.Request) {
		stream(says("one"))(w, r)
		<-r.Context().Done()
		close(gone)
	})
	for d, err := range client(t, e.URL).Stream(t.Context(), plain("x")) {
		if err != nil {
			t.Fatal(err)
		}
		if d.Text == "one" {
			break
		}
	}
	<-gone
}

func TestCancelledContext(t *testing.T) {
	cause := errors.New("the shopper left")
	ctx, cancel := context.WithCancelCause(t.Context())
	e := serve(t, func(w http.ResponseWriter, r *http.Request) {
		stream(says("one"))(w, r)
		cancel(cause)
		<-r.Context().Done()
	})
	var got error
	for _, err := range client(t, e.URL).Stream(ctx, plain("x")) {
		if err != nil {
			got = err
		}
	}
	if !errors.Is(got, context.Canceled) || !errors.Is(got, cause) {
		t.Errorf("error %v", got)
	}
}

// slowly is a transport in memory, so that synctest's clock moves it: each step waits, then sends.
type slowly []struct {
	wait time.Duration
	send string
}

func (s slowly) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	pause := func(d time.Duration) bool {
		select {
		case <-time.After(d):
			return true
		case <-ctx.Done():
			return false
		}
	}
	if !pause(s[0].wait) {
		return nil, context.Cause(ctx)
	}
	in, out := io.Pipe()
	go func() {
		for _, step := range s[1:] {
			if !pause(step.wait) {
				out.CloseWithError(context.Cause(ctx))
				return
			}
			if _, err := io.WriteString(out, step.send+"\n\n"); err != nil {
				return
			}
		}
		out.Close()
	}()
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: in, Request: r}, nil
}

func TestTimers(t *testing.T) {
	const comment = ": keep-alive"
	type step = struct {
		wait time.Duration
		send string
	}
	beat := func(n int, wait time.Duration, line string) (out slowly) {
		for range n {
			out = append(out, step{wait, line})
		}
		return out
	}
	s := time.Second
	for _, c := range []struct {
		name  string
		steps slowly
		want  string // of the error; "" = none
		after time.Duration
	}{
		{"all in time", slowly{{60 * s, ""}, {30 * s, comment}, {25 * s, says("a")}, {50 * s, says("b")}, {50 * s, ends("stop")}, {0, done}}, "", 0},
		{"no head", slowly{{200 * s, ""}}, "no response within 1m30s", 90 * s},
		{"no byte", slowly{{s, ""}, {s, says("a")}, {200 * s, says("b")}}, "no byte within 1m0s", 62 * s},
		{"comments, but no first delta", append(slowly{{s, ""}}, beat(40, 10*s, comment)...), "no first delta within 2m0s", 120 * s},
		{"comments, but no further delta", append(slowly{{s, ""}, {s, says("a")}}, beat(40, 10*s, comment)...), "no further delta within 1m30s", 92 * s},
		{"empty deltas are no progress", append(slowly{{s, ""}, {s, says("a")}}, beat(40, 10*s, delta(`"content":""`))...), "no further delta within 1m30s", 92 * s},
		{"the end lingers", slowly{{s, ""}, {s, says("a")}, {s, ends("stop")}, {50 * s, done}}, "", 5 * s},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				cl, err := New(Options{URL: "http://h", Model: "m", Progress: 90 * s, HTTP: &http.Client{Transport: c.steps}})
				if err != nil {
					t.Fatal(err)
				}
				out, err := cancelled(t.Context(), cl, plain("x"))
				took := time.Since(began)
				switch {
				case c.want == "" && err != nil:
					t.Errorf("error %v", err)
				case c.want == "" && out[len(out)-1].Finish != llm.Stop:
					t.Errorf("deltas %+v", out)
				case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
					t.Errorf("error %v, want %q", err, c.want)
				}
				var e *llm.Error
				if c.want != "" && (!errors.As(err, &e) || e.Kind != llm.Down) {
					t.Errorf("kind of %v", err)
				}
				if c.after > 0 && took != c.after {
					t.Errorf("it took %v, want %v", took, c.after)
				}
			})
		})
	}
	t.Run("a slow reader is not the endpoint's fault", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			cl, err := New(Options{URL: "http://h", Model: "m", HTTP: &http.Client{Transport: slowly{{s, ""}, {s, says("a")}, {s, says("b")}, {s, ends("stop")}, {0, done}}}})
			if err != nil {
				t.Fatal(err)
			}
			for _, err := range cl.Stream(t.Context(), plain("x")) {
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Minute)
			}
		})
	})
}

// With MODEL_URL and MODEL_NAME a real endpoint is asked.
func TestRealEndpoint(t *testing.T) {
	url, name := os.Getenv("MODEL_URL"), os.Getenv("MODEL_NAME")
	if url == "" {
		t.Skip("MODEL_URL is not set")
	}
	h := listen(t, client(t, url, func(o *Options) { o.Model, o.Key, o.Tools = name, os.Getenv("MODEL_KEY"), os.Getenv("MODEL_TOOLS") }), ask("I look for a kettle."))
	if h.Err != nil || h.Finish == "" {
		t.Fatalf("%+v", h)
	}
	t.Logf("%+v", h)
}

// An endpoint that is ahead of its reader is read in few large pieces; one that is not is never waited for.
func TestWordsThatAreHereGoTogether(t *testing.T) {
	once := func(lines ...string) *endpoint { return serve(t, refuse(200, strings.Join(lines, "\n\n")+"\n\n")) }
	h := listen(t, client(t, once(append(spoken("a kettle for you", 1), ends("stop"), done)...).URL), plain("x"))
	h.want(t, "a kettle for you", llm.Stop)
	if len(h.Pieces) > 2 {
		t.Errorf("the text comes in %d pieces", len(h.Pieces))
	}
	h = listen(t, client(t, once(delta(`"reasoning_content":"th"`), delta(`"reasoning_content":"ink"`), says("te"), says("a"), ends("stop"), done).URL), plain("x"))
	h.want(t, "tea", llm.Stop)
	if h.Reasoning != "think" {
		t.Errorf("the reasoning is %q", h.Reasoning)
	}
	h = listen(t, client(t, once(says("te"), says("a"), `data: {"error":{"message":"out of memory"}}`).URL), plain("x"))
	if h.Text != "tea" || h.Err == nil || h.Usage == nil {
		t.Errorf("before an error in the stream came %q, usage %v, error %v", h.Text, h.Usage, h.Err)
	}

	// What follows the words is no event yet: a comment, an event that has not come whole.
	for _, waits := range []string{": keep-alive\n", "data: {\"choices\":[", "\n\n", "event: x\n"} {
		heard := make(chan struct{})
		e := serve(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, says("tea")+"\n\n"+waits)
			w.(http.Flusher).Flush()
			select {
			case <-heard:
				_, _ = io.WriteString(w, "\n")
			case <-r.Context().Done():
			case <-time.After(10 * time.Second):
				t.Errorf("the words wait behind %q", waits)
			}
		})
		for d, err := range client(t, e.URL).Stream(t.Context(), plain("x")) {
			if err != nil {
				break
			}
			if d.Text == "tea" {
				close(heard)
			}
		}
	}
}

// The end of a body comes after [DONE], on a network in a packet of its own; the connection is used again all the same.
func TestConnectionIsUsedAgain(t *testing.T) {
	var from []string
	e := serve(t, func(w http.ResponseWriter, r *http.Request) {
		from = append(from, r.RemoteAddr)
		stream(says("tea"), ends("stop"), done)(w, r)
		time.Sleep(20 * time.Millisecond)
	})
	c := client(t, e.URL)
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		for _, err := range c.Stream(ctx, plain("x")) {
			if err != nil {
				t.Fatal(err)
			}
		}
		cancel() // the turn is over
		time.Sleep(60 * time.Millisecond)
	}
	if from[0] != from[1] || from[1] != from[2] {
		t.Errorf("the requests came over connections from %v", from)
	}
}
