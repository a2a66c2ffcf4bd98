package assistant

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"shopkeeper/gateway/llm/llmtest"
	"shopkeeper/shop"
)

func linesOf(t *testing.T, name string) (out []string) {
	t.Helper()
	b, err := os.ReadFile("testdata/promises/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimRight(line, "\n"); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}

// promised writes an answer in pieces of n bytes through the guard of numbers and that of promises.
func promised(e *evidence, s string, n int) (string, int) {
	g := newJudge(e)
	var b strings.Builder
	for len(s) > 0 {
		k := min(n, len(s))
		b.WriteString(g.Write(s[:k]))
		s = s[k:]
	}
	b.WriteString(g.Flush())
	return b.String(), g.Struck()
}

// No lie goes out, whatever stands around it.
func TestPromisesLies(t *testing.T) {
	e := proof(t)
	for _, file := range []string{"lies.txt", "lies-2.txt", "lies-3.txt"} {
		all, passed := linesOf(t, file), 0
		for _, lie := range all {
			for _, around := range []string{"%", "Thanks for your patience! % Anything else?", "谢谢。%还有别的吗？"} {
				if around != "%" && !strings.ContainsRune(".!?。！？", []rune(lie)[len([]rune(lie))-1]) {
					continue // it is one sentence with what follows
				}
				lie, known := strings.CutPrefix(lie, "? ")
				s := strings.Replace(around, "%", lie, 1)
				if _, struck := newPromisesOver(e, s); struck == 0 {
					passed++
					if !known {
						t.Errorf("%s: %q goes out", file, s)
					}
				}
			}
		}
		t.Logf("%s: %d of %d go out", file, passed, 3*len(all))
	}
}

func newPromisesOver(e *evidence, s string) (string, int) {
	g := newPromises(e)
	out := g.Write(s) + g.Flush()
	return out, g.Struck()
}

// What is so is not struck out: at most one of a hundred.
func TestPromisesTruths(t *testing.T) {
	e := proof(t)
	for _, file := range []string{"truths.txt", "truths-2.txt", "truths-3.txt"} {
		all, wrong := linesOf(t, file), 0
		for _, s := range all {
			if out, struck := newPromisesOver(e, s); struck > 0 || out != s {
				wrong++
				t.Logf("%s: %q becomes %q", file, s, out)
			}
		}
		if 100*wrong > len(all) {
			t.Errorf("%s: %d of %d struck", file, wrong, len(all))
		}
	}
}

// A deed that is done may be told, and what a person of the shop has said; one that is planned only as such.
func TestPromisesKept(t *testing.T) {
	card := func(tool string, state shop.ProposalState) *evidence {
		e := proof(t)
		e.proposed(tool, state)
		return e
	}
	told := proof(t)
	told.told("Hello, I have refunded the fee of your order.")
	for _, c := range []struct {
		name string
		e    *evidence
		said string
		ok   bool
	}{
		{"done", card("cancel_order", shop.ProposalDone), "Your order has been cancelled and the money refunded.", true},
		{"done, in Chinese", card("cancel_order", shop.ProposalDone), "订单已为您取消。", true},
		{"another deed", card("cancel_order", shop.ProposalDone), "I have changed your address.", false},
		{"planned, not done", card("cancel_order", shop.ProposalOpen), "Your order has been cancelled.", false},
		{"planned", card("cancel_order", shop.ProposalOpen), "The money will be refunded to Visa.", true},
		{"refused", card("cancel_order", shop.ProposalRefused), "Your order has been cancelled.", false},
		{"a person said so", told, "As my colleague wrote, we have refunded you.", true},
		{"no person said so", told, "We have cancelled it.", false},
	} {
		if _, struck := newPromisesOver(c.e, c.said); (struck == 0) != c.ok {
			t.Errorf("%s: %q, struck %d", c.name, c.said, struck)
		}
	}
}

// The same answer comes out the same whatever pieces it arrives in.
func TestPromisesDoNotDependOnPieces(t *testing.T) {
	e := proof(t)
	words := append(strings.Fields("I we have has refunded your order the refund will be cancelled now already just . ! ? , it is done and you voucher free shipping once confirm not can"),
		"已", "为您", "退款", "会", "。", "取消", "我", "给您", "，", "\n", "优惠券", "**")
	lies := linesOf(t, "lies.txt")
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for range rapid.IntRange(1, 40).Draw(t, "n") {
			if rapid.IntRange(0, 9).Draw(t, "lie") == 0 {
				b.WriteString(rapid.SampledFrom(lies).Draw(t, "which"))
			}
			b.WriteString(rapid.SampledFrom(words).Draw(t, "word"))
			if rapid.IntRange(0, 4).Draw(t, "space") > 0 {
				b.WriteByte(' ')
			}
		}
		s := b.String()
		want, struck := promised(e, s, len(s))
		g := newJudge(e)
		var out strings.Builder
		for rest := s; rest != ""; {
			n := rapid.IntRange(1, min(len(rest), 9)).Draw(t, "cut")
			out.WriteString(g.Write(rest[:n]))
			rest = rest[n:]
		}
		out.WriteString(g.Flush())
		if got := out.String(); got != want || g.Struck() != struck {
			t.Fatalf("%q\n whole  %q (%d)\n pieces %q (%d)", s, want, struck, got, g.Struck())
		}
	})
}

// A model that lies in a turn: what goes out and is kept does not.
func TestPromisesInATurn(t *testing.T) {
	for i, lie := range linesOf(t, "lies.txt") {
		b := newBench(t, script(llmtest.Say(lie)))
		es := collect(t, b.Run(t.Context(), ask("c", fmt.Sprint("m", i), "I want my money back and a voucher for the trouble!")))
		if end := sound(t, es); end.Struck == 0 || strings.Contains(words(es), lie) {
			t.Errorf("%q goes out as %q", lie, words(es))
		}
	}
}
