package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// conversation is chat.Conversation and what only the store knows of it.
type conversation struct {
	chat.Conversation
	subject    string
	summary    string
	summarised int64
	since      int64 // the assistant reads what stands behind this place
	state      string
	waiting    time.Time
}

const conversationColumns = `id, subject, principal, task, lang, title, owner, agent, revision, turns, last_user, summary, summarised, created, updated, since, state, waiting`

func scanConversation(r interface{ Scan(dest ...any) error }) (c conversation, err error) {
	var principal string
	var created, updated, waiting int64
	err = r.Scan(&c.ID, &c.subject, &principal, &c.Task, &c.Lang, &c.Title, &c.Owner.Kind, &c.Owner.Agent,
		&c.Revision, &c.Turns, &c.LastUser, &c.summary, &c.summarised, &created, &updated, &c.since, &c.state, &waiting)
	if err != nil {
		return c, err
	}
	c.Created, c.Updated, c.waiting = fromMicros(created), fromMicros(updated), fromMicros(waiting)
	c.For, err = decode[shop.Principal](principal)
	return c, err
}

var noConversation = notFound("There is no such conversation.")

// lockConversation makes the conversation when it is new and keeps others from it until the transaction ends.
func (s *Store) lockConversation(ctx context.Context, tx *sql.Tx, who shop.Principal, id, task string, now time.Time) (conversation, error) {
	principal, err := encode(who)
	if err != nil {
		return conversation{}, err
	}
	c, err := scanConversation(tx.QueryRowContext(ctx, `
		INSERT INTO conversations (tenant, id, subject, principal, task, lang, title, owner, agent, revision, turns, last_user, summary, summarised, created, updated)
		VALUES ($1, $2, $3, $4, $5, '', '', 'assistant', '', 0, 0, '', '', 0, $6, $6)
		ON CONFLICT (tenant, id) DO UPDATE SET revision = conversations.revision
		RETURNING `+conversationColumns, who.Tenant, id, who.Subject(), principal, task, micros(now)))
	if err == nil && c.subject != who.Subject() {
		err = noConversation
	}
	return c, err
}

// fresh: this transaction made it.
func (c conversation) fresh() bool { return c.Revision == 0 }

// relock is lockConversation for one that exists.
func (s *Store) relock(ctx context.Context, tx *sql.Tx, who shop.Principal, id string) (conversation, error) {
	c, err := scanConversation(tx.QueryRowContext(ctx, `
		UPDATE conversations SET revision = revision WHERE tenant = $1 AND id = $2 AND subject = $3 RETURNING `+conversationColumns,
		who.Tenant, id, who.Subject()))
	if errors.Is(err, sql.ErrNoRows) {
		err = noConversation
	}
	return c, err
}

type reader int

const (
	ownerOnly reader = iota
	ownerOrStaff
)

// staff may read every conversation of their tenant.
func staff(who shop.Principal) bool { return who.Role == shop.Agent || who.Role == shop.Admin }

func findConversation(ctx context.Context, q querier, who shop.Principal, id string, by reader) (conversation, error) {
	c, err := scanConversation(q.QueryRowContext(ctx, `SELECT `+conversationColumns+` FROM conversations WHERE tenant = $1 AND id = $2`, who.Tenant, id))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return c, noConversation
	case err != nil:
		return c, fmt.Errorf("read conversation: %w", broken(err))
	case c.subject != who.Subject() && (by == ownerOnly || !staff(who)):
		return conversation{}, noConversation
	}
	return c, nil
}

// Conversations implements api.Conversations: the principal's own, or for agents and admins the tenant's; last changed first,
// those changed before a moment (zero: all).
func (s *Store) Conversations(ctx context.Context, who shop.Principal, limit int, before time.Time) (cs []chat.Conversation, err error) {
	latest := int64(1) << 62
	if !before.IsZero() {
		latest = micros(before)
	}
	where, args := `tenant = $1 AND updated < $2`, []any{who.Tenant, latest, limit}
	if !staff(who) {
		where, args = where+` AND subject = $4`, append(args, who.Subject())
	}
	err = each(ctx, s.read, func(r *sql.Rows) error {
		c, err := scanConversation(r)
		cs = append(cs, c.Conversation)
		return err
	}, `SELECT `+conversationColumns+` FROM conversations WHERE `+where+` ORDER BY updated DESC, id DESC LIMIT $3`, args...)
	if err != nil {
		return nil, fmt.Errorf("list conversations: %w", broken(err))
	}
	return cs, nil
}

