package connector

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"shopkeeper/shop"
)

// actions: what may not be is refused and changes nothing; what may be is done once.
func (s *suite) actions(ctx context.Context) {
	s.check(ctx, "outcome: unknown key", "a key that nobody used is 404", func(ctx context.Context) error { return s.notThere(ctx, "/actions/"+s.key("none")) })
	s.action = shop.Action{
		Tenant: s.o.Tenant, Kind: s.o.Kind, Shopper: s.o.Shopper, Record: "nobody-" + s.run, Args: s.o.Args, Revision: 1,
		Delta: shop.Money{Currency: "USD"}, Rule: s.o.Rule, At: s.c.o.Now().UTC(), Who: "admin//key/connector-test",
	}
	const alike = "refuse an action on an order of somebody else like one on an order that does not exist: order_not_found"
	s.check(ctx, "action: unknown order", "an action on an order that does not exist is refused", func(ctx context.Context) error {
		return s.refused(ctx, s.key("unknown"), s.action, "order_not_found", alike)
	})
	if s.o.Foreign == "" {
		s.skip("action: foreign order", "no order of somebody else is named (--foreign)")
	} else {
		s.check(ctx, "action: foreign order", "an action on an order of somebody else is refused in the same way", func(ctx context.Context) error {
			a := s.action
			a.Record = s.o.Foreign
			return s.refused(ctx, s.key("foreign"), a, "order_not_found", alike)
		})
	}
	if s.o.Order == "" || s.order.ID != s.o.Order {
		for _, name := range []string{"action: unknown kind", "action: revision", "action: sum", "action: once", "action: again", "action: other body", "action: outcome", "action: old revision"} {
			s.skip(name, "no order is named that may be acted on (--order)")
		}
		return
	}
	s.action.Record, s.action.Revision, s.action.Delta.Currency = s.order.ID, s.order.Revision, s.order.Total.Currency
	switch {
	case s.o.Delta != nil:
		s.action.Delta.Minor = *s.o.Delta
	case s.o.Kind == "cancel_order":
		for _, p := range s.order.Payments {
			s.action.Delta.Minor -= p.Amount.Minor
		}
	}
	s.check(ctx, "action: unknown kind", "a kind of action that it does not know is refused", func(ctx context.Context) error {
		a := s.action
		a.Kind = "fly_to_the_moon"
		return s.unchanged(ctx, s.key("kind"), a, "unknown_action", "refuse what the shop does not do with unknown_action")
	})
	s.check(ctx, "action: revision", "an action on another revision is refused, and again with the same answer", func(ctx context.Context) error {
		const mend = "compare the action's revision with the record's in the transaction that changes it, and refuse with record_changed"
		a := s.action
		a.Revision += 5
		if err := s.unchanged(ctx, s.key("revision"), a, "record_changed", mend); err != nil {
			return err
		}
		return s.unchanged(ctx, s.key("revision"), a, "record_changed", "keep a refusal with its key, and give it again")
	})
	s.check(ctx, "action: sum", "an action that would come to another sum is refused", func(ctx context.Context) error {
		a := s.action
		a.Delta.Minor--
		return s.unchanged(ctx, s.key("sum"), a, "record_changed", "compute what the effect comes to, and refuse with record_changed where it is not delta")
	})
	if !s.check(ctx, "action: once", "an action that is asked for four times at once is done once", s.once) {
		for _, name := range []string{"action: again", "action: other body", "action: outcome", "action: old revision"} {
			s.skip(name, "the action was not done")
		}
		return
	}
	key := s.key("done")
	s.check(ctx, "action: again", "the same key again gives the first outcome, and does nothing", func(ctx context.Context) error {
		w, _, err := s.act(ctx, key, s.action)
		if err == nil && w != s.first {
			err = wrong("keep the outcome with its key, and give it again", "the second answer is %s, the first was %s", said(w), said(s.first))
		}
		return s.still(ctx, err)
	})
	s.check(ctx, "action: other body", "the same key with another action is 409", func(ctx context.Context) error {
		a := s.action
		a.Who += "-2"
		a.Revision = s.first.Revision
		_, r, err := s.act(ctx, key, a)
		if r.status != http.StatusConflict {
			return s.still(ctx, wrong("keep a hash of the body with its key, and answer 409 to another one", "it answers %d, not 409", r.status))
		}
		if !r.signed {
			return err
		}
		return s.still(ctx, nil)
	})
	s.check(ctx, "action: outcome", "the outcome of a key can be asked for", func(ctx context.Context) error {
		r, err := s.signed(ctx, http.MethodGet, "/actions/"+key, "", nil)
		if err != nil {
			return err
		}
		w, err := decode[Answer](r.body)
		if err != nil || r.status != http.StatusOK || w != s.first {
			return wrong("answer GET "+Root+"/actions/{key} with what the action was answered with", "it answers %d with another outcome than the action had", r.status)
		}
		return nil
	})
	s.check(ctx, "action: old revision", "a second action on the revision of before is refused", func(ctx context.Context) error {
		if s.first.Revision == s.action.Revision {
			return nil // this kind of action does not change the record
		}
		return s.still(ctx, s.refused(ctx, s.key("second"), s.action, "record_changed", "let every change raise the revision, and refuse an action on an older one with record_changed before anything else is looked at"))
	})
}

