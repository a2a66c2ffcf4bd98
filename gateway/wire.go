package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"shopkeeper/gateway/api"
	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/cluster"
	"shopkeeper/gateway/desk"
	"shopkeeper/gateway/llm/openai"
	"shopkeeper/gateway/notify"
	"shopkeeper/gateway/oidc"
	"shopkeeper/gateway/route"
	"shopkeeper/gateway/store"
	"shopkeeper/gateway/telemetry"
	"shopkeeper/gateway/usage"
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
	orders           *orders
	keys             *fileKeys
	credentials      *credentials
	ledger           *usage.Ledger
	metrics          *telemetry.Metrics
	traces           *telemetry.Traces // nil: none
	redis            *cluster.Redis    // nil: this process is alone
	reload           *reloader         // nil: the settings stay as they are
	abouts           *abouts
	tools            *tools.Registry
	assistant        *assistant.Assistant
	switches         *switches
	plans            *plans
	notices          *notify.Sender
	suggester        *desk.Suggester
	demoMail         MailSettings // where the demo's mails go when nobody said so
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
	if a.store.Shared() {
		a.log.InfoContext(ctx, "records are in PostgreSQL: other replicas may share them")
	} else if _, err := a.store.AbandonTurns(ctx); err != nil { // SQLite has one server: turns that are open now lost theirs
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
	tenants := &tenants{store: a.store}
	a.plans = &plans{zone: func(id string) string { return tenants.tenant(id).Zone }}
	if people != nil {
		a.plans.demo, a.plans.staff = people.Tenant.ID, demoStaff(people.Agents)
	}
	a.plans.set(c.Settings)
	a.store.PlanDesk(a.plans.plan)
	if a.storefront != "" {
		if _, err := tenant(ctx, a.store, a.storefront); err != nil {
			return a, err
		}
	}
	embed, embedder, err := embedderOf(c.Embed, a.store)
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
	a.abouts = &abouts{store: a.store, rung: func() string { return a.models.Rung() }}
	clock, err := c.clock()
	if err != nil {
		return a, err
	}
	a.orders = &orders{local: a.store}
	if err := a.orders.set(c.Connectors, log); err != nil {
		return a, misuse("%w", err)
	}
	if err := a.openNotices(ctx, c.Data, tenants); err != nil {
		return a, err
	}
	deps := tools.Deps{
		Search: built{&retrieval.Searcher{
			Index: index, Lexicon: lexicon, Embedder: embedder, Products: a.store, PassageStore: a.store, Currency: tenants.currency,
		}, a.follow.Ready()},
		Products: a.store, Orders: a.orders, Actions: a.orders, Rules: a.store, Desk: true, Offers: &offers{store: a.store}, People: a.orders, Reviews: a.store, Merchants: a.store, Currency: tenants.currency, Names: a.abouts.Names, Now: clock,
	}
	said, err := openPrompts(c.Prompts)
	if err != nil {
		return a, err
	}
	if a.metrics, err = telemetry.NewMetrics(); err != nil {
		return a, err
	}
	a.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		return a.metrics.Close(ctx)
	})
	if err := a.openTraces(ctx); err != nil {
		return a, err
	}
	shared, err := a.openShared(ctx)
	if err != nil {
		return a, err
	}
	a.keys = &fileKeys{Keys: a.store}
	a.credentials = &credentials{Keys: a.keys, now: time.Now}
	if err := a.applyKeys(ctx, c.Settings); err != nil {
		return a, err
	}
	if err := a.openLedger(ctx, c.Data, shared); err != nil {
		return a, err
	}
	if a.models, err = a.ladders(said, embed, a.ledger); err != nil {
		return a, err
	}
	if c.Cache.Bytes > 0 && c.Cache.TTL > 0 {
		cache, err := route.NewCache(c.Cache.Bytes, c.Cache.TTL)
		if err != nil {
			return a, fmt.Errorf("open cache: %w", err)
		}
		a.onClose(cache.Close)
		a.models.Remember(cache)
	}
	if err := a.metrics.Targets(a.models.targets); err != nil {
		return a, err
	}
	task := assistant.Task{
		Name: "shopper", Alias: "shopper", Prompt: "shopper", Roles: []shop.Role{shop.Shopper},
		Tools: tools.Shopper,
	}
	a.tools = tools.NewRegistry(tools.All(deps)...)
	a.tools.Proposals = a.store
	a.tools.Settled = func(_ context.Context, p shop.Proposal) {
		if a.api != nil {
			a.api.Changed(p.Action.Tenant, p.Conversation)
		}
	}
	a.assistant = &assistant.Assistant{
		Tasks: map[string]assistant.Task{task.Name: task}, Models: a.models, Tools: a.tools, Prompts: said,
		History: a.store, Log: shared, Lease: shared, Tenant: tenants.tenant, Grace: c.Chat.Grace, Clock: clock, Logger: log, Tell: c.LogContent, TraceContent: c.Traces.Content, Timed: a.timed,
		Limits: assistant.Limits{Rounds: c.Chat.Rounds, Tokens: c.Chat.MaxTokens, Time: c.Chat.Deadline},
	}
	a.assistant.Opens = a.plans.opens
	a.switches = &switches{stored: a.store.Switches, went: a.assistant.SwitchedOff, log: log}
	a.assistant.Off = a.switches.Off
	if err := a.switches.read(ctx); err != nil {
		return a, err
	}
	a.openSuggester(task, deps, clock)
	secret, err := a.store.Secret(ctx, "browser tokens")
	if err != nil {
		return a, err
	}
	life, err := time.ParseDuration(c.Limits.SessionTTL)
	if err != nil || life <= 0 {
		return a, misuse("limits.session_ttl is %q: write a duration such as 30m", c.Limits.SessionTTL)
	}
	trusted, err := networks(c.Proxies)
	if err != nil {
		return a, err
	}
	o := api.Options{
		Chats: a.assistant, Keys: a.credentials, Counter: shared, Ledger: a.ledger, Conversations: a.store, Proposals: a.tools, States: a.store, Attachments: a.store, Records: a.store, Desk: a.store, Quality: a.store, Ratings: a.store.Ratings, Knowledge: a.store, MayPublish: a.plans.edits, Customer: customer(deps, clock), Lookup: a.orders.lookup(deps, clock), Catalogue: a.store, Replies: a.store, Ready: a.ready,
		Suggester: a.suggester, Suggested: a.store,
		Answered: func(ctx context.Context, message string, r shop.ReplyMail) error {
			return a.notices.AgentReply(ctx, r.Conversation+":"+message, r) // ids have hyphens, and no colon
		},
		Codes: codes{a}, Tasks: []assistant.Task{task}, Secret: secret, TokenLife: life, Demo: people, Storefront: a.storefront,
		Limits: api.Limits{
			Requests: c.Limits.KeyRate, Sessions: c.Limits.Anonymous, Turns: c.Limits.TurnsDay, Tokens: c.Limits.TokensDay,
		},
		Search: deps.Browse, Product: deps.Product, Shop: a.abouts.About, Picture: demo.Picture,
		Raw: a.models.Raw, RawModels: a.models.raw, Embeddings: a.models.Raw, EmbedModels: a.models.embeds,
		Admin: a.store, Targets: a.models.rungs, Running: a.assistant.Count, Switched: a.switches.read,
		Web: web.Dist, Metrics: a.metrics, Traces: a.traces, Log: log, Trusted: trusted,
	}
	if c.OIDC.Issuer != "" {
		secret, err := secretOf(c.OIDC.Secret)
		if err != nil {
			return a, misuse("oidc.client_secret: %w", err)
		}
		o.SignIn = oidc.New(oidc.Options{Issuer: c.OIDC.Issuer, ClientID: c.OIDC.Client, ClientSecret: secret, Redirect: c.OIDC.Redirect, Claim: c.OIDC.Claim})
		for _, g := range c.Staff {
			o.Staff = append(o.Staff, api.StaffGroup{Group: g.Group, Tenant: g.Tenant, Merchant: g.Merchant, Role: shop.Role(g.Role)})
		}
	}
	a.api = api.New(o)
	return a, a.listenOperator(c.MetricsAddr)
}

