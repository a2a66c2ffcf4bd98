package desk

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAssign(t *testing.T) {
	amy := Agent{ID: "amy", Online: true, Open: 3}
	for name, c := range map[string]struct {
		agents      []Agent
		skill, lang string
		want        string
	}{
		"nobody":                      {nil, "complaint", "en", ""},
		"nobody is there":             {[]Agent{{ID: "bob"}}, "complaint", "en", ""},
		"who has less to do":          {[]Agent{amy, {ID: "bob", Online: true, Open: 2}}, "complaint", "en", "bob"},
		"who knows the matter":        {[]Agent{{ID: "bob", Online: true}, {ID: "cy", Online: true, Open: 9, Skills: []string{"complaint"}}}, "complaint", "en", "cy"},
		"who knows another one":       {[]Agent{{ID: "cy", Online: true, Skills: []string{"identity"}}, amy}, "complaint", "en", "amy"},
		"only others' matters":        {[]Agent{{ID: "cy", Online: true, Skills: []string{"identity"}}}, "complaint", "en", ""},
		"who speaks the language":     {[]Agent{{ID: "bob", Online: true, Langs: []string{"en"}}, {ID: "mei", Online: true, Open: 5, Langs: []string{"zh", "en"}}}, "other", "zh", "mei"},
		"nobody speaks the language":  {[]Agent{{ID: "bob", Online: true, Langs: []string{"en"}}}, "other", "zh", ""},
		"of equals always the same":   {[]Agent{{ID: "z", Online: true}, {ID: "a", Online: true}, {ID: "m", Online: true}}, "other", "en", "a"},
		"of two who know it one":      {[]Agent{{ID: "a", Online: true, Open: 1, Skills: []string{"complaint"}}, {ID: "b", Online: true, Skills: []string{"complaint"}}}, "complaint", "en", "b"},
		"the language before the all": {[]Agent{{ID: "a", Online: true, Langs: []string{"en"}, Skills: []string{"complaint"}}, {ID: "b", Online: true}}, "complaint", "zh", "b"},
	} {
		if got := Assign(c.agents, c.skill, c.lang); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Nobody is assigned who is away, does not know the matter or the language, or has more to do than somebody who is as good.
func TestAssignIsFair(t *testing.T) {
	skills, langs := []string{"complaint", "identity"}, []string{"en", "zh"}
	rapid.Check(t, func(t *rapid.T) {
		agents := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) Agent {
			return Agent{
				ID: rapid.StringMatching(`[a-f]`).Draw(t, "id"), Online: rapid.Bool().Draw(t, "online"), Open: rapid.IntRange(0, 3).Draw(t, "open"),
				Skills: rapid.SliceOfN(rapid.SampledFrom(skills), 0, 1).Draw(t, "skills"), Langs: rapid.SliceOfN(rapid.SampledFrom(langs), 0, 1).Draw(t, "langs"),
			}
		}), 0, 6, func(a Agent) string { return a.ID }).Draw(t, "agents")
		skill, lang := rapid.SampledFrom(skills).Draw(t, "skill"), rapid.SampledFrom(langs).Draw(t, "lang")
		fits := func(a Agent) bool {
			return a.Online && (len(a.Skills) == 0 || slices.Contains(a.Skills, skill)) && (len(a.Langs) == 0 || slices.Contains(a.Langs, lang))
		}
		got := Assign(agents, skill, lang)
		i := slices.IndexFunc(agents, func(a Agent) bool { return a.ID == got })
		if i < 0 {
			if slices.ContainsFunc(agents, fits) {
				t.Fatalf("nobody of %+v", agents)
			}
			return
		}
		if !fits(agents[i]) {
			t.Fatalf("%s of %+v", got, agents)
		}
		for _, a := range agents {
			if fits(a) && slices.Equal(a.Skills, agents[i].Skills) && a.Open < agents[i].Open {
				t.Fatalf("%s, though %s has less to do: %+v", got, a.ID, agents)
			}
		}
		slices.Reverse(agents)
		if again := Assign(agents, skill, lang); again != got {
			t.Fatalf("%s, and in another order %s", got, again)
		}
	})
}

func TestReadClocks(t *testing.T) {
	ds, err := ReadClocks([]byte(`[{"id":"a","name":"next_reply","seconds":180,"unit":"customer_day","exclude":["spam"],"hours":[{"days":[1],"from":"09:00","to":"10:00"}]},
		{"id":"b","name":"resolution","seconds":3600,"zone":"UTC"}]`), "Asia/Shanghai")
	if err != nil || len(ds) != 2 || ds[0].Location().String() != "Asia/Shanghai" || ds[1].Location() != time.UTC {
		t.Fatalf("%+v, %v", ds, err)
	}
	if !ds[0].Excluded([]string{"vip", "spam"}) || ds[0].Excluded([]string{"vip"}) {
		t.Error("tags")
	}
	for text, why := range map[string]string{
		`{}`: "JSON list", `[{"id":"a","name":"tea","seconds":1}]`: "no clock", `[{"name":"next_reply","seconds":1}]`: "no id",
		`[{"id":"a","name":"next_reply","seconds":1},{"id":"b","name":"next_reply","seconds":1}]`: "twice", `[{"id":"a","name":"next_reply","seconds":1,"zone":"Nowhere/City"}]`: "Nowhere",
	} {
		if _, err := ReadClocks([]byte(text), "UTC"); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := Clocks("none", "UTC"); err == nil || !strings.Contains(err.Error(), "standard") {
		t.Error(err)
	}
	ds, err = Clocks("marketplace-3-minutes", "UTC")
	if d, ok := (Plan{Clocks: ds}).Clock(NextReply); err != nil || !ok || d.Seconds != 180 || d.Location().String() != "Asia/Shanghai" {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestCounts(t *testing.T) {
	late := moment(t, "2026-11-25T16:30:00Z") // in Shanghai it is the next day
	d := Definition{ID: "d", Name: NextReply, Seconds: 180, Zone: "Asia/Shanghai", Unit: "customer_day"}
	if err := d.check(); err != nil {
		t.Fatal(err)
	}
	if got := d.Counts("c1", "ann", late); got != "ann 2026-11-26" {
		t.Error(got)
	}
	d.Unit = "conversation"
	if d.Counts("c1", "ann", late) != d.Counts("c1", "ann", late.Add(time.Hour)) {
		t.Error("a conversation counts twice")
	}
	d.Unit = "round"
	if d.Counts("c1", "ann", late) == d.Counts("c1", "ann", late.Add(time.Hour)) {
		t.Error("two rounds count once")
	}
}
