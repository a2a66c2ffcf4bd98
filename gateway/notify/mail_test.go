package notify

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"shopkeeper/shop"
)

var anon = shop.Principal{Tenant: "acme", ID: "anon-1", Key: "k", Role: shop.Shopper, Anon: true}

// Every mail in every language, as it is read. UPDATE=1 writes the files anew.
func TestTexts(t *testing.T) {
	all := words{Shop: "Levi's & Söhne", Name: "Ann <Li>", Code: "012345", Text: "Your parcel is on its way.\n\nMei", Link: "https://shop.example/?a=1&b=2"}
	for _, topic := range []string{shop.MailCode, shop.MailReply} {
		for _, lang := range []string{"en", "zh"} {
			for name, w := range map[string]words{"": all, ".bare": {Shop: "Acme", Code: "012345", Text: "Yes."}} {
				subject, text, err := render(topic, lang, w)
				must(t, err)
				file, got := filepath.Join("testdata", topic+"."+lang+name+".golden"), subject+"\n\n"+text
				if os.Getenv("UPDATE") != "" {
					must(t, os.MkdirAll("testdata", 0o755))
					must(t, os.WriteFile(file, []byte(got), 0o644))
				}
				want, err := os.ReadFile(file)
				must(t, err)
				if d := cmp.Diff(string(want), got); d != "" {
					t.Errorf("%s (-want +got):\n%s", file, d)
				}
				if topic == shop.MailCode && strings.Contains(subject, w.Code) {
					t.Error("the code is in the subject, which screens show while they are locked")
				}
			}
		}
	}
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// The code goes to the one customer who has the address, as the shop has it, and works.
func TestCodeMail(t *testing.T) {
	b := &box{}
	h := open(t, nil)
	h.sender.Set(Setup{Mailer: b})
	ctx := t.Context()
	for _, email := range []string{"ann.li@example.COM", "nobody@example.com", "shared@example.com"} {
		must(t, h.store.AskCode(ctx, anon, email, ""))
	}
	if n := h.pump(); n != 3 || len(b.mails) != 1 {
		t.Fatalf("%d tried, mails %+v", n, b.mails)
	}
	m := b.mails[0]
	code := sixDigits.FindString(m.Text)
	if m.To != "Ann.Li@Example.com" || m.Shop != "Acme" || code == "" || !strings.Contains(m.Text, "Hello Ann Li,") {
		t.Fatalf("%+v", m)
	}
	if who, err := h.store.UseCode(ctx, anon, "ann.li@example.com", code); err != nil || who.ID != "ann" {
		t.Errorf("%+v %v", who, err)
	}
	for _, secret := range []string{code, "ann", "nobody@", "shared@"} {
		if strings.Contains(strings.ToLower(h.log.String()), secret) {
			t.Errorf("the log holds %q: %s", secret, h.log)
		}
	}
	ms, err := h.store.Outbox(ctx, "acme", 9)
	must(t, err)
	for _, m := range ms {
		if m.State != shop.OutboxSent || string(m.Payload) != "{}" || strings.Contains(m.Problem, "@") {
			t.Errorf("it is kept as %+v", m)
		}
	}
	if h.pump() != 0 {
		t.Error("something is left")
	}
}

// The language is the visitor's, else the customer's, else the shop's.
func TestLanguages(t *testing.T) {
	b := &box{}
	h := open(t, nil)
	h.sender.Set(Setup{Mailer: b})
	for _, c := range []struct{ email, lang, want string }{
		{"ann.li@example.com", "", "Hello Ann Li"}, {"ann.li@example.com", "zh-CN", "Ann Li，您好"}, {"wei@example.com", "", "王伟，您好"}, {"wei@example.com", "en", "Hello 王伟"},
	} {
		must(t, h.store.AskCode(t.Context(), anon, c.email, c.lang))
		h.pump()
		if got := b.mails[len(b.mails)-1].Text; !strings.Contains(got, c.want) {
			t.Errorf("%s in %q: %s", c.email, c.lang, got)
		}
	}
}

// A mail that could not be sent is written again with a code of its own; one that is late is not written at all.
func TestCodeMailTriedAgain(t *testing.T) {
	b := &box{err: errors.New("connection refused")}
	h := open(t, nil)
	h.sender.Set(Setup{Mailer: b})
	must(t, h.store.AskCode(t.Context(), anon, "ann.li@example.com", ""))
	h.pump()
	if m := h.only(); m.State != shop.OutboxWaiting || m.Problem != "connection refused" || h.pump() != 0 {
		t.Fatalf("%+v", m)
	}
	b.err = nil
	h.pass(firstWait + time.Second)
	h.pump()
	if len(b.mails) != 1 || !strings.HasSuffix(b.mails[0].ID, "-2") {
		t.Fatalf("%+v", b.mails)
	}
	if _, err := h.store.UseCode(t.Context(), anon, "ann.li@example.com", sixDigits.FindString(b.mails[0].Text)); err != nil {
		t.Error(err)
	}
	must(t, h.store.AskCode(t.Context(), anon, "ann.li@example.com", ""))
	h.pass(11 * time.Minute)
	h.pump()
	if len(b.mails) != 1 {
		t.Errorf("a code that is over was mailed: %+v", b.mails)
	}
}

func TestReplyMail(t *testing.T) {
	b := &box{}
	h := open(t, nil)
	h.sender.Set(Setup{Mailer: b, Link: "https://shop.example/{tenant}"})
	ctx := t.Context()
	who := func(id string) shop.Principal { return shop.Principal{Tenant: "acme", ID: id, Role: shop.Shopper} }
	reply := func(message string, to shop.Principal, lang string) {
		t.Helper()
		must(t, h.sender.AgentReply(ctx, message, shop.ReplyMail{For: to, Conversation: "c1", Text: " Your parcel is on its way.\n", Lang: lang}))
	}
	reply("m1", who("ann"), "zh")
	reply("m1", who("ann"), "zh") // told twice
	reply("m2", who("mute"), "")
	reply("m3", who("stranger"), "")
	reply("m4", anon, "")
	reply("m5", shop.Principal{Tenant: "acme", ID: "ann", Role: shop.Agent}, "")
	if n := h.pump(); n != 3 || len(b.mails) != 1 {
		t.Fatalf("%d tried, mails %+v", n, b.mails)
	}
	want := Mail{ID: "reply-m1", Shop: "Acme", To: "Ann.Li@Example.com", Subject: "Acme回复了您", Text: b.mails[0].Text}
	if d := cmp.Diff(want, b.mails[0]); d != "" || !strings.Contains(want.Text, "\nYour parcel is on its way.\n") || !strings.Contains(want.Text, "https://shop.example/acme") {
		t.Errorf("%s\n%s", d, want.Text)
	}
	// What is put in by hand, as by a store's transaction, is looked at again: nobody's name leads to another shop's customer.
	for id, r := range map[string]shop.ReplyMail{"x1": {For: anon}, "x2": {For: shop.Principal{Tenant: "other", ID: "ann", Role: shop.Shopper}}} {
		must(t, h.store.Enqueue(ctx, shop.OutboxMessage{Tenant: "acme", ID: id, Kind: shop.OutboxMail, Topic: shop.MailReply, Payload: raw(r)}))
	}
	h.pump()
	if len(b.mails) != 1 {
		t.Errorf("mails %+v", b.mails)
	}
	// Erased, nothing is sent any more.
	reply("m9", who("ann"), "")
	if _, err := h.store.Erase(ctx, "acme", "ann"); err != nil || h.pump() != 0 {
		t.Error("a mail to an erased customer is tried", err)
	}
}

// What cannot be sent is given up, and says why.
func TestGivenUp(t *testing.T) {
	h := open(t, nil)
	must(t, h.store.Enqueue(t.Context(), shop.OutboxMessage{Tenant: "acme", ID: "m", Kind: shop.OutboxMail, Topic: shop.MailCode, Payload: raw(shop.CodeMail{Email: "ann.li@example.com"})}))
	h.pump()
	if m := h.only(); m.State != shop.OutboxFailed || m.Problem != "no mail is set up" {
		t.Errorf("%+v", m)
	}
	h = open(t, nil)
	h.sender.Set(Setup{Mailer: &box{}})
	must(t, h.store.Enqueue(t.Context(), shop.OutboxMessage{Tenant: "acme", ID: "m", Kind: shop.OutboxMail, Topic: "advertising", Payload: raw(1)}))
	h.pump()
	if m := h.only(); m.State != shop.OutboxFailed || m.Problem != `there is no mail "advertising"` {
		t.Errorf("%+v", m)
	}
	h = open(t, nil)
	h.sender.Set(Setup{Mailer: &box{err: errors.New("no route to host, ann.li@example.com")}})
	must(t, h.sender.AgentReply(t.Context(), "m", shop.ReplyMail{For: shop.Principal{Tenant: "acme", ID: "ann", Role: shop.Shopper}, Text: "Yes."}))
	tries := 0
	for n := 1; n > 0; n = h.pump() {
		tries++
		h.pass(longestWait + time.Second)
	}
	if m := h.only(); m.State != shop.OutboxFailed || tries != maxTries+1 || m.Problem != "given up after 20 tries: no route to host, [email]" {
		t.Errorf("after %d: %+v", tries, m)
	}
	h = open(t, nil)
	h.sender.Set(Setup{Mailer: &box{}})
	must(t, h.sender.AgentReply(t.Context(), "m", shop.ReplyMail{For: shop.Principal{Tenant: "acme", ID: "ann", Role: shop.Shopper}, Text: "Yes."}))
	h.pass(maxAge + time.Minute)
	h.pump()
	if m := h.only(); m.State != shop.OutboxFailed || m.Problem != "it is older than a day" {
		t.Errorf("%+v", m)
	}
}

func TestBackoff(t *testing.T) {
	for tries, want := range map[int64]time.Duration{0: 5 * time.Second, 1: 5 * time.Second, 2: 10 * time.Second, 5: 80 * time.Second, 11: time.Hour, 99: time.Hour} {
		for range 50 {
			if got := backoff(tries); got < want/2 || got > want {
				t.Errorf("after %d tries it waits %s, want %s to %s", tries, got, want/2, want)
			}
		}
	}
}
