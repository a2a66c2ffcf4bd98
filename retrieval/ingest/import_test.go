package ingest_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"shopkeeper/gateway/store"
	"shopkeeper/retrieval/indextest"
	"shopkeeper/retrieval/ingest"
	"shopkeeper/shop"
	"shopkeeper/shop/feed"
)

func openStore(t testing.TB, dir string) *store.Store {
	t.Helper()
	st, err := store.Open(context.Background(), filepath.Join(dir, "shop.db"), store.Options{Split: ingest.Split})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := st.PutTenant(context.Background(), shop.Tenant{ID: "t", Currency: "USD", Zone: "UTC", Lang: "en"}); err != nil {
		t.Fatal(err)
	}
	return st
}

func write(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// lines is a jsonl feed of n products; bad ones in between.
func lines(n int, bad ...int) string {
	var b strings.Builder
	for i := range n {
		if slices.Contains(bad, i) {
			b.WriteString(`{"id":"bad","title":"x","price_cents":-1}` + "\n")
			continue
		}
		fmt.Fprintf(&b, `{"id":"%d","title":"Lamp %d","price_cents":%d}`+"\n", i, i, i)
	}
	return b.String()
}

func gz(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// state is a tenant's whole catalogue, without the products' revisions, and its own revision.
func state(t testing.TB, st *store.Store) (products []shop.Product, revision int64) {
	t.Helper()
	for p, err := range st.AllProducts(context.Background(), "t") {
		if err != nil {
			t.Fatal(err)
		}
		p.Revision = 0
		products = append(products, p)
	}
	revision, _, _, err := st.Revision(context.Background(), "t")
	if err != nil {
		t.Fatal(err)
	}
	return products, revision
}

func options(path string, more ...func(*ingest.ImportOptions)) ingest.ImportOptions {
	o := ingest.ImportOptions{Tenant: "t", Path: path, Currency: "USD"}
	for _, f := range more {
		f(&o)
	}
	return o
}

// bring imports; a rejected row goes to the returned list.
func bring(t testing.TB, st *store.Store, o ingest.ImportOptions) (ingest.Report, []feed.Reject) {
	t.Helper()
	var rejects []feed.Reject
	o.Reject = func(r feed.Reject) error { rejects = append(rejects, r); return nil }
	r, err := ingest.Import(context.Background(), st, o)
	if err != nil {
		t.Fatal(err)
	}
	return r, rejects
}

func TestImportTwiceIsImportOnce(t *testing.T) {
	dir := t.TempDir()
	st := openStore(t, dir)
	path := write(t, filepath.Join(dir, "f.jsonl"), lines(1200, 7, 900))
	var done, total int64
	var rows int
	r, rejects := bring(t, st, options(path, func(o *ingest.ImportOptions) {
		o.Progress = func(d, all int64, n int) {
			if d < done || n < rows || d > all {
				t.Errorf("progress goes from %d (%d rows) to %d of %d (%d rows)", done, rows, d, all, n)
			}
			done, total, rows = d, all, n
		}
	}))
	if want := (ingest.Report{Products: 1198, Rejected: 2, Changed: 1198}); r != want {
		t.Errorf("%+v, want %+v", r, want)
	}
	want := []feed.Reject{{Line: 8, Field: "price_cents", Reason: "price_cents is negative"}, {Line: 901, Field: "price_cents", Reason: "price_cents is negative"}}
	if d := cmp.Diff(want, rejects); d != "" {
		t.Error(d)
	}
	if info, _ := os.Stat(path); done != total || total != info.Size() || rows != 1200 {
		t.Errorf("at the end progress is %d of %d bytes, %d rows", done, total, rows)
	}
	products, revision := state(t, st)
	r, again := bring(t, st, options(path))
	if want := (ingest.Report{Products: 1198, Rejected: 2}); r != want {
		t.Errorf("the second time: %+v, want %+v", r, want)
	}
	if d := cmp.Diff(rejects, again); d != "" {
		t.Error(d)
	}
	now, same := state(t, st)
	if d := cmp.Diff(products, now); d != "" || same != revision {
		t.Errorf("the second time changed something: revision %d, then %d\n%s", revision, same, d)
	}
}

// Each format, .gz or not, lands as the same products whether it is named or found out.
func TestImportFormats(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"f.jsonl": `{"id":"1","title":"Lamp","price_cents":1299,"url":"https://shop.example/1"}` + "\n",
		"f.csv":   "sku,name,price,link\n1,Lamp,12.99,https://shop.example/1\n",
		"f.xml":   `<rss xmlns:g="http://base.google.com/ns/1.0"><channel><item><g:id>1</g:id><title>Lamp</title><g:price>12.99 USD</g:price><link>https://shop.example/1</link></item></channel></rss>`,
		"f.acp":   `{"item_id":"1","title":"Lamp","price":"12.99 USD","url":"https://shop.example/1","availability":"in_stock"}` + "\n",
	} {
		for _, file := range []struct{ path, text string }{{name, text}, {name + ".gz", gz(t, text)}} {
			st := openStore(t, t.TempDir())
			r, rejects := bring(t, st, options(write(t, filepath.Join(dir, file.path), file.text)))
			ps, _ := state(t, st)
			if r.Products != 1 || len(ps) != 1 {
				t.Errorf("%s: %+v, %v", file.path, r, rejects)
				continue
			}
			if p := ps[0]; p.ID != "1" || p.Title != "Lamp" || *p.Price != (shop.Money{Minor: 1299, Currency: "USD"}) || p.URL != "https://shop.example/1" {
				t.Errorf("%s: %+v", file.path, p)
			}
		}
	}
}

func TestBrokenFileChangesNothing(t *testing.T) {
	dir := t.TempDir()
	st := openStore(t, dir)
	bring(t, st, options(write(t, filepath.Join(dir, "good.jsonl"), lines(10))))
	before, revision := state(t, st)
	item := `<item><g:id>1</g:id><title>Lamp</title></item>`
	rss := `<rss xmlns:g="http://base.google.com/ns/1.0"><channel>`
	whole := gz(t, lines(3000))
	for name, text := range map[string]string{
		"cut.jsonl.gz": whole[:len(whole)/2], "damaged.jsonl.gz": whole[:2000] + "XXXX" + whole[2004:],
		"open.xml": rss + strings.Repeat(item, 1000), "crossed.xml": rss + item + "</rss></channel>", "half.xml": rss + item + "<item><g:id>2</g:id>",
		"page.html": "<!doctype html><html><body>Not found</body></html>", "empty.jsonl": "", "empty.csv": "", "binary.jsonl": "\x00\x01\x02", "list.json": `[{"id":"1","title":"x"}]`,
		"noid.csv": "a,b\n1,2\n", "text.jsonl": strings.Repeat("not a product\n", 100), "utf16.csv": "\xff\xfei\x00d\x00",
	} {
		path := write(t, filepath.Join(dir, name), text)
		for range 2 { // the second time resumes and fails alike
			_, err := ingest.Import(context.Background(), st, options(path, func(o *ingest.ImportOptions) {
				o.Full = true
				o.Reject = func(r feed.Reject) error { t.Errorf("%s: a broken file reports %+v", name, r); return nil }
			}))
			if err == nil {
				t.Errorf("%s was taken", name)
			}
		}
	}
	if now, same := state(t, st); same != revision || !reflect.DeepEqual(before, now) {
		t.Error("a broken file changed something")
	}
	for _, path := range []string{filepath.Join(dir, "no such file"), dir} {
		if _, err := ingest.Import(context.Background(), st, options(path)); err == nil {
			t.Errorf("%s was taken", path)
		}
	}
}

func TestFullRemovesWhatTheFeedLacks(t *testing.T) {
	dir := t.TempDir()
	st := openStore(t, dir)
	bring(t, st, options(write(t, filepath.Join(dir, "a.jsonl"), lines(20))))
	full := func(o *ingest.ImportOptions) { o.Full = true }
	path := write(t, filepath.Join(dir, "b.jsonl"), lines(5)+`{"id":"new","title":"New"}`+"\n")
	if r, _ := bring(t, st, options(path)); r.Removed != 0 || r.Changed != 1 {
		t.Errorf("without --full: %+v", r)
	}
	if r, _ := bring(t, st, options(path, full)); r.Removed != 15 || r.Changed != 0 || r.Products != 6 {
		t.Errorf("with --full: %+v", r)
	}
	if ps, _ := state(t, st); len(ps) != 6 {
		t.Errorf("%d products are left, want 6", len(ps))
	}
	var heard int
	_, err := ingest.Import(context.Background(), st, options(write(t, filepath.Join(dir, "c.jsonl"), `{"id":"1"}`+"\n"), full, func(o *ingest.ImportOptions) {
		o.Reject = func(feed.Reject) error { heard++; return nil }
	}))
	if err == nil || !strings.Contains(err.Error(), "empty the catalogue") || heard != 1 {
		t.Errorf("a feed without a product and --full: %v, %d rejects", err, heard)
	}
	if ps, _ := state(t, st); len(ps) != 6 {
		t.Errorf("%d products are left, want 6", len(ps))
	}
}

func TestDryRunChangesNothing(t *testing.T) {
	dir := t.TempDir()
	st := openStore(t, dir)
	path := write(t, filepath.Join(dir, "f.jsonl"), lines(600, 3))
	dry := func(o *ingest.ImportOptions) { o.DryRun = true }
	r, rejects := bring(t, st, options(path, dry))
	if r.Products != 599 || r.Rejected != 1 || len(rejects) != 1 {
		t.Errorf("%+v, %v", r, rejects)
	}
	if ps, revision := state(t, st); len(ps) != 0 || revision != 0 {
		t.Errorf("%d products, revision %d", len(ps), revision)
	}
	if r, _ := bring(t, st, options(path)); r.Resumed != 0 || r.Changed != 599 {
		t.Errorf("the import after it: %+v", r)
	}
}

func TestRejectsThatCannotBeWrittenChangeNothing(t *testing.T) {
	dir := t.TempDir()
	st := openStore(t, dir)
	boom := errors.New("disk full")
	_, err := ingest.Import(context.Background(), st, options(write(t, filepath.Join(dir, "f.jsonl"), lines(10, 1)), func(o *ingest.ImportOptions) {
		o.Reject = func(feed.Reject) error { return boom }
	}))
	if ps, _ := state(t, st); !errors.Is(err, boom) || len(ps) != 0 {
		t.Errorf("error %v, %d products", err, len(ps))
	}
}

func TestFileThatChangesWhileItIsRead(t *testing.T) {
	dir := t.TempDir()
	st := openStore(t, dir)
	path := write(t, filepath.Join(dir, "f.jsonl"), lines(2000))
	_, err := ingest.Import(context.Background(), st, options(path, func(o *ingest.ImportOptions) {
		o.Progress = func(_, _ int64, rows int) {
			if rows == 500 {
				write(t, path, lines(3))
			}
		}
	}))
	if ps, _ := state(t, st); err == nil || len(ps) != 0 {
		t.Errorf("error %v, %d products", err, len(ps))
	}
}

func TestTwoImportsOfOneFile(t *testing.T) {
	dir := t.TempDir()
	st := openStore(t, dir)
	path := write(t, filepath.Join(dir, "f.jsonl"), lines(600))
	var inner error
	bring(t, st, options(path, func(o *ingest.ImportOptions) {
		o.Progress = func(int64, int64, int) { _, inner = ingest.Import(context.Background(), st, options(path)) }
	}))
	if !errors.Is(inner, ingest.ErrUnderWay) {
		t.Errorf("the second import: %v", inner)
	}
}

func TestUnknownTenant(t *testing.T) {
	dir := t.TempDir()
	st := openStore(t, dir)
	_, err := ingest.Import(context.Background(), st, options(write(t, filepath.Join(dir, "f.jsonl"), lines(1)), func(o *ingest.ImportOptions) { o.Tenant = "nobody" }))
	var e *shop.Error
	if !errors.As(err, &e) || e.Kind != shop.NotFound {
		t.Errorf("error %v", err)
	}
}

// A cancelled import stands where a killed one would, at every point, and goes on from there.
func TestImportGoesOnWhereItStopped(t *testing.T) {
	dir := t.TempDir()
	text := lines(1200, 100, 900)
	path := write(t, filepath.Join(dir, "f.jsonl"), text)
	other := openStore(t, t.TempDir())
	_, rejects := bring(t, other, options(path))
	want, _ := state(t, other)
	for stop := 1; stop <= 3; stop++ {
		st := openStore(t, t.TempDir())
		ctx, cancel := context.WithCancel(context.Background())
		n := 0
		_, err := ingest.Import(ctx, st, options(path, func(o *ingest.ImportOptions) {
			o.Progress = func(int64, int64, int) {
				if n++; n == stop {
					cancel()
				}
			}
		}))
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped after batch %d: %v", stop, err)
		}
		if ps, _ := state(t, st); len(ps) != 0 {
			t.Errorf("stopped after batch %d: %d products are visible", stop, len(ps))
		}
		r, again := bring(t, st, options(path))
		if got := min(500*stop, 1200); r.Resumed < got-2 || r.Resumed > got || r.Products != 1198 || r.Changed != 1198 {
			t.Errorf("resumed after batch %d: %+v", stop, r)
		}
		if d := cmp.Diff(rejects, again); d != "" {
			t.Errorf("resumed after batch %d: rejects\n%s", stop, d)
		}
		if got, _ := state(t, st); !reflect.DeepEqual(want, got) {
			t.Errorf("resumed after batch %d: another state", stop)
		}
	}
	// A feed that changed is another feed.
	st := openStore(t, t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	_, _ = ingest.Import(ctx, st, options(path, func(o *ingest.ImportOptions) { o.Progress = func(int64, int64, int) { cancel() } }))
	write(t, path, strings.Replace(text, "Lamp 3", "Lump 3", 1))
	if err := os.Chtimes(path, time.Now(), time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if r, _ := bring(t, st, options(path)); r.Resumed != 0 || r.Products != 1198 {
		t.Errorf("a changed feed: %+v", r)
	}
	if ps, _ := state(t, st); !slices.ContainsFunc(ps, func(p shop.Product) bool { return strings.HasPrefix(p.Title, "Lump 3") }) {
		t.Error("the changed row is not in")
	}
}

// The real catalogue, by a process of its own: killed with no warning, repeated, and measured.
func TestRealCatalogueSurvivesAKill(t *testing.T) {
	path, all := filepath.Join(indextest.Dir(t, "search/icecat-en"), "products.jsonl.gz"), 19406
	if indextest.Race {
		path, all = first(t, path, 3000), 3000
	}
	whole := openStore(t, t.TempDir())
	bring(t, whole, options(path))
	want, _ := state(t, whole)
	if len(want) != all {
		t.Fatalf("%d products, want %d", len(want), all)
	}

	dir := t.TempDir()
	st := openStore(t, dir)
	run := func(kill int) (out string, took time.Duration) {
		c := exec.Command(os.Args[0], "-test.run=^TestImportProcess$", "-test.v")
		c.Env = append(os.Environ(), "IMPORT_DIR="+dir, "IMPORT_FEED="+path)
		stdout, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for sc := bufio.NewScanner(stdout); sc.Scan(); {
			b.WriteString(sc.Text() + "\n")
			if rows, ok := strings.CutPrefix(sc.Text(), "rows "); ok && kill > 0 {
				if n, _ := strconv.Atoi(rows); n >= kill {
					if err := c.Process.Signal(syscall.SIGKILL); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		if err := c.Wait(); kill == 0 && err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		return b.String(), time.Since(begin)
	}
	run(all / 2)
	if ps, _ := state(t, st); len(ps) != 0 {
		t.Fatalf("killed halfway, %d products are visible", len(ps))
	}
	out, took := run(0)
	var r ingest.Report
	var peak int
	for line := range strings.Lines(out) {
		_, _ = fmt.Sscanf(line, "report {Products:%d Rejected:%d Changed:%d Removed:%d Resumed:%d}", &r.Products, &r.Rejected, &r.Changed, &r.Removed, &r.Resumed)
		_, _ = fmt.Sscanf(line, "peak %d kB", &peak)
	}
	if r.Resumed < all/2-500 || r.Products != all || r.Rejected != 0 || r.Changed != all {
		t.Errorf("resumed: %+v\n%s", r, out)
	}
	if got, _ := state(t, st); !reflect.DeepEqual(want, got) {
		t.Error("killed and repeated gives another state than once in peace")
	}
	if peak == 0 || peak > 300<<10 {
		t.Errorf("peak RSS %d kB, want at most 300 MB", peak)
	}
	t.Logf("second half in %v, peak RSS %d MB", took.Round(time.Millisecond), peak>>10)
}

// first writes the first lines of a packed feed to one of their own.
func first(t *testing.T, path string, lines int) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	sc := bufio.NewScanner(z)
	for sc.Buffer(nil, 1<<20); lines > 0 && sc.Scan(); lines-- {
		b.Write(sc.Bytes())
		b.WriteByte('\n')
	}
	if lines > 0 || sc.Err() != nil {
		t.Fatalf("%s is %d lines short: %v", path, lines, sc.Err())
	}
	return write(t, filepath.Join(t.TempDir(), "first.jsonl.gz"), gz(t, b.String()))
}

// TestImportProcess is the process that TestRealCatalogueSurvivesAKill starts.
func TestImportProcess(t *testing.T) {
	dir := os.Getenv("IMPORT_DIR")
	if dir == "" {
		return
	}
	st, err := store.Open(context.Background(), filepath.Join(dir, "shop.db"), store.Options{Split: ingest.Split})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	r, err := ingest.Import(context.Background(), st, options(os.Getenv("IMPORT_FEED"), func(o *ingest.ImportOptions) {
		o.Progress = func(_, _ int64, rows int) { fmt.Printf("rows %d\n", rows) }
	}))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("report %+v\n", r)
	status, err := os.ReadFile("/proc/self/status")
	if err != nil { // not Linux: no figure
		fmt.Println("peak 1 kB")
		return
	}
	for line := range strings.Lines(string(status)) {
		if v, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			fmt.Println("peak", strings.TrimSpace(v))
		}
	}
}
