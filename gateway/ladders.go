package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strconv"
	"sync/atomic"

	"shopkeeper/gateway/api"
	"shopkeeper/gateway/llm/openai"
	"shopkeeper/gateway/llm/rules"
	"shopkeeper/gateway/route"
	"shopkeeper/gateway/telemetry"
	"shopkeeper/prompts"
)

// assistants are the aliases that are no raw ones: the names of the tasks.
var assistants = []string{"shopper"}

// ladders adds to the router what the pages show of it, and which raw aliases there are. A reload replaces all of it.
type ladders struct {
	*route.Router
	texts *prompts.Set
	embed *openai.Embedder
	meter route.Meter
	now   atomic.Pointer[laid]
}

// laid is one configuration of the router.
type laid struct {
	config            route.Config
	first             string   // target of the shoppers' first rung, "rules" = none is configured
	models, embedders []string // raw aliases
	close             func()
}

// builder makes targets and aliases of settings.
type builder struct {
	laid
	texts   *prompts.Set
	meter   route.Meter
	clients map[string]*openai.Client
}

func (b *builder) build(s Settings, embed *openai.Embedder) error {
	b.laid.close = func() {
		for _, c := range b.clients {
			c.Close()
		}
	}
	b.config.Targets = []route.Target{{Name: "rules", Model: rules.New(b.texts)}}
	b.config.Meter = b.meter
	embeds := map[string]bool{}
	for _, t := range s.Targets {
		i := slices.IndexFunc(s.Providers, func(p ProviderSettings) bool { return p.Name == t.Provider })
		if err := b.target(s.Providers[i], t); err != nil {
			return err
		}
		embeds[t.name()] = slices.Contains(t.Abilities, "embeddings")
	}
	var ladder *route.Alias
	for _, a := range s.Aliases {
		out := route.Alias{Name: a.Name, Hedge: hedge}
		if a.Hedge != nil {
			out.Hedge = *a.Hedge
		}
		for _, r := range a.Rungs {
			out.Rungs, out.Weights = append(out.Rungs, r.Targets), append(out.Weights, r.Weights)
		}
		if slices.Contains(assistants, a.Name) {
			ladder = &out
			continue
		}
		b.config.Aliases = append(b.config.Aliases, out)
		if embeds[a.Rungs[0].Targets[0]] {
			b.embedders = append(b.embedders, a.Name)
		} else {
			b.models = append(b.models, a.Name)
		}
	}
	// The short form: one endpoint, which apps and admins reach by its own name too.
	if m := s.Model; m.URL != "" {
		err := b.target(
			ProviderSettings{Name: m.Name, URL: m.URL, Keys: one(m.Key), Headers: m.Headers, FirstDelta: m.First},
			TargetSettings{Model: m.Name, Tools: m.Tools, Window: m.Window, Extra: m.Extra},
		)
		if err != nil {
			return err
		}
		b.config.Aliases = append(b.config.Aliases, route.Alias{Name: m.Name, Rungs: [][]string{{m.Name}}})
		b.models = append(b.models, m.Name)
		if ladder == nil {
			ladder = &route.Alias{Name: "shopper", Rungs: [][]string{{m.Name}}}
		}
	}
	if name := s.Embed.Model; embed != nil && !slices.Contains(b.models, name) && !slices.Contains(b.embedders, name) {
		b.config.Targets = append(b.config.Targets, route.Target{Name: name, Provider: name, Raw: embed, Upstream: name})
		b.config.Aliases = append(b.config.Aliases, route.Alias{Name: name, Rungs: [][]string{{name}}})
		b.embedders = append(b.embedders, name)
	}
	if ladder == nil {
		ladder = &route.Alias{Name: "shopper", Rungs: [][]string{{"rules"}}}
	}
	b.first = ladder.Rungs[0][0]
	if n := len(ladder.Rungs); !slices.Contains(ladder.Rungs[n-1], "rules") {
		ladder.Rungs = append(ladder.Rungs, []string{"rules"})
	}
	b.config.Aliases = append(b.config.Aliases, *ladder)
	return nil
}

// hedge is the share of extra requests that a slow first word may cost where a file says nothing.
const hedge = 0.05

