package rules

import (
	"regexp"
	"slices"
	"strings"

	"shopkeeper/gateway/llm"
	"shopkeeper/prompts"
	"shopkeeper/shop"
	"shopkeeper/shop/action"
	"shopkeeper/tools"
)

// wanted are the actions that a message may ask for, those first that cannot be mistaken for others.
var wanted = []struct {
	kind string
	re   *pattern
}{
	{action.Invoice, re(`\binvoice\b`, `发票`)},
	{action.CompensateLate, re(`\bcompensat\w*`, `\b(money|refund|something|credit)\b.{0,30}\b(late|delay\w*)\b`, `\b(late|delay\w*)\b.{0,30}\b(compensation|refund|money|credit)\b`, `(晚|迟|延误|超时).{0,10}(赔|补偿|退)|(赔|补偿).{0,10}(晚|迟|延误|超时)`)},
	{action.Reorder, re(`\breorder\b`, `\border (it|that|this|them|the same|everything)?.{0,12}\bagain\b`, `\bbuy .{0,20}\bagain\b`, `再(来|买|下|订)一(单|次|份)|重新(下单|购买)|再次购买`)},
	{action.DefaultAddress, re(`\b(default|account|home|saved)('s)? address\b`, `\bmy address (in|on) (my|the) (account|profile)\b`, `默认(收货)?地址|账户(的)?地址`)},
	{action.ChangePayment, re(`\b(change|switch|use|pay)\b.{0,40}\b(payment|paypal|gift card|credit card|card)\b`, `(换|改|用).{0,8}(支付|付款|贝宝|礼品卡|信用卡|银行卡)`)},
	{action.ChangeAddress, re(`\baddress\b`, `\b(redirect|reroute)\b`, `地址|改寄|寄到`)},
	{action.Cancel, re(`\bcancel`, `\bstop (my|the|this) (order|purchase)\b`, `取消`)},
	{action.ExchangeItems, re(`\bexchang`, `\bswap\b`, `换货|换(一)?(个|双|件|条|台|款)|换成|换大|换小`)},
	{action.ReturnItems, re(`\breturn|\brefund\b|\bchanged my mind about\b|\bmoney back\b|\bsend .{0,20}back\b`, `退`)},
	{action.CompensateLate, re(`赔`)},
	{action.ChangeItems, re(`\b(change|modify|amend|edit)\b`, `修改|改`)},
}

func actionOf(low string) string {
	for _, w := range wanted {
		if w.re.MatchString(low) {
			return w.kind
		}
	}
	return ""
}

// completes tells whether a message gives what was asked about an order: its number, a reason, an address, a way to pay, an item.
func completes(wish string, h heard) bool {
	low := strings.ToLower(h.text)
	if h.text == "" || len([]rune(h.text)) > 200 || slices.ContainsFunc(h.acts, func(a act) bool {
		return a.wants || a.kind == orderChange || a.kind == human || a.kind == restart || a.kind == policy
	}) {
		return false
	}
	if slices.ContainsFunc(h.acts, func(a act) bool { return a.order != "" }) || addressRE.MatchString(": "+h.text) || invoiceTo.MatchString(h.text) {
		return true
	}
	switch kind := actionOf(strings.ToLower(wish)); kind {
	case action.ReturnItems, action.ExchangeItems, action.ChangeItems:
		return reasonOf(low, returnReasons, "") != "" || len(content(low)) <= 8 && !slices.ContainsFunc(h.acts, func(a act) bool {
			return a.kind != search && a.kind != vague && a.kind != ask && a.kind != fact && a.kind != details && a.kind != orders && a.kind != okay
		})
	case action.ChangePayment:
		return slices.ContainsFunc([]string{"paypal", "gift_card", "card"}, func(m string) bool { return methodWords[m].MatchString(low) })
	}
	return false
}

