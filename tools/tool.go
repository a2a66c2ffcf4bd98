// Package tools is what an assistant can do: one file, one .md and one line of all.go a tool.
package tools

import (
	"context"
	"encoding/json"
	"time"

	"shopkeeper/shop"
)

type Effect int

const (
	Read Effect = iota
	Write
)

// Spec describes a tool. Public names the input fields that a browser may see.
type Spec struct {
	Name, Description string
	Input, Output     json.RawMessage // JSON Schema, canonical bytes
	Effect            Effect
	Roles             []shop.Role
	Public            []string
	Timeout           time.Duration // 0 = the assistant's default
}

// Scope is made by the server for every call; nothing in it comes from a model.
type Scope struct {
	Who                      shop.Principal
	For                      shop.Principal // whose records: Who, or at the desk the conversation's customer
	Conversation, Turn, Call string
	Lang, Zone               string
	Now                      time.Time
}

// Result of a call. Output goes to the model, Cards to the client, Line is one quiet line about the work in Scope.Lang
// ("Searched 1,214 products under $80").
type Result struct {
	Output   json.RawMessage
	Cards    []shop.Card
	Line     string
	Proposal *shop.Proposal // of a write: stored when it comes from Registry.Call
	Handoff  *shop.Handoff  // an intent: the turn's commit does it
}

// Tool is one ability. Call returns a *shop.Error for what the model may mend (bounded, one sentence).
type Tool interface {
	Spec() Spec
	Call(ctx context.Context, sc Scope, args json.RawMessage) (Result, error)
}
