package qdrant

import (
	"context"
	"testing"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/indextest"
	"shopkeeper/retrieval/local"
)

func TestIndex(t *testing.T) {
	indextest.Run(t, func(t *testing.T) retrieval.Index { return open(t, serverURL(t)) })
}

// The same words give the same ranking whichever index holds the catalogue: 217 judged queries, English and Chinese.
func TestRanksAsTheEmbeddedIndex(t *testing.T) {
	queries, found := 0, 0
	for _, name := range []string{"icecat-en", "multicpr-zh-mini"} {
		t.Run(name, func(t *testing.T) {
			d := indextest.Load(t, name)
			if indextest.Race {
				d = d.Sample(10)
			}
			docs := d.Docs()
			x, l := open(t, serverURL(t)), local.New(local.Options{})
			for _, to := range []retrieval.Index{x, l} {
				if err := to.Upsert(context.Background(), docs); err != nil {
					t.Fatal(err)
				}
			}
			judged := d.Judged(t)
			queries += len(judged)
			found += indextest.Parity(t, l, x, judged)
		})
	}
	if !t.Failed() && (queries < 200 || found < 150) {
		t.Errorf("compared on %d queries, %d of which find something", queries, found)
	}
	t.Logf("%d queries, %d find something", queries, found)
}
