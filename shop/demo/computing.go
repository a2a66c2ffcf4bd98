package demo

import "fmt"

var computerBrands = []brand{{"Orvanta", "欧凡"}, {"Vexara", "维萨拉"}, {"Quillon", "奎隆"}, {"Nimbrix", "云铂"}, {"Corvexa", "科维"}}

var laptops = kind{
	word: word{"Laptops", "笔记本电脑"}, key: "laptops", top: "Computers", merchant: electronics, n: 100, lo: 24900, hi: 329000, brands: computerBrands,
	spec: func(d *draft) {
		d.code("Nimbus ", "Vector ", "Slim ", "Craft ")
		gaming := d.q > 0.45 && d.chance(0.3)
		memory := d.step(4, 8, 8, 16, 16, 32, 64)
		storage := d.step(128, 256, 512, 512, 1024, 1024, 2048)
		screen := d.any(13.3, 14, 14, 15.6, 15.6, 16)
		use := word{"Laptop", "笔记本电脑"}
		switch {
		case gaming:
			screen = d.any(15.6, 16, 17.3)
			memory, storage = max(16, memory), max(512, storage)
			use = word{"Gaming Laptop", "游戏笔记本电脑"}
			d.text("graphics", "显卡", d.rise(word{"Dedicated, 6 GB", "独立显卡 6GB"}, word{"Dedicated, 8 GB", "独立显卡 8GB"}, word{"Dedicated, 12 GB", "独立显卡 12GB"}))
			d.num("weight", "重量", d.between(2.1, 2.9, 0.05), "kg")
			d.num("battery life", "续航", d.between(4, 8, 1), "h")
			d.num("refresh rate", "刷新率", d.any(120, 144, 165, 240), "Hz")
		case d.chance(0.14):
			use = word{"2-in-1 Touchscreen Laptop", "触控二合一笔记本电脑"}
			screen = d.any(13.3, 14)
			d.text("graphics", "显卡", word{"Integrated", "集成显卡"})
			d.num("weight", "重量", d.slope(1.6, 1.15, 0.05), "kg")
			d.num("battery life", "续航", d.slope(8, 16, 1), "h")
		default:
			if d.q < 0.2 {
				use = d.one(word{"Student Laptop", "学生笔记本电脑"}, word{"Laptop", "笔记本电脑"})
			} else if d.q > 0.55 {
				use = d.one(word{"Business Laptop", "商务笔记本电脑"}, word{"Ultrabook", "轻薄笔记本电脑"}, word{"Laptop", "笔记本电脑"})
			}
			d.text("graphics", "显卡", word{"Integrated", "集成显卡"})
			d.num("weight", "重量", d.slope(2.1, 1.05, 0.05), "kg")
			d.num("battery life", "续航", d.slope(6, 18, 1), "h")
		}
		d.say("use", use)
		d.num("memory", "内存", memory, "GB")
		d.num("storage", "存储", storage, "GB")
		disk := word{plain(storage) + " GB", plain(storage) + "GB"}
		if storage >= 1024 {
			disk = word{plain(storage/1024) + " TB", plain(storage/1024) + "TB"}
		}
		d.say("disk", disk)
		d.text("storage type", "硬盘类型", word{"SSD", "固态硬盘"})
		d.num("screen size", "屏幕尺寸", screen, "in")
		d.say("screen", screenName(screen))
		d.num("processor cores", "处理器核心数", d.step(4, 4, 6, 8, 8, 10, 12, 16), "")
		d.text("resolution", "分辨率", d.rise(word{"1366 x 768", "1366 x 768"}, word{"1920 x 1080", "1920 x 1080"}, word{"1920 x 1200", "1920 x 1200"}, word{"2560 x 1600", "2560 x 1600"}, word{"2880 x 1800", "2880 x 1800"}))
		d.text("operating system", "操作系统", d.one(word{"Windows 11", "Windows 11"}, word{"Windows 11", "Windows 11"}, word{"Linux", "Linux"}))
		d.num("warranty", "质保", d.step(12, 12, 24, 36), "months")
		d.title("{brand} {model} {screen} {use}, {memory} GB RAM, {disk} SSD", "{brand}{model} {screen}{use} {memory}GB内存 {disk}固态硬盘")
		d.hues(1+d.IntN(2), silver, graphite, black, navy, white)
	},
	open: []line{
		{"", "The {model} pairs {memory} GB of memory with a {disk} SSD, so programs open at once and stay quick.", "{model}配备{memory}GB内存和{disk}固态硬盘，软件秒开，运行流畅。"},
		{"", "A {screen} {use} from {maker} for study, office and the evening film.", "{maker}{screen}{use}，学习、办公、晚上看片都合适。"},
		{"", "{maker} built the {model} around a {processor cores}-core processor and {memory} GB of memory.", "{maker}{model}采用{processor cores}核处理器，搭配{memory}GB内存。"},
	},
	body: []line{
		{"", "The display shows {resolution} pixels with even brightness from edge to edge.", "屏幕分辨率{resolution}，亮度均匀。"},
		{"", "It weighs {weight} kg and runs about {battery life} hours away from a socket.", "整机重{weight}千克，离开电源可用约{battery life}小时。"},
		{"", "A {refresh rate} Hz panel keeps fast games smooth.", "{refresh rate}Hz高刷新率屏幕，快节奏游戏也顺滑。"},
		{"", "The {processor cores}-core processor handles many tabs and video calls without noise.", "{processor cores}核处理器，多开网页、视频会议都安静流畅。"},
		{"", "It ships with {operating system}.", "出厂预装{operating system}。"},
		{"", "The keyboard is backlit and the lid opens with one hand.", "键盘带背光，单手即可开合。"},
		{"", "Files land on a {disk} SSD with room to spare.", "{disk}固态硬盘，存储空间充裕。"},
	},
	end: []line{
		{"", "A {warranty}-month warranty is included.", "享{warranty}个月质保。"},
		{"", "The charger is in the box.", "包装内含充电器。"},
	},
	pros: []line{{"", "Boots in a few seconds", "开机几秒钟"}, {"", "The keyboard is a joy to type on", "键盘手感很好"}, {"!refresh rate", "Quiet even under load", "满载也很安静"}, {"", "The screen is sharp and bright", "屏幕清晰明亮"}},
	cons: []line{{"", "Speakers are only average", "扬声器一般"}, {"", "Fingerprints show on the lid", "外壳容易留指纹"}, {"", "Only a few ports", "接口有点少"}, {"refresh rate", "The fan is audible in games", "玩游戏能听到风扇声"}},
}

