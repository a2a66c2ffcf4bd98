package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/llm/llmtest"
)

// finish says text and ends for a reason.
func finish(text string, why llm.Finish) llmtest.Step {
	return func(*llm.Request) ([]llm.Delta, error) {
		return append(llmtest.Text(text), llm.Delta{Finish: why, Usage: &chat.Usage{Input: 11, Output: 7, Cached: 3}}), nil
	}
}

type completionReply struct {
	Choices []struct {
		FinishReason string `json:"finish_reason"`
		Message      struct {
			Content string
			Shop    struct{ Cards []cardReply }
		}
		Delta struct {
			Content string
			Shop    struct{ Cards []cardReply }
		}
	}
	Usage *struct {
		PromptTokens     int `json:"prompt_tokens"`
		CompletionTokens int `json:"completion_tokens"`
		TotalTokens      int `json:"total_tokens"`
		Estimated        bool
	}
	Shop  *struct{ Conversation, Ending, Rung string }
	Error *struct{ Code, Message, Type string }
}

type cardReply struct {
	Kind, ID string
	Data     json.RawMessage
}

// TestEndings is the table of CONTRACT.md: how a turn ends, on each wire.
func TestEndings(t *testing.T) {
	for _, c := range []struct {
		ending string
		step   any
		stop   bool // by the stop route, once the model is under way
		status int  // whole
		code   string
		finish string // Chat Completions
		ui     string // last parts
		reason string // AI SDK
	}{
		{"completed", finish("All good.", llm.Stop), false, 200, "", "stop", "finish-step finish", "stop"},
		{"truncated", finish("All go", llm.Length), false, 200, "", "length", "finish-step finish", "length"},
		{"refused", finish("I cannot", llm.Filter), false, 200, "", "content_filter", "finish-step finish", "content-filter"},
		{"cancelled", nil, true, 499, "cancelled", "", "text-end abort", ""},
		{"failed", llmtest.CutOff("It costs "), false, 502, "model_cut", "", "error", ""},
		{"failed", llmtest.Fail(&llm.Error{Kind: llm.RateLimited, Retry: time.Second}), false, 503, "model_rate_limited", "", "error", ""},
		{"failed", llmtest.Fail(&llm.Error{Kind: llm.BadKey}), false, 503, "model_bad_key", "", "error", ""},
		{"failed", llmtest.Fail(&llm.Error{Kind: llm.Down}), false, 502, "model_down", "", "error", ""},
	} {
		t.Run(c.ending+" "+c.code, func(t *testing.T) {
			open := func(t *testing.T) (h *house, stopped func(conversation string)) {
				step, wait := c.step, (*held)(nil)
				if c.stop {
					wait = hold("One moment ")
					step = wait
				}
				h = plan{model: turns(step)}.open(t)
				return h, func(conversation string) {
					if wait == nil {
						return
					}
					<-wait.reached
					if conversation == "" { // of /v1: found in the history
						var l conversationList
						h.do("GET", "/api/conversations", "ann", nil).want(200).json(&l)
						conversation = l.Conversations[0].ID
					}
					h.do("POST", "/api/chat/"+conversation+"/stop", "ann", nil).want(204)
				}
			}
			t.Run("whole", func(t *testing.T) {
				h, stop := open(t)
				got := make(chan answered, 1)
				go func() { got <- h.do("POST", "/v1/chat/completions", "ann", ask("hello")) }()
				stop("")
				a := <-got
				a.want(c.status)
				var r completionReply
				a.json(&r)
				if r.Shop == nil || r.Shop.Ending != c.ending || r.Shop.Conversation == "" {
					t.Fatalf("shop: %s", a.body)
				}
				if c.finish == "" {
					if r.Error == nil || r.Error.Code != c.code || len(r.Choices) != 0 {
						t.Fatalf("error: %s", a.body)
					}
					if c.status == 503 && a.header.Get("Retry-After") == "" {
						t.Error("503 without Retry-After")
					}
					return
				}
				if r.Choices[0].FinishReason != c.finish || r.Usage.PromptTokens != 11 || r.Usage.CompletionTokens != 7 || r.Usage.TotalTokens != 18 || r.Shop.Rung != "test-model" {
					t.Fatalf("answer: %s", a.body)
				}
			})
			t.Run("streamed", func(t *testing.T) {
				h, stop := open(t)
				got := make(chan answered, 1)
				go func() {
					got <- h.do("POST", "/v1/chat/completions", "ann", with(with(ask("hello"), "stream", true), "stream_options", map[string]any{"include_usage": true}))
				}()
				stop("")
				es := (<-got).want(200).events()
				last, done := es[len(es)-1], false
				if last.data == uiDone {
					done, last = true, es[len(es)-2]
				}
				var r completionReply
				if err := json.Unmarshal([]byte(last.data), &r); err != nil {
					t.Fatal(err)
				}
				if r.Shop == nil || r.Shop.Ending != c.ending || r.Shop.Conversation == "" {
					t.Fatalf("shop of the last chunk: %s", last.data)
				}
				if c.finish == "" {
					if done || r.Error == nil || r.Error.Code != c.code {
						t.Fatalf("done %v, last %s", done, last.data)
					}
					return
				}
				if !done || r.Usage == nil || r.Usage.TotalTokens != 18 || len(r.Choices) != 0 {
					t.Fatalf("done %v, last %s", done, last.data)
				}
				var end completionReply
				if err := json.Unmarshal([]byte(es[len(es)-3].data), &end); err != nil {
					t.Fatal(err)
				}
				if end.Choices[0].FinishReason != c.finish || end.Shop == nil || end.Usage != nil {
					t.Fatalf("chunk with the finish reason: %s", es[len(es)-3].data)
				}
			})
			t.Run("ui", func(t *testing.T) {
				h, stop := open(t)
				got := make(chan answered, 1)
				go func() { got <- h.do("POST", "/api/chat", "ann", say("c1", "m1", "hello")) }()
				stop("c1")
				ps, done := (<-got).want(200).parts()
				if !strings.HasSuffix(types(ps), c.ui) {
					t.Fatalf("parts end with %s, want %s", types(ps), c.ui)
				}
				last := ps[len(ps)-1]
				if last.FinishReason != c.reason || done != (c.ending != "failed") {
					t.Fatalf("finishReason %q, [DONE] %v", last.FinishReason, done)
				}
				if last.Type == "finish" && (last.MessageMetadata.Ending != c.ending || last.MessageMetadata.Usage.Output != 7 || last.MessageMetadata.Rung != "test-model") {
					t.Fatalf("metadata %+v", last.MessageMetadata)
				}
				if last.Type == "error" && !strings.Contains(last.ErrorText, "request ") {
					t.Fatalf("an error without an id to quote: %q", last.ErrorText)
				}
				var conv conversationView
				h.do("GET", "/api/conversations/c1", "ann", nil).want(200).json(&conv)
				if m := conv.Messages[len(conv.Messages)-1]; string(m.Ending) != c.ending {
					t.Fatalf("the history says %q", m.Ending)
				}
			})
		})
	}
}

