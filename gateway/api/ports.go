// Package api is HTTP: routes, credentials, wires, the one mapping of errors.
package api

import (
	"context"
	"iter"
	"time"

	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// Chats is *assistant.Assistant.
type Chats interface {
	Run(ctx context.Context, t assistant.Turn) iter.Seq2[chat.Event, error]
	Start(ctx context.Context, t assistant.Turn) (assistant.Started, error)
	Follow(ctx context.Context, who shop.Principal, conversation string, after int64) iter.Seq2[chat.Event, error]
	Stop(ctx context.Context, who shop.Principal, conversation string) error
	// Running is the number of the turn under way, 0 when none is. Only the owner may ask, as with Follow and Stop.
	Running(ctx context.Context, who shop.Principal, conversation string) (number int64, err error)
}

// Keys finds credentials by the SHA-256 of their secret. Unknown or revoked: NotFound.
type Keys interface {
	Key(ctx context.Context, hash [32]byte) (shop.Key, error)
	Tenant(ctx context.Context, id string) (shop.Tenant, error)
}

// ProposalStates tells how the proposals of a conversation stand now: what its messages hold is how they stood when they were shown.
type ProposalStates interface {
	Proposals(ctx context.Context, tenant, conversation string) ([]shop.Proposal, error)
}

// Conversations are read by their owner, or by an agent or admin of the tenant; anybody else gets NotFound.
type Conversations interface {
	Conversations(ctx context.Context, who shop.Principal, limit int, before time.Time) ([]chat.Conversation, error)
	// Conversation returns every message ever stored, replaced ones marked, oldest first.
	Conversation(ctx context.Context, who shop.Principal, id string) (chat.Conversation, []chat.Message, error)
	// ConversationRevision counts up with all that Conversation shows but votes.
	ConversationRevision(ctx context.Context, who shop.Principal, id string) (int64, error)
	DeleteConversation(ctx context.Context, who shop.Principal, id string) error // owner only
	// Rate keeps 1 to 5 stars for a conversation. Owner only.
	Rate(ctx context.Context, who shop.Principal, id string, stars int, comment string) error
	// RatingOf is what was given, for staff; nil: nothing.
	RatingOf(ctx context.Context, who shop.Principal, id string) (*desk.Given, error)
	// Saw says that its owner has a conversation before their eyes; others' reading is none.
	Saw(ctx context.Context, who shop.Principal, id string) error
	// Feedback: value 1, 0, -1 on an assistant message.
	Feedback(ctx context.Context, who shop.Principal, conversation, message string, value int, note string) error
}

// Catalogue takes pushed products: all or nothing, visible to search within a second.
type Catalogue interface {
	PutProducts(ctx context.Context, tenant string, up []shop.Product, del []string) error
	Products(ctx context.Context, tenant string, ids []string) ([]shop.Product, error)
}

// Replies remembers the first answer to an Idempotency-Key. Claim returns the stored reply when there is one,
// Conflict when the key was used with another request hash, Busy while the first is still running.
type Replies interface {
	Claim(ctx context.Context, who shop.Principal, key string, hash [32]byte) (reply []byte, found bool, err error)
	Settle(ctx context.Context, who shop.Principal, key string, reply []byte) error // reply nil: forget, may be tried again
}

// Ready reports dependencies: name → "ok", "degraded: …", "down: …". Required ones that are down make the server not ready.
type Ready func(ctx context.Context) (states map[string]string, ready bool)

// Proposals is *tools.Registry: what the shop's tools planned and somebody answers. Another's proposal is NotFound.
type Proposals interface {
	Confirm(ctx context.Context, who shop.Principal, id string) (shop.Proposal, error)
	Decline(ctx context.Context, who shop.Principal, id string) (shop.Proposal, error)
}
