package indextest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
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

func filters(t *testing.T, x retrieval.Index) {
	upsert(t, x,
		doc("red", "lamp", tag("color", "red"), num("price", 10), num("memory_gb", 16)),
		doc("blue", "lamp", tag("color", "blue", "white"), num("price", 20)),
		doc("green", "lamp", tag("color", "green"), num("price", 30), num("memory_gb", 8)),
		doc("plain", "lamp", num("memory_gb", 0.5)),
		doc("other", "chair", tag("color", "red"), num("price", 10)))
	for _, c := range []struct {
		name string
		by   func(*retrieval.Query)
		want string // of the lamps
	}{
		{"eq", where("color", retrieval.Eq, "red"), "red"},
		{"eq, one of several values", where("color", retrieval.Eq, "white"), "blue"},
		{"eq, unknown value", where("color", retrieval.Eq, "pink"), ""},
		{"eq, unknown field", where("shape", retrieval.Eq, "round"), ""},
		{"ne: without the tag it passes", where("color", retrieval.Ne, "red"), "blue green plain"},
		{"ne, one of several values", where("color", retrieval.Ne, "white"), "green plain red"},
		{"ne, unknown field", where("shape", retrieval.Ne, "round"), "blue green plain red"},
		{"in", where("color", retrieval.In, "red", "blue", "pink"), "blue red"},
		{"in nothing", where("color", retrieval.In), ""},
		{"not in", where("color", retrieval.NotIn, "red", "white"), "green plain"},
		{"not in nothing", where("color", retrieval.NotIn), "blue green plain red"},
		{"number eq", whereNum("price", retrieval.Eq, 20), "blue"},
		{"number ne: without it it passes", whereNum("price", retrieval.Ne, 20), "green plain red"},
		{"lt", whereNum("price", retrieval.Lt, 20), "red"},
		{"lte", whereNum("price", retrieval.Lte, 20), "blue red"},
		{"gt", whereNum("price", retrieval.Gt, 20), "green"},
		{"gte", whereNum("price", retrieval.Gte, 20), "blue green"},
		{"gte 0: without it it fails", whereNum("price", retrieval.Gte, 0), "blue green red"},
		{"a fraction", whereNum("memory_gb", retrieval.Lt, 8), "plain"},
		{"number of an unknown field", whereNum("weight_kg", retrieval.Lt, 8), ""},
	} {
		finds(t, x, c.name, ask("lamp", c.by), strings.Fields(c.want)...)
	}
	finds(t, x, "several", ask("lamp", where("color", retrieval.NotIn, "red"), whereNum("price", retrieval.Gte, 10), whereNum("price", retrieval.Lt, 30)), "blue")
	finds(t, x, "contradiction", ask("lamp", where("color", retrieval.Eq, "red"), where("color", retrieval.Ne, "red")))
	finds(t, x, "without words", ask("", where("color", retrieval.Eq, "red")), "red", "other")
	finds(t, x, "sorted", ask("", where("color", retrieval.Eq, "red"), sorted("-price")), "red", "other")
}

func notFilters(t *testing.T, x retrieval.Index) {
	upsert(t, x, doc("1", "lamp", tag("color", "red"), num("price", 10)))
	for name, by := range map[string]func(*retrieval.Query){
		"lt without a number": where("price", retrieval.Lt, "10"), "in with a number": whereNum("price", retrieval.In, 10),
		"not_in with a number": whereNum("price", retrieval.NotIn, 10), "no operator": where("color", "", "red"), "unknown operator": whereNum("price", "between", 10),
	} {
		if _, err := x.Search(bg, ask("lamp", by)); !errors.Is(err, retrieval.ErrFilter) {
			t.Errorf("%s: error %v, want ErrFilter", name, err)
		}
	}
}

