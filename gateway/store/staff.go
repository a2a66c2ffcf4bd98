package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// AddAudit keeps an act; its id and time are made when they are missing.
func (s *Store) AddAudit(ctx context.Context, e shop.AuditEntry) error {
	_, err := s.write.ExecContext(ctx, insertAudit, s.auditRow(e)...)
	if err != nil {
		return fmt.Errorf("keep audit entry: %w", broken(err))
	}
	return nil
}

const insertAudit = `INSERT INTO audit (tenant, at, id, actor, act, object, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)`

func (s *Store) auditRow(e shop.AuditEntry) []any {
	if e.ID == "" {
		e.ID = s.newID()
	}
	if e.At.IsZero() {
		e.At = s.now()
	}
	return []any{e.Tenant, micros(e.At), e.ID, e.Actor, e.Act, e.Object, e.Detail}
}

// Audit lists a tenant's entries, newest first, those before a moment (zero: all).
func (s *Store) Audit(ctx context.Context, tenant string, before time.Time, limit int) (out []shop.AuditEntry, err error) {
	latest := int64(1) << 62
	if !before.IsZero() {
		latest = micros(before)
	}
	err = each(ctx, s.read, func(r *sql.Rows) error {
		e := shop.AuditEntry{Tenant: tenant}
		var at int64
		err := r.Scan(&at, &e.ID, &e.Actor, &e.Act, &e.Object, &e.Detail)
		e.At = fromMicros(at)
		out = append(out, e)
		return err
	}, `SELECT at, id, actor, act, object, detail FROM audit WHERE tenant = $1 AND at < $2 ORDER BY at DESC, id DESC LIMIT $3`, tenant, latest, limit)
	if err != nil {
		return nil, fmt.Errorf("list audit: %w", broken(err))
	}
	return out, nil
}

// SetSwitch switches an assistant and keeps who did it, in one transaction.
func (s *Store) SetSwitch(ctx context.Context, w shop.Switch) error {
	return s.tx(ctx, "switch assistant", func(tx *sql.Tx) error {
		if w.Since.IsZero() {
			w.Since = s.now()
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO switches (tenant, assistant, is_on, since, person, reason) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (tenant, assistant) DO UPDATE SET is_on = excluded.is_on, since = excluded.since, person = excluded.person, reason = excluded.reason`,
			w.Tenant, w.Assistant, flag(w.On), micros(w.Since), w.By, w.Reason)
		if err != nil {
			return err
		}
		act := "assistant_off"
		if w.On {
			act = "assistant_on"
		}
		_, err = tx.ExecContext(ctx, insertAudit, s.auditRow(shop.AuditEntry{Tenant: w.Tenant, At: w.Since, Actor: w.By, Act: act, Object: w.Assistant, Detail: w.Reason})...)
		return err
	})
}

// Switches are those of a tenant that were ever touched; tenant "": of all.
func (s *Store) Switches(ctx context.Context, tenant string) (out []shop.Switch, err error) {
	err = each(ctx, s.read, func(r *sql.Rows) error {
		var w shop.Switch
		var on int
		var since int64
		err := r.Scan(&w.Tenant, &w.Assistant, &on, &since, &w.By, &w.Reason)
		w.On, w.Since = on != 0, fromMicros(since)
		out = append(out, w)
		return err
	}, `SELECT tenant, assistant, is_on, since, person, reason FROM switches WHERE tenant = $1 OR $1 = '' ORDER BY tenant, assistant`, tenant)
	if err != nil {
		return nil, fmt.Errorf("list switches: %w", broken(err))
	}
	return out, nil
}

// Turns are the newest first, without their events.
func (s *Store) Turns(ctx context.Context, q chat.TurnQuery) (out []chat.TurnRecord, err error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	where, args := []string{"t.tenant = $1", "t.opened >= $2", "t.state = 'done'"}, []any{q.Tenant, micros(q.From)}
	if q.Failed {
		where = append(where, "t.ending = 'failed'")
	}
	if q.Slow > 0 {
		args = append(args, q.Slow.Microseconds())
		where = append(where, "t.closed - t.opened >= $"+strconv.Itoa(len(args)))
	}
	args = append(args, q.Limit)
	err = each(ctx, s.read, func(r *sql.Rows) error {
		t, _, err := scanTurnRecord(r)
		out = append(out, t)
		return err
	}, turnRecords+strings.Join(where, " AND ")+` ORDER BY t.opened DESC, t.id DESC LIMIT $`+strconv.Itoa(len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("list turns: %w", broken(err))
	}
	return out, nil
}

const turnRecords = `SELECT t.id, t.conversation, c.task, t.opened, t.closed, t.ending, t.rung, t.events
	FROM turns AS t JOIN conversations AS c ON c.tenant = t.tenant AND c.id = t.conversation WHERE `

// scanTurnRecord also returns the events as they are kept.
func scanTurnRecord(r interface{ Scan(dest ...any) error }) (t chat.TurnRecord, events string, err error) {
	var opened, closed int64
	if err := r.Scan(&t.ID, &t.Conversation, &t.Assistant, &opened, &closed, &t.Ending, &t.Rung, &events); err != nil {
		return t, "", err
	}
	t.Opened, t.Closed = fromMicros(opened), fromMicros(closed)
	t.First, err = firstWord(events)
	return t, events, err
}

// Turn is one that ended, with its events, whose cards come without their data; NotFound when there is none that was opened then.
func (s *Store) Turn(ctx context.Context, tenant, id string, opened time.Time) (chat.TurnRecord, error) {
	t, events, err := scanTurnRecord(s.read.QueryRowContext(ctx, turnRecords+`t.tenant = $1 AND t.opened = $2 AND t.id = $3 AND t.state = 'done'`,
		tenant, micros(opened), id))
	if errors.Is(err, sql.ErrNoRows) {
		return t, notFound("There is no such turn.")
	}
	if err == nil {
		t.Events, err = decodeEvents(events, nil)
	}
	if err != nil {
		return t, fmt.Errorf("read turn: %w", broken(err))
	}
	return t, nil
}
