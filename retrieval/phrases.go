package retrieval

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// phrase is how a wish is said. Strict ones count only beside an amount of money or a measure: "15 pro max" sets no limit.
type phrase struct {
	words  string
	op     Op
	strict bool
}

// Said before the number. Eq stands for "about".
var leads = longestFirst([]phrase{
	{"under", Lte, false},
	{"below", Lte, false},
	{"beneath", Lte, true},
	{"less than", Lt, false},
	{"lower than", Lt, false},
	{"cheaper than", Lt, false},
	{"smaller than", Lt, false},
	{"lighter than", Lt, false},
	{"shorter than", Lt, false},
	{"for less than", Lt, false},
	{"for under", Lte, false},
	{"priced under", Lte, false},
	{"within", Lte, false},
	{"up to", Lte, false},
	{"at most", Lte, false},
	{"no more than", Lte, false},
	{"not more than", Lte, false},
	{"not over", Lte, false},
	{"not above", Lte, false},
	{"no higher than", Lte, false},
	{"not exceeding", Lte, false},
	{"maximum", Lte, false},
	{"maximum of", Lte, false},
	{"max of", Lte, true},
	{"max.", Lte, true},
	{"max", Lte, true},
	{"budget", Lte, false},
	{"budget of", Lte, false},
	{"budget is", Lte, false},
	{"budget:", Lte, false},
	{"budget of about", Lte, false},
	{"budget is about", Lte, false},
	{"budget of around", Lte, false},
	{"budget is around", Lte, false},
	{"budget around", Lte, false},
	{"budget about", Lte, false},
	{"budget roughly", Lte, false},
	{"budget approximately", Lte, false},
	{"budget of roughly", Lte, false},
	{"budget is roughly", Lte, false},
	{"can spend", Lte, false},
	{"spend up to", Lte, false},
	{"<", Lt, false},
	{"<=", Lte, false},
	{"≤", Lte, false},
	{"不超过", Lte, false},
	{"不能超过", Lte, false},
	{"别超过", Lte, false},
	{"不要超过", Lte, false},
	{"低于", Lt, false},
	{"少于", Lt, false},
	{"小于", Lt, false},
	{"最多", Lte, false},
	{"最高", Lte, true},
	{"至多", Lte, false},
	{"不高于", Lte, false},
	{"不大于", Lte, false},
	{"不多于", Lte, false},
	{"不到", Lt, false},
	{"预算", Lte, false},
	{"预算是", Lte, false},
	{"预算在", Lte, false},
	{"预算大概", Lte, false},
	{"预算大约", Lte, false},
	{"预算约", Lte, false},
	{"预算只有", Lte, false},
	{"预算:", Lte, false},
	{"轻于", Lt, false},
	{"控制在", Lte, false},
	{"便宜于", Lt, false},
	{"over", Gt, false},
	{"above", Gt, false},
	{"more than", Gt, false},
	{"greater than", Gt, false},
	{"higher than", Gt, false},
	{"larger than", Gt, false},
	{"bigger than", Gt, false},
	{"longer than", Gt, false},
	{"heavier than", Gt, false},
	{"at least", Gte, false},
	{"no less than", Gte, false},
	{"not less than", Gte, false},
	{"not under", Gte, false},
	{"not below", Gte, false},
	{"no lower than", Gte, false},
	{"minimum", Gte, false},
	{"minimum of", Gte, false},
	{"min", Gte, true},
	{"min.", Gte, true},
	{"starting at", Gte, false},
	{"starting from", Gte, false},
	{"from", Gte, true},
	{">", Gt, false},
	{">=", Gte, false},
	{"≥", Gte, false},
	{"至少", Gte, false},
	{"至少要", Gte, false},
	{"至少有", Gte, false},
	{"最少", Gte, false},
	{"最低", Gte, true},
	{"起码", Gte, false},
	{"不少于", Gte, false},
	{"不低于", Gte, false},
	{"不小于", Gte, false},
	{"超过", Gt, false},
	{"高于", Gt, false},
	{"大于", Gt, false},
	{"多于", Gt, false},
	{"around", Eq, true},
	{"about", Eq, true},
	{"roughly", Eq, true},
	{"approximately", Eq, true},
	{"approx", Eq, true},
	{"circa", Eq, true},
	{"for around", Eq, true},
	{"for about", Eq, true},
	{"大约", Eq, true},
	{"大概", Eq, true},
	{"差不多", Eq, true},
	{"约", Eq, true},
})

