package openai

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
)

// One test for each row of PROTOCOLS.md's first table, in its order. Row 11 is in leak_test.go.

func TestTrap1ManyKeepAlives(t *testing.T) {
	lines := slices.Repeat([]string{": keep-alive"}, 1200)
	lines = append(lines, says("Hello"), ends("stop"), done)
	listen(t, client(t, serve(t, stream(lines...)).URL), plain("hi")).want(t, "Hello", llm.Stop)
}

func TestTrap2CutStream(t *testing.T) {
	abort := func(lines ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			stream(lines...)(w, r)
			panic(http.ErrAbortHandler)
		}
	}
	for name, h := range map[string]http.HandlerFunc{
		"clean": stream(says("Half an ans")),
		"abort": abort(says("Half an ans")),
		"torn":  stream(says("Half an ans"), `data: {"choices":[{"index":0,"delta":{"content":"wer`),
	} {
		t.Run(name, func(t *testing.T) {
			h := listen(t, client(t, serve(t, h).URL), plain("hi"))
			if err := h.fails(t, llm.Cut); !errors.Is(err, llm.ErrTruncated) {
				t.Errorf("%v is no ErrTruncated", err)
			}
			if h.Text != "Half an ans" {
				t.Errorf("text %q", h.Text)
			}
			if h.Usage == nil || !h.Usage.Estimated || h.Usage.Output == 0 || h.Usage.Input == 0 {
				t.Errorf("what came is not counted: %+v", h.Usage)
			}
		})
	}
	t.Run("nothing", func(t *testing.T) {
		listen(t, client(t, serve(t, stream()).URL), plain("hi")).fails(t, llm.Cut)
	})
	t.Run("a call without its ending", func(t *testing.T) {
		h := listen(t, client(t, serve(t, stream(delta(`"tool_calls":[{"index":0,"id":"a","function":{"name":"search_products","arguments":"{\"query\":\"x\"}"}}]`))).URL), ask("hi"))
		h.fails(t, llm.Cut)
		if len(h.Calls) > 0 {
			t.Errorf("calls of a cut stream: %q", h.Calls)
		}
	})
	t.Run("finish_reason alone is an ending", func(t *testing.T) {
		listen(t, client(t, serve(t, stream(says("All"), ends("stop"))).URL), plain("hi")).want(t, "All", llm.Stop)
	})
	t.Run("[DONE] alone is an ending", func(t *testing.T) {
		listen(t, client(t, serve(t, stream(says("All"), done)).URL), plain("hi")).want(t, "All", llm.Stop)
	})
}

func TestTrap3ErrorsInTheStream(t *testing.T) {
	for _, c := range []struct {
		line   string
		kind   llm.Kind
		status int
	}{
		{`data: {"object":"error","message":"worker died","type":"InternalServerError","code":500}`, llm.Down, 500},
		{`data: {"error":{"message":"overloaded","type":"server_error"}}`, llm.Down, 0},
		{`data: {"error":{"message":"Rate limit reached","type":"rate_limit_error","code":"rate_limit_exceeded"}}`, llm.RateLimited, 0},
		{`data: {"error":{"message":"slow down","code":429}}`, llm.RateLimited, 429},
		{`data: {"error":"out of memory"}`, llm.Down, 0},
		{"event: error\ndata: {\"message\":\"engine is dead\"}", llm.Down, 0},
		{"event: error\ndata: engine is dead", llm.Down, 0},
		{"event: error\ndata: {\"code\":503,\"reason\":\"engine is dead\"}", llm.Down, 503},
		{`data: {"error":{"message":"This model's maximum context length is 4096 tokens","type":"BadRequestError","code":400}}`, llm.TooLong, 400},
		{`data: {"error":{"message":"bad tool","type":"invalid_request_error"}}`, llm.BadRequest, 0},
		{`{"error":{"message":"no data prefix","type":"server_error"}}`, llm.Down, 0},
	} {
		for name, lines := range map[string][]string{"first": {c.line}, "later": {says("Half"), c.line, done}} {
			h := listen(t, client(t, serve(t, stream(lines...)).URL), plain("hi"))
			if err := h.fails(t, c.kind); err.Status != c.status {
				t.Errorf("%s %s: status %d, want %d", name, c.line, err.Status, c.status)
			}
		}
	}
	if e := listen(t, client(t, serve(t, stream(`data: {"error":{"message":"maximum context length is 4096 tokens"}}`)).URL), plain("hi")).fails(t, llm.TooLong); e.Window != 4096 {
		t.Errorf("window %d", e.Window)
	}
	t.Run("after the ending", func(t *testing.T) {
		listen(t, client(t, serve(t, stream(says("Whole"), ends("stop"), `data: {"error":{"message":"usage is lost"}}`)).URL), plain("hi")).want(t, "Whole", llm.Stop)
	})
}

