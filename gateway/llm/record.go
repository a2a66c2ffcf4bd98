package llm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"sync"
	"time"
)

// Exchange is one recorded call of a model: one line of a replay file.
type Exchange struct {
	Key    string   `json:"key"` // of the request, see Key
	Task   string   `json:"task,omitempty"`
	Deltas []Delta  `json:"deltas,omitempty"`
	Failed *Failure `json:"failed,omitempty"`
}

// Failure is an Error on paper.
type Failure struct {
	Kind   Kind          `json:"kind"`
	Status int           `json:"status,omitempty"`
	Retry  time.Duration `json:"retry,omitempty"`
	Window int           `json:"window,omitempty"`
	Text   string        `json:"text"`
}

// Err is the Error that was recorded; a Cut wraps ErrTruncated again.
func (f *Failure) Err() error {
	err := errors.New(f.Text)
	if f.Kind == Cut {
		err = fmt.Errorf("%w: %s", ErrTruncated, f.Text)
	}
	return &Error{Kind: f.Kind, Status: f.Status, Retry: f.Retry, Window: f.Window, Err: err}
}

// Key names a request by what decides its answer: task, language, offered tools and what was said.
// Ids, times and the volatile part are left out, so that a replay on another day finds its recording.
func Key(req *Request) string {
	h := sha256.New()
	put := func(parts ...string) {
		for _, p := range parts {
			io.WriteString(h, strconv.Itoa(len(p))+":"+p)
		}
	}
	put(req.Task, req.Lang)
	for _, t := range req.Tools {
		put(t.Name)
	}
	for _, m := range req.Messages {
		put(string(m.Role), m.Text, m.Name)
		for _, c := range m.Calls {
			put(c.Name, string(c.Args))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// Record writes every call of m to w as one line of JSON (an Exchange), for llmtest.Replay. The file holds the model's
// text: it is for tests, not for a log. Lines are whole, whatever runs at once.
func Record(m Model, w io.Writer) Model { return &recorder{m: m, w: w} }

type recorder struct {
	m  Model
	mu sync.Mutex
	w  io.Writer
}

func (r *recorder) Stream(ctx context.Context, req *Request) iter.Seq2[Delta, error] {
	return func(yield func(Delta, error) bool) {
		x := Exchange{Key: Key(req), Task: req.Task}
		defer func() { r.write(x) }()
		for d, err := range r.m.Stream(ctx, req) {
			if err != nil {
				x.Failed = failure(err)
			} else {
				x.Deltas = append(x.Deltas, onPaper(d))
			}
			if !yield(d, err) {
				return
			}
		}
	}
}

// onPaper makes a delta that JSON can hold: arguments that are no JSON become a JSON string.
func onPaper(d Delta) Delta {
	if d.Call != nil && !json.Valid(d.Call.Args) {
		c := *d.Call
		c.Args, _ = json.Marshal(string(c.Args))
		d.Call = &c
	}
	return d
}

func failure(err error) *Failure {
	var e *Error
	if errors.As(err, &e) {
		return &Failure{Kind: e.Kind, Status: e.Status, Retry: e.Retry, Window: e.Window, Text: err.Error()}
	}
	return &Failure{Kind: Down, Text: err.Error()}
}

func (r *recorder) write(x Exchange) {
	line, err := json.Marshal(x)
	if err != nil {
		return // every field above marshals; a delta that does not is no recording
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.w.Write(append(line, '\n'))
}
