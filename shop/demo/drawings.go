package demo

import "slices"

// drawings are looked through in this order: what belongs to a thing comes before the thing ("laptop bag", "phone case").
var drawings = slices.Concat(accessories, devices, parts, household)

// parcel is what stands for everything else.
var parcel = drawing{shadow: 110, svg: []string{
	`<path d="M200 92 316 146v128l-116 58-116-58V146z" fill="$c"/><path d="M200 204v128l116-58V146z" fill="$d"/><path d="M84 146l116 58 116-58-116-54z" fill="$l"/><path d="M142 119l116 56v42l-28 14v-42L114 132z" fill="$w" opacity=".75"/>`,
	`<rect x="88" y="140" width="224" height="192" rx="10" fill="$c"/><path d="M88 150l26-44h172l26 44v22H88z" fill="$l"/><rect x="182" y="106" width="36" height="66" fill="$w" opacity=".75"/><rect x="116" y="276" width="70" height="30" rx="4" fill="$w" opacity=".6"/><rect x="88" y="172" width="224" height="10" fill="$d" opacity=".5"/>`,
}}

// bag is a carrying bag in general; laptop bags and others vary it.
const (
	briefcase = `<path d="M158 146v-20a20 20 0 0 1 20-20h44a20 20 0 0 1 20 20v20" $f"$d" $o"13"/><rect x="76" y="142" width="248" height="188" rx="20" fill="$c"/><path d="M76 162a20 20 0 0 1 20-20h208a20 20 0 0 1 20 20v58q-124 46-248 0z" fill="$l" opacity=".55"/><path d="M76 220q124 46 248 0" $f"$d" $o"6"/><rect x="184" y="224" width="32" height="36" rx="7" fill="$s"/><rect x="194" y="236" width="12" height="12" rx="3" fill="$g"/>`
	shoulder  = `<path d="M96 168Q120 40 306 168" $f"$d" $o"12"/><rect x="74" y="158" width="252" height="172" rx="18" fill="$c"/><rect x="104" y="216" width="192" height="98" rx="12" fill="$d"/><path d="M104 238h192" $f"$l" $o"5" stroke-dasharray="1 9"/><rect x="264" y="230" width="18" height="22" rx="4" fill="$s"/><path d="M92 184h216" $f"$l" $o"6"/>`
	sleeve    = `<rect x="70" y="116" width="260" height="208" rx="22" fill="$c"/><rect x="86" y="132" width="228" height="176" rx="14" $f"$l" $o"3" stroke-dasharray="8 8"/><path d="M92 116h216" $f"$k" $o"9"/><rect x="292" y="108" width="14" height="30" rx="6" fill="$s"/><rect x="236" y="268" width="56" height="22" rx="4" fill="$d"/>`
)

