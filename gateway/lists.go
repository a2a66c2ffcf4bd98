package main

import (
	"fmt"
	"io"
	"reflect"
	"strings"
)

// entry is one field of a list's entries.
type entry struct {
	path, help string
	secret     bool
}

// listEntries are the fields of all lists, for messages and documents.
func listEntries() []entry { return entriesOf(reflect.TypeFor[Lists](), "") }

func entriesOf(t reflect.Type, path string) (out []entry) {
	for i := range t.NumField() {
		f := t.Field(i)
		at := path + f.Tag.Get("toml")
		if f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct {
			out = append(out, entriesOf(f.Type.Elem(), at+".")...)
			continue
		}
		out = append(out, entry{at, f.Tag.Get("help"), f.Tag.Get("secret") != ""})
	}
	return out
}

// line is where in a file's text the nth entry of the list has the field, 1-based; else where the entry begins.
func (m *misfit) line(text string) int {
	n, at := -1, 1
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			name := strings.Trim(strings.SplitN(line, "#", 2)[0], "[] \t")
			switch {
			case name == m.list:
				if n++; n == m.n {
					at = i + 1
				}
			case n == m.n && name == m.list+"."+m.field:
				return i + 1
			case n == m.n && !strings.HasPrefix(name, m.list+"."):
				return at
			}
			continue
		}
		if name, _, ok := strings.Cut(line, "="); ok && n == m.n && strings.TrimSpace(name) == m.field {
			return i + 1
		}
	}
	return at
}

// print writes the lists as TOML, secrets masked. Where a list is empty it says in a comment what an entry may hold.
func (l Lists) print(w io.Writer) error {
	v := reflect.ValueOf(l)
	for i := range v.NumField() {
		name, list := v.Type().Field(i).Tag.Get("toml"), v.Field(i)
		if list.Len() == 0 {
			if _, err := fmt.Fprintf(w, "\n# [[%s]]\n", name); err != nil {
				return err
			}
			for _, e := range entriesOf(list.Type().Elem(), "") {
				if _, err := fmt.Fprintf(w, "#   %s: %s\n", e.path, e.help); err != nil {
					return err
				}
			}
		}
		for n := range list.Len() {
			if err := printEntry(w, name, list.Index(n)); err != nil {
				return err
			}
		}
	}
	return nil
}

func printEntry(w io.Writer, name string, v reflect.Value) error {
	if _, err := fmt.Fprintf(w, "\n[[%s]]\n", name); err != nil {
		return err
	}
	var inner []func() error
	for i := range v.NumField() {
		f, val := v.Type().Field(i), v.Field(i)
		key := f.Tag.Get("toml")
		if val.IsZero() {
			continue
		}
		if f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct {
			for n := range val.Len() {
				inner = append(inner, func() error { return printEntry(w, name+"."+key, val.Index(n)) })
			}
			continue
		}
		out := reflect.Indirect(val).Interface()
		if f.Tag.Get("secret") != "" {
			out = masked(out)
		}
		enc, err := tomlValue(out)
		if err != nil {
			return fmt.Errorf("print %s.%s: %w", name, key, err)
		}
		if _, err := fmt.Fprintf(w, "# %s\n%s = %s\n", f.Tag.Get("help"), key, enc); err != nil {
			return err
		}
	}
	for _, p := range inner {
		if err := p(); err != nil {
			return err
		}
	}
	return nil
}

// masked hides a secret; the name of an environment variable is none.
func masked(v any) any {
	switch x := v.(type) {
	case string:
		if strings.HasPrefix(x, "$") {
			return x
		}
		return "***"
	case []string:
		out := make([]string, len(x))
		for i, s := range x {
			name, _, header := strings.Cut(s, ":")
			switch {
			case strings.HasPrefix(s, "$"):
				out[i] = s
			case header:
				out[i] = name + ": ***"
			default:
				out[i] = "***"
			}
		}
		return out
	}
	return v
}
