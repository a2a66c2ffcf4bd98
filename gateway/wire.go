package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"shopkeeper/gateway/api"
	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/cluster"
	"shopkeeper/gateway/llm/openai"
	"shopkeeper/gateway/llm/rules"
	"shopkeeper/gateway/route"
	"shopkeeper/gateway/store"
	"shopkeeper/gateway/telemetry"
	"shopkeeper/prompts"
	"shopkeeper/retrieval"
	"shopkeeper/retrieval/ingest"
	"shopkeeper/retrieval/local"
	"shopkeeper/retrieval/qdrant"
	"shopkeeper/shop"
	"shopkeeper/shop/demo"
	"shopkeeper/tools"
	"shopkeeper/web"
)

// app is everything that serves, built in order by open and closed in reverse.
type app struct {
	set              Settings
	log              *slog.Logger
	demo             bool
	storefront       string // tenant, "" = none
	store            *store.Store
	follow           *ingest.Follower
	models           *ladders
	assistant        *assistant.Assistant
	api              *api.Server
	operatorListener net.Listener

	closers []func() error
}

func (a *app) onClose(f func() error) { a.closers = append(a.closers, f) }

// Close undoes open, last first.
func (a *app) Close() error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	return errors.Join(errs...)
}

// open builds the server; nothing runs until Run. On an error what was opened is closed again.
func (c *ServeCmd) open(ctx context.Context, log *slog.Logger) (a *app, err error) {
	a = &app{set: c.Settings, log: log, demo: c.Demo, storefront: c.Storefront}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if a.store, err = c.openStore(ctx); err != nil {
		return a, err
	}
	a.onClose(a.store.Close)
	// SQLite has one server: turns that are open now lost theirs.
	if _, err := a.store.AbandonTurns(ctx); err != nil {
		return a, err
	}
	var people *api.DemoOptions
	if c.Demo {
		if people, err = c.loadDemo(ctx, a.store); err != nil {
			return a, err
		}
		if a.storefront == "" {
			a.storefront = people.Tenant.ID
		}
	}
	tenants := newTenants(a.store)
	if a.storefront != "" {
		if _, err := tenant(ctx, a.store, a.storefront); err != nil {
			return a, err
		}
	}
	embedder, err := embedderOf(c.Embed, a.store)
	if err != nil {
		return a, err
	}
	index, words, err := a.indexes(c.Index)
	if err != nil {
		return a, err
	}
	a.follow = &ingest.Follower{Index: index, Embedder: embedder, Changes: a.store, Currency: tenants.currency, Model: c.Embed.Model, Log: log}
	if words != nil { // an interface that holds a nil pointer would not be nil
		a.follow.Words = words
	}
	lexicon, _ := index.(retrieval.Lexicon)
	if words != nil {
		lexicon = words
	}
	deps := tools.Deps{
		Search: built{&retrieval.Searcher{
			Index: index, Lexicon: lexicon, Embedder: embedder, Products: a.store, PassageStore: a.store, Currency: tenants.currency,
		}, a.follow.Ready()},
		Products: a.store, Orders: a.store, Offers: a.store, People: a.store, Reviews: a.store, Currency: tenants.currency,
	}
	said, err := openPrompts(c.Prompts)
	if err != nil {
		return a, err
	}
	if a.models, err = a.ladders(said); err != nil {
		return a, err
	}
	task := assistant.Task{
		Name: "shopper", Alias: "shopper", Prompt: "shopper", Roles: []shop.Role{shop.Shopper},
		Tools: []string{"search_products", "get_product", "compare_products", "find_coupons", "order_status", "search_policies"},
	}
	shared := cluster.Memory()
	a.assistant = &assistant.Assistant{
		Tasks: map[string]assistant.Task{task.Name: task}, Models: a.models, Tools: tools.NewRegistry(tools.All(deps)...), Prompts: said,
		History: a.store, Log: shared, Lease: shared, Tenant: tenants.tenant, Grace: c.Chat.Grace, Logger: log,
		Limits: assistant.Limits{Rounds: c.Chat.Rounds, Tokens: c.Chat.MaxTokens, Time: c.Chat.Deadline},
	}
	metrics, err := telemetry.NewMetrics()
	if err != nil {
		return a, err
	}
	a.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		return metrics.Close(ctx)
	})
	secret, err := a.store.Secret(ctx, "browser tokens")
	if err != nil {
		return a, err
	}
	life, err := time.ParseDuration(c.Limits.SessionTTL)
	if err != nil || life <= 0 {
		return a, usage("limits.session_ttl is %q: write a duration such as 30m", c.Limits.SessionTTL)
	}
	trusted, err := networks(c.Proxies)
	if err != nil {
		return a, err
	}
	about := &abouts{store: a.store, rung: a.models.Rung}
	o := api.Options{
		Chats: a.assistant, Keys: a.store, Conversations: a.store, Catalogue: a.store, Replies: a.store, Ready: a.ready,
		Tasks: []assistant.Task{task}, Secret: secret, TokenLife: life, Demo: people, Storefront: a.storefront,
		Limits: api.Limits{
			Requests: c.Limits.KeyRate, Sessions: c.Limits.Anonymous, Turns: c.Limits.TurnsDay, Tokens: c.Limits.TokensDay,
		},
		Search: deps.Browse, Product: deps.Product, Shop: about.About, Picture: demo.Picture,
		Web: web.Dist, Metrics: metrics, Log: log, Trusted: trusted,
	}
	a.api = api.New(o)
	return a, a.listenOperator(c.MetricsAddr)
}

