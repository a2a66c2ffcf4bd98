package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// errMovedOn refuses an act that was decided on what has changed since; errNotYours one on what another agent has.
var (
	errMovedOn  = &shop.Error{Kind: shop.Conflict, Code: "moved_on", Msg: "The conversation has moved on; look at what is new and try again."}
	errNotYours = &shop.Error{Kind: shop.Conflict, Code: "not_yours", Msg: "Another agent has this conversation."}
)

// held is a conversation that one act of the desk has locked.
type held struct {
	conversation
	who  shop.Principal
	tx   *sql.Tx
	now  time.Time
	note bool // nothing that others decide on changes
}

// act locks a conversation, checks that it is as expected and lets fn change it. Every act moves the revision, but notes and labels.
func (s *Store) deskAct(ctx context.Context, who shop.Principal, id string, e *desk.Expect, what string, fn func(h *held) error) (w desk.Row, err error) {
	if !staff(who) || who.ID == "" {
		return w, noConversation
	}
	err = s.tx(ctx, what, func(tx *sql.Tx) error {
		c, err := scanConversation(tx.QueryRowContext(ctx, `UPDATE conversations SET revision = revision WHERE tenant = $1 AND id = $2 AND task = 'shopper' RETURNING `+conversationColumns, who.Tenant, id))
		if errors.Is(err, sql.ErrNoRows) {
			return noConversation
		}
		if err != nil {
			return err
		}
		if e != nil && (e.Revision != c.Revision || e.LastUser != "" && e.LastUser != c.LastUser) {
			return errMovedOn
		}
		h := &held{conversation: c, who: who, tx: tx, now: s.now()}
		if err := fn(h); err != nil {
			return err
		}
		moved := 1
		if h.note {
			moved = 0
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE conversations SET owner = $3, agent = $4, revision = revision + $5, turns = $6, waiting = $7, state = $8, updated = $9, assigned = CASE WHEN $3 = 'queue' THEN assigned ELSE '' END,
				reopened = reopened + CASE WHEN state = 'closed' AND $8 = 'open' THEN 1 ELSE 0 END
			WHERE tenant = $1 AND id = $2`,
			who.Tenant, id, h.Owner.Kind, h.Owner.Agent, moved, h.Turns, micros(h.waiting), h.state, micros(h.now))
		if err != nil {
			return err
		}
		rows := make([]desk.Row, 1)
		if rows[0], err = scanRow(tx.QueryRowContext(ctx, `SELECT `+rowColumns+` FROM conversations WHERE tenant = $1 AND id = $2`, who.Tenant, id)); err != nil {
			return err
		}
		err = s.furnish(ctx, tx, who.Tenant, rows)
		w = rows[0]
		return err
	})
	return w, err
}

// own makes the conversation the agent's. An answer that is being written loses its turn: what was written of it is kept.
func (s *Store) own(ctx context.Context, h *held) error {
	switch {
	case h.Owner.Kind == chat.Agent && h.Owner.Agent != h.who.ID:
		return errNotYours
	case h.Owner.Kind == chat.Assistant:
		t, err := lastTurn(ctx, h.tx, h.who.Tenant, h.ID)
		if err != nil {
			return err
		}
		if err := s.startClock(ctx, h.tx, h.who.Tenant, h.ID, desk.Resolution, h.now); err != nil {
			return err
		}
		if t.state == opened {
			if err := s.closeTurn(ctx, h.tx, claim{tenant: h.who.Tenant, in: h.ID, number: t.number}, taken); err != nil {
				return err
			}
		}
	}
	h.Owner, h.state = chat.Owner{Kind: chat.Agent, Agent: h.who.ID}, "open"
	return nil
}

// put stores a message of the desk behind everything that is there.
func (s *Store) putDesk(ctx context.Context, h *held, m chat.Message) (chat.Message, error) {
	if m.ID == "" {
		m.ID = s.newID()
	}
	m.At, m.Author = h.now.UTC(), h.who.ID
	place := h.Turns<<20 | 1<<19
	if m.Role == chat.Person {
		h.Turns++
		place = h.Turns << 20
	} else { // a note is no turn of anybody's: it stands behind what the last turn may still write
		var last int64
		if err := h.tx.QueryRowContext(ctx, `SELECT coalesce(max(place), 0) FROM messages WHERE tenant = $1 AND conversation = $2 AND place >= $3 AND place < $4`,
			h.who.Tenant, h.ID, place, (h.Turns+1)<<20).Scan(&last); err != nil {
			return m, err
		}
		place = max(place, last+1)
	}
	return m, s.insertMessage(ctx, h.tx, h.who.Tenant, h.ID, place, m)
}

// Take makes a conversation the agent's.
func (s *Store) Take(ctx context.Context, who shop.Principal, id string, e desk.Expect) (desk.Row, error) {
	return s.deskAct(ctx, who, id, &e, "take conversation", func(h *held) error {
		from := h.Owner.Kind
		if err := s.own(ctx, h); err != nil {
			return err
		}
		return s.taken(ctx, h, from)
	})
}

// taken: the wait for somebody is over, the wait for an answer goes on since the customer wrote.
func (s *Store) taken(ctx context.Context, h *held, from chat.OwnerKind) error {
	if err := s.stopClocks(ctx, h.tx, h.who.Tenant, h.ID, h.now, desk.HandoffWait); err != nil || from != chat.Queue || h.waiting.IsZero() {
		return err
	}
	return s.startClock(ctx, h.tx, h.who.Tenant, h.ID, desk.NextReply, h.waiting)
}

// Reply is an agent's public answer: it takes the conversation. The same message id again gives the message that is there; with
// another text it is a Conflict. A suggestion that it was made of is sent with it, and its proposal shown.
func (s *Store) Reply(ctx context.Context, who shop.Principal, id string, e desk.Expect, m chat.Message) (w desk.Row, sent chat.Message, err error) {
	if strings.TrimSpace(m.Text) == "" {
		return w, sent, invalid("text", "The reply is empty.")
	}
	if m.ID == "" {
		return w, sent, invalid("id", "A reply needs an id.")
	}
	m.Role = chat.Person
	w, err = s.deskAct(ctx, who, id, nil, "reply", func(h *held) error {
		var data string
		err := h.tx.QueryRowContext(ctx, `SELECT data FROM messages WHERE tenant = $1 AND conversation = $2 AND id = $3 AND role = 'agent'`, who.Tenant, id, m.ID).Scan(&data)
		switch {
		case err == nil:
			if sent, err = decodeMessage(data); err == nil && (sent.Text != m.Text || sent.Author != who.ID) {
				err = conflict("A reply with this id was sent already, with another text.")
			}
			h.note = true
			return err
		case !errors.Is(err, sql.ErrNoRows):
			return err
		case h.Owner.Kind == chat.Agent && h.Owner.Agent != who.ID:
			return errNotYours
		case e.Revision != h.Revision || e.LastUser != h.LastUser:
			return errMovedOn
		}
		if err := s.own(ctx, h); err != nil {
			return err
		}
		h.waiting = time.Time{}
		if err := s.sendSuggestion(ctx, h, e.Suggestion, &m); err != nil {
			return err
		}
		if sent, err = s.putDesk(ctx, h, m); err != nil {
			return err
		}
		if _, err := h.tx.ExecContext(ctx, `UPDATE conversations SET said = $3 WHERE tenant = $1 AND id = $2`, who.Tenant, id, bounded(m.Text, saidLength)); err != nil {
			return err
		}
		return s.stopClocks(ctx, h.tx, who.Tenant, id, h.now, desk.HandoffWait, desk.NextReply)
	})
	return w, sent, err
}

// HandBack gives the conversation to the assistant again: a new segment begins, of which it reads what comes and the summary. What the
// customer wrote since the last answer is part of it: it is the assistant's to answer.
func (s *Store) HandBack(ctx context.Context, who shop.Principal, id string, e desk.Expect, summary string) (desk.Row, error) {
	return s.deskAct(ctx, who, id, &e, "hand conversation back", func(h *held) error {
		switch {
		case h.Owner.Kind == chat.Agent && h.Owner.Agent != who.ID:
			return errNotYours
		case h.Owner.Kind == chat.Assistant:
			return conflict("The assistant has this conversation already.")
		}
		since := h.end()
		if !h.waiting.IsZero() {
			var err error
			if since, err = unanswered(ctx, h); err != nil {
				return err
			}
		}
		return s.segment(ctx, h, summary, since)
	})
}

// end is a place behind all that is there.
func (h *held) end() int64 { return (h.Turns+1)<<20 - 1 }

// unanswered is the place before the messages that the customer wrote to people since one of them last said something.
func unanswered(ctx context.Context, h *held) (int64, error) {
	t, err := lastTurn(ctx, h.tx, h.who.Tenant, h.ID)
	if err != nil {
		return 0, err
	}
	before, done := h.end(), false
	err = each(ctx, h.tx, func(r *sql.Rows) error {
		var place int64
		var data string
		if err := r.Scan(&place, &data); err != nil || done {
			return err
		}
		m, err := decodeMessage(data)
		switch {
		case m.Role == chat.User:
			before = place - 1
		case m.Role == chat.Person:
			done = true
		}
		return err
	}, `SELECT place, data FROM messages WHERE tenant = $1 AND conversation = $2 AND place > $3 AND replaced = 0 ORDER BY place DESC`, h.who.Tenant, h.ID, max(h.since, (t.number+1)<<20-1))
	return before, err
}

// segment ends the part of a person; the next one begins behind a place.
func (s *Store) segment(ctx context.Context, h *held, summary string, since int64) error {
	var said []string
	if summary == "" {
		err := each(ctx, h.tx, func(r *sql.Rows) error {
			m, err := scanMessage(r)
			if m.Role == chat.Person {
				said = append(said, "A person of the shop wrote: "+bounded(m.Text, 300))
			}
			return err
		}, `SELECT replaced, data FROM messages WHERE tenant = $1 AND conversation = $2 AND place > $3 ORDER BY place`, h.who.Tenant, h.ID, h.since)
		if err != nil {
			return err
		}
		summary = strings.Join(said[max(0, len(said)-3):], "\n")
	}
	before := h.summary
	if before != "" {
		before += "\n"
	}
	_, err := h.tx.ExecContext(ctx, `UPDATE conversations SET segment = segment + 1, since = $3, summarised = 0, summary = $4, suggested = '', suggesting = 0 WHERE tenant = $1 AND id = $2`,
		h.who.Tenant, h.ID, since, bounded(before+summary, 4000))
	if err != nil {
		return err
	}
	if err := s.endSuggestions(ctx, h.tx, h.who.Tenant, h.ID, "", "", desk.Expired); err != nil { // no person is to answer
		return err
	}
	h.Owner, h.waiting = chat.Owner{Kind: chat.Assistant}, time.Time{}
	return s.stopClocks(ctx, h.tx, h.who.Tenant, h.ID, h.now)
}

// Assign gives a conversation to another agent, or with "" back to the queue.
func (s *Store) Assign(ctx context.Context, who shop.Principal, id string, e desk.Expect, agent string) (desk.Row, error) {
	return s.deskAct(ctx, who, id, &e, "assign conversation", func(h *held) error {
		if h.Owner.Kind == chat.Agent && h.Owner.Agent != who.ID && who.Role != shop.Admin {
			return errNotYours
		}
		if agent != "" {
			all, err := s.agents(ctx, h.tx, who.Tenant)
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(all, func(a desk.Agent) bool { return a.ID == agent }) && agent != who.ID {
				return invalid("agent", "There is no agent %q.", bounded(agent, 40))
			}
		}
		from := h.Owner.Kind
		h.Owner.Agent = who.ID
		if err := s.own(ctx, h); err != nil {
			return err
		}
		h.Owner = chat.Owner{Kind: chat.Agent, Agent: agent}
		if agent == "" {
			h.Owner = chat.Owner{Kind: chat.Queue}
			if h.waiting.IsZero() {
				h.waiting = h.now
			}
			return s.startClock(ctx, h.tx, who.Tenant, id, desk.HandoffWait, h.now)
		}
		return s.taken(ctx, h, from)
	})
}

// Close ends a conversation: the assistant answers what comes next, which opens it again.
func (s *Store) CloseConversation(ctx context.Context, who shop.Principal, id string, e desk.Expect) (desk.Row, error) {
	return s.deskAct(ctx, who, id, &e, "close conversation", func(h *held) error {
		if err := s.own(ctx, h); err != nil {
			return err
		}
		h.state = "closed"
		return s.segment(ctx, h, "", h.end())
	})
}

// Reopen makes a closed conversation the agent's.
func (s *Store) Reopen(ctx context.Context, who shop.Principal, id string, e desk.Expect) (desk.Row, error) {
	return s.deskAct(ctx, who, id, &e, "reopen conversation", func(h *held) error { return s.own(ctx, h) })
}

// AddNote keeps a note that the customer never sees. It moves nothing that others decide on.
func (s *Store) AddNote(ctx context.Context, who shop.Principal, id, text string) (m chat.Message, err error) {
	if strings.TrimSpace(text) == "" {
		return m, invalid("text", "The note is empty.")
	}
	_, err = s.deskAct(ctx, who, id, nil, "add note", func(h *held) (err error) {
		h.note = true
		m, err = s.putDesk(ctx, h, chat.Message{Role: chat.Note, Text: text})
		return err
	})
	return m, err
}

// SetLabels sets tags and priority.
func (s *Store) SetLabels(ctx context.Context, who shop.Principal, id string, l desk.Labels) (desk.Row, error) {
	if l.Priority < 0 || l.Priority > 3 {
		return desk.Row{}, invalid("priority", "A priority is 0, 1, 2 or 3.")
	}
	if len(l.Tags) > 20 || slices.ContainsFunc(l.Tags, func(t string) bool { return strings.TrimSpace(t) == "" || len([]rune(t)) > 40 }) {
		return desk.Row{}, invalid("tags", "Up to 20 tags of 1 to 40 characters.")
	}
	if l.Tags == nil {
		l.Tags = []string{}
	}
	tags, err := encode(l.Tags)
	if err != nil {
		return desk.Row{}, err
	}
	return s.deskAct(ctx, who, id, nil, "label conversation", func(h *held) error {
		h.note = true
		if _, err := h.tx.ExecContext(ctx, `UPDATE conversations SET tags = $3, priority = $4 WHERE tenant = $1 AND id = $2`, who.Tenant, id, tags, l.Priority); err != nil {
			return err
		}
		return s.dropClocks(ctx, h.tx, who.Tenant, id, l.Tags)
	})
}
