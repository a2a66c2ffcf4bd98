package retrieval

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"shopkeeper/retrieval/text"
)

// kindNames are kinds of products and what else they are called, in both languages, folded. They tell which category of the
// catalogue is meant; what is searched for stays the shopper's own words.
var kindNames = [][]string{
	{"laptop", "notebook", "notebook computer", "laptop computer", "notebook pc", "macbook", "ultrabook", "chromebook", "笔记本电脑", "笔记本", "手提电脑", "笔电", "轻薄本", "游戏本"},
	{"laptop bag", "notebook bag", "laptop case", "laptop sleeve", "laptop backpack", "电脑包", "笔记本电脑包", "笔记本包"},
	{"desktop", "desktop computer", "desktop pc", "台式机", "台式电脑", "主机"},
	{"tablet", "tablet computer", "ipad", "平板电脑", "平板"},
	{"phone", "smartphone", "mobile phone", "cell phone", "cellphone", "mobile", "smart phone", "iphone", "handset", "手机", "智能手机"},
	{"headphone", "over-ear headphone", "on-ear headphone", "headset", "头戴式耳机", "头戴耳机", "耳罩式耳机"},
	{"earbud", "earphone", "in-ear headphone", "true wireless earbud", "airpods", "耳塞", "入耳式耳机", "真无线耳机", "蓝牙耳机"},
	{"headphone", "耳机"},
	{"earbud", "耳机"},
	{"speaker", "loudspeaker", "bluetooth speaker", "portable speaker", "音箱", "音响", "扬声器", "蓝牙音箱"},
	{"tv", "television", "smart tv", "televisions", "tv set", "telly", "电视", "电视机", "智能电视"},
	{"monitor", "computer monitor", "display", "显示器", "显示屏"},
	{"keyboard", "mechanical keyboard", "键盘", "机械键盘"},
	{"mouse", "computer mouse", "mice", "鼠标"},
	{"camera", "digital camera", "相机", "照相机", "数码相机"},
	{"watch", "wristwatch", "timepiece", "手表", "腕表"},
	{"smartwatch", "smart watch", "fitness watch", "智能手表"},
	{"kettle", "electric kettle", "tea kettle", "水壶", "电水壶", "热水壶", "烧水壶"},
	{"coffee maker", "coffee machine", "espresso machine", "coffeemaker", "espresso maker", "咖啡机"},
	{"blender", "mixer", "smoothie maker", "搅拌机", "榨汁机", "料理机", "破壁机"},
	{"lamp", "desk lamp", "table lamp", "light", "台灯", "灯", "灯具"},
	{"backpack", "rucksack", "knapsack", "背包", "双肩包", "书包"},
	{"t-shirt", "tee", "tshirt", "tee shirt", "t恤", "t恤衫", "短袖"},
	{"jacket", "coat", "外套", "夹克"},
	{"shoe", "sneaker", "trainer", "footwear", "running shoe", "鞋", "鞋子", "运动鞋", "跑鞋"},
	{"toy", "玩具"},
	{"printer", "打印机"},
	{"router", "wifi router", "路由器"},
	{"charger", "power adapter", "充电器"},
	{"power bank", "powerbank", "portable charger", "充电宝", "移动电源"},
	{"fridge", "refrigerator", "冰箱"},
	{"vacuum", "vacuum cleaner", "hoover", "吸尘器"},
	{"sofa", "couch", "settee", "沙发"},
	{"suitcase", "luggage", "行李箱", "拉杆箱"},
	{"sweater", "jumper", "pullover", "毛衣"},
	{"pants", "trousers", "裤子", "长裤"},
}

// groups: a kind's name by its stems (or as it stands, in Chinese) → the numbers of the lists that have it.
var groups = func() map[string][]int {
	out := map[string][]int{}
	for i, names := range kindNames {
		for _, n := range names {
			out[stems(n)] = append(out[stems(n)], i)
		}
	}
	return out
}()

// stems is a name as it is compared: Latin words stemmed, a plural's s off where the stem keeps it (TVs).
func stems(name string) string {
	var out []string
	for _, w := range text.Words(name) {
		t := text.Stem(w.Term)
		if len(t) > 2 && len(t) <= 4 && strings.HasSuffix(t, "s") && !strings.HasSuffix(t, "ss") {
			t = t[:len(t)-1]
		}
		out = append(out, t)
	}
	for _, r := range name {
		if r >= 0x2e80 {
			out = append(out, name)
			break
		}
	}
	return strings.Join(out, " ")
}

// sameKind says whether two names (both as stems gives them) are of one kind.
func sameKind(a, b string) bool {
	if a == b {
		return true
	}
	return slices.ContainsFunc(groups[a], func(g int) bool { return slices.Contains(groups[b], g) })
}

// kindTable is a catalogue's categories by the names that stand for them.
type kindTable struct {
	of    map[string]int // the categories it was made of
	names []kindName
}

type kindName struct {
	category, key string
	whole         bool // the category's whole name, and not a part of "phones & accessories"
}

// kindTable is made once as long as the categories stay the same.
func (s *Searcher) kindTable(tenant string, categories map[string]int) *kindTable {
	if t, ok := s.kinds.Load(tenant); ok {
		t := t.(*kindTable)
		if reflect.ValueOf(t.of).Pointer() == reflect.ValueOf(categories).Pointer() || maps.Equal(t.of, categories) {
			return t
		}
	}
	t := &kindTable{of: categories}
	for _, c := range slices.Sorted(maps.Keys(categories)) {
		names := alternativesOf(c)
		for _, n := range names {
			t.names = append(t.names, kindName{c, stems(strings.TrimSpace(n)), len(names) == 1})
		}
	}
	s.kinds.Store(tenant, t)
	return t
}

