package qdrant

import (
	"context"
	"errors"
	"iter"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"shopkeeper/retrieval/qdrant/qdranttest"

	"shopkeeper/retrieval"
	"shopkeeper/retrieval/text"
)

func open(t *testing.T, url string) *Index {
	t.Helper()
	x, err := Open(Options{URL: url, Search: time.Minute, Write: time.Minute, Alias: "t" + strings.ToLower(strings.NewReplacer("/", "_", "#", "_").Replace(t.Name()))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if os.Getenv("QDRANT_URL") != "" { // a real server keeps what it is not told to forget
			if err := forget(x); err != nil {
				t.Error(err)
			}
		}
		_ = x.Close()
	})
	if os.Getenv("QDRANT_URL") != "" {
		if err := forget(x); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

// forget takes away the collection behind the test's alias, with the alias.
func forget(x *Index) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	name, err := x.target(ctx)
	if err != nil || name == "" {
		return err
	}
	return x.client.DeleteCollection(ctx, name)
}

func doc(tenant, id, title string, vector ...float32) retrieval.Doc {
	return retrieval.Doc{
		Tenant: tenant, Kind: retrieval.KindProduct, ID: id, Fields: text.Fields{"title": title},
		Tags: map[string][]string{"brand": {"acme"}, "ink type": {"dye"}}, Numbers: map[string]float64{"price": 100}, Vector: vector,
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

func query(tenant, words string) retrieval.Query {
	terms := map[string]float64{}
	for _, tok := range text.Tokens(words) {
		terms[tok.Term] = 1
	}
	return retrieval.Query{Tenant: tenant, Kind: retrieval.KindProduct, Terms: terms, Limit: 10}
}

func TestCollectionIsMadeBeforeTheFirstUpload(t *testing.T) {
	d, url := qdranttest.Serve(t)
	x := open(t, url)
	if err := x.Upsert(context.Background(), []retrieval.Doc{doc("a", "1", "red lamp")}); err != nil {
		t.Fatal(err)
	}
	name, c := d.Live(t, x.opt.Alias)
	if c.Indexes[keyTenant].GetFieldIndexParams().GetKeywordIndexParams().GetIsTenant() != true {
		t.Error("the tenant key is not is_tenant")
	}
	if !c.Sparse {
		t.Error("the lexical vector has no IDF modifier")
	}
	for _, f := range []string{keyKind, "tag.brand", "num.price", `tag."ink type"`} {
		if c.Indexes[f] == nil {
			t.Errorf("no payload index on %s", f)
		}
	}
	upload := -1
	for i, call := range d.Calls {
		if strings.HasPrefix(call, "Upsert") {
			upload = i
		}
		if strings.HasPrefix(call, "CreateFieldIndex "+name) && upload >= 0 {
			t.Error("a payload index was made after the upload")
		}
	}
}

func TestSameDocumentSamePoint(t *testing.T) {
	// A literal: points of an existing collection must stay theirs.
	if id := point("a", "product", "1").GetUuid(); id != "56a9fe71-1022-5380-8d72-0e0e0d4ebe41" {
		t.Errorf("the point of a, product, 1 is %s", id)
	}
	seen := map[string]bool{}
	for _, p := range [][3]string{{"a", "product", "1"}, {"b", "product", "1"}, {"a", "passage", "1"}, {"a", "product", "2"}, {"a\x00product", "", "1"}} {
		id := point(p[0], p[1], p[2]).GetUuid()
		if seen[id] {
			t.Errorf("%v collides", p)
		}
		seen[id] = true
	}
}

func TestBothLegsInOneRoundTrip(t *testing.T) {
	d, url := qdranttest.Serve(t)
	x := open(t, url)
	ctx := context.Background()
	if err := x.Upsert(ctx, []retrieval.Doc{doc("a", "1", "red lamp", 1, 0), doc("a", "2", "blue chair", 0, 1)}); err != nil {
		t.Fatal(err)
	}
	q := query("a", "lamp")
	q.Vector = []float32{0, 1}
	d.Mu.Lock()
	d.Calls = nil
	d.Mu.Unlock()
	found, err := x.Search(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]retrieval.Hit{}
	for _, h := range found.Hits {
		got[h.ID] = h
	}
	if got["1"].Lexical <= 0 || got["2"].Dense < 0.99 || got["2"].Lexical != 0 {
		t.Errorf("hits %+v", found.Hits)
	}
	n := 0
	for _, c := range d.Calls {
		if strings.HasPrefix(c, "Query") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d query calls: %v", n, d.Calls)
	}
}

func TestRebuildKeepsOtherTenantsAndLateWrites(t *testing.T) {
	d, url := qdranttest.Serve(t)
	x := open(t, url)
	ctx := context.Background()
	if err := x.Upsert(ctx, []retrieval.Doc{doc("a", "old", "old lamp"), doc("b", "theirs", "their lamp")}); err != nil {
		t.Fatal(err)
	}
	before, _ := d.Live(t, x.opt.Alias)
	docs := func(yield func(retrieval.Doc, error) bool) {
		if !yield(doc("a", "new", "new lamp"), nil) {
			return
		}
		// While the rebuild reads, the shop goes on writing.
		if err := x.Upsert(ctx, []retrieval.Doc{doc("b", "late", "late lamp"), doc("a", "fresh", "fresh lamp")}); err != nil {
			t.Error(err)
		}
		if err := x.Delete(ctx, "a", retrieval.KindProduct, []string{"new"}); err != nil {
			t.Error(err)
		}
	}
	if err := x.Rebuild(ctx, "a", docs); err != nil {
		t.Fatal(err)
	}
	after, _ := d.Live(t, x.opt.Alias)
	if after == before || d.Cols[before] != nil {
		t.Error("the alias did not move, or the old collection stayed")
	}
	for tenant, want := range map[string][]string{"a": {"fresh"}, "b": {"theirs", "late"}} {
		found, err := x.Search(ctx, query(tenant, "lamp"))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		for _, h := range found.Hits {
			got[h.ID] = true
		}
		if len(got) != len(want) || found.Total != len(want) {
			t.Errorf("tenant %s: %v, want %v", tenant, found.Hits, want)
		}
		for _, id := range want {
			if !got[id] {
				t.Errorf("tenant %s lost %s", tenant, id)
			}
		}
	}
}

func TestFailedRebuildChangesNothing(t *testing.T) {
	d, url := qdranttest.Serve(t)
	x := open(t, url)
	ctx := context.Background()
	if err := x.Upsert(ctx, []retrieval.Doc{doc("a", "1", "lamp")}); err != nil {
		t.Fatal(err)
	}
	before, _ := d.Live(t, x.opt.Alias)
	err := x.Rebuild(ctx, "a", func(yield func(retrieval.Doc, error) bool) {
		if yield(doc("a", "2", "chair"), nil) {
			yield(retrieval.Doc{}, context.DeadlineExceeded)
		}
	})
	if err == nil {
		t.Fatal("the error is lost")
	}
	if after, _ := d.Live(t, x.opt.Alias); after != before || len(d.Cols) != 1 {
		t.Errorf("collections %v", d.Cols)
	}
}

func TestOtherDimensionsNameReindex(t *testing.T) {
	_, url := qdranttest.Serve(t)
	x := open(t, url)
	ctx := context.Background()
	if err := x.Upsert(ctx, []retrieval.Doc{doc("a", "1", "lamp", 1, 0)}); err != nil {
		t.Fatal(err)
	}
	err := x.Upsert(ctx, []retrieval.Doc{doc("a", "2", "lamp", 1, 0, 0)})
	if err == nil || !strings.Contains(err.Error(), "shopkeeper reindex") {
		t.Errorf("error %v", err)
	}
	if err := x.Rebuild(ctx, "a", seq(doc("a", "1", "lamp", 1, 0, 0))); err != nil {
		t.Error(err)
	}
}

func TestBackPressureIsObeyed(t *testing.T) {
	d, url := qdranttest.Serve(t)
	x := open(t, url)
	if err := x.Upsert(context.Background(), []retrieval.Doc{doc("a", "1", "lamp")}); err != nil {
		t.Fatal(err)
	}
	d.Mu.Lock()
	d.Refuse = 2
	d.Mu.Unlock()
	if err := x.Upsert(context.Background(), []retrieval.Doc{doc("a", "2", "lamp")}); err != nil {
		t.Errorf("two refusals were not waited out: %v", err)
	}
}

// The server says how long it wants to be left alone; what would come too late is not waited for.
func TestServerSaysWhenToComeBack(t *testing.T) {
	d, url := qdranttest.Serve(t)
	x := open(t, url)
	ctx := context.Background()
	if err := x.Upsert(ctx, []retrieval.Doc{doc("a", "1", "lamp")}); err != nil {
		t.Fatal(err)
	}
	refuse := func(n int, after string) {
		d.Mu.Lock()
		defer d.Mu.Unlock()
		d.Refuse, d.After, d.Calls = n, after, nil
	}
	refuse(1, "1")
	begin := time.Now()
	if err := x.Upsert(ctx, []retrieval.Doc{doc("a", "2", "lamp")}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < time.Second {
		t.Errorf("came back after %v, the server asked for 1 s", took)
	}
	refuse(100, "3600")
	if err := x.Upsert(ctx, []retrieval.Doc{doc("a", "3", "lamp")}); err == nil {
		t.Error("a refusal for an hour was no error")
	}
	refuse(100, "")
	if err := x.Upsert(ctx, []retrieval.Doc{doc("a", "3", "lamp")}); err == nil {
		t.Error("a server that always refuses was no error")
	}
	d.Mu.Lock()
	defer d.Mu.Unlock()
	if len(d.Calls) != attempts {
		t.Errorf("%d calls for one refused write, want %d: %v", len(d.Calls), attempts, d.Calls)
	}
}

func TestMarkLivesAndGoesWithTheTenantsDocuments(t *testing.T) {
	_, url := qdranttest.Serve(t)
	x := open(t, url)
	ctx := context.Background()
	mark := func(tenant, want string) {
		t.Helper()
		if got, err := x.Mark(ctx, tenant); err != nil || got != want {
			t.Errorf("mark of %s: %q, %v; want %q", tenant, got, err, want)
		}
	}
	mark("a", "")
	if err := x.Upsert(ctx, []retrieval.Doc{doc("a", "1", "lamp"), doc("b", "1", "lamp")}); err != nil {
		t.Fatal(err)
	}
	for tenant, note := range map[string]string{"a": `{"products":7}`, "b": "other"} {
		if err := x.SetMark(ctx, tenant, note); err != nil {
			t.Fatal(err)
		}
	}
	mark("a", `{"products":7}`)
	found, err := x.Search(ctx, query("a", ""))
	if err != nil || found.Total != 1 || len(found.Hits) != 1 {
		t.Errorf("a mark is found as a product: %+v, %v", found, err)
	}
	if err := x.Rebuild(ctx, "a", seq(doc("a", "1", "lamp"))); err != nil {
		t.Fatal(err)
	}
	mark("a", "")
	mark("b", "other")
}

func TestAnotherProcessRebuilds(t *testing.T) {
	d, url := qdranttest.Serve(t)
	x, y := open(t, url), open(t, url)
	ctx := context.Background()
	if err := x.Upsert(ctx, []retrieval.Doc{doc("a", "1", "lamp", 1, 0)}); err != nil {
		t.Fatal(err)
	}
	if _, err := y.Search(ctx, query("a", "lamp")); err != nil {
		t.Fatal(err)
	}
	if err := x.Rebuild(ctx, "a", seq(doc("a", "1", "lamp", 1, 0, 0))); err != nil {
		t.Fatal(err)
	}
	if err := y.Upsert(ctx, []retrieval.Doc{doc("a", "2", "lamp", 0, 1, 0)}); err != nil {
		t.Errorf("a write with the new dimensions: %v", err)
	}
	for _, i := range []*Index{x, y} {
		if found, err := i.Search(ctx, query("a", "lamp")); err != nil || found.Total != 2 {
			t.Errorf("%+v, %v", found, err)
		}
	}
	// Somebody takes the collection away: the next write makes it anew, and no search fails for long.
	d.Mu.Lock()
	clear(d.Cols)
	clear(d.Aliases)
	d.Mu.Unlock()
	if err := y.Upsert(ctx, []retrieval.Doc{doc("a", "3", "lamp")}); err != nil {
		t.Error(err)
	}
	if found, err := y.Search(ctx, query("a", "lamp")); err != nil || found.Total != 1 {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestServerThatCannotAddVectors(t *testing.T) {
	d, url := qdranttest.Serve(t)
	d.Old = true
	x := open(t, url)
	ctx := context.Background()
	if err := x.Upsert(ctx, []retrieval.Doc{doc("a", "1", "lamp")}); err != nil {
		t.Fatal(err)
	}
	if err := x.Upsert(ctx, []retrieval.Doc{doc("a", "1", "lamp", 1, 0)}); !errors.Is(err, retrieval.ErrDimension) {
		t.Errorf("error %v, want ErrDimension, which names reindex", err)
	}
	if err := x.Rebuild(ctx, "a", seq(doc("a", "1", "lamp", 1, 0))); err != nil {
		t.Error(err)
	}
	q := query("a", "lamp")
	q.Vector = []float32{1, 0}
	if found, err := x.Search(ctx, q); err != nil || len(found.Hits) != 1 || found.Hits[0].Dense < 0.99 {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestLongDocumentsGoInSmallBatches(t *testing.T) {
	d, url := qdranttest.Serve(t)
	x := open(t, url)
	var long strings.Builder
	for i := range 20_000 {
		long.WriteString(" w" + strconv.Itoa(i))
	}
	docs := make([]retrieval.Doc, 12)
	for i := range docs {
		docs[i] = doc("a", strconv.Itoa(i), long.String())
	}
	if err := x.Upsert(context.Background(), docs); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range d.Calls {
		if strings.HasPrefix(c, "Upsert") {
			n++
		}
	}
	if _, c := d.Live(t, x.opt.Alias); n != 2 || len(c.Points) != 12 {
		t.Errorf("%d upserts, %d points", n, len(c.Points))
	}
}

func TestNothingWrittenYet(t *testing.T) {
	_, url := qdranttest.Serve(t)
	found, err := open(t, url).Search(context.Background(), query("a", "lamp"))
	if err != nil || found.Total != 0 || len(found.Hits) != 0 {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestSilentServerIsNoticed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts and never speaks
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	x, err := Open(Options{URL: "qdrant://" + l.Addr().String(), Search: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if _, err := x.Search(context.Background(), query("a", "lamp")); err == nil {
		t.Error("a search of a silent server succeeded")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := x.Ready(ctx); err == nil {
		t.Error("a silent server is ready")
	}
}

func TestKeyNeedsTLS(t *testing.T) {
	for url, ok := range map[string]bool{"qdrant://db.example:6334": false, "qdrants://db.example": true, "qdrant://127.0.0.1:6334": true, "qdrant://localhost": true} {
		x, err := Open(Options{URL: url, Key: "secret"})
		if (err == nil) != ok {
			t.Errorf("%s: %v", url, err)
		}
		if err == nil {
			_ = x.Close()
		} else if strings.Contains(err.Error(), "secret") {
			t.Error("the key is in the error")
		}
	}
	for _, bad := range []string{"", "http://x:1", "db:6334", "qdrant://"} {
		if _, err := Open(Options{URL: bad}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// serverURL is the double's, or a real server's where QDRANT_URL names one.
func serverURL(t *testing.T) string {
	if u := os.Getenv("QDRANT_URL"); u != "" {
		if !strings.Contains(u, "://") {
			u = "qdrant://" + u
		}
		u = strings.Replace(u, ":6333", ":6334", 1)
		return strings.Replace(strings.Replace(u, "https://", "qdrants://", 1), "http://", "qdrant://", 1)
	}
	_, u := qdranttest.Serve(t)
	return u
}
