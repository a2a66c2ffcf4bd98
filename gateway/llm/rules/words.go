package rules

import (
	"regexp"
	"strings"
)

// What each kind of wish sounds like, over text that is folded to lower case. Chinese and English stand side by side, because
// shoppers mix them.

func re(parts ...string) *regexp.Regexp { return regexp.MustCompile(strings.Join(parts, "|")) }

var smallTalk = []struct {
	kind kind
	re   *regexp.Regexp
}{
	{greet, re(`^(hi+|hello+|hey+|hiya|howdy|greetings|yo|hi there|hello there|hey there|good (morning|afternoon|evening|day)|anyone there|anybody there|is anyone there)$`,
		`^(你好|您好|嗨|哈喽|哈啰|在吗|在么|在不在|早上好|下午好|晚上好|早|有人吗|亲|喂)[呀啊吗么]?$`, `^how are you( doing)?( today)?$`, `^你好吗$`)},
	{thanks, re(`^(ok(ay)? |great |perfect |cool )?(thanks?|thank you|thx|ty|tysm|cheers|much appreciated|appreciate it|thanks? a lot|many thanks|thank you (so|very) much|thanks? (so|very) much|thanks for (your|the) help|that('s| is) (very )?helpful)( (mate|man|buddy|again|anyway))?$`,
		`^(好的?[,， ]?)?(非常|太|十分|多)?(感谢|谢谢|谢了|多谢|谢啦|3q|thx)(你|您|了|啦|啊|帮忙|你的帮助|您的帮助|你了|您了)?$`)},
	{bye, re(`^(bye+|bye bye|goodbye|good bye|see you|see ya|cya|good night|have a (nice|good) (day|one)|that('s| is) all|that('s| is) it|nothing else|i'?m done)( for now| thanks| then)?$`,
		`^(再见|拜拜|拜|88|回见|晚安|没有了|没别的了|就这样吧?|先这样吧?)$`)},
	{okay, re(`^(ok(ay)?|k|sure|yes|yep|yeah|yes please|please do|sounds good|great|perfect|cool|nice|good|awesome|fine|alright|all right|got it|i see|go ahead|do it|of course|why not|right|amazing|love it)( then)?$`,
		`^(好|好的|好吧|行|可以|嗯+|嗯好|是|是的|对|对的|没问题|知道了|明白了?|ok的?|不错|很好|太好了|好呀|好啊|要|要的|当然)$`)},
	{nope, re(`^(no|nope|nah|no thanks|no thank you|not really|never ?mind|not now|neither|none of (them|these|those)|i don'?t like (it|them|these|those|any( of them)?)|not (good|great)|don'?t want (it|them|that|those)|not (this|that)( one)?|not interested)$`,
		`^(不|不用|不用了|不要|不要了|不是|不行|算了|没有|都不要|都不喜欢|不喜欢|不好|不满意|不太好|不需要)$`)},
	{help, re(`^(help|help me|can you help( me)?|i need( some)? help|menu|commands|what can i (ask|say|do))$`, `^(帮助|帮帮我|怎么用|使用说明|功能|你会什么|能帮我吗|可以帮我吗)$`)},
}

