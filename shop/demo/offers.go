package demo

import (
	"strconv"
	"strings"
	"time"

	"shopkeeper/shop"
)

// deal is an offer in the making: titles name its numbers in braces; days are relative to the world's.
type deal struct {
	shop.Offer
	seller     int // merchant; platform offers have none
	from, days int // begins and ends on these days, 0 = always
	left       int // remaining; 0 = unlimited, gone = used up
	bundle     []*kind
}

const (
	nobody = -1
	gone   = -1
)

func cats(ks ...*kind) *shop.Scope {
	s := &shop.Scope{}
	for _, k := range ks {
		s.Categories = append(s.Categories, k.en)
	}
	return s
}

// deals are every kind of offer on every level it may have, and every reason not to get one.
func deals() []deal {
	o := func(level, kind, en, zh string) shop.Offer {
		return shop.Offer{Level: level, Kind: kind, Title: en, TitleZH: zh}
	}
	with := func(of shop.Offer, set func(*shop.Offer)) shop.Offer {
		set(&of)
		return of
	}
	return []deal{
		// the platform's
		{Offer: with(o("platform", "percent", "{percent} off your first order, up to {cap}", "首单立减{percent}，最高减{cap}"), func(o *shop.Offer) {
			o.Code, o.BPS, o.CapMinor, o.FirstOrderOnly = "WELCOME10", 1000, 3000, true
		}), seller: nobody},
		{Offer: with(o("platform", "fixed", "{amount} off orders from {threshold}", "满{threshold}减{amount}"), func(o *shop.Offer) {
			o.Code, o.AmountMinor, o.ThresholdMinor = "LANTERN10", 1000, 8000
		}), seller: nobody, from: -30, days: 45},
		{Offer: with(o("platform", "percent", "{percent} off orders from {threshold}, up to {cap}", "满{threshold}立减{percent}，最高减{cap}"), func(o *shop.Offer) {
			o.Code, o.BPS, o.ThresholdMinor, o.CapMinor = "BRIGHT15", 1500, 20000, 6000
		}), seller: nobody, from: -3, days: 4, left: 120},
		{Offer: with(o("platform", "every", "{amount} off every {threshold} spent, up to {times} times", "每满{threshold}减{amount}，最多{times}次"), func(o *shop.Offer) {
			o.AmountMinor, o.ThresholdMinor, o.MaxTimes, o.Group = 500, 6000, 4, "season"
		}), seller: nobody, from: -12, days: 18},
		{Offer: with(o("platform", "tiers", "Save more: {tiers}", "多买多省：{tiers}"), func(o *shop.Offer) {
			o.Tiers, o.Group = []shop.Tier{{ThresholdMinor: 10000, AmountMinor: 700}, {ThresholdMinor: 25000, AmountMinor: 2500}, {ThresholdMinor: 60000, AmountMinor: 8000}}, "season"
		}), seller: nobody, from: -12, days: 18},
		{Offer: with(o("platform", "fixed", "Silver members: {amount} off from {threshold}", "银卡会员满{threshold}减{amount}"), func(o *shop.Offer) {
			o.AmountMinor, o.ThresholdMinor, o.MinLevel = 1500, 12000, 2
		}), seller: nobody},
		{Offer: with(o("platform", "percent", "Gold members: {percent} off everything", "金卡会员全场立减{percent}"), func(o *shop.Offer) {
			o.BPS, o.MinLevel = 800, 3
		}), seller: nobody},
		{Offer: with(o("platform", "fixed", "Flash deal: {amount} off from {threshold}", "限时抢：满{threshold}减{amount}"), func(o *shop.Offer) {
			o.Code, o.AmountMinor, o.ThresholdMinor = "FLASH50", 5000, 20000
		}), seller: nobody, from: -1, days: 6, left: gone},
		{Offer: with(o("platform", "fixed", "Coming soon: {amount} off from {threshold}", "即将开始：满{threshold}减{amount}"), func(o *shop.Offer) {
			o.Code, o.AmountMinor, o.ThresholdMinor = "SOON20", 2000, 15000
		}), seller: nobody, from: 5, days: 15},
		{Offer: with(o("platform", "percent", "Last week's deal: {percent} off", "上周特惠：立减{percent}"), func(o *shop.Offer) {
			o.Code, o.BPS, o.CapMinor = "LASTWEEK20", 2000, 5000
		}), seller: nobody, from: -14, days: -7},
		{Offer: with(o("platform", "percent", "Audio days: {percent} off headphones, earbuds and speakers, up to {cap}; not with other codes", "音频狂欢：耳机音箱立减{percent}，最高减{cap}，不可叠加"), func(o *shop.Offer) {
			o.Code, o.BPS, o.CapMinor, o.Exclusive, o.Scope = "SOUND20", 2000, 6000, true, cats(&headphones, &earbuds, &speakers)
		}), seller: nobody, from: -2, days: 12},
		{Offer: with(o("platform", "fixed", "{amount} off clothes and shoes from {threshold}", "服饰鞋靴满{threshold}减{amount}"), func(o *shop.Offer) {
			o.AmountMinor, o.ThresholdMinor, o.Priority, o.Scope = 1200, 9000, 10, cats(&shirts, &jackets, &shoes)
		}), seller: nobody, from: -20, days: 9},
		// of the sellers
		{Offer: with(o("shop", "shipping", "Free shipping on electronics from {threshold}", "数码商品满{threshold}包邮"), func(o *shop.Offer) { o.ThresholdMinor = 3500 }), seller: electronics},
		{Offer: with(o("shop", "shipping", "Free shipping for home and kitchen from {threshold}", "家居厨房满{threshold}包邮"), func(o *shop.Offer) { o.ThresholdMinor = 2500 }), seller: home},
		{Offer: with(o("shop", "shipping", "Members: free shipping on clothes, shoes, bags and toys", "会员专享：服饰鞋包玩具包邮"), func(o *shop.Offer) { o.MinLevel = 1 }), seller: outfitters},
		{Offer: with(o("shop", "fixed", "{amount} off electronics from {threshold}", "数码商品满{threshold}减{amount}"), func(o *shop.Offer) {
			o.Code, o.AmountMinor, o.ThresholdMinor, o.Group = "TECH40", 4000, 40000, "shop coupon"
		}), seller: electronics, from: -8, days: 22},
		{Offer: with(o("shop", "percent", "{percent} off computers and accessories, up to {cap}", "电脑及配件立减{percent}，最高减{cap}"), func(o *shop.Offer) {
			o.BPS, o.CapMinor, o.Group, o.Scope = 500, 5000, "shop coupon", cats(&laptops, &tablets, &monitors, &keyboards, &mice)
		}), seller: electronics, from: -8, days: 22},
		{Offer: with(o("shop", "tiers", "Home upgrade: {tiers}", "焕新家居：{tiers}"), func(o *shop.Offer) {
			o.Tiers = []shop.Tier{{ThresholdMinor: 5000, AmountMinor: 400}, {ThresholdMinor: 12000, AmountMinor: 1500}}
		}), seller: home, from: -15, days: 30},
		{Offer: with(o("shop", "percent", "{percent} off the whole kitchen", "厨房电器全场立减{percent}"), func(o *shop.Offer) {
			o.Code, o.BPS, o.Scope, o.Exclusive = "KITCHEN10", 1000, cats(&kettles, &coffeeMakers, &blenders), true
		}), seller: home, from: -5, days: 10, left: 300},
		{Offer: with(o("shop", "every", "{amount} off every {threshold} on bags, clothes, shoes and toys", "鞋服包玩具每满{threshold}减{amount}"), func(o *shop.Offer) {
			o.AmountMinor, o.ThresholdMinor, o.CapMinor = 600, 5000, 3000
		}), seller: outfitters, from: -4, days: 24},
		{Offer: with(o("shop", "fixed", "First order at Fieldway: {amount} off from {threshold}", "Fieldway首单福利：满{threshold}减{amount}"), func(o *shop.Offer) {
			o.AmountMinor, o.ThresholdMinor, o.FirstOrderOnly = 800, 4000, true
		}), seller: outfitters},
		{Offer: with(o("shop", "fixed", "Starts next week: {amount} off televisions from {threshold}", "下周开始：电视满{threshold}减{amount}"), func(o *shop.Offer) {
			o.AmountMinor, o.ThresholdMinor, o.Scope = 8000, 60000, cats(&televisions)
		}), seller: electronics, from: 7, days: 21},
		{Offer: with(o("shop", "percent", "Ended: {percent} off lamps", "已结束：灯具立减{percent}"), func(o *shop.Offer) { o.BPS, o.Scope = 2500, cats(&lamps) }), seller: home, from: -40, days: -10},
		// on products
		{Offer: with(o("product", "buy_get", "T-shirts: buy {buy}, get {get} free", "T恤买{buy}送{get}"), func(o *shop.Offer) { o.Buy, o.Get, o.Scope = 2, 1, cats(&shirts) }), seller: outfitters, from: -9, days: 13},
		{Offer: with(o("product", "buy_get", "Toys: buy {buy}, get {get} free", "玩具买{buy}送{get}"), func(o *shop.Offer) { o.Buy, o.Get, o.Scope = 3, 1, cats(&toys) }), seller: outfitters, from: -2, days: 27},
		{Offer: with(o("product", "buy_get", "Phone cases: buy {buy}, get {get} free", "手机壳买{buy}送{get}"), func(o *shop.Offer) { o.Buy, o.Get, o.Scope = 1, 1, cats(&phoneCases) }), seller: electronics, from: -16, days: 6},
		{Offer: with(o("product", "nth", "Every second pair of shoes: {percent} off", "鞋靴第二双立减{percent}"), func(o *shop.Offer) { o.N, o.BPS, o.Scope = 2, 4000, cats(&shoes) }), seller: outfitters, from: -6, days: 16},
		{Offer: with(o("product", "nth", "Every second lamp: {percent} off", "灯具第二件立减{percent}"), func(o *shop.Offer) { o.N, o.BPS, o.Scope = 2, 5000, cats(&lamps) }), seller: home, from: -6, days: 16},
		{Offer: with(o("product", "nth", "Every third power bank: free", "充电宝第三件免费"), func(o *shop.Offer) { o.N, o.BPS, o.Scope = 3, 10000, cats(&powerBanks) }), seller: electronics, from: -1, days: 8},
		{Offer: o("product", "bundle", "Desk set: laptop, keyboard and mouse together for {price}", "办公三件套：笔记本、键盘、鼠标共{price}"), seller: electronics, bundle: []*kind{&laptops, &keyboards, &mice}, from: -10, days: 20},
		{Offer: o("product", "bundle", "Breakfast set: kettle and coffee maker together for {price}", "早餐套装：电水壶加咖啡机共{price}"), seller: home, bundle: []*kind{&kettles, &coffeeMakers}, from: -10, days: 20},
		{Offer: o("product", "bundle", "Back to school: backpack and laptop bag together for {price}", "开学套装：双肩包加电脑包共{price}"), seller: outfitters, bundle: []*kind{&backpacks, &laptopBags}, from: -10, days: 20},
		{Offer: with(o("product", "percent", "Headphones: {percent} off", "头戴式耳机立减{percent}"), func(o *shop.Offer) { o.BPS, o.Scope = 1000, cats(&headphones) }), seller: electronics, from: -7, days: 7},
		{Offer: with(o("product", "percent", "{brand} headphones and earbuds: {percent} off", "{brand}耳机立减{percent}"), func(o *shop.Offer) {
			o.BPS, o.Scope = 1500, cats(&headphones, &earbuds)
			o.Scope.Brands = []string{audioBrands[3].en}
		}), seller: electronics, from: -3, days: 11},
		{Offer: with(o("product", "percent", "{brand} jackets and T-shirts: {percent} off", "{brand}外套T恤立减{percent}"), func(o *shop.Offer) {
			o.BPS, o.Scope = 2000, &shop.Scope{Brands: []string{"Fernway"}}
		}), seller: outfitters, from: -11, days: 19},
		{Offer: with(o("product", "fixed", "{amount} off televisions from {threshold}", "电视满{threshold}减{amount}"), func(o *shop.Offer) {
			o.AmountMinor, o.ThresholdMinor, o.Scope = 5000, 50000, cats(&televisions)
		}), seller: electronics, from: -5, days: 25},
		{Offer: with(o("product", "fixed", "{amount} off coffee makers from {threshold}", "咖啡机满{threshold}减{amount}"), func(o *shop.Offer) {
			o.Code, o.AmountMinor, o.ThresholdMinor, o.Scope = "CREMA25", 2500, 20000, cats(&coffeeMakers)
		}), seller: home, from: -5, days: 25, left: 12},
		{Offer: with(o("product", "every", "Phones: {amount} off every {threshold}, up to {times} times", "手机每满{threshold}减{amount}，最多{times}次"), func(o *shop.Offer) {
			o.AmountMinor, o.ThresholdMinor, o.MaxTimes, o.Scope = 1500, 20000, 3, cats(&phones)
		}), seller: electronics, from: -5, days: 9},
		{Offer: with(o("product", "tiers", "Watches: {tiers}", "手表：{tiers}"), func(o *shop.Offer) {
			o.Tiers, o.Scope = []shop.Tier{{ThresholdMinor: 10000, AmountMinor: 1000}, {ThresholdMinor: 30000, AmountMinor: 4500}}, cats(&watches)
		}), seller: outfitters, from: -5, days: 40},
		{Offer: with(o("product", "percent", "Picked vacuum cleaners: {percent} off, up to {cap}", "精选吸尘器立减{percent}，最高减{cap}"), func(o *shop.Offer) {
			o.BPS, o.CapMinor, o.Scope = 1200, 4000, cats(&vacuums)
		}), seller: home, from: -5, days: 14},
	}
}

