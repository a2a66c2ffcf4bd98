package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/store"
	"shopkeeper/gateway/store/storetest"
	"shopkeeper/shop"
)

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t testing.TB) string { return filepath.Join(t.TempDir(), "shop.db") })
}

func open(t testing.TB, where string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), where, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Conversations are in the files: nobody else on the machine reads them.
func TestFilesArePrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "dir with space & %")
	s := open(t, "sqlite:"+filepath.Join(dir, "shop.db"))
	if err := s.PutTenant(t.Context(), shop.Tenant{ID: "a"}); err != nil {
		t.Fatal(err)
	}
	n := 0
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", p, info.Mode())
		}
		if !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil || n < 2 {
		t.Errorf("%d files, %v", n, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.db")
	if err := os.WriteFile(broken, []byte(strings.Repeat("this is no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, where := range []string{"", ":memory:", "sqlite:", "file:x.db", "postgres://h/db", "mysql://h/db", broken, filepath.Join(broken, "below.db"), t.TempDir()} {
		s, err := store.Open(t.Context(), where, store.Options{})
		if err == nil {
			_ = s.Close()
			t.Errorf("%q is opened", where)
		}
	}
}

// Several processes may open a new file at the same moment.
func TestOpenAtOnce(t *testing.T) {
	where := filepath.Join(t.TempDir(), "shop.db")
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			s, err := store.Open(context.Background(), where, store.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			if err := errors.Join(s.PutTenant(context.Background(), shop.Tenant{ID: fmt.Sprintf("t%d", i)}), s.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	ids, err := open(t, where).TenantIDs(t.Context())
	if err != nil || len(ids) != 6 {
		t.Errorf("tenants %v, %v", ids, err)
	}
}

// A turn lasts as long as its process lives, within ten minutes; 20 seconds after the process it is over.
func TestTurnsAreKeptAlive(t *testing.T) {
	where := filepath.Join(t.TempDir(), "shop.db")
	synctest.Test(t, func(t *testing.T) {
		ann := shop.Principal{Tenant: "a", ID: "ann", Role: shop.Shopper}
		ctx := t.Context()
		first, err := store.Open(ctx, where, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		second, err := store.Open(ctx, where, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = second.Close() }()
		free := func() bool {
			b, err := second.Begin(ctx, ann, "c1", "shopper", chat.Message{ID: "u2", Text: "hi"}, chat.New)
			var e *shop.Error
			if err != nil && (!errors.As(err, &e) || e.Kind != shop.Busy) {
				t.Fatal(err)
			}
			return err == nil && b.Turn != ""
		}
		if _, err := first.Begin(ctx, ann, "c1", "shopper", chat.Message{ID: "u1", Text: "hi"}, chat.New); err != nil {
			t.Fatal(err)
		}
		if _, _, err := first.Claim(ctx, ann, "key", [32]byte{1}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		if free() {
			t.Error("a living turn was taken for dead")
		}
		var e *shop.Error
		if _, _, err := second.Claim(ctx, ann, "key", [32]byte{1}); !errors.As(err, &e) || e.Kind != shop.Busy {
			t.Errorf("a living request was taken for dead: %v", err)
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if free() {
			t.Error("a turn was taken for dead after ten seconds of silence")
		}
		time.Sleep(15 * time.Second)
		if !free() {
			t.Error("a dead turn is still in the way")
		}
		if _, found, err := second.Claim(ctx, ann, "key", [32]byte{1}); found || err != nil {
			t.Errorf("a dead request's key: %v, %v", found, err)
		}
	})
}

func catalogue(n int) []shop.Product {
	out := make([]shop.Product, n)
	stock := 5
	for i := range out {
		out[i] = shop.Product{
			ID: fmt.Sprintf("sku-%06d", i), Title: fmt.Sprintf("Product %d of some length, with a model AB-%d", i, i), Brand: "Brand", Categories: []string{"A", "B"},
			Description: strings.Repeat("A description as feeds have them. ", 15), Price: &shop.Money{Minor: int64(i), Currency: "USD"}, Stock: &stock,
		}
		for j := range 12 {
			out[i].Attributes = append(out[i].Attributes, shop.Attribute{Name: fmt.Sprintf("attribute %d", j), Value: shop.Num(float64(i * j))})
		}
	}
	return out
}

// The size of icecat-en, in the batches of an import and of a push.
func BenchmarkImport(b *testing.B) {
	ps := catalogue(19_406)
	for b.Loop() {
		s := open(b, filepath.Join(b.TempDir(), "shop.db"))
		ctx := b.Context()
		if err := s.PutTenant(ctx, shop.Tenant{ID: "a"}); err != nil {
			b.Fatal(err)
		}
		for from := 0; from < len(ps); from += 500 {
			if err := s.StageProducts(ctx, "a", "i", int64(from), ps[from:min(from+500, len(ps))]); err != nil {
				b.Fatal(err)
			}
		}
		if _, _, err := s.ApplyStaged(ctx, "a", "i", true); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPutProducts(b *testing.B) {
	ps := catalogue(19_406)
	for b.Loop() {
		s := open(b, filepath.Join(b.TempDir(), "shop.db"))
		if err := s.PutTenant(b.Context(), shop.Tenant{ID: "a"}); err != nil {
			b.Fatal(err)
		}
		for from := 0; from < len(ps); from += 500 {
			if err := s.PutProducts(b.Context(), "a", ps[from:min(from+500, len(ps))], nil); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkTurn(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "shop.db"))
	ann := shop.Principal{Tenant: "a", ID: "ann", Role: shop.Shopper}
	n := 0
	for b.Loop() {
		n++
		t, err := s.Begin(b.Context(), ann, fmt.Sprintf("c%d", n), "shopper", chat.Message{ID: "u", Text: "Show me kettles"}, chat.New)
		if err != nil {
			b.Fatal(err)
		}
		err = s.Commit(b.Context(), chat.Commit{
			Who: ann, Conversation: t.Conversation.ID, Turn: t.Turn, Revision: t.Conversation.Revision, Ending: chat.Completed,
			Messages: []chat.Message{{Role: chat.Bot, Text: "Here are two."}}, Events: make([]chat.Event, 20),
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
