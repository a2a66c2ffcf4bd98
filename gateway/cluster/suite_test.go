package cluster

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"go.uber.org/goleak"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// replica is what every back end must be.
type replica interface {
	Append(ctx context.Context, conversation string, e chat.Event) error
	Follow(ctx context.Context, conversation string, after int64) iter.Seq2[chat.Event, error]
	Lease(ctx context.Context, conversation, turn string) (context.Context, func(), error)
	Stop(ctx context.Context, conversation string) error
	Take(ctx context.Context, ts []shop.Take) ([]shop.Left, int, error)
	Give(ctx context.Context, ts []shop.Take) error
}

// redisServer is the server for tests. Without one the test is left out, in CI it fails.
func redisServer(t testing.TB) string {
	t.Helper()
	where := os.Getenv("SHOPKEEPER_TEST_REDIS")
	if where == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("SHOPKEEPER_TEST_REDIS names no server: .ci/test starts one")
		}
		t.Skip("needs a Redis server: SHOPKEEPER_TEST_REDIS=redis://…")
	}
	return where
}

func openRedis(t testing.TB, where string) *Redis {
	t.Helper()
	r, err := openRedisWithin(context.Background(), where, nil, patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// The twin of the server runs scripts slowly, on a machine that is busy with other tests.
const patience = 10 * time.Second

var tests atomic.Int64

// Two replicas over each back end. Names are the test's own: a real server is shared.
func TestReplicas(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) (a, b replica){
		"memory": func(*testing.T) (replica, replica) { c := Memory(); return c, c },
		"miniredis": func(t *testing.T) (replica, replica) {
			m := miniredis.RunT(t)
			return openRedis(t, "redis://"+m.Addr()), openRedis(t, "redis://"+m.Addr())
		},
		"redis": func(t *testing.T) (replica, replica) {
			where := redisServer(t)
			return openRedis(t, where), openRedis(t, where)
		},
	} {
		t.Run(name, func(t *testing.T) {
			for name, fn := range map[string]func(t *testing.T, a, b replica, name string){
				"Follow": suiteFollow, "FollowRunning": suiteFollowRunning, "Lease": suiteLease, "Stop": suiteStop, "Rate": suiteRate, "Sum": suiteSum, "Hold": suiteHold,
				"AllOrNothing": suiteAllOrNothing, "OddEvents": suiteOddEvents,
			} {
				t.Run(name, func(t *testing.T) {
					a, b := open(t)
					part(t, fn, a, b)
				})
			}
		})
	}
}

func part(t *testing.T, fn func(t *testing.T, a, b replica, name string), a, b replica) {
	fn(t, a, b, fmt.Sprintf("%s %d %d", t.Name(), tests.Add(1), time.Now().UnixNano()))
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 300 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

func textsOf(t *testing.T, r replica, conversation string, after int64) string {
	t.Helper()
	var out []string
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for e, err := range r.Follow(ctx, conversation, after) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e.Text)
	}
	return strings.Join(out, " ")
}

func say(t *testing.T, r replica, conversation string, es ...chat.Event) {
	t.Helper()
	for _, e := range es {
		if err := r.Append(t.Context(), conversation, e); err != nil {
			t.Fatal(err)
		}
	}
}

func suiteFollow(t *testing.T, a, b replica, c string) {
	if got := textsOf(t, b, c, 0); got != "" {
		t.Errorf("of nothing: %q", got)
	}
	say(t, a, c, event(1, 0, chat.EvBegun), event(1, 1, chat.EvText), event(1, 1, chat.EvText), event(1, 2, chat.EvEnded))
	eventually(t, "the other replica sees the turn", func() bool { return textsOf(t, b, c, 0) == "1.0 1.1 1.2" })
	if got := textsOf(t, b, c, 1<<20); got != "1.1 1.2" {
		t.Errorf("from the second on: %q", got)
	}
	say(t, b, c, event(2, 0, chat.EvBegun), event(2, 1, chat.EvEnded)) // the conversation goes on elsewhere
	eventually(t, "the first replica sees the second turn", func() bool { return textsOf(t, a, c, 1<<20+2) == "2.0 2.1" })
	if got := textsOf(t, b, c, 1<<20+1); got != "1.2 2.0 2.1" {
		t.Errorf("over both turns: %q", got)
	}
}

