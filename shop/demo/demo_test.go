package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"shopkeeper/retrieval"
	"shopkeeper/shop"
	"shopkeeper/shop/feed"
)

// kept holds the worlds of the tests, which only look at them.
var kept = struct {
	sync.Mutex
	worlds map[uint64]*World
}{worlds: map[uint64]*World{}}

// worlds are several seeds and days: what holds for them should hold for all.
func worlds(t *testing.T, check func(t *testing.T, w *World, now time.Time)) {
	t.Helper()
	for _, at := range []struct {
		seed uint64
		day  string
	}{{1, "2026-11-25"}, {2, "2024-02-29"}, {1 << 63, "2031-12-31"}} {
		t.Run(fmt.Sprintf("%d at %s", at.seed, at.day), func(t *testing.T) {
			day, err := time.Parse(time.DateOnly, at.day)
			if err != nil {
				t.Fatal(err)
			}
			kept.Lock()
			w := kept.worlds[at.seed]
			if w == nil {
				w = New(at.seed, day.Add(13*time.Hour))
				kept.worlds[at.seed] = w
			}
			kept.Unlock()
			check(t, w, day)
		})
	}
}

func digest(t *testing.T, w *World) string {
	t.Helper()
	b, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSameSeedAndDayAreTheSameToTheByte(t *testing.T) {
	day := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	a := digest(t, New(1, day))
	if b := digest(t, New(1, day.Add(23*time.Hour).In(time.FixedZone("", 3600)))); a != b {
		t.Error("the hour and the zone of the day change the world")
	}
	if other := New(2, day); other.Products[0].ID == New(1, day).Products[0].ID || a == digest(t, New(1, day.AddDate(0, 0, 1))) {
		t.Error("seed or day change nothing")
	}
	var one, two bytes.Buffer
	for _, b := range []*bytes.Buffer{&one, &two} {
		if err := feed.Write(b, New(1, day).Products); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("the feed differs between two runs")
	}
}

func TestIdsComeFromTheSeed(t *testing.T) {
	day := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	a, b := New(1, day), New(2, day)
	seen := map[string]bool{}
	for _, p := range a.Products {
		seen[p.ID] = true
	}
	shared := 0
	for _, p := range b.Products {
		if seen[p.ID] {
			shared++
		}
	}
	if shared > 5 || a.People[0].ID == b.People[0].ID || a.Merchants[0].ID == b.Merchants[0].ID || a.Orders[0].ID == b.Orders[0].ID {
		t.Errorf("two seeds share ids (%d products)", shared)
	}
}

func TestCatalogueIsLargeAndWide(t *testing.T) {
	worlds(t, func(t *testing.T, w *World, _ time.Time) {
		if len(w.Products) < 1500 || len(kinds) < 20 {
			t.Fatalf("%d products of %d kinds", len(w.Products), len(kinds))
		}
		ids, en, zh := map[string]bool{}, map[string]bool{}, map[string]bool{}
		prices := map[string][]int64{}
		brands := map[string]map[string]bool{}
		soldOut, low, was, unrated := 0, 0, 0, 0
		for _, p := range w.Products {
			title := p.Words["zh"].Title
			if ids[p.ID] || en[p.Title] || zh[title] {
				t.Errorf("%s: %q / %q is there twice", p.ID, p.Title, title)
			}
			ids[p.ID], en[p.Title], zh[title] = true, true, true
			prices[p.Category()] = append(prices[p.Category()], p.Price.Minor)
			if brands[p.Category()] == nil {
				brands[p.Category()] = map[string]bool{}
			}
			brands[p.Category()][p.Brand] = true
			if *p.Stock == 0 {
				soldOut++
			} else if *p.Stock <= 5 {
				low++
			}
			if p.Was != nil {
				was++
			}
			if p.Rating == nil {
				unrated++
			}
		}
		for _, k := range kinds {
			ps := prices[k.en]
			slices.Sort(ps)
			if len(ps) < 40 || ps[len(ps)-1] < 5*ps[0] || ps[0] > k.lo*3/2 || ps[len(ps)-1] < k.hi/2 {
				t.Errorf("%s: %d products from %d to %d", k.en, len(ps), ps[0], ps[len(ps)-1])
			}
			if len(brands[k.en]) < len(k.brands)-1 {
				t.Errorf("%s: only the brands %v", k.en, brands[k.en])
			}
		}
		if soldOut < 30 || low < 50 || was < 200 || unrated < 30 {
			t.Errorf("%d sold out, %d low, %d reduced, %d unrated", soldOut, low, was, unrated)
		}
	})
}

// What the issue asks for by name, in both languages.
func TestNamedKindsAreThere(t *testing.T) {
	want := map[string]string{
		"headphones": "耳机", "earbuds": "耳机", "speakers": "音箱", "laptops": "笔记本电脑", "laptop bags": "电脑包", "keyboards": "键盘", "phones": "手机", "cameras": "相机", "tvs": "电视",
		"watches": "手表", "kettles": "水壶", "coffee makers": "咖啡机", "blenders": "搅拌机", "lamps": "灯", "backpacks": "背包", "t-shirts": "T恤", "jackets": "夹克", "shoes": "鞋", "toys": "玩具",
	}
	w := New(3, time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC))
	found := map[string]int{}
	for _, p := range w.Products {
		name := strings.ToLower(p.Category())
		if zh, ok := want[name]; ok && strings.Contains(p.Words["zh"].Category, zh) {
			found[name]++
		}
	}
	for name := range want {
		if found[name] < 8 {
			t.Errorf("%s: %d products", name, found[name])
		}
	}
}

