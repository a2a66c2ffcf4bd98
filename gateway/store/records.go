package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"shopkeeper/shop"
)

// list decodes the one column that a query returns.
func list[T any](ctx context.Context, q querier, query string, args ...any) (out []T, err error) {
	err = each(ctx, q, func(r *sql.Rows) error {
		var data sql.RawBytes
		if err := r.Scan(&data); err != nil {
			return err
		}
		v, err := decode[T](data)
		out = append(out, v)
		return err
	}, query, args...)
	return out, err
}

func noOrder(id string) error { return notFound("There is no order %s.", id) }

// scanOrder reads data and revision.
func scanOrder(r interface{ Scan(dest ...any) error }, tenant string) (o shop.Order, err error) {
	var data string
	var revision int64
	if err := r.Scan(&data, &revision); err != nil {
		return o, err
	}
	o, err = decode[shop.Order](data)
	o.Tenant, o.Revision = tenant, revision
	return o, err
}

// Order implements shop.Orders.
func (s *Store) Order(ctx context.Context, who shop.Principal, id string) (shop.Order, error) {
	if who.Role != shop.Shopper || who.Anon || who.ID == "" {
		return shop.Order{}, noOrder(id)
	}
	o, err := scanOrder(s.read.QueryRowContext(ctx, `SELECT data, revision FROM orders WHERE tenant = $1 AND id = $2 AND shopper = $3`, who.Tenant, id, who.ID), who.Tenant)
	if errors.Is(err, sql.ErrNoRows) {
		return shop.Order{}, noOrder(id)
	}
	if err != nil {
		return shop.Order{}, fmt.Errorf("read order: %w", broken(err))
	}
	return o, nil
}

// Orders implements shop.Orders; nobody but a named shopper has any.
func (s *Store) Orders(ctx context.Context, who shop.Principal, limit int) (os []shop.Order, err error) {
	if who.Role != shop.Shopper || who.Anon || who.ID == "" {
		return nil, nil
	}
	err = each(ctx, s.read, func(r *sql.Rows) error {
		o, err := scanOrder(r, who.Tenant)
		os = append(os, o)
		return err
	}, `SELECT data, revision FROM orders WHERE tenant = $1 AND shopper = $2 ORDER BY placed DESC, id DESC LIMIT $3`, who.Tenant, who.ID, limit)
	if err != nil {
		return nil, fmt.Errorf("read orders: %w", broken(err))
	}
	return os, nil
}

// Offers implements tools.Offers, by id.
func (s *Store) Offers(ctx context.Context, tenant string) ([]shop.Offer, error) {
	os, err := list[shop.Offer](ctx, s.read, `SELECT data FROM offers WHERE tenant = $1 ORDER BY id`, tenant)
	if err != nil {
		return nil, fmt.Errorf("read offers: %w", broken(err))
	}
	return os, nil
}

// Merchants of a tenant, by id.
func (s *Store) Merchants(ctx context.Context, tenant string) ([]shop.MerchantInfo, error) {
	ms, err := list[shop.MerchantInfo](ctx, s.read, `SELECT data FROM merchants WHERE tenant = $1 ORDER BY id`, tenant)
	if err != nil {
		return nil, fmt.Errorf("read merchants: %w", broken(err))
	}
	return ms, nil
}

// scanPerson reads data and revision.
func scanPerson(r interface{ Scan(dest ...any) error }) (p shop.Person, err error) {
	var data string
	var revision int64
	if err := r.Scan(&data, &revision); err != nil {
		return p, err
	}
	p, err = decode[shop.Person](data)
	p.Revision = revision
	return p, err
}

// Person implements tools.People.
func (s *Store) Person(ctx context.Context, who shop.Principal) (shop.Person, error) {
	none := notFound("This shopper is not known.")
	if who.Role != shop.Shopper || who.Anon || who.ID == "" {
		return shop.Person{}, none
	}
	p, err := scanPerson(s.read.QueryRowContext(ctx, `SELECT data, revision FROM people WHERE tenant = $1 AND id = $2`, who.Tenant, who.ID))
	if errors.Is(err, sql.ErrNoRows) {
		return shop.Person{}, none
	}
	if err != nil {
		return shop.Person{}, fmt.Errorf("read person: %w", broken(err))
	}
	return p, nil
}

// Reviews implements tools.Reviews.
func (s *Store) Reviews(ctx context.Context, tenant, product string, limit int) ([]shop.Review, error) {
	rs, err := list[shop.Review](ctx, s.read, `
		SELECT data FROM reviews WHERE tenant = $1 AND product = $2 ORDER BY written DESC, id DESC LIMIT $3`, tenant, product, limit)
	if err != nil {
		return nil, fmt.Errorf("read reviews: %w", broken(err))
	}
	return rs, nil
}

// PeopleByEmail are the people of a tenant who have an address: whoever can read its mail may be any of them.
func (s *Store) PeopleByEmail(ctx context.Context, tenant, email string) (out []shop.Person, err error) {
	err = each(ctx, s.read, func(r *sql.Rows) error {
		p, err := scanPerson(r)
		out = append(out, p)
		return err
	}, `SELECT data, revision FROM people WHERE tenant = $1 AND email = $2 AND email <> '' ORDER BY id LIMIT 10`, tenant, shop.FoldEmail(email))
	if err != nil {
		return nil, fmt.Errorf("find person: %w", broken(err))
	}
	return out, nil
}
