package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// Desk keeps the desk's conversations; the store implements it. All of it is for agents and admins of the tenant: anybody else, and
// an unknown id, is NotFound. What was decided on a state that has changed is a Conflict: moved_on, or not_yours.
type Desk interface {
	DeskRows(ctx context.Context, who shop.Principal, q desk.Query) ([]desk.Row, error)
	DeskRow(ctx context.Context, who shop.Principal, id string) (desk.Row, error)
	DeskChanged(ctx context.Context, who shop.Principal, after time.Time, limit int) ([]desk.Row, error)
	DeskCounts(ctx context.Context, who shop.Principal) (map[desk.View]int, error)
	Take(ctx context.Context, who shop.Principal, id string, e desk.Expect) (desk.Row, error)
	Reply(ctx context.Context, who shop.Principal, id string, e desk.Expect, m chat.Message) (desk.Row, chat.Message, error)
	HandBack(ctx context.Context, who shop.Principal, id string, e desk.Expect, summary string) (desk.Row, error)
	Assign(ctx context.Context, who shop.Principal, id string, e desk.Expect, agent string) (desk.Row, error)
	CloseConversation(ctx context.Context, who shop.Principal, id string, e desk.Expect) (desk.Row, error)
	Reopen(ctx context.Context, who shop.Principal, id string, e desk.Expect) (desk.Row, error)
	Merge(ctx context.Context, who shop.Principal, id string, e desk.Expect, into string) (desk.Row, error) // gives the row of into
	AddNote(ctx context.Context, who shop.Principal, id, text string) (chat.Message, error)
	SetLabels(ctx context.Context, who shop.Principal, id string, l desk.Labels) (desk.Row, error)
	SetPresence(ctx context.Context, who shop.Principal, id, doing string) error // holds for a short while, as Present does
	Present(ctx context.Context, who shop.Principal) error
	Viewers(ctx context.Context, who shop.Principal) (map[string][]desk.Viewer, error)
	DeskAgents(ctx context.Context, who shop.Principal) ([]desk.Agent, error)
	DeskEarlier(ctx context.Context, who shop.Principal, w desk.Row) ([]chat.Conversation, error)
}

// Customer is what the desk sees of a conversation's shopper.
type Customer struct {
	Name   string           `json:"name,omitempty"`
	Email  string           `json:"email,omitempty"`
	Level  int              `json:"level"`
	Orders []shop.OrderCard `json:"orders"`

	Coupons []shop.CouponCard `json:"coupons"`
}

type deskCustomer struct {
	ID        string `json:"id"`
	Anonymous bool   `json:"anonymous"`
	Name      string `json:"name,omitempty"`
	*Customer
	Earlier []deskEarlier `json:"earlier,omitempty"`
}

// deskEarlier is another conversation of the same customer.
type deskEarlier struct {
	ID    string     `json:"id"`
	Title string     `json:"title"`
	Owner chat.Owner `json:"owner"`
	At    time.Time  `json:"at"`
}

type deskClock struct {
	Name       string    `json:"name"`
	Definition string    `json:"definition"`
	Due        time.Time `json:"due"`
	Warns      time.Time `json:"warns"`
	State      string    `json:"state"`
}

type deskRow struct {
	ID       string       `json:"id"`
	Lang     string       `json:"lang"`
	Title    string       `json:"title"`
	Customer deskCustomer `json:"customer"`
	Owner    chat.Owner   `json:"owner"`
	State    string       `json:"state"`
	Revision int64        `json:"revision"`
	Segment  int64        `json:"segment"`
	LastUser string       `json:"last_user"`
	Said     string       `json:"said"`
	Waiting  *time.Time   `json:"waiting"`
	Reason   string       `json:"reason,omitempty"`
	Summary  string       `json:"summary,omitempty"`
	Priority int          `json:"priority"`
	Tags     []string     `json:"tags"`
	Clocks   []deskClock  `json:"clocks"`
	Updated  time.Time    `json:"updated"`

	Skill    string        `json:"skill,omitempty"`
	Assigned string        `json:"assigned,omitempty"`
	Merged   string        `json:"merged,omitempty"`
	Viewers  []desk.Viewer `json:"viewers"`
}

