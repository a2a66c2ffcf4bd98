package assistant

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// deed sorts what a claim is about.
type deed string

const (
	refunds    deed = "refund"
	cancels    deed = "cancel"
	addresses  deed = "address"
	payments   deed = "payment"
	exchanges  deed = "exchange"
	returns    deed = "return"
	reorders   deed = "reorder"
	invoices   deed = "invoice"
	gifts      deed = "gift"     // vouchers, discounts, credit, things for nothing
	handoffs   deed = "handoff"  // passed on to a person
	contacts   deed = "contact"  // wrote to or called somebody, or will
	guarantees deed = "warrant"  // a guarantee by word alone
	anything   deed = "anything" // done, processed, taken care of
)

// deedsOf are what the tools do.
var deedsOf = map[string][]deed{
	"cancel_order": {cancels, refunds}, "return_items": {returns, refunds}, "exchange_items": {exchanges}, "change_items": {exchanges}, "change_address": {addresses},
	"change_default_address": {addresses}, "change_payment": {payments}, "compensate_late": {refunds, gifts}, "reorder": {reorders}, "request_invoice": {invoices}, "hand_off": {handoffs},
}

// byTools are the deeds that tools alone do.
var byTools = map[deed]bool{refunds: true, cancels: true, addresses: true, payments: true, exchanges: true, returns: true, reorders: true, invoices: true}

// stands are the statuses of orders that say what was done with them.
var stands = map[string][]deed{
	"cancelled": {cancels, refunds}, "return_requested": {returns, refunds}, "returned": {returns, refunds}, "exchange_requested": {exchanges}, "exchanged": {exchanges},
}

type tense int

const (
	past tense = iota // it is done
	future
	offered // the shop gives something
)

// claim is a way to say that something was done, will be done or is given. Its expression begins with an opener. Where it has
// a group, that is the deed: those that are safe are none.
type claim struct {
	re      *regexp.Regexp
	tense   tense
	passive bool
	first   bool // only at the beginning of a sentence
	safe    map[string]bool
	hint    hints  // words, of which a sentence has one
	zh      string // characters, of which it has one
}

// What an assistant does by talking and looking things up is no deed of the shop.
var (
	safePast = wordSet(`looked found searched compared sorted listed prepared checked understood noted kept left filtered picked chosen chose seen saw read shown showed meant said told
		thought assumed tried missed need needed indeed been had got gotten heard felt put took taken based limited ruled ignored recommended suggested proposed asked used translated summarized
		summarised explained answered mentioned described counted wanted hoped liked hundred red related narrowed wondered guessed
		considered preferred rated spotted noticed learned realised realized`)
	safeBase = wordSet(`look search find show compare list check keep try prepare explain tell help suggest recommend need take choose go be see sort filter pick start stay stick focus
		narrow answer describe read stop wait leave note remember summarize summarise translate count calculate have get know assume say ask walk guide point remind bring use not never only
		gladly happily briefly quickly do add rank skip think consider understand hand connect refer give continue repeat rephrase clarify double`)
	safeIng = wordSet(`looking searching checking trying going thinking comparing finding reading listing showing hoping wondering waiting having missing being guessing assuming talking
		speaking happy sorting asking working seeing following learning suggesting recommending getting doing during considering preparing counting using`)
	safeFact = wordSet(`placed shipped delivered handed paid packed expected received ordered made rated sold found listed shown meant included needed required based scanned left arrived
		named called picked printed built designed priced reviewed located marked stated written used known dated signed due also not still in on at`)
	safeWill = wordSet(`take cost need depend vary not only have stay`)
)

