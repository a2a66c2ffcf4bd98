package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport is the design's first table: who may import whom. A trailing * means the folder's children; !x forbids x.
// gateway/telemetry may be imported by all of gateway.
var mayImport = map[string]string{
	"shop": "", "prompts": "", "retrieval/text": "", "web": "", "gateway/telemetry": "", "gateway/jsonscan": "",
	"shop/*":                          "shop shop/*",
	"retrieval":                       "retrieval/text shop",
	"retrieval/local":                 "retrieval retrieval/text shop",
	"retrieval/qdrant":                "retrieval retrieval/text shop",
	"retrieval/qdrant/qdranttest":     "",
	"retrieval/indextest":             "retrieval retrieval/text shop",
	"retrieval/ingest":                "retrieval shop shop/feed",
	"tools":                           "shop shop/* retrieval",
	"gateway/chat":                    "shop",
	"gateway/llm":                     "gateway/chat shop",
	"gateway/llm/openai":              "gateway/llm gateway/chat gateway/jsonscan shop",
	"gateway/llm/llmtest":             "gateway/llm gateway/chat shop",
	"gateway/llm/rules":               "gateway/llm gateway/chat shop shop/* retrieval retrieval/text prompts tools",
	"gateway/route":                   "gateway/chat gateway/llm gateway/jsonscan shop",
	"gateway/assistant":               "gateway/chat gateway/llm tools prompts shop retrieval/text",
	"gateway/usage":                   "gateway/chat shop",
	"gateway/cluster":                 "gateway/chat shop",
	"gateway/connector":               "shop",
	"gateway/connector/connectortest": "gateway/connector shop",
	"gateway/desk":                    "gateway/chat shop retrieval/text",
	"gateway/notify":                  "shop",
	"gateway/store":                   "gateway/chat gateway/desk gateway/usage shop shop/*",
	"gateway/store/storetest":         "gateway/store gateway/chat gateway/desk gateway/usage shop shop/*",
	"gateway/oidc":                    "",
	"gateway/api":                     "gateway/assistant gateway/chat gateway/desk gateway/oidc gateway/usage gateway/route tools shop shop/* web",
	"gateway/eval":                    "* !gateway/api",
	"gateway":                         "*",
}

// onlyIn is the second table: each required library has one importing package.
var onlyIn = map[string]string{
	"github.com/labstack/echo/":              "gateway/api",
	"github.com/sashabaranov/go-openai":      "gateway/llm/openai",
	"github.com/qdrant/go-client/":           "retrieval/qdrant",
	"github.com/tmc/langchaingo/":            "retrieval/ingest",
	"github.com/coreos/go-oidc/":             "gateway/oidc",
	"modernc.org/sqlite":                     "gateway/store",
	"github.com/pressly/goose/":              "gateway/store",
	"github.com/redis/rueidis":               "gateway/cluster",
	"github.com/maypok86/otter/v2":           "gateway/route",
	"go.opentelemetry.io/otel":               "gateway/telemetry",
	"github.com/google/jsonschema-go/":       "tools",
	"github.com/jackc/pgx/":                  "gateway/store",
	"github.com/failsafe-go/failsafe-go":     "gateway/route",
	"github.com/wneessen/go-mail":            "gateway/notify",
	"github.com/modelcontextprotocol/go-sdk": "gateway/api",
}

// topLevel are the product's code folders; nothing else may hold Go.
var topLevel = []string{"shop", "gateway", "tools", "retrieval", "prompts", "web"}

func allowed(pkg, imp string) (known, ok bool) {
	row, known := mayImport[pkg]
	if !known {
		row, known = mayImport[path.Dir(pkg)+"/*"]
	}
	if strings.HasPrefix(pkg, "gateway") && imp == "gateway/telemetry" {
		return known, true
	}
	for f := range strings.FieldsSeq(row) {
		switch {
		case f == "!"+imp:
			return known, false
		case f == "*", f == imp, strings.HasSuffix(f, "/*") && path.Dir(imp) == strings.TrimSuffix(f, "/*"):
			ok = true
		}
	}
	return known, ok
}

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir("..", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") {
			return nil
		}
		rel, _ := filepath.Rel("..", filepath.Dir(p))
		pkg := filepath.ToSlash(rel)
		if top, _, _ := strings.Cut(pkg, "/"); !slices.Contains(topLevel, top) {
			t.Errorf("%s: Go outside the house's folders", p)
			return nil
		}
		seen[pkg] = true
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		test := strings.HasSuffix(p, "_test.go")
		for _, s := range f.Imports {
			imp, _ := strconv.Unquote(s.Path.Value)
			ours, isOurs := strings.CutPrefix(imp, "shopkeeper/")
			if isOurs {
				if known, ok := allowed(pkg, ours); !known {
					t.Errorf("%s has no row in mayImport", pkg)
				} else if !ok && !test {
					t.Errorf("%s imports %s", pkg, ours)
				}
				continue
			}
			for lib, home := range onlyIn {
				if strings.HasPrefix(imp, lib) && pkg != home && !strings.HasPrefix(pkg, home+"/") && !test {
					t.Errorf("%s imports %s, which belongs to %s alone", pkg, imp, home)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range mayImport {
		if !strings.HasSuffix(pkg, "*") && !seen[pkg] {
			t.Errorf("mayImport has a row for %s, which does not exist", pkg)
		}
	}
	if len(seen) < 15 {
		t.Errorf("only %d packages seen: the walk is broken", len(seen))
	}
}

func TestAllowed(t *testing.T) {
	for _, c := range []struct {
		pkg, imp string
		want     bool
	}{
		{"shop", "retrieval", false},
		{"shop/demo", "shop/feed", true},
		{"gateway/api", "gateway/store", false},
		{"gateway/eval", "gateway/api", false},
		{"gateway/eval", "gateway/store", true},
		{"gateway/assistant", "gateway/telemetry", true},
		{"tools", "gateway/chat", false},
	} {
		if _, ok := allowed(c.pkg, c.imp); ok != c.want {
			t.Errorf("allowed(%s, %s) = %v", c.pkg, c.imp, ok)
		}
	}
}

// Who may ask other servers over HTTP, and why. Addresses come from the configuration: no message, product, feed or document is ever
// a reason to fetch something.
var mayFetch = map[string]string{
	"gateway/llm/openai": "models and embedders of the configuration",
	"gateway/connector":  "order systems of the configuration",
	"gateway/notify":     "webhooks of the configuration",
	"gateway":            "health asks the server that its caller names",
	"gateway/oidc":       "staff's own provider of the configuration",
	"gateway/telemetry":  "spans go to the collector of the configuration",
}

func TestOutboundRequests(t *testing.T) {
	client := map[string]bool{
		"Get": true, "Post": true, "PostForm": true, "Head": true, "Client": true, "DefaultClient": true, "Transport": true, "DefaultTransport": true,
		"NewRequest": true, "NewRequestWithContext": true,
	}
	looked := 0
	err := filepath.WalkDir("..", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") || strings.Contains(p, "node_modules") {
			return err
		}
		rel, _ := filepath.Rel("..", filepath.Dir(p))
		pkg := filepath.ToSlash(rel)
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, 0)
		if err != nil {
			return err
		}
		looked++
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok || mayFetch[pkg] != "" {
				return true
			}
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "http" && client[s.Sel.Name] {
				t.Errorf("%s uses http.%s: only the packages in mayFetch ask other servers", p, s.Sel.Name)
			}
			return true
		})
		return nil
	})
	if err != nil || looked < 100 {
		t.Fatal(looked, err)
	}
}
