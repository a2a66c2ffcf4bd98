package rules

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"shopkeeper/prompts"
	"shopkeeper/retrieval"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

// How many earlier wishes are understood again (all of them in one round), and how many rounds their steps may take: both are
// limited, and the answer needs rounds, too.
const (
	maxReplay = 7
	maxSteps  = 2
)

// told is how a list is to be announced.
type told struct {
	block  string // "" = found
	kind   string
	from   string
	amount string
	sorted bool
	said   string // the words of the message, for signs of currency
	before []string
}

// look searches without showing anything.
func (t *turn) look(in tools.SearchInput) (shop.ProductsCard, bool) {
	in.Peek = true
	return t.searched(in)
}

func (t *turn) searched(in tools.SearchInput) (shop.ProductsCard, bool) {
	r := t.call("search_products", in)
	if r.pending {
		return shop.ProductsCard{}, false
	}
	if !r.ok {
		t.trouble(r)
		return shop.ProductsCard{}, false
	}
	return decode[shop.ProductsCard](r), true
}

// base is the search that the message builds on: the last one shown, changed by what was said since and never searched for
// (on /v1, where only words travel, that is everything). Its list may be that of an earlier step; see listed.
func (t *turn) base() (view, bool) {
	if t.based {
		return t.now, true
	}
	v := view{}
	if t.mem.found {
		v = viewOf(t.mem.card, t.mem.args.Limit)
	}
	acts := t.replays()
	cards, ok := t.alone(acts)
	if !ok {
		return v, false
	}
	// Where the talk turned to something else for the last time: what was said before counts no more.
	from := 0
	for w, i := v, 0; i < len(acts); i++ {
		switch {
		case acts[i].kind == restart:
			w, from = view{}, i
		case words(acts[i]) != "":
			next, fresh := merge(w, acts[i].raw, cards[words(acts[i])])
			if fresh {
				from = i
			}
			w = next
		}
	}
	if from > 0 {
		v = view{}
	}
	t.budget = maxSteps
	for _, a := range acts[from:] {
		if v, ok = t.replay(v, a, cards[words(a)]); !ok {
			return v, false
		}
	}
	t.now, t.based = v, true
	return v, true
}

// listed is base with the list that it showed.
func (t *turn) listed() (view, bool) {
	v, ok := t.base()
	if !ok || !v.stale {
		return v, ok
	}
	if v, ok = t.filled(v); ok {
		t.now = v
	}
	return v, ok
}

// alone looks at what the words of each act find by themselves, all in one round.
func (t *turn) alone(acts []act) (map[string]shop.ProductsCard, bool) {
	cards, ready := map[string]shop.ProductsCard{}, true
	for _, a := range acts {
		w := words(a)
		if _, have := cards[w]; have || w == "" {
			continue
		}
		c, ok := t.look(tools.SearchInput{Query: clipRunes(w, 480)})
		cards[w], ready = c, ready && ok
	}
	return cards, ready
}

// words is what an act alone would search for; "" = nothing.
func words(a act) string {
	switch a.kind {
	case search, cheaper, dearer, comparative, dropped, gift:
		if a.kind == gift {
			return giftQuery(a).Query
		}
		return strings.TrimSpace(a.text)
	}
	return ""
}

// replays are the acts of earlier messages that no result of ours follows, as far as they bear on a search.
func (t *turn) replays() []act {
	var out []act
	for _, m := range t.mem.untold {
		for _, a := range m.acts {
			switch a.kind {
			case restart:
				out = append(out[:0], a)
			case search:
				if a.text != "" {
					out = append(out, a)
				}
			case cheaper, dearer, comparative, sorted, dropped, gift, details, reviews, stock, fact, priceOf, compare:
				out = append(out, a)
			}
		}
	}
	if n := len(out); n > maxReplay {
		out = out[n-maxReplay:]
	}
	return out
}

