package api

import (
	"context"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// conversationView is a conversation as its owner may keep it.
type conversationView struct {
	ID       string         `json:"id"`
	Title    string         `json:"title"`
	Task     string         `json:"task"`
	Lang     string         `json:"lang"`
	Owner    chat.Owner     `json:"owner"`
	Shopper  sessionShopper `json:"shopper"`
	Turns    int64          `json:"turns"`
	Created  time.Time      `json:"created"`
	Updated  time.Time      `json:"updated"`
	Messages []messageView  `json:"messages,omitempty"`
}

// messageView leaves out what only the model reads: a call's arguments and a tool's output. What a person sees of a tool are
// its cards.
type messageView struct {
	ID       string      `json:"id"`
	Role     chat.Role   `json:"role"`
	Author   string      `json:"author,omitempty"`
	Text     string      `json:"text,omitempty"`
	Calls    []callView  `json:"calls,omitempty"`
	CallID   string      `json:"call_id,omitempty"`
	Name     string      `json:"name,omitempty"`
	Failed   bool        `json:"failed,omitempty"`
	Cards    []shop.Card `json:"cards,omitempty"`
	Turn     string      `json:"turn,omitempty"`
	Replaced bool        `json:"replaced,omitempty"`
	Ending   chat.Ending `json:"ending,omitempty"`
	Rung     string      `json:"rung,omitempty"`
	Feedback int         `json:"feedback,omitempty"`
	At       time.Time   `json:"at"`
}

type callView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func viewOf(c chat.Conversation) conversationView {
	owner := c.Owner
	if owner.Kind == "" {
		owner.Kind = chat.Assistant
	}
	return conversationView{
		ID: c.ID, Title: c.Title, Task: c.Task, Lang: c.Lang, Owner: owner, Shopper: sessionShopper{c.For.ID, c.For.Anon},
		Turns: c.Turns, Created: c.Created.UTC(), Updated: c.Updated.UTC(),
	}
}

func viewOfMessage(m chat.Message) messageView {
	v := messageView{
		ID: m.ID, Role: m.Role, Author: m.Author, Text: m.Text, CallID: m.CallID, Name: m.Name, Failed: m.Failed, Cards: m.Cards, Turn: m.Turn,
		Replaced: m.Replaced, Ending: m.Ending, Rung: m.Rung, Feedback: m.Feedback, At: m.At.UTC(),
	}
	if m.Role == chat.Tool {
		v.Text = ""
	}
	for _, c := range m.Calls {
		v.Calls = append(v.Calls, callView{c.ID, c.Name})
	}
	return v
}

type conversationList struct {
	Conversations []conversationView `json:"conversations"`
	Before        *time.Time         `json:"before,omitempty"` // ask again with this for the ones before; absent: that was all
}

func (s *Server) listConversations(c echo.Context) error {
	who, err := named(c, "")
	if err != nil {
		return err
	}
	limit, err := number(c, "limit", 50, 1, 200)
	if err != nil {
		return err
	}
	var before time.Time
	if v := c.QueryParam("before"); v != "" {
		if before, err = time.Parse(time.RFC3339Nano, v); err != nil {
			return invalid("before", "“before” must be a time such as 2026-01-31T12:00:00Z.")
		}
	}
	cs, err := s.o.Conversations.Conversations(c.Request().Context(), who, limit, before)
	if err != nil {
		return err
	}
	out := conversationList{Conversations: []conversationView{}}
	for _, v := range cs {
		out.Conversations = append(out.Conversations, viewOf(v))
	}
	if len(cs) == limit {
		last := cs[len(cs)-1].Updated.UTC()
		out.Before = &last
	}
	return reply(c, http.StatusOK, out)
}

// owned is who asks for the conversation of the address. An id that cannot be one is unknown like any other.
func owned(c echo.Context, user string) (who shop.Principal, id string, err error) {
	if who, err = named(c, user); err != nil {
		return who, "", err
	}
	id = param(c, "id")
	if checkConversation("id", id) != nil {
		return who, id, &shop.Error{Kind: shop.NotFound, Msg: "There is no such conversation."}
	}
	return who, id, nil
}

func (s *Server) getConversation(c echo.Context) error {
	who, id, err := owned(c, "")
	if err != nil {
		return err
	}
	conv, ms, err := s.o.Conversations.Conversation(c.Request().Context(), who, id)
	if err != nil {
		return err
	}
	v := viewOf(conv)
	v.Messages = make([]messageView, len(ms))
	for i, m := range ms {
		v.Messages[i] = viewOfMessage(m)
	}
	if err := s.stand(c.Request().Context(), who.Tenant, id, v.Messages); err != nil {
		return err
	}
	s.saw(c.Request().Context(), who, id, ms)
	return reply(c, http.StatusOK, v)
}

// saw notes that a shopper reads what people of the shop answered; for other conversations it is of no interest.
func (s *Server) saw(ctx context.Context, who shop.Principal, id string, ms []chat.Message) {
	if who.Role != shop.Shopper || !slices.ContainsFunc(ms, func(m chat.Message) bool { return m.Role == chat.Person }) {
		return
	}
	if err := s.o.Conversations.Saw(ctx, who, id); err != nil {
		s.o.Log.WarnContext(ctx, "note that a conversation was seen", "conversation", id, "error", err)
	}
}

// deleteConversation ends the running turn first: it has nowhere to be stored any more.
func (s *Server) deleteConversation(c echo.Context) error {
	who, id, err := owned(c, "")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := s.o.Chats.Stop(ctx, who, id); err != nil {
		return err
	}
	if err := s.o.Conversations.DeleteConversation(ctx, who, id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

type feedbackRequest struct {
	Message string `json:"message"`
	Value   *int   `json:"value"` // 1 good, -1 bad, 0 takes it back
	Note    string `json:"note"`
	User    string `json:"user"`
}

func (s *Server) postFeedback(c echo.Context) error {
	req, err := decode[feedbackRequest](c)
	if err != nil {
		return err
	}
	who, id, err := owned(c, req.User)
	if err != nil {
		return err
	}
	if err := checkID("message", req.Message, 128); err != nil {
		return err
	}
	if req.Value == nil || *req.Value < -1 || *req.Value > 1 {
		return invalid("value", "“value” must be 1 (good), -1 (bad) or 0 (take it back).")
	}
	if req.Note != "" {
		if req.Note, err = cleanMessage("note", req.Note); err != nil {
			return err
		}
	}
	if err := s.o.Conversations.Feedback(c.Request().Context(), who, id, req.Message, *req.Value, req.Note); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// postRating keeps what a shopper gives a conversation.
func (s *Server) postRating(c echo.Context) error {
	req, err := decode[struct {
		Stars   int    `json:"stars"`
		Comment string `json:"comment"`
		User    string `json:"user"`
	}](c)
	if err != nil {
		return err
	}
	who, id, err := owned(c, req.User)
	if err != nil {
		return err
	}
	if utf8.RuneCountInString(req.Comment) > 1000 {
		return invalid("comment", "“comment” has more than 1,000 characters.")
	}
	if req.Comment != "" {
		if req.Comment, err = cleanMessage("comment", req.Comment); err != nil {
			return err
		}
	}
	if err := s.o.Conversations.Rate(c.Request().Context(), who, id, req.Stars, req.Comment); err != nil {
		return err
	}
	s.changed(who.Tenant, id)
	return c.NoContent(http.StatusNoContent)
}

// conversationEvents is how a person's reply arrives: every message once, as an event whose id is the message's, and every
// change of who answers. Last-Event-ID goes on after that message.
func (s *Server) conversationEvents(c echo.Context) error {
	who, id, err := owned(c, "")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	changed, stop := s.news.of(who.Tenant + "/" + id)
	defer stop()
	conv, ms, err := s.o.Conversations.Conversation(ctx, who, id)
	if err != nil {
		return err
	}
	left := make(chan struct{}, 1)
	out := newSSE(c.Response(), s.ping, func() {
		select {
		case left <- struct{}{}:
		default:
		}
	})
	defer out.close()
	seen := map[string]bool{}
	if last := c.Request().Header.Get("Last-Event-ID"); last != "" {
		for i, m := range ms {
			if m.ID == last {
				for _, m := range ms[:i+1] {
					seen[m.ID] = true
				}
			}
		}
	}
	var owner chat.Owner
	standing := standings{}
	tick := time.NewTicker(s.poll)
	defer tick.Stop()
	for {
		v := viewOf(conv)
		if v.Owner != owner {
			owner = v.Owner
			if err := sendEvent(out, "", "owner", owner); err != nil {
				return nil
			}
		}
		for _, m := range ms {
			if seen[m.ID] {
				continue
			}
			seen[m.ID] = true
			if err := sendEvent(out, m.ID, "message", viewOfMessage(m)); err != nil {
				return nil
			}
		}
		s.saw(ctx, who, id, ms)
		standing.note(ms)
		for revision := conv.Revision; revision == conv.Revision; {
			select {
			case <-changed:
			case <-tick.C:
			case <-left:
				return nil
			case <-ctx.Done():
				return nil
			}
			if s.draining.Load() {
				return nil // the client comes back to another replica, with its Last-Event-ID
			}
			if err := s.tellStandings(ctx, out, who.Tenant, id, standing); err != nil {
				return nil
			}
			if revision, err = s.o.Conversations.ConversationRevision(ctx, who, id); err != nil {
				return nil
			}
		}
		if conv, ms, err = s.o.Conversations.Conversation(ctx, who, id); err != nil {
			return nil // deleted, or the store is away: the client asks again and is told
		}
	}
}

func sendEvent(out *sse, id, event string, v any) error {
	b, err := encode(v)
	if err != nil {
		return err
	}
	return out.send(id, event, b)
}
