package assistant

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/cluster"
	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/llm/llmtest"
	"shopkeeper/prompts"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// The same cases in every run: a build never fails by the luck of the draw. -rapid.seed draws others.
	if f := flag.Lookup("rapid.seed"); f.Value.String() == "0" {
		if err := f.Value.Set("20261126"); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m)
}

var (
	mira = shop.Principal{Tenant: "shop", ID: "mira", Role: shop.Shopper}
	omar = shop.Principal{Tenant: "shop", ID: "omar", Role: shop.Shopper}
)

// history keeps conversations in memory, by the rules of the port.
type history struct {
	mu      sync.Mutex
	all     map[string]*record
	commits []chat.Commit
	fail    func(chat.Commit) error
}

type record struct {
	conv     chat.Conversation
	messages []chat.Message
	evidence []chat.Evidence
	open     string // turn
	byUser   map[string]*chat.Commit
	turnOf   map[string]string // user message → turn
	summary  string
	covered  int
}

func (h *history) Begin(_ context.Context, who shop.Principal, id, task string, m chat.Message, mode chat.Mode) (chat.Begun, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.all[id]
	if r == nil {
		if mode == chat.Regenerate {
			return chat.Begun{}, &shop.Error{Kind: shop.NotFound, Msg: "There is no such conversation."}
		}
		r = &record{conv: chat.Conversation{ID: id, Task: task, For: who, Owner: chat.Owner{Kind: chat.Assistant}}, byUser: map[string]*chat.Commit{}, turnOf: map[string]string{}}
		h.all[id] = r
	}
	if r.conv.For != who {
		return chat.Begun{}, &shop.Error{Kind: shop.NotFound, Msg: "There is no such conversation."}
	}
	if mode == chat.Regenerate {
		m = *r.lastUser()
	} else if turn, ok := r.turnOf[m.ID]; ok {
		for _, old := range r.messages {
			if old.ID == m.ID && old.Text != m.Text {
				return chat.Begun{}, &shop.Error{Kind: shop.Conflict, Msg: "This id was used for another message."}
			}
		}
		b := r.read()
		if c := r.byUser[m.ID]; c != nil {
			b.Repeated = c
		} else {
			b.Running = turn
		}
		return b, nil
	}
	if r.open != "" {
		return chat.Begun{}, &shop.Error{Kind: shop.Busy, Msg: "Busy."}
	}
	r.conv.Turns++
	r.conv.Revision++
	turn := fmt.Sprintf("%s-t%d", id, r.conv.Turns)
	if mode == chat.Regenerate {
		for i := slices.IndexFunc(r.messages, func(x chat.Message) bool { return x.ID == m.ID }) + 1; i < len(r.messages); i++ {
			r.messages[i].Replaced = true
		}
	} else {
		m.Turn = turn
		r.messages = append(r.messages, m)
		r.conv.LastUser = m.ID
	}
	r.turnOf[m.ID] = turn
	delete(r.byUser, m.ID)
	b := r.read()
	if r.conv.Owner.Kind == chat.Assistant {
		r.open, b.Turn, b.Number = turn, turn, r.conv.Turns
	}
	return b, nil
}

func (r *record) lastUser() *chat.Message {
	for i := len(r.messages) - 1; i >= 0; i-- {
		if r.messages[i].Role == chat.User {
			return &r.messages[i]
		}
	}
	return nil
}

func (r *record) read() chat.Begun {
	b := chat.Begun{Conversation: r.conv, Evidence: slices.Clone(r.evidence), Summary: r.summary, Summarised: r.covered}
	for _, m := range r.messages {
		if !m.Replaced {
			b.History = append(b.History, m)
		}
	}
	return b
}

