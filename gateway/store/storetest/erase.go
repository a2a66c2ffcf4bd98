package storetest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/store"
	"shopkeeper/shop"
	"shopkeeper/shop/action"
)

func testErase(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	turn(t, s, ann, "c1", say("u1", "my secret"), "Noted.")
	turn(t, s, ann, "c2", say("u1", "another"), "Noted.")
	turn(t, s, bob, "c3", say("u1", "bob's"), "Noted.")
	turn(t, s, in("b", ann), "c1", say("u1", "in another shop"), "Noted.")
	must(t, s.PutPeople(ctx, "a", []shop.Person{{ID: "ann", Name: "Ann"}, {ID: "bob", Name: "Bob"}}))
	_, _, err := s.Claim(ctx, ann, "key", [32]byte{1})
	must(t, err)
	must(t, s.Settle(ctx, ann, "key", []byte("my secret")))
	must(t, s.Rate(ctx, ann, "c1", 1, "my secret"))
	must(t, s.Rate(ctx, bob, "c3", 5, "bob's"))
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	mine, his := modelCall(1, day, ann), modelCall(2, day, bob)
	must(t, s.SaveCalls(ctx, []chat.Call{mine, his}))

	e, err := s.Erase(ctx, "a", "ann")
	must(t, err)
	same(t, "conversations", e.Conversations, 2)
	same(t, "messages", e.Messages, 8)
	same(t, "profile", e.Profile, 1)
	same(t, "calls", e.Calls, 1)
	_, err = s.Read(ctx, ann, "c1")
	refused(t, err, shop.NotFound)
	given, err := s.RatingOf(ctx, agent, "c1")
	must(t, err)
	if given != nil {
		t.Errorf("the rating is still there: %+v", given)
	}
	if given, err = s.RatingOf(ctx, agent, "c3"); err != nil || given == nil {
		t.Errorf("bob's rating: %+v, %v", given, err)
	}
	_, found, err := s.Claim(ctx, ann, "key", [32]byte{2})
	must(t, err)
	same(t, "the reply is remembered", found, false)
	for who, id := range map[shop.Principal]string{bob: "c3", in("b", ann): "c1"} {
		if _, err := s.Read(ctx, who, id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	spent, err := s.Spend(ctx, "a", "person", day, time.Time{})
	must(t, err)
	if len(spent) != 2 || spent[0].Nano != 70 || spent[1].Nano != 70 || spent[0].Name+spent[1].Name != bob.Subject() {
		t.Errorf("the accounts say %+v", spent)
	}
	e, err = s.Erase(ctx, "a", "ann")
	must(t, err)
	same(t, "again", e.Conversations+e.Messages+e.Profile+e.Calls, 0)
	_, err = s.Erase(ctx, "nobody", "ann")
	refused(t, err, shop.NotFound)
	_, err = s.Erase(ctx, "a", "")
	refused(t, err, shop.Invalid)
}

// The audit says what was done, and of whom is erased neither the name nor what they gave.
func testEraseAudit(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	turn(t, s, ann, "c1", say("u1", "hi"), "Hello.")
	_, p := paidOrder(t, s, "o1")
	address := p.Action
	address.Kind, address.Args, address.Who = action.ChangeAddress, json.RawMessage(`{"address":{"line1":"1 Secret Street","zip":"12345"}}`), agent.Subject()
	_, err := s.Act(ctx, "k1", address) // refused or not, it is told
	must(t, err)
	account := address
	account.Kind, account.Record, account.Who = action.DefaultAddress, "ann", ann.Subject()
	_, err = s.Act(ctx, "k2", account)
	must(t, err)
	other := address
	other.Shopper = "bob"
	_, err = s.Act(ctx, "k3", other)
	must(t, err)
	for i, e := range []shop.AuditEntry{
		{Tenant: "a", Actor: anon.Subject(), Act: "action_refused", Object: "c1", Detail: `{"tool":"change_address","for":"` + anon.Subject() + `","args":{"line1":"1 Secret Street"},"result":"refused: “1 Secret Street” has no zip."}`},
		{Tenant: "a", Actor: anon.Subject(), Act: "email_proved", Object: ann.Subject()},
		{Tenant: "a", Actor: bob.Subject(), Act: "action_refused", Object: "c9", Detail: `{"tool":"change_address","for":"` + bob.Subject() + `","args":{"line1":"2 Other Street"},"result":"refused: no"}`},
		{Tenant: "b", Actor: ann.Subject(), Act: "action_refused", Object: "c1", Detail: `{"tool":"change_address","for":"` + ann.Subject() + `","result":"refused: no"}`},
		{Tenant: "a", Actor: "root", Act: "key_added", Object: "k1", Detail: "app"},
	} {
		e.ID = fmt.Sprint("e", i)
		must(t, s.AddAudit(ctx, e))
	}
	audited := func() []map[string]any {
		rows := kept(t, s, "audit")
		slices.SortFunc(rows, func(a, b map[string]any) int { return cmp.Compare(a["at"].(float64), b["at"].(float64)) })
		return rows
	}
	before := audited()
	e, err := s.Erase(ctx, "a", "ann")
	must(t, err)
	same(t, "rows of the audit", e.Audit, 4)
	after := audited()
	same(t, "rows", len(after), len(before))
	changed := 0
	for i, row := range after {
		was := before[i]
		same(t, "when", row["at"], was["at"])
		same(t, "what", row["act"], was["act"])
		if fmt.Sprint(row) == fmt.Sprint(was) {
			continue
		}
		changed++
		all := fmt.Sprint(row)
		for _, gone := range []string{"Secret Street", "12345", "id/ann", "anon-1"} {
			if strings.Contains(all, gone) {
				t.Errorf("the audit still holds %q: %s", gone, all)
			}
		}
		if row["act"] == "email_proved" {
			continue
		}
		var is, was2 store.AuditDetail
		must(t, json.Unmarshal([]byte(row["detail"].(string)), &is))
		must(t, json.Unmarshal([]byte(was["detail"].(string)), &was2))
		if is.Tool != was2.Tool || is.Proposal != was2.Proposal || is.Rule != was2.Rule || !strings.HasPrefix(was2.Result, is.Result) || is.Result == "" || is.Args != nil {
			t.Errorf("of %+v is left %+v", was2, is)
		}
	}
	same(t, "changed", changed, 4)
	if raw := fmt.Sprint(after); !strings.Contains(raw, "2 Other Street") || !strings.Contains(raw, agent.Subject()) {
		t.Errorf("others' rows: %s", raw)
	}
	e, err = s.Erase(ctx, "a", "ann")
	must(t, err)
	same(t, "again", e.Audit, 0)
}
