package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// loaded is as much of a line of the gateway kit's load as the table needs.
type loaded struct {
	Request float64            `json:"cpu_us_per_req"`
	Token   float64            `json:"cpu_us_per_token"`
	RPS     float64            `json:"rps"`
	RSS     float64            `json:"rss_peak_mb"`
	Errors  int                `json:"errors"`
	TTFB    map[string]float64 `json:"ttfb_ms"`
	Transit map[string]float64 `json:"token_transit_ms"`
}

// pairRow is a figure of a case: what of the pairs' two sides, and how the bar compares them.
type pairRow struct {
	in, what, bar string
	of            func(floor, ours loaded) float64
	good          func(v float64) bool
}

var pairRows = []pairRow{
	{"closed", "CPU a request, c=64, times the floor's", "≤ 1.4", func(f, o loaded) float64 { return o.Request / f.Request }, func(v float64) bool { return v <= 1.4 }},
	{"closed", "requests a second, c=64, times the floor's", "≥ 0.75", func(f, o loaded) float64 { return o.RPS / f.RPS }, func(v float64) bool { return v >= 0.75 }},
	{"open", "first byte at 500/s, p50, ms above the floor's", "≤ 0.10", func(f, o loaded) float64 { return o.TTFB["p50"] - f.TTFB["p50"] }, func(v float64) bool { return v <= 0.10 }},
	{"open", "first byte at 500/s, p99, ms above the floor's", "≤ 1", func(f, o loaded) float64 { return o.TTFB["p99"] - f.TTFB["p99"] }, func(v float64) bool { return v <= 1 }},
	{"streams2000", "2,000 streams: CPU a token, times the floor's", "≤ 1.15", func(f, o loaded) float64 { return o.Token / f.Token }, func(v float64) bool { return v <= 1.15 }},
	{"streams2000", "2,000 streams: peak RSS, MB above 1.25 times the floor's", "≤ 30", func(f, o loaded) float64 { return o.RSS - 1.25*f.RSS }, func(v float64) bool { return v <= 30 }},
	{"streams500", "500 streams: transit p99, ms above 1.25 times the floor's", "≤ 1", func(f, o loaded) float64 { return o.Transit["p99"] - 1.25*f.Transit["p99"] }, func(v float64) bool { return v <= 1 }},
}

// TestPairs prints the table of .ci/bench-gateway, which measures.
func TestPairs(t *testing.T) {
	file := os.Getenv("SHOPKEEPER_PAIRS")
	if file == "" {
		t.Skip("SHOPKEEPER_PAIRS names the pairs that .ci/bench-gateway measured")
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string][][2]loaded{}
	for line := range strings.Lines(string(raw)) {
		var pair [2]loaded
		cells := strings.Split(strings.TrimSpace(line), "\t")
		if len(cells) != 3 || json.Unmarshal([]byte(cells[1]), &pair[0]) != nil || json.Unmarshal([]byte(cells[2]), &pair[1]) != nil {
			t.Fatalf("a pair is %q", line)
		}
		if pair[0].Errors+pair[1].Errors > 0 {
			t.Errorf("%s: %d and %d errors", cells[0], pair[0].Errors, pair[1].Errors)
		}
		cases[cells[0]] = append(cases[cells[0]], pair)
	}
	fmt.Println("| check | bar | median (least – most) of the pairs | |\n|---|---|---|---|")
	for _, r := range pairRows {
		var vs []float64
		for _, p := range cases[r.in] {
			vs = append(vs, r.of(p[0], p[1]))
		}
		if len(vs) == 0 {
			continue
		}
		slices.Sort(vs)
		v, said := vs[len(vs)/2], "holds"
		if !r.good(v) {
			said = "**falls short**"
		}
		fmt.Printf("| %s | %s | %.2f (%.2f – %.2f) of %d | %s |\n", r.what, r.bar, v, vs[0], vs[len(vs)-1], len(vs), said)
	}
}
