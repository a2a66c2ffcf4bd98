package indextest

import (
	"errors"
	"fmt"
	"iter"
	"testing"

	"shopkeeper/retrieval"
)

func seq(docs ...retrieval.Doc) iter.Seq2[retrieval.Doc, error] {
	return func(yield func(retrieval.Doc, error) bool) {
		for _, d := range docs {
			if !yield(d, nil) {
				return
			}
		}
	}
}

func rebuilder(t *testing.T, x retrieval.Index) retrieval.Rebuilder {
	t.Helper()
	r, ok := x.(retrieval.Rebuilder)
	if !ok {
		t.Skip("this index does not rebuild")
	}
	return r
}

// rebuild: the old documents serve until the new ones do; what is written meanwhile is kept.
func rebuild(t *testing.T, x retrieval.Index) {
	r := rebuilder(t, x)
	b := func(q *retrieval.Query) { q.Tenant = "b" }
	passages := func(q *retrieval.Query) { q.Kind = retrieval.KindPassage }
	upsert(t, x, doc("old", "lamp", vec(1, 0)), doc("stays", "lamp"), doc("theirs", "lamp", of("b", retrieval.KindProduct), tag("brand", "muji"), vec(0, 1)), doc("p", "lamp", of("a", retrieval.KindPassage)))
	for round := range 2 { // the second one replaces what the first made
		last := doc(fmt.Sprintf("last%d", round), "lamp")
		err := r.Rebuild(bg, "a", func(yield func(retrieval.Doc, error) bool) {
			before := ids(search(t, x, ask("lamp")))
			if !yield(doc("stays", "lamp", vec(1, 0)), nil) || !yield(doc("new", "lamp"), nil) || !yield(doc("p2", "lamp", of("a", retrieval.KindPassage)), nil) {
				return
			}
			finds(t, x, "while it is rebuilt", ask("lamp"), before...)
			upsert(t, x, doc("late", "lamp"), doc("new", "chair"), doc("late theirs", "lamp", of("b", retrieval.KindProduct)))
			if err := x.Delete(bg, "a", retrieval.KindProduct, []string{"stays"}); err != nil {
				t.Error(err)
			}
			yield(last, nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		finds(t, x, "rebuilt", ask("lamp"), "late", last.ID)
		finds(t, x, "the later write holds", ask("chair"), "new")
		finds(t, x, "passages", ask("lamp", passages), "p2")
		finds(t, x, "the other tenant", ask("lamp", b), "theirs", "late theirs")
		finds(t, x, "its tags", ask("lamp", b, where("brand", retrieval.Eq, "muji")), "theirs")
		if f := search(t, x, ask("", b, near(0, 1))); len(f.Hits) != 1 || f.Hits[0].Dense < 0.99 {
			t.Errorf("the other tenant's vectors: %+v", f.Hits)
		}
	}
	upsert(t, x, doc("after", "lamp"))
	finds(t, x, "writes go on", ask("lamp"), "after", "late", "last1")
	if err := r.Rebuild(bg, "a", seq()); err != nil {
		t.Fatal(err)
	}
	finds(t, x, "rebuilt empty", ask("lamp"))
	finds(t, x, "the other tenant", ask("lamp", b), "theirs", "late theirs")
}

func failedRebuild(t *testing.T, x retrieval.Index) {
	r := rebuilder(t, x)
	upsert(t, x, doc("1", "lamp"))
	boom := errors.New("the store is away")
	err := r.Rebuild(bg, "a", func(yield func(retrieval.Doc, error) bool) {
		if yield(doc("2", "lamp"), nil) {
			upsert(t, x, doc("3", "lamp"))
			yield(retrieval.Doc{}, boom)
		}
	})
	if !errors.Is(err, boom) {
		t.Errorf("error %v, want the store's", err)
	}
	finds(t, x, "after it failed", ask("lamp"), "1", "3")
	if err := r.Rebuild(bg, "a", seq(doc("4", "lamp"))); err != nil {
		t.Fatal(err)
	}
	finds(t, x, "after it went well", ask("lamp"), "4")
}

// rebuildWithOtherDimensions is what `shopkeeper reindex` mends.
func rebuildWithOtherDimensions(t *testing.T, x retrieval.Index) {
	r := rebuilder(t, x)
	upsert(t, x, doc("1", "lamp", vec(1, 0)), doc("2", "lamp"))
	if err := r.Rebuild(bg, "a", seq(doc("2", "lamp"), doc("1", "lamp", vec(0, 0, 1)))); err != nil {
		t.Fatal(err)
	}
	f := search(t, x, ask("lamp", near(0, 0, 2)))
	if len(f.Hits) != 2 || hit(t, f, "1").Dense < 0.99 {
		t.Errorf("found %+v", f.Hits)
	}
	upsert(t, x, doc("3", "lamp", vec(1, 0, 0)))
	if _, err := x.Search(bg, ask("lamp", near(1, 0))); !errors.Is(err, retrieval.ErrDimension) {
		t.Errorf("a query of the old dimensions: error %v", err)
	}
}
