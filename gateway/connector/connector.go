// Package connector is a shop's own order system over HTTP: look-ups and actions as docs/connector.yaml describes them. Requests and
// answers are signed with a shared secret. What the shop did not say, signed, of exactly the key that was asked for is not known.
package connector

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"shopkeeper/shop"
)

// Options of a Client. Tenant, URL and Secret are required.
type Options struct {
	Tenant  string
	URL     string        // https://HOST/PATH; /shopkeeper/v1 is added. http:// reaches loopback and private addresses alone
	Key     string        // id of the secret, which the shop looks it up by; "" = Tenant
	Secret  string        // 32 characters or more
	Timeout time.Duration // of a whole call; 0 = 10s
	Connect time.Duration // of a connection; 0 = 3s
	Log     *slog.Logger  // nil: none

	Dial  func(ctx context.Context, network, addr string) (net.Conn, error) // nil: TCP
	Now   func() time.Time                                                  // nil: time.Now
	Nonce func() string                                                     // nil: random
}

// Client implements shop.Orders, shop.Actions and tools.People for one tenant. It may be used by many goroutines.
type Client struct {
	o         Options
	base      string // before Root
	http      *http.Client
	transport *http.Transport
}

var (
	_ shop.Orders  = (*Client)(nil)
	_ shop.Actions = (*Client)(nil)
)

