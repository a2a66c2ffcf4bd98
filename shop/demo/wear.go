package demo

var bagBrands = []brand{{"Urbanfold", "城褶"}, {"Packhorse", "驮马"}, {"Satchwell", "萨奇"}, {"Trailmark", "途印"}}

var backpacks = kind{
	word: word{"Backpacks", "双肩背包"}, key: "backpacks", top: "Bags", merchant: outfitters, n: 68, lo: 1690, hi: 29900, brands: bagBrands,
	spec: func(d *draft) {
		use := d.one(word{"School Backpack", "学生书包"}, word{"Travel Backpack", "旅行背包"}, word{"Hiking Backpack", "登山徒步背包"}, word{"Commuter Backpack", "通勤背包"}, word{"Daypack", "休闲双肩包"})
		d.say("use", use)
		d.text("type", "类型", use)
		capacity := d.any(16, 18, 20, 22, 25, 28)
		if use.en == "Hiking Backpack" || use.en == "Travel Backpack" {
			capacity = d.any(30, 35, 40, 50, 65)
		}
		d.num("capacity", "容量", capacity, "L")
		d.text("material", "材质", d.rise(word{"Polyester", "涤纶"}, word{"Recycled polyester", "再生涤纶"}, word{"Nylon", "尼龙"}, word{"Ripstop nylon", "防撕裂尼龙"}, word{"Waxed canvas", "蜡面帆布"}))
		d.num("weight", "重量", round(0.3+capacity*0.02+d.between(0, 0.3, 0.05)), "kg")
		d.yes("water repellent", "防泼水", d.graded(0.3, 1))
		if use.en != "Hiking Backpack" && d.chance(0.6) {
			d.num("fits laptop size", "可放电脑尺寸", d.any(14, 15.6, 16), "in")
		}
		d.num("warranty", "质保", d.step(12, 24, 60), "months")
		d.name(use.en)
		d.title("{brand} {model} {use}, {capacity} L, {material}", "{brand}{model} {use} {capacity}升 {material}")
		d.also(d.fact("water repellent").value.en == "yes" && d.chance(0.4), ", Water Repellent", " 防泼水")
		d.hues(1+d.IntN(4), black, navy, olive, gray, red, tan, sky, burgundy, forest, yellow)
	},
	open: []line{
		{"", "The {model} packs {capacity} litres and still sits close to the back.", "{model}容量{capacity}升，背起来依然贴合。"},
		{"", "{maker}'s {use} puts everything in its place: bottle outside, keys on a hook, phone in front.", "{maker}{use}分区合理，水壶、钥匙、手机各有其位。"},
	},
	body: []line{
		{"", "A padded sleeve takes laptops up to {fits laptop size} inches.", "加厚电脑隔层，可放{fits laptop size}英寸及以下笔记本。"},
		{"", "The {material} outside takes years of use.", "{material}面料，经久耐用。"},
		{"water repellent", "Rain runs off the fabric.", "面料防泼水，小雨不怕。"},
		{"!water repellent", "For heavy rain, add a cover: the fabric is not treated.", "面料未做防水处理，大雨请加防雨罩。"},
		{"", "Empty it weighs {weight} kg.", "空包重{weight}千克。"},
		{"", "Shoulder straps and back are padded and let air through.", "肩带与背板加厚透气。"},
	},
	end:  []line{{"", "Guaranteed for {warranty} months against faults in seams and zips.", "车线与拉链质保{warranty}个月。"}},
	pros: []line{{"", "Comfortable even when full", "装满了背着也不勒"}, {"", "Lots of pockets", "口袋多"}, {"", "Zips run smoothly", "拉链顺滑"}},
	cons: []line{{"", "The bottle pocket is tight", "水壶袋有点紧"}, {"", "No chest strap", "没有胸扣"}},
}

