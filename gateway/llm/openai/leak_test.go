package openai

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"shopkeeper/gateway/llm"
)

const (
	teaCall = `search_products {"query":"tea"}`
	jsonTea = `{"name": "search_products", "arguments": {"query":"tea"}}`
	dsmlTea = "<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"search_products\">\n<｜DSML｜parameter name=\"query\" string=\"true\">tea</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜tool_calls>"
)

// Calls as open models write them into their text, finish_reason "stop".
var leaks = []struct {
	name, text, shown string
	calls             []string
}{
	{"bare", jsonTea, "", []string{teaCall}},
	{"fenced", "```json\n" + jsonTea + "\n```", "", []string{teaCall}},
	{"fenced without a language", "```\n" + jsonTea + "\n```\n", "", []string{teaCall}},
	{"fence left open", "```json\n" + jsonTea, "", []string{teaCall}},
	{"inline code", "`" + jsonTea + "`", "", []string{teaCall}},
	{"after a sentence", "Let me look.\n\n" + jsonTea, "Let me look.", []string{teaCall}},
	{"fenced after a sentence", "Let me look:\n```json\n" + jsonTea + "\n```\nOne moment.", "Let me look:", []string{teaCall}},
	{"within a line", "Sure! " + jsonTea, "Sure!", []string{teaCall}},
	{"two in a row", jsonTea + "\n" + `{"name":"cancel_order","arguments":{"order":"A1"}}`, "", []string{teaCall, `cancel_order {"order":"A1"}`}},
	{"a list", `[` + jsonTea + `, ` + jsonTea + `]`, "", []string{teaCall, teaCall}},
	{"parameters", `{"name":"search_products","parameters":{"query":"tea"}}`, "", []string{teaCall}},
	{"tool", `{"tool":"search_products","arguments":{"query":"tea"}}`, "", []string{teaCall}},
	{"arguments first", `{"arguments":{"query":"tea"},"name":"search_products"}`, "", []string{teaCall}},
	{"function", `{"type":"function","function":{"name":"search_products","arguments":"{\"query\":\"tea\"}"}}`, "", []string{teaCall}},
	{"tool_calls", `{"tool_calls":[` + jsonTea + `,{"id":"x","function":{"name":"search_products","arguments":{"query":"tea"}}}]}`, "", []string{teaCall, teaCall}},
	{"prefix", `{"name":"functions.search_products","arguments":{"query":"tea"}}`, "", []string{teaCall}},
	{"hermes", "<tool_call>\n" + jsonTea + "\n</tool_call>", "", []string{teaCall}},
	{"hermes twice", "<tool_call>\n" + jsonTea + "\n</tool_call>\n<tool_call>\n" + jsonTea + "\n</tool_call>", "", []string{teaCall, teaCall}},
	{"hermes without its end", "<tool_call>\n" + jsonTea, "", []string{teaCall}},
	{"hermes with a stop word", "<tool_call>\n" + jsonTea + "<|im_end|>", "", []string{teaCall}},
	{"hermes, a bracket short", "<tool_call>\n" + jsonTea[:len(jsonTea)-1] + "\n</tool_call>", "", []string{teaCall}},
	{"hermes in a fence", "```xml\n<tool_call>" + jsonTea + "</tool_call>\n```", "", []string{teaCall}},
	{"hermes and an imagined result", "<tool_call>\n" + jsonTea + "\n</tool_call>\n<tool_response>\n{\"price\": 5}\n</tool_response>\nIt costs $5.", "", []string{teaCall}},
	{"qwen3-coder", "<tool_call>\n<function=search_products>\n<parameter=query>\ntea\n</parameter>\n<parameter=limit>\n5\n</parameter>\n</function>\n</tool_call>", "", []string{`search_products {"limit":5,"query":"tea"}`}},
	{"qwen3-coder without its frame", "I look.\n<function=search_products>\n<parameter=query>\ntea\n</parameter>\n</function>", "I look.", []string{teaCall}},
	{"llama", `<function=search_products>{"query":"tea"}</function>`, "", []string{teaCall}},
	{"llama 3", `<|python_tag|>{"name":"search_products","parameters":{"query":"tea"}}`, "", []string{teaCall}},
	{"deepseek v3", `<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>search_products<｜tool▁sep｜>{"query":"tea"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>`, "", []string{teaCall}},
	{"deepseek v3, earlier", "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>search_products\n```json\n{\"query\":\"tea\"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>", "", []string{teaCall}},
	{"deepseek v3 twice", `Sure.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>search_products<｜tool▁sep｜>{"query":"tea"}<｜tool▁call▁end｜><｜tool▁call▁begin｜>search_products<｜tool▁sep｜>{"query":"tea"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>`, "Sure.", []string{teaCall, teaCall}},
	{"deepseek v4", dsmlTea, "", []string{teaCall}},
	{"deepseek v4 after prose", "Let me look that up.\n\n" + dsmlTea, "Let me look that up.", []string{teaCall}},
	{
		"deepseek v4, typed", "<｜DSML｜function_calls><｜DSML｜invoke name=\"search_products\"><｜DSML｜parameter name=\"query\" string=\"true\">12</｜DSML｜parameter>" +
			"<｜DSML｜parameter name=\"limit\" string=\"false\">5</｜DSML｜parameter><｜DSML｜parameter name=\"brands\" string=\"false\">[\"Bosch\"]</｜DSML｜parameter></｜DSML｜invoke></｜DSML｜function_calls>",
		"",
		[]string{`search_products {"brands":["Bosch"],"limit":5,"query":"12"}`},
	},
	{"minimax", "<minimax:tool_call>\n<invoke name=\"search_products\">\n<parameter name=\"query\">tea</parameter>\n</invoke>\n</minimax:tool_call>", "", []string{teaCall}},
	{"glm", "<tool_call>search_products\n<arg_key>query</arg_key>\n<arg_value>tea</arg_value>\n<arg_key>limit</arg_key>\n<arg_value>5</arg_value>\n</tool_call>", "", []string{`search_products {"limit":5,"query":"tea"}`}},
	{"kimi", `<|tool_calls_section_begin|><|tool_call_begin|>functions.search_products:0<|tool_call_argument_begin|>{"query":"tea"}<|tool_call_end|><|tool_calls_section_end|>`, "", []string{teaCall}},
	{"mistral", `[TOOL_CALLS][` + jsonTea + `]`, "", []string{teaCall}},
	{"mistral, newer", `[TOOL_CALLS]search_products[ARGS]{"query":"tea"}`, "", []string{teaCall}},
	{"a text that must stay text", `<｜DSML｜invoke name="search_products"><｜DSML｜parameter name="code">0815</｜DSML｜parameter><｜DSML｜parameter name="query">7</｜DSML｜parameter></｜DSML｜invoke>`, "", []string{`search_products {"code":"0815","query":"7"}`}},

	// Marked calls that cannot run: the assistant refuses them and tells the model; nobody sees them.
	{"an unknown tool in marks", "<tool_call>\n{\"name\": \"grant_refund\", \"arguments\": {}}\n</tool_call>", "", []string{`grant_refund {}`}},
	{"a write, a bracket short", "<tool_call>\n" + `{"name":"cancel_order","arguments":{"order":"A1"}` + "\n</tool_call>", "", []string{`cancel_order "a call that broke off"`}},
	{"a bare write, a bracket short", `{"name":"cancel_order","arguments":{"order":"A1"}`, "", []string{`cancel_order "a call that broke off"`}},
	{"a bare read, a bracket short", `{"name":"search_products","arguments":{"query":"tea"}`, "", []string{teaCall}},
	{"arguments that no check accepts", `{"name":"search_products","arguments":{"limit":1}}`, "", []string{`search_products {"limit":1}`}},
	{"arguments of a wrong type", `{"name":"search_products","arguments":["tea"]}`, "", []string{`search_products ["tea"]`}},

	// Text that is none.
	{"other JSON", `The file says {"name": "Philips HD9350", "price": 39} and more.`, `The file says {"name": "Philips HD9350", "price": 39} and more.`, nil},
	{"an unknown tool, bare", `{"name":"grant_refund","arguments":{}}`, `{"name":"grant_refund","arguments":{}}`, nil},
	{"JSON with a product's name", `{"name":"search_products_like","x":1}`, `{"name":"search_products_like","x":1}`, nil},
	{"a list of numbers", "Sizes [38, 39] and [L]", "Sizes [38, 39] and [L]", nil},
	{"a link", "See [the kettle](https://shop.example/p/1) {soon}", "See [the kettle](https://shop.example/p/1) {soon}", nil},
	{"code", "Use `SAVE10` or ```\nSAVE20\n``` now", "Use `SAVE10` or ```\nSAVE20\n``` now", nil},
	{"less than", "Under 5 < 10, I <3 tea, a<b, x <", "Under 5 < 10, I <3 tea, a<b, x <", nil},
	{"a brace at the end", "It is {", "It is {", nil},
	{"bars", "A | B |> C ｜ D", "A | B |> C ｜ D", nil},
	{"html", "<b>Tea</b> <function> <toolbox>", "<b>Tea</b> <function> <toolbox>", nil},

	// Marks without a call are dropped, what surrounds them stays.
	{"a stray end", "Tea is good.</tool_call> Really.", "Tea is good. Really.", nil},
	{"a stop word", "Tea is good.<|im_end|>\n<|im_start|>user\nThanks", "Tea is good.", nil},
	{"an end of sentence", "Tea is good.<｜end▁of▁sentence｜>", "Tea is good.", nil},
	{"half a mark", "Tea is good.<tool_ca", "Tea is good.", nil},
	{"marks around nothing", "Tea <tool_call></tool_call>is good.", "Tea is good.", nil},
	{"a closing parameter", "Tea is good.</｜DSML｜parameter>", "Tea is good.", nil},
}

