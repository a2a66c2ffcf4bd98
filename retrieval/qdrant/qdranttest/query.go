package qdranttest

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func (v *inverted) passes(f *qdrant.Filter) []bool {
	key := f.String()
	if in, ok := v.passed[key]; ok {
		return in
	}
	in := make([]bool, len(v.order))
	for i, p := range v.order {
		in[i] = passes(p, f)
	}
	v.passed[key] = in
	return in
}

func (d *Double) Count(_ context.Context, r *qdrant.CountPoints) (*qdrant.CountResponse, error) {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	c, err := d.get(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	return &qdrant.CountResponse{Result: &qdrant.CountResult{Count: uint64(len(c.match(r.GetFilter())))}}, nil
}

func (d *Double) Facet(_ context.Context, r *qdrant.FacetCounts) (*qdrant.FacetResponse, error) {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	c, err := d.get(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	if c.Indexes[r.GetKey()] == nil {
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

func (d *Double) QueryBatch(_ context.Context, r *qdrant.QueryBatchPoints) (*qdrant.QueryBatchResponse, error) {
	d.Mu.Lock()
	defer d.Mu.Unlock()
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

func (d *Double) Query(_ context.Context, r *qdrant.QueryPoints) (*qdrant.QueryResponse, error) {
	d.Mu.Lock()
	defer d.Mu.Unlock()
	pts, err := d.query(r)
	return &qdrant.QueryResponse{Result: pts}, err
}

func (d *Double) query(r *qdrant.QueryPoints) ([]*qdrant.ScoredPoint, error) {
	c, err := d.get(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	var out []*qdrant.ScoredPoint
	add := func(p *qdrant.PointStruct, score float32) {
		payload := map[string]*qdrant.Value{}
		for _, k := range r.GetWithPayload().GetInclude().GetFields() {
			payload[k] = p.GetPayload()[k]
		}
		out = append(out, &qdrant.ScoredPoint{Id: p.GetId(), Payload: payload, Score: score})
	}
	byScore := true
	switch q := r.GetQuery(); {
	case q == nil:
		byScore = false
		for _, p := range c.match(r.GetFilter()) {
			add(p, 0)
		}
	case q.GetOrderBy() != nil:
		byScore = false
		key := q.GetOrderBy().GetKey()
		if c.Indexes[key] == nil {
			return nil, status.Errorf(codes.InvalidArgument, "No range index for `order_by` key: `%s`", key)
		}
		have := slices.DeleteFunc(c.match(r.GetFilter()), func(p *qdrant.PointStruct) bool { return len(values(p, key)) == 0 })
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
			for _, h := range c.sparseScores(r, s) {
				add(h.p, h.score)
			}
			break
		}
		want := in.GetDense().GetData()
		if len(want) != c.Dims {
			return nil, status.Errorf(codes.InvalidArgument, "Vector dimension error: expected dim: %d, got %d", c.Dims, len(want))
		}
		for _, p := range c.match(r.GetFilter()) {
			if v := vec(p, vecDense).GetDense().GetData(); v != nil {
				add(p, float32(cosine(want, v)))
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

type scoredPoint struct {
	p     *qdrant.PointStruct
	score float32
}

// sparseScores are Qdrant's: the query's weights times ln(1 + (N − n + 0.5) / (n + 0.5)) over the corpus, then the dot product,
// all of it in 32 bits.
func (c *Collection) sparseScores(r *qdrant.QueryPoints, s *qdrant.SparseVector) []scoredPoint {
	inv := c.inverted()
	corpus := r.GetParams().GetIdf().GetCorpus()
	inCorpus, in := inv.passes(corpus), inv.passes(r.GetFilter())
	n := float32(0)
	for _, yes := range inCorpus {
		if yes {
			n++
		}
	}
	scores := map[int]float32{}
	for i, dim := range s.GetIndices() {
		list := inv.postings[dim]
		df := float32(0)
		for _, p := range list {
			if inCorpus[p.point] {
				df++
			}
		}
		w := s.GetValues()[i] * float32(math.Log(float64((n-df+0.5)/(df+0.5)+1)))
		for _, p := range list {
			scores[p.point] += w * p.weight
		}
	}
	var out []scoredPoint
	for _, i := range slices.Sorted(maps.Keys(scores)) {
		if in[i] {
			out = append(out, scoredPoint{inv.order[i], scores[i]})
		}
	}
	return out
}

// match returns the points that pass, in id order.
func (c *Collection) match(f *qdrant.Filter) []*qdrant.PointStruct {
	inv := c.inverted()
	var out []*qdrant.PointStruct
	for _, m := range f.GetMust() {
		fc := m.GetField()
		if fc.GetKey() != keyTerms || fc.GetMatch().GetIntegers() == nil {
			continue
		}
		at := map[int]bool{}
		for _, t := range fc.GetMatch().GetIntegers().GetIntegers() {
			for _, i := range inv.terms[t] {
				at[i] = true
			}
		}
		rest := &qdrant.Filter{MustNot: f.GetMustNot(), Must: slices.DeleteFunc(slices.Clone(f.GetMust()), func(c *qdrant.Condition) bool { return c == m })}
		in := inv.passes(rest)
		for _, i := range slices.Sorted(maps.Keys(at)) {
			if in[i] {
				out = append(out, inv.order[i])
			}
		}
		return out
	}
	in := inv.passes(f)
	for i, p := range inv.order {
		if in[i] {
			out = append(out, p)
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
