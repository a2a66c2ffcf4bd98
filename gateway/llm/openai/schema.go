package openai

import (
	"encoding/json"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"shopkeeper/gateway/chat"
)

// schemaReader reads the answers of tools = "schema": {"text": "…"} goes out while it is written, {"tool":…} is held to its end,
// {"answer":…} is the JSON that the request asked for. What is none of these, from an endpoint that does not know
// response_format, is read like any text.
type schemaReader struct {
	leak leak
	held []byte
	kind byte // 0 undecided, 't' text, 'j' JSON to the end, 'p' plain
	text unquote
}

func (r *schemaReader) add(piece string) (string, error) {
	if r.kind == 'p' {
		return r.leak.add(piece)
	}
	r.held = append(r.held, piece...)
	if r.kind == 0 {
		rest, kind := head(r.held)
		switch r.kind = kind; kind {
		case 0:
			return "", nil
		case 'p':
			return r.leak.add(string(r.take()))
		case 't':
			r.held = rest
		}
	}
	if r.kind == 't' {
		return r.leak.add(r.text.add(r.take()))
	}
	if len(r.held) > maxCaught {
		return "", errImagined
	}
	return "", nil
}

func (r *schemaReader) take() []byte {
	b := r.held
	r.held = nil
	return b
}

// head decides by the first key. rest is what follows `{"text": "`.
func head(b []byte) (rest []byte, kind byte) {
	i := blanks(b)
	if i == len(b) {
		return nil, 0
	}
	if b[i] != '{' {
		return nil, 'p'
	}
	i++
	if i += blanks(b[i:]); i == len(b) {
		return nil, 0
	}
	if b[i] != '"' {
		return nil, 'p'
	}
	key, done := word(b[i+1:])
	if !done {
		if len(key) > 20 {
			return nil, 'p'
		}
		return nil, 0
	}
	switch key {
	case "tool", "answer", "arguments":
		return nil, 'j'
	case "text":
	default:
		return nil, 'p'
	}
	i += len(key) + 2
	if i += blanks(b[i:]); i == len(b) {
		return nil, 0
	}
	if b[i] != ':' {
		return nil, 'p'
	}
	i++
	if i += blanks(b[i:]); i == len(b) {
		return nil, 0
	}
	if b[i] != '"' {
		return nil, 'j'
	}
	return b[i+1:], 't'
}

func (r *schemaReader) end(whole bool) (string, []chat.ToolCall) {
	if r.kind != 'j' {
		show := ""
		if r.kind == 0 {
			show, _ = r.leak.add(string(r.take()))
		}
		rest, calls := r.leak.end(whole)
		return show + rest, calls
	}
	raw := r.take()
	var v struct {
		Answer json.RawMessage `json:"answer"`
		Text   json.RawMessage `json:"text"`
	}
	if n := span(raw); n > 0 {
		raw = raw[:blanks(raw)+n]
	}
	if cs := readCalls(raw, r.leak.tools); len(cs) > 0 {
		return "", cs
	}
	if json.Unmarshal(raw, &v) != nil {
		cs, _ := r.leak.tools.unfinished(raw, whole)
		return "", cs
	}
	if v.Answer != nil {
		return string(v.Answer), nil
	}
	if v.Text != nil && string(v.Text) != "null" {
		return loose(v.Text), nil
	}
	if c, ok := readCall(raw); ok { // a tool that nobody offered: the assistant tells the model so
		return "", []chat.ToolCall{c}
	}
	return "", nil
}

// unquote decodes a JSON string that comes in pieces, up to its closing quotation mark; what follows is dropped.
type unquote struct {
	held []byte // an escape or a character that is not whole
	done bool
}

func (u *unquote) add(piece []byte) string {
	if u.done {
		return ""
	}
	b := append(u.held, piece...)
	u.held = nil
	var out strings.Builder
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c == '"':
			u.done = true
			return out.String()
		case c == '\\':
			n, s := escape(b[i:])
			if n == 0 {
				u.held = append([]byte(nil), b[i:]...)
				return out.String()
			}
			out.WriteString(s)
			i += n
		case c < utf8.RuneSelf:
			out.WriteByte(c)
			i++
		default:
			if !utf8.FullRune(b[i:]) {
				u.held = append([]byte(nil), b[i:]...)
				return out.String()
			}
			r, n := utf8.DecodeRune(b[i:])
			out.WriteRune(r)
			i += n
		}
	}
	return out.String()
}

// escape decodes the escape that b begins with; n 0: it is not whole yet.
func escape(b []byte) (n int, s string) {
	if len(b) < 2 {
		return 0, ""
	}
	switch b[1] {
	case 'n':
		return 2, "\n"
	case 't':
		return 2, "\t"
	case 'r':
		return 2, "\r"
	case 'b', 'f':
		return 2, " "
	case 'u':
	default:
		return 2, string(b[1:2])
	}
	r, ok := hex4(b[2:])
	if !ok {
		if len(b) < 6 {
			return 0, ""
		}
		return 2, "u"
	}
	if !utf16.IsSurrogate(r) {
		return 6, string(r)
	}
	if len(b) < 12 && (len(b) < 7 || b[6] == '\\') && (len(b) < 8 || b[7] == 'u') {
		return 0, ""
	}
	if len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
		if low, ok := hex4(b[8:]); ok {
			if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
				return 12, string(both)
			}
		}
	}
	return 6, string(utf8.RuneError)
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
