// Package rules is the built-in model: deterministic, English and Chinese, no endpoint needed. It makes the shop useful
// with nothing configured and is the last rung of the ladder when a model fails.
//
// It is an llm.Model like any other: it sees only the request, asks for tools by calls, and answers in the round that
// carries their results. It keeps nothing between requests. A turn is written as straight code that asks for results as it
// needs them; each round runs that code again from the start over the results so far, and stops at the first call that
// has none yet (see turn.call).
package rules

import (
	"context"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/prompts"
)

// Model answers the tasks "shopper" and "draft"; for any other it says politely that it cannot.
type Model struct{ texts *prompts.Set }

// New makes the model; all it ever says comes from the blocks of "rules" in texts.
func New(texts *prompts.Set) *Model { return &Model{texts} }

// Stream answers one round: either calls, then Finish tool_calls; or text in small pieces, then Finish stop, or length
// where the text would be longer than req.MaxTokens allows.
// The only error is the context's.
func (m *Model) Stream(ctx context.Context, req *llm.Request) iter.Seq2[llm.Delta, error] {
	return func(yield func(llm.Delta, error) bool) {
		calls, text := m.answer(req)
		usage := chat.Usage{Input: tokens(req.System) + tokens(req.Volatile), Estimated: true}
		for _, msg := range req.Messages {
			usage.Input += tokens(msg.Text)
		}
		finish := llm.Stop
		for i := range calls {
			if ctx.Err() != nil {
				yield(llm.Delta{}, ctx.Err())
				return
			}
			usage.Output += tokens(calls[i].Name) + tokens(string(calls[i].Args))
			finish = llm.Calls
			if !yield(llm.Delta{Call: &calls[i]}, nil) {
				return
			}
		}
		if len(calls) == 0 {
			for _, piece := range pieces(text) {
				if ctx.Err() != nil {
					yield(llm.Delta{}, ctx.Err())
					return
				}
				if n := tokens(piece); req.MaxTokens > 0 && usage.Output+n > int64(req.MaxTokens) {
					finish = llm.Length
					break
				}
				usage.Output += tokens(piece)
				if !yield(llm.Delta{Text: piece}, nil) {
					return
				}
			}
		}
		yield(llm.Delta{Finish: finish, Usage: &usage}, nil)
	}
}

func (m *Model) answer(req *llm.Request) ([]chat.ToolCall, string) {
	t := newTurn(m, req)
	if req.Task != "shopper" && req.Task != "" && req.Task != drafts {
		t.say("other_task", prompts.Say{})
		return nil, t.text()
	}
	t.run()
	if len(t.calls) > 0 {
		return t.calls, ""
	}
	return nil, t.text()
}

// tokens estimates: four Latin letters or one Chinese character each.
func tokens(s string) int64 {
	n, latin := int64(0), int64(0)
	for _, r := range s {
		if r > 0x2e80 {
			n++
		} else {
			latin++
		}
	}
	return n + (latin+3)/4
}

// pieces cuts a text into groups of a few words, never inside a word or number, so that it streams as a model's does.
func pieces(s string) (out []string) {
	start, words, wide := 0, 0, 0
	var last rune
	for i, r := range s {
		switch {
		case unicode.IsSpace(last) && !unicode.IsSpace(r):
			words++
		case r > 0x2e80 && unicode.IsLetter(r) && (last == 0 || last > 0x2e80):
			wide++
		default:
			last = r
			continue
		}
		last = r
		if words >= 5 || wide >= 8 {
			out = append(out, s[start:i])
			start, words, wide = i, 0, 0
		}
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

// capital lets a sentence begin with a capital; Chinese is left as it is.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 || !unicode.IsLower(r) {
		return s
	}
	return strings.ToUpper(s[:n]) + s[n:]
}

var _ llm.Model = (*Model)(nil)
