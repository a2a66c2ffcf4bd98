package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// Knowledge keeps what the shop knows; the store implements it. An unknown document is NotFound; one that somebody else has changed
// is a Conflict, moved_on.
type Knowledge interface {
	Entries(ctx context.Context, tenant string, q shop.EntryQuery) ([]shop.Entry, error)
	Versions(ctx context.Context, tenant string, kind shop.DocumentKind, id string) ([]shop.Document, error)
	Macros(ctx context.Context, tenant, lang string, at time.Time) ([]shop.Document, error)
	SaveDocument(ctx context.Context, d shop.Document, base int64) (shop.Document, error)
	Publish(ctx context.Context, who shop.Principal, kind shop.DocumentKind, id string, p shop.Publication) (shop.Document, error)
	Withdraw(ctx context.Context, who shop.Principal, kind shop.DocumentKind, id string, version int64) error
}

// asKnowing lets agents and admins pass where documents are kept.
func (s *Server) asKnowing(next echo.HandlerFunc) echo.HandlerFunc {
	return s.asDesk(func(c echo.Context) error {
		if s.o.Knowledge == nil {
			return echo.ErrNotFound
		}
		return next(c)
	})
}

func (s *Server) mayPublish(who shop.Principal) bool {
	return who.Role == shop.Admin || s.o.MayPublish != nil && s.o.MayPublish(who)
}

// knowledgeRow is a document in the list.
type knowledgeRow struct {
	Kind      shop.DocumentKind  `json:"kind"`
	ID        string             `json:"id"`
	Lang      string             `json:"lang"`
	Title     string             `json:"title"`
	Tags      []string           `json:"tags"`
	Version   int64              `json:"version"`
	State     shop.DocumentState `json:"state"`
	InForce   int64              `json:"in_force,omitempty"`
	Label     string             `json:"label,omitempty"`
	Effective time.Time          `json:"effective,omitzero"`
	Ends      time.Time          `json:"ends,omitzero"`
	Changed   time.Time          `json:"changed"`
	Author    string             `json:"author,omitempty"`
	Origin    string             `json:"origin,omitempty"`
	Candidate bool               `json:"candidate"`
}

func (s *Server) listKnowledge(c echo.Context) error {
	who := callerOf(c).who
	q := shop.EntryQuery{Kind: shop.DocumentKind(c.QueryParam("kind")), Lang: c.QueryParam("lang")}
	state, text := c.QueryParam("state"), c.QueryParam("q")
	if q.Kind != "" && !slices.Contains(shop.DocumentKinds, q.Kind) {
		return invalid("kind", "“kind” must be one of %v.", shop.DocumentKinds)
	}
	candidates := state == "candidate"
	if q.State = shop.DocumentState(state); candidates {
		q.State = shop.Draft
	}
	if state != "" && !slices.Contains([]shop.DocumentState{shop.Draft, shop.Published, shop.Withdrawn}, q.State) {
		return invalid("state", "“state” must be draft, published, withdrawn or candidate.")
	}
	if err := checkLang(q.Lang); err != nil {
		return err
	}
	if utf8.RuneCountInString(text) > 200 {
		return invalid("q", "“q” has more than 200 characters.")
	}
	es, err := s.o.Knowledge.Entries(c.Request().Context(), who.Tenant, q)
	if err != nil {
		return err
	}
	of, newest := map[string]shop.Entry{}, make([]shop.Document, 0, len(es))
	for _, e := range es {
		if candidates && !e.Candidate() {
			continue
		}
		of[string(e.Newest.Kind)+"/"+e.Newest.ID] = e
		newest = append(newest, e.Newest)
	}
	out := struct {
		Documents  []knowledgeRow `json:"documents"`
		MayPublish bool           `json:"may_publish"`
	}{[]knowledgeRow{}, s.mayPublish(who)}
	for _, r := range desk.FindDocuments(newest, text) {
		d := r.Document
		e := of[string(d.Kind)+"/"+d.ID]
		row := knowledgeRow{
			Kind: d.Kind, ID: d.ID, Lang: d.Lang, Title: d.Title, Tags: append([]string{}, d.Tags...), Version: d.Version, State: d.State, Label: d.Label,
			Effective: d.Effective, Ends: d.Ends, Changed: d.Changed, Author: d.Author, Origin: d.Origin, Candidate: e.Candidate(),
		}
		if e.InForce != nil {
			row.InForce = e.InForce.Version
		}
		out.Documents = append(out.Documents, row)
	}
	return reply(c, http.StatusOK, out)
}