var laptopBags = kind{
	word: word{"Laptop Bags", "电脑包"}, key: "laptopbags", top: "Bags", merchant: outfitters, n: 60, lo: 990, hi: 22900, brands: bagBrands,
	spec: func(d *draft) {
		use := d.one(word{"Laptop Sleeve", "笔记本电脑内胆包"}, word{"Laptop Bag", "笔记本电脑包"}, word{"Laptop Briefcase", "电脑公文包"}, word{"Laptop Shoulder Bag", "单肩电脑包"})
		d.say("use", use)
		d.text("type", "类型", use)
		size := d.any(13.3, 14, 15.6, 15.6, 16, 17.3)
		d.num("fits laptop size", "可放电脑尺寸", size, "in")
		d.say("screen", screenName(size))
		d.text("material", "材质", d.rise(word{"Neoprene", "氯丁橡胶"}, word{"Polyester", "涤纶"}, word{"Felt", "毛毡"}, word{"Nylon", "尼龙"}, word{"Canvas", "帆布"}, word{"Vegan leather", "素皮"}, word{"Leather", "真皮"}))
		d.num("weight", "重量", d.between(0.2, 1.2, 0.05), "kg")
		d.yes("water repellent", "防泼水", d.graded(0.4, 0.9))
		d.num("compartments", "隔层数", d.any(2, 3, 4, 5), "")
		d.name(use.en + plain(size))
		d.title("{brand} {model} {screen} {use}, {material}", "{brand}{model} {screen}{use} {material}")
		d.hues(1+d.IntN(3), black, gray, navy, brown, tan, burgundy, olive, pink)
	},
	open: []line{
		{"", "The {model} protects laptops up to {fits laptop size} inches on the way to work.", "{model}可为{fits laptop size}英寸及以下笔记本提供通勤保护。"},
		{"", "Padding all round and a smooth lining keep the computer free of scratches.", "四周加厚，内衬顺滑，电脑不怕刮碰。"},
	},
	body: []line{
		{"", "{compartments} compartments keep charger, papers and phone apart.", "{compartments}个隔层，充电器、文件、手机分开放。"},
		{"", "The outside is {material}.", "外层材质为{material}。"},
		{"water repellent", "Rain runs off the fabric.", "面料防泼水，小雨不怕。"},
		{"", "It weighs only {weight} kg.", "自重仅{weight}千克。"},
	},
	end:  []line{{"", "A strap at the back slides over suitcase handles.", "背面可套行李箱拉杆。"}, {"", "Clean with a soft brush.", "用软刷清洁即可。"}},
	pros: []line{{"", "My laptop fits exactly", "电脑放进去刚好"}, {"", "Looks smart in meetings", "开会拿着体面"}, {"", "Good padding", "保护层厚实"}},
	cons: []line{{"", "The strap could be softer", "肩带可以再软些"}, {"", "No room for a lunch box", "放不下饭盒"}},
}

var (
	clothSizes = []string{"XS", "S", "M", "L", "XL", "XXL"}
	shoeSizes  = []string{"36", "37", "38", "39", "40", "41", "42", "43", "44", "45", "46"}
	wearers    = []word{{"Men's", "男士"}, {"Women's", "女士"}, {"Unisex", "男女通用"}}
)

