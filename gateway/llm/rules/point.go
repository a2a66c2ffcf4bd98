package rules

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// refs is what a part points at in what was shown.
type refs struct {
	list  []int    // places from 1; -1 is the last
	all   bool     // both, these, all of them
	it    bool     // it, this one
	super []string // the cheapest one: orders as SearchInput.Sort has them
}

func (r refs) some() bool { return len(r.list) > 0 || len(r.super) > 0 }
func (r refs) any() bool  { return r.some() || r.it || r.all }

var (
	nthRE    = re(`\b(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth|fortieth|fiftieth|hundredth|\d{1,3}(?:st|nd|rd|th))\b`)
	firstNRE = re(`\b(?:first|top) (two|three|four|five|2|3|4|5)\b`)
	lastRE   = re(`\b(?:the )?last (?:one|item|product|option)\b|\bthe last$|最后(?:一)?(?:个|款|种)`)
	numberRE = re(`(?:\b(?:number|no\.?|option|item|product) ?#?|#)(\d{1,2})\b`)
	andNumRE = re(`^(?:compare )?(?:the )?(\d)(?: ?(?:and|&|vs\.?|with|,) ?(?:the )?(\d))+$|^(\d)$`)
	zhNthRE  = re(`第([一二两三四五六七八九十]|\d{1,2})(?:个|款|种|双|台|件|只|条|张|把|本|部|项)?`)
	zhTopRE  = re(`前(?:面)?([两二三四五]|[2-5])(?:个|款|种|双|台|件|只|条)?`)
	zhAndRE  = re(`([一二三四五六七八九十]|\d{1,2})(?:和|跟|与|、)(?:第)?([一二三四五六七八九十]|\d{1,2})(?:个|款|号)?`)
	allRE    = re(`\b(?:both|all of (?:them|these|those)|all (?:two|three|four|five)|these|those|them|they|the two|the three)\b|这(?:两|几|三|些)(?:个|款)?|那(?:两|几|些)(?:个|款)?|它们|这些|都`)
	itRE     = re(`\b(?:it|it's|its|this|that|this one|that one|the product|the item)\b|它|这(?:个|款|双|台|件|只|条|把|本|部)|那(?:个|款|双|台|件)|该(?:商品|产品|款)`)
	cheapRE  = re(`\bthe (?:cheapest|least expensive|lowest[- ]priced)\b|\bwhich( one| of (them|these|those|the two))?( is|'s)( the)? (cheapest|cheaper|less expensive)\b|\bcheapest one\b|最便宜的?(?:那)?(?:个|款)|哪(?:一)?(?:个|款)(?:最|更|比较)?便宜`)
	dearRE   = re(`\bthe most expensive( one)?\b|最贵的?(?:那)?(?:个|款)|哪(?:个|款)最贵`)
	ratedRE  = re(`\bthe (?:best|top|highest)[- ]rated( one)?\b|\bwhich( one)? (?:has|have|is)( the)? (?:best|better|highest|higher|most|more|top)[- ](?:rat\w+|review\w*)\b|(?:评分|评价)最(?:高|好)的?(?:那)?(?:个|款)|哪(?:个|款)(?:评分|评价)最(?:高|好)`)
)

var places = map[string]int{
	"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
	"eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19,
	"twentieth": 20, "thirtieth": 30, "fortieth": 40, "fiftieth": 50, "hundredth": 100, "two": 2, "three": 3, "four": 4, "five": 5,
	"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
}

func place(s string) int {
	if n, ok := places[s]; ok {
		return n
	}
	n, _ := strconv.Atoi(strings.TrimRight(s, "stndrh"))
	return n
}

// counted hides a counter that begins a word: 那台灯 is a lamp and not "that one".
var counted = strings.NewReplacer("台灯", "灯", "台式", "式", "台球", "球", "台历", "历", "件套", "套")

