package assistant

import (
	"encoding/json"
	"regexp"
	"time"

	"shopkeeper/shop"
)

// proposal takes what a write planned: its sums are facts, the texts in it are the shopper's and the catalogue's.
func (e *evidence) proposal(output json.RawMessage) {
	var out struct {
		Proposal struct {
			shop.ProposalCard
			Before proposalView `json:"before"`
			After  proposalView `json:"after"`
		} `json:"proposal"`
	}
	if json.Unmarshal(output, &out) != nil {
		return
	}
	p := out.Proposal
	e.proposed(p.Tool, p.State)
	e.name(p.Record)
	e.amountOf(p.MoneyDelta)
	e.moment(&p.Expires)
	for _, v := range []proposalView{p.Before, p.After} {
		for _, it := range v.Items {
			e.item(it)
		}
		for _, r := range v.Refund {
			e.amountOf(r.Amount)
			e.text(r.Method)
		}
		for _, m := range []*shop.Money{v.Total, v.Fee} {
			if m != nil {
				e.amountOf(*m)
			}
		}
		e.text(v.Payment)
		e.moment(v.Expected)
		if v.Address != nil {
			e.address(*v.Address)
		}
		if v.Invoice != nil {
			e.text(v.Invoice.Name)
			e.name(v.Invoice.TaxID)
		}
	}
}

// proposalView is what a proposal shows of a record.
type proposalView struct {
	Address  *shop.Address  `json:"address"`
	Items    []shop.Item    `json:"items"`
	Payment  string         `json:"payment"`
	Refund   []shop.Payment `json:"refund"`
	Total    *shop.Money    `json:"total"`
	Fee      *shop.Money    `json:"fee"`
	Invoice  *shop.Invoice  `json:"invoice"`
	Expected *time.Time     `json:"expected"`
}

// amountOf takes an amount that is paid or comes back.
func (e *evidence) amountOf(m shop.Money) {
	if m.Minor < 0 {
		m.Minor = -m.Minor
	}
	e.money[m] = true
}

func (e *evidence) address(a shop.Address) {
	for _, s := range []string{a.Name, a.Line1, a.Line2, a.City, a.Region, a.Country} {
		e.text(s)
	}
	e.digits(a.Postal)
}

func (e *evidence) account(output json.RawMessage) {
	var out struct {
		Name    string               `json:"name"`
		Level   int                  `json:"level"`
		Address shop.Address         `json:"address"`
		Methods []shop.PaymentMethod `json:"methods"`
		Orders  []struct{ ID, Placed string }
	}
	if json.Unmarshal(output, &out) != nil {
		return
	}
	e.text(out.Name)
	e.counts[float64(out.Level)] = true
	e.address(out.Address)
	e.list(len(out.Methods))
	for _, m := range out.Methods {
		e.name(m.ID)
		e.digits(m.Last4)
		if m.Balance != nil {
			e.amountOf(*m.Balance)
		}
	}
	e.list(len(out.Orders))
	for _, o := range out.Orders {
		e.name(o.ID)
		e.dates[o.Placed] = true
	}
}

// quotedWords are what somebody wrote inside a refusal; they prove nothing.
var quotedWords = regexp.MustCompile(`"[^"]*"`)

// refusal takes what a write said that it did not plan: the rules' own dates and sums.
func (e *evidence) refusal(msg string) { e.own(quotedWords.ReplaceAllString(msg, " ")) }

// digits takes a code of digits, such as a postal code: it is repeated as it is, and counts nothing.
func (e *evidence) digits(s string) {
	e.name(s)
	e.text(s)
	e.literal[s] = true
}