// No part of what is shown may look like this.
var marked = regexp.MustCompile(`<\|?tool_|<｜|｜>|DSML|<function=|</?(?:parameter|invoke|arg_)|TOOL_CALLS|im_end`)

func TestTrap11CallsInTheText(t *testing.T) {
	for _, c := range leaks {
		for _, n := range []int{1, 3, 7, 10_000} {
			h := listen(t, client(t, serve(t, stream(spoken(c.text, n, ends("stop"), done)...)).URL), ask("tea"))
			finish := llm.Stop
			if len(c.calls) > 0 {
				finish = llm.Calls
			}
			t.Run(c.name, func(t *testing.T) {
				h.want(t, c.shown, finish, c.calls...)
				for _, p := range h.Pieces {
					if m := marked.FindString(p); m != "" {
						t.Errorf("shown: %q in %q", m, p)
					}
				}
			})
		}
	}
}

// Text is held back only while it can still become a call.
func TestTextIsHeldOnlyWhileItMayBeACall(t *testing.T) {
	for _, c := range []struct{ piece, shown string }{
		{"Hello there", "Hello there"},
		{"Sizes [", "Sizes "},
		{"Sizes [3", "Sizes [3"},
		{"Take {", "Take "},
		{`Take {"na`, "Take "},
		{`Take {"nb`, `Take {"nb`},
		{`Take {"name": "sea`, "Take "},
		{`Take {"name": "set`, `Take {"name": "set`},
		{`Take {"name": 3`, `Take {"name": 3`},
		{"a <", "a "},
		{"a <t", "a "},
		{"a <b", "a <b"},
		{"a <too", "a "},
		{"a <tow", "a <tow"},
		{"a `", "a "},
		{"a ```js", "a "},
		{"a ```js\nx", "a ```js\nx"},
		{"a ```json\n{", "a "},
		{"a ```json\n{\"x", "a ```json\n{\"x"},
		{"a <|", "a "},
		{"a <|>", "a <|>"},
	} {
		l := &leak{tools: offer(tools())}
		got, err := l.add(c.piece)
		if err != nil || got != c.shown {
			t.Errorf("%q: shown %q (%v), want %q", c.piece, got, err, c.shown)
		}
	}
}

