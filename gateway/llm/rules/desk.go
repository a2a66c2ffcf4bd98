package rules

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"shopkeeper/prompts"
	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
	"shopkeeper/shop/action"
	"shopkeeper/tools"
)

// coupons answers what can be saved: on the product meant, by a code, or at all.
func (t *turn) coupons(a act) {
	in := tools.CouponsInput{Code: a.code}
	var p picked
	b, ok := t.listed()
	if !ok {
		return
	}
	rest := couponWords.ReplaceAllString(a.low, " ")
	if a.code != "" {
		rest = strings.ReplaceAll(rest, strings.ToLower(a.code), " ")
	}
	words := content(refRE.ReplaceAllString(rest, " "))
	switch {
	case a.refs.some() || a.refs.it || len(words) > 0 && a.code == "":
		var miss miss
		if p, miss = t.target(a, words); miss == goods {
			// Goods that were not shown: what is open for the best of them.
			card, ok := t.look(tools.SearchInput{Query: strings.Join(words, " ")})
			if !ok {
				return
			}
			if len(card.Shown) > 0 {
				p = picked{card.Shown[0], 0}
			}
		} else if miss == pending || miss == answered {
			return
		}
	case t.aim.ID != "":
		p = t.aim
	case len(t.mem.focus) == 1 && t.mem.lately():
		p = picked{t.mem.focus[0], t.mem.place(t.mem.focus[0].ID)}
	case b.focus.some():
		if ps, ok := choose(b.focus, b.list); ok && len(ps) > 0 {
			p = ps[0]
		}
	}
	in.Product = p.ID
	t.offers(in, p)
}

func (t *turn) offers(in tools.CouponsInput, p picked) {
	r := t.call("find_coupons", in)
	if r.pending {
		return
	}
	if !r.ok {
		t.trouble(r)
		return
	}
	out := decode[struct {
		Coupons []shop.CouponCard `json:"coupons"`
	}](r)
	say := prompts.Say{First: prompts.Item{}}
	if p.ID != "" {
		say.First = p.item()
	}
	switch {
	case len(out.Coupons) == 0 && in.Code != "":
		t.say("no_code", say)
		return
	case len(out.Coupons) == 0:
		t.say("no_coupons", say)
		t.say("next_coupons", say)
		return
	}
	for _, c := range out.Coupons {
		if c.Applies {
			say.Total++
		}
	}
	if in.Code == "" {
		t.say("coupons_for", say)
	}
	shown := 0
	for _, c := range out.Coupons {
		if shown == 3 || in.Code == "" && !c.Applies && (say.Total > 0 || shown > 0) {
			break
		}
		shown++
		t.offer(c, in.Code != "" || say.Total < 2)
	}
	t.say("next_coupons", say)
}

// offer is one coupon in a sentence or two.
func (t *turn) offer(c shop.CouponCard, conditions bool) {
	say := prompts.Say{Coupon: prompts.Coupon{
		Title: quotable(clip(clean(c.Title), 80)), Code: clean(c.Code), Starts: c.Starts, Ends: c.Ends, Applies: c.Applies, Reason: c.Reason,
	}}
	if c.Saves != nil {
		say.Coupon.Saves = c.Saves.String()
	}
	if !c.Applies {
		say.Reason = strings.TrimSpace(t.block("reason", prompts.Say{Kind: c.Reason, Coupon: say.Coupon}))
	}
	t.say("coupon", say)
	for _, w := range c.Conditions {
		if w = clean(w); w != "" && len(say.Coupon.Conditions) < 4 {
			say.Coupon.Conditions = append(say.Coupon.Conditions, clip(w, 120))
		}
	}
	if conditions && len(say.Coupon.Conditions) > 0 {
		t.say("coupon_conditions", say)
	}
}

