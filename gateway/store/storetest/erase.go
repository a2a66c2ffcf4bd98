package storetest

import (
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
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
