package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"shopkeeper/shop"
)

// ReadMap reads a CSV column map: lines "field = column", our field first; # begins a comment, quotes are optional.
// Besides the fields of the jsonl record, sale_price, availability and attrs.NAME are fields.
func ReadMap(r io.Reader) (map[string]string, error) {
	m := map[string]string{}
	sc := bufio.NewScanner(r)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(sc.Text(), "\ufeff"))
		if line == "" || line[0] == '#' {
			continue
		}
		field, column, ok := strings.Cut(line, "=")
		field, column = unquote(field), unquote(column)
		if !ok || field == "" || column == "" {
			return nil, fmt.Errorf("read column map: line %d is not of the form: field = column", n)
		}
		if !mappable(field) {
			return nil, fmt.Errorf("read column map: line %d: there is no field %q; there are %s and attrs.NAME", n, field, strings.Join(mapFields, ", "))
		}
		if _, dup := m[field]; dup {
			return nil, fmt.Errorf("read column map: line %d: the field %q stands twice", n, field)
		}
		m[field] = column
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("read column map: %w", err)
	}
	return m, nil
}

var mapFields = []string{"id", "title", "brand", "model", "category", "description", "price", "price_cents", "sale_price", "was_cents", "currency", "availability", "stock", "ean", "released", "image", "url", "rating", "reviews", "group", "merchant", "lang"}

func mappable(field string) bool {
	return slices.Contains(mapFields, field) || strings.HasPrefix(field, "attrs.") && len(field) > len("attrs.")
}

func unquote(s string) string {
	s = strings.TrimSpace(s)
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		s = s[1 : len(s)-1]
	}
	return s
}

type column struct{ field, name string } // field "": by name

func readCSV(s *source, opt Options, emit func(Row) error) error {
	var head []string
	var sep byte
	for head == nil {
		line, long, err := s.readLine(1 << 20)
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: it is empty", ErrNotFeed)
		}
		if err != nil {
			return err
		}
		if long || bytes.IndexByte(line, 0) >= 0 || !utf8.Valid(line) {
			return fmt.Errorf("%w: the first line is no CSV header in UTF-8", ErrNotFeed)
		}
		if len(bytes.TrimSpace(line)) > 0 {
			sep = separator(line)
			if head, err = fields(bytes.TrimRight(line, "\r\n"), sep); err != nil {
				return fmt.Errorf("%w: the header: %w", ErrNotFeed, err)
			}
		}
	}
	columns, err := header(head, opt)
	if err != nil {
		return err
	}
	if err := s.skipTo(opt.Skip); err != nil {
		return err
	}
	for {
		at := s.line
		rec, rj, err := s.record(sep, len(columns))
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if rj == nil && len(bytes.TrimSpace(rec)) == 0 {
			continue
		}
		row := Row{Line: at, Offset: s.offset, Reject: rj}
		if rj == nil {
			row.Product, row.Reject = csvProduct(rec, sep, columns, opt)
		}
		if err := emit(row); err != nil {
			return err
		}
	}
}

func csvProduct(rec []byte, sep byte, columns []column, opt Options) (p shop.Product, rj *Reject) {
	if !utf8.Valid(rec) {
		return p, reject("", "the text is not valid UTF-8")
	}
	vals, err := fields(rec, sep)
	if err != nil {
		return p, reject("", "%s", err)
	}
	if len(vals) != len(columns) {
		return p, reject("", "the row has %d fields, the header %d", len(vals), len(columns))
	}
	f := newFlat(opt)
	for i, c := range columns { // what the map says first: the first value of a field counts
		if c.field != "" {
			f.put(c.field, c.name, vals[i])
		}
	}
	for i, c := range columns {
		if c.field == "" {
			f.set(c.name, vals[i])
		}
	}
	return f.product()
}

