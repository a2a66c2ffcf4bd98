package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"shopkeeper/gateway/desk"
)

const (
	chatwootSecret = "chatwoot-webhook-secret"
	noticeSecret   = "shopkeeper-webhook-secret"
)

// chatwoot stands in for one: of its API what is documented of messages, and of its webhooks message_created.
type chatwoot struct {
	t    *testing.T
	hook string // where its webhooks go

	mu       sync.Mutex
	messages map[int][]chatwootMessage // of each conversation
	last     int
	lose     int // so many answers to what is created are lost
	down     int // so many requests are refused
}

type chatwootMessage struct {
	ID      int    `json:"id"`
	Content string `json:"content"`
	Type    int    `json:"message_type"`
	Private bool   `json:"private"`
}

func (c *chatwoot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	answer := func(code int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(v)
	}
	var conversation int
	if _, err := fmt.Sscanf(r.URL.Path, "/api/v1/accounts/7/conversations/%d/messages", &conversation); err != nil || !strings.HasSuffix(r.URL.Path, "/messages") {
		c.t.Errorf("Chatwoot has no %s", r.URL.Path)
		answer(404, map[string]string{"error": "Resource could not be found"})
		return
	}
	if r.Header.Get("api_access_token") != "chatwoot-token" || r.Header.Get("Authorization") != "" {
		c.t.Errorf("Chatwoot is asked with %v", r.Header)
		answer(401, map[string]string{"error": "Invalid Access Token"})
		return
	}
	if c.down > 0 {
		c.down--
		answer(503, map[string]string{})
		return
	}
	all := c.messages[conversation]
	switch r.Method {
	case http.MethodGet:
		some := []chatwootMessage{}
		after, _ := strconv.Atoi(r.URL.Query().Get("after"))
		before, _ := strconv.Atoi(r.URL.Query().Get("before"))
		for _, m := range all {
			if m.ID > after && (before == 0 || m.ID < before) {
				some = append(some, m)
			}
		}
		if after == 0 {
			some = some[max(0, len(some)-20):]
		}
		answer(200, map[string]any{"meta": map[string]any{}, "payload": some})
	case http.MethodPost:
		var m struct {
			Content     string
			MessageType string `json:"message_type"`
			Private     *bool
		}
		in := json.NewDecoder(r.Body)
		in.DisallowUnknownFields()
		if err := in.Decode(&m); err != nil || m.Content == "" || m.MessageType != "outgoing" || m.Private == nil || !*m.Private || r.Header.Get("Content-Type") != "application/json" {
			c.t.Errorf("Chatwoot is to create %+v: %v", m, err)
		}
		c.last++
		one := chatwootMessage{c.last, m.Content, 1, true}
		c.messages[conversation] = append(all, one)
		go func() { // it tells of private notes, too
			if code, said := c.tell(conversation, one, map[string]any{"id": 3, "type": "user"}, nil); code != 200 || !strings.Contains(said, "not for us") {
				c.t.Errorf("the webhook of a note: %d %s", code, said)
			}
		}()
		if c.lose > 0 {
			c.lose--
			answer(502, map[string]string{})
			return
		}
		answer(200, one)
	default:
		c.t.Errorf("Chatwoot has no %s %s", r.Method, r.URL.Path)
		answer(405, map[string]string{})
	}
}

// tell sends the webhook of a message, as Chatwoot signs it.
func (c *chatwoot) tell(conversation int, m chatwootMessage, sender map[string]any, more map[string]any) (int, string) {
	body := map[string]any{
		"event": "message_created", "id": m.ID, "content": m.Content, "message_type": []string{"incoming", "outgoing"}[m.Type], "content_type": "text", "private": m.Private,
		"sender": sender, "inbox": map[string]any{"id": 4, "name": "Web"}, "account": map[string]any{"id": 7, "name": "Acme"},
		"conversation": map[string]any{
			"id": conversation, "inbox_id": 4, "status": "open", "contact_inbox": map[string]any{"hmac_verified": more["verified"] == true},
			"meta": map[string]any{"sender": map[string]any{"id": 14, "identifier": more["identifier"], "type": "contact"}},
		},
	}
	raw, err := json.Marshal(body)
	if err != nil {
		c.t.Error(err)
	}
	return c.post(raw, chatwootSecret, time.Now())
}

