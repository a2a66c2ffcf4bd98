package notify

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// server is a mail server on loopback that keeps what it gets.
type server struct {
	t      *testing.T
	addr   string
	cert   *tls.Certificate // nil: no STARTTLS
	smtps  bool             // TLS from the first byte
	auth   string           // user:password that it asks for; "" = none
	answer map[string]string

	mu       sync.Mutex
	sessions []session
}

type session struct {
	tls           bool
	user          string
	from, to, raw string
	lines         []string // commands
}

func (s *server) start(t *testing.T) *server {
	t.Helper()
	s.t = t
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s.addr = l.Addr().String()
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	return s
}

func (s *server) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	var now session
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.sessions = append(s.sessions, now)
	}()
	if s.smtps {
		t := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{*s.cert}})
		if t.Handshake() != nil {
			return
		}
		c, now.tls = t, true
	}
	r := bufio.NewReader(c)
	say := func(line string) { _, _ = io.WriteString(c, line+"\r\n") }
	say("220 mail.test ESMTP")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		now.lines = append(now.lines, line)
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		if a, ok := s.answer[verb]; ok && verb != "DATA" {
			say(a)
			if verb == "QUIT" {
				return
			}
			continue
		}
		switch verb {
		case "EHLO", "HELO":
			say("250-mail.test")
			if s.cert != nil && !now.tls {
				say("250-STARTTLS")
			}
			if s.auth != "" {
				say("250-AUTH PLAIN")
			}
			say("250 8BITMIME")
		case "STARTTLS":
			say("220 go on")
			t := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{*s.cert}})
			if t.Handshake() != nil {
				return
			}
			c, r, now.tls = t, bufio.NewReader(t), true
		case "AUTH":
			plain, _ := base64.StdEncoding.DecodeString(line[strings.LastIndexByte(line, ' ')+1:])
			now.user = strings.ReplaceAll(strings.TrimPrefix(string(plain), "\x00"), "\x00", ":")
			if now.user != s.auth {
				say("535 5.7.8 no")
				continue
			}
			say("235 good")
		case "MAIL":
			now.from = line
			say("250 good")
		case "RCPT":
			now.to = line
			say("250 good")
		case "DATA":
			say("354 go on")
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				now.raw += strings.TrimPrefix(line, ".")
			}
			if a, ok := s.answer["DATA"]; ok {
				say(a)
				continue
			}
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 good")
		}
	}
}

// last waits for the last session to be over.
func (s *server) last(n int) session {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		s.mu.Lock()
		if len(s.sessions) >= n {
			defer s.mu.Unlock()
			return s.sessions[n-1]
		}
		s.mu.Unlock()
	}
	s.t.Fatalf("there is no session %d", n)
	return session{}
}

// certificate is of a host, and who trusts it.
func certificate(t *testing.T, host string) (*tls.Certificate, *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	of := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{host}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	must(t, err)
	parsed, err := x509.ParseCertificate(der)
	must(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, &tls.Config{RootCAs: pool}
}

func text(t *testing.T, raw string) (h netmail.Header, subject, body string) {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(raw))
	must(t, err)
	b, err := io.ReadAll(m.Body)
	must(t, err)
	if m.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		b, err = io.ReadAll(quotedprintable.NewReader(strings.NewReader(string(b))))
		must(t, err)
	}
	subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	must(t, err)
	return m.Header, subject, strings.ReplaceAll(string(b), "\r\n", "\n")
}

var letter = Mail{ID: "0190-x/y", Shop: "Tea 茶 \"Shop\"\r\nBcc: eve@evil.example", To: "ann@example.com", Subject: "Hello 安\r\nX-Evil: 1", Text: "One\n.\n..two 茶\nFrom here " + strings.Repeat("long ", 300) + "\n"}

func checkLetter(t *testing.T, raw string) {
	t.Helper()
	h, subject, body := text(t, raw)
	from, err := netmail.ParseAddress(h.Get("From"))
	must(t, err)
	if from.Address != "shop@acme.example" || from.Name != `Tea 茶 "Shop" Bcc: eve@evil.example` || h.Get("To") != "<ann@example.com>" || subject != "Hello 安 X-Evil: 1" {
		t.Errorf("head %+v, subject %q", h, subject)
	}
	if h.Get("Message-Id") != "<0190-x_y@acme.example>" || h.Get("Auto-Submitted") != "auto-generated" || h.Get("Bcc") != "" || h.Get("X-Evil") != "" {
		t.Errorf("head %+v", h)
	}
	if at, err := h.Date(); err != nil || !at.Equal(time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)) {
		t.Errorf("date %v %v", at, err)
	}
	if strings.TrimRight(body, "\n") != strings.TrimRight(letter.Text, "\n") {
		t.Errorf("body %q", body)
	}
}

func fixed() time.Time { return time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC) }

