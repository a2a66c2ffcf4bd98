package qdrant

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"shopkeeper/retrieval"
)

// schema is what is known of a collection.
type schema struct {
	dims atomic.Int64 // of the dense vector, 0 = there is none yet

	mu     sync.Mutex // held while something is added
	fields map[string]bool
}

// ensure finds the collection behind the alias, or makes the first one.
func (x *Index) ensure(ctx context.Context, dims int) (*schema, error) {
	x.making.Lock()
	defer x.making.Unlock()
	s, err := x.look(ctx, false)
	if err != nil || s != nil {
		return s, err
	}
	name := x.opt.Alias + "_" + x.opt.NewID()
	if s, err = x.create(ctx, name, dims); err != nil {
		return nil, err
	}
	if err := x.client.CreateAlias(ctx, x.opt.Alias, name); err != nil {
		return nil, fmt.Errorf("name collection: %w", err)
	}
	x.know(s)
	return s, nil
}

// look is what is known of the live collection; nil: there is none. again asks the server even if it was asked before:
// another process may have rebuilt.
func (x *Index) look(ctx context.Context, again bool) (*schema, error) {
	x.mu.Lock()
	s := x.live
	x.mu.Unlock()
	if s != nil && !again {
		return s, nil
	}
	name, err := x.target(ctx)
	if err != nil || name == "" {
		return nil, err
	}
	if s, err = x.inspect(ctx, name); err != nil {
		return nil, err
	}
	x.know(s)
	return s, nil
}

func (x *Index) know(s *schema) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.live, x.looked = s, time.Now()
}

// stale says whether the live collection was looked at too long ago to trust that it has no such vectors.
func (x *Index) stale() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return time.Since(x.looked) > time.Second
}

// target is the collection behind the alias, "" when there is none.
func (x *Index) target(ctx context.Context) (string, error) {
	all, err := x.client.ListAliases(ctx)
	if err != nil {
		return "", fmt.Errorf("list aliases: %w", err)
	}
	for _, a := range all {
		if a.GetAliasName() == x.opt.Alias {
			return a.GetCollectionName(), nil
		}
	}
	return "", nil
}

// inspect reads what an existing collection has.
func (x *Index) inspect(ctx context.Context, name string) (*schema, error) {
	info, err := x.client.GetCollectionInfo(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("inspect collection: %w", err)
	}
	p := info.GetConfig().GetParams()
	if p.GetSparseVectorsConfig().GetMap()[vecLexical] == nil {
		return nil, fmt.Errorf("collection %s was not made by shopkeeper: choose another name (qdrant.collection)", name)
	}
	s := &schema{fields: map[string]bool{}}
	s.dims.Store(int64(p.GetVectorsConfig().GetParamsMap().GetMap()[vecDense].GetSize()))
	for f := range info.GetPayloadSchema() {
		s.fields[f] = true
	}
	return s, nil
}

