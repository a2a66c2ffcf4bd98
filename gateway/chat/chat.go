// Package chat holds the words of one conversation: messages, tool calls, events, evidence, endings.
package chat

import (
	"encoding/json"
	"time"

	"shopkeeper/shop"
)

// OwnerKind says who may answer: one at a time.
type OwnerKind string

const (
	Assistant OwnerKind = "assistant"
	Queue     OwnerKind = "queue"
	Agent     OwnerKind = "agent"
)

type Owner struct {
	Kind  OwnerKind `json:"kind"`
	Agent string    `json:"agent,omitempty"`
}

// Conversation belongs to For; its owner decides who may answer.
type Conversation struct {
	ID       string
	Task     string // shopper, support, merchant
	Lang     string // en, zh: of the last user message
	Title    string // first user message, shortened
	For      shop.Principal
	Owner    Owner
	Revision int64 // counts up with every turn opened and every commit
	Turns    int64 // turns opened so far
	LastUser string
	Created  time.Time
	Updated  time.Time
}

type Role string

const (
	User   Role = "user"
	Bot    Role = "assistant"
	Tool   Role = "tool"
	Person Role = "agent"  // an agent's public reply
	Notice Role = "notice" // a sentence of the system to the customer
	Note   Role = "note"   // of an agent, for the desk alone
)

// Message is one entry of the history. A bot message may carry calls; a tool message answers one call.
type Message struct {
	ID       string      `json:"id"`
	Role     Role        `json:"role"`
	Author   string      `json:"author,omitempty"` // roles agent and note: whose it is
	Text     string      `json:"text,omitempty"`
	Calls    []ToolCall  `json:"calls,omitempty"`
	CallID   string      `json:"call_id,omitempty"` // role tool
	Name     string      `json:"name,omitempty"`    // role tool: the tool
	Failed   bool        `json:"failed,omitempty"`  // role tool: Text is the bounded error sentence
	Cards    []shop.Card `json:"cards,omitempty"`   // what was shown with it
	Turn     string      `json:"turn,omitempty"`
	Replaced bool        `json:"replaced,omitempty"` // a regenerated answer took its place; not sent to the model
	Ending   Ending      `json:"ending,omitempty"`   // role assistant, last message of its turn
	Rung     string      `json:"rung,omitempty"`
	Feedback int         `json:"feedback,omitempty"` // 1 or -1 as its reader voted; only api.Conversations fills it
	At       time.Time   `json:"at"`
	// Reasoning of a bot message with calls goes back to the model within its turn (thinking models refuse tool turns without it).
	// It is never stored, shown or sent to a client.
	Reasoning string `json:"-"`
}

// ToolCall is a call as the model made it; Args are the raw bytes, valid JSON or not.
type ToolCall struct {
	ID   string          `json:"id"`
	Name string          `json:"name"`
	Args json.RawMessage `json:"args"`
}

// Evidence is a tool's output that the number guard may rely on for the rest of the conversation.
type Evidence struct {
	Turn   string          `json:"turn"`
	Call   ToolCall        `json:"call"`
	Output json.RawMessage `json:"output"`
	At     time.Time       `json:"at"`
}

// Ending is how a turn ended: exactly one.
type Ending string

const (
	Completed Ending = "completed"
	Truncated Ending = "truncated"
	Refused   Ending = "refused"
	Cancelled Ending = "cancelled"
	Failed    Ending = "failed"
)

// Usage in tokens; Cached is part of Input, Reasoning part of Output.
type Usage struct {
	Input     int64 `json:"input"`
	Cached    int64 `json:"cached,omitempty"`
	Output    int64 `json:"output"`
	Reasoning int64 `json:"reasoning,omitempty"`
	Estimated bool  `json:"estimated,omitempty"`
}

func (u *Usage) Add(v Usage) {
	u.Input, u.Cached = u.Input+v.Input, u.Cached+v.Cached
	u.Output, u.Reasoning = u.Output+v.Output, u.Reasoning+v.Reasoning
	u.Estimated = u.Estimated || v.Estimated
}

// EventKind names the entries of the one ordered event log that every wire encodes.
type EventKind string

const (
	EvBegun  EventKind = "begun"  // Turn; first event of a turn. Text: id of the answer's message
	EvStep   EventKind = "step"   // a round of the model begins
	EvRung   EventKind = "rung"   // Rung: which model answers from here on; sent before its first text or call
	EvText   EventKind = "text"   // Text: a piece of the answer, already guarded
	EvCall   EventKind = "call"   // Call: a tool call that will run; Args hold the public fields only
	EvResult EventKind = "result" // Call (ID, Name) and Text: one quiet line ("Searched 1,214 products"), or Problem
	EvCard   EventKind = "card"   // Card, the moment its tool returned
	EvNotice EventKind = "notice" // Text: a line of the system ("answered by the built-in assistant"), not of the model. Owner: it says that the conversation changes hands
	EvOwner  EventKind = "owner"  // Owner changed
	EvEnded  EventKind = "ended"  // Ending, Usage, Rung, Problem when failed; last event of a turn
)