// find are the categories that a text names as the kind of product looked for. The name must end where the text's noun
// phrase ends, so that "laptop charger" asks for no laptop; the longest name holds; words may stand in another order
// ("bag for a laptop").
func (t *kindTable) find(s string, brands []string) (out []string) {
	if len(t.names) == 0 || s == "" {
		return nil
	}
	said, phrases := nouns(s, brands)
	if len(phrases) == 0 {
		return nil
	}
	most := 0
	for _, name := range t.names {
		n := covered(name.key, said, phrases[len(phrases)-1].key)
		for _, p := range phrases {
			if p.weight > n && sameKind(p.key, name.key) {
				n = p.weight
			}
		}
		if n > 0 && name.whole {
			n++
		}
		if n == 0 || n < most {
			continue
		}
		if n > most {
			out, most = nil, n
		}
		if !slices.Contains(out, name.category) {
			out = append(out, name.category)
		}
	}
	return out
}

// synonym is the weight of a kind's names in the other language where the catalogue has no category for it.
const synonym = 0.3

// twin is the weight of a twin.
const twin = 0.3

// twins are names of the very same thing in one language: who asks for the one finds the other.
var twins = [][2]string{
	{"laptop", "notebook"},
	{"tv", "television"},
	{"fridge", "refrigerator"},
	{"sofa", "couch"},
	{"trousers", "pants"},
	{"smartphone", "cellphone"},
	{"backpack", "rucksack"},
}

// twinsOf are the terms of the twins of what a text's noun phrase ends in.
func twinsOf(s string, brands []string, weight float64) map[string]float64 {
	_, phrases := nouns(s, brands)
	for _, p := range phrases {
		for _, t := range twins {
			for i, name := range t {
				if stems(name) == p.key {
					return termsOf(t[1-i], weight)
				}
			}
		}
	}
	return nil
}

// translate adds the names that the other language has for the kind that the text ends in: 耳机 finds headphones where titles
// are English only. Names of the same language are left alone, they are often what goes with it (a display cable for "monitor").
func (r *reading) translate() {
	_, phrases := nouns(r.rest, r.brands)
	for _, p := range phrases {
		if len(groups[p.key]) == 0 {
			continue
		}
		for _, g := range groups[p.key] {
			for _, name := range kindNames[g] {
				if (name[0] < utf8.RuneSelf) == (p.key[0] < utf8.RuneSelf) || strings.ContainsAny(name, " -") {
					continue
				}
				for t, w := range termsOf(name, synonym) {
					if r.terms[t] == 0 && utf8.RuneCountInString(t) > 1 {
						r.terms[t] = w
					}
				}
			}
		}
		return
	}
}

// alternativesOf splits "headphones & earbuds", "bags, cases".
func alternativesOf(category string) []string {
	return strings.FieldsFunc(strings.ReplaceAll(category, " and ", "&"), func(r rune) bool { return strings.ContainsRune("&,/>|、", r) })
}

// covered is how much a name of several words weighs when all of them are said and it ends in the head.
func covered(key string, said map[string]bool, head string) int {
	parts := strings.Fields(key)
	if len(parts) < 2 || parts[len(parts)-1] != head || key[0] >= utf8.RuneSelf {
		return 0
	}
	for _, p := range parts {
		if !said[p] {
			return 0
		}
	}
	return 4 * len(parts)
}

// ending is one way to read the end of a noun phrase as a name.
type ending struct {
	key    string
	weight int // longer names say more
}

const longestName = 4

// nouns are the stems that a text says, and the names that its noun phrase may end in, the longest first. The phrase ends
// before a preposition; brands, colours and model numbers behind it do not count.
func nouns(s string, brands []string) (said map[string]bool, out []ending) {
	said = map[string]bool{}
	var run []string
	ended := false
	for _, w := range text.Words(s) {
		switch {
		case function[w.Term]:
			ended = ended || len(run) > 0 && w.Term != "the" && w.Term != "a" && w.Term != "and" && w.Term != "or"
			continue
		case strings.ContainsAny(w.Term, "0123456789"):
			if len(run) > 0 {
				continue
			}
		case stop[w.Term]: // "shoes size 42"
			continue
		case slices.Contains(brands, w.Term), spoken[w.Term] != "":
			continue
		}
		t := stems(w.Term)
		if t == "" {
			continue
		}
		said[t] = true
		if !ended {
			run = append(run, t)
		}
	}
	for n := min(longestName, len(run)); n > 0; n-- {
		out = append(out, ending{strings.Join(run[len(run)-n:], " "), 4 * n})
	}
	return said, append(chineseEndings(s), out...)
}

// chineseEndings are the endings of the Chinese pieces of a text.
func chineseEndings(s string) (out []ending) {
	for piece := range strings.FieldsFuncSeq(s, func(r rune) bool {
		return r < 0x2e80 && !unicode.IsLetter(r) || unicode.IsPunct(r) || unicode.IsSpace(r)
	}) {
		r := []rune(piece)
		if r[len(r)-1] < 0x2e80 {
			continue
		}
		for n := min(8, len(r)); n > 0; n-- {
			if name := string(r[len(r)-n:]); len(groups[stems(name)]) > 0 || n > 1 {
				out = append(out, ending{stems(name), 2 * n})
			}
		}
	}
	return out
}
