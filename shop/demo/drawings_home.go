package demo

const (
	hand  = `<path d="M168 60q0-18 32-18t32 18l-6 120q-26 14-52 0z" fill="$c"/><rect x="178" y="86" width="44" height="20" rx="10" fill="$l"/><circle cx="200" cy="132" r="10" fill="$a"/><rect x="186" y="182" width="28" height="96" fill="$s"/><path d="M160 318q0-42 40-42t40 42z" fill="$g"/><path d="M174 318h52" $f"$k" $o"7"/>`
	stick = `<path d="M252 70L150 306" $f"$g" $o"13"/><path d="M238 56q44-8 52 30l-14 66q-34 20-62-8z" fill="$c"/><circle cx="252" cy="112" r="26" fill="$w" opacity=".85"/><circle cx="252" cy="112" r="15" fill="$a"/><path d="M288 84q36 10 22 52" $f"$d" $o"13"/><path d="M88 306h112l12 22q2 8-8 8H84q-10 0-8-8z" fill="$d"/>`
	robot = `<ellipse cx="200" cy="246" rx="140" ry="78" fill="$d"/><ellipse cx="200" cy="226" rx="140" ry="78" fill="$c"/><ellipse cx="200" cy="212" rx="54" ry="30" fill="$l"/><ellipse cx="200" cy="206" rx="40" ry="21" fill="$k"/><ellipse cx="200" cy="268" rx="22" ry="10" fill="$a"/><path d="M72 268q30 46 128 52t128-52" $f"$k" $o"7"/><circle cx="270" cy="246" r="6" fill="#6fd08c"/>`

	sneaker = `<path d="M68 200q4-44 26-58 26 34 62 16l86 68q24 12 62 18 36 6 36 42v18H68z" fill="$c"/><path d="M68 200q4-44 26-58 12 18 30 20l-8 88H68z" fill="$d"/><path d="M60 284h284q4 36-30 36H92q-32 0-32-36z" fill="$w"/><path d="M60 306h282" $f"$g" $o"6"/><path d="M166 168l-18 22m40-4l-18 22m40-4l-18 22m40-4l-16 20" $f"$w" $o"8"/><path d="M94 268q50-52 86-20t86 16" $f"$a" $o"11"/>`
	boot    = `<path d="M128 76h112l-4 124q60 20 88 44 14 14 14 42H124z" fill="$c"/><path d="M128 76h112l-1 26H127z" fill="$d"/><path d="M118 284h222v20q0 14-14 14H218l-10-12h-14l-6 12h-56q-14 0-14-14z" fill="$k"/><path d="M190 132h46m-48 30h46m-44 30h54" $f"$l" $o"8"/><path d="M238 222q26 10 44 26" $f"$d" $o"7"/>`
	sandal  = `<path d="M56 288q0-22 36-22h212q44 0 44 24t-40 24H92q-36 0-36-26z" fill="$d"/><path d="M60 280q6-16 32-16h212q36 0 43 16-18 14-43 14H92q-26 0-32-14z" fill="#d8b98f"/><path d="M104 268q4-70 40-84 28 38 24 86zM208 270q6-66 52-84 50 24 58 82z" fill="$c"/><path d="M144 188q60-24 112 2" $f"$c" $o"18"/><rect x="188" y="168" width="28" height="24" rx="6" $f"$s" $o"6"/>`
	slipper = `<path d="M52 282q0-40 60-40h180q60 0 60 38 0 36-60 36H112q-60 0-60-34z" fill="$d"/><path d="M66 276q8-22 48-22h84v38h-84q-40 0-48-16z" fill="$l"/><path d="M180 286q-6-90 72-104 88-4 96 84 2 22-14 34-66 14-154-14z" fill="$c"/><path d="M214 268q-2-50 42-58" $f"$l" $o"8"/>`
	loafer  = `<path d="M72 218q0-36 28-54 40 40 96 36 90 24 126 44 22 12 22 44H72z" fill="$c"/><path d="M100 164q40 40 96 36-16 30-58 26-44-8-38-62z" fill="$k" opacity=".55"/><path d="M66 284h282q2 30-22 30H140l-10-10H66z" fill="$k"/><path d="M196 200q30 14 28 52 40 4 74-14" $f"$d" $o"8"/><path d="M206 222l44 14" $f"$s" $o"11"/>`

	floorLamp = `<path d="M200 130v188" $f"$g" $o"9"/><path d="M160 60h80l34 88H126z" fill="$c"/><path d="M160 60h26l-20 88h-40z" fill="$l" opacity=".7"/><path d="M126 148h148l30 90H96z" fill="#f7dc8f" opacity=".28"/><path d="M142 330q0-20 58-20t58 20z" fill="$d"/>`
	pendant   = `<path d="M200 20v110" $f"$k" $o"6"/><path d="M92 232q8-104 108-104t108 104z" fill="$c"/><path d="M92 232q8-104 108-104-60 30-66 104z" fill="$l" opacity=".6"/><path d="M96 232h208l40 88H56z" fill="#f7dc8f" opacity=".3"/><circle cx="200" cy="240" r="27" fill="#fbe6a4"/><rect x="180" y="112" width="40" height="24" rx="6" fill="$d"/>`
	desk      = `<path d="M128 318V216L210 136" $f"$d" $o"12"/><circle cx="128" cy="216" r="14" fill="$g"/><path d="M176 112l74 74-14 14q-56-4-74-60z" fill="$c" transform="rotate(-6 210 150)"/><path d="M238 196l-64-62 20-40q56-10 86 46z" fill="$c"/><path d="M238 196l42-56 66 108-70 34z" fill="#f7dc8f" opacity=".4"/><circle cx="262" cy="176" r="20" fill="#fbe6a4"/><path d="M74 330q0-20 56-20t56 20z" fill="$c"/>`
	table     = `<path d="M150 88h100l44 112H106z" fill="$c"/><path d="M150 88h34l-26 112h-52z" fill="$l" opacity=".7"/><path d="M106 200h188l16 44H90z" fill="#f7dc8f" opacity=".35"/><path d="M184 200h32v26q40 26 34 64-6 40-50 40t-50-40q-6-38 34-64z" fill="$d"/><path d="M172 268q2-18 14-24" $f"$l" $o"7"/>`
	night     = `<circle cx="200" cy="206" r="112" fill="#f7dc8f" opacity=".3"/><path d="M118 318V200a82 82 0 0 1 164 0v118z" fill="$c"/><path d="M144 300V204a56 56 0 0 1 112 0v96z" fill="#fbe9b2"/><path d="M228 176a38 38 0 1 0 8 56 44 44 0 0 1-8-56z" fill="$a" opacity=".8"/><rect x="106" y="308" width="188" height="22" rx="9" fill="$d"/>`
)

