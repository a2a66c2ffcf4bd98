package api

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Every act that the code writes into the audit has words on the operator's page, in each language.
func TestEveryActHasWords(t *testing.T) {
	acts := writtenActs(t, filepath.Join("..", ".."))
	if len(acts) < 13 || !slices.Contains(acts, "sign_in") || !slices.Contains(acts, "assistant_off") || !slices.Contains(acts, "backup") {
		t.Fatalf("the search for acts found only %q", acts)
	}
	for _, lang := range []string{"en", "zh-CN"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "web", "src", "admin", "i18n", lang+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var words map[string]string
		if err := json.Unmarshal(data, &words); err != nil {
			t.Fatal(err)
		}
		for _, act := range acts {
			if words["act."+act] == "" {
				t.Errorf("%s.json has no words for the act %q: add \"act.%s\"", lang, act, act)
			}
		}
	}
}

// writtenActs are those of every shop.AuditEntry that the sources below a directory make. An Act is a text, or a variable of the same
// function that is only ever given texts.
func writtenActs(t *testing.T, root string) (acts []string) {
	t.Helper()
	files := token.NewFileSet()
	add := func(e ast.Expr) bool {
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return false
		}
		act, err := strconv.Unquote(lit.Value)
		if err == nil && !slices.Contains(acts, act) {
			acts = append(acts, act)
		}
		return err == nil
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "storetest" || d.Name() == "web" || len(d.Name()) > 2 && d.Name()[0] == '.') {
			return fs.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			ast.Inspect(decl, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CompositeLit:
					if a, ok := n.Type.(*ast.ArrayType); ok && isNamed(a.Elt, "AuditEntry") && len(n.Elts) > 0 {
						t.Errorf("%s: write the type of each entry, so that this test sees it", files.Position(n.Pos()))
					}
					if !isNamed(n.Type, "AuditEntry") {
						return true
					}
					for _, el := range n.Elts {
						kv, ok := el.(*ast.KeyValueExpr)
						if !ok {
							t.Errorf("%s: name the fields of an audit entry", files.Position(n.Pos()))
							continue
						}
						if isNamed(kv.Key, "Act") && !add(kv.Value) && !assigned(decl, kv.Value, add) {
							t.Errorf("%s: write the act as a text, so that this test sees it", files.Position(kv.Pos()))
						}
					}
				case *ast.AssignStmt: // e.Act = …
					for i, l := range n.Lhs {
						if s, ok := l.(*ast.SelectorExpr); ok && s.Sel.Name == "Act" && (len(n.Rhs) != len(n.Lhs) || !add(n.Rhs[i])) {
							t.Errorf("%s: write the act as a text, so that this test sees it", files.Position(n.Pos()))
						}
					}
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(acts)
	return acts
}

func isNamed(e ast.Expr, name string) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == name
	case *ast.SelectorExpr:
		return e.Sel.Name == name
	}
	return false
}

// assigned adds what a variable is given within a function; false when that is not known.
func assigned(fn ast.Node, v ast.Expr, add func(ast.Expr) bool) bool {
	id, ok := v.(*ast.Ident)
	found, known := false, true
	ast.Inspect(fn, func(n ast.Node) bool {
		a, is := n.(*ast.AssignStmt)
		if !is {
			return true
		}
		for i, l := range a.Lhs {
			if ok && isNamed(l, id.Name) {
				found = true
				known = known && len(a.Rhs) == len(a.Lhs) && add(a.Rhs[i])
			}
		}
		return true
	})
	return ok && found && known
}
