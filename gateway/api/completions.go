package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/route"
	"shopkeeper/shop"
)

// completionRequest is what of a Chat Completions request means something to an assistant. Other fields pass.
type completionRequest struct {
	Model         string              `json:"model"`
	Messages      []completionMessage `json:"messages"`
	Stream        bool                `json:"stream"`
	StreamOptions *struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	MaxTokens           *int   `json:"max_tokens"`
	MaxCompletionTokens *int   `json:"max_completion_tokens"`
	User                string `json:"user"`
	Metadata            struct {
		Conversation *string `json:"conversation"`
	} `json:"metadata"`
	N              *int              `json:"n"`
	Tools          []json.RawMessage `json:"tools"`
	Functions      []json.RawMessage `json:"functions"`
	ResponseFormat *struct {
		Type string `json:"type"`
	} `json:"response_format"`
}

type completionMessage struct {
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"` // a string, a list of parts, or null
}

const maxContext = 400 // earlier messages of a caller that are read

// completions answers as an assistant, or routes a raw alias as it came.
func (s *Server) completions(c echo.Context) error {
	body, err := readBody(c)
	if err != nil {
		return err
	}
	cl := callerOf(c)
	// The model alone decides how the rest is read: a raw request may hold what no assistant would take.
	q, err := readRequest(body)
	switch {
	case err != nil:
		return err
	case q.Model == "":
		return invalid("model", "“model” is missing: name one of GET /v1/models.")
	case s.routed(cl.who.Role, q.Model):
		if q.Absurd != "" { // what it may cost is reckoned by it
			return invalid(q.Absurd, "“%s” must be a whole number from 1 to 100,000,000.", q.Absurd)
		}
		if s.draining.Load() {
			return errDraining
		}
		release, err := s.admitted(c, cl.who)
		if err != nil {
			return err
		}
		defer release()
		return s.o.Raw(c.Response(), c.Request(), q, cl.who)
	case !s.hasTask(q.Model, cl.who.Role):
		return s.noModel(cl.who.Role, q.Model)
	}
	req, err := parse[completionRequest](body)
	if err != nil {
		return err
	}
	t, err := s.completionTurn(cl, req)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if t.Fresh {
		t.Conversation = s.o.NewID()
	} else { // a conversation that the caller does not own, or that does not exist, is not begun by naming it
		if _, err := s.o.Chats.Running(ctx, t.Who, t.Conversation); err != nil {
			return err
		}
	}
	release, err := s.admitted(c, t.Who)
	if err != nil {
		return err
	}
	defer release()
	if err := s.turn(c, t.Who); err != nil {
		return err
	}
	if req.Stream {
		return s.streamCompletion(c, t, req)
	}
	return s.wholeCompletion(c, t, req)
}

// routed says whether a model is a raw alias that this role may use.
func (s *Server) routed(r shop.Role, model string) bool {
	return s.o.Raw != nil && (r == shop.App || r == shop.Admin) && slices.Contains(s.o.RawModels(), model)
}

// readRequest looks at a body that may be raw. What is wrong with it is explained as with every other body.
func readRequest(body []byte) (*route.Request, error) {
	q, err := route.ReadRequest(body)
	if err == nil {
		return q, nil
	}
	if _, explained := parse[struct {
		Model string `json:"model"`
	}](body); explained != nil {
		return nil, explained
	}
	return nil, &shop.Error{Kind: shop.Invalid, Code: "broken_json", Msg: "The body is not JSON in UTF-8.", Err: err}
}

// noModel names those that are written almost alike.
func (s *Server) noModel(r shop.Role, name string) error {
	e := noModel(name)
	var near []string
	for _, m := range s.models(r) {
		if d := distance(strings.ToLower(name), strings.ToLower(m.ID)); d <= 1+len(m.ID)/4 {
			near = append(near, fmt.Sprintf("%q", m.ID))
		}
	}
	if len(near) > 0 && len(name) <= 64 {
		e.Msg = fmt.Sprintf("There is no model %q for this key; did you mean %s? GET /v1/models lists those there are.", name, strings.Join(near, " or "))
	}
	return e
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		left, diagonal := i+1, row[0]
		row[0] = left
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			left = min(cost, diagonal+1, left+1)
			row[j+1] = left
		}
	}
	return row[len(b)]
}

func noModel(name string) *shop.Error {
	if utf8.RuneCountInString(name) > 64 {
		name = string([]rune(name)[:63]) + "…"
	}
	return &shop.Error{Kind: shop.NotFound, Code: "model_not_found", Field: "model", Msg: fmt.Sprintf("There is no model %q for this key; GET /v1/models lists those there are.", name)}
}

