package demo

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"shopkeeper/shop"
)

// word is one thing said in both languages.
type word struct{ en, zh string }

// brand makes some kinds of products; lists of brands run from cheap to dear.
type brand struct{ en, zh string }

// line is a sentence with {names} of facts in it. It is used where all of them are known; when: a fact that must be there and
// not "no", with a leading "!" one that must not.
type line struct{ when, en, zh string }

// fact is one thing that is true of a product. Shown ones become attributes; all may be named in texts.
type fact struct {
	name         word
	value        word // as texts say it
	num, zhNum   float64
	unit, zhUnit string
	number       bool
	shown        bool
}

// kind is a product type: what its products are, what is said about them, and what people say.
type kind struct {
	word            // the category
	key      string // picture and random stream
	top      string // the category above
	merchant int
	n        int   // how many products
	lo, hi   int64 // span of prices in cents
	brands   []brand
	spec     func(d *draft)
	open     []line // what it is; one of them begins the description
	body     []line // facts
	end      []line
	pros     []line // pieces of reviews
	cons     []line
}

// draft is a product while it is made up. Its quality q (0–1) drives price and features alike.
type draft struct {
	*rand.Rand
	k       *kind
	q       float64
	brand   brand
	model   word
	facts   []fact
	en, zh  string // title
	colors  []color
	options []option
	factor  float64 // on the price, for what costs more or less than its quality says
	names   map[string]bool
	told    []string
	prose   bool // a description is being written, not a title
}

// option is a variant's difference beside its colour.
type option struct {
	attr  shop.Attribute
	extra int64 // cents above the first option
}

// zhUnits are units that Chinese texts write otherwise; a factor where the number changes too.
var zhUnits = map[string]struct {
	name   string
	factor float64
}{
	"in": {"英寸", 1}, "h": {"小时", 1}, "days": {"天", 1}, "months": {"个月", 1}, "min": {"分钟", 1}, "years": {"岁", 1}, "pcs": {"片", 1}, "MP": {"万像素", 100},
}

func (d *draft) num(name, zh string, v float64, unit string) {
	f := fact{name: word{name, zh}, num: v, zhNum: v, unit: unit, zhUnit: unit, number: true, shown: true}
	if u, ok := zhUnits[unit]; ok {
		f.zhUnit, f.zhNum = u.name, v*u.factor
	}
	f.value = word{plain(f.num), plain(f.zhNum)}
	d.facts = append(d.facts, f)
}

func (d *draft) text(name, zh string, v word) {
	d.facts = append(d.facts, fact{name: word{name, zh}, value: v, shown: true})
}

func (d *draft) yes(name, zh string, v bool) bool {
	value := word{"no", "不支持"}
	if v {
		value = word{"yes", "支持"}
	}
	d.text(name, zh, value)
	return v
}

// say keeps a word for the texts alone.
func (d *draft) say(name string, v word) {
	d.facts = append(d.facts, fact{name: word{en: name}, value: v})
}

// title begins the title; also adds to it.
func (d *draft) title(en, zh string) {
	d.en, d.zh = "", ""
	d.also(true, en, zh)
}

func (d *draft) also(when bool, en, zh string) {
	if !when {
		return
	}
	e, ok1 := d.fill(en, false)
	z, ok2 := d.fill(zh, true)
	if !ok1 || !ok2 {
		panic("demo: " + d.k.en + ": a title names an unknown fact: " + en)
	}
	d.en, d.zh = d.en+e, d.zh+z
}

// fill puts facts into a text; false when one is not known.
func (d *draft) fill(s string, zh bool) (string, bool) {
	if !strings.Contains(s, "{") {
		return s, true
	}
	var b strings.Builder
	for {
		head, rest, more := strings.Cut(s, "{")
		b.WriteString(head)
		if !more {
			return b.String(), true
		}
		name, tail, _ := strings.Cut(rest, "}")
		v, ok := d.value(name, zh)
		if !ok {
			return "", false
		}
		if d.prose && !zh && b.Len() > 0 && name != "maker" && name != "model" && name != "fits" && name != "play" {
			v = lower(v)
		}
		b.WriteString(v)
		s = tail
	}
}

func (d *draft) value(name string, zh bool) (string, bool) {
	var v word
	switch name {
	case "brand":
		if v = (word{d.brand.en, d.brand.zh + "（" + d.brand.en + "）"}); d.brand.zh == "" {
			v.zh = d.brand.en
		}
	case "maker": // in running text
		if v = (word{d.brand.en, d.brand.zh}); v.zh == "" {
			v.zh = v.en
		}
	case "model":
		if v = d.model; d.prose && v.zh != v.en { // a name among words
			v.zh = "“" + v.zh + "”"
		}
	default:
		f := d.fact(name)
		if f == nil {
			return "", false
		}
		v = f.value
	}
	if zh {
		return v.zh, true
	}
	return v.en, true
}

