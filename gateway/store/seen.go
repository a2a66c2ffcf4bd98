package store

import (
	"context"
	"database/sql"
	"fmt"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// Saw says that a conversation's shopper has it before their eyes. Others' reading is none.
func (s *Store) Saw(ctx context.Context, who shop.Principal, conversation string) error {
	_, err := s.write.ExecContext(ctx, `UPDATE conversations SET seen = $4 WHERE tenant = $1 AND id = $2 AND subject = $3`, who.Tenant, conversation, who.Subject(), micros(s.now()))
	if err != nil {
		return fmt.Errorf("note that a conversation was seen: %w", broken(err))
	}
	return nil
}

// UnseenReplies are what people of the shop answered since the shopper last saw the conversation, oldest first. NotFound: it is gone.
func (s *Store) UnseenReplies(ctx context.Context, tenant, conversation string) (out []chat.Message, err error) {
	tx, err := s.read.BeginTx(ctx, s.snapshot)
	if err != nil {
		return nil, fmt.Errorf("read replies: %w", broken(err))
	}
	defer func() { _ = tx.Rollback() }()
	var seen int64
	err = tx.QueryRowContext(ctx, `SELECT seen FROM conversations WHERE tenant = $1 AND id = $2`, tenant, conversation).Scan(&seen)
	if err == sql.ErrNoRows {
		return nil, noConversation
	}
	if err == nil {
		err = each(ctx, tx, func(r *sql.Rows) error {
			m, err := scanMessage(r)
			if m.Role == chat.Person && m.At.After(fromMicros(seen)) {
				out = append(out, m)
			}
			return err
		}, `SELECT replaced, data FROM messages WHERE tenant = $1 AND conversation = $2 ORDER BY place`, tenant, conversation)
	}
	if err != nil {
		return nil, fmt.Errorf("read replies: %w", broken(err))
	}
	return out, nil
}
