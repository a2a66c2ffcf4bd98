package demo

var phoneBrands = []brand{{"Kaivo", "凯沃"}, {"Zephon", "泽风"}, {"Novaro", "诺瓦罗"}, {"Meridia", "美瑞"}, {"Quillon", "奎隆"}}

var phones = kind{
	word: word{"Phones", "手机"}, key: "phones", top: "Phones & Accessories", merchant: electronics, n: 100, lo: 8900, hi: 149900, brands: phoneBrands,
	spec: func(d *draft) {
		d.code("One ", "Edge ", "Lite ", "Pro ")
		memory := d.step(3, 4, 4, 6, 8, 8, 12, 16)
		storage := d.step(32, 64, 128, 128, 256, 256, 512)
		screen := d.any(6.1, 6.3, 6.5, 6.6, 6.7, 6.8)
		d.num("memory", "内存", memory, "GB")
		d.num("storage", "存储", storage, "GB")
		d.num("screen size", "屏幕尺寸", screen, "in")
		d.say("screen", screenName(screen))
		d.num("battery", "电池容量", d.between(4000, 6000, 100), "mAh")
		d.num("camera", "主摄像素", d.step(12, 16, 48, 50, 50, 64, 108, 200), "MP")
		d.num("weight", "重量", d.between(158, 226, 2), "g")
		d.num("refresh rate", "刷新率", d.step(60, 60, 90, 120, 120, 144), "Hz")
		fiveG := d.graded(0.1, 1.3)
		net := word{"4G", "4G"}
		if fiveG {
			net = word{"5G", "5G"}
		}
		d.text("network", "网络", net)
		d.yes("wireless charging", "无线充电", d.graded(-0.6, 1.2))
		d.text("sim", "手机卡", word{"Dual SIM", "双卡双待"})
		d.num("warranty", "质保", d.step(12, 24, 24), "months")
		if vary := d.chance(0.35); vary && storage < 512 {
			d.title("{brand} {model} {network} Phone, {screen} Display, {memory} GB RAM", "{brand}{model} {network}手机 {screen}屏 {memory}GB内存")
			d.options = storages(storage, 2)
		} else {
			d.title("{brand} {model} {network} Phone, {memory} GB RAM, {storage} GB Storage", "{brand}{model} {network}手机 {memory}GB内存 {storage}GB存储")
		}
		d.hues(1+d.IntN(4), obsidian, white, sky, mint, lavender, graphite, roseGold, forest, gold, red)
	},
	open: []line{
		{"", "The {model} has a {screen} display, a {battery} mAh battery and a camera that likes low light.", "{model}配{screen}大屏、{battery}毫安时电池，夜拍也清晰。"},
		{"", "{maker} made the {model} for people who want a {network} phone that lasts.", "{maker}{model}是一部耐用的{network}手机。"},
		{"", "Messages, maps and photos run without a hitch on the {model} and its {memory} GB of memory.", "{memory}GB内存让{model}聊天、导航、拍照都不卡顿。"},
	},
	body: []line{
		{"", "The main camera takes {camera}-megapixel pictures.", "主摄{camera}万像素，细节丰富。"},
		{"", "The {battery} mAh battery carries most people through a day and a half.", "{battery}毫安时大电池，多数人能用一天半。"},
		{"", "Its screen refreshes {refresh rate} times a second.", "屏幕刷新率{refresh rate}Hz。"},
		{"wireless charging", "Lay it on a pad and it charges without a cable.", "支持无线充电，放上即充。"},
		{"", "It weighs {weight} g and takes two SIM cards.", "机身重{weight}克，支持双卡双待。"},
		{"", "The fingerprint reader sits in the power button.", "电源键集成指纹识别。"},
	},
	end:  []line{{"", "A {warranty}-month warranty is included.", "享{warranty}个月质保。"}, {"", "A charging cable is in the box; the phone is not tied to a carrier.", "附充电线，不绑定运营商。"}},
	pros: []line{{"", "The battery easily lasts the day", "电池用一天没压力"}, {"", "Photos look great", "拍照效果很好"}, {"", "Smooth scrolling", "滑动很流畅"}, {"", "Good in the hand", "手感不错"}},
	cons: []line{{"", "No charger in the box", "不送充电头"}, {"", "It is rather big for small hands", "手小的话有点大"}, {"", "A few preinstalled apps", "有几个预装应用"}},
}

var caseBrands = []brand{{"Shellby", "雪贝"}, {"Guardlet", "护卫"}, {"Ampry", "安派"}}

