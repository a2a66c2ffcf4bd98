package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// Merge puts what was said in one conversation of a customer behind what was said in another one, which the agent takes; it returns
// that one's row. The first is closed. What the customer goes on to write there opens it again: nothing is lost.
func (s *Store) Merge(ctx context.Context, who shop.Principal, id string, e desk.Expect, into string) (w desk.Row, err error) {
	if !staff(who) || who.ID == "" {
		return w, noConversation
	}
	if id == into {
		return w, invalid("into", "A conversation cannot be merged into itself.")
	}
	err = s.tx(ctx, "merge conversations", func(tx *sql.Tx) error {
		now := s.now()
		both := map[string]*held{}
		for _, one := range []string{min(id, into), max(id, into)} { // always in this order: nobody waits for who waits for them
			c, err := s.relockID(ctx, tx, who.Tenant, one)
			if err == nil && c.Task != "shopper" {
				err = noConversation
			}
			if err != nil {
				return err
			}
			both[one] = &held{conversation: c, who: who, tx: tx, now: now}
		}
		from, to := both[id], both[into]
		if from.subject != to.subject {
			return invalid("into", "Only conversations of one customer can be merged.")
		}
		if e.Revision != from.Revision {
			return errMovedOn
		}
		waiting := from.waiting
		for _, h := range []*held{to, from} {
			if err := s.own(ctx, h); err != nil {
				return err
			}
		}
		last, err := s.copyMessages(ctx, from, to)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE attachments SET conversation = $3 WHERE tenant = $1 AND conversation = $2 AND sent = 1`, who.Tenant, id, into); err != nil {
			return err
		}
		if _, err := s.putDesk(ctx, from, chat.Message{Role: chat.Note, Text: "Merged into " + into + "."}); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM clocks WHERE tenant = $1 AND conversation = $2 AND stopped = 0`, who.Tenant, id); err != nil {
			return err
		}
		if err := s.segment(ctx, from, "", from.end()); err != nil {
			return err
		}
		if !waiting.IsZero() && (to.waiting.IsZero() || waiting.Before(to.waiting)) {
			to.waiting = waiting
		}
		if err := s.stopClocks(ctx, tx, who.Tenant, into, now, desk.HandoffWait); err != nil {
			return err
		}
		if !to.waiting.IsZero() {
			if err := s.startClock(ctx, tx, who.Tenant, into, desk.NextReply, to.waiting); err != nil {
				return err
			}
		}
		if last != "" {
			if err := s.endSuggestions(ctx, tx, who.Tenant, into, last, "", desk.Superseded); err != nil {
				return err
			}
		}
		from.state = "closed"
		for _, h := range []*held{from, to} {
			merged := ""
			if h == from {
				merged = into
			}
			_, err := tx.ExecContext(ctx, `
				UPDATE conversations SET owner = $3, agent = $4, revision = revision + 1, turns = $5, waiting = $6, state = $7, updated = $8, assigned = '', merged = $9, last_user = $10, suggesting = 0,
					reopened = reopened + CASE WHEN state = 'closed' AND $7 = 'open' THEN 1 ELSE 0 END
				WHERE tenant = $1 AND id = $2`, who.Tenant, h.ID, h.Owner.Kind, h.Owner.Agent, h.Turns, micros(h.waiting), h.state, micros(now), merged, lastOf(h, to, last))
			if err != nil {
				return err
			}
		}
		if w, err = scanRow(tx.QueryRowContext(ctx, `SELECT `+rowColumns+` FROM conversations WHERE tenant = $1 AND id = $2`, who.Tenant, into)); err != nil {
			return err
		}
		rows := []desk.Row{w}
		err = s.furnish(ctx, tx, who.Tenant, rows)
		w = rows[0]
		return err
	})
	return w, err
}

func lastOf(h, to *held, last string) string {
	if h == to && last != "" {
		return last
	}
	return h.LastUser
}

// copyMessages puts what was said in one conversation behind what was said in another, with a note before it. It returns the id of the
// copied last message of the customer when it is newer than the other's, else "".
func (s *Store) copyMessages(ctx context.Context, from, to *held) (last string, err error) {
	var newest time.Time
	if to.LastUser != "" {
		var data string
		if err := to.tx.QueryRowContext(ctx, `SELECT data FROM messages WHERE tenant = $1 AND conversation = $2 AND id = $3 AND role = 'user'`, to.who.Tenant, to.ID, to.LastUser).Scan(&data); err != nil {
			return "", err
		}
		m, err := decodeMessage(data)
		if err != nil {
			return "", err
		}
		newest = m.At
	}
	there, prefix := map[string]bool{}, from.ID+":"
	err = each(ctx, to.tx, func(r *sql.Rows) error { // they may have been merged before
		var id string
		err := r.Scan(&id)
		there[id] = true
		return err
	}, `SELECT id FROM messages WHERE tenant = $1 AND conversation = $2 AND substr(id, 1, $3) = $4`, to.who.Tenant, to.ID, len([]rune(prefix)), prefix)
	if err != nil {
		return "", err
	}
	ms := []chat.Message{{ID: s.newID(), Role: chat.Note, Author: to.who.ID, Text: fmt.Sprintf("Merged from %s: %s", from.ID, from.Title), At: to.now.UTC()}}
	err = each(ctx, from.tx, func(r *sql.Rows) error {
		m, err := scanMessage(r)
		if err != nil || m.Replaced || m.Role == chat.Tool || strings.TrimSpace(m.Text) == "" && len(m.Cards) == 0 || there[prefix+m.ID] {
			return err
		}
		m.ID, m.Turn, m.Calls = prefix+m.ID, "", nil
		if m.Role == chat.User && m.At.After(newest) {
			newest, last = m.At, m.ID
		}
		ms = append(ms, m)
		return nil
	}, `SELECT replaced, data FROM messages WHERE tenant = $1 AND conversation = $2 ORDER BY place`, from.who.Tenant, from.ID)
	if err != nil {
		return "", err
	}
	to.Turns++
	return last, s.insertMessage(ctx, to.tx, to.who.Tenant, to.ID, to.Turns<<20, ms...)
}
