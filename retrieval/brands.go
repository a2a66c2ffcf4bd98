package retrieval

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"shopkeeper/retrieval/text"
)

// ambiguous names are words of their own, too.
var ambiguous = words("brother sharp honor mi 兄弟 博士 荣耀 美的")

// lines of products that people ask for by name, as they are written.
var lines = map[string]string{"iphone": "iPhone", "ipad": "iPad", "macbook": "MacBook", "airpods": "AirPods", "playstation": "PlayStation", "ps5": "PS5", "xbox": "Xbox", "kindle": "Kindle", "thinkpad": "ThinkPad"}

// NamedBrands are the brands and product lines that a text names, in the form in which people write them, whether or not a
// catalogue has them; words that mean other things as well are left out.
func NamedBrands(s string) []string {
	var out []string
	s = text.Fold(s)
	for _, name := range slices.Concat(slices.Collect(maps.Keys(brandNames)), slices.Collect(maps.Keys(lines))) {
		i := strings.Index(s, name)
		if i < 0 || ambiguous[name] || !boundary(s, i) || !boundary(s, i+len(name)) {
			continue
		}
		switch {
		case lines[name] != "":
			name = lines[name]
		case len(name) <= 3 && name[0] < utf8.RuneSelf:
			name = strings.ToUpper(name)
		case name[0] < utf8.RuneSelf:
			name = strings.ToUpper(name[:1]) + name[1:]
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// SameBrand tells whether two texts name one brand, in whatever language.
func SameBrand(a, b string) bool {
	a, b = text.Fold(a), text.Fold(b)
	return a == b || slices.Contains(brandNames[a], b)
}

// brandNames: how a brand is also written, folded → spellings under which a catalogue may keep it.
var brandNames = func() map[string][]string {
	out := map[string][]string{}
	for _, names := range [][]string{
		{"hp", "惠普", "hewlett-packard", "hewlett packard"},
		{"lenovo", "联想"},
		{"dell", "戴尔"},
		{"apple", "苹果"},
		{"samsung", "三星"},
		{"huawei", "华为"},
		{"xiaomi", "小米", "mi"},
		{"sony", "索尼"},
		{"canon", "佳能"},
		{"nikon", "尼康"},
		{"microsoft", "微软"},
		{"nintendo", "任天堂"},
		{"logitech", "罗技"},
		{"philips", "飞利浦"},
		{"panasonic", "松下"},
		{"bosch", "博世"},
		{"asus", "华硕"},
		{"acer", "宏碁", "宏基"},
		{"nike", "耐克"},
		{"adidas", "阿迪达斯"},
		{"epson", "爱普生"},
		{"brother", "兄弟"},
		{"toshiba", "东芝"},
		{"sharp", "夏普"},
		{"siemens", "西门子"},
		{"midea", "美的"},
		{"haier", "海尔"},
		{"casio", "卡西欧"},
		{"bose", "博士"},
		{"jbl", "杰宝"},
		{"sennheiser", "森海塞尔"},
		{"oppo", "欧珀"},
		{"honor", "荣耀"},
		{"oneplus", "一加"},
		{"dji", "大疆"},
		{"razer", "雷蛇"},
		{"kingston", "金士顿", "kingston technology"},
		{"sandisk", "闪迪"},
		{"western digital", "西部数据", "wd"},
		{"seagate", "希捷"},
		{"intel", "英特尔"},
		{"nvidia", "英伟达"},
		{"puma", "彪马"},
		{"new balance", "新百伦"},
		{"uniqlo", "优衣库"},
		{"lego", "乐高"},
		{"anker", "安克"},
		{"delonghi", "德龙", "de'longhi"},
		{"nespresso", "奈斯派索"},
		{"dyson", "戴森"},
	} {
		for _, n := range names {
			for _, other := range names {
				if other != n && !slices.Contains(out[n], other) {
					out[n] = append(out[n], other)
				}
			}
		}
	}
	return out
}()
