package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// suggestion is how one is kept: with what its readers do not see.
type suggestion struct {
	desk.Suggestion
	Proposal *shop.Proposal  `json:"proposal,omitempty"`
	Facts    []chat.Evidence `json:"facts,omitempty"`
	Said     []chat.Message  `json:"said,omitempty"`
	For      shop.Principal  `json:"for"`
}

const suggestionColumns = `tenant, state, data`

func scanSuggestion(r interface{ Scan(dest ...any) error }) (x desk.Suggestion, err error) {
	var tenant, data string
	var state desk.SuggestionState
	if err := r.Scan(&tenant, &state, &data); err != nil {
		return x, err
	}
	s, err := decode[suggestion](data)
	x = s.Suggestion
	x.Tenant, x.State, x.Proposal, x.Facts, x.Said, x.For = tenant, state, s.Proposal, s.Facts, s.Said, s.For
	return x, err
}

func encodeSuggestion(x desk.Suggestion) (string, error) {
	return encode(suggestion{x, x.Proposal, x.Facts, x.Said, x.For})
}

// waitsForSuggestions is what conversations_suggesting indexes.
const waitsForSuggestions = `state = 'open' AND owner <> 'assistant' AND waiting > 0 AND suggested <> last_user`

// LeaseWaiting implements desk.Suggestions.
func (s *Store) LeaseWaiting(ctx context.Context, limit int, lease time.Duration) (out []desk.Waiting, err error) {
	now := s.now()
	var any int
	err = s.read.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM conversations WHERE `+waitsForSuggestions+` AND suggesting < $1 AND task = 'shopper' LIMIT 1) AS x`, micros(now)).Scan(&any)
	if err != nil || any == 0 {
		return nil, broken(err)
	}
	err = s.tx(ctx, "lease waiting messages", func(tx *sql.Tx) error {
		return each(ctx, tx, func(r *sql.Rows) error {
			var w desk.Waiting
			err := r.Scan(&w.Tenant, &w.Conversation, &w.Message)
			out = append(out, w)
			return err
		}, `WITH next AS MATERIALIZED (SELECT tenant, id FROM conversations WHERE `+waitsForSuggestions+` AND suggesting < $1 AND task = 'shopper' ORDER BY suggesting LIMIT $3`+s.unheld+`)
			UPDATE conversations SET suggesting = $2 WHERE `+waitsForSuggestions+` AND suggesting < $1 AND (tenant, id) IN (SELECT tenant, id FROM next)
			RETURNING tenant, id, last_user`, micros(now), micros(now.Add(lease)), limit)
	})
	return out, err
}

// SuggestionCase implements desk.Suggestions.
func (s *Store) SuggestionCase(ctx context.Context, w desk.Waiting) (c desk.Case, err error) {
	c.Who = shop.Principal{Tenant: w.Tenant, Role: shop.Agent, ID: "desk"}
	if c.Row, err = s.DeskRow(ctx, c.Who, w.Conversation); err != nil {
		return c, err
	}
	if c.Row.LastUser != w.Message {
		return c, errMovedOn
	}
	tx, err := s.read.BeginTx(ctx, s.snapshot)
	if err != nil {
		return c, fmt.Errorf("read conversation: %w", broken(err))
	}
	defer func() { _ = tx.Rollback() }()
	read := readBy{}
	err = each(ctx, tx, func(r *sql.Rows) error {
		m, err := scanMessage(r)
		read.add(m)
		if !m.Replaced {
			c.Messages = append(c.Messages, m)
		}
		return err
	}, `SELECT replaced, data FROM messages WHERE tenant = $1 AND conversation = $2 ORDER BY place`, w.Tenant, w.Conversation)
	if err != nil {
		return c, fmt.Errorf("read messages: %w", broken(err))
	}
	err = each(ctx, tx, func(r *sql.Rows) error {
		var data string
		if err := r.Scan(&data); err != nil {
			return err
		}
		e, err := decodeEvidence(data, read)
		c.Evidence = append(c.Evidence, e)
		return err
	}, `SELECT data FROM evidence WHERE tenant = $1 AND conversation = $2 ORDER BY place`, w.Tenant, w.Conversation)
	if err != nil {
		return c, fmt.Errorf("read evidence: %w", broken(err))
	}
	return c, nil
}

// SaveSuggestions implements desk.Suggestions. Those of earlier messages are superseded.
func (s *Store) SaveSuggestions(ctx context.Context, w desk.Waiting, all []desk.Suggestion) error {
	elsewhere := len(all) > 0 && all[0].Said != nil // another desk's conversation is none of ours
	return s.tx(ctx, "save suggestions", func(tx *sql.Tx) error {
		if !elsewhere {
			var whose string
			if len(all) > 0 {
				whose = all[0].For.Subject()
			}
			n, err := rowsAffected(tx.ExecContext(ctx, `UPDATE conversations SET suggested = $3, suggesting = 0, updated = $4
				WHERE tenant = $1 AND id = $2 AND last_user = $3 AND `+waitsForSuggestions+` AND ($5 = '' OR subject = $5)`, w.Tenant, w.Conversation, w.Message, micros(s.now()), whose))
			if err != nil || n == 0 {
				return err
			}
		}
		if err := s.endSuggestions(ctx, tx, w.Tenant, w.Conversation, w.Message, "", desk.Superseded); err != nil {
			return err
		}
		for i, x := range all {
			x.Tenant = w.Tenant
			data, err := encodeSuggestion(x)
			if err != nil {
				return err
			}
			n, err := rowsAffected(tx.ExecContext(ctx, `
				INSERT INTO suggestions (tenant, id, conversation, message, subject, place, state, intent, source, prompt, created, data)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (tenant, id) DO NOTHING`,
				w.Tenant, x.ID, x.Conversation, x.Message, x.For.Subject(), i, x.State, x.Intent, x.Source, x.Prompt, micros(x.Created), data))
			switch {
			case err != nil:
				return err
			case n == 0 && i == 0 && elsewhere: // somebody who asked at the same time was faster: theirs are kept
				return nil
			case n == 0:
				return conflict("There is a suggestion %q already.", x.ID)
			}
			if err := s.suggestionEvent(ctx, tx, x, x.State, "", ""); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) suggestionEvent(ctx context.Context, tx *sql.Tx, x desk.Suggestion, kind desk.SuggestionState, agent, note string) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO suggestion_events (tenant, suggestion, kind, at, agent, reason, note, intent, source, prompt, distance)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (tenant, suggestion, kind) DO NOTHING`,
		x.Tenant, x.ID, kind, micros(s.now()), agent, x.Reason, note, x.Intent, x.Source, x.Prompt, x.Distance)
	return err
}