var phoneCases = kind{
	word: word{"Phone Cases", "手机壳"}, key: "phonecases", top: "Phones & Accessories", merchant: electronics, n: 48, lo: 590, hi: 5900, brands: caseBrands,
	spec: func(d *draft) {
		fits := phoneBrands[d.IntN(len(phoneBrands))]
		d.say("fits", word(fits))
		d.text("compatible with", "适用品牌", word{fits.en + " phones", fits.zh + "手机"})
		size := d.any(6.1, 6.3, 6.5, 6.6, 6.7, 6.8)
		d.say("screen", screenName(size))
		d.num("fits screen size", "适用屏幕尺寸", size, "in")
		d.text("material", "材质", d.rise(word{"Silicone", "硅胶"}, word{"TPU", "TPU软胶"}, word{"Recycled plastic", "再生塑料"}, word{"Vegan leather", "素皮"}, word{"Aramid fibre", "芳纶纤维"}))
		d.num("thickness", "厚度", d.between(0.8, 2.6, 0.2), "mm")
		d.yes("magnetic", "磁吸", d.graded(0, 1))
		d.name(plain(size))
		d.title("{brand} {model} Phone Case for {fits} {screen} Phones, {material}", "{brand}{model}手机壳 适用{fits}{screen}手机 {material}")
		d.hues(1+d.IntN(4), black, navy, clear, pink, mint, lavender, red, tan)
	},
	open: []line{
		{"", "The {model} case keeps a {fits} phone with a {screen} screen slim and safe.", "{model}手机壳专为{fits}{screen}手机设计，轻薄又防摔。"},
		{"", "Raised edges guard screen and camera, and the {material} feels good in the hand.", "边框加高保护屏幕和镜头，{material}材质手感舒适。"},
	},
	body: []line{
		{"", "It adds just {thickness} mm.", "厚度仅{thickness}毫米。"},
		{"magnetic", "A magnet ring holds chargers and stands.", "内置磁环，可吸附充电器和支架。"},
		{"", "Cut-outs match every button and port.", "孔位精准，按键和接口一一对应。"},
	},
	end:  []line{{"", "Wipe clean with a damp cloth.", "用湿布擦拭即可清洁。"}},
	pros: []line{{"", "Fits exactly", "大小刚刚好"}, {"", "Good grip", "不容易滑"}},
	cons: []line{{"", "Picks up lint in the pocket", "放口袋容易沾灰"}, {"", "The buttons are a bit stiff", "按键有点紧"}},
}

var powerBanks = kind{
	word: word{"Power Banks", "充电宝"}, key: "powerbanks", top: "Phones & Accessories", merchant: electronics, n: 44, lo: 990, hi: 12900, brands: caseBrands,
	spec: func(d *draft) {
		d.code("PB-", "Cell ", "Tank ")
		d.num("battery", "电池容量", d.step(5000, 5000, 10000, 10000, 20000, 20000, 26800), "mAh")
		d.num("power", "功率", d.step(10, 12, 18, 20, 22.5, 30, 45, 65, 100), "W")
		d.num("weight", "重量", round(d.fact("battery").num/50+d.between(20, 80, 5)), "g")
		d.text("ports", "接口", d.rise(word{"USB-C", "USB-C"}, word{"USB-A, USB-C", "USB-A、USB-C"}, word{"USB-A, two USB-C", "USB-A、双USB-C"}))
		d.num("warranty", "质保", d.step(12, 12, 24), "months")
		d.title("{brand} {model} Power Bank, {battery} mAh, {power} W", "{brand}{model} 充电宝 {battery}毫安时 {power}W")
		d.hues(1+d.IntN(3), black, white, navy, mint, pink)
	},
	open: []line{
		{"", "The {model} carries {battery} mAh, enough to bring a phone back from empty.", "{model}容量{battery}毫安时，足以给手机从零充满。"},
		{"", "Keep {maker}'s {model} in the bag and stop looking for sockets.", "包里放一个{maker}{model}，出门不再找插座。"},
	},
	body: []line{
		{"", "It charges with up to {power} W.", "最高输出功率{power}瓦。"},
		{"", "Ports: {ports}.", "接口：{ports}。"},
		{"", "It weighs {weight} g.", "重{weight}克。"},
		{"", "Four lights tell how much is left.", "指示灯显示剩余电量。"},
	},
	end:  []line{{"", "Comes with a {warranty}-month warranty.", "享{warranty}个月质保。"}},
	pros: []line{{"", "Charges my phone fast", "给手机充电很快"}, {"", "Compact for the capacity", "这个容量算小巧了"}},
	cons: []line{{"", "Takes all night to recharge", "自己充满要一晚上"}, {"", "A little heavy", "有点沉"}},
}

