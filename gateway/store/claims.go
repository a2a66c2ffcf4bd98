package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"shopkeeper/shop"
)

// An open turn (and a request that runs under an Idempotency-Key) belongs to the process that opened it, which says several times
// in Options.Alive that it lives as long as it works on any. Not heard of for that long, it is taken for dead and its turns are no
// longer in anybody's way. After longest even a living process is taken to have lost one.
const longest = 10 * time.Minute

// claim names an open turn (number ≥ 1), or a running request (number 0, name is its key, in is its subject).
type claim struct {
	tenant, in, name string
	number           int64
}

func (s *Store) hold(c claim) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[c] = s.now()
}

func (s *Store) release(c claim) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
}

// held are the claims to keep alive.
func (s *Store) held() (cs []claim) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c, since := range s.open {
		if s.now().Sub(since) > longest {
			delete(s.open, c)
			continue
		}
		cs = append(cs, c)
	}
	return cs
}

// beat says that this process lives, until the store is closed.
func (s *Store) beat(ctx context.Context) {
	defer close(s.done)
	tick := time.NewTicker(s.alive / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if len(s.held()) == 0 {
			continue
		}
		now := s.clock()
		_, err := s.write.ExecContext(ctx, `INSERT INTO replicas (id, seen) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET seen = excluded.seen`, s.replica, micros(now))
		if err == nil {
			_, err = s.write.ExecContext(ctx, `DELETE FROM replicas WHERE seen < $1`, micros(now.Add(-time.Hour)))
		}
		if err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "open turns could not be kept alive", "error", err)
		}
	}
}

// clock is the time that processes agree on.
func (s *Store) clock() time.Time { return s.now().Add(time.Duration(s.offset.Load())) }

// expiry is until when a claim lives that nothing more is heard of.
func (s *Store) expiry() int64 { return micros(s.clock().Add(s.alive)) }

// living says whether a claim still stands: seen is when its process was last heard of.
func (s *Store) living(claimed, expires, seen time.Time) bool {
	now := s.clock()
	return now.Before(expires) || now.Before(seen.Add(s.alive)) && now.Before(claimed.Add(longest))
}

// AbandonTurns closes every open turn and running request of processes that are gone, at once instead of after Options.Alive. For
// the start of a server that is known to be the only one on this database, as with SQLite; it returns how many turns it closed.
func (s *Store) AbandonTurns(ctx context.Context) (n int64, err error) {
	mine := map[claim]bool{}
	for _, c := range s.held() {
		mine[c] = true
	}
	err = s.tx(ctx, "abandon turns", func(tx *sql.Tx) error {
		var lost []claim
		err := each(ctx, tx, func(r *sql.Rows) error {
			var c claim
			err := r.Scan(&c.tenant, &c.in, &c.number)
			if !mine[c] {
				lost = append(lost, c)
			}
			return err
		}, `SELECT tenant, conversation, number FROM turns WHERE state = 'open'`)
		if err != nil {
			return err
		}
		for _, c := range lost {
			if err := s.closeTurn(ctx, tx, c, abandoned); err != nil {
				return err
			}
		}
		n = int64(len(lost))
		if len(mine) == 0 {
			_, err = tx.ExecContext(ctx, `DELETE FROM replies WHERE state = 'running'`)
		}
		return err
	})
	return n, err
}

// keepReplies is how long an Idempotency-Key is remembered.
const keepReplies = 24 * time.Hour

// Claim implements api.Replies. A request whose process died is forgotten, a settled one after 24 hours.
func (s *Store) Claim(ctx context.Context, who shop.Principal, key string, hash [32]byte) (reply []byte, found bool, err error) {
	of := who.Subject()
	err = s.tx(ctx, "claim reply", func(tx *sql.Tx) error {
		now := s.now()
		if _, err := tx.ExecContext(ctx, `DELETE FROM replies WHERE tenant = $1 AND claimed < $2`, who.Tenant, micros(now.Add(-keepReplies))); err != nil {
			return err
		}
		n, err := rowsAffected(tx.ExecContext(ctx, `
			INSERT INTO replies (tenant, subject, key, hash, state, reply, claimed, expires, replica) VALUES ($1, $2, $3, $4, 'running', '', $5, $6, $7)
			ON CONFLICT (tenant, subject, key) DO NOTHING`, who.Tenant, of, key, hash[:], micros(now), s.expiry(), s.replica))
		if err != nil || n == 1 {
			return err
		}
		var stored []byte
		var state string
		var claimed, expires, seen int64
		err = tx.QueryRowContext(ctx, `
			SELECT hash, state, reply, claimed, expires, coalesce((SELECT seen FROM replicas WHERE id = replica), 0)
			FROM replies WHERE tenant = $1 AND subject = $2 AND key = $3`, who.Tenant, of, key).
			Scan(&stored, &state, &reply, &claimed, &expires, &seen)
		if err == nil && state != "done" && !s.living(fromMicros(claimed), fromMicros(expires), fromMicros(seen)) {
			// Its process died: this one takes over, whatever it asks for.
			return one(tx.ExecContext(ctx, `
				UPDATE replies SET hash = $4, claimed = $5, expires = $6, replica = $7
				WHERE tenant = $1 AND subject = $2 AND key = $3 AND state = 'running' AND claimed = $8`,
				who.Tenant, of, key, hash[:], micros(now), s.expiry(), s.replica, claimed))(
				&shop.Error{Kind: shop.Busy, Msg: "The first request with this Idempotency-Key is still running.", Retry: time.Second})
		}
		switch {
		case err != nil:
			return err
		case string(stored) != string(hash[:]):
			return conflict("This Idempotency-Key was used for another request: use a new one.")
		case state != "done":
			return &shop.Error{Kind: shop.Busy, Msg: "The first request with this Idempotency-Key is still running.", Retry: time.Second}
		}
		found = true
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	if !found {
		s.hold(claim{tenant: who.Tenant, in: of, name: key})
	}
	return reply, found, nil
}

// Settle implements api.Replies.
func (s *Store) Settle(ctx context.Context, who shop.Principal, key string, reply []byte) error {
	of := who.Subject()
	s.release(claim{tenant: who.Tenant, in: of, name: key})
	return s.tx(ctx, "settle reply", func(tx *sql.Tx) error {
		if reply == nil {
			_, err := tx.ExecContext(ctx, `DELETE FROM replies WHERE tenant = $1 AND subject = $2 AND key = $3 AND state = 'running'`, who.Tenant, of, key)
			return err
		}
		return one(tx.ExecContext(ctx, `UPDATE replies SET state = 'done', reply = $4 WHERE tenant = $1 AND subject = $2 AND key = $3 AND state = 'running'`,
			who.Tenant, of, key, reply))(fmt.Errorf("no request is running under key %q", key))
	})
}
