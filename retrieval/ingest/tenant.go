package ingest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"shopkeeper/retrieval"
	"shopkeeper/shop"
)

// tenant is one followed tenant.
type tenant struct {
	*Follower
	id    string
	log   *slog.Logger
	built chan struct{} // closed when it is searchable
	gone  atomic.Bool

	write sync.Mutex // one at a time reads the store and writes the index, so that no older state overwrites a newer one

	state      sync.Mutex // guards what follows
	at         mark
	rebuilding bool
	err        error // of following
	vectorErr  error // of embedding, other than the embedder's own
	rebuildErr error
	unembedded int64
}

// A step of following reads so many changes at most.
const stepRows = 1000

const readAhead = 256

// Vectors are asked for in the step itself for so few changes, if they come in time.
const (
	inlineRows = 64
	inlineTime = 500 * time.Millisecond
)

func (t *tenant) searchable() bool {
	select {
	case <-t.built:
		return true
	default:
		return false
	}
}

func (t *tenant) where() mark {
	t.state.Lock()
	defer t.state.Unlock()
	return t.at
}

func (t *tenant) reached(to mark) bool {
	t.state.Lock()
	defer t.state.Unlock()
	at := t.at
	if !t.searchable() || t.rebuilding || at.Products < to.Products || at.Passages < to.Passages || at.Generation < to.Generation {
		return false
	}
	return t.Embedder == nil || at.Vectors >= to.Products && at.Cited >= to.Passages
}

// follow is the tenant's loop.
func (t *tenant) follow(ctx context.Context) {
	var rebuilds sync.WaitGroup
	defer rebuilds.Wait()
	for fails := 0; ctx.Err() == nil && !t.gone.Load(); {
		more, err := t.step(ctx, &rebuilds)
		if ctx.Err() != nil {
			return
		}
		t.state.Lock()
		t.err = err
		t.state.Unlock()
		if err != nil {
			if fails++; fails&(fails-1) == 0 {
				t.log.ErrorContext(ctx, "cannot follow the catalogue", "error", err, "tries", fails)
			}
		} else {
			fails = 0
		}
		if !more && !sleep(ctx, wait(t.Poll, fails, longestWait)) {
			return
		}
	}
}

// step brings the index closer to the store; more: there is more to do at once.
func (t *tenant) step(ctx context.Context, rebuilds *sync.WaitGroup) (more bool, err error) {
	products, passages, generation, err := t.Changes.Revision(ctx, t.id)
	if err != nil {
		return false, err
	}
	if !t.searchable() {
		if err := t.begin(ctx, mark{Products: products, Passages: passages, Generation: generation}); err != nil {
			return false, err
		}
		close(t.built)
		t.checkReady()
		return true, nil
	}
	at := t.where()
	if generation != at.Generation && t.mayRebuild() {
		rebuilds.Go(func() { t.rebuild(ctx, mark{Products: products, Passages: passages, Generation: generation}) })
	}
	if passages != at.Passages {
		if err := t.passages(ctx, passages); err != nil {
			return false, err
		}
	}
	if products == at.Products {
		return false, nil
	}
	return t.products(ctx)
}

// begin makes the tenant searchable: from the index's own note if it has one, else by building it by words alone.
func (t *tenant) begin(ctx context.Context, now mark) error {
	select {
	case t.building <- struct{}{}:
		defer func() { <-t.building }()
	case <-ctx.Done():
		return ctx.Err()
	}
	was, ok, err := t.noted(ctx)
	if err != nil {
		return err
	}
	if ok && was.Products <= now.Products { // a new generation is built beside it then
		if t.Words != nil {
			if err := build(ctx, t.Words, t.id, t.docs(ctx)); err != nil {
				return fmt.Errorf("build words: %w", err)
			}
		}
		t.set(func(m *mark) { *m = was })
		return nil
	}
	docs := t.docs(ctx)
	if t.Words != nil {
		if err := build(ctx, t.Words, t.id, docs); err != nil {
			return fmt.Errorf("build words: %w", err)
		}
	}
	if err := build(ctx, t.Index, t.id, docs); err != nil {
		return fmt.Errorf("build index: %w", err)
	}
	t.set(func(m *mark) { *m = now })
	return t.note(ctx)
}