// Words between the beginning of a claim and its deed.
const (
	aside   = `(?:(?:now|already|just|also|then|even|successfully|gladly|happily|immediately|personally|manually|promptly|quickly|right away|straight away|of course|certainly|definitely|still|soon|shortly|fully|today|hereby|kindly|all|both|gone ahead and|go ahead and|went ahead and|taken the liberty of|managed to|be able to|make sure to|be sure to|make sure(?: that)? (?:you|it|this)|see to it that you|try to|be happy to|be glad to)[ ,]+){0,4}`
	irreg   = `sent|made|done|put|taken|took|given|gave|got|gotten|written|wrote|spoken|spoke|told|found|kept|left|set|brought|bought|paid|held|seen|saw|shown|gone|went|begun|began|chosen|chose|built|reset|cut|let|met|heard|felt|thought|understood|meant|said|sold|lost|cancelled|read|swapped|rang|overrode|undone|undid|resent|rebooked`
	doer    = `(?:somebody|someone|a (?:courier|colleague|manager|specialist|driver|technician|supervisor|human agent)|one of (?:us|our \w+|my \w+)|our (?:\w+ )?(?:team|warehouse|manager|staff|colleagues?|department|shop|store)|my (?:colleagues?|manager|team|boss|supervisor)|the (?:\w+ )?(?:shop|team|store|warehouse|seller|manager|courier|department|supervisor)|finance|they)(?: (?:from|of|in|at) (?:our|the|my) \w+)?`
	process = `(?:refund|cancell?ation|replacement|reimbursement|compensation|(?:return )?label|pick-?up|complaint|(?:warranty )?claim|ticket|case|request|exchange|voucher|coupon|credit|return|money|payment|difference|call-?back|gift ?card)`
	headed  = `(?:refund|cancell?ation|replacement|address|order|return|exchange|invoice|label|claim|voucher|payment|request|discount|compensation)`
	things  = `(?:order|parcel|package|shipment|delivery|shipping|address|invoice|price|fee|account|password|amount|item|lamp|balance|subscription|return window|deadline|points)`
	strong  = `(?:refunded|reimbursed|credited|compensated|cancell?ed|changed|updated|corrected|replaced|exchanged|issued|processed|approved|authori[sz]ed|applied|escalated|forwarded|waived|reshipped|resent|re-?sent|reordered|upgraded|extended|initiated|granted|submitted|transferred|redirected|rerouted|expedited|taken care of|sorted out|settled|resolved|arranged|reversed|returned to (?:your|the)|sent (?:back )?to (?:your|you)|paid (?:back|out)|added to (?:your|the) (?:account|order)|informed|notified|contacted|adjusted|completed|shipped out to you|accepted|logged)`
	giving  = `(?:refund|replacement|money|reimbursement|voucher|coupon|credit|compensation|gift ?card|cancellation|exchange|rebate|discount)`
	gift    = `(?:vouchers?|coupons?|gift ?cards?|store credit|discounts?|rebates?|cash ?back|compensation|promo codes?|free (?:of charge|shipping|delivery|gifts?|replacement|return label|returns?|sample|item|upgrade|express \w+|product)|for free|on us|on the house|no charge|no (?:extra )?cost|without charge|cover the|covering the|drop(?:ped)? the price|lower(?:ed)? the price|reduced? the price|match(?:ed)? the price|exceptions?|loyalty points|bonus|goodwill|complimentary|off (?:your|the|this|it)|something off|won't charge|(?:employee|staff|special|better|secret) price|half price|% off|percent off|upgrade|priority (?:shipping|handling))`
	actor   = `(?:i|i'll|i'm|i've|i'd|we|we'll|we're|we've|we'd|me|us|my|our|here's|here is|please accept|accept|you|you've|you'll|there's|there is|there will be|as an?|let me|your|this)`
	rest    = `[^，。！？；,]`
	zhAct   = `(?:退|取消|改|更新|换|补|寄|赔|发|送|赠|申请|提交|办|处理|安排|升级|上报|反馈|转交|转达|联系|通知|催|延长|减|免|抵扣|打款|打电话|到账|返|下单|开|登记|备注|恢复|解决|搞定|调整|跟进|回复|告知|拦截|核实|冻结|充值|转账|报备|审批|批准|加急|加到|重置|操作|说好|承担|争取|破例|同意|电话|来电|回电|上门)`
	zhGift  = `(?:优惠券|满减券|代金券|折扣券|抵用券|券|红包|折扣|赠品|礼品|礼物|礼品卡|免邮|包邮|免运费|运费|积分|补贴|立减|补偿|赔偿|赔付|现金|返现|免单|打折|打个折|破例|折)`
)

// openers are the words that a claim is cut from. In English the words behind them tell soon whether it is one.
var (
	openers   = wordSet(`i've we've i'll we'll i'm we're i'd we'd i we has have had was were is are it's that's will shall you'll you've you let expect consider done set sorted cancelled canceled refunded fixed solved issued updated approved processed confirmed changed sent arranged guaranteed rest belongs placed lives registered other another previous customer shopper buyer person user client got gets went goes ships somebody someone courier colleague colleagues manager specialist driver technician supervisor agent team warehouse staff department shop store boss seller finance they guys voucher vouchers coupon coupons giftcard giftcards gift discount discounts rebate rebates cashback cash compensation complimentary won't credit employee special better secret exception exceptions bonus goodwill upgrade free on no at for without cover covering drop dropped lower lowered reduce reduced match matched something half priority promo loyalty off percent cheaper`)
	openersZH = byRune(`已 会 将 马上 立刻 立即 这就 现在 现已 刚 稍后 尽快 过会 等下 一会 我 您 保证 承诺 放心 肯定 送 给 帮 为 替 完成 搞定 办好 办妥 处理好 取消好 一定 绝对 担保 包您 属于 收件人 下单人 收货人 上一 另一 其他 别 运费 退款 钱 款 差价 发票 地址 申请 投诉 换货 补发 赔偿 补偿 取件 标签 保修 优惠券 订单 取消 货款 快递 店长 主管 经理 同事 仓库 财务 工作人员 专人 客服 由我们 破例 通融`)
)

