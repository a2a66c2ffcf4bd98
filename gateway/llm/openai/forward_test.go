package openai

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/gateway/llm"
)

func TestForwardSendsTheBodyAsItCame(t *testing.T) {
	e := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Path", r.URL.Path)
		w.WriteHeader(404)
		_, _ = io.WriteString(w, `{"error":{"message":"the client's own mistake"}}`)
	})
	c := client(t, e.URL, func(o *Options) { o.Model, o.Key, o.Header = "real-name", "sk-ours", http.Header{"X-Team": {"shop"}} })
	body := "{ \"messages\": [{\"role\":\"user\",\"content\":\"\\u003cb\\u003e model\"}],\n \"model\":\"alias\", \"x\": {\"model\": \"inner\"}, \"tools\":[1.50] }"
	resp, err := c.Forward(t.Context(), "/chat/completions", []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 404 || string(got) != `{"error":{"message":"the client's own mistake"}}` {
		t.Errorf("%d %s %v", resp.StatusCode, got, err)
	}
	if p := resp.Header.Get("X-Path"); p != "/v1/chat/completions" {
		t.Errorf("path %q", p)
	}
	want := "{ \"messages\": [{\"role\":\"user\",\"content\":\"\\u003cb\\u003e model\"}],\n \"model\":\"real-name\", \"x\": {\"model\": \"inner\"}, \"tools\":[1.50] }"
	if got := e.requests()[0]; got != want {
		t.Errorf("sent\n%s\nwant\n%s", got, want)
	}
	if h := e.heads[0]; h.Get("Authorization") != "Bearer sk-ours" || h.Get("X-Team") != "shop" {
		t.Errorf("headers %v", h)
	}
}

func TestForwardRefusals(t *testing.T) {
	for status, kind := range map[int]llm.Kind{401: llm.BadKey, 402: llm.BadKey, 429: llm.RateLimited, 500: llm.Down, 503: llm.Down, 307: llm.BadRequest} {
		e := serve(t, refuse(status, `{"error":{"message":"no"}}`, "Retry-After", "3", "Location", "http://127.0.0.1:1/"))
		_, err := client(t, e.URL).Forward(t.Context(), "/chat/completions", []byte(`{"model":"m"}`))
		var f *llm.Error
		if !errors.As(err, &f) || f.Kind != kind || f.Retry != 3*time.Second {
			t.Errorf("%d: %v", status, err)
		}
	}
	for _, body := range []string{``, `[]`, `{"model":`, `{"model":"m"`, `"x"`} {
		_, err := client(t, "http://127.0.0.1:1").Forward(t.Context(), "/chat/completions", []byte(body))
		var f *llm.Error
		if !errors.As(err, &f) || f.Kind != llm.BadRequest {
			t.Errorf("%q: %v", body, err)
		}
	}
	_, err := client(t, "http://127.0.0.1:1").Forward(t.Context(), "/chat/completions", []byte(`{}`))
	var f *llm.Error
	if !errors.As(err, &f) || f.Kind != llm.Down {
		t.Errorf("a dead endpoint: %v", err)
	}
}

func TestForwardTimers(t *testing.T) {
	s := time.Second
	for name, c := range map[string]struct {
		steps slowly
		want  time.Duration
	}{
		"no head": {slowly{{500 * s, ""}}, 90 * s},
		"no byte": {slowly{{s, ""}, {s, "x"}, {500 * s, "y"}}, 62 * s},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cl, err := New(Options{URL: "http://h", Model: "m", HTTP: &http.Client{Transport: c.steps}})
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				resp, err := cl.Forward(t.Context(), "/chat/completions", []byte(`{"model":"m"}`))
				if err == nil {
					_, err = io.ReadAll(resp.Body)
					resp.Body.Close()
				}
				var f *llm.Error
				if !errors.As(err, &f) || f.Kind != llm.Down || time.Since(began) != c.want {
					t.Errorf("%v after %v", err, time.Since(began))
				}
			})
		})
	}
}

func FuzzRenamed(f *testing.F) {
	for _, s := range []string{`{"model":"a"}`, `{"a":1,"model" : "b","c":[{"model":"x"}]}`, `{}`, `[`, `{"model":"a"}trailing`, `{"model":1,"model":2}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out, err := renamed([]byte(s), "new")
		if err != nil {
			return
		}
		again, err := renamed(out, "new")
		if err != nil || string(again) != string(out) {
			t.Errorf("%q became %q, then %q (%v)", s, out, again, err)
		}
	})
}
