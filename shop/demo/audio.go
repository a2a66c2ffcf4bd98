package demo

import "fmt"

var audioBrands = []brand{{"Pebblet", "石子"}, {"Echolane", "回声里"}, {"Tonvale", "通韵"}, {"Aurivo", "奥瑞沃"}, {"Solvanto", "索梵"}, {"Nordhall", "诺霍"}}

var headphones = kind{
	word: word{"Headphones", "头戴式耳机"}, key: "headphones", top: "Audio", merchant: electronics, n: 84, lo: 1590, hi: 52900, brands: audioBrands,
	spec: func(d *draft) {
		d.code("HX-", "Arc ", "Mono ", "Stage ")
		wireless := d.graded(0.55, 0.95)
		style := d.one(word{"Over-Ear", "头戴包耳式"}, word{"Over-Ear", "头戴包耳式"}, word{"On-Ear", "头戴压耳式"}, word{"Foldable Over-Ear", "可折叠头戴式"})
		d.say("style", style)
		link := word{"Wired", "有线"}
		if wireless {
			link = word{"Wireless", "无线"}
			d.text("connectivity", "连接方式", word{"Bluetooth", "蓝牙"})
			d.num("battery life", "续航", d.slope(18, 60, 2), "h")
			d.num("charging time", "充电时间", d.any(1.5, 2, 2.5, 3), "h")
		} else {
			d.text("connectivity", "连接方式", word{"3.5 mm cable", "3.5 mm 音频线"})
			d.num("cable length", "线长", d.any(1.2, 1.5, 2, 3), "m")
		}
		d.say("link", link)
		if style.en == "Foldable Over-Ear" {
			d.say("foldable", style)
		}
		anc := d.yes("noise cancelling", "主动降噪", wireless && d.graded(-0.1, 1.1))
		d.yes("microphone", "麦克风", wireless || d.chance(0.5))
		d.num("driver", "驱动单元", d.any(30, 32, 40, 40, 45, 50), "mm")
		d.num("weight", "重量", d.between(150, 320, 5), "g")
		d.text("wearing style", "佩戴方式", style)
		d.num("warranty", "质保", d.step(12, 12, 24, 24, 36), "months")
		if wireless && d.chance(0.6) {
			d.title("{brand} {model} {link} {style} Headphones", "{brand}{model} {style}{link}蓝牙耳机")
		} else {
			d.title("{brand} {model} {link} {style} Headphones", "{brand}{model} {link}{style}耳机")
		}
		d.also(anc, " with Active Noise Cancelling", " 主动降噪")
		d.also(wireless && d.chance(0.5), ", {battery life} h Battery", " 续航{battery life}小时")
		d.hues(1+d.IntN(4), black, obsidian, white, silver, navy, sky, roseGold, beige, red, forest, pink, graphite)
	},
	open: []line{
		{"", "The {model} is {maker}'s {link} pair for long listening sessions at home or at work.", "{maker}{model}是一款适合居家和办公长时间佩戴的{link}耳机。"},
		{"", "Soft ear cushions and a padded headband keep the {model} comfortable through a whole day.", "柔软耳罩搭配加厚头梁，{model}戴上一整天也不觉得累。"},
		{"", "With its {driver} mm drivers the {model} plays full, warm sound and clear voices.", "{model}搭载{driver}毫米驱动单元，声音饱满温暖，人声清晰。"},
		{"noise cancelling", "Trains, planes and open offices get quiet when you switch the {model} on.", "无论是地铁、飞机还是开放式办公室，戴上{model}就安静下来。"},
		{"!noise cancelling", "A straightforward {link} headphone from {maker}: put it on, press play, enjoy.", "{maker}出品的简单好用的{link}耳机，戴上即可畅听。"},
	},
	body: []line{
		{"noise cancelling", "Active noise cancelling takes out engine hum and chatter, and a transparency mode lets voices back in.", "主动降噪可滤除引擎声和嘈杂人声，通透模式则让你随时听见外界。"},
		{"", "One charge lasts {battery life} hours, and a full recharge takes {charging time} hours.", "单次充电可播放{battery life}小时，充满约需{charging time}小时。"},
		{"", "The {cable length} m cable ends in a standard 3.5 mm plug, so there is nothing to charge.", "配{cable length}米音频线和标准3.5毫米插头，无需充电，即插即用。"},
		{"", "At {weight} g it is easy to forget that you are wearing it.", "整机仅重{weight}克，佩戴几乎无感。"},
		{"", "{driver} mm drivers give bass some body without drowning the vocals.", "{driver}毫米单元让低音有分量，却不会盖过人声。"},
		{"microphone", "A built-in microphone takes calls clearly.", "内置麦克风，通话清晰。"},
		{"", "Buttons on the ear cup control volume, tracks and calls.", "耳罩上的按键可以调节音量、切歌和接听电话。"},
	},
	end: []line{
		{"", "A soft travel pouch is in the box.", "附赠便携收纳袋。"},
		{"", "Comes with a {warranty}-month warranty.", "享{warranty}个月质保。"},
		{"", "The ear cushions can be replaced when they wear out.", "耳罩磨损后可单独更换。"},
	},
	pros: []line{{"", "The sound is clear and the bass does not boom", "音质清晰，低音不轰头"}, {"", "Very comfortable, even with glasses", "戴眼镜也很舒服"}, {"foldable", "Folds small enough for my bag", "收起来不占包里的地方"}, {"microphone", "Voices in calls come through well", "打电话对方听得很清楚"}},
	cons: []line{{"", "The headband squeaks a little", "头梁偶尔有点响"}, {"", "It gets warm in summer", "夏天戴久了有点热"}, {"battery life", "The companion app is slow", "配套应用打开有点慢"}, {"", "I would have liked a hard case", "要是送硬壳收纳盒就好了"}},
}

