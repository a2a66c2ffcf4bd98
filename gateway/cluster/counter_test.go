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
