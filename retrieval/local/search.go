package local

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
	"sync"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/text"
)

// view is one search's sight of a segment.
type view struct {
	*segment
	allowed bitset    // live and within the filters; nil: all
	matched bitset    // allowed and found by a term (or all allowed, when there are no terms)
	scores  []float32 // lexical
}

var pool = sync.Pool{New: func() any { return new([]float32) }}

// Search runs both legs over one moment of the tenant's documents.
func (x *Index) Search(ctx context.Context, q retrieval.Query) (retrieval.Found, error) {
	if err := ctx.Err(); err != nil {
		return retrieval.Found{}, err
	}
	sh := x.load(q.Tenant)[q.Kind]
	if sh == nil || sh.live == 0 {
		return retrieval.Found{Facets: facets(nil, q.Facets)}, nil
	}
	if q.Limit <= 0 {
		q.Limit = 10
	}
	views := make([]view, len(sh.segs))
	for i, seg := range sh.segs {
		views[i] = view{segment: seg}
		if err := views[i].filter(sh.dead[i], q.Filters); err != nil {
			return retrieval.Found{}, err
		}
	}
	release := lexical(views, sh, q)
	defer release()
	if err := ctx.Err(); err != nil {
		return retrieval.Found{}, err
	}
	var out retrieval.Found
	for i := range views {
		out.Total += views[i].total()
	}
	out.Facets = facets(views, q.Facets)
	hits, err := order(views, q)
	if err != nil {
		return retrieval.Found{}, err
	}
	if len(q.Vector) > 0 {
		dense, err := nearest(ctx, views, q.Vector, q.Limit)
		if err != nil {
			return retrieval.Found{}, err
		}
		if len(q.Terms) == 0 && q.Sort == "" {
			hits = nil
		}
		hits = union(hits, dense)
	}
	out.Hits = hits
	return out, nil
}

func (v *view) total() int {
	if v.matched != nil {
		return v.matched.count()
	}
	if v.allowed != nil {
		return v.allowed.count()
	}
	return len(v.ids)
}

// idf is Qdrant's Modifier_Idf.
func idf(n, df int) float64 { return math.Log(1 + (float64(n)-float64(df)+0.5)/(float64(df)+0.5)) }

// lexical scores the views; without terms every allowed document matches, with score 0.
func lexical(views []view, sh *shard, q retrieval.Query) (release func()) {
	if len(q.Terms) == 0 {
		for i := range views {
			views[i].matched = views[i].allowed
		}
		return func() {}
	}
	var bufs []*[]float32
	for i := range views {
		v := &views[i]
		p := pool.Get().(*[]float32)
		bufs = append(bufs, p)
		if n := len(v.ids); cap(*p) < n {
			*p = make([]float32, n)
		} else {
			*p = (*p)[:n]
			clear(*p)
		}
		v.scores, v.matched = *p, newBits(len(v.ids))
	}
	// Terms in a fixed order: sums of floats depend on it. Terms of one hash are one term.
	weights := make(map[uint32]float64, len(q.Terms))
	names := make([]string, 0, len(q.Terms))
	for t := range q.Terms {
		names = append(names, t)
	}
	slices.Sort(names)
	hashes := make([]uint32, 0, len(names))
	for _, t := range names {
		h := text.Hash(t)
		if _, ok := weights[h]; !ok {
			hashes = append(hashes, h)
		}
		weights[h] += q.Terms[t]
	}
	for _, h := range hashes {
		df := 0
		for i := range views {
			e, ok := views[i].terms[h]
			if !ok {
				continue
			}
			df += int(e.to - e.from)
			if dead := sh.dead[i]; dead != nil {
				for _, d := range views[i].docs[e.from:e.to] {
					if dead.has(d) {
						df--
					}
				}
			}
		}
		if df == 0 {
			continue
		}
		w := float32(weights[h] * idf(sh.live, df))
		for i := range views {
			if e, ok := views[i].terms[h]; ok {
				views[i].score(e, w)
			}
		}
	}
	boost(views, q)
	return func() {
		for _, p := range bufs {
			pool.Put(p)
		}
	}
}

func (v *view) score(e span, w float32) {
	docs, vals := v.docs[e.from:e.to], v.vals[e.from:e.to]
	if v.allowed == nil {
		for p, d := range docs {
			v.scores[d] += w * vals[p]
			v.matched.set(d)
		}
		return
	}
	for p, d := range docs {
		if v.allowed.has(d) {
			v.scores[d] += w * vals[p]
			v.matched.set(d)
		}
	}
}

// boost adds its share of the best score for each of q.Should that a found document meets.
func boost(views []view, q retrieval.Query) {
	if len(q.Should) == 0 {
		return
	}
	best := float32(0)
	for i := range views {
		for _, s := range views[i].scores {
			best = max(best, s)
		}
	}
	for i := range views {
		v := &views[i]
		for _, f := range q.Should {
			w := view{segment: v.segment}
			if w.filter(nil, []retrieval.Filter{f.Filter}) != nil || w.allowed == nil {
				continue
			}
			add := best * float32(f.Share)
			for d := range v.scores {
				if v.matched.has(uint32(d)) && w.allowed.has(uint32(d)) {
					v.scores[d] += add
				}
			}
		}
	}
}

