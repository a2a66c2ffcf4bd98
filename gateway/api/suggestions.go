package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// Suggester makes suggested replies and answers for them; *desk.Suggester implements it.
type Suggester interface {
	Arrived()
	Ask(ctx context.Context, who shop.Principal, c desk.Case, message string) ([]desk.Suggestion, error)
	AskLater(ctx context.Context, who shop.Principal, c desk.Case, message string)
	Insert(ctx context.Context, who shop.Principal, id, name string) (desk.Suggestion, error)
	Mark(ctx context.Context, who shop.Principal, id string, m desk.Mark) (desk.Suggestion, error)
	Recheck(ctx context.Context, who shop.Principal, id, text string) error
	Answered(ctx context.Context, who shop.Principal, w desk.Row, message string, sent chat.Message) error
}

// Suggested lists suggestions; the store implements it.
type Suggested interface {
	SuggestionsOf(ctx context.Context, who shop.Principal, w desk.Row) ([]desk.Suggestion, error)
	SuggestionsAsked(ctx context.Context, who shop.Principal, conversation, message string) ([]desk.Suggestion, error)
	Suggestion(ctx context.Context, who shop.Principal, id string) (desk.Suggestion, error)
}

// suggestionView is a suggestion as its readers see it: text, action and sources apart.
type suggestionView struct {
	desk.Suggestion
	Proposal *shop.ProposalCard `json:"proposal,omitempty"` // id "" and state planned until it is inserted
}

func viewOfSuggestion(x desk.Suggestion) suggestionView {
	v := suggestionView{Suggestion: x}
	v.Conversation = strings.TrimPrefix(v.Conversation, otherDesk)
	if x.Proposal != nil {
		card := x.Proposal.Card()
		if card.ID == "" {
			card.State = "planned"
		}
		v.Proposal = &card
	}
	return v
}

func viewOfSuggestions(all []desk.Suggestion) []suggestionView {
	out := make([]suggestionView, len(all))
	for i, x := range all {
		out[i] = viewOfSuggestion(x)
	}
	return out
}

// suggestions is the answer to a question for suggestions, and the data of the webhook suggestions.ready.
type suggestions struct {
	Conversation string           `json:"conversation"`
	Message      string           `json:"message"`
	Suggestions  []suggestionView `json:"suggestions"`
}

// SuggestionsReady is the data of the webhook suggestions.ready.
func SuggestionsReady(conversation, message string, all []desk.Suggestion) any {
	return suggestions{strings.TrimPrefix(conversation, otherDesk), message, viewOfSuggestions(all)}
}

// Changed says that something of a tenant's conversation is new: to whoever listens here, and to who suggests replies.
func (s *Server) Changed(tenant, conversation string) { s.changed(tenant, conversation) }

// asSuggested lets those pass who may use suggestions: the desk's people, and the shop's own server.
func (s *Server) asSuggested(next echo.HandlerFunc) echo.HandlerFunc {
	return s.asCaller(func(c echo.Context) error {
		if s.o.Suggester == nil {
			return echo.ErrNotFound
		}
		if r := callerOf(c).who.Role; r != shop.Agent && r != shop.Admin && r != shop.App {
			return &shop.Error{Kind: shop.Forbidden, Code: "not_agent", Msg: "This is for the shop's agents and its own server."}
		}
		return next(c)
	})
}

// otherDesk stands before the ids of conversations that are another desk's: no id of ours has a colon.
const otherDesk = "desk:"

// suggestionAsk tells a conversation of another desk.
type suggestionAsk struct {
	Conversation string `json:"conversation"` // the other desk's id
	Message      string `json:"message"`      // id of the customer's message that is to be answered
	User         string `json:"user"`         // shopper; "" = nobody known
	Lang         string `json:"lang"`
	Webhook      bool   `json:"webhook"` // do not wait: the webhook suggestions.ready tells
	Messages     []struct {
		Role string `json:"role"` // customer, agent
		Text string `json:"text"`
	} `json:"messages"` // oldest first, the last one the customer's
}

const maxAsked = 100