// point finds what a folded text points at.
func point(low string) (r refs) {
	low = counted.Replace(low)
	add := func(n int) {
		if n != 0 && n <= 100 && !slices.Contains(r.list, n) {
			r.list = append(r.list, n)
		}
	}
	bare := strings.Trim(low, " .!?,。？！")
	if m := firstNRE.FindStringSubmatch(low); m != nil {
		for i := range place(m[1]) {
			add(i + 1)
		}
	} else if m := zhTopRE.FindStringSubmatch(low); m != nil {
		for i := range place(m[1]) {
			add(i + 1)
		}
	} else {
		for _, m := range nthRE.FindAllStringSubmatch(low, 10) {
			add(place(m[1]))
		}
		for _, m := range numberRE.FindAllStringSubmatch(low, 10) {
			add(place(m[1]))
		}
		for _, m := range zhNthRE.FindAllStringSubmatch(low, 10) {
			add(place(m[1]))
		}
		if m := zhAndRE.FindStringSubmatch(low); m != nil && (len(r.list) > 0 || strings.Contains(low, "比")) {
			add(place(m[1]))
			add(place(m[2]))
		}
		if andNumRE.MatchString(bare) {
			for _, c := range bare {
				if unicode.IsDigit(c) && c <= '9' {
					add(int(c - '0'))
				}
			}
		}
		if lastRE.MatchString(low) {
			add(-1)
		}
	}
	r.all = allRE.MatchString(low)
	r.it = itRE.MatchString(low)
	for _, s := range []struct {
		re   *pattern
		sort string
	}{{cheapRE, "price"}, {dearRE, "-price"}, {ratedRE, "-rating"}} {
		if s.re.MatchString(low) {
			r.super = append(r.super, s.sort)
		}
	}
	return r
}

var sortWords = []struct {
	sort string
	re   *pattern
}{
	{"-price", re(`\bmost expensive\b`, `\b(highest|dearest) (price|first)\b`, `\bprice[ :,-]*(high to low|descending)`, `\bhighest price\b`, `最贵的?`, `(贵|价格高)的(排|放)在?前(面|头)?`, `价格(从|由)高到低`, `按价格(降序|从高)`)},
	{"price", re(`\bcheapest\b`, `\blowest (price|prices|first|cost)\b`, `\b(sort|order|rank)(ed)?( \w+){0,2} by price\b`, `\bprice[ :,-]*(low to high|ascending)`, `\blow to high\b`, `最便宜的?`, `最低价`, `价格(从|由)低到高`, `从低到高`, `按价格(排序|排)?`, `(便宜|价格低)的(排|放)?在?前(面|头)?`)},
	{"-rating", re(`^(the )?best( ones?)?$`, `^最好的?(那)?(个|款)?$`, `\b(best|top|highest|highly|well)[- ]rated\b`, `\b(best|highest) (ratings?|reviews?)\b`, `\bbest[- ]reviewed\b`, `\b(sort|order|rank)(ed)?( \w+){0,2} by (ratings?|reviews?|stars)\b`, `评分(最高|从高到低|排序)的?`, `评分高的?(排|放)(在)?(最)?前(面|头)?`, `(评价|口碑)(最)?好的?`, `好评(最多|率高|率最高)?的?`, `按评分(排序|排)?`)},
	{"-reviews", re(`\bwhat'?s (popular|trending|hot)\b`, `\bmost (popular|reviewed|sold)\b`, `\bbest[- ]?sell(ing|ers?)\b`, `\bpopular( ones)?\b`, `\b(sort|order|rank)(ed)?( \w+){0,2} by popularity\b`, `(最)?热(销|门|卖)的?`, `销量(最高|最好|高|排序)?的?`, `评价最多的?`, `最受欢迎的?`, `爆款`)},
	{"-released", re(`\b(newest|latest|most recent)( first| ones?| models?)?\b`, `\b(sort|order|rank)(ed)?( \w+){0,2} by (date|newest|release( date)?)\b`, `\bwhat'?s new\b`, `\bnew (arrivals|in)\b`, `^(is there |do you have )?(anything |something |any )?newer( ones?| models?| versions?)?$`, `^(有没有|有)?(再|更)?新(一)?(点|些)的?(吗)?$`, `最新(款|上市|发布)?的?`, `新品`)},
	{"-discount", re(`\bwhat'?s on (sale|offer)\b`, `\b(biggest|best|highest|largest) (discounts?|savings|deals?)\b`, `\b(on sale|discounted|reduced|marked down)\b`, `\b(any |good |some )?(deals?|discounts?|offers?|bargains?|savings?) (on|for|in)\b`, `\b(sort|order|rank)(ed)?( \w+){0,2} by discount\b`, `折扣(最大|力度最大|最多)的?`, `降价(最多)?的?`, `打折的|特价的?|促销的`)},
}

