package rules

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"shopkeeper/shop"
)

// compared is the table of the turn.
func (k *talk) compared(t *testing.T) shop.CompareCard {
	t.Helper()
	var out shop.CompareCard
	for _, c := range k.cards {
		if c.Kind == "compare" {
			if err := json.Unmarshal(c.Data, &out); err != nil {
				t.Fatal(err)
			}
			return out
		}
	}
	t.Fatalf("no table was shown; cards %s", k.kinds())
	return out
}

// The storefront offers these as first messages: they search and compare.
func TestCompareFromTheShelf(t *testing.T) {
	for _, c := range []struct {
		say, category string
		n             int
		sort          func(a, b shop.Product) bool // a may stand before b
	}{
		{"Compare the best rated Laptops", "Laptops", 3, rated},
		{"对比评分最高的笔记本电脑", "Laptops", 3, rated},
		{"compare the two cheapest coffee makers", "Coffee Makers", 2, cheap},
		{"帮我对比一下最便宜的两款咖啡机", "Coffee Makers", 2, cheap},
		{"compare top 3 phones under 500", "Phones", 3, rated},
		{"compare kettles", "Kettles", 3, nil},
	} {
		k := &talk{world: open()}
		answer := k.say(t, c.say)
		ps := k.compared(t).Products
		if len(ps) != c.n || k.kinds() != "compare" {
			t.Errorf("%s: %d products, cards %s: %s", c.say, len(ps), k.kinds(), answer)
			continue
		}
		shown := map[string]bool{}
		for i, p := range ps {
			own := k.byID[p.ID]
			shown[p.ID] = true
			if own.Category() != c.category {
				t.Errorf("%s: %s", c.say, own.Title)
			}
			if i > 0 && c.sort != nil && !c.sort(k.byID[ps[i-1].ID], own) {
				t.Errorf("%s: out of order at %d", c.say, i)
			}
		}
		for _, p := range k.byID { // nothing of the kind would have stood before them
			if p.Category() == c.category && c.sort != nil && !shown[p.ID] && c.n == 2 && !c.sort(k.byID[ps[c.n-1].ID], p) {
				t.Errorf("%s: %s was left out", c.say, p.Title)
			}
		}
	}
}

func rated(a, b shop.Product) bool { return *a.Rating >= *b.Rating }
func cheap(a, b shop.Product) bool { return a.Price.Minor <= b.Price.Minor }

func TestWhatWasComparedIsTheList(t *testing.T) {
	both(t, func(t *testing.T, k *talk) {
		k.say(t, "compare the two cheapest kettles")
		k.say(t, "more expensive")
		every(t, k.products(t).Shown, "dearer kettles", func(p shop.ProductCard) bool { return p.Category == "Kettles" })
	})
	k := &talk{world: open()}
	k.say(t, "compare the two cheapest kettles")
	second := k.compared(t).Products[1]
	if answer := k.say(t, "tell me more about the second"); !strings.Contains(answer, second.Title) {
		t.Errorf("the second is %s: %s", second.Title, answer)
	}
}

func TestCompareWhatIsShown(t *testing.T) {
	for _, c := range [][2]string{{"kettles", "compare the first three"}, {"电热水壶", "前三个对比一下"}, {"电热水壶", "把前三个对比一下"}} {
		k := &talk{world: open()}
		k.say(t, c[0])
		list := k.products(t).Shown
		k.say(t, c[1])
		if ps := k.compared(t).Products; len(ps) != 3 || !same(ps, list[:3]) {
			t.Errorf("%s: not the first three", c[1])
		}
	}
}

