package text

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// K1 is how fast repeated words stop counting.
const K1 = 1.2

// Field is how one field counts: its weight, how much its length matters (B), and the length that is usual (Average), in
// words; a CJK character counts as half a word.
type Field struct{ Weight, B, Average float64 }

// Weighting by field name; a field that is not named has Other.
var Weighting = map[string]Field{
	"title":       {4, 0.6, 10},
	"brand":       {1, 0, 1},
	"model":       {1, 0.3, 3},
	"category":    {2, 0.3, 3},
	"attributes":  {0.5, 0.7, 60},
	"description": {1, 0.7, 20},
}

// opening is how much more a title's first words count: 1 + Extra·e^(−words before it / Reach). Titles begin with what a thing is;
// Chinese ones go on with all that it is good for.
type opening struct{ Extra, Reach float64 }

var (
	openingLatin = opening{0.25, 8}
	openingCJK   = opening{1.5, 3}
)

func (o opening) at(words float64) float64 { return 1 + o.Extra*math.Exp(-words/o.Reach) }

// Other is the weight of a field that Weighting does not name.
var Other = Field{1, 0.5, 20}

// Weight is one entry of a document's sparse vector.
type Weight struct {
	Term  uint32 // Hash of the term
	Value float32
}

// Weights is the sparse vector of a document, ascending by Term. Query weights are 1 (or as the query says); see the package comment.
func Weights(fields Fields) []Weight { return WeightsAndWords(fields, nil) }

// WeightsAndWords is Weights, and tells word of the fields' Latin words (as Words gives them) on the way.
func WeightsAndWords(fields Fields, word func(field, word string)) []Weight {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names) // sums of floats depend on their order
	sum := make(map[uint32]float64, 64)
	for _, name := range names {
		p, ok := Weighting[name]
		if !ok {
			p = Other
		}
		var tell func(string)
		if word != nil {
			tell = func(w string) { word(name, w) }
		}
		tokens := tokens(fields[name], tell)
		per := p.Weight / (1 - p.B + p.B*Length(tokens)/p.Average)
		if name == "title" {
			addTitle(sum, fields[name], tokens, per)
			continue
		}
		for _, t := range tokens {
			sum[Hash(t.Term)] += per
		}
	}
	out := make([]Weight, 0, len(sum))
	for term, w := range sum {
		out = append(out, Weight{term, float32(w * (K1 + 1) / (w + K1))})
	}
	slices.SortFunc(out, func(a, b Weight) int {
		if a.Term < b.Term {
			return -1
		}
		return 1
	})
	return out
}

// addTitle adds a title's terms; each line is a title of its own, in another language.
func addTitle(sum map[uint32]float64, title string, tokens []Token, per float64) {
	for i := 0; i < len(tokens); {
		line, end := i, len(title)
		if at := strings.IndexByte(title[tokens[i].Start:], '\n'); at >= 0 {
			end = tokens[i].Start + at
		}
		o := openingLatin
		if Lang(title[tokens[i].Start:end]) == "zh" {
			o = openingCJK
		}
		words, passed := 0.0, 0
		at := o.at(0)
		for ; i < len(tokens) && (i == line || tokens[i].Start < end); i++ {
			t := tokens[i]
			sum[Hash(t.Term)] += per * at
			if t.Start < passed {
				continue
			}
			if r, size := utf8.DecodeRuneInString(t.Term); inCJK(r) && size == len(t.Term) {
				words -= 0.5
			}
			words, passed = words+1, t.End
			at = o.at(words)
		}
	}
}

// Length is how many words tokens are: overlapping ones count once, a CJK character is half a word.
func Length(tokens []Token) float64 {
	n, end := 0.0, -1
	for _, t := range tokens {
		if t.Start < end {
			continue
		}
		r, size := utf8.DecodeRuneInString(t.Term)
		if inCJK(r) && size == len(t.Term) {
			n += 0.5
		} else {
			n++
		}
		end = t.End
	}
	return n
}