func (h *history) Commit(ctx context.Context, c chat.Commit) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if h.fail != nil {
		if err := h.fail(c); err != nil {
			return err
		}
	}
	r := h.all[c.Conversation]
	if r.open != c.Turn || r.conv.Revision != c.Revision {
		return &shop.Error{Kind: shop.Conflict, Msg: "Moved."}
	}
	r.open = ""
	r.conv.Revision++
	r.messages = append(r.messages, c.Messages...)
	r.evidence = append(r.evidence, c.Evidence...)
	r.summary, r.covered = c.Summary, c.Summarised
	r.byUser[c.LastUser] = &c
	h.commits = append(h.commits, c)
	return nil
}

func (h *history) Read(_ context.Context, who shop.Principal, id string) (chat.Begun, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.all[id]
	if r == nil || r.conv.For != who {
		return chat.Begun{}, &shop.Error{Kind: shop.NotFound, Msg: "There is no such conversation."}
	}
	b := r.read()
	b.Running = r.open
	return b, nil
}

func (h *history) last(t *testing.T) chat.Commit {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.commits) == 0 {
		t.Fatal("nothing was committed")
	}
	return h.commits[len(h.commits)-1]
}

type models struct {
	model  llm.Model
	window int
	rungs  []string
	lower  llm.Model
	err    error
}

func (m models) Model(string) (llm.Model, error) { return m.model, m.err }
func (m models) Window(string) int               { return m.window }
func (m models) Rungs(string) []string           { return m.rungs }
func (m models) Lower(string) (llm.Model, bool)  { return m.lower, m.lower != nil }

// bench is an assistant on fakes, with tools whose work a test may replace.
type bench struct {
	*Assistant
	h      *history
	look   func(ctx context.Context, sc tools.Scope, query string) (shop.ProductsCard, error)
	called int
	mu     sync.Mutex
}

func newBench(t *testing.T, model llm.Model) *bench {
	t.Helper()
	set, err := prompts.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{h: &history{all: map[string]*record{}}}
	b.look = func(_ context.Context, _ tools.Scope, query string) (shop.ProductsCard, error) {
		return found(query, 3990), nil
	}
	search := tools.New(tools.Spec{Name: "search_products", Description: "Search.", Public: []string{"query"}}, func(ctx context.Context, sc tools.Scope, in tools.SearchInput) (shop.ProductsCard, error) {
		b.mu.Lock()
		b.called++
		b.mu.Unlock()
		return b.look(ctx, sc, in.Query)
	}, tools.View[tools.SearchInput, shop.ProductsCard]{
		Cards: func(sc tools.Scope, _ tools.SearchInput, out shop.ProductsCard) []shop.Card {
			return []shop.Card{{Kind: "products", ID: "products_" + sc.Call, Data: jsonOf(t, out)}}
		},
		Line: func(tools.Scope, tools.SearchInput, shop.ProductsCard) string { return "Searched" },
	})
	shared := cluster.Memory()
	n := 0
	b.Assistant = &Assistant{
		Tasks:  map[string]Task{"shopper": {Name: "shopper", Alias: "shopper", Prompt: "shopper", Tools: []string{"search_products"}, Roles: []shop.Role{shop.Shopper}}},
		Models: models{model: model}, Tools: tools.NewRegistry(search), Prompts: set, History: b.h, Log: shared, Lease: shared, Logger: slog.New(slog.DiscardHandler),
		NewID: func() string {
			b.mu.Lock()
			defer b.mu.Unlock()
			n++
			return fmt.Sprint("id", n)
		},
	}
	return b
}

func found(query string, price int64) shop.ProductsCard {
	return shop.ProductsCard{
		Total: 1, Facets: []shop.FacetCard{}, Understood: shop.UnderstoodCard{Query: query, Filters: []shop.Condition{}, Relaxed: []shop.Relaxation{}},
		Shown: []shop.ProductCard{{ID: "p-" + query, Title: "The " + query, Brand: "B", Price: usd(price), Stock: ptr(3), Attributes: []shop.Attribute{}, Why: []string{}}},
	}
}

