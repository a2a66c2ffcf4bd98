package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/cluster"
	"shopkeeper/gateway/llm/rules"
	"shopkeeper/gateway/store"
	"shopkeeper/prompts"
	"shopkeeper/retrieval"
	"shopkeeper/retrieval/ingest"
	"shopkeeper/retrieval/local"
	"shopkeeper/shop"
	"shopkeeper/shop/demo"
	"shopkeeper/tools"
)

// demoServer is the demo as it is served: its world, its tools, the built-in model. Tests share one, as it takes a while to open.
var demoServer struct {
	once  sync.Once
	err   error
	url   string
	close []func()
}

func closeDemo() {
	for _, f := range slices.Backward(demoServer.close) {
		f()
	}
}

// demoHouse is a test's own view of it.
func demoHouse(t *testing.T) *house {
	t.Helper()
	demoServer.once.Do(func() { demoServer.err = openDemo() })
	if demoServer.err != nil {
		t.Fatal(demoServer.err)
	}
	h := &house{t: t, url: demoServer.url, client: &http.Client{Transport: &checking{t: t, next: &http.Transport{}}}}
	t.Cleanup(h.client.CloseIdleConnections)
	return h
}

func openDemo() error {
	onClose := func(f func()) { demoServer.close = append(demoServer.close, f) }
	now := func() time.Time { return time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC) }
	w := demo.New(1, now().Truncate(24*time.Hour))
	ctx, stop := context.WithCancel(context.Background())
	onClose(stop)
	dir, err := os.MkdirTemp("", "api-demo-")
	if err != nil {
		return err
	}
	onClose(func() { _ = os.RemoveAll(dir) })
	st, err := store.Open(ctx, filepath.Join(dir, "shop.db"), store.Options{Now: now, Split: ingest.Split})
	if err != nil {
		return err
	}
	onClose(func() { _ = st.Close() })
	if err := st.PutTenant(ctx, w.Tenant); err != nil {
		return err
	}
	err = st.Load(ctx, w.Tenant.ID, store.World{
		Merchants: w.Merchants, Products: w.Products, Offers: w.Offers, People: w.People, Orders: w.Orders, Reviews: w.Reviews,
	})
	if err != nil {
		return err
	}
	if _, _, _, err := ingest.LoadDocuments(ctx, st, w.Tenant.ID, demo.Policies()); err != nil {
		return err
	}
	currency := func(string) string { return w.Tenant.Currency }
	index := local.New(local.Options{})
	follower := &ingest.Follower{Index: index, Changes: st, Currency: currency}
	var following sync.WaitGroup
	following.Go(func() { _ = follower.Follow(ctx) })
	onClose(func() { stop(); following.Wait() })
	<-follower.Ready()
	deps := tools.Deps{
		Search:   &retrieval.Searcher{Index: index, Lexicon: index, Products: st, PassageStore: st, Currency: currency},
		Products: st, Orders: st, Actions: st, Rules: st, Desk: true, Offers: st, People: st, Reviews: st, Currency: currency, Now: now,
	}
	registry := tools.NewRegistry(tools.All(deps)...)
	registry.Proposals = st
	texts, err := prompts.Open(nil)
	if err != nil {
		return err
	}
	task := assistant.Task{
		Name: "shopper", Alias: "shopper", Prompt: "shopper", Roles: []shop.Role{shop.Shopper},
		Tools: tools.Shopper,
	}
	shared := cluster.Memory()
	a := &assistant.Assistant{
		Tasks: map[string]assistant.Task{"shopper": task}, Models: oneModel{rules.New(texts), "rules"}, Tools: registry, Prompts: texts,
		History: st, Log: shared, Lease: shared, Logger: slog.New(slog.DiscardHandler), Now: now, Tenant: func(string) shop.Tenant { return w.Tenant },
	}
	front := httptest.NewServer(New(Options{
		Chats: a, Keys: st, Conversations: st, Catalogue: st, Replies: st, Proposals: registry, States: st, Records: st, Desk: st, Quality: st, Knowledge: st, MayPublish: func(who shop.Principal) bool { return who.Key == "demo-agent-2" }, Tasks: []assistant.Task{task}, Now: now,
		Demo:   &DemoOptions{Tenant: w.Tenant, Shoppers: [2]string{w.People[0].ID, w.People[1].ID}, Merchants: [2]string{w.Merchants[0].ID, w.Merchants[1].ID}},
		Search: deps.Browse, Product: deps.Product, Picture: demo.Picture,
		Customer: func(ctx context.Context, who, customer shop.Principal, lang string) (c Customer, err error) {
			p, err := st.Person(ctx, customer)
			if err != nil {
				return c, err
			}
			c.Name = p.Name
			sc := tools.Scope{Who: who, For: customer, Lang: lang, Zone: "UTC", Now: now()}
			if c.Orders, err = deps.OrdersOf(ctx, sc, 3); err != nil {
				return c, err
			}
			c.Coupons, err = deps.CouponsOf(ctx, sc)
			return c, err
		},
	}).Handler())
	demoServer.url = front.URL
	onClose(front.Close)
	return nil
}

