package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// mockModel starts the bench kit's model server, which plays every fault that a message asks it for.
func mockModel(t testing.TB) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "mockllm")
	build := exec.Command("go", "build", "-o", bin, "./cmd/mockllm")
	build.Dir = shared(t, "bench/gateway")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build mockllm: %v: %s", err, out)
	}
	cmd := exec.Command(bin, "-addr", "127.0.0.1:0")
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	r := bufio.NewReader(said)
	line, err := r.ReadString('\n')
	_, addr, ok := strings.Cut(strings.TrimSpace(line), "mockllm on ")
	if err != nil || !ok {
		t.Fatalf("mockllm says %q, %v", line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, r) }() // its complaints
	return "http://" + addr
}

// healthyModel answers every stream with three words.
func healthyModel(t testing.TB) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		for _, word := range []string{"all", " is", " well"} {
			fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%q},\"finish_reason\":null}]}\n\n", word)
		}
		_, _ = io.WriteString(w, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	}))
	t.Cleanup(s.Close)
	return s.URL
}

const faultConfig = `metrics_addr = "off"
log_level = "error"

[[providers]]
name = "faulty"
url = "%s/v1"
first_delta = "400ms"
progress = "400ms"

[[providers]]
name = "healthy"
url = "%s/v1"

[[targets]]
name = "mock"
provider = "faulty"
model = "mock-model"

[[targets]]
name = "well"
provider = "healthy"
model = "well"

[[aliases]]
name = "shopper"
rungs = [{ targets = ["mock"] }]

[[aliases]]
name = "sole"
rungs = [{ targets = ["mock"] }]

[[aliases]]
name = "two"
rungs = [{ targets = ["mock"] }, { targets = ["well"] }]
`

// faultModes are everything that mockllm breaks.
var faultModes = []string{"cut", "cutclean", "stall", "errmid", "insuf", "garbage", "empty", "429", "500", "503", "402", "keepalive", "text", "reason", "tools", "badtools"}

// sized is how much of a proof to run: an environment variable, or what is usual.
func sized(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return usual
}

// sse reads the data of a stream to its end; cut: the connection broke.
func sse(t testing.TB, url, key string, body any) (status int, data []string, cut error) {
	raw, err := json.Marshal(body)
	if err != nil {
		t.Error(err)
		return
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(raw))
	if err != nil {
		t.Error(err)
		return
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	for line := range strings.Lines(string(all)) {
		if d, ok := strings.CutPrefix(strings.TrimSpace(line), "data:"); ok {
			data = append(data, strings.TrimSpace(d))
		}
	}
	if len(data) == 0 {
		data = []string{string(all)}
	}
	return res.StatusCode, data, err
}

// Every turn ends in exactly one ending that the wire says, whatever the model's endpoint does; and what failed before its first
// word is answered by the next rung.
func TestFaults(t *testing.T) {
	mock, well := mockModel(t), healthyModel(t)
	p := serve(t, "--demo", "--config", write(t, "c.toml", fmt.Sprintf(faultConfig, mock, well)))
	n := sized("SHOPKEEPER_FAULTS", 240)
	rnd := rand.New(rand.NewPCG(4, 4))
	type job struct{ mode, wire, text string }
	jobs := make(chan job)
	var endings sync.Map
	count := func(k string) {
		c, _ := endings.LoadOrStore(k, new(atomic.Int64))
		c.(*atomic.Int64).Add(1)
	}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for j := range jobs {
				var ending string
				var err error
				switch j.wire {
				case "raw sole":
					ending, err = rawEnding(t, p.url, "sole", j.text)
				case "raw two":
					ending, err = rawEnding(t, p.url, "two", j.text)
					if err == nil && ending != "completed" && early(j.text) {
						err = fmt.Errorf("it failed before its first word and ended as %s although another rung is well", ending)
					}
				case "v1":
					ending, err = v1Ending(t, p.url, j.text)
				default:
					ending, err = chatEnding(t, p.url, j.text)
				}
				if err == nil && j.wire != "raw sole" && j.wire != "raw two" && ending != "completed" && early(j.text) {
					err = fmt.Errorf("it failed before its first word and ended as %s although the built-in model is there", ending)
				}
				if err != nil {
					t.Errorf("%s, %s: %v", j.wire, j.text, err)
				}
				count(j.wire + " " + ending)
			}
		})
	}
	wires := []string{"raw sole", "raw two", "v1", "chat"}
	for i := range n {
		mode := faultModes[rnd.IntN(len(faultModes))]
		jobs <- job{mode, wires[i%len(wires)], fmt.Sprintf("mock:mode=%s,chunks=6,after=%d,delay=1ms,hold=900ms", mode, rnd.IntN(6))}
	}
	close(jobs)
	wg.Wait()
	endings.Range(func(k, v any) bool {
		t.Logf("%-20s %d", k, v.(*atomic.Int64).Load())
		return true
	})
}

