package ingest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"shopkeeper/shop"
)

type shelf map[string][]shop.Passage

func (s shelf) PutDocument(_ context.Context, d shop.Document) error {
	ps, err := Split(d)
	s[d.Tenant+"/"+d.ID+"@"+d.Label] = ps
	return err
}

func split(name, text string) (shop.Document, []shop.Passage, error) {
	d, err := Read(context.Background(), name, []byte(text))
	if err != nil {
		return d, nil, err
	}
	ps, err := Split(d)
	return d, ps, err
}

func TestLoadDocuments(t *testing.T) {
	dir := fstest.MapFS{
		"returns.md": {Data: []byte("---\ntitle: Returns\nversion: 3\nlang: en\n---\n# Returns\n\nIntro text.\n\n## Window\n\nYou have **30 days**.\n\n## Fees\n\n- no fee\n- bring it back\n")},
		"faq.csv":    {Data: []byte("question,answer\nDo you ship abroad?,\"Yes, to 20 countries.\"\n")},
		"page.html":  {Data: []byte("<html><head><title>x</title><script>alert('hi')</script></head><body><h1>Levi's &amp; co</h1><p>Don't <b>worry</b>.</p><h2>Two</h2><p>b &lt; c</p></body></html>")},
		"note.txt":   {Data: []byte("Plain words.")},
		"logo.png":   {Data: []byte{1, 2, 3}},
	}
	got := shelf{}
	docs, n, skipped, err := LoadDocuments(context.Background(), got, "t", dir)
	if err != nil {
		t.Fatal(err)
	}
	if docs != 4 || n == 0 || !cmp.Equal(skipped, []string{"logo.png"}) {
		t.Errorf("docs %d, passages %d, skipped %v", docs, n, skipped)
	}
	quotes := map[string]string{}
	for key, ps := range got {
		for _, p := range ps {
			quotes[key+"|"+p.Section] = p.Quote
			if strings.Contains(p.Quote, "alert") || strings.Contains(p.Quote, "#39") || strings.HasPrefix(p.Quote, "#") {
				t.Errorf("%s: markup in %q", key, p.Quote)
			}
		}
	}
	for key, want := range map[string]string{
		"t/returns@3|Window": "30 days",
		"t/returns@3|Fees":   "no fee",
	} {
		if !strings.Contains(quotes[key], want) {
			t.Errorf("%s: got %q, want %q in it", key, quotes[key], want)
		}
	}
	var all []string
	for _, ps := range got {
		for _, p := range ps {
			all = append(all, p.Section+": "+p.Quote)
		}
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{"Levi's & co: Don't worry.", "Two: b < c", "Do you ship abroad?: ", "Yes, to 20 countries.", "Plain words."} {
		if !strings.Contains(text, want) {
			t.Errorf("missing %q in\n%s", want, text)
		}
	}
}

// What each format gives: section and quote of every passage, in order.
func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name, text string
		document   string
		want       [][2]string
	}{
		{
			"p/returns.md", "---\ntitle: Returns & refunds\nversion: '7'\n---\n# Returns\n\nIntro.\n\n## Window\n\nYou have **30 days**.\n\n- unused\n- in the box\n\n### Exceptions\n\n| Item | Days |\n|---|---|\n| Laptop | 14 |\n\n## 退货\n\n七天无理由。\n\nLast\n====\n5 < 6 &amp; on\n",
			"Returns & refunds",
			[][2]string{{"Returns", "Intro."}, {"Window", "You have **30 days**.\n- unused\n- in the box"}, {"Exceptions", "| Item | Days |\n| --- | --- |\n| Laptop | 14 |"}, {"退货", "七天无理由。"}, {"Last", "5 < 6 &amp; on"}},
		},
		{
			"faq.csv", "\xef\xbb\xbfquestion,answer,topic\nDo you ship?,\"Yes, abroad.\",Shipping\n,Only an answer,Fees\n", "faq",
			[][2]string{{"Do you ship?", "question: Do you ship?\nanswer: Yes, abroad.\ntopic: Shipping"}, {"Fees", "answer: Only an answer\ntopic: Fees"}},
		},
		{
			"a.html", "<html><head><title>t</title><style>p{}</style></head><body><h1>Fees &amp; more</h1><table><tr><th>Item</th><th>Fee</th></tr><tr><td>A</td><td>5</td></tr></table><h4>Small</h4><p>x &lt;b&gt; y<br>z</p><h2>Two</h2><ul><li>one</li><li onclick='x'>two</li></ul><script>alert(1)</script></body></html>", "a",
			[][2]string{{"Fees & more", "Item | Fee\nA | 5\nSmall\nx <b> y\nz"}, {"Two", "one\ntwo"}},
		},
		{"note.txt", "Plain words.\r\n\r\nMore.", "note", [][2]string{{"note", "Plain words.\nMore."}}},
		{"empty.md", "# Only a heading\n", "empty", nil},
	} {
		d, ps, err := split(c.name, c.text)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got [][2]string
		for i, p := range ps {
			got = append(got, [2]string{p.Section, p.Quote})
			if p.Document != c.document || p.Version != d.Label || p.ID != fmt.Sprintf("policy/%s@0#%d", d.ID, i+1) {
				t.Errorf("%s: passage %+v of document %+v", c.name, p, d)
			}
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s:\n%s", c.name, d)
		}
	}
}