func suiteFollowRunning(t *testing.T, a, b replica, c string) {
	_, free, err := a.Lease(t.Context(), c, "t1")
	if err != nil {
		t.Fatal(err)
	}
	defer free()
	say(t, a, c, event(1, 0, chat.EvBegun))
	got := make(chan string, 2)
	for _, r := range []replica{a, b} {
		go func() {
			var s string
			defer func() { got <- s }()
			for i := 0; s == "" && i < 100; i++ { // the first event is on its way
				s = textsOf(t, r, c, 0)
			}
		}()
	}
	for n := range 20 {
		time.Sleep(30 * time.Millisecond)
		say(t, a, c, event(1, int64(n+1), chat.EvText))
	}
	say(t, a, c, event(1, 21, chat.EvEnded))
	want := "1.0"
	for n := range 21 {
		want += fmt.Sprintf(" 1.%d", n+1)
	}
	for range 2 {
		if s := <-got; s != want {
			t.Errorf("followed %q", s)
		}
	}
}

func suiteOddEvents(t *testing.T, a, b replica, c string) {
	e := chat.Event{
		ID: 1 << 20, Turn: "t", Kind: chat.EvCall, Call: &chat.ToolCall{ID: "c1", Name: "x", Args: []byte("not \xff JSON")},
		Card: &shop.Card{Kind: "order", ID: "7", Data: []byte(`{"a":1}`)}, Problem: &shop.Error{Kind: shop.Unavailable, Msg: "no", Code: "x", Err: errors.New("cause")},
	}
	say(t, a, c, e, chat.Event{ID: 1<<20 + 1, Turn: "t", Kind: chat.EvEnded, Ending: chat.Failed, Usage: chat.Usage{Input: 3}})
	var es []chat.Event
	eventually(t, "the events arrive", func() bool {
		es = nil
		for e, err := range b.Follow(t.Context(), c, 0) {
			if err != nil {
				t.Fatal(err)
			}
			es = append(es, e)
		}
		return len(es) == 2
	})
	if string(es[0].Call.Args) != "not \xff JSON" || string(es[0].Card.Data) != `{"a":1}` || es[0].Problem.Code != "x" || es[1].Usage.Input != 3 {
		t.Errorf("%+v", es)
	}
}

func suiteLease(t *testing.T, a, b replica, c string) {
	ctx, free, err := a.Lease(t.Context(), c, "t1")
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Second) // longer than a lease lives that nobody renews
	for _, r := range []replica{a, b} {
		var e *shop.Error
		if _, _, err := r.Lease(t.Context(), c, "t2"); !errors.As(err, &e) || e.Kind != shop.Busy {
			t.Fatalf("leased twice: %v", err)
		}
	}
	if ctx.Err() != nil {
		t.Errorf("the lease ended: %v", context.Cause(ctx))
	}
	free()
	free()
	if ctx.Err() == nil {
		t.Error("a lease that was given back goes on")
	}
	_, free, err = b.Lease(t.Context(), c, "t2")
	if err != nil {
		t.Fatal(err)
	}
	free()
}

func suiteStop(t *testing.T, a, b replica, c string) {
	ctx, free, err := a.Lease(t.Context(), c, "t1")
	if err != nil {
		t.Fatal(err)
	}
	defer free()
	time.Sleep(300 * time.Millisecond) // subscriptions are made
	if err := b.Stop(t.Context(), c+" another"); err != nil {
		t.Fatal(err)
	}
	if err := b.Stop(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ctx.Done():
	case <-time.After(5 * time.Second):
		t.Fatal("the other replica's stop did not arrive")
	}
	if !errors.Is(context.Cause(ctx), chat.ErrStopped) {
		t.Errorf("cause %v", context.Cause(ctx))
	}
}

