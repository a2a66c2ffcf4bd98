package store

import (
	"context"
	"database/sql"

	"shopkeeper/shop"
)

// Erased is what Erase removed.
type Erased struct {
	Conversations int64 `json:"conversations"`
	Messages      int64 `json:"messages"`
	Profile       int64 `json:"profile"` // 1 when the shopper's own record was there
	Calls         int64 `json:"calls"`   // rows of the accounts that name the shopper no more; what they cost stays
}

// Erase removes what is known of a shopper in one transaction: conversations with all that belongs to them, remembered replies, the
// shopper's own record; the accounts keep their sums without the name. Orders stay: they are the shop's books. A turn that is running
// cannot be committed any more. Nothing known is no error.
func (s *Store) Erase(ctx context.Context, tenant, shopper string) (e Erased, err error) {
	if tenant == "" || shopper == "" {
		return e, invalid("shopper", "Name the tenant and the shopper to erase.")
	}
	of := shop.Principal{Tenant: tenant, Role: shop.Shopper, ID: shopper}.Subject()
	err = s.longTx(ctx, "erase shopper", func(tx *sql.Tx) error {
		if _, _, _, err := locked(ctx, tx, tenant); err != nil {
			return err
		}
		const theirs = ` WHERE tenant = $1 AND conversation IN (SELECT id FROM conversations WHERE tenant = $1 AND subject = $2)`
		var none int64
		for _, step := range []struct {
			query string
			n     *int64
			arg   string
		}{
			{`DELETE FROM messages` + theirs, &e.Messages, of},
			{`DELETE FROM evidence` + theirs, &none, of},
			{`DELETE FROM turns` + theirs, &none, of},
			{`DELETE FROM feedback` + theirs, &none, of},
			{`DELETE FROM clocks` + theirs, &none, of},
			{`DELETE FROM clock_runs` + theirs, &none, of},
			{`DELETE FROM verdicts` + theirs, &none, of},
			{`DELETE FROM presence` + theirs, &none, of},
			{`DELETE FROM suggestions WHERE tenant = $1 AND subject = $2`, &none, of},
			// A conversation that was begun before its shopper was known has calls under another name.
			{`UPDATE calls SET person = '', conversation = '', turn = '' WHERE tenant = $1 AND (person = $2
				OR conversation <> '' AND conversation IN (SELECT id FROM conversations WHERE tenant = $1 AND subject = $2))`, &e.Calls, of},
			{`DELETE FROM conversations WHERE tenant = $1 AND subject = $2`, &e.Conversations, of},
			{`DELETE FROM replies WHERE tenant = $1 AND subject = $2`, &none, of},
			{`DELETE FROM proposals WHERE tenant = $1 AND owner = $2`, &none, of},
			{`DELETE FROM outbox WHERE tenant = $1 AND person = $2`, &none, of},
			{`DELETE FROM codes WHERE tenant = $1 AND person = $2`, &none, shopper},
			{`DELETE FROM people WHERE tenant = $1 AND id = $2`, &e.Profile, shopper},
		} {
			n, err := rowsAffected(tx.ExecContext(ctx, step.query, tenant, step.arg))
			if err != nil {
				return err
			}
			*step.n = n
		}
		return nil
	})
	if err != nil {
		return Erased{}, err
	}
	return e, nil
}
