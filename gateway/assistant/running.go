package assistant

import (
	"context"

	"shopkeeper/shop"
)

// Running is the number of a conversation's running turn, 0 when none runs; its first event has the id Number << 20.
// Another principal's conversation is NotFound.
func (a *Assistant) Running(ctx context.Context, who shop.Principal, conversation string) (number int64, err error) {
	b, err := a.History.Read(ctx, who, conversation)
	if err != nil || b.Running == "" {
		return 0, err
	}
	return b.Conversation.Turns, nil
}
