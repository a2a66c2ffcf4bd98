package retrieval

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// relax lets go of as few wishes as it takes to show something: the one wish whose going costs least; where no single one
// helps, more, the cheapest first. A limit is moved to the nearest product instead of being dropped. What was excluded
// stays excluded.
func (x *run) relax(ctx context.Context) (Answer, []Relaxed, error) {
	type option struct {
		without []Filter
		relaxed Relaxed
		cost    float64
	}
	var options []option
	fs := x.filters
	for i, f := range fs {
		if f.Op == Ne || f.Op == NotIn {
			continue
		}
		without := slices.Delete(slices.Clone(fs), i, i+1)
		near, left, err := x.nearest(ctx, without, f)
		if err != nil {
			return Answer{}, nil, err
		}
		if left == 0 {
			continue
		}
		o := option{without: without, relaxed: Relaxed{From: f, To: near, Left: left}, cost: cost(f, near)}
		if near != nil {
			o.without = slices.Insert(without, i, *near)
		}
		options = append(options, o)
	}
	if len(options) == 0 {
		return x.relaxMany(ctx)
	}
	slices.SortStableFunc(options, func(a, b option) int { return cmp.Compare(a.cost, b.cost) })
	for _, o := range options {
		a, err := x.answer(ctx, o.without)
		if err != nil {
			return Answer{}, nil, err
		}
		if len(a.Products) > 0 {
			o.relaxed.Left = a.Total
			return a, []Relaxed{o.relaxed}, nil
		}
	}
	return Answer{}, nil, nil
}

// relaxMany drops wishes from the cheapest on until something is left.
func (x *run) relaxMany(ctx context.Context) (Answer, []Relaxed, error) {
	left := slices.Clone(x.filters)
	var relaxed []Relaxed
	for {
		worst := -1
		for i, f := range left {
			if f.Op != Ne && f.Op != NotIn && (worst < 0 || cost(f, nil) < cost(left[worst], nil)) {
				worst = i
			}
		}
		if worst < 0 {
			return Answer{}, nil, nil
		}
		f := left[worst]
		left = slices.Delete(left, worst, worst+1)
		near, n, err := x.nearest(ctx, left, f)
		if err != nil {
			return Answer{}, nil, err
		}
		relaxed = append(relaxed, Relaxed{From: f, To: near})
		if n == 0 {
			continue
		}
		kept := left
		if near != nil {
			kept = append(slices.Clone(left), *near)
		}
		a, err := x.answer(ctx, kept)
		if err != nil {
			return Answer{}, nil, err
		}
		if len(a.Products) > 0 {
			for i := range relaxed {
				relaxed[i].Left = a.Total
			}
			return a, relaxed, nil
		}
	}
}

// nearest looks at what is there without the wish f: how many, and for a limit the value that the nearest relevant product has.
func (x *run) nearest(ctx context.Context, without []Filter, f Filter) (*Filter, int, error) {
	q := x.query(without, sample)
	q.Facets = []string{}
	found, err := x.s.Index.Search(ctx, q)
	if err != nil || len(found.Hits) == 0 {
		return nil, 0, err
	}
	ranked := relevantOf(fuse(found.Hits, x.vector != nil && len(x.r.terms) > 0))
	ps, err := x.load(ctx, ranked[:min(len(ranked), sample)])
	if err != nil {
		return nil, 0, err
	}
	best, left := math.NaN(), 0
	for _, p := range ps {
		if !x.obeys(p, without) {
			continue
		}
		left++
		if f.Number == nil {
			continue
		}
		v, ok := x.doc(p).Numbers[f.Field]
		if ok && (math.IsNaN(best) || math.Abs(v-*f.Number) < math.Abs(best-*f.Number)) {
			best = v
		}
	}
	if left == 0 || f.Number == nil || math.IsNaN(best) {
		return nil, left, nil
	}
	near := f
	near.Number = &best
	switch f.Op {
	case Lt:
		near.Op = Lte
	case Gt:
		near.Op = Gte
	}
	return &near, max(found.Total, left), nil
}

// cost orders wishes by how much a shopper minds their going.
func cost(f Filter, near *Filter) float64 {
	switch {
	case near != nil && *f.Number != 0:
		return math.Abs(*near.Number-*f.Number) / math.Abs(*f.Number)
	case f.Field == NumPrice:
		return 3
	case f.Field == TagCategory:
		return 5
	case f.Field == TagBrand:
		return 2
	case f.Field == NumStock:
		return 1
	}
	return 0.5
}
