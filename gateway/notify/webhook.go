package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"shopkeeper/shop"
)

// Webhook is an address of the configuration that is told of events.
type Webhook struct {
	Tenant string
	URL    string   // https://, to public addresses; http:// or https:// to this machine by its name or loopback address
	Secret string   // 24 characters or more; after whsec_ it is base64
	Events []string // empty: all
}

// Check says what is wrong with it.
func (w Webhook) Check() error {
	u, err := url.Parse(w.URL)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("url must be https://HOST/PATH, without user or fragment")
	case u.Scheme == "http" && !onThisMachine(u.Hostname()):
		return errors.New("url must begin with https://; http:// is for this machine alone")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !permitted(u.Hostname(), ip) {
		return fmt.Errorf("url names %s, which is not a public address", ip)
	}
	_, err = w.key()
	return err
}

func (w Webhook) key() ([]byte, error) {
	key := []byte(w.Secret)
	if coded, ok := strings.CutPrefix(w.Secret, "whsec_"); ok {
		var err error
		if key, err = base64.StdEncoding.DecodeString(coded); err != nil {
			return nil, errors.New("secret is no base64 behind whsec_")
		}
	}
	if len(key) < 24 {
		return nil, fmt.Errorf("secret has %d bytes; it needs 24 or more: openssl rand -hex 32 makes one", len(key))
	}
	return key, nil
}

func (s *Setup) listening(tenant, event string) (out []Webhook) {
	for _, w := range s.Webhooks {
		if w.Tenant == tenant && (len(w.Events) == 0 || slices.Contains(w.Events, event)) {
			out = append(out, w)
		}
	}
	return out
}

// fanOut puts a message into the outbox for each webhook that listens. Done twice it puts in nothing more.
func (s *Sender) fanOut(ctx context.Context, m shop.OutboxMessage) error {
	to := s.setup.Load().listening(m.Tenant, m.Topic)
	for _, w := range to {
		sum := sha256.Sum256([]byte(w.URL))
		one := m
		one.ID, one.Target, one.Due = m.ID+"."+hex.EncodeToString(sum[:6]), w.URL, time.Time{}
		if err := s.o.Outbox.Enqueue(ctx, one); err != nil {
			return err
		}
	}
	if len(to) == 0 {
		return errNobody
	}
	return nil
}

// notice is the body of a webhook.
type notice struct {
	Type      string          `json:"type"`
	Timestamp time.Time       `json:"timestamp"`
	Data      json.RawMessage `json:"data"`
}

// Sign is the signature of a body, as Standard Webhooks has it: HMAC-SHA256 over id, unix time and body.
func Sign(key []byte, id string, at time.Time, body []byte) string {
	h := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(h, "%s.%d.", id, at.Unix())
	_, _ = h.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// maxAnswer is how much of a receiver's answer is read; nothing of it is kept.
const maxAnswer = 64 << 10

func (s *Sender) post(ctx context.Context, m shop.OutboxMessage) error {
	hooks := s.setup.Load().listening(m.Tenant, m.Topic)
	i := slices.IndexFunc(hooks, func(w Webhook) bool { return w.URL == m.Target })
	if i < 0 {
		return &failure{final: true, err: errors.New("the configuration has this webhook no more")}
	}
	key, err := hooks[i].key()
	if err != nil {
		return &failure{final: true, err: err}
	}
	body, err := json.Marshal(notice{m.Topic, m.Created.UTC(), m.Payload})
	if err != nil {
		return &failure{final: true, err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.Target, bytes.NewReader(body))
	if err != nil {
		return &failure{final: true, err: err}
	}
	at := s.o.Now()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "shopkeeper")
	req.Header.Set("Webhook-Id", m.ID)
	req.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	req.Header.Set("Webhook-Signature", Sign(key, m.ID, at, body))
	res, err := s.client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // the address may hold a secret of the receiver's
		}
		return &failure{err: err}
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer) // so that the connection can be used again
	f := &failure{err: fmt.Errorf("it answered with status %d", res.StatusCode)}
	switch c := res.StatusCode; {
	case c >= 200 && c < 300:
		return nil
	case c == http.StatusRequestTimeout, c == http.StatusTooManyRequests, c >= 500:
		f.wait = s.retryAfter(res.Header.Get("Retry-After"))
	default:
		f.final = true
	}
	return f
}

func (s *Sender) retryAfter(v string) time.Duration {
	if n, err := strconv.ParseInt(v, 10, 32); err == nil && n > 0 {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(at.Sub(s.o.Now()), 0)
	}
	return 0
}

// newClient makes the client of webhooks: no proxy, no redirects, and connections to those addresses alone that were looked at after
// they were resolved.
func (s *Sender) newClient() *http.Client {
	lookup := s.o.Lookup
	if lookup == nil {
		lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		ips := []netip.Addr{}
		if ip, err := netip.ParseAddr(host); err == nil {
			ips = append(ips, ip)
		} else if ips, err = lookup(ctx, host); err != nil {
			return nil, fmt.Errorf("look up %s: %w", host, err)
		}
		err = fmt.Errorf("%s has no address", host)
		for _, ip := range ips {
			if !permitted(host, ip) {
				return nil, fmt.Errorf("%s is %s, which is not a public address", host, ip)
			}
		}
		for _, ip := range ips {
			var c net.Conn
			if c, err = dialer.DialContext(ctx, network, net.JoinHostPort(ip.Unmap().String(), port)); err == nil {
				return c, nil
			}
		}
		return nil, err
	}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: dial, TLSClientConfig: s.o.TLS, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 20 * time.Second,
			MaxConnsPerHost: 4, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
