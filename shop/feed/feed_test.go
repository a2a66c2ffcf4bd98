package feed

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"shopkeeper/shop"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The day of the tests: sales run or are over by it.
func today() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

func usd() Options { return Options{Currency: "USD", Now: today} }

// golden is what a feed gives, row by row: a product in the jsonl format, or why it is none.
func golden(t *testing.T, r io.Reader, format string, opt Options) string {
	t.Helper()
	var b strings.Builder
	for row, err := range Read(r, format, opt) {
		if err != nil {
			fmt.Fprintf(&b, "ends: %v\n", err)
			break
		}
		if row.Reject != nil {
			j, err := json.Marshal(row.Reject)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%d reject %s\n", row.Line, j)
			continue
		}
		fmt.Fprintf(&b, "%d ", row.Line)
		if err := Write(&b, []shop.Product{row.Product}); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestFeeds(t *testing.T) {
	for _, c := range []struct{ file, format string }{
		{"shop.jsonl", JSONL},
		{"shop.csv", CSV},
		{"google.xml", GoogleXML},
		{"atom.xml", GoogleXML},
		{"acp-2025.jsonl", ACP},
		{"acp-2026.jsonl", ACP},
		{"acp-variants.jsonl", ACP},
	} {
		t.Run(c.file, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join("testdata", c.file))
			if err != nil {
				t.Fatal(err)
			}
			opt := usd()
			opt.Name = c.file
			if c.format == CSV {
				m, err := os.Open(filepath.Join("testdata", "shop.map"))
				if err != nil {
					t.Fatal(err)
				}
				defer m.Close()
				if opt.Columns, err = ReadMap(m); err != nil {
					t.Fatal(err)
				}
			}
			got := golden(t, bytes.NewReader(raw), c.format, opt)
			path := filepath.Join("testdata", c.file+".golden")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("%s\nrun with -update when the change is meant", d)
			}
			// The same when the format is found out, when lines end as on Windows and when the file is packed.
			if d := cmp.Diff(string(want), golden(t, bytes.NewReader(raw), Auto, opt)); d != "" {
				t.Errorf("found out: %s", d)
			}
			var packed bytes.Buffer
			z := gzip.NewWriter(&packed)
			_, _ = z.Write(append([]byte("\xef\xbb\xbf"), raw...))
			_ = z.Close()
			if d := cmp.Diff(string(want), golden(t, &packed, Auto, opt)); d != "" {
				t.Errorf("packed, with a byte order mark: %s", d)
			}
			if d := cmp.Diff(string(want), golden(t, bytes.NewReader(bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))), c.format, opt)); d != "" {
				t.Errorf("with CR LF: %s", d)
			}
		})
	}
}

// Whatever row a reading stopped at, Skip goes on behind it: the same rows, no more and no fewer.
func TestResume(t *testing.T) {
	for _, file := range []string{"shop.jsonl", "shop.csv", "google.xml", "atom.xml", "acp-2025.jsonl", "acp-variants.jsonl"} {
		raw, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		opt := usd()
		if file == "shop.csv" {
			opt.Columns = map[string]string{"id": "Artikel", "title": "Bezeichnung"}
		}
		rows := func(skip int64) (out []Row) {
			opt := opt
			opt.Skip = skip
			for row, err := range Read(bytes.NewReader(raw), Auto, opt) {
				if err != nil {
					t.Fatalf("%s from %d: %v", file, skip, err)
				}
				out = append(out, row)
			}
			return out
		}
		all := rows(0)
		if len(all) < 2 {
			t.Fatalf("%s: %d rows", file, len(all))
		}
		for i, row := range all {
			rest := rows(row.Offset)
			if d := cmp.Diff(all[i+1:], rest, cmp.Transformer("empty", func(r []Row) []Row { return append([]Row{}, r...) })); d != "" {
				t.Errorf("%s after row %d:\n%s", file, i, d)
			}
		}
	}
}

