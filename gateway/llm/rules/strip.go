package rules

import (
	"strings"

	"shopkeeper/retrieval/text"
)

var (
	leadIn = re(`(?i)^(?:(?:hi+|hello|hey|hiya|good (?:morning|afternoon|evening|day)|there|dear|please|pls|plz|ok|okay|so|well|then|and|also|but|now|oh|um|uh|hmm+|actually|maybe|perhaps|great|cool|nice|thanks|thank you|alright|right|sorry|excuse me|come on|yes|yeah|yep|sure|just|btw|by the way|quick question)(?:[\s,!.:]+|$))`)
	verbs  = re(`(?i)^(?:(?:can|could|would|will|may) (?:you|u|i|we)(?: please| kindly)?(?: (?:see|view|buy|look at|check out|browse))?|(?:no,? )?i mean(?:t)?|(?:i'?m|i am|we'?re|we are)(?: currently| just)? (?:looking|searching|shopping|hunting|in the market|after)(?: for| to (?:buy|get|find)| around for)?|(?:no,? )?(?:i|we)(?:'d| would)?(?: also| really| just)? (?:want|need|like|love|wanna|prefer|wish)(?: to (?:buy|get|order|see|find|have|purchase|look at|look for|search for))?|i'?ll take|(?:show|find|get|give|recommend|suggest|search|browse|list|bring)(?: for| up)?(?: me| us)?(?: some| any| all| the)?|(?:do|did|have|does) (?:you|u|the shop)(?: guys)?(?: have| sell| carry| stock| got| offer)?|(?:is|are) there(?: any| some)?|looking for|look for|search(?:ing)? for|shopping for|in search of|help me (?:to )?(?:find|choose|pick|buy|get|look for)|let'?s see|let me see|(?:what|how) about|got any|what (?:kind|sort)s? of|need|want)(?:[\s,:]+|$)`)
	plain  = re(`(?i)^(?:(?:can|could|would|will|may) (?:you|u|i|we)(?: please| kindly)?|(?:no,? )?i meant?|(?:do|did|have|does) (?:you|u|the shop)(?: guys)?|give(?: me| us)?|get)[\s,:]*$`) // asks, but for what is open
	start  = re(`(?i)^(?:any|some|a few|several|a couple of|an?|the|your|my|me|us|for me)(?:\s+|$)`)
	praise = re(`(?i)^(?:(?:really |very )?(?:good|nice|decent|great|suitable)|pair of|set of|kind of|one of)\s+`)
	tail   = re(`(?i)(?:[\s,]+(?:please|pls|plz|thanks|thank you|thx|for me|do you have(?: any)?|do you sell|you have|you got|you sell|in your shop|in (?:the|this) (?:shop|store)|if possible|asap|right now|now|today|then|instead|too|as well|are there|is there|have you got|there|options|ideas|recommendations|suggestions))+[\s?!.]*$`)
	which  = re(`(?i)^(?:which|what) (.+?) (?:(?:do|have|can|would) you (?:have|sell|carry|stock|got|recommend|offer|suggest)|(?:can|could|should|would) (?:i|we) (?:get|buy|afford|choose|take))\b`)

	// "which laptop is best for students", "what is the best kettle"
	fittest = re(`(?i)^(?:which|what) ((?:[\p{L}\d-]+ ){1,4}?)(?:is|are|would be|works?|do you recommend|should i (?:buy|get|choose))(?: the)?(?: best| good| better| suitable| right| ideal)?( (?:for|to|with|under|below|in) .+)$`)
	superb  = re(`(?i)^(?:what|which)(?:'s| is| are)(?: the| your| some| a)* ((?:best|good|cheapest|top|newest|most) .+)$`)

	zhLead  = re(`^(?:你好|您好|嗨|哈喽|在吗|亲|(?:我)?(?:想|要)?(?:请)?问(?:一下|下|问)?|麻烦|那么|那|嗯+|好的?[，,\s]|对了|还有就是|谢谢|再)[呀啊，,\s]*`)
	zhVerb  = re(`^(?:(?:请|麻烦)?(?:能|可以|能不能|可不可以)?(?:帮我|帮忙|给我|替我)?(?:找|搜索|搜|查找|推荐|挑|选|看看|看一下|看下|看|来|介绍|列出|展示)(?:一下|一些|点|几个|几款|个|下)?|(?:请)?(?:帮我|帮忙|给我)(?:找|搜|看看|推荐|来)?|我?(?:们)?(?:正)?(?:想要|想买|想找|想看看|想看|要买|打算买|准备买|需要|想|要|买|求)(?:买|找|看)?|(?:你们)?(?:店里?|这里|这儿)?(?:还)?有没有|(?:你们)?(?:店里?|这里|这儿)?(?:还)?有(?:什么|哪些|啥)|换成|改成|换)`)
	zhLooks = re(`[找搜挑选看想买需要求换来]|推荐|有没有|有什么|有哪些|有啥`)
	zhMeas  = re(`^(?:[一几]|两|三)?(?:一些|点儿?|个|款|副|台|件|双|只|条|部|本|些|种)(?:[一-鿿])`)
	zhHave  = re(`^(?:你们)?(?:店里?|这里|这儿)?(?:还)?有([^线氧机盖源刷声趣效色料].*?)(?:吗|么|没有|没|不)[?？。!！]*$`)
	zhTail  = re(`(?:有没有|有吗|有么|可以吗|行吗|好吗|怎么样|推荐一下|推荐下|推荐|谢谢(?:你|您)?|都有哪些|有哪些|有什么|哪个好|吗|呢|吧|么|啊|呀|哦|哈|嘛)[\s?？。!！,，~～]*$`)
)

