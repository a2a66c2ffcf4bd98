// Package assistant runs a turn: the loop, its guards, its ports.
package assistant

import (
	"context"
	"iter"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/shop"
)

// History keeps conversations; the store implements it. Every method takes the Principal and treats another's conversation as NotFound.
type History interface {
	// Begin stores the user message and opens a turn: acknowledged when it returns. Creates the conversation when it is new.
	// A turn that is still open: shop.Error{Kind: Busy}. The same message id again: Begun.Repeated or Begun.Running.
	// The same message id with another text: Conflict.
	Begin(ctx context.Context, who shop.Principal, conversation, task string, m chat.Message, mode chat.Mode) (chat.Begun, error)
	// Commit is one transaction. Conflict when the revision moved.
	Commit(ctx context.Context, c chat.Commit) error
	// Read is Begin without a message; Turn is "".
	Read(ctx context.Context, who shop.Principal, conversation string) (chat.Begun, error)
}

// Log keeps the events of running and just ended turns. Conversations have names here that no other has, in any tenant or at
// any time (place). The owner check is the caller's. Follow yields events with ID > after and ends after EvEnded of the turn running when it began; nothing running and nothing after `after`: it ends at once.
type Log interface {
	Append(ctx context.Context, conversation string, e chat.Event) error
	Follow(ctx context.Context, conversation string, after int64) iter.Seq2[chat.Event, error]
}

// Watched is what a Log of several replicas knows beside: whether somebody follows the conversation on another one.
type Watched interface {
	Watched(ctx context.Context, conversation string) bool
}

// Lease: one replica runs a conversation's turn. The context ends when the lease is lost or a stop arrives from any replica;
// context.Cause is then ErrStopped. Leased by another: shop.Error{Kind: Busy}.
type Lease interface {
	Lease(ctx context.Context, conversation, turn string) (context.Context, func(), error)
	Stop(ctx context.Context, conversation string) error
}

// Models by alias; route implements it. Window is the alias's largest context in tokens (0 = unbounded), as the first rung has it.
type Models interface {
	Model(alias string) (llm.Model, error)
	Window(alias string) int
}