func (s *Server) deskRow(w desk.Row) deskRow {
	v := deskRow{
		ID: w.ID, Lang: w.Lang, Title: w.Title, Customer: deskCustomer{ID: w.For.ID, Anonymous: w.For.Anon, Name: w.Name}, Owner: w.Owner, State: "open", Revision: w.Revision, Segment: w.Segment,
		LastUser: w.LastUser, Said: w.Said, Reason: w.Reason, Summary: w.Gist, Priority: w.Priority, Tags: w.Tags, Clocks: []deskClock{}, Updated: w.Updated,
		Skill: w.Skill, Assigned: w.Assigned, Merged: w.Merged, Viewers: append([]desk.Viewer{}, w.Viewers...),
	}
	if w.Closed {
		v.State = "closed"
	}
	if !w.Waiting.IsZero() {
		v.Waiting = &w.Waiting
	}
	if v.Tags == nil {
		v.Tags = []string{}
	}
	for _, c := range w.Clocks {
		v.Clocks = append(v.Clocks, deskClock{c.Name, c.Definition, c.Due, c.Warns, c.State(s.o.Now())})
	}
	return v
}

// asDesk lets agents and admins pass.
func (s *Server) asDesk(next echo.HandlerFunc) echo.HandlerFunc {
	return s.asCaller(func(c echo.Context) error {
		if s.o.Desk == nil {
			return echo.ErrNotFound
		}
		if who := callerOf(c).who; who.Role != shop.Agent && who.Role != shop.Admin || who.ID == "" {
			return &shop.Error{Kind: shop.Forbidden, Code: "not_agent", Msg: "This is for the shop's agents."}
		}
		return next(c)
	})
}

func (s *Server) listDesk(c echo.Context) error {
	who := callerOf(c).who
	q := desk.Query{View: desk.View(c.QueryParam("view")), Text: strings.TrimSpace(c.QueryParam("q")), Limit: 100}
	if q.View == "" {
		q.View = desk.Queue
	}
	if !slices.Contains(desk.Views, q.View) {
		return invalid("view", "“view” must be one of %v.", desk.Views)
	}
	if len([]rune(q.Text)) > 200 {
		return invalid("q", "“q” has more than 200 characters.")
	}
	for name, into := range map[string]*int{"limit": &q.Limit, "after": &q.After} {
		if v := c.QueryParam(name); v != "" {
			n, err := strconv.Atoi(v)
			if err != nil || n < 0 || name == "limit" && (n == 0 || n > 1000) {
				return invalid(name, "“%s” must be a number (limit: 1 to 1000).", name)
			}
			*into = n
		}
	}
	ctx := c.Request().Context()
	event := s.o.Now().UnixMicro() // whatever changes from here on is an event
	rows, err := s.o.Desk.DeskRows(ctx, who, q)
	if err != nil {
		return err
	}
	counts, err := s.o.Desk.DeskCounts(ctx, who)
	if err != nil {
		return err
	}
	out := struct {
		Conversations []deskRow         `json:"conversations"`
		Counts        map[desk.View]int `json:"counts"`
		Event         string            `json:"event"`
		Next          *int              `json:"next,omitempty"`
	}{[]deskRow{}, map[desk.View]int{desk.Queue: 0, desk.Mine: 0, desk.Others: 0, desk.Assistant: 0}, strconv.FormatInt(event, 10), nil}
	for _, w := range rows {
		out.Conversations = append(out.Conversations, s.deskRow(w))
	}
	for v, n := range counts {
		out.Counts[v] = n
	}
	if len(rows) == q.Limit {
		next := q.After + q.Limit
		out.Next = &next
	}
	return reply(c, http.StatusOK, out)
}

// of is the conversation of the address, as one of the desk.
func (s *Server) deskOf(c echo.Context) (who shop.Principal, id string, err error) {
	who, id = callerOf(c).who, param(c, "id")
	if checkConversation("id", id) != nil {
		err = &shop.Error{Kind: shop.NotFound, Msg: "There is no such conversation."}
	}
	return who, id, err
}