// document is the one of the address.
func (s *Server) document(c echo.Context) (who shop.Principal, kind shop.DocumentKind, id string, err error) {
	kind, id = shop.DocumentKind(param(c, "kind")), param(c, "id")
	if !slices.Contains(shop.DocumentKinds, kind) || checkID("id", id, 512) != nil {
		err = &shop.Error{Kind: shop.NotFound, Msg: "There is no such document."}
	}
	return callerOf(c).who, kind, id, err
}

func (s *Server) getKnowledge(c echo.Context) error {
	who, kind, id, err := s.document(c)
	if err != nil {
		return err
	}
	return s.replyVersions(c, who, kind, id)
}

// documentView is a version; what lists show of it is never absent.
type documentView struct {
	shop.Document
	Tags    []string `json:"tags"`
	Phrases []string `json:"phrases"`
	Cited   string   `json:"cited"`
	InForce bool     `json:"in_force"`
}

func (s *Server) replyVersions(c echo.Context, who shop.Principal, kind shop.DocumentKind, id string) error {
	ds, err := s.o.Knowledge.Versions(c.Request().Context(), who.Tenant, kind, id)
	if err != nil {
		return err
	}
	out := struct {
		Versions   []documentView `json:"versions"`
		MayEdit    bool           `json:"may_edit"`
		MayPublish bool           `json:"may_publish"`
	}{make([]documentView, len(ds)), s.mayEdit(who, kind), s.mayPublish(who)}
	now := shop.InForce(ds, s.o.Now())
	for i, d := range ds {
		out.Versions[i] = documentView{d, append([]string{}, d.Tags...), append([]string{}, d.Phrases...), d.Cited(), i == now}
	}
	return reply(c, http.StatusOK, out)
}

// mayEdit: agents draft macros, those who publish draft everything.
func (s *Server) mayEdit(who shop.Principal, kind shop.DocumentKind) bool {
	return kind == shop.Macro || s.mayPublish(who)
}

type knowledgeRequest struct {
	Base      *int64    `json:"base"`
	Lang      string    `json:"lang"`
	Title     string    `json:"title"`
	Tags      []string  `json:"tags"`
	Phrases   []string  `json:"phrases"`
	Label     string    `json:"label"`
	Effective time.Time `json:"effective"`
	Ends      time.Time `json:"ends"`
	Text      string    `json:"text"`
}

const (
	maxDocument = 100_000 // characters of a text
	maxLabels   = 50      // tags, and phrases
)

func checkLang(lang string) error {
	if lang != "" && lang != "en" && lang != "zh" {
		return invalid("lang", "“lang” must be en or zh, or absent.")
	}
	return nil
}