// shown are the product lists of a turn, in order, and its text. On /v1 the turns before go along as messages.
func (h *house) shown(wire, conversation string, texts ...string) (said string, lists []shop.ProductsCard) {
	h.t.Helper()
	add := func(kind string, data []byte) {
		if kind == "products" {
			var c shop.ProductsCard
			if err := json.Unmarshal(data, &c); err != nil {
				h.t.Fatal(err)
			}
			lists = append(lists, c)
		}
	}
	if wire == "completions" {
		var r completionReply
		h.do("POST", "/v1/chat/completions", "demo-shopper", ask(texts...)).want(200).json(&r)
		for _, c := range r.Choices[0].Message.Shop.Cards {
			add(c.Kind, c.Data)
		}
		return r.Choices[0].Message.Content, lists
	}
	var ps []part
	for i, text := range texts { // those that were sent before are repeated, and tell the same
		ps = h.chat("demo-shopper", conversation, fmt.Sprint("m", i), text)
	}
	for _, p := range ps {
		if kind, ok := strings.CutPrefix(p.Type, "data-"); ok {
			add(kind, p.Data)
		}
	}
	return textOf(ps), lists
}

var wires = []string{"ui", "completions"}

func TestDefectNumericLimitsIgnored(t *testing.T) {
	h := demoHouse(t)
	for i, c := range []struct {
		text        string
		least, most int64  // minor units
		not         string // a colour that nothing shown may have
	}{
		{"headphones under $80", 0, 8000, ""},
		{"a kettle below 40 dollars", 0, 4000, ""},
		{"laptops between $500 and $900", 50000, 90000, ""},
		{"T-shirt, not red, under 30", 0, 3000, "red"},
		{"80元以下的耳机", 0, 8000, ""},
		{"不要黑色的背包，100以内", 0, 10000, "black"},
	} {
		for _, wire := range wires {
			said, lists := h.shown(wire, fmt.Sprint("limit", i), c.text)
			if len(lists) == 0 || len(lists[0].Shown) == 0 {
				t.Errorf("%s, %q: nothing is shown: %s", wire, c.text, said)
				continue
			}
			for _, p := range lists[0].Shown {
				if p.Price == nil || p.Price.Minor > c.most || p.Price.Minor < c.least {
					t.Errorf("%s, %q: shows %s at %v", wire, c.text, p.Title, p.Price)
				}
				for _, a := range p.Attributes {
					if c.not != "" && a.Name == "color" && strings.Contains(strings.ToLower(a.Value.Text), c.not) {
						t.Errorf("%s, %q: shows %s, which is %s", wire, c.text, p.Title, a.Value.Text)
					}
				}
			}
		}
	}
}

