package tools

import (
	"context"
	_ "embed"
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/google/jsonschema-go/jsonschema"

	"shopkeeper/shop"
	"shopkeeper/shop/action"
)

//go:embed order_status.md
var ordersText string

const (
	searchedOrders = 200 // newest ones, when a number is not written as it is stored
	shownEvents    = 12
	otherOrders    = 5
)

// latest: what models write for the newest order, instead of leaving the argument out.
var latest = regexp.MustCompile(`(?i)\b(?:last|latest|newest|recent|most recent)\b|最近|最新|上一[笔单个]`)

type ordersOut struct {
	Orders []shop.OrderCard `json:"orders"`
	Others []otherOrder     `json:"others,omitempty"`
	Note   string           `json:"note,omitempty"`
}

type otherOrder struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Placed string `json:"placed"` // YYYY-MM-DD in the shopper's zone
}

func orderStatus(d Deps) Tool {
	return New(Spec{Name: "order_status", Description: ordersText, Public: []string{"order"}}, d.orders, View[OrderInput, ordersOut]{
		Schema: func(s *jsonschema.Schema) { text(s.Properties["order"], 0, 64) },
		Cards: func(sc Scope, _ OrderInput, out ordersOut) (all []shop.Card) {
			for _, o := range out.Orders {
				all = append(all, cards("order", sc, o, o.ID)...)
			}
			return all
		},
		Line: func(sc Scope, in OrderInput, out ordersOut) string {
			switch {
			case len(out.Orders) > 0:
				return either(sc.Lang, "Looked up order ", "查询了订单 ") + out.Orders[0].ID
			case sc.For.Anon || sc.For.ID == "":
				return either(sc.Lang, "No one is signed in", "尚未登录")
			}
			return either(sc.Lang, "Found no such order", "没有找到该订单")
		},
	})
}

func (d Deps) orders(ctx context.Context, sc Scope, in OrderInput) (ordersOut, error) {
	out := ordersOut{Orders: []shop.OrderCard{}}
	if sc.For.Anon || sc.For.ID == "" {
		out.Note = "Nobody is signed in, so no orders can be shown. Ask the shopper to sign in to the shop first."
		return out, nil
	}
	wanted := orderKey(in.Order)
	if latest.MatchString(in.Order) && digits(wanted) == "" {
		wanted = ""
	}
	if wanted != "" {
		o, err := d.Orders.Order(ctx, sc.For, strings.TrimSpace(in.Order))
		if err == nil {
			return d.shown(ctx, sc, out, o)
		}
		if !notFound(err) {
			return out, err
		}
	}
	all, err := d.Orders.Orders(ctx, sc.For, searchedOrders)
	if err != nil {
		return out, err
	}
	at := 0
	if wanted != "" {
		at = findOrder(all, wanted)
	}
	if at < 0 || len(all) == 0 {
		out.Note = "This shopper has no orders."
		if wanted != "" {
			out.Note = "This shopper has no order with that number. Ask them to check it; orders of other accounts cannot be seen."
		}
		return out, nil
	}
	for i, o := range all {
		if i != at && len(out.Others) < otherOrders {
			out.Others = append(out.Others, otherOrder{o.ID, o.Status, inZone(&o.Placed, sc.Zone).Format("2006-01-02")})
		}
	}
	return d.shown(ctx, sc, out, all[at])
}

// shown adds an order's card, with what may be asked for now.
func (d Deps) shown(ctx context.Context, sc Scope, out ordersOut, o shop.Order) (ordersOut, error) {
	c := orderCard(o, sc)
	if d.Rules != nil {
		p, err := d.People.Person(ctx, sc.For)
		if err != nil && !notFound(err) {
			return out, err
		}
		c.Actions = action.Offered(action.World{Order: o, Person: p, Now: sc.Now, Currency: o.Total.Currency}, func(kind string) (shop.Rule, bool) {
			r, err := d.Rules.Rule(ctx, sc.For.Tenant, kind, sc.Now)
			return r, err == nil
		})
	}
	out.Orders = append(out.Orders, c)
	return out, nil
}