var watches = kind{
	word: word{"Watches", "手表"}, key: "watches", top: "Watches", merchant: outfitters, n: 84, lo: 1990, hi: 89900,
	brands: []brand{{"Pulsera", "脉动"}, {"Chronel", "时罗"}, {"Ridgeline", "岭线"}, {"Solvig", "索薇"}, {"Hartwell", "哈特"}},
	spec: func(d *draft) {
		smart := d.chance(0.55)
		d.yes("smart", "智能", smart)
		d.text("strap", "表带", d.rise(word{"Silicone strap", "硅胶表带"}, word{"Nylon strap", "尼龙表带"}, word{"Leather strap", "真皮表带"}, word{"Steel bracelet", "钢带"}, word{"Titanium bracelet", "钛带"}))
		d.num("case size", "表壳直径", d.any(36, 38, 40, 41, 42, 44, 46), "mm")
		d.num("weight", "重量", d.between(28, 120, 2), "g")
		d.num("water resistance", "防水深度", d.step(30, 30, 50, 50, 100, 100, 200), "m")
		d.num("warranty", "质保", d.step(12, 24, 24, 36), "months")
		if smart {
			d.code("Fit ", "Active ", "S")
			d.num("battery life", "续航", d.any(2, 3, 5, 7, 10, 14), "days")
			d.yes("gps", "卫星定位", d.graded(0.2, 1.1))
			d.yes("heart rate monitor", "心率监测", true)
			d.text("movement", "机芯", word{"Smart", "智能"})
			d.say("use", d.one(word{"Smartwatch", "智能手表"}, word{"Sport Smartwatch", "运动智能手表"}))
			d.title("{brand} {model} {use}, {case size} mm, {strap}", "{brand}{model} {use} {case size}毫米 {strap}")
			d.also(d.fact("gps").value.en == "yes", ", GPS", " GPS")
		} else {
			move := d.rise(word{"Quartz", "石英"}, word{"Quartz", "石英"}, word{"Solar quartz", "光动能石英"}, word{"Automatic", "自动机械"}, word{"Automatic", "自动机械"})
			d.text("movement", "机芯", move)
			d.text("glass", "镜面", d.rise(word{"Mineral glass", "矿物玻璃"}, word{"Sapphire glass", "蓝宝石玻璃"}))
			d.say("use", d.one(word{"Men's Watch", "男士手表"}, word{"Women's Watch", "女士手表"}, word{"Watch", "手表"}))
			d.name(move.en)
			d.title("{brand} {model} {movement} {use}, {case size} mm, {strap}", "{brand}{model} {movement}{use} {case size}毫米 {strap}")
		}
		d.hues(1+d.IntN(2), black, silver, gold, roseGold, navy, forest, brown, white)
	},
	open: []line{
		{"smart", "The {model} counts steps, sleep and workouts, and shows who is calling.", "{model}可记录步数、睡眠和运动，来电信息抬腕可见。"},
		{"smart", "Training plans, maps of your route and quiet alarms: the {model} from {maker} does it on the wrist.", "训练计划、运动轨迹、静音闹钟，{maker}{model}都能在手腕上完成。"},
		{"!smart", "A clear dial, a {case size} mm case and a {movement} movement: the {model} goes with everything.", "清爽表盘、{case size}毫米表壳、{movement}机芯，{model}百搭耐看。"},
		{"!smart", "{maker} keeps the {model} simple, so it still looks right in ten years.", "{maker}{model}设计简约，历久弥新。"},
	},
	body: []line{
		{"smart", "The battery lasts up to {battery life} days.", "续航最长{battery life}天。"},
		{"", "The case measures {case size} mm; the whole watch weighs {weight} g.", "表壳直径{case size}毫米，整表重{weight}克。"},
		{"", "It is water resistant to {water resistance} m.", "防水深度{water resistance}米。"},
		{"gps", "GPS records your route without a phone.", "内置GPS，不带手机也能记录轨迹。"},
		{"!smart", "The dial is protected by {glass}.", "镜面采用{glass}。"},
		{"", "It comes on a {strap}.", "配{strap}。"},
	},
	end:  []line{{"", "The warranty runs for {warranty} months.", "享{warranty}个月质保。"}, {"", "It arrives in a gift box.", "附礼盒包装，送礼体面。"}},
	pros: []line{{"", "Looks better than in the pictures", "实物比图片好看"}, {"", "Comfortable all day", "戴一天也舒服"}, {"", "Easy to read in the sun", "阳光下也看得清"}},
	cons: []line{{"", "The strap is stiff at first", "表带刚开始有点硬"}, {"smart", "Sleep tracking is sometimes off", "睡眠数据偶尔不准"}, {"", "Scratches easily", "容易刮花"}},
}