func totalsAndFacets(t *testing.T, x retrieval.Index) {
	var docs []retrieval.Doc
	for i := range 30 {
		docs = append(docs, doc(fmt.Sprint(i), "lamp", tag("brand", []string{"ikea", "muji", "hay"}[i%3]), num("price", float64(i)), vec(1, float32(i))))
	}
	docs = append(docs, doc("chair", "chair", tag("brand", "ikea", "hay"), vec(0, 1)))
	upsert(t, x, docs...)
	facets := func(q *retrieval.Query) { q.Facets, q.Limit = []string{"brand", "nothing"}, 5 }
	for _, c := range []struct {
		name  string
		q     retrieval.Query
		total int
		ikea  int
		hay   int
	}{
		{"words", ask("lamp", facets), 30, 10, 10},
		{"any word", ask("lamp chair", facets), 31, 11, 11},
		{"words and a filter", ask("lamp", facets, whereNum("price", retrieval.Lt, 3)), 3, 1, 1},
		{"a filter alone", ask("", facets, whereNum("price", retrieval.Lt, 6)), 6, 2, 2},
		{"all", ask("", facets), 31, 11, 11},
		{"words and a vector: the words say what matches", ask("chair", facets, near(1, 0)), 1, 1, 1},
		{"a vector alone", ask("", facets, near(1, 0)), 31, 11, 11},
		{"sorted", ask("", facets, sorted("price")), 31, 11, 11},
	} {
		f := search(t, x, c.q)
		if f.Total != c.total {
			t.Errorf("%s: total %d, want %d", c.name, f.Total, c.total)
		}
		if len(f.Facets) != 2 || f.Facets[0].Field != "brand" || f.Facets[1].Field != "nothing" || len(f.Facets[1].Counts) != 0 {
			t.Fatalf("%s: facets %+v", c.name, f.Facets)
		}
		if n := f.Facets[0].Counts; n["ikea"] != c.ikea || n["hay"] != c.hay {
			t.Errorf("%s: brands %v, want ikea %d and hay %d", c.name, n, c.ikea, c.hay)
		}
	}
}

func sorts(t *testing.T, x retrieval.Index) {
	upsert(t, x,
		doc("mid", "lamp", num("price", 20), num("rating", 3)), doc("low", "lamp", num("price", -5), num("rating", 4.5)), doc("high", "lamp", num("price", 1e9)),
		doc("none", "lamp", num("rating", 4)), doc("zero", "chair", num("price", 0)))
	for _, c := range []struct {
		by, words string
		limit     int
		want      string
	}{
		{"price", "", 100, "low zero mid high none"},
		{"-price", "", 100, "high mid zero low none"},
		{"-rating", "", 3, "low none mid"},
		{"price", "lamp", 100, "low mid high none"},
		{"-price", "lamp", 2, "high mid"},
		{"price", "chair", 100, "zero"},
	} {
		f := search(t, x, ask(c.words, sorted(c.by), func(q *retrieval.Query) { q.Limit = c.limit }))
		if got := strings.Join(ids(f), " "); got != c.want {
			t.Errorf("%q by %s: %s, want %s", c.words, c.by, got, c.want)
		}
	}
}

func limits(t *testing.T, x retrieval.Index) {
	var docs []retrieval.Doc
	for i := range 40 {
		docs = append(docs, doc(fmt.Sprint(i), "lamp"+strings.Repeat(" shade", i), vec(1, float32(i))))
	}
	upsert(t, x, docs...)
	for _, c := range []struct{ limit, want int }{{0, 10}, {1, 1}, {7, 7}, {100, 40}} {
		if f := search(t, x, ask("lamp", func(q *retrieval.Query) { q.Limit = c.limit })); len(f.Hits) != c.want || f.Total != 40 {
			t.Errorf("limit %d: %d hits of %d, want %d of 40", c.limit, len(f.Hits), f.Total, c.want)
		}
	}
	f := search(t, x, ask("lamp", near(0, 1), func(q *retrieval.Query) { q.Limit = 5 }))
	lexical, dense := 0, 0
	for _, h := range f.Hits {
		if h.Lexical > 0 {
			lexical++
		}
		if h.Dense > 0 {
			dense++
		}
	}
	if lexical != 5 || dense != 5 {
		t.Errorf("limit 5 a leg: %d lexical and %d dense", lexical, dense)
	}
}

