package openai

import (
	"bytes"
	"encoding/json"
	"strings"

	"shopkeeper/gateway/chat"
)

const (
	maxHeld   = 24 << 10 // what is held back of a text that may become a call
	maxCaught = 256 << 10
)

// leak finds tool calls that a model wrote into its text. Text is held back only while it can still become a call; from where
// one certainly begins nothing more is shown, because what a model writes after its own call is a guess at the result.
// Marks of the call formats are never shown, whether a call comes of them or not.
type leak struct {
	tools  offered
	held   []byte
	caught catch
	long   bool // some JSON went on for longer than any call: no more is held back
}

type catch int

const (
	free   catch = iota // no call
	maybe               // held may become one
	json1               // held begins with a whole call as JSON, fenced or bare
	markup              // held begins with a mark that no text for people has
)

// imagined are marks of what only the system may write; a model that writes them plays both sides.
var imagined = [][]byte{
	[]byte("<tool_response"), []byte("<｜tool▁output"), []byte("<|im_start|>"), []byte("<|im_end|>"), []byte("<|eot_id|>"),
	[]byte("<｜end▁of▁sentence｜>"), []byte("<｜User｜>"), []byte("<|endoftext|>"), []byte("<function_results"), []byte("<｜DSML｜function_result"),
}

// marks begin what is not for people. A tag is enough without its end, so that attributes and cut tags are covered.
var marks = []string{
	"<tool_call", "</tool_call", "<tool_response", "</tool_response", "<function=", "</function", "<function_call", "<function_results",
	"<parameter=", "</parameter>", "<invoke name", "</invoke>", "<minimax:tool_call", "</minimax:tool_call", "<arg_key>", "<arg_value>",
	"</arg_key>", "</arg_value>", "<tools>", "</tools>", "[TOOL_CALLS]", "<｜", "</｜", "</|",
}

func (l *leak) add(piece string) (string, error) {
	from := max(0, len(l.held)-32)
	l.held = append(l.held, piece...)
	var show []byte
	for l.caught < json1 {
		var i int
		i, l.caught = l.suspect()
		show = append(show, l.held[:i]...)
		l.held = l.held[i:]
		from = 0
		if l.caught <= maybe {
			return string(show), nil
		}
	}
	if len(l.held) > maxCaught {
		return string(show), errImagined
	}
	for _, m := range imagined {
		if bytes.Contains(l.held[min(from, len(l.held)):], m) {
			return string(show), errImagined
		}
	}
	return string(show), nil
}

// suspect finds where held begins, or may begin, a call. With free it is the end.
func (l *leak) suspect() (int, catch) {
	b := l.held
	for i := 0; i < len(b); i++ {
		verdict := free
		switch b[i] {
		case '<':
			verdict = mark(b[i:])
		case '[':
			if verdict = mark(b[i:]); verdict == free {
				verdict = l.json(b[i:])
			}
		case '{':
			verdict = l.json(b[i:])
		case '`':
			if i > 0 && b[i-1] == '`' {
				continue // judged with the first one
			}
			verdict = l.fence(b[i:])
		}
		if verdict != free {
			return i, verdict
		}
	}
	return len(b), free
}

// mark judges what begins with < or [.
func mark(b []byte) catch {
	s := string(b[:min(len(b), 32)])
	for _, m := range marks {
		if strings.HasPrefix(s, m) {
			return markup
		}
		if strings.HasPrefix(m, s) {
			return maybe
		}
	}
	if rest, ok := strings.CutPrefix(s, "<|"); ok { // <|im_end|>, <|python_tag|>, …
		switch {
		case rest == "":
			return maybe
		case rest[0] >= 'a' && rest[0] <= 'z' || rest[0] == '_' || rest[0] >= 'A' && rest[0] <= 'Z':
			return markup
		}
	}
	return free
}

