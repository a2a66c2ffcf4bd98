package openai

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"text/template"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
)

// quirks are what an endpoint's refusals taught us about it. A refusal comes before anything was answered, so the request is
// sent again at once in the form that the endpoint wants, and in that form from then on.
type quirks struct {
	thinks atomic.Bool // wants reasoning_content on every tool turn
	plain  atomic.Bool // refuses the field reasoning_content
	flat   atomic.Bool // its template takes a system message at the start only, and strictly alternating roles
}

// asksToThink: an extra that turns thinking on means that tool turns need their reasoning from the first request.
func asksToThink(extra map[string]json.RawMessage) bool {
	var v struct {
		Type string `json:"type"`
	}
	return json.Unmarshal(extra["thinking"], &v) == nil && v.Type == "enabled"
}

// learn reads a refusal and says whether the same request in another form may pass.
func (q *quirks) learn(e *llm.Error) bool {
	if e.Status != 400 && e.Status != 422 && e.Status != 500 {
		return false
	}
	text := strings.ToLower(e.Err.Error())
	switch {
	case strings.Contains(text, "reasoning_content"):
		if unwanted := strings.Contains(text, "unsupported") || strings.Contains(text, "not permitted") || strings.Contains(text, "extra") || strings.Contains(text, "unknown") || strings.Contains(text, "unrecognized"); unwanted {
			return !q.plain.Swap(true)
		}
		return !q.thinks.Swap(true)
	case strings.Contains(text, "must alternate"), strings.Contains(text, "system role not supported"),
		strings.Contains(text, "system message must"), strings.Contains(text, "system message should"), strings.Contains(text, "user and assistant roles"):
		return !q.flat.Swap(true)
	}
	return false
}

//go:embed tools_schema.md.tmpl
var schemaPrompt string

//go:embed tools_text.md.tmpl
var textPrompt string

// prompts teach a model, or an endpoint, that has no tool calls of its own how to call tools.
var prompts = template.Must(template.Must(template.New(Schema).Parse(schemaPrompt)).New(Text).Parse(textPrompt))

// sent is a message as it goes to an endpoint.
type sent struct {
	role, text, callID string
	calls              []chat.ToolCall
	thought            *string // reasoning_content; nil = the field is left out, empty is sent
}

// encode writes the request's body. It is not left to the library: its types lose fields (temperature 0, empty content,
// reasoning_content), and an assistant's tools and cards are most of a body, which it would copy and check five times over.
func (c *Client) encode(req *llm.Request) ([]byte, error) {
	system, schema := req.System, req.Schema
	switch {
	case c.o.Tools != Native && len(req.Tools) > 0:
		taught, err := c.teach(req)
		if err != nil {
			return nil, err
		}
		system = strings.TrimSpace(system + "\n\n" + taught)
		schema = nil
		if c.o.Tools == Schema {
			schema = union(req)
		}
	case schema != nil && c.o.Tools == Text:
		system = strings.TrimSpace(system + "\n\nAnswer with one JSON value of this schema and nothing else:\n" + string(schema))
		schema = nil
	}
	b := newPayload(req, c.o.Extra)
	b.field("model", c.o.Model)
	if req.MaxTokens > 0 {
		b.field("max_tokens", req.MaxTokens)
	}
	if schema != nil && b.open("response_format") {
		b.raw(format("answer", schema))
	}
	b.field("stream", true)
	if b.open("stream_options") {
		b.raw(json.RawMessage(`{"include_usage":true}`))
	}
	if req.Temperature != nil {
		b.field("temperature", *req.Temperature)
	}
	if c.o.Tools == Native && len(req.Tools) > 0 && b.open("tools") {
		b.tools(req.Tools)
	}
	if b.open("messages") { // what grows stands last
		b.messages(c.messages(req, system))
	}
	return b.end(), nil
}

func (c *Client) messages(req *llm.Request, system string) []sent {
	out := make([]sent, 0, len(req.Messages)+2)
	if system != "" {
		out = append(out, sent{role: "system", text: system})
	}
	for _, m := range req.Messages {
		if !m.Replaced {
			out = append(out, c.message(m))
		}
	}
	if req.Volatile != "" {
		out = append(out, sent{role: "system", text: req.Volatile})
	}
	if c.quirks.flat.Load() {
		out = flatten(out)
	}
	return out
}

func (c *Client) message(m chat.Message) sent {
	if c.o.Tools != Native {
		return spelled(m, c.o.Tools)
	}
	out := sent{role: string(m.Role), text: m.Text}
	switch m.Role {
	case chat.Tool:
		out.callID = m.CallID
	case chat.Bot:
		out.calls = m.Calls
		if len(m.Calls) > 0 && !c.quirks.plain.Load() && (m.Reasoning != "" || c.quirks.thinks.Load()) {
			out.thought = &m.Reasoning
		}
	}
	return out
}

