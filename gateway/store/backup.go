package store

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"shopkeeper/shop"
)

// A backup is gzip over lines of JSON: a head, then each table's head and its rows, then an end with counts and a checksum of all
// that stands before it. It knows nothing of an engine, so a backup of SQLite can be restored into PostgreSQL and the other way.
const backupFormat = 1

// tables of a backup, in the order in which they are written. Left out: the signing secret (sessions end with a restore), the
// processes, who is at the desk, codes of a few minutes, imports that are under way, and vectors (they are made again).
var tables = []string{
	"tenants", "keys", "products", "documents", "passages", "merchants", "offers", "people", "orders", "reviews",
	"conversations", "messages", "evidence", "turns", "feedback", "replies", "calls", "audit", "switches", "rules", "proposals", "effects", "clocks", "clock_runs", "verdicts", "ratings", "suggestions", "suggestion_events", "outbox", "attachments",
}

var leftOut = []string{"secrets", "replicas", "imports", "staged", "rejected", "vectors", "presence", "codes"}

type backupHead struct {
	Format  int       `json:"shopkeeper"`
	Schema  int64     `json:"schema"`
	Created time.Time `json:"created"`
}

type tableHead struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
}

type backupEnd struct {
	Rows map[string]int64 `json:"end"`
	Sum  string           `json:"sha256"`
}