var (
	atMost = re(`(?i)\b(?:(?:it|they|that|which|and|the price) )*(?:must|should|may|can|could|does|do|will)(?: not|n'?t) (?:cost|be|go|weigh|exceed)(?: (?:more|higher|greater) than| over| above)? (\D{0,3}\d)`)
	toHand = re(`(?i)^(?:i|we)(?:'ve| have)(?: got)?(?: only| about| around)? ([$€£¥]?\d[\d,.]*(?: ?(?:dollars|bucks|euros|pounds|usd|eur))?)(?: to spend)?$`)
)

// plainly says limits in the words in which a search reads them: "it must not cost more than 700", "I have 200 dollars".
func plainly(s string) string {
	s = atMost.ReplaceAllString(s, "at most $1")
	return toHand.ReplaceAllString(s, "up to $1")
}

// strip takes words of politeness and command off both ends, and tells whether they said that something is looked for.
// What stands between them stays as it was written: the search understands limits by itself.
func strip(s string) (rest string, wants bool) {
	s = plainly(strings.TrimSpace(s))
	if m := which.FindStringSubmatch(s); m != nil {
		s, wants = m[1], true
	}
	if m := fittest.FindStringSubmatch(s); m != nil {
		s, wants = m[1]+m[2], true
	} else if m := superb.FindStringSubmatch(s); m != nil {
		s, wants = m[1], true
	}
	for range 8 {
		before := s
		s = leadIn.ReplaceAllString(s, "")
		if loc := verbs.FindStringIndex(mendStart(s)); loc != nil {
			m := mendStart(s)
			wants = wants || !plain.MatchString(m[:loc[1]])
			s = m[loc[1]:]
		}
		s = zhLead.ReplaceAllString(s, "")
		if loc := zhVerb.FindStringIndex(s); loc != nil {
			wants = wants || zhLooks.MatchString(s[:loc[1]])
			s = s[loc[1]:]
		}
		if m := zhHave.FindStringSubmatch(s); m != nil {
			s, wants = m[1], true
		}
		if loc := zhMeas.FindStringIndex(s); loc != nil && !strings.HasPrefix(s, "个人") {
			_, size := lastRune(s[:loc[1]])
			s = s[loc[1]-size:]
		}
		s = tail.ReplaceAllString(s, "")
		s = zhTail.ReplaceAllString(s, "")
		s = strings.TrimLeft(strings.TrimRight(s, " \t?？!！。，,;；:：…~"), " \t,，。:：;；")
		if s == before {
			break
		}
	}
	for range 4 {
		before := s
		s = start.ReplaceAllString(s, "")
		s = praise.ReplaceAllString(s, "")
		if s == before {
			break
		}
	}
	return strings.TrimSpace(s), wants
}

func lastRune(s string) (rune, int) {
	r := []rune(s)
	if len(r) == 0 {
		return 0, 0
	}
	last := r[len(r)-1]
	return last, len(string(last))
}

// Command words that people mistype; each is at least six letters long, so that one slip leaves it readable.
var commands = strings.Fields("cheaper cheapest compare comparison coupon coupons voucher discount discounts delivery shipping warranty reviews review refund refunds " +
	"returns return payment details recommend recommendation available looking search second expensive headphones tracking cancel policy policies thanks")

// ordinary words that are one slip away from a command and mean themselves.
var ordinary = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields("shopping whipping chipping slipping shopping cooking booking hooking locking police seconds record cheater compares refunds returned " +
		"returning preview previews reviewer reviewed detail canceled cancels cancer policy payments discounted vouchers couponing cooling looping lacking " +
		"headphone tracing trucking stacking snacking starch shipment thank") {
		m[w] = true
	}
	for _, w := range commands {
		m[w] = true
	}
	return m
}()

var wordRE = re(`[a-z]{4,14}`)

// mend repairs slips in command words of a folded text; words of the goods are left to the search.
func mend(low string) string {
	return wordRE.ReplaceAllStringFunc(low, func(w string) string {
		switch w {
		case "shwo", "hsow", "sohw":
			return "show"
		case "thnaks", "thansk", "thx":
			return "thanks"
		case "ordr", "oder", "orde", "oredr", "ordre":
			return "order"
		}
		if len(w) < 5 || ordinary[w] {
			return w
		}
		for _, c := range commands {
			if len(c) >= 6 && slip(w, c) {
				return c
			}
		}
		return w
	})
}

var firstWord = re(`^[A-Za-z]+`)

// mendStart repairs the first word only, in a text that keeps its case.
func mendStart(s string) string {
	w := firstWord.FindString(s)
	if m := mend(text.Fold(w)); w != "" && m != text.Fold(w) {
		return m + s[len(w):]
	}
	return s
}

// slip tells whether w is c with one letter left out, doubled, swapped, put in or, in a long word, wrong.
func slip(w, c string) bool {
	d := len(w) - len(c)
	if d < -1 || d > 1 {
		return false
	}
	i := 0
	for i < len(w) && i < len(c) && w[i] == c[i] {
		i++
	}
	switch {
	case d == -1:
		return i > 0 && w[i:] == c[i+1:]
	case d == 1:
		return i > 0 && w[i+1:] == c[i:]
	case i >= len(w):
		return false
	case i+1 < len(w) && w[i] == c[i+1] && w[i+1] == c[i] && w[i+2:] == c[i+2:]:
		return true
	}
	return len(c) >= 7 && i > 0 && w[i+1:] == c[i+1:]
}