var tablets = kind{
	word: word{"Tablets", "平板电脑"}, key: "tablets", top: "Computers", merchant: electronics, n: 52, lo: 7900, hi: 129900, brands: computerBrands,
	spec: func(d *draft) {
		d.code("Pad ", "Tab ", "Folio ")
		screen := d.step(8, 8.7, 10.1, 10.4, 11, 11, 12.4, 12.9)
		d.num("screen size", "屏幕尺寸", screen, "in")
		d.say("screen", screenName(screen))
		d.num("memory", "内存", d.step(3, 4, 4, 6, 8, 8, 12), "GB")
		storage := d.step(32, 64, 64, 128, 128, 256)
		d.num("storage", "存储", storage, "GB")
		d.num("battery", "电池容量", d.slope(5000, 10400, 100), "mAh")
		d.num("weight", "重量", round(d.between(300, 380, 5)+(screen-8)*50), "g")
		d.text("connectivity", "连接方式", d.one(word{"Wi-Fi", "WiFi"}, word{"Wi-Fi", "WiFi"}, word{"Wi-Fi, 5G", "WiFi、5G"}))
		with := d.one(word{"", ""}, word{"", ""}, word{" with Keyboard Cover", " 含键盘保护套"}, word{" with Stylus", " 含触控笔"})
		d.num("warranty", "质保", d.step(12, 12, 24), "months")
		if with.en == "" {
			d.text("included", "附件", word{"charging cable", "充电线"})
		} else {
			d.text("included", "附件", d.one(with, with))
			d.facts[len(d.facts)-1].value = word{with.en[len(" with "):], with.zh[len(" 含"):]}
		}
		d.title("{brand} {model} {screen} Tablet, {storage} GB", "{brand}{model} {screen}平板电脑 {storage}GB")
		d.also(with.en != "", with.en, with.zh)
		d.hues(1+d.IntN(2), graphite, silver, sky, mint, roseGold)
		if d.chance(0.4) {
			d.options = storages(storage, 3)
		}
	},
	open: []line{
		{"", "The {model} is a {screen} tablet for reading, films and quick notes.", "{model}是一台{screen}平板，看书、追剧、记笔记都趁手。"},
		{"", "Browse on the sofa, follow a recipe, call the family: the {model} is always ready.", "躺着上网、照着菜谱做饭、和家人视频，{model}随时待命。"},
		{"", "{maker} gives the {model} {memory} GB of memory, enough for two apps side by side.", "{maker}为{model}配了{memory}GB内存，双应用分屏也从容。"},
	},
	body: []line{
		{"", "The {battery} mAh battery gets through a day of mixed use.", "{battery}毫安时电池，正常使用一整天没问题。"},
		{"", "It weighs {weight} g and connects by {connectivity}.", "机身重{weight}克，支持{connectivity}。"},
		{"", "With {memory} GB of memory it stays quick with many apps open.", "{memory}GB内存，多开应用依然流畅。"},
		{"", "A children's mode limits time and content.", "儿童模式可限制时间和内容。"},
	},
	end:  []line{{"", "In the box: tablet and {included}.", "包装内含平板和{included}。"}, {"", "Comes with a {warranty}-month warranty.", "享{warranty}个月质保。"}},
	pros: []line{{"", "The screen is lovely for films", "屏幕看片很舒服"}, {"", "Light enough to hold in bed", "躺着拿也不累"}, {"", "Good value", "性价比高"}},
	cons: []line{{"", "Charging is slow", "充电有点慢"}, {"", "The camera is weak indoors", "室内拍照一般"}},
}

