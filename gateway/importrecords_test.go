package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

const (
	lineOrder    = `{"id":"o1","shopper":"ann","status":"pending","placed":"2026-03-01T10:00:00Z","total":{"minor":2490,"currency":"USD"},"items":[{"product":"L-1","title":"Desk Lamp","qty":1,"price":{"minor":2490,"currency":"USD"}}]}`
	lineCustomer = `{"id":"ann","name":"Ann Li","email":"ann@example.com"}`
)

func TestImportRecords(t *testing.T) {
	data := t.TempDir()
	if code, _, errs := cli(t, "tenant", "add", "acme", "--currency", "USD", "--data", data); code != 0 {
		t.Fatal(errs)
	}
	customers := write(t, "customers.jsonl", "\ufeff"+lineCustomer+"\r\n\n"+`{"id":"bob","email":"not an address"}`+"\n"+strings.Replace(lineCustomer, "Ann Li", "Ann Lee", 1))
	orders := write(t, "orders.jsonl", strings.Join([]string{
		lineOrder,
		`{"id":"o2"`,
		`{"id":7}`,
		strings.Replace(lineOrder, `"USD"}}]`, `"EUR"}}]`, 1),
		strings.Replace(lineOrder, `"pending"`, `"lost"`, 1),
		`{"id":"` + strings.Repeat("x", recordLine) + `"}`,
		strings.Replace(lineOrder, `"o1"`, `"o3"`, 1),
	}, "\n"))
	run := func(want int, args ...string) (imported, string) {
		t.Helper()
		code, out, errs := cli(t, append([]string{"import", "--tenant", "acme", "--data", data, "--json"}, args...)...)
		var got imported
		if err := json.Unmarshal([]byte(out), &got); err != nil || code != want {
			t.Fatalf("%v: code %d, %s %s", err, code, out, errs)
		}
		return got, errs
	}
	orderOf := func(id string) (shop.Order, error) {
		t.Helper()
		s, err := store.Open(t.Context(), filepath.Join(data, "shopkeeper.db"), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return s.Order(t.Context(), shop.Principal{Tenant: "acme", ID: "ann", Role: shop.Shopper}, id)
	}
	both := []string{"--customers", customers, "--orders", orders}
	if got, _ := run(1, append(both, "--dry-run")...); got.Customers != 2 || got.Orders != 2 || got.Rejected != 6 {
		t.Errorf("dry: %+v", got)
	}
	if _, err := orderOf("o1"); err == nil {
		t.Error("a dry run stored an order")
	}
	got, errs := run(1, both...)
	if got.Customers != 2 || got.Orders != 2 || got.Rejected != 6 || !strings.Contains(errs, "1 rows of "+customers+" were rejected") || !strings.Contains(errs, "5 rows of "+orders+" were rejected: "+orders+".rejects.jsonl says why") {
		t.Errorf("%+v: %s", got, errs)
	}
	raw, err := os.ReadFile(orders + ".rejects.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(raw)) {
		lines = append(lines, strings.TrimSpace(line))
	}
	want := []string{
		`{"line":2,"reason":"The line is not JSON: it ends too early`,
		`{"line":3,"field":"id","reason":"“id” must be a string, not a number.`,
		`{"line":4,"field":"items","reason":"items: amounts are in the shop's currency USD."}`,
		`{"line":5,"field":"status","reason":"status: it is one of [pending`,
		`{"line":6,"reason":"The line is longer than 1 MB."}`,
	}
	for i, w := range want {
		if i >= len(lines) || !strings.HasPrefix(lines[i], w) {
			t.Errorf("reject %d is %q, want %q", i, lines, w)
		}
	}
	first, err := orderOf("o1")
	if err != nil {
		t.Fatal(err)
	}
	run(1, both...) // again: nothing changes
	if again, err := orderOf("o1"); err != nil || again.Revision != first.Revision {
		t.Errorf("revision %d, then %d, %v", first.Revision, again.Revision, err)
	}
	// What is mended leaves no rejects behind.
	if err := os.WriteFile(orders, []byte(lineOrder), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, _ := run(0, "--orders", orders); got.Orders != 1 || got.Rejected != 0 || got.Rejects != "" {
		t.Errorf("mended: %+v", got)
	}
	if _, err := os.Stat(orders + ".rejects.jsonl"); !os.IsNotExist(err) {
		t.Error("the rejects are still there", err)
	}
	if code, _, errs := cli(t, "import", "--tenant", "acme", "--data", data, "--orders", "missing.jsonl"); code != 1 || !strings.Contains(errs, "missing.jsonl") {
		t.Errorf("%d %s", code, errs)
	}
}
