package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"shopkeeper/gateway/connector"
	"shopkeeper/gateway/notify"
	"shopkeeper/shop"
)

// MailSettings say how mails to shoppers leave: codes to sign in with, answers of the desk.
type MailSettings struct {
	URL        string        `name:"mail-url" toml:"url" env:"SHOPKEEPER_MAIL_URL" default:"" help:"Where mails go: smtp://user@host:587 (STARTTLS), smtps://user@host:465, or file://DIR; empty: none are sent."`
	From       string        `name:"mail-from" toml:"from" env:"SHOPKEEPER_MAIL_FROM" default:"" help:"Address that mails come from; the shop's name stands before it."`
	Password   string        `name:"mail-password" toml:"password" env:"SHOPKEEPER_MAIL_PASSWORD" default:"" secret:"1" help:"Password of the user; $NAME takes it from the environment."`
	ReplyAfter time.Duration `name:"mail-reply-after" toml:"reply_after" default:"2m" help:"How long a shopper has to see an answer of the desk before it is mailed; below zero: answers are not mailed."`
	Link       string        `name:"mail-link" toml:"link" env:"SHOPKEEPER_MAIL_LINK" default:"" help:"Address of the shop, for mails; {tenant} in it is the tenant's id."`
}

// open makes the mailer; nil when there is no mail.
func (m MailSettings) open() (notify.Mailer, error) {
	if m.URL == "" {
		return nil, nil
	}
	password, err := secretOf(m.Password)
	if err != nil {
		return nil, fmt.Errorf("mail.password: %w", err)
	}
	mailer, err := notify.OpenMailer(notify.MailOptions{URL: m.URL, From: m.From, Password: password})
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return mailer, nil
}

func (m MailSettings) check() error {
	if m.URL == "" && m.From != "" {
		return errors.New("mail.from is set but mail.url is not: say where mails go")
	}
	if m.Link != "" && !strings.HasPrefix(m.Link, "https://") && !strings.HasPrefix(m.Link, "http://") {
		return fmt.Errorf("mail.link is %q; it must begin with https:// or http://", m.Link)
	}
	_, err := m.open()
	return err
}

// WebhookSettings are an address that is told what happens in a shop.
type WebhookSettings struct {
	Tenant string   `toml:"tenant" help:"Tenant whose events it is told of."`
	URL    string   `toml:"url" help:"Address, https:// and public; http:// reaches this machine alone."`
	Secret string   `toml:"secret" help:"Secret that signs, 24 characters or more, or base64 after whsec_; $NAME takes it from the environment." secret:"1"`
	Events []string `toml:"events" help:"Events; empty: all."`
}

func (w WebhookSettings) webhook() (notify.Webhook, error) {
	secret, err := secretOf(w.Secret)
	return notify.Webhook{Tenant: w.Tenant, URL: w.URL, Secret: secret, Events: w.Events}, err
}

var eventName = regexp.MustCompile(`^[a-z_]+(\.[a-z_]+)*$`)

func checkWebhooks(list []WebhookSettings) error {
	seen := map[[2]string]bool{}
	for i, w := range list {
		bad := func(field, format string, args ...any) error {
			return &misfit{"webhooks", i, field, fmt.Sprintf(format, args...)}
		}
		hook, err := w.webhook()
		switch {
		case w.Tenant == "":
			return bad("tenant", "it has no tenant")
		case seen[[2]string{w.Tenant, w.URL}]:
			return bad("url", "the tenant %q has this address twice", w.Tenant)
		case err != nil:
			return bad("secret", "%s", err)
		}
		if err := hook.Check(); err != nil {
			field := "url"
			if strings.HasPrefix(err.Error(), "secret") {
				field = "secret"
			}
			return bad(field, "%s", err)
		}
		if j := slices.IndexFunc(w.Events, func(e string) bool { return !eventName.MatchString(e) }); j >= 0 {
			return bad("events", "event %q is no name such as suggestions.ready", w.Events[j])
		}
		seen[[2]string{w.Tenant, w.URL}] = true
	}
	return nil
}

// setup is what checked settings come to.
func setup(s Settings) (notify.Setup, error) {
	mailer, err := s.Mail.open()
	if err != nil {
		return notify.Setup{}, err
	}
	out := notify.Setup{Mailer: mailer, Link: s.Mail.Link, ReplyAfter: s.Mail.ReplyAfter}
	for _, w := range s.Webhooks {
		hook, err := w.webhook()
		if err != nil {
			return out, fmt.Errorf("webhook of %s: %w", w.Tenant, err)
		}
		out.Webhooks = append(out.Webhooks, hook)
	}
	return out, nil
}

// openNotices makes the sender of mails and webhooks. The demo writes its mails into a folder.
func (a *app) openNotices(ctx context.Context, folder string, tenants *tenants) error {
	if a.demo && a.set.Mail.URL == "" {
		dir, err := filepath.Abs(filepath.Join(folder, "mail"))
		if err != nil {
			return fmt.Errorf("folder of mails: %w", err)
		}
		a.demoMail = MailSettings{URL: "file://" + dir, From: "shop@demo.example", Link: "http://" + a.set.Addr + "/"}
		a.log.InfoContext(ctx, "the demo's mails are written to a folder", "folder", dir)
	}
	a.notices = notify.New(notify.Options{Outbox: a.store, Codes: a.store, People: a.orders, Tenant: tenants.tenant, Unseen: a.unseen, Log: a.log})
	return a.applyNotices(a.set)
}

func (a *app) applyNotices(s Settings) error {
	if s.Mail.URL == "" {
		s.Mail = a.demoMail
	}
	now, err := setup(s)
	if err != nil {
		return misuse("%w", err)
	}
	a.notices.Set(now)
	return nil
}

// codes sign shoppers in while there is mail.
type codes struct{ a *app }

func (c codes) AskCode(ctx context.Context, who shop.Principal, email, lang string) error {
	if !c.a.notices.Mails() {
		return &shop.Error{Kind: shop.NotFound, Code: "no_mail", Msg: "Nobody set up mail here, so there is no signing in by e-mail."}
	}
	return c.a.store.AskCode(ctx, who, email, lang)
}

func (c codes) UseCode(ctx context.Context, who shop.Principal, email, code string) (shop.Principal, error) {
	return c.a.store.UseCode(ctx, who, email, code)
}

// PeopleByEmail asks the shop's own system where there is one.
func (o *orders) PeopleByEmail(ctx context.Context, tenant, email string) ([]shop.Person, error) {
	if c := o.of(tenant); c != nil {
		return c.Find(ctx, tenant, connector.Find{Email: email})
	}
	return o.local.PeopleByEmail(ctx, tenant, email)
}

// mail signs in at the mail server and sends nothing.
func (c *DoctorCmd) mail(ctx context.Context) []finding {
	m, err := c.Mail.open()
	if m == nil && err == nil {
		return nil
	}
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		err = m.Check(ctx)
	}
	f := finding{Name: "mail", Note: shownURL(c.Mail.URL), OK: err == nil}
	if err != nil {
		f.Note += ": " + err.Error()
		f.Mend = "check mail.url, user and mail.password"
	}
	return []finding{f}
}

// unseen is what a shopper has not seen of the desk's answers, as a mail says it.
func (a *app) unseen(ctx context.Context, r shop.ReplyMail) (string, error) {
	ms, err := a.store.UnseenReplies(ctx, r.For.Tenant, r.Conversation)
	var said []string
	for _, m := range ms {
		said = append(said, strings.TrimSpace(m.Text))
	}
	return strings.Join(said, "\n\n"), err
}
