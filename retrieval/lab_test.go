package retrieval_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"shopkeeper/gateway/eval"
	"shopkeeper/retrieval"
	"shopkeeper/retrieval/indextest"
	"shopkeeper/retrieval/local"
	"shopkeeper/retrieval/text"
)

func TestLab(t *testing.T) {
	for _, name := range []string{"icecat-en", "multicpr-zh-mini"} {
		d := indextest.Load(t, name)
		t0 := time.Now()
		docs := d.Docs()
		t1 := time.Now()
		x := local.New(local.Options{})
		if err := x.Upsert(context.Background(), docs); err != nil {
			t.Fatal(err)
		}
		t2 := time.Now()
		var ndcg, rec float64
		var lat time.Duration
		for _, q := range d.Queries {
			terms := map[string]float64{}
			for _, tok := range text.Tokens(q.Text) {
				terms[tok.Term] = 1
			}
			s := time.Now()
			f, err := x.Search(context.Background(), retrieval.Query{Tenant: "judged", Kind: "product", Terms: terms, Limit: 100})
			lat += time.Since(s)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, h := range f.Hits {
				ids = append(ids, h.ID)
			}
			n := eval.NDCG(ids, q.Grades, 10)
			ndcg += n
			rec += eval.Recall(ids, q.Grades, 100)
			if name == "icecat-en" {
				fmt.Printf("%s %.3f r%.2f %s\n", q.ID, n, eval.Recall(ids, q.Grades, 100), q.Text)
			}
		}
		n := float64(len(d.Queries))
		fmt.Printf("%s ndcg %.4f recall %.4f docs %v index %v mean %v\n", name, ndcg/n, rec/n, t1.Sub(t0), t2.Sub(t1), lat/time.Duration(n))
	}
}