// "Cheaper ones" refines on both wires alike: the same kind of product, the earlier limit kept, everything cheaper than before.
func TestRefinementOnBothWires(t *testing.T) {
	h := demoHouse(t)
	var ids [2][]string
	for i, wire := range wires {
		_, first := h.shown(wire, "refined", "show me headphones under $150")
		said, then := h.shown(wire, "refined", "show me headphones under $150", "cheaper ones")
		if len(first) == 0 || len(then) == 0 || len(then[0].Shown) == 0 {
			t.Fatalf("%s: %d lists, then %d: %s", wire, len(first), len(then), said)
		}
		dearest := int64(0)
		for _, p := range first[0].Shown {
			dearest = max(dearest, p.Price.Minor)
		}
		for _, p := range then[len(then)-1].Shown {
			if p.Price.Minor >= dearest || p.Category != first[0].Shown[0].Category {
				t.Errorf("%s: shows %s (%s) at %v after at most %d", wire, p.Title, p.Category, p.Price, dearest)
			}
			ids[i] = append(ids[i], p.ID)
		}
	}
	if fmt.Sprint(ids[0]) != fmt.Sprint(ids[1]) {
		t.Errorf("one wire shows %v, the other %v", ids[0], ids[1])
	}
}

// The real tools' answers are what openapi.yaml says (the client checks), in both languages, and every turn says something.
// max_tokens bounds the built-in model's answer, too; the cards come whole.
func TestMaxTokensOnBothForms(t *testing.T) {
	h := demoHouse(t)
	short := with(ask("headphones under 80"), "max_tokens", 40)
	var c completion
	h.do("POST", "/v1/chat/completions", "demo-shopper", short).want(200).json(&c)
	if got := c.Choices[0]; got.FinishReason != "length" || c.Shop.Ending != "truncated" || len(got.Message.Shop.Cards) != 1 || c.Usage.Completion > 40 || got.Message.Content == "" {
		t.Errorf("%+v %+v", c.Shop, c.Usage)
	}
	if got := string(h.do("POST", "/v1/chat/completions", "demo-shopper", with(short, "stream", true)).want(200).body); !strings.Contains(got, `"finish_reason":"length"`) || !strings.Contains(got, "[DONE]") {
		t.Error(got)
	}
}

func TestDemoConversations(t *testing.T) {
	h := demoHouse(t)
	kinds := map[string]bool{}
	for n, talk := range [][]string{
		{"hello", "wireless headphones", "compare the first two", "tell me more about the second one", "is it in stock?", "any coupons for it?", "thanks"},
		{"你好", "有没有蓝牙音箱", "便宜一点的", "比较前两个", "有什么优惠券", "我最近的订单到哪了", "可以退货吗"},
		{"where is my last order?", "what is your return policy?", "what coupons do you have", "write me a poem about the sea"},
		{"I want to talk to a human"},
		{"a purple spaceship under $3", "hedphones"},
	} {
		for i, text := range talk {
			ps := h.chat("demo-shopper", fmt.Sprint("talk", n), fmt.Sprint("m", i), text)
			if strings.TrimSpace(textOf(ps)) == "" && !strings.Contains(types(ps), "data-notice data-owner") || !strings.HasSuffix(types(ps), "finish-step finish") {
				t.Errorf("%q: %s %q", text, types(ps), textOf(ps))
			}
			for _, p := range ps {
				kinds[p.Type] = true
			}
			h.do("POST", "/v1/chat/completions", "demo-shopper", with(ask(talk[:i+1]...), "stream", true)).want(200)
		}
		h.do("GET", fmt.Sprint("/api/conversations/talk", n), "demo-shopper", nil).want(200)
	}
	for _, kind := range []string{"data-products", "data-product", "data-compare", "data-coupon", "data-order", "data-policy"} {
		if !kinds[kind] {
			t.Errorf("no %s in any answer", kind)
		}
	}
	for _, at := range []string{"/api/products", "/api/products?q=headphones&sort=price", "/api/products?category=Laptops&size=5&page=2&lang=zh", "/api/products?q=kettle&filter=color:black"} {
		var c shop.ProductsCard
		h.do("GET", at, "", nil).want(200).json(&c)
		for _, p := range c.Shown[:min(3, len(c.Shown))] {
			h.do("GET", "/api/products/"+p.ID, "", nil).want(200)
			if strings.HasPrefix(p.Image, "/img/") {
				h.do("GET", p.Image, "", nil).want(200)
			}
		}
		if len(c.Shown) == 0 {
			t.Errorf("%s shows nothing", at)
		}
	}
}
