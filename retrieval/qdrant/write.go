package qdrant

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/qdrant/go-client/qdrant"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/text"
)

// Upsert writes in batches and waits for each: the server's speed is the caller's.
func (x *Index) Upsert(ctx context.Context, docs []retrieval.Doc) error {
	if len(docs) == 0 {
		return nil
	}
	x.writes.RLock()
	defer x.writes.RUnlock()
	if err := x.deadline(ctx, func(ctx context.Context) error { return x.ensure(ctx, dimsOf(docs)) }); err != nil {
		return fmt.Errorf("prepare qdrant: %w", err)
	}
	x.mu.Lock()
	dims := x.dims
	x.mu.Unlock()
	if err := x.upload(ctx, x.opt.Alias, docs, dims); err != nil {
		return err
	}
	x.note(func(ctx context.Context, collection string) error { return x.upload(ctx, collection, docs, dims) })
	return nil
}

// Delete removes documents; unknown ids are no error.
func (x *Index) Delete(ctx context.Context, tenant, kind string, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	x.writes.RLock()
	defer x.writes.RUnlock()
	if err := x.deadline(ctx, func(ctx context.Context) error { return x.ensure(ctx, 0) }); err != nil {
		return fmt.Errorf("prepare qdrant: %w", err)
	}
	del := func(ctx context.Context, collection string) error {
		for part := range slices.Chunk(ids, 1000) {
			pts := make([]*qdrant.PointId, len(part))
			for i, id := range part {
				pts[i] = point(tenant, kind, id)
			}
			err := x.deadline(ctx, func(ctx context.Context) error {
				_, err := x.client.Delete(ctx, &qdrant.DeletePoints{CollectionName: collection, Wait: qdrant.PtrOf(true), Points: qdrant.NewPointsSelectorIDs(pts)})
				return err
			})
			if err != nil {
				return fmt.Errorf("delete from qdrant: %w", err)
			}
		}
		return nil
	}
	if err := del(ctx, x.opt.Alias); err != nil {
		return err
	}
	x.note(del)
	return nil
}

func (x *Index) note(op func(ctx context.Context, collection string) error) {
	x.mu.Lock()
	j := x.journal
	x.mu.Unlock()
	if j != nil {
		j.mu.Lock()
		j.ops = append(j.ops, op)
		j.mu.Unlock()
	}
}

func (x *Index) deadline(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, x.opt.Write)
	defer cancel()
	return f(ctx)
}

func dimsOf(docs []retrieval.Doc) int {
	for _, d := range docs {
		if len(d.Vector) > 0 {
			return len(d.Vector)
		}
	}
	return 0
}

func (x *Index) upload(ctx context.Context, collection string, docs []retrieval.Doc, dims int) error {
	for part := range slices.Chunk(docs, batchSize) {
		pts := make([]*qdrant.PointStruct, 0, len(part))
		for _, d := range part {
			if len(d.Vector) > 0 && len(d.Vector) != dims {
				return fmt.Errorf("vector of %d dimensions, but the collection has %d: run `shopkeeper reindex` to build it anew", len(d.Vector), dims)
			}
			pts = append(pts, pointOf(d))
		}
		err := x.deadline(ctx, func(ctx context.Context) error {
			if err := x.newFields(ctx, collection, part); err != nil {
				return err
			}
			_, err := x.client.Upsert(ctx, &qdrant.UpsertPoints{CollectionName: collection, Wait: qdrant.PtrOf(true), Points: pts})
			return err
		})
		if err != nil {
			return fmt.Errorf("write to qdrant: %w", err)
		}
	}
	return nil
}

func pointOf(d retrieval.Doc) *qdrant.PointStruct {
	weights := text.Weights(d.Fields)
	idx, val := make([]uint32, len(weights)), make([]float32, len(weights))
	terms := make([]*qdrant.Value, len(weights))
	for i, w := range weights {
		idx[i], val[i] = w.Term, w.Value
		terms[i] = qdrant.NewValueInt(int64(w.Term))
	}
	vectors := map[string]*qdrant.Vector{vecLexical: qdrant.NewVectorSparse(idx, val)}
	if len(d.Vector) > 0 {
		vectors[vecDense] = qdrant.NewVectorDense(d.Vector)
	}
	tags, nums := map[string]*qdrant.Value{}, map[string]*qdrant.Value{}
	for f, vs := range d.Tags {
		list := make([]*qdrant.Value, len(vs))
		for i, v := range vs {
			list[i] = qdrant.NewValueString(v)
		}
		tags[strings.ReplaceAll(f, `"`, "'")] = qdrant.NewValueFromList(list...)
	}
	for f, n := range d.Numbers {
		nums[strings.ReplaceAll(f, `"`, "'")] = qdrant.NewValueDouble(n)
	}
	return &qdrant.PointStruct{
		Id: point(d.Tenant, d.Kind, d.ID), Vectors: qdrant.NewVectorsMap(vectors),
		Payload: map[string]*qdrant.Value{
			keyTenant: qdrant.NewValueString(d.Tenant), keyKind: qdrant.NewValueString(d.Kind), keyID: qdrant.NewValueString(d.ID),
			keyTerms: qdrant.NewValueFromList(terms...),
			"tag":    qdrant.NewValueStruct(&qdrant.Struct{Fields: tags}), "num": qdrant.NewValueStruct(&qdrant.Struct{Fields: nums}),
		},
	}
}

