package retrieval

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
)

// Searcher is the one search of the product: understand → retrieve → fuse → post-check → relax. It implements tools.Search.
type Searcher struct {
	Index        Index
	Lexicon      Lexicon  // nil: no spelling repair, no brands or colours of the catalogue's own
	Embedder     Embedder // nil: lexical only
	Products     Products
	PassageStore Passages                   // nil: Passages finds nothing
	Currency     func(tenant string) string // nil: USD

	kinds sync.Map // tenant → *kindTable, of the categories last seen
}

// How deep a search looks: what is fused, sorted by a wish, or checked after retrieval.
const (
	depth   = 200
	pageMin = 10
)

// valueBoost lifts products of a named brand or colour by this share of the best score.
const valueBoost = 0.15

// kindBoost lifts products whose title says that they are what the words name, in a catalogue whose categories do not tell.
const kindBoost = 0.4

// DefaultFacets are counted when a query names none.
var DefaultFacets = []string{TagBrand, TagCategory, TagColor}

// Search answers q.Text for products. q.Filters and q.Sort, when set, win over what the words say about the same field.
// q.Limit is how many products come back, 10 when it is 0.
func (s *Searcher) Search(ctx context.Context, q Query) (Answer, error) {
	r, err := s.read(ctx, q)
	if err != nil {
		return Answer{}, fmt.Errorf("understand query: %w", err)
	}
	if q.Limit <= 0 {
		q.Limit = pageMin
	}
	run := &run{s: s, q: q, r: r}
	run.sort = cmp.Or(q.Sort, r.sort)
	if err := run.given(ctx); err != nil {
		return Answer{}, err
	}
	if err := run.embed(ctx); err != nil {
		return Answer{}, err
	}
	run.resolve(ctx)
	a, err := run.answer(ctx, run.filters)
	if err != nil {
		return Answer{}, err
	}
	var relaxed []Relaxed
	if len(a.Products) == 0 && len(run.filters) > 0 {
		if a, relaxed, err = run.relax(ctx); err != nil {
			return Answer{}, err
		}
	}
	a.Understood = Understood{Query: r.rest, Filters: run.filters, Sort: run.sort, Corrected: r.fixed, Relaxed: relaxed}
	a.Why = make(map[string][]string, len(a.Products))
	for _, p := range a.Products {
		a.Why[p.ID] = run.why(p)
	}
	return a, nil
}

// run is one search on its way.
type run struct {
	s       *Searcher
	q       Query
	r       reading
	filters []Filter // every wish, the caller's and the words'
	sort    string
	vector  []float32
	docs    map[string]*Doc // of products that were looked at
}

// doc is what an index would hold of a product as it is now.
func (x *run) doc(p shop.Product) *Doc {
	if d := x.docs[p.ID]; d != nil {
		return d
	}
	d := ProductDoc(p, x.r.currency)
	if x.docs == nil {
		x.docs = map[string]*Doc{}
	}
	x.docs[p.ID] = &d
	return &d
}

// given joins the caller's filters and the words': the caller's win field by field.
func (x *run) given(ctx context.Context) error {
	c, err := x.s.catalogue(ctx, x.q.Tenant)
	if err != nil {
		return fmt.Errorf("read catalogue values: %w", err)
	}
	taken := map[string]bool{}
	for _, f := range x.q.Filters {
		f = normal(f, c)
		taken[f.Field] = true
		x.filters = append(x.filters, f)
	}
	for _, f := range x.r.filters {
		if !taken[f.Field] {
			x.filters = append(x.filters, f)
		}
	}
	x.r.measures = slices.DeleteFunc(x.r.measures, func(m measure) bool {
		if m.name == "" {
			return false
		}
		field, _ := NumberField(m.name, m.unit)
		return taken[field]
	})
	if taken[TagCategory] {
		x.r.kinds = nil
	}
	x.r.soft = slices.DeleteFunc(x.r.soft, func(f Filter) bool { return taken[f.Field] })
	return nil
}

// normal is a filter as the indexes have its field and values.
func normal(f Filter, c catalogue) Filter {
	f.Field = text.Fold(f.Field)
	if f.Number != nil {
		if !reserved(f.Field) {
			field, factor := NumberField(f.Field, f.Unit)
			if _, after, ok := strings.Cut(f.Field, "_"); !ok || f.Unit != "" && !strings.HasSuffix(after, text.Unit(f.Unit)) {
				v := *f.Number * factor
				f.Field, f.Number = field, &v
			}
		}
		return f
	}
	values := make([]string, 0, len(f.Values))
	put := func(v string) {
		if v != "" && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	for _, v := range f.Values {
		v = text.Fold(v)
		switch {
		case f.Field == TagColor || isColor(f.Field):
			f.Field = TagColor
			for _, c := range Colors(v) {
				put(c)
			}
		case f.Field == TagBrand:
			put(cmp.Or(brandOf(v, c), v))
		case f.Field == TagCategory && v != "":
			put(cmp.Or(categoryOf(v, c), v))
		default:
			put(v)
		}
	}
	f.Values = values
	return f
}

func (x *run) embed(ctx context.Context) error {
	if x.s.Embedder == nil || x.r.rest == "" || x.r.named() {
		return nil
	}
	v, err := x.s.Embedder.EmbedQuery(ctx, x.r.rest)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return nil // the words still find: a search without its dense leg is worse, not wrong
	}
	x.vector = v
	return nil
}