var earbuds = kind{
	word: word{"Earbuds", "入耳式耳机"}, key: "earbuds", top: "Audio", merchant: electronics, n: 84, lo: 990, hi: 32900, brands: audioBrands,
	spec: func(d *draft) {
		d.code("Bud ", "Drop ", "IE-", "Air ")
		wireless := d.graded(0.6, 0.98)
		sport := wireless && d.chance(0.3)
		link := word{"Wired", "有线"}
		if wireless {
			link = word{"True Wireless", "真无线"}
			d.text("connectivity", "连接方式", word{"Bluetooth", "蓝牙"})
			life := d.slope(4, 11, 1)
			d.num("battery life", "续航", life, "h")
			d.num("battery life with case", "含充电盒续航", life*d.any(3, 4, 5), "h")
			d.text("water resistance", "防水等级", d.rise(word{"IPX4", "IPX4"}, word{"IPX4", "IPX4"}, word{"IPX5", "IPX5"}, word{"IP55", "IP55"}, word{"IPX7", "IPX7"}))
		} else {
			d.text("connectivity", "连接方式", d.one(word{"3.5 mm cable", "3.5 mm 音频线"}, word{"USB-C cable", "USB-C 数字接口"}))
			d.num("cable length", "线长", d.any(1.1, 1.2, 1.3), "m")
		}
		d.say("link", link)
		anc := d.yes("noise cancelling", "主动降噪", wireless && d.graded(-0.15, 1.1))
		d.yes("microphone", "麦克风", true)
		d.num("driver", "驱动单元", d.any(6, 8, 10, 11, 12, 13), "mm")
		d.num("weight", "单耳重量", d.between(3.8, 6.4, 0.2), "g")
		d.text("wearing style", "佩戴方式", word{"In-Ear", "入耳式"})
		d.num("warranty", "质保", d.step(12, 12, 24, 24), "months")
		if sport {
			d.title("{brand} {model} {link} Sport Earbuds", "{brand}{model} {link}运动蓝牙耳机")
		} else {
			d.title("{brand} {model} {link} Earbuds", "{brand}{model} {link}入耳式耳机")
		}
		d.also(anc, ", Noise Cancelling", " 主动降噪")
		d.also(wireless && d.chance(0.45), ", {water resistance} Water Resistant", " {water resistance}防水")
		d.hues(1+d.IntN(3), black, white, pearl, navy, mint, pink, lavender, graphite, yellow)
	},
	open: []line{
		{"", "Small enough for any pocket, the {model} brings {maker}'s sound along wherever you go.", "{maker}{model}小巧到能放进任何口袋，好声音随身带着走。"},
		{"", "The {model} sits lightly in the ear and stays there when you move.", "{model}轻盈贴耳，跑跳也不易掉落。"},
		{"noise cancelling", "Put in the {model} and the commute goes quiet.", "戴上{model}，通勤路上立刻安静。"},
		{"!noise cancelling", "An everyday pair of {link} earbuds for music, podcasts and calls.", "适合听歌、听播客和打电话的日常{link}耳机。"},
	},
	body: []line{
		{"", "The buds play for {battery life} hours; with the case it is {battery life with case} hours in all.", "单次续航{battery life}小时，配合充电盒总续航达{battery life with case}小时。"},
		{"noise cancelling", "Noise cancelling adapts to the street, the train and the office.", "自适应降噪可应对街头、地铁和办公室。"},
		{"", "{driver} mm drivers deliver lively sound with a firm low end.", "{driver}毫米动圈单元，声音鲜活，低频扎实。"},
		{"", "Rated {water resistance}, they shrug off sweat and rain.", "{water resistance}级防水，汗水和雨水都不怕。"},
		{"", "Each bud weighs just {weight} g.", "单只耳机仅重{weight}克。"},
		{"", "The {cable length} m cable has an in-line remote with microphone.", "{cable length}米线材，带线控和麦克风。"},
	},
	end: []line{
		{"", "Silicone tips in three sizes are included.", "附三种尺寸的硅胶耳塞套。"},
		{"", "Covered by a {warranty}-month warranty.", "享{warranty}个月质保。"},
	},
	pros: []line{{"", "They never fall out when I run", "跑步从来没掉过"}, {"battery life", "Pairing took seconds", "连接非常快"}, {"", "Surprisingly good bass for the size", "这么小低音居然很足"}, {"battery life", "The case fits in the coin pocket", "充电盒可以放进零钱袋"}},
	cons: []line{{"battery life", "The touch controls are a bit sensitive", "触控有点太灵敏"}, {"", "Wind gets into the microphone", "有风的时候麦克风有杂音"}, {"", "My ears are small, the smallest tips just fit", "耳朵小，最小号耳塞刚好"}},
}

