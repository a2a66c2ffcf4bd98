package action

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"shopkeeper/shop"
)

var now = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

func usd(minor int64) shop.Money { return shop.Money{Minor: minor, Currency: "USD"} }
func ptr[T any](v T) *T          { return &v }

// delivered is an order of two kettles and a lamp, paid by gift card and card, that came five days ago.
func delivered() World {
	return World{
		Currency: "USD", Now: now,
		Person: shop.Person{ID: "ann", Level: 1, Methods: []shop.PaymentMethod{
			{ID: "card", Kind: "card", Brand: "Visa", Last4: "4242"}, {ID: "gift", Kind: "gift_card", Balance: ptr(usd(500))}, {ID: "paypal", Kind: "paypal"},
		}},
		Order: shop.Order{
			ID: "o1", Shopper: "ann", Status: "delivered", Placed: now.AddDate(0, 0, -9), Shipping: usd(590), Discount: usd(1000), Total: usd(9590),
			Items:     []shop.Item{{Product: "kettle", Variant: "k-red", Title: "Kettle", Price: usd(3000), Qty: 2}, {Product: "lamp", Title: "Lamp", Price: usd(4000), Qty: 1}},
			Payments:  []shop.Payment{{Method: "gift", Kind: "gift_card", Amount: usd(2000)}, {Method: "card", Kind: "card", Amount: usd(7590)}},
			Shipments: []shop.Shipment{{State: "delivered", Expected: ptr(now.AddDate(0, 0, -12)), Events: []shop.ShipmentEvent{{At: now.AddDate(0, 0, -5)}}}},
			Revision:  3,
		},
		Products: []shop.Product{
			{ID: "kettle", Title: "Kettle", Variants: []shop.Variant{{ID: "k-red", Price: ptr(usd(3000))}, {ID: "k-blue", Price: ptr(usd(3500))}, {ID: "k-gone", Price: ptr(usd(100)), Stock: ptr(0)}}},
			{ID: "lamp", Title: "Lamp", Price: ptr(usd(4200))},
		},
	}
}

func pending() World {
	w := delivered()
	w.Order.Status, w.Order.Shipments = "paid", nil
	return w
}