func (s *Server) getDesk(c echo.Context) error {
	who, id, err := s.deskOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	w, err := s.o.Desk.DeskRow(ctx, who, id)
	if err != nil {
		return err
	}
	_, ms, err := s.o.Conversations.Conversation(ctx, who, id)
	if err != nil {
		return err
	}
	out := struct {
		Row       deskRow        `json:"row"`
		Messages  []messageView  `json:"messages"`
		Customer  deskCustomer   `json:"customer"`
		Proposals []deskProposal `json:"proposals"`

		Suggestions []suggestionView `json:"suggestions"`
		Review      *desk.Review     `json:"review"` // null: none holds
		Rating      *desk.Given      `json:"rating"` // null: none was given
	}{Row: s.deskRow(w), Messages: make([]messageView, len(ms)), Proposals: []deskProposal{}, Suggestions: []suggestionView{}}
	for i, m := range ms {
		out.Messages[i] = viewOfMessage(m)
	}
	if err := s.stand(ctx, who.Tenant, id, out.Messages); err != nil {
		return err
	}
	if s.o.States != nil {
		ps, err := s.o.States.Proposals(ctx, who.Tenant, id)
		if err != nil {
			return err
		}
		for _, p := range ps {
			out.Proposals = append(out.Proposals, viewOfProposal(who, p))
		}
	}
	if s.o.Suggested != nil {
		made, err := s.o.Suggested.SuggestionsOf(ctx, who, w)
		if err != nil {
			return err
		}
		if err := s.signed(ctx, who, made); err != nil {
			return err
		}
		out.Suggestions = viewOfSuggestions(made)
	}
	if out.Rating, err = s.o.Conversations.RatingOf(ctx, who, id); err != nil {
		return err
	}
	out.Customer = out.Row.Customer
	if s.o.Customer != nil && !w.For.Anon {
		k, err := s.o.Customer(ctx, who, w.For, w.Lang)
		if err != nil {
			return err
		}
		k.Orders, k.Coupons = append([]shop.OrderCard{}, k.Orders...), append([]shop.CouponCard{}, k.Coupons...)
		out.Customer.Customer = &k
		if k.Name != "" {
			out.Customer.Name = k.Name
		}
	}
	if s.o.Quality != nil {
		if out.Review, err = s.o.Quality.ReviewOf(ctx, who, id); err != nil {
			return err
		}
	}
	before, err := s.o.Desk.DeskEarlier(ctx, who, w)
	if err != nil {
		return err
	}
	for _, e := range before {
		out.Customer.Earlier = append(out.Customer.Earlier, deskEarlier{e.ID, e.Title, e.Owner, e.Updated})
	}
	return reply(c, http.StatusOK, out)
}

// deskRequest is the body of every act of the desk; each reads its own fields.
type deskRequest struct {
	ID       string   `json:"id"`
	Text     string   `json:"text"`
	Revision *int64   `json:"revision"`
	LastUser string   `json:"last_user"`
	Summary  string   `json:"summary"`
	Agent    string   `json:"agent"`
	Into     string   `json:"into"`
	Tags     []string `json:"tags"`
	Priority int      `json:"priority"`

	Suggestion string `json:"suggestion"`
	Anyway     bool   `json:"anyway"`

	Resolved *bool  `json:"resolved"`
	Note     string `json:"note"`
}

func (r deskRequest) expect() (desk.Expect, error) {
	if r.Revision == nil {
		return desk.Expect{}, invalid("revision", "Send the “revision” of the conversation that this was decided on.")
	}
	return desk.Expect{Revision: *r.Revision, LastUser: r.LastUser}, nil
}

// deskAct is a route that changes a conversation and answers with its row.
func (s *Server) deskAct(fn func(ctx context.Context, who shop.Principal, id string, r deskRequest) (desk.Row, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		who, id, err := s.deskOf(c)
		if err != nil {
			return err
		}
		req, err := decodeOptional[deskRequest](c)
		if err != nil {
			return err
		}
		w, err := fn(c.Request().Context(), who, id, req)
		if err != nil {
			return err
		}
		s.changed(who.Tenant, id)
		return reply(c, http.StatusOK, s.deskRow(w))
	}
}

func (s *Server) takeDesk(ctx context.Context, who shop.Principal, id string, r deskRequest) (desk.Row, error) {
	e, err := r.expect()
	if err != nil {
		return desk.Row{}, err
	}
	w, err := s.o.Desk.Take(ctx, who, id, e)
	return s.hush(ctx, w, err)
}

