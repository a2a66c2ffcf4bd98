package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"shopkeeper/shop"
)

// row is a product as it is stored; equal hashes mean equal products.
type row struct {
	id, merchant, data string
	hash               []byte
}

func rowOf(p shop.Product) (row, error) {
	if p.ID == "" {
		return row{}, invalid("id", "A product needs an id.")
	}
	data, err := encode(p)
	if err != nil {
		return row{}, err
	}
	sum := sha256.Sum256([]byte(data))
	return row{id: p.ID, merchant: p.Merchant, data: data, hash: sum[:16]}, nil
}

// distinct keeps the last of products that share an id, in the order of their first appearance.
func distinct(ps []shop.Product) ([]row, error) {
	rows, at := make([]row, 0, len(ps)), make(map[string]int, len(ps))
	for _, p := range ps {
		r, err := rowOf(p)
		if err != nil {
			return nil, err
		}
		if i, ok := at[r.id]; ok {
			rows[i] = r
			continue
		}
		at[r.id] = len(rows)
		rows = append(rows, r)
	}
	return rows, nil
}

// PutProducts implements api.Catalogue. Of a product that comes twice in up the last one counts; one that is in both lists is
// Invalid; deleting what is not there is fine. A product that is what it was gets no new revision.
func (s *Store) PutProducts(ctx context.Context, tenant string, up []shop.Product, del []string) error {
	rows, err := distinct(up)
	if err != nil {
		return fmt.Errorf("put products: %w", err)
	}
	stored := make(map[string]bool, len(rows))
	for _, r := range rows {
		stored[r.id] = true
	}
	for _, id := range del {
		if stored[id] {
			return invalid("delete", "The product %s is both to be stored and to be deleted.", id)
		}
	}
	return s.tx(ctx, "put products", func(tx *sql.Tx) error {
		revision, _, _, err := locked(ctx, tx, tenant)
		if err != nil {
			return err
		}
		before := revision
		for batch := range slices.Chunk(rows, batchRows) {
			if revision, err = s.putRows(ctx, tx, tenant, revision, batch); err != nil {
				return err
			}
		}
		for batch := range slices.Chunk(del, batchRows) {
			if revision, err = bury(ctx, tx, tenant, revision, batch); err != nil {
				return err
			}
		}
		return setRevision(ctx, tx, tenant, before, revision)
	})
}

