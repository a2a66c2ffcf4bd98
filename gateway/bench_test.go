package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"
)

// TestBench prints every figure that README and docs quote, as Markdown: `make bench`. It decides nothing: timing never does.
func TestBench(t *testing.T) {
	if os.Getenv("SHOPKEEPER_BENCH") == "" {
		t.Skip("figures are made by make bench")
	}
	t.Run("search", benchSearch)
	t.Run("import", benchImport)
	t.Run("demo", benchDemo)
	t.Run("footprint", benchFootprint)
	t.Run("turn", benchTurn)
	t.Run("suggestions", benchSuggestions)
	t.Run("faults", benchFaults)
	t.Run("leaving", benchLeaving)
	t.Run("limits", benchFleetLimits)
	t.Run("kills", benchKills)
	t.Run("rolling", benchRolling)
}

// searched is what eval search prints.
type searched struct {
	Queries   int     `json:"queries"`
	NDCG10    float64 `json:"ndcg10"`
	Condensed float64 `json:"ndcg10_condensed"`
	MRR10     float64 `json:"mrr10"`
	Recall100 float64 `json:"recall100"`
	Empty     int     `json:"empty"`
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
	Build     float64 `json:"build_s"`
}

func benchSearch(t *testing.T) {
	fmt.Print("\n| search | queries | NDCG@10 | condensed | MRR@10 | recall@100 | p50 ms | p99 ms | index built s |\n|---|---|---|---|---|---|---|---|---|\n")
	row := func(name, folder string, extra ...string) {
		dir := shared(t, "testdata/search/"+folder)
		args := append([]string{
			"eval", "search", "--products", dir + "/products.jsonl.gz", "--queries", dir + "/queries.tsv", "--qrels", dir + "/qrels.tsv", "--json",
		}, extra...)
		code, out, errs := cli(t, args...)
		var s searched
		if code != 0 || json.Unmarshal([]byte(out), &s) != nil {
			t.Fatalf("eval search: %d %s%s", code, out, errs)
		}
		fmt.Printf("| %s | %d | %.4f | %.4f | %.4f | %.4f | %.2f | %.2f | %.2f |\n", name, s.Queries, s.NDCG10, s.Condensed, s.MRR10, s.Recall100, s.P50, s.P99, s.Build)
	}
	row("icecat-en, lexical", "icecat-en")
	row("icecat-en, lexical, one seeded typo a query", "icecat-en", "--typos", "1")
	row("multicpr-zh-mini, lexical", "multicpr-zh-mini")
	if url := os.Getenv("EMBED_URL"); url != "" {
		row("icecat-en, embedded", "icecat-en", "--embed-url", url, "--embed-model", os.Getenv("EMBED_MODEL"))
	}
}