func (s *Server) askSuggestions(c echo.Context) error {
	req, err := decode[suggestionAsk](c)
	if err != nil {
		return err
	}
	who := callerOf(c).who
	if who.Role != shop.App {
		return &shop.Error{Kind: shop.Forbidden, Code: "not_app", Msg: "Suggestions for another desk are asked for with the shop's app key."}
	}
	if err := checkConversation("conversation", req.Conversation); err != nil {
		return err
	}
	if err := checkID("message", req.Message, 128); err != nil {
		return err
	}
	if n := len(req.Messages); n == 0 || n > maxAsked || req.Messages[n-1].Role != "customer" {
		return invalid("messages", "“messages” holds 1 to %d messages, oldest first; the last one is the customer's.", maxAsked)
	}
	if req.Lang != "" && req.Lang != "en" && req.Lang != "zh" {
		return invalid("lang", "“lang” is en or zh.")
	}
	customer := shop.Principal{Tenant: who.Tenant, Role: shop.Shopper, ID: otherDesk + req.Conversation, Key: who.Key, Anon: true}
	if req.User != "" {
		if customer, err = asUser(callerOf(c), req.User); err != nil {
			return err
		}
	}
	k := desk.Case{Who: shop.Principal{Tenant: who.Tenant, Role: shop.Agent, ID: "desk", Key: who.Key}}
	k.Row.Conversation = chat.Conversation{ID: otherDesk + req.Conversation, Task: "shopper", Lang: req.Lang, For: customer}
	for i, m := range req.Messages {
		role, ok := map[string]chat.Role{"customer": chat.User, "agent": chat.Person}[m.Role]
		if !ok {
			return invalid("messages", "The role of a message is customer or agent.")
		}
		text, err := cleanMessage("messages", m.Text)
		if err != nil {
			return err
		}
		one := chat.Message{ID: req.Message, Role: role, Text: text, At: s.o.Now()}
		if i < len(req.Messages)-1 {
			one.ID = s.o.NewID()
		}
		k.Messages = append(k.Messages, one)
	}
	ctx := c.Request().Context()
	if req.Webhook {
		s.o.Suggester.AskLater(ctx, who, k, req.Message)
		return reply(c, http.StatusAccepted, suggestions{req.Conversation, req.Message, []suggestionView{}})
	}
	made, err := s.o.Suggester.Ask(ctx, who, k, req.Message)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, suggestions{req.Conversation, req.Message, viewOfSuggestions(made)})
}

// askedSuggestions are those that were made for a message of another desk.
func (s *Server) askedSuggestions(c echo.Context) error {
	conversation, message := c.QueryParam("conversation"), c.QueryParam("message")
	if err := checkConversation("conversation", conversation); err != nil {
		return err
	}
	if err := checkID("message", message, 128); err != nil {
		return err
	}
	all, err := s.o.Suggested.SuggestionsAsked(c.Request().Context(), callerOf(c).who, otherDesk+conversation, message)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, suggestions{conversation, message, viewOfSuggestions(all)})
}

// markSuggestion says what somebody did with one.
func (s *Server) markSuggestion(state desk.SuggestionState) echo.HandlerFunc {
	return func(c echo.Context) error {
		req, err := decodeOptional[struct {
			Reason string `json:"reason"`
			Note   string `json:"note"`
			Text   string `json:"text"` // state sent: what was sent of it
		}](c)
		if err != nil {
			return err
		}
		who, id, ctx := callerOf(c).who, param(c, "id"), c.Request().Context()
		if checkID("id", id, 128) != nil {
			return &shop.Error{Kind: shop.NotFound, Msg: "There is no such suggestion."}
		}
		var x desk.Suggestion
		switch state {
		case desk.Inserted:
			var name string
			if who.Role != shop.App {
				if name, err = s.agentName(ctx, who); err != nil {
					return err
				}
			}
			x, err = s.o.Suggester.Insert(ctx, who, id, name)
		case desk.Sent:
			if who.Role != shop.App { // here a suggestion is sent by the reply that is made of it
				return echo.ErrNotFound
			}
			if x, err = s.o.Suggested.Suggestion(ctx, who, id); err != nil {
				return err
			}
			if req.Text, err = cleanMessage("text", req.Text); err != nil {
				return err
			}
			x, err = s.o.Suggester.Mark(ctx, who, id, desk.Mark{State: state, Distance: desk.Distance(x.Text, req.Text)})
		default:
			x, err = s.o.Suggester.Mark(ctx, who, id, desk.Mark{State: state, Reason: req.Reason, Note: req.Note})
		}
		if err != nil {
			return err
		}
		one := []desk.Suggestion{x}
		if err := s.signed(ctx, who, one); err != nil {
			return err
		}
		if x.Said == nil && state != desk.Shown {
			s.changed(who.Tenant, x.Conversation)
		}
		return reply(c, http.StatusOK, viewOfSuggestion(one[0]))
	}
}

// signed puts the agent's name where a suggestion leaves it open.
func (s *Server) signed(ctx context.Context, who shop.Principal, all []desk.Suggestion) error {
	const gap = "{agent}"
	for i, x := range all {
		if !strings.Contains(x.Text, gap) {
			continue
		}
		name, err := s.agentName(ctx, who)
		if err != nil || name == "" {
			return err
		}
		all[i].Text = strings.ReplaceAll(x.Text, gap, name)
	}
	return nil
}

var suggestionActs = map[string]desk.SuggestionState{"shown": desk.Shown, "insert": desk.Inserted, "sent": desk.Sent, "dismiss": desk.Dismissed, "report": desk.Reported}
