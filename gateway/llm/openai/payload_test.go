package openai

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
)

// The body is written by hand: whatever stands in a conversation, it is JSON, and says what was said.
func TestPayloadSaysWhatWasSaid(t *testing.T) {
	c, err := New(Options{URL: "http://127.0.0.1:1", Model: "m", Extra: map[string]json.RawMessage{
		"max_tokens": json.RawMessage("null"), "temperature": json.RawMessage("1.5"), "thinking": json.RawMessage(`{"type":"enabled"}`),
	}})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		req := &llm.Request{System: rapid.String().Draw(t, "system"), MaxTokens: 7, Tools: tools()[:rapid.IntRange(0, 2).Draw(t, "tools")]}
		zero := 0.0
		req.Temperature = &zero
		for range rapid.IntRange(0, 4).Draw(t, "messages") {
			m := chat.Message{Role: rapid.SampledFrom([]chat.Role{chat.User, chat.Bot, chat.Tool}).Draw(t, "role"), Text: string(rapid.SliceOf(rapid.Byte()).Draw(t, "text"))}
			if m.Role == chat.Bot {
				for range rapid.IntRange(0, 2).Draw(t, "calls") {
					m.Calls = append(m.Calls, chat.ToolCall{ID: rapid.String().Draw(t, "id"), Name: "search_products", Args: json.RawMessage(rapid.SampledFrom([]string{`{"query":"<tea>"}`, `no json`, ``}).Draw(t, "args"))})
				}
			}
			req.Messages = append(req.Messages, m)
		}
		raw, err := c.encode(req)
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Model       string   `json:"model"`
			Temperature *float64 `json:"temperature"`
			MaxTokens   *int     `json:"max_tokens"`
			Thinking    struct{ Type string }
			Tools       []json.RawMessage `json:"tools"`
			Messages    []struct {
				Role, Content string
				Reasoning     *string `json:"reasoning_content"`
				Calls         []struct {
					ID       string
					Function struct{ Name, Arguments string }
				} `json:"tool_calls"`
			} `json:"messages"`
		}
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatalf("%v in %s", err, raw)
		}
		if got.Model != "m" || *got.Temperature != 1.5 || got.MaxTokens != nil || got.Thinking.Type != "enabled" || len(got.Tools) != len(req.Tools) {
			t.Fatalf("fields: %s", raw)
		}
		want := req.Messages
		if req.System != "" {
			want = append([]chat.Message{{Role: "system", Text: req.System}}, want...)
		}
		if len(got.Messages) != len(want) {
			t.Fatalf("%d messages for %d: %s", len(got.Messages), len(want), raw)
		}
		for i, m := range want {
			g := got.Messages[i]
			if g.Role != string(m.Role) || g.Content != strings.ToValidUTF8(m.Text, "\ufffd") && !strings.Contains(g.Content, "\ufffd") || len(g.Calls) != len(m.Calls) {
				t.Fatalf("message %d: %+v for %+v", i, g, m)
			}
			if (g.Reasoning != nil) != (len(m.Calls) > 0) {
				t.Fatalf("message %d: an endpoint that thinks needs its reasoning on tool turns: %s", i, raw)
			}
			for j, call := range m.Calls {
				args := string(call.Args)
				if args != `{"query":"<tea>"}` {
					args = "{}"
				}
				if g.Calls[j].ID != call.ID || g.Calls[j].Function.Name != call.Name || g.Calls[j].Function.Arguments != args {
					t.Fatalf("call %d: %+v for %+v", j, g.Calls[j], call)
				}
			}
		}
	})
}