// haggle says that prices are fixed, and what may be saved all the same.
func (t *turn) haggle(a act) {
	t.say("haggle", prompts.Say{})
	a.code = ""
	b, ok := t.listed()
	if !ok {
		return
	}
	var p picked
	switch {
	case a.refs.some():
		if ps, ok := choose(a.refs, b.list); ok && len(ps) > 0 {
			p = ps[0]
		}
	case len(t.mem.focus) == 1 && t.mem.lately():
		p = picked{t.mem.focus[0], t.mem.place(t.mem.focus[0].ID)}
	case len(b.list) > 0 && a.refs.it:
		p = picked{b.list[0], 1}
	}
	t.offers(tools.CouponsInput{Product: p.ID}, p)
}

// ordersOut is order_status's output.
type ordersOut struct {
	Orders []shop.OrderCard `json:"orders"`
	Others []otherOrder     `json:"others"`
}

type otherOrder struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

var (
	whenRE    = re(`\bwhen\b|\bhow long\b|\barriv\w*|\bget here\b|\beta\b`, `什么时候|几时|哪天|多久|几天|多少天`)
	placedRE  = re(`\bdid i\b|\bi (ordered|bought)\b`, `我.{0,4}(下单|买)`)
	contentRE = re(`\bwhat (did|have) i\b|\bwhat('s| is| was) (in|inside)\b`, `买(过|了)(什么|哪些|啥)|(有|是)(什么|哪些)(商品|东西)`)
)

// orders shows an order's state, or only what is asked of it: when it comes, what is in it.
func (t *turn) orders(a act) {
	number, spoken := a.order, t.mem.orders
	if number == "" && spoken {
		number = t.mem.order
	}
	for _, h := range slices.Backward(t.mem.untold) { // where only words travel
		if i := slices.IndexFunc(h.acts, func(b act) bool { return b.kind == orders }); i >= 0 {
			spoken, number = true, cmp.Or(number, h.acts[i].order)
		}
		break
	}
	if !spoken && a.order == "" && dueRE.MatchString(strings.Trim(a.low, " .!?,。，！？")) && !t.mem.fresh {
		t.policy(a) // of goods that are looked at
		return
	}
	t.orderStatus(number, a.low)
}

// dueRE asks when something comes without saying what.
var dueRE = re(`^(and )?when (will|does|do|is|can|would) (it|they|this|that|i) (arrive|come|ship|get here|get it|be (delivered|here|shipped)|expect it)\b`, `^(那|那么|它|这个|大概|预计|请问)*(什么时候|几时|哪天|多久|几天|多少天)(能|可以|会|才能)*(到|送到|送达|收到|到货)(货)?(呢|啊|了|呀)?$`)

func (t *turn) orderStatus(number, low string) {
	r := t.call("order_status", tools.OrderInput{Order: number})
	if r.pending {
		return
	}
	if !r.ok {
		t.trouble(r)
		return
	}
	out := decode[ordersOut](r)
	if len(out.Orders) == 0 {
		if number != "" {
			t.say("order_missing", prompts.Say{})
		} else {
			t.say("no_orders", prompts.Say{})
		}
		return
	}
	o := out.Orders[0]
	say := prompts.Say{Order: prompts.Order{ID: clean(o.ID), Status: clean(o.Status), Placed: o.Placed, Total: o.Total.String()}}
	for _, it := range o.Items {
		say.Order.Items = append(say.Order.Items, clip(clean(it.Title), 60))
	}
	when, inside := whenRE.MatchString(low) && !placedRE.MatchString(low), contentRE.MatchString(low)
	if !when {
		t.say("order", say)
	}
	if inside && len(say.Order.Items) > 0 {
		t.say("order_items", say)
	}
	if n := len(o.Shipments); n > 0 {
		s := o.Shipments[n-1]
		say.Order.Carrier, say.Order.Tracking, say.Order.State = clean(s.Carrier), clean(s.Tracking), s.State
		if s.State != "delivered" && s.State != "returned" {
			say.Order.Expected = s.Expected
		}
		if k := len(s.Events); k > 0 {
			e := s.Events[k-1]
			say.Order.Last, say.Order.Where, say.Order.At = quotable(clip(clean(e.Text), 80)), clip(clean(e.Place), 40), &e.At
		}
		if !when && !inside {
			t.say("shipment", say)
		}
	} else if !when && (o.Status == "pending" || o.Status == "paid" || o.Status == "processed") {
		t.say("no_shipment", say)
	}
	if when {
		t.say("eta", say)
		t.say("next_order", say)
		return
	}
	var others []string
	for _, x := range out.Others {
		if id := clean(x.ID); id != "" && len(others) < 3 {
			others = append(others, id)
		}
	}
	if len(others) > 0 && number == "" {
		t.say("orders_more", prompts.Say{Names: others})
	}
	t.say("next_order", say)
}

