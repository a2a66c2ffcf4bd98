package desk

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"shopkeeper/gateway/chat"
	"shopkeeper/retrieval/text"
	"shopkeeper/shop"
)

// Ranked is a document that fits a text, and how well: 0 to 1.
type Ranked struct {
	Document shop.Document
	Score    float64
}

const (
	plain   = 0.75 // how much of a phrase a message must say, by the weight of its words
	stretch = 3    // the words of a phrase may lie this many times its length apart
)

// RankMacros gives the documents that a customer's message clearly asks for, best first: it says nearly all of one of their phrases,
// their title or a tag, in one place. Most messages fit none. Words of the language at large count nothing, words that many of the
// documents have count little.
func RankMacros(docs []shop.Document, message string) []Ranked {
	said := termsOf(message)
	if len(said) == 0 {
		return nil
	}
	at := map[string][]int{} // where each term is said
	for i, t := range said {
		at[t] = append(at[t], i)
	}
	weight := weights(docs)
	var out []Ranked
	for _, d := range docs {
		best := 0.0
		for i, phrase := range phrasesOf(d) {
			terms := termsOf(phrase)
			if i >= len(d.Phrases) && len(terms) < 2 { // one word of a title or tag is not clear
				continue
			}
			best = max(best, cover(terms, said, at, weight))
		}
		if best > 0 {
			out = append(out, Ranked{d, best})
		}
	}
	slices.SortStableFunc(out, byScore)
	return out
}

func byScore(a, b Ranked) int {
	switch {
	case a.Score > b.Score:
		return -1
	case a.Score < b.Score:
		return 1
	}
	return strings.Compare(a.Document.ID, b.Document.ID)
}

func phrasesOf(d shop.Document) []string {
	return append(append(slices.Clone(d.Phrases), d.Title), d.Tags...)
}

// cover is how clearly a message says the terms; 0 when it does not.
func cover(terms, said []string, at map[string][]int, weight map[string]float64) float64 {
	total, telling := 0.0, 0
	for _, t := range terms {
		if w := weight[t]; w > 0 {
			total, telling = total+w, telling+1
		}
	}
	if telling == 0 || telling == 1 && !follow(said, terms) { // one telling word needs the others around it
		return 0
	}
	best := 0.0
	for _, first := range terms {
		for _, from := range at[first] {
			got, to := 0.0, from+stretch*len(terms)
			for _, t := range terms {
				if slices.ContainsFunc(at[t], func(i int) bool { return i >= from && i < to }) {
					got += weight[t]
				}
			}
			best = max(best, got)
		}
	}
	if best < plain*total {
		return 0
	}
	return best / total * best / (best + 0.5) // of two phrases that are said as well, the one that says more
}

// follow says whether the terms stand in a text one after the other.
func follow(said, terms []string) bool {
	for i := 0; i+len(terms) <= len(said); i++ {
		if slices.Equal(said[i:i+len(terms)], terms) {
			return true
		}
	}
	return false
}

// weights of all terms in the documents' phrases.
func weights(docs []shop.Document) map[string]float64 {
	in := map[string]int{}
	for _, d := range docs {
		seen := map[string]bool{}
		for _, phrase := range phrasesOf(d) {
			for _, t := range termsOf(phrase) {
				if !seen[t] {
					seen[t] = true
					in[t]++
				}
			}
		}
	}
	out := make(map[string]float64, len(in))
	for t, n := range in {
		if !common[t] {
			out[t] = math.Log(1 + (float64(len(docs))+1)/(float64(n)+0.5))
		}
	}
	return out
}

// termsOf are the terms of a text in its order: stems, and of Chinese the pairs (a character that stands alone as itself).
func termsOf(s string) []string {
	tokens := text.Tokens(s)
	var out []string
	for i, t := range tokens {
		_, size := utf8.DecodeRuneInString(t.Term)
		single := size > 1 && size == len(t.Term)
		if single && (i+1 < len(tokens) && tokens[i+1].Start == t.Start || i > 0 && tokens[i-1].End == t.End && tokens[i-1].Start < t.Start) {
			continue // it is in a pair
		}
		out = append(out, t.Term)
	}
	return out
}