func TestTrap4BothNamesOfReasoning(t *testing.T) {
	for _, field := range []string{"reasoning_content", "reasoning"} {
		h := listen(t, client(t, serve(t, stream(delta(`"`+field+`":"They want "`), delta(`"`+field+`":"tea."`), says("Tea?"), ends("stop"), done)).URL), plain("hi"))
		h.want(t, "Tea?", llm.Stop)
		if h.Reasoning != "They want tea." {
			t.Errorf("%s: reasoning %q", field, h.Reasoning)
		}
	}
	h := listen(t, client(t, serve(t, stream(delta(`"reasoning_content":"Once.","reasoning":"Once."`), says("Tea?"), ends("stop"), done)).URL), plain("hi"))
	if h.Reasoning != "Once." {
		t.Errorf("both names: reasoning %q", h.Reasoning)
	}
}

// A server that thinks refuses a tool turn without its reasoning, even when that was empty.
func TestTrap5ReasoningGoesBack(t *testing.T) {
	strict := func(w http.ResponseWriter, r *http.Request) {
		stream(says("Here."), ends("stop"), done)(w, r)
	}
	refusal := refuse(400, `{"error":{"message":"The reasoning_content in the thinking mode must be passed back to the API.","type":"invalid_request_error"}}`)
	req := ask("kettle")
	req.Messages = append(req.Messages,
		chat.Message{Role: chat.Bot, Calls: []chat.ToolCall{{ID: "a", Name: "search_products", Args: json.RawMessage(`{"query":"kettle"}`)}}, Reasoning: "They want a kettle."},
		chat.Message{Role: chat.Tool, CallID: "a", Name: "search_products", Text: "{}"},
		chat.Message{Role: chat.Bot, Calls: []chat.ToolCall{{ID: "b", Name: "search_products", Args: json.RawMessage(`{"query":"kettles"}`)}}},
		chat.Message{Role: chat.Tool, CallID: "b", Name: "search_products", Text: "{}"})
	check := func(e *endpoint, n int) {
		t.Helper()
		var ms []map[string]json.RawMessage
		if err := json.Unmarshal(e.body(t, n)["messages"], &ms); err != nil {
			t.Fatal(err)
		}
		if got := string(ms[2]["reasoning_content"]); got != `"They want a kettle."` {
			t.Errorf("reasoning of the first round is %s", got)
		}
		if got := string(ms[4]["reasoning_content"]); got != `""` {
			t.Errorf("empty reasoning is %q, want an empty string", got)
		}
	}
	e := serve(t, refusal, strict)
	c := client(t, e.URL)
	listen(t, c, req).want(t, "Here.", llm.Stop)
	if n := len(e.requests()); n != 2 {
		t.Fatalf("%d requests, want the refused one and the one that learned", n)
	}
	check(e, 1)
	listen(t, c, req).want(t, "Here.", llm.Stop)
	if n := len(e.requests()); n != 3 {
		t.Errorf("%d requests: what was learned is forgotten", n)
	}
	e = serve(t, strict)
	listen(t, client(t, e.URL, func(o *Options) {
		o.Extra = map[string]json.RawMessage{"thinking": json.RawMessage(`{"type":"enabled"}`)}
	}), req).want(t, "Here.", llm.Stop)
	check(e, 0)

	t.Run("an endpoint that knows no such field", func(t *testing.T) {
		e := serve(t, refuse(422, `{"detail":[{"msg":"Extra inputs are not permitted","loc":["reasoning_content"]}]}`), strict)
		listen(t, client(t, e.URL), req).want(t, "Here.", llm.Stop)
		if strings.Contains(e.requests()[1], "reasoning_content") {
			t.Error("the refused field was sent again")
		}
	})
	t.Run("a refusal that teaches nothing new is final", func(t *testing.T) {
		e := serve(t, refusal)
		listen(t, client(t, e.URL), req).fails(t, llm.BadRequest)
		if n := len(e.requests()); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
	})
}

