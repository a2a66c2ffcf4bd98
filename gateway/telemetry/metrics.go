package telemetry

import (
	"context"
	"fmt"
	"net/http"
	"time"

	prom "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
)

// Metrics counts requests and turns. A nil *Metrics counts nothing, so that tests and tools need none.
type Metrics struct {
	provider *sdk.MeterProvider
	handler  http.Handler
	requests metric.Float64Histogram
	first    metric.Float64Histogram
	turns    metric.Float64Histogram
	tokens   metric.Int64Counter
	struck   metric.Int64Counter
	limited  metric.Int64Counter
	tools    metric.Float64Histogram
	running  metric.Int64UpDownCounter
	calls    calls
}

// NewMetrics makes a registry of its own: two servers in one process do not share counts.
func NewMetrics() (*Metrics, error) {
	reg := prom.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	exp, err := prometheus.New(prometheus.WithRegisterer(reg), prometheus.WithoutScopeInfo(), prometheus.WithoutTargetInfo())
	if err != nil {
		return nil, fmt.Errorf("make metrics exporter: %w", err)
	}
	m := &Metrics{provider: sdk.NewMeterProvider(sdk.WithReader(exp)), handler: promhttp.HandlerFor(reg, promhttp.HandlerOpts{})}
	meter := m.provider.Meter("shopkeeper")
	seconds := metric.WithExplicitBucketBoundaries(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60)
	var errs [8]error
	m.requests, errs[0] = meter.Float64Histogram("http.server.request.duration", metric.WithUnit("s"), seconds,
		metric.WithDescription("How long requests took, streams to their end."))
	m.first, errs[1] = meter.Float64Histogram("shopkeeper.turn.first_event", metric.WithUnit("s"), seconds,
		metric.WithDescription("From the message to the first event of the answer."))
	m.turns, errs[2] = meter.Float64Histogram("shopkeeper.turn.duration", metric.WithUnit("s"), seconds,
		metric.WithDescription("From the message to the ending, by ending and rung."))
	m.tokens, errs[3] = meter.Int64Counter("gen_ai.client.token.usage", metric.WithDescription("Tokens used, by type and model."))
	m.struck, errs[4] = meter.Int64Counter("shopkeeper.turn.struck", metric.WithDescription("Numbers struck out because no tool result has them."))
	m.limited, errs[5] = meter.Int64Counter("shopkeeper.limited", metric.WithDescription("Requests refused by a limit."))
	m.running, errs[6] = meter.Int64UpDownCounter("shopkeeper.turns.running", metric.WithDescription("Answers being streamed now."))
	m.tools, errs[7] = meter.Float64Histogram("gen_ai.execute_tool.duration", metric.WithUnit("s"), seconds,
		metric.WithDescription("How long tools took, by tool and kind of failure."))
	for _, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("make instrument: %w", err)
		}
	}
	if err := m.makeCalls(meter, seconds); err != nil {
		return nil, err
	}
	return m, nil
}

// Handler serves the Prometheus text format.
func (m *Metrics) Handler() http.Handler {
	if m == nil {
		return http.NotFoundHandler()
	}
	return m.handler
}

// Served counts one request. Route is the pattern, never the path: a label must not grow with the ids in it.
func (m *Metrics) Served(ctx context.Context, method, route string, status int, took time.Duration) {
	if m != nil {
		m.requests.Record(ctx, took.Seconds(), metric.WithAttributes(attrMethod.String(method), attrRoute.String(route), attrStatus.Int(status)))
	}
}

// Limited counts one refusal: limit is requests, sessions, turns or tokens.
func (m *Metrics) Limited(ctx context.Context, limit string) {
	if m != nil {
		m.limited.Add(ctx, 1, metric.WithAttributes(attrLimit.String(limit)))
	}
}

// Tool counts one call of a tool; problem is the kind of its failure, "" for none.
func (m *Metrics) Tool(ctx context.Context, name, problem string, took time.Duration) {
	if m == nil {
		return
	}
	m.tools.Record(ctx, took.Seconds(), metric.WithAttributes(attrTool.String(name), attrErrorType.String(problem)))
}

// Turn is what is known of a turn when it ended.
type Turn struct {
	Wire, Task, Ending, Rung string
	First, Took              time.Duration
	Input, Output            int64
	Struck                   int
}

// Began counts a turn as running until the returned function is called with how it ended.
func (m *Metrics) Began(ctx context.Context) func(Turn) {
	if m == nil {
		return func(Turn) {}
	}
	ctx = context.WithoutCancel(ctx)
	m.running.Add(ctx, 1)
	return func(t Turn) {
		m.running.Add(ctx, -1)
		as := metric.WithAttributes(attrOperation.String(t.Task), attrModel.String(t.Rung), attrEnding.String(t.Ending), attrWire.String(t.Wire))
		m.turns.Record(ctx, t.Took.Seconds(), as)
		m.first.Record(ctx, t.First.Seconds(), metric.WithAttributes(attrWire.String(t.Wire), attrModel.String(t.Rung)))
		m.tokens.Add(ctx, t.Input, metric.WithAttributes(attrTokenType.String("input"), attrModel.String(t.Rung)))
		m.tokens.Add(ctx, t.Output, metric.WithAttributes(attrTokenType.String("output"), attrModel.String(t.Rung)))
		m.struck.Add(ctx, int64(t.Struck))
	}
}

// Close flushes and stops the provider.
func (m *Metrics) Close(ctx context.Context) error {
	if m == nil {
		return nil
	}
	return m.provider.Shutdown(ctx)
}
