package desk

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func part(s Share) string {
	if s.Share == nil {
		return fmt.Sprintf("%d/%d -", s.N, s.Of)
	}
	return fmt.Sprintf("%d/%d %.2f", s.N, s.Of, *s.Share)
}

func TestQualityKeepsTheThreeApart(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, zone)
	to := from.AddDate(0, 0, 3)
	now := from.AddDate(0, 0, 2).Add(12 * time.Hour)
	at := func(h int) time.Time { return from.Add(time.Duration(h) * time.Hour) }
	f := Facts{
		Conversations: []Handled{
			{ID: "reviewed", Began: at(1), Updated: at(2), People: true, Reason: "complaint", Closed: true, Vote: -1, Verdict: 1}, // a review goes before the customer's word
			{ID: "reviewed no", Began: at(1), Updated: at(2), People: true, Reason: "complaint", Closed: true, Verdict: -1},
			{ID: "voted", Began: at(23), Updated: at(23), Vote: 1},
			{ID: "rated", Began: at(24), Updated: at(25), People: true, Closed: true, Vote: 1},
			{ID: "rated before", Began: at(26), Updated: at(50), People: true, Reason: "legal", Waits: true},
			{ID: "middling", Began: at(24), Updated: at(25), Closed: true},
			{ID: "quiet", Began: at(0), Updated: at(1)},
			{ID: "just now", Began: at(59), Updated: at(60)},
			{ID: "again", Began: at(3), Updated: at(4), Closed: true, Reopened: true},
			{ID: "another day", Began: at(-1), Updated: at(0)},
		},
		Asked: map[string]time.Time{"rated": at(24), "rated before": at(50), "middling": at(24)},
	}
	ratings := []Rating{
		{Conversation: "rated", Stars: 5, At: at(25), Agent: "gus"},
		{Conversation: "rated", Stars: 1, At: at(26), Agent: "gus"}, // the last one counts
		{Conversation: "rated before", Stars: 5, At: at(27), Agent: "gus"},
		{Conversation: "middling", Stars: 3, At: at(26)}, // says neither
		{Conversation: "unknown", Stars: 5, At: at(3)},
		{Conversation: "quiet", Stars: 9, At: at(3)},
	}
	q := QualityOf(f, ratings, from, to, now)
	for _, c := range []struct{ what, got, want string }{
		{"by the assistant alone", part(q.Assistant), "5/9 0.56"},
		{"by people", part(q.People), "4/9 0.44"},
		{"reviewed", part(q.Outcome.Reviewed), "1/2 0.50"},
		{"confirmed", part(q.Outcome.Confirmed), "1/2 0.50"},
		{"assumed", part(q.Outcome.Assumed), "2/5 0.40"},
		{"the rest", fmt.Sprint(q.Outcome.Reopened, q.Outcome.Unresolved, q.Outcome.Open), "1 1 1"},
		{"reviewed by the assistant", part(q.ByAssistant.Reviewed), "0/0 -"},
		{"the first day", fmt.Sprintf("%s %d %d", q.Days[0].Day, q.Days[0].Assistant, q.Days[0].People), "2026-03-01 3 2"},
		{"the last day", fmt.Sprintf("%s %d %d", q.Days[2].Day, q.Days[2].Assistant, q.Days[2].People), "2026-03-03 1 0"},
		{"ratings", fmt.Sprintf("%d %v %g %s", q.CSAT.Ratings, q.CSAT.Stars, *q.CSAT.Mean, part(q.CSAT.Good)), "3 [1 0 1 0 1] 3 1/3 0.33"},
		{"ratings of agents", fmt.Sprintf("%d %s %d %g %v", len(q.CSAT.Agents), q.CSAT.Agents[1].Agent, q.CSAT.Agents[1].N, *q.CSAT.Agents[1].Mean, q.CSAT.Agents[1].Small), "2 gus 2 3 true"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.what, c.got, c.want)
		}
	}
	if !q.Outcome.Reviewed.Small || share(1, 20).Small {
		t.Error("a sample below 20 is small")
	}
	// Every conversation is told once.
	o := q.Outcome
	if n := o.Reviewed.Of + o.Confirmed.Of + o.Assumed.Of; n != q.Conversations || o.Assumed.Of != o.Assumed.N+o.Reopened+o.Unresolved+o.Open {
		t.Errorf("%d told of %d", n, q.Conversations)
	}
	reasons := ""
	for _, h := range q.Handoffs {
		reasons += h.Reason + " " + part(h.Share) + ", "
	}
	if want := "complaint 2/4 0.50, legal 1/4 0.25, taken 1/4 0.25, "; reasons != want {
		t.Errorf("handoffs %s, want %s", reasons, want)
	}
	if QualityOf(f, nil, from, to, now).CSAT != nil {
		t.Error("ratings that are not collected are told")
	}
	none, err := json.Marshal(QualityOf(Facts{}, []Rating{}, from, to, now))
	if err != nil || strings.Contains(string(none), "NaN") || !strings.Contains(string(none), `"csat":{"ratings":0,"mean":null`) {
		t.Errorf("of nothing: %s (%v)", none, err)
	}
}