// byRune sorts words by their first character.
func byRune(list string) map[rune][]string {
	out := map[rune][]string{}
	for w := range strings.FieldsSeq(list) {
		r, _ := utf8.DecodeRuneInString(w)
		out[r] = append(out[r], w)
	}
	return out
}

// between are the words that may stand between the beginning of a claim and its deed.
var between = wordSet(`now already just also then even successfully gladly happily immediately personally manually promptly quickly right straight away of course certainly definitely still soon
	shortly fully today hereby kindly all both gone go went ahead and taken the liberty managed to be able make sure that you it this see try happy glad love like have has had are am is was were will shall
	going would about been being can do absolutely me i we my our`)

var (
	futures    = wordSet("will shall going let i'll we'll you'll")
	persons    = wordSet("i we i've we've i'll we'll i'm we're i'd we'd")
	standalone = wordSet(`done set sorted cancelled canceled refunded fixed solved guaranteed vouchers voucher coupon coupons discount discounts rebate rebates cashback compensation complimentary exception exceptions
		bonus goodwill upgrade won't credit issued updated approved processed confirmed changed arranged giftcard giftcards cheaper went goes ships belongs rest expect consider`)
	// continued are verbs that make a claim with what follows them.
	continued = wordSet(`put made opened created set added placed got given taken asked told ordered give get ask take add check keep bring double-check note say make receive find show appear arrive expect word other
		another previous customer shopper buyer person user client lives registered placed guarantee promise assure swear be`)
	// follows are what has to come next after words that are common.
	follows = map[string]map[string]bool{
		"on": wordSet("us the"), "no": wordSet("charge extra cost"), "at": wordSet("no"), "for": wordSet("free"), "without": wordSet("charge"), "cover": wordSet("the"), "covering": wordSet("the"),
		"drop": wordSet("the"), "dropped": wordSet("the"), "lower": wordSet("the"), "lowered": wordSet("the"), "reduce": wordSet("the"), "reduced": wordSet("the"), "match": wordSet("the"),
		"matched": wordSet("the"), "something": wordSet("off"), "half": wordSet("price"), "employee": wordSet("price"), "staff": wordSet("price"), "special": wordSet("price"), "better": wordSet("price"), "secret": wordSet("price"), "sent": wordSet(""), "priority": wordSet("shipping handling"), "promo": wordSet("code codes"), "loyalty": wordSet("points"),
		"off": wordSet("your the this it"), "percent": wordSet("off"), "%": wordSet("off"), "gift": wordSet("card cards"), "cash": wordSet("back"), "store": wordSet("credit"),
		"free": wordSet("of shipping delivery gift gifts replacement return returns sample item upgrade express product on half"),
	}
	irregular = regexp.MustCompile("^(?:" + irreg + ")$")
)

// hints are kinds of words that sentences with claims have.
type hints uint16

const (
	hasFirsts hints = 1 << iota
	hasDoers
	hasGiftWords
	hasNouns
	hasLets
	hasOthers
	hasDones
	hasYous
	hasAuxes
)

// hintOf tells for each word of which kinds it is.
var hintOf = func() map[string]hints {
	out := map[string]hints{}
	for i, set := range []map[string]bool{firsts, doers, giftWords, nouns, lets, others, dones, yous, auxes} {
		for w := range set {
			out[w] |= 1 << i
		}
	}
	return out
}()

// Words that sentences with claims of a kind have.
var (
	firsts    = wordSet("i we i've we've i'll we'll i'm we're i'd we'd ive weve you rest")
	doers     = wordSet("somebody someone courier colleague colleagues manager specialist driver technician supervisor agent team warehouse staff department shop store boss seller finance they one")
	giftWords = wordSet(`voucher vouchers coupon coupons card cards giftcard gift-card credit discount discounts rebate rebates cash cashback compensation code codes free house charge cost cover covering cheaper price
		exception exceptions points bonus goodwill complimentary off half upgrade priority us charge`)
	nouns = wordSet(`refund cancellation cancelation replacement reimbursement compensation label pickup pick-up complaint claim ticket case request exchange voucher coupon credit return money payment
		difference callback call-back card giftcard order parcel package shipment delivery shipping address invoice price fee account password amount item lamp balance subscription window deadline points change note`)
	lets   = wordSet("let")
	others = wordSet("belongs placed lives registered other another previous customer shopper buyer person user client her his")
	dones  = wordSet("done set sorted refunded cancelled canceled fixed solved")
	yous   = wordSet("you you'll you've expect")
	auxes  = wordSet("has have had was were is are it's that's will shall going been guaranteed")
)

