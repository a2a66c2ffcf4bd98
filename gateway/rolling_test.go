package main

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// rolled is what rolling restarts under load did to requests.
type rolled struct {
	restarts     int
	asked, moved int64
	failed       []string
	drained      []time.Duration // from SIGTERM to the end of the process
}

// rollUnderLoad stops one replica after the other with SIGTERM and starts it again, while requests of every kind go on.
func rollUnderLoad(t *testing.T, restarts, workers int) (out rolled) {
	quick, slow := upstream(t, 6, 20*time.Millisecond), upstream(t, 70, 100*time.Millisecond) // the slow one takes seven seconds
	config := gatewayFor(t, nobodys(), quick, unlimited+`
[[providers]]
name = "slow"
url = "`+slow+`/v1"

[[targets]]
name = "slow"
provider = "slow"
model = "slow"

[[aliases]]
name = "slow"
rungs = [{ targets = ["slow"] }]
`)
	rs := fleet(t, 2, "--config", config)
	p := poolOf(t, rs...)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var asked atomic.Int64
	var mu sync.Mutex
	work := func(name string, n int, send func(id string) told) {
		for i := range n {
			wg.Go(func() {
				for j := 0; ; j++ {
					select {
					case <-stop:
						return
					default:
					}
					x := send(fmt.Sprintf("%s-%d-%d", strings.ReplaceAll(name, " ", "-"), i, j))
					asked.Add(1)
					if !x.whole() {
						mu.Lock()
						out.failed = append(out.failed, name+": "+x.String())
						mu.Unlock()
					}
				}
			})
		}
	}
	say := []any{map[string]any{"role": "user", "content": "hello"}}
	v1 := func(key, model string) func(string) told {
		return func(string) told {
			return hear(p.send(t.Context(), "/v1/chat/completions", key, map[string]any{"model": model, "stream": true, "messages": say}))
		}
	}
	work("a raw stream", workers, v1("sk-app", "m"))
	work("a long raw stream", workers, v1("sk-app", "slow"))
	work("an assistant on v1", workers, v1("sk-ann", "shopper"))
	work("a chat", workers, func(id string) told {
		return hear(p.send(t.Context(), "/api/chat", "sk-ann", message(id, "m1", "hello")))
	})
	work("a whole answer", workers, func(string) told {
		return hear(p.send(t.Context(), "/v1/chat/completions", "sk-ann", map[string]any{"model": "shopper", "messages": say}))
	})
	for i := range restarts {
		time.Sleep(1500 * time.Millisecond)
		r := rs[i%2]
		began := time.Now()
		if err := r.end(t, syscall.SIGTERM); err != nil {
			t.Errorf("restart %d: %v %s", i, err, r.log)
		}
		out.drained = append(out.drained, time.Since(began))
		r.start(t)
	}
	time.Sleep(time.Second)
	close(stop)
	wg.Wait()
	out.restarts, out.asked, out.moved = restarts, asked.Load(), p.moved.Load()
	return out
}

// A rolling restart fails no request behind a balancer that goes to the next replica when one says that it stops, or takes no connection.
func TestRollingRestart(t *testing.T) {
	r := rollUnderLoad(t, 2, 2)
	if len(r.failed) > 0 {
		t.Errorf("%d of %d failed, the first: %s", len(r.failed), r.asked, r.failed[0])
	}
	if r.moved == 0 || r.asked < 50 {
		t.Errorf("%d requests, %d of them moved: nothing is shown", r.asked, r.moved)
	}
	t.Logf("%d requests, %d asked again at the other; drained in %v", r.asked, r.moved, r.drained)
}

func benchRolling(t *testing.T) {
	r := rollUnderLoad(t, sized("SHOPKEEPER_RESTARTS", 10), 4)
	fmt.Print("\n| rolling restarts of two replicas under load | bar | figure | |\n|---|---|---|---|\n")
	fmt.Printf("| restarts by SIGTERM, requests meanwhile | | %d, %d | |\n", r.restarts, r.asked)
	fmt.Printf("| requests that failed, raw streams of seven seconds among them | 0 | %d | %s |\n", len(r.failed), holds(len(r.failed) == 0))
	fmt.Printf("| requests that the balancer took to the other replica | | %d | |\n", r.moved)
	fmt.Printf("| from SIGTERM to the end of the process, p50 / max | ≤ 20 s | %.1f / %.1f s | |\n", percentile(r.drained, 50).Seconds(), percentile(r.drained, 100).Seconds())
}