func ask(conversation, id, text string) Turn {
	return Turn{Who: mira, Task: "shopper", Conversation: conversation, Message: chat.Message{ID: id, Text: text}}
}

func use(query string) llmtest.Step {
	return llmtest.Use(llmtest.Call("call_"+query, "search_products", map[string]string{"query": query}))
}

func script(steps ...llmtest.Step) *llmtest.Script { return &llmtest.Script{Steps: steps} }

func collect(t *testing.T, seq iter.Seq2[chat.Event, error]) []chat.Event {
	t.Helper()
	var out []chat.Event
	for e, err := range seq {
		if err != nil {
			t.Fatalf("after %d events: %v", len(out), err)
		}
		out = append(out, e)
	}
	return out
}

// sound checks what holds for the events of every turn: one beginning, one ending, ids that count up.
func sound(t interface {
	Helper()
	Fatalf(string, ...any)
}, es []chat.Event,
) chat.Event {
	t.Helper()
	if len(es) == 0 {
		t.Fatalf("no events")
	}
	for i, e := range es {
		if e.Turn != es[0].Turn || i > 0 && e.ID != es[i-1].ID+1 || (e.Kind == chat.EvBegun) != (i == 0) || (e.Kind == chat.EvEnded) != (i == len(es)-1) {
			t.Fatalf("event %d of %d is %s %d of turn %s", i, len(es), e.Kind, e.ID, e.Turn)
		}
	}
	switch end := es[len(es)-1]; end.Ending {
	case chat.Completed, chat.Truncated, chat.Refused, chat.Cancelled:
		return end
	case chat.Failed:
		if end.Problem == nil || end.Problem.Msg == "" {
			t.Fatalf("failed without a word: %+v", end)
		}
		return end
	default:
		t.Fatalf("ended as %q", end.Ending)
	}
	return chat.Event{}
}

// stored checks what holds for every commit: each call has its answer, the last message is the assistant's own with the ending.
func stored(t interface {
	Helper()
	Fatalf(string, ...any)
}, c chat.Commit,
) {
	t.Helper()
	open := map[string]bool{}
	for _, m := range c.Messages {
		for _, call := range m.Calls {
			if !json.Valid(call.Args) || open[call.ID] {
				t.Fatalf("stored call %+v", call)
			}
			open[call.ID] = true
		}
		if m.Role == chat.Tool {
			if !open[m.CallID] {
				t.Fatalf("an answer without its call: %+v", m)
			}
			delete(open, m.CallID)
		}
	}
	last := c.Messages[len(c.Messages)-1]
	if len(open) > 0 || last.Role != chat.Bot || last.Ending != c.Ending || len(last.Calls) > 0 {
		t.Fatalf("open calls %v, last message %+v", open, last)
	}
}

func words(es []chat.Event) string {
	var b strings.Builder
	for _, e := range es {
		if e.Kind == chat.EvText {
			b.WriteString(e.Text)
		}
	}
	return b.String()
}

func kinds(es []chat.Event) string {
	var out []string
	for _, e := range es {
		if n := len(out); n == 0 || out[n-1] != string(e.Kind) || e.Kind != chat.EvText {
			out = append(out, string(e.Kind))
		}
	}
	return strings.Join(out, " ")
}

func kindOf(t *testing.T, err error) shop.Kind {
	t.Helper()
	var e *shop.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *shop.Error", err)
	}
	return e.Kind
}

// hang is a model that says something, then nothing until it is cancelled.
func hang(say string) llm.Model {
	return llmtest.Func(func(ctx context.Context, _ *llm.Request) iter.Seq2[llm.Delta, error] {
		return func(yield func(llm.Delta, error) bool) {
			if say != "" && !yield(llm.Delta{Text: say}, nil) {
				return
			}
			<-ctx.Done()
			yield(llm.Delta{}, &llm.Error{Kind: llm.Down, Err: ctx.Err()})
		}
	})
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