// sortRE is every word of order, to be taken out of what is searched.
var sortRE = func() *pattern {
	var parts []string
	for _, s := range sortWords {
		parts = append(parts, s.re.String())
	}
	return re(append(parts, `\b(sort|order|rank)(ed)?( (them|it|these|those|results|the results|the list))?( by)?\b`, `\bfirst( please)?$`, `\bshow me the\b`, `排序|排列|排一下|放前面|排前面`)...)
}()

func sortWish(low string) string {
	for _, s := range sortWords {
		if s.re.MatchString(low) {
			return s.sort
		}
	}
	return ""
}

const dropFields = `price|prices|budget|cost|brand|brands|make|colou?rs?|sizes?|ratings?|materials?|stock|memory|storage|weight|screen`

var (
	dropRE = re(`\b(?:any|all|every|whatever|no matter( what| the)?|regardless of( the)?|back to (?:all|any))( the)? (`+dropFields+`)\b( (?:is|are) (?:fine|ok|okay|good)| will do| again)?`, `\b(?:no|without( any)?|remove( the)?|drop( the)?|clear( the)?|forget( about)?( the)?|ignore( the)?|lift( the)?|skip( the)?) (`+dropFields+`) (?:limits?|filters?|restrictions?|constraints?|preference|range)\b`, `\b(`+dropFields+`) (?:doesn'?t|does not|don'?t|do not) matter\b`, `\b(?:i )?(?:don'?t|do not) care about( the)? (`+dropFields+`)\b`, `\b(?:forget|drop|remove|never ?mind) (?:about )?(?:the )?(`+dropFields+`)$`,
		`\b(?:no|without|remove|drop|clear|forget)( the| all| any| all the| my)? (limits?|filters?|restrictions?|constraints?)\b`, `\bwithout that limit\b`,
		`(价格|价位|预算|品牌|牌子|颜色|尺寸|尺码|评分|材质|库存|内存|重量)(?:都)?(?:不限|随便|都行|都可以|无所谓|不重要|不管|没关系)`, `不限(?:制)?(价格|价位|预算|品牌|牌子|颜色|尺寸|尺码|评分|材质|库存)?`, `(?:所有|任何|任意|全部)(价格|价位|品牌|牌子|颜色|尺寸|尺码)(?:的|都行|都可以)?`, `(?:什么|啥)(价格|价位|品牌|牌子|颜色|尺寸|尺码)(?:的)?(?:都行|都可以|都好|无所谓)`, `(?:去掉|取消|不要|去除|不用)(价格|价位|预算|品牌|牌子|颜色|尺寸|评分|材质|库存|所有|全部)?的?(?:限制|条件|筛选|要求)`)
	dropTail = re(`\b(?:is|are) (?:fine|ok|okay)\b|\bwill do\b|\bagain\b`)
	dropName = re(dropFields + `|价格|价位|预算|品牌|牌子|颜色|尺寸|尺码|评分|材质|库存|内存|重量`)
)

var dropNames = map[string]string{
	"price": "price", "prices": "price", "budget": "price", "cost": "price", "brand": "brand", "brands": "brand", "make": "brand", "color": "color", "colors": "color", "colour": "color", "colours": "color",
	"size": "size", "sizes": "size", "rating": "rating", "ratings": "rating", "material": "material", "materials": "material", "stock": "stock", "memory": "memory", "storage": "storage", "weight": "weight", "screen": "screen",
	"价格": "price", "价位": "price", "预算": "price", "品牌": "brand", "牌子": "brand", "颜色": "color", "尺寸": "size", "尺码": "size", "评分": "rating", "材质": "material", "库存": "stock", "内存": "memory", "重量": "weight",
}