// apply puts reloaded settings in force: all of them, or, when one is wrong, none.
func (a *app) apply(ctx context.Context, s Settings) error {
	if err := a.models.reload(s); err != nil {
		return err
	}
	if err := a.orders.set(s.Connectors, a.log); err != nil { // they were checked with the file
		return err
	}
	if err := a.applyNotices(s); err != nil { // likewise
		return err
	}
	a.ledger.SetDefault(s.Limits.defaults())
	a.plans.set(s)
	return a.applyKeys(ctx, s) // the keys were checked with the file
}

// sharedState is what replicas share: over Redis, or in memory for a process that is alone.
type sharedState interface {
	assistant.Log
	assistant.Lease
	usage.Counter
}

func (a *app) openShared(ctx context.Context) (sharedState, error) {
	if a.set.Redis == "" {
		return cluster.Memory(), nil
	}
	where, err := secretOf(a.set.Redis)
	if err != nil {
		return nil, misuse("redis: %w", err)
	}
	if a.redis, err = cluster.OpenRedis(ctx, where, a.log); err != nil {
		return nil, err
	}
	a.onClose(a.redis.Close)
	return a.redis, nil
}

// seen counts calls in the metrics.
func (a *app) seen(rows []chat.Call) {
	for _, c := range rows {
		a.metrics.Call(context.Background(), telemetry.Call{
			Assistant: c.Assistant, Alias: c.Alias, Target: c.Target, Ending: string(c.Ending), Problem: c.Problem, First: c.First, Took: c.Took,
			Input: c.Usage.Input, Cached: c.Usage.Cached, Output: c.Usage.Output, Reasoning: c.Usage.Reasoning, Cost: float64(c.Nano) / 1e9,
		})
	}
}

