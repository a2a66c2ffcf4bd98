package main

import (
	"encoding/json"
	"net/http"
	"strings"

	"shopkeeper/gateway/llm/openai"
	"shopkeeper/gateway/llm/rules"
	"shopkeeper/gateway/route"
	"shopkeeper/prompts"
)

// ladders makes the ladder of the shopper's assistant: the configured model, then the built-in one. Apps and admins reach the
// configured model and the embedder by their own names too, as raw aliases.
func (a *app) ladders(texts *prompts.Set, embed *openai.Embedder) (*ladders, error) {
	l := &ladders{model: a.set.Model.Name}
	targets := []route.Target{{Name: "rules", Model: rules.New(texts)}}
	rungs := [][]string{{"rules"}}
	var raw []route.Alias
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
		raw, l.models = append(raw, route.Alias{Name: m.Name, Rungs: rungs[:1]}), []string{m.Name}
	}
	if name := a.set.Embed.Model; embed != nil && name != l.model {
		targets = append(targets, route.Target{Name: name, Raw: embed})
		raw, l.embedders = append(raw, route.Alias{Name: name, Rungs: [][]string{{name}}}), []string{name}
	}
	var err error
	l.Router, err = route.New(route.Config{Targets: targets, Aliases: append(raw, route.Alias{Name: "shopper", Rungs: rungs})}, a.log)
	return l, err
}

// ladders adds to the router what the pages show of it, and which raw aliases there are.
type ladders struct {
	*route.Router
	model             string // of the assistants, "" = none
	models, embedders []string
}

// Rung is the model that would answer a shopper now.
func (l *ladders) Rung() string {
	for _, h := range l.Health() {
		if l.model != "" && h.Target == l.model && h.State == "ready" {
			return l.model
		}
	}
	return "rules"
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
