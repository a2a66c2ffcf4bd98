package eval

import (
	"bufio"
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"shopkeeper/gateway/chat"
	"shopkeeper/shop"
)

// Reply is what a shopper gets back for one message.
type Reply struct {
	Text   string
	Cards  []shop.Card
	Ending chat.Ending
}

// Ask sends a message of a conversation to a running shop and waits for the end of the answer. Conversations of different
// names know nothing of each other.
type Ask func(ctx context.Context, conversation, message string) (Reply, error)

//go:embed testdata/chat/*.txt
var scripts embed.FS

// Scripts are the built-in conversations, over the demo shop.
func Scripts() fs.FS {
	sub, err := fs.Sub(scripts, "testdata/chat")
	if err != nil {
		panic(err) // embedded: the folder is there
	}
	return sub
}

// Dialogue is one scripted conversation.
//
//	# a comment
//	> a message of the shopper
//	< a check of the answer to it
//
// Checks: `says WORDS` and `never WORDS` (any case); `cards KIND …` (exactly these kinds, each any number of times, in any
// order) and `cards none`; `shown N` (at least N products); `all FIELD OP VALUE` (every product shown, see Limit);
// `cheaper` and `dearer` (every price beyond all of the list before); `same kind` (categories of the list before);
// `relaxed FIELD`, `relaxed nothing`; `ends ENDING` (completed when it is not said).
type Dialogue struct {
	Name  string
	Turns []Turn
}

// Turn is one message and the checks of its answer.
type Turn struct {
	Say    string
	Checks []string
	Line   int
}

// ParseDialogues reads the .txt files of a folder, in name order.
func ParseDialogues(dir fs.FS) ([]Dialogue, error) {
	names, err := fs.Glob(dir, "*.txt")
	if err != nil {
		return nil, fmt.Errorf("list conversations: %w", err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("there are no conversations (*.txt) here")
	}
	slices.Sort(names)
	var out []Dialogue
	for _, name := range names {
		b, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, fmt.Errorf("read conversation: %w", err)
		}
		d, err := parseDialogue(strings.TrimSuffix(name, ".txt"), string(b))
		if err != nil {
			return nil, fmt.Errorf("%s:%w", name, err)
		}
		out = append(out, d)
	}
	return out, nil
}

func parseDialogue(name, s string) (Dialogue, error) {
	d := Dialogue{Name: name}
	sc := bufio.NewScanner(strings.NewReader(s))
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '>':
			say := strings.TrimSpace(line[1:])
			if say == "" {
				return d, fmt.Errorf("%d: the message is empty", n)
			}
			d.Turns = append(d.Turns, Turn{Say: say, Line: n})
		case line[0] == '<' && len(d.Turns) > 0:
			c := strings.TrimSpace(line[1:])
			if err := checkCheck(c); err != nil {
				return d, fmt.Errorf("%d: %w", n, err)
			}
			t := &d.Turns[len(d.Turns)-1]
			t.Checks = append(t.Checks, c)
		default:
			return d, fmt.Errorf("%d: a line begins with > (the shopper), < (a check, after a message) or #", n)
		}
	}
	if err := sc.Err(); err != nil {
		return d, fmt.Errorf("0: %w", err)
	}
	if len(d.Turns) == 0 {
		return d, fmt.Errorf("0: no message in it")
	}
	return d, nil
}

// ChatResult is how scripted conversations went.
type ChatResult struct {
	Conversations int           `json:"conversations"`
	Turns         int           `json:"turns"`
	Checks        int           `json:"checks"`
	Failures      []ChatFailure `json:"failures"`
}

// ChatFailure is a check that did not hold.
type ChatFailure struct {
	Conversation string `json:"conversation"`
	Line         int    `json:"line"`
	Say          string `json:"say"`
	Check        string `json:"check"`
	Got          string `json:"got"`
}

// Chat holds the conversations one after the other. An error of ask ends it; a check that fails is counted.
func Chat(ctx context.Context, ds []Dialogue, ask Ask) (ChatResult, error) {
	r := ChatResult{Failures: []ChatFailure{}}
	for i, d := range ds {
		r.Conversations++
		id := fmt.Sprintf("eval-%d-%s", i+1, strings.Map(idRune, d.Name))
		var before shop.ProductsCard
		for _, t := range d.Turns {
			r.Turns++
			got, err := ask(ctx, id[:min(len(id), 64)], t.Say)
			if err != nil {
				return r, fmt.Errorf("conversation %s, line %d: %w", d.Name, t.Line, err)
			}
			now, listed := productsOf(got.Cards)
			checks := t.Checks
			if !slices.ContainsFunc(checks, func(c string) bool { return strings.HasPrefix(c, "ends ") }) {
				checks = append(slices.Clone(checks), "ends completed")
			}
			for _, c := range checks {
				r.Checks++
				if why := holds(c, got, now, before); why != "" {
					r.Failures = append(r.Failures, ChatFailure{d.Name, t.Line, t.Say, c, why})
				}
			}
			if listed && len(now.Shown) > 0 {
				before = now
			}
		}
	}
	return r, nil
}