func benchImport(t *testing.T) {
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	feed := filepath.Join(t.TempDir(), "icecat.jsonl.gz")
	raw, err := os.ReadFile(shared(t, "testdata/search/icecat-en/products.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(feed, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	fmt.Print("\n| import of icecat-en | products | changed | seconds | peak RSS MB |\n|---|---|---|---|---|\n")
	add := func(data string) {
		if out, err := exec.Command(bin, "tenant", "add", "icecat", "--currency", "USD", "--data", data).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	load := func(name, data string) {
		var out, errs bytes.Buffer
		p := &process{Cmd: exec.Command(bin, "import", "--tenant", "icecat", "--feed", feed, "--data", data, "--json")}
		p.Stdout, p.Stderr = &out, &errs
		began := time.Now()
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		// The kernel's own figure at the end would hold the parent's memory too.
		stop, rss := make(chan struct{}), make(chan float64)
		go func() {
			most := 0.0
			for {
				select {
				case <-stop:
					rss <- most
					return
				case <-time.After(20 * time.Millisecond):
					if mb, ok := memoryOf(p.Process.Pid, "VmHWM"); ok {
						most = max(most, mb)
					}
				}
			}
		}()
		err := p.Wait()
		took := time.Since(began)
		close(stop)
		var r imported
		if err != nil || json.Unmarshal(out.Bytes(), &r) != nil {
			t.Fatalf("import: %v: %s%s", err, &out, &errs)
		}
		fmt.Printf("| %s | %d | %d | %.1f | %.0f |\n", name, r.Products, r.Changed, took.Seconds(), <-rss)
	}
	data := t.TempDir()
	add(data)
	load("first", data)
	load("again", data)
	killed := t.TempDir()
	add(killed)
	cmd := exec.Command(bin, "import", "--tenant", "icecat", "--feed", feed, "--data", killed)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1500 * time.Millisecond)
	cmd.Process.Kill()
	cmd.Wait()
	load("after a kill at 1.5 s", killed)
}

func benchDemo(t *testing.T) {
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(bin)
	if err != nil {
		t.Fatal(err)
	}
	var readies []time.Duration
	var p *process
	for range 5 {
		if p != nil {
			p.end(t, syscall.SIGTERM)
		}
		p = serve(t, "--demo")
		readies = append(readies, p.ready)
	}
	time.Sleep(5 * time.Second)
	idle := p.memory(t, "VmRSS")
	turns(t, p.url, 16, 8) // the first ones fill caches
	firsts, cards := turns(t, p.url, 200, 8)
	after := p.memory(t, "VmRSS")
	time.Sleep(3 * time.Second) // the key's limit of requests
	var kept struct {
		Requests, Cards, Empty, Relaxed int
		Broken                          []any
	}
	code, out, errs := cli(t, "eval", "limits", "--url", p.url, "--json")
	if json.Unmarshal([]byte(out), &kept) != nil {
		t.Fatalf("eval limits: %d %s%s", code, out, errs)
	}
	fmt.Print("\n| demo, built-in assistant | figure |\n|---|---|\n")
	fmt.Printf("| ready, median of 5 | %.2f s |\n", percentile(readies, 50).Seconds())
	fmt.Printf("| idle RSS, 5 s after start | %.0f MB |\n", idle)
	fmt.Printf("| RSS after 200 turns | %.0f MB |\n", after)
	fmt.Printf("| binary | %.1f MB |\n", float64(info.Size())/(1<<20))
	fmt.Printf("| requests with limits: cards shown, of which break a limit | %d: %d, %d |\n", kept.Requests, kept.Cards, len(kept.Broken))
	fmt.Printf("| first event, p50 / p95 of 200 turns at 8 at once | %.1f / %.1f ms |\n", ms(percentile(firsts, 50)), ms(percentile(firsts, 95)))
	fmt.Printf("| first card, p50 / p95 | %.1f / %.1f ms |\n", ms(percentile(cards, 50)), ms(percentile(cards, 95)))
}

var asks = []string{
	"headphones under 80", "laptops with at least 16 GB", "不要红色的背包", "kettle under 40 not black", "200元以下的耳机", "cheap keyboards",
	"a camera between 300 and 700", "running shoes", "4k tv", "咖啡机", "bluetooth speaker in blue", "watch under 150",
}

// turns sends n messages, so many at once, each in a conversation of its own, and times the first event and the first card.
func turns(t *testing.T, url string, n, at int) (firsts, cards []time.Duration) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	jobs := make(chan int)
	for range at {
		wg.Go(func() {
			for i := range jobs {
				first, card, err := turn(url, fmt.Sprintf("bench-%d-%d", time.Now().UnixNano(), i), asks[i%len(asks)])
				mu.Lock()
				if err != nil {
					t.Error(err)
				}
				firsts, cards = append(firsts, first), append(cards, card)
				mu.Unlock()
			}
		})
	}
	for i := range n {
		jobs <- i
	}
	close(jobs)
	wg.Wait()
	return firsts, cards
}

func turn(url, id, text string) (first, card time.Duration, err error) {
	body, _ := json.Marshal(map[string]any{
		"id":       id,
		"messages": []any{map[string]any{"id": "m1", "role": "user", "parts": []any{map[string]any{"type": "text", "text": text}}}},
	})
	req, err := http.NewRequest(http.MethodPost, url+"/api/chat", bytes.NewReader(body))
	if err != nil {
		return 0, 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer demo-shopper")
	began := time.Now()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return 0, 0, fmt.Errorf("%s: %s", text, res.Status)
	}
	for s := bufio.NewScanner(res.Body); ; {
		s.Buffer(nil, 8<<20)
		for s.Scan() {
			data, ok := strings.CutPrefix(s.Text(), "data: ")
			if !ok {
				continue
			}
			if first == 0 {
				first = time.Since(began)
			}
			if card == 0 && strings.HasPrefix(data, `{"type":"data-products"`) {
				card = time.Since(began)
			}
		}
		if card == 0 {
			return first, card, fmt.Errorf("%s: no card", text)
		}
		return first, card, s.Err()
	}
}

func percentile(ds []time.Duration, p int) time.Duration {
	s := slices.Sorted(slices.Values(ds))
	return s[min(len(s)-1, (len(s)*p+99)/100-1)]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// BenchmarkTurn is a whole turn of the built-in assistant over HTTP, for profiles.
func BenchmarkTurn(b *testing.B) {
	err := Shop{Seed: 1}.with(&env{ctx: b.Context()}, defaults(b), func(s *asker) error {
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				if _, _, err := turn(s.url, fmt.Sprintf("bench-%d-%p", i, pb), asks[i%len(asks)]); err != nil && !strings.Contains(err.Error(), "429") {
					b.Error(err)
				}
			}
		})
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// defaults are the settings of a start without any.
func defaults(t testing.TB) Settings {
	var c struct{ Settings }
	p, err := kong.New(&c, kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Parse(nil); err != nil {
		t.Fatal(err)
	}
	return c.Settings
}