// target opens one model of an endpoint.
func (b *builder) target(p ProviderSettings, t TargetSettings) error {
	header, err := headers(p.Headers)
	if err != nil {
		return err
	}
	extra := map[string]json.RawMessage{}
	for _, fields := range []map[string]any{p.Extra, t.Extra} {
		for k, v := range fields {
			if extra[k], err = json.Marshal(v); err != nil {
				return misuse("extra field %s of %s: %w", k, t.name(), err)
			}
		}
	}
	keys := make([]string, len(p.Keys))
	for i, k := range p.Keys {
		if keys[i], err = secretOf(k); err != nil {
			return misuse("key of %s: %w", p.Name, err)
		}
	}
	tls, err := p.tls()
	if err != nil {
		return err
	}
	c, err := openai.New(openai.Options{
		Name: t.name(), URL: p.URL, Model: t.Model, Tools: t.Tools, Window: t.Window, Header: header, Extra: extra, TLS: tls,
		Connect: p.Connect, Headers: p.Response, FirstDelta: p.FirstDelta, Progress: p.Progress,
	})
	if err != nil {
		return err
	}
	b.clients[t.name()] = c
	b.config.Targets = append(b.config.Targets, route.Target{
		Name: t.name(), Provider: p.Name, Price: route.Price{Input: nano(t.Input), Cached: nano(t.Cached), Output: nano(t.Output)}, Window: t.Window,
		Keys: keys, Open: c.Keyed, Raw: c, Upstream: t.Model, Extra: extra, Concurrency: t.Concurrency, Queue: t.Queue,
		Head: p.Response, FirstDelta: p.FirstDelta, Progress: p.Progress, Whole: p.Whole,
	})
	return nil
}

// nano is a price of a million tokens as one of a token, in 1e-9 of the currency's unit.
func nano(price float64) int64 { return int64(math.Round(price * 1000)) }

// tls are the authorities and the certificate of an endpoint, nil when the system's will do.
func (p ProviderSettings) tls() (*tls.Config, error) {
	if p.CA == "" && p.Cert == "" {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if p.CA != "" {
		pem, err := os.ReadFile(p.CA)
		if err != nil {
			return nil, misuse("authorities of provider %s: %w", p.Name, err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, misuse("authorities of provider %s: %s holds no certificate in PEM", p.Name, p.CA)
		}
	}
	if p.Cert != "" {
		pair, err := tls.LoadX509KeyPair(p.Cert, p.CertKey)
		if err != nil {
			return nil, misuse("certificate of provider %s: %w", p.Name, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// ladders makes the router.
func (a *app) ladders(texts *prompts.Set, embed *openai.Embedder, meter route.Meter) (*ladders, error) {
	l := &ladders{texts: texts, embed: embed, meter: meter}
	now, err := l.lay(a.set)
	if err != nil {
		return nil, err
	}
	a.onClose(func() error { l.now.Load().close(); return nil })
	l.now.Store(now)
	l.Router, err = route.New(now.config, a.log)
	return l, err
}

// lay makes a configuration of settings, whole or not at all.
func (l *ladders) lay(s Settings) (*laid, error) {
	b := &builder{texts: l.texts, meter: l.meter, clients: map[string]*openai.Client{}}
	if err := b.build(s, l.embed); err != nil {
		b.laid.close()
		return nil, err
	}
	return &b.laid, nil
}

// reload puts other settings in force. Requests under way end with the old ones.
func (l *ladders) reload(s Settings) error {
	next, err := l.lay(s)
	if err != nil {
		return err
	}
	if err := l.Reload(next.config); err != nil {
		next.close()
		return err
	}
	l.now.Swap(next).close() // idle connections alone
	return nil
}

// targets are the endpoints' states for the metrics.
func (l *ladders) targets() (out []telemetry.Target) {
	for _, h := range l.Health() {
		out = append(out, telemetry.Target{
			Name: h.Target, Ready: h.State == "ready", Running: h.Running, Waiting: int64(h.Waiting), Parked: int64(len(h.Parked)),
		})
	}
	return out
}

// rungs are the aliases with the state of their targets, for the operator's page.
func (l *ladders) rungs() []api.Rungs {
	state := map[string]api.TargetState{}
	for _, h := range l.Health() {
		t := api.TargetState{
			Name: h.Target, Provider: h.Provider, State: h.State, Why: h.Why, InFlight: h.Running, Queued: h.Waiting,
			TTFT: float64(h.First.Microseconds()) / 1000, Keys: make([]api.KeyState, h.Keys),
		}
		for i := range t.Keys {
			t.Keys[i] = api.KeyState{Name: "key " + strconv.Itoa(i+1), State: "ok"}
		}
		for _, p := range h.Parked {
			t.Keys[p.Place-1].State, t.Keys[p.Place-1].Why, t.Keys[p.Place-1].Until = "parked", p.Why, p.Until.UTC()
		}
		state[h.Target] = t
	}
	var out []api.Rungs
	for _, a := range l.now.Load().config.Aliases {
		r := api.Rungs{Name: a.Name}
		for _, names := range a.Rungs {
			var rung api.Rung
			for _, name := range names {
				rung.Targets = append(rung.Targets, state[name])
			}
			r.Rungs = append(r.Rungs, rung)
		}
		out = append(out, r)
	}
	return out
}

func (l *ladders) raw() []string    { return l.now.Load().models }
func (l *ladders) embeds() []string { return l.now.Load().embedders }

// Rung is the model that would answer a shopper now.
func (l *ladders) Rung() string {
	first := l.now.Load().first
	for _, h := range l.Health() {
		if h.Target == first && h.State == "ready" {
			return first
		}
	}
	return "rules"
}
