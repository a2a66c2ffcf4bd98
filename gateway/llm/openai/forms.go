package openai

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"shopkeeper/gateway/chat"
)

// form is one way in which open models write calls as marked text.
type form struct {
	block *regexp.Regexp
	read  func(m []string, tools offered, whole bool) []chat.ToolCall
}

// The marks come with full-width and with plain bars: tokenizers differ.
var forms = []form{
	// DeepSeek V3.2 and V4: <｜DSML｜invoke name="search"><｜DSML｜parameter name="query" string="true">kettle</｜DSML｜parameter></｜DSML｜invoke>;
	// without the prefix MiniMax and others.
	{
		regexp.MustCompile(`(?s)<(?:[｜|]DSML[｜|])?invoke\s+name="([^"<>]{1,100})"\s*>(.*?)</(?:[｜|]DSML[｜|])?invoke>`),
		func(m []string, tools offered, _ bool) []chat.ToolCall {
			return one(m[1], tools, func(name string) json.RawMessage { return parametersOf(named, m[2], tools[name].Input) })
		},
	},
	// Qwen3-Coder: <function=search><parameter=query>kettle</parameter></function>; Llama: <function=search>{…}</function>.
	{
		regexp.MustCompile(`(?s)<function=([^<>\s]{1,100})\s*>(.*?)</function>`),
		func(m []string, tools offered, _ bool) []chat.ToolCall {
			return one(m[1], tools, func(name string) json.RawMessage {
				if body := strings.TrimSpace(m[2]); strings.HasPrefix(body, "{") {
					return json.RawMessage(body)
				}
				return parametersOf(tagged, m[2], tools[name].Input)
			})
		},
	},
	// DeepSeek V3: <｜tool▁call▁begin｜>search<｜tool▁sep｜>{…}<｜tool▁call▁end｜>, earlier "function<｜tool▁sep｜>search\n```json…";
	// Kimi: <|tool_call_begin|>functions.search:0<|tool_call_argument_begin|>{…}<|tool_call_end|>.
	{
		regexp.MustCompile(`(?s)<[｜|]tool[▁_]call[▁_]begin[｜|]>(.*?)<[｜|]tool(?:[▁_]sep|_call_argument_begin)[｜|]>(.*?)(?:<[｜|]tool[▁_]call[▁_]end[｜|]>|$)`),
		func(m []string, tools offered, _ bool) []chat.ToolCall {
			name, body := strings.TrimSpace(m[1]), m[2]
			if name == "function" {
				name, body, _ = strings.Cut(body, "\n")
			}
			i := strings.IndexByte(body, '{')
			if i < 0 {
				i = len(body)
			}
			args := []byte(body[i:])
			return one(name, tools, func(string) json.RawMessage { return args[:span(args)] })
		},
	},
	// GLM: <tool_call>search<arg_key>query</arg_key><arg_value>kettle</arg_value></tool_call>.
	{
		regexp.MustCompile(`(?s)<tool_call>\s*([\w.-]{1,100})\s*(<arg_key>.*?)</tool_call>`),
		func(m []string, tools offered, _ bool) []chat.ToolCall {
			return one(m[1], tools, func(name string) json.RawMessage { return parametersOf(keyed, m[2], tools[name].Input) })
		},
	},
	// Mistral: [TOOL_CALLS]search[ARGS]{…}.
	{
		regexp.MustCompile(`(?s)\[TOOL_CALLS\]\s*([\w.-]{1,100})\s*(?:\[CALL_ID\][^\[\]]{0,100})?\[ARGS\]\s*(\{[^\[]*|\{.*)`),
		func(m []string, tools offered, _ bool) []chat.ToolCall {
			args := []byte(m[2])
			return one(m[1], tools, func(string) json.RawMessage { return args[:span(args)] })
		},
	},
	// Qwen2.5, Hermes: <tool_call>{…}</tool_call>, the end often lost as a stop word; <tools>, <function_call> from weak models;
	// Llama 3: <|python_tag|>{…}; Mistral: [TOOL_CALLS][{…}].
	{
		regexp.MustCompile(`(?s)(?:<(?:tool_call|tools|function_calls?)>|<\|python_tag\|>|\[TOOL_CALLS\])\s*([{\[].*?)(?:</(?:tool_call|tools|function_calls?)>|<\||$)`),
		func(m []string, tools offered, whole bool) []chat.ToolCall {
			cs, _ := sequence([]byte(m[1]), tools, true)
			if len(cs) == 0 {
				cs, _ = tools.unfinished([]byte(m[1]), whole)
			}
			return cs
		},
	},
}

var (
	named  = regexp.MustCompile(`(?s)<(?:[｜|]DSML[｜|])?parameter\s+name="([^"<>]{1,100})"(?:\s+string="(true|false)")?\s*>(.*?)</(?:[｜|]DSML[｜|])?parameter>`)
	tagged = regexp.MustCompile(`(?s)<parameter=([^<>]{1,100})()>\n?(.*?)\n?</parameter>`)
	keyed  = regexp.MustCompile(`(?s)<arg_key>\s*([^<>]{1,100}?)\s*</arg_key>()\s*<arg_value>(.*?)</arg_value>`)
)

func one(name string, tools offered, args func(name string) json.RawMessage) []chat.ToolCall {
	name = tools.name(name)
	raw := bytes.TrimSpace(args(name))
	if !isObject(raw) {
		raw = mustJSON("arguments that are no JSON object") // no check accepts it: the model hears of it
	}
	return []chat.ToolCall{{Name: name, Args: raw}}
}

