package api

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

func timeoutless(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}

// eventually waits for what another goroutine of the server does; it gives up only when that is plainly not coming.
func (h *house) eventually(ok func() bool) {
	h.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	h.t.Fatal("it did not happen")
}

// memoryWriter is a response that stays in memory.
type memoryWriter struct {
	mu sync.Mutex
	b  bytes.Buffer
	h  http.Header
}

func (w *memoryWriter) Header() http.Header {
	if w.h == nil {
		w.h = http.Header{}
	}
	return w.h
}
func (w *memoryWriter) WriteHeader(int) {}
func (w *memoryWriter) Flush()          {}
func (w *memoryWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *memoryWriter) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// ownedByQueue answers as the assistant does for a conversation that waits for a person.
type ownedByQueue struct{ Chats }

func (ownedByQueue) Start(_ context.Context, t assistant.Turn) (assistant.Started, error) {
	return assistant.Started{Conversation: t.Conversation, After: 99}, nil
}

func (ownedByQueue) Follow(context.Context, shop.Principal, string, int64) iter.Seq2[chat.Event, error] {
	return func(yield func(chat.Event, error) bool) {
		for _, e := range []chat.Event{
			{ID: 100, Kind: chat.EvBegun, Text: "a1"}, {ID: 101, Kind: chat.EvOwner, Owner: &chat.Owner{Kind: chat.Queue}}, {ID: 102, Kind: chat.EvEnded, Ending: chat.Completed},
		} {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// forgetsTheEnd loses the last event of every turn.
type forgetsTheEnd struct{ Chats }

func (f forgetsTheEnd) cut(es iter.Seq2[chat.Event, error]) iter.Seq2[chat.Event, error] {
	return func(yield func(chat.Event, error) bool) {
		for e, err := range es {
			if err == nil && e.Kind == chat.EvEnded {
				return
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func (f forgetsTheEnd) Run(ctx context.Context, t assistant.Turn) iter.Seq2[chat.Event, error] {
	return f.cut(f.Chats.Run(ctx, t))
}

func (f forgetsTheEnd) Follow(ctx context.Context, who shop.Principal, id string, after int64) iter.Seq2[chat.Event, error] {
	return f.cut(f.Chats.Follow(ctx, who, id, after))
}

type (
	conversationsPort = Conversations // embedded under another name: the method has this one
	panics            struct{ conversationsPort }
)

func (panics) Conversations(context.Context, shop.Principal, int, time.Time) ([]chat.Conversation, error) {
	panic("secret of the panic")
}

// raw sends a request whose target is not tidied up first.
func (h *house) raw(method, target, secret string) answered {
	h.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		h.t.Fatal(err)
	}
	defer c.Close()
	if _, err := fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n", method, target, secret); err != nil {
		h.t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answered{h.t, res.StatusCode, res.Header, b}
}

// unsized is a body whose length the client does not say.
type unsized struct{ io.Reader }

func (unsized) Close() error { return nil }

// strayKeys has a key of a tenant that is gone, and one that its store cannot look up.
type strayKeys struct{ Keys }

func (s strayKeys) Key(ctx context.Context, hash [32]byte) (shop.Key, error) {
	switch hash {
	case sha256.Sum256([]byte("stray")):
		return shop.Key{ID: "k", Tenant: "gone", Role: shop.App, Hash: hash}, nil
	case sha256.Sum256([]byte("broken")):
		return shop.Key{}, errors.New("dial tcp 10.0.0.7:5432: refused")
	}
	return s.Keys.Key(ctx, hash)
}

// parseTarget is what net/http makes of a request line's target.
func parseTarget(target string) (*url.URL, error) { return url.ParseRequestURI(target) }
