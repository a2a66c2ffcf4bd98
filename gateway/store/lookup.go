package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// mostFound bounds how many people a look-up finds.
const mostFound = 10

// OrderOwner is whose an order is; NotFound when there is no such order.
func (s *Store) OrderOwner(ctx context.Context, tenant, id string) (shopper string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT shopper FROM orders WHERE tenant = $1 AND id = $2`, tenant, id).Scan(&shopper)
	if errors.Is(err, sql.ErrNoRows) {
		return "", noOrder(id)
	}
	if err != nil {
		return "", fmt.Errorf("find order: %w", broken(err))
	}
	return shopper, nil
}

// PeopleByName are the people of a tenant who have a name and live in a postal code.
func (s *Store) PeopleByName(ctx context.Context, tenant, name, postal string) (out []shop.Person, err error) {
	folded := desk.FoldPostal(postal)
	if folded == "" {
		return nil, nil
	}
	begins, err := encode(string([]rune(folded)[:1])) // people write what stands between letters and digits as they like: the rest is compared below
	if err != nil {
		return nil, err
	}
	err = each(ctx, s.read, func(r *sql.Rows) error {
		p, err := scanPerson(r)
		if err == nil && len(out) < mostFound && desk.SameName(p.Name, name) && desk.FoldPostal(p.Address.Postal) == folded {
			out = append(out, p)
		}
		return err
	}, `SELECT data, revision FROM people WHERE tenant = $1 AND lower(data) LIKE lower($2) ESCAPE '!' ORDER BY id`,
		tenant, `%"postal":"`+likeEscape.Replace(begins[1:len(begins)-1])+`%`)
	if err != nil {
		return nil, fmt.Errorf("find person: %w", broken(err))
	}
	return out, nil
}
