package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"shopkeeper/gateway/chat"
)

// wire is an event as Redis keeps it. What a model wrote as arguments may be no JSON.
type wire struct {
	chat.Event
	Call *wireCall `json:"call,omitempty"`
}

type wireCall struct {
	ID, Name string
	Args     []byte
}

func encodeEvent(e chat.Event) (string, error) {
	w := wire{Event: e}
	if e.Call != nil {
		w.Call = &wireCall{e.Call.ID, e.Call.Name, e.Call.Args}
	}
	if e.Problem != nil {
		p := *e.Problem
		p.Err = nil // the cause is for the log of the replica that has it
		w.Problem = &p
	}
	b, err := json.Marshal(w)
	return string(b), err
}

func decodeEvent(s string) (chat.Event, error) {
	var w wire
	if err := json.Unmarshal([]byte(s), &w); err != nil {
		return chat.Event{}, fmt.Errorf("read event: %w", err)
	}
	e := w.Event
	if w.Call != nil {
		e.Call = &chat.ToolCall{ID: w.Call.ID, Name: w.Call.Name, Args: w.Call.Args}
	}
	return e, nil
}

// Append implements assistant.Log. Followers here see the event at once, those on other replicas within sendIn.
func (r *Redis) Append(ctx context.Context, conversation string, e chat.Event) error {
	if err := r.local.Append(ctx, conversation, e); err != nil {
		return err
	}
	if !r.up.Load() {
		return nil
	}
	r.mu.Lock()
	r.pending[conversation] = append(r.pending[conversation], e)
	now := e.Kind == chat.EvEnded || e.Kind == chat.EvBegun
	r.mu.Unlock()
	if now {
		select {
		case r.kick <- struct{}{}:
		default:
		}
	}
	return nil
}

// send brings events to Redis, those of all conversations in one go.
func (r *Redis) send(ctx context.Context) {
	defer r.work.Done()
	tick := time.NewTicker(sendIn)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			r.flush(last)
			cancel()
			return
		case <-tick.C:
		case <-r.kick:
		}
		r.flush(ctx)
	}
}

// flush returns when everything that was appended before is in Redis, or cannot be.
func (r *Redis) flush(ctx context.Context) {
	r.sending.Lock()
	defer r.sending.Unlock()
	r.mu.Lock()
	if len(r.pending) == 0 {
		r.mu.Unlock()
		return
	}
	now := r.pending
	r.pending = map[string][]chat.Event{}
	r.mu.Unlock()
	c := r.client()
	if c == nil {
		return
	}
	var cmds []rueidis.Completed
	for conversation, events := range now {
		k := key("log", conversation)
		ended := false
		for _, e := range events {
			text, err := encodeEvent(e)
			if err != nil {
				r.log.Error("event cannot be shared", "conversation", conversation, "error", err)
				continue
			}
			// Redis refuses an id that is not newer than the last, as the log must.
			cmds = append(cmds, c.B().Xadd().Key(k).Maxlen().Almost().Threshold(strconv.Itoa(maxEvents)).Id(strconv.FormatInt(e.ID, 10)+"-1").
				FieldValue().FieldValue("e", text).Build())
			ended = e.Kind == chat.EvEnded
		}
		ttl := time.Hour
		if ended {
			ttl = keep
		}
		cmds = append(cmds, c.B().Pexpire().Key(k).Milliseconds(ttl.Milliseconds()).Build())
	}
	ctx, cancel := context.WithTimeoutCause(ctx, time.Second, errSlow)
	defer cancel()
	for _, res := range c.DoMulti(ctx, cmds...) {
		if err := r.failed(ctx, res.Error()); err != nil && !strings.Contains(err.Error(), "equal or smaller") {
			r.log.Warn("events could not be shared", "error", err)
			return
		}
	}
}