func TestDocumentsThatAreRefused(t *testing.T) {
	for name, dir := range map[string]fstest.MapFS{
		"two files of one name": {"a/returns.md": {Data: []byte("x")}, "a/returns.txt": {Data: []byte("y")}},
		"not UTF-8":             {"a.md": {Data: []byte{0xff}}},
		"too large":             {"a.txt": {Data: make([]byte, documentSize+1)}},
	} {
		dir["0.txt"] = &fstest.MapFile{Data: []byte("a good one before it")}
		to := shelf{}
		if _, _, _, err := LoadDocuments(context.Background(), to, "t", dir); err == nil || !strings.Contains(err.Error(), "a") || len(to) != 0 {
			t.Errorf("%s: error %v, %d documents stored", name, err, len(to))
		}
	}
}

func TestReadAll(t *testing.T) {
	ds, err := ReadAll(context.Background(), map[string]string{
		"zh/b.md": "---\ntitle: 退货\nkind: faq\nlang: zh\nversion: 2026-05\ntags: 退货, 退款\nphrases: 怎么退货 | 七天无理由\n---\n# 退货\n\n七天。", "a.md": "# A\n\nay",
	})
	want := []shop.Document{
		{Kind: shop.Policy, ID: "a", Title: "a", Label: "05e57598", Text: "# A\n\nay"},
		{Kind: shop.FAQ, ID: "zh-b", Lang: "zh", Title: "退货", Label: "2026-05", Tags: []string{"退货", "退款"}, Phrases: []string{"怎么退货", "七天无理由"}, Text: "# 退货\n\n七天。"},
	}
	if d := cmp.Diff(want, ds); d != "" || err != nil {
		t.Errorf("%s, %v", d, err)
	}
	for _, bad := range []string{"\xff", "---\nkind: poem\n---\nx"} {
		if _, err := ReadAll(context.Background(), map[string]string{"a.md": bad}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestSplitLongText(t *testing.T) {
	long := strings.Repeat("这是一个很长的句子，讲的是退货政策。", 200)
	one, ps, err := split("a.txt", long)
	if err != nil {
		t.Fatal(err)
	}
	if len(ps) < 3 {
		t.Fatalf("%d passages", len(ps))
	}
	for _, p := range ps {
		if n := len([]rune(p.Quote)); n > passageSize {
			t.Errorf("passage of %d characters", n)
		}
	}
	two, _, _ := split("a.txt", long+"！")
	if one.Label == two.Label {
		t.Error("another text has the same version")
	}
	if _, _, err := split("b.md", "\xff\xfe"); err == nil {
		t.Error("invalid UTF-8 was taken")
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("a.md", "---\nversion: 1\n---\n# A\n\ntext\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
	f.Add("a.html", "<h1>x<p>y<script>z")
	f.Add("a.csv", "question,answer\n\"a\nb\",c\n")
	f.Add("a.txt", "一二三")
	f.Fuzz(func(t *testing.T, name, body string) {
		if len(body) > 1<<14 {
			return
		}
		_, ps, err := split(name, body)
		if err != nil {
			return
		}
		for _, p := range ps {
			if p.Quote == "" || p.Version == "" || p.ID == "" {
				t.Errorf("passage without substance: %+v", p)
			}
		}
	})
}