// actOn does what a message asks to be done with an order: a proposal, or what stands in its way. false: there is no tool for it.
func (t *turn) actOn(kind string, a act) bool {
	if !slices.ContainsFunc(t.req.Tools, func(x llm.Tool) bool { return x.Name == kind }) {
		return false
	}
	a.raw = t.said.text // an address has commas, which cut messages into parts
	if kind == action.DefaultAddress {
		t.address(kind, a, "")
		return true
	}
	o, ok := t.orderFor(kind, a)
	if !ok {
		return true
	}
	// Items of an order that has not left are changed, those of a delivered one exchanged.
	switch {
	case kind == action.ExchangeItems && slices.Contains(o.Actions, action.ChangeItems):
		kind = action.ChangeItems
	case kind == action.ChangeItems && slices.Contains(o.Actions, action.ExchangeItems):
		kind = action.ExchangeItems
	case kind == action.ReturnItems && !slices.Contains(o.Actions, kind) && slices.Contains(o.Actions, action.Cancel): // "I want my money back" before it left
		kind = action.Cancel
	}
	if !slices.Contains(o.Actions, kind) {
		t.cannot(kind, o, a)
		return true
	}
	switch kind {
	case action.Cancel:
		t.propose(kind, tools.CancelInput{Order: o.ID, Reason: reasonOf(a.low, cancelReasons, "no longer needed")})
	case action.ChangeAddress:
		t.address(kind, a, o.ID)
	case action.ChangePayment:
		t.payment(a, o)
	case action.ReturnItems:
		t.giveBack(a, o)
	case action.ChangeItems, action.ExchangeItems:
		t.swap(kind, a, o)
	case action.Reorder, action.CompensateLate:
		t.propose(kind, tools.OneOrderInput{Order: o.ID})
	case action.Invoice:
		m := invoiceTo.FindStringSubmatch(a.raw)
		if m == nil {
			t.say("ask_invoice", prompts.Say{Order: prompts.Order{ID: clean(o.ID)}})
			return true
		}
		t.propose(kind, tools.InvoiceInput{Order: o.ID, Name: strings.TrimSpace(m[1] + m[2])})
	}
	return true
}

var invoiceTo = regexp.MustCompile(`(?i)(?:\b(?:made out to|in the name of|to|for)\s+((?:[A-Z][\w&.,'-]*\s?){1,6})\s*$|抬头(?:是|为|：|:)?\s*(\S{2,40}))`)

// possible are the states of orders for which an action is worth a look.
var possible = map[string]string{
	action.Cancel: "pending paid processed", action.ChangeAddress: "pending paid processed", action.ChangePayment: "pending paid processed", action.ChangeItems: "pending paid processed",
	action.ReturnItems: "delivered", action.ExchangeItems: "delivered pending paid processed",
}

var latestRE = re(`\b(last|latest|newest|recent)\b`, `最近|最新|上一`)

// orderFor is the order of a number. Without one: the one that was spoken of, or the latest, when the action is possible for it;
// else one whose items the message names; else the latest that it is possible for.
func (t *turn) orderFor(kind string, a act) (o shop.OrderCard, ok bool) {
	if a.order != "" {
		o, _, ok = t.oneOrder(a.order)
		return o, ok
	}
	if t.mem.orders && t.mem.order != "" && t.mem.wish == "" {
		if o, _, ok := t.oneOrder(t.mem.order); !ok || fits(kind, o) {
			return o, ok
		}
	}
	o, others, ok := t.oneOrder("")
	if !ok || fits(kind, o) && (len(o.Items) == 0 || itemOf(a.low, o)) || latestRE.MatchString(a.low) {
		return o, ok
	}
	var fit []shop.OrderCard
	if fits(kind, o) {
		fit = append(fit, o)
	}
	looked := 0
	for _, x := range others {
		if !slices.Contains(strings.Fields(possible[kind]), x.Status) || looked == 3 {
			continue
		}
		looked++
		more, _, ok := t.oneOrder(x.ID)
		if !ok {
			return more, false
		}
		if fits(kind, more) {
			fit = append(fit, more)
		}
	}
	for _, x := range fit {
		if itemOf(a.low, x) {
			return x, true
		}
	}
	if thing := thingOf(a.low); thing != "" { // of an order that does not have it nothing is said
		var titles []string
		for _, x := range fit {
			for _, it := range x.Items {
				titles = append(titles, clip(clean(it.Title), 60))
			}
		}
		t.say("no_such_item", prompts.Say{Reason: clip(clean(thing), 40), Names: titles[:min(len(titles), 4)]})
		return o, false
	}
	if len(fit) > 0 {
		return fit[0], true
	}
	return o, true
}

var (
	thingEN  = regexp.MustCompile(`\b(?:return(?:ed|ing)?|refund(?: for)?|exchange|swap|send(?:ing)? back|money back for|cancel|send|changed my mind about) (?:my|the|this|that|these|those) ((?:[a-z-]+ )?[a-z-]+)`)
	thingZH  = regexp.MustCompile(`(?:退(?:掉|了|货)?|换(?:掉|货)?)(?:那|这|我的?)(?:一)?(?:个|件|双|款|台|条|把|盏)?(?:的)?(\p{Han}{1,6})|把(?:那|这|我的?)?(?:一)?(?:个|件|双|款|台|条|把|盏)?(?:的)?(\p{Han}{1,6}?)(?:给)?(?:退|换)|^(?:这|那|我的?)?(?:个|件|双|款|台|条|把|盏)?(?:的)?(\p{Han}{2,6})太(?:小|大|紧|松|短|长)`)
	anyThing = re(`\b(orders?|items?|purchases?|products?|things?|stuff|parcels?|packages?|shipments?|money|ones?|all|everything|rest|goods|payment|address|delivery|it|last|latest|first|second|third|other|whole|for|to|because|and|or|in|with|back|please)\b`, `订单|东西|商品|产品|货|单|包裹|快递|钱|款|这|那|都|全部|一起|了|吧|掉`)
)

