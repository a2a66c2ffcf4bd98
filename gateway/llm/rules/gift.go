package rules

import (
	"strings"

	"shopkeeper/tools"
)

// For whom a gift is → what is looked for, the likeliest first; shops without such goods answer with what is nearest.
var gifts = []struct {
	who    string
	en, zh []string
}{
	{`\b(kids?|child|children|son|daughter|nephew|niece|baby|toddler|boy|girl|grandson|granddaughter)\b|孩子|小孩|儿子|女儿|宝宝|侄|外甥|孙`, []string{"toy", "game", "backpack"}, []string{"玩具", "积木", "背包"}},
	{`\b(dad|father|husband|boyfriend|brother|grandpa|grandfather|uncle|man|men|him|guy)\b|爸|父亲|丈夫|老公|男友|男朋友|哥|弟|爷爷|外公|叔|他`, []string{"watch", "headphones", "speaker", "backpack"}, []string{"手表", "耳机", "音箱", "背包"}},
	{`\b(mum|mom|mother|wife|girlfriend|sister|grandma|grandmother|aunt|woman|women|her|lady)\b|妈|母亲|妻子|老婆|女友|女朋友|姐|妹|奶奶|外婆|姨|她`, []string{"watch", "lamp", "kettle", "earbuds"}, []string{"手表", "台灯", "电热水壶", "耳机"}},
	{`\b(colleague|coworker|boss|teacher|friend|neighbou?r|client)s?\b|同事|老板|老师|朋友|邻居|客户`, []string{"coffee maker", "speaker", "lamp", "backpack"}, []string{"咖啡机", "音箱", "台灯", "背包"}},
	{``, []string{"headphones", "watch", "speaker", "lamp"}, []string{"耳机", "手表", "音箱", "台灯"}},
}

var giftWho = func() []*pattern {
	var out []*pattern
	for _, g := range gifts {
		out = append(out, re(g.who))
	}
	return out
}()

var whoWords = re(`\b(aged? )?\d{1,2}[- ](year|month)s?([- ]olds?)?\b|\bage \d{1,2}\b`, `\d{1,2}岁的?`, `\b(my|his|our|for|a|an|old|year|years?|dad|father|husband|boyfriend|brother|grandpa|grandfather|uncle|man|men|him|guy|mum|mom|mother|wife|girlfriend|sister|grandma|grandmother|aunt|woman|women|her|lady|kids?|child|children|son|daughter|nephew|niece|baby|toddler|boy|girl|grandson|granddaughter|colleagues?|coworkers?|boss|teachers?|friends?|neighbou?rs?|clients?|who|likes?|loves?|enjoys?|birthday|christmas|parents?|family|partner|someone)\b`,
	`买(一)?(个|点|些|份)|挑(一)?(个|点|些|份)|选(一)?(个|点|些|份)|爸爸|妈妈|爸|妈|父亲|母亲|丈夫|老公|妻子|老婆|男友|女友|男朋友|女朋友|哥哥|弟弟|姐姐|妹妹|爷爷|奶奶|外公|外婆|叔叔|阿姨|孩子|小孩|儿子|女儿|宝宝|同事|老板|老师|朋友|邻居|客户|喜欢|爱|他们|她们|他|她|给|送|生日|圣诞|我的|我|的`)

// giftQuery is what to search for a gift: the goods that are named, else some that suit whom it is for. The limits stay.
func giftQuery(a act) tools.SearchInput {
	rest := strings.TrimSpace(strings.Join(strings.Fields(whoWords.ReplaceAllString(strings.ToLower(a.text), " ")), " "))
	goods := content(limitWords.ReplaceAllString(rest, " "))
	if len(goods) > 0 {
		return tools.SearchInput{Query: rest}
	}
	for i, g := range gifts {
		if giftWho[i].MatchString(a.low) {
			ideas := g.en
			if strings.ContainsFunc(a.raw, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }) {
				ideas = g.zh
			}
			in := tools.SearchInput{Query: strings.TrimSpace(ideas[0] + " " + rest), Sort: ""}
			in.Alternatives = append(in.Alternatives, ideas[1:]...)
			return in
		}
	}
	return tools.SearchInput{Query: rest}
}

var limitWords = re(`[$€£¥]?\d[\d.,]*\s*(dollars?|bucks|euros?|usd|eur|元|块钱?|块)?`, `\b(under|below|over|above|between|around|about|up to|max(imum)?|at most|at least|less than|more than|cheaper than|budget|within|no more than)\b`, `以内|以下|以上|不超过|左右|之间|预算|到|至少|最多`)

func (t *turn) gift(a act) {
	in := giftQuery(a)
	t.present(in, told{block: "gift", said: a.raw})
}
