// Package store is SQL: every record of the product behind plain methods. It implements the ports that its users declare
// (assistant, api, tools, retrieval, ingest) without seeing them; storetest holds what they may rely on.
//
// SQLite by default: WAL, one writing connection and a pool of readers; several processes may have the file open at once. PostgreSQL
// by URL, for replicas. The SQL is one text for both ($1, ON CONFLICT … RETURNING), only the migrations differ.
// Every statement names its tenant, but for credentials (a key's hash leads to the tenant), vectors and secrets.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

//go:embed migrations
var migrations embed.FS

// Options of Open; the zero value works.
type Options struct {
	Now   func() time.Time              // nil: the clock; for PostgreSQL, corrected by the server's
	NewID func() string                 // nil: UUIDv7
	Log   *slog.Logger                  // nil: silent
	Desk  func(tenant string) desk.Plan // how a tenant's desk works; nil: desk.StandardPlan. See PlanDesk
	Split Split                         // nil: a document is one passage
	Alive time.Duration                 // how long a process is not heard of before it is taken for dead; 0 = 20 s, with PostgreSQL 1.6 s
}

// Store is safe for concurrent use.
type Store struct {
	write, read *sql.DB
	long        *sql.DB // for what may take minutes: imports, erasing
	engine
	now     func() time.Time
	newID   func() string
	log     *slog.Logger
	replica string // this process, among those that share the database
	alive   time.Duration
	offset  atomic.Int64 // of the server's clock from ours, nanoseconds
	recent  recent
	split   Split
	desk    atomic.Pointer[func(tenant string) desk.Plan]

	mu   sync.Mutex
	open map[claim]time.Time // turns and replies that this process works on, and since when
	stop context.CancelFunc
	done chan struct{}
}

// Open opens the database at a file path or sqlite: URL, which is created when it is absent, or at a postgres:// URL, and brings its
// schema up to date.
func Open(ctx context.Context, where string, o Options) (*Store, error) {
	s := &Store{now: o.Now, newID: o.NewID, log: o.Log, alive: o.Alive, split: o.Split, open: map[claim]time.Time{}, recent: recent{of: map[[2]string]shop.Product{}}, done: make(chan struct{})}
	if s.now == nil {
		s.now = time.Now
	}
	if s.newID == nil {
		s.newID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	if o.Desk == nil {
		o.Desk = desk.StandardPlan
	}
	s.PlanDesk(o.Desk)
	if s.split == nil {
		s.split = whole
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.replica = uuid.NewString()
	open := s.openSQLite
	if strings.HasPrefix(where, "postgres://") || strings.HasPrefix(where, "postgresql://") {
		open = s.openPostgres
	}
	if err := open(ctx, where, o.Now == nil); err != nil {
		return nil, err
	}
	beating, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	go s.beat(beating)
	return s, nil
}

// PlanDesk says how the tenants' desks work from now on.
func (s *Store) PlanDesk(of func(tenant string) desk.Plan) { s.desk.Store(&of) }

func (s *Store) plan(tenant string) desk.Plan { return (*s.desk.Load())(tenant) }

// Close ends what the store runs and closes the file. Turns still open are left to whoever opens it next.
func (s *Store) Close() error {
	s.stop()
	<-s.done
	var errs []error
	for _, f := range s.closers {
		errs = append(errs, f())
	}
	return errors.Join(errs...)
}

// Shared says whether processes on other machines may work on the same records.
func (s *Store) Shared() bool { return s.numbered }

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
	return s.txOn(ctx, s.write, what, fn)
}

// longTx is tx for what may take minutes.
func (s *Store) longTx(ctx context.Context, what string, fn func(tx *sql.Tx) error) error {
	return s.txOn(ctx, s.long, what, fn)
}

func (s *Store) txOn(ctx context.Context, db *sql.DB, what string, fn func(tx *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
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

// engine is what the engines do not share.
type engine struct {
	numbered bool           // arguments are $1, $2 … in generated text too
	unheld   string         // behind a SELECT (of a materialized WITH): rows that nobody holds, held from then on; who does not wait does not wait in a circle
	snapshot *sql.TxOptions // a reading transaction that sees one state
	closers  []func() error
}

// errBusy and errDown are what a database says to shoppers that is locked for too long, or cannot be reached.
func errBusy(err error) error {
	return &shop.Error{Kind: shop.Unavailable, Msg: "The shop's records are busy, please try again.", Retry: time.Second, Err: err}
}

func errDown(err error) error {
	return &shop.Error{Kind: shop.Unavailable, Code: "database_down", Msg: "The shop's records cannot be reached at the moment; nothing was changed. Please try again.", Retry: 2 * time.Second, Err: err}
}

// broken turns an engine's error into one that says what it means to those who wait; others stay what they are.
func broken(err error) error {
	var e *shop.Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	if busy := busySQLite(err); busy != nil {
		return busy
	}
	return brokenPostgres(err)
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
