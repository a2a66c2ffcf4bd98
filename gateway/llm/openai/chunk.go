package openai

import (
	"encoding/json"
	"strings"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/jsonscan"
)

// chunk is one event of a stream, or a whole body in its place, read with tolerance: the library's type loses or refuses too much.
type chunk struct {
	Object  string          `json:"object"`
	Error   json.RawMessage `json:"error"`
	Detail  json.RawMessage `json:"detail"`
	Text    json.RawMessage `json:"message"` // vLLM's flat error
	Choices []choice        `json:"choices"`
	Usage   *usage          `json:"usage"`
}

type choice struct {
	Index        int     `json:"index"`
	Delta        message `json:"delta"`
	Message      message `json:"message"` // of a whole body
	FinishReason string  `json:"finish_reason"`
}

// readChunk reads valid JSON; what it returns may refer to raw. A chunk that holds one choice with words, and nothing else of use, is
// read in passing: they are nearly all, and decoding them took a third of an answer's time.
func readChunk(raw []byte) (*chunk, error) {
	var k chunk
	if k.words(raw) {
		return &k, nil
	}
	k = chunk{}
	if err := json.Unmarshal(raw, &k); err != nil {
		return nil, err
	}
	return &k, nil
}

// words reads a chunk of the common form, and says whether it is one.
func (k *chunk) words(raw []byte) bool {
	common := true
	end := jsonscan.EachField(raw, 0, func(key, value jsonscan.Span) bool {
		switch v := value.Of(raw); string(key.Of(raw)) {
		case `"choices"`:
			common = k.choice(v)
		case `"object"`:
			common = string(v) == `"chat.completion.chunk"`
		case `"id"`, `"created"`, `"model"`, `"system_fingerprint"`, `"service_tier"`:
		default:
			common = string(v) == "null"
		}
		return common
	})
	return common && end >= 0 && len(k.Choices) == 1
}

func (k *chunk) choice(list []byte) bool {
	at := jsonscan.SkipSpace(list, 1)
	c, common := choice{}, true
	end := jsonscan.EachField(list, at, func(key, value jsonscan.Span) bool {
		switch v := value.Of(list); string(key.Of(list)) {
		case `"index"`:
			common = string(v) == "0"
		case `"delta"`:
			common = c.Delta.words(v)
		case `"logprobs"`:
		default:
			common = string(v) == "null"
		}
		return common
	})
	if !common || end < 0 {
		return false
	}
	if i := jsonscan.SkipSpace(list, end+1); i >= len(list) || list[i] != ']' {
		return false // another choice
	}
	k.Choices = []choice{c}
	return true
}

func (m *message) words(v []byte) bool {
	common := true
	end := jsonscan.EachField(v, 0, func(key, value jsonscan.Span) bool {
		switch s := value.Of(v); string(key.Of(v)) {
		case `"content"`:
			m.Content = s
		case `"reasoning_content"`:
			m.ReasoningContent = s
		case `"role"`:
		default:
			common = string(s) == "null"
		}
		return common
	})
	return common && end >= 0
}

func (k *chunk) failed() bool {
	return len(k.Error) > 0 && string(k.Error) != "null" || k.Object == "error" ||
		k.Choices == nil && k.Usage == nil && (k.Detail != nil || k.Text != nil)
}

// moves: it holds something of an answer, be it white space.
func (k *chunk) moves() bool {
	for _, c := range k.Choices {
		for _, m := range []*message{&c.Delta, &c.Message} {
			if c.Index == 0 && (m.content() != "" || m.reasoning() != "" || loose(m.Refusal) != "" || len(m.calls()) > 0) {
				return true
			}
		}
	}
	return false
}

type message struct {
	Content          json.RawMessage `json:"content"` // a string, null, or parts
	ReasoningContent json.RawMessage `json:"reasoning_content"`
	Reasoning        json.RawMessage `json:"reasoning"` // vLLM's name for it
	Refusal          json.RawMessage `json:"refusal"`
	ToolCalls        []callDelta     `json:"tool_calls"`
	FunctionCall     *function       `json:"function_call"` // the form before tool_calls
}

