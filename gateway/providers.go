package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"shopkeeper/shop"
)

// Lists are the parts of a configuration file that repeat: [[providers]], [[targets]], [[aliases]], [[keys]]. They have no flags.
type Lists struct {
	Providers  []ProviderSettings  `toml:"providers" kong:"-"`
	Targets    []TargetSettings    `toml:"targets" kong:"-"`
	Aliases    []AliasSettings     `toml:"aliases" kong:"-"`
	Keys       []KeySettings       `toml:"keys" kong:"-"`
	Staff      []StaffSettings     `toml:"staff" kong:"-"`
	Connectors []ConnectorSettings `toml:"connectors" kong:"-"`
	Desks      []DeskSettings      `toml:"desks" kong:"-"`
	Agents     []AgentSettings     `toml:"agents" kong:"-"`
	Webhooks   []WebhookSettings   `toml:"webhooks" kong:"-"`
}

// ProviderSettings are one endpoint.
type ProviderSettings struct {
	Name       string         `toml:"name" help:"Name, for targets."`
	URL        string         `toml:"url" help:"Base URL, with or without /v1."`
	Keys       []string       `toml:"keys" help:"API keys; $NAME takes one from the environment. One that is refused rests, the others go on." secret:"1"`
	Headers    []string       `toml:"headers" help:"Extra request headers, as Name: value." secret:"1"`
	Extra      map[string]any `toml:"extra" help:"Extra fields of the request's body."`
	Connect    time.Duration  `toml:"connect" help:"Longest wait for a connection; 5s."`
	Response   time.Duration  `toml:"response" help:"Longest wait for the head of the answer; 90s."`
	FirstDelta time.Duration  `toml:"first_delta" help:"Longest wait for the first word; 30s."`
	Progress   time.Duration  `toml:"progress" help:"Longest pause between words; 60s."`
	Whole      time.Duration  `toml:"whole" help:"Longest answer; 10m."`
	CA         string         `toml:"ca" help:"PEM file of the authorities to trust; empty: the system's."`
	Cert       string         `toml:"cert" help:"PEM file of our certificate, for endpoints that ask for one."`
	CertKey    string         `toml:"cert_key" help:"PEM file of its key."`
}

// TargetSettings are one model of one provider.
type TargetSettings struct {
	Name        string         `toml:"name" help:"Name, for aliases; empty: the model's."`
	Provider    string         `toml:"provider" help:"Name of the provider."`
	Model       string         `toml:"model" help:"Model, as the provider calls it."`
	Input       float64        `toml:"input" help:"Price of a million input tokens."`
	Cached      float64        `toml:"cached" help:"Price of a million input tokens that the provider had cached; 0: as input."`
	Output      float64        `toml:"output" help:"Price of a million output tokens."`
	Window      int            `toml:"window" help:"Context length in tokens; 0: unknown."`
	Tools       string         `toml:"tools" help:"How tools are offered: native, schema or text."`
	Abilities   []string       `toml:"abilities" help:"What it can do: tools, json, reasoning, vision, embeddings."`
	Concurrency int            `toml:"concurrency" help:"Most requests at once; 0: no limit."`
	Queue       int            `toml:"queue" help:"Most requests that wait for a free place; more are refused at once."`
	Extra       map[string]any `toml:"extra" help:"Extra fields of the request's body, beside the provider's."`
}

// AliasSettings are one name that callers use. The aliases named as an assistant (shopper) are its ladder.
type AliasSettings struct {
	Name  string         `toml:"name" help:"Name: an assistant's, or that of a raw alias for app and admin keys."`
	Hedge *float64       `toml:"hedge" help:"Share of extra requests that a slow first word may cost; 0.05. 0: none."`
	Rungs []RungSettings `toml:"rungs" help:"Rungs in order, each with targets and, if not all alike, weights."`
}

// RungSettings are the targets that answer alike.
type RungSettings struct {
	Targets []string `toml:"targets" help:"Names of targets."`
	Weights []int    `toml:"weights" help:"How often each is chosen; empty: all alike."`
}