// checked is the document of a request, its texts cleaned.
func (r knowledgeRequest) checked() (d shop.Document, err error) {
	if err := checkLang(r.Lang); err != nil {
		return d, err
	}
	d = shop.Document{Lang: r.Lang, Effective: r.Effective, Ends: r.Ends}
	if d.Title, err = cleanLine("title", r.Title, 200); err != nil {
		return d, err
	}
	if d.Title == "" {
		return d, invalid("title", "The document has no title.")
	}
	if d.Label, err = cleanLine("label", r.Label, 40); err != nil {
		return d, err
	}
	for _, l := range []struct {
		field   string
		from    []string
		into    *[]string
		longest int
	}{{"tags", r.Tags, &d.Tags, 40}, {"phrases", r.Phrases, &d.Phrases, 200}} {
		if len(l.from) > maxLabels {
			return d, invalid(l.field, "“%s” has more than %d entries.", l.field, maxLabels)
		}
		for _, v := range l.from {
			v, err := cleanLine(l.field, v, l.longest)
			if err != nil {
				return d, err
			}
			if v != "" && !slices.Contains(*l.into, v) {
				*l.into = append(*l.into, v)
			}
		}
	}
	if n := utf8.RuneCountInString(r.Text); n > maxDocument {
		return d, &shop.Error{Kind: shop.TooLarge, Field: "text", Msg: "The text has more than 100,000 characters: make several documents of it."}
	}
	if d.Text = strings.TrimSpace(withoutControls(r.Text)); d.Text == "" {
		return d, invalid("text", "The document has no text.")
	}
	if !d.Ends.IsZero() && !d.Ends.After(d.Effective) {
		return d, invalid("ends", "The version would end before it begins.")
	}
	return d, nil
}

// cleanLine is a text of one line.
func cleanLine(field, s string, longest int) (string, error) {
	s = strings.Join(strings.Fields(withoutControls(s)), " ")
	if utf8.RuneCountInString(s) > longest {
		return "", invalid(field, "“%s” has more than %d characters.", field, longest)
	}
	return s, nil
}

// putKnowledge adds a draft.
func (s *Server) putKnowledge(c echo.Context) error {
	who, kind, id, err := s.document(c)
	if err != nil {
		return err
	}
	if !s.mayEdit(who, kind) {
		return errNoEditor
	}
	req, err := decode[knowledgeRequest](c)
	if err != nil {
		return err
	}
	if req.Base == nil {
		return invalid("base", "Send “base”: the newest version that this was made of; 0 for a new document.")
	}
	if *req.Base == 0 && shop.DocumentID(id) != id {
		return invalid("id", "An id is of lower-case letters, digits and hyphens.")
	}
	d, err := req.checked()
	if err != nil {
		return err
	}
	d.Tenant, d.Kind, d.ID, d.Author = who.Tenant, kind, id, who.ID
	if _, err := s.o.Knowledge.SaveDocument(c.Request().Context(), d, *req.Base); err != nil {
		return err
	}
	return s.replyVersions(c, who, kind, id)
}

var errNoEditor = &shop.Error{Kind: shop.Forbidden, Code: "not_editor", Msg: "This is for those who may publish: ask an admin, or for the right “knowledge” in the settings."}

type publishRequest struct {
	Version   int64     `json:"version"`
	Effective time.Time `json:"effective"`
	Ends      time.Time `json:"ends"`
}

func (s *Server) publishKnowledge(c echo.Context) error {
	who, kind, id, err := s.document(c)
	if err != nil {
		return err
	}
	if !s.mayPublish(who) {
		return errNoEditor
	}
	req, err := decode[publishRequest](c)
	if err != nil {
		return err
	}
	if req.Version <= 0 {
		return invalid("version", "“version” is missing: say which draft is published.")
	}
	if _, err := s.o.Knowledge.Publish(c.Request().Context(), who, kind, id, shop.Publication(req)); err != nil {
		return err
	}
	return s.replyVersions(c, who, kind, id)
}

func (s *Server) withdrawKnowledge(c echo.Context) error {
	who, kind, id, err := s.document(c)
	if err != nil {
		return err
	}
	if !s.mayPublish(who) {
		return errNoEditor
	}
	req, err := decodeOptional[struct {
		Version int64 `json:"version"`
	}](c)
	if err != nil {
		return err
	}
	if req.Version < 0 {
		return invalid("version", "“version” must be a number from 1 on, or absent.")
	}
	if err := s.o.Knowledge.Withdraw(c.Request().Context(), who, kind, id, req.Version); err != nil {
		return err
	}
	return s.replyVersions(c, who, kind, id)
}

