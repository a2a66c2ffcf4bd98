package demo

const (
	tower    = `<rect x="136" y="74" width="128" height="258" rx="18" fill="$c"/><circle cx="200" cy="140" r="34" fill="$k"/><circle cx="200" cy="140" r="14" fill="$g"/><circle cx="200" cy="244" r="52" fill="$k"/><circle cx="200" cy="244" r="38" fill="$d"/><circle cx="200" cy="244" r="18" fill="$g"/>`
	soundbar = `<rect x="46" y="236" width="308" height="70" rx="32" fill="$c"/><rect x="62" y="250" width="276" height="42" rx="21" fill="$d"/><path d="M84 271h6m18 0h6m18 0h6m18 0h6m18 0h6m18 0h6m18 0h6m18 0h6m18 0h6m18 0h6" $f"$l" $o"7"/><rect x="92" y="86" width="216" height="124" rx="10" fill="$k"/><rect x="102" y="96" width="196" height="104" rx="4" fill="#4a5568"/><path d="M96 306v18m208-18v18" $f"$k" $o"12"/>`
	can      = `<rect x="126" y="82" width="148" height="250" rx="58" fill="$c"/><path d="M126 150h148v112H126z" fill="$d"/><path d="M146 172h4m24 0h4m24 0h4m24 0h4m24 0h4m-108 24h4m24 0h4m24 0h4m24 0h4m24 0h4m-108 24h4m24 0h4m24 0h4m24 0h4m24 0h4m-108 24h4m24 0h4m24 0h4m24 0h4m24 0h4" $f"$l" $o"7"/><path d="M186 112h28m-14-14v28" $f"$w" $o"7"/><path d="M128 290q72 30 144 0" $f"$a" $o"9"/><path d="M270 118q40 2 34 46" $f"$a" $o"9"/>`
	boombox  = `<path d="M104 148q0-56 96-56t96 56" $f"$d" $o"14"/><rect x="58" y="142" width="284" height="182" rx="50" fill="$c"/><circle cx="134" cy="234" r="58" fill="$k"/><circle cx="266" cy="234" r="58" fill="$k"/><circle cx="134" cy="234" r="40" fill="$d"/><circle cx="266" cy="234" r="40" fill="$d"/><circle cx="134" cy="234" r="15" fill="$g"/><circle cx="266" cy="234" r="15" fill="$g"/><rect x="172" y="160" width="56" height="10" rx="5" fill="$l"/>`
	smart    = `<path d="M108 178q0-86 92-86t92 86v112q0 42-92 42t-92-42z" fill="$c"/><path d="M108 206v84q0 42 92 42t92-42v-84z" fill="$d"/><ellipse cx="200" cy="142" rx="62" ry="26" fill="$k"/><ellipse cx="200" cy="142" rx="62" ry="26" $f"#6cc4ee" $o"6"/><path d="M130 240h8m22 8h8m22 4h8m22-4h8m22-8h8m-140 36h8m22 8h8m22 4h8m22-4h8m22-8h8" $f"$l" $o"7" opacity=".7"/>`
)

