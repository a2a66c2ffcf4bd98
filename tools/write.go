package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"golang.org/x/sync/errgroup"

	"shopkeeper/shop"
)

// Writer is a tool that changes something. Call only plans: its Result carries a proposal that is not stored. Apply does what was
// confirmed, at most once a key, and may be called again after a crash.
type Writer interface {
	Tool
	Apply(ctx context.Context, key string, p shop.Proposal) (shop.Outcome, error)
}

// Proposals keeps what waits for a yes; the store implements it.
type Proposals interface {
	// SaveProposal stores an open proposal; the same wish that is open already in the conversation is returned instead.
	SaveProposal(ctx context.Context, p shop.Proposal) (shop.Proposal, error)
	// ConfirmProposal returns the proposal as it stands then: confirmed means that its effect is the caller's to see to.
	ConfirmProposal(ctx context.Context, who shop.Principal, id string) (shop.Proposal, error)
	DeclineProposal(ctx context.Context, who shop.Principal, id string) (shop.Proposal, error)
	SettleProposal(ctx context.Context, tenant, id string, o shop.Outcome) (shop.Proposal, error)
	DueProposals(ctx context.Context, limit int) ([]shop.Proposal, error)
	// Proposals of a conversation, oldest first.
	Proposals(ctx context.Context, tenant, conversation string) ([]shop.Proposal, error)
	AddAudit(ctx context.Context, e shop.AuditEntry) error
}

// NewWrite makes a tool that plans. Its Line and the model's words are made from the proposal.
func NewWrite[In any](s Spec, plan func(context.Context, Scope, In) (shop.Proposal, error), apply func(context.Context, string, shop.Proposal) (shop.Outcome, error), schema func(*jsonschema.Schema)) Writer {
	s.Effect, s.Output = Write, proposed
	t := New(s, plan, View[In, shop.Proposal]{Schema: schema}).(*tool[In, shop.Proposal])
	return &writer[In]{tool: t, apply: apply}
}

// proposed is what a model reads of every plan.
var proposed = json.RawMessage(`{"type":"object","properties":{"proposal":{"type":"object"},"note":{"type":"string"}}}`)

type writer[In any] struct {
	*tool[In, shop.Proposal]
	apply func(context.Context, string, shop.Proposal) (shop.Outcome, error)
}

func (w *writer[In]) Call(ctx context.Context, sc Scope, args json.RawMessage) (Result, error) {
	in, err := w.read(args)
	if err != nil {
		return Result{}, err
	}
	p, err := w.fn(ctx, sc, in)
	if err != nil {
		return Result{}, err
	}
	return Result{Proposal: &p}, nil
}

func (w *writer[In]) Apply(ctx context.Context, key string, p shop.Proposal) (shop.Outcome, error) {
	return w.apply(ctx, key, p)
}

// propose stores what a write planned and shows it as a card. A plan that was refused is kept in the audit.
func (r *Registry) propose(ctx context.Context, sc Scope, name string, args json.RawMessage, res Result, err error) (Result, error) {
	if err != nil {
		r.refusedPlan(ctx, sc, name, args, err)
		return Result{}, err
	}
	p, err := r.Proposals.SaveProposal(ctx, *res.Proposal)
	if err != nil {
		return Result{}, err
	}
	return proposedResult(p)
}

// proposedResult is what a model reads of a proposal, and its card.
func proposedResult(p shop.Proposal) (Result, error) {
	card := p.Card()
	out, err := marshal(struct {
		Proposal shop.ProposalCard `json:"proposal"`
		Note     string            `json:"note"`
	}{card, proposalNote})
	if err != nil {
		return Result{}, fmt.Errorf("encode proposal: %w", err)
	}
	data, err := marshal(card)
	if err != nil {
		return Result{}, fmt.Errorf("encode proposal: %w", err)
	}
	// The card's id is the proposal's own: it is one thing wherever it is shown.
	return Result{Output: out, Cards: []shop.Card{{Kind: "proposal", ID: p.ID, Data: data}}, Line: clean(p.Summary, 160), Proposal: &p}, nil
}

const proposalNote = "Nothing is done yet. The shopper sees this proposal with its buttons and has to confirm it; do not say that it was done."

