package demo

import (
	"strings"

	"shopkeeper/shop"
)

// color is a colour by its names; both name the same base colour. Hex is how pictures draw it.
type color struct {
	word
	hex string
}

var (
	black     = color{word{"Black", "黑色"}, "#2b2d31"}
	obsidian  = color{word{"Obsidian Black", "曜石黑"}, "#232529"}
	white     = color{word{"White", "白色"}, "#f4f4f2"}
	pearl     = color{word{"Pearl White", "珍珠白"}, "#f1eee8"}
	gray      = color{word{"Gray", "灰色"}, "#8b9098"}
	graphite  = color{word{"Graphite Gray", "石墨灰"}, "#5a5f67"}
	silver    = color{word{"Silver", "银色"}, "#c3c8ce"}
	red       = color{word{"Red", "红色"}, "#cf3f3f"}
	burgundy  = color{word{"Burgundy", "酒红色"}, "#7d2b3c"}
	navy      = color{word{"Navy Blue", "海军蓝"}, "#2c3f66"}
	blue      = color{word{"Blue", "蓝色"}, "#3a74c4"}
	sky       = color{word{"Sky Blue", "天蓝色"}, "#86b8e2"}
	green     = color{word{"Green", "绿色"}, "#4c9463"}
	forest    = color{word{"Forest Green", "墨绿色"}, "#2f5d48"}
	mint      = color{word{"Mint Green", "薄荷绿"}, "#a4d8c2"}
	olive     = color{word{"Olive Green", "橄榄绿"}, "#76804a"}
	yellow    = color{word{"Yellow", "黄色"}, "#eec64a"}
	orange    = color{word{"Orange", "橙色"}, "#e58a3c"}
	pink      = color{word{"Pink", "粉色"}, "#eba9b8"}
	purple    = color{word{"Purple", "紫色"}, "#7a5aa6"}
	lavender  = color{word{"Lavender", "薰衣草紫"}, "#b9a7da"}
	brown     = color{word{"Brown", "棕色"}, "#80593d"}
	walnut    = color{word{"Walnut", "胡桃棕"}, "#6e4c36"}
	tan       = color{word{"Tan", "驼色"}, "#c19a6b"}
	beige     = color{word{"Beige", "米色"}, "#dfd0b4"}
	khaki     = color{word{"Khaki", "卡其色"}, "#bfae86"}
	cream     = color{word{"Cream", "米色"}, "#efe4cd"}
	gold      = color{word{"Gold", "金色"}, "#cfab58"}
	roseGold  = color{word{"Rose Gold", "玫瑰金"}, "#d9a79a"}
	clear     = color{word{"Transparent", "透明"}, "#d7e6ec"}
	colorful  = color{word{"Multicolor", "彩色"}, "#e0748a"}
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
