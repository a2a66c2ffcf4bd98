package demo

var cameraBrands = []brand{{"Pictor", "绘星"}, {"Lensmere", "镜湖"}, {"Optara", "奥普塔"}, {"Fenwick", "芬威"}}

var cameras = kind{
	word: word{"Cameras", "相机"}, key: "cameras", top: "Cameras", merchant: electronics, n: 68, lo: 3990, hi: 289900, brands: cameraBrands,
	spec: func(d *draft) {
		d.code("C", "Alto ", "Field ", "X")
		use := d.rise(word{"Instant Camera", "拍立得相机"}, word{"Compact Camera", "卡片相机"}, word{"Action Camera", "运动相机"}, word{"Compact Camera", "卡片相机"}, word{"Mirrorless Camera", "微单相机"}, word{"Mirrorless Camera", "微单相机"}, word{"Full-Frame Mirrorless Camera", "全画幅微单相机"})
		d.say("use", use)
		d.text("type", "类型", use)
		d.num("weight", "重量", d.between(120, 740, 10), "g")
		d.num("warranty", "质保", d.step(12, 24, 24), "months")
		if use.en == "Instant Camera" {
			d.text("film", "相纸", word{"Credit-card size", "名片大小"})
			d.title("{brand} {model} {use}", "{brand}{model} {use}")
			d.hues(1+d.IntN(4), sky, pink, mint, white, black, lavender, yellow)
			return
		}
		d.num("resolution", "像素", d.step(12, 16, 20, 20, 24, 24, 26, 33, 45), "MP")
		d.text("video", "视频", d.rise(word{"Full HD", "全高清"}, word{"4K", "4K"}, word{"4K", "4K"}, word{"4K", "4K"}, word{"8K", "8K"}))
		d.num("screen size", "屏幕尺寸", d.any(2, 2.7, 3, 3.2), "in")
		d.yes("image stabilisation", "防抖", d.graded(0.3, 1.1))
		switch use.en {
		case "Action Camera":
			d.num("water resistance", "防水深度", d.any(10, 12, 20, 40), "m")
			d.title("{brand} {model} {video} Action Camera, Waterproof to {water resistance} m", "{brand}{model} {video}运动相机 防水{water resistance}米")
		case "Compact Camera":
			d.num("optical zoom", "光学变焦倍数", d.step(3, 5, 8, 10, 20, 30), "")
			d.title("{brand} {model} Compact Camera, {resolution} MP, {optical zoom}x Zoom", "{brand}{model} 卡片相机 {resolution}万像素 {optical zoom}倍变焦")
		default:
			kit := d.one(word{"body only", "单机身"}, word{"with kit lens", "含套机镜头"})
			d.text("kit", "套装", kit)
			d.title("{brand} {model} {use}, {resolution} MP, {kit}", "{brand}{model} {use} {resolution}万像素 {kit}")
		}
		d.hues(1+d.IntN(2), black, silver, graphite)
	},
	open: []line{
		{"", "The {model} is a {use} for trips, family and everything worth keeping.", "{model}是一台{use}，旅行、家人，值得留住的瞬间都交给它。"},
		{"", "{maker}'s {model} starts fast, so the moment is not gone when you press the button.", "{maker}{model}开机迅速，精彩瞬间不再错过。"},
	},
	body: []line{
		{"", "The sensor records {resolution} megapixels.", "传感器为{resolution}万像素。"},
		{"", "It films in {video}.", "支持{video}视频拍摄。"},
		{"image stabilisation", "Image stabilisation steadies hand-held shots.", "防抖功能让手持拍摄更稳。"},
		{"", "The {screen size}-inch screen shows what you get.", "{screen size}英寸屏幕，所见即所得。"},
		{"", "Prints come out {film} within moments.", "即拍即印，相纸为{film}。"},
		{"", "Take it down to {water resistance} m without a housing.", "裸机可下潜{water resistance}米。"},
		{"", "A {optical zoom}x optical zoom brings the far side of the lake close.", "{optical zoom}倍光学变焦，远处也能拉近看。"},
		{"", "It weighs {weight} g with battery.", "含电池重{weight}克。"},
	},
	end:  []line{{"", "A wrist strap and a battery are included.", "附手腕带和电池。"}, {"", "A {warranty}-month warranty comes with it.", "享{warranty}个月质保。"}},
	pros: []line{{"!film", "Sharp pictures straight out of the camera", "直出照片很清晰"}, {"!film", "Autofocus is quick", "对焦很快"}, {"", "Small enough to take everywhere", "小巧，走哪带哪"}},
	cons: []line{{"!film", "The menu takes getting used to", "菜单要适应一下"}, {"!film", "I recommend a second battery", "建议多备一块电池"}, {"film", "Film is expensive over time", "耗材用久了不便宜"}},
}