// Held text is bounded: what never ends is shown at last, or dropped when it was marked.
func TestHeldTextIsBounded(t *testing.T) {
	l := &leak{tools: offer(tools())}
	var shown strings.Builder
	for range 20_000 {
		s, err := l.add(`{"arguments": "` + strings.Repeat("x", 8))
		if err != nil {
			t.Fatal(err)
		}
		shown.WriteString(s)
		if len(l.held) > maxHeld+64 {
			t.Fatalf("%d bytes are held", len(l.held))
		}
	}
	if shown.Len() == 0 {
		t.Error("nothing is ever shown")
	}
	l = &leak{tools: offer(tools())}
	var err error
	for i := 0; err == nil && i < 1000; i++ {
		_, err = l.add("<tool_call>" + strings.Repeat("x", 1000))
	}
	if err == nil {
		t.Error("marked text is held without end")
	}
}

// Without tools there is nothing to call, but marks stay hidden.
func TestMarksAreHiddenWithoutTools(t *testing.T) {
	for text, want := range map[string]string{
		"Tea. <tool_call>\n" + jsonTea + "\n</tool_call>": "Tea.",
		"Tea. " + dsmlTea: "Tea.",
		jsonTea:           jsonTea, // JSON may be what was asked for
	} {
		listen(t, client(t, serve(t, stream(spoken(text, 3, ends("stop"), done)...)).URL), plain("tea")).want(t, want, llm.Stop)
	}
	listen(t, client(t, serve(t, stream(spoken(dsmlTea, 3, ends("stop"), done)...)).URL), plain("tea")).fails(t, llm.Blank)
}

