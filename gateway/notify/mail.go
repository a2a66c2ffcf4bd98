package notify

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/template"

	"shopkeeper/shop"
)

// Mail is one plain text to one address.
type Mail struct {
	ID      string // becomes the Message-ID
	Shop    string // whose name it is sent under
	To      string
	Subject string
	Text    string
}

// Mailer takes mails to where they are delivered from. An error is temporary unless it is a *failure that says otherwise.
type Mailer interface {
	Mail(ctx context.Context, m Mail) error
	Check(ctx context.Context) error // whether it would take one now; it sends nothing
}

//go:embed mails/*.txt
var files embed.FS

// texts are a template for each topic and language; the first line is the subject.
var texts = template.Must(template.New("").Option("missingkey=error").ParseFS(files, "mails/*.txt"))

// words are what templates may say.
type words struct {
	Shop, Name, Code, Text, Link string
}

func (s *Sender) mail(ctx context.Context, m shop.OutboxMessage) error {
	if !s.Mails() {
		return &failure{final: true, err: errors.New("no mail is set up")}
	}
	switch m.Topic {
	case shop.MailCode:
		return s.mailCode(ctx, m)
	case shop.MailReply:
		return s.mailReply(ctx, m)
	}
	return &failure{final: true, err: fmt.Errorf("there is no mail %q", m.Topic)}
}

// mailCode makes a code and mails it to the address as the shop has it: what a visitor typed only finds it. Where several people have
// one address nobody can say who of them reads it, and no code is sent.
func (s *Sender) mailCode(ctx context.Context, m shop.OutboxMessage) error {
	var ask shop.CodeMail
	if err := json.Unmarshal(m.Payload, &ask); err != nil {
		return &failure{final: true, err: err}
	}
	found, err := s.o.People.PeopleByEmail(ctx, m.Tenant, ask.Email)
	if err != nil {
		return err
	}
	var people []shop.Person
	for _, p := range found {
		if p.ID != "" && shop.ValidEmail(strings.TrimSpace(p.Email)) && shop.FoldEmail(p.Email) == ask.Email {
			people = append(people, p)
		}
	}
	if len(people) != 1 {
		if len(people) > 1 {
			s.o.Log.InfoContext(ctx, "no code is sent: several customers have this address", "tenant", m.Tenant, "message", m.ID, "customers", len(people))
		}
		return errNobody
	}
	p := people[0]
	code, err := s.o.Codes.MakeCode(ctx, m.Tenant, ask, p.ID)
	if isNotFound(err) {
		return errNobody
	}
	if err != nil {
		return err
	}
	// Each try has a code of its own: no reader may take two of them for one mail.
	return s.write(ctx, m, fmt.Sprintf("%s-%d", m.ID, m.Tries), p, ask.Lang, words{Code: code})
}

func (s *Sender) mailReply(ctx context.Context, m shop.OutboxMessage) error {
	var r shop.ReplyMail
	if err := json.Unmarshal(m.Payload, &r); err != nil {
		return &failure{final: true, err: err}
	}
	if r.For.Anon || r.For.ID == "" || r.For.Tenant != m.Tenant {
		return errNobody
	}
	if s.o.Unseen != nil {
		text, err := s.o.Unseen(ctx, r)
		if err == nil && text == "" || isNotFound(err) {
			return errNobody // it was read in the meantime
		}
		if err != nil {
			return err
		}
		r.Text = text
	}
	p, err := s.o.People.Person(ctx, r.For)
	if isNotFound(err) || err == nil && !shop.ValidEmail(strings.TrimSpace(p.Email)) {
		return errNobody
	}
	if err != nil {
		return err
	}
	return s.write(ctx, m, m.ID, p, r.Lang, words{Text: strings.TrimSpace(r.Text)})
}

// write renders a mail in the first language that is known and sends it.
func (s *Sender) write(ctx context.Context, m shop.OutboxMessage, id string, to shop.Person, lang string, w words) error {
	setup, t := s.setup.Load(), s.o.Tenant(m.Tenant)
	w.Shop, w.Name, w.Link = oneLine(t.Name), oneLine(to.Name), strings.ReplaceAll(setup.Link, "{tenant}", m.Tenant)
	if w.Shop == "" {
		w.Shop = t.ID
	}
	subject, text, err := render(m.Topic, language(lang, to.Lang, t.Lang), w)
	if err != nil {
		return &failure{final: true, err: err}
	}
	if setup.Mailer == nil { // it went since
		return &failure{final: true, err: errors.New("no mail is set up")}
	}
	return setup.Mailer.Mail(ctx, Mail{ID: id, Shop: w.Shop, To: strings.TrimSpace(to.Email), Subject: subject, Text: text})
}

func render(topic, lang string, w words) (subject, text string, err error) {
	var b strings.Builder
	if err := texts.ExecuteTemplate(&b, topic+"."+lang+".txt", w); err != nil {
		return "", "", fmt.Errorf("write mail: %w", err)
	}
	subject, text, _ = strings.Cut(b.String(), "\n")
	return oneLine(strings.TrimPrefix(subject, "Subject:")), strings.Trim(text, "\n") + "\n", nil
}

// language is the first of the candidates that is one, of the two that there are mails in.
func language(candidates ...string) string {
	for _, c := range candidates {
		switch {
		case strings.HasPrefix(c, "zh"):
			return "zh"
		case c != "":
			return "en"
		}
	}
	return "en"
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func isNotFound(err error) bool {
	var e *shop.Error
	return errors.As(err, &e) && e.Kind == shop.NotFound
}