func (r *Registry) refusedPlan(ctx context.Context, sc Scope, name string, args json.RawMessage, err error) {
	if r.Proposals == nil {
		return
	}
	pub := public(name, err)
	if len(args) > 2000 || !json.Valid(args) {
		args = nil
	}
	detail, _ := marshal(struct {
		Tool   string          `json:"tool"`
		For    string          `json:"for"`
		Args   json.RawMessage `json:"args,omitempty"`
		Result string          `json:"result"`
	}{name, sc.For.Subject(), args, "refused: " + pub.Msg})
	e := shop.AuditEntry{Tenant: sc.Who.Tenant, Actor: sc.Who.Subject(), Act: "action_refused", Object: sc.Conversation, Detail: string(detail)}
	if err := r.Proposals.AddAudit(context.WithoutCancel(ctx), e); err != nil {
		slog.WarnContext(ctx, "audit refused plan", "tool", name, "error", err)
	}
}

// Plan is Call of a write without storing anything: a suggestion's proposed action.
func (r *Registry) Plan(ctx context.Context, sc Scope, name string, args json.RawMessage) (shop.Proposal, error) {
	res, err := r.run(ctx, sc, name, args)
	if err != nil {
		return shop.Proposal{}, err
	}
	if res.Proposal == nil {
		return shop.Proposal{}, invalid("", "%s changes nothing, so there is nothing to plan.", name)
	}
	return *res.Proposal, nil
}

// Draft is Call for an answer that may never be sent: a write is planned and not kept.
func (r *Registry) Draft(ctx context.Context, sc Scope, name string, args json.RawMessage) (Result, error) {
	res, err := r.run(ctx, sc, name, args)
	if err != nil || res.Proposal == nil {
		return res, err
	}
	res, err = proposedResult(*res.Proposal)
	res.Cards = nil // a card has buttons, and there is nothing yet that they could answer
	return res, err
}

// Keep stores a planned proposal, for who may answer it.
func (r *Registry) Keep(ctx context.Context, p shop.Proposal) (shop.Proposal, error) {
	return r.Proposals.SaveProposal(ctx, p)
}

// Confirm says yes to a proposal and does it. The same yes again gives what came of the first.
func (r *Registry) Confirm(ctx context.Context, who shop.Principal, id string) (shop.Proposal, error) {
	p, err := r.Proposals.ConfirmProposal(ctx, who, id)
	if err != nil || p.State != shop.ProposalConfirmed {
		return p, err
	}
	return r.settle(ctx, p), nil
}

// Decline says no.
func (r *Registry) Decline(ctx context.Context, who shop.Principal, id string) (shop.Proposal, error) {
	return r.Proposals.DeclineProposal(ctx, who, id)
}

// settle does a confirmed proposal and keeps what came of it. What stays unknown is done again later, under the same key.
func (r *Registry) settle(ctx context.Context, p shop.Proposal) shop.Proposal {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	o := shop.Outcome{State: shop.OutcomeUnclear, Code: "unknown_tool"}
	if w, ok := r.byName[p.Tool].(Writer); ok {
		var err error
		o, err = w.Apply(ctx, p.ID, p)
		if err != nil {
			slog.ErrorContext(ctx, "apply proposal", "proposal", p.ID, "tool", p.Tool, "error", err)
			o = shop.Outcome{State: shop.OutcomeUnclear}
		}
	}
	settled, err := r.Proposals.SettleProposal(ctx, p.Action.Tenant, p.ID, o)
	if err != nil {
		slog.ErrorContext(ctx, "settle proposal", "proposal", p.ID, "error", err)
		return p
	}
	if r.Settled != nil && settled.State != shop.ProposalConfirmed {
		r.Settled(ctx, settled)
	}
	return settled
}

// Settle runs until ctx ends: it repeats what was confirmed and has no known outcome.
func (r *Registry) Settle(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		due, err := r.Proposals.DueProposals(ctx, 20)
		if err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "look for proposals to settle", "error", err)
		}
		var g errgroup.Group
		g.SetLimit(8) // a shop's system that hangs does not keep the others' waiting
		for _, p := range due {
			g.Go(func() error {
				r.settle(ctx, p)
				return nil
			})
		}
		_ = g.Wait() // settle tells the log
		if len(due) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		case <-tick.C:
		}
	}
}
