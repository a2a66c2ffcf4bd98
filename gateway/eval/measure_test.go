package eval_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shopkeeper/gateway/eval"
)

func near(t *testing.T, name string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("%s = %v, want %v", name, got, want)
	}
}

func TestMeasures(t *testing.T) {
	grades := map[string]int{"a": 3, "b": 2, "c": 0, "d": 1}
	ranked := []string{"x", "b", "c", "a"}
	ideal := 7 + 3/math.Log2(3) + 1/math.Log2(4)
	near(t, "NDCG", eval.NDCG(ranked, grades, 10), (3/math.Log2(3)+7/math.Log2(5))/ideal)
	near(t, "NDCG@2", eval.NDCG(ranked, grades, 2), 3/math.Log2(3)/(7+3/math.Log2(3)))
	near(t, "condensed", eval.NDCG(eval.Condensed(ranked, grades), grades, 10), (3+7/math.Log2(4))/ideal)
	near(t, "MRR", eval.MRR(ranked, grades, 10), 0.5)
	near(t, "MRR@1", eval.MRR(ranked, grades, 1), 0)
	near(t, "recall", eval.Recall(ranked, grades, 100), 2.0/3)
	near(t, "nothing relevant", eval.NDCG(ranked, map[string]int{"a": 0}, 10)+eval.Recall(ranked, nil, 10), 0)
}

func TestTypo(t *testing.T) {
	kinds := map[int]int{}
	for seed := range uint64(400) {
		const s = "wireless mouse usb"
		got := eval.Typo(s, seed)
		if got == s || eval.Typo(s, seed) != got || !strings.HasSuffix(got, " usb") {
			t.Fatalf("seed %d: %q", seed, got)
		}
		kinds[len(got)-len(s)]++
	}
	if kinds[-1] == 0 || kinds[0] == 0 || kinds[1] == 0 || len(kinds) != 3 {
		t.Errorf("lengths changed by %v", kinds)
	}
	if got := eval.Typo("耳机 usb", 1); got != "耳机 usb" {
		t.Errorf("a text without a long word became %q", got)
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A small run from files to figures and the TREC lines.
func TestSearchSuite(t *testing.T) {
	var run strings.Builder
	o := eval.SearchOptions{
		Products: write(t, "p.jsonl", `{"id":"1","title":"Red kettle","price_cents":2000}
{"id":"2","title":"Blue kettle","price_cents":4000}
{"id":"3","title":"Desk lamp","price_cents":1500}
`),
		Queries: write(t, "q.tsv", "a\tkettle under 30\nb\tlamp\nc\tnothing of the kind\nd\tnot judged\n"),
		Qrels:   write(t, "r.tsv", "a\t0\t1\t3\na\t0\t2\t0\nb\t0\t3\t2\nc\t0\t1\t1\n"),
		Run:     &run,
	}
	r, err := eval.Search(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Queries != 3 || r.Empty != 1 || r.Products != 3 || len(r.Each) != 3 {
		t.Errorf("%+v", r)
	}
	near(t, "NDCG", r.NDCG10, 2.0/3)
	near(t, "recall", r.Recall100, 2.0/3)
	if want := "a Q0 1 1 100 shopkeeper\nb Q0 3 1 100 shopkeeper\n"; run.String() != want {
		t.Errorf("run:\n%s", run.String())
	}
	for name, bad := range map[string]eval.SearchOptions{
		"no such file":   {Products: "nowhere.jsonl", Queries: o.Queries, Qrels: o.Qrels},
		"queries":        {Products: o.Products, Queries: write(t, "q.tsv", "one column\n"), Qrels: o.Qrels},
		"grade":          {Products: o.Products, Queries: o.Queries, Qrels: write(t, "r.tsv", "a\t0\t1\thigh\n")},
		"columns":        {Products: o.Products, Queries: o.Queries, Qrels: write(t, "r.tsv", "a 1\n")},
		"a rejected row": {Products: write(t, "p.jsonl", `{"id":"1"}`), Queries: o.Queries, Qrels: o.Qrels},
		"nothing judged": {Products: o.Products, Queries: o.Queries, Qrels: write(t, "r.tsv", "zz\t0\t1\t1\n")},
	} {
		if _, err := eval.Search(context.Background(), bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
