package usage_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/cluster"
	"shopkeeper/gateway/usage"
	"shopkeeper/shop"
)

type nowhere struct{}

func (nowhere) SaveCalls(context.Context, []chat.Call) error { return nil }

// ledgers are n replicas over one counter.
func ledgers(t *testing.T, n int, key, tenant shop.Limits, d usage.Default) []*usage.Ledger {
	t.Helper()
	shared := cluster.Memory()
	out := make([]*usage.Ledger, n)
	for i := range out {
		out[i] = usage.Open(usage.Options{
			Sink: nowhere{}, Counter: shared, Default: d, Limits: func(shop.Principal) (shop.Limits, shop.Limits) { return key, tenant },
		})
	}
	t.Cleanup(func() {
		for _, l := range out {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	return out
}

func limited(t *testing.T, err error, code string) *shop.Error {
	t.Helper()
	var e *shop.Error
	if !errors.As(err, &e) || e.Kind != shop.Limited || e.Code != code || e.Msg == "" || e.Retry < time.Second {
		t.Fatalf("error %+v, want %s", err, code)
	}
	return e
}

var (
	app = shop.Principal{Tenant: "a", Key: "k1", Role: shop.App}
	ann = shop.Principal{Tenant: "a", Key: "k2", ID: "ann", Role: shop.Shopper}
	bob = shop.Principal{Tenant: "a", Key: "k2", ID: "bob", Role: shop.Shopper}
)

func TestRequestsAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ls := ledgers(t, 2, shop.Limits{}, shop.Limits{Requests: 1000}, usage.Default{Key: shop.Limits{Requests: 60}})
		passed := 0
		for i := range 200 { // over two replicas
			if _, err := ls[i%2].Admit(t.Context(), app, "r", true); err == nil {
				passed++
			} else {
				limited(t, err, "rate_limit_exceeded")
			}
		}
		if passed != 60 {
			t.Errorf("%d requests passed", passed)
		}
		a, err := ls[0].Admit(t.Context(), shop.Principal{Tenant: "a", Key: "other", Role: shop.App}, "r", true)
		h := http.Header{}
		a.Headers(h)
		if err != nil || h.Get("x-ratelimit-limit-requests") != "60" || h.Get("x-ratelimit-remaining-requests") != "59" || h.Get("x-ratelimit-reset-requests") != "1.00s" {
			t.Errorf("another key: %v %v", err, h)
		}
		time.Sleep(30 * time.Second)
		passed = 0
		for range 100 {
			if _, err := ls[0].Admit(t.Context(), app, "r", true); err == nil {
				passed++
			}
		}
		if passed != 30 {
			t.Errorf("%d requests passed after half a minute", passed)
		}
	})
}

func TestStreamsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ls := ledgers(t, 2, shop.Limits{}, shop.Limits{}, usage.Default{Shopper: shop.Limits{Streams: 2}, Tenant: shop.Limits{Streams: 3}})
		one, err := ls[0].Admit(t.Context(), ann, "r1", true)
		two, err2 := ls[1].Admit(t.Context(), ann, "r2", true)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		_, err = ls[0].Admit(t.Context(), ann, "r3", true)
		limited(t, err, "too_many_streams")
		if _, err := ls[0].Admit(t.Context(), ann, "r4", false); err != nil {
			t.Errorf("a request that is no stream: %v", err)
		}
		three, err := ls[0].Admit(t.Context(), bob, "r5", true)
		if err != nil {
			t.Fatal(err)
		}
		_, err = ls[1].Admit(t.Context(), bob, "r6", true) // the tenant's
		limited(t, err, "too_many_streams")
		one.Release()
		one.Release()
		if _, err := ls[1].Admit(t.Context(), bob, "r6", true); err != nil {
			t.Errorf("after one ended: %v", err)
		}
		two.Release()
		three.Release()
	})
}

func TestTokensAreReservedAndSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ls := ledgers(t, 2, shop.Limits{Tokens: 1000}, shop.Limits{}, usage.Default{})
		r, err := ls[0].Reserve(t.Context(), app, 900, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = ls[1].Reserve(t.Context(), app, 200, 0)
		limited(t, err, "rate_limit_exceeded")
		r.Record(chat.Call{ID: "1", Usage: chat.Usage{Input: 80, Output: 20}})
		r.Settle()
		if _, err = ls[1].Reserve(t.Context(), app, 900, 0); err != nil {
			t.Errorf("after 100 were used: %v", err)
		}
		a, err := ls[0].Admit(t.Context(), app, "r", true)
		if err != nil || a.Tokens == nil || a.Tokens.Left != 0 || a.Tokens.Limit != 1000 {
			t.Errorf("headroom %+v, %v", a.Tokens, err)
		}
		_, err = ls[0].Reserve(t.Context(), app, 5000, 0) // never fits
		limited(t, err, "rate_limit_exceeded")
	})
}

func TestMoney(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ls := ledgers(t, 2, shop.Limits{}, shop.Limits{NanoDay: 1000, NanoMon: 1500}, usage.Default{})
		spend := func(l *usage.Ledger, reserve, use int64) error {
			r, err := l.Reserve(t.Context(), app, 1, reserve)
			if err != nil {
				return err
			}
			r.Record(chat.Call{ID: "x", Nano: use})
			r.Settle()
			return nil
		}
		for i, use := range []int64{100, 400, 450} { // 50 are left
			if err := spend(ls[i%2], 500, use); err != nil {
				t.Fatal(i, err)
			}
		}
		e := limited(t, spend(ls[0], 51, 0), "budget_spent")
		if e.Retry > 24*time.Hour {
			t.Errorf("again in %s", e.Retry)
		}
		if err := spend(ls[0], 50, 60); err != nil { // more than it asked for
			t.Fatal(err)
		}
		limited(t, spend(ls[1], 1, 0), "budget_spent")
		time.Sleep(24 * time.Hour)
		if err := spend(ls[1], 490, 490); err != nil { // the month had 1010 of 1500
			t.Fatal(err)
		}
		e = limited(t, spend(ls[1], 1, 0), "budget_spent")
		if e.Retry < 24*time.Hour {
			t.Errorf("the month's budget is there again in %s", e.Retry)
		}
	})
}

// A process that counts in memory begins with what was spent before it started.
func TestBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ls := ledgers(t, 1, shop.Limits{NanoDay: 100}, shop.Limits{NanoMon: 1000}, usage.Default{Shopper: shop.Limits{NanoMon: 500}})
		today := []usage.Spent{{Tenant: "a", Key: "k1", Nano: 90}}
		month := []usage.Spent{{Tenant: "a", Key: "k1", Nano: 400}, {Tenant: "a", Key: "k2", Person: ann.Subject(), Nano: 490}}
		if err := ls[0].Begin(t.Context(), today, month); err != nil {
			t.Fatal(err)
		}
		_, err := ls[0].Reserve(t.Context(), app, 0, 11)
		limited(t, err, "budget_spent")
		_, err = ls[0].Reserve(t.Context(), ann, 0, 11) // the shopper's
		limited(t, err, "budget_spent")
		_, err = ls[0].Reserve(t.Context(), bob, 0, 111) // the tenant's
		limited(t, err, "budget_spent")
		if _, err := ls[0].Reserve(t.Context(), app, 0, 10); err != nil {
			t.Error(err)
		}
	})
}

type broken struct{ usage.Counter }

func (broken) Take(context.Context, []shop.Take) ([]shop.Left, int, error) {
	return nil, -1, errors.New("gone")
}

// A counter that does not answer closes no shop.
func TestCounterDown(t *testing.T) {
	l := usage.Open(usage.Options{Sink: nowhere{}, Counter: broken{}, Default: usage.Default{Key: shop.Limits{Requests: 1, NanoDay: 1}}})
	if _, err := l.Admit(t.Context(), app, "r", true); err != nil {
		t.Error(err)
	}
	r, err := l.Reserve(t.Context(), app, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	r.Settle()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
