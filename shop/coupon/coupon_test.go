package coupon_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shopkeeper/shop"
	"shopkeeper/shop/coupon"
)

func TestIneligible(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) *time.Time { x := now.Add(d); return &x }
	n := func(i int) *int { return &i }
	for _, c := range []struct {
		name string
		o    shop.Offer
		u    coupon.User
		want string
	}{
		{"open", shop.Offer{}, coupon.User{}, ""},
		{"starts this instant", shop.Offer{Starts: at(0)}, coupon.User{}, ""},
		{"starts later", shop.Offer{Starts: at(1), Remaining: n(0)}, coupon.User{}, coupon.NotStarted},
		{"ends this instant", shop.Offer{Ends: at(0), MinLevel: 3}, coupon.User{}, coupon.Expired},
		{"ends later", shop.Offer{Ends: at(1)}, coupon.User{}, ""},
		{"level too low", shop.Offer{MinLevel: 2, Remaining: n(0)}, coupon.User{Level: 1}, coupon.UserIneligible},
		{"level reached", shop.Offer{MinLevel: 2}, coupon.User{Level: 2}, ""},
		{"first order only", shop.Offer{FirstOrderOnly: true}, coupon.User{Level: 3}, coupon.UserIneligible},
		{"first order", shop.Offer{FirstOrderOnly: true}, coupon.User{FirstOrder: true}, ""},
		{"used up", shop.Offer{Remaining: n(0)}, coupon.User{}, coupon.Exhausted},
		{"one left", shop.Offer{Remaining: n(1)}, coupon.User{}, ""},
	} {
		if got := coupon.Ineligible(c.o, c.u, now); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAlone(t *testing.T) {
	it := coupon.Item{Product: "p1", Shop: "m1", Brand: "Acme", Categories: []string{"Kitchen", "Kettles"}, UnitMinor: 3990}
	platform := func(o shop.Offer) shop.Offer { o.Level = "platform"; return o }
	for _, c := range []struct {
		name   string
		o      shop.Offer
		saved  int64
		reason string
	}{
		{"fixed", platform(shop.Offer{Kind: "fixed", AmountMinor: 500}), 500, ""},
		{"fixed above the price", platform(shop.Offer{Kind: "fixed", AmountMinor: 5000}), 3990, ""},
		{"fixed below its threshold", platform(shop.Offer{Kind: "fixed", AmountMinor: 500, ThresholdMinor: 3991}), 0, coupon.ThresholdNotMet},
		{"fixed at its threshold", platform(shop.Offer{Kind: "fixed", AmountMinor: 500, ThresholdMinor: 3990}), 500, ""},
		{"percent rounds down", platform(shop.Offer{Kind: "percent", BPS: 1234}), 492, ""},
		{"percent capped", platform(shop.Offer{Kind: "percent", BPS: 5000, CapMinor: 1000}), 1000, ""},
		{"percent of next to nothing", platform(shop.Offer{Kind: "percent", BPS: 1}), 0, coupon.NoEffect},
		{"every", platform(shop.Offer{Kind: "every", AmountMinor: 100, ThresholdMinor: 1000}), 300, ""},
		{"every, at most twice", platform(shop.Offer{Kind: "every", AmountMinor: 100, ThresholdMinor: 1000, MaxTimes: 2}), 200, ""},
		{"tiers", platform(shop.Offer{Kind: "tiers", Tiers: []shop.Tier{{ThresholdMinor: 1000, AmountMinor: 100}, {ThresholdMinor: 3000, AmountMinor: 400}, {ThresholdMinor: 9000, AmountMinor: 2000}}}), 400, ""},
		{"tiers, none reached", platform(shop.Offer{Kind: "tiers", Tiers: []shop.Tier{{ThresholdMinor: 5000, AmountMinor: 100}}}), 0, coupon.ThresholdNotMet},
		{"needs more units", platform(shop.Offer{Kind: "buy_get", Buy: 2, Get: 1}), 0, ""},
		{"shipping below its threshold", shop.Offer{Level: "shop", Shop: "m1", Kind: "shipping", ThresholdMinor: 5000}, 0, coupon.ThresholdNotMet},
		{"of another shop", shop.Offer{Level: "shop", Shop: "m2", Kind: "fixed", AmountMinor: 1}, 0, coupon.NotInScope},
		{"of this shop", shop.Offer{Level: "product", Shop: "m1", Kind: "fixed", AmountMinor: 1}, 1, ""},
		{"category of the path", platform(shop.Offer{Kind: "fixed", AmountMinor: 1, Scope: &shop.Scope{Categories: []string{"Lamps", "Kitchen"}}}), 1, ""},
		{"all lists must hold", platform(shop.Offer{Kind: "fixed", AmountMinor: 1, Scope: &shop.Scope{Categories: []string{"Kettles"}, Brands: []string{"Other"}}}), 0, coupon.NotInScope},
		{"excluded", platform(shop.Offer{Kind: "fixed", AmountMinor: 1, Scope: &shop.Scope{Exclude: []string{"p1"}}}), 0, coupon.NotInScope},
		{"bundle without it", shop.Offer{Level: "product", Shop: "m1", Kind: "bundle", Products: []string{"p2", "p3"}}, 0, coupon.NotInScope},
		{"bundle with it", shop.Offer{Level: "product", Shop: "m1", Kind: "bundle", Products: []string{"p2", "p1"}}, 0, ""},
	} {
		if saved, reason := coupon.Alone(c.o, it); saved != c.saved || reason != c.reason {
			t.Errorf("%s: %d %q, want %d %q", c.name, saved, reason, c.saved, c.reason)
		}
	}
	it.UnitMinor = 0
	if saved, reason := coupon.Alone(platform(shop.Offer{Kind: "percent", BPS: 1000, ThresholdMinor: 100}), it); saved != 0 || reason != "" {
		t.Errorf("a product without a price: %d %q", saved, reason)
	}
}

func TestNeverSavesMoreThanThePrice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := shop.Offer{
			Level: "platform", Kind: rapid.SampledFrom([]string{"fixed", "percent", "every", "tiers", "buy_get", "nth", "shipping", "?"}).Draw(t, "kind"),
			AmountMinor: rapid.Int64().Draw(t, "amount"), BPS: rapid.Int64().Draw(t, "bps"), CapMinor: rapid.Int64().Draw(t, "cap"),
			ThresholdMinor: rapid.Int64().Draw(t, "threshold"), MaxTimes: rapid.Int().Draw(t, "times"),
			Tiers: []shop.Tier{{ThresholdMinor: rapid.Int64().Draw(t, "tier"), AmountMinor: rapid.Int64().Draw(t, "of")}},
		}
		price := rapid.Int64Range(0, math.MaxInt64).Draw(t, "price")
		saved, reason := coupon.Alone(o, coupon.Item{UnitMinor: price})
		if saved < 0 || saved > price || saved > 0 && reason != "" {
			t.Fatalf("%+v on %d: %d %q", o, price, saved, reason)
		}
	})
}

