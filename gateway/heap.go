package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// heapFloor is what the heap may grow to before it is collected. A gateway keeps 4 to 8 MB alive; collected at twice that, as Go does by
// itself, a sixth of its time under load went into collecting. What keeps more than half of this alive is not touched.
const heapFloor = 64 << 20

// keepHeapFloor looks after every collection how much of the heap lives, and sets the goal of the next one. GOGC and GOMEMLIMIT, where
// the operator set one, are obeyed instead.
func keepHeapFloor() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	newCollection(100).next()
}

// collection is garbage from the start: its finalizer runs after each collection. It holds a pointer, or it could share its memory with
// what lives on.
type collection struct {
	percent int
	live    []metrics.Sample
}

func newCollection(percent int) *collection {
	return &collection{percent, []metrics.Sample{{Name: "/gc/heap/live:bytes"}}}
}

func (c *collection) next() {
	metrics.Read(c.live)
	want := growth(c.live[0].Value.Uint64())
	if want != 100 && want > c.percent*3/4 && want < c.percent*5/4 {
		want = c.percent // setting it stops the world for a moment
	}
	if want != c.percent {
		debug.SetGCPercent(want)
		c.percent = want
	}
	runtime.SetFinalizer(c, (*collection).next)
}

// growth is the GOGC by which so much living heap is collected at heapFloor: at least Go's own 100, and no more than 900.
func growth(live uint64) int {
	if live < heapFloor/10 {
		return 900
	}
	return max(100, int(heapFloor*100/live)-100)
}
