package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

// house is a sender over a real store, and a clock that moves when a test moves it.
type house struct {
	t      *testing.T
	store  *store.Store
	sender *Sender
	log    *lockedBuffer
	mu     sync.Mutex
	now    time.Time
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (h *house) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func open(t *testing.T, change func(o *Options)) *house {
	t.Helper()
	h := &house{t: t, log: &lockedBuffer{}, now: time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)}
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "shop.db"), store.Options{Now: h.Now})
	must(t, err)
	t.Cleanup(func() { must(t, st.Close()) })
	h.store = st
	must(t, st.PutTenant(t.Context(), shop.Tenant{ID: "acme", Name: "Acme", Currency: "USD", Zone: "UTC", Lang: "en"}))
	must(t, st.PutPeople(t.Context(), "acme", []shop.Person{
		{ID: "ann", Name: "Ann Li", Email: "Ann.Li@Example.com", Lang: "en"},
		{ID: "wei", Name: "王伟", Email: "wei@example.com", Lang: "zh-CN"},
		{ID: "two", Email: "shared@example.com"},
		{ID: "three", Email: "Shared@example.com"},
		{ID: "mute"},
	}))
	o := Options{
		Outbox: st, Codes: st, People: st, Now: h.Now, Log: slog.New(slog.NewTextHandler(h.log, nil)),
		Tenant: func(id string) shop.Tenant { return shop.Tenant{ID: id, Name: "Acme", Lang: "en"} },
	}
	if change != nil {
		change(&o)
	}
	h.sender = New(o)
	return h
}

// pump tries once what is due.
func (h *house) pump() (tried int) {
	h.t.Helper()
	ms, err := h.store.LeaseOutbox(h.t.Context(), 100, leaseFor)
	must(h.t, err)
	for _, m := range ms {
		h.sender.try(h.t.Context(), m)
	}
	return len(ms)
}

// only is the one message of the outbox.
func (h *house) only() shop.OutboxMessage {
	h.t.Helper()
	ms, err := h.store.Outbox(h.t.Context(), "acme", 9)
	must(h.t, err)
	if len(ms) != 1 {
		h.t.Fatalf("%d messages: %+v", len(ms), ms)
	}
	return ms[0]
}

// box keeps mails.
type box struct {
	mu    sync.Mutex
	mails []Mail
	err   error
}

func (b *box) Mail(_ context.Context, m Mail) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return b.err
	}
	b.mails = append(b.mails, m)
	return nil
}

func (b *box) Check(context.Context) error { return b.err }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func raw(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