// header matches the file's columns; id and title must be among them.
func header(head []string, opt Options) ([]column, error) {
	columns := make([]column, len(head))
	for i, h := range head {
		columns[i].name = strings.TrimSpace(h)
	}
	for _, field := range slices.Sorted(maps.Keys(opt.Columns)) {
		i := slices.IndexFunc(columns, func(c column) bool { return strings.EqualFold(c.name, strings.TrimSpace(opt.Columns[field])) })
		if i < 0 {
			return nil, fmt.Errorf("the CSV has no column %q, which the map names for %s; it has %s", opt.Columns[field], field, strings.Join(head, ", "))
		}
		columns[i].field = field
	}
	for _, want := range []string{"id", "title"} {
		if !slices.ContainsFunc(columns, func(c column) bool {
			return c.field == want || c.field == "" && aliases[key(c.name)] == want
		}) {
			return nil, fmt.Errorf("%w: the CSV has no column for %s; it has %s: name it in a --map file (%s = column)", ErrNotFeed, want, short(strings.Join(head, ", ")), want)
		}
	}
	return columns, nil
}

// separator is the likeliest one of a header.
func separator(line []byte) byte {
	best, most := byte(','), 0
	for _, sep := range []byte{',', '\t', ';', '|'} {
		if n := bytes.Count(line, []byte{sep}); n > most {
			best, most = sep, n
		}
	}
	return best
}

// maxLines is how many lines one record may span: a quote that is never closed must not swallow the file.
const maxLines = 500

// record reads one CSV record without its line's end: lines until no quoted field is open. Where a quote is never closed, or only
// by one of a later row so that no record comes out, the first line is the reject and reading goes on with the second.
func (s *source) record(sep byte, columns int) ([]byte, *Reject, error) {
	line, long, err := s.readLine(MaxRow)
	if err != nil {
		return nil, nil, err
	}
	if long {
		return nil, reject("", "the row is longer than %d MiB", MaxRow>>20), nil
	}
	var q quoting
	q.line(line, sep)
	if !q.open {
		return bytes.TrimRight(line, "\r\n"), nil, nil
	}
	rec := append([]byte(nil), line...)
	first, offset, at := len(rec), s.offset, s.line
	for lines := 1; lines < maxLines && len(rec) < MaxRow; lines++ {
		line, long, err := s.readLine(MaxRow)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		if long {
			return nil, reject("", "the row is longer than %d MiB", MaxRow>>20), nil
		}
		rec = append(rec, line...)
		if q.line(line, sep); !q.open {
			whole := bytes.TrimRight(rec, "\r\n")
			if vals, err := fields(whole, sep); err != nil || len(vals) != columns {
				break
			}
			return whole, nil, nil
		}
	}
	s.back, s.offset, s.line = append(rec[first:], s.back...), offset, at
	return nil, reject("", "a quote is opened, and nowhere closed so that a row of %d fields comes out", columns), nil
}

// quoting follows the quotes of a record from line to line.
type quoting struct{ open bool }

func (q *quoting) line(b []byte, sep byte) {
	b = bytes.TrimRight(b, "\r\n")
	start := !q.open // at the start of a field
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case q.open && c == '"':
			if i+1 < len(b) && b[i+1] == '"' {
				i++
			} else {
				q.open = false
			}
		case q.open:
		case c == sep:
			start = true
			continue
		case c == '"' && start:
			q.open = true
		}
		start = false
	}
}

// fields splits a whole record.
func fields(rec []byte, sep byte) (out []string, err error) {
	for {
		if len(rec) == 0 || rec[0] != '"' {
			v, rest, more := bytes.Cut(rec, []byte{sep})
			out = append(out, string(v))
			if !more {
				return out, nil
			}
			rec = rest
			continue
		}
		var v []byte
		rec = rec[1:]
		for {
			i := bytes.IndexByte(rec, '"')
			if i < 0 {
				return nil, errors.New("a quote is opened and never closed")
			}
			v = append(v, rec[:i]...)
			if rec = rec[i+1:]; len(rec) == 0 || rec[0] != '"' {
				break
			}
			v, rec = append(v, '"'), rec[1:]
		}
		out = append(out, string(v))
		switch {
		case len(rec) == 0:
			return out, nil
		case rec[0] != sep:
			return nil, fmt.Errorf("field %d has text after its closing quote", len(out))
		}
		rec = rec[1:]
	}
}
