package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/gateway/chat"
)

// The estimate errs on the high side of what tokenizers of open models give for such text.
func TestEstimateTokens(t *testing.T) {
	for _, c := range []struct {
		text     string
		from, to int64
	}{
		{"", 0, 0},
		{"The trail jacket is in stock in three colours and ships within two days.", 15, 25},
		{"我们提供免费退货政策，确保您的商品在使用过程中不会被损坏。", 17, 50},
		{`{"query":"kettle","max_price":40}`, 7, 14},
		{"👍👍", 2, 6},
	} {
		if n := EstimateTokens(c.text); n < c.from || n > c.to {
			t.Errorf("%q: %d tokens, want %d to %d", c.text, n, c.from, c.to)
		}
	}
	req := &Request{System: "You sell.", Volatile: "Now.", Tools: []Tool{{Name: "a", Input: json.RawMessage(`{"type":"object"}`)}}}
	before := EstimateRequest(req)
	req.Messages = append(req.Messages, chat.Message{Text: "hello there", Calls: []chat.ToolCall{{Name: "a", Args: json.RawMessage(`{"b":"c"}`)}}})
	if after := EstimateRequest(req); before <= 0 || after < before+10 {
		t.Errorf("%d tokens, with a message %d", before, after)
	}
}

func TestKeyNamesWhatDecides(t *testing.T) {
	base := func() *Request {
		return &Request{Task: "shopper", Lang: "en", Tools: []Tool{{Name: "a"}}, Messages: []chat.Message{{ID: "1", Role: chat.User, Text: "hi"}, {Role: chat.Bot, Calls: []chat.ToolCall{{ID: "c", Name: "a", Args: json.RawMessage(`{}`)}}}}}
	}
	for name, change := range map[string]func(*Request){
		"task": func(r *Request) { r.Task = "x" }, "language": func(r *Request) { r.Lang = "zh" }, "tools": func(r *Request) { r.Tools = nil },
		"text": func(r *Request) { r.Messages[0].Text = "ho" }, "role": func(r *Request) { r.Messages[0].Role = chat.Bot }, "call": func(r *Request) { r.Messages[1].Calls[0].Args = json.RawMessage(`{"x":1}`) },
		"where a text ends": func(r *Request) { r.Task, r.Lang = "shoppere", "n" },
	} {
		r := base()
		change(r)
		if Key(r) == Key(base()) {
			t.Errorf("%s does not count", name)
		}
	}
	r := base()
	r.Volatile, r.Conversation, r.Messages[0].ID, r.Messages[1].Calls[0].ID, r.Messages[0].At = "x", "x", "x", "x", time.Now()
	if Key(r) != Key(base()) {
		t.Error("an id or a time counts")
	}
}

type model func(yield func(Delta, error) bool)

func (m model) Stream(context.Context, *Request) iter.Seq2[Delta, error] {
	return iter.Seq2[Delta, error](m)
}

func TestTrace(t *testing.T) {
	secret := "the shopper's own words"
	for _, c := range []struct {
		name  string
		m     model
		left  bool // the reader breaks off at the first delta
		level string
		want  map[string]any
	}{
		{"whole", func(yield func(Delta, error) bool) {
			time.Sleep(20 * time.Millisecond)
			_ = yield(Delta{Text: secret, Rung: "big", Target: "t0"}, nil) && yield(Delta{Call: &chat.ToolCall{Name: "a"}}, nil) &&
				yield(Delta{Finish: Calls, Usage: &chat.Usage{Input: 10, Cached: 4, Output: 3}}, nil)
		}, false, "INFO", map[string]any{"ending": "tool_calls", "rung": "big", "target": "t0", "ttft_ms": 20.0, "calls": 1.0, "bytes": float64(len(secret)), "input": 10.0, "cached": 4.0, "output": 3.0}},
		{"failed", func(yield func(Delta, error) bool) {
			yield(Delta{}, &Error{Kind: RateLimited, Status: 429, Err: errors.New("busy")})
		}, false, "WARN", map[string]any{"ending": "failed", "kind": "rate_limited", "status": 429.0}},
		{"without an ending", func(yield func(Delta, error) bool) { yield(Delta{Text: "x"}, nil) }, false, "INFO", map[string]any{"ending": "none"}},
		{"left", func(yield func(Delta, error) bool) {
			_ = yield(Delta{Text: "x"}, nil) && yield(Delta{Finish: Stop}, nil)
		}, true, "INFO", map[string]any{"ending": "cancelled"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				m := Trace(c.m, slog.New(slog.NewJSONHandler(&out, nil)))
				for range m.Stream(t.Context(), &Request{Task: "shopper", Messages: []chat.Message{{Text: secret}}}) {
					if c.left {
						break
					}
				}
				if strings.Contains(out.String(), secret) {
					t.Error("the log holds what was said")
				}
				var line map[string]any
				if err := json.Unmarshal(out.Bytes(), &line); err != nil {
					t.Fatalf("%v in %q", err, out.String())
				}
				if line["level"] != c.level {
					t.Errorf("level %v", line["level"])
				}
				for k, v := range c.want {
					if line[k] != v {
						t.Errorf("%s is %v, want %v", k, line[k], v)
					}
				}
			})
		})
	}
	t.Run("a cancelled call is no failure", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var out bytes.Buffer
		for range Trace(model(func(yield func(Delta, error) bool) { yield(Delta{}, ctx.Err()) }), slog.New(slog.NewJSONHandler(&out, nil))).Stream(ctx, &Request{}) {
		}
		if !strings.Contains(out.String(), `"ending":"cancelled"`) || strings.Contains(out.String(), "WARN") {
			t.Errorf("log %s", out.String())
		}
	})
}
