package demo

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"shopkeeper/shop/feed"
)

//go:embed policies
var policies embed.FS

// Policies are the shop's documents, Markdown in a folder per language.
func Policies() fs.FS {
	sub, err := fs.Sub(policies, "policies")
	if err != nil {
		panic("demo: " + err.Error())
	}
	return sub
}

// WriteFeeds writes the world as the files that an import takes: products.jsonl, policies, offers.json, and for reading
// merchants.json, people.json, orders.json and reviews.json. The folder is made when absent; files of these names are replaced.
func (w *World) WriteFeeds(dir string) error {
	var b bytes.Buffer
	if err := feed.Write(&b, w.Products); err != nil {
		return err
	}
	if err := put(dir, "products.jsonl", b.Bytes()); err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		data any
	}{
		{"tenant.json", w.Tenant}, {"merchants.json", w.Merchants}, {"offers.json", w.Offers}, {"people.json", w.People}, {"orders.json", w.Orders}, {"reviews.json", w.Reviews},
	} {
		b.Reset()
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", " ")
		if err := e.Encode(f.data); err != nil {
			return fmt.Errorf("encode %s: %w", f.name, err)
		}
		if err := put(dir, f.name, b.Bytes()); err != nil {
			return err
		}
	}
	return fs.WalkDir(policies, "policies", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := policies.ReadFile(name)
		if err != nil {
			return err
		}
		return put(dir, filepath.FromSlash(name), data)
	})
}

func put(dir, name string, data []byte) error {
	name = filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("write feeds: %w", err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		return fmt.Errorf("write feeds: %w", err)
	}
	return nil
}