// proper words keep their capitals within a sentence.
var proper = map[string]bool{"Bluetooth": true, "Wi-Fi": true, "Windows": true, "Linux": true, "Tritan": true, "French": true, "Merino": true, "VESA": true}

// lower writes title case as it stands within a sentence: "Full-Frame Camera" → "full-frame camera"; "4K", "T-Shirt" keep
// what is no word.
func lower(s string) string {
	words := strings.Split(s, " ")
	for i, w := range words {
		if proper[strings.Trim(w, ",")] {
			continue
		}
		parts := strings.Split(w, "-")
		for j, p := range parts {
			if len(p) > 1 && strings.ToLower(p[1:]) == p[1:] {
				parts[j] = strings.ToLower(p)
			}
		}
		words[i] = strings.Join(parts, "-")
	}
	return strings.Join(words, " ")
}

// articles makes "a" "an" where the next word asks for it.
func articles(s string) string {
	words := strings.Split(s, " ")
	for i, w := range words[:len(words)-1] {
		next := words[i+1]
		if (w == "a" || w == "A") && next != "" &&
			(strings.ContainsRune("aeioAEIO8", rune(next[0])) || strings.HasPrefix(next, "ultra") || strings.HasPrefix(next, "11") || strings.HasPrefix(next, "18")) {
			words[i] += "n"
		}
	}
	return strings.Join(words, " ")
}

func (d *draft) fact(name string) *fact {
	for i := range d.facts {
		if d.facts[i].name.en == name {
			return &d.facts[i]
		}
	}
	return nil
}

// lines takes n different sentences that fit, in the order they stand in.
func (d *draft) lines(from []line, n int) (en, zh []string) {
	d.prose = true
	defer func() { d.prose = false }()
	for _, i := range inOrder(d.Perm(len(from)), len(from), n, func(i int) bool { return d.fits(from[i]) && d.fresh(from[i].en) }) {
		e, _ := d.fill(from[i].en, false)
		z, _ := d.fill(from[i].zh, true)
		en, zh = append(en, articles(e)), append(zh, z)
	}
	return en, zh
}

// fresh takes note of the numbers that a sentence names; false when one of them was named before.
func (d *draft) fresh(s string) bool {
	var named []string
	for {
		_, rest, more := strings.Cut(s, "{")
		if !more {
			d.told = append(d.told, named...)
			return true
		}
		name, tail, _ := strings.Cut(rest, "}")
		if slices.Contains(d.told, name) {
			return false
		}
		if f := d.fact(name); f != nil && f.number {
			named = append(named, name)
		}
		s = tail
	}
}

// inOrder takes the first n of a permutation that fit, and puts them in order.
func inOrder(perm []int, size, n int, fits func(int) bool) []int {
	take := make([]bool, size)
	for _, i := range perm {
		if n > 0 && fits(i) {
			take[i] = true
			n--
		}
	}
	var out []int
	for i, t := range take {
		if t {
			out = append(out, i)
		}
	}
	return out
}

func (d *draft) fits(l line) bool {
	if l.when != "" {
		f := d.fact(strings.TrimPrefix(l.when, "!"))
		if yes := f != nil && f.value.en != "no"; yes == (l.when[0] == '!') {
			return false
		}
	}
	_, ok1 := d.fill(l.en, false)
	_, ok2 := d.fill(l.zh, true)
	return ok1 && ok2
}

// chance is true with probability p, graded with the probability that rises with quality from lo to hi.
func (d *draft) chance(p float64) bool      { return d.Float64() < p }
func (d *draft) graded(lo, hi float64) bool { return d.chance(lo + (hi-lo)*d.q) }

// step is a value that rises with quality, give or take a step.
func (d *draft) step(vs ...float64) float64 { return vs[d.grade(len(vs))] }
func (d *draft) rise(ws ...word) word       { return ws[d.grade(len(ws))] }
func (d *draft) one(ws ...word) word        { return ws[d.IntN(len(ws))] }
func (d *draft) any(vs ...float64) float64  { return vs[d.IntN(len(vs))] }

func (d *draft) grade(n int) int {
	return min(n-1, max(0, int((d.q+d.NormFloat64()*0.09)*float64(n))))
}

// between is a number of a grid, evenly spread.
func (d *draft) between(lo, hi, step float64) float64 {
	n := int(math.Round((hi - lo) / step))
	return round(lo + float64(d.IntN(n+1))*step)
}

// slope is a number of a grid that goes from lo to hi with quality (hi may be the smaller).
func (d *draft) slope(lo, hi, step float64) float64 {
	q := min(1, max(0, d.q+d.NormFloat64()*0.1))
	return round(lo + math.Round((hi-lo)*q/step)*step)
}

