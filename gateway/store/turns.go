package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// turn is a row of turns, without what its commit brought.
type turn struct {
	number          int64
	id, state       string
	message         string
	regenerate      bool
	continues       bool
	opened, expires time.Time
	seen            time.Time // its process, last
}

func (s *Store) running(t turn) bool {
	return t.state == opened && s.living(t.opened, t.expires, t.seen)
}

const turnColumns = `number, turns.id, state, message, regenerate, opened, expires, coalesce((SELECT seen FROM replicas WHERE replicas.id = replica), 0)`

// scanTurn returns the zero turn when there is none.
func scanTurn(r *sql.Row) (t turn, err error) {
	var regenerate int
	var opened, expires, seen int64
	err = r.Scan(&t.number, &t.id, &t.state, &t.message, &regenerate, &opened, &expires, &seen)
	if errors.Is(err, sql.ErrNoRows) {
		return turn{}, nil
	}
	t.regenerate, t.continues = regenerate == 1, regenerate == 2
	t.opened, t.expires, t.seen = fromMicros(opened), fromMicros(expires), fromMicros(seen)
	return t, err
}

// lastTurn is the only one that may be open.
func lastTurn(ctx context.Context, q querier, tenant, conversation string) (turn, error) {
	return scanTurn(q.QueryRowContext(ctx, `SELECT `+turnColumns+` FROM turns WHERE tenant = $1 AND conversation = $2 ORDER BY number DESC LIMIT 1`, tenant, conversation))
}

// turnOf is the last turn that was to answer a message.
func turnOf(ctx context.Context, q querier, tenant, conversation, message string) (turn, error) {
	return scanTurn(q.QueryRowContext(ctx, `
		SELECT `+turnColumns+` FROM turns WHERE tenant = $1 AND conversation = $2 AND message = $3 ORDER BY number DESC LIMIT 1`, tenant, conversation, message))
}

// closeTurn closes an open turn that brought no answer.
func (s *Store) closeTurn(ctx context.Context, tx *sql.Tx, c claim, how string) error {
	ending := chat.Failed
	if how == interrupted || how == taken {
		ending = chat.Cancelled
	}
	s.release(c)
	_, err := tx.ExecContext(ctx, `
		UPDATE turns SET state = $4, ending = $5, closed = $6 WHERE tenant = $1 AND conversation = $2 AND number = $3 AND state = 'open'`,
		c.tenant, c.in, c.number, how, ending, micros(s.now()))
	return err
}