// topic is what a request about orders or rules is looked up under.
var topics = []struct {
	re     *pattern
	en, zh string
}{
	{re(`\bcancel`, `取消`), "cancel an order", "取消订单"},
	{re(`\baddress\b|\bredirect\b`, `地址`), "change the delivery address of an order", "修改收货地址"},
	{re(`\bexchang`, `换货|退换`), "exchange an item", "换货"},
	{re(`\brefund|\bmoney back\b`, `退款`), "refund", "退款"},
	{re(`\breturn|\bsend .*back\b`, `退`), "return an item", "退货"},
	{re(`\b(broken|damaged|defective|faulty|cracked|work|working|wrong|missing)\b`, `坏|破损|损坏|碎|裂|问题|质量|不能用|用不了|发错|寄错|少发|漏发`), "damaged, defective or wrong item", "商品损坏 质量问题 发错货"},
	{re(`\b(arriv\w*|late|receiv\w*|waiting|deliver\w*)\b`, `没收到|没有收到|还没|太慢|一直没`), "late or lost delivery", "配送 延误 丢失"},
}

func topicOf(low, lang, or string) string {
	for _, x := range topics {
		if x.re.MatchString(low) {
			if lang == "zh" {
				return x.zh
			}
			return x.en
		}
	}
	return or
}

// passages looks up the policies; nil with ok: there are none that say anything about it.
func (t *turn) passages(query string, about *pattern) ([]prompts.Quote, bool) {
	r := t.call("search_policies", tools.PoliciesInput{Query: clipRunes(query, 400)})
	if r.pending {
		return nil, false
	}
	if r.missing {
		return nil, true
	}
	if !r.ok {
		t.trouble(r)
		return nil, false
	}
	out := decode[struct {
		Passages []shop.PolicyCard `json:"passages"`
	}](r)
	var qs []prompts.Quote
	for _, p := range out.Passages {
		if about != nil && !about.MatchString(strings.ToLower(p.Section+" "+p.Quote)) {
			continue
		}
		if s := quotable(sentences(p.Quote, 320)); len(s) > 24 && !versionRE.MatchString(s) { // a heading says nothing
			qs = append(qs, prompts.Quote{Document: clip(clean(p.Document), 60), Section: clip(clean(p.Section), 60), Text: s})
		}
	}
	return qs, true
}

// versionRE is what stands under a document's title.
var versionRE = re(`(?i)^(?:version|版本)\s*[\d.-]+\D`)

// cite quotes the first passage.
func (t *turn) cite(qs []prompts.Quote) {
	if len(qs) > 0 {
		t.say("quote", prompts.Say{Quotes: qs[:1]})
	}
}

// rule is what a question about the shop's rules is looked up under: its own words without those of asking, and what the
// shop's text would call it.
func (t *turn) rule(a act) (query string, known bool) {
	words := content(a.low)
	for _, r := range rules {
		if r.re.MatchString(a.low) {
			if t.zh { // its own words are the same ones, and characters would count twice
				return r.zh, true
			}
			return strings.Join(append(words, r.en), " "), true
		}
	}
	if len(words) == 0 {
		return a.raw, true
	}
	return strings.Join(words, " "), false
}