// early says whether the fault comes before the first word.
func early(text string) bool {
	for _, m := range []string{"empty", "429", "500", "503", "402"} {
		if strings.Contains(text, "mode="+m+",") {
			return true
		}
	}
	for _, m := range []string{"cut", "cutclean", "stall", "errmid", "insuf", "garbage"} {
		if strings.Contains(text, "mode="+m+",") && strings.Contains(text, "after=0") {
			return true
		}
	}
	return false
}

// rawEnding is how a raw stream ended, as a client of OpenAI's reads it.
func rawEnding(t testing.TB, url, alias, text string) (string, error) {
	status, data, cut := sse(t, url+"/v1/chat/completions", "demo-app", map[string]any{
		"model": alias, "stream": true, "messages": []map[string]string{{"role": "user", "content": text}},
	})
	if cut != nil {
		return "", fmt.Errorf("the connection broke: %w", cut)
	}
	return endingOf(status, data)
}

func v1Ending(t testing.TB, url, text string) (string, error) {
	status, data, cut := sse(t, url+"/v1/chat/completions", "demo-shopper", map[string]any{
		"model": "shopper", "stream": true, "messages": []map[string]string{{"role": "user", "content": text}},
	})
	if cut != nil {
		return "", fmt.Errorf("the connection broke: %w", cut)
	}
	return endingOf(status, data)
}

// endingOf reads chunks of Chat Completions: one finish_reason and [DONE], or one error and neither.
func endingOf(status int, data []string) (string, error) {
	finishes, failures, done := []string{}, 0, 0
	for _, d := range data {
		if d == "[DONE]" {
			done++
			continue
		}
		var c struct {
			Error   json.RawMessage
			Choices []struct {
				FinishReason string `json:"finish_reason"`
			}
		}
		if json.Unmarshal([]byte(d), &c) != nil {
			continue // an upstream's garbage may pass before the error says so
		}
		if len(c.Error) > 0 {
			failures++
		}
		for _, ch := range c.Choices {
			if ch.FinishReason != "" {
				finishes = append(finishes, ch.FinishReason)
			}
		}
	}
	switch {
	case failures == 1 && done == 0 && (len(finishes) == 0 || status == 200 && len(finishes) == 1 && finishes[0] == "insufficient_system_resource"):
		return "failed", nil
	case status != 200:
		return "", fmt.Errorf("status %d without an error: %q", status, data)
	case failures == 0 && done == 1 && len(finishes) == 1:
		return map[string]string{"stop": "completed", "tool_calls": "completed", "length": "truncated", "content_filter": "refused", "insufficient_system_resource": "failed"}[finishes[0]], nil
	}
	return "", fmt.Errorf("%d finish reasons, %d errors, %d [DONE] in %q", len(finishes), failures, done, data)
}

var faultIDs atomic.Int64

func chatEnding(t testing.TB, url, text string) (string, error) {
	id := faultIDs.Add(1)
	status, data, cut := sse(t, url+"/api/chat", "demo-shopper", map[string]any{
		"id": fmt.Sprintf("fault-%d", id), "trigger": "submit-message",
		"messages": []map[string]any{{"id": fmt.Sprintf("m-%d", id), "role": "user", "parts": []map[string]string{{"type": "text", "text": text}}}},
	})
	if cut != nil || status != 200 {
		return "", fmt.Errorf("status %d, %v: %q", status, cut, data)
	}
	var said []string
	for _, d := range data {
		var part struct{ Type, FinishReason string }
		if d == "[DONE]" {
			continue
		}
		if err := json.Unmarshal([]byte(d), &part); err != nil {
			return "", fmt.Errorf("part %q: %w", d, err)
		}
		switch part.Type {
		case "finish":
			said = append(said, map[string]string{"length": "truncated", "content-filter": "refused"}[part.FinishReason]+"")
			if said[len(said)-1] == "" {
				said[len(said)-1] = "completed"
			}
		case "abort":
			said = append(said, "cancelled")
		case "error":
			said = append(said, "failed")
		}
	}
	if len(said) != 1 {
		return "", fmt.Errorf("endings %q in %q", said, data)
	}
	return said[0], nil
}
