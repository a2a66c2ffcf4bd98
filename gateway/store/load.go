package store

import (
	"context"
	"database/sql"
	"fmt"

	"shopkeeper/shop"
)

// World is a tenant's shop data as a whole.
type World struct {
	Merchants []shop.MerchantInfo
	Products  []shop.Product
	Offers    []shop.Offer
	People    []shop.Person
	Orders    []shop.Order
	Reviews   []shop.Review
	Documents []shop.Document
	Rules     []shop.Rule
}

// Load makes a tenant's shop data exactly this, in one transaction: what the world lacks goes. Conversations, keys, the
// tenant's own settings and what people made of documents stay. Loading the same world again changes nothing that anybody follows.
func (s *Store) Load(ctx context.Context, tenant string, w World) error {
	rows, err := distinct(w.Products)
	if err != nil {
		return fmt.Errorf("load world: %w", err)
	}
	err = s.longTx(ctx, "load world", func(tx *sql.Tx) error {
		before, _, _, err := locked(ctx, tx, tenant)
		if err != nil {
			return err
		}
		revision, err := s.replaceCatalogue(ctx, tx, tenant, before, rows)
		if err != nil {
			return err
		}
		if err := setRevision(ctx, tx, tenant, before, revision); err != nil {
			return err
		}
		for _, table := range []string{"merchants", "offers", "people", "orders", "reviews", "rules"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE tenant = $1`, tenant); err != nil {
				return err
			}
		}
		if err := s.putMerchants(ctx, tx, tenant, w.Merchants); err != nil {
			return err
		}
		if err := s.putOffers(ctx, tx, tenant, w.Offers); err != nil {
			return err
		}
		if err := s.putPeople(ctx, tx, tenant, w.People); err != nil {
			return err
		}
		if err := s.putOrders(ctx, tx, tenant, w.Orders); err != nil {
			return err
		}
		if err := s.putReviews(ctx, tx, tenant, w.Reviews); err != nil {
			return err
		}
		if err := s.putRules(ctx, tx, tenant, w.Rules); err != nil {
			return err
		}
		return s.replaceWorld(ctx, tx, tenant, w.Documents)
	})
	if err != nil {
		return err
	}
	// The writer's cache is full of pages that nobody reads: 16 MB given back.
	if !s.numbered {
		_, err = s.write.ExecContext(ctx, `PRAGMA shrink_memory`)
	}
	return err
}

func (s *Store) replaceCatalogue(ctx context.Context, tx *sql.Tx, tenant string, revision int64, rows []row) (int64, error) {
	keep := make(map[string]bool, len(rows))
	for _, r := range rows {
		keep[r.id] = true
	}
	var gone []string
	err := each(ctx, tx, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		if !keep[id] {
			gone = append(gone, id)
		}
		return err
	}, `SELECT id FROM products WHERE tenant = $1 AND deleted = 0 ORDER BY id`, tenant)
	if err != nil {
		return revision, err
	}
	for len(rows) > 0 {
		n := min(len(rows), batchRows)
		if revision, err = s.putRows(ctx, tx, tenant, revision, rows[:n]); err != nil {
			return revision, err
		}
		rows = rows[n:]
	}
	for len(gone) > 0 {
		n := min(len(gone), batchRows)
		if revision, err = bury(ctx, tx, tenant, revision, gone[:n]); err != nil {
			return revision, err
		}
		gone = gone[n:]
	}
	return revision, nil
}

// PutMerchants, PutOffers, PutPeople, PutOrders and PutReviews store records of an existing tenant, over those with the same id.

func (s *Store) PutMerchants(ctx context.Context, tenant string, ms []shop.MerchantInfo) error {
	return s.put(ctx, "put merchants", tenant, func(tx *sql.Tx) error { return s.putMerchants(ctx, tx, tenant, ms) })
}

func (s *Store) PutOffers(ctx context.Context, tenant string, os []shop.Offer) error {
	return s.put(ctx, "put offers", tenant, func(tx *sql.Tx) error { return s.putOffers(ctx, tx, tenant, os) })
}

func (s *Store) PutPeople(ctx context.Context, tenant string, ps []shop.Person) error {
	return s.put(ctx, "put people", tenant, func(tx *sql.Tx) error { return s.putPeople(ctx, tx, tenant, ps) })
}

func (s *Store) PutOrders(ctx context.Context, tenant string, os []shop.Order) error {
	return s.put(ctx, "put orders", tenant, func(tx *sql.Tx) error { return s.putOrders(ctx, tx, tenant, os) })
}

func (s *Store) PutReviews(ctx context.Context, tenant string, rs []shop.Review) error {
	return s.put(ctx, "put reviews", tenant, func(tx *sql.Tx) error { return s.putReviews(ctx, tx, tenant, rs) })
}

func (s *Store) put(ctx context.Context, what, tenant string, fn func(tx *sql.Tx) error) error {
	return s.tx(ctx, what, func(tx *sql.Tx) error {
		if _, _, _, err := locked(ctx, tx, tenant); err != nil {
			return err
		}
		return fn(tx)
	})
}

func (s *Store) putMerchants(ctx context.Context, tx *sql.Tx, tenant string, ms []shop.MerchantInfo) error {
	return s.bulk(ctx, tx, `INSERT INTO merchants (tenant, id, data)`, `ON CONFLICT (tenant, id) DO UPDATE SET data = excluded.data`, 3,
		rowsOf(ms, func(_ int, m shop.MerchantInfo) ([]any, error) {
			data, err := encode(m)
			return []any{tenant, m.ID, data}, err
		}))
}

func (s *Store) putOffers(ctx context.Context, tx *sql.Tx, tenant string, os []shop.Offer) error {
	return s.bulk(ctx, tx, `INSERT INTO offers (tenant, id, data)`, `ON CONFLICT (tenant, id) DO UPDATE SET data = excluded.data`, 3,
		rowsOf(os, func(_ int, o shop.Offer) ([]any, error) {
			data, err := encode(o)
			return []any{tenant, o.ID, data}, err
		}))
}

func (s *Store) putPeople(ctx context.Context, tx *sql.Tx, tenant string, ps []shop.Person) error {
	return s.bulk(ctx, tx, `INSERT INTO people (tenant, id, email, data)`,
		`ON CONFLICT (tenant, id) DO UPDATE SET email = excluded.email, data = excluded.data, revision = people.revision + 1 WHERE people.data <> excluded.data`, 4,
		rowsOf(ps, func(_ int, p shop.Person) ([]any, error) {
			p.Revision = 0
			data, err := encode(p)
			return []any{tenant, p.ID, shop.FoldEmail(p.Email), data}, err
		}))
}

func (s *Store) putOrders(ctx context.Context, tx *sql.Tx, tenant string, os []shop.Order) error {
	return s.bulk(ctx, tx, `INSERT INTO orders (tenant, id, shopper, placed, data)`,
		`ON CONFLICT (tenant, id) DO UPDATE SET shopper = excluded.shopper, placed = excluded.placed, data = excluded.data, revision = orders.revision + 1
			WHERE orders.data <> excluded.data`, 5,
		rowsOf(os, func(_ int, o shop.Order) ([]any, error) {
			data, err := encode(unrevised(o))
			return []any{tenant, o.ID, o.Shopper, micros(o.Placed), data}, err
		}))
}

func (s *Store) putReviews(ctx context.Context, tx *sql.Tx, tenant string, rs []shop.Review) error {
	return s.bulk(ctx, tx, `INSERT INTO reviews (tenant, id, product, written, data)`,
		`ON CONFLICT (tenant, id) DO UPDATE SET product = excluded.product, written = excluded.written, data = excluded.data`, 5,
		rowsOf(rs, func(_ int, r shop.Review) ([]any, error) {
			data, err := encode(r)
			return []any{tenant, r.ID, r.Product, micros(r.At), data}, err
		}))
}