// replay is the view after an earlier act, without showing anything. Steps of price and measure have to be looked at; when
// too many were taken, the earliest are as if they had not been said.
func (t *turn) replay(v view, a act, alone shop.ProductsCard) (view, bool) {
	switch a.kind {
	case restart:
		return view{}, true
	case details, reviews, stock, fact, priceOf:
		_, there := choose(a.refs, v.list)
		switch {
		case a.refs.some() && (v.stale || there):
			v.focus = a.refs
		case !v.focus.some():
			v.focus = refs{list: []int{1}}
		}
		return v, true
	case compare:
		return v, true
	case sorted:
		if v.known {
			v.sort, v.stale = a.sort, true
		}
		return v, true
	case cheaper, dearer, comparative:
		if words(a) != "" {
			v, _ = merge(v, a.raw, alone)
		}
		if !v.known || t.budget <= 0 {
			return v, true
		}
		var ok bool
		if v.stale {
			t.budget--
			if v, ok = t.filled(v); !ok {
				return v, false
			}
		}
		t.budget--
		step := t.priced
		if a.kind == comparative {
			step = t.measured
		}
		next, card, _, ok := step(v, a)
		if !ok {
			return v, false
		}
		if len(card.Shown) == 0 {
			return v, true
		}
		next.list, next.total, next.stale = card.Shown, card.Total, false
		return next, true
	case dropped:
		if v.known {
			v = v.without(a.drop...)
			v.stale = true
		}
		if words(a) == "" {
			return v, true
		}
	}
	next, fresh := merge(v, a.raw, alone)
	next.stale = !fresh
	return next, true
}

// filled looks up what a view shows.
func (t *turn) filled(v view) (view, bool) {
	card, ok := t.look(v.input("*"))
	if ok && len(card.Shown) > 0 {
		v.list, v.total = card.Shown, card.Total
	}
	v.stale = false
	return v, ok
}

// shop answers everything that ends in a list.
func (t *turn) shop(a act) {
	get := t.base
	if a.kind == more || a.kind == cheaper || a.kind == dearer || a.kind == comparative {
		get = t.listed
	}
	b, ok := get()
	if !ok {
		return
	}
	switch a.kind {
	case vague:
		t.vague(a, b)
	case gift:
		t.gift(a)
	case ask:
		t.ask(a, b)
	case more:
		t.more(b)
	case sorted:
		if !b.known {
			t.search(a, b)
			return
		}
		b.sort, b.limit = a.sort, 0
		t.show(b, told{sorted: true, said: a.raw})
	case dropped:
		t.dropped(a, b)
	case cheaper, dearer:
		t.price(a, b)
	case comparative:
		t.measure(a, b)
	default:
		t.search(a, b)
	}
}

// search shows what the words ask for, on top of what was searched before.
func (t *turn) search(a act, b view) {
	said := cmp.Or(strings.TrimSpace(a.text), a.raw)
	if sameRE.MatchString(a.low) {
		t.sameBrand(a, b)
		return
	}
	if !b.known {
		t.first(said, a.raw)
		return
	}
	card, ok := t.look(tools.SearchInput{Query: said})
	if !ok {
		return
	}
	v, fresh := merge(b, a.raw, card)
	if fresh {
		t.first(said, a.raw)
		return
	}
	t.show(v, told{said: a.raw})
}

var sameRE = re(`\bsame (brand|make|maker|company|manufacturer)\b`, `同(一)?(个)?(品牌|牌子)|(这|那)个(品牌|牌子)的`)

// sameBrand shows what else there is of the brand that is talked about.
func (t *turn) sameBrand(a act, b view) {
	p, miss := t.target(a, nil)
	if miss == found && p.Brand == "" {
		miss = nobody
	}
	if miss != found {
		t.missed(a, miss)
		return
	}
	if !b.known {
		b = view{known: true, query: p.Category}
	}
	b.limit = 0
	b.query = withoutWords(b.query, brandsOf(b.list))
	b.filters = with(b.filters, tools.Filter{Field: retrieval.TagBrand, Op: "in", Value: []string{p.Brand}})
	t.show(b, told{said: a.raw})
}