// listenOperator opens the operator's listener. The default address may be taken by another shop on this machine; one that was
// asked for may not.
func (a *app) listenOperator(addr string) error {
	if addr == "off" || addr == "" {
		return nil
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		if addr == defaultMetrics {
			a.log.Warn("the operator's listener is off: its address is taken", "addr", addr)
			return nil
		}
		return fmt.Errorf("listen on %s for the operator: %w; choose another address with --metrics-addr HOST:PORT, or off", addr, err)
	}
	a.operatorListener = l
	a.onClose(func() error {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	return nil
}

const defaultMetrics = "127.0.0.1:9464"

// loadDemo puts the demo world into the store and says whom the demo's keys stand for.
func (c *ServeCmd) loadDemo(ctx context.Context, st *store.Store) (*api.DemoOptions, error) {
	w, err := world(c.Seed, c.Today)
	if err != nil {
		return nil, err
	}
	if err := st.PutTenant(ctx, w.Tenant); err != nil {
		return nil, err
	}
	documents, err := texts(demo.Policies())
	if err != nil {
		return nil, err
	}
	passages, err := ingest.Passages(ctx, documents)
	if err != nil {
		return nil, err
	}
	err = st.Load(ctx, w.Tenant.ID, store.World{
		Merchants: w.Merchants, Products: w.Products, Offers: w.Offers, People: w.People, Orders: w.Orders, Reviews: w.Reviews, Passages: passages,
	})
	if err != nil {
		return nil, err
	}
	return &api.DemoOptions{
		Tenant: w.Tenant, Shoppers: [2]string{w.People[0].ID, w.People[1].ID}, Agents: [2]string{"agent-1", "agent-2"},
		Merchants: [2]string{w.Merchants[0].ID, w.Merchants[1].ID}, Admin: "admin",
	}, nil
}

// texts reads every file of a folder by its path.
func texts(dir fs.FS) (map[string]string, error) {
	out := map[string]string{}
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(dir, name)
		out[name] = string(raw)
		return err
	})
	return out, err
}

// world makes the demo world of a seed and a day; "" is today.
func world(seed uint64, day string) (*demo.World, error) {
	today := time.Now().UTC().Truncate(24 * time.Hour)
	if day != "" {
		var err error
		if today, err = time.Parse(time.DateOnly, day); err != nil {
			return nil, usage("day %q: write YYYY-MM-DD", day)
		}
	}
	return demo.New(seed, today), nil
}

// indexes opens the product index. Beside Qdrant, which keeps no words, a small one in process knows the catalogue's words.
func (a *app) indexes(s IndexSettings) (retrieval.Index, *local.Index, error) {
	if s.URL == "" {
		return local.New(local.Options{}), nil, nil
	}
	q, err := qdrant.Open(qdrant.Options{URL: s.URL, Key: s.Key, Alias: s.Collection, Log: a.log})
	if err != nil {
		return nil, nil, err
	}
	a.onClose(q.Close)
	return q, local.New(local.Options{WordsOnly: true}), nil
}

// embedderOf is nil when no endpoint is configured.
func embedderOf(s EmbedSettings, v retrieval.Vectors) (retrieval.Embedder, error) {
	if s.URL == "" {
		return nil, nil
	}
	e, err := openai.NewEmbedder(openai.EmbedOptions{URL: s.URL, Model: s.Model, Key: s.Key, Batch: s.Batch})
	if err != nil {
		return nil, err
	}
	return retrieval.Cached(e, v, s.Model), nil
}

func openPrompts(folder string) (*prompts.Set, error) {
	if folder == "" {
		return prompts.Open(nil)
	}
	if _, err := os.Stat(folder); err != nil {
		return nil, fmt.Errorf("prompts folder: %w", err)
	}
	return prompts.Open(os.DirFS(folder))
}

