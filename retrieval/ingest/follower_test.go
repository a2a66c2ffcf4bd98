package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/ingest"
	"shopkeeper/retrieval/local"
)

// follow runs a follower until the test ends.
func follow(t *testing.T, f *ingest.Follower) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- f.Follow(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Follow ended with %v", err)
		}
	})
}

func ready(f *ingest.Follower) bool {
	select {
	case <-f.Ready():
		return true
	default:
		return false
	}
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestFollowerBuildsThenFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, x, words := newBooks("a", "b"), local.New(local.Options{}), local.New(local.Options{WordsOnly: true})
		b.put("a", "1 red lamp", "2 blue lamp")
		b.put("b", "1 their lamp")
		b.cite("a", "thirty days", "no fee")
		f := &ingest.Follower{Changes: b, Index: x, Words: words}
		if ready(f) {
			t.Error("ready before it began")
		}
		if s := f.States()["index"]; !strings.HasPrefix(s, "down") {
			t.Errorf("before it began the index is %q", s)
		}
		follow(t, f)
		<-f.Ready()
		same(t, "built", found(t, x, "a", retrieval.KindProduct, "lamp"), "1", "2")
		same(t, "the other tenant", found(t, x, "b", retrieval.KindProduct, "lamp"), "1")
		same(t, "passages", found(t, x, "a", retrieval.KindPassage, "days"), "faq#1")
		if _, known, _ := words.Near(context.Background(), "a", "lamp"); !known {
			t.Error("the words beside the index do not know the catalogue")
		}

		b.put("a", "2 blue chair", "3 green lamp")
		b.remove("a", "1")
		b.cite("a", "sixty days")
		b.put("new", "9 new lamp")
		time.Sleep(time.Second)
		synctest.Wait()
		same(t, "after changes", found(t, x, "a", retrieval.KindProduct, "lamp"), "3")
		same(t, "the changed one", found(t, x, "a", retrieval.KindProduct, "chair"), "2")
		same(t, "passages", found(t, x, "a", retrieval.KindPassage, ""), "faq#1")
		same(t, "new words", found(t, x, "a", retrieval.KindPassage, "sixty"), "faq#1")
		same(t, "a new tenant", found(t, x, "new", retrieval.KindProduct, "lamp"), "9")
		if _, known, _ := words.Near(context.Background(), "a", "chair"); !known {
			t.Error("the words beside the index do not follow")
		}
		if s := f.States(); s["index"] != "ok" || len(s) != 1 {
			t.Errorf("states %v", s)
		}
	})
}

func TestFollowerReadsMoreChangesThanOneStepHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, x := newBooks("a"), local.New(local.Options{})
		f := &ingest.Follower{Changes: b, Index: x}
		follow(t, f)
		<-f.Ready()
		for i := range 2500 {
			b.put("a", fmt.Sprintf("%d lamp", i))
		}
		if err := f.Settle(context.Background()); err != nil {
			t.Fatal(err)
		}
		got, err := x.Search(context.Background(), retrieval.Query{Tenant: "a", Kind: retrieval.KindProduct})
		if err != nil || got.Total != 2500 {
			t.Errorf("%d products, %v", got.Total, err)
		}
	})
}

// away is an index elsewhere that may not answer.
type away struct {
	retrieval.Index
	err atomic.Pointer[error]
}

func (a *away) Ready(context.Context) error {
	if err := a.err.Load(); err != nil {
		return *err
	}
	return nil
}

// With nothing to write and nobody who searches, an index elsewhere is still looked after.
func TestFollowerChecksTheIndex(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, x := newBooks("a"), &away{Index: local.New(local.Options{})}
		f := &ingest.Follower{Changes: b, Index: x}
		follow(t, f)
		<-f.Ready()
		if s := f.States()["index"]; s != "ok" {
			t.Errorf("at the start: %s", s)
		}
		err := errors.New("no route")
		x.err.Store(&err)
		time.Sleep(3 * time.Second)
		if s := f.States()["index"]; s != "degraded: no route" {
			t.Errorf("away: %s", s)
		}
		x.err.Store(nil)
		time.Sleep(3 * time.Second)
		if s := f.States()["index"]; s != "ok" {
			t.Errorf("back: %s", s)
		}
	})
}

func TestFollowerOutlivesErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, x := newBooks("a"), local.New(local.Options{})
		b.put("a", "1 lamp")
		b.setFail(errors.New("the disk is away"))
		f := &ingest.Follower{Changes: b, Index: x}
		follow(t, f)
		time.Sleep(time.Minute)
		if ready(f) || !strings.Contains(f.States()["index"], "the disk is away") {
			t.Errorf("ready %v, states %v", ready(f), f.States())
		}
		b.setFail(nil)
		time.Sleep(10 * time.Second)
		if !ready(f) || f.States()["index"] != "ok" {
			t.Errorf("ready %v, states %v", ready(f), f.States())
		}
		b.setFail(errors.New("away again"))
		time.Sleep(time.Second)
		if s := f.States()["index"]; !strings.HasPrefix(s, "degraded") {
			t.Errorf("while the store is away the index is %q", s)
		}
		same(t, "what was built", found(t, x, "a", retrieval.KindProduct, "lamp"), "1")
		b.setFail(nil)
		b.put("a", "2 lamp")
		time.Sleep(10 * time.Second)
		same(t, "what came later", found(t, x, "a", retrieval.KindProduct, "lamp"), "1", "2")
	})
}

func TestEmbedderGivesVectorsBehindTheWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, x, e := newBooks("a"), local.New(local.Options{}), &embedder{err: errors.New("connection refused")}
		for i := range 600 {
			b.put("a", fmt.Sprintf("%03d lamp", i))
		}
		b.cite("a", "thirty days")
		f := &ingest.Follower{Changes: b, Index: x, Embedder: e}
		follow(t, f)
		<-f.Ready()
		if n := len(found(t, x, "a", retrieval.KindProduct, "lamp")); n != 600 {
			t.Errorf("by words %d are found while the embedder is down", n)
		}
		time.Sleep(time.Minute)
		if s := f.States()["embedder"]; !strings.HasPrefix(s, "down") || !strings.Contains(s, "connection refused") {
			t.Errorf("the embedder is %q", s)
		}
		b.put("a", "new lamp")
		time.Sleep(time.Second)
		same(t, "new while it is down", found(t, x, "a", retrieval.KindProduct, "lamp")[600:], "new")

		e.set(func(e *embedder) { e.err = nil })
		time.Sleep(time.Minute)
		if n := len(embedded(t, x, "a", 2)); n != 601 {
			t.Errorf("%d of 601 products have a vector", n)
		}
		if s := f.States()["embedder"]; s != "ok" {
			t.Errorf("the embedder is %q", s)
		}
		if e.texts != 602 {
			t.Errorf("%d texts were embedded, want 602", e.texts)
		}
		b.put("a", "new2 lamp", "000 chair")
		b.remove("a", "001")
		if err := f.Settle(context.Background()); err != nil {
			t.Fatal(err)
		}
		if n := len(embedded(t, x, "a", 2)); n != 601 {
			t.Errorf("after a change %d products have a vector, want 601", n)
		}
	})
}

func TestSlowEmbedderNeverBringsBackAnOlderProduct(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		block := make(chan struct{})
		b, x, e := newBooks("a"), local.New(local.Options{}), &embedder{block: block}
		b.put("a", "1 lamp", "2 lamp")
		f := &ingest.Follower{Changes: b, Index: x, Embedder: e}
		follow(t, f)
		<-f.Ready()
		time.Sleep(time.Second) // the embedder has the old texts
		b.put("a", "1 chair")
		b.remove("a", "2")
		time.Sleep(time.Second)
		same(t, "found at once", found(t, x, "a", retrieval.KindProduct, ""), "1")
		same(t, "by its new words", found(t, x, "a", retrieval.KindProduct, "chair"), "1")
		if s := f.States()["embedder"]; !strings.HasPrefix(s, "degraded") {
			t.Errorf("with vectors left to make the embedder is %q", s)
		}
		close(block)
		synctest.Wait()
		same(t, "the old one did not come back", found(t, x, "a", retrieval.KindProduct, "lamp"))
		if err := f.Settle(context.Background()); err != nil {
			t.Fatal(err)
		}
		same(t, "the new one has its vector", embedded(t, x, "a", 2), "1")
		same(t, "and its words", found(t, x, "a", retrieval.KindProduct, "chair"), "1")
	})
}

func TestOneRefusedTextDoesNotStopTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, x, e := newBooks("a"), local.New(local.Options{}), &embedder{bad: "poison"}
		b.put("a", "1 lamp", "2 poison", "3 lamp")
		f := &ingest.Follower{Changes: b, Index: x, Embedder: e}
		follow(t, f)
		time.Sleep(5 * time.Minute)
		same(t, "vectors", embedded(t, x, "a", 2), "1", "3")
		same(t, "words", found(t, x, "a", retrieval.KindProduct, "poison"), "2")
		if s := f.States()["embedder"]; s != "ok" {
			t.Errorf("the embedder is %q", s)
		}
	})
}

// keeper is an index that outlives its follower and remembers marks, as Qdrant does; it counts what is written.
type keeper struct {
	*local.Index
	mu       sync.Mutex
	marks    map[string]string
	rebuilds int
	upserts  int
}

func (k *keeper) Mark(_ context.Context, tenant string) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.marks[tenant], nil
}

func (k *keeper) SetMark(_ context.Context, tenant, mark string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.marks[tenant] = mark
	return nil
}

func (k *keeper) Upsert(ctx context.Context, docs []retrieval.Doc) error {
	k.mu.Lock()
	k.upserts += len(docs)
	k.mu.Unlock()
	return k.Index.Upsert(ctx, docs)
}

func (k *keeper) Rebuild(ctx context.Context, tenant string, docs iter.Seq2[retrieval.Doc, error]) error {
	k.mu.Lock()
	k.rebuilds++
	delete(k.marks, tenant)
	k.mu.Unlock()
	return k.Index.Rebuild(ctx, tenant, docs)
}

func TestIndexThatRemembersIsNotBuiltAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, e := newBooks("a"), &embedder{}
		b.put("a", "1 lamp", "2 lamp")
		k := &keeper{Index: local.New(local.Options{}), marks: map[string]string{}}
		run := func(model string, while func(f *ingest.Follower)) {
			ctx, cancel := context.WithCancel(context.Background())
			f := &ingest.Follower{Changes: b, Index: k, Embedder: e, Model: model, Words: local.New(local.Options{WordsOnly: true})}
			done := make(chan error)
			go func() { done <- f.Follow(ctx) }()
			<-f.Ready()
			while(f)
			cancel()
			<-done
		}
		settle := func(f *ingest.Follower) {
			if err := f.Settle(context.Background()); err != nil {
				t.Error(err)
			}
		}
		run("m", settle)
		if k.rebuilds != 1 || k.upserts != 2 {
			t.Errorf("the first run: %d rebuilds, %d upserts", k.rebuilds, k.upserts)
		}
		b.put("a", "3 lamp")
		run("m", settle)
		if k.rebuilds != 1 || k.upserts != 3 {
			t.Errorf("the second run: %d rebuilds, %d upserts; only the change was to be written", k.rebuilds, k.upserts)
		}
		run("other", func(f *ingest.Follower) {
			time.Sleep(time.Second)
			if s := f.States()["embedder"]; !strings.Contains(s, "shopkeeper reindex") {
				t.Errorf("with another model the embedder is %q", s)
			}
			b.reindex("a")
			settle(f)
			if s := f.States()["embedder"]; s != "ok" {
				t.Errorf("after reindex the embedder is %q", s)
			}
		})
		if k.rebuilds != 2 {
			t.Errorf("%d rebuilds, want 2", k.rebuilds)
		}
		same(t, "vectors", embedded(t, k, "a", 2), "1", "2", "3")
	})
}

func TestReindexBuildsBesideWhileChangesGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, x, e := newBooks("a"), local.New(local.Options{}), &embedder{}
		b.put("a", "1 lamp", "2 lamp")
		f := &ingest.Follower{Changes: b, Index: x, Embedder: e}
		follow(t, f)
		<-f.Ready()
		time.Sleep(time.Second)
		block := make(chan struct{})
		e.set(func(e *embedder) { e.block, e.dims = block, 3 }) // another model, and a slow one
		b.reindex("a")
		time.Sleep(time.Second)
		b.put("a", "3 lamp")
		b.remove("a", "1")
		time.Sleep(2 * time.Second)
		same(t, "while it is rebuilt", found(t, x, "a", retrieval.KindProduct, "lamp"), "2", "3")
		close(block)
		if err := f.Settle(context.Background()); err != nil {
			t.Fatal(err)
		}
		same(t, "rebuilt", found(t, x, "a", retrieval.KindProduct, "lamp"), "2", "3")
		same(t, "with vectors of the new model", embedded(t, x, "a", 3), "2", "3")
	})
}