func args(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

var demoRules = map[string]shop.Rule{
	ReturnItems: {
		ID: ReturnItems, Version: "1", Statuses: []string{"delivered"}, Windows: []shop.Window{{Days: 30}, {Level: 3, Days: 45}}, RefundTo: []string{"original", "gift_card"},
		Fee: 490, FreeFor: []string{"faulty"}, FreeLevel: 2, ShippingBack: 590,
	},
	CompensateLate: {ID: CompensateLate, Version: "1", Statuses: []string{"delivered", "shipped"}, LateDays: 3, BPS: 1000, Cap: 700},
}

func ruleOf(kind string) shop.Rule {
	if r, ok := demoRules[kind]; ok {
		return r
	}
	r, _ := Default(kind)
	return r
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		kind, code string
		args       any
		world      World
		change     func(w *World, r *shop.Rule)
	}{
		"cancel what has left":               {Cancel, "order_not_pending", CancelArgs{"other"}, delivered(), nil},
		"cancel without a reason":            {Cancel, "invalid_reason", CancelArgs{""}, pending(), nil},
		"cancel after the items changed":     {Cancel, "order_not_pending", CancelArgs{"other"}, pending(), func(w *World, _ *shop.Rule) { w.Order.ItemsChanged = true }},
		"a rule that is switched off":        {Cancel, "not_offered", CancelArgs{"other"}, pending(), func(_ *World, r *shop.Rule) { r.Off = true }},
		"an address without a street":        {ChangeAddress, "invalid_arguments", AddressArgs{shop.Address{City: "Austin", Postal: "78701", Country: "US"}}, pending(), nil},
		"a postal code of no such form":      {ChangeAddress, "invalid_arguments", AddressArgs{shop.Address{Line1: "1 Oak St", City: "Austin", Postal: "7870", Country: "USA"}}, pending(), nil},
		"an address of two lines in one":     {ChangeAddress, "invalid_arguments", AddressArgs{shop.Address{Line1: "1 Oak St\nrun", City: "Austin", Postal: "78701", Country: "US"}}, pending(), nil},
		"a payment of two methods":           {ChangePayment, "payment_already_changed", PaymentArgs{"paypal"}, pending(), nil},
		"an unknown method":                  {ChangePayment, "payment_method_not_found", PaymentArgs{"x"}, pending(), nil},
		"no items":                           {ReturnItems, "invalid_arguments", ReturnArgs{}, delivered(), nil},
		"more pieces than there are":         {ReturnItems, "item_not_in_order", ReturnArgs{Items: []string{"lamp", "lamp"}}, delivered(), nil},
		"a refund to another method":         {ReturnItems, "refund_target_not_allowed", ReturnArgs{Items: []string{"lamp"}, Method: "paypal"}, delivered(), nil},
		"a return after the window":          {ReturnItems, "window_over", ReturnArgs{Items: []string{"lamp"}}, delivered(), func(w *World, _ *shop.Rule) { w.Now = now.AddDate(0, 0, 26) }},
		"a return of what nobody saw arrive": {ReturnItems, "delivery_unknown", ReturnArgs{Items: []string{"lamp"}}, delivered(), func(w *World, _ *shop.Rule) { w.Order.Shipments = nil }},
		"an exchange for itself":             {ExchangeItems, "same_variant", ItemsArgs{Items: []string{"k-red"}, New: []string{"k-red"}, Method: "card"}, delivered(), nil},
		"an exchange for what is sold out":   {ExchangeItems, "new_item_unavailable", ItemsArgs{Items: []string{"k-red"}, New: []string{"k-gone"}, Method: "card"}, delivered(), nil},
		"an exchange across products":        {ExchangeItems, "new_item_unavailable", ItemsArgs{Items: []string{"k-red"}, New: []string{"lamp"}, Method: "card"}, delivered(), nil},
		"an uneven exchange":                 {ExchangeItems, "item_count_mismatch", ItemsArgs{Items: []string{"k-red"}, New: []string{"k-blue", "k-blue"}, Method: "card"}, delivered(), nil},
		"a gift card that cannot bear it":    {ExchangeItems, "gift_card_insufficient", ItemsArgs{Items: []string{"k-red", "k-red"}, New: []string{"k-blue", "k-blue"}, Method: "gift"}, delivered(), nil},
		"nothing is late":                    {CompensateLate, "order_not_late", struct{}{}, delivered(), func(w *World, _ *shop.Rule) { w.Order.Shipments[0].Expected = ptr(now.AddDate(0, 0, -6)) }},
		"late, but compensated":              {CompensateLate, "already_compensated", struct{}{}, delivered(), func(w *World, _ *shop.Rule) { w.Order.Late = ptr(usd(5)) }},
		"an invoice for nobody":              {Invoice, "invalid_arguments", shop.Invoice{Name: "  "}, delivered(), nil},
		"an unknown action":                  {"fly", "unknown_action", struct{}{}, delivered(), nil},
	} {
		w, r := c.world, ruleOf(c.kind)
		if c.change != nil {
			c.change(&w, &r)
		}
		before := args(w)
		_, err := Decide(c.kind, w, r, args(c.args))
		var e *shop.Error
		if !errors.As(err, &e) || e.Code != c.code || e.Msg == "" {
			t.Errorf("%s: %v", name, err)
		}
		if d := cmp.Diff(string(before), string(args(w))); d != "" {
			t.Errorf("%s: the records were touched: %s", name, d)
		}
	}
}