var televisions = kind{
	word: word{"TVs", "电视"}, key: "tvs", top: "TV & Video", merchant: electronics, n: 68, lo: 9900, hi: 349000,
	brands: []brand{{"Ovelle", "欧薇"}, {"Brightwell", "明井"}, {"Panoryx", "全景"}, {"Clarivue", "晰视"}},
	spec: func(d *draft) {
		d.code("TV-", "Frame ", "V")
		screen := d.step(24, 32, 32, 40, 43, 50, 55, 55, 65, 75, 85)
		d.num("screen size", "屏幕尺寸", screen, "in")
		d.say("screen", screenName(screen))
		res := word{"4K", "4K"}
		switch {
		case screen <= 32:
			res = word{"HD", "高清"}
		case screen <= 43 && d.chance(0.5):
			res = word{"Full HD", "全高清"}
		}
		d.text("resolution", "分辨率", res)
		panel := word{"LED", "LED"}
		if screen > 43 {
			panel = d.rise(word{"LED", "LED"}, word{"LED", "LED"}, word{"QLED", "QLED"}, word{"QLED", "QLED"}, word{"OLED", "OLED"})
		}
		d.text("panel", "面板", panel)
		d.num("refresh rate", "刷新率", d.step(60, 60, 60, 120, 120, 144), "Hz")
		smart := d.yes("smart", "智能", d.graded(0.5, 1.4))
		d.num("hdmi ports", "高清接口数", d.step(2, 2, 3, 4), "")
		d.num("power", "功率", round(screen*2+d.between(0, 40, 5)), "W")
		d.num("weight", "重量", round(2+screen*screen*0.0055), "kg")
		d.num("warranty", "质保", d.step(12, 24, 36), "months")
		use := word{"TV", "电视"}
		if smart {
			use = word{"Smart TV", "智能电视"}
		}
		d.say("use", use)
		d.title("{brand} {model} {screen} {resolution} {panel} {use}", "{brand}{model} {screen}{resolution} {panel}{use}")
		d.hues(1, black, black, graphite, white)
	},
	open: []line{
		{"", "The {model} puts {screen} of {resolution} picture on the wall.", "{model}拥有{screen}{resolution}画面，客厅秒变影院。"},
		{"", "{maker} builds the {model} around a {panel} panel with deep contrast.", "{maker}{model}采用{panel}面板，对比度出色。"},
	},
	body: []line{
		{"smart", "Streaming apps are built in; find shows by voice or with the remote.", "内置影视应用，遥控器或语音都能找片。"},
		{"!smart", "It is a plain television without apps; plug in the player of your choice.", "普通电视，无内置应用，可自由连接播放设备。"},
		{"", "The panel refreshes at {refresh rate} Hz, which keeps sport smooth.", "{refresh rate}Hz刷新率，看体育赛事更流畅。"},
		{"", "{hdmi ports} HDMI ports take consoles and players.", "提供{hdmi ports}个HDMI接口，可接游戏机和播放器。"},
		{"", "It weighs {weight} kg without the stand.", "不含底座重{weight}千克。"},
		{"", "It draws {power} W in use.", "使用功率{power}瓦。"},
	},
	end:  []line{{"", "Stand and screws for the wall are in the box; the warranty runs for {warranty} months.", "附底座与挂墙螺丝，享{warranty}个月质保。"}},
	pros: []line{{"", "Great picture for the money", "这个价位画质很好"}, {"", "The remote is simple", "遥控器很简单"}, {"", "Quick to set up", "安装方便"}},
	cons: []line{{"", "Sound is flat, get a soundbar", "音质一般，建议配音响"}, {"", "The feet need a wide table", "脚架间距宽，需要大柜子"}},
}

