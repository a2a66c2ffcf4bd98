package assistant

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"shopkeeper/retrieval/text"
)

// Words that say what a bare number is. Those of "Left" end where the number begins, those of "Right" begin where it ends; the
// texts are lower case.
var (
	moneyLeft = regexp.MustCompile(`[$€£¥￥₩₹]\s*$|(?:pric(?:e|es|ed|ing)|costs?|costing|pay|paid|worth|totals?|totaling|sav(?:e|es|ing)|sells?|sold|yours|reduced|instead|was|cheapest|` +
		`价格?|售价|现价|原价|特价|卖|只要|仅需|只需|省下?|立减|减免?|优惠|降到?|降至|总[价计额]|合计|共计|付款?)[^\pL\pN]{0,3}(?:(?:is|are|at|of|for|by|to|only|just|now|you|was|the|it|为|是|到|约|才|只要)[^\pL\pN]{0,3}){0,4}$`)
	moneyTight = regexp.MustCompile(`(?:\bfor|\bat|\bonly|\bjust|\bnow|只|才)\s*$`)
	moneyRight = regexp.MustCompile(`^\s*(?:off\b|each\b|apiece|a piece|[块元]|立减)`)
	endRight   = regexp.MustCompile(`^\s*(?:[.,!?;:)，。！？；]|$)`)
	centsRight = regexp.MustCompile(`^\s*(?:cents?\b|¢|分钱|毛|角)`)

	stockRight = regexp.MustCompile(`^\s*(?:[a-z]+\s+){0,2}?(?:left\b|remain|in stock|on hand|units?\b|in (?:our|the) warehouse)|^\s*(?:(?:pieces?|pcs|items?)\s+|of (?:them|these|it)\s+)?(?:still |now |currently )?available\b|^\s*[件个台只双条款部本瓶盒包袋张套支把枚块]?\s*(?:库存|现货|有货)`)
	stockLeft  = regexp.MustCompile(`(?:\bin stock|\bstock|\bleft:|\bremaining:|\binventory|库存|仅剩|只剩|还剩|剩余|余量|剩|现货|有货)[^\pL\pN]{0,3}(?:(?:of|is|are|low|level|levels|count|only|just|still|about|仅|只|有|还|为|是|约|下|余|数|量)[^\pL\pN]{0,3}){0,3}$`)
	byVersion  = regexp.MustCompile(`(?:by version|各款式)[^.!?。！？]*$`)
	piecesLeft = regexp.MustCompile(`(?:还有|仅|只有|仅有|尚有)\s*$`)
	goods      = regexp.MustCompile(`^\s*(?:商品|产品|相关|类似|其他|符合|结果|问题|建议|选择|选项|颜色|款式|版本|条件)`)

	ratingLeft   = regexp.MustCompile(`(?:\brat(?:ed|es|ing|ings)|\bscores?|\bscored|评分|评级|得分|打分|打)[^\pL\pN]{0,3}(?:(?:is|are|of|at|them|it|a|with|an|average|the|product|为|是|达|高达|了|的)[^\pL\pN]{0,3}){0,3}$`)
	ratingRight  = regexp.MustCompile(`^\s*-?(?:/\s*5|out of|stars?\b|★|⭐|☆)`)
	scaleLeft    = regexp.MustCompile(`(?:\d\s*/|out of|满分|分制)\s*$`)
	reviewsRight = regexp.MustCompile(`^\s*(?:[a-z]+\s+){0,2}?(?:reviews?\b|ratings\b|buyers\b|reviewers\b)|^\s*(?:条|个|位|份|次|人)?\s*(?:的)?(?:买家|用户|顾客|客户)?\s*(?:评价|评论|好评|点评)`)

	limitLeft = regexp.MustCompile(`(?:under|below|less than|lower than|within|up to|at most|more than|over|above|at least|from|minimum|min|maximum|max|budget|limit|between|than|not exceed|asked for|` +
		`amount as|低于|不超过|不到|小于|少于|高于|超过|大于|不低于|至少|最少|最多|预算|上限|介于|金额按|按)[^\pL\pN]{0,4}(?:(?:your|the|a|an|of|is|at|to|为|是|在)[^\pL\pN]{0,4}){0,3}(?:[^\pL\pN]{0,3}[\d.,]+\s*(?:-|–|~|to|and|至|到|和)\s*[$€£¥]?\s*)?$`)
	limitRight = regexp.MustCompile(`^\s*(?:or (?:less|more|better|under|above|higher|lower|cheaper|up)|and (?:up|above|under|below|over)\b|max|budget|limit|tops|以内|以下|以上|之内|内|左右|的?预算)`)
	echo       = regexp.MustCompile(`(?:\bfor|\bas|关于|按) ?“[^”]{0,80}$|(?:\byou\b|\byour\b|\byou're\b|您|你|order\b|订单|单号)[^.!?。！？]{0,40}$`)

	discount        = regexp.MustCompile(`\boff\b|discount|\bsav(?:e|es|ing|ings)\b|coupon|cheaper|reduc|\bless\b|优惠|折|减|省|便宜|降`)
	differenceLeft  = regexp.MustCompile(`(?:\bsav(?:e|es|ed|ing|ings)\b|differ(?:ence|s)?\b|cheaper by|dearer by|\boff\b|便宜|贵|差价?|差额|省|立减|降)[^.!?。！？$]{0,30}$`)
	differenceRight = regexp.MustCompile(`^\s*(?:cheaper|less\b|more (?:than|expensive)|more$|more[.,;]|dearer|lower|higher|off\b|apart|的?差)`)
	sum             = regexp.MustCompile(`together|total|\bboth\b|\bsum\b|altogether|combined|一共|总共|合计|加起来|一起|两[件款个]`)
	afterOffer      = regexp.MustCompile(`\bafter\b|\bpay\b|with (?:the |this |that )?(?:code|coupon|offer)|down to|brings|到手|券后|折后|用券|实付`)
	businessDays    = regexp.MustCompile(`^\s*-?(?:business|working)[\s-]+days?\b|^\s*个?工作日`)
	agoRight        = regexp.MustCompile(`^\s*(?:ago\b|earlier|前)`)

	codeLeft      = regexp.MustCompile(`(?:(?:\bcode|优惠码|折扣码|优惠券码|券码|兑换码|口令|代码)[^\pL\pN]{0,4}(?:(?:is|called|named|of|为|是|：)[^\pL\pN]{0,3}){0,2}|(?:\bcoupon|\bvoucher|\bpromo(?:tion)?)\s["“‘'(]?)$`)
	codeRight     = regexp.MustCompile(`^[^\pL\pN]{0,3}(?:(?:promo|coupon|discount)\s+)?(?:code\b|voucher|at checkout|at the checkout|is (?:your|the|a) (?:[a-z]+ )?code|(?:gives?|gets?|saves?|takes?|unlocks?)\s+(?:you\s+)?(?:[$€£¥]|\d)|优惠码|折扣码|(?:可|能)?(?:立减|抵扣|打[\d一二三四五六七八九]))`)
	slashed       = regexp.MustCompile(`\b(\d{1,2})/(\d{1,2})\b`)
	vulgar        = regexp.MustCompile(`[½⅓⅔¼¾⅕⅛]`)
	fractionRight = regexp.MustCompile(`^\s*(?:off\b|price|of the price|less\b|cheaper|的?价)`)
	dayLeft       = regexp.MustCompile(`(?:arriv|deliver|ship|expect|until|\bends?\b|ending|expir|\bby\b|\bon\b|before|since|placed|order|due|到|送达|发货|截止|有效期|之前)[^\pL\pN]{0,3}(?:(?:on|by|at|the|is|it|up|in|s|es|ed|ing|y|为|是|于|在)[^\pL\pN]{0,3}){0,4}$`)
	oneLeft       = regexp.MustCompile(`\b(one|a single)\s+(?:[a-z]+\s+)?(?:left|remain)`)

	partOff = regexp.MustCompile(`\b(?:an?|one|two)[ -](?:third|quarter|fifth|half)s?(?: (?:off|cheaper|less)\b|,? of the price)|\bhalf (?:of )?(?:the|its) (?:\w+ )?price`)
	inA     = regexp.MustCompile(`\b(?:in|within) (an? (day|week|month|year|hour))\b`)

	codeNear = regexp.MustCompile(`\b(?:codes?|coupons?|voucher|checkout|redeem|promo)\b|优惠码|折扣码|券|口令|结账|兑换`)

	quotedCode = regexp.MustCompile(`(?:\bcode|\bcoupon|\bvoucher|优惠码|折扣码|券码|兑换码|口令)[^\pL\pN]{0,3}(?:(?:is|called|named|为|是)[^\pL\pN]{0,2})?["'“‘「『]$`)

	usedCode = regexp.MustCompile(`(?:\b(?:use|using|enter|entering|apply|applying|type|try)\s+(?:the\s+)?(?:promo\s+|coupon\s+|discount\s+)?code[:\s]+|(?:优惠码|折扣码|券码|兑换码)[:：\s]*)$`)
	noCode   = wordSet("at for when to on in and or during if before below above here now today it this that which from with by until")

	codeTalk = regexp.MustCompile(`\b(?:codes?|coupons?|vouchers?|checkout|redeem|promo\w*|use|using|enter|type|apply|save|discounts?|free|off|deals?)\b|优惠|折|券|口令|结账|兑换|输入|使用|立减|免`)

	listLeft  = regexp.MustCompile(`(?:^|\n)[ \t>*-]*$`)
	listRight = regexp.MustCompile(`^[.)、．:：]`)
	stops     = regexp.MustCompile(`[.!?]\s|[。！？；]`)
)