func TestBrokenFiles(t *testing.T) {
	item := `<item><g:id>1</g:id><title>x</title></item>`
	rss := `<rss xmlns:g="g"><channel>`
	packed := func(s string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, s)
		_ = z.Close()
		return b.Bytes()
	}
	long := packed(strings.Repeat(`{"id":"1","title":"x"}`+"\n", 5000))
	for _, c := range []struct {
		name    string
		text    string
		format  string
		notFeed bool
		want    string // in the error
	}{
		{"cut gzip", string(long[:len(long)-20]), Auto, false, "cut short"},
		{"gzip with a wrong sum", string(long[:len(long)-8]) + "\x00\x00\x00\x00\x88\x13\x00\x00", Auto, false, "damaged"},
		{"XML that stops", rss + item, Auto, false, "ends on line 1 before </rss>"},
		{"XML that stops in an item", rss + item + "<item><g:id>2", Auto, false, "ends inside the item"},
		{"XML that crosses", rss + item + "</rss>", Auto, false, "</rss> where </channel>"},
		{"XML that stops in a comment", rss + item + "<!-- ", Auto, false, "ends on line"},
		{"a web page", "<!doctype html><html><body>404</body></html>", Auto, true, "web page"},
		{"other XML", "<invoice></invoice>", Auto, true, "<invoice>"},
		{"nothing", "", Auto, true, "empty"},
		{"white space", " \n\n", Auto, true, "empty"},
		{"nothing as JSONL", "", JSONL, true, "no line"},
		{"nothing as CSV", "\n\n", CSV, true, "empty"},
		{"nothing as XML", "", GoogleXML, true, "no XML"},
		{"binary", "\x00\x01\x02", Auto, true, "binary"},
		{"UTF-16", "\xff\xfe<\x00", Auto, true, "UTF-16"},
		{"one JSON list", `[{"id":"1"}]`, Auto, true, "one product a line"},
		{"one JSON object over many lines", "{\n\"id\":1\n}", Auto, true, "one product a line"},
		{"prose as JSONL", strings.Repeat("hello world\n", 60), JSONL, true, "not JSON objects"},
		{"CSV without an id", "name,price\nx,1\n", Auto, true, "no column for id"},
		{"CSV without a title", "id;price\n1;1\n", Auto, true, "no column for title"},
		{"a foreign encoding", `<?xml version="1.0" encoding="Shift_JIS"?><rss></rss>`, Auto, true, "shift_jis"},
		{"an unknown format", "x", "yaml", false, "unknown format"},
		{"nested without end", strings.Repeat("<rss>", 100), Auto, false, "nested"},
	} {
		var err error
		for _, e := range Read(strings.NewReader(c.text), c.format, usd()) {
			err = e
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, ErrNotFeed) != c.notFeed {
			t.Errorf("%s: error %v, want %q in it, not a feed: %v", c.name, err, c.want, c.notFeed)
		}
	}
}

func TestMapThatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"id": "line 1", "id = a\nid = b": "twice", "# x\nprise = Preis": `no field "prise"`, "= x": "line 1", "attrs. = x": "no field",
	} {
		if m, err := ReadMap(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v, want %q", text, m, err, want)
		}
	}
	opt := usd()
	opt.Columns = map[string]string{"id": "sku", "title": "name", "price": "cost"}
	for _, err := range Read(strings.NewReader("sku,name\n1,x\n"), CSV, opt) {
		if err == nil || !strings.Contains(err.Error(), `no column "cost"`) {
			t.Errorf("a map that names a column which is not there: %v", err)
		}
	}
}

func TestAmounts(t *testing.T) {
	for _, c := range []struct {
		in, currency string
		want         int64 // -1: refused
	}{
		{"15.00 USD", "USD", 1500},
		{"USD 15", "USD", 1500},
		{"$15", "USD", 1500},
		{"15,00 USD", "USD", 1500},
		{"1,299.00 USD", "USD", 129900},
		{"1.299,00 USD", "USD", 129900},
		{"1,299", "USD", 129900},
		{"12,345,678.90", "USD", 1234567890},
		{"15 000 JPY", "JPY", 15000},
		{"¥1500", "JPY", 1500},
		{"¥15", "CNY", 1500},
		{"15元", "CNY", 1500},
		{"0", "USD", 0},
		{"", "USD", -2},
		{"-5 USD", "USD", -1},
		{"free", "USD", -1},
		{"15 EUR", "USD", -1},
		{"€15", "USD", -1},
		{"1.299", "USD", -1},
		{"1,29,900", "USD", -1},
		{"15.00.00", "USD", -1},
		{"USD 15 USD", "USD", -1},
		{"9999999999999999999", "USD", -1},
		{"15.001 USD", "USD", -1},
		{"1500.5 JPY", "JPY", -1},
	} {
		m, rj := amount("price", c.in, "", Options{Currency: c.currency})
		got := int64(-2)
		switch {
		case rj != nil:
			got = -1
		case m != nil:
			got = m.Minor
		}
		if got != c.want {
			t.Errorf("amount(%q, %s) = %d (%v), want %d", c.in, c.currency, got, rj, c.want)
		}
	}
}

