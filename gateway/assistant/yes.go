package assistant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// yeses are the whole messages that confirm a proposal, without case, punctuation and blanks. The list is fixed: whether something
// was agreed to is no model's judgement.
const yeses = " yes yesplease yespleasedo yesconfirm yesiconfirm yesgoahead yesdoit yep yeah yup ok okay okdoit sure confirm confirmed iconfirm pleaseconfirm doit pleasedo goahead pleasegoahead correct thatscorrect agreed iagree " +
	"是 是的 对 对的 好 好的 好吧 行 行的 可以 可以的 嗯 确认 我确认 确定 确认一下 同意 我同意 没问题 就这样 就这么办 请确认 请办理 办理吧 好的确认 是的确认 好請確認 確認 確定 對 對的 沒問題 "

// saysYes says whether a whole message is a yes.
func saysYes(message string) bool {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(message))
	return plain != "" && len(plain) < 40 && strings.Contains(yeses, " "+plain+" ")
}

// confirmed answers a plain yes to the one open proposal that the turn before has shown. false: the message is for the model.
func (r *run) confirmed(ctx context.Context) bool {
	o := r.o
	if o.turn.Mode.Again() || r.a.Tools.Proposals == nil || len(o.turn.Context) > 0 || !saysYes(o.turn.Message.Text) {
		return false
	}
	before, shown := "", map[string]bool{} // by the turn before
	for _, m := range o.begun.History {
		if m.Turn != "" && m.Turn != before && m.Role != chat.User {
			before = m.Turn
			clear(shown)
		}
		for _, c := range m.Cards {
			shown[c.ID] = true
		}
	}
	all, err := r.a.Tools.Proposals.Proposals(ctx, o.turn.Who.Tenant, o.turn.Conversation)
	if err != nil {
		r.a.log().WarnContext(ctx, "look for a proposal", "conversation", o.turn.Conversation, "error", err)
		return false
	}
	var open []shop.Proposal
	for _, p := range all {
		if p.State == shop.ProposalOpen {
			open = append(open, p)
		}
	}
	if len(open) != 1 || !shown[open[0].ID] {
		return false
	}
	r.emit(chat.Event{Kind: chat.EvStep})
	p, err := r.a.Tools.Confirm(ctx, o.turn.Who, open[0].ID)
	var e *shop.Error
	if errors.As(err, &e) && e.Kind != shop.Internal && e.Kind != shop.Unavailable {
		r.write(e.Msg)
		return true
	}
	if err != nil {
		r.a.log().ErrorContext(ctx, "confirm proposal", "proposal", open[0].ID, "error", err)
		r.write(say(o.lang, sayToolBroken))
		return true
	}
	if data, err := json.Marshal(p.Card()); err == nil {
		card := shop.Card{Kind: "proposal", ID: p.ID, Data: data}
		r.shown = true
		r.emit(chat.Event{Kind: chat.EvCard, Card: &card})
	}
	r.write(Receipt(p, o.lang))
	return true
}

// Receipt says what came of a proposal that was answered.
func Receipt(p shop.Proposal, lang string) string {
	s, ok := receipts[p.State]
	if !ok {
		s = receipts[shop.ProposalUnclear]
	}
	text := say(lang, s)
	if p.Outcome != nil && p.Outcome.Msg != "" && p.State != shop.ProposalDone {
		text += " " + p.Outcome.Msg
	}
	return text
}

var receipts = map[shop.ProposalState]sentence{
	shop.ProposalDone: sayDone, shop.ProposalRefused: sayNotDone, shop.ProposalVoid: sayNotDone, shop.ProposalExpired: sayNotDone,
	shop.ProposalDeclined: sayLeft, shop.ProposalSecond: saySecond, shop.ProposalUnclear: sayUnclear, shop.ProposalConfirmed: sayUnclear,
}

// standing tells the model how the conversation's proposals stand, for what it says next to be true.
func (r *run) standing(ctx context.Context) string {
	shown := false
	for _, m := range r.o.begun.History {
		for _, c := range m.Cards {
			shown = shown || c.Kind == "proposal"
		}
	}
	if !shown || r.a.Tools.Proposals == nil {
		return ""
	}
	all, err := r.a.Tools.Proposals.Proposals(ctx, r.o.turn.Who.Tenant, r.o.turn.Conversation)
	for _, p := range all {
		r.known.proposed(p.Tool, p.State)
	}
	if err != nil || len(all) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\nProposals in this conversation:")
	for _, p := range all[max(0, len(all)-6):] {
		fmt.Fprintf(&b, " %s of %s is %s.", p.Tool, p.Action.Record, strings.ReplaceAll(string(p.State), "_", " "))
	}
	return b.String()
}