func TestTrap6ExtraFields(t *testing.T) {
	e := serve(t, stream(says("x"), ends("stop"), done))
	c := client(t, e.URL, func(o *Options) {
		o.Extra = map[string]json.RawMessage{
			"thinking":             json.RawMessage(`{"type":"disabled"}`),
			"chat_template_kwargs": json.RawMessage(`{"enable_thinking":false}`),
			"max_tokens":           json.RawMessage(`7`),
			"stream_options":       json.RawMessage(`null`),
		}
		o.Header = http.Header{"X-Team": {"shop"}}
		o.Key = "sk-1"
	})
	listen(t, c, plain("hi")).want(t, "x", llm.Stop)
	b := e.body(t, 0)
	for k, want := range map[string]string{"thinking": `{"type":"disabled"}`, "chat_template_kwargs": `{"enable_thinking":false}`, "max_tokens": "7", "stream": "true"} {
		if string(b[k]) != want {
			t.Errorf("%s is %s, want %s", k, b[k], want)
		}
	}
	if _, there := b["stream_options"]; there {
		t.Error("null does not remove a field")
	}
	if h := e.heads[0]; h.Get("X-Team") != "shop" || h.Get("Authorization") != "Bearer sk-1" {
		t.Errorf("headers %v", h)
	}
}

func TestTrap7ZeroTemperature(t *testing.T) {
	e := serve(t, stream(says("x"), ends("stop"), done))
	zero := 0.0
	req := plain("hi")
	req.Temperature = &zero
	listen(t, client(t, e.URL), req).want(t, "x", llm.Stop)
	if got := string(e.body(t, 0)["temperature"]); got != "0" {
		t.Errorf("temperature is %q", got)
	}
	req.Temperature = nil
	listen(t, client(t, e.URL), req).want(t, "x", llm.Stop)
	if got, there := e.body(t, 1)["temperature"]; there {
		t.Errorf("temperature %s was not asked for", got)
	}
}

func TestTrap8EmptyContent(t *testing.T) {
	e := serve(t, stream(says("x"), ends("stop"), done))
	req := ask("kettle")
	req.Messages = append(req.Messages,
		chat.Message{Role: chat.Bot, Calls: []chat.ToolCall{{ID: "a", Name: "search_products", Args: json.RawMessage(`not json`)}}},
		chat.Message{Role: chat.Tool, CallID: "a", Name: "search_products", Text: ""})
	listen(t, client(t, e.URL), req).want(t, "x", llm.Stop)
	var ms []map[string]json.RawMessage
	if err := json.Unmarshal(e.body(t, 0)["messages"], &ms); err != nil {
		t.Fatal(err)
	}
	for i, m := range ms {
		if len(m["content"]) == 0 {
			t.Errorf("message %d has no content: %s", i, m)
		}
	}
	if !strings.Contains(string(ms[2]["tool_calls"]), `"arguments":"{}"`) {
		t.Errorf("broken arguments go back to the template: %s", ms[2]["tool_calls"])
	}
}

func TestTrap9RetryAfter(t *testing.T) {
	for _, c := range []struct {
		status   int
		header   []string
		kind     llm.Kind
		from, to time.Duration
	}{
		{429, []string{"Retry-After", "7"}, llm.RateLimited, 7 * time.Second, 7 * time.Second},
		{503, []string{"Retry-After", "0.5"}, llm.Down, 500 * time.Millisecond, 500 * time.Millisecond},
		{429, []string{"Retry-After", time.Now().Add(30 * time.Second).UTC().Format(http.TimeFormat)}, llm.RateLimited, 20 * time.Second, 30 * time.Second},
		{429, []string{"Retry-After-Ms", "1500", "Retry-After", "2"}, llm.RateLimited, 1500 * time.Millisecond, 1500 * time.Millisecond},
		{500, []string{"Retry-After", "soon"}, llm.Down, 0, 0},
		{500, []string{"Retry-After", "-3"}, llm.Down, 0, 0},
	} {
		h := listen(t, client(t, serve(t, refuse(c.status, `{"error":{"message":"no"}}`, c.header...)).URL), plain("hi"))
		if e := h.fails(t, c.kind); e.Retry < c.from || e.Retry > c.to {
			t.Errorf("%v: retry after %v, want %v", c.header, e.Retry, c.to)
		}
	}
}

