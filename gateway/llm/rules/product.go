package rules

import (
	"fmt"
	"slices"
	"strings"

	"shopkeeper/prompts"
	"shopkeeper/retrieval"
	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

// product fetches one product; ok is false while it waits and when it cannot be had, which it says.
func (t *turn) product(p picked) (productOut, picked, bool) {
	r := t.call("get_product", tools.ProductInput{ID: p.ID})
	switch {
	case r.pending:
		return productOut{}, p, false
	case r.failed && strings.Contains(r.text, p.ID):
		t.say("not_found", prompts.Say{})
		return productOut{}, p, false
	case !r.ok:
		t.trouble(r)
		return productOut{}, p, false
	}
	out := decode[productOut](r)
	if out.Product.ID != "" {
		p.ProductCard = out.Product.ProductCard
	}
	return out, p, true
}

// about answers what is asked of one product.
func (t *turn) about(a act) {
	cut := map[kind]*pattern{details: detailWords, reviews: reviewWords, stock: stockWords, priceOf: priceWords, fact: factRE}[a.kind]
	words := content(refRE.ReplaceAllString(cut.ReplaceAllString(a.low, " "), " "))
	if names := superFact(a.low); names != nil && a.kind == fact {
		t.superlative(a, names)
		return
	}
	if a.kind == fact {
		words = nil
		if !a.refs.any() && t.mem.fresh && len(t.mem.untold) == 0 {
			words = content(a.text)
		}
	}
	if t.mem.orders && a.refs.it && !a.refs.some() && (a.kind == stock || a.kind == fact || a.kind == details) && t.mem.lately() {
		t.orderStatus(t.mem.order, a.low)
		return
	}
	if a.kind == stock && a.refs.all {
		if b, ok := t.listed(); !ok {
			return
		} else if len(b.list) > 1 {
			t.stockList(b.list)
			return
		}
	}
	p, miss := t.target(a, words)
	if miss == nobody && len(content(a.text)) > 0 && !a.refs.any() {
		miss = goods
	}
	if miss != found {
		t.missed(a, miss)
		return
	}
	if (a.kind == fact || a.kind == priceOf) && t.mem.fresh && len(t.mem.untold) == 0 && p.place == 0 && !distinct(words) {
		t.missed(a, goods)
		return
	}
	out, p, ok := t.product(p)
	if !ok {
		return
	}
	switch a.kind {
	case reviews:
		t.reviews(out, p)
	case stock:
		t.stock(out, p)
	case fact:
		t.fact(a, out, p)
	case priceOf:
		t.say("price_of", prompts.Say{First: p.item()})
		t.say("next_details", prompts.Say{First: p.item()})
	default:
		t.details(out, p)
	}
}

func (t *turn) details(out productOut, p picked) {
	say := prompts.Say{First: p.item()}
	for _, a := range p.Attributes {
		if s := t.attribute(a); s != "" && len(say.Wishes) < 5 {
			say.Wishes = append(say.Wishes, s)
		}
	}
	t.say("details", say)
	if d := sentences(out.Product.Description, 200); d != "" {
		t.say("fact_text", prompts.Say{Value: quotable(d)})
	}
	if p.Coupon != "" {
		t.say("coupon_hint", say)
	}
	t.say("next_details", say)
}

// attribute is one fact in a few words; long ones are prose and left to the card.
func (t *turn) attribute(a shop.Attribute) string {
	v := clean(a.Value.String())
	if v == "" || len([]rune(v)) > 40 {
		return ""
	}
	return strings.TrimSpace(t.field(a.Name) + " " + v + " " + clean(a.Unit))
}

func quotable(s string) string { return strings.NewReplacer("“", "", "”", "", `"`, "").Replace(s) }

func (t *turn) reviews(out productOut, p picked) {
	say := prompts.Say{First: p.item()}
	for _, r := range out.Reviews {
		if s := clean(r.Text); s != "" && trusty(s) && (text.Lang(s) == "zh") == t.zh && len(say.Quotes) < 2 {
			say.Quotes = append(say.Quotes, prompts.Quote{Rating: r.Rating.String(), Text: quotable(sentences(s, 160))})
		}
	}
	if say.First.Rating == "" && len(say.Quotes) == 0 {
		t.say("no_reviews", say)
	} else {
		t.say("reviews", say)
	}
	t.say("next_one", say)
}

func (t *turn) stock(out productOut, p picked) {
	say := prompts.Say{First: p.item()}
	t.say("stock", say)
	var versions []string
	for _, v := range out.Product.Variants {
		if v.Stock == nil || len(versions) >= 6 {
			continue
		}
		var words []string
		for _, a := range v.Attributes {
			words = append(words, strings.TrimSpace(t.valueText(a)+" "+clean(a.Unit)))
		}
		if len(words) > 0 {
			versions = append(versions, t.block("variant_stock", prompts.Say{Value: clip(strings.Join(words, " "), 40), To: fmt.Sprint(max(0, *v.Stock))}))
		}
	}
	if len(versions) > 1 {
		t.say("stock_variants", prompts.Say{Wishes: versions})
	}
	t.say("next_stock", say)
}

// stockList tells of several products what the list says.
func (t *turn) stockList(list []shop.ProductCard) {
	var say prompts.Say
	for i, p := range list {
		switch {
		case p.Stock == nil:
		case *p.Stock > 0:
			say.Names = append(say.Names, item(p, i+1).Name)
		default:
			say.Values = append(say.Values, item(p, i+1).Name)
		}
	}
	t.say("stock_list", say)
}

// asked names of attributes by the words that ask for them; the words are stems of either language. Size at large is the last:
// how big a battery or a memory is asks for that.
var askedOf = []struct {
	re      *pattern
	names   []string
	measure bool // may be more or less
}{
	{re(`\b(weigh\w*|heav(y|ier|iest)|light(er|est|weight)?)\b`, `重量|多重|轻|重`), []string{"weight", "重量", "净重"}, true},
	{re(`\bcolou?rs?\b`, `颜色`), []string{"color", "colour", "颜色"}, false},
	{re(`\bscreen|\bdisplay|\binch`, `屏幕|英寸`), []string{"screen", "display", "屏幕", "resolution"}, true},
	{re(`\bresolution|\b4k\b`, `分辨率`), []string{"resolution", "分辨率"}, true},
	{re(`\bmaterial|\bmade of\b|\bfabric`, `材质|材料|面料`), []string{"material", "材质", "材料"}, false},
	{re(`\bbattery|\bhow long does it last`, `电池|续航`), []string{"battery life", "battery", "续航", "电池"}, true},
	{re(`\b(memory|ram)\b`, `内存`), []string{"memory", "ram", "内存"}, true},
	{re(`\b(storage|ssd|hard drive|disk)\b`, `存储|硬盘`), []string{"storage", "ssd", "存储", "硬盘"}, true},
	{re(`\b(power(ful)?|watts?|wattage|strong(er|est)?)\b`, `功率`), []string{"power", "wattage", "功率"}, true},
	{re(`\b(capacity|volume|lit(er|re)s?)\b`, `容量`), []string{"capacity", "volume", "容量"}, true},
	{re(`\b(waterproof|water[- ]?resistan\w*|splash|rain)\b`, `防水`), []string{"water", "防水", "ip rating"}, false},
	{re(`\b(bluetooth|wireless|wired|usb\S*|connect\w*|ports?|wifi|wi-fi)\b`, `蓝牙|无线|有线|连接|接口`), []string{"connect", "bluetooth", "wireless", "ports", "连接", "蓝牙", "接口"}, false},
	{re(`\b(noise)\b`, `降噪|噪音`), []string{"noise", "降噪"}, true},
	{re(`\b(processor|cpu|chip)\b`, `处理器|芯片`), []string{"processor", "cpu", "处理器", "芯片"}, false},
	{re(`\b(refresh|hz)\b`, `刷新`), []string{"refresh", "刷新"}, true},
	{re(`\b(warranty|guarantee)\b`, `保修|质保`), []string{"warranty", "保修", "质保"}, true},
	{re(`\b(brand|make|maker|manufacturer)\b`, `品牌|牌子`), []string{"brand", "品牌"}, false},
	{re(`\b(old|age|ages)\b`, `几岁|年龄|多大的孩子`), []string{"age", "年龄"}, false},
	{re(`\b(big(ger|gest)?|large(r|st)?|small(er|est)?|size|sizes|dimensions?|height|width|length|depth|fit|fits)\b`, `最大|最小|更大|更小|多大|尺寸|大小|多高|多长|尺码`), []string{"size", "dimensions", "screen", "capacity", "height", "width", "length", "depth", "尺寸", "大小", "容量"}, true},
}

// extremes are what is asked for when one of a list is sought by a measure: "which has the most memory".
var mostRE, leastRE = re(`\b(most|more|biggest|bigger|largest|larger|longest|longer|best|better|highest|higher|heaviest|heavier|strongest|brightest)\b`, `最大|更大|最长|更长|最久|更久|最多|更多|最高|更高|最重|最好|更好|比较(大|长|久|多|高)`),
	re(`\b(least|less|smallest|smaller|shortest|shorter|lowest|lower|lightest|lighter|quietest)\b`, `最小|更小|最短|最少|最低|更低|最轻|更轻|比较(小|轻|低)`)

// theMostRE points at one of a list by a measure, without a question: "the biggest one", 最轻的.
var theMostRE = re(`^(show me |i want |i'll have |i would like )?the (biggest|largest|smallest|lightest|heaviest|longest|shortest|strongest|most powerful)( one)?$`, `^(要|看看|来)?最(大|小|轻|重|长|短)的?(那)?(一)?(个|款|台|双|件)?$`)

// superFact is the measure by which one of several is sought; nil = none.
func superFact(low string) []string {
	if !whichRE.MatchString(low) && !theMostRE.MatchString(strings.Trim(low, " .!?,。，！？")) || !mostRE.MatchString(low) && !leastRE.MatchString(low) {
		return nil
	}
	for _, q := range askedOf {
		if q.re.MatchString(low) && q.measure {
			return q.names
		}
	}
	return nil
}

// superlative says which of the list has the most or the least of a measure.
func (t *turn) superlative(a act, names []string) {
	b, ok := t.listed()
	if !ok {
		return
	}
	if !b.known || len(b.list) == 0 {
		t.say("lost", prompts.Say{})
		return
	}
	b.limit = len(b.list)
	card, ok := t.look(b.input(a.raw)) // a list on its card keeps the first few facts of each only
	if !ok {
		return
	}
	list := b.list
	if len(card.Shown) > 0 {
		list = card.Shown
	}
	name, vals := measuresOf(list, names)
	if name == "" {
		t.say("unmeasured", prompts.Say{})
		return
	}
	best := vals[0]
	for _, v := range vals {
		if leastRE.MatchString(a.low) && v.v < best.v || !leastRE.MatchString(a.low) && v.v > best.v {
			best = v
		}
	}
	best.place = place1(b.list, best.ID)
	t.aim = best.picked
	if _, _, ok := t.product(best.picked); !ok { // its card, and what "it" is from here on
		return
	}
	t.say("fact", prompts.Say{First: best.item(), Field: t.field(name), Value: shop.Num(best.v).String(), Unit: t.unit(best.unit)})
	t.say("next_details", prompts.Say{First: best.item()})
}

// fact answers from the listing: an attribute, else a sentence of the description, else that it does not say.
func (t *turn) fact(a act, out productOut, p picked) {
	named := false
	for i, q := range askedOf {
		if !q.re.MatchString(a.low) || named && i == len(askedOf)-1 {
			continue
		}
		named = true
		for _, n := range q.names {
			if n == "brand" && p.Brand != "" {
				t.say("fact", prompts.Say{First: p.item(), Field: t.field("brand"), Value: clip(clean(p.Brand), 60)})
				return
			}
			if f, ok := t.factOf(p, n); ok {
				t.say("fact", f)
				return
			}
		}
	}
	if slices.ContainsFunc(content(a.low), func(w string) bool { c := retrieval.Colors(w); return len(c) == 1 && colorsZh[c[0]] != "" }) {
		for _, n := range []string{"color", "colour", "颜色"} { // "does it come in green?"
			if f, ok := t.factOf(p, n); ok {
				t.say("fact", f)
				return
			}
		}
	}
	words := stems(strings.Join(content(refRE.ReplaceAllString(a.low, " ")), " "))
	for _, at := range p.Attributes {
		own := stems(at.Name + " " + at.Value.Text)
		if slices.ContainsFunc(words, func(w string) bool { return len([]rune(w)) > 1 && slices.Contains(own, w) }) {
			t.say("fact", prompts.Say{First: p.item(), Field: t.field(at.Name), Value: clip(clean(at.Value.String()), 80), Unit: clean(at.Unit)})
			return
		}
	}
	if s := sentenceWith(out.Product.Description, words); s != "" {
		t.say("fact_text", prompts.Say{First: p.item(), Value: quotable(s)})
		return
	}
	if warrantyRE.MatchString(a.low) {
		t.policy(a)
		return
	}
	if goodForRE.MatchString(a.low) && len(out.Reviews) > 0 { // what it is good for, those know who have it
		t.reviews(out, p)
		return
	}
	t.say("fact_unknown", prompts.Say{First: p.item()})
	t.say("next_details", prompts.Say{First: p.item()})
}

var warrantyRE = re(`\bwarrant|\bguarantee`, `保修|质保`)

// valueText is an attribute's value in words; of colours that no translation gives, Chinese has the base colour's name.
func (t *turn) valueText(a shop.Attribute) string {
	s := clean(a.Value.String())
	if t.zh && text.Lang(s) != "zh" {
		if c := retrieval.Colors(s); len(c) == 1 && colorsZh[c[0]] != "" {
			return colorsZh[c[0]]
		}
	}
	return s
}

// factOf is the attribute of a name, or what the variants have to choose from.
func (t *turn) factOf(p picked, name string) (prompts.Say, bool) {
	say := prompts.Say{First: p.item(), Field: t.field(name)}
	var values []string
	for _, v := range p.Variants {
		for _, a := range v.Attributes {
			if s := clip(t.valueText(a), 30); strings.Contains(text.Fold(a.Name), name) && s != "" && !slices.Contains(values, s) && len(values) < 8 {
				values, say.Unit = append(values, s), clean(a.Unit)
			}
		}
	}
	if len(values) > 1 {
		say.Value = t.block("listed", prompts.Say{Names: values})
		return say, true
	}
	for _, a := range p.Attributes {
		if s := clean(a.Value.String()); s != "" && strings.Contains(text.Fold(a.Name), name) {
			say.Field, say.Value, say.Unit = t.field(a.Name), clip(s, 80), clean(a.Unit)
			return say, true
		}
	}
	return say, false
}

// sentenceWith is the first sentence of a text that has one of the words.
func sentenceWith(s string, words []string) string {
	rest := clean(s)
	for range 40 {
		end := strings.IndexFunc(rest, func(r rune) bool { return strings.ContainsRune("。！？", r) })
		if i := strings.Index(rest, ". "); i >= 0 && (end < 0 || i < end) {
			end = i
		}
		part := rest
		if end >= 0 {
			_, n := nextRune(rest[end:])
			part = rest[:end+n]
		}
		own := stems(part)
		if slices.ContainsFunc(words, func(w string) bool { return len([]rune(w)) > 1 && slices.Contains(own, w) }) {
			return clip(strings.TrimSpace(part), 200)
		}
		if end < 0 || len(part) == len(rest) {
			return ""
		}
		rest = rest[len(part):]
	}
	return ""
}

func nextRune(s string) (rune, int) {
	for _, r := range s {
		return r, len(string(r))
	}
	return 0, 0
}