// scores are those of the package comment of retrieval/text.
func scores(t *testing.T, x retrieval.Index) {
	docs := []retrieval.Doc{
		doc("1", "red lamp", func(d *retrieval.Doc) { d.Fields["description"] = "a lamp for the desk" }), doc("2", "lamp shade for a lamp"), doc("3", "blue chair"),
	}
	upsert(t, x, append(docs, doc("4", "lamp of another tenant", of("b", retrieval.KindProduct)), doc("5", "lamp", of("a", retrieval.KindPassage)))...)
	q := ask("lamp")
	q.Terms["red"] = 2.5
	f := search(t, x, q)
	idf := func(df float64) float64 { return math.Log(1 + (3-df+0.5)/(df+0.5)) }
	for id, terms := range map[string]map[string]float64{"1": {"lamp": idf(2), "red": 2.5 * idf(1)}, "2": {"lamp": idf(2)}} {
		want := 0.0
		for _, w := range text.Weights(docs[id[0]-'1'].Fields) {
			for term, by := range terms {
				if w.Term == text.Hash(term) {
					want += by * float64(w.Value)
				}
			}
		}
		if got := hit(t, f, id).Lexical; math.Abs(got-want) > 1e-4*want {
			t.Errorf("%s scores %v, want %v", id, got, want)
		}
	}
	if got := ids(f); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("order %v", got)
	}
}

func boosts(t *testing.T, x retrieval.Index) {
	upsert(t, x, doc("best", "lamp lamp red"), doc("kind", "lamp bag for a desk and a bed", tag("category", "lamps")), doc("both", "a bag for the lamp that stands on a desk", tag("category", "lamps"), tag("brand", "hay")), doc("off", "chair", tag("category", "lamps")))
	plain := search(t, x, ask("lamp"))
	boosted := search(t, x, ask("lamp", func(q *retrieval.Query) {
		q.Boost = 0.5
		q.Should = []retrieval.Filter{{Field: "category", Op: retrieval.Eq, Values: []string{"lamps"}}, {Field: "brand", Op: retrieval.In, Values: []string{"hay", "muji"}}}
	}))
	best := plain.Hits[0].Lexical
	if plain.Hits[0].ID != "best" {
		t.Fatalf("without a boost: %v", plain.Hits)
	}
	for id, n := range map[string]float64{"best": 0, "kind": 1, "both": 2} {
		want := hit(t, plain, id).Lexical + n*0.5*best
		if got := hit(t, boosted, id).Lexical; math.Abs(got-want) > 1e-4*want {
			t.Errorf("%s scores %v, want %v", id, got, want)
		}
	}
	if boosted.Total != 3 || len(boosted.Hits) != 3 || boosted.Hits[0].ID != "both" {
		t.Errorf("a boost adds to what is found and finds nothing itself: %+v", boosted)
	}
}

