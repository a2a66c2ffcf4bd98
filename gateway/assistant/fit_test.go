package assistant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/gateway/llm/llmtest"
	"shopkeeper/shop"
	"shopkeeper/tools"
)

// talker searches, then answers with the price of the newest result and that of the very first; it keeps what it was asked.
type talker struct {
	seen      []llm.Request
	summaries []llm.Request
	summary   string // what it says when it is asked for one; "": it fails
}

func (m *talker) Stream(_ context.Context, r *llm.Request) iter.Seq2[llm.Delta, error] {
	return func(yield func(llm.Delta, error) bool) {
		cp := *r
		cp.Messages = append([]chat.Message(nil), r.Messages...)
		if r.Task == "summary" {
			m.summaries = append(m.summaries, cp)
			if m.summary == "" {
				yield(llm.Delta{}, &llm.Error{Kind: llm.Down, Err: errors.New("down")})
				return
			}
			_ = yield(llm.Delta{Text: m.summary}, nil) && yield(llmtest.Stop(), nil)
			return
		}
		m.seen = append(m.seen, cp)
		if _, ok := llmtest.LastResult(r); !ok {
			q := r.Messages[len(r.Messages)-1].Text
			_ = yield(llmtest.Call("call_"+strconv.Itoa(len(m.seen)), "search_products", map[string]string{"query": q}), nil) && yield(llm.Delta{Finish: llm.Calls}, nil)
			return
		}
		_ = yield(llm.Delta{Text: "The first ever was $10.01. Not $10.99."}, nil) && yield(llmtest.Stop(), nil)
	}
}

var covers = regexp.MustCompile(`Summary of the first (\d+) messages`)

// A conversation of any length fits its window: old results are shortened first, then turns are summarised. Nothing goes
// without a word about it, and the evidence of the first turn still holds in the last.
func TestALongConversationFits(t *testing.T) {
	for _, summary := range []string{"They looked at many kettles.", ""} {
		m := &talker{summary: summary}
		b := newBench(t, m)
		const window = 6000
		b.Models = models{model: m, window: window}
		n := 0
		b.look = func(_ context.Context, _ tools.Scope, q string) (shop.ProductsCard, error) {
			n++
			c := found(q, int64(1000+n))
			for i := range 6 {
				p := c.Shown[0]
				p.ID = fmt.Sprint("p", n, "-", i)
				p.Attributes = []shop.Attribute{{Name: "material", Value: shop.Text(strings.Repeat("steel ", 20))}}
				c.Shown = append(c.Shown, p)
			}
			return c, nil
		}
		const turns = 25
		var all []string
		shortenedFirst, summarised := 0, 0
		for i := range turns {
			text := fmt.Sprintf("Question number %d, which is about kettles of type %d and goes on for quite some words.", i, i)
			all = append(all, text)
			es := collect(t, b.Run(t.Context(), ask("c", fmt.Sprint("m", i), text)))
			if end := sound(t, es); end.Ending != chat.Completed || words(es) != "The first ever was $10.01. Not […]." {
				t.Fatalf("turn %d: %s %q %+v", i, end.Ending, words(es), end.Problem)
			}
		}
		history := b.h.all["c"].messages
		for _, r := range m.seen {
			if n := requestTokens(&r) + r.MaxTokens; n > window {
				t.Errorf("a request of %d tokens", n)
			}
			whole, short, covered := 0, 0, 0
			for i, x := range r.Messages {
				switch {
				case x.Role == chat.Tool && strings.Contains(x.Text, shortNote):
					short++
					if whole > 0 {
						t.Error("a newer result was shortened before an older one")
					}
					var v struct{ Shown []struct{ ID, Title string } }
					if err := json.Unmarshal([]byte(x.Text), &v); err != nil || len(v.Shown) != 7 || v.Shown[0].Title == "" {
						t.Errorf("shortened to %.200s", x.Text)
					}
				case x.Role == chat.Tool:
					whole++
				case i == 0 && covers.MatchString(x.Text):
					n, err := strconv.Atoi(covers.FindStringSubmatch(x.Text)[1])
					if err != nil {
						t.Fatal(err)
					}
					covered = n
				}
			}
			if short > 0 && covered == 0 {
				shortenedFirst++
			}
			if covered > 0 {
				summarised++
			}
			// What is not in the request is covered by the summary: the first message after it is the history's next one.
			if covered > 0 {
				if next := history[covered]; r.Messages[1].Text != next.Text || next.Role != chat.User {
					t.Fatalf("the summary covers %d messages, then comes %q", covered, r.Messages[1].Text)
				}
			} else if r.Messages[0].Text != all[0] {
				t.Fatalf("the first message is gone without a word: %q", r.Messages[0].Text)
			}
		}
		if shortenedFirst == 0 || summarised == 0 {
			t.Errorf("%d requests with shortened results before any summary, %d with a summary", shortenedFirst, summarised)
		}
		if len(m.summaries) == 0 || len(m.summaries) > turns/2 {
			t.Errorf("%d summaries in %d turns", len(m.summaries), turns)
		}
		for _, r := range m.summaries {
			if n := requestTokens(&r) + r.MaxTokens; n > window {
				t.Errorf("a summary was asked for with %d tokens", n)
			}
		}
		last := m.seen[len(m.seen)-1].Messages[0].Text
		if summary != "" && !strings.Contains(last, summary) || summary == "" && (!strings.Contains(last, "Question number") || !strings.Contains(last, "left out")) {
			t.Errorf("summary %q", last)
		}
	}
}

