package openai

import (
	"context"
	"fmt"
	"time"
)

// slow is the cause of a context that a timer ended.
type slow struct {
	what string
	d    time.Duration
}

func (s *slow) Error() string { return fmt.Sprintf("no %s within %v", s.what, s.d) }

// watch ends an exchange that takes too long. Its timers run only while we wait for the endpoint, never while our own reader
// is busy with what came.
type watch struct {
	o      *Options
	cancel context.CancelCauseFunc

	headers, silence, stall *time.Timer
}

func newWatch(o *Options, cancel context.CancelCauseFunc) *watch {
	w := &watch{o: o, cancel: cancel}
	w.headers = w.after("response", o.Headers)
	w.stall = w.after("first delta", o.FirstDelta)
	return w
}

func (w *watch) after(what string, d time.Duration) *time.Timer {
	return time.AfterFunc(d, func() { w.cancel(&slow{what, d}) })
}

func (w *watch) answered() { w.headers.Stop() }

// reading and read frame one Read of the body: bytes of any kind show that the endpoint lives.
func (w *watch) reading() {
	if w.silence == nil {
		w.silence = w.after("byte", w.o.Liveness)
	} else {
		w.silence.Reset(w.o.Liveness)
	}
}
func (w *watch) read() { w.silence.Stop() }

// waiting is called before the next chunk is read, moved when it held something new.
func (w *watch) waiting() {
	if w.stall == nil {
		w.stall = w.after("further delta", w.o.Progress)
	}
}

func (w *watch) moved() {
	if w.stall != nil {
		w.stall.Stop()
		w.stall = nil
	}
}

// linger bounds what is waited for after the ending: the usage chunk and [DONE] are nice to have.
func (w *watch) linger(d time.Duration) {
	if w.stall != nil {
		w.stall.Stop()
	}
	w.stall = w.after("end of stream", d)
}

func (w *watch) stop() {
	for _, t := range []*time.Timer{w.headers, w.silence, w.stall} {
		if t != nil {
			t.Stop()
		}
	}
}