func TestReturns(t *testing.T) {
	for name, c := range map[string]struct {
		args   ReturnArgs
		level  int
		refund int64
		fee    int64
		method string
	}{
		"one kettle, its share of the discount and the fee off": {ReturnArgs{Items: []string{"k-red"}}, 1, 3000 - 300 - 490, 490, "card"},
		"faulty costs no fee":                  {ReturnArgs{Items: []string{"k-red"}, Reason: "faulty"}, 1, 2700, 0, "card"},
		"members of level two pay no fee":      {ReturnArgs{Items: []string{"lamp"}, Method: "gift"}, 2, 3600, 0, "gift"},
		"all of it brings the shipping back":   {ReturnArgs{Items: []string{"k-red", "lamp", "k-red"}}, 2, 9590, 0, "card"},
		"both kettles, the discount shared up": {ReturnArgs{Items: []string{"k-red", "k-red"}}, 2, 5400, 0, "card"},
	} {
		w := delivered()
		w.Person.Level = c.level
		e, err := Decide(ReturnItems, w, ruleOf(ReturnItems), args(c.args))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r := e.Order.Return
		if r.Refund.Minor != c.refund || r.Fee.Minor != c.fee || r.Method != c.method || e.Order.Status != "return_requested" || e.Delta.Minor != -c.refund || e.Person != nil || len(e.Order.Payments) != 2 {
			t.Errorf("%s: %+v, delta %v", name, r, e.Delta)
		}
	}
}