// Said behind the number.
var tails = longestFirst([]phrase{
	{"or less", Lte, false},
	{"or under", Lte, false},
	{"or below", Lte, false},
	{"or cheaper", Lte, false},
	{"or lower", Lte, false},
	{"or smaller", Lte, false},
	{"or lighter", Lte, false},
	{"and under", Lte, false},
	{"and below", Lte, false},
	{"max", Lte, true},
	{"maximum", Lte, true},
	{"at most", Lte, false},
	{"tops", Lte, true},
	{"budget", Lte, true},
	{"以下", Lte, false},
	{"及以下", Lte, false},
	{"或以下", Lte, false},
	{"以内", Lte, false},
	{"之内", Lte, false},
	{"之下", Lte, false},
	{"封顶", Lte, false},
	{"内", Lte, true},
	{"或更少", Lte, false},
	{"或更便宜", Lte, false},
	{"的预算", Lte, true},
	{"预算", Lte, true},
	{"or more", Gte, false},
	{"or above", Gte, false},
	{"or over", Gte, false},
	{"or higher", Gte, false},
	{"or larger", Gte, false},
	{"or bigger", Gte, false},
	{"or better", Gte, false},
	{"or up", Gte, false},
	{"or heavier", Gte, false},
	{"and up", Gte, false},
	{"and above", Gte, false},
	{"and more", Gte, false},
	{"and over", Gte, false},
	{"plus", Gte, true},
	{"+", Gte, true},
	{"minimum", Gte, true},
	{"at least", Gte, true},
	{"以上", Gte, false},
	{"及以上", Gte, false},
	{"或以上", Gte, false},
	{"之上", Gte, false},
	{"起", Gte, true},
	{"或更多", Gte, false},
	{"或更高", Gte, false},
	{"或更大", Gte, false},
	{"左右", Eq, false},
	{"上下", Eq, true},
	{"or so", Eq, false},
	{"-ish", Eq, false},
})

// Sort wishes, the longest first.
var sorts = func() []struct{ words, sort string } {
	out := []struct{ words, sort string }{
		{"cheapest first", NumPrice},
		{"the cheapest", NumPrice},
		{"cheapest", NumPrice},
		{"lowest price", NumPrice},
		{"lowest priced", NumPrice},
		{"lowest-priced", NumPrice},
		{"least expensive", NumPrice},
		{"most affordable", NumPrice},
		{"price low to high", NumPrice},
		{"low to high", NumPrice},
		{"sort by price", NumPrice},
		{"sorted by price", NumPrice},
		{"by price", NumPrice},
		{"cheap", NumPrice},
		{"affordable", NumPrice},
		{"inexpensive", NumPrice},
		{"便宜一点的", NumPrice},
		{"便宜点的", NumPrice},
		{"便宜点", NumPrice},
		{"便宜的", NumPrice},
		{"便宜", NumPrice},
		{"最便宜的", NumPrice},
		{"最便宜", NumPrice},
		{"最低价", NumPrice},
		{"价格最低", NumPrice},
		{"价格从低到高", NumPrice},
		{"从低到高", NumPrice},
		{"按价格排序", NumPrice},
		{"最实惠", NumPrice},
		{"most expensive", "-" + NumPrice},
		{"highest price", "-" + NumPrice},
		{"highest priced", "-" + NumPrice},
		{"priciest", "-" + NumPrice},
		{"dearest", "-" + NumPrice},
		{"high to low", "-" + NumPrice},
		{"最贵", "-" + NumPrice},
		{"价格最高", "-" + NumPrice},
		{"从高到低", "-" + NumPrice},
		{"newest first", "-" + NumReleased},
		{"newest", "-" + NumReleased},
		{"latest", "-" + NumReleased},
		{"most recent", "-" + NumReleased},
		{"最新款", "-" + NumReleased},
		{"最新", "-" + NumReleased},
		{"best rated", "-" + NumRating},
		{"best-rated", "-" + NumRating},
		{"top rated", "-" + NumRating},
		{"top-rated", "-" + NumRating},
		{"highest rated", "-" + NumRating},
		{"highest-rated", "-" + NumRating},
		{"highest rating", "-" + NumRating},
		{"best reviewed", "-" + NumRating},
		{"best reviews", "-" + NumRating},
		{"best rating", "-" + NumRating},
		{"sort by rating", "-" + NumRating},
		{"by rating", "-" + NumRating},
		{"评分最高", "-" + NumRating},
		{"评价最好", "-" + NumRating},
		{"评价最高", "-" + NumRating},
		{"口碑最好", "-" + NumRating},
		{"好评最多", "-" + NumRating},
		{"按评分排序", "-" + NumRating},
		{"most reviewed", "-" + NumReviews},
		{"most popular", "-" + NumReviews},
		{"best selling", "-" + NumReviews},
		{"best-selling", "-" + NumReviews},
		{"bestselling", "-" + NumReviews},
		{"最受欢迎", "-" + NumReviews},
		{"最热门", "-" + NumReviews},
		{"评价最多", "-" + NumReviews},
		{"销量最高", "-" + NumReviews},
		{"biggest discount", "-" + NumDiscount},
		{"largest discount", "-" + NumDiscount},
		{"best deal", "-" + NumDiscount},
		{"best deals", "-" + NumDiscount},
		{"highest discount", "-" + NumDiscount},
		{"折扣最大", "-" + NumDiscount},
		{"折扣最多", "-" + NumDiscount},
		{"优惠最大", "-" + NumDiscount},
	}
	slices.SortStableFunc(out, func(a, b struct{ words, sort string }) int { return len(b.words) - len(a.words) })
	return out
}()