// found is one document of one view.
type found struct {
	view  int
	doc   uint32
	id    string
	score float64
	key   float64 // what it is ordered by, higher first; NaN last
}

func better(a, b found) int {
	an, bn := math.IsNaN(a.key), math.IsNaN(b.key)
	switch {
	case an && !bn:
		return 1
	case bn && !an:
		return -1
	}
	return cmp.Or(cmp.Compare(b.key, a.key), cmp.Compare(b.score, a.score), strings.Compare(a.id, b.id))
}

// worst is a heap with the worst on top.
type worst []found

func (h *worst) offer(f found, limit int) {
	switch {
	case len(*h) < limit:
		*h = append(*h, f)
		h.up(len(*h) - 1)
	case better(f, (*h)[0]) < 0:
		(*h)[0] = f
		h.down()
	}
}

func (h worst) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if better(h[i], h[parent]) <= 0 {
			return
		}
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
}

func (h worst) down() {
	for i := 0; ; {
		least, kid := i, 2*i+1
		if kid < len(h) && better(h[kid], h[least]) > 0 {
			least = kid
		}
		if kid++; kid < len(h) && better(h[kid], h[least]) > 0 {
			least = kid
		}
		if least == i {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}

// best sorts what was kept, the best first.
func (h worst) best() worst {
	slices.SortFunc(h, better)
	return h
}

// order is the best of the matched documents by q.Sort, or by score.
func order(views []view, q retrieval.Query) ([]retrieval.Hit, error) {
	field, sign := q.Sort, -1.0
	if strings.HasPrefix(field, "-") {
		field, sign = field[1:], 1
	}
	var h worst
	for i := range views {
		v := &views[i]
		var keys []float64
		if field != "" {
			keys = make([]float64, len(v.ids))
			for d := range keys {
				keys[d] = math.NaN()
			}
			c := v.nums[field]
			for p, d := range c.docs {
				keys[d] = sign * c.vals[p]
			}
		}
		take := func(d uint32) {
			f := found{view: i, doc: d}
			if v.scores != nil {
				f.score = float64(v.scores[d])
			}
			f.key = f.score
			if keys != nil {
				f.key = keys[d]
			}
			if len(h) == q.Limit && f.key < h[0].key && !math.IsNaN(h[0].key) {
				return
			}
			f.id = v.ids[d]
			h.offer(f, q.Limit)
		}
		if v.matched == nil {
			for d := range v.ids {
				take(uint32(d))
			}
			continue
		}
		for n, w := range v.matched {
			for ; w != 0; w &= w - 1 {
				take(uint32(n<<6 + bits.TrailingZeros64(w)))
			}
		}
	}
	h = h.best()
	out := make([]retrieval.Hit, len(h))
	for i, f := range h {
		out[i] = retrieval.Hit{ID: f.id, Lexical: f.score}
	}
	return out, nil
}

// nearest scans all allowed vectors.
func nearest(ctx context.Context, views []view, vec []float32, limit int) ([]retrieval.Hit, error) {
	u := unit(vec)
	var h worst
	for i := range views {
		v := &views[i]
		if v.dim == 0 {
			continue
		}
		if v.dim != len(u) {
			return nil, fmt.Errorf("search vectors: %w: the index has %d dimensions, the query %d", retrieval.ErrDimension, v.dim, len(u))
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for p, d := range v.vecOf {
			if v.allowed != nil && !v.allowed.has(d) {
				continue
			}
			s := float64(dot(u, v.vecs[p*v.dim:(p+1)*v.dim]))
			if len(h) == limit && s < h[0].key {
				continue
			}
			h.offer(found{view: i, doc: d, id: v.ids[d], score: s, key: s}, limit)
		}
	}
	h = h.best()
	out := make([]retrieval.Hit, len(h))
	for i, f := range h {
		out[i] = retrieval.Hit{ID: f.id, Dense: f.score}
	}
	return out, nil
}

func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		x, y := a[i:i+4:i+4], b[i:i+4:i+4]
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}

// union gives each document of either leg its score in both: 0 where a leg has not found it.
func union(lexical, dense []retrieval.Hit) []retrieval.Hit {
	at := make(map[string]int, len(lexical))
	for i, h := range lexical {
		at[h.ID] = i
	}
	for _, h := range dense {
		if i, ok := at[h.ID]; ok {
			lexical[i].Dense = h.Dense
		} else {
			lexical = append(lexical, h)
		}
	}
	return lexical
}

// facets counts the values of the matched documents.
func facets(views []view, fields []string) []retrieval.Facet {
	var out []retrieval.Facet
	for _, f := range fields {
		counts := map[string]int{}
		for i := range views {
			v := &views[i]
			for val, docs := range v.tags[f] {
				n := len(docs)
				if v.matched != nil {
					n = 0
					for _, d := range docs {
						if v.matched.has(d) {
							n++
						}
					}
				}
				if n > 0 {
					counts[val] += n
				}
			}
		}
		out = append(out, retrieval.Facet{Field: f, Counts: counts})
	}
	return out
}
