package desk

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Plan is how a tenant's desk works: its clocks and its people.
type Plan struct {
	Clocks []Definition
	Agents []Agent
}

// Clock is the definition of a clock; false: the tenant has none of that name.
func (p Plan) Clock(name string) (Definition, bool) {
	for _, d := range p.Clocks {
		if d.Name == name {
			return d, true
		}
	}
	return Definition{}, false
}

// StandardPlan is that of a tenant that has chosen nothing.
func StandardPlan(string) Plan { return Plan{Clocks: Ready[Standard]} }

// Clocks are a ready set's definitions by its name, for a shop in a zone: where a definition names none it takes the shop's.
func Clocks(set, zone string) ([]Definition, error) {
	ready, ok := Ready[set]
	if !ok {
		names := make([]string, 0, len(Ready))
		for name := range Ready {
			names = append(names, name)
		}
		slices.Sort(names)
		return nil, fmt.Errorf("there is no set of clocks %q: there are %s", set, strings.Join(names, ", "))
	}
	return inZone(slices.Clone(ready), zone)
}

// ReadClocks reads definitions from JSON: a list of them, each clock at most once.
func ReadClocks(data []byte, zone string) ([]Definition, error) {
	var ds []Definition
	if err := json.Unmarshal(data, &ds); err != nil {
		return nil, fmt.Errorf("clocks are a JSON list of definitions: %w", err)
	}
	seen := map[string]bool{}
	for _, d := range ds {
		if seen[d.Name] {
			return nil, fmt.Errorf("the clock %s is there twice", d.Name)
		}
		seen[d.Name] = true
		if d.ID == "" {
			return nil, fmt.Errorf("the clock %s has no id", d.Name)
		}
	}
	return inZone(ds, zone)
}

func inZone(ds []Definition, zone string) ([]Definition, error) {
	var errs []error
	for i := range ds {
		ds[i].Zone = cmp.Or(ds[i].Zone, zone)
		if err := ds[i].check(); err != nil {
			errs = append(errs, fmt.Errorf("clock %s: %w", ds[i].ID, err))
		}
	}
	return ds, errors.Join(errs...)
}

// Counts says which runs of a clock are one in reports: each round, all of a customer's day, or all of a conversation.
func (d Definition) Counts(conversation, customer string, started time.Time) string {
	switch d.Unit {
	case "customer_day":
		return customer + " " + started.In(d.Location()).Format(time.DateOnly)
	case "conversation":
		return conversation
	}
	return conversation + " " + started.UTC().Format(time.RFC3339Nano)
}

// Excluded says whether a conversation with these tags does not count.
func (d Definition) Excluded(tags []string) bool {
	return slices.ContainsFunc(tags, func(t string) bool { return slices.Contains(d.Exclude, t) })
}

// Agent is a person at the desk.
type Agent struct {
	ID     string
	Name   string
	Skills []string // reasons of handoffs; empty: all
	Langs  []string // empty: all
	Editor bool     // may publish documents
	Online bool     // has the desk open
	Open   int      // conversations that are the agent's
}

// Assign suggests who is to take a conversation: of those who are there, speak its language and know its matter, who has least to do.
// Whoever names the matter goes before those who know a little of everything. "": nobody.
func Assign(agents []Agent, skill, lang string) string {
	knows := func(a Agent) int {
		switch {
		case skill != "" && slices.Contains(a.Skills, skill):
			return 2
		case len(a.Skills) == 0:
			return 1
		}
		return 0
	}
	best, found := Agent{}, false
	for _, a := range agents {
		if !a.Online || len(a.Langs) > 0 && !slices.Contains(a.Langs, lang) || knows(a) == 0 {
			continue
		}
		order := cmp.Or(cmp.Compare(knows(best), knows(a)), cmp.Compare(a.Open, best.Open), cmp.Compare(a.ID, best.ID))
		if !found || order < 0 {
			best, found = a, true
		}
	}
	return best.ID
}

// Viewer is an agent who looks at a conversation.
type Viewer struct {
	Agent string `json:"agent"`
	Doing string `json:"doing"`
}

// What viewers do; Gone ends it.
const (
	Viewing = "viewing"
	Typing  = "typing"
	Gone    = "gone"
)

// Report is how a clock was met: of its units, those of which every run was in time.
type Report struct {
	Definition string  `json:"definition"`
	Name       string  `json:"name"`
	Units      int64   `json:"units"`
	Met        int64   `json:"met"`
	Threshold  float64 `json:"threshold"` // share that has to be met
}
