package tools

import (
	"strings"
	"testing"

	"shopkeeper/retrieval"
)

// A facet shows base colours in the shopper's language and every other value as Names writes it; what Names leaves out is not there.
func TestFacetCard(t *testing.T) {
	d := Deps{Names: func(_, field, value, lang string) (string, bool) { return field + " " + strings.ToUpper(value) + " " + lang, value != "kitchen" }}
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
