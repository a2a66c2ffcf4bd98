package demo

var kitchenBrands = []brand{{"Homera", "禾美"}, {"Kettleby", "凯特比"}, {"Steamwell", "汽井"}, {"Castelline", "卡斯特"}, {"Bellanova", "贝拉"}}

var kettles = kind{
	word: word{"Kettles", "电水壶"}, key: "kettles", top: "Kitchen", merchant: home, n: 60, lo: 1290, hi: 21900, brands: kitchenBrands,
	spec: func(d *draft) {
		d.code("WK-", "Boil ", "Steam ")
		material := d.rise(word{"Plastic", "塑料"}, word{"Stainless Steel", "不锈钢"}, word{"Glass", "玻璃"}, word{"Stainless Steel", "不锈钢"}, word{"Ceramic", "陶瓷"})
		d.text("material", "材质", material)
		if material.en == "Plastic" {
			d.say("plastic", material)
		}
		neck := d.chance(0.2)
		d.num("capacity", "容量", d.any(0.8, 1, 1.2, 1.5, 1.7, 1.7, 2), "L")
		d.num("power", "功率", d.any(1000, 1350, 1500, 1500, 1850, 2200), "W")
		temp := d.yes("temperature control", "控温", d.graded(-0.1, 1.0))
		d.yes("keep warm", "保温", d.graded(0, 0.9))
		d.num("weight", "重量", d.between(0.8, 1.6, 0.05), "kg")
		d.num("warranty", "质保", d.step(12, 24, 24), "months")
		use := word{"Electric Kettle", "电水壶"}
		if neck {
			use = word{"Gooseneck Kettle", "细口手冲壶"}
		}
		d.say("use", use)
		d.title("{brand} {model} {material} {use}, {capacity} L", "{brand}{model} {material}{use} {capacity}升")
		d.also(temp, ", Temperature Control", " 控温")
		d.also(!temp && d.chance(0.4), ", {power} W", " {power}W")
		d.hues(1+d.IntN(3), silver, white, black, red, mint, cream, sky, graphite)
	},
	open: []line{
		{"", "The {model} boils up to {capacity} litres for tea, coffee or pasta.", "{model}容量{capacity}升，泡茶、冲咖啡、煮面都够用。"},
		{"", "{maker}'s {use} with {power} W has the water hot before the cups are out.", "{maker}{use}，{power}瓦大功率，杯子还没摆好水就开了。"},
		{"", "A {material} body and a wide lid make the {model} easy to fill and to clean.", "{material}壶身搭配大口径壶盖，{model}好加水也好清洗。"},
	},
	body: []line{
		{"temperature control", "Set the temperature to suit green tea, coffee or baby food.", "可按绿茶、咖啡、冲奶粉等需要设定水温。"},
		{"keep warm", "Keep-warm holds the heat for the second cup.", "保温功能，续杯依旧温热。"},
		{"", "It takes {capacity} litres and heats with {power} W.", "容量{capacity}升，加热功率{power}瓦。"},
		{"", "It switches off by itself and never boils dry.", "水开自动断电，防干烧。"},
		{"", "Empty it weighs {weight} kg.", "空壶重{weight}千克。"},
	},
	end:  []line{{"", "Comes with a {warranty}-month warranty.", "享{warranty}个月质保。"}, {"", "The base winds up the cable.", "底座可收纳电源线。"}},
	pros: []line{{"", "Boils really fast", "烧水真快"}, {"", "Pours without dripping", "倒水不滴漏"}, {"", "Looks great on the counter", "放厨房很好看"}},
	cons: []line{{"plastic", "Smelled of plastic at first", "刚开始有点味道"}, {"", "Loud when it boils", "烧水声音有点大"}, {"", "The outside gets hot", "壶身会烫"}},
}