// To a server on this machine mails go as they are, with a password or without one.
func TestMailOnThisMachine(t *testing.T) {
	for _, auth := range []string{"", "shop:hush hush"} {
		s := (&server{auth: auth}).start(t)
		o := MailOptions{URL: "smtp://" + s.addr, From: "shop@acme.example", Now: fixed}
		if auth != "" {
			o.URL, o.Password = "smtp://shop@"+s.addr, "hush hush"
		}
		m, err := OpenMailer(o)
		must(t, err)
		must(t, m.Mail(t.Context(), letter))
		got := s.last(1)
		if got.user != auth || !strings.HasPrefix(got.from, "MAIL FROM:<shop@acme.example>") || got.to != "RCPT TO:<ann@example.com>" {
			t.Errorf("%+v", got)
		}
		checkLetter(t, got.raw)
		must(t, m.Check(t.Context()))
		if got := s.last(2); got.user != auth || got.from != "" {
			t.Errorf("a check: %+v", got)
		}
	}
	s := (&server{auth: "shop:hush"}).start(t)
	m, err := OpenMailer(MailOptions{URL: "smtp://shop@" + s.addr, From: "shop@acme.example", Password: "wrong"})
	must(t, err)
	if err := m.Check(t.Context()); err == nil {
		t.Error("a wrong password is no problem")
	}
}

// dialed leads every name to one address.
func dialed(addr string) func(ctx context.Context, network, _ string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
}

// To any other server there is TLS, of the right name, before a password is said.
func TestMailNeedsTLS(t *testing.T) {
	cert, trust := certificate(t, "mail.example.com")
	strange, _ := certificate(t, "mail.example.com")
	for name, c := range map[string]struct {
		cert *tls.Certificate
		url  string
		good bool
	}{
		"with it": {cert, "smtp://shop@mail.example.com", true}, "without it": {nil, "smtp://shop@mail.example.com", false}, "by nobody whom we trust": {strange, "smtp://shop@mail.example.com", false},
		"of another name": {cert, "smtp://shop@mail.example.org", false}, "from the start": {cert, "smtps://shop@mail.example.com", true}, "from the start, by nobody": {strange, "smtps://shop@mail.example.com", false},
	} {
		s := (&server{cert: c.cert, auth: "shop:hush", smtps: strings.HasPrefix(c.url, "smtps")}).start(t)
		m, err := OpenMailer(MailOptions{URL: c.url, From: "shop@acme.example", Password: "hush", Now: fixed, TLS: trust, Dial: dialed(s.addr)})
		must(t, err)
		err = m.Mail(t.Context(), letter)
		got := s.last(1)
		if c.good {
			must(t, err)
			checkLetter(t, got.raw)
		}
		var f *failure
		if (err == nil) != c.good || got.tls != c.good || (got.user != "") != c.good || (got.raw != "") != c.good || errors.As(err, &f) {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a server says decides whether there is another try; a bad good-bye does not.
func TestMailRefused(t *testing.T) {
	for _, c := range []struct{ verb, answer, want string }{
		{"RCPT", "550 5.1.1 ann@example.com is unknown", "final"},
		{"RCPT", "451 4.7.1 later, ann@example.com", "again"},
		{"DATA", "554 5.7.1 spam for ann@example.com", "final"},
		{"DATA", "452 4.3.1 full", "again"},
		{"MAIL", "530 5.7.0 sign in", "again"},
		{"QUIT", "500 what", "good"},
	} {
		s := (&server{answer: map[string]string{c.verb: c.answer}}).start(t)
		m, err := OpenMailer(MailOptions{URL: "smtp://" + s.addr, From: "shop@acme.example"})
		must(t, err)
		err = m.Mail(t.Context(), letter)
		got := "again"
		var f *failure
		switch {
		case err == nil:
			got = "good"
		case errors.As(err, &f) && f.final:
			got = "final"
		}
		if got != c.want || err != nil && strings.Contains(err.Error(), "ann@") {
			t.Errorf("%s %s: %s, %v", c.verb, c.answer, got, err)
		}
	}
	m, err := OpenMailer(MailOptions{URL: "smtp://127.0.0.1:1", From: "shop@acme.example"})
	must(t, err)
	var f *failure
	if err = m.Mail(t.Context(), letter); err == nil || errors.As(err, &f) {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestMailFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "mail")
	m, err := OpenMailer(MailOptions{URL: "file://" + dir, From: "shop@acme.example", Now: fixed})
	must(t, err)
	must(t, m.Mail(t.Context(), letter))
	files, err := os.ReadDir(dir)
	must(t, err)
	if len(files) != 1 || files[0].Name() != "20260314T092653.000000-0190-x_y.eml" {
		t.Fatalf("%v", files)
	}
	if info, err := files[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, files[0].Name()))
	must(t, err)
	checkLetter(t, string(raw))
}

func TestOpenMailer(t *testing.T) {
	for url, good := range map[string]bool{
		"smtp://mail.example.com": true, "smtp://mail.example.com:25": true, "smtps://mail.example.com": true, "file:///tmp/x": true, "smtp://u:p@mail.example.com:587": true,
		"": false, "mail.example.com:587": false, "http://mail.example.com": false, "smtp://": false, "file://": false, "smtp://u@mail.example.com": false,
		"smtp://mail.example.com/path": false, "smtp://mail.example.com?tls=off": false, "smtp://mail.example.com:x": false,
	} {
		if _, err := OpenMailer(MailOptions{URL: url, From: "shop@acme.example"}); (err == nil) != good {
			t.Errorf("%q: %v", url, err)
		}
	}
	for _, from := range []string{"", "shop", "Shop <shop@acme.example>", "a@b\r\nBcc: x@y"} {
		if _, err := OpenMailer(MailOptions{URL: "file:///tmp/x", From: from}); err == nil {
			t.Errorf("from %q is taken", from)
		}
	}
	_, err := OpenMailer(MailOptions{URL: "smtp://shop:hush@mail.example.com:x", From: "shop@acme.example"})
	if err == nil || strings.Contains(fmt.Sprint(err), "hush") {
		t.Errorf("%v", err)
	}
}
