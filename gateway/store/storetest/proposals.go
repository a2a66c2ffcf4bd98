package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"shopkeeper/gateway/store"
	"shopkeeper/shop"
	"shopkeeper/shop/action"
)

// paidOrder is one of ann's that may be cancelled, and the proposal to do it.
func paidOrder(t *testing.T, s *store.Store, id string) (shop.Order, shop.Proposal) {
	t.Helper()
	o := order(id, "ann", time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC))
	o.Status, o.Shipments = "paid", nil
	o.Payments = []shop.Payment{{Method: "gift", Kind: "gift_card", Amount: shop.Money{Minor: 1000, Currency: "USD"}}, {Method: "card", Kind: "card", Amount: shop.Money{Minor: 2990, Currency: "USD"}}}
	must(t, s.PutOrders(t.Context(), "a", []shop.Order{o}))
	balance := shop.Money{Minor: 500, Currency: "USD"}
	must(t, s.PutPeople(t.Context(), "a", []shop.Person{{ID: "ann", Name: "Ann", Methods: []shop.PaymentMethod{{ID: "card", Kind: "card"}, {ID: "gift", Kind: "gift_card", Balance: &balance}}}}))
	stored, err := s.Order(t.Context(), ann, id)
	must(t, err)
	rule, _ := action.Default(action.Cancel)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return stored, shop.Proposal{
		Tool: action.Cancel, Conversation: "c", Turn: "t", By: ann, For: ann, Lang: "en", Summary: "Cancel it.", Created: at, Expires: at.Add(15 * time.Minute),
		Before: json.RawMessage(`{}`), After: json.RawMessage(`{}`),
		Action: shop.Action{
			Tenant: "a", Kind: action.Cancel, Shopper: "ann", Record: id, Args: json.RawMessage(`{"reason":"other"}`), Revision: stored.Revision,
			Delta: shop.Money{Minor: -3990, Currency: "USD"}, Rule: rule.Name(), At: at,
		},
	}
}

func audits(t *testing.T, s *store.Store) []string {
	t.Helper()
	es, err := s.Audit(t.Context(), "a", time.Time{}, 100)
	must(t, err)
	var out []string
	for _, e := range es {
		var d store.AuditDetail
		must(t, json.Unmarshal([]byte(e.Detail), &d))
		out = append(out, e.Actor+" "+d.Result)
	}
	return out
}

func testAct(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	o, p := paidOrder(t, s, "o1")
	p.Action.Who = ann.Subject()
	got, err := s.Act(ctx, "k1", p.Action)
	must(t, err)
	same(t, "state", got.State, shop.OutcomeDone)
	after, err := s.Order(ctx, ann, "o1")
	must(t, err)
	if after.Status != "cancelled" || after.Revision != o.Revision+1 || action.Net(after) != 0 || len(after.Payments) != 4 {
		t.Errorf("order %+v", after)
	}
	who, err := s.Person(ctx, ann)
	must(t, err)
	if m, _ := who.Method("gift"); m.Balance.Minor != 1500 || who.Revision != 2 {
		t.Errorf("gift card %v, revision %d", m.Balance, who.Revision)
	}
	again, err := s.Act(ctx, "k1", p.Action)
	must(t, err)
	same(t, "the same key", again, got)
	other := p.Action
	other.Record = "o2"
	_, err = s.Act(ctx, "k1", other)
	refused(t, err, shop.Conflict)
	_, err = s.Act(ctx, "", p.Action)
	refused(t, err, shop.Invalid)

	for name, c := range map[string]struct {
		code   string
		change func(a *shop.Action)
	}{
		"a moved revision":    {"record_changed", func(a *shop.Action) { a.Revision++ }},
		"another sum":         {"record_changed", func(a *shop.Action) { a.Delta.Minor++ }},
		"another rule":        {"rule_changed", func(a *shop.Action) { a.Rule = "cancel_order@else" }},
		"another shopper":     {"order_not_found", func(a *shop.Action) { a.Shopper = "bob" }},
		"an unknown order":    {"order_not_found", func(a *shop.Action) { a.Record = "none" }},
		"a reason of no rule": {"invalid_reason", func(a *shop.Action) { a.Args = json.RawMessage(`{"reason":"just so"}`) }},
	} {
		_, p := paidOrder(t, s, "o "+name)
		c.change(&p.Action)
		got, err := s.Act(ctx, name, p.Action)
		must(t, err)
		if got.State != shop.OutcomeRefused || got.Code != c.code || got.Msg == "" {
			t.Errorf("%s: %+v", name, got)
		}
		if o, err := s.Order(ctx, ann, "o "+name); err != nil || o.Status != "paid" {
			t.Errorf("%s: the order is %s, %v", name, o.Status, err)
		}
	}
}

