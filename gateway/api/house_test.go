package api

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/cluster"
	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/llm/llmtest"
	"shopkeeper/gateway/store"
	"shopkeeper/prompts"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(closing{m}) }

// closing closes what tests share before leaks are looked for.
type closing struct{ *testing.M }

func (c closing) Run() int {
	defer closeDemo()
	return c.M.Run()
}

// house is a whole server on a loopback port: the real assistant and store, tools of this file, a model that a test scripts.
// Its client checks every response against openapi.yaml.
type house struct {
	t         *testing.T
	url       string
	server    *Server
	store     *store.Store
	assistant *assistant.Assistant
	log       *lockedBuffer
	now       *clock
	client    *http.Client
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// clock moves only when a test moves it.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// plan is what a test changes of the house before it opens.
type plan struct {
	model     llm.Model
	tools     []tools.Tool
	options   func(o *Options)
	assistant func(a *assistant.Assistant)
	server    func(s *Server)
}

// oneModel is every alias; each answer begins with its rung, as route's do.
type oneModel struct {
	m    llm.Model
	rung string
}

func (m oneModel) Model(string) (llm.Model, error) { return m, nil }
func (m oneModel) Window(string) int               { return 0 }
func (m oneModel) Stream(ctx context.Context, req *llm.Request) iter.Seq2[llm.Delta, error] {
	return func(yield func(llm.Delta, error) bool) {
		first := true
		for d, err := range m.m.Stream(ctx, req) {
			if first {
				d.Rung, first = cmp.Or(d.Rung, m.rung), false
			}
			if !yield(d, err) {
				return
			}
		}
	}
}

var (
	acme  = shop.Tenant{ID: "acme", Name: "Acme", Currency: "USD", Zone: "UTC", Lang: "en"}
	other = shop.Tenant{ID: "other", Name: "Other", Currency: "EUR", Zone: "UTC", Lang: "en"}
)

// keys of the house: secret → key. The secrets look like real ones: no dots.
var houseKeys = map[string]shop.Key{
	"app":       {Tenant: "acme", Role: shop.App},
	"app-other": {Tenant: "other", Role: shop.App},
	"widget":    {Tenant: "acme", Role: shop.Widget, Origin: "https://shop.example"},
	"ann":       {Tenant: "acme", Role: shop.Shopper, Person: "ann"},
	"bob":       {Tenant: "acme", Role: shop.Shopper, Person: "bob"},
	"eve":       {Tenant: "other", Role: shop.Shopper, Person: "ann"}, // the same name in another shop
	"agent":     {Tenant: "acme", Role: shop.Agent, Person: "agent-1"},
	"merchant":  {Tenant: "acme", Role: shop.Merchant, Merchant: "m1"},
	"admin":     {Tenant: "acme", Role: shop.Admin, Person: "root"},
	"boss":      {Tenant: "other", Role: shop.Admin, Person: "root"},
}

// furnished is the database that every house begins with, made once: two shops, the keys, a product.
var furnished = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "api-house-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ctx, at := context.Background(), filepath.Join(dir, "shop.db")
	st, err := store.Open(ctx, at, store.Options{})
	if err != nil {
		return nil, err
	}
	for _, tenant := range []shop.Tenant{acme, other} {
		err = errors.Join(err, st.AddTenant(ctx, tenant))
	}
	for secret, k := range houseKeys {
		k.ID, k.Hash = "k-"+secret, sha256.Sum256([]byte(secret))
		err = errors.Join(err, st.AddKey(ctx, k))
	}
	stock := 7
	err = errors.Join(err, st.PutProducts(ctx, "acme", []shop.Product{{
		Tenant: "acme", ID: "hp-1", Title: "Calm headphones", Brand: "Acme", Categories: []string{"headphones"}, Price: usd(5990), Stock: &stock,
		Description: "Quiet.", Words: map[string]shop.Words{"zh": {Title: "静音耳机"}},
	}}, nil), st.Close())
	if err != nil {
		return nil, err
	}
	return os.ReadFile(at)
})

