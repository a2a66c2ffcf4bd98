package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// request sends JSON and reads the whole answer.
func request(t testing.TB, method, url, key string, body any) (int, []byte) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, out
}

// completion is as much of a Chat Completions answer as the tests read.
type completion struct {
	Choices []struct {
		Message struct {
			Content string `json:"content"`
			Shop    struct {
				Cards []struct {
					Kind string          `json:"kind"`
					Data json.RawMessage `json:"data"`
				} `json:"cards"`
			} `json:"shop"`
		} `json:"message"`
		Finish string `json:"finish_reason"`
	} `json:"choices"`
	Shop struct {
		Conversation, Ending, Rung string
	} `json:"shop"`
}

// ask puts one message to the shopper's assistant and wants a completed answer.
func ask(t testing.TB, url, key, text string) completion {
	t.Helper()
	code, raw := request(t, http.MethodPost, url+"/v1/chat/completions", key, map[string]any{
		"model": "shopper", "messages": []any{map[string]any{"role": "user", "content": text}},
	})
	var c completion
	if code != http.StatusOK || json.Unmarshal(raw, &c) != nil || len(c.Choices) != 1 {
		t.Fatalf("%s: %d %s", text, code, raw)
	}
	return c
}

// titles of the products that an answer shows.
func (c completion) titles() (out []string) {
	for _, card := range c.Choices[0].Message.Shop.Cards {
		var list struct {
			Shown []struct{ Title string } `json:"shown"`
		}
		if card.Kind == "products" && json.Unmarshal(card.Data, &list) == nil {
			for _, p := range list.Shown {
				out = append(out, p.Title)
			}
		}
	}
	return out
}

func TestServeDemo(t *testing.T) {
	p := serve(t, "--demo")
	if code, raw := request(t, http.MethodGet, p.url+"/readyz", "", nil); code != 200 || !strings.Contains(string(raw), `"ready"`) {
		t.Errorf("readyz: %d %s", code, raw)
	}
	if code, _, errs := cli(t, "health", p.url); code != 0 {
		t.Errorf("health: %d %s", code, errs)
	}
	for _, page := range []string{"/", "/widget.js", "/openapi.yaml"} {
		if code, raw := request(t, http.MethodGet, p.url+page, "", nil); code != 200 || len(raw) < 100 {
			t.Errorf("%s: %d, %d bytes", page, code, len(raw))
		}
	}
	c := ask(t, p.url, "demo-shopper", "headphones under 80")
	if len(c.titles()) == 0 || c.Choices[0].Message.Content == "" || c.Shop.Ending != "completed" || c.Shop.Rung != "rules" {
		t.Errorf("headphones under 80: %+v", c)
	}
	c = ask(t, p.url, "demo-shopper", "我的最近一笔订单到哪了？")
	if cards := c.Choices[0].Message.Shop.Cards; len(cards) == 0 || cards[0].Kind != "order" {
		t.Errorf("the last order: %+v", c)
	}
	if err := p.end(t, syscall.SIGTERM); err != nil {
		t.Errorf("SIGTERM: %v, %s", err, p.log)
	}
}

// The demo of another day lives on that day: its offers are valid then, and so the assistant and the storefront say.
func TestServeAnotherDay(t *testing.T) {
	p := serve(t, "--demo", "--today", "2024-02-29")
	c := ask(t, p.url, "demo-shopper", "which coupons are there for headphones?")
	good := 0
	for _, card := range c.Choices[0].Message.Shop.Cards {
		var offer struct {
			Applies      bool
			Starts, Ends *time.Time
		}
		if err := json.Unmarshal(card.Data, &offer); err != nil {
			t.Fatal(err)
		}
		if card.Kind == "coupon" && offer.Applies && offer.Ends != nil && offer.Ends.Year() == 2024 {
			good++
		}
	}
	if good == 0 {
		t.Errorf("no offer of limited time applies: %s", c.Choices[0].Message.Content)
	}
	_, raw := request(t, http.MethodGet, p.url+"/api/products?q=headphones&size=60", "", nil)
	if !strings.Contains(string(raw), "Audio days") {
		t.Error("the storefront shows no offer of that day")
	}
}

func TestTakenPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	code, _, errs := cli(t, "serve", "--demo", "--addr", l.Addr().String())
	if code != 1 || !strings.Contains(errs, "taken by another program") || strings.Count(strings.TrimSpace(errs), "\n") != 0 {
		t.Errorf("code %d, %q", code, errs)
	}
}

// upstream is an OpenAI-compatible endpoint that says words, one every pause.
func upstream(t *testing.T, words int, pause time.Duration) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for range words {
			fmt.Fprint(w, `data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"word "}}]}`+"\n\n")
			w.(http.Flusher).Flush()
			select {
			case <-time.After(pause):
			case <-r.Context().Done():
				return
			}
		}
		fmt.Fprint(w, `data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// Three lines of configuration put a model behind the chat, and when it is gone the built-in assistant answers and says so.
func TestModelBehindTheChat(t *testing.T) {
	url := upstream(t, 3, 0)
	config := write(t, "shop.toml", "[model]\nurl = \""+url+"\"\nname = \"small-model\"\n")
	p := serve(t, "--demo", "--config", config)
	if c := ask(t, p.url, "demo-shopper", "hello"); c.Shop.Rung != "small-model" || !strings.Contains(c.Choices[0].Message.Content, "word word") {
		t.Errorf("with the model: %+v", c)
	}
	gone := serve(t, "--demo", "--model-url", "http://127.0.0.1:1", "--model", "small-model")
	if c := ask(t, gone.url, "demo-shopper", "kettles"); c.Shop.Rung != "rules" || len(c.titles()) == 0 {
		t.Errorf("without the model: %+v", c)
	}
}

// SIGTERM: a turn that runs may end within the drain; one that takes longer is stored as cancelled. Either way exit 0.
func TestDrain(t *testing.T) {
	for _, c := range []struct {
		name, drain, ending string
		words               int
	}{
		{"ends in time", "20s", "completed", 6},
		{"takes too long", "300ms", "cancelled", 600},
	} {
		data := t.TempDir()
		p := serve(t, "--demo", "--data", data, "--model-url", upstream(t, c.words, 100*time.Millisecond), "--model", "m", "--drain", c.drain)
		stream := post(t, p.url, "demo-shopper", "drained", "hello")
		first(t, stream, `"text-delta"`)
		if err := p.end(t, syscall.SIGTERM); err != nil {
			t.Errorf("%s: %v, %s", c.name, err, p.log)
		}
		again := serve(t, "--demo", "--data", data)
		code, raw := request(t, http.MethodGet, again.url+"/api/conversations/drained", "demo-shopper", nil)
		if code != 200 || !strings.Contains(string(raw), `"`+c.ending+`"`) || !strings.Contains(string(raw), "word") {
			t.Errorf("%s: history: %d %s", c.name, code, raw)
		}
	}
}

// A raw answer has the same time; when that is over it says that it was cancelled, as a stream and in one piece.
func TestDrainOfRawAnswers(t *testing.T) {
	for _, c := range []struct {
		name, drain string
		words       int
		want, not   string
	}{
		{"ends in time", "20s", 70, "[DONE]", "cancelled"}, // seven seconds: longer than a moment
		{"takes too long", "300ms", 600, `"code":"cancelled"`, "[DONE]"},
	} {
		p := serve(t, "--demo", "--model-url", upstream(t, c.words, 100*time.Millisecond), "--model", "m", "--drain", c.drain)
		raw := []byte(`{"model":"m","stream":true,"messages":[{"role":"user","content":"hello"}]}`)
		res, err := post1(t.Context(), http.DefaultClient, p.url+"/v1/chat/completions", "demo-app", raw)
		if err != nil {
			t.Fatal(err)
		}
		said := make(chan told, 1)
		go func() { said <- hear(res, nil) }()
		if err := p.end(t, syscall.SIGTERM); err != nil {
			t.Errorf("%s: %v, %s", c.name, err, p.log)
		}
		if x := <-said; x.err != nil || !strings.Contains(x.text, c.want) || strings.Contains(x.text, c.not) {
			t.Errorf("%s: %s", c.name, x)
		}
	}
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	t.Cleanup(silent.Close)
	p := serve(t, "--demo", "--model-url", silent.URL, "--model", "m", "--drain", "300ms")
	said := make(chan told, 1)
	go func() {
		said <- hear(post1(t.Context(), http.DefaultClient, p.url+"/v1/chat/completions", "demo-app", []byte(`{"model":"m","messages":[{"role":"user","content":"hello"}]}`)))
	}()
	time.Sleep(200 * time.Millisecond) // it is on its way
	if err := p.end(t, syscall.SIGTERM); err != nil {
		t.Errorf("%v, %s", err, p.log)
	}
	if x := <-said; x.status != 499 || !strings.Contains(x.text, `"error"`) {
		t.Errorf("a whole answer that did not come: %s", x)
	}
}

// An acknowledged message survives a kill, and the conversation goes on afterwards.
func TestKillLosesNoMessage(t *testing.T) {
	data := t.TempDir()
	p := serve(t, "--demo", "--data", data, "--model-url", upstream(t, 600, 100*time.Millisecond), "--model", "m")
	first(t, post(t, p.url, "demo-shopper", "killed", "remember the kettle"), `"text-delta"`)
	p.end(t, syscall.SIGKILL)
	again := serve(t, "--demo", "--data", data)
	code, raw := request(t, http.MethodGet, again.url+"/api/conversations/killed", "demo-shopper", nil)
	if code != 200 || !strings.Contains(string(raw), "remember the kettle") {
		t.Errorf("history: %d %s", code, raw)
	}
	stream := post(t, again.url, "demo-shopper", "killed", "kettles under 50")
	first(t, stream, `"type":"finish"`)
}

// post sends a message on the AI SDK's wire and leaves the stream open.
func post(t *testing.T, url, key, conversation, text string) *bufio.Scanner {
	t.Helper()
	body, _ := json.Marshal(map[string]any{"id": conversation, "messages": []any{map[string]any{
		"id": "m" + fmt.Sprint(time.Now().UnixNano()), "role": "user", "parts": []any{map[string]any{"type": "text", "text": text}},
	}}})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/api/chat", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != http.StatusOK {
		raw, _ := io.ReadAll(res.Body)
		t.Fatalf("%s: %d %s", text, res.StatusCode, raw)
	}
	s := bufio.NewScanner(res.Body)
	s.Buffer(nil, 8<<20)
	return s
}

// first reads a stream up to the first line that holds a text.
func first(t *testing.T, s *bufio.Scanner, want string) {
	t.Helper()
	for s.Scan() {
		if strings.Contains(s.Text(), want) {
			return
		}
	}
	t.Fatalf("the stream ended without %s (%v)", want, s.Err())
}

// A shop of its own: a feed, a push, a deletion, a revoked key, a reindex, all beside a running serve.
func TestBesideARunningServe(t *testing.T) {
	data := t.TempDir()
	command := func(args ...string) string {
		t.Helper()
		code, out, errs := cli(t, append(args, "--data", data)...)
		if code != 0 {
			t.Fatalf("shopkeeper %s: %d %s", strings.Join(args, " "), code, errs)
		}
		return strings.TrimSpace(out)
	}
	command("tenant", "add", "acme", "--currency", "EUR", "--zone", "Europe/Berlin")
	app := command("keys", "add", "--tenant", "acme", "--role", "app")
	shopper := command("keys", "add", "--tenant", "acme", "--role", "shopper", "--id", "s1")
	p := serve(t, "--data", data)

	feed := write(t, "feed.jsonl", `{"id":"k1","title":"Quiet kettle 1.7 l","brand":"Nordal","category":"Kettles","price_cents":3990,"currency":"EUR","stock":4}
{"id":"k2","title":"Travel kettle 0.5 l","category":"Kettles","price_cents":1990,"currency":"EUR","url":"javascript:alert(1)"}
{"id":"k3","title":"Glass kettle","category":"Kettles","price_cents":2990,"currency":"EUR"}
`)
	code, out, errs := cli(t, "import", "--tenant", "acme", "--feed", feed, "--data", data)
	if code != 1 || !strings.Contains(errs, "1 rows") || !strings.Contains(out, "2 products") {
		t.Errorf("import with a bad row: %d %q %q", code, out, errs)
	}
	if raw, err := os.ReadFile(feed + ".rejects.jsonl"); err != nil || !strings.Contains(string(raw), `"line":2`) || !strings.Contains(string(raw), `"field":"url"`) {
		t.Errorf("rejects: %v %s", err, raw)
	}
	within(t, 2*time.Second, "the imported products are found", func() bool { return len(ask(t, p.url, shopper, "kettle").titles()) == 2 })

	if code, raw := request(t, http.MethodPut, p.url+"/api/products", app, map[string]any{
		"products": []any{map[string]any{"id": "t1", "title": "Four slice toaster", "category": "Toasters", "price_cents": 4990}}, "delete": []string{"k3"},
	}); code != 200 {
		t.Fatalf("PUT /api/products: %d %s", code, raw)
	}
	within(t, time.Second, "the pushed product is found", func() bool { return len(ask(t, p.url, shopper, "toaster").titles()) == 1 })
	within(t, time.Second, "the deleted one is not", func() bool { return len(ask(t, p.url, shopper, "kettle").titles()) == 1 })

	command("reindex", "--tenant", "acme")
	time.Sleep(500 * time.Millisecond)
	if got := ask(t, p.url, shopper, "toaster").titles(); len(got) != 1 {
		t.Errorf("after reindex: %q", got)
	}

	// Somebody at the command line turns the assistant off while it answers, and on again.
	command("assistant", "off", "shopper", "--tenant", "acme", "--reason", "wrong prices")
	question := map[string]any{"model": "shopper", "messages": []any{map[string]any{"role": "user", "content": "kettle"}}}
	within(t, 2*time.Second, "the assistant is off", func() bool {
		code, raw := request(t, http.MethodPost, p.url+"/v1/chat/completions", shopper, question)
		return code == http.StatusServiceUnavailable && strings.Contains(string(raw), "assistant_off")
	})
	command("assistant", "on", "shopper", "--tenant", "acme")
	within(t, 2*time.Second, "the assistant is on again", func() bool {
		code, _ := request(t, http.MethodPost, p.url+"/v1/chat/completions", shopper, question)
		return code == http.StatusOK
	})
	if code, _, errs := cli(t, "assistant", "off", "nobody", "--tenant", "acme", "--data", data); code != 1 || !strings.Contains(errs, "shopper") {
		t.Errorf("an unknown assistant: %d %s", code, errs)
	}

	list := command("keys", "list", "--tenant", "acme")
	for line := range strings.Lines(list) {
		if id, _, _ := strings.Cut(line, "\t"); strings.Contains(line, "\tshopper\t") {
			command("keys", "revoke", id)
		}
	}
	within(t, 2*time.Second, "the revoked key is refused", func() bool {
		code, _ := request(t, http.MethodPost, p.url+"/v1/chat/completions", shopper, map[string]any{
			"model": "shopper", "messages": []any{map[string]any{"role": "user", "content": "kettle"}},
		})
		return code == http.StatusUnauthorized
	})

	// All of it is in the audit, and no secret is.
	audit := command("audit", "--tenant", "acme")
	for _, act := range []string{"tenant_put", "key_added", "assistant_off", "wrong prices", "assistant_on", "key_revoked"} {
		if !strings.Contains(audit, act) {
			t.Errorf("the audit lacks %s:\n%s", act, audit)
		}
	}
	if strings.Contains(audit, app) || strings.Contains(audit, shopper) {
		t.Error("a secret is in the audit")
	}
}

// The calls of a turn stand with it, in the accounts and in its hops.
func TestOperatorSeesTurns(t *testing.T) {
	p := serve(t, "--demo")
	ask(t, p.url, "demo-shopper", "headphones under 80")
	type entry struct {
		ID, Kind, Assistant, Ending string
		Spans                       []struct{ Kind, Name string }
	}
	var list struct{ Turns []entry }
	within(t, 2*time.Second, "the turn is listed", func() bool {
		code, raw := request(t, http.MethodGet, p.url+"/api/admin/turns", "demo-admin", nil)
		return code == 200 && json.Unmarshal(raw, &list) == nil && len(list.Turns) > 0
	})
	var one entry
	within(t, 2*time.Second, "its calls are accounted", func() bool {
		code, raw := request(t, http.MethodGet, p.url+"/api/admin/turns/"+list.Turns[0].ID, "demo-admin", nil)
		kinds := map[string]int{}
		if code != 200 || json.Unmarshal(raw, &one) != nil {
			t.Fatalf("%d %s", code, raw)
		}
		for _, s := range one.Spans {
			kinds[s.Kind]++
		}
		return kinds["turn"] == 1 && kinds["round"] > 0 && kinds["model"] == kinds["round"] && kinds["tool"] > 0
	})
	if len(list.Turns) != 1 || list.Turns[0].Kind != "turn" || list.Turns[0].Ending != "completed" {
		t.Errorf("%+v", list.Turns)
	}
}

// A backup of a running shop is a shop elsewhere.
func TestBackupCommands(t *testing.T) {
	data, other, file := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "shop.backup")
	command := func(want int, args ...string) (string, string) {
		t.Helper()
		code, out, errs := cli(t, args...)
		if code != want {
			t.Fatalf("shopkeeper %s: %d %s", strings.Join(args, " "), code, errs)
		}
		return strings.TrimSpace(out), errs
	}
	command(0, "tenant", "add", "acme", "--currency", "EUR", "--data", data)
	shopper, _ := command(0, "keys", "add", "--tenant", "acme", "--role", "shopper", "--id", "s1", "--data", data)
	feed := write(t, "feed.jsonl", `{"id":"k1","title":"Quiet kettle","category":"Kettles","price_cents":3990}`+"\n")
	command(0, "import", "--tenant", "acme", "--feed", feed, "--data", data)
	p := serve(t, "--data", data)
	within(t, 2*time.Second, "the kettle is found", func() bool { return len(ask(t, p.url, shopper, "kettle").titles()) == 1 })
	command(0, "backup", "--out", file, "--data", data)
	if _, errs := command(2, "backup", "--out", file, "--data", data); !strings.Contains(errs, "another file") {
		t.Error(errs)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup is for everybody: %v %v", info, err)
	}
	if _, errs := command(1, "restore", "--from", file, "--data", data); !strings.Contains(errs, "--replace") {
		t.Error(errs)
	}
	command(0, "restore", "--from", file, "--data", other)
	q := serve(t, "--data", other)
	within(t, 2*time.Second, "the kettle is found there too", func() bool { return len(ask(t, q.url, shopper, "kettle").titles()) == 1 })
	if out, _ := command(0, "audit", "--data", other); !strings.Contains(out, "restore") {
		t.Errorf("the audit says %q", out)
	}
	if out, _ := command(0, "retention", "--keep-conversations", "1", "--dry-run", "--data", other); !strings.Contains(out, "0 would go") {
		t.Errorf("retention says %q", out)
	}
	command(2, "retention", "--data", other)
}

// within tries until it holds; what the contract promises within d is given three times that on a busy machine.
func within(t *testing.T, d time.Duration, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(3 * d); ; time.Sleep(20 * time.Millisecond) {
		if holds() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, d)
		}
	}
}

// A broken file changes nothing; a killed import goes on where it stopped and ends in the same state.
func TestImportIsAllOrNothing(t *testing.T) {
	data := t.TempDir()
	if code, _, errs := cli(t, "tenant", "add", "acme", "--currency", "EUR", "--data", data); code != 0 {
		t.Fatal(errs)
	}
	broken := write(t, "broken.xml", `<?xml version="1.0"?><rss><channel><item><g:id xmlns:g="http://base.google.com/ns/1.0">1</g:id><title>Kettle</title></item><item>`)
	code, out, errs := cli(t, "import", "--tenant", "acme", "--feed", broken, "--data", data)
	if code != 1 || out != "" || strings.Count(strings.TrimSpace(errs), "\n") != 0 {
		t.Errorf("a broken feed: %d %q %q", code, out, errs)
	}
	if code, _, errs := cli(t, "import", "--tenant", "nobody", "--feed", broken, "--data", data); code != 1 || !strings.Contains(errs, "tenant add nobody") {
		t.Errorf("an unknown tenant: %d %q", code, errs)
	}
	if code, _, errs := cli(t, "import", "--tenant", "acme", "--feed", filepath.Join(data, "none.csv"), "--data", data); code != 1 || !strings.Contains(errs, "none.csv") {
		t.Errorf("a file that is not there: %d %q", code, errs)
	}
	good := write(t, "good.jsonl", `{"id":"1","title":"Kettle","price_cents":100}`+"\n")
	for _, changed := range []int{1, 0} {
		code, out, errs := cli(t, "import", "--tenant", "acme", "--feed", good, "--data", data, "--json")
		var r imported
		if code != 0 || json.Unmarshal([]byte(out), &r) != nil || r.Products != 1 || r.Changed != changed {
			t.Errorf("import: %d %q %q", code, out, errs)
		}
	}
}

func TestDoctor(t *testing.T) {
	code, out, _ := cli(t, "doctor", "--data", t.TempDir())
	if code != 0 || strings.Count(out, "ok ") < 4 {
		t.Errorf("nothing configured: %d\n%s", code, out)
	}
	code, out, errs := cli(t, "doctor", "--data", t.TempDir(), "--model-url", "http://127.0.0.1:1", "--model", "m", "--embed-url", "http://127.0.0.1:1", "--embed-model", "e", "--qdrant", "qdrant://127.0.0.1:1")
	if code != 1 || strings.Count(out, "WRONG") != 3 || strings.Count(out, "→") != 3 || !strings.Contains(errs, "3 of 5") {
		t.Errorf("nothing answers: %d\n%s%s", code, out, errs)
	}
	code, out, _ = cli(t, "doctor", "--data", t.TempDir(), "--model-url", upstream(t, 2, 0), "--model", "m", "--json")
	var found []finding
	if code != 0 || json.Unmarshal([]byte(out), &found) != nil || !found[1].OK {
		t.Errorf("a model that works: %d\n%s", code, out)
	}
}

// Apps and admins reach the configured model by its own name, as it is; shoppers do not.
func TestRawAlias(t *testing.T) {
	p := serve(t, "--demo", "--model-url", upstream(t, 3, 0), "--model", "small-model")
	body := map[string]any{"model": "small-model", "stream": true, "messages": []any{map[string]any{"role": "user", "content": "hello"}}}
	if code, raw := request(t, http.MethodPost, p.url+"/v1/chat/completions", "demo-app", body); code != 200 || !strings.HasSuffix(string(raw), "data: [DONE]\n\n") {
		t.Errorf("an app: %d %s", code, raw)
	}
	if code, raw := request(t, http.MethodPost, p.url+"/v1/chat/completions", "demo-shopper", body); code != 404 || !strings.Contains(string(raw), `"error"`) {
		t.Errorf("a shopper: %d %s", code, raw)
	}
	for key, want := range map[string]string{"demo-app": "small-model", "demo-shopper": "shopper"} {
		if code, raw := request(t, http.MethodGet, p.url+"/v1/models", key, nil); code != 200 || !strings.Contains(string(raw), `"`+want+`"`) {
			t.Errorf("models of %s: %d %s", key, code, raw)
		}
	}
}
