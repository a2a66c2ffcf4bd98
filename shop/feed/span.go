package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
)

// scanner cuts a feed into the spans of its items without parsing them. It knows tags, quotes, comments and CDATA: enough
// to tell where an item ends, whatever its text says.
type scanner struct {
	s       *source
	open    []string // elements around the items
	tag     []byte   // the last markup, without its < and >
	tagLine int64
	span    []byte
	capture bool
	tooLong bool
	begun   bool // the tag of the next item was read already
}

const maxTag = 256 << 10

// root reads up to the root element and refuses what is no feed.
func (x *scanner) root() (string, error) {
	head, err := x.s.peek(1024)
	if err != nil {
		return "", err
	}
	if err := x.charset(head); err != nil {
		return "", err
	}
	for {
		kind, err := x.next()
		if errors.Is(err, io.EOF) {
			return "", fmt.Errorf("%w: it has no XML element", ErrNotFeed)
		}
		if err != nil {
			return "", err
		}
		if kind != startTag && kind != emptyTag {
			continue
		}
		name := tagName(x.tag)
		switch strings.ToLower(name) {
		case "rss", "feed", "rdf:rdf", "channel":
		case "html":
			return "", fmt.Errorf("%w: it is a web page", ErrNotFeed)
		default:
			return "", fmt.Errorf("%w: its root is <%s>, not <rss> or <feed>", ErrNotFeed, shown(name))
		}
		if kind == startTag {
			x.open = append(x.open, name)
		}
		return name, nil
	}
}

// charset undoes the one-byte encodings that old exports declare.
func (x *scanner) charset(head []byte) error {
	decl, _, ok := bytes.Cut(head, []byte("?>"))
	if !ok || !bytes.HasPrefix(bytes.TrimLeft(decl, " \t\r\n"), []byte("<?xml")) {
		return nil
	}
	_, enc, ok := bytes.Cut(bytes.ToLower(decl), []byte("encoding"))
	if !ok {
		return nil
	}
	enc = bytes.Trim(enc, " \t\r\n='\"")
	if i := bytes.IndexAny(enc, "'\" "); i >= 0 {
		enc = enc[:i]
	}
	switch string(enc) {
	case "utf-8", "utf8", "us-ascii", "ascii":
	case "iso-8859-1", "latin1", "windows-1252", "cp1252":
		x.s.r = bufio.NewReaderSize(transform.NewReader(x.s.r, charmap.Windows1252.NewDecoder()), 64<<10)
	case "iso-8859-15":
		x.s.r = bufio.NewReaderSize(transform.NewReader(x.s.r, charmap.ISO8859_15.NewDecoder()), 64<<10)
	default:
		return fmt.Errorf("%w: its encoding is %s; save it as UTF-8", ErrNotFeed, short(string(enc)))
	}
	return nil
}

// item returns the next item's text and the line it begins on; io.EOF once the root is closed.
func (x *scanner) item() (span []byte, line int64, tooLong bool, err error) {
	for !x.begun {
		if len(x.open) == 0 {
			return nil, 0, false, io.EOF
		}
		kind, err := x.next()
		if errors.Is(err, io.EOF) {
			return nil, 0, false, fmt.Errorf("the file ends on line %d before </%s>: %w", x.s.line, shown(x.open[0]), io.ErrUnexpectedEOF)
		}
		if err != nil {
			return nil, 0, false, err
		}
		name := tagName(x.tag)
		switch kind {
		case endTag:
			if last := x.open[len(x.open)-1]; last != name {
				return nil, 0, false, fmt.Errorf("broken XML on line %d: </%s> where </%s> should be", x.tagLine, shown(name), shown(last))
			}
			x.open = x.open[:len(x.open)-1]
		case startTag:
			if !isItem(name) {
				if x.open = append(x.open, name); len(x.open) > 64 {
					return nil, 0, false, fmt.Errorf("broken XML on line %d: elements nested more than 64 deep", x.tagLine)
				}
				continue
			}
			x.begun = true
		case emptyTag:
			if isItem(name) {
				return []byte("<item></item>"), x.tagLine, false, nil
			}
		}
	}
	return x.body()
}