func (c *chatwoot) post(raw []byte, secret string, at time.Time) (int, string) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(append([]byte(stamp+"."), raw...))
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.hook+"/chatwoot", bytes.NewReader(raw))
	if err != nil {
		return 0, err.Error()
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Chatwoot-Timestamp", stamp)
	req.Header.Set("X-Chatwoot-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	req.Header.Set("X-Chatwoot-Delivery", "d")
	client := &http.Client{Timeout: 5 * time.Second} // as long as Chatwoot waits
	resp, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(said)
}

// says is a message of the customer's, or an agent's, with its webhook.
func (c *chatwoot) says(conversation, kind int, text string, more map[string]any) (m chatwootMessage) {
	c.t.Helper()
	c.mu.Lock()
	c.last++
	m = chatwootMessage{c.last, text, kind, false}
	c.messages[conversation] = append(c.messages[conversation], m)
	c.mu.Unlock()
	if code, said := c.tell(conversation, m, sender(kind), more); code != 200 || !strings.Contains(said, "taken") {
		c.t.Fatalf("webhook: %d %s", code, said)
	}
	return m
}

func sender(kind int) map[string]any {
	return map[string]any{"id": 14, "type": []string{"contact", "user"}[kind]}
}

// notes are the private ones of a conversation.
func (c *chatwoot) notes(conversation int) (out []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.messages[conversation] {
		if m.Private {
			out = append(out, m.Content)
		}
	}
	return out
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// adapter runs docs/examples/chatwoot/adapter.py.
func adapter(t *testing.T, addr string, env ...string) (log *written, stop func()) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("python3 is not on this machine")
	}
	log = &written{}
	cmd := exec.Command(python, "../docs/examples/chatwoot/adapter.py")
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "PYTHONDONTWRITEBYTECODE=1", "LISTEN=" + addr}, env...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	stop = func() {
		once.Do(func() {
			_ = cmd.Process.Signal(syscall.SIGTERM)
			late := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
			defer late.Stop()
			if err := cmd.Wait(); err != nil {
				t.Errorf("the adapter ended with %v: %s", err, log)
			}
		})
	}
	t.Cleanup(stop)
	within(t, 20*time.Second, "the adapter listens", func() bool { return strings.Contains(log.String(), "listening on") })
	return log, stop
}

