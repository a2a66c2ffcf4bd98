package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// benchTurn prints what a turn of an assistant costs the gateway: two rounds of tools asked for by the kit's model, streamed on /v1, four
// turns at once. The second round asks for what the first one did, and is refused.
func benchTurn(t *testing.T) {
	p := serve(t, "--demo", "--limit-key-rate=-1", "--model-url", mockModel(t), "--model", "mock-model")
	wants := []string{"kettle", "headphones", "desk lamp", "running shoes", "blender", "backpack"}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}}
	t.Cleanup(client.CloseIdleConnections)
	run := func(n int) {
		var g errgroup.Group
		g.SetLimit(4)
		for i := range n {
			g.Go(func() error {
				want := wants[i%len(wants)]
				args := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"query":%q}`, want))
				raw := fmt.Appendf(nil, `{"model":"shopper","stream":true,"user":"u%d","messages":[{"role":"user","content":"I need a %s mock:mode=agent,rounds=2,tool=search_products,args64=%s"}]}`, i%50, want, args)
				x := hear(post1(t.Context(), client, p.url+"/v1/chat/completions", "demo-app", raw))
				if !x.whole() || !strings.Contains(x.text, `"kind":"products"`) || !strings.Contains(x.text, "[DONE]") {
					return fmt.Errorf("turn %d: %v", i, x)
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