// field is a payload key as Qdrant's paths want it: quoted unless it is a plain word.
func field(prefix, name string) string {
	plain := name != ""
	for _, r := range name {
		plain = plain && (r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	}
	if plain {
		return prefix + name
	}
	return prefix + `"` + payloadName(name) + `"`
}

// payloadName is a name of tags or numbers as a payload has it: a path cannot quote a quote.
func payloadName(name string) string { return strings.ReplaceAll(name, `"`, "'") }

// known are the fields every catalogue filters by; others get their index when they are first seen.
var known = map[string]qdrant.FieldType{
	keyKind: qdrant.FieldType_FieldTypeKeyword, keyTerms: qdrant.FieldType_FieldTypeInteger,
	tagPrefix + "brand": qdrant.FieldType_FieldTypeKeyword, tagPrefix + "category": qdrant.FieldType_FieldTypeKeyword,
	tagPrefix + "color": qdrant.FieldType_FieldTypeKeyword, tagPrefix + "merchant": qdrant.FieldType_FieldTypeKeyword,
	numPrefix + "price": qdrant.FieldType_FieldTypeFloat, numPrefix + "stock": qdrant.FieldType_FieldTypeFloat,
	numPrefix + "rating": qdrant.FieldType_FieldTypeFloat, numPrefix + "reviews": qdrant.FieldType_FieldTypeFloat,
	numPrefix + "released": qdrant.FieldType_FieldTypeFloat, numPrefix + "discount": qdrant.FieldType_FieldTypeFloat,
}

// mostFields bounds payload indexes: each costs the server memory; a filter on a field without one still works, slower.
const mostFields = 64

// create makes a collection and its payload indexes, before anything is uploaded.
func (x *Index) create(ctx context.Context, name string, dims int) (*schema, error) {
	req := &qdrant.CreateCollection{
		CollectionName:      name,
		SparseVectorsConfig: qdrant.NewSparseVectorsConfig(map[string]*qdrant.SparseVectorParams{vecLexical: {Modifier: qdrant.Modifier_Idf.Enum()}}),
	}
	if dims > 0 {
		req.VectorsConfig = qdrant.NewVectorsConfigMap(map[string]*qdrant.VectorParams{vecDense: {Size: uint64(dims), Distance: qdrant.Distance_Cosine}})
	}
	if err := x.client.CreateCollection(ctx, req); err != nil {
		return nil, fmt.Errorf("create collection: %w", err)
	}
	s := &schema{fields: map[string]bool{}}
	s.dims.Store(int64(dims))
	_, err := x.client.CreateFieldIndex(ctx, &qdrant.CreateFieldIndexCollection{
		CollectionName: name, FieldName: keyTenant, Wait: qdrant.PtrOf(true), FieldType: qdrant.FieldType_FieldTypeKeyword.Enum(),
		FieldIndexParams: qdrant.NewPayloadIndexParamsKeyword(&qdrant.KeywordIndexParams{IsTenant: qdrant.PtrOf(true)}),
	})
	if err != nil {
		return nil, fmt.Errorf("index tenant: %w", err)
	}
	for f, kind := range known {
		if err := x.indexField(ctx, name, s, f, kind); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// widen gives a collection that has no dense vector one: the embedder came later than the first documents.
func (x *Index) widen(ctx context.Context, collection string, s *schema, dims int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dims.Load() != 0 {
		return nil
	}
	_, err := x.client.CreateVectorName(ctx, &qdrant.CreateVectorNameRequest{
		CollectionName: collection, VectorName: vecDense, Wait: qdrant.PtrOf(true),
		VectorConfig: &qdrant.CreateVectorNameRequest_DenseConfig{DenseConfig: &qdrant.DenseVectorCreationConfig{Size: uint64(dims), Distance: qdrant.Distance_Cosine}},
	})
	switch {
	case status.Code(err) == codes.Unimplemented:
		return fmt.Errorf("%w: the collection has no vectors, and this server cannot add them to one that exists", retrieval.ErrDimension)
	case err != nil:
		return fmt.Errorf("add vectors: %w", err)
	}
	s.dims.Store(int64(dims))
	return nil
}

func (x *Index) indexField(ctx context.Context, collection string, s *schema, field string, kind qdrant.FieldType) error {
	_, err := x.client.CreateFieldIndex(ctx, &qdrant.CreateFieldIndexCollection{CollectionName: collection, FieldName: field, FieldType: kind.Enum(), Wait: qdrant.PtrOf(true)})
	if err != nil {
		return fmt.Errorf("index field %s: %w", field, err)
	}
	s.fields[field] = true
	return nil
}

// newFields indexes the fields of docs that have no index yet, while there is room.
func (x *Index) newFields(ctx context.Context, collection string, s *schema, docs []retrieval.Doc) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range docs {
		for f := range d.Tags {
			if f = field(tagPrefix, f); !s.fields[f] && len(s.fields) < mostFields {
				if err := x.indexField(ctx, collection, s, f, qdrant.FieldType_FieldTypeKeyword); err != nil {
					return err
				}
			}
		}
		for f := range d.Numbers {
			if f = field(numPrefix, f); !s.fields[f] && len(s.fields) < mostFields {
				if err := x.indexField(ctx, collection, s, f, qdrant.FieldType_FieldTypeFloat); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