// Of many who act at once under one key one does it; of many keys for one record one does it, too.
func testActRaces(t *testing.T, db *database) {
	stores := []*store.Store{db.shop(t), db.open(t)}
	for _, keys := range []int{1, 8} {
		id := fmt.Sprintf("o%d", keys)
		_, p := paidOrder(t, stores[0], id)
		var mu sync.Mutex
		count := map[shop.OutcomeState]int{}
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				o, err := stores[i%2].Act(t.Context(), fmt.Sprintf("%s-%d", id, i%keys), p.Action)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				count[o.State]++
				mu.Unlock()
			})
		}
		wg.Wait()
		if want := 8 / keys; count[shop.OutcomeDone] != want || count[shop.OutcomeRefused] != 8-want {
			t.Errorf("%d keys: %v", keys, count)
		}
		o, err := stores[0].Order(t.Context(), ann, id)
		must(t, err)
		if o.Revision != 2 || len(o.Payments) != 4 {
			t.Errorf("%d keys: it was done more than once: %+v", keys, o)
		}
	}
}

func testProposals(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	_, p := paidOrder(t, s, "o1")
	saved, err := s.SaveProposal(ctx, p)
	must(t, err)
	if saved.ID == "" || saved.State != shop.ProposalOpen || saved.Expires.Sub(saved.Created) != 15*time.Minute {
		t.Fatalf("saved %+v", saved)
	}
	again, err := s.SaveProposal(ctx, p)
	must(t, err)
	same(t, "the same wish", again.ID, saved.ID)
	other := p
	other.Action.Args = json.RawMessage(`{"reason":"ordered by mistake"}`)
	second, err := s.SaveProposal(ctx, other)
	must(t, err)
	first, err := s.Proposal(ctx, ann, saved.ID)
	must(t, err)
	if second.ID == saved.ID || first.State != shop.ProposalVoid {
		t.Errorf("another wish about the same order: %s, the first is %s", second.ID, first.State)
	}

	strangers := []shop.Principal{bob, in("b", ann), {Tenant: "a", ID: "ann", Role: shop.Shopper, Anon: true}, {Tenant: "a", ID: "ann", Role: shop.Merchant, Merchant: "m"}, agent}
	for _, who := range strangers {
		_, err := s.ConfirmProposal(ctx, who, second.ID)
		refused(t, err, shop.NotFound)
		_, err = s.DeclineProposal(ctx, who, second.ID)
		refused(t, err, shop.NotFound)
	}
	_, err = s.ConfirmProposal(ctx, ann, "none")
	refused(t, err, shop.NotFound)
	_, err = s.Proposal(ctx, bob, second.ID)
	refused(t, err, shop.NotFound)
	_, err = s.ConfirmProposal(ctx, ann, saved.ID)
	refused(t, err, shop.Conflict)

	p2, err := s.ConfirmProposal(ctx, ann, second.ID)
	must(t, err)
	if p2.State != shop.ProposalConfirmed || p2.Action.Who != ann.Subject() {
		t.Errorf("confirmed %+v", p2)
	}
	p2, err = s.ConfirmProposal(ctx, ann, second.ID)
	must(t, err)
	same(t, "a second yes", p2.State, shop.ProposalConfirmed)
	_, err = s.DeclineProposal(ctx, ann, second.ID)
	refused(t, err, shop.Conflict)

	due, err := s.DueProposals(ctx, 10)
	must(t, err)
	same(t, "due while it is being done", len(due), 0)
	db.clock.pass(11 * time.Second)
	due, err = s.DueProposals(ctx, 10)
	must(t, err)
	if len(due) != 1 || due[0].ID != second.ID {
		t.Fatalf("due %+v", due)
	}
	due, err = s.DueProposals(ctx, 10)
	must(t, err)
	same(t, "due while somebody has it", len(due), 0)
	unclear, err := s.SettleProposal(ctx, "a", second.ID, shop.Outcome{State: shop.OutcomeUnclear})
	must(t, err)
	same(t, "unclear", unclear.State, shop.ProposalUnclear)
	db.clock.pass(time.Hour)
	due, err = s.DueProposals(ctx, 10)
	must(t, err)
	same(t, "due again", len(due), 1)
	done, err := s.SettleProposal(ctx, "a", second.ID, shop.Outcome{State: shop.OutcomeDone, Revision: 2})
	must(t, err)
	same(t, "done", done.State, shop.ProposalDone)
	done, err = s.SettleProposal(ctx, "a", second.ID, shop.Outcome{State: shop.OutcomeRefused})
	must(t, err)
	same(t, "what is known stays", done.State, shop.ProposalDone)
	done, err = s.ConfirmProposal(ctx, ann, second.ID)
	must(t, err)
	same(t, "a replay", done.State, shop.ProposalDone)

	all, err := s.Proposals(ctx, "a", "c")
	must(t, err)
	same(t, "in the conversation", len(all), 2)
	if got := strings.Join(audits(t, s), "\n"); strings.Count(got, "refused: ") < 8 || !strings.Contains(got, ann.Subject()+" confirmed") {
		t.Errorf("audit:\n%s", got)
	}
}

