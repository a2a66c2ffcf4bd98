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

// Count is how many turns of a tenant run in this process.
func (a *Assistant) Count(tenant string) (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range a.live {
		if l.tenant == tenant {
			n++
		}
	}
	return n
}

// SwitchedOff cancels the turns of an assistant that run in this process, once Off says that it is off. They are stored as cancelled.
func (a *Assistant) SwitchedOff(tenant, task string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range a.live {
		if l.tenant == tenant && l.task == task {
			l.cancel(errOff)
		}
	}
}
