package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

// What was imported before documents had versions is the first one of theirs.
func TestPassagesBecomeDocuments(t *testing.T) {
	for _, engine := range []struct {
		name    string
		dialect goose.Dialect
		open    func(t *testing.T) (where string, db *sql.DB)
	}{
		{"sqlite", goose.DialectSQLite3, func(t *testing.T) (string, *sql.DB) {
			where := filepath.Join(t.TempDir(), "shop.db")
			db, err := sql.Open("sqlite", where)
			if err != nil {
				t.Fatal(err)
			}
			return where, db
		}},
		{"postgres", goose.DialectPostgres, func(t *testing.T) (string, *sql.DB) {
			where := database(t)
			db, err := sql.Open("pgx", where)
			if err != nil {
				t.Fatal(err)
			}
			return where, db
		}},
	} {
		t.Run(engine.name, func(t *testing.T) {
			ctx := t.Context()
			where, db := engine.open(t)
			p, err := goose.NewProvider(engine.dialect, db, os.DirFS("migrations/"+engine.name), goose.WithDisableGlobalRegistry(true))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.UpTo(ctx, 6); err != nil {
				t.Fatal(err)
			}
			for _, q := range []string{
				`INSERT INTO tenants (id, data, created) VALUES ('t', '{"id":"t"}', 0)`,
				`INSERT INTO passages (tenant, id, document, version, number, data) VALUES
					('t', 'en/returns#2', 'en/returns', '2026-03', 1, '{"id":"en/returns#2","document":"Returns","section":"Fees","version":"2026-03","lang":"en","quote":"None."}'),
					('t', 'en/returns#1', 'en/returns', '2026-03', 0, '{"id":"en/returns#1","document":"Returns","section":"Window","version":"2026-03","lang":"en","quote":"30 days."}')`,
			} {
				if _, err := db.ExecContext(ctx, q); err != nil {
					t.Fatal(err)
				}
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			s, err := store.Open(ctx, where, store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			var ids []string
			for p, err := range s.AllPassages(ctx, "t") {
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, p.ID)
			}
			if d := cmp.Diff([]string{"en/returns#1", "en/returns#2"}, ids); d != "" {
				t.Error(d)
			}
			got, err := s.Versions(ctx, "t", shop.Policy, "en-returns")
			want := []shop.Document{{
				Tenant: "t", Kind: shop.Policy, ID: "en-returns", Lang: "en", Title: "Returns", Version: 1, Label: "2026-03", State: shop.Published, Origin: "import",
				Text: "## Window\n\n30 days.\n\n## Fees\n\nNone.",
			}}
			if d := cmp.Diff(want, got); d != "" || err != nil {
				t.Errorf("%s, %v", d, err)
			}
		})
	}
}
