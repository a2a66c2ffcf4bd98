package tools

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"shopkeeper/shop"
)

const maxNamed = 3 // products that a condition names; more are counted

// conditions say in plain words what an offer gives, on what and to whom. Its dates stand in the card.
func conditions(o shop.Offer, currency, lang string, names map[string]string) []string {
	zh := lang == "zh"
	money := func(minor int64) string { return shop.Money{Minor: minor, Currency: currency}.String() }
	var out []string
	say := func(en, cn string, args ...any) {
		if zh {
			en = cn
		}
		out = append(out, fmt.Sprintf(en, args...))
	}
	switch o.Kind {
	case "fixed":
		say("%s off", "减 %s", money(o.AmountMinor))
	case "percent":
		say("%s%% off", "优惠 %s%%", percent(o.BPS))
	case "every":
		say("%s off for every %s", "每满 %[2]s 减 %[1]s", money(o.AmountMinor), money(o.ThresholdMinor))
		if o.MaxTimes > 0 {
			say("at most %d times an order", "每单最多 %d 次", o.MaxTimes)
		}
	case "tiers":
		for _, t := range o.Tiers {
			say("%s off from %s", "满 %[2]s 减 %[1]s", money(t.AmountMinor), money(t.ThresholdMinor))
		}
	case "buy_get":
		say("buy %d, get %d free (the cheapest)", "买 %d 送 %d（送价格最低的）", o.Buy, o.Get)
	case "nth":
		say("%[2]s%% off every unit number %[1]d", "每第 %d 件优惠 %s%%", o.N, percent(o.BPS))
	case "bundle":
		say("together for %s: %s", "组合价 %s：%s", money(o.PriceMinor), listed(o.Products, names, lang))
	case "shipping":
		say("free shipping", "免运费")
	}
	if o.ThresholdMinor > 0 && o.Kind != "every" {
		say("orders from %s", "满 %s 可用", money(o.ThresholdMinor))
	}
	if o.CapMinor > 0 {
		say("at most %s off", "最多减 %s", money(o.CapMinor))
	}
	if o.Shop != "" {
		say("sold by %s", "限商家 %s", cmp.Or(names[seller+o.Shop], clean(o.Shop, maxName)))
	}
	if s := o.Scope; s != nil {
		if len(s.Products) > 0 {
			say("only for %s", "仅限 %s", listed(s.Products, names, lang))
		}
		if len(s.Categories) > 0 {
			say("only in %s", "仅限品类 %s", words(called(s.Categories, names), lang))
		}
		if len(s.Brands) > 0 {
			say("only from the brand %s", "仅限品牌 %s", words(s.Brands, lang))
		}
		if len(s.Exclude) > 0 {
			say("not for %s", "不含 %s", listed(s.Exclude, names, lang))
		}
	}
	if o.MinLevel > 0 {
		say("members of level %d or higher", "%d 级及以上会员", o.MinLevel)
	}
	if o.FirstOrderOnly {
		say("first order only", "仅限首单")
	}
	if o.Remaining != nil {
		say("%d left", "剩余 %d 份", max(0, *o.Remaining))
	}
	if o.Exclusive {
		say("not with other offers", "不与其他优惠同用")
	}
	return out
}

// percent writes basis points: 1250 is 12.5.
func percent(bps int64) string { return strconv.FormatFloat(float64(bps)/100, 'f', -1, 64) }

// called puts categories as they are called in the shopper's language, where names knows it.
func called(categories []string, names map[string]string) []string {
	out := make([]string, len(categories))
	for i, c := range categories {
		out[i] = cmp.Or(names[aisle+c], c)
	}
	return out
}

func words(list []string, lang string) string {
	var out []string
	for _, w := range list[:min(len(list), 8)] {
		out = append(out, clean(w, maxName))
	}
	s := strings.Join(out, either(lang, ", ", "、"))
	if len(list) > 8 {
		s += "…"
	}
	return s
}

// listed names a few products, and counts many.
func listed(ids []string, names map[string]string, lang string) string {
	var out []string
	if len(ids) <= maxNamed {
		for _, id := range ids {
			if n := names[id]; n != "" {
				out = append(out, quote(n, 80))
			}
		}
	}
	if len(out) < len(ids) || len(out) == 0 {
		n := grouped(len(ids))
		if len(ids) == 1 {
			return either(lang, "1 chosen product", "1 件指定商品")
		}
		return either(lang, n+" chosen products", n+" 件指定商品")
	}
	return strings.Join(out, either(lang, ", ", "、"))
}
