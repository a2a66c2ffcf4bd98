package api

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// writeWithin is how long a client may take to read one piece. Every write moves the deadline on, so a stream may last for
// hours but never hangs on a reader that stopped reading.
const writeWithin = 30 * time.Second

// sse writes server-sent events. The status goes out with the first byte: until then nothing is decided (see close).
// It pings while nothing happens, so that proxies keep the connection and a client that left is noticed.
type sse struct {
	w     http.ResponseWriter
	rc    *http.ResponseController
	gone  func() // called when a ping cannot be written
	stop  chan struct{}
	done  sync.WaitGroup
	once  sync.Once
	mu    sync.Mutex
	begun bool
	err   error
}

func newSSE(w http.ResponseWriter, every time.Duration, gone func()) *sse {
	s := &sse{w: w, rc: http.NewResponseController(w), gone: gone, stop: make(chan struct{})}
	s.done.Go(func() {
		t := time.NewTicker(every)
		defer t.Stop()
		for {
			select {
			case <-s.stop:
				return
			case <-t.C:
				if s.write([]byte(": ping\n\n")) != nil {
					s.gone()
				}
			}
		}
	})
	return s
}

// send writes one event. An empty id leaves the client's last one as it was.
func (s *sse) send(id, event string, data []byte) error {
	b := make([]byte, 0, len(data)+48)
	if id != "" {
		b = append(append(append(b, "id: "...), id...), '\n')
	}
	if event != "" {
		b = append(append(append(b, "event: "...), event...), '\n')
	}
	b = append(append(append(b, "data: "...), data...), "\n\n"...)
	return s.write(b)
}

func (s *sse) write(b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	_ = s.rc.SetWriteDeadline(time.Now().Add(writeWithin)) // a recorder in a test has none
	if !s.begun {
		s.begun = true
		h := s.w.Header()
		h.Set("Content-Type", "text/event-stream; charset=utf-8")
		h.Set("Cache-Control", "no-store, no-transform")
		h.Set("X-Accel-Buffering", "no")
		s.w.WriteHeader(http.StatusOK)
	}
	if _, s.err = s.w.Write(b); s.err == nil {
		s.err = s.rc.Flush()
	}
	return s.err
}

// close ends the pinging and says whether anything was ever written. It may be called again.
func (s *sse) close() (begun bool) {
	s.once.Do(func() { close(s.stop) })
	s.done.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begun
}

func eventID(id int64) string { return strconv.FormatInt(id, 10) }