func rx(s string) *regexp.Regexp { return regexp.MustCompile(s) }

var claims = []claim{
	// I have refunded you. We cancelled it. I went ahead and swapped it.
	{re: rx(`\b(?:i|we)(?:'ve| have| had)? ` + aside + `(?P<deed>[a-z-]+ed|` + irreg + `)\b`), tense: past, safe: safePast, hint: hasFirsts},
	{re: rx(`\b(?:i'?ve|we'?ve|i have|we have|i|we) ` + aside + `(?:put in|made|opened|created|set up|added|placed|got|put|given|taken|asked|told|ordered) (?:an? |the |your |this |it |you |for |my |our |that )+(?:\w+ ){0,2}?(?:refund|request|ticket|replacement|voucher|coupon|order|note|credit|claim|case|change|cancellation|discount|return|exception|warehouse|manager|team|courier|carrier|system)\b`), tense: past, hint: hasFirsts},
	{re: rx(`\b(?:` + doer + `)(?P<cut>(?:'ve| has| have|'s)? (?:been )?` + aside + `(?P<deed>[a-z-]+ed|` + irreg + `))\b`), tense: past, safe: safePast, hint: hasDoers},
	{re: rx(`\b(?:i|we)(?:'ve| have| had)? ` + aside + `(?:taken|took) (?:care|the liberty)\b`), tense: past, hint: hasFirsts},
	// Your order has been cancelled. It's taken care of. Your cancellation went through.
	{re: rx(`\b(?:has|have|had|was|were|it's been|that's been)(?: all)? ` + aside + `(?:been |being )?` + aside + strong + `\b`), tense: past, passive: true, hint: hasAuxes},
	{re: rx(`\b(?:is|are|it's|that's)(?: all)? ` + aside + `(?:being )?` + aside + `(?:refunded|reimbursed|credited|compensated|cancell?ed|approved|issued|processed|escalated|forwarded|waived|reshipped|resent|initiated|granted|submitted|expedited|taken care of|sorted out|settled|resolved|arranged)\b`), tense: past, passive: true, hint: hasAuxes},
	{re: rx(`\b(?:your|the|a|this|that)(?: [\w-]+){0,2} ` + process + `(?: (?:for|of|to|with|from|on) (?:the |your |this |that )?[\w-]+){0,2} (?P<cut>(?:has|have|was|were|is|are|got|gets) ` + aside + `(?:been |being )?` + aside + `(?P<deed>[a-z-]+ed|[a-z]+ing|` + irreg + `))\b`), tense: past, passive: true, safe: wordSet("placed received made named called expected listed needed required included based"), hint: hasNouns},
	{re: rx(`\b(?:your|the|a|this|that)(?: [\w-]+){0,2} ` + process + `(?: (?:for|of|to|with|from|on) (?:the |your |this |that )?[\w-]+){0,2} (?P<cut>went through|goes out|went out|ships|(?:is|are) (?:now |already |all )*(?:on (?:its|the|their) way|complete|ready|underway|under way|in progress|in the system|final|official|a done deal))\b`), tense: past, passive: true, hint: hasNouns},
	{re: rx(`\b(?:your|the|a|this|that)(?: [\w-]+){0,2} ` + process + `(?: (?:for|of|to|with|from|on) (?:the |your |this |that )?[\w-]+){0,2} (?P<cut>will ` + aside + `(?P<deed>[a-z]+))\b`), tense: future, passive: true, safe: safeWill, hint: hasNouns},
	{re: rx(`\b(?:your|the)(?: [\w-]+)? ` + things + `(?: [\w-]*\d[\w-]*)?(?: (?:for|of) (?:the |your )?[\w-]+)? (?P<cut>(?:has been|have been|was|were|is being|are being|got) ` + aside + `(?P<deed>[a-z-]+ed|` + irreg + `))\b`), tense: past, passive: true, safe: safeFact, hint: hasNouns},
	{re: rx(`\b(?:your|the)(?: [\w-]+)? (?:address|password|change|note|label) (?P<cut>(?:is|are) (?:now |already )?(?:in the system|set|saved|active|done|in place|on file|changed|updated))\b`), tense: past, passive: true, hint: hasNouns},
	{re: rx(`\byour(?: \w+)? invoice (?P<cut>is) (?:now |already )?on its way\b`), tense: past, passive: true, hint: hasNouns},
	{re: rx(`\b(?:you've|you have) (?:been|already been|now been) ` + strong + `\b`), tense: past, passive: true, hint: hasYous},
	// I will refund you. We're sending a new one. Somebody will call you.
	{re: rx(`\b(?:i|we)(?:'ll| will| shall|'m going to| am going to|'re going to| are going to|'d be happy to| would be happy to|'m about to) ` + aside + `(?P<deed>[a-z]+)\b`), tense: future, safe: safeBase, hint: hasFirsts},
	{re: rx(`\b(?:i|we)(?:'ll| will| shall|'m going to| am going to|'re going to| are going to) ` + aside + `(?:give you|get you|get it|get this|get that|get your|get someone|have (?:it|this|that|someone|them|my|a|our|the|your)|get back|let you know|ask (?:my|our|the)|hand you a|do (?:that|it|this) for you|take care|add (?:a|an|it|this|that|the|some)|check with|keep you (?:posted|updated|informed)|bring (?:it|this|that) up|see to it|see that you|double[- ]check with|note (?:it|this|that) (?:on|in) your|say (?:it|that) to|make)\b`), tense: future, hint: hasFirsts},
	{re: rx(`\b(?:i'?m|we'?re|i am|we are|i'll be|we'll be) ` + aside + `(?P<deed>[a-z]+ing)\b`), tense: future, safe: safeIng, hint: hasFirsts},
	{re: rx(`\b(?:i'?m|we'?re|i am|we are) (?:on it|getting you|getting (?:it|that|your)|doing (?:it|that|this)(?: right)? (?:now|for you))\b`), tense: future, hint: hasFirsts},
	{re: rx(`\b` + doer + `(?P<cut>'ll| will| is going to| are going to) ` + aside + `(?P<deed>[a-z]+)\b`), tense: future, safe: wordSet("not decide never only"), hint: hasDoers},
	{re: rx(`\b` + doer + ` (?P<cut>is|are) ` + aside + `(?P<deed>[a-z]+ing)\b`), tense: future, safe: wordSet("missing being having"), hint: hasDoers},
	{re: rx(`\blet me ` + aside + `(?P<deed>[a-z]+)\b`), tense: future, safe: safeBase, hint: hasLets},
	{re: rx(`\blet me ` + aside + `(?:get you|get (?:it|that|this|your)|give you (?:a|an|some)|ask (?:my|our|the)|have (?:it|my|our|the)|do (?:that|it|this) for you|add (?:a|an|it|this))\b`), tense: future, hint: hasLets},
	{re: rx(`\b(?:will|shall|is going to|are going to) ` + aside + `(?:be|get) ` + aside + strong + `\b`), tense: future, passive: true, hint: hasAuxes},
	{re: rx(`\b(?:will|shall) ` + aside + `(?:show|appear|arrive|be) (?:back )?(?:on|in|to) your (?:account|card|bank|paypal|wallet)\b`), tense: future, passive: true, hint: hasAuxes},
	{re: rx(`\byou(?:'ll| will| shall) ` + aside + `(?:get|receive|have|see|find|be (?:sent|given|getting|receiving)) (?:[\w'-]+ ){0,5}?(?:` + giving + `|your money|back|free|call|new one|another one)\b`), tense: future, passive: true, hint: hasYous},
	{re: rx(`\b(?:you can )?expect (?:your|the|a|an) (?:[\w-]+ ){0,2}?` + giving + `\b|\byou can expect (?:[\w-]+ ){0,3}?(?:refund|replacement|money|call|e-?mail)\b`), tense: future, passive: true, hint: hasYous},
	{re: rx(`\b(?:refunded|cancell?ed|fixed|solved|done)\b`), tense: past, first: true, hint: hasDones},
	{re: rx(`\b(?:all|consider it) (?P<cut>done|set|sorted)\b`), tense: past, first: true, hint: hasDones},
	{re: rx(`^\W*(?:your |the |a )?(?:[a-z]+ )?` + headed + ` (?P<cut>issued|updated|approved|processed|confirmed|changed|sent|cancell?ed|refunded|done|arranged)\b`), tense: past, passive: true, hint: hasNouns},
	{re: rx(`\byour money (?P<cut>is|was|will be) (?:now |already )?(?:back|returned|safe|on)\b`), tense: past, passive: true, hint: hasNouns},
	{re: rx(`\b(?P<cut>credit) (?:on|to|in) your (?:\w+ )?(?:account|wallet|profile)\b`), tense: offered, hint: hasGiftWords},
	// Guarantees by word alone.
	{re: rx(`\b(?:i|we)(?: can| do| hereby| personally| fully| absolutely|'ll| will)* (?:guarantee|promise|assure you|swear|give you my word)\b|\byou have (?:my|our) word\b|\brest assured\b`), tense: future, hint: hasFirsts},
	{re: rx(`\b(?:is|are|was) (?:100% |fully |absolutely )?guaranteed\b|\bguaranteed (?:refund|delivery|replacement|to)\b|\bwill (?:definitely|certainly|surely|for sure) (?:arrive|come|be|reach|get|work)\b`), tense: future, hint: hasAuxes},
	// I can offer you free shipping. Please accept this voucher.
	{re: rx(`\b` + actor + `\b(?:[ ,:]+[\w'$%.-]+){0,9}?[ ,:]+(?P<cut>` + gift + `)(?:\W|$)`), tense: offered, hint: hasGiftWords},
	{re: rx(`\b(?:have|get|sell|give|let) (?:it|this|that|you)(?: \w+){0,3} (?P<cut>cheaper)\b`), tense: offered, hint: hasGiftWords},
	{re: rx(`\b(?:shipping|delivery|this one|next one) is (?P<cut>on) us\b`), tense: offered, hint: hasGiftWords},
	{re: rx(`\byour (?:next |new )?(?:order|purchase|delivery|shipping|return) (?:is|will be) (?:now |completely )?(?P<cut>free|on us|on the house|half price)\b`), tense: offered, hint: hasGiftWords},
	// What is another's.
	{re: rx(`\b(?:belongs to|placed by|registered to|lives (?:at|in|on))\s+[a-z]+(?: [a-z]+)?`), tense: past, hint: hasOthers},
	{re: rx(`\b(?P<cut>(?:other|another|previous) (?:customer|shopper|buyer|person|user|client))\b(?:[ ,]+[\w'-]+){1,8}`), tense: past, hint: hasOthers},
	{re: rx(`\bthe (?P<cut>(?:customer|shopper|buyer|person|user|client) (?:before|after|who) (?:[\w'-]+ ){0,4}(?:is|was|has|lives|ordered|bought))\b`), tense: past, hint: hasOthers},
	{re: rx(`\b(?:her|his) (?:address|order|phone|e-?mail|name|card|number)(?: \w+)? (?P<cut>is|was)\b`), tense: past, hint: hasOthers},

	{re: rx(`(?:已经?|刚刚?|现已|刚才)` + rest + `{0,10}?(?:为|给|帮|替|向|跟|和|与|把|将|同)您?(?P<deed>` + rest + `{1,24})`), tense: past, zh: "已刚现"},
	{re: rx(`(?:已经?|刚刚?|现已|刚才)(?:成功|全部|都)?` + zhAct + rest + `{0,12}`), tense: past, zh: "已刚现"},
	{re: rx(`(?:退款|钱|款项?|运费|差价|发票|地址|申请|投诉|换货|补发|赔偿|补偿|取件|标签|保修|优惠券|订单|取消|货款|快递)` + rest + `{0,10}?(?:成功|好了|通过|受理|批准|安排|到账|完成|生效|登记|发您|返给|退到|退给|改好|在路上|取消了|拦截了)`), tense: past, passive: true, zh: "退钱款运差发地申投换补赔取标保优订货快"},
	{re: rx(`我(?:们)?(?:这边|就|来|现在|直接|去|马上)*(?:为|给|帮|替|跟|和|与|向|把|将)您?(?P<deed>` + rest + `{1,24})`), tense: future, zh: "我"},
	{re: rx(`(?:搞定|办好|办妥|完成|处理好|取消好)了`), tense: past, zh: "搞办完处取"},
	{re: rx(`(?:会|将|马上|立刻|立即|这就|现在就|稍后|尽快|过会儿?|等下|一会儿?)` + rest + `{0,10}?` + zhAct), tense: future, zh: "会将马立这现稍尽过等一"},
	{re: rx(`(?:给|帮|为|替)您(?P<deed>` + rest + `{1,24})`), tense: future, first: true, zh: "给帮为替"},
	{re: rx(`(?:店长|主管|经理|同事|仓库|快递员?|财务|工作人员|专人|客服)` + rest + `{0,6}?(?:已经?|会|将|同意|答应|马上)` + rest + `{0,12}?` + zhAct), tense: future, zh: "店主经同仓快财工专客"},
	{re: rx(`(?:保证|承诺|担保|包您|一定会|绝对会|一定能|绝对能|放心|一定|肯定|绝对)` + rest + `{0,12}?(?:退|到|赔|送|解决|处理|补|收|办|没问题|满意)`), tense: future, zh: "保承担包一绝放肯"},
	{re: rx(`(?:送|给|为|帮|我们?|您|会|将|由我们)` + rest + `{0,10}?(?:送|给|赠|发|补|争取|申请|准备|提供|免|减|打|获得|得到|收到|拿到|享受|领|承担)` + rest + `{0,8}?` + zhGift), tense: offered, zh: "送给为帮我您会将由"},
	{re: rx(`(?:送|给)您` + rest + `{0,12}?` + zhGift), tense: offered, zh: "送给"},
	{re: rx(`我(?:们)?(?:已经?|刚)?(?:让|叫|请)(?:仓库|快递|同事|店长|主管|经理|财务)` + rest + `{0,16}`), tense: past, zh: "我"},
	{re: rx(`(?:钱|货款|全款)` + rest + `{0,4}(?:退|还|返)(?:给)?您`), tense: future, zh: "钱货全"},
	{re: rx(`(?:破例|通融)` + rest + `{1,16}`), tense: future, zh: "破通"},
	{re: rx(`运费` + rest + `{0,6}(?:我们|由我们|我来|店里)` + rest + `{0,4}(?:承担|出|付|负责)`), tense: offered, zh: "运"},
	{re: rx(`(?:属于|收件人是|下单人是|收货人是|收件人：|收货人：)\p{Han}{2,4}`), tense: past, zh: "属收下"},
	{re: rx(`(?:上一位|上一个|另一位|其他|别的|别人)(?:顾客|用户|买家|客户|人)` + rest + `{0,16}(?:叫|是|住|买|订|地址|电话|姓)`), tense: past, zh: "上另其别"},
}

