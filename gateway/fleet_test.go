package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// replica is a process at an address that stays its own, so that it can be killed and started again under load.
type replica struct {
	addr string
	args []string
	*process
}

// fleet starts replicas over one PostgreSQL and one Redis.
func fleet(t *testing.T, n int, args ...string) []*replica {
	t.Helper()
	db, redis := twoServers(t)
	var out []*replica
	for range n {
		r := &replica{addr: free(t), args: append([]string{"--db", db, "--redis", redis, "--data", t.TempDir()}, args...)}
		r.start(t)
		out = append(out, r)
	}
	return out
}

func (r *replica) start(t *testing.T) {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	r.process = start(t, bin, append([]string{"serve", "--addr", r.addr, "--metrics-addr", "off", "--log-level", "error"}, r.args...)...)
}

func (r *replica) at() string { return "http://" + r.addr }

// kill ends a replica as a power cut does, and says when.
func (r *replica) kill(t *testing.T) time.Time {
	t.Helper()
	now := time.Now()
	_ = r.end(t, syscall.SIGKILL)
	return now
}

// pool stands before replicas as the least of load balancers does: they take turns, and a request to which one gave no answer, or
// said that it is about to stop, goes to the next. An answer that has begun is never asked for again.
type pool struct {
	urls  []string
	http  *http.Client
	turn  atomic.Int64
	moved atomic.Int64 // requests that another replica had to answer
}

func poolOf(t *testing.T, rs ...*replica) *pool {
	p := &pool{http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	for _, r := range rs {
		p.urls = append(p.urls, r.at())
	}
	t.Cleanup(p.http.CloseIdleConnections)
	return p
}

// send tries each replica again for ten seconds at most.
func (p *pool) send(ctx context.Context, path, key string, body any) (*http.Response, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	began, at := time.Now(), int(p.turn.Add(1))
	for try := 0; ; try++ {
		res, err := post1(ctx, p.http, p.urls[(at+try)%len(p.urls)]+path, key, raw)
		stops := false
		if err == nil && res.StatusCode == http.StatusServiceUnavailable {
			var said []byte
			said, err = io.ReadAll(res.Body)
			res.Body.Close()
			stops = err == nil && bytes.Contains(said, []byte(`"draining"`))
			res.Body = io.NopCloser(bytes.NewReader(said))
		}
		if err == nil && !stops || time.Since(began) > 10*time.Second || ctx.Err() != nil {
			if try > 0 {
				p.moved.Add(1)
			}
			return res, err
		}
		if try%len(p.urls) == len(p.urls)-1 {
			time.Sleep(20 * time.Millisecond)
		}
	}
}

func post1(ctx context.Context, c *http.Client, url, key string, raw []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	return c.Do(req)
}

// told is what a reader of a stream saw.
type told struct {
	status int
	first  time.Time // of the first words; zero: none came
	text   string
	err    error // the connection broke
}

// hear reads an answer to its end.
func hear(res *http.Response, err error) (x told) {
	if err != nil {
		x.err = err
		return x
	}
	defer res.Body.Close()
	x.status = res.StatusCode
	var all strings.Builder
	for r := bufio.NewReader(res.Body); ; {
		line, err := r.ReadString('\n')
		all.WriteString(line)
		if x.first.IsZero() && (strings.Contains(line, `"text-delta"`) || strings.Contains(line, `"content":"`)) {
			x.first = time.Now()
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				x.err = err
			}
			break
		}
	}
	x.text = all.String()
	return x
}

// whole says whether a stream has its good end, on either wire.
func (x told) whole() bool {
	return x.err == nil && x.status == http.StatusOK && (strings.Contains(x.text, `"type":"finish"`) || strings.Contains(x.text, "data: [DONE]") ||
		strings.Contains(x.text, `"finish_reason":"stop"`))
}

func (x told) String() string {
	return fmt.Sprintf("%d, %v: …%s", x.status, x.err, x.text[max(0, len(x.text)-300):])
}

// unlimited are settings under which nothing but what a test is about refuses a request.
const unlimited = "[limits]\nkey_rate = -1\nturns_a_day = -1\ntokens_a_day = -1\n"

// nobodys is a name that no other test has.
func nobodys() string { return "t" + strings.ToLower(rand.Text()[:12]) }

// holds is the last cell of a row that has a bar.
func holds(ok bool) string {
	if ok {
		return "holds"
	}
	return "**falls short**"
}
