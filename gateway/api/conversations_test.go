package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/llm/llmtest"
)

var update = flag.Bool("update", false, "write the answers of testdata/conversations anew; read the diff")

// TestConversations plays whole conversations over HTTP. A file has the model's script and then requests with the answers that
// they must get, byte for byte but for ids, which are named in the order in which they appear.
//
//	-- model --          steps apart by an empty line; lines: text …, call TOOL ARGS, finish stop|length|content_filter, fail KIND
//	-- 1 request --      METHOD PATH KEY, headers, an empty line, the body
//	-- 1 answer --       status, content type, an empty line, the body; of a stream one event a line
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/conversations/*.txtar")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			h := plan{model: scriptOf(t, a)}.open(t)
			names := namer{}
			var out txtar.Archive
			out.Comment = a.Comment
			for _, f := range a.Files {
				if name, ok := strings.CutSuffix(f.Name, " answer"); ok {
					if !slices.ContainsFunc(a.Files, func(f txtar.File) bool { return f.Name == name+" request" }) {
						t.Fatalf("%s has no request", f.Name)
					}
					continue
				}
				out.Files = append(out.Files, f)
				name, ok := strings.CutSuffix(f.Name, " request")
				if !ok {
					continue
				}
				got := names.hide(h.play(t, names.show(string(f.Data))))
				out.Files = append(out.Files, txtar.File{Name: name + " answer", Data: []byte(got)})
				if *update {
					continue
				}
				i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == name+" answer" })
				if i < 0 {
					t.Fatalf("request %s has no answer; run with -update and read the diff", name)
				}
				if diff := cmp.Diff(string(a.Files[i].Data), got); diff != "" {
					t.Fatalf("request %s (-want +got):\n%s", name, diff)
				}
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(&out), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func scriptOf(t *testing.T, a *txtar.Archive) llm.Model {
	i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == "model" })
	if i < 0 {
		t.Fatal("no model")
	}
	s := &llmtest.Script{}
	for n, step := range strings.Split(strings.TrimSpace(string(a.Files[i].Data)), "\n\n") {
		var deltas []llm.Delta
		var fails error
		usage := &chat.Usage{Input: 100, Output: 20, Cached: 60}
		for line := range strings.Lines(step) {
			word, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			switch word {
			case "text":
				deltas = append(deltas, llmtest.Text(rest)...)
			case "call":
				tool, args, _ := strings.Cut(rest, " ")
				deltas = append(deltas, llmtest.Call(fmt.Sprintf("call-%d-%d", n+1, len(deltas)), tool, args), llm.Delta{Finish: llm.Calls, Usage: usage})
			case "finish":
				deltas = append(deltas, llm.Delta{Finish: llm.Finish(rest), Usage: usage})
			case "fail":
				fails = &llm.Error{Kind: map[string]llm.Kind{"down": llm.Down, "cut": llm.Cut, "rate_limited": llm.RateLimited}[rest]}
			default:
				t.Fatalf("model step %d: %q", n+1, line)
			}
		}
		s.Steps = append(s.Steps, func(*llm.Request) ([]llm.Delta, error) { return deltas, fails })
	}
	return s
}

// play sends one request and writes down its answer.
func (h *house) play(t *testing.T, request string) string {
	t.Helper()
	head, body, _ := strings.Cut(request, "\n\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	f := strings.Fields(lines[0])
	if len(f) != 3 {
		t.Fatalf("request line %q: METHOD PATH KEY", lines[0])
	}
	var send any
	if body = strings.TrimSpace(body); body != "" {
		send = body
	}
	a := h.do(f[0], f[1], f[2], send, lines[1:]...)
	kind := a.header.Get("Content-Type")
	out := strings.TrimSpace(fmt.Sprintf("%d %s", a.status, kind)) + "\n\n"
	switch {
	case strings.HasPrefix(kind, "text/event-stream"):
		for _, e := range a.events() {
			out += strings.TrimSpace(e.id+" "+e.name+" "+e.data) + "\n"
		}
	case strings.Contains(kind, "json"):
		var b bytes.Buffer
		if err := json.Indent(&b, a.body, "", "  "); err != nil {
			t.Fatal(err)
		}
		out += b.String() + "\n"
	default:
		out += string(a.body)
	}
	return strings.TrimRight(out, "\n") + "\n"
}

// namer gives made-up ids short names, and back: a request may use <1> of an earlier answer.
type namer map[string]string

var madeUp = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

func (n namer) hide(s string) string {
	return madeUp.ReplaceAllStringFunc(s, func(id string) string {
		if n[id] == "" {
			n[id] = fmt.Sprintf("<%d>", len(n)+1)
		}
		return n[id]
	})
}

func (n namer) show(s string) string {
	for id, name := range n {
		s = strings.ReplaceAll(s, name, id)
	}
	return s
}
