package route

import (
	"sync"
	"time"

	"shopkeeper/gateway/llm"
)

// target counts failures in a row, so that a dead endpoint is left alone for a while and one request at a time finds out whether it is back.
type target struct {
	Target
	c *Config

	mu       sync.Mutex
	failures int
	until    time.Time // cooling until then; zero = not cooling
	probing  bool      // the one request that tries it after a cool-down
}

// admit says whether a request may try the target now. What it admits must report by succeed, fail or release.
func (t *target) admit() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.until.IsZero() {
		return true
	}
	if t.probing || t.c.Now().Before(t.until) {
		return false
	}
	t.probing = true
	return true
}

func (t *target) succeed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failures, t.until, t.probing = 0, time.Time{}, false
}

// release gives back an admission that showed nothing about the target: the caller left, or the request was at fault.
func (t *target) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.probing = false
}

// fail counts one more failure in a row and says whether the target cools down now.
func (t *target) fail(e *llm.Error) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failures++
	t.probing = false
	rest := time.Duration(0)
	switch {
	case e.Kind == llm.BadKey: // a key or a balance does not mend itself in seconds
		rest = 4 * t.c.Cooldown
	case t.failures >= t.c.Failures:
		rest = t.c.Cooldown << min(t.failures-t.c.Failures, 3)
	}
	if e.Kind == llm.RateLimited && e.Retry > t.c.RetryWait {
		rest = max(rest, min(e.Retry, 8*t.c.Cooldown))
	}
	if rest > 0 {
		t.until = t.c.Now().Add(rest)
	}
	return rest > 0
}

func (t *target) health() Health {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := Health{Target: t.Name, State: "ready", Failures: t.failures}
	switch {
	case t.probing:
		h.State = "probing"
	case !t.until.IsZero() && t.c.Now().Before(t.until):
		h.State = "cooling"
	}
	return h
}