// The adapter between a help desk that exists and a demo: a customer's message in, a private note with a grounded suggestion out.
func TestChatwootAdapter(t *testing.T) {
	w, err := world(1, "")
	if err != nil {
		t.Fatal(err)
	}
	c := &chatwoot{t: t, messages: map[int][]chatwootMessage{}, last: 100}
	api := httptest.NewServer(c)
	t.Cleanup(api.Close)
	at, shopAt, dir := freePort(t), freePort(t), t.TempDir()
	c.hook = "http://" + at
	env := []string{
		"SHOP_URL=http://" + shopAt, "SHOP_KEY=demo-app", "SHOP_WEBHOOK_SECRET=" + noticeSecret, "CHATWOOT_URL=" + api.URL, "CHATWOOT_ACCOUNT=7", "CHATWOOT_TOKEN=chatwoot-token",
		"CHATWOOT_WEBHOOK_SECRET=" + chatwootSecret, "STATE=" + filepath.Join(dir, "state.db"), "RETRY_SECONDS=0.1", "CHECK_SECONDS=1",
	}
	log, stop := adapter(t, at, env...)

	// What is not theirs is turned away, what is not for it left.
	question := []byte(`{"event":"message_created","id":1,"content":"hi","message_type":"incoming","account":{"id":7},"conversation":{"id":9},"inbox":{"id":4}}`)
	for name, try := range map[string]struct {
		body   []byte
		secret string
		at     time.Time
		want   int
	}{
		"another secret": {question, "x", time.Now(), 401},
		"an old one":     {question, chatwootSecret, time.Now().Add(-10 * time.Minute), 401},
		"no webhook":     {[]byte(`[1]`), chatwootSecret, time.Now(), 400},
		"no JSON":        {[]byte(`{`), chatwootSecret, time.Now(), 400},
		"too long":       {bytes.Repeat([]byte(" "), 2<<20), chatwootSecret, time.Now(), 413},
		"another event":  {[]byte(`{"event":"conversation_created","account":{"id":7}}`), chatwootSecret, time.Now(), 200},
		"another one's":  {bytes.Replace(question, []byte(`:7`), []byte(`:8`), 1), chatwootSecret, time.Now(), 200},
	} {
		if code, said := c.post(try.body, try.secret, try.at); code != try.want && (try.want != 413 || code != 0) { // which may be told to a broken connection
			t.Errorf("%s: %d %s, want %d", name, code, said, try.want)
		}
	}
	if code, _ := request(t, http.MethodPost, c.hook+"/shopkeeper", "", map[string]any{"type": "suggestions.ready"}); code != 401 {
		t.Errorf("a webhook of nobody's: %d", code)
	}

	// The shop is not there yet: it is asked again.
	first := c.says(10, 0, "How long do I have to return something?", nil)
	within(t, 20*time.Second, "the adapter says that the shop does not answer", func() bool { return strings.Contains(log.String(), "Shopkeeper does not answer") })
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "shopkeeper.toml")
	if err := os.WriteFile(config, []byte("[[webhooks]]\ntenant = \"demo\"\nurl = \"http://"+at+"/shopkeeper\"\nsecret = \""+noticeSecret+"\"\nevents = [\"suggestions.ready\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, bin, "serve", "--demo", "--addr", shopAt, "--metrics-addr", "off", "--config", config, "--data", t.TempDir())
	noted := func(conversation, n int) string {
		t.Helper()
		within(t, 20*time.Second, "a note", func() bool { return len(c.notes(conversation)) >= n })
		all := c.notes(conversation)
		if len(all) != n {
			t.Fatalf("%d notes, want %d: %q\n%s", len(all), n, all, log)
		}
		return all[n-1]
	}
	note := noted(10, 1)
	for _, part := range []string{"**Suggested reply 1 of ", "· grounded", "30 days", "Sources:", "Returns and exchanges › How long you have (version 2026-03): “", fmt.Sprintf("`shopkeeper %d`", first.ID)} {
		if !strings.Contains(note, part) {
			t.Errorf("the note has no %q: %s", part, note)
		}
	}
	for range 3 { // Chatwoot tells again, Shopkeeper may, too
		if code, said := c.tell(10, first, sender(0), nil); code != 200 || !strings.Contains(said, "known already") {
			t.Errorf("told again: %d %s", code, said)
		}
	}

	// What the agent makes of it is told.
	d := deskClient{t, p.url}
	suggested := func(conversation, message int) (m struct{ Suggestions []suggestionSeen }) {
		d.do("GET", fmt.Sprintf("/api/suggestions?conversation=chatwoot-7-%d&message=%d", conversation, message), "demo-app", nil, 200, &m)
		return m
	}
	within(t, 20*time.Second, "it is known that it was shown", func() bool { return suggested(10, first.ID).Suggestions[0].State == desk.Shown })
	reply := c.says(10, 1, suggested(10, first.ID).Suggestions[0].Text+" All the best", nil)
	within(t, 20*time.Second, "it is known that it was sent", func() bool { return suggested(10, first.ID).Suggestions[0].State == desk.Sent })
	if x := suggested(10, first.ID).Suggestions[0]; x.Distance <= 0 || x.Distance > 0.2 {
		t.Errorf("sent with distance %v", x.Distance)
	}
	c.tell(10, reply, sender(1), nil)

	// In Chinese; a burst gets one note; an answer that is lost on its way, none twice.
	c.mu.Lock()
	c.lose, c.down = 1, 2
	c.mu.Unlock()
	zh := c.says(11, 0, "退款要多久？", nil)
	note = noted(11, 1)
	for _, part := range []string{"**建议回复 1/", "· 有依据", "来源：", "退换货政策 › 退款 (版本 2026-03)", fmt.Sprintf("`shopkeeper %d`", zh.ID)} {
		if !strings.Contains(strings.ReplaceAll(note, "来源:", "来源："), part) {
			t.Errorf("the note has no %q: %s", part, note)
		}
	}
	c.says(11, 1, "我们会尽快处理，请稍等。", nil) // of what was suggested nothing
	c.says(12, 0, "Hello", nil)
	c.says(12, 0, "I have a question", nil)
	last := c.says(12, 0, "What does shipping cost?", nil)
	within(t, 20*time.Second, "a note to the last of a burst", func() bool {
		all := c.notes(12)
		return len(all) > 0 && strings.Contains(all[len(all)-1], fmt.Sprintf("`shopkeeper %d`", last.ID))
	})

	// Whose orders are told is proven by Chatwoot, or nobody's are.
	c.says(13, 0, "where is my last order?", map[string]any{"identifier": w.People[0].ID})
	c.says(14, 0, "where is my last order?", map[string]any{"identifier": w.People[0].ID, "verified": true})
	if note := noted(13, 1); strings.Contains(note, "SK-") {
		t.Errorf("told of whom nobody proved to be: %s", note)
	}
	if note := noted(14, 1); !strings.Contains(note, "SK-") {
		t.Errorf("nothing of the order: %s", note)
	}
	for _, o := range w.Orders {
		if o.Status == "paid" { // may be cancelled: planned and not done
			c.says(16, 0, "Please cancel order "+o.ID+", I no longer need it", map[string]any{"identifier": o.Shopper, "verified": true})
			if note := noted(16, 1); !strings.Contains(note, "It plans, and has not done: ") || !strings.Contains(note, " – the customer gets back ") || !strings.Contains(note, o.ID) {
				t.Errorf("nothing is planned: %s", note)
			}
			break
		}
	}

	// Ended and begun again it goes on. Shopkeeper's webhooks do not reach it this time: it asks.
	stop()
	env[2] = "SHOP_WEBHOOK_SECRET=" + strings.Repeat("x", 24)
	log, _ = adapter(t, at, env...)
	if code, said := c.tell(10, first, sender(0), nil); code != 200 || !strings.Contains(said, "known already") {
		t.Errorf("told again after a restart: %d %s", code, said)
	}
	c.says(15, 0, "How long is the warranty?", nil)
	noted(15, 1)
	for conversation, n := range map[int]int{9: 0, 10: 1, 11: 1, 13: 1, 14: 1, 15: 1, 16: 1} {
		if got := len(c.notes(conversation)); got != n {
			t.Errorf("conversation %d has %d notes, want %d", conversation, got, n)
		}
	}
	var health struct{ Waiting int }
	within(t, 20*time.Second, "all is done", func() bool {
		code, raw := request(t, http.MethodGet, c.hook+"/health", "", nil)
		return code == 200 && json.Unmarshal(raw, &health) == nil && health.Waiting == 0
	})
	for _, secret := range []string{noticeSecret, chatwootSecret, "chatwoot-token", "demo-app", "return something"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
