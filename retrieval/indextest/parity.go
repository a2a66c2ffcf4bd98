package indextest

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"shopkeeper/retrieval"
)

// Judged are the queries that two indexes are compared on: the collection's own and, where there are some, the same in Chinese.
func (d Data) Judged(t testing.TB) []Query {
	t.Helper()
	out := d.Queries
	translated, err := filepath.Glob(filepath.Join(Dir(t, filepath.Join("search", d.Name)), "queries.*.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range translated {
		for _, r := range tsv(t, path) {
			out = append(out, Query{ID: r[0] + "." + strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "queries."), ".tsv"), Text: r[1]})
		}
	}
	return out
}

// Parity compares the lexical legs of two indexes that hold the same documents: totals equal, scores equal to 32-bit rounding,
// and the same ten first, ties aside. It returns how many queries found something.
func Parity(t *testing.T, a, b retrieval.Index, queries []Query) (found int) {
	t.Helper()
	const top, deep = 10, 30
	for _, q := range queries {
		rq := retrieval.Query{Tenant: "judged", Kind: retrieval.KindProduct, Terms: Terms(q.Text), Limit: deep}
		if len(rq.Terms) == 0 {
			t.Errorf("%s %q has no terms", q.ID, q.Text)
			continue
		}
		fa, fb := search(t, a, rq), search(t, b, rq)
		if fa.Total != fb.Total {
			t.Errorf("%s %q: totals %d and %d", q.ID, q.Text, fa.Total, fb.Total)
		}
		if len(fa.Hits) > 0 {
			found++
		}
		scores := map[string]float64{}
		for _, h := range fb.Hits {
			scores[h.ID] = h.Lexical
		}
		for i, h := range fa.Hits[:min(top, len(fa.Hits))] {
			if i >= len(fb.Hits) {
				t.Errorf("%s %q: %d hits and %d", q.ID, q.Text, len(fa.Hits), len(fb.Hits))
				break
			}
			// In the same place, or in the place of one that scores the same.
			near := func(x, y float64) bool { return math.Abs(x-y) <= 1e-5*math.Max(x, y) }
			if other := fb.Hits[i]; other.ID != h.ID && !near(other.Lexical, h.Lexical) {
				t.Errorf("%s %q, place %d: %s (%.6f) and %s (%.6f)", q.ID, q.Text, i+1, h.ID, h.Lexical, other.ID, other.Lexical)
			}
			if s, ok := scores[h.ID]; ok && !near(s, h.Lexical) {
				t.Errorf("%s %q: %s scores %.6f and %.6f", q.ID, q.Text, h.ID, h.Lexical, s)
			}
		}
	}
	return found
}
