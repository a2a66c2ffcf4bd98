package api

import (
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// Limits of one server. 0 is the default, a negative number no limit.
type Limits struct {
	Requests float64 // a second and key, a second and shopper for browser tokens; default 20
	Burst    int     // default twice Requests
	Sessions int     // anonymous sessions an hour and address; default 60
	Open     float64 // requests a second and address without a good credential; default 50
	Turns    int     // a day (UTC) and shopper; default 300
	Tokens   int64   // likewise; default 1,000,000
}

// demoLimits allow scripts: 100 requests a second, no daily budget.
var demoLimits = Limits{Requests: 100, Burst: 200, Sessions: -1, Open: 200, Turns: -1, Tokens: -1}

func (l Limits) filled() Limits {
	def := func(v *float64, d float64) {
		if *v == 0 {
			*v = d
		} else if *v < 0 {
			*v = math.Inf(1)
		}
	}
	def(&l.Requests, 20)
	def(&l.Open, 50)
	if l.Burst == 0 {
		l.Burst = max(1, int(math.Min(2*l.Requests, 1e6)))
	}
	if l.Sessions == 0 {
		l.Sessions = 60
	}
	if l.Turns == 0 {
		l.Turns = 300
	}
	if l.Tokens == 0 {
		l.Tokens = 1_000_000
	}
	return l
}

// limiter counts in memory; with several replicas each one counts its own share.
type limiter struct {
	l    Limits
	now  func() time.Time
	most int // buckets

	mu      sync.Mutex
	buckets map[string]*bucket
	spent   map[string]*spent
	day     string
}

type bucket struct {
	*rate.Limiter
	used time.Time
}

// spent is what one shopper used today. A turn's tokens count once, however many streams show its end.
type spent struct {
	turns   int
	tokens  int64
	counted map[string]bool // by turn
}

const maxBuckets = 100_000

func newLimiter(l Limits, now func() time.Time) *limiter {
	return &limiter{l: l.filled(), now: now, most: maxBuckets, buckets: map[string]*bucket{}, spent: map[string]*spent{}}
}

// take takes one from a bucket: left is what remains, retry when the next one is there.
func (m *limiter) take(name string, per rate.Limit, burst int) (left int, retry time.Duration, ok bool) {
	if math.IsInf(float64(per), 1) {
		return math.MaxInt32, 0, true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	b := m.buckets[name]
	if b == nil {
		if len(m.buckets) >= m.most {
			m.sweep(now)
		}
		b = &bucket{Limiter: rate.NewLimiter(per, burst)}
		m.buckets[name] = b
	}
	b.used = now
	if b.AllowN(now, 1) {
		return int(b.TokensAt(now)), 0, true
	}
	return 0, time.Duration((1 - b.TokensAt(now)) / float64(per) * float64(time.Second)), false
}

// sweep forgets the full buckets: a new one in their place says the same.
func (m *limiter) sweep(now time.Time) {
	for k, b := range m.buckets {
		if b.TokensAt(now) >= float64(b.Burst()) {
			delete(m.buckets, k)
		}
	}
	// All busy: an attack with many addresses. Memory stays bounded all the same, and a tenth goes at once so that not every
	// newcomer pays for a sweep.
	for k := range m.buckets {
		if len(m.buckets) < m.most*9/10 {
			break
		}
		delete(m.buckets, k)
	}
}

func (m *limiter) address(ip string) bool {
	_, _, ok := m.take("open "+ip, rate.Limit(m.l.Open), int(math.Min(2*m.l.Open, 1e6)))
	return ok
}

func (m *limiter) session(ip string) (bool, time.Duration) {
	if m.l.Sessions < 0 {
		return true, 0
	}
	_, retry, ok := m.take("session "+ip, rate.Limit(float64(m.l.Sessions)/3600), max(1, m.l.Sessions))
	return ok, retry
}

// rate takes one request of the caller's bucket and says in the headers what is left.
func (s *Server) rate(c echo.Context, cl caller) error {
	name := "key " + cl.who.Key
	if cl.kind != secretKey {
		name = "shopper " + cl.who.Tenant + " " + cl.who.ID
	}
	l := s.limits.l
	left, retry, ok := s.limits.take(name, rate.Limit(l.Requests), l.Burst)
	if math.IsInf(l.Requests, 1) {
		return nil
	}
	h := c.Response().Header()
	h.Set("X-Ratelimit-Limit-Requests", strconv.Itoa(l.Burst))
	h.Set("X-Ratelimit-Remaining-Requests", strconv.Itoa(left))
	h.Set("X-Ratelimit-Reset-Requests", fmt.Sprintf("%.2fs", float64(l.Burst-left)/l.Requests))
	if !ok {
		s.o.Metrics.Limited(c.Request().Context(), "requests")
		return limited("Too many requests at once", retry)
	}
	return nil
}

func limited(what string, retry time.Duration) error {
	return &shop.Error{Kind: shop.Limited, Msg: what + ". Please wait a moment and try again.", Retry: max(retry, time.Second)}
}

// budgeted says whether somebody's day is counted: an app that names nobody speaks for everybody.
func budgeted(who shop.Principal) bool { return who.ID != "" && !isApp(who) }

func isApp(who shop.Principal) bool { return who.ID == "app-"+who.Key }

// turn opens a turn against the day's budget of a shopper.
func (s *Server) turn(c echo.Context, who shop.Principal) error {
	if s.draining.Load() {
		return errDraining
	}
	if !budgeted(who) {
		return nil
	}
	what := s.limits.open(who)
	if what == "" {
		return nil
	}
	s.o.Metrics.Limited(c.Request().Context(), what)
	now := s.o.Now().UTC()
	midnight := now.Truncate(24 * time.Hour).Add(24 * time.Hour)
	return &shop.Error{Kind: shop.Limited, Code: "daily_" + what, Msg: "Today's share of questions is used up. It starts anew at midnight UTC.", Retry: midnight.Sub(now)}
}

func (m *limiter) open(who shop.Principal) (exceeded string) {
	if m.l.Turns < 0 && m.l.Tokens < 0 {
		return ""
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.today(who)
	switch {
	case m.l.Turns > 0 && p.turns >= m.l.Turns:
		return "turns"
	case m.l.Tokens > 0 && p.tokens >= m.l.Tokens:
		return "tokens"
	}
	p.turns++
	return ""
}

// refund takes back an opened turn that was none: refused, or a message sent again.
func (m *limiter) refund(who shop.Principal) {
	if !budgeted(who) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if p := m.today(who); p.turns > 0 {
		p.turns--
	}
}

// builtIn is the rung of the model in this binary. Its tokens are an estimate of what costs nothing.
const builtIn = "rules"

// used counts a turn's tokens.
func (m *limiter) used(who shop.Principal, turn, rung string, u chat.Usage) {
	if !budgeted(who) || turn == "" || rung == builtIn || m.l.Tokens < 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.today(who)
	if p.counted[turn] {
		return
	}
	if p.counted == nil {
		p.counted = map[string]bool{}
	}
	p.counted[turn] = true
	p.tokens += u.Input + u.Output
}

func (m *limiter) today(who shop.Principal) *spent {
	if d := m.now().UTC().Format(time.DateOnly); d != m.day {
		m.day, m.spent = d, map[string]*spent{}
	}
	k := who.Tenant + " " + who.ID
	if m.spent[k] == nil {
		m.spent[k] = &spent{}
	}
	return m.spent[k]
}

// quiet limits a route that needs no credential, by address.
func (s *Server) quiet(c echo.Context) error {
	if s.limits.address(c.RealIP()) {
		return nil
	}
	s.o.Metrics.Limited(c.Request().Context(), "address")
	return limited("Too many requests from this address", 0)
}

var errDraining = &shop.Error{Kind: shop.Unavailable, Code: "draining", Msg: "This server is about to restart. Please try again in a moment.", Retry: 5 * time.Second}
