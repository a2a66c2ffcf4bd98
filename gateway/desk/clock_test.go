package desk

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func definition(t testing.TB, zone string, hours ...Hours) Definition {
	t.Helper()
	d := Definition{ID: "d", Name: NextReply, Seconds: 600, Zone: zone, Hours: hours}
	if err := d.check(); err != nil {
		t.Fatal(err)
	}
	return d
}

var week = []int{1, 2, 3, 4, 5}

func moment(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestAdd(t *testing.T) {
	office := definition(t, "America/New_York", Hours{week, "09:00", "17:00"})
	split := definition(t, "Asia/Shanghai", Hours{[]int{0, 1, 2, 3, 4, 5, 6}, "08:00", "12:00"}, Hours{[]int{0, 1, 2, 3, 4, 5, 6}, "13:00", "24:00"})
	night := definition(t, "Europe/Berlin", Hours{[]int{0, 1, 2, 3, 4, 5, 6}, "00:00", "24:00"})
	for name, c := range map[string]struct {
		d      Definition
		at     string
		window time.Duration
		want   string
	}{
		"within the day":                     {office, "2026-11-25T15:00:00Z", time.Hour, "2026-11-25T16:00:00Z"},
		"over the evening":                   {office, "2026-11-25T21:30:00Z", time.Hour, "2026-11-26T14:30:00Z"},
		"to the last minute":                 {office, "2026-11-25T21:30:00Z", 30 * time.Minute, "2026-11-25T22:00:00Z"},
		"over the weekend":                   {office, "2026-11-28T12:00:00Z", time.Minute, "2026-11-30T14:01:00Z"},
		"before the day begins":              {office, "2026-11-25T03:00:00Z", time.Minute, "2026-11-25T14:01:00Z"},
		"three days":                         {office, "2026-11-25T14:00:00Z", 24 * time.Hour, "2026-11-27T22:00:00Z"},
		"over lunch":                         {split, "2026-11-25T03:59:00Z", 2 * time.Minute, "2026-11-25T05:01:00Z"},
		"over midnight":                      {split, "2026-11-25T15:59:00Z", 2 * time.Minute, "2026-11-26T00:01:00Z"},
		"the night that has an hour less":    {night, "2026-03-28T22:00:00Z", 24 * time.Hour, "2026-03-29T22:00:00Z"},
		"the night that has an hour more":    {night, "2026-10-24T22:00:00Z", 25 * time.Hour, "2026-10-25T23:00:00Z"},
		"always open":                        {Definition{}, "2026-11-28T12:00:00Z", time.Hour, "2026-11-28T13:00:00Z"},
		"the hour that the clocks leave out": {definition(t, "Europe/Berlin", Hours{[]int{0}, "02:00", "04:00"}), "2026-03-29T00:30:00Z", 30 * time.Minute, "2026-03-29T01:30:00Z"},
	} {
		if got := c.d.Add(moment(t, c.at), c.window); !got.Equal(moment(t, c.want)) {
			t.Errorf("%s: %s, want %s", name, got.UTC().Format(time.RFC3339), c.want)
		}
	}
}

func TestOpen(t *testing.T) {
	office := definition(t, "America/New_York", Hours{week, "09:00", "17:00"})
	for at, want := range map[string]string{
		"2026-11-25T14:00:00Z": "", "2026-11-25T21:59:59Z": "", "2026-11-25T22:00:00Z": "2026-11-26T14:00:00Z", "2026-11-28T12:00:00Z": "2026-11-30T14:00:00Z",
	} {
		open, next := office.Open(moment(t, at))
		if open != (want == "") || want != "" && !next.Equal(moment(t, want)) {
			t.Errorf("at %s: %v, %s", at, open, next.UTC().Format(time.RFC3339))
		}
	}
}

// Working time adds up, never runs backwards, and what is due lies within the hours.
func TestAddAddsUp(t *testing.T) {
	d := definition(t, "America/New_York", Hours{week, "09:00", "12:30"}, Hours{[]int{1, 3, 6}, "14:00", "22:00"})
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, "at"), 0)
		a := time.Duration(rapid.Int64Range(1, 400_000).Draw(t, "a")) * time.Second
		b := time.Duration(rapid.Int64Range(1, 400_000).Draw(t, "b")) * time.Second
		once, twice := d.Add(at, a+b), d.Add(d.Add(at, a), b)
		if !once.Equal(twice) {
			t.Fatalf("%s + %s + %s: %s at once, %s in two", at, a, b, once, twice)
		}
		if once.Sub(at) < a+b {
			t.Fatalf("%s + %s is %s", at, a+b, once)
		}
		if open, _ := d.Open(once.Add(-time.Second)); !open {
			t.Fatalf("due at %s, when nobody works", once)
		}
	})
}

func TestStates(t *testing.T) {
	at := moment(t, "2026-11-25T15:00:00Z")
	r := Definition{ID: "d", Name: NextReply, Seconds: 100}.Start(at)
	for after, want := range map[time.Duration]string{time.Second: "running", 81 * time.Second: "warned", 101 * time.Second: "breached"} {
		if got := r.State(at.Add(after)); got != want {
			t.Errorf("after %s: %s, want %s", after, got, want)
		}
	}
	r.Ended = at.Add(90 * time.Second)
	if got := r.State(at.Add(time.Hour)); got != "stopped" {
		t.Errorf("answered in time: %s", got)
	}
	r.Ended = at.Add(110 * time.Second)
	if got := r.State(at.Add(time.Hour)); got != "breached" {
		t.Errorf("answered too late: %s", got)
	}
}

func TestReadyDefinitions(t *testing.T) {
	if len(Ready) != 3 {
		t.Errorf("%d sets", len(Ready))
	}
	for name, ds := range Ready {
		seen := map[string]bool{}
		for _, d := range ds {
			seen[d.Name] = true
		}
		if len(ds) != 4 || len(seen) != 4 {
			t.Errorf("%s has not each of the four clocks once: %+v", name, ds)
		}
	}
	for _, d := range Ready["marketplace-3-minutes"] {
		if d.Name == HandoffWait && d.Seconds != 180 {
			t.Errorf("three minutes are %d s", d.Seconds)
		}
	}
	for name, d := range map[string]Definition{
		"no such clock": {Name: "lunch", Seconds: 1}, "no window": {Name: NextReply}, "no such zone": {Name: NextReply, Seconds: 1, Zone: "Mars/Olympus"},
		"hours that end before they begin": {Name: NextReply, Seconds: 1, Hours: []Hours{{week, "17:00", "09:00"}}}, "no time of day": {Name: NextReply, Seconds: 1, Hours: []Hours{{week, "9", "17:00"}}},
		"hours without days": {Name: NextReply, Seconds: 1, Hours: []Hours{{nil, "09:00", "17:00"}}},
	} {
		if d.check() == nil {
			t.Errorf("%s passes", name)
		}
	}
}
