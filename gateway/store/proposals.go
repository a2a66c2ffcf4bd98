package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"shopkeeper/shop"
)

const proposalColumns = `data, state, expires`

func scanProposal(r interface{ Scan(dest ...any) error }) (p shop.Proposal, err error) {
	var data string
	var state shop.ProposalState
	var expires int64
	if err := r.Scan(&data, &state, &expires); err != nil {
		return p, err
	}
	p, err = decode[shop.Proposal](data)
	p.State, p.Expires = state, fromMicros(expires)
	return p, err
}

// SaveProposal implements tools.Proposals. The same wish that is open already in the conversation is that one; another wish about
// the same record voids it. How long the proposal stands is its Expires less its Created; both are moved to the store's time.
func (s *Store) SaveProposal(ctx context.Context, p shop.Proposal) (saved shop.Proposal, err error) {
	if p.ID == "" {
		p.ID = s.newID()
	}
	stands := p.Expires.Sub(p.Created)
	p.State, p.Created = shop.ProposalOpen, fromMicros(micros(s.now()))
	p.Expires = p.Created.Add(stands)
	for stored := false; !stored && err == nil; {
		err = s.tx(ctx, "save proposal", func(tx *sql.Tx) error {
			old, err := scanProposal(tx.QueryRowContext(ctx, `SELECT `+proposalColumns+` FROM proposals
				WHERE tenant = $1 AND conversation = $2 AND tool = $3 AND record = $4 AND state = 'open'`, p.Action.Tenant, p.Conversation, p.Tool, p.Action.Record))
			switch {
			case errors.Is(err, sql.ErrNoRows):
			case err != nil:
				return err
			case sameWish(old, p) && s.now().Before(old.Expires):
				saved, stored = old, true
				return nil
			default:
				if err := s.setProposal(ctx, tx, &old, shop.ProposalVoid, 0); err != nil {
					return err
				}
			}
			data, err := encode(p)
			if err != nil {
				return err
			}
			n, err := rowsAffected(tx.ExecContext(ctx, `
				INSERT INTO proposals (tenant, id, conversation, tool, record, owner, planner, state, expires, data)
				VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9) ON CONFLICT DO NOTHING`,
				p.Action.Tenant, p.ID, p.Conversation, p.Tool, p.Action.Record, p.For.Subject(), p.By.Subject(), micros(p.Expires), data))
			saved, stored = p, n == 1 // else somebody was faster: theirs is read
			return err
		})
	}
	return saved, err
}

func sameWish(a, b shop.Proposal) bool {
	return string(a.Action.Args) == string(b.Action.Args) && a.Action.Revision == b.Action.Revision && a.Action.Rule == b.Action.Rule &&
		a.Action.Delta == b.Action.Delta && a.By.Subject() == b.By.Subject() && a.For.Subject() == b.For.Subject()
}

