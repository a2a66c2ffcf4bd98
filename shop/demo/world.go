// Package demo makes a shop up: catalogue, people, orders, offers and policies in English and Chinese, as a function of a
// seed and a day, to the byte. Nothing in it is copied from anywhere; brands, people and carriers do not exist.
package demo

import (
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"time"

	"shopkeeper/shop"
)

// TenantID is the demo shop's.
const TenantID = "demo"

// World is a whole shop. Policies are apart, see the function.
type World struct {
	Tenant    shop.Tenant
	Merchants []shop.MerchantInfo
	Products  []shop.Product
	Offers    []shop.Offer
	People    []shop.Person // the first two stand behind the keys demo-shopper and demo-shopper-2
	Orders    []shop.Order  // oldest first
	Reviews   []shop.Review
	Rules     []shop.Rule // what the policies say, as data
}

// New makes the world of a seed as it is on a day (UTC): what has a date lies before the day's first moment, save for what
// is expected, not yet begun or not yet over.
func New(seed uint64, day time.Time) *World {
	y, m, d := day.UTC().Date()
	w := &maker{
		seed: seed, now: time.Date(y, m, d, 0, 0, 0, 0, time.UTC), ids: map[string]bool{},
		World: &World{Tenant: shop.Tenant{ID: TenantID, Name: "Lantern Lane", Currency: "USD", Zone: "UTC", Lang: "en"}},
	}
	w.merchants()
	w.products()
	w.reviews()
	w.people()
	w.offers()
	w.orders()
	w.Rules = rules()
	return w.World
}

// maker is a world in the making.
type maker struct {
	*World
	seed uint64
	now  time.Time
	ids  map[string]bool
	made []made // of each product
}

// made is what a product's maker knew of it.
type made struct {
	kind       *kind
	pros, cons []word
}

// stream is the random stream of one part: a change in one part leaves the others as they are.
func (w *maker) stream(part string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(part))
	return rand.New(rand.NewPCG(w.seed, h.Sum64()))
}

// id is a new id: a prefix and n digits.
func (w *maker) id(r *rand.Rand, prefix string, n int) string {
	low := 1
	for range n - 1 {
		low *= 10
	}
	for {
		if id := prefix + strconv.Itoa(low+r.IntN(9*low)); !w.ids[id] {
			w.ids[id] = true
			return id
		}
	}
}

func (w *maker) usd(minor int64) shop.Money {
	return shop.Money{Minor: minor, Currency: w.Tenant.Currency}
}

func (w *maker) merchants() {
	r := w.stream("merchants")
	for _, name := range []string{"Northgate Electronics", "Hearth & Harbor", "Fieldway Outfitters"} {
		w.Merchants = append(w.Merchants, shop.MerchantInfo{ID: w.id(r, "m", 4), Name: name})
	}
}

// weighted picks an index by weights.
func weighted(r *rand.Rand, weights []int) int {
	sum := 0
	for _, x := range weights {
		sum += x
	}
	n := r.IntN(sum)
	for i, x := range weights {
		if n -= x; n < 0 {
			return i
		}
	}
	return 0
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }
