package qdrant

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/text"
)

// Search asks both legs in one batch; totals and facets are asked for beside it.
func (x *Index) Search(ctx context.Context, q retrieval.Query) (retrieval.Found, error) {
	found := retrieval.Found{Facets: make([]retrieval.Facet, len(q.Facets))}
	for i, f := range q.Facets {
		found.Facets[i] = retrieval.Facet{Field: f, Counts: map[string]int{}}
	}
	if err := check(append(slices.Clip(q.Filters), filtersOf(q.Should)...)); err != nil {
		return retrieval.Found{}, err
	}
	own, cancel := context.WithTimeout(ctx, x.opt.Search)
	defer cancel()
	s, err := x.look(own, false)
	if err != nil {
		return retrieval.Found{}, failed(ctx, "search qdrant", err)
	}
	if s == nil { // nothing was ever written
		return found, nil
	}
	if dims := s.dims.Load(); len(q.Vector) > 0 && int64(len(q.Vector)) != dims && x.stale() {
		if again, err := x.look(own, true); err == nil && again != nil {
			s = again
		}
	}
	switch dims := s.dims.Load(); {
	case len(q.Vector) == 0 || dims == int64(len(q.Vector)):
	case dims != 0:
		return retrieval.Found{}, fmt.Errorf("search qdrant: %w: the index has %d dimensions, the query %d", retrieval.ErrDimension, dims, len(q.Vector))
	}
	err = x.ask(own, q, s.dims.Load() > 0, &found)
	if status.Code(err) == codes.NotFound { // somebody took the collection away
		x.mu.Lock()
		x.live = nil
		x.mu.Unlock()
	}
	if err != nil {
		return retrieval.Found{}, failed(ctx, "search qdrant", err)
	}
	return found, nil
}

// ask fills found, whose facets are named already.
func (x *Index) ask(ctx context.Context, q retrieval.Query, vectors bool, found *retrieval.Found) error {
	if q.Limit <= 0 {
		q.Limit = 10
	}
	var (
		wg   sync.WaitGroup
		errs = make([]error, 2+len(q.Facets))
	)
	filter := x.filter(q)
	counted := filter
	if len(q.Terms) > 0 {
		counted = x.matching(q, filter)
	}
	wg.Go(func() {
		switch {
		case q.Sort != "" || len(q.Terms) == 0 && len(q.Vector) == 0:
			found.Hits, errs[0] = x.sorted(ctx, q, counted, q.Limit)
		case len(q.Terms) > 0 || vectors:
			if !vectors {
				q.Vector = nil
			}
			found.Hits, errs[0] = x.legs(ctx, q, filter, q.Limit)
		}
	})
	wg.Go(func() {
		n, err := x.client.Count(ctx, &qdrant.CountPoints{CollectionName: x.opt.Alias, Filter: counted, Exact: qdrant.PtrOf(true)})
		found.Total, errs[1] = int(n), err
	})
	for i, f := range q.Facets {
		wg.Go(func() {
			hits, err := x.client.Facet(ctx, &qdrant.FacetCounts{CollectionName: x.opt.Alias, Key: field(tagPrefix, f), Filter: counted, Limit: qdrant.PtrOf(uint64(mostValues)), Exact: qdrant.PtrOf(true)})
			if status.Code(err) == codes.InvalidArgument {
				err = nil // no document has the field, so it has no index
			}
			for _, h := range hits {
				found.Facets[i].Counts[h.GetValue().GetStringValue()] = int(h.GetCount())
			}
			errs[2+i] = err
		})
	}
	wg.Wait()
	return firstOf(errs)
}

// mostValues bounds a facet, the most frequent ones first.
const mostValues = 1000

func firstOf(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func filtersOf(bs []retrieval.Boost) []retrieval.Filter {
	out := make([]retrieval.Filter, len(bs))
	for i, b := range bs {
		out[i] = b.Filter
	}
	return out
}

// legs runs the lexical and the dense query, and one lexical query a boost, in one round trip.
func (x *Index) legs(ctx context.Context, q retrieval.Query, filter *qdrant.Filter, limit int) ([]retrieval.Hit, error) {
	var batch []*qdrant.QueryPoints
	lexical := 0
	if len(q.Terms) > 0 {
		idx, val := sparse(q.Terms)
		corpus := &qdrant.Filter{Must: []*qdrant.Condition{qdrant.NewMatch(keyTenant, q.Tenant), qdrant.NewMatch(keyKind, q.Kind)}}
		for i := range 1 + len(q.Should) {
			f := filter
			if i > 0 {
				f = &qdrant.Filter{Must: append(slices.Clone(filter.Must), qdrant.NewFilterAsCondition(conditions([]retrieval.Filter{q.Should[i-1].Filter}))), MustNot: filter.MustNot}
			}
			batch = append(batch, &qdrant.QueryPoints{
				CollectionName: x.opt.Alias, Query: qdrant.NewQuerySparse(idx, val), Using: qdrant.PtrOf(vecLexical), Filter: f,
				Limit: qdrant.PtrOf(uint64(limit)), WithPayload: qdrant.NewWithPayloadInclude(keyID),
				Params: &qdrant.SearchParams{Idf: &qdrant.IdfParams{Corpus: corpus}},
			})
		}
		lexical = len(batch)
	}
	if len(q.Vector) > 0 {
		batch = append(batch, &qdrant.QueryPoints{
			CollectionName: x.opt.Alias, Query: qdrant.NewQueryDense(q.Vector), Using: qdrant.PtrOf(vecDense), Filter: filter,
			Limit: qdrant.PtrOf(uint64(limit)), WithPayload: qdrant.NewWithPayloadInclude(keyID), Params: &qdrant.SearchParams{HnswEf: qdrant.PtrOf(uint64(max(256, limit)))},
		})
	}
	res, err := x.client.QueryBatch(ctx, &qdrant.QueryBatchPoints{CollectionName: x.opt.Alias, QueryPoints: batch})
	if err != nil {
		return nil, err
	}
	hits, dense := map[string]*retrieval.Hit{}, map[string]bool{}
	at := func(p *qdrant.ScoredPoint) *retrieval.Hit {
		id := p.GetPayload()[keyID].GetStringValue()
		if hits[id] == nil {
			hits[id] = &retrieval.Hit{ID: id}
		}
		return hits[id]
	}
	best := 0.0
	for i := range lexical {
		for _, p := range res[i].GetResult() {
			score := float64(p.GetScore())
			if i == 0 {
				best = max(best, score)
			}
			h := at(p)
			if h.Lexical == 0 {
				h.Lexical = score
			}
			if i > 0 {
				h.Lexical += q.Should[i-1].Share * best
			}
		}
	}
	if len(q.Vector) > 0 {
		for _, p := range res[lexical].GetResult() {
			h := at(p)
			h.Dense, dense[h.ID] = float64(p.GetScore()), true
		}
	}
	out := make([]retrieval.Hit, 0, len(hits))
	for _, h := range hits {
		out = append(out, *h)
	}
	slices.SortFunc(out, func(a, b retrieval.Hit) int {
		return cmp.Or(cmp.Compare(b.Lexical, a.Lexical), strings.Compare(a.ID, b.ID))
	})
	for i := limit; i < len(out); i++ { // boosted ones came from beyond the leg's end
		out[i].Lexical = 0
	}
	slices.SortFunc(out, func(a, b retrieval.Hit) int {
		if a.Lexical > 0 || b.Lexical > 0 {
			return cmp.Or(cmp.Compare(b.Lexical, a.Lexical), strings.Compare(a.ID, b.ID))
		}
		return cmp.Or(cmp.Compare(b.Dense, a.Dense), strings.Compare(a.ID, b.ID))
	})
	return slices.DeleteFunc(out, func(h retrieval.Hit) bool { return h.Lexical == 0 && !dense[h.ID] }), nil
}

func sparse(terms map[string]float64) ([]uint32, []float32) {
	sum := map[uint32]float64{}
	for t, w := range terms {
		sum[text.Hash(t)] += w
	}
	idx := make([]uint32, 0, len(sum))
	for h := range sum {
		idx = append(idx, h)
	}
	slices.Sort(idx)
	val := make([]float32, len(idx))
	for i, h := range idx {
		val[i] = float32(sum[h])
	}
	return idx, val
}

// sorted lists what matches in the order asked for; documents without the number come last.
func (x *Index) sorted(ctx context.Context, q retrieval.Query, filter *qdrant.Filter, limit int) ([]retrieval.Hit, error) {
	ask := func(f *qdrant.Filter, query *qdrant.Query, n int) ([]retrieval.Hit, error) {
		pts, err := x.client.Query(ctx, &qdrant.QueryPoints{CollectionName: x.opt.Alias, Query: query, Filter: f, Limit: qdrant.PtrOf(uint64(n)), WithPayload: qdrant.NewWithPayloadInclude(keyID)})
		if err != nil {
			return nil, err
		}
		out := make([]retrieval.Hit, len(pts))
		for i, p := range pts {
			out[i] = retrieval.Hit{ID: p.GetPayload()[keyID].GetStringValue()}
		}
		return out, nil
	}
	if q.Sort == "" {
		return ask(filter, nil, limit)
	}
	key, direction := field(numPrefix, strings.TrimPrefix(q.Sort, "-")), qdrant.Direction_Asc
	if strings.HasPrefix(q.Sort, "-") {
		direction = qdrant.Direction_Desc
	}
	hits, err := ask(filter, qdrant.NewQueryOrderBy(&qdrant.OrderBy{Key: key, Direction: direction.Enum()}), limit)
	if err != nil || len(hits) == limit {
		return hits, err
	}
	rest := &qdrant.Filter{Must: append(slices.Clone(filter.Must), qdrant.NewIsEmpty(key)), MustNot: filter.MustNot}
	more, err := ask(rest, nil, limit-len(hits))
	return append(hits, more...), err
}

// filter is tenant, kind and the query's conditions.
func (x *Index) filter(q retrieval.Query) *qdrant.Filter {
	f := conditions(q.Filters)
	f.Must = slices.Insert(f.Must, 0, qdrant.NewMatch(keyTenant, q.Tenant), qdrant.NewMatch(keyKind, q.Kind))
	return f
}

// matching narrows a filter to documents that hold any of the terms.
func (x *Index) matching(q retrieval.Query, f *qdrant.Filter) *qdrant.Filter {
	idx, _ := sparse(q.Terms)
	ints := make([]int64, len(idx))
	for i, h := range idx {
		ints[i] = int64(h)
	}
	return &qdrant.Filter{Must: append(slices.Clone(f.Must), qdrant.NewMatchInts(keyTerms, ints...)), MustNot: f.MustNot}
}

// check refuses what no document could be asked.
func check(fs []retrieval.Filter) error {
	for _, f := range fs {
		ok := false
		switch f.Op {
		case retrieval.Eq, retrieval.Ne:
			ok = true
		case retrieval.In, retrieval.NotIn:
			ok = f.Number == nil
		case retrieval.Lt, retrieval.Lte, retrieval.Gt, retrieval.Gte:
			ok = f.Number != nil
		}
		if !ok {
			return fmt.Errorf("filter %s: %w: operator %q", f.Field, retrieval.ErrFilter, f.Op)
		}
	}
	return nil
}

func conditions(fs []retrieval.Filter) *qdrant.Filter {
	out := &qdrant.Filter{}
	for _, f := range fs {
		var c *qdrant.Condition
		if f.Number != nil {
			r := &qdrant.Range{}
			switch f.Op {
			case retrieval.Lt:
				r.Lt = f.Number
			case retrieval.Lte:
				r.Lte = f.Number
			case retrieval.Gt:
				r.Gt = f.Number
			case retrieval.Gte:
				r.Gte = f.Number
			default:
				r.Gte, r.Lte = f.Number, f.Number
			}
			c = qdrant.NewRange(field(numPrefix, f.Field), r)
		} else {
			c = qdrant.NewMatchKeywords(field(tagPrefix, f.Field), f.Values...)
		}
		if f.Op == retrieval.Ne || f.Op == retrieval.NotIn {
			out.MustNot = append(out.MustNot, c)
		} else {
			out.Must = append(out.Must, c)
		}
	}
	return out
}
