package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Kinds of records that grow without end.
const (
	KeptConversations = "conversations"
	KeptCalls         = "calls"
	KeptAudit         = "audit"
	KeptOutbox        = "outbox"
)

// sweepBatch is how much goes in one transaction: others write in between.
const sweepBatch = 500

// Old counts the records of a kind that were last changed before a time.
func (s *Store) Old(ctx context.Context, kind string, before time.Time) (n int64, err error) {
	query := map[string]string{
		KeptConversations: `SELECT (SELECT COUNT(*) FROM conversations WHERE updated < $1) + (SELECT COUNT(*) FROM suggestions WHERE created < $1 AND ` + ofOtherDesks + `)`,
		KeptCalls:         `SELECT (SELECT COUNT(*) FROM calls WHERE at < $1) + (SELECT COUNT(*) FROM suggestion_events WHERE at < $1)`,
		KeptAudit:         `SELECT COUNT(*) FROM audit WHERE at < $1`,
		KeptOutbox:        `SELECT COUNT(*) FROM outbox WHERE state <> 'waiting' AND created < $1`,
	}[kind]
	if query == "" {
		return 0, fmt.Errorf("count old records: there is no kind %q", kind)
	}
	if err := s.read.QueryRowContext(ctx, query, micros(before)).Scan(&n); err != nil {
		return 0, fmt.Errorf("count old %s: %w", kind, broken(err))
	}
	return n, nil
}

// Sweep removes records of a kind that were last changed before a time, a bounded number of them; 0 means that none are left. A
// conversation goes with all that belongs to it, unless a turn of it is running. Several processes may sweep at once.
func (s *Store) Sweep(ctx context.Context, kind string, before time.Time) (n int64, err error) {
	err = s.tx(ctx, "sweep "+kind, func(tx *sql.Tx) error {
		switch kind {
		case KeptConversations:
			if n, err = s.sweepConversations(ctx, tx, before); n == 0 && err == nil {
				n, err = sweepOtherDesks(ctx, tx, before)
			}
		case KeptCalls: // and what else is counted
			if n, err = sweepByTime(ctx, tx, "calls", before); n == 0 && err == nil {
				n, err = sweepByTime(ctx, tx, "suggestion_events", before)
			}
		case KeptAudit:
			n, err = sweepByTime(ctx, tx, "audit", before)
		case KeptOutbox:
			n, err = rowsAffected(tx.ExecContext(ctx, `DELETE FROM outbox WHERE (tenant, id) IN (
				SELECT tenant, id FROM outbox WHERE state <> 'waiting' AND created < $1 LIMIT $2)`, micros(before), sweepBatch))
		default:
			err = fmt.Errorf("there is no kind %q", kind)
		}
		return err
	})
	return n, err
}

// sweepByTime removes rows of a table where they lie by tenant and time: one stretch of one tenant at a time.
func sweepByTime(ctx context.Context, tx *sql.Tx, table string, before time.Time) (n int64, err error) {
	var tenant string
	var until int64
	err = tx.QueryRowContext(ctx, `SELECT tenant, at FROM `+table+` WHERE tenant = (SELECT tenant FROM `+table+` WHERE at < $1 LIMIT 1) AND at < $1
		ORDER BY at LIMIT 1 OFFSET $2`, micros(before), sweepBatch).Scan(&tenant, &until)
	switch {
	case err == nil: // more than a batch: up to its end, and all that happened at that very moment
		return rowsAffected(tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE tenant = $1 AND at <= $2`, tenant, until))
	case err == sql.ErrNoRows:
		return rowsAffected(tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE tenant = (SELECT tenant FROM `+table+` WHERE at < $1 LIMIT 1) AND at < $1`, micros(before)))
	}
	return 0, err
}

// sweepOtherDesks removes what was suggested to other desks, a batch of one tenant's.
func sweepOtherDesks(ctx context.Context, tx *sql.Tx, before time.Time) (int64, error) {
	var tenant string
	err := tx.QueryRowContext(ctx, `SELECT tenant FROM suggestions WHERE created < $1 AND `+ofOtherDesks+` LIMIT 1`, micros(before)).Scan(&tenant)
	if err == sql.ErrNoRows {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return dropSuggestions(ctx, tx, `id IN (SELECT id FROM suggestions WHERE tenant = $1 AND created < $2 AND `+ofOtherDesks+` ORDER BY created LIMIT $3)`, tenant, micros(before), sweepBatch)
}

func (s *Store) sweepConversations(ctx context.Context, tx *sql.Tx, before time.Time) (int64, error) {
	type old struct{ tenant, id string }
	var olds []old
	err := each(ctx, tx, func(r *sql.Rows) error {
		var o old
		err := r.Scan(&o.tenant, &o.id)
		olds = append(olds, o)
		return err
	}, `SELECT tenant, id FROM conversations AS c WHERE updated < $1
		AND NOT EXISTS (SELECT 1 FROM turns AS t WHERE t.tenant = c.tenant AND t.conversation = c.id AND t.state = 'open') LIMIT $2`, micros(before), sweepBatch/10)
	if err != nil {
		return 0, err
	}
	var n int64
	for _, o := range olds {
		// It may have gone on since it was looked at: whoever writes to it holds its row.
		gone, err := rowsAffected(tx.ExecContext(ctx, `DELETE FROM conversations WHERE tenant = $1 AND id = $2 AND updated < $3`, o.tenant, o.id, micros(before)))
		if err != nil {
			return n, err
		}
		if gone == 0 {
			continue
		}
		n++
		if err := deleteParts(ctx, tx, o.tenant, o.id); err != nil {
			return n, err
		}
	}
	return n, nil
}

// conversationParts are the tables whose rows belong to a conversation: they go with it, whoever takes it away.
var conversationParts = []string{"messages", "evidence", "turns", "feedback", "clocks", "clock_runs", "verdicts", "ratings", "presence", "attachments"}

// deleteParts removes what belongs to a conversation.
func deleteParts(ctx context.Context, tx *sql.Tx, tenant, id string) error {
	if _, err := dropSuggestions(ctx, tx, `conversation = $2`, tenant, id); err != nil {
		return err
	}
	for _, table := range conversationParts {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE tenant = $1 AND conversation = $2`, tenant, id); err != nil {
			return err
		}
	}
	// What was confirmed and has no known outcome is still to be done.
	_, err := tx.ExecContext(ctx, `DELETE FROM proposals WHERE tenant = $1 AND conversation = $2 AND state <> 'confirmed' AND state <> 'unclear'`, tenant, id)
	return err
}
