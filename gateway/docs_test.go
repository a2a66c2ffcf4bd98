package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

// pages are what users read.
func pages(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../docs/*.md")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	out := map[string]string{}
	for _, f := range append(files, "../README.md", "../CHANGELOG.md") {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[f] = string(raw)
	}
	return out
}

type fenced struct{ info, text string }

// fences are a page's code blocks: what stands behind the ``` that opens one, and the lines within.
func fences(t *testing.T, page string) (out []fenced) {
	t.Helper()
	var b *fenced
	for line := range strings.Lines(page) {
		info, fence := strings.CutPrefix(strings.TrimRight(line, "\n"), "```")
		switch {
		case b == nil && fence:
			b = &fenced{info: info}
		case fence:
			out = append(out, *b)
			b = nil
		case b != nil:
			b.text += line
		}
	}
	if b != nil {
		t.Errorf("a block is not closed: %.60q", b.text)
	}
	return out
}

// Blocks marked "sh run" are run, a page's in one shell and folder, against the demo whose address is in SHOP.
func TestDocsRun(t *testing.T) {
	for _, name := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(err)
			}
			t.Skipf("%s is not on this machine", name)
		}
	}
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := serve(t, "--demo")
	docs, err := filepath.Abs("../docs")
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for file, page := range pages(t) {
		script := ""
		for _, f := range fences(t, page) {
			if f.info == "sh run" {
				script += f.text
				ran++
			}
		}
		if script == "" {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Symlink(bin, filepath.Join(dir, "shopkeeper")); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(docs, filepath.Join(dir, "docs")); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "sh", "-eu")
			cmd.Dir, cmd.Stdin, cmd.WaitDelay = dir, strings.NewReader(script), time.Second
			cmd.Env = []string{"PATH=" + dir + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + dir, "SHOP=" + p.url}
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Run(); err != nil {
				t.Errorf("%v\n%s", err, out.String())
			}
		})
	}
	if ran < 12 {
		t.Errorf("only %d blocks are run", ran)
	}
}

// Configuration files in the documents are good ones.
func TestDocsConfigurations(t *testing.T) {
	t.Setenv("DEEPSEEK_KEY_1", "k1") // the documents name them
	t.Setenv("DEEPSEEK_KEY_2", "k2")
	t.Setenv("MAIL_PASSWORD", "p")
	t.Setenv("SHOP_WEBHOOK_SECRET", strings.Repeat("s", 32))
	t.Setenv("ORDERS_SECRET", strings.Repeat("s", 32))
	checked := 0
	for file, page := range pages(t) {
		for _, f := range fences(t, page) {
			if f.info != "toml" {
				continue
			}
			checked++
			if code, _, errs := cli(t, "config", "check", write(t, "shopkeeper.toml", f.text)); code != 0 {
				t.Errorf("%s: %s%s", file, errs, f.text)
			}
		}
	}
	if checked < 5 {
		t.Errorf("only %d configurations are checked", checked)
	}
}

// configure.md has every setting with its flag and its default, and no other.
func TestDocsSettings(t *testing.T) {
	page := pages(t)["../docs/configure.md"]
	rows := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_.]+)` \\| (.*?) \\| (.*?) \\|").FindAllStringSubmatch(page, -1) {
		rows[fmt.Sprint(m[1:])] = true
	}
	for _, l := range settingLeaves() {
		flag, def := "file only", "empty"
		if l.flag != "" {
			flag = "`--" + l.flag + "`"
		}
		if l.def != "" {
			def = "`" + l.def + "`"
		}
		row := fmt.Sprint([]string{l.path, flag, def})
		if !rows[row] {
			t.Errorf("configure.md lacks the row %s", row)
		}
		delete(rows, row)
	}
	for row := range rows {
		t.Errorf("configure.md has a row that is no setting: %s", row)
	}
}

// Every route of the description is in the documents, and every command that there is.
func TestDocsNameWhatThereIs(t *testing.T) {
	all := ""
	for _, page := range pages(t) {
		all += page
	}
	raw, err := os.ReadFile("api/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var api struct {
		Paths map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(raw, &api); err != nil || len(api.Paths) < 15 {
		t.Fatal(len(api.Paths), err)
	}
	for path := range api.Paths {
		stem, _, _ := strings.Cut(path, "{")
		if !strings.Contains(all, strings.TrimSuffix(stem, "/")) {
			t.Errorf("no page names %s", path)
		}
	}
	_, help, _ := cli(t, "--help")
	_, commands, _ := strings.Cut(help, "Commands:")
	found := 0
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z]+)(?: ([a-z]+))?  `).FindAllStringSubmatch(commands, -1) {
		found++
		name := strings.TrimSpace(m[1] + " " + m[2])
		if m[1] == "eval" { // its suites are named by its help
			name = "shopkeeper eval"
		}
		if !strings.Contains(all, name) {
			t.Errorf("no page names the command %s", name)
		}
	}
	if found < 10 {
		t.Errorf("only %d commands in the help:\n%s", found, help)
	}
}

// Links lead somewhere: files beside the pages, and headings of theirs.
func TestDocsLinks(t *testing.T) {
	for file, page := range pages(t) {
		for _, m := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(page, -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), target)); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}
