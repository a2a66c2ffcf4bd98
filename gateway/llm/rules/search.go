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
	seen   int // how many of the list were shown before
}

// look searches without showing anything.
func (t *turn) look(in tools.SearchInput) (shop.ProductsCard, bool) {
	in.Peek = true
	return t.searched(in)
}

// weigh looks at what the words of a message find alone: at more than is shown, because that tells better what they are about.
func (t *turn) weigh(words string) (shop.ProductsCard, bool) {
	return t.look(tools.SearchInput{Query: words, Limit: 12})
}

func (t *turn) searched(in tools.SearchInput) (shop.ProductsCard, bool) {
	in.Query = clipRunes(strings.TrimSpace(in.Query), 480)
	if in.Query == "" {
		in.Query = "*" // only limits are left
	}
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
		if !b.known { // "what's popular?"
			t.present(tools.SearchInput{Query: "*", Sort: a.sort}, told{sorted: true})
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
	if t.lookedAt(b) && bareFactRE.MatchString(strings.Trim(a.low, " .!?,。，！？")) {
		a.kind, a.refs.it = fact, true
		t.about(a)
		return
	}
	if sameRE.MatchString(a.low) {
		t.sameBrand(a, b)
		return
	}
	if !b.known {
		t.first(said, a.raw)
		return
	}
	card, ok := t.weigh(said)
	if !ok {
		return
	}
	v, fresh := merge(b, a.raw, card)
	if fresh {
		t.first(said, a.raw)
		return
	}
	v = ruledOut(v)
	if len(content(v.query)) == 0 && len(content(b.query)) > 0 { // the kind itself was ruled out
		if ideas := t.mem.args.Alternatives; t.mem.found && len(ideas) > 0 {
			t.present(tools.SearchInput{Query: ideas[0], Alternatives: ideas[1:], Filters: v.filters}, told{said: a.raw})
			return
		}
		t.say("ask_type", prompts.Say{})
		return
	}
	t.show(v, told{said: a.raw})
}

var ofItRE = re(`^(how (long|big|wide|tall|deep|thick|heavy|many|much|loud|fast)|is the|are the|does the|what('s| is) the)\b`, `^(多|几|有几)`)

// lookedAt tells whether the talk is about one product just now.
func (t *turn) lookedAt(b view) bool {
	return t.aim.ID != "" || len(t.mem.focus) == 1 && t.mem.lately() || b.focus.some()
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
	in := tools.SearchInput{Query: said}
	if negated.MatchString(said) {
		// "not plastic" that the search did not take for a limit: it goes into one, or the word would count for what it rules out.
		card, ok := t.look(in)
		if !ok {
			return
		}
		v := ruledOut(viewOf(card, 0))
		if v.query != card.Understood.Query && len(v.filters) > len(card.Understood.Filters) {
			t.show(v, told{said: raw})
			return
		}
	}
	if bargain.MatchString(strings.ToLower(said)) { // "deals on laptops"
		if rest, _ := strip(bargain.ReplaceAllString(said, " ")); rest != "" {
			in.Query, in.Sort = rest, "-discount"
		}
	}
	t.present(in, told{said: raw})
}

var negated = re(`(?i)\b(?:not|no|non)[ -](?:(?:made of|made from|of|in|from|by|with|any) )?([a-z][a-z0-9-]+)(?: or ([a-z][a-z0-9-]+))?`)

// ruledOut turns what a query still says with "not" or "no" into a filter on words.
func ruledOut(v view) view {
	for _, m := range negated.FindAllStringSubmatch(v.query, 3) {
		var words []string
		for _, w := range m[1:] {
			if w != "" && !stop[strings.ToLower(w)] && !bounding[strings.ToLower(w)] {
				words = append(words, w)
			}
		}
		if len(words) > 0 {
			v.query = strings.Trim(strings.Join(strings.Fields(strings.Replace(v.query, m[0], " ", 1)), " "), " ,;")
			v.filters = with(v.filters, tools.Filter{Field: retrieval.FieldWords, Op: "not_in", Value: words})
		}
	}
	return v
}

// bounding words follow "not" without being what is ruled out.
var bounding = map[string]bool{
	"less": true, "than": true, "over": true, "under": true, "above": true, "below": true, "limit": true, "limits": true, "matter": true, "sure": true, "expensive": true, "cheap": true,
	"big": true, "large": true, "small": true, "heavy": true, "old": true, "later": true, "longer": true, "bigger": true, "problem": true, "idea": true, "preference": true, "necessarily": true,
}

var bargain = re(`(?i)^(?:any |good |some |best )*(?:deals?|discounts?|offers?|bargains?|savings?) (?:on|for|in) `)

// show searches for a view and tells what came.
func (t *turn) show(v view, how told) {
	said := cmp.Or(how.said, "*")
	if how.sorted {
		said = "*" // words of order name no goods
	}
	t.present(v.input(said), how)
}

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
		card, ok := t.weigh(a.text)
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
		wishes := t.wishesOf(b)
		t.say("no_more", prompts.Say{Query: b.query, Wishes: wishes})
		t.offerLess(len(wishes))
		return
	}
	b.limit = min(20, max(2*n, 12))
	t.show(b, told{block: "more", seen: n})
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
		if t.lookedAt(b) && ofItRE.MatchString(a.low) { // "how long is the strap?" of the product in view
			a.kind, a.refs.it = fact, true
			t.about(a)
			return
		}
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