func bothLegs(t *testing.T, x retrieval.Index) {
	upsert(t, x, doc("word", "red lamp", vec(1, 0, 0)), doc("near", "blue chair", vec(0, 3, 3)), doc("mid", "lamp stand", vec(1, 1, 0)), doc("bare", "lamp"),
		doc("gone", "lamp", vec(0, 1, 1)))
	if err := x.Delete(bg, "a", retrieval.KindProduct, []string{"gone"}); err != nil {
		t.Fatal(err)
	}
	f := search(t, x, ask("lamp", near(0, 2, 2)))
	for id, want := range map[string]struct {
		lexical bool
		dense   float64
	}{"word": {true, 0}, "near": {false, 1}, "mid": {true, 0.5}, "bare": {true, 0}} {
		h := hit(t, f, id)
		if (h.Lexical > 0) != want.lexical || math.Abs(h.Dense-want.dense) > 1e-5 {
			t.Errorf("%s: %+v, want lexical %v, dense %v", id, h, want.lexical, want.dense)
		}
	}
	if len(f.Hits) != 4 || f.Total != 3 {
		t.Errorf("%d hits, total %d; want 4 hits, 3 with the word", len(f.Hits), f.Total)
	}
	// A document without words or vector in common stays out of the leg; filters hold for both.
	f = search(t, x, ask("chair", near(0, 1, 1), func(q *retrieval.Query) { q.Limit = 1 }))
	if len(f.Hits) != 1 || f.Hits[0].ID != "near" || f.Hits[0].Lexical <= 0 || f.Hits[0].Dense < 0.999 {
		t.Errorf("found by both: %+v", f.Hits)
	}
	upsert(t, x, doc("near", "blue chair", vec(0, 3, 3), tag("color", "blue")))
	f = search(t, x, ask("lamp", near(0, 1, 1), where("color", retrieval.Ne, "blue")))
	if slices.Contains(ids(f), "near") {
		t.Error("the dense leg passed a filter")
	}
	f = search(t, x, ask("", near(0, 1, 1)))
	if got := ids(f); len(got) != 3 || got[0] != "near" || got[1] != "mid" {
		t.Errorf("by vector alone: %v", got)
	}
	upsert(t, x, doc("near", "blue chair"))
	if f = search(t, x, ask("", near(0, 1, 1))); slices.Contains(ids(f), "near") {
		t.Error("a document replaced without its vector keeps the old one")
	}
}

// vectorsComeLater: an embedder that was down delays vectors, not words.
func vectorsComeLater(t *testing.T, x retrieval.Index) {
	upsert(t, x, doc("1", "lamp"), doc("2", "chair"))
	f := search(t, x, ask("lamp", near(1, 0)))
	if got := ids(f); !slices.Equal(got, []string{"1"}) {
		t.Errorf("before there are vectors: %v", got)
	}
	upsert(t, x, doc("1", "lamp", vec(0, 1)), doc("2", "chair", vec(1, 0)))
	f = search(t, x, ask("lamp", near(1, 0)))
	if len(f.Hits) != 2 || hit(t, f, "2").Dense < 0.99 {
		t.Errorf("with vectors: %+v", f.Hits)
	}
}

