package usage

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// Default are the limits of everybody who has none of their own.
type Default struct {
	Key, Shopper, Tenant shop.Limits
}

// SetDefault replaces the limits of everybody who has none of their own.
func (l *Ledger) SetDefault(d Default) { l.defaults.Store(&d) }

// party is one of those whose limits a request must keep.
type party struct {
	kind, name string // kind: key, shopper, tenant
	limits     shop.Limits
}

// parties are the key, the shopper if there is one, and the tenant, with the limits in force.
func (l *Ledger) parties(who shop.Principal) [3]party {
	d := l.defaults.Load()
	key, tenant := l.o.Limits(who)
	ps := [3]party{{kind: "key", name: who.Key, limits: over(key, d.Key)}, {}, {kind: "tenant", limits: over(tenant, d.Tenant)}}
	if who.Role == shop.Shopper {
		ps[1] = party{kind: "shopper", name: who.Subject(), limits: d.Shopper}
	}
	return ps
}

// over lays limits of one's own over the general ones.
func over(own, d shop.Limits) shop.Limits {
	or := func(a, b int64) int64 {
		if a != 0 {
			return a
		}
		return b
	}
	return shop.Limits{
		Requests: or(own.Requests, d.Requests), Tokens: or(own.Tokens, d.Tokens), Streams: or(own.Streams, d.Streams),
		NanoDay: or(own.NanoDay, d.NanoDay), NanoMon: or(own.NanoMon, d.NanoMon),
	}
}

// Admission is a request that was let in.
type Admission struct {
	Requests, Tokens *Headroom // the tightest of those that apply; nil: none does

	release func()
}

// Headroom is what a limit leaves.
type Headroom struct {
	Limit, Left int64
	Reset       time.Duration
}

// Release lets the places of a stream go. It may be called again.
func (a *Admission) Release() {
	if a.release != nil {
		a.release()
		a.release = nil
	}
}

// Headers says what is left, as OpenAI's clients read it.
func (a *Admission) Headers(h http.Header) {
	for name, r := range map[string]*Headroom{"Requests": a.Requests, "Tokens": a.Tokens} {
		if r == nil {
			continue
		}
		h["X-Ratelimit-Limit-"+name] = []string{strconv.FormatInt(r.Limit, 10)}
		h["X-Ratelimit-Remaining-"+name] = []string{strconv.FormatInt(r.Left, 10)}
		h["X-Ratelimit-Reset-"+name] = []string{strconv.FormatFloat(r.Reset.Seconds(), 'f', 2, 64) + "s"}
	}
}

func (h *Headroom) tighter(l int64, left shop.Left) *Headroom {
	if h != nil && h.Left <= left.Left {
		return h
	}
	return &Headroom{l, left.Left, left.Reset}
}

// takes collects what is to be counted, and what to say when it is refused.
type takes struct {
	list []shop.Take
	what []refusal
	room [8]shop.Take
	said [8]refusal
}

type refusal struct {
	code, msg string
	rate      int // 1 requests, 2 tokens
}

func (t *takes) add(take shop.Take, r refusal) {
	if t.list == nil {
		t.list, t.what = t.room[:0], t.said[:0]
	}
	t.list, t.what = append(t.list, take), append(t.what, r)
}

// Admit lets a request in, or says which limit it would pass (a *shop.Error of kind Limited). One that is
// costly holds a place of each party until Release; id names the holder. When the counters do not answer, requests pass: a limit is no
// reason to close a shop.
func (l *Ledger) Admit(ctx context.Context, who shop.Principal, id string, costly bool) (a Admission, err error) {
	if l == nil || l.o.Counter == nil {
		return a, nil
	}
	var ts takes
	if costly {
		for _, p := range l.parties(who) {
			key := who.Tenant + " " + p.kind + " " + p.name
			if n := p.limits.Requests; n > 0 {
				ts.add(shop.Take{Kind: shop.Rate, Key: key + " requests", N: 1, Limit: n, Window: time.Minute},
					refusal{"rate_limit_exceeded", "This " + p.kind + " has used up its requests of the minute. Please wait and try again.", 1})
			}
			if n := p.limits.Tokens; n > 0 { // how many are left: what they are taken for is known later
				ts.add(shop.Take{Kind: shop.Rate, Key: key + " tokens", Limit: n, Window: time.Minute},
					refusal{"rate_limit_exceeded", tokensSpent(p.kind), 2})
			}
			if n := p.limits.Streams; n > 0 {
				ts.add(shop.Take{Kind: shop.Hold, Key: key + " streams", ID: id, N: 1, Limit: n},
					refusal{"too_many_streams", "This " + p.kind + " has as many answers under way as it may have at once. Please wait for one to end.", 0})
			}
		}
	}
	if len(ts.list) == 0 {
		return a, nil
	}
	left, refused, err := l.o.Counter.Take(ctx, ts.list)
	if err != nil {
		if ctx.Err() != nil {
			return a, ctx.Err()
		}
		l.o.Log.WarnContext(ctx, "limits are not counted", "error", err)
		return a, nil
	}
	for i, r := range ts.what {
		if i >= len(left) {
			break
		}
		switch r.rate {
		case 1:
			a.Requests = a.Requests.tighter(ts.list[i].Limit, left[i])
		case 2:
			a.Tokens = a.Tokens.tighter(ts.list[i].Limit, left[i])
		}
	}
	if refused >= 0 {
		r := ts.what[refused]
		return a, &shop.Error{Kind: shop.Limited, Code: r.code, Msg: r.msg, Retry: max(left[refused].Retry, time.Second)}
	}
	var held []shop.Take
	for _, t := range ts.list {
		if t.Kind == shop.Hold {
			held = append(held, t)
		}
	}
	if held != nil {
		a.release = func() { l.give(held) }
	}
	return a, nil
}