// idRune keeps what a conversation's id may hold.
func idRune(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
		return r
	}
	return '-'
}

// productsOf is the last list among cards.
func productsOf(cards []shop.Card) (out shop.ProductsCard, ok bool) {
	for _, c := range slices.Backward(cards) {
		if c.Kind == "products" && json.Unmarshal(c.Data, &out) == nil {
			return out, true
		}
	}
	return out, false
}

// checkCheck finds mistakes in a script before the shop is asked.
func checkCheck(c string) error {
	word, rest, _ := strings.Cut(c, " ")
	switch word {
	case "says", "never", "cards", "relaxed", "ends":
		if rest == "" {
			return fmt.Errorf("check %q needs a value", c)
		}
		return nil
	case "cheaper", "dearer":
		return nil
	case "same":
		if rest == "kind" {
			return nil
		}
	case "shown":
		if _, err := strconv.Atoi(rest); err == nil {
			return nil
		}
	case "all":
		_, err := ParseLimit(rest)
		return err
	}
	return fmt.Errorf("there is no check %q", c)
}

// holds tells why a check does not hold; "" = it does.
func holds(c string, got Reply, now, before shop.ProductsCard) string {
	word, rest, _ := strings.Cut(c, " ")
	switch word {
	case "says":
		if !strings.Contains(strings.ToLower(got.Text), strings.ToLower(rest)) {
			return "it says: " + got.Text
		}
	case "never":
		if strings.Contains(strings.ToLower(got.Text), strings.ToLower(rest)) {
			return "it says: " + got.Text
		}
	case "cards":
		return sameKinds(rest, got.Cards)
	case "shown":
		if n, _ := strconv.Atoi(rest); len(now.Shown) < n {
			return fmt.Sprintf("%d shown; it says: %s", len(now.Shown), got.Text)
		}
	case "all":
		l, _ := ParseLimit(rest) // checked when the script was read
		if len(now.Shown) == 0 {
			return "nothing shown; it says: " + got.Text
		}
		for _, p := range now.Shown {
			if why := l.Breaks(p); why != "" {
				return fmt.Sprintf("%s (%s): %s", p.Title, p.ID, why)
			}
		}
	case "cheaper", "dearer":
		return beyond(word, now, before)
	case "same":
		for _, p := range now.Shown {
			if !slices.ContainsFunc(before.Shown, func(q shop.ProductCard) bool { return q.Category == p.Category }) {
				return fmt.Sprintf("%s is of the kind %s", p.Title, p.Category)
			}
		}
	case "relaxed":
		var fields []string
		for _, r := range now.Understood.Relaxed {
			fields = append(fields, r.Condition.Field)
		}
		if rest == "nothing" && len(fields) > 0 || rest != "nothing" && !slices.Contains(fields, rest) {
			return fmt.Sprintf("relaxed: %v", fields)
		}
	case "ends":
		if string(got.Ending) != rest {
			return "it ended " + cmp.Or(string(got.Ending), "without an ending")
		}
	}
	return ""
}

func sameKinds(want string, cards []shop.Card) string {
	have := []string{}
	for _, c := range cards {
		if !slices.Contains(have, c.Kind) {
			have = append(have, c.Kind)
		}
	}
	wanted := strings.Fields(want)
	if want == "none" {
		wanted = nil
	}
	slices.Sort(have)
	slices.Sort(wanted)
	if !slices.Equal(have, wanted) {
		return fmt.Sprintf("cards %v", have)
	}
	return ""
}

// beyond compares the prices of two lists.
func beyond(which string, now, before shop.ProductsCard) string {
	if len(now.Shown) == 0 || len(before.Shown) == 0 {
		return fmt.Sprintf("%d shown now, %d before", len(now.Shown), len(before.Shown))
	}
	for _, p := range now.Shown {
		for _, q := range before.Shown {
			if p.Price == nil || q.Price == nil || which == "cheaper" && p.Price.Minor >= q.Price.Minor || which == "dearer" && p.Price.Minor <= q.Price.Minor {
				return fmt.Sprintf("%s for %v, before it %s for %v", p.Title, p.Price, q.Title, q.Price)
			}
		}
	}
	return ""
}
