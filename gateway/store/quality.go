package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// Review keeps what an agent says of a conversation, and that it was said. It holds until the customer writes again; e nil: whatever
// happened since the agent looked.
func (s *Store) Review(ctx context.Context, who shop.Principal, id string, e *desk.Expect, r desk.Review) (desk.Row, error) {
	const longestNote = 2000
	if utf8.RuneCountInString(r.Note) > longestNote {
		return desk.Row{}, invalid("note", "A note has at most %d characters.", longestNote)
	}
	return s.deskAct(ctx, who, id, e, "review conversation", func(h *held) error {
		h.note = true
		_, err := h.tx.ExecContext(ctx, `
			INSERT INTO verdicts (tenant, conversation, last_user, resolved, note, agent, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (tenant, conversation) DO UPDATE SET last_user = excluded.last_user, resolved = excluded.resolved, note = excluded.note, agent = excluded.agent, at = excluded.at`,
			who.Tenant, id, h.LastUser, flag(r.Resolved), r.Note, who.ID, micros(h.now))
		if err != nil {
			return err
		}
		detail := "not resolved"
		if r.Resolved {
			detail = "resolved"
		}
		_, err = h.tx.ExecContext(ctx, insertAudit, s.auditRow(shop.AuditEntry{Tenant: who.Tenant, At: h.now, Actor: who.ID, Act: "conversation_reviewed", Object: id, Detail: detail})...)
		return err
	})
}

// ReviewOf is the review of a conversation that still holds; nil: none does.
func (s *Store) ReviewOf(ctx context.Context, who shop.Principal, id string) (*desk.Review, error) {
	if !staff(who) {
		return nil, noConversation
	}
	var r desk.Review
	var resolved, at int64
	err := s.read.QueryRowContext(ctx, `SELECT v.resolved, v.note, v.agent, v.at FROM verdicts AS v JOIN conversations AS c ON c.tenant = v.tenant AND c.id = v.conversation
		WHERE v.tenant = $1 AND v.conversation = $2 AND v.last_user = c.last_user`, who.Tenant, id).Scan(&resolved, &r.Note, &r.By, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read review: %w", broken(err))
	}
	r.Resolved, r.At = resolved != 0, fromMicros(at).UTC()
	return &r, nil
}

// QualityFacts are what the desk's quality is told from; staff only.
func (s *Store) QualityFacts(ctx context.Context, who shop.Principal, q desk.QualityQuery) (f desk.Facts, err error) {
	if !staff(who) {
		return f, noConversation
	}
	tx, err := s.read.BeginTx(ctx, s.snapshot)
	if err != nil {
		return f, fmt.Errorf("read the desk's quality: %w", broken(err))
	}
	defer func() { _ = tx.Rollback() }()
	f.Clocks = s.plan(who.Tenant).Clocks
	for _, step := range []func() error{
		func() error { return handled(ctx, tx, who.Tenant, q, &f) },
		func() error { return s.ran(ctx, tx, who.Tenant, q, &f) },
		func() error { return s.took(ctx, tx, who.Tenant, q, &f) },
		func() error { return askedAt(ctx, tx, who.Tenant, q.Rated, &f) },
	} {
		if err := step(); err != nil {
			return f, fmt.Errorf("read the desk's quality: %w", broken(err))
		}
	}
	f.Worth, err = s.SuggestionWorth(ctx, who.Tenant, q.From, q.To)
	return f, err
}

// handled reads conversations. Of votes the last one on an answer that came after the customer's last message counts; merged ones go
// on in another.
func handled(ctx context.Context, tx *sql.Tx, tenant string, q desk.QualityQuery, f *desk.Facts) error {
	return each(ctx, tx, func(r *sql.Rows) error {
		var h desk.Handled
		var began, updated, waiting, segment, reopened int64
		var owner chat.OwnerKind
		var state, turn, ending string
		if err := r.Scan(&h.ID, &began, &updated, &owner, &state, &waiting, &h.Reason, &segment, &reopened, &turn, &ending, &h.Vote, &h.Verdict); err != nil {
			return err
		}
		h.Began, h.Updated, h.Closed, h.Reopened = fromMicros(began), fromMicros(updated), state == "closed", reopened > 0
		h.People = h.Reason != "" || owner != chat.Assistant || segment > 0
		// The assistant owes an answer when its turn brought none; a person, while somebody waits.
		h.Waits = waiting > 0 || owner == chat.Assistant && turn != "" && turn != taken && (turn != closed || chat.Ending(ending) == chat.Failed)
		f.Conversations = append(f.Conversations, h)
		return nil
	}, `SELECT c.id, c.created, c.updated, c.owner, c.state, c.waiting, c.reason, c.segment, c.reopened,
			coalesce((SELECT t.state FROM turns AS t WHERE t.tenant = c.tenant AND t.conversation = c.id AND t.message = c.last_user ORDER BY t.number DESC LIMIT 1), ''),
			coalesce((SELECT t.ending FROM turns AS t WHERE t.tenant = c.tenant AND t.conversation = c.id AND t.message = c.last_user ORDER BY t.number DESC LIMIT 1), ''),
			coalesce((SELECT v.value FROM feedback AS v JOIN messages AS m ON m.tenant = v.tenant AND m.conversation = v.conversation AND m.id = v.message AND m.role = 'assistant'
				WHERE v.tenant = c.tenant AND v.conversation = c.id AND m.place > (
					SELECT u.place FROM messages AS u WHERE u.tenant = c.tenant AND u.conversation = c.id AND u.id = c.last_user AND u.role = 'user')
				ORDER BY v.given DESC, v.message LIMIT 1), 0),
			coalesce((SELECT CASE WHEN d.resolved = 1 THEN 1 ELSE -1 END FROM verdicts AS d WHERE d.tenant = c.tenant AND d.conversation = c.id AND d.last_user = c.last_user), 0)
		FROM conversations AS c
		WHERE c.tenant = $1 AND c.updated >= $2 AND c.created >= $2 AND c.created < $3 AND c.task = 'shopper' AND c.last_user <> '' AND c.merged = '' AND ($4 = '' OR c.lang = $4)`,
		tenant, micros(q.From), micros(q.To), q.Lang)
}