var (
	number  = regexp.MustCompile(`\d+(\.\d+)?`)
	plurals = regexp.MustCompile(`\b1 (hours|months|years|days|m²)\b|\ba [aeio]|  |\{|\}|。。|\.\.`)
)

// numbersOf is number.FindAllString without its costs.
func numbersOf(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
}

// Texts say only what the attributes say: each number of a description is one of an attribute, the title or a variant.
func TestTextsAgreeWithAttributes(t *testing.T) {
	worlds(t, func(t *testing.T, w *World, now time.Time) {
		for _, p := range w.Products {
			for lang, v := range map[string]shop.Product{"en": p, "zh": p.In("zh")} {
				known := map[string]bool{}
				note := func(s string) {
					for _, n := range numbersOf(s) {
						known[strings.Trim(n, ".")] = true
					}
				}
				note(v.Title)
				names := map[string]bool{}
				for _, a := range v.Attributes {
					note(a.Value.String())
					if names[a.Name] {
						t.Errorf("%s: two attributes %s", v.Title, a.Name)
					}
					names[a.Name] = true
				}
				for _, x := range p.Variants {
					for _, a := range x.Attributes {
						note(a.Value.String())
					}
				}
				for _, f := range p.Attributes { // a disk of 1024 GB is sold as 1 TB
					if f.Unit == "GB" && f.Value.Number != nil && *f.Value.Number >= 1024 {
						note(strconv.Itoa(int(*f.Value.Number / 1024)))
					}
				}
				for _, n := range numbersOf(v.Description) {
					if n = strings.Trim(n, "."); n != "" && !known[n] && n != "3.5" && n != "2.4" {
						t.Errorf("%s: %q says %s, no attribute does", v.Title, v.Description, n)
					}
				}
				if bad := plurals.FindString(v.Description + "\n" + v.Title); bad != "" {
					t.Errorf("%s: %q in %q", lang, bad, v.Description)
				}
				ends := strings.Count(v.Description, ". ") + 1
				if lang == "zh" {
					ends = strings.Count(v.Description, "。")
				}
				if ends < 2 || ends > 6 || !slices.IsSortedFunc(v.Attributes, func(a, b shop.Attribute) int { return strings.Compare(a.Name, b.Name) }) {
					t.Errorf("%s: %d sentences, or attributes out of order: %q", v.Title, ends, v.Description)
				}
			}
			if len(p.Attributes) != len(p.Words["zh"].Attributes) || len(p.Attributes) < 4 {
				t.Errorf("%s: %d attributes in English, %d in Chinese", p.Title, len(p.Attributes), len(p.Words["zh"].Attributes))
			}
			if !chinese(p.Words["zh"].Description) || !chinese(p.Words["zh"].Title) || chinese(p.Title+p.Description) {
				t.Errorf("%s: languages are mixed up", p.ID)
			}
			if day, err := time.Parse(time.DateOnly, p.Released); err != nil || !day.Before(now) {
				t.Errorf("%s: released %s", p.ID, p.Released)
			}
		}
	})
}

