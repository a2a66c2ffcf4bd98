// Package store is SQL: every record of the product behind plain methods. It implements the ports that its users declare
// (assistant, api, tools, retrieval, ingest) without seeing them; storetest holds what they may rely on.
//
// SQLite by default: WAL, one writing connection and a pool of readers; several processes may have the file open at once.
// The SQL is one text for every engine ($1, ON CONFLICT … RETURNING, ->>), only the migrations differ.
// Every statement names its tenant, but for credentials (a key's hash leads to the tenant), vectors and secrets.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"shopkeeper/shop"
)

//go:embed migrations
var migrations embed.FS

// Options of Open; the zero value works.
type Options struct {
	Now   func() time.Time // nil: the clock
	NewID func() string    // nil: UUIDv7
	Log   *slog.Logger     // nil: silent
}

// Store is safe for concurrent use.
type Store struct {
	write, read *sql.DB
	now         func() time.Time
	newID       func() string
	log         *slog.Logger
	numbered    bool // arguments are $1, $2 … in generated text too

	mu   sync.Mutex
	open map[claim]time.Time // turns and replies that this process works on, and since when
	stop context.CancelFunc
	done chan struct{}
}

// Open opens the database at a file path or sqlite: URL, creates it when it is absent, and brings its schema up to date.
func Open(ctx context.Context, where string, o Options) (*Store, error) {
	path := strings.TrimPrefix(strings.TrimPrefix(where, "sqlite:"), "//")
	switch {
	case path == "" || strings.HasPrefix(path, ":memory:") || strings.HasPrefix(path, "file:"):
		return nil, fmt.Errorf("open store %q: name a file, such as data/shop.db", where)
	case strings.Contains(strings.SplitN(path, "/", 2)[0], ":"):
		return nil, fmt.Errorf("open store: %s databases are not supported, name a file or a sqlite: URL", strings.SplitN(path, ":", 2)[0])
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	// Conversations are in it: nobody else on the machine reads them. SQLite gives the same mode to its -wal and -shm.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}

	s := &Store{now: o.Now, newID: o.NewID, log: o.Log, open: map[claim]time.Time{}, done: make(chan struct{})}
	if s.now == nil {
		s.now = time.Now
	}
	if s.newID == nil {
		s.newID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.write, err = connect(path, 1, "synchronous(NORMAL)", "temp_store(MEMORY)", "cache_size(-16000)"); err != nil {
		return nil, err
	}
	if err := migrate(ctx, s.write); err != nil {
		return nil, errors.Join(fmt.Errorf("migrate store %s: %w", path, err), s.write.Close())
	}
	if s.read, err = connect(path, 8, "query_only(1)", "temp_store(MEMORY)", "cache_size(-4000)"); err != nil {
		return nil, errors.Join(err, s.write.Close())
	}
	beating, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	go s.beat(beating)
	return s, nil
}

func connect(path string, conns int, pragmas ...string) (*sql.DB, error) {
	q := url.Values{"_txlock": {"immediate"}}
	// Another process may hold the write lock for as long as a large import needs to become visible.
	for _, p := range append([]string{"busy_timeout(15000)", "journal_mode(WAL)"}, pragmas...) {
		q.Add("_pragma", p)
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
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

// Close ends what the store runs and closes the file. Turns still open are left to whoever opens it next.
func (s *Store) Close() error {
	s.stop()
	<-s.done
	return errors.Join(s.read.Close(), s.write.Close())
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.read.QueryRowContext(ctx, `SELECT 1`).Scan(&one); err != nil {
		return fmt.Errorf("ping store: %w", broken(err))
	}
	return nil
}

// tx runs fn in one writing transaction: all of it or nothing.
func (s *Store) tx(ctx context.Context, what string, fn func(tx *sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", what, broken(err))
	}
	if err := fn(tx); err != nil {
		_ = tx.Rollback() // the error that matters is err
		return fmt.Errorf("%s: %w", what, broken(err))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: %w", what, broken(err))
	}
	return nil
}

// broken turns a database that is locked for too long into an error that says so; others stay what they are.
func broken(err error) error {
	var se *sqlite.Error
	if errors.As(err, &se) && (se.Code()&0xff == sqlite3.SQLITE_BUSY || se.Code()&0xff == sqlite3.SQLITE_LOCKED) {
		return &shop.Error{Kind: shop.Unavailable, Msg: "The shop's records are busy, please try again.", Retry: time.Second, Err: err}
	}
	return err
}

// querier is *sql.DB or *sql.Tx.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// each runs scan once a row.
func each(ctx context.Context, q querier, scan func(rows *sql.Rows) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// micros is how times are stored; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

func notFound(format string, args ...any) error {
	return &shop.Error{Kind: shop.NotFound, Msg: fmt.Sprintf(format, args...)}
}

func conflict(format string, args ...any) error {
	return &shop.Error{Kind: shop.Conflict, Msg: fmt.Sprintf(format, args...)}
}

func invalid(field, format string, args ...any) error {
	return &shop.Error{Kind: shop.Invalid, Field: field, Msg: fmt.Sprintf(format, args...)}
}
