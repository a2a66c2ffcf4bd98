package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// event n of a turn.
func event(turn, n int64, kind chat.EventKind) chat.Event {
	return chat.Event{ID: turn<<20 + n, Turn: fmt.Sprintf("t%d", turn), Kind: kind, Text: fmt.Sprintf("%d.%d", turn, n)}
}

func put(t *testing.T, c *Cluster, conversation string, es ...chat.Event) {
	t.Helper()
	for _, e := range es {
		if err := c.Append(t.Context(), conversation, e); err != nil {
			t.Fatal(err)
		}
	}
}

// whole turn of n events.
func whole(t *testing.T, c *Cluster, conversation string, turn, n int64) {
	t.Helper()
	put(t, c, conversation, event(turn, 0, chat.EvBegun))
	for i := int64(1); i < n-1; i++ {
		put(t, c, conversation, event(turn, i, chat.EvText))
	}
	put(t, c, conversation, event(turn, n-1, chat.EvEnded))
}

// follow reads to the end.
func follow(ctx context.Context, c *Cluster, conversation string, after int64) (texts string, err error) {
	var all []string
	for e, err := range c.Follow(ctx, conversation, after) {
		if err != nil {
			return strings.Join(all, " "), err
		}
		all = append(all, e.Text)
	}
	return strings.Join(all, " "), nil
}

func want(t *testing.T, c *Cluster, after int64, texts string) {
	t.Helper()
	got, err := follow(t.Context(), c, "c", after)
	if err != nil || got != texts {
		t.Errorf("after %d: %q, %v; want %q", after, got, err, texts)
	}
}

// in runs fn with a clock of its own.
func in(t *testing.T, fn func(t *testing.T, c *Cluster)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { fn(t, Memory()) })
}

func TestFollowAnEndedTurn(t *testing.T) {
	in(t, func(t *testing.T, c *Cluster) {
		want(t, c, 0, "") // nothing was ever there
		whole(t, c, "c", 1, 4)
		want(t, c, 0, "1.0 1.1 1.2 1.3")
		want(t, c, 1<<20+1, "1.2 1.3")
		want(t, c, 1<<20+3, "")
		want(t, c, 9<<20, "")
		whole(t, c, "c", 2, 3)
		want(t, c, 1<<20+1, "1.2 1.3 2.0 2.1 2.2")
		want(t, c, 2<<20-1, "2.0 2.1 2.2")
		time.Sleep(keep)
		want(t, c, 2<<20, "2.1 2.2")
		time.Sleep(time.Second)
		want(t, c, 2<<20, "")
	})
}

func TestFollowARunningTurn(t *testing.T) {
	in(t, func(t *testing.T, c *Cluster) {
		whole(t, c, "c", 1, 3)
		put(t, c, "c", event(2, 0, chat.EvBegun), event(2, 1, chat.EvText))
		var wg sync.WaitGroup
		for after, texts := range map[int64]string{
			0: "1.0 1.1 1.2 2.0 2.1 2.2 2.3", 2<<20 - 1: "2.0 2.1 2.2 2.3", 2 << 20: "2.1 2.2 2.3", 2<<20 + 1: "2.2 2.3", 2<<20 + 2: "2.3",
		} {
			wg.Go(func() { want(t, c, after, texts) })
		}
		synctest.Wait()
		put(t, c, "c", event(2, 2, chat.EvText))
		time.Sleep(10 * time.Minute) // a slow tool
		put(t, c, "c", event(2, 3, chat.EvEnded))
		wg.Wait()
		// Another turn begins at once: those who followed the second are not carried into it.
		put(t, c, "c", event(3, 0, chat.EvBegun))
		got := make(chan string, 1)
		go func() {
			s, _ := follow(t.Context(), c, "c", 2<<20+3)
			got <- s
		}()
		synctest.Wait()
		put(t, c, "c", event(3, 1, chat.EvEnded))
		if s := <-got; s != "3.0 3.1" {
			t.Errorf("followed %q", s)
		}
	})
}

// A follower that is slower than the turns after its own ends with its own.
func TestFollowEndsWithItsTurn(t *testing.T) {
	in(t, func(t *testing.T, c *Cluster) {
		put(t, c, "c", event(1, 0, chat.EvBegun))
		var got []string
		for e, err := range c.Follow(t.Context(), "c", 0) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e.Text)
			if e.ID == 1<<20 {
				put(t, c, "c", event(1, 1, chat.EvEnded), event(2, 0, chat.EvBegun))
			}
		}
		if s := strings.Join(got, " "); s != "1.0 1.1" {
			t.Errorf("followed %q", s)
		}
	})
}

func TestFollowEndsWithItsContext(t *testing.T) {
	in(t, func(t *testing.T, c *Cluster) {
		put(t, c, "c", event(1, 0, chat.EvBegun))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if s, err := follow(ctx, c, "c", 0); s != "1.0" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%q, %v", s, err)
		}
		for range c.Follow(t.Context(), "c", 0) { // a break leaves nothing behind
			break
		}
	})
}