// clause is what belongs to the sentence under way, the line break before it included.
func clause(before string) string {
	ms := stops.FindAllStringIndex(before, -1)
	for i := len(ms) - 1; i >= 0; i-- {
		if ms[i][1] < len(before) || before[ms[i][0]] >= 0x80 {
			return before[ms[i][1]:]
		}
	}
	return before
}

// deal is "buy 2, get 1", "3 for 2", 买二送一 in a text.
type deal struct {
	pair       [2]float64
	start, end int
}

var (
	dealEN   = regexp.MustCompile(`(?i)\bbuy (\w+),?(?: and)? get (?:the )?(\w+)|\b(\w+) for (?:the price of )?(\w+)\b`)
	dealZH   = regexp.MustCompile(`买\s*([\d一二两三四五六七八九十])\s*[件个]?[,，]?\s*[送赠]\s*([\d一二两三四五六七八九十])`)
	cardinal = map[string]float64{
		"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
		"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
	}
)

func dealsIn(s string) (out []deal) {
	count := func(w string) float64 {
		if v, ok := wholeNumber(w); ok {
			return v
		}
		return cardinal[strings.ToLower(w)]
	}
	for _, re := range []*regexp.Regexp{dealEN, dealZH} {
		for _, m := range re.FindAllStringSubmatchIndex(s, -1) {
			a, b := 2, 4
			if m[a] < 0 {
				a, b = 6, 8
			}
			d := deal{[2]float64{count(s[m[a]:m[a+1]]), count(s[m[b]:m[b+1]])}, m[0], m[1]}
			if d.pair[0] > 0 && d.pair[1] > 0 {
				out = append(out, d)
			}
		}
	}
	return out
}

