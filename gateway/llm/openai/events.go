package openai

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sync"
	"time"
)

const (
	maxLine  = 4 << 20 // one event
	maxWhole = 8 << 20 // a whole JSON body in place of a stream
)

var errLongLine = errors.New("an event is longer than 4 MiB")

// events reads an event stream as endpoints really send it; the client library's reader aborts on many comments, swallows errors that
// it cannot parse, and holds every other line in memory. Its events are JSON, one value each:
//   - comments and unknown fields are dropped (they did show that the endpoint lives);
//   - the payload of `event: error` is wrapped as {"error":…};
//   - data that is split over lines is joined;
//   - a whole JSON body, after blank lines or none, becomes one event; anything else becomes an error event.
type events struct {
	src   io.ReadCloser
	in    *bufio.Reader
	watch *watch
	ready [][]byte // events that were read
	taken int      // of them
	parts [][]byte // of an event's data that is no JSON yet
	kind  string   // of the event, from its `event:` line
	began bool     // the first line was not blank
	done  bool     // [DONE] was seen, or the whole body
	err   error
}

func newEvents(src io.ReadCloser, w *watch) *events {
	in := readers.Get().(*bufio.Reader)
	in.Reset(src)
	return &events{src: src, in: in, watch: w}
}

var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 16<<10) }}

// leave ends the reading and the exchange. A connection is used again only when its answer was read to the end, and the end may come
// a moment after [DONE].
func (e *events) leave(cancel context.CancelCauseFunc) {
	end := func() {
		e.in.Reset(nil)
		readers.Put(e.in)
		e.src.Close()
		cancel(nil)
	}
	if !e.done {
		end()
		return
	}
	go func() {
		late := time.AfterFunc(linger, func() { cancel(nil) })
		_, _ = io.Copy(io.Discard, io.LimitReader(e.in, maxErrorBody))
		late.Stop()
		end()
	}()
}

// next is the next event, valid until the call after. The error of a stream that ended is io.EOF.
func (e *events) next() ([]byte, error) {
	for e.taken == len(e.ready) {
		if e.err != nil {
			return nil, e.err
		}
		e.watch.reading()
		line, err := e.line()
		e.watch.read()
		e.ready, e.taken = e.ready[:0], 0
		e.take(line)
		if err != nil {
			e.flush()
			e.err = err
		}
	}
	e.taken++
	return e.ready[e.taken-1], nil
}

// more says whether another event is here already: read, or in the buffer as a whole line, so that reading on does not wait.
func (e *events) more() bool {
	if e.taken < len(e.ready) {
		return true
	}
	rest, _ := e.in.Peek(e.in.Buffered()) // what is there is no error
	rest = bytes.TrimLeft(rest, "\r\n")
	return bytes.HasPrefix(rest, []byte("data:")) && bytes.IndexByte(rest, '\n') > 0
}

// line reads one line. Each part of a long line counts as life, because the timer is set anew.
func (e *events) line() ([]byte, error) {
	var long []byte
	for {
		part, err := e.in.ReadSlice('\n')
		if err != bufio.ErrBufferFull {
			if long == nil {
				return part, err
			}
			return append(long, part...), err
		}
		if long = append(long, part...); len(long) > maxLine {
			return nil, errLongLine
		}
		e.watch.reading()
	}
}

func (e *events) take(line []byte) {
	line = bytes.TrimSpace(line)
	if !e.began {
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	if len(line) == 0 {
		if e.began {
			e.flush()
			e.kind = ""
		}
		return
	}
	first := !e.began
	e.began = true
	name, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimSpace(value)
	switch string(name) {
	case "data":
		e.data(value)
	case "event":
		e.kind = string(value)
	case "", "id", "retry":
	default:
		switch {
		case first:
			e.whole(line)
		case line[0] == '{' && json.Valid(line): // an error without its "data:"
			e.put(line)
		}
	}
}

func (e *events) data(value []byte) {
	if string(value) == "[DONE]" {
		e.flush()
		e.done, e.err = true, io.EOF
		return
	}
	if len(e.parts) == 0 && json.Valid(value) {
		e.put(value)
		return
	}
	if e.parts = append(e.parts, bytes.Clone(value)); len(e.parts) > 1 {
		if all := bytes.Join(e.parts, []byte("\n")); json.Valid(all) {
			e.parts = nil
			var b bytes.Buffer
			_ = json.Compact(&b, all) // it is valid
			e.put(b.Bytes())
		} else if json.Valid(value) { // the part before was a torn event
			e.flush()
		}
	}
}

// flush sends what never became JSON as an error event.
func (e *events) flush() {
	if len(e.parts) == 0 {
		return
	}
	all := bytes.Join(e.parts, []byte("\n"))
	e.parts = nil
	kind := brokenEvent
	if e.kind == "error" {
		kind = ""
	}
	e.put(wrapError(kind, all))
}

// put passes on what is JSON.
func (e *events) put(event []byte) {
	if e.kind == "error" && !bytes.HasPrefix(event, []byte(`{"error"`)) {
		event = slices.Concat([]byte(`{"error":`), event, []byte(`}`))
	}
	e.ready = append(e.ready, event)
}

// whole reads a body that is no event stream.
func (e *events) whole(first []byte) {
	all := bytes.Clone(first)
	rest, err := io.ReadAll(io.LimitReader(watched{e}, maxWhole))
	all = append(append(all, '\n'), rest...)
	if err != nil {
		e.err = err
		return
	}
	e.err = io.EOF
	var b bytes.Buffer
	if json.Compact(&b, all) == nil {
		e.done = true // a whole body has its end
		e.put(b.Bytes())
		return
	}
	e.put(wrapError(notAStream, all))
}

// watched reads on with the timer for silence.
type watched struct{ e *events }

func (w watched) Read(p []byte) (int, error) {
	w.e.watch.reading()
	n, err := w.e.in.Read(p)
	w.e.watch.read()
	return n, err
}

// Types of the errors that we put into a stream ourselves.
const (
	brokenEvent = "broken_event"
	notAStream  = "not_a_stream"
)

func wrapError(kind string, payload []byte) []byte {
	text := bytes.ToValidUTF8(payload[:min(len(payload), 300)], []byte("?"))
	out, _ := json.Marshal(struct {
		Error struct {
			Message string `json:"message"`
			Type    string `json:"type"`
		} `json:"error"`
	}{struct {
		Message string `json:"message"`
		Type    string `json:"type"`
	}{string(text), kind}})
	return out
}
