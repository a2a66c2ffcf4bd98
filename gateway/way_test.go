package main

import (
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// weather is what a way is like.
type weather int

const (
	fair   weather = iota
	cut            // connections are closed at once
	silent         // bytes vanish
	slow           // bytes are late, in each direction
)

const late = 250 * time.Millisecond

// way is the road to a server, on which the weather changes.
type way struct {
	to, addr string

	mu    sync.Mutex
	is    weather
	conns map[net.Conn]struct{}
}

func wayTo(t *testing.T, to string) *way {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &way{to: to, addr: l.Addr().String(), conns: map[net.Conn]struct{}{}}
	t.Cleanup(func() { _ = l.Close(); w.be(cut) })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(c)
		}
	}()
	return w
}

// be changes the weather; connections that are cut are closed.
func (w *way) be(is weather) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.is = is
	if is == cut {
		for c := range w.conns {
			_ = c.Close()
		}
	}
}

// clear lets go who waits on a silent way, then the way is fair again.
func (w *way) clear() {
	w.be(cut)
	w.be(fair)
}

func (w *way) now() weather {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.is
}

func (w *way) keep(cs ...net.Conn) (kept bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range cs {
		if w.is == cut {
			_ = c.Close()
			continue
		}
		w.conns[c] = struct{}{}
	}
	return w.is != cut
}

// parcel is what is on its way.
type parcel struct {
	bytes []byte
	due   time.Time
}

func (w *way) carry(c net.Conn) {
	far, err := net.Dial("tcp", w.to)
	if err != nil {
		_ = c.Close()
		return
	}
	if !w.keep(c, far) {
		return
	}
	var wg sync.WaitGroup
	for _, p := range [][2]net.Conn{{c, far}, {far, c}} {
		sent := make(chan parcel, 4096)
		wg.Go(func() {
			defer close(sent)
			for {
				buf := make([]byte, 8<<10)
				n, err := p[0].Read(buf)
				x := parcel{bytes: buf[:n]}
				switch w.now() {
				case slow:
					x.due = time.Now().Add(late)
				case silent:
					x.bytes = nil
				}
				sent <- x
				if err != nil {
					return
				}
			}
		})
		wg.Go(func() {
			for x := range sent {
				time.Sleep(time.Until(x.due))
				if _, err := p[1].Write(x.bytes); err != nil {
					break
				}
			}
			_, _ = p[0].Close(), p[1].Close()
			for range sent { // so that the reader comes to its end
			}
		})
	}
	wg.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.conns, c)
	delete(w.conns, far)
}

// through puts a way before the server of a URL.
func through(t *testing.T, where string) (*way, string) {
	t.Helper()
	u, err := url.Parse(where)
	if err != nil {
		t.Fatal(err)
	}
	w := wayTo(t, u.Host)
	u.Host = w.addr
	return w, u.String()
}