// first searches for words that stand alone.
func (t *turn) first(said, raw string) {
	t.present(tools.SearchInput{Query: clipRunes(said, 480)}, told{said: raw})
}

// show searches for a view and tells what came.
func (t *turn) show(v view, how told) { t.present(v.input(cmp.Or(how.said, "*")), how) }

func (t *turn) present(in tools.SearchInput, how told) {
	card, ok := t.searched(in)
	if !ok {
		return
	}
	t.now, t.based = viewOf(card, in.Limit), true
	t.tell(card, how)
}

func (t *turn) dropped(a act, b view) {
	if !b.known {
		if strings.TrimSpace(a.text) == "" {
			t.say("ask_type", prompts.Say{})
			return
		}
		t.search(a, b)
		return
	}
	v := b.without(a.drop...)
	v.limit = 0
	if strings.TrimSpace(a.text) != "" {
		card, ok := t.look(tools.SearchInput{Query: a.text})
		if !ok {
			return
		}
		v, _ = merge(v, a.raw, card)
	}
	t.show(v, told{said: a.raw})
}

func (t *turn) more(b view) {
	if !b.known {
		t.say("ask_type", prompts.Say{})
		return
	}
	n := len(b.list)
	if n >= b.total || n >= 20 {
		t.say("no_more", prompts.Say{Query: b.query, Wishes: t.wishesOf(b)})
		return
	}
	b.limit = min(20, max(2*n, 12))
	t.show(b, told{block: "more"})
}

// vague asks for a kind of product, but never a third time in a row: then it shows what shoppers rate best.
func (t *turn) vague(a act, b view) {
	if t.asks() < 2 {
		t.say("ask_type", prompts.Say{})
		return
	}
	q := "best rated"
	if t.zh {
		q = "评分最高"
	}
	t.present(tools.SearchInput{Query: q, Sort: "-rating"}, told{said: a.raw, sorted: true})
}

// ask is a question that may be about goods or about anything: the catalogue decides.
func (t *turn) ask(a act, b view) {
	said := cmp.Or(strings.TrimSpace(a.text), a.raw)
	card, ok := t.look(tools.SearchInput{Query: said})
	if !ok {
		return
	}
	want := content(card.Understood.Query)
	if len(card.Shown) == 0 || len(want) == 0 || !covers(card.Shown[0], want) {
		t.say("scope", prompts.Say{})
		return
	}
	t.search(a, b)
}

// covers tells whether a product's title and kind say at least two thirds of the words.
func covers(p shop.ProductCard, want []string) bool {
	have := stems(p.Title + " " + p.Category + " " + p.Brand)
	n, all := 0, 0
	for _, w := range want {
		ss := stems(w)
		for _, s := range ss {
			all++
			if slices.Contains(have, s) {
				n++
			}
		}
	}
	return all > 0 && 3*n >= 2*all
}

// For whom a gift is → what is looked for, the likeliest first; shops without such goods answer with what is nearest.
var gifts = []struct {
	who    string
	en, zh []string
}{
	{`\b(kids?|child|children|son|daughter|nephew|niece|baby|toddler|boy|girl|grandson|granddaughter)\b|孩子|小孩|儿子|女儿|宝宝|侄|外甥|孙`, []string{"toy", "game", "backpack"}, []string{"玩具", "积木", "背包"}},
	{`\b(dad|father|husband|boyfriend|brother|grandpa|grandfather|uncle|man|men|him|guy)\b|爸|父亲|丈夫|老公|男友|男朋友|哥|弟|爷爷|外公|叔|他`, []string{"watch", "headphones", "speaker", "backpack"}, []string{"手表", "耳机", "音箱", "背包"}},
	{`\b(mum|mom|mother|wife|girlfriend|sister|grandma|grandmother|aunt|woman|women|her|lady)\b|妈|母亲|妻子|老婆|女友|女朋友|姐|妹|奶奶|外婆|姨|她`, []string{"watch", "lamp", "kettle", "earbuds"}, []string{"手表", "台灯", "电热水壶", "耳机"}},
	{`\b(colleague|coworker|boss|teacher|friend|neighbou?r|client)s?\b|同事|老板|老师|朋友|邻居|客户`, []string{"coffee maker", "speaker", "lamp", "backpack"}, []string{"咖啡机", "音箱", "台灯", "背包"}},
	{``, []string{"headphones", "watch", "speaker", "lamp"}, []string{"耳机", "手表", "音箱", "台灯"}},
}