// storages are bigger versions of a phone or tablet, dearer by step.
func storages(base float64, n int) (out []option) {
	extra := int64(0)
	for range n {
		d := draft{}
		d.num("storage", "存储", base, "GB")
		as, _ := d.attributes()
		out = append(out, option{as[0], extra})
		base, extra = base*2, extra*2+4000
	}
	return out
}

var monitors = kind{
	word: word{"Monitors", "显示器"}, key: "monitors", top: "Computers", merchant: electronics, n: 56, lo: 7900, hi: 119900, brands: computerBrands,
	spec: func(d *draft) {
		d.code("View ", "MX-", "Plane ")
		screen := d.step(21.5, 23.8, 23.8, 27, 27, 32, 34)
		d.num("screen size", "屏幕尺寸", screen, "in")
		d.say("screen", screenName(screen))
		res := d.rise(word{"Full HD", "全高清"}, word{"Full HD", "全高清"}, word{"QHD", "2K"}, word{"4K", "4K"}, word{"4K", "4K"})
		d.text("resolution", "分辨率", res)
		hz := d.any(60, 75, 100, 144, 165)
		d.num("refresh rate", "刷新率", hz, "Hz")
		d.text("panel", "面板", d.one(word{"IPS", "IPS"}, word{"IPS", "IPS"}, word{"VA", "VA"}))
		d.yes("height adjustable", "升降支架", d.graded(0.2, 0.95))
		d.text("ports", "接口", d.rise(word{"HDMI, VGA", "HDMI、VGA"}, word{"HDMI, DisplayPort", "HDMI、DP"}, word{"HDMI, DisplayPort, USB-C", "HDMI、DP、USB-C"}))
		d.num("weight", "重量", round(2+screen*0.12), "kg")
		d.num("warranty", "质保", d.step(24, 24, 36, 36), "months")
		use := word{"Monitor", "显示器"}
		if hz >= 144 {
			use = word{"Gaming Monitor", "电竞显示器"}
		}
		d.say("use", use)
		d.title("{brand} {model} {screen} {resolution} {panel} {use}", "{brand}{model} {screen}{resolution} {panel}{use}")
		d.also(hz >= 144, ", {refresh rate} Hz", " {refresh rate}Hz")
		d.hues(1, black, black, silver, white)
	},
	open: []line{
		{"", "The {model} gives your desk {screen} of {resolution} space.", "{model}为桌面带来{screen}{resolution}大画面。"},
		{"", "Text is crisp and colours are even on this {panel} monitor from {maker}.", "{maker}这款{panel}显示器文字锐利，色彩均匀。"},
	},
	body: []line{
		{"", "The panel refreshes at {refresh rate} Hz.", "刷新率为{refresh rate}Hz。"},
		{"", "Connect it by {ports}.", "提供{ports}接口。"},
		{"height adjustable", "The stand moves up, down and round, so your neck does not have to.", "支架可升降旋转，颈椎更轻松。"},
		{"!height adjustable", "The stand tilts; a VESA mount takes an arm instead.", "底座可调俯仰，也可通过VESA孔安装支架臂。"},
		{"", "A low-blue-light mode is easy on tired eyes.", "低蓝光模式，久看不累眼。"},
	},
	end:  []line{{"", "The warranty runs for {warranty} months.", "享{warranty}个月质保。"}, {"", "An HDMI cable is in the box.", "随附HDMI线。"}},
	pros: []line{{"", "No dead pixels, great colours", "没有坏点，色彩很好"}, {"", "Easy to assemble", "安装简单"}, {"", "Thin bezels look tidy with two side by side", "窄边框，双屏拼接很整齐"}},
	cons: []line{{"", "The built-in speakers are poor", "自带喇叭不行"}, {"", "Menu buttons are fiddly", "菜单按键不好按"}},
}

