package eval

import (
	"math"
	"slices"
)

// NDCG of the first k ranked ids: gain 2^grade−1, discount log2(rank+1), an unjudged document gains nothing.
func NDCG(ranked []string, grades map[string]int, k int) float64 {
	ideal := make([]int, 0, len(grades))
	for _, g := range grades {
		ideal = append(ideal, g)
	}
	slices.SortFunc(ideal, func(a, b int) int { return b - a })
	sum, best := 0.0, 0.0
	for i := range k {
		d := 1 / math.Log2(float64(i+2))
		if i < len(ranked) {
			sum += gain(grades[ranked[i]]) * d
		}
		if i < len(ideal) {
			best += gain(ideal[i]) * d
		}
	}
	if best == 0 {
		return 0
	}
	return sum / best
}

func gain(grade int) float64 { return math.Exp2(float64(grade)) - 1 }

// Condensed leaves unjudged documents out of a ranking.
func Condensed(ranked []string, grades map[string]int) []string {
	var out []string
	for _, id := range ranked {
		if _, ok := grades[id]; ok {
			out = append(out, id)
		}
	}
	return out
}

// MRR is the reciprocal rank of the first relevant document within k.
func MRR(ranked []string, grades map[string]int, k int) float64 {
	for i, id := range ranked[:min(k, len(ranked))] {
		if grades[id] > 0 {
			return 1 / float64(i+1)
		}
	}
	return 0
}

// Recall is the share of relevant documents within the first k.
func Recall(ranked []string, grades map[string]int, k int) float64 {
	found, all := 0, 0
	for _, g := range grades {
		if g > 0 {
			all++
		}
	}
	for _, id := range ranked[:min(k, len(ranked))] {
		if grades[id] > 0 {
			found++
		}
	}
	if all == 0 {
		return 0
	}
	return float64(found) / float64(all)
}
