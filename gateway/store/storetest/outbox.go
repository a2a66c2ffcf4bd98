package storetest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

func event(id string) shop.OutboxMessage {
	return shop.OutboxMessage{Tenant: "a", ID: id, Kind: shop.OutboxWebhook, Topic: "suggestions.ready", Payload: []byte(`{"n":1}`)}
}

func lease(t testing.TB, s *store.Store, n int) []shop.OutboxMessage {
	t.Helper()
	ms, err := s.LeaseOutbox(t.Context(), n, time.Minute)
	must(t, err)
	return ms
}

func testOutbox(t *testing.T, db *database) {
	s := db.shop(t)
	ctx := t.Context()
	same(t, "messages of an empty outbox", len(lease(t, s, 9)), 0)
	must(t, s.Enqueue(ctx, event("m1")))
	again := event("m1")
	again.Payload = []byte(`{"n":2}`)
	must(t, s.Enqueue(ctx, again)) // is there already
	later := event("m2")
	later.Due = db.clock.Now().Add(time.Hour)
	must(t, s.Enqueue(ctx, later))
	for name, m := range map[string]shop.OutboxMessage{
		"no tenant": {Kind: shop.OutboxMail, Topic: "code", Payload: []byte(`{}`)}, "no topic": {Tenant: "a", Kind: shop.OutboxMail, Payload: []byte(`{}`)},
		"no kind": {Tenant: "a", Topic: "code", Payload: []byte(`{}`)}, "no JSON": {Tenant: "a", Kind: shop.OutboxMail, Topic: "code", Payload: []byte(`{`)},
	} {
		if err := s.Enqueue(ctx, m); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}

	ms := lease(t, s, 9)
	if len(ms) != 1 || ms[0].ID != "m1" || ms[0].Tries != 1 || string(ms[0].Payload) != `{"n":1}` || ms[0].Topic != "suggestions.ready" || ms[0].Created.IsZero() {
		t.Fatalf("leased %+v", ms)
	}
	same(t, "while it is leased", len(lease(t, s, 9)), 0)
	db.clock.pass(2 * time.Minute) // whoever had it died
	second := lease(t, s, 9)
	if len(second) != 1 || second[0].Tries != 2 {
		t.Fatalf("leased again %+v", second)
	}
	refused(t, s.SettleOutbox(ctx, ms[0], shop.OutboxResult{State: shop.OutboxSent}), shop.Conflict) // too late
	must(t, s.SettleOutbox(ctx, second[0], shop.OutboxResult{State: shop.OutboxWaiting, Wait: time.Minute, Problem: strings.Repeat("é", 600)}))
	same(t, "while it waits", len(lease(t, s, 9)), 0)
	db.clock.pass(2 * time.Minute)
	third := lease(t, s, 9)
	if len(third) != 1 || third[0].Tries != 3 || third[0].Problem != strings.Repeat("é", 500) {
		t.Fatalf("third try %+v", third)
	}
	must(t, s.SettleOutbox(ctx, third[0], shop.OutboxResult{State: shop.OutboxSent}))
	db.clock.pass(2 * time.Hour)
	due := lease(t, s, 9)
	if len(due) != 1 || due[0].ID != "m2" {
		t.Fatalf("later %+v", due)
	}
	must(t, s.SettleOutbox(ctx, due[0], shop.OutboxResult{State: shop.OutboxFailed, Problem: "410"}))
	all, err := s.Outbox(ctx, "a", 9)
	must(t, err)
	var got []string
	for _, m := range all {
		got = append(got, fmt.Sprint(m.ID, " ", m.State, " ", m.Problem, string(m.Payload)))
	}
	same(t, "settled", strings.Join(got, ", "), `m2 failed 410{}, m1 sent {}`)

	must(t, s.Enqueue(ctx, event("m3")))
	cut := db.clock.Now()
	old, err := s.Old(ctx, store.KeptOutbox, cut)
	must(t, err)
	gone, err := s.Sweep(ctx, store.KeptOutbox, cut)
	must(t, err)
	same(t, "old and swept", fmt.Sprint(old, gone), "2 2")
	same(t, "what waits stays", len(lease(t, s, 9)), 1)
}

// Each message is leased once, however many replicas look for work at once.
func testOutboxRaces(t *testing.T, db *database) {
	stores := []*store.Store{db.shop(t), db.open(t)}
	for i := range 40 {
		must(t, stores[0].Enqueue(t.Context(), event(fmt.Sprint("m", i))))
	}
	var mu sync.Mutex
	seen := map[string]int{}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for {
				ms, err := stores[i%2].LeaseOutbox(t.Context(), 3, time.Hour)
				if err != nil {
					t.Error(err)
				}
				if len(ms) == 0 {
					return
				}
				mu.Lock()
				for _, m := range ms {
					seen[m.ID]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) < 40 { // a replica that finds another at work may find nothing; what is left is still there
		for _, m := range lease(t, stores[0], 40) {
			seen[m.ID]++
		}
	}
	same(t, "messages", len(seen), 40)
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s is leased %d times", id, n)
		}
	}
}