func said(w Answer) string {
	b, _ := json.Marshal(w)
	return string(b)
}

// act posts an action and reads its answer.
func (s *suite) act(ctx context.Context, key string, a shop.Action) (Answer, reply, error) {
	body, err := bodyOf(a)
	if err != nil {
		return Answer{}, reply{}, err
	}
	r, err := s.signed(ctx, http.MethodPost, "/actions", key, body)
	if err != nil {
		return Answer{}, r, err
	}
	if _, err := decodeOutcome(r.status, r.body, key, a); err != nil {
		return Answer{}, r, wrong("answer 200 with the schema Answer: key, record and on are those of the request", "the answer is not as described: %v", err)
	}
	w, err := decode[Answer](r.body)
	return w, r, err
}

// refused wants a refusal with a code.
func (s *suite) refused(ctx context.Context, key string, a shop.Action, code, mend string) error {
	w, _, err := s.act(ctx, key, a)
	if err != nil {
		return err
	}
	if w.State != shop.OutcomeRefused || w.Code != code {
		return wrong(mend, "it answers %s %s, not refused %s", w.State, w.Code, code)
	}
	return nil
}

// unchanged wants a refusal and the order as it was.
func (s *suite) unchanged(ctx context.Context, key string, a shop.Action, code, mend string) error {
	err := s.refused(ctx, key, a, code, mend)
	now, lookErr := s.lookUp(ctx, s.order.ID)
	switch {
	case lookErr != nil:
		return lookErr
	case now.Revision != s.order.Revision:
		return wrong(mend, "the order was changed: revision %d became %d", s.order.Revision, now.Revision)
	}
	return err
}

// still wants the order as the one action left it.
func (s *suite) still(ctx context.Context, err error) error {
	now, lookErr := s.lookUp(ctx, s.order.ID)
	switch {
	case lookErr != nil:
		return lookErr
	case now.Revision != s.first.Revision:
		return wrong("do nothing under a key that was used", "the order was changed again: revision %d became %d", s.first.Revision, now.Revision)
	}
	return err
}

// once asks for one action four times at once, and again until it is known.
func (s *suite) once(ctx context.Context) error {
	body, err := bodyOf(s.action)
	if err != nil {
		return err
	}
	key := s.key("done")
	replies, errs := make([]reply, 4), make([]error, 4)
	var wg sync.WaitGroup
	for i := range replies {
		wg.Go(func() { replies[i], errs[i] = s.signed(ctx, http.MethodPost, "/actions", key, body) })
	}
	wg.Wait()
	for i := range replies {
		if errs[i] != nil {
			return errs[i]
		}
		w, err := decode[Answer](replies[i].body)
		if err == nil {
			err = checkAnswer(w, key, s.action)
		}
		if err != nil || replies[i].status != http.StatusOK {
			return wrong("let those that come meanwhile wait, or answer them with state unclear", "of four at once one is answered with %d: %.200q", replies[i].status, bytes.TrimSpace(replies[i].body))
		}
		if w.State == shop.OutcomeUnclear {
			continue
		}
		if s.first.Key != "" && w != s.first {
			return wrong("keep key, effect and outcome in one transaction: a second one under the key gets the first outcome", "two of four at once get different answers: %s and %s", said(s.first), said(w))
		}
		s.first = w
	}
	for range 10 {
		if s.first.Key != "" {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
		w, _, err := s.act(ctx, key, s.action)
		if err != nil {
			return err
		}
		if w.State != shop.OutcomeUnclear {
			s.first = w
		}
	}
	switch s.first.State {
	case "":
		return wrong("answer done or refused once it is known", "the outcome stays unclear")
	case shop.OutcomeRefused:
		return wrong("name an order for which this action is allowed (--order, --kind, --args, --delta)", "it refuses the action: %s: %s", s.first.Code, s.first.Msg)
	}
	if s.o.Kind != "reorder" && s.first.Revision <= s.action.Revision {
		return wrong("raise the revision with every change", "it is done, and the revision is still %d", s.first.Revision)
	}
	return s.still(ctx, nil)
}
