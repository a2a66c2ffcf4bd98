package rules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Patterns are compiled late, so a broken one would be found late: each literal that stands alone in a call of re is compiled here.
func TestPatternsCompile(t *testing.T) {
	n := 0
	pkgs, err := parser.ParseDir(token.NewFileSet(), ".", func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(pkgs["rules"], func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		if f, ok := call.Fun.(*ast.Ident); !ok || f.Name != "re" {
			return true
		}
		for _, arg := range call.Args {
			lit, ok := arg.(*ast.BasicLit)
			if !ok {
				continue
			}
			text, err := strconv.Unquote(lit.Value)
			if err == nil {
				_, err = regexp.Compile(text)
			}
			if n++; err != nil {
				t.Errorf("%s: %v", lit.Value, err)
			}
		}
		return true
	})
	if n < 100 {
		t.Errorf("only %d patterns are looked at", n)
	}
}
