package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// reloader puts a changed configuration file in force: on SIGHUP, and when the file changes. What it reads is checked whole first;
// a file that is wrong leaves everything as it was, and the log says why, with file and line.
type reloader struct {
	file  string
	read  func() (Settings, error) // flags, environment and file together, as at the start
	apply func(ctx context.Context, s Settings) error
	log   *slog.Logger

	inForce Settings
}

// settle is how long a file must be quiet: editors write in several steps.
const settle = 100 * time.Millisecond

// run ends with ctx. Without a file there is nothing to do but to answer SIGHUP with a line.
func (r *reloader) run(ctx context.Context) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	var events chan fsnotify.Event
	var errs chan error
	if r.file != "" {
		w, err := fsnotify.NewWatcher()
		if err == nil {
			defer w.Close()
			err = w.Add(filepath.Dir(r.file)) // the folder: a file is replaced more often than it is written
		}
		if err != nil {
			r.log.WarnContext(ctx, "the configuration file is not watched; SIGHUP reloads it", "error", err)
		} else {
			events, errs = w.Events, w.Errors
		}
	}
	last, _ := os.ReadFile(r.file)
	var quiet <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hup:
			if r.file == "" {
				r.log.InfoContext(ctx, "nothing to reload: the server runs without a configuration file")
				continue
			}
			last, _ = os.ReadFile(r.file)
			r.reload(ctx)
		case <-events:
			quiet = time.After(settle)
		case err := <-errs:
			r.log.WarnContext(ctx, "watching the configuration file", "error", err)
		case <-quiet:
			quiet = nil
			now, err := os.ReadFile(r.file)
			if err != nil || bytes.Equal(now, last) {
				continue
			}
			last = now
			r.reload(ctx)
		}
	}
}

// reload reads, checks, switches.
func (r *reloader) reload(ctx context.Context) {
	s, err := r.read()
	if err == nil {
		err = r.apply(ctx, s)
	}
	if err != nil {
		r.log.ErrorContext(ctx, "the configuration stays as it was: the file is wrong", "error", err)
		return
	}
	if fixed := fixedChanges(r.inForce, s); len(fixed) > 0 {
		r.log.WarnContext(ctx, "some changed settings count from the next start on", "settings", strings.Join(fixed, ", "))
	}
	r.inForce = s
	r.log.InfoContext(ctx, "configuration reloaded", "file", r.file)
}

// fixedChanges are the changed settings that a running server cannot take over.
func fixedChanges(before, after Settings) (out []string) {
	a, b := reflect.ValueOf(before), reflect.ValueOf(after)
	for _, l := range settingLeaves() {
		if reloadable(l.path) || reflect.DeepEqual(a.FieldByIndex(l.index).Interface(), b.FieldByIndex(l.index).Interface()) {
			continue
		}
		out = append(out, l.path)
	}
	return out
}

// reloadable says which settings a reload puts in force, beside the lists.
func reloadable(path string) bool {
	return strings.HasPrefix(path, "model.") || path == "log_level"
}

// reader reads the settings again as they were read at the start.
func (c *ServeCmd) reader(e *env, given Settings) func() (Settings, error) {
	return func() (Settings, error) {
		s := given
		if err := s.overlay(c.Config, e.kong); err != nil {
			return s, fmt.Errorf("read settings: %w", err)
		}
		return s, nil
	}
}
