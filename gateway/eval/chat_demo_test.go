package eval_test

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/cluster"
	"shopkeeper/gateway/eval"
	"shopkeeper/gateway/llm"
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

// only is a router of one model.
type only struct{ model llm.Model }

func (o only) Model(string) (llm.Model, error) { return o.model, nil }
func (o only) Window(string) int               { return 0 }

// shopOf is the demo shop of a seed behind the whole assistant, as `serve --demo` builds it, without HTTP.
type shopOf struct {
	assistant *assistant.Assistant
	deps      tools.Deps
	who       shop.Principal
	struck    int // numbers that the guard struck out
}

func serve(t *testing.T, seed uint64) *shopOf {
	t.Helper()
	ctx := t.Context()
	st, err := store.Open(ctx, filepath.Join(t.TempDir(), "shop.db"), store.Options{Split: ingest.Split})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	w := demo.New(seed, time.Now())
	if err := st.PutTenant(ctx, w.Tenant); err != nil {
		t.Fatal(err)
	}
	documents := map[string]string{}
	err = fs.WalkDir(demo.Policies(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(demo.Policies(), name)
		documents[name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	known, err := ingest.ReadAll(ctx, documents)
	if err != nil {
		t.Fatal(err)
	}
	err = st.Load(ctx, w.Tenant.ID, store.World{
		Merchants: w.Merchants, Products: w.Products, Offers: w.Offers, People: w.People, Orders: w.Orders, Reviews: w.Reviews, Documents: known,
	})
	if err != nil {
		t.Fatal(err)
	}
	index := local.New(local.Options{})
	var docs []retrieval.Doc
	for _, p := range w.Products {
		p.Tenant = w.Tenant.ID
		docs = append(docs, retrieval.ProductDoc(p, w.Tenant.Currency))
	}
	for p, err := range st.AllPassages(ctx, w.Tenant.ID) {
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, retrieval.PassageDoc(w.Tenant.ID, p))
	}
	if err := index.Upsert(ctx, docs); err != nil {
		t.Fatal(err)
	}
	currency := func(string) string { return w.Tenant.Currency }
	s := &shopOf{who: shop.Principal{Tenant: w.Tenant.ID, ID: w.People[0].ID, Role: shop.Shopper}}
	s.deps = tools.Deps{
		Search:   &retrieval.Searcher{Index: index, Lexicon: index, Products: st, PassageStore: st, Currency: currency},
		Products: st, Orders: st, Offers: st, People: st, Reviews: st, Currency: currency,
	}
	texts, err := prompts.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	shared := cluster.Memory()
	s.assistant = &assistant.Assistant{
		Tasks:  map[string]assistant.Task{"shopper": {Name: "shopper", Alias: "shopper", Prompt: "shopper", Roles: []shop.Role{shop.Shopper}}},
		Models: only{rules.New(texts)}, Tools: tools.NewRegistry(tools.All(s.deps)...), Prompts: texts,
		History: st, Log: shared, Lease: shared, Tenant: func(string) shop.Tenant { return w.Tenant },
	}
	return s
}

func (s *shopOf) ask(ctx context.Context, conversation, message string) (eval.Reply, error) {
	var r eval.Reply
	turn := assistant.Turn{Who: s.who, Task: "shopper", Conversation: conversation, Message: chat.Message{Text: message}}
	for e, err := range s.assistant.Run(ctx, turn) {
		if err != nil {
			return r, err
		}
		switch e.Kind {
		case chat.EvText:
			r.Text += e.Text
		case chat.EvCard:
			r.Cards = append(r.Cards, *e.Card)
		case chat.EvEnded:
			r.Ending = e.Ending
			s.struck += e.Struck
			if e.Struck > 0 {
				return r, fmt.Errorf("%d numbers were struck out of the answer to %q: %s", e.Struck, message, r.Text)
			}
		}
	}
	return r, nil
}

func TestScriptedConversations(t *testing.T) {
	ds, err := eval.ParseDialogues(eval.Scripts())
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, 1)
	r, err := eval.Chat(t.Context(), ds, s.ask)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Failures {
		t.Errorf("%s.txt:%d: > %s\n  < %s\n  %s", f.Conversation, f.Line, f.Say, f.Check, f.Got)
	}
	t.Logf("%d conversations, %d turns, %d checks, %d failed", r.Conversations, r.Turns, r.Checks, len(r.Failures))
}

func TestNoCardBreaksALimit(t *testing.T) {
	rs, err := eval.LimitRequests()
	if err != nil {
		t.Fatal(err)
	}
	for i, seed := range []uint64{1, 7} {
		s := serve(t, seed)
		if i > 0 {
			rs = slices.DeleteFunc(rs, func(r eval.Request) bool { return r.Line%2 == 0 }) // half of them: another world, the same wishes
		}
		look := func(ctx context.Context, id, lang string) (shop.ProductCard, error) {
			return s.deps.Product(ctx, s.who.Tenant, id, lang)
		}
		r, err := eval.Limits(t.Context(), rs, s.ask, look)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range r.Broken {
			t.Errorf("seed %d, limits.txt:%d: %s\n  %s: %s: %s", seed, b.Line, b.Say, b.Limit, b.Product, b.Why)
		}
		if r.Cards < 4*r.Requests {
			t.Errorf("seed %d: only %d products for %d requests: an empty list breaks no limit", seed, r.Cards, r.Requests)
		}
		t.Logf("seed %d: %d requests, %d cards, %d empty, %d relaxed, %d break a limit", seed, r.Requests, r.Cards, r.Empty, r.Relaxed, len(r.Broken))
	}
}

// Every kind of product, asked about in both languages as shoppers do: each turn is completed, says something, and no number
// of it had to be struck out (ask fails when one was).
func TestEveryKindIsTalkedAbout(t *testing.T) {
	s := serve(t, 3)
	kinds := [][2]string{
		{"headphones", "耳机"},
		{"earbuds", "入耳式耳机"},
		{"speakers", "音箱"},
		{"laptops", "笔记本电脑"},
		{"laptop bags", "电脑包"},
		{"keyboards", "键盘"},
		{"phones", "手机"},
		{"cameras", "相机"},
		{"TVs", "电视"},
		{"watches", "手表"},
		{"kettles", "电热水壶"},
		{"coffee makers", "咖啡机"},
		{"blenders", "搅拌机"},
		{"lamps", "台灯"},
		{"backpacks", "背包"},
		{"T-shirts", "T恤"},
		{"jackets", "外套"},
		{"shoes", "鞋"},
		{"toys", "玩具"},
	}
	follow := [2][]string{
		{"cheaper", "the second one", "what do people say?", "any coupons for it?", "is it in stock?", "compare the first two", "bigger", "tell me more about the third"},
		{"便宜点的", "第二个", "大家怎么说", "有优惠券吗", "有货吗", "对比前两个", "大一点的", "介绍一下第三个"},
	}
	for i, k := range kinds {
		for lang, first := range k {
			conversation := fmt.Sprintf("kind-%d-%d", i, lang)
			said := []string{first}
			for j := range 4 { // half of the questions for each kind, other ones for the next
				said = append(said, follow[lang][(i*4+lang*2+j)%len(follow[lang])])
			}
			for _, m := range said {
				r, err := s.ask(t.Context(), conversation, m)
				if err != nil {
					t.Errorf("%s, %s: %v", first, m, err)
				} else if r.Text == "" || r.Ending != chat.Completed {
					t.Errorf("%s, %s: %+v", first, m, r)
				}
				if m == first && len(r.Cards) == 0 {
					t.Errorf("%s: nothing shown: %s", first, r.Text)
				}
			}
		}
	}
}
