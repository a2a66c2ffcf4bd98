package indextest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/text"
)

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
		q.Should = []retrieval.Boost{
			{Filter: retrieval.Filter{Field: "category", Op: retrieval.Eq, Values: []string{"lamps"}}, Share: 0.5},
			{Filter: retrieval.Filter{Field: "brand", Op: retrieval.In, Values: []string{"hay", "muji"}}, Share: 0.5},
		}
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
