package desk

import (
	"testing"

	"shopkeeper/shop"
)

func TestCandidate(t *testing.T) {
	w := Row{Name: "Alex Morgan"}
	for _, c := range []struct {
		name, asked, sent, title, text string
		x                              Suggestion
		kind                           shop.DocumentKind
	}{
		{
			"a macro", "My parcel 10023345 is wet, call +49 170 1234567", "Sorry Alex, order 10023345 comes again; we write to alex@example.com.", "My parcel … is wet, call +…",
			"Sorry {customer}, order {order} comes again; we write to ….",
			Suggestion{Source: FromFacts, Intent: "orders"},
			shop.Macro,
		},
		{"a question of many", "退货要几天？", "订单号 SK-1000001 可在 30 天内退货，Alex Morgan。", "退货要几天？", "订单号 … 可在 30 天内退货，…。", Suggestion{Source: FromPolicy}, shop.FAQ},
		{"nothing asked", "", "We are closed on Monday.", "We are closed on Monday.", "We are closed on Monday.", Suggestion{}, shop.Macro},
	} {
		c.x.ID = "7"
		d := candidate(c.x, w, c.asked, c.sent)
		if d.Kind != c.kind || d.Title != c.title || d.Text != c.text || d.Origin != "suggestion:7" {
			t.Errorf("%s: %+v", c.name, d)
		}
	}
}

func TestReplacedBy(t *testing.T) {
	is := func(s SuggestionState, reason string, distance float64) Suggestion {
		return Suggestion{State: s, Reason: reason, Distance: distance}
	}
	for name, c := range map[string]struct {
		all  []Suggestion
		want bool
	}{
		"sent as it was":               {[]Suggestion{is(Sent, "", 0.1), is(Dismissed, "wrong", 0)}, false},
		"much edited":                  {[]Suggestion{is(Expired, "", 0), is(Sent, "", 0.5)}, true},
		"dismissed":                    {[]Suggestion{is(Expired, "", 0), is(Dismissed, "incomplete", 0)}, true},
		"not needed":                   {[]Suggestion{is(Dismissed, "not_needed", 0)}, false},
		"nobody looked at suggestions": {[]Suggestion{is(Expired, "", 0)}, false},
	} {
		if _, got := replacedBy(c.all); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