func chinese(s string) bool {
	for _, r := range s {
		if r >= 0x4e00 && r <= 0x9fff {
			return true
		}
	}
	return false
}

var sizes = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`(\d+) GB RAM`), "memory"},
	{regexp.MustCompile(`([\d.]+)-Inch`), "screen size"},
	{regexp.MustCompile(`(\d+) mAh`), "battery"},
	{regexp.MustCompile(`([\d.]+) L\b`), "capacity"},
	{regexp.MustCompile(`([\d.]+) W\b`), "power"},
}

// A title that names a feature or a size has it as an attribute.
func TestTitlesDoNotContradictAttributes(t *testing.T) {
	worlds(t, func(t *testing.T, w *World, _ time.Time) {
		for _, p := range w.Products {
			is := map[string]string{}
			for _, a := range p.Attributes {
				is[a.Name] = a.Value.String()
			}
			for _, c := range []struct{ word, name, want string }{
				{"Noise Cancelling", "noise cancelling", "yes"},
				{"Dimmable", "dimmable", "yes"},
				{"Waterproof to", "type", "Action Camera"},
				{"with Hood", "hood", "yes"},
				{"Temperature Control", "temperature control", "yes"},
				{"Mechanical", "mechanical", "yes"},
				{"Milk Frother", "milk frother", "yes"},
				{" 5G ", "network", "5G"},
				{" 4G ", "network", "4G"},
			} {
				if strings.Contains(p.Title, c.word) && is[c.name] != c.want {
					t.Errorf("%s: %s is %q", p.Title, c.name, is[c.name])
				}
			}
			for _, n := range sizes {
				m := n.pattern.FindStringSubmatch(p.Title)
				if m != nil && m[1] != is[n.name] && m[1] != is["fits laptop size"] && m[1] != is["fits screen size"] {
					t.Errorf("%s: %s is %q", p.Title, n.name, is[n.name])
				}
			}
			if c := is["color"]; c == "" && p.Title != p.In("zh").Title {
				for _, x := range allColors {
					if strings.HasSuffix(p.Title, ", "+x.en) {
						t.Errorf("%s: the title names a colour, the attributes do not", p.Title)
					}
				}
			}
		}
	})
}

func TestVariantsPricesAndCodes(t *testing.T) {
	worlds(t, func(t *testing.T, w *World, _ time.Time) {
		withVariants, merchants := 0, map[string]int{}
		for _, p := range w.Products {
			merchants[p.Merchant]++
			if p.Was != nil && p.Was.Minor <= p.Price.Minor || p.Price.Minor < 100 || p.Price.Currency != "USD" {
				t.Errorf("%s: %v was %v", p.Title, p.Price, p.Was)
			}
			if r := p.Rating; r != nil && (*r < 0 || *r > 5 || *p.Reviews == 0) || r == nil && *p.Reviews != 0 {
				t.Errorf("%s: rating %v of %d", p.Title, r, *p.Reviews)
			}
			if len(p.EAN) != 1 || len(p.EAN[0]) != 13 || checkDigit([]byte(p.EAN[0][:12])) != p.EAN[0][12] {
				t.Errorf("%s: EAN %v", p.Title, p.EAN)
			}
			if len(p.Variants) == 0 {
				continue
			}
			withVariants++
			for _, v := range p.In("zh").Variants {
				for _, a := range v.Attributes {
					if a.Name == "color" && !chinese(a.Value.Text) {
						t.Errorf("%s: a variant is %s in Chinese", p.Title, a.Value.Text)
					}
				}
			}
			if slices.ContainsFunc(p.Variants, func(v shop.Variant) bool { return chinese(fmt.Sprint(v.Attributes)) }) {
				t.Errorf("%s: the product's own variants turned Chinese", p.Title)
			}
			low, sum, seen := int64(1<<62), 0, map[string]bool{}
			for _, v := range p.Variants {
				key := fmt.Sprint(v.Attributes)
				if seen[v.ID] || seen[key] || len(v.Attributes) == 0 {
					t.Errorf("%s: variant %s %s", p.Title, v.ID, key)
				}
				seen[v.ID], seen[key] = true, true
				low, sum = min(low, v.Price.Minor), sum+*v.Stock
			}
			if low != p.Price.Minor || sum != *p.Stock {
				t.Errorf("%s: price %d, lowest variant %d; stock %d, variants %d", p.Title, p.Price.Minor, low, *p.Stock, sum)
			}
		}
		if withVariants < 500 || len(merchants) != 3 || len(w.Merchants) != 3 {
			t.Errorf("%d products with variants, merchants %v", withVariants, merchants)
		}
		for _, m := range w.Merchants {
			if merchants[m.ID] < 200 {
				t.Errorf("%s lists %d products", m.Name, merchants[m.ID])
			}
		}
	})
}