// household is what a home has beside devices; clothes and toys follow.
var household = append([]drawing{
	{words: "kettle|teapot|水壶|手冲壶|茶壶", shadow: 96, turns: true, svg: []string{
		`<path d="M262 140q80 0 64 104-4 34-38 40" $f"$k" $o"18"/><path d="M124 132h150l22 172H104z" fill="$c"/><path d="M124 132h52l-14 172h-58z" fill="$l" opacity=".6"/><path d="M126 150l-58 14 50 62z" fill="$d"/><path d="M140 132q0-32 59-32t59 32z" fill="$d"/><rect x="184" y="80" width="30" height="22" rx="9" fill="$k"/><rect x="96" y="300" width="208" height="30" rx="12" fill="$k"/><circle cx="200" cy="315" r="6" fill="$a"/><path d="M240 186v72" $f"$w" $o"10" opacity=".6"/>`,
		`<path d="M256 150q76-6 66 84-4 46-44 54" $f"$d" $o"17"/><path d="M110 248q0-118 88-118t88 118q0 60-24 66H134q-24-6-24-66z" fill="$c"/><path d="M128 190q12-46 48-54" $f"$l" $o"12"/><path d="M120 196l-54-22 42 86z" fill="$d"/><ellipse cx="198" cy="132" rx="44" ry="13" fill="$k"/><circle cx="198" cy="112" r="13" fill="$k"/><rect x="116" y="310" width="164" height="20" rx="9" fill="$k"/>`,
	}, parts: []drawing{
		{words: "gooseneck|细口|手冲", shadow: 96, turns: true, svg: []string{
			`<path d="M138 282q-60 2-62-60-2-60-40-84" $f"$d" $o"13"/><path d="M276 156q64 0 58 70-4 44-46 58" $f"$k" $o"15"/><path d="M136 176h136l24 138H116z" fill="$c"/><path d="M136 176h46l-12 138h-54z" fill="$l" opacity=".6"/><path d="M142 176q8-26 62-26t62 26z" fill="$d"/><circle cx="204" cy="138" r="13" fill="$k"/><rect x="106" y="310" width="198" height="20" rx="9" fill="$k"/>`,
		}},
	}},
	{words: "coffee|espresso|咖啡|法压", shadow: 104, turns: true, svg: []string{
		`<path d="M96 76h208v54H96z" fill="$c"/><path d="M96 130h70v196H96z" fill="$d"/><rect x="86" y="306" width="228" height="26" rx="11" fill="$c"/><rect x="86" y="66" width="228" height="22" rx="10" fill="$l"/><path d="M212 130h44l-8 26h-28z" fill="$k"/><path d="M186 196h96l-8 92q-2 16-18 16h-44q-16 0-18-16z" fill="$w" opacity=".85"/><path d="M190 234h88l-5 52q-2 14-17 14h-44q-15 0-17-14z" fill="#6b4630"/><path d="M280 214q34-2 30 30t-36 26" $f"$k" $o"9"/><circle cx="128" cy="104" r="8" fill="$a"/>`,
	}, parts: []drawing{
		{words: "french press|法压", shadow: 80, turns: true, svg: []string{
			`<path d="M262 160q60 0 54 64t-54 66" $f"$d" $o"15"/><rect x="138" y="136" width="124" height="178" rx="10" fill="$w" opacity=".8"/><path d="M138 222h124v82q0 10-10 10H148q-10 0-10-10z" fill="#6b4630"/><rect x="140" y="208" width="120" height="16" fill="$g"/><path d="M200 68v146" $f"$g" $o"8"/><circle cx="200" cy="62" r="16" fill="$c"/><path d="M130 138q0-24 70-24t70 24v10H130z" fill="$c"/><path d="M134 310h132v18H134zM132 148h14v164h-14zM254 148h14v164h-14z" fill="$c"/>`,
		}},
		{words: "espresso machine|bean-to-cup|意式|全自动", shadow: 116, turns: true, svg: []string{
			`<rect x="82" y="86" width="236" height="86" rx="16" fill="$c"/><path d="M82 160h70v150H82z" fill="$d"/><rect x="72" y="304" width="256" height="28" rx="11" fill="$c"/><path d="M152 172h166v132H152z" fill="$k" opacity=".18"/><circle cx="126" cy="126" r="21" fill="$w"/><path d="M126 126l9-10" $f"$a" $o"5"/><rect x="190" y="110" width="96" height="32" rx="9" fill="$k"/><path d="M206 126h30m14 0h18" $f"#6cc4ee" $o"7"/><rect x="192" y="172" width="88" height="24" rx="7" fill="$g"/><path d="M280 184h56" $f"$k" $o"13"/><path d="M216 196v18m40-18v18" $f"#6b4630" $o"7"/><path d="M198 248h76l-8 42q-2 14-16 14h-28q-14 0-16-14z" fill="$w"/><path d="M272 258q24 0 16 22-6 10-22 10" $f"$w" $o"7"/>`,
			`<rect x="92" y="72" width="216" height="258" rx="22" fill="$c"/><path d="M112 72l14-30h148l14 30z" fill="$d" opacity=".7"/><rect x="114" y="94" width="172" height="60" rx="11" fill="$k"/><path d="M134 124h44m18 0h22m18 0h26" $f"#6cc4ee" $o"9"/><rect x="128" y="172" width="144" height="136" rx="10" fill="$k" opacity=".8"/><path d="M176 172h48l-8 34h-32z" fill="$g"/><path d="M162 250h70l-7 40q-2 12-14 12h-28q-12 0-14-12z" fill="$w"/><path d="M230 260q22 0 14 20-6 9-20 9" $f"$w" $o"7"/><rect x="92" y="306" width="216" height="24" rx="11" fill="$d"/>`,
		}},
		{words: "capsule|胶囊", shadow: 84, turns: true, svg: []string{
			`<path d="M124 110q0-44 76-44t86 52l4 40h-60l-6 22h-36l-4-22h-8v152h-52z" fill="$c"/><path d="M124 110v200h52V158h-10q-30-8-42-48z" fill="$d"/><path d="M162 84q30-12 72 2" $f"$l" $o"10"/><rect x="110" y="304" width="184" height="26" rx="11" fill="$d"/><path d="M198 240h66l-7 44q-2 14-14 14h-24q-12 0-14-14z" fill="$w"/><path d="M262 250q22 0 14 20-6 9-20 9" $f"$w" $o"7"/><circle cx="244" cy="120" r="12" fill="$a"/>`,
		}},
	}},
	{words: "blender|mixer|juicer|food processor|搅拌|榨汁|破壁|料理机", shadow: 80, turns: true, svg: []string{
		`<path d="M134 84h132l-18 146h-96z" fill="$w" opacity=".75"/><path d="M139 130l122 0-13 100h-96z" fill="$a" opacity=".85"/><rect x="126" y="66" width="148" height="22" rx="10" fill="$k"/><rect x="178" y="48" width="44" height="22" rx="8" fill="$d"/><path d="M262 110q46-2 40 50t-50 50" $f"$k" $o"12"/><path d="M184 222h32l-16-18z" fill="$g"/><path d="M148 230h104l24 84q4 16-14 16H138q-18 0-14-16z" fill="$c"/><path d="M148 230h36l-16 100h-30q-18 0-14-16z" fill="$l" opacity=".5"/><circle cx="200" cy="286" r="20" fill="$k"/><path d="M200 286l10-12" $f"$w" $o"5"/>`,
	}, parts: []drawing{
		{words: "hand blender|手持|搅拌棒", shadow: 56, turns: true, svg: []string{hand}},
		{words: "portable|personal|便携|迷你|榨汁杯", shadow: 58, turns: true, svg: []string{
			`<path d="M146 108h108l-6 118h-96z" fill="$w" opacity=".75"/><path d="M149 150h102l-4 76h-94z" fill="$a" opacity=".85"/><path d="M142 108q0-42 58-42t58 42z" fill="$c"/><path d="M178 66q0-22 22-22t22 22" $f"$d" $o"9"/><path d="M148 226h104l6 88q0 16-16 16h-84q-16 0-16-16z" fill="$c"/><path d="M148 226h30l-8 104h-12q-16 0-16-16z" fill="$l" opacity=".5"/><circle cx="200" cy="278" r="17" fill="$d"/><path d="M200 268v12" $f"$w" $o"5"/>`,
		}},
	}},
	{words: "vacuum|sweeper|吸尘|扫地", shadow: 110, turns: true, svg: []string{stick}, parts: []drawing{
		{words: "robot|机器人", shadow: 128, svg: []string{robot}},
		{words: "canister|卧式", shadow: 130, turns: true, svg: []string{
			`<path d="M214 194q-2-96 70-104t56 96l-26 116" $f"$k" $o"14"/><path d="M268 306h72l10 24h-92z" fill="$d"/><path d="M58 266q0-92 98-92 92 0 92 92v28q0 18-18 18H76q-18 0-18-18z" fill="$c"/><path d="M84 228q14-34 56-38" $f"$l" $o"11"/><circle cx="94" cy="300" r="34" fill="$k"/><circle cx="94" cy="300" r="15" fill="$g"/><circle cx="222" cy="314" r="16" fill="$k"/><path d="M150 174v-22h46v24" $f"$d" $o"10"/>`,
		}},
		{words: "cordless|stick|无线", shadow: 110, turns: true, svg: []string{stick}},
		{words: "handheld|手持", shadow: 118, turns: true, svg: []string{
			`<path d="M44 226h28l50-22v92l-50-22H44z" fill="$g"/><path d="M118 196h120q46 0 60 44t-34 66q-40 12-70-2H118z" fill="$c"/><rect x="112" y="196" width="64" height="108" rx="12" fill="$w" opacity=".8"/><path d="M128 226h32m-32 24h32m-32 24h32" $f"$a" $o"8"/><path d="M222 196q8-74 74-56 50 22 28 108" $f"$d" $o"22"/><circle cx="250" cy="256" r="18" fill="$k"/>`,
		}},
	}},
	{words: "lamp|light|lighting|bulb|led|灯", shadow: 84, turns: true, svg: []string{desk, table}, parts: []drawing{
		{words: "floor|落地", shadow: 66, svg: []string{floorLamp}},
		{words: "pendant|ceiling|吊灯|吸顶", shadow: 60, svg: []string{pendant}},
		{words: "desk|reading|台灯", shadow: 84, turns: true, svg: []string{desk}},
		{words: "night light|小夜灯", shadow: 96, svg: []string{night}},
		{words: "table|bedside|桌灯|床头", shadow: 60, svg: []string{table}},
	}},
}, wearing...)

