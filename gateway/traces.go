package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"shopkeeper/gateway/telemetry"
	"shopkeeper/shop"
)

// timed counts a tool's call in the metrics.
func (a *app) timed(ctx context.Context, tool string, err error, took time.Duration) {
	a.metrics.Tool(context.WithoutCancel(ctx), tool, problemOf(err), took)
}

func problemOf(err error) string {
	var e *shop.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e) && e.Kind != shop.Internal:
		return "refused"
	}
	return "failed"
}

// openTraces sends spans where the settings say so.
func (a *app) openTraces(ctx context.Context) error {
	t := a.set.Traces
	if t.URL == "" {
		return nil
	}
	header, err := headers(t.Headers)
	if err != nil {
		return err
	}
	o := telemetry.TraceOptions{URL: t.URL, Headers: map[string]string{}, Ratio: t.Ratio}
	for name := range header {
		if o.Headers[name], err = secretOf(header.Get(name)); err != nil {
			return misuse("traces.headers: %w", err)
		}
	}
	var quiet atomic.Int64 // until when nothing more is said of it
	o.Failed = func(err error) {
		now := time.Now().UnixNano()
		if until := quiet.Load(); now > until && quiet.CompareAndSwap(until, now+int64(time.Minute)) {
			a.log.WarnContext(ctx, "spans could not be sent", "error", err)
		}
	}
	if a.traces, err = telemetry.NewTraces(ctx, o); err != nil {
		return misuse("traces.otlp: %w", err)
	}
	a.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if err := a.traces.Close(ctx); err != nil {
			a.log.WarnContext(ctx, "the last spans could not be sent", "error", err)
		}
		return nil
	})
	return nil
}