// A yes does what the last answer asked.
func TestYesTakesUpTheOffer(t *testing.T) {
	for _, c := range []struct{ say, then, yes, offer string }{
		{"headphones not bluetooth", "battery life at least 30 hours", "yes", "Shall I let go of one of the limits?"},
		{"headphones not bluetooth", "battery life at least 30 hours", "sure", "Shall I let go of one of the limits?"},
		{"耳机，不要蓝牙", "续航至少30小时", "好的", "要去掉其中一个条件吗？"},
	} {
		both(t, func(t *testing.T, k *talk) {
			k.say(t, c.say)
			answer := k.say(t, c.then)
			if !strings.Contains(answer, c.offer) {
				t.Skipf("%s found something: %s", c.then, answer)
			}
			k.say(t, c.yes)
			got := k.products(t)
			if len(got.Shown) == 0 || len(got.Understood.Relaxed) > 0 {
				t.Errorf("%s, %s: nothing without one of the limits", c.say, c.yes)
			}
		})
	}
	both(t, func(t *testing.T, k *talk) {
		k.say(t, "cheapest black kettles")
		for range 4 {
			if answer := k.say(t, "cheaper"); strings.Contains(answer, "Shall I search without that limit?") {
				k.say(t, "yes please")
				if c := k.products(t); slices.ContainsFunc(c.Understood.Filters, func(f shop.Condition) bool { return f.Field == "color" }) {
					t.Errorf("the limit stands: %+v", c.Understood)
				}
				return
			}
		}
		t.Error("no limit was offered to be dropped")
	})
}

func TestDearerAndBetter(t *testing.T) {
	for _, c := range [][3]string{{"headphones", "dearer ones", "something better"}, {"耳机", "贵一点的", "更好的"}} {
		both(t, func(t *testing.T, k *talk) {
			k.say(t, c[0])
			first := k.products(t).Shown
			k.say(t, c[1])
			most := slices.MaxFunc(first, func(a, b shop.ProductCard) int { return int(a.Price.Minor - b.Price.Minor) }).Price.Minor
			every(t, k.products(t).Shown, "dearer", func(p shop.ProductCard) bool { return p.Price.Minor > most })
			k.say(t, c[2])
			if s := k.products(t).Understood.Sort; s != "-rating" {
				t.Errorf("%s is sorted by %q", c[2], s)
			}
		})
	}
}

// An answer above a row of cards is short: three sentences and a hint, and no conditions of offers among them.
func TestListsAreToldShortly(t *testing.T) {
	k := &talk{world: open()}
	k.say(t, "hello")
	for _, say := range []string{"headphones", "red laptops under 100", "purple kettle under 10", "hedphones under 80€", "cheapest tv", "gift for my dad under 50", "more"} {
		answer := k.say(t, say)
		ends := strings.Count(answer, ". ") + strings.Count(answer, "? ") + 1
		if ends > 4 {
			t.Errorf("%s: %d sentences: %s", say, ends, answer)
		}
		for _, p := range k.products(t).Shown {
			if p.Coupon != "" && strings.Contains(answer, p.Coupon) {
				t.Errorf("%s: an offer's title in the answer: %s", say, answer)
			}
		}
	}
}

func TestMoreBeginsWithWhatIsNew(t *testing.T) {
	k := &talk{world: open()}
	k.say(t, "headphones")
	seen := len(k.products(t).Shown)
	answer := k.say(t, "more")
	if all := k.products(t).Shown; len(all) <= seen || !strings.Contains(answer, all[seen].Price.String()) {
		t.Errorf("%d of %d: %s", seen, len(all), answer)
	}
}

func TestWhenAnOrderArrives(t *testing.T) {
	for _, c := range [][3]string{{"my last order", "when will it arrive?", "what did I buy?"}, {"我的最近订单", "什么时候到？", "我买了什么"}} {
		both(t, func(t *testing.T, k *talk) {
			first := k.say(t, c[0])
			answer := k.say(t, c[1])
			if k.kinds() != "order" || len(answer) >= len(first) {
				t.Errorf("%s: %s %s", c[1], k.kinds(), answer)
			}
			var o shop.OrderCard
			answer = k.say(t, c[2])
			if err := json.Unmarshal(k.cards[0].Data, &o); err != nil || !strings.Contains(answer, clip(clean(o.Items[0].Title), 60)) {
				t.Errorf("%s: %v %s", c[2], err, answer)
			}
		})
	}
	k := &talk{world: open()}
	k.say(t, "kettles")
	if k.say(t, "when will it arrive?"); !strings.Contains(k.kinds(), "policy") {
		t.Errorf("of goods that are looked at, the shop's delivery times: %s", k.kinds())
	}
}

