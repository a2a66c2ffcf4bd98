package assistant

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

// evidence is what an answer's numbers may be taken from: the outputs of this conversation's tools, by what each number is.
// A price is no evidence for a stock figure. Texts of others prove little: titles and attributes prove sizes and model names,
// descriptions and reviews the numbers of plain facts ("lasts 12 hours"); none of them a price, a discount or a code.
type evidence struct {
	currency string
	zone     *time.Location
	now      time.Time

	money    map[shop.Money]bool
	prices   []shop.Money     // what products cost or did cost: answers may name the difference of two
	savings  []shop.Money     // what offers save on a product
	percents map[float64]bool // taken off, or of a policy
	textures map[float64]bool // of titles and attributes: 95 % cotton
	codes    map[string]bool  // of offers
	stock    map[float64]bool
	ratings  map[float64]bool
	reviews  map[float64]bool
	counts   map[float64]bool // totals and what was listed
	shown    int              // the longest list
	dates    map[string]bool  // 2026-11-28
	clocks   map[float64]bool // hours of the day
	facts    map[fact]bool    // numbers of texts, with their units
	literal  map[string]bool  // digits that count nothing: postal codes, the end of a card's number
	words    map[string]bool  // words with a digit, names and ids, folded
	loose    map[string]bool  // words of others that look like codes: model names, unless codes are spoken of
	texts    strings.Builder  // the shop's own, in lower case, for days of the week and the like

	offers map[[2]float64]bool // buy 2, get 1

	limits limits // what the shopper asked for

	deeds deeds // what was done and planned

	seen   map[string]bool // texts that were taken
	unread []proven        // read when the first number asks for it: cards do not wait
}

type proven struct {
	tool   string
	output json.RawMessage
}

type fact struct {
	value float64
	unit  string
}

// limits are the shopper's own: a bound, a quantity. They are repeated ("under 200"), they assert nothing.
type limits struct {
	money    map[float64]bool
	percents map[float64]bool // as a search took them
	facts    map[fact]bool
	words    map[string]bool
}

func newEvidence(currency string, zone *time.Location, now time.Time) *evidence {
	return &evidence{
		currency: currency, zone: zone, now: now,
		money: map[shop.Money]bool{}, percents: map[float64]bool{}, textures: map[float64]bool{}, codes: map[string]bool{}, stock: map[float64]bool{},
		ratings: map[float64]bool{}, reviews: map[float64]bool{}, counts: map[float64]bool{}, dates: map[string]bool{}, clocks: map[float64]bool{},
		offers: map[[2]float64]bool{}, literal: map[string]bool{}, facts: map[fact]bool{}, seen: map[string]bool{}, words: map[string]bool{}, loose: map[string]bool{},
		limits: limits{map[float64]bool{}, map[float64]bool{}, map[fact]bool{}, map[string]bool{}},
	}
}

// add takes a tool's output. Outputs of tools that are not known here prove nothing.
func (e *evidence) add(tool string, output json.RawMessage) {
	e.unread = append(e.unread, proven{tool, output})
}

func (e *evidence) read() {
	for _, p := range e.unread {
		e.take(p.tool, p.output)
	}
	e.unread = nil
}

func (e *evidence) take(tool string, output json.RawMessage) {
	if slices.Contains(tools.Writes, tool) {
		e.proposal(output)
		return
	}
	switch tool {
	case "search_products":
		var c shop.ProductsCard
		if json.Unmarshal(output, &c) == nil {
			e.list(len(c.Shown))
			e.counts[float64(c.Total)] = true
			for _, p := range c.Shown {
				e.product(p)
			}
			for _, f := range c.Facets {
				for _, v := range f.Values {
					e.counts[float64(v.Count)] = true
					e.text(v.Value)
				}
			}
			e.understood(c.Understood)
		}
	case "get_product":
		var out struct {
			Product struct {
				shop.ProductCard
				Description string `json:"description"`
			} `json:"product"`
			Reviews []struct {
				Rating float64 `json:"rating"`
				Text   string  `json:"text"`
			} `json:"reviews"`
		}
		if json.Unmarshal(output, &out) == nil {
			e.product(out.Product.ProductCard)
			e.others(out.Product.Description)
			e.list(len(out.Reviews))
			for _, r := range out.Reviews {
				e.ratings[r.Rating] = true
				e.others(r.Text)
			}
		}
	case "compare_products":
		var c shop.CompareCard
		if json.Unmarshal(output, &c) == nil {
			e.list(len(c.Products))
			for _, p := range c.Products {
				e.product(p)
			}
			for _, r := range c.Rows {
				for _, v := range r.Values {
					if v != nil && r.Name != "price" && r.Name != "rating" && r.Name != "stock" { // the products have those
						e.attribute(shop.Attribute{Name: r.Name, Value: *v, Unit: r.Unit})
					}
				}
			}
		}
	case "find_coupons":
		var out struct {
			Coupons []shop.CouponCard `json:"coupons"`
			More    int               `json:"more"`
		}
		if json.Unmarshal(output, &out) == nil {
			e.list(len(out.Coupons))
			e.counts[float64(out.More)], e.counts[float64(len(out.Coupons)+out.More)] = true, true
			applying := 0
			for _, c := range out.Coupons {
				e.coupon(c)
				if c.Applies {
					applying++
				}
			}
			e.counts[float64(applying)] = true
		}
	case "order_status":
		var out struct {
			Orders []shop.OrderCard `json:"orders"`
			Others []struct{ ID, Placed string }
		}
		if json.Unmarshal(output, &out) == nil {
			e.list(len(out.Orders))
			e.list(len(out.Others))
			for _, o := range out.Orders {
				e.order(o)
				e.deeds.done(stands[o.Status])
			}
			for _, o := range out.Others {
				e.name(o.ID)
				e.dates[o.Placed] = true
			}
		}
	case "my_account":
		e.account(output)
	case "hand_off":
		e.deeds.done(deedsOf["hand_off"])
	case "search_policies":
		var out struct {
			Passages []shop.PolicyCard `json:"passages"`
		}
		if json.Unmarshal(output, &out) == nil {
			e.list(len(out.Passages))
			for _, p := range out.Passages {
				for _, s := range []string{p.Document, p.Section, p.Version, p.Quote} {
					e.own(s)
				}
			}
		}
	}
}