// idiom: Chinese words that hold a numeral and are no number: 十分 (very), 三星 (a brand), 一下.
func idiom(lit, low, rest string) bool {
	switch lit {
	case "十分", "三星", "万一", "一分", "四周":
		return !ratingLeft.MatchString(low) && !strings.HasPrefix(rest, "级") && !strings.HasPrefix(rest, "钟") && !strings.HasPrefix(rest, "好评")
	case "一次", "一种", "一个", "一款", "一件", "一条", "一张", "一位", "一部", "一台", "一只", "一双", "一套", "一本", "一份", "一项":
		return !stockLeft.MatchString(low) && !stockRight.MatchString(rest)
	}
	return false
}

// saidAsCode: a word that stands where a code stands, or looks like one where codes are spoken of.
func (e *evidence) saidAsCode(w, before, after string) bool {
	if e.codes[foldWord(w)] {
		return true
	}
	coded := codeShaped(w) || caps(w) || hasDigit(w) && hasLetter(w) || quotedWord(before, after)
	tail := strings.ToLower(before[max(0, len(before)-24):])
	if !coded && !strings.Contains(tail, "code") && !strings.Contains(tail, "码") {
		return false // most words
	}
	low, rest := strings.ToLower(clause(before)), strings.ToLower(after)
	switch {
	case !coded && (noCode[strings.ToLower(w)] || !usedCode.MatchString(low)):
		return false
	case codeLeft.MatchString(low), codeRight.MatchString(rest):
		return true
	}
	return (codeShaped(w) || caps(w)) && codeNear.MatchString(low[max(0, len(low)-60):]+" "+rest[:min(len(rest), 30)])
}

