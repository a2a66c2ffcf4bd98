package rules

import (
	"fmt"
	"strings"
	"testing"

	"shopkeeper/tools"
)

func TestFiltersReplaceAndAdd(t *testing.T) {
	f := func(field, op string, v any) tools.Filter { return tools.Filter{Field: field, Op: op, Value: v} }
	for _, c := range []struct {
		old  []tools.Filter
		add  tools.Filter
		want string
	}{
		{[]tools.Filter{f("price", "lte", 200.0)}, f("price", "lte", 100.0), "price lte 100"},
		{[]tools.Filter{f("price", "lte", 200.0)}, f("price", "gte", 50.0), "price lte 200; price gte 50"},
		{[]tools.Filter{f("price", "lte", 200.0)}, f("price", "gte", 300.0), "price gte 300"},
		{[]tools.Filter{f("color", "not_in", []string{"red"})}, f("color", "not_in", []string{"blue"}), "color not_in [red blue]"},
		{[]tools.Filter{f("color", "in", []string{"red"})}, f("color", "in", []string{"blue"}), "color in [blue]"},
		{[]tools.Filter{f("color", "in", []any{"red"})}, f("color", "not_in", []string{"red"}), "color not_in [red]"},
		{[]tools.Filter{f("color", "not_in", []string{"red", "blue"})}, f("color", "in", []string{"blue"}), "color not_in [red]; color in [blue]"},
		{[]tools.Filter{f("brand", "in", []string{"A"})}, f("color", "in", []string{"blue"}), "brand in [A]; color in [blue]"},
	} {
		var got []string
		for _, x := range with(c.old, c.add) {
			got = append(got, fmt.Sprintf("%s %s %v", x.Field, x.Op, x.Value))
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%v + %v = %s, want %s", c.old, c.add, s, c.want)
		}
	}
}