func TestWhatIsNoSearch(t *testing.T) {
	for _, c := range []struct{ say, has, cards string }{
		{"SAVE50能打五折吗", "没有找到使用这个优惠码", ""},
		{"does SAVE50 give me 50% off?", "no offer with that code", ""},
		{"https://example.com/a?b=1 is this sold here?", "not shown you a product", ""},
		{"随便", "哪一类商品", ""},
		{"推荐个好的", "哪一类商品", ""},
		{"whatever", "What kind of product", ""},
		{"I'll take it", "cannot put things into a cart", ""},
		{"怎么买", "不能加购物车", ""},
		{"垃圾客服", "非常抱歉", ""},
		{"can you gift wrap it?", "found nothing about that", "policy"},
		{"多少天能送到", "工作日", "policy"},
		{"how about $20 for it?", "cannot change prices", "coupon"},
		{"how much would I save?", "open to you", "coupon"},
		{"wh-1000xm4", "found nothing.", "products"},
		{"come on, 10% off please", "cannot change prices", "coupon"},
		{"can I get it by friday?", "business days", "policy"},
		{"明天能到吗", "工作日", "policy"},
		{"do you price match?", "match", "policy"},
		{"你真没用", "友好", ""},
		{"谢谢，再见", "再见", ""},
		{"😂😂 laptop 💻 under 500 🙏", "for “laptop”", "products"},
	} {
		k := &talk{world: open()}
		answer := k.say(t, c.say)
		if got := strings.Join(slices.Compact(strings.Fields(k.kinds())), " "); !strings.Contains(answer, c.has) || got != c.cards {
			t.Errorf("%s: %s [%s]\nwant %s [%s]", c.say, answer, got, c.has, c.cards)
		}
	}
}

func TestKindsThatAreRuledOut(t *testing.T) {
	both(t, func(t *testing.T, k *talk) {
		k.say(t, "手表")
		k.say(t, "不要皮的")
		c := k.products(t)
		every(t, c.Shown, "watches without leather", func(p shop.ProductCard) bool {
			return k.byID[p.ID].Category() == "Watches" && !strings.Contains(p.Title, "皮")
		})
	})
	k := &talk{world: open()}
	k.say(t, "headphones")
	k.say(t, "coffee machine 便宜的")
	every(t, k.products(t).Shown, "another kind, named in the other language", func(p shop.ProductCard) bool { return k.byID[p.ID].Category() != "Headphones" })
}

// Of a brand that the shop lacks it says so, once, and shows what is nearest.
func TestBrandsThatAreLacking(t *testing.T) {
	k := &talk{world: open()}
	for _, c := range []struct {
		say, has string
		times    int
	}{{"nike shoes", "I have no Nike here", 1}, {"under 80", "I have no Nike here", 0}, {"iphone 15", "no iPhone", 1}, {"华为手机", "店里没有华为", 1}} {
		if answer := k.say(t, c.say); strings.Count(answer, c.has) != c.times || len(k.products(t).Shown) == 0 {
			t.Errorf("%s: %s", c.say, answer)
		}
	}
}