// body captures from the item's tag, just read, to its end.
func (x *scanner) body() ([]byte, int64, bool, error) {
	name, line := tagName(x.tag), x.tagLine
	x.begun, x.tooLong, x.capture = false, false, true
	x.span = append(append(append(x.span[:0], '<'), x.tag...), '>')
	defer func() { x.capture = false }()
	for {
		mark := len(x.span)
		kind, err := x.next()
		if errors.Is(err, io.EOF) {
			return nil, 0, false, fmt.Errorf("the file ends inside the item that begins on line %d: %w", line, io.ErrUnexpectedEOF)
		}
		if err != nil {
			return nil, 0, false, err
		}
		switch n := tagName(x.tag); {
		case kind == endTag && n == name:
			return x.span, line, x.tooLong, nil
		case kind == startTag && n == name: // the item before was never closed: what there is of it is a reject
			x.begun = true
			return x.span[:min(mark, len(x.span))], line, x.tooLong, nil
		case kind == endTag && slices.Contains(x.open, n):
			return nil, 0, false, fmt.Errorf("broken XML on line %d: </%s> inside the item that begins on line %d", x.tagLine, shown(n), line)
		}
	}
}

func isItem(name string) bool { return name == "item" || name == "entry" }

type markup int

const (
	startTag markup = iota
	endTag
	emptyTag
	other // comment, CDATA, declaration, instruction
)

// next reads text up to a piece of markup and the markup; x.tag holds a tag's inside.
func (x *scanner) next() (markup, error) {
	if err := x.until('<'); err != nil {
		return 0, err
	}
	x.tagLine = x.s.line
	head, err := x.s.peek(9)
	if err != nil {
		return 0, err
	}
	x.tag = x.tag[:0]
	switch {
	case bytes.HasPrefix(head, []byte("!--")):
		x.take(3)
		return other, x.after("-->")
	case bytes.HasPrefix(head, []byte("![CDATA[")):
		x.take(8)
		return other, x.after("]]>")
	case bytes.HasPrefix(head, []byte("?")):
		return other, x.after("?>")
	case bytes.HasPrefix(head, []byte("!")):
		return other, x.after(">")
	}
	return x.inTag()
}

// inTag reads a tag to its >, minding quotes.
func (x *scanner) inTag() (markup, error) {
	for {
		part, err := x.s.r.ReadSlice('>')
		x.took(part)
		if x.tag = append(x.tag, part...); len(x.tag) > maxTag {
			return 0, fmt.Errorf("broken XML on line %d: a tag is longer than %d KiB", x.tagLine, maxTag>>10)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return 0, eof(err)
		}
		if !quoted(x.tag) {
			break
		}
	}
	x.tag = x.tag[:len(x.tag)-1]
	switch n := len(x.tag); {
	case n > 0 && x.tag[0] == '/':
		x.tag = append(x.tag[:0], bytes.TrimSpace(x.tag[1:])...)
		return endTag, nil
	case n > 0 && x.tag[n-1] == '/':
		return emptyTag, nil
	}
	return startTag, nil
}

// quoted reports whether the text ends inside an attribute's value.
func quoted(tag []byte) bool {
	var in byte
	for _, c := range tag {
		switch {
		case in == 0 && (c == '"' || c == '\''):
			in = c
		case c == in:
			in = 0
		}
	}
	return in != 0
}

// until consumes up to and with c; io.EOF when it never comes.
func (x *scanner) until(c byte) error {
	for {
		part, err := x.s.r.ReadSlice(c)
		x.took(part)
		if err == nil {
			return nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// after consumes up to and with a delimiter; the end of the file before it is a broken file.
func (x *scanner) after(delim string) error {
	var tail []byte
	for {
		part, err := x.s.r.ReadSlice('>')
		x.took(part)
		tail = append(tail, part[max(0, len(part)-len(delim)):]...)
		tail = tail[max(0, len(tail)-len(delim)):]
		if err == nil && string(tail) == delim {
			return nil
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return eof(err)
		}
	}
}

func eof(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return err
}

func (x *scanner) take(n int) {
	b, _ := x.s.r.Peek(n)
	x.took(b)
	_, _ = x.s.r.Discard(n)
}

// took accounts for bytes read and keeps them while an item is captured, within the limit.
func (x *scanner) took(b []byte) {
	x.s.offset += int64(len(b))
	x.s.line += int64(bytes.Count(b, []byte{'\n'}))
	if !x.capture || x.tooLong {
		return
	}
	if len(x.span)+len(b) > MaxRow {
		x.tooLong, x.span = true, x.span[:0]
		return
	}
	x.span = append(x.span, b...)
}

func tagName(tag []byte) string {
	if i := bytes.IndexAny(tag, " \t\r\n/"); i >= 0 {
		tag = tag[:i]
	}
	return string(tag)
}