// fence judges what begins with a backtick: code whose content may be a call.
func (l *leak) fence(b []byte) catch {
	n := 0
	for n < len(b) && b[n] == '`' {
		n++
	}
	if n == len(b) && n <= 3 {
		return maybe
	}
	i := n
	for i < len(b) && i < n+16 && (b[i] >= 'a' && b[i] <= 'z' || b[i] >= 'A' && b[i] <= 'Z' || b[i] == '_' || b[i] == '-') {
		i++
	}
	i += blanks(b[i:])
	switch {
	case n > 3 || i-n > maxBlanks:
		return free
	case i == len(b):
		return maybe
	case b[i] == '<':
		return mark(b[i:])
	case b[i] == '{' || b[i] == '[':
		return l.json(b[i:])
	}
	return free
}

// naming are the keys that hold a tool's name, others those that may stand before it.
var (
	naming = map[string]bool{"name": true, "tool": true, "tool_name": true, "function_name": true, "function": true}
	others = map[string]bool{"arguments": true, "parameters": true, "args": true, "input": true, "type": true, "id": true, "tool_calls": true, "recipient_name": true}
)

// json judges what begins with { or [: by its first key and, when that is a tool's name, by whether such a tool is offered.
func (l *leak) json(b []byte) catch {
	if l.long = l.long || len(b) > maxHeld; l.long || len(l.tools) == 0 {
		return free
	}
	i := 0
	if b[0] == '[' {
		if i = 1 + blanks(b[1:]); i == len(b) {
			return maybe
		}
		if b[i] != '{' {
			return free
		}
	}
	i++
	if i += blanks(b[i:]); i == len(b) {
		return maybe
	}
	if b[i] != '"' {
		return free
	}
	key, done := word(b[i+1:])
	if !done {
		return among(key, naming, others)
	}
	if !naming[key] && !others[key] {
		return free
	}
	i += len(key) + 2
	if i += blanks(b[i:]); i < len(b) && b[i] != ':' {
		return free
	}
	if i < len(b) {
		i++
		i += blanks(b[i:])
	}
	if i >= len(b) {
		return maybe
	}
	if naming[key] && b[i] == '"' {
		name, done := word(b[i+1:])
		if done && !l.offers(name) || !done && !l.begins(name) {
			return free
		}
	} else if naming[key] && key != "function" {
		return free
	}
	n := span(b)
	if n == 0 {
		return maybe
	}
	if len(readCalls(b[:n], l.tools)) > 0 {
		return json1
	}
	return free
}

func (l *leak) offers(name string) bool {
	_, ok := l.tools[strings.TrimPrefix(name, "functions.")]
	return ok
}

func (l *leak) begins(name string) bool {
	for t := range l.tools {
		if strings.HasPrefix(t, name) || strings.HasPrefix("functions."+t, name) {
			return true
		}
	}
	return false
}

func among(key string, sets ...map[string]bool) catch {
	for _, set := range sets {
		for k := range set {
			if strings.HasPrefix(k, key) {
				return maybe
			}
		}
	}
	return free
}

func blanks(b []byte) int {
	n := 0
	for n < len(b) && (b[n] == ' ' || b[n] == '\n' || b[n] == '\t' || b[n] == '\r') {
		n++
	}
	return n
}

// word reads to the closing quotation mark. Names need no escapes.
func word(b []byte) (string, bool) {
	if i := bytes.IndexByte(b, '"'); i >= 0 {
		return string(b[:i]), true
	}
	return string(b), false
}

