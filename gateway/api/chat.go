package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// chatRequest is what AI SDK's DefaultChatTransport sends, and our `interrupt`. Of messages only the last is read, so the
// others may be anything.
type chatRequest struct {
	ID        string            `json:"id"`
	Messages  []json.RawMessage `json:"messages"`
	Trigger   string            `json:"trigger"`
	Interrupt bool              `json:"interrupt"`
	User      string            `json:"user"`
}

type uiMessage struct {
	ID    string `json:"id"`
	Role  string `json:"role"`
	Parts []struct {
		Type     string `json:"type"`
		Text     string `json:"text"`
		URL      string `json:"url"`
		CallID   string `json:"toolCallId"`
		State    string `json:"state"`
		Approval *struct {
			ID       string `json:"id"`
			Approved *bool  `json:"approved"`
		} `json:"approval"`
	} `json:"parts"`
}

const (
	submit     = "submit-message"
	regenerate = "regenerate-message"
)

// postChat stores the message, then streams the answer. A reader that leaves does not stop it: the turn runs on for its grace.
func (s *Server) postChat(c echo.Context) error {
	req, err := decode[chatRequest](c)
	if err != nil {
		return err
	}
	if yes, err := approvals(req); err != nil {
		return err
	} else if yes != nil {
		return s.approve(c, req, yes)
	}
	t, err := s.chatTurn(c, req)
	if err != nil {
		return err
	}
	release, err := s.admitted(c, t.Who)
	if err != nil {
		return err
	}
	defer release()
	if err := s.turn(c, t.Who); err != nil {
		return err
	}
	ctx := c.Request().Context()
	if t.Mode == chat.Regenerate && req.Interrupt {
		if err := s.silence(ctx, t); err != nil {
			s.limits.refund(ctx, t.Who)
			return err
		}
	}
	st, err := s.o.Chats.Start(ctx, t)
	if err != nil || st.Repeated {
		s.limits.refund(ctx, t.Who)
	}
	if err != nil {
		return err
	}
	s.changed(t.Who.Tenant, st.Conversation)
	defer s.changed(t.Who.Tenant, st.Conversation)
	return s.follow(c, following{who: t.Who, task: t.Task, conversation: st.Conversation, after: st.After, seen: st.After})
}

// chatTurn reads everything of a request that can be wrong before the assistant is asked.
func (s *Server) chatTurn(c echo.Context, req chatRequest) (t assistant.Turn, err error) {
	cl := callerOf(c)
	if t.Who, err = asUser(cl, req.User); err != nil {
		return t, err
	}
	t.Task = task(t.Who.Role)
	switch {
	case t.Who.Role == shop.App:
		return t, &shop.Error{Kind: shop.Forbidden, Code: "no_shopper", Field: "user", Msg: "An app key chats for a shopper: name the shopper in “user”."}
	case t.Task == "":
		return t, &shop.Error{Kind: shop.Forbidden, Code: "no_assistant", Msg: fmt.Sprintf("There is no assistant for the role %s.", t.Who.Role)}
	case !s.hasTask(t.Task, t.Who.Role):
		return t, &shop.Error{Kind: shop.Forbidden, Code: "no_assistant", Msg: fmt.Sprintf("The assistant for the role %s is not part of this server.", t.Who.Role)}
	}
	if err := checkConversation("id", req.ID); err != nil {
		return t, err
	}
	t.Conversation = req.ID
	switch req.Trigger {
	case "", submit:
	case regenerate:
		t.Mode = chat.Regenerate
		return t, nil
	default:
		return t, invalid("trigger", "“trigger” must be %s or %s.", submit, regenerate)
	}
	if req.Interrupt {
		t.Mode = chat.Interrupt
	}
	t.Message, err = lastMessage(req.Messages)
	if t.Message.Text == "" && strings.HasPrefix(strings.ToLower(c.Request().Header.Get("Accept-Language")), "zh") {
		t.Lang = "zh" // of a photo alone only the browser can tell
	}
	if key, ok := c.Get(onceKey).(string); ok && t.Message.ID == "" {
		// A message without an id of its own has the key's: sent again after a cut, it finds its turn.
		sum := sha256.Sum256([]byte(key))
		t.Message.ID = "once-" + hex.EncodeToString(sum[:16])
	}
	return t, err
}

func lastMessage(all []json.RawMessage) (m chat.Message, err error) {
	if len(all) == 0 {
		return m, invalid("messages", "“messages” is empty: send the shopper's message.")
	}
	where := fmt.Sprintf("messages.%d", len(all)-1)
	var last uiMessage
	if err := json.Unmarshal(all[len(all)-1], &last); err != nil {
		return m, explain(all[len(all)-1], err, where)
	}
	if last.Role != "user" {
		if last.Role == "assistant" {
			return m, &shop.Error{Kind: shop.Invalid, Code: "nothing_to_approve", Field: where, Msg: "There is no proposal in this conversation to answer; send a user message."}
		}
		return m, invalid(where+".role", "The last message must be of the role user.")
	}
	if last.ID != "" {
		if err := checkID(where+".id", last.ID, 128); err != nil {
			return m, err
		}
	}
	var text []string
	for i, p := range last.Parts {
		switch p.Type {
		case "text":
			text = append(text, p.Text)
		case "file":
			if m.Cards, err = attachmentPart(fmt.Sprintf("%s.parts.%d", where, i), p.URL, m.Cards); err != nil {
				return m, err
			}
		}
	}
	m.ID, m.Role = last.ID, chat.User
	said := strings.Join(text, "\n")
	if len(m.Cards) > 0 && strings.TrimSpace(withoutControls(said)) == "" { // a picture may be all that is said
		return m, nil
	}
	m.Text, err = cleanMessage(where+".parts", said)
	return m, err
}