// thingOf is what a message names as the goods that it is about: "" when it names none, or only "the order".
func thingOf(low string) string {
	if m := thingEN.FindStringSubmatch(low); m != nil {
		var words []string
		for _, w := range strings.Fields(m[1]) {
			if anyThing.MatchString(w) {
				break
			}
			words = append(words, w)
		}
		return strings.Join(words, " ")
	}
	if m := thingZH.FindStringSubmatch(low); m != nil && !anyThing.MatchString(m[1]+m[2]+m[3]) {
		return m[1] + m[2] + m[3]
	}
	return ""
}

// fits tells whether an action is possible for an order, or the one that stands for it there.
func fits(kind string, o shop.OrderCard) bool {
	has := func(k string) bool { return slices.Contains(o.Actions, k) }
	switch kind {
	case action.ExchangeItems, action.ChangeItems:
		return has(action.ExchangeItems) || has(action.ChangeItems)
	case action.ReturnItems:
		return has(kind) || has(action.Cancel)
	}
	return has(kind)
}

// itemOf tells whether a message names an item of an order.
func itemOf(low string, o shop.OrderCard) bool {
	return slices.ContainsFunc(o.Items, func(it shop.Item) bool { return mentions(low, it) > 0 })
}

// undivided keeps an action's parts together: its reason, a name, an address are no wishes of their own.
func undivided(acts []act) []act {
	at := slices.IndexFunc(acts, func(a act) bool { return a.kind == orderChange && actionOf(a.low) != "" })
	if at < 0 {
		return acts
	}
	var all []string
	for _, a := range acts {
		all = append(all, a.raw)
	}
	whole := listenAs(orderChange, strings.Join(all, ", "))
	var out []act
	for i, a := range acts {
		switch {
		case i == at:
			out = append(out, whole)
		case a.wants || a.kind == coupons || a.kind == policy || a.kind == human || a.kind == compare:
			out = append(out, a)
		}
	}
	return out
}

// oneOrder is the order of a number, or the latest, with some others; what there is to say instead is said.
func (t *turn) oneOrder(number string) (o shop.OrderCard, others []otherOrder, ok bool) {
	r := t.call("order_status", tools.OrderInput{Order: number})
	if r.pending {
		return o, nil, false
	}
	if !r.ok {
		t.trouble(r)
		return o, nil, false
	}
	out := decode[ordersOut](r)
	switch {
	case len(out.Orders) == 0 && number != "":
		t.say("order_missing", prompts.Say{})
	case len(out.Orders) == 0:
		t.say("no_orders", prompts.Say{})
	default:
		return out.Orders[0], out.Others, true
	}
	return o, nil, false
}

// cannot says where the order stands, what may be asked for instead, and the text that applies.
func (t *turn) cannot(kind string, o shop.OrderCard, a act) {
	say := prompts.Say{Kind: kind, Order: prompts.Order{ID: clean(o.ID), Status: clean(o.Status), Placed: o.Placed, Total: o.Total.String()}}
	for _, k := range o.Actions {
		if k != kind {
			say.Names = append(say.Names, strings.TrimSpace(t.block("action", prompts.Say{Kind: k})))
		}
	}
	qs, ok := t.passages(t.topicFor(kind, a), nil)
	if !ok {
		return
	}
	say.Quotes = qs
	t.say("action_refused", say)
	t.cite(qs)
	t.say("next_action", say)
}

// topicFor is what the policies are asked about an action that is not possible.
func (t *turn) topicFor(kind string, a act) string {
	if kind == action.CompensateLate {
		if t.lang() == "zh" {
			return "包裹延误 晚到"
		}
		return "late delayed parcel"
	}
	return topicOf(a.low, t.lang(), a.raw)
}

// propose asks for a proposal and says what it is.
func (t *turn) propose(kind string, in any) {
	r := t.call(kind, in)
	if r.pending {
		return
	}
	if !r.ok {
		t.say("action_failed", prompts.Say{Kind: kind, Reason: clip(strings.TrimRight(clean(r.text), " .。"), 200)})
		return
	}
	out := decode[struct {
		Proposal shop.ProposalCard `json:"proposal"`
	}](r)
	t.say("proposed", prompts.Say{Kind: kind, Summary: clip(clean(out.Proposal.Summary), 300)})
}

