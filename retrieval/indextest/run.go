package indextest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/text"
)

// Run is the suite. open gives an empty index; one that is a Rebuilder is asked for that too.
func Run(t *testing.T, open func(t *testing.T) retrieval.Index) {
	for _, c := range []struct {
		name string
		test func(*testing.T, retrieval.Index)
	}{
		{"NothingWritten", nothingWritten},
		{"WritesAreSeen", writesAreSeen},
		{"SameIDTwice", sameIDTwice},
		{"NamelessDocuments", namelessDocuments},
		{"TenantsAndKindsApart", apart},
		{"Filters", filters},
		{"NotFilters", notFilters},
		{"TotalsAndFacets", totalsAndFacets},
		{"Sorts", sorts},
		{"Limits", limits},
		{"Scores", scores},
		{"Boosts", boosts},
		{"BothLegs", bothLegs},
		{"VectorsComeLater", vectorsComeLater},
		{"OtherDimensions", otherDimensions},
		{"WeirdIDs", weirdIDs},
		{"WeirdNames", weirdNames},
		{"LargeBatch", largeBatch},
		{"Cancelled", cancelled},
		{"ReadersAndWriters", readersAndWriters},
		{"Rebuild", rebuild},
		{"FailedRebuild", failedRebuild},
		{"RebuildWithOtherDimensions", rebuildWithOtherDimensions},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

var bg = context.Background()

// doc is a product of tenant a.
func doc(id, title string, more ...func(*retrieval.Doc)) retrieval.Doc {
	d := retrieval.Doc{
		Tenant: "a", Kind: retrieval.KindProduct, ID: id, Fields: text.Fields{"title": title},
		Tags: map[string][]string{}, Numbers: map[string]float64{},
	}
	for _, f := range more {
		f(&d)
	}
	return d
}

func tag(name string, values ...string) func(*retrieval.Doc) {
	return func(d *retrieval.Doc) { d.Tags[name] = values }
}

func num(name string, v float64) func(*retrieval.Doc) {
	return func(d *retrieval.Doc) { d.Numbers[name] = v }
}

func vec(v ...float32) func(*retrieval.Doc) { return func(d *retrieval.Doc) { d.Vector = v } }

func of(tenant, kind string) func(*retrieval.Doc) {
	return func(d *retrieval.Doc) { d.Tenant, d.Kind = tenant, kind }
}

// Terms are the analysed terms of words, each of weight 1.
func Terms(words string) map[string]float64 {
	var out map[string]float64
	for _, tok := range text.Tokens(words) {
		if out == nil {
			out = map[string]float64{}
		}
		out[tok.Term] = 1
	}
	return out
}

// ask is a query of tenant a's products; no words: everything.
func ask(words string, more ...func(*retrieval.Query)) retrieval.Query {
	q := retrieval.Query{Tenant: "a", Kind: retrieval.KindProduct, Terms: Terms(words), Limit: 100}
	for _, f := range more {
		f(&q)
	}
	return q
}

func where(field string, op retrieval.Op, values ...string) func(*retrieval.Query) {
	return func(q *retrieval.Query) {
		q.Filters = append(q.Filters, retrieval.Filter{Field: field, Op: op, Values: values})
	}
}

func whereNum(field string, op retrieval.Op, n float64) func(*retrieval.Query) {
	return func(q *retrieval.Query) {
		q.Filters = append(q.Filters, retrieval.Filter{Field: field, Op: op, Number: &n})
	}
}

func sorted(by string) func(*retrieval.Query) { return func(q *retrieval.Query) { q.Sort = by } }
func near(v ...float32) func(*retrieval.Query) {
	return func(q *retrieval.Query) { q.Vector = v }
}

func upsert(t *testing.T, x retrieval.Index, docs ...retrieval.Doc) {
	t.Helper()
	if err := x.Upsert(bg, docs); err != nil {
		t.Fatalf("upsert: %v", err)
	}
}

func search(t *testing.T, x retrieval.Index, q retrieval.Query) retrieval.Found {
	t.Helper()
	f, err := x.Search(bg, q)
	if err != nil {
		t.Fatalf("search: %v", err)
	}
	return f
}

// ids in the order they were found.
func ids(f retrieval.Found) []string {
	out := make([]string, len(f.Hits))
	for i, h := range f.Hits {
		out[i] = h.ID
	}
	return out
}

// finds checks what a query finds, in any order, and that Total agrees.
func finds(t *testing.T, x retrieval.Index, what string, q retrieval.Query, want ...string) {
	t.Helper()
	f := search(t, x, q)
	got := ids(f)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: found %q, want %q", what, got, want)
	}
	if f.Total != len(want) {
		t.Errorf("%s: total %d, want %d", what, f.Total, len(want))
	}
}

func hit(t *testing.T, f retrieval.Found, id string) retrieval.Hit {
	t.Helper()
	for _, h := range f.Hits {
		if h.ID == id {
			return h
		}
	}
	t.Fatalf("%s is not among %v", id, f.Hits)
	return retrieval.Hit{}
}

func nothingWritten(t *testing.T, x retrieval.Index) {
	f := search(t, x, ask("lamp", func(q *retrieval.Query) { q.Facets = []string{"brand"} }))
	if len(f.Hits) != 0 || f.Total != 0 {
		t.Errorf("found %+v in nothing", f)
	}
	if len(f.Facets) != 1 || f.Facets[0].Field != "brand" || len(f.Facets[0].Counts) != 0 {
		t.Errorf("facets %+v, want an empty one", f.Facets)
	}
	finds(t, x, "sorted", ask("", sorted("price")))
	finds(t, x, "by vector", ask("", near(1, 0)))
	if err := x.Delete(bg, "a", retrieval.KindProduct, []string{"1"}); err != nil {
		t.Errorf("deleting what is not there: %v", err)
	}
	if err := x.Upsert(bg, nil); err != nil {
		t.Errorf("an empty upsert: %v", err)
	}
	if err := x.Delete(bg, "a", retrieval.KindProduct, nil); err != nil {
		t.Errorf("an empty delete: %v", err)
	}
}

func writesAreSeen(t *testing.T, x retrieval.Index) {
	upsert(t, x, doc("1", "red lamp", tag("color", "red"), num("price", 5)), doc("2", "blue lamp", tag("color", "blue")))
	finds(t, x, "upserted", ask("lamp"), "1", "2")
	upsert(t, x, doc("1", "green chair", num("price", 7)))
	finds(t, x, "its old words", ask("red"))
	finds(t, x, "its new words", ask("chair"), "1")
	finds(t, x, "its old tag", ask("", where("color", retrieval.Eq, "red")))
	finds(t, x, "its old number", ask("", whereNum("price", retrieval.Lt, 6)))
	finds(t, x, "its new number", ask("", whereNum("price", retrieval.Gt, 6)), "1")
	if err := x.Delete(bg, "a", retrieval.KindProduct, []string{"1", "no such"}); err != nil {
		t.Fatal(err)
	}
	finds(t, x, "deleted", ask("chair"))
	finds(t, x, "what is left", ask(""), "2")
	upsert(t, x, doc("1", "red lamp"))
	finds(t, x, "back again", ask("lamp"), "1", "2")
}

func sameIDTwice(t *testing.T, x retrieval.Index) {
	upsert(t, x, doc("1", "red lamp"), doc("2", "lamp"), doc("1", "blue chair"))
	finds(t, x, "the last one holds", ask("chair"), "1")
	finds(t, x, "the first does not", ask("red"))
	finds(t, x, "all", ask(""), "1", "2")
}

func namelessDocuments(t *testing.T, x retrieval.Index) {
	for _, d := range []retrieval.Doc{doc("", "lamp"), doc("1", "lamp", of("", "product")), doc("1", "lamp", of("a", ""))} {
		if err := x.Upsert(bg, []retrieval.Doc{doc("good", "lamp"), d}); err == nil {
			t.Errorf("tenant %q, kind %q, id %q was taken", d.Tenant, d.Kind, d.ID)
		}
	}
	finds(t, x, "the good one beside it", ask("lamp"))
}

func apart(t *testing.T, x retrieval.Index) {
	upsert(t, x,
		doc("1", "lamp", tag("brand", "ikea"), vec(1, 0)), doc("1", "lamp", of("b", retrieval.KindProduct), tag("brand", "muji"), vec(0, 1)),
		doc("2", "lamp", of("b", retrieval.KindProduct)), doc("1", "lamp policy", of("a", retrieval.KindPassage)))
	b := func(q *retrieval.Query) { q.Tenant = "b" }
	passages := func(q *retrieval.Query) { q.Kind = retrieval.KindPassage }
	facet := func(q *retrieval.Query) { q.Facets = []string{"brand"} }
	finds(t, x, "a", ask("lamp"), "1")
	finds(t, x, "b", ask("lamp", b), "1", "2")
	finds(t, x, "passages", ask("lamp", passages), "1")
	finds(t, x, "a tenant that has nothing", ask("lamp", func(q *retrieval.Query) { q.Tenant = "c" }))
	if c := search(t, x, ask("", facet)).Facets[0].Counts; len(c) != 1 || c["ikea"] != 1 {
		t.Errorf("a's brands: %v", c)
	}
	if f := search(t, x, ask("", b, near(0, 1))); len(f.Hits) != 1 || f.Hits[0].Dense < 0.99 {
		t.Errorf("b by vector: %+v", f.Hits)
	}
	if err := x.Delete(bg, "b", retrieval.KindProduct, []string{"1"}); err != nil {
		t.Fatal(err)
	}
	finds(t, x, "a after a delete in b", ask("lamp"), "1")
	finds(t, x, "b after a delete", ask("lamp", b), "2")
	if err := x.Delete(bg, "a", retrieval.KindPassage, []string{"1"}); err != nil {
		t.Fatal(err)
	}
	finds(t, x, "the product beside a deleted passage", ask("lamp"), "1")
}

func weirdIDs(t *testing.T, x retrieval.Index) {
	all := []string{
		"1", "01", "a/b", "a b", `"quoted"`, "ünï", "手机-1", "🦊", strings.Repeat("x", 200), "<script>", "../..", "A", "a", "product\x1f1", "null", "%00", "a#1", "é", "e\u0301",
	}
	var docs []retrieval.Doc
	for _, id := range all {
		docs = append(docs, doc(id, "lamp"))
	}
	upsert(t, x, docs...)
	finds(t, x, "all", ask("lamp"), slices.Clone(all)...)
	if err := x.Delete(bg, "a", retrieval.KindProduct, all[:len(all)-1]); err != nil {
		t.Fatal(err)
	}
	finds(t, x, "the one left", ask("lamp"), all[len(all)-1])
}

func weirdNames(t *testing.T, x retrieval.Index) {
	values := []string{"a b", `say "hi"`, "内存", "a.b", "a,b", "[0]", "x'y", "🦊", "100%", "*"}
	var docs []retrieval.Doc
	for i, v := range values {
		docs = append(docs, doc(fmt.Sprint(i), "lamp", tag("name", v), tag("f "+v, "yes"), num("n "+v, float64(i))))
	}
	upsert(t, x, docs...)
	for i, v := range values {
		finds(t, x, "value "+v, ask("lamp", where("name", retrieval.Eq, v)), fmt.Sprint(i))
		finds(t, x, "tag "+v, ask("lamp", where("f "+v, retrieval.Eq, "yes")), fmt.Sprint(i))
		finds(t, x, "number "+v, ask("lamp", whereNum("n "+v, retrieval.Gte, 0)), fmt.Sprint(i))
	}
	f := search(t, x, ask("", func(q *retrieval.Query) { q.Facets = []string{"name"} }))
	for _, v := range values {
		if f.Facets[0].Counts[v] != 1 {
			t.Errorf("facet of %q: %v", v, f.Facets[0].Counts)
		}
	}
}

func largeBatch(t *testing.T, x retrieval.Index) {
	const n = 3000
	docs := make([]retrieval.Doc, n)
	for i := range docs {
		docs[i] = doc(fmt.Sprint(i), fmt.Sprintf("lamp number%d", i), num("price", float64(i)))
	}
	upsert(t, x, docs...)
	if f := search(t, x, ask("lamp")); f.Total != n {
		t.Errorf("total %d, want %d", f.Total, n)
	}
	finds(t, x, "the last", ask(fmt.Sprintf("number%d", n-1)), fmt.Sprint(n-1))
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprint(i)
	}
	if err := x.Delete(bg, "a", retrieval.KindProduct, all[1:]); err != nil {
		t.Fatal(err)
	}
	finds(t, x, "what is left", ask("lamp"), "0")
}

