package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// States of a turn.
const (
	opened      = "open"
	closed      = "done"
	interrupted = "interrupted" // by the shopper's next message; what it wrote may still come
	taken       = "taken"       // by a person, who has the conversation now; likewise
	abandoned   = "abandoned"   // its process died; its message may be sent again
)

// Begin implements assistant.History. Beyond what the port says:
//   - Of callers who race for one conversation one wins, the others are Busy; a Busy caller's message is not stored.
//   - An open turn whose process died is in nobody's way after Options.Alive (see AbandonTurns). Its message is kept: sent again, it
//     is answered by a new turn.
//   - Interrupt closes a turn that is still open as cancelled. Its own Commit, should it still come, is kept in its place before
//     the new message and moves no revision.
//   - Regenerate leaves the old answer in place until the new one is committed. What a person answered is not answered again.
//   - Continue is for the last message, if it was written to people and is the assistant's to answer now; else it is Invalid.
//   - While the queue or an agent has the conversation a message is stored at once; it opens no turn and is never Busy.
func (s *Store) Begin(ctx context.Context, who shop.Principal, conversation, task string, m chat.Message, mode chat.Mode) (b chat.Begun, err error) {
	if conversation == "" {
		return b, invalid("id", "A conversation needs an id.")
	}
	if m.ID == "" {
		m.ID = s.newID()
	}
	if m.At.IsZero() {
		m.At = s.now().UTC()
	}
	m.Role = chat.User
	var mine claim
	err = s.tx(ctx, "begin turn", func(tx *sql.Tx) error {
		now := s.now()
		c, err := s.lockConversation(ctx, tx, who, conversation, task, now)
		if err != nil {
			return err
		}
		ask, err := asked(ctx, tx, who.Tenant, conversation, m, mode, c)
		if err != nil {
			return err
		}
		var t turn
		if !c.fresh() {
			if t, err = lastTurn(ctx, tx, who.Tenant, conversation); err != nil {
				return err
			}
		}
		if !mode.Again() && ask.place > 0 {
			if done, err := s.repeated(ctx, tx, c, ask, &b); done || err != nil {
				return err
			}
		}
		if mode.Again() && c.Owner.Kind != chat.Assistant { // who has the word answers as they like
			return fill(ctx, tx, &b, c, int64(1)<<62)
		}
		if mode == chat.Continue {
			before, err := turnOf(ctx, tx, who.Tenant, conversation, ask.ID)
			if err == nil && before.number > 0 {
				err = invalid("", "Nothing waits for the assistant.")
			}
			if err != nil {
				return err
			}
		}
		if t.state == opened {
			how := abandoned
			switch {
			case s.running(t) && (mode == chat.Interrupt || mode == chat.New && t.continues):
				how, b.Overtook = interrupted, true
			case s.running(t):
				return &shop.Error{Kind: shop.Busy, Msg: "The answer to the message before is still being written.", Retry: time.Second}
			}
			if err := s.closeTurn(ctx, tx, claim{tenant: who.Tenant, in: conversation, number: t.number}, how); err != nil {
				return err
			}
		}
		c.Turns++
		c.Revision++
		c.Updated = fromMicros(micros(now))
		turn := s.newID()
		if ask.place == 0 {
			ask.Turn, ask.place = turn, c.Turns<<20
			if err := attach(ctx, tx, who, conversation, &ask.Message); err != nil {
				return err
			}
			if err := s.insertMessage(ctx, tx, who.Tenant, conversation, ask.place, ask.Message); err != nil {
				return err
			}
			c.LastUser = ask.ID
			if c.Title == "" {
				c.Title = title(ask.Text)
			}
			c.Lang = language(ask.Text, c.Lang)
		}
		if c.Owner.Kind != chat.Assistant {
			if err := s.endSuggestions(ctx, tx, who.Tenant, conversation, c.LastUser, "", desk.Superseded); err != nil {
				return err
			}
		}
		if c.Owner.Kind != chat.Assistant && c.waiting.IsZero() { // of several messages in a row the first one waits
			c.waiting = now
			if err := s.startClock(ctx, tx, who.Tenant, conversation, desk.NextReply, now); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE conversations SET revision = $3, turns = $4, updated = $5, last_user = $6, title = $7, lang = $8, waiting = $9, state = 'open', merged = '', said = $10, suggesting = 0,
				reopened = reopened + CASE WHEN state = 'closed' THEN 1 ELSE 0 END
			WHERE tenant = $1 AND id = $2`, who.Tenant, conversation, c.Revision, c.Turns, micros(now), c.LastUser, c.Title, c.Lang, micros(c.waiting), bounded(ask.Read(c.Lang), saidLength))
		if err != nil {
			return err
		}
		if c.Owner.Kind == chat.Assistant {
			_, err := tx.ExecContext(ctx, `
				INSERT INTO turns (tenant, conversation, number, id, state, message, regenerate, opened, expires, replica)
				VALUES ($1, $2, $3, $4, 'open', $5, $6, $7, $8, $9)`,
				who.Tenant, conversation, c.Turns, turn, ask.ID, again(mode), micros(s.clock()), s.expiry(), s.replica)
			if err != nil {
				return err
			}
			b.Turn, b.Number = turn, c.Turns
			mine = claim{tenant: who.Tenant, in: conversation, number: c.Turns}
		}
		upTo := int64(1) << 62
		if mode.Again() {
			upTo = ask.place
		}
		return fill(ctx, tx, &b, c, upTo)
	})
	if err != nil {
		return chat.Begun{}, err
	}
	if mine.number > 0 {
		s.hold(mine)
	}
	return b, nil
}

// again is how a turn is kept that answers a message which was stored before: 1 it writes a new answer, 2 it goes on by itself.
func again(m chat.Mode) int {
	switch m {
	case chat.Regenerate:
		return 1
	case chat.Continue:
		return 2
	}
	return 0
}

// repeated answers a message that is stored already, unless the turn that should have answered it died.
func (s *Store) repeated(ctx context.Context, tx *sql.Tx, c conversation, ask asking, b *chat.Begun) (done bool, err error) {
	t, err := turnOf(ctx, tx, c.For.Tenant, c.ID, ask.ID)
	if err != nil {
		return false, err
	}
	switch {
	case t.number == 0 && (c.Owner.Kind != chat.Assistant || ask.place <= c.since), t.state == interrupted, t.state == taken:
		// It waits for a person or had one, or the shopper went on to something else: there is nothing to repeat and nothing to run.
		if t.number > 0 {
			b.Repeated = &chat.Commit{
				Who: c.For, Conversation: c.ID, Turn: t.id, Revision: c.Revision, LastUser: ask.ID, Ending: chat.Cancelled,
				Events: []chat.Event{
					{ID: t.number << 20, Turn: t.id, Kind: chat.EvBegun},
					{ID: t.number<<20 + 1, Turn: t.id, Kind: chat.EvEnded, Ending: chat.Cancelled},
				},
			}
		}
	case t.state == closed:
		if b.Repeated, err = committed(ctx, tx, c, t); err != nil {
			return false, err
		}
	case s.running(t):
		b.Running = t.id
	default:
		if ask.ID != c.LastUser {
			return false, conflict("This message was sent before, and the conversation went on without an answer to it: send it as a new one.")
		}
		return false, nil
	}
	return true, fill(ctx, tx, b, c, int64(1)<<62)
}

// Read implements assistant.History. Running names the turn that is open.
func (s *Store) Read(ctx context.Context, who shop.Principal, id string) (b chat.Begun, err error) {
	tx, err := s.read.BeginTx(ctx, s.snapshot) // one state of the conversation, whatever is committed meanwhile
	if err != nil {
		return b, fmt.Errorf("read conversation: %w", broken(err))
	}
	defer func() { _ = tx.Rollback() }()
	c, err := findConversation(ctx, tx, who, id, ownerOnly)
	if err != nil {
		return b, err
	}
	t, err := lastTurn(ctx, tx, who.Tenant, id)
	if err != nil {
		return b, fmt.Errorf("read conversation: %w", broken(err))
	}
	if s.running(t) {
		b.Running = t.id
	}
	if err := fill(ctx, tx, &b, c, int64(1)<<62); err != nil {
		return chat.Begun{}, fmt.Errorf("read conversation: %w", broken(err))
	}
	return b, nil
}

// asking is the user message of a turn; place 0: it is not stored yet.
type asking struct {
	chat.Message
	place int64
}

func asked(ctx context.Context, tx *sql.Tx, tenant, id string, m chat.Message, mode chat.Mode, c conversation) (asking, error) {
	if mode.Again() {
		if c.LastUser == "" {
			return asking{}, invalid("trigger", "There is no answer to write again: this conversation has no message yet.")
		}
		m.ID = c.LastUser
	}
	if c.fresh() {
		return asking{Message: m}, nil
	}
	var place int64
	var data string
	err := tx.QueryRowContext(ctx, `SELECT place, data FROM messages WHERE tenant = $1 AND conversation = $2 AND id = $3 AND role = 'user'`, tenant, id, m.ID).
		Scan(&place, &data)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return asking{}, err
	}
	if err == nil && mode.Again() && place <= c.since {
		return asking{}, invalid("trigger", "There is no answer to write again: a person has answered this message.")
	}
	if err == nil {
		old, err := decodeMessage(data)
		if err == nil && !mode.Again() && (old.Text != m.Text || !chat.SameCards(old.Cards, m.Cards)) {
			err = conflict("A message with this id and another text is in this conversation already: give the new one an id of its own.")
		}
		return asking{Message: old, place: place}, err
	}
	return asking{Message: m}, nil
}

// fill reads what a turn starts from: messages up to a place (replaced ones left out), evidence, summary.
func fill(ctx context.Context, q querier, b *chat.Begun, c conversation, upTo int64) error {
	read := readBy{}
	err := each(ctx, q, func(r *sql.Rows) error {
		var place, replaced int64
		var data string
		if err := r.Scan(&place, &replaced, &data); err != nil {
			return err
		}
		m, err := decodeMessage(data)
		read.add(m)
		if replaced != 0 || place > upTo || place <= c.since || m.Role == chat.Note || m.Role == chat.Notice {
			return err
		}
		b.History = append(b.History, m)
		if place <= c.summarised {
			b.Summarised = len(b.History)
		}
		return err
	}, `SELECT place, replaced, data FROM messages WHERE tenant = $1 AND conversation = $2 ORDER BY place`, c.For.Tenant, c.ID)
	b.Conversation, b.Summary = c.Conversation, c.summary
	if err != nil || c.Turns <= 1 && b.Turn != "" { // the first turn has found nothing yet
		return err
	}
	return each(ctx, q, func(r *sql.Rows) error {
		var data string
		if err := r.Scan(&data); err != nil {
			return err
		}
		e, err := decodeEvidence(data, read)
		b.Evidence = append(b.Evidence, e)
		return err
	}, `SELECT data FROM evidence WHERE tenant = $1 AND conversation = $2 ORDER BY place`, c.For.Tenant, c.ID)
}

func (s *Store) insertMessage(ctx context.Context, tx *sql.Tx, tenant, conversation string, place int64, ms ...chat.Message) error {
	return s.bulk(ctx, tx, `INSERT INTO messages (tenant, conversation, place, id, role, data)`, ``, 6, rowsOf(ms, func(i int, m chat.Message) ([]any, error) {
		data, err := encodeMessage(m)
		return []any{tenant, conversation, place + int64(i), m.ID, m.Role, data}, err
	}))
}

// title is the first user message on one line, shortened.
func title(text string) string {
	const most = 60
	var line []rune
	for _, r := range strings.Join(strings.Fields(text), " ") {
		if !unicode.IsPrint(r) {
			continue
		}
		if len(line) == most {
			return strings.TrimSpace(string(line[:most-1])) + "…"
		}
		line = append(line, r)
	}
	return string(line)
}

// language of a message: Chinese when it has a Han character, English when it has letters, else what it was ("2", "👍").
func language(text, before string) string {
	letters := false
	for _, r := range text {
		if unicode.Is(unicode.Han, r) {
			return "zh"
		}
		letters = letters || unicode.IsLetter(r)
	}
	if letters || before == "" {
		return "en"
	}
	return before
}
