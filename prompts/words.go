package prompts

import (
	"strconv"
	"strings"
	"text/template"
	"time"
)

// funcs are the few words that templates cannot build by themselves: lists, ordinals, dates, in the file's language.
// The dates keep to the two forms that the number guard reads.
func funcs(lang string) template.FuncMap {
	zh := lang == "zh"
	return template.FuncMap{
		"list":   func(words []string) string { return join(words, zh, false) },
		"either": func(words []string) string { return join(words, zh, true) },
		"nth": func(n int) string {
			if zh {
				return "第" + pick(zhNumbers, n) + "款"
			}
			return "the " + pick(enOrdinals, n)
		},
		"date": func(t time.Time) string {
			if zh {
				return t.Format("2006年1月2日")
			}
			return t.Format("Jan 2, 2006")
		},
	}
}

var (
	enOrdinals = strings.Fields("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth")
	zhNumbers  = strings.Fields("一 二 三 四 五 六 七 八 九 十 十一 十二 十三 十四 十五 十六 十七 十八 十九 二十")
)

func pick(words []string, n int) string {
	if n < 1 || n > len(words) {
		return strconv.Itoa(n)
	}
	return words[n-1]
}

func join(words []string, zh, or bool) string {
	comma, last := ", ", " and "
	switch {
	case zh && or:
		comma, last = "、", "或"
	case zh:
		comma, last = "、", "、"
	case or:
		last = " or "
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], comma) + last + words[n]
}
