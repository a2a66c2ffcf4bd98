package desk

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Worked is the working time between two moments.
func (d Definition) Worked(from, to time.Time) (worked time.Duration) {
	if !from.Before(to) {
		return 0
	}
	if len(d.Hours) == 0 || d.location == nil {
		return to.Sub(from)
	}
	day := from.In(d.location)
	for !day.After(to) {
		for _, s := range d.spans(day) {
			begin, end := s[0], s[1]
			if from.After(begin) {
				begin = from
			}
			if to.Before(end) {
				end = to
			}
			if begin.Before(end) {
				worked += end.Sub(begin)
			}
		}
		y, m, dd := day.Date()
		day = time.Date(y, m, dd+1, 0, 0, 0, 0, d.location)
	}
	return worked
}

// clockQuality tells how each clock was met. A unit is met when every round of it was in time; one of which a round still runs past
// its end is not.
func clockQuality(f Facts, now time.Time) []ClockQuality {
	type sum struct {
		ClockQuality
		units map[string]bool // met
		took  []Took
	}
	known := map[string]Definition{}
	for _, d := range f.Clocks {
		known[d.ID] = d
	}
	sums := map[[2]string]*sum{}
	of := func(definition, name string) *sum {
		key := [2]string{definition, name}
		s := sums[key]
		if s == nil {
			d := known[definition]
			s = &sum{ClockQuality{Definition: definition, Name: name, Unit: cmp.Or(d.Unit, "round"), Seconds: d.Seconds, Threshold: d.Threshold}, map[string]bool{}, nil}
			sums[key] = s
		}
		return s
	}
	for _, d := range f.Clocks {
		of(d.ID, d.Name)
	}
	for _, r := range f.Runs {
		s := of(r.Definition, r.Name)
		end := r.Stopped
		switch {
		case end.IsZero() && !now.After(r.Due):
			s.Running++
			continue
		case end.IsZero():
			end = now
		default:
			s.took = append(s.took, Took{known[r.Definition].Worked(r.Started, end).Seconds(), 1, 0})
		}
		met, seen := s.units[r.Unit]
		s.units[r.Unit] = (met || !seen) && !end.After(r.Due)
	}
	out := []ClockQuality{}
	for _, s := range sums {
		var n, met int64
		for _, ok := range s.units {
			n++
			if ok {
				met++
			}
		}
		if s.Name == FirstReply { // only answers that took long have a clock: this one is told from all answers
			s.took, s.Unit, n, met, s.Running = f.Answers, "round", 0, 0, 0
			for _, a := range f.Answers {
				n, met = n+a.N, met+a.N-a.Late
			}
		}
		s.Met, s.Breached = share(met, n), n-met
		s.P50, s.P90 = percentile(s.took, 0.5), percentile(s.took, 0.9)
		out = append(out, s.ClockQuality)
	}
	order := []string{FirstReply, HandoffWait, NextReply, Resolution}
	slices.SortFunc(out, func(a, b ClockQuality) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Name), slices.Index(order, b.Name)), cmp.Compare(a.Definition, b.Definition))
	})
	return out
}

// percentile by the nearest rank; nil of nothing.
func percentile(took []Took, p float64) *float64 {
	var n int64
	for _, t := range took {
		n += t.N
	}
	if n == 0 {
		return nil
	}
	slices.SortFunc(took, func(a, b Took) int { return cmp.Compare(a.Seconds, b.Seconds) })
	rank := max(1, int64(math.Ceil(p*float64(n))))
	for _, t := range took {
		if rank -= t.N; rank <= 0 {
			return &t.Seconds
		}
	}
	return nil
}