// code makes a model number that the kind has not had, such as HX-450.
func (d *draft) code(prefixes ...string) {
	p := prefixes[d.IntN(len(prefixes))]
	for n := 100 + int(d.q*8)*100 + d.IntN(10)*10; ; n += 5 {
		if m := p + strconv.Itoa(n); !d.names[m] {
			d.names[m] = true
			d.model = word{m, m}
			return
		}
	}
}

// name takes a series name that this brand has not used with that tail of a title.
func (d *draft) name(tail string) {
	at := d.IntN(len(series))
	for i := range series {
		w := series[(at+i)%len(series)]
		if key := d.brand.en + w.en + tail; !d.names[key] {
			d.names[key] = true
			d.model = w
			return
		}
	}
	panic("demo: " + d.k.en + ": out of names")
}

func (d *draft) hues(n int, from ...color) {
	p := d.Perm(len(from))
	d.colors = d.colors[:0]
	for i := range min(n, len(from)) {
		d.colors = append(d.colors, from[p[i]])
	}
}

func (d *draft) sizes(name string, from []string, lo, hi int) {
	for _, s := range from[lo:hi] {
		d.options = append(d.options, option{attr: shop.Attribute{Name: name, Value: shop.Text(s)}})
	}
}

func plain(v float64) string  { return strconv.FormatFloat(v, 'f', -1, 64) }
func round(v float64) float64 { return math.Round(v*1000) / 1000 }

// series are names of lines of clothes, bags, lamps and toys.
var series = []word{
	{"Alder", "桤木"},
	{"Amber", "琥珀"},
	{"Anchor", "锚"},
	{"Aspen", "山杨"},
	{"Atlas", "阿特拉斯"},
	{"Aurora", "极光"},
	{"Bay", "海湾"},
	{"Birch", "桦木"},
	{"Bluff", "崖"},
	{"Bramble", "荆莓"},
	{"Breeze", "微风"},
	{"Brook", "溪流"},
	{"Canyon", "峡谷"},
	{"Cedar", "雪松"},
	{"Cinder", "余烬"},
	{"Clover", "三叶草"},
	{"Comet", "彗星"},
	{"Cove", "小海湾"},
	{"Crest", "峰顶"},
	{"Dawn", "破晓"},
	{"Delta", "三角洲"},
	{"Drift", "漂流"},
	{"Dune", "沙丘"},
	{"Ember", "炉火"},
	{"Fjord", "峡湾"},
	{"Flint", "燧石"},
	{"Frost", "霜"},
	{"Gale", "疾风"},
	{"Glade", "林间"},
	{"Grove", "小树林"},
	{"Harbor", "港湾"},
	{"Hazel", "榛果"},
	{"Heath", "石楠"},
	{"Horizon", "地平线"},
	{"Iris", "鸢尾"},
	{"Isle", "小岛"},
	{"Juniper", "杜松"},
	{"Lagoon", "潟湖"},
	{"Lark", "云雀"},
	{"Laurel", "月桂"},
	{"Linden", "椴树"},
	{"Lumen", "流光"},
	{"Maple", "枫"},
	{"Meadow", "草甸"},
	{"Mesa", "平顶山"},
	{"Mist", "薄雾"},
	{"Moor", "荒原"},
	{"Nimbus", "雨云"},
	{"Nova", "新星"},
	{"Onyx", "玛瑙"},
	{"Orbit", "轨道"},
	{"Otter", "水獭"},
	{"Pebble", "卵石"},
	{"Pine", "松"},
	{"Prairie", "大草原"},
	{"Quill", "羽笔"},
	{"Rapid", "激流"},
	{"Raven", "渡鸦"},
	{"Reef", "礁石"},
	{"Ridge", "山脊"},
	{"River", "河流"},
	{"Rowan", "花楸"},
	{"Sequoia", "巨杉"},
	{"Shale", "页岩"},
	{"Shore", "海岸"},
	{"Sierra", "山峦"},
	{"Skylark", "百灵"},
	{"Solstice", "至日"},
	{"Sparrow", "麻雀"},
	{"Summit", "巅峰"},
	{"Swift", "雨燕"},
	{"Terrace", "露台"},
	{"Thistle", "蓟花"},
	{"Tide", "潮汐"},
	{"Timber", "原木"},
	{"Trail", "小径"},
	{"Tundra", "苔原"},
	{"Vale", "山谷"},
	{"Vista", "远景"},
	{"Wander", "漫步"},
	{"Wave", "海浪"},
	{"Willow", "柳"},
	{"Wren", "鹪鹩"},
	{"Zenith", "天顶"},
	{"Zephyr", "和风"},
}
