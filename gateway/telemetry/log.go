// Package telemetry carries a request's id into every log line and counts what the gateway does. It imports nothing of ours.
package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
)

type requestKey struct{}

// WithRequest marks a context as belonging to a request: every log line written with it names the request.
func WithRequest(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// Request is the id that WithRequest stored, "" outside a request.
func Request(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// Handler adds request_id to the records of another handler.
type Handler struct{ slog.Handler }

func (h Handler) Handle(ctx context.Context, r slog.Record) error {
	if id := Request(ctx); id != "" {
		r = r.Clone()
		r.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

func (h Handler) WithAttrs(as []slog.Attr) slog.Handler { return Handler{h.Handler.WithAttrs(as)} }
func (h Handler) WithGroup(name string) slog.Handler    { return Handler{h.Handler.WithGroup(name)} }

// NewLog makes the process's logger. Level: debug, info, warn, error; format: text or json.
// The level can be changed while the logger is in use.
func NewLog(w io.Writer, level, format string) (*slog.Logger, *slog.LevelVar, error) {
	l := &slog.LevelVar{}
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, nil, fmt.Errorf("read log level: %q is not debug, info, warn or error", level)
	}
	o := &slog.HandlerOptions{Level: l, ReplaceAttr: masked}
	switch format {
	case "text":
		return slog.New(Handler{slog.NewTextHandler(w, o)}), l, nil
	case "json":
		return slog.New(Handler{slog.NewJSONHandler(w, o)}), l, nil
	}
	return nil, nil, fmt.Errorf("read log format: %q is not text or json", format)
}