// Wishes about a fact of the product that are said without a number.
var flags = []struct {
	words string
	field string
	least float64
}{
	{"that are in stock", NumStock, 1},
	{"that is in stock", NumStock, 1},
	{"currently in stock", NumStock, 1},
	{"in stock", NumStock, 1},
	{"available now", NumStock, 1},
	{"currently available", NumStock, 1},
	{"有现货", NumStock, 1},
	{"有货", NumStock, 1},
	{"有库存", NumStock, 1},
	{"that are on sale", NumDiscount, 1},
	{"on sale", NumDiscount, 1},
	{"discounted", NumDiscount, 1},
	{"reduced in price", NumDiscount, 1},
	{"正在打折", NumDiscount, 1},
	{"打折", NumDiscount, 1},
	{"有折扣", NumDiscount, 1},
	{"降价", NumDiscount, 1},
	{"well rated", NumRating, 4},
	{"well-rated", NumRating, 4},
	{"highly rated", NumRating, 4},
	{"good reviews", NumRating, 4},
	{"good rating", NumRating, 4},
	{"评分高", NumRating, 4},
	{"评价好", NumRating, 4},
	{"口碑好", NumRating, 4},
}

// negation begins an exclusion. Open ones exclude any word; the others only a colour, a brand or a category of the catalogue.
type negation struct {
	words string
	open  bool
}

var negations = []negation{
	{"but not from", true},
	{"but not in", false},
	{"but not", false},
	{"not from", true},
	{"not by", true},
	{"not in", false},
	{"not the", false},
	{"not a", false},
	{"not an", false},
	{"not", false},
	{"isn't", false},
	{"is not", false},
	{"aren't", false},
	{"are not", false},
	{"no", false},
	{"non", false},
	{"nothing in", false},
	{"nothing from", false},
	{"never", false},
	{"don't want", true},
	{"dont want", true},
	{"do not want", true},
	{"don't like", true},
	{"do not like", true},
	{"don't show me", true},
	{"don't show", true},
	{"do not show", true},
	{"hate", false},
	{"avoid", true},
	{"without", true},
	{"w/o", true},
	{"except for", true},
	{"except", true},
	{"excluding", true},
	{"exclude", true},
	{"other than", true},
	{"anything but", true},
	{"apart from", true},
	{"no more", false},
	{"不想要", true},
	{"不需要", true},
	{"不要是", true},
	{"不要", true},
	{"不能是", true},
	{"不买", true},
	{"不喜欢", true},
	{"别要", true},
	{"不带", true},
	{"不含", true},
	{"除了", true},
	{"除开", true},
	{"排除", true},
	{"去掉", true},
	{"不是", false},
	{"非", false},
	{"别", false},
}

// Words between a negation and what it excludes.
var fillers = words("a an any the in from by of made brand brands color colour colors colours something anything ones products those that is are be being with its it 是 有 要 品牌 牌子 颜色 任何 那种 的 那些")

// Words that join what is excluded.
var joiners = []string{", or ", ", and ", " or ", " and ", " nor ", ", ", ",", "、", "/", " & ", "和", "或者", "或", "跟", "以及", "还有", "也不要", "与"}

// function words are not searched for when anything else is: they are in every text.
var function = words("a an the and or of for with to in on by at from is are be it its this that these those i me my we you your some any which who as but than good nice great really very just also like")

// stop words are no names of things: neither excluded nor counted nor mended.
var stop = func() map[string]bool {
	out := words(`i'm im our he she they them there here show find get give want need looking look search buy please can could would should will do does did have has had something anything one ones
good nice best great cheap really very just also like prefer recommend recommended recommendation recommendations suggest suggestion tell about hi hello hey thanks thank what how much many let let's was were been then so if not no up out per
price prices priced cost costs costing budget bucks dollars dollar euros euro pounds yuan items item product products things thing under below over above between less more most least around about sort sorted rated rating stars star reviews review
affordable inexpensive expensive pricey cheaper cheapest newest latest lowest highest without except excluding exclude other than anything other others another maybe perhaps only both either neither minimum maximum roughly approximately within
stock available currently sale discount discounted popular selling bestselling order orders coupon coupons compare comparison difference colour color brand size`)
	for w := range function {
		out[w] = true
	}
	return out
}()