// ran reads what clocks measured, and those that still run.
func (s *Store) ran(ctx context.Context, tx *sql.Tx, tenant string, q desk.QualityQuery, f *desk.Facts) error {
	args := []any{tenant, micros(q.From), micros(q.To), q.Lang}
	err := each(ctx, tx, func(r *sql.Rows) error {
		var c desk.Ran
		var started, due, stopped int64
		err := r.Scan(&c.Definition, &c.Name, &c.Unit, &started, &due, &stopped)
		c.Started, c.Due, c.Stopped = fromMicros(started), fromMicros(due), fromMicros(stopped)
		f.Runs = append(f.Runs, c)
		return err
	}, `SELECT r.definition, r.name, r.unit, r.started, r.due, r.stopped FROM clock_runs AS r
		WHERE r.tenant = $1 AND r.started >= $2 AND r.started < $3
			AND ($4 = '' OR EXISTS (SELECT 1 FROM conversations AS c WHERE c.tenant = r.tenant AND c.id = r.conversation AND c.lang = $4))`, args...)
	if err != nil {
		return err
	}
	return each(ctx, tx, func(r *sql.Rows) error {
		var c desk.Ran
		var conversation, customer string
		var started, due int64
		err := r.Scan(&c.Definition, &c.Name, &conversation, &customer, &started, &due)
		c.Started, c.Due = fromMicros(started), fromMicros(due)
		d, _ := s.plan(tenant).Clock(c.Name)
		c.Unit = d.Counts(conversation, customer, c.Started)
		f.Runs = append(f.Runs, c)
		return err
	}, `SELECT k.definition, k.name, k.conversation, c.subject, k.started, k.due FROM clocks AS k JOIN conversations AS c ON c.tenant = k.tenant AND c.id = k.conversation
		WHERE k.tenant = $1 AND k.started >= $2 AND k.started < $3 AND k.stopped = 0 AND ($4 = '' OR c.lang = $4)`, args...)
}

// answerStep is how exactly the times of the assistant's answers are told.
const answerStep = 100 * time.Millisecond

// took counts the assistant's answers by how long they took.
func (s *Store) took(ctx context.Context, tx *sql.Tx, tenant string, q desk.QualityQuery, f *desk.Facts) error {
	d, ok := s.plan(tenant).Clock(desk.FirstReply)
	if !ok {
		return nil
	}
	step := answerStep.Microseconds()
	return each(ctx, tx, func(r *sql.Rows) error {
		var t desk.Took
		var steps int64
		err := r.Scan(&steps, &t.N, &t.Late)
		t.Seconds = (time.Duration(steps) * answerStep).Seconds()
		f.Answers = append(f.Answers, t)
		return err
	}, `SELECT (t.closed - t.opened + $5 - 1) / $5 AS steps, count(*), sum(CASE WHEN t.closed - t.opened > $6 THEN 1 ELSE 0 END)
		FROM turns AS t JOIN conversations AS c ON c.tenant = t.tenant AND c.id = t.conversation
		WHERE t.tenant = $1 AND t.opened >= $2 AND t.opened < $3 AND t.state = 'done' AND c.task = 'shopper' AND ($4 = '' OR c.lang = $4)
		GROUP BY steps ORDER BY steps`, tenant, micros(q.From), micros(q.To), q.Lang, step, d.Window().Microseconds())
}

// askedAt reads when the customers of conversations wrote last.
func askedAt(ctx context.Context, tx *sql.Tx, tenant string, ids []string, f *desk.Facts) error {
	f.Asked = map[string]time.Time{}
	for batch := range slices.Chunk(ids, 500) {
		list, args := in(1, batch)
		err := each(ctx, tx, func(r *sql.Rows) error {
			var id, data string
			if err := r.Scan(&id, &data); err != nil {
				return err
			}
			m, err := decodeMessage(data)
			f.Asked[id] = m.At
			return err
		}, `SELECT c.id, m.data FROM conversations AS c JOIN messages AS m ON m.tenant = c.tenant AND m.conversation = c.id AND m.id = c.last_user AND m.role = 'user'
			WHERE c.tenant = $1 AND c.id IN (`+list+`)`, append([]any{tenant}, args...)...)
		if err != nil {
			return err
		}
	}
	return nil
}
