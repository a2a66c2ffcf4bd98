package route

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/shop"
)

// slow is a writer whose reader takes nothing once its deadline is known.
type slow struct {
	http.ResponseWriter
	deadlines []time.Time
}

func (s *slow) SetWriteDeadline(t time.Time) error {
	s.deadlines = append(s.deadlines, t)
	return nil
}
func (s *slow) Flush() {}

// Every write of a stream has its time, which is taken back at the end: the connection serves other requests.
func TestRawSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		body, w := io.Pipe()
		u := upstream(func(context.Context, string, []byte) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: body}, nil
		})
		go func() {
			for _, e := range strings.SplitAfter(whole, "\n\n") {
				_, _ = io.WriteString(w, e)
				time.Sleep(20 * time.Second)
			}
			_ = w.Close()
		}()
		r := rawRouter(t, u)
		q, err := ReadRequest([]byte(`{"model":"gpt","stream":true}`))
		if err != nil {
			t.Fatal(err)
		}
		rec := httptest.NewRecorder()
		out := &slow{ResponseWriter: rec}
		if err := r.Raw(out, httptest.NewRequest(http.MethodPost, "/v1/chat/completions", nil), q, shop.Principal{}); err != nil {
			t.Fatal(err)
		}
		if rec.Body.String() != whole {
			t.Errorf("passed %q", rec.Body)
		}
		var got []time.Duration
		for _, d := range out.deadlines[:len(out.deadlines)-1] {
			got = append(got, d.Sub(began))
		}
		if want := []time.Duration{60 * time.Second, 80 * time.Second, 100 * time.Second}; !slices.Equal(got, want) || !out.deadlines[len(out.deadlines)-1].IsZero() {
			t.Errorf("deadlines %v, the last %v", got, out.deadlines[len(out.deadlines)-1])
		}
		time.Sleep(5 * time.Second) // who looks after deadlines goes home
	})
}
