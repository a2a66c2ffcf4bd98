package main

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// way is the road to a server, which may be cut or lead into a black hole.
type way struct {
	to, addr string

	mu    sync.Mutex
	hole  bool // bytes vanish
	cut   bool // connections are closed at once
	conns map[net.Conn]struct{}
}

func wayTo(t *testing.T, to string) *way {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &way{to: to, addr: l.Addr().String(), conns: map[net.Conn]struct{}{}}
	t.Cleanup(func() { _ = l.Close(); w.be(true, false) })
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

// be changes what the way is like; connections that are cut are closed.
func (w *way) be(cut, hole bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut, w.hole = cut, hole
	if cut {
		for c := range w.conns {
			_ = c.Close()
		}
	}
}

func (w *way) keep(cs ...net.Conn) (kept bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range cs {
		if w.cut {
			_ = c.Close()
			continue
		}
		w.conns[c] = struct{}{}
	}
	return !w.cut
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
		wg.Go(func() {
			buf := make([]byte, 32<<10)
			for {
				n, err := p[0].Read(buf)
				w.mu.Lock()
				hole := w.hole
				w.mu.Unlock()
				if n > 0 && !hole {
					if _, werr := p[1].Write(buf[:n]); werr != nil {
						err = werr
					}
				}
				if err != nil {
					_, _ = p[0].Close(), p[1].Close()
					return
				}
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

func soon(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for began := time.Now(); time.Since(began) < 30*time.Second; time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

// What docs/configure.md says of a Redis and a PostgreSQL that are cut off or fall silent.
func TestOutages(t *testing.T) {
	db, redis := twoServers(t)
	toDB, db := through(t, db)
	toRedis, redis := through(t, redis)
	p := serve(t, "--demo", "--db", db, "--redis", redis)
	chat := func(id string) (int, string) {
		t.Helper()
		code, raw := request(t, http.MethodPost, p.url+"/api/chat", "demo-shopper", message(id, "m1", "hello"))
		return code, string(raw)
	}
	well := func(id string) {
		t.Helper()
		if code, raw := chat(id); code != 200 || !strings.Contains(raw, `"type":"finish"`) {
			t.Errorf("%s: %d %s", id, code, raw)
		}
	}
	state := func() (int, string) {
		t.Helper()
		res, err := http.Get(p.url + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		raw, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(raw)
	}
	ready := func() bool { code, raw := state(); return code == 200 && strings.Contains(raw, `"ready"`) }
	well("before")

	for name, hole := range map[string]bool{"redis-cut": false, "redis-silent": true} {
		toRedis.be(!hole, hole)
		well(name)
		soon(t, name+" is said", func() bool { code, raw := state(); return code == 200 && strings.Contains(raw, `"degraded"`) })
		well(name + "-2")
		toRedis.be(true, false) // who waits in the hole is let go
		toRedis.be(false, false)
		soon(t, name+" is over", ready)
		well(name + "-3")
	}
	for name, hole := range map[string]bool{"db-cut": false, "db-silent": true} {
		toDB.be(!hole, hole)
		if code, raw := chat(name); code != 503 || !strings.Contains(raw, "database_down") || strings.Contains(raw, toDB.addr) {
			t.Errorf("%s: %d %s", name, code, raw)
		}
		soon(t, name+" is said", func() bool { code, raw := state(); return code == 503 && strings.Contains(raw, "not_ready") })
		toDB.be(true, false)
		toDB.be(false, false)
		soon(t, name+" is over", ready)
		well(name) // the same message again: nothing of it was half done
		well("before")
	}
}
