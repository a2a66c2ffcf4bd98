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

// Order implements shop.Orders.
func (s *Store) Order(ctx context.Context, who shop.Principal, id string) (shop.Order, error) {
	none := notFound("There is no order %s.", id)
	if who.Role != shop.Shopper || who.Anon || who.ID == "" {
		return shop.Order{}, none
	}
	os, err := list[shop.Order](ctx, s.read, `SELECT data FROM orders WHERE tenant = $1 AND id = $2 AND shopper = $3`, who.Tenant, id, who.ID)
	if err != nil {
		return shop.Order{}, fmt.Errorf("read order: %w", broken(err))
	}
	if len(os) == 0 {
		return shop.Order{}, none
	}
	os[0].Tenant = who.Tenant
	return os[0], nil
}

// Orders implements shop.Orders; nobody but a named shopper has any.
func (s *Store) Orders(ctx context.Context, who shop.Principal, limit int) ([]shop.Order, error) {
	if who.Role != shop.Shopper || who.Anon || who.ID == "" {
		return nil, nil
	}
	os, err := list[shop.Order](ctx, s.read, `
		SELECT data FROM orders WHERE tenant = $1 AND shopper = $2 ORDER BY placed DESC, id DESC LIMIT $3`, who.Tenant, who.ID, limit)
	if err != nil {
		return nil, fmt.Errorf("read orders: %w", broken(err))
	}
	for i := range os {
		os[i].Tenant = who.Tenant
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

// Person implements tools.People.
func (s *Store) Person(ctx context.Context, who shop.Principal) (shop.Person, error) {
	none := notFound("This shopper is not known.")
	if who.Role != shop.Shopper || who.Anon || who.ID == "" {
		return shop.Person{}, none
	}
	var data string
	err := s.read.QueryRowContext(ctx, `SELECT data FROM people WHERE tenant = $1 AND id = $2`, who.Tenant, who.ID).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return shop.Person{}, none
	}
	if err != nil {
		return shop.Person{}, fmt.Errorf("read person: %w", broken(err))
	}
	return decode[shop.Person](data)
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
