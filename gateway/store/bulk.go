package store

import (
	"context"
	"database/sql"
	"iter"
	"strconv"
	"strings"
)

// batchRows are in one statement for PostgreSQL, to which each is a journey: small enough to prepare at once and far from its limit on
// arguments. SQLite is in the same process, and compiling a statement is what takes long there: its connections keep one of batchArgs
// arguments and one of a single row (compiledConn).
const (
	batchRows = 100
	batchArgs = 200
)

// bulk inserts rows of so many columns, many at a time: head + "VALUES ($1, …), …" + tail.
func (s *Store) bulk(ctx context.Context, tx *sql.Tx, head, tail string, columns int, rows iter.Seq2[[]any, error]) error {
	most := batchRows
	if !s.numbered {
		most = max(1, batchArgs/columns)
	}
	insert := func(n int, args []any) error {
		_, err := tx.ExecContext(ctx, head+s.values(n, columns)+tail, args...)
		return err
	}
	args := make([]any, 0, columns*most)
	for row, err := range rows {
		if err != nil {
			return err
		}
		if args = append(args, row...); len(args) == cap(args) {
			if err := insert(most, args); err != nil {
				return err
			}
			args = args[:0]
		}
	}
	step := len(args) / columns
	if !s.numbered {
		step = 1
	}
	for ; len(args) > 0; args = args[step*columns:] {
		if err := insert(step, args); err != nil {
			return err
		}
	}
	return nil
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
