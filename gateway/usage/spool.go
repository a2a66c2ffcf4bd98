package usage

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"shopkeeper/gateway/chat"
)

// spool keeps rows in files, one JSON object a line, while the sink does not take them. What is written survives the process; a line
// that a crash cut short is the only one lost. Files are named by the process that began them, so that several may share a folder.
type spool struct {
	dir  string
	name func() string

	mu   sync.Mutex
	file *os.File // being written; nil: none
	rows int      // in it
}

const (
	spoolSuffix = ".calls"
	spoolRows   = 10_000 // a file
)

// write appends rows and returns when the system has them.
func (s *spool) write(rows []chat.Call) error {
	var b []byte
	for _, c := range rows {
		line, err := json.Marshal(c)
		if err != nil {
			return fmt.Errorf("spool call: %w", err)
		}
		b = append(append(b, line...), '\n')
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		if err := os.MkdirAll(s.dir, 0o700); err != nil {
			return fmt.Errorf("spool calls: %w", err)
		}
		f, err := os.OpenFile(filepath.Join(s.dir, s.name()+spoolSuffix), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return fmt.Errorf("spool calls: %w", err)
		}
		s.file, s.rows = f, 0
	}
	if _, err := s.file.Write(b); err != nil {
		return fmt.Errorf("spool calls: %w", err)
	}
	if s.rows += len(rows); s.rows >= spoolRows {
		s.end()
	}
	return nil
}

func (s *spool) end() {
	if s.file != nil {
		_ = s.file.Close() // every row was written already
		s.file = nil
	}
}

// files are what waits for the sink, oldest first; the one being written is ended, so that it is among them.
func (s *spool) files() ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read spool: %w", err)
	}
	var out []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), spoolSuffix) {
			out = append(out, filepath.Join(s.dir, e.Name()))
		}
	}
	slices.Sort(out) // names are UUIDv7: by time
	return out, nil
}

// read gives the rows of a file to save, some at a time, and removes the file when all were saved.
func (s *spool) read(file string, save func([]chat.Call) error) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("read spool: %w", err)
	}
	defer f.Close()
	r := bufio.NewReader(f)
	var rows []chat.Call
	for {
		line, err := r.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read spool: %w", err)
		}
		var c chat.Call
		if json.Unmarshal(line, &c) == nil && c.ID != "" { // a line that a crash cut short is none
			rows = append(rows, c)
		}
		if ended := err != nil; ended || len(rows) >= mostRows {
			if len(rows) > 0 {
				if err := save(rows); err != nil {
					return err
				}
			}
			if rows = rows[:0]; ended {
				break
			}
		}
	}
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("empty spool: %w", err)
	}
	return nil
}