// What is asked without naming the product is asked of the one in view.
func TestOfTheOneInView(t *testing.T) {
	both(t, func(t *testing.T, k *talk) {
		k.say(t, "phones")
		k.say(t, "the second one")
		if k.kinds() != "product" {
			t.Fatalf("cards %s", k.kinds())
		}
		var second, about shop.ProductCard
		if err := json.Unmarshal(k.cards[0].Data, &second); err != nil {
			t.Fatal(err)
		}
		for _, say := range []string{"battery", "weight", "电池"} {
			if answer := k.say(t, say); k.kinds() != "product" || json.Unmarshal(k.cards[0].Data, &about) != nil || about.ID != second.ID {
				t.Errorf("%s: %s %s", say, k.kinds(), answer)
			}
		}
		k.say(t, "more")
		every(t, k.products(t).Shown, "still phones", func(p shop.ProductCard) bool { return k.byID[p.ID].Category() == "Phones" })
	})
	k := &talk{world: open()}
	k.say(t, "phones")
	if k.say(t, "the lightest one"); k.kinds() != "product" {
		t.Errorf("the lightest: cards %s", k.kinds())
	}
	var about shop.ProductCard
	k.say(t, "compare the first two")
	ps := k.compared(t).Products
	k.say(t, "which one is cheaper?")
	if err := json.Unmarshal(k.cards[0].Data, &about); err != nil || about.Price.Minor != min(ps[0].Price.Minor, ps[1].Price.Minor) {
		t.Errorf("%v: %s of %s, %s", err, about.Price, ps[0].Price, ps[1].Price)
	}
}

func TestHeardInRunningTalk(t *testing.T) {
	for say, want := range map[string]kind{
		"hmm, the third one looks nice": details, "第三个看起来不错": details, "那台灯呢": search, "台式电脑有吗": search, "这台怎么样": reviews,
		"is it cheaper anywhere else?": policy, "why is it so expensive?": haggle, "为什么这么贵": haggle, "有学生优惠吗": coupons, "anything newer?": sorted,
		"the biggest one": fact, "最轻的": fact, "newer than 2020": search, "dearer": dearer, "something better": sorted, "which one is cheaper?": priceOf,
		"那就第一个吧": details, "就要第二个": details, "hmm ok": okay, "best one?": sorted, "can't you do better?": haggle, "i want to speak to your boss": human, "what's popular?": sorted,
		"stop": nope, "还能更便宜吗": cheaper, "三个都要": orderChange, "有赠品吗": coupons, "你们几点上班": policy, "查快递": orders, "我要红色的": search,
	} {
		if got := hear(say).acts[0].kind; got != want {
			t.Errorf("%s: %d, want %d", say, got, want)
		}
	}
	if acts := hear("i have 100 dollars, what laptop can i get").acts; len(acts) != 1 || acts[0].text != "laptop, up to 100 dollars" {
		t.Errorf("a limit and its goods are one wish: %+v", acts)
	}
	for _, say := range []string{"what's popular?", "what's on sale?"} {
		k := &talk{world: open()}
		if k.say(t, say); len(k.products(t).Shown) == 0 {
			t.Errorf("%s: nothing", say)
		}
	}
	k := &talk{world: open()}
	k.say(t, "kitchen things on sale under 20")
	if answer := k.say(t, "kettles on sale"); !strings.Contains(answer, "on sale") || strings.Contains(answer, "0.01") {
		t.Error(answer)
	}
	k = &talk{world: open()}
	k.say(t, "laptops")
	k.say(t, "the first one")
	if k.say(t, "how long is the cable?"); k.kinds() != "product" {
		t.Errorf("of the one in view: %s", k.kinds())
	}
	if k.say(t, "what's the warranty?"); k.kinds() != "product" {
		t.Errorf("the warranty of the one in view: %s", k.kinds())
	}
	k.say(t, "笔记本电脑")
	k.say(t, "内存大一点的")
	if c := k.products(t); strings.Contains(c.Understood.Query, "点") {
		t.Errorf("%+v", c.Understood)
	}
	k.say(t, "那台灯呢")
	every(t, k.products(t).Shown, "lamps", func(p shop.ProductCard) bool { return k.byID[p.ID].Category() == "Lamps" })
}

// A cut title never ends in a number that has lost its unit.
func TestCutsKeepNumbersWhole(t *testing.T) {
	if got := clip("Novaro Lite 400 5G Phone, 4 GB RAM, 128 GB Storage", 39); got != "Novaro Lite 400 5G Phone, 4 GB RAM…" {
		t.Error(got)
	}
}