// openLedger starts the accounts. What was spent this month counts on, though the counters of the process begin anew.
func (a *app) openLedger(ctx context.Context, folder string, counter usage.Counter) error {
	a.ledger = usage.Open(usage.Options{
		Sink: a.store, Counter: counter, Dir: filepath.Join(folder, "spool"), Limits: a.credentials.limits, Default: a.set.Limits.defaults(), Log: a.log,
		Seen: a.seen,
	})
	a.onClose(a.ledger.Close)
	if a.redis != nil { // it has counted on
		return nil
	}
	now := time.Now().UTC()
	today, err := a.store.Spent(ctx, now.Truncate(24*time.Hour))
	if err != nil {
		return err
	}
	month, err := a.store.Spent(ctx, time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		return err
	}
	return a.ledger.Begin(ctx, today, month)
}

func (a *app) applyKeys(ctx context.Context, s Settings) error {
	if err := tenantsOf(ctx, a.store, s.Keys); err != nil {
		return err
	}
	if err := a.keys.set(s.Keys); err != nil {
		return misuse("%w", err)
	}
	a.credentials.forget()
	return nil
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

// embedderOf is the embeddings endpoint and what embeds nothing twice over it; both nil when none is configured.
func embedderOf(s EmbedSettings, v retrieval.Vectors) (*openai.Embedder, retrieval.Embedder, error) {
	if s.URL == "" {
		return nil, nil, nil
	}
	e, err := openai.NewEmbedder(openai.EmbedOptions{URL: s.URL, Model: s.Model, Key: s.Key, Batch: s.Batch})
	if err != nil {
		return nil, nil, err
	}
	return e, retrieval.Cached(e, v, s.Model), nil
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

func networks(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			ip, err := netip.ParseAddr(s)
			if err != nil {
				return nil, misuse("trusted proxy %q: write a network such as 10.0.0.0/8", s)
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
	if a.redis != nil {
		states["redis"] = a.redis.State()
	}
	for name, state := range a.follow.States() {
		states[name] = state
	}
	select {
	case <-a.follow.Ready():
	default:
		ready = false
	}
	if first := a.models.now.Load().first; first != "rules" && a.models.Rung() == "rules" {
		states["model"] = fmt.Sprintf("degraded: %s fails; the built-in assistant answers", first)
	}
	return states, ready
}
