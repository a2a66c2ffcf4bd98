// Package desk is the support desk: whose a conversation is, what waits, and the clocks that run meanwhile.
package desk

import (
	"time"

	"shopkeeper/gateway/chat"
)

// Row is a conversation as the desk sees it.
type Row struct {
	chat.Conversation
	Closed   bool
	Segment  int64
	Waiting  time.Time // since when the customer waits for a person; zero: does not
	Reason   string    // of the last handoff
	Gist     string    // its summary
	Priority int       // 0–3
	Tags     []string
	Said     string // the last words, shortened
	Clocks   []Running
	Skill    string // what the handoff asks of an agent: its reason
	Assigned string // the agent who is to take it; "" = whoever comes
	Merged   string // the conversation that goes on in its place
	Name     string // the customer's, where the shop knows it
	Viewers  []Viewer
}

// Expect is what an act was decided on: it is refused when the conversation has moved on since.
type Expect struct {
	Revision int64
	LastUser string // id of the customer's last message; "" = not checked

	Suggestion string // that a reply was made of; "" = of none
}

// View chooses rows of the queue.
type View string

const (
	Queue     View = "queue"
	Mine      View = "mine"
	Others    View = "others"
	Assistant View = "assistant"
	Closed    View = "closed"
	All       View = "all"
)

// Views are all of them.
var Views = []View{Queue, Mine, Others, Assistant, Closed, All}

// Query asks for rows: those that wait longest first, then the last changed.
type Query struct {
	View  View
	Text  string // part of what was written, of the title or the id; or the customer: part of the name, the e-mail address, an order
	Limit int    // 0 = 100
	After int    // rows to skip
}

// Labels of a conversation, all of them.
type Labels struct {
	Tags     []string `json:"tags"`
	Priority int      `json:"priority"`
}
