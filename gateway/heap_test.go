package main

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestGrowth(t *testing.T) {
	for live, want := range map[uint64]int{0: 900, 1 << 20: 900, 4 << 20: 900, 8 << 20: 700, 16 << 20: 300, 32 << 20: 100, 300 << 20: 100} {
		if got := growth(live); got != want {
			t.Errorf("with %d MB alive GOGC is %d, want %d", live>>20, got, want)
		}
	}
}

// A heap that grows is collected at twice its size again: the floor is for small ones.
func TestHeapFloorFollowsTheHeap(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	before := debug.SetGCPercent(250)
	defer debug.SetGCPercent(before)
	kept := make([]byte, 2*heapFloor)
	newCollection(250).next()
	deadline := time.Now().Add(20 * time.Second)
	for {
		runtime.GC()
		got := debug.SetGCPercent(250)
		debug.SetGCPercent(got)
		if got == 100 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("GOGC is %d with %d MB alive", got, len(kept)>>20)
		}
		time.Sleep(time.Millisecond)
	}
	runtime.KeepAlive(kept)
}
