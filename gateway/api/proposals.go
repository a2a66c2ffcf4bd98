package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

func (s *Server) confirmProposal(c echo.Context) error { return s.answerProposal(c, Proposals.Confirm) }

func (s *Server) declineProposal(c echo.Context) error { return s.answerProposal(c, Proposals.Decline) }

// answerProposal answers with the proposal's card as it stands then. An id that cannot be one is unknown like any other.
func (s *Server) answerProposal(c echo.Context, how func(Proposals, context.Context, shop.Principal, string) (shop.Proposal, error)) error {
	req, err := decodeOptional[struct {
		User string `json:"user"`
	}](c)
	if err != nil {
		return err
	}
	who, err := named(c, req.User)
	if err != nil {
		return err
	}
	p, err := s.answered(c.Request().Context(), who, param(c, "id"), how)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, p.Card())
}

func (s *Server) answered(ctx context.Context, who shop.Principal, id string, how func(Proposals, context.Context, shop.Principal, string) (shop.Proposal, error)) (shop.Proposal, error) {
	if s.o.Proposals == nil || checkID("id", id, 128) != nil {
		return shop.Proposal{}, &shop.Error{Kind: shop.NotFound, Msg: "There is no such proposal."}
	}
	p, err := how(s.o.Proposals, ctx, who, id)
	if err == nil {
		s.changed(who.Tenant, p.Conversation)
	}
	return p, err
}

// standings are the states of proposals as a reader of a conversation's events knows them.
type standings map[string]shop.ProposalState

// note takes what messages show.
func (k standings) note(ms []chat.Message) {
	for _, m := range ms {
		for _, card := range m.Cards {
			var p shop.ProposalCard
			if card.Kind == "proposal" && k[card.ID] == "" && json.Unmarshal(card.Data, &p) == nil {
				k[card.ID] = p.State
			}
		}
	}
}

// tellStandings sends the cards of proposals that stand otherwise than the reader knows.
func (s *Server) tellStandings(ctx context.Context, out *sse, tenant, conversation string, known standings) error {
	if len(known) == 0 || s.o.States == nil {
		return nil
	}
	all, err := s.o.States.Proposals(ctx, tenant, conversation)
	if err != nil {
		return nil // told when the store is back
	}
	for _, p := range all {
		card := p.Card()
		if known[p.ID] == "" || known[p.ID] == card.State {
			continue
		}
		known[p.ID] = card.State
		if err := sendEvent(out, "", "proposal", card); err != nil {
			return err
		}
	}
	return nil
}

// approval is one answer in AI SDK's form: the part of a tool call that was asked about.
type approval struct {
	call, id string
	approved bool
}

// approvals are those of the last message when it is the assistant's own, sent back with answers; nil when it is the shopper's.
func approvals(req chatRequest) ([]approval, error) {
	if len(req.Messages) == 0 || req.Trigger == regenerate {
		return nil, nil
	}
	where := fmt.Sprintf("messages.%d", len(req.Messages)-1)
	var last uiMessage
	if err := json.Unmarshal(req.Messages[len(req.Messages)-1], &last); err != nil || last.Role != "assistant" {
		return nil, nil // what is wrong with it is found where messages are read
	}
	var out []approval
	for i, p := range last.Parts {
		if p.State != "approval-responded" || p.Approval == nil {
			continue
		}
		if p.Approval.Approved == nil || p.Approval.ID == "" {
			return nil, invalid(fmt.Sprintf("%s.parts.%d.approval", where, i), "An approval needs the id of its proposal and “approved”.")
		}
		out = append(out, approval{p.CallID, p.Approval.ID, *p.Approval.Approved})
	}
	return out, nil
}