var shirts = kind{
	word: word{"T-Shirts", "T恤"}, key: "shirts", top: "Clothing", merchant: outfitters, n: 100, lo: 690, hi: 6900,
	brands: []brand{{"Cottonwick", "棉芯"}, {"Loomfield", "织野"}, {"Fernway", "蕨径"}, {"Northmoor", "北原"}},
	spec: func(d *draft) {
		who := d.one(wearers...)
		d.text("department", "适用人群", who)
		d.text("material", "材质", d.rise(word{"Cotton blend", "棉混纺"}, word{"Cotton", "纯棉"}, word{"Organic cotton", "有机棉"}, word{"Linen blend", "亚麻混纺"}, word{"Merino wool", "美利奴羊毛"}))
		cut := d.one(word{"Regular Fit", "常规版型"}, word{"Slim Fit", "修身"}, word{"Oversized", "宽松"})
		d.text("fit", "版型", cut)
		use := d.one(word{"Crew Neck T-Shirt", "圆领T恤"}, word{"V-Neck T-Shirt", "V领T恤"}, word{"Striped T-Shirt", "条纹T恤"}, word{"Pocket T-Shirt", "口袋T恤"}, word{"Long Sleeve T-Shirt", "长袖T恤"}, word{"Graphic T-Shirt", "印花T恤"})
		d.say("use", use)
		d.text("type", "款式", use)
		d.num("fabric weight", "克重", d.any(140, 160, 180, 200, 220, 240), "g/m²")
		d.text("care", "洗护", d.one(word{"Machine wash at 30 °C", "30°C机洗"}, word{"Machine wash at 40 °C", "40°C机洗"}))
		d.name(who.en + use.en)
		d.title("{brand} {model} {department} {use}, {material}", "{brand}{model} {department}{use} {material}")
		d.also(d.chance(0.4), ", {fit}", " {fit}")
		lo := d.IntN(2)
		d.sizes("size", clothSizes, lo, lo+4+d.IntN(2))
		n := 1
		if d.chance(0.35) {
			n = 2 + d.IntN(2)
		}
		d.hues(n, black, white, navy, gray, red, forest, sky, pink, beige, yellow, burgundy, olive, lavender, orange)
	},
	open: []line{
		{"", "The {model} is the shirt you reach for first: soft {material}, a clean cut, no fuss.", "{model}是衣柜里最先拿起的那件：{material}柔软亲肤，剪裁利落。"},
		{"", "{maker} knits the {model} from {material} and washes it before sewing, so it keeps its shape.", "{maker}{model}选用{material}面料，预先水洗，不易变形。"},
		{"", "An everyday {use} that goes under a jacket as well as over jeans.", "日常百搭{use}，单穿、叠穿都好看。"},
	},
	body: []line{
		{"", "The fabric weighs {fabric weight} g/m², neither thin nor stiff.", "面料克重{fabric weight}g/m²，厚薄适中。"},
		{"", "Care: {care}.", "洗护：{care}。"},
		{"", "The collar is taped and stays flat.", "领口加固，不易变形。"},
		{"", "{fit}: see the size chart if you are between two sizes.", "{fit}，介于两个尺码之间请参考尺码表。"},
	},
	end:  []line{{"", "Sewn in small runs.", "小批量缝制。"}, {"", "Colours may look a little different on your screen.", "因显示器差异，颜色可能略有偏差。"}},
	pros: []line{{"", "Soft and does not scratch", "柔软不扎"}, {"", "Kept its shape after many washes", "洗了很多次没变形"}, {"", "True to size", "尺码标准"}},
	cons: []line{{"", "Runs a little long", "衣长稍长"}, {"white", "The white one is slightly see-through", "浅色有点透"}, {"", "Shrank a bit in the dryer", "烘干后略缩"}},
}

