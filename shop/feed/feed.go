// Package feed reads catalogue feeds (JSONL, CSV, Google Merchant XML, ACP) and writes the first of them. Memory is bounded
// by one row, whatever the file's size. A bad row is a Row.Reject and reading goes on; a broken file (a cut gzip, XML that
// does not close, not a feed at all) ends the sequence with its error.
package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"strings"
	"time"

	"shopkeeper/shop"
)

// Formats that Read knows. Auto looks at the first bytes, then at Options.Name.
const (
	Auto      = "auto"
	JSONL     = "jsonl"
	CSV       = "csv"
	GoogleXML = "google-xml"
	ACP       = "acp"
)

// MaxRow is the most bytes that one row may take, uncompressed; a larger one is a reject.
const MaxRow = 4 << 20

// ErrNotFeed says that a file is not a feed of the format asked for.
var ErrNotFeed = errors.New("not a catalogue feed")

// Options of a reading. The zero value works for feeds that name their currency.
type Options struct {
	Currency string            // the tenant's: a price in another one is a reject, a price without one is taken as this
	Lang     string            // of texts that do not name theirs; "" leaves Product.Lang empty
	Columns  map[string]string // CSV: our field → the file's column; other columns are matched by name
	Skip     int64             // resume: rows that end at or before this Offset are passed over
	Name     string            // the file's name, a hint for Auto
	Now      func() time.Time  // for the dates of sale prices; nil = time.Now
}

func (o Options) now() time.Time {
	if o.Now != nil {
		return o.Now()
	}
	return time.Now()
}

// Reject says why a row did not become a product. Field is the feed's name of it, "" for the row as a whole.
type Reject struct {
	Line   int64  `json:"line"`
	Field  string `json:"field,omitempty"`
	Reason string `json:"reason"`
}

// Row is one product, or one reject. Offset is where the row ends, in bytes of the uncompressed text: given as Options.Skip
// it resumes after this row. Line is where the row begins, from 1.
type Row struct {
	Offset  int64
	Line    int64
	Product shop.Product
	Reject  *Reject
}

// Read yields the rows of a feed, in order, one at a time; gzip is undone when the bytes say so. It reads r only as far as
// the caller goes on, and does not close it.
func Read(r io.Reader, format string, opt Options) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if err := read(r, format, opt, yield); err != nil && !errors.Is(err, errStop) {
			yield(Row{}, fmt.Errorf("read feed: %w", err))
		}
	}
}

// errStop travels up when the caller has seen enough.
var errStop = errors.New("stop")

func read(r io.Reader, format string, opt Options, yield func(Row, error) bool) error {
	s, err := open(r)
	if err != nil {
		return err
	}
	if format == "" || format == Auto {
		if format, err = detect(s, opt.Name); err != nil {
			return err
		}
	}
	emit := func(row Row) error {
		if row.Offset <= opt.Skip {
			return nil
		}
		if row.Reject != nil {
			row.Reject.Line, row.Product = row.Line, shop.Product{}
		}
		if !yield(row, nil) {
			return errStop
		}
		return nil
	}
	switch format {
	case JSONL:
		return readLines(s, opt, emit, decode)
	case ACP:
		return readLines(s, opt, emit, decodeACP)
	case CSV:
		return readCSV(s, opt, emit)
	case GoogleXML:
		return readXML(s, opt, emit)
	}
	return fmt.Errorf("unknown format %q: auto, jsonl, csv, google-xml or acp", format)
}

// detect tells the format by the first bytes; where those could be several, by the name.
func detect(s *source, name string) (string, error) {
	head, err := s.peek(64 << 10)
	if err != nil {
		return "", err
	}
	name = strings.TrimSuffix(strings.ToLower(path.Base(name)), ".gz")
	text := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case len(text) == 0:
		return "", fmt.Errorf("%w: it is empty", ErrNotFeed)
	case bytes.IndexByte(head, 0) >= 0:
		return "", fmt.Errorf("%w: it is binary (or UTF-16: save it as UTF-8)", ErrNotFeed)
	case text[0] == '<':
		return GoogleXML, nil
	case text[0] == '[' || onlyBrace(text):
		return "", fmt.Errorf("%w: it is one JSON document; write one product a line (jsonl)", ErrNotFeed)
	case text[0] == '{':
		line, _, _ := bytes.Cut(text, []byte("\n"))
		if looksACP(line) {
			return ACP, nil
		}
		return JSONL, nil
	case strings.HasSuffix(name, ".jsonl"), strings.HasSuffix(name, ".ndjson"):
		return JSONL, nil
	}
	return CSV, nil
}

// onlyBrace reports a first line that opens an object and says nothing more: pretty-printed JSON.
func onlyBrace(text []byte) bool {
	line, _, more := bytes.Cut(text, []byte("\n"))
	return more && len(bytes.TrimSpace(line)) == 1 && line[0] == '{'
}

type decoder func(line []byte, opt Options) (shop.Product, *Reject)

// errSkip as a reject: the line is no product and no fault (the header of an ACP feed).
var errSkip = &Reject{}

// sample is how many lines may fail, all of them, before the file is taken for no feed at all.
const sample = 50

func readLines(s *source, opt Options, emit func(Row) error, dec decoder) error {
	if err := s.skipTo(opt.Skip); err != nil {
		return err
	}
	objects, others := opt.Skip > 0, 0
	for {
		at := s.line
		line, tooLong, err := s.readLine(MaxRow)
		if errors.Is(err, io.EOF) {
			if !objects {
				return fmt.Errorf("%w: no line is a JSON object", ErrNotFeed)
			}
			return nil
		}
		if err != nil {
			return err
		}
		row := Row{Line: at, Offset: s.offset}
		switch text := bytes.TrimSpace(line); {
		case tooLong:
			row.Reject = reject("", "the line is longer than %d MiB", MaxRow>>20)
		case len(text) == 0:
			continue
		default:
			if row.Product, row.Reject = dec(text, opt); row.Reject == errSkip {
				objects = true
				continue
			}
			if text[0] == '{' {
				objects = true
			} else if others++; !objects && others >= sample {
				return fmt.Errorf("%w: the first %d lines are not JSON objects", ErrNotFeed, sample)
			}
		}
		if err := emit(row); err != nil {
			return err
		}
	}
}

func reject(field, format string, args ...any) *Reject {
	return &Reject{Field: field, Reason: fmt.Sprintf(format, args...)}
}
