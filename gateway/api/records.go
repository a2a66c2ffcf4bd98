package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"shopkeeper/shop"
	"shopkeeper/shop/action"
)

// Records takes what a shop's own system knows of orders and customers, and the rules of actions; the store implements it. Each call is
// all of it or nothing.
type Records interface {
	PutOrders(ctx context.Context, tenant string, os []shop.Order) error
	PutPeople(ctx context.Context, tenant string, ps []shop.Person) error
	PutRules(ctx context.Context, tenant string, rs []shop.Rule) error
	Rules(ctx context.Context, tenant string) ([]shop.Rule, error)
}

// recorded lets a request pass where records are kept.
func (s *Server) recorded(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if s.o.Records == nil {
			return echo.ErrNotFound
		}
		return next(c)
	}
}

// customerRecord is a shopper as a shop's system tells of them.
type customerRecord struct {
	ID      string               `json:"id"`
	Name    string               `json:"name"`
	Email   string               `json:"email"`
	Phone   string               `json:"phone"`
	Lang    string               `json:"lang"`
	Level   int                  `json:"level"`
	Joined  time.Time            `json:"joined"`
	Address shop.Address         `json:"address"`
	Methods []shop.PaymentMethod `json:"methods"`
}

type ordersRequest struct {
	Orders    []shop.Order     `json:"orders"`
	Customers []customerRecord `json:"customers"`
}

var (
	orderStates    = []string{"pending", "paid", "processed", "shipped", "delivered", "cancelled", "return_requested", "returned", "exchange_requested", "exchanged"}
	shipmentStates = []string{"label_created", "in_transit", "out_for_delivery", "delivered", "delayed", "returned"}
	methodKinds    = []string{"card", "paypal", "gift_card"}
)

// putOrders stores orders and customers over those with the same ids. A record that says something else than before has another
// revision: what was proposed on it is void.
func (s *Server) putOrders(c echo.Context) error {
	cl := callerOf(c)
	if cl.who.Role != shop.App {
		return &shop.Error{Kind: shop.Forbidden, Msg: "Orders are pushed with an app key."}
	}
	req, err := decode[ordersRequest](c)
	if err != nil {
		return err
	}
	switch n := len(req.Orders) + len(req.Customers); {
	case n == 0:
		return invalid("orders", "The batch is empty: send “orders”, “customers”, or both.")
	case n > maxBatch:
		return &shop.Error{Kind: shop.TooLarge, Code: "batch_too_large", Field: "orders", Msg: fmt.Sprintf("The batch has %d entries; up to %d are taken at once.", n, maxBatch)}
	}
	seen := map[string]bool{}
	for i, o := range req.Orders {
		if field, why := badOrder(o, cl.tenant.Currency); why != "" {
			return badRecord("orders", i, field, why)
		}
		if seen[o.ID] {
			return badRecord("orders", i, "id", "the batch has it twice")
		}
		seen[o.ID] = true
	}
	people := make([]shop.Person, len(req.Customers))
	clear(seen)
	for i, p := range req.Customers {
		if field, why := badCustomer(p, cl.tenant.Currency); why != "" {
			return badRecord("customers", i, field, why)
		}
		if seen[p.ID] {
			return badRecord("customers", i, "id", "the batch has it twice")
		}
		seen[p.ID] = true
		people[i] = p.person()
	}
	ctx := c.Request().Context()
	if err := s.o.Records.PutPeople(ctx, cl.who.Tenant, people); err != nil {
		return err
	}
	if err := s.o.Records.PutOrders(ctx, cl.who.Tenant, req.Orders); err != nil {
		return err
	}
	return reply(c, http.StatusOK, struct {
		Orders    int `json:"orders"`
		Customers int `json:"customers"`
	}{len(req.Orders), len(people)})
}

func badRecord(list string, i int, field, why string) error {
	where := fmt.Sprintf("%s.%d", list, i)
	if field != "" {
		where += "." + field
	}
	return &shop.Error{Kind: shop.Invalid, Code: "bad_record", Field: where, Msg: fmt.Sprintf("Nothing was stored: entry %d of %s: %s: %s.", i+1, list, field, why)}
}

func (p customerRecord) person() shop.Person {
	return shop.Person{ID: p.ID, Name: p.Name, Email: p.Email, Phone: p.Phone, Lang: p.Lang, Level: p.Level, Joined: p.Joined, Address: p.Address, Methods: p.Methods}
}

// ReadOrder reads one order as PUT /api/orders takes it; what is wrong is a shop.Error with the field.
func ReadOrder(line []byte, currency string) (shop.Order, error) {
	o, err := readRecord[shop.Order](line)
	if err == nil {
		err = badLine(badOrder(o, currency))
	}
	return o, err
}

// ReadCustomer is ReadOrder for a customer.
func ReadCustomer(line []byte, currency string) (shop.Person, error) {
	p, err := readRecord[customerRecord](line)
	if err == nil {
		err = badLine(badCustomer(p, currency))
	}
	return p.person(), err
}