// hush stops the answer that was being written when a person took the word: it has lost its turn already.
func (s *Server) hush(ctx context.Context, w desk.Row, err error) (desk.Row, error) {
	if err == nil {
		if err := s.o.Chats.Stop(ctx, w.For, w.ID); err != nil {
			s.o.Log.WarnContext(ctx, "stop the assistant's turn", "conversation", w.ID, "error", err)
		}
	}
	return w, err
}

func (s *Server) handBackDesk(ctx context.Context, who shop.Principal, id string, r deskRequest) (desk.Row, error) {
	e, err := r.expect()
	if err != nil {
		return desk.Row{}, err
	}
	if r.Summary != "" {
		if r.Summary, err = cleanMessage("summary", r.Summary); err != nil {
			return desk.Row{}, err
		}
	}
	w, err := s.o.Desk.HandBack(ctx, who, id, e, r.Summary)
	if err == nil {
		s.goOn(w)
	}
	return w, err
}

// goOn lets the assistant answer what the customer wrote before the conversation was its own again. There may be nothing.
func (s *Server) goOn(w desk.Row) {
	go func() {
		for e, err := range s.o.Chats.Run(context.Background(), assistant.Turn{Who: w.For, Task: w.Task, Conversation: w.ID, Mode: chat.Continue}) {
			if err != nil && !isKind(err, shop.Invalid) {
				s.o.Log.Warn("answer what waited", "conversation", w.ID, "error", err)
			}
			if e.Kind == chat.EvEnded {
				s.changed(w.For.Tenant, w.ID)
			}
		}
	}()
}

func (s *Server) mergeDesk(ctx context.Context, who shop.Principal, id string, r deskRequest) (desk.Row, error) {
	e, err := r.expect()
	if err != nil {
		return desk.Row{}, err
	}
	if checkConversation("into", r.Into) != nil {
		return desk.Row{}, &shop.Error{Kind: shop.NotFound, Msg: "There is no such conversation."}
	}
	w, err := s.o.Desk.Merge(ctx, who, id, e, r.Into)
	if err == nil {
		if err := s.o.Chats.Stop(ctx, w.For, id); err != nil {
			s.o.Log.WarnContext(ctx, "stop the assistant's turn", "conversation", id, "error", err)
		}
		s.changed(who.Tenant, r.Into)
	}
	return s.hush(ctx, w, err)
}

func (s *Server) assignDesk(ctx context.Context, who shop.Principal, id string, r deskRequest) (desk.Row, error) {
	e, err := r.expect()
	if err != nil {
		return desk.Row{}, err
	}
	if r.Agent != "" {
		if err := checkID("agent", r.Agent, 128); err != nil {
			return desk.Row{}, err
		}
	}
	w, err := s.o.Desk.Assign(ctx, who, id, e, r.Agent)
	return s.hush(ctx, w, err)
}

func (s *Server) closeDesk(ctx context.Context, who shop.Principal, id string, r deskRequest) (desk.Row, error) {
	e, err := r.expect()
	if err != nil {
		return desk.Row{}, err
	}
	return s.o.Desk.CloseConversation(ctx, who, id, e)
}

func (s *Server) reopenDesk(ctx context.Context, who shop.Principal, id string, r deskRequest) (desk.Row, error) {
	e, err := r.expect()
	if err != nil {
		return desk.Row{}, err
	}
	return s.o.Desk.Reopen(ctx, who, id, e)
}

func (s *Server) labelDesk(ctx context.Context, who shop.Principal, id string, r deskRequest) (desk.Row, error) {
	return s.o.Desk.SetLabels(ctx, who, id, desk.Labels{Tags: r.Tags, Priority: r.Priority})
}

func (s *Server) noteDesk(c echo.Context) error {
	who, id, err := s.deskOf(c)
	if err != nil {
		return err
	}
	req, err := decode[deskRequest](c)
	if err != nil {
		return err
	}
	if req.Text, err = cleanMessage("text", req.Text); err != nil {
		return err
	}
	m, err := s.o.Desk.AddNote(c.Request().Context(), who, id, req.Text)
	if err != nil {
		return err
	}
	s.changed(who.Tenant, id)
	return reply(c, http.StatusOK, viewOfMessage(m))
}