func TestWindows(t *testing.T) {
	r := ruleOf(ReturnItems)
	r.Extensions = []shop.Extension{{From: "2026-11-01", Until: "2026-12-24", To: "2027-01-31"}}
	for name, c := range map[string]struct {
		level int
		at    time.Time
		ok    bool
	}{
		"within":                          {0, time.Date(2026, 12, 20, 0, 0, 0, 0, time.UTC), true},
		"the last day of the extension":   {0, time.Date(2027, 1, 31, 23, 0, 0, 0, time.UTC), true},
		"after the extension":             {0, time.Date(2027, 2, 1, 1, 0, 0, 0, time.UTC), false},
		"gold members do not lose by it":  {3, time.Date(2027, 1, 30, 0, 0, 0, 0, time.UTC), true},
		"nor do they gain more than that": {3, time.Date(2027, 2, 2, 0, 0, 0, 0, time.UTC), false},
	} {
		w := delivered()
		w.Person.Level, w.Now = c.level, c.at
		if err := w.within(r); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEffects(t *testing.T) {
	t.Run("cancel gives each method what it paid", func(t *testing.T) {
		e, err := Decide(Cancel, pending(), ruleOf(Cancel), args(CancelArgs{"other"}))
		if err != nil || Net(*e.Order) != 0 || len(paid(*e.Order)) != 0 || e.Delta != usd(-9590) {
			t.Fatalf("%+v, %v", e, err)
		}
		if m, _ := e.Person.Method("gift"); *m.Balance != usd(2500) {
			t.Errorf("gift card %v", m.Balance)
		}
	})
	t.Run("an exchange within an order that has not left moves money at once", func(t *testing.T) {
		e, err := Decide(ChangeItems, pending(), ruleOf(ChangeItems), args(ItemsArgs{Items: []string{"k-red"}, New: []string{"k-blue"}, Method: "gift"}))
		if err != nil {
			t.Fatal(err)
		}
		if m, _ := e.Person.Method("gift"); *m.Balance != usd(0) || e.Delta != usd(500) || e.Order.Total != usd(10090) || !e.Order.ItemsChanged {
			t.Errorf("%+v", e)
		}
		want := []shop.Item{{Product: "kettle", Variant: "k-red", Title: "Kettle", Price: usd(3000), Qty: 1}, {Product: "kettle", Variant: "k-blue", Title: "Kettle", Price: usd(3500), Qty: 1}, {Product: "lamp", Title: "Lamp", Price: usd(4000), Qty: 1}}
		if d := cmp.Diff(want, e.Order.Items); d != "" {
			t.Error(d)
		}
	})
	t.Run("late delivery gives a share, capped, the largest payment first", func(t *testing.T) {
		e, err := Decide(CompensateLate, delivered(), ruleOf(CompensateLate), args(struct{}{}))
		if err != nil || e.Delta != usd(-700) || *e.Order.Late != usd(700) || e.Order.Payments[2].Method != "card" || e.Person != nil {
			t.Fatalf("%+v, %v", e, err)
		}
	})
	t.Run("a repeated order costs what it costs today", func(t *testing.T) {
		e, err := Decide(Reorder, delivered(), ruleOf(Reorder), args(struct{}{}))
		if err != nil || e.New.Total != usd(3000*2+4200+590) || e.New.Status != "pending" || e.Order != nil || e.New.Reorder != "o1" {
			t.Fatalf("%+v, %v", e.New, err)
		}
	})
	t.Run("what is offered", func(t *testing.T) {
		got := Offered(delivered(), func(kind string) (shop.Rule, bool) { return ruleOf(kind), true })
		if d := cmp.Diff([]string{ReturnItems, ExchangeItems, CompensateLate, Reorder, Invoice}, got); d != "" {
			t.Error(d)
		}
		got = Offered(pending(), func(kind string) (shop.Rule, bool) { return ruleOf(kind), true })
		if d := cmp.Diff([]string{Cancel, ChangeAddress, ChangeItems, Reorder, Invoice}, got); d != "" {
			t.Error(d)
		}
	})
}

// Whatever was paid and given back before, cancelling leaves every method at zero, and nobody gets more than was paid.
func TestCancelNetsToZero(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := pending()
		w.Order.Payments = nil
		for range rapid.IntRange(0, 8).Draw(t, "payments") {
			m := rapid.SampledFrom(w.Person.Methods).Draw(t, "method")
			w.Order.Payments = append(w.Order.Payments, shop.Payment{Method: m.ID, Kind: m.Kind, Amount: usd(rapid.Int64Range(-5000, 5000).Draw(t, "amount"))})
		}
		before := map[string]int64{}
		for _, p := range w.Order.Payments {
			before[p.Method] += p.Amount.Minor
		}
		e, err := Decide(Cancel, w, ruleOf(Cancel), args(CancelArgs{"other"}))
		if err != nil {
			t.Fatal(err)
		}
		after := map[string]int64{}
		for _, p := range e.Order.Payments {
			after[p.Method] += p.Amount.Minor
		}
		for m, n := range before {
			if want := min(n, 0); after[m] != want {
				t.Fatalf("%s: paid %d, afterwards %d", m, n, after[m])
			}
		}
		gift, _ := w.Person.Method("gift")
		if e.Person != nil {
			now, _ := e.Person.Method("gift")
			if now.Balance.Minor-gift.Balance.Minor != max(0, before["gift"]) {
				t.Fatalf("gift card got %d of %d", now.Balance.Minor-gift.Balance.Minor, before["gift"])
			}
		}
	})
}

func TestReadRules(t *testing.T) {
	for raw, ok := range map[string]bool{
		`[{"id":"cancel_order","version":"1","statuses":["paid"]}]`: true, `[{"id":"cancel_order","version":"1","off":true}]`: true,
		`[{"id":"cancel_order","version":"1"}]`: false, `[{"id":"fly","version":"1","statuses":["paid"]}]`: false, `[{"id":"cancel_order","statuses":["paid"]}]`: false,
		`[{"id":"cancel_order","version":"1","statuses":["paid"],"fee":-1}]`: false, `{}`: false, `[`: false,
	} {
		if _, err := ReadRules([]byte(raw)); (err == nil) != ok {
			t.Errorf("%s: %v", raw, err)
		}
	}
	if len(Defaults) != len(Kinds) {
		t.Errorf("%d rules for %d kinds of actions", len(Defaults), len(Kinds))
	}
}
