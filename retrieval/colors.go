package retrieval

import (
	"slices"
	"strings"

	"shopkeeper/retrieval/text"
)

// colorWords: base colour → how it is written, English words and Chinese ones that cannot be read as something else.
var colorWords = map[string][]string{
	"black":       {"black", "anthracite", "ebony", "jet black", "黑色", "黑", "曜石黑", "纯黑"},
	"white":       {"white", "ivory", "snow", "白色", "白", "米白", "象牙白", "乳白"},
	"gray":        {"gray", "grey", "graphite", "charcoal", "space gray", "slate", "灰色", "灰", "深灰", "浅灰", "炭灰"},
	"silver":      {"silver", "platinum", "银色", "银", "银白"},
	"red":         {"red", "crimson", "scarlet", "burgundy", "maroon", "wine red", "红色", "红", "大红", "酒红", "深红", "玫红", "枣红"},
	"blue":        {"blue", "navy", "azure", "cobalt", "cyan", "teal", "sky blue", "蓝色", "蓝", "天蓝", "深蓝", "藏青", "藏蓝", "宝蓝", "浅蓝", "青色"},
	"green":       {"green", "olive", "mint", "emerald", "sage", "khaki green", "绿色", "绿", "墨绿", "军绿", "浅绿", "草绿", "薄荷绿"},
	"yellow":      {"yellow", "lemon", "mustard", "黄色", "黄", "明黄", "姜黄"},
	"orange":      {"orange", "coral", "橙色", "橙", "橘色", "桔色"},
	"pink":        {"pink", "rose", "fuchsia", "粉色", "粉红", "粉红色", "粉", "浅粉"},
	"purple":      {"purple", "violet", "lavender", "lilac", "magenta", "plum", "紫色", "紫", "紫罗兰", "浅紫"},
	"brown":       {"brown", "chocolate", "tan", "coffee brown", "bronze", "walnut", "棕色", "棕", "咖啡色", "褐色", "驼色"},
	"beige":       {"beige", "cream", "sand", "khaki", "米色", "卡其", "卡其色", "杏色"},
	"gold":        {"gold", "golden", "champagne", "rose gold", "金色", "金", "香槟金", "玫瑰金", "土豪金"},
	"transparent": {"transparent", "clear", "透明", "透明色"},
	"multicolor":  {"multicolor", "multicolour", "multi-color", "multicolored", "rainbow", "彩色", "多色", "七彩"},
}

// spoken: the words that name a colour in running text too. "clear", "sand", "tan", 金, 白 … name it only as an attribute's value.
var spoken = func() map[string]string {
	plain := []string{
		"black", "white", "gray", "grey", "silver", "red", "blue", "navy", "green", "yellow", "orange", "pink", "purple", "violet", "brown", "beige", "gold", "golden", "transparent",
		"burgundy", "maroon", "turquoise", "粉红", "米白", "藏青", "藏蓝", "酒红", "墨绿", "军绿", "玫瑰金", "香槟金",
	}
	out := map[string]string{}
	for c, words := range colorWords {
		for _, w := range words {
			if strings.HasSuffix(w, "色") || slices.Contains(plain, w) {
				out[w] = c
			}
		}
	}
	return out
}()

var written = func() map[string]string {
	out := map[string]string{}
	for c, words := range colorWords {
		for _, w := range words {
			out[w] = c
		}
	}
	return out
}()

// ColorName is how a base colour is called in a language; false when the value is none ("graphite gray" is one of the grays).
func ColorName(base, lang string) (string, bool) {
	words, ok := colorWords[base]
	if !ok || lang != "zh" {
		return base, ok
	}
	for _, w := range words {
		if text.Lang(w) == "zh" {
			return w, true
		}
	}
	return base, true
}

func isColor(name string) bool {
	switch text.Fold(name) {
	case "color", "colour", "product colour", "product color", "colors", "colours", "main color", "颜色", "颜色分类", "主要颜色", "机身颜色", "色系", "主色系":
		return true
	}
	return false
}

// Colors are the base colours that an attribute's value names: "Black, Gray" → black, gray; 玫瑰金 → gold; values with no
// known colour → themselves, folded.
func Colors(value string) []string {
	var out []string
	for v := range strings.FieldsFuncSeq(value, func(r rune) bool { return strings.ContainsRune(",/;|+&、，", r) }) {
		v = text.Fold(v)
		c, ok := written[v]
		if !ok {
			if c, ok = baseColor(v); !ok {
				c = v
			}
		}
		if c != "" && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// baseColor is the colour of a longer name: its last word that is one ("midnight blue"), for Chinese the last of its characters.
func baseColor(v string) (string, bool) {
	words := strings.FieldsFunc(v, func(r rune) bool { return r == ' ' || r == '-' })
	for i := len(words) - 1; i >= 0; i-- {
		if c, ok := written[words[i]]; ok {
			return c, true
		}
	}
	if text.Lang(v) == "zh" {
		r := []rune(strings.TrimSuffix(v, "色"))
		for i := len(r) - 1; i >= 0; i-- {
			if c, ok := written[string(r[i])]; ok {
				return c, true
			}
		}
	}
	return "", false
}

// colorsOfTitle are the colours that a title says in so many words. With known attributes only the title's last words count no more.
func colorsOfTitle(title string, known bool) []string {
	if known {
		return nil
	}
	var out []string
	for _, w := range text.Words(title) {
		if c, ok := spoken[w.Term]; ok && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	if text.Lang(title) == "zh" {
		for w, c := range spoken {
			if w[0] >= 0x80 && strings.Contains(title, w) && !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
		slices.Sort(out)
	}
	return out
}
