package cluster

import (
	"fmt"
	"testing"
	"time"

	"shopkeeper/shop"
)

// Memory stays bounded, whatever addresses come; money and places that are held do not go.
func TestCounterForgets(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := Memory()
	c.Now = func() time.Time { return now }
	c.counts.most = 1000
	take := func(ts ...shop.Take) int {
		t.Helper()
		_, refused, err := c.Take(t.Context(), ts)
		if err != nil {
			t.Fatal(err)
		}
		return refused
	}
	sum := shop.Take{Kind: shop.Sum, Key: "money", N: 7, Limit: 10, Until: now.Add(24 * time.Hour)}
	hold := shop.Take{Kind: shop.Hold, Key: "streams", ID: "r1", N: 1, Limit: 1}
	if take(sum, hold) >= 0 {
		t.Fatal("refused")
	}
	rate := func(s string) shop.Take {
		return shop.Take{Kind: shop.Rate, Key: s, N: 1, Limit: 2, Window: time.Second}
	}
	for i := range 5000 {
		take(rate(fmt.Sprint("a", i)))
	}
	if n := len(c.counts.m); n > 1000 || n < 900 {
		t.Fatalf("%d counts", n)
	}
	now = now.Add(time.Minute) // all are full again: the next one that needs room forgets them
	for i := range 1000 {
		take(rate(fmt.Sprint("b", i)))
	}
	if n := len(c.counts.m); n > 1000 {
		t.Fatalf("%d counts", n)
	}
	hold.ID = "r2"
	if take(sum) != 0 || take(hold) != 0 {
		t.Error("money or a place that is held was forgotten")
	}
}

// What is over is forgotten long before memory is full, and a day's sums, which must stay, are not looked through for every new one.
func TestCounterSweepsInTime(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := Memory()
	c.Now = func() time.Time { return now }
	take := func(key string, until time.Time) {
		t.Helper()
		if _, _, err := c.Take(t.Context(), []shop.Take{{Kind: shop.Sum, Key: key, N: 1, Limit: 1, Until: until}}); err != nil {
			t.Fatal(err)
		}
	}
	most := 0
	for i := range 100_000 { // a hundred turns a second, each known for two minutes
		now = now.Add(10 * time.Millisecond)
		take(fmt.Sprint("turn ", i), now.Add(2*time.Minute))
		most = max(most, len(c.counts.m))
	}
	if most > 2*12_000+leastSwept {
		t.Errorf("%d counts for 12,000 turns that are known", most)
	}
	c.counts.most = 1000
	looks := 0
	for i := range 20_000 {
		before := c.counts.next
		take(fmt.Sprint("day ", i), now.Add(24*time.Hour))
		if c.counts.next != before {
			looks++
		}
	}
	if n := len(c.counts.m); n < 20_000 || looks > 100 {
		t.Errorf("%d counts, looked through %d times", n, looks)
	}
}
