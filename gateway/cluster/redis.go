package cluster

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/redis/rueidis"

	"shopkeeper/gateway/chat"
)

// Redis is what replicas share. Everything works on without it, for this process alone, and State says so: the twin in memory takes
// over at once, and Redis again when it answers. One primary, alone or behind Sentinel; a Redis Cluster is not supported, since
// counts of one request must stand on one server.
type Redis struct {
	local   *Cluster
	options rueidis.ClientOption
	log     *slog.Logger
	id      string // this process
	within  time.Duration

	conn atomic.Pointer[rueidis.Client]
	up   atomic.Bool
	stop context.CancelFunc
	work sync.WaitGroup

	sending sync.Mutex
	mu      sync.Mutex
	pending map[string][]chat.Event // events on their way, by conversation
	leases  map[string]*held
	holds   map[hold]struct{}
	heard   map[string][]chan []byte // subscribers by topic
	kick    chan struct{}
}

const (
	prefix   = "shopkeeper:"
	within   = 300 * time.Millisecond // a command that takes longer fails
	beat     = 400 * time.Millisecond // between signs of life of leases, and looks at a Redis that is gone
	leaseFor = 1600 * time.Millisecond
	sendIn   = 20 * time.Millisecond // events of running answers are sent so often
)

// OpenRedis connects to redis://[user:password@]host:6379[/db], or rediss:// with TLS. A server that is not there is no error: the
// state is degraded until it is.
func OpenRedis(ctx context.Context, where string, log *slog.Logger) (*Redis, error) {
	return openRedisWithin(ctx, where, log, within)
}

func openRedisWithin(ctx context.Context, where string, log *slog.Logger, within time.Duration) (*Redis, error) {
	o, err := rueidis.ParseURL(where)
	if u, bad := url.Parse(where); err != nil || bad != nil || !strings.HasPrefix(u.Scheme, "redis") {
		return nil, errors.New("open Redis: it is no URL such as redis://user:password@host:6379")
	}
	o.DisableCache, o.DisableRetry, o.ForceSingleClient, o.ClientNoTouch = true, true, o.Sentinel.MasterSet == "", false
	o.ConnWriteTimeout, o.Dialer.Timeout = 2*time.Second, time.Second
	o.BlockingPoolSize, o.ClientName = 256, "shopkeeper"
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	r := &Redis{
		local: Memory(), options: o, log: log, id: uuid.NewString(), within: within, pending: map[string][]chat.Event{}, leases: map[string]*held{},
		holds: map[hold]struct{}{}, heard: map[string][]chan []byte{}, kick: make(chan struct{}, 1),
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	r.stop = stop
	r.look(work)
	if !r.up.Load() {
		log.WarnContext(ctx, "Redis does not answer: limits, stops and running answers are this process's alone until it does", "addr", o.InitAddress)
	}
	r.work.Add(3)
	go r.watch(work)
	go r.send(work)
	go r.listen(work)
	return r, nil
}

// Close ends what it runs; leases that are still held go with their time.
func (r *Redis) Close() error {
	r.stop()
	r.work.Wait()
	if c := r.conn.Load(); c != nil {
		(*c).Close()
	}
	return nil
}

// State is "ok", or how it is degraded.
func (r *Redis) State() string {
	if r.up.Load() {
		return "ok"
	}
	return "degraded: it does not answer; limits, stops and running answers are this process's alone"
}

// client is nil while Redis does not answer.
func (r *Redis) client() rueidis.Client {
	if c := r.conn.Load(); c != nil && r.up.Load() {
		return *c
	}
	return nil
}

// failed notes that a command did not get its answer. What the server answered, an error too, is none; nor is a caller who left.
func (r *Redis) failed(ctx context.Context, err error) error {
	if err == nil || rueidis.IsRedisNil(err) {
		return err
	}
	if _, said := rueidis.IsRedisErr(err); said && !strings.HasPrefix(err.Error(), "LOADING") && !strings.HasPrefix(err.Error(), "READONLY") {
		return err
	}
	if context.Cause(ctx) == nil || errors.Is(context.Cause(ctx), errSlow) {
		if r.up.Swap(false) {
			r.log.Warn("Redis does not answer: limits, stops and running answers are this process's alone until it does", "error", err)
		}
	}
	return err
}

var errSlow = errors.New("Redis took too long")

// brief is a context for one command.
func (r *Redis) brief(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, r.within, errSlow)
}

