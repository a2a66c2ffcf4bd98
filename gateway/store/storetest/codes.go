package storetest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

var (
	anon    = shop.Principal{Tenant: "a", ID: "anon-1", Key: "k1", Role: shop.Shopper, Anon: true}
	another = shop.Principal{Tenant: "a", ID: "anon-2", Key: "k1", Role: shop.Shopper, Anon: true}
	server  = shop.Principal{Tenant: "a", Key: "k9", Role: shop.App}
)

// asked asks for a code and takes the mail out of the outbox.
func asked(t testing.TB, s *store.Store, who shop.Principal, email string) shop.CodeMail {
	t.Helper()
	must(t, s.AskCode(t.Context(), who, email, "en"))
	for _, m := range lease(t, s, 9) {
		var ask shop.CodeMail
		must(t, json.Unmarshal(m.Payload, &ask))
		must(t, s.SettleOutbox(t.Context(), m, shop.OutboxResult{State: shop.OutboxSent}))
		if ask.Subject == who.Subject() && m.Topic == shop.MailCode && m.Kind == shop.OutboxMail {
			return ask
		}
	}
	t.Fatal("no mail is asked for")
	return shop.CodeMail{}
}

func code(t testing.TB, s *store.Store, ask shop.CodeMail, person string) string {
	t.Helper()
	c, err := s.MakeCode(t.Context(), "a", ask, person)
	must(t, err)
	if len(c) != 6 || strings.Trim(c, "0123456789") != "" {
		t.Fatalf("code %q", c)
	}
	return c
}

// wrong is a code that c is not.
func wrong(c string) string {
	if c == "000000" {
		return "000001"
	}
	return "000000"
}

func testCodes(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	turn(t, s, anon, "c1", say("u1", "hello"), "Hi.")
	turn(t, s, another, "c2", say("u1", "hello"), "Hi.")
	must(t, s.PutAttachment(ctx, anon, photo("p1", "c1")))
	ask := asked(t, s, anon, " Ann@Example.com")
	same(t, "folded address", ask.Email, "ann@example.com")
	c := code(t, s, ask, "ann")
	for what, try := range map[string]struct {
		who         shop.Principal
		email, code string
	}{
		"another session": {another, "ann@example.com", c}, "another shop": {in("b", anon), "ann@example.com", c}, "another address": {anon, "bob@example.com", c},
		"wrong": {anon, "ann@example.com", wrong(c)}, "empty": {anon, "ann@example.com", ""}, "the server": {server, "ann@example.com", c},
	} {
		if _, err := s.UseCode(ctx, try.who, try.email, try.code); err == nil {
			t.Fatalf("%s: it is taken", what)
		} else {
			refused(t, err, shop.Refused)
		}
	}
	for _, who := range []shop.Principal{ann, agent, admin, {Tenant: "a", ID: "x", Key: "k9", Role: shop.App}} {
		_, err := s.UseCode(ctx, who, "ann@example.com", c)
		refused(t, err, shop.Forbidden)
		refused(t, s.AskCode(ctx, who, "ann@example.com", ""), shop.Forbidden)
	}
	who, err := s.UseCode(ctx, anon, "ANN@example.com", c)
	must(t, err)
	same(t, "the shopper", who, shop.Principal{Tenant: "a", ID: "ann", Key: "k1", Role: shop.Shopper})
	_, err = s.UseCode(ctx, anon, "ann@example.com", c)
	refused(t, err, shop.Refused) // it was used

	// What was said goes on under the new name, and is nobody else's; another visitor's stays theirs.
	if b, err := s.Read(ctx, ann, "c1"); err != nil || b.Conversation.For != who {
		t.Fatalf("%+v %v", b.Conversation, err)
	}
	_, err = s.Read(ctx, anon, "c1")
	refused(t, err, shop.NotFound)
	_, err = s.Attachment(ctx, ann, "p1")
	must(t, err)
	_, err = s.Attachment(ctx, anon, "p1")
	refused(t, err, shop.NotFound)
	if _, err := s.Read(ctx, another, "c2"); err != nil {
		t.Error(err)
	}
	turn(t, s, ann, "c1", say("u2", "and?"), "Well.")
	w, err := s.DeskRow(ctx, agent, "c1")
	must(t, err)
	same(t, "at the desk", w.For, who)
	entries, err := s.Audit(ctx, "a", time.Time{}, 1)
	must(t, err)
	if len(entries) != 1 || entries[0].Act != "email_proved" || entries[0].Actor != anon.Subject() || entries[0].Object != ann.Subject() || entries[0].Detail != "" {
		t.Errorf("audit %+v", entries)
	}
}

