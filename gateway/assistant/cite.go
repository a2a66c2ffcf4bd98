package assistant

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"shopkeeper/gateway/chat"
	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
)

// Used is a passage that a text rests on, and the span of it that says so.
type Used struct {
	N int // as the text's footnote names it: [N]
	shop.PolicyCard
}

// passagesOf are those that were retrieved, in the order in which the model read them: its [1] is the first.
func passagesOf(all []chat.Evidence) (out []shop.PolicyCard) {
	for _, e := range all {
		var found struct {
			Passages []shop.PolicyCard `json:"passages"`
		}
		if e.Call.Name == "search_policies" && json.Unmarshal(e.Output, &found) == nil {
			out = append(out, found.Passages...)
		}
	}
	return out
}

var footnote = regexp.MustCompile(`\s?\[(\d{1,3})\]`)

// overlap is how many terms in a row a text shares with a passage that it rests on without saying so.
const overlap = 5

// cite finds the passages that a text rests on: those that its footnotes name, and those whose words it has. Footnotes that name
// nothing that was retrieved are dropped; the others are numbered by the order in which the text needs them.
func cite(s string, retrieved []shop.PolicyCard) (string, []Used) {
	var used []Used
	number := map[int]int{} // of the passage → of the footnote
	use := func(i int) int {
		if number[i] == 0 {
			p := retrieved[i]
			p.Quote = telling(p.Quote, s)
			number[i] = len(used) + 1
			used = append(used, Used{number[i], p})
		}
		return number[i]
	}
	s = footnote.ReplaceAllStringFunc(s, func(m string) string {
		n, err := strconv.Atoi(strings.Trim(m, " \t\n[]"))
		if err != nil || n < 1 || n > len(retrieved) {
			return ""
		}
		return m[:strings.Index(m, "[")] + "[" + strconv.Itoa(use(n-1)) + "]"
	})
	own := runs(s)
	for i, p := range retrieved {
		if number[i] != 0 {
			continue
		}
		for run := range runs(p.Quote) {
			if own[run] {
				use(i)
				break
			}
		}
	}
	return s, used
}

// runs are the terms of a text, overlap in a row.
func runs(s string) map[string]bool {
	words := terms(s)
	out := map[string]bool{}
	for i := 0; i+overlap <= len(words); i++ {
		out[strings.Join(words[i:i+overlap], " ")] = true
	}
	return out
}

func terms(s string) (out []string) {
	for _, t := range text.Tokens(s) {
		out = append(out, t.Term)
	}
	return out
}

// telling is the sentence of a passage that has most of a text's terms; the passage where none stands out.
func telling(passage, s string) string {
	of := map[string]bool{}
	for _, w := range terms(s) {
		of[w] = true
	}
	best, most := passage, 0
	for _, sentence := range sentencesOf(passage) {
		n := 0
		for _, w := range terms(sentence) {
			if of[w] {
				n++
			}
		}
		if n > most {
			best, most = sentence, n
		}
	}
	return best
}

var sentenceEnd = regexp.MustCompile(`(?:[^.!?。！？\n]|\.\d)+(?:[.!?](?:\s|$)|[。！？\n]|$|[.!?])`)

func sentencesOf(s string) (out []string) {
	for _, x := range sentenceEnd.FindAllString(s, -1) {
		if x = strings.TrimSpace(x); x != "" {
			out = append(out, x)
		}
	}
	return out
}