func (s *Store) schema(ctx context.Context, q querier) (version int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT MAX(version_id) FROM goose_db_version`).Scan(&version)
	return version, err
}

// summed writes lines and sums them up.
type summed struct {
	w   *bufio.Writer
	sum hash.Hash
}

func (s *summed) line(b []byte) error {
	s.sum.Write(b)
	s.sum.Write([]byte{'\n'})
	if _, err := s.w.Write(b); err != nil {
		return err
	}
	return s.w.WriteByte('\n')
}

func (s *summed) put(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.line(b)
}

// Backup writes the records as they are at one moment, while others go on writing. It returns the rows of each table.
func (s *Store) Backup(ctx context.Context, to io.Writer) (rows map[string]int64, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("back up records: %w", broken(err))
		}
	}()
	from := s.read
	if s.numbered { // no limit on how long a statement may take
		from = s.long
	}
	tx, err := from.BeginTx(ctx, s.snapshot)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	version, err := s.schema(ctx, tx)
	if err != nil {
		return nil, err
	}
	zip := gzip.NewWriter(to)
	out := &summed{bufio.NewWriterSize(zip, 64<<10), sha256.New()}
	if err := out.put(backupHead{backupFormat, version, s.now().UTC()}); err != nil {
		return nil, err
	}
	rows = map[string]int64{}
	for _, table := range tables {
		if rows[table], err = writeTable(ctx, tx, table, out); err != nil {
			return nil, fmt.Errorf("%s: %w", table, err)
		}
	}
	if err := out.put(backupEnd{rows, hex.EncodeToString(out.sum.Sum(nil))}); err != nil {
		return nil, err
	}
	if err := out.w.Flush(); err != nil {
		return nil, err
	}
	return rows, zip.Close()
}

func writeTable(ctx context.Context, tx *sql.Tx, table string, out *summed) (n int64, err error) {
	rs, err := tx.QueryContext(ctx, `SELECT * FROM `+table)
	if err != nil {
		return 0, err
	}
	defer rs.Close()
	columns, err := rs.Columns()
	if err != nil {
		return 0, err
	}
	if err := out.put(tableHead{table, columns}); err != nil {
		return 0, err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rs.Next() {
		if err := rs.Scan(into...); err != nil {
			return n, err
		}
		for i, v := range values {
			switch v := v.(type) {
			case []byte:
				if values[i] = ""; len(v) > 0 { // nothing is the same in every type
					values[i] = blob{Bytes: base64.StdEncoding.EncodeToString(v)}
				}
			case string:
				if !utf8.ValidString(v) {
					values[i] = blob{Text: base64.StdEncoding.EncodeToString([]byte(v))}
				}
			}
		}
		if err := out.put(values); err != nil {
			return n, err
		}
		n++
	}
	return n, rs.Err()
}

// blob is a value that JSON has no form for.
type blob struct {
	Bytes string `json:"b,omitempty"`
	Text  string `json:"t,omitempty"`
}

// Restore puts a backup's records in place of what is there, in one transaction: all of it or nothing. open reads the file from its
// start; it is read twice, the first time to see that it is whole. Without replace a store that holds anything is refused. Servers on
// this database are to be stopped before.
func (s *Store) Restore(ctx context.Context, open func() (io.ReadCloser, error), replace bool) (rows map[string]int64, err error) {
	version, err := s.schema(ctx, s.read)
	if err != nil {
		return nil, fmt.Errorf("restore records: %w", broken(err))
	}
	want, err := s.checkBackup(open, version)
	if err != nil {
		return nil, err
	}
	err = s.longTx(ctx, "restore records", func(tx *sql.Tx) error {
		for _, table := range slices.Concat(tables, leftOut) {
			if table == "secrets" || table == "replicas" {
				continue
			}
			if !replace {
				var n int64
				if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+table).Scan(&n); err != nil {
					return err
				}
				if n > 0 {
					return conflict("There are records already (%d in %s): restore into an empty place, or take their place with --replace.", n, table)
				}
			} else if _, err := tx.ExecContext(ctx, `DELETE FROM `+table); err != nil {
				return err
			}
		}
		r, err := open()
		if err != nil {
			return err
		}
		defer r.Close()
		b, err := readBackup(r)
		if err != nil {
			return err
		}
		for b.next() {
			if err := s.bulk(ctx, tx, `INSERT INTO `+b.table.Table+` (`+strings.Join(b.table.Columns, ", ")+`)`, ``, len(b.table.Columns), b.rows()); err != nil {
				return fmt.Errorf("%s: %w", b.table.Table, err)
			}
		}
		return b.err
	})
	if err != nil {
		return nil, err
	}
	return want, nil
}

// checkBackup reads a file to its end: whether it is whole, and of this schema.
func (s *Store) checkBackup(open func() (io.ReadCloser, error), version int64) (map[string]int64, error) {
	r, err := open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := readBackup(r)
	if err != nil {
		return nil, err
	}
	switch {
	case b.head.Format != backupFormat:
		return nil, invalid("from", "The backup has format %d, this program reads %d: use the program that made it.", b.head.Format, backupFormat)
	case b.head.Schema != version:
		return nil, invalid("from", "The backup is of schema %d, this program's is %d: restore it with the version that made it, then update.", b.head.Schema, version)
	}
	counted := map[string]int64{}
	for b.next() {
		if !slices.Contains(tables, b.table.Table) {
			return nil, invalid("from", "The backup has a table %q that this program does not know.", b.table.Table)
		}
		for _, column := range b.table.Columns {
			if strings.Trim(column, "abcdefghijklmnopqrstuvwxyz_") != "" || column == "" {
				return nil, invalid("from", "The backup names a column %q of %s.", column, b.table.Table)
			}
		}
		for _, err := range b.rows() {
			if err != nil {
				return nil, damaged(err)
			}
			counted[b.table.Table]++
		}
		counted[b.table.Table] += 0
	}
	if b.err != nil {
		return nil, damaged(b.err)
	}
	if b.end == nil || b.end.Sum != b.sum || !maps.Equal(b.end.Rows, counted) {
		return nil, damaged(errors.New("its end does not fit"))
	}
	return counted, nil
}

func damaged(err error) error {
	return &shop.Error{Kind: shop.Invalid, Field: "from", Msg: "The backup is damaged or not whole; nothing was changed. Take another one.", Err: err}
}

// backupReader reads a backup line by line: next goes to the next table, whose rows are then read to their end.
type backupReader struct {
	in    *bufio.Reader
	sum   string // of all lines before the end
	hash  hash.Hash
	head  backupHead
	table tableHead
	end   *backupEnd
	ahead []byte // a line that was read and is not a row
	err   error
}

const maxBackupLine = 256 << 20

func readBackup(r io.Reader) (*backupReader, error) {
	zip, err := gzip.NewReader(r)
	if err != nil {
		return nil, damaged(err)
	}
	b := &backupReader{in: bufio.NewReaderSize(zip, 64<<10), hash: sha256.New()}
	line, err := b.line()
	if err != nil || json.Unmarshal(line, &b.head) != nil || b.head.Format == 0 {
		return nil, invalid("from", "This is no backup of Shopkeeper's.")
	}
	b.ahead, b.err = b.line()
	return b, nil
}

func (b *backupReader) line() ([]byte, error) {
	var line []byte
	for {
		part, err := b.in.ReadSlice('\n')
		line = append(line, part...)
		if errors.Is(err, bufio.ErrBufferFull) && len(line) < maxBackupLine {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read backup: %w", err)
		}
		break
	}
	b.sum = hex.EncodeToString(b.hash.Sum(nil)) // before this line
	b.hash.Write(line)
	return bytes.TrimSuffix(line, []byte("\n")), nil
}

func (b *backupReader) next() bool {
	if b.err != nil {
		return false
	}
	b.table = tableHead{}
	if json.Unmarshal(b.ahead, &b.table) == nil && b.table.Table != "" {
		return true
	}
	var end backupEnd
	if b.err = json.Unmarshal(b.ahead, &end); b.err == nil && end.Rows != nil {
		b.end = &end
		if _, err := b.in.ReadByte(); !errors.Is(err, io.EOF) { // gzip's own checksum too
			b.err = errors.Join(errors.New("something follows the end"), err)
		}
	}
	return false
}

func (b *backupReader) rows() iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for {
			line, err := b.line()
			if err != nil {
				b.err = err
				yield(nil, err)
				return
			}
			if len(line) == 0 || line[0] != '[' {
				b.ahead = line
				return
			}
			row, err := readRow(line, len(b.table.Columns))
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func readRow(line []byte, columns int) ([]any, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil {
		return nil, err
	}
	if len(raw) != columns {
		return nil, fmt.Errorf("a row has %d values for %d columns", len(raw), columns)
	}
	row := make([]any, columns)
	for i, v := range raw {
		var err error
		switch v[0] {
		case '"':
			var text string
			err = json.Unmarshal(v, &text)
			row[i] = text
		case '{':
			var b blob
			if err = json.Unmarshal(v, &b); err != nil {
				break
			}
			var bytes []byte
			if bytes, err = base64.StdEncoding.DecodeString(b.Bytes + b.Text); bytes == nil {
				bytes = []byte{}
			}
			if row[i] = bytes; b.Text != "" {
				row[i] = string(bytes)
			}
		case 'n':
		default:
			if bytes.ContainsAny(v, ".eE") {
				var f float64
				err = json.Unmarshal(v, &f)
				row[i] = f
				break
			}
			var n int64
			err = json.Unmarshal(v, &n)
			row[i] = n
		}
		if err != nil {
			return nil, err
		}
	}
	return row, nil
}
