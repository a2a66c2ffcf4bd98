package route

import (
	"bytes"
	"encoding/json"
	"errors"
	"hash/maphash"
	"strconv"
	"unicode/utf8"

	"shopkeeper/gateway/jsonscan"
)

// Request is a raw request: its bytes, and what of them routing has to know. Body belongs to it until the answer was written.
type Request struct {
	Body      []byte
	Model     string
	Stream    bool
	MaxTokens int64 // max_completion_tokens or max_tokens; 0 = not said
	User      string
	Absurd    string // the field that limits tokens to what is no number of them; "" = none

	wantsUsage bool
	fields     []bodyField
	end        int // offset of the closing brace
}

type bodyField struct {
	name  string
	value jsonscan.Span
}

var (
	errNoObject = errors.New("the body is no JSON object")
	errBroken   = errors.New("the body is no valid JSON")
	errEncoding = errors.New("the body is no valid UTF-8")
)

// ReadRequest looks at a body. It fails when the body is no JSON object in UTF-8; a field of a wrong type is the endpoint's matter.
func ReadRequest(body []byte) (*Request, error) {
	if !utf8.Valid(body) {
		return nil, errEncoding
	}
	if !json.Valid(body) {
		return nil, errBroken
	}
	r := &Request{Body: body, fields: make([]bodyField, 0, 12)}
	r.end = jsonscan.EachField(body, 0, func(key, value jsonscan.Span) bool {
		name, v := known(key.Of(body)), value.Of(body)
		switch name {
		case "model":
			r.Model = text(v)
		case "stream":
			r.Stream = string(v) == "true"
		case "max_tokens", "max_completion_tokens":
			n, err := strconv.ParseInt(string(v), 10, 64)
			switch {
			case string(v) == "null":
			case err != nil || n < 1 || n > absurd:
				r.Absurd = name
			default:
				r.MaxTokens = max(r.MaxTokens, n)
			}
		case "user":
			r.User = text(v)
		case "stream_options":
			r.wantsUsage = string(jsonscan.Field(v, 0, "include_usage").Of(v)) == "true"
		}
		r.fields = append(r.fields, bodyField{name, value})
		return true
	})
	if r.end < 0 {
		return nil, errNoObject
	}
	return r, nil
}

// known gives the usual names without an allocation.
func known(quoted []byte) string {
	switch string(quoted) {
	case `"model"`:
		return "model"
	case `"messages"`:
		return "messages"
	case `"stream"`:
		return "stream"
	case `"stream_options"`:
		return "stream_options"
	case `"max_tokens"`:
		return "max_tokens"
	case `"max_completion_tokens"`:
		return "max_completion_tokens"
	case `"temperature"`:
		return "temperature"
	case `"tools"`:
		return "tools"
	case `"user"`:
		return "user"
	}
	return text(quoted)
}

// text is a JSON string's text, "" for any other value.
func text(v []byte) string {
	if len(v) < 2 || v[0] != '"' {
		return ""
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1])
	}
	var s string
	_ = json.Unmarshal(v, &s)
	return s
}

// Field is a top-level field's value as it stands in the body, nil when it is not there.
func (r *Request) Field(name string) []byte {
	for i := len(r.fields) - 1; i >= 0; i-- { // the last one counts, as with encoding/json
		if r.fields[i].name == name {
			return r.fields[i].value.Of(r.Body)
		}
	}
	return nil
}

// tokens is a guess of the prompt's length, a quarter of the bytes that the endpoint reads.
func (r *Request) tokens() int64 {
	return int64(max(len(r.Field("messages")), len(r.Field("input"))))/4 + 1
}

var seed = maphash.MakeSeed()

// affinity says which requests belong together: those of a user, else those that begin alike, as the rounds of a conversation do.
func (r *Request) affinity() uint64 {
	if r.User != "" {
		return maphash.String(seed, r.User)
	}
	m := r.Field("messages")
	return maphash.Bytes(seed, m[:min(len(m), 512)])
}

// sent is the body for a target: its own name of the model, usage asked for on a stream, the provider's extra fields where the
// client has none of that name. Every other byte is the client's. Without a change it is the client's body itself.
func (r *Request) sent(t *Target) []byte {
	type edit struct {
		at   jsonscan.Span
		text string
	}
	edits, size := make([]edit, 0, 4), 0
	put := func(at jsonscan.Span, s string) {
		edits = append(edits, edit{at, s})
		size += len(s)
	}
	asked := r.wantsUsage || !r.Stream
	ask := !asked
	for _, f := range r.fields {
		switch {
		case f.name == "model" && t.quoted != "" && string(f.value.Of(r.Body)) != t.quoted:
			put(f.value, t.quoted)
		case f.name == "stream_options" && ask:
			put(f.value, withUsage(f.value.Of(r.Body)))
			asked = true
		}
	}
	tail := ""
	if !asked {
		tail = `,"stream_options":{"include_usage":true}`
	}
	for _, x := range t.extras {
		if r.Field(x.name) == nil {
			tail += x.text
		}
	}
	if len(r.fields) == 0 && tail != "" {
		tail = tail[1:]
	}
	if tail != "" {
		put(jsonscan.Span{From: r.end, To: r.end}, tail)
	}
	if len(edits) == 0 {
		return r.Body
	}
	out := make([]byte, 0, len(r.Body)+size)
	from := 0
	for _, e := range edits {
		out = append(append(out, r.Body[from:e.at.From]...), e.text...)
		from = e.at.To
	}
	return append(out, r.Body[from:]...)
}

// withUsage sets include_usage in stream_options.
func withUsage(options []byte) string {
	at := jsonscan.Field(options, 0, "include_usage")
	switch {
	case !at.Empty():
		return string(options[:at.From]) + "true" + string(options[at.To:])
	case len(options) > 0 && options[0] == '{':
		comma := ","
		if options[jsonscan.SkipSpace(options, 1)] == '}' {
			comma = ""
		}
		return `{"include_usage":true` + comma + string(options[1:])
	}
	return `{"include_usage":true}`
}

// extra is a field for the end of a body.
type extra struct{ name, text string }

func extrasOf(fields map[string]json.RawMessage) (out []extra) {
	for name, v := range fields {
		q, _ := json.Marshal(name) // a string always has a form
		if string(v) != "null" {
			out = append(out, extra{name, "," + string(q) + ":" + string(v)})
		}
	}
	return out
}
