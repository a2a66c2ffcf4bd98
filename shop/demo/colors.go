package demo

import (
	"strings"

	"shopkeeper/shop"
)

// color is a colour by its names; both name the same base colour.
type color struct{ word }

var (
	black     = color{word{"Black", "黑色"}}
	obsidian  = color{word{"Obsidian Black", "曜石黑"}}
	white     = color{word{"White", "白色"}}
	pearl     = color{word{"Pearl White", "珍珠白"}}
	gray      = color{word{"Gray", "灰色"}}
	graphite  = color{word{"Graphite Gray", "石墨灰"}}
	silver    = color{word{"Silver", "银色"}}
	red       = color{word{"Red", "红色"}}
	burgundy  = color{word{"Burgundy", "酒红色"}}
	navy      = color{word{"Navy Blue", "海军蓝"}}
	blue      = color{word{"Blue", "蓝色"}}
	sky       = color{word{"Sky Blue", "天蓝色"}}
	green     = color{word{"Green", "绿色"}}
	forest    = color{word{"Forest Green", "墨绿色"}}
	mint      = color{word{"Mint Green", "薄荷绿"}}
	olive     = color{word{"Olive Green", "橄榄绿"}}
	yellow    = color{word{"Yellow", "黄色"}}
	orange    = color{word{"Orange", "橙色"}}
	pink      = color{word{"Pink", "粉色"}}
	purple    = color{word{"Purple", "紫色"}}
	lavender  = color{word{"Lavender", "薰衣草紫"}}
	brown     = color{word{"Brown", "棕色"}}
	walnut    = color{word{"Walnut", "胡桃棕"}}
	tan       = color{word{"Tan", "驼色"}}
	beige     = color{word{"Beige", "米色"}}
	khaki     = color{word{"Khaki", "卡其色"}}
	cream     = color{word{"Cream", "米色"}}
	gold      = color{word{"Gold", "金色"}}
	roseGold  = color{word{"Rose Gold", "玫瑰金"}}
	clear     = color{word{"Transparent", "透明"}}
	colorful  = color{word{"Multicolor", "彩色"}}
	allColors = []color{
		black, obsidian, white, pearl, gray, graphite, silver, red, burgundy, navy, blue, sky, green, forest, mint, olive, yellow,
		orange, pink, purple, lavender, brown, walnut, tan, beige, khaki, cream, gold, roseGold, clear, colorful,
	}
)

// Color is the colour in which a product is drawn: its own, else the first variant's; "" = it names none.
func Color(p shop.Product) string {
	find := func(as []shop.Attribute) string {
		for _, a := range as {
			switch strings.ToLower(a.Name) {
			case "color", "colour", "product colour", "product color", "颜色":
				return a.Value.Text
			}
		}
		return ""
	}
	if c := find(p.Attributes); c != "" {
		return c
	}
	for _, v := range p.Variants {
		if c := find(v.Attributes); c != "" {
			return c
		}
	}
	return ""
}

// paints are the colour words of any shop, English and Chinese.
var paints = []struct{ words, hex string }{
	{"black|黑色|黑|anthracite", "#2e3138"},
	{"obsidian black|曜石黑", "#26282e"},
	{"white|白色|白|ivory", "#f4f4f2"},
	{"pearl white|珍珠白", "#f1eee8"},
	{"gray|grey|灰色|灰|slate", "#8b9098"},
	{"graphite|graphite gray|石墨灰|charcoal", "#565b64"},
	{"silver|银色|银|platinum", "#c3c8ce"},
	{"stainless steel", "#b9c0c8"},
	{"red|红色|红|crimson", "#cf3f3f"},
	{"burgundy|酒红色|酒红|maroon", "#7d2b3c"},
	{"navy|navy blue|海军蓝|藏青色|藏青|深蓝", "#2c3f66"},
	{"blue|蓝色|蓝|cobalt", "#3a74c4"},
	{"sky blue|天蓝色|天蓝|浅蓝|light blue|azure", "#86b8e2"},
	{"cyan|teal|turquoise|青色", "#3f9aa3"},
	{"green|绿色|绿|emerald", "#4c9463"},
	{"forest green|墨绿色|墨绿|dark green", "#2f5d48"},
	{"mint|mint green|薄荷绿", "#9fd3bd"},
	{"olive|olive green|橄榄绿|军绿", "#76804a"},
	{"yellow|黄色|黄", "#eec64a"},
	{"orange|橙色|橙|橘色|coral", "#e58a3c"},
	{"pink|粉色|粉红|粉", "#eba9b8"},
	{"rose|magenta|fuchsia|玫红", "#c9507f"},
	{"purple|紫色|紫|violet", "#7a5aa6"},
	{"lavender|lilac|薰衣草紫|浅紫", "#b9a7da"},
	{"brown|棕色|棕|褐色|咖啡色|chocolate", "#80593d"},
	{"walnut|胡桃棕", "#6e4c36"},
	{"tan|驼色|camel", "#c19a6b"},
	{"beige|米色|cream|米白|sand", "#e4d7bd"},
	{"khaki|卡其色|卡其", "#bfae86"},
	{"gold|金色|金|golden|champagne", "#cfab58"},
	{"rose gold|玫瑰金", "#d9a79a"},
	{"transparent|透明|clear", "#cfdfe6"},
	{"multicolor|multicolour|multicolored|彩色|多色", "#e0748a"},
}
