package cluster

import (
	"context"
	"sync"
	"time"

	"shopkeeper/shop"
)

// counter counts in this process.
type counter struct {
	mu   sync.Mutex
	m    map[string]*count
	most int // entries; 0 = maxCounts
	next int // so many entries are swept next
}

const (
	maxCounts  = 200_000
	leastSwept = 1024
)

// count is one thing that is counted: by its kind only one of the parts is used.
type count struct {
	full  time.Time           // Rate: when all will be free again, the theoretical arrival time of GCRA
	sum   int64               // Sum
	until time.Time           // Sum: forgotten then
	holds map[string]struct{} // Hold
}

// Take implements usage.Counter.
func (c *Cluster) Take(_ context.Context, ts []shop.Take) (left []shop.Left, refused int, err error) {
	k := &c.counts
	now := c.Now()
	left = make([]shop.Left, len(ts))
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, t := range ts {
		var ok bool
		if left[i], ok = k.get(t, now).look(t, now); !ok {
			return left, i, nil
		}
	}
	for i, t := range ts {
		left[i] = k.get(t, now).add(t, t.N, now)
	}
	return left, -1, nil
}

// Give implements usage.Counter.
func (c *Cluster) Give(_ context.Context, ts []shop.Take) error {
	k := &c.counts
	now := c.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, t := range ts {
		n := k.get(t, now)
		if t.Kind == shop.Hold {
			delete(n.holds, t.ID)
			continue
		}
		n.add(t, -t.N, now)
	}
	return nil
}

func (k *counter) limit() int {
	if k.most > 0 {
		return k.most
	}
	return maxCounts
}

// get finds what is counted, or begins to count it.
func (k *counter) get(t shop.Take, now time.Time) *count {
	n := k.m[t.Key]
	if n == nil {
		if len(k.m) >= max(k.next, min(leastSwept, k.limit())) {
			k.sweep(now)
		}
		if k.m == nil {
			k.m = map[string]*count{}
		}
		n = &count{}
		k.m[t.Key] = n
	}
	if t.Kind == shop.Sum && !now.Before(n.until) {
		n.sum, n.until = 0, t.Until
	}
	return n
}

// sweep forgets what would begin anew the same: whenever there are twice as many entries as were needed the last time, so that it costs
// each entry little and what is over does not pile up. When all that is too little, as under an attack from many addresses, some of the rates
// go too: memory stays bounded, money and places that are held do not go.
func (k *counter) sweep(now time.Time) {
	for key, n := range k.m {
		if !n.full.After(now) && !n.until.After(now) && len(n.holds) == 0 {
			delete(k.m, key)
		}
	}
	for key, n := range k.m {
		if len(k.m) < k.limit()*9/10 {
			break
		}
		if n.until.IsZero() && len(n.holds) == 0 {
			delete(k.m, key)
		}
	}
	k.next = min(2*len(k.m), k.limit())
	if n := len(k.m); n >= k.limit()*9/10 { // what is left may not go: looking again at every new one would find it all again
		k.next = max(k.limit(), n+n/8)
	}
}

// cost is how long a rate takes to refill n.
func cost(t shop.Take, n int64) time.Duration {
	return time.Duration(float64(n) * float64(t.Window) / float64(max(t.Limit, 1)))
}

// look says whether t may be taken, and what is free.
func (n *count) look(t shop.Take, now time.Time) (shop.Left, bool) {
	switch t.Kind {
	case shop.Rate:
		used := max(n.full.Sub(now), 0)
		after := used + cost(t, t.N)
		if over := after - t.Window; over > time.Microsecond { // less is rounding
			return shop.Left{Left: free(t, used), Reset: used, Retry: over}, false
		}
		return shop.Left{Left: free(t, used), Reset: used}, true
	case shop.Sum:
		l := shop.Left{Left: max(t.Limit-n.sum, 0), Reset: t.Until.Sub(now)}
		if n.sum+t.N > t.Limit {
			l.Retry = l.Reset
			return l, false
		}
		return l, true
	}
	l := shop.Left{Left: max(t.Limit-int64(len(n.holds)), 0)}
	if _, mine := n.holds[t.ID]; !mine && l.Left == 0 {
		l.Retry = time.Second
		return l, false
	}
	return l, true
}

func free(t shop.Take, used time.Duration) int64 {
	return max(int64(float64(t.Window-used)/float64(t.Window)*float64(t.Limit)+1e-6), 0)
}

// add takes n, whatever the limit; negative gives back.
func (n *count) add(t shop.Take, by int64, now time.Time) shop.Left {
	switch t.Kind {
	case shop.Rate:
		if n.full.Before(now) {
			n.full = now
		}
		n.full = n.full.Add(cost(t, by))
		used := max(n.full.Sub(now), 0)
		return shop.Left{Left: free(t, used), Reset: used}
	case shop.Sum:
		n.sum = max(n.sum+by, 0)
		return shop.Left{Left: max(t.Limit-n.sum, 0), Reset: t.Until.Sub(now)}
	}
	if n.holds == nil {
		n.holds = map[string]struct{}{}
	}
	n.holds[t.ID] = struct{}{}
	return shop.Left{Left: max(t.Limit-int64(len(n.holds)), 0)}
}
