package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	mail "github.com/wneessen/go-mail"

	"shopkeeper/shop"
)

// MailOptions say how mails are delivered. URL and From are needed.
type MailOptions struct {
	URL      string // smtp://user@host:587 (STARTTLS), smtps://user@host:465, or file://DIR
	From     string
	Password string
	Now      func() time.Time

	TLS  *tls.Config                                                       // nil: the system's authorities
	Dial func(ctx context.Context, network, addr string) (net.Conn, error) // nil: TCP
}

// OpenMailer checks the options and makes a mailer. It does not connect.
func OpenMailer(o MailOptions) (Mailer, error) {
	if !shop.ValidEmail(o.From) {
		return nil, fmt.Errorf("from is %q; it must be an address such as shop@example.com", o.From)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if dir, ok := strings.CutPrefix(o.URL, "file://"); ok {
		if dir == "" {
			return nil, errors.New("url names no folder: file:///var/mail/shop")
		}
		return &folder{MailOptions: o, dir: dir}, nil
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, errors.New("url must be smtp://user@host:587, smtps://user@host:465 or file://DIR")
	}
	m := &smtp{MailOptions: o, host: u.Hostname()}
	if password, ok := u.User.Password(); ok && o.Password == "" {
		m.Password = password
	}
	port := 587
	if u.Scheme == "smtps" {
		port = 465
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, fmt.Errorf("url names the port %q", u.Port())
		}
	}
	m.with = []mail.Option{mail.WithPort(port), mail.WithTimeout(tryWithin), mail.WithoutNoop(), mail.WithTLSPolicy(mail.TLSMandatory)}
	ways := []mail.SMTPAuthType{mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin} // a password goes over TLS alone …
	switch {
	case u.Scheme == "smtps":
		m.with = append(m.with, mail.WithSSL())
	case onThisMachine(m.host): // … but for what does not leave the machine
		m.with = append(m.with, mail.WithTLSPolicy(mail.TLSOpportunistic))
		ways = []mail.SMTPAuthType{mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlainNoEnc, mail.SMTPAuthLoginNoEnc}
	}
	if user := u.User.Username(); user != "" {
		if m.Password == "" {
			return nil, errors.New("url has a user, but there is no password")
		}
		m.with = append(m.with, mail.WithUsername(user), mail.WithPassword(m.Password), mail.WithOpportunisticSMTPAuth(ways...))
	}
	m.tls = &tls.Config{}
	if o.TLS != nil {
		m.tls = o.TLS.Clone()
	}
	m.tls.ServerName, m.tls.MinVersion = m.host, tls.VersionTLS12
	m.with = append(m.with, mail.WithTLSConfig(m.tls))
	m.dial = o.Dial
	if m.dial == nil {
		m.dial = (&net.Dialer{Timeout: 10 * time.Second}).DialContext
	}
	if plain := m.dial; u.Scheme == "smtps" {
		m.dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := plain(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			t := tls.Client(c, m.tls)
			if err := t.HandshakeContext(ctx); err != nil {
				return nil, errors.Join(err, c.Close())
			}
			return t, nil
		}
	}
	if _, err := mail.NewClient(m.host, m.with...); err != nil {
		return nil, err
	}
	return m, nil
}

// message is the mail as it is sent.
func (o MailOptions) message(m Mail) (*mail.Msg, error) {
	from, err := netmail.ParseAddress(o.From)
	if err != nil {
		return nil, err
	}
	out := mail.NewMsg(mail.WithNoDefaultUserAgent())
	out.FromMailAddress(&netmail.Address{Name: oneLine(m.Shop), Address: from.Address})
	if err := out.To(m.To); err != nil {
		return nil, err
	}
	out.Subject(oneLine(m.Subject))
	out.SetDateWithValue(o.Now())
	_, domain, _ := strings.Cut(from.Address, "@")
	out.SetMessageIDWithValue(safe(m.ID) + "@" + domain)
	out.SetGenHeader("Auto-Submitted", "auto-generated")
	out.SetGenHeader("X-Auto-Response-Suppress", "All")
	out.SetBodyString(mail.TypeTextPlain, m.Text)
	return out, nil
}

// safe is an id that can stand in a header and in a file's name.
func safe(id string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '-' {
			return r
		}
		return '_'
	}, id)
}

// smtp delivers through a server, on a connection for each mail.
type smtp struct {
	MailOptions
	host string
	tls  *tls.Config
	dial func(ctx context.Context, network, addr string) (net.Conn, error)
	with []mail.Option
}

func (s *smtp) Mail(ctx context.Context, m Mail) error {
	msg, err := s.message(m)
	if err != nil {
		return &failure{final: true, err: errors.New("the address or the text is no good for a mail")}
	}
	return s.send(ctx, msg)
}

func (s *smtp) Check(ctx context.Context) error { return s.send(ctx) }

// send signs in and delivers.
func (s *smtp) send(ctx context.Context, msgs ...*mail.Msg) error {
	var opened net.Conn // the library leaves it open when it does not like the server
	dial := func(ctx context.Context, network, addr string) (c net.Conn, err error) {
		opened, err = s.dial(ctx, network, addr)
		return opened, err
	}
	c, err := mail.NewClient(s.host, append(s.with[:len(s.with):len(s.with)], mail.WithDialContextFunc(dial))...)
	if err != nil {
		return err
	}
	defer func() {
		if opened != nil {
			_ = opened.Close() // most often it is closed already
		}
	}()
	conn, err := c.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fmt.Errorf("reach the mail server: %w", err)
	}
	err = c.SendWithSMTPClient(conn, msgs...)
	_ = c.CloseWithSMTPClient(conn) // what was taken is taken, however the server says good-bye
	var e *mail.SendError
	if errors.As(err, &e) && e.ErrorCode() > 0 { // the server's own words may hold the address
		f := &failure{err: fmt.Errorf("the mail server refused: %s: %d %s", e.Reason, e.ErrorCode(), e.EnhancedStatusCode())}
		f.final = e.ErrorCode() >= 500 && (e.Reason == mail.ErrSMTPRcptTo || e.Reason == mail.ErrSMTPData || e.Reason == mail.ErrSMTPDataClose)
		return f
	}
	return err
}

// folder writes each mail as a file that mail programs open.
type folder struct {
	MailOptions
	dir string
}

func (f *folder) Check(context.Context) error { return os.MkdirAll(f.dir, 0o700) }

func (f *folder) Mail(_ context.Context, m Mail) error {
	msg, err := f.message(m)
	if err != nil {
		return &failure{final: true, err: err}
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(f.dir, ".mail-*") // readable by its owner alone
	if err != nil {
		return err
	}
	_, err = msg.WriteTo(tmp)
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), filepath.Join(f.dir, f.Now().UTC().Format("20060102T150405.000000")+"-"+safe(m.ID)+".eml"))
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}
