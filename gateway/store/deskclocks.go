package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// startClock starts a clock anew; one that counts by conversation goes on instead, if it ran before. Clocks of conversations that do
// not count stay where they are.
func (s *Store) startClock(ctx context.Context, tx *sql.Tx, tenant, conversation, name string, at time.Time) error {
	d, ok := s.plan(tenant).Clock(name)
	if !ok {
		return nil
	}
	if len(d.Exclude) > 0 {
		var text string
		if err := tx.QueryRowContext(ctx, `SELECT tags FROM conversations WHERE tenant = $1 AND id = $2`, tenant, conversation).Scan(&text); err != nil {
			return err
		}
		tags, err := decode[[]string](text)
		if err != nil || d.Excluded(tags) {
			return err
		}
	}
	anew := `definition = excluded.definition, started = excluded.started, warns = excluded.warns, due = excluded.due, told = 0, stopped = 0`
	if d.Unit == "conversation" {
		anew = `stopped = 0`
	}
	r := d.Start(at)
	_, err := tx.ExecContext(ctx, `
		INSERT INTO clocks (tenant, conversation, name, definition, started, warns, due) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant, conversation, name) DO UPDATE SET `+anew,
		tenant, conversation, name, r.Definition, micros(r.Started), micros(r.Warns), micros(r.Due))
	return err
}

// stopClocks stops those that run, or of them the ones that are named, and keeps what they measured.
func (s *Store) stopClocks(ctx context.Context, tx *sql.Tx, tenant, conversation string, now time.Time, names ...string) error {
	where, args := "", []any{tenant, conversation, micros(now)}
	if len(names) > 0 {
		list, more := in(3, names)
		where, args = ` AND name IN (`+list+`)`, append(args, more...)
	}
	var stopped []desk.Running
	err := each(ctx, tx, func(r *sql.Rows) error {
		var c desk.Running
		var started, due int64
		err := r.Scan(&c.Name, &c.Definition, &started, &due)
		c.Started, c.Due = fromMicros(started), fromMicros(due)
		stopped = append(stopped, c)
		return err
	}, `UPDATE clocks SET stopped = $3 WHERE tenant = $1 AND conversation = $2 AND stopped = 0`+where+` RETURNING name, definition, started, due`, args...)
	if err != nil || len(stopped) == 0 {
		return err
	}
	var customer string
	if err := tx.QueryRowContext(ctx, `SELECT subject FROM conversations WHERE tenant = $1 AND id = $2`, tenant, conversation).Scan(&customer); err != nil {
		return err
	}
	for _, c := range stopped {
		d, ok := s.plan(tenant).Clock(c.Name)
		if !ok {
			continue
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO clock_runs (tenant, definition, started, conversation, name, unit, due, stopped) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (tenant, definition, started, conversation) DO UPDATE SET stopped = excluded.stopped`,
			tenant, c.Definition, micros(c.Started), conversation, c.Name, d.Counts(conversation, customer, c.Started), micros(c.Due), micros(now))
		if err != nil {
			return err
		}
	}
	return nil
}

// dropClocks forgets the running clocks of a conversation whose tags say that it does not count.
func (s *Store) dropClocks(ctx context.Context, tx *sql.Tx, tenant, conversation string, tags []string) error {
	for _, d := range s.plan(tenant).Clocks {
		if !d.Excluded(tags) {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM clocks WHERE tenant = $1 AND conversation = $2 AND name = $3 AND stopped = 0`, tenant, conversation, d.Name); err != nil {
			return err
		}
	}
	return nil
}

// answered stops the clock of the assistant's answer. Only an answer that took long has one: see RingClocks.
func (s *Store) answered(ctx context.Context, tx *sql.Tx, tenant, conversation string, took time.Duration, now time.Time) error {
	d, ok := s.plan(tenant).Clock(desk.FirstReply)
	if !ok || took < d.Window()/2 {
		return nil
	}
	return s.stopClocks(ctx, tx, tenant, conversation, now, desk.FirstReply)
}