func readRecord[T any](line []byte) (T, error) {
	v, err := parse[T](line)
	var bad *shop.Error
	if errors.As(err, &bad) {
		err = &shop.Error{Kind: bad.Kind, Code: bad.Code, Field: bad.Field, Msg: strings.Replace(bad.Msg, "The body ", "The line ", 1), Err: bad.Err}
	}
	return v, err
}

func badLine(field, why string) error {
	if why == "" {
		return nil
	}
	return &shop.Error{Kind: shop.Invalid, Code: "bad_record", Field: field, Msg: fmt.Sprintf("%s: %s.", field, why)}
}

// badOrder says what is wrong with an order; "" when nothing is.
func badOrder(o shop.Order, currency string) (field, why string) {
	money := func(field string, ms ...shop.Money) (string, string) {
		for _, m := range ms {
			if m.Currency != currency && (m.Currency != "" || m.Minor != 0) {
				return field, "amounts are in the shop's currency " + currency
			}
		}
		return "", ""
	}
	switch {
	case checkID("id", o.ID, 64) != nil:
		return "id", "it needs an id of 1 to 64 characters"
	case checkID("shopper", o.Shopper, 128) != nil:
		return "shopper", "it needs the shopper's id"
	case !slices.Contains(orderStates, o.Status):
		return "status", fmt.Sprintf("it is one of %v", orderStates)
	case o.Placed.IsZero():
		return "placed", "it needs the time when it was placed"
	case len(o.Items) == 0:
		return "items", "it has no items"
	case o.Total.Currency != currency || o.Total.Minor < 0:
		return "total", "it needs a total in the shop's currency " + currency
	}
	for _, it := range o.Items {
		if it.Product == "" || it.Title == "" || it.Qty < 1 || it.Price.Minor < 0 {
			return "items", "each needs product, title, a price and a quantity of at least 1"
		}
		if f, w := money("items", it.Price); w != "" {
			return f, w
		}
	}
	for _, p := range o.Payments {
		if p.Method == "" {
			return "payments", "each needs the id of its method"
		}
		if f, w := money("payments", p.Amount); w != "" {
			return f, w
		}
	}
	for _, sh := range o.Shipments {
		if !slices.Contains(shipmentStates, sh.State) {
			return "shipments", fmt.Sprintf("the state of each is one of %v", shipmentStates)
		}
	}
	return money("total", o.Shipping, o.Discount)
}

func badCustomer(p customerRecord, currency string) (field, why string) {
	switch {
	case checkID("id", p.ID, 128) != nil:
		return "id", "it needs an id of 1 to 128 characters"
	case p.Level < 0 || p.Level > 9:
		return "level", "it is 0 to 9"
	}
	if p.Email != "" {
		if a, err := mail.ParseAddress(p.Email); err != nil || a.Address != p.Email {
			return "email", "it is no e-mail address"
		}
	}
	seen := map[string]bool{}
	for _, m := range p.Methods {
		if m.ID == "" || seen[m.ID] || !slices.Contains(methodKinds, m.Kind) {
			return "methods", fmt.Sprintf("each needs an id of its own and a kind of %v", methodKinds)
		}
		seen[m.ID] = true
		if (m.Kind == "gift_card") != (m.Balance != nil) || m.Balance != nil && (m.Balance.Currency != currency || m.Balance.Minor < 0) {
			return "methods", "gift cards, and they alone, have a balance in the shop's currency " + currency
		}
	}
	return "", ""
}

func (s *Server) putRules(c echo.Context) error {
	cl := callerOf(c)
	if cl.who.Role != shop.App && cl.who.Role != shop.Admin {
		return &shop.Error{Kind: shop.Forbidden, Msg: "Rules are set with an app or admin key."}
	}
	req, err := decode[struct {
		Rules json.RawMessage `json:"rules"`
	}](c)
	if err != nil {
		return err
	}
	rs, err := action.ReadRules(req.Rules)
	if err != nil {
		return err
	}
	if len(rs) == 0 || len(rs) > 100 {
		return invalid("rules", "Send 1 to 100 rules as “rules”.")
	}
	if err := s.o.Records.PutRules(c.Request().Context(), cl.who.Tenant, rs); err != nil {
		return err
	}
	s.audit(c.Request().Context(), shop.AuditEntry{Tenant: cl.who.Tenant, Actor: actor(cl.who), Act: "rules_set", Object: fmt.Sprint(len(rs))})
	return s.rules(c, cl.who.Tenant)
}

func (s *Server) getRules(c echo.Context) error {
	cl := callerOf(c)
	if !slices.Contains([]shop.Role{shop.App, shop.Admin, shop.Agent}, cl.who.Role) {
		return &shop.Error{Kind: shop.Forbidden, Msg: "Rules are read with an app, admin or agent key."}
	}
	return s.rules(c, cl.who.Tenant)
}

// rules are the shop's own, and the built-in ones that hold where it has none.
func (s *Server) rules(c echo.Context, tenant string) error {
	own, err := s.o.Records.Rules(c.Request().Context(), tenant)
	if err != nil {
		return err
	}
	if own == nil {
		own = []shop.Rule{}
	}
	return reply(c, http.StatusOK, struct {
		Rules   []shop.Rule `json:"rules"`
		BuiltIn []shop.Rule `json:"built_in"`
	}{own, action.Defaults})
}