func (w *maker) offers() {
	r := w.stream("offers")
	of := map[*kind][]int{}
	for i, m := range w.made {
		if *w.Products[i].Stock > 0 {
			of[m.kind] = append(of[m.kind], i)
		}
	}
	for _, d := range deals() {
		o := d.Offer
		o.ID, o.Funding = w.id(r, "o", 6), "platform"
		if d.seller != nobody {
			o.Shop, o.Funding = w.Merchants[d.seller].ID, "merchant"
		}
		if d.from != 0 || d.days != 0 {
			from, to := w.now.AddDate(0, 0, d.from), w.now.AddDate(0, 0, d.days).Add(23*time.Hour+59*time.Minute)
			o.Starts, o.Ends = &from, &to
		}
		switch {
		case d.left == gone:
			none := 0
			o.Remaining = &none
		case d.left > 0:
			left := d.left
			o.Remaining = &left
		}
		var sum int64
		for _, k := range d.bundle {
			p := w.Products[pick(r, of[k])]
			o.Products, sum = append(o.Products, p.ID), sum+p.Price.Minor
		}
		if d.bundle != nil {
			o.PriceMinor = pretty(float64(sum) * 0.85)
		}
		if o.Scope != nil && o.Title == "Picked vacuum cleaners: {percent} off, up to {cap}" {
			o.Scope.Exclude = []string{w.Products[pick(r, of[&vacuums])].ID}
		}
		o.Title, o.TitleZH = w.named(o, o.Title, false), w.named(o, o.TitleZH, true)
		w.Offers = append(w.Offers, o)
	}
}