const (
	tee     = `<path d="M146 84q54 40 108 0l74 38-26 64-36-14v152q0 8-8 8H142q-8 0-8-8V172l-36 14-26-64z" fill="$c"/><path d="M146 84q54 40 108 0-10 48-54 48t-54-48z" fill="$d"/><path d="M154 80q46 34 92 0" $f"$d" $o"9"/><path d="M134 172v152q0 8 8 8h22V160z" fill="$l" opacity=".4"/>`
	stripes = `<path d="M135 196h130m-130 34h130m-130 34h130m-130 34h130" $f"$w" $o"12" opacity=".8"/>`
)

var wearing = []drawing{
	{words: "t-shirt|tshirt|shirt|blouse|polo|t恤|衬衫|上衣", shadow: 84, svg: []string{tee}, parts: []drawing{
		{words: "long sleeve|长袖", shadow: 84, svg: []string{
			`<path d="M146 84q54 40 108 0l58 34 34 166-42 10-38-120v150q0 8-8 8H142q-8 0-8-8V174L96 294l-42-10 34-166z" fill="$c"/><path d="M154 80q46 34 92 0" $f"$d" $o"9"/><path d="M134 174v150q0 8 8 8h22V160z" fill="$l" opacity=".4"/><path d="M52 276l40 10m256-10l-40 10" $f"$d" $o"9"/>`,
		}},
		{words: "v-neck|v领", shadow: 84, svg: []string{
			`<path d="M146 84l54 58 54-58 74 38-26 64-36-14v152q0 8-8 8H142q-8 0-8-8V172l-36 14-26-64z" fill="$c"/><path d="M146 84l54 58 54-58" $f"$d" $o"10"/><path d="M134 172v152q0 8 8 8h22V160z" fill="$l" opacity=".4"/>`,
		}},
		{words: "striped|条纹", shadow: 84, svg: []string{tee + stripes}},
		{words: "pocket|口袋", shadow: 84, svg: []string{tee + `<path d="M216 178h40v38l-20 12-20-12z" fill="$d"/>`}},
		{words: "graphic|print|印花", shadow: 84, svg: []string{
			tee + `<circle cx="200" cy="226" r="40" fill="$a"/><path d="M166 246l26-36 18 22 10-12 16 26z" fill="$w" opacity=".9"/>`,
			tee + `<path d="M200 178l13 30 33 3-25 22 8 33-29-18-29 18 8-33-25-22 33-3z" fill="$a"/>`,
		}},
	}},
	{words: "jacket|coat|windbreaker|parka|hoodie|sweater|夹克|外套|羽绒|风衣|防风|大衣|卫衣", shadow: 92, svg: []string{
		`<path d="M150 74h100l56 36 38 158-44 12-34-110v154q0 8-8 8H142q-8 0-8-8V170l-34 110-44-12 38-158z" fill="$c"/><path d="M150 74h100l-18 36h-64z" fill="$d"/><path d="M200 104v228" $f"$k" $o"6"/><path d="M200 118v200" $f"$s" $o"3" stroke-dasharray="5 5"/><path d="M152 244l26-12m70 12l-26-12" $f"$d" $o"8"/><path d="M134 312h132" $f"$d" $o"9"/>`,
	}, parts: []drawing{
		{words: "down|羽绒", shadow: 92, svg: []string{
			`<path d="M150 76q50-22 100 0l56 34 38 156-44 14-34-104v148q0 8-8 8H142q-8 0-8-8V176l-34 104-44-14 38-156z" fill="$c"/><path d="M136 160q64 16 128 0m-130 46q66 16 132 0m-132 46q66 16 132 0m-132 46q66 16 132 0M86 170l36 10m-46 34l34 12m168-46l36-10m-24 56l34-12" $f"$d" $o"7"/><path d="M150 76q50-22 100 0l-14 36h-72z" fill="$l"/><path d="M200 112v220" $f"$k" $o"6"/>`,
		}},
		{words: "denim|牛仔", shadow: 92, svg: []string{
			`<path d="M154 78h92l60 34 36 158-42 10-34-112v116H134V168l-34 112-42-10 36-158z" fill="$c"/><path d="M154 78h92l-22 36-24-18-24 18z" fill="$d"/><rect x="134" y="284" width="132" height="28" rx="5" fill="$d"/><path d="M200 100v184" $f"$d" $o"6"/><path d="M146 168h38v42l-19 10-19-10zm70 0h38v42l-19 10-19-10z" $f"$l" $o"5"/><path d="M200 136h1m-1 44h1m-1 44h1m-1 44h1" $f"#d6a45e" $o"9"/>`,
		}},
		{words: "hood|连帽|rain|防雨", shadow: 92, svg: []string{
			`<path d="M138 118q-6-72 62-72t62 72l-24 16h-76z" fill="$d"/><path d="M160 118q0-46 40-46t40 46l-40 22z" fill="$k" opacity=".7"/><path d="M146 104q54 54 108 0l54 28 36 142-44 12-34-102v140q0 8-8 8H142q-8 0-8-8V184l-34 102-44-12 36-142z" fill="$c"/><path d="M200 138v194" $f"$d" $o"7"/><path d="M150 250h36m28 0h36" $f"$d" $o"9"/><path d="M186 150v34m28-34v34" $f"$w" $o"5"/>`,
		}},
		{words: "fleece|抓绒", shadow: 92, svg: []string{
			`<path d="M152 66h96l6 40 52 20 38 148-44 12-34-106v144q0 8-8 8H142q-8 0-8-8V180l-34 106-44-12 38-148 52-20z" fill="$c"/><path d="M152 66h96l4 44h-104z" fill="$d"/><path d="M134 182h132v-34q-66 18-132 0z" fill="$d"/><path d="M200 70v262" $f"$w" $o"5"/><path d="M216 218h34v34h-34z" fill="$a"/>`,
		}},
	}},
	{words: "shoe|sneaker|boot|sandal|slipper|loafer|footwear|鞋|靴", shadow: 146, turns: true, svg: []string{sneaker}, parts: []drawing{
		{words: "boot|短靴|靴子", shadow: 116, turns: true, svg: []string{boot}},
		{words: "sandal|凉鞋", shadow: 146, turns: true, svg: []string{sandal}},
		{words: "slipper|拖鞋", shadow: 150, turns: true, svg: []string{slipper}},
		{words: "loafer|乐福", shadow: 142, turns: true, svg: []string{loafer}},
	}},
	{words: "dress|skirt|连衣裙|裙", shadow: 90, svg: []string{`<path d="M168 66q32 30 64 0l10 78 62 182q-104 22-208 0l62-182z" fill="$c"/><path d="M158 144h84v20h-84z" fill="$d"/><path d="M176 190l-26 132m50-132v136m24-136l26 132" $f"$d" $o"5"/>`}},
	{words: "trousers|pants|jeans|shorts|leggings|裤", shadow: 80, svg: []string{`<path d="M130 70h140l14 260h-62l-22-170-22 170h-62z" fill="$c"/><path d="M130 70h140l2 28H128z" fill="$d"/><path d="M200 98v60" $f"$d" $o"6"/>`}},
	{words: "toy|puzzle|game|doll|玩具|积木|拼图|桌游|毛绒|娃娃", shadow: 118, svg: []string{bricks}, parts: toyParts},
	{words: "chair|sofa|stool|椅|沙发", shadow: 96, svg: []string{`<path d="M132 80q68-24 136 0l10 128H122z" fill="$c"/><path d="M112 206h176q16 26 0 44H112q-16-18 0-44z" fill="$d"/><path d="M200 250v44m0 0l-62 30m62-30l62 30" $f"$k" $o"12"/><path d="M150 104q50-16 100 0" $f"$l" $o"9"/>`}},
	{words: "table|desk|shelf|cabinet|furniture|桌|柜|家具", shadow: 140, svg: []string{`<rect x="52" y="156" width="296" height="26" rx="9" fill="$c"/><path d="M82 182v142m236-142v142" $f"$d" $o"15"/><rect x="196" y="182" width="110" height="62" rx="7" fill="$l"/><path d="M236 212h30" $f"$d" $o"8"/>`}},
	{words: "book|novel|magazine|书|杂志", shadow: 96, svg: []string{`<path d="M104 82h172a20 20 0 0 1 20 20v212H124a20 20 0 0 1-20-20z" fill="$c"/><path d="M104 294a20 20 0 0 1 20-20h172v40H124a20 20 0 0 1-20-20z" fill="$w"/><path d="M128 82v192" $f"$d" $o"6"/><path d="M158 132h98m-98 30h66" $f"$l" $o"10"/>`}},
	{words: "bottle|flask|cup|mug|tumbler|杯|水瓶|保温", shadow: 60, svg: []string{`<path d="M150 132q0-22 22-28V84h56v20q22 6 22 28v180q0 18-18 18h-64q-18 0-18-18z" fill="$c"/><path d="M150 186h100v70H150z" fill="$l" opacity=".6"/><rect x="162" y="60" width="76" height="30" rx="9" fill="$k"/><path d="M166 130v164" $f"$w" $o"8" opacity=".5"/>`}},
	{words: "pan|pot|cookware|knife|kitchen|锅|刀|厨", shadow: 124, turns: true, svg: []string{`<path d="M298 204h76" $f"$k" $o"20"/><path d="M76 188h228v62q0 66-66 66h-96q-66 0-66-66z" fill="$c"/><path d="M76 188h62v128q-62-2-62-66z" fill="$l" opacity=".5"/><rect x="64" y="174" width="252" height="24" rx="12" fill="$d"/><path d="M150 142q-12-18 0-34t0-34m50 68q-12-18 0-34t0-34" $f"$g" $o"8" opacity=".6"/>`}},
	{words: "cosmetic|cream|lotion|shampoo|perfume|beauty|makeup|lipstick|护肤|化妆|面霜|香水|口红|洗发", shadow: 80, turns: true, svg: []string{`<rect x="108" y="164" width="98" height="166" rx="16" fill="$c"/><rect x="134" y="106" width="46" height="62" rx="8" fill="$k"/><path d="M180 120h44" $f"$k" $o"14"/><rect x="124" y="212" width="66" height="64" rx="8" fill="$w" opacity=".85"/><rect x="222" y="232" width="82" height="98" rx="14" fill="$l"/><rect x="216" y="206" width="94" height="34" rx="9" fill="$d"/>`}},
	{words: "bike|bicycle|cycling|自行车|骑行", shadow: 150, turns: true, svg: []string{`<circle cx="116" cy="252" r="66" $f"$k" $o"12"/><circle cx="288" cy="252" r="66" $f"$k" $o"12"/><path d="M116 252l52-96h92l28 96M168 156l34 96h-86m86 0l58-96-12-34h30" $f"$c" $o"13"/><path d="M146 138h44" $f"$d" $o"15"/>`}},
	{words: "food|snack|chocolate|tea|grocery|食品|零食|茶叶|坚果", shadow: 90, svg: []string{`<path d="M118 96h164l14 18v204q-96 24-192 0V114z" fill="$c"/><path d="M118 96h164v-18H118z" fill="$d"/><path d="M104 160h192v96H104z" fill="$w" opacity=".85"/><circle cx="200" cy="208" r="34" fill="$a"/><path d="M200 190q22 8 12 34-30-2-12-34z" fill="$w"/>`}},
	{words: "glove|hat|cap|scarf|帽|手套|围巾", shadow: 110, svg: []string{`<path d="M92 262q-4-150 108-150t108 150z" fill="$c"/><path d="M76 254h248v52q-124 30-248 0z" fill="$d"/><circle cx="200" cy="98" r="26" fill="$l"/><path d="M110 272v30m30-26v32m30-30v32m30-32v32m30-32v32m30-34v32m30-36v30" $f"$c" $o"7"/>`}},
	{words: "ring|necklace|earring|jewel|jewelry|jewellery|bracelet|戒指|项链|耳环|首饰|手链", shadow: 80, svg: []string{`<circle cx="200" cy="232" r="86" $f"$c" $o"20"/><path d="M200 62l48 36-48 62-48-62z" fill="#a8dbe8"/><path d="M152 98h96l-48 62z" fill="#7fc2d6"/><path d="M176 98l24-36 24 36-24 62z" fill="#c9eaf2"/>`}},
	{words: "tool|drill|hammer|screwdriver|工具|电钻|螺丝", shadow: 110, turns: true, svg: []string{`<path d="M92 116h164q26 0 26 32t-26 32H196l20 132q2 16-14 16h-54q-14 0-16-16l-14-132H92q-14 0-14-32t14-32z" fill="$c"/><path d="M282 148h70" $f"$g" $o"12"/><path d="M282 124v48" $f"$k" $o"12"/><path d="M150 210h34" $f"$k" $o"14"/><rect x="116" y="288" width="112" height="42" rx="11" fill="$d"/>`}},
}
