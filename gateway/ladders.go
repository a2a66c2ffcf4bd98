package main

import (
	"encoding/json"
	"slices"
	"sync/atomic"

	"shopkeeper/gateway/llm/openai"
	"shopkeeper/gateway/llm/rules"
	"shopkeeper/gateway/route"
	"shopkeeper/prompts"
)

// assistants are the aliases that are no raw ones: the names of the tasks.
var assistants = []string{"shopper"}

// ladders adds to the router what the pages show of it, and which raw aliases there are. A reload replaces all of it.
type ladders struct {
	*route.Router
	texts *prompts.Set
	embed *openai.Embedder
	now   atomic.Pointer[laid]
}

// laid is one configuration of the router.
type laid struct {
	config            route.Config
	first             string   // target of the shoppers' first rung, "rules" = none is configured
	models, embedders []string // raw aliases
	close             func()
}

// openLadders makes the router of the configuration.
func openLadders(s Settings, texts *prompts.Set, embed *openai.Embedder) (*laid, error) {
	b := &builder{texts: texts, clients: map[string]*openai.Client{}}
	if err := b.build(s, embed); err != nil {
		b.laid.close()
		return nil, err
	}
	return &b.laid, nil
}

// builder makes targets and aliases of settings.
type builder struct {
	laid
	texts   *prompts.Set
	clients map[string]*openai.Client
}

func (b *builder) build(s Settings, embed *openai.Embedder) error {
	b.laid.close = func() {
		for _, c := range b.clients {
			c.Close()
		}
	}
	b.config.Targets = []route.Target{{Name: "rules", Model: rules.New(b.texts)}}
	embeds := map[string]bool{}
	for _, t := range s.Targets {
		i := slices.IndexFunc(s.Providers, func(p ProviderSettings) bool { return p.Name == t.Provider })
		if err := b.target(s.Providers[i], t); err != nil {
			return err
		}
		embeds[t.name()] = slices.Contains(t.Abilities, "embeddings")
	}
	var ladder [][]string
	for _, a := range s.Aliases {
		rungs := make([][]string, len(a.Rungs))
		for i, r := range a.Rungs {
			rungs[i] = r.Targets
		}
		if slices.Contains(assistants, a.Name) {
			ladder = rungs
			continue
		}
		b.config.Aliases = append(b.config.Aliases, route.Alias{Name: a.Name, Rungs: rungs})
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
			ladder = [][]string{{m.Name}}
		}
	}
	if name := s.Embed.Model; embed != nil && !slices.Contains(b.models, name) && !slices.Contains(b.embedders, name) {
		b.config.Targets = append(b.config.Targets, route.Target{Name: name, Raw: embed})
		b.config.Aliases = append(b.config.Aliases, route.Alias{Name: name, Rungs: [][]string{{name}}})
		b.embedders = append(b.embedders, name)
	}
	b.first = "rules"
	if len(ladder) > 0 {
		b.first = ladder[0][0]
	}
	if n := len(ladder); n == 0 || !slices.Contains(ladder[n-1], "rules") {
		ladder = append(ladder, []string{"rules"})
	}
	b.config.Aliases = append(b.config.Aliases, route.Alias{Name: "shopper", Rungs: ladder})
	return nil
}

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
				return usage("extra field %s of %s: %w", k, t.name(), err)
			}
		}
	}
	keys := make([]string, len(p.Keys))
	for i, k := range p.Keys {
		if keys[i], err = secretOf(k); err != nil {
			return usage("key of %s: %w", p.Name, err)
		}
	}
	o := openai.Options{
		Name: t.name(), URL: p.URL, Model: t.Model, Tools: t.Tools, Window: t.Window, Header: header, Extra: extra,
		Connect: p.Connect, Headers: p.Response, FirstDelta: p.FirstDelta, Progress: p.Progress,
	}
	if len(keys) > 0 {
		o.Key = keys[0]
	}
	c, err := openai.New(o)
	if err != nil {
		return err
	}
	b.clients[t.name()] = c
	b.config.Targets = append(b.config.Targets, route.Target{Name: t.name(), Model: c, Window: t.Window})
	return nil
}

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// ladders makes the router.
func (a *app) ladders(texts *prompts.Set, embed *openai.Embedder) (*ladders, error) {
	now, err := openLadders(a.set, texts, embed)
	if err != nil {
		return nil, err
	}
	a.onClose(func() error { a.models.now.Load().close(); return nil })
	l := &ladders{texts: texts, embed: embed}
	l.now.Store(now)
	l.Router, err = route.New(now.config, a.log)
	return l, err
}

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
