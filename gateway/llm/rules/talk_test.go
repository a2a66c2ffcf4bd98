package rules

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/prompts"
	"shopkeeper/retrieval"
	"shopkeeper/retrieval/ingest"
	"shopkeeper/retrieval/local"
	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
	"shopkeeper/shop/demo"
	"shopkeeper/tools"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// world is the demo shop behind the tools' ports, in memory.
type world struct {
	w        *demo.World
	byID     map[string]shop.Product
	passages map[string]shop.Passage
	registry *tools.Registry
	model    *Model
	Who      shop.Principal
}

var open = sync.OnceValue(func() *world {
	w := &world{w: demo.New(1, noon), byID: map[string]shop.Product{}, passages: map[string]shop.Passage{}}
	x := local.New(local.Options{})
	var docs []retrieval.Doc
	for _, p := range w.w.Products {
		p.Tenant = demo.TenantID
		w.byID[p.ID] = p
		docs = append(docs, retrieval.ProductDoc(p, "USD"))
	}
	if _, _, _, err := ingest.LoadDocuments(context.Background(), w, demo.TenantID, demo.Policies()); err != nil {
		panic(err)
	}
	for _, p := range w.passages {
		docs = append(docs, retrieval.PassageDoc(demo.TenantID, p))
	}
	if err := x.Upsert(context.Background(), docs); err != nil {
		panic(err)
	}
	s := &retrieval.Searcher{Index: x, Lexicon: x, Products: w, PassageStore: w}
	w.registry = tools.NewRegistry(tools.All(tools.Deps{
		Search: s, Products: w, Orders: w, Offers: w, People: w, Reviews: w, Currency: func(string) string { return "USD" }, Now: func() time.Time { return noon },
	})...)
	set, err := prompts.Open(nil)
	if err != nil {
		panic(err)
	}
	w.model = New(set)
	w.Who = shop.Principal{Tenant: demo.TenantID, ID: w.w.People[0].ID, Role: shop.Shopper}
	return w
})

func (w *world) Products(_ context.Context, _ string, ids []string) (out []shop.Product, err error) {
	for _, id := range ids {
		if p, ok := w.byID[id]; ok {
			out = append(out, p)
		}
	}
	return out, nil
}

func (w *world) Passages(_ context.Context, _ string, ids []string) (out []shop.Passage, err error) {
	for _, id := range ids {
		if p, ok := w.passages[id]; ok {
			out = append(out, p)
		}
	}
	return out, nil
}

// PutDocument takes in a policy.
func (w *world) PutDocument(_ context.Context, d shop.Document) error {
	ps, err := ingest.Split(d)
	if err != nil {
		return err
	}
	for _, p := range ps {
		w.passages[p.ID] = p
	}
	return nil
}

func (w *world) Offers(context.Context, string) ([]shop.Offer, error) { return w.w.Offers, nil }

func (w *world) Person(_ context.Context, who shop.Principal) (shop.Person, error) {
	for _, p := range w.w.People {
		if p.ID == who.ID {
			return p, nil
		}
	}
	return shop.Person{}, &shop.Error{Kind: shop.NotFound, Msg: "Nobody."}
}

func (w *world) Reviews(_ context.Context, _, product string, limit int) (out []shop.Review, err error) {
	for _, r := range w.w.Reviews {
		if r.Product == product && len(out) < limit {
			out = append(out, r)
		}
	}
	return out, nil
}

func (w *world) Order(_ context.Context, who shop.Principal, id string) (shop.Order, error) {
	for _, o := range w.w.Orders {
		if o.ID == id && o.Shopper == who.ID {
			return o, nil
		}
	}
	return shop.Order{}, &shop.Error{Kind: shop.NotFound, Msg: "There is no such order."}
}

func (w *world) Orders(_ context.Context, who shop.Principal, limit int) (out []shop.Order, err error) {
	for i := len(w.w.Orders) - 1; i >= 0 && len(out) < limit; i-- {
		if o := w.w.Orders[i]; o.Shopper == who.ID {
			out = append(out, o)
		}
	}
	return out, nil
}

// talk is one conversation with the built-in model, run as the assistant runs it.
type talk struct {
	*world
	wordsOnly bool // as on /v1: earlier turns leave their words and nothing else
	msgs      []chat.Message
	calls     []chat.ToolCall // of the last turn
	cards     []shop.Card
	rounds    int
	n         int
}