// Follow implements assistant.Log: from this process when it writes the conversation's events now, or wrote the last of them, else
// from Redis. It ends when the replica that writes them died.
func (r *Redis) Follow(ctx context.Context, conversation string, after int64) iter.Seq2[chat.Event, error] {
	c := r.client()
	if c == nil || r.local.writing(conversation) {
		return r.local.Follow(ctx, conversation, after)
	}
	return func(yield func(chat.Event, error) bool) {
		r.flush(context.WithoutCancel(ctx)) // what was written here a moment ago
		last, turn, running, err := r.state(ctx, c, conversation)
		switch {
		case err != nil && ctx.Err() != nil:
			yield(chat.Event{}, ctx.Err())
			return
		case err != nil, r.local.last(conversation) > last: // written while Redis was away
			r.local.Follow(ctx, conversation, after)(yield)
			return
		case last == 0:
			return
		case !running:
			turn = ""
		}
		r.follow(ctx, c, conversation, after, turn, running, yield)
	}
}

// state of a conversation's log: the id of the last event (0: there is none), its turn, and whether that turn runs.
func (r *Redis) state(ctx context.Context, c rueidis.Client, conversation string) (id int64, turn string, running bool, err error) {
	ctx, cancel := r.brief(ctx)
	defer cancel()
	list, err := c.Do(ctx, c.B().Xrevrange().Key(key("log", conversation)).End("+").Start("-").Count(1).Build()).AsXRange()
	if err = r.failed(ctx, err); err != nil && !rueidis.IsRedisNil(err) {
		return 0, "", false, err
	}
	if len(list) == 0 {
		return 0, "", false, nil
	}
	e, err := decodeEvent(list[0].FieldValues["e"])
	return e.ID, e.Turn, e.Kind != chat.EvEnded, err
}

func (r *Redis) follow(ctx context.Context, c rueidis.Client, conversation string, after int64, turn string, running bool, yield func(chat.Event, error) bool) {
	k := key("log", conversation)
	for ctx.Err() == nil {
		r.join(ctx, c, conversation)
		var page map[string][]rueidis.XRangeEntry
		wait, cancel := context.WithTimeoutCause(ctx, beat+time.Second, errSlow)
		read := c.B().Xread().Count(500)
		id := strconv.FormatInt(max(after, 0), 10) + "-1"
		var err error
		if running {
			page, err = c.Do(wait, read.Block(beat.Milliseconds()).Streams().Key(k).Id(id).Build()).AsXRead()
		} else {
			page, err = c.Do(wait, read.Streams().Key(k).Id(id).Build()).AsXRead()
		}
		cancel()
		if ctx.Err() != nil {
			break
		}
		if err = r.failed(wait, err); err != nil && !rueidis.IsRedisNil(err) {
			yield(chat.Event{}, fmt.Errorf("follow a turn of another replica: %w", err))
			return
		}
		es := page[k]
		for i, x := range es {
			e, err := decodeEvent(x.FieldValues["e"])
			if err != nil || !yield(e, err) {
				return
			}
			after = e.ID
			if e.Kind == chat.EvEnded && (e.Turn == turn || turn == "" && i == len(es)-1) {
				return
			}
		}
		if len(es) > 0 {
			continue
		}
		if !running {
			return
		}
		if alive, err := r.leased(ctx, conversation); err == nil && !alive {
			// The turn ended between two looks, or its replica is gone: what it wrote last is there now.
			running = false
		}
	}
	yield(chat.Event{}, ctx.Err())
}

// join says that somebody follows, so that the replica which writes does not take the conversation for left.
func (r *Redis) join(ctx context.Context, c rueidis.Client, conversation string) {
	ctx, cancel := r.brief(ctx)
	defer cancel()
	_ = r.failed(ctx, c.Do(ctx, c.B().Set().Key(key("reader", conversation)).Value(r.id).PxMilliseconds(3000).Build()).Error())
}

// Watched says whether somebody on another replica follows the conversation.
func (r *Redis) Watched(ctx context.Context, conversation string) bool {
	c := r.client()
	if c == nil {
		return false
	}
	ctx, cancel := r.brief(ctx)
	defer cancel()
	n, err := c.Do(ctx, c.B().Exists().Key(key("reader", conversation)).Build()).AsInt64()
	return r.failed(ctx, err) == nil && n > 0
}
