package api

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/cluster"
	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/llm/llmtest"
	"shopkeeper/gateway/store"
	"shopkeeper/prompts"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
				d.Rung, first = m.rung, false
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
}

func (p plan) open(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, log: &lockedBuffer{}, now: &clock{t: time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)}}
	ctx := t.Context()
	st, err := store.Open(ctx, filepath.Join(t.TempDir(), "shop.db"), store.Options{Now: h.now.Now})
	if err != nil {
		t.Fatal(err)
	}
	h.store = st
	for _, tenant := range []shop.Tenant{acme, other} {
		if err := st.AddTenant(ctx, tenant); err != nil {
			t.Fatal(err)
		}
	}
	for secret, k := range houseKeys {
		k.ID, k.Hash = "k-"+secret, sha256.Sum256([]byte(secret))
		if err := st.AddKey(ctx, k); err != nil {
			t.Fatal(err)
		}
	}
	price, stock := &shop.Money{Minor: 5990, Currency: "USD"}, 7
	err = st.PutProducts(ctx, "acme", []shop.Product{
		{Tenant: "acme", ID: "hp-1", Title: "Calm headphones", Brand: "Acme", Categories: []string{"headphones"}, Price: price, Stock: &stock, Description: "Quiet.", Words: map[string]shop.Words{"zh": {Title: "静音耳机"}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
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
	o := Options{
		Chats: h.assistant, Keys: st, Conversations: st, Catalogue: st, Replies: st, Secret: bytes.Repeat([]byte{7}, 32),
		Tasks: []assistant.Task{task}, Log: logger, Now: h.now.Now, Limits: Limits{Requests: -1, Open: -1, Sessions: -1, Turns: -1, Tokens: -1},
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

// answered is a response that was read to its end.
type answered struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

// request makes one; body may be a string or anything JSON. Headers are "Name: value".
func (h *house) request(ctx context.Context, method, path, secret string, body any, headers ...string) *http.Request {
	h.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	case []byte:
		r = bytes.NewReader(b)
	default:
		j, err := json.Marshal(b)
		if err != nil {
			h.t.Fatal(err)
		}
		r = bytes.NewReader(j)
	}
	req, err := http.NewRequestWithContext(ctx, method, h.url+path, r)
	if err != nil {
		h.t.Fatal(err)
	}
	if secret != "" {
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	if r != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			req.Host = value
			continue
		}
		req.Header.Set(name, value)
	}
	return req
}

func (h *house) do(method, path, secret string, body any, headers ...string) answered {
	h.t.Helper()
	res, err := h.client.Do(h.request(h.t.Context(), method, path, secret, body, headers...))
	if err != nil {
		h.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatalf("%s %s: read: %v", method, path, err)
	}
	return answered{h.t, res.StatusCode, res.Header, b}
}

func (a answered) want(status int) answered {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// refused also says which machine word the error must have.
func (a answered) refused(status int, code string) answered {
	a.t.Helper()
	a.want(status)
	if got := a.code(); got != code {
		a.t.Fatalf("code %q, want %q: %s", got, code, a.body)
	}
	return a
}

func (a answered) code() string {
	var p struct {
		Code  string
		Error struct{ Code string }
	}
	_ = json.Unmarshal(a.body, &p)
	if p.Error.Code != "" {
		return p.Error.Code
	}
	return p.Code
}

func (a answered) json(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
}

// events are the data lines of a stream, with the ids that stood before them.
func (a answered) events() []event {
	a.t.Helper()
	var out []event
	r := newEventReader(bytes.NewReader(a.body))
	for {
		e, err := r.next()
		if err != nil {
			return out
		}
		out = append(out, e)
	}
}

// parts are a UI stream's parts, without [DONE]; done says whether that came last.
func (a answered) parts() (ps []part, done bool) {
	a.t.Helper()
	for _, e := range a.events() {
		if e.data == uiDone {
			done = true
			continue
		}
		ps = append(ps, e.part(a.t))
	}
	return ps, done
}

// part is a UI part as a client reads it.
type part struct {
	Type, ID, Delta, ErrorText, FinishReason, MessageID, ToolCallID, ToolName string
	Data, Input, Output                                                       json.RawMessage
	MessageMetadata                                                           struct {
		Conversation, Ending, Rung string
		Usage                      chat.Usage
	}
}

func types(ps []part) string {
	var out []string
	for _, p := range ps {
		if n := len(out); n > 0 && out[n-1] == p.Type && p.Type == "text-delta" {
			continue
		}
		out = append(out, p.Type)
	}
	return strings.Join(out, " ")
}

func textOf(ps []part) string {
	var b strings.Builder
	for _, p := range ps {
		b.WriteString(p.Delta)
	}
	return b.String()
}

type event struct{ id, name, data string }

func (e event) part(t *testing.T) (p part) {
	t.Helper()
	if err := json.Unmarshal([]byte(e.data), &p); err != nil {
		t.Fatalf("part %q: %v", e.data, err)
	}
	return p
}

type eventReader struct{ r *bufio.Reader }

func newEventReader(r io.Reader) *eventReader { return &eventReader{bufio.NewReader(r)} }

func (r *eventReader) next() (e event, err error) {
	for {
		line, err := r.r.ReadString('\n')
		if err != nil {
			return e, err
		}
		line = strings.TrimSuffix(line, "\n")
		name, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "":
			if e.data != "" {
				return e, nil
			}
		case name == "id":
			e.id = value
		case name == "event":
			e.name = value
		case name == "data":
			e.data = value
		}
	}
}

// stream is a response that is read while it is written.
type stream struct {
	t      *testing.T
	cancel context.CancelFunc
	res    *http.Response
	events *eventReader
}

func (h *house) stream(method, path, secret string, body any, headers ...string) *stream {
	h.t.Helper()
	ctx, cancel := context.WithCancel(h.t.Context())
	res, err := h.client.Do(h.request(ctx, method, path, secret, body, headers...))
	if err != nil {
		cancel()
		h.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(res.Body)
		h.t.Fatalf("%s %s: status %d: %s", method, path, res.StatusCode, b)
	}
	s := &stream{h.t, cancel, res, newEventReader(res.Body)}
	h.t.Cleanup(s.leave)
	return s
}

// leave closes the connection.
func (s *stream) leave() {
	s.cancel()
	_ = s.res.Body.Close()
}

// until reads on to the first event that ok takes.
func (s *stream) until(ok func(event) bool) event {
	s.t.Helper()
	for {
		e, err := s.events.next()
		if err != nil {
			s.t.Fatalf("the stream ended before what the test waits for: %v", err)
		}
		if ok(e) {
			return e
		}
	}
}

func (s *stream) part(kind string) part {
	s.t.Helper()
	return s.until(func(e event) bool { return strings.Contains(e.data, `"type":"`+kind+`"`) }).part(s.t)
}

func (s *stream) rest() (out []event) {
	for {
		e, err := s.events.next()
		if err != nil {
			return out
		}
		out = append(out, e)
	}
}

// say is the body of a chat request.
func say(conversation, message, text string) map[string]any {
	return map[string]any{
		"id": conversation, "trigger": submit,
		"messages": []any{map[string]any{"id": message, "role": "user", "parts": []any{map[string]any{"type": "text", "text": text}}}},
	}
}

func with(m map[string]any, name string, v any) map[string]any {
	out := map[string]any{name: v}
	for k, v := range m {
		if k != name {
			out[k] = v
		}
	}
	return out
}

// ask is the body of a Chat Completions request.
func ask(texts ...string) map[string]any {
	var ms []any
	for _, t := range texts {
		role, text, ok := strings.Cut(t, ": ")
		if !ok || role != "user" && role != "assistant" && role != "system" && role != "tool" {
			role, text = "user", t
		}
		ms = append(ms, map[string]any{"role": role, "content": text})
	}
	return map[string]any{"model": "shopper", "messages": ms}
}

// chat sends a message and reads the whole stream.
func (h *house) chat(secret, conversation, message, text string) []part {
	h.t.Helper()
	ps, _ := h.do("POST", "/api/chat", secret, say(conversation, message, text)).want(200).parts()
	return ps
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
