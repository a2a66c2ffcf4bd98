package shop

import (
	"context"
	"encoding/json"
	"time"
)

// Action is what is done once, by key, to one record. Everything in it was decided when it was planned.
type Action struct {
	Tenant   string          `json:"tenant"`
	Kind     string          `json:"kind"`    // the tool's name, such as cancel_order
	Shopper  string          `json:"shopper"` // whose record it is
	Record   string          `json:"record"`  // the order's number; for the account, the shopper's id
	Args     json.RawMessage `json:"args"`    // normalised: the same wish is the same bytes
	Revision int64           `json:"revision"`
	Delta    Money           `json:"delta"` // what the shopper pays (or, negative, gets back); an effect that comes to another sum is refused
	Rule     string          `json:"rule"`  // id@version of the rule that allowed it
	At       time.Time       `json:"at"`    // when it was planned, in the shop's time: windows are counted to then
	Who      string          `json:"who"`   // Principal.Subject of who confirmed it, for the audit
}

// OutcomeState says what is known of an action's effect.
type OutcomeState string

const (
	OutcomeDone    OutcomeState = "done"
	OutcomeRefused OutcomeState = "refused"
	OutcomeUnclear OutcomeState = "unclear" // the other system did not say: it may have been done
)

// Outcome is what became of an Action.
type Outcome struct {
	State    OutcomeState `json:"state"`
	Code     string       `json:"code,omitempty"`     // machine word of a refusal, such as order_not_pending, record_changed
	Msg      string       `json:"msg,omitempty"`      // public: one sentence
	Revision int64        `json:"revision,omitempty"` // of the record afterwards
}

// Actions does a thing once a key: the same key again gives the first outcome and does nothing. The store and the connector
// implement it. An error means that nothing is known of the effect; the same key is tried again later.
type Actions interface {
	Act(ctx context.Context, key string, a Action) (Outcome, error)
}

// ProposalState: open → declined, void (its record or arguments changed), expired, awaiting_second, confirmed; confirmed → done,
// refused, unclear (asked again until it is known).
type ProposalState string

const (
	ProposalOpen      ProposalState = "open"
	ProposalSecond    ProposalState = "awaiting_second"
	ProposalConfirmed ProposalState = "confirmed"
	ProposalDone      ProposalState = "done"
	ProposalRefused   ProposalState = "refused"
	ProposalUnclear   ProposalState = "unclear"
	ProposalDeclined  ProposalState = "declined"
	ProposalVoid      ProposalState = "void"
	ProposalExpired   ProposalState = "expired"
)

// Proposal is a write that was planned and waits for a yes. Its ID is the key of its effect.
type Proposal struct {
	ID           string          `json:"id"`
	Tool         string          `json:"tool"`
	Conversation string          `json:"conversation"`
	Turn         string          `json:"turn"`
	By           Principal       `json:"by"`  // whose assistant planned it
	For          Principal       `json:"for"` // whose record it is
	Lang         string          `json:"lang"`
	Action       Action          `json:"action"`
	Summary      string          `json:"summary"` // one sentence in Lang
	Before       json.RawMessage `json:"before"`  // the parts of the record that change
	After        json.RawMessage `json:"after"`
	Created      time.Time       `json:"created"`
	Expires      time.Time       `json:"expires"`
	State        ProposalState   `json:"state"`
	Second       bool            `json:"second,omitempty"`    // two people of the shop have to confirm it
	Approvals    []string        `json:"approvals,omitempty"` // subjects of those who confirmed it
	Outcome      *Outcome        `json:"outcome,omitempty"`
}

// Card is what a client shows of a proposal.
func (p Proposal) Card() ProposalCard {
	c := ProposalCard{
		ID: p.ID, Tool: p.Tool, Record: p.Action.Record, Summary: p.Summary, Before: p.Before, After: p.After, MoneyDelta: p.Action.Delta, Expires: p.Expires, State: p.State,
	}
	if p.Outcome != nil {
		c.Note = p.Outcome.Msg
	}
	return c
}

// Rule is versioned data that decides about one kind of action. A zero field limits nothing.
type Rule struct {
	ID           string      `json:"id"`      // the action's kind
	Version      string      `json:"version"` // such as 2026-03
	From         time.Time   `json:"from,omitzero"`
	Off          bool        `json:"off,omitempty"`           // nobody may; a person decides
	Statuses     []string    `json:"statuses,omitempty"`      // of the order
	Reasons      []string    `json:"reasons,omitempty"`       // one of them must be given
	Windows      []Window    `json:"windows,omitempty"`       // days since delivery, by member level
	Extensions   []Extension `json:"extensions,omitempty"`    // of the window
	RefundTo     []string    `json:"refund_to,omitempty"`     // original, gift_card, or a kind of payment method
	Fee          int64       `json:"fee,omitempty"`           // minor units, taken off a refund
	FreeFor      []string    `json:"free_for,omitempty"`      // reasons that cost no fee
	FreeLevel    int         `json:"free_level,omitempty"`    // members of this level and above pay no fee; 0 = nobody
	ShippingBack int64       `json:"shipping_back,omitempty"` // minor units: shipping up to this comes back when all items do
	Cap          int64       `json:"cap,omitempty"`           // minor units: the most that an order may get
	BPS          int64       `json:"bps,omitempty"`           // of what was paid, in 1/100 %
	LateDays     int         `json:"late_days,omitempty"`     // days after the expected delivery
	Minutes      int         `json:"minutes,omitempty"`       // how long a proposal stands; 0 = 15
	SecondOver   int64       `json:"second_over,omitempty"`   // minor units: above it a proposal of an agent needs a second person
}

// Name is how a refusal names the rule.
func (r Rule) Name() string { return r.ID + "@" + r.Version }

// Window is how many days after delivery something may be asked for, from a member level on.
type Window struct {
	Level int `json:"level,omitempty"`
	Days  int `json:"days"`
}

// Extension: what was delivered from From to Until (days, inclusive, YYYY-MM-DD) may be asked for until To.
type Extension struct {
	From  string `json:"from"`
	Until string `json:"until"`
	To    string `json:"to"`
}

// Handoff asks for a person. A tool's result carries it as an intent; the turn's commit does it.
type Handoff struct {
	Reason  string `json:"reason"` // a code of HandoffReasons
	Summary string `json:"summary"`
}

// HandoffReasons are the codes of why a person is asked for.
var HandoffReasons = []string{"asked_for_person", "outside_rules", "complaint", "damaged_item", "missing_parcel", "payment_problem", "identity", "assistant_failed", "other"}
