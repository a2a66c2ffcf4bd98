package ingest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"shopkeeper/retrieval"
	"shopkeeper/shop"
)

const (
	embedRows = 256             // asked for at once; the embedder cuts it to what its endpoint takes
	embedTime = 2 * time.Minute // for one such batch
	patience  = 3               // after so many failures texts are tried one by one: it may be one of them
)

// embed is the tenant's loop that gives vectors to what is searchable by words.
func (t *tenant) embed(ctx context.Context) {
	select {
	case <-t.built:
	case <-ctx.Done():
		return
	}
	for fails := 0; ctx.Err() == nil && !t.gone.Load(); {
		more, err := t.embedStep(ctx, fails >= patience)
		if fails++; err == nil {
			fails = 0
		}
		if !more && !sleep(ctx, wait(t.Poll, fails, embedWait)) {
			return
		}
	}
}

// embedStep gives vectors to the next batch; more: there are more at once.
func (t *tenant) embedStep(ctx context.Context, oneByOne bool) (more bool, err error) {
	at := t.where()
	if at.Model != t.Model && at.Vectors+at.Cited > 0 {
		t.noteVectors(fmt.Errorf("the index has vectors of the model %q, the embedder's is %q: run `shopkeeper reindex`", at.Model, t.Model))
		return false, nil
	}
	switch {
	case at.Vectors < at.Products:
		err = t.embedProducts(ctx, at, oneByOne)
	case at.Cited != at.Passages:
		err = t.embedPassages(ctx, at, oneByOne)
	default:
		return false, nil
	}
	if err == nil || errors.Is(err, retrieval.ErrDimension) {
		t.noteVectors(err)
	}
	return err == nil, err
}

func (t *tenant) embedProducts(ctx context.Context, at mark, oneByOne bool) error {
	changed, _, next, err := t.Changes.ProductsSince(ctx, t.id, at.Vectors, embedRows)
	if err != nil {
		return err
	}
	var texts, ids []string
	revisions := map[string]int64{}
	for _, p := range changed {
		if p.Revision <= at.Products { // what is not searchable by words yet has time
			texts, ids = append(texts, retrieval.ProductText(p)), append(ids, p.ID)
			revisions[p.ID] = p.Revision
		}
	}
	if next == at.Vectors || next > at.Products {
		next = at.Products
	}
	vectors, err := t.vectors(ctx, texts, oneByOne)
	if err != nil {
		return err
	}
	of := map[string][]float32{}
	for i, id := range ids {
		of[id] = vectors[i]
	}
	t.write.Lock()
	defer t.write.Unlock()
	// What changed while the embedder worked comes again, with its new text.
	now, err := t.Changes.Products(ctx, t.id, ids)
	if err != nil {
		return err
	}
	currency := t.Currency(t.id)
	docs := make([]retrieval.Doc, 0, len(now))
	for _, p := range now {
		if v := of[p.ID]; v != nil && p.Revision == revisions[p.ID] {
			d := retrieval.ProductDoc(p, currency)
			d.Vector = v
			docs = append(docs, d)
		}
	}
	if err := t.Index.Upsert(ctx, docs); err != nil {
		return err
	}
	t.set(func(m *mark) { m.Vectors, m.Model = max(m.Vectors, next), t.Model })
	return t.note(ctx)
}

func (t *tenant) embedPassages(ctx context.Context, at mark, oneByOne bool) error {
	for ps, err := range batches(t.Changes.AllPassages(ctx, t.id), embedRows) {
		if err != nil {
			return err
		}
		texts := make([]string, len(ps))
		for i, p := range ps {
			texts[i] = retrieval.PassageText(p)
		}
		vectors, err := t.vectors(ctx, texts, oneByOne)
		if err != nil {
			return err
		}
		docs := make([]retrieval.Doc, len(ps))
		for i, p := range ps {
			docs[i] = retrieval.PassageDoc(t.id, p)
			docs[i].Vector = vectors[i]
		}
		if same, err := t.upsertPassages(ctx, at.Passages, docs); err != nil || !same {
			return err
		}
	}
	t.set(func(m *mark) { m.Cited, m.Model = at.Passages, t.Model })
	return t.note(ctx)
}

// upsertPassages writes them unless the store's passages have changed since: then they are not what should be written.
func (t *tenant) upsertPassages(ctx context.Context, revision int64, docs []retrieval.Doc) (same bool, err error) {
	t.write.Lock()
	defer t.write.Unlock()
	_, now, _, err := t.Changes.Revision(ctx, t.id)
	if err != nil || now != revision || t.where().Passages != revision {
		return false, err
	}
	return true, t.Index.Upsert(ctx, docs)
}