// KeySettings are a credential that stands in the file: for machines that are set up by file alone. Without the line it is gone.
type KeySettings struct {
	Secret   string        `toml:"secret" help:"The secret; $NAME takes it from the environment." secret:"1"`
	Hash     string        `toml:"hash" help:"Or its SHA-256 in hex, so that the file holds no secret."`
	ID       string        `toml:"id" help:"Name of the key in accounts; empty: made from the hash."`
	Tenant   string        `toml:"tenant" help:"Tenant; one that does not exist is added with currency USD."`
	Role     string        `toml:"role" help:"app, widget, shopper, agent, merchant or admin."`
	Person   string        `toml:"person" help:"Person whom a shopper, agent or merchant key stands for."`
	Merchant string        `toml:"merchant" help:"Merchant of a merchant key."`
	Origin   string        `toml:"origin" help:"The one origin of a widget key."`
	Limits   QuotaSettings `toml:"limits" help:"Its own limits, such as { requests = 60, money_day = 5.0 }; they go before [limits.key]."`
}

// StaffSettings say what a group of the sign-in provider may be; the first that fits counts.
type StaffSettings struct {
	Group    string `toml:"group" help:"Group, as the provider's claim names it."`
	Tenant   string `toml:"tenant" help:"Tenant."`
	Role     string `toml:"role" help:"agent, merchant or admin."`
	Merchant string `toml:"merchant" help:"Merchant of the role merchant."`
}

// misfit is what is wrong in the nth entry of a list.
type misfit struct {
	list  string
	n     int
	field string
	msg   string
}

func (m *misfit) Error() string { return fmt.Sprintf("%s %d: %s", m.list, m.n+1, m.msg) }

// abilities that a target may claim.
var abilities = []string{"tools", "json", "reasoning", "vision", "embeddings"}

// check refuses lists that do not fit together.
func (l Lists) check(s Settings) error {
	providers := map[string]bool{}
	for i, p := range l.Providers {
		bad := func(field, format string, a ...any) error {
			return &misfit{"providers", i, field, fmt.Sprintf(format, a...)}
		}
		switch {
		case p.Name == "":
			return bad("name", "it has no name")
		case providers[p.Name]:
			return bad("name", "the name %q is taken twice", p.Name)
		case !strings.HasPrefix(p.URL, "http://") && !strings.HasPrefix(p.URL, "https://"):
			return bad("url", "url is %q; it must begin with http:// or https://", p.URL)
		case (p.Cert == "") != (p.CertKey == ""):
			return bad("cert", "cert and cert_key belong together")
		}
		if _, err := headers(p.Headers); err != nil {
			return bad("headers", "%s", err)
		}
		for _, k := range p.Keys {
			if _, err := secretOf(k); err != nil {
				return bad("keys", "%s", err)
			}
		}
		providers[p.Name] = true
	}
	targets := map[string]bool{"rules": true}
	for i, t := range l.Targets {
		bad := func(field, format string, a ...any) error {
			return &misfit{"targets", i, field, fmt.Sprintf(format, a...)}
		}
		switch {
		case t.Model == "":
			return bad("model", "it has no model")
		case targets[t.name()]:
			return bad("name", "the name %q is taken twice", t.name())
		case !providers[t.Provider]:
			return bad("provider", "no provider is called %q%s", t.Provider, meant(t.Provider, providers))
		case t.Input < 0 || t.Cached < 0 || t.Output < 0:
			return bad("input", "a price is below 0")
		case t.Concurrency < 0 || t.Queue < 0 || t.Window < 0:
			return bad("concurrency", "concurrency, queue and window cannot be below 0")
		case !slices.Contains([]string{"", "native", "schema", "text"}, t.Tools):
			return bad("tools", "tools is %q; it must be one of native, schema, text", t.Tools)
		}
		for _, a := range t.Abilities {
			if !slices.Contains(abilities, a) {
				return bad("abilities", "ability %q is none of %s", a, strings.Join(abilities, ", "))
			}
		}
		targets[t.name()] = true
	}
	aliases := map[string]bool{}
	for i, a := range l.Aliases {
		bad := func(field, format string, v ...any) error {
			return &misfit{"aliases", i, field, fmt.Sprintf(format, v...)}
		}
		switch {
		case a.Name == "":
			return bad("name", "it has no name")
		case aliases[a.Name]:
			return bad("name", "the name %q is taken twice", a.Name)
		case len(a.Rungs) == 0:
			return bad("rungs", "it has no rungs")
		case a.Hedge != nil && (*a.Hedge < 0 || *a.Hedge > 1):
			return bad("hedge", "hedge is %v; it must be from 0 to 1", *a.Hedge)
		}
		for n, r := range a.Rungs {
			switch {
			case len(r.Targets) == 0:
				return bad("rungs", "rung %d has no targets", n+1)
			case len(r.Weights) > 0 && len(r.Weights) != len(r.Targets):
				return bad("rungs", "rung %d has %d targets but %d weights", n+1, len(r.Targets), len(r.Weights))
			}
			for _, t := range r.Targets {
				if !targets[t] {
					return bad("rungs", "no target is called %q%s", t, meant(t, targets))
				}
			}
			if slices.ContainsFunc(r.Weights, func(w int) bool { return w < 1 }) {
				return bad("rungs", "rung %d has a weight below 1", n+1)
			}
		}
		aliases[a.Name] = true
	}
	for i, g := range l.Staff {
		bad := func(field, msg string) error { return &misfit{"staff", i, field, msg} }
		switch {
		case g.Group == "":
			return bad("group", "it has no group")
		case g.Tenant == "":
			return bad("tenant", "it has no tenant")
		case g.Role != "agent" && g.Role != "merchant" && g.Role != "admin":
			return bad("role", fmt.Sprintf("role is %q; it must be agent, merchant or admin", g.Role))
		case (g.Role == "merchant") != (g.Merchant != ""):
			return bad("merchant", "merchant goes with role merchant, and only with it")
		}
	}
	if err := checkConnectors(l.Connectors); err != nil {
		return err
	}
	if err := l.checkDesks(); err != nil {
		return err
	}
	if err := checkWebhooks(l.Webhooks); err != nil {
		return err
	}
	if s.Model.URL != "" && targets[s.Model.Name] && len(l.Targets) > 0 {
		return fmt.Errorf("model.name %q is a target's name too: name the model in one place", s.Model.Name)
	}
	seen := map[[32]byte]bool{}
	for i, k := range l.Keys {
		key, err := k.key()
		switch {
		case err != nil:
			return &misfit{"keys", i, "secret", err.Error()}
		case k.Tenant == "":
			return &misfit{"keys", i, "tenant", "it has no tenant"}
		case seen[key.Hash]:
			return &misfit{"keys", i, "secret", "the secret is there twice"}
		}
		seen[key.Hash] = true
	}
	return nil
}

