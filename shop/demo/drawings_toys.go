package demo

const bricks = `<rect x="74" y="244" width="124" height="84" rx="8" fill="$c"/><rect x="202" y="244" width="124" height="84" rx="8" fill="$a"/><rect x="138" y="156" width="124" height="84" rx="8" fill="#eec64a"/><path d="M92 244v-14h30v14zm58 0v-14h30v14zm70 0v-14h30v14zm58 0v-14h30v14z" fill="$d"/><path d="M156 156v-14h30v14zm58 0v-14h30v14z" fill="#d0a530"/><path d="M138 226h124v6q0 8-8 8H146q-8 0-8-8z" fill="#d0a530"/><path d="M74 312h124v8q0 8-8 8H82q-8 0-8-8z" fill="$d"/>`

// toyParts are the toys of the demo, by the words of their titles.
var toyParts = []drawing{
	{words: "blocks|积木", shadow: 126, turns: true, svg: []string{bricks}},
	{words: "train|火车", shadow: 150, turns: true, svg: []string{
		`<path d="M40 316h320" $f"#a9825a" $o"10"/><rect x="196" y="140" width="126" height="136" rx="12" fill="$c"/><rect x="222" y="164" width="74" height="52" rx="7" fill="#cfe5ee"/><rect x="186" y="122" width="146" height="24" rx="9" fill="$d"/><path d="M74 206h124v70H74z" fill="$a"/><path d="M100 206v-46h36v46z" fill="$k"/><rect x="92" y="148" width="52" height="18" rx="6" fill="#eec64a"/><path d="M54 276h284v-14H66z" fill="$k"/><circle cx="106" cy="288" r="25" fill="#eec64a"/><circle cx="176" cy="288" r="25" fill="#eec64a"/><circle cx="280" cy="280" r="35" fill="#eec64a"/><circle cx="106" cy="288" r="8" fill="$k"/><circle cx="176" cy="288" r="8" fill="$k"/><circle cx="280" cy="280" r="11" fill="$k"/>`,
	}},
	{words: "plush|毛绒", shadow: 96, svg: []string{
		`<circle cx="136" cy="108" r="34" fill="$c"/><circle cx="264" cy="108" r="34" fill="$c"/><circle cx="136" cy="108" r="17" fill="$d"/><circle cx="264" cy="108" r="17" fill="$d"/><ellipse cx="200" cy="276" rx="86" ry="62" fill="$c"/><ellipse cx="200" cy="284" rx="50" ry="42" fill="$l"/><circle cx="116" cy="306" r="31" fill="$d"/><circle cx="284" cy="306" r="31" fill="$d"/><circle cx="200" cy="156" r="82" fill="$c"/><ellipse cx="200" cy="184" rx="38" ry="29" fill="$l"/><circle cx="170" cy="144" r="9" fill="$k"/><circle cx="230" cy="144" r="9" fill="$k"/><ellipse cx="200" cy="172" rx="12" ry="8" fill="$k"/><path d="M200 180v12m-12 4q12 8 24 0" $f"$k" $o"4"/>`,
		`<path d="M152 120q-34-86-6-92 26 2 32 82zm96 0q34-86 6-92-26 2-32 82z" fill="$c"/><path d="M154 104q-14-50-4-56 10 6 14 54zm92 0q14-50 4-56-10 6-14 54z" fill="$d"/><ellipse cx="200" cy="276" rx="78" ry="58" fill="$c"/><ellipse cx="200" cy="286" rx="44" ry="40" fill="$l"/><circle cx="200" cy="166" r="76" fill="$c"/><circle cx="172" cy="158" r="9" fill="$k"/><circle cx="228" cy="158" r="9" fill="$k"/><path d="M190 182h20l-10 12z" fill="$d"/><path d="M200 194v10m-14 4q14 8 28 0" $f"$k" $o"4"/><circle cx="130" cy="318" r="22" fill="$d"/><circle cx="270" cy="318" r="22" fill="$d"/>`,
	}},
	{words: "puzzle|拼图", shadow: 120, turns: true, svg: []string{
		`<path d="M84 96h106v30q-22-6-24 16t24 18v34H84z" fill="$c"/><path d="M210 96h106v98h-34q6 24-16 24t-18-24h-38v-34q26 4 26-18t-26-16z" fill="$a"/><path d="M84 214h36q-4-22 18-22t16 22h36v110H84z" fill="#eec64a"/><path d="M226 240h34q-4 24 18 24t16-24h34v108H226z" fill="$d" transform="rotate(9 277 290)"/>`,
	}},
	{words: "board game|桌游", shadow: 126, svg: []string{
		`<rect x="70" y="112" width="260" height="214" rx="14" fill="$c"/><rect x="88" y="130" width="224" height="178" rx="6" fill="$w"/><path d="M88 174h224M88 219h224M88 264h224M144 130v178m56-178v178m56-178v178" $f"$s" $o"5"/><path d="M88 130h56v44H88zm112 0h56v44h-56zm-56 44h56v45h-56zm112 0h56v45h-56zM88 219h56v45H88zm112 0h56v45h-56zm-56 45h56v44h-56zm112 0h56v44h-56z" fill="$l" opacity=".55"/><path d="M150 226q0-40 22-40t22 40z" fill="$a"/><circle cx="172" cy="178" r="17" fill="$a"/><rect x="232" y="206" width="58" height="58" rx="11" fill="$k" transform="rotate(14 261 235)"/><path d="M248 220h1m12 15h1m11 15h1" $f"#ffffff" $o"10"/>`,
	}},
	{words: "remote control|car|遥控", shadow: 140, turns: true, svg: []string{
		`<path d="M270 130V66" $f"$k" $o"6"/><circle cx="270" cy="62" r="9" fill="$a"/><path d="M56 226q4-30 40-34l50-8 36-50h88q26 0 40 50l24 10q20 8 20 40v32H56z" fill="$c"/><path d="M164 184l28-38h28v38zm70 0v-38h32q14 6 20 38z" fill="#cfe5ee"/><path d="M56 240h298v26H56z" fill="$d"/><circle cx="118" cy="272" r="54" fill="$k"/><circle cx="290" cy="272" r="54" fill="$k"/><circle cx="118" cy="272" r="24" fill="$s"/><circle cx="290" cy="272" r="24" fill="$s"/><circle cx="118" cy="272" r="9" fill="$a"/><circle cx="290" cy="272" r="9" fill="$a"/>`,
	}},
	{words: "robot|机器人", shadow: 88, svg: []string{
		`<path d="M200 84V52" $f"$g" $o"8"/><circle cx="200" cy="48" r="12" fill="$a"/><rect x="134" y="82" width="132" height="96" rx="26" fill="$c"/><circle cx="172" cy="128" r="19" fill="$w"/><circle cx="228" cy="128" r="19" fill="$w"/><circle cx="174" cy="130" r="9" fill="$k"/><circle cx="226" cy="130" r="9" fill="$k"/><path d="M116 206h-16q-16 0-16 18v46m200-64h16q16 0 16 18v46" $f"$g" $o"16"/><rect x="118" y="186" width="164" height="104" rx="22" fill="$d"/><rect x="150" y="208" width="100" height="56" rx="10" fill="$l"/><circle cx="176" cy="236" r="11" fill="$a"/><path d="M200 228h34m-34 16h22" $f"$k" $o"6"/><path d="M158 290v32h-18m102-32v32h18" $f"$g" $o"17"/>`,
	}},
	{words: "doll|娃娃", shadow: 116, svg: []string{
		`<path d="M76 180l124-110 124 110v148H76z" fill="$w"/><path d="M56 190L200 62l144 128" $f"$c" $o"24"/><path d="M76 238h248M200 190v138" $f"$d" $o"8"/><rect x="104" y="258" width="68" height="48" rx="6" fill="$a"/><rect x="228" y="262" width="50" height="66" rx="6" fill="$d"/><circle cx="268" cy="298" r="5" fill="#eec64a"/><rect x="108" y="188" width="58" height="34" rx="5" fill="#cfe5ee"/><path d="M238 222q0-34 22-34t22 34z" fill="#eec64a"/>`,
	}},
	{words: "dinosaur|恐龙", shadow: 130, turns: true, svg: []string{
		`<path d="M40 292q70-6 84-76 14-66 88-64l26-2q0-70 52-74 56-2 56 44 0 28-40 30h-24q6 110-52 138v40h-38v-34h-44v34h-38v-44q-30 8-70 8z" fill="$c"/><path d="M136 190l-12-30 34 6 2-32 30 18 12-30 24 26" fill="$a"/><circle cx="302" cy="106" r="8" fill="$k"/><path d="M306 134h38" $f"$d" $o"6"/><path d="M184 216q40 20 72-12-2 60-48 84-40-20-24-72z" fill="$l" opacity=".7"/>`,
	}},
	{words: "science|实验", shadow: 96, svg: []string{
		`<path d="M176 70v92l-66 126q-16 40 26 40h128q42 0 26-40l-66-126V70z" fill="$w" opacity=".85"/><path d="M144 222h112l34 66q16 40-26 40H136q-42 0-26-40z" fill="$c"/><rect x="164" y="58" width="72" height="20" rx="9" fill="$g"/><circle cx="176" cy="268" r="12" fill="$l"/><circle cx="222" cy="294" r="16" fill="$l"/><circle cx="214" cy="246" r="9" fill="$w"/><circle cx="196" cy="196" r="9" fill="$a"/><circle cx="208" cy="160" r="7" fill="$a"/>`,
	}},
	{words: "bath|洗澡", shadow: 110, turns: true, svg: []string{
		`<path d="M70 222q30 26 78 6 16-6 24-28-34-8-34-52 0-60 62-60t62 60q0 36-24 52 80 4 92-30 26 24 14 76-14 70-118 70-136 0-156-94z" fill="$c"/><path d="M262 128l54 10-46 22z" fill="#e58a3c"/><circle cx="222" cy="130" r="10" fill="$k"/><path d="M176 244q30 40 82 8" $f"$d" $o"9"/><path d="M44 318q26-20 52 0t52 0 52 0 52 0 52 0 52 0" $f"#6cb7dd" $o"12"/>`,
	}},
}
