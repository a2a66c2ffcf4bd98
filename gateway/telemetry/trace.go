package telemetry

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// TraceOptions say where spans go.
type TraceOptions struct {
	URL     string            // of an OTLP/HTTP receiver; without a path, /v1/traces
	Headers map[string]string // such as its credential
	Ratio   float64           // share of requests that are traced, when their caller did not decide it
	Failed  func(error)       // told of spans that could not be sent; nil: nobody
}

// Traces sends spans. A receiver that hangs costs spans, never time: they wait in a bounded queue.
type Traces struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// NewTraces does not connect.
func NewTraces(ctx context.Context, o TraceOptions) (*Traces, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("read OTLP address: %q is no http or https address", o.URL)
	}
	if !strings.HasSuffix(u.Path, "/v1/traces") {
		u.Path = strings.TrimRight(u.Path, "/") + "/v1/traces"
	}
	exp, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(u.String()), otlptracehttp.WithHeaders(o.Headers), otlptracehttp.WithTimeout(10*time.Second))
	if err != nil {
		return nil, fmt.Errorf("make OTLP exporter: %w", err)
	}
	res := resource.NewSchemaless(attribute.String("service.name", "shopkeeper"))
	p := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(reporting{exp, o.Failed}, sdktrace.WithBatchTimeout(2*time.Second)), sdktrace.WithResource(res),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(o.Ratio))),
	)
	return &Traces{p, p.Tracer("shopkeeper")}, nil
}

// reporting tells of what could not be sent, instead of a handler that the whole process shares.
type reporting struct {
	sdktrace.SpanExporter
	failed func(error)
}

func (r reporting) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if err := r.SpanExporter.ExportSpans(ctx, spans); err != nil && r.failed != nil {
		r.failed(err)
	}
	return nil
}

// Close sends what is left, as long as ctx lasts.
func (t *Traces) Close(ctx context.Context) error { return t.provider.Shutdown(ctx) }

// Request begins the span of a request. A trusted caller's traceparent makes it part of the caller's trace; anybody else's would let
// strangers decide what is traced.
func (t *Traces) Request(ctx context.Context, r *http.Request, route string, trusted bool, attrs ...Attr) (context.Context, func(status int)) {
	if t == nil {
		return ctx, nil
	}
	if trusted {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
	}
	attrs = append(attrs, attrMethod.String(r.Method), attrRoute.String(route), attrRequest.String(Request(ctx)))
	ctx, span := t.tracer.Start(ctx, r.Method+" "+route, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attrs...))
	return ctx, func(status int) {
		span.SetAttributes(attrStatus.Int(status))
		if status >= 500 {
			span.SetStatus(codes.Error, http.StatusText(status))
		}
		span.End()
	}
}

// Attr is an attribute of a span.
type Attr = attribute.KeyValue

// Traced says whether spans of this context go anywhere.
func Traced(ctx context.Context) bool { return trace.SpanFromContext(ctx).IsRecording() }

// Span begins a hop within a traced request; outside one it costs nothing. The function ends it.
func Span(ctx context.Context, name string, attrs ...Attr) (context.Context, func(failed string, more ...Attr)) {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return ctx, func(string, ...Attr) {}
	}
	ctx, span := parent.TracerProvider().Tracer("shopkeeper").Start(ctx, name, trace.WithAttributes(attrs...))
	return ctx, func(failed string, more ...Attr) {
		span.SetAttributes(more...)
		if failed != "" {
			span.SetStatus(codes.Error, failed)
		}
		span.End()
	}
}

// Past is a call of a model that was made and ended.
type Past struct {
	Operation, Provider, Model, Ending, Problem string
	Began                                       time.Time
	First, Took                                 time.Duration
	Input, Cached, Output, Reasoning            int64
	Status                                      int
	Hedge                                       bool
}

// Called adds the span of such a call.
func Called(ctx context.Context, p Past) {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return
	}
	_, span := parent.TracerProvider().Tracer("shopkeeper").Start(ctx, p.Operation+" "+p.Model, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(p.Began),
		trace.WithAttributes(
			attrOperation.String(p.Operation), attrProvider.String(p.Provider), attrRequestModel.String(p.Model),
			attrInputTokens.Int64(p.Input), attrCachedTokens.Int64(p.Cached), attrOutputTokens.Int64(p.Output), attrReasoningTokens.Int64(p.Reasoning),
			attrEnding.String(p.Ending), attrHedge.Bool(p.Hedge),
		))
	if p.First > 0 {
		span.SetAttributes(attrFirst.Float64(p.First.Seconds()))
		span.AddEvent("first_token", trace.WithTimestamp(p.Began.Add(p.First)))
	}
	if p.Status != 0 {
		span.SetAttributes(attrStatus.Int(p.Status))
	}
	if p.Problem != "" {
		span.SetAttributes(attrErrorType.String(p.Problem))
		span.SetStatus(codes.Error, p.Problem)
	}
	span.End(trace.WithTimestamp(p.Began.Add(p.Took)))
}

// Inject tells an upstream which trace its request belongs to.
func Inject(ctx context.Context, h http.Header) {
	if Traced(ctx) {
		propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(h))
	}
}
