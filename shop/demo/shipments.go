package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"shopkeeper/shop"
)

// carriers do not exist; the prefix begins their tracking numbers.
var carriers = []struct{ name, prefix string }{{"Parcelway", "PW"}, {"Swiftpost", "SP"}, {"Meridian Freight", "MF"}}

var hubs = []string{"Reno, NV", "Memphis, TN", "Joliet, IL", "Allentown, PA", "Fort Worth, TX"}

// Texts of events.
var (
	labelled  = word{"Label created, the parcel is waiting for pick-up", "已打印面单，等待揽收"}
	collected = word{"Picked up by the carrier", "承运商已揽收"}
	sorted    = word{"Arrived at the sorting centre", "到达分拣中心"}
	departed  = word{"Left the sorting centre", "离开分拣中心"}
	weather   = word{"Delayed by weather, a new date will follow", "因天气延误，预计时间将更新"}
	local     = word{"Arrived at the local depot", "到达派送站点"}
	out       = word{"Out for delivery", "正在派送"}
	attempted = word{"Delivery attempted, nobody at home", "派送未成功，收件人不在"}
	delivered = word{"Delivered", "已签收"}
	left      = word{"Delivered to the mailbox", "已投递至信箱"}
	returning = word{"Return parcel handed over to the carrier", "退货包裹已交承运商"}
	back      = word{"Return arrived at the warehouse", "退货已送达仓库"}
	replaced  = word{"Replacement delivered", "换货已签收"}
)

// journey is a parcel's way: events up to now, times rising.
type journey struct {
	at, now time.Time
	s       shop.Shipment
}

// step moves on by a time and notes an event, unless that lies ahead of the world's day.
func (j *journey) step(after time.Duration, text word, place string) bool {
	at := j.at.Add(after)
	if at.After(j.now) {
		return false
	}
	j.at = at
	j.s.Events = append(j.s.Events, shop.ShipmentEvent{At: at, Text: text.en, TextZH: text.zh, Place: place})
	return true
}

// stretch draws out the way after the first event so that the last one is so long ago: a parcel is not silent for days.
func (j *journey) stretch(ago time.Duration) {
	ev := j.s.Events
	if len(ev) < 2 {
		return
	}
	first, last, target := ev[0].At, ev[len(ev)-1].At, j.now.Add(-ago)
	if !target.After(last) {
		return
	}
	for i := range ev[1:] {
		part := float64(ev[i+1].At.Sub(first)) / float64(last.Sub(first))
		ev[i+1].At = first.Add(time.Duration(part * float64(target.Sub(first)))).Truncate(time.Second)
	}
}

// send makes an order's parcels, one a merchant.
func (w *maker) send(r *rand.Rand, o *shop.Order, parcels int, fast bool) {
	home := fmt.Sprintf("%s, %s", o.Address.City, o.Address.Region)
	for n := range parcels {
		c := carriers[r.IntN(len(carriers))]
		hours := func(lo, hi int) time.Duration { return time.Duration(lo*3600+r.IntN((hi-lo)*3600)) * time.Second }
		j := &journey{at: o.Placed.Add(hours(6, 20)), now: w.now}
		j.s = shop.Shipment{Carrier: c.name, Tracking: fmt.Sprintf("%s%010d", c.prefix, r.Int64N(1e10)), State: "label_created"}
		days := 5
		if fast {
			days = 2
		}
		expected := evening(o.Placed.AddDate(0, 0, days))
		if o.Status == "shipped" {
			w.underWay(r, o, j, home, n, expected, hours)
		} else {
			arrive(r, j, home, fast, hours)
			if o.Status != "delivered" {
				comeBack(o.Status, j, home, hours)
			}
			j.s.Expected = &expected
		}
		o.Shipments = append(o.Shipments, j.s)
	}
}

// arrive brings a parcel to the door, all of it in the past.
func arrive(r *rand.Rand, j *journey, home string, fast bool, hours func(lo, hi int) time.Duration) {
	slow := 1
	if fast {
		slow = 0
	}
	hub := pick(r, hubs)
	j.step(0, labelled, "")
	j.step(hours(2, 8), collected, "")
	j.step(hours(6, 14+10*slow), sorted, hub)
	j.step(hours(3, 8), departed, hub)
	j.step(hours(8, 14+14*slow), local, home)
	if r.IntN(20) == 0 {
		j.step(hours(6, 10), attempted, home)
		j.step(hours(14, 18), out, home)
	} else {
		j.step(hours(6, 12), out, home)
	}
	last := delivered
	if r.IntN(5) == 0 {
		last = left
	}
	j.step(hours(1, 6), last, home)
	j.s.State = "delivered"
}

// comeBack goes on after delivery for what was not kept.
func comeBack(status string, j *journey, home string, hours func(lo, hi int) time.Duration) {
	switch status {
	case "returned":
		j.step(hours(48, 200), returning, home)
		j.step(hours(60, 120), back, "")
		j.s.State = "returned"
	case "exchanged":
		j.step(hours(48, 200), returning, home)
		j.step(hours(60, 120), back, "")
		j.step(hours(72, 120), replaced, home)
	}
}

// underWay stops a parcel somewhere on its way and says when it is expected: today or later, save for the delayed ones.
func (w *maker) underWay(r *rand.Rand, o *shop.Order, j *journey, home string, n int, expected time.Time, hours func(lo, hi int) time.Duration) {
	hub := pick(r, hubs)
	j.step(0, labelled, "")
	soonest := evening(w.now.AddDate(0, 0, 1+r.IntN(2)))
	j.s.State = "in_transit"
	moving := j.step(hours(2, 8), collected, "") && j.step(hours(6, 12), sorted, hub)
	switch stage := r.IntN(10); {
	case !moving:
		j.s.State = "label_created"
		if len(j.s.Events) > 1 {
			j.s.State = "in_transit"
		}
	case o.Shopper == w.People[0].ID, stage < 5 && o.Shopper != w.People[1].ID: // rolling
		j.step(hours(3, 6), departed, hub)
	case stage < 8 || n == 0 && o.Shopper == w.People[1].ID:
		j.step(hours(3, 6), departed, hub)
		if j.step(hours(4, 10), local, home) && j.step(hours(2, 5), out, home) {
			j.s.State, soonest = "out_for_delivery", evening(w.now)
		}
	default:
		j.step(hours(2, 6), weather, hub)
		j.s.State, soonest = "delayed", evening(w.now.AddDate(0, 0, 2+r.IntN(3)))
	}
	j.stretch(hours(1, 14))
	if expected.Before(soonest) || j.s.State == "out_for_delivery" {
		expected = soonest
	}
	j.s.Expected = &expected
}

// evening of a day: how exactly a shop says when a parcel comes.
func evening(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 18, 0, 0, 0, time.UTC)
}
