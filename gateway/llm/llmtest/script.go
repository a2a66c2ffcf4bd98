// Package llmtest has models for tests: scripted, lying, replayed from recordings.
package llmtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
)

// Step answers one request. Its error ends the stream after its deltas.
type Step func(req *llm.Request) ([]llm.Delta, error)

// Func is a model that is one function.
type Func func(ctx context.Context, req *llm.Request) iter.Seq2[llm.Delta, error]

// Stream calls f.
func (f Func) Stream(ctx context.Context, req *llm.Request) iter.Seq2[llm.Delta, error] {
	return f(ctx, req)
}

// ErrScriptOver is the error of a call after the last step.
var ErrScriptOver = errors.New("the script has no step left")

// Script plays its steps in order, one a call. It may be shared by goroutines.
type Script struct {
	Steps []Step
	Loop  bool // begin again after the last step

	mu   sync.Mutex
	next int
	seen []llm.Request
}

// Requests are copies of what was asked so far.
func (s *Script) Requests() []llm.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// Stream plays the next step. A cancelled context ends it with the context's error.
func (s *Script) Stream(ctx context.Context, req *llm.Request) iter.Seq2[llm.Delta, error] {
	return func(yield func(llm.Delta, error) bool) {
		step, ok := s.take(req)
		if !ok {
			yield(llm.Delta{}, &llm.Error{Kind: llm.BadRequest, Err: ErrScriptOver})
			return
		}
		deltas, err := step(req)
		play(ctx, yield, deltas, err)
	}
}

func (s *Script) take(req *llm.Request) (Step, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cp := *req
	cp.Messages = slices.Clone(req.Messages)
	s.seen = append(s.seen, cp)
	if s.next >= len(s.Steps) {
		if !s.Loop || len(s.Steps) == 0 {
			return nil, false
		}
		s.next = 0
	}
	s.next++
	return s.Steps[s.next-1], true
}

func play(ctx context.Context, yield func(llm.Delta, error) bool, deltas []llm.Delta, err error) {
	for _, d := range deltas {
		if ctx.Err() != nil {
			yield(llm.Delta{}, &llm.Error{Kind: llm.Down, Err: ctx.Err()})
			return
		}
		if !yield(d, nil) {
			return
		}
	}
	if err != nil {
		yield(llm.Delta{}, err)
	}
}

// Say answers text word by word and stops.
func Say(text string) Step {
	return func(*llm.Request) ([]llm.Delta, error) { return append(Text(text), Stop()), nil }
}

// Use calls tools and nothing else.
func Use(calls ...llm.Delta) Step {
	return func(*llm.Request) ([]llm.Delta, error) {
		return append(slices.Clone(calls), llm.Delta{Finish: llm.Calls, Usage: &chat.Usage{Input: 100, Output: 20}}), nil
	}
}

// Fail ends with err before the first delta.
func Fail(err error) Step {
	return func(*llm.Request) ([]llm.Delta, error) { return nil, err }
}

// CutOff says text, then the stream dies as a real one does.
func CutOff(text string) Step {
	return func(*llm.Request) ([]llm.Delta, error) {
		return append(Text(text), llm.Delta{Usage: &chat.Usage{Input: 100, Output: int64(len(text) / 4), Estimated: true}}),
			&llm.Error{Kind: llm.Cut, Err: llm.ErrTruncated}
	}
}

// Text is text in pieces of one word each.
func Text(text string) []llm.Delta {
	var out []llm.Delta
	for _, w := range strings.SplitAfter(text, " ") {
		if w != "" {
			out = append(out, llm.Delta{Text: w})
		}
	}
	return out
}

// Call is a tool call. args is marshalled, unless it is a string: then it is the raw bytes, valid JSON or not.
func Call(id, name string, args any) llm.Delta {
	raw, ok := args.(string)
	if !ok {
		b, err := json.Marshal(args)
		if err != nil {
			panic(fmt.Sprintf("llmtest: marshal arguments of %s: %v", name, err))
		}
		raw = string(b)
	}
	return llm.Delta{Call: &chat.ToolCall{ID: id, Name: name, Args: json.RawMessage(raw)}}
}

// Stop is the last delta of a whole answer.
func Stop() llm.Delta {
	return llm.Delta{Finish: llm.Stop, Usage: &chat.Usage{Input: 100, Output: 20}}
}

// LastResult is the newest tool message of a request, and whether there is one after the last user message.
func LastResult(req *llm.Request) (chat.Message, bool) {
	for i := len(req.Messages) - 1; i >= 0; i-- {
		switch req.Messages[i].Role {
		case chat.Tool:
			return req.Messages[i], true
		case chat.User:
			return chat.Message{}, false
		}
	}
	return chat.Message{}, false
}
