package openai

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"text/template"

	goopenai "github.com/sashabaranov/go-openai"

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

// encode makes the library's request and the patch for what its types cannot say.
func (c *Client) encode(req *llm.Request) (goopenai.ChatCompletionRequest, patch, error) {
	p := patch{chat: true, temperature: req.Temperature, maxTokens: req.MaxTokens, extra: c.o.Extra, reasoning: map[int]string{}}
	out := goopenai.ChatCompletionRequest{
		Model:         c.o.Model,
		StreamOptions: &goopenai.StreamOptions{IncludeUsage: true},
	}
	system := req.System
	switch {
	case c.o.Tools != Native && len(req.Tools) > 0:
		taught, err := c.teach(req)
		if err != nil {
			return out, p, err
		}
		system = strings.TrimSpace(system + "\n\n" + taught)
		if c.o.Tools == Schema {
			p.schema = format("answer", union(req))
		}
	case req.Schema != nil && c.o.Tools == Text:
		system = strings.TrimSpace(system + "\n\nAnswer with one JSON value of this schema and nothing else:\n" + string(req.Schema))
	case req.Schema != nil:
		p.schema = format("answer", req.Schema)
	}
	if c.o.Tools == Native {
		for _, t := range req.Tools {
			out.Tools = append(out.Tools, goopenai.Tool{Type: goopenai.ToolTypeFunction, Function: &goopenai.FunctionDefinition{
				Name: t.Name, Description: t.Description, Parameters: parameters(t),
			}})
		}
		if req.Schema != nil {
			p.schema = format("answer", req.Schema)
		}
	}
	if system != "" {
		out.Messages = append(out.Messages, goopenai.ChatCompletionMessage{Role: "system", Content: system})
	}
	for _, m := range req.Messages {
		if !m.Replaced {
			out.Messages = c.message(out.Messages, m, &p)
		}
	}
	if req.Volatile != "" {
		out.Messages = append(out.Messages, goopenai.ChatCompletionMessage{Role: "system", Content: req.Volatile})
	}
	if c.quirks.flat.Load() {
		out.Messages, p.reasoning = flatten(out.Messages, p.reasoning)
	}
	return out, p, nil
}

func (c *Client) message(to []goopenai.ChatCompletionMessage, m chat.Message, p *patch) []goopenai.ChatCompletionMessage {
	if c.o.Tools != Native {
		return append(to, spelled(m, c.o.Tools))
	}
	out := goopenai.ChatCompletionMessage{Role: string(m.Role), Content: m.Text}
	switch m.Role {
	case chat.Tool:
		out.ToolCallID = m.CallID
	case chat.Bot:
		for _, call := range m.Calls {
			args := string(call.Args)
			if !isObject(call.Args) {
				args = "{}" // templates parse the history's arguments and fail on what a model once got wrong
			}
			out.ToolCalls = append(out.ToolCalls, goopenai.ToolCall{ID: call.ID, Type: goopenai.ToolTypeFunction, Function: goopenai.FunctionCall{Name: call.Name, Arguments: args}})
		}
		if len(m.Calls) > 0 && !c.quirks.plain.Load() && (m.Reasoning != "" || c.quirks.thinks.Load()) {
			p.reasoning[len(to)] = m.Reasoning
		}
	}
	return append(to, out)
}

// spelled is a message for an endpoint without tool calls: calls and results are text in the form that the prompt teaches.
func spelled(m chat.Message, mode string) goopenai.ChatCompletionMessage {
	switch {
	case m.Role == chat.Tool:
		return goopenai.ChatCompletionMessage{Role: "user", Content: fmt.Sprintf("<tool_response name=%q>\n%s\n</tool_response>", m.Name, m.Text)}
	case m.Role == chat.Bot && mode == Schema:
		if len(m.Calls) > 0 {
			return goopenai.ChatCompletionMessage{Role: "assistant", Content: string(mustJSON(schemaCall{m.Calls[0].Name, object(m.Calls[0].Args)}))}
		}
		return goopenai.ChatCompletionMessage{Role: "assistant", Content: string(mustJSON(schemaText{m.Text}))}
	case m.Role == chat.Bot:
		var b strings.Builder
		b.WriteString(m.Text)
		for _, call := range m.Calls {
			fmt.Fprintf(&b, "\n<tool_call>\n%s\n</tool_call>", mustJSON(textCall{call.Name, object(call.Args)}))
		}
		return goopenai.ChatCompletionMessage{Role: "assistant", Content: strings.TrimSpace(b.String())}
	}
	return goopenai.ChatCompletionMessage{Role: string(m.Role), Content: m.Text}
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
func flatten(ms []goopenai.ChatCompletionMessage, reasoning map[int]string) ([]goopenai.ChatCompletionMessage, map[int]string) {
	var out []goopenai.ChatCompletionMessage
	moved := map[int]string{}
	for i, m := range ms {
		last := len(out) - 1
		join := last >= 0 && len(m.ToolCalls) == 0 && len(out[last].ToolCalls) == 0 && m.Role != "tool" &&
			(m.Role == "system" || m.Role == out[last].Role)
		if join {
			out[last].Content = strings.TrimSpace(out[last].Content + "\n\n" + m.Content)
			continue
		}
		if r, ok := reasoning[i]; ok {
			moved[len(out)] = r
		}
		out = append(out, m)
	}
	return out, moved
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
	var m map[string]json.RawMessage
	return json.Unmarshal(raw, &m) == nil && m != nil
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