// A call that the length cut off is neither run nor shown.
func TestLeakedCallCutByLength(t *testing.T) {
	for _, text := range []string{`{"name":"search_products","arguments":{"query":"te`, "<tool_call>\n" + `{"name":"search_products","arguments":{"query":"te`, dsmlTea[:len(dsmlTea)-60]} {
		listen(t, client(t, serve(t, stream(spoken("I look. "+text, 3, ends("length"), done)...)).URL), ask("tea")).want(t, "I look.", llm.Length)
	}
}

// A model that goes on to write its tools' results is stopped: nothing of that is worth its tokens.
func TestImaginedResultsStopTheEndpoint(t *testing.T) {
	gone := make(chan bool, 1)
	e := serve(t, func(w http.ResponseWriter, r *http.Request) {
		stream(spoken("<tool_call>"+jsonTea+"</tool_call>\n<tool_response>", 5)...)(w, r)
		for i := 0; i < 20_000 && r.Context().Err() == nil; i++ {
			if _, err := w.Write([]byte(says("It costs $5.") + "\n\n")); err != nil {
				break
			}
		}
		gone <- r.Context().Err() != nil
	})
	listen(t, client(t, e.URL), ask("tea")).want(t, "", llm.Calls, teaCall)
	if !<-gone {
		t.Error("the endpoint was left writing")
	}
}

// Native calls come first: a leaked copy beside them is no second call.
func TestNativeCallsWinOverLeakedOnes(t *testing.T) {
	lines := append(spoken(dsmlTea, 3), delta(`"tool_calls":[{"index":0,"id":"a","function":{"name":"search_products","arguments":"{\"query\":\"tea\"}"}}]`), ends("tool_calls"), done)
	listen(t, client(t, serve(t, stream(lines...)).URL), ask("tea")).want(t, "", llm.Calls, teaCall)
}

func FuzzLeak(f *testing.F) {
	for _, c := range leaks {
		f.Add(c.text, uint8(3))
	}
	f.Fuzz(func(t *testing.T, text string, size uint8) {
		if len(text) > 16<<10 {
			t.Skip()
		}
		text = strings.ToValidUTF8(text, "?")
		run := func(n int) (string, []string) {
			l := &leak{tools: offer(tools())}
			var shown strings.Builder
			for rs := []rune(text); len(rs) > 0; {
				k := min(n, len(rs))
				s, err := l.add(string(rs[:k]))
				shown.WriteString(s)
				if err != nil {
					break
				}
				rs = rs[k:]
			}
			rest, calls := l.end(true)
			var out []string
			for _, c := range calls {
				if !json.Valid(c.Args) {
					t.Fatalf("arguments of %q are no JSON: %q", c.Name, c.Args)
				}
				out = append(out, c.Name+string(c.Args))
			}
			return shown.String() + rest, out
		}
		a, ca := run(int(size%16) + 1)
		b, cb := run(len(text) + 1)
		if len(ca) != len(cb) {
			t.Errorf("calls depend on the pieces: %q, %q", ca, cb)
		}
		if a != b && len(ca) == 0 {
			t.Errorf("text depends on the pieces:\n%q\n%q", a, b)
		}
		for _, m := range []string{"<tool_call", "<｜DSML", "<｜tool▁call", "<|im_end|>", "<function="} {
			if strings.Contains(a, m) {
				t.Errorf("%q is shown in %q", m, a)
			}
		}
		if !strings.ContainsAny(text, "<{[`") && a != text {
			t.Errorf("plain text %q became %q", text, a)
		}
	})
}

// A call of a tool that is withheld in this round is no text either: the shopper reads no JSON, the assistant hears what was wanted.
func TestLeakedCallOfAWithheldTool(t *testing.T) {
	for _, args := range []string{`{"query":"kettle"}`, `{"query":"kettle","filters":[["field","unit"]],"required":["query"]}`} {
		e := serve(t, stream(says(`{"name": "search_products", "arguments": `+args+`}`), ends("stop"), done))
		req := ask("kettles")
		req.Tools, req.Withheld = nil, req.Tools
		h := listen(t, client(t, e.URL), req)
		if h.Text != "" || len(h.Calls) != 1 || !strings.Contains(h.Calls[0], "search_products") {
			t.Errorf("%s: text %q, calls %v", args, h.Text, h.Calls)
		}
	}
}