// approve answers proposals by a message's approval parts and streams what came of them, as a message of its own.
func (s *Server) approve(c echo.Context, req chatRequest, all []approval) error {
	who, err := asUser(callerOf(c), req.User)
	if err != nil {
		return err
	}
	if err := checkConversation("id", req.ID); err != nil {
		return err
	}
	ctx := c.Request().Context()
	var parts []uiPart
	for _, a := range all {
		how := Proposals.Decline
		if a.approved {
			how = Proposals.Confirm
		}
		p, err := s.answered(ctx, who, a.id, func(ps Proposals, ctx context.Context, who shop.Principal, id string) (shop.Proposal, error) {
			if s.o.States != nil { // the proposal of another conversation is unknown here
				if err := s.within(ctx, who.Tenant, req.ID, id); err != nil {
					return shop.Proposal{}, err
				}
			}
			return how(ps, ctx, who, id)
		})
		if err != nil {
			if len(parts) == 0 {
				return err
			}
			parts = append(parts, uiPart{Type: "tool-output-error", ToolCallID: a.call, ErrorText: s.problem(ctx, err).sentence()})
			continue
		}
		said := assistant.Receipt(p, p.Lang)
		if a.call != "" {
			parts = append(parts, uiPart{Type: "tool-output-available", ToolCallID: a.call, Output: &uiOutput{said}})
		}
		parts = append(parts, uiPart{Type: "data-proposal", ID: p.ID, Data: p.Card()},
			uiPart{Type: "text-start", ID: "text-" + p.ID}, uiPart{Type: "text-delta", ID: "text-" + p.ID, Delta: said}, uiPart{Type: "text-end", ID: "text-" + p.ID})
	}
	parts = append([]uiPart{{Type: "start", MessageID: s.o.NewID(), Metadata: &uiMetadata{Conversation: req.ID}}, {Type: "start-step"}}, parts...)
	parts = append(parts, uiPart{Type: "finish-step"}, uiPart{Type: "finish", FinishReason: "stop", Metadata: &uiMetadata{Conversation: req.ID, Ending: "completed"}}, uiPart{Type: uiDone})
	c.Response().Header().Set(uiHeader, "v1")
	out := newSSE(c.Response(), s.ping, func() {})
	defer out.close()
	for _, p := range parts {
		b, err := encode(p)
		if err != nil {
			return err
		}
		if p.Type == uiDone {
			b = []byte(uiDone)
		}
		if err := out.send("", "", b); err != nil {
			return nil // the reader left; what was answered is answered
		}
	}
	return nil
}

func (s *Server) within(ctx context.Context, tenant, conversation, id string) error {
	all, err := s.o.States.Proposals(ctx, tenant, conversation)
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.ID == id {
			return nil
		}
	}
	return &shop.Error{Kind: shop.NotFound, Msg: "There is no such proposal."}
}

// stand shows the proposals of messages as they stand now.
func (s *Server) stand(ctx context.Context, tenant, conversation string, ms []messageView) error {
	shown := false
	for _, m := range ms {
		for _, card := range m.Cards {
			shown = shown || card.Kind == "proposal"
		}
	}
	if !shown || s.o.States == nil {
		return nil
	}
	all, err := s.o.States.Proposals(ctx, tenant, conversation)
	if err != nil {
		return err
	}
	now := map[string]json.RawMessage{}
	for _, p := range all {
		if now[p.ID], err = encode(p.Card()); err != nil {
			return err
		}
	}
	for _, m := range ms {
		for i, card := range m.Cards {
			if data := now[card.ID]; data != nil && card.Kind == "proposal" {
				m.Cards[i].Data = data
			}
		}
	}
	return nil
}

// deskProposal is a proposal as an agent sees it.
type deskProposal struct {
	shop.ProposalCard
	May string `json:"may,omitempty"` // what this agent may answer: confirm (an own one), second (another's)
}

func viewOfProposal(who shop.Principal, p shop.Proposal) deskProposal {
	v := deskProposal{ProposalCard: p.Card()}
	switch {
	case p.State == shop.ProposalOpen && p.By.Subject() == who.Subject():
		v.May = "confirm"
	case p.State == shop.ProposalSecond && !slices.Contains(p.Approvals, who.Subject()):
		v.May = "second"
	}
	return v
}
