package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// safe is a buffer for a log that is read while it is written.
type safe struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safe) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safe) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestReload(t *testing.T) {
	file := write(t, "c.toml", "log_level = \"info\"\n")
	put := func(text string) {
		t.Helper()
		next := file + ".new" // as editors and ConfigMaps do: beside, then in its place
		if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, file); err != nil {
			t.Fatal(err)
		}
	}
	var log safe
	applied := make(chan Settings, 4)
	var refuse error
	r := &reloader{
		file: file, log: slog.New(slog.NewTextHandler(&log, nil)), inForce: Settings{LogLevel: "info"},
		read: func() (Settings, error) { s, _, err := readFile(file); return s, err },
		apply: func(_ context.Context, s Settings) error {
			if refuse != nil {
				return refuse
			}
			applied <- s
			return nil
		},
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = r.run(ctx) }()
	said := func(what string) {
		t.Helper()
		within(t, 10*time.Second, what, func() bool { return strings.Contains(log.String(), what) })
	}
	// The watch may begin after the first change: change until it is seen.
	within(t, 10*time.Second, "the first change", func() bool {
		put("log_level = \"warn\"\n# " + time.Now().String() + "\n")
		select {
		case s := <-applied:
			return s.LogLevel == "warn"
		case <-time.After(500 * time.Millisecond):
			return false
		}
	})
	put("log_level = \"debug\"\nadr = 1\n")
	said("c.toml:2: unknown key")
	if r.inForce.LogLevel != "warn" {
		t.Errorf("a wrong file is in force: %q", r.inForce.LogLevel)
	}
	put("addr = \"127.0.0.1:1\"\nlog_level = \"warn\"\n")
	<-applied
	said("count from the next start on")
	if !strings.Contains(log.String(), "settings=addr") {
		t.Error(log.String())
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	<-applied
	stop()
	<-done
	refuse = errors.New("the second target has no address")
	r.reload(t.Context())
	if !strings.Contains(log.String(), "second target has no address") {
		t.Error(log.String())
	}
}

// A running server takes another upstream, another key and another level from its file, without losing a request; a wrong file changes
// nothing.
func TestServeReloads(t *testing.T) {
	one, two := healthyModel(t), healthyModel(t)
	text := func(url, secret string) string {
		return "[[providers]]\nname = \"p\"\nurl = \"" + url + "/v1\"\n[[targets]]\nprovider = \"p\"\nmodel = \"m\"\n[[aliases]]\nname = \"fast\"\nrungs = [{targets = [\"m\"]}]\n" +
			"[[keys]]\nsecret = \"" + secret + "\"\nrole = \"app\"\ntenant = \"t\"\n"
	}
	file := write(t, "c.toml", text(one, "sk-1"))
	p := serve(t, "--config", file, "--data", t.TempDir())
	ask := func(key string) int {
		code, _ := request(t, "POST", p.url+"/v1/chat/completions", key, map[string]any{"model": "fast", "stream": true, "messages": []any{}})
		return code
	}
	if code := ask("sk-1"); code != 200 {
		t.Fatalf("%d: %s", code, p.log)
	}
	put := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(text(two, "sk-2"))
	within(t, 10*time.Second, "the new key works", func() bool { return ask("sk-2") == 200 })
	if code := ask("sk-1"); code != 401 {
		t.Errorf("the old key answers %d", code)
	}
	put(text("nowhere", "sk-3"))
	if err := p.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	if code := ask("sk-2"); code != 200 {
		t.Errorf("after a wrong file: %d", code)
	}
	if err := p.end(t, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(p.log.String(), "c.toml:3: providers 1: url is") {
		t.Errorf("the log does not say what is wrong: %s", p.log)
	}
}