var giftWho = func() []interface{ MatchString(string) bool } {
	var out []interface{ MatchString(string) bool }
	for _, g := range gifts {
		out = append(out, re(g.who))
	}
	return out
}()

var whoWords = re(`\b(aged? )?\d{1,2}[- ](year|month)s?([- ]olds?)?\b|\bage \d{1,2}\b`, `\d{1,2}岁的?`, `\b(my|his|our|for|a|an|old|year|years?|dad|father|husband|boyfriend|brother|grandpa|grandfather|uncle|man|men|him|guy|mum|mom|mother|wife|girlfriend|sister|grandma|grandmother|aunt|woman|women|her|lady|kids?|child|children|son|daughter|nephew|niece|baby|toddler|boy|girl|grandson|granddaughter|colleagues?|coworkers?|boss|teachers?|friends?|neighbou?rs?|clients?|who|likes?|loves?|enjoys?|birthday|christmas|parents?|family|partner|someone)\b`,
	`爸爸|妈妈|爸|妈|父亲|母亲|丈夫|老公|妻子|老婆|男友|女友|男朋友|女朋友|哥哥|弟弟|姐姐|妹妹|爷爷|奶奶|外公|外婆|叔叔|阿姨|孩子|小孩|儿子|女儿|宝宝|同事|老板|老师|朋友|邻居|客户|喜欢|爱|给|送|生日|圣诞|我的|我|的`)

// giftQuery is what to search for a gift: the goods that are named, else some that suit whom it is for. The limits stay.
func giftQuery(a act) tools.SearchInput {
	rest := strings.TrimSpace(strings.Join(strings.Fields(whoWords.ReplaceAllString(strings.ToLower(a.text), " ")), " "))
	goods := content(limitWords.ReplaceAllString(rest, " "))
	if len(goods) > 0 {
		return tools.SearchInput{Query: rest}
	}
	for i, g := range gifts {
		if giftWho[i].MatchString(a.low) {
			ideas := g.en
			if strings.ContainsFunc(a.raw, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }) {
				ideas = g.zh
			}
			in := tools.SearchInput{Query: strings.TrimSpace(ideas[0] + " " + rest), Sort: ""}
			in.Alternatives = append(in.Alternatives, ideas[1:]...)
			return in
		}
	}
	return tools.SearchInput{Query: rest}
}

var limitWords = re(`[$€£¥]?\d[\d.,]*\s*(dollars?|bucks|euros?|usd|eur|元|块钱?|块)?`, `\b(under|below|over|above|between|around|about|up to|max(imum)?|at most|at least|less than|more than|cheaper than|budget|within|no more than)\b`, `以内|以下|以上|不超过|左右|之间|预算|到|至少|最多`)

func (t *turn) gift(a act) {
	in := giftQuery(a)
	t.present(in, told{block: "gift", said: a.raw})
}

func clipRunes(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

// priceBound is a filter on the price at an amount that was shown.
func priceBound(op string, m shop.Money) tools.Filter {
	return tools.Filter{Field: retrieval.NumPrice, Op: op, Value: json.Number(m.Decimal())}
}