// sharing matches a text that has one of the words, or in Chinese two characters of them in a row.
func sharing(words []string) *pattern {
	var parts []string
	for _, w := range words {
		switch r := []rune(w); {
		case text.Lang(w) == "zh":
			for i := range len(r) - 1 {
				parts = append(parts, regexp.QuoteMeta(string(r[i:i+2])))
			}
		case len(r) > 3:
			parts = append(parts, `\b`+regexp.QuoteMeta(string(r[:max(4, len(r)-2)])))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return re(parts...)
}

// mostly tells whether a text has more than half of the words: a passage on gift cards does not tell about gift wrapping.
func mostly(words []string, passage string) bool {
	n, all := 0, 0
	low := strings.ToLower(passage)
	for _, w := range words {
		if about := sharing([]string{w}); about != nil {
			all++
			if about.MatchString(low) {
				n++
			}
		}
	}
	return all == 0 || 2*n > all
}

var rules = []struct {
	re     *pattern
	en, zh string
}{
	{re(`\b(get|have|receive) (it|this|that|them) (by|before|until|today|tomorrow|this week|next week|on)\b`, `(今天|明天|后天|周|星期[一二三四五六日天]).{0,5}(到|送达)`, `\b(how long|how many days|how fast|how soon|when|time|times)\b.*\b(ship|shipping|deliver|delivery|arrive|delivered)`, `\b(ship|shipping|deliver|delivery)\b.*\b(how long|days|time|times|fast)`, `(几|多少)天(能|可以)?(到|送|收)|多久(能)?(到|送)|配送时间|发货时间|什么时候(发货|送到)`), "delivery takes business days", "配送 时效 工作日 送达"},
	{re(`\b(free|cost|costs|fee|fees|charge|charges|much|price)\b.*\b(ship|shipping|deliver|delivery|postage)`, `\b(shipping|delivery)\b.*\b(cost|costs|fee|fees|free|charges?|much)`, `运费|包邮|免邮|邮费|配送费`), "shipping cost free from", "运费 标准配送 免运费"},
	{re(`\bship(ping)? to\b|\babroad\b|\binternational\w*|\boverseas\b|\bcountr(y|ies)\b`, `海外|国外|国际|寄到|送到哪`), "ship to countries abroad", "配送 国家 地区 海外"},
	{re(`\bhow (do|can|to)\b.*\b(return|send)`, `怎么退|如何退`), "how to return", "如何退货"},
	{re(`\brefund|\bmoney back\b`, `退款|退钱`), "refund money back", "退款"},
	{re(`\bexchang`, `换货`), "exchange", "换货"},
	{re(`\breturn`, `退货|可以退|能退|能不能退|无理由|退换`), "return within days of delivery", "退货 天内 可以退"},
	{re(`\bwarrant|\bguarantee`, `保修|质保`), "warranty covers months", "质保 保修 期限"},
	{re(`\bpay|\bpayment|\bcards?\b|\bpaypal\b|\bklarna\b|\binstal?lment`, `支付|付款|怎么付|信用卡|支付宝|微信|分期|货到付款`), "pay payment methods", "支付方式 付款"},
	{re(`\bprice[- ]match|\bcheaper (anywhere|somewhere|elsewhere)`, `便宜|保价|价保`), "price match lower price elsewhere", "保价 价格匹配 其他商店"},
	{re(`\b(opening|business|office) hours\b`, `营业时间|工作时间|几点(上班|下班|开门|关门|营业)`), "contact customer service hours", "联系 客服 时间"},
	{re(`\bprivacy|\bdata\b`, `隐私|个人信息|数据`), "privacy personal data", "隐私 个人信息"},
	{re(`\binvoice|\breceipt`, `发票|收据`), "invoice", "发票"},
	{re(`\bmember|\bloyalty|\bpoints\b`, `会员|积分`), "members levels", "会员 等级"},
}

func (t *turn) policy(a act) {
	query, known := t.rule(a)
	var about *pattern
	if !known { // no rule that shops have: only what shares a word with the question is an answer to it
		about = sharing(content(a.low))
	}
	qs, ok := t.passages(query, about)
	if !ok {
		return
	}
	if !known {
		qs = slices.DeleteFunc(qs, func(q prompts.Quote) bool { return !mostly(content(a.low), q.Section+" "+q.Text) })
	}
	if len(qs) == 0 {
		t.say("no_policy", prompts.Say{})
		return
	}
	t.say("policy", prompts.Say{})
	t.cite(qs)
	t.say("next_policy", prompts.Say{})
}

var purchaseRE = re(`\bcart\b|\bbasket\b|\bcheck ?out\b|\bplace (an|my|the) order\b|\b(buy|order|purchase) (it|this|that|the)\b|\b(ll|will) (take|have|buy)\b`, `下单|购物车|购买|买了|买下|买(第|这|那|它)|(怎么|如何|哪里|在哪里?|在哪儿)(能|可以)?买|要(这|它|第)|都(要|买)`)

func (t *turn) changeOrder(a act) {
	kind := actionOf(a.low)
	if kind != action.Reorder && kind != action.Cancel && purchaseRE.MatchString(a.low) {
		t.say("cannot_buy", prompts.Say{})
		return
	}
	if kind != "" && t.actOn(kind, a) {
		return
	}
	qs, ok := t.passages(topicOf(a.low, t.lang(), a.raw), nil)
	if !ok {
		return
	}
	t.say("order_change", prompts.Say{Quotes: qs})
	t.cite(qs)
	t.say("next_order", prompts.Say{})
}

var (
	contactRE = re(`\bcontact\b|\be-?mail\b|\bphone\b|\bcall\b|\bsupport\b|\bcustomer service\b|@`, `客服|联系|电话|邮箱`)
	remedyRE  = re(`\bdamage|\bdefect|\breturn|\brefund|\bbroken|\bfaulty|\bexchange|\blate\b|\blost\b|\bdelay|\bwarranty`, `损坏|质量|退|换货|破损|延误|丢失|保修`)
)

func (t *turn) human(a act) {
	if t.req.Task == drafts {
		t.say("human", prompts.Say{})
		return
	}
	if !reachRE.MatchString(a.low) {
		summary := "The shopper asks for a person: "
		if t.zh {
			summary = "顾客请求人工客服："
		}
		r := t.call("hand_off", tools.HandoffInput{Reason: "asked_for_person", Summary: clip(summary+t.said.text, 300)})
		if r.failed {
			t.trouble(r)
		}
		if !r.missing {
			return
		}
	}
	query := "contact customer service"
	if t.zh {
		query = "联系客服"
	}
	qs, ok := t.passages(query, contactRE)
	if !ok {
		return
	}
	t.say("human", prompts.Say{Quotes: qs})
	t.cite(qs)
	t.say("human_after", prompts.Say{Quotes: qs})
}

// complain is sorry first, cites what applies, and for an order that did not come says where it stands.
func (t *turn) complain(a act) {
	var qs []prompts.Quote
	if topic := topicOf(a.low, t.lang(), ""); topic != "" { // "what a terrible shop": no rule is an answer to that
		var ok bool
		if qs, ok = t.passages(topic, remedyRE); !ok {
			return
		}
	}
	t.say("complaint", prompts.Say{Quotes: qs})
	t.cite(qs)
	if a.order != "" || missingRE.MatchString(a.low) {
		t.orderStatus(a.order, "")
		return
	}
	if len(qs) > 0 { // else its number was asked for already
		t.say("complaint_after", prompts.Say{})
	}
}

var missingRE = re(`\b(order|package|parcel|delivery)\b.{0,30}\b(arriv\w*|late|receiv\w*|come|came|here)\b|\b(arriv\w*|receiv\w*|waiting for)\b.{0,30}\b(order|package|parcel)\b`, `没(有)?收到|还没(有)?到`)

// orderOf reads the number of the order that an output told of first.
func orderOf(output string) string {
	var out ordersOut
	if json.Unmarshal([]byte(output), &out) != nil || len(out.Orders) == 0 {
		return ""
	}
	return out.Orders[0].ID
}