// GS1's own example: 629104150021 has the check digit 3.
func TestCheckDigit(t *testing.T) {
	if d := checkDigit([]byte("629104150021")); d != '3' {
		t.Errorf("check digit %c", d)
	}
}

// "not red" works on base colours: both names of a colour have to mean the same one.
func TestColorsMeanTheSameInBothLanguages(t *testing.T) {
	for _, c := range allColors {
		en, zh := retrieval.Colors(c.en), retrieval.Colors(c.zh)
		if !slices.Equal(en, zh) || len(en) != 1 {
			t.Errorf("%s is %v, %s is %v", c.en, en, c.zh, zh)
		}
	}
}

// Names of series never look like a colour, in any language: a card for "not red" would seem to break the limit.
func TestSeriesNameNoColor(t *testing.T) {
	for _, s := range series {
		for _, zh := range []string{"红", "黑", "白", "蓝", "绿", "黄", "紫", "粉", "灰", "棕", "橙", "银"} {
			if strings.Contains(s.zh, zh) {
				t.Errorf("%s %s", s.en, s.zh)
			}
		}
		for _, c := range []string{"red", "black", "white", "gray", "silver", "blue", "green", "yellow", "orange", "pink", "purple", "brown", "gold"} {
			if slices.Contains(strings.Fields(strings.ToLower(s.en)), c) || slices.Contains(retrieval.Colors(s.en), c) {
				t.Errorf("%s", s.en)
			}
		}
	}
}

func TestReviews(t *testing.T) {
	worlds(t, func(t *testing.T, w *World, now time.Time) {
		products, hostileIn, langs := map[string]shop.Product{}, map[string]int{}, map[string]int{}
		for _, p := range w.Products {
			products[p.ID] = p
		}
		for _, r := range w.Reviews {
			p, ok := products[r.Product]
			if !ok || r.Rating < 1 || r.Rating > 5 || r.Text == "" || r.Author == "" || r.At.After(now) || r.At.Format(time.DateOnly) < p.Released || p.Rating == nil {
				t.Errorf("review %+v of %q", r, p.Title)
			}
			langs[r.Lang]++
			if strings.Contains(r.Text, "FREE99") || strings.Contains(r.Text, "SYSTEM") || strings.Contains(r.Text, "助手请注意") {
				hostileIn[r.Lang]++
			}
		}
		if len(w.Reviews) < 1000 || langs["en"] < 300 || langs["zh"] < 300 || hostileIn["en"] < 2 || hostileIn["zh"] < 2 {
			t.Errorf("%d reviews, %v, hostile %v", len(w.Reviews), langs, hostileIn)
		}
		for _, o := range w.Offers {
			if o.Code == "FREE99" {
				t.Error("the hostile code is a real one")
			}
		}
	})
}

