package feed

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// shared finds a file of the test data beside the repository; where CI says that it is there, its absence is a failure.
func shared(t testing.TB, rel string) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	for dir := filepath.Dir(here); ; dir = filepath.Dir(dir) {
		p := filepath.Join(dir, "shared", "testdata", rel)
		if _, err := os.Stat(p); err == nil {
			return p
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("test data %s is missing", rel)
	}
	t.Skipf("test data %s is not here", rel)
	return ""
}

func TestRealCatalogueReadsWhole(t *testing.T) {
	f, err := os.Open(shared(t, "search/icecat-en/products.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	start, rows, numbers := time.Now(), 0, 0
	for row, err := range Read(f, Auto, Options{Currency: "USD"}) {
		if err != nil {
			t.Fatal(err)
		}
		if row.Reject != nil {
			t.Fatalf("line %d: %+v", row.Line, *row.Reject)
		}
		if row.Product.Price == nil || row.Product.Image == "" || row.Product.Title == "" {
			t.Fatalf("line %d lacks price, image or title: %+v", row.Line, row.Product)
		}
		for _, a := range row.Product.Attributes {
			if a.Value.Number != nil {
				numbers++
			}
		}
		rows++
	}
	if rows != 19406 {
		t.Fatalf("%d rows, want 19406", rows)
	}
	if numbers < 90_000 {
		t.Errorf("%d numeric attributes, want the feed's 96,000 or so", numbers)
	}
	t.Logf("%d rows, %.0f rows/s", rows, float64(rows)/time.Since(start).Seconds())
}