// plain words are spelt right even where a catalogue lacks them: who it is for, and when.
var plain = words(`kid kids child children boy boys girl girls baby babies man men woman women mens womens wife husband mother father mum mom dad friend friends family teen teens adult adults student students
gift gifts present presents birthday christmas wedding home house office school travel work gym outdoor outdoors indoor daily everyday summer winter spring autumn beach kitchen bedroom garden
fast quiet small large light heavy strong simple modern vintage comfortable durable beginner beginners professional quality lightweight portable waterproof eco friendly long short high low wide slim soft hard warm cool`)

// Phrases of a request that are no part of what is looked for, longest first.
var requests = func() []string {
	out := []string{
		"i'm looking for", "im looking for", "i am looking for", "i was looking for", "we are looking for", "looking for", "i'm searching for", "searching for", "search for", "i would like", "i'd like", "i want to buy", "i want to get", "i want", "i need", "we need", "i'm after",
		"show me", "find me", "get me", "give me", "can you show me", "can you find", "can you recommend", "could you recommend", "could you", "can you", "would you", "please", "do you have", "do you sell", "have you got", "are there", "is there", "what about", "how about",
		"recommend me", "recommend", "suggest", "any good", "some good", "something like", "what are the", "which are the", "hello", "thank you", "thanks", "budget-friendly", "not too expensive", "not expensive", "not so expensive", "not too pricey",
	}
	slices.SortStableFunc(out, func(a, b string) int { return len(b) - len(a) })
	return out
}()

// Phrases of a Chinese request that are no part of what is looked for, longest first.
var noise = []string{
	"有没有什么", "能不能给我", "可以给我", "帮我推荐", "给我推荐", "请帮我找", "帮我找找", "帮我找", "帮忙找", "给我找", "我想买", "我想要", "我要买", "想买个", "我需要", "我正在找", "我在找", "推荐一下", "推荐几款", "推荐一款", "推荐", "有没有", "请问", "你好", "您好", "谢谢", "麻烦", "看看", "想要", "我想", "我要", "想买", "需要", "找一下", "搜一下", "搜索",
	"不要太贵", "不太贵", "价格在", "价格", "价位", "售价", "一个", "一款", "一台", "一双", "一件", "一条", "一副", "一些", "几款", "几个", "哪些", "什么", "比较好", "之间", "的话",
}

func words(s string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		out[w] = true
	}
	return out
}

func longestFirst(ps []phrase) []phrase {
	slices.SortStableFunc(ps, func(a, b phrase) int { return len(b.words) - len(a.words) })
	return ps
}

// boundary says whether a Latin word may begin or end between bytes i-1 and i.
func boundary(s string, i int) bool {
	if i <= 0 || i >= len(s) {
		return true
	}
	a, _ := utf8.DecodeLastRuneInString(s[:i])
	b, _ := utf8.DecodeRuneInString(s[i:])
	return !latin(a) || !latin(b)
}

func latin(r rune) bool {
	return r < 0x2e80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) || r == '\''
}

// find is where a phrase stands in s from byte `from` on, as whole words; -1 = nowhere.
func find(s, phrase string, from int) int {
	for from <= len(s) {
		i := strings.Index(s[from:], phrase)
		if i < 0 {
			return -1
		}
		i += from
		if boundary(s, i) && boundary(s, i+len(phrase)) {
			return i
		}
		from = i + 1
	}
	return -1
}

// inWord: 内 of 内存 and 起 of 起重机 are no tails.
func inWord(tail, rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return utf8.RuneCountInString(tail) == 1 && tail[0] >= utf8.RuneSelf && unicode.Is(unicode.Han, r) && r != '的'
}

// endsWith finds a lead at the end of s.
func endsWith(s string, ps []phrase) (p phrase, at int, ok bool) {
	s = strings.TrimRight(s, " ")
	for _, p := range ps {
		if strings.HasSuffix(s, p.words) && boundary(s, len(s)-len(p.words)) {
			return p, len(s) - len(p.words), true
		}
	}
	return phrase{}, 0, false
}

// startsWith finds a tail at the start of s; end counts from the start of s.
func startsWith(s string, ps []phrase) (p phrase, end int, ok bool) {
	trimmed := strings.TrimLeft(s, " ")
	for _, p := range ps {
		if strings.HasPrefix(trimmed, p.words) && (boundary(trimmed, len(p.words)) || p.words == "+") && !inWord(p.words, trimmed[len(p.words):]) {
			return p, len(s) - len(trimmed) + len(p.words), true
		}
	}
	return phrase{}, 0, false
}
