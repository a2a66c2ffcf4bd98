package qdrant

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
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
}

type collection struct {
	dims    int
	sparse  bool
	indexes map[string]*qdrant.CreateFieldIndexCollection
	points  map[string]*qdrant.PointStruct
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
	return done(), nil
}

func vec(p *qdrant.PointStruct, name string) *qdrant.Vector {
	return p.GetVectors().GetVectors().GetVectors()[name]
}

func (f pointsFace) Get(context.Context, *qdrant.GetPoints) (*qdrant.GetResponse, error) {
	return nil, status.Error(codes.Unimplemented, "not asked for")
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
	return done(), nil
}

func (d *double) Delete(_ context.Context, r *qdrant.DeleteCollection) (*qdrant.CollectionOperationResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.cols, r.GetCollectionName())
	return &qdrant.CollectionOperationResponse{Result: true}, nil
}

func (d *double) Count(_ context.Context, r *qdrant.CountPoints) (*qdrant.CountResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, err := d.get(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	return &qdrant.CountResponse{Result: &qdrant.CountResult{Count: uint64(len(c.match(r.GetFilter())))}}, nil
}

func (d *double) Facet(_ context.Context, r *qdrant.FacetCounts) (*qdrant.FacetResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, err := d.get(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	if c.indexes[r.GetKey()] == nil {
		return nil, status.Errorf(codes.InvalidArgument, "Bad request: Index required but not found for \"%s\"", r.GetKey())
	}
	counts := map[string]uint64{}
	for _, p := range c.match(r.GetFilter()) {
		for _, v := range values(p, r.GetKey()) {
			counts[v.GetStringValue()]++
		}
	}
	out := &qdrant.FacetResponse{}
	for v, n := range counts {
		out.Hits = append(out.Hits, &qdrant.FacetHit{Value: qdrant.NewFacetValue(v), Count: n})
	}
	slices.SortFunc(out.Hits, func(a, b *qdrant.FacetHit) int {
		return cmp.Or(cmp.Compare(b.GetCount(), a.GetCount()), strings.Compare(a.GetValue().GetStringValue(), b.GetValue().GetStringValue()))
	})
	if n := int(r.GetLimit()); len(out.Hits) > n {
		out.Hits = out.Hits[:n]
	}
	return out, nil
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

func (d *double) QueryBatch(_ context.Context, r *qdrant.QueryBatchPoints) (*qdrant.QueryBatchResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := &qdrant.QueryBatchResponse{}
	for _, q := range r.GetQueryPoints() {
		pts, err := d.query(q)
		if err != nil {
			return nil, err
		}
		out.Result = append(out.Result, &qdrant.BatchResult{Result: pts})
	}
	return out, nil
}

func (d *double) Query(_ context.Context, r *qdrant.QueryPoints) (*qdrant.QueryResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	pts, err := d.query(r)
	return &qdrant.QueryResponse{Result: pts}, err
}

func (d *double) query(r *qdrant.QueryPoints) ([]*qdrant.ScoredPoint, error) {
	c, err := d.get(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	matched := c.match(r.GetFilter())
	var out []*qdrant.ScoredPoint
	add := func(p *qdrant.PointStruct, score float64) {
		payload := map[string]*qdrant.Value{}
		for _, k := range r.GetWithPayload().GetInclude().GetFields() {
			payload[k] = p.GetPayload()[k]
		}
		out = append(out, &qdrant.ScoredPoint{Id: p.GetId(), Payload: payload, Score: float32(score)})
	}
	byScore := true
	switch q := r.GetQuery(); {
	case q == nil:
		byScore = false
		for _, p := range matched {
			add(p, 0)
		}
	case q.GetOrderBy() != nil:
		byScore = false
		key := q.GetOrderBy().GetKey()
		if c.indexes[key] == nil {
			return nil, status.Errorf(codes.InvalidArgument, "No range index for `order_by` key: `%s`", key)
		}
		have := slices.DeleteFunc(matched, func(p *qdrant.PointStruct) bool { return len(values(p, key)) == 0 })
		slices.SortStableFunc(have, func(a, b *qdrant.PointStruct) int {
			n := cmp.Compare(values(a, key)[0].GetDoubleValue(), values(b, key)[0].GetDoubleValue())
			if q.GetOrderBy().GetDirection() == qdrant.Direction_Desc {
				n = -n
			}
			return n
		})
		for _, p := range have {
			add(p, 0)
		}
	default:
		in := q.GetNearest()
		if s := in.GetSparse(); s != nil {
			corpus := slices.Collect(maps.Values(c.points))
			if f := r.GetParams().GetIdf().GetCorpus(); f != nil {
				corpus = c.match(f)
			}
			idf := c.idf(corpus, s.GetIndices())
			for _, p := range matched {
				v := vec(p, vecLexical).GetSparse()
				score, hit := 0.0, false
				for i, term := range s.GetIndices() {
					if at := slices.Index(v.GetIndices(), term); at >= 0 {
						score += float64(s.GetValues()[i]) * idf[term] * float64(v.GetValues()[at])
						hit = true
					}
				}
				if hit {
					add(p, score)
				}
			}
			break
		}
		want := in.GetDense().GetData()
		if len(want) != c.dims {
			return nil, status.Errorf(codes.InvalidArgument, "Vector dimension error: expected dim: %d, got %d", c.dims, len(want))
		}
		for _, p := range matched {
			if v := vec(p, vecDense).GetDense().GetData(); v != nil {
				add(p, cosine(want, v))
			}
		}
	}
	if byScore {
		slices.SortStableFunc(out, func(a, b *qdrant.ScoredPoint) int { return cmp.Compare(b.GetScore(), a.GetScore()) })
	}
	if n := int(r.GetLimit()); len(out) > n {
		out = out[:n]
	}
	return out, nil
}

func cosine(a, b []float32) float64 {
	var dot, aa, bb float64
	for i := range a {
		dot, aa, bb = dot+float64(a[i])*float64(b[i]), aa+float64(a[i])*float64(a[i]), bb+float64(b[i])*float64(b[i])
	}
	return dot / math.Sqrt(aa*bb)
}

// idf is Qdrant's: ln(1 + (N − n + 0.5) / (n + 0.5)) over the corpus.
func (c *collection) idf(corpus []*qdrant.PointStruct, terms []uint32) map[uint32]float64 {
	df := map[uint32]int{}
	for _, p := range corpus {
		for _, t := range vec(p, vecLexical).GetSparse().GetIndices() {
			if slices.Contains(terms, t) {
				df[t]++
			}
		}
	}
	out := map[uint32]float64{}
	n := float64(len(corpus))
	for _, t := range terms {
		out[t] = math.Log(1 + (n-float64(df[t])+0.5)/(float64(df[t])+0.5))
	}
	return out
}

// match returns the points that pass, in id order.
func (c *collection) match(f *qdrant.Filter) []*qdrant.PointStruct {
	var out []*qdrant.PointStruct
	for _, id := range slices.Sorted(maps.Keys(c.points)) {
		if passes(c.points[id], f) {
			out = append(out, c.points[id])
		}
	}
	return out
}

func passes(p *qdrant.PointStruct, f *qdrant.Filter) bool {
	for _, c := range f.GetMust() {
		if !holds(p, c) {
			return false
		}
	}
	for _, c := range f.GetMustNot() {
		if holds(p, c) {
			return false
		}
	}
	return true
}

func holds(p *qdrant.PointStruct, c *qdrant.Condition) bool {
	switch {
	case c.GetFilter() != nil:
		return passes(p, c.GetFilter())
	case c.GetIsEmpty() != nil:
		return len(values(p, c.GetIsEmpty().GetKey())) == 0
	}
	fc := c.GetField()
	for _, v := range values(p, fc.GetKey()) {
		if r := fc.GetRange(); r != nil {
			x := v.GetDoubleValue()
			if (r.Gt == nil || x > *r.Gt) && (r.Gte == nil || x >= *r.Gte) && (r.Lt == nil || x < *r.Lt) && (r.Lte == nil || x <= *r.Lte) {
				return true
			}
			continue
		}
		switch m := fc.GetMatch(); {
		case m.GetKeywords() != nil:
			if slices.Contains(m.GetKeywords().GetStrings(), v.GetStringValue()) {
				return true
			}
		case m.GetIntegers() != nil:
			if slices.Contains(m.GetIntegers().GetIntegers(), v.GetIntegerValue()) {
				return true
			}
		default:
			if m.GetKeyword() == v.GetStringValue() {
				return true
			}
		}
	}
	return false
}

// values follows a payload path: word or "quoted words", parted by dots; lists are spread.
func values(p *qdrant.PointStruct, path string) []*qdrant.Value {
	head, rest, _ := strings.Cut(path, ".")
	v := p.GetPayload()[head]
	if rest != "" {
		v = v.GetStructValue().GetFields()[strings.Trim(rest, `"`)]
	}
	if v == nil {
		return nil
	}
	if l := v.GetListValue(); l != nil {
		return l.GetValues()
	}
	return []*qdrant.Value{v}
}

func (d *double) live(t *testing.T, alias string) (string, *collection) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	name := d.aliases[alias]
	if d.cols[name] == nil {
		t.Fatal(fmt.Sprintf("alias %s has no collection", alias))
	}
	return name, d.cols[name]
}
