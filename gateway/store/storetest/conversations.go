package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

func testOwnership(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	b := turn(t, s, ann, "c1", say("u1", "my secret"), "One.")
	open := begin(t, s, ann, "c2", say("u1", "another"), chat.New)
	anon := shop.Principal{Tenant: "a", ID: "ann", Key: "k1", Role: shop.Shopper, Anon: true}
	merchant := shop.Principal{Tenant: "a", ID: "ann", Key: "k1", Role: shop.Merchant, Merchant: "m"}
	for name, who := range map[string]shop.Principal{
		"another shopper": bob, "the same id in another tenant": in("b", ann), "an anonymous one with that id": anon,
		"a merchant with that id": merchant, "nobody": {Tenant: "a", Role: shop.Shopper}, "an app key": {Tenant: "a", Key: "ann", Role: shop.App},
		"an agent of another tenant": in("b", agent), "an admin of another tenant": in("b", admin),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Read(ctx, who, "c1")
			refused(t, err, shop.NotFound)
			_, _, err = s.Conversation(ctx, who, "c1")
			refused(t, err, shop.NotFound)
			refused(t, s.DeleteConversation(ctx, who, "c1"), shop.NotFound)
			refused(t, s.Feedback(ctx, who, "c1", "m"+b.Turn, 1, ""), shop.NotFound)
			c := answer(open, "Forged.")
			c.Who = who
			refused(t, s.Commit(ctx, c), shop.NotFound)
			cs, err := s.Conversations(ctx, who, 10, time.Time{})
			must(t, err)
			for _, c := range cs {
				if c.For.Tenant == "a" && c.For == ann {
					t.Errorf("sees %s", c.ID)
				}
			}
			if who.Tenant != "a" { // ids are a tenant's own
				return
			}
			_, err = s.Begin(ctx, who, "c1", "shopper", say("u9", "let me in"), chat.New)
			refused(t, err, shop.NotFound)
			_, err = s.Begin(ctx, who, "c1", "shopper", say("u1", "my secret"), chat.New)
			refused(t, err, shop.NotFound)
			_, err = s.Begin(ctx, who, "c1", "shopper", chat.Message{}, chat.Regenerate)
			refused(t, err, shop.NotFound)
		})
	}
	t.Run("staff read, and only read", func(t *testing.T) {
		for _, who := range []shop.Principal{agent, admin} {
			c, ms, err := s.Conversation(ctx, who, "c1")
			must(t, err)
			same(t, "whose", c.For, ann)
			same(t, "messages", texts(ms), "my secret | One.")
			_, err = s.Read(ctx, who, "c1")
			refused(t, err, shop.NotFound)
			_, err = s.Begin(ctx, who, "c1", "support", say("u9", "hello"), chat.New)
			refused(t, err, shop.NotFound)
			refused(t, s.DeleteConversation(ctx, who, "c1"), shop.NotFound)
			refused(t, s.Feedback(ctx, who, "c1", "m"+b.Turn, 1, ""), shop.NotFound)
		}
	})
	t.Run("the owner with another key", func(t *testing.T) {
		who := ann
		who.Key = "k77"
		got, err := s.Read(ctx, who, "c1")
		must(t, err)
		same(t, "history", texts(got.History), "my secret | One.")
	})
	t.Run("two tenants, one id", func(t *testing.T) {
		turn(t, s, in("b", ann), "c1", say("u1", "other"), "Two.")
		got, err := s.Read(ctx, ann, "c1")
		must(t, err)
		same(t, "history", texts(got.History), "my secret | One.")
		must(t, s.DeleteConversation(ctx, in("b", ann), "c1"))
		got, err = s.Read(ctx, ann, "c1")
		must(t, err)
		same(t, "history", texts(got.History), "my secret | One.")
	})
	t.Run("keys that name nobody are apart", func(t *testing.T) {
		one, two := shop.Principal{Tenant: "a", Key: "k1", Role: shop.App}, shop.Principal{Tenant: "a", Key: "k2", Role: shop.App}
		begin(t, s, one, "app", say("u1", "x"), chat.New)
		_, err := s.Read(ctx, two, "app")
		refused(t, err, shop.NotFound)
	})
}

