package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the program, built once for the tests that need a process of its own: kills, signals, memory.
var binary = sync.OnceValues(func() (string, error) {
	if b := os.Getenv("SHOPKEEPER_BIN"); b != "" {
		return b, nil
	}
	dir, err := os.MkdirTemp("", "shopkeeper-test-")
	if err != nil {
		return "", err
	}
	builtIn = dir
	if err := os.Chmod(dir, 0o755); err != nil { // the container tests run it as nobody
		return "", err
	}
	file := filepath.Join(dir, "shopkeeper")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", file, ".") // as make and the Dockerfile do: one build cache
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return file, nil
})

var builtIn string

func TestMain(m *testing.M) {
	code := m.Run()
	if builtIn != "" {
		os.RemoveAll(builtIn)
	}
	os.Exit(code)
}

// written is a buffer that a process writes while a test reads it.
type written struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *written) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *written) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// process is a running serve.
type process struct {
	*exec.Cmd
	url    string
	banner string
	ready  time.Duration // from exec to the banner
	log    *written
	done   chan error
}

// serve starts the program and waits until it says that it is ready. It is ended with the test.
func serve(t testing.TB, args ...string) *process {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, bin, append([]string{"serve", "--addr", "127.0.0.1:0", "--metrics-addr", "off"}, args...)...)
	return p
}

func start(t testing.TB, bin string, args ...string) *process {
	t.Helper()
	return startWith(t, func(*exec.Cmd) {}, bin, args...)
}

func startWith(t testing.TB, with func(*exec.Cmd), bin string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(bin, args...), log: &written{}, done: make(chan error, 1)}
	with(p.Cmd)
	p.Stderr = p.log
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill(); <-p.done })
	said := make(chan string, 1)
	go func() {
		r := bufio.NewReader(out)
		line, _ := r.ReadString('\n')
		p.ready = time.Since(began)
		said <- line
		rest, _ := io.ReadAll(r)
		_ = rest
		err := p.Wait()
		p.done <- err
		close(p.done)
	}()
	select {
	case p.banner = <-said:
	case <-time.After(60 * time.Second):
		t.Fatalf("serve is not ready after a minute: %s", p.log)
	}
	_, url, ok := strings.Cut(strings.TrimSpace(p.banner), "http://")
	if !ok {
		<-p.done
		t.Fatalf("serve says %q: %s", p.banner, p.log)
	}
	p.url = "http://" + strings.Fields(url)[0]
	return p
}

// end sends a signal and waits.
func (p *process) end(t testing.TB, s syscall.Signal) error {
	t.Helper()
	if err := p.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-p.done:
		return err
	case <-time.After(60 * time.Second):
		t.Fatalf("the process did not end after %v: %s", s, p.log)
		return nil
	}
}

// memory reads a line of the process's status, in MB: VmRSS now, VmHWM the most there was.
func (p *process) memory(t testing.TB, field string) float64 {
	t.Helper()
	mb, ok := memoryOf(p.Process.Pid, field)
	if !ok {
		t.Fatalf("no %s of process %d", field, p.Process.Pid)
	}
	return mb
}

func memoryOf(pid int, field string) (mb float64, ok bool) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(raw)) {
		if name, v, _ := strings.Cut(line, ":"); name == field {
			fmt.Sscan(v, &mb)
			return mb / 1024, true
		}
	}
	return 0, false
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

// shared is a path beside the repository. CI has it; elsewhere a test may go without.
func shared(t testing.TB, path string) string {
	t.Helper()
	f := filepath.Join("..", "..", "shared", path)
	if _, err := os.Stat(f); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("CI lacks %s", f)
		}
		t.Skipf("needs %s beside the repository", path)
	}
	return f
}
