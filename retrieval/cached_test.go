package retrieval_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"shopkeeper/retrieval"
)

// letters embeds a text as how often some letters stand in it.
type letters struct {
	alphabet string
	texts    int
}

func (e *letters) EmbedDocuments(_ context.Context, texts []string) ([][]float32, error) {
	e.texts += len(texts)
	out := make([][]float32, len(texts))
	for i, s := range texts {
		for _, r := range e.alphabet {
			out[i] = append(out[i], float32(strings.Count(strings.ToLower(s), string(r)))+0.1)
		}
	}
	return out, nil
}

func (e *letters) EmbedQuery(ctx context.Context, s string) ([]float32, error) {
	v, err := e.EmbedDocuments(ctx, []string{s})
	return v[0], err
}

type vectors map[string][]float32

func (v vectors) Vectors(_ context.Context, model string, hashes []string) ([][]float32, error) {
	out := make([][]float32, len(hashes))
	for i, h := range hashes {
		out[i] = v[model+h]
	}
	return out, nil
}

func (v vectors) SaveVectors(_ context.Context, model string, hashes []string, vs [][]float32) error {
	for i, h := range hashes {
		v[model+h] = vs[i]
	}
	return nil
}

func TestCached(t *testing.T) {
	ctx := context.Background()
	kept := vectors{}
	e := &letters{alphabet: "abc"}
	c := retrieval.Cached(e, kept, "m")
	first, err := c.EmbedDocuments(ctx, []string{"a", "bb", "a"})
	if err != nil || len(first) != 3 || e.texts != 2 || first[2][0] != first[0][0] {
		t.Fatalf("%v, %v: %d texts embedded", first, err, e.texts)
	}
	again, err := retrieval.Cached(e, kept, "m").EmbedDocuments(ctx, []string{"bb", "a", "c"})
	if err != nil || e.texts != 3 || again[0][1] != first[1][1] || again[2][2] < 1 {
		t.Fatalf("%v, %v: %d texts embedded", again, err, e.texts)
	}
	for range 3 {
		if _, err := c.EmbedQuery(ctx, "cab"); err != nil {
			t.Fatal(err)
		}
	}
	if e.texts != 4 {
		t.Errorf("a query was embedded %d times", e.texts-3)
	}
	// another model has vectors of its own
	if _, err := retrieval.Cached(e, kept, "other").EmbedDocuments(ctx, []string{"a"}); err != nil || e.texts != 5 {
		t.Errorf("%v: %d", err, e.texts)
	}
	// the same name with another dimension is an error that says what to do
	wide := &letters{alphabet: "abcdef"}
	_, err = retrieval.Cached(wide, kept, "m").EmbedDocuments(ctx, []string{"a", "new"})
	if !errors.Is(err, retrieval.ErrDimension) || !strings.Contains(err.Error(), "reindex") {
		t.Errorf("error %v", err)
	}
	if len(kept["m"+"x"]) != 0 || len(kept) != 4 {
		t.Errorf("%d vectors kept", len(kept))
	}
}

// Both legs find, and a query of another dimension than the index's is an error that names reindex.
func TestDense(t *testing.T) {
	ctx := context.Background()
	s, products := newSearcher(t)
	e := &letters{alphabet: "abcdefghijklmnopqrstuvwxyz"}
	var docs []retrieval.Doc
	for _, p := range products {
		d := retrieval.ProductDoc(p, "USD")
		v, _ := e.EmbedQuery(ctx, retrieval.ProductText(p))
		d.Vector = v
		docs = append(docs, d)
	}
	if err := s.Index.Upsert(ctx, docs); err != nil {
		t.Fatal(err)
	}
	s.Embedder = e
	a := ask(t, s, retrieval.Query{Text: "headphones under 100"})
	if !all(a.Products, under(100)) || a.Products[0].Categories[0] != "headphones" {
		t.Errorf("%d shown", len(a.Products))
	}
	if a := ask(t, s, retrieval.Query{Text: "headfones wirless stereo"}); len(a.Products) == 0 {
		t.Error("the dense leg found nothing")
	}
	s.Embedder = &letters{alphabet: "abc"}
	_, err := s.Search(ctx, retrieval.Query{Tenant: "t", Text: "headphones"})
	if !errors.Is(err, retrieval.ErrDimension) || !strings.Contains(err.Error(), "reindex") {
		t.Errorf("error %v", err)
	}
	s.Embedder = broken{}
	if a := ask(t, s, retrieval.Query{Text: "headphones"}); len(a.Products) == 0 {
		t.Error("without its embedder the search finds nothing")
	}
}

type broken struct{}

func (broken) EmbedDocuments(context.Context, []string) ([][]float32, error) {
	return nil, errors.New("down")
}

func (broken) EmbedQuery(context.Context, string) ([]float32, error) { return nil, errors.New("down") }