// Commit implements assistant.History. A turn is committed once: again is a Conflict, as is one whose process was taken for dead.
// Messages without an id get one. What comes after a person took the conversation is kept in its place, as cancelled: a Conflict says so
// to whoever thought that it was complete. So it is with a handoff that the shopper's next message interrupted.
func (s *Store) Commit(ctx context.Context, c chat.Commit) error {
	var mine claim
	overtaken := false
	err := s.tx(ctx, "commit turn", func(tx *sql.Tx) error {
		now := s.now()
		conv, err := s.relock(ctx, tx, c.Who, c.Conversation)
		if err != nil {
			return err
		}
		t, err := scanTurn(tx.QueryRowContext(ctx, `SELECT `+turnColumns+` FROM turns WHERE tenant = $1 AND conversation = $2 AND id = $3`,
			c.Who.Tenant, c.Conversation, c.Turn))
		if err != nil {
			return err
		}
		mine = claim{tenant: c.Who.Tenant, in: c.Conversation, number: t.number}
		late := t.state == interrupted || t.state == taken
		if t.state != opened && !late || t.state == opened && conv.Revision != c.Revision {
			return conflict("The conversation went on while this answer was being written.")
		}
		if t.state == taken || late && c.Handoff != nil {
			overtaken = c.Ending != chat.Cancelled
			c = withdrawn(c)
		}
		if err := s.storeTurn(ctx, tx, t, c, now); err != nil {
			return err
		}
		if t.regenerate && t.state != taken && len(c.Messages) > 0 {
			if err := replace(ctx, tx, c, t); err != nil {
				return err
			}
		}
		if late {
			return nil
		}
		if c.Handoff != nil && conv.Owner.Kind == chat.Assistant {
			if err := s.handOff(ctx, tx, c, t, conv.Lang, now); err != nil {
				return err
			}
		}
		if c.Summarised > 0 {
			// The count is of the history that the turn began with; the place of its last message stays true whatever is replaced.
			_, err := tx.ExecContext(ctx, `
				UPDATE conversations SET summary = $3, summarised = coalesce((
					SELECT place FROM messages WHERE tenant = $1 AND conversation = $2 AND replaced = 0 AND place > $5 AND role <> 'note' AND role <> 'notice'
					ORDER BY place LIMIT 1 OFFSET $4), summarised)
				WHERE tenant = $1 AND id = $2`, c.Who.Tenant, c.Conversation, c.Summary, c.Summarised-1, conv.since)
			if err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE conversations SET revision = revision + 1, updated = $3 WHERE tenant = $1 AND id = $2`,
			c.Who.Tenant, c.Conversation, micros(now))
		if err == nil {
			err = s.answered(ctx, tx, c.Who.Tenant, c.Conversation, now.Sub(t.opened), now)
		}
		return err
	})
	if err == nil {
		s.release(mine)
	}
	if err == nil && overtaken {
		return errTaken
	}
	return err
}

var errTaken = &shop.Error{Kind: shop.Conflict, Code: chat.TakenOver, Msg: "The conversation was taken over while this answer was being written."}

// withdrawn is a commit that came too late: what was written is kept, but it is no answer, and hands nothing over.
func withdrawn(c chat.Commit) chat.Commit {
	c.Ending = chat.Cancelled
	if n := len(c.Messages); n > 0 {
		c.Messages = slices.Clone(c.Messages)
		c.Messages[n-1].Ending = chat.Cancelled
	}
	var told []chat.Event
	for _, e := range c.Events {
		if c.Handoff != nil && (e.Kind == chat.EvOwner || e.Kind == chat.EvNotice && e.Text == c.Handoff.Text) {
			continue
		}
		if e.Kind == chat.EvEnded {
			e.Ending, e.Problem = chat.Cancelled, nil
		}
		told = append(told, e)
	}
	c.Events, c.Handoff = told, nil
	return c
}

// storeTurn writes what a turn brought, in its own places.
func (s *Store) storeTurn(ctx context.Context, tx *sql.Tx, t turn, c chat.Commit, now time.Time) error {
	ms, read := make([]chat.Message, len(c.Messages)), readBy{}
	for i, m := range c.Messages {
		if m.ID == "" {
			m.ID = s.newID()
		}
		if m.At.IsZero() {
			m.At = now.UTC()
		}
		m.Turn = t.id
		ms[i] = m
		read.add(m)
	}
	if err := s.insertMessage(ctx, tx, c.Who.Tenant, c.Conversation, t.number<<20+1, ms...); err != nil {
		return err
	}
	err := s.bulk(ctx, tx, `INSERT INTO evidence (tenant, conversation, place, data)`, ``, 4, rowsOf(c.Evidence, func(i int, e chat.Evidence) ([]any, error) {
		data, err := encodeEvidence(e, read)
		return []any{c.Who.Tenant, c.Conversation, t.number<<20 + int64(i), data}, err
	}))
	if err != nil {
		return err
	}
	events, err := encodeEvents(c.Events, c.Messages)
	if err != nil {
		return err
	}
	usage, err := encode(c.Usage)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE turns SET state = 'done', closed = $4, ending = $5, rung = $6, prompt = $7, struck = $8, usage = $9, events = $10
		WHERE tenant = $1 AND conversation = $2 AND number = $3`,
		c.Who.Tenant, c.Conversation, t.number, micros(now), c.Ending, c.Rung, c.Prompt, c.Struck, usage, events)
	return err
}

// replace marks the answers that a regenerated one takes the place of: all that stand between the question and it.
func replace(ctx context.Context, tx *sql.Tx, c chat.Commit, t turn) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE messages SET replaced = 1
		WHERE tenant = $1 AND conversation = $2 AND (role = 'assistant' OR role = 'tool') AND replaced = 0 AND place < $4 AND place > (
			SELECT place FROM messages WHERE tenant = $1 AND conversation = $2 AND id = $3 AND role = 'user')`,
		c.Who.Tenant, c.Conversation, t.message, t.number<<20)
	return err
}

// committed reads a turn's commit back.
func committed(ctx context.Context, q querier, conv conversation, t turn) (*chat.Commit, error) {
	c := &chat.Commit{Who: conv.For, Conversation: conv.ID, Turn: t.id, Revision: conv.Revision, LastUser: t.message}
	var usage, events string
	err := q.QueryRowContext(ctx, `SELECT ending, rung, prompt, struck, usage, events FROM turns WHERE tenant = $1 AND conversation = $2 AND number = $3`,
		conv.For.Tenant, conv.ID, t.number).Scan(&c.Ending, &c.Rung, &c.Prompt, &c.Struck, &usage, &events)
	if err != nil {
		return nil, err
	}
	if c.Usage, err = decode[chat.Usage](usage); err != nil {
		return nil, err
	}
	from, to := t.number<<20, (t.number+1)<<20
	read := readBy{}
	err = each(ctx, q, func(r *sql.Rows) error {
		m, err := scanMessage(r)
		c.Messages = append(c.Messages, m)
		read.add(m)
		return err
	}, `SELECT replaced, data FROM messages WHERE tenant = $1 AND conversation = $2 AND place > $3 AND place < $4 ORDER BY place`, conv.For.Tenant, conv.ID, from, to)
	if err != nil {
		return nil, err
	}
	if c.Events, err = decodeEvents(events, c.Messages); err != nil {
		return nil, err
	}
	err = each(ctx, q, func(r *sql.Rows) error {
		var data string
		if err := r.Scan(&data); err != nil {
			return err
		}
		e, err := decodeEvidence(data, read)
		c.Evidence = append(c.Evidence, e)
		return err
	}, `SELECT data FROM evidence WHERE tenant = $1 AND conversation = $2 AND place >= $3 AND place < $4 ORDER BY place`, conv.For.Tenant, conv.ID, from, to)
	return c, err
}

func scanMessage(r *sql.Rows) (chat.Message, error) {
	var replaced int
	var data string
	if err := r.Scan(&replaced, &data); err != nil {
		return chat.Message{}, err
	}
	m, err := decodeMessage(data)
	m.Replaced = replaced != 0
	return m, err
}
