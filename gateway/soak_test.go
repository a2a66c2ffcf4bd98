package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// soaker drives one process with every kind of request. Each hundredth reader leaves in the middle of its answer.
type soaker struct {
	url    string
	client *http.Client
	asked  atomic.Int64
	failed atomic.Int64
	first  atomic.Pointer[string] // the first failure
}

func (s *soaker) ask(ctx context.Context, i int64) {
	const text = "mock:chunks=20,size=600"
	path, key, body := "/v1/chat/completions", "sk-app", any(question("sole", text, i%2 == 0))
	switch i % 4 {
	case 2:
		key, body = "sk-ann", question("shopper", text, true)
	case 3: // four messages a conversation, with time between them
		n := i / 4
		path, key, body = "/api/chat", "sk-ann", message(fmt.Sprintf("soak-%d-%d", n/16_000, n%4000), fmt.Sprintf("m-%d", i), text)
	}
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err) // of our own making
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	res, err := post1(ctx, s.client, s.url+path, key, raw)
	if i%100 == 50 && err == nil {
		_, _ = io.CopyN(io.Discard, res.Body, 100)
		cancel()
		res.Body.Close()
		return
	}
	s.asked.Add(1)
	if x := hear(res, err); !x.whole() {
		why := x.String()
		s.first.CompareAndSwap(nil, &why)
		s.failed.Add(1)
	}
}

// capacity is how many requests a second the process answers to so many clients that ask without a pause.
func (s *soaker) capacity(ctx context.Context, clients int, d time.Duration) float64 {
	ctx, cancel := context.WithTimeout(ctx, d+30*time.Second)
	defer cancel()
	var next, done atomic.Int64
	next.Store(rand.Int64N(1 << 40)) // conversations of its own
	var wg sync.WaitGroup
	for end := time.Now().Add(d); clients > 0; clients-- {
		wg.Go(func() {
			for time.Now().Before(end) {
				s.ask(ctx, next.Add(1))
				done.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(done.Load()) / d.Seconds()
}

// steady asks at a rate until the time is over. It never waits for an answer; when far too many are under way it leaves out some.
func (s *soaker) steady(ctx context.Context, rate float64, d time.Duration) (left int64) {
	var wg sync.WaitGroup
	var running atomic.Int64
	began := time.Now()
	for i := int64(1_000_000); ; i++ { // not the conversations of the capacity
		at := began.Add(time.Duration(float64(i-1_000_000) / rate * float64(time.Second)))
		if at.Sub(began) >= d {
			break
		}
		time.Sleep(time.Until(at))
		if running.Load() > 512 {
			left++
			continue
		}
		running.Add(1)
		wg.Go(func() {
			defer running.Add(-1)
			s.ask(ctx, i)
		})
	}
	wg.Wait()
	return left
}

// held is what a process holds of the system.
type held struct{ goroutines, files, sockets int }

func holding(t *testing.T, p *process, operator string) (h held) {
	t.Helper()
	code, raw := request(t, http.MethodGet, "http://"+operator+"/metrics", "", nil)
	m := regexp.MustCompile(`(?m)^go_goroutines (\d+)$`).FindSubmatch(raw)
	if code != 200 || m == nil {
		t.Fatalf("metrics: %d without go_goroutines", code)
	}
	h.goroutines, _ = strconv.Atoi(string(m[1]))
	dir := fmt.Sprintf("/proc/%d/fd", p.Process.Pid)
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		to, err := os.Readlink(filepath.Join(dir, f.Name()))
		if err != nil {
			continue // closed meanwhile
		}
		h.files++
		if strings.HasPrefix(to, "socket:") {
			h.sockets++
		}
	}
	return h
}

// idle is what a process holds when nobody asks and the connections that it keeps for later had their time (90 s).
func (s *soaker) idle(t *testing.T, p *process, operator string) held {
	http.DefaultClient.CloseIdleConnections()
	s.client.CloseIdleConnections()
	time.Sleep(95 * time.Second)
	defer http.DefaultClient.CloseIdleConnections()
	return holding(t, p, operator)
}

// slope is the least squares line through samples at equal distances: its value at the first and at the last one.
func slope(ys []float64) (first, last float64) {
	n := float64(len(ys))
	var sx, sy, sxx, sxy float64
	for i, y := range ys {
		x := float64(i)
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	b := (n*sxy - sx*sy) / (n*sxx - sx*sx)
	a := (sy - b*sx) / n
	return a, a + b*(n-1)
}

func TestSlope(t *testing.T) {
	if first, last := slope([]float64{1, 3, 5, 7}); first != 1 || last != 7 {
		t.Errorf("%v … %v", first, last)
	}
	if first, last := slope([]float64{4, 4, 4}); first != 4 || last != 4 {
		t.Errorf("%v … %v", first, last)
	}
}

// TestSoak runs for SHOPKEEPER_SOAK minutes at half of what the process can do: .ci/bench-soak.
func TestSoak(t *testing.T) {
	minutes, err := strconv.ParseFloat(os.Getenv("SHOPKEEPER_SOAK"), 64)
	if err != nil || minutes <= 1.5 {
		t.Skip("SHOPKEEPER_SOAK says for how many minutes (two or more); .ci/bench-soak sets it")
	}
	operator := free(t)
	p := serve(t, "--data", t.TempDir(), "--metrics-addr", operator, "--config", write(t, "c.toml", fmt.Sprintf(faultConfig, mockModel(t), healthyModel(t))))
	s := &soaker{url: p.url, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 512}}}
	most := s.capacity(t.Context(), 16, 10*time.Second)
	s.capacity(t.Context(), 256, 5*time.Second) // every pool is as full as it gets
	before := s.idle(t, p, operator)

	warm, whole := time.Minute, time.Duration(minutes*float64(time.Minute))
	stop, sampled := make(chan struct{}), make(chan []float64)
	go func() {
		var rss []float64
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		began := time.Now()
		for {
			select {
			case <-stop:
				sampled <- rss
				return
			case <-tick.C:
				if mb, ok := memoryOf(p.Process.Pid, "VmRSS"); ok && time.Since(began) > warm {
					rss = append(rss, mb)
				}
			}
		}
	}()
	left := s.steady(t.Context(), most/2, whole)
	close(stop)
	rss := <-sampled
	after := s.idle(t, p, operator)
	first, last := slope(rss)
	drift := 100 * (last - first) / first
	fmt.Printf("\n| soak: %.0f minutes at %.0f requests/s, half of what 16 clients got | bar | before | after | |\n|---|---|---|---|---|\n", minutes, most/2)
	fmt.Printf("| RSS, MB: least squares over %d s after a minute of warm-up; drift %+.1f %% | ≤ 5 %% | %.1f | %.1f | %s |\n", len(rss), drift, first, last, holds(drift <= 5))
	for _, r := range []struct {
		name          string
		before, after int
	}{{"goroutines", before.goroutines, after.goroutines}, {"file descriptors", before.files, after.files}, {"connections", before.sockets, after.sockets}} {
		fmt.Printf("| %s when idle | not more | %d | %d | %s |\n", r.name, r.before, r.after, holds(r.after <= r.before))
	}
	fmt.Printf("| requests; failed; left out as too many were under way | 0; 0 | | %d; %d; %d | %s |\n", s.asked.Load(), s.failed.Load(), left, holds(s.failed.Load()+left == 0))
	if why := s.first.Load(); why != nil {
		t.Logf("the first failure: %s", *why)
	}
}