var speakers = kind{
	word: word{"Speakers", "音箱"}, key: "speakers", top: "Audio", merchant: electronics, n: 72, lo: 1490, hi: 69900, brands: audioBrands,
	spec: func(d *draft) {
		d.code("Boom ", "SP-", "Room ", "Cube ")
		use := d.rise(word{"Portable Bluetooth Speaker", "便携蓝牙音箱"}, word{"Portable Bluetooth Speaker", "便携蓝牙音箱"}, word{"Outdoor Bluetooth Speaker", "户外蓝牙音箱"}, word{"Wi-Fi Smart Speaker", "智能WiFi音箱"}, word{"Bookshelf Speakers", "书架音箱"}, word{"Soundbar", "回音壁音响"})
		power := d.step(5, 10, 16, 24, 40, 60, 100, 160)
		d.num("power", "功率", power, "W")
		switch use.en {
		case "Portable Bluetooth Speaker", "Outdoor Bluetooth Speaker":
			d.text("connectivity", "连接方式", word{"Bluetooth", "蓝牙"})
			d.num("battery life", "续航", d.slope(8, 30, 2), "h")
			d.text("water resistance", "防水等级", d.one(word{"IPX5", "IPX5"}, word{"IPX7", "IPX7"}, word{"IP67", "IP67"}))
			d.num("weight", "重量", round(0.25+power*0.025), "kg")
		case "Wi-Fi Smart Speaker":
			d.text("connectivity", "连接方式", word{"Wi-Fi, Bluetooth", "WiFi、蓝牙"})
			d.num("weight", "重量", round(0.8+power*0.02), "kg")
			d.yes("voice control", "语音控制", true)
		default:
			d.text("connectivity", "连接方式", word{"HDMI, optical, Bluetooth", "HDMI、光纤、蓝牙"})
			d.num("weight", "重量", round(2+power*0.03), "kg")
			d.num("width", "宽度", d.between(18, 96, 2), "cm")
		}
		d.say("use", use)
		d.num("warranty", "质保", d.step(12, 24, 24, 36), "months")
		d.title("{brand} {model} {use}", "{brand}{model} {use}")
		d.also(d.chance(0.55), ", {power} W", " {power}W")
		d.also(d.fact("water resistance") != nil && d.chance(0.5), ", {water resistance} Waterproof", " {water resistance}防水")
		d.hues(1+d.IntN(3), black, gray, white, navy, red, forest, orange, sky, walnut)
	},
	open: []line{
		{"", "The {model} fills the room with {power} W of clean sound.", "{model}输出功率{power}瓦，声音干净，充满整个房间。"},
		{"", "{maker} tuned the {model} for music first: warm mids, crisp highs, no rattle.", "{maker}为音乐调校了{model}：中频温暖、高频清脆、没有杂音。"},
		{"", "From the kitchen to the living room, the {model} sounds bigger than it looks.", "从厨房到客厅，{model}的声音比它的个头大得多。"},
	},
	body: []line{
		{"", "Up to {battery life} hours on one charge, and {water resistance} protection against water.", "一次充电最长播放{battery life}小时，防水等级{water resistance}。"},
		{"", "It connects by {connectivity}.", "支持{connectivity}连接。"},
		{"", "The cabinet weighs {weight} kg and stands on rubber feet.", "机身重{weight}千克，底部配橡胶脚垫。"},
		{"voice control", "Ask for a song, a timer or the weather with your voice.", "动口就能点歌、定时、查天气。"},
		{"", "At {width} cm it sits neatly below a television or on a shelf.", "宽{width}厘米，放在电视下方或书架上都合适。"},
		{"battery life", "Two of them pair up for stereo.", "两台可组成立体声。"},
	},
	end:  []line{{"", "Comes with a {warranty}-month warranty.", "享{warranty}个月质保。"}, {"", "A charging or power cable is included.", "附电源线或充电线。"}},
	pros: []line{{"battery life", "Plenty loud for our balcony", "在阳台上音量绰绰有余"}, {"", "Voices on podcasts are very clear", "听播客人声很清楚"}, {"", "Setup took two minutes", "两分钟就装好了"}, {"", "Solid build", "做工扎实"}},
	cons: []line{{"", "Bass is thin at low volume", "小音量时低音偏薄"}, {"", "The power light is too bright at night", "指示灯晚上有点亮"}, {"battery life", "No carrying strap", "没有提带"}},
}

// screenName is how titles write a size of a screen.
func screenName(v float64) word { return word{fmt.Sprintf("%s-Inch", plain(v)), plain(v) + "英寸"} }