// OrdersOf are a customer's newest orders as cards, for the desk.
func (d Deps) OrdersOf(ctx context.Context, sc Scope, limit int) ([]shop.OrderCard, error) {
	all, err := d.Orders.Orders(ctx, sc.For, limit)
	out := ordersOut{Orders: []shop.OrderCard{}}
	for i := 0; err == nil && i < len(all); i++ {
		out, err = d.shown(ctx, sc, out, all[i])
	}
	return out.Orders, err
}

// OrderOf is one order of a customer as a card, for the desk.
func (d Deps) OrderOf(ctx context.Context, sc Scope, id string) (shop.OrderCard, error) {
	o, err := d.Orders.Order(ctx, sc.For, id)
	if err != nil {
		return shop.OrderCard{}, err
	}
	out, err := d.shown(ctx, sc, ordersOut{}, o)
	if err != nil {
		return shop.OrderCard{}, err
	}
	return out.Orders[0], nil
}

// CouponsOf are the offers that apply to a customer now as cards, for the desk.
func (d Deps) CouponsOf(ctx context.Context, sc Scope) ([]shop.CouponCard, error) {
	out, err := d.coupons(ctx, sc, CouponsInput{})
	return slices.DeleteFunc(out.Coupons, func(c shop.CouponCard) bool { return !c.Applies }), err
}

// orderKey is what counts of an order's number: letters and digits, whatever their width and case. The words that people put
// before it do not count.
func orderKey(s string) string {
	s = strings.Map(func(r rune) rune {
		r = narrow(r)
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, s)
	for again := true; again; {
		again = false
		for _, w := range []string{"ORDER", "NUMBER", "订单", "單號", "单号", "编号", "号", "NO"} {
			if rest, ok := strings.CutPrefix(s, w); ok && strings.ContainsFunc(rest, unicode.IsDigit) {
				s, again = rest, true
			}
		}
	}
	return s
}

// findOrder finds a number among a shopper's own orders: written alike, or, when that is not ambiguous, by its digits alone.
func findOrder(all []shop.Order, key string) int {
	found := -1
	for i, o := range all {
		k := orderKey(o.ID)
		if k == key {
			return i
		}
		if d := digits(key); len(d) >= 4 && d == key && digits(k) == d {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// orderCard is an order in the shopper's language and zone. Address and payments stay with the shop.
func orderCard(o shop.Order, sc Scope) shop.OrderCard {
	c := shop.OrderCard{
		ID: clean(o.ID, maxName), Status: o.Status, Placed: *inZone(&o.Placed, sc.Zone), Items: []shop.Item{}, Total: o.Total, Shipments: []shop.Shipment{}, Actions: []string{},
	}
	for _, it := range o.Items {
		if sc.Lang == "zh" && it.TitleZH != "" {
			it.Title = it.TitleZH
		}
		it.Title, it.TitleZH, it.Options = clean(it.Title, maxTitle), "", cleanAttributes(it.Options, 8)
		c.Items = append(c.Items, it)
	}
	for _, s := range o.Shipments {
		s.Carrier, s.Tracking, s.Expected = clean(s.Carrier, maxName), clean(s.Tracking, maxName), inZone(s.Expected, sc.Zone)
		events := s.Events
		s.Events = []shop.ShipmentEvent{}
		for _, e := range events[max(0, len(events)-shownEvents):] {
			if sc.Lang == "zh" && e.TextZH != "" {
				e.Text = e.TextZH
			}
			e.At, e.Text, e.TextZH, e.Place = *inZone(&e.At, sc.Zone), clean(e.Text, maxValue), "", clean(e.Place, maxName)
			s.Events = append(s.Events, e)
		}
		c.Shipments = append(c.Shipments, s)
	}
	return c
}

func notFound(err error) bool {
	var e *shop.Error
	return errors.As(err, &e) && e.Kind == shop.NotFound
}
