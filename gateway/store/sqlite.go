package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

func (s *Store) openSQLite(ctx context.Context, where string, _ bool) error {
	path := strings.TrimPrefix(strings.TrimPrefix(where, "sqlite:"), "//")
	switch {
	case path == "" || strings.HasPrefix(path, ":memory:") || strings.HasPrefix(path, "file:"):
		return fmt.Errorf("open store %q: name a file, such as data/shop.db", where)
	case strings.Contains(strings.SplitN(path, "/", 2)[0], ":"):
		return fmt.Errorf("open store: %s databases are not supported, name a file, a sqlite: or a postgres:// URL", strings.SplitN(path, ":", 2)[0])
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	// Conversations are in it: nobody else on the machine reads them. SQLite gives the same mode to its -wal and -shm.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	if s.write, err = connect(path, 1, "synchronous(NORMAL)", "temp_store(MEMORY)", "cache_size(-16000)"); err != nil {
		return err
	}
	if err := migrate(ctx, s.write); err != nil {
		return errors.Join(fmt.Errorf("migrate store %s: %w", path, err), s.write.Close())
	}
	if s.read, err = connect(path, 8, "query_only(1)", "temp_store(MEMORY)", "cache_size(-4000)"); err != nil {
		return errors.Join(err, s.write.Close())
	}
	s.long = s.write
	s.engine = engine{snapshot: &sql.TxOptions{ReadOnly: true}, closers: []func() error{s.read.Close, s.write.Close}}
	if s.alive == 0 {
		s.alive = 20 * time.Second // another process may hold the write lock for long
	}
	return nil
}

func connect(path string, conns int, pragmas ...string) (*sql.DB, error) {
	q := url.Values{}
	// Another process may hold the write lock for as long as a large import needs to become visible.
	for _, p := range append([]string{"busy_timeout(15000)", "journal_mode(WAL)"}, pragmas...) {
		q.Add("_pragma", p)
	}
	connector, err := sqlite.NewConnector("file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode())
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	db := sql.OpenDB(compiled{connector})
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// migrate retries: two processes that open a new file at once both try, and the later one finds the work done.
func migrate(ctx context.Context, db *sql.DB) error {
	dir, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, dir, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	for try := 0; ; try++ {
		if _, err = p.Up(ctx); err == nil || try == 4 || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(50 * time.Millisecond << try):
		case <-ctx.Done():
		}
	}
}

func busySQLite(err error) error {
	var se *sqlite.Error
	if errors.As(err, &se) && (se.Code()&0xff == sqlite3.SQLITE_BUSY || se.Code()&0xff == sqlite3.SQLITE_LOCKED) {
		return errBusy(err)
	}
	return nil
}
