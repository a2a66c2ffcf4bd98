package rules

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"unicode"

	"shopkeeper/gateway/chat"
	"shopkeeper/gateway/llm"
	"shopkeeper/prompts"
	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
)

// turn is one run of the code over one round.
type turn struct {
	m    *Model
	req  *llm.Request
	zh   bool
	key  string // prefix of this turn's call ids: two turns of a conversation never share one
	said heard
	mem  memory

	results []chat.Message // of tools since the user spoke
	asking  []string       // by result: its call's name and arguments
	used    []bool
	part    int             // of the message that is being answered
	made    int             // calls of that part
	calls   []chat.ToolCall // asked for, not answered yet
	asked   map[string]result

	based  bool
	budget int    // rounds that may still go into steps of earlier messages
	now    view   // once based: the search that the message builds on, then what it made of it
	aim    picked // the product that an earlier part of the message was about

	lines [][]string // by part of the message

	photo, photos, broke bool // see sightless
}

func newTurn(m *Model, req *llm.Request) *turn {
	t := &turn{m: m, req: req, asked: map[string]result{}, zh: strings.HasPrefix(strings.ToLower(req.Lang), "zh")}
	req = t.sightless()
	if req.Task == drafts {
		req = t.wished()
	}
	last := -1
	for i, msg := range req.Messages {
		if msg.Role == chat.User {
			last = i
		}
	}
	if last < 0 {
		return t
	}
	t.said = hear(req.Messages[last].Text)
	if m := speechless(req.Messages[:last+1]); m != "" {
		t.zh = text.Lang(m) == "zh" // "2", "ok": no language of its own
	}
	t.mem = remember(req.Messages[:last])
	if t.mem.wish != "" && completes(t.mem.wish, t.said) {
		all := spoken(t.mem.wish + ". " + req.Messages[last].Text)
		t.said = heard{text: all, acts: []act{listenAs(orderChange, all)}}
	}
	t.said.acts = undivided(t.said.acts)
	t.mem.named = t.mem.named || req.Task == drafts || m.named(req.Messages)
	t.mem.asks = m.asks(req.Messages[:last])
	t.mem.changed = len(t.replays()) > 0
	called := map[string]string{}
	for _, msg := range req.Messages[last+1:] {
		if msg.Role == chat.Tool {
			t.results = append(t.results, msg)
			t.asking = append(t.asking, called[msg.CallID])
		}
		for _, c := range msg.Calls {
			called[c.ID] = c.Name + string(c.Args)
		}
	}
	t.used = make([]bool, len(t.results))
	h := fnv.New32a()
	h.Write([]byte(req.Conversation))
	for _, msg := range req.Messages[:last+1] {
		if msg.Role == chat.User {
			h.Write([]byte(msg.ID + "\x00" + msg.Text + "\x00"))
		}
	}
	t.key = fmt.Sprintf("rules_%08x_", h.Sum32())
	return t
}

// speechless finds, for a last message with too few letters to tell its language by, an earlier one that has them; "" when the
// last one tells.
func speechless(msgs []chat.Message) string {
	for i, m := range slices.Backward(msgs) {
		letters := 0
		for _, r := range m.Text {
			if unicode.Is(unicode.Han, r) {
				letters += 3
			} else if unicode.IsLetter(r) {
				letters++
			}
		}
		if m.Role == chat.User && letters >= 3 {
			if i == len(msgs)-1 {
				return ""
			}
			return m.Text
		}
	}
	return ""
}

// result of a call. Exactly one of ok, pending, missing, failed holds.
type result struct {
	ok, pending bool
	missing     bool   // the tool is not offered here
	failed      bool   // Text is the tool's sentence
	text        string // JSON when ok
}

// call asks for a tool's result. Pending: the caller returns at once, and the same code runs again with the result.
// The same call twice in a turn is one.
func (t *turn) call(name string, in any) result {
	args, err := json.Marshal(in)
	if err != nil {
		return result{failed: true}
	}
	key := name + string(args)
	if r, ok := t.asked[key]; ok {
		return r
	}
	r := t.fetch(name, args)
	t.asked[key] = r
	return r
}

func (t *turn) fetch(name string, args json.RawMessage) result {
	t.made++
	id := fmt.Sprintf("%s%d_%d", t.key, t.part, t.made)
	i := t.find(id, name)
	if i < 0 { // another part of the message asked for the same before
		i = slices.Index(t.asking, name+string(args))
	}
	if i >= 0 {
		t.used[i] = true
		r := t.results[i]
		return result{ok: !r.Failed, failed: r.Failed, text: r.Text}
	}
	if !slices.ContainsFunc(t.req.Tools, func(x llm.Tool) bool { return x.Name == name }) {
		return result{missing: true}
	}
	t.calls = append(t.calls, chat.ToolCall{ID: id, Name: name, Args: args})
	return result{pending: true}
}

