package store

import (
	"context"
	"database/sql/driver"
	"strings"
)

// maxStatements bounds what a connection keeps; there are about as many texts as that. Longer ones are bulk inserts, whose text differs
// by the number of rows.
const (
	maxStatements   = 128
	longestKeptText = 2 << 10
)

// compiled is a connector to SQLite whose connections keep the statements that they compiled: compiling takes longer than most take to run.
type compiled struct{ driver.Connector }

func (c compiled) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &compiledConn{sqliteConn: conn.(sqliteConn), kept: map[string]*kept{}}, nil
}

// sqliteConn is what database/sql uses of the driver's connection.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// compiledConn is used by one goroutine at a time, as every connection of database/sql.
type compiledConn struct {
	sqliteConn
	kept map[string]*kept
}

type kept struct {
	stmt sqliteStmt
	busy bool // its rows are still being read
}

type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// statement is nil for a text that is not kept, and while its rows are being read.
func (c *compiledConn) statement(ctx context.Context, query string) (*kept, error) {
	if k := c.kept[query]; k != nil {
		if k.busy {
			return nil, nil
		}
		return k, nil
	}
	if len(query) > longestKeptText || strings.Contains(query, ";") { // several statements in one text
		return nil, nil
	}
	for text, k := range c.kept {
		if len(c.kept) < maxStatements {
			break
		}
		if !k.busy {
			_ = k.stmt.Close() // only a failed run has an error here, and that was told
			delete(c.kept, text)
		}
	}
	stmt, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	k := &kept{stmt: stmt.(sqliteStmt)}
	c.kept[strings.Clone(query)] = k
	return k, nil
}

func (c *compiledConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	k, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	return k.stmt.ExecContext(ctx, args)
}

func (c *compiledConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	k, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	rows, err := k.stmt.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	k.busy = true
	return &keptRows{rows, k}, nil
}

// BeginTx takes the lock for writing at once: a transaction that asks for it later may find that another one came between. The driver's
// own would compile BEGIN and COMMIT each time.
func (c *compiledConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	begin := "BEGIN IMMEDIATE"
	if opts.ReadOnly {
		begin = "BEGIN"
	}
	tx := compiledTx{c}
	if _, err := c.ExecContext(ctx, begin, nil); err != nil {
		_ = tx.Rollback() // a context that ends just then leaves an error and what was begun
		return nil, err
	}
	return tx, nil
}

type compiledTx struct{ c *compiledConn }

// Commit leaves no transaction open: where it fails, all is undone.
func (t compiledTx) Commit() error {
	_, err := t.c.ExecContext(context.Background(), "COMMIT", nil)
	if err != nil {
		_ = t.Rollback() // the error of the commit is the one to tell; there may be nothing left to undo
	}
	return err
}

func (t compiledTx) Rollback() error {
	_, err := t.c.ExecContext(context.Background(), "ROLLBACK", nil)
	return err
}

func (c *compiledConn) Close() error {
	for _, k := range c.kept {
		_ = k.stmt.Close()
	}
	c.kept = nil
	return c.sqliteConn.Close()
}

type keptRows struct {
	driver.Rows
	of *kept
}

func (r *keptRows) Close() error {
	r.of.busy = false
	return r.Rows.Close()
}
