package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

func (s *Server) replyDesk(c echo.Context) error {
	who, id, err := s.deskOf(c)
	if err != nil {
		return err
	}
	req, err := decode[deskRequest](c)
	if err != nil {
		return err
	}
	e, err := req.expect()
	if err != nil {
		return err
	}
	if err := checkID("id", req.ID, 128); err != nil {
		return err
	}
	if req.Text, err = cleanMessage("text", req.Text); err != nil {
		return err
	}
	ctx := c.Request().Context()
	if req.Suggestion != "" {
		if checkID("suggestion", req.Suggestion, 128) != nil {
			return &shop.Error{Kind: shop.NotFound, Msg: "There is no such suggestion."}
		}
		if e.Suggestion = req.Suggestion; s.o.Suggester != nil && !req.Anyway { // who read why may send it all the same
			if err := s.o.Suggester.Recheck(ctx, who, e.Suggestion, req.Text); err != nil {
				return err
			}
		}
	}
	w, m, err := s.o.Desk.Reply(ctx, who, id, e, chat.Message{ID: req.ID, Text: req.Text})
	if err != nil {
		return err
	}
	_, _ = s.hush(ctx, w, nil)
	s.changed(who.Tenant, id)
	if s.o.Answered != nil {
		if err := s.o.Answered(ctx, w.LastUser, shop.ReplyMail{For: w.For, Conversation: id, Text: m.Text, Lang: w.Lang}); err != nil { // the answer is stored
			s.o.Log.WarnContext(ctx, "mail an answer", "conversation", id, "error", err)
		}
	}
	if s.o.Suggester != nil {
		if err := s.o.Suggester.Answered(ctx, who, w, w.LastUser, m); err != nil { // the answer is sent
			s.o.Log.WarnContext(ctx, "learn from an answer", "conversation", id, "error", err)
		}
	}
	return reply(c, http.StatusOK, struct {
		Row     deskRow     `json:"row"`
		Message messageView `json:"message"`
	}{s.deskRow(w), viewOfMessage(m)})
}