// both takes over two replicas at once, n times, and counts what passed.
func both(t *testing.T, a, b replica, n int, take func(i int) shop.Take) int {
	t.Helper()
	var passed atomic.Int64
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			r := a
			if i%2 == 1 {
				r = b
			}
			_, refused, err := r.Take(context.Background(), []shop.Take{take(i)})
			if err != nil {
				t.Error(err)
			}
			if refused < 0 {
				passed.Add(1)
			}
		})
	}
	wg.Wait()
	return int(passed.Load())
}

func suiteRate(t *testing.T, a, b replica, c string) {
	rate := shop.Take{Kind: shop.Rate, Key: c, N: 1, Limit: 50, Window: time.Hour}
	if n := both(t, a, b, 200, func(int) shop.Take { return rate }); n != 50 {
		t.Errorf("%d of 200 passed, the limit is 50", n)
	}
	left, refused, err := a.Take(t.Context(), []shop.Take{rate})
	if err != nil || refused != 0 || left[0].Left != 0 || left[0].Retry < time.Minute || left[0].Retry > 73*time.Second || left[0].Reset < 59*time.Minute {
		t.Errorf("refused %d, left %+v, %v", refused, left, err)
	}
	rate.N = 10
	if err := b.Give(t.Context(), []shop.Take{rate}); err != nil {
		t.Fatal(err)
	}
	rate.N = 0
	if left, refused, err = a.Take(t.Context(), []shop.Take{rate}); err != nil || refused >= 0 || left[0].Left != 10 {
		t.Errorf("after ten came back: refused %d, left %+v, %v", refused, left, err)
	}
	rate.N = -20 // more than was reserved
	if err := b.Give(t.Context(), []shop.Take{rate}); err != nil {
		t.Fatal(err)
	}
	rate.N = 1
	if left, refused, err = a.Take(t.Context(), []shop.Take{rate}); err != nil || refused != 0 || left[0].Retry < 11*time.Minute {
		t.Errorf("above the limit: refused %d, left %+v, %v", refused, left, err)
	}
}

func suiteSum(t *testing.T, a, b replica, c string) {
	until := time.Now().Add(time.Hour)
	sum := shop.Take{Kind: shop.Sum, Key: c, N: 3, Limit: 100, Until: until}
	if n := both(t, a, b, 100, func(int) shop.Take { return sum }); n != 33 {
		t.Errorf("%d of 100 passed, 33 fit", n)
	}
	sum.N = -100_000_000_000_007 // settled far above, exactly
	if err := a.Give(t.Context(), []shop.Take{sum}); err != nil {
		t.Fatal(err)
	}
	sum.N, sum.Limit = 0, 200_000_000_000_000
	left, _, err := b.Take(t.Context(), []shop.Take{sum})
	if err != nil || left[0].Left != 200_000_000_000_000-100_000_000_000_106 {
		t.Errorf("left %+v, %v", left, err)
	}
	sum.N = 200_000_000_000_000
	if err := a.Give(t.Context(), []shop.Take{sum}); err != nil { // never below nothing
		t.Fatal(err)
	}
	if left, _, err = b.Take(t.Context(), []shop.Take{{Kind: shop.Sum, Key: c, N: 1, Limit: 10, Until: until}}); err != nil || left[0].Left != 9 {
		t.Errorf("left %+v, %v", left, err)
	}
	brief := shop.Take{Kind: shop.Sum, Key: c + " brief", N: 10, Limit: 10, Until: time.Now().Add(300 * time.Millisecond)}
	if _, refused, err := a.Take(t.Context(), []shop.Take{brief}); refused >= 0 || err != nil {
		t.Fatal(refused, err)
	}
	if _, refused, err := b.Take(t.Context(), []shop.Take{brief}); refused != 0 || err != nil {
		t.Fatal(refused, err)
	}
}