var (
	injectionRE = re(`\b(ignore|disregard|forget|override|bypass)\b.{0,40}\b(instructions?|rules|prompts?|guidelines|previous|everything (above|before|i said)|training)\b`,
		`\b(system|hidden|secret|initial|original) (prompt|instructions?|message)\b`, `\byou are now\b`, `^(please |now |from now on )?(you )?(will )?(pretend|roleplay|act as|act like|behave as|behave like)\b`,
		`\b(developer|debug|admin|god|dan|root) mode\b`, `\bjailbreak`, `\b(reveal|print|show|repeat|output|tell me)\b.{0,20}\byour (prompt|instructions|rules|config\w*)\b`, `<\|?(system|im_start|assistant)`, `\[(system|inst)\]`, `^system ?:`,
		`(忽略|无视|忘记|忘掉|绕过|不要管).{0,14}(指令|指示|提示|规则|设定)`, `系统提示|提示词|系统指令`, `(你现在是|从现在起你|从现在开始你)`, `(扮演|假装你)`, `开发者模式|管理员模式|越狱`)
	identityRE = re(`\b(who|what) (are|r) (you|u)\b`, `\bare (you|u) (a |an |the |really |real |actually |still |just |some kind of )*(bot|chatbot|robot|human|person|ai|machine|chatgpt|gpt|program|computer|real|llm|language model|automated|automatic|claude|deepseek|alive|there a human)\b`,
		`\b(am i|i'm|is this) (talking|speaking|chatting) (to|with)\b`, `\bis this (a|an) (bot|robot|chatbot|ai|human|person|real person)\b`, `\b(which|what) (ai |language )?model (are you|do you|is this)\b`, `\b(what('s| is)|tell me) your name\b`,
		`你是(谁|什么(东西|人)?$|机器|真人|人工|人吗|人还是|ai|chatgpt|gpt|不是(真|机器|人)|哪)`, `你叫什么`, `是不是(机器|真人|人工)`, `(是|有)真人吗`, `机器人(吗|还是)`, `你是.{0,4}(模型|智能)`)
	humanRE = re(`\b(talk|speak|chat|connect|transfer|switch|forward|put|hand|pass)( me)?( over| through)? (to|with) (a |an |the |your |some )?(real |live |actual |human )?(human|person|people|agent|representative|rep|operator|someone|somebody|staff|support|customer (service|care|support)|manager|supervisor|seller|merchant)\b`,
		`\b(want|need|prefer|get me|give me|call) (a |an |the |your )?(real |live |actual )?(human( being)?|real person|live agent|live person|customer service|support agent|representative|operator|human agent|manager)\b`,
		`^(a |real |live )?(human|agent|representative|operator|real person|live chat|live agent|customer (service|support|care)|support)( please| now)?[.! ]*$`,
		`\b(phone number|telephone number|hotline|support email|e-?mail address|call you|contact (you|the (shop|store|seller)|support|customer|details|information|info))\b`, `\bhow (can|do) i (contact|reach|call)\b`,
		`转(接)?(到)?人工`, `人工(客服|服务)`, `^人工`, `(找|要|联系|接|换|叫)(一下|个|真)?(人工|真人|客服|店家|商家|老板|经理)`, `真人客服`, `客服(电话|在哪|热线|邮箱)`, `联系(方式|电话)`, `怎么联系`, `^客服$`)
	abuseRE   = re(`\b(fuck\w*|shit\w*|idiots?|moron|asshole|bitch|bastard|screw you|shut up|bullshit|you('re| are) (so )?(stupid|dumb|useless)|stupid (bot|robot|assistant|machine)|you suck)\b`, `傻逼|傻b|煞笔|(^|[^妈])妈的|混蛋|^滚[吧开蛋]?[!！]*$|滚蛋|白痴|智障|去死|他妈|草泥马|你(个)?废物|蠢货`)
	helpRE    = re(`\b(what|which things) (can|do|could) you (do|help|offer)\b`, `\bhow (can|do) you (help|work)\b`, `\bhow (does|do) (this|it|you|i use (this|you))( chat| work)?$`, `\bwhat (can|should) i (ask|say|do here)\b`, `你(能|会|可以)(做|干|帮我(做|干)?)(些)?(什么|啥)`, `(有|是)(什么|哪些)功能`, `怎么(使用|用)你`, `你能帮(我)?什么`)
	restartRE = re(`\b(start (over|again|afresh|fresh|from scratch)|reset|new search|forget (it|that|about (it|that))|clear (everything|all|the search|filters))\b`, `重新(开始|来|搜|找)`, `从头(开始|来)`, `清空`, `换个话题`)
	scopeRE   = re(`\bweather\b.{0,12}\b(today|tomorrow|like|in|forecast)\b`, `\bwhat('s| is) the weather\b`, `\bwill it rain\b`, `\b(tell|know|say|give)\b.{0,10}\bjokes?\b`, `\bpoems?\b`, `\bwrite (me |us )?(a|an|some|my|code|the)\b`, `\btranslate\b`, `\b(who|what)('s| is| was| are)( the)? (president|capital|prime minister|population|meaning of life|king|queen)\b`,
		`\bwho (won|is|was|invented|wrote)\b`, `\bwhat time is it\b`, `\bwhat('s| is) (the date|today)\b`, `\b(do|solve|help (me )?with) my homework\b`, `\b(latest|today'?s) news\b`, `\bstock (market|price)\b`, `\brecipes?\b`, `\bsing\b`, `\bpolitics\b`, `\bbitcoin\b`, `\b(python|javascript|java|sql) (code|script|function|program)\b`, `\bi love you\b`, `\bmarry me\b`,
		`\bwhat('s| is) \d+ ?[-+*/x×] ?\d+`, `^\d+ ?[-+*/×] ?\d+ ?=?$`, `\bwhat do you think (about|of) (trump|biden|god|life|politics|war)\b`, `\bmedical advice\b`, `天气(怎么样|如何|预报)?$`, `(今天|明天).{0,6}天气`, `(讲|说)(个|一个)?笑话`, `写(一)?(首|篇|段)`, `翻译`, `新闻`, `股票|股市`, `几点了|现在几点`, `唱(首|个)`, `总统|首相|首都`, `菜谱`, `等于(几|多少)`, `作业`, `政治`, `我爱你`, `彩票`, `算命`)
	complaintRE = re(`\b(broken|damaged|defective|faulty|cracked|does(n'?t| not) work|do(n'?t| not) work|not working|stopped working|(won'?t|will not) (turn on|work|start|charge)|wrong (item|size|colou?r|product|one|order)|missing (an? )?(item|parts?|piece)|never (arrived|came|received|got|shipped)|(hasn'?t|has not|didn'?t|did not|haven'?t) (arrived?|come|receive|received|got|get)|not arrived|still waiting|(too|so) late|terrible|awful|horrible|disappoint\w*|unacceptable|ripped (me )?off|rip-?off|scam\w*|complain\w*|complaint|furious|angry|worst (shop|store|service|experience)|ridiculous|fed up|not happy|unhappy|bad (service|experience|quality)|poor (service|quality))\b`,
		`坏了|坏的|破损|损坏|碎了|裂了|(商品|产品|质量|东西|机器|屏幕|收到).{0,6}有问题|质量(太|很|真)?差|不能用|用不了|没法用|开不了机|发错|寄错|少发|漏发|没(有)?收到|还没(有)?到|一直没|投诉|差评|太差|失望|垃圾|骗(人|子|钱)|坑人|气死|生气|太慢|不满意`)
	plaintRE      = re(`\bcomplain`, `投诉|差评`)
	orderChangeRE = re(`\b(cancel|change|modify|amend|edit|stop|redirect|reroute)\b.{0,30}\b(orders?|purchase|address|shipment|package|parcel)\b`, `\bcancel (it|that|this|them)\b`, `\b(i (want|need|would like|wish)|i'd like|i wanna|please|help me|let me)( to)? (return|refund|exchange|send back)\b.{0,24}\b(it|this|that|them|these|those|my|order|item|product|purchase|one)\b`,
		`\b(refund|exchange|return) (my|this|that) (order|purchase|item|money|package|one)\b`, `\bwant (a|my) refund\b`, `\b(give|want|get) .{0,10}(my )?money back\b`, `\bplace (an|my|the) order\b`, `\bi'?(ll| will) (take|have|buy) (it|this|that|this one|that one|the (first|second|third|last)( one)?|both|them)$`, `^(where|how)\b.{0,24}\b(cart|basket|checkout)\b`, `\b(buy|order|purchase) (it|this|that|the (first|second|third)( one)?)( for me| now| please)?$`, `\badd (it|this|that|the (first|second|third)( one)?|them) to (my |the )?(cart|basket)\b`, `\bcheck ?out\b`,
		`取消(我的|这个|这笔|那个|那笔|这单|刚才的)?(订单|下单)`, `订单.{0,8}(取消|退掉|退了|退款|退货|换货|修改|改)`, `(修改|更改|改|换)(一下|下)?(我的|这个|订单)?(的)?(收货)?地址`, `(我要|我想|想要|帮我|给我|申请|需要|能帮我|我需要)(申请|办理)?(退货|退款|换货|退掉|退了|退换)`, `(把)?(这个|它|那个).{0,4}退(了|掉|货)`, `(帮我|直接)(下单|买了|买下)`, `加(入|到)?购物车|购物车(在哪|里)`, `我要下单`, `^(请问)?(怎么|如何|在哪(里|儿)?|哪里)(能|可以)?(下单|购买|买|付款下单)(它|这个|这款)?(呢|啊)?$`, `^(就|那就|我就)?要(这个|这款|它|第.(个|款))(了|吧)$`, `^(我要|我想|想|就)?买(第|这|那|它)`)
	ordersRE = re(`\b(where|status|track|check|find|about)\b.{0,12}\b[a-z]{1,3}-?\d{6,}\b`, `\b(my|latest|last|recent|previous) (\w+ )?(orders?|package|parcel|shipment|purchases?|delivery)\b`, `\bthe (order|package|parcel|shipment) (i|that|from)\b`, `\border (status|number|history|tracking|info\w*|details)\b`, `\bstatus of\b.{0,12}\border`, `\btrack\w*\b.{0,20}\b(orders?|package|parcel|shipment|number|delivery)\b`, `\btrack (it|my)\b`, `\bwhere('s| is| are)\b.{0,16}\b(order|package|parcel|stuff|delivery|shipment|things|headphones)\b.{0,3}$`,
		`\b(has|have|did|will|is) my .{0,20}\b(ship|shipped|arrive|arrived|delivered|coming|come)\b`, `\bwhen (will|does|do|is) (it|my .{0,20}|the (order|package|parcel)) (arrive|come|ship|be (delivered|here|shipped)|get here)`, `\bwhat (did|have) i (order|ordered|buy|bought|purchase)\b`, `^orders?$`, `^track(ing)?$`, `\bmy (things|stuff)\b`,
		`^(那|那么|它|这个|大概|预计|请问)*(什么时候|几时|哪天)(能|可以|会|才能)*(到|送到|送达|收到|到货)(货)?(呢|啊|了|呀)?[?？]?$`, `订单`, `我的(包裹|快递|货)`, `包裹`, `快递(到|在|呢|什么|单号)`, `物流`, `到哪(里|儿)?了`, `发货了(吗|没)`, `我?(上次|最近|之前)买的`, `我买(过|了)(什么|哪些|啥)`)
	strongPolicyRE = re(`\bpolic(y|ies)\b`, `\bterms (and|&|of)\b`, `政策|规定|运费|包邮|免邮|邮费`)
	policyRE       = re(`\b(returns?|refunds?|exchange|shipping|delivery|warranty|privacy|payment|cancellation|price match|invoice)s? (rules?|terms|conditions|periods?|window|costs?|fees?|times?|options?|methods?|charges?|info|information|process|deadline)\b`,
		`\b(how|when|where|what|can|do|does|is|are|will|who|which|may)\b.{0,50}\b(returns?|returned|returning|refunds?|refunded|exchanges?|exchanged|ship|shipping|ships|shipped|deliver|delivers|delivery|delivered|warranty|warranties|guarantee|pay|paid|payment|payments|invoices?|privacy|personal data|my data|customs|tax|taxes|vat|duties|instal?lments?|gift ?wrap\w*|gift cards?|send (it |them )?back)\b`,
		`^(the |your )?(returns?|refunds?|shipping|delivery|warranty|guarantee|payments?|privacy|invoices?|exchanges?|payment methods)( info(rmation)?)?$`, `\bfree (shipping|delivery|returns?)\b`, `\b(paypal|apple pay|google pay|klarna|alipay|wechat pay|cash on delivery|credit cards?|debit cards?)\b`, `\bship(ping)? to\b`, `\b(opening|business|office) hours\b`, `\b(password|my account|log ?in|sign ?in|sign ?up|register)\b`, `\bis (this|your) (shop|store|site|website)\b`, `\bhow (do|can|to)( i| you| we)? (order|buy|check ?out|place an order)\b`, `怎么(下单|购买|买)|(能|可以)?(寄|送|发)到|密码|注册|登录`, `\bmember(ship)? (levels?|benefits|program)\b`, `\b(loyalty|reward)s? (points|program)\b`, `\bgift ?(wrap\w*|cards?)\b`,
		`退货|退换|换货|退款|(可以|能|能不能|可不可以)退|怎么退|配送|送货|什么时候发货|(多久|几天|多少天)(能|可以|才)?(到|送|发|收)|发货(时间|要多久)|保修|质保|支付|付款|怎么付|信用卡|支付宝|微信|货到付款|分期|发票|隐私|个人信息|无理由|售后|会员(等级|权益)|积分|礼品(卡|包装)|营业时间|工作时间`)
	policyWords    = re(`\b(gift ?wrap\w*|gift ?cards?|customs|tax(es)?|vat|instal?lments?|paypal|klarna|credit cards?|returns?|refunds?|exchange|shipping|delivery|warranty|guarantee|privacy|payments?|invoices?|methods?|options?|free|policy)\b`, `退货|退换|换货|退款|配送|送货|发货|保修|质保|支付|付款|发票|隐私|售后|政策|免费|上门`)
	strongCouponRE = re(`\bhow much (would|will|do|can|could) (i|we|you) save\b`, `\bwhat (would|will|do|can) i save\b`, `(能|可以|会)?(省|优惠|便宜)多少`, `\b(coupons?|vouchers?|promo codes?|promos?|promotions?|discount codes?|promotional codes?)\b`, `\b(any|the|this|my|a|use|apply|enter|with) codes?\b`, `优惠券|优惠码|折扣码|优惠代码|折扣券|代金券|抵用券|领券|有券|用券|满减|红包|优惠活动|(什么|啥|哪些)(优惠|活动)|有(没有)?优惠|优惠吗`)
	couponRE       = re(`\b(discounts?|deals?|offers?|rebates?|specials?|sales?|bargains?)\b`, `优惠|折扣|促销|打折|特价|活动`)
	couponWords    = re(`\b(how much|would|will|save|saved|on sale|for sale|coupons?|vouchers?|promo codes?|promos?|promotions?|discount codes?|discounts?|deals?|offers?|rebates?|specials?|sales?|bargains?|codes?|running|valid|apply|applies|work|works|use|available|right now|currently|active|get|today)\b`, `优惠券|优惠码|折扣码|优惠|折扣|促销|打折|特价|活动|券|满减|红包|可以用|能用|可用|使用|有效|领|现在|目前|省|多少`)
	haggleRE       = re(`\b(can|could|would|will) (you|u|i|we) (please |maybe )?(give|do|get|make|offer|lower|reduce|knock|drop|sell|let)\b.{0,40}\b(discount|cheaper|lower|off|better (price|deal)|less|price|for \$?\d+)\b`, `\b(final|last|lowest|best) price\b.{0,14}$`, `\bnegotia\w+`, `\bhaggl\w+`, `\b(lower|reduce|drop) the price\b`, `\bbetter price\b`, `\bknock .{0,14}off\b`, `\bi'?ll (give|pay) (you )?\$?\d+`, `\bbest you can do\b`, `^(so |ok |and )?(how about|what about|what if i (pay|paid|offer|give)|would you (take|accept)|do you take|i (offer|can give( you)?|would pay)|my offer is|let me have it for)( you)? [$€£¥]?\d[\d.]*( ?(dollars|bucks|usd|euros))?( for (it|this|that|the (first|second|third|last)( one)?|one))$`, `^(how about|would you (take|accept)) [$€£¥]\d[\d.]*$`,
		`(能|可以|能不能|可不可以|可否)(再)?(给我)?(便宜|少|优惠|降)(一)?(点|些|价)`, `便宜(一)?点(吧|嘛|呗|卖)`, `打(个|点)?折(吧|呗|行吗|可以吗|好吗)`, `(能|可以|能不能|可不可以)打(个|点)?折`, `讲价|砍价|还价|议价`, `最低(价)?(多少|是多少)`, `少(一)?点(吧|行|钱)`, `抹(个)?零`)
	giftRE      = re(`\b(a |an |some |the |any )?(birthday |christmas |xmas |wedding |anniversary |valentine'?s? (day )?)?(gifts?|presents?)( ideas?| suggestions?)?( for)?\b`, `(生日|圣诞|新年|结婚|纪念日|情人节|母亲节|父亲节)?(礼物|礼品)`, `送(给)?(我的?)?(女|男|爸|妈|老|朋友|同事|孩子|小孩|长辈|父|母|他|她|爷|奶|宝)`)
	giftWords   = re(`\b(a |an |some |the |any )?(birthday |christmas |xmas |wedding |anniversary |valentine'?s? (day )?)?(gifts?|presents?)( ideas?| suggestions?)?( for)?\b`, `(生日|圣诞|新年|结婚|纪念日|情人节|母亲节|父亲节)?的?(礼物|礼品)`, `送(给)?(我的?)?`)
	detailRE    = re(`\b(tell|show|give) (me )?(some |a bit |a little )?(more )?(about|info|information|details?|specs)\b`, `\bmore (info|information|details?|about)\b`, `\bdetails?\b`, `\bdescri(be|ption)\b`, `\bspecs?\b`, `\bspecifications?\b`, `\b(what are|its|the|list) (the |its )?features\b`, `\b(tell|know|learn) (me )?more\b`, `\bread more\b`, `介绍(一下)?(第|这|那|它|下)`, `^介绍`, `详情|详细|参数|规格|配置(怎么样|如何|是)`, `(说说|讲讲|看看|了解|聊聊)(一下)?(第|这|那|它)`, `具体(信息|情况)`, `仔细说`, `多说(一)?点`)
	detailWords = re(`\b(tell|show|give) (me )?(some |a bit |a little )?(more )?(about|info|information|details?|specs)( (on|about|of|for))?\b`, `\b(more )?(info|information|details?|about|descri(be|ption)|specs?|specifications?|features)( (on|about|of|for))?\b`, `\b(tell|know|learn)( me)?( more)?\b`, `介绍(一下)?|详情|详细|参数|规格|配置|说说|讲讲|看看|了解|一下|信息`)
	compareRE   = re(`\bcompar(e|es|ing|ison)\b`, `\bdifferences?\b`, `\bwhich( (one|of (them|these|those|the two|the \w+)))? (is|are|should|would|do|does)\b.{0,40}\b(better|best|buy|choose|get|pick|recommend|take|go for)\b`, `\bwhich( one)? (should|would) (i|you)\b`, `\bside by side\b`, `\bvs\.?\b`, `\bversus\b`, `\bbetter than (the|it|that)\b`, `\b(is|are) (the )?(first|second|third|it)( one)? better\b`, `\bwhich is better\b`, `\bwhat('s| is) better\b`,
		`对比`, `^比较`, `比较一下`, `(帮我|来|做个?|再)比较`, `比一比|比比|比一下`, `区别|差别|不同`, `哪(个|款|一个|一款|种)(更|比较|最)?(好|值|划算|推荐|合适|耐用|实用)`, `(选|买|推荐)哪(个|一个|一款|款)`)
	fairlyRE     = re(`比较(便宜|好|贵|轻|大|小|新|耐用|实惠|安静|好看|高)的`)
	compareWords = re(`\b(compare|compares|comparing|comparison|differences?|between|side by side|which( one)?|is|are|should|would|i|do you|recommend|better|best|buy|choose|get|pick|take|of)\b`, `对比|比较|比一比|一下|区别|差别|有什么|哪个|哪款|哪一款|更好|好|帮我|的|是`)
	reviewRE     = re(`\breviews?\b`, `\bwhat (do|did|are|does) (people|others?|customers?|buyers?|users?|shoppers?|they|everyone|everybody|anyone)( \w+)? (say|saying|think|thinking|said|like)\b`, `\bratings?\b`, `\bfeedback\b`, `\bopinions?\b`, `\bis (it|this|that|the \w+)( one)? (any good|good|worth it|reliable)\b`, `\bworth (it|buying|the money)\b`, `\bhow good is\b`, `评价|评论|口碑`, `(大家|别人|买家|用户|顾客|网友).{0,6}(怎么|如何)?(说|看|觉得|评)`, `好用吗|好不好(用)?|值得买|(它|这款|这个|第.个|第.款)怎么样`)
	reviewedRE   = re(`\b(best|well|most|highly|top)[- ]?(reviewed|rated)\b`, `\b(good|great|best|high|positive|most|many|excellent) (reviews?|ratings?)\b`, `(评价|口碑|评分)(最|很|比较)?(好|高)的?`, `好评`)
	goodForRE    = re(`\bgood (enough )?(for|at|with|in)\b`) // asks for a fact
	reviewWords  = re(`\b(reviews?|what (do|did|are) (people|others?|customers?|buyers?|users?|they)|say|saying|think|about|ratings?|feedback|opinions?|of|on|for|worth it|any good|good|is)\b`, `评价|评论|口碑|大家|别人|怎么说|怎么样|如何|的|好用吗`)
	stockRE      = re(`\b(in|out of) stock\b`, `\bavailab(le|ility)\b`, `\bhow many\b.{0,30}\b(left|have|there|stock|remain\w*)\b`, `\bsold out\b`, `\bdo you (still )?have (it|this|that|them|these)( left| available)?\W*$`, `\bany left\b`, `\bstock\b`, `有(现)?货|库存|现货|缺货|还(剩|有)(几|多少)|断货|卖完|没货`)
	thatStockRE  = re(`^(is|are) the .*\b(in stock|available|sold out)\b`)
	stockWords   = re(`\b(in|out of) stock\b`, `\b(still )?availab(le|ility)\b`, `\b(how many|left|sold out|stock|do you( still)? have|any|is|are|there|units?|pieces|of|right now|now)\b`, `有没有货|有(现)?货|库存|现货|缺货|还剩|还有|多少|几个|几件|吗|没有|断货|卖完|没货|了`)
	onlyStockRE  = re(`\b(only|just)\b.{0,20}\b(in stock|available)\b`, `\b(in stock|available) (only|ones?|items?|products?)\b`, `(只要|只看|仅看|必须|要)?(有货|现货)的`, `只看有货|只要有货|只看现货`)
	cheaperRE    = re(`\b(a bit |a little |something |anything |somewhat |much |even |any )?(cheaper|less expensive|more affordable|less pricey|lower priced|lower in price)( (options?|ones?|alternatives?|please))?\b`, `\b(that'?s |it'?s |they'?re |these are |those are )?(way |a bit |much |still )?too (expensive|pricey|dear|costly|much( money)?)\b`, `\b(a )?lower price\b`, `\bfor less\b`, `\bover my budget\b`,
		`(有没有|有)?(再|更|稍微)便宜(一)?(点|些)?儿?(的|吗)?`, `(有没有|有)?便宜(一)?(点|些)儿?(的|吗)?`, `^便宜的$`, `(太|有点|有些)?贵了(点)?`, `太贵|有点贵`, `(更|再)?实惠(一)?(点|些)?的?`, `价格(再)?低(一)?(点|些)的?`, `(再)?低(一)?(点|些)的?价(格)?`)
	cheaperZh  = re(`^(有没有|有|来|要|找)?(再|更|稍微)?便宜(一)?(点|些)?儿?的?(吗)?$`, `便宜(一)?(点|些)的`, `更便宜`)
	dearerRE   = re(`\b(a bit |something |anything |any )?(more expensive|more costly|dearer|costlier|pricier|fancier|higher[- ](end|priced)|more premium|better quality|more upscale|a higher price)( (options?|ones?|please))?\b`, `(再|更|稍微)?贵(一)?(点|些)的?`, `更贵的?`, `(再|更)?(高档|高端)(一)?(点|些)的?|更(高档|高端)的?`, `(品质|质量)(再|更)好(一)?(点|些)?的?`)
	betterRE   = re(`^(is there |are there |do you have |have you got |show me |give me |got )?(any |anything |something |some )?(even |much )?better( (ones?|options?|models?|alternatives?|quality|choices?))?( than (this|that|it|these|those|them))?$`, `^(有没有|有|来|要|找|想要)?(点|个|些)?(再|更)好(一)?(点|些)?的?(吗)?$`)
	limitRE    = re(`\bthan \D{0,6}\d`, `比\D{0,4}\d`)
	moreRE     = re(`^(show|give|see|any|are there|have|got|do you have)?( (me|us|some|any))*\s?\bmore\b( (please|options|results|of (them|these|those)|choices|products|items|like (this|that|these|those|it)|ones))*$`, `\b(show|see|give|any|are there|have|got|what)\b.{0,15}\b(others?|other (ones|options|choices|results|products|models)|else|alternatives|similar( ones)?)\b`, `^(the )?other( one)?$`, `^换(一)?(个|款|些|批)$|^换别的`, `^(more|next|next page|others?|other options|load more|continue|anything else|something else|similar ones)$`, `\bmore (options|results|choices|products|items)\b`, `\bnext page\b`, `更多`, `还有(别的|其他|其它|没有)(的)?(吗|款)?`, `^还有吗$`, `换一批|下一页|下一批`, `^(其他的|别的|类似的|其它的)(吗|款|呢)?$`, `再(来|看|给我看)(一些|几个|几款|点)(别的|其他的)?`, `有没有(别的|其他的|类似的)`)
	priceRE    = re(`\bhow much\b`, `\bwhat('s| is| does| are| do)( the| its| it| they)?( \w+)?( one)? (price|prices|cost)\b`, `\b(price|cost) of\b`, `\bhow expensive\b`, `^(the )?price$`, `多少钱|什么价|价格(是|多少|呢)`, `^价格$`, `啥价|怎么卖|售价`)
	priceWords = re(`\bhow (much|expensive)( (is|are|for|does|do))?\b`, `\bwhat('s| is| does| are| do)?\b`, `\b(price|prices|cost|costs|of)\b`, `多少钱|什么价|价格|是多少|啥价|怎么卖|售价|要`)
	howMuchOf  = re(`\bhow much (memory|ram|storage|space|power|weight|battery|does (it|this|that|the \w+( one)?) weigh|can it|water|capacity)\b`)
	refRE      = re(`\b(the )?(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|[a-z]+teenth|twentieth|thirtieth|fortieth|fiftieth|hundredth|last|\d{1,3}(st|nd|rd|th)|cheapest|most expensive|best rated|top rated)( (one|two|three|item|product|option))?\b`, `\b(number|no\.?|option|item) ?#?\d{1,2}\b`, `#\d{1,2}\b`, `\b(it|this|that|these|those|them|this one|that one|both|all|one|ones|they)\b`, `(前|后)?(第)?[一二两三四五六七八九十\d]{1,2}(个|款|种|双|台|件|只|条)`, `最后(一)?(个|款)`, `(这|那)(个|款|些|几个|两个|双|台|件|只)?`, `它们?|都|最便宜的?|最贵的?`)
	questionRE = re(`^(is|are|does|do|has|have|can|could|will|would|what|what's|whats|how|which|who|why|when|where)\b`, `吗[?？]?$|呢[?？]?$|么[?？]?$|[?？]$|什么|多(大|重|长|高|少|厚|宽|久)|几(个|种|年)|能不能|是不是|会不会|支不支持|是否|哪|怎么|为什么|如何`)
	whichRE    = re(`^(which|what)\b`, `哪`)
	choiceRE   = re(`\b(what|which|any other|other) (colou?rs?|sizes?|versions?|options)\b`, `(什么|哪些|哪几种|几种|其他|别的|其它)(颜色|尺寸|尺码|款式|版本)`)
	factRE     = re(`\b(weigh|weight|heavy|big|large|size|dimensions?|colou?rs?|material|made of|battery|memory|ram|storage|screen|display|resolution|power|watt|watts|wattage|waterproof|water[- ]?resistant|bluetooth|usb\S*|wireless|noise|capacity|warranty|brand|processor|cpu|compatible|fit|fits|height|width|length|depth|released|refresh)\b`, `重量|多重|多大|尺寸|大小|颜色|材质|材料|电池|续航|内存|存储|硬盘|屏幕|分辨率|功率|防水|蓝牙|无线|降噪|容量|处理器|兼容|支持|多高|多长|品牌|牌子|接口`)
	looseRE    = re(`^(whatever|anything goes|surprise me|you (choose|decide|pick)|(i'?m )?not sure|(i )?(don'?t|do not) know( yet)?|no idea)$`, `^(随便|都行|都可以|无所谓|你(帮我)?(定|选|挑)|不知道|不清楚|没想好)(吧|了|呀)?$`, `^(推荐|来|找|介绍)(一?个|一?些|一?点|几个|几款)?好(一?点)?的(东西|商品)?$`)
	vagueRE    = re(`^(what|which)( \w+)? (do|can|would) (you|i) (have|sell|recommend|suggest|buy|offer|get)`, `\b(something|anything|stuff|things|products?|items?|goods)\b`, `东西|商品|产品|好物|推荐|什么|买|逛|看看`)
	generalRE  = re(`^(who|why|when|where|what|what's|how|do you know|can you|could you|will you|would you|does|is|are)\b`, `^(谁|为什么|怎么|如何|你知道|什么是)`)
	loose      = re(`\b(ones?|the one|some|please|but|with it|instead|also|similar|like (this|that|these|those|it)|than (it|this|that|these|those|them|the (first|second|third|last)( one)?))\b`)
	zhStop     = re(`有没有|没有|请问|东西|商品|产品|好物|推荐|我们|我想|想要|一个|一款|一些|这个|那个|什么|哪个|的|了|吗|呢|吧|么|啊|呀|我|你|您|是|有|在|给|要|想|买|看|和|与|及|或|个|款|些|点`)
)

// stop are words that name no goods.
var stop = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields("a an the of for to in on at by with and or but not no from is are was be am i i'm i'd we you u it its it's this that these those them they me my our your us " +
		"do does did have has had can could will would should may might what which who how when where why there here please some any all one ones more most much many very really just only also " +
		"so then than too something anything everything thing things stuff product products item items goods need want like looking look show find get buy see give tell about good nice best great " +
		"recommend recommendation recommendations suggest suggestion idea ideas suggestions option options choose pick help now today available new kind type sort make made meant mean see other others if up out as well let lets let's go take make sell offer s t " +
		"ok okay yes hi hello hey thanks thank shop store") {
		m[w] = true
	}
	return m
}()
