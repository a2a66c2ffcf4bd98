package retrieval_test

import (
	"context"
	"fmt"
	"testing"
	"unicode/utf8"

	"shopkeeper/gateway/eval"
	"shopkeeper/retrieval"
	"shopkeeper/retrieval/indextest"
	"shopkeeper/retrieval/local"
	"shopkeeper/retrieval/text"
)

func run(t *testing.T, d indextest.Data, docs []retrieval.Doc, uni float64) (float64, float64) {
	x := local.New(local.Options{})
	if err := x.Upsert(context.Background(), docs); err != nil {
		t.Fatal(err)
	}
	var ndcg, rec float64
	for _, q := range d.Queries {
		terms := map[string]float64{}
		for _, tok := range text.Tokens(q.Text) {
			w := 1.0
			if r, n := utf8.DecodeRuneInString(tok.Term); n == len(tok.Term) && r > 0x2000 {
				w = uni
			}
			terms[tok.Term] = w
		}
		f, _ := x.Search(context.Background(), retrieval.Query{Tenant: "judged", Kind: "product", Terms: terms, Limit: 100})
		var ids []string
		for _, h := range f.Hits {
			ids = append(ids, h.ID)
		}
		ndcg += eval.NDCG(ids, q.Grades, 10)
		rec += eval.Recall(ids, q.Grades, 100)
	}
	n := float64(len(d.Queries))
	return ndcg / n, rec / n
}

func TestSweep(t *testing.T) {
	z := indextest.Load(t, "multicpr-zh-mini")
	zd := z.Docs()
	i := indextest.Load(t, "icecat-en")
	id := i.Docs()
	base := map[string]text.Field{}
	for k, v := range text.Weighting {
		base[k] = v
	}
	try := func(label string, uni float64) {
		a, b := run(t, z, zd, uni)
		c, e := run(t, i, id, uni)
		fmt.Printf("%-40s zh %.4f %.3f  ice %.4f %.3f\n", label, a, b, c, e)
	}
	reset := func() {
		for k, v := range base {
			text.Weighting[k] = v
		}
		text.K1 = 1.2
	}
	for _, k := range []float64{0.4, 0.6, 0.9} {
		for _, w := range []float64{4, 6, 9} {
			for _, bb := range []float64{.3, .5} {
				text.K1 = k
				text.Weighting["title"] = text.Field{Weight: w, B: bb, Average: 12}
				try(fmt.Sprint("k1 ", k, " w ", w, " b ", bb), 1)
			}
		}
	}
	for _, u := range []float64{1.3, 1.7} {
		try(fmt.Sprint("uni ", u), u)
	}
	reset()
}
