package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"shopkeeper/gateway/desk"
	"shopkeeper/shop"
)

// DeskSettings are how a tenant's support desk works.
type DeskSettings struct {
	Tenant string `toml:"tenant" help:"Tenant."`
	Clocks string `toml:"clocks" help:"standard, marketplace-3-minutes, around-the-clock, or a JSON file of definitions; its hours are the opening hours, too."`
	Zone   string `toml:"zone" help:"Time zone of definitions that name none; empty: the tenant's."`
}

// AgentSettings are a person at the desk.
type AgentSettings struct {
	Tenant string   `toml:"tenant" help:"Tenant."`
	ID     string   `toml:"id" help:"Agent: person of the key, or the person at the sign-in provider."`
	Name   string   `toml:"name" help:"Name for colleagues; empty: the id."`
	Skills []string `toml:"skills" help:"Reasons of handoffs that the agent knows; empty: all."`
	Langs  []string `toml:"langs" help:"Languages: en, zh; empty: all."`

	Knowledge bool `toml:"knowledge" help:"May publish and withdraw policies, FAQs and macros, as admins may."`
}

// clocks reads the definitions for a shop in a zone.
func (d DeskSettings) clocks(zone string) ([]desk.Definition, error) {
	if d.Zone != "" {
		zone = d.Zone
	}
	if !strings.HasSuffix(d.Clocks, ".json") {
		set := d.Clocks
		if set == "" {
			set = desk.Standard
		}
		return desk.Clocks(set, zone)
	}
	raw, err := os.ReadFile(d.Clocks)
	if err != nil {
		return nil, fmt.Errorf("read clocks: %w", err)
	}
	return desk.ReadClocks(raw, zone)
}

func (l Lists) checkDesks() error {
	seen := map[string]bool{}
	for i, d := range l.Desks {
		switch {
		case d.Tenant == "":
			return &misfit{"desks", i, "tenant", "it has no tenant"}
		case seen[d.Tenant]:
			return &misfit{"desks", i, "tenant", fmt.Sprintf("the tenant %q has two desks", d.Tenant)}
		}
		seen[d.Tenant] = true
		if _, err := time.LoadLocation(d.Zone); err != nil {
			return &misfit{"desks", i, "zone", fmt.Sprintf("zone is %q; it must be one such as Europe/Berlin", d.Zone)}
		}
		if _, err := d.clocks("UTC"); err != nil {
			return &misfit{"desks", i, "clocks", err.Error()}
		}
	}
	for i, a := range l.Agents {
		bad := func(field, format string, v ...any) error {
			return &misfit{"agents", i, field, fmt.Sprintf(format, v...)}
		}
		switch {
		case a.Tenant == "":
			return bad("tenant", "it has no tenant")
		case a.ID == "":
			return bad("id", "it has no id")
		case seen[a.Tenant+"\x00"+a.ID]:
			return bad("id", "the agent %q is there twice", a.ID)
		}
		seen[a.Tenant+"\x00"+a.ID] = true
		for _, s := range a.Skills {
			if !slices.Contains(shop.HandoffReasons, s) {
				return bad("skills", "skill %q is none of %s", s, strings.Join(shop.HandoffReasons, ", "))
			}
		}
		for _, s := range a.Langs {
			if s != "en" && s != "zh" {
				return bad("langs", "language %q is none of en, zh", s)
			}
		}
	}
	return nil
}

// plans are how the tenants' desks work.
type plans struct {
	zone  func(tenant string) string
	demo  string // tenant of the demo, whose people are staff
	staff []desk.Agent

	mu    sync.Mutex
	now   Settings
	known map[string]knownPlan
}

type knownPlan struct {
	plan desk.Plan
	at   time.Time
}

// planFor is how long a plan is taken to be as it was: a tenant's zone seldom changes.
const planFor = time.Minute

// set takes checked settings.
func (p *plans) set(s Settings) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now, p.known = s, map[string]knownPlan{}
}

func (p *plans) plan(tenant string) desk.Plan {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k, ok := p.known[tenant]; ok && time.Since(k.at) < planFor {
		return k.plan
	}
	plan := p.make(tenant)
	p.known[tenant] = knownPlan{plan, time.Now()}
	return plan
}

func (p *plans) make(tenant string) (plan desk.Plan) {
	var d DeskSettings
	for _, s := range p.now.Desks {
		if s.Tenant == tenant {
			d = s
		}
	}
	var err error
	if plan.Clocks, err = d.clocks(p.zone(tenant)); err != nil { // checked before: a file or the tenant's zone went bad since
		plan.Clocks = desk.StandardPlan(tenant).Clocks
	}
	if tenant == p.demo {
		plan.Agents = slices.Clone(p.staff)
	}
	for _, k := range p.now.Keys {
		if key, err := k.key(); err == nil && k.Tenant == tenant && key.Role == shop.Agent {
			id := key.Person
			if id == "" {
				id = "key-" + key.ID
			}
			plan.Agents = append(plan.Agents, desk.Agent{ID: id})
		}
	}
	for _, a := range p.now.Agents {
		if a.Tenant == tenant {
			plan.Agents = slices.DeleteFunc(plan.Agents, func(b desk.Agent) bool { return b.ID == a.ID })
			plan.Agents = append(plan.Agents, desk.Agent{ID: a.ID, Name: a.Name, Skills: a.Skills, Langs: a.Langs, Editor: a.Knowledge})
		}
	}
	return plan
}

// edits says whether an agent may publish documents.
func (p *plans) edits(who shop.Principal) bool {
	return slices.ContainsFunc(p.plan(who.Tenant).Agents, func(a desk.Agent) bool { return a.ID == who.ID && a.Editor })
}

// opens says when the desk is there next, in words; "" when it is now. Its hours are those in which somebody is waited for.
func (p *plans) opens(tenant, lang string, now time.Time) string {
	d, ok := p.plan(tenant).Clock(desk.HandoffWait)
	if !ok {
		return ""
	}
	open, next := d.Open(now)
	if open {
		return ""
	}
	next = next.In(d.Location())
	if lang == "zh" {
		return next.Format("1月2日15:04 MST ")
	}
	return next.Format("Monday, 2 January, 15:04 MST")
}

// demoStaff are the demo's agents.
func demoStaff(ids [2]string) []desk.Agent {
	return []desk.Agent{{ID: ids[0], Name: "Robin", Editor: true}, {ID: ids[1], Name: "Mei"}}
}

// ring tells the desk of clocks that are near their end or late.
func (a *app) ring(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if _, err := a.store.RingClocks(ctx); err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "the desk's clocks could not be looked at", "error", err)
		}
	}
}