// silence stops the running turn and waits until it is stored.
func (s *Server) silence(ctx context.Context, t assistant.Turn) error {
	n, err := s.o.Chats.Running(ctx, t.Who, t.Conversation)
	if err != nil || n == 0 {
		return err
	}
	if err := s.o.Chats.Stop(ctx, t.Who, t.Conversation); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for _, err := range s.o.Chats.Follow(ctx, t.Who, t.Conversation, n<<20-1) {
		if err != nil {
			return err
		}
	}
	return nil
}

// resumeChat goes on after Last-Event-ID, or tells the running turn from its start; 204 when there is nothing to tell.
func (s *Server) resumeChat(c echo.Context) error {
	who, id, err := owned(c, "")
	if err != nil {
		return err
	}
	f := following{who: who, task: task(who.Role), conversation: id}
	ctx := c.Request().Context()
	if last := c.Request().Header.Get("Last-Event-ID"); last != "" {
		if f.seen, err = strconv.ParseInt(last, 10, 64); err != nil || f.seen < 0 {
			return invalid("Last-Event-ID", "Last-Event-ID must be an id of this stream.")
		}
		f.after = f.seen>>20<<20 - 1 // the whole turn is read again, so that its parts keep their names
		return s.follow(c, f)
	}
	n, err := s.o.Chats.Running(ctx, who, id)
	if err != nil {
		return err
	}
	if n == 0 {
		return c.NoContent(http.StatusNoContent)
	}
	f.after = n<<20 - 1
	f.seen = f.after
	return s.follow(c, f)
}

// stopChat ends the running turn as cancelled. Nothing running is no error: it may have ended a moment ago.
func (s *Server) stopChat(c echo.Context) error {
	req, err := decodeOptional[struct {
		User string `json:"user"`
	}](c)
	if err != nil {
		return err
	}
	who, id, err := owned(c, req.User)
	if err != nil {
		return err
	}
	if err := s.o.Chats.Stop(c.Request().Context(), who, id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// following is a turn to be streamed: events after `after` are read, those after `seen` are sent.
type following struct {
	who                shop.Principal
	task, conversation string
	after, seen        int64
}

// follow streams one turn: the one of `seen`, or when that one was told to its end, the next. With nothing to tell it is 204.
func (s *Server) follow(c echo.Context, f following) error {
	ctx, cancel := context.WithCancel(c.Request().Context())
	defer cancel()
	c.Response().Header().Set(uiHeader, "v1")
	out := newSSE(c.Response(), s.ping, cancel)
	defer out.close()
	w := s.watch(ctx, "ui", f.task)
	enc := uiStream{conversation: f.conversation, problem: func(e *shop.Error) string { return s.problem(ctx, e).sentence() }}
	turn, rung, failed := "", "", error(nil)
	for e, err := range s.o.Chats.Follow(ctx, f.who, f.conversation, f.after) {
		if err != nil {
			failed = err
			break
		}
		if e.Kind == chat.EvRung {
			rung = e.Rung
		}
		parts := enc.encode(e)
		if e.ID <= f.seen {
			continue
		}
		w.first()
		turn = e.Turn
		if failed = sendParts(out, e.ID, parts); failed != nil {
			break
		}
		if e.Kind == chat.EvEnded {
			s.limits.used(ctx, f.who, turn, e.Rung, e.Usage)
			w.ended(e)
			return nil
		}
	}
	begun := out.close()
	w.left()
	forget(c) // half an answer is not one to be given again
	if ctx.Err() != nil {
		s.limits.used(ctx, f.who, turn, rung, chat.Usage{Output: leftTokens})
		return nil
	}
	// The events stop before the ending. That is never to be taken for one.
	if !begun {
		c.Response().Header().Del(uiHeader)
		if failed == nil {
			return c.NoContent(http.StatusNoContent)
		}
		return failed
	}
	if failed == nil {
		failed = errBrokeOff
	}
	s.o.Log.ErrorContext(ctx, "stream broke off", "conversation", f.conversation, "error", failed)
	_ = out.write(uiError(s.problem(ctx, failed).sentence()))
	return nil
}

// leftTokens is what a reader that left before the end is charged: as much as the model may write in one go.
const leftTokens = 4096

var errBrokeOff = &shop.Error{Kind: shop.Unavailable, Code: "broken_off", Msg: "The answer broke off. Load the conversation again to see how far it came."}

func sendParts(out *sse, id int64, parts []uiPart) error {
	for i, p := range parts {
		b, err := encode(p)
		if err != nil {
			return err
		}
		name := ""
		if i == len(parts)-1 { // only then is the whole event told
			name = eventID(id)
		}
		if p.Type == uiDone {
			b = []byte(uiDone)
		}
		if err := out.send(name, "", b); err != nil {
			return err
		}
	}
	return nil
}