// inline asks for the vectors of a few changes if all before them have theirs, and takes what comes in time; nil: none.
func (t *tenant) inline(ctx context.Context, at mark, ps []shop.Product) [][]float32 {
	if t.Embedder == nil || at.Vectors != at.Products || at.Model != t.Model || len(ps) == 0 || len(ps) > inlineRows {
		return nil
	}
	t.mu.Lock()
	down := t.embedErr != nil
	t.mu.Unlock()
	if down {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, inlineTime)
	defer cancel()
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = retrieval.ProductText(p)
	}
	vectors, err := t.ask(ctx, texts)
	if err != nil {
		return nil
	}
	return vectors
}

// embedded are all documents of the tenant with their vectors. Once the embedder fails the rest come without, and complete
// becomes false.
func (t *tenant) embedded(ctx context.Context, complete *bool) iter.Seq2[retrieval.Doc, error] {
	return func(yield func(retrieval.Doc, error) bool) {
		currency := t.Currency(t.id)
		product := func(p shop.Product) retrieval.Doc { return retrieval.ProductDoc(p, currency) }
		passage := func(p shop.Passage) retrieval.Doc { return retrieval.PassageDoc(t.id, p) }
		_ = withVectors(ctx, t, t.Changes.AllProducts(ctx, t.id), retrieval.ProductText, product, complete, yield) &&
			withVectors(ctx, t, t.Changes.AllPassages(ctx, t.id), retrieval.PassageText, passage, complete, yield)
	}
}

func withVectors[T any](ctx context.Context, t *tenant, in iter.Seq2[T, error], text func(T) string, doc func(T) retrieval.Doc,
	complete *bool, yield func(retrieval.Doc, error) bool,
) bool {
	for vs, err := range batches(in, embedRows) {
		if err != nil {
			return yield(retrieval.Doc{}, err) && false
		}
		texts := make([]string, len(vs))
		for i, v := range vs {
			texts[i] = text(v)
		}
		var vectors [][]float32
		if *complete {
			vectors, err = t.vectors(ctx, texts, false)
			*complete = err == nil
		}
		for i, v := range vs {
			d := doc(v)
			if vectors != nil {
				d.Vector = vectors[i]
			}
			if !yield(d, nil) {
				return false
			}
		}
	}
	return true
}

// vectors of texts, within embedTime. oneByOne: a text that the embedder refuses while it takes others gets none.
func (f *Follower) vectors(ctx context.Context, texts []string, oneByOne bool) (_ [][]float32, err error) {
	if len(texts) == 0 {
		return nil, nil
	}
	outer := ctx
	ctx, cancel := context.WithTimeout(outer, embedTime)
	defer func() {
		if cancel(); err != nil && outer.Err() == nil {
			f.noteEmbedder(err)
		}
	}()
	if !oneByOne || len(texts) == 1 {
		return f.ask(ctx, texts)
	}
	out := make([][]float32, len(texts))
	var refused error
	taken := 0
	for i, s := range texts {
		v, err := f.ask(ctx, []string{s})
		if err == nil {
			out[i] = v[0]
			taken++
			continue
		}
		if refused = err; ctx.Err() != nil || taken == 0 && i+1 >= patience { // it is not the texts
			return nil, err
		}
	}
	if taken == 0 {
		return nil, refused
	}
	if refused != nil {
		f.noteEmbedder(nil)
		f.Log.WarnContext(ctx, "the embedder refuses some texts: their products have no vector", "texts", len(texts)-taken, "error", refused)
	}
	return out, nil
}

// ask is the one place that asks the embedder, one call at a time.
func (f *Follower) ask(ctx context.Context, texts []string) ([][]float32, error) {
	select {
	case f.turn <- struct{}{}:
		defer func() { <-f.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	vectors, err := f.Embedder.EmbedDocuments(ctx, texts)
	if err == nil && len(vectors) != len(texts) {
		err = fmt.Errorf("the embedder gave %d vectors for %d texts", len(vectors), len(texts))
	}
	for i := 0; err == nil && i < len(vectors); i++ {
		if len(vectors[i]) == 0 {
			err = errors.New("the embedder gave an empty vector")
		}
	}
	if ctx.Err() == nil { // else it was not given the time
		f.noteEmbedder(err)
	}
	if err != nil {
		return nil, err
	}
	return vectors, nil
}

// batches groups a sequence; the values before an error come before it.
func batches[T any](in iter.Seq2[T, error], n int) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		var b []T
		for v, err := range in {
			if err != nil {
				if len(b) == 0 || yield(b, nil) {
					yield(nil, err)
				}
				return
			}
			if b = append(b, v); len(b) == n {
				if !yield(b, nil) {
					return
				}
				b = nil
			}
		}
		if len(b) > 0 {
			yield(b, nil)
		}
	}
}
