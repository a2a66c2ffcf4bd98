package api

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

const (
	// deskPoll is how often a live desk looks for what changed: on any replica, without a word between them. What changes here is
	// looked for at once.
	deskPoll    = 150 * time.Millisecond
	deskOverlap = time.Second // a change may become visible after a later one: the last moments are looked at again
	deskPage    = 500
)

// liveDesks look for changes once for all agents of a tenant who listen here.
type liveDesks struct {
	mu sync.Mutex
	of map[string]*liveDesk
}

type liveDesk struct {
	mu      sync.Mutex
	readers map[chan deskEvent]struct{}
	look    chan struct{} // something changed here: look at once
	stop    context.CancelFunc
	done    chan struct{}
}

// deskEvent is a row as it was at a moment.
type deskEvent struct {
	at   int64 // microseconds: the event's id
	data []byte
}

// changed says that something of a tenant's desk, or of one conversation, is new.
func (s *Server) changed(tenant, conversation string) {
	s.news.tell(tenant + "/" + conversation)
	if s.o.Suggester != nil {
		s.o.Suggester.Arrived()
	}
	s.desks.mu.Lock()
	defer s.desks.mu.Unlock()
	if l := s.desks.of[tenant]; l != nil {
		select {
		case l.look <- struct{}{}:
		default:
		}
	}
}

// listen joins a tenant's desk. The channel is closed for a reader who does not keep up; who stops calls the function.
func (s *Server) listenDesk(who shop.Principal) (chan deskEvent, func()) {
	s.desks.mu.Lock()
	defer s.desks.mu.Unlock()
	l := s.desks.of[who.Tenant]
	if l == nil {
		ctx, stop := context.WithCancel(context.Background())
		l = &liveDesk{readers: map[chan deskEvent]struct{}{}, look: make(chan struct{}, 1), stop: stop, done: make(chan struct{})}
		if s.desks.of == nil {
			s.desks.of = map[string]*liveDesk{}
		}
		s.desks.of[who.Tenant] = l
		go s.lookAfter(ctx, l, shop.Principal{Tenant: who.Tenant, ID: who.ID, Role: shop.Admin}, s.o.Now())
	}
	ch := make(chan deskEvent, deskPage)
	l.mu.Lock()
	l.readers[ch] = struct{}{}
	l.mu.Unlock()
	return ch, func() {
		s.desks.mu.Lock()
		l.mu.Lock()
		delete(l.readers, ch)
		last := len(l.readers) == 0 && s.desks.of[who.Tenant] == l
		l.mu.Unlock()
		if last {
			delete(s.desks.of, who.Tenant)
			l.stop()
		}
		s.desks.mu.Unlock()
		if last {
			<-l.done
		}
	}
}

// lookAfter tells the readers of a desk what changes, until the last of them has gone.
func (s *Server) lookAfter(ctx context.Context, l *liveDesk, who shop.Principal, after time.Time) {
	defer close(l.done)
	tick := time.NewTicker(deskPoll)
	defer tick.Stop()
	type tellings struct {
		at   time.Time
		data string
	}
	told := map[string]tellings{} // in the overlap
	var seen map[string][]desk.Viewer
	for ctx.Err() == nil {
		rows, err := s.o.Desk.DeskChanged(ctx, who, after.Add(-deskOverlap), deskPage)
		viewers, err2 := s.o.Desk.Viewers(ctx, who)
		if err == nil && err2 == nil {
			page := len(rows) == deskPage && rows[0].Updated.Before(rows[deskPage-1].Updated.Add(-deskOverlap))
			if seen != nil {
				rows = append(rows, s.lookedAt(ctx, who, seen, viewers)...)
			}
			seen = viewers
			for _, w := range rows {
				if w.Updated.After(after) {
					after = w.Updated
				}
				e := s.deskEvent(w, after)
				if told[w.ID].data != string(e.data) {
					told[w.ID] = tellings{w.Updated, string(e.data)}
					l.tell(e)
				}
			}
			for id, t := range told {
				if t.at.Before(after.Add(-2 * deskOverlap)) {
					delete(told, id)
				}
			}
			if page {
				continue
			}
		}
		select {
		case <-tick.C:
		case <-l.look:
		case <-ctx.Done():
		}
	}
}

