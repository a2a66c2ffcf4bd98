package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
)

// books is a store in memory, as a Follower sees one.
type books struct {
	mu      sync.Mutex
	tenants map[string]*catalogue
	fail    error // what every call answers
	slow    func()
}

type catalogue struct {
	products                    map[string]entry
	passages                    []shop.Passage
	revision, cited, generation int64
}

type entry struct {
	shop.Product
	deleted bool
}

func newBooks(tenants ...string) *books {
	b := &books{tenants: map[string]*catalogue{}}
	for _, t := range tenants {
		b.tenants[t] = &catalogue{products: map[string]entry{}}
	}
	return b
}

// with runs f on a tenant's catalogue.
func (b *books) with(tenant string, f func(*catalogue)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tenants[tenant] == nil {
		b.tenants[tenant] = &catalogue{products: map[string]entry{}}
	}
	f(b.tenants[tenant])
}

// put stores products given as "id title".
func (b *books) put(tenant string, products ...string) {
	b.with(tenant, func(c *catalogue) {
		for _, p := range products {
			id, title, _ := strings.Cut(p, " ")
			c.revision++
			c.products[id] = entry{shop.Product{Tenant: tenant, ID: id, Title: title, Revision: c.revision}, false}
		}
	})
}

func (b *books) remove(tenant string, ids ...string) {
	b.with(tenant, func(c *catalogue) {
		for _, id := range ids {
			c.revision++
			c.products[id] = entry{shop.Product{Tenant: tenant, ID: id, Revision: c.revision}, true}
		}
	})
}

// cite makes these the tenant's only passages.
func (b *books) cite(tenant string, quotes ...string) {
	b.with(tenant, func(c *catalogue) {
		c.cited++
		c.passages = nil
		for i, q := range quotes {
			c.passages = append(c.passages, shop.Passage{ID: fmt.Sprintf("faq#%d", i+1), Document: "faq", Section: "faq", Quote: q})
		}
	})
}

func (b *books) reindex(tenant string) { b.with(tenant, func(c *catalogue) { c.generation++ }) }

func (b *books) setFail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = err
}

func (b *books) of(ctx context.Context, tenant string) (*catalogue, func(), error) {
	b.mu.Lock()
	if err := cmpErr(ctx.Err(), b.fail); err != nil {
		b.mu.Unlock()
		return nil, nil, err
	}
	c := b.tenants[tenant]
	if c == nil {
		b.mu.Unlock()
		return nil, nil, errors.New("no such tenant")
	}
	return c, b.mu.Unlock, nil
}

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *catalogue) byRevision() []entry {
	return slices.SortedFunc(maps.Values(c.products), func(a, b entry) int { return int(a.Revision - b.Revision) })
}

func (b *books) ProductsSince(ctx context.Context, tenant string, after int64, limit int) (changed []shop.Product, deleted []string, next int64, err error) {
	c, unlock, err := b.of(ctx, tenant)
	if err != nil {
		return nil, nil, after, err
	}
	defer unlock()
	next = after
	for _, e := range c.byRevision() {
		if e.Revision <= after || len(changed)+len(deleted) == limit {
			continue
		}
		if next = e.Revision; e.deleted {
			deleted = append(deleted, e.ID)
		} else {
			changed = append(changed, e.Product)
		}
	}
	return changed, deleted, next, nil
}

func (b *books) AllProducts(ctx context.Context, tenant string) iter.Seq2[shop.Product, error] {
	return func(yield func(shop.Product, error) bool) {
		c, unlock, err := b.of(ctx, tenant)
		if err != nil {
			yield(shop.Product{}, err)
			return
		}
		all := c.byRevision()
		unlock()
		if b.slow != nil {
			b.slow()
		}
		for _, e := range all {
			if !e.deleted && !yield(e.Product, nil) {
				return
			}
		}
	}
}

func (b *books) AllPassages(ctx context.Context, tenant string) iter.Seq2[shop.Passage, error] {
	return func(yield func(shop.Passage, error) bool) {
		c, unlock, err := b.of(ctx, tenant)
		if err != nil {
			yield(shop.Passage{}, err)
			return
		}
		all := slices.Clone(c.passages)
		unlock()
		for _, p := range all {
			if !yield(p, nil) {
				return
			}
		}
	}
}

func (b *books) Revision(ctx context.Context, tenant string) (products, passages, generation int64, err error) {
	c, unlock, err := b.of(ctx, tenant)
	if err != nil {
		return 0, 0, 0, err
	}
	defer unlock()
	return c.revision, c.cited, c.generation, nil
}

func (b *books) TenantIDs(ctx context.Context) ([]string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := cmpErr(ctx.Err(), b.fail); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(b.tenants)), nil
}

func (b *books) Products(ctx context.Context, tenant string, ids []string) (out []shop.Product, err error) {
	c, unlock, err := b.of(ctx, tenant)
	if err != nil {
		return nil, err
	}
	defer unlock()
	for _, id := range ids {
		if e, ok := c.products[id]; ok && !e.deleted {
			out = append(out, e.Product)
		}
	}
	return out, nil
}

// embedder gives every text a vector of two numbers, when it works.
type embedder struct {
	mu    sync.Mutex
	err   error
	bad   string // a text that has it is refused
	block chan struct{}
	texts int
	dims  int
}

func (e *embedder) set(f func(*embedder)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f(e)
}

func (e *embedder) EmbedDocuments(ctx context.Context, texts []string) ([][]float32, error) {
	e.mu.Lock()
	err, bad, block, dims := e.err, e.bad, e.block, max(e.dims, 2)
	e.mu.Unlock()
	if block != nil {
		select {
		case <-block:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if err != nil {
		return nil, err
	}
	out := make([][]float32, len(texts))
	for i, s := range texts {
		if bad != "" && strings.Contains(s, bad) {
			return nil, errors.New("400 this text is refused")
		}
		out[i] = make([]float32, dims)
		out[i][len(s)%dims] = 1
	}
	e.set(func(e *embedder) { e.texts += len(texts) })
	return out, nil
}

func (e *embedder) EmbedQuery(ctx context.Context, s string) ([]float32, error) {
	vs, err := e.EmbedDocuments(ctx, []string{s})
	if err != nil {
		return nil, err
	}
	return vs[0], nil
}

// found are the ids of what a tenant's index finds for words, sorted; no words: everything.
func found(t *testing.T, x retrieval.Index, tenant, kind, words string) []string {
	t.Helper()
	q := retrieval.Query{Tenant: tenant, Kind: kind, Limit: 1000}
	for _, tok := range text.Tokens(words) {
		if q.Terms == nil {
			q.Terms = map[string]float64{}
		}
		q.Terms[tok.Term] = 1
	}
	return ids(t, x, q)
}

// embedded are the ids of the products that have a vector.
func embedded(t *testing.T, x retrieval.Index, tenant string, dims int) []string {
	t.Helper()
	v := make([]float32, dims)
	for i := range v {
		v[i] = 1
	}
	return ids(t, x, retrieval.Query{Tenant: tenant, Kind: retrieval.KindProduct, Vector: v, Limit: 1000})
}

func ids(t *testing.T, x retrieval.Index, q retrieval.Query) []string {
	t.Helper()
	f, err := x.Search(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, h := range f.Hits {
		out = append(out, h.ID)
	}
	slices.Sort(out)
	return out
}