func suiteHold(t *testing.T, a, b replica, c string) {
	hold := func(i int) shop.Take {
		return shop.Take{Kind: shop.Hold, Key: c, ID: fmt.Sprint("r", i), N: 1, Limit: 7}
	}
	if n := both(t, a, b, 40, hold); n != 7 {
		t.Errorf("%d of 40 hold a place, there are 7", n)
	}
	for i := range 40 {
		r := a
		if i%2 == 1 {
			r = b
		}
		if err := r.Give(t.Context(), []shop.Take{hold(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if n := both(t, a, b, 7, hold); n != 7 {
		t.Errorf("%d of 7 hold a place after all were given back", n)
	}
	if _, refused, err := a.Take(t.Context(), []shop.Take{hold(0)}); refused >= 0 || err != nil { // who holds one is not refused it
		t.Errorf("its own place: %d, %v", refused, err)
	}
}

func suiteAllOrNothing(t *testing.T, a, b replica, c string) {
	rate := shop.Take{Kind: shop.Rate, Key: c + " rate", N: 1, Limit: 10, Window: time.Hour}
	sum := shop.Take{Kind: shop.Sum, Key: c + " sum", N: 5, Limit: 12, Until: time.Now().Add(time.Hour)}
	hold := shop.Take{Kind: shop.Hold, Key: c + " hold", ID: "r", N: 1, Limit: 3}
	for i, want := range []int{-1, -1, 2, 2} {
		r := a
		if i%2 == 1 {
			r = b
		}
		h := hold
		h.ID += fmt.Sprint(i)
		_, refused, err := r.Take(t.Context(), []shop.Take{rate, h, sum})
		if err != nil || refused != want {
			t.Fatalf("take %d: refused %d, %v", i, refused, err)
		}
	}
	rate.N, sum.N = 0, 0
	hold.ID = "another"
	left, refused, err := a.Take(t.Context(), []shop.Take{rate, sum, hold})
	if err != nil || refused >= 0 || left[0].Left != 8 || left[1].Left != 2 || left[2].Left != 0 {
		t.Errorf("left %+v, refused %d, %v", left, refused, err)
	}
}

// A replica that dies loses its leases within two seconds and its places soon; who follows its turn elsewhere does not wait for ever.
func TestDeadReplica(t *testing.T) {
	m := miniredis.RunT(t)
	dead, err := openRedisWithin(t.Context(), "redis://"+m.Addr(), nil, patience)
	if err != nil {
		t.Fatal(err)
	}
	other := openRedis(t, "redis://"+m.Addr())
	if _, _, err := dead.Lease(t.Context(), "c", "t1"); err != nil {
		t.Fatal(err)
	}
	say(t, dead, "c", event(1, 0, chat.EvBegun), event(1, 1, chat.EvText))
	if _, refused, err := dead.Take(t.Context(), []shop.Take{{Kind: shop.Hold, Key: "streams", ID: "r", N: 1, Limit: 1}}); refused >= 0 || err != nil {
		t.Fatal(refused, err)
	}
	eventually(t, "the events are shared", func() bool { es, _ := m.Stream("shopkeeper:log:c"); return len(es) == 2 })
	done := make(chan string, 1)
	go func() { done <- textsOf(t, other, "c", 0) }()
	time.Sleep(100 * time.Millisecond)
	if err := dead.Close(); err != nil { // it gives nothing back, as a killed one
		t.Fatal(err)
	}
	m.FastForward(leaseFor)
	if got := <-done; got != "1.0 1.1" {
		t.Errorf("followed %q", got)
	}
	_, free, err := other.Lease(t.Context(), "c", "t2")
	if err != nil {
		t.Fatal(err)
	}
	free()
	m.FastForward(20 * time.Second)
	if _, refused, err := other.Take(t.Context(), []shop.Take{{Kind: shop.Hold, Key: "streams", ID: "r2", N: 1, Limit: 1}}); refused >= 0 || err != nil {
		t.Errorf("the place of a dead replica is still taken: %d, %v", refused, err)
	}
}

// A lease that another replica holds ends the turn here: this process was away for too long.
func TestLeaseIsLost(t *testing.T) {
	m := miniredis.RunT(t)
	r := openRedis(t, "redis://"+m.Addr())
	ctx, free, err := r.Lease(t.Context(), "c", "t1")
	if err != nil {
		t.Fatal(err)
	}
	defer free()
	if err := m.Set("shopkeeper:lease:c", "another replica"); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	if !errors.Is(context.Cause(ctx), errLost) {
		t.Errorf("cause %v", context.Cause(ctx))
	}
}

// Without Redis everything goes on in this process; when it is back, together.
// A lease that is given back while the others are renewed stays given back.
func TestRenewingBringsNoLeaseBack(t *testing.T) {
	m := miniredis.RunT(t)
	r := openRedis(t, "redis://"+m.Addr())
	for i := range 300 {
		name := fmt.Sprint("c", i)
		_, free, err := r.Lease(t.Context(), name, "t")
		if err != nil {
			t.Fatal(err)
		}
		renewed := make(chan struct{})
		go func() {
			defer close(renewed)
			r.renewLeases(t.Context())
		}()
		time.Sleep(time.Duration(i%20) * 20 * time.Microsecond) // the one before the other, at once, and after it
		free()
		<-renewed
		for until := time.Now().Add(leaseFor / 2); ; time.Sleep(time.Millisecond) { // the replica's own renewal may be under way
			is, err := r.leased(t.Context(), name)
			if err == nil && !is {
				break
			}
			if err != nil || time.Now().After(until) {
				t.Fatalf("after %d leases one is held that was given back (%v)", i, err)
			}
		}
	}
}

func TestRedisComesAndGoes(t *testing.T) {
	m := miniredis.RunT(t)
	addr := m.Addr()
	m.Close()
	r := openRedis(t, "redis://"+addr)
	if r.State() == "ok" {
		t.Fatal("a server that is not there is fine")
	}
	alone := func(turn int64) {
		t.Helper()
		c := fmt.Sprint("c", turn)
		_, free, err := r.Lease(t.Context(), c, "t1")
		if err != nil {
			t.Fatal(err)
		}
		say(t, r, c, event(turn, 0, chat.EvBegun), event(turn, 1, chat.EvEnded))
		if got := textsOf(t, r, c, 0); got != fmt.Sprintf("%d.0 %d.1", turn, turn) {
			t.Errorf("followed %q", got)
		}
		free()
		rate := shop.Take{Kind: shop.Rate, Key: c, N: 1, Limit: 3, Window: time.Hour}
		if n := both(t, r, r, 10, func(int) shop.Take { return rate }); n != 3 {
			t.Errorf("%d of 10 passed, the limit is 3", n)
		}
	}
	alone(1)
	if err := m.StartAddr(addr); err != nil {
		t.Fatal(err)
	}
	eventually(t, "Redis is found", func() bool { return r.State() == "ok" })
	alone(2)
	m.Close()
	alone(3)
	if r.State() == "ok" {
		t.Error("a server that is gone is fine")
	}
	if err := m.Restart(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "Redis is found again", func() bool { return r.State() == "ok" })
	alone(4)
}

func TestPublish(t *testing.T) {
	m := miniredis.RunT(t)
	a, b := openRedis(t, "redis://"+m.Addr()), openRedis(t, "redis://"+m.Addr())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got := make(chan string, 10)
	for _, r := range []*Redis{a, b} {
		go func() {
			for data, err := range r.Subscribe(ctx, "changed") {
				if err != nil {
					return
				}
				select {
				case got <- string(data):
				default:
				}
			}
		}()
	}
	eventually(t, "both hear of it", func() bool {
		for range len(got) {
			<-got
		}
		if err := a.Publish(t.Context(), "changed", []byte("keys")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
		return len(got) == 2
	})
}

func TestOpenRedisRefuses(t *testing.T) {
	for _, where := range []string{"", "localhost", "http://h:1", "redis://[bad"} {
		if r, err := OpenRedis(t.Context(), where, nil); err == nil {
			_ = r.Close()
			t.Errorf("%q is opened", where)
		}
	}
}

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/redis/rueidis.(*pipe)._background"))
}
