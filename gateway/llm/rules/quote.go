package rules

import (
	"strings"
	"unicode"

	"shopkeeper/shop"
)

// Product text, reviews and notes are other people's words. They appear as short quotes with no markup, no line breaks and
// no control or direction characters, cut between words so that no number is cut in two.

func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		case strings.ContainsRune("<>`*_[]{}|\\", r):
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

func clip(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	end := most
	for end > most/2 && !breakable(r[end-1], r[end]) {
		end--
	}
	if end == most/2 {
		end = most
	}
	cut := strings.TrimRight(string(r[:end]), " ,;:-–，、；：(（")
	if before := loneNumber.ReplaceAllString(cut, ""); before != "" {
		cut = strings.TrimRight(before, " ,;:-–，、；：(（")
	}
	return cut + "…"
}

// loneNumber is a number that a cut left without its unit: it would be another fact.
var loneNumber = re(`[ ,，、]+[$€£¥]?\d[\d.,]*$`)

func breakable(a, b rune) bool {
	return b == ' ' || a == ' ' || (unicode.Is(unicode.Han, a) && unicode.Is(unicode.Han, b))
}

func title(p shop.ProductCard) string {
	return shortTitle(p, 70)
}

// model is a title without what a comma sets off, for where several stand in a row.
func model(p shop.ProductCard) string {
	if before, _, ok := strings.Cut(p.Title, ", "); ok && len([]rune(before)) >= 8 {
		p.Title = before
	}
	return shortTitle(p, 44)
}

func shortTitle(p shop.ProductCard, most int) string {
	s := clip(clean(p.Title), most)
	if s == "" {
		s = clean(p.ID)
	}
	return "“" + strings.NewReplacer("“", "", "”", "", `"`, "").Replace(s) + "”"
}

// sentences keeps whole sentences up to a length.
func sentences(s string, most int) string {
	s = clean(s)
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	for i := most - 1; i > most/3; i-- {
		if strings.ContainsRune("。！？", r[i]) || (strings.ContainsRune(".!?", r[i]) && r[i+1] == ' ') {
			return string(r[:i+1])
		}
	}
	return clip(s, most)
}

// A review that talks to the assistant, or carries codes, links or money, is not repeated: its words are data all the same,
// but a shopper could take them for the shop's.
var suspicious = re(`(?i)\b(ignore|disregard|instructions?|system|prompt|assistant|chatbot|\bbot\b|\bai\b|admin|override|developer|tell (the|every|all)|you must|code|coupon|voucher|free|refund|discount)\b|https?:|www\.|@|[%$€£¥#]|忽略|无视|指令|提示词|助手|系统|机器人|客服|管理员|优惠|折扣|免费|退款|代码|必须|返现`)

func trusty(review string) bool { return !suspicious.MatchString(review) }
