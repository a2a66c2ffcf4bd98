package tools

import (
	"strings"
	"testing"

	"shopkeeper/retrieval"
	"shopkeeper/shop"
)

// A facet shows base colours in the shopper's language and every other value as Names writes it; what Names leaves out is not there.
func TestFacetCard(t *testing.T) {
	d := Deps{Names: func(_, field, value, lang string) (string, bool) {
		return field + " " + strings.ToUpper(value) + " " + lang, value != "kitchen"
	}}
	counts := func(field string, values ...string) retrieval.Facet {
		f := retrieval.Facet{Field: field, Counts: map[string]int{}}
		for i, v := range values {
			f.Counts[v] = len(values) - i
		}
		return f
	}
	for _, c := range []struct {
		facet retrieval.Facet
		lang  string
		want  string
	}{
		{counts("color", "gray", "graphite gray", "red"), "en", "gray 3, red 1"},
		{counts("color", "gray", "graphite gray", "red"), "zh", "灰色 3, 红色 1"},
		{counts("brand", "lg"), "zh", "brand LG zh 1"},
		{counts("category", "kitchen", "kettles"), "en", "category KETTLES en 1"},
	} {
		var got []string
		for _, v := range d.facetCard(c.facet, "t", c.lang).Values {
			got = append(got, v.Value+" "+string(rune('0'+v.Count)))
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s in %s: %s, want %s", c.facet.Field, c.lang, s, c.want)
		}
	}
}

// Conditions name an aisle as the shopper's language does.
func TestConditionsNameAisles(t *testing.T) {
	d := Deps{Names: func(_, _, value, lang string) (string, bool) { return value + " in " + lang, false }}
	o := shop.Offer{ID: "o", Kind: "fixed", AmountMinor: 500, Level: "platform", Scope: &shop.Scope{Categories: []string{"Kettles"}}}
	names, err := d.names(t.Context(), scope("zh"), []shop.Offer{o})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(conditions(o, "USD", "zh", names), "|"); got != "减 $5.00|仅限品类 Kettles in zh" {
		t.Errorf("%s", got)
	}
}
