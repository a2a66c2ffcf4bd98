package usage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"shopkeeper/gateway/chat"
)

// sink keeps rows by id, after a while, unless it fails.
type sink struct {
	mu    sync.Mutex
	rows  map[string]int // how often each came
	takes time.Duration
	fails error
}

func (s *sink) SaveCalls(ctx context.Context, rows []chat.Call) error {
	s.mu.Lock()
	takes, fails := s.takes, s.fails
	s.mu.Unlock()
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return ctx.Err()
	}
	if fails != nil {
		return fails
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rows == nil {
		s.rows = map[string]int{}
	}
	for _, r := range rows {
		s.rows[r.ID]++
	}
	return nil
}

func (s *sink) be(takes time.Duration, fails error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.takes, s.fails = takes, fails
}

func (s *sink) has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rows[id] > 0
}

func call(n int) chat.Call { return chat.Call{ID: fmt.Sprintf("c%05d", n), Alias: "gpt"} }

// inFiles are the ids that would survive a kill.
func inFiles(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"+spoolSuffix))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, f := range files {
		copied := filepath.Join(t.TempDir(), "copy"+spoolSuffix)
		data, err := os.ReadFile(f)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := errors.Join(err, os.WriteFile(copied, data, 0o600)); err != nil {
			t.Fatal(err)
		}
		sp := &spool{}
		if err := sp.read(copied, func(rows []chat.Call) error {
			for _, r := range rows {
				out[r.ID] = true
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestRowsReachTheSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sink{}
		l := Open(Options{Sink: s, Dir: t.TempDir()})
		for n := range 1000 {
			l.Write(call(n))
		}
		time.Sleep(2 * drainEvery) // what found the writer busy went by a file
		synctest.Wait()
		for n := range 1000 {
			if !s.has(call(n).ID) {
				t.Fatalf("row %d did not come", n)
			}
		}
		l.Write(call(1000))
		if err := l.Close(); err != nil || !s.has(call(1000).ID) {
			t.Errorf("the last row was not written at the end: %v", err)
		}
	})
}

// Whatever the sink does, a row is in it or in a file 250 ms after it was written: that is what a kill -9 leaves.
func TestNothingOlderThanAMomentIsInMemoryAlone(t *testing.T) {
	for name, be := range map[string]func(*sink, int){
		"slow":          func(s *sink, _ int) { s.be(700*time.Millisecond, nil) },
		"down":          func(s *sink, _ int) { s.be(0, errors.New("gone")) },
		"slow and down": func(s *sink, _ int) { s.be(3*time.Second, errors.New("gone")) },
		"never answers": func(s *sink, _ int) { s.be(time.Hour, nil) },
		"comes and goes": func(s *sink, n int) {
			s.be(time.Duration(n%7)*50*time.Millisecond, map[bool]error{true: errors.New("gone")}[n%3 == 0])
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				s := &sink{}
				l := Open(Options{Sink: s, Dir: dir})
				for n := range 400 {
					be(s, n)
					l.Write(call(n))
					time.Sleep(10 * time.Millisecond)
					if n%37 != 36 {
						continue
					}
					synctest.Wait()
					files := inFiles(t, dir)
					for old := range n - 25 {
						if id := call(old).ID; !s.has(id) && !files[id] {
							t.Fatalf("at row %d, row %d is nowhere", n, old)
						}
					}
				}
				s.be(0, nil)
				time.Sleep(15 * time.Second) // what waits for its deadline gets it
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
				for n := range 400 {
					if !s.has(call(n).ID) {
						t.Fatalf("row %d is lost", n)
					}
				}
				if left := inFiles(t, dir); len(left) != 0 {
					t.Errorf("%d rows are still in files", len(left))
				}
			})
		})
	}
}

// A sink that is down for long: memory stays bounded and nothing is dropped.
func TestBoundedMemory(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{fails: errors.New("gone")}
		l := Open(Options{Sink: s, Dir: dir})
		l.most = 1000
		const n = 5500
		for i := range n {
			l.Write(call(i))
			l.mu.Lock()
			if len(l.rows) > l.most {
				t.Fatalf("%d rows in memory", len(l.rows))
			}
			l.mu.Unlock()
		}
		s.be(0, nil)
		time.Sleep(5 * time.Second)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if len(s.rows) != n {
			t.Errorf("%d of %d rows came", len(s.rows), n)
		}
	})
}

// What a killed process left in files is written by the next one; a line that was cut short is no row.
func TestNextProcess(t *testing.T) {
	dir := t.TempDir()
	left := &spool{dir: dir, name: func() string { return "killed" }}
	if err := left.write([]chat.Call{call(1), call(2)}); err != nil {
		t.Fatal(err)
	}
	if _, err := left.file.WriteString(`{"ID":"c0000`); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := &sink{}
		l := Open(Options{Sink: s, Dir: dir})
		synctest.Wait()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if len(s.rows) != 2 || !s.has("c00001") || !s.has("c00002") {
			t.Errorf("rows %v", s.rows)
		}
		if left := inFiles(t, dir); len(left) != 0 {
			t.Errorf("%d rows are still in files", len(left))
		}
	})
}

// Without a folder rows wait in memory for a sink that fails.
func TestNoFolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sink{fails: errors.New("gone")}
		l := Open(Options{Sink: s})
		l.Write(call(1))
		time.Sleep(time.Second)
		l.Write(call(2))
		time.Sleep(time.Second)
		s.be(0, nil)
		if err := l.Close(); err != nil || !s.has("c00001") || !s.has("c00002") {
			t.Errorf("rows %v, %v", s.rows, err)
		}
	})
}