type saidReason struct {
	re     *pattern
	reason string
}

var (
	cancelReasons = []saidReason{
		{re(`\b(mistake|accident\w*|wrong|twice)\b`, `误|错|重复`), "ordered by mistake"},
		{re(`\bcheaper\b`, `便宜`), "found it cheaper"},
		{re(`\b(too long|slow|late)\b`, `太慢|太久|等不`), "takes too long"},
	}
	returnReasons = []saidReason{
		{re(`\b(wrong (item|product|one|thing|size|colou?r))\b`, `发错|寄错`), "wrong item"},
		{re(`\b(broken|damaged|defective|faulty|cracked|dead)\b|\b(not|n't|stopped) work`, `坏|破|损|裂|故障|不能用|用不了|质量`), "faulty"},
		{re(`\btoo (small|tight|short)\b`, `太?(小|紧|短)了?`), "too small"},
		{re(`\btoo (big|large|loose|long)\b`, `太?(大|松|长)了?`), "too big"},
		{re(`\b(not as described|different from|not what)\b`, `描述不符|不一样|不符`), "not as described"},
		{re(`\b(late|too long)\b`, `太晚|太慢|迟`), "arrived late"},
		{re(`\b(changed my mind|don'?t (like|want|need)|no longer|not needed)\b`, `不想要|不喜欢|不需要|不要了|改主意`), "changed my mind"},
	}
)

func reasonOf(low string, reasons []saidReason, or string) string {
	for _, r := range reasons {
		if r.re.MatchString(low) {
			return r.reason
		}
	}
	return or
}

// piecesOf are the items of an order that a message means, by their refs: all of them, the only one, or those whose titles it has
// more words of than of the others'. titles are all there are.
func piecesOf(o shop.OrderCard, low string) (refs, titles []string) {
	all := wholeRE.MatchString(low)
	most := 0
	for _, it := range o.Items {
		titles = append(titles, clip(clean(it.Title), 60))
		most = max(most, mentions(low, it))
	}
	for _, it := range o.Items {
		switch {
		case all:
			for range max(1, it.Qty) {
				refs = append(refs, it.Ref())
			}
		case len(o.Items) == 1, most > 0 && mentions(low, it) == most:
			refs = append(refs, it.Ref())
		}
	}
	if !all && len(refs) == len(o.Items) && len(refs) > 1 { // its words tell none apart
		refs = nil
	}
	return refs, titles
}

var wholeRE = re(`\b(all|everything|whole|both|complete)\b`, `全部|所有|整单|都`)

// mentions counts the words of an item's title that a message has.
func mentions(low string, it shop.Item) int {
	said, best := stems(low), 0
	for _, title := range []string{it.Title, it.TitleZH} {
		n := 0
		for _, w := range content(strings.ToLower(title)) {
			for _, s := range stems(w) {
				if slices.Contains(said, s) {
					n++
				}
			}
		}
		best = max(best, n)
	}
	return best
}

func (t *turn) giveBack(a act, o shop.OrderCard) {
	refs, titles := piecesOf(o, a.low)
	if len(refs) == 0 {
		t.say("ask_items", prompts.Say{Names: titles, Order: prompts.Order{ID: clean(o.ID)}})
		return
	}
	reason := reasonOf(a.low, returnReasons, "")
	if reason == "" {
		t.say("ask_reason", prompts.Say{Order: prompts.Order{ID: clean(o.ID)}})
		return
	}
	t.propose(action.ReturnItems, tools.ReturnInput{Order: o.ID, Items: refs, Reason: reason})
}

// swap finds the form that is meant: the one of the same product whose words the message has.
func (t *turn) swap(kind string, a act, o shop.OrderCard) {
	refs, titles := piecesOf(o, a.low)
	if len(refs) != 1 {
		t.say("ask_items", prompts.Say{Names: titles, Order: prompts.Order{ID: clean(o.ID)}})
		return
	}
	old := o.Items[slices.IndexFunc(o.Items, func(it shop.Item) bool { return it.Ref() == refs[0] })]
	r := t.call("get_product", tools.ProductInput{ID: old.Product})
	if r.pending {
		return
	}
	if !r.ok {
		t.trouble(r)
		return
	}
	p := decode[productOut](r).Product
	to, forms := variant(p.Variants, old, a.low)
	switch {
	case to == "" && len(forms) == 0:
		t.say("no_forms", prompts.Say{First: prompts.Item{Name: clip(clean(old.Title), 60)}})
	case to == "":
		t.say("ask_form", prompts.Say{First: prompts.Item{Name: clip(clean(old.Title), 60)}, Names: forms})
	default:
		t.propose(kind, tools.ItemsInput{Order: o.ID, Items: refs, New: []string{to}})
	}
}