var keyBrands = []brand{{"Grovetek", "格罗"}, {"Clackett", "咔嗒"}, {"Vexara", "维萨拉"}, {"Keywright", "键匠"}}

var keyboards = kind{
	word: word{"Keyboards", "键盘"}, key: "keyboards", top: "Computers", merchant: electronics, n: 64, lo: 1190, hi: 24900, brands: keyBrands,
	spec: func(d *draft) {
		d.code("K", "Type ", "KB-")
		mech := d.graded(-0.1, 1.15)
		wireless := d.chance(0.55)
		link := word{"Wired", "有线"}
		if wireless {
			link = word{"Wireless", "无线"}
			d.text("connectivity", "连接方式", d.one(word{"Bluetooth", "蓝牙"}, word{"2.4 GHz receiver", "2.4G接收器"}, word{"Bluetooth, 2.4 GHz receiver", "蓝牙、2.4G接收器"}))
		} else {
			d.text("connectivity", "连接方式", word{"USB cable", "USB有线"})
			d.num("cable length", "线长", d.any(1.5, 1.8, 2), "m")
		}
		d.say("link", link)
		keys := d.any(68, 84, 87, 98, 104, 104)
		d.num("keys", "按键数", keys, "")
		d.yes("backlight", "背光", d.graded(0.15, 0.9))
		use := word{"Keyboard", "键盘"}
		if mech {
			use = word{"Mechanical Keyboard", "机械键盘"}
			sw := d.one(word{"Linear", "线性轴"}, word{"Tactile", "段落轴"}, word{"Silent", "静音轴"}, word{"Clicky", "有声段落轴"})
			d.text("switch", "轴体", word{sw.en + " switches", sw.zh})
		} else {
			d.text("switch", "轴体", word{"Membrane", "薄膜"})
		}
		d.yes("mechanical", "机械", mech)
		d.text("layout", "键位布局", word{fmt.Sprintf("%.0f keys, US", keys), fmt.Sprintf("美式%.0f键", keys)})
		d.say("use", use)
		d.num("weight", "重量", d.between(420, 1180, 20), "g")
		d.num("warranty", "质保", d.step(12, 24, 24), "months")
		d.title("{brand} {model} {link} {use}, {keys} Keys", "{brand}{model} {link}{use} {keys}键")
		d.also(mech && d.chance(0.5), ", {switch}", " {switch}")
		d.hues(1+d.IntN(3), black, white, gray, navy, pink, mint, cream)
	},
	open: []line{
		{"mechanical", "The {model} is a {link} mechanical keyboard with a firm, even stroke.", "{model}是一款手感扎实均匀的{link}机械键盘。"},
		{"!mechanical", "Flat, quiet and easy to wipe clean: the {model} is a {link} keyboard for every desk.", "{model}轻薄安静，易清洁，是百搭的{link}键盘。"},
		{"", "{maker}'s {keys}-key layout leaves nothing out that you type every day.", "{maker}{keys}键布局，日常用到的按键一个不少。"},
	},
	body: []line{
		{"backlight", "The backlight dims in steps for late hours.", "背光亮度可逐级调节，夜里打字也清楚。"},
		{"", "It connects by {connectivity}.", "支持{connectivity}连接。"},
		{"mechanical", "The key caps are double-shot, so the letters do not wear off.", "双色注塑键帽，字符不易磨损。"},
		{"", "At {weight} g it stays put on the desk.", "整机重{weight}克，放在桌上稳稳当当。"},
		{"", "Fold-out feet set two typing angles.", "折叠脚撑可调两档角度。"},
	},
	end:  []line{{"", "Comes with a {warranty}-month warranty.", "享{warranty}个月质保。"}},
	pros: []line{{"", "Typing on it is a pleasure", "打字很舒服"}, {"", "Quiet enough for the office", "办公室用也不吵"}, {"", "The keys feel precise", "按键回馈清晰"}},
	cons: []line{{"", "Heavier than expected", "比想象的重"}, {"", "No wrist rest", "没有手托"}},
}