var devices = []drawing{
	{words: "headphone|headset|头戴|耳麦|压耳", shadow: 112, svg: []string{
		`<path d="M98 224v-18a102 102 0 0 1 204 0v18" $f"$d" $o"20"/><path d="M126 150a96 96 0 0 1 148 0" $f"$l" $o"9"/><rect x="118" y="210" width="34" height="96" rx="17" fill="$k"/><rect x="248" y="210" width="34" height="96" rx="17" fill="$k"/><rect x="70" y="202" width="66" height="112" rx="31" fill="$c"/><rect x="264" y="202" width="66" height="112" rx="31" fill="$c"/><rect x="82" y="224" width="11" height="60" rx="5" fill="$l"/><circle cx="297" cy="258" r="16" fill="$d"/>`,
		`<path d="M88 232Q84 96 200 96t112 136" $f"$c" $o"22"/><path d="M140 118q60-28 120 0" $f"$d" $o"22"/><circle cx="102" cy="252" r="56" fill="$k"/><circle cx="298" cy="252" r="56" fill="$k"/><circle cx="94" cy="252" r="52" fill="$c"/><circle cx="306" cy="252" r="52" fill="$c"/><circle cx="94" cy="252" r="28" fill="$d"/><circle cx="306" cy="252" r="28" fill="$d"/><path d="M84 236q6-8 16-8" $f"$l" $o"6"/><path d="M296 236q6-8 16-8" $f"$l" $o"6"/>`,
	}, parts: []drawing{
		{words: "wired|有线", shadow: 112, svg: []string{
			`<path d="M104 306q-8 34 38 34t42-44 40-44" $f"$k" $o"7"/><path d="M98 224v-18a102 102 0 0 1 204 0v18" $f"$d" $o"20"/><path d="M126 150a96 96 0 0 1 148 0" $f"$l" $o"9"/><rect x="118" y="210" width="34" height="96" rx="17" fill="$k"/><rect x="248" y="210" width="34" height="96" rx="17" fill="$k"/><rect x="70" y="202" width="66" height="112" rx="31" fill="$c"/><rect x="264" y="202" width="66" height="112" rx="31" fill="$c"/><rect x="82" y="224" width="11" height="60" rx="5" fill="$l"/><rect x="214" y="240" width="26" height="12" rx="4" fill="$g"/><rect x="238" y="243" width="16" height="6" fill="$s"/>`,
		}},
	}},
	{words: "earbud|earphone|in-ear|入耳|耳塞|耳机", shadow: 92, turns: true, svg: []string{
		`<path d="M112 224a88 74 0 0 1 176 0z" fill="$d"/><path d="M128 224a72 58 0 0 1 144 0z" fill="$k"/><rect x="108" y="220" width="184" height="110" rx="50" fill="$c"/><path d="M108 254h184" $f"$d" $o"4"/><circle cx="200" cy="282" r="6" fill="#6fd08c"/><g transform="rotate(-14 138 136)"><rect x="128" y="128" width="22" height="74" rx="11" fill="$c"/><circle cx="138" cy="122" r="30" fill="$c"/><ellipse cx="154" cy="114" rx="15" ry="19" fill="$k"/><circle cx="130" cy="116" r="7" fill="$l"/></g><g transform="rotate(14 262 136)"><rect x="250" y="128" width="22" height="74" rx="11" fill="$c"/><circle cx="262" cy="122" r="30" fill="$c"/><ellipse cx="246" cy="114" rx="15" ry="19" fill="$k"/><circle cx="270" cy="116" r="7" fill="$l"/></g>`,
		`<rect x="120" y="190" width="160" height="140" rx="46" fill="$c"/><path d="M120 236h160" $f"$d" $o"5"/><rect x="184" y="230" width="32" height="14" rx="7" fill="$l"/><circle cx="200" cy="276" r="6" fill="#6fd08c"/><g transform="rotate(-24 136 112)"><path d="M112 100a30 30 0 0 1 60 0q0 22-18 28l-6 50q-12 8-22 0l2-54q-16-6-16-24z" fill="$c"/><ellipse cx="166" cy="96" rx="14" ry="20" fill="$k"/></g><g transform="rotate(24 264 112)"><path d="M288 100a30 30 0 0 0-60 0q0 22 18 28l6 50q12 8 22 0l-2-54q16-6 16-24z" fill="$c"/><ellipse cx="234" cy="96" rx="14" ry="20" fill="$k"/></g>`,
	}, parts: []drawing{
		{words: "wired|有线", shadow: 92, turns: true, svg: []string{
			`<path d="M138 168v40q0 54 62 54t62-54v-40M200 262v24q0 44-44 44h-30" $f"$d" $o"8"/><rect x="192" y="250" width="16" height="40" rx="8" fill="$k"/><g transform="rotate(-12 138 128)"><rect x="127" y="128" width="22" height="58" rx="11" fill="$c"/><circle cx="138" cy="120" r="34" fill="$c"/><ellipse cx="158" cy="112" rx="16" ry="21" fill="$k"/><circle cx="130" cy="112" r="8" fill="$l"/></g><g transform="rotate(12 262 128)"><rect x="251" y="128" width="22" height="58" rx="11" fill="$c"/><circle cx="262" cy="120" r="34" fill="$c"/><ellipse cx="242" cy="112" rx="16" ry="21" fill="$k"/><circle cx="270" cy="112" r="8" fill="$l"/></g><rect x="100" y="320" width="34" height="20" rx="6" fill="$k"/><rect x="80" y="326" width="22" height="8" fill="$s"/>`,
		}},
	}},
	{words: "speaker|soundbar|subwoofer|boombox|音箱|音响|回音壁", shadow: 100, turns: true, svg: []string{boombox, can}, parts: []drawing{
		{words: "soundbar|回音壁", shadow: 150, svg: []string{soundbar}},
		{words: "bookshelf|书架", shadow: 80, svg: []string{tower}},
		{words: "smart|智能", shadow: 92, svg: []string{smart}},
	}},
	{words: "keyboard|键盘", shadow: 150, svg: []string{
		`<rect x="40" y="150" width="320" height="146" rx="18" fill="$c"/><rect x="40" y="268" width="320" height="28" rx="14" fill="$d"/><path d="M64 178h16m14 0h16m14 0h16m14 0h16m14 0h16m14 0h16m14 0h16m14 0h16m14 0h16M70 208h16m14 0h16m14 0h16m14 0h16m14 0h16m14 0h16m14 0h16m14 0h16m14 0h16M64 238h22m122 0" $f"$w" $o"20"/><path d="M118 238h146" $f"$l" $o"20"/><path d="M298 238h36" $f"$a" $o"20"/>`,
		`<rect x="48" y="150" width="304" height="150" rx="24" fill="$d"/><rect x="62" y="162" width="276" height="120" rx="12" fill="$k"/><path d="M84 184h14m14 0h14m14 0h14m14 0h14m14 0h14m14 0h14m14 0h14m14 0h14m14 0h10M84 212h20m14 0h14m14 0h14m14 0h14m14 0h14m14 0h14m14 0h14m14 0h20M84 240h14m14 0h14m120 0h14m14 0h14m14 0h8" $f"$c" $o"20"/><path d="M150 240h88" $f"$l" $o"20"/><path d="M86 184h10" $f"$a" $o"20"/>`,
	}, parts: []drawing{
		{words: "wired|有线", shadow: 150, svg: []string{
			`<path d="M200 150v-30q0-22 30-22h50" $f"$k" $o"7"/><rect x="48" y="150" width="304" height="150" rx="24" fill="$d"/><rect x="62" y="162" width="276" height="120" rx="12" fill="$k"/><path d="M84 184h14m14 0h14m14 0h14m14 0h14m14 0h14m14 0h14m14 0h14m14 0h14m14 0h10M84 212h20m14 0h14m14 0h14m14 0h14m14 0h14m14 0h14m14 0h14m14 0h20M84 240h14m14 0h14m120 0h14m14 0h14m14 0h8" $f"$c" $o"20"/><path d="M150 240h88" $f"$l" $o"20"/><path d="M86 184h10" $f"$a" $o"20"/>`,
			`<path d="M200 152v-30q0-22-30-22h-60" $f"$k" $o"7"/><rect x="40" y="150" width="320" height="146" rx="18" fill="$c"/><rect x="40" y="268" width="320" height="28" rx="14" fill="$d"/><path d="M64 178h16m14 0h16m14 0h16m14 0h16m14 0h16m14 0h16m14 0h16m14 0h16m14 0h16M70 208h16m14 0h16m14 0h16m14 0h16m14 0h16m14 0h16m14 0h16m14 0h16m14 0h16M64 238h22m122 0" $f"$w" $o"20"/><path d="M118 238h146" $f"$l" $o"20"/><path d="M298 238h36" $f"$a" $o"20"/>`,
		}},
	}},
	{words: "mice|mouse|鼠标", shadow: 66, turns: true, svg: []string{
		`<path d="M200 82q70 0 70 92v70q0 84-70 84t-70-84v-70q0-92 70-92z" fill="$c"/><path d="M200 82v104h70v-12q0-92-70-92z" fill="$l" opacity=".6"/><path d="M130 186h140M200 84v102" $f"$d" $o"6"/><rect x="188" y="116" width="24" height="50" rx="12" fill="$k"/><rect x="195" y="126" width="10" height="22" rx="5" fill="$g"/>`,
		`<path d="M130 188q0-94 68-94 76 0 76 94l4 70q0 72-80 72-72 0-68-72z" fill="$c"/><path d="M200 94q-12 50 0 96" $f"$d" $o"6"/><path d="M276 226q-30 26-26 80 26-18 26-48z" fill="$d"/><rect x="186" y="122" width="22" height="46" rx="11" fill="$k"/><path d="M150 214q-6 44 6 70" $f"$l" $o"9"/><circle cx="198" cy="262" r="12" fill="$a"/>`,
	}, parts: []drawing{
		{words: "wired|有线", shadow: 66, turns: true, svg: []string{
			`<path d="M200 96V62q0-20 24-20h22" $f"$k" $o"7"/><path d="M132 188q0-94 66-94 74 0 74 94l4 70q0 72-78 72-70 0-66-72z" fill="$c"/><path d="M200 94q-12 50 0 96" $f"$d" $o"6"/><path d="M276 226q-30 26-26 80 26-18 26-48z" fill="$d"/><rect x="186" y="122" width="22" height="46" rx="11" fill="$k"/><circle cx="198" cy="262" r="12" fill="$a"/>`,
		}},
	}},
	{words: "monitor|display|显示器", shadow: 96, svg: []string{
		`<rect x="52" y="84" width="296" height="186" rx="12" fill="$c"/><rect x="64" y="96" width="272" height="154" rx="4" fill="#39465c"/><path d="M64 250l92-96 62 58 44-36 74 74z" fill="$a" opacity=".75"/><circle cx="278" cy="134" r="18" fill="#f0cf7c"/><path d="M178 270h44l8 46h-60z" fill="$d"/><rect x="132" y="314" width="136" height="14" rx="7" fill="$c"/>`,
		`<path d="M40 96q160 26 320 0v170q-160-22-320 0z" fill="$c"/><path d="M54 112q146 20 292 0v138q-146-18-292 0z" fill="#2c3850"/><path d="M54 218q80-70 150-22t142-40v94q-146-18-292 0z" fill="$a" opacity=".8"/><path d="M200 260v40m0 0l-56 30m56-30l56 30" $f"$d" $o"13"/>`,
	}},
	{words: "tv|television|projector|电视|投影", shadow: 130, svg: []string{
		`<rect x="36" y="86" width="328" height="204" rx="10" fill="$c"/><rect x="44" y="94" width="312" height="184" rx="3" fill="#2b3a55"/><path d="M44 278V212q52-44 104-8t104-30 104 16v88z" fill="$a" opacity=".85"/><path d="M44 278v-34q78-28 156-4t156-10v48z" fill="#22304a" opacity=".7"/><circle cx="286" cy="136" r="20" fill="#f3d58a"/><path d="M108 290l-14 36m198-36l14 36" $f"$k" $o"10"/>`,
		`<rect x="36" y="86" width="328" height="204" rx="10" fill="$c"/><rect x="44" y="94" width="312" height="184" rx="3" fill="#31283f"/><circle cx="200" cy="212" r="66" fill="$a"/><path d="M44 240q78-34 156-6t156-12v56H44z" fill="#1d1929" opacity=".85"/><path d="M120 132h2m56-18h2m84 30h2m46-24h2" $f"#ffffff" $o"6"/><rect x="150" y="312" width="100" height="14" rx="7" fill="$k"/><rect x="190" y="288" width="20" height="30" fill="$k"/>`,
	}},
	{words: "camera|camcorder|lens|相机|摄像|镜头", shadow: 116, svg: []string{
		`<path d="M150 128l16-30h68l16 30z" fill="$d"/><rect x="66" y="124" width="268" height="196" rx="24" fill="$c"/><rect x="66" y="166" width="268" height="104" fill="$d" opacity=".55"/><circle cx="200" cy="222" r="76" fill="$k"/><circle cx="200" cy="222" r="60" fill="#474e5b"/><circle cx="200" cy="222" r="42" fill="#1d2b3f"/><circle cx="200" cy="222" r="24" fill="#3c5d86"/><circle cx="186" cy="208" r="9" fill="$w" opacity=".85"/><rect x="88" y="108" width="40" height="18" rx="7" fill="$g"/><circle cx="300" cy="148" r="9" fill="$a"/>`,
	}, parts: []drawing{
		{words: "instant|拍立得", shadow: 104, svg: []string{
			`<rect x="146" y="284" width="108" height="52" fill="$w"/><rect x="156" y="284" width="88" height="34" fill="#8fb6c9"/><rect x="84" y="84" width="232" height="208" rx="40" fill="$c"/><rect x="84" y="236" width="232" height="56" rx="28" fill="$d"/><rect x="130" y="272" width="140" height="12" rx="6" fill="$k"/><circle cx="200" cy="176" r="62" fill="$w"/><circle cx="200" cy="176" r="46" fill="$k"/><circle cx="200" cy="176" r="26" fill="#3c5d86"/><circle cx="190" cy="166" r="8" fill="$w" opacity=".9"/><rect x="106" y="106" width="44" height="28" rx="9" fill="$s"/><circle cx="282" cy="122" r="13" fill="$a"/>`,
		}},
		{words: "action|运动相机", shadow: 88, svg: []string{
			`<path d="M176 308h48v26h-48z" fill="$g"/><rect x="92" y="108" width="216" height="204" rx="30" fill="$c"/><rect x="92" y="108" width="216" height="204" rx="30" $f"$d" $o"10"/><circle cx="234" cy="186" r="54" fill="$k"/><circle cx="234" cy="186" r="38" fill="#22344d"/><circle cx="234" cy="186" r="20" fill="#416892"/><circle cx="222" cy="174" r="8" fill="$w" opacity=".9"/><rect x="116" y="148" width="46" height="56" rx="8" fill="$k"/><path d="M120 266h70" $f"$a" $o"10"/><rect x="124" y="92" width="52" height="18" rx="8" fill="$a"/>`,
		}},
		{words: "compact|卡片|zoom", shadow: 120, svg: []string{
			`<rect x="60" y="126" width="280" height="188" rx="28" fill="$c"/><path d="M60 232h280v54a28 28 0 0 1-28 28H88a28 28 0 0 1-28-28z" fill="$d" opacity=".6"/><circle cx="224" cy="222" r="72" fill="$s"/><circle cx="224" cy="222" r="58" fill="$k"/><circle cx="224" cy="222" r="36" fill="#263b57"/><circle cx="212" cy="210" r="9" fill="$w" opacity=".9"/><rect x="86" y="150" width="52" height="26" rx="9" fill="$w"/><rect x="250" y="110" width="50" height="18" rx="8" fill="$g"/><circle cx="106" cy="210" r="7" fill="$a"/>`,
		}},
	}},
	{words: "watch|手表|腕表", shadow: 60, svg: []string{
		`<path d="M158 128l10-74h64l10 74zM158 272l10 70h64l10-70z" fill="$d"/><rect x="278" y="190" width="18" height="20" rx="5" fill="$g"/><circle cx="200" cy="200" r="86" fill="$c"/><circle cx="200" cy="200" r="70" fill="$w"/><path d="M200 142v10m0 96v10m-58-58h10m96 0h10" $f"$g" $o"6"/><path d="M200 200V160m0 40l30 16" $f"$k" $o"8"/><circle cx="200" cy="200" r="7" fill="$a"/>`,
		`<path d="M160 130l6-78h68l6 78zM160 270l6 74h68l6-74z" fill="$c"/><path d="M168 76h64m-66 22h68m-66 208h64m-62 20h60" $f"$d" $o"4"/><circle cx="200" cy="200" r="86" fill="$s"/><circle cx="200" cy="200" r="72" fill="#27303f"/><path d="M200 140v14m0 92v14m-60-60h14m92 0h14" $f"$s" $o"6"/><path d="M200 200l-26-22m26 22l10-44" $f"$w" $o"8"/><circle cx="200" cy="232" r="13" $f"$g" $o"4"/><circle cx="200" cy="200" r="7" fill="$a"/>`,
	}, parts: []drawing{
		{words: "smart|smartwatch|智能", shadow: 60, svg: []string{
			`<path d="M154 130l8-80h76l8 80zM154 270l8 76h76l8-76z" fill="$d"/><rect x="120" y="116" width="160" height="168" rx="42" fill="$c"/><rect x="132" y="128" width="136" height="144" rx="34" fill="#161b24"/><circle cx="200" cy="194" r="42" $f"#3a4354" $o"10"/><path d="M200 152a42 42 0 0 1 38 60" $f"$a" $o"10"/><path d="M186 196l10 12 20-24" $f"#ffffff" $o"7"/><path d="M166 252h68" $f"#6fd08c" $o"6"/><rect x="280" y="184" width="12" height="34" rx="5" fill="$g"/>`,
			`<path d="M156 132l8-82h72l8 82zM156 268l8 78h72l8-78z" fill="$c"/><circle cx="200" cy="200" r="88" fill="$d"/><circle cx="200" cy="200" r="74" fill="#161b24"/><path d="M136 206h34l12-32 20 58 16-40 10 14h36" $f"$a" $o"8"/><path d="M178 152h44" $f"#ffffff" $o"8"/><path d="M180 250h40" $f"#6fd08c" $o"7"/>`,
		}},
	}},
	{words: "tablet|e-reader|ebook|平板|电子书", shadow: 118, turns: true, svg: []string{
		`<rect x="64" y="92" width="272" height="208" rx="22" fill="$c"/><rect x="80" y="108" width="240" height="176" rx="8" fill="#33425c"/><path d="M80 284v-66q60-46 120-8t120-20v94z" fill="$a" opacity=".85"/><circle cx="130" cy="150" r="18" fill="#f3d58a"/><path d="M176 144h108m-108 22h70" $f"#ffffff" $o"8" opacity=".8"/>`,
		`<rect x="112" y="66" width="176" height="264" rx="22" fill="$c"/><rect x="126" y="84" width="148" height="228" rx="8" fill="$w"/><path d="M146 116h84m-84 28h108m-108 24h108m-108 24h78" $f"$g" $o"8"/><rect x="146" y="218" width="108" height="72" rx="8" fill="$a"/><path d="M300 110l14 176" $f"$d" $o"11"/>`,
	}, parts: []drawing{
		{words: "keyboard|键盘", shadow: 140, svg: []string{
			`<rect x="92" y="78" width="216" height="160" rx="16" fill="$c"/><rect x="104" y="90" width="192" height="136" rx="6" fill="#33425c"/><path d="M104 226v-48q50-38 96-8t96-16v72z" fill="$a" opacity=".85"/><path d="M92 240h216l36 84H56z" fill="$d"/><path d="M108 258h184m-190 22h196m-204 22h212" $f"$l" $o"9" stroke-dasharray="12 12"/>`,
		}},
	}},
	{words: "laptop|notebook|chromebook|ultrabook|macbook|笔记本|电脑", shadow: 150, turns: true, svg: []string{
		`<rect x="84" y="90" width="232" height="166" rx="14" fill="$c"/><rect x="96" y="102" width="208" height="142" rx="4" fill="#2f3d57"/><path d="M96 244v-52q52-46 104-10t104-18v80z" fill="$a" opacity=".85"/><circle cx="262" cy="136" r="15" fill="#f3d58a"/><path d="M84 256h232l42 50q2 14-14 14H56q-16 0-14-14z" fill="$d"/><path d="M96 270h208l10 14H86z" fill="$k" opacity=".6"/><path d="M164 300h72" $f"$l" $o"7"/>`,
		`<rect x="84" y="92" width="232" height="164" rx="14" fill="$c"/><rect x="96" y="104" width="208" height="140" rx="4" fill="$w"/><rect x="112" y="122" width="76" height="104" rx="5" fill="$s"/><path d="M206 132h82m-82 22h82m-82 22h56" $f"$g" $o"9"/><rect x="206" y="200" width="54" height="24" rx="6" fill="$a"/><path d="M84 256h232l42 50q2 14-14 14H56q-16 0-14-14z" fill="$d"/><path d="M100 270h200l8 13H92z" fill="$l" opacity=".6"/><path d="M164 300h72" $f"$k" $o"7" opacity=".5"/>`,
	}, parts: []drawing{
		{words: "gaming|游戏", shadow: 150, svg: []string{
			`<rect x="78" y="84" width="244" height="172" rx="12" fill="$c"/><rect x="90" y="96" width="220" height="148" rx="3" fill="#191d2b"/><path d="M90 244l64-92 40 54 30-40 86 78z" fill="$a"/><path d="M200 120l30 20-30 20-30-20z" fill="#6fd0c4"/><path d="M78 256h244l40 50q2 16-14 16H52q-16 0-14-16z" fill="$d"/><path d="M96 270h208l10 18H86z" fill="$k"/><path d="M104 279h16m12 0h16m12 0h80m12 0h16m12 0h16" $f"$a" $o"7"/><path d="M170 304h60" $f"$l" $o"7"/>`,
		}},
		{words: "2-in-1|二合一|touchscreen|触控", shadow: 130, turns: true, svg: []string{
			`<path d="M96 84l216 14a12 12 0 0 1 11 13l-12 162H92L82 98a13 13 0 0 1 14-14z" fill="$c"/><path d="M98 100l208 14-10 142H106z" fill="#33425c"/><path d="M104 224q60-46 104-14t92-26l-4 72H106z" fill="$a" opacity=".85"/><path d="M82 280h236l26 34q4 12-12 12H68q-16 0-12-12z" fill="$d"/><path d="M262 196l44 84" $f"$k" $o"10"/>`,
		}},
	}},
	{words: "phone|smartphone|cellphone|handset|手机|电话", shadow: 64, turns: true, svg: []string{
		`<rect x="126" y="62" width="148" height="270" rx="28" fill="$c"/><rect x="134" y="70" width="132" height="254" rx="21" fill="#1d2431"/><path d="M134 324v-96q36-46 68-12t64-22v109a21 21 0 0 1-21 21z" fill="$a" opacity=".9"/><circle cx="200" cy="90" r="6" fill="#4b5567"/><path d="M172 132h56m-44 22h32" $f"#ffffff" $o"9"/><path d="M178 312h44" $f"#ffffff" $o"5"/>`,
		`<g transform="rotate(-7 200 200)"><rect x="102" y="72" width="136" height="258" rx="28" fill="$c"/><rect x="114" y="86" width="60" height="76" rx="20" fill="$d"/><circle cx="134" cy="108" r="12" fill="$k"/><circle cx="134" cy="140" r="12" fill="$k"/><circle cx="156" cy="124" r="7" fill="$l"/></g><g transform="rotate(6 250 220)"><rect x="188" y="92" width="124" height="240" rx="25" fill="$d"/><rect x="194" y="98" width="112" height="228" rx="20" fill="#1d2431"/><path d="M194 268q40-44 66-18t46-12v68a20 20 0 0 1-20 20h-72a20 20 0 0 1-20-20z" fill="$a"/><path d="M226 148h48m-38 20h26" $f"#ffffff" $o"8"/></g>`,
	}},
	{words: "printer|scanner|copier|multifunction|打印机|扫描|复印", shadow: 130, svg: []string{
		`<rect x="118" y="70" width="164" height="90" fill="$w"/><path d="M138 98h124m-124 22h84" $f"$g" $o"7"/><rect x="62" y="144" width="276" height="148" rx="20" fill="$c"/><rect x="62" y="144" width="276" height="52" rx="20" fill="$d"/><rect x="106" y="234" width="188" height="22" rx="6" fill="$k"/><path d="M120 250h160l16 78H104z" fill="$w"/><path d="M136 278h128m-132 24h94" $f"$g" $o"7"/><circle cx="302" cy="170" r="9" fill="#6fd08c"/><rect x="86" y="162" width="56" height="16" rx="6" fill="$l"/>`,
	}},
	{words: "router|switch|network|access point|modem|wi-fi|路由|交换机|网络", shadow: 120, svg: []string{
		`<path d="M104 228V96m192 132V96m-96 132V112" $f"$d" $o"15"/><rect x="64" y="216" width="272" height="94" rx="22" fill="$c"/><path d="M64 274h272v14a22 22 0 0 1-22 22H86a22 22 0 0 1-22-22z" fill="$d"/><circle cx="104" cy="250" r="8" fill="#6fd08c"/><circle cx="134" cy="250" r="8" fill="#6fd08c"/><circle cx="164" cy="250" r="8" fill="$a"/><path d="M222 250h80" $f"$l" $o"9"/>`,
	}},
	{words: "server|desktop|workstation|pc|computer|主机|台式|服务器", shadow: 90, svg: []string{
		`<rect x="122" y="66" width="156" height="264" rx="14" fill="$c"/><rect x="142" y="88" width="116" height="28" rx="6" fill="$d"/><rect x="142" y="126" width="116" height="28" rx="6" fill="$d"/><circle cx="200" cy="238" r="46" $f"$d" $o"9"/><path d="M200 216v24m-15-14a22 22 0 1 0 30 0" $f"$l" $o"8"/><circle cx="246" cy="102" r="5" fill="#6fd08c"/>`,
	}},
}
