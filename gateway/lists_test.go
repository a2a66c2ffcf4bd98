package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every example of docs/ is a file that config check accepts.
func TestExampleConfigurations(t *testing.T) {
	files, err := filepath.Glob("../docs/examples/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		if code, _, errs := cli(t, "config", "check", f); code != 0 {
			t.Errorf("%s: %s", f, errs)
		}
	}
}

const ladderOf2 = `[[providers]]
name = "a"
url = "http://127.0.0.1:1/v1"
keys = ["sk-hidden-1", "$LIST_KEY"]
headers = ["X-Team: hidden-2"]

[[targets]]
provider = "a"
model = "m1"
input = 0.5

[[targets]]
name = "second"
provider = "a"
model = "m2"

[[aliases]]
name = "fast"
hedge = 0.1

[[aliases.rungs]]
targets = ["m1", "second"]
weights = [3, 1]

[[aliases.rungs]]
targets = ["second"]

[[keys]]
secret = "sk-hidden-3"
role = "app"
tenant = "t"
`

func TestLists(t *testing.T) {
	t.Setenv("LIST_KEY", "sk-hidden-4")
	f := write(t, "c.toml", ladderOf2)
	if code, _, errs := cli(t, "config", "check", f); code != 0 {
		t.Fatal(errs)
	}
	_, out, _ := cli(t, "config", "print", "--config", f)
	if strings.Contains(out, "hidden") {
		t.Errorf("a secret is printed:\n%s", out)
	}
	for _, want := range []string{`keys = ["***", "$LIST_KEY"]`, `headers = ["X-Team: ***"]`, "[[aliases.rungs]]", "weights = [3, 1]", "input = 0.5", `secret = "***"`} {
		if !strings.Contains(out, want) {
			t.Errorf("config print lacks %s:\n%s", want, out)
		}
	}
	if code, _, errs := cli(t, "config", "check", write(t, "printed.toml", out)); code != 0 {
		t.Errorf("what config print wrote: %s", errs)
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"unknown key", "weights =", "weight =", `:23: unknown key "aliases.rungs.weight"; did you mean "aliases.rungs.weights"?`},
		{"unknown provider", "name = \"second\"\nprovider = \"a\"", "name = \"second\"\nprovider = \"b\"", `:14: targets 2: no provider is called "b"; did you mean "a"?`},
		{"unknown target", `["m1", "second"]`, `["m1", "secnd"]`, `no target is called "secnd"; did you mean "second"?`},
		{"weights", "[3, 1]", "[3]", `rung 1 has 2 targets but 1 weights`},
		{"weight below 1", "[3, 1]", "[3, 0]", "weight below 1"},
		{"no address", "http://127.0.0.1:1/v1", "127.0.0.1", `:3: providers 1: url is`},
		{"no such variable", "$LIST_KEY", "$NO_LIST_KEY", ":4: providers 1: the environment has no NO_LIST_KEY"},
		{"twice", `name = "second"`, `name = "m1"`, `:13: targets 2: the name "m1" is taken twice`},
		{"role", `role = "app"`, `role = "king"`, `:29: keys 1: role is "king"`},
		{"price", "input = 0.5", "input = -1", "a price is below 0"},
		{"hedge", "hedge = 0.1", "hedge = 10", ":19: aliases 1: hedge is 10"},
		{"wrong type", "input = 0.5", `input = "cheap"`, ":10: "},
	} {
		text := strings.Replace(ladderOf2, c.old, c.new, 1)
		if text == ladderOf2 {
			t.Fatalf("%s: nothing replaced", c.name)
		}
		code, _, errs := cli(t, "config", "check", write(t, "c.toml", text))
		if code != 1 || !strings.Contains(errs, c.want) {
			t.Errorf("%s: %d %q; want %q", c.name, code, errs, c.want)
		}
	}
}

// What the documents say of the lists is what there is.
func TestListsAreDocumented(t *testing.T) {
	raw, err := os.ReadFile("../docs/configure.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range listEntries() {
		if !strings.Contains(string(raw), "| `"+e.path+"` |") {
			t.Errorf("docs/configure.md has no row for %s", e.path)
		}
	}
}