func (e *evidence) list(n int) {
	e.counts[float64(n)] = true
	e.shown = max(e.shown, n)
}

func (e *evidence) product(p shop.ProductCard) {
	for _, m := range []*shop.Money{p.Price, p.Was} {
		if m != nil {
			e.price(*m)
		}
	}
	if p.Price != nil && p.Was != nil && p.Was.Currency == p.Price.Currency && p.Was.Minor > p.Price.Minor {
		off := 100 * float64(p.Was.Minor-p.Price.Minor) / float64(p.Was.Minor)
		e.percents[math.Round(off)], e.percents[math.Floor(off)] = true, true
		e.savings = append(e.savings, shop.Money{Minor: p.Was.Minor - p.Price.Minor, Currency: p.Price.Currency})
	}
	number(e.stock, p.Stock)
	number(e.reviews, p.Reviews)
	if p.Rating != nil {
		e.ratings[*p.Rating] = true
	}
	for _, s := range []string{p.ID, p.Brand, p.Merchant} {
		e.name(s)
	}
	e.text(p.Title)
	e.text(p.Category)
	for _, a := range p.Attributes {
		e.attribute(a)
	}
	for _, v := range p.Variants {
		e.name(v.ID)
		if v.Price != nil {
			e.price(*v.Price)
		}
		number(e.stock, v.Stock)
		for _, a := range v.Attributes {
			e.attribute(a)
		}
	}
	e.own(p.Coupon)
	e.deeds.offers = e.deeds.offers || p.Coupon != ""
	for _, d := range dealsIn(p.Coupon) {
		e.offers[d.pair] = true
	}
	for _, w := range p.Why {
		e.text(w)
	}
}

func number(set map[float64]bool, n *int) {
	if n != nil {
		set[float64(*n)] = true
	}
}

func (e *evidence) price(m shop.Money) {
	e.money[m] = true
	if !slices.Contains(e.prices, m) && len(e.prices) < 200 {
		e.prices = append(e.prices, m)
	}
}

func (e *evidence) coupon(c shop.CouponCard) {
	if c.Code != "" {
		e.codes[foldWord(c.Code)] = true
	}
	e.deeds.offers = true
	e.name(c.ID)
	for _, s := range append([]string{c.Title}, c.Conditions...) {
		e.own(s)
		for _, d := range dealsIn(s) {
			e.offers[d.pair] = true
		}
		for _, n := range text.Numbers(s) {
			if stockRight.MatchString(strings.ToLower(s[n.End:])) || stockLeft.MatchString(strings.ToLower(s[:n.Start])) {
				e.stock[n.Value] = true // how often it can be used yet
			}
		}
	}
	if c.Saves != nil {
		e.money[*c.Saves] = true
		e.savings = append(e.savings, *c.Saves)
	}
	for _, t := range []*time.Time{c.Starts, c.Ends} {
		e.moment(t)
	}
}

func (e *evidence) order(o shop.OrderCard) {
	e.name(o.ID)
	e.money[o.Total] = true
	e.moment(&o.Placed)
	e.list(len(o.Items))
	for _, it := range o.Items {
		e.item(it)
	}
	e.list(len(o.Shipments))
	for _, s := range o.Shipments {
		e.name(s.Tracking)
		e.name(s.Carrier)
		e.moment(s.Expected)
		for _, ev := range s.Events {
			e.moment(&ev.At)
			e.text(ev.Text)
			e.text(ev.Place)
		}
	}
}

func (e *evidence) item(it shop.Item) {
	e.price(it.Price)
	e.counts[float64(it.Qty)] = true
	e.text(it.Title)
	e.name(it.Product)
	e.name(it.Variant)
	for _, a := range it.Options {
		e.attribute(a)
	}
}

// moment counts as its date and hour where it was written and where the shopper is.
func (e *evidence) moment(t *time.Time) {
	if t == nil || t.IsZero() {
		return
	}
	for _, x := range []time.Time{*t, t.In(e.zone)} {
		e.dates[x.Format(time.DateOnly)] = true
		e.clocks[float64(x.Hour())+float64(x.Minute())/60] = true
	}
}
