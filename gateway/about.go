package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"shopkeeper/gateway/api"
	"shopkeeper/gateway/store"
	"shopkeeper/shop"
)

// abouts says what the open pages show of a shop: its aisles, and starters made from them. A catalogue is looked through
// again when it changed, at most twice a minute.
type abouts struct {
	store *store.Store
	rung  func() string
	mu    sync.Mutex
	known map[string]about
}

type about struct {
	api.About
	revision int64
	made     time.Time
}

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
	a.mu.Lock()
	defer a.mu.Unlock()
	revision, _, _, err := a.store.Revision(ctx, t.ID)
	if err != nil {
		return api.About{}, err
	}
	k, ok := a.known[t.ID]
	if !ok || k.revision != revision && time.Since(k.made) > aboutEvery {
		found, err := a.look(ctx, t)
		if err != nil {
			return api.About{}, err
		}
		k = about{found, revision, time.Now()}
		if a.known == nil {
			a.known = map[string]about{}
		}
		a.known[t.ID] = k
	}
	k.Rung = a.rung()
	return k.About, nil
}

func (a *abouts) look(ctx context.Context, t shop.Tenant) (api.About, error) {
	by := map[string]*aisle{}
	for p, err := range a.store.AllProducts(ctx, t.ID) {
		if err != nil {
			return api.About{}, err
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
	slices.SortFunc(all, func(x, y *aisle) int { return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Name, y.Name)) })
	all = all[:min(len(all), aisles)]
	offers, err := a.store.Offers(ctx, t.ID)
	if err != nil {
		return api.About{}, err
	}
	out := api.About{Categories: []api.AboutCategory{}, Languages: []string{"en", "zh"}, Starters: map[string][]string{}}
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
