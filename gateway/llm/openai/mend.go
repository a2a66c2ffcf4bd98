package openai

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	"shopkeeper/gateway/llm"
)

// offered are the tools of a request by name.
type offered map[string]llm.Tool

func offer(ts []llm.Tool) offered {
	o := offered{}
	for _, t := range ts {
		o[t.Name] = t
	}
	return o
}

// name is a tool's name without what templates put around it.
func (o offered) name(s string) string {
	s = strings.TrimSpace(tails.ReplaceAllString(s, ""))
	if _, ok := o[s]; ok {
		return s
	}
	if _, rest, ok := strings.Cut(s, "functions."); ok { // Kimi: functions.NAME:0
		rest, _, _ = strings.Cut(rest, ":")
		if _, ok := o[rest]; ok {
			return rest
		}
	}
	return s
}

// tails are closing marks of the call formats at the end of a text, whole or cut.
var tails = regexp.MustCompile(`(?:\s*</?(?:[｜|][\p{L}\d_▁｜|]{0,40}|(?:parameter|function|invoke|tool_calls?|arg_value)\b)>?)+\s*$`)

// args are a native call's arguments as they may run. Only a read's are mended, and only where call markup leaked into them:
// the markup is cut off and what it took the place of is closed. A write whose arguments hold markup gets arguments that no
// check accepts, so that the model hears of it; nothing of a write is ever guessed.
func (o offered) args(name, raw string) json.RawMessage {
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return json.RawMessage("{}")
	}
	t, known := o[name]
	if isObject(json.RawMessage(raw)) {
		clean, cut := withoutTails(json.RawMessage(raw))
		switch {
		case !cut:
			return json.RawMessage(raw)
		case t.Mend:
			return clean
		}
		return mustJSON("arguments with leaked markup")
	}
	if !known || !t.Mend {
		return json.RawMessage(raw)
	}
	var inner string
	if json.Unmarshal([]byte(raw), &inner) == nil && isObject(json.RawMessage(inner)) {
		return json.RawMessage(inner) // JSON within a JSON string
	}
	cut := tails.ReplaceAllString(raw, "")
	if cut == raw {
		return json.RawMessage(raw)
	}
	for _, s := range []string{cut, closed(cut)} {
		if isObject(json.RawMessage(s)) && accepts(t, json.RawMessage(s)) {
			return json.RawMessage(s)
		}
	}
	return json.RawMessage(raw)
}

func accepts(t llm.Tool, args json.RawMessage) bool { return t.Check == nil || t.Check(args) == nil }

// withoutTails cuts markup off the end of an object's texts.
func withoutTails(raw json.RawMessage) (json.RawMessage, bool) {
	if !bytes.ContainsAny(raw, "<") && !bytes.Contains(raw, []byte(`\u003c`)) {
		return raw, false
	}
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil {
		return raw, false
	}
	cut := false
	for k, v := range m {
		var s string
		if json.Unmarshal(v, &s) != nil {
			continue
		}
		if clean := tails.ReplaceAllString(s, ""); clean != s {
			m[k], cut = mustJSON(clean), true
		}
	}
	if !cut {
		return raw, false
	}
	return mustJSON(m), true
}

// closed adds what JSON lacks at its end: a quotation mark, brackets.
func closed(s string) string {
	var open []byte
	text := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case text:
		case c == '{':
			open = append(open, '}')
		case c == '[':
			open = append(open, ']')
		case (c == '}' || c == ']') && len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	if text {
		s += `"`
	} else {
		s = strings.TrimRight(s, ", \n\t\r")
	}
	for i := len(open) - 1; i >= 0; i-- {
		s += string(open[i])
	}
	return s
}
