package store_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"shopkeeper/gateway/store"
	"shopkeeper/gateway/store/storetest"
)

// postgres is the server for tests. Without one the test is left out, in CI it fails.
func postgres(t testing.TB) string {
	t.Helper()
	where := os.Getenv("SHOPKEEPER_TEST_POSTGRES")
	if where == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("SHOPKEEPER_TEST_POSTGRES names no server: .ci/test starts one")
		}
		t.Skip("needs a PostgreSQL server: SHOPKEEPER_TEST_POSTGRES=postgres://…")
	}
	return where
}

// database makes an empty one, which goes with the test.
func database(t testing.TB) string {
	t.Helper()
	server := postgres(t)
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	name := "t_" + strings.ToLower(rand.Text())
	if _, err := db.ExecContext(context.Background(), `CREATE DATABASE `+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.ExecContext(context.Background(), `DROP DATABASE `+name+` WITH (FORCE)`); err != nil {
			t.Error(err)
		}
		_ = db.Close()
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func TestPostgres(t *testing.T) { storetest.Run(t, database) }

// A server that is not there is one clear sentence, at once, without the password.
func TestPostgresNotThere(t *testing.T) {
	began := time.Now()
	s, err := store.Open(t.Context(), "postgres://shop:hush@127.0.0.1:1/shop", store.Options{})
	if err == nil {
		_ = s.Close()
		t.Fatal("it is opened")
	}
	if strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), "127.0.0.1:1") || time.Since(began) > 10*time.Second {
		t.Errorf("%v", err)
	}
	if _, err = store.Open(t.Context(), "postgres://h:notaport/db", store.Options{}); err == nil {
		t.Error("a bad URL is opened")
	}
}