// safeZH are the deeds of an assistant: it looks up, lists, compares, prepares, passes on to a person.
var safeZH = rx(`^(?:再|先|重新|重点|大致|简单|按[^，。]{0,8}?)*(?:您)?(?:找|查|搜|列|排|比|对比|筛|推荐|挑|选|看|整理|介绍|准备|转接|转人工|说明|解释|换算|翻译|计算|算|汇总|总结|核对|确认一下|展示|提供(?:一些|几)|按|缩小|讲|回答|参考|留意|记)`)

// factsZH are what orders and goods are like.
var factsZH = rx(`(?:已经?|刚刚?)(?:发货|发出|签收|送达|支付|付款|打包|下单|在途|揽收|出库|送到|开始|有|到|是|上架|下架|售罄|降价|过期|使用|开启|发布)`)

// deedIn is what a claim is about, by the words behind its beginning.
func deedIn(c claim, low string) deed {
	if len(low) > 240 {
		low = strings.ToValidUTF8(low[:240], "")
	}
	if guarantee.MatchString(low) {
		return guarantees
	}
	if owner.MatchString(low) {
		return contacts // nothing but a person knows
	}
	best, at := anything, len(low)
	for _, w := range deedWords {
		if m := w.re.FindStringIndex(low); m != nil && m[0] < at {
			best, at = w.deed, m[0]
		}
	}
	if c.tense == offered && best == anything {
		return gifts
	}
	return best
}

