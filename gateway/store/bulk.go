package store

import (
	"context"
	"database/sql"
	"iter"
	"strconv"
	"strings"
)

// A batch keeps a statement small enough to prepare at once and far from every engine's limit on arguments.
const batchRows = 100

// bulk inserts rows of so many columns, batchRows at a time: head + "VALUES ($1, …), …" + tail.
func (s *Store) bulk(ctx context.Context, tx *sql.Tx, head, tail string, columns int, rows iter.Seq2[[]any, error]) error {
	var full *sql.Stmt
	args := make([]any, 0, columns*batchRows)
	flush := func() error {
		if len(args) == 0 {
			return nil
		}
		n := len(args) / columns
		var err error
		switch {
		case n < batchRows:
			_, err = tx.ExecContext(ctx, head+s.values(n, columns)+tail, args...)
		case full == nil:
			if full, err = tx.PrepareContext(ctx, head+s.values(n, columns)+tail); err != nil {
				return err
			}
			fallthrough
		default:
			_, err = full.ExecContext(ctx, args...)
		}
		args = args[:0]
		return err
	}
	defer func() {
		if full != nil {
			_ = full.Close() // the transaction's end would close it too
		}
	}()
	for row, err := range rows {
		if err != nil {
			return err
		}
		if args = append(args, row...); len(args) == cap(args) {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// values is the text "VALUES (?, ?), (?, ?)", or with $1 where an engine numbers its arguments. SQLite looks a numbered one up by its
// name, in a list: with two thousand of them that took most of an insert's time.
func (s *Store) values(rows, columns int) string {
	var b strings.Builder
	b.WriteString(" VALUES ")
	for i := range rows * columns {
		switch {
		case i == 0:
			b.WriteByte('(')
		case i%columns == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		if !s.numbered {
			b.WriteByte('?')
			continue
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(i + 1))
	}
	b.WriteString(") ")
	return b.String()
}

// in is the text "$3, $4, $5" for the arguments after the first so many, and those arguments.
func in(after int, ids []string) (string, []any) {
	var b strings.Builder
	args := make([]any, len(ids))
	for i, id := range ids {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(after + i + 1))
		args[i] = id
	}
	return b.String(), args
}

// each row of a list, made when it is its turn.
func rowsOf[T any](list []T, row func(i int, v T) ([]any, error)) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for i, v := range list {
			if r, err := row(i, v); !yield(r, err) || err != nil {
				return
			}
		}
	}
}