// A turn that takes too long before it said anything is 504.
func TestEndingOfASlowTurn(t *testing.T) {
	h := plan{model: turns(hold("")), assistant: func(a *assistant.Assistant) { a.Limits.Time = 20 * time.Millisecond }}.open(t)
	a := h.do("POST", "/v1/chat/completions", "ann", ask("hello")).refused(504, "timeout")
	if !strings.Contains(string(a.body), `"ending":"failed"`) {
		t.Fatal(string(a.body))
	}
}

// What is refused before the turn begins is a plain error on both wires, streamed or not.
func TestRefusedBeforeTheStream(t *testing.T) {
	h := plan{}.open(t)
	h.do("POST", "/v1/chat/completions", "ann", with(with(ask("hello"), "stream", true), "metadata", map[string]any{"conversation": "nobodys"})).refused(404, "not_found")
	h.do("POST", "/api/chat", "ann", say("c/1", "m1", "hello")).refused(400, "invalid_request")
}

// Usage comes in the stream only when it is asked for; without it no chunk has the field.
func TestUsageOnlyWhenAsked(t *testing.T) {
	h := plan{}.open(t)
	a := h.do("POST", "/v1/chat/completions", "ann", with(ask("hello"), "stream", true)).want(200)
	if strings.Contains(string(a.body), "usage") {
		t.Fatal(string(a.body))
	}
	es := a.events()
	if !strings.Contains(es[len(es)-2].data, `"finish_reason":"stop"`) || !strings.Contains(es[len(es)-2].data, `"shop":{`) || es[len(es)-1].data != uiDone {
		t.Fatal(string(a.body))
	}
	a = h.do("POST", "/v1/chat/completions", "ann", with(with(ask("hello"), "stream", true), "stream_options", map[string]any{"include_usage": true})).want(200)
	if n := strings.Count(string(a.body), `"usage":null`); n != len(a.events())-2 {
		t.Fatalf("%d chunks with a null usage of %d events", n, len(a.events()))
	}
}

