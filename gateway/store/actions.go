package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"shopkeeper/shop"
	"shopkeeper/shop/action"
)

// Act implements shop.Actions for the orders and accounts that the store keeps. The effect, its key and its audit row are one
// transaction. What was decided when the action was planned is decided again here, on the records as they are now: another
// revision, another rule or another sum is a refusal (record_changed, rule_changed).
func (s *Store) Act(ctx context.Context, key string, a shop.Action) (o shop.Outcome, err error) {
	if key == "" {
		return o, invalid("key", "An action needs a key.")
	}
	raw, err := encode(a)
	if err != nil {
		return o, err
	}
	hash := sha256.Sum256([]byte(raw))
	rule, err := s.Rule(ctx, a.Tenant, a.Kind, a.At)
	if err != nil {
		return o, err
	}
	err = s.tx(ctx, "act", func(tx *sql.Tx) error {
		// The key first: whoever comes second waits here, and then finds the first one's outcome.
		n, err := rowsAffected(tx.ExecContext(ctx, `INSERT INTO effects (tenant, key, hash, at, data) VALUES ($1, $2, $3, $4, '') ON CONFLICT (tenant, key) DO NOTHING`,
			a.Tenant, key, hash[:], micros(s.now())))
		if err != nil {
			return err
		}
		if n == 0 {
			o, err = effectOf(ctx, tx, a.Tenant, key, hash)
			return err
		}
		if o, err = s.act(ctx, tx, a, rule); err != nil {
			return err
		}
		data, err := encode(o)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE effects SET data = $3 WHERE tenant = $1 AND key = $2`, a.Tenant, key, data); err != nil {
			return err
		}
		return s.audit(ctx, tx, a, key, string(o.State)+refusal(o))
	})
	return o, err
}

func refusal(o shop.Outcome) string {
	if o.Code == "" {
		return ""
	}
	return ": " + o.Code
}

func effectOf(ctx context.Context, tx *sql.Tx, tenant, key string, hash [32]byte) (o shop.Outcome, err error) {
	var data string
	var stored []byte
	if err := tx.QueryRowContext(ctx, `SELECT hash, data FROM effects WHERE tenant = $1 AND key = $2`, tenant, key).Scan(&stored, &data); err != nil {
		return o, err
	}
	if !bytes.Equal(stored, hash[:]) {
		return o, conflict("The key %s was used for another action.", key)
	}
	return decode[shop.Outcome](data)
}

// AuditDetail is what an audit row keeps of an action beside who did what to what.
type AuditDetail struct {
	Tool     string          `json:"tool"`
	Proposal string          `json:"proposal,omitempty"`
	For      string          `json:"for"` // on whose behalf
	Args     json.RawMessage `json:"args,omitempty"`
	Revision int64           `json:"revision,omitempty"`
	Rule     string          `json:"rule,omitempty"`
	Result   string          `json:"result"`
}

func (s *Store) audit(ctx context.Context, tx *sql.Tx, a shop.Action, proposal, result string) error {
	detail, err := encode(AuditDetail{
		Tool: a.Kind, Proposal: proposal, For: shop.Principal{Tenant: a.Tenant, Role: shop.Shopper, ID: a.Shopper}.Subject(), Args: a.Args, Revision: a.Revision, Rule: a.Rule, Result: result,
	})
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, insertAudit, s.auditRow(shop.AuditEntry{Tenant: a.Tenant, Actor: a.Who, Act: "action", Object: a.Record, Detail: detail})...)
	return err
}

// act does the action on locked records. A refusal is an outcome, not an error.
func (s *Store) act(ctx context.Context, tx *sql.Tx, a shop.Action, rule shop.Rule) (shop.Outcome, error) {
	w := action.World{Now: a.At}
	var err error
	account := action.OfAccount(a.Kind)
	if !account {
		if w.Order, err = lockOrder(ctx, tx, a.Tenant, a.Record, a.Shopper); err != nil {
			return refusedBy(err)
		}
	}
	if w.Person, err = lockPerson(ctx, tx, a.Tenant, a.Shopper); err != nil {
		return refusedBy(err)
	}
	revision := w.Order.Revision
	if account {
		revision = w.Person.Revision
	}
	if revision != a.Revision {
		return refusedBy(&shop.Error{Kind: shop.Refused, Code: "record_changed", Msg: "It changed in the meantime, so nothing was done. Please look at it again."})
	}
	if a.Rule != rule.Name() {
		return refusedBy(&shop.Error{Kind: shop.Refused, Code: "rule_changed", Msg: "The rules changed in the meantime, so nothing was done. Please ask again."})
	}
	if w.Currency, err = currencyOf(ctx, tx, a.Tenant); err != nil {
		return shop.Outcome{}, err
	}
	if w.Products, err = productsOf(ctx, tx, a.Tenant, w.Order); err != nil {
		return shop.Outcome{}, err
	}
	e, err := action.Decide(a.Kind, w, rule, a.Args)
	if err != nil {
		return refusedBy(err)
	}
	if e.Delta != a.Delta {
		return refusedBy(&shop.Error{Kind: shop.Refused, Code: "record_changed", Msg: "A price changed in the meantime, so nothing was done. Please look at it again."})
	}
	return s.effect(ctx, tx, a, w, e)
}

func refusedBy(err error) (shop.Outcome, error) {
	var e *shop.Error
	if !errors.As(err, &e) || e.Kind == shop.Internal || e.Kind == shop.Unavailable {
		return shop.Outcome{}, err
	}
	code := e.Code
	if code == "" && e.Kind == shop.NotFound {
		code = "order_not_found"
	}
	return shop.Outcome{State: shop.OutcomeRefused, Code: code, Msg: e.Msg}, nil
}

// effect writes what the action makes of the records.
func (s *Store) effect(ctx context.Context, tx *sql.Tx, a shop.Action, w action.World, e action.Effect) (shop.Outcome, error) {
	o := shop.Outcome{State: shop.OutcomeDone, Revision: w.Order.Revision}
	if e.Order != nil {
		data, err := encode(unrevised(*e.Order))
		if err != nil {
			return o, err
		}
		o.Revision++
		_, err = tx.ExecContext(ctx, `UPDATE orders SET data = $3, revision = $4 WHERE tenant = $1 AND id = $2`, a.Tenant, a.Record, data, o.Revision)
		if err != nil {
			return o, err
		}
	}
	if e.Person != nil {
		p := *e.Person
		p.Revision = 0
		data, err := encode(p)
		if err != nil {
			return o, err
		}
		_, err = tx.ExecContext(ctx, `UPDATE people SET data = $3, revision = revision + 1 WHERE tenant = $1 AND id = $2`, a.Tenant, a.Shopper, data)
		if err != nil {
			return o, err
		}
		if action.OfAccount(a.Kind) {
			o.Revision = w.Person.Revision + 1
		}
	}
	if e.New != nil {
		id, err := s.newOrder(ctx, tx, a, *e.New)
		if err != nil {
			return o, err
		}
		o.Msg = id
	}
	return o, nil
}

// newOrder stores an order under the first free number after the one that it repeats.
func (s *Store) newOrder(ctx context.Context, tx *sql.Tx, a shop.Action, n shop.Order) (string, error) {
	for i := 2; ; i++ {
		n.ID = a.Record + "-" + strconv.Itoa(i)
		data, err := encode(unrevised(n))
		if err != nil {
			return "", err
		}
		rows, err := rowsAffected(tx.ExecContext(ctx, `INSERT INTO orders (tenant, id, shopper, placed, data) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, id) DO NOTHING`,
			a.Tenant, n.ID, a.Shopper, micros(n.Placed), data))
		if err != nil || rows == 1 {
			return n.ID, err
		}
	}
}

// unrevised is an order as it is stored: its revision is a column.
func unrevised(o shop.Order) shop.Order {
	o.Revision = 0
	return o
}

func lockOrder(ctx context.Context, tx *sql.Tx, tenant, id, shopper string) (shop.Order, error) {
	o, err := scanOrder(tx.QueryRowContext(ctx, `UPDATE orders SET revision = revision WHERE tenant = $1 AND id = $2 AND shopper = $3 RETURNING data, revision`, tenant, id, shopper), tenant)
	if errors.Is(err, sql.ErrNoRows) {
		return o, noOrder(id)
	}
	return o, err
}

func lockPerson(ctx context.Context, tx *sql.Tx, tenant, id string) (shop.Person, error) {
	p, err := scanPerson(tx.QueryRowContext(ctx, `UPDATE people SET revision = revision WHERE tenant = $1 AND id = $2 RETURNING data, revision`, tenant, id))
	if errors.Is(err, sql.ErrNoRows) { // an order of somebody whose account the shop does not know
		return shop.Person{ID: id}, nil
	}
	return p, err
}

func currencyOf(ctx context.Context, tx *sql.Tx, tenant string) (string, error) {
	var data string
	if err := tx.QueryRowContext(ctx, `SELECT data FROM tenants WHERE id = $1`, tenant).Scan(&data); err != nil {
		return "", err
	}
	t, err := decode[shop.Tenant](data)
	return t.Currency, err
}

// productsOf are the products of an order's items, as they are now.
func productsOf(ctx context.Context, tx *sql.Tx, tenant string, o shop.Order) (out []shop.Product, err error) {
	ids := make([]string, 0, len(o.Items))
	for _, it := range o.Items {
		ids = append(ids, it.Product)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	list, args := in(1, ids)
	err = each(ctx, tx, func(r *sql.Rows) error {
		p, _, err := scanProduct(r, tenant)
		out = append(out, p)
		return err
	}, `SELECT id, revision, deleted, data FROM products WHERE tenant = $1 AND deleted = 0 AND id IN (`+list+`)`, append([]any{tenant}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("read products: %w", broken(err))
	}
	return out, nil
}
