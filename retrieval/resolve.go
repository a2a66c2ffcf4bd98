package retrieval

import (
	"context"
	"slices"
	"strings"

	"shopkeeper/retrieval/text"
)

// sample is how many of the best products are asked which numbers they know.
const sample = 30

// resolve gives every measure its field: the one it names, else the one that the products found for the words know.
func (x *run) resolve(ctx context.Context) {
	var known map[string]int
	for _, m := range x.r.measures {
		if m.name != "" && !m.loose {
			field, factor := NumberField(m.name, m.unit)
			if known == nil {
				known = x.numbers(ctx)
			}
			if known[field] == 0 && m.unit != "" { // the catalogue may call it otherwise
				if other, f := x.field(measure{unit: m.unit, value: m.value}, known); other != "" && related(field, other) {
					field, factor = other, f
				}
			}
			x.limit(field, m, factor)
			continue
		}
		if known == nil {
			known = x.numbers(ctx)
		}
		field, factor := x.field(m, known)
		if field != "" {
			x.limit(field, m, factor)
		}
	}
}

// related: storage and capacity measure the same, memory and storage do not.
func related(a, b string) bool {
	family := func(s string) string {
		s, _, _ = strings.Cut(s, "_")
		if s == "capacity" {
			return "storage"
		}
		return s
	}
	return family(a) == family(b)
}

func (x *run) limit(field string, m measure, factor float64) {
	if slices.ContainsFunc(x.filters, func(f Filter) bool { return f.Field == field && f.Op == m.op }) {
		return
	}
	v := m.value * factor
	if m.op == Eq {
		x.filters = append(x.filters, number(field, Gte, v*0.9, m.unit), number(field, Lte, v*1.1, m.unit))
		return
	}
	x.filters = append(x.filters, number(field, m.op, v, m.unit))
}

// numbers counts which numbers the best products for the words know.
func (x *run) numbers(ctx context.Context) map[string]int {
	out := map[string]int{}
	q := x.query(nil, sample)
	q.Facets = []string{}
	found, err := x.s.Index.Search(ctx, q)
	if err != nil {
		return out
	}
	hits := fuse(found.Hits, x.vector != nil && len(x.r.terms) > 0)
	ps, err := x.load(ctx, hits[:min(len(hits), sample)])
	if err != nil {
		return out
	}
	for _, p := range ps {
		for field := range x.doc(p).Numbers {
			out[field]++
		}
	}
	return out
}

// binary says whether a value is one that memory comes in.
func binary(v float64) bool {
	for _, by := range []float64{1, 3} {
		for n := by * 2; n <= 4096; n *= 2 {
			if v == n {
				return v >= 4
			}
		}
	}
	return false
}

// field is the number that a measure most likely means.
func (x *run) field(m measure, known map[string]int) (string, float64) {
	if m.loose {
		stem := text.Stem(m.name)
		for _, f := range sortedKeys(known) {
			for w := range strings.FieldsFuncSeq(f, func(r rune) bool { return r == '_' || r == ' ' }) {
				if text.Stem(w) == stem && !reserved(f) {
					return f, 1
				}
			}
		}
		return "", 0
	}
	b, ok := base[text.Unit(m.unit)]
	if m.unit == "g" && known["memory_gb"]+known["storage_gb"] > 0 && binary(m.value) { // "128G" of a phone is not its weight
		b = base["gb"]
	}
	if !ok {
		return "", 0
	}
	if b.unit == "gb" {
		order := []string{"memory_gb", "storage_gb"}
		if m.value*b.factor > 64 || m.unit == "tb" {
			order = []string{"storage_gb", "memory_gb"}
		}
		for _, f := range order {
			if known[f]*3 >= known[NumPrice] && known[f] > 0 || known[f] > 3 {
				return f, b.factor
			}
		}
		return order[0], b.factor
	}
	best := ""
	for _, f := range sortedKeys(known) {
		if strings.HasSuffix(f, "_"+b.unit) && (best == "" || known[f] > known[best]) {
			best = f
		}
	}
	if b.unit == "cm" && known["screen_inch"] > 0 && (m.unit == "inch" || known["screen_inch"] > known[best]) {
		return "screen_inch", b.factor / 2.54
	}
	if best != "" {
		return best, b.factor
	}
	if b.unit == "cm" && m.unit != "inch" {
		return NumberField("length", m.unit)
	}
	for _, name := range sortedKeys(defaultUnits) {
		if defaultUnits[name] == b.unit || name == "screen" && m.unit == "inch" {
			return NumberField(name, m.unit)
		}
	}
	return NumberField("capacity", m.unit) // no product knows it: relaxing says so
}