var jackets = kind{
	word: word{"Jackets", "夹克外套"}, key: "jackets", top: "Clothing", merchant: outfitters, n: 84, lo: 2990, hi: 44900,
	brands: []brand{{"Fernway", "蕨径"}, {"Northmoor", "北原"}, {"Stormhaven", "风港"}, {"Alpengrat", "峰脊"}},
	spec: func(d *draft) {
		who := d.one(wearers...)
		d.text("department", "适用人群", who)
		use := d.one(word{"Rain Jacket", "防雨夹克"}, word{"Down Jacket", "羽绒服"}, word{"Fleece Jacket", "抓绒外套"}, word{"Denim Jacket", "牛仔夹克"}, word{"Softshell Jacket", "软壳外套"}, word{"Bomber Jacket", "飞行员夹克"}, word{"Windbreaker", "防风衣"})
		d.say("use", use)
		d.text("type", "款式", use)
		switch use.en {
		case "Rain Jacket", "Softshell Jacket":
			d.text("material", "材质", word{"Recycled polyester", "再生涤纶"})
			d.num("water column", "防水指数", d.step(3000, 5000, 8000, 10000, 15000, 20000), "mm")
			d.yes("waterproof", "防水", true)
		case "Down Jacket":
			d.text("material", "材质", word{"Nylon", "尼龙"})
			d.text("filling", "填充物", d.rise(word{"Recycled fibre", "再生纤维"}, word{"Duck down", "鸭绒"}, word{"Goose down", "鹅绒"}))
			d.yes("waterproof", "防水", false)
		case "Denim Jacket":
			d.text("material", "材质", word{"Cotton denim", "纯棉牛仔布"})
			d.yes("waterproof", "防水", false)
		default:
			d.text("material", "材质", d.one(word{"Polyester", "涤纶"}, word{"Nylon", "尼龙"}, word{"Recycled polyester", "再生涤纶"}))
			d.yes("waterproof", "防水", false)
		}
		d.num("weight", "重量", d.between(240, 940, 20), "g")
		d.num("pockets", "口袋数", d.any(2, 3, 4, 5), "")
		d.yes("hood", "连帽", use.en != "Bomber Jacket" && use.en != "Denim Jacket" && d.chance(0.7))
		d.name(who.en + use.en)
		d.title("{brand} {model} {department} {use}", "{brand}{model} {department}{use}")
		d.also(d.fact("hood").value.en == "yes", " with Hood", " 连帽")
		d.also(d.fact("water column") != nil && d.chance(0.5), ", {water column} mm", " 防水{water column}毫米")
		lo := d.IntN(2)
		d.sizes("size", clothSizes, lo, lo+4+d.IntN(2))
		n := 1
		if d.chance(0.35) {
			n = 2
		}
		if use.en == "Denim Jacket" {
			d.hues(1, blue, navy, black, sky)
		} else {
			d.hues(n, black, navy, olive, red, gray, beige, forest, burgundy, yellow, sky, white)
		}
	},
	open: []line{
		{"", "The {model} is a {use} for days that cannot decide on the weather.", "{model}{use}，应对善变的天气。"},
		{"", "{maker} cuts the {model} so that a sweater still fits underneath.", "{maker}{model}剪裁宽松，里面还能加件毛衣。"},
	},
	body: []line{
		{"waterproof", "A water column of {water column} mm and taped seams keep the rain outside.", "防水指数{water column}毫米，压胶接缝，雨水进不来。"},
		{"", "It is filled with {filling} and packs into its own pocket.", "填充{filling}，可收纳进自带口袋。"},
		{"", "{pockets} pockets hold phone, keys and gloves.", "{pockets}个口袋，手机、钥匙、手套都装得下。"},
		{"hood", "The hood adjusts with one hand.", "帽子可单手调节。"},
		{"", "In size M it weighs {weight} g.", "M码重{weight}克。"},
		{"", "The outside is {material}.", "面料为{material}。"},
	},
	end:  []line{{"", "Close the zip before washing.", "清洗前请拉上拉链。"}, {"", "If you are between sizes, take the larger one.", "介于两码之间建议选大一码。"}},
	pros: []line{{"", "Keeps the wind out", "很挡风"}, {"", "Warm without being heavy", "暖和又不重"}, {"", "Dries quickly", "干得快"}},
	cons: []line{{"", "Sleeves are a bit long", "袖子略长"}, {"", "The zip catches sometimes", "拉链偶尔卡布"}, {"", "Needs a day to lose its smell", "刚到有点味道，晾一天就好"}},
}