// find takes the result with the call's id; servers that number calls anew are met by order and name.
func (t *turn) find(id, name string) int {
	for i, r := range t.results {
		if !t.used[i] && r.CallID == id {
			return i
		}
	}
	for i, r := range t.results {
		if !t.used[i] && r.Name == name && !strings.HasPrefix(r.CallID, t.key) {
			return i
		}
	}
	return -1
}

// trouble says what stands in the way of a result that is not ok.
func (t *turn) trouble(r result) {
	if r.missing {
		t.say("no_tool", prompts.Say{})
		return
	}
	t.say("failed", prompts.Say{Reason: clip(strings.TrimRight(clean(r.text), " .。"), 160)})
}

func decode[T any](r result) (out T) {
	// A cut or odd output leaves what could be read: the texts leave out what is unknown.
	_ = json.Unmarshal([]byte(r.text), &out)
	return out
}

func (t *turn) lang() string {
	if t.zh {
		return "zh"
	}
	return "en"
}

func (t *turn) block(name string, data prompts.Say) string {
	if t.req.Task == drafts {
		if p, err := t.m.texts.Render("rules/draft_"+name, t.lang(), data); err == nil {
			return p.Text
		}
	}
	p, err := t.m.texts.Render("rules/"+name, t.lang(), data)
	if err != nil {
		return "" // Open has rendered every block: only an operator's untried branch can fail, and costs its sentence
	}
	return p.Text
}

func (t *turn) say(name string, data prompts.Say) {
	if t.req.Task == drafts && strings.HasPrefix(name, "next_") {
		return // hints are for who types
	}
	if s := t.block(name, data); s != "" {
		if strings.HasPrefix(name, "next_") && strings.Contains(t.mem.lastBot, capital(s)) {
			return // the same hint twice in a row tires
		}
		s = strings.NewReplacer("….", "…", "…。", "…").Replace(s)
		if len(t.lines) == 0 {
			t.lines = append(t.lines, nil)
		}
		t.lines[len(t.lines)-1] = append(t.lines[len(t.lines)-1], capital(s))
	}
}

// text joins what was said. The first answer of a conversation ends with who is speaking.
func (t *turn) text() string {
	gap := " "
	if t.zh {
		gap = ""
	}
	var parts []string
	for _, lines := range t.lines {
		if len(lines) > 0 {
			parts = append(parts, strings.Join(lines, gap))
		}
	}
	s := strings.Join(parts, "\n\n")
	if s == "" {
		s = t.block("ask_type", prompts.Say{})
	}
	if !t.mem.named && !strings.Contains(s, t.block("name", prompts.Say{})) {
		s += "\n\n" + t.block("intro", prompts.Say{})
	}
	return strings.TrimSpace(s)
}

// asks counts the answers in a row, the last ones, that only asked for a kind of product.
func (m *Model) asks(msgs []chat.Message) (n int) {
	for _, x := range msgs {
		if x.Role != chat.Bot || x.Text == "" {
			continue
		}
		asked := false
		for _, lang := range []string{"en", "zh"} {
			p, err := m.texts.Render("rules/ask_type", lang, prompts.Say{})
			asked = asked || err == nil && p.Text != "" && strings.Contains(x.Text, p.Text)
		}
		if n++; !asked {
			n = 0
		}
	}
	return n
}

// named tells whether an earlier answer of the conversation already said who speaks, in either language.
func (m *Model) named(msgs []chat.Message) bool {
	for _, lang := range []string{"en", "zh"} {
		p, err := m.texts.Render("rules/name", lang, prompts.Say{})
		if err != nil || p.Text == "" {
			continue
		}
		if slices.ContainsFunc(msgs, func(x chat.Message) bool { return x.Role == chat.Bot && strings.Contains(x.Text, p.Text) }) {
			return true
		}
	}
	return false
}

// item is a product as a sentence names it; n is its place in the list shown.
func item(p shop.ProductCard, n int) prompts.Item {
	it := prompts.Item{Name: title(p), N: n, Coupon: clip(clean(p.Coupon), 80)}
	if p.Price != nil {
		it.Price = p.Price.String()
		if p.Was != nil && p.Was.Currency == p.Price.Currency && p.Was.Minor > p.Price.Minor {
			it.Was = p.Was.String()
		}
	}
	if p.Rating != nil {
		it.Rating = shop.Num(*p.Rating).String()
	}
	if p.Reviews != nil {
		it.Reviews = *p.Reviews
	}
	if p.Stock != nil {
		it.Stock, it.Out = fmt.Sprint(*p.Stock), *p.Stock <= 0
	}
	return it
}