var accessories = []drawing{
	{words: "phone case|phone cover|手机壳|手机套|phone cases", shadow: 70, turns: true, svg: []string{
		`<rect x="122" y="70" width="156" height="262" rx="34" fill="$c"/><rect x="132" y="80" width="136" height="242" rx="26" fill="$d" opacity=".35"/><rect x="142" y="92" width="58" height="72" rx="20" fill="$k"/><circle cx="162" cy="114" r="11" fill="$g"/><circle cx="162" cy="142" r="11" fill="$g"/><circle cx="184" cy="128" r="8" fill="$g"/><path d="M276 150v44" $f"$d" $o"8"/>`,
		`<rect x="122" y="70" width="156" height="262" rx="34" fill="$c"/><rect x="144" y="92" width="112" height="40" rx="20" fill="$k"/><circle cx="166" cy="112" r="10" fill="$g"/><circle cx="200" cy="112" r="10" fill="$g"/><circle cx="200" cy="222" r="42" $f"$l" $o"9"/><path d="M200 276v26" $f"$l" $o"9"/><path d="M124 150v30" $f"$d" $o"8"/>`,
	}},
	{words: "power bank|充电宝|移动电源", shadow: 80, turns: true, svg: []string{
		`<rect x="124" y="78" width="152" height="254" rx="26" fill="$c"/><rect x="124" y="78" width="52" height="254" rx="26" fill="$l" opacity=".5"/><rect x="170" y="92" width="22" height="9" rx="4" fill="$k"/><rect x="206" y="92" width="22" height="9" rx="4" fill="$k"/><circle cx="178" cy="286" r="5" fill="#6fd08c"/><circle cx="196" cy="286" r="5" fill="#6fd08c"/><circle cx="214" cy="286" r="5" fill="#6fd08c"/><circle cx="232" cy="286" r="5" fill="$d"/><path d="M210 168l-28 44h22l-8 34 30-46h-22z" fill="$w" opacity=".85"/>`,
		`<path d="M240 96q62-30 54 34-4 40 18 44" $f"$g" $o"8"/><rect x="112" y="100" width="150" height="232" rx="18" fill="$c"/><rect x="126" y="114" width="122" height="88" rx="10" fill="$d"/><path d="M142 158h26m8 0h26m8 0h22" $f"#6fd08c" $o"10"/><rect x="152" y="294" width="70" height="14" rx="7" fill="$l"/><rect x="300" y="168" width="24" height="34" rx="5" fill="$k"/>`,
	}},
	{words: "laptop bag|laptop sleeve|laptop backpack|notebook case|notebook bag|电脑包|内胆包|laptop case|briefcase|公文包", shadow: 118, turns: true, svg: []string{briefcase, shoulder}, parts: []drawing{
		{words: "sleeve|内胆", shadow: 118, turns: true, svg: []string{sleeve}},
		{words: "briefcase|公文包", shadow: 118, svg: []string{briefcase}},
		{words: "shoulder|单肩", shadow: 118, turns: true, svg: []string{shoulder}},
	}},
	{words: "backpack|daypack|rucksack|双肩|背包|书包", shadow: 96, svg: []string{
		`<path d="M170 98q-4-30 30-30t30 30" $f"$d" $o"11"/><path d="M110 190q0-108 90-108t90 108v122a20 20 0 0 1-20 20H130a20 20 0 0 1-20-20z" fill="$c"/><path d="M110 190q0-108 90-108t90 108z" fill="$l" opacity=".45"/><path d="M136 168q64-18 128 0" $f"$d" $o"6"/><rect x="134" y="216" width="132" height="98" rx="16" fill="$d"/><path d="M134 240h132" $f"$l" $o"5"/><rect x="192" y="236" width="16" height="24" rx="5" fill="$s"/><path d="M110 230h-8q-12 0-12 14v56q0 14 20 14m180-84h8q12 0 12 14v56q0 14-20 14" fill="$d"/>`,
		`<path d="M172 84q0-22 28-22t28 22" $f"$k" $o"10"/><rect x="112" y="78" width="176" height="254" rx="40" fill="$c"/><path d="M112 168V118a40 40 0 0 1 40-40h96a40 40 0 0 1 40 40v50z" fill="$d"/><path d="M146 168v44m108-44v44" $f"$a" $o"12"/><rect x="137" y="202" width="18" height="20" rx="3" fill="$s"/><rect x="245" y="202" width="18" height="20" rx="3" fill="$s"/><rect x="136" y="240" width="128" height="76" rx="14" fill="$l" opacity=".7"/><path d="M148 258h104" $f"$d" $o"5"/>`,
	}},
	{words: "handbag|tote|bag|wallet|purse|suitcase|luggage|手提包|钱包|行李箱|箱包|包包", shadow: 105, turns: true, svg: []string{
		`<path d="M138 168q0-90 62-90t62 90" $f"$d" $o"12"/><path d="M96 160h208l20 152a18 18 0 0 1-18 20H94a18 18 0 0 1-18-20z" fill="$c"/><path d="M84 252l-8 60a18 18 0 0 0 18 20h212a18 18 0 0 0 18-20l-8-60z" fill="$d" opacity=".45"/><circle cx="138" cy="182" r="7" fill="$s"/><circle cx="262" cy="182" r="7" fill="$s"/>`,
		`<path d="M170 108V78h60v30" $f"$g" $o"10"/><rect x="112" y="106" width="176" height="212" rx="22" fill="$c"/><path d="M148 106v212m52-212v212m52-212v212" $f"$d" $o"7"/><circle cx="144" cy="326" r="10" fill="$k"/><circle cx="256" cy="326" r="10" fill="$k"/>`,
	}},
	{words: "ink|toner|cartridge|printhead|drum|fuser|墨盒|硒鼓|墨水|碳粉", shadow: 110, turns: true, svg: []string{
		`<rect x="86" y="130" width="64" height="196" rx="10" fill="#3aa9c9"/><rect x="168" y="130" width="64" height="196" rx="10" fill="#cc4f8b"/><rect x="250" y="130" width="64" height="196" rx="10" fill="#e6c244"/><path d="M86 168h64v-28a10 10 0 0 0-10-10H96a10 10 0 0 0-10 10zm82 0h64v-28a10 10 0 0 0-10-10h-44a10 10 0 0 0-10 10zm82 0h64v-28a10 10 0 0 0-10-10h-44a10 10 0 0 0-10 10z" fill="$k"/><path d="M118 214q-16 22 0 34 16-12 0-34m82 0q-16 22 0 34 16-12 0-34m82 0q-16 22 0 34 16-12 0-34" fill="$w" opacity=".85"/>`,
		`<rect x="66" y="206" width="268" height="92" rx="16" fill="$k"/><rect x="66" y="206" width="268" height="34" rx="16" fill="#434954"/><rect x="84" y="276" width="232" height="36" rx="18" fill="$a"/><path d="M306 206v-22q0-12-14-12h-34" $f"#434954" $o"16"/><rect x="96" y="252" width="92" height="12" rx="6" fill="$s"/>`,
	}},
	{words: "cable|cord|adapter|adaptor|线缆|数据线|连接线|转接线|转接头|patch panel|extender|connector", shadow: 100, turns: true, svg: []string{
		`<path d="M124 118v92q0 62 62 62t54-62 56-60 40 60-30 82" $f"$c" $o"16"/><rect x="100" y="72" width="48" height="62" rx="9" fill="$d"/><rect x="108" y="48" width="32" height="26" rx="4" fill="$s"/><rect x="268" y="276" width="60" height="44" rx="9" fill="$d" transform="rotate(30 298 298)"/><rect x="252" y="304" width="26" height="26" rx="4" fill="$s" transform="rotate(30 265 317)"/>`,
		`<circle cx="200" cy="206" r="92" $f"$c" $o"15"/><circle cx="200" cy="206" r="66" $f"$d" $o"15"/><path d="M292 206v66m-26-66v40" $f"$c" $o"15"/><rect x="270" y="262" width="46" height="58" rx="8" fill="$k"/><rect x="278" y="318" width="30" height="16" rx="3" fill="$s"/><rect x="186" y="104" width="28" height="50" rx="8" fill="$a"/>`,
	}},
	{words: "charger|power supply|ups|surge protector|充电器|电源", shadow: 80, turns: true, svg: []string{
		`<path d="M168 120V70m64 50V70" $f"$g" $o"16"/><rect x="112" y="118" width="176" height="150" rx="28" fill="$c"/><rect x="112" y="118" width="60" height="150" rx="28" fill="$l" opacity=".5"/><path d="M214 152l-40 50h28l-12 42 44-56h-30z" fill="$w" opacity=".9"/><path d="M200 268v36q0 22 30 22h50" $f"$k" $o"10"/>`,
		`<rect x="134" y="96" width="132" height="236" rx="20" fill="$c"/><rect x="172" y="70" width="56" height="30" rx="8" fill="$g"/><rect x="134" y="230" width="132" height="102" rx="20" fill="$d"/><path d="M178 166h44m-22-22v44" $f"$w" $o"12"/><path d="M178 282h44" $f"$w" $o"12"/>`,
	}},
}

