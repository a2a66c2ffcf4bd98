package retrieval

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// scored is a document with its one score.
type scored struct {
	id    string
	score float64
}

// dense is how much the vector leg counts beside the words; each leg is scaled to 0…1 over its best `depth` hits.
const dense = 0.3

// fuse brings both legs' scores together, the best first.
func fuse(hits []Hit, both bool) []scored {
	out := make([]scored, len(hits))
	if !both {
		for i, h := range hits {
			out[i] = scored{h.ID, max(h.Lexical, h.Dense)}
		}
		return out // the index has ordered them
	}
	lex := scale(hits, func(h Hit) float64 { return h.Lexical })
	den := scale(hits, func(h Hit) float64 { return h.Dense })
	for i, h := range hits {
		out[i] = scored{h.ID, (1-dense)*lex(h.Lexical) + dense*den(h.Dense)}
	}
	slices.SortStableFunc(out, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), strings.Compare(a.id, b.id))
	})
	return out
}

// scale maps a leg's scores to 0…1; 0 is a document that the leg has not found.
func scale(hits []Hit, of func(Hit) float64) func(float64) float64 {
	lo, hi := math.Inf(1), 0.0
	for _, h := range hits {
		if v := of(h); v > 0 {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	return func(v float64) float64 {
		switch {
		case v <= 0:
			return 0
		case hi <= lo:
			return 1
		}
		return (v - lo) / (hi - lo)
	}
}