func cancelled(t *testing.T, x retrieval.Index) {
	upsert(t, x, doc("1", "lamp"))
	ctx, cancel := context.WithCancel(bg)
	cancel()
	if _, err := x.Search(ctx, ask("lamp")); !errors.Is(err, context.Canceled) {
		t.Errorf("search: %v", err)
	}
	if err := x.Upsert(ctx, []retrieval.Doc{doc("2", "lamp")}); !errors.Is(err, context.Canceled) {
		t.Errorf("upsert: %v", err)
	}
	if err := x.Delete(ctx, "a", retrieval.KindProduct, []string{"1"}); !errors.Is(err, context.Canceled) {
		t.Errorf("delete: %v", err)
	}
	if r, ok := x.(retrieval.Rebuilder); ok {
		if err := r.Rebuild(ctx, "a", seq(doc("3", "lamp"))); !errors.Is(err, context.Canceled) {
			t.Errorf("rebuild: %v", err)
		}
	}
	finds(t, x, "afterwards", ask("lamp"), "1")
}

// readersAndWriters: every search sees one moment; what was written before it began is there.
func readersAndWriters(t *testing.T, x retrieval.Index) {
	upsert(t, x, doc("keep", "lamp"))
	var wg sync.WaitGroup
	for w := range 3 {
		wg.Go(func() {
			for i := range 20 {
				id := fmt.Sprintf("%d-%d", w, i)
				if err := x.Upsert(bg, []retrieval.Doc{doc(id, "lamp word"+fmt.Sprint(w))}); err != nil {
					t.Error(err)
					return
				}
				f, err := x.Search(bg, ask("lamp"))
				if err != nil || !slices.Contains(ids(f), id) || !slices.Contains(ids(f), "keep") {
					t.Errorf("after the upsert of %s: %v, %v", id, ids(f), err)
					return
				}
				if i%2 == 0 {
					if err := x.Delete(bg, "a", retrieval.KindProduct, []string{id}); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	if f := search(t, x, ask("lamp")); f.Total != 31 {
		t.Errorf("total %d, want 31", f.Total)
	}
}
