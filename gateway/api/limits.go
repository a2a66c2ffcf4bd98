package api

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/usage"
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

// demo allows scripts: 100 requests a second, or more where l does, and no daily budget.
func (l Limits) demo() Limits {
	d := Limits{Requests: 100, Burst: 200, Sessions: -1, Open: 200, Turns: -1, Tokens: -1}
	if l.Requests < 0 || l.Requests > d.Requests {
		d.Requests, d.Burst = l.Requests, l.Burst
	}
	return d
}

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

// limiter counts requests, sessions and turns. The counter may be shared by replicas; when it does not answer, requests pass.
type limiter struct {
	l       Limits
	now     func() time.Time
	counter usage.Counter
	log     *slog.Logger
}

// take asks the counter; a nil one limits nothing.
func (m *limiter) take(ctx context.Context, ts ...shop.Take) (left []shop.Left, refused int) {
	if m.counter == nil {
		return nil, -1
	}
	left, refused, err := m.counter.Take(ctx, ts)
	if err != nil {
		if ctx.Err() == nil {
			m.log.WarnContext(ctx, "limits are not counted", "error", err)
		}
		return nil, -1
	}
	return left, refused
}

func (m *limiter) give(ctx context.Context, t shop.Take) {
	if m.counter == nil {
		return
	}
	if err := m.counter.Give(context.WithoutCancel(ctx), []shop.Take{t}); err != nil {
		m.log.WarnContext(ctx, "limits are not counted", "error", err)
	}
}

// every is a rate: so many a second, so many at once.
func every(name string, second float64, burst int) shop.Take {
	return shop.Take{Kind: shop.Rate, Key: name, N: 1, Limit: int64(burst), Window: time.Duration(float64(burst) / second * float64(time.Second))}
}

func (m *limiter) address(ctx context.Context, ip string) bool {
	if math.IsInf(m.l.Open, 1) {
		return true
	}
	_, refused := m.take(ctx, every("open "+ip, m.l.Open, max(1, int(math.Min(2*m.l.Open, 1e6)))))
	return refused < 0
}

func (m *limiter) session(ctx context.Context, ip string) (bool, time.Duration) {
	if m.l.Sessions < 0 {
		return true, 0
	}
	n := max(1, m.l.Sessions)
	left, refused := m.take(ctx, every("session "+ip, float64(n)/3600, n))
	if refused < 0 {
		return true, 0
	}
	return false, left[0].Retry
}

// attempt is one to sign in: ten that fail are free in five minutes.
func (m *limiter) attempt(ip string) shop.Take {
	until := m.now().Truncate(5 * time.Minute).Add(5 * time.Minute)
	return shop.Take{Kind: shop.Sum, Key: "login " + ip, N: 1, Limit: 10, Until: until}
}

// rate takes one request of the caller's bucket and says in the headers what is left.
func (s *Server) rate(c echo.Context, cl caller) error {
	l := s.limits.l
	if math.IsInf(l.Requests, 1) {
		return nil
	}
	name := "key " + cl.who.Key
	if cl.kind != secretKey {
		name = "shopper " + cl.who.Tenant + " " + cl.who.ID
	}
	left, refused := s.limits.take(c.Request().Context(), every(name, l.Requests, l.Burst))
	if len(left) == 0 {
		return nil
	}
	h := c.Response().Header()
	h["X-Ratelimit-Limit-Requests"] = []string{strconv.Itoa(l.Burst)}
	h["X-Ratelimit-Remaining-Requests"] = []string{strconv.FormatInt(left[0].Left, 10)}
	h["X-Ratelimit-Reset-Requests"] = []string{strconv.FormatFloat(left[0].Reset.Seconds(), 'f', 2, 64) + "s"}
	if refused >= 0 {
		s.o.Metrics.Limited(c.Request().Context(), "requests")
		return limited("Too many requests at once", left[0].Retry)
	}
	return nil
}

// admitted lets a request in that costs something, or says which limit of its key, shopper or tenant it would pass. What it holds
// is to be released when the answer is told.
func (s *Server) admitted(c echo.Context, who shop.Principal) (release func(), err error) {
	ctx := c.Request().Context()
	a, err := s.o.Ledger.Admit(ctx, who, c.Response().Header().Get("X-Request-Id"), true)
	a.Headers(c.Response().Header())
	if err != nil {
		s.o.Metrics.Limited(ctx, problemCode(err))
		return nil, err
	}
	return a.Release, nil
}

func problemCode(err error) string {
	var e *shop.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
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
	what := s.limits.open(c.Request().Context(), who)
	if what == "" {
		return nil
	}
	s.o.Metrics.Limited(c.Request().Context(), what)
	return &shop.Error{Kind: shop.Limited, Code: "daily_" + what, Msg: "Today's share of questions is used up. It starts anew at midnight UTC.", Retry: s.limits.midnight().Sub(s.o.Now())}
}

// budget of a shopper: so much of something a day (UTC).
func (m *limiter) budget(who shop.Principal, what string, n, limit int64) shop.Take {
	return shop.Take{Kind: shop.Sum, Key: who.Tenant + " day's " + what + " " + who.ID, N: n, Limit: limit, Until: m.midnight()}
}

func (m *limiter) midnight() time.Time {
	return m.now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
}

func (m *limiter) open(ctx context.Context, who shop.Principal) (exceeded string) {
	var ts []shop.Take
	var names []string
	if n := int64(m.l.Turns); n > 0 {
		ts, names = append(ts, m.budget(who, "turns", 1, n)), append(names, "turns")
	}
	if n := m.l.Tokens; n > 0 { // one token: refused when none is left
		ts, names = append(ts, m.budget(who, "tokens", 1, n)), append(names, "tokens")
	}
	if len(ts) == 0 {
		return ""
	}
	if _, refused := m.take(ctx, ts...); refused >= 0 {
		return names[refused]
	}
	return ""
}

// refund takes back an opened turn that was none: refused, or a message sent again.
func (m *limiter) refund(ctx context.Context, who shop.Principal) {
	if budgeted(who) && m.l.Turns > 0 {
		m.give(ctx, m.budget(who, "turns", 1, int64(m.l.Turns)))
	}
}

// builtIn is the rung of the model in this binary. Its tokens are an estimate of what costs nothing.
const builtIn = "rules"

// used counts a turn's tokens: once, however many streams show its end.
func (m *limiter) used(ctx context.Context, who shop.Principal, turn, rung string, u chat.Usage) {
	if !budgeted(who) || turn == "" || rung == builtIn || m.l.Tokens < 0 || u.Input+u.Output == 0 {
		return
	}
	ctx = context.WithoutCancel(ctx)
	once := shop.Take{Kind: shop.Sum, Key: who.Tenant + " turn " + turn, N: 1, Limit: 1, Until: m.now().Add(2 * time.Minute)}
	if _, refused := m.take(ctx, once); refused < 0 {
		m.give(ctx, m.budget(who, "tokens", -(u.Input+u.Output), m.l.Tokens))
	}
}

// quiet limits a route that needs no credential, by address.
func (s *Server) quiet(c echo.Context) error {
	if s.limits.address(c.Request().Context(), c.RealIP()) {
		return nil
	}
	s.o.Metrics.Limited(c.Request().Context(), "address")
	return limited("Too many requests from this address", 0)
}

var errDraining = &shop.Error{Kind: shop.Unavailable, Code: "draining", Msg: "This server is about to restart. Please try again in a moment.", Retry: 5 * time.Second}