// parts are looked for after whole devices, whose titles name them too ("laptop, 16 GB RAM").
var parts = []drawing{
	{words: "memory card|usb flash|flash drive|hard drive|hdd|ssd|solid state|storage|memory module|ram|ddr|硬盘|固态|内存条|u盘|存储卡", shadow: 96, turns: true, svg: []string{
		`<rect x="96" y="84" width="208" height="246" rx="16" fill="$c"/><rect x="96" y="84" width="208" height="246" rx="16" fill="$d" opacity=".25"/><rect x="118" y="106" width="164" height="138" rx="10" fill="$w" opacity=".9"/><path d="M134 134h92m-92 26h120m-120 26h66" $f"$g" $o"9"/><path d="M128 306h14m14 0h14m14 0h14m14 0h14m14 0h14" $f"#d6b25e" $o"14"/>`,
		`<rect x="54" y="158" width="292" height="112" rx="10" fill="$c"/><path d="M78 184h36v48H78zm58 0h36v48h-36zm58 0h36v48h-36zm58 0h36v48h-36z" fill="$k"/><path d="M64 270v26h126v-14h20v14h126v-26z" fill="#d6b25e"/>`,
	}},
	{words: "battery|batteries|mah|电池", shadow: 80, turns: true, svg: []string{
		`<rect x="134" y="96" width="132" height="236" rx="20" fill="$c"/><rect x="172" y="70" width="56" height="30" rx="8" fill="$g"/><rect x="134" y="230" width="132" height="102" rx="20" fill="$d"/><path d="M178 166h44m-22-22v44" $f"$w" $o"12"/><path d="M178 282h44" $f"$w" $o"12"/>`,
	}},
	{words: "processor|cpu|graphics card|motherboard|mainboard|处理器|显卡|主板", shadow: 100, svg: []string{
		`<path d="M130 70v40m35-40v40m35-40v40m35-40v40m35-40v40m-140 180v40m35-40v40m35-40v40m35-40v40m35-40v40M70 140h40m-40 35h40m-40 35h40m-40 35h40m-40 35h40m180-140h40m-40 35h40m-40 35h40m-40 35h40m-40 35h40" $f"#d6b25e" $o"11"/><rect x="96" y="96" width="208" height="208" rx="16" fill="$c"/><rect x="138" y="138" width="124" height="124" rx="10" fill="$s"/><path d="M160 170h80m-80 26h48" $f"$g" $o"9"/><circle cx="120" cy="120" r="7" fill="$l"/>`,
	}},
	{words: "rack|mount|bracket|enclosure|stand|arm|支架|机柜", shadow: 84, turns: true, svg: []string{
		`<rect x="88" y="92" width="36" height="220" rx="9" fill="$c"/><path d="M106 128v1m0 146v1" $f"$w" $o"11"/><path d="M124 200h76l54-54" $f"$d" $o"22"/><circle cx="200" cy="200" r="19" fill="$g"/><rect x="246" y="84" width="26" height="136" rx="8" fill="$c"/><path d="M272 100h34v104h-34" $f"$d" $o"11"/>`,
	}},
	{words: "paper|label|tape|envelope|sticker|纸|标签|胶带", shadow: 96, turns: true, svg: []string{
		`<path d="M132 84h138l36 36v206H132z" fill="$l" transform="rotate(-7 216 204)"/><path d="M116 76h142l38 38v212H116z" fill="$w"/><path d="M258 76v38h38z" fill="$s"/><path d="M144 150h122m-122 30h122m-122 30h122m-122 30h70" $f"$c" $o"10"/>`,
	}},
}
