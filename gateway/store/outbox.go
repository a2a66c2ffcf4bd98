package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"shopkeeper/shop"
)

// Enqueue puts a message into the outbox. One whose ID is there already changes nothing.
func (s *Store) Enqueue(ctx context.Context, m shop.OutboxMessage) error {
	if err := s.enqueue(ctx, s.write, m); err != nil {
		return fmt.Errorf("enqueue message: %w", broken(err))
	}
	return nil
}

// enqueue is Enqueue within a transaction: the message goes out if, and only if, the rest of it happened.
func (s *Store) enqueue(ctx context.Context, q querier, m shop.OutboxMessage) error {
	if m.Tenant == "" || m.Topic == "" || m.Kind != shop.OutboxMail && m.Kind != shop.OutboxWebhook || !json.Valid(m.Payload) {
		return fmt.Errorf("message %s %q of tenant %q cannot be sent", m.Kind, m.Topic, m.Tenant)
	}
	if m.ID == "" {
		m.ID = s.newID()
	}
	now := s.clock()
	if m.Due.IsZero() {
		m.Due = now
	}
	_, err := q.ExecContext(ctx, `
		INSERT INTO outbox (tenant, id, kind, topic, target, person, state, due, created, payload) VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, $8, $9)
		ON CONFLICT (tenant, id) DO NOTHING`, m.Tenant, m.ID, m.Kind, m.Topic, m.Target, m.Person, micros(m.Due), micros(now), string(m.Payload))
	return err
}

const outboxColumns = `tenant, id, kind, topic, target, person, state, tries, due, created, problem, payload`

func scanOutbox(r interface{ Scan(dest ...any) error }) (m shop.OutboxMessage, err error) {
	var due, created int64
	var payload string
	err = r.Scan(&m.Tenant, &m.ID, &m.Kind, &m.Topic, &m.Target, &m.Person, &m.State, &m.Tries, &due, &created, &m.Problem, &payload)
	m.Due, m.Created, m.Payload = fromMicros(due), fromMicros(created), json.RawMessage(payload)
	return m, err
}

// LeaseOutbox implements notify.Outbox: messages that are due, each for one caller alone until the lease is over. A lease that is over
// without a word counts as a try.
func (s *Store) LeaseOutbox(ctx context.Context, limit int, lease time.Duration) (out []shop.OutboxMessage, err error) {
	now := s.clock()
	var waiting bool
	err = s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM outbox WHERE state = 'waiting' AND due <= $1)`, micros(now)).Scan(&waiting)
	if err != nil {
		return nil, fmt.Errorf("lease messages: %w", broken(err))
	}
	if !waiting { // as nearly always: nobody's write waits for this
		return nil, nil
	}
	err = s.tx(ctx, "lease messages", func(tx *sql.Tx) error {
		return each(ctx, tx, func(r *sql.Rows) error {
			m, err := scanOutbox(r)
			out = append(out, m)
			return err
		}, `WITH next AS MATERIALIZED (SELECT tenant, id FROM outbox WHERE state = 'waiting' AND due <= $1 ORDER BY due LIMIT $3`+s.unheld+`)
			UPDATE outbox SET due = $2, tries = tries + 1 WHERE state = 'waiting' AND due <= $1 AND (tenant, id) IN (SELECT tenant, id FROM next)
			RETURNING `+outboxColumns, micros(now), micros(now.Add(lease)), limit)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// SettleOutbox implements notify.Outbox: what came of the try that m was leased for. Conflict when somebody else has it by now.
func (s *Store) SettleOutbox(ctx context.Context, m shop.OutboxMessage, r shop.OutboxResult) error {
	payload := string(m.Payload)
	if r.State != shop.OutboxWaiting {
		payload = `{}`
	}
	return s.tx(ctx, "settle message", func(tx *sql.Tx) error {
		return one(tx.ExecContext(ctx, `
			UPDATE outbox SET state = $4, due = $5, problem = $6, payload = $7 WHERE tenant = $1 AND id = $2 AND tries = $3 AND state = 'waiting'`,
			m.Tenant, m.ID, m.Tries, r.State, micros(s.clock().Add(r.Wait)), bounded(r.Problem, 500), payload))(conflict("This message is somebody else's by now."))
	})
}

// Outbox lists a tenant's messages, newest first.
func (s *Store) Outbox(ctx context.Context, tenant string, limit int) (out []shop.OutboxMessage, err error) {
	err = each(ctx, s.read, func(r *sql.Rows) error {
		m, err := scanOutbox(r)
		out = append(out, m)
		return err
	}, `SELECT `+outboxColumns+` FROM outbox WHERE tenant = $1 ORDER BY created DESC, id DESC LIMIT $2`, tenant, limit)
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", broken(err))
	}
	return out, nil
}
