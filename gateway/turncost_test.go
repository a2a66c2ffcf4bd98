package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// benchTurn prints what a turn of an assistant costs the gateway: two rounds of tools asked for by the kit's model, streamed on /v1, four
// turns at once. The second round asks for what the first one did, and is refused.
func benchTurn(t *testing.T) {
	p := serve(t, "--demo", "--limit-key-rate=-1", "--model-url", mockModel(t), "--model", "mock-model")
	wants := []string{"kettle", "headphones", "desk lamp", "running shoes", "blender", "backpack"}
	ask := func(i int) error {
		want := wants[i%len(wants)]
		args := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"query":%q}`, want))
		body := fmt.Sprintf(`{"model":"shopper","stream":true,"user":"u%d","messages":[{"role":"user","content":"I need a %s mock:mode=agent,rounds=2,tool=search_products,args64=%s"}]}`, i%50, want, args)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/v1/chat/completions", strings.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer demo-app")
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		answer, err := io.ReadAll(res.Body)
		if err == nil && (!strings.Contains(string(answer), `"kind":"products"`) || !strings.Contains(string(answer), "[DONE]")) {
			err = fmt.Errorf("turn %d: %d %s", i, res.StatusCode, answer)
		}
		return err
	}
	run := func(n int) {
		var next atomic.Int64
		var g errgroup.Group
		for range 4 {
			g.Go(func() error {
				for i := next.Add(1); i <= int64(n); i = next.Add(1) {
					if err := ask(int(i)); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	run(50) // the first ones fill caches
	n := sized("SHOPKEEPER_TURNS", 1500)
	before := p.cpu(t)
	run(n)
	fmt.Print("\n| a turn with a model and two rounds of tools | bar | figure |\n|---|---|---|\n")
	fmt.Printf("| CPU, mean of %d at 4 at once | ≤ 2 ms | %.2f ms |\n", n, ms(p.cpu(t)-before)/float64(n))
}

// cpu is what the process has used, user and system, to a hundredth of a second: proc(5).
func (p *process) cpu(t testing.TB) time.Duration {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:])) // its name may hold anything
	var user, system int64
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		t.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}
