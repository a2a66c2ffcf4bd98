package ingest

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"shopkeeper/shop"
)

type shelf map[string][]shop.Passage

func (s shelf) PutDocument(_ context.Context, tenant, document, version string, ps []shop.Passage) error {
	s[tenant+"/"+document+"@"+version] = ps
	return nil
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

func TestSplitLongText(t *testing.T) {
	long := strings.Repeat("这是一个很长的句子，讲的是退货政策。", 200)
	_, v1, ps, err := Split(context.Background(), "a.txt", []byte(long))
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
	_, v2, _, _ := Split(context.Background(), "a.txt", []byte(long+"！"))
	if v1 == v2 {
		t.Error("another text has the same version")
	}
	if _, _, _, err := Split(context.Background(), "b.md", []byte{0xff, 0xfe}); err == nil {
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
		_, _, ps, err := Split(context.Background(), name, []byte(body))
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