func tokensSpent(kind string) string {
	return "This " + kind + " has used up its tokens of the minute. Please wait, or ask for a shorter answer (max_tokens)."
}

// give returns what was taken. It is done whatever became of the request.
func (l *Ledger) give(ts []shop.Take) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := l.o.Counter.Give(ctx, ts); err != nil {
		l.o.Log.Warn("limits could not be settled", "error", err)
	}
}

// Reserve sets tokens and money aside. It implements route.Meter; its error is a *shop.Error of kind Limited: code budget_spent when it
// is money that is missing.
func (l *Ledger) Reserve(ctx context.Context, who shop.Principal, tokens, nano int64) (chat.Reserved, error) {
	r := &reserved{l: l, tokens: tokens, nano: nano}
	if l.o.Counter == nil {
		return r, nil
	}
	var ts takes
	var day, month time.Time
	for _, p := range l.parties(who) {
		key := who.Tenant + " " + p.kind + " " + p.name
		if n := p.limits.Tokens; n > 0 {
			ts.add(shop.Take{Kind: shop.Rate, Key: key + " tokens", N: tokens, Limit: n, Window: time.Minute}, refusal{"rate_limit_exceeded", tokensSpent(p.kind), 0})
		}
		if (p.limits.NanoDay > 0 || p.limits.NanoMon > 0) && day.IsZero() {
			day, month = ends(l.o.Now())
		}
		if n := p.limits.NanoDay; n > 0 {
			ts.add(shop.Take{Kind: shop.Sum, Key: key + " day", N: nano, Limit: n, Until: day},
				refusal{"budget_spent", "Today's budget of this " + p.kind + " is spent. It begins anew at midnight UTC.", 0})
		}
		if n := p.limits.NanoMon; n > 0 {
			ts.add(shop.Take{Kind: shop.Sum, Key: key + " month", N: nano, Limit: n, Until: month},
				refusal{"budget_spent", "This month's budget of this " + p.kind + " is spent. It begins anew on the 1st, UTC.", 0})
		}
	}
	if len(ts.list) == 0 {
		return r, nil
	}
	left, refused, err := l.o.Counter.Take(ctx, ts.list)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		l.o.Log.WarnContext(ctx, "limits are not counted", "error", err)
		return r, nil
	case refused >= 0:
		why := ts.what[refused]
		return nil, &shop.Error{Kind: shop.Limited, Code: why.code, Msg: why.msg, Retry: max(left[refused].Retry, time.Second)}
	}
	r.taken = append([]shop.Take(nil), ts.list...)
	return r, nil
}

// ends of the day and the month, UTC.
func ends(now time.Time) (day, month time.Time) {
	y, m, d := now.UTC().Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC), time.Date(y, m+1, 1, 0, 0, 0, 0, time.UTC)
}

// Begin counts what was spent already, by key, shopper and tenant: for counters that a restart emptied. Today and month are the sums
// of the current day and month.
func (l *Ledger) Begin(ctx context.Context, today, month []Spent) error {
	endDay, endMonth := ends(l.o.Now())
	var ts []shop.Take
	for _, p := range []struct {
		name  string
		until time.Time
		list  []Spent
	}{{" day", endDay, today}, {" month", endMonth, month}} {
		sums := map[string]int64{}
		for _, s := range p.list {
			sums[s.Tenant+" key "+s.Key+p.name] += s.Nano
			sums[s.Tenant+" tenant "+p.name] += s.Nano
			if d := l.defaults.Load().Shopper; d.NanoDay > 0 || d.NanoMon > 0 {
				sums[s.Tenant+" shopper "+s.Person+p.name] += s.Nano
			}
		}
		for k, n := range sums {
			ts = append(ts, shop.Take{Kind: shop.Sum, Key: k, N: -n, Limit: math.MaxInt64, Until: p.until})
		}
	}
	if len(ts) == 0 {
		return nil
	}
	return l.o.Counter.Give(ctx, ts)
}

// reserved is what one request set aside.
type reserved struct {
	l            *Ledger
	taken        []shop.Take
	tokens, nano int64

	mu                   sync.Mutex
	usedTokens, usedNano int64
}

func (r *reserved) Record(c chat.Call) {
	r.mu.Lock()
	r.usedTokens += c.Usage.Input + c.Usage.Output
	r.usedNano += c.Nano
	r.mu.Unlock()
	r.l.Write(c)
}

// Settle gives back what was not used, and takes what was used above.
func (r *reserved) Settle() {
	if len(r.taken) == 0 {
		return
	}
	r.mu.Lock()
	tokens, nano := r.tokens-r.usedTokens, r.nano-r.usedNano
	r.mu.Unlock()
	back := r.taken[:0]
	for _, t := range r.taken {
		if t.N = tokens; t.Kind == shop.Sum {
			t.N = nano
		}
		if t.N != 0 {
			back = append(back, t)
		}
	}
	if len(back) > 0 {
		r.l.give(back)
	}
}
