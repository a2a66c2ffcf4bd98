package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are in memory, so that time may be a test's.
type pipes struct {
	conns chan net.Conn
	gone  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.gone:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.gone); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

func drain(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// Whoever sends a request slowly, or a head without end, is left; others are served meanwhile.
func TestSlowAndEndlessClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{make(chan net.Conn), make(chan struct{})}
		served := 0
		server := front(t.Context(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			served++
			_, _ = io.Copy(w, r.Body)
		}), slog.New(slog.DiscardHandler))
		done := make(chan error)
		go func() { done <- server.Serve(p) }()
		dial := func() net.Conn {
			ours, theirs := net.Pipe()
			p.conns <- theirs
			return ours
		}

		began, c := time.Now(), dial()
		go drain(c)
		_, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\n")
		for i := 0; err == nil; i++ {
			time.Sleep(time.Second)
			_, err = fmt.Fprintf(c, "X-%d: a\r\n", i)
		}
		if took := time.Since(began); served != 0 || took < 9*time.Second || took > 12*time.Second {
			t.Errorf("a head that is dribbled: %v, served %d", took, served)
		}

		// 10,000 headers, of a kilobyte each: refused, however much more would come.
		c = dial()
		go func(c net.Conn) {
			_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n")
			for i := range 10_000 {
				if _, err := fmt.Fprintf(c, "X-%d: %s\r\n", i, strings.Repeat("a", 1000)); err != nil {
					return
				}
			}
			_, _ = io.WriteString(c, "\r\n")
		}(c)
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || res.StatusCode != http.StatusRequestHeaderFieldsTooLarge || served != 0 {
			t.Errorf("10,000 headers: %v %v", res, err)
		}
		_ = c.Close()

		// A connection on which nothing comes is let go.
		began, c = time.Now(), dial()
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) || time.Since(began) > time.Minute {
			t.Errorf("a silent connection: %v after %v", err, time.Since(began))
		}

		// Meanwhile others are served.
		c = dial()
		go func(c net.Conn) {
			_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
		}(c)
		if res, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || res.StatusCode != 200 {
			t.Errorf("a good client: %v %v", res, err)
		}
		_ = c.Close()
		_ = server.Close()
		<-done
		synctest.Wait()
	})
}

// A client that closes its side before its request is whole is told so; one that closes it afterwards reads its answer, and
// nothing runs on for it.
func TestHalfClosedConnections(t *testing.T) {
	p := serve(t, "--demo")
	half := func(head, body string) (int, string) {
		t.Helper()
		d := net.Dialer{Timeout: 5 * time.Second}
		c, err := d.DialContext(t.Context(), "tcp", strings.TrimPrefix(p.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		if _, err := io.WriteString(c, head+body); err != nil {
			t.Fatal(err)
		}
		if err := c.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			return 0, err.Error()
		}
		defer res.Body.Close()
		raw, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(raw)
	}
	post := func(length int) string {
		return fmt.Sprintf("POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer demo-shopper\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", length)
	}
	const body = `{"model":"shopper","messages":[{"role":"user","content":"kettle"}]}`
	if status, raw := half(post(len(body)+50), body); status != 400 && status != 499 || strings.Contains(raw, "goroutine") {
		t.Errorf("before the body's end: %d %s", status, raw)
	}
	if status, raw := half(post(len(body)), body); status != 200 && status != 499 || !strings.HasPrefix(raw, "{") {
		t.Errorf("after the request: %d %s", status, raw)
	}
	if status, _ := half("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", ""); status != 200 {
		t.Errorf("/healthz: %d", status)
	}
	ask(t, p.url, "demo-shopper", "kettle") // it serves on
}
