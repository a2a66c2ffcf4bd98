package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
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

// healthyModel answers everything with three words.
func healthyModel(t testing.TB) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct{ Stream bool }
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if !q.Stream {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"choices":[{"index":0,"message":{"role":"assistant","content":"all is well"},"finish_reason":"stop"}]}`)
			return
		}
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

[limits]
key_rate = -1
turns_a_day = -1
tokens_a_day = -1

[[keys]]
secret = "sk-app"
role = "app"
tenant = "acme"

[[keys]]
secret = "sk-ann"
role = "shopper"
person = "ann"
tenant = "acme"

[[providers]]
name = "faulty"
url = "%s/v1"
response = "400ms"
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

// faultModes are everything that mockllm breaks, and a few ways in which it does not.
var faultModes = []string{"cut", "cutclean", "stall", "errmid", "insuf", "garbage", "empty", "429", "500", "503", "402", "keepalive", "text", "reason", "tools", "badtools"}

// faultWire is a way to ask.
type faultWire struct {
	name  string
	below bool // a rung that is well stands below the faulty one
	piece bool // the model answers in one piece, too: whatever fails fails before the first word
	ask   func(t testing.TB, url, text string) (ending string, err error)
}

var faultWires = []faultWire{
	{"raw, one rung, streamed", false, false, streamedEnding("sole", "sk-app")},
	{"raw, one rung, whole", false, true, wholeEnding("sole", "sk-app")},
	{"raw, two rungs, streamed", true, false, streamedEnding("two", "sk-app")},
	{"raw, two rungs, whole", true, true, wholeEnding("two", "sk-app")},
	{"assistant on /v1, streamed", true, false, streamedEnding("shopper", "sk-ann")},
	{"assistant on /v1, whole", true, false, wholeEnding("shopper", "sk-ann")},
	{"assistant on /api/chat", true, false, chatEnding},
}

// faulted is what became of a wire's turns.
type faulted struct {
	faultWire
	turns, reached, early, saved int // reached: the faulty model; early, saved: of these failed before the first word, and completed
	endings                      map[string]int
	broken                       []string // without exactly one ending on the wire, or not saved
}

// injectFaults asks n times, on each wire in turn, with a fault by chance. The chances are the same in each run.
func injectFaults(t *testing.T, n, at int) []*faulted {
	mock, reached := tagged(t, mockModel(t))
	p := serve(t, "--data", t.TempDir(), "--config", write(t, "c.toml", fmt.Sprintf(faultConfig, mock, healthyModel(t))))
	out := make([]*faulted, len(faultWires))
	for i, w := range faultWires {
		out[i] = &faulted{faultWire: w, endings: map[string]int{}}
	}
	type job struct {
		turn  int
		wire  *faulted
		text  string
		early bool
	}
	jobs := make(chan job)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range at {
		wg.Go(func() {
			for j := range jobs {
				// A model that failed three times in a row is left alone for a while: a good answer first, so that the fault is met.
				if _, err := wholeEnding("sole", "sk-app")(t, p.url, "mock:mode=text"); err != nil {
					t.Error(err)
				}
				ending, err := j.wire.ask(t, p.url, j.text)
				mu.Lock()
				f := j.wire
				f.turns++
				met := reached(j.turn)
				if met {
					f.reached++
				}
				if met && j.early {
					f.early++
					if ending == "completed" {
						f.saved++
					}
				}
				switch {
				case err != nil:
					f.broken = append(f.broken, fmt.Sprintf("%s: %v", j.text, err))
				case f.below && j.early && ending != "completed":
					f.broken = append(f.broken, fmt.Sprintf("%s: it failed before its first word and ended as %s although another rung is well", j.text, ending))
				}
				f.endings[ending]++
				mu.Unlock()
			}
		})
	}
	rnd := rand.New(rand.NewPCG(4, 4))
	for i := range n {
		f := out[i%len(out)]
		mode, after, hold := faultModes[rnd.IntN(len(faultModes))], rnd.IntN(6), ""
		if mode == "stall" && f.piece {
			hold = ",ttft=900ms" // in one piece it stalls before its head
		}
		jobs <- job{i, f, fmt.Sprintf("mock:mode=%s,chunks=6,after=%d,delay=1ms,hold=900ms%s turn-%d.", mode, after, hold, i), early(mode, after, f.piece)}
	}
	close(jobs)
	wg.Wait()
	return out
}

// early says whether a fault comes before the first word.
func early(mode string, after int, piece bool) bool {
	switch mode {
	case "429", "500", "503", "402":
		return true
	case "cut", "stall", "insuf", "garbage":
		return piece || after == 0
	case "cutclean", "errmid": // the model has them in streams only
		return !piece && after == 0
	case "empty":
		return !piece
	}
	return false
}

// tagged is a model behind what notes the turns that reach it.
func tagged(t testing.TB, model string) (at string, reached func(turn int) bool) {
	u, err := url.Parse(model)
	if err != nil {
		t.Fatal(err)
	}
	var seen sync.Map
	tag := regexp.MustCompile(`turn-(\d+)\.`)
	proxy := httputil.NewSingleHostReverseProxy(u)
	proxy.ErrorLog = log.New(io.Discard, "", 0) // cuts are what it is for
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the caller left
		}
		if m := tag.FindSubmatch(body); m != nil {
			seen.Store(string(m[1]), true)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	}))
	s.Config.ErrorLog = proxy.ErrorLog
	t.Cleanup(s.Close)
	return s.URL, func(turn int) bool { _, ok := seen.Load(strconv.Itoa(turn)); return ok }
}

// sized is how much of a proof to run: an environment variable, or what is usual.
func sized(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return usual
}

// Every turn ends in exactly one ending that the wire says, whatever the model's endpoint does; and what failed before its first
// word is answered by the next rung.
func TestFaults(t *testing.T) {
	for _, f := range injectFaults(t, sized("SHOPKEEPER_FAULTS", 350), 16) {
		for _, b := range f.broken {
			t.Errorf("%s: %s", f.name, b)
		}
		if f.reached < f.turns/2 || f.early == 0 {
			t.Errorf("%s: %d of %d turns reached the faulty model, %d failed early: little is shown", f.name, f.reached, f.turns, f.early)
		}
		t.Logf("%s: %d turns, %d reached the model, %d failed early, %d of them completed; %v", f.name, f.turns, f.reached, f.early, f.saved, f.endings)
	}
}

func benchFaults(t *testing.T) {
	fmt.Print("\n| faults of a model by chance | turns | met the fault's model | failed before the first word | of these completed | completed | truncated | refused | cancelled | failed | not exactly one ending, or not saved |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, f := range injectFaults(t, sized("SHOPKEEPER_FAULTS", 10_000), 32) {
		saved := "no rung below"
		if f.below {
			saved = fmt.Sprintf("%d (%.0f %%)", f.saved, 100*float64(f.saved)/float64(max(f.early, 1)))
		}
		fmt.Printf("| %s | %d | %d | %d | %s |", f.name, f.turns, f.reached, f.early, saved)
		for _, e := range []string{"completed", "truncated", "refused", "cancelled", "failed"} {
			fmt.Printf(" %d |", f.endings[e])
		}
		fmt.Printf(" %d |\n", len(f.broken))
		for i, b := range f.broken {
			if i < 3 {
				t.Logf("%s: %s", f.name, b)
			}
		}
	}
}