func setRevision(ctx context.Context, tx *sql.Tx, tenant string, before, after int64) error {
	if before == after {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE tenants SET products = $2 WHERE id = $1`, tenant, after)
	return err
}

const (
	productHead = `INSERT INTO products (tenant, id, revision, hash, merchant, data)`
	productTail = `ON CONFLICT (tenant, id) DO UPDATE SET revision = excluded.revision, deleted = 0,
		hash = excluded.hash, merchant = excluded.merchant, data = excluded.data`
)

// putRows stores those rows of a batch (batchRows at most) that changed, and returns the last revision given out.
func (s *Store) putRows(ctx context.Context, tx *sql.Tx, tenant string, revision int64, batch []row) (int64, error) {
	ids := make([]string, len(batch))
	for i, r := range batch {
		ids[i] = r.id
	}
	known := map[string]string{}
	list, args := in(1, ids)
	err := each(ctx, tx, func(r *sql.Rows) error {
		var id string
		var hash []byte
		err := r.Scan(&id, &hash)
		known[id] = string(hash)
		return err
	}, `SELECT id, hash FROM products WHERE tenant = $1 AND deleted = 0 AND id IN (`+list+`)`, append([]any{tenant}, args...)...)
	if err != nil {
		return revision, err
	}
	changed := slices.DeleteFunc(slices.Clone(batch), func(r row) bool { return known[r.id] == string(r.hash) })
	first := revision + 1
	err = s.bulk(ctx, tx, productHead, productTail, 6, rowsOf(changed, func(i int, r row) ([]any, error) {
		return []any{tenant, r.id, first + int64(i), r.hash, r.merchant, r.data}, nil
	}))
	return revision + int64(len(changed)), err
}

// bury leaves tombstones, so that whoever follows the catalogue hears of it.
func bury(ctx context.Context, tx *sql.Tx, tenant string, revision int64, ids []string) (int64, error) {
	list, args := in(2, ids)
	r, err := tx.ExecContext(ctx, `
		UPDATE products SET deleted = 1, data = '', hash = '', revision = $2 + gone.n
		FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM products
		      WHERE tenant = $1 AND deleted = 0 AND id IN (`+list+`)) AS gone
		WHERE products.tenant = $1 AND products.id = gone.id`, append([]any{tenant, revision}, args...)...)
	if err != nil {
		return revision, err
	}
	n, err := r.RowsAffected()
	return revision + n, err
}

// Products implements retrieval.Products and api.Catalogue. What the products hold is shared with other callers: it is for reading.
func (s *Store) Products(ctx context.Context, tenant string, ids []string) ([]shop.Product, error) {
	found := make(map[string]shop.Product, len(ids))
	for batch := range slices.Chunk(ids, 500) {
		list, args := in(1, batch)
		err := each(ctx, s.read, func(r *sql.Rows) error {
			p, _, err := s.recent.scan(r, tenant)
			found[p.ID] = p
			return err
		}, `SELECT id, revision, deleted, data FROM products WHERE tenant = $1 AND deleted = 0 AND id IN (`+list+`)`, append([]any{tenant}, args...)...)
		if err != nil {
			return nil, fmt.Errorf("read products: %w", broken(err))
		}
	}
	out := make([]shop.Product, 0, len(found))
	for _, id := range ids {
		if p, ok := found[id]; ok {
			out = append(out, p)
		}
	}
	return out, nil
}

func scanProduct(r *sql.Rows, tenant string) (p shop.Product, deleted bool, err error) {
	return (*recent)(nil).scan(r, tenant)
}

// recent are products as they were decoded last: every search shows some, popular ones over and over.
type recent struct {
	mu sync.Mutex
	of map[[2]string]shop.Product // by tenant and id
}

const maxRecent = 2048

// scan decodes a row, unless the same revision of the product was decoded before.
func (c *recent) scan(r *sql.Rows, tenant string) (p shop.Product, deleted bool, err error) {
	var id string
	var revision int64
	var gone int
	var data sql.RawBytes
	if err := r.Scan(&id, &revision, &gone, &data); err != nil {
		return p, false, err
	}
	if c != nil {
		c.mu.Lock()
		p, ok := c.of[[2]string{tenant, id}]
		c.mu.Unlock()
		if ok && p.Revision == revision {
			return p, false, nil
		}
	}
	if gone == 0 {
		p, err = decode[shop.Product](data)
	}
	p.Tenant, p.ID, p.Revision = tenant, id, revision
	if c != nil && gone == 0 && err == nil {
		c.keep(p)
	}
	return p, gone != 0, err
}

func (c *recent) keep(p shop.Product) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key := range c.of {
		if len(c.of) < maxRecent {
			break
		}
		delete(c.of, key) // whichever: one that is asked for often is back at once
	}
	c.of[[2]string{p.Tenant, p.ID}] = p
}

// ProductsSince implements ingest.Changes. A product that changed several times comes once, as it is now.
func (s *Store) ProductsSince(ctx context.Context, tenant string, after int64, limit int) (changed []shop.Product, deleted []string, next int64, err error) {
	next = after
	err = each(ctx, s.read, func(r *sql.Rows) error {
		p, gone, err := scanProduct(r, tenant)
		if err != nil {
			return err
		}
		if next = p.Revision; gone {
			deleted = append(deleted, p.ID)
		} else {
			changed = append(changed, p)
		}
		return nil
	}, `SELECT id, revision, deleted, data FROM products WHERE tenant = $1 AND revision > $2 ORDER BY revision LIMIT $3`, tenant, after, limit)
	if err != nil {
		return nil, nil, after, fmt.Errorf("read changed products: %w", broken(err))
	}
	return changed, deleted, next, nil
}

// AllProducts implements ingest.Changes: by id, page by page, so that no read transaction stays open while the caller works.
// What changes meanwhile may come in either state: read Revision first, and follow from there.
func (s *Store) AllProducts(ctx context.Context, tenant string) iter.Seq2[shop.Product, error] {
	return func(yield func(shop.Product, error) bool) {
		const page = 500
		for after := ""; ; {
			ps := make([]shop.Product, 0, page)
			err := each(ctx, s.read, func(r *sql.Rows) error {
				p, _, err := scanProduct(r, tenant)
				ps = append(ps, p)
				return err
			}, `SELECT id, revision, deleted, data FROM products WHERE tenant = $1 AND id > $2 AND deleted = 0 ORDER BY id LIMIT $3`, tenant, after, page)
			if err != nil {
				yield(shop.Product{}, fmt.Errorf("read all products: %w", broken(err)))
				return
			}
			for _, p := range ps {
				if !yield(p, nil) {
					return
				}
			}
			if len(ps) < page {
				return
			}
			after = ps[len(ps)-1].ID
		}
	}
}

// Revision implements ingest.Changes. Passages also count up when a document comes into force or ends by its date.
func (s *Store) Revision(ctx context.Context, tenant string) (products, passages, generation int64, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT t.products, t.passages
			+ (SELECT COUNT(*) FROM documents AS d WHERE d.tenant = t.id AND d.starts > d.published AND d.starts <= $2)
			+ (SELECT COUNT(*) FROM documents AS d WHERE d.tenant = t.id AND d.ends > 0 AND d.ends <= $2), t.generation
		FROM tenants AS t WHERE t.id = $1`, tenant, micros(s.now())).Scan(&products, &passages, &generation)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, 0, unknownTenant(tenant)
	}
	if err != nil {
		return 0, 0, 0, fmt.Errorf("read revision: %w", broken(err))
	}
	return products, passages, generation, nil
}

// Reindex asks whoever follows the tenant's catalogue to build the index anew beside the old one, then switch.
func (s *Store) Reindex(ctx context.Context, tenant string) error {
	return s.tx(ctx, "reindex tenant", func(tx *sql.Tx) error {
		return one(tx.ExecContext(ctx, `UPDATE tenants SET generation = generation + 1 WHERE id = $1`, tenant))(unknownTenant(tenant))
	})
}