// common are terms that tell nothing of what a message is about.
var common = func() map[string]bool {
	out := map[string]bool{}
	for _, t := range termsOf(`a an the i me my mine we our us you your yours it its he she they them this that these those is am are was were be been being
		do does did done have has had having can could will would shall should may might must to of in on at by for from with about into and or but if so as than then
		there here what which who whom when where why how not no yes please hi hello hey thanks thank just also very too still already yet again now get got give let
		know tell want need like some any all more much many one thing something anything really okay ok im ive dont doesnt didnt cant wont isnt s t m ve re ll d`) {
		out[t] = true
	}
	for _, s := range strings.Fields(`我 的 了 吗 呢 啊 吧 是 在 有 我的 你们 我们 请问 你好 您好 可以 怎么 什么 么时 时候 可不 不可 以吗 了吗 的吗 一下 这个 那个 的话 如果 但是 还是 已经 现在 我想 想要 我要 想问 问一
		能不 不能 是不 不是 有没 没有 为什 怎样 如何 你的 您的 是什 多久 么多 谢谢 麻烦`) {
		out[s] = true
	}
	return out
}()

// FindDocuments gives the documents that have all words of a query in their title, tags, phrases or text, the last one as a beginning:
// what a person who types looks for. An empty query finds all, in their order.
func FindDocuments(docs []shop.Document, query string) []Ranked {
	words := termsOf(query)
	folded := strings.Fields(text.Fold(query))
	var out []Ranked
	for _, d := range docs {
		if len(folded) == 0 {
			out = append(out, Ranked{Document: d})
			continue
		}
		best := make([]float64, len(words))
		for _, f := range []struct {
			text   string
			weight float64
		}{{d.Title, 1}, {d.ID, 0.8}, {strings.Join(d.Tags, " "), 0.8}, {strings.Join(d.Phrases, "\n"), 0.6}, {d.Text, 0.3}} {
			terms := termsOf(f.text)
			for i, w := range words {
				if slices.Contains(terms, w) || i == len(words)-1 && begins(f.text, folded[len(folded)-1]) {
					best[i] = max(best[i], f.weight)
				}
			}
		}
		score := 0.0
		for _, b := range best {
			score += b
		}
		if len(words) > 0 && !slices.Contains(best, 0) {
			out = append(out, Ranked{d, score / float64(len(words))})
		}
	}
	if len(folded) > 0 {
		slices.SortStableFunc(out, byScore)
	}
	return out
}

// begins says whether a word of a text begins with a prefix.
func begins(s, prefix string) bool {
	low := text.Fold(s)
	for i := strings.Index(low, prefix); i >= 0; {
		r, _ := utf8.DecodeLastRuneInString(low[:i])
		if i == 0 || r >= 0x2e80 || !('a' <= r && r <= 'z' || '0' <= r && r <= '9') {
			return true
		}
		next := strings.Index(low[i+1:], prefix)
		if next < 0 {
			return false
		}
		i += 1 + next
	}
	return false
}

// OrderMeant is the order that a conversation is about: of the customer's own the one that was named last, or the only one; "" unless
// there is one.
func OrderMeant(ms []chat.Message, own []string) string {
	for _, m := range slices.Backward(ms) {
		for _, id := range own {
			if names(m.Text, id) || slices.ContainsFunc(m.Cards, func(k shop.Card) bool { return k.Kind == "order" && names(string(k.Data), id) }) {
				return id
			}
		}
	}
	if len(own) == 1 {
		return own[0]
	}
	return ""
}

// names says whether a text holds an id that is not part of a longer word.
func names(text, id string) bool {
	part := func(r rune) bool { return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
	for {
		before, after, ok := strings.Cut(text, id)
		if !ok {
			return false
		}
		b, _ := utf8.DecodeLastRuneInString(before)
		a, _ := utf8.DecodeRuneInString(after)
		if !part(a) && !part(b) {
			return true
		}
		text = after
	}
}
