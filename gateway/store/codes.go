package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"time"

	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

const (
	codeLasts = 10 * time.Minute
	codeTries = 5
)

// errCode is the one answer to a code that is not taken, whatever is wrong: it tells nobody which addresses there are.
var errCode = &shop.Error{
	Kind: shop.Refused, Code: "wrong_code", Field: "code",
	Msg: "This code is not right, or not valid any more: a code is good for ten minutes, five tries and one use. Check it, or ask for a new one.",
}

// AskCode implements api.Codes: it notes who asks for a code to an address, and puts the mail into the outbox. Whose address it is, and
// whether anybody's, is looked up when the mail is made: here every address is alike. Asking again voids the code before.
func (s *Store) AskCode(ctx context.Context, who shop.Principal, email, lang string) error {
	if err := codesFor(who); err != nil {
		return err
	}
	ask := shop.CodeMail{Subject: who.Subject(), Email: shop.FoldEmail(email), Request: s.newID(), Lang: lang}
	payload, err := encode(ask)
	if err != nil {
		return err
	}
	return s.tx(ctx, "ask for code", func(tx *sql.Tx) error {
		now := s.clock()
		if _, err := tx.ExecContext(ctx, `DELETE FROM codes WHERE tenant = $1 AND expires < $2`, who.Tenant, micros(now)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO codes (tenant, subject, email, id, hash, expires) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (tenant, subject, email) DO UPDATE SET id = excluded.id, person = '', hash = excluded.hash, tries = 0, expires = excluded.expires`,
			who.Tenant, ask.Subject, ask.Email, ask.Request, []byte{}, micros(now.Add(codeLasts)))
		if err != nil {
			return err
		}
		return s.enqueue(ctx, tx, shop.OutboxMessage{Tenant: who.Tenant, Kind: shop.OutboxMail, Topic: shop.MailCode, Person: ask.Subject, Payload: []byte(payload)})
	})
}

// codesFor lets those pass who have no name yet: an anonymous shopper, or a shop's server that names none.
func codesFor(who shop.Principal) error {
	if who.Role == shop.Shopper && who.Anon || who.Role == shop.App && who.ID == "" {
		return nil
	}
	return &shop.Error{Kind: shop.Forbidden, Code: "signed_in", Msg: "Codes are for shoppers who are not signed in yet."}
}

// MakeCode implements notify.Codes: the code of a request, for the person whose address it is. It is kept as a hash alone, so a mail that
// is written again holds another code, and the one before is void. NotFound when the request is over.
func (s *Store) MakeCode(ctx context.Context, tenant string, ask shop.CodeMail, person string) (code string, err error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("make code: %w", err)
	}
	code = fmt.Sprintf("%06d", n)
	hash, err := s.codeHash(ctx, tenant, ask.Request, code)
	if err != nil {
		return "", err
	}
	err = s.tx(ctx, "make code", func(tx *sql.Tx) error {
		return one(tx.ExecContext(ctx, `UPDATE codes SET person = $5, hash = $6 WHERE tenant = $1 AND subject = $2 AND email = $3 AND id = $4 AND expires > $7`,
			tenant, ask.Subject, ask.Email, ask.Request, person, hash, micros(s.clock())))(notFound("This request for a code is over."))
	})
	if err != nil {
		return "", err
	}
	return code, nil
}

// codeHash is of no use without the secret, though there are only a million codes.
func (s *Store) codeHash(ctx context.Context, tenant, request, code string) ([]byte, error) {
	secret, err := s.Secret(ctx, "sign-in codes")
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, secret)
	for _, part := range []string{tenant, request, code} {
		_, _ = h.Write([]byte(part + "\x00"))
	}
	return h.Sum(nil), nil
}

// UseCode implements api.Codes: the shopper whose address who proved. The code is used up, and the conversations of that very anonymous
// shopper become the shopper's, in one transaction. Every try counts, and all that is wrong is the same refusal. Busy while an answer to
// who is being written; that is no try.
func (s *Store) UseCode(ctx context.Context, who shop.Principal, email, code string) (to shop.Principal, err error) {
	if err := codesFor(who); err != nil {
		return to, err
	}
	email = shop.FoldEmail(email)
	var request string
	err = s.read.QueryRowContext(ctx, `SELECT id FROM codes WHERE tenant = $1 AND subject = $2 AND email = $3`, who.Tenant, who.Subject(), email).Scan(&request)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return to, fmt.Errorf("use code: %w", broken(err))
	}
	given, err := s.codeHash(ctx, who.Tenant, request, code)
	if err != nil {
		return to, err
	}
	right := false
	err = s.tx(ctx, "use code", func(tx *sql.Tx) error {
		var person string
		var hash []byte
		err := tx.QueryRowContext(ctx, `
			UPDATE codes SET tries = tries + 1 WHERE tenant = $1 AND subject = $2 AND email = $3 AND id = $4 AND tries < $5 AND expires > $6
			RETURNING person, hash`, who.Tenant, who.Subject(), email, request, codeTries, micros(s.clock())).Scan(&person, &hash)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if right = hmac.Equal(hash, given) && person != ""; !right {
			return nil // the try stays counted
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM codes WHERE tenant = $1 AND subject = $2 AND email = $3`, who.Tenant, who.Subject(), email); err != nil {
			return err
		}
		to = shop.Principal{Tenant: who.Tenant, ID: person, Key: who.Key, Role: shop.Shopper}
		if who.Anon {
			if err := s.adopt(ctx, tx, who, to); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, insertAudit, s.auditRow(shop.AuditEntry{Tenant: who.Tenant, Actor: who.Subject(), Act: "email_proved", Object: to.Subject()})...)
		return err
	})
	switch {
	case err != nil:
		return shop.Principal{}, err
	case !right:
		return shop.Principal{}, errCode
	}
	return to, nil
}