// reasoning is said under one name or the other; a server in transition sends both alike.
func (m *message) reasoning() string {
	if s := loose(m.ReasoningContent); s != "" {
		return s
	}
	if len(m.Reasoning) == 0 {
		return ""
	}
	var s string
	_ = json.Unmarshal(m.Reasoning, &s) // an object is somebody's settings, not words
	return s
}

func (m *message) content() string {
	if len(m.Content) == 0 || m.Content[0] != '[' {
		return loose(m.Content)
	}
	var parts []struct{ Type, Text string }
	if json.Unmarshal(m.Content, &parts) != nil {
		return loose(m.Content)
	}
	var b strings.Builder
	for _, p := range parts {
		if p.Type == "text" || p.Type == "" {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func (m *message) calls() []callDelta {
	if m.FunctionCall != nil && len(m.ToolCalls) == 0 {
		return []callDelta{{Function: *m.FunctionCall}}
	}
	return m.ToolCalls
}

type callDelta struct {
	Index    *int     `json:"index"`
	ID       string   `json:"id"`
	Function function `json:"function"`
}

type function struct {
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"` // a string in pieces; some servers send an object
}

func (d *callDelta) args() string { return loose(d.Function.Arguments) }

type usage struct {
	Prompt     int64 `json:"prompt_tokens"`
	Completion int64 `json:"completion_tokens"`
	CacheHit   int64 `json:"prompt_cache_hit_tokens"` // DeepSeek
	Details    struct {
		Cached int64 `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
	Output struct {
		Reasoning int64 `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`
}

func (u *usage) usage() *chat.Usage {
	if u.Prompt == 0 && u.Completion == 0 {
		return nil
	}
	return &chat.Usage{Input: u.Prompt, Cached: max(u.CacheHit, u.Details.Cached), Output: u.Completion, Reasoning: u.Output.Reasoning}
}

// maxArgs bounds the arguments of all calls of an answer, maxCalls their number.
const (
	maxArgs  = 256 << 10
	maxCalls = 128
)

// calls are the native calls of an answer, put together from their pieces.
type calls struct {
	parts []*part
	size  int
}

type part struct {
	index    int
	id, name string
	args     strings.Builder
}

// add routes a piece to its call: by index, and where a server sends none, by a new id. False: there is too much of it.
func (c *calls) add(d callDelta, args string) bool {
	if c.size += len(args); c.size > maxArgs {
		return false
	}
	p := c.find(d)
	if p == nil {
		if len(c.parts) >= maxCalls {
			return false
		}
		index := len(c.parts)
		if d.Index != nil {
			index = *d.Index
		}
		p = &part{index: index}
		c.parts = append(c.parts, p)
	}
	if p.id == "" {
		p.id = d.ID
	}
	if p.name == "" {
		p.name = d.Function.Name
	}
	p.args.WriteString(args)
	return true
}

func (c *calls) find(d callDelta) *part {
	for i := len(c.parts) - 1; i >= 0; i-- {
		p := c.parts[i]
		other := d.ID != "" && p.id != "" && d.ID != p.id && d.Function.Name != "" // a server that numbers all calls 0
		switch {
		case d.Index != nil && *d.Index == p.index:
			if other {
				return nil
			}
			return p
		case d.Index == nil && (other || d.ID == "" && d.Function.Name != ""): // a name without an id begins a call
			return nil
		case d.Index == nil && (d.ID == "" || d.ID == p.id):
			return p
		}
	}
	return nil
}

// whole are the calls with their arguments as they may run. When the answer was cut by its length, the last one counts only
// if its arguments are complete.
func (c *calls) whole(tools offered, ended bool) []chat.ToolCall {
	var out []chat.ToolCall
	for i, p := range c.parts {
		name := tools.name(p.name)
		if name == "" {
			continue
		}
		args := tools.args(name, p.args.String())
		if !ended && i == len(c.parts)-1 && !isObject(args) {
			continue
		}
		out = append(out, chat.ToolCall{ID: p.id, Name: name, Args: args})
	}
	return out
}