var shoes = kind{
	word: word{"Shoes", "鞋靴"}, key: "shoes", top: "Shoes", merchant: outfitters, n: 112, lo: 1490, hi: 26900,
	brands: []brand{{"Pacero", "佩速"}, {"Stridewell", "健步"}, {"Velora", "维洛"}, {"Terrafoot", "泰步"}, {"Lastmaker", "楦匠"}},
	spec: func(d *draft) {
		who := d.one(wearers...)
		d.text("department", "适用人群", who)
		use := d.one(word{"Running Shoes", "跑步鞋"}, word{"Running Shoes", "跑步鞋"}, word{"Sneakers", "休闲板鞋"}, word{"Sneakers", "休闲板鞋"}, word{"Hiking Shoes", "徒步鞋"}, word{"Sandals", "凉鞋"}, word{"Leather Boots", "真皮短靴"}, word{"Loafers", "乐福鞋"}, word{"Slippers", "拖鞋"})
		d.say("use", use)
		d.text("type", "款式", use)
		switch use.en {
		case "Running Shoes", "Sneakers", "Hiking Shoes", "Leather Boots":
			d.say("laced", use)
		case "Sandals", "Slippers":
			d.say("open shoe", use)
		}
		switch use.en {
		case "Leather Boots":
			d.text("material", "材质", word{"Leather", "真皮"})
			d.factor = 1.2
		case "Loafers":
			d.text("material", "材质", d.one(word{"Leather", "真皮"}, word{"Suede", "绒面革"}))
		case "Slippers":
			d.text("material", "材质", d.one(word{"Felt", "毛毡"}, word{"Cotton", "棉"}, word{"EVA foam", "EVA"}))
			d.factor = 0.75
		default:
			d.text("material", "材质", d.one(word{"Mesh", "透气网布"}, word{"Knit", "飞织"}, word{"Canvas", "帆布"}, word{"Suede and mesh", "绒面革拼网布"}))
		}
		d.yes("waterproof", "防水", (use.en == "Hiking Shoes" || use.en == "Leather Boots") && d.chance(0.6))
		d.num("weight", "单只重量", d.between(180, 480, 10), "g")
		d.text("sole", "鞋底", d.one(word{"Rubber", "橡胶"}, word{"Cushioned foam", "缓震发泡"}, word{"Natural rubber", "天然橡胶"}))
		d.text("size system", "尺码标准", word{"EU", "欧码"})
		d.name(who.en + use.en)
		d.title("{brand} {model} {department} {use}, {material}", "{brand}{model} {department}{use} {material}")
		d.also(d.fact("waterproof").value.en == "yes", ", Waterproof", " 防水")
		switch who.en {
		case "Women's":
			d.sizes("size", shoeSizes, 0, 6)
		case "Men's":
			d.sizes("size", shoeSizes, 4, 10)
		default:
			d.sizes("size", shoeSizes, 1, 9)
		}
		if use.en == "Leather Boots" || use.en == "Loafers" {
			d.hues(1, black, brown, tan, burgundy)
		} else {
			d.hues(1, black, white, navy, gray, red, olive, pink, beige, sky, orange, mint)
		}
	},
	open: []line{
		{"", "The {model} feels broken in from the first day.", "{model}上脚即合脚，无需磨合。"},
		{"", "{maker} builds this pair of {use} on a wide last, so toes have room.", "{maker}这双{use}采用宽楦设计，脚趾不受挤压。"},
		{"!open shoe", "Light on the foot and firm at the heel, the {model} is made for long days.", "鞋身轻盈、后跟稳固，{model}久走不累。"},
	},
	body: []line{
		{"", "The sole is {sole} with good grip on wet ground.", "{sole}鞋底，湿滑路面也抓地。"},
		{"waterproof", "A membrane keeps water out and lets warmth escape.", "防水膜阻隔雨水又透气。"},
		{"", "One shoe weighs {weight} g in size 40.", "40码单只重{weight}克。"},
		{"", "The upper is {material}.", "鞋面为{material}。"},
		{"", "Sizes are European; half sizes: take the next one up.", "尺码为欧码，半码建议选大一码。"},
	},
	end:  []line{{"!open shoe", "The insole can be taken out and washed.", "鞋垫可拆洗。"}, {"laced", "Comes with a spare pair of laces.", "附备用鞋带。"}, {"!laced", "Comes with a dust bag.", "附防尘袋。"}},
	pros: []line{{"!open shoe", "No blisters on the first day", "第一天穿就没磨脚"}, {"!open shoe", "Great for long walks", "走很久也不累"}, {"", "The colour is as shown", "颜色和图片一样"}},
	cons: []line{{"", "Runs half a size small", "偏小半码"}, {"laced", "The laces are too long", "鞋带太长"}, {"", "The sole is slippery on tiles", "瓷砖上有点滑"}},
}
