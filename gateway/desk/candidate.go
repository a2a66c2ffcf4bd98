package desk

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"shopkeeper/gateway/chat"
	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
)

// Candidates takes texts that may become macros or answers to frequent questions; a person approves them. The store implements it.
type Candidates interface {
	// Propose adds a draft; the same origin again changes nothing.
	Propose(ctx context.Context, d shop.Document) error
}

// Of an answer that was written in place of a suggestion a candidate is made when so much was changed, and when it says something.
const (
	muchEdited = 0.4
	leastSaid  = 15 // characters that are no ASCII count twice
)

// Answered looks at what a person sent in place of what was suggested: where the suggestion was dismissed as wrong, or much of it was
// changed, the answer may serve again.
func (s *Suggester) Answered(ctx context.Context, who shop.Principal, w Row, message string, sent chat.Message) error {
	if s.Candidates == nil || weightOf(sent.Text) < leastSaid {
		return nil
	}
	all, err := s.Store.SuggestionsAsked(ctx, who, w.ID, message)
	if err != nil {
		return err
	}
	x, ok := replacedBy(all)
	if !ok {
		return nil
	}
	c, err := s.Store.SuggestionCase(ctx, Waiting{w.For.Tenant, w.ID, message})
	if err != nil {
		if moved(err) { // the customer wrote again: the next answer teaches
			return nil
		}
		return err
	}
	return s.Candidates.Propose(ctx, candidate(x, w, c.Newest(), sent.Text))
}

// replacedBy is the suggestion that an answer took the place of.
func replacedBy(all []Suggestion) (Suggestion, bool) {
	if i := slices.IndexFunc(all, func(x Suggestion) bool { return x.State == Sent }); i >= 0 {
		return all[i], all[i].Distance >= muchEdited
	}
	i := slices.IndexFunc(all, func(x Suggestion) bool { return x.State == Dismissed && x.Reason != "not_needed" })
	if i < 0 {
		return Suggestion{}, false
	}
	return all[i], true
}

func weightOf(s string) (n int) {
	for _, r := range strings.TrimSpace(s) {
		if n++; r >= utf8.RuneSelf {
			n++
		}
	}
	return n
}

const number = `[A-Z]{0,4}-?\d[\d -]{4,}\d`

var (
	orderNamed = regexp.MustCompile(`(?i)(order|订单)(\s*(?:number|no\.?|id|号))?([\s:：#]*)\b` + number + `\b`)
	// private are what a text that others will read must not hold: addresses of mail, and numbers of orders, phones and cards.
	private = regexp.MustCompile(`[\w.+-]+@[\w-]+\.[\w.-]*\w|\b` + number + `\b`)
)

// impersonal is a text with gaps in place of what belongs to one customer alone.
func impersonal(s, name string) string {
	if name = strings.TrimSpace(name); name != "" {
		s = strings.ReplaceAll(s, name, "{customer}")
		if first, _, ok := strings.Cut(name, " "); ok && len(first) > 2 {
			s = strings.ReplaceAll(s, first, "{customer}")
		}
	}
	s = orderNamed.ReplaceAllString(s, "$1$2$3{order}")
	return strings.TrimSpace(private.ReplaceAllString(s, "…"))
}

// open finds the gaps of a macro's text.
var open = regexp.MustCompile(`\{[a-z]+\}`)

// candidate is the draft of an answer, without what belongs to this customer alone.
func candidate(x Suggestion, w Row, asked, sent string) shop.Document {
	d := shop.Document{Tenant: x.Tenant, Kind: shop.Macro, Lang: text.Lang(sent), Origin: "suggestion:" + x.ID, Text: impersonal(sent, w.Name)}
	if x.Source == FromPolicy || x.Intent == "policy" {
		d.Kind, d.Text = shop.FAQ, open.ReplaceAllString(d.Text, "…")
	}
	asked = strings.Join(strings.Fields(open.ReplaceAllString(impersonal(asked, w.Name), "…")), " ")
	d.Title = firstRunes(cmp.Or(asked, d.Text), 80)
	if asked != "" {
		d.Phrases = []string{firstRunes(asked, 200)}
	}
	return d
}

func firstRunes(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return strings.TrimSpace(string(r[:n-1])) + "…"
	}
	return s
}
