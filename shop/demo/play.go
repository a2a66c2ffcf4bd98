package demo

import "fmt"

// toy is one sort of toy: what may be said about it differs too much for one list.
type toy struct {
	use      word
	en, zh   string // what one does with it
	pieces   []float64
	battery  bool
	material word
	age      []float64
}

var toySorts = []toy{
	{word{"Building Blocks Set", "积木套装"}, "Build a town, take it apart, build a dragon.", "今天搭小镇，明天拼恐龙，拆了再来。", []float64{60, 100, 250, 480, 820}, false, word{"Plastic", "塑料"}, []float64{3, 5, 7}},
	{word{"Wooden Train Set", "木制火车玩具"}, "Tracks, bridges and wagons fit together in many ways.", "轨道、桥梁、车厢可自由拼接。", []float64{24, 36, 52, 80}, false, word{"Wood", "木质"}, []float64{3}},
	{word{"Plush Toy", "毛绒玩具"}, "A soft friend that goes to bed and to the holidays.", "软软的小伙伴，睡觉、出游都能带上。", nil, false, word{"Plush", "毛绒"}, []float64{2, 3}},
	{word{"Jigsaw Puzzle", "拼图"}, "Thick pieces, clear picture, an afternoon well spent.", "厚实卡片、画面清晰，一个下午不知不觉就过去。", []float64{48, 100, 300, 500, 1000}, false, word{"Cardboard", "厚纸板"}, []float64{3, 6, 8}},
	{word{"Board Game", "桌游"}, "Rules that are told in two minutes and a different game every time.", "规则两分钟就懂，每局都不一样。", []float64{72, 90, 110}, false, word{"Cardboard", "厚纸板"}, []float64{6, 8, 10}},
	{word{"Remote Control Car", "遥控车"}, "It climbs over shoes, carpets and the garden path.", "鞋子、地毯、花园小路，统统能翻越。", nil, true, word{"Plastic", "塑料"}, []float64{6, 8}},
	{word{"Robot Kit", "机器人套件"}, "Put it together, then teach it to dance with simple blocks of code.", "先动手拼装，再用图形化编程教它跳舞。", []float64{120, 160, 240, 410}, true, word{"Plastic", "塑料"}, []float64{8, 10}},
	{word{"Doll House", "娃娃屋"}, "Rooms to furnish and stories to invent.", "布置房间，编自己的故事。", []float64{18, 26, 40}, false, word{"Wood", "木质"}, []float64{3, 4}},
	{word{"Dinosaur Figures", "恐龙模型"}, "From gentle giants to the ones with teeth.", "从温顺的巨兽到尖牙猎手，一应俱全。", []float64{6, 8, 12}, false, word{"Soft plastic", "软胶"}, []float64{3, 4}},
	{word{"Science Kit", "科学实验套装"}, "Volcanoes, crystals and colours, with nothing more than the kitchen table.", "火山、结晶、变色实验，一张餐桌就能做。", []float64{20, 30, 45}, false, word{"Plastic, cardboard", "塑料、纸板"}, []float64{8, 10}},
	{word{"Bath Toys", "洗澡玩具"}, "They float, squirt and dry fast.", "会漂、会喷水、干得快。", []float64{4, 6, 10}, false, word{"Silicone", "硅胶"}, []float64{2, 3}},
}

var toys = kind{
	word: word{"Toys", "玩具"}, key: "toys", top: "Toys & Games", merchant: outfitters, n: 100, lo: 590, hi: 15900,
	brands: []brand{{"Wooblet", "乌布"}, {"Starpup", "星犬"}, {"Puzzlewood", "普兹林"}, {"Tinkerfox", "巧狐"}, {"Little Orchard", "小果园"}, {"Brickwhale", "砖鲸"}},
	spec: func(d *draft) {
		t := toySorts[d.IntN(len(toySorts))]
		d.say("use", t.use)
		d.text("type", "类型", t.use)
		d.say("play", word{t.en, t.zh})
		d.text("material", "材质", t.material)
		age := d.any(t.age...)
		d.num("minimum age", "适用年龄", age, "years")
		d.text("age group", "年龄段", word{fmt.Sprintf("%.0f+", age), fmt.Sprintf("%.0f岁以上", age)})
		if t.pieces != nil {
			n := d.step(t.pieces...)
			d.num("pieces", "件数", n, "pcs")
		}
		d.yes("battery needed", "需要电池", t.battery)
		d.num("weight", "重量", d.between(0.2, 1.9, 0.05), "kg")
		d.name(t.use.en)
		d.title("{brand} {model} {use}", "{brand}{model} {use}")
		d.also(t.pieces != nil, ", {pieces} Pieces", " {pieces}件")
		d.also(d.chance(0.5), ", Age {age group}", " {age group}")
		if t.use.en == "Plush Toy" || t.use.en == "Remote Control Car" {
			d.hues(1+d.IntN(2), red, blue, yellow, green, pink, brown, beige, gray, orange)
		} else {
			d.hues(1, colorful, colorful, red, blue, green, beige)
		}
	},
	open: []line{
		{"", "{play}", "{play}"},
		{"", "The {model} from {maker} keeps small hands busy. {play}", "{maker}{model}，让小手忙起来。{play}"},
	},
	body: []line{
		{"", "The set has {pieces} pieces.", "全套共{pieces}件。"},
		{"", "Made of {material} with rounded edges.", "{material}材质，边角圆润。"},
		{"battery needed", "It runs on batteries, which are not included.", "需要电池，电池需另购。"},
		{"!battery needed", "It needs no batteries.", "无需电池。"},
		{"", "Suitable for the age group {age group}.", "适用年龄：{age group}。"},
		{"", "In its box it weighs {weight} kg.", "含包装重{weight}千克。"},
	},
	end:  []line{{"", "Tested for harmful substances.", "经有害物质检测。"}, {"", "A bag for tidying up is included.", "附收纳袋。"}},
	pros: []line{{"", "My kids play with it every day", "孩子每天都玩"}, {"", "Sturdy and well made", "结实，做工好"}, {"", "A hit at the birthday party", "生日会上大受欢迎"}},
	cons: []line{{"", "The box was dented", "包装盒压瘪了"}, {"pieces", "Many small parts to pick up", "小零件多，收拾费劲"}, {"pieces", "The instructions are short", "说明书太简单"}},
}