// setProposal writes a proposal's state and what goes with it.
func (s *Store) setProposal(ctx context.Context, tx *sql.Tx, p *shop.Proposal, to shop.ProposalState, due int64) error {
	p.State = to
	data, err := encode(p)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE proposals SET state = $3, due = $4, data = $5 WHERE tenant = $1 AND id = $2`, p.Action.Tenant, p.ID, to, due, data)
	return err
}

var noProposal = notFound("There is no such proposal.")

// party says whether somebody may answer a proposal: whose record it is, or whose assistant planned it.
func party(who shop.Principal, p shop.Proposal) bool {
	return who.Tenant == p.Action.Tenant && (who.Subject() == p.For.Subject() || who.Subject() == p.By.Subject())
}

// Proposal is one, for those who may answer it or second it; NotFound for others.
func (s *Store) Proposal(ctx context.Context, who shop.Principal, id string) (shop.Proposal, error) {
	p, err := scanProposal(s.read.QueryRowContext(ctx, `SELECT `+proposalColumns+` FROM proposals WHERE tenant = $1 AND id = $2`, who.Tenant, id))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !party(who, p) && !staff(who) {
		return shop.Proposal{}, noProposal
	}
	if err != nil {
		return shop.Proposal{}, fmt.Errorf("read proposal: %w", broken(err))
	}
	return s.aged(p), nil
}

// aged shows a proposal that nobody answered in time as expired.
func (s *Store) aged(p shop.Proposal) shop.Proposal {
	if p.State == shop.ProposalOpen && !s.now().Before(p.Expires) {
		p.State = shop.ProposalExpired
	}
	return p
}

// Proposals are those of a conversation, oldest first. Whether the caller may read the conversation is the caller's to know.
func (s *Store) Proposals(ctx context.Context, tenant, conversation string) (out []shop.Proposal, err error) {
	err = each(ctx, s.read, func(r *sql.Rows) error {
		p, err := scanProposal(r)
		out = append(out, s.aged(p))
		return err
	}, `SELECT `+proposalColumns+` FROM proposals WHERE tenant = $1 AND conversation = $2`, tenant, conversation)
	if err != nil {
		return nil, fmt.Errorf("list proposals: %w", broken(err))
	}
	slices.SortStableFunc(out, func(a, b shop.Proposal) int { return a.Created.Compare(b.Created) })
	return out, nil
}

// lease is how long whoever confirmed a proposal has to do it before others try.
const lease = 10 * time.Second

// ConfirmProposal implements tools.Proposals: state and audit row in one transaction. A proposal that was confirmed before is
// returned as it stands. Refusals are kept in the audit, too.
func (s *Store) ConfirmProposal(ctx context.Context, who shop.Principal, id string) (p shop.Proposal, err error) {
	return s.answer(ctx, who, id, func(tx *sql.Tx, p *shop.Proposal) (string, error) {
		switch p.State {
		case shop.ProposalConfirmed, shop.ProposalDone, shop.ProposalRefused, shop.ProposalUnclear:
			return "", nil
		case shop.ProposalSecond:
			if slices.Contains(p.Approvals, who.Subject()) {
				return "", &shop.Error{Kind: shop.Forbidden, Code: "second_person", Msg: "A second person has to confirm this."}
			}
		case shop.ProposalOpen:
			if !party(who, *p) {
				return "", noProposal
			}
		default:
			return "", closedProposal(*p)
		}
		p.Approvals = append(p.Approvals, who.Subject())
		if p.State == shop.ProposalOpen && p.Second {
			return "approved, a second person is needed", s.setProposal(ctx, tx, p, shop.ProposalSecond, 0)
		}
		p.Action.Who = who.Subject()
		return "confirmed", s.setProposal(ctx, tx, p, shop.ProposalConfirmed, micros(s.now().Add(lease)))
	})
}

// DeclineProposal implements tools.Proposals.
func (s *Store) DeclineProposal(ctx context.Context, who shop.Principal, id string) (shop.Proposal, error) {
	return s.answer(ctx, who, id, func(tx *sql.Tx, p *shop.Proposal) (string, error) {
		switch p.State {
		case shop.ProposalDeclined:
			return "", nil
		case shop.ProposalOpen, shop.ProposalSecond:
			return "declined", s.setProposal(ctx, tx, p, shop.ProposalDeclined, 0)
		}
		return "", closedProposal(*p)
	})
}

func closedProposal(p shop.Proposal) error {
	msg := map[shop.ProposalState]string{
		shop.ProposalExpired: "This proposal is too old; please ask again.", shop.ProposalVoid: "This proposal does not hold any more: something changed. Please ask again.",
		shop.ProposalDeclined: "This proposal was declined; please ask again if you want it after all.",
	}[p.State]
	if msg == "" {
		msg = "This proposal was confirmed already."
	}
	return &shop.Error{Kind: shop.Conflict, Code: "proposal_" + string(p.State), Msg: msg}
}

// answer locks a proposal, lets fn answer it and keeps what came of it in the audit. fn returns what happened, "" for nothing.
func (s *Store) answer(ctx context.Context, who shop.Principal, id string, fn func(tx *sql.Tx, p *shop.Proposal) (string, error)) (p shop.Proposal, err error) {
	var refused error
	err = s.tx(ctx, "answer proposal", func(tx *sql.Tx) error {
		p, err = scanProposal(tx.QueryRowContext(ctx, `UPDATE proposals SET tries = tries WHERE tenant = $1 AND id = $2 RETURNING `+proposalColumns, who.Tenant, id))
		if errors.Is(err, sql.ErrNoRows) {
			return s.auditAnswer(ctx, tx, who, shop.Proposal{ID: id}, &refused, noProposal)
		}
		if err != nil {
			return err
		}
		if p.State == shop.ProposalOpen && !s.now().Before(p.Expires) {
			if err := s.setProposal(ctx, tx, &p, shop.ProposalExpired, 0); err != nil {
				return err
			}
		}
		if !party(who, p) && (p.State != shop.ProposalSecond || !staff(who)) {
			return s.auditAnswer(ctx, tx, who, p, &refused, noProposal)
		}
		what, err := fn(tx, &p)
		var e *shop.Error
		if errors.As(err, &e) && e.Kind != shop.Internal {
			return s.auditAnswer(ctx, tx, who, p, &refused, err)
		}
		if err != nil || what == "" {
			return err
		}
		a := p.Action
		a.Who = who.Subject()
		return s.audit(ctx, tx, a, p.ID, what)
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return shop.Proposal{}, err
	}
	s.touch(ctx, p)
	return p, nil
}

// touch lets the desk hear that something of a proposal's conversation is new. It is no part of what was done: what cannot be told is
// seen when the conversation is opened.
func (s *Store) touch(ctx context.Context, p shop.Proposal) {
	_, _ = s.write.ExecContext(ctx, `UPDATE conversations SET updated = $3 WHERE tenant = $1 AND id = $2 AND updated < $3`, p.Action.Tenant, p.Conversation, micros(s.now()))
}

// auditAnswer keeps a refused answer; the transaction goes on, and *refused is what the caller hears.
func (s *Store) auditAnswer(ctx context.Context, tx *sql.Tx, who shop.Principal, p shop.Proposal, refused *error, why error) error {
	*refused = why
	a := p.Action
	if a.Kind == "" {
		a.Kind = "proposal"
	}
	a.Tenant, a.Who = who.Tenant, who.Subject()
	if !party(who, p) { // what others propose is not told in the name of who asked
		a.Args, a.Record = nil, bounded(p.ID, 80)
	}
	return s.audit(ctx, tx, a, bounded(p.ID, 80), "refused: "+publicOf(why))
}

func publicOf(err error) string {
	var e *shop.Error
	if errors.As(err, &e) {
		return e.Msg
	}
	return "it failed"
}

func bounded(s string, n int) string {
	if rs := []rune(s); len(rs) > n {
		return string(rs[:n])
	}
	return s
}

// SettleProposal implements tools.Proposals: what became of a confirmed one. Unclear ones are due again, later each time.
func (s *Store) SettleProposal(ctx context.Context, tenant, id string, o shop.Outcome) (p shop.Proposal, err error) {
	err = s.tx(ctx, "settle proposal", func(tx *sql.Tx) error {
		var tries int64
		if err := tx.QueryRowContext(ctx, `UPDATE proposals SET tries = tries + 1 WHERE tenant = $1 AND id = $2 RETURNING tries`, tenant, id).Scan(&tries); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				return noProposal
			}
			return err
		}
		if p, err = scanProposal(tx.QueryRowContext(ctx, `SELECT `+proposalColumns+` FROM proposals WHERE tenant = $1 AND id = $2`, tenant, id)); err != nil {
			return err
		}
		if p.State != shop.ProposalConfirmed && p.State != shop.ProposalUnclear {
			return nil
		}
		p.Outcome = &o
		switch {
		case o.State == shop.OutcomeDone:
			return s.setProposal(ctx, tx, &p, shop.ProposalDone, 0)
		case o.State == shop.OutcomeRefused && (o.Code == "record_changed" || o.Code == "rule_changed"):
			return s.setProposal(ctx, tx, &p, shop.ProposalVoid, 0)
		case o.State == shop.OutcomeRefused:
			return s.setProposal(ctx, tx, &p, shop.ProposalRefused, 0)
		}
		return s.setProposal(ctx, tx, &p, shop.ProposalUnclear, micros(s.now().Add(min(10*time.Minute, time.Second<<min(tries, 10)))))
	})
	if err != nil {
		return shop.Proposal{}, err
	}
	s.touch(ctx, p)
	return p, nil
}

// DueProposals implements tools.Proposals: confirmed ones whose effect is not known and that nobody is busy with. Each is leased
// to the caller.
func (s *Store) DueProposals(ctx context.Context, limit int) (out []shop.Proposal, err error) {
	now := s.now()
	err = s.tx(ctx, "lease proposals", func(tx *sql.Tx) error {
		return each(ctx, tx, func(r *sql.Rows) error {
			p, err := scanProposal(r)
			out = append(out, p)
			return err
		}, `UPDATE proposals SET due = $2 WHERE due <= $1 AND (state = 'confirmed' OR state = 'unclear') AND (tenant, id) IN (
				SELECT tenant, id FROM proposals WHERE due <= $1 AND (state = 'confirmed' OR state = 'unclear') ORDER BY due LIMIT $3)
			RETURNING `+proposalColumns, micros(now), micros(now.Add(time.Minute)), limit)
	})
	return out, err
}
