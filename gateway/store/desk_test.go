package store

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// However many conversations a shop has, the desk reads those of a view, along an index.
func TestDeskReadsAlongIndexes(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, v := range desk.Views {
		query, args, err := s.rowsQuery(shop.Principal{Tenant: "a", ID: "gus", Role: shop.Agent}, desk.Query{View: v}, nil)
		if err != nil {
			t.Fatal(err)
		}
		plan := ""
		err = each(t.Context(), s.read, func(r *sql.Rows) error {
			var id, parent, unused int
			var step string
			err := r.Scan(&id, &parent, &unused, &step)
			plan += step + "; "
			return err
		}, `EXPLAIN QUERY PLAN `+query, args...)
		if err != nil || !strings.HasPrefix(plan, "SEARCH conversations USING INDEX") {
			t.Errorf("%s: %s %v", v, plan, err)
		}
		if sorts := v == desk.Queue || v == desk.Mine || v == desk.Others; !sorts && strings.Contains(plan, "B-TREE FOR ORDER BY") && !strings.Contains(plan, "LAST TERM") {
			t.Errorf("%s is sorted: %s", v, plan)
		}
	}
}