// adopt makes the conversations of one shopper another's. What was proposed to the first and not answered is void.
func (s *Store) adopt(ctx context.Context, tx *sql.Tx, from, to shop.Principal) error {
	principal, err := encode(to)
	if err != nil {
		return err
	}
	var ids []string
	err = each(ctx, tx, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	}, `UPDATE conversations SET subject = $3, principal = $4, revision = revision + 1, updated = CASE WHEN owner = 'assistant' THEN updated ELSE $5 END
		WHERE tenant = $1 AND subject = $2 RETURNING id`, from.Tenant, from.Subject(), to.Subject(), principal, micros(s.now()))
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE attachments SET subject = $3 WHERE tenant = $1 AND subject = $2`, from.Tenant, from.Subject(), to.Subject()); err != nil {
		return err
	}
	for _, id := range ids {
		// What was suggested tells of nobody's records: now they are known.
		if _, err := tx.ExecContext(ctx, `UPDATE conversations SET suggested = '', suggesting = 0 WHERE tenant = $1 AND id = $2`, from.Tenant, id); err != nil {
			return err
		}
		if err := s.endSuggestions(ctx, tx, from.Tenant, id, "", "", desk.Superseded); err != nil {
			return err
		}
		t, err := lastTurn(ctx, tx, from.Tenant, id)
		if err != nil {
			return err
		}
		if s.running(t) { // it could not be committed: its shopper is no more
			return &shop.Error{Kind: shop.Busy, Msg: "An answer is still being written. Wait for its end, or stop it, and send the code again.", Retry: time.Second}
		}
		var open []shop.Proposal
		err = each(ctx, tx, func(r *sql.Rows) error {
			p, err := scanProposal(r)
			open = append(open, p)
			return err
		}, `SELECT `+proposalColumns+` FROM proposals WHERE tenant = $1 AND conversation = $2 AND state IN ('open', 'awaiting_second')`, from.Tenant, id)
		if err != nil {
			return err
		}
		for _, p := range open {
			if err := s.setProposal(ctx, tx, &p, shop.ProposalVoid, 0); err != nil {
				return err
			}
		}
	}
	return nil
}