// build makes these the tenant's documents.
func build(ctx context.Context, x retrieval.Index, tenant string, docs iter.Seq2[retrieval.Doc, error]) error {
	if r, ok := x.(retrieval.Rebuilder); ok {
		return r.Rebuild(ctx, tenant, docs)
	}
	batch := make([]retrieval.Doc, 0, stepRows)
	for d, err := range docs {
		if err != nil {
			return err
		}
		if batch = append(batch, d); len(batch) == stepRows {
			if err := x.Upsert(ctx, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if len(batch) == 0 {
		return nil
	}
	return x.Upsert(ctx, batch)
}

// docs are all documents of the tenant as the store has them, without vectors. Reading the store, making documents and indexing
// them go on side by side.
func (t *tenant) docs(ctx context.Context) iter.Seq2[retrieval.Doc, error] {
	currency := t.Currency(t.id)
	return ahead(func(yield func(retrieval.Doc, error) bool) {
		for p, err := range ahead(t.Changes.AllProducts(ctx, t.id), readAhead) {
			if !yield(retrieval.ProductDoc(p, currency), err) || err != nil {
				return
			}
		}
		for p, err := range t.Changes.AllPassages(ctx, t.id) {
			if !yield(retrieval.PassageDoc(t.id, p), err) || err != nil {
				return
			}
		}
	}, readAhead)
}

// products applies the next changes of products.
func (t *tenant) products(ctx context.Context) (more bool, err error) {
	t.write.Lock()
	defer t.write.Unlock()
	at := t.where()
	changed, deleted, next, err := t.Changes.ProductsSince(ctx, t.id, at.Products, stepRows)
	if err != nil {
		return false, err
	}
	if next == at.Products {
		return false, nil
	}
	vectors := t.inline(ctx, at, changed)
	err = t.upsert(ctx, changed, vectors)
	if vectors != nil && errors.Is(err, retrieval.ErrDimension) {
		t.noteVectors(err)
		vectors, err = nil, t.upsert(ctx, changed, nil)
	}
	if err != nil {
		return false, err
	}
	if err := t.delete(ctx, retrieval.KindProduct, deleted); err != nil {
		return false, err
	}
	t.set(func(m *mark) {
		if m.Products = next; vectors != nil && m.Vectors == at.Products {
			m.Vectors = next
		}
	})
	return len(changed)+len(deleted) == stepRows, t.note(ctx)
}

func (t *tenant) upsert(ctx context.Context, ps []shop.Product, vectors [][]float32) error {
	if len(ps) == 0 {
		return nil
	}
	currency := t.Currency(t.id)
	docs := make([]retrieval.Doc, len(ps))
	for i, p := range ps {
		docs[i] = retrieval.ProductDoc(p, currency)
		if vectors != nil {
			docs[i].Vector = vectors[i]
		}
	}
	return t.put(ctx, docs)
}

func (t *tenant) put(ctx context.Context, docs []retrieval.Doc) error {
	if t.Words != nil {
		if err := t.Words.Upsert(ctx, docs); err != nil {
			return err
		}
	}
	return t.Index.Upsert(ctx, docs)
}

func (t *tenant) delete(ctx context.Context, kind string, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	if t.Words != nil {
		if err := t.Words.Delete(ctx, t.id, kind, ids); err != nil {
			return err
		}
	}
	return t.Index.Delete(ctx, t.id, kind, ids)
}

// mostPassages bounds how many passages are looked through for those that went.
const mostPassages = 100_000

// passages brings all passages anew: they are few, and the store keeps no changes of them.
func (t *tenant) passages(ctx context.Context, revision int64) error {
	t.write.Lock()
	defer t.write.Unlock()
	var docs []retrieval.Doc
	there := map[string]bool{}
	for p, err := range t.Changes.AllPassages(ctx, t.id) {
		if err != nil {
			return err
		}
		docs = append(docs, retrieval.PassageDoc(t.id, p))
		there[p.ID] = true
	}
	old, err := t.Index.Search(ctx, retrieval.Query{Tenant: t.id, Kind: retrieval.KindPassage, Limit: mostPassages})
	if err != nil {
		return err
	}
	var gone []string
	for _, h := range old.Hits {
		if !there[h.ID] {
			gone = append(gone, h.ID)
		}
	}
	for part := range slices.Chunk(docs, stepRows) {
		if err := t.put(ctx, part); err != nil {
			return err
		}
	}
	if err := t.delete(ctx, retrieval.KindPassage, gone); err != nil {
		return err
	}
	t.set(func(m *mark) { m.Passages = revision })
	return t.note(ctx)
}

// noteVectors keeps why vectors cannot be written, and tells the log when that is new.
func (t *tenant) noteVectors(err error) {
	t.state.Lock()
	was := t.vectorErr
	t.vectorErr = err
	t.state.Unlock()
	if err != nil && (was == nil || was.Error() != err.Error()) {
		t.log.Error("search is by words alone for what is new", "error", err)
	}
}

func (t *tenant) mayRebuild() bool {
	t.state.Lock()
	defer t.state.Unlock()
	if t.rebuilding {
		return false
	}
	t.rebuilding = true
	return true
}

// rebuild builds the tenant anew beside what is served, vectors included, and switches; changes are followed meanwhile.
func (t *tenant) rebuild(ctx context.Context, to mark) {
	err := t.buildAnew(ctx, &to)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		t.log.ErrorContext(ctx, "cannot rebuild the index; the old one goes on serving", "error", err)
		t.state.Lock()
		t.rebuildErr = err
		t.state.Unlock()
		sleep(ctx, longestWait)
		t.state.Lock()
		t.rebuilding = false
		t.state.Unlock()
		return
	}
	t.write.Lock()
	defer t.write.Unlock()
	t.set(func(m *mark) {
		m.Generation, m.Vectors, m.Cited, m.Model = to.Generation, to.Vectors, to.Cited, t.Model
		t.rebuilding, t.rebuildErr, t.vectorErr = false, nil, nil
	})
	t.log.InfoContext(ctx, "index rebuilt", "generation", to.Generation)
	if err := t.note(ctx); err != nil {
		t.log.WarnContext(ctx, "cannot note where the index is", "error", err)
	}
}

func (t *tenant) buildAnew(ctx context.Context, to *mark) error {
	// Another process over the same index may have done it.
	if was, ok, err := t.noted(ctx); err != nil {
		return err
	} else if ok && was.Generation == to.Generation {
		to.Vectors, to.Cited = was.Vectors, was.Cited
		return nil
	}
	docs, vectors := t.docs(ctx), t.Embedder != nil
	if vectors {
		docs = t.embedded(ctx, &vectors)
	}
	if err := build(ctx, t.Index, t.id, docs); err != nil {
		return err
	}
	if vectors {
		to.Vectors, to.Cited = to.Products, to.Passages
	}
	return nil
}

// set changes where the tenant is.
func (t *tenant) set(change func(*mark)) {
	t.state.Lock()
	defer t.state.Unlock()
	change(&t.at)
	t.unembedded = 0
	if t.Embedder != nil {
		t.unembedded = t.at.Products - t.at.Vectors + t.at.Passages - t.at.Cited
	}
}

// ahead reads up to n values ahead of its consumer, in a goroutine that has ended when the loop over it has.
func ahead[T any](in iter.Seq2[T, error], n int) iter.Seq2[T, error] {
	type pair struct {
		v   T
		err error
	}
	return func(yield func(T, error) bool) {
		ch, stop, done := make(chan pair, n), make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			defer close(ch)
			for v, err := range in {
				select {
				case ch <- pair{v, err}:
				case <-stop:
					return
				}
			}
		}()
		defer func() { close(stop); <-done }()
		for p := range ch {
			if !yield(p.v, p.err) {
				return
			}
		}
	}
}
