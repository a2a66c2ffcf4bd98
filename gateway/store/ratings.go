package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// rateable is how long a rating may be changed.
const rateable = 7 * 24 * time.Hour

// Rate keeps what a shopper gives a conversation of theirs, 1 to 5 stars. Conflict: nobody has answered yet, or the time to change it is
// over.
func (s *Store) Rate(ctx context.Context, who shop.Principal, conversation string, stars int, comment string) error {
	if stars < 1 || stars > 5 {
		return invalid("stars", "“stars” is a whole number from 1 to 5.")
	}
	return s.tx(ctx, "rate conversation", func(tx *sql.Tx) error {
		var n int
		err := tx.QueryRowContext(ctx, `SELECT count(*) FROM conversations WHERE tenant = $1 AND id = $2 AND subject = $3`, who.Tenant, conversation, who.Subject()).Scan(&n)
		if err == nil && n == 0 {
			return noConversation
		}
		answered, agent := false, ""
		if err == nil {
			err = each(ctx, tx, func(r *sql.Rows) error {
				m, err := scanMessage(r)
				answered = answered || m.Role == chat.Person || m.Role == chat.Bot && m.Text != ""
				if m.Role == chat.Person {
					agent = m.Author
				}
				return err
			}, `SELECT replaced, data FROM messages WHERE tenant = $1 AND conversation = $2 ORDER BY place`, who.Tenant, conversation)
		}
		if err != nil {
			return err
		}
		if !answered {
			return &shop.Error{Kind: shop.Conflict, Code: "not_answered", Msg: "There is no answer to rate yet."}
		}
		now := s.now()
		var first int64
		err = tx.QueryRowContext(ctx, `SELECT first FROM ratings WHERE tenant = $1 AND conversation = $2`, who.Tenant, conversation).Scan(&first)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			first = micros(now)
		case err != nil:
			return err
		case now.Sub(fromMicros(first)) > rateable:
			return &shop.Error{Kind: shop.Conflict, Code: "rating_final", Msg: "A rating can be changed for 7 days."}
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO ratings (tenant, conversation, stars, comment, agent, first, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (tenant, conversation) DO UPDATE SET stars = excluded.stars, comment = excluded.comment, agent = excluded.agent, at = excluded.at`,
			who.Tenant, conversation, stars, comment, agent, first, micros(now))
		if err == nil { // the desk hears of it
			_, err = tx.ExecContext(ctx, `UPDATE conversations SET updated = $3 WHERE tenant = $1 AND id = $2 AND updated < $3`, who.Tenant, conversation, micros(now))
		}
		return err
	})
}

// Ratings are those of a tenant from a time until another; for staff.
func (s *Store) Ratings(ctx context.Context, who shop.Principal, from, to time.Time) (out []desk.Rating, err error) {
	if !staff(who) {
		return nil, noConversation
	}
	err = each(ctx, s.read, func(r *sql.Rows) error {
		var x desk.Rating
		var at int64
		err := r.Scan(&x.Conversation, &x.Stars, &x.Agent, &at)
		x.At = fromMicros(at)
		out = append(out, x)
		return err
	}, `SELECT conversation, stars, agent, at FROM ratings WHERE tenant = $1 AND at >= $2 AND at < $3 ORDER BY at`, who.Tenant, micros(from), micros(to))
	if err != nil {
		return nil, fmt.Errorf("read ratings: %w", broken(err))
	}
	return out, nil
}

// RatingOf is what a conversation was given, for staff; nil: nothing.
func (s *Store) RatingOf(ctx context.Context, who shop.Principal, conversation string) (*desk.Given, error) {
	var g desk.Given
	var at int64
	err := s.read.QueryRowContext(ctx, `SELECT stars, comment, at FROM ratings WHERE tenant = $1 AND conversation = $2`, who.Tenant, conversation).Scan(&g.Stars, &g.Comment, &at)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !staff(who) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read rating: %w", broken(err))
	}
	g.At = fromMicros(at).UTC()
	return &g, nil
}