// lookedAt are the rows of conversations that others look at than before.
func (s *Server) lookedAt(ctx context.Context, who shop.Principal, before, now map[string][]desk.Viewer) (out []desk.Row) {
	look := func(id string) {
		if w, err := s.o.Desk.DeskRow(ctx, who, id); err == nil {
			out = append(out, w)
		}
	}
	for id, vs := range now {
		if !slices.Equal(vs, before[id]) {
			look(id)
		}
	}
	for id := range before {
		if now[id] == nil {
			look(id)
		}
	}
	return out
}

func (s *Server) deskEvent(w desk.Row, at time.Time) deskEvent {
	b, err := encode(s.deskRow(w))
	if err != nil {
		return deskEvent{}
	}
	return deskEvent{at.UnixMicro(), b}
}

func (l *liveDesk) tell(e deskEvent) {
	if e.data == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for ch := range l.readers {
		select {
		case ch <- e:
		default:
			close(ch) // it comes back with its Last-Event-ID
			delete(l.readers, ch)
		}
	}
}

// deskEvents tells an agent every conversation that changes, as its row; ids are moments, and Last-Event-ID (or `after`) goes on
// after one: a place is never lost, since what is told is how the conversations are. As long as it is read the agent is online.
func (s *Server) deskEvents(c echo.Context) error {
	who := callerOf(c).who
	after := s.o.Now()
	last := c.Request().Header.Get("Last-Event-ID")
	if last == "" {
		last = c.QueryParam("after")
	}
	if last != "" {
		n, err := strconv.ParseInt(last, 10, 64)
		if err != nil || n < 0 {
			return invalid("Last-Event-ID", "Last-Event-ID must be an id of this stream.")
		}
		after = time.UnixMicro(n)
	}
	ctx, cancel := context.WithCancel(c.Request().Context())
	defer cancel()
	out := newSSE(c.Response(), s.ping, cancel)
	defer out.close()
	if err := out.write([]byte(": live\n\n")); err != nil {
		return nil
	}
	if err := s.o.Desk.Present(ctx, who); err != nil {
		return nil
	}
	news, stop := s.listenDesk(who)
	defer stop()
	for full := true; full; { // what was missed
		rows, err := s.o.Desk.DeskChanged(ctx, who, after.Add(-deskOverlap), deskPage)
		if err != nil {
			return nil // the store is away, or the reader left: who comes back is told
		}
		for _, w := range rows {
			if w.Updated.After(after) {
				after = w.Updated
			}
			e := s.deskEvent(w, after)
			if out.send(eventID(e.at), "conversation", e.data) != nil {
				return nil
			}
		}
		full = len(rows) == deskPage && rows[0].Updated.Before(after.Add(-deskOverlap))
	}
	there := time.NewTicker(deskThere)
	defer there.Stop()
	end := time.NewTicker(2 * deskPoll)
	defer end.Stop()
	for {
		select {
		case <-end.C:
		case e, ok := <-news:
			if !ok || out.send(eventID(max(e.at, after.UnixMicro())), "conversation", e.data) != nil {
				return nil
			}
		case <-there.C:
			if s.o.Desk.Present(ctx, who) != nil {
				return nil
			}
		case <-ctx.Done():
			return nil
		}
		if s.draining.Load() {
			return nil // the client comes back to another replica
		}
	}
}

// deskThere is how often a live desk says that its agent is there.
const deskThere = 15 * time.Second

// news wakes those who wait for something of a conversation.
type news struct {
	mu   sync.Mutex
	wait map[string]map[chan struct{}]struct{}
}

// of gives a channel that gets something with each change; who stops calls the function.
func (n *news) of(name string) (<-chan struct{}, func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	ch := make(chan struct{}, 1)
	if n.wait == nil {
		n.wait = map[string]map[chan struct{}]struct{}{}
	}
	if n.wait[name] == nil {
		n.wait[name] = map[chan struct{}]struct{}{}
	}
	n.wait[name][ch] = struct{}{}
	return ch, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.wait[name], ch)
		if len(n.wait[name]) == 0 {
			delete(n.wait, name)
		}
	}
}

func (n *news) tell(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for ch := range n.wait[name] {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}