var coffeeMakers = kind{
	word: word{"Coffee Makers", "咖啡机"}, key: "coffee", top: "Kitchen", merchant: home, n: 64, lo: 1690, hi: 129000, brands: []brand{{"Homera", "禾美"}, {"Brewfield", "酿野"}, {"Castelline", "卡斯特"}, {"Bellanova", "贝拉"}},
	spec: func(d *draft) {
		d.code("CM-", "Crema ", "Barista ")
		use := d.rise(word{"French Press", "法压壶"}, word{"Drip Coffee Maker", "滴滤咖啡机"}, word{"Drip Coffee Maker", "滴滤咖啡机"}, word{"Capsule Coffee Machine", "胶囊咖啡机"}, word{"Espresso Machine", "意式咖啡机"}, word{"Espresso Machine", "意式咖啡机"}, word{"Bean-to-Cup Coffee Machine", "全自动咖啡机"})
		d.say("use", use)
		d.text("type", "类型", use)
		d.num("warranty", "质保", d.step(12, 24, 24, 36), "months")
		if use.en == "French Press" {
			d.num("capacity", "容量", d.any(0.35, 0.6, 0.8, 1), "L")
			d.text("material", "材质", d.one(word{"Glass", "玻璃"}, word{"Stainless Steel", "不锈钢"}))
			d.num("weight", "重量", d.between(0.4, 0.9, 0.05), "kg")
			d.title("{brand} {model} {material} French Press Coffee Maker, {capacity} L", "{brand}{model} {material}法压咖啡壶 {capacity}升")
			d.hues(1+d.IntN(2), black, silver, white, red)
			return
		}
		d.num("capacity", "水箱容量", d.any(0.6, 0.8, 1, 1.2, 1.5, 1.8), "L")
		d.num("power", "功率", d.any(800, 900, 1000, 1260, 1350, 1450), "W")
		d.text("material", "材质", d.rise(word{"Plastic", "塑料"}, word{"Plastic, stainless steel", "塑料、不锈钢"}, word{"Stainless Steel", "不锈钢"}))
		d.yes("milk frother", "奶泡", use.en != "Drip Coffee Maker" && d.graded(0, 1.1))
		d.yes("grinder", "研磨", use.en == "Bean-to-Cup Coffee Machine" || use.en == "Drip Coffee Maker" && d.chance(0.2))
		if use.en != "Drip Coffee Maker" {
			d.num("pressure", "压力", d.any(15, 19, 20), "bar")
			d.title("{brand} {model} {use}, {pressure} Bar", "{brand}{model} {use} {pressure}bar")
		} else {
			d.num("cups", "杯数", d.any(4, 6, 8, 10, 12), "")
			d.title("{brand} {model} {use}, {cups} Cups", "{brand}{model} {use} {cups}杯")
		}
		d.also(d.fact("milk frother").value.en == "yes", " with Milk Frother", " 带奶泡器")
		d.num("weight", "重量", d.slope(1.4, 11, 0.1), "kg")
		d.hues(1+d.IntN(2), black, silver, white, red, cream)
	},
	open: []line{
		{"", "The {model} is a {use} for slow mornings and short breaks.", "{model}是一款{use}，悠闲清晨或短暂小憩都合适。"},
		{"", "{maker} makes good coffee simple: fill the {model}, press, pour.", "{maker}让好咖啡变简单：往{model}里加水、按下、倒出。"},
	},
	body: []line{
		{"grinder", "The built-in grinder works with whole beans, fresh for every cup.", "内置研磨器，现磨咖啡豆，每杯都新鲜。"},
		{"milk frother", "The frother makes fine foam for cappuccino and latte.", "奶泡器打出细腻奶泡，卡布奇诺、拿铁随心做。"},
		{"", "Its {pressure} bar pump draws a dense crema.", "{pressure}bar泵压，萃取浓郁油脂。"},
		{"", "It brews up to {cups} cups at a time.", "一次可冲{cups}杯。"},
		{"", "It holds {capacity} litres and weighs {weight} kg.", "容量{capacity}升，重{weight}千克。"},
		{"", "Heating takes {power} W and little patience.", "加热功率{power}瓦，不用久等。"},
	},
	end:  []line{{"", "Removable parts can be washed in the dishwasher.", "可拆卸部件可用洗碗机清洗。"}, {"", "The warranty runs for {warranty} months.", "享{warranty}个月质保。"}},
	pros: []line{{"", "The coffee is hot and full of taste", "咖啡够热，味道醇厚"}, {"", "Easy to clean", "清洗方便"}, {"", "Saves me the trip to the coffee shop", "不用再去咖啡店了"}},
	cons: []line{{"power", "A bit loud in the morning", "早上用有点吵"}, {"power", "Takes up space", "占地方"}, {"power", "The water tank is small", "水箱偏小"}},
}