// RingClocks marks the clocks that became near their end or late since it was last called, on any replica, as a change of their
// conversations; it returns how many. The clock of the assistant's answer begins with the turn and is written down once it is near
// its end: nearly all turns are over long before.
func (s *Store) RingClocks(ctx context.Context) (n int, err error) {
	now := s.now()
	type late struct{ tenant, conversation string }
	var slow []late
	began := map[late]time.Time{}
	err = each(ctx, s.read, func(r *sql.Rows) error {
		var l late
		var opened int64
		err := r.Scan(&l.tenant, &l.conversation, &opened)
		if d, ok := s.plan(l.tenant).Clock(desk.FirstReply); ok && now.After(d.Start(fromMicros(opened)).Warns) {
			slow, began[l] = append(slow, l), fromMicros(opened)
		}
		return err
	}, `SELECT tenant, conversation, opened FROM turns WHERE state = 'open'`)
	if err != nil {
		return 0, fmt.Errorf("look for slow answers: %w", broken(err))
	}
	var due []late
	err = each(ctx, s.read, func(r *sql.Rows) error {
		var l late
		err := r.Scan(&l.tenant, &l.conversation)
		due = append(due, l)
		return err
	}, `SELECT tenant, conversation FROM clocks WHERE stopped = 0 AND told < 2 AND warns <= $1 AND (told = 0 OR due <= $1) LIMIT 500`, micros(now))
	if err != nil {
		return 0, fmt.Errorf("look for clocks: %w", broken(err))
	}
	for _, l := range slow {
		err = errors.Join(err, s.tx(ctx, "start clock", func(tx *sql.Tx) error {
			_, err := s.relockID(ctx, tx, l.tenant, l.conversation)
			if err != nil {
				return err
			}
			t, err := lastTurn(ctx, tx, l.tenant, l.conversation)
			if err != nil || t.state != opened || !t.opened.Equal(began[l]) {
				return err
			}
			var running int
			err = tx.QueryRowContext(ctx, `SELECT count(*) FROM clocks WHERE tenant = $1 AND conversation = $2 AND name = $3 AND started = $4`,
				l.tenant, l.conversation, desk.FirstReply, micros(t.opened)).Scan(&running)
			if err != nil || running > 0 {
				return err
			}
			due = append(due, l)
			return s.startClock(ctx, tx, l.tenant, l.conversation, desk.FirstReply, t.opened)
		}))
	}
	for _, l := range due {
		err = errors.Join(err, s.tx(ctx, "ring clock", func(tx *sql.Tx) error {
			if _, err := s.relockID(ctx, tx, l.tenant, l.conversation); err != nil {
				return err
			}
			rung, err := rowsAffected(tx.ExecContext(ctx, `UPDATE clocks SET told = CASE WHEN due <= $3 THEN 2 ELSE 1 END
				WHERE tenant = $1 AND conversation = $2 AND stopped = 0 AND told < 2 AND warns <= $3 AND (told = 0 OR due <= $3)`, l.tenant, l.conversation, micros(now)))
			if err != nil || rung == 0 {
				return err
			}
			n++
			_, err = tx.ExecContext(ctx, `UPDATE conversations SET updated = $3 WHERE tenant = $1 AND id = $2`, l.tenant, l.conversation, micros(s.now()))
			return err
		}))
	}
	return n, err
}

// relockID is relock by the id alone, for the desk's own work.
func (s *Store) relockID(ctx context.Context, tx *sql.Tx, tenant, id string) (conversation, error) {
	c, err := scanConversation(tx.QueryRowContext(ctx, `UPDATE conversations SET revision = revision WHERE tenant = $1 AND id = $2 RETURNING `+conversationColumns, tenant, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = noConversation
	}
	return c, err
}

// ClockReports are what the clocks of a tenant measured in a stretch of time; staff only.
func (s *Store) ClockReports(ctx context.Context, who shop.Principal, from, to time.Time) (out []desk.Report, err error) {
	if !staff(who) {
		return nil, noConversation
	}
	err = each(ctx, s.read, func(r *sql.Rows) error {
		var p desk.Report
		err := r.Scan(&p.Definition, &p.Name, &p.Units, &p.Met)
		for _, d := range s.plan(who.Tenant).Clocks {
			if d.ID == p.Definition {
				p.Threshold = d.Threshold
			}
		}
		out = append(out, p)
		return err
	}, `SELECT definition, name, count(*), sum(met) FROM (
			SELECT definition, name, unit, min(CASE WHEN stopped <= due THEN 1 ELSE 0 END) AS met FROM clock_runs
			WHERE tenant = $1 AND started >= $2 AND started < $3 GROUP BY definition, name, unit) AS units
		GROUP BY definition, name ORDER BY definition, name`, who.Tenant, micros(from), micros(to))
	if err != nil {
		return nil, fmt.Errorf("report clocks: %w", broken(err))
	}
	return out, nil
}