func TestAppendKeepsTheOrder(t *testing.T) {
	in(t, func(t *testing.T, c *Cluster) {
		put(t, c, "c", event(1, 0, chat.EvBegun), event(1, 2, chat.EvText), event(1, 1, chat.EvText), event(1, 2, chat.EvText), event(1, 3, chat.EvEnded))
		want(t, c, 0, "1.0 1.2 1.3")
		put(t, c, "other", event(1, 0, chat.EvBegun))
		want(t, c, 0, "1.0 1.2 1.3")
	})
}

// However much is written, what is held is bounded, and the newest is there.
func TestMemoryIsBounded(t *testing.T) {
	in(t, func(t *testing.T, c *Cluster) {
		put(t, c, "c", event(1, 0, chat.EvBegun))
		e := event(1, 0, chat.EvText)
		e.Text = strings.Repeat("x", 10_000)
		for i := int64(1); i < 2000; i++ {
			e.ID = 1<<20 + i
			put(t, c, "c", e)
		}
		for i := int64(2000); i < 60_000; i++ {
			put(t, c, "c", event(1, i, chat.EvText))
		}
		put(t, c, "c", event(1, 60_000, chat.EvEnded))
		l := c.logs["c"]
		sum := 0
		for _, e := range l.events {
			sum += size(e)
		}
		if len(l.events) > maxEvents || sum > maxBytes || l.bytes != sum {
			t.Errorf("%d events, %d bytes, counted %d", len(l.events), sum, l.bytes)
		}
		want(t, c, 1<<20+59_998, "1.59999 1.60000")

		// Conversations that ended are forgotten, running ones are not.
		for i := range 1000 {
			whole(t, c, fmt.Sprintf("c%d", i), 1, 2)
		}
		put(t, c, "runs", event(1, 0, chat.EvBegun))
		time.Sleep(2 * keep)
		put(t, c, "new", event(1, 0, chat.EvBegun))
		if len(c.logs) != 2 {
			t.Errorf("%d conversations are held", len(c.logs))
		}
	})
}

func TestLease(t *testing.T) {
	in(t, func(t *testing.T, c *Cluster) {
		ctx, release, err := c.Lease(t.Context(), "c", "t1")
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = c.Lease(t.Context(), "c", "t2")
		var e *shop.Error
		if !errors.As(err, &e) || e.Kind != shop.Busy || e.Msg == "" {
			t.Errorf("error %v", err)
		}
		_, other, err := c.Lease(t.Context(), "another", "t1")
		if err != nil {
			t.Fatal(err)
		}
		defer other()
		if ctx.Err() != nil {
			t.Fatal("the lease is over")
		}
		release()
		if ctx.Err() == nil || errors.Is(context.Cause(ctx), chat.ErrStopped) {
			t.Errorf("given back: %v", context.Cause(ctx))
		}
		_, second, err := c.Lease(t.Context(), "c", "t2")
		if err != nil {
			t.Fatal(err)
		}
		release() // again: it must not take the second one's lease
		if _, _, err := c.Lease(t.Context(), "c", "t3"); err == nil {
			t.Error("the lease was given away twice")
		}
		second()
	})
}

func TestStop(t *testing.T) {
	in(t, func(t *testing.T, c *Cluster) {
		if err := c.Stop(t.Context(), "c"); err != nil { // nothing runs
			t.Fatal(err)
		}
		ctx, release, err := c.Lease(t.Context(), "c", "t1")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Stop(t.Context(), "other"); err != nil || ctx.Err() != nil {
			t.Errorf("another's stop: %v, %v", err, ctx.Err())
		}
		for range 2 {
			if err := c.Stop(t.Context(), "c"); err != nil {
				t.Fatal(err)
			}
		}
		if !errors.Is(context.Cause(ctx), chat.ErrStopped) {
			t.Errorf("cause %v", context.Cause(ctx))
		}
		// The turn still owns the conversation until it gave the lease back.
		if _, _, err := c.Lease(t.Context(), "c", "t2"); err == nil {
			t.Error("a stopped turn lost its lease before it ended")
		}
		release()
		parent, cancel := context.WithCancel(t.Context())
		ctx, release, err = c.Lease(parent, "c", "t2")
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if ctx.Err() == nil || errors.Is(context.Cause(ctx), chat.ErrStopped) {
			t.Errorf("cause %v", context.Cause(ctx))
		}
		release()
	})
}

func TestManyAtOnce(t *testing.T) {
	c := Memory()
	var turns atomic.Int64
	var wg sync.WaitGroup
	for i := range 8 {
		id := fmt.Sprintf("c%d", i%4)
		wg.Go(func() {
			for n := range 20 {
				ctx, release, err := c.Lease(t.Context(), id, "t")
				if err != nil {
					continue
				}
				turn := turns.Add(1)
				for k := range int64(5) {
					put(t, c, id, event(turn, k, chat.EvText))
				}
				put(t, c, id, event(turn, 5, chat.EvEnded))
				if n%3 == 0 {
					_ = c.Stop(ctx, id)
				}
				release()
			}
		})
		wg.Go(func() {
			for range 20 {
				last := int64(0)
				for e, err := range c.Follow(t.Context(), id, 0) {
					if err != nil || e.ID <= last {
						t.Errorf("event %d after %d, %v", e.ID, last, err)
					}
					last = e.ID
				}
			}
		})
	}
	wg.Wait()
}
