package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"shopkeeper/gateway/api"
	"shopkeeper/gateway/store"
	"shopkeeper/retrieval"
	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
)

// abouts knows what the pages show of a shop: its aisles, starters made from them, and how brands and aisles are written, of
// which the index keeps folded forms alone. A catalogue is looked through again when it changed, at most twice a minute.
type abouts struct {
	store   *store.Store
	rung    func() string
	looking sync.Mutex // one look at a time
	known   sync.Map   // tenant → about
}

type about struct {
	api.About
	revision int64
	made     time.Time
	brands   map[string]string // folded → as most products write it
	leaves   map[string]leafName
	above    map[string]bool // aisles that only lead to others, folded
}

// leafName is what an aisle is called; zh is empty where it has no Chinese name.
type leafName struct{ en, zh string }

// aisle gathers one category.
type aisle struct {
	api.AboutCategory
	prices []int64
}

const (
	aboutEvery = 30 * time.Second
	aisles     = 24 // the largest ones
)

func (a *abouts) About(ctx context.Context, t shop.Tenant) (api.About, error) {
	revision, _, _, err := a.store.Revision(ctx, t.ID)
	if err != nil {
		return api.About{}, err
	}
	k, ok := a.of(t.ID)
	if !ok || k.revision != revision && time.Since(k.made) > aboutEvery {
		a.looking.Lock()
		defer a.looking.Unlock()
		if k, err = a.look(ctx, t); err != nil {
			return api.About{}, err
		}
		k.revision, k.made = revision, time.Now()
		a.known.Store(t.ID, k)
	}
	k.Rung = a.rung()
	return k.About, nil
}

func (a *abouts) of(tenant string) (about, bool) {
	k, ok := a.known.Load(tenant)
	if !ok {
		return about{}, false
	}
	return k.(about), true
}

// follow looks the catalogues through before anybody asks.
func (a *abouts) follow(ctx context.Context, log *slog.Logger) error {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		ts, err := a.store.Tenants(ctx)
		for _, t := range ts {
			_, terr := a.About(ctx, t)
			err = errors.Join(err, terr)
		}
		if err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "cannot look the catalogues through", "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// Names is how a facet's value is written; see tools.Deps.
func (a *abouts) Names(tenant, field, value, lang string) (string, bool) {
	k, _ := a.of(tenant)
	switch field {
	case retrieval.TagBrand:
		if s := k.brands[value]; s != "" {
			return s, true
		}
	case retrieval.TagCategory:
		folded := text.Fold(value)
		if n, ok := k.leaves[folded]; ok {
			if lang == "zh" {
				return cmp.Or(n.zh, n.en), n.zh == "" || folded == text.Fold(n.zh)
			}
			return n.en, folded == text.Fold(n.en)
		}
		return value, !k.above[folded]
	}
	return value, true
}

func (a *abouts) look(ctx context.Context, t shop.Tenant) (about, error) {
	by, brands, above := map[string]*aisle{}, map[string]map[string]int{}, map[string]bool{}
	for p, err := range a.store.AllProducts(ctx, t.ID) {
		if err != nil {
			return about{}, err
		}
		if p.Brand != "" {
			b := text.Fold(p.Brand)
			if brands[b] == nil {
				brands[b] = map[string]int{}
			}
			brands[b][p.Brand]++
		}
		for _, c := range p.Categories[:max(0, len(p.Categories)-1)] {
			above[text.Fold(c)] = true
		}
		name := p.Category()
		if name == "" {
			continue
		}
		c := by[name]
		if c == nil {
			c = &aisle{AboutCategory: api.AboutCategory{Name: name}}
			by[name] = c
		}
		if zh := p.In("zh").Category(); c.NameZH == "" && zh != name {
			c.NameZH = zh
		}
		c.Count++
		if p.Price != nil && p.Price.Currency == t.Currency {
			c.prices = append(c.prices, p.Price.Minor)
		}
	}
	all := make([]*aisle, 0, len(by))
	for _, c := range by {
		all = append(all, c)
	}
	out := about{brands: map[string]string{}, leaves: map[string]leafName{}, above: above}
	for b, written := range brands {
		for s, n := range written {
			if best := out.brands[b]; n > written[best] || n == written[best] && s < best {
				out.brands[b] = s
			}
		}
	}
	for _, c := range all {
		n := leafName{c.Name, c.NameZH}
		out.leaves[text.Fold(n.en)] = n
		if n.zh != "" {
			out.leaves[text.Fold(n.zh)] = n
		}
	}
	slices.SortFunc(all, func(x, y *aisle) int { return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Name, y.Name)) })
	all = all[:min(len(all), aisles)]
	offers, err := a.store.Offers(ctx, t.ID)
	if err != nil {
		return about{}, err
	}
	out.About = api.About{Categories: []api.AboutCategory{}, Languages: []string{"en", "zh"}, Starters: map[string][]string{}}
	for _, c := range all {
		out.Categories = append(out.Categories, c.AboutCategory)
	}
	for _, lang := range out.Languages {
		out.Starters[lang] = starters(lang, t, all, len(offers) > 0)
	}
	return out, nil
}

// starters are four first messages that this shop can answer well.
func starters(lang string, t shop.Tenant, all []*aisle, offers bool) (out []string) {
	say := func(en, zh string, args ...any) {
		if lang == "zh" {
			en = zh
		}
		out = append(out, fmt.Sprintf(en, args...))
	}
	name := func(c *aisle) string {
		if lang == "zh" && c.NameZH != "" {
			return c.NameZH
		}
		return c.Name
	}
	if len(all) > 0 {
		if m := round(all[0].prices, t.Currency); m.Minor > 0 {
			say("%s under %s", "%[2]s 以下的%[1]s", name(all[0]), plain(m))
		} else {
			say("Show me %s", "看看%s", name(all[0]))
		}
	}
	if len(all) > 1 {
		say("Compare the best rated %s", "对比评分最高的%s", name(all[1]))
	}
	if offers {
		say("Which coupons can I use?", "我能用哪些优惠券？")
	}
	say("Where is my last order?", "我的最近一笔订单到哪了？")
	say("What is your return policy?", "退换货政策是什么？")
	return out[:min(4, len(out))]
}

// round is the median price, rounded up to a number that people say.
func round(prices []int64, currency string) shop.Money {
	if len(prices) == 0 {
		return shop.Money{}
	}
	slices.Sort(prices)
	unit := int64(1)
	for range shop.Exponent(currency) {
		unit *= 10
	}
	whole, step := prices[len(prices)/2]/unit+1, int64(1)
	for whole/step >= 20 {
		step *= 10
	}
	return shop.Money{Minor: (whole + step - 1) / step * step * unit, Currency: currency}
}

// plain is a whole amount without its decimals: $80.
func plain(m shop.Money) string {
	s := m.String()
	if e := shop.Exponent(m.Currency); e > 0 {
		zeros := "." + "000"[:e]
		if i := len(s) - len(zeros); i > 0 && s[i:] == zeros {
			return s[:i]
		}
	}
	return s
}