// Whatever was sent stays the beginning of what is sent next, to the byte: the upstream's prefix cache hits.
func TestThePrefixIsStable(t *testing.T) {
	m := &talker{}
	b := newBench(t, m)
	for i := range 5 {
		collect(t, b.Run(t.Context(), ask("c", fmt.Sprint("m", i), fmt.Sprint("kettle ", i))))
	}
	prefix := func(r llm.Request) string {
		var s strings.Builder
		s.WriteString(r.System)
		for _, x := range r.Tools {
			s.WriteString(x.Name + x.Description + string(x.Input))
		}
		for _, x := range r.Messages {
			s.WriteString("\n" + string(x.Role) + x.CallID + x.Name + x.Text)
			for _, c := range x.Calls {
				s.WriteString(c.ID + c.Name + string(c.Args))
			}
		}
		return s.String()
	}
	for i := 1; i < len(m.seen); i++ {
		if a, b := prefix(m.seen[i-1]), prefix(m.seen[i]); !strings.HasPrefix(b, a) {
			t.Fatalf("request %d is not continued by request %d", i-1, i)
		}
	}
	if strings.Contains(prefix(m.seen[0]), "Now: ") || !strings.Contains(m.seen[0].Volatile, "Now: ") {
		t.Error("the time stands in the prefix")
	}
}

// A model that finds the context too long names its window, and is asked once more with what fits.
func TestTooLongIsFittedOnce(t *testing.T) {
	first := true
	inner := &talker{}
	m := llmtest.Func(func(ctx context.Context, r *llm.Request) iter.Seq2[llm.Delta, error] {
		if first && len(r.Messages) > 8 {
			first = false
			return func(yield func(llm.Delta, error) bool) {
				yield(llm.Delta{}, &llm.Error{Kind: llm.TooLong, Window: 4000, Err: errors.New("too long")})
			}
		}
		return inner.Stream(ctx, r)
	})
	b := newBench(t, m)
	b.look = func(_ context.Context, _ tools.Scope, q string) (shop.ProductsCard, error) {
		c := found(q, 1001)
		c.Shown[0].Attributes = []shop.Attribute{{Name: "m", Value: shop.Text(strings.Repeat("steel ", 400))}}
		return c, nil
	}
	for i := range 4 {
		if end := sound(t, collect(t, b.Run(t.Context(), ask("c", fmt.Sprint("m", i), fmt.Sprint("kettle ", i))))); end.Ending != chat.Completed {
			t.Fatalf("%+v", end)
		}
	}
	if first {
		t.Fatal("nothing was too long")
	}
	fitted := false
	for _, r := range inner.seen {
		if r.Window == 4000 {
			fitted = true
			if n := requestTokens(&r) + r.MaxTokens; n > 4000 {
				t.Errorf("%d tokens", n)
			}
		}
	}
	if !fitted {
		t.Error("it was never asked again")
	}
}

func TestShortened(t *testing.T) {
	long := string(jsonOf(t, found("kettle", 3990)))
	once := shortened(long)
	if len(once) >= len(long) || shortened(once) != once || !strings.Contains(once, `"minor":3990`) || !strings.Contains(once, shortNote) {
		t.Errorf("%s", once)
	}
	for _, s := range []string{"", "not json", "[1,2]", `{"a":1e400}`, strings.Repeat("[", 10_000), `{"id":"` + strings.Repeat("x", 5000) + `"}`} {
		if got := shortened(s); len(got) > max(len(s), 1000) {
			t.Errorf("%.40q became longer: %.200q", s, got)
		}
	}
}
