package qdrant

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

// double is a Qdrant server in memory, on the client's own server stubs: it proves what goes over the wire. It computes what
// the real one documents: sparse dot products under the IDF modifier, cosine, filters, order-by, facets, aliases; and it
// refuses what the real one refuses (facets and order-by without a payload index, unknown collections, other dimensions).
type double struct {
	qdrant.UnimplementedPointsServer
	qdrant.UnimplementedCollectionsServer
	qdrant.UnimplementedQdrantServer

	mu      sync.Mutex
	cols    map[string]*collection
	aliases map[string]string
	calls   []string // method and collection, in order
	refuse  int      // so many calls answer ResourceExhausted first
	after   string   // and say when to come back, in seconds
	old     bool     // a server that cannot add vectors to a collection
}

type collection struct {
	dims    int
	sparse  bool
	indexes map[string]*qdrant.CreateFieldIndexCollection
	points  map[string]*qdrant.PointStruct
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

func (c *collection) inverted() *inverted {
	if c.seen != nil {
		return c.seen
	}
	v := &inverted{postings: map[uint32][]posting{}, terms: map[int64][]int{}, passed: map[string][]bool{}}
	for i, id := range slices.Sorted(maps.Keys(c.points)) {
		p := c.points[id]
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

func startDouble(t *testing.T) (*double, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &double{cols: map[string]*collection{}, aliases: map[string]string{}}
	s := grpc.NewServer(grpc.MaxRecvMsgSize(64<<20), grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
		grpc.UnaryInterceptor(d.intercept))
	qdrant.RegisterPointsServer(s, pointsFace{d})
	qdrant.RegisterCollectionsServer(s, d)
	qdrant.RegisterQdrantServer(s, d)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	return d, "qdrant://" + l.Addr().String()
}

func (d *double) intercept(ctx context.Context, req any, info *grpc.UnaryServerInfo, h grpc.UnaryHandler) (any, error) {
	d.mu.Lock()
	name := ""
	if c, ok := req.(interface{ GetCollectionName() string }); ok {
		name = c.GetCollectionName()
	}
	d.calls = append(d.calls, info.FullMethod[strings.LastIndexByte(info.FullMethod, '/')+1:]+" "+name)
	if d.refuse > 0 {
		d.refuse--
		if d.after != "" {
			_ = grpc.SetTrailer(ctx, metadata.Pairs("retry-after", d.after))
		}
		d.mu.Unlock()
		return nil, status.Error(codes.ResourceExhausted, "slow down")
	}
	d.mu.Unlock()
	return h(ctx, req)
}

func (d *double) get(name string) (*collection, error) {
	if to, ok := d.aliases[name]; ok {
		name = to
	}
	c := d.cols[name]
	if c == nil {
		return nil, status.Errorf(codes.NotFound, "Collection `%s` doesn't exist!", name)
	}
	return c, nil
}

func (d *double) HealthCheck(context.Context, *qdrant.HealthCheckRequest) (*qdrant.HealthCheckReply, error) {
	return &qdrant.HealthCheckReply{Version: "1.19.0"}, nil
}

func (d *double) Create(_ context.Context, r *qdrant.CreateCollection) (*qdrant.CollectionOperationResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	sp := r.GetSparseVectorsConfig().GetMap()[vecLexical]
	d.cols[r.GetCollectionName()] = &collection{
		dims:   int(r.GetVectorsConfig().GetParamsMap().GetMap()[vecDense].GetSize()),
		sparse: sp != nil && sp.GetModifier() == qdrant.Modifier_Idf, indexes: map[string]*qdrant.CreateFieldIndexCollection{}, points: map[string]*qdrant.PointStruct{},
	}
	return &qdrant.CollectionOperationResponse{Result: true}, nil
}

func (d *double) Get(_ context.Context, r *qdrant.GetCollectionInfoRequest) (*qdrant.GetCollectionInfoResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, err := d.get(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	schema := map[string]*qdrant.PayloadSchemaInfo{}
	for f := range c.indexes {
		schema[f] = &qdrant.PayloadSchemaInfo{}
	}
	p := &qdrant.CollectionParams{}
	if c.dims > 0 {
		p.VectorsConfig = qdrant.NewVectorsConfigMap(map[string]*qdrant.VectorParams{vecDense: {Size: uint64(c.dims)}})
	}
	if c.sparse {
		p.SparseVectorsConfig = qdrant.NewSparseVectorsConfig(map[string]*qdrant.SparseVectorParams{vecLexical: {Modifier: qdrant.Modifier_Idf.Enum()}})
	}
	return &qdrant.GetCollectionInfoResponse{Result: &qdrant.CollectionInfo{PayloadSchema: schema, Config: &qdrant.CollectionConfig{Params: p}}}, nil
}

// The two services both have methods Get and Delete, so each gets a face of its own.
type pointsFace struct{ *double }

func (d *double) ListAliases(context.Context, *qdrant.ListAliasesRequest) (*qdrant.ListAliasesResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := &qdrant.ListAliasesResponse{}
	for a, c := range d.aliases {
		out.Aliases = append(out.Aliases, &qdrant.AliasDescription{AliasName: a, CollectionName: c})
	}
	return out, nil
}

func (d *double) UpdateAliases(_ context.Context, r *qdrant.ChangeAliases) (*qdrant.CollectionOperationResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range r.GetActions() {
		if c := a.GetCreateAlias(); c != nil {
			if d.cols[c.GetCollectionName()] == nil {
				return nil, status.Error(codes.NotFound, "no such collection")
			}
			d.aliases[c.GetAliasName()] = c.GetCollectionName()
		}
		if x := a.GetDeleteAlias(); x != nil {
			delete(d.aliases, x.GetAliasName())
		}
	}
	return &qdrant.CollectionOperationResponse{Result: true}, nil
}

func (d *double) CreateFieldIndex(_ context.Context, r *qdrant.CreateFieldIndexCollection) (*qdrant.PointsOperationResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, err := d.get(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	c.indexes[r.GetFieldName()] = r
	return done(), nil
}

func done() *qdrant.PointsOperationResponse {
	return &qdrant.PointsOperationResponse{Result: &qdrant.UpdateResult{Status: qdrant.UpdateStatus_Completed}}
}

func (d *double) Upsert(_ context.Context, r *qdrant.UpsertPoints) (*qdrant.PointsOperationResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, err := d.get(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	for _, p := range r.GetPoints() {
		if v := vec(p, vecDense).GetDense(); v != nil && len(v.GetData()) != c.dims {
			return nil, status.Errorf(codes.InvalidArgument, "Vector dimension error: expected dim: %d, got %d", c.dims, len(v.GetData()))
		}
	}
	for _, p := range r.GetPoints() {
		c.points[p.GetId().GetUuid()] = p
	}
	c.seen = nil
	return done(), nil
}

func vec(p *qdrant.PointStruct, name string) *qdrant.Vector {
	return p.GetVectors().GetVectors().GetVectors()[name]
}

func (f pointsFace) Get(_ context.Context, r *qdrant.GetPoints) (*qdrant.GetResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.get(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	out := &qdrant.GetResponse{}
	for _, id := range r.GetIds() {
		if p := c.points[id.GetUuid()]; p != nil {
			out.Result = append(out.Result, &qdrant.RetrievedPoint{Id: p.GetId(), Payload: p.GetPayload()})
		}
	}
	return out, nil
}

func (d *double) CreateVectorName(_ context.Context, r *qdrant.CreateVectorNameRequest) (*qdrant.PointsOperationResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, err := d.get(r.GetCollectionName())
	switch {
	case err != nil:
		return nil, err
	case d.old:
		return nil, status.Error(codes.Unimplemented, "unknown method CreateVectorName")
	case r.GetVectorName() != vecDense || c.dims != 0:
		return nil, status.Error(codes.InvalidArgument, "Vector name already exists")
	}
	c.dims = int(r.GetDenseConfig().GetSize())
	return done(), nil
}

func (f pointsFace) Delete(_ context.Context, r *qdrant.DeletePoints) (*qdrant.PointsOperationResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.get(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	for _, id := range r.GetPoints().GetPoints().GetIds() {
		delete(c.points, id.GetUuid())
	}
	c.seen = nil
	return done(), nil
}

func (d *double) Delete(_ context.Context, r *qdrant.DeleteCollection) (*qdrant.CollectionOperationResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.cols, r.GetCollectionName())
	return &qdrant.CollectionOperationResponse{Result: true}, nil
}

func (d *double) Scroll(_ context.Context, r *qdrant.ScrollPoints) (*qdrant.ScrollResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
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

func (d *double) live(t *testing.T, alias string) (string, *collection) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	name := d.aliases[alias]
	if d.cols[name] == nil {
		t.Fatalf("alias %s has no collection", alias)
	}
	return name, d.cols[name]
}
