package assistant

import (
	"context"
	"errors"
	"iter"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// live is a turn that runs on this replica.
type live struct {
	tenant    string
	task      string
	turn      string
	cancel    context.CancelCauseFunc
	followers int
	started   bool        // by Start: it outlives its readers by the grace
	timer     *time.Timer // runs while a started turn has no follower
}

// replay is a finished turn whose events the log no longer has, kept from Start to the Follow of the same request.
type replay struct {
	events []chat.Event
	made   time.Time
}

const maxReplays = 1000

// Run answers within the iteration: break, or the end of ctx, cancels model and tools at once, and what was written is stored
// as cancelled. An error is yielded only before the turn began; afterwards the ending is an event. A repeated message id
// yields the first turn's events again.
func (a *Assistant) Run(ctx context.Context, t Turn) iter.Seq2[chat.Event, error] {
	return func(yield func(chat.Event, error) bool) {
		o, err := a.open(ctx, t)
		if err != nil {
			yield(chat.Event{}, err)
			return
		}
		if again, ok := a.again(o); ok {
			for _, e := range again {
				if !yield(e, nil) {
					return
				}
			}
			if o.begun.Running != "" {
				a.Log.Follow(ctx, o.place(), first(o.begun)-1)(yield)
			}
			return
		}
		r := a.newRun(o, func(e chat.Event) bool { return yield(e, nil) })
		a.register(o, &live{tenant: t.Who.Tenant, task: t.Task, turn: o.begun.Turn, cancel: o.cancel})
		r.begin()
		r.answer()
	}
}

// Start stores the message and answers in the background; the caller follows from Started.After. ctx may end at any
// moment: the message is stored and answered. The turn is cancelled once nobody has followed it for Grace.
func (a *Assistant) Start(ctx context.Context, t Turn) (Started, error) {
	if err := ctx.Err(); err != nil {
		return Started{}, err
	}
	own, disown := context.WithCancelCause(context.WithoutCancel(ctx))
	o, err := a.open(own, t)
	if err != nil {
		disown(err)
		return Started{}, err
	}
	st := Started{Conversation: o.turn.Conversation, Turn: o.begun.Turn, After: first(o.begun) - 1}
	if again, ok := a.again(o); ok {
		disown(nil)
		st.Repeated = o.begun.Turn != "" || o.begun.Repeated != nil || o.begun.Running != ""
		switch {
		case o.begun.Running != "":
			st.Turn = o.begun.Running
		case len(again) > 0:
			st.Turn, st.After = again[0].Turn, again[0].ID-1
			a.keep(o.place(), again)
		}
		return st, nil
	}
	r := a.newRun(o, nil)
	a.register(o, &live{tenant: t.Who.Tenant, task: t.Task, turn: o.begun.Turn, cancel: o.cancel, started: true})
	r.begin() // before returning: whoever follows now finds a running turn
	go func() {
		defer disown(nil)
		r.answer()
	}()
	return st, nil
}

// first is the id of the first event of the turn that was opened, or that runs already.
func first(b chat.Begun) int64 {
	if b.Running != "" {
		return b.Conversation.Turns << 20
	}
	return b.Number << 20
}

// again is what a message gets that opens no turn: a repeated one, or one to a conversation that a person answers.
func (a *Assistant) again(o *opening) ([]chat.Event, bool) {
	switch {
	case o.begun.Running != "":
		return nil, true
	case o.begun.Repeated != nil:
		return o.begun.Repeated.Events, true
	case o.begun.Turn == "":
		id := o.begun.Conversation.Turns<<20 | 1<<19 // after the events of the last turn
		owner := o.begun.Conversation.Owner
		return []chat.Event{
			{ID: id, Kind: chat.EvBegun, Text: a.newID()},
			{ID: id + 1, Kind: chat.EvOwner, Owner: &owner},
			{ID: id + 2, Kind: chat.EvEnded, Ending: chat.Completed},
		}, true
	}
	return nil, false
}

func (a *Assistant) keep(place string, es []chat.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	for k, r := range a.replays {
		if now.Sub(r.made) > time.Minute || len(a.replays) >= maxReplays {
			delete(a.replays, k)
		}
	}
	if a.replays == nil {
		a.replays = map[string]replay{}
	}
	a.replays[place] = replay{es, now}
}

func (a *Assistant) register(o *opening, l *live) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.live == nil {
		a.live = map[string]*live{}
	}
	a.live[o.place()] = l
	if a.Off != nil && a.Off(l.tenant, l.task) { // since it was asked at the door
		l.cancel(errOff)
	}
	if l.started {
		l.timer = time.AfterFunc(a.grace(), func() { a.expire(o.place(), l) })
	}
}

func (a *Assistant) grace() time.Duration {
	if a.Grace > 0 {
		return a.Grace
	}
	return 15 * time.Second
}

// expire ends a turn that nobody follows, here or on another replica.
func (a *Assistant) expire(place string, l *live) {
	w, _ := a.Log.(Watched)
	watched := w != nil && w.Watched(context.Background(), place)
	a.mu.Lock()
	alone := l.followers == 0
	if alone && watched && a.live[place] == l {
		l.timer.Reset(a.grace())
	}
	a.mu.Unlock()
	if alone && !watched {
		l.cancel(errLeft)
	}
}

func (a *Assistant) unregister(o *opening) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if l := a.live[o.place()]; l != nil && l.turn == o.begun.Turn {
		if l.timer != nil {
			l.timer.Stop()
		}
		delete(a.live, o.place())
	}
}

// join counts a follower of the running turn; the function returned counts it out.
func (a *Assistant) join(place string) func() {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.live[place]
	if l == nil {
		return func() {}
	}
	l.followers++
	if l.timer != nil {
		l.timer.Stop()
	}
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		l.followers--
		if l.started && l.followers == 0 && a.live[place] == l {
			l.timer.Reset(a.grace())
		}
	}
}

// Follow yields the events after an id, of a running turn until its end. Nothing running and nothing kept: it is empty.
// Another principal's conversation is NotFound.
func (a *Assistant) Follow(ctx context.Context, who shop.Principal, conversation string, after int64) iter.Seq2[chat.Event, error] {
	return func(yield func(chat.Event, error) bool) {
		b, err := a.History.Read(ctx, who, conversation)
		if err != nil {
			yield(chat.Event{}, err)
			return
		}
		at := place(who, b)
		if es, ok := a.take(at, after); ok {
			for _, e := range es {
				if e.ID > after && !yield(e, nil) {
					return
				}
			}
			return
		}
		defer a.join(at)()
		a.Log.Follow(ctx, at, after)(yield)
	}
}

func (a *Assistant) take(place string, after int64) ([]chat.Event, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r, ok := a.replays[place]
	if !ok || len(r.events) == 0 || r.events[0].ID != after+1 {
		return nil, false
	}
	delete(a.replays, place)
	return r.events, true
}

// Stop ends the running turn of a conversation as cancelled, whichever replica runs it. Nothing running is no error.
func (a *Assistant) Stop(ctx context.Context, who shop.Principal, conversation string) error {
	b, err := a.History.Read(ctx, who, conversation)
	if err != nil {
		return err
	}
	return a.Lease.Stop(ctx, place(who, b))
}

// problem is what a client may see of an error.
func problem(err error, lang string) *shop.Error {
	var e *shop.Error
	if errors.As(err, &e) {
		return &shop.Error{Kind: e.Kind, Msg: e.Msg, Code: e.Code, Retry: e.Retry}
	}
	return &shop.Error{Kind: shop.Internal, Msg: say(lang, sayBroken)}
}