// spelled is a message for an endpoint without tool calls: calls and results are text in the form that the prompt teaches.
func spelled(m chat.Message, mode string) sent {
	switch {
	case m.Role == chat.Tool:
		return sent{role: "user", text: fmt.Sprintf("<tool_response name=%q>\n%s\n</tool_response>", m.Name, m.Text)}
	case m.Role == chat.Bot && mode == Schema:
		if len(m.Calls) > 0 {
			return sent{role: "assistant", text: string(mustJSON(schemaCall{m.Calls[0].Name, object(m.Calls[0].Args)}))}
		}
		return sent{role: "assistant", text: string(mustJSON(schemaText{m.Text}))}
	case m.Role == chat.Bot:
		var b strings.Builder
		b.WriteString(m.Text)
		for _, call := range m.Calls {
			fmt.Fprintf(&b, "\n<tool_call>\n%s\n</tool_call>", mustJSON(textCall{call.Name, object(call.Args)}))
		}
		return sent{role: "assistant", text: strings.TrimSpace(b.String())}
	}
	return sent{role: string(m.Role), text: m.Text}
}

type (
	schemaCall struct {
		Tool      string          `json:"tool"`
		Arguments json.RawMessage `json:"arguments"`
	}
	schemaText struct {
		Text string `json:"text"`
	}
	textCall struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	}
)

// flatten fits strict templates: neighbours of one role become one message, a later system message joins the message before it.
func flatten(ms []sent) []sent {
	var out []sent
	for _, m := range ms {
		last := len(out) - 1
		join := last >= 0 && len(m.calls) == 0 && len(out[last].calls) == 0 && m.role != "tool" &&
			(m.role == "system" || m.role == out[last].role)
		if join {
			out[last].text = strings.TrimSpace(out[last].text + "\n\n" + m.text)
			continue
		}
		out = append(out, m)
	}
	return out
}

func (c *Client) teach(req *llm.Request) (string, error) {
	type tool struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Parameters  json.RawMessage `json:"parameters"`
	}
	var data struct {
		Tools  []string
		Schema string
	}
	for _, t := range req.Tools {
		data.Tools = append(data.Tools, string(mustJSON(tool{t.Name, t.Description, parameters(t)})))
	}
	data.Schema = string(req.Schema)
	var b strings.Builder
	if err := prompts.ExecuteTemplate(&b, c.o.Tools, data); err != nil {
		return "", fmt.Errorf("render tool prompt: %w", err)
	}
	return strings.TrimSpace(b.String()), nil
}

// union is the schema of "one call of an offered tool, or the final answer". The tool stands before its arguments, because a
// grammar makes the model write them in this order.
func union(req *llm.Request) json.RawMessage {
	object := func(properties string, required ...string) json.RawMessage {
		return json.RawMessage(`{"type":"object","properties":{` + properties + `},"required":` + string(mustJSON(required)) + `,"additionalProperties":false}`)
	}
	var all []json.RawMessage
	for _, t := range req.Tools {
		name := mustJSON(map[string]string{"const": t.Name})
		all = append(all, object(`"tool":`+string(name)+`,"arguments":`+string(parameters(t)), "tool", "arguments"))
	}
	if req.Schema != nil {
		all = append(all, object(`"answer":`+string(req.Schema), "answer"))
	} else {
		all = append(all, object(`"text":{"type":"string"}`, "text"))
	}
	return mustJSON(map[string][]json.RawMessage{"anyOf": all})
}

func format(name string, schema json.RawMessage) json.RawMessage {
	type body struct {
		Name   string          `json:"name"`
		Strict bool            `json:"strict"`
		Schema json.RawMessage `json:"schema"`
	}
	return mustJSON(struct {
		Type   string `json:"type"`
		Schema body   `json:"json_schema"`
	}{"json_schema", body{name, true, schema}})
}

func parameters(t llm.Tool) json.RawMessage {
	if len(t.Input) == 0 {
		return json.RawMessage(`{"type":"object","properties":{}}`)
	}
	return t.Input
}

func isObject(raw json.RawMessage) bool {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	return len(raw) > 0 && raw[0] == '{' && json.Valid(raw)
}

func object(raw json.RawMessage) json.RawMessage {
	if isObject(raw) {
		return raw
	}
	return json.RawMessage(`{}`)
}

// mustJSON is for values whose parts were checked to be JSON; a tool's schema that is none comes out as null.
func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return b
}