func TestSuggestionQuality(t *testing.T) {
	all, rows := suggestionQuality([]SuggestionWorth{
		{Day: "2026-03-01", Intent: "refund", Source: "policy", Prompt: "p1", Generated: 20, Shown: 10, Sent: 4, Edited: 1, Dismissed: 2, Reported: 1, Distance: 0.1},
		{Day: "2026-03-02", Intent: "refund", Source: "policy", Prompt: "p1", Generated: 10, Shown: 10, Sent: 6, Edited: 3, Distance: 0.5},
		{Day: "2026-03-02", Intent: "order", Source: "facts", Generated: 5},
	})
	r := rows[0]
	got := fmt.Sprintf("%d rows; %s: as it was %s, edited %s, dismissed %s, reported %s, %.2f", len(rows), r.Intent, part(r.AsItWas), part(r.Edited), part(r.Dismissed), part(r.Reported), *r.Distance)
	if want := "2 rows; refund: as it was 6/20 0.30, edited 4/20 0.20, dismissed 2/20 0.10, reported 1/20 0.05, 0.34"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if rows[1].Distance != nil || rows[1].AsItWas.Share != nil || all.Generated != 35 {
		t.Errorf("of nothing %+v, of all %+v", rows[1], all)
	}
}

func TestClockQuality(t *testing.T) {
	ds, err := ReadClocks([]byte(`[
		{"id": "first", "name": "first_automatic_reply", "seconds": 30},
		{"id": "next", "name": "next_reply", "seconds": 3600, "unit": "customer_day", "threshold": 0.9, "hours": [{"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "17:00"}]}]`), "UTC")
	if err != nil {
		t.Fatal(err)
	}
	friday := time.Date(2026, 3, 6, 16, 30, 0, 0, time.UTC)
	monday := friday.AddDate(0, 0, 3)
	run := func(unit string, from, to time.Time) Ran {
		return Ran{Definition: "next", Name: NextReply, Unit: unit, Started: from, Due: ds[1].Start(from).Due, Stopped: to}
	}
	f := Facts{Clocks: ds, Runs: []Ran{
		run("ann fri", friday, friday.Add(20*time.Minute)),
		run("ann fri", friday.Add(25*time.Minute), monday.Add(-7*time.Hour)), // Monday, 09:30: 35 minutes of work
		run("bob fri", friday, monday),                                       // eight hours
		run("amy mon", monday, time.Time{}),                                  // runs, late
		run("eve mon", monday.Add(4*time.Hour), time.Time{}),                 // runs
		{Definition: "old", Name: NextReply, Unit: "x", Started: friday, Due: friday.Add(time.Minute), Stopped: friday.Add(30 * time.Second)},
		{Definition: "first", Name: FirstReply, Unit: "x", Started: friday, Due: friday.Add(time.Minute), Stopped: friday.Add(50 * time.Second)},
	}, Answers: []Took{{0.2, 90, 0}, {1.5, 8, 0}, {40, 2, 2}}}
	got := ""
	for _, c := range clockQuality(f, monday.AddDate(0, 0, 1).Add(-405*time.Minute)) {
		got += fmt.Sprintf("%s %s breached %d running %d p50 %g p90 %g\n", c.Definition, part(c.Met), c.Breached, c.Running, *c.P50, *c.P90)
	}
	if want := "first 98/100 0.98 breached 2 running 0 p50 0.2 p90 0.2\nnext 1/3 0.33 breached 2 running 1 p50 2100 p90 28800\nold 1/1 1.00 breached 0 running 0 p50 30 p90 30\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