// Whole and streamed, and on either wire, a turn says the same: text, cards, in the same order.
func TestWiresSayTheSame(t *testing.T) {
	steps := func() llm.Model {
		return &llmtest.Script{Loop: true, Steps: []llmtest.Step{
			func(*llm.Request) ([]llm.Delta, error) {
				return append(llmtest.Text("Let me look."), llmtest.Call("call-1", "search_products", map[string]any{"query": "headphones"}), llmtest.Call("call-2", "show_all", map[string]any{}),
					llm.Delta{Finish: llm.Calls}), nil
			},
			llmtest.Say("Here they are."),
		}}
	}
	h := plan{model: steps()}.open(t)
	var whole completionReply
	h.do("POST", "/v1/chat/completions", "ann", ask("headphones")).want(200).json(&whole)
	var text strings.Builder
	var cards []cardReply
	for _, e := range h.do("POST", "/v1/chat/completions", "ann", with(ask("headphones"), "stream", true)).want(200).events() {
		if e.data == uiDone {
			continue
		}
		var r completionReply
		if err := json.Unmarshal([]byte(e.data), &r); err != nil {
			t.Fatal(err)
		}
		for _, ch := range r.Choices {
			text.WriteString(ch.Delta.Content)
			cards = append(cards, ch.Delta.Shop.Cards...)
		}
	}
	m := whole.Choices[0].Message
	if m.Content != "Let me look.\n\nHere they are." || text.String() != m.Content {
		t.Fatalf("whole %q, streamed %q", m.Content, text.String())
	}
	key := func(cs []cardReply) (out map[string]string) {
		out = map[string]string{}
		for _, c := range cs {
			out[c.Kind+" "+c.ID] = string(c.Data)
		}
		return out
	}
	want := key(m.Shop.Cards)
	var ui []cardReply
	for _, p := range h.chat("ann", "c1", "m1", "headphones") {
		if kind, ok := strings.CutPrefix(p.Type, "data-"); ok && kind != "rung" {
			ui = append(ui, cardReply{kind, p.ID, p.Data})
		}
	}
	for name, cs := range map[string][]cardReply{"streamed": cards, "ui": ui} {
		got := key(cs)
		if len(got) != 5 || len(want) != 5 {
			t.Fatalf("%s: %d cards, whole %d", name, len(got), len(want))
		}
		for k, v := range want {
			if got[k] != v {
				t.Errorf("%s: card %s is %s, whole it is %s", name, k, got[k], v)
			}
		}
	}
}