func (p plan) open(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, log: &lockedBuffer{}, now: &clock{t: time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)}}
	file := filepath.Join(t.TempDir(), "shop.db")
	db, err := furnished()
	if err == nil {
		err = os.WriteFile(file, db, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), file, store.Options{Now: h.now.Now})
	if err != nil {
		t.Fatal(err)
	}
	h.store = st
	texts, err := prompts.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(h.log, nil))
	if p.model == nil {
		p.model = &llmtest.Script{Steps: []llmtest.Step{llmtest.Say("Hello.")}, Loop: true}
	}
	if p.tools == nil {
		p.tools = houseTools()
	}
	var names []string
	for _, tool := range p.tools {
		names = append(names, tool.Spec().Name)
	}
	task := assistant.Task{Name: "shopper", Alias: "shopper", Prompt: "shopper", Tools: names, Roles: []shop.Role{shop.Shopper}}
	shared := cluster.Memory()
	h.assistant = &assistant.Assistant{
		Tasks: map[string]assistant.Task{"shopper": task}, Models: oneModel{p.model, "test-model"}, Tools: tools.NewRegistry(p.tools...), Prompts: texts,
		History: st, Log: shared, Lease: shared, Logger: logger, Now: h.now.Now,
		Tenant: func(id string) shop.Tenant {
			if id == "other" {
				return other
			}
			return acme
		},
	}
	if p.assistant != nil {
		p.assistant(h.assistant)
	}
	counts := cluster.Memory()
	counts.Now = h.now.Now
	o := Options{
		Counter: counts, Chats: h.assistant, Keys: st, Conversations: st, Catalogue: st, Replies: st, Secret: bytes.Repeat([]byte{7}, 32),
		Admin: st, Tasks: []assistant.Task{task}, Log: logger, Now: h.now.Now, Limits: Limits{Requests: -1, Open: -1, Sessions: -1, Turns: -1, Tokens: -1},
	}
	if p.options != nil {
		p.options(&o)
	}
	h.server = New(o)
	h.server.poll = 5 * time.Millisecond
	if p.server != nil {
		p.server(h.server)
	}
	front := httptest.NewServer(h.server.Handler())
	h.url = front.URL
	h.client = &http.Client{Transport: &checking{t: t, next: &http.Transport{}}}
	t.Cleanup(func() {
		h.client.CloseIdleConnections()
		drain, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		if err := h.assistant.Drain(drain); err != nil {
			t.Error(err)
		}
		front.Close()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			l := h.log.String()
			t.Log(l[max(0, len(l)-2000):])
		}
	})
	return h
}

func usd(minor int64) *shop.Money { return &shop.Money{Minor: minor, Currency: "USD"} }