func TestTrap10UsageWithoutChoices(t *testing.T) {
	for _, c := range []struct {
		usage string
		want  chat.Usage
	}{
		{`{"prompt_tokens":100,"completion_tokens":5,"prompt_cache_hit_tokens":64,"completion_tokens_details":{"reasoning_tokens":2}}`, chat.Usage{Input: 100, Cached: 64, Output: 5, Reasoning: 2}},
		{`{"prompt_tokens":100,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":32}}`, chat.Usage{Input: 100, Cached: 32, Output: 5}},
		{`{"prompt_tokens":100,"completion_tokens":5,"prompt_tokens_details":null,"completion_tokens_details":null}`, chat.Usage{Input: 100, Output: 5}},
	} {
		e := serve(t, stream(says("x"), ends("stop"), `data: {"choices":[],"usage":`+c.usage+`}`, done))
		h := listen(t, client(t, e.URL), plain("hi"))
		h.want(t, "x", llm.Stop)
		if h.Usage == nil || *h.Usage != c.want {
			t.Errorf("usage %+v, want %+v", h.Usage, c.want)
		}
		if got := string(e.body(t, 0)["stream_options"]); got != `{"include_usage":true}` {
			t.Errorf("usage is not asked for: %s", got)
		}
	}
	h := listen(t, client(t, serve(t, stream(says("A few words"), ends("stop"), done)).URL), plain("hi"))
	if h.Usage == nil || !h.Usage.Estimated || h.Usage.Output < 2 || h.Usage.Input < 2 {
		t.Errorf("usage that nobody told is %+v", h.Usage)
	}
}

func TestTrap12MarkupInArguments(t *testing.T) {
	for _, c := range []struct{ name, args, want string }{
		{"search_products", `{"query":"kettle"</｜DSML｜parameter`, `{"query":"kettle"}`},
		{"search_products", `{"query":"kettle</｜DSML｜parameter>` + "\n" + `</｜DSML｜invoke>`, `{"query":"kettle"}`},
		{"search_products", `{"query":"kettle"}</｜DSML｜parameter>`, `{"query":"kettle"}`},
		{"search_products", `{"query":"kettle","limit":3}</tool_call>`, `{"query":"kettle","limit":3}`},
		{"search_products", `{"query":"kettle","brands":["Bosch"<｜tool▁call▁end｜>`, `{"query":"kettle","brands":["Bosch"]}`},
		{"search_products", `{"query":"kettle</parameter>"}`, `{"query":"kettle"}`},
		{"search_products", `{"query":"USB <3 parameter | cable"}`, `{"query":"USB <3 parameter | cable"}`}, // an honest text stays
		{"search_products", `{"query":"a` + "</b>" + `"}`, `{"query":"a</b>"}`},
		{"search_products", `{"query":"kettle"`, `{"query":"kettle"`},                            // no markup: not ours to mend
		{"search_products", `{"limit":3</｜DSML｜parameter`, `{"limit":3</｜DSML｜parameter`},        // mended it would still be refused
		{"cancel_order", `{"order":"A1"}</｜DSML｜parameter>`, `{"order":"A1"}</｜DSML｜parameter>`}, // a write is never mended
		{"cancel_order", `{"order":"A1"</｜DSML｜parameter`, `{"order":"A1"</｜DSML｜parameter`},
		{"cancel_order", `{"order":"A1</｜DSML｜parameter"}`, `"arguments with leaked markup"`},
		{"cancel_order", `{"order":"A1"}`, `{"order":"A1"}`},
		{"search_products", ``, `{}`},
	} {
		var lines []string
		lines = append(lines, delta(`"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"`+c.name+`","arguments":""}}]`))
		for rs := []rune(c.args); len(rs) > 0; {
			n := min(5, len(rs))
			lines = append(lines, delta(`"tool_calls":[{"index":0,"function":{"arguments":`+string(mustJSON(string(rs[:n])))+`}}]`))
			rs = rs[n:]
		}
		lines = append(lines, ends("tool_calls"), done)
		listen(t, client(t, serve(t, stream(lines...)).URL), ask("x")).want(t, "", llm.Calls, c.name+" "+c.want)
	}
}