func testConversations(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	for _, c := range []struct {
		who shop.Principal
		id  string
	}{{ann, "c1"}, {ann, "c2"}, {bob, "c3"}, {ann, "c4"}, {in("b", ann), "c5"}} {
		turn(t, s, c.who, c.id, say("u1", "about "+c.id), "Fine.")
	}
	turn(t, s, ann, "c1", say("u2", "more"), "Fine.") // now the newest
	ids := func(who shop.Principal, limit int, before time.Time) (out []string, last time.Time) {
		t.Helper()
		cs, err := s.Conversations(ctx, who, limit, before)
		must(t, err)
		for _, c := range cs {
			out = append(out, c.ID)
			last = c.Updated
		}
		return out, last
	}
	for _, c := range []struct {
		who  shop.Principal
		want string
	}{{ann, "c1 c4 c2"}, {bob, "c3"}, {in("b", ann), "c5"}, {agent, "c1 c4 c3 c2"}, {admin, "c1 c4 c3 c2"}, {in("b", admin), "c5"}, {shop.Principal{Tenant: "a", ID: "cyd", Role: shop.Shopper}, ""}} {
		got, _ := ids(c.who, 10, time.Time{})
		same(t, c.who.ID+" sees", strings.Join(got, " "), c.want)
	}
	page, last := ids(ann, 2, time.Time{})
	same(t, "first page", strings.Join(page, " "), "c1 c4")
	page, _ = ids(ann, 2, last)
	same(t, "second page", strings.Join(page, " "), "c2")

	c, ms, err := s.Conversation(ctx, ann, "c1")
	must(t, err)
	same(t, "title", c.Title, "about c1")
	same(t, "turns", c.Turns, 2)
	same(t, "messages", texts(ms), "about c1 | Fine. | more | Fine.")
	if len(ms) != 8 || len(ms[2].Cards) != 1 || string(ms[2].Cards[0].Data) != `{"total":1}` {
		t.Errorf("messages %+v", ms)
	}
}

func testDelete(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	turn(t, s, ann, "c1", say("u1", "kettles"), "One.")
	b := begin(t, s, ann, "c1", say("u2", "lamps"), chat.New)
	must(t, s.DeleteConversation(ctx, ann, "c1"))
	_, err := s.Read(ctx, ann, "c1")
	refused(t, err, shop.NotFound)
	refused(t, s.Commit(ctx, answer(b, "Too late.")), shop.NotFound)
	refused(t, s.DeleteConversation(ctx, ann, "c1"), shop.NotFound)
	again := begin(t, s, ann, "c1", say("u1", "new words"), chat.New)
	same(t, "history", texts(again.History), "new words")
	same(t, "evidence", len(again.Evidence), 0)
	same(t, "title", again.Conversation.Title, "new words")
	refused(t, s.Commit(ctx, answer(b, "Too late.")), shop.Conflict)
	// The id is free for anybody.
	must(t, s.DeleteConversation(ctx, ann, "c1"))
	same(t, "history", texts(begin(t, s, bob, "c1", say("u1", "bob's"), chat.New).History), "bob's")
}

func testFeedback(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	b := turn(t, s, ann, "c1", say("u1", "kettles"), "One.")
	for _, v := range []int{1, -1, 0, 0, 1} {
		must(t, s.Feedback(ctx, ann, "c1", "m"+b.Turn, v, "好"))
	}
	refused(t, s.Feedback(ctx, ann, "c1", "u1", 1, ""), shop.NotFound) // not on one's own words
	refused(t, s.Feedback(ctx, ann, "c1", "unknown", 1, ""), shop.NotFound)
	refused(t, s.Feedback(ctx, ann, "none", "m"+b.Turn, 1, ""), shop.NotFound)
	refused(t, s.Feedback(ctx, ann, "c1", "m"+b.Turn, 2, ""), shop.Invalid)
	refused(t, s.Feedback(ctx, ann, "c1", "m"+b.Turn, 1, strings.Repeat("x", 2001)), shop.Invalid)
}