var mice = kind{
	word: word{"Mice", "鼠标"}, key: "mice", top: "Computers", merchant: electronics, n: 48, lo: 690, hi: 12900, brands: keyBrands,
	spec: func(d *draft) {
		d.code("M", "Glide ", "Pointer ")
		wireless := d.chance(0.65)
		link := word{"Wired", "有线"}
		if wireless {
			link = word{"Wireless", "无线"}
			d.text("connectivity", "连接方式", d.one(word{"Bluetooth", "蓝牙"}, word{"2.4 GHz receiver", "2.4G接收器"}))
		} else {
			d.text("connectivity", "连接方式", word{"USB cable", "USB有线"})
		}
		d.say("link", link)
		use := d.one(word{"Mouse", "鼠标"}, word{"Ergonomic Mouse", "人体工学鼠标"}, word{"Silent Mouse", "静音鼠标"}, word{"Gaming Mouse", "游戏鼠标"})
		d.say("use", use)
		d.num("sensitivity", "灵敏度", d.step(1200, 1600, 2400, 4000, 8000, 16000), "dpi")
		d.num("buttons", "按键数", d.any(3, 4, 5, 6, 7), "")
		d.num("weight", "重量", d.between(58, 128, 2), "g")
		d.num("warranty", "质保", d.step(12, 24, 24), "months")
		d.title("{brand} {model} {link} {use}, {sensitivity} dpi", "{brand}{model} {link}{use} {sensitivity}dpi")
		d.hues(1+d.IntN(3), black, white, gray, pink, navy, red)
	},
	open: []line{
		{"", "The {model} fits the hand and glides without effort.", "{model}握感贴合，移动顺滑。"},
		{"", "A {link} mouse from {maker} with {buttons} buttons, all where the fingers are.", "{maker}{link}鼠标，{buttons}个按键都在手边。"},
	},
	body: []line{
		{"", "The sensor goes up to {sensitivity} dpi and can be set in steps.", "传感器最高{sensitivity}dpi，可分档调节。"},
		{"", "It weighs {weight} g.", "仅重{weight}克。"},
		{"", "It connects by {connectivity}.", "通过{connectivity}连接。"},
		{"", "The wheel is rubberised and scrolls evenly.", "橡胶滚轮，滚动均匀。"},
	},
	end:  []line{{"", "Comes with a {warranty}-month warranty.", "享{warranty}个月质保。"}},
	pros: []line{{"", "Fits my hand perfectly", "很贴手"}, {"", "Works on every surface I tried", "什么桌面都能用"}},
	cons: []line{{"", "The side buttons are small", "侧键偏小"}, {"", "Double click is a bit stiff", "双击有点硬"}},
}