// houseTools give one card of each kind, without a search behind them.
func houseTools() []tools.Tool {
	product := shop.ProductCard{
		ID: "hp-1", Title: "Calm headphones", Brand: "Acme", Category: "headphones", Price: usd(5990), Attributes: []shop.Attribute{{Name: "color", Value: shop.Text("black")}},
		Image: "/img/headphones~black~1.svg", URL: "/?product=hp-1", Why: []string{"under $80"},
	}
	card := func(kind, id string, v any) []shop.Card {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return []shop.Card{{Kind: kind, ID: id, Data: b}}
	}
	type searchIn struct {
		Query  string `json:"query"`
		Secret string `json:"secret,omitempty"`
	}
	type idIn struct {
		ID string `json:"id,omitempty"`
	}
	search := tools.New(tools.Spec{Name: "search_products", Description: "Search.", Public: []string{"query"}},
		func(_ context.Context, _ tools.Scope, in searchIn) (shop.ProductsCard, error) {
			return shop.ProductsCard{
				Total: 1, Shown: []shop.ProductCard{product}, Facets: []shop.FacetCard{},
				Understood: shop.UnderstoodCard{Query: in.Query, Filters: []shop.Condition{{Field: "price", Op: "lt", Value: usd(8000)}}, Relaxed: []shop.Relaxation{}},
			}, nil
		}, tools.View[searchIn, shop.ProductsCard]{
			Cards: func(sc tools.Scope, _ searchIn, out shop.ProductsCard) []shop.Card {
				return card("products", "products-"+sc.Call, out)
			},
			Line: func(tools.Scope, searchIn, shop.ProductsCard) string { return "Searched 1 product" },
		})
	order := tools.New(tools.Spec{Name: "order_status", Description: "Orders.", Roles: []shop.Role{shop.Shopper}},
		func(_ context.Context, sc tools.Scope, _ idIn) (shop.OrderCard, error) {
			if sc.For.Anon || sc.For.ID != "ann" || sc.For.Tenant != "acme" {
				return shop.OrderCard{}, &shop.Error{Kind: shop.NotFound, Msg: "This shopper has no order."}
			}
			at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
			return shop.OrderCard{
				ID: "A-1", Status: "shipped", Placed: at, Items: []shop.Item{{Product: "hp-1", Title: "Calm headphones", Price: *usd(5990), Qty: 1}}, Total: *usd(5990),
				Shipments: []shop.Shipment{{Carrier: "Post", Tracking: "T1", State: "in_transit", Events: []shop.ShipmentEvent{{At: at, Text: "On its way"}}}}, Actions: []string{},
			}, nil
		}, tools.View[idIn, shop.OrderCard]{
			Cards: func(_ tools.Scope, _ idIn, out shop.OrderCard) []shop.Card { return card("order", out.ID, out) },
			Line:  func(tools.Scope, idIn, shop.OrderCard) string { return "Found 1 order" },
		})
	rest := tools.New(tools.Spec{Name: "show_all", Description: "Every other kind of card."},
		func(context.Context, tools.Scope, idIn) (struct{}, error) { return struct{}{}, nil },
		tools.View[idIn, struct{}]{Cards: func(tools.Scope, idIn, struct{}) (out []shop.Card) {
			better, now := 0, time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
			v := shop.Num(30)
			out = append(out, card("product", "hp-1", product)...)
			out = append(out, card("compare", "c", shop.CompareCard{Products: []shop.ProductCard{product, product}, Rows: []shop.CompareRow{{Name: "battery", Unit: "h", Values: []*shop.Value{&v, nil}, Better: &better}}})...)
			out = append(out, card("coupon", "o1", shop.CouponCard{ID: "o1", Title: "Spring", Kind: "percent", Funding: "merchant", Starts: &now, Conditions: []string{}, Applies: true})...)
			return append(out, card("policy", "returns#1", shop.PolicyCard{Document: "Returns", Section: "Time", Version: "1", Quote: "Thirty days."})...)
		}})
	broken := tools.New(tools.Spec{Name: "broken", Description: "Fails."},
		func(context.Context, tools.Scope, idIn) (struct{}, error) {
			return struct{}{}, errors.New("dial tcp 10.0.0.7:6334: password hunter2 refused")
		}, tools.View[idIn, struct{}]{})
	return []tools.Tool{search, order, rest, broken}
}

// held is a model step that waits for release, or for the end of its turn.
type held struct {
	text    string
	reached chan struct{}
	release chan struct{}
}

func hold(text string) *held {
	return &held{text: text, reached: make(chan struct{}, 10), release: make(chan struct{})}
}

// turns plays steps in order, like llmtest.Script, but a step may be held.
func turns(steps ...any) llm.Model {
	var mu sync.Mutex
	n := 0
	return llmtest.Func(func(ctx context.Context, req *llm.Request) iter.Seq2[llm.Delta, error] {
		return func(yield func(llm.Delta, error) bool) {
			mu.Lock()
			step := steps[min(n, len(steps)-1)]
			n++
			mu.Unlock()
			var deltas []llm.Delta
			var err error
			switch s := step.(type) {
			case llmtest.Step:
				deltas, err = s(req)
			case *held:
				for _, d := range llmtest.Text(s.text) {
					if !yield(d, nil) {
						return
					}
				}
				s.reached <- struct{}{}
				select {
				case <-s.release:
				case <-ctx.Done():
					yield(llm.Delta{}, &llm.Error{Kind: llm.Down, Err: ctx.Err()})
					return
				}
				deltas = []llm.Delta{llmtest.Stop()}
			default:
				panic(fmt.Sprintf("step %T", step))
			}
			for _, d := range deltas {
				if !yield(d, nil) {
					return
				}
			}
			if err != nil {
				yield(llm.Delta{}, err)
			}
		}
	})
}