// findCalls reads every call of a text that was held back. Marked calls of tools that nobody offered are calls, too: the
// assistant tells the model that there is no such tool.
func findCalls(held []byte, tools offered, whole bool) []chat.ToolCall {
	if len(tools) == 0 {
		return nil
	}
	text := string(upTo(held))
	type found struct {
		from, to int
		calls    []chat.ToolCall
	}
	var all []found
	for _, f := range forms {
		for _, at := range f.block.FindAllStringSubmatchIndex(text, maxCalls) {
			if cs := f.read(groups(text, at), tools, whole); len(cs) > 0 {
				all = append(all, found{at[0], at[1], cs})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b found) int { return a.from - b.from })
	out, end := sequence([]byte(text), tools, false) // JSON may stand first
	for _, f := range all {
		if f.from >= end {
			out, end = append(out, f.calls...), f.to
		}
	}
	return out[:min(len(out), maxCalls)]
}

// upTo is b up to where the model begins to play the system's part.
func upTo(b []byte) []byte {
	for _, m := range imagined {
		if i := bytes.Index(b, m); i >= 0 {
			b = b[:i]
		}
	}
	return b
}

func groups(text string, at []int) []string {
	out := make([]string, len(at)/2)
	for i := range out {
		if at[2*i] >= 0 {
			out[i] = text[at[2*i]:at[2*i+1]]
		}
	}
	return out
}

var between = regexp.MustCompile("^(?:[\\s,;]|`{1,3}[a-zA-Z_]*)+")

// sequence reads JSON calls that follow each other, fenced or bare, up to the first thing that is none; end is where that is.
// marked: they stood in marks, so a value that is no call of an offered tool is still one that the model should hear about.
func sequence(b []byte, tools offered, marked bool) (out []chat.ToolCall, end int) {
	at := 0
	for len(out) < maxCalls {
		at += len(between.Find(b[at:]))
		if at == len(b) || b[at] != '{' && b[at] != '[' {
			break
		}
		n := span(b[at:])
		cs := readCalls(b[at:at+n], tools)
		if len(cs) == 0 && marked {
			if c, ok := readCall(b[at : at+n]); ok {
				cs = []chat.ToolCall{c}
			}
		}
		if len(cs) == 0 {
			break
		}
		out, at = append(out, cs...), at+n
		end = at
	}
	return out, end
}

// parametersOf makes arguments of marked parameters. string="true" says that a value is text; else the tool's schema decides,
// and where that says nothing, a value that is JSON is taken as JSON.
func parametersOf(re *regexp.Regexp, body string, schema json.RawMessage) json.RawMessage {
	var s struct {
		Properties map[string]struct {
			Type json.RawMessage `json:"type"`
		} `json:"properties"`
	}
	_ = json.Unmarshal(schema, &s) // without a schema every value decides for itself
	args := map[string]json.RawMessage{}
	for _, m := range re.FindAllStringSubmatch(body, 64) {
		key, value := m[1], m[3]
		isText := m[2] == "true" || m[2] == "" && textual(s.Properties[key].Type)
		if trimmed := strings.TrimSpace(value); !isText && json.Valid([]byte(trimmed)) {
			args[key] = json.RawMessage(trimmed)
		} else {
			args[key] = mustJSON(value)
		}
	}
	if len(args) == 0 {
		if rest := strings.TrimSpace(body); strings.HasPrefix(rest, "{") {
			return json.RawMessage(rest)
		}
	}
	return mustJSON(args)
}

func textual(kind json.RawMessage) bool {
	var one string
	if json.Unmarshal(kind, &one) == nil {
		return one == "string"
	}
	var many []string
	return json.Unmarshal(kind, &many) == nil && slices.Contains(many, "string")
}

// blocks are marked passages with their content, whole or cut off by the end of the text; strays are single marks.
var (
	blocks = regexp.MustCompile(`(?s)<(?:tool_call|tools|function_calls?|minimax:tool_call)\b.*?(?:</(?:tool_call|tools|function_calls?|minimax:tool_call)>|$)` +
		`|<function=.*?(?:</function>|$)|<(?:[｜|]DSML[｜|])?invoke\s.*?(?:</(?:[｜|]DSML[｜|])?invoke>|$)` +
		`|<[｜|]tool[▁_]calls?(?:_section)?[▁_]begin.*?(?:<[｜|]tool[▁_]calls(?:_section)?[▁_]end[｜|]>|$)` +
		`|(?:<\|python_tag\|>|\[TOOL_CALLS\]).*$|<(?:parameter=|arg_key>).*?(?:</(?:parameter|arg_value)>|$)`)
	strays = regexp.MustCompile(`</?[｜|][^<>\n]{0,120}>|</?[｜|][\p{L}\d_▁｜|]*|` + strayTags() + `[\w.=:-]*(?:[^<>\n]{0,80}>)?`)
)

func strayTags() string {
	var tags []string
	for _, m := range marks {
		if strings.HasPrefix(m, "<") && !strings.ContainsAny(m, "｜|") {
			tags = append(tags, regexp.QuoteMeta(strings.TrimSuffix(m, ">")))
		}
	}
	return "(?:" + strings.Join(tags, "|") + `|\[TOOL_CALLS\])`
}

// withoutMarks is what people may read of a text in which no call was found.
func withoutMarks(b []byte) string {
	s := blocks.ReplaceAllString(string(upTo(b)), "")
	for {
		t := strays.ReplaceAllString(s, "")
		if t == s {
			return s
		}
		s = t
	}
}
