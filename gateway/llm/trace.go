package llm

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"time"

	"shopkeeper/gateway/chat"
)

// Trace logs one line a call: what was asked of whom, how long it took, how it ended. It logs no text of either side.
func Trace(m Model, log *slog.Logger) Model { return &traced{m, log} }

type traced struct {
	m   Model
	log *slog.Logger
}

func (t *traced) Stream(ctx context.Context, req *Request) iter.Seq2[Delta, error] {
	return func(yield func(Delta, error) bool) {
		began := time.Now()
		var (
			ttft           time.Duration
			target, rung   string
			finish         Finish
			usage          chat.Usage
			calls, letters int
			failed         error
			left           = true // the reader went away before the end
		)
		defer func() {
			ending := string(finish)
			level := slog.LevelInfo
			switch {
			case failed != nil && ctx.Err() != nil, failed == nil && left:
				ending = "cancelled"
			case failed != nil:
				ending, level = "failed", slog.LevelWarn
			case finish == "":
				ending = "none"
			}
			attrs := []slog.Attr{
				slog.String("task", req.Task), slog.String("conversation", req.Conversation),
				slog.String("target", target), slog.String("rung", rung), slog.String("ending", ending),
				slog.Int64("ttft_ms", ttft.Milliseconds()), slog.Int64("ms", time.Since(began).Milliseconds()),
				slog.Int("messages", len(req.Messages)), slog.Int("tools", len(req.Tools)),
				slog.Int("calls", calls), slog.Int("bytes", letters),
				slog.Int64("input", usage.Input), slog.Int64("cached", usage.Cached),
				slog.Int64("output", usage.Output), slog.Int64("reasoning", usage.Reasoning),
				slog.Bool("estimated", usage.Estimated),
			}
			var e *Error
			if errors.As(failed, &e) {
				attrs = append(attrs, slog.String("kind", e.Kind.String()), slog.Int("status", e.Status))
			}
			if ending == "failed" {
				attrs = append(attrs, slog.String("error", failed.Error()))
			}
			t.log.LogAttrs(context.WithoutCancel(ctx), level, "model call", attrs...)
		}()
		for d, err := range t.m.Stream(ctx, req) {
			if err != nil {
				failed, left = err, false
			}
			if ttft == 0 && (d.Text != "" || d.Call != nil) {
				ttft = max(time.Since(began), 1)
			}
			if d.Target != "" {
				target = d.Target
			}
			if d.Rung != "" {
				rung = d.Rung
			}
			if d.Call != nil {
				calls++
			}
			letters += len(d.Text)
			if d.Finish != "" {
				finish = d.Finish
			}
			if d.Usage != nil {
				usage.Add(*d.Usage)
			}
			if !yield(d, err) || err != nil {
				left = left && finish == ""
				return
			}
		}
		left = false
	}
}