// Event ids count up over the whole conversation: turn number × 2^20 + n.
type Event struct {
	ID      int64       `json:"id"`
	Turn    string      `json:"turn"`
	Kind    EventKind   `json:"kind"`
	Text    string      `json:"text,omitempty"`
	Call    *ToolCall   `json:"call,omitempty"`
	Card    *shop.Card  `json:"card,omitempty"`
	Rung    string      `json:"rung,omitempty"`
	Ending  Ending      `json:"ending,omitempty"`
	Usage   Usage       `json:"usage,omitzero"`
	Owner   *Owner      `json:"owner,omitempty"`
	Problem *shop.Error `json:"problem,omitempty"` // Msg, Kind, Code only
	Struck  int         `json:"struck,omitempty"`  // ended: unbound numbers struck out
	After   int64       `json:"after,omitempty"`   // milliseconds since the turn began
}

// Begun is what Begin stored, or found for a repeated message id.
type Begun struct {
	Conversation Conversation
	Turn         string // "" when the conversation is not the assistant's
	Number       int64  // of the turn: event ids start at Number << 20
	Running      string // Repeated message whose turn is still running: that turn
	Repeated     *Commit
	History      []Message // oldest first, the new user message included, replaced ones left out
	Evidence     []Evidence
	Summary      string // of the turns that History no longer holds
	Summarised   int    // how many of History's first messages Summary already covers
	Overtook     bool   // the message interrupted a turn: its process may not have noticed yet
}

// Commit is one unit of work: the answer, its evidence, its events, its ending.
type Commit struct {
	Who          shop.Principal
	Conversation string
	Turn         string
	Revision     int64 // compare-and-set against Begun
	LastUser     string
	Messages     []Message // of the assistant and its tools, in order
	Evidence     []Evidence
	Events       []Event
	Ending       Ending
	Rung         string
	Prompt       string // hash
	Usage        Usage
	Struck       int
	Summary      string
	Summarised   int
	Handoff      *Handoff // nil: the conversation stays the assistant's
}

// Handoff gives the conversation to the queue as its turn is committed. Text is the one sentence that the customer reads of it.
type Handoff struct{ Reason, Summary, Text string }

// TurnRecord is a turn that ended, for the operator.
type TurnRecord struct {
	ID, Conversation string
	Assistant        string // the task
	Opened, Closed   time.Time
	Ending           Ending
	Rung             string
	First            time.Duration // until the first piece of the answer, to the millisecond and at least a microsecond; 0 = none came
	Events           []Event       // only where one turn was asked for
}

// TurnQuery chooses turns of a tenant that ended.
type TurnQuery struct {
	Tenant string
	From   time.Time // opened since
	Failed bool
	Slow   time.Duration // took at least so long
	Limit  int           // 0 = 100
}

// Mode says how a message meets what is there.
type Mode int

const (
	New        Mode = iota
	Regenerate      // a new answer to the last user message; the message given is ignored
	Interrupt       // cancel the running turn first
	Continue        // answer what was written to people before they handed the conversation back. Nobody asked for it: a new message interrupts it
)

// Again says whether a message that is stored already is to be answered; the message given is ignored.
func (m Mode) Again() bool { return m == Regenerate || m == Continue }

// Call is one call of an upstream, hedges that lost included: route writes it, usage keeps it.
type Call struct {
	ID                            string // unique: a row that is written twice counts once
	At                            time.Time
	Who                           shop.Principal
	Conversation, Turn            string // "" for raw calls
	Assistant                     string // the task; "" = raw
	Alias, Rung, Target, Provider string
	Usage                         Usage
	Nano                          int64         // cost in 1e-9 of the unit of the currency that prices are in
	First, Took                   time.Duration // First: to the first real delta; 0 = none came
	Ending                        Ending
	Status                        int    // of the upstream's answer; 0 = none came
	Problem                       string // llm.Kind of a failed call, such as "down"
	Hedge                         bool   // a second request beside a slow first one
	Cached                        bool   // answered from the exact-answer cache, no upstream was asked
}

// Reserved is what was set aside for one request of a model: Record notes a call that was made for it, any number of them; Settle,
// called exactly once, gives back what they did not use.
type Reserved interface {
	Record(c Call)
	Settle()
}