func otherDimensions(t *testing.T, x retrieval.Index) {
	upsert(t, x, doc("1", "lamp", vec(1, 0)))
	for name, docs := range map[string][]retrieval.Doc{
		"later": {doc("2", "lamp", vec(1, 0, 0))}, "in one batch": {doc("3", "lamp", vec(1, 0)), doc("4", "lamp", vec(1))},
	} {
		if err := x.Upsert(bg, docs); !errors.Is(err, retrieval.ErrDimension) || !strings.Contains(err.Error(), "shopkeeper reindex") {
			t.Errorf("a vector of other dimensions, %s: error %v", name, err)
		}
	}
	finds(t, x, "nothing of the bad batches", ask("lamp"), "1")
	if _, err := x.Search(bg, ask("lamp", near(1, 0, 0))); !errors.Is(err, retrieval.ErrDimension) {
		t.Errorf("a query of other dimensions: error %v", err)
	}
	finds(t, x, "words still work", ask("lamp"), "1")
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

func seq(docs ...retrieval.Doc) iter.Seq2[retrieval.Doc, error] {
	return func(yield func(retrieval.Doc, error) bool) {
		for _, d := range docs {
			if !yield(d, nil) {
				return
			}
		}
	}
}

func rebuilder(t *testing.T, x retrieval.Index) retrieval.Rebuilder {
	t.Helper()
	r, ok := x.(retrieval.Rebuilder)
	if !ok {
		t.Skip("this index does not rebuild")
	}
	return r
}

// rebuild: the old documents serve until the new ones do; what is written meanwhile is kept.
func rebuild(t *testing.T, x retrieval.Index) {
	r := rebuilder(t, x)
	b := func(q *retrieval.Query) { q.Tenant = "b" }
	passages := func(q *retrieval.Query) { q.Kind = retrieval.KindPassage }
	upsert(t, x, doc("old", "lamp", vec(1, 0)), doc("stays", "lamp"), doc("theirs", "lamp", of("b", retrieval.KindProduct), tag("brand", "muji"), vec(0, 1)), doc("p", "lamp", of("a", retrieval.KindPassage)))
	for round := range 2 { // the second one replaces what the first made
		last := doc(fmt.Sprintf("last%d", round), "lamp")
		err := r.Rebuild(bg, "a", func(yield func(retrieval.Doc, error) bool) {
			before := ids(search(t, x, ask("lamp")))
			if !yield(doc("stays", "lamp", vec(1, 0)), nil) || !yield(doc("new", "lamp"), nil) || !yield(doc("p2", "lamp", of("a", retrieval.KindPassage)), nil) {
				return
			}
			finds(t, x, "while it is rebuilt", ask("lamp"), before...)
			upsert(t, x, doc("late", "lamp"), doc("new", "chair"), doc("late theirs", "lamp", of("b", retrieval.KindProduct)))
			if err := x.Delete(bg, "a", retrieval.KindProduct, []string{"stays"}); err != nil {
				t.Error(err)
			}
			yield(last, nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		finds(t, x, "rebuilt", ask("lamp"), "late", last.ID)
		finds(t, x, "the later write holds", ask("chair"), "new")
		finds(t, x, "passages", ask("lamp", passages), "p2")
		finds(t, x, "the other tenant", ask("lamp", b), "theirs", "late theirs")
		finds(t, x, "its tags", ask("lamp", b, where("brand", retrieval.Eq, "muji")), "theirs")
		if f := search(t, x, ask("", b, near(0, 1))); len(f.Hits) != 1 || f.Hits[0].Dense < 0.99 {
			t.Errorf("the other tenant's vectors: %+v", f.Hits)
		}
	}
	upsert(t, x, doc("after", "lamp"))
	finds(t, x, "writes go on", ask("lamp"), "after", "late", "last1")
	if err := r.Rebuild(bg, "a", seq()); err != nil {
		t.Fatal(err)
	}
	finds(t, x, "rebuilt empty", ask("lamp"))
	finds(t, x, "the other tenant", ask("lamp", b), "theirs", "late theirs")
}

func failedRebuild(t *testing.T, x retrieval.Index) {
	r := rebuilder(t, x)
	upsert(t, x, doc("1", "lamp"))
	boom := errors.New("the store is away")
	err := r.Rebuild(bg, "a", func(yield func(retrieval.Doc, error) bool) {
		if yield(doc("2", "lamp"), nil) {
			upsert(t, x, doc("3", "lamp"))
			yield(retrieval.Doc{}, boom)
		}
	})
	if !errors.Is(err, boom) {
		t.Errorf("error %v, want the store's", err)
	}
	finds(t, x, "after it failed", ask("lamp"), "1", "3")
	if err := r.Rebuild(bg, "a", seq(doc("4", "lamp"))); err != nil {
		t.Fatal(err)
	}
	finds(t, x, "after it went well", ask("lamp"), "4")
}

// rebuildWithOtherDimensions is what `shopkeeper reindex` mends.
func rebuildWithOtherDimensions(t *testing.T, x retrieval.Index) {
	r := rebuilder(t, x)
	upsert(t, x, doc("1", "lamp", vec(1, 0)), doc("2", "lamp"))
	if err := r.Rebuild(bg, "a", seq(doc("2", "lamp"), doc("1", "lamp", vec(0, 0, 1)))); err != nil {
		t.Fatal(err)
	}
	f := search(t, x, ask("lamp", near(0, 0, 2)))
	if len(f.Hits) != 2 || hit(t, f, "1").Dense < 0.99 {
		t.Errorf("found %+v", f.Hits)
	}
	upsert(t, x, doc("3", "lamp", vec(1, 0, 0)))
	if _, err := x.Search(bg, ask("lamp", near(1, 0))); !errors.Is(err, retrieval.ErrDimension) {
		t.Errorf("a query of the old dimensions: error %v", err)
	}
}
