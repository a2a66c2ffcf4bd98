package desk

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Names of clocks.
const (
	FirstReply  = "first_automatic_reply"
	HandoffWait = "handoff_wait"
	NextReply   = "next_reply"
	Resolution  = "resolution"
)

// Definition is a clock as data.
type Definition struct {
	ID             string   `json:"id"`
	Name           string   `json:"name"`
	Seconds        int64    `json:"seconds"` // the window, of working time
	Zone           string   `json:"zone,omitempty"`
	Hours          []Hours  `json:"hours,omitempty"`     // empty: always
	WarnAt         float64  `json:"warn_at,omitempty"`   // share of the window; 0 = 0.8
	Unit           string   `json:"unit,omitempty"`      // what is counted in reports: round, customer_day, conversation
	Threshold      float64  `json:"threshold,omitempty"` // share that has to be met
	AutoReplyStops bool     `json:"auto_reply_stops,omitempty"`
	Exclude        []string `json:"exclude,omitempty"` // tags of conversations that do not count
	location       *time.Location
}

// Hours are a stretch of a week's day: "09:00" to "18:00". To may be "24:00".
type Hours struct {
	Days []int  `json:"days"` // 0 = Sunday
	From string `json:"from"`
	To   string `json:"to"`
}

// Running is a clock of a conversation.
type Running struct {
	Name, Definition           string
	Started, Warns, Due, Ended time.Time // Ended zero: it runs
}

// State of a clock at a moment: running, warned, breached, stopped.
func (r Running) State(now time.Time) string {
	switch {
	case !r.Ended.IsZero() && r.Ended.After(r.Due), r.Ended.IsZero() && now.After(r.Due):
		return "breached"
	case !r.Ended.IsZero():
		return "stopped"
	case now.After(r.Warns):
		return "warned"
	}
	return "running"
}

//go:embed clocks.json
var builtIn []byte

// Ready are the definitions that come with the product, by name of their set.
var Ready = func() map[string][]Definition {
	var sets map[string][]Definition
	if err := json.Unmarshal(builtIn, &sets); err != nil {
		panic(err)
	}
	for name, ds := range sets {
		for i := range ds {
			if err := ds[i].check(); err != nil {
				panic(fmt.Sprintf("clock %s of %s: %v", ds[i].ID, name, err))
			}
		}
	}
	return sets
}()

// Standard is the set of a tenant that has chosen none.
const Standard = "standard"

func (d *Definition) check() error {
	if !slices.Contains([]string{FirstReply, HandoffWait, NextReply, Resolution}, d.Name) {
		return fmt.Errorf("there is no clock %q", d.Name)
	}
	if d.Seconds <= 0 {
		return fmt.Errorf("the window has to be longer than nothing")
	}
	for _, h := range d.Hours {
		if _, _, err := h.minutes(); err != nil {
			return err
		}
		if len(h.Days) == 0 {
			return fmt.Errorf("hours without days")
		}
	}
	zone := d.Zone
	if zone == "" {
		zone = "UTC"
	}
	var err error
	d.location, err = time.LoadLocation(zone)
	return err
}

func (h Hours) minutes() (from, to int, err error) {
	read := func(s string) (int, error) {
		var hour, minute int
		if n, err := fmt.Sscanf(s, "%d:%d", &hour, &minute); n != 2 || err != nil || hour < 0 || minute < 0 || minute > 59 || hour*60+minute > 24*60 {
			return 0, fmt.Errorf("%q is no time of day", s)
		}
		return hour*60 + minute, nil
	}
	if from, err = read(h.From); err != nil {
		return 0, 0, err
	}
	if to, err = read(h.To); err != nil {
		return 0, 0, err
	}
	if to <= from {
		return 0, 0, fmt.Errorf("hours from %s to %s", h.From, h.To)
	}
	return from, to, nil
}

// Window is the working time that there is.
func (d Definition) Window() time.Duration { return time.Duration(d.Seconds) * time.Second }

// Start begins the clock at a moment.
func (d Definition) Start(at time.Time) Running {
	warn := d.WarnAt
	if warn == 0 {
		warn = 0.8
	}
	window := d.Window()
	return Running{Name: d.Name, Definition: d.ID, Started: at, Warns: d.Add(at, time.Duration(float64(window)*warn)), Due: d.Add(at, window)}
}

// spans are the working stretches of the day that a moment lies in, in order.
func (d Definition) spans(day time.Time) (out [][2]time.Time) {
	y, m, dd := day.Date()
	for _, h := range d.Hours {
		if !slices.Contains(h.Days, int(day.Weekday())) {
			continue
		}
		from, to, err := h.minutes()
		if err != nil {
			continue
		}
		// Date puts times that a change of the clocks leaves out where they would have been.
		out = append(out, [2]time.Time{time.Date(y, m, dd, 0, from, 0, 0, d.location), time.Date(y, m, dd, 0, to, 0, 0, d.location)})
	}
	slices.SortFunc(out, func(a, b [2]time.Time) int { return a[0].Compare(b[0]) })
	return out
}

// Location is the zone of the hours.
func (d Definition) Location() *time.Location {
	if d.location == nil {
		return time.UTC
	}
	return d.location
}

// Add is a moment plus so much working time.
func (d Definition) Add(at time.Time, window time.Duration) time.Time {
	if len(d.Hours) == 0 || d.location == nil {
		return at.Add(window)
	}
	at = at.In(d.location)
	day := at
	for range 4 * 366 {
		for _, s := range d.spans(day) {
			from := s[0]
			if at.After(from) {
				from = at
			}
			if !from.Before(s[1]) {
				continue
			}
			left := s[1].Sub(from)
			if window <= left {
				return from.Add(window).UTC()
			}
			window -= left
			at = s[1]
		}
		y, m, dd := day.Date()
		day = time.Date(y, m, dd+1, 0, 0, 0, 0, d.location)
	}
	return at.UTC() // hours that never come
}

// Open says whether somebody works at a moment, and if not, when next.
func (d Definition) Open(at time.Time) (open bool, next time.Time) {
	if len(d.Hours) == 0 || d.location == nil {
		return true, at
	}
	next = d.Add(at, time.Nanosecond).Add(-time.Nanosecond)
	return !next.After(at), next
}
