package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"shopkeeper/shop"
	"shopkeeper/shop/feed"
)

// An import that nobody has gone on with for so long is forgotten when the next one of its tenant begins.
const staleImport = 7 * 24 * time.Hour

// StageProducts implements ingest.Stage. Of a product that is staged twice the last one counts. No products: only the offset.
func (s *Store) StageProducts(ctx context.Context, tenant, importID string, offset int64, ps []shop.Product) error {
	rows, err := distinct(ps)
	if err != nil {
		return fmt.Errorf("stage products: %w", err)
	}
	return s.tx(ctx, "stage products", func(tx *sql.Tx) error {
		var numbered int64
		err := tx.QueryRowContext(ctx, `
			INSERT INTO imports (tenant, id, position, numbered, touched)
			SELECT id, $2, $3, $4, $5 FROM tenants WHERE id = $1
			ON CONFLICT (tenant, id) DO UPDATE SET position = excluded.position, numbered = imports.numbered + excluded.numbered, touched = excluded.touched
			RETURNING numbered`, tenant, importID, offset, len(rows), micros(s.now())).Scan(&numbered)
		if errors.Is(err, sql.ErrNoRows) {
			return unknownTenant(tenant)
		}
		if err != nil {
			return err
		}
		if numbered == int64(len(rows)) {
			if err := s.sweepImports(ctx, tx, tenant, importID); err != nil {
				return err
			}
		}
		first := numbered - int64(len(rows)) + 1
		return s.bulk(ctx, tx, `INSERT INTO staged (tenant, import, id, number, hash, merchant, data)`,
			`ON CONFLICT (tenant, import, id) DO UPDATE SET number = excluded.number, hash = excluded.hash, merchant = excluded.merchant, data = excluded.data`, 7,
			rowsOf(rows, func(i int, r row) ([]any, error) {
				return []any{tenant, importID, r.id, first + int64(i), r.hash, r.merchant, r.data}, nil
			}))
	})
}

func (s *Store) sweepImports(ctx context.Context, tx *sql.Tx, tenant, but string) error {
	var stale []string
	err := each(ctx, tx, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		stale = append(stale, id)
		return err
	}, `SELECT id FROM imports WHERE tenant = $1 AND id <> $2 AND touched < $3`, tenant, but, micros(s.now().Add(-staleImport)))
	for _, id := range stale {
		err = errors.Join(err, forget(ctx, tx, tenant, id))
	}
	return err
}

func forget(ctx context.Context, tx *sql.Tx, tenant, importID string) error {
	for _, q := range []string{
		`DELETE FROM staged WHERE tenant = $1 AND import = $2`,
		`DELETE FROM rejected WHERE tenant = $1 AND import = $2`,
		`DELETE FROM imports WHERE tenant = $1 AND id = $2`,
	} {
		if _, err := tx.ExecContext(ctx, q, tenant, importID); err != nil {
			return err
		}
	}
	return nil
}

// StageRejects implements ingest.Stage. The same reject again is the same reject.
func (s *Store) StageRejects(ctx context.Context, tenant, importID string, rs []feed.Reject) error {
	return s.tx(ctx, "stage rejects", func(tx *sql.Tx) error {
		return s.bulk(ctx, tx, `INSERT INTO rejected (tenant, import, line, field, reason)`, `ON CONFLICT DO NOTHING`, 5,
			rowsOf(rs, func(_ int, r feed.Reject) ([]any, error) {
				return []any{tenant, importID, r.Line, r.Field, r.Reason}, nil
			}))
	})
}

