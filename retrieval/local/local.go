// Package local is the embedded index: postings, filters, facets and an exact vector scan in memory.
//
// A tenant's documents of one kind are a shard: a few immutable segments and a set of dead documents for each. A write
// makes a new shard that shares the untouched segments and switches a pointer, so that readers never wait; segments of
// like size are merged as they come.
package local

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"

	"shopkeeper/retrieval"
)

// Options of an index; the zero value works.
type Options struct {
	// WordsOnly keeps the words and tag values of documents and nothing else: the Lexicon beside an index of another kind.
	WordsOnly bool
}

// Index is a retrieval.Index, Rebuilder, Lexicon and Suggester. Readers never wait for writers.
type Index struct {
	opt     Options
	mu      sync.Mutex // one writer at a time
	tenants sync.Map   // tenant → *atomic.Pointer[shards]
	rebuild map[string]*journal
}

// shards of one tenant by kind; never changed once published.
type shards map[string]*shard

// journal is what was written while a tenant is rebuilt: it is written again after the switch.
type (
	journal struct{ ops []op }
	op      struct {
		docs []retrieval.Doc
		kind string
		ids  []string
	}
)

var (
	_ retrieval.Index     = (*Index)(nil)
	_ retrieval.Rebuilder = (*Index)(nil)
	_ retrieval.Lexicon   = (*Index)(nil)
	_ retrieval.Suggester = (*Index)(nil)
)

// New makes an empty index.
func New(o Options) *Index { return &Index{opt: o, rebuild: map[string]*journal{}} }

// Upsert adds or replaces documents. It keeps no reference to them.
func (x *Index) Upsert(ctx context.Context, docs []retrieval.Doc) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, d := range docs {
		if d.Tenant == "" || d.Kind == "" || d.ID == "" {
			return fmt.Errorf("upsert document: tenant %q, kind %q and id %q must not be empty", d.Tenant, d.Kind, d.ID)
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for tenant, ds := range byTenant(docs) {
		next := x.load(tenant).clone()
		if err := next.upsert(ds, x.opt); err != nil {
			return err
		}
		if j := x.rebuild[tenant]; j != nil {
			j.ops = append(j.ops, op{docs: ds})
		}
		x.store(tenant, next)
	}
	return nil
}

// Delete removes documents; unknown ids are no error.
func (x *Index) Delete(ctx context.Context, tenant, kind string, ids []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	next := x.load(tenant).clone()
	next.delete(kind, ids)
	if j := x.rebuild[tenant]; j != nil {
		j.ops = append(j.ops, op{kind: kind, ids: ids})
	}
	x.store(tenant, next)
	return nil
}

// chunk is how many documents a rebuild holds before they become a segment.
const chunk = 1024

// Rebuild replaces all documents of a tenant, of every kind, by docs. What is written meanwhile is kept. On an error nothing changes.
func (x *Index) Rebuild(ctx context.Context, tenant string, docs iter.Seq2[retrieval.Doc, error]) error {
	x.mu.Lock()
	if x.rebuild[tenant] != nil {
		x.mu.Unlock()
		return fmt.Errorf("rebuild tenant %s: a rebuild is already under way", tenant)
	}
	j := &journal{}
	x.rebuild[tenant] = j
	x.mu.Unlock()
	defer func() {
		x.mu.Lock()
		delete(x.rebuild, tenant)
		x.mu.Unlock()
	}()
	next := shards{}
	made := pipeline{opt: x.opt, into: next}
	buf := make([]retrieval.Doc, 0, chunk)
	for d, err := range docs {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil && (d.Kind == "" || d.ID == "") {
			err = errors.New("a document without kind or id")
		}
		if err == nil {
			d.Tenant = tenant
			if buf = append(buf, d); len(buf) == chunk {
				err = made.add(buf)
				buf = make([]retrieval.Doc, 0, chunk)
			}
		}
		if err != nil {
			_ = made.wait()
			return fmt.Errorf("rebuild tenant %s: %w", tenant, err)
		}
	}
	if err := errors.Join(made.add(buf), made.wait()); err != nil {
		return fmt.Errorf("rebuild tenant %s: %w", tenant, err)
	}
	next.compact()
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, o := range j.ops {
		if o.docs != nil {
			if err := next.upsert(o.docs, x.opt); err != nil {
				return err
			}
		}
		next.delete(o.kind, o.ids)
	}
	x.store(tenant, next)
	return nil
}

// pipeline makes one chunk's segments while the next chunk's documents are read.
type pipeline struct {
	opt  Options
	into shards
	done chan error // of the chunk under way; nil: none
}

// add waits for the chunk before and starts this one. It keeps docs until wait.
func (p *pipeline) add(docs []retrieval.Doc) error {
	if err := p.wait(); err != nil {
		return err
	}
	p.done = make(chan error, 1)
	go func() { p.done <- p.into.append(docs, p.opt) }()
	return nil
}

func (p *pipeline) wait() error {
	if p.done == nil {
		return nil
	}
	err := <-p.done
	p.done = nil
	return err
}

func byTenant(docs []retrieval.Doc) map[string][]retrieval.Doc {
	out := map[string][]retrieval.Doc{}
	for _, d := range docs {
		out[d.Tenant] = append(out[d.Tenant], d)
	}
	return out
}

func (x *Index) load(tenant string) shards {
	if p, ok := x.tenants.Load(tenant); ok {
		if s := p.(*atomic.Pointer[shards]).Load(); s != nil {
			return *s
		}
	}
	return nil
}

func (x *Index) store(tenant string, s shards) {
	p, _ := x.tenants.LoadOrStore(tenant, new(atomic.Pointer[shards]))
	p.(*atomic.Pointer[shards]).Store(&s)
}

func (s shards) clone() shards {
	out := make(shards, len(s)+1)
	for kind, sh := range s {
		out[kind] = sh
	}
	return out
}

// upsert adds or replaces documents and keeps the segments few.
func (s shards) upsert(docs []retrieval.Doc, o Options) error {
	if err := s.append(docs, o); err != nil {
		return err
	}
	touched := map[string]bool{}
	for _, d := range docs {
		if !touched[d.Kind] {
			touched[d.Kind] = true
			s[d.Kind].merged()
		}
	}
	return nil
}

// append adds or replaces documents, one segment a kind.
func (s shards) append(docs []retrieval.Doc, o Options) error {
	kinds := map[string][]retrieval.Doc{}
	for _, d := range docs {
		kinds[d.Kind] = append(kinds[d.Kind], d)
	}
	for kind, ds := range kinds {
		seg, err := newSegment(ds, o)
		if err != nil {
			return err
		}
		if have := s[kind].dim(); have != 0 && seg.dim != 0 && have != seg.dim {
			return fmt.Errorf("upsert documents: %w: vectors of %d dimensions among ones of %d", retrieval.ErrDimension, seg.dim, have)
		}
		s[kind] = s[kind].without(seg.ids).with(seg)
	}
	return nil
}

func (s shards) delete(kind string, ids []string) {
	if sh := s[kind]; sh != nil && len(ids) > 0 {
		s[kind] = sh.without(ids).merged()
	}
}

func (s shards) compact() {
	for kind, sh := range s {
		s[kind] = sh.compacted()
	}
}
