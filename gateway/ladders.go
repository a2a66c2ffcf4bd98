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
