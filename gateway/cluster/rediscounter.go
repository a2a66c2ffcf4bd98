package cluster

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"shopkeeper/shop"
)

//go:embed take.lua
var takeText string

var takeScript = rueidis.NewLuaScript(takeText)

// hold is a place that this process holds.
type hold struct{ key, id string }

// Take implements usage.Counter, for all replicas, in one round trip.
func (r *Redis) Take(ctx context.Context, ts []shop.Take) ([]shop.Left, int, error) {
	if len(ts) == 0 {
		return nil, -1, nil
	}
	left, refused, err := r.count(ctx, "take", ts)
	if err != nil {
		if ctx.Err() != nil {
			return nil, -1, ctx.Err()
		}
		return r.local.Take(ctx, ts)
	}
	if refused < 0 {
		r.remember(ts)
	}
	return left, refused, nil
}

// Give implements usage.Counter. What was taken while Redis was away is given back in memory too.
func (r *Redis) Give(ctx context.Context, ts []shop.Take) error {
	if len(ts) == 0 {
		return nil
	}
	r.mu.Lock()
	for _, t := range ts {
		delete(r.holds, hold{t.Key, t.ID})
	}
	r.mu.Unlock()
	_, _, err := r.count(ctx, "give", ts)
	if err != nil {
		return r.local.Give(ctx, ts)
	}
	for _, t := range ts {
		if t.Kind == shop.Hold {
			_ = r.local.Give(ctx, []shop.Take{t}) // never fails
		}
	}
	return nil
}

func (r *Redis) remember(ts []shop.Take) {
	for _, t := range ts {
		if t.Kind == shop.Hold {
			r.mu.Lock()
			r.holds[hold{t.Key, t.ID}] = struct{}{}
			r.mu.Unlock()
		}
	}
}

var errAway = fmt.Errorf("Redis does not answer")

func (r *Redis) count(ctx context.Context, how string, ts []shop.Take) (left []shop.Left, refused int, err error) {
	c := r.client()
	if c == nil {
		return nil, -1, errAway
	}
	keys, args := make([]string, len(ts)), make([]string, 1, 1+6*len(ts))
	args[0] = how
	for i, t := range ts {
		keys[i] = key("count", t.Key)
		var until int64
		if !t.Until.IsZero() {
			until = t.Until.UnixMilli()
		}
		args = append(args, strconv.Itoa(int(t.Kind)), strconv.FormatInt(t.N, 10), strconv.FormatInt(max(t.Limit, 1), 10),
			strconv.FormatInt(t.Window.Microseconds(), 10), strconv.FormatInt(until, 10), t.ID)
	}
	ctx, cancel := r.brief(ctx)
	defer cancel()
	out, err := takeScript.Exec(ctx, c, keys, args).ToArray()
	if err = r.failed(ctx, err); err != nil {
		return nil, -1, err
	}
	ns := make([]int64, len(out))
	for i, m := range out {
		if ns[i], err = number(m); err != nil {
			return nil, -1, fmt.Errorf("read counts: %w", err)
		}
	}
	if len(ns) == 0 {
		return nil, -1, fmt.Errorf("read counts: the answer is empty")
	}
	left = make([]shop.Left, len(ts))
	for i := 0; 3+3*i < len(ns) && i < len(ts); i++ {
		left[i] = shop.Left{Left: ns[1+3*i], Reset: time.Duration(ns[2+3*i]) * time.Microsecond, Retry: time.Duration(ns[3+3*i]) * time.Microsecond}
	}
	return left, int(ns[0]), nil
}

// renewHolds keeps the places of this process: without it they are free after ten seconds.
func (r *Redis) renewHolds(ctx context.Context) {
	c := r.client()
	if c == nil {
		return
	}
	until := float64(time.Now().Add(10 * time.Second).UnixMilli())
	r.mu.Lock()
	cmds := make([]rueidis.Completed, 0, 2*len(r.holds))
	seen := map[string]bool{}
	for h := range r.holds {
		k := key("count", h.key)
		cmds = append(cmds, c.B().Zadd().Key(k).Xx().ScoreMember().ScoreMember(until, h.id).Build())
		if !seen[k] {
			seen[k] = true
			cmds = append(cmds, c.B().Pexpire().Key(k).Milliseconds(20_000).Build())
		}
	}
	r.mu.Unlock()
	if len(cmds) == 0 {
		return
	}
	ctx, cancel := context.WithTimeoutCause(ctx, 2*time.Second, errSlow)
	defer cancel()
	for _, res := range c.DoMulti(ctx, cmds...) {
		if r.failed(ctx, res.Error()) != nil {
			return
		}
	}
}