// Rebuild fills a new collection with the tenant's documents and the other tenants' points, repeats what was written meanwhile by
// this process, and moves the alias in one step. On an error the old collection goes on serving.
func (x *Index) Rebuild(ctx context.Context, tenant string, docs iter.Seq2[retrieval.Doc, error]) (err error) {
	x.rebuild.Lock()
	defer x.rebuild.Unlock()

	j := &journal{}
	x.writes.Lock() // no write is half done when the journal begins
	x.mu.Lock()
	x.journal = j
	oldFields, oldDims := x.fields, x.dims
	x.mu.Unlock()
	x.writes.Unlock()

	name, dims, made := x.opt.Alias+"_"+x.opt.NewID(), 0, false
	defer func() {
		x.mu.Lock()
		x.journal = nil
		if err != nil {
			x.fields, x.dims = oldFields, oldDims
		}
		x.mu.Unlock()
		if err != nil && made {
			_ = x.client.DeleteCollection(context.WithoutCancel(ctx), name)
		}
	}()

	old, err := x.target(ctx)
	if err != nil {
		return err
	}
	begin := func(batch []retrieval.Doc) error {
		if made {
			return nil
		}
		made, dims = true, dimsOf(batch)
		return x.deadline(ctx, func(ctx context.Context) error {
			x.mu.Lock()
			defer x.mu.Unlock()
			return x.create(ctx, name, dims)
		})
	}
	var batch []retrieval.Doc
	flush := func() error {
		if err := begin(batch); err != nil {
			return err
		}
		err := x.upload(ctx, name, batch, dims)
		batch = batch[:0]
		return err
	}
	for d, err := range docs {
		if err != nil {
			return fmt.Errorf("read documents: %w", err)
		}
		if batch = append(batch, d); len(batch) == batchSize {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	if old != "" {
		if err := x.copyOthers(ctx, old, name, tenant); err != nil {
			return err
		}
	}

	x.writes.Lock() // writers wait while the journal is repeated and the alias moves
	defer x.writes.Unlock()
	for _, op := range j.ops {
		if err := op(ctx, name); err != nil {
			return fmt.Errorf("repeat a write: %w", err)
		}
	}
	actions := []*qdrant.AliasOperations{qdrant.NewAliasCreate(x.opt.Alias, name)}
	if old != "" {
		actions = slices.Insert(actions, 0, qdrant.NewAliasDelete(x.opt.Alias))
	}
	if err := x.client.UpdateAliases(ctx, actions); err != nil {
		return fmt.Errorf("switch alias: %w", err)
	}
	x.mu.Lock()
	x.ready, x.dims = true, dims
	x.mu.Unlock()
	if old != "" {
		if err := x.client.DeleteCollection(ctx, old); err != nil {
			x.opt.Log.Warn("the old collection stays", "collection", old, "error", err)
		}
	}
	return nil
}

// copyOthers copies the points of all other tenants as they are.
func (x *Index) copyOthers(ctx context.Context, from, to, tenant string) error {
	var next *qdrant.PointId
	for {
		pts, after, err := x.client.ScrollAndOffset(ctx, &qdrant.ScrollPoints{
			CollectionName: from, Offset: next, Limit: qdrant.PtrOf(uint32(batchSize)),
			Filter:      &qdrant.Filter{MustNot: []*qdrant.Condition{qdrant.NewMatch(keyTenant, tenant)}},
			WithPayload: qdrant.NewWithPayload(true), WithVectors: qdrant.NewWithVectors(true),
		})
		if err != nil {
			return fmt.Errorf("read the old collection: %w", err)
		}
		up := make([]*qdrant.PointStruct, 0, len(pts))
		for _, p := range pts {
			vectors := map[string]*qdrant.Vector{}
			for name, v := range p.GetVectors().GetVectors().GetVectors() {
				if s := v.GetSparse(); s != nil {
					vectors[name] = qdrant.NewVectorSparse(s.GetIndices(), s.GetValues())
				} else if d := v.GetDense(); d != nil {
					vectors[name] = qdrant.NewVectorDense(d.GetData())
				} else if s := v.GetIndices(); s != nil { // servers before 1.16
					vectors[name] = qdrant.NewVectorSparse(s.GetData(), v.GetData())
				} else {
					vectors[name] = qdrant.NewVectorDense(v.GetData())
				}
			}
			up = append(up, &qdrant.PointStruct{Id: p.GetId(), Payload: p.GetPayload(), Vectors: qdrant.NewVectorsMap(vectors)})
		}
		if len(up) > 0 {
			if _, err := x.client.Upsert(ctx, &qdrant.UpsertPoints{CollectionName: to, Wait: qdrant.PtrOf(true), Points: up}); err != nil {
				return fmt.Errorf("copy another tenant's points: %w", err)
			}
		}
		if after == nil {
			return nil
		}
		next = after
	}
}
