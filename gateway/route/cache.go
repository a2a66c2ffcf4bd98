package route

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strconv"
	"time"

	"github.com/maypok86/otter/v2"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// CacheHeader asks for the exact-answer cache of raw requests, and tells what came of it. A request says "use" (the answer to the same
// bytes may be given again), "refresh" (ask anew and keep that answer), or "off"; embeddings are "use" when nothing is said, everything
// else is "off". An answer says "hit" or "miss"; without the header the cache was not asked.
const CacheHeader = "X-Shopkeeper-Cache"

// Cache keeps complete answers of raw requests: the same bytes to the same alias by the same tenant get the same answer. Nothing of it
// is shared between tenants. A nil Cache keeps nothing.
type Cache struct {
	kept *otter.Cache[cacheKey, *keptAnswer]
	most int // bytes of one answer
}

type cacheKey [sha256.Size]byte

type keptAnswer struct {
	kind   string // Content-Type
	stream bool
	body   []byte
	call   chat.Call // of the request that was made for it
}

// NewCache keeps up to so many bytes, each answer for ttl. Close it.
func NewCache(bytes int64, ttl time.Duration) (*Cache, error) {
	kept, err := otter.New(&otter.Options[cacheKey, *keptAnswer]{
		MaximumWeight:    uint64(bytes),
		Weigher:          func(_ cacheKey, v *keptAnswer) uint32 { return uint32(len(v.body) + 512) },
		ExpiryCalculator: otter.ExpiryWriting[cacheKey, *keptAnswer](ttl),
	})
	if err != nil {
		return nil, err
	}
	return &Cache{kept: kept, most: int(min(bytes/8, 4<<20))}, nil
}

// Close ends what the cache runs.
func (c *Cache) Close() error {
	c.kept.StopAllGoroutines()
	return nil
}

func (c *Cache) clear() {
	if c != nil {
		c.kept.InvalidateAll()
	}
}

// asked says what a request wants of the cache.
func asked(h http.Header, path string) (use, refresh bool) {
	switch v := h[CacheHeader]; {
	case len(v) == 0:
		return path == "/embeddings", false
	case v[0] == "use":
		return true, false
	case v[0] == "refresh":
		return true, true
	}
	return false, false
}

func keyOf(tenant, path string, body []byte) cacheKey {
	h := sha256.New()
	for _, part := range []string{tenant, path} {
		h.Write([]byte(strconv.Itoa(len(part)) + " " + part))
	}
	h.Write(body)
	return cacheKey(h.Sum(nil))
}

// give writes a kept answer, and accounts it as a call that cost nothing.
func (tb *table) give(ctx context.Context, w http.ResponseWriter, v *keptAnswer, who shop.Principal) error {
	began := tb.c.Now()
	var kept chat.Reserved = free{}
	if tb.c.Meter != nil {
		var err error
		if kept, err = tb.c.Meter.Reserve(ctx, who, 0, 0); err != nil {
			return err
		}
	}
	defer kept.Settle()
	h := w.Header()
	h[CacheHeader] = hit
	if v.kind != "" {
		h["Content-Type"] = []string{v.kind}
	}
	if v.stream {
		h["Cache-Control"], h["X-Accel-Buffering"] = noStore, noBuffer
	} else {
		h["Content-Length"] = []string{strconv.Itoa(len(v.body))}
	}
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(v.body)
	call := v.call
	call.ID, call.At, call.Who, call.Nano, call.Cached, call.Hedge = tb.c.NewID(), began, who, 0, true, false
	call.Usage.Cached = call.Usage.Input
	call.First, call.Took = time.Microsecond, max(time.Microsecond, tb.c.Now().Sub(began))
	if err != nil {
		call.Ending = chat.Cancelled
	}
	kept.Record(call)
	return nil
}

var (
	hit  = []string{"hit"}
	miss = []string{"miss"}
)

// copied is a writer that keeps what passes, as long as it is not too much.
type copied struct {
	http.ResponseWriter
	most int
	body []byte
	over bool
}

func (w *copied) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *copied) Write(b []byte) (int, error) {
	if len(w.body)+len(b) > w.most {
		w.over, w.body = true, nil
	}
	if !w.over {
		w.body = append(w.body, b...)
	}
	return w.ResponseWriter.Write(b)
}
