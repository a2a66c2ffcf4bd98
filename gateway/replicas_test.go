package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
)

// twoServers are an empty PostgreSQL database and a Redis database, for replicas. Without servers the test is left out, in CI it fails.
func twoServers(t *testing.T) (db, redis string) {
	t.Helper()
	server, redis := os.Getenv("SHOPKEEPER_TEST_POSTGRES"), os.Getenv("SHOPKEEPER_TEST_REDIS")
	if server == "" || redis == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("SHOPKEEPER_TEST_POSTGRES and SHOPKEEPER_TEST_REDIS name no servers: .ci/test starts them")
		}
		t.Skip("needs a PostgreSQL and a Redis server: SHOPKEEPER_TEST_POSTGRES, SHOPKEEPER_TEST_REDIS")
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	name := "r_" + strings.ToLower(rand.Text())
	if _, err := admin.ExecContext(context.Background(), `CREATE DATABASE `+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.ExecContext(context.Background(), `DROP DATABASE `+name+` WITH (FORCE)`); err != nil {
			t.Error(err)
		}
		_ = admin.Close()
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String(), redis
}

func message(conversation, id, text string) map[string]any {
	return map[string]any{"id": conversation, "messages": []any{map[string]any{
		"id": id, "role": "user", "parts": []any{map[string]any{"type": "text", "text": text}},
	}}}
}

// stream is an answer that is being read.
type stream struct {
	status int
	first  chan struct{} // closed with the first words of the answer
	done   chan string   // all of it
}

func read(t *testing.T, method, url string, body any, header ...string) *stream {
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
	req.Header.Set("Authorization", "Bearer demo-shopper")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	s := &stream{status: res.StatusCode, first: make(chan struct{}), done: make(chan string, 1)}
	go func() {
		defer res.Body.Close()
		var all strings.Builder
		told := false
		for r := bufio.NewReader(res.Body); ; {
			line, err := r.ReadString('\n')
			all.WriteString(line)
			if !told && strings.Contains(line, `"text-delta"`) {
				told = true
				close(s.first)
			}
			if err != nil { // a killed server ends it, too
				break
			}
		}
		s.done <- all.String()
	}()
	return s
}

func (s *stream) all(t *testing.T) string {
	t.Helper()
	select {
	case text := <-s.done:
		return text
	case <-time.After(60 * time.Second):
		t.Fatal("the stream does not end")
		return ""
	}
}

// Two replicas over one PostgreSQL and one Redis: an answer goes on at the other, the other stops it, and when one is killed the other
// goes on with its conversations, nothing acknowledged lost and nothing doubled.
func TestReplicas(t *testing.T) {
	db, redis := twoServers(t)
	model := upstream(t, 60, 50*time.Millisecond) // three seconds
	flags := []string{"--demo", "--db", db, "--redis", redis, "--model-url", model, "--model", "small-model"}
	a, b := serve(t, flags...), serve(t, flags...)

	t.Run("a reader goes on at the other", func(t *testing.T) {
		one := read(t, http.MethodPost, a.url+"/api/chat", message("resume", "m1", "hello"))
		<-one.first
		if code, raw := request(t, http.MethodPost, b.url+"/api/chat", "demo-shopper", message("resume", "m2", "more")); code != http.StatusConflict {
			t.Errorf("a second message while one is answered: %d %s", code, raw)
		}
		other := read(t, http.MethodGet, b.url+"/api/chat/resume/stream", nil)
		x, y := one.all(t), other.all(t)
		for who, s := range map[string]string{"first": x, "other": y} {
			if strings.Count(s, "word") != 60 || !strings.Contains(s, `"type":"finish"`) {
				t.Errorf("the %s read %d words: …%s", who, strings.Count(s, "word"), s[max(0, len(s)-300):])
			}
		}
	})
	t.Run("the other stops it", func(t *testing.T) {
		one := read(t, http.MethodPost, a.url+"/api/chat", message("stop", "m1", "hello"))
		<-one.first
		if code, raw := request(t, http.MethodPost, b.url+"/api/chat/stop/stop", "demo-shopper", map[string]any{}); code != http.StatusNoContent {
			t.Fatalf("stop: %d %s", code, raw)
		}
		if s := one.all(t); strings.Count(s, "word") > 50 || !strings.Contains(s, `"type":"abort"`) {
			t.Errorf("after the stop: %d words, …%s", strings.Count(s, "word"), s[max(0, len(s)-300):])
		}
	})
	t.Run("one is killed", func(t *testing.T) {
		one := read(t, http.MethodPost, a.url+"/api/chat", message("killed", "m1", "hello"))
		<-one.first
		_ = a.end(t, syscall.SIGKILL)
		killed := time.Now()
		one.all(t)
		// Its message was acknowledged: sent again to the other one it is answered, once the dead turn is out of the way.
		for {
			again := read(t, http.MethodPost, b.url+"/api/chat", message("killed", "m1", "hello"))
			s := again.all(t)
			if again.status == http.StatusOK && strings.Contains(s, `"type":"finish"`) {
				break
			}
			if time.Since(killed) > 20*time.Second {
				t.Fatalf("the conversation is not usable: %d %s", again.status, s)
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Logf("usable and answered %s after the kill, three seconds of it are the answer", time.Since(killed))
		code, raw := request(t, http.MethodGet, b.url+"/api/conversations/killed", "demo-shopper", nil)
		if code != 200 || strings.Count(string(raw), `"text":"hello"`) != 1 {
			t.Errorf("the conversation: %d %s", code, raw)
		}
	})
	if code, raw := request(t, http.MethodGet, b.url+"/readyz", "", nil); code != 200 || !strings.Contains(string(raw), `"redis"`) {
		t.Errorf("readyz: %d %s", code, raw)
	}
}