// look finds out whether Redis is there.
func (r *Redis) look(ctx context.Context) {
	c := r.conn.Load()
	if c == nil {
		n, err := rueidis.NewClient(r.options)
		if err != nil {
			return
		}
		c = &n
		r.conn.Store(c)
	}
	ask, cancel := context.WithTimeout(ctx, 2*r.within)
	defer cancel()
	if err := (*c).Do(ask, (*c).B().Ping().Build()).Error(); err != nil {
		_ = r.failed(ctx, err)
		return
	}
	if !r.up.Swap(true) {
		r.log.InfoContext(ctx, "Redis answers")
	}
}

// watch keeps leases and places alive, and looks for a Redis that is gone.
func (r *Redis) watch(ctx context.Context) {
	defer r.work.Done()
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !r.up.Load() || n%5 == 0 {
			r.look(ctx)
		}
		r.renewLeases(ctx)
		if n%8 == 0 {
			r.renewHolds(ctx)
		}
	}
}

// Publish tells every replica, this one too, as long as Redis answers; else this one alone. Nothing is kept for those who are away.
func (r *Redis) Publish(ctx context.Context, topic string, data []byte) error {
	if c := r.client(); c != nil {
		ctx, cancel := r.brief(ctx)
		defer cancel()
		if err := r.failed(ctx, c.Do(ctx, c.B().Publish().Channel(prefix+topic).Message(string(data)).Build()).Error()); err == nil {
			return nil
		}
	}
	r.hear(topic, data)
	return nil
}

// Subscribe yields what is published from now on until ctx ends.
func (r *Redis) Subscribe(ctx context.Context, topic string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		ch := make(chan []byte, 256)
		r.mu.Lock()
		r.heard[topic] = append(r.heard[topic], ch)
		r.mu.Unlock()
		defer func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			list := r.heard[topic]
			for i := range list {
				if list[i] == ch {
					r.heard[topic] = append(list[:i:i], list[i+1:]...)
					break
				}
			}
		}()
		for {
			select {
			case data := <-ch:
				if !yield(data, nil) {
					return
				}
			case <-ctx.Done():
				yield(nil, ctx.Err())
				return
			}
		}
	}
}

// hear hands a message on to the subscribers here; one that does not keep up misses it.
func (r *Redis) hear(topic string, data []byte) {
	if topic == stops {
		_ = r.local.Stop(context.Background(), string(data)) // never fails
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, ch := range r.heard[topic] {
		select {
		case ch <- data:
		default:
		}
	}
}

// listen receives what all replicas publish.
func (r *Redis) listen(ctx context.Context) {
	defer r.work.Done()
	for ctx.Err() == nil {
		if c := r.client(); c != nil {
			// A connection of its own: not every server lets one that listens ask anything else.
			err := c.Dedicated(func(c rueidis.DedicatedClient) error {
				return c.Receive(ctx, c.B().Psubscribe().Pattern(prefix+"*").Build(), func(m rueidis.PubSubMessage) {
					r.hear(strings.TrimPrefix(m.Channel, prefix), []byte(m.Message))
				})
			})
			if err != nil && ctx.Err() == nil {
				r.log.Debug("subscription ended", "error", err)
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(beat / 4):
		}
	}
}

func key(kind, name string) string { return prefix + kind + ":" + name }

// number of a reply that the script gave as text.
func number(m rueidis.RedisMessage) (int64, error) {
	s, err := m.ToString()
	if err != nil {
		return 0, err
	}
	var n int64
	_, err = fmt.Sscan(s, &n)
	return n, err
}
