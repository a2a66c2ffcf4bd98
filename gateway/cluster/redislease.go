package cluster

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"shopkeeper/shop"
)

// held is a lease of this process.
type held struct {
	value string
	lost  context.CancelCauseFunc
}

// stops is the topic on which conversations are named whose turn is to end.
const stops = "stop"

var (
	errBusy = &shop.Error{Kind: shop.Busy, Msg: "An answer is still being written in this conversation; wait for it or stop it."}
	errLost = errors.New("another replica took the conversation over")
)

var (
	renewScript = rueidis.NewLuaScript(`
local v = redis.call('GET', KEYS[1])
if v and v ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`)
	freeScript = rueidis.NewLuaScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`)
)

// Lease implements assistant.Lease. A replica that dies loses its leases within two seconds; while Redis is away a lease is this
// process's alone, and what keeps two replicas apart is the open turn in the database.
func (r *Redis) Lease(ctx context.Context, conversation, turn string) (context.Context, func(), error) {
	leased, free, err := r.local.Lease(ctx, conversation, turn)
	if err != nil {
		return nil, nil, err
	}
	value := r.id + " " + turn
	k := key("lease", conversation)
	if c := r.client(); c != nil {
		ask, cancel := r.brief(ctx)
		err := r.failed(ask, c.Do(ask, c.B().Set().Key(k).Value(value).Nx().PxMilliseconds(leaseFor.Milliseconds()).Build()).Error())
		cancel()
		switch {
		case rueidis.IsRedisNil(err):
			free()
			return nil, nil, errBusy
		case err != nil && ctx.Err() != nil:
			free()
			return nil, nil, ctx.Err()
		}
	}
	leased, lose := context.WithCancelCause(leased)
	h := &held{value: value, lost: lose}
	r.mu.Lock()
	r.leases[conversation] = h
	r.mu.Unlock()
	return leased, func() {
		r.mu.Lock()
		mine := r.leases[conversation] == h
		if mine {
			delete(r.leases, conversation)
		}
		r.mu.Unlock()
		if c := r.client(); c != nil && mine {
			ask, cancel := r.brief(context.WithoutCancel(ctx))
			_ = r.failed(ask, freeScript.Exec(ask, c, []string{k}, []string{value}).Error()) // else it goes with its time
			cancel()
		}
		lose(nil)
		free()
	}, nil
}

// renewLeases tells Redis that the turns here still run. One that another replica has taken over meanwhile ends.
func (r *Redis) renewLeases(ctx context.Context) {
	c := r.client()
	if c == nil {
		return
	}
	r.mu.Lock()
	now := make(map[string]*held, len(r.leases))
	for k, h := range r.leases {
		now[k] = h
	}
	r.mu.Unlock()
	if len(now) == 0 {
		return
	}
	ctx, cancel := context.WithTimeoutCause(ctx, time.Second, errSlow)
	defer cancel()
	calls := make([]rueidis.LuaExec, 0, len(now))
	names := make([]string, 0, len(now))
	for k, h := range now {
		calls = append(calls, rueidis.LuaExec{Keys: []string{key("lease", k)}, Args: []string{h.value, strconv.FormatInt(leaseFor.Milliseconds(), 10)}})
		names = append(names, k)
	}
	for i, res := range renewScript.ExecMulti(ctx, c, calls...) {
		kept, err := res.AsInt64()
		if r.failed(ctx, err) != nil {
			return
		}
		if kept == 0 {
			now[names[i]].lost(errLost)
		}
	}
	// One that was given back meanwhile was perhaps renewed after that, and would keep the next turn waiting for its time.
	var back []rueidis.LuaExec
	r.mu.Lock()
	for i, k := range names {
		if r.leases[k] != now[k] {
			back = append(back, rueidis.LuaExec{Keys: calls[i].Keys, Args: calls[i].Args[:1]})
		}
	}
	r.mu.Unlock()
	if len(back) > 0 {
		for _, res := range freeScript.ExecMulti(ctx, c, back...) {
			_ = r.failed(ctx, res.Error()) // else it goes with its time
		}
	}
}

// Stop implements assistant.Lease: whichever replica runs the turn hears of it.
func (r *Redis) Stop(ctx context.Context, conversation string) error {
	_ = r.local.Stop(ctx, conversation) // never fails
	return r.Publish(ctx, stops, []byte(conversation))
}

// leased says whether any replica works on a conversation; an error: it is not known.
func (r *Redis) leased(ctx context.Context, conversation string) (bool, error) {
	c := r.client()
	if c == nil {
		return false, errAway
	}
	ctx, cancel := r.brief(ctx)
	defer cancel()
	n, err := c.Do(ctx, c.B().Exists().Key(key("lease", conversation)).Build()).AsInt64()
	return n > 0, r.failed(ctx, err)
}