func meant(s string, names map[string]bool) string {
	list := make([]string, 0, len(names))
	for n := range names {
		list = append(list, n)
	}
	slices.Sort(list)
	if n := nearest(s, list); n != "" {
		return fmt.Sprintf("; did you mean %q?", n)
	}
	return ""
}

func (t TargetSettings) name() string {
	if t.Name != "" {
		return t.Name
	}
	return t.Model
}

// secretOf reads a secret, which $NAME takes from the environment.
func secretOf(s string) (string, error) {
	name, ok := strings.CutPrefix(s, "$")
	if !ok {
		return s, nil
	}
	v := os.Getenv(name)
	if v == "" {
		return "", fmt.Errorf("the environment has no %s", name)
	}
	return v, nil
}

// key is the credential of an entry.
func (k KeySettings) key() (shop.Key, error) {
	out := shop.Key{
		ID: k.ID, Tenant: k.Tenant, Merchant: k.Merchant, Person: k.Person, Origin: k.Origin, Role: shop.Role(k.Role), Limits: k.Limits.limits(),
	}
	switch {
	case k.Secret != "" && k.Hash != "", k.Secret == "" && k.Hash == "":
		return out, errors.New("a key has a secret or a hash, one of the two")
	case k.Secret != "":
		s, err := secretOf(k.Secret)
		if err != nil {
			return out, err
		}
		out.Hash = sha256.Sum256([]byte(s))
	default:
		b, err := hex.DecodeString(k.Hash)
		if err != nil || len(b) != len(out.Hash) {
			return out, errors.New("hash must be 64 hexadecimal digits, the SHA-256 of the secret")
		}
		copy(out.Hash[:], b)
	}
	if !slices.Contains([]shop.Role{shop.App, shop.Widget, shop.Shopper, shop.Agent, shop.Merchant, shop.Admin}, out.Role) {
		return out, fmt.Errorf("role is %q; it must be one of app, widget, shopper, agent, merchant, admin", k.Role)
	}
	switch {
	case out.Role == shop.Merchant && k.Merchant == "":
		return out, errors.New("a merchant key needs its merchant")
	case out.Role == shop.Widget && k.Origin == "":
		return out, errors.New("a widget key needs its origin")
	}
	if err := k.Limits.check("limits"); err != nil {
		return out, err
	}
	if out.ID == "" {
		out.ID = "file_" + hex.EncodeToString(out.Hash[:6])
	}
	return out, nil
}

// headers reads "Name: value" lines.
func headers(lines []string) (http.Header, error) {
	h := http.Header{}
	for _, l := range lines {
		name, value, ok := strings.Cut(l, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, misuse("header %q: write Name: value", l)
		}
		h.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return h, nil
}
