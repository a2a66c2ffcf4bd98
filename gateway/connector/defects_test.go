package connector_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"

	"shopkeeper/gateway/connector"
	"shopkeeper/gateway/connector/connectortest"
	"shopkeeper/shop"
)

// system is a shop whose parts can be replaced by worse ones.
type system struct {
	*connectortest.Shop
	order  func(who shop.Principal, id string) (shop.Order, error)
	orders func(who shop.Principal, limit int) ([]shop.Order, error)
	person func(who shop.Principal) (shop.Person, error)
	find   func(f connector.Find) ([]shop.Person, error)
	act    func(key string, a shop.Action) (shop.Outcome, error)
}

func (s *system) Order(ctx context.Context, who shop.Principal, id string) (shop.Order, error) {
	if s.order != nil {
		return s.order(who, id)
	}
	return s.Shop.Order(ctx, who, id)
}

func (s *system) Orders(ctx context.Context, who shop.Principal, limit int) ([]shop.Order, error) {
	if s.orders != nil {
		return s.orders(who, limit)
	}
	return s.Shop.Orders(ctx, who, limit)
}

func (s *system) Person(ctx context.Context, who shop.Principal) (shop.Person, error) {
	if s.person != nil {
		return s.person(who)
	}
	return s.Shop.Person(ctx, who)
}

func (s *system) Find(ctx context.Context, tenant string, f connector.Find) ([]shop.Person, error) {
	if s.find != nil {
		return s.find(f)
	}
	return s.Shop.Find(ctx, tenant, f)
}

func (s *system) Act(ctx context.Context, key string, a shop.Action) (shop.Outcome, error) {
	if s.act != nil {
		return s.act(key, a)
	}
	return s.Shop.Act(ctx, key, a)
}

// answer is what a connector said, before it goes out.
type answer struct {
	r      *http.Request
	status int
	header http.Header
	body   []byte
}

func (a *answer) code() string {
	var f struct{ Error struct{ Code string } }
	_ = json.Unmarshal(a.body, &f)
	return f.Error.Code
}

// say replaces the answer by another one, signed.
func (a *answer) say(status int, body string) {
	a.status, a.body = status, []byte(body)
	connectortest.Sign(a.r, a.header, status, a.body)
}

// between changes requests and answers. ask gives a request to the connector, signed anew, as one that takes it for good would.
type between func(a *answer, ask func(change func(r *http.Request)))

func spoiled(next http.Handler, change between) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		a := &answer{r: r}
		forward := func(r *http.Request) {
			r.Body = io.NopCloser(bytes.NewReader(body))
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, r)
			a.status, a.header, a.body = rec.Code, rec.Header(), rec.Body.Bytes()
		}
		forward(r.Clone(r.Context()))
		change(a, func(change func(r *http.Request)) {
			other := r.Clone(r.Context())
			other.Header.Set("Shopkeeper-Key", connectortest.Tenant)
			other.Header.Set("Shopkeeper-Timestamp", strconv.FormatInt(time.Now().Unix(), 10))
			other.Header.Set("Shopkeeper-Nonce", rand.Text())
			if change != nil {
				change(other)
			}
			sum := sha256.Sum256(body)
			m := hmac.New(sha256.New, []byte(connectortest.Secret))
			m.Write([]byte(strings.Join([]string{
				"shopkeeper-v1 request", other.Method, strings.TrimPrefix(other.RequestURI, "/api"), other.Header.Get("Shopkeeper-Key"), other.Header.Get("Shopkeeper-Timestamp"),
				other.Header.Get("Shopkeeper-Nonce"), other.Header.Get("Idempotency-Key"), hex.EncodeToString(sum[:]),
			}, "\n")))
			other.Header.Set("Shopkeeper-Signature", hex.EncodeToString(m.Sum(nil)))
			forward(other)
			a.say(a.status, string(a.body))
		})
		maps.Copy(w.Header(), a.header)
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body)
	})
}

// counter counts.
type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) next() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return c.n
}
