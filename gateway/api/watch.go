package api

import (
	"context"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/telemetry"
)

// watch measures one stream of a turn, from the request to the ending that it showed.
type watch struct {
	s     *Server
	ctx   context.Context
	began time.Time
	turn  telemetry.Turn
	done  func(telemetry.Turn) // nil until the first event
}

func (s *Server) watch(ctx context.Context, wire, task string) *watch {
	return &watch{s: s, ctx: ctx, began: s.o.Now(), turn: telemetry.Turn{Wire: wire, Task: task}}
}

// first marks an event; only the first one counts.
func (w *watch) first() {
	if w.done == nil {
		w.turn.First, w.done = w.s.o.Now().Sub(w.began), w.s.o.Metrics.Began(w.ctx)
	}
}

func (w *watch) ended(e chat.Event) {
	w.turn.Ending, w.turn.Rung, w.turn.Struck = string(e.Ending), e.Rung, e.Struck
	w.turn.Input, w.turn.Output = e.Usage.Input, e.Usage.Output
	w.close()
}

// left is the end of a stream without an ending: its reader went away, or its events stopped.
func (w *watch) left() {
	w.turn.Ending = "left"
	w.close()
}

// close counts once: after an ending nobody left any more.
func (w *watch) close() {
	if w.done != nil {
		w.turn.Took = w.s.o.Now().Sub(w.began)
		w.done(w.turn)
		w.done = nil
	}
}