func testCodeTries(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	ask := asked(t, s, anon, "ann@example.com")
	c := code(t, s, ask, "ann")
	var wg sync.WaitGroup
	for range 20 { // at once
		wg.Go(func() {
			if _, err := s.UseCode(ctx, anon, "ann@example.com", wrong(c)); err == nil {
				t.Error("a wrong code is taken")
			}
		})
	}
	wg.Wait()
	_, err := s.UseCode(ctx, anon, "ann@example.com", c)
	refused(t, err, shop.Refused) // void after five tries

	// A new request gives new tries, and voids what was before.
	first := asked(t, s, anon, "ann@example.com")
	before := code(t, s, first, "ann")
	second := asked(t, s, anon, "ann@example.com")
	if _, err := s.MakeCode(ctx, "a", first, "ann"); err == nil {
		t.Error("a request that was made again gives a code")
	}
	_, err = s.UseCode(ctx, anon, "ann@example.com", before)
	refused(t, err, shop.Refused)
	// The mail is written again, as after a broken connection: the code in the last one holds.
	written := code(t, s, second, "ann")
	rewritten := code(t, s, second, "ann")
	if written != rewritten {
		_, err = s.UseCode(ctx, anon, "ann@example.com", written)
		refused(t, err, shop.Refused)
	}
	// Four tries were wrong at most: the fifth is right.
	_, err = s.UseCode(ctx, anon, "ann@example.com", wrong(rewritten))
	refused(t, err, shop.Refused)
	if _, err = s.UseCode(ctx, anon, "ann@example.com", rewritten); err != nil {
		t.Error(err)
	}

	// Ten minutes.
	c = code(t, s, asked(t, s, anon, "ann@example.com"), "ann")
	db.clock.pass(10*time.Minute + time.Second)
	_, err = s.UseCode(ctx, anon, "ann@example.com", c)
	refused(t, err, shop.Refused)
	late := asked(t, s, anon, "ann@example.com")
	db.clock.pass(10*time.Minute + time.Second)
	_, err = s.MakeCode(ctx, "a", late, "ann")
	refused(t, err, shop.NotFound)

	// An address of nobody, and one whose mail was not made yet, behave as a wrong code does.
	for _, try := range []string{"000000", "", "123456"} {
		must(t, s.AskCode(ctx, anon, "nobody@example.com", ""))
		_, err = s.UseCode(ctx, anon, "nobody@example.com", try)
		refused(t, err, shop.Refused)
	}
	// A shop's server asks for its visitor.
	ask = asked(t, s, server, "ann@example.com")
	c = code(t, s, ask, "ann")
	_, err = s.UseCode(ctx, anon, "ann@example.com", c)
	refused(t, err, shop.Refused)
	who, err := s.UseCode(ctx, server, "ann@example.com", c)
	must(t, err)
	same(t, "the shopper", who, shop.Principal{Tenant: "a", ID: "ann", Key: "k9", Role: shop.Shopper})
}