// named puts an offer's own numbers into its title, so that the two never differ.
func (w *maker) named(o shop.Offer, title string, zh bool) string {
	usd := func(minor int64) string { return strings.TrimSuffix(w.usd(minor).String(), ".00") }
	var tiers []string
	for _, t := range o.Tiers {
		if zh {
			tiers = append(tiers, "满"+usd(t.ThresholdMinor)+"减"+usd(t.AmountMinor))
		} else {
			tiers = append(tiers, usd(t.AmountMinor)+" off from "+usd(t.ThresholdMinor))
		}
	}
	sep, brand := ", ", ""
	if zh {
		sep = "，"
	}
	if o.Scope != nil && len(o.Scope.Brands) > 0 {
		brand = o.Scope.Brands[0]
	}
	return strings.NewReplacer(
		"{amount}", usd(o.AmountMinor), "{threshold}", usd(o.ThresholdMinor), "{cap}", usd(o.CapMinor), "{price}", usd(o.PriceMinor),
		"{percent}", strconv.FormatFloat(float64(o.BPS)/100, 'f', -1, 64)+"%", "{times}", strconv.Itoa(o.MaxTimes),
		"{buy}", strconv.Itoa(o.Buy), "{get}", strconv.Itoa(o.Get), "{tiers}", strings.Join(tiers, sep), "{brand}", brand,
	).Replace(title)
}
