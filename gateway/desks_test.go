package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"shopkeeper/gateway/desk"
)

func TestDesksAreChecked(t *testing.T) {
	good := "[[desks]]\ntenant = \"t\"\nclocks = \"marketplace-3-minutes\"\nzone = \"Asia/Shanghai\"\n[[agents]]\ntenant = \"t\"\nid = \"amy\"\nskills = [\"complaint\"]\nlangs = [\"zh\"]\n"
	if code, _, errs := cli(t, "config", "check", write(t, "c.toml", good)); code != 0 {
		t.Fatal(errs)
	}
	for text, want := range map[string]string{
		"[[desks]]\nclocks = \"standard\"\n":                                                   ":1: desks 1: it has no tenant",
		"[[desks]]\ntenant = \"t\"\n[[desks]]\ntenant = \"t\"\n":                               ":4: desks 2: the tenant \"t\" has two desks",
		"[[desks]]\ntenant = \"t\"\nclocks = \"sundial\"\n":                                    ":3: desks 1: there is no set of clocks \"sundial\": there are around-the-clock, marketplace-3-minutes, standard",
		"[[desks]]\ntenant = \"t\"\nclocks = \"missing.json\"\n":                               ":3: desks 1: read clocks",
		"[[desks]]\ntenant = \"t\"\nzone = \"Atlantis\"\n":                                     ":3: desks 1: zone is \"Atlantis\"",
		"[[agents]]\nid = \"amy\"\n":                                                           ":1: agents 1: it has no tenant",
		"[[agents]]\ntenant = \"t\"\n":                                                         ":1: agents 1: it has no id",
		"[[agents]]\ntenant = \"t\"\nid = \"amy\"\nskills = [\"juggling\"]\n":                  ":4: agents 1: skill \"juggling\" is none of",
		"[[agents]]\ntenant = \"t\"\nid = \"amy\"\nlangs = [\"fr\"]\n":                         ":4: agents 1: language \"fr\"",
		"[[agents]]\ntenant = \"t\"\nid = \"amy\"\n[[agents]]\ntenant = \"t\"\nid = \"amy\"\n": ":6: agents 2: the agent \"amy\" is there twice",
	} {
		code, _, errs := cli(t, "config", "check", write(t, "c.toml", text))
		if code == 0 || !strings.Contains(errs, want) {
			t.Errorf("%q: %d %s, want %s", text, code, errs, want)
		}
	}
}

func TestPlans(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clocks.json")
	if err := os.WriteFile(file, []byte(`[{"id": "own", "name": "handoff_wait", "seconds": 60, "hours": [{"days": [1], "from": "09:00", "to": "17:00"}]}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &plans{zone: func(string) string { return "America/New_York" }, demo: "d", staff: demoStaff([2]string{"a1", "a2"})}
	p.set(Settings{Lists: Lists{
		Desks:  []DeskSettings{{Tenant: "t", Clocks: file}},
		Agents: []AgentSettings{{Tenant: "t", ID: "amy", Skills: []string{"complaint"}}, {Tenant: "d", ID: "a1", Name: "Ann"}},
		Keys:   []KeySettings{{Secret: "s1", Tenant: "t", Role: "agent", Person: "gus"}, {Secret: "s2", Tenant: "t", Role: "agent", ID: "k"}, {Secret: "s3", Tenant: "t", Role: "app"}},
	}})
	own := p.plan("t")
	if d, ok := own.Clock(desk.HandoffWait); !ok || d.ID != "own" || d.Location().String() != "America/New_York" || len(own.Clocks) != 1 {
		t.Errorf("%+v", own.Clocks)
	}
	ids := func(plan desk.Plan) (out string) {
		for _, a := range plan.Agents {
			out += a.ID + " " + a.Name + ","
		}
		return out
	}
	if got := ids(own); got != "gus ,key-k ,amy ," {
		t.Error(got)
	}
	if got := ids(p.plan("d")); got != "a2 Mei,a1 Ann," {
		t.Error(got)
	}
	saturday, monday := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC), time.Date(2026, 11, 30, 15, 0, 0, 0, time.UTC)
	if got := p.opens("t", "en", saturday); got != "Monday, 30 November, 09:00 EST" {
		t.Error(got)
	}
	if got := p.opens("t", "zh", saturday); got != "11月30日09:00 EST " {
		t.Error(got)
	}
	if got := p.opens("t", "en", monday); got != "" {
		t.Error(got)
	}
	// A tenant that chose nothing has the standard clocks, in its own zone.
	if d, ok := p.plan("x").Clock(desk.NextReply); !ok || d.ID != "standard-next" || d.Location().String() != "America/New_York" {
		t.Errorf("%+v", d)
	}
	p.set(Settings{})
	if got := ids(p.plan("t")); got != "" {
		t.Errorf("after a reload: %s", got)
	}
}
