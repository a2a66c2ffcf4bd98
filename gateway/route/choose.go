package route

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// candidates appends the targets to try for a request, in order: rung after rung; within a rung first the one that served the same
// affinity before, as its cache holds the prefix, while it is well; then by chance, by weight and recent time to the first word.
// Affinity 0 is nobody's.
func (a *alias) candidates(out []*target, rungs [][]member, affinity uint64, fits func(*target) bool) []*target {
	for _, rung := range rungs {
		from := len(out)
		for _, m := range rung {
			if fits(m.target) {
				out = append(out, m.target)
			}
		}
		if len(out)-from < 2 {
			continue
		}
		now := out[from:]
		a.shuffle(now, rung)
		if t := a.servedBy(affinity); t != nil && t.well(fastest(now)) {
			if i := slices.Index(now, t); i > 0 {
				copy(now[1:], now[:i])
				now[0] = t
			}
		}
	}
	return out
}

// shuffle orders targets by weighted chance: the larger of u^(1/w) comes first (Efraimidis and Spirakis, 2006).
func (a *alias) shuffle(ts []*target, rung []member) {
	best := fastest(ts)
	draw := make(map[*target]float64, len(ts))
	for _, m := range rung {
		w := m.weight
		if own := m.first.get(); own > 0 && best > 0 {
			w *= max(0.1, float64(best)/float64(own)) // never so little that a target could not show that it is fast again
		}
		draw[m.target] = math.Pow(rand.Float64(), 1/w)
	}
	slices.SortStableFunc(ts, func(x, y *target) int { return cmp.Compare(draw[y], draw[x]) })
}

func fastest(ts []*target) (best time.Duration) {
	for _, t := range ts {
		if d := t.first.get(); d > 0 && (best == 0 || d < best) {
			best = d
		}
	}
	return best
}

// well says whether a target is worth staying with: it does not rest, and is not much slower than the fastest.
func (t *target) well(best time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.until.IsZero() && t.failures == 0 && (best == 0 || t.first.get() <= 3*best+100*time.Millisecond)
}

// maxServed bounds each half of what is remembered.
const maxServed = 50_000

func (a *alias) servedBy(affinity uint64) *target {
	if affinity == 0 {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if t := a.served[0][affinity]; t != nil {
		return t
	}
	return a.served[1][affinity]
}

// remember notes who served an affinity. The oldest are forgotten by the half.
func (a *alias) remember(affinity uint64, t *target) {
	if affinity == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.served[0]) >= maxServed {
		a.served[0], a.served[1] = nil, a.served[0]
	}
	if a.served[0] == nil {
		a.served[0] = map[uint64]*target{}
	}
	a.served[0][affinity] = t
}

// budget lets extra requests be a share of the ordinary ones: each ordinary one earns the share, an extra one costs 1.
type budget struct {
	mu    sync.Mutex
	saved float64
	began bool
}

const maxSaved = 10

func (b *budget) earn(share float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.start()
	b.saved = min(b.saved+share, maxSaved)
}

func (b *budget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.start()
	if b.saved < 1 {
		return false
	}
	b.saved--
	return true
}

// start: a few are free, or the first failure after a start could not be repeated.
func (b *budget) start() {
	if !b.began {
		b.began, b.saved = true, maxSaved
	}
}

// slowness is the 95th percentile of an alias's recent times to the first word.
type slowness struct {
	mu   sync.Mutex
	last [100]time.Duration
	n    int
	p95  time.Duration
}

const enough = 20 // times, before a percentile means something

func (s *slowness) add(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last[s.n%len(s.last)] = d
	if s.n++; s.n >= enough && s.n%10 == 0 {
		sorted := slices.Clone(s.last[:min(s.n, len(s.last))])
		slices.Sort(sorted)
		s.p95 = sorted[len(sorted)*95/100]
	}
}

func (s *slowness) get() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.p95
}

// inherit takes over what is known of a target's health from the configuration before, when it is the same endpoint.
func (t *target) inherit(before *target) {
	if before == nil || before.Provider != t.Provider || !slices.Equal(before.Keys, t.Keys) {
		return
	}
	before.mu.Lock()
	defer before.mu.Unlock()
	t.failures, t.until, t.why = before.failures, before.until, before.why
	t.first.v.Store(before.first.v.Load())
	for i, k := range before.keys {
		t.keys[i].until, t.keys[i].why = k.until, k.why
	}
}
