package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"modernc.org/sqlite"
)

func TestStatementsAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	open := func() *sql.DB {
		db, err := connect(path, 1)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	db, ctx := open(), t.Context()
	run := func(db *sql.DB, query string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(ctx, query, args...); err != nil {
			t.Fatal(err)
		}
	}
	run(db, `CREATE TABLE t (a INTEGER PRIMARY KEY); CREATE TABLE u (b TEXT)`) // two in one text
	for i := range 5 {
		run(db, `INSERT INTO t (a) VALUES ($1)`, i)
	}

	// The same text again, and a write, while its rows are being read.
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	const all = `SELECT a FROM t WHERE a >= $1 ORDER BY a`
	var pairs int
	err = each(ctx, tx, func(r *sql.Rows) error {
		var a int
		if err := r.Scan(&a); err != nil {
			return err
		}
		return each(ctx, tx, func(r *sql.Rows) error {
			pairs++
			return nil
		}, all, a)
	}, all, 0)
	if err != nil || pairs != 5+4+3+2+1 {
		t.Fatal(pairs, err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}

	// More texts than are kept, each of them twice.
	for range 2 {
		for i := range 2 * maxStatements {
			var got int
			if err := db.QueryRowContext(ctx, fmt.Sprintf(`SELECT a + %d FROM t WHERE a = $1`, i), 3).Scan(&got); err != nil || got != 3+i {
				t.Fatal(i, got, err)
			}
		}
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Raw(func(c any) error {
		if n := len(c.(*compiledConn).kept); n == 0 || n > maxStatements {
			t.Errorf("%d statements are kept", n)
		}
		return nil
	})
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}

	// Another process changes the schema under a kept statement.
	count := func() (columns int) {
		rows, err := db.QueryContext(ctx, `SELECT * FROM t`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		names, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	if n := count(); n != 1 {
		t.Fatal(n)
	}
	run(open(), `ALTER TABLE t ADD COLUMN c TEXT`)
	if n := count(); n != 2 {
		t.Fatalf("%d columns after another process added one", n)
	}

	// A refused statement can be run again.
	for range 2 {
		if _, err := db.ExecContext(ctx, `INSERT INTO t (a) VALUES ($1)`, 1); err == nil {
			t.Fatal("the same key twice")
		}
	}
	run(db, `INSERT INTO t (a) VALUES ($1)`, 99)
}

// A context that ends in the moment in which BEGIN was done leaves an error and an open transaction: nobody would write any more.
func TestBeginThatFailsLeavesNoTransaction(t *testing.T) {
	connector, err := sqlite.NewConnector("file:" + filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := connector.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := &compiledConn{sqliteConn: &lateConn{sqliteConn: conn.(sqliteConn)}, kept: map[string]*kept{}}
	defer c.Close()
	if _, err := c.BeginTx(t.Context(), driver.TxOptions{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("the first transaction: %v", err)
	}
	tx, err := c.BeginTx(t.Context(), driver.TxOptions{})
	if err != nil {
		t.Fatalf("the next transaction: %v", err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// lateConn begins its first transaction and says that it did not, as the driver does for a context that has just ended.
type lateConn struct {
	sqliteConn
	begun int
}

func (c *lateConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	stmt, err := c.sqliteConn.PrepareContext(ctx, query)
	if err == nil && query == "BEGIN IMMEDIATE" {
		return &lateStmt{stmt.(sqliteStmt), c}, nil
	}
	return stmt, err
}

type lateStmt struct {
	sqliteStmt
	of *lateConn
}

func (s *lateStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	r, err := s.sqliteStmt.ExecContext(ctx, args)
	if s.of.begun++; s.of.begun == 1 {
		return nil, context.Canceled
	}
	return r, err
}
