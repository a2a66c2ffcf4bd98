package telemetry

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

const (
	attrAlias     = attribute.Key("shopkeeper.alias")
	attrTarget    = attribute.Key("shopkeeper.target")
	attrAssistant = attribute.Key("shopkeeper.assistant")
	attrProblem   = attribute.Key("error.type")
)

// Call is what is counted of one call of a model.
type Call struct {
	Assistant, Alias, Target         string
	Ending, Problem                  string
	First, Took                      time.Duration // First 0: no word came
	Input, Cached, Output, Reasoning int64
	Cost                             float64 // in the currency of the targets' prices
}

// Target is the state of a model endpoint.
type Target struct {
	Name             string
	Ready            bool
	Running, Waiting int64
	Parked           int64 // keys that rest
}

type calls struct {
	first, perToken, took metric.Float64Histogram
	tokens                metric.Int64Counter
	cost                  metric.Float64Counter

	mu    sync.Mutex
	known map[Call]*labels // by what of a call is a label
}

// labels are ready-made attribute sets: making them took most of counting a call.
type labels struct {
	ending, at, cost metric.MeasurementOption
	tokens           [4]metric.MeasurementOption
}

var tokenTypes = [4]string{"input", "cached", "output", "reasoning"}

const mostLabels = 10_000

func (cs *calls) labels(c Call) *labels {
	k := Call{Assistant: c.Assistant, Alias: c.Alias, Target: c.Target, Ending: c.Ending, Problem: c.Problem}
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if l := cs.known[k]; l != nil {
		return l
	}
	if cs.known == nil || len(cs.known) >= mostLabels {
		cs.known = map[Call]*labels{}
	}
	set := func(kv ...attribute.KeyValue) metric.MeasurementOption {
		return metric.WithAttributeSet(attribute.NewSet(kv...))
	}
	alias, target, assistant := attrAlias.String(c.Alias), attrTarget.String(c.Target), attrAssistant.String(c.Assistant)
	l := &labels{
		ending: set(alias, target, assistant, attrEnding.String(c.Ending), attrProblem.String(c.Problem)), at: set(alias, target), cost: set(alias, target, assistant),
	}
	for i, name := range tokenTypes {
		l.tokens[i] = set(attrTokenType.String(name), alias, target)
	}
	cs.known[k] = l
	return l
}

func (m *Metrics) makeCalls(meter metric.Meter, seconds metric.HistogramOption) error {
	var errs [5]error
	fine := metric.WithExplicitBucketBoundaries(.001, .002, .005, .01, .02, .05, .1, .2, .5, 1)
	m.calls.first, errs[0] = meter.Float64Histogram("gen_ai.server.time_to_first_token", metric.WithUnit("s"), seconds,
		metric.WithDescription("From the call of a model to its first word."))
	m.calls.perToken, errs[1] = meter.Float64Histogram("gen_ai.server.time_per_output_token", metric.WithUnit("s"), fine,
		metric.WithDescription("From the first word to the end, for each token."))
	m.calls.took, errs[2] = meter.Float64Histogram("gen_ai.client.operation.duration", metric.WithUnit("s"), seconds,
		metric.WithDescription("How long calls of models took, by ending."))
	m.calls.tokens, errs[3] = meter.Int64Counter("shopkeeper.call.tokens", metric.WithDescription("Tokens of calls, by type; cached and reasoning are parts of input and output."))
	m.calls.cost, errs[4] = meter.Float64Counter("shopkeeper.call.cost", metric.WithDescription("Cost of calls, in the currency of the targets' prices."))
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("make instrument: %w", err)
		}
	}
	return nil
}

// Call counts one.
func (m *Metrics) Call(ctx context.Context, c Call) {
	if m == nil {
		return
	}
	l := m.calls.labels(c)
	m.calls.took.Record(ctx, c.Took.Seconds(), l.ending)
	if c.First > 0 {
		m.calls.first.Record(ctx, c.First.Seconds(), l.at)
		if c.Output > 1 && c.Took > c.First {
			m.calls.perToken.Record(ctx, (c.Took-c.First).Seconds()/float64(c.Output-1), l.at)
		}
	}
	for i, n := range [4]int64{c.Input, c.Cached, c.Output, c.Reasoning} {
		if n > 0 {
			m.calls.tokens.Add(ctx, n, l.tokens[i])
		}
	}
	if c.Cost > 0 {
		m.calls.cost.Add(ctx, c.Cost, l.cost)
	}
}

// Targets has the state of model endpoints read whenever the metrics are.
func (m *Metrics) Targets(read func() []Target) error {
	if m == nil {
		return nil
	}
	meter := m.provider.Meter("shopkeeper")
	gauge := func(name, what string) (metric.Int64ObservableGauge, error) {
		return meter.Int64ObservableGauge(name, metric.WithDescription(what))
	}
	var errs [5]error
	var ready, running, waiting, parked metric.Int64ObservableGauge
	ready, errs[0] = gauge("shopkeeper.target.ready", "1: the target takes calls; 0: it rests after failures.")
	running, errs[1] = gauge("shopkeeper.target.running", "Calls of the target under way.")
	waiting, errs[2] = gauge("shopkeeper.target.waiting", "Calls that wait for a free place.")
	parked, errs[3] = gauge("shopkeeper.target.keys.parked", "Keys of the target that were refused and rest.")
	_, errs[4] = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for _, t := range read() {
			at := metric.WithAttributes(attrTarget.String(t.Name))
			up := int64(0)
			if t.Ready {
				up = 1
			}
			o.ObserveInt64(ready, up, at)
			o.ObserveInt64(running, t.Running, at)
			o.ObserveInt64(waiting, t.Waiting, at)
			o.ObserveInt64(parked, t.Parked, at)
		}
		return nil
	}, ready, running, waiting, parked)
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("make instrument: %w", err)
		}
	}
	return nil
}