// ladders makes the ladder of the shopper's assistant: the configured model, then the built-in one.
func (a *app) ladders(texts *prompts.Set) (*ladders, error) {
	targets := []route.Target{{Name: "rules", Model: rules.New(texts)}}
	rungs := [][]string{{"rules"}}
	if m := a.set.Model; m.URL != "" {
		header, err := headers(m.Headers)
		if err != nil {
			return nil, err
		}
		extra := map[string]json.RawMessage{}
		for k, v := range m.Extra {
			if extra[k], err = json.Marshal(v); err != nil {
				return nil, usage("model.extra.%s: %w", k, err)
			}
		}
		client, err := openai.New(openai.Options{
			URL: m.URL, Model: m.Name, Key: m.Key, Tools: m.Tools, Window: m.Window, Header: header, Extra: extra, FirstDelta: m.First,
		})
		if err != nil {
			return nil, err
		}
		a.onClose(func() error { client.Close(); return nil })
		targets = append(targets, route.Target{Name: m.Name, Model: client, Window: m.Window})
		rungs = [][]string{{m.Name}, {"rules"}}
	}
	r, err := route.New(route.Config{Targets: targets, Aliases: []route.Alias{{Name: "shopper", Rungs: rungs}}}, a.log)
	if err != nil {
		return nil, err
	}
	return &ladders{r}, nil
}

// ladders adds to the router what the pages show of it.
type ladders struct{ *route.Router }

// Rung is the model that would answer a shopper now.
func (l *ladders) Rung() string {
	rung := "rules"
	for _, h := range l.Health() {
		if h.Target != "rules" && h.State == "ready" {
			rung = h.Target
		}
	}
	return rung
}

// headers reads "Name: value" lines.
func headers(lines []string) (http.Header, error) {
	h := http.Header{}
	for _, l := range lines {
		name, value, ok := strings.Cut(l, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, usage("model header %q: write Name: value", l)
		}
		h.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return h, nil
}

func networks(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			ip, err := netip.ParseAddr(s)
			if err != nil {
				return nil, usage("trusted proxy %q: write a network such as 10.0.0.0/8", s)
			}
			p = netip.PrefixFrom(ip, ip.BitLen())
		}
		out = append(out, p)
	}
	return out, nil
}

// ready reports the dependencies: the store and a first index are required, the rest degrades.
func (a *app) ready(ctx context.Context) (map[string]string, bool) {
	states := map[string]string{"database": "ok", "model": "ok"}
	ready := true
	if err := a.store.Ping(ctx); err != nil {
		a.log.WarnContext(ctx, "database does not answer", "error", err)
		states["database"], ready = "down: it does not answer", false
	}
	for name, state := range a.follow.States() {
		states[name] = state
	}
	select {
	case <-a.follow.Ready():
	default:
		ready = false
	}
	if rung := a.models.Rung(); a.set.Model.URL != "" && rung == "rules" {
		states["model"] = fmt.Sprintf("degraded: %s fails; the built-in assistant answers", a.set.Model.Name)
	}
	return states, ready
}

// tenants remembers the tenants' settings for a moment: they are asked for several times a turn and change by hand.
type tenants struct {
	store *store.Store
	mu    sync.Mutex
	known map[string]knownTenant
}

type knownTenant struct {
	shop.Tenant
	at time.Time
}

func newTenants(st *store.Store) *tenants {
	return &tenants{store: st, known: map[string]knownTenant{}}
}

func (t *tenants) tenant(id string) shop.Tenant {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k, ok := t.known[id]; ok && time.Since(k.at) < time.Second {
		return k.Tenant
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	found, err := t.store.Tenant(ctx, id)
	if err != nil {
		if k, ok := t.known[id]; ok {
			return k.Tenant // what was true a second ago is better than a guess
		}
		return shop.Tenant{ID: id, Currency: "USD", Zone: "UTC", Lang: "en"}
	}
	t.known[id] = knownTenant{found, time.Now()}
	return found
}

func (t *tenants) currency(id string) string { return t.tenant(id).Currency }

// dataFile is a path in the data folder.
func (f *Files) dataFile(name string) string { return filepath.Join(f.Data, name) }

// built is a search that waits for its index: what is not built yet is not "nothing found".
type built struct {
	*retrieval.Searcher
	ready <-chan struct{}
}

func (b built) Search(ctx context.Context, q retrieval.Query) (retrieval.Answer, error) {
	if err := b.wait(ctx); err != nil {
		return retrieval.Answer{}, err
	}
	return b.Searcher.Search(ctx, q)
}

func (b built) Passages(ctx context.Context, q retrieval.Query) ([]shop.Passage, error) {
	if err := b.wait(ctx); err != nil {
		return nil, err
	}
	return b.Searcher.Passages(ctx, q)
}

func (b built) wait(ctx context.Context) error {
	select {
	case <-b.ready:
		return nil
	default:
	}
	late := time.NewTimer(5 * time.Second)
	defer late.Stop()
	select {
	case <-b.ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-late.C:
		return &shop.Error{Kind: shop.Unavailable, Msg: "The search is still starting; please try again in a moment.", Retry: 5 * time.Second}
	}
}