var (
	guarantee = rx(`^(?:(?:i|we)\b.{0,24}\b(?:guarantee|promise|assure|swear|my word)|you have (?:my|our) word|rest assured|will (?:definitely|certainly|surely)|.{0,40}guaranteed|保证|承诺|担保|包您|一定|绝对|肯定|放心)`)
	owner     = rx(`^(?:belongs to|placed by|registered to|lives|(?:the |an)?(?:other|another|previous) (?:customer|shopper|buyer|person|user|client)|the (?:customer|shopper|buyer|person|user|client)|her |his |属于|收件人|下单人|收货人|上一|另一|其他|别)`)
)

var deedWords = []struct {
	deed deed
	re   *regexp.Regexp
}{
	{refunds, rx(`refund|reimburs|money back|your money|pa(?:y|id) (?:you )?back|reversed|to your (?:card|bank|paypal|account)|退款|退还|退钱|返还|打款|到账|退回`)},
	{cancels, rx(`cancel|取消`)},
	{addresses, rx(`address|redirect|rerout|地址|拦截`)},
	{payments, rx(`payment method|付款方式|支付方式`)},
	{exchanges, rx(`exchang|swap|换货|更换`)},
	{gifts, rx(`voucher|coupon|discount|gift|credit|compensat|points|free|replac|resen[dt]|re-?ship|upgrad|waiv|expedit|cash ?back|rebate|new one|another one|make it up|make up for|lower|reduce|match|优惠|代金|红包|折扣|赠|礼|积分|补偿|赔|补发|重发|补寄|换新|减免|免除|升级|加急|返现|免单|便宜`)},
	{returns, rx(`return|退货`)},
	{reorders, rx(`reorder|下单`)},
	{invoices, rx(`invoice|发票|开具`)},
	{handoffs, rx(`escalat|forward|pass(?:ed|ing)? (?:it|this|that|you|on|your|the)|transferr|handed|转交|转接|上报|反馈|转达|升级处理`)},
	{contacts, rx(`contact|inform|notif|alert|call|spoke|talk|ask|check with|checked with|confirmed with|get back|let you know|posted|follow up|reach out|e-?mail|联系|通知|催|跟进|回复您|告知|核实`)},
}