func TestTrap13WhiteSpaceWithoutEnd(t *testing.T) {
	call := delta(`"tool_calls":[{"index":0,"id":"a","function":{"name":"search_products","arguments":"{\"query\":\"tea\"}"}}]`)
	t.Run("a little before a call is dropped", func(t *testing.T) {
		lines := append(slices.Repeat([]string{says("\n\n\n")}, 50), call, ends("tool_calls"), done)
		listen(t, client(t, serve(t, stream(lines...)).URL), ask("x")).want(t, "", llm.Calls, `search_products {"query":"tea"}`)
	})
	endless := func(lines ...string) (http.HandlerFunc, chan int) {
		sent := make(chan int, 1)
		return func(w http.ResponseWriter, r *http.Request) {
			stream(lines...)(w, r)
			n := 0
			for ; n < 20_000 && r.Context().Err() == nil; n++ {
				if _, err := w.Write([]byte(says(" \n") + "\n\n")); err != nil {
					break
				}
				w.(http.Flusher).Flush()
			}
			sent <- n
		}, sent
	}
	stopped := func(t *testing.T, sent chan int) {
		t.Helper()
		if n := <-sent; n == 20_000 {
			t.Error("the endpoint was left writing")
		}
	}
	t.Run("before anything: repeat", func(t *testing.T) {
		h, sent := endless()
		listen(t, client(t, serve(t, h).URL), ask("x")).fails(t, llm.Blank)
		stopped(t, sent)
	})
	t.Run("after text: cut", func(t *testing.T) {
		h, sent := endless(says("We have tea."))
		listen(t, client(t, serve(t, h).URL), ask("x")).want(t, "We have tea.", llm.Length)
		stopped(t, sent)
	})
	t.Run("after a call in the text: the call runs", func(t *testing.T) {
		h, sent := endless(says(`{"name":"search_products","arguments":{"query":"tea"}}`))
		listen(t, client(t, serve(t, h).URL), ask("x")).want(t, "", llm.Calls, `search_products {"query":"tea"}`)
		stopped(t, sent)
	})
	t.Run("in arguments", func(t *testing.T) {
		lines := []string{delta(`"tool_calls":[{"index":0,"id":"a","function":{"name":"search_products","arguments":"{\"query\":"}}]`)}
		for range 30 {
			lines = append(lines, delta(`"tool_calls":[{"index":0,"function":{"arguments":"          "}}]`))
		}
		listen(t, client(t, serve(t, stream(append(lines, ends("length"), done)...)).URL), ask("x")).fails(t, llm.Blank)
	})
	t.Run("within text it collapses", func(t *testing.T) {
		h := listen(t, client(t, serve(t, stream(says("One"), says(strings.Repeat("\n", 60)), says("two"), says(strings.Repeat(" ", 60)), says("three \n"), ends("stop"), done)).URL), plain("x"))
		h.want(t, "One\n\ntwo three", llm.Stop)
	})
	t.Run("nothing but blanks and a stop", func(t *testing.T) {
		listen(t, client(t, serve(t, stream(says("  "), says("\n"), ends("stop"), done)).URL), plain("x")).fails(t, llm.Blank)
	})
}

func TestTrap14WithoutToolCalls(t *testing.T) {
	req := ask("kettle")
	req.Messages = append(req.Messages,
		chat.Message{Role: chat.Bot, Calls: []chat.ToolCall{{ID: "a", Name: "search_products", Args: json.RawMessage(`{"query":"kettle"}`)}}},
		chat.Message{Role: chat.Tool, CallID: "a", Name: "search_products", Text: `{"total":2}`})
	for _, c := range []struct {
		mode, call, text string
		inPrompt         []string
	}{
		{Schema, `{"tool": "search_products", "arguments": {"query": "tea", "limit": 2}}`, `{"text": "Two \"kettles\"\nfor you: 茶 \ud83c\udf75."}`, []string{`"tool"`, "search_products", "cancel_order"}},
		{Text, "<tool_call>\n" + `{"name": "search_products", "arguments": {"query": "tea", "limit": 2}}` + "\n</tool_call>", "Two \"kettles\"\nfor you: 茶 🍵.", []string{"<tool_call>", "search_products", "cancel_order"}},
	} {
		for _, n := range []int{1, 3, 1000} {
			e := serve(t, stream(spoken(c.call, n, ends("stop"), done)...), stream(spoken(c.text, n, ends("stop"), done)...))
			cl := client(t, e.URL, func(o *Options) { o.Tools, o.HTTP = c.mode, &http.Client{Transport: eventwise{http.DefaultTransport}} })
			h := listen(t, cl, req)
			h.want(t, "", llm.Calls, `search_products {"query": "tea", "limit": 2}`)
			h = listen(t, cl, req)
			h.want(t, "Two \"kettles\"\nfor you: 茶 🍵.", llm.Stop)
			if n == 1 && len(h.Pieces) < 10 {
				t.Errorf("%s: the text does not stream: %q", c.mode, h.Pieces)
			}
			b := e.body(t, 0)
			if _, there := b["tools"]; there {
				t.Errorf("%s: the request has tools", c.mode)
			}
			for _, s := range c.inPrompt {
				if !strings.Contains(string(b["messages"]), strings.ReplaceAll(s, `"`, `\"`)) {
					t.Errorf("%s: the prompt does not teach %s", c.mode, s)
				}
			}
			if strings.Contains(string(b["messages"]), `"tool_calls"`) || strings.Contains(string(b["messages"]), `"role":"tool"`) {
				t.Errorf("%s: the history uses tool calls: %s", c.mode, b["messages"])
			}
			if has := len(b["response_format"]) > 0; has != (c.mode == Schema) {
				t.Errorf("%s: response_format %s", c.mode, b["response_format"])
			}
		}
	}
}