// query is what the index is asked for under some wishes.
func (x *run) query(filters []Filter, limit int) Query {
	q := Query{
		Tenant: x.q.Tenant, Kind: KindProduct, Lang: x.r.lang, Terms: x.r.terms, Vector: x.vector, Limit: limit, Facets: x.q.Facets,
	}
	for _, f := range x.r.soft {
		q.Should = append(q.Should, Boost{f, valueBoost})
	}
	if len(x.r.kinds) == 0 && len(x.r.called) > 0 {
		q.Should = append(q.Should, Boost{Filter{Field: TagKind, Op: In, Values: x.r.called}, kindBoost})
	}
	if q.Facets == nil {
		q.Facets = DefaultFacets
	}
	for _, f := range filters {
		switch {
		case f.Field == FieldWords:
			continue
		case f.Field == TagColor && (f.Op == Ne || f.Op == NotIn):
			f.Field = own + TagColor
		}
		q.Filters = append(q.Filters, f)
	}
	if len(x.r.kinds) > 0 {
		q.Filters = append(q.Filters, Filter{Field: TagCategory, Op: In, Values: x.r.kinds})
	}
	if len(q.Terms) == 0 {
		q.Sort, q.Should = x.sort, nil
	}
	return q
}

// answer finds, fuses, orders and checks under some wishes.
func (x *run) answer(ctx context.Context, filters []Filter) (Answer, error) {
	found, err := x.s.Index.Search(ctx, x.query(filters, max(depth, x.q.Limit)))
	if err != nil {
		return Answer{}, fmt.Errorf("search index: %w", err)
	}
	a := Answer{Total: found.Total, Facets: found.Facets}
	ranked := fuse(found.Hits, x.vector != nil && len(x.r.terms) > 0)
	if x.sort != "" && len(x.r.terms) > 0 {
		return x.sorted(ctx, a, ranked, filters)
	}
	for len(ranked) > 0 && len(a.Products) < x.q.Limit {
		n := min(len(ranked), x.q.Limit-len(a.Products))
		ps, err := x.load(ctx, ranked[:n])
		if err != nil {
			return Answer{}, err
		}
		ranked = ranked[n:]
		ps = slices.DeleteFunc(ps, func(p shop.Product) bool { return !x.obeys(p, filters) })
		a.Total -= n - len(ps)
		a.Products = append(a.Products, ps...)
	}
	a.Total = max(a.Total, len(a.Products))
	return a, nil
}

func (x *run) load(ctx context.Context, hits []scored) ([]shop.Product, error) {
	ids := make([]string, len(hits))
	for i, h := range hits {
		ids[i] = h.id
	}
	ps, err := x.s.Products.Products(ctx, x.q.Tenant, ids)
	if err != nil {
		return nil, fmt.Errorf("read products: %w", err)
	}
	return ps, nil
}

// relevant is the share of the best score from which a product counts as what was asked for, where something else than the
// score gives the order.
const relevant = 0.6

// sorted orders what is relevant by the wish; what does not know the number comes last.
func (x *run) sorted(ctx context.Context, a Answer, ranked []scored, filters []Filter) (Answer, error) {
	ps, err := x.load(ctx, relevantOf(ranked))
	if err != nil {
		return Answer{}, err
	}
	a.Total = len(ps)
	field, sign := x.sort, 1.0
	if rest, ok := strings.CutPrefix(field, "-"); ok {
		field, sign = rest, -1
	}
	key := make(map[string]float64, len(ps))
	for _, p := range ps {
		d := Doc{Numbers: map[string]float64{}}
		d.facts(p, x.r.currency)
		v, ok := d.Numbers[field]
		if !ok {
			if v, ok = x.doc(p).Numbers[field]; !ok {
				v = math.Inf(1) * sign
			}
		}
		key[p.ID] = sign * v
	}
	slices.SortStableFunc(ps, func(a, b shop.Product) int { return cmp.Compare(key[a.ID], key[b.ID]) })
	for _, p := range ps {
		switch {
		case len(a.Products) == x.q.Limit:
			return a, nil
		case x.obeys(p, filters):
			a.Products = append(a.Products, p)
		default:
			a.Total--
		}
	}
	return a, nil
}

func relevantOf(ranked []scored) []scored {
	for i, h := range ranked {
		if h.score < relevant*ranked[0].score {
			return ranked[:i]
		}
	}
	return ranked
}

// Passages answers q.Text with passages of documents, best first.
func (s *Searcher) Passages(ctx context.Context, q Query) ([]shop.Passage, error) {
	if s.PassageStore == nil {
		return nil, nil
	}
	if q.Limit <= 0 {
		q.Limit = 4
	}
	terms := termsOf(text.Fold(q.Text), 1)
	for _, alt := range q.Alternatives {
		for t, w := range termsOf(text.Fold(alt), alternative) {
			terms[t] = max(terms[t], w)
		}
	}
	x := &run{s: s, q: q, r: reading{rest: q.Text}}
	if err := x.embed(ctx); err != nil {
		return nil, err
	}
	if len(terms) == 0 && x.vector == nil {
		return nil, nil
	}
	found, err := s.Index.Search(ctx, Query{Tenant: q.Tenant, Kind: KindPassage, Terms: terms, Vector: x.vector, Filters: q.Filters, Limit: max(depth, q.Limit)})
	if err != nil {
		return nil, fmt.Errorf("search passages: %w", err)
	}
	var ids []string
	for _, h := range fuse(found.Hits, x.vector != nil && len(terms) > 0) {
		if len(ids) == q.Limit {
			break
		}
		ids = append(ids, h.id)
	}
	ps, err := s.PassageStore.Passages(ctx, q.Tenant, ids)
	if err != nil {
		return nil, fmt.Errorf("read passages: %w", err)
	}
	return ps, nil
}