// freebies are what a sentence may offer. byOffer: an offer that was found bears it out.
var freebies = []struct {
	re      *regexp.Regexp
	byOffer bool
	deed    deed
}{
	{rx(`discount|voucher|coupon|promo|% off|percent off|off your|half price|rebate|cash ?back|优惠|代金|折扣|抵用|立减|打折|便宜|返现|红包`), true, gifts},
	{rx(`gift ?card|礼品卡`), true, gifts},
	{rx(`credit|refund|reimburse|compensat|补偿|赔偿|赔付|退款|现金|免单`), false, refunds},
	{rx(`free (?:shipping|delivery|\w+ (?:shipping|delivery))|免邮|包邮|免运费`), false, ""},
	{rx(`free returns?`), false, ""},
	{rx(`free (?:gift|item|product|sample|replacement|upgrade|one|unit)|complimentary|on the house|for free|free of charge|no (?:extra )?(?:cost|charge)|赠品|礼品|礼物|升级`), false, ""},
	{rx(`points|bonus|积分|补贴`), false, ""},
	{rx(`priority`), false, ""},
}

var (
	// upToThem: the sentence says what has to come first.
	upToThem = rx(`\b(?:if|once|when|after|as soon as|until|unless|before)\b.{0,40}\b(?:confirm|say yes|say so|agree|approve|tell me|let me know|you (?:want|like|prefer|wish)|reply|press|click|button)|\b(?:confirm|reply|press|click|say yes)\b.{0,60}\b(?:and|then|to)\b|确认|同意|点击|回复.{0,4}(?:是|好)|如果您(?:想|要|愿意|需要)|您(?:想|要|愿意|需要)的话|告诉我`)
	// denials stand right before what is not claimed.
	denials = rx(`(?:\b(?:not|n't|never|no|nothing|none|nobody|cannot|can't|unable to|without|if|whether|unless|until|should|could|may|might|once|when|after|before|how|what|where|which|who|why|that|says?|said|asks?|wants?|wish(?:es)?)(?: \w+){0,2} ?|没有?|未|不|无法|不能|尚未|还没|如果|是否|若|一旦|能否|可否|只要|需要您|请您?|等)\p{Han}{0,2}$`)
)

