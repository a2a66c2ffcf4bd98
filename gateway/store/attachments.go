package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

const (
	maxAttachments = 20             // of a conversation, and of a shopper those that no message shows
	unsentFor      = 24 * time.Hour // how long a picture waits for its message
)

var noAttachment = notFound("There is no such attachment.")

// PutAttachment implements api.Attachments. The conversation need not exist yet; the picture is its shopper's.
func (s *Store) PutAttachment(ctx context.Context, who shop.Principal, a chat.Attachment) error {
	return s.tx(ctx, "store attachment", func(tx *sql.Tx) error {
		// One at a time in a tenant: what is counted stays true until it is stored, and nobody is erased in between.
		if _, _, _, err := locked(ctx, tx, who.Tenant); err != nil {
			return err
		}
		var foreign int64
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM conversations WHERE tenant = $1 AND id = $2 AND subject <> $3`, who.Tenant, a.Conversation, who.Subject()).Scan(&foreign); err != nil {
			return err
		}
		if foreign > 0 {
			return noConversation
		}
		now := s.now()
		if _, err := tx.ExecContext(ctx, `DELETE FROM attachments WHERE tenant = $1 AND sent = 0 AND created < $2`, who.Tenant, micros(now.Add(-unsentFor))); err != nil {
			return err
		}
		var here, unsent int64
		err := tx.QueryRowContext(ctx, `
			SELECT COALESCE(SUM(CASE WHEN conversation = $3 THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN sent = 0 THEN 1 ELSE 0 END), 0)
			FROM attachments WHERE tenant = $1 AND subject = $2`, who.Tenant, who.Subject(), a.Conversation).Scan(&here, &unsent)
		if err != nil {
			return err
		}
		if here >= maxAttachments {
			return &shop.Error{Kind: shop.Refused, Code: "too_many_attachments", Msg: fmt.Sprintf("A conversation holds up to %d pictures, and this one has them.", maxAttachments)}
		}
		if unsent >= maxAttachments {
			return &shop.Error{Kind: shop.Refused, Code: "too_many_attachments", Msg: fmt.Sprintf("%d pictures wait to be sent with a message: send them first.", maxAttachments)}
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO attachments (tenant, id, conversation, subject, type, width, height, size, digest, created, data)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			who.Tenant, a.ID, a.Conversation, who.Subject(), a.Type, a.Width, a.Height, len(a.Bytes), a.Sum, micros(now), a.Bytes)
		return err
	})
}

// Attachment implements api.Attachments: its owner's, and for agents and admins the tenant's.
func (s *Store) Attachment(ctx context.Context, who shop.Principal, id string) (a chat.Attachment, err error) {
	var subject string
	var created int64
	err = s.read.QueryRowContext(ctx, `SELECT id, conversation, subject, type, width, height, digest, created, data FROM attachments WHERE tenant = $1 AND id = $2 AND (sent = 1 OR created >= $3)`,
		who.Tenant, id, micros(s.now().Add(-unsentFor))).
		Scan(&a.ID, &a.Conversation, &subject, &a.Type, &a.Width, &a.Height, &a.Sum, &created, &a.Bytes)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return chat.Attachment{}, noAttachment
	case err != nil:
		return chat.Attachment{}, fmt.Errorf("read attachment: %w", broken(err))
	case subject != who.Subject() && !staff(who):
		return chat.Attachment{}, noAttachment
	}
	a.Created = fromMicros(created)
	return a, nil
}

// attach fills the cards of a message's attachments. They are the conversation's and of whoever writes; others are unknown.
func attach(ctx context.Context, tx *sql.Tx, who shop.Principal, conversation string, m *chat.Message) error {
	m.Cards = slices.Clone(m.Cards)
	for i, c := range m.Cards {
		if c.Kind != chat.AttachmentKind {
			continue
		}
		a := shop.AttachmentCard{ID: c.ID, URL: "/api/attachments/" + c.ID}
		err := tx.QueryRowContext(ctx, `UPDATE attachments SET sent = 1 WHERE tenant = $1 AND id = $2 AND conversation = $3 AND subject = $4 RETURNING type, width, height, size`,
			who.Tenant, c.ID, conversation, who.Subject()).Scan(&a.Type, &a.Width, &a.Height, &a.Size)
		if errors.Is(err, sql.ErrNoRows) {
			return noAttachment
		}
		if err != nil {
			return err
		}
		data, err := encode(a)
		if err != nil {
			return err
		}
		m.Cards[i].Data = []byte(data)
	}
	return nil
}
