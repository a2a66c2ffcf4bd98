package qdrant

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/text"
)

// Upsert writes in batches and waits for each: the server's speed is the caller's.
func (x *Index) Upsert(ctx context.Context, docs []retrieval.Doc) error {
	if len(docs) == 0 {
		return nil
	}
	for _, d := range docs {
		if d.Tenant == "" || d.Kind == "" || d.ID == "" {
			return fmt.Errorf("upsert document: tenant %q, kind %q and id %q must not be empty", d.Tenant, d.Kind, d.ID)
		}
	}
	return x.writing(ctx, "write to qdrant", dimsOf(docs), func(ctx context.Context, collection string, s *schema) error {
		if collection != x.opt.Alias { // repeated into a rebuilt collection, whose vectors may be of another model
			docs = fitting(docs, int(s.dims.Load()))
		}
		return x.upload(ctx, collection, s, docs)
	})
}

// Delete removes documents; unknown ids are no error.
func (x *Index) Delete(ctx context.Context, tenant, kind string, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return x.writing(ctx, "delete from qdrant", 0, func(ctx context.Context, collection string, _ *schema) error {
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
				return err
			}
		}
		return nil
	})
}

// writing runs op on the live collection and notes it for a rebuild. What is known of the collection may be old: another process may
// have rebuilt it, or it is gone; then op runs once more, after a look.
func (x *Index) writing(ctx context.Context, what string, dims int, op func(ctx context.Context, collection string, s *schema) error) error {
	x.writes.RLock()
	defer x.writes.RUnlock()
	for again := false; ; again = true {
		var s *schema
		err := x.deadline(ctx, func(ctx context.Context) (err error) {
			s, err = x.ensure(ctx, dims)
			return err
		})
		if err == nil {
			err = op(ctx, x.opt.Alias, s)
		}
		switch code := status.Code(err); {
		case err == nil:
			x.note(op)
			return nil
		case again || ctx.Err() != nil, code != codes.NotFound && code != codes.InvalidArgument && !errors.Is(err, retrieval.ErrDimension):
			return failed(ctx, what, err)
		}
		x.mu.Lock()
		x.live = nil
		x.mu.Unlock()
	}
}

func (x *Index) note(op func(ctx context.Context, collection string, s *schema) error) {
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

// fitting are docs without the vectors that have other dimensions.
func fitting(docs []retrieval.Doc, dims int) []retrieval.Doc {
	docs = slices.Clone(docs)
	for i := range docs {
		if len(docs[i].Vector) != dims {
			docs[i].Vector = nil
		}
	}
	return docs
}

func (x *Index) upload(ctx context.Context, collection string, s *schema, docs []retrieval.Doc) error {
	dims := int(s.dims.Load())
	if dims == 0 {
		dims = dimsOf(docs)
	}
	for _, d := range docs {
		if len(d.Vector) > 0 && len(d.Vector) != dims {
			return fmt.Errorf("document %s: %w: a vector of %d dimensions among ones of %d", d.ID, retrieval.ErrDimension, len(d.Vector), dims)
		}
	}
	if dims > 0 && s.dims.Load() == 0 {
		if err := x.deadline(ctx, func(ctx context.Context) error { return x.widen(ctx, collection, s, dims) }); err != nil {
			return err
		}
	}
	for len(docs) > 0 {
		var pts []*qdrant.PointStruct
		for terms := 0; len(pts) < min(batchSize, len(docs)) && terms < batchTerms; {
			p, n := pointOf(docs[len(pts)])
			pts, terms = append(pts, p), terms+n
		}
		part := docs[:len(pts)]
		docs = docs[len(pts):]
		err := x.deadline(ctx, func(ctx context.Context) error {
			if err := x.newFields(ctx, collection, s, part); err != nil {
				return err
			}
			_, err := x.client.Upsert(ctx, &qdrant.UpsertPoints{CollectionName: collection, Wait: qdrant.PtrOf(true), Points: pts})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// pointOf is a document as a point, and how many terms it has.
func pointOf(d retrieval.Doc) (*qdrant.PointStruct, int) {
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
		tags[payloadName(f)] = qdrant.NewValueFromList(list...)
	}
	for f, n := range d.Numbers {
		nums[payloadName(f)] = qdrant.NewValueDouble(n)
	}
	return &qdrant.PointStruct{
		Id: point(d.Tenant, d.Kind, d.ID), Vectors: qdrant.NewVectorsMap(vectors),
		Payload: map[string]*qdrant.Value{
			keyTenant: qdrant.NewValueString(d.Tenant), keyKind: qdrant.NewValueString(d.Kind), keyID: qdrant.NewValueString(d.ID),
			keyTerms: qdrant.NewValueFromList(terms...),
			"tag":    qdrant.NewValueStruct(&qdrant.Struct{Fields: tags}), "num": qdrant.NewValueStruct(&qdrant.Struct{Fields: nums}),
		},
	}, len(weights)
}
