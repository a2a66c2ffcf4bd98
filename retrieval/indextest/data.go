// Package indextest is the suite that every index must pass, and the judged data that search is tuned and compared on.
package indextest

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"shopkeeper/retrieval"
	"shopkeeper/shop"
)

// Data is a judged collection.
type Data struct {
	Name     string
	Products []shop.Product
	Queries  []Query
}

// Query is a judged query: Grades by product id.
type Query struct {
	ID, Text string
	Grades   map[string]int
}

// Dir finds a folder of the shared test data, which lies beside the repository. Without it the test is skipped, but fails where CI=true.
func Dir(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		d := filepath.Join(dir, "shared", "testdata", name)
		if _, err := os.Stat(d); err == nil {
			return d
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("shared/testdata/%s is missing beside the repository", name)
	}
	t.Skipf("shared/testdata/%s is missing beside the repository", name)
	return ""
}

// Load reads a collection of testdata/search, products as tenant "judged".
func Load(t testing.TB, name string) Data {
	t.Helper()
	dir := Dir(t, filepath.Join("search", name))
	d := Data{Name: name}
	f, err := os.Open(filepath.Join(dir, "products.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	sc := bufio.NewScanner(z)
	sc.Buffer(nil, 1<<24)
	for sc.Scan() {
		d.Products = append(d.Products, product(t, sc.Bytes()))
	}
	if sc.Err() != nil {
		t.Fatal(sc.Err())
	}
	grades := map[string]map[string]int{}
	for _, r := range tsv(t, filepath.Join(dir, "qrels.tsv")) {
		g, err := strconv.Atoi(r[3])
		if err != nil {
			t.Fatal(err)
		}
		if grades[r[0]] == nil {
			grades[r[0]] = map[string]int{}
		}
		grades[r[0]][r[2]] = g
	}
	for _, r := range tsv(t, filepath.Join(dir, "queries.tsv")) {
		d.Queries = append(d.Queries, Query{r[0], r[1], grades[r[0]]})
	}
	return d
}

func tsv(t testing.TB, path string) (rows [][]string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.SplitSeq(strings.TrimRight(string(b), "\n"), "\n") {
		rows = append(rows, strings.Split(l, "\t"))
	}
	return rows
}

// list is a string or a list of strings.
type list []string

func (l *list) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*l = list{s}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(l))
}

func product(t testing.TB, line []byte) shop.Product {
	var r struct {
		ID, Title, Brand, Model, Description, Released string
		PriceCents                                     *int64 `json:"price_cents"`
		EAN, Category                                  list
		Attrs                                          map[string]json.RawMessage
	}
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatal(err)
	}
	p := shop.Product{
		Tenant: "judged", ID: r.ID, Title: r.Title, Brand: r.Brand, Model: r.Model, Description: r.Description,
		Released: r.Released, EAN: r.EAN, Categories: r.Category,
	}
	if r.PriceCents != nil {
		p.Price = &shop.Money{Minor: *r.PriceCents, Currency: "USD"}
	}
	for name, raw := range r.Attrs {
		a := shop.Attribute{Name: name}
		var l list
		var f float64
		switch {
		case json.Unmarshal(raw, &f) == nil:
			a.Value = shop.Num(f)
		case json.Unmarshal(raw, &l) == nil:
			a.Value = shop.Text(strings.Join(l, ", "))
		default:
			a.Value = shop.Text(string(raw))
		}
		p.Attributes = append(p.Attributes, a)
	}
	slices.SortFunc(p.Attributes, func(a, b shop.Attribute) int { return cmp.Compare(a.Name, b.Name) })
	return p
}

// Docs are the collection's documents as the product makes them.
func (d Data) Docs() []retrieval.Doc {
	out := make([]retrieval.Doc, len(d.Products))
	for i, p := range d.Products {
		out[i] = retrieval.ProductDoc(p, "USD")
	}
	return out
}

// Sample keeps one in n of the products, and all judged ones.
func (d Data) Sample(n int) Data {
	judged := map[string]bool{}
	for _, q := range d.Queries {
		for id := range q.Grades {
			judged[id] = true
		}
	}
	out := Data{Name: d.Name, Queries: d.Queries}
	for i, p := range d.Products {
		if i%n == 0 || judged[p.ID] {
			out.Products = append(out.Products, p)
		}
	}
	return out
}