var blenders = kind{
	word: word{"Blenders", "搅拌机"}, key: "blenders", top: "Kitchen", merchant: home, n: 60, lo: 1490, hi: 44900, brands: kitchenBrands,
	spec: func(d *draft) {
		d.code("BL-", "Mix ", "Vita ")
		use := d.rise(word{"Portable Blender", "便携榨汁杯"}, word{"Hand Blender", "手持搅拌棒"}, word{"Personal Blender", "迷你搅拌机"}, word{"Jug Blender", "台式搅拌机"}, word{"Jug Blender", "台式搅拌机"}, word{"High-Speed Blender", "破壁机"})
		d.say("use", use)
		d.text("type", "类型", use)
		d.num("power", "功率", d.step(120, 250, 400, 600, 800, 1000, 1400, 1800), "W")
		d.num("capacity", "容量", d.step(0.4, 0.5, 0.6, 1, 1.5, 1.75, 2), "L")
		d.num("speeds", "档位", d.step(1, 2, 3, 5, 8, 10), "")
		d.text("material", "材质", d.rise(word{"Plastic", "塑料"}, word{"Tritan", "Tritan"}, word{"Glass", "玻璃"}, word{"Stainless Steel", "不锈钢"}))
		d.num("weight", "重量", d.slope(0.5, 5.2, 0.1), "kg")
		if use.en != "Hand Blender" {
			d.say("body", word{"blender", "机身"})
			d.say("jar", word{"jar", "杯体"})
		}
		d.yes("ice crushing", "碎冰", d.graded(0.1, 1.2))
		d.num("warranty", "质保", d.step(12, 24, 24, 36), "months")
		d.title("{brand} {model} {use}, {power} W, {capacity} L", "{brand}{model} {use} {power}W {capacity}升")
		d.hues(1+d.IntN(3), black, white, red, mint, silver, pink, cream)
	},
	open: []line{
		{"", "Smoothies, soups and sauces are done in a minute with the {model}.", "奶昔、浓汤、酱料，{model}一会儿就搞定。"},
		{"", "The {model} is a {use} from {maker} with {power} W behind its blades.", "{maker}{model}{use}，{power}瓦动力十足。"},
	},
	body: []line{
		{"ice crushing", "It crushes ice and frozen fruit.", "冰块和冷冻水果都能打碎。"},
		{"!ice crushing", "Made for soft fruit and soups; ice is not its thing.", "适合软质水果和汤品，不建议打冰块。"},
		{"", "The {material} {jar} holds {capacity} litres.", "{material}{jar}，容量{capacity}升。"},
		{"", "The {body} weighs {weight} kg and stands on rubber feet.", "{body}重{weight}千克，底部防滑。"},
		{"", "The blades come off for cleaning.", "刀头可拆，清洗方便。"},
	},
	end:  []line{{"", "A booklet with recipes is included.", "附食谱小册。"}, {"", "Comes with a {warranty}-month warranty.", "享{warranty}个月质保。"}},
	pros: []line{{"", "Really smooth results", "打得很细腻"}, {"", "Quick to rinse", "冲一下就干净"}, {"", "Strong motor", "马力够"}},
	cons: []line{{"", "Quite loud", "声音不小"}, {"body", "The lid is hard to open", "盖子有点紧"}},
}

var vacuums = kind{
	word: word{"Vacuum Cleaners", "吸尘器"}, key: "vacuums", top: "Home", merchant: home, n: 48, lo: 3490, hi: 79900, brands: []brand{{"Homera", "禾美"}, {"Whirlen", "旋风"}, {"Cleanora", "洁诺"}},
	spec: func(d *draft) {
		d.code("VC-", "Sweep ", "Aero ")
		use := d.rise(word{"Handheld Vacuum Cleaner", "手持吸尘器"}, word{"Canister Vacuum Cleaner", "卧式吸尘器"}, word{"Cordless Stick Vacuum Cleaner", "无线手持吸尘器"}, word{"Cordless Stick Vacuum Cleaner", "无线手持吸尘器"}, word{"Robot Vacuum Cleaner", "扫地机器人"}, word{"Robot Vacuum Cleaner", "扫地机器人"})
		d.say("use", use)
		d.text("type", "类型", use)
		if use.en == "Canister Vacuum Cleaner" {
			d.num("power", "功率", d.any(700, 800, 900), "W")
			d.num("cable length", "线长", d.any(5, 6, 8), "m")
		} else {
			d.num("running time", "工作时间", d.step(20, 30, 40, 60, 90, 120, 150), "min")
		}
		d.num("dust capacity", "尘盒容量", d.between(0.3, 1.5, 0.1), "L")
		d.num("noise", "噪音", d.between(62, 78, 1), "dB")
		d.num("weight", "重量", d.between(1.2, 4.8, 0.1), "kg")
		d.text("filter", "滤网", d.rise(word{"Washable filter", "可水洗滤网"}, word{"HEPA filter", "HEPA滤网"}))
		d.num("warranty", "质保", d.step(12, 24, 24), "months")
		d.title("{brand} {model} {use}, {filter}", "{brand}{model} {use} {filter}")
		d.also(d.fact("running time") != nil, ", {running time} min", " {running time}分钟")
		d.hues(1, black, white, gray, red, blue)
	},
	open: []line{
		{"", "The {model} picks up crumbs, dust and pet hair.", "{model}能轻松吸走碎屑、灰尘和宠物毛发。"},
		{"", "{maker}'s {use} keeps floors clean without much thought.", "{maker}{use}，地面清洁省心省力。"},
	},
	body: []line{
		{"", "It runs up to {running time} minutes on a charge.", "一次充电最长工作{running time}分钟。"},
		{"", "The {cable length} m cable reaches across a large room.", "{cable length}米电源线，大房间也够用。"},
		{"", "The bin takes {dust capacity} litres and empties with one click.", "{dust capacity}升尘盒，一键倒灰。"},
		{"", "At {noise} dB you can still talk.", "噪音{noise}分贝，不影响交谈。"},
		{"", "It weighs {weight} kg.", "重{weight}千克。"},
	},
	end:  []line{{"", "A spare filter comes with it.", "附备用滤网。"}, {"", "Comes with a {warranty}-month warranty.", "享{warranty}个月质保。"}},
	pros: []line{{"", "Gets the cat hair out of the carpet", "地毯上的猫毛都吸干净了"}, {"", "Light to carry upstairs", "拿上楼不费力"}},
	cons: []line{{"running time", "The battery could last longer", "续航再久点就好了"}, {"", "The bin is small", "尘盒偏小"}},
}