// variant is the one that has the values a message names and else those of the old item; "" with the forms there are.
func variant(all []shop.Variant, old shop.Item, low string) (id string, forms []string) {
	best, most, ties := "", 0, 0
	for _, v := range all {
		if v.ID == old.Variant || v.Stock != nil && *v.Stock <= 0 {
			continue
		}
		score, fits := 0, true
		var words []string
		for _, at := range v.Attributes {
			value := strings.ToLower(at.Value.String())
			words = append(words, at.Value.String())
			kept := slices.ContainsFunc(old.Options, func(o shop.Attribute) bool { return o.Name == at.Name && o.Value.String() == at.Value.String() })
			switch named := wordIn(low, value); {
			case named && !kept:
				score += 2
			case kept:
				score++
			default:
				fits = false
			}
		}
		forms = append(forms, strings.Join(words, " "))
		if !fits || score <= len(v.Attributes) {
			continue
		}
		if score > most {
			best, most, ties = v.ID, score, 0
		} else if score == most {
			ties++
		}
	}
	if ties > 0 {
		best = ""
	}
	return best, forms[:min(len(forms), 12)]
}

func wordIn(low, value string) bool {
	if value == "" {
		return false
	}
	at := strings.Index(low, value)
	for at >= 0 {
		before, after := byte(' '), byte(' ')
		if at > 0 {
			before = low[at-1]
		}
		if end := at + len(value); end < len(low) {
			after = low[end]
		}
		if !wordByte(before) && !wordByte(after) {
			return true
		}
		next := strings.Index(low[at+1:], value)
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return false
}

func wordByte(b byte) bool { return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' }

var addressRE = regexp.MustCompile(`(?i)(?:\bto\b|:|：|改成|改为|改到|改寄到|寄到|换成)\s*((?:\d|p\.?\s?o\.? box)[^,，]{2,80}?)[,，]\s*(?:((?:apt|suite|unit|floor|#)[^,，]{1,30})[,，]\s*)?([^,，]{2,40})[,，]\s*([A-Za-z]{2})\s+(\d{5}(?:-\d{4})?)`)

// address reads an address that is written as envelopes have it; asks for it else.
func (t *turn) address(kind string, a act, order string) {
	m := addressRE.FindStringSubmatch(a.raw)
	if m == nil && len(t.mem.wish) < len(a.raw) { // the answer to the question for it is the address alone
		m = addressRE.FindStringSubmatch(": " + strings.TrimLeft(a.raw[len(t.mem.wish):], ". "))
	}
	if m == nil {
		t.say("ask_address", prompts.Say{Order: prompts.Order{ID: clean(order)}})
		return
	}
	to := tools.AddressInput{Line1: strings.TrimSpace(m[1]), Line2: strings.TrimSpace(m[2]), City: strings.TrimSpace(m[3]), Region: strings.ToUpper(m[4]), Postal: m[5], Country: "US"}
	if kind == action.DefaultAddress {
		t.propose(kind, to)
		return
	}
	t.propose(kind, tools.OrderAddressInput{Order: order, AddressInput: to})
}

var methodWords = map[string]*pattern{
	"paypal": re(`\bpay ?pal\b`, `贝宝`), "gift_card": re(`\bgift ?card\b`, `礼品卡`), "card": re(`\b(credit|debit|bank)? ?card\b`, `信用卡|银行卡`),
}

func (t *turn) payment(a act, o shop.OrderCard) {
	r := t.call("my_account", struct{}{})
	if r.pending {
		return
	}
	if !r.ok {
		t.trouble(r)
		return
	}
	out := decode[struct {
		Methods []shop.PaymentMethod `json:"methods"`
	}](r)
	var fit, names []string
	gift := methodWords["gift_card"].MatchString(a.low)
	for _, m := range out.Methods {
		names = append(names, clip(clean(action.Label(m)), 40))
		if w := methodWords[m.Kind]; w != nil && w.MatchString(a.low) && (m.Kind != "card" || !gift) {
			fit = append(fit, m.ID)
		}
	}
	if len(fit) != 1 {
		t.say("ask_method", prompts.Say{Names: names, Order: prompts.Order{ID: clean(o.ID)}})
		return
	}
	t.propose(action.ChangePayment, tools.PaymentInput{Order: o.ID, Method: fit[0]})
}