// The shared cases name, for every offer that was left out, the first reason that fits. The ones that depend on the user, the
// moment, the scope and the list prices alone must agree; so must the absence of them.
func TestSharedCases(t *testing.T) {
	type line struct {
		Product, Shop, Category, Brand string
		UnitMinor                      int64 `json:"unit_minor"`
		Qty                            int64
	}
	type kase struct {
		ID   string
		Now  time.Time
		User struct {
			Level      int
			FirstOrder bool `json:"first_order"`
		}
		Lines  []line
		Offers []shop.Offer
	}
	type answer struct {
		LeftOut []struct{ Offer, Reason string } `json:"left_out"`
	}
	cases, answers := read[kase](t, "cases.jsonl.gz"), read[answer](t, "answers.jsonl.gz")
	if len(cases) != len(answers) || len(cases) < 1000 {
		t.Fatalf("%d cases, %d answers", len(cases), len(answers))
	}
	checked := map[string]int{}
	for i, c := range cases {
		want := map[string]string{}
		for _, l := range answers[i].LeftOut {
			switch l.Reason {
			case coupon.NotStarted, coupon.Expired, coupon.UserIneligible, coupon.Exhausted, coupon.NotInScope:
				want[l.Offer] = l.Reason
			}
		}
		for _, o := range c.Offers {
			got := coupon.Ineligible(o, coupon.User{Level: c.User.Level, FirstOrder: c.User.FirstOrder}, c.Now)
			if got == "" {
				got = coupon.NotInScope
				for _, l := range c.Lines {
					if coupon.InScope(o, coupon.Item{Product: l.Product, Shop: l.Shop, Brand: l.Brand, Categories: []string{l.Category}}) {
						got = ""
					}
				}
			}
			checked[got]++
			if got != want[o.ID] {
				t.Errorf("%s %s: %q, want %q", c.ID, o.ID, got, want[o.ID])
			}
		}
		// A cart of one unit of one product is what Alone is about.
		if len(c.Lines) == 1 && c.Lines[0].Qty == 1 {
			l := c.Lines[0]
			for _, o := range c.Offers {
				if coupon.Ineligible(o, coupon.User{Level: c.User.Level, FirstOrder: c.User.FirstOrder}, c.Now) != "" || !coupon.PerUnit(o.Kind) {
					continue
				}
				_, got := coupon.Alone(o, coupon.Item{Product: l.Product, Shop: l.Shop, Brand: l.Brand, Categories: []string{l.Category}, UnitMinor: l.UnitMinor})
				for _, w := range answers[i].LeftOut {
					if w.Offer == o.ID && (w.Reason == coupon.ThresholdNotMet || w.Reason == coupon.NoEffect) && got != w.Reason {
						t.Errorf("%s %s alone: %q, want %q", c.ID, o.ID, got, w.Reason)
					}
				}
				checked["alone "+got]++
			}
		}
	}
	for _, r := range []string{"", coupon.NotStarted, coupon.Expired, coupon.UserIneligible, coupon.Exhausted, coupon.NotInScope} {
		if checked[r] == 0 {
			t.Errorf("no case has %q", r)
		}
	}
	t.Log(checked)
}

func read[T any](t *testing.T, name string) (out []T) {
	t.Helper()
	f, err := os.Open(shared(t, "coupons", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	sc := bufio.NewScanner(z)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var v T
		if err := json.Unmarshal(sc.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// shared finds the data beside the repository; only outside CI may it be absent.
func shared(t *testing.T, parts ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		p := filepath.Join(append([]string{dir, "..", "shared", "testdata"}, parts...)...)
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			if _, err := os.Stat(p); err == nil {
				return p
			}
			if os.Getenv("CI") == "true" {
				t.Fatalf("no %s", p)
			}
			t.Skipf("no %s", p)
		}
		dir = filepath.Dir(dir)
	}
}