// The jsonl feed brings the same products back, and offers.json the same offers.
func TestFeedsReadBack(t *testing.T) {
	w := New(1, time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC))
	dir := t.TempDir()
	if err := w.WriteFeeds(dir); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(dir + "/products.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	i := 0
	for row, err := range feed.Read(f, feed.Auto, feed.Options{Currency: "USD", Name: "products.jsonl"}) {
		if err != nil || row.Reject != nil {
			t.Fatal(err, row.Reject)
		}
		want := w.Products[i]
		want.Tenant = ""
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(row.Product)
		if !bytes.Equal(a, b) {
			t.Fatalf("product %d: %s", i, cmp.Diff(want, row.Product))
		}
		i++
	}
	if i != len(w.Products) {
		t.Errorf("%d of %d products came back", i, len(w.Products))
	}
	raw, err := os.ReadFile(dir + "/offers.json")
	if err != nil {
		t.Fatal(err)
	}
	var offers []shop.Offer
	if err := json.Unmarshal(raw, &offers); err != nil || len(offers) != len(w.Offers) {
		t.Errorf("%d offers, %v", len(offers), err)
	}
}

// Each macro is there in both languages, with the same gaps, and with what customers write who need it.
func TestMacros(t *testing.T) {
	names, err := fs.Glob(Policies(), "en/macros/*.md")
	if err != nil || len(names) < 12 {
		t.Fatal(names, err)
	}
	gap := regexp.MustCompile(`\{\w+\}`)
	for _, name := range names {
		gaps := map[string]string{}
		for _, lang := range []string{"en", "zh"} {
			raw, err := fs.ReadFile(Policies(), strings.Replace(name, "en/", lang+"/", 1))
			if err != nil {
				t.Fatal(err)
			}
			head, text, ok := strings.Cut(strings.TrimPrefix(string(raw), "---\n"), "\n---\n")
			if !ok || !strings.Contains(head, "\nkind: macro\n") || !strings.Contains(head, "\nlang: "+lang+"\n") || strings.Count(head, " | ") < 2 || chinese(text) != (lang == "zh") {
				t.Errorf("%s (%s): front matter or language", name, lang)
			}
			found := gap.FindAllString(text, -1)
			slices.Sort(found)
			gaps[lang] = strings.Join(slices.Compact(found), " ")
			for _, g := range found {
				if g != "{customer}" && g != "{order}" && g != "{agent}" {
					t.Errorf("%s (%s): nothing fills %s", name, lang, g)
				}
			}
		}
		if gaps["en"] != gaps["zh"] {
			t.Errorf("%s: gaps %s in English, %s in Chinese", name, gaps["en"], gaps["zh"])
		}
	}
}

// Each document is there in both languages, with a version, sections of a passage's length and the same numbers.
func TestPolicies(t *testing.T) {
	docs := Policies()
	names, err := fs.Glob(docs, "en/*.md")
	if err != nil || len(names) < 8 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		en, err1 := fs.ReadFile(docs, name)
		zh, err2 := fs.ReadFile(docs, strings.Replace(name, "en/", "zh/", 1))
		if err1 != nil || err2 != nil {
			t.Error(err1, err2)
			continue
		}
		for lang, text := range map[string]string{"en": string(en), "zh": string(zh)} {
			if !strings.Contains(text, "\nlang: "+lang+"\n") || !strings.Contains(text, "\nversion: 20") || !strings.Contains(text, "\ntitle: ") || chinese(text) != (lang == "zh") {
				t.Errorf("%s (%s): front matter or language", name, lang)
			}
			for _, s := range strings.Split(text, "\n## ")[1:] {
				if n := utf8.RuneCountInString(s); n > 600 || n < 20 {
					t.Errorf("%s (%s): a section has %d characters: %.40q", name, lang, n, s)
				}
			}
		}
		if a, b := strings.Count(string(en), "\n## "), strings.Count(string(zh), "\n## "); a != b {
			t.Errorf("%s: %d sections in English, %d in Chinese", name, a, b)
		}
		for _, n := range regexp.MustCompile(`\$[\d,.]*\d|\d+%|\d+ (?:days|months)`).FindAllString(string(en), -1) {
			n = number.FindString(strings.ReplaceAll(n, ",", ""))
			if !strings.Contains(string(zh), n) {
				t.Errorf("%s: %s is not in the Chinese text", name, n)
			}
		}
	}
}
