package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"shopkeeper/gateway/api"
	"shopkeeper/gateway/assistant"
	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/desk"
	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

// drafts lets the assistant write what agents may send.
type drafts struct {
	a     *app
	task  assistant.Task
	clock func() time.Time
}

// draftTime is how long an agent waits for a language model's words; the built-in model's are there long before.
const draftTime = 30 * time.Second

// Draft implements desk.Drafter: the model's answer, and beside it the built-in model's.
func (d *drafts) Draft(ctx context.Context, c desk.Case) ([]desk.Drafted, error) {
	c.Who.Role = shop.Agent // the tools of an agent, whoever asks
	in := assistant.Drafting{Who: c.Who, Conversation: c.Row.Conversation, Messages: c.Messages, Evidence: c.Evidence}
	made := make([]assistant.Draft, 2)
	several := len(d.a.models.Rungs(d.task.Alias)) > 1
	var g errgroup.Group
	g.Go(func() (err error) {
		ctx, cancel := context.WithTimeout(ctx, draftTime)
		defer cancel()
		made[0], err = d.a.assistant.Draft(ctx, d.task, in)
		return err
	})
	if several {
		last := in
		last.Last = true
		g.Go(func() (err error) {
			made[1], err = d.a.assistant.Draft(ctx, d.task, last)
			return err
		})
	}
	err := g.Wait()
	var out []desk.Drafted
	for _, m := range made {
		if strings.TrimSpace(m.Text) == "" || m.Ending == chat.Failed || m.Ending == chat.Cancelled {
			continue
		}
		x := desk.Drafted{
			Text: m.Text, Lang: m.Lang, Facts: m.Evidence, Proposal: m.Proposal, BuiltIn: m.Rung == "rules", Rung: m.Rung, Prompt: m.Prompt, Struck: m.Struck, Failures: m.Failures,
			Whole: m.Ending == chat.Completed,
		}
		for _, u := range m.Used {
			x.Citations = append(x.Citations, desk.Citation{N: u.N, Document: u.Document, Section: u.Section, Version: u.Version, Quote: u.Quote})
		}
		out = append(out, x)
	}
	if len(out) > 0 {
		return out, nil
	}
	return nil, err
}

// again are the lookups whose answers an answer stands on: they are made again before it is sent.
var again = []string{"order_status", "my_account", "find_coupons", "get_product"}

// Fresh implements desk.Drafter.
func (d *drafts) Fresh(ctx context.Context, c desk.Case, facts []chat.Evidence) (bool, error) {
	who := c.Who
	who.Role = shop.Agent
	sc := tools.Scope{Who: who, For: c.Row.For, Conversation: c.Row.ID, Lang: c.Row.Lang, Zone: d.a.assistant.Tenant(who.Tenant).Zone, Now: d.clock()}
	for _, f := range facts {
		if !slices.Contains(again, f.Call.Name) {
			continue
		}
		res, err := d.a.tools.Draft(ctx, sc, f.Call.Name, f.Call.Args)
		if err != nil {
			return false, err
		}
		if !sameJSON(res.Output, f.Output) {
			return false, nil
		}
	}
	return true, nil
}

// sameJSON compares values, not bytes.
func sameJSON(a, b json.RawMessage) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	p, err := json.Marshal(x)
	q, err2 := json.Marshal(y)
	return err == nil && err2 == nil && bytes.Equal(p, q)
}

// Proven implements desk.Drafter.
func (d *drafts) Proven(ctx context.Context, c desk.Case, facts []chat.Evidence, text string) (string, error) {
	proposals, err := d.a.store.Proposals(ctx, c.Row.For.Tenant, c.Row.ID)
	if err != nil {
		return "", err
	}
	return d.a.assistant.Unproven(c.Row.For.Tenant, c.Messages, slices.Concat(c.Evidence, facts), proposals, text), nil
}

// Undone implements desk.Drafter.
func (d *drafts) Undone(ctx context.Context, c desk.Case, text string) (bool, error) {
	proposals, err := d.a.store.Proposals(ctx, c.Row.For.Tenant, c.Row.ID)
	if err != nil {
		return false, err
	}
	return d.a.assistant.Undone(c.Row.For.Tenant, c.Messages, c.Evidence, proposals, text), nil
}

// Keep implements desk.Drafter.
func (d *drafts) Keep(ctx context.Context, _ shop.Principal, p shop.Proposal) (shop.Proposal, error) {
	return d.a.tools.Keep(ctx, p)
}

// macros finds approved texts and fills them with what the shop knows.
type macros struct {
	docs     func(ctx context.Context, tenant, lang string, at time.Time) ([]shop.Document, error)
	customer func(ctx context.Context, who, customer shop.Principal, lang string) (api.Customer, error)
}

// MacrosFor implements desk.Macros.
func (m macros) MacrosFor(ctx context.Context, c desk.Case, limit int) (out []desk.Macro, err error) {
	last, asked := c.Newest(), c.Last()
	docs, err := m.docs(ctx, c.Row.For.Tenant, cmp.Or(c.Row.Lang, text.Lang(asked)), time.Now()) // what is in force follows the calendar, not a demo's day
	if err != nil {
		return nil, err
	}
	fit := desk.RankMacros(docs, last)
	if len(fit) == 0 {
		fit = desk.RankMacros(docs, asked)
	}
	if len(fit) == 0 {
		return nil, nil
	}
	facts := map[string]string{"customer": c.Row.Name}
	if !c.Row.For.Anon {
		k, err := m.customer(ctx, c.Who, c.Row.For, c.Row.Lang)
		var e *shop.Error
		if err != nil && (!errors.As(err, &e) || e.Kind != shop.Unavailable) { // a macro needs no order system
			return nil, err
		}
		var own []string
		for _, o := range k.Orders {
			own = append(own, o.ID)
		}
		facts["customer"], facts["order"] = cmp.Or(k.Name, c.Row.Name), desk.OrderMeant(c.Messages, own)
	}
	for _, r := range fit[:min(limit, len(fit))] {
		d := r.Document
		filled, gaps := shop.FillMacro(d.Text, facts)
		out = append(out, desk.Macro{ID: d.ID, Title: d.Title, Text: filled, Version: d.Cited(), Gaps: slices.ContainsFunc(gaps, func(g string) bool { return g != "agent" })})
	}
	return out, nil
}

// openSuggester makes what suggests replies. Its work is Run's.
func (a *app) openSuggester(task assistant.Task, deps tools.Deps, clock func() time.Time) {
	task.Name, task.Prompt = "draft", "draft"
	a.suggester = &desk.Suggester{
		Store: a.store, Drafter: &drafts{a, task, clock}, Macros: macros{a.store.Macros, customer(deps, clock)}, Candidates: a.store, Now: time.Now, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }, Log: a.log,
		Told: func(tenant, conversation string) { a.api.Changed(tenant, conversation) },
		Ready: func(ctx context.Context, w desk.Waiting, all []desk.Suggestion) error {
			var whose string // erased with them while it waits
			if len(all) > 0 {
				whose = all[0].For.Subject()
			}
			return a.notices.Event(ctx, w.Tenant, readyID(w), "suggestions.ready", whose, api.SuggestionsReady(w.Conversation, w.Message, all))
		},
	}
}

// readyID names the webhook of a message's suggestions: told once. Another desk's ids of conversations have no colon, so no two are the same.
func readyID(w desk.Waiting) string { return "suggestions-" + w.Conversation + ":" + w.Message }
