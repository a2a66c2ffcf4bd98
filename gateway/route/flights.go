package route

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// flights are the raw requests under way. One goroutine looks at all of them each quarter of a second and ends those that are over a
// deadline: a timer a request, let alone a token, would cost more than the request itself. It runs only while there are any.
type flights struct {
	mu      sync.Mutex
	all     map[*flight]struct{}
	running bool
}

type flight struct {
	cancel context.CancelCauseFunc
	t      *Target
	began  time.Time
	piece  bool         // the answer comes in one piece: it has no first word to wait for
	moved  atomic.Int64 // nanoseconds after began, when something came last
	headed atomic.Bool  // the answer's head is there
	spoke  atomic.Bool
}

// late is the cause of a flight that a deadline ended.
type late struct {
	what string
	d    time.Duration
}

func (l *late) Error() string { return fmt.Sprintf("no %s within %v", l.what, l.d) }

const lookEvery = 250 * time.Millisecond

func (fs *flights) add(f *flight) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.all == nil {
		fs.all = map[*flight]struct{}{}
	}
	fs.all[f] = struct{}{}
	if !fs.running {
		fs.running = true
		go fs.look()
	}
}

func (fs *flights) remove(f *flight) {
	fs.mu.Lock()
	delete(fs.all, f)
	fs.mu.Unlock()
}

// look ends by itself when nothing has been under way for a look.
func (fs *flights) look() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for idle := 0; ; {
		now := <-tick.C
		fs.mu.Lock()
		if idle++; len(fs.all) > 0 {
			idle = 0
		}
		if idle > 4 {
			fs.running = false
			fs.mu.Unlock()
			return
		}
		for f := range fs.all {
			f.check(now)
		}
		fs.mu.Unlock()
	}
}

func (f *flight) check(now time.Time) {
	age := now.Sub(f.began)
	quiet := age - time.Duration(f.moved.Load())
	switch {
	case age > f.t.Whole:
		f.cancel(&late{"end of the answer", f.t.Whole})
	case !f.headed.Load() && age > f.t.Head:
		f.cancel(&late{"answer", f.t.Head})
	case !f.piece && !f.spoke.Load() && age > f.t.FirstDelta:
		f.cancel(&late{"first word", f.t.FirstDelta})
	case f.spoke.Load() && quiet > f.t.Progress:
		f.cancel(&late{"further word", f.t.Progress})
	}
}

func (f *flight) move(now time.Time) { f.moved.Store(int64(now.Sub(f.began))) }