// say sends a message and returns the answer.
func (k *talk) say(t *testing.T, message string) string {
	t.Helper()
	k.calls, k.cards, k.rounds = nil, nil, 0
	k.n++
	k.msgs = append(k.msgs, chat.Message{ID: fmt.Sprint("u", k.n), Role: chat.User, Text: message})
	start := len(k.msgs)
	req := &llm.Request{Task: "shopper", Lang: text.Lang(message), Conversation: "c", Who: k.Who}
	for _, s := range k.registry.Specs(shop.Shopper, nil) {
		req.Tools = append(req.Tools, llm.Tool{Name: s.Name})
	}
	for round := range 8 {
		if round == 7 {
			req.Tools = nil
		}
		k.rounds++
		req.Messages = k.msgs
		var calls []chat.ToolCall
		var answer strings.Builder
		for d, err := range k.model.Stream(context.Background(), req) {
			if err != nil {
				t.Fatal(err)
			}
			answer.WriteString(d.Text)
			if d.Call != nil {
				calls = append(calls, *d.Call)
			}
		}
		if len(calls) == 0 {
			out := answer.String()
			k.msgs = append(k.msgs, chat.Message{Role: chat.Bot, Text: out})
			if k.wordsOnly {
				k.msgs = append(k.msgs[:start:start], chat.Message{Role: chat.Bot, Text: out})
			}
			return out
		}
		if len(calls) > 8 {
			t.Fatalf("%q: %d calls in one round", message, len(calls))
		}
		k.msgs = append(k.msgs, chat.Message{Role: chat.Bot, Calls: calls})
		for _, c := range calls {
			for _, before := range k.calls {
				if before.Name == c.Name && string(before.Args) == string(c.Args) {
					t.Errorf("%q: the same call twice: %s %s", message, c.Name, c.Args)
				}
			}
			k.calls = append(k.calls, c)
			if err := k.registry.Check(c.Name, c.Args); err != nil {
				t.Errorf("%q: %s %s: %v", message, c.Name, c.Args, err)
			}
			m := chat.Message{Role: chat.Tool, CallID: c.ID, Name: c.Name}
			res, err := k.registry.Call(context.Background(), tools.Scope{Who: k.Who, For: k.Who, Conversation: "c", Turn: fmt.Sprint(k.n), Call: c.ID, Lang: req.Lang, Zone: "UTC", Now: noon}, c.Name, c.Args)
			if err != nil {
				m.Failed, m.Text = true, err.Error()
			} else {
				m.Text, m.Cards = string(res.Output), res.Cards
				k.cards = append(k.cards, res.Cards...)
			}
			k.msgs = append(k.msgs, m)
		}
	}
	t.Fatalf("%q: no answer within eight rounds", message)
	return ""
}

// products is the last list shown in the turn.
func (k *talk) products(t *testing.T) shop.ProductsCard {
	t.Helper()
	for i := len(k.cards) - 1; i >= 0; i-- {
		if c := k.cards[i]; c.Kind == "products" {
			var out shop.ProductsCard
			if err := json.Unmarshal(c.Data, &out); err != nil {
				t.Fatal(err)
			}
			return out
		}
	}
	t.Fatalf("no list was shown; cards %v", k.cards)
	return shop.ProductsCard{}
}

func (k *talk) kinds() string {
	var out []string
	for _, c := range k.cards {
		out = append(out, c.Kind)
	}
	return strings.Join(out, " ")
}

// An item that no order has is not taken for another one.
func TestThingOf(t *testing.T) {
	for said, want := range map[string]string{
		"i want to return my lamp": "lamp", "return the red kettle, it leaks": "red kettle", "i want to return my order": "", "return this for me please": "",
		"send the kettle back": "kettle", "exchange my last order": "", "i'd like a refund for the toaster": "toaster", "cancel my order please": "",
		"我想退掉那个台灯": "台灯", "把我的桌游退了": "桌游", "我要退货": "", "把这个订单退了": "", "拖鞋太小了, 想换一双大的": "拖鞋", "退款": "",
	} {
		if got := thingOf(said); got != want {
			t.Errorf("%s: %q, want %q", said, got, want)
		}
	}
}
