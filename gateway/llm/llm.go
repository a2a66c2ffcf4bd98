// Package llm is the port to language models: Model, Request, Delta, errors.
package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// Tool is a tool as it is offered to a model.
type Tool struct {
	Name, Description string
	Input             json.RawMessage                  // JSON Schema, canonical bytes
	Check             func(args json.RawMessage) error // schema check: a call found in text runs only when it passes
	Mend              bool                             // a read: arguments that lost their end to leaked markup may run once they are closed
}

// Request is one call of a model. System and Tools are byte-stable over a conversation; Messages grow at the end.
type Request struct {
	Task, Lang   string // for rules; others ignore them
	System       string
	Messages     []chat.Message
	Volatile     string // time, cart, stock: sent last, so that the upstream's prefix cache hits
	Tools        []Tool
	Withheld     []Tool // not offered in this round: a call of one is still a call and no text, whatever form it comes in
	MaxTokens    int
	Temperature  *float64
	Schema       json.RawMessage // answer as JSON of this schema
	Who          shop.Principal
	Conversation string
	Turn         string
	Window       int // tokens that the caller fitted Messages into; 0 = unknown
}

// Finish is why the model stopped.
type Finish string

const (
	Stop   Finish = "stop"
	Length Finish = "length"
	Calls  Finish = "tool_calls"
	Filter Finish = "content_filter"
)

// Delta is a piece of an answer. A call arrives whole. The last delta has Finish; Usage comes with it or after it.
type Delta struct {
	Text      string         `json:"text,omitempty"`
	Reasoning string         `json:"reasoning,omitempty"`
	Call      *chat.ToolCall `json:"call,omitempty"`
	Finish    Finish         `json:"finish,omitempty"`
	Usage     *chat.Usage    `json:"usage,omitempty"`
	Rung      string         `json:"rung,omitempty"` // set by route on the first delta of an answer, e.g. "deepseek-chat", "rules"
	Target    string         `json:"target,omitempty"`
}

// Kind classes a model's failure.
type Kind int

const (
	Down        Kind = iota // unreachable, 5xx, timeout: retryable elsewhere and later
	RateLimited             // 429, Retry says when
	BadKey                  // 401, 402, 403
	TooLong                 // context exceeded; Window says what would fit, when known
	BadRequest              // 400, 422: no retry
	Cut                     // the stream ended without an ending
	Blank                   // nothing but white space: retryable before the first visible text
	Full                    // our own limit of requests at once is reached; Retry says when to come back
)

func (k Kind) String() string {
	return [...]string{"down", "rate_limited", "bad_key", "too_long", "bad_request", "cut", "blank", "full"}[k]
}

// Error is what Stream's error is (errors.As). Its text is for the log, never for a shopper.
type Error struct {
	Kind   Kind
	Status int
	Retry  time.Duration
	Window int
	Err    error
}

func (e *Error) Error() string {
	return fmt.Sprintf("model %s (status %d): %v", e.Kind, e.Status, e.Err)
}
func (e *Error) Unwrap() error { return e.Err }

// ErrTruncated is wrapped by a Cut error: the stream ended without finish_reason or [DONE].
var ErrTruncated = errors.New("stream ended without an ending")

// Model streams one answer. Break stops the upstream; an error ends the sequence.
type Model interface {
	Stream(ctx context.Context, req *Request) iter.Seq2[Delta, error]
}