// StagedRejects implements ingest.Stage.
func (s *Store) StagedRejects(ctx context.Context, tenant, importID string) iter.Seq2[feed.Reject, error] {
	return func(yield func(feed.Reject, error) bool) {
		const page = 1000
		for last := (feed.Reject{Line: -1}); ; {
			rs := make([]feed.Reject, 0, page)
			err := each(ctx, s.read, func(r *sql.Rows) error {
				var x feed.Reject
				err := r.Scan(&x.Line, &x.Field, &x.Reason)
				rs = append(rs, x)
				return err
			}, `SELECT line, field, reason FROM rejected WHERE tenant = $1 AND import = $2 AND (line, field, reason) > ($3, $4, $5)
				ORDER BY line, field, reason LIMIT $6`, tenant, importID, last.Line, last.Field, last.Reason, page)
			if err != nil {
				yield(feed.Reject{}, fmt.Errorf("read staged rejects: %w", broken(err)))
				return
			}
			for _, r := range rs {
				if !yield(r, nil) {
					return
				}
			}
			if len(rs) < page {
				return
			}
			last = rs[len(rs)-1]
		}
	}
}

// StagedTo implements ingest.Stage; 0, 0 for an import that is not known.
func (s *Store) StagedTo(ctx context.Context, tenant, importID string) (offset int64, products int, err error) {
	err = s.read.QueryRowContext(ctx, `
		SELECT position, (SELECT count(*) FROM staged WHERE staged.tenant = $1 AND staged.import = $2)
		FROM imports WHERE tenant = $1 AND id = $2`, tenant, importID).Scan(&offset, &products)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, 0, fmt.Errorf("read staged import: %w", broken(err))
	}
	return offset, products, nil
}

// ApplyStaged implements ingest.Stage. An import that is not known is NotFound, so that removeMissing cannot empty a catalogue
// by mistake.
func (s *Store) ApplyStaged(ctx context.Context, tenant, importID string, removeMissing bool) (changed, removed int, err error) {
	err = s.longTx(ctx, "apply import", func(tx *sql.Tx) error {
		before, _, _, err := locked(ctx, tx, tenant)
		if err != nil {
			return err
		}
		var last int64
		err = tx.QueryRowContext(ctx, `SELECT numbered FROM imports WHERE tenant = $1 AND id = $2`, tenant, importID).Scan(&last)
		if errors.Is(err, sql.ErrNoRows) {
			return notFound("There is nothing staged under this import.")
		}
		if err != nil {
			return err
		}
		revision := before
		// In steps: what one step holds in memory does not grow with the catalogue.
		for from := int64(0); from < last; from += 1000 {
			n, err := rowsAffected(tx.ExecContext(ctx, productHead+`
				SELECT s.tenant, s.id, $3 + row_number() OVER (ORDER BY s.number), s.hash, s.merchant, s.data
				FROM staged AS s LEFT JOIN products AS p ON p.tenant = s.tenant AND p.id = s.id
				WHERE s.tenant = $1 AND s.import = $2 AND s.number > $4 AND s.number <= $4 + 1000
					AND (p.id IS NULL OR p.deleted = 1 OR p.hash <> s.hash) `+productTail, tenant, importID, revision, from))
			if err != nil {
				return err
			}
			revision += n
		}
		changed = int(revision - before)
		if removeMissing {
			n, err := rowsAffected(tx.ExecContext(ctx, `
				UPDATE products SET deleted = 1, data = '', hash = '', revision = $3 + gone.n
				FROM (SELECT p.id, row_number() OVER (ORDER BY p.id) AS n
				      FROM products AS p LEFT JOIN staged AS s ON s.tenant = p.tenant AND s.import = $2 AND s.id = p.id
				      WHERE p.tenant = $1 AND p.deleted = 0 AND s.id IS NULL) AS gone
				WHERE products.tenant = $1 AND products.id = gone.id`, tenant, importID, revision))
			if err != nil {
				return err
			}
			revision, removed = revision+n, int(n)
		}
		if err := setRevision(ctx, tx, tenant, before, revision); err != nil {
			return err
		}
		return forget(ctx, tx, tenant, importID)
	})
	if err != nil {
		return 0, 0, err
	}
	return changed, removed, nil
}

func rowsAffected(r sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}
