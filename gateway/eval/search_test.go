package eval_test

import (
	"context"
	"path/filepath"
	"testing"

	"shopkeeper/gateway/eval"
	"shopkeeper/retrieval/indextest"
)

func options(t testing.TB, name string) eval.SearchOptions {
	dir := indextest.Dir(t, filepath.Join("search", name))
	return eval.SearchOptions{
		Products: filepath.Join(dir, "products.jsonl.gz"), Queries: filepath.Join(dir, "queries.tsv"), Qrels: filepath.Join(dir, "qrels.tsv"),
	}
}

func TestSearchBars(t *testing.T) {
	for _, c := range []struct {
		name         string
		typos        uint64
		ndcg, recall float64
	}{
		{"icecat-en", 0, 0.75, 0.88},
		{"icecat-en", 1, 0.68, 0},
		{"multicpr-zh-mini", 0, 0.815, 0},
	} {
		if raced && c.name == "icecat-en" {
			continue
		}
		o := options(t, c.name)
		o.Typos = c.typos
		r, err := eval.Search(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s typos %d: NDCG@10 %.4f (condensed %.4f) MRR %.4f recall@100 %.4f empty %d p50 %.3f p99 %.3f ms built %v",
			c.name, c.typos, r.NDCG10, r.Condensed, r.MRR10, r.Recall100, r.Empty, r.P50, r.P99, r.Built)
		if r.NDCG10 < c.ndcg || r.Recall100 < c.recall {
			t.Errorf("%s typos %d: NDCG@10 %.4f, want %.3f; recall@100 %.4f, want %.3f", c.name, c.typos, r.NDCG10, c.ndcg, r.Recall100, c.recall)
		}
		if testing.Verbose() {
			for _, e := range r.Each {
				t.Logf("  %s %.3f %.2f %q", e.ID, e.NDCG10, e.Recall100, e.Asked)
			}
		}
	}
}
