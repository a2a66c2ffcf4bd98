package openai

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
)

// mock builds and starts the bench kit's model server, which knows nothing of our code.
func mock(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../../../shared/bench/gateway")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	bin := filepath.Join(t.TempDir(), "mockllm")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "./cmd/mockllm")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build mockllm: %v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), bin, "-addr", "127.0.0.1:0")
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	_, addr, ok := strings.Cut(strings.TrimSpace(line), "mockllm on ")
	if err != nil || !ok {
		t.Fatalf("mockllm says %q (%v)", line, err)
	}
	return "http://" + addr
}

func TestMockModel(t *testing.T) {
	url := mock(t)
	args := base64.RawURLEncoding.EncodeToString([]byte(`{"query":"trail jacket","limit":3}`))
	for _, via := range []string{"native", "fence", "bare", "hermes", "xml", "dsv3", "dsml", "prose", "tail", "spaces"} {
		t.Run(via, func(t *testing.T) {
			req := ask(fmt.Sprintf("mock:mode=agent,rounds=1,tool=search_products,args64=%s,via=%s", args, via))
			c := client(t, url)
			h := listen(t, c, req)
			text := ""
			if via == "prose" {
				text = "Let me look that up."
			}
			if len(h.Calls) == 1 { // xml and dsml give their parameters in the order of their names
				h.Calls[0] = strings.Replace(h.Calls[0], `{"limit":3,"query":"trail jacket"}`, `{"query":"trail jacket","limit":3}`, 1)
			}
			h.want(t, text, llm.Calls, `search_products {"query":"trail jacket","limit":3}`)
			req.Messages = append(req.Messages, chat.Message{Role: chat.Bot, Calls: []chat.ToolCall{{ID: h.IDs[0], Name: "search_products", Args: []byte(`{"query":"trail jacket"}`)}}},
				chat.Message{Role: chat.Tool, CallID: h.IDs[0], Name: "search_products", Text: "{}"})
			listen(t, c, req).want(t, "Here is what I found for you. Take a look at the cards.", llm.Stop)
		})
	}
	listen(t, client(t, url), ask("mock:mode=agent,tool=search_products,via=flood,args64="+args)).fails(t, llm.Blank)
	for mode, kind := range map[string]llm.Kind{"cut": llm.Cut, "cutclean": llm.Cut, "garbage": llm.Cut, "errmid": llm.Down, "insuf": llm.Down, "429": llm.RateLimited, "402": llm.BadKey, "503": llm.Down} {
		t.Run(mode, func(t *testing.T) { listen(t, client(t, url), ask("mock:mode="+mode)).fails(t, kind) })
	}
	if h := listen(t, client(t, url), ask("mock:mode=reasonv,chunks=3")); h.Reasoning != " r0 r1 r2 r3 r4" || h.Usage == nil || h.Usage.Cached != 64 || h.Usage.Reasoning != 7 {
		t.Errorf("%+v", h)
	}
	h := listen(t, client(t, url), ask("mock:mode=tools"))
	h.want(t, "", llm.Calls, `search_products {"q":"trail jacket"}`, `lookup_coupon {"code":"SAVE10"}`)
	h = listen(t, client(t, url), ask("mock:mode=badtools"))
	h.want(t, "", llm.Calls, `search_products {"q":"trail jacket"`, `lookup_coupon {"code":"SAVE10"}`)
}