// Conversation implements api.Conversations.
func (s *Store) Conversation(ctx context.Context, who shop.Principal, id string) (chat.Conversation, []chat.Message, error) {
	tx, err := s.read.BeginTx(ctx, s.snapshot)
	if err != nil {
		return chat.Conversation{}, nil, fmt.Errorf("read conversation: %w", broken(err))
	}
	defer func() { _ = tx.Rollback() }()
	c, err := findConversation(ctx, tx, who, id, ownerOrStaff)
	if err != nil {
		return chat.Conversation{}, nil, err
	}
	var ms []chat.Message
	err = each(ctx, tx, func(r *sql.Rows) error {
		m, err := scanMessage(r)
		if m.Role != chat.Note || staff(who) {
			ms = append(ms, m)
		}
		return err
	}, `SELECT replaced, data FROM messages WHERE tenant = $1 AND conversation = $2 ORDER BY place`, who.Tenant, id)
	if err != nil {
		return chat.Conversation{}, nil, fmt.Errorf("read messages: %w", broken(err))
	}
	votes := map[string]int{}
	err = each(ctx, tx, func(r *sql.Rows) error {
		var message string
		var value int
		err := r.Scan(&message, &value)
		votes[message] = value
		return err
	}, `SELECT message, value FROM feedback WHERE tenant = $1 AND conversation = $2`, who.Tenant, id)
	if err != nil {
		return chat.Conversation{}, nil, fmt.Errorf("read feedback: %w", broken(err))
	}
	for i := range ms {
		ms[i].Feedback = votes[ms[i].ID]
	}
	return c.Conversation, ms, nil
}

// DeleteConversation implements api.Conversations. Nothing of it is left; a turn that is running cannot be committed any more.
func (s *Store) DeleteConversation(ctx context.Context, who shop.Principal, id string) error {
	return s.tx(ctx, "delete conversation", func(tx *sql.Tx) error {
		c, err := s.relock(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if err := deleteParts(ctx, tx, who.Tenant, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM conversations WHERE tenant = $1 AND id = $2`, who.Tenant, id); err != nil {
			return err
		}
		s.release(claim{tenant: who.Tenant, in: id, number: c.Turns})
		return nil
	})
}

// Feedback implements api.Conversations; owner only. Value 0 takes it back.
func (s *Store) Feedback(ctx context.Context, who shop.Principal, id, message string, value int, note string) error {
	const longestNote = 2000
	switch {
	case value < -1 || value > 1:
		return invalid("value", "Feedback is 1, 0 or -1.")
	case utf8.RuneCountInString(note) > longestNote:
		return invalid("note", "A note has at most %d characters.", longestNote)
	}
	return s.tx(ctx, "save feedback", func(tx *sql.Tx) error {
		if _, err := s.relock(ctx, tx, who, id); err != nil {
			return err
		}
		if value == 0 {
			_, err := tx.ExecContext(ctx, `DELETE FROM feedback WHERE tenant = $1 AND conversation = $2 AND message = $3`, who.Tenant, id, message)
			return err
		}
		return one(tx.ExecContext(ctx, `
			INSERT INTO feedback (tenant, conversation, message, value, note, given)
			SELECT tenant, conversation, id, $4, $5, $6 FROM messages WHERE tenant = $1 AND conversation = $2 AND id = $3 AND role = 'assistant'
			ON CONFLICT (tenant, conversation, message) DO UPDATE SET value = excluded.value, note = excluded.note, given = excluded.given`,
			who.Tenant, id, message, value, note, micros(s.now())))(notFound("There is no such answer in this conversation."))
	})
}