// span is the length of the JSON value that b begins with; 0: it is not whole.
func span(b []byte) int {
	depth, text := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case text:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// end decides about what is held. A call that lost its end may still run when it is a read and the model had ended by itself.
func (l *leak) end(whole bool) (string, []chat.ToolCall) {
	held, caught := l.held, l.caught
	l.held, l.caught = nil, free
	switch caught {
	case json1, markup:
		if cs := findCalls(held, l.tools, whole); len(cs) > 0 {
			return "", cs
		}
		return withoutMarks(held), nil
	case maybe:
		if mark(held) == maybe && len(held) > 2 {
			return "", nil // the first half of a mark
		}
		if cs, ok := l.tools.unfinished(held, whole); ok {
			return "", cs
		}
		if cs := findCalls(held, l.tools, whole); len(cs) > 0 { // marks stand in what began like JSON
			return "", cs
		}
		return withoutMarks(held), nil
	}
	return string(held), nil
}

// unfinished is a call as JSON that names its tool and breaks off; ok: it is one, and not for people, whatever comes of it.
// Only a read whose model had ended by itself runs with what is missing added.
func (o offered) unfinished(held []byte, whole bool) (cs []chat.ToolCall, ok bool) {
	i := bytes.IndexAny(held, "{[")
	if i < 0 {
		return nil, false
	}
	s := strings.TrimRight(string(held[i:]), "` \n\t\r")
	if cs = readCalls([]byte(closed(s)), o); len(cs) == 0 {
		return nil, false
	}
	if !whole {
		return nil, true
	}
	for i, c := range cs {
		if t := o[c.Name]; !t.Mend || !accepts(t, c.Args) {
			cs[i].Args = mustJSON("a call that broke off") // no check accepts it: the model hears of it
		}
	}
	return cs, true
}

// readCalls reads one JSON value that is a call of an offered tool, a list of such calls, or a wrapper around them; else none.
func readCalls(raw json.RawMessage, tools offered) []chat.ToolCall {
	raw = bytes.TrimSpace(raw)
	var list []json.RawMessage
	var wrap struct {
		Calls []json.RawMessage `json:"tool_calls"`
	}
	switch {
	case len(raw) > 0 && raw[0] == '[':
		if json.Unmarshal(raw, &list) != nil {
			return nil
		}
	case json.Unmarshal(raw, &wrap) == nil && len(wrap.Calls) > 0:
		list = wrap.Calls
	default:
		c, ok := readCall(raw)
		c.Name = tools.name(c.Name)
		if _, known := tools[c.Name]; !ok || !known {
			return nil
		}
		return []chat.ToolCall{c}
	}
	var out []chat.ToolCall
	for _, v := range list {
		if len(v) == 0 || v[0] == '[' {
			return nil
		}
		cs := readCalls(v, tools)
		if len(cs) == 0 {
			return nil
		}
		out = append(out, cs...)
	}
	return out
}

// readCall reads a call by the keys that models use. Without arguments they are {}; what is no object stays, and no check accepts it.
func readCall(raw json.RawMessage) (chat.ToolCall, bool) {
	var v struct {
		Name, Tool, Function               json.RawMessage
		ToolName                           json.RawMessage `json:"tool_name"`
		FunctionName                       json.RawMessage `json:"function_name"`
		Recipient                          json.RawMessage `json:"recipient_name"`
		Arguments, Parameters, Args, Input json.RawMessage
	}
	if json.Unmarshal(raw, &v) != nil {
		return chat.ToolCall{}, false
	}
	if isObject(v.Function) {
		var inner struct{ Function json.RawMessage }
		if json.Unmarshal(v.Function, &inner); isObject(inner.Function) {
			return chat.ToolCall{}, false
		}
		return readCall(v.Function)
	}
	c := chat.ToolCall{Args: json.RawMessage("{}")}
	for _, n := range []json.RawMessage{v.Name, v.Tool, v.ToolName, v.FunctionName, v.Function, v.Recipient} {
		if json.Unmarshal(n, &c.Name) == nil && c.Name != "" {
			break
		}
	}
	for _, a := range []json.RawMessage{v.Arguments, v.Parameters, v.Args, v.Input} {
		if len(a) == 0 || string(a) == "null" {
			continue
		}
		c.Args = a
		var inner string // arguments as the wire has them: JSON in a string
		if json.Unmarshal(a, &inner) == nil && isObject(json.RawMessage(inner)) {
			c.Args = json.RawMessage(inner)
		}
		break
	}
	return c, c.Name != ""
}