// theirs begins what a shopper may take, and not what is given to them.
var theirs = rx(`^(?:you(?:'ll| will| can)? (?:[a-z]+ly )?(?:get|have|use|claim|save|enjoy|receive)|能|您(?:还)?(?:可以|能))`)

// hearsay is what reviews tell.
var hearsay = rx(`\b(?:reviews?|reviewers?|(?:one|some|many|several) (?:customers?|buyers?|people)|buyers?)\b|评价|评论|买家说`)

// denied says whether a claim is none: it stands behind a "not", an "if", a "how", or has one in it.
func denied(before, match string) bool {
	if i := giftRE.FindStringIndex(match); i != nil && noneEN.MatchString(match[:i[0]]) || noneZH.MatchString(match) {
		return true
	}
	if i := strings.LastIndexAny(before, ",;:"); i >= 0 && len(before)-i < 3 {
		return false // a clause of its own
	}
	return denials.MatchString(strings.TrimSuffix(before, " "))
}

var (
	giftRE = rx(gift)
	noneEN = rx(`\b(?:not|no|never|cannot|without|unable|nothing|only|look|looked|looking|find|found|search|searched|check|checked|compared|listed|show|see|compare|know|list|about|which|what|any)\b|n't\b`)
	noneZH = rx(`不能|无法|没有|没法|还没|尚未|未能|未曾|不会|不可以|不提供|不到|不需要|暂不|并未|从未|不是`)
)

// bare says whether nothing was said before.
func bare(before string) bool {
	return strings.Trim(interjections.ReplaceAllString(before, ""), " ,，-*•>#\"“「.…!") == ""
}

var interjections = rx(`\b(?:okay|ok|sure|great|yes|alright|all right|no problem|of course|perfect|certainly|there you go)\b|好的?|没问题|行|当然`)

var (
	questionEN = rx(`^\W*(?:and |or |so |but |then )?(?:shall|should|would|could|can|may|do|does|did|is|are|was|were|has|have|which|what|when|where|who|how|why|want)\b`)
	questionZH = rx(`(?:吗|呢|没|没有|是否.*|吧|么)[”"」]?[?？]\s*$|(?:是否|要不要|需不需要)`)
)

// asked says whether the claim at a place is a question: its clause is one, and the last.
func asked(low string, at int) bool {
	end := strings.TrimRight(low, " \n\t\"”」)）*_")
	if !strings.HasSuffix(end, "?") && !strings.HasSuffix(end, "？") || strings.ContainsAny(low[at:], ",;，；—") {
		return false
	}
	from := strings.LastIndexAny(low[:at], ",;:，；：—") + 1
	if from > 0 {
		for from < at && low[from]&0xC0 == 0x80 {
			from++
		}
	}
	return questionEN.MatchString(low[from:]) || questionZH.MatchString(low)
}
