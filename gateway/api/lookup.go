package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// Lookup finds customers who are not the conversation's: none is no error. Whoever calls it keeps the audit.
type Lookup func(ctx context.Context, who shop.Principal, q desk.Lookup, lang string) ([]Found, error)

// Found is a customer that a look-up found.
type Found struct {
	ID string
	Customer
}

// Look-ups an hour and agent, and how much of a reason there has to be.
const (
	lookupsHour    = 30
	shortestReason = 5
	longestReason  = 500
)

type lookupRequest struct {
	Order        string `json:"order"`
	Email        string `json:"email"`
	Name         string `json:"name"`
	Postcode     string `json:"postcode"`
	Reason       string `json:"reason"`
	Conversation string `json:"conversation"` // where the agent was; "" = nowhere
	Lang         string `json:"lang"`
}

// checked is what is asked for, without the space around it.
func (r *lookupRequest) checked() (q desk.Lookup, err error) {
	for name, field := range map[string]*string{"order": &r.Order, "email": &r.Email, "name": &r.Name, "postcode": &r.Postcode, "reason": &r.Reason} {
		*field = strings.Join(strings.Fields(withoutControls(*field)), " ")
		if n := utf8.RuneCountInString(*field); n > 200 && name != "reason" || n > longestReason {
			return q, invalid(name, "“%s” is too long.", name)
		}
	}
	if utf8.RuneCountInString(r.Reason) < shortestReason {
		return q, misasked("reason", "Say in “reason” why you look: 5 characters or more. It is kept in the audit.")
	}
	if r.Conversation != "" {
		if err := checkConversation("conversation", r.Conversation); err != nil {
			return q, err
		}
	}
	if err := checkLang(r.Lang); err != nil {
		return q, err
	}
	q = desk.Lookup{Order: strings.TrimPrefix(r.Order, "#"), Email: shop.FoldEmail(r.Email), Name: r.Name, Postal: r.Postcode}
	person := q.Name != "" || q.Postal != ""
	switch {
	case q.Order != "" && (q.Email != "" || person), q.Email != "" && person, q.Order == "" && q.Email == "" && !person:
		return q, invalid("", "Look up by one of “order”, “email”, or “name” with “postcode”.")
	case person && (q.Name == "" || desk.FoldPostal(q.Postal) == ""):
		return q, misasked("postcode", "A name needs a postcode with it, and a postcode a name.")
	case q.Email != "" && !shop.ValidEmail(q.Email):
		return q, misasked("email", "“email” is no e-mail address.")
	}
	return q, nil
}

// misasked has a code of its own, so that the console says it in its language.
func misasked(field, msg string) error {
	return &shop.Error{Kind: shop.Invalid, Code: "lookup_" + field, Field: field, Msg: msg}
}

// lookUp shows an agent customers who are not the conversation's. Every try is in the audit before its answer is told: without that
// there is none.
func (s *Server) lookUp(c echo.Context) error {
	if s.o.Lookup == nil || s.o.Admin == nil {
		return echo.ErrNotFound
	}
	ctx, who := c.Request().Context(), callerOf(c).who
	req, err := decode[lookupRequest](c)
	if err != nil {
		return err
	}
	q, err := req.checked()
	if err != nil {
		return err
	}
	kept := func(outcome string) error {
		detail := outcome + "; reason: " + req.Reason
		if req.Conversation != "" {
			detail = outcome + "; in " + req.Conversation + "; reason: " + req.Reason
		}
		return s.o.Admin.AddAudit(context.WithoutCancel(ctx), shop.AuditEntry{Tenant: who.Tenant, At: s.o.Now(), Actor: who.ID, Act: "customer_looked_up", Object: q.Masked(), Detail: detail})
	}
	until := s.o.Now().Truncate(time.Hour).Add(time.Hour)
	if _, refused := s.limits.take(ctx, shop.Take{Kind: shop.Sum, Key: "look-ups " + who.Tenant + " " + who.ID, N: 1, Limit: lookupsHour, Until: until}); refused >= 0 {
		s.o.Metrics.Limited(ctx, "lookups")
		if err := kept("refused: too many"); err != nil {
			return err
		}
		return limited(fmt.Sprintf("You looked up %d customers this hour, which is the most", lookupsHour), until.Sub(s.o.Now()))
	}
	found, err := s.o.Lookup(ctx, who, q, req.Lang)
	if err != nil {
		return errors.Join(err, kept("not answered"))
	}
	out := struct {
		Matches []deskCustomer `json:"matches"`
	}{make([]deskCustomer, len(found))}
	outcome := "nobody found"
	ids := make([]string, len(found))
	for i, f := range found {
		f.Orders, f.Coupons = append([]shop.OrderCard{}, f.Orders...), append([]shop.CouponCard{}, f.Coupons...)
		out.Matches[i], ids[i] = deskCustomer{ID: f.ID, Name: f.Name, Customer: &f.Customer}, f.ID
	}
	if len(ids) > 0 {
		outcome = "found " + strings.Join(ids, ", ")
	}
	if err := kept(outcome); err != nil {
		return err
	}
	return reply(c, http.StatusOK, out)
}