// What Write writes, Read gives back as it was.
func TestWriteReads(t *testing.T) {
	n, f := 3, 4.5
	p := shop.Product{
		ID: "1", Title: "Lamp <b>&", Lang: "en", Brand: "Hay", Model: "L", Categories: []string{"Home", "Lamps > x"}, Description: "a\nb", Merchant: "m", Group: "g",
		EAN: []string{"1", "2"}, Released: "2024-05-06", Image: "https://cdn.example/1", URL: "https://shop.example/1?a=1&b=2", Price: &shop.Money{Minor: 5, Currency: "USD"},
		Was: &shop.Money{Minor: 9, Currency: "USD"}, Stock: &n, Rating: &f, Reviews: &n,
		Attributes: []shop.Attribute{
			{Name: "color", Value: shop.Text("red")},
			{Name: "color", Value: shop.Text("16 GB")},
			{Name: "memory", Value: shop.Num(16), Unit: "GB"},
			{Name: "odd", Value: shop.Num(1.5), Unit: "parsec"},
			{Name: "ports", Value: shop.Num(2)},
			{Name: "text with unit", Value: shop.Text("x"), Unit: "kg"},
		},
		Variants: []shop.Variant{{ID: "a", Attributes: []shop.Attribute{{Name: "size", Value: shop.Text("L")}}, Price: &shop.Money{Minor: 5, Currency: "USD"}, Stock: &n}},
		Words:    map[string]shop.Words{"zh": {Title: "灯", Description: "亮", Category: "灯", Attributes: []shop.Attribute{{Name: "颜色", Value: shop.Text("红")}}}},
	}
	var b bytes.Buffer
	if err := Write(&b, []shop.Product{p}); err != nil {
		t.Fatal(err)
	}
	for row, err := range Read(&b, Auto, usd()) {
		if err != nil || row.Reject != nil {
			t.Fatal(err, row.Reject)
		}
		if d := cmp.Diff(p, row.Product); d != "" {
			t.Error(d)
		}
	}
	p.Was = &shop.Money{Minor: 9, Currency: "EUR"}
	if err := Write(io.Discard, []shop.Product{p}); err == nil {
		t.Error("two currencies in one row were written")
	}
}

// endless is a feed of many megabytes that is never whole in memory.
type endless struct {
	head, row, tail string
	left            int
	buf             string
}

func (e *endless) Read(p []byte) (int, error) {
	for e.buf == "" {
		switch {
		case e.head != "":
			e.buf, e.head = e.head, ""
		case e.left > 0:
			e.left--
			e.buf = strings.Replace(e.row, "ID", fmt.Sprint(e.left), 1)
		case e.tail != "":
			e.buf, e.tail = e.tail, ""
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, e.buf)
	e.buf = e.buf[n:]
	return n, nil
}

func TestMemoryIsBoundedByARow(t *testing.T) {
	text := strings.Repeat("lorem ipsum ", 300)
	const rows = 6000 // 22 MB, where 12 may be held
	for name, e := range map[string]*endless{
		"jsonl": {row: `{"id":"ID","title":"x","description":"` + text + "\"}\n", left: rows},
		"csv":   {head: "id,title,description\n", row: `ID,x,"` + text + "\"\n", left: rows},
		"xml":   {head: `<rss xmlns:g="g"><channel>`, row: `<item><g:id>ID</g:id><title>x</title><g:description>` + text + `</g:description></item>`, tail: "</channel></rss>", left: rows},
		"acp":   {row: `{"item_id":"ID","title":"x","description":"` + text + "\"}\n", left: rows},
		// One row that never ends is a reject, not a full memory.
		"long line":  {head: `{"id":"ID","title":"`, row: text, tail: "\"}\n" + strings.Repeat(`{"id":"2","title":"x"}`+"\n", rows), left: rows},
		"long item":  {head: `<rss xmlns:g="g"><channel><item><g:id>1</g:id><title>`, row: text, tail: "</title></item>" + strings.Repeat("<item><g:id>2</g:id><title>x</title></item>", rows) + "</channel></rss>", left: rows},
		"open quote": {head: "id,title\n1,\"", row: text + "\n", tail: "\n" + strings.Repeat("2,x\n", rows), left: 100},
	} {
		runtime.GC()
		var before, now runtime.MemStats
		runtime.ReadMemStats(&before)
		n, rejects, peak := 0, 0, uint64(0)
		for row, err := range Read(e, Auto, usd()) {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if row.Reject != nil {
				rejects++
			} else {
				n++
			}
			if n%3000 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&now)
				peak = max(peak, now.HeapAlloc)
			}
		}
		if n < rows {
			t.Errorf("%s: %d rows", name, n)
		}
		if grown := int64(peak) - int64(before.HeapAlloc); grown > 3*MaxRow {
			t.Errorf("%s: %d rows and %d rejects hold %d MB", name, n, rejects, grown>>20)
		}
	}
}
