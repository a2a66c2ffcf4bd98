package prompts

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

func open(t *testing.T) *Set {
	t.Helper()
	s, err := Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestGolden(t *testing.T) {
	s := open(t)
	for _, lang := range []string{"en", "zh"} {
		for name, text := range map[string]string{
			"shopper": mustRender(t, s, "shopper", lang, Shopper{Shop: "Levi's & Sons", Lang: "en", Currency: "USD"}).Text,
			"summary": mustRender(t, s, "summary", lang, nil).Text,
			"rules":   everyBlock(t, s, lang),
		} {
			path := filepath.Join("testdata", name+"."+lang+".golden")
			if *update {
				if err := os.MkdirAll("testdata", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if text+"\n" != string(want) {
				t.Errorf("%s differs from %s (run with -update and read the change):\n%s", name, path, text)
			}
		}
	}
}

func mustRender(t *testing.T, s *Set, name, lang string, data any) Prompt {
	t.Helper()
	p, err := s.Render(name, lang, data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func everyBlock(t *testing.T, s *Set, lang string) string {
	var b strings.Builder
	for _, block := range s.Blocks("rules") {
		for _, data := range samples("rules") {
			b.WriteString(block + ": " + mustRender(t, s, "rules/"+block, lang, data).Text + "\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func TestLanguagesHaveTheSameBlocks(t *testing.T) {
	s := open(t)
	if en, zh := blocks(s.files["rules.en"].tmpl), blocks(s.files["rules.zh"].tmpl); !slices.Equal(en, zh) {
		t.Fatalf("blocks differ:\nen %v\nzh %v", en, zh)
	}
}

func TestVersionIsOfTheTemplateAlone(t *testing.T) {
	s := open(t)
	a := mustRender(t, s, "shopper", "en", Shopper{Shop: "A", Currency: "USD"})
	b := mustRender(t, s, "shopper", "en-US", Shopper{Shop: "B", Currency: "EUR"})
	if a.Version != b.Version || a.Text == b.Text || len(a.Version) != 12 {
		t.Fatalf("%+v %+v", a, b)
	}
	if zh := mustRender(t, s, "shopper", "zh-CN", Shopper{}); zh.Version == a.Version || !strings.Contains(zh.Text, "自动购物助手") {
		t.Fatalf("zh-CN is not the Chinese one: %+v", zh)
	}
	if fr := mustRender(t, s, "shopper", "fr", Shopper{}); fr.Version != a.Version {
		t.Fatal("an unknown language did not fall back to English")
	}
	if !strings.Contains(mustRender(t, s, "shopper", "en", Shopper{Shop: "Levi's"}).Text, "Levi's") {
		t.Fatal("the name was escaped")
	}
}

func TestOverride(t *testing.T) {
	before := open(t)
	s, err := Open(fstest.MapFS{
		"shopper.en.md.tmpl": {Data: []byte("Sell {{.Shop}}.")},
		"rules.zh.md.tmpl":   {Data: []byte(`{{define "bye"}}慢走！{{end}}`)},
		"rules.fr.md.tmpl":   {Data: []byte(`{{define "bye"}}Au revoir !{{end}}`)},
		"README.md":          {Data: []byte("not a template {{")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][3]string{{"rules/bye", "zh", "慢走！"}, {"rules/bye", "fr", "Au revoir !"}, {"shopper", "en", "Sell X."}} {
		if got := mustRender(t, s, c[0], c[1], map[string]string{"Shop": "X"}); got.Text != c[2] {
			t.Errorf("%s %s = %q", c[0], c[1], got.Text)
		}
	}
	if a, b := mustRender(t, before, "rules/thanks", "zh", Say{}), mustRender(t, s, "rules/thanks", "zh", Say{}); a.Text != b.Text || a.Version == b.Version {
		t.Errorf("a block that was not replaced: %+v, %+v", a, b)
	}
	if mustRender(t, before, "rules/bye", "zh", Say{}).Text == "慢走！" {
		t.Error("an override changed another set")
	}
}

func TestBadOverridesStopTheStart(t *testing.T) {
	for file, c := range map[string]struct{ src, want string }{
		"shopper.en.md.tmpl": {"ok\n{{if}}", "shopper.en.md.tmpl:2"},
		"shopper.zh.md.tmpl": {"a\nb {{.Shopp}}", "shopper.zh.md.tmpl:2"},
		"rules.en.md.tmpl":   {`{{define "by"}}x{{end}}`, `no block "by"`},
		"rules.zh.md.tmpl":   {"\n{{define \"bye\"}}{{.Nope}}{{end}}", "rules.zh.md.tmpl:2"},
		"shoper.en.md.tmpl":  {"x", `there is no prompt "shoper"`},
		"shopper.md.tmpl":    {"x", "NAME.LANG"},
	} {
		_, err := Open(fstest.MapFS{file: {Data: []byte(c.src)}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want it to say %q", file, err, c.want)
		}
	}
}

func TestUnknownNames(t *testing.T) {
	s := open(t)
	for _, name := range []string{"", "nope", "rules/nope", "rules/../shopper"} {
		if _, err := s.Render(name, "en", nil); err == nil {
			t.Errorf("%q rendered", name)
		}
	}
}
