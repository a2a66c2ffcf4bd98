package notify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/shop"
)

// queue is an outbox in memory that notes how messages were settled.
type queue struct {
	Outbox
	mu      sync.Mutex
	waiting []shop.OutboxMessage
	settled map[string]shop.OutboxResult
	down    bool
}

func (q *queue) LeaseOutbox(_ context.Context, limit int, _ time.Duration) ([]shop.OutboxMessage, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.down {
		return nil, errors.New("the database is away")
	}
	n := min(limit, len(q.waiting))
	out := q.waiting[:n]
	q.waiting = q.waiting[n:]
	return out, nil
}

func (q *queue) SettleOutbox(ctx context.Context, m shop.OutboxMessage, r shop.OutboxResult) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.settled[m.ID] = r
	return nil
}

func (q *queue) done() map[string]shop.OutboxResult {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := map[string]shop.OutboxResult{}
	for id, r := range q.settled {
		out[id] = r
	}
	return out
}

// slow is a mailer that takes its time.
type slow struct {
	mu        sync.Mutex
	takes     time.Duration
	now, most int
}

func (s *slow) Mail(ctx context.Context, _ Mail) error {
	s.mu.Lock()
	s.now++
	s.most = max(s.most, s.now)
	takes := s.takes
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.now--
	}()
	select {
	case <-time.After(takes):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *slow) underWay() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *slow) Check(context.Context) error { return nil }

type everybody struct{ People }

func (everybody) Person(context.Context, shop.Principal) (shop.Person, error) {
	return shop.Person{ID: "ann", Email: "ann@example.com"}, nil
}

func newQueue(n int) *queue {
	q := &queue{settled: map[string]shop.OutboxResult{}}
	for i := range n {
		q.waiting = append(q.waiting, shop.OutboxMessage{
			Tenant: "acme", ID: fmt.Sprint("m", i), Kind: shop.OutboxMail, Topic: shop.MailReply, Tries: 1, Created: time.Now(),
			Payload: raw(shop.ReplyMail{For: shop.Principal{Tenant: "acme", ID: "ann", Role: shop.Shopper}}),
		})
	}
	return q
}

// A bounded number goes at once; when it is told to end it leases nothing more and waits for what is under way.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, m := newQueue(20), &slow{takes: 4 * time.Second}
		s := New(Options{Outbox: q, People: everybody{}})
		s.Set(Setup{Mailer: m})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		time.Sleep(3 * time.Second)
		if now := m.underWay(); now != atOnce || len(q.done()) != 0 {
			t.Errorf("%d at once", now)
		}
		time.Sleep(3 * time.Second) // the second eight are under way
		began := time.Now()
		stop()
		must(t, <-ended)
		if took := time.Since(began); took < time.Second || took > 4*time.Second || len(q.done()) != 2*atOnce || m.most != atOnce {
			t.Errorf("it took %s, %d are settled, %d at once", took, len(q.done()), m.most)
		}
		for id, r := range q.done() {
			if r.State != shop.OutboxSent {
				t.Errorf("%s: %+v", id, r)
			}
		}
	})
}

// What does not end in time is cut short and left to be tried again; a try has its own end besides.
func TestRunCutsShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, m := newQueue(1), &slow{takes: time.Hour}
		s := New(Options{Outbox: q, People: everybody{}})
		s.Set(Setup{Mailer: m})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		time.Sleep(time.Second)
		began := time.Now()
		stop()
		must(t, <-ended)
		if r := q.done()["m0"]; time.Since(began) != drainWithin || r.State != shop.OutboxWaiting {
			t.Errorf("after %s: %+v", time.Since(began), r)
		}

		q = newQueue(1)
		s.o.Outbox = q
		ctx, stop = context.WithCancel(t.Context())
		go func() { ended <- s.Run(ctx) }()
		time.Sleep(tryWithin + time.Second)
		synctest.Wait()
		if r := q.done()["m0"]; r.State != shop.OutboxWaiting {
			t.Errorf("a try without end: %+v", r)
		}
		stop()
		must(t, <-ended)
	})
}

// While the database is away it goes on looking.
func TestRunOutlivesTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, m := newQueue(1), &slow{}
		q.down = true
		s := New(Options{Outbox: q, People: everybody{}})
		s.Set(Setup{Mailer: m})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		time.Sleep(time.Minute)
		q.mu.Lock()
		q.down = false
		q.mu.Unlock()
		time.Sleep(time.Second)
		stop()
		must(t, <-ended)
		if len(q.done()) != 1 {
			t.Errorf("%+v", q.done())
		}
	})
}
