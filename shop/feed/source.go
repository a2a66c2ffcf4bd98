package feed

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// source is the uncompressed text of a feed with its position. Nothing of it is kept beyond bufio's window.
type source struct {
	r      *bufio.Reader
	offset int64 // bytes consumed
	line   int64 // of the next byte, from 1
	buf    []byte
	back   []byte // given back by a CSV record that did not close; read before r
}

func open(r io.Reader) (*source, error) {
	br := bufio.NewReaderSize(r, 128<<10)
	magic, err := br.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		zr, err := gzip.NewReader(br)
		if err != nil {
			return nil, fmt.Errorf("open gzip: %w", err)
		}
		br = bufio.NewReaderSize(cut{zr}, 128<<10)
	}
	s := &source{r: br, line: 1}
	head, err := s.r.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.Equal(head, []byte("\xef\xbb\xbf")):
		s.advance(3)
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return nil, fmt.Errorf("%w: it is UTF-16; save it as UTF-8", ErrNotFeed)
	}
	return s, nil
}

// cut words the end of a truncated gzip so that a person knows what to do.
type cut struct{ r io.Reader }

func (c cut) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("the gzip file is cut short: %w", err)
	} else if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("the gzip file is damaged: %w", err)
	}
	return n, err
}

// peek returns up to n bytes without consuming them; fewer at the end of the file.
func (s *source) peek(n int) ([]byte, error) {
	b, err := s.r.Peek(n)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	return b, nil
}

// advance consumes n bytes that are in the window.
func (s *source) advance(n int) {
	b, _ := s.r.Peek(n)
	s.line += int64(bytes.Count(b, []byte{'\n'}))
	k, _ := s.r.Discard(n)
	s.offset += int64(k)
}

// skipTo consumes up to an offset; the end of the file before it is no error: nothing is left then.
func (s *source) skipTo(offset int64) error {
	for s.offset < offset {
		b, err := s.peek(int(min(offset-s.offset, 64<<10)))
		if err != nil {
			return err
		}
		if len(b) == 0 {
			return nil
		}
		s.advance(len(b))
	}
	return nil
}

// readLine returns one line with its end, valid until the next call. A line over limit is consumed and reported as tooLong
// with its beginning. io.EOF: nothing was left.
func (s *source) readLine(limit int) (line []byte, tooLong bool, err error) {
	if len(s.back) > 0 {
		n := len(s.back)
		if i := bytes.IndexByte(s.back, '\n'); i >= 0 {
			n = i + 1
			s.line++
		}
		line, s.back = s.back[:n:n], s.back[n:]
		s.offset += int64(n)
		return line, n > limit, nil
	}
	s.buf = s.buf[:0]
	for {
		part, err := s.r.ReadSlice('\n')
		s.offset += int64(len(part))
		if err == nil {
			s.line++
		}
		if len(s.buf) == 0 && err == nil && len(part) <= limit {
			return part, false, nil
		}
		if tooLong = tooLong || len(s.buf)+len(part) > limit; !tooLong {
			s.buf = append(s.buf, part...)
		}
		switch {
		case err == nil:
			return s.buf, tooLong, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			if len(s.buf) == 0 && !tooLong {
				return nil, false, io.EOF
			}
			return s.buf, tooLong, nil
		default:
			return nil, false, err
		}
	}
}
