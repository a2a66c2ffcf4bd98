package desk

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// QuietHours is how long nothing has to happen in a conversation that was answered until it is assumed to be resolved.
const QuietHours = 24

// SmallSample is how many there have to be for a share to say something.
const SmallSample = 20

// Review is what a person of the shop says of a conversation.
type Review struct {
	Resolved bool      `json:"resolved"`
	Note     string    `json:"note"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
}

// Rating is what a shopper gave a conversation: 1 to 5 stars.
type Rating struct {
	Conversation string
	Stars        int
	At           time.Time
	Agent        string // who had the conversation last; "" = the assistant alone
}

// Given is a rating as the desk reads it beside its conversation.
type Given struct {
	Stars   int       `json:"stars"`
	Comment string    `json:"comment,omitempty"`
	At      time.Time `json:"at"`
}

// QualityQuery asks for the facts of conversations that began in a stretch of time.
type QualityQuery struct {
	From, To time.Time // To is not part of it
	Lang     string    // "" = all
	Rated    []string  // conversations of which it is asked when the customer wrote last
}

// Handled is what is known of one conversation.
type Handled struct {
	ID       string
	Began    time.Time
	Updated  time.Time // when something last happened in it
	People   bool      // it was handed to people, or one of them took it
	Reason   string    // of the last handoff
	Closed   bool
	Reopened bool
	Waits    bool // for an answer that is not there
	Vote     int  // 1 or -1: the customer's on an answer after their last message
	Verdict  int  // 1 resolved, -1 not: a person's, since the customer last wrote
}

// Ran is a round of a clock. One that still runs has no end.
type Ran struct {
	Definition, Name, Unit string
	Started, Due, Stopped  time.Time
}

// Took is how many answers took so long.
type Took struct {
	Seconds float64
	N       int64
	Late    int64 // of them, after the clock's end
}

// Facts are what quality is told from.
type Facts struct {
	Conversations []Handled
	Runs          []Ran
	Answers       []Took // of the assistant, in order
	Clocks        []Definition
	Asked         map[string]time.Time // of QualityQuery.Rated
	Worth         []SuggestionWorth
}

// Share is a part of something with its counts; Share null: there is nothing to be a part of.
type Share struct {
	N     int64    `json:"n"`
	Of    int64    `json:"of"`
	Share *float64 `json:"share"`
	Small bool     `json:"small"` // too few to say something
}

func share(n, of int64) Share {
	s := Share{N: n, Of: of, Small: of < SmallSample}
	if of > 0 {
		v := float64(n) / float64(of)
		s.Share = &v
	}
	return s
}

// Outcome is how a group of conversations came out. Each conversation is told by the strongest that is known of it: a person's review,
// else the customer's own word, else what may be assumed. The three are never one number.
type Outcome struct {
	Reviewed   Share `json:"reviewed"`   // resolved, of those a person reviewed
	Confirmed  Share `json:"confirmed"`  // the customer said so, of those who said something
	Assumed    Share `json:"assumed"`    // of those nobody said anything about: closed or quiet, and not reopened
	Reopened   int64 `json:"reopened"`   // of the same: opened again after it was closed
	Unresolved int64 `json:"unresolved"` // waits for an answer
	Open       int64 `json:"open"`       // too early to say
}

// HandoffCount is how often a handoff had a reason; "taken": an agent took it without one.
type HandoffCount struct {
	Reason string `json:"reason"`
	Share
}

// ClockQuality is how a clock was met, and how long it took in working time.
type ClockQuality struct {
	Definition string   `json:"definition"`
	Name       string   `json:"name"`
	Unit       string   `json:"unit"`
	Seconds    int64    `json:"seconds"`   // the window; 0 = not known any more
	Threshold  float64  `json:"threshold"` // share that has to be met; 0 = none
	Met        Share    `json:"met"`       // units of which every round was in time
	Breached   int64    `json:"breached"`
	Running    int64    `json:"running"` // rounds that may still be met; they are in no other figure
	P50        *float64 `json:"p50"`     // seconds of the rounds that ended
	P90        *float64 `json:"p90"`
}

// SuggestionQuality is what suggestions were worth. Shares are of those that somebody saw.
type SuggestionQuality struct {
	Intent    string   `json:"intent"`
	Source    string   `json:"source"`
	Prompt    string   `json:"prompt"`
	Generated int64    `json:"generated"`
	Shown     int64    `json:"shown"`
	AsItWas   Share    `json:"as_it_was"` // sent without a change
	Edited    Share    `json:"edited"`    // sent with changes
	Dismissed Share    `json:"dismissed"`
	Reported  Share    `json:"reported"`
	Distance  *float64 `json:"distance"` // mean of those sent
}

// CSAT is what shoppers gave.
type CSAT struct {
	Ratings int64       `json:"ratings"`
	Mean    *float64    `json:"mean"`
	Good    Share       `json:"good"`  // 4 and 5 stars
	Stars   [5]int64    `json:"stars"` // how many gave 1 … 5
	Agents  []AgentCSAT `json:"agents"`
}

// AgentCSAT is what the conversations of an agent were given; "" is the assistant.
type AgentCSAT struct {
	Agent string   `json:"agent"`
	N     int64    `json:"n"`
	Mean  *float64 `json:"mean"`
	Small bool     `json:"small"`
	sum   int64
}

// QualityDay is a day of conversations, by when they began.
type QualityDay struct {
	Day       string   `json:"day"`
	Assistant int64    `json:"assistant"`
	People    int64    `json:"people"`
	Reviewed  Share    `json:"reviewed"`
	Confirmed Share    `json:"confirmed"`
	Assumed   Share    `json:"assumed"`
	Ratings   int64    `json:"ratings"`
	Stars     *float64 `json:"stars"` // mean
}

// Quality is how the desk did. All of it is of conversations that began in the time, but clocks, which count by when they started, and
// suggestions, by when it happened and in all languages.
type Quality struct {
	Conversations int64               `json:"conversations"`
	Assistant     Share               `json:"assistant"` // by it alone
	People        Share               `json:"people"`
	QuietHours    int                 `json:"quiet_hours"`
	Outcome       Outcome             `json:"outcome"`
	ByAssistant   Outcome             `json:"by_assistant"`
	ByPeople      Outcome             `json:"by_people"`
	Handoffs      []HandoffCount      `json:"handoffs"`
	Clocks        []ClockQuality      `json:"clocks"`
	Suggestions   SuggestionQuality   `json:"suggestions"`
	Worth         []SuggestionQuality `json:"worth"`
	CSAT          *CSAT               `json:"csat"` // null: not collected
	Days          []QualityDay        `json:"days"`
}

// tally counts outcomes.
type tally struct {
	reviewed, resolved, said, confirmed, silent, assumed, reopened, unresolved, open int64
}

func (t *tally) add(h Handled, word int, now time.Time) {
	switch {
	case h.Verdict != 0:
		t.reviewed++
		t.resolved += int64(max(0, h.Verdict))
		return
	case word != 0:
		t.said++
		t.confirmed += int64(max(0, word))
		return
	}
	t.silent++
	switch {
	case h.Reopened:
		t.reopened++
	case h.Closed:
		t.assumed++
	case h.Waits:
		t.unresolved++
	case now.Sub(h.Updated) >= QuietHours*time.Hour:
		t.assumed++
	default:
		t.open++
	}
}

func (t tally) outcome() Outcome {
	return Outcome{share(t.resolved, t.reviewed), share(t.confirmed, t.said), share(t.assumed, t.silent), t.reopened, t.unresolved, t.open}
}

// QualityOf tells quality from facts. Days are those of from in its zone until to; ratings nil: they are not collected.
func QualityOf(f Facts, ratings []Rating, from, to, now time.Time) Quality {
	latest := map[string]Rating{}
	for _, r := range ratings {
		if r.Stars >= 1 && r.Stars <= 5 && !r.At.Before(latest[r.Conversation].At) {
			latest[r.Conversation] = r
		}
	}
	var all, assistant, people tally
	days, daily := map[string]*QualityDay{}, map[string]*tally{}
	var order []string
	for d := from; d.Before(to); d = d.AddDate(0, 0, 1) {
		name := d.Format(time.DateOnly)
		days[name], daily[name], order = &QualityDay{Day: name}, &tally{}, append(order, name)
	}
	reasons, stars := map[string]int64{}, map[string]int64{}
	var had int64
	given := []Rating{}
	for _, h := range f.Conversations {
		r, rated := latest[h.ID]
		word := h.Vote
		if rated && !r.At.Before(f.Asked[h.ID]) { // it is about the whole conversation, a vote about one answer
			word = cmp.Compare(r.Stars, 3)
		}
		name := h.Began.In(from.Location()).Format(time.DateOnly)
		day, counts := days[name], daily[name]
		if day == nil {
			continue
		}
		all.add(h, word, now)
		counts.add(h, word, now)
		if h.People {
			had++
			day.People++
			people.add(h, word, now)
			reasons[cmp.Or(h.Reason, "taken")]++
		} else {
			day.Assistant++
			assistant.add(h, word, now)
		}
		if rated {
			given = append(given, r)
			day.Ratings++
			stars[name] += int64(r.Stars)
		}
	}
	n := all.reviewed + all.said + all.silent
	q := Quality{
		Conversations: n, Assistant: share(n-had, n), People: share(had, n), QuietHours: QuietHours,
		Outcome: all.outcome(), ByAssistant: assistant.outcome(), ByPeople: people.outcome(),
		Handoffs: []HandoffCount{}, Clocks: clockQuality(f, now), Days: []QualityDay{},
	}
	for _, reason := range slices.SortedFunc(maps.Keys(reasons), func(a, b string) int {
		return cmp.Or(cmp.Compare(reasons[b], reasons[a]), cmp.Compare(a, b))
	}) {
		q.Handoffs = append(q.Handoffs, HandoffCount{reason, share(reasons[reason], had)})
	}
	q.Suggestions, q.Worth = suggestionQuality(f.Worth)
	if ratings != nil {
		q.CSAT = csat(given)
	}
	for _, name := range order {
		d, o := days[name], daily[name].outcome()
		d.Reviewed, d.Confirmed, d.Assumed = o.Reviewed, o.Confirmed, o.Assumed
		d.Stars = mean(stars[name], d.Ratings)
		q.Days = append(q.Days, *d)
	}
	return q
}

func mean(sum, n int64) *float64 {
	if n == 0 {
		return nil
	}
	v := float64(sum) / float64(n)
	return &v
}

func csat(given []Rating) *CSAT {
	c := &CSAT{Agents: []AgentCSAT{}}
	agents := map[string]*AgentCSAT{}
	var sum int64
	for _, r := range given {
		c.Ratings++
		c.Stars[r.Stars-1]++
		sum += int64(r.Stars)
		a := agents[r.Agent]
		if a == nil {
			a = &AgentCSAT{Agent: r.Agent}
			agents[r.Agent] = a
		}
		a.N, a.sum = a.N+1, a.sum+int64(r.Stars)
	}
	c.Mean, c.Good = mean(sum, c.Ratings), share(c.Stars[3]+c.Stars[4], c.Ratings)
	for _, id := range slices.Sorted(maps.Keys(agents)) {
		a := agents[id]
		a.Mean, a.Small = mean(a.sum, a.N), a.N < SmallSample
		c.Agents = append(c.Agents, *a)
	}
	return c
}

// suggestionQuality sums days up: in all, and by intent, source and prompt, those seen most first.
func suggestionQuality(worth []SuggestionWorth) (all SuggestionQuality, rows []SuggestionQuality) {
	sums := map[[3]string]SuggestionWorth{}
	var total SuggestionWorth
	for _, w := range worth {
		key := [3]string{w.Intent, w.Source, w.Prompt}
		sums[key], total = plus(sums[key], w), plus(total, w)
	}
	rows = []SuggestionQuality{}
	for key, w := range sums {
		row := w.quality()
		row.Intent, row.Source, row.Prompt = key[0], key[1], key[2]
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b SuggestionQuality) int {
		return cmp.Or(cmp.Compare(b.AsItWas.Of, a.AsItWas.Of), cmp.Compare(b.Generated, a.Generated), cmp.Compare(a.Intent, b.Intent), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Prompt, b.Prompt))
	})
	return total.quality(), rows
}

func plus(a, b SuggestionWorth) SuggestionWorth {
	if sent := a.Sent + b.Sent; sent > 0 {
		a.Distance = (a.Distance*float64(a.Sent) + b.Distance*float64(b.Sent)) / float64(sent)
	}
	a.Generated, a.Shown, a.Edited, a.Sent = a.Generated+b.Generated, a.Shown+b.Shown, a.Edited+b.Edited, a.Sent+b.Sent
	a.Dismissed, a.Reported = a.Dismissed+b.Dismissed, a.Reported+b.Reported
	return a
}

func (w SuggestionWorth) quality() SuggestionQuality {
	seen := max(w.Shown, w.Sent+w.Dismissed, w.Reported) // another desk may not say what it shows; what was sent was seen
	q := SuggestionQuality{
		Generated: w.Generated, Shown: w.Shown, AsItWas: share(max(0, w.Sent-w.Edited), seen), Edited: share(w.Edited, seen),
		Dismissed: share(w.Dismissed, seen), Reported: share(w.Reported, seen),
	}
	if w.Sent > 0 {
		q.Distance = &w.Distance
	}
	return q
}
