package qdrant

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/qdrant/go-client/qdrant"

	"shopkeeper/retrieval"
)

// Rebuild fills a new collection with the tenant's documents and the other tenants' points, repeats what was written meanwhile by
// this process, and moves the alias in one step. On an error the old collection goes on serving. Other tenants' vectors that have
// other dimensions than the new ones are left out.
func (x *Index) Rebuild(ctx context.Context, tenant string, docs iter.Seq2[retrieval.Doc, error]) error {
	x.rebuild.Lock()
	defer x.rebuild.Unlock()

	j := &journal{}
	x.writes.Lock() // no write is half done when the journal begins
	x.setJournal(j)
	x.writes.Unlock()
	defer x.setJournal(nil)

	old, err := x.target(ctx)
	if err != nil {
		return failed(ctx, "rebuild in qdrant", err)
	}
	name := x.opt.Alias + "_" + x.opt.NewID()
	made := false
	s, err := x.fill(ctx, name, &made, docs)
	if err == nil && old != "" {
		err = x.copyOthers(ctx, old, name, s, tenant)
	}
	if err == nil {
		err = x.switchTo(ctx, old, name, s, j)
	}
	if err != nil {
		if made {
			clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), x.opt.Write)
			defer cancel()
			if err := x.client.DeleteCollection(clean, name); err != nil {
				x.opt.Log.Warn("a half built collection stays", "collection", name, "error", err)
			}
		}
		return failed(ctx, "rebuild in qdrant", err)
	}
	return nil
}

func (x *Index) setJournal(j *journal) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.journal = j
}

// fill makes the new collection once the first documents say whether there are vectors, and uploads.
func (x *Index) fill(ctx context.Context, name string, made *bool, docs iter.Seq2[retrieval.Doc, error]) (s *schema, err error) {
	var batch []retrieval.Doc
	flush := func() error {
		if s == nil {
			*made = true
			err := x.deadline(ctx, func(ctx context.Context) (err error) {
				s, err = x.create(ctx, name, dimsOf(batch))
				return err
			})
			if err != nil {
				return err
			}
		}
		err := x.upload(ctx, name, s, batch)
		batch = batch[:0]
		return err
	}
	for d, err := range docs {
		if err != nil {
			return nil, fmt.Errorf("read documents: %w", err)
		}
		if d.Kind == "" || d.ID == "" {
			return nil, fmt.Errorf("a document without kind or id")
		}
		if batch = append(batch, d); len(batch) == batchSize {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	if err := flush(); err != nil {
		return nil, err
	}
	return s, nil
}

// copyOthers copies the points of all other tenants as they are.
func (x *Index) copyOthers(ctx context.Context, from, to string, s *schema, tenant string) error {
	var next *qdrant.PointId
	for {
		var pts []*qdrant.RetrievedPoint
		var after *qdrant.PointId
		err := x.deadline(ctx, func(ctx context.Context) (err error) {
			pts, after, err = x.client.ScrollAndOffset(ctx, &qdrant.ScrollPoints{
				CollectionName: from, Offset: next, Limit: qdrant.PtrOf(uint32(batchSize)),
				Filter:      &qdrant.Filter{MustNot: []*qdrant.Condition{qdrant.NewMatch(keyTenant, tenant)}},
				WithPayload: qdrant.NewWithPayload(true), WithVectors: qdrant.NewWithVectors(true),
			})
			return err
		})
		if err != nil {
			return fmt.Errorf("read the old collection: %w", err)
		}
		up := make([]*qdrant.PointStruct, 0, len(pts))
		for _, p := range pts {
			vectors := vectorsOf(p)
			if v := vectors[vecDense].GetDense().GetData(); len(v) > 0 {
				if err := x.deadline(ctx, func(ctx context.Context) error { return x.widen(ctx, to, s, len(v)) }); err != nil {
					return err
				}
				if int64(len(v)) != s.dims.Load() {
					delete(vectors, vecDense)
				}
			}
			up = append(up, &qdrant.PointStruct{Id: p.GetId(), Payload: p.GetPayload(), Vectors: qdrant.NewVectorsMap(vectors)})
		}
		if len(up) > 0 {
			err := x.deadline(ctx, func(ctx context.Context) error {
				_, err := x.client.Upsert(ctx, &qdrant.UpsertPoints{CollectionName: to, Wait: qdrant.PtrOf(true), Points: up})
				return err
			})
			if err != nil {
				return fmt.Errorf("copy another tenant's points: %w", err)
			}
		}
		if after == nil {
			return nil
		}
		next = after
	}
}

// vectorsOf are a point's named vectors as they are written; what comes back has another type than what goes in.
func vectorsOf(p *qdrant.RetrievedPoint) map[string]*qdrant.Vector {
	vectors := map[string]*qdrant.Vector{}
	for name, v := range p.GetVectors().GetVectors().GetVectors() {
		if s := v.GetSparse(); s != nil {
			vectors[name] = qdrant.NewVectorSparse(s.GetIndices(), s.GetValues())
		} else if d := v.GetDense(); d != nil {
			vectors[name] = qdrant.NewVectorDense(d.GetData())
		}
	}
	return vectors
}

// switchTo repeats the journal and moves the alias; writers wait.
func (x *Index) switchTo(ctx context.Context, old, name string, s *schema, j *journal) error {
	x.writes.Lock()
	defer x.writes.Unlock()
	for _, op := range j.ops {
		if err := op(ctx, name, s); err != nil {
			return fmt.Errorf("repeat a write: %w", err)
		}
	}
	actions := []*qdrant.AliasOperations{qdrant.NewAliasCreate(x.opt.Alias, name)}
	if old != "" {
		actions = slices.Insert(actions, 0, qdrant.NewAliasDelete(x.opt.Alias))
	}
	if err := x.deadline(ctx, func(ctx context.Context) error { return x.client.UpdateAliases(ctx, actions) }); err != nil {
		return fmt.Errorf("switch alias: %w", err)
	}
	x.know(s)
	if old != "" {
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if err := x.client.DeleteCollection(clean, old); err != nil {
			x.opt.Log.Warn("the old collection stays", "collection", old, "error", err)
		}
	}
	return nil
}
