package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"shopkeeper/shop"
)

// AddTenant stores a new tenant. Conflict when it exists.
func (s *Store) AddTenant(ctx context.Context, t shop.Tenant) error {
	return s.tx(ctx, "add tenant", func(tx *sql.Tx) error {
		n, err := s.putTenant(ctx, tx, t, `ON CONFLICT (id) DO NOTHING`)
		if err == nil && n == 0 {
			err = conflict("The tenant %s exists already.", t.ID)
		}
		return err
	})
}

// PutTenant stores a tenant, or changes its name, currency, zone, language and issuers.
func (s *Store) PutTenant(ctx context.Context, t shop.Tenant) error {
	return s.tx(ctx, "put tenant", func(tx *sql.Tx) error {
		_, err := s.putTenant(ctx, tx, t, `ON CONFLICT (id) DO UPDATE SET data = excluded.data`)
		return err
	})
}

func (s *Store) putTenant(ctx context.Context, tx *sql.Tx, t shop.Tenant, tail string) (int64, error) {
	if t.ID == "" {
		return 0, invalid("tenant", "A tenant needs an id.")
	}
	data, err := encode(t)
	if err != nil {
		return 0, err
	}
	r, err := tx.ExecContext(ctx, `INSERT INTO tenants (id, data, created) VALUES ($1, $2, $3) `+tail, t.ID, data, micros(s.now()))
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// Tenant implements api.Keys.
func (s *Store) Tenant(ctx context.Context, id string) (shop.Tenant, error) {
	var data string
	err := s.read.QueryRowContext(ctx, `SELECT data FROM tenants WHERE id = $1`, id).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return shop.Tenant{}, unknownTenant(id)
	}
	if err != nil {
		return shop.Tenant{}, fmt.Errorf("read tenant: %w", broken(err))
	}
	return decode[shop.Tenant](data)
}

// Tenants lists them by id.
func (s *Store) Tenants(ctx context.Context) ([]shop.Tenant, error) {
	ts, err := list[shop.Tenant](ctx, s.read, `SELECT data FROM tenants ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list tenants: %w", broken(err))
	}
	return ts, nil
}

// TenantIDs implements ingest.Changes.
func (s *Store) TenantIDs(ctx context.Context) (ids []string, err error) {
	err = each(ctx, s.read, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT id FROM tenants ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list tenants: %w", broken(err))
	}
	return ids, nil
}

func unknownTenant(id string) error {
	return notFound("There is no tenant %s: add it with `shopkeeper tenant add`.", id)
}

// locked reads a tenant's counters and keeps others from changing them until the transaction ends.
func locked(ctx context.Context, tx *sql.Tx, tenant string) (products, passages, generation int64, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE tenants SET products = products WHERE id = $1 RETURNING products, passages, generation`, tenant).
		Scan(&products, &passages, &generation)
	if errors.Is(err, sql.ErrNoRows) {
		err = unknownTenant(tenant)
	}
	return products, passages, generation, err
}

