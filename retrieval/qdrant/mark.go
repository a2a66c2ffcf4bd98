package qdrant

import (
	"context"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A mark is a point of its own kind, without vectors: no search finds it. It lives and goes with the tenant's documents.
const (
	kindMark = "mark"
	keyNote  = "note"
)

// Mark is what SetMark last kept for a tenant, "" when there is nothing or a Rebuild came after it.
func (x *Index) Mark(ctx context.Context, tenant string) (mark string, err error) {
	err = x.deadline(ctx, func(ctx context.Context) error {
		if s, err := x.look(ctx, true); err != nil || s == nil {
			return err
		}
		pts, err := x.client.Get(ctx, &qdrant.GetPoints{
			CollectionName: x.opt.Alias, Ids: []*qdrant.PointId{point(tenant, kindMark, kindMark)}, WithPayload: qdrant.NewWithPayloadInclude(keyNote),
		})
		if status.Code(err) == codes.NotFound {
			return nil
		}
		if len(pts) > 0 {
			mark = pts[0].GetPayload()[keyNote].GetStringValue()
		}
		return err
	})
	return mark, failed(ctx, "read mark from qdrant", err)
}

// SetMark keeps a note beside the tenant's documents.
func (x *Index) SetMark(ctx context.Context, tenant, mark string) error {
	return x.writing(ctx, "write mark to qdrant", 0, func(ctx context.Context, collection string, _ *schema) error {
		if collection != x.opt.Alias { // what it says is not true of a rebuilt collection
			return nil
		}
		return x.deadline(ctx, func(ctx context.Context) error {
			_, err := x.client.Upsert(ctx, &qdrant.UpsertPoints{
				CollectionName: collection, Wait: qdrant.PtrOf(true),
				Points: []*qdrant.PointStruct{{
					Id: point(tenant, kindMark, kindMark), Vectors: qdrant.NewVectorsMap(map[string]*qdrant.Vector{}),
					Payload: map[string]*qdrant.Value{
						keyTenant: qdrant.NewValueString(tenant), keyKind: qdrant.NewValueString(kindMark), keyNote: qdrant.NewValueString(mark),
					},
				}},
			})
			return err
		})
	})
}