// dropWish is the fields whose limits go; "*" is all of them.
func dropWish(low string) []string {
	var out []string
	for _, m := range dropRE.FindAllString(low, 4) {
		n := dropNames[dropName.FindString(m)]
		if n == "" {
			n = "*"
		}
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// degree is a wish for more or less of a measure than what is seen.
type degree struct {
	sign  int
	names []string // of attributes, the best first
}

var degrees = []struct {
	re *pattern
	d  degree
}{
	{re(`\b(more|bigger|larger) (memory|ram)\b`, `内存(再|更)?(大|多|高)`, `更大(的)?内存`), degree{1, []string{"memory"}}},
	{re(`\b(more|bigger|larger) (storage|disk|ssd|hard drive|space)\b`, `(存储|硬盘)(再|更)?(大|多)`, `更大(的)?(存储|硬盘)`), degree{1, []string{"storage"}}},
	{re(`\b(bigger|larger) (screen|display)\b`, `屏幕(再|更)?大`, `更大(的)?屏`), degree{1, []string{"screen"}}},
	{re(`\b(smaller) (screen|display)\b`, `屏幕(再|更)?小`), degree{-1, []string{"screen"}}},
	{re(`\b(longer|better|bigger) battery( life)?\b`, `续航(再|更)?(长|久|好)`, `电池(再|更)?大`), degree{1, []string{"battery life", "battery"}}},
	{re(`\b(more powerful|stronger|higher (power|wattage))\b`, `功率(再|更)?(大|高)`), degree{1, []string{"power"}}},
	{re(`\b(lighter|less heavy)\b`, `(再|更)轻`, `轻(一)?(点|些)`, `轻便(一)?(点|些)`), degree{-1, []string{"weight"}}},
	{re(`\b(heavier)\b`, `(再|更)重(一)?(点|些)?的?$`, `重(一)?(点|些)的`), degree{1, []string{"weight"}}},
	{re(`\b(brighter)\b`, `(再|更)亮`, `亮(一)?(点|些)`), degree{1, []string{"brightness", "luminous flux", "power"}}},
	{re(`\b(quieter|less noisy)\b`, `(更|再)安静|安静(一)?(点|些)`), degree{-1, []string{"noise", "noise level"}}},
	{re(`\b(bigger|larger|more spacious)\b`, `(再|更)大`, `大(一)?(点|些)`), degree{1, []string{"screen", "capacity", "volume", "size", "diameter", "length", "height", "width"}}},
	{re(`\b(smaller|more compact)\b`, `(再|更)小`, `小(一)?(点|些)`), degree{-1, []string{"screen", "capacity", "volume", "size", "diameter", "length", "height", "width", "weight"}}},
	{re(`\blonger\b`, `(再|更)长|长(一)?(点|些)`), degree{1, []string{"length", "cable length"}}},
	{re(`\bshorter\b`, `(再|更)短|短(一)?(点|些)`), degree{-1, []string{"length", "cable length"}}},
}

var degreeRE = func() *pattern {
	parts := []string{}
	for _, d := range degrees {
		parts = append(parts, `(?:\b(?:a bit|a little|something|anything|slightly|much|even) )?(?:`+d.re.String()+`)(?:一?[点些]儿?)?(?:的)?(?: (?:ones?|models?))?`)
	}
	return re(parts...)
}()

func degreeOf(low string) degree {
	for _, d := range degrees {
		if d.re.MatchString(low) {
			return d.d
		}
	}
	return degree{}
}

var (
	orderSign = re(`#\s?([A-Za-z]{0,4}-?\d[\dA-Za-z-]{2,24})`)
	orderWord = re(`(?i)(?:\border\b|\bpurchase\b|订单号?|单号)[^A-Za-z0-9#]{0,4}(?:number|no\.?|id|nr\.?|号码?|是|为|编号)?[^A-Za-z0-9#]{0,4}(?:is )?#?([A-Za-z]{0,4}-?\d{3,}[\dA-Za-z-]{0,20})`)
	orderTail = re(`(?i)\b([A-Z]{0,4}-?\d{4,}[\dA-Z-]{0,16})\s*(?:这个|这笔|的)?订单`)
	orderSeek = re(`(?i)\b(?:where|status|track|check|find|about)\b.{0,12}\b([A-Z]{1,3}-?\d{6,20})\b`)
	orderAny  = re(`\b[A-Z]{2,3}-\d{5,12}\b`) // only where orders are spoken of
	orderBare = re(`^\s*#?([A-Za-z]{1,4}-?\d{5,20}|\d{6,20})[\s?？。.!]*$`)
)

// orderNumber reads the number of an order as people quote it, in capitals; "" = none.
func orderNumber(s string) string {
	if m := orderSign.FindStringSubmatch(s); m != nil {
		return "#" + strings.ToUpper(m[1])
	}
	for _, re := range []*pattern{orderWord, orderTail, orderSeek, orderBare} {
		if m := re.FindStringSubmatch(s); m != nil {
			return strings.ToUpper(m[1])
		}
	}
	return ""
}

var (
	codeAfter = re(`(?i)(?:\bcode\b|\bcoupon\b|\bvoucher\b|优惠码|折扣码|优惠券|券码|优惠代码)[\s:：“"'=是为]*([A-Za-z0-9][A-Za-z0-9_-]{2,19})`)
	codeShape = re(`\b([A-Z][A-Z_-]{1,15}\d{1,8}[A-Z]{0,6}|[A-Z]{4,16})\b`)
	codeTalk  = re(`\b(valid|expired?|redeem|code|codes|coupon|voucher|promo|still (good|work|works))\b`, `\b(works?|apply|applies)( (on|for|to) (it|this|that|the \w+( one)?)| here| still| now)?\s*\??$`, `\b(use|enter|apply)\b`, `能用|有效|可用|过期|可以用|还能|优惠码|折扣码|码|券`)
	dealTalk  = re(`\b(off|discounts?|save|saves|saving|deal)\b`, `打.{0,3}折|折|优惠|立减|省`)
	dealCode  = re(`\b([A-Z]{3,15}\d{1,4})\b`) // where only a discount is spoken of: a word and a number, as no model is called
	codeWords = re(`(?i)^(?:is|for|that|the|this|valid|work|works|and|codes?|are|please|available|now|expired|not|does|doesn'?t|can|will|here|to|on|or|with|from|of|you|have|it|today|any|there|applies|apply|discounts?|offers?|deals?|still|as|at|in|my|if)$`)
)

// couponCode reads a campaign's code: a name in capitals in a sentence about codes, or what stands behind the word.
func couponCode(s, low string) string {
	if !codeTalk.MatchString(low) {
		if m := dealCode.FindString(s); m != "" && dealTalk.MatchString(low) && !shouting(s) {
			return m
		}
		return ""
	}
	for _, m := range codeAfter.FindAllStringSubmatch(s, 3) {
		if !codeWords.MatchString(m[1]) && (hasDigit(m[1]) || strings.ToUpper(m[1]) == m[1] || strings.Contains(low, "code")) && !strings.EqualFold(m[1], "scanner") && !strings.EqualFold(m[1], "reader") {
			return strings.ToUpper(m[1])
		}
	}
	if m := codeShape.FindStringSubmatch(s); m != nil && (hasDigit(m[1]) || !shouting(s)) && !notCode[m[1]] {
		return m[1]
	}
	return ""
}

var notCode = map[string]bool{"USB": true, "HDMI": true, "WIFI": true, "IPHONE": true, "HTML": true, "SONY": true, "BOSE": true, "ASUS": true, "DELL": true, "ACER": true}

// shouting is a message in capitals: its words are no codes.
func shouting(s string) bool {
	up, all := 0, 0
	for _, r := range s {
		if r <= 'z' && unicode.IsLetter(r) {
			all++
			if unicode.IsUpper(r) {
				up++
			}
		}
	}
	return all > 12 && up*10 > all*8
}