// completionTurn reads everything of a request that can be wrong before the assistant is asked.
func (s *Server) completionTurn(cl caller, req completionRequest) (t assistant.Turn, err error) {
	if t.Who, err = asUser(cl, req.User); err != nil {
		return t, err
	}
	if t.Who.Role == shop.App { // it speaks for nobody: a shopper without a name, orders or history
		t.Who.ID, t.Who.Role, t.Who.Anon = "app-"+t.Who.Key, shop.Shopper, true
	}
	t.Task = req.Model
	switch {
	case len(req.Tools) > 0:
		return t, unsupported("tools", "An assistant has the shop's own tools, which run on the server: leave out “tools”.")
	case len(req.Functions) > 0:
		return t, unsupported("functions", "An assistant has the shop's own tools, which run on the server: leave out “functions”.")
	case req.N != nil && *req.N != 1:
		return t, unsupported("n", "An assistant gives one answer: leave out “n”.")
	case req.ResponseFormat != nil && req.ResponseFormat.Type != "text" && req.ResponseFormat.Type != "":
		return t, unsupported("response_format", "An assistant answers in text and cards: leave out “response_format”.")
	}
	for name, v := range map[string]*int{"max_tokens": req.MaxTokens, "max_completion_tokens": req.MaxCompletionTokens} {
		if v == nil {
			continue
		}
		if *v < 1 {
			return t, invalid(name, "“%s” must be 1 or more.", name)
		}
		t.MaxTokens = *v
	}
	if id := req.Metadata.Conversation; id != nil {
		if err := checkConversation("metadata.conversation", *id); err != nil {
			return t, err
		}
		t.Conversation = *id
	}
	t.Fresh = t.Conversation == ""
	return t, readMessages(&t, req.Messages)
}

func unsupported(field, msg string) error {
	return &shop.Error{Kind: shop.Invalid, Code: "unsupported_parameter", Field: field, Msg: msg}
}

// readMessages finds the question, the last user message, and what was said before it.
func readMessages(t *assistant.Turn, ms []completionMessage) error {
	question := -1
	for i, m := range ms {
		switch m.Role {
		case "user":
			question = i
		case "assistant", "tool", "function", "system", "developer":
		case "":
			return invalid(fmt.Sprintf("messages.%d.role", i), "Message %d has no role.", i+1)
		default:
			return invalid(fmt.Sprintf("messages.%d.role", i), "Message %d has an unknown role: user, assistant, tool and system are read.", i+1)
		}
	}
	if question < 0 {
		return invalid("messages", "There is no user message to answer.")
	}
	where := fmt.Sprintf("messages.%d.content", question)
	text, other, err := contentOf(ms[question].Content, where)
	if err != nil {
		return err
	}
	if other != "" && strings.TrimSpace(text) == "" {
		return &shop.Error{Kind: shop.Invalid, Code: "unsupported_content", Field: where, Msg: "Only parts of the type text are read: describe in words what you are looking for."}
	}
	if t.Message.Text, err = cleanMessage(where, text); err != nil {
		return err
	}
	t.Message.Role = chat.User
	if !t.Fresh {
		return nil
	}
	if question > maxContext {
		return &shop.Error{Kind: shop.TooLarge, Code: "too_many_messages", Field: "messages", Msg: fmt.Sprintf("There are %d messages before the question; up to %d are read. Continue a stored conversation with metadata.conversation instead.", question, maxContext)}
	}
	for i, m := range ms[:question] {
		role := map[string]chat.Role{"user": chat.User, "assistant": chat.Bot, "tool": chat.Tool, "function": chat.Tool}[m.Role]
		if role == "" {
			continue // system: the prompt is the server's
		}
		where := fmt.Sprintf("messages.%d.content", i)
		text, _, err := contentOf(m.Content, where)
		if err != nil {
			return err
		}
		if strings.TrimSpace(text) == "" {
			continue
		}
		if role == chat.User {
			if text, err = cleanMessage(where, text); err != nil {
				if hasCode(err, "empty_message") {
					continue
				}
				return err
			}
		}
		t.Context = append(t.Context, chat.Message{Role: role, Text: text})
	}
	return nil
}

