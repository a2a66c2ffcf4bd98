package store

import (
	"context"
	"database/sql"
	"strings"

	"shopkeeper/shop"
)

// mostPeople is how many customers of a name a search looks at.
const mostPeople = 100

// subjectsOf are the customers that a search may mean: of this e-mail address, with an order of this id, or with these words in their name.
func (s *Store) subjectsOf(ctx context.Context, tenant, text string) (out []string, err error) {
	found := map[string]bool{}
	add := func(id string) {
		if subject := (shop.Principal{Tenant: tenant, Role: shop.Shopper, ID: id}).Subject(); id != "" && !found[subject] {
			found[subject], out = true, append(out, subject)
		}
	}
	err = each(ctx, s.read, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		add(id)
		return err
	}, `SELECT shopper FROM orders WHERE tenant = $1 AND id IN ($2, $3)
		UNION SELECT id FROM people WHERE tenant = $1 AND email = $4 AND email <> ''`,
		tenant, text, strings.ToUpper(text), shop.FoldEmail(text))
	if err != nil {
		return nil, err
	}
	words, err := encode(text) // as it stands in a record
	if err != nil {
		return nil, err
	}
	err = each(ctx, s.read, func(r *sql.Rows) error {
		p, err := scanPerson(r)
		if strings.Contains(strings.ToLower(p.Name), strings.ToLower(text)) {
			add(p.ID)
		}
		return err
	}, `SELECT data, revision FROM people WHERE tenant = $1 AND lower(data) LIKE lower($2) ESCAPE '!' ORDER BY id LIMIT $3`,
		tenant, `%"name":"%`+likeEscape.Replace(words[1:len(words)-1])+`%`, mostPeople)
	return out, err
}
