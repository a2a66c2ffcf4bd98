package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"shopkeeper/shop"
)

const shoppers = 300

var (
	firstNames = strings.Fields("Alice Amir Anna Ben Carla Carlos Chloe Daniel Diana Elena Eli Emma Ethan Fatima Felix Grace Hannah Henry Ines Isaac Ivy Jack Jonas Julia Karim Kate Leo Lena Liam Lucy Marco Maria Max Mia Nadia Noah Nora Olga Oliver Omar Paul Priya Rosa Ruth Sam Sara Sofia Theo Tom Vera Victor Wendy Yara Zoe")
	lastNames  = strings.Fields("Adler Baker Bennett Brandt Carter Castro Cohen Costa Dalton Diaz Evans Fischer Flores Garcia Grant Hayes Hill Hoffman Hughes Ibrahim Jensen Jones Keller Khan King Larsen Lopez Martin Meyer Miller Moore Moreno Nguyen Novak Olsen Ortiz Park Patel Perez Reed Rivera Rossi Santos Schmidt Shaw Silva Singh Stone Taylor Turner Vogel Walsh Ward Weber West Wood Young")
	zhSurnames = []word{{"Chen", "陈"}, {"Gao", "高"}, {"Guo", "郭"}, {"He", "何"}, {"Huang", "黄"}, {"Li", "李"}, {"Lin", "林"}, {"Liu", "刘"}, {"Luo", "罗"}, {"Ma", "马"}, {"Song", "宋"}, {"Sun", "孙"}, {"Wang", "王"}, {"Wu", "吴"}, {"Xu", "徐"}, {"Yang", "杨"}, {"Zhang", "张"}, {"Zhao", "赵"}, {"Zheng", "郑"}, {"Zhou", "周"}, {"Zhu", "朱"}}
	zhGiven    = []word{{"Bowen", "博文"}, {"Chenxi", "晨曦"}, {"Haoran", "浩然"}, {"Jiayi", "佳怡"}, {"Jing", "静"}, {"Junjie", "俊杰"}, {"Lei", "磊"}, {"Meiling", "美玲"}, {"Min", "敏"}, {"Ruoxi", "若曦"}, {"Siyu", "思雨"}, {"Tianyu", "天宇"}, {"Wei", "伟"}, {"Xiaoyu", "晓雨"}, {"Xinyi", "欣怡"}, {"Yifan", "一凡"}, {"Yuting", "雨婷"}, {"Zihan", "子涵"}, {"Zixuan", "子轩"}}
	cities     = []shop.Address{
		{City: "Portland", Region: "OR", Postal: "972"},
		{City: "Austin", Region: "TX", Postal: "787"},
		{City: "Denver", Region: "CO", Postal: "802"},
		{City: "Columbus", Region: "OH", Postal: "432"},
		{City: "Raleigh", Region: "NC", Postal: "276"},
		{City: "Madison", Region: "WI", Postal: "537"},
		{City: "Tucson", Region: "AZ", Postal: "857"},
		{City: "Albany", Region: "NY", Postal: "122"},
		{City: "Boise", Region: "ID", Postal: "837"},
		{City: "Savannah", Region: "GA", Postal: "314"},
		{City: "Tacoma", Region: "WA", Postal: "984"},
		{City: "Omaha", Region: "NE", Postal: "681"},
		{City: "Fresno", Region: "CA", Postal: "937"},
		{City: "Providence", Region: "RI", Postal: "029"},
		{City: "Knoxville", Region: "TN", Postal: "379"},
		{City: "Duluth", Region: "MN", Postal: "558"},
	}
	streets = strings.Fields("Maple Oak Cedar Elm Lake Hill River Park Church Mill Spring Garden Meadow Orchard Willow Harbor")
	ways    = []string{"Street", "Avenue", "Lane", "Road", "Drive", "Court"}
)

// people makes the shoppers; the first two are known: one writes English, one Chinese.
func (w *maker) people() {
	r := w.stream("people")
	for i := range shoppers {
		p := shop.Person{ID: w.id(r, "u", 7), Lang: "en", Level: weighted(r, []int{55, 25, 14, 6})}
		name := pick(r, firstNames) + " " + pick(r, lastNames)
		given, sur := pick(r, zhGiven), pick(r, zhSurnames)
		switch {
		case i == 0:
			name, p.Level = "Alex Morgan", 2
		case i == 1:
			given, sur, p.Level = word{"Xiaoyu", "晓雨"}, word{"Lin", "林"}, 1
			fallthrough
		case r.IntN(100) < 30:
			name, p.Lang = given.en+" "+sur.en, "zh"
		}
		mail := strings.ToLower(strings.ReplaceAll(name, " ", "."))
		if p.Name = name; p.Lang == "zh" {
			p.Name = sur.zh + given.zh
		}
		p.Email = fmt.Sprintf("%s.%s@example.com", mail, p.ID[1:])
		p.Phone = fmt.Sprintf("+1 %d 555 01%02d", 201+r.IntN(700), r.IntN(100)) // a range that nobody has
		p.Joined = w.now.AddDate(0, 0, -45-r.IntN(1400)).Add(time.Duration(r.IntN(86400)) * time.Second)
		if i < 2 {
			p.Joined = w.now.AddDate(-2, 0, -i).Add(9 * time.Hour)
		}
		p.Methods = w.methods(p)
		w.People = append(w.People, p)
	}
}

// methods are the ways to pay that a shopper keeps, under the ids that their orders name.
func (w *maker) methods(p shop.Person) []shop.PaymentMethod {
	r := w.stream("methods " + p.ID)
	balance := w.usd(100 * int64(5+r.IntN(96)))
	return []shop.PaymentMethod{
		{ID: "card_" + p.ID[1:], Kind: "card", Brand: pick(r, []string{"Visa", "Mastercard"}), Last4: fmt.Sprintf("%04d", r.IntN(10000))},
		{ID: "paypal_" + p.ID[1:], Kind: "paypal"},
		{ID: "gift_card_" + p.ID[1:], Kind: "gift_card", Balance: &balance},
	}
}

// address is where a shopper lives: always the same.
func (w *maker) address(r *rand.Rand, p shop.Person) shop.Address {
	a := cities[r.IntN(len(cities))]
	a.Name, a.Country = p.Name, "US"
	a.Line1 = fmt.Sprintf("%d %s %s", 1+r.IntN(980), pick(r, streets), pick(r, ways))
	if r.IntN(4) == 0 {
		a.Line2 = fmt.Sprintf("Apt %d", 1+r.IntN(60))
	}
	a.Postal += fmt.Sprintf("%02d", 1+r.IntN(60))
	return a
}