func quotedWord(before, after string) bool {
	return before != "" && after != "" && strings.ContainsRune("\"'“‘「『`", lastRune(before)) && strings.ContainsRune("\"'”’」』`", firstRune(after))
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

// code: an offer's. Where a word only stands near talk of coupons, brands and model names may stand, too.
func (e *evidence) code(w, before, after string) bool {
	if e.codes[foldWord(w)] {
		return true
	}
	low, rest := strings.ToLower(clause(before)), strings.ToLower(after)
	return !codeLeft.MatchString(low) && !codeRight.MatchString(rest) && (e.words[foldWord(w)] || common[strings.ToLower(w)])
}

// common words that people write in capitals.
var common = wordSet("free only note code codes sale off save with and the not you your this that from cannot also html http https usb hdmi wifi")

// word: a word with digits in it, as a title, an attribute, an id or an offer has it; an ordinal of what was listed; the
// shopper's own number of an order.
func (e *evidence) word(w, before, after string) bool {
	low := strings.ToLower(clause(before))
	if e.words[foldWord(w)] || areaUnit.MatchString(w) {
		return true
	}
	talk := codeTalk.MatchString(low[max(0, len(low)-60):] + " " + strings.ToLower(after[:min(len(after), 40)]))
	if e.loose[foldWord(w)] && !talk {
		return true
	}
	if m := spelledOut.FindStringSubmatch(strings.ToLower(w)); m != nil { // 1.2-meter
		if ns := text.Numbers(m[1]); len(ns) == 1 && e.facts[fact{ns[0].Value, unitOf(ns, 0, m[1]+" "+m[2])}] {
			return true
		}
	}
	if m := ordinal.FindStringSubmatch(strings.ToLower(w)); m != nil {
		n, _ := wholeNumber(m[1])
		if n <= float64(max(e.shown, 10)) {
			return true
		}
		for d := range e.dates {
			if strings.HasSuffix(d, "-"+m[1]) {
				return true
			}
		}
		return false
	}
	if e.limits.words[foldWord(w)] && !codeShaped(w) && echo.MatchString(low) {
		return true
	}
	ps := strings.FieldsFunc(w, func(r rune) bool { return strings.ContainsRune("/+&,", r) }) // 16GB/IP67
	if len(ps) < 2 {
		return false
	}
	named := false
	for _, part := range ps {
		switch {
		case e.words[foldWord(part)], e.loose[foldWord(part)] && !talk:
			named = named || hasDigit(part)
		case !hasDigit(part), !hasLetter(part) && len(part) <= 2: // a model's suffix: SHS3201/10
		default:
			return false
		}
	}
	return named
}

var (
	spelledOut = regexp.MustCompile(`^([\d.,]+)-?([a-z]+)$`)
	ordinal    = regexp.MustCompile(`^(\d{1,4})(?:st|nd|rd|th)$`)
	areaUnit   = regexp.MustCompile(`^(?:[A-Za-z]+/)?[cmkd]?(?:m|ft|in)[²³]$`) // g/m²
)

var weekdays = map[string]time.Weekday{
	"monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6, "sunday": 0,
	"mon": 1, "tue": 2, "tues": 2, "wed": 3, "thu": 4, "thur": 4, "thurs": 4, "fri": 5,
	"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 0, "天": 0,
}

// unboundWord: a word that says a day or a large number and is not bound.
func (e *evidence) unboundWord(w, written, before string) bool {
	if _, ok := weekdays[w]; ok {
		if len(w) < 4 && !unicode.IsUpper(firstRune(written)) { // sun, wed, fri are words, too
			return false
		}
		before = strings.ToLower(before)
		return !strings.HasSuffix(before, "black ") && !strings.HasSuffix(before, "cyber ") && !e.day(w)
	}
	switch w {
	case "tomorrow", "yesterday", "overnight", "next-day", "same-day":
		return !e.day(w)
	case "hundred", "hundreds", "thousand", "thousands", "million", "millions", "billion", "dozen", "dozens":
		return !e.said(w)
	}
	return false
}

// said: a text of the shop's own says it in so many words.
func (e *evidence) said(w string) bool { return strings.Contains(e.texts.String(), w) }

// day: a day of the week, or one before or after today, is bound when a date that is bound falls on it.
func (e *evidence) day(w string) bool {
	if e.said(w) {
		return true
	}
	if n, ok := map[string]int{
		"tomorrow": 1, "yesterday": -1, "overnight": 1, "next-day": 1, "same-day": 0, "明天": 1, "明日": 1, "次日": 1, "后天": 2, "大后天": 3, "昨天": -1, "昨日": -1, "前天": -2,
	}[w]; ok {
		return e.dayFromNow(n)
	}
	day, ok := weekdays[w]
	if !ok {
		if day, ok = weekdays[string(lastRune(w))]; !ok {
			return false
		}
	}
	if e.now.In(e.zone).Weekday() == day {
		return true
	}
	for d := range e.dates {
		if t, err := time.Parse(time.DateOnly, d); err == nil && t.Weekday() == day {
			return true
		}
	}
	return false
}

func (e *evidence) dayFromNow(days int) bool {
	return e.dates[e.now.In(e.zone).AddDate(0, 0, days).Format(time.DateOnly)]
}

// date: one that is bound, with or without its year; today.
func (e *evidence) date(d string) bool {
	today := e.now.In(e.zone).Format(time.DateOnly)
	short, ok := strings.CutPrefix(d, "--")
	if !ok {
		return e.dates[d] || d == today || e.dates["--"+d[5:]]
	}
	if e.dates[d] || strings.HasSuffix(today, "-"+short) {
		return true
	}
	for have := range e.dates {
		if strings.HasSuffix(have, "-"+short) {
			return true
		}
	}
	return false
}
