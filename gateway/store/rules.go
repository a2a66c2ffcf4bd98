package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"shopkeeper/shop"
	"shopkeeper/shop/action"
)

// Rule implements tools.Rules: the tenant's own rule of a kind that is in force at a time, else the built-in one.
func (s *Store) Rule(ctx context.Context, tenant, kind string, at time.Time) (shop.Rule, error) {
	var data string
	err := s.read.QueryRowContext(ctx, `SELECT data FROM rules WHERE tenant = $1 AND id = $2 AND starts <= $3 ORDER BY starts DESC LIMIT 1`, tenant, kind, micros(at)).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		r, ok := action.Default(kind)
		if !ok {
			return r, notFound("There is no action %s.", kind)
		}
		return r, nil
	}
	if err != nil {
		return shop.Rule{}, fmt.Errorf("read rule: %w", broken(err))
	}
	return decode[shop.Rule](data)
}

// Rules are a tenant's own, all versions, by kind and start.
func (s *Store) Rules(ctx context.Context, tenant string) ([]shop.Rule, error) {
	rs, err := list[shop.Rule](ctx, s.read, `SELECT data FROM rules WHERE tenant = $1 ORDER BY id, starts`, tenant)
	if err != nil {
		return nil, fmt.Errorf("list rules: %w", broken(err))
	}
	return rs, nil
}

// PutRules adds rules of an existing tenant. A rule that starts when another of its kind does takes its place; the others stay, so
// that what was allowed under them can be told.
func (s *Store) PutRules(ctx context.Context, tenant string, rs []shop.Rule) error {
	return s.put(ctx, "put rules", tenant, func(tx *sql.Tx) error { return s.putRules(ctx, tx, tenant, rs) })
}

func (s *Store) putRules(ctx context.Context, tx *sql.Tx, tenant string, rs []shop.Rule) error {
	return s.bulk(ctx, tx, `INSERT INTO rules (tenant, id, starts, version, data)`,
		`ON CONFLICT (tenant, id, starts) DO UPDATE SET version = excluded.version, data = excluded.data`, 5,
		rowsOf(rs, func(_ int, r shop.Rule) ([]any, error) {
			data, err := encode(r)
			return []any{tenant, r.ID, micros(r.From), r.Version, data}, err
		}))
}
