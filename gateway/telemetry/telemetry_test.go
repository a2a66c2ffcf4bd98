package telemetry_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"shopkeeper/gateway/telemetry"
)

func TestLogNamesRequest(t *testing.T) {
	var b bytes.Buffer
	log, _, err := telemetry.NewLog(&b, "info", "json")
	if err != nil {
		t.Fatal(err)
	}
	ctx := telemetry.WithRequest(t.Context(), "r-1")
	log.With("a", 1).WithGroup("g").InfoContext(ctx, "hello")
	log.DebugContext(ctx, "quiet")
	log.Info("outside")
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `"request_id":"r-1"`) || strings.Contains(lines[1], "request_id") {
		t.Fatalf("log:\n%s", b.String())
	}
	for _, bad := range [][2]string{{"loud", "json"}, {"info", "xml"}} {
		if _, _, err := telemetry.NewLog(&b, bad[0], bad[1]); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
}

func TestMetrics(t *testing.T) {
	m, err := telemetry.NewMetrics()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close(context.Background())
	ctx := t.Context()
	m.Served(ctx, "GET", "/api/conversations/:id", 200, 3*time.Millisecond)
	m.Limited(ctx, "turns")
	ended := m.Began(ctx)
	if got := scrape(m); !strings.Contains(got, "shopkeeper_turns_running 1") {
		t.Errorf("running turn is not counted:\n%s", got)
	}
	ended(telemetry.Turn{Wire: "ui", Task: "shopper", Ending: "completed", Rung: "rules", Input: 7, Output: 5, Struck: 2, First: time.Millisecond, Took: time.Second})
	got := scrape(m)
	for _, want := range []string{
		`http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_code="200",http_route="/api/conversations/:id"} 1`,
		`shopkeeper_limited_total{shopkeeper_limit="turns"} 1`,
		`shopkeeper_turns_running 0`,
		`gen_ai_client_token_usage_total{gen_ai_response_model="rules",gen_ai_token_type="input"} 7`,
		`shopkeeper_turn_struck_total 2`,
		`shopkeeper_turn_duration_seconds_count{gen_ai_operation_name="shopper",gen_ai_response_model="rules",shopkeeper_turn_ending="completed",shopkeeper_wire="ui"} 1`,
		`go_goroutines`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestNilMetricsCountNothing(t *testing.T) {
	var m *telemetry.Metrics
	m.Served(t.Context(), "GET", "/", 200, 0)
	m.Limited(t.Context(), "x")
	m.Began(t.Context())(telemetry.Turn{})
	if err := m.Close(t.Context()); err != nil {
		t.Error(err)
	}
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 404 {
		t.Error(w.Code)
	}
}

func scrape(m *telemetry.Metrics) string {
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}