// endSuggestions moves what may still be sent of a conversation on, but those for a message, and but one.
func (s *Store) endSuggestions(ctx context.Context, tx *sql.Tx, tenant, conversation, message, but string, to desk.SuggestionState) error {
	var over []desk.Suggestion
	err := each(ctx, tx, func(r *sql.Rows) error {
		x, err := scanSuggestion(r)
		over = append(over, x)
		return err
	}, `UPDATE suggestions SET state = $5 WHERE tenant = $1 AND conversation = $2 AND message <> $3 AND id <> $4 AND state IN ('generated', 'shown', 'inserted') RETURNING `+suggestionColumns,
		tenant, conversation, message, but, to)
	for _, x := range over {
		if err == nil {
			err = s.suggestionEvent(ctx, tx, x, to, "", "")
		}
	}
	return err
}

var noSuggestion = notFound("There is no such suggestion.")

// mayUse: staff may use all suggestions of the tenant, the shop's own server those that it asked for.
func mayUse(who shop.Principal, x desk.Suggestion) bool {
	return who.Tenant == x.Tenant && (staff(who) || who.Role == shop.App && x.Said != nil)
}

// Suggestion implements desk.Suggestions. One that is for an earlier message than the customer's last is superseded.
func (s *Store) Suggestion(ctx context.Context, who shop.Principal, id string) (desk.Suggestion, error) {
	x, err := scanSuggestion(s.read.QueryRowContext(ctx, `SELECT `+suggestionColumns+` FROM suggestions WHERE tenant = $1 AND id = $2`, who.Tenant, id))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !mayUse(who, x) {
		return desk.Suggestion{}, noSuggestion
	}
	if err == nil {
		err = s.currentSuggestion(ctx, s.read, &x)
	}
	if err != nil {
		return x, fmt.Errorf("read suggestion: %w", broken(err))
	}
	return x, nil
}