// What people and models write comes back as it was, or at least does not break the conversation.
func testOddText(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	for i, text := range []string{"'; DROP TABLE messages; --", "<b>&amp;</b>", "\u202eright to left", "👩‍👩‍👧 茶", "a\tb\nc", strings.Repeat("long ", 20_000), `{"json": true}`, "%s $1 ?", "\\"} {
		id := "c" + string(rune('a'+i))
		c := answer(begin(t, s, ann, id, say("u'1", text), chat.New), text)
		c.Messages[0].Calls[0].Args = []byte("not \xff JSON")
		c.Evidence[0].Output = []byte("{broken")
		c.Messages[1].Cards[0].Data = []byte("{broken")
		c.Events[1].Problem = &shop.Error{Kind: shop.Unavailable, Msg: "no", Err: t.Context().Err()}
		commit(t, s, c)
		got, err := s.Read(ctx, ann, id)
		must(t, err)
		if got.History[0].Text != text || got.History[3].Text != text {
			t.Errorf("%.40q became %.40q", text, got.History[0].Text)
		}
		if d := cmp.Diff([]byte("not \xff JSON"), []byte(got.History[1].Calls[0].Args)); d != "" {
			t.Errorf("arguments: %s", d)
		}
		if n := len([]rune(got.Conversation.Title)); n > 60 || strings.ContainsAny(got.Conversation.Title, "\n\t\u202e") {
			t.Errorf("title %q", got.Conversation.Title)
		}
		if b := begin(t, s, ann, id, say("u'1", text), chat.New); b.Repeated == nil || len(b.Repeated.Events) != 3 {
			t.Errorf("%.40q is not found again", text)
		}
	}
}

func testReplies(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	claim := func(who shop.Principal, key string, hash byte) ([]byte, bool, error) {
		return s.Claim(ctx, who, key, [32]byte{hash})
	}
	fresh := func(who shop.Principal, key string, hash byte) {
		t.Helper()
		reply, found, err := claim(who, key, hash)
		if err != nil || found || len(reply) > 0 {
			t.Fatalf("claim of a free key: %q, %v, %v", reply, found, err)
		}
	}
	fresh(ann, "k", 1)
	_, _, err := claim(ann, "k", 1)
	refused(t, err, shop.Busy)
	_, _, err = claim(ann, "k", 2)
	refused(t, err, shop.Conflict)
	fresh(bob, "k", 2) // keys are a principal's own
	fresh(in("b", ann), "k", 3)
	must(t, s.Settle(ctx, ann, "k", []byte("first")))
	other := db.open(t)
	for _, s := range []interface {
		open() ([]byte, bool, error)
	}{opener(func() ([]byte, bool, error) { return claim(ann, "k", 1) }), opener(func() ([]byte, bool, error) { return other.Claim(ctx, ann, "k", [32]byte{1}) })} {
		reply, found, err := s.open()
		if err != nil || !found || string(reply) != "first" {
			t.Errorf("the first answer is %q, %v, %v", reply, found, err)
		}
	}
	_, _, err = claim(ann, "k", 2)
	refused(t, err, shop.Conflict)
	_, _, err = claim(bob, "k", 2)
	refused(t, err, shop.Busy) // bob's runs on

	t.Run("forgotten", func(t *testing.T) {
		fresh(ann, "f", 1)
		must(t, s.Settle(ctx, ann, "f", nil))
		fresh(ann, "f", 2)
		must(t, s.Settle(ctx, ann, "f", []byte{}))
		if reply, found, err := claim(ann, "f", 2); err != nil || !found || len(reply) != 0 {
			t.Errorf("an empty answer: %q, %v, %v", reply, found, err)
		}
	})
	t.Run("settled twice", func(t *testing.T) {
		if err := s.Settle(ctx, ann, "k", []byte("second")); err == nil {
			t.Error("a settled key is settled again")
		}
		if err := s.Settle(ctx, ann, "never claimed", []byte("x")); err == nil {
			t.Error("a key that nobody claimed is settled")
		}
		reply, _, err := claim(ann, "k", 1)
		must(t, err)
		same(t, "answer", string(reply), "first")
	})
	t.Run("a dead process holds it 20 seconds, an answer stays 24 hours", func(t *testing.T) {
		fresh(ann, "d", 1)
		db.clock.pass(25 * time.Second)
		fresh(ann, "d", 1)
		db.clock.pass(23 * time.Hour)
		if _, found, err := claim(ann, "k", 1); err != nil || !found {
			t.Errorf("after a day less an hour: %v, %v", found, err)
		}
		db.clock.pass(2 * time.Hour)
		fresh(ann, "k", 2)
	})
}

type opener func() ([]byte, bool, error)

func (o opener) open() ([]byte, bool, error) { return o() }
