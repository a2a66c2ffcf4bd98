package eval

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"shopkeeper/shop"
	"shopkeeper/tools"
)

// writes are the benchmark's calls that change something.
func writes(name string) bool {
	return strings.HasPrefix(name, "cancel_") || strings.HasPrefix(name, "modify_") || strings.HasPrefix(name, "return_") || strings.HasPrefix(name, "exchange_")
}

func onlyTasks(t *testing.T, submit func(ctx context.Context, w *Retail, sc tools.Scope, c RetailCall) error) ReplayOptions {
	o := retailFiles(t)
	o.Negatives = ""
	o.Submit = func(ctx context.Context, w *Retail, sc tools.Scope, c RetailCall) error {
		if !writes(c.Name) {
			return w.Do(ctx, sc, c)
		}
		return submit(ctx, w, sc, c)
	}
	return o
}

// Every write is proposed twice and confirmed twice: the end is the same.
func TestReplayTwice(t *testing.T) {
	replayed(t, onlyTasks(t, func(ctx context.Context, w *Retail, sc tools.Scope, c RetailCall) error {
		first, err := w.call(ctx, sc, c)
		if err != nil {
			return err
		}
		second, err := w.call(ctx, sc, c)
		if err != nil || first.ID != second.ID {
			t.Errorf("%s: the same wish made another proposal: %v", c.Name, err)
		}
		if err := w.Confirm(ctx, sc.Who, first.ID); err != nil {
			return err
		}
		if err := w.Confirm(ctx, sc.Who, first.ID); err != nil {
			t.Errorf("%s: the second yes: %v", c.Name, err)
		}
		return nil
	}))
}

// Every write is submitted in two conversations and each is confirmed four times, all at once: one is done, the end is the same.
func TestReplayAtOnce(t *testing.T) {
	replayed(t, onlyTasks(t, func(ctx context.Context, w *Retail, sc tools.Scope, c RetailCall) error {
		one, err := w.call(ctx, sc, c)
		if err != nil {
			return err
		}
		sc.Conversation += "-b"
		two, err := w.call(ctx, sc, c)
		if err != nil {
			return err
		}
		var g errgroup.Group
		done := make([]bool, 8)
		for i := range done {
			g.Go(func() error {
				err := w.Confirm(ctx, sc.Who, []string{one.ID, two.ID}[i%2])
				var e *shop.Error
				if err != nil && !errors.As(err, &e) {
					return err
				}
				done[i] = err == nil
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		if done[0] == done[1] {
			t.Errorf("%s: of two proposals for the same thing exactly one must be done: %v", c.Name, done)
		}
		return nil
	}))
}

// Every write is confirmed by others, then its arguments are changed where it is kept, then its record: nothing is done.
func TestReplayForeign(t *testing.T) {
	replayed(t, onlyTasks(t, func(ctx context.Context, w *Retail, sc tools.Scope, c RetailCall) error {
		p, err := w.call(ctx, sc, c)
		if err != nil {
			return err
		}
		before, err := w.Digest(ctx)
		if err != nil {
			return err
		}
		for _, who := range []shop.Principal{
			shopper("ava_lopez_2676"),
			{Tenant: retailTenant, Role: shop.Agent, ID: "agent-1"},
			{Tenant: retailTenant, Role: shop.Merchant, ID: "m", Merchant: "m"},
			{Tenant: "other", Role: shop.Shopper, ID: sc.Who.ID},
			{Tenant: retailTenant, Role: shop.Shopper, ID: sc.Who.ID, Anon: true},
		} {
			if who.ID == sc.Who.ID && who == sc.Who {
				continue
			}
			err := w.Confirm(ctx, who, p.ID)
			var e *shop.Error
			if !errors.As(err, &e) || e.Kind != shop.NotFound {
				t.Errorf("%s: %s said yes to another's proposal: %v", c.Name, who.Subject(), err)
			}
		}
		// One argument changed after it was shown: that is another proposal, and the first one is void.
		var args map[string]json.RawMessage
		if err := json.Unmarshal(c.Args, &args); err != nil {
			return err
		}
		changed := false
		for name, v := range map[string]string{"reason": "ordered by mistake", "address1": "1 Other Street"} {
			if _, ok := args[name]; ok {
				if string(args[name]) == fmt.Sprintf("%q", v) {
					v = "no longer needed"
				}
				args[name], changed = json.RawMessage(fmt.Sprintf("%q", v)), true
			}
		}
		if changed {
			raw, err := json.Marshal(args)
			if err != nil {
				return err
			}
			other, err := w.call(ctx, sc, RetailCall{c.Name, raw})
			if err != nil {
				return err
			}
			if err := w.Confirm(ctx, sc.Who, p.ID); err == nil || other.ID == p.ID {
				t.Errorf("%s: the wish before the last one still holds", c.Name)
			}
			if p, err = w.call(ctx, sc, c); err != nil {
				return err
			}
		}
		// The record changes: an order by the shop's own system, the account by another call.
		if err := w.stir(ctx, p.Action.Record); err != nil {
			return err
		}
		var e *shop.Error
		if err := w.Confirm(ctx, sc.Who, p.ID); !errors.As(err, &e) || e.Code != "record_changed" {
			t.Errorf("%s: its record changed, and still: %v", c.Name, err)
		}
		if err := w.stir(ctx, p.Action.Record); err != nil { // put back as it was
			return err
		}
		after, err := w.Digest(ctx)
		if err != nil {
			return err
		}
		if before != after {
			t.Errorf("%s: the state changed", c.Name)
		}
		return w.Do(ctx, sc, c)
	}))
}

// stir changes a record as the shop's own system would, and the next time puts it back.
func (w *Retail) stir(ctx context.Context, record string) error {
	const mark = "stirred"
	if _, ok := w.world.Users[record]; ok {
		p, err := w.Store.Person(ctx, shopper(record))
		if err != nil {
			return err
		}
		if p.Phone = mark + p.Phone; p.Phone == mark+mark {
			p.Phone = ""
		}
		return w.Store.PutPeople(ctx, retailTenant, []shop.Person{p})
	}
	o, err := w.Store.Order(ctx, shopper(w.world.Orders[record].User), record)
	if err != nil {
		return err
	}
	if o.Address.Name = mark + o.Address.Name; o.Address.Name == mark+mark {
		o.Address.Name = ""
	}
	return w.Store.PutOrders(ctx, retailTenant, []shop.Order{o})
}
