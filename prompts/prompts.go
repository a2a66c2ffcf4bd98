// Package prompts renders the texts that models and shoppers read: one template per task and language, versioned by content hash.
//
// A file is NAME.LANG.md.tmpl. `rules` holds many short texts as named blocks, each rendered by "rules/BLOCK". An operator's
// folder replaces single files, or single blocks of rules, and may add a language to a name that exists.
package prompts

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"text/template"
)

//go:embed *.md.tmpl
var builtin embed.FS

const suffix = ".md.tmpl"

// Prompt is a rendered text. Version is a hash of the template, so it is the same for every shop and turn until somebody
// edits the file.
type Prompt struct{ Text, Version string }

// Set holds parsed templates. It never changes after Open and is safe for concurrent use.
type Set struct{ files map[string]*file } // by "name.lang"

type file struct {
	tmpl    *template.Template
	version string
}

// Open parses the built-in templates and those of override (nil: none) and renders each once with sample data, so that a
// broken template stops the start and not a conversation. Errors name file and line.
func Open(override fs.FS) (*Set, error) {
	s := &Set{files: map[string]*file{}}
	if err := s.load(builtin, false); err != nil {
		return nil, err
	}
	if override != nil {
		if err := s.load(override, true); err != nil {
			return nil, err
		}
	}
	for _, key := range s.keys() {
		if err := s.files[key].try(key); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Set) load(dir fs.FS, over bool) error {
	names, err := fs.Glob(dir, "*"+suffix)
	if err != nil {
		return fmt.Errorf("list prompts: %w", err)
	}
	for _, name := range names {
		src, err := fs.ReadFile(dir, name)
		if err != nil {
			return fmt.Errorf("read prompt %s: %w", name, err)
		}
		key := strings.TrimSuffix(name, suffix)
		base, lang, ok := strings.Cut(key, ".")
		if !ok || base == "" || lang == "" {
			return fmt.Errorf("prompt %s: the name must be NAME.LANG%s", name, suffix)
		}
		if over && s.files[base+".en"] == nil {
			return fmt.Errorf("prompt %s: there is no prompt %q, only %s", name, base, strings.Join(s.names(), ", "))
		}
		f, err := s.parse(name, base, lang, string(src), over)
		if err != nil {
			return err
		}
		s.files[key] = f
	}
	return nil
}

// parse reads one file. An override of blocks is laid over what it replaces (a new language over English), so that it may
// hold one block only; a block that nothing would ever render is a typing error and is refused.
func (s *Set) parse(name, base, lang, src string, over bool) (*file, error) {
	under := s.files[base+"."+lang]
	if under == nil {
		under = s.files[base+".en"]
	}
	t := template.New(name).Funcs(funcs(lang)).Option("missingkey=error")
	version := sum(src)
	blocks := over && base == "rules"
	if blocks {
		clone, err := under.tmpl.Clone()
		if err != nil {
			return nil, fmt.Errorf("prompt %s: %w", name, err)
		}
		t = clone.New(name).Funcs(funcs(lang))
		version = sum(under.version + src)
	}
	t, err := t.Parse(src)
	if err != nil {
		return nil, fmt.Errorf("prompt %s: %w", name, err)
	}
	if blocks {
		for _, b := range t.Templates() {
			if !strings.HasSuffix(b.Name(), suffix) && under.tmpl.Lookup(b.Name()) == nil {
				return nil, fmt.Errorf("prompt %s: there is no block %q to replace", name, b.Name())
			}
		}
	}
	return &file{t, version}, nil
}

// try renders everything in a file, with full and with empty data: together they pass most branches.
func (f *file) try(key string) error {
	base, _, _ := strings.Cut(key, ".")
	for _, data := range samples(base) {
		names := []string{f.tmpl.Name()}
		if base == "rules" {
			names = blocks(f.tmpl)
		}
		for _, name := range names {
			if err := f.tmpl.ExecuteTemplate(&bytes.Buffer{}, name, data); err != nil {
				return fmt.Errorf("prompt %s%s does not render: %w", key, suffix, err)
			}
		}
	}
	return nil
}

// ErrUnknown says that no template has this name.
var ErrUnknown = errors.New("unknown prompt")

// Render fills the template of a name ("shopper", "summary", "rules/greeting") in a language. Regions are dropped
// (zh-CN is zh); a language without a template of that name gets English.
func (s *Set) Render(name, lang string, data any) (Prompt, error) {
	base, block, isBlock := strings.Cut(name, "/")
	lang, _, _ = strings.Cut(strings.ToLower(lang), "-")
	f := s.files[base+"."+lang]
	if f == nil {
		f = s.files[base+".en"]
	}
	if f == nil {
		return Prompt{}, fmt.Errorf("%w %q", ErrUnknown, name)
	}
	t := f.tmpl
	if isBlock {
		if t = t.Lookup(block); t == nil {
			return Prompt{}, fmt.Errorf("%w %q", ErrUnknown, name)
		}
	}
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		return Prompt{}, fmt.Errorf("render prompt %s: %w", name, err)
	}
	return Prompt{strings.TrimSpace(b.String()), f.version}, nil
}

// Blocks lists the blocks of a name in English, sorted: what Render takes after the slash.
func (s *Set) Blocks(name string) []string {
	if f := s.files[name+".en"]; f != nil {
		return blocks(f.tmpl)
	}
	return nil
}

func blocks(t *template.Template) (out []string) {
	for _, b := range t.Templates() {
		if !strings.HasSuffix(b.Name(), suffix) {
			out = append(out, b.Name())
		}
	}
	slices.Sort(out)
	return out
}

func (s *Set) keys() (out []string) {
	for k := range s.files {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func (s *Set) names() (out []string) {
	for _, k := range s.keys() {
		base, _, _ := strings.Cut(k, ".")
		out = append(out, base)
	}
	return slices.Compact(out)
}

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:6])
}