func (s *Store) currentSuggestion(ctx context.Context, q querier, x *desk.Suggestion) error {
	if x.Said != nil || !x.State.Usable() {
		return nil
	}
	var last string
	err := q.QueryRowContext(ctx, `SELECT last_user FROM conversations WHERE tenant = $1 AND id = $2`, x.Tenant, x.Conversation).Scan(&last)
	if err == nil && last != x.Message || errors.Is(err, sql.ErrNoRows) {
		x.State, err = desk.Superseded, nil
	}
	return err
}

// SuggestionsOf are those of a conversation's last message that may still be sent, and those that were; staff only.
func (s *Store) SuggestionsOf(ctx context.Context, who shop.Principal, w desk.Row) (out []desk.Suggestion, err error) {
	if !staff(who) {
		return nil, noConversation
	}
	out, err = s.suggestionsFor(ctx, who.Tenant, w.ID, w.LastUser)
	return slices.DeleteFunc(out, func(x desk.Suggestion) bool { return !x.State.Usable() }), err
}

// SuggestionsAsked are all that were made for a message of another desk.
func (s *Store) SuggestionsAsked(ctx context.Context, who shop.Principal, conversation, message string) ([]desk.Suggestion, error) {
	out, err := s.suggestionsFor(ctx, who.Tenant, conversation, message)
	return slices.DeleteFunc(out, func(x desk.Suggestion) bool { return !mayUse(who, x) }), err
}

func (s *Store) suggestionsFor(ctx context.Context, tenant, conversation, message string) (out []desk.Suggestion, err error) {
	err = each(ctx, s.read, func(r *sql.Rows) error {
		x, err := scanSuggestion(r)
		out = append(out, x)
		return err
	}, `SELECT `+suggestionColumns+` FROM suggestions WHERE tenant = $1 AND conversation = $2 AND message = $3 ORDER BY place`, tenant, conversation, message)
	if err != nil {
		return nil, fmt.Errorf("list suggestions: %w", broken(err))
	}
	return out, nil
}

var errSuggestionOver = &shop.Error{Kind: shop.Conflict, Code: "suggestion_over", Msg: "This suggestion was made for an earlier message; there may be a new one."}

// lockSuggestion is one that may still be used, held until the transaction ends.
func (s *Store) lockSuggestion(ctx context.Context, tx *sql.Tx, who shop.Principal, id string) (desk.Suggestion, error) {
	x, err := scanSuggestion(tx.QueryRowContext(ctx, `UPDATE suggestions SET place = place WHERE tenant = $1 AND id = $2 RETURNING `+suggestionColumns, who.Tenant, id))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !mayUse(who, x) {
		return x, noSuggestion
	}
	if err == nil {
		err = s.currentSuggestion(ctx, tx, &x)
	}
	return x, err
}

