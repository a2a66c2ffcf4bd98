package assistant

import (
	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// Task is what a role's assistant does: prompt, tools, model alias.
type Task struct {
	Name   string
	Alias  string
	Prompt string   // template name in prompts
	Tools  []string // in the order that the model sees
	Roles  []shop.Role
}

// Turn is one message to answer.
type Turn struct {
	Who          shop.Principal
	Task         string
	Conversation string
	Message      chat.Message
	Context      []chat.Message // /v1: earlier messages of the caller; context, never evidence
	Mode         chat.Mode
	Lang, Zone   string // "" = from the message, from the tenant
	MaxTokens    int
	Fresh        bool // /v1 without metadata.conversation: a conversation of its own
}

// Started is a turn that outlives its reader.
type Started struct {
	Conversation, Turn string
	After              int64 // follow from here to see the whole turn
	Repeated           bool  // the same message id again: Follow replays the finished or running turn
}