var lampBrands = []brand{{"Candora", "烛影"}, {"Glowfield", "光野"}, {"Halo & Oak", "光橡"}, {"Fjordlys", "峡光"}}

var lamps = kind{
	word: word{"Lamps", "灯具"}, key: "lamps", top: "Home", merchant: home, n: 76, lo: 890, hi: 34900, brands: lampBrands,
	spec: func(d *draft) {
		use := d.one(word{"Desk Lamp", "台灯"}, word{"Desk Lamp", "台灯"}, word{"Table Lamp", "桌灯"}, word{"Bedside Lamp", "床头灯"}, word{"Floor Lamp", "落地灯"}, word{"Night Light", "小夜灯"}, word{"Pendant Lamp", "吊灯"})
		d.say("use", use)
		d.text("type", "类型", use)
		d.text("material", "材质", d.rise(word{"Plastic", "塑料"}, word{"Metal", "金属"}, word{"Fabric", "布艺"}, word{"Wood", "木质"}, word{"Glass", "玻璃"}, word{"Brass", "黄铜"}))
		d.num("power", "功率", d.any(3, 5, 6, 8, 10, 12, 15), "W")
		d.num("brightness", "光通量", round(d.fact("power").num*d.any(80, 90, 100)), "lm")
		d.num("color temperature", "色温", d.any(2700, 3000, 4000), "K")
		d.yes("dimmable", "可调光", d.graded(0.25, 0.95))
		if use.en == "Floor Lamp" {
			d.num("height", "高度", d.between(120, 178, 2), "cm")
			d.factor = 1.1
		} else {
			d.num("height", "高度", d.between(12, 52, 2), "cm")
		}
		d.num("cable length", "线长", d.any(1.4, 1.5, 1.8, 2), "m")
		d.num("warranty", "质保", d.step(12, 24, 24), "months")
		d.name(use.en)
		d.title("{brand} {model} {material} {use}", "{brand}{model} {material}{use}")
		d.also(d.fact("dimmable").value.en == "yes" && d.chance(0.6), ", Dimmable LED", " 可调光LED")
		d.also(d.chance(0.3), ", {power} W", " {power}W")
		d.hues(1+d.IntN(3), black, white, gold, walnut, beige, forest, red, sky, silver)
	},
	open: []line{
		{"", "The {model} throws {brightness} lumens of soft light where you need it.", "{model}光通量{brightness}流明，光线柔和，照在需要的地方。"},
		{"", "{maker} made this {use} for corners that feel a little dark.", "{maker}这款{use}，专治家里的暗角。"},
		{"", "Simple lines and {material} details let the {model} fit old rooms and new ones.", "线条简洁，{material}质感，{model}新家老屋都好搭。"},
	},
	body: []line{
		{"dimmable", "The light dims without steps and remembers its last setting.", "无级调光，自动记忆上次亮度。"},
		{"!dimmable", "One switch, one clear light: it is not dimmable.", "一键开关，亮度固定，不可调光。"},
		{"", "A colour temperature of {color temperature} K keeps the mood calm.", "{color temperature}K色温，氛围舒适。"},
		{"", "It stands {height} cm high and draws {power} W.", "高{height}厘米，功率{power}瓦。"},
		{"", "The cable is {cable length} m long.", "电源线长{cable length}米。"},
	},
	end:  []line{{"", "The LED is built in.", "内置LED光源。"}, {"", "Comes with a {warranty}-month warranty.", "享{warranty}个月质保。"}},
	pros: []line{{"", "Lovely warm light", "灯光很温馨"}, {"", "Feels sturdy", "很稳固"}, {"", "Does not flicker", "没有频闪"}},
	cons: []line{{"", "The switch is on the cable", "开关在线上"}, {"", "Smaller than I thought", "比想象的小"}},
}