func testProposalExpiry(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	_, p := paidOrder(t, s, "o1")
	saved, err := s.SaveProposal(ctx, p)
	must(t, err)
	db.clock.pass(15 * time.Minute)
	_, err = s.ConfirmProposal(ctx, ann, saved.ID)
	var e *shop.Error
	if !errors.As(err, &e) || e.Code != "proposal_expired" {
		t.Errorf("an expired one: %v", err)
	}
	got, err := s.Proposal(ctx, ann, saved.ID)
	must(t, err)
	same(t, "state", got.State, shop.ProposalExpired)
	fresh, err := s.SaveProposal(ctx, p)
	must(t, err)
	if fresh.ID == saved.ID {
		t.Error("an expired proposal came back")
	}
	declined, err := s.DeclineProposal(ctx, ann, fresh.ID)
	must(t, err)
	same(t, "declined", declined.State, shop.ProposalDeclined)
	_, err = s.ConfirmProposal(ctx, ann, fresh.ID)
	refused(t, err, shop.Conflict)
}

// Above a limit an agent's proposal needs another person of the shop.
func testSecondPerson(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	_, p := paidOrder(t, s, "o1")
	p.By, p.Second = agent, true
	saved, err := s.SaveProposal(ctx, p)
	must(t, err)
	one, err := s.ConfirmProposal(ctx, agent, saved.ID)
	must(t, err)
	same(t, "after the first", one.State, shop.ProposalSecond)
	_, err = s.ConfirmProposal(ctx, agent, saved.ID)
	refused(t, err, shop.Forbidden)
	_, err = s.ConfirmProposal(ctx, bob, saved.ID)
	refused(t, err, shop.NotFound)
	two, err := s.ConfirmProposal(ctx, shop.Principal{Tenant: "a", ID: "amy", Role: shop.Agent}, saved.ID)
	must(t, err)
	if two.State != shop.ProposalConfirmed || len(two.Approvals) != 2 {
		t.Errorf("after the second %+v", two)
	}
}

func testRules(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	day := func(d int) time.Time { return time.Date(2026, 3, d, 0, 0, 0, 0, time.UTC) }
	r, err := s.Rule(ctx, "a", action.Cancel, day(1))
	must(t, err)
	same(t, "built in", r.Version, "default-1")
	must(t, s.PutRules(ctx, "a", []shop.Rule{
		{ID: action.Cancel, Version: "v2", From: day(10), Statuses: []string{"paid"}}, {ID: action.Cancel, Version: "v1", From: day(2), Off: true},
	}))
	for d, want := range map[int]string{1: "default-1", 2: "v1", 9: "v1", 10: "v2"} {
		r, err := s.Rule(ctx, "a", action.Cancel, day(d))
		must(t, err)
		same(t, fmt.Sprint("on day ", d), r.Version, want)
	}
	r, err = s.Rule(ctx, "b", action.Cancel, day(20))
	must(t, err)
	same(t, "of another shop", r.Version, "default-1")
	_, err = s.Rule(ctx, "a", "no_such", day(1))
	refused(t, err, shop.NotFound)
	rs, err := s.Rules(ctx, "a")
	must(t, err)
	same(t, "rules", len(rs), 2)
	refused(t, s.PutRules(ctx, "none", rs), shop.NotFound)
}
