package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"shopkeeper/shop"
)

// Erased is what Erase removed.
type Erased struct {
	Conversations int64 `json:"conversations"`
	Messages      int64 `json:"messages"`
	Profile       int64 `json:"profile"` // 1 when the shopper's own record was there
	Calls         int64 `json:"calls"`   // rows of the accounts that name the shopper no more; what they cost stays
	Audit         int64 `json:"audit"`   // rows of the audit that name the shopper and tell what they wrote no more; that it was done stays
}

// Erase removes what is known of a shopper in one transaction: conversations with all that belongs to them, remembered replies, what was
// suggested, the shopper's own record; the accounts keep their sums without the name, the audit who did what with which result. Orders
// stay: they are the shop's books. A turn that is running cannot be committed any more. Nothing known is no error.
func (s *Store) Erase(ctx context.Context, tenant, shopper string) (e Erased, err error) {
	if tenant == "" || shopper == "" {
		return e, invalid("shopper", "Name the tenant and the shopper to erase.")
	}
	of := shop.Principal{Tenant: tenant, Role: shop.Shopper, ID: shopper}.Subject()
	err = s.longTx(ctx, "erase shopper", func(tx *sql.Tx) error {
		if _, _, _, err := locked(ctx, tx, tenant); err != nil {
			return err
		}
		var none int64
		// Some were made before their shopper was known.
		_, err := dropSuggestions(ctx, tx, `(subject = $2 OR conversation IN (SELECT id FROM conversations WHERE tenant = $1 AND subject = $2)
			OR conversation IN (SELECT conversation FROM suggestions WHERE tenant = $1 AND subject = $2))`, tenant, of)
		if err != nil {
			return err
		}
		if e.Audit, err = eraseAudit(ctx, tx, tenant, shopper, of); err != nil {
			return err
		}
		for _, table := range conversationParts {
			n, err := rowsAffected(tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE tenant = $1 AND conversation IN (SELECT id FROM conversations WHERE tenant = $1 AND subject = $2)`, tenant, of))
			if err != nil {
				return err
			}
			if table == "messages" {
				e.Messages = n
			}
		}
		for _, step := range []struct {
			query string
			n     *int64
			arg   string
		}{
			{`DELETE FROM attachments WHERE tenant = $1 AND subject = $2`, &none, of}, // those that were never sent
			// A conversation that was begun before its shopper was known has calls under another name.
			{`UPDATE calls SET person = '', conversation = '', turn = '' WHERE tenant = $1 AND (person = $2
				OR conversation <> '' AND conversation IN (SELECT id FROM conversations WHERE tenant = $1 AND subject = $2))`, &e.Calls, of},
			{`DELETE FROM conversations WHERE tenant = $1 AND subject = $2`, &e.Conversations, of},
			{`DELETE FROM replies WHERE tenant = $1 AND subject = $2`, &none, of},
			{`DELETE FROM proposals WHERE tenant = $1 AND owner = $2`, &none, of},
			{`DELETE FROM outbox WHERE tenant = $1 AND person = $2`, &none, of},
			{`DELETE FROM codes WHERE tenant = $1 AND person = $2`, &none, shopper},
			{`DELETE FROM people WHERE tenant = $1 AND id = $2`, &e.Profile, shopper},
		} {
			n, err := rowsAffected(tx.ExecContext(ctx, step.query, tenant, step.arg))
			if err != nil {
				return err
			}
			*step.n = n
		}
		return nil
	})
	if err != nil {
		return Erased{}, err
	}
	return e, nil
}

// erasedShopper stands in the audit where a shopper did something, or had it done to them.
const erasedShopper = "shopper//erased"

// eraseAudit takes out of the audit who a shopper was and what was asked for them: addresses, reasons, messages that quote them. Who did
// it, the tool, the time, the rule and what came of it stay. Rows of before they were known are found by their conversations.
func eraseAudit(ctx context.Context, tx *sql.Tx, tenant, shopper, of string) (int64, error) {
	theirs := map[string]bool{}
	err := each(ctx, tx, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		theirs[id] = true
		return err
	}, `SELECT id FROM conversations WHERE tenant = $1 AND subject = $2`, tenant, of)
	if err != nil {
		return 0, err
	}
	type row struct {
		at                        int64
		id, actor, object, detail string
	}
	var rows []row
	err = each(ctx, tx, func(r *sql.Rows) error {
		var a row
		var act string
		if err := r.Scan(&a.at, &a.id, &act, &a.actor, &a.object, &a.detail); err != nil {
			return err
		}
		changed := false
		var d AuditDetail
		if strings.HasPrefix(act, "action") && json.Unmarshal([]byte(a.detail), &d) == nil && (d.For == of || act == "action_refused" && theirs[a.object]) {
			if a.actor == d.For {
				a.actor = erasedShopper
			}
			d.For, d.Args = erasedShopper, nil
			if act == "action_refused" { // its sentence may quote what was asked for
				d.Result, _, _ = strings.Cut(d.Result, ":")
			}
			if a.object == shopper { // of an account
				a.object = erasedShopper
			}
			detail, err := encode(d)
			if err != nil {
				return err
			}
			a.detail, changed = detail, true
		}
		if a.actor == of || act == "email_proved" && a.object == of {
			a.actor, changed = erasedShopper, true
		}
		if a.object == of {
			a.object, changed = erasedShopper, true
		}
		if changed {
			rows = append(rows, a)
		}
		return nil
	}, `SELECT at, id, act, actor, object, detail FROM audit WHERE tenant = $1 AND (act IN ('action', 'action_refused') OR actor = $2 OR object = $2)`, tenant, of)
	if err != nil {
		return 0, err
	}
	for _, a := range rows {
		if _, err := tx.ExecContext(ctx, `UPDATE audit SET actor = $4, object = $5, detail = $6 WHERE tenant = $1 AND at = $2 AND id = $3`, tenant, a.at, a.id, a.actor, a.object, a.detail); err != nil {
			return 0, err
		}
	}
	return int64(len(rows)), nil
}
