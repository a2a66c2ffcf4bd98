// Package qdranttest plays a Qdrant server for tests.
package qdranttest

import (
	"context"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// The names that the adapter gives its vectors and the payload of terms.
const (
	vecDense   = "dense"
	vecLexical = "lexical"
	keyTerms   = "terms"
)

// Double is a Qdrant server in memory, on the client's own server stubs: it proves what goes over the wire. It computes what
// the real one documents: sparse dot products under the IDF modifier, cosine, filters, order-by, facets, aliases; and it
// refuses what the real one refuses (facets and order-by without a payload index, unknown collections, other dimensions).
type Double struct {
	qdrant.UnimplementedPointsServer
	qdrant.UnimplementedCollectionsServer
	qdrant.UnimplementedQdrantServer

	Mu      sync.Mutex // guards what follows
	Cols    map[string]*Collection
	Aliases map[string]string
	Calls   []string // method and collection, in order
	Refuse  int      // so many calls answer ResourceExhausted first
	After   string   // and say when to come back, in seconds
	Old     bool     // a server that cannot add vectors to a collection
}

// Collection of a Double.
type Collection struct {
	Dims    int // of the dense vector, 0 = none
	Sparse  bool
	Indexes map[string]*qdrant.CreateFieldIndexCollection
	Points  map[string]*qdrant.PointStruct
	seen    *inverted // made when it is needed, nil after a write
}

// inverted is a collection's points in the order of their ids, and by the dimensions of their sparse vectors.
type inverted struct {
	order    []*qdrant.PointStruct
	postings map[uint32][]posting // ascending
	terms    map[int64][]int      // payload: value of keyTerms → points
	passed   map[string][]bool    // by filter: which points pass
}

type posting struct {
	point  int
	weight float32
}

func (c *Collection) inverted() *inverted {
	if c.seen != nil {
		return c.seen
	}
	v := &inverted{postings: map[uint32][]posting{}, terms: map[int64][]int{}, passed: map[string][]bool{}}
	for i, id := range slices.Sorted(maps.Keys(c.Points)) {
		p := c.Points[id]
		v.order = append(v.order, p)
		s := vec(p, vecLexical).GetSparse()
		for k, dim := range s.GetIndices() {
			v.postings[dim] = append(v.postings[dim], posting{i, s.GetValues()[k]})
		}
		for _, t := range values(p, keyTerms) {
			v.terms[t.GetIntegerValue()] = append(v.terms[t.GetIntegerValue()], i)
		}
	}
	c.seen = v
	return v
}

// Serve plays until the test ends; the address is one for the adapter.
func Serve(t *testing.T) (*Double, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &Double{Cols: map[string]*Collection{}, Aliases: map[string]string{}}
	s := grpc.NewServer(grpc.MaxRecvMsgSize(64<<20), grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
		grpc.UnaryInterceptor(d.intercept))
	qdrant.RegisterPointsServer(s, pointsFace{d})
	qdrant.RegisterCollectionsServer(s, d)
	qdrant.RegisterQdrantServer(s, d)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	return d, "qdrant://" + l.Addr().String()
}

func (d *Double) intercept(ctx context.Context, req any, info *grpc.UnaryServerInfo, h grpc.UnaryHandler) (any, error) {
	d.Mu.Lock()
	name := ""
	if c, ok := req.(interface{ GetCollectionName() string }); ok {
		name = c.GetCollectionName()
	}
	d.Calls = append(d.Calls, info.FullMethod[strings.LastIndexByte(info.FullMethod, '/')+1:]+" "+name)
	if d.Refuse > 0 {
		d.Refuse--
		if d.After != "" {
			_ = grpc.SetTrailer(ctx, metadata.Pairs("retry-after", d.After))
		}
		d.Mu.Unlock()
		return nil, status.Error(codes.ResourceExhausted, "slow down")
	}
	d.Mu.Unlock()
	return h(ctx, req)
}

func (d *Double) get(name string) (*Collection, error) {
	if to, ok := d.Aliases[name]; ok {
		name = to
	}
	c := d.Cols[name]
	if c == nil {
		return nil, status.Errorf(codes.NotFound, "Collection `%s` doesn't exist!", name)
	}
	return c, nil
}

func (d *Double) HealthCheck(context.Context, *qdrant.HealthCheckRequest) (*qdrant.HealthCheckReply, error) {
	return &qdrant.HealthCheckReply{Version: "1.19.0"}, nil
}

func (d *Double) Create(_ context.Context, r *qdrant.CreateCollection) (*qdrant.CollectionOperationResponse, error) {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	sp := r.GetSparseVectorsConfig().GetMap()[vecLexical]
	d.Cols[r.GetCollectionName()] = &Collection{
		Dims:   int(r.GetVectorsConfig().GetParamsMap().GetMap()[vecDense].GetSize()),
		Sparse: sp != nil && sp.GetModifier() == qdrant.Modifier_Idf, Indexes: map[string]*qdrant.CreateFieldIndexCollection{}, Points: map[string]*qdrant.PointStruct{},
	}
	return &qdrant.CollectionOperationResponse{Result: true}, nil
}

func (d *Double) Get(_ context.Context, r *qdrant.GetCollectionInfoRequest) (*qdrant.GetCollectionInfoResponse, error) {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	c, err := d.get(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	schema := map[string]*qdrant.PayloadSchemaInfo{}
	for f := range c.Indexes {
		schema[f] = &qdrant.PayloadSchemaInfo{}
	}
	p := &qdrant.CollectionParams{}
	if c.Dims > 0 {
		p.VectorsConfig = qdrant.NewVectorsConfigMap(map[string]*qdrant.VectorParams{vecDense: {Size: uint64(c.Dims)}})
	}
	if c.Sparse {
		p.SparseVectorsConfig = qdrant.NewSparseVectorsConfig(map[string]*qdrant.SparseVectorParams{vecLexical: {Modifier: qdrant.Modifier_Idf.Enum()}})
	}
	return &qdrant.GetCollectionInfoResponse{Result: &qdrant.CollectionInfo{PayloadSchema: schema, Config: &qdrant.CollectionConfig{Params: p}}}, nil
}

// The two services both have methods Get and Delete, so each gets a face of its own.
type pointsFace struct{ *Double }

func (d *Double) ListAliases(context.Context, *qdrant.ListAliasesRequest) (*qdrant.ListAliasesResponse, error) {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	out := &qdrant.ListAliasesResponse{}
	for a, c := range d.Aliases {
		out.Aliases = append(out.Aliases, &qdrant.AliasDescription{AliasName: a, CollectionName: c})
	}
	return out, nil
}

func (d *Double) UpdateAliases(_ context.Context, r *qdrant.ChangeAliases) (*qdrant.CollectionOperationResponse, error) {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	for _, a := range r.GetActions() {
		if c := a.GetCreateAlias(); c != nil {
			if d.Cols[c.GetCollectionName()] == nil {
				return nil, status.Error(codes.NotFound, "no such collection")
			}
			d.Aliases[c.GetAliasName()] = c.GetCollectionName()
		}
		if x := a.GetDeleteAlias(); x != nil {
			delete(d.Aliases, x.GetAliasName())
		}
	}
	return &qdrant.CollectionOperationResponse{Result: true}, nil
}

func (d *Double) CreateFieldIndex(_ context.Context, r *qdrant.CreateFieldIndexCollection) (*qdrant.PointsOperationResponse, error) {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	c, err := d.get(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	c.Indexes[r.GetFieldName()] = r
	return done(), nil
}

func done() *qdrant.PointsOperationResponse {
	return &qdrant.PointsOperationResponse{Result: &qdrant.UpdateResult{Status: qdrant.UpdateStatus_Completed}}
}

func (d *Double) Upsert(_ context.Context, r *qdrant.UpsertPoints) (*qdrant.PointsOperationResponse, error) {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	c, err := d.get(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	for _, p := range r.GetPoints() {
		if v := vec(p, vecDense).GetDense(); v != nil && len(v.GetData()) != c.Dims {
			return nil, status.Errorf(codes.InvalidArgument, "Vector dimension error: expected dim: %d, got %d", c.Dims, len(v.GetData()))
		}
	}
	for _, p := range r.GetPoints() {
		c.Points[p.GetId().GetUuid()] = p
	}
	c.seen = nil
	return done(), nil
}

func vec(p *qdrant.PointStruct, name string) *qdrant.Vector {
	return p.GetVectors().GetVectors().GetVectors()[name]
}

func (f pointsFace) Get(_ context.Context, r *qdrant.GetPoints) (*qdrant.GetResponse, error) {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	c, err := f.get(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	out := &qdrant.GetResponse{}
	for _, id := range r.GetIds() {
		if p := c.Points[id.GetUuid()]; p != nil {
			out.Result = append(out.Result, &qdrant.RetrievedPoint{Id: p.GetId(), Payload: p.GetPayload()})
		}
	}
	return out, nil
}

func (d *Double) CreateVectorName(_ context.Context, r *qdrant.CreateVectorNameRequest) (*qdrant.PointsOperationResponse, error) {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	c, err := d.get(r.GetCollectionName())
	switch {
	case err != nil:
		return nil, err
	case d.Old:
		return nil, status.Error(codes.Unimplemented, "unknown method CreateVectorName")
	case r.GetVectorName() != vecDense || c.Dims != 0:
		return nil, status.Error(codes.InvalidArgument, "Vector name already exists")
	}
	c.Dims = int(r.GetDenseConfig().GetSize())
	return done(), nil
}

func (f pointsFace) Delete(_ context.Context, r *qdrant.DeletePoints) (*qdrant.PointsOperationResponse, error) {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	c, err := f.get(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	for _, id := range r.GetPoints().GetPoints().GetIds() {
		delete(c.Points, id.GetUuid())
	}
	c.seen = nil
	return done(), nil
}

func (d *Double) Delete(_ context.Context, r *qdrant.DeleteCollection) (*qdrant.CollectionOperationResponse, error) {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	delete(d.Cols, r.GetCollectionName())
	return &qdrant.CollectionOperationResponse{Result: true}, nil
}

func (d *Double) Scroll(_ context.Context, r *qdrant.ScrollPoints) (*qdrant.ScrollResponse, error) {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	c, err := d.get(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	out := &qdrant.ScrollResponse{}
	for _, p := range c.match(r.GetFilter()) {
		if off := r.GetOffset(); off != nil && p.GetId().GetUuid() < off.GetUuid() {
			continue
		}
		if len(out.Result) == int(r.GetLimit()) {
			out.NextPageOffset = p.GetId()
			break
		}
		vs := map[string]*qdrant.VectorOutput{}
		for name, v := range p.GetVectors().GetVectors().GetVectors() {
			if s := v.GetSparse(); s != nil {
				vs[name] = &qdrant.VectorOutput{Vector: &qdrant.VectorOutput_Sparse{Sparse: s}}
			} else {
				vs[name] = &qdrant.VectorOutput{Vector: &qdrant.VectorOutput_Dense{Dense: v.GetDense()}}
			}
		}
		out.Result = append(out.Result, &qdrant.RetrievedPoint{
			Id: p.GetId(), Payload: p.GetPayload(),
			Vectors: &qdrant.VectorsOutput{VectorsOptions: &qdrant.VectorsOutput_Vectors{Vectors: &qdrant.NamedVectorsOutput{Vectors: vs}}},
		})
	}
	return out, nil
}

// Live is the collection that an alias stands for, and its name.
func (d *Double) Live(t *testing.T, alias string) (string, *Collection) {
	t.Helper()
	d.Mu.Lock()
	defer d.Mu.Unlock()
	name := d.Aliases[alias]
	if d.Cols[name] == nil {
		t.Fatalf("alias %s has no collection", alias)
	}
	return name, d.Cols[name]
}