// AddKey stores a credential of an existing tenant. The same key again changes nothing; another key with the id or the secret
// of one that is there is a Conflict.
func (s *Store) AddKey(ctx context.Context, k shop.Key) error {
	if k.ID == "" || k.Role == "" || k.Hash == ([32]byte{}) {
		return invalid("key", "A key needs an id, a role and a secret.")
	}
	if k.Created.IsZero() {
		k.Created = s.now()
	}
	return s.tx(ctx, "add key", func(tx *sql.Tx) error {
		if _, _, _, err := locked(ctx, tx, k.Tenant); err != nil {
			return err
		}
		limits, err := encode(k.Limits)
		if err != nil {
			return err
		}
		r, err := tx.ExecContext(ctx, `
			INSERT INTO keys (`+keyColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING`,
			k.ID, k.Hash[:], k.Tenant, k.Role, k.Merchant, k.Person, k.Origin, flag(k.Revoked), micros(k.Created), micros(k.Expires), limits)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 1 {
			return err
		}
		old, err := scanKey(tx.QueryRowContext(ctx, `SELECT `+keyColumns+` FROM keys WHERE id = $1 OR hash = $2`, k.ID, k.Hash[:]))
		if err != nil {
			return err
		}
		old.Created, old.Revoked = k.Created, k.Revoked
		if old != k {
			return conflict("A key with this id or secret exists already (%s).", old.ID)
		}
		return nil
	})
}

const keyColumns = `id, hash, tenant, role, merchant, person, origin, revoked, created, expires, limits`

func scanKey(row interface{ Scan(dest ...any) error }) (k shop.Key, err error) {
	var hash []byte
	var revoked int
	var created, expires int64
	var limits string
	if err := row.Scan(&k.ID, &hash, &k.Tenant, &k.Role, &k.Merchant, &k.Person, &k.Origin, &revoked, &created, &expires, &limits); err != nil {
		return k, err
	}
	copy(k.Hash[:], hash)
	k.Revoked, k.Created, k.Expires = revoked != 0, fromMicros(created), fromMicros(expires)
	k.Limits, err = decode[shop.Limits](limits)
	return k, err
}

// Key implements api.Keys.
func (s *Store) Key(ctx context.Context, hash [32]byte) (shop.Key, error) {
	k, err := scanKey(s.read.QueryRowContext(ctx, `SELECT `+keyColumns+` FROM keys WHERE hash = $1 AND revoked = 0 AND (expires = 0 OR expires > $2)`, hash[:], micros(s.now())))
	if errors.Is(err, sql.ErrNoRows) {
		return shop.Key{}, notFound("This key is unknown or was revoked.")
	}
	if err != nil {
		return shop.Key{}, fmt.Errorf("read key: %w", broken(err))
	}
	return k, nil
}

// Keys lists a tenant's credentials, revoked ones included, oldest first; tenant "" lists every tenant's.
func (s *Store) Keys(ctx context.Context, tenant string) (ks []shop.Key, err error) {
	err = each(ctx, s.read, func(r *sql.Rows) error {
		k, err := scanKey(r)
		ks = append(ks, k)
		return err
	}, `SELECT `+keyColumns+` FROM keys WHERE tenant = $1 OR $1 = '' ORDER BY tenant, created, id`, tenant)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", broken(err))
	}
	return ks, nil
}

// RevokeKey makes a key worthless, for good. Ids are unique over all tenants; an unknown one is NotFound.
func (s *Store) RevokeKey(ctx context.Context, id string) error {
	return s.tx(ctx, "revoke key", func(tx *sql.Tx) error {
		return one(tx.ExecContext(ctx, `UPDATE keys SET revoked = 1 WHERE id = $1`, id))(notFound("There is no key %s.", id))
	})
}

// RotateKey adds a key that is what the one with an id is, under another id and secret; the old one works until the overlap is over.
// An unknown or worthless one is NotFound.
func (s *Store) RotateKey(ctx context.Context, id string, next shop.Key, overlap time.Duration) (k shop.Key, err error) {
	now := s.now()
	old, err := scanKey(s.read.QueryRowContext(ctx, `SELECT `+keyColumns+` FROM keys WHERE id = $1 AND revoked = 0 AND (expires = 0 OR expires > $2)`, id, micros(now)))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return k, notFound("There is no key %s that still works.", id)
	case err != nil:
		return k, fmt.Errorf("rotate key: %w", broken(err))
	}
	k, k.ID, k.Hash, k.Created, k.Expires = old, next.ID, next.Hash, now, time.Time{}
	if err := s.AddKey(ctx, k); err != nil {
		return k, err
	}
	// Killed here, both work: the same command again makes a third, and no caller was cut off.
	_, err = s.write.ExecContext(ctx, `UPDATE keys SET expires = $2 WHERE id = $1`, id, micros(now.Add(overlap)))
	if err != nil {
		return k, fmt.Errorf("rotate key: %w", broken(err))
	}
	return k, nil
}

// one turns a statement that had to change a row and changed none into an error.
func one(r sql.Result, err error) func(none error) error {
	return func(none error) error {
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return none
	}
}

// Secret is 32 random bytes under a name: made when they are first asked for, the same for every process ever after.
func (s *Store) Secret(ctx context.Context, name string) (value []byte, err error) {
	fresh := make([]byte, 32)
	_, _ = rand.Read(fresh) // never fails
	err = s.tx(ctx, "read secret", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, name, fresh); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT value FROM secrets WHERE name = $1`, name).Scan(&value)
	})
	return value, err
}