type macroView struct {
	ID      string   `json:"id"`
	Lang    string   `json:"lang"`
	Title   string   `json:"title"`
	Text    string   `json:"text"`
	Version string   `json:"version"`
	Gaps    []string `json:"gaps"`
}

// mostMacros bounds an answer.
const mostMacros = 100

// listMacros finds macros in force by what an agent types. With a conversation they are in its language, their gaps filled with facts
// of it, and those that its customer's last words ask for come first.
func (s *Server) listMacros(c echo.Context) error {
	who, ctx := callerOf(c).who, c.Request().Context()
	q, lang, conversation := c.QueryParam("q"), c.QueryParam("lang"), c.QueryParam("conversation")
	if err := checkLang(lang); err != nil {
		return err
	}
	if utf8.RuneCountInString(q) > 200 {
		return invalid("q", "“q” has more than 200 characters.")
	}
	facts, said := map[string]string{}, ""
	if conversation != "" {
		if checkConversation("conversation", conversation) != nil {
			return &shop.Error{Kind: shop.NotFound, Msg: "There is no such conversation."}
		}
		w, err := s.o.Desk.DeskRow(ctx, who, conversation)
		if err != nil {
			return err
		}
		if lang == "" && checkLang(w.Lang) == nil {
			lang = w.Lang
		}
		if facts, said, err = s.macroFacts(ctx, who, w); err != nil {
			return err
		}
	}
	ds, err := s.o.Knowledge.Macros(ctx, who.Tenant, lang, s.o.Now())
	if err != nil {
		return err
	}
	found := desk.FindDocuments(ds, q)
	if q == "" && said != "" {
		fit := desk.RankMacros(ds, said)
		for _, r := range found {
			if !slices.ContainsFunc(fit, func(f desk.Ranked) bool { return f.Document.ID == r.Document.ID }) {
				fit = append(fit, r)
			}
		}
		found = fit
	}
	out := []macroView{}
	for _, r := range found[:min(len(found), mostMacros)] {
		d := r.Document
		text, gaps := shop.FillMacro(d.Text, facts)
		out = append(out, macroView{d.ID, d.Lang, d.Title, text, d.Cited(), append([]string{}, gaps...)})
	}
	return reply(c, http.StatusOK, out)
}

// macroFacts are what the shop knows of a conversation: its customer's name, the order that it is about (the customer's own that was
// named last, or the only one there is), the agent's name, and the customer's last words. What it does not know is absent.
func (s *Server) macroFacts(ctx context.Context, who shop.Principal, w desk.Row) (facts map[string]string, said string, err error) {
	facts = map[string]string{"customer": w.Name}
	if facts["agent"], err = s.agentName(ctx, who); err != nil {
		return nil, "", err
	}
	var own []string
	if s.o.Customer != nil && !w.For.Anon {
		k, err := s.o.Customer(ctx, who, w.For, w.Lang)
		var e *shop.Error
		if err != nil && (!errors.As(err, &e) || e.Kind != shop.Unavailable) { // a macro needs no order system
			return nil, "", err
		}
		if k.Name != "" {
			facts["customer"] = k.Name
		}
		for _, o := range k.Orders {
			own = append(own, o.ID)
		}
	}
	_, ms, err := s.o.Conversations.Conversation(ctx, who, w.ID)
	if err != nil {
		return nil, "", err
	}
	for _, m := range slices.Backward(ms) {
		if m.Role == chat.User {
			said = m.Text
			break
		}
	}
	facts["order"] = desk.OrderMeant(ms, own)
	return facts, said, nil
}

// agentName is what an agent is called; "" when the shop has said no name.
func (s *Server) agentName(ctx context.Context, who shop.Principal) (string, error) {
	agents, err := s.o.Desk.DeskAgents(ctx, who)
	for _, a := range agents {
		if a.ID == who.ID && a.Name != a.ID {
			return a.Name, err
		}
	}
	return "", err
}
