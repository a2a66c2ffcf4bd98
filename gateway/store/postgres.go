package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"shopkeeper/shop"
)

const (
	connectWithin = 3 * time.Second
	answerWithin  = 10 * time.Second // a server that says nothing for so long is taken for gone
	longWithin    = 15 * time.Minute // likewise in an import
	poolSize      = 16
)

func (s *Store) openPostgres(ctx context.Context, where string, realClock bool) error {
	shown := where
	if u, err := url.Parse(where); err == nil {
		shown = u.Redacted()
	}
	c, err := pgx.ParseConfig(where)
	if err != nil {
		return fmt.Errorf("open store %s: it is no PostgreSQL URL such as postgres://user:password@host:5432/shop", shown)
	}
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "shopkeeper"
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectWithin
	}
	pool := func(silent time.Duration, most int) *sql.DB {
		c := c.Copy()
		dial := c.DialFunc
		c.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &impatient{Conn: conn, within: silent}, nil
		}
		db := stdlib.OpenDB(*c)
		db.SetMaxOpenConns(most)
		db.SetMaxIdleConns(most)
		db.SetConnMaxIdleTime(5 * time.Minute)
		return db
	}
	s.write, s.long = pool(answerWithin, poolSize), pool(longWithin, 4)
	s.read = s.write
	s.engine = engine{
		numbered: true, unheld: ` FOR UPDATE SKIP LOCKED`, snapshot: &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}, closers: []func() error{s.write.Close, s.long.Close},
	}
	if s.alive == 0 {
		s.alive = 1600 * time.Millisecond
	}
	fail := func(err error) error { return errors.Join(err, s.write.Close(), s.long.Close()) }
	if err := s.write.PingContext(ctx); err != nil {
		return fail(fmt.Errorf("open store %s: %w", shown, oneLine(err)))
	}
	if err := migratePostgres(ctx, s.long); err != nil {
		return fail(fmt.Errorf("migrate store %s: %w", shown, err))
	}
	if realClock {
		// Processes on several machines judge each other's signs of life: they go by the server's clock.
		off, err := clockOffset(ctx, s.write)
		if err != nil {
			return fail(fmt.Errorf("open store %s: %w", shown, err))
		}
		s.offset.Store(int64(off))
	}
	return nil
}

// clockOffset is how far the server's clock is ahead of ours.
func clockOffset(ctx context.Context, db *sql.DB) (time.Duration, error) {
	before := time.Now()
	var us int64
	if err := db.QueryRowContext(ctx, `SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)`).Scan(&us); err != nil {
		return 0, fmt.Errorf("read the server's clock: %w", err)
	}
	took := time.Since(before)
	return time.UnixMicro(us).Sub(before.Add(took / 2)), nil
}

// oneLine is a connection's error without the list of everything that was tried, which repeats itself.
func oneLine(err error) error {
	var ce *pgconn.ConnectError
	if !errors.As(err, &ce) {
		return err
	}
	_, last, ok := strings.Cut(err.Error(), "\n\t")
	if !ok {
		return err
	}
	last, _, _ = strings.Cut(last, "\n")
	return errors.New(last)
}

// migratePostgres: of replicas that start together one migrates, the others wait for it.
func migratePostgres(ctx context.Context, db *sql.DB) error {
	dir, err := fs.Sub(migrations, "migrations/postgres")
	if err != nil {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, dir, goose.WithDisableGlobalRegistry(true), goose.WithSessionLocker(locker))
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// brokenPostgres says what an error of the server, or of the way to it, means.
func brokenPostgres(err error) error {
	var pe *pgconn.PgError
	switch {
	case errors.As(err, &pe):
		switch pe.Code[:2] {
		case "40", "55": // deadlock, serialization, lock not available
			return errBusy(err)
		case "08", "53", "57", "58": // connection, out of resources, operator intervention, system
			return errDown(err)
		}
		switch pe.Code {
		case "25006": // a standby answers
			return errDown(err)
		case "22021": // a NUL, or what is no UTF-8
			return &shop.Error{Kind: shop.Invalid, Msg: "The text holds a character that cannot be stored.", Err: err}
		}
		return err
	case errors.Is(err, context.Canceled):
		return err
	}
	var ne net.Error
	var ce *pgconn.ConnectError
	if errors.As(err, &ce) || errors.As(err, &ne) || pgconn.SafeToRetry(err) || errors.Is(err, net.ErrClosed) || strings.Contains(err.Error(), "unexpected EOF") ||
		strings.Contains(err.Error(), "conn closed") || strings.Contains(err.Error(), "driver: bad connection") {
		return errDown(err)
	}
	return err
}

// impatient gives up on a peer that says nothing for a while after it was asked: a server that was cut off says nothing for hours.
type impatient struct {
	net.Conn
	within time.Duration

	mu    sync.Mutex
	asked bool // a deadline of the caller's is in force
}

func (c *impatient) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = !t.IsZero()
	return c.Conn.SetDeadline(t)
}

func (c *impatient) Write(b []byte) (int, error) {
	c.extend()
	return c.Conn.Write(b)
}

func (c *impatient) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.extend()
	}
	return n, err
}

func (c *impatient) extend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.asked {
		_ = c.Conn.SetDeadline(time.Now().Add(c.within)) // of no use on a connection that is closed
	}
}