// New checks o and makes a client. It does not connect.
func New(o Options) (*Client, error) {
	if o.Tenant == "" {
		return nil, errors.New("it has no tenant")
	}
	base, err := baseOf(o.URL)
	if err != nil {
		return nil, err
	}
	if len(o.Secret) < 32 {
		return nil, fmt.Errorf("the secret has %d characters; it needs 32 or more: openssl rand -hex 32 makes one", len(o.Secret))
	}
	o.Key = cmp.Or(o.Key, o.Tenant)
	if !keys.MatchString(o.Key) {
		return nil, fmt.Errorf("key is %q; it may have letters, digits and ._:- only", o.Key)
	}
	if o.Timeout < 0 || o.Connect < 0 {
		return nil, fmt.Errorf("timeout is %s; it cannot be below 0", min(o.Timeout, o.Connect))
	}
	o.Timeout, o.Connect = cmp.Or(o.Timeout, 10*time.Second), cmp.Or(o.Connect, 3*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Nonce == nil {
		o.Nonce = rand.Text
	}
	c := &Client{o: o, base: base}
	d := &net.Dialer{Timeout: o.Connect, KeepAlive: 30 * time.Second}
	c.transport = &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: d.DialContext, TLSHandshakeTimeout: 2 * o.Connect, ForceAttemptHTTP2: true,
		DisableCompression: true, // what is signed are the bytes that come
		MaxConnsPerHost:    64, MaxIdleConnsPerHost: 32, IdleConnTimeout: 90 * time.Second, MaxResponseHeaderBytes: 64 << 10,
	}
	if strings.HasPrefix(base, "http://") {
		d.Control, c.transport.Proxy = private, nil
	}
	if o.Dial != nil {
		c.transport.DialContext, c.transport.Proxy = o.Dial, nil
	}
	// A redirect would carry what is known of a shopper to an address that nobody configured.
	c.http = &http.Client{Transport: c.transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return c, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// baseOf is an address without Root and what follows it.
func baseOf(s string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("url must be https://HOST or https://HOST/PATH, without user, query or fragment")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && u.Scheme == "http" && !isPrivate(ip) {
		return "", fmt.Errorf("url names the public address %s: use https", ip)
	}
	base, _, _ := strings.Cut(u.String(), Root)
	return strings.TrimRight(base, "/"), nil
}

// private refuses connections without TLS to public addresses: what is known of shoppers would be readable on the way.
func private(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !isPrivate(at.Addr()) {
		return fmt.Errorf("%s is a public address: use https", at.Addr())
	}
	return nil
}

func isPrivate(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsLoopback() || ip.IsPrivate()
}

// Order implements shop.Orders. An order of somebody else is NotFound, even when the shop's system gives it out.
func (c *Client) Order(ctx context.Context, who shop.Principal, id string) (shop.Order, error) {
	none := &shop.Error{Kind: shop.NotFound, Code: "order_not_found", Msg: fmt.Sprintf("There is no order %s.", id)}
	if !c.named(who) || !plain(id) {
		return shop.Order{}, none
	}
	o, err := get[shop.Order](ctx, c, "/shoppers/"+url.PathEscape(who.ID)+"/orders/"+url.PathEscape(id))
	if errors.Is(err, errNone) {
		return shop.Order{}, none
	}
	if err == nil {
		err = checkOrder(o)
	}
	if err == nil && o.Shopper != who.ID {
		c.o.Log.ErrorContext(ctx, "the shop's system answered with an order of somebody else", "tenant", c.o.Tenant, "order", id)
		return shop.Order{}, none
	}
	if err == nil && o.ID != id {
		err = fmt.Errorf("asked for order %q, got %q", id, o.ID)
	}
	if err != nil {
		return shop.Order{}, unavailable("look up order", err)
	}
	o.Tenant = c.o.Tenant
	return o, nil
}

// Orders implements shop.Orders; nobody but a named shopper has any.
func (c *Client) Orders(ctx context.Context, who shop.Principal, limit int) ([]shop.Order, error) {
	if !c.named(who) || limit < 1 {
		return nil, nil
	}
	limit = min(limit, maxOrders)
	l, err := get[orderList](ctx, c, "/shoppers/"+url.PathEscape(who.ID)+"/orders?limit="+strconv.Itoa(limit))
	if errors.Is(err, errNone) {
		return nil, nil
	}
	if err != nil {
		return nil, unavailable("look up orders", err)
	}
	var own []shop.Order
	for _, o := range l.Orders {
		if err := checkOrder(o); err != nil {
			return nil, unavailable("look up orders", err)
		}
		if o.Shopper != who.ID {
			c.o.Log.ErrorContext(ctx, "the shop's system answered with an order of somebody else", "tenant", c.o.Tenant, "order", o.ID)
			continue
		}
		o.Tenant = c.o.Tenant
		own = append(own, o)
	}
	slices.SortStableFunc(own, func(a, b shop.Order) int { return b.Placed.Compare(a.Placed) })
	return own[:min(limit, len(own))], nil
}

// Person is a shopper's account; NotFound for the anonymous.
func (c *Client) Person(ctx context.Context, who shop.Principal) (shop.Person, error) {
	none := &shop.Error{Kind: shop.NotFound, Msg: "This shopper is not known."}
	if !c.named(who) {
		return shop.Person{}, none
	}
	a, err := get[Account](ctx, c, "/shoppers/"+url.PathEscape(who.ID))
	if errors.Is(err, errNone) {
		return shop.Person{}, none
	}
	if err == nil {
		err = checkAccount(a)
	}
	if err != nil {
		return shop.Person{}, unavailable("look up account", err)
	}
	if a.ID != who.ID {
		c.o.Log.ErrorContext(ctx, "the shop's system answered with the account of somebody else", "tenant", c.o.Tenant)
		return shop.Person{}, none
	}
	return a.person(), nil
}

// Find is for staff: accounts that fit what somebody said of themselves, which proves nothing. The caller keeps the audit.
func (c *Client) Find(ctx context.Context, tenant string, f Find) ([]shop.Person, error) {
	if tenant != c.o.Tenant {
		return nil, nil
	}
	if !f.valid() {
		return nil, &shop.Error{Kind: shop.Invalid, Msg: "Give an e-mail address, or a name with a postal code."}
	}
	body, err := encode(f)
	if err != nil {
		return nil, err
	}
	r, err := c.call(ctx, http.MethodPost, Root+"/find", "", body, maxRecords)
	if err != nil {
		return nil, unavailable("find account", err)
	}
	l, err := read[accountList](r)
	if err != nil {
		return nil, unavailable("find account", err)
	}
	var out []shop.Person
	for _, a := range l.Accounts {
		if err := checkAccount(a); err != nil {
			return nil, unavailable("find account", err)
		}
		out = append(out, a.person())
	}
	return out, nil
}

// named says whether records of who may be asked for here at all.
func (c *Client) named(who shop.Principal) bool {
	return who.Tenant == c.o.Tenant && who.Role == shop.Shopper && !who.Anon && plain(who.ID)
}

// errNone: the shop said, signed, that it has no such record.
var errNone = errors.New("the shop has no such record")

func get[T any](ctx context.Context, c *Client, path string) (v T, err error) {
	r, err := c.call(ctx, http.MethodGet, Root+path, "", nil, maxRecords)
	if err != nil {
		return v, err
	}
	return read[T](r)
}

func read[T any](r reply) (v T, err error) {
	switch r.status {
	case http.StatusOK:
		if v, err = decode[T](r.body); err != nil {
			return v, fmt.Errorf("read answer: %w", err)
		}
		return v, nil
	case http.StatusNotFound:
		return v, errNone
	}
	return v, r.problem()
}

func unavailable(what string, err error) error {
	return &shop.Error{
		Kind: shop.Unavailable, Code: "order_system_unavailable", Msg: "The shop's order system does not answer right now. Please try again in a moment.", Err: fmt.Errorf("%s: %w", what, err),
	}
}