func (s *Store) setSuggestion(ctx context.Context, tx *sql.Tx, x desk.Suggestion) error {
	data, err := encodeSuggestion(x)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE suggestions SET state = $3, distance = $4, data = $5 WHERE tenant = $1 AND id = $2`, x.Tenant, x.ID, x.State, x.Distance, data)
	return err
}

// MarkSuggestion implements desk.Suggestions. What happened to one already happens once.
func (s *Store) MarkSuggestion(ctx context.Context, who shop.Principal, id string, m desk.Mark) (x desk.Suggestion, err error) {
	err = s.tx(ctx, "mark suggestion", func(tx *sql.Tx) error {
		if x, err = s.lockSuggestion(ctx, tx, who, id); err != nil {
			return err
		}
		switch {
		case m.State == desk.Sent && x.Said == nil: // here a reply sends it
			return noSuggestion
		case m.State == desk.Shown && x.State != desk.Generated, m.State == x.State && m.Proposal == nil:
			return nil // it went on since
		case m.State == desk.Reported && !x.State.Usable(): // what was sent or thrown away may still be told to be wrong
			x.Reason = m.Reason
			return s.suggestionEvent(ctx, tx, x, m.State, who.ID, m.Note)
		case !x.State.Usable():
			return errSuggestionOver
		}
		x.State, x.Agent, x.Reason = m.State, who.ID, m.Reason
		if m.State == desk.Sent {
			x.Distance = m.Distance
		}
		if m.Proposal != nil {
			x.Proposal = m.Proposal
		}
		x.Text = cmp.Or(m.Text, x.Text)
		if err := s.setSuggestion(ctx, tx, x); err != nil {
			return err
		}
		if m.State == desk.Sent && x.Distance > 0 {
			if err := s.suggestionEvent(ctx, tx, x, desk.Edited, who.ID, ""); err != nil {
				return err
			}
		}
		return s.suggestionEvent(ctx, tx, x, m.State, who.ID, m.Note)
	})
	return x, err
}

// sendSuggestion notes that a reply was made of a suggestion, and gives the reply the card of what it proposes; other suggestions for
// the message are not needed any more.
func (s *Store) sendSuggestion(ctx context.Context, h *held, id string, m *chat.Message) error {
	if id != "" {
		x, err := s.lockSuggestion(ctx, h.tx, h.who, id)
		switch {
		case err != nil:
			return err
		case x.Conversation != h.ID:
			return noSuggestion
		case !x.State.Usable():
			return errSuggestionOver
		}
		x.State, x.Agent, x.Distance = desk.Sent, h.who.ID, desk.Distance(x.Text, m.Text)
		if err := s.setSuggestion(ctx, h.tx, x); err != nil {
			return err
		}
		kinds := []desk.SuggestionState{desk.Sent}
		if x.Distance > 0 {
			kinds = []desk.SuggestionState{desk.Edited, desk.Sent}
		}
		for _, k := range kinds {
			if err := s.suggestionEvent(ctx, h.tx, x, k, h.who.ID, ""); err != nil {
				return err
			}
		}
		if x.Proposal != nil && x.Proposal.ID != "" {
			data, err := encode(x.Proposal.Card())
			if err != nil {
				return err
			}
			m.Cards = append(m.Cards, shop.Card{Kind: "proposal", ID: x.Proposal.ID, Data: []byte(data)})
		}
	}
	return s.endSuggestions(ctx, h.tx, h.who.Tenant, h.ID, "", id, desk.Expired)
}

// SuggestionWorth says what became of the suggestions of a time, by day, intent, source and prompt.
func (s *Store) SuggestionWorth(ctx context.Context, tenant string, from, to time.Time) (out []desk.SuggestionWorth, err error) {
	const day = int64(24 * time.Hour / time.Microsecond)
	err = each(ctx, s.read, func(r *sql.Rows) error {
		var w desk.SuggestionWorth
		var at int64
		err := r.Scan(&at, &w.Intent, &w.Source, &w.Prompt, &w.Generated, &w.Shown, &w.Inserted, &w.Edited, &w.Sent, &w.Dismissed, &w.Reported, &w.Expired, &w.Superseded, &w.Distance)
		w.Day = fromMicros(at * day).UTC().Format(time.DateOnly)
		out = append(out, w)
		return err
	}, `SELECT at / $4 AS day, intent, source, prompt, count(*) FILTER (WHERE kind = 'generated'), count(*) FILTER (WHERE kind = 'shown'), count(*) FILTER (WHERE kind = 'inserted'),
			count(*) FILTER (WHERE kind = 'edited'), count(*) FILTER (WHERE kind = 'sent'), count(*) FILTER (WHERE kind = 'dismissed'), count(*) FILTER (WHERE kind = 'reported'),
			count(*) FILTER (WHERE kind = 'expired'), count(*) FILTER (WHERE kind = 'superseded'), coalesce(avg(distance) FILTER (WHERE kind = 'sent'), 0)
		FROM suggestion_events WHERE tenant = $1 AND at >= $2 AND at < $3 GROUP BY day, intent, source, prompt ORDER BY day, intent, source, prompt`,
		tenant, micros(from), micros(to), day)
	if err != nil {
		return nil, fmt.Errorf("read the worth of suggestions: %w", broken(err))
	}
	return out, nil
}

// dropSuggestions removes those that a condition chooses, with what agents noted to them. What became of them stays, without a word.
func dropSuggestions(ctx context.Context, tx *sql.Tx, where string, args ...any) (int64, error) {
	_, err := tx.ExecContext(ctx, `UPDATE suggestion_events SET note = '' WHERE tenant = $1 AND note <> '' AND suggestion IN (SELECT id FROM suggestions WHERE tenant = $1 AND `+where+`)`, args...)
	if err != nil {
		return 0, err
	}
	return rowsAffected(tx.ExecContext(ctx, `DELETE FROM suggestions WHERE tenant = $1 AND `+where, args...))
}

// ofOtherDesks chooses what was suggested to another desk, whose conversations have ids that none of ours has.
const ofOtherDesks = `conversation LIKE 'desk:%'`