// Of many who use one code at once one gets through.
func testCodeOnce(t *testing.T, db *database) {
	stores := []*store.Store{db.shop(t), db.open(t)}
	c := code(t, stores[0], asked(t, stores[0], anon, "ann@example.com"), "ann")
	var mu sync.Mutex
	through := 0
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if _, err := stores[i%2].UseCode(t.Context(), anon, "ann@example.com", c); err == nil {
				mu.Lock()
				through++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	same(t, "who got through", through, 1)
}

// An answer under way is not lost: the code waits, and is as good as before.
func testCodeWhileAnswering(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	b := begin(t, s, anon, "c1", say("u1", "hello"), chat.New)
	c := code(t, s, asked(t, s, anon, "ann@example.com"), "ann")
	for range 7 {
		_, err := s.UseCode(ctx, anon, "ann@example.com", c)
		refused(t, err, shop.Busy)
	}
	commit(t, s, answer(b, "Hi."))
	p := proposed(t, s, anon, "c1")
	_, err := s.UseCode(ctx, anon, "ann@example.com", c)
	must(t, err)
	after, err := s.Proposals(ctx, "a", "c1")
	must(t, err)
	if len(after) != 1 || after[0].ID != p.ID || after[0].State != shop.ProposalVoid {
		t.Errorf("what was proposed to nobody in particular: %+v", after)
	}
	// It is the shopper's to erase, the calls of before included.
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	call := modelCall(1, day, anon)
	call.Conversation = "c1"
	must(t, s.SaveCalls(ctx, []chat.Call{call}))
	e, err := s.Erase(ctx, "a", "ann")
	must(t, err)
	same(t, "erased", fmt.Sprint(e.Conversations, e.Calls), "1 1")
}

func proposed(t testing.TB, s *store.Store, who shop.Principal, conversation string) shop.Proposal {
	t.Helper()
	now := time.Now()
	p, err := s.SaveProposal(t.Context(), shop.Proposal{
		Tool: "x", Conversation: conversation, For: who, By: who, Created: now, Expires: now.Add(time.Hour), Action: shop.Action{Tenant: who.Tenant, Kind: "x", Record: "r", Args: []byte(`{}`)},
	})
	must(t, err)
	return p
}

// The code is nowhere at rest, nor is the address in what is kept of a mail that was sent.
func testCodeSecret(t *testing.T, db *database) {
	s := db.shop(t)
	ask := asked(t, s, anon, "very.secret@example.com")
	c := code(t, s, ask, "ann")
	var b bytes.Buffer
	_, err := s.Backup(t.Context(), &b)
	must(t, err)
	zip, err := gzip.NewReader(&b)
	must(t, err)
	raw, err := io.ReadAll(zip)
	must(t, err)
	for _, secret := range []string{c, "very.secret"} {
		if bytes.Contains(raw, []byte(`"`+secret)) {
			t.Errorf("the backup holds %s", secret)
		}
	}
	if !bytes.Contains(raw, []byte(`"outbox"`)) {
		t.Error("the backup holds no outbox")
	}
}

func testPeopleByEmail(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	must(t, s.PutPeople(ctx, "a", []shop.Person{
		{ID: "ann", Email: "Ann@Example.COM"}, {ID: "bob", Email: "bob@example.com"}, {ID: "bob2", Email: "BOB@example.com "}, {ID: "none"}, {ID: "kay", Email: "\u212Aay@example.com"},
	}))
	must(t, s.PutPeople(ctx, "b", []shop.Person{{ID: "eve", Email: "ann@example.com"}}))
	must(t, s.PutPeople(ctx, "a", []shop.Person{{ID: "ann", Email: "new@example.com"}}))
	for email, want := range map[string]string{
		"new@example.com": "ann", "NEW@EXAMPLE.COM": "ann", "ann@example.com": "", "bob@example.com": "bob bob2", "": "", " ": "", "kay@example.com": "", "new@example.co": "",
	} {
		ps, err := s.PeopleByEmail(ctx, "a", email)
		must(t, err)
		var ids []string
		for _, p := range ps {
			ids = append(ids, p.ID)
		}
		same(t, "people of "+email, strings.Join(ids, " "), want)
	}
}
