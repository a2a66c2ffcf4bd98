package openai

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
)

// payload is a request's JSON in the making, its fields in the order in which they are written: the same request is the same bytes.
// What the operator adds (Options.Extra) stands in the place of a field of ours; a null there removes it.
type payload struct {
	bytes.Buffer
	enc   *json.Encoder
	extra map[string]json.RawMessage
}

func newPayload(req *llm.Request, extra map[string]json.RawMessage) *payload {
	b := &payload{extra: extra}
	n := len(req.System)
	for _, t := range req.Tools {
		n += len(t.Description) + len(t.Input) + 100
	}
	for _, m := range req.Messages {
		n += len(m.Text) + 200
	}
	b.Grow(1<<10 + n + n/8) // an eighth more for what is escaped
	b.enc = json.NewEncoder(&b.Buffer)
	b.enc.SetEscapeHTML(false)
	return b
}

// open writes a field's name and says whether its value is ours to write.
func (b *payload) open(name string) bool {
	if _, theirs := b.extra[name]; theirs {
		return false
	}
	b.name(name)
	return true
}

func (b *payload) name(name string) {
	if b.Len() == 0 {
		b.WriteByte('{')
	} else {
		b.WriteByte(',')
	}
	b.value(name)
	b.WriteByte(':')
}

func (b *payload) field(name string, v any) {
	if b.open(name) {
		b.value(v)
	}
}

// value writes what is small: a string, a number.
func (b *payload) value(v any) {
	_ = b.enc.Encode(v) // strings, numbers and truths have no error
	b.Truncate(b.Len() - 1)
}

// raw writes what is JSON already, without reading it again.
func (b *payload) raw(v json.RawMessage) { b.Write(v) }

func (b *payload) text(before, s string) {
	b.WriteString(before)
	b.value(s)
}

func (b *payload) messages(ms []sent) {
	for i, m := range ms {
		b.text(comma(i)+`{"role":`, m.role)
		b.text(`,"content":`, m.text)
		if m.thought != nil {
			b.text(`,"reasoning_content":`, *m.thought)
		}
		if m.callID != "" {
			b.text(`,"tool_call_id":`, m.callID)
		}
		if len(m.calls) > 0 {
			b.calls(m.calls)
		}
		b.WriteByte('}')
	}
	if len(ms) == 0 {
		b.WriteByte('[')
	}
	b.WriteByte(']')
}

func (b *payload) calls(calls []chat.ToolCall) {
	b.WriteString(`,"tool_calls":`)
	for i, call := range calls {
		args := string(call.Args)
		if !isObject(call.Args) {
			args = "{}" // templates parse the history's arguments and fail on what a model once got wrong
		}
		b.text(comma(i)+`{"id":`, call.ID)
		b.text(`,"type":"function","function":{"name":`, call.Name)
		b.text(`,"arguments":`, args)
		b.WriteString("}}")
	}
	b.WriteByte(']')
}

func (b *payload) tools(tools []llm.Tool) {
	for i, t := range tools {
		b.text(comma(i)+`{"type":"function","function":{"name":`, t.Name)
		if t.Description != "" {
			b.text(`,"description":`, t.Description)
		}
		b.WriteString(`,"parameters":`)
		b.raw(parameters(t))
		b.WriteString("}}")
	}
	b.WriteByte(']')
}

// comma is what stands before the i-th element of an array.
func comma(i int) string {
	if i == 0 {
		return "["
	}
	return ","
}

func (b *payload) end() []byte {
	for _, name := range slices.Sorted(maps.Keys(b.extra)) {
		if v := b.extra[name]; string(v) != "null" {
			b.name(name)
			b.raw(v)
		}
	}
	if b.Len() == 0 {
		b.WriteByte('{')
	}
	b.WriteByte('}')
	return b.Bytes()
}