// contentOf joins the texts of a message. Other is the type of a part that is no text.
func contentOf(raw json.RawMessage, where string) (text, other string, err error) {
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return "", "", nil
	case raw[0] == '"':
		err = json.Unmarshal(raw, &text)
	case raw[0] == '[':
		var parts []struct {
			Type string `json:"type"`
			Text string `json:"text"`
		}
		if err = json.Unmarshal(raw, &parts); err != nil {
			return "", "", explain(raw, err, where)
		}
		var texts []string
		for _, p := range parts {
			if p.Type == "text" || p.Type == "input_text" {
				texts = append(texts, p.Text)
			} else {
				other = p.Type
			}
		}
		return strings.Join(texts, "\n"), other, nil
	default:
		err = invalid(where, "“%s” must be a string or a list of parts.", where)
	}
	return text, "", err
}

// wholeCompletion answers in one piece. The client that leaves takes the turn with it.
func (s *Server) wholeCompletion(c echo.Context, t assistant.Turn, req completionRequest) error {
	ctx := c.Request().Context()
	w := s.watch(ctx, "completions", t.Task)
	a := answer{model: req.Model, created: s.o.Now().Unix()}
	defer w.left()
	for e, err := range s.o.Chats.Run(ctx, t) {
		if err != nil {
			s.limits.refund(ctx, t.Who)
			return err
		}
		w.first()
		a.take(e)
	}
	if a.ended == nil {
		forget(c)
		return s.brokeOff(ctx)
	}
	s.limits.used(ctx, t.Who, a.turn, a.rung, a.ended.Usage)
	w.ended(*a.ended)
	if _, ok := finishes[a.ended.Ending]; !ok {
		p := s.endProblem(ctx, *a.ended)
		if p.retry > 0 {
			c.Response().Header().Set("Retry-After", strconv.Itoa(p.retry))
		}
		return reply(c, p.status, failedCompletion{p.object(), a.shop(t)})
	}
	return reply(c, http.StatusOK, a.whole(t))
}

func (s *Server) brokeOff(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return errBrokeOff
}

// endProblem is a cancelled or failed ending as an error: 499, else 502, 503 or 504.
func (s *Server) endProblem(ctx context.Context, e chat.Event) problem {
	if e.Ending == chat.Cancelled {
		p := s.problem(ctx, context.Canceled)
		p.code, p.msg, p.openai = "cancelled", "The answer was stopped before it was complete.", "api_error"
		return p
	}
	err := e.Problem
	if err == nil {
		err = &shop.Error{Kind: shop.Internal}
	}
	p := s.problem(ctx, err)
	p.openai = "api_error"
	switch {
	case err.Kind == shop.Unclear, err.Code == "timeout":
		p.status = http.StatusGatewayTimeout
	case err.Kind == shop.Unavailable && err.Code != "model_down" && err.Code != "model_cut" && err.Code != "model_bad_request" && err.Code != "model_blank":
		p.status = http.StatusServiceUnavailable
	default:
		p.status = http.StatusBadGateway
	}
	return p
}

// streamCompletion answers in chunks. What is refused before the first chunk is a plain error with its status.
func (s *Server) streamCompletion(c echo.Context, t assistant.Turn, req completionRequest) error {
	ctx, cancel := context.WithCancel(c.Request().Context())
	defer cancel()
	out := newSSE(c.Response(), s.ping, cancel)
	defer out.close()
	w := s.watch(ctx, "completions", t.Task)
	defer w.left()
	a := answer{model: req.Model, created: s.o.Now().Unix(), usage: req.StreamOptions != nil && req.StreamOptions.IncludeUsage}
	send := func(v any) bool {
		b, err := encode(v)
		return err == nil && out.send("", "", b) == nil
	}
	for e, err := range s.o.Chats.Run(ctx, t) {
		if err != nil {
			s.limits.refund(ctx, t.Who)
			if !out.close() {
				return err
			}
			send(failedCompletion{s.problem(ctx, err).object(), a.shop(t)})
			return nil
		}
		w.first()
		for _, ch := range a.chunks(e) {
			if !send(ch) {
				cancel()
			}
		}
	}
	if a.ended == nil {
		forget(c)
		err := s.brokeOff(ctx)
		if errors.Is(err, context.Canceled) {
			s.limits.used(ctx, t.Who, a.turn, a.rung, chat.Usage{Output: leftTokens})
			return nil
		}
		if !out.close() {
			return err
		}
		send(failedCompletion{s.problem(ctx, err).object(), a.shop(t)})
		return nil
	}
	s.limits.used(ctx, t.Who, a.turn, a.rung, a.ended.Usage)
	w.ended(*a.ended)
	if _, ok := finishes[a.ended.Ending]; !ok {
		forget(c)
		send(failedCompletion{s.endProblem(ctx, *a.ended).object(), a.shop(t)})
		return nil
	}
	for _, ch := range a.last(t) {
		send(ch)
	}
	_ = out.send("", "", []byte("[DONE]"))
	return nil
}
